"""Channels and sharing: one filter looks at all channels, and is the same everywhere."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.authoring import (
    FILTERS,
    MAPS,
    VOLUME,
    case,
    counting,
    exercise,
    modifies,
    returns_nothing,
)
from convlib import reference

LESSON = "07_channels_and_sharing"


# conv_single_step


def small_steps():
    yield case(counting(1, 1, 1), np.ones((1, 1, 1)), 0.0)
    yield case(counting(2, 2, 1), np.ones((2, 2, 1)), 0.0)
    yield case(counting(2, 2, 1), np.ones((2, 2, 1)), 1.0)
    yield case(counting(2, 2, 1), counting(2, 2, 1), 0.0)
    yield case(counting(2, 2, 1), counting(2, 2, 1), 1.0)
    yield case(counting(1, 2, 1), counting(1, 2, 1), 3.0)
    yield case(counting(1, 1, 2), counting(1, 1, 2), 1.0)
    yield case(counting(2, 2, 2), counting(2, 2, 2), 1.0)
    yield case(-counting(2, 2, 1), np.ones((2, 2, 1)), 1.0)
    yield case(counting(1, 2, 1) / 4, np.ones((1, 2, 1)), 0.0)


@exercise(
    lesson=LESSON,
    examples=small_steps,
    axes={"window": ("row", "column", "channel"), "w": ("row", "column", "channel")},
    trace="sum",
    hint="Lay the filter on the window: multiply each pixel by the weight on it, add everything up, add the bias.",
)
def conv_single_step(window, w, b):
    products = window * w
    total = np.sum(products)
    z = total + b
    return z


@conv_single_step.way
def step_in_loops(window, w, b):
    KH, KW, C = w.shape
    total = 0.0
    for i in range(KH):
        for j in range(KW):
            for c in range(C):
                total += window[i, j, c] * w[i, j, c]
    z = total + b
    return z


@conv_single_step.requirement("products added up", points=0.75)
def _(draw):
    yield case(draw.array(3, 2, 1), draw.array(3, 2, 1), 0.0)
    yield case(draw.array(2, 4, 1, shift=-1.0), draw.array(2, 4, 1), 0.0)


@conv_single_step.requirement("channels summed", points=0.5)
def _(draw):
    yield case(draw.array(1, 1, 3), draw.array(1, 1, 3), 0.0)
    yield case(draw.array(2, 3, 4), draw.array(2, 3, 4), 0.0)
    yield case(draw.array(2, 3, 3), draw.array(2, 3, 3), 0.0)


@conv_single_step.requirement("bias", points=0.5)
def _(draw):
    yield case(draw.array(1, 1, 1), draw.array(1, 1, 1), float(draw.bias(1)[0]))
    yield case(draw.array(3, 3, 2), draw.array(3, 3, 2), -float(draw.bias(1)[0]))
    yield case(draw.array(4, 3, 3, shift=-2.0), draw.array(4, 3, 3), 2.5)
    yield case(draw.array(2, 2, 1), draw.array(2, 2, 1), -30.5)


conv_single_step.keeps_inputs(points=0.25)

conv_single_step.bug(
    "filter_turned", "window * w", "window * w[::-1, ::-1]",
    "Your filter is rotated by 180° (a true convolution): networks compute the cross-correlation, which lays the filter on the window as it is.",
    ask="Which weight meets the upper left pixel of the window?",
)
conv_single_step.bug(
    "filter_upside_down", "window * w", "window * w[::-1]",
    "Your filter is upside down: its last row meets the first row of the window.",
    ask="Which weight meets the upper left pixel of the window?",
)
conv_single_step.bug(
    "filter_mirrored", "window * w", "window * w[:, ::-1]",
    "Your filter is mirrored: its last column meets the first column of the window.",
    ask="Which weight meets the upper left pixel of the window?",
)
conv_single_step.bug(
    "filter_transposed", "window * w", "window * w.transpose(1, 0, 2)",
    "Rows and columns of your filter are swapped: a weight meets the pixel on the other side of the diagonal.",
    ask="With a filter of 3 rows and 2 columns, how many rows does your window have?",
    also=[{"* w[i, j, c]": "* w[j, i, c]"}],
)
conv_single_step.bug(
    "first_channel_only", "np.sum(products)", "np.sum(products[:, :, 0])",
    "Only channel 0 counts: a filter is local in rows and columns, and looks at all channels.",
    ask="How many products does one window of an image with 3 channels need?",
)
conv_single_step.bug(
    "last_channel_only", "np.sum(products)", "np.sum(products[:, :, -1])",
    "Only the last channel counts: each one overwrites the one before, where they should be added up.",
    ask="What does your sum hold after the first channel, and what after the second?",
)
conv_single_step.bug(
    "last_product_only", "total +=", "total =",
    "Only the last product of each window counts: each one overwrites the one before, where they should be added up.",
    ask="What does your sum hold after the first product, and what after the second?",
    also=[{"np.sum(products)": "products[-1, -1, -1]"}],
)
conv_single_step.bug(
    "first_product_only", "total += window[i, j, c] * w[i, j, c]", "return window[i, j, c] * w[i, j, c] + b",
    "Only the first product counts: the sum is over all rows, columns and channels.",
    ask="Is there a return that comes too early?",
    also=[{"np.sum(products)": "products[0, 0, 0]"}],
)
conv_single_step.bug(
    "channels_not_summed", "np.sum(products)", "np.sum(products, axis=(0, 1))",
    "The channels are kept apart: the sum is over rows, columns *and* channels, so that one filter gives one number for each window.",
    ask="How many numbers does one filter give for one window?",
)
conv_single_step.bug(
    "not_summed", "np.sum(products)", "products",
    "Your products are not added up: one filter gives one number for a window.",
    ask="How many products are there, and how many numbers should you return?",
)
conv_single_step.bug(
    "bias_in_every_product", {"np.sum(products)": "np.sum(products + b)", "total + b": "total"},
    "The bias is added to every product: it belongs to the filter, and is added once.",
    ask="Do you add the bias before the sum or after it?",
    also=[{"* w[i, j, c]": "* w[i, j, c] + b", "total + b": "total"}],
)
conv_single_step.bug(
    "bias_per_channel", "total + b", "total + w.shape[2] * b",
    "The bias is added once for each channel: it belongs to the filter, and is added once.",
    ask="Is the line that adds the bias inside the loop over channels, or after it?",
)
conv_single_step.bug(
    "matrix_product", "np.sum(products)", "np.sum(window @ w)",
    "Window and filter are multiplied as matrices: each weight should meet only the pixel under it.",
    ask="How many products does a 2×2 filter make with a 2×2 window, and how many does a matrix product make?",
    also=[{"np.sum(products)": "np.sum(np.dot(window, w))"}],
)
conv_single_step.bug(
    "products_of_sums", "np.sum(products)", "np.sum(window) * np.sum(w)",
    "The window is added up before it meets the filter: each pixel has a weight of its own, so the products come first, then the sum.",
    ask="If the pixels of the window were shuffled, would your result change?",
)
conv_single_step.bug(
    "sum_instead_of_product", "window * w", "window + w",
    "Window and filter are added: each pixel is multiplied by its weight, then everything is added up.",
    ask="What does a weight of 0 do to its pixel?",
)
conv_single_step.bug(
    "weights_ignored", "window * w", "window",
    "Only the window is added up: each pixel is multiplied by its weight first.",
    ask="Where does w appear in your sum?",
)
conv_single_step.bug(
    "largest_product", "np.sum(products)", "np.max(products)",
    "Your result is the largest product: a filter adds all its products up; taking the largest is pooling.",
    ask="What does the formula do with the products?",
)
conv_single_step.bug(
    "absolute_products", "np.sum(products)", "np.sum(np.abs(products))",
    "Your products lost their signs: a negative product makes the sum smaller.",
    ask="What do 2 · 3 and 2 · (−3) add up to?",
)
conv_single_step.bug(
    "channels_averaged", "np.sum(products)", "np.sum(products) / w.shape[2]",
    "The channels are averaged: they should be added up, as rows and columns are.",
    ask="The window is all twos and the filter all ones, with 3 channels of 2×2: what is the sum?",
)
conv_single_step.bug(
    "window_averaged", "np.sum(products)", "np.mean(products)",
    "Your result is the mean of the products: a filter adds them up. With the mean, a filter would be weaker the larger it is.",
    ask="The window is all twos and the filter all ones, with 3 channels of 2×2: what is the sum?",
)
conv_single_step.bug(
    "pixels_averaged", "np.sum(products)", "np.sum(products) / (w.shape[0] * w.shape[1])",
    "Your result is divided by the number of pixels in the window: a filter adds up its products, it does not average them.",
    ask="The window is all twos and the filter all ones, with 2×2 pixels: what is the sum?",
)
conv_single_step.bug(
    "bias_forgotten", "total + b", "total",
    "The bias is missing: after the sum, each filter adds its own number.",
    ask="What is the result where the whole input is 0?",
)
conv_single_step.bug(
    "bias_subtracted", "total + b", "total - b",
    "The bias is subtracted: it should be added. (A threshold would be subtracted; the bias is a threshold with the opposite sign.)",
    ask="What is the result where the whole input is 0?",
)
conv_single_step.bug(
    "bias_multiplied", "total + b", "total * b",
    "The sum is multiplied by the bias: it should be added.",
    ask="What is the result where the whole input is 0?",
)
conv_single_step.bug(
    "relu_inside", "return z", "return max(z, 0.0)",
    "Your negative values are 0: the activation is a layer of its own, and comes after the convolution.",
    ask="Does the formula of this function contain a max?",
)
conv_single_step.bug(
    "sigmoid_inside", "return z", "return 1 / (1 + np.exp(-z))",
    "Your values went through a sigmoid: the activation is a layer of its own, and comes after the convolution.",
    ask="Does the formula of this function contain an exponential?",
)
conv_single_step.bug(
    "tanh_inside", "return z", "return np.tanh(z)",
    "Your values went through a tanh: the activation is a layer of its own, and comes after the convolution.",
    ask="Does the formula of this function contain a tanh?",
)
conv_single_step.bug(
    "result_truncated", "return z", "return int(z)",
    "Everything after the decimal point is lost: the sum of products is not an integer.",
    ask="Which function of yours makes an int?",
)
conv_single_step.bug(
    "input_modified", "products = window * w", "window *= w\nproducts = window",
    "Your function does more than return its result: it writes into the window, which belongs to the caller and may be a view of the image.",
    ask="What does the image hold after all its windows have been looked at?",
)
conv_single_step.common(returns_nothing)


# conv2d

# Shapes x, w, stride and pad on which every known wrong convolution differs from the right one.
FAMILIES = (
    ((2, 7, 9, 3), (3, 2, 3, 4), 1, 0),
    ((2, 9, 6, 3), (3, 2, 3, 4), 2, 1),
    ((2, 9, 7, 3), (2, 3, 3, 4), 3, 2),
    ((1, 5, 5, 2), (3, 3, 2, 2), 1, 1),
    ((1, 6, 4, 1), (1, 1, 1, 3), 2, 0),
)


def small_convolutions():
    """Convolutions to do by hand: first one window, then one that slides, then one thing more at a time."""
    zero, one = np.zeros(1), np.ones(1)
    ones, square = np.ones((2, 2, 1, 1)), counting(2, 2, 1, 1)
    yield case(counting(1, 1, 1, 1), np.ones((1, 1, 1, 1)), zero)
    yield case(counting(1, 2, 2, 1), ones, zero)
    yield case(counting(1, 2, 2, 1), square, zero)
    yield case(counting(1, 3, 3, 1), ones, zero)
    yield case(counting(1, 3, 3, 1), square, zero)
    yield case(counting(1, 2, 2, 1), ones, one)
    yield case(counting(1, 2, 3, 1), ones, zero)
    yield case(counting(1, 3, 2, 1), ones, zero)
    yield case(counting(1, 3, 3, 1), np.ones((1, 2, 1, 1)), zero)
    yield case(counting(1, 3, 3, 1), np.ones((2, 1, 1, 1)), zero)
    yield case(counting(1, 4, 4, 1), ones, zero, stride=2)
    yield case(counting(1, 4, 6, 1), ones, zero, stride=2)
    yield case(counting(1, 6, 4, 1), ones, zero, stride=2)
    yield case(counting(1, 5, 5, 1), ones, zero, stride=2)
    yield case(counting(1, 5, 5, 1), ones, zero, stride=3)
    yield case(counting(1, 6, 6, 1), ones, zero, stride=3)
    yield case(counting(1, 2, 2, 1), ones, zero, pad=1)
    yield case(counting(1, 3, 3, 1), np.ones((3, 3, 1, 1)), zero, pad=1)
    yield case(counting(1, 2, 2, 1), ones, zero, pad=2)
    yield case(counting(1, 4, 4, 1), ones, zero, stride=2, pad=1)
    yield case(counting(1, 1, 1, 2), counting(1, 1, 2, 1), zero)
    yield case(counting(1, 2, 2, 2), np.ones((2, 2, 2, 1)), zero)
    yield case(counting(1, 2, 2, 2), np.ones((2, 2, 2, 1)), one)
    yield case(counting(1, 2, 2, 2), counting(2, 2, 2, 1), zero)
    yield case(counting(1, 2, 2, 1), counting(2, 2, 1, 2), np.zeros(2))
    yield case(counting(1, 1, 1, 1), np.ones((1, 1, 1, 2)), np.array([1.0, 2.0]))
    yield case(counting(1, 1, 2, 2), counting(1, 1, 2, 2), np.array([1.0, 2.0]))
    yield case(counting(1, 1, 2, 2), counting(1, 1, 2, 3), np.array([1.0, 2.0, 4.0]))
    yield case(counting(1, 1, 2, 3), counting(1, 1, 3, 2), np.array([1.0, 2.0]))
    yield case(counting(2, 2, 2, 1), ones, zero)
    yield case(counting(2, 2, 2, 1), ones, one, pad=1)
    yield case(-counting(1, 2, 2, 1), ones, zero)
    yield case(counting(1, 1, 2, 1) / 4, np.ones((1, 1, 1, 1)), zero)


@exercise(
    lesson=LESSON,
    reference=reference.conv2d,
    examples=small_convolutions,
    axes={"x": VOLUME, "w": FILTERS, "b": ("filter",), "": MAPS},
    trace="sum",
    hint=(
        "Take one step at a time: one window, one filter, one image. Then let the window move, then take the next filter, then the next image.",
        "Write the four loop variables on paper: image, row, column, filter. Which arrays does each one index?",
    ),
)
def conv2d(x, w, b, stride=1, pad=0):
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    N, H, W, C = padded.shape
    KH, KW, C, F = w.shape
    OH = (H - KH) // stride + 1
    OW = (W - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                top = i * stride
                left = j * stride
                window = padded[n, top : top + KH, left : left + KW, :]
                for f in range(F):
                    kernel = w[:, :, :, f]
                    total = np.sum(window * kernel)
                    total += b[f]
                    out[n, i, j, f] = total
    return out


@conv2d.way
def loops_over_cells(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    padded[:, pad : pad + H, pad : pad + W] = x
    OH = (H + 2 * pad - KH) // stride + 1
    OW = (W + 2 * pad - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                top = i * stride
                left = j * stride
                for f in range(F):
                    total = 0.0
                    for k in range(KH):
                        for m in range(KW):
                            for c in range(C):
                                total += padded[n, top + k, left + m, c] * w[k, m, c, f]
                    total += b[f]
                    out[n, i, j, f] = total
    return out


@conv2d.way
def batch_at_once(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    padded[:, pad : pad + H, pad : pad + W] = x
    OH = (H + 2 * pad - KH) // stride + 1
    OW = (W + 2 * pad - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for i in range(OH):
        for j in range(OW):
            top = i * stride
            left = j * stride
            windows = padded[:, top : top + KH, left : left + KW]
            totals = np.tensordot(windows, w, 3)
            out[:, i, j] = totals
    out = out + b
    return out


@conv2d.way
def windows_as_rows(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW = w.shape[:2]
    F = w.shape[3]
    padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    padded[:, pad : pad + H, pad : pad + W] = x
    windows = sliding_window_view(padded, (KH, KW, C), axis=(1, 2, 3))
    windows = windows[:, ::stride, ::stride, 0]
    OH, OW = windows.shape[1:3]
    rows = windows.reshape(N * OH * OW, KH * KW * C)
    weights = w.reshape(KH * KW * C, F)
    maps = rows @ weights
    maps = maps + b
    return maps.reshape(N, OH, OW, F)


def convolve(draw, x, w, *, flat=True, b=False, shift=0.0, **options):
    """A case with an input and filters of these shapes.

    Unless asked for, biases are 0 and a filter has one weight for all the pixels of a channel: however it is
    turned, the result is the same, and a learner who turns it loses the part about the window and no other.
    """
    bias = draw.bias(w[-1]) if b else np.zeros(w[-1])
    filters = np.broadcast_to(draw.array(1, 1, *w[2:]), w).copy() if flat else draw.array(*w)
    return case(draw.array(*x, shift=shift), filters, bias, **options)


@conv2d.requirement("one window", points=1)
def _(draw):
    yield convolve(draw, (1, 3, 2, 1), (3, 2, 1, 1), flat=False)
    yield convolve(draw, (1, 2, 3, 1), (2, 3, 1, 1), flat=False)
    yield convolve(draw, (1, 1, 1, 1), (1, 1, 1, 1))


@conv2d.requirement("rectangular input", points=1)
def _(draw):
    yield convolve(draw, (1, draw.pick(5, 6), 8, 1), (2, 3, 1, 1))
    yield convolve(draw, (1, 8, draw.pick(5, 6), 1), (3, 2, 1, 1))
    yield convolve(draw, (1, 5, 5, 1), (2, 2, 1, 1))
    # One row of windows, and one column: where shapes of length 1 broadcast, mistakes do not raise.
    yield convolve(draw, (1, 2, 4, 1), (2, 3, 1, 1))
    yield convolve(draw, (1, 5, 2, 1), (3, 2, 1, 1))


@conv2d.requirement("channels summed", points=1)
def _(draw):
    yield convolve(draw, (1, 1, 1, 3), (1, 1, 3, 1))
    yield convolve(draw, (1, 4, draw.pick(5, 6), 3), (2, 3, 3, 1))


@conv2d.requirement("several filters", points=0.5)
def _(draw):
    yield convolve(draw, (1, draw.pick(4, 5), 3, 2), (2, 1, 2, 4))
    yield convolve(draw, (1, 4, 5, 3), (2, 2, 3, 2))


@conv2d.requirement("bias", points=0.5)
def _(draw):
    yield convolve(draw, (1, 1, 1, 1), (1, 1, 1, 3), b=True)
    yield convolve(draw, (1, 3, draw.pick(4, 5), 2), (2, 2, 2, 3), b=True)


@conv2d.requirement("batch", points=0.5)
def _(draw):
    yield convolve(draw, (draw.pick(2, 3), 4, 5, 1), (2, 3, 1, 2))


@conv2d.requirement("stride larger than one", points=1)
def _(draw):
    yield convolve(draw, (1, 6, draw.pick(4, 8), 1), (2, 2, 1, 1), stride=2)
    yield convolve(draw, (1, draw.pick(5, 8), 11, 1), (2, 2, 1, 1), stride=3)


@conv2d.requirement("input that does not fit", points=0.5)
def _(draw):
    yield convolve(draw, (1, 7, 6, 1), (2, 3, 1, 1), stride=2)
    yield convolve(draw, (1, draw.pick(6, 7), 9, 1), (2, 2, 1, 1), stride=3)
    # Less than half a step is left over: rounding to the nearest is right here, rounding up is not.
    yield convolve(draw, (1, 9, 6, 1), (2, 2, 1, 1), stride=3)


@conv2d.requirement("padding", points=0.5)
def _(draw):
    yield convolve(draw, (1, 4, draw.pick(5, 6), 1), (3, 2, 1, 1), pad=1)
    yield convolve(draw, (1, draw.pick(4, 5), 3, 1), (2, 3, 1, 1), pad=2)
    yield convolve(draw, (1, 3, 2, 1), (1, 2, 1, 1), pad=3)  # more zeros than the filter is large


@conv2d.requirement("all of it at once", points=0.25)
def _(draw):
    """Batch, channels, filters, stride, padding and bias in few cases."""
    wider = draw.pick(0, 1)
    for index, (x, w, stride, pad) in enumerate(FAMILIES):
        N, H, W, C = x
        shape = (N, H, W + (wider if H < W else 0), C)
        yield convolve(draw, shape, w, flat=False, b=True, shift=-0.5 * index, stride=stride, pad=pad)


conv2d.keeps_inputs(points=0.25)

# How the filter lies on the window.

conv2d.bug(
    "filter_turned", "kernel = w[:, :, :, f]", "kernel = w[::-1, ::-1, :, f]",
    also=[{"* w[k, m, c, f]": "* w[KH - 1 - k, KW - 1 - m, c, f]"}],
    like=conv_single_step,
)
conv2d.bug(
    "filter_upside_down", "kernel = w[:, :, :, f]", "kernel = w[::-1, :, :, f]",
    also=[{"* w[k, m, c, f]": "* w[KH - 1 - k, m, c, f]"}],
    like=conv_single_step,
)
conv2d.bug(
    "filter_mirrored", "kernel = w[:, :, :, f]", "kernel = w[:, ::-1, :, f]",
    also=[{"* w[k, m, c, f]": "* w[k, KW - 1 - m, c, f]"}],
    like=conv_single_step,
)
conv2d.bug(
    "filter_transposed", "KH, KW, C, F = w.shape", "w = w.transpose(1, 0, 2, 3)\nKH, KW, C, F = w.shape",
    also=[
        {"* w[k, m, c, f]": "* w[m, k, c, f]"},
        {"kernel = w[:, :, :, f]": "kernel = w[:, :, :, f].transpose(1, 0, 2)"},
        {"np.tensordot(windows, w, 3)": "np.tensordot(windows, w.transpose(1, 0, 2, 3), 3)"},
    ],
    like=conv_single_step,
)
conv2d.bug(
    "kernel_width_from_height", "KH, KW, C, F = w.shape", "KH, _, C, F = w.shape\nKW = KH",
    "Your window is as wide as the filter is high: a filter has rows and columns, and their numbers can differ.",
    ask="Which axis of w counts its columns?",
    also=[{"for m in range(KW)": "for m in range(KH)"}, {"left : left + KW": "left : left + KH"}],
)
conv2d.bug(
    "kernel_height_from_width", "KH, KW, C, F = w.shape", "_, KW, C, F = w.shape\nKH = KW",
    "Your window is as high as the filter is wide: a filter has rows and columns, and their numbers can differ.",
    ask="Which axis of w counts its rows?",
    also=[{"for k in range(KH)": "for k in range(KW)"}, {"top : top + KH": "top : top + KW"}],
)
conv2d.bug(
    "window_one_short",
    {"for k in range(KH)": "for k in range(KH - 1)", "for m in range(KW)": "for m in range(KW - 1)"},
    "Your window lacks its last row and its last column: the end of a slice or of a range is already left out.",
    ask="How many cells does a[2:2 + 3 - 1] hold?",
    also=[{"top + KH, left : left + KW, :]": "top + KH - 1, left : left + KW - 1, :]"}],
)

# What is multiplied and added up.

conv2d.bug(
    "first_channel_only", "np.sum(window * kernel)", "np.sum(window[:, :, 0] * kernel[:, :, 0])",
    also=[{"for c in range(C)": "for c in range(1)"}],
    like=conv_single_step,
)
conv2d.bug(
    "last_channel_only",
    "total = np.sum(window * kernel)",
    "for c in range(C):\n    total = np.sum(window[:, :, c] * kernel[:, :, c])",
    also=[{"for c in range(C)": "for c in range(C - 1, C)"}],
    like=conv_single_step,
)
conv2d.bug(
    "last_product_only", "total += padded[n", "total = padded[n",
    also=[{"np.sum(window * kernel)": "(window * kernel)[-1, -1, -1]"}],
    like=conv_single_step,
)
conv2d.bug(
    "last_pixel_only",
    "total = np.sum(window * kernel)",
    "for k in range(KH):\n    for m in range(KW):\n        total = np.sum(window[k, m] * kernel[k, m])",
    "Only the last pixel of each window counts, over all its channels: each pixel overwrites the one before.",
    ask="What does your sum hold after the first pixel, and what after the second?",
)
conv2d.bug(
    "first_pixel_only", "np.sum(window * kernel)", "np.sum(window[0, 0] * kernel[0, 0])",
    "Only the first pixel of each window counts: the sum is over all rows and columns of the window.",
    ask="Is there a return, or an end of a loop, that comes too early?",
)
conv2d.bug(
    "channels_averaged", "np.sum(window * kernel)", "np.sum(window * kernel) / C",
    like=conv_single_step,
)
conv2d.bug("window_averaged", "np.sum(window * kernel)", "np.mean(window * kernel)", like=conv_single_step)
conv2d.bug(
    "pixels_averaged", "np.sum(window * kernel)", "np.sum(window * kernel) / (KH * KW)",
    like=conv_single_step,
)
conv2d.bug("matrix_product", "np.sum(window * kernel)", "np.sum(window @ kernel)", like=conv_single_step)
conv2d.bug(
    "products_of_sums", "np.sum(window * kernel)", "np.sum(window) * np.sum(kernel)",
    like=conv_single_step,
)
conv2d.bug("largest_product", "np.sum(window * kernel)", "np.max(window * kernel)", like=conv_single_step)
conv2d.bug(
    "channel_by_channel",
    {
        "np.zeros((N, OH, OW, F))": "np.zeros((N, OH, OW, C))",
        "for f in range(F)": "for f in range(C)",
        "np.sum(window * kernel)": "np.sum(window[:, :, f] * kernel[:, :, f])",
    },
    "You make one map for each channel of the input: each filter looks at all channels at once and makes one map.",
    ask="With 3 channels and 4 filters, how many maps should there be?",
    also=[
        {
            "np.zeros((N, OH, OW, F))": "np.zeros((N, OH, OW, C))",
            "for f in range(F)": "for f in range(C)",
            "np.sum(window * kernel)": "np.sum(window[:, :, f] * kernel[:, :, f])",
            "total += b[f]": "",
            "return out": "return out + b",
        },
    ],
)
conv2d.bug(
    "channel_of_the_filter", "np.sum(window * kernel)", "np.sum(window[:, :, f] * kernel[:, :, f])",
    "Your filter f looks only at channel f: each filter looks at all channels at once.",
    ask="With 3 channels and 4 filters, which channels does the last filter look at?",
)
conv2d.bug(
    "channel_of_the_filter_spread", "left + m, c]", "left + m, f]",
    "Your window holds only channel f, and all the filter's channels are laid on it: the slice of x lacks its channel axis.",
    ask="What is the shape of your window, and what is the shape of the filter?",
    also=[{"np.sum(window * kernel)": "np.sum(window[:, :, f] * kernel)"}],
)
conv2d.bug(
    "channels_not_summed",
    {
        "np.zeros((N, OH, OW, F))": "np.zeros((N, OH, OW, C, F))",
        "np.sum(window * kernel)": "np.sum(window * kernel, axis=(0, 1))",
        "out[n, i, j, f]": "out[n, i, j, :, f]",
    },
    like=conv_single_step,
)
conv2d.bug(
    "channels_and_filters_exchanged", "* w[k, m, c, f]", "* w[k, m, f, c]",
    "Channels and filters are swapped in your weights: w is indexed by row, column, channel, filter, in this order.",
    ask="Which of your loop variables counts channels, and on which axis of w do you use it?",
    also=[{"kernel = w[:, :, :, f]": "kernel = w[:, :, f, :]"}],
)
conv2d.bug(
    "weights_reshaped", "w.reshape(KH * KW * C, F)", "w.reshape(F, KH * KW * C).T",
    "Your weights are reshaped to one row per filter, but filters are the last axis of w: the numbers of one row come from several filters.",
    ask="How do the weights of filter 0 lie in memory: side by side, or F apart?",
    also=[{"kernel = w[:, :, :, f]": "kernel = w.reshape(F, KH, KW, C)[f]"}],
)

# The bias.

conv2d.bug(
    "bias_forgotten", "total += b[f]", "",
    also=[{"out = out + b": ""}, {"maps = maps + b": ""}],
    like=conv_single_step,
)
conv2d.bug(
    "bias_subtracted", "total += b[f]", "total -= b[f]",
    also=[{"out = out + b": "out = out - b"}],
    like=conv_single_step,
)
conv2d.bug("bias_multiplied", "total += b[f]", "total *= b[f]", like=conv_single_step)
conv2d.bug(
    "one_bias_for_all", "total += b[f]", "total += b[0]",
    "All filters use the bias of filter 0: each filter has its own.",
    ask="Where does b get its index, and which one is it?",
)
conv2d.bug(
    "last_bias_for_all", "total += b[f]", "total += b[-1]",
    "All filters use the bias of the last filter: each filter has its own.",
    ask="Where does b get its index, and which one is it?",
)
conv2d.bug(
    "biases_summed", "total += b[f]", "total += np.sum(b)",
    "Every filter adds all the biases: each has its own, one number.",
    ask="What is the result of filter 0 where the whole input is 0?",
)
conv2d.bug(
    "biases_averaged", "total += b[f]", "total += np.mean(b)",
    "Every filter adds the mean of the biases: each has its own, one number.",
    ask="What is the result of filter 0 where the whole input is 0?",
)
conv2d.bug("bias_per_channel", "total += b[f]", "total += C * b[f]", like=conv_single_step)
conv2d.bug(
    "bias_per_pixel", "total += b[f]", "total += KH * KW * b[f]",
    "The bias is added once for each pixel of the window: it belongs to the filter, and is added once.",
    ask="Is the line that adds the bias inside the loop over the window, or after it?",
)
conv2d.bug(
    "bias_per_product", "total += b[f]", "total += KH * KW * C * b[f]",
    "The bias is added with every product: it belongs to the filter, and is added once.",
    ask="Is the line that adds the bias inside the innermost loop, or after it?",
)
conv2d.bug(
    "buffer_of_ones",
    {"np.zeros((N, OH, OW, F))": "np.ones((N, OH, OW, F))", "out[n, i, j, f] =": "out[n, i, j, f] +="},
    "Every value is one too large: your sums start at 1.",
    ask="What does your output hold before the first product is added?",
    also=[{"total = 0.0": "total = 1.0"}],
)

# Where the windows start.

conv2d.bug(
    "window_start_ignores_stride", {"top = i * stride": "top = i", "left = j * stride": "left = j"},
    "Your stride changes the size of the output, but not where the windows start.",
    ask="Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.",
)
conv2d.bug(
    "stride_ignored",
    {
        "OH = (H - KH) // stride + 1": "OH = H - KH + 1",
        "OW = (W - KW) // stride + 1": "OW = W - KW + 1",
        "i * stride": "i",
        "j * stride": "j",
    },
    "The stride makes no difference: your windows start at every cell, and the output is as large as with stride 1.",
    ask="Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.",
    also=[{"[:, ::stride, ::stride, 0]": "[:, :, :, 0]"}],
)
conv2d.bug(
    "stride_on_rows_only", {"OW = (W - KW) // stride + 1": "OW = W - KW + 1", "j * stride": "j"},
    "Your stride applies to rows only: along the columns the windows still move one cell at a time.",
    ask="Which input column does each output column start at? Say it for j = 0, 1, 2.",
    also=[{"j * stride": "j"}],
)
conv2d.bug(
    "stride_on_columns_only", {"OH = (H - KH) // stride + 1": "OH = H - KH + 1", "i * stride": "i"},
    "Your stride applies to columns only: along the rows the windows still move one cell at a time.",
    ask="Which input row does each output row start at? Say it for i = 0, 1, 2.",
    also=[{"i * stride": "i"}],
)
conv2d.bug(
    "steps_taken_for_windows", {"i * stride": "i * stride * stride", "j * stride": "j * stride * stride"},
    "Your loop already goes in steps of the stride, and a line inside it uses the variable as if it counted windows.",
    ask="With stride 2, which values does your loop variable take, and which row of the output does each belong to?",
    also=[
        {
            "range(OH)": "range(0, OH * stride, stride)",
            "range(OW)": "range(0, OW * stride, stride)",
            "i * stride": "i",
            "j * stride": "j",
        },
    ],
)
conv2d.bug(
    "output_stepped_over", {"range(OH)": "range(0, OH, stride)", "range(OW)": "range(0, OW, stride)"},
    "Your loops go over the output in steps of the stride, so most of its cells are never filled: the output has a cell for each window, and the stride is where the window starts.",
    ask="With stride 2 and 4 output rows, which values does your loop variable take?",
)
conv2d.bug(
    "stride_is_the_window", {"i * stride": "i * KH", "j * stride": "j * KW"},
    "Your windows lie side by side: they move by their own size, and it is the stride that says how far they move.",
    ask="With a 3×3 filter and stride 1, how far apart are two neighbouring windows?",
    also=[
        {
            "i * stride": "i * KH",
            "j * stride": "j * KW",
            "kernel = w[:, :, :, f]": "kernel = w[: window.shape[0], : window.shape[1], :, f]",
        },
    ],
)
conv2d.bug(
    "start_one_late", {"i * stride": "i * stride + 1", "j * stride": "j * stride + 1"},
    "Your windows start one cell too late: counting begins at 0.",
    ask="Which input row does output row 0 start at?",
)

# Padding.

conv2d.bug(
    "padding_not_in_front", "(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)",
    "The size counts the padding, but your windows start at the image's first pixel: they never meet the zeros in front of it. They should slide over the padded array.",
    ask="Which array do you take your windows from?",
    also=[{"pad : pad + H, pad : pad + W": ":H, :W"}],
)
conv2d.bug(
    "size_and_padding_disagree", {"H - KH": "H + 2 * pad - KH", "W - KW": "W + 2 * pad - KW"},
    "With padding, arrays meet whose sizes do not fit each other: somewhere the zeros are left out, counted twice, or put along another axis.",
    ask="With 4 rows and pad 1, how many rows does the array have that you cut from, and which number does your size start from?",
    also=[
        {"window = padded[n": "window = x[n"},
        {"+= padded[n": "+= x[n"},
        {"windows = padded[:": "windows = x[:"},
    ],
)
conv2d.bug(
    "padding_all_in_front", "(pad, pad), (pad, pad)", "(2 * pad, 0), (2 * pad, 0)",
    "All the zeros are above and to the left: each side gets `pad` of them.",
    ask="In which row of the padded image does row 0 of the image belong?",
    also=[{"pad : pad + H, pad : pad + W": "2 * pad :, 2 * pad :"}],
)
conv2d.bug(
    "padding_behind_only", "(pad, pad), (pad, pad)", "(0, pad), (0, pad)",
    "There are zeros below and to the right only: each side gets `pad` of them, so also above and to the left.",
    ask="How many rows does the padded image have, and how many should it have?",
)
conv2d.bug(
    "padding_ignored", "padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))", "padded = x",
    "The padding makes no difference: the windows should slide over the zeros around the image too.",
    ask="How many rows does your function slide over when pad is 1?",
)
conv2d.bug(
    "padding_on_rows_only", "(pad, pad), (pad, pad)", "(pad, pad), (0, 0)",
    "Only rows are padded: the columns left and right are missing.",
    ask="Which axis of x holds the columns?",
)
conv2d.bug(
    "padding_on_columns_only", "(pad, pad), (pad, pad)", "(0, 0), (pad, pad)",
    "Only columns are padded: the rows above and below are missing.",
    ask="Which axis of x holds the rows?",
)
conv2d.bug(
    "pads_with_ones", "(pad, pad), (0, 0))", "(pad, pad), (0, 0)), constant_values=1",
    "Your border is filled with ones: zeros add nothing to a sum, ones add the filter's weights.",
    ask="What does a window that lies half on the border add up?",
    also=[{"np.zeros((N, H + 2 * pad": "np.ones((N, H + 2 * pad"}],
)
conv2d.bug(
    "pads_with_pad_value", "(pad, pad), (0, 0))", "(pad, pad), (0, 0)), constant_values=pad",
    "Your border is filled with the number `pad`: that is how wide the border is, not what is in it.",
    ask="Which argument of your call is the width, and which is the value?",
)
conv2d.bug(
    "pads_with_edge", "(pad, pad), (0, 0))", '(pad, pad), (0, 0)), mode="edge"',
    "Your border repeats the outermost pixels: zero padding puts zeros there.",
    ask="What is in the corner of the padded image?",
)
conv2d.bug(
    "pads_with_reflection", "(pad, pad), (0, 0))", '(pad, pad), (0, 0)), mode="reflect"',
    "Your border mirrors the image: zero padding puts zeros there.",
    ask="What is in the corner of the padded image?",
    also=[{"(pad, pad), (0, 0))": '(pad, pad), (0, 0)), mode="symmetric"'}],
)
conv2d.bug(
    "pads_with_wrap", "(pad, pad), (0, 0))", '(pad, pad), (0, 0)), mode="wrap"',
    "Your border continues the image from its other side: zero padding puts zeros there.",
    ask="What is in the corner of the padded image?",
)
conv2d.bug(
    "pads_every_axis",
    {
        "padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))": "padded = np.pad(x, pad)",
        "padded[:, pad : pad + H, pad : pad + W] = x": "N = len(padded)",
    },
    "All four axes are padded, images and channels too: only rows and columns have a border.",
    ask="What would an extra channel meet in the filter?",
    way="loops_over_cells",
)
conv2d.bug(
    "pads_images_too", "((0, 0), (pad, pad)", "((pad, pad), (pad, pad)",
    "The batch is padded too: images of zeros that nobody put in stand before and after yours.",
    ask="Which axis of x counts the images?",
    also=[{"N, H, W, C = padded.shape": "N, H, W, C = padded.shape\npadded = np.pad(padded, ((pad, pad), (0, 0), (0, 0), (0, 0)))"}],
)
conv2d.bug(
    "padded_twice", "(pad, pad), (pad, pad)", "(2 * pad, 2 * pad), (2 * pad, 2 * pad)",
    "Your border is twice as wide as asked: `pad` is what each side gets.",
    ask="How many rows are added in all when pad is 1?",
)
conv2d.bug(
    "pad_undefined_at_zero", "padded = np.pad(x", "if pad > 0:\n    padded = np.pad(x",
    "With pad 0 your function uses a variable that was only set for a larger pad.",
    ask="Which line gives the padded image its name when pad is 0?",
)
conv2d.bug(
    "pad_always_one", "(pad, pad), (pad, pad)", "(1, 1), (1, 1)",
    "Your border is always one cell wide: it does not follow `pad`.",
    ask="Where in your function does `pad` appear?",
    also=[{"(pad, pad), (pad, pad)": "(1, 1), (1, 1)", "(H - KH)": "(x.shape[1] + 2 * pad - KH)", "(W - KW)": "(x.shape[2] + 2 * pad - KW)"}],
)

# The size of the output.

conv2d.bug(
    "padding_counted_once", {"H + 2 * pad - KH": "H + pad - KH", "W + 2 * pad - KW": "W + pad - KW"},
    "Your padding counts on one side only: there are zeros in front of the image, but the output is as small as if there were none after it.",
    ask="By how many rows does the image grow in all when pad is 1?",
    also=[{"H - KH": "H - pad - KH", "W - KW": "W - pad - KW"}],
)
conv2d.bug(
    "size_ignores_padding", {"H + 2 * pad - KH": "H - KH", "W + 2 * pad - KW": "W - KW"},
    "Your output is too small when there is padding: the image is padded, but the size is computed from the image without it.",
    ask="How many rows do the windows slide over?",
    also=[{"H - KH": "x.shape[1] - KH", "W - KW": "x.shape[2] - KW"}],
)
conv2d.bug(
    "size_rounded_up",
    {"(H - KH) // stride": "-(-(H - KH) // stride)", "(W - KW) // stride": "-(-(W - KW) // stride)"},
    "Your size is rounded up: where the stride does not fit, there is a last window that hangs over the edge.",
    ask="With 6 cells, a window of 3 and stride 2: where would the third window start, and what would it read?",
    also=[
        {
            "(H + 2 * pad - KH) // stride": "-(-(H + 2 * pad - KH) // stride)",
            "(W + 2 * pad - KW) // stride": "-(-(W + 2 * pad - KW) // stride)",
        },
        {
            "(H - KH) // stride": "-(-(H - KH) // stride)",
            "(W - KW) // stride": "-(-(W - KW) // stride)",
            "kernel = w[:, :, :, f]": "kernel = w[: window.shape[0], : window.shape[1], :, f]",
        },
    ],
)
conv2d.bug(
    "size_plus_one_missing",
    {"(H - KH) // stride + 1": "(H - KH) // stride", "(W - KW) // stride + 1": "(W - KW) // stride"},
    "Your output is one row and one column short: you count the steps between windows, and there is one more window than steps.",
    ask="Put a filter as large as the input on it: how many windows are there?",
    also=[
        {
            "(H + 2 * pad - KH) // stride + 1": "(H + 2 * pad - KH) // stride",
            "(W + 2 * pad - KW) // stride + 1": "(W + 2 * pad - KW) // stride",
        },
    ],
)
conv2d.bug(
    "loops_over_the_input",
    {
        "(H - KH) // stride + 1": "len(range(0, H, stride))",
        "(W - KW) // stride + 1": "len(range(0, W, stride))",
    },
    "Your windows start at every cell of the input: the last ones hang over its edge. A window must lie inside as a whole.",
    ask="At which input row does the last window start that still fits?",
    also=[
        {"for i in range(OH)": "for i in range(len(range(0, x.shape[1], stride)))", "for j in range(OW)": "for j in range(len(range(0, x.shape[2], stride)))"},
        {"for i in range(OH)": "for i in range(len(range(0, H, stride)))", "for j in range(OW)": "for j in range(len(range(0, W, stride)))"},
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
        {
            "(H - KH) // stride + 1": "len(range(0, H, stride))",
            "(W - KW) // stride + 1": "len(range(0, W, stride))",
            "kernel = w[:, :, :, f]": "kernel = w[: window.shape[0], : window.shape[1], :, f]",
        },
        {
            "(H - KH) // stride + 1": "len(range(0, x.shape[1], stride))",
            "(W - KW) // stride + 1": "len(range(0, x.shape[2], stride))",
            "kernel = w[:, :, :, f]": "kernel = w[: window.shape[0], : window.shape[1], :, f]",
        },
    ],
)
conv2d.bug(
    "width_from_height", "OW = (W - KW) // stride + 1", "OW = OH",
    "Your output is as wide as it is high: the number of columns should come from the input's columns.",
    ask="Which axis of x counts the columns, and where do you use it?",
    also=[
        {"OW = (W + 2 * pad - KW) // stride + 1": "OW = (H + 2 * pad - KW) // stride + 1"},
        {"OW = (W - KW) // stride + 1": "OW = (H - KW) // stride + 1"},
        {"np.zeros((N, OH, OW, F))": "np.zeros((N, OH, OH, F))"},
        {"OW = (W + 2 * pad - KW) // stride + 1": "OW = OH"},
        {
            "OW = (W - KW) // stride + 1": "OW = OH",
            "kernel = w[:, :, :, f]": "kernel = w[: window.shape[0], : window.shape[1], :, f]",
        },
    ],
)
conv2d.bug(
    "height_from_width", "OH = (H - KH) // stride + 1", "OH = (W - KW) // stride + 1",
    "Your output is as high as it is wide: the number of rows should come from the input's rows.",
    ask="Which axis of x counts the rows, and where do you use it?",
    also=[
        {"OH = (H + 2 * pad - KH) // stride + 1": "OH = (W + 2 * pad - KW) // stride + 1"},
        {
            "OH = (H - KH) // stride + 1": "OH = (W - KW) // stride + 1",
            "kernel = w[:, :, :, f]": "kernel = w[: window.shape[0], : window.shape[1], :, f]",
        },
    ],
)
conv2d.bug(
    "height_and_width_exchanged",
    {
        "OH = (H - KH) // stride + 1": "OW = (H - KH) // stride + 1",
        "OW = (W - KW) // stride + 1": "OH = (W - KW) // stride + 1",
    },
    "Height and width of your output are swapped: x has images, rows, columns, channels, in this order.",
    ask="Which of your loops runs over rows, and up to which number?",
    also=[
        {
            "OH = (H + 2 * pad - KH) // stride + 1": "OW = (H + 2 * pad - KH) // stride + 1",
            "OW = (W + 2 * pad - KW) // stride + 1": "OH = (W + 2 * pad - KW) // stride + 1",
        },
        {"N, H, W, C = padded.shape": "N, W, H, C = padded.shape"},
    ],
)

# Which filter makes which map.

conv2d.bug(
    "same_filter_for_all", "kernel = w[:, :, :, f]", "kernel = w[:, :, :, 0]",
    "All maps come from filter 0: each map has a filter of its own.",
    ask="On which axis of w is the filter's number?",
    also=[{"* w[k, m, c, f]": "* w[k, m, c, 0]"}],
)
conv2d.bug(
    "last_filter_for_all", "kernel = w[:, :, :, f]", "kernel = w[:, :, :, -1]",
    "All maps come from the last filter: each map has a filter of its own.",
    ask="Where is the map of filter 0 kept while the others are computed?",
)
conv2d.bug(
    "filters_summed", "kernel = w[:, :, :, f]", "kernel = np.sum(w, axis=3)",
    "Every map is the sum over all the filters: each filter makes its own map.",
    ask="Over which axes of w does your sum run?",
)

# The batch.

conv2d.bug(
    "only_first_image", "for n in range(N)", "for n in range(1)",
    "Only image 0 is computed; the others stay 0.",
    ask="Which loop is missing, or is ended by a return inside it?",
    also=[{"out[:, i, j] = totals": "out[0, i, j] = totals[0]"}],
)
conv2d.bug(
    "only_last_image", "for n in range(N)", "for n in range(N - 1, N)",
    "Only the last image is there: each image overwrites the one before, or the loop over images ends before anything is written.",
    ask="On which axis of the output is the image's number?",
    also=[{"out[:, i, j] = totals": "out[-1, i, j] = totals[-1]"}],
)
conv2d.bug(
    "one_image_comes_back",
    {"np.zeros((N, OH, OW, F))": "np.zeros((1, OH, OW, F))", "for n in range(N)": "for n in range(1)"},
    "Your function returns only one image: the output has as many images as the input.",
    ask="What is the shape of your output?",
    also=[{"return out": "return out[:1]"}],
)
conv2d.bug(
    "first_image_for_all", "window = padded[n", "window = padded[0",
    "Every image of your output is computed from image 0.",
    ask="Where is the image's number in the line that takes the window?",
    also=[{"+= padded[n": "+= padded[0"}],
)
conv2d.bug(
    "batch_summed", "window = padded[n", "window = padded[:",
    "All the images are added up: each is computed by itself.",
    ask="Over which axes does your sum run, and is the batch one of them?",
)

# One window of another shape than the filter.

conv2d.bug(
    "window_sides_swapped",
    {"top : top + KH, left : left + KW": "top : top + KW, left : left + KH"},
    "Your window lies on its side: it has as many rows as the filter has columns.",
    ask="Of a filter of 3 rows and 2 columns, which number ends your slice over rows?",
    also=[{"for k in range(KH)": "for k in range(KW)", "for m in range(KW)": "for m in range(KH)"}],
)
conv2d.bug(
    "kernel_sides_swapped", "KH, KW, C, F = w.shape", "KW, KH, C, F = w.shape",
    "Height and width of your filter are swapped: w has rows, columns, channels, filters, in this order.",
    ask="Which axis of w counts its rows?",
    also=[{"KH, KW = w.shape[:2]": "KW, KH = w.shape[:2]"}],
)
conv2d.bug(
    "window_as_large_as_the_stride",
    {"top : top + KH, left : left + KW": "top : top + stride, left : left + stride"},
    "Your windows are as large as the stride: the filter says how large a window is, the stride how far it moves.",
    ask="With a 3×3 filter and stride 1, how many cells does one window have?",
)
conv2d.bug(
    "kernel_always_three", "KH, KW, C, F = w.shape", "_, _, C, F = w.shape\nKH = KW = 3",
    "Your windows are always 3×3: their size is that of the filter.",
    ask="Which two axes of w say how large a window is?",
)
conv2d.bug(
    "columns_from_kernel_height", "(W - KW) // stride", "(W - KH) // stride",
    "The number of columns is computed with the filter's height: its width takes away columns.",
    ask="Which axis of w counts its columns, and where do you use it?",
    also=[{"(W + 2 * pad - KW)": "(W + 2 * pad - KH)"}],
)
conv2d.bug(
    "rows_from_kernel_width", "(H - KH) // stride", "(H - KW) // stride",
    "The number of rows is computed with the filter's width: its height takes away rows.",
    ask="Which axis of w counts its rows, and where do you use it?",
    also=[{"(H + 2 * pad - KH)": "(H + 2 * pad - KW)"}],
)

# What does not fit, and what is padded where.

conv2d.bug(
    "refuses_what_does_not_fit",
    "OH = (H - KH) // stride + 1", "assert (H - KH) % stride == 0\nOH = (H - KH) // stride + 1",
    "Your function refuses an input that the stride does not fit: there the windows that lie inside count, and the rest of the input is not read.",
    ask="With 6 cells, a window of 3 and stride 2: how many windows lie inside?",
    also=[
        {"OW = (W - KW) // stride + 1": "assert (H - KH) % stride == 0 and (W - KW) % stride == 0\nOW = (W - KW) // stride + 1"},
        {"OW = (W - KW) // stride + 1": "assert (W - KW) % stride == 0\nOW = (W - KW) // stride + 1"},
    ],
)
conv2d.bug(
    "size_rounded_to_nearest",
    {"(H - KH) // stride": "round((H - KH) / stride)", "(W - KW) // stride": "round((W - KW) / stride)"},
    "Your size is rounded to the nearest integer: where more than half a step is left over, it counts a window that hangs over the edge.",
    ask="Is a window that is nearly inside the input inside it?",
    also=[
        {
            "(H + 2 * pad - KH) // stride": "round((H + 2 * pad - KH) / stride)",
            "(W + 2 * pad - KW) // stride": "round((W + 2 * pad - KW) / stride)",
        },
    ],
)
conv2d.bug(
    "empty_slice_at_pad_zero", "pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad",
    "Without padding your slice is empty: it ends at −pad, and −0 is 0, the beginning.",
    ask="What does a[0:-0] hold? Where does the slice end, counted from the front?",
)
conv2d.bug(
    "padding_in_front_only",
    {
        "(pad, pad), (pad, pad)": "(pad, 0), (pad, 0)",
        "(H - KH)": "(H + pad - KH)",
        "(W - KW)": "(W + pad - KW)",
    },
    "There are zeros above and to the left only, and the last windows hang over: each side gets `pad` of them.",
    ask="How many rows does the padded image have, and how many should it have?",
)

# How the rows of a table are put together.

conv2d.bug(
    "output_reshaped_on_its_side", "maps.reshape(N, OH, OW, F)", "maps.reshape(N, OW, OH, F)",
    "Height and width are swapped where your table becomes maps: a row of windows has OW of them.",
    ask="With 2 rows of 3 windows, which window comes after the third?",
)
conv2d.bug(
    "images_last_in_the_table", "return out", "return out.transpose(1, 2, 0, 3).reshape(out.shape)",
    "Your values are right, but they are in the positions of other images: the table goes through the images for each window, and the reshape takes them for windows.",
    ask="Which index changes fastest along the rows of your table: the image, or the window?",
    also=[{"return maps.reshape(N, OH, OW, F)": "return maps.reshape(N, OH * OW, F).transpose(1, 0, 2).reshape(N, OH, OW, F)"}],
)
conv2d.bug(
    "channels_first_in_the_rows",
    "windows.reshape(N * OH * OW, KH * KW * C)",
    "windows.transpose(0, 1, 2, 5, 3, 4).reshape(N * OH * OW, KH * KW * C)",
    "The numbers of a window and the weights of a filter are in different orders: the channels come first in one, last in the other.",
    ask="Which weight does the second number of your row meet?",
)

# What is done with the result.

conv2d.bug(
    "last_row_unfilled", "for i in range(OH)", "for i in range(OH - 1)",
    "The last row of your output stays 0: your loop over rows ends one too early.",
    ask="Which numbers does range(OH − 1) give?",
)
conv2d.bug(
    "last_column_unfilled", "for j in range(OW)", "for j in range(OW - 1)",
    "The last column of your output stays 0: your loop over columns ends one too early.",
    ask="Which numbers does range(OW − 1) give?",
)
conv2d.bug(
    "last_row_and_column_unfilled",
    {"for i in range(OH)": "for i in range(OH - 1)", "for j in range(OW)": "for j in range(OW - 1)"},
    "The last row and the last column of your output stay 0: your loops end one too early.",
    ask="Which numbers does range(OH − 1) give?",
)
conv2d.bug(
    "output_transposed", "return out", "return out.transpose(0, 2, 1, 3)",
    "Your output lies on its side: each value is at (j, i) where it belongs at (i, j).",
    ask="In which order do you index the output?",
    also=[{"out[n, i, j, f]": "out[n, j, i, f]"}],
)
conv2d.bug(
    "flat_index_by_height",
    {
        "np.zeros((N, OH, OW, F))": "np.zeros((N, OH * OW, F))",
        "out[n, i, j, f]": "out[n, i * OH + j, f]",
        "return out": "return out.reshape(N, OH, OW, F)",
    },
    "Your windows are numbered i·OH + j: there are OW of them in a row, so the next row starts after OW.",
    ask="With 2 rows of 3 windows, what number does the first window of row 1 have?",
    also=[{
            "np.zeros((N, OH, OW, F))": "np.zeros((N, OH * OW, F))",
            "out[n, i, j, f]": "out[n, i * OH + j, f]",
            "total += b[f]": "",
            "return out": "return (out + b).reshape(N, OH, OW, F)",
        }],
)
conv2d.bug(
    "output_reshaped",
    {
        "np.zeros((N, OH, OW, F))": "np.zeros((F, N, OH, OW))",
        "out[n, i, j, f]": "out[f, n, i, j]",
        "return out": "return out.reshape(N, OH, OW, F)",
    },
    "Your values are right, but their positions are scrambled: an array with the filters first was reshaped where its axes should have been moved.",
    ask="What does reshape do with the order of the numbers, and what does transpose do?",
    also=[{"rows @ weights": "weights.T @ rows.T", "maps + b": "maps + b[:, None]"}],
)
conv2d.bug(
    "total_not_reset",
    {
        "np.zeros((N, OH, OW, F))": "np.zeros((N, OH, OW, F))\ntotal = 0.0",
        "total = np.sum(window * kernel)": "total += np.sum(window * kernel)",
    },
    "Each value also holds all the ones before it: the total is never set back to 0.",
    ask="In which loop does your total start at 0, and how often does that happen?",
    also=[{"np.zeros((N, OH, OW, F))": "np.zeros((N, OH, OW, F))\ntotal = 0.0", "total = 0.0": ""}],
)
conv2d.bug(
    "integer_buffer", "out[n, i, j, f] = total", "out[n, i, j, f] = int(total)",
    "Everything after the decimal point is lost: your values are written into an array of integers.",
    ask="What is the dtype of the array that you write into?",
    also=[{"out[:, i, j] = totals": "out[:, i, j] = totals.astype(int)"}],
)
conv2d.bug("relu_inside", "return out", "return np.maximum(out, 0.0)", like=conv_single_step)
conv2d.bug("sigmoid_inside", "return out", "return 1 / (1 + np.exp(-out))", like=conv_single_step)
conv2d.bug("tanh_inside", "return out", "return np.tanh(out)", like=conv_single_step)
conv2d.bug(
    "added_instead_of_multiplied", "window * kernel", "window + kernel",
    "Window and filter are added: each pixel is to be multiplied by the weight that lies on it.",
    ask="If a weight is 0, how much does its pixel count?",
    also=[{"left + m, c] * w[k": "left + m, c] + w[k"}],
)
conv2d.bug(
    "channels_summed_before_multiplying", "np.sum(window * kernel)", "np.sum(window.sum(axis=2) * kernel.sum(axis=2))",
    "The channels of window and filter are added up before they are multiplied: each channel has weights of its own.",
    ask="Which weights does the second channel meet?",
    also=[{"np.tensordot(windows, w, 3)": "np.tensordot(windows.sum(axis=3), w.sum(axis=2), 2)"}],
)
conv2d.bug(
    "as_many_maps_as_channels", "np.zeros((N, OH, OW, F))", "np.zeros((N, OH, OW, C))",
    "Your output has room for as many maps as the input has channels: it needs one for each filter.",
    ask="With 3 channels and 5 filters, how many maps come out?",
)
conv2d.bug(
    "channels_expected_first",
    {
        "OH = (H - KH) // stride + 1": "OH = (W - KH) // stride + 1",
        "OW = (W - KW) // stride + 1": "OW = (C + 2 * pad - KW) // stride + 1",
    },
    "You unpack x as images, channels, rows, columns: here the channels come last.",
    ask="Which axis of x counts the channels?",
    also=[{"N, H, W, C = padded.shape": "N, C, H, W = padded.shape"}],
)
conv2d.bug(
    "last_image_for_all", "out[n, i, j, f] = total", "out[:, i, j, f] = total",
    "Every image of your output is that of the last one: each image's values are written for the whole batch.",
    ask="Which index of the output says which image it is?",
    also=[{"out[:, i, j] = totals": "out[:, i, j] = totals[-1]"}],
)
conv2d.bug(
    "map_filled_column_by_column", "return out", "return out.reshape(N, OW, OH, F).transpose(0, 2, 1, 3)",
    "Your values are right, but the map is filled column by column: after a window comes the one to its right, not the one below.",
    ask="Which window is the second row of your table?",
    also=[{"return maps.reshape(N, OH, OW, F)": "return maps.reshape(N, OW, OH, F).transpose(0, 2, 1, 3)"}],
)
conv2d.common(modifies("x"), modifies("w", "weights_modified"), returns_nothing)


# locally_connected2d


def small_local():
    yield case(counting(1, 2, 2, 1), np.ones((1, 1, 2, 2, 1, 1)), np.zeros((1, 1, 1)))
    yield case(counting(1, 2, 2, 1), counting(1, 1, 2, 2, 1, 1), np.zeros((1, 1, 1)))
    yield case(counting(1, 1, 2, 1), counting(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))
    yield case(counting(1, 2, 1, 1), counting(2, 1, 1, 1, 1, 1), np.zeros((2, 1, 1)))
    yield case(counting(1, 1, 2, 1), counting(1, 2, 1, 1, 1, 1), counting(1, 2, 1))
    yield case(counting(1, 2, 2, 1), counting(2, 2, 1, 1, 1, 1), np.zeros((2, 2, 1)))
    yield case(counting(1, 2, 2, 1), counting(2, 2, 1, 1, 1, 1), counting(2, 2, 1))
    yield case(counting(1, 3, 2, 1), counting(2, 1, 2, 2, 1, 1), np.zeros((2, 1, 1)))
    yield case(counting(1, 2, 3, 1), counting(1, 2, 2, 2, 1, 1), np.zeros((1, 2, 1)))
    yield case(counting(1, 1, 1, 2), counting(1, 1, 1, 1, 2, 1), counting(1, 1, 1))
    yield case(counting(1, 1, 2, 2), counting(1, 2, 1, 1, 2, 2), counting(1, 2, 2))
    yield case(counting(2, 1, 2, 1), counting(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))
    yield case(-counting(1, 1, 2, 1), counting(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))
    yield case(counting(1, 1, 2, 1) / 4, counting(1, 2, 1, 1, 1, 1), np.zeros((1, 2, 1)))


@exercise(
    lesson=LESSON,
    examples=small_local,
    axes={
        "x": VOLUME,
        "w": ("output row", "output column", "row", "column", "channel", "filter"),
        "b": ("row", "column", "filter"),
        "": MAPS,
    },
    trace="sum",
    hint="It is your convolution with stride 1, but filters and biases also depend on the position.",
)
def locally_connected2d(x, w, b):
    N = len(x)
    OH, OW, KH, KW, C, F = w.shape
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                window = x[n, i : i + KH, j : j + KW, :]
                for f in range(F):
                    kernel = w[i, j, :, :, :, f]
                    total = np.sum(window * kernel)
                    total += b[i, j, f]
                    out[n, i, j, f] = total
    return out


@locally_connected2d.way
def local_loops_over_cells(x, w, b):
    N = len(x)
    OH, OW, KH, KW, C, F = w.shape
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    total = 0.0
                    for k in range(KH):
                        for m in range(KW):
                            for c in range(C):
                                total += x[n, i + k, j + m, c] * w[i, j, k, m, c, f]
                    total += b[i, j, f]
                    out[n, i, j, f] = total
    return out


@locally_connected2d.way
def local_batch_at_once(x, w, b):
    N = len(x)
    OH, OW, KH, KW, C, F = w.shape
    out = np.zeros((N, OH, OW, F))
    for i in range(OH):
        for j in range(OW):
            windows = x[:, i : i + KH, j : j + KW]
            totals = np.tensordot(windows, w[i, j], 3)
            out[:, i, j] = totals
    out = out + b
    return out


def local(draw, x, kernel, filters, *, b=False):
    """A case with an input of this shape, and weights of its own for each window that fits."""
    _, H, W, C = x
    OH, OW = H - kernel[0] + 1, W - kernel[1] + 1
    bias = draw.bias(OH, OW, filters) if b else np.zeros((OH, OW, filters))
    return case(draw.array(*x), draw.array(OH, OW, *kernel, C, filters), bias)


@locally_connected2d.requirement("one window", points=0.5)
def _(draw):
    yield local(draw, (1, 3, 2, 1), (3, 2), 1)
    yield local(draw, (1, 1, 1, 1), (1, 1), 1)


@locally_connected2d.requirement("weights of its own at each place", points=1)
def _(draw):
    yield local(draw, (1, draw.pick(4, 5), 3, 1), (2, 2), 1)
    yield local(draw, (1, 3, 5, 1), (2, 1), 1)
    yield local(draw, (1, 4, 4, 1), (2, 2), 1)


@locally_connected2d.requirement("channels and filters", points=0.5)
def _(draw):
    yield local(draw, (1, 4, 3, 3), (2, 2), 2)
    yield local(draw, (1, 3, 4, 2), (1, 3), 4)


@locally_connected2d.requirement("bias", points=0.5)
def _(draw):
    yield local(draw, (1, 3, 4, 2), (2, 2), 3, b=True)
    yield local(draw, (1, 4, 3, 1), (1, 1), 2, b=True)
    yield local(draw, (1, 3, 3, 1), (2, 2), 2, b=True)


@locally_connected2d.requirement("batch", points=0.25)
def _(draw):
    yield local(draw, (draw.pick(2, 3), 4, 5, 2), (3, 2), 3, b=True)


locally_connected2d.keeps_inputs(points=0.25)

locally_connected2d.bug(
    "weights_shared", "kernel = w[i, j, :, :, :, f]", "kernel = w[0, 0, :, :, :, f]",
    "All windows use the weights of the first one: that is a convolution. Here nothing is shared, and each position has its own filters.",
    ask="With which indices do you take the weights of output cell (i, j)?",
)
locally_connected2d.bug(
    "weights_of_the_last_place", "kernel = w[i, j, :, :, :, f]", "kernel = w[-1, -1, :, :, :, f]",
    "All windows use the weights of the last one: here nothing is shared, and each position has its own filters.",
    ask="With which indices do you take the weights of output cell (i, j)?",
)
locally_connected2d.bug(
    "weights_averaged", "kernel = w[i, j, :, :, :, f]", "kernel = w.mean(axis=(0, 1))[:, :, :, f]",
    "All windows use the mean of the weights of all positions: here nothing is shared, and each position has its own.",
    ask="With which indices do you take the weights of output cell (i, j)?",
)
locally_connected2d.bug(
    "weights_of_the_row", "kernel = w[i, j, :, :, :, f]", "kernel = w[i, 0, :, :, :, f]",
    "All windows of a row use the same weights: each column has its own too.",
    ask="With which indices do you take the weights of output cell (i, j)?",
)
locally_connected2d.bug(
    "weights_of_the_column", "kernel = w[i, j, :, :, :, f]", "kernel = w[0, j, :, :, :, f]",
    "All windows of a column use the same weights: each row has its own too.",
    ask="With which indices do you take the weights of output cell (i, j)?",
)
locally_connected2d.bug(
    "places_exchanged", "kernel = w[i, j, :, :, :, f]", "kernel = w[j, i, :, :, :, f]",
    "Output cell (i, j) uses the weights of (j, i): rows come first among the positions too.",
    ask="Which axis of w counts the rows of the output?",
    also=[{"kernel = w[i, j, :, :, :, f]": "kernel = w[j, i, :, :, :, f]", "b[i, j, f]": "b[j, i, f]"}],
)
locally_connected2d.bug(
    "biases_exchanged", "b[i, j, f]", "b[j, i, f]",
    "Output cell (i, j) uses the biases of (j, i): rows come first among the positions too.",
    ask="Which axis of b counts the rows of the output?",
)
locally_connected2d.bug(
    "bias_shared", "b[i, j, f]", "b[0, 0, f]",
    "All windows use the biases of the first one: here each position has its own biases too.",
    ask="How many axes does b have, and how many indices do you give it?",
)
locally_connected2d.bug("one_bias_for_all", "b[i, j, f]", "b[i, j, 0]", like=conv2d)
locally_connected2d.bug("biases_summed", "b[i, j, f]", "np.sum(b[i, j])", like=conv2d)
locally_connected2d.bug("bias_per_channel", "b[i, j, f]", "C * b[i, j, f]", like=conv2d)
locally_connected2d.bug("bias_per_product", "b[i, j, f]", "KH * KW * C * b[i, j, f]", like=conv2d)
locally_connected2d.bug(
    "bias_forgotten", "total += b[i, j, f]", "",
    also=[{"out = out + b": ""}],
    like=conv2d,
)
locally_connected2d.bug("bias_subtracted", "total += b[i, j, f]", "total -= b[i, j, f]", like=conv2d)
locally_connected2d.bug(
    "filter_turned", "kernel = w[i, j, :, :, :, f]", "kernel = w[i, j, ::-1, ::-1, :, f]",
    like=conv2d,
)
locally_connected2d.bug(
    "filter_upside_down", "kernel = w[i, j, :, :, :, f]", "kernel = w[i, j, ::-1, :, :, f]",
    like=conv2d,
)
locally_connected2d.bug(
    "filter_mirrored", "kernel = w[i, j, :, :, :, f]", "kernel = w[i, j, :, ::-1, :, f]",
    like=conv2d,
)
locally_connected2d.bug(
    "same_filter_for_all", "kernel = w[i, j, :, :, :, f]", "kernel = w[i, j, :, :, :, 0]",
    like=conv2d,
)
locally_connected2d.bug(
    "filters_summed", "kernel = w[i, j, :, :, :, f]", "kernel = np.sum(w[i, j], axis=3)",
    like=conv2d,
)
locally_connected2d.bug(
    "windows_side_by_side", "i : i + KH, j : j + KW", "i * KH : i * KH + KH, j * KW : j * KW + KW",
    "Your windows lie side by side: with stride 1 neighbouring windows are one cell apart and overlap.",
    ask="Which input row does output row 1 start at?",
    also=[{"i + k, j + m": "i * KH + k, j * KW + m"}],
)
locally_connected2d.bug(
    "window_does_not_move", "i : i + KH, j : j + KW", ":KH, :KW",
    "Your window never moves: each output cell has weights of its own *and* a window of its own.",
    ask="Which input row does output row 1 start at?",
)
locally_connected2d.bug(
    "width_from_height", "OH, OW, KH, KW, C, F = w.shape", "OH, _, KH, KW, C, F = w.shape\nOW = OH",
    like=conv2d,
)
locally_connected2d.bug(
    "height_from_width", "OH, OW, KH, KW, C, F = w.shape", "_, OW, KH, KW, C, F = w.shape\nOH = OW",
    like=conv2d,
)
locally_connected2d.bug(
    "first_channel_only", "np.sum(window * kernel)", "np.sum(window[:, :, 0] * kernel[:, :, 0])",
    like=conv2d,
)
locally_connected2d.bug(
    "last_channel_only",
    "total = np.sum(window * kernel)",
    "for c in range(C):\n    total = np.sum(window[:, :, c] * kernel[:, :, c])",
    like=conv2d,
)
locally_connected2d.bug(
    "last_product_only", "total += x[n", "total = x[n",
    also=[{"np.sum(window * kernel)": "(window * kernel)[-1, -1, -1]"}],
    like=conv2d,
)
locally_connected2d.bug(
    "channels_not_summed",
    {
        "np.zeros((N, OH, OW, F))": "np.zeros((N, OH, OW, C, F))",
        "np.sum(window * kernel)": "np.sum(window * kernel, axis=(0, 1))",
        "out[n, i, j, f]": "out[n, i, j, :, f]",
    },
    like=conv2d,
)
locally_connected2d.bug(
    "channels_averaged", "np.sum(window * kernel)", "np.sum(window * kernel) / C",
    like=conv2d,
)
locally_connected2d.bug(
    "window_averaged", "np.sum(window * kernel)", "np.mean(window * kernel)",
    like=conv2d,
)
locally_connected2d.bug(
    "only_first_image", "for n in range(N)", "for n in range(1)",
    also=[{"out[:, i, j] = totals": "out[0, i, j] = totals[0]"}],
    like=conv2d,
)
locally_connected2d.bug(
    "only_last_image", "for n in range(N)", "for n in range(N - 1, N)",
    also=[{"out[:, i, j] = totals": "out[-1, i, j] = totals[-1]"}],
    like=conv2d,
)
locally_connected2d.bug("first_image_for_all", "window = x[n", "window = x[0", like=conv2d)
locally_connected2d.bug("batch_summed", "window = x[n", "window = x[:", like=conv2d)
locally_connected2d.bug("output_transposed", "return out", "return out.transpose(0, 2, 1, 3)", like=conv2d)
locally_connected2d.bug("last_row_unfilled", "for i in range(OH)", "for i in range(OH - 1)", like=conv2d)
locally_connected2d.bug("last_column_unfilled", "for j in range(OW)", "for j in range(OW - 1)", like=conv2d)
locally_connected2d.bug("integer_buffer", "out[n, i, j, f] = total", "out[n, i, j, f] = int(total)", like=conv2d)
locally_connected2d.bug("relu_inside", "return out", "return np.maximum(out, 0.0)", like=conv2d)
locally_connected2d.common(modifies("x"), modifies("w", "weights_modified"), returns_nothing)
