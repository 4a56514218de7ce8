"""Fast and trained: convolution as one matrix product, a network that learns, and what shifting does to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.calls import Call, Earlier, Named
from autograder.exercises.lesson_07 import conv2d
from autograder.exercises.model import (
    INPUTS_KEPT,
    VOLUME,
    Accepts,
    Array,
    Case,
    Draw,
    Exercise,
    Part,
    bugs,
    case,
    variants,
)
from autograder.exercises.wrong_convolutions import BUGS, texts
from convlib import fast
from convlib.shapes import output_size

LESSON = "11_fast_and_trained"

_INTEGER = """Everything after the decimal point is lost: an array of integers cannot hold your values.

Which type does the array have into which you write?"""
_X_MODIFIED = """Your function does more than return its result: it writes into x, which belongs to the caller.

Whoever calls you twice with the same x: what do they get the second time?"""


# im2col


def _im2col_variant(
    sides: Callable[[int, int], tuple[int, int]] = lambda rows, columns: (rows, columns),
    pads: Callable[[int], tuple[tuple[int, int], tuple[int, int]]] = lambda pad: ((pad, pad), (pad, pad)),
    starts: Callable[[int, int], int] = lambda i, stride: i * stride,
    count: Callable[[int, int, int], int] = output_size,
    order: tuple[int, ...] = (0, 1, 2),
    inside: tuple[int, ...] = (3, 4, 5),
    taps: Callable[[Array], Array] = lambda windows: windows,
    shape: Callable[[Array], Array] = lambda table: table,
    result: Callable[[Array, Array], Any] = lambda table, x: table,
) -> Callable[..., Any]:
    """Windows (N, OH, OW, KH, KW, C), then the order of the rows and of what stands in one."""

    def im2col(x: Array, kernel: Any, stride: int = 1, pad: int = 0) -> Any:
        KH, KW = sides(*((kernel, kernel) if np.ndim(kernel) == 0 else kernel))
        padded = np.pad(x, ((0, 0), *pads(pad), (0, 0)))
        N, H, W, C = padded.shape
        OH, OW = count(H, KH, stride), count(W, KW, stride)
        windows = np.zeros((N, OH, OW, KH, KW, C))
        for i in range(OH):
            for j in range(OW):
                top, left = starts(i, stride), starts(j, stride)
                windows[:, i, j] = padded[:, top : top + KH, left : left + KW, :]
        table = taps(windows).transpose(*order, *inside)
        return result(shape(table.reshape(N * OH * OW, -1)), x)

    return im2col


def _first_images_only(table: Array, x: Array) -> Array:
    return table[: len(table) // len(x)]


def _unfolded(table: Array, x: Array) -> Array:
    return table.reshape(len(x), -1, table.shape[1])


def _x_written(table: Array, x: Array) -> Array:
    x[:, 0] = 0.0
    return table


def _tables(draw: Draw, *rows: tuple[tuple[int, ...], Any, int, int]) -> list[Case]:
    cases = []
    for x, kernel, stride, pad in rows:
        named = {
            name: value for name, value, usual in (("stride", stride, 1), ("pad", pad, 0)) if value != usual
        }
        cases.append(case(draw.array(*x), kernel, **named))
    return cases


def _small_tables() -> Iterator[Case]:
    rows: tuple[tuple[tuple[int, ...], Any, int, int], ...] = (
        ((1, 1, 1, 1), 1, 1, 0),
        ((1, 2, 2, 1), 2, 1, 0),
        ((1, 2, 2, 1), 1, 1, 0),
        ((1, 2, 3, 1), 2, 1, 0),
        ((1, 3, 2, 1), 2, 1, 0),
        ((1, 3, 3, 1), 2, 1, 0),
        ((1, 1, 2, 2), (1, 2), 1, 0),
        ((1, 2, 2, 2), 2, 1, 0),
        ((2, 2, 2, 1), 2, 1, 0),
        ((2, 1, 2, 1), 1, 1, 0),
        ((1, 2, 3, 1), (2, 1), 1, 0),
        ((1, 4, 4, 1), 2, 2, 0),
        ((1, 5, 4, 1), 2, 3, 0),
        ((1, 1, 1, 1), 2, 1, 1),
        ((1, 2, 2, 1), 3, 1, 1),
    )
    for x, kernel, stride, pad in rows:
        named = {
            name: value for name, value, usual in (("stride", stride, 1), ("pad", pad, 0)) if value != usual
        }
        yield case(1.0 + np.arange(np.prod(x), dtype=float).reshape(x), kernel, **named)


IM2COL = Exercise(
    id="im2col",
    lesson=LESSON,
    signature="im2col(x, kernel, stride=1, pad=0)",
    reference=_im2col_variant(),
    parts=(
        Part("one window", 0.5, lambda draw: _tables(draw, ((1, 3, 3, 1), 3, 1, 0), ((1, 2, 2, 3), 2, 1, 0))),
        Part(
            "one row for each window",
            0.75,
            lambda draw: _tables(
                draw, ((1, draw.pick(5, 6), 4, 1), 2, 1, 0), ((1, 4, draw.pick(6, 7), 1), 3, 1, 0)
            ),
        ),
        Part("channels", 0.5, lambda draw: _tables(draw, ((1, 4, 5, 3), 2, 1, 0), ((1, 5, 4, 2), 3, 1, 0))),
        Part(
            "batch",
            0.5,
            lambda draw: _tables(draw, ((draw.pick(2, 3), 5, 4, 1), 2, 1, 0), ((2, 4, 5, 2), 1, 1, 0)),
        ),
        Part(
            "kernels with two sides",
            0.5,
            lambda draw: _tables(
                draw, ((1, 6, 5, 2), (3, 2), 1, 0), ((2, 5, draw.pick(6, 7), 1), (2, 3), 1, 0)
            ),
        ),
        Part(
            "stride, input that does not fit",
            0.5,
            lambda draw: _tables(
                draw,
                ((1, 6, 4, 1), 2, 2, 0),
                ((2, 8, draw.pick(5, 6), 2), (3, 2), 2, 0),
                ((1, 6, 9, 1), 2, 3, 0),
            ),
        ),
        Part(
            "padding",
            0.5,
            lambda draw: _tables(draw, ((1, 4, draw.pick(4, 5), 2), 3, 1, 1), ((2, 5, 7, 3), (2, 3), 3, 2)),
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _im2col_variant,
        {
            "channels_first_in_a_row": (
                {"inside": (5, 3, 4)},
                """In your rows the channels come first: the weights are stored (KH, KW, C, filters), so channels change fastest.

                w.reshape(−1, F): which two weights of one filter lie next to each other?""",
            ),
            "columns_before_rows_in_a_row": (
                {"inside": (4, 3, 5)},
                """In your rows each window is read column by column: rows come first, as w.reshape(−1, F) has them.

                Which cell of the window does the second number of your row belong to?""",
            ),
            "windows_column_by_column": (
                {"order": (0, 2, 1)},
                """Your windows are taken down the columns first: the output is filled row by row, so the window to the right comes
                next.

                After the window of output (0, 0), which output's window is next?""",
            ),
            "images_last": (
                {"order": (1, 2, 0)},
                """Your rows go through the images for each place: all windows of image 0 come first, then those of image 1.

                The table is to be reshaped to (N, OH, OW, F): which index changes slowest?""",
            ),
            "table_transposed": (
                {"shape": lambda table: table.T},
                """Your table lies on its side: one *row* for each window, so that table @ w.reshape(−1, F) fits.

                How many rows are due for 9 windows?""",
            ),
            "reshaped_without_transpose": (
                {"shape": lambda table: np.ascontiguousarray(table.T).reshape(table.shape)},
                """The numbers are the right ones, but they stand in the wrong places: a reshape only cuts the row of numbers anew, it
                does not exchange axes.

                What does np.arange(6).reshape(2, 3).reshape(3, 2) give, and what does .T give?""",
            ),
            "windows_turned": (
                {"taps": lambda windows: windows[:, :, :, ::-1, ::-1]},
                """Your windows are turned by 180°: together with the filter as it is, that is a true convolution.

                Which cell of the window does the first number of your row belong to?""",
            ),
            "stride_ignored": (
                {"count": lambda n, k, stride: n - k + 1, "starts": lambda i, stride: i},
                """Your stride changes nothing: there is a row for every window of stride 1.

                With 6 rows, windows of 2 and stride 2: how many windows fit below each other?""",
            ),
            "window_start_ignores_stride": (
                {"starts": lambda i, stride: i},
                """Your stride changes the number of windows, but not where they start.

                Which input row does window i start at? Say it for i = 0, 1, 2 before you write it.""",
            ),
            "padding_ignored": (
                {"pads": lambda pad: ((0, 0), (0, 0))},
                """Your padding changes nothing: the windows are to slide over the zeros around the picture too.

                How many rows does your function slide over when pad is 1?""",
            ),
            "padding_all_in_front": (
                {"pads": lambda pad: ((2 * pad, 0), (2 * pad, 0))},
                """All the zeros are above and to the left: each side gets `pad` of them.

                In which row of the padded picture does row 0 of the picture belong?""",
            ),
            "padding_all_behind": (
                {"pads": lambda pad: ((0, 2 * pad), (0, 2 * pad))},
                """All the zeros are below and to the right: each side gets `pad` of them.

                In which row of the padded picture does row 0 of the picture belong?""",
            ),
            "padding_on_rows_only": (
                {"pads": lambda pad: ((pad, pad), (0, 0))},
                """Only rows are padded: the columns left and right are missing.

                Which axis of x holds the columns?""",
            ),
            "kernel_height_for_both": (
                {"sides": lambda rows, columns: (rows, rows)},
                """Your windows are square: the kernel's height is used for both sides.

                A window of 3 rows and 2 columns: how many numbers does one row of the table hold?""",
            ),
            "kernel_width_for_both": (
                {"sides": lambda rows, columns: (columns, columns)},
                """Your windows are square: the kernel's width is used for both sides.

                A window of 3 rows and 2 columns: how many numbers does one row of the table hold?""",
            ),
            "first_image_only": (
                {"result": _first_images_only},
                """Only the windows of image 0 are there.

                Over which axis does your function never run?""",
            ),
            "images_kept_apart": (
                {"result": _unfolded},
                """Your table has an axis for the images: all windows of all images stand below each other in one table.

                How many axes does a matrix have?""",
            ),
            "size_plus_one_missing": (
                {"count": lambda n, k, stride: (n - k) // stride},
                """The last windows of each row and column are missing: there is one window more than there are steps.

                Put a kernel as large as the input on it: how many windows are there?""",
            ),
            "integer_buffer": ({"result": lambda table, x: np.trunc(table)}, _INTEGER),
            "input_modified": ({"result": _x_written}, _X_MODIFIED),
            "returns_nothing": ({"result": lambda table, x: None}, texts("returns_nothing")),
        },
    ),
    small=_small_tables,
    axes={"x": VOLUME, "": ("window", "tap")},
    trace="window",
    hints=(
        "Write it with loops first: for each image, row and column of the output, cut the window and make one row of it.",
        "window.reshape(−1) puts rows first, then columns, then channels: the order that w.reshape(−1, F) has.",
    ),
)


