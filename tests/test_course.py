"""The course as it stands: every lesson's solutions earn full marks, its release none; the demo comes out."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder import exercises
from autograder.commands import demo
from autograder.commands.student_zip import NAME, pack
from autograder.course import assignment
from autograder.course.course import CONFIG, Course
from autograder.course.release import release
from autograder.exercises.lesson_12 import ENOUGH
from autograder.grading import batch
from autograder.grading.batch import GRADED, Options, Row
from autograder.notebook.merge import exercise_of
from autograder.protocol.withholding import is_refusal
from support import screens
from support.browser import chromium
from support.needs import needs
from support.prose_numbers import agrees, unsupported

ROOT = Path(__file__).resolve().parents[1]
REMAKE = "the guide's screens are out of date: make demo && python -m tests.support.screens"
LESSONS = Course.open(ROOT).lessons()


def launcher() -> str:
    """The sandbox where it works here, else a process: then the lessons are graded all the same."""
    from autograder.commands.doctor import sandbox_problem

    return "process" if sandbox_problem(Course.open(ROOT)) else "bubblewrap"


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, dict[tuple[str, str], Row]]:
    """Each lesson, released, and handed in twice: with its solutions, and untouched."""
    root = tmp_path_factory.mktemp("course")
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + "\nc.Grading.cell_seconds = 120.0\n")
    shutil.copytree(
        ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*", "*.md", "conf.py")
    )
    course = Course.open(root)
    release(course, LESSONS)
    for lesson in LESSONS:
        for student, step in (("solved", "source"), ("untouched", "release")):
            target = course.folder("submitted", student, lesson)
            target.mkdir(parents=True)
            shutil.copy(next(course.folder(step, lesson).glob("*.ipynb")), target)
    rows = batch.grade(course, LESSONS, Options(launcher=launcher()))
    return course, {(row.student, row.lesson): row for row in rows}


Graded = tuple[Course, dict[tuple[str, str], Row]]


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solutions_earn_full_marks(graded: Graded, lesson: str) -> None:
    row = graded[1]["solved", lesson]
    assert row.status == GRADED, row.faults
    said = {name: found["message"] for name, found in row.exercises.items() if found["status"] != "passed"}
    assert not said
    assert row.score == row.points
    assert row.faults == []
    assert row.remarks == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_release_earns_nothing(graded: Graded, lesson: str) -> None:
    row = graded[1]["untouched", lesson]
    assert (row.status, row.score, row.bugs, row.remarks) == (GRADED, 0.0, [], []), row.faults


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_of_the_judge_is_asked_in_its_lesson(graded: Graded, lesson: str) -> None:
    notebook = assignment.load(graded[0], lesson).notebook
    asked = [exercise_of(cell) for cell in notebook["cells"] if exercise_of(cell)]
    assert sorted(map(str, asked)) == sorted(exercise.id for exercise in exercises.for_lesson(lesson))


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_solution_is_in_the_release(graded: Graded, lesson: str) -> None:
    path = next(graded[0].folder("release", lesson).glob("*.ipynb"))
    assert "SOLUTION" not in path.read_text()


@pytest.mark.parametrize("lesson", LESSONS)
def test_with_the_solutions_no_cell_of_the_lesson_fails(graded: Graded, lesson: str) -> None:
    row = graded[1]["solved", lesson]
    content = json.loads((graded[0].root / row.file).read_text())
    failed = {
        cell["id"]: output["evalue"]
        for cell in content["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error" and not is_refusal(output["evalue"])
    }
    assert failed == {}


def test_in_grading_the_learners_network_trains_on_what_stands_in(graded: Graded) -> None:
    row = next(row for (who, lesson), row in graded[1].items() if who == "solved" and lesson[:2] == "12")
    content = json.loads((graded[0].root / row.file).read_text())
    outputs = [output for cell in content["cells"] for output in cell.get("outputs", [])]
    printed = "".join("".join(output.get("text", "")) for output in outputs)
    assert re.search(r"loss [\d.]+ → [\d.]+ in the last epoch\nright: 9\d\.\d% of the new images", printed)
    # `train` is no kernel: it comes from lesson 03, though the cell asks for it by a variable.
    assert not [output for output in outputs if is_refusal(output.get("evalue", ""))]


# Numbers that no cell gives, worked out here.
WORKED_OUT = {
    "03": {"0.18": math.sqrt(2 / 64), "0.25": math.sqrt(2 / 32)},
    "06": {"1.333": 4 / 3},
    "08": {"64.1": 100 * 41 / 64},
    "09": {"1.5": (1 + 2) / 2},
    "11": {"7.4": 8 * 32 * 224 * 224 * 576 / 1e9},
    "12": {"1.79": math.log(6), "70": 100 * ENOUGH},
}
# Numbers that nothing in the lesson gives, by the reason.
ASSUMED = "a question or an exercise assumes it"
TRIED = "what a reader sees who changes the cell as the text says"
FIGURE = "read off the figure"
PUBLISHED = "the publishers of the data set say so"
NOT_GIVEN = {
    "02": {"256": ASSUMED},
    "03": {"0.35": FIGURE, "19": TRIED},
    "04": {"5,000": ASSUMED},
    "05": {"0.5": ASSUMED},
    "14": {"60,000": PUBLISHED},
}


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_number_in_the_prose_comes_out_of_the_lesson_or_has_a_reason(
    graded: Graded, lesson: str
) -> None:
    row = graded[1]["solved", lesson]
    content = json.loads((graded[0].root / row.file).read_text())
    worked_out = WORKED_OUT.get(lesson[:2], {})
    assert all(agrees(number, right) for number, right in worked_out.items())
    listed = worked_out.keys() | NOT_GIVEN.get(lesson[:2], {}).keys()
    found = set(unsupported(content))
    assert found - listed == set(), "print it in a cell, write the equation out, or say in the list why not"
    assert listed - found == set(), "the list has a number that needs no reason any more"


def test_the_students_zip_has_all_that_a_student_needs(graded: Graded) -> None:
    course = graded[0]
    said = pack(course)
    path = course.folder("release", f"{NAME}.zip")
    assert path.is_file(), said
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
        readme = packed.read(f"{NAME}/README.txt").decode()
        (wheel,) = [name for name in names if name.endswith(".whl")]
        requirements = packed.read(f"{NAME}/requirements.txt").decode()
    for told in ("py install.py", "python3 install.py", "Hand in:", "Shift+Enter"):
        assert told in readme
    assert wheel.removeprefix(f"{NAME}/") in requirements
    for lesson in LESSONS:
        assert f"{NAME}/{lesson}/{lesson}.ipynb" in names
    assert pack(course).startswith("unchanged")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The real command, in a copy of what it needs."""
    root = tmp_path_factory.mktemp("demo")
    shutil.copy(ROOT / CONFIG, root)
    shutil.copytree(ROOT / "data", root / "data")
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    return root, _demo(root)


