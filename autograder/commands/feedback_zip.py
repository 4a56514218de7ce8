"""`autograder export --feedback`: the pages of a lesson in the archive that a system takes them back in.

The template is the zip of submissions that was downloaded: its names say whose each file is, and a page takes
the place of the notebook that it is about.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.commands.export import (
    CSV,
    Book,
    Exported,
    LeftOut,
    Lesson,
    Options,
    check_destination,
    output_beside,
    reason_to_wait,
    save,
)
from autograder.course import lms
from autograder.course.course import Course, CourseError
from autograder.course.people import shown
from autograder.course.who import Person, match
from autograder.grading import archives

MOODLE = re.compile(r"(.*)_(\d+)_assignsubmission_(file|onlinetext)(_.*)?")
BRIGHTSPACE = re.compile(r"(\d+-\d+)\s*-\s*(.+?)\s*-\s*(\w+ \d+, \d+ \d+ (?:AM|PM))(?:\s*-\s*(.*))?")
BLACKBOARD = re.compile(r"(.+)_attempt_(\d{4}(?:-\d\d){5})(_.*)?")
INDEX = "index.html"  # of Brightspace, which wants it back
MOST_INDEX = 5_000_000  # bytes of it
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of every file in the archive: the same pages make the same archive


@dataclass(frozen=True)
class Place:
    """Where a page belongs in the archive.

    Attributes:
        who: the person whose submission lies there.
        newest: orders the tries of one person, the greatest is the newest.
        start: how the page's path begins.
        file: how it ends, "" for the lesson's name.
    """

    who: Person
    newest: tuple[Any, ...]
    start: str
    file: str = ""

    def path(self, lesson: str) -> str:
        """The page's path in the archive."""
        return self.start + (self.file or f"{lesson}.html")


def export_pages(course: Course, lessons: Sequence[str], archive: str, options: Options) -> Exported:
    """Pack the feedback pages of one lesson.

    Args:
        lessons: the lesson, by folder or number.
        archive: the zip to write, "-" for the standard output.
        options: `template` is the zip of submissions that was downloaded.

    Raises:
        CourseError: one line that says what is wrong. Nothing is written then.
    """
    if options.to == CSV:
        raise CourseError(f"--feedback goes to one of {', '.join(lms.NAMES)}, got --to csv")
    if options.output or options.column or options.scale:
        raise CourseError(
            "--feedback names the file that is written: --output, --column, --scale go with grades"
        )
    check_destination(options.to, options.template)
    assert options.template is not None
    output = output_beside(options.template, archive, "")
    if len(lessons) != 1:
        raise CourseError(
            f"--feedback is for one lesson, because the zip of submissions is; got {len(lessons)}"
        )
    book = Book.read(course, lessons)
    ((lesson, marks),) = book.lessons.items()
    places, kept = _places(options.to, options.template)
    found = match(book.people, [place.who for place in places], shown(options.template.name))
    result = Exported(options.to, output, [Lesson(lesson, "", 0.0)], list(book.not_graded), 0, b"")
    numbers = {student.id: number for number, student in enumerate(book.students)}
    pages: dict[str, bytes] = dict(kept)
    for student, mark in marks.items():
        row = found.rows.get(numbers[student])
        paths = sorted(course.folder("feedback", student, lesson).glob("*.html"))
        reason = reason_to_wait(mark, options.include_unread)
        if row is None:
            nobody = f"is nobody in {shown(options.template.name)}"
            reason = found.doubts.get(numbers[student], nobody)
        elif not reason and not paths:
            reason = f"has no page: run `autograder feedback {lesson}` first"
        if reason or row is None:
            result.left_out.append(LeftOut(student, lesson, reason))
            continue
        result.lessons[0].scores[student] = mark.total
        pages[places[row].path(lesson)] = paths[0].read_bytes()
    if not found.rows and not found.doubts:
        raise CourseError(
            f"none of the {len(marks)} students is in {shown(options.template.name)}: "
            "are these submissions of another course?"
        )
    result = replace(result, others=len(places) - len(found.rows), data=_packed(pages))
    if not options.dry_run:
        save(output, result.data)
    return result


