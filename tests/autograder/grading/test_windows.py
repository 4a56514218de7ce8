"""Windows and macOS: without what these systems lack, all but grading works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.course import Course, chosen
from support.grading_course import LESSON

# What CPython on Windows has not (os.fchmod until 3.13), taken away before anything of ours is imported.
WITHOUT = """
import builtins, os, signal, sys
for name in ("fchmod", "fork", "sched_getaffinity", "geteuid", "setsid", "killpg"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGALRM", "setitimer", "getitimer", "SIGCHLD"):
    if hasattr(signal, name):
        delattr(signal, name)
MISSING = {"fcntl", "resource", "pwd", "grp", "termios"}
import_as_always = builtins.__import__
def without(name, globals=None, *more, **named):
    if name in MISSING and str((globals or {}).get("__name__", "")).startswith(("autograder", "convlib")):
        raise ModuleNotFoundError(f"No module named {name!r}")
    return import_as_always(name, globals, *more, **named)
builtins.__import__ = without
"""
COMMAND = f"{WITHOUT}\nsys.argv[0] = 'autograder'\nfrom autograder.cli import main\nmain()\n"
CHECK = f"""{WITHOUT}
sys.modules.update(dict.fromkeys(MISSING))
from autograder import check
def output_size(n, k, stride=1, pad=0):
    return (n - k + 2 * pad) // stride + 1
assert check(output_size).passed
def hang(n, k, stride=1, pad=0):
    while True:
        pass
sys.modules["autograder.check"].SECONDS = 0.2
print(check(hang, "output_size").message)
"""


def run(folder: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def worked(folder: Path, *words: str) -> str:
    done = run(folder, COMMAND, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_lessons_are_released_started_and_worked_on(course: Course) -> None:
    assert f"released  {LESSON}" in worked(course.root, "release", "--force")
    assert "Opening" in worked(course.root, "start", "6", "--", "--version")
    notebook = course.root / "work" / LESSON / f"{LESSON}.ipynb"
    assert json.loads(notebook.read_bytes())["cells"]
    assert "Go on with output_size" in worked(course.root, "progress")


def test_check_judges_and_stops_an_endless_loop(tmp_path: Path) -> None:
    done = run(tmp_path, CHECK)
    assert done.returncode == 0, done.stderr
    assert "output_size: 2 of 2." in done.stdout
    assert "timed out" in done.stdout


def test_a_site_is_built(course: Course, tmp_path: Path) -> None:
    # Sphinx itself works on Windows: what is tried is that our part imports and asks for nothing more.
    program = (
        f"{WITHOUT}\nimport autograder.site, autograder.site.builder, autograder.site.lite\n"
        "from autograder.site.lessons import lessons_in\nfrom pathlib import Path\n"
        "print(len(lessons_in(Path(sys.argv[1]))))"
    )
    done = run(tmp_path, program, str(course.folder("source")))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_grading_says_that_it_needs_linux(course: Course, system: str) -> None:
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.Grading.launcher = 'bubblewrap'\n")
    submitted = course.folder("submitted", "anna", LESSON, f"{LESSON}.ipynb")
    submitted.parent.mkdir(parents=True)
    submitted.write_bytes(course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes())
    program = (
        f"{WITHOUT}\nsys.argv[0] = 'autograder'\nimport asyncio\n"
        "from autograder.sandbox import Sandbox, SandboxUnavailable\n"
        f"sys.platform = {system!r}\n"
        "async def enter():\n    async with Sandbox('bubblewrap'):\n        pass\n"
        "try:\n    asyncio.run(enter())\nexcept SandboxUnavailable as refusal:\n    print(refusal)\n"
    )
    done = run(course.root, program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No sandbox: Grading needs Linux")
    assert done.stdout.count("\n") == 1


def test_a_lesson_may_be_named_with_the_backslashes_of_a_path() -> None:
    known = ["06_stride_padding_size", "07_channels_and_sharing"]
    for name in (
        "work\\06_stride_padding_size\\",
        ".\\work\\06_stride_padding_size",
        "6",
        "work/06_stride_padding_size/",
    ):
        assert chosen(known, [name], "work") == ["06_stride_padding_size"]
