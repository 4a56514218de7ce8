"""The demonstration's folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.commands import demo
from autograder.course.course import CONFIG, Course, CourseError
from autograder.course.release import release
from autograder.grading.batch import Options, grade
from support.grading_course import LESSON


@pytest.mark.sandbox
def test_a_demonstration_of_an_earlier_version_makes_way(course: Course) -> None:
    own = demo.make_root(course, [LESSON])
    release(own, [LESSON])
    submitted = own.folder("submitted", "ann", LESSON)
    submitted.mkdir(parents=True)
    released = next(own.folder("release", LESSON).glob("*.ipynb"))
    (submitted / released.name).write_bytes(released.read_bytes())
    grade(own, [LESSON], Options(launcher="process"))
    add_a_graded_cell(next(course.folder("source", LESSON).glob("*.ipynb")))
    own = demo.make_root(course, [LESSON])
    with pytest.raises(CourseError, match="graded cells were added"):
        release(own, [LESSON])
    again, done = demo._released(course, own, [LESSON])
    assert done == {LESSON: "released"}
    assert again.root == own.root
    assert not submitted.exists()
    assert (again.root / CONFIG).is_file()


def add_a_graded_cell(path: Path) -> None:
    """Put a solution cell of another name into a lesson."""
    content = json.loads(path.read_text(encoding="utf-8"))
    found = next(cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("solution"))
    added = json.loads(json.dumps(found))
    added["id"] = "another"
    added["metadata"]["nbgrader"]["grade_id"] = "another"
    content["cells"].append(added)
    path.write_text(json.dumps(content), encoding="utf-8")
