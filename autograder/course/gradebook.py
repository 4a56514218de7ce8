"""nbgrader's database: one session for a class, one commit a submission.

What is written is what `nbgrader autograde` would write (the scores come from the notebook through nbgrader's
own rules), so that its formgrader, feedback and export find what they expect. Manual scores and comments are
never touched.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from autograder import adaptations
from autograder.course.course import CONFIG, Course, CourseError
from autograder.course.refusals import in_words


def prepare() -> None:
    """Import nbgrader: seconds, which may as well pass while the first submissions run."""
    adaptations.put_programs_on_path()
    adaptations.skip_grammar_of_addresses()
    with adaptations.without_servers():
        import nbgrader.api
        import nbgrader.utils  # noqa: F401
    from sqlalchemy.orm import configure_mappers

    configure_mappers()
    adaptations.accept_order_of_rows()


class GradebookWriter:
    """The open gradebook of a course."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._book = _open(course)
        self._commit = adaptations.commit_when_asked(self._book)
        self._kept: dict[str, Any] = {}

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def save(self, who: Handed, name: str, notebook: dict[str, Any]) -> None:
        """Record an autograded notebook."""
        from nbgrader import utils

        from autograder.notebook.node import from_dict

        cells = {
            cell["metadata"]["nbgrader"]["grade_id"]: _joined(from_dict(cell))
            for cell in notebook["cells"]
            if cell["metadata"].get("nbgrader")
        }
        submitted = self._notebook(who, name)
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
        self._end(submitted, who, name)

    def comment(self, lesson: str, name: str, cell: str, students: Sequence[str], text: str) -> int:
        """Add a text to the manual comment on an answer of each of these students; all of them or none.

        Args:
            name: the notebook's.
            cell: the `grade_id` of the answer.
            text: added below what is there, unless it is there already.

        Returns:
            How many of them have it now.
        """
        from nbgrader.api import MissingEntry

        count = 0
        for student in students:
            try:
                found = self._book.find_comment(cell, name, lesson, student)
            except MissingEntry:  # forgotten by the gradebook since
                continue
            said = found.manual_comment or ""
            if text not in said:
                found.manual_comment = f"{said}\n\n{text}".lstrip()
            count += 1
        self._commit()
        return count

    def save_ungraded(self, who: Handed, name: str) -> None:
        """Record that something was handed in that has no score: none of an earlier one survives it."""
        submitted = self._notebook(who, name)
        for grade in submitted.grades:
            grade.auto_score = None
            grade.needs_manual_grade = True
        for comment in submitted.comments:
            comment.auto_comment = None
        self._end(submitted, who, name)

    def _notebook(self, who: Handed, name: str) -> Any:
        """The submitted notebook's row, made where it is missing."""
        student = self._book.update_or_create_student(who.student)
        if who.written_name != who.student and not student.last_name:
            student.last_name = who.written_name
        when = {"timestamp": who.moment} if who.timed else {}
        submission = self._book.update_or_create_submission(who.lesson, who.student, **when)
        found = next(notebook for notebook in submission.notebooks if notebook.name == name)
        # The cells at once, else each is asked for when its grade's name is.
        self._kept[who.lesson] = submission.assignment, found.notebook, found.notebook.grade_cells
        return found

    def _end(self, submitted: Any, who: Handed, name: str) -> None:
        """Commit; then the penalty afresh, also where there is none any more."""
        due = submitted.assignment.total_seconds_late > 0 or submitted.late_submission_penalty is not None
        self._commit()
        if due:
            penalize(self._course, who.student, who.lesson, name)


def _open(course: Course) -> Any:
    """nbgrader's own gradebook, which commits after every row."""
    prepare()
    from nbgrader.api import Gradebook

    return Gradebook(course.db_url, course.course_id) if course.course_id else Gradebook(course.db_url)


@dataclass(frozen=True)
class Handed:
    """Whose submission of which lesson, and when it came.

    Attributes:
        student: the id in the gradebook.
        written_name: the name as the student's folder has it.
        moment: when it was handed in, in UTC; None where nobody knows.
        timed: whether the moment comes from the student's folder; else the gradebook keeps its own.
    """

    student: str
    lesson: str
    written_name: str
    moment: datetime | None = None
    timed: bool = False


