"""A wrong function out of a right one: some of its text replaced by what a learner would have written."""

from __future__ import annotations
import __future__

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograder.adaptations import syntax_tree

Function = Callable[..., Any]
Changes = Mapping[str, str]

_FLAGS = __future__.annotations.compiler_flag


class PatchError(ValueError):
    """A text to replace that is not there, or is there more than once."""


@dataclass(frozen=True)
class Patch:
    """A replacement, placed: lines `first` to `last` of a way's text (from 0) become `lines`."""

    first: int
    last: int
    lines: tuple[str, ...]

    def overlaps(self, other: Patch) -> bool:
        """Whether both touch a line."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, eq=False)
class Way:
    """A right answer, written in one style.

    Attributes:
        name: the name of its definition.
        function: what it computes.
    """

    name: str
    function: Function

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Its source from `def` on, without decorators and without the indentation that all lines share.

        Raises:
            PatchError: the source cannot be read.
        """
        try:
            source = textwrap.dedent(inspect.getsource(self.function))
            definition = syntax_tree(source).body[0]
        except (OSError, TypeError, SyntaxError) as error:
            raise PatchError(f"the source of {self.name} cannot be read: {error}") from None
        if not isinstance(definition, ast.FunctionDef):
            raise PatchError(f"{self.name} is not written with def")
        return tuple(source.rstrip().splitlines()[definition.lineno - 1 :])

    def find(self, text: str) -> list[int]:
        """The lines (from 0) at which a text occurs, one entry for each occurrence.

        A text of one line is any part of a line. A text of several lines is whole lines, indented in
        themselves as the way's are.
        """
        wanted = textwrap.dedent(text).strip("\n").splitlines()
        if len(wanted) == 1:
            return [number for number, line in enumerate(self.lines) for _ in range(line.count(text))]
        return [
            number
            for number in range(len(self.lines) - len(wanted) + 1)
            if _same_block(self.lines[number : number + len(wanted)], wanted)
        ]

    def place(self, changes: Changes) -> list[Patch] | None:
        """Where each text of a change lies in this way; None where one of them is not in it.

        Raises:
            PatchError: a text occurs more than once, or two texts share a line.
        """
        found = {text: self.find(text) for text in changes}
        if not all(found.values()):
            return None
        for text, places in found.items():
            if len(places) > 1:
                numbers = ", ".join(str(number + 1) for number in places)
                raise PatchError(
                    f"{text!r} occurs {len(places)} times in {self.name} (its lines {numbers}); "
                    "take more of the line, so that it occurs once"
                )
        by_line: dict[int, list[str]] = {}
        for text, (number,) in found.items():
            by_line.setdefault(number, []).append(text)
        patches = [
            self._patch(number, {text: changes[text] for text in by_line[number]}) for number in by_line
        ]
        for index, one in enumerate(patches):
            if any(one.overlaps(other) for other in patches[index + 1 :]):
                raise PatchError(f"two texts of one change share a line of {self.name}")
        return patches

    def _patch(self, number: int, changes: Changes) -> Patch:
        line = self.lines[number]
        indent = line[: len(line) - len(line.lstrip())]
        if len(changes) == 1:
            ((old, new),) = changes.items()
            height = len(textwrap.dedent(old).strip("\n").splitlines())
            if height > 1:
                made = textwrap.indent(textwrap.dedent(new).strip("\n"), indent)
                return Patch(number, number + height - 1, tuple(made.splitlines()))
        for old, new in changes.items():
            line = line.replace(old, textwrap.dedent(new).strip("\n").replace("\n", "\n" + indent))
        return Patch(number, number, tuple(line.splitlines()))

    def patched(self, patches: Sequence[Patch], name: str, doc: str) -> Function:
        """The function that this way becomes.

        Args:
            patches: what is replaced; no two of them share a line.
            name, doc: its name and docstring.

        Raises:
            PatchError: the new text is no Python.
        """
        lines = list(self.lines)
        for patch in sorted(patches, key=lambda patch: patch.first, reverse=True):
            lines[patch.first : patch.last + 1] = patch.lines
        space: dict[str, Any] = {}
        try:
            code = compile("\n".join(lines), f"<{name}>", "exec", flags=_FLAGS, dont_inherit=True)
            exec(code, self.function.__globals__, space)
        except SyntaxError as error:
            line = (error.text or "").strip()
            raise PatchError(
                f"in {self.name}, what it becomes is not Python: {error.msg}: {line!r}"
            ) from None
        (function,) = space.values()
        function.__name__ = function.__qualname__ = name
        function.__doc__ = doc
        return function  # type: ignore[no-any-return]


def _same_block(lines: Sequence[str], wanted: Sequence[str]) -> bool:
    return textwrap.dedent("\n".join(lines)).splitlines() == list(wanted)
