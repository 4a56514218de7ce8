"""Stride, padding, size: what decides how large the output is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.exercises.model import (
    INPUTS_KEPT,
    VOLUME,
    Array,
    Call,
    Case,
    Draw,
    Exercise,
    Part,
    case,
    variants,
)
from convlib import reference, shapes

LESSON = "06_stride_padding_size"


def _table(name: str, rows: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> Case:
    """Several calls in one case: all of them must be right."""
    (args, kwargs), *rest = rows
    return Case(args, kwargs, tuple(Call(name, more, options) for more, options in rest))


# output_size


def _size_variant(
    numerator: Callable[..., float] = lambda n, k, pad: n - k + 2 * pad,
    divide: Callable[[float, int], Any] = lambda span, stride: span // stride,
    plus: int = 1,
    undivided: Callable[[int, int], int] = lambda n, k: 0,
) -> Callable[..., Any]:
    def output_size(n: int, k: int, stride: int = 1, pad: int = 0) -> Any:
        return undivided(n, k) + divide(numerator(n, k, pad), stride) + plus

    return output_size


def _sizes(draw: Draw, strides: tuple[int, ...], pads: tuple[int, ...], fits: bool) -> list[Case]:
    """Sizes for every stride and padding; those that do not fit leave over one cell, and all but one."""
    rows: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    for stride in strides:
        for pad in pads:
            for left in (0,) if fits else (1, stride - 1):
                k = draw.pick(2, 3, 5)
                n = k + draw.pick(5, 6, 7, 8) * stride + left - 2 * pad
                rows.append(((n, k), {"stride": stride, "pad": pad}))
    return [_table("output_size", rows)]


def _small_sizes() -> Iterator[Case]:
    for n, k, stride, pad in (
        (4, 2, 1, 0),
        (5, 3, 1, 0),
        (5, 3, 2, 0),
        (5, 3, 1, 1),
        (6, 3, 2, 0),
        (6, 3, 2, 1),
    ):
        yield case(n, k, stride=stride, pad=pad)
    yield case(7, 3, stride=3, pad=2)


_OUTPUT_SIZE_BUGS = variants(
    _size_variant,
    {
        "plus_one_missing": (
            {"plus": 0},
            """Your size is one too small: it counts the steps between windows, and there is one more window
            than steps.

            Put a window as large as the input on it: how many steps can it take, and how many windows are
            there?""",
        ),
        "last_start_left_out": (
            {"numerator": lambda n, k, pad: n - k + 2 * pad - 1},
            """Where the stride fits, the last place is missing: the window that ends with the row's last cell lies
            inside too.

            With 7 cells and a window of 3, is 4 a start? Does range(0, 4) hold it?""",
        ),
        "plus_one_twice": (
            {"plus": 2},
            """Your size is one too large: the first window is counted once, the steps after it add the
            others.

            Put a window as large as the input on it: how many places has it?""",
        ),
        "size_rounded_up": (
            {"divide": lambda span, stride: -(-span // stride)},
            """Your size is rounded up: where the stride does not fit, it counts a window that hangs over
            the edge.

            With 6 cells, a window of 3 and stride 2: where would the third window start, and what would it
            read?""",
        ),
        "size_rounded_to_nearest": (
            {"divide": lambda span, stride: round(span / stride)},
            """Your size is rounded to the nearest number: where more than half a step is left over, it
            counts a window that hangs over the edge.

            Is a window that is nearly inside the input inside it?""",
        ),
        "size_not_rounded": (
            {"divide": lambda span, stride: span / stride},
            """Your size comes back as a float: a number of windows is a whole number, and what is left over
            of the input is not read.

            What does 3.5 windows mean, and what does range(3.0) say?""",
        ),
        "stride_ignored": (
            {"divide": lambda span, stride: span},
            """The stride makes no difference to your size: with stride 2 the window takes half as many
            steps.

            Which part of the formula is the distance that is walked, and how long is a step?""",
        ),
        "only_pad_divided": (
            {"numerator": lambda n, k, pad: 2 * pad, "undivided": lambda n, k: n - k},
            """Only your padding is divided by the stride: a division comes before a sum, and the whole distance
            is to be divided.

            What is 8 + 6 // 2 in Python?""",
        ),
        "pad_added_once": (
            {"numerator": lambda n, k, pad: n - k + pad},
            """Your padding counts once: there are zeros on both sides of the input, so it grows by twice
            the padding.

            How long is an input of 5 with one zero in front of it and one behind it?""",
        ),
        "pad_ignored": (
            {"numerator": lambda n, k, pad: n - k},
            """The padding makes no difference to your size: the window also slides over the zeros.

            How long is what the window slides over?""",
        ),
        "pad_subtracted": (
            {"numerator": lambda n, k, pad: n - k - 2 * pad},
            """Your padding makes the output smaller: zeros are put round the input, so the window has more
            room.

            Is the padded input longer or shorter than the input?""",
        ),
        "kernel_ignored": (
            {"numerator": lambda n, k, pad: n + 2 * pad},
            """The kernel makes no difference to your size: a window must lie inside the input as a whole,
            so a larger one has fewer places.

            How many places has a window of 3 on an input of 3?""",
        ),
        "kernel_added": (
            {"numerator": lambda n, k, pad: n + k + 2 * pad},
            """A larger kernel makes your output larger: it has fewer places, since it must lie inside the
            input.

            How many places has a window of 3 on an input of 3?""",
        ),
        "plus_one_before_dividing": (
            {
                "numerator": lambda n, k, pad: n - k + 2 * pad + 1,
                "plus": 0,
            },
            """Your + 1 is divided by the stride too: the first window is there whatever the stride is.

            Which windows does the division count, and which one does it not?""",
        ),
        "halved_kernel": (
            {"numerator": lambda n, k, pad: n - k // 2 + 2 * pad},
            """You take off half a kernel: with its first cell at the input's first cell, a window of k
            cells leaves n − k for its steps.

            How many places has a window of 3 on an input of 3?""",
        ),
    },
)


