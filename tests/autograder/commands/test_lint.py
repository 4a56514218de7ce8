"""`autograder lint` as a new author meets it: each usual mistake is one line that says file and what."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder import cli, exercises
from autograder.commands.lint import lint
from autograder.course.course import CONFIG, Course, CourseError

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "notebooks" / "write_your_own.md").read_text(encoding="utf-8")
EXERCISE, SOLUTION, _ = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
LESSON = "90_keep_within_bounds"
UPPER = '"np.minimum(raised, high)",\n    "raised"'
POINTS = '"values above high", points=1'
CASE = "yield case(draw.array(3, draw.pick(4, 5), shift=2.0), -9.0, 1.5)"
RIGHT = "return np.minimum(np.maximum(x, low), high)"
ALIKE = """
clip.bug("no_upper", "np.minimum(raised, high)", "np.maximum(raised, low)", "They are too large.", ask="7?")
"""
HARMLESS = """
clip.bug("harmless", "np.maximum(x, low)", "np.where(x > low, x, low)", "It is right.", ask="Is it?")
"""
SWAPPED = (
    '{"np.maximum(x, low)": "np.maximum(x, high)", "np.minimum(raised, high)": "np.minimum(raised, low)"}'
)


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exercises of these courses are no other test's."""
    monkeypatch.setattr(exercises, "_outside", {})


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course elsewhere with one lesson: that of the guide, and nothing wrong with it."""
    config = "c = get_config()\nc.CourseDirectory.source_directory = 'notebooks'\n"
    (tmp_path / CONFIG).write_text(f"{config}c.Grading.exercises = ['exercises/*.py']\n", encoding="utf-8")
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "clip.py").write_text(EXERCISE, encoding="utf-8")
    write_notebook(tmp_path, "import numpy as np\n\nfrom autograder import check, mine", SOLUTION)
    return tmp_path


def write_notebook(
    course: Path, imports: str, solution: str, test: str = "test_clip", points: float = 3
) -> None:
    def cell(source: str, **mark: Any) -> dict[str, Any]:
        marks = {"nbgrader": {"schema_version": 3, **mark}} if mark else {}
        made = {"cell_type": "code", "metadata": marks, "source": source}
        return made | {"outputs": [], "execution_count": None}

    cells = [
        cell(imports),
        cell(solution, grade_id="clip", solution=True, grade=False),
        cell("check(clip);", grade_id=test, solution=False, grade=True, points=points),
    ]
    path = course / "notebooks" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}), encoding="utf-8")


def faults(course: Path) -> list[str]:
    found = lint(Course.open(course, load_exercises=False), [], 2, lambda name: None)
    return [fault for of_file in found.values() for fault in of_file]


def change(course: Path, old: str, new: str, name: str = "clip.py") -> None:
    assert EXERCISE.count(old) == 1, old
    (course / "exercises" / name).write_text(EXERCISE.replace(old, new), encoding="utf-8")


def test_nothing_is_wrong_with_the_guides_exercise(course: Path) -> None:
    assert faults(course) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            UPPER,
            UPPER.replace("np.minimum(raised", "np.minimum(rased"),
            "clip: the bug 'upper_bound_ignored': 'np.minimum(rased, high)' does not occur in clip",
        ),
        (
            UPPER,
            '"high", "low"',
            "clip: the bug 'upper_bound_ignored': 'high' occurs 2 times in clip (its lines 1, 3); take more "
            "of the line, so that it occurs once",
        ),
        (
            UPPER,
            UPPER + ' + ")"',
            "clip: the bug 'upper_bound_ignored': in clip, what it becomes is not Python: unmatched ')': "
            "'return raised)'",
        ),
        (
            'modifies("x")',
            'modifies("y")',
            "clip: the bug 'input_modified': no argument of clip is called 'y': x, low, high",
        ),
        (
            'lesson="90_keep_within_bounds"',
            'lesson="90_keep_within_bound"',
            "clip: there is no lesson '90_keep_within_bound' in notebooks/; did you mean "
            "'90_keep_within_bounds'?",
        ),
        (
            POINTS,
            POINTS.replace("points=1", "points=0"),
            "clip: the requirement 'values above high' has no points",
        ),
        (
            CASE,
            CASE.replace("yield case", "yield "),
            "clip: the requirement 'values above high' yields a tuple, expected a case: yield case(…)",
        ),
        (
            CASE,
            CASE.replace("yield ", ""),
            "clip: the requirement 'values above high' yields no case: its function needs yield case(…)",
        ),
        (
            CASE,
            CASE.replace("draw.array(3, draw.pick(4, 5), shift=2.0)", "np.random.randn(3, 4)"),
            "clip: the requirement 'values above high' has other cases each time, with the same seed: take "
            "every random number from draw",
        ),
        (
            'hint="Take',
            'error_scale=lambda x: 1.0, hint="Take',
            r"clip: error_scale does not answer clip(",
        ),
        (
            CASE,
            CASE.replace(", 1.5)", ")"),
            "clip: the reference raises TypeError: clip() missing 1 required positional argument: 'high'",
        ),
        (
            "out[index] = min",
            "ouch[index] = min",
            "clip: the way 'cell_by_cell' fails 'values above high' with seed 20",
        ),
        (
            "clip.keeps_inputs(points=1)\n",
            "",
            "clip: the bug 'input_modified' changes an argument, and no requirement looks at that: add "
            "clip.keeps_inputs(points=…)",
        ),
        (
            'clip.common(modifies("x"))\n',
            ALIKE,
            "clip: the bugs 'upper_bound_ignored' and 'no_upper' cannot be told apart",
        ),
        (
            'clip.common(modifies("x"))\n',
            HARMLESS,
            "clip: the bug 'harmless' survives with seed 20: no case tells it from a right answer",
        ),
        (
            SWAPPED,
            '{"np.minimum(raised, high)": "np.minimum(raised, high + 1)"}',
            "clip: no bug fails the requirement 'values below low': what would people write instead?",
        ),
    ],
)
def test_a_mistake_in_an_exercise_is_named(course: Path, old: str, new: str, told: str) -> None:
    change(course, old, new)
    found = faults(course)
    assert sum(told in fault for fault in found) == 1, found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("def clip(x, low, high):", "def clip(x, low, high)", "exercises/clip.py, line 15: expected ':'"),
        (
            "import numpy as np",
            "import numpyy",
            "exercises/clip.py, line 3: ModuleNotFoundError: No module named",
        ),
        (
            POINTS,
            POINTS.replace(", points=1", ""),
            "exercises/clip.py, line 28: TypeError: Exercise.requirement()",
        ),
        (
            POINTS,
            POINTS.replace("1", '"1"'),
            "exercises/clip.py, line 28: TypeError: the points of 'values above high' must be a number",
        ),
        (
            "@clip.way\ndef cell_by_cell",
            '@exercise(lesson="90_keep_within_bounds")\ndef clip',
            "exercises/clip.py, line 21: line 15 defines clip already",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_for_lint_and_stops_every_other_command(
    course: Path, old: str, new: str, told: str
) -> None:
    change(course, old, new)
    (fault,) = faults(course)
    assert fault.startswith(told)
    with pytest.raises(CourseError) as refusal:
        Course.open(course)
    assert str(refusal.value) == fault


def test_two_files_with_an_exercise_of_one_id(course: Path) -> None:
    (course / "exercises" / "later.py").write_text(EXERCISE, encoding="utf-8")
    assert faults(course) == ["exercises/later.py: exercises/clip.py has an exercise clip already"]


def test_an_exercise_named_like_the_courses_own(course: Path) -> None:
    text = EXERCISE.replace("clip", "relu")
    (course / "exercises" / "relu.py").write_text(text, encoding="utf-8")
    assert faults(course) == ["exercises/relu.py: the built-in lessons have an exercise relu already"]


def test_a_misspelt_text_stops_every_other_command_with_exit_code_2(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(course, UPPER, UPPER.replace("np.minimum(raised", "np.minimum(rased"))
    monkeypatch.chdir(course)
    done = CliRunner().invoke(cli.app, ["lint", "--seeds", "1"])
    assert done.exit_code == 1
    with pytest.raises(
        CourseError, match=r"exercises/clip\.py: clip: the bug 'upper_bound_ignored': .*rased"
    ):
        Course.open(course)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            RIGHT,
            "return np.maximum(x, low)",
            "clip: its solution in the notebook does not pass: Your values can",
        ),
        (
            RIGHT,
            "return np.minimum(np.maximum(x, low), high",
            "clip: its solution cell is not Python: line 8",
        ),
        (
            "clip(x, low, high)",
            "clip(x, lo, hi)",
            "clip: the notebook has clip(x, lo, hi), the exercise clip(x, low",
        ),
        ("### END SOLUTION", "", "the solution cell 'clip' needs one line ### BEGIN SOLUTION and one line"),
        ("def clip", "def clipped", "clip: its solution cell does not define clip"),
    ],
)
def test_a_solution_cell_that_disagrees_is_named(course: Path, old: str, new: str, told: str) -> None:
    write_notebook(course, "import numpy as np", SOLUTION.replace(old, new, 1))
    assert sum(fault.startswith(told) for fault in faults(course)) == 1, faults(course)


def test_points_a_test_cell_and_a_borrowed_function_that_disagree_are_named(course: Path) -> None:
    write_notebook(course, "import numpy as np", SOLUTION, points=2)
    assert faults(course) == ["clip: its test cell has 2 points, its requirements add up to 3"]
    write_notebook(course, "import numpy as np", SOLUTION, test="test_clp")
    assert faults(course) == [
        "clip: the notebook has no test cell with the grade_id 'test_clip'",
        "the test cell 'test_clp' belongs to no exercise of this lesson",
    ]
    write_notebook(course, "from autograder import mine\nimport numpy as np\nmine('conv3d')", SOLUTION)
    assert faults(course) == ["cell 1: mine('conv3d') asks for an exercise that does not exist"]
