"""What the judge says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Requirement:
    """One line of a verdict: met, or why not."""

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True)
class Verdict:
    """What is right, what is wrong and why, as the learner reads it.

    Attributes:
        exercise, lesson, points: which exercise, and what it can earn.
        status: "passed", "failed" or "unanswered".
        score: 0 to 1, the weight of the requirements that are met.
        requirements: one by one.
        bugs: ids of the named bugs; two where a pair matched, none where nothing is sure.
        message: the sentence to read first.
        question: what to ask oneself; may be empty.
        case: the smallest failing case as plain JSON (see judging.case), or None.
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
    message: str = ""
    question: str = ""
    case: Mapping[str, Any] | None = None
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
        values = {name: data[name] for name in cls.__dataclass_fields__}
        values["requirements"] = [Requirement(**line) for line in values["requirements"]]
        return cls(**values)

    def _repr_html_(self) -> str:
        from autograder import report

        return report.html(self.to_json())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": str(self)}

    def __str__(self) -> str:
        from autograder import report

        return report.text(self.to_json())
