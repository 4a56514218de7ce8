"""Wrong functions made by machine are not accepted either, and no name that one is given is wrong."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest

from autograder import PUBLIC, exercises
from autograder.judging.diagnosis import named
from autograder.judging.results import Expectation, evaluate, expectation, expectations, same_answers
from autograder.model.exercise import INPUTS_KEPT, Exercise
from autograder.protocol.running import run_trusted
from support.mutants import mutants
from support.right_answers import RIGHT

RUNS = 2_000
RUNS_OF_A_NAME = 1_000
NAMED_OF_EACH = 12
SMALL = 90  # cells: two thousand runs of a loop nest must stay cheap
SECONDS = 2.0


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """A mutant may loop for ever."""

    def stop(*_: object) -> None:
        raise TimeoutError("a mutant that does not end")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@cache
def fresh(exercise_id: str) -> tuple[Expectation, ...]:
    """Probes that no judge ever used, with what is expected: small ones where there is a choice."""
    exercise = exercises.get(exercise_id)
    found: list[Expectation] = []
    seed = 50_000
    runs = RULED.get(exercise_id, RUNS)
    while len(found) < runs and seed < 52_000:
        for probe in exercise.probes(seed):
            cells = sum(
                np.size(arg) for call in probe.script for arg in call.args if isinstance(arg, np.ndarray)
            )
            if cells <= SMALL or exercise_id in RULED:
                found.append(expectation(exercise, probe))
        seed += 1
    return tuple(found[:runs])


def killed(exercise: Exercise, function: Callable[..., Any], probes: Sequence[Expectation]) -> bool:
    keeps = any(part.name == INPUTS_KEPT for part in exercise.requirements)
    for expected in probes:
        result = evaluate(expected, run_trusted({exercise.id: function}, expected.probe.script))
        if result.failure is not None or (keeps and result.changed):
            return True
    return False


def agree(
    exercise: Exercise, one: Callable[..., Any], other: Callable[..., Any], probes: Sequence[Expectation]
) -> bool:
    """Whether two functions answer alike."""
    return all(
        same_answers(
            exercise,
            each,
            run_trusted({exercise.id: one}, each.probe.script),
            run_trusted({exercise.id: other}, each.probe.script),
        )
        for each in probes
    )


COMPARED = [name for name, exercise in exercises.all().items() if exercise.examples is not None]
# More than one answer is right: a mutant counts as equivalent where the exercise's own rule finds it right on
# all the fresh probes. Not mutated are design_kernels (a table of numbers, whose rule is all that is asked of
# it), train_convnet (each mutant would train for seconds, and most still train well) and the clinic (whose
# answers are inputs, not functions).
RULED = {
    "numeric_gradient": RUNS,
    "minibatches": RUNS,
    "train": RUNS,
    "learn_kernel": 60,
}  # that one searches


@pytest.mark.parametrize("exercise_id", [*COMPARED, *RULED])
def test_mutants_of_right_answers_are_killed(exercise_id: str, measured: Any) -> None:
    exercise = exercises.get(exercise_id)
    public = expectations(exercise, PUBLIC)  # now: working them out is no mutant's time
    sources = [exercise.reference, *RIGHT.get(exercise_id, [])[:1]]
    dead: list[Callable[..., Any]] = []
    alive, same = [], 0
    with np.errstate(all="ignore"):
        for source in sources:
            for what, mutant in mutants(source):
                try:
                    with no_longer_than(SECONDS):
                        is_dead = killed(exercise, mutant, public)
                except TimeoutError:
                    is_dead = True
                if is_dead:
                    dead.append(mutant)
                elif killed(exercise, mutant, fresh(exercise_id)):
                    alive.append(what)
                else:
                    same += 1
    total = len(dead) + len(alive)
    measured(
        "mutation score, made by machine",
        f"{exercise_id:24} {len(dead)} of {total} killed, {same} equivalent"
        + (f"; alive: {alive}" if alive else ""),
    )
    assert len(dead) >= 0.98 * total, alive
    wrong = []
    for mutant in random.Random(PUBLIC).sample(dead, min(NAMED_OF_EACH, len(dead))):
        try:
            with no_longer_than(10 * SECONDS), np.errstate(all="ignore"):
                names = named(
                    exercise,
                    [evaluate(one, run_trusted({exercise_id: mutant}, one.probe.script)) for one in public],
                )
        except TimeoutError:
            continue
        if names:
            candidates = [pair.function() for pair in exercise.all_pairs if list(pair.names) == names]
            candidates += [f for bug in exercise.catalogue if [bug.id] == names for f in bug.functions]
            unseen = fresh(exercise_id)[:RUNS_OF_A_NAME]
            with np.errstate(all="ignore"):
                wrong += [] if any(agree(exercise, mutant, f, unseen) for f in candidates) else [names]
    assert not wrong