# conv2d_im2col


# What these do to a loop stops a reshape in the same way; of a table something else is true.
_OF_LOOPS = {"stride_applied_twice", "height_and_width_exchanged"}


def table_and_size_disagree_in_stride(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 0) -> Array:
    """With a stride, the rows of your table do not make up your output: one of the two is counted without it.

    With 5 places along a side and stride 2, how many rows has your table, and what is OH · OW?
    """
    if stride != 1:
        raise ValueError("cannot reshape array")
    return fast.conv2d(x, w, b, stride, pad)


def table_and_size_disagree_in_sides(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 0) -> Array:
    """Where rows and columns differ, the rows of your table do not make up your output: one of the two takes one side for the other.

    Which of your two sizes belongs to the rows, and what is it counted from?
    """
    out = fast.conv2d(x, w, b, stride, pad)
    if out.shape[1] != out.shape[2]:
        raise ValueError("cannot reshape array")
    return out


_CONV2D_POINTS = (0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.5, 0.25, 0.25)

CONV2D_IM2COL = Exercise(
    id="conv2d_im2col",
    lesson=LESSON,
    signature="conv2d_im2col(x, w, b, stride=1, pad=0)",
    catalogue=(
        *(bug for bug in BUGS if bug.id not in _OF_LOOPS),
        *bugs(
            table_and_size_disagree_in_stride,
            table_and_size_disagree_in_sides,
        ),
    ),
    reference=fast.conv2d,  # it also stands in for a learner's that is missing, in networks that are trained
    parts=tuple(
        Part(part.name, points, part.cases)
        for part, points in zip(conv2d.requirements, _CONV2D_POINTS, strict=True)
    ),
    small=conv2d.examples,
    axes=conv2d.axes,
    trace=conv2d.trace,
    guards=("conv2d",),
    hints=(
        "Three lines: the table, one matrix product, and a reshape to (N, OH, OW, F).",
        "The table is (N·OH·OW, KH·KW·C). Which shape must the weights have to stand behind it?",
    ),
)


