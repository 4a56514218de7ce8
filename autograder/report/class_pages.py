"""The class report as pages: one file each, nothing to load, filters that need no server.

The page for the class is made from figures alone: no student's name, words or code is handed to its template.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.report.class_report import (
    PASSED,
    UNANSWERED,
    Answer,
    BugFigures,
    ClassReport,
    ExerciseFigures,
    LessonFigures,
)
from autograder.report.class_statistics import LEAST_STUDENTS
from autograder.report.html import STYLE, marked_up
from autograder.report.picture import outlines_differ, panels
from autograder.report.text import value_words

TEMPLATES = Path(__file__).with_name("templates")
MOST_TALKED_ABOUT = 8  # mistakes at the top of the page
LEAST_SHARED = 2  # students who make a group
MOST_UNFOLDED = 6  # mistakes of an exercise that need no click


def for_the_class(report: ClassReport) -> str:
    """The page to show to the class: figures, and named mistakes with an example; nobody's name or code."""
    lessons = [_lesson(report, lesson) for lesson in report.lessons]
    rows = [one for lesson in lessons for one in lesson["exercises"]]
    mistakes = [{**bug, "exercise": one["id"], "n": one["n"]} for one in rows for bug in one["bugs"]]
    mistakes.sort(key=lambda bug: (-bug["count"], bug["key"]))
    students = {student for lesson in report.lessons for student in lesson.students}
    return _page(
        "class.html.j2",
        lessons=lessons,
        students=len(students),
        exercises=len(rows),
        first=[bug for bug in mistakes if bug["count"] >= LEAST_SHARED][:MOST_TALKED_ABOUT],
        mistakes=sorted(mistakes, key=lambda bug: (bug["exercise"], bug["words"])),
    )


def _lesson(report: ClassReport, lesson: LessonFigures) -> dict[str, Any]:
    return {
        "id": lesson.id,
        "title": lesson.title,
        "n": len(lesson.students),
        "of": len(report.names),
        "exercises": [_exercise(one) for one in lesson.exercises],
    }


def _exercise(one: ExerciseFigures) -> dict[str, Any]:
    shared = [group for group in one.unnamed if group.count >= LEAST_SHARED]
    return {
        "id": one.id,
        "lesson": one.lesson,
        "points": one.points,
        "n": one.n,
        "passed": one.passed,
        "failed": one.failed,
        "unanswered": one.unanswered,
        "mean": one.mean,
        "requirements": list(one.requirements.items()),
        "bugs": [_bug(one, bug) for bug in one.bugs],
        "groups": [{"count": group.count, "failing": group.failing} for group in shared],
        "alone": sum(group.count < LEAST_SHARED for group in one.unnamed),
        "unnamed": sum(group.count for group in one.unnamed),
        "located": sum(found.count for found in one.located),
        "asked": _asked(one),
        "discrimination": one.discrimination,
        "quintiles": one.quintiles,
        "again": one.again,
    }


def _asked(one: ExerciseFigures) -> list[tuple[str, int]]:
    """What those are asked whose line at fault is known, and how many: no line is on the class's page."""
    counts = Counter[str]()
    for found in one.located:
        counts[found.question] += found.count
    return sorted(counts.items(), key=lambda asked: (-asked[1], asked[0]))


def _bug(one: ExerciseFigures, bug: BugFigures) -> dict[str, Any]:
    return {
        "key": f"{one.id}:{bug.id}",
        "words": bug.id.replace("_", " "),
        "sentence": Markup(marked_up(bug.sentence)),
        "count": bug.count,
        "example": _drawn(bug.example) if bug.example else None,
    }


def _drawn(case: Mapping[str, Any]) -> dict[str, Any]:
    """An example as words and an image."""
    told = {name: value_words(case, name) for name in ("expected", "yours")}
    return {
        "call": case["call"],
        "sentence": "There the function stops with an exception." if case["stops"] else case["sentence"],
        "picture": Markup(panels(case)),
        "outlines": any(outlines_differ(panel) for panel in case["inputs"]),
        "values": [f"{name} {words}" for name, words in told.items() if words],
    }


def for_the_instructor(report: ClassReport) -> str:
    """The page for the instructor alone: who needs help, who has not started, who shares which mistake."""
    columns = [one for lesson in report.lessons for one in lesson.exercises]
    by_student: dict[str, dict[str, Answer]] = {}
    for answer in report.answers:
        by_student.setdefault(answer.student, {})[answer.verdict["exercise"]] = answer
    return _page(
        "help.html.j2",
        report=report,
        columns=columns,
        mistakes=sorted(
            (_bug(one, bug) | {"exercise": one.id} for one in columns for bug in one.bugs),
            key=lambda bug: (bug["exercise"], bug["words"]),
        ),
        table=[_row(student, by_student.get(student, {}), columns) for student in sorted(report.names)],
        titles={lesson.id: lesson.title for lesson in report.lessons},
    )


def _row(student: str, answers: Mapping[str, Answer], columns: Iterable[ExerciseFigures]) -> dict[str, Any]:
    points = sum(float(answer.verdict["points"]) for answer in answers.values())
    earned = sum(float(answer.verdict["points"]) * answer.score for answer in answers.values())
    return {
        "student": student,
        "share": earned / points if points else None,
        "bugs": [f"{name}:{bug}" for name, answer in answers.items() for bug in answer.bugs],
        "cells": [_cell(answers.get(one.id)) for one in columns],
    }


def _cell(answer: Answer | None) -> tuple[str, str]:
    """How an answer stands in the table of everybody: a class of the style sheet, and a word or a number."""
    if answer is None:
        return "none", ""
    if answer.status == PASSED:
        return "passed", "✓"
    if answer.status == UNANSWERED:
        return "unanswered", "–"
    return "failed", f"{100 * answer.score:.0f}"


def described(answer: Answer) -> str:
    """What is open about an answer, in a few words."""
    if answer.status == UNANSWERED:
        return "not written"
    if answer.bugs:
        return " and ".join(bug.replace("_", " ") for bug in answer.bugs)
    return "no name"


def counted(count: int, noun: str) -> str:
    """A number and its noun: 1 student, 2 students."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def share(part: float, whole: float) -> str:
    """A part of a whole as a width: 37.5%."""
    return f"{100 * part / whole:.3f}%" if whole else "0%"


def _page(template: str, **facts: Any) -> str:
    script = (TEMPLATES / "class_page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        _environment()
        .get_template(template)
        .render(
            **facts,
            style=Markup((TEMPLATES / "class_page.css").read_text(encoding="utf-8") + STYLE),
            script=Markup(script),
            # Nothing else may act on the page, whatever is written into it.
            policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
            least=LEAST_STUDENTS,
            shared=LEAST_SHARED,
            unfolded=MOST_UNFOLDED,
        )
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["marked_up"] = lambda sentence: Markup(marked_up(sentence))
    made.filters["described"] = described
    made.filters["spaced"] = lambda name: name.replace("_", " ")
    made.globals.update(counted=counted, share=share)
    return made
