"""What was due and what came, probe by probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from autograder.calls import (
    Answer,
    Call,
    Caller,
    Earlier,
    Generator,
    Lost,
    Named,
    Raised,
    Returned,
    Script,
    answer_own,
)
from autograder.judging.compare import Difference, difference, surely_differs
from autograder.model.cases import Accepts, Probe
from autograder.model.exercise import Exercise


@dataclass(frozen=True)
class Due:
    """A probe, and what the reference answers to it."""

    exercise: Exercise
    probe: Probe
    answers: tuple[Returned, ...]

    @cached_property
    def sizes(self) -> tuple[float, ...]:
        """For each call the largest magnitude that it gives."""
        return tuple(
            max(_largest(answer.value), max(map(_largest, answer.changed.values()), default=0.0))
            for answer in self.answers
        )

    @cached_property
    def scales(self) -> tuple[float, ...]:
        """For each call the sum of the magnitudes that are added up, never less than the size."""
        calls = zip(self.probe.script, self.sizes, strict=False)  # no sizes where a rule decides
        return tuple(_scale(self.exercise, call, size) for call, size in calls)


@dataclass(frozen=True)
class Trial:
    """A probe after it was tried.

    Attributes:
        due: the probe and what was due.
        answers: what came.
        call: the call that went wrong.
        fault: how: a difference, an exception, nothing at all, or a sentence of the exercise's own rule.
    """

    due: Due
    answers: tuple[Answer, ...]
    call: int = 0
    fault: Difference | Raised | Lost | None = None

    @property
    def returned(self) -> bool:
        """Whether every call came back with a value."""
        return all(isinstance(answer, Returned) for answer in self.answers)

    @property
    def changed(self) -> bool:
        """Whether a call modified its arguments."""
        return any(isinstance(answer, Returned) and answer.changed for answer in self.answers)


class BrokenExerciseError(Exception):
    """The reference itself fails on a probe: the exercise is wrong, not the learner."""


@lru_cache(maxsize=32)
def dues(exercise: Exercise, seed: int) -> tuple[Due, ...]:
    """Every probe of a seed with what is due."""
    return tuple(due(exercise, probe) for probe in exercise.probes(seed))


def due(exercise: Exercise, probe: Probe) -> Due:
    """What the reference answers to one probe."""
    if probe.accepts is not None:
        return Due(exercise, probe, ())
    answers = answer_own({exercise.id: exercise.reference}, probe.script)
    returned = tuple(answer for answer in answers if isinstance(answer, Returned))
    if len(returned) < len(probe.script):
        raise BrokenExerciseError(f"{exercise.id}: the reference answers {answers[-1]}")
    return Due(exercise, probe, returned)


def _scale(exercise: Exercise, call: Call, most: float) -> float:
    if exercise.error_scale is not None and call.function == exercise.id:
        most = max(most, float(exercise.error_scale(*call.args, **call.kwargs)))
    elif not any(isinstance(arg, (Generator, Named, Earlier)) or callable(arg) for arg in call.args):
        absolute = Call(call.function, tuple(map(_absolute, call.args)), call.kwargs)
        for other in answer_own({exercise.id: exercise.reference}, (absolute,)):
            if isinstance(other, Returned):
                most = max(most, _largest(other.value))
    return most


def _absolute(value: Any) -> Any:
    floating = isinstance(value, (float, np.ndarray)) and np.asarray(value).dtype.kind == "f"
    return np.abs(value) if floating else value


def _largest(value: Any) -> float:
    """The largest finite magnitude anywhere in a value."""
    if isinstance(value, dict):
        return max(map(_largest, value.values()), default=0.0)
    if isinstance(value, (tuple, list)):
        return max(map(_largest, value), default=0.0)
    if isinstance(value, (int, float, np.ndarray, np.generic)):
        array = np.abs(np.asarray(value, dtype=np.float64))
        return float(np.max(array[np.isfinite(array)], initial=0.0))
    return 0.0


def ask(caller: Caller, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
    """A caller's answers, one for each script; where it gives none, the call is lost."""
    came = [answers or (Lost("crash"),) for answers in caller.answers(scripts)]
    return [*came, *[(Lost("crash"),)] * (len(scripts) - len(came))][: len(scripts)]