# train_convnet

# A dense network of three times the size stays below a half; on forty sets of glyphs the worst convolutional
# one of five epochs read 78 %, half of them more than 97 %.
ENOUGH = 0.7


def _labelled(values: tuple[Any, ...], due: int) -> Array | str:
    """The predicted labels, or what is wrong with them."""
    if len(values) < 2:
        return "your train_convnet is to return a function: predict(pictures) gives their labels"
    try:
        labels = np.asarray(values[1])
    except ValueError:
        return "your predict is to return an array, one label for each picture"
    if labels.shape != (due,):
        return f"your predict returned the shape {labels.shape} for {due} pictures; one label for each is due"
    if labels.dtype.kind not in "iuf":
        return "your predict is to return numbers, one label for each picture"
    return labels


def _has_labels(due: int, classes: int) -> Accepts:
    def accepts(values: tuple[Any, ...]) -> str | None:
        labels = _labelled(values, due)
        if isinstance(labels, str):
            return labels
        if not np.isin(labels, np.arange(classes)).all():
            return f"your predict returned something else than the labels 0 to {classes - 1}"
        return None

    return accepts


def _reads(right: Any) -> Accepts:
    def accepts(values: tuple[Any, ...]) -> str | None:
        labels = _labelled(values, len(right))
        if isinstance(labels, str):
            return labels
        accuracy = float(np.mean(labels == right))
        if accuracy >= ENOUGH:
            return None
        told = f"{accuracy:.0%} of {len(right)} new pictures were read right; {ENOUGH:.0%} are due"
        if len(np.unique(labels)) == 1:
            return f"{told}. Every picture got the same label: has the network learned anything?"
        if accuracy < 0.3:
            return f"{told}. That is hardly more than guessing: do the losses fall at all?"
        if accuracy < 0.55:
            return (
                f"{told}. A dense network gets as far as this: is there a convolution in yours, and a pool?"
            )
        return f"{told}. More epochs, or more filters, or pooling over all places at the end"

    return accepts


