"""Where a fault is: the line at which one small change of the learner's own text makes every probe right."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from autograder.judging.caller import ALONE
from autograder.judging.edits import Edit, applied, edits
from autograder.judging.results import ProbeResult, evaluate, same_answers
from autograder.judging.verdict import Line
from autograder.judging.written import Definition, Steps, Written, written
from autograder.model.exercise import INPUTS_KEPT, Exercise
from autograder.protocol.calls import Answer, NoAnswer, Raised
from autograder.protocol.deadline import deadline
from autograder.protocol.running import TimeIsUp, run_untrusted

SECONDS = 2.0  # a learner waits no longer for a line
SECONDS_NAMED = 0.5  # where a bug is named already, the line is a later hint
STEPS = 20_000  # that a candidate may take on a probe, beside a few times what the learner's own text takes
ABOUT_AS_LIKELY = 0.5  # a change at another line that costs so much more makes the first one doubtful
HELPER = 0.4  # what a change in a helper costs more: the exercise is about the function
PLACES = 2  # more places than these, each enough alone, say nothing
PAIRED = 60  # the likeliest changes are also made two at a time


@dataclass(frozen=True)
class Located:
    """What was found.

    Attributes:
        lines: one, or two.
        kind: what the first of them is for, one of `edits.KINDS`.
        helper: the name of the function that the first lies in, where it is not the one asked for.
        alternatives: whether a change at either line would be enough; else the lines belong together.
    """

    lines: tuple[Line, ...]
    kind: str
    helper: str = ""
    alternatives: bool = False


def locate(
    exercise: Exercise,
    function: Callable[..., Any],
    results: Sequence[ProbeResult],
    source: str | None = None,
    seconds: float = SECONDS,
    guard: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> Located | None:
    """Search for the line, for so many seconds at most.

    Args:
        exercise: what the function answers.
        function: the learner's.
        results: what it made of every probe; one of them at least is wrong.
        source: the text that defines it and its helpers, where inspect cannot find it.
        seconds: the time there is.
        guard: whether convlib's own versions raise meanwhile.
        clock: what counts the seconds.

    Returns:
        None where no small change is enough, or changes at too many places are.
    """
    end = clock() + seconds
    text = written(function, source)
    if text is None:
        return None
    with ALONE, np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a candidate may be odd Python
        return _Search(exercise, text, results, end, guard, clock).run()


@dataclass(frozen=True, eq=False)
class _Candidate:
    definition: Definition
    edit: Edit
    cost: float


class _Search:
    def __init__(
        self,
        exercise: Exercise,
        text: Written,
        results: Sequence[ProbeResult],
        end: float,
        guard: bool,
        clock: Callable[[], float],
    ) -> None:
        self.exercise = exercise
        self.text = text
        self.end = end
        self.guard = guard
        self.clock = clock
        self.keeps_inputs = any(line.name == INPUTS_KEPT for line in exercise.requirements)
        failing = sorted((one for one in results if not self.right(one)), key=_size)
        self.first_failing = failing[:1]
        self.probes = [*failing, *(one for one in results if self.right(one))]
        self.steps = STEPS
        self.partial: list[_Candidate] = []

    def run(self) -> Located | None:
        if not self.first_failing or not self.is_the_text():
            return None
        candidates = self.candidates()
        found: list[_Candidate] = []
        for candidate in candidates:
            if self.over() or (found and candidate.cost > found[0].cost + ABOUT_AS_LIKELY):
                break
            if not any(_covers(candidate, other) for other in found) and self.makes_right(candidate):
                found.append(candidate)
                if len(found) > PLACES:
                    return None
        if not found:
            pair = next((one for one in self.pairs(candidates) if self.makes_right(one, late=True)), None)
            found = [pair] if pair is not None else []
        return self.located(found) if found else None

    def is_the_text(self) -> bool:
        """Whether the text, unchanged, answers as the function did: a cell may have been edited since."""
        failing = self.first_failing[0]
        steps = Steps(10**9)
        function = self.made(steps)
        if function is None:
            return False
        answers = self.answers(function, failing)
        self.steps = max(STEPS, 4 * steps.taken)
        if isinstance(answers[-1], NoAnswer):
            return False
        return same_answers(self.exercise, failing.expectation, failing.answers, answers)

    def candidates(self) -> list[_Candidate]:
        integers, values = self.argument_kinds()
        found = [
            _Candidate(one, edit, edit.cost + (HELPER if number else 0.0))
            for number, one in enumerate(self.text.definitions)
            for edit in edits(one.tree, *((integers, values) if number == 0 else ((), ())))
        ]
        return sorted(found, key=lambda candidate: candidate.cost)

    def argument_kinds(self) -> tuple[list[str], list[str]]:
        """The arguments that are integers in the failing call, and those that are not."""
        call = self.first_failing[0].probe.script[0]
        arguments = self.text.definitions[0].tree.args
        names = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
        passed = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
        integers = [name for name, value in passed.items() if type(value) is int]
        return integers, [name for name in passed if name not in integers and passed[name] is not None]

    def pairs(self, candidates: Sequence[_Candidate]) -> Iterator[_Candidate]:
        """Two changes at once: those that make the smallest failing case right come first."""
        likely = candidates[: 4 * PAIRED]
        both = [(one, other) for one in self.partial[:PAIRED] for other in likely if one is not other]
        top = sorted(combinations(candidates[:PAIRED], 2), key=lambda pair: pair[0].cost + pair[1].cost)
        for one, other in [*both, *top]:
            if self.over():
                return
            joined = one.edit.joined(other.edit) if one.definition is other.definition else None
            if joined is not None and len(joined.lines) <= PLACES:
                yield _Candidate(one.definition, joined, one.cost + other.cost)

    def makes_right(self, candidate: _Candidate, late: bool = False) -> bool:
        """Whether every probe is right with this change; the first that is not decides."""
        with applied(candidate.edit):
            steps = Steps(self.steps)
            function = self.made(steps, candidate.definition)
        for number, probe in enumerate(self.probes):
            if self.over():
                return False
            if number and self.text.state:  # what a call left behind is gone before the next
                with applied(candidate.edit):
                    function = self.made(steps, candidate.definition)
            if function is None:
                return False
            steps.taken = 0
            answers = self.answers(function, probe)
            if not self.right(evaluate(probe.expectation, answers)):
                if number and not late:
                    self.partial.append(candidate)
                return False
        return True

    def made(self, steps: Steps, changed: Definition | None = None) -> Callable[..., Any] | None:
        """The function; None where it is no Python, or a default or decorator cannot be computed."""
        try:
            with deadline(self.left(), TimeIsUp):
                return self.text.function(steps, changed)
        except (Exception, TimeIsUp):
            return None

    def answers(self, function: Callable[..., Any], probe: ProbeResult) -> tuple[Answer, ...]:
        left = self.left()
        return run_untrusted(
            {self.exercise.id: function},
            probe.probe.script,
            guard=self.guard,
            limit=lambda: deadline(left, TimeIsUp),
        )

    def right(self, result: ProbeResult) -> bool:
        return result.failure is None and not (self.keeps_inputs and result.changed)

    def left(self) -> float:
        return max(self.end - self.clock(), 0.001)

    def over(self) -> bool:
        return self.clock() >= self.end

    def located(self, found: Sequence[_Candidate]) -> Located | None:
        lines: dict[Line, None] = {}
        for candidate in found:
            text = candidate.definition.text
            lines.update(dict.fromkeys(Line(number, text[number]) for number in candidate.edit.lines))
        if len(lines) > PLACES:
            return None
        first = found[0]
        name = first.definition.name if first.definition is not self.text.definitions[0] else ""
        return Located(tuple(lines), first.edit.kind, name, alternatives=len(found) > 1)


def _covers(candidate: _Candidate, found: _Candidate) -> bool:
    """Whether a change touches the line of one that was enough: it says nothing more."""
    return candidate.definition is found.definition and set(found.edit.lines) <= set(candidate.edit.lines)


def _size(result: ProbeResult) -> tuple[bool, float]:
    """Small cases first; those that returned say more than exceptions."""
    sizes = [_cells(value) for call in result.probe.script for value in (*call.args, *call.kwargs.values())]
    return isinstance(result.failure, (Raised, NoAnswer)), sum(sizes)


def _cells(value: Any) -> float:
    if isinstance(value, np.ndarray):
        return float(value.size)
    if isinstance(value, dict):
        return sum(map(_cells, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_cells, value))
    return 1.0


def sentence(found: Located) -> str:
    """Where the fault is, in words; never what to write there."""
    lines = [f"line {line.number}, `{line.text}`" for line in found.lines]
    owner = f"in your `{found.helper}`, " if found.helper else "your "
    if len(lines) == 1:
        return f"One line keeps the rest from being right: {owner}{lines[0]}."
    if found.alternatives:
        return f"One of two lines keeps the rest from being right: {owner}{' or '.join(lines)}."
    return f"Two lines together keep the rest from being right: {owner}{' and '.join(lines)}."


_QUESTIONS = {
    "accumulate": "What should happen here to the value that was there before?",
    "constant": "Where does each number on this line come from? Say what it stands for.",
    "operator": "Compute this line by hand for the smallest case. Which operation gives an unexpected value?",
    "name": "Say in words what each name on this line stands for. Which of them belongs here?",
    "range": "Over which values does this loop have to run? Write down its first and its last.",
    "size": "This line decides a size. Which sizes, strides and pads does that size depend on?",
    "index": "This line decides which cell is read or written. What do stride, pad and loop do to it?",
    "slice": "This line cuts out a part. Which cells are its first and its last, for every stride and pad?",
    "padding": "This line adds a border. On which axes, on which sides, and how wide?",
    "reduction": "This line reduces an array. Which axes should be gone afterwards?",
    "dtype": "Which type do the numbers have after this line? Can it hold every result?",
    "order": "In which order are the values of this line expected?",
    "condition": "For which values is this condition true? Try the ones at its edge.",
    "statement": "What does this line do to the result? Follow it through the smallest case.",
    "place": "How often does this line run, and how often should it?",
    "call": "What does the call on this line do to what it is given? Is it needed here?",
    "value": "What is the value of this line in the smallest case, and what should it be?",
}  # fmt: skip


def question(found: Located) -> str:
    """What to ask oneself about the line."""
    return _QUESTIONS[found.kind]
