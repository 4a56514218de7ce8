"""Stride, padding, size: what decides how large the output is."""

import math

import numpy as np

from autograder.authoring import (
    VOLUME,
    case,
    counting,
    exercise,
    integer_result,
    modifies,
    table,
)
from convlib import reference, shapes

LESSON = "06_stride_padding_size"


# output_size


def small_sizes():
    for n, k, stride, pad in (
        (4, 2, 1, 0),
        (5, 3, 1, 0),
        (5, 3, 2, 0),
        (5, 3, 1, 1),
        (6, 3, 2, 0),
        (6, 3, 2, 1),
        (7, 3, 3, 2),
    ):
        yield case(n, k, stride=stride, pad=pad)


def size_formula(n, k, stride=1, pad=0):
    return f"⌊({n} − {k} + 2·{pad}) / {stride}⌋ + 1 = {shapes.output_size(n, k, stride, pad)}"


@exercise(
    lesson=LESSON,
    reference=shapes.output_size,
    withheld=("Axis",),
    examples=small_sizes,
    show_work=size_formula,
    hint="Walk a window of 3 over 7 cells by hand, and count its positions for stride 1 and stride 2.",
)
def output_size(n, k, stride=1, pad=0):
    span = n - k + 2 * pad
    steps = span // stride
    return steps + 1


def sizes(draw, strides, pads, fits):
    """One case with all strides and pads; those that do not fit leave over one cell, and all but one."""
    rows = []
    for stride in strides:
        for pad in pads:
            for left in (0,) if fits else (1, stride - 1):
                k = draw.pick(2, 3, 5)
                n = k + draw.pick(5, 6, 7, 8) * stride + left - 2 * pad
                rows.append(case(n, k, stride=stride, pad=pad))
    return table("output_size", rows)


@output_size.requirement("stride 1", points=0.5)
def _(draw):
    yield case(draw.pick(7, 8, 9), 3)
    yield sizes(draw, (1,), (0,), fits=True)
    yield case(5, 1)
    yield case(4, 4)
    yield case(1, 1)


@output_size.requirement("padding", points=0.5)
def _(draw):
    yield sizes(draw, (1,), (1, 2, 3), fits=True)


@output_size.requirement("stride larger than one", points=0.5)
def _(draw):
    yield sizes(draw, (2, 3), (0, 1), fits=True)


@output_size.requirement("input that does not fit", points=0.5)
def _(draw):
    yield sizes(draw, (2, 3, 4), (0, 1), fits=False)
    yield case(9, 3, stride=4, pad=1)
    yield case(12, 4, stride=3)
    yield case(13, 6, stride=4, pad=1)


