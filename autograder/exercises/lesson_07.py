"""Channels and sharing: one filter looks at all channels, and is the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.exercises.model import (
    FILTERS,
    INPUTS_KEPT,
    MAPS,
    VOLUME,
    Array,
    Case,
    Draw,
    Exercise,
    Part,
    case,
    variants,
)
from autograder.exercises.wrong_convolutions import BUGS, texts
from convlib import reference

LESSON = "07_channels_and_sharing"


def counted(*shape: int) -> Array:
    """1, 2, 3, … row by row: numbers that a learner can add up by hand."""
    return 1.0 + np.arange(np.prod(shape), dtype=float).reshape(shape)


# conv_single_step


def _conv_single_step(window: Array, w: Array, b: float) -> float:
    return float(np.sum(window * w) + b)


def _step_variant(
    filters: Callable[[Array], Array] = lambda w: w,
    products: Callable[[Array, Array], Any] = lambda window, w: np.sum(window * w),
    scale: Callable[[int, int, int], float] = lambda KH, KW, C: 1.0,
    bias: Callable[[Any, float, Array], Any] = lambda z, b, w: z + b,
    result: Callable[..., Any] = lambda z, window, w: z,
) -> Callable[..., Any]:
    def conv_single_step(window: Array, w: Array, b: float) -> Any:
        z = products(window, filters(w)) * scale(*w.shape)
        return result(bias(z, b, w), window, w)

    return conv_single_step


def _written_over(z: Any, window: Array, w: Array) -> Any:
    window *= w
    return z


_STEP_BUGS = variants(
    _step_variant,
    {
        "filter_turned": ({"filters": lambda w: w[::-1, ::-1]}, texts("filter_turned")),
        "filter_upside_down": ({"filters": lambda w: w[::-1]}, texts("filter_upside_down")),
        "filter_mirrored": ({"filters": lambda w: w[:, ::-1]}, texts("filter_mirrored")),
        "filter_transposed": ({"filters": lambda w: w.transpose(1, 0, 2)}, texts("filter_transposed")),
        "first_channel_only": (
            {"products": lambda window, w: np.sum(window[..., 0] * w[..., 0])},
            texts("first_channel_only"),
        ),
        "last_channel_only": (
            {"products": lambda window, w: np.sum(window[..., -1] * w[..., -1])},
            texts("last_channel_only"),
        ),
        "last_product_only": (
            {"products": lambda window, w: window[-1, -1, -1] * w[-1, -1, -1]},
            texts("last_product_only"),
        ),
        "first_product_only": (
            {"products": lambda window, w: window[0, 0, 0] * w[0, 0, 0]},
            """Only the first product counts: the sum is over all rows, columns and channels.

            Is there a return that comes too early?""",
        ),
        "channels_not_summed": (
            {"products": lambda window, w: (window * w).sum(axis=(0, 1))},
            texts("channels_not_summed"),
        ),
        "not_summed": (
            {"products": lambda window, w: window * w},
            """Your products are not added up: one filter gives one number for a window.

            How many products are there, and how many numbers come out?""",
        ),
        "bias_in_every_product": (
            {"products": lambda window, w: window * w, "bias": lambda z, b, w: np.sum(z + b)},
            texts("bias_per_product"),
        ),
        "bias_per_channel": ({"bias": lambda z, b, w: z + b * w.shape[2]}, texts("bias_per_channel")),
        "matrix_product": (
            [
                {"products": lambda window, w: np.sum(window @ w)},
                {"products": lambda window, w: np.sum(np.dot(window, w))},
            ],
            texts("matrix_product"),
        ),
        "products_of_sums": (
            {"products": lambda window, w: window.sum() * w.sum()},
            texts("products_of_sums"),
        ),
        "sum_instead_of_product": (
            {"products": lambda window, w: np.sum(window + w)},
            """Window and filter are added: each pixel is multiplied by its weight, then everything is added
            up.

            What does a weight of 0 do to its pixel?""",
        ),
        "weights_ignored": (
            {"products": lambda window, w: np.sum(window)},
            """Only the window is added up: each pixel is multiplied by its weight first.

            Where does w appear in your sum?""",
        ),
        "largest_product": ({"products": lambda window, w: np.max(window * w)}, texts("largest_product")),
        "absolute_products": (
            {"products": lambda window, w: np.sum(np.abs(window * w))},
            """Your products lost their signs: a negative product is taken off the sum.

            What do 2 · 3 and 2 · (−3) add up to?""",
        ),
        "channels_averaged": ({"scale": lambda KH, KW, C: 1.0 / C}, texts("channels_averaged")),
        "window_averaged": ({"scale": lambda KH, KW, C: 1.0 / (KH * KW * C)}, texts("window_averaged")),
        "pixels_averaged": ({"scale": lambda KH, KW, C: 1.0 / (KH * KW)}, texts("pixels_averaged")),
        "bias_forgotten": ({"bias": lambda z, b, w: z}, texts("bias_forgotten")),
        "bias_subtracted": ({"bias": lambda z, b, w: z - b}, texts("bias_subtracted")),
        "bias_multiplied": ({"bias": lambda z, b, w: z * b}, texts("bias_multiplied")),
        "relu_inside": ({"result": lambda z, window, w: np.maximum(z, 0.0)}, texts("relu_inside")),
        "sigmoid_inside": (
            {"result": lambda z, window, w: 1.0 / (1.0 + np.exp(-z))},
            texts("sigmoid_inside"),
        ),
        "tanh_inside": ({"result": lambda z, window, w: np.tanh(z)}, texts("tanh_inside")),
        "result_truncated": (
            {"result": lambda z, window, w: int(z)},
            """Everything after the decimal point is lost: the sum of products is no whole number.

            Which function of yours makes an int?""",
        ),
        "input_modified": (
            {"result": _written_over},
            """Your function does more than return its result: it writes into the window, which belongs to the caller:
            it may be a view of the picture.

            What does the picture hold after all its windows were looked at?""",
        ),
        "returns_nothing": ({"result": lambda z, window, w: None}, texts("returns_nothing")),
    },
)


def _small_steps() -> Iterator[Case]:
    yield case(counted(1, 1, 1), np.ones((1, 1, 1)), 0.0)
    yield case(counted(2, 2, 1), np.ones((2, 2, 1)), 0.0)
    yield case(counted(2, 2, 1), np.ones((2, 2, 1)), 1.0)
    yield case(counted(2, 2, 1), counted(2, 2, 1), 0.0)
    yield case(counted(2, 2, 1), counted(2, 2, 1), 1.0)
    yield case(counted(1, 2, 1), counted(1, 2, 1), 3.0)
    yield case(counted(1, 1, 2), counted(1, 1, 2), 1.0)
    yield case(counted(2, 2, 2), counted(2, 2, 2), 1.0)
    yield case(-counted(2, 2, 1), np.ones((2, 2, 1)), 1.0)
    yield case(counted(1, 2, 1) / 4, np.ones((1, 2, 1)), 0.0)


CONV_SINGLE_STEP = Exercise(
    id="conv_single_step",
    lesson=LESSON,
    signature="conv_single_step(window, w, b)",
    reference=_conv_single_step,
    parts=(
        Part(
            "products added up",
            0.75,
            lambda draw: [
                case(draw.array(3, 2, 1), draw.array(3, 2, 1), 0.0),
                case(draw.array(2, 4, 1, shift=-1.0), draw.array(2, 4, 1), 0.0),
            ],
        ),
        Part(
            "channels summed",
            0.5,
            lambda draw: [
                case(draw.array(1, 1, 3), draw.array(1, 1, 3), 0.0),
                case(draw.array(2, 3, 4), draw.array(2, 3, 4), 0.0),
                case(draw.array(2, 3, 3), draw.array(2, 3, 3), 0.0),
            ],
        ),
        Part(
            "bias",
            0.5,
            lambda draw: [
                case(draw.array(1, 1, 1), draw.array(1, 1, 1), float(draw.bias(1)[0])),
                case(draw.array(3, 3, 2), draw.array(3, 3, 2), -float(draw.bias(1)[0])),
                case(draw.array(4, 3, 3, shift=-2.0), draw.array(4, 3, 3), 2.5),
                case(draw.array(2, 2, 1), draw.array(2, 2, 1), -30.5),
            ],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=_STEP_BUGS,
    small=_small_steps,
    axes={"window": ("row", "column", "channel"), "w": ("row", "column", "channel")},
    trace="sum",
    hints=(
        "Lay the filter on the window: multiply what lies on each other, add everything up, add the bias.",
    ),
)


# conv2d

# Shapes x, w, stride and pad on which every known wrong convolution differs from the right one.
_FAMILIES = (
    ((2, 7, 9, 3), (3, 2, 3, 4), 1, 0),
    ((2, 9, 6, 3), (3, 2, 3, 4), 2, 1),
    ((2, 9, 7, 3), (2, 3, 3, 4), 3, 2),
    ((1, 5, 5, 2), (3, 3, 2, 2), 1, 1),
    ((1, 6, 4, 1), (1, 1, 1, 3), 2, 0),
)


def convolve(
    draw: Draw,
    x: tuple[int, ...],
    w: tuple[int, ...],
    *,
    flat: bool = True,
    b: bool = False,
    shift: float = 0.0,
    **options: int,
) -> Case:
    """A case with an input and filters of these shapes.

    Unless asked for, biases are 0 and a filter has one weight for all the pixels of a channel: however it is
    turned, the result is the same, and a learner who turns it loses the part about the window and no other.
    """
    bias = draw.bias(w[-1]) if b else np.zeros(w[-1])
    filters = np.broadcast_to(draw.array(1, 1, *w[2:]), w).copy() if flat else draw.array(*w)
    return case(draw.array(*x, shift=shift), filters, bias, **options)


def all_at_once(draw: Draw) -> list[Case]:
    """Everything a convolution has to get right, in few cases: batch, channels, filters, stride, padding,
    bias."""
    wider = draw.pick(0, 1)
    return [
        convolve(
            draw,
            (x[0], x[1], x[2] + (wider if x[1] < x[2] else 0), x[3]),
            w,
            flat=False,
            b=True,
            shift=-0.5 * index,
            stride=stride,
            pad=pad,
        )
        for index, (x, w, stride, pad) in enumerate(_FAMILIES)
    ]


def small_convolutions() -> Iterator[Case]:
    """Convolutions to do by hand: first one window, then one that slides, then one thing more at a time."""
    zero, one = np.zeros(1), np.ones(1)
    ones, square = np.ones((2, 2, 1, 1)), counted(2, 2, 1, 1)
    yield case(counted(1, 1, 1, 1), np.ones((1, 1, 1, 1)), zero)
    yield case(counted(1, 2, 2, 1), ones, zero)
    yield case(counted(1, 2, 2, 1), square, zero)
    yield case(counted(1, 3, 3, 1), ones, zero)
    yield case(counted(1, 3, 3, 1), square, zero)
    yield case(counted(1, 2, 2, 1), ones, one)
    yield case(counted(1, 2, 3, 1), ones, zero)
    yield case(counted(1, 3, 2, 1), ones, zero)
    yield case(counted(1, 3, 3, 1), np.ones((1, 2, 1, 1)), zero)
    yield case(counted(1, 3, 3, 1), np.ones((2, 1, 1, 1)), zero)
    yield case(counted(1, 4, 4, 1), ones, zero, stride=2)
    yield case(counted(1, 4, 6, 1), ones, zero, stride=2)
    yield case(counted(1, 6, 4, 1), ones, zero, stride=2)
    yield case(counted(1, 5, 5, 1), ones, zero, stride=2)
    yield case(counted(1, 5, 5, 1), ones, zero, stride=3)
    yield case(counted(1, 6, 6, 1), ones, zero, stride=3)
    yield case(counted(1, 2, 2, 1), ones, zero, pad=1)
    yield case(counted(1, 3, 3, 1), np.ones((3, 3, 1, 1)), zero, pad=1)
    yield case(counted(1, 2, 2, 1), ones, zero, pad=2)
    yield case(counted(1, 4, 4, 1), ones, zero, stride=2, pad=1)
    yield case(counted(1, 1, 1, 2), counted(1, 1, 2, 1), zero)
    yield case(counted(1, 2, 2, 2), np.ones((2, 2, 2, 1)), zero)
    yield case(counted(1, 2, 2, 2), np.ones((2, 2, 2, 1)), one)
    yield case(counted(1, 2, 2, 2), counted(2, 2, 2, 1), zero)
    yield case(counted(1, 2, 2, 1), counted(2, 2, 1, 2), np.zeros(2))
    yield case(counted(1, 1, 1, 1), np.ones((1, 1, 1, 2)), np.array([1.0, 2.0]))
    yield case(counted(1, 1, 2, 2), counted(1, 1, 2, 2), np.array([1.0, 2.0]))
    yield case(counted(1, 1, 2, 2), counted(1, 1, 2, 3), np.array([1.0, 2.0, 4.0]))
    yield case(counted(1, 1, 2, 3), counted(1, 1, 3, 2), np.array([1.0, 2.0]))
    yield case(counted(2, 2, 2, 1), ones, zero)
    yield case(counted(2, 2, 2, 1), ones, one, pad=1)
    yield case(-counted(1, 2, 2, 1), ones, zero)
    yield case(counted(1, 1, 2, 1) / 4, np.ones((1, 1, 1, 1)), zero)


_CONV2D_PARTS = (
    Part(
        "one window",
        1,
        lambda draw: [
            convolve(draw, (1, 3, 2, 1), (3, 2, 1, 1), flat=False),
            convolve(draw, (1, 2, 3, 1), (2, 3, 1, 1), flat=False),
            convolve(draw, (1, 1, 1, 1), (1, 1, 1, 1)),
        ],
    ),
    Part(
        "rectangular input",
        1,
        lambda draw: [
            convolve(draw, (1, draw.pick(5, 6), 8, 1), (2, 3, 1, 1)),
            convolve(draw, (1, 8, draw.pick(5, 6), 1), (3, 2, 1, 1)),
            convolve(draw, (1, 5, 5, 1), (2, 2, 1, 1)),
            # One row of windows, and one column: where shapes of length 1 broadcast, mistakes do not raise.
            convolve(draw, (1, 2, 4, 1), (2, 3, 1, 1)),
            convolve(draw, (1, 5, 2, 1), (3, 2, 1, 1)),
        ],
    ),
    Part(
        "channels summed",
        1,
        lambda draw: [
            convolve(draw, (1, 1, 1, 3), (1, 1, 3, 1)),
            convolve(draw, (1, 4, draw.pick(5, 6), 3), (2, 3, 3, 1)),
        ],
    ),
    Part(
        "several filters",
        0.5,
        lambda draw: [
            convolve(draw, (1, draw.pick(4, 5), 3, 2), (2, 1, 2, 4)),
            convolve(draw, (1, 4, 5, 3), (2, 2, 3, 2)),
        ],
    ),
    Part(
        "bias",
        0.5,
        lambda draw: [
            convolve(draw, (1, 1, 1, 1), (1, 1, 1, 3), b=True),
            convolve(draw, (1, 3, draw.pick(4, 5), 2), (2, 2, 2, 3), b=True),
        ],
    ),
    Part("batch", 0.5, lambda draw: [convolve(draw, (draw.pick(2, 3), 4, 5, 1), (2, 3, 1, 2))]),
    Part(
        "stride larger than one",
        1,
        lambda draw: [
            convolve(draw, (1, 6, draw.pick(4, 8), 1), (2, 2, 1, 1), stride=2),
            convolve(draw, (1, draw.pick(5, 8), 11, 1), (2, 2, 1, 1), stride=3),
        ],
    ),
    Part(
        "input that does not fit",
        0.5,
        lambda draw: [
            convolve(draw, (1, 7, 6, 1), (2, 3, 1, 1), stride=2),
            convolve(draw, (1, draw.pick(6, 7), 9, 1), (2, 2, 1, 1), stride=3),
        ],
    ),
    Part(
        "padding",
        0.5,
        lambda draw: [
            convolve(draw, (1, 4, draw.pick(5, 6), 1), (3, 2, 1, 1), pad=1),
            convolve(draw, (1, draw.pick(4, 5), 3, 1), (2, 3, 1, 1), pad=2),
        ],
    ),
    Part("all of it at once", 0.25, all_at_once),
    Part(INPUTS_KEPT, 0.25),
)

CONV2D = Exercise(
    id="conv2d",
    lesson=LESSON,
    signature="conv2d(x, w, b, stride=1, pad=0)",
    reference=reference.conv2d,
    parts=_CONV2D_PARTS,
    catalogue=BUGS,
    small=small_convolutions,
    axes={"x": VOLUME, "w": FILTERS, "b": ("filter",), "": MAPS},
    trace="sum",
    hints=(
        "Take one step at a time: one window, one filter, one image. Then let the window move, then take "
        "the next filter, then the next image.",
        "Write the four loop variables on paper: image, row, column, filter. Which arrays does each index?",
    ),
)


# locally_connected2d


def _locally_connected2d(x: Array, w: Array, b: Array) -> Array:
    OH, OW, KH, KW, _, F = w.shape
    out = np.zeros((len(x), OH, OW, F))
    for i in range(OH):
        for j in range(OW):
            out[:, i, j] = np.tensordot(x[:, i : i + KH, j : j + KW], w[i, j], 3) + b[i, j]
    return out


def _local_variant(
    places: Callable[[Array], Array] = lambda w: w,
    bias_places: Callable[[Array], Array] = lambda b: b,
    filters: Callable[[Array], Array] = lambda w: w,
    start: Callable[[int, int], int] = lambda i, k: i,
    output: Callable[[int, int], tuple[int, int]] = lambda OH, OW: (OH, OW),
    outside: type[Exception] = IndexError,
    products: Callable[[Array, Array], Array] = lambda window, w: np.tensordot(window, w, 3),
    scale: Callable[[int, int, int], float] = lambda KH, KW, C: 1.0,
    images: Callable[[Array], Array] = lambda z: z,
    bias: Callable[[Array, Array, tuple[int, ...]], Array] = lambda z, b, window: z + b,
    filled: Callable[[Array], Array] = lambda z: z,
    result: Callable[[Array], Any] = lambda z: z,
    touched: Callable[[Array, Array], None] = lambda x, w: None,
) -> Callable[..., Any]:
    def locally_connected2d(x: Array, w: Array, b: Array) -> Any:
        weights, biases = places(w), bias_places(b)
        KH, KW, C = w.shape[2:5]
        OH, OW = output(*w.shape[:2])
        out: list[list[Array]] = []
        for i in range(OH):
            out.append([])
            for j in range(OW):
                r, s = start(i, KH), start(j, KW)
                window = x[:, r : r + KH, s : s + KW]
                if i >= len(weights) or j >= weights.shape[1] or window.shape[1:3] != (KH, KW):
                    raise outside("a window hangs over the edge, or there are no weights for it")
                z = images(products(window, filters(weights[i, j])) * scale(KH, KW, C))
                out[-1].append(bias(z, biases[i, j], window.shape))
        came = result(filled(np.array(out).transpose(2, 0, 1, *range(3, 2 + out[0][0].ndim))))
        touched(x, w)
        return came

    return locally_connected2d


def _last_zero(axis: int) -> Callable[[Array], Array]:
    def filled(z: Array) -> Array:
        z = z.copy()
        np.moveaxis(z, axis, 0)[-1] = 0.0
        return z

    return filled


def _only_image(which: int) -> Callable[[Array], Array]:
    def kept(z: Array) -> Array:
        one = np.zeros_like(z)
        one[which] = z[which]
        return one

    return kept


def _exchanged_places(w: Array) -> Array:
    return w.swapaxes(0, 1)


_LOCAL_BUGS = variants(
    _local_variant,
    {
        "weights_shared": (
            {"places": lambda w: np.broadcast_to(w[:1, :1], w.shape)},
            """All windows use the weights of the first one: that is a convolution. Here nothing is shared,
            and each place has its own filters.

            With which indices do you take the weights of output cell (i, j)?""",
        ),
        "weights_of_the_last_place": (
            {"places": lambda w: np.broadcast_to(w[-1:, -1:], w.shape)},
            """All windows use the weights of the last one: here nothing is shared, and each place has its
            own filters.

            With which indices do you take the weights of output cell (i, j)?""",
        ),
        "weights_averaged": (
            {"places": lambda w: np.broadcast_to(w.mean(axis=(0, 1), keepdims=True), w.shape)},
            """All windows use the mean of the weights of all places: here nothing is shared, and each place
            has its own.

            With which indices do you take the weights of output cell (i, j)?""",
        ),
        "weights_of_the_row": (
            {"places": lambda w: np.broadcast_to(w[:, :1], w.shape)},
            """All windows of a row use the same weights: each column has its own too.

            With which indices do you take the weights of output cell (i, j)?""",
        ),
        "weights_of_the_column": (
            {"places": lambda w: np.broadcast_to(w[:1], w.shape)},
            """All windows of a column use the same weights: each row has its own too.

            With which indices do you take the weights of output cell (i, j)?""",
        ),
        "places_exchanged": (
            [{"places": _exchanged_places}, {"places": _exchanged_places, "bias_places": _exchanged_places}],
            """Output cell (i, j) uses the weights of (j, i): rows come first, also among the places.

            Which axis of w counts the rows of the output?""",
        ),
        "biases_exchanged": (
            {"bias_places": _exchanged_places},
            """Output cell (i, j) uses the biases of (j, i): rows come first, also among the places.

            Which axis of b counts the rows of the output?""",
        ),
        "bias_shared": (
            {"bias_places": lambda b: np.broadcast_to(b[:1, :1], b.shape)},
            """All windows use the biases of the first one: here each place has its own biases too.

            How many axes has b, and how many indices do you give it?""",
        ),
        "one_bias_for_all": ({"bias": lambda z, b, window: z + b[0]}, texts("one_bias_for_all")),
        "biases_summed": ({"bias": lambda z, b, window: z + b.sum()}, texts("biases_summed")),
        "bias_per_channel": ({"bias": lambda z, b, window: z + b * window[3]}, texts("bias_per_channel")),
        "bias_per_product": (
            {"bias": lambda z, b, window: z + b * int(np.prod(window[1:]))},
            texts("bias_per_product"),
        ),
        "bias_forgotten": ({"bias": lambda z, b, window: z}, texts("bias_forgotten")),
        "bias_subtracted": ({"bias": lambda z, b, window: z - b}, texts("bias_subtracted")),
        "filter_turned": ({"filters": lambda w: w[::-1, ::-1]}, texts("filter_turned")),
        "filter_upside_down": ({"filters": lambda w: w[::-1]}, texts("filter_upside_down")),
        "filter_mirrored": ({"filters": lambda w: w[:, ::-1]}, texts("filter_mirrored")),
        "same_filter_for_all": (
            {"filters": lambda w: np.repeat(w[..., :1], w.shape[-1], axis=-1)},
            texts("same_filter_for_all"),
        ),
        "filters_summed": (
            {"filters": lambda w: np.repeat(w.sum(axis=-1, keepdims=True), w.shape[-1], axis=-1)},
            texts("filters_summed"),
        ),
        "windows_side_by_side": (
            [{"start": lambda i, k: i * k, "outside": outside} for outside in (IndexError, ValueError)],
            """Your windows stand side by side: with stride 1 neighbouring windows are one cell apart and
            overlap.

            Which input row does output row 1 start at?""",
        ),
        "window_does_not_move": (
            {"start": lambda i, k: 0},
            """Your window never moves: each output cell has weights of its own *and* a window of its own.

            Which input row does output row 1 start at?""",
        ),
        "width_from_height": (
            [{"output": lambda OH, OW: (OH, OH), "outside": outside} for outside in (IndexError, ValueError)],
            texts("width_from_height"),
        ),
        "height_from_width": (
            [{"output": lambda OH, OW: (OW, OW), "outside": outside} for outside in (IndexError, ValueError)],
            texts("height_from_width"),
        ),
        "first_channel_only": (
            {"products": lambda window, w: np.tensordot(window[..., 0], w[:, :, 0], 2)},
            texts("first_channel_only"),
        ),
        "last_channel_only": (
            {"products": lambda window, w: np.tensordot(window[..., -1], w[:, :, -1], 2)},
            texts("last_channel_only"),
        ),
        "last_product_only": (
            {"products": lambda window, w: window[:, -1, -1, -1, None] * w[-1, -1, -1]},
            texts("last_product_only"),
        ),
        "channels_not_summed": (
            {
                "products": lambda window, w: np.einsum("nklc,klcf->ncf", window, w),
                "bias": lambda z, b, window: z + b,
            },
            texts("channels_not_summed"),
        ),
        "channels_averaged": ({"scale": lambda KH, KW, C: 1.0 / C}, texts("channels_averaged")),
        "window_averaged": ({"scale": lambda KH, KW, C: 1.0 / (KH * KW * C)}, texts("window_averaged")),
        "only_first_image": (
            [{"filled": _only_image(0)}, {"images": _only_image(0)}],
            texts("only_first_image"),
        ),
        "only_last_image": (
            [{"filled": _only_image(-1)}, {"images": _only_image(-1)}],
            texts("only_last_image"),
        ),
        "first_image_for_all": (
            {"images": lambda z: np.repeat(z[:1], len(z), axis=0)},
            texts("first_image_for_all"),
        ),
        "batch_summed": (
            {"images": lambda z: np.repeat(z.sum(axis=0, keepdims=True), len(z), axis=0)},
            texts("batch_summed"),
        ),
        "output_transposed": (
            {"filled": lambda z: z.swapaxes(1, 2)},
            texts("output_transposed"),
        ),
        "last_row_unfilled": ({"filled": _last_zero(1)}, texts("last_row_unfilled")),
        "last_column_unfilled": ({"filled": _last_zero(2)}, texts("last_column_unfilled")),
        "integer_buffer": ({"result": np.trunc}, texts("integer_buffer")),
        "relu_inside": ({"result": lambda z: np.maximum(z, 0.0)}, texts("relu_inside")),
        "input_modified": ({"touched": lambda x, w: x.fill(0.0)}, texts("input_modified")),
        "weights_modified": ({"touched": lambda x, w: w.fill(0.0)}, texts("weights_modified")),
        "returns_nothing": ({"result": lambda z: None}, texts("returns_nothing")),
    },
)


def _local(draw: Draw, x: tuple[int, ...], kernel: tuple[int, int], filters: int, *, b: bool = False) -> Case:
    _, H, W, C = x
    OH, OW = H - kernel[0] + 1, W - kernel[1] + 1
    bias = draw.bias(OH, OW, filters) if b else np.zeros((OH, OW, filters))
    return case(draw.array(*x), draw.array(OH, OW, *kernel, C, filters), bias)


def _small_local() -> Iterator[Case]:
    yield case(counted(1, 2, 2, 1), np.ones((1, 1, 2, 2, 1, 1)), np.zeros((1, 1, 1)))
    yield case(counted(1, 2, 2, 1), counted(1, 1, 2, 2, 1, 1), np.zeros((1, 1, 1)))
    yield case(counted(1, 1, 2, 1), counted(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))
    yield case(counted(1, 2, 1, 1), counted(2, 1, 1, 1, 1, 1), np.zeros((2, 1, 1)))
    yield case(counted(1, 1, 2, 1), counted(1, 2, 1, 1, 1, 1), counted(1, 2, 1))
    yield case(counted(1, 2, 2, 1), counted(2, 2, 1, 1, 1, 1), np.zeros((2, 2, 1)))
    yield case(counted(1, 2, 2, 1), counted(2, 2, 1, 1, 1, 1), counted(2, 2, 1))
    yield case(counted(1, 3, 2, 1), counted(2, 1, 2, 2, 1, 1), np.zeros((2, 1, 1)))
    yield case(counted(1, 2, 3, 1), counted(1, 2, 2, 2, 1, 1), np.zeros((1, 2, 1)))
    yield case(counted(1, 1, 1, 2), counted(1, 1, 1, 1, 2, 1), counted(1, 1, 1))
    yield case(counted(1, 1, 2, 2), counted(1, 2, 1, 1, 2, 2), counted(1, 2, 2))
    yield case(counted(2, 1, 2, 1), counted(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))
    yield case(-counted(1, 1, 2, 1), counted(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))
    yield case(counted(1, 1, 2, 1) / 4, counted(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))


LOCALLY_CONNECTED2D = Exercise(
    id="locally_connected2d",
    lesson=LESSON,
    signature="locally_connected2d(x, w, b)",
    reference=_locally_connected2d,
    parts=(
        Part(
            "one window",
            0.5,
            lambda draw: [_local(draw, (1, 3, 2, 1), (3, 2), 1), _local(draw, (1, 1, 1, 1), (1, 1), 1)],
        ),
        Part(
            "weights of its own at each place",
            1,
            lambda draw: [
                _local(draw, (1, draw.pick(4, 5), 3, 1), (2, 2), 1),
                _local(draw, (1, 3, 5, 1), (2, 1), 1),
                _local(draw, (1, 4, 4, 1), (2, 2), 1),
            ],
        ),
        Part(
            "channels and filters",
            0.5,
            lambda draw: [_local(draw, (1, 4, 3, 3), (2, 2), 2), _local(draw, (1, 3, 4, 2), (1, 3), 4)],
        ),
        Part(
            "bias",
            0.5,
            lambda draw: [
                _local(draw, (1, 3, 4, 2), (2, 2), 3, b=True),
                _local(draw, (1, 4, 3, 1), (1, 1), 2, b=True),
                _local(draw, (1, 3, 3, 1), (2, 2), 2, b=True),
            ],
        ),
        Part("batch", 0.25, lambda draw: [_local(draw, (draw.pick(2, 3), 4, 5, 2), (3, 2), 3, b=True)]),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=_LOCAL_BUGS,
    small=_small_local,
    axes={
        "x": VOLUME,
        "w": ("output row", "output column", "row", "column", "channel", "filter"),
        "b": ("row", "column", "filter"),
        "": MAPS,
    },
    trace="sum",
    hints=("It is your convolution with stride 1, but the filters and the biases hang on the place too.",),
)

EXERCISES = (CONV_SINGLE_STEP, CONV2D, LOCALLY_CONNECTED2D)
