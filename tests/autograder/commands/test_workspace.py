"""A learner's workspace: a working copy that loses nothing, and how far it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from autograder.commands import workspace
from autograder.commands.workspace import Workspace
from autograder.course.course import Course, CourseError
from support.grading_course import LESSON


def opened(course: Course, lesson: str = "") -> Path:
    """Start, and what would have been opened."""
    shown: list[Path] = []

    def show(folder: Path, notebook: Path) -> int:
        shown.append(notebook.relative_to(folder))
        return 0

    assert workspace.start(Workspace.of(course), lesson, show=show) == 0
    return shown[0]


def test_start_opens_a_copy_of_the_release_and_never_the_source(course: Course) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    assert notebook == course.root / "work" / LESSON / f"{LESSON}.ipynb"
    assert "BEGIN SOLUTION" not in notebook.read_text()
    assert opened(course, "6") == Path(LESSON, f"{LESSON}.ipynb")


def test_started_again_what_the_learner_wrote_is_still_there(course: Course) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    notebook.write_text("mine")
    opened(course)
    assert notebook.read_text() == "mine"


def test_a_newer_release_is_put_beside_what_the_learner_wrote(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    notebook.write_text("mine")
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    release.write_text(release.read_text().replace("import numpy as np", "import numpy as np  # newer"))
    assert opened(course) == Path(LESSON, f"{LESSON}.ipynb")
    assert notebook.read_text() == "mine"
    beside = notebook.with_name(f"{LESSON} (new).ipynb")
    assert "# newer" in beside.read_text()
    remark = f"work/{LESSON}/{LESSON} (new).ipynb is a newer release; yours stays as it is."
    assert remark in capsys.readouterr().out
    assert opened(course) == Path(LESSON, f"{LESSON}.ipynb")  # a blank sorts before a dot
    assert remark in capsys.readouterr().out
    beside.unlink()
    (notebook.parent / "a scratch pad.ipynb").write_text("{}")
    assert opened(course) == Path(LESSON, f"{LESSON}.ipynb")
    assert "newer release" not in capsys.readouterr().out


def test_what_was_written_into_the_newer_copy_stays_too(course: Course) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    first = release.read_text()
    newer = [first.replace("import numpy as np", f"import numpy as np  # newer {n}") for n in range(3)]
    notebook.write_text("mine")
    release.write_text(newer[0])
    opened(course)
    beside = notebook.with_name(f"{LESSON} (new).ipynb")
    release.write_text(newer[1])
    opened(course)
    assert beside.read_bytes() == workspace.ready(newer[1].encode())  # nobody had touched it
    beside.write_text("mine as well")
    release.write_text(newer[2])
    opened(course)
    assert (notebook.read_text(), beside.read_text()) == ("mine", "mine as well")
    assert notebook.with_name(f"{LESSON} (new 2).ipynb").read_bytes() == workspace.ready(newer[2].encode())


def test_a_newer_release_replaces_what_nobody_touched(course: Course) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    release.write_text(release.read_text().replace("import numpy as np", "import numpy as np  # newer"))
    opened(course)
    assert "# newer" in notebook.read_text()


def test_progress_knows_what_passed_what_was_said_last_and_where_to_go_on(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    (course.root / workspace.WORK / "my_convlib.py").write_text(
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
    found = {each.exercise: (each.passed, each.said) for each in workspace.progress(Workspace.of(course))}
    assert found == {"output_size": (True, ""), "same_padding": (False, "The larger half comes first.")}
    capsys.readouterr()
    workspace.show_progress(Workspace.of(course), as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Go on with same_padding: autograder start 06",
        "2 of 5 points in all, the questions in words not counted",
        "",
        f"{LESSON}  2 of 5 points",
        "  x output_size: solved",
        "  - same_padding: The larger half comes first.",
    ]


def test_a_notebook_that_cannot_be_read_is_said_and_comes_back_once_it_is_moved_away(course: Course) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    fresh = notebook.read_text()
    notebook.write_text("broken")
    assert {each.said for each in workspace.progress(Workspace.of(course))} == {workspace.UNREADABLE}
    notebook.rename(notebook.with_name("broken.txt"))
    opened(course)
    assert notebook.read_text() == fresh
    assert {each.said for each in workspace.progress(Workspace.of(course))} == {""}


def test_progress_says_where_to_begin_and_when_nothing_is_left(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(course)
    workspace.show_progress(Workspace.of(course), as_json=False)
    fresh = capsys.readouterr().out
    assert "  - output_size: not checked yet\n" in fresh
    assert "Go on with output_size: autograder start 06\n" in fresh
    (course.root / workspace.WORK / "my_convlib.py").write_text(
        "# exercise: output_size\n\n\n# exercise: same_padding\n"
    )
    workspace.show_progress(Workspace.of(course), as_json=False)
    assert capsys.readouterr().out.startswith("All is solved.\n5 of 5 points in all")


OTHER = "07_another"


def with_another_lesson(course: Course) -> Path:
    """A course of two lessons, of which the first is solved; the learner's folder."""
    folder = course.folder("release", LESSON)
    (folder.parent / OTHER).mkdir()
    text = (folder / f"{LESSON}.ipynb").read_text()
    for name in ("output_size", "same_padding"):
        text = text.replace(name, f"{name}_again")
    (folder.parent / OTHER / f"{OTHER}.ipynb").write_text(text)
    opened(course, "6")
    work = course.root / workspace.WORK
    (work / "my_convlib.py").write_text("# exercise: output_size\n\n\n# exercise: same_padding\n")
    return work


