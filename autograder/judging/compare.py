"""The only place that says what equal means, for answers and for bugs alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.protocol.calls import Opaque

# Sums of up to about a hundred products, in any order or through an FFT, stay well inside so many roundings.
ROUNDINGS = 32
_DOUBLE, _SINGLE = (float(np.finfo(kind).eps) for kind in (np.float64, np.float32))
_SHORT = (np.dtype(np.float16), np.dtype(np.float32))

_NUMBER = (bool, int, float, complex, np.generic)
_LARGE = 2**63
_AT_A_GLANCE = frozenset((bool, float, str, type(None), np.float64, np.int64, np.bool_))


def _nothing() -> NDArray[Any]:
    return np.zeros(0, dtype=bool)


@dataclass(frozen=True)
class Location:
    """Which value is meant.

    Attributes:
        result: of several results, its name ("dx").
        key: of a dict, the key.
        argument: the argument that a call changed, by its name; empty for a result.
    """

    result: str = ""
    key: str = ""
    argument: str = ""

    def __str__(self) -> str:
        """As a learner reads it: dx, or params['w'] after the call; empty for the only result."""
        if self.argument:
            return f"{self.argument}{f'[{self.key!r}]' if self.key else ''} after the call"
        return self.result or self.key


HERE = Location()


@dataclass(frozen=True, eq=False)
class Difference:
    """How a value differs from the expected one.

    Attributes:
        kind: "type", "shape", "length", "keys", "values" or "rule".
        sentence: what is wrong; empty for values.
        where: which of several values.
        expected, got: for "values" and "shape": the arrays.
        wrong: for "values": the cells that differ.
    """

    kind: str
    sentence: str = ""
    where: Location = HERE
    expected: NDArray[Any] = field(default_factory=_nothing)
    got: NDArray[Any] = field(default_factory=_nothing)
    wrong: NDArray[np.bool_] = field(default_factory=_nothing)


def difference(
    expected: Any, got: Any, scale: float, names: Sequence[str] = (), where: Location = HERE
) -> Difference | None:
    """Compare a value with the expected one.

    Args:
        expected: the reference's, or a bug's.
        got: the learner's.
        scale: the sum of the magnitudes that were added up in a result.
        names: of the results, where the expected value is a tuple.
        where: which value this is.

    Returns:
        None where they are equal. float32 counts as float64 does, with its own rounding; memory layout, and
        tuple, list or array, make no difference; an integer must be one.
    """
    if identical(expected, got):
        return None
    if isinstance(expected, dict):
        return _mapping(expected, got, scale, where)
    if isinstance(expected, (tuple, list)) and not isinstance(expected, np.ndarray):
        return _sequence(expected, got, scale, names, where)
    if expected is None or isinstance(expected, (str, Opaque)):
        same = type(expected) is type(got) and expected == got
        return None if same else _other_type(what(expected), got, where)
    return _array(expected, got, scale, where)


def identical(one: Any, other: Any) -> bool:
    """Whether a glance is enough to see that two values are equal on any scale; most answers are right."""
    if isinstance(one, (tuple, list)):
        if not isinstance(other, (tuple, list)) or len(one) != len(other):
            return False
        return all(map(identical, one, other))
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is np.ndarray:
        if one.dtype != other.dtype or one.dtype.kind not in "biuf" or one.shape != other.shape:
            return False
        return bool((one == other).all())
    if kind is int:  # a larger one is no number that NumPy compares
        return bool(one == other) and -_LARGE < one < _LARGE
    return kind in _AT_A_GLANCE and bool(one == other)


def _other_type(wanted: str, got: Any, where: Location) -> Difference:
    return Difference("type", f"expected {wanted}, got {what(got)}", where)


def _mapping(expected: dict[Any, Any], got: Any, scale: float, where: Location) -> Difference | None:
    if not isinstance(got, dict):
        return _other_type("a dict", got, where)
    if len(got) != len(expected) or set(got) != set(expected):
        sentence = f"expected the keys {_keys(expected)}, got {_keys(got) or 'none'}"
        return Difference("keys", sentence, where)
    for key, value in expected.items():
        found = difference(value, got[key], scale, where=replace(where, key=str(key)))
        if found:
            return found
    return None


def _keys(value: dict[Any, Any]) -> str:
    keys = [key[:40] if isinstance(key, str) else key for key in list(value)[:12]]
    return ", ".join(repr(key)[:40] for key in keys)


def _sequence(
    expected: Sequence[Any], got: Any, scale: float, names: Sequence[str], where: Location
) -> Difference | None:
    several = isinstance(got, (tuple, list)) or (isinstance(got, np.ndarray) and got.ndim > 0)
    if not several or len(got) != len(expected):
        wanted = _count(len(expected), "value") + (f" ({', '.join(names)})" if names else "")
        if not several:
            return _other_type(wanted, got, where)
        return Difference("length", f"expected {wanted}, got {len(got)}", where)
    for index, (one, other) in enumerate(zip(expected, got, strict=True)):
        if identical(one, other):
            continue
        name = names[index] if index < len(names) else f"value {index}"
        found = difference(one, other, scale, where=Location(name, where.key, where.argument))
        if found:
            return found
    return None


def _array(expected: Any, got: Any, scale: float, where: Location) -> Difference | None:
    if isinstance(got, (tuple, list)) and np.ndim(expected):
        fault, array = got.converted if isinstance(got, _Once) else _converted(got)
        if fault:
            return Difference("type", f"expected an array, got {fault}", where)
        got = array
    if not isinstance(got, (np.ndarray, *_NUMBER)):
        return _other_type(what(expected), got, where)
    right, yours = np.asarray(expected), np.asarray(got)
    if yours.dtype.kind not in "biuf":
        return Difference("type", f"expected real numbers, got numbers of type {yours.dtype}", where)
    if _is_integer(expected) and not _is_integer(got):
        value = f"{yours:g}" if yours.ndim == 0 else "an array"
        return Difference("type", f"expected an integer, got {value} of type {yours.dtype.name}", where)
    if _rounded_to_integer(expected, got) and right != yours:
        return Difference("values", "", where, right, yours, np.asarray(True))
    if right.shape != yours.shape:
        return Difference("shape", _shapes(right, yours), where, right, yours)
    wrong = ~_close(right, yours, scale)
    return Difference("values", "", where, right, yours, wrong) if wrong.any() else None


def _rounded_to_integer(expected: Any, got: Any) -> bool:
    """Whether an integer stands where the expected number is a float: its rounding is never float32's."""
    return isinstance(expected, (float, np.floating)) and np.ndim(got) == 0 and _is_integer(got)


