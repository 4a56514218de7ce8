"""What the judge said of each submission: one small file of JSON, for the class report and other programs.

`.autograder/verdicts/LESSON/STUDENT.json`, replaced as a whole whenever the submission is graded:

    format       1
    submission   names what was handed in, as the cache does
    handed_in    when, in UTC; "" where nobody knows
    verdicts     for each exercise `Verdict.to_json()`; empty where nothing could be judged
    unnamed      for each wrong answer that no named bug explains: `digest` of its rounded answers to the
                 public probes ("" where it gives none, or others each time), and `source`, its cell's text
    earlier      what was handed in before, the oldest first: `handed_in`, and for each exercise its `status`,
                 `score` and `bugs`
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.course.course import Course, write_atomically

FORMAT = 1
MOST_EARLIER = 10  # submissions that are remembered
MOST_SOURCE = 6_000  # letters of a cell: enough for any exercise of the course, five times over


def _path(course: Course, student: str, lesson: str) -> Path:
    return course.state / "verdicts" / lesson / f"{student}.json"


def load(course: Course, student: str, lesson: str) -> dict[str, Any] | None:
    """What is kept of a submission; None where nothing is, or where another version wrote it."""
    try:
        entry = json.loads(_path(course, student, lesson).read_bytes())
    except (OSError, ValueError):
        return None
    return entry if isinstance(entry, dict) and entry.get("format") == FORMAT else None


def store(
    course: Course,
    student: str,
    lesson: str,
    submission: str,
    handed_in: str,
    verdicts: Mapping[str, Mapping[str, Any]],
    unnamed: Mapping[str, Mapping[str, str]],
) -> None:
    """Keep a submission's verdicts; those of another one that stood here become a line of its history."""
    before = load(course, student, lesson)
    earlier = list(before["earlier"]) if before else []
    if before and before["verdicts"] and before["submission"] != submission:
        earlier.append({"handed_in": before["handed_in"], "exercises": _short(before["verdicts"])})
    entry = {
        "format": FORMAT,
        "submission": submission,
        "handed_in": handed_in,
        "verdicts": verdicts,
        "unnamed": unnamed,
        "earlier": earlier[-MOST_EARLIER:],
    }
    write_atomically(_path(course, student, lesson), json.dumps(entry).encode(), mode=0o600)


def _short(verdicts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: verdict[key] for key in ("status", "score", "bugs")} for name, verdict in verdicts.items()
    }
