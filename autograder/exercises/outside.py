"""Exercises that a course brings along: files of its own, named in its settings, or in the students' zip."""

from __future__ import annotations

import ast
import glob
import linecache
import os
import traceback
import types
from collections.abc import Collection, Mapping
from pathlib import Path

from autograder.adaptations import syntax_tree
from autograder.model.exercise import Exercise
from autograder.model.patches import PatchError

CONFIG = "nbgrader_config.py"
STUDENTS = ".lessons.json"  # lies in the students' zip, unpacked
FOLDER = "exercises"  # where the students' zip keeps them
HOME = "AUTOGRADER_COURSE"  # names the course's folder to a process that works elsewhere


class ExerciseError(Exception):
    """An exercise file that cannot be used: one line that says which, where and why."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of a traceback."""
        return [f"exercises: {self}"]


def load(name: str, text: str) -> list[Exercise]:
    """The exercises of a file, in the order in which it defines them.

    Args:
        name: the file as errors should show it.
        text: what it says. It is all that is needed, so that it can come from another machine.

    Raises:
        ExerciseError: it cannot be executed, or holds no exercise.
    """
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    module = types.ModuleType(f"course_exercises.{Path(name).stem}")
    module.__file__ = name
    try:
        exec(compile(text, name, "exec"), module.__dict__)
    except SyntaxError as error:
        raise ExerciseError(f"{name}, line {error.lineno}: {error.msg}") from None
    except Exception as error:
        here = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
        line = f", line {here[-1]}" if here else ""
        told = " ".join(str(error).split())
        raise ExerciseError(f"{name}{line}: {type(error).__name__}: {told}") from None
    found = in_module(module)
    if not found:
        raise ExerciseError(f"{name}: no exercise in this file; one begins with @exercise(lesson=…)")
    for exercise_id, (first, second) in _defined_twice(text, {one.id for one in found}).items():
        raise ExerciseError(f"{name}, line {second}: line {first} defines {exercise_id} already")
    return found


def _defined_twice(text: str, names: Collection[str]) -> dict[str, tuple[int, int]]:
    """Exercises that a later definition in the same file hides, with the lines of both."""
    lines: dict[str, list[int]] = {}
    for node in syntax_tree(text).body:
        if isinstance(node, ast.FunctionDef) and node.name in names:
            lines.setdefault(node.name, []).append(node.lineno)
    return {name: (places[0], places[1]) for name, places in lines.items() if len(places) > 1}


def in_module(module: types.ModuleType) -> list[Exercise]:
    """The exercises that a module defines itself, in order."""
    values = vars(module).values()
    return [one for one in values if isinstance(one, Exercise) and one.module == module.__name__]


def load_all(
    files: Mapping[str, str], own: Mapping[str, Exercise], *, look_for_texts: bool = True
) -> dict[str, Exercise]:
    """The exercises of several files by id.

    Args:
        files: each file's text by its name.
        own: exercises whose ids are taken.
        look_for_texts: whether the text of every bug is looked for in the ways.

    Raises:
        ExerciseError: a file cannot be used, an id is taken, or a bug's text is not there.
    """
    found: dict[str, Exercise] = {}
    origin: dict[str, str] = {}
    for name, text in files.items():
        for exercise in load(name, text):
            if exercise.id in own:
                raise ExerciseError(f"{name}: the built-in lessons have an exercise {exercise.id} already")
            if exercise.id in origin:
                raise ExerciseError(f"{name}: {origin[exercise.id]} has an exercise {exercise.id} already")
            if look_for_texts:
                _look_for_texts(name, exercise)
            found[exercise.id], origin[exercise.id] = exercise, name
    return found


def _look_for_texts(name: str, exercise: Exercise) -> None:
    for bug in exercise.catalogue:
        try:
            _ = bug.variants
        except PatchError as error:
            raise ExerciseError(f"{name}: {exercise.id}: the bug {bug.id!r}: {error}") from None


def configured(root: Path) -> dict[str, str]:
    """The files that `c.Grading.exercises` of a course names, each with its text.

    Raises:
        ExerciseError: a file that is named is not there, or cannot be read.
    """
    from traitlets.config.loader import PyFileConfigLoader

    patterns = PyFileConfigLoader(CONFIG, path=str(root)).load_config().Grading.get("exercises", [])
    return read(root, list(patterns))


def read(root: Path, patterns: list[str]) -> dict[str, str]:
    """The files below a folder that patterns name, each with its text.

    Raises:
        ExerciseError: a file that is named is not there, or cannot be read.
    """
    files: dict[str, str] = {}
    for pattern in patterns:
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise ExerciseError(f"{CONFIG}: c.Grading.exercises: {pattern!r} is not below the course")
        paths = sorted(path for path in root.glob(pattern) if path.is_file())
        if not paths and not glob.has_magic(pattern):
            raise ExerciseError(f"{CONFIG}: c.Grading.exercises {pattern!r} is not there")
        for path in paths:
            try:
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise ExerciseError(f"{path} cannot be read: {error}") from None
    return files


def nearby(start: Path | None = None) -> dict[str, str]:
    """The files of the course, or of the students' zip, that a folder lies in; by default this process's."""
    start = (start or Path(os.environ.get(HOME) or Path.cwd())).resolve()
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return configured(folder)
        if (folder / STUDENTS).is_file():
            return read(folder, [f"{FOLDER}/*.py"]) if (folder / FOLDER).is_dir() else {}
    return {}