output_size.bug(
    "plus_one_missing", "steps + 1", "steps",
    "Your size is one too small: it counts the steps between windows, and there is one more window than steps.",
    ask="Put a window as large as the input on it: how many steps can it take, and how many windows are there?",
)
output_size.bug(
    "last_start_left_out", "2 * pad", "2 * pad - 1",
    "Where the stride fits, the last position is missing: a window may end on the last cell of the row.",
    ask="With 7 cells and a window of 3, is 4 a valid start? Is it in range(0, 4)?",
)
output_size.bug(
    "plus_one_twice", "steps + 1", "steps + 2",
    "Your size is one too large: the first window counts once, and each step after it adds one more.",
    ask="Put a window as large as the input on it: how many positions does it have?",
)
output_size.bug(
    "size_rounded_up", "span // stride", "-(-span // stride)",
    "Your size is rounded up: where the stride does not fit, it counts a window that hangs over the edge.",
    ask="With 6 cells, a window of 3 and stride 2: where would the third window start, and what would it read?",
)
output_size.bug(
    "size_rounded_to_nearest", "span // stride", "round(span / stride)",
    "Your size is rounded to the nearest integer: where more than half a step is left over, it counts a window that hangs over the edge.",
    ask="Is a window that is nearly inside the input inside it?",
)
output_size.bug(
    "size_not_rounded", "span // stride", "span / stride",
    "Your size is a float: a number of windows is an integer, and what is left over of the input is not read.",
    ask="What does 3.5 windows mean, and what does range(3.0) say?",
)
output_size.bug(
    "stride_ignored", "span // stride", "span",
    "The stride makes no difference to your size: with stride 2 the window takes half as many steps.",
    ask="Which part of the formula is the distance to cover, and how long is a step?",
)
output_size.bug(
    "only_pad_divided", {"span = n - k + 2 * pad": "span = 2 * pad", "steps + 1": "n - k + steps + 1"},
    "Only your padding is divided by the stride: division comes before addition, and the whole distance is to be divided.",
    ask="What is 8 + 6 // 2 in Python?",
)
output_size.bug(
    "pad_added_once", "2 * pad", "pad",
    "Your padding counts once: there are zeros on both sides of the input, so it grows by twice the padding.",
    ask="How long is an input of 5 with one zero before it and one after it?",
)
output_size.bug(
    "pad_ignored", "n - k + 2 * pad", "n - k",
    "The padding makes no difference to your size: the window also slides over the zeros.",
    ask="How long is the row that the window slides over?",
)
output_size.bug(
    "pad_subtracted", "+ 2 * pad", "- 2 * pad",
    "Your padding makes the output smaller: zeros are put around the input, so the window has more room.",
    ask="Is the padded input longer or shorter than the input?",
)
output_size.bug(
    "kernel_ignored", "n - k", "n",
    "The kernel makes no difference to your size: a window must lie inside the input, so a larger one has fewer positions.",
    ask="How many positions does a window of 3 have on an input of 3?",
)
output_size.bug(
    "kernel_added", "n - k", "n + k",
    "A larger kernel makes your output larger: it has fewer positions, since it must lie inside the input.",
    ask="How many positions does a window of 3 have on an input of 3?",
)
output_size.bug(
    "plus_one_before_dividing", {"2 * pad": "2 * pad + 1", "steps + 1": "steps"},
    "Your + 1 is divided by the stride too: the first window is there whatever the stride is.",
    ask="Which windows does the division count, and which one does it not count?",
)
output_size.bug(
    "halved_kernel", "n - k", "n - k // 2",
    "You subtract half a kernel: with its first cell on the input's first cell, a window of k cells leaves n − k for its steps.",
    ask="How many positions does a window of 3 have on an input of 3?",
)
output_size.bug(
    "size_not_an_integer", "span // stride", "np.floor(span / stride)",
    "Your size has the right value and is still a float: np.floor rounds and keeps the type.",
    ask="What does range(3.0) say?",
    also=[{"span // stride": "(span / stride) // 1"}],
)
output_size.bug(
    "divided_by_the_kernel",
    {"n - k + 2 * pad": "n", "span // stride": "span // k", "steps + 1": "steps"},
    "The input is divided by the kernel: that is right only for windows that lie side by side, and neither stride nor padding count.",
    ask="How many positions does a window of 3 have on 5 cells with stride 1?",
    also=[
        {"n - k + 2 * pad": "n", "span // stride": "span / k", "steps + 1": "steps"},
        {"n - k + 2 * pad": "n + 2 * pad", "span // stride": "span // k", "steps + 1": "steps"},
        {"n - k + 2 * pad": "n", "span // stride": "span // k"},
    ],
)
output_size.bug(
    "only_the_input_divided",
    {"n - k + 2 * pad": "n", "steps + 1": "steps"},
    "Your size is the input divided by the stride: neither the kernel nor the padding counts. A window must lie inside as a whole, so a larger kernel has fewer positions.",
    ask="How many positions does a window of 3 have on 5 cells with stride 1?",
    also=[
        {"n - k + 2 * pad": "n", "span // stride": "-(-span // stride)", "steps + 1": "steps"},
        {"n - k + 2 * pad": "n", "span // stride": "span / stride", "steps + 1": "steps"},
    ],
)
output_size.bug(
    "only_the_kernel_divided",
    {"n - k + 2 * pad": "k", "steps + 1": "n + 2 * pad - steps + 1"},
    "Only your kernel is divided by the stride: division comes before subtraction, and the whole distance is to be divided.",
    ask="What is 8 - 6 // 2 in Python?",
    also=[
        {"n - k + 2 * pad": "k", "span // stride": "span / stride", "steps + 1": "int(n + 2 * pad - steps) + 1"},
        {"n - k + 2 * pad": "k", "span // stride": "span / stride", "steps + 1": "n + 2 * pad - steps + 1"},
    ],
)
output_size.bug(
    "kernel_subtracted_after_dividing",
    {"n - k + 2 * pad": "n + 2 * pad", "steps + 1": "steps - k + 1"},
    "The kernel is subtracted after the division: it shortens the distance that the steps have to cover.",
    ask="Over how many cells does the start of the window move, and how many steps is that?",
)
output_size.bug(
    "refuses_what_does_not_fit", "steps = span // stride", "assert span % stride == 0\nsteps = span // stride",
    "Your function refuses an input that the stride does not fit: there the windows that lie inside count, and the rest of the input is not read.",
    ask="With 6 cells, a window of 3 and stride 2: how many windows lie inside?",
)


