"""The lines at fault in graded answers: looked for last, in the sandbox, for a set time.

What is found is shown and never counted: a verdict gets lines, a sentence and a question, and keeps its
score. Candidates are made here, from the text of the student's cells, and run there; what they answer is
trusted as little as any answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from autograder.judging import Verdict, with_line
from autograder.judging.edits import Edit, applied
from autograder.judging.locate import TimeLeft, search
from autograder.judging.results import ProbeResult
from autograder.judging.written import Definition, read_by, written_in
from autograder.model.exercise import Exercise
from autograder.protocol.calls import Answer, NoAnswer, Script
from autograder.protocol.candidates import Candidate, packed

MOST_ENDS = 2  # kernels of one submission that candidates may bring down


class Kernel(Protocol):
    """Where candidates run."""

    def candidate(self, candidate: Candidate, script: Script) -> tuple[Answer, ...]:
        """What a changed text answers to a script."""
        ...


@dataclass
class Wrong:
    """A wrong answer without a named bug, as it was judged.

    Attributes:
        exercise: what it answers.
        verdict: on it.
        results: what it made of every probe.
        cells: the code cells up to it, its own among them.
    """

    exercise: Exercise
    verdict: Verdict
    results: Sequence[ProbeResult]
    cells: Sequence[str]


@dataclass
class Locating:
    """A submission's search.

    Args:
        kernel: which holds the student's cells.
        seconds: for all of its answers together.
    """

    kernel: Kernel
    seconds: float
    ends: int = field(default=0, init=False)

    def verdicts(self, wrong: Sequence[Wrong]) -> list[Verdict]:
        """The verdicts again, with lines where they were found; they share the time."""
        found = [one.verdict for one in wrong]
        time_left = TimeLeft(self.seconds)
        for number, one in enumerate(wrong):
            if time_left.over or self.ends >= MOST_ENDS:
                break
            found[number] = self._with_line(one, TimeLeft(time_left.seconds / (len(wrong) - number)))
        return found

    def _with_line(self, wrong: Wrong, time_left: TimeLeft) -> Verdict:
        """A verdict, with its line if there is one; whatever the text does to the search, it is graded."""
        try:
            definitions = written_in(wrong.cells, wrong.exercise.id)
            if definitions is None:
                return wrong.verdict
            runner = _InSandbox(self, definitions, time_left)
            line = search(wrong.exercise, definitions, wrong.results, runner, time_left)
        except Exception:
            return wrong.verdict
        return with_line(wrong.verdict, line) if line is not None else wrong.verdict

    def ended(self, time_left: TimeLeft) -> None:
        """Count a kernel that a candidate brought down."""
        self.ends += 1
        if self.ends >= MOST_ENDS:
            time_left.stop()


class _InSandbox:
    """Runs the candidates of one answer in the submission's kernel."""

    def __init__(self, locating: Locating, definitions: Sequence[Definition], time_left: TimeLeft) -> None:
        self.locating = locating
        self.definitions = definitions
        self.time_left = time_left
        self.codes = [packed(one.compiled()) for one in definitions]
        self.read = sorted(read_by(definitions))

    def unchanged(self, script: Script) -> tuple[Answer, ...]:
        return self._asked(self.codes, script, unchanged=True)

    def answers(
        self, changed: Definition, edit: Edit, scripts: Sequence[Script]
    ) -> Iterator[tuple[Answer, ...]]:
        try:
            with applied(edit):
                code = packed(changed.compiled())
        except (SyntaxError, TypeError, ValueError, RecursionError):
            return
        own = zip(self.definitions, self.codes, strict=True)
        codes = [code if one is changed else before for one, before in own]
        for script in scripts:
            yield self._asked(codes, script)

    def _asked(self, codes: Sequence[bytes], script: Script, unchanged: bool = False) -> tuple[Answer, ...]:
        name = self.definitions[0].name
        candidate = Candidate(name, codes, self.read, unchanged, self.time_left.seconds)
        answers = self.locating.kernel.candidate(candidate, script)
        if isinstance(answers[-1], NoAnswer) and answers[-1].reason in ("crash", "memory"):
            self.locating.ended(self.time_left)
        return answers
