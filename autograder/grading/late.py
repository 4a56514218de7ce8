"""Penalties for lateness follow every change of a mark, a time stamp, a due date or an extension.

nbgrader computes a penalty once, when it grades; points given by hand later, or a date put right, leave it
as it was. Here it is compared with what it was computed of, and computed afresh where that has changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import gradebook
from autograder.course.course import CONFIG, Course, write_atomically
from autograder.grading import cache

if TYPE_CHECKING:
    from autograder.course.gradebook import Mark


def refresh(course: Course) -> list[tuple[str, str]]:
    """Bring every penalty up to date.

    Returns:
        The (student, lesson) whose penalty has changed. Where no submission is late nbgrader is not imported.
    """
    before = gradebook.marks(course)
    settings = cache.digest((course.root / CONFIG).read_text(encoding="utf-8", errors="replace"))
    known = _known(course)
    stale = [
        key
        for key, mark in before.items()
        if mark.may_be_late and known.get("/".join(key)) != _made_of(mark, settings)
    ]
    if not stale:
        return []
    for student, lesson, name in stale:
        gradebook.penalize(course, student, lesson, name)
    after = gradebook.marks(course)
    made_of = {"/".join(key): _made_of(mark, settings) for key, mark in after.items() if mark.may_be_late}
    write_atomically(_path(course), json.dumps(made_of, indent=1, sort_keys=True).encode(), mode=0o600)
    return [
        (student, lesson)
        for student, lesson, name in stale
        if after[student, lesson, name].penalty != before[student, lesson, name].penalty
    ]


def _made_of(mark: Mark, settings: str) -> str:
    return cache.digest([mark.raw, mark.penalty, [str(part) for part in mark.timing], settings])


def _path(course: Course) -> Path:
    return course.state / "penalties.json"


def _known(course: Course) -> dict[str, str]:
    try:
        found = json.loads(_path(course).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
