"""An exercise: a right function, what earns points, and what people write instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any, overload

from autograder.model.bugs import Bug, CommonBug, Pair, Spelling, pairs
from autograder.model.cases import Case, Draw, Probe, second_looks
from autograder.model.patches import Changes, Function, Way
from autograder.protocol.calls import Call, Script

INPUTS_KEPT = "inputs not modified"
VOLUME = ("image", "row", "column", "channel")
FILTERS = ("row", "column", "channel", "filter")
MAPS = ("image", "row", "column", "filter")

Cases = Callable[[Draw], Iterable[Case]]
Comparator = Callable[[Call, Any, Any, float], bool]


def _no_cases(draw: Draw) -> Iterable[Case]:
    return ()


@dataclass(frozen=True)
class Requirement:
    """What earns points by itself, and is one line of the verdict.

    Attributes:
        name: what the learner reads ("stride larger than one").
        points: what it earns.
        cases: what must all be right for it.
        result: of several results, the only one that decides it ("dw").
    """

    name: str
    points: float
    cases: Cases = _no_cases
    result: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.points, bool) or not isinstance(self.points, (int, float)):
            raise TypeError(f"the points of {self.name!r} must be a number, got {self.points!r}")


@dataclass(eq=False)
class Exercise:
    """One graded function. Made by `exercise`, which says what the attributes are."""

    id: str
    lesson: str
    ways: dict[str, Function]
    reference: Function
    examples: Callable[[], Iterable[Case]] | None = None
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    results: tuple[str, ...] = ()
    error_scale: Callable[..., float] | None = None
    in_place: bool = False
    comparator: Comparator | None = None
    trace: str = ""
    show_work: Callable[..., str] | None = None
    withheld: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    seconds: float = 0.0
    module: str = ""
    requirements: list[Requirement] = field(default_factory=list)
    catalogue: list[Bug] = field(default_factory=list)
    _ways: list[Way] = field(default_factory=list)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The first way, so that another exercise's ways can build on it."""
        return self._ways[0].function(*args, **kwargs)

    # What an author writes.

    def way(self, function: Function) -> Function:
        """Add another right answer, as other learners write it (decorator).

        Bugs are looked for in every way, so that each shows its own behaviour at the edge: one raises, one
        is cut short, one broadcasts. A way must equal the reference on every seed.
        """
        self._ways.append(Way(function.__name__, function))
        self.ways[function.__name__] = function
        return function

    def requirement(
        self, name: str, *, points: float, result: str = "", cases: Cases | None = None
    ) -> Callable[[Cases], Cases]:
        """Add a line of the verdict that earns points (decorator of a function that yields its cases).

        Args:
            name: what the learner reads; it says what is right when the requirement is met.
            points: what it earns.
            result: of several results, the only one that decides it.
            cases: instead of decorating, a function of a `Draw` that gives the cases.
        """

        def register(chosen: Cases) -> Cases:
            self.requirements.append(Requirement(name, points, chosen, result))
            return chosen

        if cases is not None:
            register(cases)
        return register

    def keeps_inputs(self, *, points: float) -> None:
        """Add the requirement that no argument is changed; it looks at the cases of all the others."""
        self.requirements.append(Requirement(INPUTS_KEPT, points))

    @overload
    def bug(
        self,
        bug_id: str,
        old: str,
        new: str,
        sentence: str = ...,
        /,
        *,
        ask: str = ...,
        also: Sequence[Changes] = ...,
        way: str = ...,
        like: Exercise | None = ...,
    ) -> None: ...

    @overload
    def bug(
        self,
        bug_id: str,
        old: Changes,
        sentence: str = ...,
        /,
        *,
        ask: str = ...,
        also: Sequence[Changes] = ...,
        way: str = ...,
        like: Exercise | None = ...,
    ) -> None: ...

    def bug(
        self,
        bug_id: str,
        old: str | Changes,
        new: str = "",
        sentence: str = "",
        /,
        *,
        ask: str = "",
        also: Sequence[Changes] = (),
        way: str = "",
        like: Exercise | None = None,
    ) -> None:
        """Add a bug: some text of a way, and the text that a learner would have written instead.

        The text must occur exactly once in a way; it is replaced in every way that holds it. It is any part
        of a line, or several whole lines; what replaces it may have any number of lines, indented as the
        text was. A bug on several lines is a dict of texts and their replacements.

            output_size.bug("plus_one_missing", "span // stride + 1", "span // stride", "Your size is …")
            conv2d.bug("window_start_ignores_stride", {"i * stride": "i", "j * stride": "j"}, "Your stride …")

        Args:
            bug_id: snake_case, unique in the exercise.
            old, new: the text and its replacement; or, as one argument, a dict of them.
            sentence: what is wrong and why.
            ask: the question that learners should ask themselves. Neither says the line to write.
            also: other texts that spell the same misconception, each a dict.
            way: the only way to look in, by its name, for the first spelling; by default all of them.
            like: the exercise from whose bug of the same id the sentence and the question are taken.
        """
        if isinstance(old, str):
            changes: Changes = {old: new}
        else:
            changes, sentence = old, new
        words = self._words(bug_id, sentence, ask, like)
        spellings = (Spelling(changes, way), *(Spelling(other) for other in also))
        self.catalogue.append(Bug(bug_id, *words, self._ways, spellings))

    def wrong(
        self, bug_id: str, sentence: str = "", *, ask: str = "", like: Exercise | None = None
    ) -> Callable[[Function], Function]:
        """Add a bug that is no change of a few lines: the whole wrong function (decorator)."""

        def register(function: Function) -> Function:
            words = self._words(bug_id, sentence, ask, like)
            self.catalogue.append(Bug(bug_id, *words, self._ways, wrong=function))
            return function

        return register

    def common(self, *bugs: CommonBug) -> None:
        """Add bugs that any function can have, such as `returns_nothing`."""
        self.catalogue.extend(bug.of(self._ways) for bug in bugs)

    @staticmethod
    def _words(bug_id: str, sentence: str, ask: str, like: Exercise | None) -> tuple[str, str]:
        if like is not None:
            model = next((bug for bug in like.catalogue if bug.id == bug_id), None)
            if model is None:
                raise ValueError(f"bug {bug_id!r}: {like.id} has no bug of this id to take the words from")
            sentence, ask = sentence or model.sentence, ask or model.question
        return " ".join(sentence.split()), " ".join(ask.split())

    # What the judge reads.

    @cached_property
    def signature(self) -> str:
        """As the learner reads it: output_size(n, k, stride=1, pad=0)."""
        return f"{self.id}({', '.join(self._parameters())})"

    def _parameters(self) -> Iterator[str]:
        for parameter in inspect.signature(self._ways[0].function).parameters.values():
            default = parameter.default
            yield parameter.name if default is inspect.Parameter.empty else f"{parameter.name}={default!r}"

    @cached_property
    def argument_names(self) -> list[str]:
        """The parameters, in order."""
        return list(inspect.signature(self._ways[0].function).parameters)

    @property
    def points(self) -> float:
        """What the whole earns."""
        return sum(requirement.points for requirement in self.requirements)

    @cached_property
    def bugs(self) -> dict[str, Function]:
        """Each bug's plainest function by its id."""
        return {bug.id: bug.functions[0] for bug in self.catalogue}

    def texts(self) -> list[str]:
        """The right answers as they are written, one for each way."""
        return ["\n".join(way.lines) for way in self._ways]

    def script(self, chosen: Case) -> Script:
        """The calls that a case stands for."""
        return (Call(self.id, chosen.args, chosen.kwargs, self.withheld), *chosen.then)

    def probes(self, seed: int) -> list[Probe]:
        """Everything that is tried, in the order of the requirements, and probes against mere memory."""
        asked = [
            Probe(requirement.name, self.script(chosen), chosen.accepts, requirement.result)
            for requirement in self.requirements
            for chosen in requirement.cases(Draw(seed, self.id, requirement.name))
        ]
        return [*asked, *second_looks(asked)]

    @cached_property
    def all_pairs(self) -> tuple[Pair, ...]:
        """Every two bugs that can occur together, in each way."""
        return tuple(pair for one, other in combinations(self.catalogue, 2) for pair in pairs(one, other))


