"""The smallest failing case, as plain JSON: what a learner can do by hand beside the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from autograder.calls import Answer, Call, Caller, Generator, Lost, Named, Raised, Returned, answer_own
from autograder.judging import words
from autograder.judging.compare import Difference
from autograder.judging.trials import Trial, ask, due, tried
from autograder.model.cases import Probe
from autograder.model.exercise import Exercise

MOST_CASES = 200
BATCH = 20  # small cases asked at once: a sandboxed caller answers a batch as quickly as one
MOST_CELLS = 300  # a larger array is no picture
MOST_CHARACTERS = 200  # a layer as a dict is longer than most arguments
MOST_TRACED = 64
FAR = 1_000.0


def smallest(exercise: Exercise, caller: Caller, trials: Sequence[Trial]) -> dict[str, Any] | None:
    """The simplest case on which the function fails, drawn and with its sums; None if there is none."""
    told = next((trial.due.probe.result for trial in trials if trial.fault is not None), "")
    failing = _first_small(exercise, caller, told) or _smallest_probe(trials)
    if failing is None or failing.due.probe.accepts is not None:
        return None
    call = failing.due.probe.script[failing.call]
    return _drawn(exercise, caller, failing, call)


def _first_small(exercise: Exercise, caller: Caller, told: str) -> Trial | None:
    """The first small case that fails in the result that the verdict speaks of."""
    if exercise.examples is None:
        return None
    cases = islice(iter(exercise.examples()), MOST_CASES)
    while batch := list(islice(cases, BATCH)):
        expected = [due(exercise, Probe("", exercise.script(one), result=told)) for one in batch]
        came = ask(caller, [one.probe.script for one in expected])
        for one, answers in zip(expected, came, strict=True):
            trial = tried(one, answers)
            if isinstance(trial.fault, Lost):
                return None
            if trial.fault is not None:
                return trial
    return None


def _smallest_probe(trials: Sequence[Trial]) -> Trial | None:
    failing = [trial for trial in trials if isinstance(trial.fault, (Difference, Raised))]
    return min(failing, key=lambda trial: _cells(trial.due.probe.script[trial.call]), default=None)


def _cells(call: Call) -> int:
    return sum(int(np.size(arg)) for arg in call.args if isinstance(arg, np.ndarray))


def _drawn(exercise: Exercise, caller: Caller, trial: Trial, call: Call) -> dict[str, Any] | None:
    right = trial.due.answers[trial.call]
    answer = trial.answers[trial.call]
    fault = trial.fault
    where = fault.where if isinstance(fault, Difference) else ""
    if isinstance(fault, Difference) and fault.kind in ("values", "shape"):
        expected, yours = _drawable(fault.expected), _drawable(fault.got)
    else:
        expected, yours = _result(exercise, call, right, where), _result(exercise, call, answer, where)
    told = words.raised_words(fault) if isinstance(fault, Raised) else ""
    if isinstance(fault, Difference) and fault.kind not in ("values", "shape"):
        told = f"{fault.sentence[0].upper()}{fault.sentence[1:]}."
        yours = None
    index = _index(fault, expected)
    shapes_differ = isinstance(fault, Difference) and fault.kind == "shape"
    names = words.axis_names(exercise, where, np.ndim(expected)) if expected is not None else ()
    drawn: dict[str, Any] = {
        "call": written_call(exercise, call),
        "result": where,
        "cell": list(index),
        "cell_words": _cell_words(names, index, np.shape(expected)),
        "raised": told,
        "sentence": "",
        "inputs": _inputs(exercise, call, dict(zip(names, index, strict=True)) if index else {}),
        "expected": _panel(expected, names, index),
        "yours": _panel(yours, names, index) if yours is not None else None,
        "expected_value": _at(expected, index),
        "yours_value": _at(yours, index),
        "expected_sum": "",
        "yours_sum": "",
    }
    if shapes_differ and isinstance(fault, Difference):
        drawn["sentence"] = f"{fault.sentence[0].upper()}{fault.sentence[1:]}."
        drawn.update(cell_words="", expected_value=None, yours_value=None)
        for panel in (drawn["expected"], drawn["yours"]):
            if panel:
                panel["cell"] = None
    if exercise.show_work is not None:
        drawn["expected_sum"] = exercise.show_work(*call.args, **call.kwargs)
        if where and drawn["yours_value"] is not None:
            drawn["yours_sum"] = f"{where} = {words.number(drawn['yours_value'])}"
    if exercise.trace and len(trial.due.probe.script) == 1 and not shapes_differ:
        _trace(exercise, caller, call, drawn, index, expected, yours)
    return drawn


def _cell_words(names: Sequence[str], index: Sequence[int], shape: Sequence[int]) -> str:
    """A cell in words; an axis of length 1 needs none."""
    told = [(name, i) for name, i, size in zip(names, index, shape, strict=True) if size > 1]
    return words.cell_words([name for name, _ in told], [i for _, i in told])


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
    if isinstance(value, Named):
        return value.name
    if isinstance(value, Generator):
        return f"np.random.default_rng({value.seed})"
    text = _code(value)
    return text if len(text) <= MOST_CHARACTERS else "…"


def _code(value: Any) -> str:
    """A value as a learner would type it, numbers in arrays with no more digits than tell them apart."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_code(one)}" for key, one in value.items()) + "}"
    if isinstance(value, np.ndarray):
        return f"np.array({np.round(value, 4).tolist()})"
    return repr(value.item() if isinstance(value, np.generic) else value)


