"""`autograder export`: grades for a learning management system, or for anybody who reads CSV."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from autograder.course import gradebook, lms
from autograder.course.cells import NotATable
from autograder.course.course import Course, CourseError, chosen, write_atomically
from autograder.course.gradebook import Mark
from autograder.course.lms import Column, Sheet, Wanted
from autograder.course.people import shown, student_id
from autograder.course.who import Matches, Person, match
from autograder.grading import late

CSV = "csv"
DESTINATIONS = (*lms.NAMES, CSV)
STDOUT = "-"
CSV_NAME = "scores.csv"
CSV_HEADER = (
    *("student", "last_name", "first_name", "lesson"),
    *("score", "max_score", "late_penalty", "waiting", "timestamp"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula
MOST_ALIKE = 3  # lines with the same reason; more students are in one
MOST_NAMED = 12  # of them by name
SMALLEST = Decimal("0.01")  # learning management systems show two decimals


@dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes:
        to: a learning management system or "csv".
        template: the gradebook that was downloaded.
        output: where the result goes; "" for beside the template, "-" for the standard output.
        column: the lesson's column, by header, title or number; "" where its name says it.
        scale: whether points are scaled where the system's maximum is another one.
        include_unread: whether scores go out in which an answer is not read yet.
        dry_run: whether nothing is written.
    """

    to: str
    template: Path | None = None
    output: str = ""
    column: str = ""
    scale: bool = False
    include_unread: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class LeftOut:
    """A score or a page that is not exported, and why; without a student it is the whole lesson's."""

    student: str
    lesson: str
    reason: str


@dataclass
class Lesson:
    """What became of a lesson.

    Attributes:
        column: the header it was written to, "" in CSV.
        maximum: the points of the lesson, or of the column where they were scaled.
        scores: what goes out, by student.
        unchanged: how many of them stood there already.
    """

    lesson: str
    column: str
    maximum: float
    scores: dict[str, float] = field(default_factory=dict)
    unchanged: int = 0


@dataclass
class Exported:
    """What was exported and what was not.

    Attributes:
        output: the file, "-" for the standard output.
        others: rows of the template that are nobody's of the gradebook; they stay as they are.
        data: the file's content.
    """

    to: str
    output: str
    lessons: list[Lesson]
    left_out: list[LeftOut]
    others: int
    data: bytes

    def as_json(self) -> dict[str, Any]:
        """Everything but the file itself."""
        return {name: value for name, value in asdict(self).items() if name != "data"}


def export(course: Course, lessons: Sequence[str], options: Options) -> Exported:
    """Write the grades of lessons.

    Points given by hand are in, and penalties for lateness, which are brought up to date first.

    Args:
        lessons: by folder or number; all that are graded where there are none.

    Raises:
        CourseError: the words, the template or the gradebook are wrong, in one line. Nothing is written.
    """
    check_destination(options.to, options.template)
    book = Book.read(course, lessons)
    if options.to == CSV:
        result = _plain_csv(book, options)
    else:
        assert options.template is not None
        result = _filled_in(book, options, options.template)
    if not options.dry_run:
        save(result.output, result.data)
    return result


def check_destination(to: str, template: Path | None) -> None:
    """Refuse words that do not go together.

    Raises:
        CourseError: they do not.
    """
    if to not in DESTINATIONS:
        raise CourseError(f"--to must be one of {', '.join(DESTINATIONS)}, got {to!r}")
    if to == CSV and template is not None:
        raise CourseError("--to csv takes no --template: it is a file of its own")
    if to != CSV and template is None:
        raise CourseError(
            f"--to {to} needs --template FILE: the gradebook, or the zip, as {lms.NAMES[to]} wrote it"
        )