def exercise(
    *,
    lesson: str,
    reference: Function | None = None,
    examples: Callable[[], Iterable[Case]] | None = None,
    hint: str | Sequence[str] = (),
    axes: Mapping[str, tuple[str, ...]] | None = None,
    results: tuple[str, ...] = (),
    error_scale: Callable[..., float] | None = None,
    in_place: bool = False,
    comparator: Comparator | None = None,
    trace: str = "",
    show_work: Callable[..., str] | None = None,
    withheld: tuple[str, ...] = (),
    seconds: float = 0.0,
) -> Callable[[Function], Exercise]:
    """Make a right function an exercise (decorator); its name is the exercise's id, its text the first way.

    Args:
        lesson: the folder of its lesson, "06_stride_padding_size".
        reference: the yardstick; by default the decorated function. Where convlib has the function, that.
        examples: gives cases that a learner can do by hand, the simplest first: one of them shows a failure.
        hint: a sentence that unfolds with further attempts, or several.
        axes: what the axes of arguments and results are called, by name; "" is the only result.
        results: the names of several results, ("dx", "dw", "db").
        error_scale: from the arguments of a call, the sum of the magnitudes that are added up in a result;
            by default the reference's largest result on absolute values, right for sums of products.
        in_place: whether the function is to change its arguments: then they are compared too.
        comparator: called as (call, expected, got, scale) where values differ from the reference's (types
            and shapes agree); whether they are right all the same.
        trace: how a result depends on the first array: "sum" (a weighted sum of its cells, to be written
            out), "window" (some of its cells, to be outlined), or "".
        show_work: from the arguments of a call, the result's computation written out with numbers.
        withheld: what else of convlib would answer the exercise in a line: it is not available while the
            exercise is checked or graded. The reference and convlib's function of the same name never are.
        seconds: what one case may take while grading, where that is more than the setting `answer_seconds`.
    """

    def decorate(function: Function) -> Exercise:
        made = Exercise(
            id=function.__name__,
            lesson=lesson,
            ways={},
            reference=reference or function,
            examples=examples,
            axes=dict(axes or {}),
            results=results,
            error_scale=error_scale,
            in_place=in_place,
            comparator=comparator,
            trace=trace,
            show_work=show_work,
            withheld=tuple(dict.fromkeys((function.__name__, *_from_convlib(reference), *withheld))),
            hints=(hint,) if isinstance(hint, str) else tuple(hint),
            seconds=seconds,
            module=function.__module__,
        )
        made.way(function)
        return made

    return decorate


def _from_convlib(reference: Function | None) -> tuple[str, ...]:
    """The name that convlib has for a reference."""
    there = getattr(reference, "__module__", "").startswith("convlib.")
    return (reference.__name__,) if reference is not None and there else ()
