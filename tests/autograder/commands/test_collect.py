"""What students sent ends in submitted/, with its time and origin, or in the list of what has no place."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner, Result

from autograder import cli
from autograder.collecting import collect as collecting
from autograder.collecting import placing, sources
from autograder.collecting.collect import Collection, Options, Row
from autograder.commands import collect as command
from autograder.course import gradebook
from autograder.course.course import Course, CourseError
from autograder.course.release import release
from autograder.grading import batch, intake
from autograder.grading.batch import GRADED
from autograder.grading.workers import Workers
from support.grading_course import LESSON, SOLUTIONS, cell, notebook

FILE = f"{LESSON}.ipynb"
OTHER = "08_pooling"
BERLIN = "Europe/Berlin"
Members = list[tuple[str, bytes]]
Run = Callable[..., Result]


class Silent:
    """Progress that nobody watches."""

    def begin(self, total: int) -> None: ...

    def step(self, name: str, seconds: float, new: bool) -> None: ...

    def waiting(self) -> None: ...


def written(course: Course, mark: str = "", **answers: str) -> bytes:
    """The released lesson with answers, and a remark by which two of them are told apart."""
    content = json.loads(course.folder("release", LESSON, FILE).read_bytes())
    for found in content["cells"]:
        grade_id = found["metadata"].get("nbgrader", {}).get("grade_id")
        found["source"] = answers.get(grade_id, found["source"])
    if mark:
        content["cells"].insert(0, cell(f"# {mark}"))
    return json.dumps(content).encode()


def mark_of(path: Path) -> str:
    """The remark in a collected notebook."""
    first: str = json.loads(path.read_bytes())["cells"][0]["source"]
    return first.removeprefix("# ")


def packed(path: Path, members: Members) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def laid(folder: Path, members: Members) -> Path:
    """A folder of these files."""
    for name, data in members:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def collect(course: Course, source: Path, **options: Any) -> Collection:
    return collecting.collect(course, source, Options(**{"zone": BERLIN, **options}), Silent())


def rows(made: Collection) -> dict[str, Row]:
    return {row.student: row for row in made.rows}


def reasons(made: Collection) -> str:
    return "\n".join(f"{file}: {why}" for file, why in made.unmatched)


def submitted(course: Course, student: str, name: str = FILE) -> Path:
    return course.folder("submitted", student, LESSON, name)


def stamp(course: Course, student: str) -> str:
    return submitted(course, student, "timestamp.txt").read_text()


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, with its content and the time it was changed."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def run(course: Course, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, in the course's folder."""
    monkeypatch.chdir(course.root)

    def invoke(*words: str | Path) -> Result:
        return CliRunner().invoke(cli.app, ["collect", *map(str, words)])

    return invoke


# The roster


def test_everybody_in_a_roster_is_in_the_gradebook(course: Course, tmp_path: Path) -> None:
    source = laid(tmp_path / "in", [("jdoe.ipynb", written(course, "x"))])
    roster = 'id,name,email,lms_id\njdoe,Jane Doe,j@x.org,7\nzg,"Groß, Zoë",,8\n'.encode()
    collect(course, source, roster=roster, dry_run=True)
    assert gradebook.students(course) == []
    with Gradebook(course.db_url, course.course_id) as book:  # as grading knows her before there is a roster
        book.add_student("zg", last_name="Zoë Groß", email="zoe@x.org")
    collect(course, source, roster=roster)
    both = [("jdoe", "Jane", "Doe", "j@x.org"), ("zg", "Zoë", "Groß", "zoe@x.org")]
    assert [(one.id, one.first, one.last, one.email) for one in gradebook.students(course)] == both
    before = everything(course.root)
    collect(course, source, roster=roster.replace(b"j@x.org", b"new@x.org"))
    assert everything(course.root) == before


def test_without_a_gradebook_that_answers_nothing_is_collected(course: Course, tmp_path: Path) -> None:
    source = laid(tmp_path / "in", [("jdoe.ipynb", written(course, "x"))])
    (course.root / "gradebook.db").write_bytes(b"no database " * 100)
    with pytest.raises(CourseError, match=r"the gradebook .* cannot be read: file is not a database"):
        collect(course, source, roster=b"id,name\njdoe,Jane Doe\n")
    assert not course.folder("submitted").exists()


# Canvas


def test_canvas(course: Course, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "submissions.zip",
        [
            ("doejane_123_456_hw-2.ipynb", written(course, "jane")),
            ("müllerjörg_LATE_124_457_mein heft.ipynb", written(course, "jörg")),
            ("oneilpat_125_458_helper.py", b"X = 1\n"),
            ("oneilpat_125_459_work-1.ipynb", written(course, "second")),
            ("oneilpat_125_453_work.ipynb", written(course, "first")),
            ("smithlee_126_text.html", b"<html><body>I could not finish</body></html>"),
        ],
    )
    roster = (
        "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Lesson 6 (77)\n,,,,,Manual Posting\n"
        '    Points Possible,,,,,5\n"Doe, Jane",123,S1,jdoe,A,\n"Müller, Jörg",124,S2,jmueller,A,\n'
        '"O\'Neil, Pat",125,S3,poneil,A,\n"Smith, Lee",126,S4,lsmith,A,\n"Student, Test",999,,t9,A,\n'
    ).encode()
    made = collect(course, source, roster=roster)
    assert made.form == "canvas"
    assert {one: row.status for one, row in rows(made).items()} == {
        "jdoe": "new",
        "jmueller": "new",
        "poneil": "new",
    }
    assert mark_of(submitted(course, "poneil")) == "second"
    assert submitted(course, "poneil", "helper.py").read_bytes() == b"X = 1\n"
    late = rows(made)["jmueller"]
    assert late.late
    assert "does not say when" in late.remarks[0]
    assert not submitted(course, "jmueller", "timestamp.txt").exists()
    assert "smithlee_126_text.html: no notebook; there is online_text.html" in reasons(made)
    assert made.missing == []  # she sent something, and it is listed
    record = json.loads(submitted(course, "jdoe", placing.RECORD).read_bytes())
    assert record["files"] == {FILE: "doejane_123_456_hw-2.ipynb"}
    assert (record["format"], record["source"], record["lms_id"]) == ("canvas", "submissions.zip", "123")


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("studenttest_999_460_hw.ipynb", "Canvas"),
        ("397-25 - Demo Student - Sep 24, 2026 926 PM/hw.ipynb", "Brightspace"),
        ("Lesson 6_mo_PreviewUser_attempt_2026-03-01-12-00-00_hw.ipynb", "Blackboard"),
    ],
)
def test_what_a_systems_test_student_sent_is_listed_and_nobodys(
    course: Course, tmp_path: Path, name: str, system: str
) -> None:
    made = collect(course, packed(tmp_path / "s.zip", [(name, written(course, "x"))]))
    assert rows(made) == {}
    assert f"{name}: from the test student of {system}, whose work is nobody's" in reasons(made)
    assert not list(course.folder("submitted").glob("[!.]*"))