@output_size.wrong(
    "windows_hang_over",
    "You count every start inside the row: the last windows hang over its end. A window must lie inside as a whole.",
    ask="At which cell does the last window of 3 start in a row of 7?",
)
def _(n, k, stride=1, pad=0):
    return (n + 2 * pad - 1) // stride + 1


# zero_pad


def small_images():
    for shape in ((1, 1, 1, 1), (1, 2, 2, 1), (1, 2, 3, 1), (1, 2, 3, 2), (2, 2, 3, 1)):
        for pad in (1, 0, 2):
            yield case(counting(*shape), pad)
    yield case(np.array([[[[0.5], [1.5]], [[2.5], [-3.5]]]]), 1)


@exercise(
    lesson=LESSON,
    reference=reference.zero_pad,
    examples=small_images,
    axes={"x": VOLUME, "": VOLUME},
    hint="Make an array of zeros of the final size first. Then ask where the image begins in it.",
)
def zero_pad(x, pad):
    N, H, W, C = x.shape
    out = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    out[:, pad : pad + H, pad : pad + W] = x
    return out


@zero_pad.way
def pad_with_numpy(x, pad):
    rows = (pad, pad)
    columns = (pad, pad)
    widths = ((0, 0), rows, columns, (0, 0))
    return np.pad(x, widths, mode="constant")


@zero_pad.way
def cell_by_cell(x, pad):
    N, H, W, C = x.shape
    out = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    for n in range(N):
        for i in range(H):
            for j in range(W):
                out[n, pad + i, pad + j] = x[n, i, j]
    return out


@zero_pad.requirement("one picture, pad 1", points=1)
def _(draw):
    yield case(draw.array(1, draw.pick(4, 5), draw.pick(4, 5), 1), 1)


@zero_pad.requirement("any width of frame", points=0.5)
def _(draw):
    yield case(draw.array(1, 5, draw.pick(6, 7), 1, shift=-1.0), 2)
    yield case(draw.array(1, draw.pick(6, 7), 4, 1), 3)


@zero_pad.requirement("pad 0", points=0.5)
def _(draw):
    yield case(draw.array(2, 3, draw.pick(4, 5), 2), 0)


@zero_pad.requirement("batch and channels", points=0.75)
def _(draw):
    yield case(draw.array(2, draw.pick(3, 4), 5, 3), 1)
    yield case(draw.array(3, 5, draw.pick(3, 4), 2), 2)


zero_pad.keeps_inputs(points=0.25)