def _shapes(right: NDArray[Any], yours: NDArray[Any]) -> str:
    if not right.shape:
        return f"expected one number, got an array of shape {yours.shape}"
    if not yours.shape:
        return f"expected an array of shape {right.shape}, got one number"
    return f"expected the shape {right.shape}, got {yours.shape}"


def _close(right: NDArray[Any], yours: NDArray[Any], scale: float) -> NDArray[np.bool_]:
    same = np.asarray(right == yours)  # infinities
    if same.all():
        return same
    eps = _SINGLE if yours.dtype in _SHORT else _DOUBLE
    one, other = right.astype(np.float64, copy=False), yours.astype(np.float64, copy=False)
    with np.errstate(all="ignore"):
        near = np.abs(other - one) <= ROUNDINGS * eps * scale
    return np.asarray(near | same | (np.isnan(one) & np.isnan(other)))


def surely_differs(one: Any, other: Any, scale: float) -> bool:
    """Whether a glance at two arrays is enough to tell them apart; most bugs are ruled out by it."""
    if type(one) is not np.ndarray or type(other) is not np.ndarray:
        return False
    if one.shape != other.shape:
        return True
    if one.dtype.kind != "f" or other.dtype.kind != "f":
        return False
    # Far beyond any rounding that `_close` allows; nan and inf are left to it.
    far = 1e-3 * scale
    return bool(one.size) and (
        abs(one.flat[0] - other.flat[0]) > far or abs(one.flat[-1] - other.flat[-1]) > far
    )


def float32_inside(found: Difference, scale: float) -> bool:
    """Whether the values differ by no more than a detour through float32 would explain."""
    return found.kind == "values" and bool(_close(found.expected, found.got.astype(np.float32), scale).all())


class _Once:
    """A list or tuple that becomes an array once, however often it is compared."""

    @cached_property
    def converted(self) -> tuple[str, NDArray[Any]]:
        """As `_converted` gives it."""
        return _converted(self)


class _List(_Once, list[Any]):
    pass


class _Tuple(_Once, tuple[Any, ...]):
    pass


def compared_often(value: Any) -> Any:
    """The same value, which thousands of comparisons then cost little.

    A hundred thousand numbers in a list take milliseconds to become an array, and a name is looked for
    among thousands of bugs and pairs of bugs.
    """
    if isinstance(value, dict):
        return {key: compared_often(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        parts = (compared_often(one) if isinstance(one, (dict, tuple, list)) else one for one in value)
        return _Tuple(parts) if isinstance(value, tuple) else _List(parts)
    return value


def _converted(value: Any) -> tuple[str, NDArray[Any]]:
    """Why a tuple or nested list is no array of numbers, as what it is; or nothing, and the array."""
    kind = "tuple" if isinstance(value, tuple) else "list"
    try:
        array = np.asarray(value)
    except ValueError:
        if isinstance(value, tuple) or not all(isinstance(row, (list, tuple)) for row in value):
            return f"a {kind} of {_count(len(value), 'value')}", _nothing()
        return "a list whose rows differ in length", _nothing()
    if array.dtype.kind not in "biufc":
        return f"a {kind} in which not everything is a number", _nothing()
    return "", array


def _is_integer(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return False
    return isinstance(value, (int, np.integer)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "iu"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def what(value: Any) -> str:
    """A value's type in the learner's words."""
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        return f"an object of type {value.type[:60]}"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, tuple):
        return f"a tuple of {_count(len(value), 'value')}"
    if isinstance(value, list):
        return f"a list of {_count(len(value), 'value')}"
    if isinstance(value, Mapping):
        return "a dict"
    return "a number"
