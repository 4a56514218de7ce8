"""The `autograder` that a submission sees while it is graded: the judge is elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from autograder.protocol import withholding


class NotJudged:
    """What `check` returns inside: it has what a verdict has, and says nothing.

    It counts as passed, so that a cell that asks for that goes on; the judge outside sees none of it.
    """

    passed, score, status, message, question = True, 1.0, "passed", "", ""

    def __init__(self) -> None:
        self.requirements: list[Any] = []
        self.bugs: list[str] = []
        self.lines: list[Any] = []
        self.hints: list[str] = []

    def to_json(self) -> dict[str, Any]:
        """Give an empty verdict."""
        return {}

    def __repr__(self) -> str:
        return ""


def check(*_args: Any, **_kwargs: Any) -> NotJudged:
    """Judge nothing: the function is judged from outside, whatever happens here."""
    return NotJudged()


judge = check


def is_mine(_name: str) -> bool:
    """Whether `mine` gives the learner's own: never while grading."""
    return False


def mine(name: str) -> Callable[..., Any]:
    """The course's own version of a function, so that every submission builds on the same.

    The functions that the lesson itself asks for are not here: of these it is the submission's own.
    """
    # Where the course's version is withheld, the lesson's later cells go on with the submission's own.
    for found in (withholding.find(name), _given(name), getattr(sys.modules["__main__"], name, None)):
        if callable(found):
            return found

    def absent(*_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError(withholding.sentence(f"mine({name!r})"))

    return absent


def _given(name: str) -> Callable[..., Any] | None:
    """A function of an earlier lesson that convlib lacks, out of the course's solutions."""
    try:
        return getattr(import_module("given"), name, None)
    except ImportError:
        return None
