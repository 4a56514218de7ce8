"""Fast: a convolution, forward and backward, as matrix products."""

import numpy as np

from autograder.authoring import (
    VOLUME,
    case,
    counting,
    exercise,
    integer_result,
    modifies,
    returns_nothing,
)
from autograder.exercises.lesson_07 import conv2d
from autograder.exercises.lesson_10 import (
    all_layers,
    conv2d_backward,
    padded_layers,
    plain_layers,
    strided_layers,
)
from convlib import fast
from convlib.shapes import output_size

LESSON = "11_fast"


# im2col


def small_tables():
    for x, kernel, stride, pad in (
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
    ):
        yield case(counting(*x), kernel, **unusual(stride, pad))


def unusual(stride, pad):
    """The options of a call that are not the default."""
    options = {"stride": stride, "pad": pad}
    return {name: value for name, value in options.items() if value != (1 if name == "stride" else 0)}


@exercise(
    lesson=LESSON,
    examples=small_tables,
    axes={"x": VOLUME, "": ("window", "tap")},
    trace="window",
    hint=(
        "Write it with loops first: for each image, row and column of the output, cut the window and make one row of it.",
        "window.reshape(−1) puts rows first, then columns, then channels: the order that w.reshape(−1, F) has.",
    ),
)
def im2col(x, kernel, stride=1, pad=0):
    KH, KW = (kernel, kernel) if np.ndim(kernel) == 0 else kernel
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    N, H, W, C = padded.shape
    OH = (H - KH) // stride + 1
    OW = (W - KW) // stride + 1
    windows = np.zeros((N, OH, OW, KH, KW, C))
    for i in range(OH):
        for j in range(OW):
            top = i * stride
            left = j * stride
            windows[:, i, j] = padded[:, top : top + KH, left : left + KW, :]
    table = windows.reshape(N * OH * OW, KH * KW * C)
    return table


@im2col.way
def row_by_row(x, kernel, stride=1, pad=0):
    KH, KW = (kernel, kernel) if np.ndim(kernel) == 0 else kernel
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    N, H, W, C = padded.shape
    OH = (H - KH) // stride + 1
    OW = (W - KW) // stride + 1
    rows = []
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                top = i * stride
                left = j * stride
                window = padded[n, top : top + KH, left : left + KW, :]
                rows.append(window.reshape(KH * KW * C))
    table = np.array(rows)
    return table


def tables(draw, *rows):
    for x, kernel, stride, pad in rows:
        yield case(draw.array(*x), kernel, **unusual(stride, pad))


@im2col.requirement("one window", points=0.5)
def _(draw):
    yield from tables(draw, ((1, 3, 3, 1), 3, 1, 0), ((1, 2, 2, 3), 2, 1, 0))


@im2col.requirement("one row for each window", points=0.75)
def _(draw):
    yield from tables(draw, ((1, draw.pick(5, 6), 4, 1), 2, 1, 0), ((1, 4, draw.pick(6, 7), 1), 3, 1, 0))


@im2col.requirement("channels", points=0.5)
def _(draw):
    yield from tables(draw, ((1, 4, 5, 3), 2, 1, 0), ((1, 5, 4, 2), 3, 1, 0))


@im2col.requirement("batch", points=0.5)
def _(draw):
    yield from tables(draw, ((draw.pick(2, 3), 5, 4, 1), 2, 1, 0), ((2, 4, 5, 2), 1, 1, 0))


@im2col.requirement("kernels with two sides", points=0.5)
def _(draw):
    yield from tables(draw, ((1, 6, 5, 2), (3, 2), 1, 0), ((2, 5, draw.pick(6, 7), 1), (2, 3), 1, 0))


@im2col.requirement("stride, input that does not fit", points=0.5)
def _(draw):
    yield from tables(
        draw, ((1, 6, 4, 1), 2, 2, 0), ((2, 8, draw.pick(5, 6), 2), (3, 2), 2, 0), ((1, 6, 9, 1), 2, 3, 0)
    )


@im2col.requirement("padding", points=0.5)
def _(draw):
    yield from tables(draw, ((1, 4, draw.pick(4, 5), 2), 3, 1, 1), ((2, 5, 7, 3), (2, 3), 3, 2), ((2, 4, 4, 1), 3, 1, 1))
    yield from tables(draw, ((1, 3, 2, 1), (1, 2), 1, 3))  # more zeros than the window is large


im2col.keeps_inputs(points=0.25)

