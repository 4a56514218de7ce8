"""From an exercise, a caller and a seed to a verdict.

probes -> answers -> results -> requirements -> diagnosis -> counterexample -> location -> message: each step
turns data into data. Three of them ask the caller: for the answers, once more for the same answer, and for
small cases. The line at fault is looked for by whoever has the function's text.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.judging import messages
from autograder.judging.caller import InProcess, collect_answers
from autograder.judging.causes import cause
from autograder.judging.compare import Difference
from autograder.judging.counterexample import counterexample
from autograder.judging.diagnosis import named
from autograder.judging.expressed import Expressed, expressed
from autograder.judging.locate import SECONDS, SECONDS_NAMED, Located, locate, question, sentence
from autograder.judging.results import ProbeResult, evaluate_all, expectations, same_answers
from autograder.judging.unreadable import unreadable
from autograder.judging.verdict import Expression, Line, Operand, Requirement, Verdict
from autograder.model.exercise import INPUTS_KEPT, Exercise
from autograder.protocol.calls import Answer, Caller, NoAnswer, Raised, Returned

Locator = Callable[[Sequence[ProbeResult], float], Located | None]

PUBLIC = 20  # the seed of every check in a notebook


def judge_function(
    exercise: Exercise,
    function: Callable[..., Any],
    seed: int = PUBLIC,
    seconds: float | None = None,
    source: str | None = None,
) -> Verdict:
    """Judge a function in this process.

    Never raises for a wrong answer and prints nothing. Where `seconds` is None a person's Ctrl-C stops it.

    Args:
        exercise: what it answers.
        function: the learner's.
        seed: of the probes.
        seconds: after which a call has timed out; None: never.
        source: the text that defines the function and its helpers, where inspect cannot find it.
    """
    # The reference may be convlib's own function, which is disabled for everyone else.
    guard = function is not exercise.reference

    def locator(results: Sequence[ProbeResult], most: float) -> Located | None:
        try:
            return locate(exercise, function, results, source, most, guard)
        except KeyboardInterrupt:
            if seconds is None:
                raise
            return None  # as with a call: the verdict is shown with what it has

    caller = InProcess({exercise.id: function}, guard=guard, seconds=seconds)
    return judge_with(exercise, caller, seed, locator)


def judge_with(exercise: Exercise, caller: Caller, seed: int, locator: Locator | None = None) -> Verdict:
    """Judge whatever the caller calls.

    Args:
        exercise: what it answers.
        caller: whoever calls it.
        seed: of the probes.
        locator: finds the line at fault, from the results and the seconds there are; None: nobody looks.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bugs divide by 0 and average nothing
        return _judged(exercise, caller, seed, locator)


def _judged(exercise: Exercise, caller: Caller, seed: int, locator: Locator | None) -> Verdict:
    expected = expectations(exercise, seed)
    answers = collect_answers(caller, [one.probe.script for one in expected])
    if all(_not_written(one) for one in answers):
        return _unanswered(exercise, answers[0][-1])
    results = evaluate_all(expected, answers)
    requirements = [_requirement(exercise, line.name, results) for line in exercise.requirements]
    if all(line.passed for line in requirements):
        return _verdict(exercise, "passed", requirements, message="All correct.")
    bugs: list[str] = []
    random = False
    case = None
    found: Located | None = None
    part = Expressed(exercise, tuple(results))
    # A function that times out, or crashes its kernel, is asked nothing more.
    if not any(isinstance(one.failure, NoAnswer) and one.failure.reason != "too large" for one in results):
        bugs = named(exercise, results)
        if not bugs:
            inside = expressed(exercise, results)
            bugs = named(exercise, inside.results) if inside.left_out else []
            part = inside if bugs else part
        random = not bugs and _answers_differently(exercise, caller, results)
        case = counterexample(exercise, caller, part)
        if locator is not None and not random:
            found = locator(part.results, SECONDS_NAMED if bugs else SECONDS)
    catalogue = {bug.id: bug for bug in exercise.catalogue}
    questions = dict.fromkeys(catalogue[bug_id].question for bug_id in bugs)
    message = _message(exercise, results, [catalogue[bug_id].sentence for bug_id in bugs], random)
    if part.left_out:
        message = f"{part.sentence} {message}"
    if not bugs and not random:
        questions = dict.fromkeys(_questions(exercise, results))
    verdict = _verdict(
        exercise,
        "failed",
        requirements,
        bugs=bugs,
        message=message,
        expression=None if bugs or random else _expression(results),
        question=" ".join(filter(None, questions)),
        case=case,
        hints=list(exercise.hints),
    )
    return with_line(verdict, found) if found is not None else verdict


def with_line(verdict: Verdict, found: Located) -> Verdict:
    """A verdict that shows the line at fault, too; nothing that counts in it is another."""
    if verdict.bugs:
        return replace(verdict, lines=list(found.lines))
    message = f"{sentence(found)} {verdict.message}"
    return replace(verdict, lines=list(found.lines), message=message, question=question(found))


