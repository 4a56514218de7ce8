"""What a run says at its end."""

from __future__ import annotations

import pytest

from autograder.commands.console import show
from autograder.course.course import Course
from autograder.grading.batch import GRADED, Row
from support.grading_course import LESSON


def test_below_the_table_stands_who_is_to_be_reviewed_and_what_is_to_be_read(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = Row("Bob", LESSON, GRADED, 1.0, 5.0, id="bob", remarks=["two notebooks"])
    unread = Row("ann", LESSON, GRADED, 5.0, 5.0, id="ann", ungraded_written=1)
    show(course, [odd, unread])
    said = capsys.readouterr().out
    assert "2 graded, 1 to review, written answers to read: 1" in said
    assert "\nto review: bob 06\n" in said
    assert "a + after a total" in said
    show(course, [])
    assert "to review:" not in capsys.readouterr().out
