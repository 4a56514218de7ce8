"""The smallest failing case: what a learner can do by hand beside the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.judging import messages
from autograder.judging.caller import collect_answers
from autograder.judging.compare import HERE, Difference, Location
from autograder.judging.expressed import Expressed
from autograder.judging.results import Expectation, ProbeResult, argument_name, evaluate, expectation
from autograder.judging.verdict import Cell, Counterexample, Number, Panel
from autograder.model.cases import Probe
from autograder.model.exercise import Exercise
from autograder.protocol.calls import (
    Answer,
    Call,
    Caller,
    NamedFunction,
    NoAnswer,
    Raised,
    Returned,
    Script,
    SeededRng,
)
from autograder.protocol.running import run_trusted

MAX_CASES = 200
BATCH = 20  # small cases asked at once: a sandboxed caller answers a batch as quickly as one
MAX_CELLS = 300  # a larger array is no image
MAX_CHARACTERS = 200  # a layer as a dict is longer than most arguments
MAX_TRACED = 64
MAX_CHANNELS = 3
MAX_TERMS = 12
FAR = 1_000.0


def counterexample(exercise: Exercise, caller: Caller, part: Expressed) -> Counterexample | None:
    """The simplest case on which the function fails, with its numbers; None if there is none."""
    decides = next((one.probe.result for one in part.results if one.failure is not None), "")
    failing = _first_failing_example(exercise, caller, part, decides) or _smallest_failing_probe(part.results)
    if failing is None or failing.probe.accepts is not None:
        return None
    view = _view(failing)
    one_call = len(failing.probe.script) == 1
    trace = _traced(view, failing.expectation, caller) if exercise.trace and one_call else _Trace()
    return Counterexample(
        call=written_call(exercise, view.call),
        result=str(view.where),
        cell_words=view.cell_words,
        raised=messages.raised_words(failing.failure) if isinstance(failing.failure, Raised) else "",
        sentence=view.sentence or _looks_at(view, trace),
        inputs=_inputs(view, trace),
        expected=_panel("expected", view.expected, view.names, view.index, view.marked),
        yours=_panel("yours", view.yours, view.names, view.index, view.marked),
        expected_value=view.value(view.expected),
        yours_value=view.value(view.yours),
        expected_sum=_expected_work(view) or trace.sums.get("expected", ""),
        yours_sum=_yours_work(view) or trace.sums.get("yours", ""),
    )


def _first_failing_example(
    exercise: Exercise, caller: Caller, part: Expressed, decides: str
) -> ProbeResult | None:
    """The first example that fails in the result that the verdict speaks of."""
    for start in range(0, MAX_CASES, BATCH):
        examples = _examples(exercise, decides, start)
        if not examples:
            break
        expected = [one for one in examples if all(map(part.has, one.probe.script))]
        given = collect_answers(caller, [one.probe.script for one in expected])
        for one, answers in zip(expected, given, strict=True):
            result = evaluate(one, answers)
            if isinstance(result.failure, NoAnswer):
                return None
            if result.failure is not None:
                return result
    return None


# The examples are the same for every learner, and so is what the reference makes of them.


@lru_cache(maxsize=256)
def _examples(exercise: Exercise, decides: str, start: int) -> tuple[Expectation, ...]:
    """A batch of the examples, from this one on, with what is expected."""
    if exercise.examples is None:
        return ()
    cases = islice(exercise.examples(), start, min(start + BATCH, MAX_CASES))
    return tuple(expectation(exercise, Probe("", exercise.script(one), result=decides)) for one in cases)


@lru_cache(maxsize=64)
def _moved(expected: Expectation, position: int) -> tuple[tuple[NDArray[Any], ...], tuple[Script, ...]]:
    """What is added to an array, to its cells one at a time and then to all; and the calls with that."""
    (call,) = expected.probe.script
    source = call.args[position]
    step = _step(expected.exercise)
    single = step * np.eye(source.size).reshape(-1, *source.shape)
    # All cells at once, far and to both sides: what cuts off or rounds is no sum of what single cells do.
    together = np.arange(1.0, source.size + 1).reshape(source.shape)
    moves = (*single, 3.7 * together, -3.7 * together)
    before, after = call.args[:position], call.args[position + 1 :]
    return moves, tuple((replace(call, args=(*before, source + move, *after)),) for move in moves)


@lru_cache(maxsize=64)
def _expected_moved(expected: Expectation, position: int) -> tuple[tuple[Answer, ...], ...]:
    """What the reference answers to these calls."""
    exercise = expected.exercise
    _, scripts = _moved(expected, position)
    return tuple(run_trusted({exercise.id: exercise.reference}, script) for script in scripts)


def _step(exercise: Exercise) -> float:
    """One cell far away finds a window's maximum; a step of one reads off a sum's weight."""
    return 1.0 if exercise.trace == "sum" else FAR


def _smallest_failing_probe(results: Sequence[ProbeResult]) -> ProbeResult | None:
    failing = [one for one in results if isinstance(one.failure, (Difference, Raised))]
    return min(failing, key=lambda one: _cells(one.failed_call), default=None)


def _cells(call: Call) -> int:
    return sum(int(np.size(arg)) for arg in call.args if isinstance(arg, np.ndarray))


@dataclass(frozen=True, eq=False)
class _View:
    """A failing case, and the cell of it that is looked at.

    Attributes:
        exercise, call: what was called.
        where: which value is shown.
        expected, yours: arrays or numbers; None where there is nothing to draw.
        names: of the axes.
        index: of the cell; () for a number.
        marked: whether there is a cell to look at: not where the shapes differ.
        sentence: what is wrong, where it is no matter of values.
    """

    exercise: Exercise
    call: Call
    where: Location
    expected: NDArray[Any] | None
    yours: NDArray[Any] | None
    names: tuple[str, ...]
    index: Cell
    marked: bool
    sentence: str

    @property
    def cell_words(self) -> str:
        """The cell in words; an axis of length 1 needs none."""
        if not self.marked or self.expected is None:
            return ""
        axes = zip(self.names, self.index, self.expected.shape, strict=True)
        named = [(name, i) for name, i, size in axes if size > 1]
        return messages.cell_words([name for name, _ in named], [i for _, i in named])

    def value(self, array: NDArray[Any] | None) -> Number | None:
        """What the cell holds in one of the two arrays."""
        if not self.marked or array is None or array.ndim != len(self.index):
            return None
        if any(i >= size for i, size in zip(self.index, array.shape, strict=True)):
            return None
        return _json_number(array[self.index])


def _view(failing: ProbeResult) -> _View:
    exercise, call, failure = failing.expectation.exercise, failing.failed_call, failing.failure
    right, answer = failing.expectation.answers[failing.call], failing.answers[failing.call]
    where = failure.where if isinstance(failure, Difference) else HERE
    expected, yours = _value(exercise, call, right, where), _value(exercise, call, answer, where)
    sentence, marked = "", True
    if isinstance(failure, Difference) and failure.kind in ("values", "shape"):
        expected, yours = _drawable(failure.expected), _drawable(failure.got)
    if isinstance(failure, Difference) and failure.kind != "values":
        sentence = messages.sentence(failure.sentence)
        marked = failure.kind != "shape"
        yours = yours if failure.kind == "shape" else None
    index: Cell = (0,) * np.ndim(expected) if expected is not None else ()
    # What cannot be drawn has no cell to look at.
    if (
        isinstance(failure, Difference)
        and failure.kind == "values"
        and failure.wrong.ndim
        and expected is not None
    ):
        index = tuple(int(i) for i in np.argwhere(failure.wrong)[0])
    names = messages.axis_names(exercise, where.result, np.ndim(expected)) if expected is not None else ()
    return _View(exercise, call, where, expected, yours, names, index, marked, sentence)


def _value(exercise: Exercise, call: Call, answer: Answer, where: Location) -> NDArray[Any] | None:
    """The array or number that is meant, out of whatever was returned."""
    if not isinstance(answer, Returned):
        return None
    value = answer.value
    if where.argument:
        passed: dict[int | str, Any] = dict(enumerate(call.args))
        passed.update(call.kwargs)
        values = {argument_name(exercise, key): answer.changed.get(key, old) for key, old in passed.items()}
        value = values.get(where.argument)
    elif where.result in exercise.results and isinstance(value, (tuple, list)):
        index = exercise.results.index(where.result)
        value = value[index] if index < len(value) else None
    if where.key and isinstance(value, dict):
        value = value.get(where.key)
    return _drawable(value)


def _drawable(value: Any) -> NDArray[Any] | None:
    """An array of numbers that is no larger than an image can show; else None."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "biuf" and array.size <= MAX_CELLS else None


