"""What the judge says, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

Number = float | str  # JSON has no nan and no infinity: "nan", "inf" and "-inf" stand for them
Cell = tuple[int, ...]


@dataclass(frozen=True)
class Requirement:
    """One line of a verdict: met, or why not."""

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the learner's own text, counted from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class Operand:
    """A part of an expression, and its shape in words."""

    text: str
    shape: str


@dataclass(frozen=True)
class Expression:
    """A part of the learner's own text at which arrays do not fit each other."""

    text: str
    operands: list[Operand]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Expression:
        """What `dataclasses.asdict` wrote."""
        return cls(data["text"], [Operand(**one) for one in data["operands"]])


@dataclass(frozen=True)
class Panel:
    """A plane of numbers to draw.

    Attributes:
        name: what it shows: "x, channel 1".
        rows: the numbers.
        shape: of the whole array that the plane is cut from.
        cell: the cell to mark, row and column, or None.
        expected, yours: for an input: the cells that the result depends on, the reference's and the
            learner's; None where this was not found out.
    """

    name: str
    rows: list[list[Number]]
    shape: list[int]
    cell: list[int] | None = None
    expected: list[list[int]] | None = None
    yours: list[list[int]] | None = None


@dataclass(frozen=True)
class Counterexample:
    """The smallest case that fails, ready to be drawn.

    Attributes:
        call: as the learner would type it.
        result: of several results, which one is shown.
        cell_words: the cell that is looked at: "row 0, column 1"; empty for the only one.
        raised: the exception in words, where there was one.
        sentence: what the cell looks at and should look at, or how the shapes differ; may be empty.
        inputs: the arguments.
        expected, yours: the results; None where there is nothing to draw.
        expected_value, yours_value: of the cell.
        expected_sum, yours_sum: its computation written out, or empty.
    """

    call: str
    result: str = ""
    cell_words: str = ""
    raised: str = ""
    sentence: str = ""
    inputs: list[Panel] = field(default_factory=list)
    expected: Panel | None = None
    yours: Panel | None = None
    expected_value: Number | None = None
    yours_value: Number | None = None
    expected_sum: str = ""
    yours_sum: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Counterexample:
        """What `dataclasses.asdict` wrote."""
        values = dict(data)
        values["inputs"] = [Panel(**panel) for panel in data["inputs"]]
        for name in ("expected", "yours"):
            values[name] = Panel(**data[name]) if data[name] else None
        return cls(**values)


@dataclass(frozen=True)
class Verdict:
    """What is right, what is wrong and why, as the learner reads it.

    Attributes:
        exercise, lesson, points: which exercise, and what it can earn.
        status: "passed", "failed" or "unanswered".
        score: 0 to 1, the weight of the requirements that are met.
        requirements: one by one.
        bugs: ids of the named bugs; two where a pair matched, none where nothing is sure.
        lines: where in the learner's own text the fault is; empty where that is not sure.
        message: the sentence to read first.
        expression: where that is about arrays that do not fit each other: the learner's own expression.
        question: what to ask oneself; may be empty.
        case: the smallest failing case, or None.
        hints: sentences that unfold with attempts.
        attempt: how often this has been tried in this session; 0 outside of one.
    """

    exercise: str
    lesson: str
    points: float
    status: str
    score: float
    requirements: list[Requirement]
    bugs: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    message: str = ""
    expression: Expression | None = None
    question: str = ""
    case: Counterexample | None = None
    hints: list[str] = field(default_factory=list)
    attempt: int = 0

    @property
    def passed(self) -> bool:
        """Whether everything that was asked is met."""
        return self.status == "passed"

    def at_attempt(self, attempt: int) -> Verdict:
        """The same verdict, with the hints of this attempt unfolded."""
        return replace(self, attempt=attempt)

    def to_json(self) -> dict[str, Any]:
        """The whole verdict as plain dicts, lists, strings and numbers."""
        return {**asdict(self), "passed": self.passed}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """The verdict that `to_json` wrote."""
        values = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        values["requirements"] = [Requirement(**line) for line in values["requirements"]]
        values["lines"] = [Line(**line) for line in values["lines"]]
        values["case"] = Counterexample.from_json(values["case"]) if values["case"] else None
        found = values.get("expression")  # verdicts that were kept before there was one have none
        values["expression"] = Expression.from_json(found) if found else None
        return cls(**values)

    def _repr_html_(self) -> str:
        from autograder import report

        return report.html(self.to_json())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": str(self)}

    def __str__(self) -> str:
        from autograder import report

        return report.text(self.to_json())
