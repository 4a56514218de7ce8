"""The only place that says what equal means, for answers and for bugs alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.calls import Call, Opaque

# Sums of up to about a hundred products, in any order or through an FFT, stay well inside so many roundings.
ROUNDINGS = 32

_NUMBER = (bool, int, float, complex, np.generic)


def _nothing() -> NDArray[Any]:
    return np.zeros(0, dtype=bool)


@dataclass(frozen=True, eq=False)
class Difference:
    """How a value differs from the expected one.

    Attributes:
        kind: "type", "shape", "length", "keys", "values" or "rule".
        where: which of several results, "" where there is one.
        sentence: what is wrong with a type, a shape or a length; empty for values.
        expected, got: for "values" and "shape": the arrays.
        wrong: for "values": the cells that differ.
    """

    kind: str
    sentence: str = ""
    where: str = ""
    expected: NDArray[Any] = field(default_factory=_nothing)
    got: NDArray[Any] = field(default_factory=_nothing)
    wrong: NDArray[np.bool_] = field(default_factory=_nothing)


def difference(
    expected: Any, got: Any, scale: float, names: Sequence[str] = (), where: str = ""
) -> Difference | None:
    """Compare a value with the expected one.

    Args:
        expected: the reference's, or a bug's.
        got: the learner's.
        scale: the sum of the magnitudes that were added up in a result.
        names: of the results, where the expected value is a tuple.
        where: which result this is.

    Returns:
        None where they are equal. float32 counts as float64 does, with its own rounding; memory layout, and
        tuple, list or array, make no difference; a whole number must be one.
    """
    if isinstance(expected, dict):
        return _mapping(expected, got, scale)
    if isinstance(expected, (tuple, list)) and not isinstance(expected, np.ndarray):
        return _sequence(expected, got, scale, names)
    if expected is None or isinstance(expected, (str, Opaque)):
        same = type(expected) is type(got) and expected == got
        return (
            None if same else Difference("type", f"{_what(got)} came back; due is {_what(expected)}", where)
        )
    return _array(expected, got, scale, where)


def _mapping(expected: dict[Any, Any], got: Any, scale: float) -> Difference | None:
    if not isinstance(got, dict):
        return Difference("type", f"{_what(got)} came back; due is a dict")
    if set(got) != set(expected):
        return Difference("keys", f"the keys are {_keys(got) or 'none'}; due are {_keys(expected)}")
    for key, value in expected.items():
        found = difference(value, got[key], scale, where=str(key))
        if found:
            return found
    return None


def _keys(value: dict[Any, Any]) -> str:
    return ", ".join(repr(key)[:40] for key in list(value)[:12])


def _sequence(expected: Sequence[Any], got: Any, scale: float, names: Sequence[str]) -> Difference | None:
    are = "is" if len(expected) == 1 else "are"
    if not isinstance(got, (tuple, list)) and not (isinstance(got, np.ndarray) and got.ndim):
        return Difference("type", f"{_what(got)} came back; {_values(len(expected))} {are} due")
    if len(got) != len(expected):
        wanted = f" ({', '.join(names)})" if names else ""
        return Difference("length", f"{_values(len(got))} came back; {len(expected)} {are} due{wanted}")
    for index, (one, other) in enumerate(zip(expected, got, strict=True)):
        where = names[index] if index < len(names) else f"value {index}"
        found = difference(one, other, scale, where=where)
        if found:
            return found
    return None


def _array(expected: Any, got: Any, scale: float, where: str) -> Difference | None:
    if isinstance(got, (tuple, list)) and np.ndim(expected):
        ragged = _ragged(got)
        if ragged:
            return Difference("type", ragged, where)
        got = np.asarray(got)
    if not isinstance(got, (np.ndarray, *_NUMBER)):
        return Difference("type", f"{_what(got)} came back; due is {_what(expected)}", where)
    right, yours = np.asarray(expected), np.asarray(got)
    if yours.dtype.kind not in "biuf":
        return Difference(
            "type", f"the numbers are of type {yours.dtype}; due are ordinary real numbers", where
        )
    if _whole(expected) and not _whole(got):
        return Difference(
            "type", f"{_number(yours)} is a {yours.dtype.name}; due is a whole number (an int)", where
        )
    if (
        isinstance(expected, (float, np.floating))
        and yours.dtype.kind not in "f"
        and yours.ndim == 0
        and _whole(got)
        and right != yours
    ):
        return Difference("values", "", where, right, yours, np.asarray(True))
    if right.shape != yours.shape:
        sentence = f"the shape is {yours.shape}; due is {right.shape}"
        if not right.shape:
            sentence = f"an array of shape {yours.shape} came back; due is one number"
        elif not yours.shape:
            sentence = f"one number came back; due is an array of shape {right.shape}"
        return Difference("shape", sentence, where, right, yours)
    wrong = ~_close(right, yours, scale)
    if wrong.any():
        return Difference("values", "", where, right, yours, wrong)
    return None


def _close(right: NDArray[Any], yours: NDArray[Any], scale: float) -> NDArray[np.bool_]:
    eps = float(np.finfo(np.float32 if yours.dtype in (np.float16, np.float32) else np.float64).eps)
    with np.errstate(all="ignore"):
        near = np.abs(yours.astype(np.float64) - right.astype(np.float64)) <= ROUNDINGS * eps * scale
    same = right == yours  # infinities
    both_nan = np.isnan(right.astype(np.float64)) & np.isnan(yours.astype(np.float64))
    return np.asarray(near | same | both_nan)


def surely_differs(one: Any, other: Any, scale: float) -> bool:
    """Whether a glance at two arrays is enough to tell them apart; a bug is mostly ruled out by it."""
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


def _ragged(value: Any) -> str:
    """Why a nested list is no array, or nothing."""
    try:
        array = np.asarray(value)
    except ValueError:
        return "a list whose rows differ in length came back; due is an array"
    if array.dtype.kind not in "biuf":
        return "a list came back in which not everything is a number; due is an array"
    return ""


def _whole(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return False
    return isinstance(value, (int, np.integer)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "iu"
    )


def _number(value: NDArray[Any]) -> str:
    return f"{value:g}" if value.ndim == 0 else "an array"


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _what(value: Any) -> str:
    """A value's type in the learner's words."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, Opaque):
        return f"an object of type {value.type[:60]}"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "a dict"
    return "a number"