@dataclass(frozen=True)
class Book:
    """The gradebook, as far as it is asked for.

    Attributes:
        students: everybody, in the gradebook's order.
        lessons: those that are exported, with each student's mark.
        headings: the lessons' own headings.
        not_graded: what was handed in and is not in the gradebook.
        all_lessons: whether nobody named any.
    """

    students: list[gradebook.Student]
    lessons: dict[str, dict[str, Mark]]
    headings: dict[str, str]
    not_graded: list[LeftOut]
    all_lessons: bool

    @staticmethod
    def read(course: Course, names: Sequence[str]) -> Book:
        """Read the marks of lessons.

        Raises:
            CourseError: the gradebook cannot be read, no such lesson, or nothing of it is graded.
        """
        students = gradebook.students(course)
        late.refresh(course)
        marks: dict[str, dict[str, Mark]] = defaultdict(dict)
        for (student, lesson, _), mark in gradebook.marks(course).items():
            marks[lesson][student] = mark
        known = sorted({*marks, *course.lessons("release")})
        picked = chosen(known, list(names), course.folder("release").name) if names else sorted(marks)
        for lesson in picked:
            if lesson not in marks:
                raise CourseError(f"nothing of {lesson} is graded: run `autograder grade {lesson}` first")
        if not picked:
            raise CourseError("nothing is graded yet: run `autograder grade` first")
        lessons = {lesson: dict(sorted(marks[lesson].items())) for lesson in picked}
        waiting = [LeftOut(*key, "is handed in, and not graded yet") for key in _not_graded(course, lessons)]
        return Book(
            students, lessons, {lesson: _heading(course, lesson) for lesson in picked}, waiting, not names
        )

    @property
    def people(self) -> list[Person]:
        """Who the students are."""
        return [person_of(student) for student in self.students]


def person_of(student: gradebook.Student) -> Person:
    """Somebody of the gradebook: a folder's name may be the name of a person."""
    full = f"{student.last}, {student.first}" if student.first else student.last
    return Person((student.id, student.lms_id), (full, student.id), student.email)


def _not_graded(course: Course, lessons: dict[str, dict[str, Mark]]) -> Iterable[tuple[str, str]]:
    """The (student, lesson) below submitted/ that the gradebook does not know."""
    folder = course.folder("submitted")
    for above in sorted(folder.iterdir()) if folder.is_dir() else ():
        if above.name.startswith(".") or not above.is_dir():
            continue
        who = student_id(above.name)
        for lesson, marks in lessons.items():
            if who not in marks and (above / lesson).is_dir() and any((above / lesson).iterdir()):
                yield who, lesson


def _heading(course: Course, lesson: str) -> str:
    """The first heading of a lesson's notebook, "" where there is none."""
    import json

    for path in sorted(course.folder("release", lesson).glob("*.ipynb")):
        try:
            cells = json.loads(path.read_bytes())["cells"]
            texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        for text in texts:
            if found := re.search(r"^#\s+(.+)$", text, re.MULTILINE):
                return found[1]
    return ""


def reason_to_wait(mark: Mark, include_unread: bool) -> str:
    """Why a submission's points are not final, "" where they go out."""
    if not mark.scored:
        return "could not be graded: `autograder grade` says why"
    if mark.waiting and not include_unread:
        answers = "1 answer is" if mark.waiting == 1 else f"{mark.waiting} answers are"
        return f"{answers} not read yet: grade in the formgrader, or pass --include-unread"
    return ""


def _filled_in(book: Book, options: Options, template: Path) -> Exported:
    """Write scores into the gradebook that was downloaded."""
    output = output_beside(template, options.output, "_graded")
    name = template.name
    sheet = _sheet(options.to, template)
    columns, left_out = _columns(book, sheet, options, name)
    found = match(book.people, sheet.people, shown(name))
    _check_same_course(book, found, name)
    values: dict[tuple[int, int], str] = {}
    lessons = []
    for lesson, column in columns.items():
        lessons.append(_lesson(book, lesson, sheet, column, options, name))
        filling = _Filling(sheet, column, lessons[-1], values, sheet.decimal(column))
        left_out += _fill(book, filling, found, options, name)
    left_out += [one for one in book.not_graded if one.lesson in columns]
    others = len(sheet.rows) - len(set(found.rows.values()))
    return Exported(options.to, output, lessons, left_out, others, sheet.table.replaced(values))


def _sheet(system: str, template: Path) -> Sheet:
    try:
        return lms.read(system, template.read_bytes())
    except NotATable as error:
        raise CourseError(f"{shown(str(template))} {error}") from None
    except OSError as error:
        raise CourseError(f"{shown(str(template))} cannot be read: {error.strerror}") from None


