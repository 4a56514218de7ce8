"""From the lessons' sources to what students get: nbgrader's conversion, and a stamp that says of what."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from autograder.course import assignment, gradebook
from autograder.course.course import CONFIG, Course, CourseError, copy_folder, write_atomically


def release(course: Course, lessons: list[str], *, force: bool = False) -> dict[str, str]:
    """Release lessons; what is released already and unchanged stays as it is.

    Returns:
        For each lesson "released" or "unchanged".

    Raises:
        CourseError: a source is broken, or nbgrader refuses; the earlier release stands.
    """
    done = {}
    for lesson in lessons:
        source = _source(course, lesson)
        assignment.check(lesson, source)
        stamp = _stamp(course, lesson)
        if not force and _released_stamp(course, lesson) == stamp:
            done[lesson] = "unchanged"
            continue
        _convert(course, lesson)
        record = {"source": stamp, "release": assignment.load(course, lesson).digest}
        write_atomically(_record(course, lesson), json.dumps(record).encode(), mode=0o600)
        done[lesson] = "released"
    return done


def is_stale(course: Course, lesson: str) -> bool:
    """Whether a lesson's source was changed after its release."""
    return _released_stamp(course, lesson) not in (None, _stamp(course, lesson))


def _source(course: Course, lesson: str) -> dict[str, Any]:
    folder = course.folder("source", lesson)
    notebooks = sorted(folder.glob("*.ipynb"))
    if len(notebooks) != 1:
        raise CourseError(f"{folder}: a lesson is one notebook, here are {len(notebooks)}")
    try:
        content = json.loads(notebooks[0].read_bytes())
    except ValueError as error:
        raise CourseError(f"{notebooks[0]} is not a notebook: {error}") from error
    return dict(content)


def _stamp(course: Course, lesson: str) -> str:
    """Names a source and the settings that it is converted with."""
    digest = hashlib.sha256((course.root / CONFIG).read_bytes())
    folder = course.folder("source", lesson)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if not any(part.startswith(".") or part == "__pycache__" for part in name.parts):
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _record(course: Course, lesson: str) -> Path:
    return course.state / "released" / f"{lesson}.json"


def _released_stamp(course: Course, lesson: str) -> str | None:
    """The source that the present release was made of; None where there is none, or somebody changed it."""
    try:
        record = json.loads(_record(course, lesson).read_bytes())
        present = assignment.load(course, lesson).digest
    except (OSError, ValueError, CourseError):
        return None
    known = gradebook.assignments(course)
    if record["release"] != present or (known is not None and lesson not in known):
        return None
    return str(record["source"])


def _convert(course: Course, lesson: str) -> None:
    """Let nbgrader make the release elsewhere, put it beside the old one, then in its place."""
    gradebook.reach(course)
    gradebook.prepare()
    from nbgrader.apps import NbGraderAPI

    aside = course.state / "releasing"
    config = deepcopy(course.config)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.db_url = course.db_url
    try:
        # nbgrader insists on setting modes, which the course's own file system may refuse.
        with tempfile.TemporaryDirectory(prefix="autograder-release-") as scratch:
            config.CourseDirectory.release_directory = scratch
            api = NbGraderAPI(config=config)
            with silent(api.log):
                result = api.generate_assignment(lesson, force=True, create=True)
            if not result["success"]:
                raise CourseError(f"{lesson} cannot be released: {last_line(result)}")
            copy_folder(Path(scratch, lesson), aside / lesson)
        folder = course.folder("release", lesson)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        (aside / lesson).rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def silent(log: logging.Logger) -> Iterator[None]:
    """Let nbgrader write its errors for us to read, and not on the terminal."""
    handlers, propagate, level = log.handlers, log.propagate, log.level
    log.handlers, log.propagate = [logging.NullHandler()], False
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)


def last_line(result: dict[str, Any]) -> str:
    """What nbgrader says went wrong, without its traceback."""
    text = str(result.get("log") or "") + "\n" + str(result.get("error") or "")
    lines = [line.strip() for line in text.splitlines() if "Error" in line or line.startswith("[ERROR]")]
    telling = [
        line
        for line in lines
        if "Please see the the above traceback" not in line and "There was an error" not in line
    ]
    if any("Cannot add or remove cells" in line for line in telling):
        return (
            "graded cells were added or removed, and submissions are in the gradebook; CONTRIBUTING.md says "
            "how to change a lesson that is in use"
        )
    return (telling or lines or ["nbgrader did not say why"])[-1].removeprefix("[ERROR] ")
