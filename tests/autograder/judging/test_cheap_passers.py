"""The cheapest functions that answer right without computing: none may pass.

They remember what a right answer once gave, by the shapes of the arguments, by the number of the call, by the
first value or by the arguments of the public seed. The last one is shown the arguments of every public probe
beforehand, and is then asked with another seed, as when grading.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pytest

from autograder import PUBLIC, exercises
from autograder.judging.caller import InProcess, collect_answers
from autograder.judging.results import evaluate_all, expectations
from autograder.model.exercise import Exercise

Function = Callable[..., Any]
SECRET = 12_345
# An exercise without arguments has one right answer, which is handed in as it is.
# train_convnet trains for seconds, and is judged by what its network answers to images it has not seen.
EXERCISES = [one.id for one in exercises.all().values() if one.argument_names and one.id != "train_convnet"]
# The order of the examples in training is judged by what it visits, not by the generator's numbers.
FREE = {("train", "rng")}


def described(value: Any) -> Hashable:
    """A value by its shape: arrays lose their numbers, the rest stays as it is."""
    if isinstance(value, np.ndarray):
        return "array", value.shape
    if isinstance(value, dict):
        return tuple((key, described(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(described(one) for one in value)
    return value if isinstance(value, (int, str, type(None))) else type(value).__name__


def first_of(value: Any) -> Hashable:
    """A value by the first number in it."""
    if isinstance(value, np.ndarray):
        return float(value.flat[0]) if value.size else "empty"
    if isinstance(value, dict):
        return tuple((key, first_of(one)) for key, one in list(value.items())[:1])
    if isinstance(value, (list, tuple)):
        return first_of(value[0]) if value else "empty"
    return value if isinstance(value, (int, float, str, type(None))) else type(value).__name__


def right_of(exercise: Exercise) -> Function:
    """A right answer as a learner writes it: convlib's own is withheld."""
    return next(iter(exercise.ways.values()))


def remembering(right: Function, key: Callable[[tuple[Any, ...]], Hashable]) -> Function:
    """A function that computes once for each key, and then gives that answer for ever."""
    kept: dict[Hashable, Any] = {}

    def answer(*args: Any, **kwargs: Any) -> Any:
        at = key((*args, *sorted(kwargs.items())))
        if at not in kept:
            kept[at] = right(*args, **kwargs)
        return kept[at]

    return answer


def replaying(exercise: Exercise) -> Function:
    """A function that gives the right answers of the public seed, in their order."""
    answers: list[Any] = []

    def recorded(*args: Any, **kwargs: Any) -> Any:
        answers.append(right_of(exercise)(*args, **kwargs))
        return answers[-1]

    assert survives(exercise, recorded)
    order = iter(answers * 2)
    return lambda *args, **kwargs: next(order)


def looking_up(exercise: Exercise) -> Function:
    """A function that knows the arguments of the public seed and their answers, and nothing else."""
    known: dict[str, Any] = {}

    def key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        return repr((args, sorted(kwargs.items())))

    def recorded(*args: Any, **kwargs: Any) -> Any:
        at = key(args, kwargs)
        known[at] = right_of(exercise)(*args, **kwargs)
        return known[at]

    assert survives(exercise, recorded)
    return lambda *args, **kwargs: known.get(key(args, kwargs))


def with_a_global(exercise: Exercise, name: str) -> Function:
    """A right answer that takes one argument from the notebook: its value is that of the first call."""
    names = exercise.argument_names
    kept: dict[str, Any] = {}

    def answer(*args: Any, **kwargs: Any) -> Any:
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        if name in given:
            given[name] = kept.setdefault(name, given[name])
        return right_of(exercise)(**given)

    return answer


def survives(exercise: Exercise, function: Function, seed: int = PUBLIC) -> bool:
    """Whether every probe is answered right; what is wrong with an answer is not asked."""
    with np.errstate(all="ignore"):
        expected = expectations(exercise, seed)
        answers = collect_answers(InProcess({exercise.id: function}), [one.probe.script for one in expected])
        return all(one.failure is None for one in evaluate_all(expected, answers))


def has_arrays(exercise: Exercise) -> bool:
    """Whether a shape says less than the argument itself."""
    args = [one for probe in exercise.probes(PUBLIC) for one in probe.script[0].args]
    parts = [part for one in args for part in (one.values() if isinstance(one, dict) else [one])]
    return any(isinstance(part, np.ndarray) for part in parts)


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_nothing_passes_that_remembers_in_place_of_computing(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    if has_arrays(exercise):
        assert not survives(exercise, remembering(right_of(exercise), described)), "by the shapes"
    if any(probe.accepts is None for probe in exercise.probes(PUBLIC)):  # a rule's arrays are all random
        assert not survives(exercise, remembering(right_of(exercise), first_of)), "by the first value"
    assert not survives(exercise, replaying(exercise), SECRET), "by the number of the call"
    assert not survives(exercise, looking_up(exercise), SECRET), "by the arguments of the public seed"


@pytest.mark.parametrize(
    ("exercise_id", "name"),
    [
        (one, name)
        for one in EXERCISES
        for name in exercises.get(one).argument_names
        if (one, name) not in FREE
    ],
)
def test_nothing_passes_that_uses_a_global_for_an_argument(exercise_id: str, name: str) -> None:
    exercise = exercises.get(exercise_id)
    assert not survives(exercise, with_a_global(exercise, name))
