"""Backprop through convolution and pooling: send each output's gradient back to the cells it was made of."""

import numpy as np

from autograder.authoring import (
    FILTERS,
    MAPS,
    VOLUME,
    Draw,
    case,
    counting,
    exercise,
    integer_result,
    modifies,
)
from autograder.exercises.lesson_08 import max_pool2d
from convlib import reference
from convlib.shapes import output_size

LESSON = "10_backprop_through_conv"


# conv_matrix


def short_kernels():
    for K, n in ((1, 1), (2, 2), (1, 2), (2, 3), (2, 4), (3, 4), (3, 5)):
        yield case(counting(K), n)


@exercise(
    lesson=LESSON,
    examples=short_kernels,
    axes={"k": ("place",), "": ("output", "input")},
    hint="Write out the sum for output 0 and for output 1. Row i holds what each input is multiplied by.",
)
def conv_matrix(k, n):
    K = len(k)
    rows = n - K + 1
    matrix = np.zeros((rows, n))
    for i in range(rows):
        matrix[i, i : i + K] = k
    return matrix


@conv_matrix.way
def rolled_rows(k, n):
    K = len(k)
    count = n - K + 1
    row = np.concatenate([k, np.zeros(n - K)])
    matrix = np.zeros((count, n))
    for i in range(count):
        matrix[i] = np.roll(row, i)
    return matrix


@conv_matrix.way
def diagonals(k, n):
    K = len(k)
    rows = n - K + 1
    matrix = np.zeros((rows, n))
    for t in range(K):
        ones = np.eye(rows, n, t)
        matrix += k[t] * ones
    return matrix


@conv_matrix.requirement("one row", points=0.5)
def _(draw):
    yield case(draw.array(draw.pick(3, 4)), 4)


@conv_matrix.requirement("one row for each output", points=1)
def _(draw):
    yield case(draw.array(3), draw.pick(6, 7))
    yield case(draw.array(2), draw.pick(5, 8))


@conv_matrix.requirement("any length of kernel", points=1)
def _(draw):
    yield case(draw.array(1), draw.pick(3, 4))
    yield case(draw.array(4), draw.pick(7, 9))
    yield case(draw.array(5), 5)


conv_matrix.keeps_inputs(points=0.5)

conv_matrix.bug(
    "kernel_reversed", "matrix[i, i : i + K] = k", "matrix[i, i : i + K] = k[::-1]",
    "The kernel stands backwards in your rows: that is a true convolution; the course computes the correlation.",
    ask="Output 0 is k[0]·x[0] + k[1]·x[1] + …: which entry of row 0 is k[0]?",
    also=[{"np.concatenate([k,": "np.concatenate([k[::-1],"}, {"k[t] * ones": "k[K - 1 - t] * ones"}],
)
conv_matrix.bug(
    "matrix_transposed", "return matrix", "return matrix.T",
    "Your matrix is the transpose: it needs one row for each output and one column for each input.",
    ask="How many numbers come out of matrix @ x when x has n of them?",
)
conv_matrix.bug(
    "one_row_for_each_input", "rows = n - K + 1", "rows = n",
    "Your matrix has a row for each input: the window has only n − K + 1 positions.",
    ask="Where would the window of the last row end?",
)
conv_matrix.bug(
    "last_row_missing", "n - K + 1", "n - K",
    "Your matrix lacks its last row: the window has n − K + 1 positions.",
    ask="How many positions does a kernel as long as the input have?",
)
conv_matrix.bug(
    "last_row_not_filled", "range(rows)", "range(rows - 1)",
    "The last row is empty: the loop ends one too early.",
    ask="What is the last value that range(n) gives?",
    also=[{"range(count)": "range(count - 1)"}],
)
conv_matrix.bug(
    "rows_not_shifted", "i : i + K", ":K",
    "All your rows are alike: the window of output i starts at input i.",
    ask="Which inputs does output 1 read?",
    also=[{"np.roll(row, i)": "row"}],
)
conv_matrix.bug(
    "rows_shifted_by_the_kernel", "i : i + K", "2 * i : 2 * i + K",
    "Your rows are shifted by two cells each: that is stride 2.",
    ask="Which inputs does output 1 read?",
    also=[{"np.roll(row, i)": "np.roll(row, 2 * i)"}],
)
conv_matrix.bug(
    "rows_shifted_one_too_far", "np.eye(rows, n, t)", "np.eye(rows, n, t + 1)",
    "Every row is shifted one cell too far: output 0 starts at input 0.",
    ask="Which entry of row 0 is k[0]?",
    also=[{"np.roll(row, i)": "np.roll(row, i + 1)"}],
)
conv_matrix.bug(
    "window_wraps_around", "count = n - K + 1", "count = n",
    "Your window wraps around the end of the input: a valid correlation has no rows whose window leaves it.",
    ask="How many positions does the window have without leaving the input?",
)
conv_matrix.bug(
    "ones_instead_of_weights", "k[t] * ones", "ones",
    "Your matrix holds ones where the weights belong: it says which cells are connected, not how strongly.",
    ask="What does output 0 multiply x[0] by?",
    also=[
        {"matrix[i, i : i + K] = k": "matrix[i, i : i + K] = 1"},
        {"np.concatenate([k,": "np.concatenate([np.ones(K),"},
    ],
)
conv_matrix.bug(
    "first_weight_only", "k[t] * ones", "k[0] * ones",
    "Every entry of a row is the first weight: the kernel's other weights never appear.",
    ask="What does output 0 multiply x[1] by?",
    also=[
        {"matrix[i, i : i + K] = k": "matrix[i, i : i + K] = k[0]"},
        {"np.concatenate([k,": "np.concatenate([np.full(K, k[0]),"},
    ],
)
conv_matrix.bug(
    "rows_shifted_backwards", "matrix[i, i : i + K] = k", "matrix[i, n - K - i : n - i] = k",
    "Your kernel moves to the left from row to row: the window of output 0 starts at input 0, that of output 1 at input 1.",
    ask="Which inputs does output 0 read?",
    also=[{"np.roll(row, i)": "np.roll(row, n - K - i)"}],
)
conv_matrix.common(
    integer_result.named(
        "integer_buffer",
        "Everything after the decimal point is lost: an array of integers cannot hold your weights.",
    ),
    modifies("k", "kernel_modified"),
)


# conv2d_backward


def small_layers():
    """Layers of integers, small enough to send gradients back by hand."""
    rows = (
        ((1, 1, 1, 1), (1, 1, 1, 1), 1, 0),
        ((1, 2, 2, 1), (2, 2, 1, 1), 1, 0),
        ((1, 2, 3, 1), (2, 2, 1, 1), 1, 0),
        ((1, 3, 2, 1), (2, 2, 1, 1), 1, 0),
        ((1, 2, 3, 1), (1, 2, 1, 1), 1, 0),
        ((1, 3, 3, 1), (2, 2, 1, 1), 1, 0),
        ((1, 2, 2, 1), (2, 2, 1, 2), 1, 0),
        ((1, 2, 2, 2), (2, 2, 2, 1), 1, 0),
        ((2, 2, 2, 1), (2, 2, 1, 1), 1, 0),
        ((1, 4, 4, 1), (2, 2, 1, 1), 2, 0),
        ((1, 2, 2, 1), (3, 3, 1, 1), 1, 1),
        ((1, 3, 3, 1), (3, 3, 1, 1), 2, 1),
        ((1, 3, 2, 1), (2, 2, 1, 1), 1, 2),
    )
    for x, kernel, stride, pad in rows:
        shape = map_shape(x, kernel, stride, pad)
        dout = 1.0 + np.arange(np.prod(shape)) % 3
        yield case(dout.reshape(shape), counting(*x), counting(*kernel), **options(stride, pad))


