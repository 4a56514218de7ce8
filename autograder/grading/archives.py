"""Zips and gzip opened as if an enemy had packed them: nothing goes to the disk, every size has a limit."""

from __future__ import annotations

import contextlib
import io
import stat
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

MOST_MEMBERS = 2_000
MEMBER_BYTES = 500  # of a member in a zip's list of contents, all of which Python takes into memory
END = b"PK\x05\x06"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may ask for gigabytes


class NotOpened(ValueError):
    """An archive, or something in it, that is not opened: one line that says why."""


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        path: its name in the archive, with "/" between folders.
        size: in bytes, as the archive says.
        modified: in seconds since 1970.
        refused: why it is not opened, "" where it is.
        read: its first bytes, so many at most.
    """

    path: str
    size: int
    modified: float
    refused: str
    read: Callable[[int], bytes]


def members(file: BinaryIO, most: int = MOST_MEMBERS) -> list[Member]:
    """What is in a zip.

    Args:
        file: the zip; a member is read while it is open.
        most: how many files are looked at.

    Raises:
        NotOpened: it is no zip, or has more in it than is looked at.
    """
    _check_directory(file, most)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise NotOpened(f"a zip that cannot be opened ({error}): have it handed in again") from None
    infos = archive.infolist()
    if len(infos) > most:
        raise NotOpened(f"a zip of {len(infos)} files; at most {most} are looked at: unpack it here")
    seen: set[str] = set()
    found = []
    for info in infos:
        path = _name(info)
        if info.is_dir() or path.endswith("/"):
            continue
        refused = _refused(info, path, seen)
        seen.add(path)
        found.append(Member(path, info.file_size, _moment(info), refused, _reader(archive, info)))
    return found


def _check_directory(file: BinaryIO, most: int) -> None:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        raise NotOpened("a zip that is cut off: have it handed in again")
    if int.from_bytes(tail[at + 12 : at + 16], "little") > most * MEMBER_BYTES:
        raise NotOpened(f"a zip of more than {most} files: unpack it here")
    file.seek(0)


def _name(info: zipfile.ZipInfo) -> str:
    """A member's name; many programs write UTF-8 and do not say so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _refused(info: zipfile.ZipInfo, path: str, seen: set[str]) -> str:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or any(part.endswith(":") for part in parts[:1]):
        return "its name leads out of the zip"
    if "" in parts or "." in parts or len(path) > 1000 or len(parts) > 32:
        return "its name is no path"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link"
    if path in seen:
        return "it is there twice"
    if info.flag_bits & 1:
        return "it is encrypted: have it handed in without a password"
    if info.compress_type not in METHODS:
        return "it is packed in a way that is not opened: unpack it here"
    return ""


def _moment(info: zipfile.ZipInfo) -> float:
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        try:
            with archive.open(info) as member:
                return member.read(most)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise NotOpened(f"cannot be unpacked ({error}): have it handed in again") from None

    return read


def gunzip(data: bytes, most: int) -> bytes:
    """What was packed with gzip, so many bytes at most.

    Raises:
        NotOpened: it cannot be unpacked.
    """
    try:
        return zlib.decompressobj(31).decompress(data, most)
    except zlib.error as error:
        raise NotOpened(
            f"packed with gzip, and cannot be unpacked ({error}): have it handed in again"
        ) from None
