"""A learning management system's file goes back with grades filled in, and every other byte as it was."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder import cli
from autograder.commands import export as command
from autograder.commands.export import CSV_HEADER, guarded
from autograder.course import cells, gradebook, lms
from autograder.course.course import CONFIG, Course
from autograder.course.who import Person, match
from support.grading_course import LESSON, ROOT
from support.lms import (
    BLACKBOARD,
    BRIGHTSPACE,
    CANVAS,
    CANVAS_SEMICOLONS,
    MARK,
    MOODLE,
    MOODLE_FRENCH,
    MOODLE_GERMAN,
    filled,
)

OTHER = "08_pooling"
DUE, IN_TIME, TOO_LATE = datetime(2026, 3, 1, 23), datetime(2026, 3, 1, 20), datetime(2026, 3, 2, 1)
ONE_POINT = """
from nbgrader.plugins import BasePlugin


class OnePoint(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.0
"""
# Id, first name, last name, email, points of the tests, points by hand.
CLASS: list[tuple[str, str, str, str, float | None, float | None]] = [
    ("ann", "Ann", "Lee", "ann@uni.example", 5, 1.5),
    ("bob", "Bob", 'O"Neil', "bob@uni.example", 3.25, 0),
    ("cem", "Cem", "Öz_Kaya", "cem@uni.example", 0, 0),
    ("eve", "Eve", "=Cmd", "", 2, 2),
    ("kim-a", "Min", "Kim", "", 4, 0),
    ("kim-b", "Min", "Kim", "", 1, 0),
    ("lat", "Lat", "Novak", "", 5, 2),
    ("una", "Una", "Una", "", 5, None),
    ("bro", "Bro", "Broke", "", None, None),
    ("gho", "Gho", "Ghost", "", 5, 2),
]
# What goes out: bob has no manual point, lat lost one for being late.
POINTS = {"ann": "6.5", "bob": "3.25", "cem": "0", "eve": "4", "lat": "6"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose gradebook was written through nbgrader's own interface."""
    gradebook.prepare()
    root = tmp_path_factory.mktemp("graded")
    late = '\nc.AssignLatePenalties.plugin_class = "one_point.OnePoint"\n'
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + late)
    (root / "one_point.py").write_text(ONE_POINT)
    with book(Course.open(root)) as opened:
        for lesson in (LESSON, OTHER):
            opened.add_assignment(lesson, duedate=DUE)
            opened.add_notebook(lesson, lesson)
            opened.add_grade_cell("test_code", lesson, lesson, max_score=5, cell_type="code")
            opened.add_grade_cell("words_why", lesson, lesson, max_score=2, cell_type="markdown")
        for student, first, last, email, _, _ in CLASS:
            opened.add_student(student, first_name=first, last_name=last, email=email)
        for student, _, _, _, tests, by_hand in CLASS:
            when = TOO_LATE if student == "lat" else IN_TIME
            submission = opened.add_submission(LESSON, student, timestamp=when)
            for grade in submission.notebooks[0].grades:
                if grade.name == "test_code":
                    grade.auto_score, grade.needs_manual_grade = tests, tests is None
                else:
                    grade.manual_score, grade.needs_manual_grade = by_hand, by_hand is None
        opened.db.commit()
    return root


@contextmanager
def book(course: Course) -> Iterator[Any]:
    with Gradebook(course.db_url, course.course_id) as opened:
        yield opened


