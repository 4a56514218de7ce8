"""From an exercise, a caller and a seed to a verdict."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.calls import Answer, Caller, Lost, Raised, Returned
from autograder.judging import words
from autograder.judging.caller import InProcess
from autograder.judging.compare import Difference
from autograder.judging.naming import named
from autograder.judging.smallest import smallest
from autograder.judging.trials import Trial, all_tried, ask, dues, same_answers
from autograder.judging.verdict import Requirement, Verdict
from autograder.model.exercise import INPUTS_KEPT, Exercise

PUBLIC = 20  # the seed of every check in a notebook


def judge(exercise_id: str, function: Callable[..., Any], seed: int = PUBLIC) -> Verdict:
    """Judge a function in this process.

    Never raises for a wrong answer and prints nothing; a person's Ctrl-C still stops it.

    Args:
        exercise_id: which exercise.
        function: the learner's.
        seed: of the probes.

    Raises:
        KeyError: no exercise has this id.
    """
    from autograder import exercises

    exercise = exercises.get(exercise_id)
    # The reference may be convlib's own function, which is closed to everyone else.
    guard = function is not exercise.reference
    return judge_with(exercise, InProcess({exercise.id: function}, guard=guard), seed)


def judge_with(exercise: Exercise, caller: Caller, seed: int) -> Verdict:
    """Judge whatever the caller calls."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bugs divide by 0 and average nothing
        return _judged(exercise, caller, seed)


def _judged(exercise: Exercise, caller: Caller, seed: int) -> Verdict:
    expected = dues(exercise, seed)
    answers = ask(caller, [one.probe.script for one in expected])
    if all(_not_written(one) for one in answers):
        return _unanswered(exercise, answers[0][-1])
    trials = all_tried(expected, answers)
    requirements = [_requirement(exercise, part.name, trials) for part in exercise.requirements]
    earned = sum(
        part.points for part, line in zip(exercise.requirements, requirements, strict=True) if line.passed
    )
    if all(line.passed for line in requirements):
        return Verdict(
            exercise.id,
            exercise.lesson,
            exercise.points,
            "passed",
            1.0,
            requirements,
            message="All of it is right.",
        )
    catalogue = {bug.id: bug for bug in exercise.catalogue}
    found: list[str] = []
    sentences: list[str] = []
    case = None
    # A function that does not come back, or brings its kernel down, is asked nothing more.
    if not any(isinstance(trial.fault, Lost) and trial.fault.reason != "too large" for trial in trials):
        found = named(exercise, trials)
        sentences = [catalogue[name].sentence for name in found] or _unsteady(exercise, caller, trials)
        case = smallest(exercise, caller, trials)
    questions = [catalogue[name].question for name in found if catalogue[name].question]
    return Verdict(
        exercise.id,
        exercise.lesson,
        exercise.points,
        "failed",
        earned / exercise.points,
        requirements,
        found,
        _message(exercise, trials, sentences),
        " ".join(dict.fromkeys(questions)),
        case,
        list(exercise.hints),
    )


def _not_written(answers: Sequence[Answer]) -> bool:
    last = answers[-1]
    if isinstance(last, Lost):
        return last.reason == "missing"
    return isinstance(last, Raised) and last.type == "NotImplementedError"


def _unanswered(exercise: Exercise, answer: Answer) -> Verdict:
    why = "The cell above still raises NotImplementedError."
    if isinstance(answer, Lost):
        why = f"There is no function named {exercise.id}."
    requirements = [Requirement(part.name, False, "not written yet") for part in exercise.requirements]
    return Verdict(
        exercise.id,
        exercise.lesson,
        exercise.points,
        "unanswered",
        0.0,
        requirements,
        message=f"Nothing to judge. {why}",
    )


def _requirement(exercise: Exercise, name: str, trials: Sequence[Trial]) -> Requirement:
    if name == INPUTS_KEPT:
        return _inputs_kept(exercise, trials)
    for trial in trials:
        if trial.due.probe.requirement == name and trial.fault is not None:
            return Requirement(name, False, words.fault_words(exercise, trial))
    return Requirement(name, True)


def _inputs_kept(exercise: Exercise, trials: Sequence[Trial]) -> Requirement:
    """Met by a function that changes nothing and gets something right: doing nothing earns nothing."""
    for trial in trials:
        for answer in trial.answers:
            if isinstance(answer, Returned) and answer.changed:
                what = words.changed_words(exercise, answer.changed)
                return Requirement(INPUTS_KEPT, False, f"your function writes into {what}")
    if all(trial.fault is not None for trial in trials):
        return Requirement(INPUTS_KEPT, False, "counts as soon as one result is right")
    return Requirement(INPUTS_KEPT, True)


def _unsteady(exercise: Exercise, caller: Caller, trials: Sequence[Trial]) -> list[str]:
    """What to say of a function that answers the same question in two ways; nothing of any other."""
    failing = next((trial for trial in trials if trial.fault is not None and trial.returned), None)
    if failing is None:
        return []
    (again,) = ask(caller, [failing.due.probe.script])
    if any(isinstance(answer, Lost) for answer in again) or same_answers(
        exercise, failing.due, failing.answers, again
    ):
        return []
    return [
        "Asked the same twice, your function gives two answers: random numbers, or something that is kept "
        "from one call to the next, decide the result."
    ]


def _message(exercise: Exercise, trials: Sequence[Trial], sentences: Sequence[str]) -> str:
    if len(sentences) == 2:
        return f"Two things at once. {sentences[0]} {sentences[1]}"
    if sentences:
        return sentences[0]
    passing = [trial for trial in trials if trial.fault is None]
    failing = [trial for trial in trials if trial.fault is not None]
    if not failing:
        changed = next(answer.changed for trial in trials for answer in _changing(trial))
        what = words.changed_words(exercise, changed)
        return f"The results are right, but your function writes into {what}, which belongs to the caller."
    return words.symptom(exercise, _telling(failing), passing)


def _telling(failing: Sequence[Trial]) -> Trial:
    """The first, unless that compares one value only: where there are several, they can show a pattern."""
    sizes = [
        trial.fault.wrong.size if isinstance(trial.fault, Difference) and trial.fault.kind == "values" else 0
        for trial in failing
    ]
    several = next((index for index, size in enumerate(sizes) if size > 1), 0)
    return failing[several if sizes[0] == 1 else 0]


def _changing(trial: Trial) -> list[Returned]:
    return [answer for answer in trial.answers if isinstance(answer, Returned) and answer.changed]