def map_shape(x, kernel, stride, pad):
    """The shape of dout, which follows from the others."""
    rows, columns = (output_size(x[axis + 1], kernel[axis], stride, pad) for axis in (0, 1))
    return x[0], rows, columns, kernel[3]


def options(stride, pad):
    """The keywords that are not at their defaults."""
    return {name: value for name, value, usual in (("stride", stride, 1), ("pad", pad, 0)) if value != usual}


def layer(draw, x, kernel, stride, pad):
    dout = draw.array(*map_shape(x, kernel, stride, pad))
    return case(dout, draw.array(*x, shift=-0.5), draw.array(*kernel), **options(stride, pad))


@exercise(
    lesson=LESSON,
    reference=reference.conv2d_backward,
    examples=small_layers,
    axes={"dout": MAPS, "x": VOLUME, "w": FILTERS, "dx": VOLUME, "dw": FILTERS, "db": ("filter",)},
    results=("dx", "dw", "db"),
    hint=(
        "Write the forward pass's loops again. In its innermost line three things meet: an output, a window, a filter. "
        "The window and the filter each get the output's gradient times the other.",
        "Add everything up in arrays of zeros, dx in one as large as the padded input; cut the border off at the end.",
    ),
)
def conv2d_backward(dout, x, w, stride=1, pad=0):
    N, H, W = x.shape[:3]
    KH, KW = w.shape[:2]
    OH, OW = dout.shape[1:3]
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dxp = np.zeros(xp.shape)
    dw = np.zeros(w.shape)
    db = dout.sum(axis=(0, 1, 2))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                top = i * stride
                left = j * stride
                window = xp[n, top : top + KH, left : left + KW]
                g = dout[n, i, j]
                share = window[..., None] * g
                dw += share
                back = w @ g
                dxp[n, top : top + KH, left : left + KW] += back
    dx = dxp[:, pad : pad + H, pad : pad + W]
    return dx, dw, db


@conv2d_backward.way
def weight_by_weight(dout, x, w, stride=1, pad=0):
    H, W = x.shape[1:3]
    KH, KW = w.shape[:2]
    OH, OW = dout.shape[1:3]
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dxp = np.zeros(xp.shape)
    dw = np.zeros(w.shape)
    db = dout.sum(axis=(0, 1, 2))
    for a in range(KH):
        for b in range(KW):
            rows = slice(a, a + OH * stride, stride)
            columns = slice(b, b + OW * stride, stride)
            seen = xp[:, rows, columns]
            dw[a, b] = np.tensordot(seen, dout, axes=((0, 1, 2), (0, 1, 2)))
            back = dout @ w[a, b].T
            dxp[:, rows, columns] += back
    dx = dxp[:, pad : pad + H, pad : pad + W]
    return dx, dw, db


@conv2d_backward.way
def filter_by_filter(dout, x, w, stride=1, pad=0):
    N, H, W = x.shape[:3]
    KH, KW = w.shape[:2]
    OH, OW, F = dout.shape[1:]
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dxp = np.zeros(xp.shape)
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(F)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    top = i * stride
                    left = j * stride
                    window = xp[n, top : top + KH, left : left + KW]
                    g = dout[n, i, j, f]
                    back = w[..., f] * g
                    dxp[n, top : top + KH, left : left + KW] += back
                    dw[..., f] += window * g
                    db[f] += g
        dx[n] = dxp[n, pad : pad + H, pad : pad + W]
    return dx, dw, db


def plain_layers(draw):
    yield layer(draw, (1, 4, 3, 1), (2, 2, 1, 1), 1, 0)
    yield layer(draw, (2, draw.pick(5, 6), 7, 3), (3, 2, 3, 4), 1, 0)
    yield layer(draw, (2, 7, 4, 2), (2, 3, 2, 3), 1, 0)


def strided_layers(draw):
    yield layer(draw, (2, 5, draw.pick(7, 8), 2), (3, 2, 2, 3), 2, 0)
    yield layer(draw, (1, 9, 6, 1), (2, 3, 1, 2), 3, 0)
    yield layer(draw, (1, 6, 4, 1), (1, 1, 1, 3), 2, 0)


def padded_layers(draw):
    yield layer(draw, (1, 5, 5, 2), (3, 3, 2, 2), 1, 1)
    yield layer(draw, (2, draw.pick(8, 9), 6, 3), (3, 2, 3, 4), 2, 1)
    yield layer(draw, (2, 6, 7, 2), (2, 3, 2, 3), 3, 2)
    yield layer(draw, (1, 3, 2, 1), (1, 2, 1, 2), 1, 3)  # more zeros than the filter is large


def all_layers(draw):
    yield from plain_layers(draw)
    yield from strided_layers(draw)
    yield from padded_layers(draw)


conv2d_backward.requirement("db", points=1, result="db", cases=all_layers)
conv2d_backward.requirement("dw, stride 1 without padding", points=1.5, result="dw", cases=plain_layers)
conv2d_backward.requirement("dw with stride", points=0.75, result="dw", cases=strided_layers)
conv2d_backward.requirement("dw with padding", points=0.75, result="dw", cases=padded_layers)
conv2d_backward.requirement("dx, stride 1 without padding", points=1.5, result="dx", cases=plain_layers)
conv2d_backward.requirement("dx with stride", points=1, result="dx", cases=strided_layers)
conv2d_backward.requirement("dx with padding", points=1, result="dx", cases=padded_layers)
conv2d_backward.keeps_inputs(points=0.5)

for result, zeros in (
    ("dx", "np.zeros(x.shape), dw, db"),
    ("dw", "dx, np.zeros(w.shape), db"),
    ("db", "dx, dw, np.zeros(dout.shape[3])"),
):
    conv2d_backward.bug(
        f"{result}_still_zeros", "return dx, dw, db", f"return {zeros}",
        f"Your {result} is still all zeros: nothing has been added to it yet.",
        ask=f"Which numbers of dout does a number of {result} depend on?",
    )
