"""When a file of a git clone was committed last. Nothing that the clone's own settings name is run."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SECONDS = 20
# No pager, signature program, file watcher or transport: a clone's settings may name programs for these.
SETTINGS = ("log.showSignature=false", "core.fsmonitor=false", "core.pager=cat", "core.hooksPath=/dev/null")
SURROUNDINGS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


@dataclass(frozen=True)
class Commit:
    """The last commit that touched a file.

    Attributes:
        moment: the committer's time in UTC, without a time zone. Whoever commits can set it.
        blob: the name of the file's content at HEAD, "" where it is not there.
    """

    moment: datetime
    name: str
    blob: str


def is_clone(folder: Path) -> bool:
    """Whether a folder is the top of a git clone; a link to one elsewhere is none."""
    git = folder / ".git"
    return git.is_dir() and not git.is_symlink()


def last_commit(clone: Path, path: str) -> Commit | None:
    """The last commit that touched a file; None where there is none, or git is not there to ask.

    Args:
        clone: a folder with `.git` in it.
        path: of the file, below it.
    """
    said = _git(
        clone, "log", "-1", "--no-show-signature", "--format=%ct %H", "HEAD", "--", f":(literal){path}"
    ).split()
    if len(said) != 2 or not said[0].isdecimal():
        return None
    try:
        moment = datetime.fromtimestamp(int(said[0]), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None
    return Commit(moment, said[1], _git(clone, "rev-parse", "--verify", "--quiet", f"HEAD:{path}").strip())


def blob(data: bytes) -> str:
    """The name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _git(clone: Path, *words: str) -> str:
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "--no-pager", f"--git-dir={clone / '.git'}", *settings, *words],
            env=kept | SURROUNDINGS,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
