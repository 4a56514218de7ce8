"""Debugging clinic: find an input on which a wrong function differs from the right one.

The patients are the most common mistakes of the lessons before, written as learners write them. The notebook
shows the same code (a test compares the two), and the judge runs the patient and the right function on the
learner's input.
"""

import inspect
from typing import NamedTuple

import numpy as np

from autograder.authoring import case, counting, exercise
from convlib import fast
from convlib.fast import conv2d
from convlib.shapes import output_size

LESSON = "15_debugging_clinic"

MOST_CELLS = 400  # an input is made by hand; and the judge computes with it, so it must stay small
MOST_STEPS = 8  # stride, padding and window sizes


# The patients. As a learner would have written them, and as the lesson shows them.


def patient_1(x, w, b, stride=1, pad=0):
    return conv2d(x, w[::-1, ::-1], b, stride, pad)


def patient_2(x, w, b, stride=1, pad=0):
    N, H, _, _ = x.shape
    KH, KW, _, F = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    OH = (H + 2 * pad - KH) // stride + 1
    OW = (H + 2 * pad - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for i, j in np.ndindex(OH, OW):
        row, column = i * stride, j * stride
        window = padded[:, row : row + KH, column : column + KW]
        out[:, i, j] = np.tensordot(window, w, 3) + b
    return out


def patient_3(x, w, b, stride=1, pad=0):
    N, H, W, _ = x.shape
    KH, KW, _, F = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    OH = (H + 2 * pad - KH) // stride + 1
    OW = (W + 2 * pad - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for i, j in np.ndindex(OH, OW):
        window = padded[:, i : i + KH, j : j + KW]
        out[:, i, j] = np.tensordot(window, w, 3) + b
    return out


def patient_4(x, w, b, stride=1, pad=0):
    out = 0.0
    for c in range(x.shape[3]):
        out = out + conv2d(x[..., [c]], w[:, :, [c]], b, stride, pad)
    return out


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
        rows = slice(i * stride, i * stride + KH)
        columns = slice(j * stride, j * stride + KW)
        dx[n, rows, columns] += w @ dout[n, i, j]
        dw += padded[n, rows, columns, :, None] * dout[n, i, j]
    return dx[:, pad:-pad, pad:-pad], dw, dout.sum(axis=(0, 1, 2))


def patient_7(dout, x, size=2, stride=None):
    stride = stride or size
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, top : top + size, left : left + size, c]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        dx[n, top + row, left + column, c] = dout[n, i, j, c]
    return dx


def patient_8(dout, x, size=2, stride=None):
    stride = stride or size
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(dout.shape):
        rows = slice(i * stride, i * stride + size)
        columns = slice(j * stride, j * stride + size)
        here = n, rows, columns, c
        dx[here] += (x[here] == x[here].max()) * dout[n, i, j, c]
    return dx


# What earns the point.


def always(**arguments):
    return True


class Reason(NamedTuple):
    """Why a bug is hidden by an input, the question that follows, and for which arguments this holds."""

    sentence: str
    ask: str
    holds: object = always


def plain(arguments, allowed):
    """The learner's arguments, with arrays in them.

    Raises:
        ValueError: what is wrong with them.
    """
    if not isinstance(arguments, dict):
        raise ValueError("expected a dict of arguments, such as {'x': …}")
    unknown = [name for name in arguments if name not in allowed]
    if unknown:
        raise ValueError(f"there is no argument {unknown[0]!r}; the function has {', '.join(allowed)}")
    made = {name: number(name, arguments[name]) for name in arguments if name in ("stride", "pad", "size")}
    made |= {name: array(name, arguments[name]) for name in arguments if name not in made}
    cells = sum(np.size(value) for value in made.values())
    if cells > MOST_CELLS:
        raise ValueError(f"together the arrays have {cells:,} numbers: a small input says more")
    return made


def number(name, value):
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise ValueError(f"your {name} must be an integer, got {value!r:.40}")
    if not 0 <= value <= MOST_STEPS:
        raise ValueError(f"your {name} must be between 0 and {MOST_STEPS}, got {value}")
    return int(value)


def array(name, value):
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"your {name} must be an array of numbers") from None
    if numbers.size > MOST_CELLS:
        raise ValueError(f"your {name} has {numbers.size:,} numbers: a small input says more")
    if not np.isfinite(numbers).all():
        raise ValueError(f"your {name} contains values that are not finite")
    return numbers


