"""What every figure has in common on Python's side: module, settings as data, a learner's function."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ._traits import Setting
from .packing import pack

_HERE = Path(__file__).parent


class Figure(anywidget.AnyWidget):
    """A figure of the course: traits that Python, the page and a link can set.

    A browser loads one module per figure, and the module may import nothing, since a page opened from a file
    or without a network has nowhere to import from. So the modules that a figure imports are joined with its
    own when the class is made: `class StrideBoard(Figure, script="stride_board.js")`. No build step, no copy.
    """

    _css = (_HERE / "shared" / "figure.css").read_text(encoding="utf-8")
    _settings = traitlets.Dict(read_only=True).tag(sync=True)  # by name: bounds, choices, default
    _description = traitlets.Unicode(read_only=True).tag(sync=True)  # for pages on which no script runs

    def __init_subclass__(cls, *, script: str | None = None, **more: Any) -> None:
        super().__init_subclass__(**more)
        if script is not None:  # None: the class that anywidget derives to add traits to one instance
            cls._esm = pack(_HERE / script)

    @traitlets.default("_settings")
    def _describe_settings(self) -> dict[str, dict[str, Any]]:
        traits = self.traits(sync=True).items()
        return {name: trait.describe() for name, trait in traits if isinstance(trait, Setting)}

    @traitlets.default("_description")
    def _describe(self) -> str:
        return (inspect.getdoc(type(self)) or "").partition("\n")[0]


def answer(function: Callable[..., Any], given: Sequence[Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """Call a learner's function for the page: {"values": nested lists}, or {"error": what to read}.

    A tuple of arrays comes back as a list of them.
    """
    import numpy as np  # here, so that the figures import without NumPy

    name = function.__name__
    try:
        result = function(*(np.array(argument, dtype=float) for argument in given), **keywords)
    except NotImplementedError:
        return {"error": f"{name} is not written yet."}
    except Exception as error:
        return {"error": f"{name} stops with {type(error).__name__}: {error}{_place(function, error)}"}
    if result is None:
        return {"error": f"{name} returns None: is its return statement missing?"}
    try:
        parts = result if isinstance(result, tuple) else (result,)
        arrays = [np.asarray(part, dtype=float) for part in parts]
    except (TypeError, ValueError):
        return {"error": f"{name} returns a {type(result).__name__} that is not an array of numbers."}
    if not all(np.isfinite(array).all() for array in arrays):
        return {"error": f"{name} returns numbers that are not finite: a NaN or an infinity."}
    lists = [array.tolist() for array in arrays]
    return {"values": lists if isinstance(result, tuple) else lists[0]}


def _place(function: Callable[..., Any], error: BaseException) -> str:
    """Say where in the learner's own code the error arose."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    own = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == code.co_filename]
    return f" (line {(own[-1].lineno or 0) - code.co_firstlineno + 1}: {own[-1].line})" if own else ""