def _result(exercise: Exercise, call: Call, answer: Answer, where: str) -> Any:
    """The array or number that differs, out of whatever came back."""
    if not isinstance(answer, Returned):
        return None
    if where.endswith(" after the call"):
        shown = where.removesuffix(" after the call")
        position = str(exercise.argument_names.index(shown)) if shown in exercise.argument_names else shown
        value = answer.changed.get(position, call.args[int(position)] if position.isdigit() else None)
    else:
        value = answer.value
    if isinstance(value, dict):
        value = value.get(where)
    elif isinstance(value, (tuple, list)) and exercise.results and where in exercise.results:
        place = exercise.results.index(where)
        value = value[place] if place < len(value) else None
    return _drawable(value)


def _drawable(value: Any) -> Any:
    """An array of numbers that is no larger than a picture can show; else None."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "biuf" and array.size <= MOST_CELLS else None


def _index(fault: Any, expected: Any) -> tuple[int, ...]:
    """The cell to look at: the first that differs."""
    if isinstance(fault, Difference) and fault.kind == "values" and fault.wrong.ndim:
        return tuple(int(i) for i in np.argwhere(fault.wrong)[0])
    return (0,) * np.ndim(expected) if expected is not None else ()


def _at(array: Any, index: Sequence[int]) -> float | None:
    if array is None or np.ndim(array) != len(index):
        return None
    if any(i >= size for i, size in zip(index, np.shape(array), strict=True)):
        return None
    value = float(array[tuple(index)])
    return value if np.isfinite(value) else None


def _inputs(exercise: Exercise, call: Call, looked_at: Mapping[str, int]) -> list[dict[str, Any]]:
    """Every array argument as one picture a channel, at the image and the filter that are looked at."""
    drawn: list[dict[str, Any]] = []
    for position, value in enumerate(call.args):
        if not isinstance(value, np.ndarray) or value.size > MOST_CELLS:
            continue
        name = exercise.argument_names[position] if position < len(exercise.argument_names) else ""
        names = exercise.axes.get(name, ())
        names = names if len(names) == value.ndim else words.axis_names(exercise, name, value.ndim)
        depth = value.shape[names.index("channel")] if "channel" in names and value.ndim > 2 else 1
        for channel in range(min(depth, 3)):
            # Where each output cell has weights of its own, these hang on the cell that is looked at.
            at = {**looked_at, "channel": channel}
            at.update({f"output {axis}": i for axis, i in looked_at.items()})
            index = [at.get(axis, 0) for axis in names]
            index = [i if i < size else 0 for i, size in zip(index, value.shape, strict=True)]
            panel = _panel(value, names, index)
            if panel is not None:
                label = f"{name}, channel {channel}" if depth > 1 else name
                drawn.append({**panel, "name": label, "argument": position, "at": index})
    return drawn


def _panel(array: Any, names: Sequence[str], index: Sequence[int]) -> dict[str, Any] | None:
    """The plane of rows and columns through one cell, as lists."""
    if array is None:
        return None
    array = np.asarray(array)
    rank = array.ndim
    plane = (
        [axis for axis, name in enumerate(names) if name in ("row", "column")][-2:]
        if len(names) == rank
        else []
    )
    if not plane:
        plane = list(range(rank))[-2:]
    fixed = [index[axis] if axis < len(index) else 0 for axis in range(rank)]
    picked = tuple(
        slice(None) if axis in plane else min(fixed[axis], max(array.shape[axis] - 1, 0))
        for axis in range(rank)
    )
    if array.size == 0:
        return {"rows": [], "cell": None, "shape": list(array.shape), "plane": plane}
    shown = np.atleast_1d(array[picked]).astype(float)
    rows = shown.reshape(1, -1) if shown.ndim == 1 else shown
    at = [fixed[axis] for axis in plane]
    cell = [0, at[0]] if len(at) == 1 else at or [0, 0]
    return {
        "rows": [[value if np.isfinite(value) else None for value in row] for row in rows.tolist()],
        "cell": cell,
        "shape": list(array.shape),
        "plane": plane,
    }


def _trace(
    exercise: Exercise,
    caller: Caller,
    call: Call,
    drawn: dict[str, Any],
    index: tuple[int, ...],
    expected: Any,
    yours: Any,
) -> None:
    """Find which input cells a result hangs on, the reference's and yours: change them one at a time."""
    position = next((i for i, value in enumerate(call.args) if isinstance(value, np.ndarray)), None)
    if position is None or call.args[position].size > MOST_TRACED:
        return
    source = call.args[position]
    cells = list(np.ndindex(*source.shape))
    step = 1.0 if exercise.trace == "sum" else FAR
    single = step * np.eye(len(cells)).reshape(len(cells), *source.shape)
    # All cells at once, far and to both sides: what cuts off or rounds is no sum of what single cells do.
    together = np.arange(1.0, len(cells) + 1).reshape(source.shape)
    moves = [*single, 3.7 * together, -3.7 * together]
    scripts = [
        (
            Call(
                call.function,
                (*call.args[:position], source + move, *call.args[position + 1 :]),
                call.kwargs,
                call.guards,
            ),
        )
        for move in moves
    ]
    looked_at: dict[str, list[tuple[int, ...]]] = {}
    for key, array, answers in (
        ("expected", expected, [answer_own({exercise.id: exercise.reference}, script) for script in scripts]),
        ("yours", yours, ask(caller, scripts) if yours is not None else []),
    ):
        base = _at(array, index)
        if base is None:
            continue
        where = drawn["result"]
        moved_to = [_at(_result(exercise, call, one[0], where) if one else None, index) for one in answers]
        slopes = [None if value is None else (value - base) / step for value in moved_to[: len(cells)]]
        touched = [
            cell for cell, slope in zip(cells, slopes, strict=True) if slope is not None and abs(slope) > 1e-9
        ]
        looked_at[key] = touched
        for panel in drawn["inputs"]:
            if panel["argument"] == position:
                panel[key] = _in_plane(touched, panel)
        if exercise.trace == "sum" and None not in moved_to:
            if not _adds_up(base, slopes, moves[len(cells) :], moved_to[len(cells) :]):
                return
            drawn[f"{key}_sum"] = _sum_words(source, cells, [slope or 0.0 for slope in slopes], base)

    names = exercise.axes.get(exercise.argument_names[position], ())
    if drawn["cell_words"] and len(looked_at) == 2 and len(names) == source.ndim:
        drawn["sentence"] = _looks_at(drawn["cell_words"], names, looked_at["expected"], looked_at["yours"])