def penalize(course: Course, student: str, lesson: str, name: str) -> None:
    """Compute the penalty for lateness afresh, as the course's configuration says."""
    prepare()
    from nbgrader.preprocessors import AssignLatePenalties

    from autograder.notebook.node import from_dict

    where = {"notebook": name, "assignment": lesson, "student": student, "db_url": course.db_url}
    with _importable(course.root):  # where a plug-in of the course's own lies
        AssignLatePenalties(config=course.config).preprocess(from_dict({"cells": []}), {"nbgrader": where})


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.append(str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _joined(cell: Any) -> Any:
    """A cell with its text in one piece, as nbformat hands it to nbgrader."""
    cell.source = "".join(cell.source)
    return cell


def scored(course: Course) -> set[tuple[str, str]] | None:
    """Which (student, lesson) the gradebook knows of, without nbgrader; None where it cannot be asked."""
    found = _ask(
        course,
        "SELECT submitted_assignment.student_id, assignment.name FROM submitted_assignment"
        " JOIN assignment ON assignment.id = submitted_assignment.assignment_id",
    )
    return None if found is None else {(str(student), str(lesson)) for student, lesson in found}


def assignments(course: Course) -> set[str] | None:
    """Which lessons the gradebook knows of, without nbgrader; None where it cannot be asked."""
    found = _ask(course, "SELECT name FROM assignment")
    return None if found is None else {str(name) for (name,) in found}


def due_dates(course: Course) -> dict[tuple[str, str], str]:
    """What names each due date: by ("", lesson), and by (student, lesson) where there is an extension."""
    found = _ask(course, "SELECT '', name, duedate FROM assignment WHERE duedate IS NOT NULL") or []
    found += (
        _ask(
            course,
            "SELECT submitted_assignment.student_id, assignment.name, submitted_assignment.extension"
            " FROM submitted_assignment"
            " JOIN assignment ON assignment.id = submitted_assignment.assignment_id"
            " WHERE submitted_assignment.extension IS NOT NULL",
        )
        or []
    )
    return {(str(student), str(lesson)): str(due) for student, lesson, due in found}


@dataclass(frozen=True)
class Mark:
    """What the gradebook says of a submission.

    Attributes:
        raw: all points, by hand and automatic, before any penalty.
        penalty: what lateness costs, None where nothing was computed.
        most: the points of the whole lesson.
        waiting: cells that wait for a human's score.
        timing: time stamp, due date and extension, as the database has them.
        scored: cells that have a score; 0 where the submission could not be graded.
    """

    raw: float
    penalty: float | None
    most: float
    waiting: int
    timing: tuple[Any, Any, Any]
    scored: int

    @property
    def total(self) -> float:
        """The points that count."""
        return round(max(0.0, self.raw - (self.penalty or 0.0)), 4)

    @property
    def may_be_late(self) -> bool:
        """Whether a penalty is there, or could be due."""
        handed_in, due, extension = self.timing
        late = handed_in is not None and due is not None and (extension is not None or handed_in > due)
        return self.penalty is not None or late


MARKS = """
SELECT submitted_assignment.student_id, assignment.name, notebook.name,
  SUM(COALESCE(grade.manual_score, grade.auto_score, 0)
      + CASE WHEN grade.manual_score IS NULL AND grade.auto_score IS NULL
        THEN 0 ELSE COALESCE(grade.extra_credit, 0) END),
  submitted_notebook.late_submission_penalty,
  SUM(COALESCE(grade_cells.max_score, 0)),
  SUM(CASE WHEN grade.needs_manual_grade THEN 1 ELSE 0 END),
  submitted_assignment.timestamp, assignment.duedate, submitted_assignment.extension,
  SUM(CASE WHEN grade.manual_score IS NULL AND grade.auto_score IS NULL THEN 0 ELSE 1 END)
FROM grade
  JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
  JOIN notebook ON notebook.id = submitted_notebook.notebook_id
  JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
  JOIN assignment ON assignment.id = submitted_assignment.assignment_id
  LEFT JOIN grade_cells ON grade_cells.id = grade.cell_id
GROUP BY submitted_notebook.id, submitted_assignment.student_id, assignment.name, notebook.name,
  submitted_notebook.late_submission_penalty, submitted_assignment.timestamp, assignment.duedate,
  submitted_assignment.extension
"""


def marks(course: Course) -> dict[tuple[str, str, str], Mark]:
    """Every submission's mark by (student, lesson, notebook), without nbgrader."""
    return {
        (str(student), str(lesson), str(name)): Mark(
            float(raw), penalty, float(most), int(waiting), (handed_in, due, extension), int(scored)
        )
        for student, lesson, name, raw, penalty, most, waiting, handed_in, due, extension, scored in (
            _ask(course, MARKS) or []
        )
    }


@dataclass(frozen=True)
class Student:
    """What the gradebook says of a student; "" where it says nothing.

    Attributes:
        id: the student's folder.
        last: the last name; the whole name as the folder has it, where `first` is empty.
        lms_id: the id in a learning management system.
    """

    id: str
    first: str
    last: str
    email: str
    lms_id: str

    @property
    def name(self) -> str:
        """The name as people write it; the id where there is none."""
        return " ".join(filter(None, (self.first, self.last))) or self.id


def students(course: Course) -> list[Student]:
    """Everybody in the gradebook, without nbgrader.

    Raises:
        CourseError: the gradebook cannot be read, in one line.
    """
    question = "SELECT id, first_name, last_name, email, lms_user_id FROM student ORDER BY id"
    path = course.database
    if path is not None and path.is_file():
        try:
            connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
            try:
                found: list[tuple[Any, ...]] | None = list(connection.execute(question))
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise CourseError(f"the gradebook {path} cannot be read: {error}") from None
    else:
        found = _ask(course, question)
    if found is None:
        raise CourseError(
            "the gradebook cannot be asked: is the database server running, and its address right?"
        )
    return [Student(*(str(part or "") for part in row)) for row in found]


def enroll(course: Course, people: Sequence[Student]) -> int:
    """Add who is not in the gradebook yet, and names and addresses where it has none.

    Returns:
        How many rows were added or completed; with none, nothing is opened for writing.

    Raises:
        CourseError: the gradebook cannot be read or written, in one line.
    """
    known = {one.id: one for one in students(course)}
    changes: dict[str, dict[str, str]] = {}
    for person in people:
        before = known.get(person.id, Student(person.id, "", "", "", ""))
        told = {}
        if person.email and not before.email:
            told["email"] = person.email
        # Without a first name the last one may be the whole name, as the student's folder has it.
        if person.last and not before.first and (person.first, person.last) != (before.first, before.last):
            told |= {"first_name": person.first, "last_name": person.last}
        if person.id not in known or told:
            changes[person.id] = told
    if not changes:
        return 0
    prepare()
    from nbgrader import api
    from sqlalchemy.exc import SQLAlchemyError

    try:
        book = _open(course)
        try:
            commit = adaptations.commit_when_asked(book)  # all of them, or none
            for identity, told in changes.items():
                if identity in known:
                    book.update_or_create_student(identity, **told)
                else:  # its `add_student` would ask the database for each of them
                    book.db.add(api.Student(id=identity, **told))
            commit()
        finally:
            book.close()
    except SQLAlchemyError as error:
        raise CourseError(f"the students cannot be written to the gradebook: {in_words(error)}") from None
    return len(changes)


def _ask(course: Course, question: str, *values: str) -> list[tuple[Any, ...]] | None:
    """A question to the gradebook: nothing where there is none yet, None where it cannot be asked."""
    path = course.database
    if path is None:
        return _ask_a_server(course.db_url, question, *values)
    if not path.is_file():
        return []
    try:
        # Quoted: a "#" or "%20" in the path has a meaning in an address.
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
        try:
            return list(connection.execute(question, values))
        finally:
            connection.close()
    except sqlite3.Error:
        return []


def _ask_a_server(url: str, question: str, *values: str) -> list[tuple[Any, ...]] | None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    named = {f"value{number}": value for number, value in enumerate(values)}
    for name in named:
        question = question.replace("?", f":{name}", 1)
    try:
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(question), named)]
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError):
        return None