def unreadable_verdict(exercise: Exercise, source: str) -> Verdict | None:
    """The verdict on an answer that Python cannot read; None where it can.

    Args:
        exercise: what it answers.
        source: the text of its cell.
    """
    found = unreadable(source)
    if found is None:
        return None
    requirements = [
        Requirement(line.name, False, "not tried: Python cannot read the answer")
        for line in exercise.requirements
    ]
    return _verdict(
        exercise,
        "failed",
        requirements,
        lines=[Line(found.number, found.line)],
        message=f"There is something, and Python cannot read it. {found.sentence}",
        question=found.question,
    )


def _verdict(exercise: Exercise, status: str, requirements: list[Requirement], **more: Any) -> Verdict:
    lines = zip(exercise.requirements, requirements, strict=True)
    earned = sum(asked.points for asked, line in lines if line.passed)
    score = 1.0 if status == "passed" else earned / exercise.points
    return Verdict(exercise.id, exercise.lesson, exercise.points, status, score, requirements, **more)


def _not_written(answers: Sequence[Answer]) -> bool:
    last = answers[-1]
    if isinstance(last, NoAnswer):
        return last.reason == "missing"
    return isinstance(last, Raised) and last.type == "NotImplementedError"


def _unanswered(exercise: Exercise, answer: Answer) -> Verdict:
    why = "The cell above still raises NotImplementedError."
    if isinstance(answer, NoAnswer):
        why = f"There is no function named {exercise.id}."
    requirements = [Requirement(line.name, False, "not written yet") for line in exercise.requirements]
    return _verdict(exercise, "unanswered", requirements, message=f"Nothing to check yet. {why}")


def _requirement(exercise: Exercise, name: str, results: Sequence[ProbeResult]) -> Requirement:
    if name == INPUTS_KEPT:
        return _inputs_kept(exercise, results)
    for result in results:
        if result.probe.requirement == name and result.failure is not None:
            return Requirement(name, False, messages.failure_message(exercise, result))
    return Requirement(name, True)


def _inputs_kept(exercise: Exercise, results: Sequence[ProbeResult]) -> Requirement:
    """Met by a function that changes nothing and gets something right: doing nothing earns nothing."""
    for result in results:
        for answer in _changing(result):
            what = messages.changed_words(exercise, answer.changed)
            return Requirement(INPUTS_KEPT, False, f"your function writes into {what}")
    if all(result.failure is not None for result in results):
        return Requirement(INPUTS_KEPT, False, "earned once one result is correct")
    return Requirement(INPUTS_KEPT, True)


def _answers_differently(exercise: Exercise, caller: Caller, results: Sequence[ProbeResult]) -> bool:
    """Whether a function that failed a probe answers the same probe in another way when asked again."""
    failing = next((one for one in results if one.failure is not None and one.returned), None)
    if failing is None or _not_comparable(failing):
        return False
    (again,) = collect_answers(caller, [failing.probe.script])
    if any(isinstance(answer, NoAnswer) for answer in again):
        return False
    return not same_answers(exercise, failing.expectation, failing.answers, again)


def _not_comparable(result: ProbeResult) -> bool:
    """Whether an answer is of a type that does not even equal itself here, complex numbers for example."""
    return not same_answers(result.expectation.exercise, result.expectation, result.answers, result.answers)


RANDOM = (
    "Called twice with the same arguments, your function returned different results: it uses random "
    "numbers, keeps state from one call to the next, or returns cells that it never filled."
)


def _message(
    exercise: Exercise, results: Sequence[ProbeResult], sentences: Sequence[str], random: bool
) -> str:
    if len(sentences) == 2:
        return f"Two mistakes at once: {sentences[0]} {sentences[1]}"
    if sentences:
        return sentences[0]
    if random:
        return RANDOM
    passing = [result for result in results if result.failure is None]
    failing = [result for result in results if result.failure is not None]
    if not failing:
        changed = next(answer.changed for result in results for answer in _changing(result))
        what = messages.changed_words(exercise, changed)
        return f"The results are right, but your function writes into {what}, which belongs to the caller."
    return messages.symptom(exercise, _most_telling(failing), passing)


def _expression(results: Sequence[ProbeResult]) -> Expression | None:
    """The learner's expression that the message is about, where arrays do not fit each other in it."""
    failing = [result for result in results if result.failure is not None]
    failure = _most_telling(failing).failure if failing else None
    if not isinstance(failure, Raised) or not failure.operands:
        return None
    return Expression(failure.expression, [Operand(*one) for one in failure.operands])


def _questions(exercise: Exercise, results: Sequence[ProbeResult]) -> list[str]:
    """What to ask oneself about a failure that has no name, where its kind is a common one."""
    failing = [result for result in results if result.failure is not None]
    why = cause(exercise, _most_telling(failing)) if failing else None
    return [why.question] if why is not None else []


def _most_telling(failing: Sequence[ProbeResult]) -> ProbeResult:
    """The first, unless that compares one value only: where there are several, they can show a pattern."""
    sizes = [
        one.failure.wrong.size if isinstance(one.failure, Difference) and one.failure.kind == "values" else 0
        for one in failing
    ]
    several = next((index for index, size in enumerate(sizes) if size > 1), 0)
    return failing[several if sizes[0] == 1 else 0]


def _changing(result: ProbeResult) -> list[Returned]:
    return [answer for answer in result.answers if isinstance(answer, Returned) and answer.changed]