zero_pad.bug(
    "pads_with_ones", 'mode="constant"', "constant_values=1.0",
    "Your frame is filled with ones: zeros add nothing to a sum, ones add the filter's weights.",
    ask="What does a window that lies half on the frame add up?",
    also=[{"np.zeros(": "np.ones("}],
)
zero_pad.bug(
    "pads_with_pad_value", 'mode="constant"', "constant_values=pad",
    "Your frame is filled with the number `pad`: that is how wide the frame is, not what is in it.",
    ask="Which argument of your call is the width, and which is the value?",
)
zero_pad.bug(
    "pads_with_edge", 'mode="constant"', 'mode="edge"',
    "Your frame repeats the outermost pixels: zero padding puts zeros there.",
    ask="What is in the corner of the padded image?",
)
zero_pad.bug(
    "pads_with_reflection", 'mode="constant"', 'mode="reflect"',
    "Your frame mirrors the image: zero padding puts zeros there.",
    ask="What is in the corner of the padded image?",
    also=[{'mode="constant"': 'mode="symmetric"'}],
)
zero_pad.bug(
    "pads_with_wrap", 'mode="constant"', 'mode="wrap"',
    "Your frame continues the image from its other side: zero padding puts zeros there.",
    ask="What is in the corner of the padded image?",
)
zero_pad.bug(
    "pads_rows_only", "columns = (pad, pad)", "columns = (0, 0)",
    "Only rows are added, above and below: the columns left and right are missing.",
    ask="Which axis of x holds the columns?",
)
zero_pad.bug(
    "pads_columns_only", "rows = (pad, pad)", "rows = (0, 0)",
    "Only columns are added, left and right: the rows above and below are missing.",
    ask="Which axis of x holds the rows?",
)
zero_pad.bug(
    "pads_before_only",
    {"rows = (pad, pad)": "rows = (pad, 0)", "columns = (pad, pad)": "columns = (pad, 0)"},
    "The frame is only above and to the left: rows and columns get `pad` zeros before *and* after.",
    ask="How many rows does the output have, and how many should it have?",
)
zero_pad.bug(
    "pads_after_only", {"rows = (pad, pad)": "rows = (0, pad)", "columns = (pad, pad)": "columns = (0, pad)"},
    "The frame is only below and to the right: rows and columns get `pad` zeros before *and* after.",
    ask="How many rows does the output have, and how many should it have?",
)
zero_pad.bug(
    "picture_in_the_corner", {"pad : pad + H": ":H", "pad : pad + W": ":W"},
    "The size is right, but the image is in the upper left corner: all the zeros are below and to the right.",
    ask="In which row of the output does row 0 of the image belong?",
    also=[{"rows = (pad, pad)": "rows = (0, 2 * pad)", "columns = (pad, pad)": "columns = (0, 2 * pad)"}, {"pad + i, pad + j": "i, j"}],
)
zero_pad.bug(
    "picture_in_the_last_corner",
    {"rows = (pad, pad)": "rows = (2 * pad, 0)", "columns = (pad, pad)": "columns = (2 * pad, 0)"},
    "The size is right, but the image is in the lower right corner: all the zeros are above and to the left.",
    ask="In which row of the output does row 0 of the image belong?",
    also=[{"pad : pad + H": "2 * pad :", "pad : pad + W": "2 * pad :"}],
)
zero_pad.bug(
    "pads_every_axis", "((0, 0), rows, columns, (0, 0))", "((pad, pad), rows, columns, (pad, pad))",
    "All four axes grow: images and channels of zeros are added too, though only rows and columns get a frame.",
    ask="What would an extra image mean, or an extra channel?",
)
zero_pad.bug(
    "pads_images_too", "(0, 0), rows", "(pad, pad), rows",
    "The batch grows: whole images of zeros are added, though only rows and columns get a frame.",
    ask="Which axis of x counts the images?",
)
zero_pad.bug(
    "pads_channels_too", "columns, (0, 0)", "columns, (pad, pad)",
    "The channels grow: channels of zeros are added, though only rows and columns get a frame.",
    ask="Which axis of x counts the channels?",
)
zero_pad.bug(
    "pads_first_two_axes", "((0, 0), rows, columns, (0, 0))", "(rows, columns, (0, 0), (0, 0))",
    "The zeros are around axes 0 and 1, images and rows: the batch comes first, rows and columns are axes 1 and 2.",
    ask="Say for each of the four axes of x what it counts.",
)
zero_pad.bug(
    "pads_last_two_axes", "((0, 0), rows, columns, (0, 0))", "((0, 0), (0, 0), rows, columns)",
    "The zeros are around axes 2 and 3, columns and channels: channels come last here, rows and columns are axes 1 and 2.",
    ask="Say for each of the four axes of x what it counts.",
)
zero_pad.bug(
    "padded_twice",
    {"rows = (pad, pad)": "rows = (2 * pad, 2 * pad)", "columns = (pad, pad)": "columns = (2 * pad, 2 * pad)"},
    "Your frame is twice as wide as asked: `pad` is what each side gets, not half of it.",
    ask="How many rows are added in all when pad is 1?",
)
zero_pad.bug(
    "pad_shared_by_both_sides",
    {
        "rows = (pad, pad)": "rows = (pad // 2, pad - pad // 2)",
        "columns = (pad, pad)": "columns = (pad // 2, pad - pad // 2)",
    },
    "Your frame is half as wide as asked: `pad` is what each side gets, not both together.",
    ask="How many rows are added in all when pad is 1?",
)
zero_pad.bug(
    "pad_always_one", {"rows = (pad, pad)": "rows = (1, 1)", "columns = (pad, pad)": "columns = (1, 1)"},
    "Your frame is always one cell wide: it does not follow `pad`.",
    ask="Where in your function does `pad` appear?",
)
zero_pad.bug(
    "returns_input", "return out", "return x",
    "Your function returns the image without a frame.",
    ask="Which of your variables holds the padded image, and which one do you return?",
)
zero_pad.bug(
    "empty_slice_at_zero", {"pad : pad + H": "pad:-pad", "pad : pad + W": "pad:-pad"},
    "With pad 0 your slice is empty: it ends at −pad, and −0 is 0, the beginning.",
    ask="What does a[0:-0] hold? Which end of the slice can be counted from the front?",
)
zero_pad.bug(
    "picture_forgotten", "out[:, pad : pad + H, pad : pad + W] = x", "out",
    "The size is right, but everything is 0: the image was never written into the output.",
    ask="After the array of zeros is made, which line puts the image in?",
)
zero_pad.bug(
    "output_transposed", "return out", "return out.transpose(0, 2, 1, 3)",
    "Rows and columns are swapped: the image lies on its side.",
    ask="Which axis comes first, rows or columns?",
    also=[{"x, widths": "x.transpose(0, 2, 1, 3), ((0, 0), columns, rows, (0, 0))"}],
)
zero_pad.bug(
    "only_first_image",
    "out[:, pad : pad + H, pad : pad + W] = x",
    "out[0, pad : pad + H, pad : pad + W] = x[0]",
    "Only the first image is there; the others are zeros.",
    ask="Which axis does your function never loop over?",
    also=[{"range(N)": "range(1)"}],
)
zero_pad.bug(
    "flat_border_only", "return out", "return out[..., 0]",
    "The channel axis is gone: your result has three axes, and the input has four.",
    ask="Where do you index with a number where a slice is needed?",
)
zero_pad.bug(
    "height_and_width_exchanged", "N, H, W, C = x.shape", "N, W, H, C = x.shape",
    "Height and width are swapped: x has images, rows, columns, channels, in this order.",
    ask="Which axis of x counts the rows?",
)
zero_pad.bug(
    "one_side_without_zeros", "rows = (pad, pad)", "rows = (pad, 0)",
    "One of the four sides gets no zeros: rows and columns have `pad` of them at both ends.",
    ask="How many rows and how many columns does the result have more than x?",
    also=[
        {"rows = (pad, pad)": "rows = (0, pad)"},
        {"columns = (pad, pad)": "columns = (pad, 0)"},
        {"columns = (pad, pad)": "columns = (0, pad)"},
    ],
)
zero_pad.common(integer_result, modifies("x"))