def test_without_a_roster_canvas_has_a_name_and_a_number(course: Course, tmp_path: Path) -> None:
    twins = [(f"doejane_{n}_{n + 400}_a.ipynb", written(course, str(n))) for n in (1, 2)]
    made = collect(course, packed(tmp_path / "s.zip", twins))
    assert sorted(rows(made)) == ["doejane_1", "doejane_2"]


def test_a_later_download_of_canvas_has_larger_numbers(course: Course, tmp_path: Path) -> None:
    first = packed(tmp_path / "1.zip", [("doejane_1_456_hw.ipynb", written(course, "first"))])
    second = packed(tmp_path / "2.zip", [("doejane_1_470_hw-1.ipynb", written(course, "second"))])
    collect(course, first)
    assert rows(collect(course, second))["doejane_1"].status == "replaced"
    assert rows(collect(course, first))["doejane_1"].status == "older"
    assert mark_of(submitted(course, "doejane_1")) == "second"


@pytest.mark.parametrize("name", ["anon_aB3xY_456_hw.ipynb", "LATE_anon_aB3xY_456_hw.ipynb"])
def test_anonymous_submissions_of_canvas_have_a_pseudonym(course: Course, tmp_path: Path, name: str) -> None:
    source = packed(tmp_path / "s.zip", [(name, written(course, "x"))])
    with_roster = collect(course, source, roster=b"id,name\njdoe,Jane Doe\n")
    assert "anonymous" in reasons(with_roster)
    assert with_roster.rows == []
    made = rows(collect(course, source))["anon_aB3xY"]
    assert made.late == name.startswith("LATE")


def test_a_team_of_canvas_is_every_member(course: Course, tmp_path: Path) -> None:
    source = packed(tmp_path / "s.zip", [("redpandas_2_456_hw.ipynb", written(course, "team"))])
    roster = b"id,name,lms_id,group\nann,Ann A,1,Red Pandas\nben,Ben B,2,Red Pandas\ncat,Cat C,3,Owls\n"
    made = collect(course, source, roster=roster)
    assert sorted(rows(made)) == ["ann", "ben"]
    assert "of the team redpandas" in rows(made)["ann"].remarks


# Moodle

WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    'Participant 12,"Zoë Groß",zoe@uni.example,Sent,,5,Yes,"Wednesday, 10 June 2026, 2:14 PM",-,\r\n'
    'Participant 13,"Ann =Lee, Jr",ann@uni.example,Sent,,5,Yes,"Wednesday, 10 June 2026, 11:59 PM",-,\r\n'
    "Participant 14,Max Weber,max@uni.example,Submitted,,5,Yes,-,-,\r\n"
    "Participant 15,Max Weber,weber@uni.example,Submitted,,5,Yes,-,-,\r\n"
).encode()
GERMAN = (
    "\ufeffID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;"
    "Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Feedback als Kommentar\r\n"
    "Teilnehmer/in12;Zoë Groß;zoe@uni.example;Abgegeben;;5,00;Ja;Mittwoch, 10. Juni 2026, 14:14;-;\r\n"
).encode()


def test_moodle(course: Course, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "CNN-Lesson 6-4711.zip",
        [
            ("Zoë Groß_12_assignsubmission_file/abgabe/mein.ipynb", written(course, "zoë")),
            ("Zoë Groß_12_assignsubmission_file/abgabe/data/x.csv", b"1,2\n"),
            ("Zoë Groß_12_assignsubmission_onlinetext/onlinetext.html", b"<p>see file</p>"),
            ("Ann =Lee, Jr_13_assignsubmission_file_hw.ipynb", written(course, "ann")),
            ("Max Weber_14_assignsubmission_file_/hw.ipynb", written(course, "max 14")),
            ("Max Weber_15_assignsubmission_file_/hw.ipynb", written(course, "max 15")),
        ],
    )
    made = collect(course, source, roster=WORKSHEET)
    assert made.form == "moodle"
    assert reasons(made) == ""
    assert mark_of(submitted(course, "max@uni.example")) == "max 14"
    assert mark_of(submitted(course, "weber@uni.example")) == "max 15"
    assert submitted(course, "zoe@uni.example", "data/x.csv").read_bytes() == b"1,2\n"
    assert stamp(course, "zoe@uni.example") == "2026-06-10 12:14:00.000000 UTC"
    assert stamp(course, "ann@uni.example") == "2026-06-10 21:59:00.000000 UTC"
    assert not submitted(course, "max@uni.example", "timestamp.txt").exists()
    assert made.zone == BERLIN


def test_moodle_in_german(course: Course, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "s.zip", [("Zoë Groß_12_assignsubmission_file/hw.ipynb", written(course, "zoë"))]
    )
    collect(course, source, roster=GERMAN)
    assert stamp(course, "zoe@uni.example") == "2026-06-10 12:14:00.000000 UTC"