def tied_maxima(call: Call, expected: Any, got: Any, scale: float) -> bool:
    """Whether a max-pooling gradient splits every window's share among its tied maxima in some way.

    Windows that share a tied cell are looked at together: what flows into them must come out of them, and no
    cell may get more than the windows that point to it can give.
    """
    from convlib.reference import max_pool2d

    dout, x = (np.asarray(value, dtype=np.float64) for value in call.args[:2])
    size, stride = call.kwargs.get("size", 2), call.kwargs.get("stride")
    if not isinstance(got, (np.ndarray, list, tuple)) or _ragged(got):
        return False
    yours = np.asarray(got, dtype=np.float64)
    if yours.shape != np.shape(expected):
        return False
    KH, KW = (size, size) if np.ndim(size) == 0 else size
    SH, SW = (KH, KW) if stride is None else (stride, stride) if np.ndim(stride) == 0 else stride
    peaks = max_pool2d(x, size=size, stride=stride)
    group: dict[Any, Any] = {}

    def root(node: Any) -> Any:
        while group.setdefault(node, node) != node:
            node = group[node]
        return node

    most = np.zeros_like(yours)
    for window in np.ndindex(*dout.shape):
        n, i, j, c = window
        rows, columns = range(i * SH, i * SH + KH), range(j * SW, j * SW + KW)
        for cell in ((n, r, s, c) for r in rows for s in columns if x[n, r, s, c] == peaks[window]):
            most[cell] += abs(dout[window])
            group[root(("cell", cell))] = root(("window", window))
    sums: dict[Any, float] = {}
    for kind, index in list(group):
        share = dout[index] if kind == "window" else -yours[index]
        sums[root((kind, index))] = sums.get(root((kind, index)), 0.0) + float(share)
    tolerance = ROUNDINGS * np.finfo(np.float64).eps * max(scale, float(np.abs(dout).sum()))
    if np.asarray(got).dtype == np.float32:
        tolerance *= np.finfo(np.float32).eps / np.finfo(np.float64).eps
    return bool((np.abs(yours) <= most + tolerance).all()) and all(abs(v) <= tolerance for v in sums.values())


# Exercises where more than one value is right name their rule here.
SPECIAL: Mapping[str, Any] = {"tied maxima": tied_maxima}
