"""Zips, tars and packed files opened as if an enemy had packed them.

Nothing goes to the disk, and every size has a limit.
"""

from __future__ import annotations

import bz2
import contextlib
import io
import lzma
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from autograder.notebook import file_kinds

MOST_MEMBERS = 2_000
MEMBER_BYTES = 500  # of a member in a zip's list of contents, all of which Python takes into memory
END = b"PK\x05\x06"
MOST_STREAMS = 10_000  # one behind the other, as programs that pack in parallel write them
XZ_BYTES = 128_000_000  # of memory: the strongest packing takes 65 MB
STARTS = {file_kinds.GZIP: b"\x1f\x8b", file_kinds.BZIP2: b"BZh", file_kinds.XZ: b"\xfd7zXZ\0"}
NOT_TAR = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, RecursionError, MemoryError)
LATEST = 4e9  # seconds since 1970: a tar may say any number
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


def _refused_name(path: str, seen: set[str], what: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or any(part.endswith(":") for part in parts[:1]):
        return f"its name leads out of the {what}: have it packed again"
    if "" in parts or "." in parts or "\0" in path or len(path) > 1000 or len(parts) > 32:
        return "its name is no path: have it packed again"
    return "it is there twice: have it handed in again" if path in seen else ""


def _refused(info: zipfile.ZipInfo, path: str, seen: set[str]) -> str:
    if refused := _refused_name(path, seen, "zip"):
        return refused
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link: have the file itself handed in"
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


def members_of_tar(file: BinaryIO, most: int = MOST_MEMBERS) -> list[Member]:
    """What is in a tar that is not packed; what it says of owners, modes and places is of no account.

    Args:
        file: the tar; a member is read while it is open.
        most: how many files are looked at.

    Raises:
        NotOpened: it is no tar, is cut off, or has more in it than is looked at.
    """
    seen: set[str] = set()
    found: list[Member] = []
    number = 0
    try:
        archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 -- open as long as the file is
        for number, info in enumerate(archive):
            if number == most:
                break
            path = info.name.removeprefix("./").rstrip("/")
            if info.isdir() or path in ("", "."):
                continue
            refused = _refused_in_tar(info, path, seen)
            seen.add(path)
            read = _reader_of_tar(archive, info)
            found.append(Member(path, info.size, _sane(info.mtime), refused, read))
    except NOT_TAR as error:
        raise NotOpened(f"a tar that cannot be opened ({_said(error)}): have it handed in again") from None
    if number == most:
        raise NotOpened(f"a tar of more than {most} files: unpack it here")
    return found


def _refused_in_tar(info: tarfile.TarInfo, path: str, seen: set[str]) -> str:
    if info.issym() or info.islnk():
        return "it is a link: have the file itself handed in"
    if not info.isfile():
        return "it is a pipe or a device, not a file: have it packed again"
    return _refused_name(path, seen, "tar")


def _sane(seconds: float) -> float:
    return float(seconds) if 0 <= seconds <= LATEST else 0.0


def _reader_of_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        try:
            member = archive.extractfile(info)
            data = member.read(most) if member else b""
        except NOT_TAR as error:
            raise NotOpened(f"cannot be unpacked ({_said(error)}): have it handed in again") from None
        if len(data) < min(most, info.size):
            raise NotOpened("is cut off: have it handed in again")
        return data

    return read


def _said(error: BaseException) -> str:
    return str(error).partition("\n")[0][:100] or type(error).__name__


class _Stream(Protocol):
    """What zlib, bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def _stream(kind: str) -> _Stream:
    if kind == file_kinds.BZIP2:
        return bz2.BZ2Decompressor()
    if kind == file_kinds.XZ:
        return lzma.LZMADecompressor(memlimit=XZ_BYTES)
    return cast(_Stream, zlib.decompressobj(31))


def unpacked(data: bytes, kind: str, most: int) -> bytes:
    """What was packed with gzip, bzip2 or xz, so many bytes at most.

    Raises:
        NotOpened: it cannot be unpacked.
    """
    parts: list[bytes] = []
    try:
        while data and most > 0 and len(parts) < MOST_STREAMS:
            stream = _stream(kind)
            parts.append(stream.decompress(data, most))
            most -= len(parts[-1])
            if most > 0 and not stream.eof:
                raise EOFError("it is cut off")
            data = stream.unused_data
            if not data.startswith(STARTS[kind]):  # what else stands after the end is nobody's
                break
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError) as error:
        raise NotOpened(
            f"packed with {kind}, and cannot be unpacked ({_said(error)}): have it handed in again"
        ) from None
    return b"".join(parts)
