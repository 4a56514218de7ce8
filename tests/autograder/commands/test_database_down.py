"""Where the gradebook's server does not answer, each command says so in one line and writes nothing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from autograder import cli
from autograder.course.course import CONFIG, Course
from autograder.nbgrader_plugin import feedback
from support.grading_course import LESSON, SOLUTIONS, HandIn
from support.lms import CANVAS, filled
from support.needs import needs

NOBODY = 'c.CourseDirectory.db_url = "postgresql+psycopg://me:mine@127.0.0.1:9/none"\n'
COMMANDS = (
    "collect downloads/in --roster downloads/roster.csv",
    "release --force",
    "grade --unsafe-no-sandbox",
    "feedback",
    "report",
    "export 06 --to canvas --template downloads/Grades.csv",
    "export --to csv",
    "forget ann --yes",
)


def files(root: Path) -> dict[Path, bytes]:
    """What is in a course, but for logs and locks."""
    found = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".log")
    return {path: path.read_bytes() for path in found if not path.name.endswith("lock")}


@pytest.fixture
def down(course: Course, hand_in: HandIn) -> Course:
    """A course with something of ann's in every folder."""
    needs("psycopg")
    hand_in("ann", SOLUTIONS)
    handed = course.folder("submitted", "ann", LESSON)
    shutil.copytree(handed, course.folder("autograded", "ann", LESSON))
    page = course.folder("feedback", "ann", LESSON, f"{LESSON}.html")
    page.parent.mkdir(parents=True)
    page.write_text("as it was")
    shutil.copytree(handed, course.root / "downloads" / "in" / "bob")
    (course.root / "downloads" / "roster.csv").write_text("id,name\nann,Ann Lee\nbob,Bob Ray\n")
    (course.root / "downloads" / "Grades.csv").write_text(filled(CANVAS))
    with (course.root / CONFIG).open("a") as config:
        config.write(NOBODY)
    return course


@pytest.mark.parametrize("command", COMMANDS)
def test_a_gradebook_that_does_not_answer_is_one_line_and_nothing_is_written(
    down: Course, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(down.root)
    monkeypatch.setattr(sys, "argv", ["autograder", *command.split()])
    before = files(down.root)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    line = printed.err.splitlines()[-1]
    assert line.startswith("autograder: the gradebook")
    assert len([one for one in printed.err.splitlines() if "no sandbox" not in one]) == 1
    assert files(down.root) == before


def test_feedback_stops_at_the_first_page_where_the_gradebook_is_gone_in_the_middle(
    down: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Course] = []
    reach = feedback.gradebook.reach
    monkeypatch.setattr(
        feedback.gradebook, "reach", lambda one: asked.append(one) or (asked[1:] and reach(one))
    )
    monkeypatch.setattr(feedback.gradebook, "marks", lambda one: {})
    monkeypatch.setattr(feedback.late, "refresh", lambda one: None)
    monkeypatch.chdir(down.root)
    monkeypatch.setattr(sys, "argv", ["autograder", "feedback"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("autograder: the gradebook's server does not answer")
