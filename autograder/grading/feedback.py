"""The pages that students get back: nbgrader's own, made of autograded notebooks in which nothing acts."""

from __future__ import annotations

import hashlib
import shutil
import time
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.grading import gradebook, released
from autograder.grading.course import CONFIG, Course, CourseError, write_atomically
from autograder.grading.submission import usable

if TYPE_CHECKING:
    from autograder.grading.table import Progress

PAGES = Path(__file__).with_name("pages.py")


def write(
    course: Course, lessons: list[str], students: tuple[str, ...], force: bool, watcher: Progress
) -> tuple[int, int]:
    """Write feedback/STUDENT/LESSON/LESSON.html where the notebook, a score or a comment changed.

    Returns:
        How many pages were written, and how many are as they were.
    """
    todo = []
    total = 0
    for lesson in lessons:
        name = released.load(course, lesson).name
        for student in _students(course, lesson, name, students):
            total += 1
            stamp = _stamp(course, student, lesson, name)
            if force or stamp is None or not _is_current(course, student, lesson, name, stamp):
                todo.append((student, lesson, name, stamp))
    watcher.begin(total)
    for _ in range(total - len(todo)):
        watcher.step("", 0.0, new=False)
    for student, lesson, _, stamp in todo:
        started = time.perf_counter()
        _convert(course, student, lesson)
        if stamp:
            write_atomically(_mark(course, student, lesson), stamp.encode())
        watcher.step(f"{student} {lesson}", time.perf_counter() - started, new=True)
    return len(todo), total - len(todo)


def _students(course: Course, lesson: str, name: str, wanted: tuple[str, ...]) -> list[str]:
    folder = course.folder("autograded")
    found = [path.parts[-3] for path in sorted(folder.glob(f"*/{lesson}/{name}"))] if folder.is_dir() else []
    found = [student for student in found if usable(student)]
    for student in wanted:
        if student not in found:
            raise CourseError(f"nothing of {student!r} is graded for {lesson}")
    return [student for student in found if not wanted or student in wanted]


def _mark(course: Course, student: str, lesson: str) -> Path:
    return course.state / "feedback" / lesson / student


def _page(course: Course, student: str, lesson: str, name: str) -> Path:
    return course.folder("feedback", student, lesson, name.removesuffix(".ipynb") + ".html")


def _is_current(course: Course, student: str, lesson: str, name: str, stamp: str) -> bool:
    mark = _mark(course, student, lesson)
    return _page(course, student, lesson, name).is_file() and mark.is_file() and mark.read_text() == stamp


def _stamp(course: Course, student: str, lesson: str, name: str) -> str | None:
    """Names what a page is made of; None where the gradebook cannot be asked without nbgrader."""
    grades = gradebook.recorded(course, student, lesson)
    if grades is None:
        return None
    digest = hashlib.sha256(repr(grades).encode())
    for path in (course.folder("autograded", student, lesson, name), course.root / CONFIG, PAGES):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _convert(course: Course, student: str, lesson: str) -> None:
    """Let nbgrader make the page."""
    gradebook.prepare()
    from nbgrader.apps import NbGraderAPI

    config = deepcopy(course.config)
    config.CourseDirectory.root = str(course.root)
    api: Any = NbGraderAPI(config=config)
    api.log.setLevel("CRITICAL")
    result = api.generate_feedback(lesson, student, force=True)
    if not result["success"]:
        lines = str(result.get("error") or result.get("log") or "").strip().splitlines()
        shutil.rmtree(course.folder("feedback", student, lesson), ignore_errors=True)
        raise CourseError(
            f"no feedback for {student} {lesson}: {lines[-1] if lines else 'nbgrader did not say why'}"
        )
