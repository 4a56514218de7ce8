"""nbgrader's database: one session for a class, one commit a submission.

What is written is what `nbgrader autograde` would write (the scores come from the notebook through nbgrader's
own rules), so that its formgrader, feedback and export find what they expect. Manual scores and comments are
never touched.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.grading.course import Course


def prepare() -> None:
    """Import nbgrader: seconds, which may as well pass while the first submissions run."""
    # Its database layer starts `alembic` by name.
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", "")
    # A grammar of addresses that no notebook is checked for takes longer to build than all else to import;
    # whoever asks for it can do without.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    with _without_servers():
        import nbgrader.api
        import nbgrader.utils  # noqa: F401
    from sqlalchemy.exc import SAWarning
    from sqlalchemy.orm import configure_mappers

    configure_mappers()
    # nbgrader adds a submission's rows in an order that SQLAlchemy remarks upon, for every new submission.
    warnings.filterwarnings("ignore", message="Object of type <Submitted", category=SAWarning)


@contextlib.contextmanager
def _without_servers() -> Iterator[None]:
    """nbgrader without the web servers that it imports on its own import: half of the time is theirs."""
    if "nbgrader" in sys.modules:
        yield
        return
    servers = ("assignment_list", "course_list", "validate_assignment", "formgrader")
    stubs = [types.ModuleType(f"nbgrader.server_extensions.{name}") for name in servers]
    for stub in stubs:
        stub.load_jupyter_server_extension = None  # type: ignore[attr-defined]
        sys.modules[stub.__name__] = stub
    try:
        yield
    finally:
        for stub in stubs:  # whoever asks for them later gets them
            sys.modules.pop(stub.__name__, None)


class Saver:
    """The open gradebook of a course."""

    def __init__(self, course: Course) -> None:
        prepare()
        from nbgrader.api import Gradebook

        self._course = course
        if course.course_id:
            self._book = Gradebook(course.db_url, course.course_id)
        else:
            self._book = Gradebook(course.db_url)
        # nbgrader commits after every row; here a submission is one commit, or none.
        session = self._book.db()
        self._commit, session.commit = session.commit, session.flush
        session.autoflush = False
        # What all submissions share, the assignment and its cells, is asked for once and kept.
        session.expire_on_commit = False
        self._kept: dict[str, Any] = {}

    def __enter__(self) -> Saver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def save(
        self, student: str, lesson: str, name: str, notebook: dict[str, Any], timestamp: str | None
    ) -> None:
        """Record an autograded notebook."""
        from nbgrader import utils

        from autograder.grading.node import from_dict

        cells = {
            cell["metadata"]["nbgrader"]["grade_id"]: _joined(from_dict(cell))
            for cell in notebook["cells"]
            if cell["metadata"].get("nbgrader")
        }
        submitted = self._notebook(student, lesson, name, timestamp)
        for grade in submitted.grades:
            cell = cells.get(grade.name)
            # A graded cell that is not there would keep the score of an earlier submission.
            grade.auto_score = 0.0 if cell is None else utils.determine_grade(cell)[0]
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in submitted.comments:
            cell = cells.get(comment.name)
            unchanged = cell is not None and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(
                cell
            )
            comment.auto_comment = "No response." if unchanged and not utils.is_task(cell) else None
        late = submitted.assignment.total_seconds_late
        self._commit()
        if late:
            self._penalize(student, lesson, name)

    def save_ungraded(self, student: str, lesson: str, name: str) -> None:
        """Record that something was handed in that has no score: none of an earlier one survives it."""
        submitted = self._notebook(student, lesson, name, None)
        for grade in submitted.grades:
            grade.auto_score = None
            grade.needs_manual_grade = True
        for comment in submitted.comments:
            comment.auto_comment = None
        self._commit()

    def _notebook(self, student: str, lesson: str, name: str, timestamp: str | None) -> Any:
        """The submitted notebook's row, made where it is missing."""
        from nbgrader.utils import parse_utc

        self._book.update_or_create_student(student)
        when = {}
        # Where the student's folder says nonsense, it is as if it said nothing.
        with contextlib.suppress(ValueError, ArithmeticError):
            when = {"timestamp": parse_utc(timestamp)} if timestamp else {}
        submission = self._book.update_or_create_submission(lesson, student, **when)
        found = next(notebook for notebook in submission.notebooks if notebook.name == name)
        # The cells at once, else each is asked for when its grade's name is.
        self._kept[lesson] = submission.assignment, found.notebook, found.notebook.grade_cells
        return found

    def _penalize(self, student: str, lesson: str, name: str) -> None:
        """Leave penalties for lateness to whatever the course's configuration says."""
        from nbgrader.preprocessors import AssignLatePenalties

        from autograder.grading.node import from_dict

        where = {"notebook": name, "assignment": lesson, "student": student, "db_url": self._course.db_url}
        AssignLatePenalties(config=self._course.config).preprocess(
            from_dict({"cells": []}), {"nbgrader": where}
        )


def _joined(cell: Any) -> Any:
    """A cell with its text in one piece, as nbformat hands it to nbgrader."""
    cell.source = "".join(cell.source)
    return cell


def scored(course: Course) -> set[tuple[str, str]] | None:
    """Which (student, lesson) the gradebook knows of, without nbgrader; None where only it could tell."""
    found = _ask(
        course,
        "SELECT submitted_assignment.student_id, assignment.name FROM submitted_assignment"
        " JOIN assignment ON assignment.id = submitted_assignment.assignment_id",
    )
    return None if found is None else {(str(student), str(lesson)) for student, lesson in found}


def assignments(course: Course) -> set[str] | None:
    """Which lessons the gradebook knows of, without nbgrader; None where only it could tell."""
    found = _ask(course, "SELECT name FROM assignment")
    return None if found is None else {str(name) for (name,) in found}


def _ask(course: Course, question: str, *values: str) -> list[tuple[Any, ...]] | None:
    """A question to an SQLite gradebook: nothing where there is none yet, None for any other database."""
    prefix = "sqlite:///"
    if not course.db_url.startswith(prefix):
        return None
    path = Path(course.db_url.removeprefix(prefix).split("?")[0])
    if not path.is_file():
        return []
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return list(connection.execute(question, values))
        finally:
            connection.close()
    except sqlite3.Error:
        return []


def recorded(course: Course, student: str, lesson: str) -> list[tuple[Any, ...]] | None:
    """Every score and comment of a submission, without nbgrader; None where only it could tell."""
    of_this = (
        " JOIN submitted_notebook ON submitted_notebook.id = {table}.notebook_id"
        " JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
        " JOIN assignment ON assignment.id = submitted_assignment.assignment_id"
        " WHERE submitted_assignment.student_id = ? AND assignment.name = ?"
    )
    scores = _ask(
        course,
        "SELECT grade.cell_id, grade.auto_score, grade.manual_score, grade.extra_credit FROM grade"
        + of_this.format(table="grade")
        + " ORDER BY grade.cell_id",
        student,
        lesson,
    )
    comments = _ask(
        course,
        "SELECT comment.cell_id, comment.auto_comment, comment.manual_comment FROM comment"
        + of_this.format(table="comment")
        + " ORDER BY comment.cell_id",
        student,
        lesson,
    )
    return None if scores is None or comments is None else [*scores, *comments]
