"""A learner's workspace: a working copy of the lessons, and how far it is.

It stands in a course, where the lessons are copied to `work/`, or in the students' zip, unpacked, where they
are worked on as they lie there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from autograder.course.course import Course, CourseError, chosen, write_atomically
from autograder.mine import LIBRARY
from autograder.notebook.merge import exercise_of, nbgrader_metadata
from autograder.notebook.reading import text_of

WORK = "work"
COPIED = ".copied.json"
CONTENTS = ".lessons.json"  # in the students' zip: what a release's notebooks say elsewhere
UNREADABLE = "the notebook cannot be read; move it away, and `autograder start` brings a fresh one"
# How a check's output begins: "conv2d: 4 of 7. What is wrong." or "conv2d: not written yet."
HEADLINE = re.compile(r"^\w+: (?:[\d.]+ of [\d.]+\.\s*(.*)|not written yet\.)", re.DOTALL)
# A learner has no use for JupyterLab's news, nor for the panels in which an instructor makes assignments.
SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
PANELS = ("assignment-list", "course-list", "create-assignment", "formgrader", "menu")
SERVERS = ("assignment_list", "course_list", "formgrader")

_KERNEL = re.compile(rb'("kernelspec":\s*\{\s*"display_name":\s*)"Python 3"')

Contents = dict[str, dict[str, float]]  # for each lesson its exercises' points


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


@dataclass(frozen=True)
class Workspace:
    """Where a learner works.

    Attributes:
        root: what paths are shown relative to.
        work: the lessons' folders, and beside them the learner's library.
        course: None in the students' zip.
    """

    root: Path
    work: Path
    course: Course | None = None

    @staticmethod
    def of(course: Course) -> Workspace:
        """The workspace in a course."""
        return Workspace(course.root, course.root / WORK, course)

    @staticmethod
    def find(start: Path | None = None) -> Workspace:
        """The workspace of the course or unpacked zip that `start` (else the working directory) lies in.

        Raises:
            CourseError: it lies in neither.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / CONTENTS).is_file():
                return Workspace(folder, folder)
        return Workspace.of(Course.find(start))

    def contents(self) -> Contents:
        """Every lesson there is, with its exercises and their points."""
        if self.course is None:
            try:
                return dict(json.loads((self.root / CONTENTS).read_bytes()))
            except ValueError as error:
                raise CourseError(f"{self.root / CONTENTS} is broken: unpack the zip again") from error
        return contents(self.course)

    def notebook(self, lesson: str) -> Path:
        """The learner's notebook of a lesson: always the one that is named as it is."""
        named = Path(lesson, f"{lesson}.ipynb")
        if self.course is None or self.course.folder("release", str(named)).is_file():
            return self.work / named
        return self.work / lesson / _released(self.course, lesson).name

    def prepare(self) -> list[str]:
        """Bring the working copy up to date.

        Returns:
            Remarks for the learner.
        """
        if self.course is not None:
            copy_lessons(self.course)
        beside = [path for lesson in self.contents() for path in _newer(self.notebook(lesson))]
        return [
            f"{path.relative_to(self.root)} is a newer release; yours stays as it is. Take over what you "
            "need, and delete it."
            for path in beside
        ]


def contents(course: Course) -> Contents:
    """Each released lesson's exercises and their points."""
    return {lesson: _points(_released(course, lesson)) for lesson in course.lessons("release")}


def _points(notebook: Path) -> dict[str, float]:
    cells = json.loads(notebook.read_bytes())["cells"]
    return {name: float(nbgrader_metadata(cell)["points"]) for cell in cells if (name := exercise_of(cell))}


def _released(course: Course, lesson: str) -> Path:
    """The notebook of a released lesson."""
    named = course.folder("release", lesson, f"{lesson}.ipynb")
    return named if named.is_file() else sorted(named.parent.glob("*.ipynb"))[0]


def _newer(notebook: Path) -> list[Path]:
    """Releases that `copy_lessons` put beside a learner's notebook."""
    return sorted(
        path
        for path in notebook.parent.glob("*.ipynb")
        if re.fullmatch(rf"{re.escape(notebook.stem)} \(new(?: \d+)?\)", path.stem)
    )


def start(
    workspace: Workspace,
    lesson: str,
    options: Sequence[str] = (),
    show: Callable[[Path, Path], int] | None = None,
) -> int:
    """Open JupyterLab in the working copy.

    Args:
        lesson: by folder or number; where "" the one to go on with.
        options: for JupyterLab.
        show: opens a notebook of a folder; JupyterLab by default.

    Returns:
        0, or 2 where JupyterLab refused.
    """
    console = Console(highlight=False)
    for remark in workspace.prepare():
        console.print(escape(remark), soft_wrap=True)
    known = list(workspace.contents())
    (wanted,) = chosen(known, [lesson], workspace.work.name) if lesson else [where_to_go_on(workspace)]
    notebook = workspace.notebook(wanted)
    opening = f"Opening {notebook.relative_to(workspace.root)}; end JupyterLab with Ctrl-C."
    console.print(escape(opening), soft_wrap=True)
    if show is not None:
        return show(workspace.work, notebook)
    return _jupyterlab(workspace.work, notebook, options)


