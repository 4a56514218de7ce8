"""Changed texts of a learner's functions, run beside the learner's own: nothing of it is seen afterwards.

What runs here has the learner's globals as a copy. Every loop counts its steps, and NumPy's makers of arrays
have a bound. In a notebook and in the sandbox it is the same.
"""

from __future__ import annotations

import json
import marshal
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from autograder.protocol.calls import Answer, NoAnswer, Script
from autograder.protocol.deadline import deadline
from autograder.protocol.running import TimeIsUp, run_untrusted

MAX_CELLS = 2_000_000  # of one array that a candidate makes; a probe's arrays have some hundreds
MAX_STATE = 100_000  # values in a global that a call may change: it is copied for every candidate
STEPS = 20_000  # that a candidate may take on a probe, beside a few times what the learner's own text takes
STEPS_SHARE = 4
UNCOUNTED = 10**9

# What a text's loops and calls are counted with.
OVER, ONE = "__steps__", "__step__"

_LENGTH = struct.Struct("!I")


class Steps:
    """Counts the steps that loops and calls take, and raises TimeIsUp after too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    def one(self) -> bool:
        """A round of a while, or a call."""
        self.taken += 1
        if self.taken > self.most:
            raise TimeIsUp
        return True

    def over(self, items: Iterable[Any]) -> Iterator[Any]:
        """The rounds of a for."""
        for item in items:
            self.taken += 1
            if self.taken > self.most:
                raise TimeIsUp
            yield item


class Space:
    """The names that a text sees, ready to be copied for every candidate.

    Args:
        names: the learner's globals, and what else the text sees.
        read: those of them that it reads.

    Raises:
        ValueError: one of them holds something that a call may change and that cannot be copied.
        RecursionError: the same.
    """

    def __init__(self, names: Mapping[str, Any], read: Iterable[str]) -> None:
        read = tuple(read)
        self.state = tuple(
            name for name in read if isinstance(names.get(name), (np.ndarray, list, dict, set))
        )
        for name in self.state:
            _copied(names[name], MAX_STATE)
        self.names = _bounded(names, read)

    def function(self, name: str, codes: Iterable[CodeType], steps: Steps) -> Callable[..., Any]:
        """Run definitions in a copy of the names, and take a function out of it.

        Raises:
            Exception: whatever a decorator or a default raises.
        """
        space = dict(self.names)
        for held in self.state:
            space[held] = _copied(space[held], MAX_STATE)[0]
        space[OVER], space[ONE] = steps.over, steps.one
        for code in codes:
            exec(code, space)
        return space[name]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Candidate:
    """A function's definition and its helpers', with their loops counted, compiled so that they can travel.

    Attributes:
        name: the function that is asked.
        codes: the definitions' code, as `packed` makes it.
        read: the names that they read.
        unchanged: whether this is the learner's text as it stands: its steps decide what others may take.
        seconds: what one call may take.
    """

    name: str
    codes: Sequence[bytes]
    read: Sequence[str]
    unchanged: bool
    seconds: float

    def with_script(self, script: bytes) -> bytes:
        """The candidate with an encoded script, as one message."""
        about = [self.name, self.read, self.unchanged, self.seconds, [len(code) for code in self.codes]]
        head = json.dumps(about).encode()
        return b"".join([_LENGTH.pack(len(head)), head, *self.codes, script])

    @staticmethod
    def and_script(data: bytes) -> tuple[Candidate, bytes]:
        """What `with_script` joined; for the kernel, which believes whoever asks it."""
        start = _LENGTH.size
        (length,) = _LENGTH.unpack_from(data)
        name, read, unchanged, seconds, lengths = json.loads(data[start : start + length])
        start += length
        codes = []
        for length in lengths:
            codes.append(data[start : start + length])
            start += length
        return Candidate(name, codes, read, unchanged, seconds), data[start:]


def packed(code: CodeType) -> bytes:
    """Code for a kernel, which runs on the same Python."""
    return marshal.dumps(code)


class Candidates:
    """Runs candidates one after the other, each in a copy of the learner's names."""

    def __init__(self) -> None:
        self.most = STEPS

    def answers(self, names: Mapping[str, Any], candidate: Candidate, script: Script) -> tuple[Answer, ...]:
        """What a candidate answers that sees these names; "missing" where it cannot be made."""
        steps = Steps(UNCOUNTED if candidate.unchanged else self.most)
        try:
            with deadline(candidate.seconds, TimeIsUp):
                space = Space(names, candidate.read)
                function = space.function(candidate.name, map(marshal.loads, candidate.codes), steps)
        except (Exception, TimeIsUp):
            return (NoAnswer("missing"),)
        steps.taken = 0
        answers = run_untrusted(
            {candidate.name: function}, script, limit=lambda: deadline(candidate.seconds, TimeIsUp)
        )
        if candidate.unchanged:
            self.most = max(STEPS, STEPS_SHARE * steps.taken)
        return answers


