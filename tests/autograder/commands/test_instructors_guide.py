"""The guide for instructors: each of its commands, run as it stands there, in the guide's order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import gradebook
from autograder.course.course import Course
from support.grading_course import LESSON, ROOT, SOLUTIONS
from support.lms import CANVAS, filled

GUIDE = (ROOT / "notebooks" / "instructors.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ *\$ (.*)$", GUIDE, re.MULTILINE)
# Run by tests/test_course.py and tests/browser/test_site_builds.py.
ELSEWHERE = {"make demo", "autograder site --no-solutions"}
EXCHANGE = "/srv/nbgrader/exchange"
WRONG = {**SOLUTIONS, "output_size": SOLUTIONS["output_size"].replace(" + 1", "")}
NEEDS_A_LOOK = {  # commands that say with exit code 1 that something waits for the instructor
    "grade": "an answer to read",
    "report": "an answer to read",
    "export": "students whom the downloaded file does not have",
    "regrade": "an objection",
    "forget": "the downloads, which are the instructor's own files",
}


class Instructor:
    """Has a course, a home with downloads in it, and the guide."""

    def __init__(self, course: Course, home: Path) -> None:
        self.course, self.home = course, home
        for folder in ("Downloads", "classroom/06-submissions", "mail"):
            (home / folder).mkdir(parents=True)
        self.environment = os.environ | {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.commands = [command for command in COMMANDS if command not in ELSEWHERE]

    def answered(self, **answers: str) -> bytes:
        """The lesson with these answers, and a sentence for the written one."""
        content = json.loads(self.course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes())
        for cell in content["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = {"words_why": "Because.", **answers}.get(grade_id, cell["source"])
        return json.dumps(content).encode()

    def download(self, name: str, *files: str, **answers: str) -> None:
        with zipfile.ZipFile(self.home / name, "w") as archive:
            for file in files:
                archive.writestr(file, self.answered(**answers))

    def run(self, command: str) -> str:
        """Run a command in the course's folder; it may end with 1 only where the table above says why."""
        where = command.replace(EXCHANGE, str(self.home / "exchange"))
        done = subprocess.run(
            where,
            shell=True,
            executable="/bin/bash",
            cwd=self.course.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = f"$ {command}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0 or (done.returncode == 1 and command.split()[1] in NEEDS_A_LOOK), said
        assert "Traceback" not in said
        return said

    def next(self, start: str) -> str:
        """Run the guide's next command, which begins so."""
        command = self.commands.pop(0)
        assert command.startswith(f"autograder {start}"), command
        return self.run(command)


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Gil", "-c", "user.email=gil@x.org")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def instructor(course: Course, tmp_path: Path) -> Instructor:
    """Before anything is collected."""
    one = Instructor(course, tmp_path / "home")
    one.download("Downloads/submissions.zip", "leeann_101_9_hw.ipynb", **WRONG)
    (one.home / "Downloads" / "gradebook.csv").write_text(filled(CANVAS), encoding="utf-8")
    one.download("Downloads/CNN-Lesson-6-4711.zip", "Mo Moss_12_assignsubmission_file/hw.ipynb", **SOLUTIONS)
    worksheet = 'Identifier,"Full name","Email address",Grade\n"Participant 12","Mo Moss",mo@uni.example,\n'
    (one.home / "Downloads" / "Grades.csv").write_text(worksheet)
    one.download(
        "Downloads/Lesson 6 Download.zip", "397-25 - Bri Gray - Sep 24, 2026 926 PM/hw.ipynb", **SOLUTIONS
    )
    exported = "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n#1,#bri,Gray,Bri,#\n"
    (one.home / "Downloads" / "grades.csv").write_text(exported)
    one.download(
        "Downloads/gradebook_CNN_Lesson206_2026-03-09-10-00-00.zip",
        "Lesson 6_bob_attempt_2026-03-01-12-00-00_hw.ipynb",
        **WRONG,
    )
    inbound = (
        one.home / "exchange" / "convcourse" / "inbound" / f"exa+{LESSON}+2026-03-01 12:00:00.000000 UTC"
    )
    clone = one.home / "classroom" / "06-submissions" / "gil"
    for folder in (inbound, clone):
        folder.mkdir(parents=True)
        (folder / f"{LESSON}.ipynb").write_bytes(one.answered(**SOLUTIONS))
    (inbound / "timestamp.txt").write_text("2026-03-01 12:00:00.000000 UTC")
    git(clone, "init", "-q")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "Lesson 6")
    one.download("mail/jdoe.zip", f"{LESSON}.ipynb", **SOLUTIONS)
    return one


