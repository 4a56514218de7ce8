"""A learner's desk: a working copy of the lessons, and how far it is."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from autograder.grading.course import Course, CourseError, write_atomically
from autograder.grading.notebook import text_of
from autograder.grading.overlay import exercise_of, marks
from autograder.mine import LIBRARY

WORK = "work"
COPIED = ".copied.json"
UNREADABLE = "the notebook cannot be read; move it away, and `autograder start` brings a fresh one"
# How a check's output begins: "conv2d: 4 of 7. What is wrong." or "conv2d: not written yet."
HEADLINE = re.compile(r"^\w+: (?:[\d.]+ of [\d.]+\.\s*(.*)|not written yet\.)", re.DOTALL)


@dataclass(frozen=True)
class Solved:
    """One exercise of the learner's.

    Attributes:
        passed: whether it is in the learner's library.
        said: what the last check said, "" where there was none.
    """

    exercise: str
    lesson: str
    points: float
    passed: bool
    said: str


def start(course: Course, lesson: str, show: Callable[[Path, Path], int] | None = None) -> int:
    """Open JupyterLab in the working copy.

    Args:
        lesson: by folder or number; where "" the one to go on with.
        show: opens a notebook of a folder; JupyterLab by default.
    """
    console = Console(highlight=False)
    for remark in copy_lessons(course):
        console.print(escape(remark), soft_wrap=True)
    work = course.root / WORK
    (chosen,) = course.choose([lesson], "release") if lesson else [where_to_go_on(course)]
    (notebook,) = sorted((work / chosen).glob("*.ipynb"))[:1]
    console.print(f"Opening {escape(str(notebook.relative_to(course.root)))}; end JupyterLab with Ctrl-C.")
    return (show or _jupyterlab)(work, notebook)


def _jupyterlab(folder: Path, notebook: Path) -> int:
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", str(notebook)]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


def copy_lessons(course: Course) -> list[str]:
    """Bring the working copy up to date; what the learner changed stays, a newer release is put beside it.

    Returns:
        Remarks for the learner.
    """
    from autograder.grading.release import release
    from autograder.grading.table import status

    missing = [lesson for lesson in course.lessons() if lesson not in course.lessons("release")]
    if missing:
        with status("preparing the lessons"):
            release(course, missing)
    lessons = course.lessons("release")
    if not lessons:
        raise CourseError(f"no lessons in {course.folder('source')}")
    work = course.root / WORK
    record = work / COPIED
    copied: dict[str, str] = json.loads(record.read_text()) if record.is_file() else {}
    remarks = []
    for lesson in lessons:
        for path in sorted(course.folder("release", lesson).rglob("*")):
            if not path.is_file() or ".ipynb_checkpoints" in path.parts:
                continue
            name = path.relative_to(course.folder("release")).as_posix()
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            if copied.get(name) == digest and (work / name).exists():
                continue
            place = next(place for place in _places(name) if _free(work / place, copied.get(place), digest))
            if place != name:
                remarks.append(f"{name} has changed; yours stays, the new one is {Path(place).name}")
            write_atomically(work / place, data)
            copied[name] = copied[place] = digest
    write_atomically(record, json.dumps(copied, indent=1, sort_keys=True).encode())
    return remarks


def _places(name: str) -> Iterator[str]:
    """Where a file of the release can go: under its name, then beside it."""
    yield name
    path = Path(name)
    for number in count(1):
        told = "new" if number == 1 else f"new {number}"
        yield path.with_name(f"{path.stem} ({told}){path.suffix}").as_posix()


def _free(target: Path, copied: str | None, digest: str) -> bool:
    """Whether nothing of the learner's is lost there: no file, one that is as it was copied, or the same."""
    return not target.exists() or hashlib.sha256(target.read_bytes()).hexdigest() in (copied, digest)


def where_to_go_on(course: Course) -> str:
    """The first lesson with something to solve; the last one where nothing is left."""
    open_ = [solved.lesson for solved in progress(course) if not solved.passed]
    return open_[0] if open_ else course.lessons("release")[-1]


def progress(course: Course) -> list[Solved]:
    """What the learner has solved, lesson by lesson."""
    work = course.root / WORK
    library = work / LIBRARY
    written = library.read_text(encoding="utf-8") if library.is_file() else ""
    passed = set(re.findall(r"^# exercise: (\w+)$", written, re.MULTILINE))
    found = []
    for lesson in course.lessons("release"):
        (path,) = sorted(course.folder("release", lesson).glob("*.ipynb"))[:1]
        said = _said(work / lesson / path.name)
        for cell in json.loads(path.read_bytes())["cells"]:
            name = exercise_of(cell)
            if name:
                points = float(marks(cell)["points"])
                last = UNREADABLE if said is None else said.get(name, "")
                found.append(Solved(name, lesson, points, name in passed, last))
    return found


def _said(path: Path) -> dict[str, str] | None:
    """What each exercise's own check said last, in a saved notebook; None where that is no notebook."""
    said: dict[str, str] = {}
    if not path.is_file():
        return said
    try:
        for cell in json.loads(path.read_bytes())["cells"]:
            name = exercise_of(cell)
            for output in cell.get("outputs", []):
                match = HEADLINE.match(text_of(output.get("data", {}).get("text/plain", "")))
                if name and match:
                    said[name] = " ".join((match[1] or "not written yet").partition("\n\n")[0].split())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # none that Jupyter wrote
    return said


def show_progress(course: Course, *, as_json: bool) -> int:
    """Print how far the learner is."""
    solved = progress(course)
    if as_json:
        print(json.dumps([asdict(each) for each in solved], indent=1))
        return 0
    console = Console(highlight=False)
    if not solved:
        console.print("Nothing to show yet: `autograder start` makes your working copy.")
        return 0
    for lesson in dict.fromkeys(each.lesson for each in solved):
        here = [each for each in solved if each.lesson == lesson]
        earned = sum(each.points for each in here if each.passed)
        total = sum(each.points for each in here)
        console.print(f"{escape(lesson)}  {earned:g} of {total:g} points")
        for each in here:
            said = "solved" if each.passed else each.said or "not checked yet"
            console.print(
                f"  {'x' if each.passed else '-'} {each.exercise}: {said}", markup=False, soft_wrap=True
            )
    left = [each for each in solved if not each.passed]
    done = sum(each.points for each in solved if each.passed)
    total = sum(each.points for each in solved)
    console.print(
        f"\n{done:g} of {total:g} points in all, the questions in words not counted", soft_wrap=True
    )
    on = f"Go on with {left[0].exercise}: autograder start {left[0].lesson[:2]}" if left else "All is solved."
    console.print(on, soft_wrap=True)
    return 0
