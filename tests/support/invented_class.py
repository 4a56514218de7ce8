"""A class of invented students: who solves what, who has which bug, who shares an answer that has no name.

The same class can hand in notebooks, to be graded, or be given the verdicts that grading would leave: the
judge is asked once for each kind of answer, so that a thousand students take seconds.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from autograder import exercises, judge
from autograder.commands.sample_class import Expected, Recipe
from autograder.course.course import Course
from autograder.grading import cache as ledger
from autograder.grading import verdicts
from autograder.grading.batch import GRADED, Row
from autograder.judging import PUBLIC, judge_with
from autograder.judging.caller import InProcess
from autograder.judging.fingerprint import fingerprint
from autograder.model.exercise import Exercise

LESSONS = ("05_slide_a_window", "06_stride_padding_size", "07_channels_and_sharing", "08_pooling")
NAMES = [
    *("Ada", "Amara", "Ben", "Bruno", "Chloe", "Chidi", "Dinesh", "Dora", "Elif", "Emil", "Farah", "Femi"),
    *("Greta", "Goran", "Hana", "Hugo", "Ines", "Ivo", "Jun", "Jana", "Kofi", "Klara", "Leila", "Luca"),
    *("Mina", "Mateo", "Nadia", "Noah", "Olga", "Omar", "Petra", "Priya", "Quinn", "Rosa", "Samir", "Sofia"),
    *("Tariq", "Ulla", "Vera", "Yusuf"),
]
UNWRITTEN = "raise NotImplementedError"
# What becomes of the last result of a right answer: wrong in ways that no catalogue has.
SPOILED = ("({}) * 1.0625", "({}) - 0.375", "({})[::-1]")


@dataclass(frozen=True)
class Part:
    """What one student has written for one exercise: the text of its cell, None where it is as solved."""

    exercise: str
    source: str | None


@dataclass(frozen=True)
class Submission:
    """A student's submission for a lesson; `first` is what was handed in before, where anything was."""

    student: str
    lesson: str
    parts: tuple[Part, ...]
    first: tuple[Part, ...] = ()


def invent(count: int = 40, lessons: tuple[str, ...] = LESSONS, seed: int = 7) -> list[Submission]:
    """Make a class up: the same one for the same numbers."""
    draw = random.Random(seed)
    made = []
    for number in range(count):
        round_, which = divmod(number, len(NAMES))
        student = NAMES[which].lower() + (str(round_ + 1) if round_ else "")
        ability = draw.gauss(0.9, 1.1)
        for order, lesson in enumerate(lessons):
            if draw.random() < 0.03 + 0.04 * order + (0.15 if ability < -0.5 else 0.0):
                continue  # handed nothing in
            parts = tuple(_part(name, ability, draw) for name in of_lesson(lesson))
            first: tuple[Part, ...] = ()
            if draw.random() < 0.2:
                first = tuple(_part(name, ability - 1.0, draw) for name in of_lesson(lesson))
            made.append(Submission(student, lesson, parts, first))
    return made


@cache
def of_lesson(lesson: str) -> tuple[str, ...]:
    """The exercises of a lesson."""
    return tuple(name for name, one in exercises.all().items() if one.lesson == lesson)


def _part(name: str, ability: float, draw: random.Random) -> Part:
    exercise = exercises.get(name)
    hard = math.log1p(exercise.points) - 0.9
    if draw.random() < 1 / (1 + math.exp(hard - ability)):
        return Part(name, None)
    kind = draw.random()
    if kind < 0.12:
        return Part(name, _head(exercise) + f"\n    {UNWRITTEN}")
    if kind < 0.3:
        return Part(name, draw.choices(spoiled(name), (6, 3, 1))[0])
    texts = bugs(name)
    # A few misconceptions are common and most are rare.
    return Part(name, draw.choices(texts, [1 / (1 + order) for order in range(len(texts))])[0])


def _head(exercise: Exercise) -> str:
    return exercise.texts()[0].partition("\n")[0]


@cache
def bugs(name: str) -> tuple[str, ...]:
    """The text of an answer for each bug that is a change of a right one, in a shuffled order."""
    texts = []
    for bug in exercises.get(name).catalogue:
        variant = bug.variants[0]
        if variant.way is not None and variant.patches:
            lines = list(variant.way.lines)
            for patch in sorted(variant.patches, key=lambda one: one.first, reverse=True):
                lines[patch.first : patch.last + 1] = patch.lines
            texts.append(_called(name, "\n".join(lines)))
    random.Random(name).shuffle(texts)
    return tuple(texts)


@cache
def spoiled(name: str) -> tuple[str, ...]:
    """Texts of wrong answers that have no name."""
    *lines, last = exercises.get(name).texts()[0].splitlines()
    start, _, value = last.partition("return ")
    return tuple(
        _called(name, "\n".join([*lines, f"{start}return {spoil.format(value)}"])) for spoil in SPOILED
    )


def _called(name: str, text: str) -> str:
    return re.sub(r"^def \w+", f"def {name}", text)


def recipes(submissions: list[Submission]) -> Iterator[Recipe]:
    """The notebooks that the class hands in, as recipes of the sample class."""
    for one in submissions:
        yield Recipe(
            one.student,
            one.lesson,
            "invented",
            Expected(),
            solve=[part.exercise for part in one.parts if part.source is None],
            replace={part.exercise: part.source for part in one.parts if part.source is not None},
        )


@cache
def judged(name: str, source: str | None) -> tuple[str, str]:
    """The verdict on an answer as JSON, and the digest of an unnamed wrong one."""
    exercise = exercises.get(name)
    function = exercise if source is None else _function(exercise, source)
    caller = InProcess({name: function}, seconds=5.0)
    verdict = judge_with(exercise, caller, PUBLIC)
    digest = ""
    if verdict.status == "failed" and not verdict.bugs:
        digest = fingerprint(exercise, caller)
        verdict = judge(name, function, source=source)  # which looks for the line, too
    return json.dumps(verdict.to_json()), digest


def _function(exercise: Exercise, source: str) -> Any:
    space = dict(exercise.ways[next(iter(exercise.ways))].__globals__)
    exec(source, space)
    return space[exercise.id]


def grade(course: Course, submissions: list[Submission]) -> None:
    """Leave in a course what grading these submissions would leave for the report."""
    handed_in = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    for number, one in enumerate(submissions):
        stamp = (handed_in + timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        for submission, parts in (("first", one.first), ("last", one.parts)):
            if parts:
                _keep(course, one, submission, stamp, parts)
        row = Row(one.student, one.lesson, GRADED, id=one.student, handed_in=stamp)
        ledger.store(course, one.student, one.lesson, {"submission": "last"}, asdict(row))


def _keep(course: Course, one: Submission, submission: str, stamp: str, parts: tuple[Part, ...]) -> None:
    said = {part.exercise: judged(part.exercise, part.source) for part in parts}
    found = {name: json.loads(text) for name, (text, _) in said.items()}
    unnamed = {
        part.exercise: {"digest": said[part.exercise][1], "source": str(part.source)}
        for part in parts
        if found[part.exercise]["status"] == "failed" and not found[part.exercise]["bugs"]
    }
    verdicts.store(course, one.student, one.lesson, submission, stamp, found, unnamed)