@pytest.mark.sandbox
@pytest.mark.slow
def test_the_guides_commands_lead_from_the_downloads_to_grades_in_the_system(instructor: Instructor) -> None:
    course = instructor.course
    instructor.next("release")
    assert "1 new" in instructor.next("collect")
    assert "plus_one_missing" in instructor.next("grade")
    assert "1 written, 0 unchanged" in instructor.next("feedback")
    assert "not read yet" in instructor.next("export")

    people = ("ann", "mo@uni.example", "bri", "bob", "exa", "gil", "jdoe")
    for student in people:
        assert ("1 unchanged" if student == "ann" else "1 new") in instructor.next("collect"), student
        assert course.folder("submitted", student, LESSON, f"{LESSON}.ipynb").is_file()
    assert {one.id for one in gradebook.students(course)} >= {"ann", "cem", "bri", "mo@uni.example"}
    assert "plus_one_missing" in instructor.run(f"autograder grade {LESSON}")

    instructor.next("report")
    assert "cem" in course.root.joinpath("report", "help.html").read_text()
    assert "comments written: 2" in instructor.next("report --comment")
    instructor.next("feedback")
    page = course.folder("feedback", "ann", LESSON, f"{LESSON}.html").read_text(encoding="utf-8")
    assert "Count the windows on a 5-cell input by hand." in page

    _read_the_written_answers(course)
    instructor.next("export 06 --to canvas")
    due = gradebook.marks(course)["ann", LESSON, LESSON].total
    assert due == 5  # same_padding and the written answer
    table = (instructor.home / "Downloads" / "gradebook_graded.csv").read_text(encoding="utf-8")
    found = re.search(
        r'^"Lee, Ann",101,S-101,ann,"Section 1, Monday",=1\+1,9.00,([\d.]+),', table, re.MULTILINE
    )
    assert found, table
    assert float(found[1]) == due
    instructor.next("export 06 --to canvas")
    with zipfile.ZipFile(course.root / "pages.zip") as pages:
        assert [name for name in pages.namelist() if name.endswith(".html")] == ["leeann_101_9_hw.html"]

    instructor.next("regrade ann")
    assert "The task says floor." in instructor.next("regrade")
    again = instructor.commands[0]
    assert "one too small" in instructor.next("regrade ann")
    instructor.run(f"{again} --decide keep --by Kim --reason 'It says so, and one is missing.'")
    assert '"keep"' in (course.state / "regrade.jsonl").read_text()

    instructor.next("forget ann")
    assert course.folder("submitted", "ann").exists()
    instructor.next("forget ann --yes")
    assert not course.folder("submitted", "ann").exists()
    assert "ann" not in {one.id for one in gradebook.students(course)}
    assert instructor.commands == []


def _read_the_written_answers(course: Course) -> None:
    """As an instructor does in the formgrader: two points each."""
    with Gradebook(course.db_url, course.course_id) as book:
        for submission in book.assignment_submissions(LESSON):
            for found in submission.notebooks:
                grade = next(one for one in found.grades if one.name == "words_why")
                grade.manual_score, grade.needs_manual_grade = 2.0, False
        book.db.commit()
