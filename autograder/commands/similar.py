"""`autograder similar`: answers that are alike beyond what the exercise forces; for a human, no verdict."""

from __future__ import annotations

import csv
import inspect
import io
import json
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.course import assignment
from autograder.course.course import Course, CourseError, write_atomically
from autograder.course.people import shown
from autograder.grading import alike, intake, recognize, timestamps
from autograder.notebook import merge
from autograder.notebook.reading import text_of
from autograder.notebook.sanitize import printable

Watch = Callable[[str], None]
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same zip from the same class


@dataclass
class ClassOfLesson:
    """What a class wrote in a lesson.

    Attributes:
        answers: for each exercise each student's answer; what stands as released is none.
        forced: for each exercise what says nothing about who wrote it.
        moments: when each student handed in, where that is known.
        unread: one line for each submission that could not be read.
        found: the pairs that are alike.
    """

    lesson: str
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    forced: dict[str, list[str]] = field(default_factory=dict)
    moments: dict[str, datetime] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    found: list[alike.Pair] = field(default_factory=list)

    @property
    def students(self) -> list[str]:
        """Everybody who answered something."""
        return sorted({student for texts in self.answers.values() for student in texts})


def similar(
    course: Course, lessons: list[str], least: float | None = None, watch: Watch = lambda lesson: None
) -> list[ClassOfLesson]:
    """Compare the answers of every two students, lesson by lesson.

    Args:
        least: the bits that a pair needs; by default what fits the size of the class.
        watch: told which lesson is looked at.

    Raises:
        CourseError: a lesson is not released.
    """
    released = {lesson: assignment.load(course, lesson) for lesson in lessons}

    def release_of(lesson: str) -> dict[str, Any] | None:
        if lesson in released:
            return released[lesson].notebook
        try:
            return assignment.load(course, lesson).notebook
        except CourseError:
            return None

    everything = intake.scan(course, course.lessons(), release_of)
    made = []
    for lesson in lessons:
        watch(lesson)
        read = _read(course, released[lesson], [one for one in everything.found if one.lesson == lesson])
        read.found = alike.pairs(read.answers, read.forced, least)
        made.append(read)
    return made


def _read(course: Course, lesson: assignment.Released, found: list[intake.Found]) -> ClassOfLesson:
    made = ClassOfLesson(lesson.lesson)
    given = _answers(lesson.notebook["cells"], lesson)
    solved: dict[str, str] = {}
    for path in sorted(course.folder("source", lesson.lesson).glob("*.ipynb")):
        solved = assignment.solutions(path)
    for name in lesson.points():
        made.answers[name] = {}
        made.forced[name] = [given.get(name, ""), solved.get(name, ""), *_model_answers(name)]
    for one in found:
        try:
            opened = intake.read(course, one, lesson.notebook, lesson.name, lesson.files)
            cells = merge.merge_submission(lesson.notebook, opened.cells).cells
        except (recognize.Unreadable, merge.NotThisLesson) as error:
            made.unread.append(str(error))
            continue
        for name, text in _answers(cells, lesson).items():
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            if text.split() != given.get(name, "").split():
                made.answers[name][one.student] = text
        if opened.timestamp is not None:
            try:
                zone = str(course.config.Exchange.get("timezone", "UTC"))
                made.moments[one.student] = timestamps.read(opened.timestamp, zone)
            except timestamps.Unclear:
                pass
    return made


def _answers(cells: list[dict[str, Any]], lesson: assignment.Released) -> dict[str, str]:
    """The text of each exercise's solution cell."""
    wanted = lesson.points()
    return {
        name: text_of(cell["source"])
        for cell in cells
        if (name := str(merge.nbgrader_metadata(cell).get("grade_id"))) in wanted
    }


def _model_answers(name: str) -> Iterator[str]:
    """The right answers that an exercise has, as texts."""
    for way in exercises.get(name).ways.values():
        try:
            yield textwrap.dedent(inspect.getsource(way))
        except (OSError, TypeError):  # made without a file
            continue


def said(lessons: list[ClassOfLesson]) -> Iterator[str]:
    """The pairs as lines for a terminal."""
    for one in lessons:
        count = len(one.found)
        yield f"{one.lesson}: {count or 'no'} pair{'s' * (count != 1)} of {len(one.students)} students"
        for line in one.unread:
            yield f"  not read: {printable(line)}"
        for pair in one.found:
            names = ", ".join(answer.exercise for answer in pair.answers)
            yield f"  {pair.bits:5.1f} bits  {shown(pair.first)} and {shown(pair.second)}: {names}"
    if any(one.found for one in lessons):
        yield "alike, never a verdict: read them side by side"


def as_json(lessons: list[ClassOfLesson]) -> str:
    """The pairs for other programs."""
    return json.dumps(
        {
            "lessons": {
                one.lesson: {
                    "students": len(one.students),
                    "threshold": round(alike.threshold(len(one.students)), 1),
                    "unread": one.unread,
                    "pairs": [
                        {
                            "students": [pair.first, pair.second],
                            "bits": pair.bits,
                            "spellings": list(pair.spellings),
                            "exercises": {
                                answer.exercise: {
                                    "statements": answer.statements,
                                    "bits": answer.bits,
                                    "overlap": answer.overlap,
                                }
                                for answer in pair.answers
                            },
                        }
                        for pair in one.found
                    ],
                }
                for one in lessons
            }
        },
        indent=1,
        ensure_ascii=False,
    )


def write_dolos(path: Path, lessons: list[ClassOfLesson]) -> None:
    """Write a zip as Dolos reads it: info.csv at its top, a file for each student and lesson."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["filename", "full_name", "label", "created_at"])
    files = {}
    for lesson in lessons:
        for number, student in enumerate(lesson.students, 1):
            own = {name: texts[student] for name, texts in lesson.answers.items() if student in texts}
            name = f"{lesson.lesson}/{number:04}.py"  # an id may hold what no file's name does
            files[name] = _together(own)
            moment = lesson.moments.get(student)
            when = f"{moment.replace(tzinfo=UTC):%Y-%m-%d %H:%M:%S %z}" if moment else ""
            table.writerow([name, student, lesson.lesson, when])
        given = {name: texts[0] for name, texts in lesson.forced.items()}
        files[f"{lesson.lesson}/boilerplate.txt"] = _together(given)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"info.csv": stream.getvalue(), **files}.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), text.encode("utf-8", "replace"))
    write_atomically(path, data.getvalue(), mode=0o600)


def _together(answers: dict[str, str]) -> str:
    return "\n\n\n".join(f"# {name}\n{text}" for name, text in answers.items()) + "\n"