# same_padding


def small_sames():
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


def same_formula(n, k, stride=1):
    out = math.ceil(n / stride)
    before, after = shapes.same_padding(n, k, stride)
    return (
        f"{out} windows end after ({out} − 1)·{stride} + {k} = {(out - 1) * stride + k} cells; "
        f"the input has {n}: {before} before, {after} after"
    )


@exercise(
    lesson=LESSON,
    reference=shapes.same_padding,
    examples=small_sames,
    results=("before", "after"),
    show_work=same_formula,
    hint="First: how many windows are needed? Then: on which cell does the last of them end? What lies beyond the "
    "input is the sum of both sides.",
)
def same_padding(n, k, stride=1):
    windows = -(-n // stride)
    needed = (windows - 1) * stride + k
    total = max(needed - n, 0)
    return total // 2, total - total // 2


@same_padding.way
def from_the_remainder(n, k, stride=1):
    if n % stride == 0:  # noqa: SIM108  as learners write it
        total = max(k - stride, 0)
    else:
        total = max(k - n % stride, 0)
    before = total // 2
    after = total - before
    return before, after


def sames(draw, *rows):
    """One case with all the rows (n, k, stride), each input longer by up to five strides."""
    longer = [draw.pick(0, 1, 2, 3, 4, 5) * stride for _, _, stride in rows]
    return table(
        "same_padding",
        [case(n + more, k, stride=stride) for (n, k, stride), more in zip(rows, longer, strict=True)],
    )


@same_padding.requirement("odd kernel, stride 1", points=0.5)
def _(draw):
    yield case(6, 3)
    yield case(12, draw.pick(3, 5, 7, 9, 11))
    yield sames(draw, (7, 3, 1), (8, 5, 1), (9, 1, 1))


@same_padding.requirement("even kernel", points=0.5)
def _(draw):
    yield sames(draw, (7, 2, 1), (8, 4, 1), (6, 6, 1))
    yield case(12, draw.pick(2, 4, 6, 8, 10))


@same_padding.requirement("stride larger than one", points=1)
def _(draw):
    yield sames(draw, (6, 3, 2), (7, 3, 2), (9, 5, 3), (10, 5, 3), (11, 4, 2))


@same_padding.requirement("stride larger than the kernel", points=1)
def _(draw):
    yield sames(draw, (7, 1, 3), (8, 2, 3), (9, 2, 4), (6, 1, 2), (11, 2, 4))


same_padding.bug(
    "same_ignores_stride", "max(needed - n, 0)", "k - 1",
    "Your padding is that of stride 1: with a larger stride fewer windows are needed, and so are fewer zeros.",
    ask="With n = 6, k = 3 and stride 2, three windows are needed: where does the last one end?",
)
same_padding.bug(
    "same_half_kernel_on_both_sides", {"max(needed - n, 0)": "k - 1", "total - total // 2": "total // 2"},
    "You put (k − 1)/2 zeros on both sides, which is right only for odd kernels with stride 1. Keras adds what the last window lacks, and that can be odd.",
    ask="With n = 6, k = 3 and stride 2, three windows are needed: where does the last one end?",
)
same_padding.bug(
    "same_larger_half_first", "total // 2, total - total // 2", "total - total // 2, total // 2",
    "The odd zero comes before the input: Keras puts it after.",
    ask="If one zero is needed in all, does it come before or after?",
    also=[{"return before, after": "return after, before"}],
)
same_padding.bug(
    "same_equal_halves", "total - total // 2", "total // 2",
    "An odd zero is lost: both sides get half, rounded down, so the last window lacks a cell.",
    ask="If three zeros are needed in all, how many come before and how many after?",
    also=[{"after = total - before": "after = before"}],
)
same_padding.bug(
    "same_halves_rounded_up", "total // 2, total - total // 2", "total - total // 2, total - total // 2",
    "There is a zero too many where the sum is odd: both sides get half, rounded up.",
    ask="If three zeros are needed in all, how many come before and how many after?",
)
same_padding.bug(
    "same_float_halves", "total // 2, total - total // 2", "total / 2, total / 2",
    "Your halves are floats: a number of zeros is an integer, and an odd sum has two different halves.",
    ask="If three zeros are needed in all, how many come before and how many after?",
)
same_padding.bug(
    "same_all_behind", "total // 2, total - total // 2", "0, total",
    "All the zeros come after the input: they belong on both sides, as evenly as possible.",
    ask="How are four zeros split between two sides?",
)
same_padding.bug(
    "same_all_in_front", "total // 2, total - total // 2", "total, 0",
    "All the zeros come before the input: they belong on both sides, as evenly as possible.",
    ask="How are four zeros split between two sides?",
)
same_padding.bug(
    "same_total_on_both_sides", "total // 2, total - total // 2", "total, total",
    "Both sides get all the zeros: what is needed is the sum of both sides.",
    ask="How long is your padded input, and how long does it need to be?",
)
same_padding.bug(
    "same_negative", "max(needed - n, 0)", "needed - n",
    "Your padding can be negative: where the stride is larger than the kernel, the input is longer than the windows need, and nothing is to be added.",
    ask="With n = 7, k = 1 and stride 3, where does the last window end, and what comes after it?",
    also=[{"max(k - stride, 0)": "k - stride", "max(k - n % stride, 0)": "k - n % stride"}],
)
same_padding.bug(
    "same_negative_where_it_fits", "max(k - stride, 0)", "k - stride",
    "Your padding can be negative where the stride divides the input and is larger than the kernel: then nothing is to be added.",
    ask="With n = 6, k = 1 and stride 2, where does the last window end?",
)
same_padding.bug(
    "same_negative_where_it_does_not_fit", "max(k - n % stride, 0)", "k - n % stride",
    "Your padding can be negative where the stride does not divide the input: the last window can end before the input does, and then nothing is to be added.",
    ask="With n = 11, k = 2 and stride 4, where does the last window end?",
)
same_padding.bug(
    "same_size_rounded_down", "-(-n // stride)", "n // stride",
    'You ask for n / stride windows, rounded down: "same" means rounded up, so that no cell of the input is left out.',
    ask="With n = 7 and stride 2, how many windows are needed?",
)
same_padding.bug(
    "same_one_window_more", "-(-n // stride)", "n // stride + 1",
    'You ask for n // stride + 1 windows: where the stride divides n, that is one too many. "Same" means n / stride, rounded up.',
    ask="With n = 6 and stride 2, how many windows are needed?",
)
same_padding.bug(
    "same_size_kept", "-(-n // stride)", "n",
    "You ask for as many windows as the input has cells: with stride s there are n / s of them, rounded up.",
    ask="With n = 6 and stride 2, how many windows are needed?",
)
same_padding.bug(
    "same_stride_for_every_window", "(windows - 1) * stride", "windows * stride",
    "You count a step for every window: the first window takes none, so there is one step less.",
    ask="From the first window to the third, how many steps are there?",
)
same_padding.bug(
    "same_kernel_minus_one", "stride + k", "stride + k - 1",
    "You are one cell short: after its last step the window still needs room for all its k cells.",
    ask="If the last window starts on cell 4 and has 3 cells, how long must the input be?",
)
same_padding.bug(
    "same_sum_only", "return total // 2, total - total // 2", "return total",
    "Your function returns one number, the sum: both sides are asked for, since they can differ.",
    ask="How many values does the docstring promise?",
)
