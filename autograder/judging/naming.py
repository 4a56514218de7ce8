"""Name the bug: the one whose outputs equal the learner's on every probe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from autograder.calls import Answer, answer_own
from autograder.judging.trials import Due, Trial, same_answers, tried
from autograder.model.exercise import Exercise

Function = Callable[..., Any]

HIDDEN = 2  # probes on which one bug of a pair may hide the other


def named(exercise: Exercise, trials: Sequence[Trial]) -> list[str]:
    """The bugs that give the learner's answers on every probe: one, two, or none.

    None where nothing fits, and where more than one does, be they one function: a wrong name is worse than
    none. Exceptions count as answers, but at least one probe must have come back with values.
    """
    if not any(trial.returned for trial in trials):
        return []
    # The last probes ask for everything at once and tell most bugs apart; values say more than exceptions.
    ordered = sorted(reversed(trials), key=lambda trial: not trial.returned)
    singles = [((bug.id,), function) for bug in exercise.catalogue for function in bug.functions]
    found = _fitting(exercise, ordered, singles)
    # Two bugs together raise in many ways: exceptions alone prove nothing, a wrong value must fit too.
    if not found and any(trial.returned and _fails(exercise, trial) for trial in trials):
        found = _fitting(exercise, ordered, _plausible(exercise, trials))
    return list(*found) if len(found) == 1 else []


def _fitting(
    exercise: Exercise, trials: Sequence[Trial], candidates: Iterable[tuple[tuple[str, ...], Function]]
) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for names, function in candidates:
        if names not in found and _fits(exercise, trials, function):
            found.add(names)
    return found


def _plausible(exercise: Exercise, trials: Sequence[Trial]) -> Iterator[tuple[tuple[str, ...], Function]]:
    """The pairs that fail where the learner fails: two bugs do no harm where neither does any alone.

    One can hide the other on a few probes, no more.
    """
    failing = {index for index, trial in enumerate(trials) if _fails(exercise, trial)}
    harm: dict[Function, set[int]] = {}

    def harmed(function: Function) -> set[int]:
        if function not in harm:
            runs = [_Run(exercise.id, trial.due, function) for trial in trials]
            harm[function] = {index for index, run in enumerate(runs) if _harms(exercise, run)}
        return harm[function]

    for pair in exercise.all_pairs:
        both = harmed(pair.alone[0]) | harmed(pair.alone[1])
        if failing <= both and len(both) <= len(failing) + HIDDEN:
            yield pair.names, pair.function()


def _fails(exercise: Exercise, trial: Trial) -> bool:
    return trial.fault is not None or (trial.changed and not exercise.in_place)


@lru_cache(maxsize=20_000)
def _harms(exercise: Exercise, run: _Run) -> bool:
    """Whether a bug fails a probe."""
    return _fails(exercise, tried(run.due, _bug_answers(run)))


def _fits(exercise: Exercise, trials: Sequence[Trial], function: Function) -> bool:
    """Whether a bug answers every probe as the learner does; the first that differs decides."""
    return all(
        same_answers(exercise, trial.due, trial.answers, _bug_answers(_Run(exercise.id, trial.due, function)))
        for trial in trials
    )


class _Run:
    """A bug on a probe, as a cache key: a learner tries the same exercise many times."""

    def __init__(self, name: str, due: Due, function: Function) -> None:
        self.name = name
        self.due = due
        self.function = function

    def __hash__(self) -> int:
        return hash((id(self.due), id(self.function)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Run) and other.due is self.due and other.function is self.function


@lru_cache(maxsize=20_000)
def _bug_answers(run: _Run) -> tuple[Answer, ...]:
    return answer_own({run.name: run.function}, run.due.probe.script)