def test_two_students_of_moodle_with_one_name_are_listed_without_the_worksheet(
    course: Course, tmp_path: Path
) -> None:
    source = packed(
        tmp_path / "s.zip",
        [(f"Max Weber_{n}_assignsubmission_file/hw.ipynb", written(course, str(n))) for n in (14, 15)],
    )
    for roster in (None, b"id,name\nmax,Max Weber\n"):
        made = collect(course, source, roster=roster)
        assert made.rows == []
        assert reasons(made).count("called Max Weber") == 2


def test_a_worksheet_of_another_assignment_does_not_exchange_students(course: Course, tmp_path: Path) -> None:
    # Moodle numbers the students anew in each assignment: here 13 is Zoë, there it was Ann.
    source = packed(
        tmp_path / "s.zip", [("Zoë Groß_13_assignsubmission_file/hw.ipynb", written(course, "zoë"))]
    )
    assert sorted(rows(collect(course, source, roster=WORKSHEET))) == ["zoe@uni.example"]


@pytest.mark.parametrize("word", ["Participant", "Teilnehmer"])
def test_blind_marking_in_moodle(course: Course, tmp_path: Path, word: str) -> None:
    source = packed(tmp_path / "s.zip", [(f"{word}_12_assignsubmission_file/hw.ipynb", written(course, "x"))])
    assert "zoe@uni.example" in rows(collect(course, source, roster=WORKSHEET, dry_run=True))
    assert "pseudonym" in rows(collect(course, source))[f"{word} 12"].remarks[0]
    again = collect(course, source, roster=WORKSHEET)
    assert f"was collected as {word} 12 before, and is zoe@uni.example now" in reasons(again)


@pytest.mark.parametrize("name", ["Owls_7_", "Owls-Ann A_7_", "ann_Ann A_7_"])
def test_teams_and_login_names_of_moodle(course: Course, tmp_path: Path, name: str) -> None:
    source = packed(tmp_path / "s.zip", [(f"{name}assignsubmission_file/hw.ipynb", written(course, "x"))])
    made = collect(course, source, roster=b"id,name,group\nann,Ann A,Owls\nben,Ben B,Owls\n")
    assert sorted(rows(made)) == (["ann", "ben"] if name == "Owls_7_" else ["ann"])


# Brightspace


def test_brightspace(course: Course, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "Lesson 6 Download.zip",
        [
            ("index.html", b"<html></html>"),
            ("397063-2557369 - Jane Doe - Sep 24, 2026 926 PM/hw.ipynb", written(course, "late")),
            ("397063-2557369 - Jane Doe - Sep 24, 2026 1159 AM/hw.ipynb", written(course, "early")),
            (
                "397064-2557369 - Anna-Lena Groß - Jan 5, 2026 1201 AM - my hw.ipynb",
                written(course, "flat"),
            ),
            ("397065-2557369 - Kim Lee - Sep 24, 2026 926 PM/hw.ipynb", written(course, "one")),
            ("397066-2557369 - Kim Lee - Sep 24, 2026 927 PM/hw.ipynb", written(course, "two")),
        ],
    )
    roster = (
        b"OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator\n"
        b"#1001,#jdoe,Doe,Jane,j@x.example, #\n#1002,#agross,Gro\xc3\x9f,Anna-Lena,a@x.example, #\n"
        b"#1003,#klee,Lee,Kim,k@x.example, #\n"
    )
    made = collect(course, source, roster=roster)
    assert made.form == "brightspace"
    assert sorted(rows(made)) == ["agross", "jdoe"]
    assert mark_of(submitted(course, "jdoe")) == "late"
    assert rows(made)["jdoe"].remarks[0] == "the newest of 2 tries"
    assert stamp(course, "jdoe") == "2026-09-24 19:26:00.000000 UTC"
    assert stamp(course, "agross") == "2026-01-04 23:01:00.000000 UTC"
    assert reasons(made).count("more than one student is called Kim Lee") == 2
    assert made.accounts["index.html"] == "read"


# Blackboard


def test_blackboard(course: Course, tmp_path: Path) -> None:
    name = "Lesson 6_{}_attempt_2026-03-0{}-12-00-00{}"
    receipt = (
        "Name: Jörg Müller (jm)\r\nAssignment: Lesson 6\r\nDate Submitted: Monday, March 2, 2026\r\n\r\n"
        "Submission Field:\r\nThere is no student submission text data for this assignment.\r\n\r\n"
        "Comments:\r\n{}\r\n\r\nFiles:\r\n\tOriginal filename: hw.ipynb\r\n"
    )
    nothing = receipt.format("There are no student comments for this assignment.").encode()
    source = packed(
        tmp_path / "gradebook_CNN_Lesson206_2026-03-09-10-00-00.zip",
        [
            (name.format("jm", 1, "_hw.ipynb"), written(course, "first")),
            (name.format("jm", 1, ".txt"), nothing),
            (name.format("jm", 2, "_hw.ipynb"), written(course, "second")),
            (name.format("jm", 2, ".txt"), receipt.format("Please use this one.").encode()),
            (name.format("kd", 3, ".txt"), nothing),
        ],
    )
    made = collect(course, source)
    assert made.form == "blackboard"
    row = rows(made)["jm"]
    assert (row.name, mark_of(submitted(course, "jm"))) == ("Jörg Müller", "second")
    assert row.remarks == ["the newest of 2 tries", "comment: Please use this one."]
    assert stamp(course, "jm") == "2026-03-02 11:00:00.000000 UTC"
    assert "kd_attempt_2026-03-03-12-00-00.txt: no notebook; only a receipt" in reasons(made)


def test_blackboards_gradebook_is_a_roster(course: Course, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "s.zip",
        [("Lesson 6_jm_attempt_2026-03-01-12-00-00_hw.ipynb", written(course, "x"))],
    )
    roster = 'Last Name\tFirst Name\tUsername\tStudent ID\tLast Access\n"Müller"\t"Jörg"\t"jm"\t"s1"\t""\n'
    made = collect(course, source, roster=roster.encode("utf-16"))
    assert [(row.student, row.name) for row in made.rows] == [("jm", "Jörg Müller")]


