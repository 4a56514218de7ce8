"""From the verdicts on a class to the figures of its report. Knows JSON alone.

What comes in is made by `autograder report`:

    lessons      a list of `id`, `title` and `exercises`: a list of `id`, `points`, `requirements` (names),
                 `bugs` (their sentences by id) and `ways` (the right answers' texts)
    students     everybody's written name by id
    submissions  a list of `student`, `lesson`, and what grading keeps: `handed_in`, `verdicts`, `unnamed`,
                 `earlier`
    waiting      a list of `student`, `lesson`, `why`: what a human should look at
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.report.class_naming import skeleton
from autograder.report.class_statistics import Quintile, point_biserial, quintiles

PASSED, FAILED, UNANSWERED = "passed", "failed", "unanswered"
NEEDS_HELP = 0.5  # who earned less than this share of a lesson's points needs help
MOST_CANDIDATES = 25  # verdicts that are looked at for a bug's example
_GROUP_DIGITS = 6


@dataclass(frozen=True)
class Answer:
    """One student's answer to one exercise.

    Attributes:
        verdict: `Verdict.to_json()`.
        group: of an unnamed wrong answer, the group's name.
        source: of an unnamed wrong answer, its text.
        before: `status`, `score` and `bugs` of the same exercise in earlier submissions, the oldest first.
    """

    student: str
    lesson: str
    handed_in: str
    verdict: Mapping[str, Any]
    group: str = ""
    source: str = ""
    before: tuple[Mapping[str, Any], ...] = ()

    @property
    def status(self) -> str:
        """Passed, failed or unanswered."""
        return str(self.verdict["status"])

    @property
    def score(self) -> float:
        """The share of the points, 0 to 1."""
        return float(self.verdict["score"])

    @property
    def bugs(self) -> list[str]:
        """The ids of the named bugs."""
        return list(self.verdict["bugs"])

    @property
    def failing(self) -> list[str]:
        """The requirements that are not met."""
        return [line["name"] for line in self.verdict["requirements"] if not line["passed"]]


@dataclass(frozen=True)
class BugFigures:
    """Who has a named bug; `example` is a case to draw in which nothing is a student's own words, or None."""

    id: str
    sentence: str
    students: list[str]
    example: Mapping[str, Any] | None

    @property
    def count(self) -> int:
        """How many have it."""
        return len(self.students)


@dataclass(frozen=True)
class Group:
    """Wrong answers with equal outputs that no named bug explains.

    Attributes:
        id: EXERCISE:DIGITS.
        students: who shares it.
        message: the verdict on one of them.
        failing: the requirements that all of them miss.
        lines: the line at fault in one of them, where it was found.
        naming: what to paste below the exercise to name it.
    """

    id: str
    students: list[str]
    message: str
    failing: list[str]
    lines: list[Mapping[str, Any]]
    naming: str

    @property
    def count(self) -> int:
        """How many share it."""
        return len(self.students)


@dataclass(frozen=True)
class LocatedLines:
    """Wrong answers without a name in which the fault lies in lines of the same text.

    Attributes:
        lines: one, or two that belong together or would each be enough.
        question: what those who wrote it are asked.
        students: who wrote it.
    """

    lines: list[str]
    question: str
    students: list[str]

    @property
    def count(self) -> int:
        """How many wrote it."""
        return len(self.students)


@dataclass(frozen=True)
class Again:
    """What became of the answers of those who handed in more than once, from their first try to their last.

    Attributes:
        n: how many handed in more than once.
        gained: passed at last, and not at first.
        lost: passed at first, and not at last.
        open: passed neither at first nor at last.
    """

    n: int
    gained: int
    lost: int
    open: int


@dataclass(frozen=True)
class ExerciseFigures:
    """What a class made of an exercise; `n` students handed its lesson in.

    Attributes:
        mean: of the scores, 0 to 1.
        requirements: how many met each.
        located: where the fault lies in answers without a name, the most common lines first.
        discrimination: correlation of passing with the share of all other points; None where it says nothing.
        quintiles: mean scores by fifths of the class, the weakest first; empty where it is too small.
    """

    id: str
    lesson: str
    points: float
    n: int
    passed: int
    failed: int
    unanswered: int
    mean: float
    requirements: dict[str, int]
    bugs: list[BugFigures]
    unnamed: list[Group]
    located: list[LocatedLines]
    discrimination: float | None
    quintiles: list[Quintile]
    again: Again


