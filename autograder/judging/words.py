"""What the learner reads about a fault: the symptom in words, where no bug is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.calls import Call, Lost, Raised
from autograder.judging.compare import Difference, float32_inside
from autograder.judging.trials import Trial
from autograder.model.exercise import Exercise

LONGEST_MESSAGE = 300


def call_words(exercise: Exercise, call: Call) -> str:
    """A call as the learner would write it, arrays by their shapes: conv2d(x 7×9, w 3×2, b, stride=2)."""
    names = exercise.argument_names
    parts = []
    for index, value in enumerate(call.args):
        name = names[index] if index < len(names) and isinstance(call.function, str) else ""
        parts.append(_argument_words(name, value))
    parts += [f"{name}={_argument_words('', value)}" for name, value in call.kwargs.items()]
    function = call.function if isinstance(call.function, str) else f"{exercise.id}(…)"
    return f"{function}({', '.join(parts)})"


def _argument_words(name: str, value: Any) -> str:
    if isinstance(value, np.ndarray):
        shape = "×".join(map(str, value.shape)) or "a number"
        return f"{name} {shape}".strip()
    if isinstance(value, (float, np.floating)):
        return repr(float(f"{value:.4g}"))
    if isinstance(value, (int, str, np.generic)):
        return repr(value.item() if isinstance(value, np.generic) else value)
    if isinstance(value, (list, tuple)) and len(repr(value)) <= 60:
        return repr(value)
    return name or "…"


def raised_words(answer: Raised) -> str:
    """An exception as the learner's own line and message."""
    message = " ".join(answer.message.split())[:LONGEST_MESSAGE]
    told = f"{answer.type}: {message}" if message else answer.type
    if not answer.line:
        return f"Your function stops with `{told}`."
    source = f", `{answer.source}`" if answer.source else ""
    return f"Your function stops with `{told}` at your line {answer.line}{source}."


_LOST = {
    "timeout": "Your function does not come back: it was stopped when its time was over.",
    "crash": "Your function ended the whole kernel.",
    "memory": "Your function asks for more memory than there is.",
    "too large": "What your function returns is far too large to be an answer, or has no end.",
    "missing": "There is no function of this name.",
}


def fault_words(exercise: Exercise, trial: Trial) -> str:
    """One line on what is wrong with one probe, for its requirement."""
    fault = trial.fault
    call = trial.due.probe.script[min(trial.call, len(trial.due.probe.script) - 1)]
    told = call_words(exercise, call)
    if fault is None:
        return ""
    if isinstance(fault, Raised):
        message = shorten(fault.message, 120, placeholder=" …")
        return f"{told} stops with {fault.type}" + (f": {message}" if message else "")
    if isinstance(fault, Lost):
        return f"{told}: {_LOST.get(fault.reason, 'no answer')}"
    where = f"{fault.where}: " if fault.where else ""
    if fault.kind == "rule":
        return _sentence(fault.sentence)
    if fault.sentence:
        return f"{told}: {where}{fault.sentence}"
    if fault.wrong.size == 1:
        return f"{told}: {where}{_one_value(fault)}"
    return f"{told}: {where}{int(fault.wrong.sum())} of {fault.wrong.size} cells differ"


def _sentence(told: str) -> str:
    """With a capital and a full stop."""
    return told[0].upper() + told[1:] + ("" if told.endswith((".", "?", "!")) else ".")


def _one_value(fault: Difference) -> str:
    return f"expected {number(fault.expected.reshape(-1)[0])}, yours {number(fault.got.reshape(-1)[0])}"


def symptom(exercise: Exercise, trial: Trial, passing: Sequence[Trial]) -> str:
    """What can be said about a fault that has no name, by its symptom."""
    fault = trial.fault
    if fault is None:
        return ""
    if isinstance(fault, Raised):
        return " ".join([raised_words(fault), *_happened_with(exercise, trial, passing)])
    if isinstance(fault, Lost):
        return _LOST.get(fault.reason, "Your function gives no answer.")
    call = trial.due.probe.script[trial.call]
    where = f"In {fault.where}: " if fault.where else ""
    if fault.kind == "shape":
        return _shape_words(exercise, call, fault)
    if fault.sentence:
        return where + _sentence(fault.sentence)
    if not fault.wrong.ndim:
        told = call_words(exercise, call)
        return f"{where}{told} should give {number(fault.expected)}; yours gives {number(fault.got)}."
    return where + values_words(exercise, fault, trial.due.scales[trial.call])


def _happened_with(exercise: Exercise, trial: Trial, passing: Sequence[Trial]) -> list[str]:
    """Which input it was, and one on which it does not happen."""
    call = trial.due.probe.script[min(trial.call, len(trial.due.probe.script) - 1)]
    told = [f"It happened with {call_words(exercise, call)}."]
    calm = max((other for other in passing if other.returned), key=_cells, default=None)
    if calm is not None:
        told.append(f"With {call_words(exercise, calm.due.probe.script[0])} it does not.")
    return told


def _cells(trial: Trial) -> int:
    return sum(int(np.size(arg)) for call in trial.due.probe.script for arg in call.args)