def _size_sum(n: int, k: int, stride: int = 1, pad: int = 0) -> str:
    return f"⌊({n} − {k} + 2·{pad}) / {stride}⌋ + 1 = {shapes.output_size(n, k, stride, pad)}"


OUTPUT_SIZE = Exercise(
    id="output_size",
    lesson=LESSON,
    signature="output_size(n, k, stride=1, pad=0)",
    reference=shapes.output_size,
    also_withheld=("Axis",),
    parts=(
        Part(
            "stride 1",
            0.5,
            lambda draw: [
                case(draw.pick(7, 8, 9), 3),
                *_sizes(draw, (1,), (0,), True),
                case(5, 1),
                case(4, 4),
                case(1, 1),
            ],
        ),
        Part("padding", 0.5, lambda draw: _sizes(draw, (1,), (1, 2, 3), True)),
        Part("stride larger than one", 0.5, lambda draw: _sizes(draw, (2, 3), (0, 1), True)),
        Part(
            "input that does not fit",
            0.5,
            lambda draw: [*_sizes(draw, (2, 3, 4), (0, 1), False), case(9, 3, stride=4, pad=1)],
        ),
    ),
    catalogue=_OUTPUT_SIZE_BUGS,
    small=_small_sizes,
    worked=_size_sum,
    hints=(
        "Walk the window by hand over 7 cells, 3 at a time, and count its places for stride 1 and stride 2.",
    ),
)


# zero_pad


def _pad_variant(
    value: Callable[[int], float] | None = None,
    mode: str = "",
    rows: Callable[[int], tuple[int, int]] = lambda pad: (pad, pad),
    columns: Callable[[int], tuple[int, int]] = lambda pad: (pad, pad),
    images: Callable[[int], tuple[int, int]] = lambda pad: (0, 0),
    channels: Callable[[int], tuple[int, int]] = lambda pad: (0, 0),
    result: Callable[..., Any] = lambda padded, x, pad: padded,
) -> Callable[..., Any]:
    def zero_pad(x: Array, pad: int) -> Any:
        widths = (images(pad), rows(pad), columns(pad), channels(pad))
        if mode:
            padded = np.pad(x, widths, mode=mode)  # type: ignore[call-overload]
        else:
            padded = np.pad(x, widths, constant_values=value(pad) if value else 0.0)
        return result(padded, x, pad)

    return zero_pad