@dataclass(frozen=True)
class LessonFigures:
    """A lesson: who handed it in, who did not, who changed nothing, and its exercises."""

    id: str
    title: str
    students: list[str]
    missing: list[str]
    untouched: list[str]
    exercises: list[ExerciseFigures]


@dataclass(frozen=True)
class Help:
    """A student who needs help with a lesson: why, and what each open exercise is about."""

    student: str
    lesson: str
    share: float
    why: list[str]
    open: list[Answer]


@dataclass(frozen=True)
class ClassReport:
    """The whole report.

    Attributes:
        names: everybody's written name by id.
        answers: everything that was judged, by lesson, exercise and student.
        waiting: what a human should look at.
        help: who needs help, those with the least points first.
    """

    names: dict[str, str]
    lessons: list[LessonFigures]
    answers: list[Answer]
    waiting: list[Mapping[str, str]]
    help: list[Help] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The figures as other programs read them."""
        return {
            "lessons": {
                lesson.id: {
                    "students": len(lesson.students),
                    "exercises": {one.id: _exercise_json(one) for one in lesson.exercises},
                }
                for lesson in self.lessons
            }
        }

    def members(self, group: str) -> tuple[str, str, list[str]] | None:
        """Lesson, exercise and students of EXERCISE:BUG or EXERCISE:DIGITS; None where nobody is meant."""
        exercise, _, name = group.partition(":")
        for lesson in self.lessons:
            for one in lesson.exercises:
                if one.id == exercise:
                    found = [bug.students for bug in one.bugs if bug.id == name]
                    found += [shared.students for shared in one.unnamed if shared.id == group]
                    if found:
                        return lesson.id, exercise, found[0]
        return None


def _exercise_json(one: ExerciseFigures) -> dict[str, Any]:
    return {
        "passed": one.passed,
        "failed": one.failed,
        "unanswered": one.unanswered,
        "mean": round(one.mean, 4),
        "requirements": one.requirements,
        "bugs": [{"id": bug.id, "count": bug.count, "students": bug.students} for bug in one.bugs],
        "unnamed": [
            {"count": group.count, "students": group.students, "message": group.message}
            for group in one.unnamed
        ],
        "located": [
            {
                "lines": found.lines,
                "question": found.question,
                "count": found.count,
                "students": found.students,
            }
            for found in one.located
        ],
    }


def report(facts: Mapping[str, Any]) -> ClassReport:
    """Compute a report; `facts` are described above."""
    answers = _answers(facts["submissions"])
    rest = _Rest(answers)
    handed_in: dict[str, set[str]] = defaultdict(set)
    for submission in facts["submissions"]:
        if submission["verdicts"]:
            handed_in[submission["lesson"]].add(submission["student"])
    by_exercise: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        by_exercise[answer.lesson, answer.verdict["exercise"]].append(answer)
    waiting_by = {(one["student"], one["lesson"]) for one in facts["waiting"]}
    lessons = []
    for lesson in facts["lessons"]:
        there = handed_in[lesson["id"]]
        exercises = [
            _figures(lesson["id"], exercise, by_exercise[lesson["id"], exercise["id"]], rest)
            for exercise in lesson["exercises"]
        ]
        missing = [
            student
            for student in sorted(facts["students"])
            if student not in there and (student, lesson["id"]) not in waiting_by
        ]
        lessons.append(
            LessonFigures(
                lesson["id"],
                lesson["title"],
                sorted(there),
                missing,
                _untouched(answers, lesson["id"]),
                exercises,
            )
        )
    return ClassReport(
        dict(facts["students"]),
        lessons,
        [answer for found in by_exercise.values() for answer in found],
        list(facts["waiting"]),
        _help(answers),
    )


def _answers(submissions: Iterable[Mapping[str, Any]]) -> list[Answer]:
    found = []
    for submission in sorted(submissions, key=lambda one: (one["lesson"], one["student"])):
        for name, verdict in submission["verdicts"].items():
            unnamed = submission["unnamed"].get(name)
            before = [one["exercises"][name] for one in submission["earlier"] if name in one["exercises"]]
            found.append(
                Answer(
                    submission["student"],
                    submission["lesson"],
                    submission["handed_in"],
                    verdict,
                    _group(name, verdict, unnamed["digest"]) if unnamed else "",
                    unnamed["source"] if unnamed else "",
                    tuple(before),
                )
            )
    return found


def _group(exercise: str, verdict: Mapping[str, Any], digest: str) -> str:
    """The name of an unnamed answer's group; what gives no comparable answers is grouped by its message."""
    key = digest or hashlib.sha256(str(verdict["message"]).encode("utf-8", "replace")).hexdigest()
    return f"{exercise}:{key[:_GROUP_DIGITS]}"


