"""A class that hands in what classes hand in, made from the release by recipes, so that it never goes stale.

A recipe (data/sample_class/class.toml) names a student and a lesson and says, cell by cell, what becomes of
the release: see the head of that file. Beside each recipe stands what grading it must give.
"""

from __future__ import annotations

import json
import shutil
import textwrap
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.commands.console import said
from autograder.course import assignment
from autograder.course.course import Course, CourseError, write_atomically
from autograder.grading.batch import Row
from autograder.notebook.merge import nbgrader_metadata
from autograder.notebook.reading import dump, lines, text_of
from autograder.notebook.solution_marks import CODE_STUB


@dataclass(frozen=True)
class Expected:
    """What grading must give.

    Attributes:
        score: None where nothing can be judged.
        bugs: by exercise.
        says: what the last column of the table must contain.
    """

    score: float | None = None
    bugs: dict[str, list[str]] = field(default_factory=dict)
    says: list[str] = field(default_factory=list)

    def differs(self, row: Row | None) -> str:
        """What about a row is not as expected, "" where nothing is."""
        if row is None:
            return "was not graded"
        if row.score != self.score:
            return f"scored {row.score}, expected {self.score}"
        named = {name: sorted(found["bugs"]) for name, found in row.exercises.items() if found["bugs"]}
        if named != {name: sorted(bugs) for name, bugs in self.bugs.items()}:
            return f"bugs {named}, expected {self.bugs}"
        shown = " ".join(said(row))
        missing = [words for words in self.says if words not in shown]
        return f"does not say {missing[0]!r}, but {shown!r}" if missing else ""


@dataclass(frozen=True)
class Recipe:
    """One submission."""

    student: str
    lesson: str
    about: str
    expected: Expected
    solve: list[str] = field(default_factory=list)
    write: dict[str, str] = field(default_factory=dict)
    replace: dict[str, str] = field(default_factory=dict)
    delete: list[str] = field(default_factory=list)
    repeat: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    name: str = ""
    content: str = ""
    nbformat: int = 4
    harmful: bool = False


def read(path: Path) -> list[Recipe]:
    """Read the recipes.

    Raises:
        CourseError: a recipe says something that is not known.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["submission"]
    try:
        return [Recipe(**{**entry, "expected": Expected(**entry["expected"])}) for entry in entries]
    except (TypeError, KeyError) as error:
        raise CourseError(f"{path}: {error}") from error


def hand_in(course: Course, recipes: list[Recipe], *, with_harmful: bool = True) -> None:
    """Write the class's submissions into submitted/; what is there already and the same stays as it is."""
    submitted = course.folder("submitted")
    wanted = {}
    for recipe in recipes:
        if recipe.harmful and not with_harmful:
            continue
        lesson = assignment.load(course, recipe.lesson)
        solved = assignment.solutions(course.folder("source", recipe.lesson, lesson.name))
        content = recipe.content.encode() or dump(_notebook(recipe, lesson.notebook, solved))
        wanted[submitted / recipe.student / recipe.lesson / (recipe.name or lesson.name)] = content
    for path in [path for path in submitted.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()
    for folder in sorted((path for path in submitted.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            shutil.rmtree(folder)
    for path, content in wanted.items():
        if not path.is_file() or path.read_bytes() != content:
            write_atomically(path, content)


def _notebook(recipe: Recipe, release: dict[str, Any], solved: dict[str, str]) -> dict[str, Any]:
    """Follow a recipe."""
    notebook = json.loads(json.dumps(release))
    cells = []
    for cell in notebook["cells"]:
        grade_id = nbgrader_metadata(cell).get("grade_id")
        if grade_id in recipe.delete:
            continue
        before = json.loads(json.dumps(cell))
        if grade_id in recipe.solve or (recipe.solve == ["all"] and grade_id in solved):
            cell["source"] = lines(solved[grade_id])
        if grade_id in recipe.write:
            cell["source"] = lines(_written(text_of(before["source"]), recipe.write[grade_id]))
        if grade_id in recipe.replace:
            cell["source"] = lines(recipe.replace[grade_id])
        cells.append(cell)
        if grade_id in recipe.repeat:
            cells.append(before)
        if grade_id in recipe.extra:
            cells.append(_code(recipe.extra[grade_id]))
    moved = [cell for cell in cells if nbgrader_metadata(cell).get("grade_id") in recipe.last]
    notebook["cells"] = [cell for cell in cells if cell not in moved] + moved
    return _old(notebook) if recipe.nbformat == 3 else notebook


def _written(released_source: str, body: str) -> str:
    """The released function with this body in place of its stub."""
    written = []
    for line in released_source.splitlines():
        if line.lstrip().startswith(CODE_STUB):
            indent = line[: len(line) - len(line.lstrip())]
            written.append(textwrap.indent(textwrap.dedent(body).strip("\n"), indent))
        else:
            written.append(line)
    if CODE_STUB not in released_source:  # a written answer
        return textwrap.dedent(body).strip("\n")
    return "\n".join(written)


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "extra",
        "metadata": {},
        "source": lines(textwrap.dedent(source).strip("\n")),
        "outputs": [],
        "execution_count": None,
    }


def _old(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook as nbformat 3 would have it."""
    cells = []
    for cell in notebook["cells"]:
        old = {key: value for key, value in cell.items() if key not in ("id", "execution_count")}
        if cell["cell_type"] == "code":
            old |= {"input": old.pop("source"), "language": "python", "prompt_number": 1, "collapsed": False}
        cells.append(old)
    sheet = {"cells": cells, "metadata": {}}
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}