def _cut_at_zero(padded: Array, x: Array, pad: int) -> Array:
    """What out[:, pad:-pad, pad:-pad] = x does: at pad 0 the slice is empty."""
    out = np.zeros_like(padded)
    out[:, pad:-pad, pad:-pad, :] = x
    return out


def _written_into(padded: Array, x: Array, pad: int) -> Array:
    x[:, :1] = 0.0
    return padded


def _shape_only(padded: Array, x: Array, pad: int) -> Array:
    return np.zeros_like(padded)


def _top_left(padded: Array, x: Array, pad: int) -> Array:
    out = np.zeros_like(padded)
    out[:, : x.shape[1], : x.shape[2], :] = x
    return out


def _nothing(pad: int) -> tuple[int, int]:
    return (0, 0)


def _both(pad: int) -> tuple[int, int]:
    return (pad, pad)


_ZERO_PAD_BUGS = variants(
    _pad_variant,
    {
        "pads_with_ones": (
            {"value": lambda pad: 1.0},
            """Your frame is filled with ones: zeros add nothing to a sum, ones add the filter's weights.

            What does a window that lies half on the frame add up?""",
        ),
        "pads_with_pad_value": (
            {"value": lambda pad: float(pad)},
            """Your frame is filled with the number `pad`: it says how wide the frame is, not what is in
            it.

            Which of the arguments of your call is the width, and which the value?""",
        ),
        "pads_with_edge": (
            {"mode": "edge"},
            """Your frame repeats the outermost pixels: zero padding puts zeros there.

            What stands in the corner of the padded picture?""",
        ),
        "pads_with_reflection": (
            [{"mode": "reflect"}, {"mode": "symmetric"}],
            """Your frame mirrors the picture: zero padding puts zeros there.

            What stands in the corner of the padded picture?""",
        ),
        "pads_with_wrap": (
            {"mode": "wrap"},
            """Your frame continues the picture from its other side: zero padding puts zeros there.

            What stands in the corner of the padded picture?""",
        ),
        "pads_rows_only": (
            {"columns": _nothing},
            """Only rows are added, above and below: the columns left and right are missing.

            Which axis of x holds the columns?""",
        ),
        "pads_columns_only": (
            {"rows": _nothing},
            """Only columns are added, left and right: the rows above and below are missing.

            Which axis of x holds the rows?""",
        ),
        "pads_before_only": (
            {"rows": lambda pad: (pad, 0), "columns": lambda pad: (pad, 0)},
            """The frame is only above and to the left: rows and columns get `pad` zeros before *and* after.

            How many rows does the output have, and how many should it have?""",
        ),
        "pads_after_only": (
            {"rows": lambda pad: (0, pad), "columns": lambda pad: (0, pad)},
            """The frame is only below and to the right: rows and columns get `pad` zeros before *and* after.

            How many rows does the output have, and how many should it have?""",
        ),
        "picture_in_the_corner": (
            [
                {"result": _top_left},
                {"rows": lambda pad: (0, 2 * pad), "columns": lambda pad: (0, 2 * pad)},
            ],
            """The size is right, but the picture stands in the upper left corner: all the zeros are below
            and to the right.

            In which row of the output does row 0 of the picture belong?""",
        ),
        "picture_in_the_last_corner": (
            {"rows": lambda pad: (2 * pad, 0), "columns": lambda pad: (2 * pad, 0)},
            """The size is right, but the picture stands in the lower right corner: all the zeros are above
            and to the left.

            In which row of the output does row 0 of the picture belong?""",
        ),
        "pads_every_axis": (
            {"images": _both, "channels": _both},
            """All four axes grow: pictures and channels of zeros are added too, though only rows and columns
            get a frame.

            What would an extra picture mean, or an extra channel?""",
        ),
        "pads_images_too": (
            {"images": _both},
            """The batch grows: whole pictures of zeros are added, though only rows and columns get a frame.

            Which axis of x counts the pictures?""",
        ),
        "pads_channels_too": (
            {"channels": _both},
            """The channels grow: channels of zeros are added, though only rows and columns get a frame.

            Which axis of x counts the channels?""",
        ),
        "pads_first_two_axes": (
            {"images": _both, "columns": _nothing},
            """The zeros are round axes 0 and 1, pictures and rows: the batch comes first, rows and columns
            are axes 1 and 2.

            Say for each of the four axes of x what it counts.""",
        ),
        "pads_last_two_axes": (
            {"rows": _nothing, "channels": _both},
            """The zeros are round axes 2 and 3, columns and channels: channels come last here, rows and
            columns are axes 1 and 2.

            Say for each of the four axes of x what it counts.""",
        ),
        "padded_twice": (
            {"rows": lambda pad: (2 * pad, 2 * pad), "columns": lambda pad: (2 * pad, 2 * pad)},
            """Your frame is twice as wide as asked: `pad` is what each side gets, not half of it.

            How many rows are added in all when pad is 1?""",
        ),
        "pad_shared_by_both_sides": (
            {
                "rows": lambda pad: (pad // 2, pad - pad // 2),
                "columns": lambda pad: (pad // 2, pad - pad // 2),
            },
            """Your frame is half as wide as asked: `pad` is what each side gets, not both together.

            How many rows are added in all when pad is 1?""",
        ),
        "pad_always_one": (
            {"rows": lambda pad: (1, 1), "columns": lambda pad: (1, 1)},
            """Your frame is always one cell wide: it does not follow `pad`.

            Where in your function does `pad` appear?""",
        ),
        "returns_input": (
            {"rows": _nothing, "columns": _nothing},
            """What comes back is the picture without a frame.

            Which of your variables holds the padded picture, and which one do you return?""",
        ),
        "empty_slice_at_zero": (
            {"result": _cut_at_zero},
            """With pad 0 your slice is empty: it ends at −pad, and −0 is 0, the beginning.

            What does a[0:-0] hold? Which end of the slice can be counted from the front?""",
        ),
        "picture_forgotten": (
            {"result": _shape_only},
            """The size is right, but everything is 0: the picture was never written into the output.

            After the array of zeros is made, which line puts the picture in?""",
        ),
        "integer_buffer": (
            {"result": lambda padded, x, pad: np.trunc(padded)},
            """Everything after the decimal point is lost: an array of integers cannot hold the picture's
            values.

            Which type does the array have into which you write?""",
        ),
        "input_modified": (
            {"result": _written_into},
            """Your function does more than return its result: it writes into x, which belongs to the caller.

            Whoever calls you twice with the same x: what do they get the second time?""",
        ),
        "output_transposed": (
            {"result": lambda padded, x, pad: padded.transpose(0, 2, 1, 3)},
            """Rows and columns are exchanged: the picture lies on its side.

            Which axis comes first, rows or columns?""",
        ),
        "only_first_image": (
            {"result": lambda padded, x, pad: padded * (np.arange(len(padded)) == 0)[:, None, None, None]},
            """Only the first picture is there; the others are zeros.

            Over which axis does your function never run?""",
        ),
        "flat_border_only": (
            {"result": lambda padded, x, pad: padded[..., 0]},
            """The channel axis is gone: what comes back has three axes, and four went in.

            What do you index with a number where a slice is due?""",
        ),
    },
)


def _small_pictures() -> Iterator[Case]:
    for shape in ((1, 1, 1, 1), (1, 2, 2, 1), (1, 2, 3, 1), (1, 2, 3, 2), (2, 2, 3, 1)):
        for pad in (1, 0, 2):
            yield case(1.0 + np.arange(np.prod(shape), dtype=float).reshape(shape), pad)
    yield case(np.array([[[[0.5], [1.5]], [[2.5], [-3.5]]]]), 1)


ZERO_PAD = Exercise(
    id="zero_pad",
    lesson=LESSON,
    signature="zero_pad(x, pad)",
    reference=reference.zero_pad,
    parts=(
        Part(
            "one picture, pad 1",
            1,
            lambda draw: [case(draw.array(1, draw.pick(4, 5), draw.pick(4, 5), 1), 1)],
        ),
        Part(
            "any width of frame",
            0.5,
            lambda draw: [
                case(draw.array(1, 5, draw.pick(6, 7), 1, shift=-1.0), 2),
                case(draw.array(1, draw.pick(6, 7), 4, 1), 3),
            ],
        ),
        Part("pad 0", 0.5, lambda draw: [case(draw.array(2, 3, draw.pick(4, 5), 2), 0)]),
        Part(
            "batch and channels",
            0.75,
            lambda draw: [
                case(draw.array(2, draw.pick(3, 4), 5, 3), 1),
                case(draw.array(3, 5, draw.pick(3, 4), 2), 2),
            ],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=_ZERO_PAD_BUGS,
    small=_small_pictures,
    axes={"x": VOLUME, "": VOLUME},
    hints=("Make an array of zeros of the final size first. Then ask where the picture begins in it.",),
)


# same_padding


def _same_variant(
    outputs: Callable[[int, int], int] = lambda n, stride: -(-n // stride),
    total: Callable[[int, int, int, int], int] = lambda n, k, stride, out: (out - 1) * stride + k - n,
    clip: bool = True,
    split: Callable[[int], Any] = lambda total: (total // 2, total - total // 2),
) -> Callable[..., Any]:
    def same_padding(n: int, k: int, stride: int = 1) -> Any:
        needed = total(n, k, stride, outputs(n, stride))
        return split(max(needed, 0) if clip else needed)

    return same_padding


_SAME_PADDING_BUGS = variants(
    _same_variant,
    {
        "same_ignores_stride": (
            {"total": lambda n, k, stride, out: k - 1},
            """Your padding is that of stride 1: with a larger stride fewer windows are needed, and so are
            fewer zeros.

            With n = 6, k = 3 and stride 2, three windows are due: where does the last one end?""",
        ),
        "same_half_kernel_on_both_sides": (
            {"total": lambda n, k, stride, out: k - 1, "split": lambda total: (total // 2, total // 2)},
            """You put (k − 1)/2 zeros on both sides, which is right only for odd kernels with stride 1.
            Keras adds what the last window lacks, and that can be odd.

            With n = 6, k = 3 and stride 2, three windows are due: where does the last one end?""",
        ),
        "same_larger_half_first": (
            {"split": lambda total: (total - total // 2, total // 2)},
            """The odd zero comes before the input: Keras puts it after.

            If one zero is to be added in all, does it come before or after?""",
        ),
        "same_equal_halves": (
            [
                {"split": lambda total: (total // 2, total // 2)},
            ],
            """An odd zero is lost: both sides get half, rounded down, so the last window lacks a cell.

            If three zeros are to be added in all, how many come before and how many after?""",
        ),
        "same_halves_rounded_up": (
            {"split": lambda total: (total - total // 2, total - total // 2)},
            """There is a zero too many where the sum is odd: both sides get half, rounded up.

            If three zeros are to be added in all, how many come before and how many after?""",
        ),
        "same_float_halves": (
            {"split": lambda total: (total / 2, total / 2)},
            """Your halves are floats: a number of zeros is a whole number, and an odd sum has two different
            halves.

            If three zeros are to be added in all, how many come before and how many after?""",
        ),
        "same_all_behind": (
            {"split": lambda total: (0, total)},
            """All the zeros come after the input: they are to be on both sides, as evenly as possible.

            How are four zeros shared between two sides?""",
        ),
        "same_all_in_front": (
            {"split": lambda total: (total, 0)},
            """All the zeros come before the input: they are to be on both sides, as evenly as possible.

            How are four zeros shared between two sides?""",
        ),
        "same_total_on_both_sides": (
            {"split": lambda total: (total, total)},
            """Both sides get all the zeros: what is needed is the sum of both sides.

            How long is your padded input, and how long does it need to be?""",
        ),
        "same_negative": (
            {"clip": False},
            """Your padding can be negative: where the stride is larger than the kernel, the input is longer
            than the windows need, and nothing is to be added.

            With n = 7, k = 1 and stride 3, where does the last window end, and what comes after it?""",
        ),
        "same_size_rounded_down": (
            {"outputs": lambda n, stride: n // stride},
            """You ask for n / stride windows, rounded down: "same" means rounded up, so that no cell of the
            input is left out.

            With n = 7 and stride 2, how many windows are due?""",
        ),
        "same_one_window_more": (
            {"outputs": lambda n, stride: n // stride + 1},
            """You ask for n // stride + 1 windows: where the stride divides n, that is one too many. "Same" means
            n / stride, rounded up.

            With n = 6 and stride 2, how many windows are due?""",
        ),
        "same_size_kept": (
            {"outputs": lambda n, stride: n},
            """You ask for as many windows as the input has cells: with stride s there are n / s of them,
            rounded up.

            With n = 6 and stride 2, how many windows are due?""",
        ),
        "same_stride_for_every_window": (
            {"total": lambda n, k, stride, out: out * stride + k - n},
            """You count a step for every window: the first window takes none, so there is one step less.

            From the first window to the third, how many steps are there?""",
        ),
        "same_kernel_minus_one": (
            {"total": lambda n, k, stride, out: (out - 1) * stride + k - 1 - n},
            """You are one cell short: after its last step the window still needs room for all its k cells.

            If the last window starts at cell 4 and has 3 cells, how long must the input be?""",
        ),
        "same_sum_only": (
            {"split": lambda total: total},
            """One number comes back, the sum: the two sides are asked for, since they can differ.

            How many values does the docstring promise?""",
        ),
    },
)


def _sames(draw: Draw, rows: list[tuple[int, int, int]]) -> list[Case]:
    shift = draw.pick(0, 1)
    return [_table("same_padding", [((n + shift * stride, k), {"stride": stride}) for n, k, stride in rows])]


def _small_sames() -> Iterator[Case]:
    for n, k, stride in (
        (3, 3, 1),
        (4, 2, 1),
        (4, 3, 2),
        (5, 3, 2),
        (5, 4, 1),
        (5, 2, 2),
        (4, 1, 2),
        (5, 1, 3),
        (7, 5, 3),
    ):
        yield case(n, k, stride=stride)


def _same_sum(n: int, k: int, stride: int = 1) -> str:
    out = math.ceil(n / stride)
    before, after = shapes.same_padding(n, k, stride)
    return (
        f"{out} windows end after ({out} − 1)·{stride} + {k} = {(out - 1) * stride + k} cells; "
        f"the input has {n}: {before} before, {after} after"
    )


SAME_PADDING = Exercise(
    id="same_padding",
    lesson=LESSON,
    signature="same_padding(n, k, stride=1)",
    reference=shapes.same_padding,
    parts=(
        Part(
            "odd kernel, stride 1",
            0.5,
            lambda draw: [case(6, 3), *_sames(draw, [(7, 3, 1), (8, 5, 1), (9, 1, 1)])],
        ),
        Part("even kernel", 0.5, lambda draw: _sames(draw, [(7, 2, 1), (8, 4, 1), (6, 6, 1)])),
        Part(
            "stride larger than one",
            1,
            lambda draw: _sames(draw, [(6, 3, 2), (7, 3, 2), (9, 5, 3), (10, 5, 3), (11, 4, 2)]),
        ),
        Part(
            "stride larger than the kernel",
            1,
            lambda draw: _sames(draw, [(7, 1, 3), (8, 2, 3), (9, 2, 4), (6, 1, 2)]),
        ),
    ),
    catalogue=_SAME_PADDING_BUGS,
    small=_small_sames,
    results=("before", "after"),
    worked=_same_sum,
    hints=(
        "First: how many windows are due? Then: at which cell does the last of them end? What lies beyond "
        "the input is the sum of both sides.",
    ),
)

EXERCISES = (OUTPUT_SIZE, ZERO_PAD, SAME_PADDING)