def _places(system: str, template: Path) -> tuple[list[Place], dict[str, bytes]]:
    """Where each person's newest try lies, and what the archive must hold besides.

    Raises:
        CourseError: the zip cannot be read, or is not one of submissions.
    """
    try:
        with template.open("rb") as file:
            members = [member for member in archives.members(file) if not member.refused]
            index = [m for m in members if system == "brightspace" and m.path == INDEX]
            kept = {member.path: member.read(MOST_INDEX) for member in index}
    except archives.NotOpened as error:
        raise CourseError(f"{shown(str(template))}: {error}") from None
    except OSError as error:
        raise CourseError(f"{shown(str(template))} cannot be read: {error.strerror}") from None
    newest: dict[tuple[str, ...], Place] = {}
    for member in members:
        place = _LAYOUTS[system](member.path)
        if place is None:
            continue
        same = newest.get(key := (*place.who.ids, *place.who.names))
        if same is None or same.newest <= place.newest:
            newest[key] = place
    if not newest:
        raise CourseError(f"{shown(str(template))} holds no submissions as {lms.NAMES[system]} names them")
    return list(newest.values()), kept


def _canvas(path: str) -> Place | None:
    """`doejane_LATE_123_456_hw-2.ipynb`: the first two parts that are numbers are user and attachment."""
    folder, name = _split(path)
    parts = name.split("_")
    numbers = [at for at in range(1, len(parts) - 2) if parts[at].isdecimal() and parts[at + 1].isdecimal()]
    if not numbers or parts[0] == "anon":  # an anonymous number is nobody's that we know
        return None
    at = numbers[0]
    who = Person((parts[at],), ("".join(part for part in parts[:at] if part != "LATE"),))
    file = PurePosixPath("_".join(parts[at + 2 :]))
    newest = (file.suffix.lower() == ".ipynb", int(parts[at + 1]))
    return Place(who, newest, f"{folder}{'_'.join(parts[: at + 2])}_", f"{file.stem}.html")


def _moodle(path: str) -> Place | None:
    """`Full Name_N_assignsubmission_file/...`, or flat with `_hw.ipynb` behind; N is the Identifier's."""
    parts = path.split("/")
    for at, part in enumerate(parts):
        found = MOODLE.fullmatch(part)
        if found:
            name, number, _, rest = found.groups()
            start = "/".join([*parts[:at], f"{name}_{number}_assignsubmission_file"])
            inside = at < len(parts) - 1
            start += f"{'_' * (rest == '_')}/" if inside else "_"
            return Place(Person((f"Participant {number}", f"{name} {number}"), (name,)), (), start)
    return None


def _brightspace(path: str) -> Place | None:
    """`397063-2557369 - First Last - Sep 24, 2024 926 PM/`, or flat with ` - hw.ipynb` behind."""
    first, *below = path.split("/")
    found = BRIGHTSPACE.fullmatch(first)
    if found is None or not (below or found[4]):
        return None
    number, name, when, file = found.groups()
    start = f"{first}/" if below else first.removesuffix(file)
    return Place(Person((number,), (name,)), (_clock(when),), start)


def _clock(when: str) -> datetime:
    """`Sep 24, 2024 926 PM` as a time; months that are not English come first."""
    date, clock, half = when.rsplit(" ", 2)
    try:
        return datetime.strptime(f"{date} {clock:0>4} {half}", "%b %d, %Y %I%M %p")
    except ValueError:
        return datetime.min


def _blackboard(path: str) -> Place | None:
    """`Assignment_username_attempt_2026-03-01-20-00-00_hw.ipynb`; the first two may hold underscores."""
    folder, name = _split(path)
    found = BLACKBOARD.fullmatch(name.removesuffix(".txt"))
    if found is None:
        return None
    start, when, _ = found.groups()
    parts = start.split("_")
    users = tuple("_".join(parts[at:]) for at in range(1, len(parts)))
    return Place(Person(users), (when,), f"{folder}{start}_attempt_{when}_")


def _split(path: str) -> tuple[str, str]:
    """A path's folder, with its slash, and its name."""
    folder, slash, name = path.rpartition("/")
    return folder + slash, name


def _packed(pages: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in pages.items():
            info = zipfile.ZipInfo(name, EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, page)
    return data.getvalue()


_LAYOUTS: dict[str, Callable[[str], Place | None]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "brightspace": _brightspace,
    "blackboard": _blackboard,
}
