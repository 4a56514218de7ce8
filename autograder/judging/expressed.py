"""What a learner's way can express: where a window's size is one number, no call can give it two sides."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.judging.results import ProbeResult
from autograder.model.exercise import Exercise
from autograder.protocol.calls import Call, Raised

# How an argument may be given, and what is said of a function that stops at it.
PAIR, NUMBER, NOTHING = "pair", "number", "nothing"
_WORDS = {
    PAIR: "With a pair for {0} your function stops: it takes {0} as one number. "
    "With one number, something else is wrong.",
    NUMBER: "With one number for {0} your function stops: it takes {0} as a pair. "
    "With a pair, something else is wrong.",
    NOTHING: "Where {0} is left out your function stops: it takes {0} as a number. "
    "Where it is given, something else is wrong.",
}
_STOPS = re.compile(
    r"'(?:tuple|list|NoneType)'|concatenate (?:tuple|list)|(?:tuple|list|NoneType)' object"
    r"|(?:tuple|list|NoneType)$|slice indices must be integers|non-iterable int"
    r"|'int' object is not (?:subscriptable|iterable)"
)


@dataclass(frozen=True)
class Expressed:
    """The part of an exercise that a function can express.

    Attributes:
        exercise: what it answers.
        results: of the probes in that part.
        left_out: arguments, and how they are given where it stops; empty where the part is all of it.
    """

    exercise: Exercise
    results: tuple[ProbeResult, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    def has(self, call: Call) -> bool:
        """Whether a call belongs to that part."""
        return all(_form(self.exercise, call, name) != form for name, form in self.left_out)

    @property
    def sentence(self) -> str:
        """What the function cannot be asked: the first of it is enough to begin with."""
        name, form = self.left_out[0]
        return _WORDS[form].format(name)


def expressed(exercise: Exercise, results: Sequence[ProbeResult]) -> Expressed:
    """The probes at which a function does not stop because of how an argument is given.

    An argument may be one number or a pair, or be left out. Where a function stops at every probe that gives
    it in one of these ways, and goes wrong elsewhere too, what it does elsewhere is looked at by itself.
    """
    left_out = tuple(
        (name, form)
        for name in exercise.argument_names
        for form in (PAIR, NUMBER, NOTHING)
        if _stops_at_all(one for one in results if _form(exercise, one.failed_call, name) == form)
    )
    part = Expressed(exercise, tuple(results), left_out)
    inside = tuple(one for one in results if part.has(one.failed_call))
    if any(one.returned for one in inside) and any(one.harmed for one in inside):
        return Expressed(exercise, inside, left_out)
    return Expressed(exercise, tuple(results))


def _stops_at_all(results: Iterable[ProbeResult]) -> bool:
    stopped = [isinstance(one.failure, Raised) and _stopped(one.failure) for one in results]
    return bool(stopped) and all(stopped)


def _stopped(answer: Raised) -> bool:
    return answer.type == "TypeError" and _STOPS.search(answer.message) is not None


def _form(exercise: Exercise, call: Call, name: str) -> str:
    """How a call gives an argument; "" where that is neither one number, nor a pair, nor nothing."""
    names = exercise.argument_names
    given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
    parameters = inspect.signature(next(iter(exercise.ways.values()))).parameters
    value = given.get(name, parameters[name].default if name in parameters else inspect.Parameter.empty)
    if value is None:
        return NOTHING
    if type(value) is int:
        return NUMBER
    pair = isinstance(value, (tuple, list)) and len(value) == 2 and all(type(one) is int for one in value)
    return PAIR if pair else ""
