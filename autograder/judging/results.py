"""What was expected and what a function answered, probe by probe: data, computed without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from autograder.judging.compare import (
    Difference,
    Location,
    compared_often,
    difference,
    identical,
    surely_differs,
)
from autograder.model.cases import Accepts, Probe
from autograder.model.exercise import Exercise
from autograder.protocol.calls import (
    Answer,
    Call,
    NamedFunction,
    NoAnswer,
    PreviousResult,
    Raised,
    Returned,
    SeededRng,
)
from autograder.protocol.running import run_trusted

# A line that raises on purpose.
REFUSAL = re.compile(r"^(assert|raise)\b|: *raise\b")


@dataclass(frozen=True, eq=False)
class Expectation:
    """A probe, and what the reference answers to it (nothing, where a rule decides).

    Two are never equal: what functions make of one is kept under it.
    """

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

    @property
    def scales_are_known(self) -> bool:
        """Whether they were worked out."""
        return "scales" in self.__dict__

    @cached_property
    def scales(self) -> tuple[float, ...]:
        """For each call the sum of the magnitudes that are added up, never less than the size."""
        calls = zip(self.probe.script, self.sizes, strict=False)  # no sizes where a rule decides
        return tuple(_scale(self.exercise, call, size) for call, size in calls)


@dataclass(frozen=True)
class ProbeResult:
    """A probe and what a function made of it.

    Attributes:
        expectation: the probe and what was expected.
        answers: what the function answered.
        call: the index of the call that went wrong.
        failure: how: a difference, an exception or no answer; None where all is right.
    """

    expectation: Expectation
    answers: tuple[Answer, ...]
    call: int = 0
    failure: Difference | Raised | NoAnswer | None = None

    @property
    def probe(self) -> Probe:
        """The probe."""
        return self.expectation.probe

    @property
    def failed_call(self) -> Call:
        """The call that went wrong."""
        return self.probe.script[min(self.call, len(self.probe.script) - 1)]

    @property
    def returned(self) -> bool:
        """Whether every call returned a value."""
        return all(isinstance(answer, Returned) for answer in self.answers)

    @property
    def changed(self) -> bool:
        """Whether a call modified its arguments."""
        return any(isinstance(answer, Returned) and answer.changed for answer in self.answers)

    @property
    def harmed(self) -> bool:
        """Whether anything is wrong, a modified argument included where arguments are to be kept."""
        return self.failure is not None or (self.changed and not self.expectation.exercise.in_place)


class BrokenExerciseError(Exception):
    """The reference itself fails on a probe: the exercise is wrong, not the learner."""


@lru_cache(maxsize=32)
def expectations(exercise: Exercise, seed: int) -> tuple[Expectation, ...]:
    """Every probe of a seed with what is expected."""
    return tuple(expectation(exercise, probe) for probe in exercise.probes(seed))


def expectation(exercise: Exercise, probe: Probe) -> Expectation:
    """What the reference answers to one probe.

    Raises:
        BrokenExerciseError: it does not answer.
    """
    if probe.accepts is not None:
        return Expectation(exercise, probe, ())
    answers = run_trusted({exercise.id: exercise.reference}, probe.script)
    returned = tuple(answer for answer in answers if isinstance(answer, Returned))
    if len(returned) < len(probe.script):
        last = answers[-1]
        told = f"raises {last.type}: {last.message}" if isinstance(last, Raised) else f"answers {last}"
        raise BrokenExerciseError(f"{exercise.id}: the reference {told}")
    return Expectation(exercise, probe, returned)


def _scale(exercise: Exercise, call: Call, most: float) -> float:
    if exercise.error_scale is not None and call.function == exercise.id:
        return max(most, float(exercise.error_scale(*call.args, **call.kwargs)))
    if not any(
        isinstance(arg, (SeededRng, NamedFunction, PreviousResult)) or callable(arg) for arg in call.args
    ):
        absolute = Call(call.function, tuple(map(_absolute, call.args)), call.kwargs)
        for answer in run_trusted({exercise.id: exercise.reference}, (absolute,)):
            if isinstance(answer, Returned):
                most = max(most, _largest(answer.value))
    return most


def _absolute(value: Any) -> Any:
    floating = isinstance(value, (float, np.ndarray)) and np.asarray(value).dtype.kind == "f"
    return np.abs(value) if floating else value


def _largest(value: Any) -> float:
    """The largest finite magnitude anywhere in a value."""
    if type(value) is float or type(value) is int:
        return size if (size := abs(float(value))) < np.inf else 0.0
    if isinstance(value, dict):
        return max(map(_largest, value.values()), default=0.0)
    if isinstance(value, (tuple, list)):
        return max(map(_largest, value), default=0.0)
    if isinstance(value, (int, float, np.ndarray, np.generic)):
        array = np.abs(np.asarray(value, dtype=np.float64))
        return float(np.max(array[np.isfinite(array)], initial=0.0))
    return 0.0


def cells(value: Any) -> float:
    """How many numbers a value holds, in whatever dicts and sequences its arrays are."""
    if isinstance(value, np.ndarray):
        return float(value.size)
    if isinstance(value, dict):
        return sum(map(cells, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(cells, value))
    return 1.0


def evaluate_all(expected: Sequence[Expectation], answers: Sequence[tuple[Answer, ...]]) -> list[ProbeResult]:
    """Compare every probe's answers with what was expected; they may be compared with every bug's, too."""
    often = [tuple(map(_compared_often, given)) for given in answers]
    return [evaluate(one, given) for one, given in zip(expected, often, strict=True)]


def _compared_often(answer: Answer) -> Answer:
    if not isinstance(answer, Returned):
        return answer
    changed = {key: compared_often(value) for key, value in answer.changed.items()}
    return Returned(compared_often(answer.value), changed)


def evaluate(expected: Expectation, answers: tuple[Answer, ...]) -> ProbeResult:
    """Compare the answers to one probe with what was expected."""
    probe = expected.probe
    for index, answer in enumerate(answers):
        if not isinstance(answer, Returned):
            return ProbeResult(expected, answers, index, answer)
    if len(answers) < len(probe.script):
        return ProbeResult(expected, answers, len(answers), NoAnswer("crash"))
    if expected.exercise.in_place and probe.accepts is None:
        pairs = zip(expected.answers, answers, strict=True)
        answers = tuple(_without_argument(right, answer) for right, answer in pairs)
    returned = [answer for answer in answers if isinstance(answer, Returned)]
    if probe.accepts is not None:
        sentence = _ruled(probe.accepts, tuple(answer.value for answer in returned))
        return ProbeResult(expected, answers, 0, Difference("rule", sentence) if sentence else None)
    for index, yours in enumerate(returned):
        found = _difference(expected, index, yours)
        if found:
            return ProbeResult(expected, answers, index, found)
    return ProbeResult(expected, answers)


def _difference(expected: Expectation, index: int, yours: Returned) -> Difference | None:
    """How the answer to one call differs; a scale costs a call of the reference, and often none is needed."""
    if not expected.exercise.in_place and identical(expected.answers[index].value, yours.value):
        return None
    if not expected.scales_are_known and expected.exercise.comparator is None:
        # What is equal on a smaller scale is equal, and but for values the scale says nothing.
        found = _failure(expected, index, yours, expected.sizes[index])
        if found is None or found.kind != "values":
            return found
    return _failure(expected, index, yours, expected.scales[index])


def _without_argument(right: Returned, yours: Answer) -> Answer:
    """An answer without an argument that was changed in place and is also returned, where nothing is due."""
    if right.value is not None or not isinstance(yours, Returned) or yours.value is None:
        return yours
    returned = any(difference(changed, yours.value, 0.0) is None for changed in yours.changed.values())
    return replace(yours, value=None) if returned else yours


def _failure(expected: Expectation, index: int, yours: Returned, scale: float) -> Difference | None:
    """How the answer to one call differs from the expected one."""
    exercise, probe, right = expected.exercise, expected.probe, expected.answers[index]
    call = probe.script[index]
    found = _result_difference(exercise, probe, right.value, yours.value, scale)
    if found and found.kind == "values" and exercise.comparator:
        found = None if exercise.comparator(call, right.value, yours.value, scale) else found
    if not found and exercise.in_place:
        found = _changed_difference(exercise, call, right, yours, scale)
    return found


def _result_difference(
    exercise: Exercise, probe: Probe, right: Any, yours: Any, scale: float
) -> Difference | None:
    """Compare the whole answer, or the only one of its results that the probe is about."""
    if probe.result and isinstance(yours, (tuple, list)) and len(yours) == len(right):
        index = exercise.results.index(probe.result)
        return difference(right[index], yours[index], scale, where=Location(result=probe.result))
    return difference(right, yours, scale, exercise.results)


def _ruled(accepts: Accepts, values: tuple[Any, ...]) -> str | None:
    """An exercise's own rule; a value that it cannot even look at is wrong."""
    try:
        with np.errstate(all="ignore"):
            return accepts(values)
    except Exception:
        return "What your function returns is not of the kind that is asked for."


