"""What the learner reads about a failure: the symptom in words, where no bug is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.judging.causes import cause
from autograder.judging.compare import Difference, float32_inside
from autograder.judging.results import ProbeResult, argument_name, cells
from autograder.model.exercise import Exercise
from autograder.protocol.calls import Call, NoAnswer, Raised

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


_NO_ANSWER = {
    "timeout": "Your function timed out.",
    "crash": "Your function crashed the kernel.",
    "memory": "Your function asks for more memory than there is.",
    "too large": "What your function returns is far too large to be an answer, or endless.",
    "missing": "There is no function of this name.",
}


def failure_message(exercise: Exercise, result: ProbeResult) -> str:
    """One line on what is wrong with one probe, for its requirement."""
    failure = result.failure
    if failure is None:
        return ""
    told = call_words(exercise, result.failed_call)
    if isinstance(failure, Raised):
        message = shorten(failure.message, 120, placeholder=" …")
        return f"{told} stops with {failure.type}" + (f": {message}" if message else "")
    if isinstance(failure, NoAnswer):
        return f"{told}: {_NO_ANSWER.get(failure.reason, 'no answer')}"
    where = f"{failure.where}: " if str(failure.where) else ""
    if failure.kind == "rule":
        return sentence(failure.sentence)
    if failure.sentence:
        return f"{told}: {where}{failure.sentence}"
    if failure.wrong.size == 1:
        return f"{told}: {where}{_one_value(failure)}"
    return f"{told}: {where}{int(failure.wrong.sum())} of {failure.wrong.size} cells differ"


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _one_value(failure: Difference) -> str:
    right, yours = failure.expected.reshape(-1)[0], failure.got.reshape(-1)[0]
    return "expected {}, yours {}".format(*told_apart(right, yours))


def symptom(exercise: Exercise, result: ProbeResult, passing: Sequence[ProbeResult]) -> str:
    """What can be said about a failure that has no name, by its symptom."""
    failure = result.failure
    if failure is None:
        return ""
    why = cause(exercise, result)
    meaning = [why.sentence] if why is not None else []
    if isinstance(failure, Raised):
        return " ".join([raised_words(failure), *meaning, *_happened_with(exercise, result, passing)])
    if isinstance(failure, NoAnswer):
        return _NO_ANSWER.get(failure.reason, "Your function gives no answer.")
    call = result.failed_call
    where = f"In {failure.where}: " if str(failure.where) else ""
    if failure.kind == "shape":
        return " ".join([_shape_words(exercise, call, failure), *meaning])
    if failure.sentence:
        return " ".join([where + sentence(failure.sentence), *meaning])
    if not failure.wrong.ndim:
        right, yours = told_apart(failure.expected, failure.got)
        return f"{where}{call_words(exercise, call)} should give {right}; yours gives {yours}."
    return where + values_words(exercise, failure, result.expectation.scales[result.call])


def _happened_with(exercise: Exercise, result: ProbeResult, passing: Sequence[ProbeResult]) -> list[str]:
    """Which input it was, and one on which it does not happen."""
    told = [f"It happened with {call_words(exercise, result.failed_call)}."]
    calm = max((other for other in passing if other.returned), key=_size, default=None)
    if calm is not None:
        told.append(f"With {call_words(exercise, calm.probe.script[0])} it does not.")
    return told


def _size(result: ProbeResult) -> float:
    return sum(cells(arg) for call in result.probe.script for arg in call.args)


def _shape_words(exercise: Exercise, call: Call, failure: Difference) -> str:
    """Both shapes, and the axes on which they differ."""
    where = f"{failure.where}: " if str(failure.where) else ""
    right, mine = failure.expected.shape, failure.got.shape
    if not right or not mine:
        return where + sentence(f"{failure.sentence}, for {call_words(exercise, call)}")
    told = f"{where}{sentence(f'{failure.sentence}, for {call_words(exercise, call)}')}"
    names = axis_names(exercise, failure.where.result, len(right))
    if len(right) != len(mine):
        axes = _count(len(right), "axis", "axes")
        return f"{told} Your result has {_count(len(mine), 'axis', 'axes')}, not {axes} ({', '.join(names)})."
    if sorted(right) == sorted(mine):
        return f"{told} The axes are in a different order."
    off = [(name, a, b) for name, a, b in zip(names, right, mine, strict=True) if a != b]
    return f"{told} " + " ".join(f"{_count(b, name, _plural(name))}: {_off_by(b - a)}." for name, a, b in off)


def _plural(name: str) -> str:
    return f"{name}es" if name.endswith(("s", "x")) else f"{name}s"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _off_by(count: int) -> str:
    size = {1: "one", 2: "two"}.get(abs(count), str(abs(count)))
    return f"{size} too many" if count > 0 else f"{size} too few"


def axis_names(exercise: Exercise, name: str, rank: int) -> tuple[str, ...]:
    """What the axes of an argument or result are called ("" is the only result)."""
    names = exercise.axes.get(name, ())
    if len(names) == rank:
        return names
    return {1: ("cell",), 2: ("row", "column")}.get(rank, tuple(f"axis {i}" for i in range(rank)))


def cell_words(names: Sequence[str], index: Sequence[int]) -> str:
    """An index in words: image 1, row 0, column 3, filter 2."""
    return ", ".join(f"{name} {i}" for name, i in zip(names, index, strict=True))


def values_words(exercise: Exercise, failure: Difference, scale: float) -> str:
    """How many cells agree, the first that does not, and what all that differ have in common."""
    right, yours, wrong = failure.expected, failure.got, failure.wrong
    if wrong.size == 1:
        return f"The shape is right, its one value is not: {_one_value(failure)}."
    names = axis_names(exercise, failure.where.result, wrong.ndim)
    agree = wrong.size - int(wrong.sum())
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    told = [
        f"The shape is right and {agree} of {wrong.size} cells agree."
        if agree
        else f"The shape is right, but none of the {wrong.size} cells agrees.",
        f"The first that differs is {cell_words(names, first)}: "
        + "expected {}, yours {}.".format(*told_apart(right[first], yours[first])),
    ]
    if float32_inside(failure, scale):
        told.append("The differences are as small as those of float32, but your result is float64.")
        return " ".join(told)
    position, pattern = _position(names, wrong, _slides(exercise)), _pattern(right, yours, wrong)
    return " ".join([*told, *(position[:1] if pattern else position), *pattern])


_NOT_A_NUMBER = (
    "0/0, inf − inf and 0·inf give it, and so does the root or the logarithm of a negative number."
)


def _pattern(right: NDArray[Any], yours: NDArray[Any], wrong: NDArray[np.bool_]) -> list[str]:
    """What the values have in common, where one sentence explains them all."""
    if np.isnan(yours).any():
        count = int(np.isnan(yours).sum())
        return [f"{count} of your cells {'is' if count == 1 else 'are'} nan: {_NOT_A_NUMBER}"]
    off, due = yours[wrong].astype(np.float64), right[wrong].astype(np.float64)
    if off.size < 2:
        return []
    if not off.any():
        return ["Yours is 0 in every cell that differs: was it ever filled?"]
    with np.errstate(all="ignore"):
        ratio = off / due
        gap = off - due
    if np.isfinite(ratio).all() and np.allclose(ratio, ratio[0], rtol=1e-6, atol=0.0):
        if abs(ratio[0] + 1) < 1e-6:
            return ["Every cell that differs has the right magnitude and the wrong sign."]
        return [f"In every cell that differs, yours is {number(ratio[0])} times the expected value."]
    if np.allclose(gap, gap[0], rtol=1e-6, atol=1e-9):
        return [f"In every cell that differs, yours is off by the same {number(gap[0])}."]
    if np.array_equal(off, np.trunc(due)):
        return ["Yours is the expected value with everything after the decimal point cut off."]
    if np.allclose(np.sort(yours, axis=None), np.sort(right, axis=None), rtol=1e-9, atol=1e-12):
        return ["Your values are the right ones, in other positions."]
    return []


_BORDER = (
    "A border alone is wrong when a window is cut short there, or when padding is added on one side only."
)


def _slides(exercise: Exercise) -> bool:
    """Whether it has windows or padding, so that a border is a place of its own."""
    return exercise.trace != "" or bool({"pad", "size"} & {*exercise.argument_names})


def _position(names: Sequence[str], wrong: NDArray[np.bool_], slides: bool) -> list[str]:
    """Where the differences are, if they are all on one part of an axis."""
    for axis, name in enumerate(names):
        size = wrong.shape[axis]
        others = tuple(other for other in range(wrong.ndim) if other != axis)
        hit = np.flatnonzero(wrong.any(axis=others))
        if size < 2 or hit.size == size:
            continue
        border = slides and name in ("row", "column")
        if hit.size == 1:
            nth = {0: "first", size - 1: "last"}.get(int(hit[0]))
            place = f"the {nth} {name}" if nth else f"{name} {hit[0]}"
            told = [f"All the differences are in {place}."]
            return [*told, _BORDER] if border and nth else told
        if name in ("row", "column") and set(hit) == {0, size - 1}:
            told = [f"All the differences are in the first and the last {name}."]
            return [*told, _BORDER] if border else told
        if hit.size == size - 1 and 0 not in hit:
            return [f"The first {name} is right, the others are not."]
    return []


def number(value: Any, digits: int = 4) -> str:
    """A number as a learner writes it, with so many significant digits."""
    array = np.asarray(value)
    if array.ndim:
        return f"an array of shape {array.shape}"
    item = array.item()
    if isinstance(item, bool) or not isinstance(item, (int, float)):
        return str(item)
    text = str(item) if isinstance(item, int) else f"{item:.{digits}g}"
    return text.replace("-", "−")


def told_apart(right: Any, yours: Any) -> tuple[str, str]:
    """Two numbers with as many digits as tell them apart."""
    for digits in (4, 8, 12, 17):
        one, other = number(right, digits), number(yours, digits)
        if one != other:
            break
    return one, other


def changed_words(exercise: Exercise, changed: Iterable[int | str]) -> str:
    """Which arguments a call modified."""
    return " and ".join(argument_name(exercise, key) for key in changed)
