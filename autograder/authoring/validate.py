"""What is wrong with an exercise, in words for its author."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from autograder.judging.diagnosis import named
from autograder.judging.judge import PUBLIC, judge_function
from autograder.judging.messages import call_words, failure_message
from autograder.judging.results import (
    BrokenExerciseError,
    Expectation,
    ProbeResult,
    evaluate,
    expectation,
    same_answers,
)
from autograder.model.bugs import Bug, Variant
from autograder.model.cases import Case, Draw, Probe
from autograder.model.exercise import INPUTS_KEPT, Exercise
from autograder.model.patches import PatchError
from autograder.protocol import codec, withholding
from autograder.protocol.calls import Returned
from autograder.protocol.running import run_trusted

SEEDS = 200
SEARCHED = 20  # seeds in which a case is looked for that tells two bugs apart

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def validate(exercise: Exercise, seeds: int = SEEDS) -> list[str]:
    """What is wrong with an exercise; empty where all is well.

    Every way must be right on every seed, every bug wrong on every seed, and each bug must be named, by its
    own name and no other.

    Args:
        exercise: what `@exercise` made.
        seeds: how many seeds are tried; the seed of `check` is always one of them.

    Returns:
        Sentences, the most basic fault first. Where cases cannot be drawn or a bug's text is not found, what
        depends on it is not looked at.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bugs divide by 0 and average nothing
        return [f"{exercise.id}: {fault}" for fault in _faults(exercise, seeds)]


def _faults(exercise: Exercise, seeds: int) -> list[str]:
    found = [*_declaration(exercise), *_texts(exercise)]
    broken = list(_unplaced(exercise))
    try:
        _try_drawing(exercise)
        tried = {seed: _expectations(exercise, seed) for seed in _seeds(seeds)}
        _try_error_scale(exercise, tried[PUBLIC])
    except _CasesError as error:
        return [*found, *broken, str(error)]
    found += [*broken, *_examples(exercise), *_wrong_ways(exercise, tried)]
    if broken or not any(tried.values()):
        return found
    return [*found, *_survivors(exercise, tried), *_names(exercise, tried[PUBLIC])]


def _seeds(count: int) -> list[int]:
    return [PUBLIC, *(seed for seed in range(count) if seed != PUBLIC)][: max(count, 1)]


def _declaration(exercise: Exercise) -> Iterator[str]:
    if not exercise.requirements:
        yield f"it has no requirement: @{exercise.id}.requirement(…) says what earns points"
    names = [requirement.name for requirement in exercise.requirements]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two requirements are called {name!r}"
    for requirement in exercise.requirements:
        if not requirement.points > 0:
            yield f"the requirement {requirement.name!r} has no points"
        if requirement.result and requirement.result not in exercise.results:
            yield f"the requirement {requirement.name!r} is about {requirement.result!r}, which is no result"
    for name in exercise.withheld[1:]:  # the first is its own
        if not withholding.has(name):
            yield f"it withholds {name!r}, which convlib does not have"
    ids = [bug.id for bug in exercise.catalogue]
    for bug_id in sorted({bug_id for bug_id in ids if ids.count(bug_id) > 1}):
        yield f"two bugs are called {bug_id!r}"


def _texts(exercise: Exercise) -> Iterator[str]:
    for bug in exercise.catalogue:
        if not _SNAKE_CASE.fullmatch(bug.id):
            yield f"the bug {bug.id!r} needs a name in snake_case"
        if not bug.sentence:
            yield f"the bug {bug.id!r} has no sentence: say what is wrong, and why"
        elif not bug.sentence.endswith((".", ".)", "?")):
            yield f"the sentence of the bug {bug.id!r} does not end with a full stop"
        if not bug.question:
            yield f"the bug {bug.id!r} has no question: ask=… says what learners should ask themselves"


def _unplaced(exercise: Exercise) -> Iterator[str]:
    for bug in exercise.catalogue:
        try:
            if not bug.variants:
                yield f"the bug {bug.id!r} changes nothing"
        except PatchError as error:
            yield f"the bug {bug.id!r}: {error}"


class _CasesError(Exception):
    """Cases that cannot be drawn, or that the reference does not answer."""


