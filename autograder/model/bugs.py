"""Bugs: what learners write in place of the right line, and what a verdict says of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from autograder.model.patches import Changes, Function, Patch, PatchError, Way

Wrap = Callable[[Function], Function]

VARIANTS_IN_PAIRS = 2  # of each bug in each way: the search for two bugs at once must stay short


@dataclass(frozen=True)
class Spelling:
    """One way to write a bug: texts of a way and what stands there instead; `way` limits it to one way."""

    changes: Changes
    way: str = ""


@dataclass(frozen=True, eq=False)
class Variant:
    """A bug as one function.

    Attributes:
        function: the wrong function.
        way, patches: the way that was changed, and where; None and () for a bug that is a whole function.
        wrap: what was done around the whole function, for a common bug.
        slot: what a common bug is about: two of one slot do not combine.
    """

    function: Function
    way: Way | None = None
    patches: tuple[Patch, ...] = ()
    wrap: Wrap | None = None
    slot: str = ""


@dataclass(frozen=True, eq=False)
class Bug:
    """A misconception.

    Attributes:
        id: snake_case.
        sentence: what is wrong and why, as the learner reads it.
        question: what to ask oneself; may be empty.
        ways: the right answers of its exercise.
        spellings: what learners write.
        wrong: the whole wrong function, where the bug is no change of a way.
        wrap: what it does around any right answer, for a common bug; `slot` says what that is about.
    """

    id: str
    sentence: str
    question: str
    ways: Sequence[Way] = ()
    spellings: tuple[Spelling, ...] = ()
    wrong: Function | None = None
    wrap: Wrap | None = None
    slot: str = ""

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """Its functions: each spelling in each way that holds its texts.

        Raises:
            PatchError: a text is in no way, or more than once in one.
        """
        if self.wrong is not None:
            return (Variant(_named(self.wrong, self)),)
        if self.wrap is not None:
            return tuple(
                Variant(_named(self.wrap(way.function), self), way, (), self.wrap, self.slot)
                for way in self.ways
            )
        return tuple(variant for spelling in self.spellings for variant in self._spelled(spelling))

    @cached_property
    def combining(self) -> tuple[Variant, ...]:
        """Those of them that are tried together with other bugs'."""
        taken: dict[Way, int] = {}
        chosen = []
        for variant in self.variants:
            if variant.way is not None and taken.setdefault(variant.way, 0) < VARIANTS_IN_PAIRS:
                taken[variant.way] += 1
                chosen.append(variant)
        return tuple(chosen)

    def _spelled(self, spelling: Spelling) -> Iterator[Variant]:
        ways = [way for way in self.ways if spelling.way in ("", way.name)]
        count = 0
        for way in ways:
            patches = way.place(spelling.changes)
            if patches is not None:
                count += 1
                yield Variant(way.patched(patches, self.id, self.sentence), way, tuple(patches))
        if not count:
            raise PatchError(_not_there(spelling, ways))

    @property
    def functions(self) -> tuple[Function, ...]:
        """Its functions, the plainest first."""
        return tuple(variant.function for variant in self.variants)


def _not_there(spelling: Spelling, ways: Sequence[Way]) -> str:
    names = ", ".join(way.name for way in ways) or f"no way is named {spelling.way!r}"
    for text in spelling.changes:
        if not any(way.find(text) for way in ways):
            return f"{text!r} does not occur in {names}"
    return f"no way holds all the texts of {dict(spelling.changes)!r}; looked in {names}"


def _named(function: Function, bug: Bug) -> Function:
    function.__name__ = function.__qualname__ = bug.id
    function.__doc__ = bug.sentence
    return function


class Pair(NamedTuple):
    """Two bugs at once.

    Attributes:
        names: their ids.
        function: what has both.
        alone: the functions that have one each.
    """

    names: tuple[str, str]
    function: Callable[[], Function]
    alone: tuple[Function, Function]