def _json_number(value: Any) -> Number:
    number = float(value)
    return number if np.isfinite(number) else str(number)


# The call, and what its result is made of.


def written_call(exercise: Exercise, call: Call) -> str:
    """The call as code, arrays by name and everything else by value."""
    names = exercise.argument_names
    args = [
        names[index] if isinstance(value, np.ndarray) and index < len(names) else _short(value)
        for index, value in enumerate(call.args)
    ]
    args += [f"{name}={_short(value)}" for name, value in call.kwargs.items()]
    return f"{call.function}({', '.join(args)})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "…"
    if isinstance(value, NamedFunction):
        return value.name
    if isinstance(value, SeededRng):
        return f"np.random.default_rng({value.seed})"
    text = _code(value)
    return text if len(text) <= MAX_CHARACTERS else "…"


def _code(value: Any) -> str:
    """A value as a learner would type it, numbers in arrays with no more digits than tell them apart."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_code(one)}" for key, one in value.items()) + "}"
    if isinstance(value, np.ndarray):
        return f"np.array({np.round(value, 4).tolist()})"
    return repr(value.item() if isinstance(value, np.generic) else value)


def _expected_work(view: _View) -> str:
    show = view.exercise.show_work
    return show(*view.call.args, **view.call.kwargs) if show is not None else ""


def _yours_work(view: _View) -> str:
    yours = view.value(view.yours)
    if view.exercise.show_work is None or not view.where.result or yours is None:
        return ""
    return f"{view.where.result} = {messages.number(yours)}"


# The images.


def _inputs(view: _View, trace: _Trace) -> list[Panel]:
    """Every array argument, one image a channel, at the image and the filter that are looked at."""
    panels: list[Panel] = []
    looked_at = dict(zip(view.names, view.index, strict=True))
    for position, value in enumerate(view.call.args):
        if not isinstance(value, np.ndarray) or value.size > MAX_CELLS:
            continue
        name = argument_name(view.exercise, position)
        axes = messages.axis_names(view.exercise, name, value.ndim)
        depth = value.shape[axes.index("channel")] if "channel" in axes and value.ndim > 2 else 1
        for channel in range(min(depth, MAX_CHANNELS)):
            # Where each output cell has weights of its own, they depend on the cell that is looked at.
            at = {**looked_at, "channel": channel}
            at.update({f"output {axis}": i for axis, i in looked_at.items()})
            wanted = (at.get(axis, 0) for axis in axes)
            index = tuple(i if i < size else 0 for i, size in zip(wanted, value.shape, strict=True))
            panel = _panel(f"{name}, channel {channel}" if depth > 1 else name, value, axes, index)
            if panel is None:
                continue
            if position == trace.position:
                plane = _plane(axes, value.ndim)
                outlines = {side: _in_plane(cells, plane, index) for side, cells in trace.cells.items()}
                panel = replace(panel, expected=outlines.get("expected"), yours=outlines.get("yours"))
            panels.append(panel)
    return panels


def _plane(names: Sequence[str], rank: int) -> list[int]:
    """The axes that are drawn: rows and columns, else the last two."""
    plane = [axis for axis, name in enumerate(names) if name in ("row", "column")][-2:]
    return plane if plane and len(names) == rank else list(range(rank))[-2:]


def _panel(
    name: str, array: NDArray[Any] | None, names: Sequence[str], index: Sequence[int], mark: bool = True
) -> Panel | None:
    """The plane of rows and columns through one cell."""
    if array is None:
        return None
    rank = array.ndim
    shape = list(array.shape)
    if array.size == 0:
        return Panel(name, [], shape)
    plane = _plane(names, rank)
    fixed = [index[axis] if axis < len(index) else 0 for axis in range(rank)]
    picked = tuple(
        slice(None) if axis in plane else min(fixed[axis], array.shape[axis] - 1) for axis in range(rank)
    )
    shown = np.atleast_1d(array[picked]).astype(float)
    rows = shown.reshape(1, -1) if shown.ndim == 1 else shown
    at = [fixed[axis] for axis in plane]
    cell = [0, at[0]] if len(at) == 1 else at or [0, 0]
    numbers = [[_json_number(value) for value in row] for row in rows]
    return Panel(name, numbers, shape, cell if mark else None)


def _in_plane(cells: Sequence[Cell], plane: Sequence[int], at: Cell) -> list[list[int]]:
    inside = [c for c in cells if all(c[axis] == at[axis] for axis in range(len(c)) if axis not in plane)]
    return [[0, c[plane[0]]] if len(plane) == 1 else [c[axis] for axis in plane] for c in inside]


# Which input cells a result depends on.


@dataclass(frozen=True, eq=False)
class _Trace:
    """What changing the cells of the first array argument did to the cell that is looked at.

    Attributes:
        position: of the argument; -1 where nothing was traced.
        cells: for "expected" and "yours" the cells that make a difference.
        sums: for both the result written out as a sum, where it is one.
    """

    position: int = -1
    cells: Mapping[str, list[Cell]] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)


def _traced(view: _View, expected: Expectation, caller: Caller) -> _Trace:
    """Change the cells of the first array argument one at a time, then all at once."""
    arrays = (index for index, value in enumerate(view.call.args) if isinstance(value, np.ndarray))
    position = next(arrays, -1)
    if not view.marked or position < 0 or view.call.args[position].size > MAX_TRACED:
        return _Trace()
    source = view.call.args[position]
    step = _step(view.exercise)
    moves, scripts = _moved(expected, position)
    cells: dict[str, list[Cell]] = {}
    sums: dict[str, str] = {}
    for side in ("expected", "yours"):
        base = view.value(view.expected if side == "expected" else view.yours)
        if not isinstance(base, float):
            continue
        answers: Sequence[tuple[Answer, ...]] = (
            _expected_moved(expected, position) if side == "expected" else collect_answers(caller, scripts)
        )
        moved = [view.value(_value(view.exercise, view.call, one[0], view.where)) for one in answers]
        slopes = [(value - base) / step if isinstance(value, float) else None for value in moved]
        at = list(np.ndindex(*source.shape))
        cells[side] = [
            cell for cell, slope in zip(at, slopes, strict=False) if slope is not None and abs(slope) > 1e-9
        ]
        if view.exercise.trace == "sum" and None not in slopes:
            weights = [slope or 0.0 for slope in slopes[: source.size]]
            if not _adds_up(base, weights, moves[source.size :], moved[source.size :]):
                return _Trace(position, cells, {})
            sums[side] = _sum_words(source, weights, base)
    return _Trace(position, cells, sums)


def _adds_up(base: float, weights: Sequence[float], moves: Sequence[Any], moved: Sequence[Any]) -> bool:
    """Whether moving all cells does what moving each of them did, added up."""
    foreseen = [base + float(np.dot(weights, move.ravel())) for move in moves]
    return bool(np.allclose(foreseen, moved, rtol=1e-4, atol=1e-4))


def _looks_at(view: _View, trace: _Trace) -> str:
    """Which cells a result should look at, and which it does, along the axes where these differ."""
    if not view.cell_words or len(trace.cells) < 2:
        return ""
    source = view.call.args[trace.position]
    names = view.exercise.axes.get(argument_name(view.exercise, trace.position), ())
    right, yours = trace.cells["expected"], trace.cells["yours"]
    if len(names) != source.ndim or set(right) == set(yours) or not right:
        return ""
    output = f"The output at {view.cell_words}"
    if not yours:
        return f"{output} looks at no cell at all."
    off = [
        (_range(name, wanted), _range(name, read))
        for axis, name in enumerate(names)
        if (wanted := {cell[axis] for cell in right}) != (read := {cell[axis] for cell in yours})
    ]
    if not off:
        return f"{output} should look at {len(right)} cells; yours looks at {len(yours)}."
    wanted_words = " and ".join(wanted for wanted, _ in off)
    read_words = " and ".join(read for _, read in off)
    return f"{output} should look at {wanted_words}; yours looks at {read_words}."


def _range(name: str, numbers: set[int]) -> str:
    """columns 2–3, or column 2, or columns 0 and 2."""
    ordered = sorted(numbers)
    if len(ordered) == 1:
        return f"{name} {ordered[0]}"
    if ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{name}s {ordered[0]}–{ordered[-1]}"
    return f"{name}s {', '.join(map(str, ordered[:-1]))} and {ordered[-1]}"


def _sum_words(source: NDArray[Any], weights: Sequence[float], value: float) -> str:
    """The sum with its numbers: 2·3 + 4 + 1 = 11; empty where it has too many terms."""
    pairs = zip(weights, source.ravel(), strict=True)
    terms = [(weight, float(x)) for slope, x in pairs if (weight := round(slope, 6))]
    rest = round(value - sum(weight * x for weight, x in terms), 6)
    if len(terms) > MAX_TERMS:
        return ""
    parts = [
        messages.number(x) if weight == 1 else f"{_bracketed(weight)}·{_bracketed(x)}" for weight, x in terms
    ]
    if rest:
        parts.append(messages.number(rest))
    if not parts:
        return f"nothing is added up: {messages.number(value)}"
    text = parts[0]
    for part in parts[1:]:
        text += f" − {part[1:]}" if part.startswith("−") else f" + {part}"
    total = messages.number(value)
    return text if len(parts) == 1 and text == total else f"{text} = {total}"


def _bracketed(value: float) -> str:
    text = messages.number(value)
    return f"({text})" if text.startswith("−") else text