def argument_name(exercise: Exercise, key: int | str) -> str:
    """The name of an argument that was passed by position or by keyword."""
    if isinstance(key, int):
        names = exercise.argument_names
        return names[key] if key < len(names) else f"argument {key}"
    return key


def _changed_difference(
    exercise: Exercise, call: Call, right: Returned, yours: Returned, scale: float
) -> Difference | None:
    """Compare what two calls left in their arguments."""
    for key in [*right.changed, *(key for key in yours.changed if key not in right.changed)]:
        before = call.args[key] if isinstance(key, int) else call.kwargs[key]
        found = difference(
            right.changed.get(key, before),
            yours.changed.get(key, before),
            scale,
            where=Location(argument=argument_name(exercise, key)),
        )
        if found:
            return replace(found, where=replace(found.where, argument=argument_name(exercise, key)))
    return None


def same_answers(
    exercise: Exercise, expected: Expectation, answers: tuple[Answer, ...], others: tuple[Answer, ...]
) -> bool:
    """Whether two functions answer a probe alike: values, exceptions and modified arguments."""
    if len(answers) != len(others):
        return False
    for index, (yours, its) in enumerate(zip(answers, others, strict=True)):
        if isinstance(yours, Returned) and isinstance(its, Returned):
            if not exercise.in_place and yours.changed.keys() != its.changed.keys():
                return False
            equal = identical(its.value, yours.value)
            if equal and not exercise.in_place:
                continue
            scale = expected.scales[index] if index < len(expected.scales) else _largest(its.value)
            if not equal and surely_differs(its.value, yours.value, scale):
                return False
            if not equal and difference(its.value, yours.value, scale, exercise.results):
                return False
            call = expected.probe.script[index]
            if exercise.in_place and _changed_difference(exercise, call, its, yours, scale):
                return False
        elif not (isinstance(yours, Raised) and isinstance(its, Raised) and _kind(yours) == _kind(its)):
            return False
    return True


# Loops over an index raise the one where slices raise the other; Python's own subclass counts as its parent.
_FAMILY = {"UnboundLocalError": "NameError", "AxisError": "ValueError"}


def _kind(answer: Raised) -> str:
    """What an exception is compared by. One that a learner raises on purpose is none that NumPy raises."""
    if REFUSAL.search(answer.source):
        return "AssertionError"
    return _FAMILY.get(answer.type, answer.type)