def pairs(first: Bug, second: Bug) -> Iterator[Pair]:
    """The functions that have both bugs: in each way the changes of both, on different lines.

    They are compiled when first asked for: most pairs are ruled out before.
    """
    for one, other in product(first.combining, second.combining):
        if one.way is not other.way or one.way is None:
            continue
        if one.slot and one.slot == other.slot:
            continue
        if any(a.overlaps(b) for a in one.patches for b in other.patches):
            continue
        name = f"{first.id}+{second.id}"
        yield Pair((first.id, second.id), _Both(one, other, name), (one.function, other.function))


class _Both:
    """Two variants of one way as one function, made when it is first asked for."""

    __slots__ = ("_function", "_name", "_variants")

    def __init__(self, one: Variant, other: Variant, name: str) -> None:
        self._variants = (one, other)
        self._name = name
        self._function: Function | None = None

    def __call__(self) -> Function:
        if self._function is None:
            self._function = self._made()
        return self._function

    def _made(self) -> Function:
        one, other = self._variants
        way = one.way
        assert way is not None
        patches = (*one.patches, *other.patches)
        function = way.patched(patches, self._name, "") if patches else way.function
        for variant in self._variants:
            if variant.wrap is not None:
                function = variant.wrap(function)
        return function


# Bugs that any function can have.


@dataclass(frozen=True)
class CommonBug:
    """A bug that is the same in every exercise.

    Attributes:
        id, sentence, question: see `Bug`.
        wrap: makes a right function wrong.
        slot: what it is about; two of one slot do not combine.
    """

    id: str
    sentence: str
    question: str
    wrap: Wrap
    slot: str

    def named(self, bug_id: str, sentence: str = "", *, ask: str = "") -> CommonBug:
        """The same under another id, or with words that fit the exercise better."""
        return replace(self, id=bug_id, sentence=sentence or self.sentence, question=ask or self.question)

    def of(self, ways: Sequence[Way]) -> Bug:
        """The bug of an exercise with these ways."""
        return Bug(self.id, self.sentence, self.question, ways, wrap=self.wrap, slot=self.slot)


def on_result(change: Callable[[Any], Any]) -> Wrap:
    """A function whose result is changed by `change`."""

    def wrap(function: Function) -> Function:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return change(function(*args, **kwargs))

        return wrapped

    return wrap


def _truncated(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(_truncated(one) for one in value)
    if isinstance(value, dict):
        return {key: _truncated(one) for key, one in value.items()}
    return np.trunc(value)


returns_nothing = CommonBug(
    "returns_nothing",
    "Your function returns None: it has no return statement, or one without a value.",
    "Which line of your function hands the result over?",
    on_result(lambda value: None),
    "result",
)

integer_result = CommonBug(
    "integer_buffer",
    "Everything after the decimal point is lost: an array of integers cannot hold your results.",
    "What is the dtype of your output array?",
    on_result(_truncated),
    "result",
)


def modifies(argument: str, bug_id: str = "input_modified") -> CommonBug:
    """The bug of writing into an argument, which belongs to the caller.

    Args:
        argument: the parameter's name; an array, or a list or dict of them.
        bug_id: how the bug is called.
    """

    def wrap(function: Function) -> Function:
        names = list(inspect.signature(function).parameters)
        if argument not in names:
            raise PatchError(f"no argument of {function.__name__} is called {argument!r}: {', '.join(names)}")
        position = names.index(argument)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            _overwrite(kwargs[argument] if argument in kwargs else args[position])
            return result

        return wrapped

    return CommonBug(
        bug_id,
        f"Your function does more than return its result: it writes into {argument}, "
        "which belongs to the caller.",
        f"If your function is called twice with the same {argument}, what does the second call see?",
        wrap,
        f"argument {argument}",
    )


def _overwrite(value: Any) -> None:
    if isinstance(value, np.ndarray):
        value.fill(0)
    elif isinstance(value, dict):
        for one in value.values():
            _overwrite(one)
    elif isinstance(value, list):
        value.clear()