def _training(draw: Draw, pictures: int, tested: int, rule: Callable[[Any], Accepts]) -> Case:
    from convlib.datasets import glyphs

    seed = int(draw.rng.integers(1, 10_000))
    x, y = glyphs(pictures, seed=seed)
    x_test, y_test = glyphs(tested, seed=seed + 10_000)
    return Case((x, y), {"seed": 0}, (Call(Earlier(0), (x_test,)),), rule(y_test))


def _train_convnet(x: Array, y: Array, seed: int = 0) -> Callable[[Array], Any]:
    """The course's own network: two convolutions, a pool between them and one over all places at the end."""
    from convlib.layers import Conv2D, Dense, GlobalMaxPool2D, MaxPool2D, ReLU, Sequential
    from convlib.training import SGD, fit

    layers = [
        Conv2D(8, 3, padding="same"),
        ReLU(),
        MaxPool2D(2),
        Conv2D(16, 3, padding="same"),
        ReLU(),
        GlobalMaxPool2D(),
        Dense(6),
    ]
    model = Sequential(layers, input_shape=x.shape[1:], seed=seed)
    fit(model, x, y, epochs=6, batch_size=32, optimizer=SGD(0.03, momentum=0.9), seed=seed, progress=False)
    return model.classify


def _untrained(x: Array, y: Array, seed: int = 0) -> Any:
    """Your predict gives every picture the same label: nothing was learned, or nothing of it is used.

    What does your network's loss do from the first step to the last?
    """
    return lambda pictures: np.zeros(len(pictures), dtype=int)


