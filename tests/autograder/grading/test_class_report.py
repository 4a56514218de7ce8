"""A small class from hand-in to report: graded in worker processes, grouped, commented, graded again."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course.course import Course
from autograder.grading.batch import Options, grade
from autograder.grading.workers import Workers
from support.grading_course import LESSON, SOLUTIONS, HandIn

# The same odd answer in two spellings, and one that is unlike it.
SPOILED = "def output_size(n, k, stride=1, pad=0):\n    return 7 * n + k"
SPELLED = """\
def output_size(n, k, stride=1, pad=0):
    out = k
    for _ in range(7):
        out += n
    return out"""
OTHER = "def output_size(n, k, stride=1, pad=0):\n    return 11 * n - k"


def test_a_class_is_graded_grouped_commented_and_graded_again(
    course: Course, hand_in: HandIn, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {
        "ada": SOLUTIONS["output_size"],
        "ben": SOLUTIONS["output_size"].replace(" + 1", ""),
        "chloe": SPOILED,
        "dora": SPELLED,
        "elif": OTHER,
    }
    for student, source in answers.items():
        hand_in(student, {"output_size": source})
    grade(course, [LESSON], Options(), executor=workers)
    monkeypatch.chdir(course.root)

    told = CliRunner().invoke(app, ["report", "--json"])
    assert told.exit_code == 0, told.output
    figures = json.loads(told.stdout)["lessons"][LESSON]["exercises"]["output_size"]
    assert (figures["passed"], figures["failed"], figures["unanswered"]) == (1, 4, 0)
    assert [(bug["id"], bug["students"]) for bug in figures["bugs"]] == [("plus_one_missing", ["ben"])]
    assert [group["students"] for group in figures["unnamed"]] == [["chloe", "dora"], ["elif"]]

    rows = CliRunner().invoke(app, ["report", "--csv"]).stdout.splitlines()
    assert len(rows) == 1 + 5 * len(SOLUTIONS)
    group = next(row for row in rows if row.startswith(f"dora,{LESSON},output_size")).split(",")[10]
    for _ in range(2):  # said once, however often it is asked for
        said = CliRunner().invoke(app, ["report", "--comment", group, "Try n = k."])
        assert said.exit_code == 0, said.output
        assert "comments written: 2" in said.output
    grade(course, [LESSON], Options(force=True), executor=workers)
    assert comments(course) == {"chloe": "Try n = k.", "dora": "Try n = k."}

    hand_in("ben", {"output_size": SOLUTIONS["output_size"]})
    hand_in("femi", data=b"%PDF-1.7")
    grade(course, [LESSON], Options(), executor=workers)
    done = CliRunner().invoke(app, ["report"])
    assert done.exit_code == 1, done.output
    page = (course.root / "report" / "index.html").read_text()
    assert "1 student handed in more than once: 1 passed in the end" in page
    assert "femi" in (course.root / "report" / "help.html").read_text()
    assert not any(student in page for student in answers)

    assert CliRunner().invoke(app, ["report", "--json", "--csv"]).exception is not None
    assert CliRunner().invoke(app, ["report", "--comment", "output_size:none", "x"]).exception is not None


def comments(course: Course) -> dict[str, str]:
    """The manual comments on the answer, by student."""
    from nbgrader.api import Gradebook

    with Gradebook(course.db_url, course.course_id) as book:
        found = {
            submission.student.id: book.find_comment("output_size", LESSON, LESSON, submission.student.id)
            for submission in book.assignment_submissions(LESSON)
        }
        return {student: one.manual_comment for student, one in found.items() if one.manual_comment}
