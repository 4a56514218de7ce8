"""Debugging clinic: find an input on which a wrong function differs from the right one.

The patients are the commonest mistakes of BUGS, written as learners write them. The notebook shows the same
code (a test compares the two), and the judge runs patient and right function on the learner's input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.calls import Call, Raised, Returned, answer_own
from autograder.exercises.model import Accepts, Array, Case, Exercise, Part, bugs
from convlib import fast
from convlib.fast import conv2d
from convlib.shapes import output_size

LESSON = "13_debugging_clinic"

Arguments = dict[str, Any]
# Why a bug can hide in an input, with the question that follows: the first that holds is what the learner reads.
Reasons = tuple[tuple[Callable[[Arguments], bool], str], ...]
MOST_CELLS = 400  # an input is made by hand; and the judge computes with it, so nothing large may come
MOST_STEPS = 8  # stride, padding and window sizes


# The patients. As a learner would have written them, and as the lesson shows them.


def patient_1(x, w, b, stride=1, pad=0):
    return conv2d(x, w[::-1, ::-1], b, stride, pad)


def patient_2(x, w, b, stride=1, pad=0):
    N, H, _, _ = x.shape
    KH, KW, _, F = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    out = np.zeros((N, (H + 2 * pad - KH) // stride + 1, (H + 2 * pad - KW) // stride + 1, F))
    for i, j in np.ndindex(out.shape[1:3]):
        window = padded[:, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, i, j] = np.tensordot(window, w, 3) + b
    return out


def patient_3(x, w, b, stride=1, pad=0):
    N, H, W, _ = x.shape
    KH, KW, _, F = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    out = np.zeros((N, (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1, F))
    for i, j in np.ndindex(out.shape[1:3]):
        window = padded[:, i : i + KH, j : j + KW]
        out[:, i, j] = np.tensordot(window, w, 3) + b
    return out


def patient_4(x, w, b, stride=1, pad=0):
    channels = range(x.shape[3])
    return sum(conv2d(x[..., c : c + 1], w[:, :, c : c + 1], b, stride, pad) for c in channels)


def patient_5(x, size=2, stride=None):
    stride = stride or size
    N, H, W, C = x.shape
    out = np.zeros((N, (H - size) // stride + 1, (W - size) // stride + 1, C))
    for i, j in np.ndindex(out.shape[1:3]):
        for row, column in np.ndindex(size, size):
            cell = x[:, i * stride + row, j * stride + column]
            out[:, i, j] = np.maximum(out[:, i, j], cell)
    return out


def patient_6(dout, x, w, stride=1, pad=0):
    KH, KW, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dx, dw = np.zeros_like(padded, dtype=float), np.zeros_like(w, dtype=float)
    for n, i, j in np.ndindex(dout.shape[:3]):
        rows, columns = slice(i * stride, i * stride + KH), slice(j * stride, j * stride + KW)
        dx[n, rows, columns] += w @ dout[n, i, j]
        dw += padded[n, rows, columns, :, None] * dout[n, i, j]
    return dx[:, pad:-pad, pad:-pad], dw, dout.sum(axis=(0, 1, 2))


def patient_7(dout, x, size=2, stride=None):
    stride = stride or size
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(dout.shape):
        window = x[n, i * stride : i * stride + size, j * stride : j * stride + size, c]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        dx[n, i * stride + row, j * stride + column, c] = dout[n, i, j, c]
    return dx


def patient_8(dout, x, size=2, stride=None):
    stride = stride or size
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(dout.shape):
        here = n, slice(i * stride, i * stride + size), slice(j * stride, j * stride + size), c
        dx[here] += (x[here] == x[here].max()) * dout[n, i, j, c]
    return dx


# What the judge does with an input.


def _cells(arguments: Mapping[str, Any]) -> int:
    return sum(int(np.size(value)) for value in arguments.values())


def _plain(arguments: Any, allowed: tuple[str, ...]) -> Arguments | str:
    """The learner's arguments with arrays in them, or what is wrong with them."""
    if not isinstance(arguments, dict):
        return "a dict of arguments is due, such as {'x': …}"
    unknown = [name for name in arguments if name not in allowed]
    if unknown:
        return f"there is no argument {unknown[0]!r}; the function has {', '.join(allowed)}"
    plain: Arguments = {}
    for name, value in arguments.items():
        if name in ("stride", "pad", "size"):
            if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
                return f"your {name} is to be a whole number"
            if not 0 <= value <= MOST_STEPS:
                return f"your {name} is {value}: between 0 and {MOST_STEPS} there is enough to choose from"
            plain[name] = int(value)
            continue
        if np.size(value) > MOST_CELLS:
            return f"your {name} has {np.size(value):,} numbers: a small input says more"
        try:
            plain[name] = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            return f"your {name} is to be an array of numbers"
        if not np.isfinite(plain[name]).all():
            return f"your {name} holds values that are no finite numbers"
    if _cells(plain) > MOST_CELLS:
        return f"together that is {_cells(plain):,} numbers: a small input says more"
    return plain


