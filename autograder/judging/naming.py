"""Name the bug: the one whose outputs equal the learner's on every probe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograder.calls import Script, answer_script
from autograder.exercises.model import Exercise
from autograder.judging.trials import Trial, same_answers

Function = Callable[..., Any]


def named(exercise: Exercise, trials: Sequence[Trial]) -> list[str]:
    """The bugs that give the learner's answers on every probe: one, two, or none.

    None where nothing fits, and where more than one does: a wrong name is worse than none. Exceptions count
    as answers, but at least one probe must have come back with values.
    """
    if not any(trial.returned for trial in trials):
        return []
    ordered = sorted(trials, key=_usefulness)
    singles = {
        bug.id
        for bug in exercise.catalogue
        if any(_fits(exercise, ordered, function) for function in bug.functions)
    }
    if singles:
        return sorted(singles) if len(singles) == 1 else []
    pairs = {(one, other) for one, other, both in exercise.pairs() if _fits(exercise, ordered, both)}
    return list(pairs.pop()) if len(pairs) == 1 else []


def _usefulness(trial: Trial) -> tuple[bool, bool, int]:
    """Failing probes that came back with values tell bugs apart soonest; the small ones are quick."""
    failing = trial.fault is not None or trial.changed
    return (not (failing and trial.returned), not failing, abs(_cells(trial.due.probe.script) - 60))


def _cells(script: Script) -> int:
    return sum(np.size(arg) for call in script for arg in call.args if isinstance(arg, np.ndarray))


def _fits(exercise: Exercise, trials: Iterable[Trial], function: Function) -> bool:
    for trial in trials:
        answers = answer_script({exercise.id: function}, trial.due.probe.script, guard=False)
        if not same_answers(exercise, trial.due, trial.answers, answers):
            return False
    return True
