"""A lesson as it was released: what submissions are merged with."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.adaptations import syntax_tree
from autograder.course.course import Course, CourseError
from autograder.notebook.merge import exercise_of, nbgrader_metadata
from autograder.notebook.reading import text_of
from autograder.protocol import withholding

DELIMITERS = ("### BEGIN SOLUTION", "### END SOLUTION")
MOST_BYTES = 20_000_000  # of files beside a notebook: all of them are copied into each sandbox


@dataclass(frozen=True)
class Released:
    """A lesson as students got it.

    Attributes:
        name: the notebook's file name.
        notebook: its content.
        files: what lies beside it, by path.
        given: a module with what its cells take over from earlier lessons.
        digest: names this version of it.
    """

    lesson: str
    name: str
    notebook: dict[str, Any]
    files: dict[str, bytes]
    digest: str
    given: str = ""

    @property
    def stem(self) -> str:
        """The notebook's name as nbgrader records it."""
        return self.name.removesuffix(".ipynb")

    def points(self) -> dict[str, float]:
        """What each exercise earns."""
        found = {exercise_of(cell): cell for cell in self.notebook["cells"]}
        return {
            name: float(nbgrader_metadata(cell)["points"]) for name, cell in found.items() if name is not None
        }


def load(course: Course, lesson: str) -> Released:
    """Read a released lesson.

    Raises:
        CourseError: it was not released, or its test cells are not what the judge knows.
    """
    from autograder import exercises

    folder = course.folder("release", lesson)
    notebooks = sorted(folder.glob("*.ipynb")) if folder.is_dir() else []
    if not notebooks:
        raise CourseError(f"{lesson} is not released: run `autograder release {lesson}` first")
    if len(notebooks) > 1:
        raise CourseError(f"{folder}: more than one notebook; a lesson is one")
    try:
        data = notebooks[0].read_bytes()
        notebook = json.loads(data)
    except (OSError, ValueError) as error:
        raise CourseError(f"{notebooks[0]} cannot be read: {error}") from error
    check(lesson, notebook)
    files, taken_over = _files(folder), given(course, lesson, notebook)
    contents = hashlib.sha256(data + b"\0" + taken_over.encode())
    for name, content in sorted(files.items()):
        contents.update(name.encode() + b"\0" + content + b"\0")
    if not exercises.is_built_in(lesson):
        contents.update(json.dumps(course.exercise_files).encode())
    return Released(lesson, notebooks[0].name, notebook, files, contents.hexdigest(), taken_over)


def given(course: Course, lesson: str, notebook: dict[str, Any]) -> str:
    """A module with the functions of earlier lessons that a lesson's cells ask for with `mine(...)`.

    Most are convlib's; of the others the earlier lesson's solution is taken, with what it calls. Where a cell
    asks for a name that a variable holds, every name that it writes out may be meant.
    """
    from autograder import exercises

    wanted: set[str] = set()
    for cell in notebook["cells"]:
        text = text_of(cell["source"]) if cell["cell_type"] == "code" else ""
        wanted.update(re.findall(r"""\bmine\(["'](\w+)["']\)""", text))
        if re.search(r"\bmine\(\w", text):
            wanted.update(re.findall(r"""["'](\w+)["']""", text))
    solved: dict[str, str] = {}
    for earlier in course.lessons():
        if wanted and exercises.lesson_order(earlier) < exercises.lesson_order(lesson):
            for path in sorted(course.folder("source", earlier).glob("*.ipynb")):
                solved |= solutions(path)
    taken: set[str] = set()
    called: set[str] = set()
    waiting = {name for name in wanted & solved.keys() if not withholding.find(name)}
    while waiting:
        name = waiting.pop()
        taken.add(name)
        called |= _names(solved[name]) & solved.keys()
        waiting = {one for one in waiting | called if one not in taken and not withholding.find(one)}
    parts = ["import numpy as np"]
    if borrowed := sorted(called - taken):
        parts += ["from autograder import mine\n\n" + "\n".join(f'{one} = mine("{one}")' for one in borrowed)]
    parts += [text for name, text in solved.items() if name in taken]
    return "\n\n\n".join(parts) + "\n" if taken else ""


def _names(source: str) -> set[str]:
    """The names that a function's text reads; none where it is no Python."""
    try:
        tree = syntax_tree(source)
    except SyntaxError:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def solutions(source: Path) -> dict[str, str]:
    """The solutions of a lesson by grade_id, without the marks around them."""
    found = {}
    for cell in json.loads(source.read_bytes())["cells"]:
        if nbgrader_metadata(cell).get("solution"):
            kept = [line for line in text_of(cell["source"]).splitlines() if line.strip() not in DELIMITERS]
            found[str(nbgrader_metadata(cell)["grade_id"])] = "\n".join(kept)
    return found


def check(lesson: str, notebook: dict[str, Any]) -> None:
    """See that every test cell is one the judge knows, worth what its exercise is worth.

    Raises:
        CourseError: one is not.
    """
    from autograder import exercises

    seen = set()
    for cell in notebook["cells"]:
        name = exercise_of(cell)
        if name is None:
            continue
        grade_id, points = nbgrader_metadata(cell)["grade_id"], float(nbgrader_metadata(cell)["points"])
        if name in seen:
            raise CourseError(f"{lesson}: two test cells {grade_id}")
        seen.add(name)
        try:
            exercise = exercises.get(name)
        except KeyError:
            raise CourseError(
                f"{lesson}: test cell {grade_id}, but the judge knows no exercise {name}"
            ) from None
        if exercise.points != points:
            raise CourseError(f"{lesson}: {grade_id} has {points:g} points, its exercise {exercise.points:g}")


def _files(folder: Path) -> dict[str, bytes]:
    """What lies beside the notebook, for its cells to read."""
    found: dict[str, bytes] = {}
    room = MOST_BYTES
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        for name in sorted(names):
            path = Path(above, name)
            if name.startswith(".") or path.suffix == ".ipynb":
                continue
            room -= path.stat().st_size
            if room < 0:
                raise CourseError(
                    f"{folder}: more than {MOST_BYTES // 1_000_000} MB of files beside the notebook"
                )
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