def tried(expected: Due, answers: tuple[Answer, ...]) -> Trial:
    """Hold what came against what was due."""
    probe = expected.probe
    for index, answer in enumerate(answers):
        if not isinstance(answer, Returned):
            return Trial(expected, answers, index, answer)
    if len(answers) < len(probe.script):
        return Trial(expected, answers, len(answers), Lost("crash"))
    returned = [answer for answer in answers if isinstance(answer, Returned)]
    if probe.accepts is not None:
        sentence = _ruled(probe.accepts, tuple(answer.value for answer in returned))
        return Trial(expected, answers, 0, Difference("rule", sentence) if sentence else None)
    for index, yours in enumerate(returned):
        # A scale costs a call of the reference, and what is equal on a smaller one is equal.
        if _fault(expected, index, yours, expected.sizes[index]):
            found = _fault(expected, index, yours, expected.scales[index])
            if found:
                return Trial(expected, answers, index, found)
    return Trial(expected, answers)


def _fault(expected: Due, index: int, yours: Returned, scale: float) -> Difference | None:
    """How the answer to one call differs from what is due."""
    exercise, probe, right = expected.exercise, expected.probe, expected.answers[index]
    call = probe.script[index]
    found = _result_difference(exercise, probe, right.value, yours.value, scale)
    if found and exercise.comparator and exercise.comparator(call, right.value, yours.value, scale):
        found = None
    if not found and exercise.in_place:
        found = changed_difference(exercise, call, right, yours, scale)
    return found


def _result_difference(
    exercise: Exercise, probe: Probe, right: Any, yours: Any, scale: float
) -> Difference | None:
    """Compare the whole answer, or that one of its results which the probe is about."""
    if probe.result and isinstance(yours, (tuple, list)) and len(yours) == len(right):
        place = exercise.results.index(probe.result)
        return difference(right[place], yours[place], scale, where=probe.result)
    return difference(right, yours, scale, exercise.results)


def _ruled(accepts: Accepts, values: tuple[Any, ...]) -> str | None:
    """An exercise's own rule; a value that it cannot even look at is wrong."""
    try:
        with np.errstate(all="ignore"):
            return accepts(values)
    except Exception:
        return "What comes back is not of the kind that is asked for."


def changed_difference(
    exercise: Exercise, call: Call, right: Returned, yours: Returned, scale: float
) -> Difference | None:
    """Compare what two calls left in their arguments."""
    for name in [*right.changed, *(name for name in yours.changed if name not in right.changed)]:
        before = call.args[int(name)] if name.isdigit() else call.kwargs[name]
        shown = exercise.argument_names[int(name)] if name.isdigit() else name
        found = difference(
            right.changed.get(name, before),
            yours.changed.get(name, before),
            scale,
            where=f"{shown} after the call",
        )
        if found and found.where.endswith("after the call"):
            return found
        if found:  # one array out of a dict
            return replace(found, where=f"{shown}[{found.where!r}] after the call")
    return None


def same_answers(
    exercise: Exercise, expected: Due, answers: tuple[Answer, ...], bug: tuple[Answer, ...]
) -> bool:
    """Whether a bug answers a probe as the learner does: values, exceptions and modified arguments."""
    if len(answers) != len(bug):
        return False
    for index, (yours, its) in enumerate(zip(answers, bug, strict=True)):
        if isinstance(yours, Returned) and isinstance(its, Returned):
            scale = expected.scales[index] if index < len(expected.scales) else _largest(its.value)
            if not exercise.in_place and yours.changed.keys() != its.changed.keys():
                return False
            if surely_differs(its.value, yours.value, scale):
                return False
            if difference(its.value, yours.value, scale, exercise.results):
                return False
            call = expected.probe.script[index]
            if exercise.in_place and changed_difference(exercise, call, its, yours, scale):
                return False
        elif not (isinstance(yours, Raised) and isinstance(its, Raised) and _same_kind(yours.type, its.type)):
            return False
    return True


# Loops over an index raise the one where slices raise the other; Python's own subclass counts as its parent.
_FAMILY = {"UnboundLocalError": "NameError", "AxisError": "ValueError"}


def _same_kind(one: str, other: str) -> bool:
    return _FAMILY.get(one, one) == _FAMILY.get(other, other)


def all_tried(expected: Sequence[Due], answers: Sequence[tuple[Answer, ...]]) -> list[Trial]:
    """Hold every probe's answer against what was due."""
    return [tried(one, came) for one, came in zip(expected, answers, strict=True)]
