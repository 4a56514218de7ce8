"""A class on one machine: release, fetch, submit, collect, grade and return, each step by its own user."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.course.course import CONFIG
from support.grading_course import LESSON, ROOT, SETTINGS, SOLUTIONS, source
from support.needs import needs
from support.users import as_user

BIN = Path(sys.executable).parent
TEACHER, STUDENTS = "backup", ("games", "news")  # users that every Debian has


@dataclass
class Machine:
    """A machine with an exchange, and a home for each of its users."""

    folder: Path

    def home(self, user: str) -> Path:
        """A user's home; the teacher's is the course."""
        return self.folder / user

    def run(self, user: str, *words: str) -> str:
        """Have a user run a command at home.

        Returns:
            What it said.
        """
        program = [sys.executable, "-P", str(BIN / words[0]), *words[1:]]
        home = self.home(user)
        environment = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "LOGNAME": user,
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(
            as_user(program, pwd.getpwnam(user).pw_uid, home),
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said

    def hand_in_by_mail(self, student: str) -> None:
        """Have the teacher save a notebook that came by mail."""
        course, owner = self.home(TEACHER), pwd.getpwnam(TEACHER)
        folder = course / "submitted" / student / LESSON
        folder.mkdir(parents=True)
        shutil.copy(course / "release" / LESSON / f"{LESSON}.ipynb", folder)
        for path in (folder.parent, folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """The tiny course in the teacher's home, not released yet; the others' homes are empty."""
    needs("linux", "root")
    folder = Path(tempfile.mkdtemp(prefix="exchange-"))
    try:
        folder.chmod(0o755)
        exchange = folder / "exchange"
        exchange.mkdir()
        exchange.chmod(0o777)
        where = f"\nc.Exchange.root = {str(exchange)!r}\n"
        course = folder / TEACHER
        path = course / "notebooks" / LESSON / f"{LESSON}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(source()))
        (course / CONFIG).write_text((ROOT / CONFIG).read_text() + SETTINGS + where)
        for user in STUDENTS:
            home = folder / user
            home.mkdir()
            (home / CONFIG).write_text(f"c = get_config()\nc.CourseDirectory.course_id = 'convcourse'{where}")
        for user in (TEACHER, *STUDENTS):
            owner = pwd.getpwnam(user)
            for path in (folder / user, *(folder / user).rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid)
            (folder / user).chmod(0o700)
        yield Machine(folder)
    finally:
        shutil.rmtree(folder)


def solve(path: Path, answers: dict[str, str]) -> None:
    """Write answers into a fetched notebook."""
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        cell["source"] = answers.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
    path.write_text(json.dumps(content))


def test_a_lesson_goes_through_the_exchange_and_its_feedback_comes_back(machine: Machine) -> None:
    machine.run(TEACHER, "autograder", "release", LESSON)
    machine.run(TEACHER, "nbgrader", "release_assignment", LESSON)
    for user, answers in zip(STUDENTS, (SOLUTIONS, {}), strict=True):
        assert LESSON in machine.run(user, "nbgrader", "list")
        machine.run(user, "nbgrader", "fetch_assignment", LESSON)
        solve(machine.home(user) / LESSON / f"{LESSON}.ipynb", answers)
        machine.run(user, "nbgrader", "submit", LESSON)
    assert "cheating" not in machine.run(TEACHER, "nbgrader", "collect", LESSON)
    machine.hand_in_by_mail("ada")  # before the others in the alphabet
    machine.run(TEACHER, "autograder", "grade", LESSON)
    machine.run(TEACHER, "autograder", "feedback", LESSON)
    said = machine.run(TEACHER, "nbgrader", "release_feedback", LESSON)
    assert "ada did not hand in through the exchange" in said
    for user, words in zip(STUDENTS, ("2 of 2", "not written yet"), strict=True):
        machine.run(user, "nbgrader", "fetch_feedback", LESSON)
        (page,) = (machine.home(user) / LESSON / "feedback").rglob(f"{LESSON}.html")
        assert words in page.read_text()
