"""A learner's desk: a working copy that loses nothing, and how far it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.grading import desk
from autograder.grading.course import Course
from support.grading_course import LESSON


def opened(course: Course, lesson: str = "") -> Path:
    """Start, and what would have been opened."""
    shown: list[Path] = []

    def show(folder: Path, notebook: Path) -> int:
        shown.append(notebook.relative_to(folder))
        return 0

    assert desk.start(course, lesson, show) == 0
    return shown[0]


def test_start_opens_a_copy_of_the_release_and_never_the_source(course: Course) -> None:
    notebook = course.root / desk.WORK / opened(course)
    assert notebook == course.root / "work" / LESSON / f"{LESSON}.ipynb"
    assert "BEGIN SOLUTION" not in notebook.read_text()
    assert opened(course, "6") == Path(LESSON, f"{LESSON}.ipynb")


def test_started_again_what_the_learner_wrote_is_still_there(course: Course) -> None:
    notebook = course.root / desk.WORK / opened(course)
    notebook.write_text("mine")
    opened(course)
    assert notebook.read_text() == "mine"


def test_a_newer_release_is_put_beside_what_the_learner_wrote(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = course.root / desk.WORK / opened(course)
    notebook.write_text("mine")
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    release.write_text(release.read_text().replace("import numpy as np", "import numpy as np  # newer"))
    opened(course)
    assert notebook.read_text() == "mine"
    assert "# newer" in notebook.with_name(f"{LESSON} (new).ipynb").read_text()
    assert "yours stays" in " ".join(capsys.readouterr().out.split())
    opened(course)
    assert "yours stays" not in capsys.readouterr().out


def test_what_was_written_into_the_newer_copy_stays_too(course: Course) -> None:
    notebook = course.root / desk.WORK / opened(course)
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    first = release.read_text()
    newer = [first.replace("import numpy as np", f"import numpy as np  # newer {n}") for n in range(3)]
    notebook.write_text("mine")
    release.write_text(newer[0])
    opened(course)
    beside = notebook.with_name(f"{LESSON} (new).ipynb")
    release.write_text(newer[1])
    opened(course)
    assert beside.read_text() == newer[1]  # nobody had touched it
    beside.write_text("mine as well")
    release.write_text(newer[2])
    opened(course)
    assert (notebook.read_text(), beside.read_text()) == ("mine", "mine as well")
    assert notebook.with_name(f"{LESSON} (new 2).ipynb").read_text() == newer[2]


def test_a_newer_release_replaces_what_nobody_touched(course: Course) -> None:
    notebook = course.root / desk.WORK / opened(course)
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    release.write_text(release.read_text().replace("import numpy as np", "import numpy as np  # newer"))
    opened(course)
    assert "# newer" in notebook.read_text()


def test_progress_knows_what_passed_what_was_said_last_and_where_to_go_on(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = course.root / desk.WORK / opened(course)
    (course.root / desk.WORK / "my_convlib.py").write_text(
        '"""Mine."""\n\n\n# exercise: output_size\ndef output_size():\n    pass\n'
    )
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        if cell["id"] == "test-same-padding":
            said = "same_padding: 1 of 3. The larger half comes\nfirst.\n\nNot yet: odd totals"
            cell["outputs"] = [
                {"output_type": "display_data", "data": {"text/plain": [said]}, "metadata": {}}
            ]
    notebook.write_text(json.dumps(content))
    found = {each.exercise: (each.passed, each.said) for each in desk.progress(course)}
    assert found == {"output_size": (True, ""), "same_padding": (False, "The larger half comes first.")}
    capsys.readouterr()
    desk.show_progress(course, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        f"{LESSON}  2 of 5 points",
        "  x output_size: solved",
        "  - same_padding: The larger half comes first.",
        "",
        "2 of 5 points in all, the questions in words not counted",
        "Go on with same_padding: autograder start 06",
    ]


def test_a_notebook_that_cannot_be_read_is_said_and_comes_back_once_it_is_moved_away(course: Course) -> None:
    notebook = course.root / desk.WORK / opened(course)
    fresh = notebook.read_text()
    notebook.write_text("broken")
    assert {each.said for each in desk.progress(course)} == {desk.UNREADABLE}
    notebook.rename(notebook.with_name("broken.txt"))
    opened(course)
    assert notebook.read_text() == fresh
    assert {each.said for each in desk.progress(course)} == {""}


def test_progress_says_where_to_begin_and_when_nothing_is_left(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(course)
    desk.show_progress(course, as_json=False)
    fresh = capsys.readouterr().out
    assert "  - output_size: not checked yet\n" in fresh
    assert "Go on with output_size: autograder start 06\n" in fresh
    (course.root / desk.WORK / "my_convlib.py").write_text(
        "# exercise: output_size\n\n\n# exercise: same_padding\n"
    )
    desk.show_progress(course, as_json=False)
    assert capsys.readouterr().out.endswith("not counted\nAll is solved.\n")
