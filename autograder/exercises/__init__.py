"""What is asked: the course's own exercises, one module a lesson, and those that a course brings along."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from autograder.exercises import outside
from autograder.exercises.outside import ExerciseError
from autograder.model.exercise import Exercise

_outside: dict[str, Exercise] = {}


@cache
def _own() -> dict[str, Exercise]:
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    loaded = [import_module(f"{__name__}.{name}") for name in modules if name.startswith("lesson_")]
    found = [getattr(module, "EXERCISES", outside.in_module(module)) for module in loaded]
    return {exercise.id: exercise for exercises in found for exercise in exercises}


def all() -> dict[str, Exercise]:
    """Every exercise by id, in the order of the lessons."""
    if not _outside:
        return dict(_own())
    together = {**_own(), **_outside}
    return dict(sorted(together.items(), key=lambda item: lesson_order(item[1].lesson)))


def get(exercise_id: str) -> Exercise:
    """The exercise of this id.

    Raises:
        KeyError: there is none.
    """
    return _outside[exercise_id] if exercise_id in _outside else _own()[exercise_id]


def for_lesson(lesson: str) -> list[Exercise]:
    """The exercises of a lesson, named by its folder."""
    return [exercise for exercise in all().values() if exercise.lesson == lesson]


def use(files: Mapping[str, str]) -> None:
    """Take over a course's own exercise files, in place of those taken over before.

    Args:
        files: each file's text by its name.

    Raises:
        ExerciseError: one cannot be used; then nothing changes.
    """
    found = outside.load_all(files, _own()) if files else {}
    _outside.clear()
    _outside.update(found)


def lesson_order(lesson: str) -> tuple[int, str]:
    """What lessons are sorted by: the number that their folder's name begins with."""
    number = re.match(r"\d+", lesson)
    return (int(number[0]) if number else 1_000_000, lesson)


__all__ = ["ExerciseError", "all", "for_lesson", "get", "lesson_order", "use"]