im2col.bug(
    "channels_first_in_a_row", "= windows.reshape(", "= windows.transpose(0, 1, 2, 5, 3, 4).reshape(",
    "In your rows the channels come first: the weights are stored as (KH, KW, C, filters), so channels change fastest.",
    ask="w.reshape(−1, F): which two weights of one filter lie next to each other?",
    also=[{"window.reshape(": "window.transpose(2, 0, 1).reshape("}],
)
im2col.bug(
    "columns_before_rows_in_a_row", "= windows.reshape(", "= windows.transpose(0, 1, 2, 4, 3, 5).reshape(",
    "In your rows each window is read column by column: rows come first, as w.reshape(−1, F) has them.",
    ask="Which cell of the window does the second number of your row belong to?",
    also=[{"window.reshape(": "window.transpose(1, 0, 2).reshape("}],
)
im2col.bug(
    "windows_column_by_column", "= windows.reshape(", "= windows.transpose(0, 2, 1, 3, 4, 5).reshape(",
    "Your windows are taken down the columns first: the output is filled row by row, so the window to the right comes next.",
    ask="After the window of output (0, 0), which output's window is next?",
    also=[
        {
            "for n in range(N):": "for n in range(N):",
            "for i in range(OH)": "for j in range(OW)",
            "for j in range(OW)": "for i in range(OH)",
        },
    ],
)
im2col.bug(
    "images_last", "= windows.reshape(", "= windows.transpose(1, 2, 0, 3, 4, 5).reshape(",
    "Your rows go through the images for each position: all windows of image 0 come first, then those of image 1.",
    ask="The table will be reshaped to (N, OH, OW, F): which index changes slowest?",
    also=[
        {
            "for n in range(N)": "for i in range(OH)",
            "for i in range(OH)": "for j in range(OW)",
            "for j in range(OW)": "for n in range(N)",
        },
    ],
)
im2col.bug(
    "table_transposed", "return table", "return table.T",
    "Your table lies on its side: it needs one *row* for each window, so that table @ w.reshape(−1, F) fits.",
    ask="How many rows are needed for 9 windows?",
)
im2col.bug(
    "reshaped_without_transpose", "return table", "return table.T.reshape(table.shape)",
    "The numbers are right, but they are in the wrong positions: a reshape only cuts the sequence of numbers anew, it does not swap axes.",
    ask="What does np.arange(6).reshape(2, 3).reshape(3, 2) give, and what does .T give?",
)
im2col.bug(
    "windows_turned", "left : left + KW, :]", "left : left + KW, :][:, ::-1, ::-1]",
    "Your windows are rotated by 180°: together with the filter as it is, that is a true convolution.",
    ask="Which cell of the window does the first number of your row belong to?",
    way="im2col",
)
im2col.bug(
    "stride_ignored",
    {
        "OH = (H - KH) // stride + 1": "OH = H - KH + 1",
        "OW = (W - KW) // stride + 1": "OW = W - KW + 1",
        "i * stride": "i",
        "j * stride": "j",
    },
    "The stride makes no difference: there is a row for every window of stride 1.",
    ask="With 6 rows, windows of 2 and stride 2: how many windows fit one below the other?",
)
im2col.bug(
    "window_start_ignores_stride", {"i * stride": "i", "j * stride": "j"},
    "Your stride changes the number of windows, but not where they start.",
    ask="Which input row does window i start at? Say it for i = 0, 1, 2 before you write it.",
)
im2col.bug(
    "padding_ignored", "padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))", "padded = x",
    like=conv2d,
)
im2col.bug("padding_all_in_front", "(pad, pad), (pad, pad)", "(2 * pad, 0), (2 * pad, 0)", like=conv2d)
im2col.bug(
    "padding_all_behind", "(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)",
    "All the zeros are below and to the right: each side gets `pad` of them.",
    ask="In which row of the padded image does row 0 of the image belong?",
)
im2col.bug("padding_on_rows_only", "(pad, pad), (pad, pad)", "(pad, pad), (0, 0)", like=conv2d)
im2col.bug(
    "kernel_height_for_both",
    "if np.ndim(kernel) == 0 else kernel",
    "if np.ndim(kernel) == 0 else kernel\nKW = KH",
    "Your windows are square: the kernel's height is used for both sides.",
    ask="With a window of 3 rows and 2 columns, how many numbers does one row of the table hold?",
)
im2col.bug(
    "kernel_width_for_both",
    "if np.ndim(kernel) == 0 else kernel",
    "if np.ndim(kernel) == 0 else kernel\nKH = KW",
    "Your windows are square: the kernel's width is used for both sides.",
    ask="With a window of 3 rows and 2 columns, how many numbers does one row of the table hold?",
)
im2col.bug(
    "first_image_only", "for n in range(N)", "for n in range(1)",
    "Only the windows of image 0 are there.",
    ask="Which axis does your function never loop over?",
    also=[{"return table": "return table[: OH * OW]"}],
)
im2col.bug(
    "images_kept_apart", "return table", "return table.reshape(N, OH * OW, KH * KW * C)",
    "Your table has an axis for the images: all windows of all images stand below each other in one table.",
    ask="How many axes does a matrix have?",
)
im2col.bug(
    "size_plus_one_missing",
    {"(H - KH) // stride + 1": "(H - KH) // stride", "(W - KW) // stride + 1": "(W - KW) // stride"},
    "The last windows of each row and column are missing: there is one more window than there are steps.",
    ask="Put a kernel as large as the input on it: how many windows are there?",
    also=[
        {
            "(H - KH) // stride + 1": "(H - KH) // stride",
            "(W - KW) // stride + 1": "(W - KW) // stride",
            "reshape(N * OH * OW, KH * KW * C)": "reshape(N * OH * OW, -1)",
        }
    ],
)
im2col.bug(
    "columns_from_kernel_height", "(W - KW) // stride", "(W - KH) // stride",
    like=conv2d,
    also=[
        {
            "(W - KW) // stride": "(W - KH) // stride",
            "reshape(N * OH * OW, KH * KW * C)": "reshape(N * OH * OW, -1)",
        },
    ],
)
im2col.bug(
    "window_sides_swapped", {"top : top + KH": "top : top + KW", "left : left + KW": "left : left + KH"},
    like=conv2d,
    also=[
        {
            "top : top + KH": "top : top + KW",
            "left : left + KW": "left : left + KH",
            "window.reshape(KH * KW * C)": "window.reshape(-1)",
        },
    ],
)
im2col.bug(
    "refuses_what_does_not_fit",
    "OH = (H - KH) // stride + 1", "assert (H - KH) % stride == 0\nOH = (H - KH) // stride + 1",
    like=conv2d,
    also=[
        {"OW = (W - KW) // stride + 1": "assert (H - KH) % stride == 0 and (W - KW) % stride == 0\nOW = (W - KW) // stride + 1"},
        {"OW = (W - KW) // stride + 1": "assert (W - KW) % stride == 0\nOW = (W - KW) // stride + 1"},
    ],
)
im2col.bug(
    "height_and_width_exchanged", "N, H, W, C = padded.shape", "N, W, H, C = padded.shape",
    "Height and width of the input are swapped: x has images, rows, columns, channels, in this order.",
    ask="Which of your loops runs over rows, and up to which number?",
)
im2col.bug(
    "stride_on_rows_only", {"OW = (W - KW) // stride + 1": "OW = W - KW + 1", "j * stride": "j"},
    "Your stride applies to rows only: along the columns the windows still move one cell at a time.",
    ask="Which input column does each window of a row start at?",
    also=[{"j * stride": "j"}],
)
im2col.bug(
    "stride_on_columns_only", {"OH = (H - KH) // stride + 1": "OH = H - KH + 1", "i * stride": "i"},
    "Your stride applies to columns only: from row to row the windows still move one cell at a time.",
    ask="Which input row does each row of windows start at?",
    also=[{"i * stride": "i"}],
)
im2col.bug(
    "first_channel_only",
    {"left : left + KW, :]": "left : left + KW, 0]", "window.reshape(KH * KW * C)": "window.reshape(KH * KW)"},
    "Only channel 0 is in your table: a window is as deep as the image.",
    ask="How many numbers are there in a window of 2×2 of an image with 3 channels?",
)
im2col.common(
    integer_result.named(
        "integer_buffer",
        "Everything after the decimal point is lost: an array of integers cannot hold your values.",
        ask="What is the dtype of the array that you write into?",
    ),
    modifies("x"),
    returns_nothing,
)