# nbgrader's exchange


def test_the_exchange(course: Course, tmp_path: Path) -> None:
    names = [f"jdoe+{LESSON}+2026-03-0{n} 12:00:00.000000 UTC+x{n}" for n in (1, 2)]
    members = [(f"{name}/{FILE}", written(course, name[-1])) for name in names]
    members += [(f"{name}/timestamp.txt", name.split("+")[2].encode()) for name in names]
    members += [(f"{name}/submission_secret.txt", b"secret") for name in names]
    laid(tmp_path / "exchange" / "convcourse" / "inbound", members)
    made = collect(course, tmp_path / "exchange" / "convcourse")
    assert made.form == "exchange"
    assert mark_of(submitted(course, "jdoe")) == "2"
    assert stamp(course, "jdoe") == "2026-03-02 12:00:00.000000 UTC"
    assert submitted(course, "jdoe", "submission_secret.txt").read_bytes() == b"secret"
    assert made.unmatched == []


@pytest.mark.parametrize(
    ("owner", "taken"),
    [
        ((54321, "jdoe"), True),
        ((54321, "mallory"), False),
        ((0, "root"), True),
        ((os.getuid(), "teacher"), True),
    ],
)
def test_only_the_student_or_who_collects_may_own_a_submission(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: tuple[int, str], taken: bool
) -> None:
    name = f"jdoe+{LESSON}+2026-03-01 12:00:00.000000 UTC"
    laid(tmp_path / "course_id" / "inbound", [(f"{name}/{FILE}", written(course, "x"))])
    monkeypatch.setattr(sources, "owner_of", lambda path: owner)
    made = collect(course, tmp_path / "course_id")
    assert (list(rows(made)) == ["jdoe"]) == taken
    assert ("in the name of jdoe, but mallory put it there" in reasons(made)) != taken


# Folders and clones


@pytest.mark.parametrize(
    "path",
    [
        f"jdoe/{LESSON}/{FILE}",
        f"jdoe/06/{FILE}",
        "jdoe/my homework.ipynb",
        f"{LESSON}/jdoe/hw.ipynb",
        f"class/jdoe/{FILE}",
        f"jdoe/{LESSON}/deep/er/{FILE}",
    ],
)
def test_a_folder(course: Course, tmp_path: Path, path: str) -> None:
    members = [(path, written(course, "x")), (path.replace("jdoe", "ann"), written(course, "y"))]
    made = collect(course, laid(tmp_path / "in", members))
    assert (made.form, sorted(rows(made))) == ("folder", ["ann", "jdoe"])
    assert mark_of(submitted(course, "jdoe")) == "x"


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("jdoe.ipynb", "jdoe"),
        ("06 Jane Doe (1).ipynb", "jdoe"),
        ("hw_jdoe.ipynb", "jdoe"),
        ("Doe, Jane/hw.ipynb", "jdoe"),
        ("Homework of Zoe Gross/hw.ipynb", ""),
        ("zoë groß.ipynb", "zg"),
        ("Zoe Groß/hw.ipynb", "zg"),
        ("hw.ipynb", ""),
        ("jdoe and zg.ipynb", ""),
    ],
)
def test_a_roster_finds_students_in_names(course: Course, tmp_path: Path, name: str, who: str) -> None:
    roster = "id,name\njdoe,Jane Doe\nzg,Zoë Groß\n".encode()
    made = collect(course, laid(tmp_path / "in", [(name, written(course, "x"))]), roster=roster)
    assert list(rows(made)) == ([who] if who else [])
    assert bool(made.unmatched) != bool(who)


def test_everything_may_be_one_students(course: Course, tmp_path: Path) -> None:
    source = packed(tmp_path / "mail.zip", [("a/b.ipynb", written(course, "x")), ("a/util.py", b"X = 1\n")])
    collect(course, source, student="jdoe")
    assert submitted(course, "jdoe", "util.py").is_file()
    single = tmp_path / "hw.ipynb"
    single.write_bytes(written(course, "y"))
    collect(course, single, student="ann")
    assert mark_of(submitted(course, "ann")) == "y"
    with pytest.raises(CourseError, match="nobody in the roster is called 'ben'"):
        collect(course, single, student="ben", roster=b"id\nann\n")


def test_the_time_of_a_file_in_a_folder(course: Course, tmp_path: Path) -> None:
    source = laid(
        tmp_path / "in",
        [
            (f"ann/{LESSON}/{FILE}", written(course, "a")),
            (f"ben/{LESSON}/{FILE}", written(course, "b")),
            (f"ben/{LESSON}/timestamp.txt", b"2026-03-01 20:00:00 +0100"),
            (f"cat/{LESSON}/{FILE}", written(course, "c")),
            (f"cat/{LESSON}/timestamp.txt", b"last night"),
        ],
    )
    moment = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()
    os.utime(source / "ann" / LESSON / FILE, (moment, moment))
    made = collect(course, source)
    assert stamp(course, "ann") == "2026-02-03 04:05:06.000000 UTC"
    assert stamp(course, "ben") == "2026-03-01 20:00:00 +0100"
    assert rows(made)["ben"].handed_in == "2026-03-01 19:00:00 UTC"
    assert "year first" in rows(made)["cat"].remarks[0]


def test_a_students_zip_brings_no_time_of_its_own(course: Course, tmp_path: Path) -> None:
    inner = packed(
        tmp_path / "x.zip", [(FILE, written(course, "x")), ("timestamp.txt", b"2020-01-01 00:00:00 UTC")]
    )
    laid(tmp_path / "in", [(f"jdoe/{LESSON}/hw.zip", inner.read_bytes())])
    for source in (tmp_path / "in", inner):
        collect(course, source, student="jdoe" if source == inner else "")
        assert not stamp(course, "jdoe").startswith("2020")
    canvas = packed(tmp_path / "c.zip", [("doejane_1_2_hw.zip", inner.read_bytes())])
    collect(course, canvas)
    assert not submitted(course, "doejane_1", "timestamp.txt").exists()


