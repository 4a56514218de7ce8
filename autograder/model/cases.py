"""What is asked of a function: random values, and the calls that they become."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.protocol.calls import Call, PreviousResult, Script

Array = NDArray[np.float64]
Accepts = Callable[[tuple[Any, ...]], str | None]


class Draw:
    """Random numbers for one requirement of one exercise.

    The same seed gives the same numbers, whatever other requirements draw. A seed decides values, and sizes
    within the families that a requirement picks from; it never decides what is asked.

    Attributes:
        rng: the NumPy generator behind the methods, for anything that they do not offer.
    """

    def __init__(self, seed: int, *names: str) -> None:
        self.rng = np.random.default_rng([abs(seed), *(zlib.crc32(name.encode()) for name in names)])

    def array(self, *shape: int, shift: float = 0.0) -> Array:
        """Normally distributed values around `shift`, none of them an integer."""
        return self.rng.normal(shift, 1.0, shape)

    def bias(self, *shape: int) -> Array:
        """Distinct values of both signs, all at least 0.5 away from 0: no bias can be taken for another."""
        count = int(np.prod(shape))
        values = (0.6 + 0.45 * np.arange(count)) * np.where(np.arange(count) % 2, -1.0, 1.0)
        return (self.rng.permutation(values) + self.rng.uniform(-0.05, 0.05, count)).reshape(shape)

    def pick(self, *options: Any) -> Any:
        """One of the options."""
        return options[int(self.rng.integers(len(options)))]


def counting(*shape: int) -> Array:
    """1, 2, 3, … in an array of this shape: values that a learner can follow by hand."""
    return 1.0 + np.arange(np.prod(shape), dtype=float).reshape(shape)


@dataclass(frozen=True)
class Case:
    """One thing that is tried: a call of the learner's function, and calls that follow it.

    Attributes:
        args, kwargs: what the function gets. Arrays are copied for each call.
        then: further calls of the same case.
        accepts: decides instead of the reference, where more than one answer is right. It gets the values of
            all calls of the case and returns None where they are right, else a sentence that says why not.
    """

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    then: Script = ()
    accepts: Accepts | None = None

    def and_then(self, function: str | PreviousResult, *args: Any, **kwargs: Any) -> Case:
        """The same case with one more call.

        Args:
            function: the learner's function by name, or `PreviousResult(0)` for what the first call returned.
            args, kwargs: what it gets; `PreviousResult(i)` among them is the result of call i.
        """
        return replace(self, then=(*self.then, Call(function, args, kwargs)))

    def accepted_by(self, rule: Accepts) -> Case:
        """The same case, decided by a rule instead of the reference (see `accepts`)."""
        return replace(self, accepts=rule)


def case(*args: Any, **kwargs: Any) -> Case:
    """A case that calls the learner's function once with these arguments.

    >>> case(7, 3, stride=2).kwargs
    {'stride': 2}
    """
    return Case(args, kwargs)


def table(function: str, cases: Iterable[Case]) -> Case:
    """Several calls as one case: all of them must be right.

    Args:
        function: the exercise's id.
        cases: the calls, in order; each is a case of one call.
    """
    first, *rest = cases
    return replace(first, then=tuple(Call(function, one.args, one.kwargs) for one in rest))


@dataclass(frozen=True)
class Probe:
    """A case ready for a caller.

    Attributes:
        requirement: the name of the requirement that it decides.
        script: the calls.
        accepts: see `Case`.
        result: of several results, the only one that decides.
    """

    requirement: str
    script: Script
    accepts: Accepts | None = None
    result: str = ""


def second_looks(probes: Sequence[Probe]) -> list[Probe]:
    """More probes: an answer that is remembered by shape, by first value or by number of call is none.

    For each array of an earlier probe, that probe with the array's first value in place and its other values
    in another order; then that earlier probe once more. Empty where there is no array of floats to reorder.
    """
    for probe in reversed(probes):
        if len(probe.script) > 1 or probe.accepts is not None:
            continue
        (call,) = probe.script
        looks = []
        for index, value in enumerate(call.args):
            new = _reordered(value)
            if new is not value:
                args = (*call.args[:index], new, *call.args[index + 1 :])
                looks.append(replace(probe, script=(replace(call, args=args),)))
        if looks:
            return [*looks, probe]
    return []


def _reordered(value: Any) -> Any:
    """A value with all its floats but each array's first in another order; itself where nothing changes."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 2:
        flat = value.ravel()
        changed = np.concatenate([flat[:1], flat[:0:-1]])
        return value if np.array_equal(changed, flat) else changed.reshape(value.shape)
    if isinstance(value, dict):
        made = {key: _reordered(one) for key, one in value.items()}
        return made if any(made[key] is not value[key] for key in value) else value
    return value