def _copied(value: Any, left: int, depth: int = 0) -> tuple[Any, int]:
    """A copy of plain data down to its last item, and how many values more may be copied.

    Raises:
        ValueError: it is too much, too deep, or holds what no literal and no NumPy call makes: copying that
            would run code of the learner's.
    """
    kind = type(value)
    if kind is np.ndarray and not value.dtype.hasobject:
        left -= value.size
    else:
        left -= 1
    if left < 0 or depth > 20:
        raise ValueError("too much to copy")
    if kind is np.ndarray and not value.dtype.hasobject:
        return value.copy(), left
    if kind in (list, tuple, set, frozenset):
        items = []
        for item in value:
            one, left = _copied(item, left, depth + 1)
            items.append(one)
        return kind(items), left
    if kind is dict:
        held = {}
        for key, item in value.items():
            held[key], left = _copied(item, left, depth + 1)
        return held, left
    if (
        value is None
        or kind in (bool, int, float, complex, str, bytes, range, FunctionType)
        or issubclass(kind, np.generic)
    ):
        return value, left
    raise ValueError("no plain data")


def _bounded(space: Mapping[str, Any], read: Iterable[str]) -> dict[str, Any]:
    """The same names, with NumPy's makers of arrays bounded."""
    bounded = dict(space)
    numpy = _bounded_numpy()
    makers = {id(getattr(np, name)): getattr(numpy, name) for name in _MAKERS}
    for name in read:
        value = bounded.get(name)
        if value is np:
            bounded[name] = numpy
        elif id(value) in makers:
            bounded[name] = makers[id(value)]
    return bounded


def _bounded_numpy() -> ModuleType:
    module = ModuleType("numpy")
    module.__dict__.update(np.__dict__)
    for name, cells in _MAKERS.items():
        setattr(module, name, _bound(getattr(np, name), cells))
    return module


def _bound(make: Callable[..., Any], cells: Callable[..., float]) -> Callable[..., Any]:
    def bounded(*args: Any, **kwargs: Any) -> Any:
        try:
            size = cells(*args, **kwargs)
        except (TypeError, ValueError, IndexError, OverflowError):
            size = 0.0  # NumPy itself says what is wrong
        if not size <= MAX_CELLS:
            raise MemoryError("a candidate may not make an array of this size")
        return make(*args, **kwargs)

    return bounded


def _shape_cells(shape: Any, *_: Any, **__: Any) -> float:
    return float(np.prod(np.asarray(shape, dtype=np.float64)))


def _range_cells(start: float, stop: float | None = None, step: float = 1, *_: Any, **__: Any) -> float:
    return abs((start if stop is None else stop - start) / step)


def _pad_cells(array: Any, pad_width: Any, *_: Any, **__: Any) -> float:
    shape = np.shape(array)
    width = np.broadcast_to(np.asarray(pad_width, dtype=np.float64), (len(shape), 2))
    return float(np.prod(np.asarray(shape) + width.sum(axis=1)))


def _times_cells(array: Any, repeats: Any, *_: Any, **__: Any) -> float:
    return float(np.size(array) * np.prod(np.asarray(repeats, dtype=np.float64)))


def _repeat_cells(array: Any, repeats: Any, *_: Any, **__: Any) -> float:
    return float(np.size(array) * np.max(np.asarray(repeats, dtype=np.float64)))


def _square_cells(rows: float, columns: float | None = None, *_: Any, **__: Any) -> float:
    return float(rows) * float(rows if columns is None else columns)


def _outer_cells(one: Any, other: Any, *_: Any, **__: Any) -> float:
    return float(np.size(one)) * float(np.size(other))


_MAKERS: dict[str, Callable[..., float]] = {
    "zeros": _shape_cells,
    "ones": _shape_cells,
    "empty": _shape_cells,
    "full": _shape_cells,
    "arange": _range_cells,
    "pad": _pad_cells,
    "tile": _times_cells,
    "repeat": _repeat_cells,
    "eye": _square_cells,
    "outer": _outer_cells,
}