def _near(one: Any, other: Any) -> bool:
    """Whether two results agree, arrays or tuples of them, up to rounding."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(_near(a, b) for a, b in zip(one, other, strict=True))
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-9, atol=1e-9))


def _exposes(
    right: Callable[..., Any], patient: Callable[..., Any], allowed: tuple[str, ...], hidden: Reasons
) -> Accepts:
    def accepts(values: tuple[Any, ...]) -> str | None:
        arguments = _plain(values[0], allowed)
        if isinstance(arguments, str):
            return arguments
        due = answer_own({"f": right}, (Call("f", (), arguments),))[0]
        if isinstance(due, Raised):
            return f"the right function refuses your input as well: {due.message}"
        came = answer_own({"f": patient}, (Call("f", (), arguments),))[0]
        if not isinstance(due, Returned) or not isinstance(came, Returned):
            return None  # the patient stops where the right function answers
        if _near(due.value, came.value):
            return "both give the same on your input. " + " ".join(_why(hidden, arguments).split())
        return None

    return accepts


def _why(hidden: Reasons, arguments: Arguments) -> str:
    """The first reason that holds; the last one holds where no other does."""
    return next(text for holds, text in hidden if holds(arguments))


def _exercise(
    number: int,
    right: Callable[..., Any],
    allowed: tuple[str, ...],
    patient: Callable[..., Any],
    exposing: Callable[[], Arguments],
    hiding: Callable[[], Arguments],
    hidden: Reasons,
    hints: tuple[str, ...],
) -> Exercise:
    name = f"expose_{number}"
    hiding.__name__ = "input_hides_the_bug"
    hiding.__doc__ = _why(hidden, hiding())
    return Exercise(
        id=name,
        lesson=LESSON,
        signature=f"{name}()",
        reference=exposing,
        parts=(
            Part(
                "an input on which the two differ",
                1,
                lambda draw: [Case(accepts=_exposes(right, patient, allowed, hidden))],
            ),
        ),
        catalogue=bugs(hiding),
        hints=hints,
    )


_CONV = ("x", "w", "b", "stride", "pad")
_CONV_BACKWARD = ("dout", "x", "w", "stride", "pad")
_POOL = ("x", "size", "stride")
_POOL_BACKWARD = ("dout", "x", "size", "stride")


def _counted(*shape: int) -> Array:
    return 1.0 + np.arange(np.prod(shape), dtype=float).reshape(shape)


def _conv_input(x: tuple[int, ...], w: tuple[int, ...], **more: Any) -> Arguments:
    return {"x": _counted(*x), "w": _counted(*w), "b": 1.0 + np.arange(w[3]), **more}


def _otherwise(arguments: Arguments) -> bool:
    return True


def _same_when_turned(arguments: Arguments) -> bool:
    return np.array_equal(arguments["w"], arguments["w"][::-1, ::-1])


def _one_window(arguments: Arguments) -> bool:
    stride, pad = arguments["stride"], arguments.get("pad", 0)
    sides = zip(arguments["x"].shape[1:3], arguments["w"].shape[:2], strict=True)
    return all(output_size(n, k, stride, pad) == 1 for n, k in sides)


def _windows_overlap(arguments: Arguments) -> bool:
    size = arguments.get("size", 2)
    return bool((arguments.get("stride") or size) < size)


EXERCISES = (
    _exercise(
        1,
        fast.conv2d,
        _CONV,
        patient_1,
        exposing=lambda: _conv_input((1, 2, 2, 1), (2, 2, 1, 1)),
        hiding=lambda: {"x": _counted(1, 3, 3, 1), "w": np.ones((2, 2, 1, 1)), "b": np.zeros(1)},
        hidden=(
            (
                _same_when_turned,
                """Your filter looks the same when it is turned by 180°: then both ways of laying it on the window give the same.

                Which is the smallest filter that changes when it is turned?""",
            ),
            (
                _otherwise,
                """Your filter does change when it is turned, but the picture hides it: its numbers are so even that the sums agree.

                With equal numbers in the window, does it matter which weight meets which?""",
            ),
        ),
        hints=("Look at what happens to w before the loops. Which filters does that leave as they are?",),
    ),
    _exercise(
        2,
        fast.conv2d,
        _CONV,
        patient_2,
        exposing=lambda: _conv_input((1, 3, 5, 1), (2, 2, 1, 1)),
        hiding=lambda: _conv_input((1, 4, 4, 1), (2, 2, 1, 1)),
        hidden=(
            (
                lambda arguments: arguments["x"].shape[1] == arguments["x"].shape[2],
                """Your picture is square: where height and width are equal, it does not matter which of them is used.

                Which shape tells rows from columns?""",
            ),
            (
                _otherwise,
                """Your picture is not square, but as many windows fit to its right as if it were: the stride rounds the difference away.

                How many columns does your output have, and how many would it have with H in the place of W?""",
            ),
        ),
        hints=("Read the two lines that compute the output's size, letter by letter.",),
    ),
    _exercise(
        3,
        fast.conv2d,
        _CONV,
        patient_3,
        exposing=lambda: _conv_input((1, 5, 5, 1), (3, 3, 1, 1), stride=2),
        hiding=lambda: _conv_input((1, 4, 5, 1), (2, 2, 1, 1)),
        hidden=(
            (
                lambda arguments: arguments.get("stride", 1) == 1,
                """With stride 1 the windows start at every cell anyway: the forgotten factor is 1.

                For which stride does i differ from i times the stride?""",
            ),
            (
                _one_window,
                """Your output has one cell, and its window starts at 0 whatever the stride is.

                How large must the picture be for a second window?""",
            ),
            (
                _otherwise,
                """The two look at different windows, but the sums in them agree: your numbers are too even.

                Which numbers make every window's sum another one?""",
            ),
        ),
        hints=("Where does stride appear, and where does it not?",),
    ),
    _exercise(
        4,
        fast.conv2d,
        _CONV,
        patient_4,
        exposing=lambda: _conv_input((1, 2, 2, 2), (2, 2, 2, 1)),
        hiding=lambda: _conv_input((1, 3, 4, 1), (2, 2, 1, 2)),
        hidden=(
            (
                lambda arguments: arguments["x"].shape[3] == 1,
                """With one channel the bias is added once, as it should be.

                What does the loop run over?""",
            ),
            (
                _otherwise,
                """Your biases are 0: however often 0 is added, the sum stays.

                Which bias tells once from twice?""",
            ),
        ),
        hints=("How often is b added to one cell of the output?",),
    ),
    _exercise(
        5,
        fast.max_pool2d,
        _POOL,
        patient_5,
        exposing=lambda: {"x": -_counted(1, 2, 2, 1)},
        hiding=lambda: {"x": _counted(1, 4, 4, 1)},
        hidden=(
            (
                _otherwise,
                """In each of your windows the largest number is 0 or more: a search that starts at 0 finds it all the same.

                When is 0 larger than everything in the window?""",
            ),
        ),
        hints=("What does the output hold before the first comparison?",),
    ),
    _exercise(
        6,
        fast.conv2d_backward,
        _CONV_BACKWARD,
        patient_6,
        exposing=lambda: {
            "dout": np.ones((1, 2, 2, 1)),
            "x": _counted(1, 3, 3, 1),
            "w": _counted(2, 2, 1, 1),
        },
        hiding=lambda: {
            "dout": np.ones((1, 4, 4, 1)),
            "x": _counted(1, 3, 3, 1),
            "w": _counted(2, 2, 1, 1),
            "pad": 1,
        },
        hidden=(
            (
                _otherwise,
                """With padding the slice takes the border off, as it should.

                What does a[0:-0] hold?""",
            ),
        ),
        hints=("Read the last line with pad = 1, then with pad = 0.",),
    ),
    _exercise(
        7,
        fast.max_pool2d_backward,
        _POOL_BACKWARD,
        patient_7,
        exposing=lambda: {
            "dout": np.ones((1, 1, 2, 1)),
            "x": np.array([1.0, 5.0, 2.0])[None, None, :, None].repeat(2, 1),
            "stride": 1,
        },
        hiding=lambda: {"dout": np.ones((1, 2, 2, 1)), "x": _counted(1, 4, 4, 1)},
        hidden=(
            (
                _windows_overlap,
                """Your windows overlap, but nothing is lost: no cell is the maximum of two windows that both send a gradient.

                In which cell must the largest number lie so that two windows find it?""",
            ),
            (
                _otherwise,
                """Your windows lie side by side: each cell is in one window only, and nothing is overwritten.

                When do two windows share a cell, and when is it the maximum of both?""",
            ),
        ),
        hints=("Look at the = in the last line of the loop. When is a cell written a second time?",),
    ),
    _exercise(
        8,
        fast.max_pool2d_backward,
        _POOL_BACKWARD,
        patient_8,
        exposing=lambda: {"dout": np.ones((1, 1, 1, 1)), "x": np.zeros((1, 2, 2, 1))},
        hiding=lambda: {"dout": np.ones((1, 2, 2, 1)), "x": _counted(1, 4, 4, 1)},
        hidden=(
            (
                lambda arguments: not arguments["dout"].any(),
                """Your gradient is 0: shared out in whatever way, it stays 0.

                What must come from above for a wrong share to show?""",
            ),
            (
                _otherwise,
                """In your windows the maximum stands once: then there is nothing to share.

                Which windows are common after a ReLU?""",
            ),
        ),
        hints=(
            "window == window.max() marks every cell that is as large as the largest. When are there two?",
        ),
    ),
)
