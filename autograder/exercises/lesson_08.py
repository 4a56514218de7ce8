"""Pooling: one number for each window and channel, nothing learned."""

import numpy as np

from autograder.authoring import VOLUME, case, exercise, integer_result, modifies
from convlib import reference

LESSON = "08_pooling"


def small_images():
    """Images that a learner can pool by hand: integers, no two alike, then negative numbers."""
    rows = (
        ((1, 2, 2, 1), 2, None),
        ((1, 2, 4, 1), 2, None),
        ((1, 4, 2, 1), 2, None),
        ((1, 3, 3, 1), 2, 1),
        ((1, 3, 3, 1), 2, None),
        ((1, 2, 3, 1), (1, 2), 1),
        ((1, 3, 2, 1), (2, 1), 1),
        ((1, 2, 6, 1), (1, 2), None),
        ((1, 4, 4, 1), 2, 2),
        ((1, 5, 5, 1), 3, 2),
        ((1, 4, 5, 1), 2, 3),
        ((1, 2, 2, 2), 2, None),
        ((2, 2, 2, 1), 2, None),
    )
    for sign, offset in ((1.0, 0.0), (-1.0, 0.5)):
        for shape, size, stride in rows:
            cells = int(np.prod(shape))
            values = sign * (1.0 + (7.0 * np.arange(cells)) % (cells + 1 - cells % 7 // 6)) + offset
            yield pooled(values.reshape(shape), size, stride)


def pooled(x, size, stride):
    """A call that leaves the stride out where it is None."""
    return case(x, size=size) if stride is None else case(x, size=size, stride=stride)


# max_pool2d


@exercise(
    lesson=LESSON,
    reference=reference.max_pool2d,
    examples=small_images,
    axes={"x": VOLUME, "": VOLUME},
    error_scale=lambda x, **options: float(np.abs(x).max(initial=0.0)),
    trace="window",
    hint=(
        "Write it for one image and one channel first, with two loops over the cells of the output.",
        "Output row i looks at the rows from i times the stride on, as many as the window has.",
    ),
)
def max_pool2d(x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, H, W, C = x.shape
    OH = (H - KH) // SH + 1
    OW = (W - KW) // SW + 1
    out = np.zeros((N, OH, OW, C))
    for i in range(OH):
        for j in range(OW):
            top = i * SH
            left = j * SW
            window = x[:, top : top + KH, left : left + KW]
            largest = window.max(axis=(1, 2))
            out[:, i, j] = largest
    return out


@max_pool2d.way
def image_by_image(x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, H, W, C = x.shape
    OH = (H - KH) // SH + 1
    OW = (W - KW) // SW + 1
    out = np.zeros((N, OH, OW, C))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    window = x[n, top : top + KH, left : left + KW, c]
                    largest = window.max()
                    out[n, i, j, c] = largest
    return out


@max_pool2d.way
def cell_by_cell(x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, H, W, C = x.shape
    OH = (H - KH) // SH + 1
    OW = (W - KW) // SW + 1
    out = np.zeros((N, OH, OW, C))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    largest = x[n, top, left, c]
                    for a in range(KH):
                        for b in range(KW):
                            value = x[n, top + a, left + b, c]
                            if value > largest:
                                largest = value
                    out[n, i, j, c] = largest
    return out


# avg_pool2d


@exercise(
    lesson=LESSON,
    reference=reference.avg_pool2d,
    examples=small_images,
    axes={"x": VOLUME, "": VOLUME},
    trace="sum",
    hint="Only one line differs from max pooling. Which?",
)
def avg_pool2d(x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, H, W, C = x.shape
    OH = (H - KH) // SH + 1
    OW = (W - KW) // SW + 1
    out = np.zeros((N, OH, OW, C))
    for i in range(OH):
        for j in range(OW):
            top = i * SH
            left = j * SW
            window = x[:, top : top + KH, left : left + KW]
            total = window.sum(axis=(1, 2))
            mean = total / (KH * KW)
            out[:, i, j] = mean
    return out


@avg_pool2d.way
def image_by_image_averaged(x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, H, W, C = x.shape
    OH = (H - KH) // SH + 1
    OW = (W - KW) // SW + 1
    out = np.zeros((N, OH, OW, C))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    window = x[n, top : top + KH, left : left + KW, c]
                    mean = window.mean()
                    out[n, i, j, c] = mean
    return out


@avg_pool2d.way
def cell_by_cell_summed(x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, H, W, C = x.shape
    OH = (H - KH) // SH + 1
    OW = (W - KW) // SW + 1
    out = np.zeros((N, OH, OW, C))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    total = 0.0
                    for a in range(KH):
                        for b in range(KW):
                            total += x[n, top + a, left + b, c]
                    mean = total / (KH * KW)
                    out[n, i, j, c] = mean
    return out


# What both are asked. A third of a point more or less: max pooling is the one with the traps.


@max_pool2d.requirement("one picture, windows of 2×2", points=1 / 2)
@avg_pool2d.requirement("one picture, windows of 2×2", points=1 / 3)
def _(draw):
    tall = draw.pick(4, 6)
    yield case(draw.array(1, tall, 10 - tall, 1))
    yield pooled(draw.array(1, 4, 6, 1), 2, 2)


@max_pool2d.requirement("negative values", points=1 / 2)
@avg_pool2d.requirement("negative values", points=1 / 3)
def _(draw):
    yield pooled(draw.array(2, 6, 4, 2, shift=-3.0), 2, None)
    yield pooled(draw.array(1, 4, 4, 1, shift=-3.0), 2, 2)
    # Below whatever number a search may start at, and still a float32.
    yield case(1e28 * draw.array(1, 4, 6, 2) - 1e30)


@max_pool2d.requirement("batch and channels", points=1 / 2)
@avg_pool2d.requirement("batch and channels", points=1 / 3)
def _(draw):
    width = draw.pick(6, 8)
    yield pooled(draw.array(2, 4, 6, 3), 2, None)
    yield pooled(draw.array(3, width, 4, 2), 2, 2)


@max_pool2d.requirement("rectangular windows", points=1 / 2)
@avg_pool2d.requirement("rectangular windows", points=1 / 3)
def _(draw):
    width = draw.pick(9, 12)
    yield pooled(draw.array(2, 6, 7, 2), (3, 2), 1)
    yield pooled(draw.array(1, 6, width, 3), (2, 3), 2)
    yield pooled(draw.array(2, 6, 4, 1), (3, 2), None)
    yield pooled(draw.array(1, 4, 9, 2), (2, 3), None)


@max_pool2d.requirement("stride unlike the size", points=1 / 2)
@avg_pool2d.requirement("stride unlike the size", points=1 / 3)
def _(draw):
    width = draw.pick(6, 7)
    yield pooled(draw.array(2, 7, 5, 2), 3, 2)
    yield pooled(draw.array(1, 5, width, 2), 2, 1)
    yield pooled(draw.array(2, 8, 5, 1), 2, 3)
    yield case(draw.rng.integers(0, 3, (1, 6, 5, 2)).astype(float), size=3, stride=1)


@max_pool2d.requirement("input that does not fit", points=1 / 4)
@avg_pool2d.requirement("input that does not fit", points=1 / 6)
def _(draw):
    height = draw.pick(9, 10)
    yield pooled(draw.array(1, 5, 7, 2), 2, None)
    yield pooled(draw.array(2, height, 6, 2), 3, 2)
    yield pooled(draw.array(1, 7, 9, 1), 2, 3)
    # Less than half a step is left over: rounding to the nearest is right here, rounding up is not.
    yield pooled(draw.array(1, 6, 9, 1), 2, 3)


max_pool2d.keeps_inputs(points=1 / 4)
avg_pool2d.keeps_inputs(points=1 / 6)


# What either gets wrong about where its windows are and what becomes of their numbers.

for pool in (max_pool2d, avg_pool2d):
    pool.bug(
        "stride_is_the_size", "(KH, KW) if stride is None else (stride, stride)", "(KH, KW)",
        "Your windows always lie side by side: the step is taken to be the window's size, whatever `stride` says.",
        ask="With size 3 and stride 2, at which row does the second window start?",
    )
    pool.bug(
        "stride_always_two", "(KH, KW) if stride is None else (stride, stride)", "2, 2",
        "Your stride is always 2: it does not follow the argument.",
        ask="Where in your function does `stride` appear?",
    )
    pool.bug(
        "stride_defaults_to_one", "(KH, KW) if stride is None", "(1, 1) if stride is None",
        "Without a stride your windows move one cell at a time: `stride=None` means that they lie side by side.",
        ask="What should the step be for a window of 2 when no stride is given?",
    )
    pool.bug(
        "stride_defaults_to_two", "(KH, KW) if stride is None", "(2, 2) if stride is None",
        "Without a stride your windows always move two cells: `stride=None` means the window's own size, whatever it is.",
        ask="How far apart do windows of 3×3 start when they lie side by side?",
    )
    pool.bug(
        "output_stepped_over", {"range(OH)": "range(0, OH, SH)", "range(OW)": "range(0, OW, SW)"},
        "Your loops go over the output in steps of the stride, so most of its cells are never filled: the output has a cell for each window, and the stride is where the window starts.",
        ask="With stride 2 and 4 output rows, which values does your loop variable take?",
    )
    pool.bug(
        "stride_from_height_only", "(KH, KW) if stride is None", "(KH, KH) if stride is None",
        "Without a stride your windows step by their height in both directions: each direction has its own side.",
        ask="With a window of 3 rows and 2 columns, how far is it to the next window on the right?",
    )
    pool.bug(
        "windows_start_at_every_cell", {"i * SH": "i", "j * SW": "j"},
        "Your stride changes the size of the output, but not where the windows start.",
        ask="Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.",
    )
    pool.bug(
        "windows_step_by_size", {"i * SH": "i * KH", "j * SW": "j * KW"},
        "The size of your output follows the stride, but your windows start at multiples of their own size.",
        ask="With size 3 and stride 2, at which row does the second window start?",
    )
    pool.bug(
        "size_divided", {"(H - KH) // SH + 1": "H // KH", "(W - KW) // SW + 1": "W // KW"},
        "Your output size is the input divided: that is right only for windows that lie side by side and fit.",
        ask="How many windows of 3 with stride 2 fit into 7 cells?",
        also=[{"(H - KH) // SH + 1": "H // SH", "(W - KW) // SW + 1": "W // SW"}],
    )
    pool.bug(
        "size_rounded_up", {"(H - KH) // SH": "-(-(H - KH) // SH)", "(W - KW) // SW": "-(-(W - KW) // SW)"},
        "Your output has an extra row or column where the stride does not fit: it counts a window that hangs over the edge.",
        ask="With 5 cells, windows of 2 and stride 2, what would the third window read?",
    )
    pool.bug(
        "plus_one_missing", {"// SH + 1": "// SH", "// SW + 1": "// SW"},
        "Your output lacks its last row and column: the division counts the steps, and there is one more window than steps.",
        ask="Put a window as large as the input on it: how many positions does it have?",
    )
    pool.bug(
        "height_for_both_sides",
        "(size, size) if np.isscalar(size) else size",
        "(size, size) if np.isscalar(size) else (size[0], size[0])",
        "Your windows are square: their height is used for both sides.",
        ask="Of a window of 3 rows and 2 columns, which of the two numbers does your column slice use?",
        also=[{"left + KW": "left + KH"}],
    )
    pool.bug(
        "width_for_both_sides",
        "(size, size) if np.isscalar(size) else size",
        "(size, size) if np.isscalar(size) else (size[1], size[1])",
        "Your windows are square: their width is used for both sides.",
        ask="Of a window of 3 rows and 2 columns, which of the two numbers does your row slice use?",
        also=[{"top + KH": "top + KW"}],
    )
    pool.bug(
        "sides_swapped", "KH, KW = (size", "KW, KH = (size",
        "Your windows lie on their side: size is (rows, columns), in this order.",
        ask="Which of the two numbers ends your slice over rows?",
    )
    pool.bug(
        "columns_from_height", "(W - KW)", "(H - KW)",
        "The number of columns is computed from the input's height: only square images come out right.",
        ask="Which axis of x is W?",
        also=[{"np.zeros((N, OH, OW, C))": "np.zeros((N, OH, OH, C))"}],
    )
    pool.bug(
        "last_row_not_filled", "range(OH)", "range(OH - 1)",
        "The last row of your output stays 0: the loop over rows ends one too early.",
        ask="What is the last value that range(OH) gives?",
    )
    pool.bug(
        "last_column_not_filled", "range(OW)", "range(OW - 1)",
        "The last column of your output stays 0: the loop over columns ends one too early.",
        ask="What is the last value that range(OW) gives?",
    )
    pool.bug(
        "window_one_short", {"top + KH": "top + KH - 1", "left + KW": "left + KW - 1"},
        "Your windows lack their last row and column: a slice or a range ends before its second number.",
        ask="How many rows does x[2:4] have?",
        also=[{"range(KH)": "range(KH - 1)", "range(KW)": "range(KW - 1)"}],
    )
    pool.bug(
        "only_first_image", "range(N)", "range(1)",
        "Only image 0 is pooled; the others stay 0.",
        ask="Which loop is missing, or is ended by a return inside it?",
    )
    pool.bug(
        "only_last_image", "for n in range(N):", "for n in range(N):\n    out = np.zeros((N, OH, OW, C))",
        "Only the last image is there: each pass over the batch starts the output anew.",
        ask="Where is the array of zeros made, before the loop or inside it?",
    )
    pool.bug(
        "only_first_channel", "range(C)", "range(1)",
        "Only channel 0 is pooled; the others stay 0.",
        ask="Which loop is missing, or is ended by a return inside it?",
    )
    pool.bug(
        "rows_and_columns_swapped", "return out", "return out.transpose(0, 2, 1, 3)",
        "Your output lies on its side: rows and columns are swapped.",
        ask="In which order do i and j index your output?",
        also=[{"out[n, i, j, c]": "out[n, j, i, c]"}],
    )
    pool.bug(
        "channel_axis_lost", "return out", "return out[..., 0]",
        "The channel axis is gone: pooling works on each channel separately and keeps all of them.",
        ask="Which index in your function is a number where a slice is needed?",
    )
    pool.bug(
        "windows_hang_over",
        {"(H - KH) // SH + 1": "len(range(0, H, SH))", "(W - KW) // SW + 1": "len(range(0, W, SW))"},
        "Your windows start at every step up to the edge: the last ones hang over it. A window must lie inside as a whole.",
        ask="At which input row does the last window start that still fits?",
    )
    pool.bug(
        "last_start_left_out",
        {"(H - KH) // SH + 1": "len(range(0, H - KH, SH))", "(W - KW) // SW + 1": "len(range(0, W - KW, SW))"},
        "Where the stride fits, your last row and column are missing: a window may end on the last cell, and a range ends before its second number.",
        ask="With 4 rows and windows of 2, is 2 a valid start? Is it in range(0, 2)?",
    )
    pool.bug(
        "size_rounded_to_nearest",
        {"(H - KH) // SH": "round((H - KH) / SH)", "(W - KW) // SW": "round((W - KW) / SW)"},
        "Your size is rounded to the nearest integer: where more than half a step is left over, it counts a window that hangs over the edge.",
        ask="Is a window that is nearly inside the input inside it?",
    )
    pool.bug(
        "refuses_what_does_not_fit",
        "OH = (H - KH) // SH + 1", "assert (H - KH) % SH == 0\nOH = (H - KH) // SH + 1",
        "Your function refuses an input that the stride does not fit: there the windows that lie inside count, and the rest of the input is not read.",
        ask="With 5 cells, windows of 2 and stride 2: how many windows lie inside?",
        also=[
            {"OW = (W - KW) // SW + 1": "assert (H - KH) % SH == 0 and (W - KW) % SW == 0\nOW = (W - KW) // SW + 1"},
        ],
    )
    pool.bug(
        "window_sides_swapped", {"top + KH": "top + KW", "left + KW": "left + KH"},
        "Your output has the right size, but your windows lie on their side: they have as many rows as they should have columns.",
        ask="Of a window of 3 rows and 2 columns, which number ends your slice over rows?",
        also=[{"range(KH)": "range(KW)", "range(KW)": "range(KH)"}],
    )
    pool.bug(
        "window_as_large_as_the_stride", {"top + KH": "top + SH", "left + KW": "left + SW"},
        "Your windows are as large as the stride: `size` says how large a window is, the stride how far it moves.",
        ask="With size 3 and stride 2, how many cells does one window have?",
        also=[{"range(KH)": "range(SH)", "range(KW)": "range(SW)"}],
    )
    pool.bug(
        "images_last", "return out", "return out.transpose(1, 2, 0, 3)",
        "Your axes are in another order: images come first, then rows, columns and channels.",
        ask="What does the first axis of an array count that was made from a list of rows?",
    )
    pool.common(integer_result, modifies("x"))

max_pool2d.bug(
    "returns_inside_the_loop", "out[n, i, j, c] = largest", "out[n, i, j, c] = largest\nreturn out",
    "Only the beginning of your output is filled: the function returns inside its loop.",
    ask="How far is your return indented, and which loop does it end?",
    also=[
        {"out[:, i, j] = largest": "out[:, i, j] = largest\nreturn out"},
        {"for n in range(N)": "for n in range(1)", "for i in range(OH)": "for i in range(1)"},
    ],
)
avg_pool2d.bug(
    "returns_inside_the_loop", "out[n, i, j, c] = mean", "out[n, i, j, c] = mean\nreturn out",
    like=max_pool2d,
    also=[
        {"out[:, i, j] = mean": "out[:, i, j] = mean\nreturn out"},
        {"for n in range(N)": "for n in range(1)", "for i in range(OH)": "for i in range(1)"},
    ],
)


# What becomes of a window in max_pool2d.

max_pool2d.bug(
    "running_max_starts_at_zero", "largest = x[n, top, left, c]", "largest = 0",
    "A window of negative values gives 0, as it does where the largest value so far starts at 0: nothing in the window is larger.",
    ask="What is the maximum of −3 and −5, and what should a search for it start with?",
)
max_pool2d.bug(
    "running_max_starts_at_minus_one", "largest = x[n, top, left, c]", "largest = -1",
    "A window of very negative values gives −1: your largest value so far starts at −1.",
    ask="What is the maximum of −3 and −5, and what should a search for it start with?",
)
max_pool2d.bug(
    "running_max_starts_too_high", "largest = x[n, top, left, c]", "largest = -100",
    "Windows of very negative values all give the same number: your largest value so far starts there, and the values are smaller still.",
    ask="With which value of the window itself can the search start?",
    also=[
        {"largest = x[n, top, left, c]": f"largest = {start}"}
        for start in ("-10", "-99", "-999", "-1e3", "-9999", "-1e4", "-99999", "-1e5", "-999999", "-1e6", "-1e7", "-1e8", "-1e9", "-1e10", "-(2**31)", "-(2**63)")
    ],
)
max_pool2d.bug(
    "max_over_channels", "left + KW, c]", "left + KW]",
    "All channels come out alike: the maximum is taken over the channels too, but each channel is pooled separately.",
    ask="Which axes of the window are rows and columns, and which one is left alone?",
)
max_pool2d.bug(
    "max_over_batch", "window.max(axis=(1, 2))", "window.max(axis=(0, 1, 2))",
    "All images come out alike: the maximum is taken over the batch too.",
    ask="What does your window hold, one image or all of them?",
)
max_pool2d.bug(
    "max_over_everything", "window.max(axis=(1, 2))", "window.max()",
    "All images and channels come out alike: `max` without an axis takes one maximum over the whole window, batch and channels included.",
    ask="Which axes should disappear, and which should stay?",
)
max_pool2d.bug(
    "max_over_the_picture", "window.max()", "x[n, :, :, c].max()",
    "Every cell holds the maximum of the whole image: it is taken over x and not over the window.",
    ask="Which variable is inside your max?",
    also=[{"window.max(axis=(1, 2))": "x.max(axis=(1, 2))"}],
)
max_pool2d.bug(
    "average_instead", "window.max(", "window.mean(",
    "You take the average of the window: max pooling keeps its largest value.",
    ask="Which of the two would tell you that an edge is somewhere in the window?",
)
max_pool2d.bug(
    "minimum_instead", "window.max(", "window.min(",
    "You keep the smallest value of the window: max pooling keeps the largest.",
    ask="Which way does your comparison point?",
    also=[{"value > largest": "value < largest"}],
)
max_pool2d.bug(
    "largest_magnitude", "window.max(", "np.abs(window).max(",
    "You keep the largest magnitude: a strongly negative value is small, not large.",
    ask="What is the maximum of −3 and 2?",
)
max_pool2d.bug(
    "sum_instead", "window.max(", "window.sum(",
    "You add the window up: max pooling keeps its largest value.",
    ask="What does pooling return for a window of four ones?",
)
max_pool2d.bug(
    "place_instead_of_value", "window.max()", "window.argmax()",
    "You return where the maximum is, not what it is.",
    ask="What does argmax return, and what does max?",
)
max_pool2d.bug(
    "first_value_of_the_window", "window.max(axis=(1, 2))", "window[:, 0, 0]",
    "You keep the first value of each window: that is a stride without a maximum.",
    ask="Where in your function are the other cells of the window looked at?",
    also=[{"window.max()": "window[0, 0]"}],
)
max_pool2d.bug(
    "last_value_of_the_window", "window.max(axis=(1, 2))", "window[:, -1, -1]",
    "You keep the last value of each window: each cell replaces the one before, and nothing is compared.",
    ask="Where in your function are two cells of a window compared?",
    also=[{"window.max()": "window[-1, -1]"}],
)
max_pool2d.bug(
    "max_along_rows_only", "x[n, top + a, left + b, c]", "x[n, top + a, left, c]",
    "Only the first column of each window is looked at.",
    ask="Which axes of the window does your maximum run over?",
    also=[{"window.max(axis=(1, 2))": "window[:, :, 0].max(axis=1)"}],
)
max_pool2d.bug(
    "max_along_columns_only", "x[n, top + a, left + b, c]", "x[n, top, left + b, c]",
    "Only the first row of each window is looked at.",
    ask="Which axes of the window does your maximum run over?",
    also=[{"window.max(axis=(1, 2))": "window[:, 0].max(axis=1)"}],
)
max_pool2d.bug(
    "one_channel_comes_back", {"np.zeros((N, OH, OW, C))": "np.zeros((N, OH, OW, 1))", "window.max(axis=(1, 2))": "window.max(axis=(1, 2, 3))[:, None]"},
    "One channel comes back: the maximum is taken over the channels too, but each channel is pooled separately.",
    ask="Which axes of the window are rows and columns, and which one is left alone?",
)
max_pool2d.bug(
    "another_cell_is_kept", "largest = value", "largest = x[n, i + a, j + b, c]",
    "You compare one cell and keep another: the one that is kept is counted from (i, j), as if the windows moved one cell at a time.",
    ask="Which cell does your condition look at, and which does the line below it take?",
)


# What becomes of a window in avg_pool2d.

avg_pool2d.bug(
    "divides_by_four", "total / (KH * KW)", "total / 4",
    "You always divide by 4: only a window of 2×2 has four cells.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d.bug(
    "divides_by_height_plus_width", "total / (KH * KW)", "total / (KH + KW)",
    "You divide by height plus width: the number of cells is height times width. For 2×2 both are 4.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d.bug(
    "divides_by_height_squared", "total / (KH * KW)", "total / KH**2",
    "You divide by the height squared: the number of cells is height times width.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d.bug(
    "divides_by_width_squared", "total / (KH * KW)", "total / KW**2",
    "You divide by the width squared: the number of cells is height times width.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d.bug(
    "divides_by_height", "total / (KH * KW)", "total / KH",
    "You divide by the height alone: the sum runs over height times width cells.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d.bug(
    "multiplies_by_width", "total / (KH * KW)", "total / KH * KW",
    "You divide by one side of the window and multiply by the other: `s / a * b` is (s / a) · b.",
    ask="What are 12 / 2 * 3 and 12 / (2 * 3)?",
    also=[{"total / (KH * KW)": "total / KW * KH"}],
)
avg_pool2d.bug(
    "divides_by_width", "total / (KH * KW)", "total / KW",
    "You divide by the width alone: the sum runs over height times width cells.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d.bug(
    "sum_not_divided", "total / (KH * KW)", "total",
    "You add the window up, but do not divide: the average of four ones is 1.",
    ask="How many cells did you add?",
    also=[{"window.mean()": "window.sum()"}],
)
avg_pool2d.bug(
    "divides_by_channels_too", "total / (KH * KW)", "total / (KH * KW * C)",
    "You divide by the number of channels too: each channel is averaged separately, over rows and columns.",
    ask="How many numbers are added up for one cell of the output?",
)
avg_pool2d.bug(
    "mean_over_channels", "left + KW, c]", "left + KW]",
    "All channels come out alike: the average is taken over the channels too, but each channel is pooled separately.",
    ask="Which axes of the window are rows and columns, and which one is left alone?",
)
avg_pool2d.bug(
    "mean_over_batch",
    "total = window.sum(axis=(1, 2))\nmean = total / (KH * KW)",
    "mean = window.mean(axis=(0, 1, 2))",
    "All images come out alike: the average is taken over the batch too.",
    ask="What does your window hold, one image or all of them?",
)
avg_pool2d.bug(
    "mean_over_everything",
    "total = window.sum(axis=(1, 2))\nmean = total / (KH * KW)",
    "mean = window.mean()",
    "All images and channels come out alike: `mean` without an axis takes one average over the whole window, batch and channels included.",
    ask="Which axes should disappear, and which should stay?",
)
avg_pool2d.bug(
    "mean_over_the_picture", "window.mean()", "x[n, :, :, c].mean()",
    "Every cell holds the average of the whole image: it is taken over x and not over the window.",
    ask="Which variable is inside your mean?",
)
avg_pool2d.bug(
    "maximum_instead", "window.mean()", "window.max()",
    "You keep the largest value of the window: average pooling takes the mean of all.",
    ask="What does average pooling return for a window of 0, 0, 0 and 4?",
)
avg_pool2d.bug(
    "whole_division", "total / (KH * KW)", "total // (KH * KW)",
    "Your average is rounded down: `//` drops what is left over.",
    ask="What is the average of 1 and 2?",
)
avg_pool2d.bug(
    "median_instead", "window.mean()", "np.median(window)",
    "You take the median: average pooling takes the mean.",
    ask="What does average pooling return for a window of 0, 0, 0 and 4?",
)