conv2d_backward.bug(
    "empty_slice_at_pad_zero", "dxp[:, pad : pad + H, pad : pad + W]", "dxp[:, pad:-pad, pad:-pad]",
    "Without padding your dx is empty: the slice ends at −pad, and −0 is 0, the beginning.",
    ask="What does a[0:-0] hold? Where does the slice end, counted from the front?",
    also=[{"dxp[n, pad : pad + H, pad : pad + W]": "dxp[n, pad:-pad, pad:-pad]"}],
)
conv2d_backward.bug(
    "unpads_by_one", "dxp[:, pad : pad + H, pad : pad + W]", "dxp[:, 1:-1, 1:-1]",
    "You always cut one row and one column off each side of dx: `pad` of them were added.",
    ask="Where in your last lines does `pad` appear?",
    also=[{"dxp[n, pad : pad + H, pad : pad + W]": "dxp[n, 1:-1, 1:-1]"}],
)
conv2d_backward.bug(
    "dx_keeps_the_padding", "dxp[:, pad : pad + H, pad : pad + W]", "dxp",
    "Your dx has the size of the padded input: the zeros around x are not part of the input, and their gradient is not needed.",
    ask="What shape must dx have, and which part of what you have is that?",
    also=[{"dx = np.zeros(x.shape)": "dx = np.zeros(xp.shape)", "dxp[n, pad : pad + H, pad : pad + W]": "dxp[n]"}],
)
conv2d_backward.bug(
    "dx_cut_from_the_corner", "dxp[:, pad : pad + H, pad : pad + W]", "dxp[:, :H, :W]",
    "Your dx has the right size, but it is cut from the upper left corner: the input begins after the padding.",
    ask="In which row of the padded input is row 0 of x?",
    also=[{"dxp[n, pad : pad + H, pad : pad + W]": "dxp[n, :H, :W]"}],
)
conv2d_backward.bug(
    "dx_assigned",
    "dxp[n, top : top + KH, left : left + KW] += back",
    "dxp[n, top : top + KH, left : left + KW] = back",
    "Your dx is right only where windows do not overlap: what is written later replaces what was there.",
    ask="One input cell takes part in several outputs: what becomes of their gradients?",
    also=[
        {
            "g = dout[n, i, j]": "g = dout[n, i, j]",
            "dxp[n, top : top + KH, left : left + KW] += back": "for f in range(len(g)):\n    dxp[n, top : top + KH, left : left + KW] = w[..., f] * g[f]",
        },
        {"dxp[:, rows, columns] += back": "dxp[:, rows, columns] = back"},
    ],
)
conv2d_backward.bug(
    "dx_last_filter_wins", "back = w @ g", "for f in range(len(g)):\n    back = w[..., f] * g[f]",
    "Your dx holds the last filter's share alone: each filter replaces what the one before had put there.",
    ask="One input cell is read by all filters: what becomes of their gradients?",
)
conv2d_backward.bug(
    "dx_first_filter_only", "back = w @ g", "back = w[..., 0] * g[0]",
    "Your dx holds filter 0's share alone: every filter reads every input cell.",
    ask="What does the sum for dx run over that the formula for one output does not have?",
)
conv2d_backward.bug(
    "dx_filter_turned", "back = w @ g", "back = w[::-1, ::-1] @ g",
    "The filter is turned by 180° in your dx. Seen from a window it is not: cell (i, j) of the window was multiplied by w[i, j], and gets its share through the same weight.",
    ask="Which weight multiplied the window's upper left cell in the forward pass?",
    also=[{"w[..., f] * g": "w[::-1, ::-1, :, f] * g"}],
)
conv2d_backward.bug(
    "dx_filter_turned_rows", "back = w @ g", "back = w[::-1] @ g",
    "The filter's rows are reversed in your dx: cell (i, j) of a window gets its share through w[i, j], the weight that it was multiplied by.",
    ask="Which weight multiplied the window's upper left cell in the forward pass?",
)
conv2d_backward.bug(
    "dx_filter_turned_columns", "back = w @ g", "back = w[:, ::-1] @ g",
    "The filter's columns are reversed in your dx: cell (i, j) of a window gets its share through w[i, j], the weight that it was multiplied by.",
    ask="Which weight multiplied the window's upper left cell in the forward pass?",
)
conv2d_backward.bug(
    "dx_first_channel_only",
    "dxp[n, top : top + KH, left : left + KW] += back",
    "dxp[n, top : top + KH, left : left + KW, 0] += back[..., 0]",
    "Your dx is 0 in all channels but the first: every channel of the window was read.",
    ask="Which axis of w belongs to the channels of x?",
)
conv2d_backward.bug(
    "dw_last_window_wins", "dw += share", "dw = share",
    "Your dw is that of the last window alone: each window replaces the gradient of the one before.",
    ask="Every window is multiplied by the same weights: what becomes of the windows' shares?",
    also=[{"dw[..., f] += window * g": "dw[..., f] = window * g"}],
)
conv2d_backward.bug(
    "dw_last_image_wins", "for n in range(N):", "for n in range(N):\n    dw = np.zeros(w.shape)",
    "Your dw is that of the last image alone: the sum starts anew with every image.",
    ask="Where is the array of zeros for dw made, before the loop over images or inside it?",
)
conv2d_backward.bug(
    "dw_turned", "window[..., None]", "window[::-1, ::-1, :, None]",
    "Your dw is turned by 180°: w[i, j] multiplied the window's cell (i, j), and gets its gradient from there.",
    ask="Which cell of the window did w[0, 0] meet in the forward pass?",
    also=[{"+= window * g": "+= window[::-1, ::-1] * g"}],
)
conv2d_backward.bug(
    "dw_rows_reversed", "window[..., None]", "window[::-1, ..., None]",
    "The rows of your dw are reversed: w[i, j] gets its gradient from the window's cell (i, j).",
    ask="Which cell of the window did w[0, 0] meet in the forward pass?",
)
conv2d_backward.bug(
    "dw_columns_reversed", "window[..., None]", "window[:, ::-1, :, None]",
    "The columns of your dw are reversed: w[i, j] gets its gradient from the window's cell (i, j).",
    ask="Which cell of the window did w[0, 0] meet in the forward pass?",
)
conv2d_backward.bug(
    "dw_rows_and_columns_swapped",
    {"dw = np.zeros(w.shape)": "dw = np.zeros((KW, KH, *w.shape[2:]))", "dw[a, b]": "dw[b, a]"},
    "Rows and columns of your dw are swapped: dw has the shape of w, (rows, columns, channels, filters).",
    ask="Which of its first two axes runs along the rows of the window?",
    also=[{"dw[a, b]": "dw[b, a]"}],
)
conv2d_backward.bug(
    "dw_channels_and_filters_swapped",
    {
        "dw = np.zeros(w.shape)": "dw = np.zeros((KH, KW, w.shape[3], w.shape[2]))",
        "np.tensordot(seen, dout,": "np.tensordot(dout, seen,",
    },
    "Channels and filters of your dw are swapped: dw has the shape of w, filters last.",
    ask="Which axis of dw has as many entries as dout has maps?",
)
conv2d_backward.bug(
    "dw_from_unpadded_input",
    {"window = xp[n,": "window = x[n,", "dw += share": "dw[: share.shape[0], : share.shape[1]] += share"},
    "Your dw reads its windows from x, which has no padding: with padding every window is in the wrong position.",
    ask="From which array did the forward pass cut its windows?",
)
conv2d_backward.bug(
    "dw_first_channel_only", "dw += share", "dw[:, :, 0] += share[:, :, 0]",
    "Your dw is 0 for all channels but the first: each channel of the window has its own weights.",
    ask="Which axis of the window belongs to the channels?",
)
conv2d_backward.bug(
    "db_one_image", "dout.sum(axis=(0, 1, 2))", "dout[-1].sum(axis=(0, 1))",
    "Your db is that of the last image: the same bias is added in every image, so the sum runs over all of them.",
    ask="How many cells of dout did one bias take part in?",
)
conv2d_backward.bug(
    "db_first_image", "dout.sum(axis=(0, 1, 2))", "dout[0].sum(axis=(0, 1))",
    "Your db is that of image 0: the same bias is added in every image, so the sum runs over all of them.",
    ask="How many cells of dout did one bias take part in?",
)
conv2d_backward.bug(
    "db_not_summed_over_space", "dout.sum(axis=(0, 1, 2))", "dout.sum(axis=0)",
    "Your db still has rows and columns: the same bias is added in every cell of a map.",
    ask="How many biases are there, and how many numbers do you return?",
)
conv2d_backward.bug(
    "db_not_summed_over_batch", "dout.sum(axis=(0, 1, 2))", "dout.sum(axis=(1, 2))",
    "Your db still has the batch axis: the same bias is added in every image.",
    ask="How many biases are there, and how many numbers do you return?",
)
conv2d_backward.bug(
    "db_one_number", "dout.sum(axis=(0, 1, 2))", "dout.sum()",
    "Your db is one number: each filter has a bias of its own.",
    ask="Over which axes of dout is one filter's bias the same?",
)
conv2d_backward.bug(
    "db_total_everywhere", "dout.sum(axis=(0, 1, 2))", "np.full(dout.shape[3], dout.sum())",
    "Every entry of your db is the sum over all filters: each bias belongs to one map.",
    ask="Over which axes of dout is one filter's bias the same?",
)
conv2d_backward.bug(
    "db_averaged", "dout.sum(axis=(0, 1, 2))", "dout.mean(axis=(0, 1, 2))",
    "Your db is an average: the bias takes part in every cell, and the shares add up.",
    ask="By how much does the loss change when one bias grows by 1 and every cell's gradient is 1?",
)
conv2d_backward.bug(
    "db_counts_cells", "dout.sum(axis=(0, 1, 2))", "np.ones(dout.shape).sum(axis=(0, 1, 2))",
    "Your db counts cells: the gradient that comes from above, dout, does not appear in it.",
    ask="What is the bias's share in one cell of the output, and what is it multiplied by?",
    also=[{"db[f] += g": "db[f] += 1.0"}],
)
conv2d_backward.bug(
    "db_negative", "dout.sum(axis=(0, 1, 2))", "-dout.sum(axis=(0, 1, 2))",
    "Your db has the wrong sign: the bias is added, so its share is + dout.",
    ask="By how much does an output cell change when its bias grows by 1?",
)
conv2d_backward.bug(
    "averaged_over_the_batch", "return dx, dw, db", "return dx / len(x), dw / len(x), db / len(x)",
    "All three gradients are divided by the number of images: the loss has done that already, and dout carries it.",
    ask="What does the chain rule multiply dout by? Where does N come in?",
)
conv2d_backward.bug(
    "dw_averaged_over_the_batch", "return dx, dw, db", "return dx, dw / len(x), db",
    "Your dw is divided by the number of images: the loss has done that already, and dout carries it.",
    ask="What does the chain rule multiply dout by? Where does N come in?",
)
conv2d_backward.bug(
    "dw_and_db_averaged_over_the_batch", "return dx, dw, db", "return dx, dw / len(x), db / len(x)",
    "dw and db are divided by the number of images: the loss has done that already, and dout carries it.",
    ask="What does the chain rule multiply dout by? Where does N come in?",
)
conv2d_backward.bug(
    "dx_upstream_left_out", "back = w @ g", "back = w.sum(axis=3)",
    "Your dx does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.",
    ask="What would dx be if dout were 0 everywhere?",
    also=[{"back = w[..., f] * g": "back = w[..., f]"}],
)
conv2d_backward.bug(
    "dw_upstream_left_out", "window[..., None] * g", "window[..., None]",
    "Your dw does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.",
    ask="What would dw be if dout were 0 everywhere?",
    also=[{"dw[..., f] += window * g": "dw[..., f] += window"}],
)
conv2d_backward.bug(
    "dx_ignores_stride", "dxp[n, top : top + KH, left : left + KW]", "dxp[n, i : i + KH, j : j + KW]",
    "In your dx the windows move one cell at a time: with a larger stride the gradients land in the wrong position. In dw they move as they should.",
    ask="Which input row did output row i start at in the forward pass?",
)
conv2d_backward.bug(
    "dw_ignores_stride",
    "window = xp[n, top : top + KH, left : left + KW]",
    "window = xp[n, i : i + KH, j : j + KW]",
    "In your dw the windows move one cell at a time: with a larger stride the weights meet the wrong cells. In dx they move as they should.",
    ask="Which input row did output row i start at in the forward pass?",
)
conv2d_backward.bug(
    "stride_ignored", {"i * stride": "i", "j * stride": "j"},
    "Your windows move one cell at a time: with a larger stride the gradients land in the wrong position.",
    ask="Which input row did output row i start at in the forward pass?",
    also=[{"a + OH * stride, stride": "a + OH", "b + OW * stride, stride": "b + OW"}],
)
conv2d_backward.bug(
    "stride_on_rows_only", "j * stride", "j",
    "Your stride moves the windows down, but not to the right.",
    ask="Which input column did output column j start at in the forward pass?",
    also=[{"b + OW * stride, stride": "b + OW"}],
)
conv2d_backward.bug(
    "stride_on_columns_only", "i * stride", "i",
    "Your stride moves the windows to the right, but not down.",
    ask="Which input row did output row i start at in the forward pass?",
    also=[{"a + OH * stride, stride": "a + OH"}],
)
conv2d_backward.bug(
    "height_for_both_loops", "range(OW)", "range(OH)",
    "Both your loops run over the rows of dout: on a map that is not square, columns are missed, or there are too many.",
    ask="Which axis of dout does j run over?",
)
conv2d_backward.bug(
    "width_for_both_loops", "range(OH)", "range(OW)",
    "Both your loops run over the columns of dout: on a map that is not square, rows are missed, or there are too many.",
    ask="Which axis of dout does i run over?",
)
conv2d_backward.bug(
    "last_row_left_out", "range(OH)", "range(OH - 1)",
    "The last row of dout is never sent back: the loop ends one too early.",
    ask="What is the last value that range(OH) gives?",
)
conv2d_backward.bug(
    "last_column_left_out", "range(OW)", "range(OW - 1)",
    "The last column of dout is never sent back: the loop ends one too early.",
    ask="What is the last value that range(OW) gives?",
)
conv2d_backward.bug(
    "upstream_left_out",
    {
        "g = dout[n, i, j]": "g = np.ones(w.shape[3])",
        "dout.sum(axis=(0, 1, 2))": "np.ones(dout.shape).sum(axis=(0, 1, 2))",
    },
    "Your gradients do not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.",
    ask="What would your gradients be if dout were 0 everywhere?",
)
conv2d_backward.bug(
    "kernel_always_three", "KH, KW = w.shape[:2]", "KH, KW = 3, 3",
    "Your windows are always 3×3: their size is that of the filter.",
    ask="Which two axes of w say how large a window is?",
)
conv2d_backward.bug(
    "kernel_sides_mixed_up", "KH, KW = w.shape[:2]", "KH = KW = w.shape[0]",
    "Your windows have other sides than the filter: where it is not square, its height or width stands where the other belongs.",
    ask="Which axis of w is its height, which its width, and where do you use each?",
    also=[
        {"KH, KW = w.shape[:2]": "KH = KW = w.shape[1]"},
        {"KH, KW = w.shape[:2]": "KW, KH = w.shape[:2]"},
    ],
)
conv2d_backward.bug(
    "pad_always_one",
    {
        "(pad, pad), (pad, pad)": "(1, 1), (1, 1)",
        "dxp[:, pad : pad + H, pad : pad + W]": "dxp[:, 1 : 1 + H, 1 : 1 + W]",
    },
    "Your padding is always 1: it does not follow the argument.",
    ask="Where in your function does `pad` appear?",
)
conv2d_backward.bug(
    "pad_ignored",
    {
        "xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))": "xp = x",
        "dxp[:, pad : pad + H, pad : pad + W]": "dxp",
    },
    "The padding is left out somewhere, or is along another axis: the forward pass took its windows from the padded input.",
    ask="From which array did the forward pass cut its windows, and how large is each of yours?",
)
conv2d_backward.bug(
    "only_first_image", "range(N)", "range(1)",
    "dx and dw know image 0 only: the others are never visited.",
    ask="Which loop is missing, or is ended by a return inside it?",
    also=[{"range(N)": "range(1)", "dout.sum(axis=(0, 1, 2))": "dout[0].sum(axis=(0, 1))"}],
)
conv2d_backward.bug(
    "buffers_start_at_one", {"dxp = np.zeros(": "dxp = np.ones(", "dw = np.zeros(": "dw = np.ones("},
    "Your sums for dx and dw start at 1: every entry is too large by one.",
    ask="What should a sum start with before anything is added?",
    way="conv2d_backward",
)
conv2d_backward.bug(
    "integer_buffers", "return dx, dw, db", "return np.trunc(dx), np.trunc(dw), db",
    "Everything after the decimal point is lost in dx and dw: an array of integers cannot hold them.",
    ask="What is the dtype of the arrays that you add into?",
)
conv2d_backward.bug(
    "returns_dw_first", "return dx, dw, db", "return dw, dx, db",
    "You return dx and dw in each other's position: the order is dx, dw, db.",
    ask="In which order does the docstring name them?",
)
conv2d_backward.bug(
    "returns_dx_last", "return dx, dw, db", "return dw, db, dx",
    "You return dx last: the order is dx, dw, db.",
    ask="In which order does the docstring name them?",
)
conv2d_backward.bug(
    "returns_db_second", "return dx, dw, db", "return dx, db, dw",
    "You return dw and db in each other's position: the order is dx, dw, db.",
    ask="In which order does the docstring name them?",
)
conv2d_backward.bug(
    "returns_dx_only", "return dx, dw, db", "return dx",
    "You return only dx: the weights and the biases need their gradients too, or they cannot learn.",
    ask="Which three things does the docstring promise?",
)
conv2d_backward.bug(
    "crop_starts_at_one", "dxp[:, pad : pad + H, pad : pad + W]", "dxp[:, 1 : 1 + H, 1 : 1 + W]",
    "Your dx is cut out from row and column 1 on, whatever the padding: the input begins after `pad` rows.",
    ask="In which row of the padded input is row 0 of x, for pad 0, 1 and 2?",
    also=[{"dxp[n, pad : pad + H, pad : pad + W]": "dxp[n, 1 : 1 + H, 1 : 1 + W]"}],
)
conv2d_backward.bug(
    "db_last_window_wins", "db[f] += g", "db[f] = g",
    "Your db holds the last cell of each map alone: each cell replaces what the one before had put there.",
    ask="How many cells of dout did one bias take part in?",
)
conv2d_backward.bug(
    "db_keeps_an_axis", "dout.sum(axis=(0, 1, 2))", "dout.sum(axis=(0, 1, 2))[None]",
    "Your db has an axis too many: it has the shape of b, one number for each filter.",
    ask="What is the shape of b, and what does keepdims=True do?",
    also=[{"dout.sum(axis=(0, 1, 2))": "dout.sum(axis=(0, 1, 2), keepdims=True)"}],
)
conv2d_backward.bug(
    "height_and_width_exchanged", "OH, OW = dout.shape[1:3]", "OW, OH = dout.shape[1:3]",
    "Height and width of dout are swapped: it has images, rows, columns, filters, in this order.",
    ask="Which of your loops runs over rows, and up to which number?",
    also=[{"OH, OW, F = dout.shape[1:]": "OW, OH, F = dout.shape[1:]"}],
)
conv2d_backward.bug(
    "input_sides_swapped",
    {"N, H, W = x.shape[:3]": "N, W, H = x.shape[:3]", "g = dout[n, i, j]": "g = dout[n, i, j]"},
    "Height and width of the input are swapped: x has images, rows, columns, channels, in this order.",
    ask="How many rows must dx have, and where does that number come from?",
    also=[{"H, W = x.shape[1:3]": "W, H = x.shape[1:3]"}],
)
conv2d_backward.bug(
    "upstream_indexed_by_the_window", "g = dout[n, i, j]", "g = dout[n, top, left]",
    "The gradient from above is indexed by the window's start in the input: dout has one entry for each window, and windows are counted.",
    ask="Which row of dout belongs to the second window when the stride is 2?",
    also=[{"g = dout[n, i, j, f]": "g = dout[n, top, left, f]"}],
)
conv2d_backward.bug(
    "dx_from_the_input", "back = w[..., f] * g", "back = window * g",
    "Your dx multiplies by the window: that is what dw needs. In dx each cell gets the gradient times the weight that lay on it.",
    ask="If a pixel grows by 1, by how much does the output grow?",
    also=[
        {"back = w @ g": "back = window * g.sum()"},
        {"back = dout @ w[a, b].T": "back = seen * dout.sum(axis=-1, keepdims=True)"},
    ],
)
conv2d_backward.bug(
    "db_adds_the_first_image", "db[f] += g", "db[f] += dout[0, i, j, f]",
    "Your db adds the first image again for every image: each has a gradient of its own.",
    ask="Which index of dout says which image it is?",
    also=[{"dout.sum(axis=(0, 1, 2))": "len(dout) * dout[0].sum(axis=(0, 1))"}],
)
conv2d_backward.bug(
    "db_for_each_column", "dout.sum(axis=(0, 1, 2))", "dout.sum(axis=(0, 1))",
    "Your db has a number for each column: a filter's bias is added in every cell of its map, so all of them count.",
    ask="How many axes does dout have, and which one is left in db?",
    also=[{"dout.sum(axis=(0, 1, 2))": "dout.sum(axis=(0, 2))"}],
)
conv2d_backward.bug(
    "crop_skips_both_borders", "pad : pad + H, pad : pad + W", "2 * pad : 2 * pad + H, 2 * pad : 2 * pad + W",
    "Your dx has the right size, but it is cut from the lower right corner: before the input there is one border, not two.",
    ask="With pad 1, in which row of the padded image is row 0 of the input?",
)
conv2d_backward.common(modifies("dout", "dout_modified"), modifies("x"))


