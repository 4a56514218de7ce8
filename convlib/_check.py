"""Whole numbers and pairs of them, checked: every refusal says which argument, what it was, what would fit.

Plain Python, so that `convlib.shapes` needs no NumPy.
"""

from __future__ import annotations

import operator
from typing import Any

IntPair = int | tuple[int, int]
Padding = int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]


def whole(name: str, value: Any, at_least: int) -> int:
    """Return `value` as an int.

    Raises:
        ValueError: it is no whole number (a bool, 2.0 and NaN are none), or it is below `at_least`.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; a whole number fits, {at_least} or more")
    if number < at_least:
        raise ValueError(f"{name} is {number}; {at_least} or more fits")
    return number


def pair(name: str, value: Any, at_least: int) -> tuple[int, int]:
    """Return an int twice, or a pair as it is: (rows, columns).

    Raises:
        ValueError: neither a whole number nor a pair of them, or one is below `at_least`.
    """
    if not _is_sequence(value):
        number = whole(name, value, at_least)
        return number, number
    if len(value) != 2:
        raise ValueError(f"{name} is {value!r}; a whole number or a pair (rows, columns) fits")
    return whole(f"{name}[0]", value[0], at_least), whole(f"{name}[1]", value[1], at_least)


def padding(name: str, value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return ((top, bottom), (left, right)) for an int, a pair (rows, columns), or a pair of pairs.

    Raises:
        ValueError: it is none of the three, or a number in it is negative.
    """
    if not _is_sequence(value):
        number = whole(name, value, 0)
        return (number, number), (number, number)
    if len(value) != 2:
        fits = "a whole number, (rows, columns) or ((top, bottom), (left, right)) fits"
        raise ValueError(f"{name} is {value!r}; {fits}")
    return pair(f"{name}[0]", value[0], 0), pair(f"{name}[1]", value[1], 0)


def _is_sequence(value: Any) -> bool:
    """Whether a tuple, a list or a 1-D array: what may stand for a pair."""
    if isinstance(value, (str, bytes, dict)) or getattr(value, "shape", None) == ():
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")
