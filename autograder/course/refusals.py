"""What a system refuses, in words: the cause by its name, and the next step, in one line."""

from __future__ import annotations

import errno
import os

from autograder import import_errors
from autograder.course.course import NO_LOCKS

_ELSEWHERE = "copy the course to a folder that you may write to, and run this there"
_STEPS = {
    errno.EROFS: f"is on a read-only file system: {_ELSEWHERE}",
    errno.EACCES: f"may not be read or written by you: {_ELSEWHERE}, or ask its owner",
    errno.EPERM: f"may not be changed by you: {_ELSEWHERE}, or ask its owner",
    errno.ENOSPC: "does not fit: the disk is full. Make room, and the same command goes on from here",
    getattr(errno, "EDQUOT", errno.ENOSPC): (
        "does not fit: your quota on this disk is used up. Make room, and the same command goes on from here"
    ),
    getattr(errno, "ESTALE", errno.EIO): "is gone from its network disk (NFS, stale): mount it again",
    **dict.fromkeys(
        NO_LOCKS, "cannot be locked: its file system (NFS, mounted without locks) has none. Use a local disk"
    ),
}
_DATABASE = (
    "the gradebook cannot be locked: another program holds it, or its file system (NFS) has no locks. "
    "Wait, or put it on a local disk, in nbgrader_config.py: "
    'c.CourseDirectory.db_url = "sqlite:////home/me/gradebook.db"'
)
_SERVER = (
    "the gradebook's server does not answer ({said}): start it, or correct c.CourseDirectory.db_url in "
    "nbgrader_config.py; the same command goes on from here"
)


def is_server_down(error: BaseException) -> bool:
    """Whether a database that is a server, not a file, refuses to work."""
    driver = type(getattr(error, "orig", None)).__module__
    return type(error).__name__ == "OperationalError" and not driver.startswith(("sqlite3", "builtins"))


def in_words(error: BaseException) -> str:
    """Say what was refused, why, and what to do; where nothing better is known, the system's own words."""
    if isinstance(error, ImportError):
        return import_errors.why(error)
    if is_server_down(error):
        lines = str(getattr(error, "orig", "")).strip().splitlines() or ["it does not say why"]
        return _SERVER.format(said=lines[0][:200])
    said = " ".join(str(error).split())
    if not isinstance(error, OSError):
        return _DATABASE if "database is locked" in said or "locking protocol" in said else said[:300]
    step = _STEPS.get(error.errno or 0)
    path = error.filename2 or error.filename
    return f"{os.fspath(path)} {step} ({error.strerror})" if step and isinstance(path, str) else said