def _shape_words(exercise: Exercise, call: Call, fault: Difference) -> str:
    """The shape that came, beside the one that was due, axis by axis."""
    where = f"{fault.where}: " if fault.where else ""
    due, came = fault.expected.shape, fault.got.shape
    if not due or not came:
        return where + _sentence(f"{fault.sentence}, for {call_words(exercise, call)}")
    told = f"{where}The shape is {came}; due is {due}, for {call_words(exercise, call)}."
    names = axis_names(exercise, fault.where, len(due))
    if len(due) != len(came):
        axes = f"{len(due)} {'axis is' if len(due) == 1 else 'axes are'} due ({', '.join(names)})"
        return f"{told} It has {len(came)} {'axis' if len(came) == 1 else 'axes'}; {axes}."
    if sorted(due) == sorted(came):
        return f"{told} The right sizes, in another order."
    off = [(name, right, mine) for name, right, mine in zip(names, due, came, strict=True) if right != mine]
    return f"{told} " + " ".join(
        f"Along the {name} axis there {'is' if mine == 1 else 'are'} {mine}, {_off_by(mine - right)}."
        for name, right, mine in off
    )


def _off_by(count: int) -> str:
    words = {1: "one", 2: "two"}
    size = words.get(abs(count), str(abs(count)))
    return f"{size} too many" if count > 0 else f"{size} too few"


def axis_names(exercise: Exercise, where: str, rank: int) -> tuple[str, ...]:
    """What the axes of a result are called."""
    names = exercise.axes.get(where.partition(" ")[0], ())
    if len(names) == rank:
        return names
    return {1: ("cell",), 2: ("row", "column")}.get(rank, tuple(f"axis {i}" for i in range(rank)))


def cell_words(names: Sequence[str], index: Sequence[int]) -> str:
    """An index in words: image 1, row 0, column 3, filter 2."""
    return ", ".join(f"{name} {i}" for name, i in zip(names, index, strict=True))


def values_words(exercise: Exercise, fault: Difference, scale: float) -> str:
    """How many cells agree, the first that does not, and what all that differ have in common."""
    right, yours, wrong = fault.expected, fault.got, fault.wrong
    if wrong.size == 1:
        return f"The shape is right, its one value is not: {_one_value(fault)}."
    names = axis_names(exercise, fault.where, wrong.ndim)
    agree = wrong.size - int(wrong.sum())
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    told = [
        f"The shape is right and {agree} of {wrong.size} cells agree."
        if agree
        else f"The shape is right, but none of the {wrong.size} cells agrees.",
        f"The first that differs is {cell_words(names, first)}: "
        f"expected {number(right[first])}, yours {number(yours[first])}.",
    ]
    if float32_inside(fault, scale):
        told.append("The differences are as small as float32 makes them, but yours comes back as float64.")
        return " ".join(told)
    place, pattern = _place(names, wrong), _pattern(right, yours, wrong)
    return " ".join([*told, *(place[:1] if pattern else place), *pattern])


def _pattern(right: NDArray[Any], yours: NDArray[Any], wrong: NDArray[np.bool_]) -> list[str]:
    """What the values have in common, where one sentence explains them all."""
    if np.isnan(yours).any():
        return [
            f"{int(np.isnan(yours).sum())} of your cells are nan: something was divided 0 by 0, or inf − inf."
        ]
    off, due = yours[wrong].astype(np.float64), right[wrong].astype(np.float64)
    if off.size < 2:
        return []
    if not off.any():
        return ["Yours is 0 in every cell that differs, as if it had never been filled."]
    with np.errstate(all="ignore"):
        ratio = off / due
        gap = off - due
    if np.isfinite(ratio).all() and np.allclose(ratio, ratio[0], rtol=1e-6, atol=0.0):
        if abs(ratio[0] + 1) < 1e-6:
            return ["Every cell that differs has the right size and the wrong sign."]
        return [f"In every cell that differs, yours is {number(ratio[0])} times what is due."]
    if np.allclose(gap, gap[0], rtol=1e-6, atol=1e-9):
        return [f"In every cell that differs, yours is off by the same {number(gap[0])}."]
    if np.array_equal(off, np.trunc(due)):
        return ["Yours is what is due with everything after the decimal point cut off."]
    if np.allclose(np.sort(yours, axis=None), np.sort(right, axis=None), rtol=1e-9, atol=1e-12):
        return ["Your values are the right ones, in other places."]
    return []


_BORDER = (
    "A border alone is wrong when a window is cut short there, or when padding is added on one side only."
)


def _place(names: Sequence[str], wrong: NDArray[np.bool_]) -> list[str]:
    """Where the differences lie, if all in one place."""
    for axis, name in enumerate(names):
        size = wrong.shape[axis]
        others = tuple(other for other in range(wrong.ndim) if other != axis)
        hit = np.flatnonzero(wrong.any(axis=others))
        if size < 2 or hit.size == size:
            continue
        border = name in ("row", "column")
        if hit.size == 1:
            nth = {0: "first", size - 1: "last"}.get(int(hit[0]))
            place = f"the {nth} {name}" if nth else f"{name} {hit[0]}"
            told = [f"All the differences lie in {place}."]
            return [*told, _BORDER] if border and nth else told
        if border and set(hit) == {0, size - 1}:
            return [f"All the differences lie in the first and the last {name}.", _BORDER]
        if hit.size == size - 1 and 0 not in hit:
            return [f"The first {name} is right, the others are not."]
    return []


def number(value: Any) -> str:
    """A number as a learner writes it: no more digits than tell it apart."""
    array = np.asarray(value)
    if array.ndim:
        return f"an array of shape {array.shape}"
    item = array.item()
    if isinstance(item, bool) or not isinstance(item, (int, float)):
        return str(item)
    if isinstance(item, int):
        return str(item).replace("-", "−")
    text = f"{item:.4g}"
    return text.replace("-", "−")


def changed_words(exercise: Exercise, changed: Mapping[str, Any]) -> str:
    """Which arguments a call modified."""
    names = [exercise.argument_names[int(name)] if name.isdigit() else name for name in changed]
    return " and ".join(names)
