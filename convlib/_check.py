"""Integers and pairs of them, checked: every error says which argument, what was expected, what it got.

Plain Python, so that `convlib.shapes` needs no NumPy.
"""

from __future__ import annotations

import operator
from typing import Any

IntPair = int | tuple[int, int]
Padding = int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]


def as_int(name: str, value: Any, at_least: int) -> int:
    """Return `value` as an int.

    Raises:
        ValueError: it is no integer (a bool, 2.0 and NaN are none), or it is below `at_least`.
    """
    if type(value) is int and value >= at_least:  # nearly always: every kernel asks for each of its integers
        return value
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise ValueError(f"{name} must be an integer ≥ {at_least}, got {value!r}")
    if number < at_least:
        raise ValueError(f"{name} must be an integer ≥ {at_least}, got {number}")
    return number


def pair(name: str, value: Any, at_least: int) -> tuple[int, int]:
    """Return an int twice, or a pair as it is: (rows, columns).

    Raises:
        ValueError: neither an integer nor a pair of them, or one is below `at_least`.
    """
    if not _is_sequence(value):
        number = as_int(name, value, at_least)
        return number, number
    if len(value) != 2:
        raise ValueError(f"{name} must be an integer or a pair (rows, columns), got {value!r}")
    return as_int(f"{name}[0]", value[0], at_least), as_int(f"{name}[1]", value[1], at_least)


def padding(name: str, value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return ((top, bottom), (left, right)) for an int, a pair (rows, columns), or a pair of pairs.

    Raises:
        ValueError: it is none of the three, or a number in it is negative.
    """
    if not _is_sequence(value):
        number = as_int(name, value, 0)
        return (number, number), (number, number)
    if len(value) != 2:
        wanted = "an integer, (rows, columns) or ((top, bottom), (left, right))"
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    return pair(f"{name}[0]", value[0], 0), pair(f"{name}[1]", value[1], 0)


def _is_sequence(value: Any) -> bool:
    """Whether a tuple, a list or a 1-D array: what may stand for a pair."""
    if type(value) is int:
        return False
    if isinstance(value, (str, bytes, dict)) or getattr(value, "shape", None) == ():
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")
