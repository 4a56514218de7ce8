"""A class in which lines at fault are looked for: what is found, and what no answer gains or loses by it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder import judge
from autograder.cli import app
from autograder.commands.console import ProgressBar
from autograder.course.course import CONFIG, Course
from autograder.grading import batch, verdicts
from autograder.grading.batch import Options, Row
from autograder.grading.workers import Workers
from autograder.nbgrader_plugin import feedback
from support.grading_course import LESSON, SOLUTIONS, cell, handing_in
from support.needs import needs

SECONDS = 8.0
LINE = "span = n - k + 5 * pad"
WRONG = f"def output_size(n, k, stride=1, pad=0):\n    {LINE}\n    return span // stride + 1\n"
RIGHT = "(n - k + 2 * pad) // stride + 1"
# An answer can tell that it is called while the line is looked for. The first calls are of the text as it is.
TELLING = """\
import itertools
from sys import _getframe
calls, leave = itertools.count(), __import__("os")._exit
def output_size(n, k, stride=1, pad=0):
    if "__step__" in _getframe().f_globals and next(calls) > 3: {}
    span = n - k + 5 * pad
    return span // stride + 1
"""


ENDING = "def same_padding(n, k, stride=1):\n    __import__('os')._exit(1)"
ANSWERS = {
    "ada": {"output_size": WRONG},
    "ben": {"output_size": WRONG.replace(LINE, "span = reach(n, k, pad)")},  # the helper is in another cell
    "chloe": {"output_size": WRONG.replace("5 * pad", "n % 7 * k % 5 + pad ** 3")},
    "dora": {**SOLUTIONS, "output_size": TELLING.format("leave(3)")},
    "elif": {**SOLUTIONS, "output_size": TELLING.format("any(iter(int, 1))")},
    "femi": {**SOLUTIONS, "output_size": TELLING.format(f"return {RIGHT}")},
    # The last answer brings the kernel down: the line in the first one needs a fresh kernel.
    "gus": {"output_size": WRONG, "same_padding": ENDING},
}
HELPER = "%matplotlib inline\ndef reach(n, k, pad):\n    return n - k + 5 * pad"


@dataclass(frozen=True)
class Graded:
    """The course, and its rows with and without a search."""

    course: Course
    rows: dict[str, Row]
    unsearched: dict[str, Row]

    def verdict(self, student: str, exercise: str = "output_size") -> dict[str, Any]:
        kept = verdicts.load(self.course, student, LESSON)
        assert kept is not None
        return dict(kept["verdicts"][exercise])


def set_seconds(root: Path, seconds: float) -> Course:
    path = root / CONFIG
    text = path.read_text().partition("\n# The search")[0]
    path.write_text(f"{text}\n# The search\nc.Grading.locate_seconds = {seconds}\n")
    return Course.open(root)


def with_helper(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [cell(HELPER), *cells]


@pytest.fixture(scope="module")
def graded(released: Path, workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The class, graded twice."""
    needs("linux", "bubblewrap", "nbgrader")
    root = tmp_path_factory.mktemp("located") / "course"
    shutil.copytree(released, root)
    course = set_seconds(root, 0.0)
    put = handing_in(course)
    for student, answers in ANSWERS.items():
        put(student, answers, change=with_helper if student == "ben" else None)
    options = Options(launcher="bubblewrap")

    def rows(course: Course) -> dict[str, Row]:
        return {row.student: row for row in batch.grade(course, [LESSON], options, executor=workers)}

    unsearched = rows(course)
    course = set_seconds(root, SECONDS)
    return Graded(course, rows(course), unsearched)


def test_the_line_that_check_finds_is_in_the_verdict_of_grading(graded: Graded) -> None:
    space: dict[str, Any] = {}
    exec(WRONG, space)
    for student in ("ada", "gus"):
        seed = graded.course.seed(student, "output_size")
        checked = judge("output_size", space["output_size"], seed, source=WRONG)
        verdict = graded.verdict(student)
        assert verdict["bugs"] == []
        assert verdict["lines"] == [{"number": 2, "text": LINE}]
        assert verdict["lines"] == checked.to_json()["lines"]
        assert (verdict["message"], verdict["question"]) == (checked.message, checked.question)
        assert graded.rows[student].exercises["output_size"]["lines"] == verdict["lines"]


