"""What is asked: one module a lesson, each with its `EXERCISES`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from autograder.model.exercise import Exercise


@cache
def all() -> dict[str, Exercise]:
    """Every exercise by id, in the order of the lessons."""
    found: dict[str, Exercise] = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        if module.startswith("lesson_"):
            loaded = import_module(f"{__name__}.{module}")
            own = [
                one
                for one in vars(loaded).values()
                if isinstance(one, Exercise) and one.module == loaded.__name__
            ]
            for exercise in getattr(loaded, "EXERCISES", own):
                found[exercise.id] = exercise
    return found


def get(exercise_id: str) -> Exercise:
    """The exercise of this id.

    Raises:
        KeyError: there is none.
    """
    return all()[exercise_id]


def for_lesson(lesson: str) -> list[Exercise]:
    """The exercises of a lesson, named by its folder."""
    return [exercise for exercise in all().values() if exercise.lesson == lesson]
