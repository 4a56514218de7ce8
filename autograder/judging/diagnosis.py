"""Name the bug: the one whose outputs equal the learner's on every probe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from autograder.judging.results import REFUSAL, Expectation, ProbeResult, evaluate, same_answers
from autograder.model.exercise import Exercise
from autograder.protocol.calls import Answer, Raised
from autograder.protocol.running import run_trusted

Function = Callable[..., Any]

HIDDEN = 2  # probes on which one bug of a pair may hide the other
MANY_PAIRS = 1_000  # so many functions take seconds to try


def named(exercise: Exercise, results: Sequence[ProbeResult]) -> list[str]:
    """The bugs that give the learner's answers on every probe: one, two, or none.

    None where nothing fits, and where more than one does, be they one function: a wrong name is worse than
    none. Exceptions count as answers, but at least one probe must have returned a value; and where nothing
    but exceptions speaks for a bug, they must say the same, not only be of one type.
    """
    if not any(result.returned for result in results):
        return []
    # What the learner fails rules out most bugs, the simplest probe at the least cost. Of the others it is
    # the last, which ask for everything at once.
    failed = [result for result in results if result.harmed]
    ordered = [*failed, *(result for result in reversed(results) if not result.harmed)]
    singles = [((bug.id,), function) for bug in exercise.catalogue for function in bug.functions]
    found = _fitting(exercise, ordered, singles)
    if found and all(isinstance(result.failure, Raised) for result in failed):
        spoken = [one for one in singles if one[0] in found and _says_the_same(exercise, failed, one[1])]
        return list(*found) if len(found) == 1 and _fitting(exercise, ordered, spoken) else []
    # Two bugs together raise in many ways: exceptions alone prove nothing, a wrong value must fit too.
    if not found and any(result.returned and result.harmed for result in results):
        found = _fitting(exercise, ordered, _plausible_pairs(exercise, results))
    return list(*found) if len(found) == 1 else []


def _fitting(
    exercise: Exercise, results: Sequence[ProbeResult], candidates: Iterable[tuple[tuple[str, ...], Function]]
) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for names, function in candidates:
        if names not in found and _fits(exercise, results, function):
            found.add(names)
    return found


def _says_the_same(exercise: Exercise, failed: Sequence[ProbeResult], function: Function) -> bool:
    """Whether a bug's exceptions have the words of the learner's."""
    for result in failed:
        its = _bug_answers(_Run(exercise.id, result.expectation, function))[-1]
        if not isinstance(its, Raised) or not isinstance(result.failure, Raised):
            return False
        if _words(its) != _words(result.failure):
            return False
    return True


def _words(answer: Raised) -> str:
    """What an exception says, without the numbers and the names in it."""
    if answer.type == "AssertionError" or REFUSAL.search(answer.source):
        return "refused"
    if answer.type in ("NameError", "UnboundLocalError"):  # Python says it in two ways
        return "a name without a value"
    return re.sub(r"'[^']*'|[\d\s]", "", answer.message)


def _plausible_pairs(
    exercise: Exercise, results: Sequence[ProbeResult]
) -> Iterator[tuple[tuple[str, ...], Function]]:
    """The pairs that fail where the learner fails: two bugs do no harm where neither does any alone.

    Where there are many pairs they are also ruled out by what their bugs do alone: where only one does harm,
    the learner's answer must be that one's, but for a few probes on which one bug hides the other.
    """
    many = len(exercise.all_pairs) > MANY_PAIRS
    harmed = [result.harmed for result in results]
    one_result = [bool(result.probe.result) for result in results]
    harms: dict[Function, _Known] = {}
    agrees: dict[Function, _Known] = {}

    def meet(function: Function) -> None:
        harms[function] = _Known(lambda i: _harms(_Run(exercise.id, results[i].expectation, function)))
        agrees[function] = _Known(lambda i: _agrees(exercise, results[i], function))

    for pair in exercise.all_pairs:
        for function in pair.alone:
            if function not in harms:
                meet(function)
        first, second = (harms[function] for function in pair.alone)
        exceptions = 0
        for i in range(len(results)):  # the simplest come first: they cost least
            if harmed[i] and not first[i] and not second[i]:
                break
            if many and first[i] != second[i] and not one_result[i]:  # of several results one says little
                exceptions += not agrees[pair.alone[second[i]]][i]
            elif many and not harmed[i] and (first[i] or second[i]):
                exceptions += 1
            if exceptions > HIDDEN:
                break
        else:
            yield pair.names, pair.function()


class _Known(dict[int, bool]):
    """What is known of a bug by the number of a probe; it is tried there when first asked for."""

    def __init__(self, tried: Callable[[int], bool]) -> None:
        self._tried = tried

    def __missing__(self, probe: int) -> bool:
        known = self[probe] = self._tried(probe)
        return known


def _fits(exercise: Exercise, results: Sequence[ProbeResult], function: Function) -> bool:
    """Whether a bug answers every probe as the learner does; the first that differs decides."""
    return all(_agrees(exercise, result, function) for result in results)


def _agrees(exercise: Exercise, result: ProbeResult, function: Function) -> bool:
    answers = _bug_answers(_Run(exercise.id, result.expectation, function))
    return same_answers(exercise, result.expectation, result.answers, answers)


class _Run:
    """A bug on a probe, as a cache key: a learner tries the same exercise many times."""

    def __init__(self, name: str, expectation: Expectation, function: Function) -> None:
        self.name = name
        self.expectation = expectation
        self.function = function

    def __hash__(self) -> int:
        return hash((id(self.expectation), id(self.function)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Run)
            and other.expectation is self.expectation
            and other.function is self.function
        )


@lru_cache(maxsize=20_000)
def _bug_answers(run: _Run) -> tuple[Answer, ...]:
    return run_trusted({run.name: run.function}, run.expectation.probe.script)


@lru_cache(maxsize=20_000)
def _harms(run: _Run) -> bool:
    """Whether a bug fails a probe."""
    return evaluate(run.expectation, _bug_answers(run)).harmed