def git(folder: Path, *words: str, when: str = "2026-03-01T12:00:00+01:00") -> None:
    names = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    surroundings = {**os.environ, **names, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, env=surroundings)


def clone(folder: Path, members: Members) -> Path:
    """A git repository with one commit."""
    laid(folder, members)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "work")
    return folder


def test_clones_have_the_time_of_the_last_commit_that_touched_the_notebook(
    course: Course, tmp_path: Path
) -> None:
    first = clone(
        tmp_path / "in" / "06-stride-padding-size-jdoe", [(f"work/[{LESSON}].ipynb", written(course, "x"))]
    )
    laid(first, [("README.md", b"later\n")])
    git(first, "add", "-A")
    git(first, "commit", "-qm", "words", when="2026-04-01T12:00:00+01:00")
    clone(tmp_path / "in" / "ann", [(FILE, written(course, "y"))])
    laid(tmp_path / "in" / "ann", [(FILE, written(course, "not committed"))])
    made = collect(course, tmp_path / "in")
    assert (made.form, sorted(rows(made))) == ("git", ["ann", "jdoe"])
    assert stamp(course, "jdoe") == "2026-03-01 11:00:00.000000 UTC"
    assert rows(made)["ann"].remarks == ["differs from the last commit; the file counts"]
    assert not submitted(course, "jdoe", ".git").exists()
    single = collect(course, first, roster=b"id,login\ns1,jdoe\n", dry_run=True)
    assert "was collected as jdoe before, and is s1 now" in reasons(single)


def test_a_clones_settings_start_no_program(course: Course, tmp_path: Path) -> None:
    source = clone(tmp_path / "in" / "jdoe", [(FILE, written(course, "x"))])
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "core.sshCommand", "diff.external"):
        git(source, "config", name, str(program))
    git(source, "config", "log.showSignature", "true")
    git(source, "config", "extensions.partialClone", "origin")
    git(source, "config", "remote.origin.url", f"ext::{program}")
    git(source, "config", "protocol.ext.allow", "always")
    (tmp_path / "started").unlink(missing_ok=True)
    collect(course, source)
    assert stamp(course, "jdoe") == "2026-03-01 11:00:00.000000 UTC"
    assert not (tmp_path / "started").exists()


# Which lesson


@pytest.fixture
def two(course: Course) -> Course:
    """The course with a second lesson."""
    path = course.folder("source", OTHER, f"{OTHER}.ipynb")
    path.parent.mkdir(parents=True)
    words = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    path.write_text(json.dumps(notebook([cell(words, "words_pooling", "words", 2)])))
    release(course, [OTHER])
    return course


def other(course: Course, mark: str = "") -> bytes:
    content = json.loads(course.folder("release", OTHER, f"{OTHER}.ipynb").read_bytes())
    content["cells"] += [cell(f"# {mark}")] if mark else []
    return json.dumps(content).encode()


def test_the_cells_say_which_lesson_it_is(two: Course, tmp_path: Path) -> None:
    source = laid(tmp_path / "in", [("ann/a.ipynb", written(two, "x")), ("ben/b.ipynb", other(two, "y"))])
    assert {row.student: row.lesson for row in collect(two, source).rows} == {"ann": LESSON, "ben": OTHER}


def test_a_name_that_the_cells_contradict_is_said(two: Course, tmp_path: Path) -> None:
    source = laid(tmp_path / "in", [(f"ann/{FILE}", other(two, "x"))])
    (row,) = collect(two, source).rows
    assert (row.lesson, row.remarks) == (OTHER, [f"called {FILE}, with the cells of {OTHER}"])
    made = collect(two, source, lesson="06")
    assert f"is the notebook of {OTHER}, not of {LESSON}" in reasons(made)


def test_of_a_copy_of_the_whole_course_what_was_worked_on_is_collected(two: Course, tmp_path: Path) -> None:
    members = [(f"course/{LESSON}/{FILE}", written(two, "x")), (f"course/{OTHER}/{OTHER}.ipynb", other(two))]
    inner = packed(tmp_path / "x.zip", members)
    source = packed(tmp_path / "s.zip", [("doejane_1_2_course.zip", inner.read_bytes())])
    for lesson in ("", "06"):
        made = collect(two, source, lesson=lesson)
        assert [row.lesson for row in made.rows] == [LESSON]
        assert made.unmatched == []


def test_what_is_of_no_lesson_is_listed(course: Course, tmp_path: Path) -> None:
    strange = json.dumps(notebook([cell("print(1)")])).encode()
    source = laid(tmp_path / "in", [("ann/a.ipynb", strange)])
    assert "of which lesson?" in reasons(collect(course, source))
    assert rows(collect(course, source, lesson="06"))["ann"].status == "new"


def test_a_broken_notebook_is_collected_for_grade_to_name(course: Course, tmp_path: Path) -> None:
    source = packed(tmp_path / "s.zip", [("doejane_1_2_hw.ipynb", written(course, "x")[:500])])
    assert "give --lesson" in reasons(collect(course, source))
    (row,) = collect(course, source, lesson="06").rows
    assert "breaks off in the middle" in row.remarks[0]


def test_a_notebook_with_large_outputs_is_collected_whole(course: Course, tmp_path: Path) -> None:
    course.grading.notebook_bytes = 100_000
    content = json.loads(written(course, "x"))
    content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "y" * 300_000}]
    large = json.dumps(content).encode()
    source = packed(tmp_path / "s.zip", [("doejane_1_2_hw.ipynb", large)])
    (row,) = collect(course, source).rows
    assert submitted(course, row.student).read_bytes() == large


def test_of_two_notebooks_in_one_try_the_newer_counts(course: Course, tmp_path: Path) -> None:
    source = laid(
        tmp_path / "in", [("ann/a.ipynb", written(course, "a")), ("ann/b.ipynb", written(course, "b"))]
    )
    os.utime(source / "ann" / "a.ipynb", (2e9, 2e9))
    made = collect(course, source)
    assert mark_of(submitted(course, "ann")) == "a"
    assert rows(made)["ann"].remarks == ["of 2 notebooks a.ipynb counts"]


