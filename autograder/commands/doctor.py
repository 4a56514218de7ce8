"""What works on this machine: tried, not guessed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import filelock
from rich.console import Console
from rich.markup import escape

from autograder.course.course import NO_LOCKS, Course, CourseError, write_atomically
from autograder.course.refusals import in_words


def sandbox_problem(course: Course) -> str:
    """Why no sandbox is possible here, "" where one is: one is made and left again."""
    from autograder.grading.job import close, make_job, run_job_result

    job = make_job([], {}, limits=course.grading.limits(), launcher=course.grading.launcher, files={})
    result = run_job_result(job)
    close()
    return "" if result["status"] == "done" else str(result["reason"])


def examine() -> int:
    """Print what holds here.

    Returns:
        2 where grading would refuse, else 0.
    """
    console = Console(highlight=False)

    def line(good: bool | None, what: str, how: str) -> None:
        sign = {True: "[green]yes[/]", False: "[red]no[/] ", None: "[yellow]-[/]  "}[good]
        console.print(f"{sign}  {escape(what):<26} {escape(how)}", soft_wrap=True)

    line(sys.version_info >= (3, 11), "Python", sys.version.split()[0])
    if os.environ.get("PYTHONPATH"):
        line(None, "PYTHONPATH", f"is set, to {os.environ['PYTHONPATH']}: packages may come from there")
    for package in ("numpy", "matplotlib", "ipykernel", "nbgrader", "jupyterlab", "anywidget"):
        try:
            line(True, package, version(package))
        except PackageNotFoundError:
            line(False, package, "not installed: pip install 'convcourse[course]'")
    attempts = (("a course", _course), ("its folder", _folder), ("a kernel answers", _kernel))
    for what, attempt in attempts:
        try:
            line(True, what, attempt())
        except CourseError as error:
            line(None, what, str(error))
        except OSError as error:
            line(False, what, in_words(error))
    possible = _sandbox(line)
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    line(
        True if browser else None,
        "a browser, for tests",
        _asked(browser, "--version") if browser else "none found",
    )
    for program, use in (("npm", "for the site's figures"), ("git", "for contributors")):
        path = shutil.which(program)
        line(True if path else None, program, _asked(path, "--version") if path else f"not installed ({use})")
    console.print(
        "\nEverything that grading needs is here."
        if possible
        else "\n`autograder grade` refuses here; all other commands work."
    )
    return 0 if possible else 2


def _course() -> str:
    course = Course.find()
    mode = (course.root / ".autograder" / "secret").stat().st_mode & 0o777 if _has_secret(course) else None
    secret = "no secret yet" if mode is None else f"secret of mode {mode:o}"
    if mode is not None and mode & 0o077 and os.name == "posix":
        secret += ", since this file system keeps no modes: others who see it can read the secret"
    return (
        f"{course.root}: {len(course.lessons())} lessons, {len(course.lessons('release'))} released, {secret}"
    )


def _folder() -> str:
    """Write and lock a file as grading does."""
    course = Course.find()
    tried = course.state / "tried"
    try:
        write_atomically(tried, b"")
        with filelock.FileLock(tried):
            return "can be written and locked"
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in NO_LOCKS:
            raise
        return "can be written; its file system (NFS) has no locks, and a file stands in for them"
    finally:
        with contextlib.suppress(OSError):
            tried.unlink(missing_ok=True)


def _has_secret(course: Course) -> bool:
    return (course.root / ".autograder" / "secret").exists()


def _kernel() -> str:
    from autograder.course.course import Grading
    from autograder.grading.job import close, make_job, run_job_result

    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": ["print(6 * 7)"], "outputs": []}
    job = make_job([cell], {}, limits=Grading().limits(), launcher="process", files={})
    result = run_job_result(job)
    close()
    if result["status"] != "done" or result["outputs"]["0"][0].get("text", "").strip() != "42":
        raise CourseError(str(result.get("reason", result)))
    return f"6 * 7 is 42, in {result['seconds']:.1f} s"


def _sandbox(line: Callable[[bool | None, str, str], None]) -> bool:
    """Try each protection; whether all that grading insists on are there."""
    from autograder.course.course import Grading
    from autograder.sandbox import protections

    try:
        found = protections("bubblewrap", Grading().limits())
    except Exception as error:
        line(False, "sandbox", f"{type(error).__name__}: {error}")
        return False
    for protection in found:
        line(protection.holds, protection.name, protection.how)
    return all(protection.holds for protection in found)


def _asked(program: str, question: str) -> str:
    answer = subprocess.run([program, question], capture_output=True, text=True, timeout=20, check=False)
    return (answer.stdout.strip().splitlines() or ["?"])[0]
