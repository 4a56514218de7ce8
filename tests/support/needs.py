"""What a test needs beyond PyPI: absent, it skips with one line; under COURSE_NO_SKIP=1 it fails."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


def postgresql() -> Path | None:
    """The folder of initdb and pg_ctl, which Debian keeps out of the PATH; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: int(path.parent.name), default=None)


def _sandbox_works() -> bool:
    """Whether bubblewrap can make a sandbox here: tried, since containers often forbid it."""
    if shutil.which("bwrap") is None:
        return False
    command = ["bwrap", "--ro-bind", "/", "/", "--unshare-net", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@functools.cache
def _pip_fetches() -> bool:
    """Whether pip gets something: from PyPI, or from where its configuration points."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--dry-run",
        "--no-deps",
        "--ignore-installed",
    ]
    return subprocess.run([*command, "anywidget"], capture_output=True, check=False).returncode == 0


_TRIED: dict[str, Callable[[], bool]] = {
    "PostgreSQL": lambda: postgresql() is not None,
    "PyPI": _pip_fetches,
    "bubblewrap": _sandbox_works,
    "chromium": lambda: any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "node": lambda: shutil.which("node") is not None,
    "npm": lambda: shutil.which("npm") is not None,
    "gcc": lambda: shutil.which("gcc") is not None,
    "linux": lambda: sys.platform == "linux",
    "root": lambda: hasattr(os, "geteuid") and os.geteuid() == 0,
}


def needs(*things: str) -> None:
    """Skip the calling test unless every thing is here: a program named above, else an importable module."""
    for thing in things:
        tried = _TRIED.get(thing)
        present = tried() if tried else importlib.util.find_spec(thing) is not None
        if present:
            continue
        if os.environ.get("COURSE_NO_SKIP") == "1":
            pytest.fail(f"{thing} is missing, and COURSE_NO_SKIP=1 forbids skipping")
        pytest.skip(f"needs {thing}, which is not installed here")
