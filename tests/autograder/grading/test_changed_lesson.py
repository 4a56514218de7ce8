"""What CONTRIBUTING.md says of a lesson that is in use, tried."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.course.course import Course, CourseError
from autograder.course.release import release
from support.grading_course import LESSON, SOLUTIONS, HandIn, cell


def autograder(course: Course, *arguments: str) -> str:
    """Run our own command in the course, as an instructor would."""
    command = [sys.executable, "-m", "autograder.cli", *arguments]
    run = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)
    assert run.returncode < 2, run.stdout + run.stderr
    return run.stdout


def change_source(course: Course, change: Any) -> None:
    path = course.folder("source", LESSON, f"{LESSON}.ipynb")
    content = json.loads(path.read_text())
    change(content["cells"])
    path.write_text(json.dumps(content))


def test_words_may_change_and_graded_cells_after_the_gradebook_has_forgotten_the_lesson(
    course: Course, hand_in: HandIn
) -> None:
    hand_in("ann", SOLUTIONS)
    autograder(course, "grade", "--unsafe-no-sandbox")

    change_source(course, lambda cells: cells.insert(0, cell("# A clearer beginning")))
    assert release(course, [LESSON]) == {LESSON: "released"}

    def ask_more(cells: list[dict[str, Any]]) -> None:
        stub = "def zero_pad(x, pad):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
        cells += [cell(stub, "zero_pad", "answer"), cell("check(zero_pad);", "test_zero_pad", "test", 3)]

    before = course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes()
    change_source(course, ask_more)
    with pytest.raises(CourseError, match="CONTRIBUTING"):
        release(course, [LESSON])
    assert course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes() == before

    nbgrader = [sys.executable, "-m", "nbgrader", "db", "assignment", "remove", LESSON, "--force"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        nbgrader, cwd=course.root, check=True, capture_output=True, env=os.environ | {"PATH": path}
    )
    assert release(course, [LESSON]) == {LESSON: "released"}
    (graded,) = json.loads(autograder(course, "grade", "--unsafe-no-sandbox", "--json"))
    assert (graded["score"], len(graded["exercises"])) == (5.0, 3)