class _Rest:
    """What each student earned elsewhere than in one exercise."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._earned: dict[str, float] = defaultdict(float)
        self._points: dict[str, float] = defaultdict(float)
        for answer in answers:
            points = float(answer.verdict["points"])
            self._points[answer.student] += points
            self._earned[answer.student] += points * answer.score

    def share(self, answer: Answer) -> float | None:
        """The share of all other points that the student handed in for; None where there are none."""
        points = float(answer.verdict["points"])
        others = self._points[answer.student] - points
        return (self._earned[answer.student] - points * answer.score) / others if others > 1e-9 else None


def _figures(
    lesson: str, exercise: Mapping[str, Any], answers: Sequence[Answer], rest: _Rest
) -> ExerciseFigures:
    compared = [(answer, share) for answer in answers if (share := rest.share(answer)) is not None]
    shares = [share for _, share in compared]
    count = {status: sum(one.status == status for one in answers) for status in (PASSED, FAILED, UNANSWERED)}
    met = {name: 0 for name in exercise["requirements"]}
    for answer in answers:
        for line in answer.verdict["requirements"]:
            if line["name"] in met:
                met[line["name"]] += bool(line["passed"])
    return ExerciseFigures(
        id=exercise["id"],
        lesson=lesson,
        points=exercise["points"],
        n=len(answers),
        **count,
        mean=sum(answer.score for answer in answers) / len(answers) if answers else 0.0,
        requirements=met,
        bugs=_bugs(exercise, answers),
        unnamed=_groups(exercise, answers),
        located=_located(answers),
        discrimination=point_biserial([answer.status == PASSED for answer, _ in compared], shares),
        quintiles=quintiles([answer.score for answer, _ in compared], shares),
        again=_again(answers),
    )


def _bugs(exercise: Mapping[str, Any], answers: Iterable[Answer]) -> list[BugFigures]:
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        for bug in answer.bugs:
            found[bug].append(answer)
    figures = [
        BugFigures(
            bug,
            exercise["bugs"].get(bug, ""),
            sorted(one.student for one in having),
            _example(bug, having),
        )
        for bug, having in found.items()
    ]
    return sorted(figures, key=lambda bug: (-bug.count, bug.id))


def _groups(exercise: Mapping[str, Any], answers: Iterable[Answer]) -> list[Group]:
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.group:
            found[answer.group].append(answer)
    groups = []
    for name, sharing in found.items():
        # The shortest answer is the easiest to read.
        one = min(sharing, key=lambda answer: (len(answer.source), answer.student))
        located = next((answer for answer in sharing if answer.verdict["lines"]), one)
        missed = [part for part in one.failing if all(part in other.failing for other in sharing)]
        groups.append(
            Group(
                name,
                sorted(answer.student for answer in sharing),
                str(one.verdict["message"]),
                missed,
                list(located.verdict["lines"]),
                skeleton(exercise["id"], exercise["ways"], one.source, len(sharing)),
            )
        )
    return sorted(groups, key=lambda group: (-group.count, group.id))


def _located(answers: Iterable[Answer]) -> list[LocatedLines]:
    students: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for answer in answers:
        if answer.verdict["lines"] and not answer.bugs:
            lines = tuple(str(line["text"]) for line in answer.verdict["lines"])
            students[lines, str(answer.verdict["question"])].append(answer.student)
    found = [LocatedLines(list(lines), asked, sorted(who)) for (lines, asked), who in students.items()]
    return sorted(found, key=lambda one: (-one.count, one.question, one.lines))


def _again(answers: Iterable[Answer]) -> Again:
    tries = [(one.before[0]["status"] == PASSED, one.status == PASSED) for one in answers if one.before]
    return Again(
        len(tries),
        gained=tries.count((False, True)),
        lost=tries.count((True, False)),
        open=tries.count((False, False)),
    )


def _untouched(answers: Iterable[Answer], lesson: str) -> list[str]:
    """Who handed a lesson in without having written anything."""
    statuses: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        if answer.lesson == lesson:
            statuses[answer.student].add(answer.status)
    return sorted(student for student, found in statuses.items() if found == {UNANSWERED})


def _help(answers: Iterable[Answer]) -> list[Help]:
    by_submission: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        by_submission[answer.student, answer.lesson].append(answer)
    found = []
    for (student, lesson), its in by_submission.items():
        points = sum(float(answer.verdict["points"]) for answer in its)
        share = sum(float(answer.verdict["points"]) * answer.score for answer in its) / (points or 1.0)
        open_ones = [answer for answer in its if answer.status != PASSED]
        if all(answer.status == UNANSWERED for answer in its):
            continue  # has not started, which is another list
        why = ["less than half of the points"] if share < NEEDS_HELP else []
        stuck = [answer for answer in open_ones if any(one["status"] == FAILED for one in answer.before)]
        if stuck:
            names = ", ".join(answer.verdict["exercise"] for answer in stuck)
            why.append(f"handed in again and still failing: {names}")
        if why:
            found.append(Help(student, lesson, share, why, open_ones))
    return sorted(found, key=lambda one: (one.share, one.lesson, one.student))


# A verdict quotes exceptions, lines and names of the learner's own. In an example for the whole class stands
# only what has one of these forms.
_NOT_FINITE = ("nan", "inf", "-inf")
_NUMBERS = re.compile(r"(?:nan|inf|[\d\s.,+\-−–·×*/=()e…])*")
_ABOUT_CELLS = re.compile(r"The output at [a-z0-9, ]+ (?:should look|looks) at [a-z0-9,;–. ]+")


def _example(bug: str, having: Sequence[Answer]) -> Mapping[str, Any] | None:
    """The smallest case of an answer that has this bug alone, with nothing in it that a student wrote."""
    alone = [answer for answer in having if answer.bugs == [bug] and answer.verdict["case"]]
    cases = [made for answer in alone[:MOST_CANDIDATES] if (made := anonymous(answer.verdict["case"]))]
    return min(cases, key=_cells, default=None)


def _cells(case: Mapping[str, Any]) -> int:
    panels = [*case["inputs"], *filter(None, (case["expected"], case["yours"]))]
    return sum(len(row) for panel in panels for row in panel["rows"])


def anonymous(case: Mapping[str, Any]) -> dict[str, Any] | None:
    """A case without anything that could be a student's words; None where it cannot be shown so."""
    panels = [*case["inputs"], *filter(None, (case["expected"], case["yours"]))]
    cells = [value for panel in panels for row in panel["rows"] for value in row]
    values = [value for value in (case["expected_value"], case["yours_value"]) if value is not None]
    if any(isinstance(value, str) and value not in _NOT_FINITE for value in [*cells, *values]):
        return None
    words = {**case, "raised": "", "sentence": ""}
    if _ABOUT_CELLS.fullmatch(case["sentence"]):
        words["sentence"] = case["sentence"]
    if not _NUMBERS.fullmatch(case["yours_sum"].removeprefix(f"{case['result']} = ")):
        words["yours_sum"] = ""
    words["stops"] = bool(case["raised"])
    return words
