"""Planted copies are shown, independent answers are not; a page for a human, a zip for Dolos."""

from __future__ import annotations

import csv
import inspect
import io
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import exercises
from autograder.cli import app
from autograder.commands import similar
from autograder.commands.similar_page import page
from autograder.course.course import Course
from autograder.grading import alike
from support.grading_course import LESSON, SOLUTIONS, HandIn
from support.independent import a_class, model_answers
from support.right_answers import RIGHT

LONG = ("05_slide_a_window", "07_channels_and_sharing", "10_backprop_through_conv")
# In these lessons learners write a line or two, and copies cannot be told from chance.
A_LINE_OR_TWO = ("00_how_this_course_checks_you", "15_debugging_clinic")
LESSONS = sorted({exercise.lesson for exercise in exercises.all().values()})
# An answer of somebody's own, of twelve statements that nobody else has.
OWN = """def same_padding(n, k, stride=1):
    '''How many zeros.'''
    covered = list(range(0, n, stride))
    last = covered[-1] + k
    missing = [step for step in range(n, last)]
    before = after = 0
    while missing and before + after < len(missing):
        if after <= before:
            after = after + len([1])
        else:
            before = before - (-1)
    if not isinstance(before, int) or before < 0:
        raise RuntimeError((before, after, missing))
    both = dict(left=before, right=after)
    return tuple(both[side] for side in sorted(both))"""
COPY = (
    OWN.replace("covered", "x")
    .replace("missing", "todo")
    .replace("'''How many zeros.'''", '"""Zeros to add."""')
    .replace("before = after = 0", "before = after = 0  # start")
)


def found(answers: dict[str, dict[str, str]], **options: float) -> dict[tuple[str, str], float]:
    forced = {name: model_answers(name) for name in answers if name in exercises.all()}
    pairs = alike.pairs(answers, forced, **options)
    return {(pair.first, pair.second): pair.bits for pair in pairs}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LONG)
@pytest.mark.parametrize("seed", range(2))
def test_of_forty_students_every_planted_copy_is_shown_and_nobody_else(lesson: str, seed: int) -> None:
    answers, planted = a_class(lesson, 40, seed, copies=5)
    assert found(answers).keys() == planted


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_independent_answers_are_never_shown(lesson: str) -> None:
    answers, _ = a_class(lesson, 40, seed=10)
    assert found(answers) == {}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if lesson not in A_LINE_OR_TWO])
def test_a_copy_that_keeps_its_spelling_is_shown(lesson: str) -> None:
    answers, planted = a_class(lesson, 40, seed=0, copies=3, disguised=False)
    assert found(answers).keys() == planted


@pytest.mark.slow
def test_in_a_class_of_a_thousand_disguised_copies_of_short_functions_are_shown_and_nobody_else() -> None:
    answers, planted = a_class("05_slide_a_window", 1000, seed=0, copies=30)
    shown = found(answers).keys()
    assert shown <= planted
    assert len(shown) >= 24


def test_a_spelling_is_a_name_a_comment_a_literal_or_the_blanks_around_a_sign() -> None:
    text = "def f(x):\n    total=np.sum(x [0], axis=1) +.25  # as in the book\n    return total  # done\n"
    assert alike.spellings(text) >= {
        "name total",
        "name f",
        "number .25",
        "comment as in the book",
        "blanks =",
        "blanks  [",
        "blanks  +",
    }
    assert not alike.spellings(text) & {"name sum", "name np", "comment done", "blanks  + "}


def test_one_spelling_counts_once_in_a_lesson_however_often_it_stands_there() -> None:
    def kept(student: int, extra: str) -> str:
        return f"def f(x):\n    y{student} = x\n    return y{student}{extra}\n"

    answers = {
        name: {f"s{n}": kept(n, "  # the same strange words" if n < 2 else "") for n in range(40)}
        for name in ("f", "g", "h", "k")
    }
    assert found(answers, least=1.0) == {}


def test_right_answers_in_many_styles_are_no_copies() -> None:
    answers = {
        name: {f"student{number}": inspect.getsource(one) for number, one in enumerate(functions)}
        for name, functions in RIGHT.items()
    }
    assert found(answers) == {}


