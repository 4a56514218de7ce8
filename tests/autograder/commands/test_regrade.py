"""Objections wait in a queue until somebody decides; the decision is written down and stays."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.cli import app
from autograder.commands import regrade
from autograder.commands.console import ProgressBar
from autograder.course import gradebook
from autograder.course.course import Course, CourseError
from autograder.grading import batch, objections
from autograder.grading.batch import Options
from autograder.grading.objections import Objection
from autograder.grading.workers import Workers
from autograder.nbgrader_plugin import feedback
from autograder.report.text import WIDTH
from support.grading_course import LESSON, SOLUTIONS, handing_in

WRONG = {
    **SOLUTIONS,
    "output_size": "def output_size(n, k, stride=1, pad=0):\n    return (n - k + 2 * pad) // stride",
}
ARGUMENTS = ("ann", LESSON, "output_size")


def run(course: Course, *words: str) -> Result:
    """The command, in the course's folder."""
    before = Path.cwd()
    os.chdir(course.root)
    try:
        return CliRunner().invoke(app, ["regrade", *words])
    finally:
        os.chdir(before)


def says(result: Result) -> str:
    """The one line of a refusal."""
    assert isinstance(result.exception, CourseError), result.output
    (line,) = str(result.exception).splitlines()
    return line


def put(course: Course, step: str, student: str, text: str) -> Path:
    path = course.folder(step, student, LESSON, "objections.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def graded_once(released: Path, tmp_path_factory: pytest.TempPathFactory, workers: Workers) -> Path:
    """The tiny course, graded, in which ann's first answer is wrong."""
    root = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(released, root)
    course = Course.open(root)
    hand_in = handing_in(course)
    hand_in("ann", WRONG)
    hand_in("anna", SOLUTIONS)
    batch.grade(course, [LESSON], Options(), executor=workers)
    return root


@pytest.fixture
def graded(graded_once: Path, tmp_path: Path) -> Course:
    """A copy of that course, for one test."""
    root = tmp_path / "graded"
    shutil.copytree(graded_once, root)
    return Course.open(root)


def points(course: Course, student: str = "ann") -> float:
    with Gradebook(course.db_url) as book:
        return float(book.find_grade("test_output_size", LESSON, LESSON, student).score)


def test_a_form_that_is_filled_in_waits_in_the_queue(course: Course) -> None:
    empty = objections.form(LESSON, ["output_size", "same_padding"])
    put(course, "feedback", "ann", empty)
    assert objections.queue(course) == []
    filled = empty.replace("## same_padding\n", "## same_padding\nMine rounds up.\r\nSee line 3.\n")
    put(course, "submitted", "ann", filled)
    put(course, "feedback", "ann", filled)
    (one,) = objections.queue(course)
    assert (one.student, one.lesson, one.exercise) == ("ann", LESSON, "same_padding")
    assert one.text.split() == ["Mine", "rounds", "up.", "See", "line", "3."]
    result = run(course)
    assert result.exit_code == 1
    assert "1 objection to decide about" in result.output


def test_an_empty_queue_is_exit_code_0(course: Course) -> None:
    result = run(course)
    assert (result.exit_code, result.output) == (0, "no objections to decide about\n")
    assert json.loads(run(course, "--json").output) == []


def test_what_stands_in_a_forms_place_does_no_harm(course: Course, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("## output_size\nsecret")
    folder = course.folder("submitted", "ann", LESSON)
    folder.mkdir(parents=True)
    (folder / "objections.md").symlink_to(tmp_path / "secret.md")
    course.folder("submitted", "bob", LESSON, "objections.md").mkdir(parents=True)
    pipe = course.folder("submitted", "eve", LESSON)
    pipe.mkdir(parents=True)
    os.mkfifo(pipe / "objections.md")
    put(course, "submitted", "joe", "## output_size\n\x1b[2Jwrong [red]here" + "x" * 100_000)
    (one,) = objections.queue(course)
    assert one.student == "joe"
    output = run(course).output
    assert "\x1b" not in output
    assert "[red]" in output


def test_a_line_that_a_crash_cut_short_loses_no_other(course: Course) -> None:
    objections.note(course, Objection(*ARGUMENTS, "First.", "noted by hand"))
    path = course.state / objections.RECORD
    path.write_bytes(path.read_bytes() + b'{"event": "decis')
    objections.note(course, Objection(*ARGUMENTS, "Second.", "noted by hand"))
    objections.note(course, Objection(*ARGUMENTS, "Second. ", "noted by hand"))
    assert [one.text for one in objections.queue(course)] == ["First.", "Second."]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.sandbox
def test_a_decision_is_written_down_and_later_grading_keeps_it(graded: Course, workers: Workers) -> None:
    first = points(graded)
    assert first < 2
    assert run(graded, *ARGUMENTS, "--objection", "The task says floor.").exit_code == 0
    assert run(graded).exit_code == 1
    shown = run(graded, *ARGUMENTS)
    assert shown.exit_code == 1
    for words in (
        "The task says floor.",
        "when it was graded",
        "judged again",
        "one too small",
        "not decided",
    ):
        assert words in shown.output
    words = ("--decide", "1.75", "--by", "Prof. Lee", "--reason", "The text was unclear.")
    result = run(graded, *ARGUMENTS, *words)
    assert result.exit_code == 0, result.output
    assert "decided: 1.75 of 2 points" in result.output
    assert run(graded).exit_code == 0
    batch.grade(graded, [LESSON], Options(force=True), executor=workers)
    assert points(graded) == 1.75
    assert points(graded, "anna") == 2
    with Gradebook(graded.db_url) as book:
        comment = book.find_comment("output_size", LESSON, LESSON, "ann").comment
    assert comment == "Looked at again: 1.75 of 2 points. The text was unclear."
    noted, decision = objections.record(graded)
    assert decision["by"] == "Prof. Lee"
    assert decision["points_before"] == first
    assert decision["objections"] == [noted["id"]]
    assert decision["when"] >= noted["when"]
    assert decision["before"]["bugs"] == decision["after"]["bugs"] == ["plus_one_missing"]


@pytest.mark.sandbox
def test_the_new_verdict_counts_where_that_is_decided(graded: Course) -> None:
    first = points(graded)
    handing_in(graded)("ann", SOLUTIONS)  # as if the judge had been mended
    result = run(graded, *ARGUMENTS, "--json", "--decide", "keep", "--by", "L", "--reason", "r")
    about = json.loads(result.output)
    assert (about["before"]["score"], about["after"]["score"], about["decided"]) == (first, 2, first)
    assert run(graded, *ARGUMENTS, "--decide", "new", "--by", "L", "--reason", "r").exit_code == 0
    assert points(graded) == 2


@pytest.mark.sandbox
def test_what_is_no_decision_is_refused_and_changes_nothing(graded: Course) -> None:
    first = points(graded)
    for wrong in ("2.5", "-1", "nan", "yes", "inf"):
        line = says(run(graded, *ARGUMENTS, "--decide", wrong, "--by", "L", "--reason", "r"))
        assert line == f"--decide must be keep, new or points from 0 to 2, got {wrong!r}"
    assert "--by NAME and --reason TEXT" in says(run(graded, *ARGUMENTS, "--decide", "new"))
    assert "no exercise 'nothing'; there are: output_size, same_padding" in says(
        run(graded, "ann", "6", "nothing")
    )
    assert says(run(graded, "an", "6", "output_size")) == f"nothing of 'an' is graded for {LESSON}"
    assert "no lesson '99'" in says(run(graded, "ann", "99", "output_size"))
    assert "name the student, the lesson and the exercise" in says(run(graded, "ann"))
    assert "needs the words" in says(run(graded, *ARGUMENTS, "--objection", " "))
    assert points(graded) == first
    assert objections.record(graded) == []


@pytest.mark.sandbox
def test_interrupted_before_the_record_the_objection_still_waits(
    graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(graded, *ARGUMENTS, "--objection", "Why?")
    who, released, exercise = regrade.find(graded, *ARGUMENTS)
    case = regrade.judge_again(graded, who, released, exercise)
    with monkeypatch.context() as patched:
        patched.setattr(objections, "decided", lambda *_: (_ for _ in ()).throw(OSError(28, "disk full")))
        with pytest.raises(OSError, match="disk full"):
            regrade.decide(graded, case, "new", "L", "r")
    assert len(objections.queue(graded)) == 1
    regrade.decide(graded, case, "new", "L", "r")
    assert objections.queue(graded) == []
    with Gradebook(graded.db_url) as book:
        assert book.find_comment("output_size", LESSON, LESSON, "ann").comment.count("Looked at again") == 1


@pytest.mark.sandbox
def test_feedback_brings_a_form_and_loses_none_that_was_filled_in(graded: Course, workers: Workers) -> None:
    with ProgressBar("feedback") as progress:
        feedback.write(graded, [LESSON], (), False, progress)
        path = graded.folder("feedback", "ann", LESSON, "objections.md")
        text = path.read_text()
        assert "## output_size" in text
        filled = text.replace("## output_size\n", "## output_size\nIt is right.\n")
        path.write_text(filled)
        feedback.write(graded, [LESSON], (), True, progress)
    assert path.read_text() == filled
    (one,) = objections.queue(graded)
    assert one.text == "It is right."
    put(graded, "submitted", "ann", filled)
    rows = batch.grade(graded, [LESSON], Options(), executor=workers)
    (ann,) = [row for row in rows if row.student == "ann"]
    assert not ann.needs_review
    assert len(objections.queue(graded)) == 1


@pytest.mark.parametrize("columns", ["200", "100"])
def test_no_line_of_a_verdict_is_broken_where_both_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    line = " ".join(["Your size is one too small: it counts the steps between the", "windows, not them"])
    assert 74 < len(line) <= WIDTH
    side = {"score": 0.0, "text": line}
    case = regrade.Case("ann", LESSON, "f", "Ann", gradebook.Score(0.0, None, 2.0), side, side, [])
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    regrade.show(case)
    shown = [text for text in capsys.readouterr().out.splitlines() if line in text]
    assert [text.count(line) for text in shown] == ([2] if columns == "200" else [1, 1])
