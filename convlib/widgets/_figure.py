"""What every figure has in common on Python's side: its source, and traits that take an int or a pair."""

from __future__ import annotations

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