# max_pool2d_backward, avg_pool2d_backward


def small_pools():
    rows = (
        ((1, 2, 2, 1), 2, None),
        ((1, 2, 4, 1), 2, None),
        ((1, 4, 2, 1), 2, None),
        ((1, 2, 3, 1), 2, 1),
        ((1, 3, 3, 1), 2, 1),
        ((1, 3, 3, 1), 2, None),
        ((1, 2, 3, 1), (1, 2), 1),
        ((1, 2, 6, 1), (2, 3), None),
        ((1, 6, 2, 1), (3, 2), None),
        ((1, 2, 2, 2), 2, None),
        ((2, 2, 2, 1), 2, None),
    )
    for values in ("different", "negative", "equal"):
        for shape, size, stride in rows:
            cells = int(np.prod(shape))
            x = np.random.default_rng(cells).permutation(cells).astype(float)
            x = {"different": x + 1, "negative": x - cells - 1, "equal": np.zeros(cells)}[values]
            chosen = pooled(Draw(0, "small"), x.reshape(shape), size, stride)
            dout = 1.0 + np.arange(np.size(chosen.args[0])).reshape(chosen.args[0].shape) % 4
            yield case(dout, *chosen.args[1:], **chosen.kwargs)


def pooled(draw, x, size, stride):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    rows, columns = output_size(x.shape[1], KH, SH), output_size(x.shape[2], KW, SW)
    named = {"size": size} if stride is None else {"size": size, "stride": stride}
    return case(draw.array(x.shape[0], rows, columns, x.shape[3]), x, **named)


