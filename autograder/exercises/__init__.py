"""What is asked: the course's own exercises, one module a lesson, and those that a course brings along."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from autograder.exercises import outside
from autograder.exercises.outside import ExerciseError
from autograder.exercises.outside import read as files_below
from autograder.model.exercise import Exercise

# Exercises of a course; None until somebody says which, or until the working directory is looked at.
_outside: dict[str, Exercise] | None = None


@cache
def _own() -> dict[str, Exercise]:
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    loaded = [import_module(f"{__name__}.{name}") for name in modules if name.startswith("lesson_")]
    found = [outside.in_module(module) for module in loaded]
    return {exercise.id: exercise for exercises in found for exercise in exercises}


def all() -> dict[str, Exercise]:
    """Every exercise by id, in the order of the lessons."""
    together = {**_own(), **_brought()}
    return dict(sorted(together.items(), key=lambda item: lesson_order(item[1].lesson)))


def get(exercise_id: str) -> Exercise:
    """The exercise of this id.

    Raises:
        KeyError: there is none.
    """
    return _own()[exercise_id] if exercise_id in _own() else _brought()[exercise_id]


def for_lesson(lesson: str) -> list[Exercise]:
    """The exercises of a lesson, named by its folder."""
    return [exercise for exercise in all().values() if exercise.lesson == lesson]


def use(files: Mapping[str, str], *, look_for_texts: bool = True) -> None:
    """Take over a course's own exercise files, in place of those taken over before.

    Args:
        files: each file's text by its name.
        look_for_texts: whether the text of every bug is looked for in the ways.

    Raises:
        ExerciseError: one cannot be used; then nothing changes.
    """
    global _outside
    _outside = outside.load_all(files, _own(), look_for_texts=look_for_texts) if files else {}


def _brought() -> dict[str, Exercise]:
    """What the course at hand brings along: in a notebook, that of the folder in which it lies."""
    if _outside is None:
        use(outside.nearby())
    return _outside or {}


def is_built_in(lesson: str) -> bool:
    """Whether a lesson is one of the course's own: a course's lessons may use all of convlib."""
    return any(exercise.lesson == lesson for exercise in _own().values())


def lesson_order(lesson: str) -> tuple[int, str]:
    """What lessons are sorted by: the number that their folder's name begins with."""
    number = re.match(r"\d+", lesson)
    return (int(number[0]) if number else 1_000_000, lesson)


__all__ = ["ExerciseError", "all", "files_below", "for_lesson", "get", "is_built_in", "lesson_order", "use"]
