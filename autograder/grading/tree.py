"""All files below a folder, its archives opened: what there is, before anybody asks what it is for.

Nothing is followed that leads out of the student's own folder, nothing waited for (a pipe, a device), nothing
written. A file that is not read is still there, with the reason: whoever lists the files has all of them.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from autograder.grading import archives
from autograder.notebook import file_kinds

MOST_FILES = 5_000  # of one student
MOST_DEPTH = 16
MOST_ARCHIVES = 2  # an archive in an archive, and no further
ARCHIVE_BYTES = 200_000_000  # of a zip in a folder: of it only the members that are needed go into memory
INNER_BYTES = 24_000_000  # of an archive in an archive, or of what is packed with gzip, bzip2 or xz
TAR_BYTES = 64_000_000  # of a tar that was packed: all of it goes into memory
ALL = -1  # bytes
UNPACKED_BYTES = 200_000_000  # of one student, only to see what there is

# What programs keep for themselves, and no student has written.
PROGRAMS = frozenset(
    [
        ".ipynb_checkpoints",
        "__pycache__",
        "__MACOSX",
        ".git",
        ".svn",
        ".idea",
        ".vscode",
        ".venv",
        "node_modules",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".Trash",
        ".Trashes",
        ".Spotlight-V100",
        ".DS_Store",
        ".directory",
        ".gitignore",
        ".gitattributes",
        ".gitkeep",
        ".nbgrader.log",
        "Thumbs.db",
        "desktop.ini",
        "Desktop.ini",
        "Icon\r",
        "my_convlib.py",
        ".copied.json",
        # What `autograder collect` keeps: where a submission came from, the tries before it, unfinished work.
        ".collected.json",
        ".earlier",
        ".collecting",
    ]
)
CHECKPOINTS = ".ipynb_checkpoints"
NO_FILE = "is a pipe, a socket or a device, not a file: remove it"


@dataclass(frozen=True)
class Entry:
    """A file, or something else that stands where a file could.

    Attributes:
        path: below the folder, with "/" between its parts; an archive's members stand below the archive.
        kind: see `kinds`; "kept" is a program's own, "odd" is nothing that can be read.
        why: where it is not read, why not and what to do.
        modified: in seconds since 1970.
        read: its first bytes, so many at most.
    """

    path: str
    kind: str
    why: str = ""
    modified: float = 0.0
    read: Callable[[int], bytes] = lambda most: b""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """The path of the folder it is in, "" at the top."""
        return self.path.rpartition("/")[0]

    @property
    def checkpoint(self) -> bool:
        """Whether it is a copy that Jupyter keeps."""
        return CHECKPOINTS in self.path.split("/")[:-1]


class Unopened(Exception):
    """A file that cannot be read: why not, and what to do."""


class _Budget:
    """How much may still be unpacked."""

    def __init__(self) -> None:
        self.left = UNPACKED_BYTES

    def spend(self, size: int) -> None:
        """Count so many bytes.

        Raises:
            Unopened: there are none left.
        """
        self.left -= size
        if self.left < 0:
            raise Unopened("more is packed here than is unpacked: unpack it here")


def walk(folder: Path, shown: str) -> list[Entry]:
    """Every file below a folder, which may itself be a link.

    Args:
        folder: a student's.
        shown: its path, before that of each file.
    """
    real = Path(os.path.realpath(folder))
    return _bounded(_below(real, "", shown, frozenset([str(real)]), MOST_DEPTH, _Budget()), shown)


def unpack(path: Path, shown: str) -> list[Entry]:
    """What a file is, or what is in it where it is an archive."""
    try:
        modified = path.stat(follow_symlinks=False).st_mtime
    except OSError:
        modified = 0.0
    stream = partial(_stream, path.parent, path.name)
    return _bounded(_file(shown, modified, stream, MOST_ARCHIVES, _Budget()), shown)


@contextmanager
def opened(path: Path, most: int) -> Iterator[list[Entry]]:
    """What is in a zip of a whole class. It stays open meanwhile, so that each member is read where it is.

    Args:
        path: the zip.
        most: how many files it may hold; what one student packed into it is bounded as elsewhere.

    Raises:
        NotOpened: it is no zip.
    """

    with path.open("rb") as file:
        entries: list[Entry] = []
        for member in archives.members(file, most):
            entries += _member_of("", member, partial(_bytes_of, member), MOST_ARCHIVES - 1, _Budget())
        yield entries


def _bounded(entries: Iterator[Entry], shown: str) -> list[Entry]:
    found: list[Entry] = []
    for entry in entries:
        if len(found) >= MOST_FILES:
            found.append(Entry(shown, "odd", f"more than {MOST_FILES} files: the others are not looked at"))
            break
        found.append(entry)
    return found


def _below(
    base: Path, inside: str, shown: str, seen: frozenset[str], depth: int, budget: _Budget
) -> Iterator[Entry]:
    """The files of one folder and of those in it.

    Args:
        base: the student's folder, without links.
        inside: the folder, below `base`.
        shown: the path by which it was reached.
        seen: the real paths on the way here.
        depth: how many folders further down to look.
    """
    try:
        with _Opened(base, inside, os.O_RDONLY | os.O_DIRECTORY) as handle:
            names = sorted(os.listdir(handle))
            facts = {name: _facts(handle, name) for name in names}
    except Unopened as error:
        yield Entry(shown, "odd", str(error))
        return
    for name in names:
        path = f"{shown}/{name}"
        where = f"{inside}/{name}" if inside else name
        status = facts[name]
        target = seen
        if status is not None and stat.S_ISLNK(status.st_mode):
            real = os.path.realpath(base / where)
            if not os.path.exists(real):
                yield Entry(path, "odd", "a link to what is not there: have the file itself handed in")
                continue
            if not real.startswith(f"{base}{os.sep}") or real in seen:
                yield Entry(
                    path, "odd", "a link out of the student's folder is not followed: copy what it leads to"
                )
                continue
            where = os.path.relpath(real, base).replace(os.sep, "/")
            try:
                status = os.stat(real, follow_symlinks=False)
            except OSError:
                status = None
            target = seen | {real}
        if is_kept(name):
            yield Entry(path, "kept")
        elif status is None:
            yield Entry(path, "odd", "cannot be looked at: see who may read it")
        elif stat.S_ISDIR(status.st_mode):
            if depth:
                yield from _below(base, where, path, target, depth - 1, budget)
            else:
                yield Entry(path, "odd", f"is more than {MOST_DEPTH} folders deep: move it up")
        elif stat.S_ISREG(status.st_mode):
            yield from _file(path, status.st_mtime, partial(_stream, base, where), MOST_ARCHIVES, budget)
        else:
            yield Entry(path, "odd", NO_FILE)


def _facts(handle: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=handle, follow_symlinks=False)
    except OSError:
        return None


class _Opened:
    """A file or folder below a base, opened a step at a time and never through a link."""

    def __init__(self, base: Path, inside: str, flags: int) -> None:
        self._stack = ExitStack()
        try:
            handle = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
            self._stack.callback(os.close, handle)
            *above, last = inside.split("/") if inside else ["."]
            for part in above:
                handle = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
                self._stack.callback(os.close, handle)
            self.handle = os.open(last, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
            self._stack.callback(os.close, self.handle)
        except OSError as error:
            self._stack.close()
            raise Unopened(f"cannot be opened ({error.strerror}): see who may read it") from error

    def __enter__(self) -> int:
        return self.handle

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _stream(base: Path, inside: str) -> BinaryIO:
    """A regular file, open.

    Raises:
        Unopened: it cannot be opened, or is something else by now.
    """
    with _Opened(base, inside, os.O_RDONLY) as handle:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unopened(NO_FILE)
        return os.fdopen(os.dup(handle), "rb")


def _file(
    path: str,
    modified: float,
    stream: Callable[[], BinaryIO],
    deeper: int,
    budget: _Budget,
    head: Callable[[int], bytes] | None = None,
    part: Callable[[int], bytes] | None = None,
) -> Iterator[Entry]:
    """A file, and what is in it where it is an archive.

    Args:
        head: reads its first bytes now, where there is a shorter way to them.
        part: reads them at any time, where not all of it has to be in memory for that.
    """

    def read(most: int) -> bytes:
        if part is not None:
            return part(most)
        with stream() as file:
            return file.read(most)

    name = path.rsplit("/", 1)[-1]
    try:
        kind = file_kinds.kind_of((head or read)(file_kinds.HEAD), name)
        if kind == file_kinds.ZIP and deeper:
            yield from _zip(path, stream, deeper, budget)
            return
        if kind == file_kinds.TAR and deeper:
            yield from _tar(path, stream, deeper, budget)
            return
        if kind in file_kinds.PACKED:
            yield from _packed(path, kind, modified, read, deeper, budget)
            return
    except (Unopened, archives.NotOpened, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        yield Entry(path, "odd", said or "cannot be read")
        return
    archive = kind in (file_kinds.ZIP, file_kinds.TAR)
    why = "an archive in archives: unpack it here" if archive else ""
    yield Entry(path, "odd" if why else kind, why, modified, read)


def _zip(path: str, stream: Callable[[], BinaryIO], deeper: int, budget: _Budget) -> Iterator[Entry]:
    """The members of a zip; what is read of them later is read anew, so that nothing stays in memory."""
    with stream() as file:
        _weigh(file, "zip", budget)
        inside = archives.members(file)
        names = {member.path for member in inside}
        if {"[Content_Types].xml", "mimetype"} & names and not any(map(file_kinds.is_notebook_name, names)):
            yield Entry(path, "office")
            return
        yield from _inside(path, "zip", stream, archives.members, inside, deeper, budget)


def _tar(path: str, stream: Callable[[], BinaryIO], deeper: int, budget: _Budget) -> Iterator[Entry]:
    """The members of a tar, likewise."""
    with stream() as file:
        _weigh(file, "tar", budget)
        inside = archives.members_of_tar(file)
        yield from _inside(path, "tar", stream, archives.members_of_tar, inside, deeper, budget)


def _weigh(file: BinaryIO, what: str, budget: _Budget) -> None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > ARCHIVE_BYTES:
        raise Unopened(f"a {what} of more than {ARCHIVE_BYTES // 1_000_000} MB: unpack it here")
    if isinstance(file, io.BytesIO):
        budget.spend(size)


def _inside(
    path: str,
    what: str,
    stream: Callable[[], BinaryIO],
    listing: Callable[[BinaryIO], list[archives.Member]],
    inside: list[archives.Member],
    deeper: int,
    budget: _Budget,
) -> Iterator[Entry]:
    if not inside:
        yield Entry(path, "odd", f"an empty {what}: have it handed in again")
    for member in inside:
        found = partial(_member, stream, listing, member.path)
        yield from _member_of(f"{path}/", member, found, deeper - 1, budget)


def _member_of(
    above: str, member: archives.Member, fetch: Callable[[int], bytes], deeper: int, budget: _Budget
) -> Iterator[Entry]:
    """A member of an archive, and what is in it.

    Args:
        above: what its path begins with.
        fetch: reads its first bytes, or, where it is asked for `ALL`, all of it.
    """

    def stream() -> BinaryIO:
        return io.BytesIO(fetch(ALL))

    if member.refused:
        yield Entry(f"{above}{_tame(member.path)}", "odd", member.refused)
    elif any(is_kept(part) for part in member.path.split("/")):
        yield Entry(f"{above}{member.path}", "kept")
    else:
        yield from _file(f"{above}{member.path}", member.modified, stream, deeper, budget, member.read, fetch)


def is_kept(name: str) -> bool:
    """Whether a file or folder of this name is a program's own; a checkpoint may be a student's last copy."""
    return (name in PROGRAMS and name != CHECKPOINTS) or name.startswith("._")


def _tame(path: str) -> str:
    """A name that leads out of an archive, as the name of something in it."""
    return path.replace("/", "\\")


def _member(
    stream: Callable[[], BinaryIO],
    listing: Callable[[BinaryIO], list[archives.Member]],
    wanted: str,
    most: int,
) -> bytes:
    """The first bytes of a member of an archive, or all of it, read anew."""
    with stream() as file:
        for member in listing(file):
            if member.path == wanted and not member.refused:
                return _bytes_of(member, most)
    raise Unopened("is not in the archive any more")


def content(entry: Entry) -> bytes:
    """All bytes of a file, none where it cannot be read."""
    try:
        return entry.read(INNER_BYTES)
    except (Unopened, archives.NotOpened, OSError):
        return b""


def _bytes_of(member: archives.Member, most: int) -> bytes:
    if most != ALL:
        return member.read(most)
    data = member.read(INNER_BYTES + 1)
    if len(data) > INNER_BYTES:
        raise Unopened(f"is larger than {INNER_BYTES // 1_000_000} MB: unpack it here")
    return data


def _packed(
    path: str, kind: str, modified: float, read: Callable[[int], bytes], deeper: int, budget: _Budget
) -> Iterator[Entry]:
    """What was packed with gzip, bzip2 or xz: a file by its own kind, or the members of a tar."""

    def unpacked(most: int) -> bytes:
        return archives.unpacked(read(INNER_BYTES), kind, most)

    def stream() -> BinaryIO:
        data = unpacked(TAR_BYTES + 1)
        if len(data) > TAR_BYTES:
            raise Unopened(f"holds more than {TAR_BYTES // 1_000_000} MB: unpack it here")
        return io.BytesIO(data)

    name = re.sub(r"\.(?:gz|bz2|xz)$", "", path.rsplit("/", 1)[-1], flags=re.IGNORECASE)
    budget.spend(file_kinds.HEAD)
    inner = file_kinds.kind_of(unpacked(file_kinds.HEAD), name)
    if inner in (file_kinds.NOTEBOOK, file_kinds.SCRIPT):
        yield Entry(path, inner, "", modified, unpacked)
    elif inner in (file_kinds.TAR, file_kinds.ZIP) and deeper:
        yield from (_tar if inner == file_kinds.TAR else _zip)(path, stream, deeper, budget)
    else:
        yield Entry(path, "archive", "", modified)
