"""Before and after a job: what it needs of the course, and what becomes of its result."""

from __future__ import annotations

import re
from typing import Any

from autograder.course.assignment import Released
from autograder.course.course import Course
from autograder.grading import job, supporting_files
from autograder.notebook.merge import exercise_of
from autograder.notebook.reading import text_of

# What starts a program or a thread.
STARTS = re.compile(r"\b(?:Popen|Process|Thread|Timer|Pool|\w+Executor|fork|spawn\w*|system|start)\(|--bg\b")


def pack(
    course: Course,
    lesson: Released,
    student: str,
    cells: list[dict[str, Any]],
    launcher: str | None = None,
    beside: dict[str, bytes] | None = None,
) -> bytes:
    """The job that grades these cells of a student.

    A cell that stands as it was released shows what the lesson shows: its pictures are not drawn again for
    each student, which is most of what a lesson's own cells cost.

    Args:
        beside: what the student brings along; the lesson's own files come before it.
    """
    as_released = (
        set()
        if course.grading.render_unchanged_figures
        else {text_of(cell["source"]) for cell in lesson.notebook["cells"]}
    )
    # A sandbox has no use for words and pictures.
    bare: dict[str, Any] = {"metadata": {}, "source": []}
    files = {
        **(beside or {}),
        **lesson.files,
        **({"given.py": lesson.given.encode()} if lesson.given else {}),
    }
    code = "\n".join(text_of(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return job.make_job(
        [cell if cell["cell_type"] == "code" else {"cell_type": cell["cell_type"], **bare} for cell in cells],
        {exercise: course.seed(student, exercise) for exercise in lesson.points()},
        limits=course.grading.limits(),
        launcher=launcher or course.grading.launcher,
        withheld=course.withheld(lesson.lesson),
        locate_seconds=course.grading.locate_seconds,
        exercise_files=course.exercise_files,
        undrawn=tuple(n for n, cell in enumerate(cells) if text_of(cell["source"]) in as_released),
        files=files,
        writable=tuple(supporting_files.written(code, files)),
    )


def finish(cells: list[dict[str, Any]], result: dict[str, Any], left: dict[str, str] | None = None) -> None:
    """Put a job's outputs into its cells, and count these as if somebody had run them one after the other.

    Args:
        left: modules and files that were not taken along, each with the reason: an answer that misses one
            says so.
    """
    count = 0
    missing = []
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        count += 1
        cell["execution_count"] = count
        cell["outputs"] = result["outputs"].get(str(number), [])
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
            elif output["output_type"] == "error":
                missing += _say_why(output, left or {})
    result["faults"] += dict.fromkeys(missing)
    if result["left_running"]:
        _say_what_was_left(cells, result["left_running"])


def _say_what_was_left(cells: list[dict[str, Any]], left: str) -> None:
    """Show under a cell what the notebook started and left running."""
    own = [cell for cell in cells if cell["cell_type"] == "code" and exercise_of(cell) is None]
    starting = [cell for cell in own if STARTS.search(text_of(cell["source"]))]
    text = f"What this notebook left running ({left}) was stopped when it had been graded.\n"
    shown = {"output_type": "stream", "name": "stdout", "text": text}
    (starting or own)[-1]["outputs"].append(shown)


def _say_why(error: dict[str, Any], left: dict[str, str]) -> list[str]:
    """Complete an error about something that lies beside the notebook and was not taken along."""
    said = []
    for name, why in left.items():
        if error["ename"] in ("ModuleNotFoundError", "ImportError", "FileNotFoundError", "OSError") and (
            re.search(rf"(?<!\w){re.escape(name)}(?!\w)", error["evalue"], re.IGNORECASE)
        ):
            error["evalue"] += f" (not taken along: {why})"
            said.append(f"{error['ename']}: {name} was not taken along")
    return said
