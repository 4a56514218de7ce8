"""Where a fault is: the line at which one small change of the learner's own text makes every probe right.

The search makes candidates from the text and compares their answers. Somebody else runs them: this process,
where the learner's function is, or a sandbox, of which nothing but answers is seen.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np

from autograder.judging.caller import ALONE
from autograder.judging.edits import Edit, applied, edits
from autograder.judging.results import ProbeResult, cells, evaluate, same_answers
from autograder.judging.verdict import Line
from autograder.judging.written import Definition, Written, written
from autograder.model.exercise import INPUTS_KEPT, Exercise
from autograder.protocol.calls import Answer, NoAnswer, Raised, Script
from autograder.protocol.candidates import STEPS, STEPS_SHARE, UNCOUNTED, Steps
from autograder.protocol.deadline import deadline
from autograder.protocol.running import TimeIsUp, run_untrusted

SECONDS = 2.0  # a learner waits no longer for a line
SECONDS_NAMED = 0.5  # where a bug is named already, the line is a later hint
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
    time_left = TimeLeft(seconds, clock)
    if time_left.over:
        return None
    text = written(function, source)
    if text is None:
        return None
    with ALONE:
        return search(
            exercise, text.definitions, results, _Here(exercise.id, text, guard, time_left), time_left
        )


class TimeLeft:
    """The time that a search has.

    Args:
        seconds: so many, from now on.
        clock: what counts them.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def seconds(self) -> float:
        """What is left: more than nothing, since a limit of nothing would be none."""
        return max(self._end - self._clock(), 0.001)

    @property
    def over(self) -> bool:
        """Whether the search has to end."""
        return self._clock() >= self._end

    def stop(self) -> None:
        """End it now."""
        self._end = self._clock()


class Runner(Protocol):
    """Whoever runs the definitions of a search with a change made in their trees."""

    def unchanged(self, script: Script) -> tuple[Answer, ...]:
        """What the text answers as it stands; candidates may take a few times the steps of that."""
        ...

    def answers(
        self, changed: Definition, edit: Edit, scripts: Sequence[Script]
    ) -> Iterator[tuple[Answer, ...]]:
        """What the text answers with an edit in one of its definitions, script by script as it is asked for.

        It ends early where the edit makes no Python.
        """
        ...