def _columns(
    book: Book, sheet: Sheet, options: Options, name: str
) -> tuple[dict[str, Column], list[LeftOut]]:
    """The column of each lesson, and the lessons without one where nobody named any."""
    single = len(sheet.columns) == 1 and not sheet.columns[0].title
    if len(book.lessons) > 1 and (single or options.column):
        why = f"{shown(name)} is for one assignment" if single else "--column is for one lesson"
        raise CourseError(f"{why}: name its lesson, one of {', '.join(book.lessons)}")
    columns: dict[str, Column] = {}
    left_out = []
    for lesson in book.lessons:
        wanted = Wanted(lesson, book.headings[lesson])
        if options.column:
            fitting = lms.named(sheet.columns, options.column)
        else:
            fitting = sheet.columns if single else lms.candidates(sheet.columns, wanted)
        fitting = [column for column in fitting if not column.refused] or fitting
        if len(fitting) == 1:
            (columns[lesson],) = fitting
        elif book.all_lessons and not options.column:
            left_out.append(LeftOut("", lesson, _no_column(fitting, name)))
        else:
            looked_for = options.column or lesson
            raise CourseError(
                f"{shown(looked_for)}: {_no_column(fitting, name)}; pass --column: {_listed(sheet)}"
            )
    if not columns:
        raise CourseError(
            f"no lesson has a column in {shown(name)}; name one and pass --column: {_listed(sheet)}"
        )
    for lesson, column in columns.items():
        if column.refused:
            raise CourseError(f"{lesson}: the column {shown(column.header)!r} {column.refused}")
        same = [other for other in columns if columns[other] == column]
        if len(same) > 1:
            raise CourseError(
                f"{' and '.join(same)} both fit {shown(column.header)!r}: name one, with --column"
            )
    return columns, left_out


def _no_column(fitting: Sequence[Column], name: str) -> str:
    count = f"{len(fitting)} columns" if fitting else "no column"
    return f"{count} of {shown(name)} may be meant"


def _listed(sheet: Sheet) -> str:
    usable_columns = [shown(column.header) for column in sheet.columns if not column.refused]
    return "; ".join(usable_columns) or "it has no column for points"


def _check_same_course(book: Book, found: Matches, name: str) -> None:
    wanted = {student for marks in book.lessons.values() for student in marks}
    places = [place for place, student in enumerate(book.students) if student.id in wanted]
    if not any(place in found.rows or place in found.doubts for place in places):
        raise CourseError(
            f"none of the {len(wanted)} students is in {shown(name)}: is it the gradebook of another course?"
        )


def _lesson(book: Book, lesson: str, sheet: Sheet, column: Column, options: Options, name: str) -> Lesson:
    """What the lesson and its column are worth.

    Raises:
        CourseError: they are not worth the same, and nobody asked for scaling.
    """
    most = max(mark.most for mark in book.lessons[lesson].values())
    there = column.maximum
    if there is None or there == most:
        return Lesson(lesson, column.header, most)
    if not options.scale:
        raise CourseError(
            f"{lesson} has {most:g} points here, and {there:g} in {shown(column.header)!r} of {shown(name)}: "
            "make them agree there, or pass --scale"
        )
    if not there or not most:
        raise CourseError(
            f"{lesson}: {most:g} points cannot be scaled to {there:g} in {shown(column.header)!r}"
        )
    return Lesson(lesson, column.header, there)


@dataclass(frozen=True)
class _Filling:
    """A column that is filled in: what goes into `values` is written."""

    sheet: Sheet
    column: Column
    lesson: Lesson
    values: dict[tuple[int, int], str]
    decimal: str


def _fill(book: Book, filling: _Filling, found: Matches, options: Options, name: str) -> Iterable[LeftOut]:
    """Put each student's score into the row that is theirs."""
    lesson, sheet = filling.lesson, filling.sheet
    places = {student.id: place for place, student in enumerate(book.students)}
    for student, mark in book.lessons[lesson.lesson].items():
        place = places[student]
        row = found.rows.get(place)
        reason = reason_to_wait(mark, options.include_unread)
        if row is None:
            reason = found.doubts.get(place, f"is nobody in {shown(name)}")
        if reason or row is None:
            yield LeftOut(student, lesson.lesson, reason)
            continue
        score = rounded(mark.total * (lesson.maximum / mark.most) if mark.most else 0.0)
        reason = _kept(sheet, filling.column, sheet.rows[row], score)
        if reason:
            yield LeftOut(student, lesson.lesson, reason)
            continue
        lesson.scores[student] = float(score)
        at = (sheet.rows[row], filling.column.index)
        before = lms.number(sheet.table.value(*at))
        if before is not None and before == float(score):
            lesson.unchanged += 1
        else:
            filling.values[at] = written(score, filling.decimal)


