"""The class report: what grading kept, as two pages, JSON or CSV; and a comment for a whole group."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.course import assignment, gradebook
from autograder.course.course import Course, CourseError, write_atomically
from autograder.course.people import student_id
from autograder.grading import cache, verdicts
from autograder.grading.batch import GRADED, Row
from autograder.model.exercise import Exercise
from autograder.notebook.reading import text_of
from autograder.report import class_report
from autograder.report.class_report import Answer, ClassReport

FOLDER = "report"
CLASS_PAGE, HELP_PAGE = "index.html", "help.html"
COLUMNS = (
    *("student", "lesson", "exercise", "status", "score", "earned", "points", "met", "requirements", "bugs"),
    *("group", "lines", "submissions", "handed_in"),
)


@dataclass(frozen=True)
class Written:
    """The pages, and how many submissions a human should look at."""

    class_page: Path
    help_page: Path
    waiting: int


def gather(course: Course, lessons: list[str]) -> ClassReport:
    """Compute the report on these lessons out of what grading kept.

    Raises:
        CourseError: nothing is graded yet.
    """
    students = {one.id: one.name for one in gradebook.students(course)}
    submissions: list[dict[str, Any]] = []
    waiting: list[dict[str, str]] = []
    graded = []
    for lesson in lessons:
        rows = cache.rows(course, lesson)
        if not rows:
            continue
        graded.append(_lesson(course, lesson))
        for student, data in rows.items():
            row = Row(**data)
            students.setdefault(student, row.student)
            kept = verdicts.load(course, student, lesson)
            why = _why_wait(row, kept is not None)
            if why:
                waiting.append({"student": student, "lesson": lesson, "why": why})
            if kept is not None:
                submissions.append({"student": student, "lesson": lesson, **kept})
        for student, name in _handed_in(course, lesson).items():
            students.setdefault(student, name)
            if student not in rows:
                why = "handed in and not graded yet: run autograder grade"
                waiting.append({"student": student, "lesson": lesson, "why": why})
    if not graded:
        named = f" of {', '.join(lessons)}" if lessons else ""
        raise CourseError(f"nothing{named} is graded yet: run `autograder grade` first")
    return class_report.report(
        {"lessons": graded, "students": students, "submissions": submissions, "waiting": waiting}
    )


def _why_wait(row: Row, kept: bool) -> str:
    """What a human should look at in a submission; "" where all is well."""
    if row.needs_review:
        return "; ".join([*row.remarks, *row.faults]) or row.status
    if row.status == GRADED and not kept:
        return "graded by an earlier version, and not in this report: run autograder grade"
    return ""


def _handed_in(course: Course, lesson: str) -> dict[str, str]:
    """Whose folders hold something for a lesson: written names by id."""
    found = course.folder("submitted").glob(f"*/{lesson}")
    names = [path.parent.name for path in found if not path.parent.name.startswith(".")]
    return {student_id(name): name for name in names}


def _lesson(course: Course, lesson: str) -> dict[str, Any]:
    released = assignment.load(course, lesson)
    texts = [
        text_of(cell["source"]) for cell in released.notebook["cells"] if cell["cell_type"] == "markdown"
    ]
    heading = re.search(r"^# +(.+)$", "\n".join(texts), re.MULTILINE)
    return {
        "id": lesson,
        "title": heading[1].strip() if heading else lesson,
        "exercises": [_exercise(exercises.get(name)) for name in released.points()],
    }


def _exercise(exercise: Exercise) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "points": exercise.points,
        "requirements": [requirement.name for requirement in exercise.requirements],
        "bugs": {bug.id: bug.sentence for bug in exercise.catalogue},
        "ways": exercise.texts(),
    }


def as_json(report: ClassReport) -> str:
    """The report for other programs."""
    return json.dumps(report.to_json(), indent=1)


def as_csv(report: ClassReport) -> str:
    """One row for each student and exercise."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(map(_cells, report.answers))
    return text.getvalue()


def _cells(answer: Answer) -> list[Any]:
    verdict = answer.verdict
    points, asked = float(verdict["points"]), len(verdict["requirements"])
    return [
        answer.student,
        answer.lesson,
        verdict["exercise"],
        answer.status,
        round(answer.score, 4),
        round(answer.score * points, 4),
        points,
        asked - len(answer.failing),
        asked,
        " ".join(answer.bugs),
        answer.group,
        " ".join(str(line["number"]) for line in verdict["lines"]),
        1 + len(answer.before),
        answer.handed_in,
    ]


def write(report: ClassReport, folder: Path) -> Written:
    """Write the page for the class and the one for the instructor alone."""
    from autograder.report import class_pages

    written = Written(folder / CLASS_PAGE, folder / HELP_PAGE, len(report.waiting))
    write_atomically(written.class_page, class_pages.for_the_class(report).encode())
    write_atomically(
        written.help_page, class_pages.for_the_instructor(report).encode("utf-8", "replace"), mode=0o600
    )
    return written


def comment(course: Course, report: ClassReport, group: str, text: str) -> int:
    """Add a comment to the answer of everybody in a group.

    Args:
        group: EXERCISE:BUG, or EXERCISE:DIGITS of an unnamed group, as the instructor's page shows it.
        text: what they are to read.

    Returns:
        How many students have it now.

    Raises:
        CourseError: there is no such group, or nothing to say.
    """
    members = report.members(group)
    if members is None:
        raise CourseError(f"no group {group!r} in the report; {HELP_PAGE} lists them, as in conv2d:3f9a1c")
    if not text.strip():
        raise CourseError("the comment is empty")
    lesson, exercise, students = members
    stem = assignment.load(course, lesson).stem
    with course.lock(), gradebook.GradebookWriter(course) as writer:
        return writer.comment(lesson, stem, exercise, students, text.strip())
