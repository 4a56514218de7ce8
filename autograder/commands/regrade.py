"""`autograder regrade`: the queue of objections; judge again, show both verdicts, write down the decision."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.course import assignment, gradebook
from autograder.course.course import Course, CourseError
from autograder.course.people import shown, student_id
from autograder.grading import cache, intake, job, late, objections, recognize
from autograder.grading.objections import Objection
from autograder.grading.packing import pack
from autograder.notebook import merge
from autograder.notebook.sanitize import printable
from autograder.report.text import WIDTH

KEEP, NEW = "keep", "new"


@dataclass(frozen=True)
class Case:
    """A verdict that is looked at again.

    Attributes:
        score: what the gradebook says now.
        before: what grading found: score, status, bugs, message; and the verdict's text.
        after: the same of judging it again.
        objections: what waits for a decision.
    """

    student: str
    lesson: str
    exercise: str
    name: str
    score: gradebook.Score
    before: dict[str, Any]
    after: dict[str, Any]
    objections: list[Objection]


def find(course: Course, student: str, lesson: str, exercise: str) -> tuple[str, assignment.Released, str]:
    """The student's id, the lesson and the exercise that are meant.

    Raises:
        CourseError: there is no such lesson or exercise, or nothing of the student is graded.
    """
    (name,) = course.choose([lesson], "release")
    released = assignment.load(course, name)
    if exercise not in released.points():
        known = ", ".join(released.points())
        raise CourseError(f"{name} has no exercise {printable(exercise)!r}; there are: {known}")
    who = student_id(student)
    if cache.load(course, who, name) is None:
        raise CourseError(f"nothing of {shown(student)!r} is graded for {name}")
    return who, released, exercise


def judge_again(
    course: Course, who: str, released: assignment.Released, exercise: str, launcher: str = ""
) -> Case:
    """Run the submission again as grading does, and judge the exercise.

    Raises:
        CourseError: it cannot be read, or the machine failed.
    """
    lesson = released.lesson
    entry = cache.load(course, who, lesson)
    score = gradebook.score(course, who, lesson, released.stem, exercise)
    row = entry["row"] if entry else {}
    known = row.get("exercises", {}).get(exercise)
    if known is None or score is None:
        raise CourseError(f"{exercise} of {who!r} has no verdict: {lesson} could not be graded")
    everything = intake.scan(course, course.lessons(), lambda name: None)
    found = [one for one in everything.found if (one.student, one.lesson) == (who, lesson)]
    if not found:
        raise CourseError(
            f"the submission of {who!r} for {lesson} is not in {course.folder('submitted').name}/"
        )
    try:
        opened = intake.read(course, found[0], released.notebook, released.name, released.files)
        laid = merge.merge_submission(released.notebook, opened.cells)
    except (recognize.Unreadable, merge.NotThisLesson) as error:
        raise CourseError(str(error)) from error
    cells = merge.notebook_of(released.notebook, laid.cells)["cells"]
    result = job.run_job_result(pack(course, released, who, cells, launcher or None, opened.files))
    if result["status"] != "done":
        raise CourseError(f"it could not be judged again: {result['reason']}")
    verdict = next(
        verdict
        for number, verdict in result["verdicts"].items()
        if merge.exercise_of(cells[int(number)]) == exercise
    )
    points = released.points()[exercise]
    after = {
        "score": job.points_of(verdict, points),
        **{name: verdict[name] for name in ("status", "bugs", "message")},
        "text": _text(job.verdict_outputs(verdict, points)),
    }
    before = {name: known[name] for name in ("score", "status", "bugs", "message")}
    before["text"] = _text(_graded_outputs(course, who, released, exercise)) or known["message"]
    waiting = [
        one
        for one in objections.queue(course)
        if (one.student, one.lesson, one.exercise) == (who, lesson, exercise)
    ]
    return Case(who, lesson, exercise, released.stem, score, before, after, waiting)


def _graded_outputs(
    course: Course, who: str, released: assignment.Released, exercise: str
) -> list[dict[str, Any]]:
    path = course.folder("autograded", who, released.lesson, released.name)
    try:
        cells = json.loads(path.read_bytes())["cells"]
    except (OSError, ValueError, KeyError):
        return []
    return next((cell.get("outputs", []) for cell in cells if merge.exercise_of(cell) == exercise), [])


def _text(outputs: list[dict[str, Any]]) -> str:
    """A verdict's text in a test cell's outputs."""
    for output in outputs:
        if output["output_type"] == "display_data":
            text = output["data"].get("text/plain", "")
            return text if isinstance(text, str) else "".join(text)
    return ""


def points_of(case: Case, decision: str) -> float:
    """The points that a decision gives.

    Raises:
        CourseError: it is none.
    """
    if decision == KEEP:
        return case.score.counts
    if decision == NEW:
        return float(case.after["score"])
    return _points_given(decision, case.score.most)


def _points_given(decision: str, most: float) -> float:
    try:
        points = float(decision.replace(",", "."))
    except ValueError:
        points = math.nan
    if not 0 <= points <= most:
        raise CourseError(
            f"--decide must be {KEEP}, {NEW} or points from 0 to {most:g}, got {printable(decision)!r}"
        )
    return points


def require_decision(decision: str, most: float, by: str, reason: str) -> None:
    """Refuse what cannot be carried out; it can be asked before the submission is run again.

    Raises:
        CourseError: it is neither a word nor points up to `most`, or nobody signs it or says why.
    """
    if decision not in (KEEP, NEW):
        _points_given(decision, most)
    if not by.strip() or not reason.strip():
        raise CourseError("a decision needs --by NAME and --reason TEXT: both are written down")


def decide(course: Course, case: Case, decision: str, by: str, reason: str) -> float:
    """Carry a decision out and write it down.

    The gradebook comes first: interrupted before the record, the objection still waits, and deciding the same
    again changes nothing more.

    Returns:
        The points that count now.
    """
    require_decision(decision, case.score.most, by, reason)
    points = points_of(case, decision)
    comment = f"Looked at again: {points:g} of {case.score.most:g} points. {reason.strip()}"
    with course.lock():
        gradebook.set_by_hand(course, case.student, case.lesson, case.name, case.exercise, points, comment)
        late.refresh(course)
        kept = {name: {k: v for k, v in side.items() if k != "text"} for name, side in _sides(case).items()}
        objections.decided(
            course,
            {
                **{"student": case.student, "lesson": case.lesson, "exercise": case.exercise},
                **{"by": by.strip(), "decision": decision, "reason": reason.strip()},
                **{"points": points, "points_before": case.score.counts, "of": case.score.most},
                **kept,
            },
        )
    return points


def _sides(case: Case) -> dict[str, dict[str, Any]]:
    return {"before": case.before, "after": case.after}


def note(course: Course, who: str, lesson: str, exercise: str, text: str) -> None:
    """Put an objection that came another way into the queue.

    Raises:
        CourseError: it has no words.
    """
    if not text.strip():
        raise CourseError("--objection needs the words of the objection")
    with course.lock():
        objections.note(course, Objection(who, lesson, exercise, text.strip(), "noted by hand"))


def show_queue(waiting: list[Objection]) -> None:
    """Print what waits for a decision."""
    console = Console(highlight=False, soft_wrap=True)
    for one in waiting:
        head = f"{printable(one.student)}  {one.lesson}  {printable(one.exercise)}  ({printable(one.source)})"
        console.print(escape(head))
        console.print(escape(f"    {printable(' '.join(one.text.split()))[:500]}"))
    count = len(waiting)
    console.print(f"{count or 'no'} objection{'s' * (count != 1)} to decide about")


def show(case: Case) -> None:
    """Print both verdicts side by side; one below the other where their lines would be broken."""
    wide = 2 * WIDTH + len(" │ ")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else wide)
    for one in case.objections:
        console.print(escape(f"{printable(one.student)}: {printable(' '.join(one.text.split()))}"))
    sides = [
        (
            f"{title}: {side['score']:g} of {case.score.most:g}",
            escape("\n".join(map(printable, side["text"].splitlines()))),
        )
        for title, side in (("when it was graded", case.before), ("judged again", case.after))
    ]
    for together in [sides] if console.width >= wide else [[side] for side in sides]:
        table = Table(show_edge=False, pad_edge=False, header_style="bold")
        for title, _ in together:
            table.add_column(title, ratio=1, overflow="fold")
        table.add_row(*(text for _, text in together))
        console.print(table)
    if case.score.by_hand is not None:
        console.print(f"by hand it has {case.score.by_hand:g} points already")


def as_json(case: Case, points: float | None) -> str:
    """Both verdicts for other programs, and the points where it was decided."""
    about = {name: getattr(case, name) for name in ("student", "lesson", "exercise")}
    waiting = [one.text for one in case.objections]
    return json.dumps(
        {**about, "objections": waiting, **_sides(case), "most": case.score.most, "decided": points},
        indent=1,
        ensure_ascii=False,
    )
