"""A name for what a function answers, so that wrong answers can be grouped: equal outputs, equal name.

Each student's probes come from a seed of their own; only on the public ones can two students' answers be
compared. What is kept is a digest: no answer can be read out of it.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograder.judging.caller import collect_answers
from autograder.judging.judge import PUBLIC
from autograder.judging.results import expectations
from autograder.model.exercise import Exercise
from autograder.protocol.calls import Answer, Caller, NoAnswer, Opaque, Raised, Returned, Script

# The grid that numbers are rounded to, as a share of the magnitudes that are added up in a result: a thousand
# times coarser than single precision, so that another order of summation or float32 rarely changes a cell.
GRID = 1e-3
# Results are often whole numbers, halves, quarters. No such number lies where two cells of the grid meet.
OFFSET = 0.318309886


class Watched:
    """A caller that remembers whether a call never came back, and whether there was nothing to call."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.silent = False
        self.missing = False

    def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """Pass on what the caller answers."""
        found = self._caller.answers(scripts)
        reasons = {one.reason for answers in found for one in answers if isinstance(one, NoAnswer)}
        self.silent |= bool(reasons - {"too large"})
        self.missing |= "missing" in reasons
        return found


def fingerprint(exercise: Exercise, caller: Caller) -> str:
    """The digest of a function's rounded answers to the public probes.

    Values, types, shapes, the kind of an exception and modified arguments count; memory layout, the width of
    a float, and tuple or list, do not.

    Args:
        exercise: what it answers.
        caller: whoever calls it.

    Returns:
        16 hexadecimal digits.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what students return overflows
        expected = expectations(exercise, PUBLIC)
        digest = hashlib.sha256(exercise.id.encode())
        found = collect_answers(caller, [one.probe.script for one in expected])
        for one, answers in zip(expected, found, strict=True):
            for index, answer in enumerate(answers):
                scale = one.scales[index] if index < len(one.scales) else 1.0
                for part in _answer(answer, scale or 1.0, exercise.in_place):
                    digest.update(part + b"\0")
            digest.update(b"\1")
    return digest.hexdigest()[:16]


def _answer(answer: Answer, scale: float, in_place: bool) -> Iterator[bytes]:
    if isinstance(answer, Raised):
        yield b"raised " + answer.type.encode("utf-8", "replace")
    elif isinstance(answer, Returned):
        yield from _value(answer.value, scale)
        for key in sorted(answer.changed, key=str):
            yield f"changed {key}".encode("utf-8", "replace")
            if in_place:
                yield from _value(answer.changed[key], scale)
    else:
        yield b"no answer " + answer.reason.encode()


def _value(value: Any, scale: float) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            yield f"key {key}".encode("utf-8", "replace")
            yield from _value(value[key], scale)
    elif isinstance(value, (tuple, list)) and not all(map(_is_number, value)):
        yield f"{len(value)} values".encode()
        for one in value:
            yield from _value(one, scale)
    elif value is None or isinstance(value, (str, Opaque)):
        yield repr(value).encode("utf-8", "replace")
    else:
        yield from _array(np.asarray(value), scale)


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex, np.generic))


def _array(array: np.ndarray[Any, Any], scale: float) -> Iterator[bytes]:
    kind = {"u": "i"}.get(array.dtype.kind, array.dtype.kind)
    yield f"{kind} {array.shape}".encode()
    if kind == "c":
        yield from _array(np.ascontiguousarray(array.real), scale)
        yield from _array(np.ascontiguousarray(array.imag), scale)
    elif kind in "bif":
        cells = np.floor(array.astype(np.float64) / (GRID * scale) + OFFSET) + 0.0  # no negative zero
        yield np.where(np.isnan(cells), np.nan, cells).tobytes()  # one nan of many
    elif kind != "O":  # whole numbers too large for NumPy: their shape has to do
        yield array.tobytes()