def _try_drawing(exercise: Exercise) -> None:
    """See that each requirement yields cases, and the same ones with the same seed.

    Raises:
        _CasesError: one does not.
    """
    for requirement in exercise.requirements:
        if requirement.name == INPUTS_KEPT:
            continue
        scripts = []
        for _ in range(2):
            try:
                cases = requirement.cases(Draw(PUBLIC, exercise.id, requirement.name))
                listed = [] if cases is None else list(cases)
            except Exception as error:
                raise _CasesError(
                    f"the cases of the requirement {requirement.name!r} cannot be drawn with seed {PUBLIC}: "
                    f"{_told(error)}"
                ) from None
            if not listed:
                raise _CasesError(
                    f"the requirement {requirement.name!r} yields no case: its function needs yield case(…)"
                )
            for one in listed:
                if not isinstance(one, Case):
                    raise _CasesError(
                        f"the requirement {requirement.name!r} yields a {type(one).__name__}, expected a "
                        "case: yield case(…)"
                    )
            scripts.append(codec.encode_scripts([exercise.script(one) for one in listed]))
        if scripts[0] != scripts[1]:
            raise _CasesError(
                f"the requirement {requirement.name!r} has other cases each time, with the same seed: take "
                "every random number from draw"
            )


def _try_error_scale(exercise: Exercise, expected: list[Expectation]) -> None:
    if exercise.error_scale is None:
        return
    for one in expected:
        call = one.probe.script[0]
        if call.function == exercise.id:
            try:
                float(exercise.error_scale(*call.args, **call.kwargs))
            except Exception as error:
                case = call_words(exercise, call)
                raise _CasesError(f"error_scale does not answer {case}: {_told(error)}") from None


def _expectations(exercise: Exercise, seed: int) -> list[Expectation]:
    try:
        probes = exercise.probes(seed)
    except Exception as error:
        raise _CasesError(f"its cases cannot be drawn with seed {seed}: {_told(error)}") from None
    found = []
    for probe in probes:
        try:
            found.append(expectation(exercise, probe))
        except BrokenExerciseError as error:
            case = f"{call_words(exercise, probe.script[0])} ({probe.requirement!r})"
            raise _CasesError(f"the reference does not answer {case}: {error}") from None
    asked = {one.probe.requirement for one in found}
    for requirement in exercise.requirements:
        if requirement.name not in asked and requirement.name != INPUTS_KEPT:
            raise _CasesError(f"the requirement {requirement.name!r} yields no case")
    return found


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _examples(exercise: Exercise) -> Iterator[str]:
    if exercise.examples is None:
        return
    try:
        for one in exercise.examples():
            expectation(exercise, Probe("", exercise.script(one)))
    except BrokenExerciseError as error:
        yield f"the reference does not answer one of the examples: {error}"
    except Exception as error:
        yield f"its examples cannot be made: {_told(error)}"


def _result(exercise: Exercise, expected: Expectation, function: Callable[..., Any]) -> ProbeResult:
    return evaluate(expected, run_trusted({exercise.id: function}, expected.probe.script))


def _wrong_ways(exercise: Exercise, tried: dict[int, list[Expectation]]) -> Iterator[str]:
    """Ways that are not right, each with the first case that shows it."""
    keeps = any(requirement.name == INPUTS_KEPT for requirement in exercise.requirements)
    for name, function in exercise.ways.items():
        for seed, expected in tried.items():
            results = [_result(exercise, one, function) for one in expected]
            bad = next((one for one in results if one.failure or (keeps and one.changed)), None)
            if bad is not None:
                told = failure_message(exercise, bad) or "it changes its arguments"
                yield f"the way {name!r} fails {bad.probe.requirement!r} with seed {seed}: {told}"
                break


def solution_fault(exercise: Exercise, function: Callable[..., Any]) -> str:
    """What `check` says of a notebook's solution; "" where it passes, or where the exercise is broken."""
    try:
        verdict = judge_function(exercise, function)
    except Exception:  # `validate` says which fault of the exercise it is
        return ""
    return "" if verdict.passed else " ".join(verdict.message.split())


