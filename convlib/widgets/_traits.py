"""The traits of figures. What each allows is written here once and sent to the page as data (`describe`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets


class Setting(traitlets.TraitType[Any, Any]):
    """A trait that the page shares, and that can tell the page what it allows.

    Attributes:
        kind: which check the page uses.
        linked: whether a link to the page may set it.
    """

    kind = "any"
    linked = True

    def limits(self) -> dict[str, Any]:
        """Return the bounds and choices as JSON has them."""
        return {}

    def describe(self) -> dict[str, Any]:
        """Return what the page needs to know: kind, default, bounds, whether a link may set it."""
        return {"kind": self.kind, "default": self.default_value, "linked": self.linked, **self.limits()}

    def refuse(self, obj: Any, value: Any) -> traitlets.TraitError:
        """Return the error: which setting, what is expected, what was given."""
        return traitlets.TraitError(
            f"{self.name} of {type(obj).__name__} must be {self.info_text}, got {value!r}"
        )


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Integer(Setting):
    """An integer from low to high."""

    kind = "integer"

    def __init__(self, default: int, low: int, high: int) -> None:
        super().__init__(default)
        self.low, self.high = low, high
        self.info_text = f"an integer from {low} to {high}"
        self.tag(sync=True)

    def limits(self) -> dict[str, Any]:
        return {"min": self.low, "max": self.high}

    def validate(self, obj: Any, value: Any) -> int:
        """Return the value, or raise TraitError."""
        if not _is_integer(value) or not self.low <= value <= self.high:
            raise self.refuse(obj, value)
        return int(value)


class Real(Setting):
    """A number from low to high; `stops` are the values that a slider offers, evenly spaced or not."""

    kind = "real"

    def __init__(self, default: float, low: float, high: float, stops: Sequence[float] = ()) -> None:
        super().__init__(default)
        self.low, self.high, self.stops = low, high, list(stops)
        self.info_text = f"a number from {low} to {high}"
        self.tag(sync=True)

    def limits(self) -> dict[str, Any]:
        return {"min": self.low, "max": self.high, "stops": self.stops}

    def validate(self, obj: Any, value: Any) -> float:
        """Return the value as a float, or raise TraitError."""
        if not _is_number(value) or not self.low <= value <= self.high:
            raise self.refuse(obj, value)
        return float(value)


class Flag(Setting):
    """True or False."""

    kind = "flag"
    info_text = "True or False"

    def __init__(self, default: bool, *, linked: bool = True) -> None:
        super().__init__(default)
        self.linked = linked
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> bool:
        """Return the value, or raise TraitError."""
        if not isinstance(value, bool):
            raise self.refuse(obj, value)
        return value


class Choice(Setting):
    """One of some words; the first is the default."""

    kind = "choice"

    def __init__(self, *choices: str) -> None:
        super().__init__(choices[0])
        self.choices = choices
        self.info_text = f"one of {', '.join(map(repr, choices))}"
        self.tag(sync=True)

    def limits(self) -> dict[str, Any]:
        return {"choices": list(self.choices)}

    def validate(self, obj: Any, value: Any) -> str:
        """Return the value, or raise TraitError."""
        if not isinstance(value, str) or value not in self.choices:
            raise self.refuse(obj, value)
        return value


class IntPair(Setting):
    """An integer, or a (rows, columns) pair of integers, or one of some words."""

    kind = "pair"

    def __init__(self, default: int | str, low: int, high: int, words: tuple[str, ...] = ()) -> None:
        super().__init__(default)
        self.low, self.high, self.words = low, high, words
        self.info_text = f"an integer from {low} to {high}, or a (rows, columns) pair of them"
        if words:
            self.info_text += f", or one of {', '.join(map(repr, words))}"
        self.tag(sync=True)

    def limits(self) -> dict[str, Any]:
        return {"min": self.low, "max": self.high, "choices": list(self.words)}

    def validate(self, obj: Any, value: Any) -> int | str | tuple[int, int]:
        """Return the value as an int, a pair of ints or a word, or raise TraitError."""
        if isinstance(value, str) and value in self.words:
            return value
        if self._fits(value):
            return int(value)
        if isinstance(value, (tuple, list)) and len(value) == 2 and all(map(self._fits, value)):
            return int(value[0]), int(value[1])
        raise self.refuse(obj, value)

    def _fits(self, value: Any) -> bool:
        return _is_integer(value) and self.low <= value <= self.high


class Matrix(Setting):
    """Rows of numbers, as nested lists or anything with tolist().

    Args:
        default: the rows to begin with.
        most: how many rows there may be, and how many numbers in a row.
        low, high: bounds of every number, or one bound for each column, which then must all be there.
    """

    kind = "matrix"

    def __init__(
        self,
        default: Sequence[Sequence[float]],
        most: int,
        low: float | Sequence[float],
        high: float | Sequence[float],
    ) -> None:
        super().__init__(default)
        self.most = most
        self._limits: dict[str, Any] = {"min": low, "max": high}
        self._bounds: list[tuple[float, float]] = []  # of the columns, where each has its own
        self.info_text = f"1 to {most} rows of 1 to {most} numbers from {low} to {high}, all of one length"
        if isinstance(low, Sequence) and isinstance(high, Sequence):
            self._bounds = list(zip(low, high, strict=True))
            self._limits = {"columns": [{"min": a, "max": b} for a, b in self._bounds]}
            columns = ", ".join(f"{a} to {b}" for a, b in self._bounds)
            self.info_text = f"1 to {most} rows of {len(low)} numbers ({columns})"
        self.tag(sync=True)

    def limits(self) -> dict[str, Any]:
        return {"most": self.most, **self._limits}

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        """Return the numbers as a list of lists, or raise TraitError."""
        rows = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(rows, (list, tuple)) or not 1 <= len(rows) <= self.most:
            raise self.refuse(obj, value)
        if not all(isinstance(row, (list, tuple)) and self._fits(row, len(rows[0])) for row in rows):
            raise self.refuse(obj, value)
        return [[int(v) if isinstance(v, bool) else v for v in row] for row in rows]

    def _fits(self, row: Sequence[Any], length: int) -> bool:
        if len(row) != (len(self._bounds) or length) or not 1 <= len(row) <= self.most:
            return False
        bounds = self._bounds or [(self._limits["min"], self._limits["max"])] * len(row)
        return all(
            isinstance(v, (int, float)) and low <= v <= high
            for v, (low, high) in zip(row, bounds, strict=True)
        )


class PinnedCell(Setting):
    """The pinned cell, "BOARD ROW COLUMN", or "" where none is."""

    kind = "cell"
    info_text = 'a cell as "BOARD ROW COLUMN", or ""'

    def __init__(self) -> None:
        super().__init__("")
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> str:
        """Return the value, or raise TraitError."""
        if not isinstance(value, str) or not re.fullmatch(r"([a-z0-9]+ -?\d+ -?\d+)?", value):
            raise self.refuse(obj, value)
        return value


class Series(Setting):
    """Lists of numbers by name; only Python sets them."""

    kind = "series"
    linked = False
    info_text = "a dict of lists of numbers"

    def __init__(self) -> None:
        super().__init__({})
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> dict[str, list[float]]:
        """Return the value, or raise TraitError."""
        if not isinstance(value, Mapping) or not all(
            isinstance(name, str) and isinstance(numbers, (list, tuple)) and all(map(_is_number, numbers))
            for name, numbers in value.items()
        ):
            raise self.refuse(obj, value)
        return {name: list(numbers) for name, numbers in value.items()}


class Images(Setting):
    """Small images, each a list of rows of numbers; only Python sets them."""

    kind = "images"
    linked = False

    def __init__(self, most: int, side: int) -> None:
        super().__init__([])
        self.most, self.side = most, side
        self.info_text = f"up to {most} images of up to {side} × {side} numbers"
        self.tag(sync=True)

    def limits(self) -> dict[str, Any]:
        return {"most": self.most, "side": self.side}

    def validate(self, obj: Any, value: Any) -> list[list[list[float]]]:
        """Return the value, or raise TraitError."""
        if not isinstance(value, (list, tuple)) or len(value) > self.most:
            raise self.refuse(obj, value)
        if not all(isinstance(image, (list, tuple)) and self._fits(image) for image in value):
            raise self.refuse(obj, value)
        return [[list(row) for row in image] for image in value]

    def _fits(self, image: Sequence[Any]) -> bool:
        return 1 <= len(image) <= self.side and all(
            isinstance(row, (list, tuple))
            and 1 <= len(row) <= self.side
            and len(row) == len(image[0])
            and all(map(_is_number, row))
            for row in image
        )