def agree(one, other):
    """Whether two results are equal up to rounding, arrays or tuples of them."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(agree(a, b) for a, b in zip(one, other, strict=True))
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=1e-9, atol=1e-9)


def exposes(right, patient, reasons):
    """A rule: an input is right where the patient gives something else than the right function, or stops."""
    allowed = tuple(inspect.signature(patient).parameters)

    def accepts(values):
        try:
            arguments = plain(values[0], allowed)
        except ValueError as error:
            return str(error)
        try:
            expected = right(**arguments)
        except Exception as error:
            return f"the right function rejects your input too: {error}"
        try:
            got = patient(**arguments)
        except Exception:
            return None
        if not agree(expected, got):
            return None
        reason = next(reason for reason in reasons if reason.holds(**arguments))
        return f"both give the same result on your input. {reason.sentence} {reason.ask}"

    return accepts


def treats(made, right, patient, hides, *reasons):
    """Make an exercise the search for an input on which a patient differs from the right function.

    Args:
        made: the exercise, whose function returns such an input.
        right, patient: the two functions.
        hides: what is replaced in the exercise's text to give an input that hides the bug, for the first reason.
        reasons: why an input can hide the bug: the first that holds is what the learner reads.
    """

    def cases(draw):
        yield case().accepted_by(exposes(right, patient, reasons))

    made.requirement("an input on which the two differ", points=1, cases=cases)
    made.bug("input_hides_the_bug", hides, reasons[0].sentence, ask=reasons[0].ask)


# The eight.


@exercise(
    lesson=LESSON,
    hint="Look at what happens to w before the loops. Which filters does that leave as they are?",
)
def expose_1():
    return {"x": counting(1, 3, 3, 1), "w": counting(2, 2, 1, 1), "b": np.zeros(1)}


treats(
    expose_1, fast.conv2d, patient_1, {"counting(2, 2, 1, 1)": "np.ones((2, 2, 1, 1))"},
    Reason(
        "Your filter looks the same when it is rotated by 180°: then both ways of laying it on the window give the same result.",
        "What is the smallest filter that changes when it is rotated?",
        lambda w, **others: np.array_equal(w, w[::-1, ::-1]),
    ),
    Reason(
        "Your filter does change when it is rotated, but the image hides it: its numbers are so even that the sums agree.",
        "With equal numbers in the window, does it matter which weight meets which?",
    ),
)


@exercise(lesson=LESSON, hint="Read the lines that compute the output's size, letter by letter.")
def expose_2():
    return {"x": counting(1, 3, 5, 1), "w": counting(2, 2, 1, 1), "b": counting(1)}


treats(
    expose_2, fast.conv2d, patient_2, {"counting(1, 3, 5, 1)": "counting(1, 4, 4, 1)"},
    Reason(
        "Your image is square: where height and width are equal, it does not matter which of them is used.",
        "Which shape tells rows from columns?",
        lambda x, **others: x.shape[1] == x.shape[2],
    ),
    Reason(
        "Your image is not square, but as many windows fit side by side as if it were: the stride rounds the difference away.",
        "How many columns does your output have, and how many would it have with H in place of W?",
    ),
)


@exercise(lesson=LESSON, hint="Where does stride appear, and where does it not?")
def expose_3():
    return {"x": counting(1, 4, 5, 1), "w": counting(2, 2, 1, 1), "b": counting(1), "stride": 2}


def one_window(x, w, b, stride=1, pad=0):
    return all(output_size(n, k, stride, pad) == 1 for n, k in zip(x.shape[1:3], w.shape[:2], strict=True))


treats(
    expose_3, fast.conv2d, patient_3, {', "stride": 2': ""},
    Reason(
        "With stride 1 the windows start at every cell anyway: the forgotten factor is 1.",
        "For which stride does i differ from i times the stride?",
        lambda stride=1, **others: stride == 1,
    ),
    Reason(
        "Your output has one cell, and its window starts at 0 whatever the stride is.",
        "How large must the image be for a second window?",
        one_window,
    ),
    Reason(
        "The two functions look at different windows, but the sums in them agree: your numbers are too even.",
        "Which numbers give every window a sum of its own?",
    ),
)


@exercise(lesson=LESSON, hint="How often is b added to one cell of the output?")
def expose_4():
    return {"x": counting(1, 3, 4, 2), "w": counting(2, 2, 2, 2), "b": counting(2)}


treats(
    expose_4, fast.conv2d, patient_4,
    {"counting(1, 3, 4, 2)": "counting(1, 3, 4, 1)", "counting(2, 2, 2, 2)": "counting(2, 2, 1, 2)"},
    Reason(
        "With one channel the bias is added once, as it should be.",
        "What does the loop run over?",
        lambda x, **others: x.shape[3] == 1,
    ),
    Reason(
        "Your biases are 0: however often 0 is added, the sum stays the same.",
        "Which bias tells once from twice?",
    ),
)


@exercise(lesson=LESSON, hint="What does the output hold before the first comparison?")
def expose_5():
    return {"x": -counting(1, 4, 4, 1)}


treats(
    expose_5, fast.max_pool2d, patient_5, {"-counting": "counting"},
    Reason(
        "In each of your windows the largest number is 0 or more: a search that starts at 0 still finds it.",
        "When is 0 larger than everything in the window?",
    ),
)


@exercise(lesson=LESSON, hint="Read the last line with pad = 1, then with pad = 0.")
def expose_6():
    dout = np.ones((1, 2, 2, 1))
    return {"dout": dout, "x": counting(1, 3, 3, 1), "w": counting(2, 2, 1, 1), "pad": 0}


treats(
    expose_6, fast.conv2d_backward, patient_6, {"(1, 2, 2, 1)": "(1, 4, 4, 1)", '"pad": 0': '"pad": 1'},
    Reason("With padding the slice takes the border off, as it should.", "What does a[0:-0] hold?"),
)


@exercise(
    lesson=LESSON,
    hint="Look at the = in the last line of the loop. When is a cell written a second time?",
)
def expose_7():
    x = np.array([[1.0, 5.0, 2.0], [1.0, 5.0, 2.0]])[None, :, :, None]
    return {"dout": np.ones((1, 1, 2, 1)), "x": x, "stride": 1}


treats(
    expose_7, fast.max_pool2d_backward, patient_7,
    {
        'return {"dout": np.ones((1, 1, 2, 1)), "x": x, "stride": 1}':
        'return {"dout": np.ones((1, 2, 2, 1)), "x": counting(1, 4, 4, 1)}',
    },
    Reason(
        "Your windows lie side by side: each cell is in one window only, and nothing is overwritten.",
        "When do two windows share a cell, and when is it the maximum of both?",
        lambda size=2, stride=None, **others: (stride or size) >= size,
    ),
    Reason(
        "Your windows overlap, but nothing is lost: no cell is the maximum of two windows that both send a gradient.",
        "In which cell must the largest number lie so that two windows find it?",
    ),
)


@exercise(
    lesson=LESSON,
    hint="window == window.max() marks every cell that is as large as the largest. When are there two?",
)
def expose_8():
    return {"dout": np.ones((1, 2, 2, 1)), "x": np.zeros((1, 4, 4, 1))}


treats(
    expose_8, fast.max_pool2d_backward, patient_8, {"np.zeros((1, 4, 4, 1))": "counting(1, 4, 4, 1)"},
    Reason(
        "In your windows the maximum occurs once: then there is nothing to share.",
        "Which windows are common after a ReLU?",
        lambda dout, **others: dout.any(),
    ),
    Reason(
        "Your gradient is 0: however it is split, it stays 0.",
        "What must come from the layer above for a wrong split to show?",
    ),
)