# conv2d_im2col


@exercise(
    lesson=LESSON,
    reference=fast.conv2d,  # it also stands in for a learner's that is missing, in networks that are trained
    examples=conv2d.examples,
    axes=conv2d.axes,
    trace=conv2d.trace,
    hint=(
        "Three lines: the table, one matrix product, and a reshape to (N, OH, OW, F).",
        "The table is (N·OH·OW, KH·KW·C). What shape must the weights have so that the table can be multiplied by them?",
    ),
)
def conv2d_im2col(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    OH = output_size(H, KH, stride, pad)
    OW = output_size(W, KW, stride, pad)
    table = im2col(x, (KH, KW), stride, pad)
    maps = table @ w.reshape(KH * KW * C, F) + b
    return maps.reshape(N, OH, OW, F)


@conv2d_im2col.way
def windows_of_the_batch(x, w, b, stride=1, pad=0):
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    N, H, W, C = padded.shape
    KH, KW, C, F = w.shape
    OH = (H - KH) // stride + 1
    OW = (W - KW) // stride + 1
    windows = np.zeros((N, OH, OW, KH, KW, C))
    for i in range(OH):
        for j in range(OW):
            top = i * stride
            left = j * stride
            windows[:, i, j] = padded[:, top : top + KH, left : left + KW, :]
    table = windows.reshape(N * OH * OW, KH * KW * C)
    weights = w.reshape(KH * KW * C, F)
    maps = table @ weights
    maps = maps + b
    out = maps.reshape(N, OH, OW, F)
    return out


@conv2d_im2col.way
def image_by_image(x, w, b, stride=1, pad=0):
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    N, H, W, C = padded.shape
    KH, KW, C, F = w.shape
    OH = (H - KH) // stride + 1
    OW = (W - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        table = np.zeros((OH * OW, KH * KW * C))
        for i in range(OH):
            for j in range(OW):
                top = i * stride
                left = j * stride
                window = padded[n, top : top + KH, left : left + KW, :]
                table[i * OW + j] = window.reshape(-1)
        maps = table @ w.reshape(KH * KW * C, F)
        maps = maps + b
        out[n] = maps.reshape(OH, OW, F)
    return out


@conv2d_im2col.way
def cell_by_cell(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    padded[:, pad : pad + H, pad : pad + W] = x
    OH = (H + 2 * pad - KH) // stride + 1
    OW = (W + 2 * pad - KW) // stride + 1
    table = np.zeros((N, OH, OW, KH, KW, C))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                top = i * stride
                left = j * stride
                for k in range(KH):
                    for m in range(KW):
                        for c in range(C):
                            table[n, i, j, k, m, c] = padded[n, top + k, left + m, c]
    table = table.reshape(N * OH * OW, KH * KW * C)
    maps = table @ w.reshape(KH * KW * C, F)
    maps = maps + b
    out = maps.reshape(N, OH, OW, F)
    return out


# It is asked what conv2d is asked, for fewer points.
POINTS = (0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.5, 0.25)
for asked, points in zip(conv2d.requirements[:-1], POINTS, strict=True):
    conv2d_im2col.requirement(asked.name, points=points, cases=asked.cases)
conv2d_im2col.keeps_inputs(points=0.25)

# How the filter lies on the window.

conv2d_im2col.bug(
    "left_as_a_table", "return maps.reshape(N, OH, OW, F)", "return maps",
    "Your result is still a table, a row for each window: the output has the axes images, rows, columns, filters.",
    ask="How many windows of each image are there, and in which order do the rows of the table follow them?",
)
conv2d_im2col.bug("filter_turned", "weights = w.reshape(", "weights = w[::-1, ::-1].reshape(", like=conv2d)
conv2d_im2col.bug("filter_upside_down", "weights = w.reshape(", "weights = w[::-1].reshape(", like=conv2d)
conv2d_im2col.bug("filter_mirrored", "weights = w.reshape(", "weights = w[:, ::-1].reshape(", like=conv2d)
conv2d_im2col.bug(
    "filter_transposed", "weights = w.reshape(", "weights = w.transpose(1, 0, 2, 3).reshape(",
    also=[{"KH, KW, C, F = w.shape": "w = w.transpose(1, 0, 2, 3)\nKH, KW, C, F = w.shape"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "kernel_width_from_height", "left : left + KW", "left : left + KH",
    also=[{"for m in range(KW)": "for m in range(KH)"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "kernel_height_from_width", "top : top + KH", "top : top + KW",
    also=[{"for k in range(KH)": "for k in range(KW)"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "window_one_short",
    {"for k in range(KH)": "for k in range(KH - 1)", "for m in range(KW)": "for m in range(KW - 1)"},
    also=[{"top + KH": "top + KH - 1", "left + KW": "left + KW - 1"}],
    like=conv2d,
)

# What is multiplied and added up.

conv2d_im2col.bug(
    "first_channel_only", "for c in range(C)", "for c in range(1)",
    also=[{"table @ weights": "table[:, ::C] @ weights[::C]"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "last_channel_only", "for c in range(C)", "for c in range(C - 1, C)",
    also=[{"table @ weights": "table[:, C - 1 :: C] @ weights[C - 1 :: C]"}],
    like=conv2d,
)
conv2d_im2col.bug("last_product_only", "table @ weights", "table[:, -1:] @ weights[-1:]", like=conv2d)
conv2d_im2col.bug("last_pixel_only", "table @ weights", "table[:, -C:] @ weights[-C:]", like=conv2d)
conv2d_im2col.bug("first_pixel_only", "table @ weights", "table[:, :C] @ weights[:C]", like=conv2d)
conv2d_im2col.bug("channels_averaged", "table @ weights", "table @ weights / C", like=conv2d)
conv2d_im2col.bug("window_averaged", "table @ weights", "table @ weights / len(weights)", like=conv2d)
conv2d_im2col.bug("pixels_averaged", "table @ weights", "table @ weights / (KH * KW)", like=conv2d)
conv2d_im2col.bug(
    "matrix_product",
    {
        "maps = table @ weights": "products = [windows @ w[:, :, :, f] for f in range(F)]\nmaps = np.stack([each.sum(axis=(3, 4, 5)).reshape(-1) for each in products], axis=1)",
    },
    like=conv2d,
)
conv2d_im2col.bug(
    "products_of_sums", "table @ weights", "np.outer(table.sum(axis=1), weights.sum(axis=0))",
    like=conv2d,
)
conv2d_im2col.bug(
    "largest_product", "table @ weights", "np.max(table[:, :, None] * weights, axis=1)",
    like=conv2d,
)
conv2d_im2col.bug(
    "channel_by_channel",
    {
        "maps = table @ weights": "maps = [table[:, c::C] @ w[:, :, c, c].reshape(-1) for c in range(C)]\nmaps = np.stack(maps, axis=1)",
        "maps.reshape(N, OH, OW, F)": "maps.reshape(N, OH, OW, -1)",
    },
    also=[
        {
            "maps = table @ weights": "maps = [table[:, c::C] @ w[:, :, c, c].reshape(-1) for c in range(C)]\nmaps = np.stack(maps, axis=1)",
            "maps + b": "maps + b[:C]",
            "maps.reshape(N, OH, OW, F)": "maps.reshape(N, OH, OW, -1)",
        },
    ],
    like=conv2d,
)
conv2d_im2col.bug(
    "channel_of_the_filter",
    "maps = table @ weights",
    "maps = [table[:, range(f, len(weights), C)] @ w[:, :, f, f].reshape(-1) for f in range(F)]\nmaps = np.stack(maps, axis=1)",
    like=conv2d,
)
conv2d_im2col.bug(
    "channel_of_the_filter_spread",
    "maps = table @ weights",
    "maps = [windows[..., f].reshape(len(table), -1) @ w[:, :, :, f].sum(axis=2).reshape(-1) for f in range(F)]\nmaps = np.stack(maps, axis=1)",
    like=conv2d,
)
conv2d_im2col.bug(
    "channels_not_summed",
    {
        "maps = table @ weights": 'maps = np.einsum("nijkmc,kmcf->nijcf", windows, w)',
        "maps.reshape(N, OH, OW, F)": "maps",
    },
    like=conv2d,
)
conv2d_im2col.bug(
    "channels_and_filters_exchanged", "weights = w.reshape(", "weights = w.transpose(0, 1, 3, 2).reshape(",
    like=conv2d,
)
conv2d_im2col.bug(
    "weights_reshaped", "w.reshape(KH * KW * C, F)", "w.reshape(F, KH * KW * C).T",
    like=conv2d,
)

# The bias.

conv2d_im2col.bug("bias_forgotten", "maps = maps + b", "", like=conv2d)
conv2d_im2col.bug("bias_subtracted", "maps + b", "maps - b", like=conv2d)
conv2d_im2col.bug("bias_multiplied", "maps + b", "maps * b", like=conv2d)
conv2d_im2col.bug("one_bias_for_all", "maps + b", "maps + b[0]", like=conv2d)
conv2d_im2col.bug("last_bias_for_all", "maps + b", "maps + b[-1]", like=conv2d)
conv2d_im2col.bug("biases_summed", "maps + b", "maps + np.sum(b)", like=conv2d)
conv2d_im2col.bug("biases_averaged", "maps + b", "maps + np.mean(b)", like=conv2d)
conv2d_im2col.bug("bias_per_channel", "maps + b", "maps + C * b", like=conv2d)
conv2d_im2col.bug("bias_per_pixel", "maps + b", "maps + KH * KW * b", like=conv2d)
conv2d_im2col.bug("bias_per_product", "maps + b", "maps + KH * KW * C * b", like=conv2d)
conv2d_im2col.bug(
    "buffer_of_ones", "maps = table @ weights", "maps = np.ones((len(table), F))\nmaps += table @ weights",
    like=conv2d,
)

# Where the windows start.

# A window that hangs over the edge leaves zeros in the table, and raises nothing.
COPIED_AS_FAR_AS_IT_GOES = {
    "windows[:, i, j] = padded[:, top : top + KH, left : left + KW, :]": """
        part = padded[:, top : top + KH, left : left + KW, :]
        windows[:, i, j, : part.shape[1], : part.shape[2]] = part
    """,
}

conv2d_im2col.bug(
    "window_start_ignores_stride", {"top = i * stride": "top = i", "left = j * stride": "left = j"},
    like=conv2d,
)
conv2d_im2col.bug(
    "stride_ignored",
    {
        "OH = (H - KH) // stride + 1": "OH = H - KH + 1",
        "OW = (W - KW) // stride + 1": "OW = W - KW + 1",
        "i * stride": "i",
        "j * stride": "j",
    },
    like=conv2d,
)
conv2d_im2col.bug(
    "stride_on_rows_only", {"OW = (W - KW) // stride + 1": "OW = W - KW + 1", "j * stride": "j"},
    also=[{"j * stride": "j"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "stride_on_columns_only", {"OH = (H - KH) // stride + 1": "OH = H - KH + 1", "i * stride": "i"},
    also=[{"i * stride": "i"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "stride_is_the_window", {"i * stride": "i * KH", "j * stride": "j * KW"},
    also=[{"i * stride": "i * KH", "j * stride": "j * KW"} | COPIED_AS_FAR_AS_IT_GOES],
    like=conv2d,
)
conv2d_im2col.bug(
    "start_one_late", {"i * stride": "i * stride + 1", "j * stride": "j * stride + 1"},
    like=conv2d,
)

# Padding.

conv2d_im2col.bug(
    "padding_not_in_front", "(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)",
    also=[{"pad : pad + H, pad : pad + W": ":H, :W"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "size_and_padding_disagree", {"H - KH": "H + 2 * pad - KH", "W - KW": "W + 2 * pad - KW"},
    also=[
        {"= padded[n": "= x[n"},
        {"= padded[:": "= x[:"},
        {"table = im2col(x, (KH, KW), stride, pad)": "table = im2col(x, (KH, KW), stride)"},
        {"output_size(H, KH, stride, pad)": "output_size(H, KH, stride)", "output_size(W, KW, stride, pad)": "output_size(W, KW, stride)"},
    ],
    like=conv2d,
)
conv2d_im2col.bug(
    "padding_all_in_front", "(pad, pad), (pad, pad)", "(2 * pad, 0), (2 * pad, 0)",
    like=conv2d,
)
conv2d_im2col.bug("padding_behind_only", "(pad, pad), (pad, pad)", "(0, pad), (0, pad)", like=conv2d)
conv2d_im2col.bug(
    "padding_ignored", "padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))", "padded = x",
    like=conv2d,
)
conv2d_im2col.bug("padding_on_rows_only", "(pad, pad), (pad, pad)", "(pad, pad), (0, 0)", like=conv2d)
conv2d_im2col.bug("padding_on_columns_only", "(pad, pad), (pad, pad)", "(0, 0), (pad, pad)", like=conv2d)
conv2d_im2col.bug(
    "pads_with_ones", "(pad, pad), (0, 0))", "(pad, pad), (0, 0)), constant_values=1",
    like=conv2d,
)
conv2d_im2col.bug(
    "pads_with_pad_value", "(pad, pad), (0, 0))", "(pad, pad), (0, 0)), constant_values=pad",
    like=conv2d,
)
conv2d_im2col.bug("pads_with_edge", "(pad, pad), (0, 0))", '(pad, pad), (0, 0)), mode="edge"', like=conv2d)
conv2d_im2col.bug(
    "pads_with_reflection", "(pad, pad), (0, 0))", '(pad, pad), (0, 0)), mode="reflect"',
    also=[{"(pad, pad), (0, 0))": '(pad, pad), (0, 0)), mode="symmetric"'}],
    like=conv2d,
)
conv2d_im2col.bug("pads_with_wrap", "(pad, pad), (0, 0))", '(pad, pad), (0, 0)), mode="wrap"', like=conv2d)
conv2d_im2col.bug(
    "pads_every_axis",
    {
        "padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))": "padded = np.pad(x, pad)",
        "padded[:, pad : pad + H, pad : pad + W] = x": "N = len(padded)",
    },
    way="cell_by_cell",
    like=conv2d,
)
conv2d_im2col.bug("pads_images_too", "((0, 0), (pad, pad)", "((pad, pad), (pad, pad)", like=conv2d)
conv2d_im2col.bug(
    "padded_twice", "(pad, pad), (pad, pad)", "(2 * pad, 2 * pad), (2 * pad, 2 * pad)",
    like=conv2d,
)
conv2d_im2col.bug(
    "pad_undefined_at_zero", "padded = np.pad(x", "if pad > 0:\n    padded = np.pad(x",
    like=conv2d,
)
conv2d_im2col.bug("pad_always_one", "(pad, pad), (pad, pad)", "(1, 1), (1, 1)", like=conv2d)

# The size of the output.

conv2d_im2col.bug(
    "padding_counted_once", {"H + 2 * pad - KH": "H + pad - KH", "W + 2 * pad - KW": "W + pad - KW"},
    also=[{"H - KH": "H - pad - KH", "W - KW": "W - pad - KW"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "size_ignores_padding", {"H + 2 * pad - KH": "H - KH", "W + 2 * pad - KW": "W - KW"},
    also=[{"H - KH": "x.shape[1] - KH", "W - KW": "x.shape[2] - KW"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "size_rounded_up",
    {"(H - KH) // stride": "-(-(H - KH) // stride)", "(W - KW) // stride": "-(-(W - KW) // stride)"},
    also=[
        {
            "(H + 2 * pad - KH) // stride": "-(-(H + 2 * pad - KH) // stride)",
            "(W + 2 * pad - KW) // stride": "-(-(W + 2 * pad - KW) // stride)",
        },
        {"(H - KH) // stride": "-(-(H - KH) // stride)", "(W - KW) // stride": "-(-(W - KW) // stride)"} | COPIED_AS_FAR_AS_IT_GOES,
    ],
    like=conv2d,
)
conv2d_im2col.bug(
    "size_plus_one_missing",
    {"(H - KH) // stride + 1": "(H - KH) // stride", "(W - KW) // stride + 1": "(W - KW) // stride"},
    like=conv2d,
)
conv2d_im2col.bug(
    "loops_over_the_input",
    {
        "(H - KH) // stride + 1": "len(range(0, H, stride))",
        "(W - KW) // stride + 1": "len(range(0, W, stride))",
    },
    also=[
        {
            "(H + 2 * pad - KH) // stride + 1": "len(range(0, H, stride))",
            "(W + 2 * pad - KW) // stride + 1": "len(range(0, W, stride))",
        },
        {
            "(H + 2 * pad - KH) // stride + 1": "len(range(0, H + 2 * pad, stride))",
            "(W + 2 * pad - KW) // stride + 1": "len(range(0, W + 2 * pad, stride))",
        },
        {
            "(H - KH) // stride + 1": "len(range(0, x.shape[1], stride))",
            "(W - KW) // stride + 1": "len(range(0, x.shape[2], stride))",
        },
        {"(H - KH) // stride + 1": "len(range(0, H, stride))", "(W - KW) // stride + 1": "len(range(0, W, stride))"} | COPIED_AS_FAR_AS_IT_GOES,
        {"(H - KH) // stride + 1": "len(range(0, x.shape[1], stride))", "(W - KW) // stride + 1": "len(range(0, x.shape[2], stride))"} | COPIED_AS_FAR_AS_IT_GOES,
    ],
    like=conv2d,
)
conv2d_im2col.bug(
    "width_from_height", "OW = (W - KW) // stride + 1", "OW = OH",
    also=[
        {"OW = (W + 2 * pad - KW) // stride + 1": "OW = OH"},
        {"OW = (W - KW) // stride + 1": "OW = OH"} | COPIED_AS_FAR_AS_IT_GOES,
    ],
    like=conv2d,
)
conv2d_im2col.bug(
    "height_from_width", "OH = (H - KH) // stride + 1", "OH = (W - KW) // stride + 1",
    also=[
        {"OH = (H + 2 * pad - KH) // stride + 1": "OH = (W + 2 * pad - KW) // stride + 1"},
        {"OH = (H - KH) // stride + 1": "OH = (W - KW) // stride + 1"} | COPIED_AS_FAR_AS_IT_GOES,
    ],
    like=conv2d,
)
conv2d_im2col.bug(
    "table_and_size_disagree_in_stride",
    {
        "OH = output_size(H, KH, stride, pad)": "OH = output_size(H, KH, 1, pad)",
        "OW = output_size(W, KW, stride, pad)": "OW = output_size(W, KW, 1, pad)",
    },
    "With a stride, the rows of your table do not make up your output: one of the two is counted without it.",
    ask="With 5 positions along a side and stride 2, how many rows does your table have, and what is OH · OW?",
    also=[{"im2col(x, (KH, KW), stride, pad)": "im2col(x, (KH, KW), 1, pad)"}],
)
conv2d_im2col.bug(
    "table_and_size_disagree_in_sides", "OW = output_size(W, KW, stride, pad)", "OW = OH",
    "Where rows and columns differ, the rows of your table do not make up your output: one of the two takes one side for the other.",
    ask="Which of your two sizes belongs to the rows, and what is it counted from?",
    also=[{"OH = output_size(H, KH, stride, pad)": "OH = output_size(W, KW, stride, pad)"}],
)

# Which filter makes which map.

conv2d_im2col.bug(
    "same_filter_for_all",
    "w.reshape(KH * KW * C, F)",
    "w[:, :, :, 0].reshape(KH * KW * C, 1).repeat(F, axis=1)",
    like=conv2d,
)
conv2d_im2col.bug(
    "last_filter_for_all",
    "w.reshape(KH * KW * C, F)",
    "w[:, :, :, -1].reshape(KH * KW * C, 1).repeat(F, axis=1)",
    like=conv2d,
)
conv2d_im2col.bug(
    "filters_summed",
    "w.reshape(KH * KW * C, F)",
    "np.sum(w, axis=3).reshape(KH * KW * C, 1).repeat(F, axis=1)",
    like=conv2d,
)

# The batch.

conv2d_im2col.bug("only_first_image", "for n in range(N)", "for n in range(1)", like=conv2d)
conv2d_im2col.bug("only_last_image", "for n in range(N)", "for n in range(N - 1, N)", like=conv2d)
conv2d_im2col.bug("one_image_comes_back", "return out", "return out[:1]", like=conv2d)
conv2d_im2col.bug("first_image_for_all", "= padded[n", "= padded[0", like=conv2d)
conv2d_im2col.bug("batch_summed", "padded[n, top", "np.sum(padded, axis=0)[top", like=conv2d)

# What is done with the result.

conv2d_im2col.bug(
    "last_row_unfilled", "for i in range(OH)", "for i in range(OH - 1)",
    "The last row of your output holds nothing but the bias: your loop over rows ends one too early, and those rows of the table stay 0.",
    ask="Which numbers does range(OH − 1) give?",
)
conv2d_im2col.bug(
    "last_column_unfilled", "for j in range(OW)", "for j in range(OW - 1)",
    "The last column of your output holds nothing but the bias: your loop over columns ends one too early, and those rows of the table stay 0.",
    ask="Which numbers does range(OW − 1) give?",
)
conv2d_im2col.bug(
    "last_row_and_column_unfilled",
    {"for i in range(OH)": "for i in range(OH - 1)", "for j in range(OW)": "for j in range(OW - 1)"},
    "The last row and the last column of your output hold nothing but the bias: your loops end one too early, and those rows of the table stay 0.",
    ask="Which numbers does range(OH − 1) give?",
)
conv2d_im2col.bug(
    "output_transposed", "return out", "return out.transpose(0, 2, 1, 3)",
    also=[{"= windows.reshape(": "= windows.transpose(0, 2, 1, 3, 4, 5).reshape("}],
    like=conv2d,
)
conv2d_im2col.bug("flat_index_by_height", "table[i * OW + j]", "table[i * OH + j]", like=conv2d)
conv2d_im2col.bug(
    "output_reshaped", {"table @ weights": "weights.T @ table.T", "maps + b": "maps + b[:, None]"},
    like=conv2d,
)
conv2d_im2col.bug(
    "total_not_reset", "maps = maps + b", "maps = np.cumsum(maps + b).reshape(maps.shape)",
    like=conv2d,
)
conv2d_im2col.bug(
    "integer_buffer", "out[n] = maps", "out[n] = maps.astype(int)",
    also=[
        {"maps = table @ weights": "maps = (table @ weights).astype(int)"},
        {
            "= padded[:, top : top + KH, left : left + KW, :]": "= padded[:, top : top + KH, left : left + KW, :].astype(int)",
        },
    ],
    like=conv2d,
)
conv2d_im2col.bug("relu_inside", "return out", "return np.maximum(out, 0.0)", like=conv2d)
conv2d_im2col.bug("sigmoid_inside", "return out", "return 1 / (1 + np.exp(-out))", like=conv2d)
conv2d_im2col.bug("tanh_inside", "return out", "return np.tanh(out)", like=conv2d)
conv2d_im2col.bug(
    "map_filled_column_by_column", "return out", "return out.reshape(N, OW, OH, F).transpose(0, 2, 1, 3)",
    also=[{"return maps.reshape(N, OH, OW, F)": "return maps.reshape(N, OW, OH, F).transpose(0, 2, 1, 3)"}],
    like=conv2d,
)
conv2d_im2col.bug(
    "maps_filled_filters_first", "return maps.reshape(N, OH, OW, F)", "return maps.reshape(N, F, OH, OW).transpose(0, 2, 3, 1)",
    "Your values are right, but their positions are scrambled: the rows of your product are windows, each with its filters side by side, and a reshape with the filters first cuts them apart.",
    ask="Which two numbers are side by side in a row of your product?",
)
conv2d_im2col.common(modifies("x"), modifies("w", "weights_modified"), returns_nothing)


# conv2d_backward_im2col


@exercise(
    lesson=LESSON,
    reference=fast.conv2d_backward,  # it also stands in for a learner's that is missing, in networks that are trained
    examples=conv2d_backward.examples,
    axes=conv2d_backward.axes,
    results=conv2d_backward.results,
    hint=(
        "The forward pass is out = table @ weights + b, a dense layer: lesson 02 has the three gradients of that.",
        "The gradient of the table has a row for each window: add each row to the cells that its window was cut from.",
    ),
)
def conv2d_backward_im2col(dout, x, w, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    OH, OW = dout.shape[1:3]
    table = im2col(x, (KH, KW), stride, pad)
    flat = dout.reshape(N * OH * OW, F)
    weights = w.reshape(KH * KW * C, F)
    db = flat.sum(axis=0)
    dw = table.T @ flat
    dw = dw.reshape(KH, KW, C, F)
    dtable = flat @ weights.T
    shares = dtable.reshape(N, OH, OW, KH, KW, C)
    dxp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    for i in range(OH):
        for j in range(OW):
            top = i * stride
            left = j * stride
            dxp[:, top : top + KH, left : left + KW] += shares[:, i, j]
    dx = dxp[:, pad : pad + H, pad : pad + W]
    return dx, dw, db


@conv2d_backward_im2col.way
def windows_and_tensors(dout, x, w, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW = w.shape[:2]
    OH, OW = dout.shape[1:3]
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.zeros((N, OH, OW, KH, KW, C))
    for r in range(OH):
        for s in range(OW):
            windows[:, r, s] = xp[:, r * stride : r * stride + KH, s * stride : s * stride + KW]
    db = dout.sum(axis=(0, 1, 2))
    dw = np.tensordot(windows, dout, axes=((0, 1, 2), (0, 1, 2)))
    shares = np.tensordot(dout, w, axes=(3, 3))
    dxp = np.zeros(xp.shape)
    for i in range(OH):
        for j in range(OW):
            top = i * stride
            left = j * stride
            dxp[:, top : top + KH, left : left + KW] += shares[:, i, j]
    dx = dxp[:, pad : pad + H, pad : pad + W]
    return dx, dw, db


@conv2d_backward_im2col.way
def row_of_the_table_by_row(dout, x, w, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    OH, OW = dout.shape[1:3]
    table = im2col(x, (KH, KW), stride, pad)
    flat = dout.reshape(-1, F)
    db = flat.sum(axis=0)
    dw = (table.T @ flat).reshape(w.shape)
    dtable = flat @ w.reshape(-1, F).T
    dxp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    row = 0
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                top = i * stride
                left = j * stride
                dxp[n, top : top + KH, left : left + KW] += dtable[row].reshape(KH, KW, C)
                row += 1
    dx = dxp[:, pad : pad + H, pad : pad + W]
    return dx, dw, db


conv2d_backward_im2col.requirement("db", points=0.5, result="db", cases=all_layers)
conv2d_backward_im2col.requirement(
    "dw, stride 1 without padding", points=1, result="dw", cases=plain_layers
)
conv2d_backward_im2col.requirement("dw with stride", points=0.5, result="dw", cases=strided_layers)
conv2d_backward_im2col.requirement("dw with padding", points=0.5, result="dw", cases=padded_layers)
conv2d_backward_im2col.requirement(
    "dx, stride 1 without padding", points=1, result="dx", cases=plain_layers
)
conv2d_backward_im2col.requirement("dx with stride", points=0.5, result="dx", cases=strided_layers)
conv2d_backward_im2col.requirement("dx with padding", points=0.5, result="dx", cases=padded_layers)
conv2d_backward_im2col.keeps_inputs(points=0.5)

# From the table's gradient back to the image.

conv2d_backward_im2col.bug(
    "dx_assigned", "left : left + KW] += ", "left : left + KW] = ",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dw_channels_first", "dw.reshape(KH, KW, C, F)", "dw.reshape(C, KH, KW, F).transpose(1, 2, 0, 3)",
    "Your dw is cut as if the channels came first: the rows of the matrix follow the columns of the table, window rows first, then columns, then channels.",
    ask="Which number of a window stands in column 1 of the table?",
)
conv2d_backward_im2col.bug(
    "empty_slice_at_pad_zero", "dxp[:, pad : pad + H, pad : pad + W]", "dxp[:, pad:-pad, pad:-pad]",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "unpads_by_one", "dxp[:, pad : pad + H, pad : pad + W]", "dxp[:, 1:-1, 1:-1]",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dx_keeps_the_padding", "dxp[:, pad : pad + H, pad : pad + W]", "dxp",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dx_cut_from_the_corner", "dxp[:, pad : pad + H, pad : pad + W]", "dxp[:, :H, :W]",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dx_left_as_a_table", "dx = dxp[:, pad : pad + H, pad : pad + W]", "dx = dtable",
    "Your dx is the gradient of the table, one row for each window: the rows still have to be added up in the image.",
    ask="How often does one pixel stand in the table, and how many gradients does it get there?",
    way="conv2d_backward_im2col",
)
conv2d_backward_im2col.bug(
    "dx_channels_first",
    "shares = dtable.reshape(N, OH, OW, KH, KW, C)",
    "shares = dtable.reshape(N, OH, OW, C, KH, KW).transpose(0, 1, 2, 4, 5, 3)",
    "You read the rows of the table's gradient with the channels first: in a row the channels change fastest.",
    ask="In which order did im2col write the numbers of a window into its row?",
    also=[
        {
            "dtable[row].reshape(KH, KW, C)": "dtable[row].reshape(C, KH, KW).transpose(1, 2, 0)",
        },
    ],
)
conv2d_backward_im2col.bug(
    "dx_columns_first",
    "shares = dtable.reshape(N, OH, OW, KH, KW, C)",
    "shares = dtable.reshape(N, OH, OW, KW, KH, C).transpose(0, 1, 2, 4, 3, 5)",
    "You read the rows of the table's gradient column by column: im2col wrote each window row by row.",
    ask="Which cell of the window does the second number of a row belong to, if there is one channel?",
    also=[
        {
            "dtable[row].reshape(KH, KW, C)": "dtable[row].reshape(KW, KH, C).transpose(1, 0, 2)",
        },
    ],
)
conv2d_backward_im2col.bug(
    "dx_windows_column_by_column",
    "shares = dtable.reshape(N, OH, OW, KH, KW, C)",
    "shares = dtable.reshape(N, OW, OH, KH, KW, C).transpose(0, 2, 1, 3, 4, 5)",
    "You take the rows of the table's gradient down the columns of the output: its rows follow the output row by row.",
    ask="After the row of output (0, 0), which output does the next row of the table belong to?",
)
conv2d_backward_im2col.bug(
    "dx_ignores_stride", {"i * stride": "i", "j * stride": "j"},
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dx_filter_turned", "weights = w.reshape(KH * KW * C, F)", "weights = w[::-1, ::-1].reshape(KH * KW * C, F)",
    also=[{"np.tensordot(dout, w,": "np.tensordot(dout, w[::-1, ::-1],"}],
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dx_first_filter_only", "flat @ weights.T", "flat[:, :1] @ weights[:, :1].T",
    also=[{"np.tensordot(dout, w,": "np.tensordot(dout[..., :1], w[..., :1],"}],
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dx_first_image_only", "dxp[:, top : top + KH, left : left + KW] += shares[:, i, j]",
    "dxp[0, top : top + KH, left : left + KW] += shares[0, i, j]",
    "Your dx is 0 for every image but the first.",
    ask="Which axis of the table's gradient, cut into (N, OH, OW, …), belongs to the images?",
    also=[{"for n in range(N):": "for n in range(1):"}],
)
conv2d_backward_im2col.bug(
    "dx_weights_reshaped", "weights.T", "w.reshape(F, KH * KW * C)",
    "For dx you need the transpose of the weights' matrix. Reshaping w to the shape of the transpose mixes the filters: a reshape keeps the order of the numbers.",
    ask="What does np.arange(6).reshape(2, 3).reshape(3, 2) give, and what does .T give?",
    also=[{"w.reshape(-1, F).T": "w.reshape(F, -1)"}],
)

# The gradient from above, as a matrix.

conv2d_backward_im2col.bug(
    "gradient_reshaped", "dout.reshape(N * OH * OW, F)", "dout.reshape(F, N * OH * OW).T",
    "Your matrix of upstream gradients is mixed up: dout has the filters last already, so no transpose is needed, and a reshape to (F, …) puts other numbers into its rows.",
    ask="Which entries of dout belong to one window, and do they lie next to each other?",
    also=[
        {"dout.reshape(-1, F)": "dout.reshape(F, -1).T"},
        {"dout.reshape(N * OH * OW, F)": "dout.transpose(3, 0, 1, 2).reshape(N * OH * OW, F)"},
    ],
)

# dw: what the windows held, weighted by the gradient.

conv2d_backward_im2col.bug(
    "dw_reshaped", "dw.reshape(KH, KW, C, F)", "dw.T.reshape(KH, KW, C, F)",
    "The numbers of your dw are right, but they are in the wrong positions: a reshape does not swap axes. The rows of the product must be the weights of a window, its columns the filters.",
    ask="What shape has your product before the reshape, and what shape has w.reshape(−1, F)?",
    also=[{"(table.T @ flat).reshape(w.shape)": "(flat.T @ table).reshape(w.shape)"}],
)
conv2d_backward_im2col.bug(
    "dw_left_as_a_matrix", "dw = dw.reshape(KH, KW, C, F)", "",
    "Your dw is still a matrix: a gradient has the shape of the array that it belongs to.",
    ask="What shape has w?",
    also=[{"(table.T @ flat).reshape(w.shape)": "table.T @ flat"}],
)
conv2d_backward_im2col.bug(
    "table_ignores_padding", "im2col(x, (KH, KW), stride, pad)", "im2col(x, (KH, KW), stride)",
    "Your table is made without padding: with padding it has fewer rows than dout has cells.",
    ask="How many windows did the forward pass cut, and from which array?",
)
conv2d_backward_im2col.bug(
    "table_ignores_stride", "im2col(x, (KH, KW), stride, pad)", "im2col(x, (KH, KW), 1, pad)",
    "Your table is made with stride 1: with a larger stride it has more rows than dout has cells.",
    ask="How many windows did the forward pass cut? Which of its arguments decides that?",
)
conv2d_backward_im2col.bug(
    "table_of_square_windows", "im2col(x, (KH, KW), stride, pad)", "im2col(x, KH, stride, pad)",
    "Your table has square windows: where the filter is not square, its rows do not fit the weights.",
    ask="How many numbers does a window of 3 rows and 2 columns hold?",
)

# db, and what holds for all three.

conv2d_backward_im2col.bug(
    "db_one_number", "flat.sum(axis=0)", "flat.sum()",
    also=[{"dout.sum(axis=(0, 1, 2))": "dout.sum()"}],
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "db_averaged", "flat.sum(axis=0)", "flat.mean(axis=0)",
    also=[{"dout.sum(axis=(0, 1, 2))": "dout.mean(axis=(0, 1, 2))"}],
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "db_for_each_window", "flat.sum(axis=0)", "flat.sum(axis=1)",
    "Your db has a number for each window: there is one bias for each filter.",
    ask="Over which axis of the matrix (windows, filters) do you sum?",
)
conv2d_backward_im2col.bug(
    "db_not_summed_over_batch", "dout.sum(axis=(0, 1, 2))", "dout.sum(axis=(1, 2))",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "averaged_over_the_batch", "return dx, dw, db", "return dx / N, dw / N, db / N",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dw_averaged_over_the_batch", "return dx, dw, db", "return dx, dw / N, db",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "dw_averaged_over_the_windows", "return dx, dw, db", "return dx, dw / (N * OH * OW), db",
    "Your dw is an average over the windows: each window's share is added.",
    ask="If every gradient of dout is 1 and x is 1 everywhere, what is dw for 9 windows?",
)
conv2d_backward_im2col.bug(
    "height_for_both_loops", "for j in range(OW)", "for j in range(OH)",
    way="windows_and_tensors",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "last_row_left_out", "for i in range(OH)", "for i in range(OH - 1)",
    "The last row of windows is never added to dx: the loop ends one too early.",
    ask="What is the last value that range(OH) gives?",
    way="windows_and_tensors",
)
conv2d_backward_im2col.bug(
    "integer_buffers", "return dx, dw, db", "return np.trunc(dx), np.trunc(dw), db",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "returns_dw_first", "return dx, dw, db", "return dw, dx, db",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "returns_dx_last", "return dx, dw, db", "return dw, db, dx",
    like=conv2d_backward,
)
conv2d_backward_im2col.bug(
    "returns_dx_only", "return dx, dw, db", "return dx",
    like=conv2d_backward,
)
conv2d_backward_im2col.common(modifies("dout", "dout_modified"), modifies("x"), returns_nothing)