def sum_of_gradients(dout, x, **options):
    return float(np.abs(dout).sum())


def tied_maxima(call, expected, got, scale):
    """Whether every window's gradient is split among its maxima: any split that adds up to it is right.

    Windows that share a maximum are looked at together: what flows into them must come out of them, and no
    cell may get more than the windows that point to it can give.
    """
    try:
        yours = np.asarray(got)
    except ValueError:  # a ragged list
        return False
    if yours.dtype.kind not in "biuf" or yours.shape != np.shape(expected):
        return False
    single = yours.dtype in (np.float16, np.float32)
    rounding = float(np.finfo(np.float32 if single else np.float64).eps)
    yours = yours.astype(np.float64)
    dout, x = (np.asarray(value, dtype=np.float64) for value in call.args[:2])
    size, stride = call.kwargs.get("size", 2), call.kwargs.get("stride")
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    peaks = reference.max_pool2d(x, size=size, stride=stride)
    group = {}

    def root(node):
        while group.setdefault(node, node) != node:
            node = group[node]
        return node

    most = np.zeros_like(yours)
    for window in np.ndindex(*dout.shape):
        n, i, j, c = window
        rows, columns = range(i * SH, i * SH + KH), range(j * SW, j * SW + KW)
        for cell in ((n, r, s, c) for r in rows for s in columns if x[n, r, s, c] == peaks[window]):
            most[cell] += abs(dout[window])
            group[root(("cell", cell))] = root(("window", window))
    left_over = {}  # of what flowed into each group of windows
    for kind, index in list(group):
        flow = dout[index] if kind == "window" else -yours[index]
        start = root((kind, index))
        left_over[start] = left_over.get(start, 0.0) + float(flow)
    tolerance = 32 * rounding * max(scale, float(np.abs(dout).sum()))
    kept = bool((np.abs(yours) <= most + tolerance).all())
    return kept and all(abs(rest) <= tolerance for rest in left_over.values())


