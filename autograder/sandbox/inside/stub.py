"""The `autograder` that a submission sees while it is graded: the judge is elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

_HOMES = (
    "convlib",
    "convlib.fast",
    "convlib.reference",
    "convlib.shapes",
    "convlib.layers",
    "convlib.training",
    "given",  # of earlier lessons, what is not convlib's
)


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
    for home in _HOMES:
        try:
            found = getattr(import_module(home), name)
        except (ImportError, AttributeError):
            continue
        if not hasattr(found, "withheld"):
            return found  # type: ignore[no-any-return]
    # Where the course's version is withheld, the lesson's later cells go on with the submission's own.
    own = getattr(sys.modules["__main__"], name, None)
    if callable(own):
        return own  # type: ignore[no-any-return]

    def absent(*_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError(
            f"mine({name!r}) is not here while this lesson is graded: write it yourself"
        )

    return absent
