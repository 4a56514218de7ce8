"""Which lesson a file is of: by what it and its folders are called, or by the cells that are in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from autograder.course.course import Course
from autograder.course.people import letters
from autograder.grading.archives import NotOpened
from autograder.grading.tree import Entry, Unopened
from autograder.notebook import file_kinds, merge, reading
from autograder.notebook.reading import Cell, NotANotebook

LARGEST = 8  # times what is read of a notebook: so much of a file is gone through

Release = Callable[[str], dict[str, Any] | None]


class Unreadable(Exception):
    """A submission of which nothing can be judged: one line that says which file, what, and what to do."""


class Lessons:
    """The lessons of a course, as people and programs name them.

    Args:
        names: all lessons.
        release_of: a lesson's released notebook, None where there is none.
    """

    def __init__(self, course: Course, names: list[str], release_of: Release) -> None:
        self._course = course
        self._release_of = release_of
        self.names = names
        self._numbers: dict[str, list[str]] = {}
        self._plain: dict[str, list[str]] = {}
        self._marks: dict[str, set[str]] = {}
        for lesson in names:
            self._numbers.setdefault(lesson.split("_")[0].lstrip("0") or "0", []).append(lesson)
            self._plain.setdefault(letters(lesson), []).append(lesson)

    def called(self, folder: str) -> str:
        """The lesson that a folder is named after: by its name in any spelling, or by its number."""
        if folder in self.names:
            return folder
        name = file_kinds.ARCHIVE.sub("", folder)
        number = re.fullmatch(r"(?:lesson|assignment|exercise|week|lab)?[ _-]*0*(\d+)", name, re.IGNORECASE)
        found = self._plain.get(letters(name)) or (self._numbers.get(number[1]) if number else None) or []
        return found[0] if len(found) == 1 else ""

    def by_name(self, name: str) -> str:
        """The lesson whose name is a part of this one."""
        said = letters(name)
        found = [lesson for plain, (lesson, *_) in self._plain.items() if plain and plain in said]
        return found[0] if len(found) == 1 else ""

    def by_content(self, entry: Entry) -> str:
        """The lesson whose marked cells a notebook has."""
        try:
            return self.of_cells(cells(entry, self._course, large=False)[0])
        except Unreadable:
            return ""

    def of_cells(self, found: list[Cell]) -> str:
        """The lesson of which most marked cells are among these."""
        counts = {}
        marks = {cell.grade_id for cell in found if cell.grade_id}
        marked = [lesson for lesson in self.names if marks & self._grade_ids(lesson)]
        for lesson in marked or self.names:
            release = self._release_of(lesson)
            if release is not None and (count := merge.belongs(release, found)):
                counts[lesson] = count
        best = max(counts.values(), default=0)
        most = [lesson for lesson, count in counts.items() if count == best]
        return most[0] if len(most) == 1 else ""

    def _grade_ids(self, lesson: str) -> set[str]:
        """The names of a lesson's marked cells."""
        if lesson not in self._marks:
            release = self._release_of(lesson)
            metadata = [merge.nbgrader_metadata(cell) for cell in release["cells"]] if release else []
            self._marks[lesson] = {str(one["grade_id"]) for one in metadata if one}
        return self._marks[lesson]


def cells(entry: Entry, course: Course, large: bool = True) -> tuple[list[Cell], list[str]]:
    """A notebook's cells, and remarks on what was mended.

    Args:
        large: whether a large file is gone through; not where there may be thousands of them.

    Raises:
        Unreadable: why it has none.
    """
    most = course.grading.notebook_bytes
    try:
        data = entry.read(most + 1)
        remarks: list[str] = []
        if large and len(data) > most and entry.kind == file_kinds.NOTEBOOK:
            data = entry.read(most * LARGEST + 1)
            if len(data) <= most * LARGEST:
                data, remarks = reading.smaller(data, most // 2)
        if len(data) > most:
            raise Unreadable(f"is larger than {most // 1_000_000} MB: have it handed in without its outputs")
        if entry.kind == file_kinds.SCRIPT:
            return reading.read_script(data), []
        found, more = reading.read(data, course.grading.notebook_cells)
        return found, remarks + more
    except (NotANotebook, Unopened, NotOpened) as error:
        raise Unreadable(str(error)) from error
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror}): see who may read it") from error
