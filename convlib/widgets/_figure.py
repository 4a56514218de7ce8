"""What every figure has in common on Python's side: its source, and traits that take an int or a pair."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


class Figure(anywidget.AnyWidget):
    """A figure of the course: traits that Python, the page and a link can set.

    A browser loads one module per figure, and the module may import nothing, since a page opened from a file
    or without a network has nowhere to import from. So the text all figures share is put before a figure's
    own when the class is made: `class StrideBoard(Figure, script="stride_board.js")`. No build step, no copy.
    """

    _css = _text("shared.css")

    def __init_subclass__(cls, *, script: str | None = None, **more: Any) -> None:
        super().__init_subclass__(**more)
        if script is not None:  # None: the class that anywidget derives to add traits to one instance
            cls._esm = _text("shared.js") + "\n" + _text(script)


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
        return {"error": f"{name} returns a {type(result).__name__} that is no array of numbers."}
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


class Matrix(traitlets.TraitType[Any, Any]):
    """Rows of numbers, as nested lists or anything with tolist(); shared with the page."""

    def __init__(self, default: Sequence[Sequence[float]], most: int) -> None:
        super().__init__(default)
        self.most = most
        self.info_text = f"up to {most} rows of up to {most} numbers, all rows of one length"
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        """Return the numbers as a list of lists, or raise TraitError."""
        rows = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(rows, (list, tuple)) or not 1 <= len(rows) <= self.most:
            self.error(obj, value)
        if any(not isinstance(row, (list, tuple)) or len(row) != len(rows[0]) for row in rows):
            self.error(obj, value)
        if not 1 <= len(rows[0]) <= self.most:
            self.error(obj, value)
        if not all(isinstance(number, (int, float)) for row in rows for number in row):
            self.error(obj, value)
        return [list(row) for row in rows]


class Whole(traitlets.Int):  # type: ignore[type-arg]
    """A whole number from low to high, shared with the page."""

    def __init__(self, default: int, low: int, high: int) -> None:
        super().__init__(default, min=low, max=high)
        self.tag(sync=True)


class IntPair(traitlets.TraitType[Any, Any]):
    """A whole number, or a (rows, columns) pair of them, or one of some words; shared with the page."""

    def __init__(self, default: int | str, low: int, high: int, words: tuple[str, ...] = ()) -> None:
        super().__init__(default)
        self.low, self.high, self.words = low, high, words
        self.info_text = f"a whole number from {low} to {high}, or a (rows, columns) pair of them"
        if words:
            self.info_text += f", or one of {', '.join(map(repr, words))}"
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> int | str | tuple[int, int]:
        """Return the value as an int, a pair of ints or a word, or raise TraitError."""
        if isinstance(value, str) and value in self.words:
            return value
        if self._fits(value):
            return int(value)
        if isinstance(value, (tuple, list)) and len(value) == 2 and all(map(self._fits, value)):
            return int(value[0]), int(value[1])
        self.error(obj, value)

    def _fits(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high


class Pinned(traitlets.Unicode):  # type: ignore[type-arg]
    """The pinned cell, "BOARD ROW COLUMN", or "" where none is; shared with the page."""

    def __init__(self) -> None:
        super().__init__("")
        self.tag(sync=True)