def _jupyterlab(folder: Path, notebook: Path, options: Sequence[str]) -> int:
    """Run it until it ends."""
    if find_spec("jupyterlab") is None:
        raise CourseError(f"JupyterLab is not installed: {sys.executable} -m pip install jupyterlab")
    settings = folder / ".jupyterlab"
    write_atomically(settings / "overrides.json", json.dumps(SETTINGS).encode())
    disabled = {f"@jupyter/nbgrader:{panel}": True for panel in PANELS}
    write_atomically(settings / "page_config.json", json.dumps({"disabledExtensions": disabled}).encode())
    servers = {f"nbgrader.server_extensions.{server}": False for server in SERVERS}
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    # Quiet: what it says then is where it is, last.
    command += [f"--LabApp.app_settings_dir={settings}", "--Application.log_level=CRITICAL"]
    command += [f"--ServerApp.jpserver_extensions={servers}", "--ServerApp.answer_yes=True", *options]
    with subprocess.Popen([*command, str(notebook)]) as server:
        while True:
            try:
                ended = server.wait()
                break
            except (
                KeyboardInterrupt
            ):  # a terminal has sent it to JupyterLab, too, which takes its time to end
                if os.name == "posix":
                    server.terminate()
    if ended and hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in options:
        raise CourseError(
            "JupyterLab does not run as root unless it is told to: autograder start -- --allow-root"
        )
    return 2 if ended > 0 else 0


def copy_lessons(course: Course) -> None:
    """Bring the working copy up to date; what the learner changed stays, a newer release is put beside it."""
    from autograder.commands.console import status
    from autograder.course.release import release

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
    for lesson in lessons:
        for path in sorted(course.folder("release", lesson).rglob("*")):
            if not path.is_file() or ".ipynb_checkpoints" in path.parts:
                continue
            name = path.relative_to(course.folder("release")).as_posix()
            released = path.read_bytes()
            data = ready(released)
            digest = hashlib.sha256(data).hexdigest()
            known = digest, hashlib.sha256(released).hexdigest()
            if copied.get(name) in known and (work / name).exists():
                continue
            place = next(place for place in _places(name) if _free(work / place, copied.get(place), digest))
            write_atomically(work / place, data)
            copied[name] = copied[place] = digest
    write_atomically(record, json.dumps(copied, indent=1, sort_keys=True).encode())


def ready(notebook: bytes) -> bytes:
    """A notebook as JupyterLab would save it: it calls one "unsaved" whose kernel's name it has completed."""
    return _KERNEL.sub(rb'\1"Python 3 (ipykernel)"', notebook)


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


def where_to_go_on(workspace: Workspace) -> str:
    """The first lesson with something to solve; the last one where nothing is left."""
    open_ = [solved.lesson for solved in progress(workspace) if not solved.passed]
    known = list(workspace.contents())
    if not known:
        raise CourseError(f"no lessons in {workspace.root}")
    return open_[0] if open_ else known[-1]


def progress(workspace: Workspace, lessons: Sequence[str] = ()) -> list[Solved]:
    """What the learner has solved, lesson by lesson; of these lessons, else of all."""
    library = workspace.work / LIBRARY
    written = library.read_text(encoding="utf-8") if library.is_file() else ""
    passed = set(re.findall(r"^# exercise: (\w+)$", written, re.MULTILINE))
    found = []
    for lesson, points in workspace.contents().items():
        if lessons and lesson not in lessons:
            continue
        said = _said(workspace.notebook(lesson))
        for name, worth in points.items():
            last = UNREADABLE if said is None else said.get(name, "")
            found.append(Solved(name, lesson, worth, name in passed, last))
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


def show_progress(workspace: Workspace, lesson: str = "", *, as_json: bool) -> int:
    """Print how far the learner is: where to go on, a line for each lesson, and the exercises of one.

    Args:
        lesson: whose exercises are shown; where "" those of the lesson to go on with.
        as_json: print every exercise for other programs instead.
    """
    known = list(workspace.contents())
    wanted = chosen(known, [lesson], workspace.work.name) if lesson else []
    solved = progress(workspace)
    if as_json:
        print(json.dumps([asdict(each) for each in solved if not wanted or each.lesson in wanted], indent=1))
        return 0
    console = Console(highlight=False)
    if not solved:
        console.print("Nothing to show yet: `autograder start` makes your working copy.")
        return 0

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    left = [each for each in solved if not each.passed]
    if left:
        say(f"Go on with {left[0].exercise}: autograder start {_number(left[0].lesson)}")
    else:
        say("All is solved.")
    say(f"{_earned(solved)} in all, the questions in words not counted\n")
    unfolded = wanted or [each.lesson for each in left[:1]]
    for name in wanted or dict.fromkeys(each.lesson for each in solved):
        here = [each for each in solved if each.lesson == name]
        say(f"{name}  {_earned(here)}")
        for each in here if name in unfolded else ():
            said = "solved" if each.passed else each.said or "not checked yet"
            say(f"  {'x' if each.passed else '-'} {each.exercise}: {said}")
    if not wanted and len(known) > 1:
        say(f"\nThe exercises of another lesson: autograder progress {_number(known[0])}")
    return 0


def _number(lesson: str) -> str:
    number = lesson.split("_")[0]
    return number if number.isdecimal() else lesson


def _earned(solved: Sequence[Solved]) -> str:
    done = sum(each.points for each in solved if each.passed)
    return f"{done:g} of {sum(each.points for each in solved):g} points"