def test_progress_unfolds_the_lesson_to_go_on_with_or_the_one_that_is_asked_for(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    with_another_lesson(course)
    capsys.readouterr()
    workspace.show_progress(Workspace.of(course), as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Go on with output_size_again: autograder start 07",
        "5 of 10 points in all, the questions in words not counted",
        "",
        f"{LESSON}  5 of 5 points",
        f"{OTHER}  0 of 5 points",
        "  - output_size_again: not checked yet",
        "  - same_padding_again: not checked yet",
        "",
        "The exercises of another lesson: autograder progress 06",
    ]
    workspace.show_progress(Workspace.of(course), "6", as_json=False)
    assert capsys.readouterr().out.splitlines()[3:] == [
        f"{LESSON}  5 of 5 points",
        "  x output_size: solved",
        "  x same_padding: solved",
    ]
    workspace.show_progress(Workspace.of(course), "7", as_json=True)
    assert {each["lesson"] for each in json.loads(capsys.readouterr().out)} == {OTHER}
    with pytest.raises(
        CourseError, match="no lesson '8' in work/; there are: 06_stride_padding_size, 07_another"
    ):
        workspace.show_progress(Workspace.of(course), "8", as_json=False)


def test_start_goes_on_with_the_first_lesson_that_is_not_solved(course: Course) -> None:
    with_another_lesson(course)
    assert opened(course) == Path(OTHER, f"{OTHER}.ipynb")


def test_the_students_zip_is_a_desk_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / workspace.CONTENTS).write_text(
        json.dumps({LESSON: {"output_size": 2.0, "same_padding": 3.0}})
    )
    (tmp_path / LESSON).mkdir()
    (tmp_path / LESSON / f"{LESSON}.ipynb").write_text('{"cells": []}')
    (tmp_path / "my_convlib.py").write_text("# exercise: output_size\n")
    here = Workspace.find(tmp_path / LESSON)
    assert (here.root, here.work) == (tmp_path, tmp_path)
    shown: list[Path] = []
    assert workspace.start(here, "", show=lambda folder, notebook: shown.append(notebook) or 0) == 0
    assert shown == [tmp_path / LESSON / f"{LESSON}.ipynb"]
    capsys.readouterr()
    workspace.show_progress(here, as_json=False)
    assert "Go on with same_padding: autograder start 06\n2 of 5 points" in capsys.readouterr().out
    (tmp_path / workspace.CONTENTS).write_text("{")
    with pytest.raises(CourseError, match="unpack the zip again"):
        here.contents()


LAB = """
import json, sys
print(json.dumps(sys.argv[1:]))
sys.exit(CODE)
"""


def lab(course: Course, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """Put a JupyterLab that says how it was called, and ends with this code, in place of the real one."""
    (course.root / "jupyterlab").mkdir()
    (course.root / "jupyterlab" / "__init__.py").touch()
    (course.root / "jupyterlab" / "__main__.py").write_text(LAB.replace("CODE", str(code)))
    monkeypatch.setenv("PYTHONPATH", str(course.root))
    monkeypatch.chdir(course.root)


def test_options_go_on_to_jupyterlab_which_shows_no_news_and_no_panels_of_an_instructor(
    course: Course, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lab(course, monkeypatch, 0)
    assert workspace.start(Workspace.of(course), "6", ["--no-browser", "--ServerApp.port=1"]) == 0
    words = json.loads(capfd.readouterr().out.splitlines()[-1])
    notebook = course.root / "work" / LESSON / f"{LESSON}.ipynb"
    assert words[-3:] == ["--no-browser", "--ServerApp.port=1", str(notebook)]
    assert f"--ServerApp.root_dir={course.root / 'work'}" in words
    (settings,) = [Path(word.partition("=")[2]) for word in words if "app_settings_dir" in word]
    overrides = json.loads((settings / "overrides.json").read_text())
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    disabled = json.loads((settings / "page_config.json").read_text())["disabledExtensions"]
    assert disabled["@jupyter/nbgrader:formgrader"]
    assert "@jupyter/nbgrader:validate-assignment" not in disabled  # its button says what `check` says


@pytest.mark.parametrize("user", [0, 1000])
def test_where_jupyterlab_refuses_the_exit_code_is_2_and_root_is_told_how(
    course: Course, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    lab(course, monkeypatch, 1)
    monkeypatch.setattr("os.geteuid", lambda: user)
    if user == 0:
        with pytest.raises(CourseError, match=r"autograder start -- --allow-root"):
            workspace.start(Workspace.of(course), "6")
    assert workspace.start(Workspace.of(course), "6", ["--allow-root"]) == 2


def test_a_notebook_is_copied_as_jupyterlab_saves_it(course: Course) -> None:
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    kernel = json.loads((course.root / workspace.WORK / opened(course)).read_text())["metadata"]["kernelspec"]
    assert kernel["display_name"] == "Python 3 (ipykernel)"
    assert json.loads(release.read_text())["metadata"]["kernelspec"]["display_name"] == "Python 3"


def test_a_working_copy_from_before_kernels_had_their_full_name_gets_no_second_notebook(
    course: Course,
) -> None:
    notebook = course.root / workspace.WORK / opened(course)
    release = course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes()
    record = notebook.parents[1] / workspace.COPIED
    name = f"{LESSON}/{LESSON}.ipynb"
    record.write_text(json.dumps({name: hashlib.sha256(release).hexdigest()}))
    notebook.write_text("mine")
    opened(course)
    assert [path.name for path in notebook.parent.glob("*.ipynb")] == [f"{LESSON}.ipynb"]
