"""Every exercise's right answer passes, each of its bugs fails and is named: public seed and others."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Any

import numpy as np
import pytest

from autograder import PUBLIC, exercises, judge
from autograder.judging.caller import InProcess
from autograder.judging.counterexample import counterexample
from autograder.judging.diagnosis import named
from autograder.judging.expressed import Expressed
from autograder.judging.results import (
    Expectation,
    ProbeResult,
    evaluate,
    expectation,
    expectations,
    same_answers,
)
from autograder.model.cases import Probe
from autograder.model.exercise import INPUTS_KEPT, Exercise
from autograder.protocol.running import run_trusted

EXERCISES = list(exercises.all())
SEEDS = 200
MOST_PAIRS = 40
FRESH_SEEDS = range(5_000, 5_200)


@pytest.fixture(scope="module", params=EXERCISES)
def exercise_id(request: pytest.FixtureRequest) -> str:
    """One exercise after the other, each with all the tests: what its bugs answer is worked out once."""
    return str(request.param)


def results(exercise: Exercise, function: Callable[..., Any], seed: int = PUBLIC) -> list[ProbeResult]:
    with np.errstate(all="ignore"):
        return [
            evaluate(one, run_trusted({exercise.id: function}, one.probe.script))
            for one in expectations(exercise, seed)
        ]


@lru_cache(maxsize=1)
def every_spelling(exercise: Exercise) -> list[tuple[str, Callable[..., Any], list[ProbeResult]]]:
    """Each bug's id, with each of its functions and what that makes of the public probes."""
    return [(bug.id, one, results(exercise, one)) for bug in exercise.catalogue for one in bug.functions]


def every_bug(exercise: Exercise) -> dict[str, list[ProbeResult]]:
    """What each bug's plainest function makes of the public probes."""
    made = {function: its for _, function, its in every_spelling(exercise)}
    return {name: made[function] for name, function in exercise.bugs.items()}


def is_killed(exercise: Exercise, result: ProbeResult) -> bool:
    """Whether a function fails a probe, by its values or by what it does to its arguments."""
    keeps = any(part.name == INPUTS_KEPT for part in exercise.requirements)
    return result.failure is not None or (keeps and result.changed)


def fails(exercise: Exercise, expected: Expectation, function: Callable[..., Any]) -> bool:
    """Whether a function fails a probe that is tried now."""
    return is_killed(
        exercise, evaluate(expected, run_trusted({exercise.id: function}, expected.probe.script))
    )


def fresh(exercise: Exercise, runs: int) -> Iterator[Expectation]:
    """Probes that no judge ever used."""
    places = ((seed, index) for seed in FRESH_SEEDS for index in range(len(fresh_probes(exercise, seed))))
    return (fresh_expectation(exercise, *place) for place in islice(places, runs))


@cache
def fresh_probes(exercise: Exercise, seed: int) -> list[Probe]:
    return exercise.probes(seed)


@cache
def fresh_expectation(exercise: Exercise, seed: int, index: int) -> Expectation:
    """Worked out once, and only where functions agree on all before: the reference is slow."""
    return expectation(exercise, fresh_probes(exercise, seed)[index])


def same_function(
    exercise: Exercise, one: Callable[..., Any], other: Callable[..., Any], runs: int = 60
) -> bool:
    """Whether two functions answer alike on fresh probes."""
    return all(
        same_answers(
            exercise,
            expected,
            run_trusted({exercise.id: one}, expected.probe.script),
            run_trusted({exercise.id: other}, expected.probe.script),
        )
        for expected in fresh(exercise, runs)
    )


