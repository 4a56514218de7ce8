"""nbgrader's own commands work on the course as it stands, and give what `autograder grade` gives."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course.course import CONFIG, Course
from autograder.grading import batch
from autograder.grading.batch import Options
from support.formgrader import fetch, formgrader, submissions
from support.grading_course import LESSON, ROOT, SETTINGS, SOLUTIONS, source

BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
SCRIPT = "<script>alert(1)</script>"


def nbgrader(root: Path, *arguments: str) -> str:
    """Run a stock command.

    Returns:
        What it said.
    """
    command = [str(BIN / "nbgrader"), *arguments]
    done = subprocess.run(command, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def hand_in(root: Path, student: str, answers: dict[str, str], extra: str = "") -> None:
    """Hand in the release with these answers."""
    content = json.loads((root / "release" / LESSON / f"{LESSON}.ipynb").read_text())
    for cell in content["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(grade_id, cell["source"])
    if extra:
        content["cells"][0]["source"] = [*content["cells"][0]["source"], "\n", extra]
    folder = root / "submitted" / student / LESSON
    folder.mkdir(parents=True)
    (folder / f"{LESSON}.ipynb").write_text(json.dumps(content))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course on which only stock commands were used: released, graded, fed back, exported."""
    root = tmp_path_factory.mktemp("stock")
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + SETTINGS)
    path = root / "notebooks" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(source()))
    # What else lies in notebooks/ is no lesson.
    for name in (".static", ".build"):
        (root / "notebooks" / name).mkdir()
    (root / "notebooks" / "index.md").write_text("# Index\n")
    nbgrader(root, "generate_assignment", LESSON)
    hand_in(root, "ann", {**SOLUTIONS, "words_why": f"So. {SCRIPT} <img src=x onerror=alert(1)>"})
    hand_in(root, "bob", {"output_size": SOLUTIONS["output_size"]}, "1 / 0")
    hand_in(root, "eve", {}, f"from IPython.display import HTML, display; display(HTML({SCRIPT!r}))")
    nbgrader(root, "autograde", LESSON)
    nbgrader(root, "generate_feedback", LESSON)
    nbgrader(root, "export")
    return root


def exported(root: Path) -> dict[str, float]:
    """Scores by student, as nbgrader exports them."""
    with (root / "grades.csv").open() as file:
        return {row["student_id"]: float(row["score"] or 0) for row in csv.DictReader(file)}


def test_autograde_and_export_give_the_scores(course: Path) -> None:
    assert exported(course) == {"ann": 5.0, "bob": 2.0, "eve": 0.0}


def test_our_command_gives_the_same_scores(course: Path, tmp_path: Path) -> None:
    root = tmp_path / "same"
    shutil.copytree(course, root)
    shutil.rmtree(root / "autograded")
    rows = batch.grade(Course.open(root), [LESSON], Options(jobs=1))
    assert {row.student: row.score for row in rows} == exported(course)
    for row in rows:
        ours, stock = (json.loads((base / row.file).read_text()) for base in (root, course))
        for mine, theirs in zip(ours["cells"], stock["cells"], strict=True):
            assert mine["metadata"] == theirs["metadata"]
            if mine["metadata"].get("nbgrader", {}).get("grade") and mine["cell_type"] == "code":
                scores = [cell["outputs"][1]["data"]["text/plain"] for cell in (mine, theirs)]
                assert "".join(scores[0]) == "".join(scores[1])


def test_feedback_shows_verdicts_and_nothing_of_a_students_acts_in_it(course: Path) -> None:
    pages = {path.parts[-3]: path.read_text() for path in (course / "feedback").glob("*/*/*.html")}
    assert set(pages) == {"ann", "bob", "eve"}
    assert "same_padding: not written yet" in pages["bob"]
    assert "ZeroDivisionError" in pages["bob"]
    assert "Traceback (most recent call last)" not in pages["bob"]
    for page in pages.values():
        assert SCRIPT not in page
        assert "onerror" not in page


@pytest.mark.parametrize(("step", "passes"), [("notebooks", True), ("release", False)])
def test_validate_passes_the_solutions_and_not_the_release(course: Path, step: str, passes: bool) -> None:
    said = nbgrader(course, "validate", str(course / step / LESSON / f"{LESSON}.ipynb"))
    assert ("Success! Your notebook passes all the tests." in said) == passes
    assert ("VALIDATION FAILED" in said or "failed" in said.lower()) != passes


def test_without_our_configuration_a_test_cell_is_all_or_nothing(course: Path, tmp_path: Path) -> None:
    root = tmp_path / "plain"
    shutil.copytree(course / "notebooks" / LESSON, root / "source" / LESSON)
    (root / CONFIG).write_text("c = get_config()\n")
    nbgrader(root, "generate_assignment", LESSON)
    partly = SOLUTIONS["same_padding"].replace(
        "return total // 2, total - total // 2", "return total - total // 2, total // 2"
    )
    hand_in(root, "ann", SOLUTIONS)
    hand_in(root, "bob", {**SOLUTIONS, "same_padding": partly})
    nbgrader(root, "autograde", LESSON)
    nbgrader(root, "export")
    assert exported(root) == {"ann": 5.0, "bob": 2.0}


@pytest.fixture(scope="module")
def server(course: Path) -> Iterator[str]:
    """The formgrader of the course."""
    home = course / ".home"
    home.mkdir()
    with formgrader(course, home) as address:
        yield address


def test_the_formgrader_lists_the_lessons_and_nothing_else(server: str) -> None:
    found = json.loads(fetch(f"{server}/api/assignments"))
    assert [(lesson["name"], lesson["num_submissions"]) for lesson in found] == [(LESSON, 3)]


def test_the_formgrader_shows_the_submissions_safely(server: str) -> None:
    assert LESSON in fetch(f"{server}/gradebook/{LESSON}")
    pages = submissions(server, LESSON)
    assert set(pages) == {"ann", "bob", "eve"}
    for address in pages.values():
        page = fetch(address)
        assert "output_size" in page
        _, _, below = page.partition("<summary><strong>Model answer and marking</strong></summary>")
        assert "<p>Because.</p>" in below[:200]
        assert "alert(1)</script>" not in page
        assert "onerror" not in page
