"""What an exercise is: a declaration, read by the judge.

An `Exercise` is a reference, the parts that earn points (each with the cases that decide it), and a
catalogue of bugs. It computes no verdict.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import combinations, product
from typing import Any

import numpy as np

from autograder.calls import Call, Earlier, Script
from autograder.model.bugs import Pair
from autograder.model.cases import Accepts, Array, Case, Draw, Probe, case
from autograder.model.exercise import FILTERS, INPUTS_KEPT, MAPS, VOLUME

SPELLINGS = 2  # of each bug, in pairs: the search must stay short

Function = Callable[..., Any]


@dataclass(frozen=True)
class Part:
    """What earns points by itself, and is one line of the verdict ("stride larger than one").

    Attributes:
        name: what the learner reads.
        points: what it earns.
        cases: all that must be right for it.
        result: of several results, the one alone that decides it ("dw").
    """

    name: str
    points: float
    cases: Callable[[Draw], Iterable[Case]] = lambda draw: ()
    result: str = ""


@dataclass(frozen=True)
class Bug:
    """A misconception: the wrong functions that it leads to, and what the learner reads.

    Attributes:
        id: snake_case.
        sentence: what is wrong, and why.
        question: what to ask oneself; may be empty.
        functions: the wrong function; then other spellings (one raises where the other cuts short, say).
        settings: for each function what it sets of the variant maker; empty when it cannot be combined.
        make: the variant maker.
    """

    id: str
    sentence: str
    question: str
    functions: tuple[Function, ...]
    settings: tuple[Mapping[str, Any], ...] = ()
    make: Function | None = None


def bugs(*functions: Function) -> tuple[Bug, ...]:
    """Bugs that are whole functions: name -> id, docstring -> sentence and, after a blank line, question."""
    made = []
    for function in functions:
        sentence, question = _texts(inspect.getdoc(function) or "")
        function.__doc__ = sentence
        made.append(Bug(function.__name__, sentence, question, (function,)))
    return tuple(made)


def variants(make: Function, table: Mapping[str, tuple[Any, ...]]) -> tuple[Bug, ...]:
    """Bugs that are settings of one maker, so that any two with different settings can be combined.

    Args:
        make: takes settings as keywords, returns the function that has them; without any it is right.
        table: id -> (settings, or a list of settings that spell the same misconception; docstring).
    """
    made = []
    for name, (settings, text) in table.items():
        spelled = tuple(settings) if isinstance(settings, list) else (settings,)
        functions = tuple(make(**chosen) for chosen in spelled)
        for function in functions:
            function.__name__ = name
            function.__doc__ = _texts(text)[0]
        made.append(Bug(name, *_texts(text), functions, spelled, make))
    return tuple(made)


def _texts(text: str) -> tuple[str, str]:
    sentence, _, question = inspect.cleandoc(text).partition("\n\n")
    return " ".join(sentence.split()), " ".join(question.split())


def tied_maxima(call: Call, expected: Any, got: Any, scale: float) -> bool:
    """Whether a max-pooling gradient splits every window's share among its tied maxima in some way.

    Windows that share a tied cell are looked at together: what flows into them must come out of them, and no
    cell may get more than the windows that point to it can give.
    """
    from convlib.reference import max_pool2d

    dout, x = (np.asarray(value, dtype=np.float64) for value in call.args[:2])
    size, stride = call.kwargs.get("size", 2), call.kwargs.get("stride")
    if not isinstance(got, (np.ndarray, list, tuple)):
        return False
    yours = np.asarray(got, dtype=np.float64)
    if yours.shape != np.shape(expected):
        return False
    KH, KW = (size, size) if np.ndim(size) == 0 else size
    SH, SW = (KH, KW) if stride is None else (stride, stride) if np.ndim(stride) == 0 else stride
    peaks = max_pool2d(x, size=size, stride=stride)
    group: dict[Any, Any] = {}

    def root(node: Any) -> Any:
        while group.setdefault(node, node) != node:
            node = group[node]
        return node

    most = np.zeros_like(yours)
    for window in np.ndindex(*dout.shape):
        n, i, j, c = window
        rows, columns = range(i * SH, i * SH + KH), range(j * SW, j * SW + KW)
        for cell in ((n, r, s, c) for r in rows for s in columns if x[n, r, s, c] == peaks[window]):
            most[cell] += abs(dout[window])
            group[root(("cell", cell))] = root(("window", window))
    sums: dict[Any, float] = {}
    for kind, index in list(group):
        share = dout[index] if kind == "window" else -yours[index]
        sums[root((kind, index))] = sums.get(root((kind, index)), 0.0) + float(share)
    tolerance = 32 * np.finfo(np.float64).eps * max(scale, float(np.abs(dout).sum()))
    if np.asarray(got).dtype == np.float32:
        tolerance *= np.finfo(np.float32).eps / np.finfo(np.float64).eps
    return bool((np.abs(yours) <= most + tolerance).all()) and all(abs(v) <= tolerance for v in sums.values())


@dataclass(frozen=True, eq=False)
class Exercise:
    """One graded function.

    Attributes:
        id: its name, which is the function's.
        lesson: the folder of its lesson.
        signature: as the learner reads it.
        reference: the right function.
        parts: what earns points; one named `INPUTS_KEPT` has no cases and looks at all of them.
        catalogue: the bugs that have a name.
        small: cases a learner can do by hand, the simplest first, to show where the function fails.
        axes: what the axes of arguments and results are called, by argument or result name; "" is the result.
        results: the names of several results, ("dx", "dw", "db").
        magnitude: the sum of the magnitudes that are added up in a result, from the arguments of a call. By
            default the reference's result on absolute values, which is right for sums of products.
        in_place: whether the function is to change its arguments: then these are compared too.
        special: another rule of equality (see judging.compare): "tied maxima".
        trace: how a result hangs on the first array: "sum" (a weighted sum of its cells, to be written out),
            "window" (some of its cells, to be outlined), or "".
        worked: the result's computation written out with numbers, from the arguments of a call.
        guards: functions of convlib that raise while a probe runs; by default the one of the same name.
        also_withheld: what else of convlib would answer it in a line: not there either while grading.
        hints: sentences that unfold with further attempts.
        seconds: what one script may take while grading, where that is more than `Limits.answer_seconds`.
    """

    id: str
    lesson: str
    signature: str
    reference: Function
    parts: tuple[Part, ...]
    catalogue: tuple[Bug, ...] = ()
    small: Callable[[], Iterable[Case]] | None = None
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    results: tuple[str, ...] = ()
    magnitude: Callable[..., float] | None = None
    in_place: bool = False
    special: str = ""
    trace: str = ""
    worked: Callable[..., str] | None = None
    guards: tuple[str, ...] = ()
    also_withheld: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    seconds: float = 0.0

    @cached_property
    def argument_names(self) -> list[str]:
        """The parameters, in order, as the signature has them."""
        inside = self.signature.partition("(")[2].rpartition(")")[0]
        return [name.partition("=")[0].strip() for name in inside.split(",") if name.strip()]

    @property
    def points(self) -> float:
        """What the whole earns."""
        return sum(part.points for part in self.parts)

    @property
    def requirements(self) -> tuple[Part, ...]:
        return self.parts

    @property
    def examples(self) -> Any:
        return self.small

    @property
    def error_scale(self) -> Any:
        return self.magnitude

    @property
    def comparator(self) -> Any:
        return tied_maxima if self.special else None

    @property
    def show_work(self) -> Any:
        return self.worked

    @property
    def withheld(self) -> tuple[str, ...]:
        return self.also_withheld

    @cached_property
    def bugs(self) -> dict[str, Function]:
        """Each bug's function by its id."""
        return {bug.id: bug.functions[0] for bug in self.catalogue}

    def script(self, chosen: Case) -> Script:
        """The calls that a case stands for."""
        guards = self.guards or (self.id,)
        return (Call(self.id, chosen.args, chosen.kwargs, guards), *chosen.then)

    def probes(self, seed: int) -> list[Probe]:
        """Everything that is tried, in the order of the parts."""
        return [
            Probe(part.name, self.script(chosen), chosen.accepts, part.result)
            for part in self.parts
            for chosen in part.cases(Draw(seed, self.id, part.name))
        ]

    @cached_property
    def all_pairs(self) -> tuple[Pair, ...]:
        """Every two bugs that can occur together, as one function."""
        return tuple(self._pairs())

    def _pairs(self) -> Iterator[Pair]:
        for first, second in combinations(self.catalogue, 2):
            if first.make is None or first.make is not second.make:
                continue
            spelled = product(_spellings(first), _spellings(second))
            for (one, alone), (other, also) in spelled:
                if not one.keys() & other.keys():
                    yield Pair(
                        (first.id, second.id),
                        partial(first.make, **one, **other),
                        (alone, also),
                    )


def _spellings(bug: Bug) -> list[tuple[Mapping[str, Any], Function]]:
    return list(zip(bug.settings, bug.functions, strict=True))[:SPELLINGS]


__all__ = [
    "FILTERS",
    "INPUTS_KEPT",
    "MAPS",
    "VOLUME",
    "Accepts",
    "Array",
    "Bug",
    "Call",
    "Case",
    "Draw",
    "Earlier",
    "Exercise",
    "Pair",
    "Part",
    "Probe",
    "bugs",
    "case",
    "variants",
]