def _demo(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder.cli", "demo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_demonstration_gives_the_expected_results(
    demonstration: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    root, done = demonstration
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The results are the expected ones" in done.stdout
    assert "window_start_ignores_stride" in done.stdout
    pages = list((root / demo.FOLDER / "feedback").glob("*/*/*.html"))
    assert len(pages) >= 17
    shown = (root / demo.FOLDER / "report" / "index.html").read_text(encoding="utf-8")
    assert "Your stride changes the size of the output" in shown
    assert not re.search(r"\bben\b", shown)


def test_the_guides_table_is_the_one_that_the_demonstration_prints(
    demonstration: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    expected = screens.table(demonstration[0])
    assert (ROOT / screens.SCREENS / "grade.txt").read_text(encoding="utf-8") == expected, REMAKE


@pytest.mark.browser
def test_the_guides_pictures_show_what_the_demonstrations_pages_show(
    demonstration: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    needs("chromium", "playwright")
    kept = json.loads((ROOT / screens.SCREENS / "words.json").read_text(encoding="utf-8"))
    with chromium() as browser, screens.pages(demonstration[0]) as pages:
        assert kept == {name: screens.words(browser, page) for name, page in pages.items()}, REMAKE
    pictures = {path.name for path in (ROOT / screens.SCREENS).glob("*.webp")}
    assert pictures == {f"{name}_{scheme}.webp" for name, page in pages.items() for scheme in page.schemes}
    guide = (ROOT / "notebooks" / "instructors.md").read_text(encoding="utf-8")
    assert all(f"screens/{picture}\n:alt: " in guide for picture in pictures)


def test_the_demonstration_is_quick_the_second_time(
    demonstration: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    done = _demo(demonstration[0])
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"grade: (\d+) in [\d.]+ s, \1 of them unchanged", done.stderr), done.stderr
    assert re.search(r"feedback: (\d+) in [\d.]+ s, \1 of them unchanged", done.stderr), done.stderr


def test_a_feedback_page_shows_the_verdict_and_no_traceback(
    demonstration: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder = demonstration[0] / demo.FOLDER / "feedback"
    page = next((folder / "ben").glob("07*/*.html")).read_text()
    assert "Your stride changes the size of the output" in page
    assert "<svg" in page
    assert "Traceback (most recent call last)" not in page
    assert "10.25" in page
    assert "Model answer and marking" not in page


def test_the_sample_class_is_as_varied_as_a_class() -> None:
    from autograder.commands.sample_class import read

    recipes = read(ROOT / demo.RECIPES)
    assert len(recipes) >= 12
    assert len({recipe.lesson for recipe in recipes}) >= 2
    assert any(recipe.expected.score is None for recipe in recipes)
    assert any(recipe.expected.bugs for recipe in recipes)
