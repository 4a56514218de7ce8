"""The pages that students get back: nbgrader's own, made of autograded notebooks in which nothing acts."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from autograder.course import assignment, gradebook
from autograder.course.course import CONFIG, Course, CourseError, copy_folder, write_atomically
from autograder.course.people import student_id, usable
from autograder.course.release import last_line, silent
from autograder.grading import late, objections
from autograder.grading.intake import SECRET, TIMESTAMP
from autograder.notebook import sanitize

# What decides how a page looks.
HERE = Path(__file__).parent
PAGES = [
    HERE / "pages.py",
    HERE / "tex.py",
    Path(sanitize.__file__),
    *sorted((HERE / "templates" / "page").iterdir()),
]


class Progress(Protocol):
    """Whoever is told how it goes."""

    def begin(self, total: int) -> None:
        """So many pages there are."""

    def step(self, name: str, seconds: float, new: bool) -> None:
        """One page is done with."""


@dataclass
class Pages:
    """What became of the pages.

    Attributes:
        failed: one line for each that could not be made; the others were.
    """

    written: int = 0
    kept: int = 0
    failed: list[str] = field(default_factory=list)


def write(
    course: Course,
    lessons: list[str],
    students: tuple[str, ...],
    force: bool,
    progress: Progress,
    say: Callable[[str], None] = lambda line: None,
) -> Pages:
    """Write feedback/STUDENT/LESSON/LESSON.html where the notebook, a score or a comment changed.

    Args:
        say: gets what has to be known before the pages are made.

    Raises:
        CourseError: the gradebook's server does not answer, or no longer.
    """
    gradebook.reach(course)
    late.refresh(course)
    marks = gradebook.marks(course)
    todo = []
    pages = Pages()
    total = unread = 0
    for lesson in lessons:
        loaded = assignment.load(course, lesson)
        for student in _students(course, lesson, loaded.name, students):
            total += 1
            mark = marks.get((student, lesson, loaded.stem))
            unread += mark.waiting if mark else 0
            stamp = _stamp(course, student, lesson, loaded.name)
            if force or stamp is None or not _is_current(course, student, lesson, loaded.name, stamp):
                todo.append((student, lesson, stamp))
    if unread:
        say(f'{unread} answers wait for a human: on the pages they are "not read yet", and count for nothing')
    progress.begin(total)
    pages.kept = total - len(todo)
    for _ in range(pages.kept):
        progress.step("", 0.0, new=False)
    for student, lesson, stamp in todo:
        started = time.perf_counter()
        written = objections.filled_in(course.folder("feedback", student, lesson))
        objections.note_form(course, student, lesson, written)  # the folder is made anew
        try:
            _convert(course, student, lesson)
            form = written or objections.form(lesson, list(assignment.load(course, lesson).points()))
            objections.put(course.folder("feedback", student, lesson), form)
        except Exception as error:  # one page that cannot be made takes no other student's away
            gradebook.reach(course)
            pages.failed.append(f"no feedback for {student} {lesson}: {' '.join(str(error).split())[:200]}")
        else:
            pages.written += 1
            if stamp:
                write_atomically(_mark(course, student, lesson), stamp.encode())
        progress.step(f"{student} {lesson}", time.perf_counter() - started, new=True)
    return pages


def _students(course: Course, lesson: str, name: str, wanted: tuple[str, ...]) -> list[str]:
    folder = course.folder("autograded")
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    found = [student for student in there if usable(student) and (folder / student / lesson / name).is_file()]
    ids = {student_id(student): student for student in wanted}
    for student, given in ids.items():
        if student not in found:
            raise CourseError(f"nothing of {given!r} is graded for {lesson}")
    return [student for student in found if not ids or student in ids]


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
    graded = course.folder("autograded", student, lesson)
    for path in (graded / name, graded / TIMESTAMP, graded / SECRET, course.root / CONFIG, *PAGES):
        digest.update(path.read_bytes() if path.is_file() else b"none")
    return digest.hexdigest()


def _convert(course: Course, student: str, lesson: str) -> None:
    """Let nbgrader make the page elsewhere, then put it in the old one's place."""
    gradebook.prepare()
    from nbgrader.apps import NbGraderAPI

    config = deepcopy(course.config)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.db_url = course.db_url
    folder = course.folder("feedback", student, lesson)
    # nbgrader insists on setting modes, which the course's own file system may refuse.
    with tempfile.TemporaryDirectory(prefix="autograder-feedback-") as scratch:
        config.CourseDirectory.feedback_directory = scratch
        api: Any = NbGraderAPI(config=config)
        with silent(api.log):
            result = api.generate_feedback(lesson, student, force=True)
        shutil.rmtree(folder, ignore_errors=True)
        if not result["success"]:
            raise CourseError(last_line(result))
        copy_folder(Path(scratch, student, lesson), folder)
