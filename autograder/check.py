"""What a notebook imports: `check` judges a function and shows the verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from autograder import exercises
from autograder.judging import PUBLIC, Verdict, judge_function
from autograder.mine import keep
from autograder.report.text import headline

_attempts: dict[str, int] = {}


class CheckFailed(Exception):
    """A check that failed while nbgrader executes the notebook: a failing cell, in one line."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of a traceback."""
        return [f"CheckFailed: {self}"]


def judge(exercise_id: str, function: Callable[..., Any], seed: int = PUBLIC) -> Verdict:
    """Judge a function in this process.

    Never raises for a wrong answer and prints nothing; a person's Ctrl-C still stops it.

    Args:
        exercise_id: which exercise.
        function: the learner's.
        seed: of the probes.

    Raises:
        KeyError: no exercise has this id.
    """
    return judge_function(exercises.get(exercise_id), function, seed)


def check(function: Callable[..., Any], exercise: str | None = None) -> Verdict:
    """Judge a function, show the verdict and return it.

    Args:
        function: the learner's.
        exercise: which exercise; by default the one of the function's name.

    Raises:
        LookupError: there is no such exercise.
        CheckFailed: it is wrong and NBGRADER_EXECUTION is set. Interactively nothing is raised.
    """
    exercise_id = exercise or _name(function)
    if exercise_id not in exercises.all():
        known = ", ".join(exercises.all())
        raise LookupError(
            f'no exercise is named {exercise_id!r}: say which, check(f, "conv2d"); there are {known}'
        )
    verdict = judge(exercise_id, function, PUBLIC)
    if verdict.status == "failed":
        _attempts[exercise_id] = _attempts.get(exercise_id, 0) + 1
    verdict = verdict.at_attempt(_attempts.get(exercise_id, 0))
    _show(verdict)
    if verdict.passed:
        keep(exercise_id, function)
    elif os.environ.get("NBGRADER_EXECUTION"):
        raise CheckFailed(f"{headline(verdict.to_json())} {verdict.message}")
    return verdict


def _name(function: Any) -> str:
    """The function's own name; a partial has that of what it calls."""
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__name__", type(function).__name__))


def _show(verdict: Verdict) -> None:
    """Display in a notebook; print elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(verdict)  # type: ignore[no-untyped-call]
    else:
        print(verdict)