@pytest.fixture
def root(graded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the course, in which the command runs."""
    copy = tmp_path / "course"
    shutil.copytree(graded, copy)
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    """Run the command: its exit code, what it printed, what it said."""

    def call(*words: str) -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "argv", ["autograder", "export", *words])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capsysbinary.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err.decode()

    return call


Run = Callable[..., tuple[int, bytes, str]]


def export(run: Run, template: bytes, *words: str, name: str = "Grades, 1.csv") -> tuple[int, bytes, str]:
    """Fill a template in: the exit code, the file that was written beside it, what was said."""
    Path(name).write_bytes(template)
    code, _, said = run(LESSON, "--template", name, *words)
    path = Path(name)
    assert path.read_bytes() == template
    return code, path.with_name(f"{path.stem}_graded{path.suffix}").read_bytes(), said


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", MARK])
def test_canvas_gets_its_file_back_with_grades_filled_in(run: Run, end: str, mark: str) -> None:
    before = {"ann": "6.50", "bob": "2.00", "una": "1.00", "stranger": "3.25", "cem": "EX", "test": "7.00"}
    after = before | {"bob": "3.25", "eve": "4", "lat": "6"}
    text = (mark + CANVAS).replace("\n", end)
    code, written, said = export(run, filled(text, **before).encode(), "--to", "canvas")
    assert written == filled(text, **after).encode()
    assert code == 1
    reasons = dict(
        line.removeprefix("not exported: ").split(f" {LESSON}: ")
        for line in said.splitlines()
        if "not exp" in line
    )
    assert reasons.pop("cem") == "is excused there (EX)"
    assert "1 answer is not read yet" in reasons.pop("una")
    assert "could not be graded" in reasons.pop("bro")
    assert reasons.pop("gho") == "is nobody in Grades, 1.csv"
    assert set(reasons.values()) == {"2 students of the gradebook have this name"}
    assert set(reasons) == {"kim-a", "kim-b"}
    assert "4 scores, 1 of them as they were" in said


def test_exporting_twice_changes_nothing_more(run: Run) -> None:
    _, once, _ = export(run, filled(CANVAS).encode(), "--to", "canvas")
    _, twice, said = export(run, once, "--to", "canvas")
    assert twice == once
    assert "5 scores, 5 of them as they were" in said


def test_semicolons_and_a_decimal_comma_stay(run: Run) -> None:
    _, written, _ = export(run, filled(CANVAS_SEMICOLONS, ann="6,00").encode(), "--to", "canvas")
    assert written == filled(CANVAS_SEMICOLONS, ann="6,5", bob="3,25").encode()


def test_moodle_gets_its_worksheet_back(run: Run) -> None:
    text = (MARK + MOODLE).replace("\n", "\r\n")
    code, written, said = export(run, filled(text, ann="1.00", stranger="2.00").encode(), "--to", "moodle")
    assert written == filled(text, ann="6.5", bob="3.25", lat="6", stranger="2.00").encode()
    assert code == 1
    assert f"not exported: cem {LESSON}: is locked there" in said
    assert "kim-a" in said


def test_moodle_in_german_keeps_its_decimal_comma(run: Run) -> None:
    text = (MARK + MOODLE_GERMAN).replace("\n", "\r\n")
    _, written, said = export(run, filled(text, bob='"1,00"').encode(), "--to", "moodle")
    assert written == filled(text, ann='"6,5"', bob='"3,25"').encode()
    assert "cem" in said


def test_moodle_in_a_language_without_a_table_is_read_by_what_stands_there(run: Run) -> None:
    _, written, _ = export(run, filled(MOODLE_FRENCH).encode(), "--to", "moodle")
    # Bob's row has another email address, so it is in doubt; cem's says that it is locked.
    assert written == filled(MOODLE_FRENCH, ann='"6,5"').encode()


def test_brightspace_gets_its_file_back(run: Run) -> None:
    text = (MARK + BRIGHTSPACE).replace("\n", "\r\n")
    _, written, said = export(run, filled(text, cem="5").encode(), "--to", "brightspace")
    assert written == filled(text, ann="6.5", bob="3.25", cem="0").encode()
    assert "3 rows of the file are nobody's in the gradebook" in said


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, b""])
def test_blackboards_xls_is_tabs_in_utf_16_and_stays_so(run: Run, mark: bytes) -> None:
    text = BLACKBOARD.replace('","', '"\t"').replace("\n", "\r\n")
    template = mark + filled(text, bob="3.25000", ann="Needs Grading").encode("utf-16-le")
    _, written, _ = export(run, template, "--to", "blackboard", name="gc_full.xls")
    after = filled(text, ann="6.5", bob="3.25000", cem="0")
    assert written == mark + after.encode("utf-16-le")


def test_blackboards_csv_keeps_its_quotes_and_its_mark(run: Run) -> None:
    _, written, _ = export(run, filled(MARK + BLACKBOARD).encode(), "--to", "blackboard")
    assert written == filled(MARK + BLACKBOARD, ann="6.5", bob="3.25", cem="0").encode()


def test_blackboard_in_another_language_is_read_by_the_order_of_its_columns(run: Run) -> None:
    german = BLACKBOARD.replace("Last Name", "Nachname").replace("First Name", "Vorname")
    german = german.replace("Username", "Benutzername").replace("Student ID", "Matrikelnummer")
    _, written, _ = export(run, filled(german).encode("cp1252"), "--to", "blackboard")
    assert written == filled(german, ann="6.5", bob="3.25", cem="0").encode("cp1252")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--column", "1281891", "--scale"], "Warm-up [EXTRA]"),
        (["--column", "Stride padding size"], "|1281892"),
        (["--column", "Stride padding size [Total Pts: 7 Score] |1281892"], "|1281892"),
    ],
)
def test_a_column_is_named_by_its_header_its_title_or_its_number(
    run: Run, words: list[str], wanted: str
) -> None:
    _, _, said = export(run, filled(BLACKBOARD).encode(), "--to", "blackboard", *words)
    assert wanted in said


@pytest.mark.parametrize(
    "title",
    [
        "06_stride_padding_size",
        "06",
        "6. Windows",
        "Lesson 6",
        "Stride, Padding, Size",
        "HW: stride padding size",
    ],
)
def test_a_lessons_column_is_found_by_name_or_number(title: str) -> None:
    columns = [
        lms.Column(index, f"{name} (1)", name)
        for index, name in enumerate(["16 Extra", "60", "6.2 b", title])
    ]
    assert [one.title for one in lms.candidates(columns, lms.Wanted(LESSON, "Stride, padding, size"))] == [
        title
    ]


@pytest.mark.parametrize("title", ["Quiz 6", "Homework 06", "16 Extra", "Padding"])
def test_a_number_that_counts_something_else_is_no_lessons(title: str) -> None:
    column = lms.Column(5, f"{title} (1)", title)
    assert lms.candidates([column], lms.Wanted(LESSON, "Stride, padding, size")) == []


ONE_LINE: dict[str, tuple[list[str], str, str]] = {
    "another course's": (
        ["--to", "canvas"],
        CANVAS_SEMICOLONS.replace("Ann", "X")
        .replace("Bob", "X")
        .replace(";ann;", ";x;")
        .replace(";bob;", ";y;")
        .replace('O"Neil', "Z"),
        "another course",
    ),
    "cut short within quotes": (["--to", "canvas"], CANVAS[: CANVAS.index("Neil, Bob")], "cut short"),
    "cut short between cells": (["--to", "canvas"], CANVAS[: CANVAS.index(",S-103")], "cut short"),
    "cut short before its end": (
        ["--to", "brightspace"],
        BRIGHTSPACE[: BRIGHTSPACE.index(",#\n#900")],
        "cut short",
    ),
    "empty": (["--to", "canvas"], "", "is empty"),
    "a web page": (["--to", "canvas"], "<!doctype html>", "a web page"),
    "another system's": (["--to", "canvas"], MOODLE, "use --to moodle"),
    "no gradebook": (["--to", "canvas"], "a,b\n1,2\n", "is no gradebook of Canvas"),
    "ragged": (["--to", "canvas"], CANVAS + ",,,,,,,,,,,,,,\n", "has 15 cells in row 15"),
    "no such column": (
        ["--to", "canvas", "--column", "Tides"],
        CANVAS,
        "Warm-up (4710); Stride, padding, size (4711)",
    ),
    "two columns": (["--to", "canvas"], CANVAS.replace("Warm-up", "06 old"), ""),
    "an assignment without a number": (
        ["--to", "canvas"],
        CANVAS.replace(" (4711)", ""),
        "make a new assignment",
    ),
    "other points": (["--to", "canvas"], CANVAS.replace(",7.00,", ",10.00,"), "has 7 points here, and 10"),
    "a scale of words": (
        ["--to", "moodle"],
        MOODLE_GERMAN.replace("Bestwertung", "Skala"),
        "graded with a scale",
    ),
    "percentages": (["--to", "blackboard", "--column", "1281890"], BLACKBOARD, "is shown as Percentage"),
    "no template": (["--to", "canvas"], "none", "needs --template"),
    "no such system": (["--to", "ilias"], "none", "--to must be one of"),
    "a template of CSV": (["--to", "csv"], CANVAS, "takes no --template"),
}


@pytest.mark.parametrize("case", [case for case in ONE_LINE if case != "two columns"])
def test_what_cannot_be_right_is_one_line_and_nothing_is_written(run: Run, case: str) -> None:
    words, text, wanted = ONE_LINE[case]
    template = []
    if text != "none":
        Path("grades.csv").write_bytes(filled(text).encode())
        template = ["--template", "grades.csv"]
    before = sorted(Path().rglob("*.csv"))
    code, printed, said = run(LESSON, *words, *template)
    assert (code, printed) == (2, b"")
    assert said.startswith("autograder: ")
    assert said.count("\n") == 1
    assert wanted in said
    assert sorted(Path().rglob("*.csv")) == before


def test_two_columns_that_fit_equally_are_listed(run: Run) -> None:
    Path("grades.csv").write_text(filled(BLACKBOARD.replace("Warm-up [EXTRA]", "stride_padding_size")))
    code, _, said = run(LESSON, "--to", "blackboard", "--template", "grades.csv")
    assert code == 2
    assert "2 columns" in said
    assert "|1281891" in said
    assert "|1281892" in said


def test_the_template_is_never_overwritten(run: Run) -> None:
    Path("grades.csv").write_text(filled(CANVAS))
    Path("link.csv").symlink_to("grades.csv")
    for output in ("grades.csv", "link.csv", "./grades.csv"):
        code, _, said = run(LESSON, "--to", "canvas", "--template", "grades.csv", "--output", output)
        assert code == 2
        assert "is the template" in said
    assert Path("grades.csv").read_text() == filled(CANVAS)


def test_scaled_points_are_rounded_to_two_decimals(run: Run) -> None:
    text = BRIGHTSPACE.replace("MaxPoints:7", "MaxPoints:10")
    _, written, _ = export(run, filled(text).encode(), "--to", "brightspace", "--scale")
    assert written == filled(text, ann="9.29", bob="4.64", cem="0").encode()


def test_more_than_moodles_maximum_is_listed(run: Run, root: Path) -> None:
    with book(Course.open(root)) as opened:
        opened.find_grade("test_code", LESSON, LESSON, "ann").extra_credit = 3
        opened.db.commit()
    _, written, said = export(run, filled(MOODLE).encode(), "--to", "moodle")
    assert written == filled(MOODLE, bob="3.25", lat="6").encode()
    assert "ann 06_stride_padding_size: has 9.50 points, more than the maximum there, 7" in said


def test_what_nobody_has_read_goes_out_when_asked_for_and_what_has_no_score_never(run: Run) -> None:
    _, written, said = export(run, filled(CANVAS).encode(), "--to", "canvas", "--include-unread")
    assert written == filled(CANVAS, **POINTS, una="5").encode()
    assert "bro" in said
    assert "una" not in said


def test_a_dry_run_writes_no_file_and_the_standard_output_is_the_file_alone(run: Run) -> None:
    Path("grades.csv").write_text(filled(CANVAS))
    words = [LESSON, "--to", "canvas", "--template", "grades.csv"]
    code, printed, said = run(*words, "--dry-run")
    assert (code, printed) == (1, b"")
    assert "would be written: grades_graded.csv" in said
    assert not Path("grades_graded.csv").exists()
    code, printed, said = run(*words, "--output", "-")
    assert printed == filled(CANVAS, **POINTS).encode()
    code, printed, said = run(*words, "--json")
    found = json.loads(printed)
    assert found["lessons"][0]["scores"] == {name: float(points) for name, points in POINTS.items()}
    assert found["lessons"][0]["column"] == "Stride, padding, size (4711)"
    assert {one["student"] for one in found["left_out"]} == {"una", "bro", "gho", "kim-a", "kim-b"}
    assert run(*words, "--json", "--output", "-")[0] == 2


def test_all_lessons_go_into_the_columns_that_are_theirs_and_the_others_are_listed(
    run: Run, root: Path
) -> None:
    with book(Course.open(root)) as opened:
        opened.add_submission(OTHER, "ann", timestamp=IN_TIME)
        opened.db.commit()
    Path("grades.csv").write_text(filled(CANVAS))
    code, _, said = run("--to", "canvas", "--template", "grades.csv")
    assert Path("grades_graded.csv").read_text() == filled(CANVAS, **POINTS)
    assert f"not exported: {OTHER}: no column of grades.csv" in said
    Path("worksheet.csv").write_text(filled(MOODLE))
    code, _, said = run("--to", "moodle", "--template", "worksheet.csv")
    assert code == 2
    assert "is for one assignment: name its lesson" in said


def test_what_is_handed_in_and_not_graded_is_listed(run: Run, root: Path) -> None:
    (root / "submitted" / "new" / LESSON).mkdir(parents=True)
    (root / "submitted" / "new" / LESSON / f"{LESSON}.ipynb").write_text("{}")
    _, _, said = export(run, filled(CANVAS).encode(), "--to", "canvas")
    assert f"not exported: new {LESSON}: is handed in, and not graded yet" in said


def test_a_gradebook_that_is_none_is_one_line(run: Run, root: Path) -> None:
    (root / "gradebook.db").write_bytes(b"no database" * 100)
    code, _, said = run("--to", "csv")
    assert (code, said.count("\n")) == (2, 1)
    assert "cannot be read" in said


def test_plain_csv_has_every_score_and_no_formula(run: Run, root: Path) -> None:
    code, _, _ = run("--to", "csv", "--output", "all.csv")
    text = Path("all.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(io.StringIO(text))
    assert tuple(header) == CSV_HEADER
    assert code == 1
    found = {row[0]: row for row in rows}
    assert len(found) == len(CLASS)
    assert found["ann"][3:] == [LESSON, "6.5", "7", "0", "0", "2026-03-01 20:00:00 UTC"]
    assert found["lat"][4:7] == ["6", "7", "1"]
    assert found["una"][4:8] == ["", "7", "0", "1"]
    assert found["eve"][1] == "'=Cmd"
    assert found["bob"][1] == 'O"Neil'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_compute_is_guarded(start: str) -> None:
    assert guarded(f"{start}1") == f"'{start}1"
    assert guarded(f"1{start}") == f"1{start}"


def test_nbgraders_own_export_has_penalties_as_they_are_now_and_quotes_names(root: Path) -> None:
    from nbgrader.apps import ExportApp
    from nbgrader.plugins import CsvExportPlugin

    def rows(*words: str) -> list[dict[str, str]]:
        app = ExportApp()
        app.initialize([f"--CourseDirectory.root={root}", *words])
        app.start()
        with Path(app.plugin_inst.to or "grades.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    with book(Course.open(root)) as opened:
        opened.find_student("ann").last_name = "Lee, the first\nof two"
        opened.db.commit()
    everything = rows()
    found = {row["student_id"]: row for row in everything}
    assert len(everything) == len(found) == len(CLASS)
    assert {row["assignment"] for row in everything} == {LESSON}  # nobody has handed the other one in
    assert len(rows("--to=other.csv", f"--assignment=['{OTHER}']")) == len(CLASS)
    assert found["lat"]["late_submission_penalty"] == "1.0"
    assert found["lat"]["score"] == "6.0"
    assert found["ann"]["last_name"] == "Lee, the first\nof two"
    assert found["bob"]["last_name"] == 'O"Neil'
    (one,) = rows("--to=one.csv", f"--assignment=['{LESSON}']", "--student=['bob']")
    assert (one["student_id"], one["score"]) == ("bob", "3.25")
    # Where nothing needs quotes it is nbgrader's own file.
    both = [f"--assignment=['{LESSON}','{OTHER}']", "--student=['cem','eve','lat']"]
    plain = rows("--to=ours.csv", *both)
    assert plain == rows(
        "--to=theirs.csv",
        *both,
        f"--exporter={CsvExportPlugin.__module__}.CsvExportPlugin",
    )
    assert Path("ours.csv").read_bytes() == Path("theirs.csv").read_bytes()


def test_many_students_with_one_reason_are_one_line() -> None:
    few = [command.LeftOut(name, OTHER, "is excused there (EX)") for name in ("ann", "bob", "cem")]
    many = [command.LeftOut(f"s{n:02}", LESSON, "is nobody in Grades.csv") for n in range(14)]
    said = command.lines(command.Exported("csv", "-", [], few + many, 0, b""), dry_run=False)
    assert said[:3] == [
        f"not exported: {name} {OTHER}: is excused there (EX)" for name in ("ann", "bob", "cem")
    ]
    last, names = said[3].splitlines()
    assert last == f"not exported: 14 students, {LESSON}: is nobody in Grades.csv"
    assert names.split() == [*(f"s{n:02}," for n in range(11)), "s11", "and", "2", "more"]
    assert len(said) == 4


# The archives that feedback goes back in: what was downloaded, and what is packed.
ARCHIVES: dict[str, tuple[list[str], dict[str, str]]] = {
    "canvas": (
        [
            "leeann_101_7001_hw-1.ipynb",
            "leeann_LATE_101_7009_hw-2.ipynb",
            "leeann_LATE_101_7010_photo.png",
            "oneilbob_102_7002_my_work_2.ipynb",
            "ozkayacem_103_text.html",
            "anon_555_7003_hw.ipynb",
            "kimmin_104_7004_hw.ipynb",
        ],
        {"ann": "leeann_LATE_101_7009_hw-2.html", "bob": "oneilbob_102_7002_my_work_2.html"},
    ),
    "moodle": (
        [
            "Ann Lee_5501_assignsubmission_file/work/hw.ipynb",
            "Bob O_Neil_5502_assignsubmission_file_/hw.ipynb",
            "Cem Öz Kaya_5503_assignsubmission_file_hw.ipynb",
            "Lat Novak_5506_assignsubmission_onlinetext/onlinetext.html",
            "Participant_5507_assignsubmission_file/hw.ipynb",
            "Min Kim_5504_assignsubmission_file/hw.ipynb",
        ],
        {
            "ann": f"Ann Lee_5501_assignsubmission_file/{LESSON}.html",
            "lat": f"Lat Novak_5506_assignsubmission_file/{LESSON}.html",
        },
    ),
    "brightspace": (
        [
            "index.html",
            "397063-2557369 - Ann Lee - Sep 24, 2024 926 PM/hw.ipynb",
            "397063-2557369 - Ann Lee - Sep 25, 2024 1205 AM/hw.ipynb",
            "397063-2557369 - Ann Lee - Sep 25, 2024 101 AM/hw.ipynb",
            "397065-2557369 - Lat Novak - Sep 24, 2024 926 PM - hw.ipynb",
            "397066-2557369 - Min Kim - Sep 24, 2024 926 PM/hw.ipynb",
        ],
        {
            "": "index.html",
            "ann": f"397063-2557369 - Ann Lee - Sep 25, 2024 101 AM/{LESSON}.html",
            "lat": f"397065-2557369 - Lat Novak - Sep 24, 2024 926 PM - {LESSON}.html",
        },
    ),
    "blackboard": (
        [
            "Lab_6_ann_attempt_2026-03-01-20-00-00_hw.ipynb",
            "Lab_6_ann_attempt_2026-03-01-21-00-00_hw_2.ipynb",
            "Lab_6_ann_attempt_2026-03-01-21-00-00.txt",
            "Lab_6_bob_attempt_2026-03-01-20-00-00.txt",
            "Lab_6_stranger_attempt_2026-03-01-20-00-00_hw.ipynb",
        ],
        {
            "ann": f"Lab_6_ann_attempt_2026-03-01-21-00-00_{LESSON}.html",
            "bob": f"Lab_6_bob_attempt_2026-03-01-20-00-00_{LESSON}.html",
        },
    ),
}


def zipped(path: Path, names: list[str]) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "for all" if name == "index.html" else "work")
    return path.read_bytes()


def write_pages(root: Path) -> None:
    for student, *_ in CLASS:
        page = root / "feedback" / student / LESSON / f"{LESSON}.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"page of {student}")


@pytest.mark.parametrize("system", ARCHIVES)
def test_pages_go_back_in_the_archive_that_the_system_takes(run: Run, root: Path, system: str) -> None:
    names, wanted = ARCHIVES[system]
    write_pages(root)
    template = zipped(root / "submissions.zip", names)
    words = [LESSON, "--to", system, "--template", "submissions.zip"]
    with book(Course.open(root)) as opened:
        for student, number in (("ann", "101"), ("bob", "102")):
            opened.find_student(student).lms_user_id = number
        opened.db.commit()
    code, _, said = run(*words, "--feedback", "pages.zip")
    assert code == 1
    assert {"gho", "una"} <= set(re.findall(r"\w+", said))
    with zipfile.ZipFile("pages.zip") as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {name: f"page of {who}" if who else "for all" for who, name in wanted.items()}
    first = Path("pages.zip").read_bytes()
    assert run(*words, "--feedback", "-")[1] == first
    assert run(*words, "--feedback", "submissions.zip")[0] == 2
    assert Path("submissions.zip").read_bytes() == template


def test_a_zip_that_is_no_use_is_one_line(run: Run, root: Path) -> None:
    write_pages(root)
    data = zipped(root / "submissions.zip", ARCHIVES["canvas"][0])
    words = ["--to", "canvas", "--template", "submissions.zip", "--feedback", "pages.zip"]
    assert "is for one lesson" in run(*words)[2]
    for content, wanted in (
        (data[: len(data) // 2], "cut off"),
        (zipped(root / "other.zip", ["notes.txt"]), "holds no submissions as Canvas names them"),
        (zipped(root / "other.zip", ["doejane_7_8_a.ipynb"]), "another course"),
    ):
        Path("submissions.zip").write_bytes(content)
        code, _, said = run(LESSON, *words)
        assert (code, said.count("\n")) == (2, 1)
        assert wanted in said
    assert not Path("pages.zip").exists()


def test_a_page_that_is_not_there_is_listed(run: Run, root: Path) -> None:
    zipped(root / "submissions.zip", ARCHIVES["blackboard"][0])
    _, _, said = run(LESSON, "--to", "blackboard", "--template", "submissions.zip", "--feedback", "pages.zip")
    assert f"not exported: ann {LESSON}: has no page: run `autograder feedback {LESSON}` first" in said


def found(students: list[Person], rows: list[Person]) -> dict[int, int]:
    return match(students, rows).rows


def test_an_id_decides_before_a_name() -> None:
    students = [Person(("jd",), ("Doe, Jane",)), Person(("x",), ("Roe, Rick",))]
    assert found(students, [Person(("x",), ("Jane Doe",))]) == {1: 0}


def test_a_name_decides_only_where_nobody_else_has_it() -> None:
    jane = Person(("jd1",), ("Doe, Jane",))
    assert found([jane], [Person(("7",), ("jane  DOE",))]) == {0: 0}
    twice = match([jane, Person(("jd2",), ("Jane Doe",))], [Person(("7",), ("Jane Doe",))])
    assert (twice.rows, len(twice.doubts)) == ({}, 2)
    assert found([jane], [Person(("7",), ("Jane Doe",)), Person(("8",), ("Jane Doe",))]) == {}


def test_a_name_with_another_email_address_is_somebody_else() -> None:
    rows = [Person(("7",), ("Jane Doe",), "jane@elsewhere.example")]
    matches = match([Person(("jd",), ("Doe, Jane",), "jd@uni.example")], rows)
    assert "another email address" in matches.doubts[0]


def test_ids_of_two_students_in_one_row_are_a_doubt() -> None:
    matches = match([Person(("a",)), Person(("b",))], [Person(("a", "b"))])
    assert (matches.rows, set(matches.doubts)) == ({}, {0, 1})


def test_composed_and_decomposed_letters_are_one_name() -> None:
    assert found([Person((), ("Öz, Cem",))], [Person((), ("Cem O\u0308z",))]) == {0: 0}


CELL = st.text(st.sampled_from("ab =é\"',;\t\r\n.0"), max_size=6)


@given(
    rows=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5)
    ),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    data=st.data(),
)
def test_one_cell_changes_and_no_other_byte(
    rows: list[list[str]], delimiter: str, quoting: Any, encoding: str, data: st.DataObject
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(
        [["é1"] * len(rows[0]), *rows]
    )
    content = text.getvalue().encode(encoding)
    table = cells.parse(cells.decode(content), delimiter)
    assert [[cell.value for cell in row] for row in table.rows[1:]] == rows
    assert table.replaced({}) == content
    row = data.draw(st.integers(1, len(rows)))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    value = data.draw(CELL)
    changed = table.replaced({(row, column): value}).decode(encoding)
    before, after = (
        list(csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter)),
        list(csv.reader(io.StringIO(changed, newline=""), delimiter=delimiter)),
    )
    before[row][column] = value
    assert after == before
    # Around the cell the text is the same, whatever a reader makes of it.
    cell = table.rows[row][column]
    assert changed.startswith(table.source.text[: cell.start])
    assert changed.endswith(table.source.text[cell.start + len(cell.raw) :])
