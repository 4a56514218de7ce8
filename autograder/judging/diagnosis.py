"""Name the bug: the one whose outputs equal the learner's on every probe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.judging.results import REFUSAL, Expectation, ProbeResult, evaluate, same_answers
from autograder.model.exercise import Exercise
from autograder.protocol.calls import Answer, Raised
from autograder.protocol.running import run_trusted

Function = Callable[..., Any]

HIDDEN = 2  # probes on which one bug of a pair may hide the other
MANY_PAIRS = 1_000  # so many functions take seconds to try

_NUMBERS = re.compile(r"\([\d,]*\)|\d+")  # a shape counts as one


def named(exercise: Exercise, results: Sequence[ProbeResult]) -> list[str]:
    """The bugs that give the learner's answers on every probe: one, two, or none.

    None where nothing fits, and where more than one does, be they one function: a wrong name is worse than
    none. Exceptions count as answers, but at least one probe must have returned a value; and where nothing
    but exceptions speaks for a bug, they must say the same of the same shapes, indices and sizes, not only be
    of one type.
    """
    if not any(result.returned for result in results):
        return []
    # What the learner fails rules out most bugs, the simplest probe at the least cost. Of the others it is
    # the last, which ask for everything at once.
    failed = [result for result in results if result.harmed]
    ordered = [*failed, *(result for result in reversed(results) if not result.harmed)]
    singles = [((bug.id,), function) for bug in exercise.catalogue for function in bug.functions]
    found = _fitting(ordered, singles)
    if found and all(isinstance(result.failure, Raised) for result in failed):
        spoken = [one for one in singles if one[0] in found and _says_the_same(failed, one[1])]
        return list(*found) if len(found) == 1 and _fitting(ordered, spoken) else []
    # Two bugs together raise in many ways: exceptions alone prove nothing, a wrong value must fit too.
    if not found and any(result.returned and result.harmed for result in results):
        found = _fitting(ordered, _plausible_pairs(exercise, results))
    return list(*found) if len(found) == 1 else []


def _fitting(
    results: Sequence[ProbeResult], candidates: Iterable[tuple[tuple[str, ...], Function]]
) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for names, function in candidates:
        if names not in found and _fits(results, function):
            found.add(names)
    return found


def _says_the_same(failed: Sequence[ProbeResult], function: Function) -> bool:
    """Whether a bug's exceptions have the words and the numbers of the learner's."""
    for result in failed:
        its = _bug_answers(result.expectation, function)[-1]
        if not isinstance(its, Raised) or not isinstance(result.failure, Raised):
            return False
        if _said(its) != _said(result.failure):
            return False
    return True


def _said(answer: Raised) -> tuple[str, frozenset[str]]:
    """What an exception says: its words without the learner's names, and its shapes and numbers.

    The numbers are those of the line that stopped, so two functions that give the same stopped at what is the
    same line of both. Their order is left out: a product may be written either way round.
    """
    if answer.type == "AssertionError" or REFUSAL.search(answer.source):
        return "refused", frozenset()
    if answer.type in ("NameError", "UnboundLocalError"):  # Python says it in two ways
        return "a name without a value", frozenset()
    words = re.sub(r"'[^']*'|\s", "", answer.message)
    return _NUMBERS.sub("", words), frozenset(_NUMBERS.findall(words))


def _plausible_pairs(
    exercise: Exercise, results: Sequence[ProbeResult]
) -> Iterator[tuple[tuple[str, ...], Function]]:
    """The pairs that fail where the learner fails: two bugs do no harm where neither does any alone.

    Where there are many pairs they are also ruled out by what their bugs do alone: where only one does harm,
    the learner's answer must be that one's, but for a few probes on which one bug hides the other.
    """
    many = len(exercise.all_pairs) > MANY_PAIRS
    functions, alone = _alone(exercise)
    plausible = np.arange(len(alone))
    exceptions = np.zeros(len(alone), dtype=int)
    for result in results:  # the simplest come first: they cost least
        if not many and not result.harmed:
            continue
        pair = alone[plausible]
        harm = _of_each(functions, pair, result, _harms)
        either = harm[:, 0] | harm[:, 1]
        if many:
            exception = either & (not result.harmed)
            if not result.probe.result:  # of several results one says little
                (one_harms,) = np.nonzero(harm[:, 0] != harm[:, 1])
                harmful = pair[one_harms, harm[one_harms, 1].astype(int)]
                exception[one_harms] = ~_of_each(functions, harmful, result, _agrees)
            exceptions[plausible] += exception
        left = (either | (not result.harmed)) & (exceptions[plausible] <= HIDDEN)
        plausible = plausible[left]
    for number in plausible:
        yield exercise.all_pairs[number].names, exercise.all_pairs[number].function()


def _of_each(
    functions: Sequence[Function],
    numbers: NDArray[np.intp],
    result: ProbeResult,
    holds: Callable[[ProbeResult, Function], bool],
) -> NDArray[np.bool_]:
    """What holds of the functions of these numbers, each of them asked once; in the shape of the numbers."""
    answers = np.zeros(len(functions), dtype=bool)
    for number in np.unique(numbers):
        answers[number] = holds(result, functions[number])
    return answers[numbers]


@lru_cache(maxsize=32)
def _alone(exercise: Exercise) -> tuple[tuple[Function, ...], NDArray[np.intp]]:
    """The functions that pairs are made of, and for each pair the numbers of its two: (pairs, 2)."""
    numbers: dict[Function, int] = {}
    pairs = [[numbers.setdefault(one, len(numbers)) for one in pair.alone] for pair in exercise.all_pairs]
    return tuple(numbers), np.array(pairs, dtype=np.intp).reshape(-1, 2)


def _fits(results: Sequence[ProbeResult], function: Function) -> bool:
    """Whether a bug answers every probe as the learner does; the first that differs decides."""
    return all(_agrees(result, function) for result in results)


def _agrees(result: ProbeResult, function: Function) -> bool:
    expected = result.expectation
    return same_answers(expected.exercise, expected, result.answers, _bug_answers(expected, function))


def _harms(result: ProbeResult, function: Function) -> bool:
    """Whether a bug fails a probe."""
    return _bug_harms(result.expectation, function)


# A learner tries the same exercise many times.


@lru_cache(maxsize=20_000)
def _bug_answers(expectation: Expectation, function: Function) -> tuple[Answer, ...]:
    return run_trusted({expectation.exercise.id: function}, expectation.probe.script)


@lru_cache(maxsize=20_000)
def _bug_harms(expectation: Expectation, function: Function) -> bool:
    return evaluate(expectation, _bug_answers(expectation, function)).harmed
