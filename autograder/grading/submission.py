"""A student's folder, opened as if an enemy had packed it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from autograder.grading.course import STUDENT, Course
from autograder.grading.notebook import Cell, NotANotebook, read

# Only what is put there by programs, never by a student.
IGNORED = (".ipynb_checkpoints", "__pycache__", "__MACOSX")


class Unreadable(Exception):
    """A submission of which nothing can be judged: one line that says which file and what."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook of one lesson, read.

    Attributes:
        file: where it was found, below the course's root.
        remarks: what was mended, for the instructor's table.
        timestamp: what the student's folder says about when it was handed in.
    """

    student: str
    lesson: str
    file: str
    cells: list[Cell]
    remarks: list[str] = field(default_factory=list)
    timestamp: str | None = None


def find(course: Course, lessons: list[str]) -> Iterator[tuple[str, str]]:
    """Every (student, lesson) handed in: what stands in a student's folder under a lesson's name."""
    for folder in _folders(course.folder("submitted")):
        if folder in lessons or folder.startswith("."):
            continue
        for lesson in _names(course.folder("submitted", folder)) or ():
            if lesson in lessons:
                yield folder, lesson


def strays(course: Course, lessons: list[str]) -> list[str]:
    """What lies in submitted/ and belongs to no student and lesson: a remark each."""
    submitted = course.folder("submitted")
    found = []
    for name in sorted(os.listdir(submitted)) if submitted.is_dir() else []:
        shown = _shown(f"{submitted.name}/{name}")
        if name.startswith(".") or name in IGNORED:
            continue
        if not _is_folder(submitted / name):
            if name.endswith(".ipynb") or (submitted / name).is_symlink():
                found.append(f"{shown}: whose is it? It belongs into {submitted.name}/STUDENT/LESSON/")
            continue
        if name in lessons:
            found.append(f"{shown}: whose is it? There is no student's folder around it")
            continue
        files = _names(submitted / name)
        if files is None:
            found.append(f"{shown}: cannot be opened")
        for file in files or ():
            path = submitted / name / file
            if file.startswith(".") or file in IGNORED or file in lessons:
                continue
            if file.endswith(".ipynb") and not _is_folder(path):
                found.append(f"{shown}/{_shown(file)}: of which lesson? It belongs into {shown}/LESSON/")
            elif _is_folder(path) and any(inside.endswith(".ipynb") for inside in _names(path) or ()):
                found.append(f"{shown}/{_shown(file)}: there is no such lesson")
    return found


def open_submission(course: Course, student: str, lesson: str, notebook: str) -> Submission:
    """Read what a student handed in.

    Args:
        notebook: the name that the notebook was released under.

    Raises:
        Unreadable: no usable student, no notebook, or not a notebook.
    """
    where = f"{course.folder('submitted').name}/{_shown(student)}/{lesson}"
    if not usable(student):
        raise Unreadable(f"{where}: {_shown(student)!r} cannot be a student's name")
    with ExitStack() as handles:
        folder = _enter(course.folder("submitted"), None, where, handles)
        for part in (student, lesson):
            folder = _enter(part, folder, where, handles)
        found = list(_notebooks(folder, depth=2))
        path, remarks = _the_one(found, notebook, where)
        data = _read(folder, path, course.grading.notebook_bytes, where)
        timestamp = _timestamp(folder)
    file = f"{where}/{path}"
    try:
        cells, mended = read(data, course.grading.notebook_cells)
    except NotANotebook as error:
        raise Unreadable(f"{file}: {error}") from error
    return Submission(student, lesson, file, cells, [*remarks, *mended], timestamp)


def usable(student: str) -> bool:
    """Whether a folder's name can stand for a student everywhere that nbgrader uses it."""
    return bool(STUDENT.fullmatch(student)) and len(student) <= 128


def _shown(name: str) -> str:
    """A name from the file system, safe to print."""
    return name.encode("utf-8", "backslashreplace").decode().translate({c: "?" for c in range(32)})


def _folders(folder: Path) -> list[str]:
    if not _is_folder(folder):
        return []
    return sorted(name for name in os.listdir(folder) if _is_folder(folder / name) and name not in IGNORED)


def _names(folder: Path) -> list[str] | None:
    """What is in a folder; None where nobody may look into it."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return None


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _enter(name: str | Path, parent: int | None, where: str, handles: ExitStack) -> int:
    """Step into a folder; below submitted/ itself never through a link."""
    follow = os.O_NOFOLLOW if parent is not None else 0
    try:
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | follow, dir_fd=parent)
    except OSError as error:
        raise Unreadable(f"{where}: cannot be opened ({error.strerror})") from error
    handles.callback(os.close, folder)
    return folder


def _notebooks(folder: int, depth: int, above: str = "") -> Iterator[str]:
    """The notebooks in a folder and in those below it, by path."""
    for name in sorted(os.listdir(folder)):
        if name in IGNORED or name.startswith("._"):
            continue
        try:
            mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        except OSError:
            continue
        if stat.S_ISDIR(mode) and depth:
            try:
                below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            except OSError:
                continue
            try:
                yield from _notebooks(below, depth - 1, f"{above}{name}/")
            finally:
                os.close(below)
        elif name.lower().endswith(".ipynb"):
            yield above + name


def _the_one(found: list[str], notebook: str, where: str) -> tuple[str, list[str]]:
    """The notebook meant: the one with its released name, else the only one there is.

    Copies that Jupyter or a browser numbered are not counted where the released name is there.
    """
    if notebook in found:
        others = [path for path in found if path != notebook]
        return notebook, [f"also there, not read: {', '.join(map(_shown, others[:3]))}"] if others else []
    if len(found) == 1:
        return found[0], [f"called {_shown(found[0])}, not {notebook}"]
    alike = [path for path in found if _plain(path) == _plain(notebook)]
    if len(alike) == 1:
        return alike[0], [f"called {_shown(alike[0])}, not {notebook}"]
    if not found:
        raise Unreadable(f"{where}: no notebook in it")
    raise Unreadable(f"{where}: which one? {', '.join(map(_shown, found[:4]))}; none is called {notebook}")


def _plain(path: str) -> str:
    """A notebook's name without what programs add to it."""
    name = path.rsplit("/", 1)[-1].lower().removesuffix(".ipynb")
    return re.sub(r"([ _-]*copy\d*|[ _-]*\(\d+\))+$", "", name)


def _read(folder: int, path: str, most: int, where: str) -> bytes:
    """A regular file's content, at most so many bytes: no link, pipe or device, none waited for."""
    *above, name = path.split("/")
    with ExitStack() as handles:
        for part in above:
            folder = _enter(part, folder, where, handles)
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Unreadable(f"{where}/{_shown(path)}: is not a file")
                data = file.read(most + 1)
        except OSError as error:
            raise Unreadable(f"{where}/{_shown(path)}: cannot be opened ({error.strerror})") from error
    if len(data) > most:
        raise Unreadable(f"{where}/{_shown(path)}: is larger than {most // 1_000_000} MB")
    return data


def _timestamp(folder: int) -> str | None:
    """When it was handed in, as nbgrader's exchange writes it beside the notebook."""
    try:
        text = _read(folder, "timestamp.txt", 200, "").decode("ascii").strip()
    except (Unreadable, UnicodeDecodeError):
        return None
    return text or None