def search(
    exercise: Exercise,
    definitions: Sequence[Definition],
    results: Sequence[ProbeResult],
    runner: Runner,
    time_left: TimeLeft,
) -> Located | None:
    """Search for the line.

    Args:
        exercise: what the function answers.
        definitions: the function's own, then its helpers'.
        results: what it made of every probe; one of them at least is wrong.
        runner: who runs the candidates.
        time_left: the time there is.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a candidate may be odd Python
        return _Search(exercise, definitions, results, runner, time_left).run()


class _Here:
    """Runs candidates in this process."""

    def __init__(self, name: str, text: Written, guard: bool, time_left: TimeLeft) -> None:
        self.name = name
        self.text = text
        self.guard = guard
        self.time_left = time_left
        self.most = STEPS

    def unchanged(self, script: Script) -> tuple[Answer, ...]:
        steps = Steps(UNCOUNTED)
        function = self._made(steps)
        if function is None:
            return ()
        answers = self._asked(function, script)
        self.most = max(STEPS, STEPS_SHARE * steps.taken)
        return answers

    def answers(
        self, changed: Definition, edit: Edit, scripts: Sequence[Script]
    ) -> Iterator[tuple[Answer, ...]]:
        steps = Steps(self.most)
        function = None
        for script in scripts:
            if function is None or self.text.space.state:  # what a call left behind is gone before the next
                with applied(edit):
                    function = self._made(steps, changed)
            if function is None:
                return
            steps.taken = 0
            yield self._asked(function, script)

    def _made(self, steps: Steps, changed: Definition | None = None) -> Callable[..., Any] | None:
        """The function; None where it is no Python, or a default or decorator cannot be computed."""
        try:
            with deadline(self.time_left.seconds, TimeIsUp):
                return self.text.function(steps, changed)
        except (Exception, TimeIsUp):
            return None

    def _asked(self, function: Callable[..., Any], script: Script) -> tuple[Answer, ...]:
        left = self.time_left.seconds
        return run_untrusted(
            {self.name: function}, script, guard=self.guard, limit=lambda: deadline(left, TimeIsUp)
        )


@dataclass(frozen=True, eq=False)
class _Candidate:
    definition: Definition
    edit: Edit
    cost: float


class _Search:
    def __init__(
        self,
        exercise: Exercise,
        definitions: Sequence[Definition],
        results: Sequence[ProbeResult],
        runner: Runner,
        time_left: TimeLeft,
    ) -> None:
        self.exercise = exercise
        self.definitions = definitions
        self.runner = runner
        self.time_left = time_left
        self.keeps_inputs = any(line.name == INPUTS_KEPT for line in exercise.requirements)
        failing = sorted((one for one in results if not self.right(one)), key=_size)
        self.first_failing = failing[:1]
        self.probes = [*failing, *(one for one in results if self.right(one))]
        self.partial: list[_Candidate] = []

    def run(self) -> Located | None:
        if not self.first_failing or not self.is_the_text():
            return None
        candidates = self.candidates()
        found: list[_Candidate] = []
        for candidate in candidates:
            if self.time_left.over or (found and candidate.cost > found[0].cost + ABOUT_AS_LIKELY):
                break
            if found and len(candidate.edit.lines) > len(found[0].edit.lines):
                continue  # the same in more places is no other explanation
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
        answers = self.runner.unchanged(failing.probe.script)
        if not answers or isinstance(answers[-1], NoAnswer):
            return False
        return same_answers(self.exercise, failing.expectation, failing.answers, answers)

    def candidates(self) -> list[_Candidate]:
        kinds = self.argument_kinds()
        found = [
            _Candidate(one, edit, edit.cost + (HELPER if number else 0.0))
            for number, one in enumerate(self.definitions)
            for edit in edits(one.tree, *(kinds if number == 0 else ((), ())))
        ]
        return sorted(found, key=lambda candidate: candidate.cost)

    def argument_kinds(self) -> tuple[list[str], list[str], set[str]]:
        """The arguments that are integers in the failing call, those that are not, and keys of integers."""
        call = self.first_failing[0].probe.script[0]
        arguments = self.definitions[0].tree.args
        names = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
        passed = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
        integers = [name for name, value in passed.items() if type(value) is int]
        values = [name for name in passed if name not in integers and passed[name] is not None]
        return integers, values, set(_keys_of_integers(passed.values()))

    def pairs(self, candidates: Sequence[_Candidate]) -> Iterator[_Candidate]:
        """Two changes at once: those that make the smallest failing case right come first."""
        likely = candidates[: 4 * PAIRED]
        both = [(one, other) for one in self.partial[:PAIRED] for other in likely if one is not other]
        top = sorted(combinations(candidates[:PAIRED], 2), key=lambda pair: pair[0].cost + pair[1].cost)
        for one, other in [*both, *top]:
            if self.time_left.over:
                return
            joined = one.edit.joined(other.edit) if one.definition is other.definition else None
            if joined is not None and len(joined.lines) <= PLACES:
                yield _Candidate(one.definition, joined, one.cost + other.cost)

    def makes_right(self, candidate: _Candidate, late: bool = False) -> bool:
        """Whether every probe is right with this change; the first that is not decides."""
        scripts = [probe.probe.script for probe in self.probes]
        answered = self.runner.answers(candidate.definition, candidate.edit, scripts)
        for number, probe in enumerate(self.probes):
            if self.time_left.over:
                return False
            answers = next(answered, None)
            if answers is None:
                return False
            if not self.right(evaluate(probe.expectation, answers)):
                if number and not late:
                    self.partial.append(candidate)
                return False
        return True

    def right(self, result: ProbeResult) -> bool:
        return result.failure is None and not (self.keeps_inputs and result.changed)

    def located(self, found: Sequence[_Candidate]) -> Located | None:
        lines: dict[Line, None] = {}
        for candidate in found:
            text = candidate.definition.text
            lines.update(dict.fromkeys(Line(number, text[number]) for number in candidate.edit.lines))
        if len(lines) > PLACES:
            return None
        first = found[0]
        name = first.definition.name if first.definition is not self.definitions[0] else ""
        return Located(tuple(lines), first.edit.kind, name, alternatives=len(found) > 1)


def _keys_of_integers(values: Iterable[Any]) -> Iterator[str]:
    """The texts under which dicts among some values hold integers."""
    for value in values:
        if isinstance(value, dict):
            yield from (key for key, its in value.items() if isinstance(key, str) and type(its) is int)
        elif isinstance(value, (list, tuple)):
            yield from _keys_of_integers(value)


def _covers(candidate: _Candidate, found: _Candidate) -> bool:
    """Whether a change touches the line of one that was enough: it says nothing more."""
    return candidate.definition is found.definition and set(found.edit.lines) <= set(candidate.edit.lines)


def _size(result: ProbeResult) -> tuple[bool, float]:
    """Small cases first; those that returned say more than exceptions."""
    sizes = [cells(value) for call in result.probe.script for value in (*call.args, *call.kwargs.values())]
    return isinstance(result.failure, (Raised, NoAnswer)), sum(sizes)


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
    "result": "What does the exercise's text promise that comes back?",
    "place": "How often does this line run, and how often should it?",
    "call": "What does the call on this line do to what it is given? Is it needed here?",
    "value": "What is the value of this line in the smallest case, and what should it be?",
}  # fmt: skip


def question(found: Located) -> str:
    """What to ask oneself about the line."""
    return _QUESTIONS[found.kind]