def test_two_notebooks_that_cannot_be_told_apart_are_listed(course: Course, tmp_path: Path) -> None:
    members = [("ann/a.ipynb", written(course, "a")), ("ann/b.ipynb", written(course, "b"))]
    source = laid(tmp_path / "in", members)
    for name in ("a", "b"):
        os.utime(source / "ann" / f"{name}.ipynb", (1.7e9, 1.7e9))
    assert "which one? a.ipynb, b.ipynb differ, and none is newer" in reasons(collect(course, source))


# Twice


def test_collecting_twice_changes_nothing(course: Course, tmp_path: Path) -> None:
    members = [
        ("Zoë Groß_12_assignsubmission_file/hw.ipynb", written(course, "zoë")),
        ("Zoë Groß_12_assignsubmission_file/x.py", b"X = 1\n"),
        ("Ann =Lee, Jr_13_assignsubmission_file/hw.pdf", b"%PDF-1.4"),
    ]
    source = packed(tmp_path / "s.zip", members)
    first = collect(course, source, roster=WORKSHEET)
    before = everything(course.folder("submitted"))
    second = collect(course, packed(tmp_path / "s (1).zip", members), roster=WORKSHEET)
    assert [row.status for row in second.rows] == ["unchanged"]
    assert second.unmatched == first.unmatched
    assert everything(course.folder("submitted")) == before
    assert not course.folder("submitted", placing.STAGING).exists()


def test_a_newer_try_replaces_an_older_one_which_is_kept(course: Course, tmp_path: Path) -> None:
    name = "Lesson 6_jm_attempt_2026-03-0{}-12-00-00_hw.ipynb"
    sources = [packed(tmp_path / f"{n}.zip", [(name.format(n), written(course, str(n)))]) for n in (1, 2, 3)]
    assert [rows(collect(course, source))["jm"].status for source in sources] == [
        "new",
        "replaced",
        "replaced",
    ]
    assert mark_of(submitted(course, "jm")) == "3"
    earlier = submitted(course, "jm", placing.EARLIER)
    assert sorted(path.name for path in earlier.iterdir()) == ["2026-03-01T11-00-00", "2026-03-02T11-00-00"]
    assert mark_of(earlier / "2026-03-01T11-00-00" / FILE) == "1"
    before = everything(course.folder("submitted"))
    assert rows(collect(course, sources[0]))["jm"].status == "older"
    assert everything(course.folder("submitted")) == before


def test_the_time_may_become_known_later(course: Course, tmp_path: Path) -> None:
    members = [("Zoë Groß_12_assignsubmission_file/hw.ipynb", written(course, "zoë"))]
    source = packed(tmp_path / "s.zip", members)
    roster = b"id,name\nzoe@uni.example," + "Zoë Groß\n".encode()
    collect(course, source, roster=roster)
    assert not submitted(course, "zoe@uni.example", "timestamp.txt").exists()
    assert rows(collect(course, source, roster=WORKSHEET))["zoe@uni.example"].status == "time added"
    assert (
        rows(collect(course, source, roster=WORKSHEET, zone="UTC"))["zoe@uni.example"].status == "time added"
    )
    assert stamp(course, "zoe@uni.example") == "2026-06-10 14:14:00.000000 UTC"


def test_a_time_that_the_instructor_wrote_stays(course: Course, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "s.zip", [("Zoë Groß_12_assignsubmission_file/hw.ipynb", written(course, "zoë"))]
    )
    collect(course, source, roster=WORKSHEET)
    submitted(course, "zoe@uni.example", "timestamp.txt").write_text("2026-06-01 12:00:00 UTC")
    made = collect(course, source, roster=WORKSHEET, zone="UTC")
    assert rows(made)["zoe@uni.example"].status == "unchanged"
    assert stamp(course, "zoe@uni.example") == "2026-06-01 12:00:00 UTC"


def test_what_was_put_there_by_hand_is_never_lost(course: Course, tmp_path: Path) -> None:
    name = "Lesson 6_jm_attempt_2026-03-01-12-00-00_hw.ipynb"
    source = packed(tmp_path / "s.zip", [(name, written(course, "sent"))])
    path = submitted(course, "jm")
    path.parent.mkdir(parents=True)
    path.write_bytes(written(course, "by hand"))
    assert "holds other work" in reasons(collect(course, source))
    assert mark_of(path) == "by hand"
    (path.parent / "timestamp.txt").write_text("2026-03-05 12:00:00 UTC")
    assert rows(collect(course, source))["jm"].status == "older"
    (path.parent / "timestamp.txt").write_text("2026-02-05 12:00:00 UTC")
    assert rows(collect(course, source))["jm"].status == "replaced"
    assert mark_of(path.parent / placing.EARLIER / "2026-02-05T12-00-00" / FILE) == "by hand"