def test_the_reference_passes_and_every_part_earns_something(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    verdict = judge(exercise_id, exercise.reference)
    assert verdict.passed, str(verdict)
    assert verdict.score == 1
    assert all(part.points > 0 for part in exercise.requirements)
    assert exercise.points == int(exercise.points)


def test_every_bug_is_killed_by_the_public_probes(exercise_id: str, measured: Any) -> None:
    exercise = exercises.get(exercise_id)
    spellings = every_spelling(exercise)
    alive = [name for name, _, its in spellings if not any(is_killed(exercise, one) for one in its)]
    measured(
        "mutation score, catalogue", f"{exercise_id:24} {len(spellings) - len(alive)} of {len(spellings)}"
    )
    assert not alive


def test_over_many_seeds_every_bug_dies(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    deadly: dict[str, int] = {}  # the probe that killed a bug last time is tried first
    with np.errstate(all="ignore"):
        for seed in range(SEEDS if exercise.examples is not None else 3):
            probes = exercise.probes(seed)
            expected: dict[int, Expectation] = {}  # worked out where a bug needs it: the reference is slow
            for name, function in exercise.bugs.items():
                order = sorted(range(len(probes)), key=lambda i, name=name: i != deadly.get(name, 0))
                for i in order:
                    if i not in expected:
                        expected[i] = expectation(exercise, probes[i])
                    if fails(exercise, expected[i], function):
                        deadly[name] = i
                        break
                else:
                    pytest.fail(f"seed {seed}: {name} passes")


def test_every_single_bug_is_named_and_none_wrongly(exercise_id: str, measured: Any) -> None:
    exercise = exercises.get(exercise_id)
    spellings = every_spelling(exercise)
    right, silent, wrong = 0, [], []
    for name, _, its in spellings:
        found = named(exercise, its)
        if found == [name]:
            right += 1
        elif not found:
            silent.append(name)
        else:
            wrong.append((name, found))
    measured(
        "confusion, single bugs",
        f"{exercise_id:24} named right {right} of {len(spellings)}, "
        f"unnamed {len(silent)}, wrong {len(wrong)}" + (f": {', '.join(silent)}" if silent else ""),
    )
    assert not wrong
    assert right >= 0.98 * len(spellings), f"unnamed: {silent}"


def test_pairs_are_named_and_none_wrongly(exercise_id: str, measured: Any) -> None:
    exercise = exercises.get(exercise_id)
    spellings = {bug.id: bug.functions for bug in exercise.catalogue}
    pairs: dict[tuple[str, str], Callable[[], Callable[..., Any]]] = {}  # compiled where one is needed
    for names, function, _ in exercise.all_pairs:
        pairs.setdefault(names, function)
    count = min(MOST_PAIRS if len(pairs) < 1_000 else MOST_PAIRS // 2, len(pairs))
    chosen = random.Random(PUBLIC).sample(sorted(pairs), count)
    right, undone, shared, silent, wrong = 0, 0, 0, [], []
    for names in chosen:
        made = results(exercise, pairs[names]())
        if not any(result.failure or result.changed for result in made):
            undone += 1  # the two cancel out: the answer is right, there is nothing to name
            continue
        found = tuple(named(exercise, made))
        others = (pairs[other]() for other in pairs if other != names)
        if found == names:
            right += 1
        elif not found and any(same_function(exercise, other, pairs[names]()) for other in others):
            shared += 1  # two pairs are one function: nobody can tell which was meant
        elif not found:
            silent.append(names)
        elif len(found) == 1 and any(
            same_function(exercise, spelling, pairs[names]()) for spelling in spellings[found[0]]
        ):
            right += 1  # one of the two hides the other, or both together are how one of them is also written
        else:
            wrong.append((names, found))
    asked = len(chosen) - undone - shared
    measured(
        "confusion, pairs",
        f"{exercise_id:24} named right {right} of {asked} drawn from {len(pairs)}, unnamed {len(silent)}, "
        f"wrong {len(wrong)}, unnamed for being one function with another {shared}"
        + (f": {silent[:3]}" if silent else ""),
    )
    assert not wrong
    assert right >= 0.9 * asked, f"unnamed: {silent}"


def test_no_two_ids_are_the_same_function(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    made = every_bug(exercise)
    names = list(made)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            alike = all(
                same_answers(exercise, a.expectation, a.answers, b.answers)
                for a, b in zip(reversed(made[one]), reversed(made[other]), strict=True)
            )
            assert not alike, f"{one} and {other} answer every probe alike"


def test_every_bug_has_a_sentence_and_a_case_to_look_at(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    for bug in exercise.catalogue:
        assert bug.sentence.endswith((".", ")")), bug.id
        assert bug.question.endswith("?") or "?" in bug.question or bug.question.endswith("."), bug.id
        assert bug.functions[0].__doc__ == bug.sentence
    if exercise.examples is None:
        return
    for name, made in every_bug(exercise).items():
        function = exercise.bugs[name]
        only_changes = all(result.failure is None for result in made)
        part = Expressed(exercise, tuple(made))
        assert only_changes or counterexample(exercise, InProcess({exercise_id: function}), part), name


def test_the_smallest_case_shows_the_result_that_the_verdict_speaks_of() -> None:
    def only_db(dout: Any, x: Any, w: Any, stride: int = 1, pad: int = 0) -> Any:
        return np.full(x.shape, 0.5), np.full(w.shape, 0.5), dout.sum(axis=(0, 1, 2))

    verdict = judge("conv2d_backward", only_db)
    assert verdict.message.startswith("In dw:")
    assert verdict.case is not None
    assert verdict.case.result == "dw"
