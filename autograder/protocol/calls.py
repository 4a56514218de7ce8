"""What is asked of a learner's function and what came back, as plain values.

The one language that probes, the in-process caller and the sandbox share. It knows neither exercises nor
kernels, and needs NumPy alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class SeededRng:
    """An argument that becomes `numpy.random.default_rng(seed)` where the call is made."""

    seed: int


@dataclass(frozen=True)
class NamedFunction:
    """An argument that becomes a function out of a small fixed registry (see `named_functions`)."""

    name: str


@dataclass(frozen=True)
class PreviousResult:
    """The result of an earlier call of the same script, kept where it was made (train, then predict)."""

    index: int


@dataclass(frozen=True)
class Call:
    """One call: `function` is the learner's function by name, or an earlier result that can be called.

    `withheld` names the functions of convlib that raise meanwhile; empty means the one of the same name.
    """

    function: str | PreviousResult
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()


Script = tuple[Call, ...]


@dataclass(frozen=True)
class Returned:
    """The call came back.

    Attributes:
        value: arrays, numbers, strings, None, tuples, lists and dicts of them; anything else is an `Opaque`.
        changed: the positions (int) and keywords (str) of arguments that the call modified, with their new
            values. Where a dict got another array, what counts is the one that was passed: whoever held it
            sees that one.
    """

    value: Any
    changed: Mapping[int | str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Raised:
    """The call raised: type and message, and where in the learner's own code (line 0: nowhere in it).

    Where arrays do not fit each other, `expression` is the part of the line that raised, and `operands` are
    the texts of its operands, each with its shape in words.
    """

    type: str
    message: str
    line: int = 0
    source: str = ""
    expression: str = ""
    operands: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NoAnswer:
    """The call never came back: `timeout`, `crash`, `memory`, `too large` or `missing` (no such function)."""

    reason: str


@dataclass(frozen=True)
class Opaque:
    """A value that is no array, number, string, tuple, list or dict: its type's name is all that travels."""

    type: str


Answer = Returned | Raised | NoAnswer


class Caller(Protocol):
    """Whoever can call a learner's functions: in this process, or in a sandbox."""

    def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """Run each script afresh.

        Returns:
            For each script the answers of its calls in order, ending at the first that did not return.
        """
        ...