def _adds_up(base: float, slopes: Sequence[Any], moves: Sequence[Any], moved_to: Sequence[Any]) -> bool:
    """Whether moving all cells does what moving each of them did, added up."""
    foreseen = [base + float(np.dot(slopes, move.ravel())) for move in moves]
    return bool(np.allclose(foreseen, moved_to, rtol=1e-4, atol=1e-4))


def _looks_at(
    cell: str, names: Sequence[str], due_cells: Sequence[tuple[int, ...]], yours: Sequence[tuple[int, ...]]
) -> str:
    """Which cells a result should look at, and which it does, along the axes where these differ."""
    if set(due_cells) == set(yours) or not due_cells:
        return ""
    if not yours:
        return f"The output at {cell} looks at no cell at all."
    off = [
        (name, _range(name, right), _range(name, mine))
        for axis, name in enumerate(names)
        if (right := {c[axis] for c in due_cells}) != (mine := {c[axis] for c in yours})
    ]
    if not off:
        return f"The output at {cell} should look at {len(due_cells)} cells; yours looks at {len(yours)}."
    right_words = " and ".join(right for _, right, _ in off)
    mine_words = " and ".join(mine for *_, mine in off)
    return f"The output at {cell} should look at {right_words}; yours looks at {mine_words}."


def _range(name: str, numbers: set[int]) -> str:
    """columns 2–3, or column 2, or columns 0 and 2."""
    ordered = sorted(numbers)
    if len(ordered) == 1:
        return f"{name} {ordered[0]}"
    if ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{name}s {ordered[0]}–{ordered[-1]}"
    return f"{name}s {', '.join(map(str, ordered[:-1]))} and {ordered[-1]}"


def _in_plane(cells: Sequence[tuple[int, ...]], panel: Mapping[str, Any]) -> list[list[int]]:
    plane, at = panel["plane"], panel["at"]
    inside = [c for c in cells if all(c[axis] == at[axis] for axis in range(len(c)) if axis not in plane)]
    return [[0, c[plane[0]]] if len(plane) == 1 else [c[axis] for axis in plane] for c in inside]


def _sum_words(source: Any, cells: Sequence[tuple[int, ...]], slopes: Sequence[float], value: float) -> str:
    """The sum with its numbers, if it is one: 2·3 + 4 + 1 = 11; nothing where the result is no such sum."""
    terms = [(round(slope, 6), float(source[cell])) for cell, slope in zip(cells, slopes, strict=True)]
    terms = [(slope, x) for slope, x in terms if slope]
    rest = round(value - sum(slope * x for slope, x in terms), 6)
    if len(terms) > 12:
        return ""
    parts = [words.number(x) if slope == 1 else f"{_bracketed(slope)}·{_bracketed(x)}" for slope, x in terms]
    if rest:
        parts.append(words.number(rest))
    if not parts:
        return f"nothing is added up: {words.number(value)}"
    text = parts[0]
    for part in parts[1:]:
        text += f" − {part[1:]}" if part.startswith("−") else f" + {part}"
    return text if len(parts) == 1 and text == words.number(value) else f"{text} = {words.number(value)}"


def _bracketed(value: float) -> str:
    text = words.number(value)
    return f"({text})" if text.startswith("−") else text
