"""Objections to verdicts, and what was decided about them: a form for students, a record that only grows.

Beside each page of feedback lies a form, objections.md. A student writes below an exercise what is wrong with
its verdict, and hands the file in with the notebook, or leaves it where it lies on a shared disk. An
instructor may note an objection that came another way. `.autograder/regrade.jsonl` holds a line for each
objection that was noted, and for each decision.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.course.course import BINARY, Course, write_atomically
from autograder.course.people import student_id
from autograder.grading.intake import OBJECTIONS

RECORD = "regrade.jsonl"
MOST_BYTES = 50_000  # of a form that is read
HEAD = """# Objections to {lesson}

Is a verdict wrong? Write below its exercise what should be right, and why. Leave the others empty.
Hand this file in with your notebook, or give it to your instructor.
"""


@dataclass(frozen=True)
class Objection:
    """What a student holds against a verdict.

    Attributes:
        source: the file that it stands in, below the course's root, or "noted by hand".
    """

    student: str
    lesson: str
    exercise: str
    text: str
    source: str

    @property
    def id(self) -> str:
        """The same for the same words about the same exercise."""
        named = json.dumps([self.student, self.lesson, self.exercise, " ".join(self.text.split())])
        return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def form(lesson: str, exercises: list[str]) -> str:
    """The form, to be filled in."""
    return HEAD.format(lesson=lesson) + "".join(f"\n## {name}\n\n" for name in exercises)


def put(folder: Path, text: str) -> None:
    """Put a form beside a page."""
    write_atomically(folder / OBJECTIONS, text.encode())


def filled_in(folder: Path) -> str:
    """The form in a folder as a student filled it in, "" where nobody did."""
    text = _read(folder / OBJECTIONS)
    return text if any(parsed(text).values()) else ""


def parsed(text: str) -> dict[str, str]:
    """What stands below each exercise of a form."""
    parts = re.split(r"^##[ \t]+(\S+)[ \t]*$", text.replace("\r\n", "\n"), flags=re.MULTILINE)
    return {name: said.strip() for name, said in zip(parts[1::2], parts[2::2], strict=True)}


def _read(path: Path) -> str:
    """A form's text; a student may have put anything in its place, which then is none."""
    try:
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | BINARY
        )
        with os.fdopen(handle, "rb") as file:
            return file.read(MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def note_form(course: Course, student: str, lesson: str, text: str) -> None:
    """Note what stands in a form that is about to be replaced."""
    where = f"{course.folder('feedback').name}/{student}/{lesson}/{OBJECTIONS}"
    for exercise, said in parsed(text).items():
        if said:
            note(course, Objection(student, lesson, exercise, said, where))


def note(course: Course, objection: Objection) -> None:
    """Put an objection into the queue; the same one is there once."""
    if objection.id not in {one.get("id") for one in record(course)}:
        _append(course, {"event": "objection", "id": objection.id, "when": _now(), **asdict(objection)})


def decided(course: Course, decision: dict[str, Any]) -> None:
    """Write down a decision; the objections to that verdict are answered by it.

    Args:
        decision: who decided what, with `student`, `lesson` and `exercise`.
    """
    where = decision["student"], decision["lesson"], decision["exercise"]
    answered = [one.id for one in queue(course) if (one.student, one.lesson, one.exercise) == where]
    _append(course, {"event": "decision", "when": _now(), **decision, "objections": answered})


def queue(course: Course) -> list[Objection]:
    """The objections that nobody has decided about: those noted first, then those in forms."""
    events = record(course)
    answered = {
        one for event in events if event["event"] == "decision" for one in event.get("objections", ())
    }
    names = ("student", "lesson", "exercise", "text", "source")
    noted = [
        Objection(*(str(event.get(name, "")) for name in names))
        for event in events
        if event["event"] == "objection"
    ]
    waiting = {one.id: one for one in [*noted, *_in_forms(course)] if one.id not in answered}
    return list(waiting.values())


def _in_forms(course: Course) -> list[Objection]:
    found = []
    for step in ("submitted", "feedback"):
        folder = course.folder(step)
        for path in sorted(folder.glob(f"*/*/{OBJECTIONS}")) if folder.is_dir() else []:
            student, lesson = path.parts[-3:-1]
            where = (
                path.relative_to(course.root).as_posix() if path.is_relative_to(course.root) else str(path)
            )
            found += [
                Objection(student_id(student), lesson, exercise, said, where)
                for exercise, said in parsed(_read(path)).items()
                if said
            ]
    return found


def record(course: Course) -> list[dict[str, Any]]:
    """Every event that was written down; a line that a crash cut short is none."""
    try:
        lines = (course.state / RECORD).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") in ("objection", "decision"):
            events.append(event)
    return events


def _append(course: Course, event: dict[str, Any]) -> None:
    """Add a line in one piece, on the disk before this returns."""
    path = course.state / RECORD
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | BINARY, 0o600)
    with os.fdopen(handle, "rb+", buffering=0) as file:
        cut_short = (
            file.seek(0, os.SEEK_END) > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
        )
        file.write(
            b"\n" * cut_short + json.dumps(event, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        )
        os.fsync(file.fileno())


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