def test_tries_without_time_or_number_are_listed(course: Course, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for n in (1, 2):
        name = f"Ann A_{n}_assignsubmission_file/hw.ipynb"
        packed(tmp_path / "in" / f"{n}.zip", [(name, written(course, str(n)))])
    made = collect(course, tmp_path / "in")
    assert reasons(made).count("nothing says which is the newest") == 2


def test_a_killed_run_loses_nothing(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "Lesson 6_jm_attempt_2026-03-0{}-12-00-00_hw.ipynb"
    sources = [packed(tmp_path / f"{n}.zip", [(name.format(n), written(course, str(n)))]) for n in (1, 2)]
    collect(course, sources[0])
    real = Path.rename

    class Killed(BaseException):
        pass

    for fatal in (1, 2):
        calls = 0

        def dying(path: Path, target: Path, fatal: int = fatal) -> Path:
            nonlocal calls
            calls += 1
            if calls == fatal:
                raise Killed
            return real(path, target)

        monkeypatch.setattr(Path, "rename", dying)
        with pytest.raises(Killed):
            collect(course, sources[1])
        monkeypatch.setattr(Path, "rename", real)
        if fatal == 1:
            assert mark_of(submitted(course, "jm")) == "1"
    assert rows(collect(course, sources[1]))["jm"].status == "unchanged"
    assert mark_of(submitted(course, "jm")) == "2"
    assert mark_of(submitted(course, "jm", placing.EARLIER) / "2026-03-01T11-00-00" / FILE) == "1"


def test_a_student_whose_folder_a_killed_run_left_unmoved_is_collected_by_the_next(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Lesson 6_s{}_attempt_2026-03-01-12-00-00_hw.ipynb"
    members = [(name.format(n), written(course, str(n))) for n in (1, 2)]
    source = packed(tmp_path / "s.zip", members)
    real = Path.rename

    class Killed(BaseException):
        pass

    def dying(path: Path, target: Path) -> Path:
        if target.name == "s2":
            raise Killed
        return real(path, target)

    monkeypatch.setattr(Path, "rename", dying)
    with pytest.raises(Killed):
        collect(course, source)
    assert not course.folder("submitted", "s2").exists()
    monkeypatch.setattr(Path, "rename", real)
    assert {one.student: one.status for one in collect(course, source).rows} == {
        "s1": "unchanged",
        "s2": "unchanged",
    }
    assert mark_of(submitted(course, "s2")) == "2"
    assert not course.folder("submitted", placing.STAGING).exists()


# What nobody can trust


def test_hostile_names_write_nothing_elsewhere(course: Course, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(FILE, written(course, "x"))
        for name in (
            "../../escaped.py",
            "/tmp/escaped.py",
            "a/../../escaped.py",
            "C:/escaped.py",
            "..\\escaped.py",
        ):
            archive.writestr(name, b"X = 1\n")
        for name in (
            ".collected.json",
            "submission_secret.txt",
            "sub/timestamp.txt",
            ".earlier/x/escaped.py",
        ):
            archive.writestr(name, b"{}")
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("x" * 250 + ".py", b"X = 1\n")
        archive.writestr("tab\tin.py", b"X = 1\n")
    source = packed(
        tmp_path / "s.zip",
        [
            ("doejane_1_2_hw.zip", inner.getvalue()),
            ("../doeann_2_3_hw.ipynb", written(course, "y")),
            ("..._3_4_hw.ipynb", written(course, "z")),
        ],
    )
    made = collect(course, source)
    assert list(rows(made)) == ["doejane_1"]
    assert sorted(path.name for path in submitted(course, "doejane_1").parent.iterdir()) == [
        placing.RECORD,
        FILE,
    ]
    assert not list(tmp_path.rglob("*escaped.py"))
    assert reasons(made).count("leads out of the zip") == 6
    assert "it is a link" in reasons(made)


def test_links_between_students_are_not_followed(course: Course, tmp_path: Path) -> None:
    source = laid(tmp_path / "in", [(f"ann/{LESSON}/{FILE}", written(course, "hers"))])
    (source / "ben" / LESSON).mkdir(parents=True)
    (source / "ben" / LESSON / FILE).symlink_to(source / "ann" / LESSON / FILE)
    (source / "cat").symlink_to(source / "ann")
    made = collect(course, source)
    assert list(rows(made)) == ["ann"]
    assert reasons(made).count("link") == 2


def test_a_bomb_is_not_unpacked(course: Course, tmp_path: Path) -> None:
    bomb = packed(tmp_path / "b.zip", [(FILE, b"{" + b" " * 30_000_000), ("x.csv", b"0" * 60_000_000)])
    source = packed(
        tmp_path / "s.zip",
        [("doejane_1_2_hw.zip", bomb.read_bytes()), ("doeann_2_3_hw.ipynb", written(course, "x"))],
    )
    made = collect(course, source, lesson="06")
    assert list(rows(made)) == ["doeann_2"]
    assert "MB" in reasons(made)


def test_every_file_has_an_account(course: Course, tmp_path: Path) -> None:
    source = laid(
        tmp_path / "in",
        [
            (f"ann/{LESSON}/{FILE}", written(course, "x")),
            (f"ann/{LESSON}/img/a.png", b"\x89PNG"),
            ("ann/.DS_Store", b"x"),
            ("ben/hw.docx", b"PK\x03\x04"),
            ("notes.txt", b"call Ben"),
        ],
    )
    made = collect(course, source)
    there = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert there == made.accounts.keys()
    assert {path for path, what in made.accounts.items() if what.startswith("not matched")} == {
        "ben/hw.docx",
        "notes.txt",
    }


# The command


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no"),
        (lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 100), "is cut off: download it again"),
        (
            lambda path: path.write_bytes(packed(path, [("a.ipynb", b"x" * 999)]).read_bytes()[:-30]),
            "cut off",
        ),
        (lambda path: path.write_bytes(b"PK\x05\x06" + b"\xff" * 18), "download it again|unpack it"),
        (lambda path: packed(path, []), "is an empty zip: download it again"),
        (lambda path: path.write_bytes(b"%PDF-1.4"), "is not a zip but a PDF"),
        (lambda path: path.write_bytes(b"hello"), "is not a zip but a text file"),
    ],
)
def test_a_source_that_cannot_be_opened_is_one_line_and_code_2(
    course: Course,
    tmp_path: Path,
    make: Any,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / "s.zip"
    make(source)
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(sys, "argv", ["autograder", "collect", str(source)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert any(word in line for word in words.split("|"))
    assert not course.folder("submitted").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lesson": "99"}, "no lesson '99'"),
        ({"zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"form": "email"}, "no format 'email'"),
        ({"form": "moodle"}, "no file in it is named as moodle names them"),
        ({"roster": b""}, "the roster is empty"),
        ({"roster": b"colour\nred\n"}, "no column that says who a student is"),
        ({"roster": b"id,name\nann,A\nann,B\n"}, "two students in the roster have the id ann"),
        ({"roster": b"PK\x03\x04"}, "download it as CSV"),
    ],
)
def test_a_wrong_option_is_named(course: Course, tmp_path: Path, options: dict[str, Any], words: str) -> None:
    source = laid(tmp_path / "in", [(f"ann/{FILE}", written(course, "x"))])
    with pytest.raises(CourseError, match=words):
        collect(course, source, **options)
    assert not course.folder("submitted").exists()


@pytest.mark.parametrize("form", ["canvas", "folder"])
def test_a_roster_of_another_course_is_one_line_and_enters_nobody(
    course: Course, tmp_path: Path, form: str
) -> None:
    names = ("doejane", "leeann", "mossmo")
    pattern = "{}_1{}_45{}_hw.ipynb" if form == "canvas" else "{}/{}{}.ipynb"
    files = [(pattern.format(name, n, n), written(course, name)) for n, name in enumerate(names)]
    source = packed(tmp_path / "s.zip", files)
    with pytest.raises(CourseError, match="sent any of the 3 submissions: is it another course's"):
        collect(course, source, lesson="06", roster=b"id,name\nzoe,Zoe Other\nyan,Yan Other\n")
    assert not list(course.folder("submitted").glob("[!.]*"))
    assert not {"zoe", "yan"} & {one.id for one in gradebook.students(course)}
    made = collect(course, source, lesson="06", roster=b"id,name\nzoe,Zoe Other\nmo,Mo Moss\n")
    assert rows(made).keys() == {"mo"}
    assert len(made.unmatched) == 2


@pytest.mark.parametrize("step", ["", "submitted", "release"])
def test_the_course_itself_is_no_source(course: Course, step: str) -> None:
    course.folder("submitted").mkdir(exist_ok=True)
    with pytest.raises(CourseError, match="SOURCE must be somewhere else"):
        collect(course, course.root / step)


def test_the_command_says_what_became_of_each_file(course: Course, run: Run, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "s.zip",
        [("doejane_1_2_hw.ipynb", written(course, "x")), ("roeann_2_3_hw.pdf", b"%PDF-1.4")],
    )
    dry = run(source, "--dry-run")
    assert dry.exit_code == 1
    assert "nothing was written" in dry.output
    assert not course.folder("submitted").exists()
    done = run(source, "--lesson", "06")
    assert done.exit_code == 1
    assert "canvas: 1 new" in done.output
    assert "roeann_2_3_hw.pdf: no notebook; there is hw.pdf (a PDF: the notebook itself" in done.output
    told = json.loads(run(source, "--json").stdout)
    assert [row["status"] for row in told["rows"]] == ["unchanged"]
    assert told["unmatched"][0]["file"] == "roeann_2_3_hw.pdf"


def test_the_table_of_a_large_class_is_cut_and_keeps_what_has_a_remark(
    course: Course, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MOST_ROWS", 2)
    names = ("aa_1_11_hw.ipynb", "bb_2_12_hw.ipynb", "cc_3_13_hw.ipynb", "dd_LATE_4_14_hw.ipynb")
    source = packed(tmp_path / "s.zip", [(name, written(course, name)) for name in names])
    said = run(source).output
    assert [name for name in names if name in said] == [names[0], names[3]]
    assert "and 2 more: --json lists them all" in said
    assert "canvas: 4 new" in said


def test_whoever_sent_what_cannot_be_taken_is_not_among_those_who_sent_nothing(
    course: Course, tmp_path: Path
) -> None:
    source = packed(tmp_path / "s.zip", [("roeann_2_3_hw.pdf", b"%PDF-1.4")])
    made = collect(course, source, roster=b"id,name,lms_id\njdoe,Jane Doe,1\nann,Ann Roe,2\n")
    assert "no notebook" in reasons(made)
    assert made.missing == ["jdoe"]


def test_the_command_without_anything_unmatched_ends_with_0(course: Course, run: Run, tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("id,name\njdoe,Jane Doe\nann,Ann Roe\n")
    source = packed(tmp_path / "s.zip", [("doejane_1_2_hw.ipynb", written(course, "x"))])
    done = run(source, "--roster", roster)
    assert done.exit_code == 0
    assert "nothing here: ann" in done.output
    assert "Example: autograder collect" in run("--help").output


@pytest.mark.sandbox
def test_what_was_collected_is_graded(course: Course, tmp_path: Path, workers: Workers) -> None:
    members = [
        ("Zoë Groß_12_assignsubmission_file/abgabe.ipynb", written(course, "zoë", **SOLUTIONS)),
        ("Ann =Lee, Jr_13_assignsubmission_file/hw.ipynb", written(course, "ann")),
    ]
    first = packed(tmp_path / "1.zip", members)
    collect(course, first, roster=WORKSHEET)
    newer = [members[0], (members[1][0], written(course, "ann again", **SOLUTIONS))]
    collect(course, packed(tmp_path / "2.zip", newer), roster=WORKSHEET)
    graded = batch.grade(course, [LESSON], batch.Options(), executor=workers)
    assert {(row.student, row.status, row.score) for row in graded} == {
        ("ann@uni.example", GRADED, 5.0),
        ("zoe@uni.example", GRADED, 5.0),
    }
    assert [row.remarks for row in graded] == [[], []]
    assert graded[1].handed_in.startswith("2026-06-10 12:14:00")


def test_what_collect_keeps_beside_a_notebook_is_nobodys_work(course: Course, tmp_path: Path) -> None:
    name = "Lesson 6_jm_attempt_2026-03-0{}-12-00-00_hw.ipynb"
    for n in (1, 2):
        collect(course, packed(tmp_path / f"{n}.zip", [(name.format(n), written(course, str(n)))]))
    seen = intake.scan(
        course, [LESSON], lambda lesson: json.loads(course.folder("release", LESSON, FILE).read_bytes())
    )
    assert [entry.name for found in seen.found for entry in found.entries] == [FILE, "timestamp.txt"]
    assert seen.misplaced_files == []
