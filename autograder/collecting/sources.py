"""Where submissions come from: a folder, a clone or several, a zip, nbgrader's exchange; opened safely."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from autograder.collecting import clones, downloads
from autograder.course.course import Course, CourseError
from autograder.grading import tree
from autograder.grading.archives import NotOpened
from autograder.grading.tree import Entry
from autograder.notebook import file_kinds

FOLDER, GIT = "folder", "git"
INBOUND = "inbound"  # nbgrader's name for the folder of the exchange
MOST_IN_DOWNLOAD = 50_000  # files in the zip of a class
MOST_HELD_OPEN = 16  # zips beside each other in a folder


def top_of(source: Path) -> Path:
    """The folder in which submissions lie: of an exchange it is the inbound one."""
    return source / INBOUND if (source / INBOUND).is_dir() else source


def owner_of(path: Path) -> tuple[int, str] | None:
    """Who owns a file or folder, by number and name; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import pwd

    try:
        number = path.stat(follow_symlinks=False).st_uid
        return number, pwd.getpwuid(number).pw_name
    except (OSError, KeyError):
        return None


def check(course: Course, source: Path) -> None:
    """See that a source is there, and is none of the course's own folders.

    Raises:
        CourseError: it is not, or is one.
    """
    if not source.exists():
        raise CourseError(f"there is no {source}: SOURCE must be a folder or a zip")
    real, root = source.resolve(), course.root.resolve()
    ours = [
        course.folder(step).resolve() for step in ("submitted", "autograded", "feedback", "release", "source")
    ]
    if real == root or real in root.parents or any(real == one or one in real.parents for one in ours):
        raise CourseError(
            f"{source} is the course itself, or one of its folders: SOURCE must be somewhere else"
        )


@contextmanager
def opened(source: Path) -> Iterator[tuple[list[Entry], str]]:
    """Every file of a source, and the format where the folder itself says so.

    Raises:
        CourseError: it cannot be opened.
    """
    if source.is_file():
        with source.open("rb") as file:
            head = file.read(file_kinds.HEAD)
        kind = file_kinds.kind_of(head, source.name)
        if kind == file_kinds.NOTEBOOK:
            yield tree.unpack(source, source.name), ""
            return
        if kind != file_kinds.ZIP:
            what = file_kinds.words(kind) if kind in file_kinds.NAMED else "something else"
            raise CourseError(
                f"{source} is not a zip but {what}: SOURCE must be a folder, a zip or a notebook"
            )
        try:
            with tree.opened(source, MOST_IN_DOWNLOAD) as entries:
                if not entries:
                    raise CourseError(f"{source} is an empty zip: download it again")
                yield entries, ""
        except NotOpened as error:
            why = str(error).replace("have it handed in again", "download it again")
            raise CourseError(f"{source}: {why}") from None
        return
    if not source.is_dir():
        raise CourseError(f"{source} is neither a folder nor a file")
    top = top_of(source)
    if clones.is_clone(top):
        yield tree.walk(top, top.resolve().name), GIT
        return
    children = sorted(child for child in top.iterdir() if not tree.is_kept(child.name))
    form = GIT if any(clones.is_clone(child) for child in children if child.is_dir()) else ""
    wrapped = _wrapped(children)
    above = f"{wrapped.name}/" if wrapped else ""
    if wrapped:
        children = sorted(child for child in wrapped.iterdir() if not tree.is_kept(child.name))
    with ExitStack() as stack:
        held = 0
        found: list[Entry] = []
        for child in children:
            if child.is_symlink():
                found.append(
                    Entry(above + child.name, "odd", "a link is not followed: copy what it leads to")
                )
            elif child.is_dir():
                found += tree.walk(child, above + child.name)
            elif held < MOST_HELD_OPEN and _is_zip(child):
                try:
                    inside = stack.enter_context(tree.opened(child, MOST_IN_DOWNLOAD))
                except NotOpened as error:
                    found.append(Entry(above + child.name, "odd", str(error)))
                    continue
                held += 1
                found += [replace(entry, path=f"{above}{child.name}/{entry.path}") for entry in inside]
            else:
                found += tree.unpack(child, above + child.name)
        yield found, form


def _wrapped(children: list[Path]) -> Path | None:
    """The only folder in a folder, where a whole download lies in it."""
    if len(children) != 1 or not children[0].is_dir() or children[0].is_symlink():
        return None
    names = [[child.name, "x"] for child in children[0].iterdir()]
    return children[0] if downloads.recognized(names)[0] else None


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file_kinds.kind_of(file.read(file_kinds.HEAD), path.name) == file_kinds.ZIP
    except OSError:
        return False
