"""A gradebook in PostgreSQL has what one in SQLite has; where it is down, nothing is half written."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from autograder import cli
from autograder.course import gradebook
from autograder.course.course import CONFIG, Course, CourseError
from autograder.course.release import release
from autograder.grading import batch
from autograder.grading.batch import GRADED, NoProgress, Options, Row
from autograder.grading.workers import Workers
from autograder.nbgrader_plugin import feedback
from support.grading_course import LESSON, SOLUTIONS, HandIn
from support.needs import needs
from support.postgresql import PostgreSQL


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server that runs."""
    needs("psycopg")
    made = PostgreSQL()
    try:
        made.start()
        yield made
    finally:
        made.remove()


@pytest.fixture
def in_postgresql(course: Course, server: PostgreSQL) -> Course:
    """The tiny course with its gradebook on the server, where nothing is in it but the release."""
    course.secret()
    root = course.root.with_name("in_postgresql")
    shutil.copytree(course.root, root)
    (root / "gradebook.db").unlink()
    with (root / CONFIG).open("a") as file:
        file.write(f"c.CourseDirectory.db_url = {server.url!r}\n")
    from sqlalchemy import create_engine, text

    engine = create_engine(server.url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    opened = Course.open(root)
    release(opened, [LESSON], force=True)
    return opened


def hand_in_class(hand_in: HandIn) -> list[str]:
    """Four students: right, half right, with a written answer, unreadable."""
    hand_in("ann", SOLUTIONS)
    hand_in("bob", {"output_size": SOLUTIONS["output_size"]})
    hand_in("eve", {"words_why": "It is so."}).with_name("timestamp.txt").write_text(
        "2026-11-22 23:00:00 UTC"
    )
    hand_in("zoe", data=b"no notebook")
    return ["ann", "bob", "eve", "zoe"]


def named_grades(course: Course) -> list[tuple[Any, ...]]:
    """Every score by student and cell; the ids of rows are each gradebook's own."""
    found = gradebook._ask(
        course,
        "SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.manual_score,"
        " grade.extra_credit, CASE WHEN grade.needs_manual_grade THEN 1 ELSE 0 END,"
        " submitted_notebook.late_submission_penalty FROM grade"
        " JOIN base_cell ON base_cell.id = grade.cell_id"
        " JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id"
        " JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id",
    )
    assert found is not None
    return sorted((tuple(row) for row in found), key=repr)


def test_the_gradebook_is_the_same_as_in_sqlite(
    course: Course, in_postgresql: Course, hand_in: HandIn, workers: Workers
) -> None:
    students = hand_in_class(hand_in)
    shutil.copytree(course.folder("submitted"), in_postgresql.folder("submitted"))
    rows = [batch.grade(one, [LESSON], executor=workers) for one in (course, in_postgresql)]
    assert [row.score for row in rows[0]] == [row.score for row in rows[1]] == [5.0, 2.0, 0.0, None]
    assert [row.total for row in rows[0]] == [row.total for row in rows[1]]
    assert named_grades(course) == named_grades(in_postgresql)
    assert {row[0] for row in named_grades(in_postgresql)} == set(students)
    marks = gradebook.marks(course)
    assert {key: (m.raw, m.most, m.waiting) for key, m in gradebook.marks(in_postgresql).items()} == {
        key: (m.raw, m.most, m.waiting) for key, m in marks.items()
    }
    assert [row.why for row in batch.grade(in_postgresql, [LESSON], executor=workers) if row.score] == [
        "",
        "",
    ]
    made = feedback.write(in_postgresql, [LESSON], (), False, Steps())
    assert (made.written, made.failed) == (3, [])
    assert feedback.write(in_postgresql, [LESSON], (), False, Steps()).kept == 3


class Steps:
    """A progress that says nothing."""

    def begin(self, total: int) -> None:
        """Say nothing."""

    def step(self, name: str, seconds: float, new: bool) -> None:
        """Say nothing."""


class StopAfterFirst(NoProgress):
    """Stops the server as soon as the first submission is in the gradebook."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self.first = ""

    def row(self, row: Row) -> None:
        if not self.first:
            self.first = row.student
            self.server.stop()


def test_a_database_that_is_down_in_the_middle_loses_nothing(
    in_postgresql: Course, hand_in: HandIn, course: Course, server: PostgreSQL, workers: Workers
) -> None:
    for name in ("ann", "bob", "cid", "dan"):
        hand_in(name, SOLUTIONS)
    shutil.copytree(course.folder("submitted"), in_postgresql.folder("submitted"))
    stop = StopAfterFirst(server)
    try:
        with pytest.raises(CourseError, match="the gradebook's server does not answer") as refused:
            batch.grade(in_postgresql, [LESSON], Options(), stop, workers)
    finally:
        server.start()
    assert "\n" not in str(refused.value)
    recorded = {row[0] for row in named_grades(in_postgresql)}
    assert recorded == {stop.first}
    again = batch.grade(in_postgresql, [LESSON], executor=workers)
    assert [(row.status, row.score) for row in again] == [(GRADED, 5.0)] * 4
    assert [row.student for row in again if not row.why] == [stop.first]


def test_a_database_that_is_down_from_the_beginning_is_one_line_and_exit_code_2(
    in_postgresql: Course,
    hand_in: HandIn,
    server: PostgreSQL,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = in_postgresql.folder("submitted", "ann", LESSON, f"{LESSON}.ipynb")
    path.parent.mkdir(parents=True)
    path.write_bytes(in_postgresql.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes())
    monkeypatch.chdir(in_postgresql.root)
    monkeypatch.setattr(sys, "argv", ["autograder", "grade"])
    server.stop()
    try:
        with pytest.raises(SystemExit) as stopped:
            cli.main()
    finally:
        server.start()
    assert stopped.value.code == 2
    _, line = capsys.readouterr().err.splitlines()  # the first says that there is no sandbox
    assert line.startswith("autograder: the gradebook's server does not answer")
    assert not in_postgresql.folder("autograded").exists()