def reach(course: Course) -> None:
    """See that a gradebook on a server can be asked; one in a file always can.

    Raises:
        CourseError: nobody answers at its address, or the driver is missing.
    """
    if course.database is not None:
        return
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, OperationalError

    try:
        engine = create_engine(course.db_url)
        try:
            engine.connect().close()
        finally:
            engine.dispose()
    except ImportError as error:
        raise CourseError(
            f"the gradebook's driver is not installed here ({error}): "
            'python -m pip install "convcourse[course,cluster]"'
        ) from error
    except ArgumentError as error:
        raise CourseError(f"c.CourseDirectory.db_url in {CONFIG} is no address: {error}") from error
    except OperationalError as error:
        raise CourseError(in_words(error)) from error


def recorded(course: Course, student: str, lesson: str) -> list[tuple[Any, ...]] | None:
    """Every score and comment of a submission, without nbgrader; None where it cannot be asked."""
    of_this = (
        " JOIN submitted_notebook ON submitted_notebook.id = {table}.notebook_id"
        " JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
        " JOIN assignment ON assignment.id = submitted_assignment.assignment_id"
        " WHERE submitted_assignment.student_id = ? AND assignment.name = ?"
    )
    scores = _ask(
        course,
        "SELECT grade.cell_id, grade.auto_score, grade.manual_score, grade.extra_credit,"
        " grade.needs_manual_grade, submitted_notebook.late_submission_penalty FROM grade"
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


def remove_student(course: Course, student: str) -> None:
    """Remove a student with every submission, score and comment; interrupted, the next call goes on."""
    with contextlib.closing(_open(course)) as book:
        book.remove_student(student)
    if course.database is not None:
        # SQLite keeps what was deleted in the file's free pages until something is written over it.
        with contextlib.closing(sqlite3.connect(course.database)) as connection:
            connection.execute("VACUUM")


def rename_student(course: Course, student: str, new: str, in_words: Callable[[str], str]) -> None:
    """Give a student's submissions to a new student who has no name; one commit.

    Args:
        in_words: returns a comment without what names the student.
    """
    with contextlib.closing(_open(course)) as book:
        from nbgrader.api import Student

        old = book.find_student(student)
        book.db.add(Student(id=new))
        book.db.flush()
        for submission in list(old.submissions):
            submission.student_id = new
            for notebook in submission.notebooks:
                for comment in notebook.comments:
                    if comment.manual_comment:
                        comment.manual_comment = in_words(comment.manual_comment)
        book.db.flush()
        book.db.expire(old)
        book.db.delete(old)
        book.db.commit()
    if course.database is not None:
        with contextlib.closing(sqlite3.connect(course.database)) as connection:
            connection.execute("VACUUM")


@dataclass(frozen=True)
class Score:
    """A test cell's score: the automatic one, the one given by hand (None where there is none), the most."""

    automatic: float | None
    by_hand: float | None
    most: float

    @property
    def counts(self) -> float:
        """The points that count now."""
        return self.by_hand if self.by_hand is not None else self.automatic or 0.0


def score(course: Course, student: str, lesson: str, name: str, exercise: str) -> Score | None:
    """The score of an exercise; None where the gradebook has none."""
    with contextlib.closing(_open(course)) as book:
        from nbgrader.api import MissingEntry

        try:
            grade = book.find_grade(f"test_{exercise}", name, lesson, student)
        except MissingEntry:
            return None
        return Score(grade.auto_score, grade.manual_score, float(grade.max_score))


def set_by_hand(
    course: Course, student: str, lesson: str, name: str, exercise: str, score: float, comment: str = ""
) -> None:
    """Set the score of an exercise by hand, and add to the comment on its answer; one commit.

    Later grading keeps both. What was in the comment stays, and the same text is not added twice.
    """
    with contextlib.closing(_open(course)) as book:
        grade = book.find_grade(f"test_{exercise}", name, lesson, student)
        answer = book.find_comment(exercise, name, lesson, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        before = answer.manual_comment or ""
        if comment not in before:
            answer.manual_comment = f"{before}\n\n{comment}".strip()
        book.db.commit()
