"""The `autograder` that a submission sees while it is graded: the judge is elsewhere."""

from __future__ import annotations

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
)


def check(*_args: Any, **_kwargs: Any) -> None:
    """Do nothing: the function is judged from outside, whatever happens here."""


judge = check


def mine(name: str) -> Callable[..., Any]:
    """The course's own version of a function, so that every submission builds on the same."""
    for home in _HOMES:
        try:
            return getattr(import_module(home), name)  # type: ignore[no-any-return]
        except (ImportError, AttributeError):
            continue

    def absent(*_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError(
            f"mine({name!r}) is not here while this lesson is graded: write it yourself"
        )

    return absent