@exercise(
    lesson=LESSON,
    reference=reference.max_pool2d_backward,
    examples=small_pools,
    axes={"dout": VOLUME, "x": VOLUME, "": VOLUME},
    error_scale=sum_of_gradients,
    comparator=tied_maxima,
    hint=(
        "Write the forward pass's loops again. For each window, find the cell that was the maximum: it alone gets the gradient.",
        "Two windows can share their maximum. What should happen then?",
    ),
)
def max_pool2d_backward(dout, x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, OH, OW, C = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    window = x[n, top : top + KH, left : left + KW, c]
                    g = dout[n, i, j, c]
                    a, b = np.unravel_index(window.argmax(), window.shape)
                    dx[n, top + a, left + b, c] += g
    return dx


@max_pool2d_backward.way
def window_of_zeros(dout, x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, OH, OW, C = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    window = x[n, top : top + KH, left : left + KW, c]
                    g = dout[n, i, j, c]
                    share = np.zeros(window.shape)
                    a, b = np.unravel_index(window.argmax(), window.shape)
                    share[a, b] = g
                    dx[n, top : top + KH, left : left + KW, c] += share
    return dx


@max_pool2d_backward.way
def split_among_ties(dout, x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, OH, OW, C = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    window = x[n, top : top + KH, left : left + KW, c]
                    mask = window == window.max()
                    g = dout[n, i, j, c]
                    share = mask / mask.sum() * g
                    dx[n, top : top + KH, left : left + KW, c] += share
    return dx


@max_pool2d_backward.way
def search_in_loops(dout, x, size=2, stride=None):
    KH, KW = size if isinstance(size, tuple) else (size, size)
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, OH, OW, C = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    row, column = top, left
                    for a in range(top, top + KH):
                        for b in range(left, left + KW):
                            if x[n, a, b, c] > x[n, row, column, c]:
                                row, column = a, b
                    g = dout[n, i, j, c]
                    dx[n, row, column, c] += g
    return dx


@exercise(
    lesson=LESSON,
    reference=reference.avg_pool2d_backward,
    examples=small_pools,
    axes={"dout": VOLUME, "x": VOLUME, "": VOLUME},
    error_scale=sum_of_gradients,
    hint="Every cell of a window counts for the same part of its average. What part?",
)
def avg_pool2d_backward(dout, x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, OH, OW, C = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    g = dout[n, i, j, c]
                    share = g / (KH * KW)
                    dx[n, top : top + KH, left : left + KW, c] += share
    return dx


@avg_pool2d_backward.way
def cell_by_cell(dout, x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    N, OH, OW, C = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    top = i * SH
                    left = j * SW
                    g = dout[n, i, j, c]
                    share = g / (KH * KW)
                    for a in range(KH):
                        for b in range(KW):
                            dx[n, top + a, left + b, c] += share
    return dx


@max_pool2d_backward.requirement("windows side by side", points=1)
@avg_pool2d_backward.requirement("windows side by side", points=3 / 4)
def _(draw):
    x = draw.array(1, 4, draw.pick(6, 8), 1)
    yield case(10.0 * draw.array(1, 2, x.shape[2] // 2, 1), x)  # not 0 with the decimals cut off
    yield pooled(draw, draw.array(1, 6, 4, 1, shift=-3.0), 2, 2)


@max_pool2d_backward.requirement("batch and channels", points=1 / 2)
@avg_pool2d_backward.requirement("batch and channels", points=3 / 8)
def _(draw):
    yield pooled(draw, draw.array(2, 4, draw.pick(6, 8), 3, shift=-1.0), 2, None)
    yield pooled(draw, draw.array(2, 4, 4, 2, shift=-1.0), 2, None)


@max_pool2d_backward.requirement("windows that overlap", points=1)
@avg_pool2d_backward.requirement("windows that overlap", points=3 / 4)
def _(draw):
    yield pooled(draw, draw.array(1, 5, draw.pick(6, 7), 2), 2, 1)
    yield pooled(draw, draw.array(2, 7, 5, 2), 3, 2)


@max_pool2d_backward.requirement("rectangular windows", points=1 / 2)
@avg_pool2d_backward.requirement("rectangular windows", points=3 / 8)
def _(draw):
    yield pooled(draw, draw.array(2, 6, draw.pick(5, 7), 2), (3, 2), 1)
    yield pooled(draw, draw.array(1, 6, 9, 2), (2, 3), 2)
    yield pooled(draw, draw.array(1, 6, 4, 2), (3, 2), None)
    yield pooled(draw, draw.array(2, 4, 9, 1), (2, 3), None)
    # One row of windows: where windows are cut short at the edge, mistakes do not raise.
    yield pooled(draw, draw.array(1, 2, 3, 1), (1, 2), 1)
    yield pooled(draw, draw.array(1, 2, 6, 1), (2, 3), None)


@max_pool2d_backward.requirement("input that does not fit", points=1 / 2)
@avg_pool2d_backward.requirement("input that does not fit", points=3 / 8)
def _(draw):
    yield pooled(draw, draw.array(1, 5, 7, 2), 2, None)
    yield pooled(draw, draw.array(2, draw.pick(8, 9), 5, 1), 2, 3)


@max_pool2d_backward.requirement("equal values in a window", points=1 / 4)
@avg_pool2d_backward.requirement("equal values in a window", points=3 / 16)
def _(draw):
    yield pooled(draw, draw.rng.integers(0, 3, (1, 6, 5, 2)).astype(float), 3, 1)
    yield pooled(draw, draw.rng.integers(0, 2, (2, 4, 6, 1)).astype(float), 2, None)


max_pool2d_backward.keeps_inputs(points=1 / 4)
avg_pool2d_backward.keeps_inputs(points=3 / 16)


# What either gets wrong about where its windows are and what comes from above.

for backward in (max_pool2d_backward, avg_pool2d_backward):
    backward.bug(
        "upstream_of_the_first_channel", "g = dout[n, i, j, c]", "g = dout[n, i, j, 0]",
        "Every channel gets the gradient of channel 0: each has its own in dout.",
        ask="Which axis of dout counts the channels?",
    )
    backward.bug(
        "stride_is_the_size", "(KH, KW) if stride is None else (stride, stride)", "(KH, KW)",
        like=max_pool2d,
    )
    backward.bug(
        "stride_always_two", "(KH, KW) if stride is None else (stride, stride)", "2, 2",
        like=max_pool2d,
    )
    backward.bug(
        "height_for_both_sides",
        "(size, size) if np.isscalar(size) else size",
        "(size, size) if np.isscalar(size) else (size[0], size[0])",
        like=max_pool2d,
    )
    backward.bug("sides_swapped", "KH, KW = (size", "KW, KH = (size", like=max_pool2d)
    backward.bug(
        "stride_ignored", "(KH, KW) if stride is None else (stride, stride)", "1, 1",
        "Your windows move one cell at a time: the gradients land in the wrong position.",
        ask="Which input row did output row i start at in the forward pass?",
    also=[{"i * SH": "i", "j * SW": "j"}],
    )
    backward.bug("height_for_both_loops", "range(OW)", "range(OH)", like=conv2d_backward)
    backward.bug("width_for_both_loops", "range(OH)", "range(OW)", like=conv2d_backward)
    backward.bug("last_row_left_out", "range(OH)", "range(OH - 1)", like=conv2d_backward)
    backward.bug("last_column_left_out", "range(OW)", "range(OW - 1)", like=conv2d_backward)
    backward.bug(
        "upstream_left_out", "g = dout[n, i, j, c]", "g = 1.0",
        "Your gradient does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.",
        ask="What would your gradient be if dout were 0 everywhere?",
    )
    backward.bug(
        "upstream_of_the_first_window", "g = dout[n, i, j, c]", "g = dout[n, 0, 0, c]",
        "Every window gets the gradient of the first: each window has its own entry in dout.",
        ask="Which indices of dout belong to the window at output row i, column j?",
    )
    backward.bug(
        "written_at_the_top_left", "dx[n, top + a, left + b, c]", "dx[n, a, b, c]",
        "All your gradients land at the top left of dx: the row and column within the window are not yet the row and column of the image.",
        ask="At which row and column of x does window (i, j) start?",
        also=[{"dx[n, top : top + KH, left : left + KW, c]": "dx[n, :KH, :KW, c]"}],
    )
    backward.bug(
        "starts_at_one", "np.zeros(x.shape)", "np.ones(x.shape)",
        "Your sum starts at 1: every entry is too large by one.",
        ask="What should a sum start with before anything is added?",
    )
    backward.bug(
        "starts_at_the_input", "np.zeros(x.shape)", "x.copy()",
        "Your gradient is added to the input's own values: dx starts as a copy of x.",
        ask="What should a sum start with before anything is added?",
    )
    backward.bug(
        "only_first_image", "range(N)", "range(1)",
        "Only image 0 gets a gradient; the others stay 0.",
        ask="Which loop is missing, or is ended by a return inside it?",
    )
    backward.bug(
        "only_first_channel", "range(C)", "range(1)",
        "Only channel 0 gets a gradient; the others stay 0.",
        ask="Which loop is missing, or is ended by a return inside it?",
    )
    backward.bug(
        "averaged_over_the_batch", "return dx", "return dx / N",
        "Your gradient is divided by the number of images: the loss has done that already, and dout carries it.",
        ask="What does the chain rule multiply dout by? Where does N come in?",
    )
    backward.bug(
        "rows_and_columns_swapped", "return dx", "return dx.transpose(0, 2, 1, 3)",
        "Your gradient lies on its side: rows and columns are swapped.",
        ask="What shape must dx have?",
    )
    backward.bug(
        "height_and_width_exchanged", "N, OH, OW, C = dout.shape", "N, OW, OH, C = dout.shape",
        like=conv2d_backward,
    )
    backward.bug(
        "upstream_indexed_by_the_window", "g = dout[n, i, j, c]", "g = dout[n, top, left, c]",
        like=conv2d_backward,
    )
    backward.common(
        integer_result.named(
            "integer_buffer",
            "Everything after the decimal point is lost: an array of integers cannot hold the gradient.",
            ask="What is the dtype of the array that you add into?",
        ),
        modifies("dout", "dout_modified"),
        modifies("x"),
    )

max_pool2d_backward.bug(
    "window_assigned", "c] += share", "c] = share",
    "Your dx is right only where windows do not overlap: a later window replaces all that an earlier one had put there.",
    ask="One input cell can lie in several windows: what becomes of their gradients?",
)
avg_pool2d_backward.bug(
    "first_cell_only", "dx[n, top : top + KH, left : left + KW, c] += share", "dx[n, top, left, c] += share",
    "Only the first cell of each window gets its share: all cells of the window took part in the average.",
    ask="Which cells of the input does one output cell depend on?",
)
for pool_backward in (max_pool2d_backward, avg_pool2d_backward):
    pool_backward.bug(
        "stride_defaults_to_two", "(KH, KW) if stride is None", "(2, 2) if stride is None",
        "Without a stride your windows always move two cells: `stride=None` means the window's own size, whatever it is.",
        ask="How far apart do windows of 3×3 start when they lie side by side?",
    )
avg_pool2d_backward.bug("window_assigned", "c] += share", "c] = share", like=max_pool2d_backward)


# No change of a way, so that it makes no pairs: one window is too little to show what else is wrong.
@max_pool2d_backward.wrong(
    "returns_inside_the_loop",
    "Only the first window's gradient is sent back: the function returns inside its loop.",
    ask="How far is your return indented, and which loop does it end?",
)
def _(dout, x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    dx = np.zeros(x.shape)
    window = x[0, :KH, :KW, 0]
    a, b = np.unravel_index(window.argmax(), window.shape)
    dx[0, a, b, 0] += dout[0, 0, 0, 0]
    return dx


avg_pool2d_backward.bug(
    "returns_inside_the_loop",
    "dx[n, top : top + KH, left : left + KW, c] += share",
    "dx[n, top : top + KH, left : left + KW, c] += share\nreturn dx",
    like=max_pool2d_backward,
)


# What becomes of a window's gradient in max_pool2d_backward.

max_pool2d_backward.bug(
    "cell_assigned", "c] += g", "c] = g",
    "Where windows overlap, a maximum that they share gets the gradient of the last one alone: it replaces the earlier ones.",
    ask="One input cell can be the maximum of several windows: what becomes of their gradients?",
)
max_pool2d_backward.bug(
    "all_ties_get_everything", "share[a, b] = g", "share[window == window.max()] = g",
    "Where a window has several equal maxima, each of yours gets the whole gradient, so more flows back than came in. After a ReLU such windows are common: they are all 0.",
    ask="A window of four zeros gets the gradient 1: what should its four cells get in total?",
    also=[{"mask / mask.sum() * g": "mask * g"}],
)
max_pool2d_backward.bug(
    "place_divided_by_height",
    "np.unravel_index(window.argmax(), window.shape)",
    "divmod(window.argmax(), KH)",
    "The position of the maximum is divided by the window's height: argmax counts along rows, and a row is as long as the window is wide.",
    ask="In a window of 2 rows and 3 columns, in which row and column is cell number 4?",
)
max_pool2d_backward.bug(
    "place_swapped", "a, b = np.unravel", "b, a = np.unravel",
    "Row and column of the maximum are swapped: the gradient lands in the mirrored cell of the window.",
    ask="divmod(at, columns) gives two numbers: which is the row?",
)
max_pool2d_backward.bug(
    "always_the_first_cell", "a, b = np.unravel_index(window.argmax(), window.shape)", "a, b = 0, 0",
    "The gradient always goes to the window's first cell: it belongs to the cell that was the maximum.",
    ask="Which cell of a window would have changed the output?",
)
max_pool2d_backward.bug(
    "maximum_of_the_picture", "share[a, b] = g", "share[window == x[n, :, :, c].max()] = g",
    "Most of your dx is 0: a cell is compared with the maximum of the whole image, not of its window.",
    ask="Which variable is inside your max?",
    also=[{"share[a, b] = g": "share[window == x.max()] = g"},
        {
            "a, b = np.unravel_index(window.argmax(), window.shape)": "mask = np.zeros(x.shape[1:3])\nmask.flat[x[n, :, :, c].argmax()] = 1.0",
            "share[a, b] = g": "share = mask[top : top + KH, left : left + KW] * g",
        }, {"window == window.max()": "window == x[n, :, :, c].max()", "mask.sum()": "max(mask.sum(), 1)"}],
)
max_pool2d_backward.bug(
    "spread_over_the_window", "share[a, b] = g", "share[:] = g / (KH * KW)",
    "The gradient is spread evenly over the window: that is the rule of average pooling. Of a maximum, only the cell that holds it changes the output.",
    ask="If you raise a cell that is not the maximum a little, what happens to the output?",
)
max_pool2d_backward.bug(
    "given_to_every_cell", "share[a, b] = g", "share[:] = g",
    "Every cell of a window gets its whole gradient: only the cell that holds the maximum changes the output.",
    ask="If you raise a cell that is not the maximum a little, what happens to the output?",
)
max_pool2d_backward.bug(
    "times_the_maximum", "c] += g", "c] += g * window.max()",
    "The gradient is multiplied by the maximum itself: the output *is* that cell, so the factor is 1.",
    ask="If the maximum grows by 0.1, by how much does the output grow?",
    way="max_pool2d_backward",
    also=[{"share[a, b] = g": "share[a, b] = g * window[a, b]"}, {"mask.sum() * g": "mask.sum() * g * window.max()"}],
)
max_pool2d_backward.bug(
    "maximum_instead_of_gradient", "c] += g", "c] += window.max()",
    "You put the maximum itself into dx, and not its gradient: dout does not appear.",
    ask="What would your dx be if dout were 0 everywhere?",
    way="max_pool2d_backward",
    also=[{"share[a, b] = g": "share[a, b] = window[a, b]"}],
)
max_pool2d_backward.bug(
    "minimum_gets_it", "window.argmax()", "window.argmin()",
    "The gradient goes to the smallest cell of each window: it belongs to the largest.",
    ask="Which cell of a window would have changed the output?",
    also=[{"> x[n, row": "< x[n, row"}, {"window == window.max()": "window == window.min()"}],
)
max_pool2d_backward.bug(
    "largest_magnitude_gets_it", "window.argmax()", "np.abs(window).argmax()",
    "The gradient goes to the cell of the largest magnitude: a strongly negative value is not the maximum.",
    ask="What is the maximum of −3 and 2?",
)


@max_pool2d_backward.wrong(
    "windows_enlarged_and_compared",
    "Your dx compares the enlarged output with x, which is right only where windows lie side by side and fit, and where no two maxima tie.",
    ask="With size 3 and stride 2, to which window does column 2 of x belong?",
)
def _(dout, x, size=2, stride=None):
    KH, KW = (size, size) if np.isscalar(size) else size
    out = max_pool2d(x, size, stride)
    maxima = out.repeat(KH, axis=1).repeat(KW, axis=2)
    gradients = dout.repeat(KH, axis=1).repeat(KW, axis=2)
    rows = min(maxima.shape[1], x.shape[1])
    columns = min(maxima.shape[2], x.shape[2])
    dx = np.zeros(x.shape)
    mask = x[:, :rows, :columns] == maxima[:, :rows, :columns]
    dx[:, :rows, :columns] = mask * gradients[:, :rows, :columns]
    return dx


max_pool2d_backward.bug(
    "window_sides_swapped",
    {"window = x[n, top : top + KH, left : left + KW": "window = x[n, top : top + KW, left : left + KH", "dx[n, top : top + KH, left : left + KW": "dx[n, top : top + KW, left : left + KH"},
    like=max_pool2d,
    also=[
        {
            "window = x[n, top : top + KH, left : left + KW": "window = x[n, top : top + KW, left : left + KH",
            "dx[n, top + a, left + b, c] += g": "dx[n, top + a, left + b, c] += g",
        },
        {"range(top, top + KH)": "range(top, top + KW)", "range(left, left + KW)": "range(left, left + KH)"},
    ],
)
avg_pool2d_backward.bug(
    "window_sides_swapped", "dx[n, top : top + KH, left : left + KW", "dx[n, top : top + KW, left : left + KH",
    like=max_pool2d,
)
max_pool2d_backward.bug(
    "row_by_height_column_by_width",
    "np.unravel_index(window.argmax(), window.shape)",
    "(window.argmax() // KH, window.argmax() % KW)",
    "The row of the maximum is divided by the window's height: argmax counts along rows, and a row is as long as the window is wide.",
    ask="In a window of 2 rows and 3 columns, in which row and column is cell number 4?",
)
max_pool2d_backward.bug(
    "maximum_of_all_channels", "window == window.max()", "window == x[n, top : top + KH, left : left + KW].max()",
    "A cell is compared with the maximum of all channels of its window: each channel was pooled separately.",
    ask="How many numbers does max run over for one window and one channel?",
    also=[{"window == window.max()": "window == x[n, top : top + KH, left : left + KW].max()", "mask.sum()": "max(mask.sum(), 1)"}],
)
max_pool2d_backward.bug(
    "written_without_the_stride", "dx[n, top + a, left + b, c] += g", "dx[n, top + a, j + b, c] += g",
    "The maximum is found in its window, but the gradient is written where that window would be if the stride were 1.",
    ask="At which row and which column of x does window (i, j) start?",
    also=[
        {"dx[n, top + a, left + b, c] += g": "dx[n, i + a, left + b, c] += g"},
        {"dx[n, top + a, left + b, c] += g": "dx[n, i + a, j + b, c] += g"},
    ],
)
max_pool2d_backward.bug(
    "maxima_of_the_first_channel", "window = x[n, top : top + KH, left : left + KW, c]", "window = x[n, top : top + KH, left : left + KW, 0]",
    "Every channel uses the maxima of channel 0: each channel was pooled separately.",
    ask="Which channel is the window cut from?",
)

# What becomes of a window's gradient in avg_pool2d_backward.

avg_pool2d_backward.bug(
    "not_divided", "g / (KH * KW)", "g",
    "Every cell of a window gets its whole gradient: in an average of four cells, each counts for a quarter.",
    ask="If one of four cells grows by 1, by how much does the average grow?",
)
avg_pool2d_backward.bug(
    "divided_by_four", "g / (KH * KW)", "g / 4",
    "You always divide by 4: only a window of 2×2 has four cells.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d_backward.bug(
    "divided_by_height_plus_width", "g / (KH * KW)", "g / (KH + KW)",
    "You divide by height plus width: the number of cells is height times width. For 2×2 both are 4.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d_backward.bug(
    "divided_by_height_squared", "g / (KH * KW)", "g / KH**2",
    "You divide by the height squared: the number of cells is height times width.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d_backward.bug(
    "divided_by_height", "g / (KH * KW)", "g / KH",
    "You divide by the height alone: a window has height times width cells.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d_backward.bug(
    "multiplied_by_width", "g / (KH * KW)", "g / KH * KW",
    "You divide by one side of the window and multiply by the other: `g / a * b` is (g / a) · b.",
    ask="What are 12 / 2 * 3 and 12 / (2 * 3)?",
    also=[{"g / (KH * KW)": "g / KW * KH"}],
)
avg_pool2d_backward.bug(
    "divided_by_width", "g / (KH * KW)", "g / KW",
    "You divide by the width alone: a window has height times width cells.",
    ask="How many cells does a window of 3×2 have?",
)
avg_pool2d_backward.bug(
    "maximum_gets_it",
    "share = g / (KH * KW)",
    "window = x[n, top : top + KH, left : left + KW, c]\nshare = np.zeros(window.shape)\nshare[np.unravel_index(window.argmax(), window.shape)] = g",
    "The gradient goes to the largest cell alone: that is the rule of max pooling. In an average every cell counts.",
    ask="If you raise the smallest cell a little, what happens to the average?",
    way="avg_pool2d_backward",
)
avg_pool2d_backward.bug(
    "first_cell_gets_it", "dx[n, top : top + KH, left : left + KW, c] += share", "dx[n, top, left, c] += g",
    "The gradient goes to the window's first cell alone: in an average every cell counts.",
    ask="If you raise the last cell of a window a little, what happens to the average?",
)
avg_pool2d_backward.bug(
    "times_the_average",
    "share = g / (KH * KW)",
    "share = g * x[n, top : top + KH, left : left + KW, c].mean()",
    "The gradient is multiplied by the average: each cell's factor is one over the number of cells.",
    ask="If one of four cells grows by 1, by how much does the average grow?",
    way="avg_pool2d_backward",
)
avg_pool2d_backward.bug(
    "times_the_cell", "c] += share", "c] += share * x[n, top : top + KH, left : left + KW, c]",
    "The gradient is multiplied by the cell's own value: each cell's factor is one over the number of cells.",
    ask="If one of four cells grows by 1, by how much does the average grow?",
    way="avg_pool2d_backward",
    also=[
        {
            "dx[n, top + a, left + b, c] += share": "dx[n, top + a, left + b, c] += share * x[n, top + a, left + b, c]",
        },
    ],
)