def _returns_scores(x: Array, y: Array, seed: int = 0) -> Any:
    """Your predict returns scores, one for each class: the label is the class with the largest.

    Which function tells where the largest number of a row is?
    """
    return lambda pictures: np.zeros((len(pictures), 6))


for _function, _id in (
    (_untrained, "same_label_for_all"),
    (_returns_scores, "scores_instead_of_labels"),
):
    _function.__name__ = _id

TRAIN_CONVNET = Exercise(
    id="train_convnet",
    lesson=LESSON,
    signature="train_convnet(x, y, seed=0)",
    reference=_train_convnet,
    parts=(
        Part("returns labels", 1, lambda draw: [_training(draw, 48, 7, lambda right: _has_labels(7, 6))]),
        Part("reads pictures it has never seen", 4, lambda draw: [_training(draw, 1500, 500, _reads)]),
    ),
    catalogue=bugs(_untrained, _returns_scores),
    hints=(
        "Convolution, ReLU, pool; once more; then the largest value of each map, and a dense layer with six scores.",
        "Watch the loss. If it jumps about, take smaller steps; if it creeps, larger ones.",
    ),
    seconds=60.0,
)


# equivariance_gap


def _gap_variant(
    moved: Callable[[Array, int], Array] | None = None,
    known: Callable[[Array, Array, int], tuple[Array, Array]] = lambda after, before, shift: (
        after[:, shift:],
        before[:, : before.shape[1] - shift],
    ),
    distance: Callable[[Array], Any] = np.abs,
    gather: Callable[[Array], Any] = lambda d: d.max(initial=0.0),
    result: Callable[[Any, Array], Any] = lambda gap, x: float(gap),
) -> Callable[..., Any]:
    def equivariance_gap(f: Callable[[Array], Array], x: Array, shift: int) -> Any:
        shifted = (moved or _moved_down)(x, shift)
        after, before = known(f(shifted), f(x), shift)
        return result(gather(distance(after - before)), x)

    return equivariance_gap


def _moved_down(x: Array, shift: int) -> Array:
    shifted = np.zeros_like(x)
    shifted[:, shift:] = x[:, : x.shape[1] - shift]
    return shifted


def _moved_right(x: Array, shift: int) -> Array:
    shifted = np.zeros_like(x)
    shifted[:, :, shift:] = x[:, :, : x.shape[2] - shift]
    return shifted


def _gap_written(gap: Any, x: Array) -> float:
    x[:, -1] = 0.0
    return float(gap)


# The largest difference lies in the last row that both maps know, or, the other way round, in the first.
_ROWS = np.array([1.0, 3.0, 9.0, 27.0, 27.0])[:, None, None]


def _gaps(draw: Draw, name: str, *rows: tuple[tuple[int, ...], int]) -> list[Case]:
    """Pictures and channels that grow from the first to the last, so that none of them can be left out."""
    growing = (
        np.arange(1.0, 1.0 + shape[0])[:, None, None, None] * np.arange(1.0, 1.0 + 2 * shape[3], 2)
        for shape, _ in rows
    )
    return [
        case(Named(name), draw.array(*shape, shift=0.5) * scale, shift)
        for (shape, shift), scale in zip(rows, growing, strict=True)
    ]


