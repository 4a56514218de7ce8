"""A student is forgotten everywhere, and nobody else is touched."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.cli import app
from autograder.commands import forget
from autograder.course import gradebook
from autograder.course.course import Course, CourseError
from autograder.course.gradebook import GradebookWriter, Handed
from autograder.grading import cache
from support.grading_course import LESSON, SOLUTIONS, HandIn, handing_in

# Each is a trap for another: a beginning, a part, an odd character, a pattern, a file's ending.
CLASS = [
    "ann",
    "ann lee",
    "ann.lee",
    "ann-2",
    "anna",
    "joann",
    "o'neil",
    "José",
    "ann.json",
    "12",
    "a+b@uni.edu",
]
PATTERN = "a.n"  # as a pattern it would be ann


def graded(course: Course, hand_in: HandIn, students: list[str]) -> None:
    """What grading and feedback leave behind for a class, without the sandbox."""
    penalties, log, table = {}, ["2026-03-01 10:00:00 grading"], ["Student ID,Full name,06_stride (12)"]
    for student in students:
        path = hand_in(student, SOLUTIONS)
        for step, suffix in (("autograded", ".ipynb"), ("feedback", ".html")):
            copy = course.folder(step, student, LESSON, f"{LESSON}{suffix}")
            copy.parent.mkdir(parents=True)
            shutil.copy(path, copy)
        row = {"student": student, "id": student, "lesson": LESSON, "file": f"autograded/{student}/{LESSON}"}
        cache.store(course, student, LESSON, {"seed": "1"}, row)
        mark = course.state / "feedback" / LESSON / student
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text("digest")
        penalties[f"{student}/{LESSON}/{LESSON}"] = "digest"
        log.append(f"2026-03-01 10:00:01 {student} {LESSON}: graded 5 of 5 in 0.1 s (new submission)")
        log.append(f"2026-03-01 10:00:02 unreadable submitted/{student}/{LESSON}/x: a picture")
        table.append(f'"{student}","Ms {student} X",12')
    with GradebookWriter(course) as book:
        for student in students:
            book.save_ungraded(Handed(student, LESSON, student), LESSON)
    (course.state / "penalties.json").write_text(json.dumps(penalties))
    (course.state / "grade.log").write_text("\n".join(log) + "\n")
    (course.root / "grades.csv").write_bytes(("\ufeff" + "\r\n".join(table) + "\r\n").encode())
    (course.root / "report.json").write_text(json.dumps({"lessons": {LESSON: {"students": students}}}))


def traces(course: Course, student: str) -> list[str]:
    """Where a course still holds something of a student."""
    with Gradebook(course.db_url) as book:
        found = ["gradebook"] * (student in [one.id for one in book.students])
    for step in forget.STEPS:
        found += [step] * course.folder(step, student).exists()
    for path in (
        course.state / "graded" / LESSON / f"{student}.json",
        course.state / "feedback" / LESSON / student,
    ):
        found += [str(path)] * path.exists()
    penalties = json.loads((course.state / "penalties.json").read_text())
    found += ["penalties"] * (f"{student}/{LESSON}/{LESSON}" in penalties)
    log = (course.state / "grade.log").read_text().splitlines()
    found += ["log"] * any(f":01 {student} {LESSON}:" in line for line in log)
    found += ["log of strays"] * any(f" submitted/{student}/" in line for line in log)
    rows = (course.root / "grades.csv").read_bytes().decode().split("\r\n")
    found += ["table"] * any(row.startswith(f'"{student}"') for row in rows)
    students = json.loads((course.root / "report.json").read_text())["lessons"][LESSON]["students"]
    return found + ["report"] * (student in students)


def tree(course: Course) -> dict[str, bytes]:
    return {
        path.relative_to(course.root).as_posix(): path.read_bytes()
        for path in course.root.rglob("*")
        if path.is_file() and path.name not in ("lock", "gradebook.db")
    }


@pytest.fixture(scope="module")
def with_class(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny course with a class in it whose names are traps for each other."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(released, root)
    course = Course.open(root)
    graded(course, handing_in(course), [*CLASS, PATTERN])
    return root


@pytest.fixture
def full(with_class: Path, tmp_path: Path) -> Course:
    """A copy of that course, for one test."""
    root = tmp_path / "full"
    shutil.copytree(with_class, root)
    return Course.open(root)


def test_everything_of_a_student_goes_and_nothing_of_anybody_else(full: Course) -> None:
    everywhere = len(traces(full, "ann"))
    assert everywhere == 11
    for number, student in enumerate(["ann", "12", "ann.json", "o'neil", "José"]):
        forget.forget(full, student)
        assert traces(full, student) == [], student
        rest = {other: len(traces(full, other)) for other in [*CLASS, PATTERN]}
        assert list(rest.values()).count(everywhere) == len(CLASS) - number, (student, rest)
        with pytest.raises(CourseError, match="no student"):
            forget.plan(full, student)


def test_a_table_keeps_every_other_byte(full: Course) -> None:
    before = (full.root / "grades.csv").read_bytes()
    forget.forget(full, "ann")
    assert (full.root / "grades.csv").read_bytes() == before.replace(b'"ann","Ms ann X",12\r\n', b"")


def test_the_database_file_holds_no_rest_of_the_name(course: Course, hand_in: HandIn) -> None:
    graded(course, hand_in, ["quaggamuffin", "bob"])
    assert course.database is not None
    assert b"quaggamuffin" in course.database.read_bytes()
    forget.forget(course, "quaggamuffin")
    assert b"quaggamuffin" not in course.database.read_bytes()
    assert b"bob" in course.database.read_bytes()


def test_without_yes_it_lists_and_changes_nothing(full: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(full.root)
    before = tree(full)
    result = CliRunner().invoke(app, ["forget", "ann"])
    assert result.exit_code == 0, result.output
    for words in ("remove  submitted/ann: 1 file", "gradebook: 1 submission", "edit  grades.csv: 1 row"):
        assert words in result.output
    assert "ann lee" not in result.output
    assert tree(full) == before
    listed = CliRunner().invoke(app, ["forget", "ann", "--json"])
    assert {step["where"] for step in json.loads(listed.output)} >= {"submitted/ann", "gradebook"}


def test_with_yes_it_says_what_was_done(full: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(full.root)
    result = CliRunner().invoke(app, ["forget", "ann", "--yes"])
    assert result.exit_code == 0, result.output
    assert "removed  submitted/ann: 1 file" in result.output
    assert traces(full, "ann") == []


@pytest.mark.parametrize("name", ["nobody", "an", "", "*", "../ann", "ann'--", "an%"])
def test_an_id_that_is_nobodys_is_one_line(full: Course, name: str) -> None:
    before = tree(full)
    with pytest.raises(CourseError, match=r"^no student .* in this course[^\n]*$"):
        forget.forget(full, name)
    assert tree(full) == before


@pytest.mark.parametrize("page", ["CHANGELOG.md", "report/class.html"])
def test_an_ordinary_word_in_a_page_is_no_student(full: Course, page: str) -> None:
    path = full.root / page
    path.parent.mkdir(exist_ok=True)
    path.write_text("for nobody")
    with pytest.raises(CourseError, match=r"^no student 'nobody' in this course"):
        forget.forget(full, "nobody")
    assert path.read_text() == "for nobody"


@pytest.mark.parametrize("stop_at", range(1, 11))
def test_interrupted_at_any_step_the_next_run_finishes(
    full: Course, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, _ = forget.plan(full, "ann")
    doable = [step for step in steps if step.do]
    assert len(doable) == 10
    real = forget.plan

    def broken(*args: Any, **options: Any) -> Any:
        found, journal = real(*args, **options)

        def stop() -> None:
            raise KeyboardInterrupt

        left = [step for step in found if step.do][: stop_at - 1]
        return [*left, forget.Step("remove", "x", "", stop)], journal

    monkeypatch.setattr(forget, "plan", broken)
    with pytest.raises(KeyboardInterrupt):
        forget.forget(full, "ann")
    monkeypatch.setattr(forget, "plan", real)
    forget.forget(full, "ann")
    assert traces(full, "ann") == []
    assert not (full.state / "forgetting").exists()
    assert len(traces(full, "anna")) == 11


def test_what_cannot_be_edited_safely_is_listed(full: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(full.root / "moodle.zip", "w") as archive:
        archive.writestr("ann_123_assignsubmission_file_/06.ipynb", "{}")
        archive.writestr("anna_124_assignsubmission_file_/06.ipynb", "{}")
    (full.root / "notes.md").write_text("ann was ill in May; so was anna.")
    (full.root / "others.md").write_text("anna, ann-2 and ann lee were ill.")
    (full.state / "similar.html").write_text("<p>ann")
    monkeypatch.chdir(full.root)
    result = CliRunner().invoke(app, ["forget", "ann", "--yes"])
    assert result.exit_code == 1
    by_hand = result.output.partition("Left for you")[2]
    assert "moodle.zip: delete it, or take out ann_123_assignsubmission_file_/06.ipynb" in by_hand
    assert "anna_124" not in result.output
    assert "notes.md" in by_hand
    assert "others.md" not in result.output
    assert (full.root / "moodle.zip").exists()
    assert not (full.state / "similar.html").exists()


def test_a_shared_full_name_decides_nothing(full: Course) -> None:
    with Gradebook(full.db_url) as book:
        for student in ("ann", "anna"):
            book.update_or_create_student(student, first_name="Ann", last_name="Lee")
    (full.root / "roster.csv").write_text("name,id\nAnn Lee,ann\nAnn Lee,anna\n")
    forget.forget(full, "ann")
    assert (full.root / "roster.csv").read_text() == "name,id\nAnn Lee,anna\n"
    assert len(traces(full, "anna")) == 11


def test_a_link_goes_and_what_it_leads_to_stays(full: Course, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(full.folder("submitted", "ann"), elsewhere)
    full.folder("submitted", "ann").symlink_to(elsewhere)
    forget.forget(full, "ann")
    assert not full.folder("submitted", "ann").is_symlink()
    assert (elsewhere / LESSON / f"{LESSON}.ipynb").is_file()


def test_under_a_pseudonym_grades_and_notebooks_stay_and_the_name_does_not(full: Course) -> None:
    def sign(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*cells, {"cell_type": "markdown", "id": "s", "metadata": {}, "source": "I am ann, not anna."}]

    handing_in(full)("ann", SOLUTIONS, change=sign)
    gradebook.set_by_hand(full, "ann", LESSON, LESSON, "output_size", 1.5, "Well done, ann.")
    steps = forget.forget(full, "ann", pseudonym=True)
    assert traces(full, "ann") == []
    assert any("see whether it names the student" in step.detail for step in steps if not step.do)
    (new,) = [path.name for path in full.folder("submitted").iterdir() if path.name.startswith("student-")]
    text = full.folder("submitted", new, LESSON, f"{LESSON}.ipynb").read_text()
    assert f"I am {new}, not anna." in text
    with Gradebook(full.db_url) as book:
        assert book.find_grade("test_output_size", LESSON, LESSON, new).score == 1.5
        assert book.find_comment("output_size", LESSON, LESSON, new).comment == f"Well done, {new}."
        assert not book.find_student(new).last_name
    assert cache.load(full, new, LESSON) is not None
    assert f'"{new}"' in (full.root / "report.json").read_text()
    assert len(traces(full, "anna")) == 11


def test_one_way_of_forgetting_is_finished_before_the_other_begins(full: Course) -> None:
    _, journal = forget.plan(full, "ann", pseudonym=True)
    path = forget._journal(full, "ann")
    path.parent.mkdir()
    path.write_text(json.dumps(journal))
    with pytest.raises(CourseError, match="begun with --pseudonym"):
        forget.forget(full, "ann")
    forget.forget(full, "ann", pseudonym=True)
    assert full.folder("submitted", journal["pseudonym"]).is_dir()


def test_verdicts_and_the_reports_pages_go_too(course: Course, hand_in: HandIn) -> None:
    graded(course, hand_in, ["ann", "anna"])
    folder = course.state / "verdicts" / LESSON
    folder.mkdir(parents=True)
    for student in ("ann", "anna"):
        (folder / f"{student}.json").write_text(json.dumps({"verdicts": {}}))
    page = course.root / forget.REPORT / "help.html"
    page.parent.mkdir()
    page.write_text("<p>Who needs help: ann, anna</p>")
    forget.forget(course, "ann")
    assert [path.name for path in folder.iterdir()] == ["anna.json"]
    assert not page.exists()
