"""What a notebook imports: `check` judges a function and shows the verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from autograder import executed_cells, exercises
from autograder.judging import PUBLIC, Verdict, judge_function
from autograder.judging.caller import SECONDS
from autograder.judging.judge import unreadable_verdict
from autograder.judging.unreadable import defined_names, unreadable
from autograder.mine import NotKept, keep
from autograder.model.exercise import Exercise
from autograder.report.text import headline

_attempts: dict[str, int] = {}


class CheckFailed(Exception):
    """A check that failed while nbgrader executes the notebook: a failing cell, in one line."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of a traceback."""
        return [f"CheckFailed: {self}"]


def judge(
    exercise_id: str, function: Callable[..., Any], seed: int = PUBLIC, source: str | None = None
) -> Verdict:
    """Judge a function in this process.

    Never raises for a wrong answer and prints nothing; a person's Ctrl-C still stops it.

    Args:
        exercise_id: which exercise.
        function: the learner's.
        seed: of the probes.
        source: the text that defines the function and the helpers it calls, where inspect cannot find it.

    Raises:
        KeyError: no exercise has this id.
    """
    return judge_function(exercises.get(exercise_id), function, seed, source=source)


class NotCheckable(LookupError):
    """What `check` was given belongs to no exercise: one line that says what would."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of a traceback."""
        return [f"check: {self}"]


def check(function: Callable[..., Any], exercise: str | None = None) -> Verdict:
    """Judge a function, show the verdict and return it.

    A call that does not return is stopped after ten seconds, as when grading; an interruption by hand stops
    it at once, with the same verdict.

    Args:
        function: the learner's.
        exercise: which exercise; by default the one of the function's name.

    Raises:
        LookupError: there is no such exercise, or a value was given in place of a function.
        CheckFailed: it is wrong and NBGRADER_EXECUTION is set. Interactively nothing is raised.
    """
    asked = _exercise(function, exercise)
    verdict = judge_function(asked, function, PUBLIC, max(SECONDS, asked.seconds))
    unread = unreadable_verdict(asked, executed_cells.newer(function))
    if unread is not None and verdict.status == "unanswered":
        verdict = unread
    elif remark := executed_cells.remark(function):
        print(remark)
    if verdict.status == "failed":
        _attempts[asked.id] = _attempts.get(asked.id, 0) + 1
    verdict = verdict.at_attempt(_attempts.get(asked.id, 0))
    _show(verdict)
    if verdict.passed:
        try:
            keep(asked.id, function)
        except NotKept as reason:
            print(f"Not kept for later lessons: {reason}.")
    elif os.environ.get("NBGRADER_EXECUTION"):
        raise CheckFailed(f"{headline(verdict.to_json())} {verdict.message}")
    return verdict


def _cell_ran(result: Any) -> None:
    """Say what Python cannot read in a cell with an answer: no check can be asked about it."""
    if not isinstance(result.error_before_exec, SyntaxError):
        return
    cell = str(getattr(result.info, "raw_cell", None) or "")
    name = next((name for name in defined_names(cell) if name in exercises.all()), None)
    found = unreadable(cell) if name else None
    if found is not None:
        print(f"{name}: there is something, and Python cannot read it. {found.sentence}")


def _exercise(function: Any, name: str | None) -> Exercise:
    """The exercise that is meant.

    Raises:
        NotCheckable: there is none.
    """
    known = exercises.all()
    if isinstance(function, str):
        raise NotCheckable("it takes the function itself, without quotation marks: check(relu)")
    if not callable(function):
        example = name if isinstance(name, str) and name in known else "relu"
        raise NotCheckable(
            f"it takes the function itself, check({example}), not what a call of it returned: "
            f"this is {_briefly(function)}"
        )
    if not isinstance(name, str | None):
        raise NotCheckable(
            f'the exercise is named in quotation marks, check(f, "conv2d"): got {_briefly(name)}'
        )
    wanted = name or _name(function)
    if wanted in known:
        return known[wanted]
    alike = get_close_matches(wanted, known, n=3, cutoff=0.6)
    suggestion = f"did you mean {' or '.join(alike)}?" if alike else "the lesson's text has its name."
    raise NotCheckable(f'no exercise is named {wanted!r}; {suggestion} Say which: check(f, "conv2d")')


def _briefly(value: Any) -> str:
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    return f"an array of shape {shape}" if isinstance(shape, tuple) else f"{article} {kind}"


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


executed_cells.watch(_cell_ran)