def _kept(sheet: Sheet, column: Column, row: int, score: Decimal) -> str:
    """Why a cell stays as it is, "" where the score goes in."""
    if column.index >= len(sheet.table.rows[row]):
        return "has a row that ends before the column"
    if sheet.bounded and column.maximum is not None and score > Decimal(str(column.maximum)):
        return f"has {score} points, more than the maximum there, {column.maximum:g}"
    return sheet.locked.get(row) or sheet.kept.get(sheet.table.value(row, column.index).strip(), "")


def rounded(points: float) -> Decimal:
    """Points to two decimals, halves up, as learning management systems show them."""
    return Decimal(str(round(points, 6))).quantize(SMALLEST, ROUND_HALF_UP)


def written(score: Decimal, sign: str = ".") -> str:
    """A score without zeros that say nothing: 9.5, 10, 0; `sign` is the decimal sign."""
    return f"{score.normalize():f}".replace(".", sign)


def _plain_csv(book: Book, options: Options) -> Exported:
    """A table of all scores; those that wait have none, and say so."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    names = {student.id: student for student in book.students}
    lessons, left_out = [], list(book.not_graded)
    for lesson, marks in book.lessons.items():
        lessons.append(Lesson(lesson, "", max(mark.most for mark in marks.values())))
        for student, mark in marks.items():
            reason = reason_to_wait(mark, options.include_unread)
            if reason:
                left_out.append(LeftOut(student, lesson, reason))
            else:
                lessons[-1].scores[student] = mark.total
            who = names[student]
            writer.writerow(
                [
                    *map(guarded, (student, who.last, who.first, lesson)),
                    "" if reason else f"{mark.total:g}",
                    f"{mark.most:g}",
                    f"{mark.penalty or 0:g}",
                    mark.waiting,
                    _moment(mark.timing[0]),
                ]
            )
    return Exported(CSV, options.output or CSV_NAME, lessons, left_out, 0, text.getvalue().encode())


def guarded(text: str) -> str:
    """A text that no spreadsheet computes: behind an apostrophe where it begins like a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _moment(stamp: Any) -> str:
    """A time stamp of the database to the second, in UTC, "" where there is none."""
    return f"{str(stamp)[:19]} UTC" if stamp else ""


def output_beside(template: Path, output: str, suffix: str) -> str:
    """Where the result goes: never over the template.

    Raises:
        CourseError: it would.
    """
    if output == STDOUT:
        return output
    target = Path(output) if output else template.with_name(f"{template.stem}{suffix}{template.suffix}")
    if target.exists() and template.exists() and target.samefile(template):
        raise CourseError(
            f"--output {shown(output)} is the template: it stays as it is, so name another file"
        )
    return str(target)


def save(output: str, data: bytes) -> None:
    """Write a file whole or not at all, or to the standard output.

    Raises:
        CourseError: it cannot be written.
    """
    if output == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if path.is_dir():
        raise CourseError(f"--output {shown(output)} is a folder: name a file")
    if not path.parent.is_dir():
        raise CourseError(f"--output {shown(output)}: there is no folder {shown(str(path.parent))}")
    write_atomically(path, data, mode=0o600)


def _not_exported(left_out: Sequence[LeftOut]) -> list[str]:
    """A line for each; one for many of the same lesson and reason."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in left_out:
        alike[one.lesson, one.reason].append(shown(one.student))
    said = []
    for (lesson, reason), students in alike.items():
        if len(students) > MOST_ALIKE:
            more = f" and {len(students) - MOST_NAMED} more" if len(students) > MOST_NAMED else ""
            named = f"{', '.join(students[:MOST_NAMED])}{more}"
            said.append(f"not exported: {len(students)} students, {lesson}: {reason}\n    {named}")
        else:
            said += [f"not exported: {' '.join(filter(None, (one, lesson)))}: {reason}" for one in students]
    return said


def lines(result: Exported, dry_run: bool) -> list[str]:
    """What is said at the end, a line each."""
    said = []
    for lesson in result.lessons:
        where = f" in {shown(lesson.column)!r}" if lesson.column else ""
        same = f", {lesson.unchanged} of them as they were" if lesson.unchanged else ""
        count = len(lesson.scores)
        said.append(f"{lesson.lesson}{where}: {count} score{'' if count == 1 else 's'}{same}")
    if result.others:
        rows = "1 row of the file is" if result.others == 1 else f"{result.others} rows of the file are"
        said.append(f"{rows} nobody's in the gradebook, and stay as they are")
    said += _not_exported(result.left_out)
    if result.output != STDOUT:
        said.append(f"{'would be written' if dry_run else 'written'}: {shown(result.output)}")
    return said