def test_a_line_in_a_helper_of_another_cell_counts_in_that_cell(graded: Graded) -> None:
    verdict = graded.verdict("ben")
    assert verdict["lines"] == [{"number": 3, "text": "return n - k + 5 * pad"}]
    assert "in your `reach`, line 3" in verdict["message"]


def test_an_answer_that_no_small_change_mends_has_no_line(graded: Graded) -> None:
    assert graded.verdict("chloe")["lines"] == []


def test_the_search_changes_no_points_whatever_an_answer_does_meanwhile(graded: Graded) -> None:
    assert set(graded.rows) == set(ANSWERS)
    for student, row in graded.rows.items():
        before = graded.unsearched[student]
        assert (row.status, row.score, row.faults) == (before.status, before.score, before.faults), student
        assert row.exercises["output_size"]["status"] == "failed"
        for name, exercise in row.exercises.items():
            assert exercise["status"] == before.exercises[name]["status"]
    for student in ("dora", "elif"):  # the kernel ends, or never answers: the verdict is as it was
        assert graded.rows[student].exercises == graded.unsearched[student].exercises
        assert graded.rows[student].exercises["same_padding"]["score"] == 3.0


def test_a_line_is_one_of_the_students_own_even_where_the_answers_are_forged(graded: Graded) -> None:
    source = ANSWERS["femi"]["output_size"].splitlines()
    for line in graded.verdict("femi")["lines"]:
        assert source[line["number"] - 1].strip() == line["text"]


def test_an_endless_candidate_takes_the_time_that_is_set_and_no_more(graded: Graded) -> None:
    assert SECONDS - 1 < graded.rows["elif"].times["locate"] < SECONDS + 3
    assert all(row.times["locate"] < SECONDS + 3 for row in graded.rows.values())


def test_with_no_time_nobody_looks_and_another_time_is_another_grading(graded: Graded) -> None:
    for row in graded.unsearched.values():
        assert row.times["locate"] == 0.0
        assert all(exercise["lines"] == [] for exercise in row.exercises.values())
    assert {row.why for row in graded.rows.values()} == {"limits changed"}
    again = batch.grade(graded.course, [LESSON], Options(launcher="bubblewrap"))
    assert {row.why for row in again} == {""}
    assert {row.student: row.exercises for row in again} == {
        student: row.exercises for student, row in graded.rows.items()
    }


def test_the_feedback_page_shows_the_line_and_the_question_and_never_the_change(graded: Graded) -> None:
    with ProgressBar("feedback") as watcher:
        feedback.write(graded.course, [LESSON], ("ada",), False, watcher, lambda said: None)
    page = graded.course.folder("feedback", "ada", LESSON, f"{LESSON}.html").read_text()
    assert f"your line 2, <code>{LINE}</code>" in page
    assert graded.verdict("ada")["question"] in page
    assert "2 * pad" not in page


def test_the_report_says_how_many_were_located_and_where(
    graded: Graded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(graded.course.root)
    told = CliRunner().invoke(app, ["report", "--json"])
    assert told.exit_code in (0, 1), told.output
    found = json.loads(told.stdout)["lessons"][LESSON]["exercises"]["output_size"]["located"]
    mine = next(one for one in found if one["lines"] == [LINE])
    assert {"ada", "gus"} <= set(mine["students"])
    assert mine["question"] == graded.verdict("ada")["question"]
    assert CliRunner().invoke(app, ["report"]).exit_code in (0, 1)
    page = (graded.course.root / "report" / "index.html").read_text()
    assert mine["question"] in page
    assert LINE not in page
    assert f"<code>{LINE}</code>" in (graded.course.root / "report" / "help.html").read_text()