def _yes_or_no(f: Callable[[Array], Array], x: Array, shift: int) -> bool:
    """Yes or no comes back: the size of the gap is due, a number.

    What does the docstring promise?
    """
    return bool(_gap_variant()(f, x, shift) < 1e-9)


_yes_or_no.__name__ = "yes_or_no"

EQUIVARIANCE_GAP = Exercise(
    id="equivariance_gap",
    lesson=LESSON,
    signature="equivariance_gap(f, x, shift)",
    reference=_gap_variant(),
    parts=(
        Part(
            "a function that moves along",
            0.75,
            lambda draw: (
                _gaps(draw, "row_differences", ((1, 6, draw.pick(3, 4), 1), 1), ((2, 7, 4, 2), 2))
                + _gaps(draw, "darker_above", ((2, 6, 3, 2), draw.pick(1, 2)))
            ),
        ),
        Part(
            "a function that knows the place",
            0.75,
            lambda draw: [
                *_gaps(
                    draw, "brighter_below", ((1, draw.pick(5, 6), 3, 1), 1), ((2, 6, 4, 2), draw.pick(2, 3))
                ),
                *(
                    case(Named("brighter_below"), (-np.abs(draw.array(3, 5, 4, 2)) - 0.5) * heavy, 1)
                    for heavy in (_ROWS, _ROWS[::-1])
                ),
            ],
        ),
        Part(
            "a stride",
            0.75,
            lambda draw: _gaps(draw, "every_second_row", ((1, 8, 3, 1), 1), ((2, draw.pick(9, 10), 4, 2), 2)),
        ),
        Part(
            "shift 0",
            0.5,
            lambda draw: (
                _gaps(draw, "brighter_below", ((1, 4, 3, 1), 0))
                + _gaps(draw, "row_differences", ((2, draw.pick(4, 5), 3, 2), 0))
            ),
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _gap_variant,
        {
            "output_not_shifted": (
                {
                    "known": lambda after, before, shift: (after, before),
                },
                """You compare f of the shifted picture with f of the picture, both unshifted: that asks whether the output stays the
                same. Equivariance asks whether it moves along.

                The picture moves down by one row: where should row 0 of the map be found again?""",
            ),
            "all_cells_compared": (
                {
                    "known": lambda after, before, shift: (after, _moved_down(before, shift)),
                },
                """Rows that came in at the top are compared too: there the shifted picture has rows that the picture does not have.

                After a shift of 2, which rows of the map does only one of the two know?""",
            ),
            "last_row_left_out": (
                {
                    "known": lambda after, before, shift: (
                        after[:, shift : after.shape[1] - 1],
                        before[:, : max(before.shape[1] - shift - 1, 0)],
                    )
                },
                """The last row of the two maps is not compared: a slice leaves out its end as it is.

                With 5 rows and a shift of 1, which rows of the shifted map are compared?""",
            ),
            "empty_slice_at_zero": (
                {"known": lambda after, before, shift: (after[:, shift:], before[:, :-shift])},
                """With shift 0 your slice is empty: it ends at −0, and that is the beginning.

                What does a[:, :-0] hold? Say where the slice ends counted from the front.""",
            ),
            "wrong_way_round": (
                {
                    "known": lambda after, before, shift: (
                        after[:, : after.shape[1] - shift],
                        before[:, shift:],
                    )
                },
                """Your two maps are moved against each other: the picture goes down, so its row i is found again at row i + shift.

                The picture moves down by one row: where should row 0 of the map be found again?""",
            ),
            "moved_to_the_right": (
                {"moved": _moved_right},
                """Your picture moves to the right, not down: axis 1 counts the rows.

                Which axis of (N, H, W, C) does a shift in rows run along?""",
            ),
            "rolled_around": (
                [
                    {
                        "moved": lambda x, shift: np.roll(x, shift, axis=1),
                        "known": lambda after, before, shift: (after, np.roll(before, shift, axis=1)),
                    },
                    {"moved": lambda x, shift: np.roll(x, shift, axis=1)},
                ],
                """What leaves at the bottom comes in again at the top: the rows that come in are to be 0, and there the two maps are not
                compared.

                After a shift of 2, which rows of the map does only one of the two know?""",
            ),
            "edge_repeated": (
                {"moved": lambda x, shift: x[:, np.maximum(np.arange(x.shape[1]) - shift, 0)]},
                """The rows that come in at the top repeat row 0 of your picture: they are to be 0.

                Where does a moved picture get the rows from that nobody has seen?""",
            ),
            "always_zero": (
                {"result": lambda gap, x: 0.0},
                """Your gap is 0 for every function that was tried, also for one that multiplies each row by its number.

                Which two maps do you compare, and in which direction did the picture move?""",
            ),
            "first_channel_only": (
                {"gather": lambda d: d[..., 0].max(initial=0.0)},
                """Only the first channel counts: the largest difference of all channels is due.

                Over which axes does your max run?""",
            ),
            "sign_kept": (
                [
                    {"distance": distance, "gather": gather}
                    for distance in (np.positive, np.negative)
                    for gather in (np.max, lambda d: d.max(initial=0.0))
                ],
                """Your largest difference keeps its sign: where one map is lower than the other, it does not count.

                What is the gap if all differences are −3?""",
            ),
            "averaged": (
                {"gather": lambda d: d.mean() if d.size else 0.0},
                """You return the mean difference: the largest is due. One cell that does not move along is enough.

                Which of mean and max is 0 only if everything moves along?""",
            ),
            "summed": (
                {"gather": lambda d: d.sum()},
                """You return the sum of the differences: the largest is due.

                If the picture is twice as wide, what becomes of your gap?""",
            ),
            "smallest": (
                {"gather": lambda d: d.min() if d.size else 0.0},
                """You return the smallest difference: the largest is due. One cell that does not move along is enough.

                What does min say as soon as one cell agrees?""",
            ),
            "squared": (
                {"distance": np.square},
                """Your differences are squared: the largest magnitude is due.

                What is the gap if the largest difference is 3?""",
            ),
            "first_picture_only": (
                {"gather": lambda d: d[0].max(initial=0.0)},
                """Only the first picture counts: the largest difference of the whole batch is due.

                Over which axes does your max run?""",
            ),
            "table_of_gaps": (
                {"gather": lambda d: d.max(axis=(1, 2, 3), initial=0.0), "result": lambda gap, x: gap},
                """A gap for each picture comes back: one number is due, the largest of all.

                Over which axes does your max run?""",
            ),
            "input_modified": ({"result": _gap_written}, _X_MODIFIED),
            "returns_nothing": ({"result": lambda gap, x: None}, texts("returns_nothing")),
        },
    )
    + bugs(_yes_or_no),
    small=lambda: (
        case(Named(name), (1.0 + np.arange(rows, dtype=float) ** 2).reshape(1, rows, 1, 1), shift)
        for name, rows, shift in (
            ("row_differences", 3, 1),
            ("brighter_below", 2, 1),
            ("brighter_below", 3, 1),
            ("row_differences", 4, 2),
            ("every_second_row", 4, 1),
            ("every_second_row", 6, 1),
            ("brighter_below", 3, 0),
            ("brighter_below", 4, 2),
        )
    ),
    axes={"x": VOLUME},
    magnitude=lambda f, x, shift: 10.0 * float(np.abs(x).max(initial=1.0)),
    hints=(
        "Two maps: f of the picture, and f of the picture moved down. Row i of the one should be row i + shift of the other.",
        "What came in at the top is unknown to the first map, and what went out at the bottom to the second.",
    ),
)

EXERCISES = (IM2COL, CONV2D_IM2COL, TRAIN_CONVNET, EQUIVARIANCE_GAP)
