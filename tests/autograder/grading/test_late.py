"""Marks are true at every moment: penalties, time stamps and what waits for a human, on any course's path."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder.commands.console import ProgressBar
from autograder.course.course import CONFIG, Course
from autograder.grading import batch, late
from autograder.grading.batch import Options, Row
from autograder.grading.workers import Workers
from autograder.nbgrader_plugin import feedback
from support.grading_course import LESSON, SOLUTIONS, HandIn

DUE = datetime(2026, 3, 1, 22, 59, 59)
LATE, IN_TIME = "2026-03-02 01:30:00 CET", "2026-03-01 20:00:00 CET"
ZERO = "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
ONE = "\nc.AssignLatePenalties.plugin_class = 'one_point.OnePoint'\n"
PLUGIN = """
from nbgrader.plugins import BasePlugin


class OnePoint(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.0
"""
Grade = Callable[..., Row]


@contextmanager
def book(course: Course) -> Iterator[Any]:
    """The gradebook as nbgrader's formgrader opens it."""
    with Gradebook(course.db_url, course.course_id) as opened:
        yield opened


def set_due(course: Course, due: datetime | None) -> None:
    with book(course) as opened:
        opened.update_or_create_assignment(LESSON, duedate=due)


def mark(course: Course, student: str, score: float) -> None:
    """Points by hand, as the formgrader gives them."""
    with book(course) as opened:
        grade = opened.find_grade("words_why", LESSON, LESSON, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        opened.db.commit()


def stamp(course: Course, student: str, text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    course.folder("submitted", student, LESSON, "timestamp.txt").write_bytes(data)


def pages(course: Course, **options: Any) -> tuple[feedback.Pages, list[str]]:
    """Make the pages, and what was said before."""
    said: list[str] = []
    with ProgressBar("feedback") as watcher:
        made = feedback.write(course, [LESSON], (), options.get("force", False), watcher, said.append)
    return made, said


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Course:
    """A course in which lateness costs one point."""
    root = tmp_path / "course"
    shutil.copytree(released, root)
    (root / CONFIG).write_text((root / CONFIG).read_text() + ONE)
    (root / "one_point.py").write_text(PLUGIN)
    return Course.open(root)


@pytest.fixture
def grade(course: Course, workers: Workers) -> Grade:
    """Grade the class; the row of one student."""

    def run(student: str = "ann", **options: Any) -> Row:
        rows = batch.grade(course, [LESSON], Options(**options), executor=workers)
        return next(row for row in rows if row.student == student)

    return run


def test_lateness_follows_the_time_stamp_and_the_due_date_both_ways(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    hand_in("ann", SOLUTIONS)
    set_due(course, DUE)
    stamp(course, "ann", LATE)
    row = grade()
    assert (row.penalty, row.total) == (1.0, 4.0)
    stamp(course, "ann", IN_TIME)
    row = grade()
    assert (row.why, row.penalty, row.total) == ("new submission", 0.0, 5.0)
    stamp(course, "ann", LATE)
    assert grade().penalty == 1.0
    set_due(course, datetime(2026, 3, 9))
    row = grade()
    assert (row.why, row.penalty) == ("due date changed", 0.0)
    set_due(course, DUE)
    assert grade().penalty == 1.0
    course.folder("submitted", "ann", LESSON, "timestamp.txt").unlink()
    row = grade()
    assert (row.penalty, row.handed_in) == (0.0, "")


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfvor drei Tagen",
        b"04.03.2026 10:00",
        b"2026-03-02 01:30:00 IST",
        b"2569-03-02 01:30:00 UTC",
        b"",
        b" \r\n",
    ],
)
def test_a_time_that_nobody_can_read_is_not_in_time_without_a_word(
    course: Course, hand_in: HandIn, grade: Grade, text: bytes
) -> None:
    hand_in("ann", SOLUTIONS)
    set_due(course, DUE)
    stamp(course, "ann", text)
    row = grade()
    assert row.needs_review
    assert "Nobody knows whether it is late" in row.remarks[0]
    assert row.handed_in == ""


def test_a_time_that_the_student_packed_is_not_believed(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    path = hand_in("ann", SOLUTIONS)
    with zipfile.ZipFile(path.with_name("mine.zip"), "w") as packed:
        packed.write(path, path.name)
        packed.writestr("timestamp.txt", "2001-01-01 00:00:00 UTC")
    path.unlink()
    row = grade()
    assert row.handed_in == ""
    assert any("is not believed: write the time into" in remark for remark in row.remarks)


def test_a_byte_order_mark_is_no_part_of_the_time(course: Course, hand_in: HandIn, grade: Grade) -> None:
    hand_in("ann", SOLUTIONS)
    stamp(course, "ann", b"\xef\xbb\xbf" + LATE.encode())
    row = grade()
    assert (row.handed_in, row.remarks) == ("2026-03-02 00:30:00.000000 UTC", [])


def test_a_penalty_follows_points_that_are_given_by_hand(
    course: Course, hand_in: HandIn, workers: Workers
) -> None:
    (course.root / CONFIG).write_text((course.root / CONFIG).read_text().replace(ONE, ZERO))
    course = Course.open(course.root)
    hand_in("ann", {**SOLUTIONS, "words_why": "So."})
    set_due(course, DUE)
    stamp(course, "ann", LATE)
    (row,) = batch.grade(course, [LESSON], executor=workers)
    assert (row.penalty, row.total, row.ungraded_written) == (5.0, 0.0, 1)
    mark(course, "ann", 1.75)
    assert late.refresh(course) == [("ann", LESSON)]
    assert late.refresh(course) == []
    (row,) = batch.grade(course, [LESSON], executor=workers)
    assert (row.why, row.penalty, row.total, row.ungraded_written) == ("", 6.75, 0.0, 0)


def test_what_nobody_has_read_is_said_before_and_is_no_zero_on_the_page(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    hand_in("ann", {**SOLUTIONS, "words_why": "![gone](attachment:gone.png) $\\frac{a}{b}$"})
    hand_in("bob", {**SOLUTIONS, "words_why": "$\\undefined{x}$ because"})
    stamp(course, "ann", IN_TIME)
    course.folder("submitted", "ann", LESSON, "submission_secret.txt").write_text("secret")
    assert grade().ungraded_written == 1
    made, said = pages(course)
    assert (made.written, made.failed) == (2, [])
    assert said[0].startswith("2 answers wait for a human")
    page = course.folder("feedback", "ann", LESSON, f"{LESSON}.html").read_text()
    assert "not read yet" in page
    assert "0.0 of 2" not in page
    assert "<mfrac><mi>a</mi><mi>b</mi></mfrac>" in page
    assert "gone.png is not in the notebook" in page
    assert "<code>output_size</code>" in page
    assert "\\undefined{x}" in course.folder("feedback", "bob", LESSON, f"{LESSON}.html").read_text()
    for wanted in ("http:", "https:", "//cdn", "<script", 'src="/'):
        assert wanted not in page
    for name, text in (
        ("timestamp.txt", "2026-03-01 19:00:00.000000 UTC"),
        ("submission_secret.txt", "secret"),
    ):
        for step in ("autograded", "feedback"):
            assert course.folder(step, "ann", LESSON, name).read_text() == text
    mark(course, "ann", 2.0)
    made, said = pages(course)
    assert (made.written, made.kept) == (1, 1)
    assert said[0].startswith("1 answers wait")
    assert "2.0 of 2.0" in course.folder("feedback", "ann", LESSON, f"{LESSON}.html").read_text()


def test_a_page_that_cannot_be_made_takes_no_other_students_away(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    for student in ("ann", "bob"):
        hand_in(student, SOLUTIONS)
    grade()
    path = course.folder("autograded", "ann", LESSON, f"{LESSON}.ipynb")
    path.chmod(0o644)
    path.write_text("broken")
    made, _ = pages(course)
    assert made.written == 1
    assert len(made.failed) == 1
    assert "ann" in made.failed[0]
    assert course.folder("feedback", "bob", LESSON, f"{LESSON}.html").is_file()


PATHS = ["a #1", "a%20b", 'it\'s "so"', "Übung  2026", "x" * 200]


@pytest.mark.parametrize("name", PATHS)
def test_a_course_lies_on_any_path(released: Path, tmp_path: Path, workers: Workers, name: str) -> None:
    root = tmp_path / name
    shutil.copytree(released, root)
    course = Course.open(root)
    path = course.folder("submitted", "Kim (Minji)", LESSON, f"{LESSON}.ipynb")
    path.parent.mkdir(parents=True)
    content = json.loads(course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes())
    for cell in content["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = {**SOLUTIONS, "words_why": "So."}.get(grade_id, cell["source"])
    path.write_text(json.dumps(content))
    (first,) = batch.grade(course, [LESSON], executor=workers)
    assert first.faults == []
    (second,) = batch.grade(course, [LESSON], executor=workers)
    assert (first.score, second.why, second.ungraded_written) == (5.0, "", 1)
    mark(course, first.id, 1.5)
    made, said = pages(course)
    assert (made.written, said) == (1, [])
    page = course.folder("feedback", first.id, LESSON, f"{LESSON}.html").read_text()
    assert "1.5 of 2.0" in page
    with book(course) as opened:
        assert opened.find_student(first.id).last_name == "Kim (Minji)"


def test_nbgraders_release_of_feedback_works_after_our_commands(
    course: Course, hand_in: HandIn, grade: Grade, tmp_path: Path
) -> None:
    hand_in("ann", SOLUTIONS)
    stamp(course, "ann", IN_TIME)
    course.folder("submitted", "ann", LESSON, "submission_secret.txt").write_text("secret")
    grade()
    assert pages(course)[0].written == 1
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    command = [sys.executable, "-m", "nbgrader", "release_feedback", LESSON, f"--Exchange.root={exchange}"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=course.root, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path}
    )
    assert done.returncode == 0, done.stderr
    assert len(list(exchange.rglob("*.html"))) == 1