def test_one_line_accuses_nobody() -> None:
    answers, _ = a_class("05_slide_a_window", 40, 1)
    line = "def same_padding(n, k, stride=1):\n    return divmod(max(0, sorted([k, n][::-1])[0] ^ n), 2)"
    texts = {
        student: f"def same_padding(n, k): return {n} + n" for n, student in enumerate(answers["correlate1d"])
    }
    assert found({"same_padding": texts | {"student0001": line, "student0002": line}}) == {}


def test_names_numbers_comments_and_layout_make_no_difference() -> None:
    one = "def f(x):\n    '''Doc.'''\n    total = np.sum(x[0]) + 1  # why\n    return total"
    other = "def f(y):\n\n    s = (np.sum(\n        y[7])\n      + 25)\n    return s\n"
    texts = [[[token.text for token in line] for line in alike.statements(text)] for text in (one, other)]
    assert texts[0][0] == texts[1][0]
    assert [t for t in texts[1][1] if t not in "()"] == [t for t in texts[0][1] if t not in "()"]


@pytest.mark.parametrize(
    "text", ["", "def f(:\n  x = 'open", "x\0y", "    \n\t x = 1\n y", "'''" * 99, "\x0cx = 1\r\ry"]
)
def test_text_that_is_no_python_stops_nothing(text: str) -> None:
    assert found({"same_padding": {"ann": text, "bob": text}}) == {}


def handed_in(hand_in: HandIn) -> None:
    answers, _ = a_class(LESSON, 20, 3)
    for student, text in answers["same_padding"].items():
        hand_in(student, {"same_padding": text})
    hand_in("ann", {**SOLUTIONS, "same_padding": OWN})
    hand_in("<b>", {"same_padding": COPY})
    hand_in("nothing yet")
    hand_in("broken", data=b"{")


def test_the_command_shows_the_copy_on_a_page_and_in_json(
    course: Course, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in(hand_in)
    monkeypatch.chdir(course.root)
    result = CliRunner().invoke(app, ["similar", "6", "--json"])
    assert result.exit_code == 1, result.output
    (lesson,) = json.loads(result.output)["lessons"].values()
    assert lesson["students"] == 22
    assert len(lesson["unread"]) == 1
    (pair,) = lesson["pairs"]
    (ann,) = [student for student in pair["students"] if student == "ann"]
    assert pair["exercises"]["same_padding"]["statements"] >= 8
    shown = (course.state / "similar.html").read_text()
    assert ann in shown
    assert "never a verdict" in shown
    assert "<b>" not in shown
    assert "<script" not in shown
    assert shown.count("<mark>") >= 16
    assert (course.state / "similar.html").stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(app, ["similar"])
    assert "never a verdict" in again.output
    assert (course.state / "similar.html").read_text() == shown


def test_no_pair_is_exit_code_0_and_no_release_is_2(
    course: Course, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ann", SOLUTIONS)
    hand_in("bob", SOLUTIONS)
    monkeypatch.chdir(course.root)
    assert CliRunner().invoke(app, ["similar"]).exit_code == 0
    result = CliRunner().invoke(app, ["similar", "99"])
    assert type(result.exception).__name__ == "CourseError"


def test_what_is_marked_is_the_answers_own_text(course: Course, hand_in: HandIn) -> None:
    handed_in(hand_in)
    (lesson,) = similar.similar(course, [LESSON])
    (answer,) = lesson.found[0].answers
    lines = OWN.split("\n")
    assert lesson.found[0].first == "ann"
    (first, left), (last, right) = answer.first_marks[0]
    assert first == last
    assert lines[first - 1][left:right] == "covered = list(range(0, n, stride))"
    assert page([lesson]).count("<details") == 1


def test_the_zip_is_as_dolos_reads_it(course: Course, hand_in: HandIn, tmp_path: Path) -> None:
    handed_in(hand_in)
    course.folder("submitted", "ann", LESSON, "timestamp.txt").write_text("2026-03-01 10:00:00 UTC")
    path = tmp_path / "dolos.zip"
    lessons = similar.similar(course, [LESSON])
    similar.write_dolos(path, lessons)
    with zipfile.ZipFile(path) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("info.csv").decode())))
        assert {row["filename"] for row in rows} < set(archive.namelist())
        (ann,) = [row for row in rows if row["full_name"] == "ann"]
        assert ann["created_at"] == "2026-03-01 10:00:00 +0000"
        assert ann["label"] == LESSON
        assert OWN in archive.read(ann["filename"]).decode()
    before = path.read_bytes()
    similar.write_dolos(path, lessons)
    assert path.read_bytes() == before