def _survivors(exercise: Exercise, tried: dict[int, list[Expectation]]) -> Iterator[str]:
    """Bugs that pass with some seed."""
    keeps = any(requirement.name == INPUTS_KEPT for requirement in exercise.requirements)
    for bug in exercise.catalogue:
        if not keeps and not exercise.in_place and _only_modifies(exercise, bug, tried[PUBLIC]):
            yield (
                f"the bug {bug.id!r} changes an argument, and no requirement looks at that: add "
                f"{exercise.id}.keeps_inputs(points=…)"
            )
            continue
        for variant in bug.variants:
            deadly = 0  # the probe that killed it last time is tried first
            for seed, expected in tried.items():
                for index in [deadly, *(i for i in range(len(expected)) if i != deadly)]:
                    result = _result(exercise, expected[index], variant.function)
                    if result.failure is not None or (keeps and result.changed):
                        deadly = index
                        break
                else:
                    yield (
                        f"the bug {bug.id!r}{_in_way(bug, variant)} survives with seed {seed}: no case tells "
                        "it from a right answer; add one to a requirement"
                    )
                    break


def _only_modifies(exercise: Exercise, bug: Bug, expected: list[Expectation]) -> bool:
    """Whether a bug returns what is right and changes an argument."""
    results = [_result(exercise, one, bug.functions[0]) for one in expected]
    return not any(one.failure for one in results) and any(one.changed for one in results)


def _in_way(bug: Bug, variant: Variant) -> str:
    return f" in the way {variant.way.name!r}" if variant.way is not None and len(bug.variants) > 1 else ""


def _names(exercise: Exercise, expected: list[Expectation]) -> Iterator[str]:
    """Bugs that are not named, or by another's name, and requirements that no bug fails."""
    confused: set[str] = set()
    answers = {
        variant: [run_trusted({exercise.id: variant.function}, each.probe.script) for each in expected]
        for bug in exercise.catalogue
        for variant in bug.variants
    }

    def alike(one: Variant, other: Variant) -> bool:
        given = zip(reversed(expected), reversed(answers[one]), reversed(answers[other]), strict=True)
        return all(same_answers(exercise, each, mine, its) for each, mine, its in given)

    for one, other in combinations(exercise.catalogue, 2):
        if any(alike(mine, its) for mine in one.variants for its in other.variants):
            confused |= {one.id, other.id}
            yield _confusion(exercise, one, other)
    results_of = {
        variant: [evaluate(each, given) for each, given in zip(expected, answers[variant], strict=True)]
        for variant in answers
    }
    failed = {one.probe.requirement for results in results_of.values() for one in results if one.failure}
    for requirement in exercise.requirements if answers else ():
        if requirement.name not in failed and requirement.name != INPUTS_KEPT:
            yield f"no bug fails the requirement {requirement.name!r}: what would people write instead?"
    for bug in exercise.catalogue:
        for variant in bug.variants:
            results = results_of[variant]
            found = named(exercise, results)
            if found == [bug.id] or bug.id in confused:
                continue
            called = f"is called {' and '.join(found)}" if found else "gets no name"
            returned = any(result.returned for result in results)
            why = "" if returned else ": it raises an exception on every case"
            yield f"the bug {bug.id!r}{_in_way(bug, variant)} {called}{why}"
            break


def _confusion(exercise: Exercise, one: Bug, other: Bug) -> str:
    told = f"the bugs {one.id!r} and {other.id!r} cannot be told apart"
    for expected in _more_cases(exercise):
        script = expected.probe.script
        answers = [run_trusted({exercise.id: bug.functions[0]}, script) for bug in (one, other)]
        returned = all(isinstance(answer, Returned) for given in answers for answer in given)
        if returned and not same_answers(exercise, expected, answers[0], answers[1]):
            return f"{told}; {call_words(exercise, script[0])} would tell them: add it to a requirement"
    return f"{told} on any case that was tried: make them one bug, the second spelling in also=[…]"


def _more_cases(exercise: Exercise) -> Iterator[Expectation]:
    """Cases beyond those of `check`: examples, then other seeds."""
    for one in exercise.examples() if exercise.examples is not None else ():
        yield expectation(exercise, Probe("", exercise.script(one)))
    for seed in range(1_000, 1_000 + SEARCHED):
        for probe in exercise.probes(seed):
            yield expectation(exercise, probe)
