"""Before and after a job: what it needs of the course, and what becomes of its result."""

from __future__ import annotations

from typing import Any

from autograder.grading import job
from autograder.grading.course import Course
from autograder.grading.notebook import text_of
from autograder.grading.released import Released


def pack(
    course: Course,
    lesson: Released,
    student: str,
    cells: list[dict[str, Any]],
    launcher: str | None = None,
) -> bytes:
    """The job that grades these cells of a student.

    A cell that stands as it was released shows what the lesson shows: its pictures are not drawn again for
    each student, which is most of what a lesson's own cells cost.
    """
    as_released = (
        set() if course.grading.pictures else {text_of(cell["source"]) for cell in lesson.notebook["cells"]}
    )
    return job.make_job(
        cells,
        {exercise: course.seed(student, exercise) for exercise in lesson.points()},
        limits=course.grading.limits(),
        launcher=launcher or course.grading.launcher,
        hidden_modules=course.hidden_modules(lesson.lesson),
        withheld=course.withheld(lesson.lesson),
        exercise_files=course.exercise_files,
        undrawn=tuple(n for n, cell in enumerate(cells) if text_of(cell["source"]) in as_released),
        files={**lesson.files, **({"given.py": lesson.given.encode()} if lesson.given else {})},
    )


def finish(cells: list[dict[str, Any]], result: dict[str, Any]) -> None:
    """Put a job's outputs into its cells, and count these as if somebody had run them one after the other."""
    count = 0
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        count += 1
        cell["execution_count"] = count
        cell["outputs"] = result["outputs"].get(str(number), [])
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
