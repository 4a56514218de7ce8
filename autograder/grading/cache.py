"""What was graded, and with what: one small file a submission, so that only what changed is graded again."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.course.course import Course, write_atomically

PACKAGES = Path(__file__).resolve().parents[2]

# What decides a result, each with the reason that the instructor reads when it is another than before.
REASONS = {
    "submission": "new submission",
    "release": "lesson changed",
    "grader": "grader changed",
    "seed": "another secret",
    "limits": "limits changed",
    "due": "due date changed",
}


@cache
def grader_version(lesson: str = "") -> str:
    """Names the code that decides on this lesson: all of ours but the other lessons' exercises.

    Without a lesson it names the code that decides on any.
    """
    digest = hashlib.sha256(f"{sys.version_info[:3]} {version('numpy')}".encode())
    for folder in ("autograder", "convlib"):
        for path in sorted((PACKAGES / folder).rglob("*.py")):
            name = path.relative_to(PACKAGES).as_posix()
            of_a_lesson = name.startswith("autograder/exercises/lesson_")
            elsewhere = lesson and of_a_lesson and path.stem != f"lesson_{lesson[:2]}"
            if not elsewhere and not name.startswith(
                (
                    *("autograder/site/", "autograder/cli", "autograder/commands/", "convlib/widgets/"),
                    "autograder/report/class_",
                )
            ):
                digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def digest(value: Any) -> str:
    """A name for a value that is JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _path(course: Course, student: str, lesson: str) -> Path:
    return course.state / "graded" / lesson / f"{student}.json"


def load(course: Course, student: str, lesson: str) -> dict[str, Any] | None:
    """What is known of a submission: its `key`, and the `row` of the table; None if it was never graded."""
    try:
        entry = json.loads(_path(course, student, lesson).read_bytes())
    except (OSError, ValueError):
        return None
    return entry if isinstance(entry, dict) and {"key", "row"} <= entry.keys() else None


def rows(course: Course, lesson: str) -> dict[str, dict[str, Any]]:
    """The table's row of everybody who was graded for a lesson, by the student's id."""
    students = sorted(path.stem for path in (course.state / "graded" / lesson).glob("*.json"))
    entries = {student: load(course, student, lesson) for student in students}
    return {student: entry["row"] for student, entry in entries.items() if entry is not None}


def store(course: Course, student: str, lesson: str, key: dict[str, str], row: dict[str, Any]) -> None:
    """Remember a result; the last thing that is done to a submission."""
    write_atomically(
        _path(course, student, lesson), json.dumps({"key": key, "row": row}, indent=1).encode(), mode=0o600
    )


def forget(course: Course, student: str, lesson: str) -> None:
    """Forget a result, so that the next run grades the submission again."""
    _path(course, student, lesson).unlink(missing_ok=True)


def reason(entry: dict[str, Any] | None, key: dict[str, str]) -> str | None:
    """Why a submission has to be graded, None where nothing that decides has changed."""
    if entry is None:
        return "not graded before"
    for part, words in REASONS.items():
        if entry["key"].get(part) != key[part]:
            return words
    return None
