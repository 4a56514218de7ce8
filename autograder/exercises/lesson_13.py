"""Keras and PyTorch: the same layers under other names, and in other orders."""

import numpy as np

from autograder.authoring import (
    FILTERS,
    MAPS,
    VOLUME,
    case,
    counting,
    exercise,
    modifies,
    returns_nothing,
    table,
)
from convlib.fast import conv2d
from convlib.shapes import same_padding

LESSON = "13_keras_and_pytorch"


# keras_parameters


def conv(filters, kernel, channels, size=32, bias=True):
    config = {
        "filters": filters,
        "kernel_size": kernel,
        "strides": [1, 1],
        "padding": "same",
        "use_bias": bias,
    }
    return {"class_name": "Conv2D", "config": config, "input_shape": [size, size, channels]}


def dense(units, inputs, bias=True):
    return {"class_name": "Dense", "config": {"units": units, "use_bias": bias}, "input_shape": [inputs]}


def pool(name, channels):
    without_window = name.startswith("Global") or name in ("Flatten", "ReLU")
    config = {} if without_window else {"pool_size": [2, 2], "strides": [2, 2]}
    return {"class_name": name, "config": config, "input_shape": [16, 16, channels]}


def small_layers():
    yield case(conv(1, [1, 1], 1, 4))
    yield case(conv(1, [2, 2], 1, 4))
    yield case(conv(1, [2, 2], 3, 4))
    yield case(conv(2, [2, 2], 3, 4))
    yield case(conv(2, [3, 2], 3, 5))
    yield case(conv(2, [2, 2], 3, 4, bias=False))
    yield case(dense(1, 1))
    yield case(dense(4, 2))
    yield case(dense(4, 2, bias=False))
    yield case(pool("MaxPooling2D", 3))
    yield case(pool("Flatten", 3))


def product(layer):
    """The count written out: 3·3·8·16 + 16 = 1168."""
    config, depth = layer["config"], layer["input_shape"][-1]
    if layer["class_name"] not in ("Conv2D", "Dense"):
        return "0"
    factors = [*config.get("kernel_size", ()), depth, config.get("filters") or config["units"]]
    biases = f" + {factors[-1]}" if config["use_bias"] else ""
    return f"{'·'.join(map(str, factors))}{biases} = {keras_parameters(layer)}"


@exercise(
    lesson=LESSON,
    examples=small_layers,
    show_work=product,
    hint=(
        'layer["class_name"] says what it is, layer["config"] how it was built, layer["input_shape"] what comes in.',
        "You have counted all of these in lesson 04.",
    ),
)
def keras_parameters(layer):
    kind = layer["class_name"]
    config = layer["config"]
    if kind == "Conv2D":
        rows, columns = config["kernel_size"]
        channels = layer["input_shape"][-1]
        filters = config["filters"]
        cells = rows * columns
        weights = cells * channels * filters
        biases = filters
    elif kind == "Dense":
        inputs = layer["input_shape"][-1]
        units = config["units"]
        weights = inputs * units
        biases = units
    else:
        weights = 0
        biases = 0
    if not config.get("use_bias"):
        biases = 0
    count = weights + biases
    return count


def layers(*several):
    """Several layers in one case: all of them must be right."""
    return table("keras_parameters", [case(layer) for layer in several])


@keras_parameters.requirement("Conv2D", points=0.75)
def _(draw):
    yield layers(
        conv(5, [5, 5], 3),
        conv(draw.pick(12, 16), [3, 3], draw.pick(7, 8), 14),
        conv(4, [3, 2], draw.pick(5, 6), 9),
    )


@keras_parameters.requirement("Dense", points=0.5)
def _(draw):
    yield layers(dense(4, 2), dense(draw.pick(6, 10), draw.pick(256, 300)), dense(1, 5))


@keras_parameters.requirement("without biases", points=0.25)
def _(draw):
    yield layers(conv(draw.pick(5, 6), [3, 3], 4, bias=False), dense(3, draw.pick(7, 9), bias=False))


@keras_parameters.requirement("layers that learn nothing", points=0.5)
def _(draw):
    yield layers(
        pool("MaxPooling2D", draw.pick(3, 8)),
        pool("AveragePooling2D", 4),
        pool("GlobalMaxPooling2D", 16),
        pool("Flatten", 2),
        pool("ReLU", 5),
    )


keras_parameters.bug(
    "channels_forgotten", "cells * channels * filters", "cells * filters",
    "The channels of a convolution do not count: a filter is as deep as its input. Keras takes the depth from the last number of the input shape.",
    ask="A 5×5 filter on an image with 3 channels: how many weights does it have?",
)
keras_parameters.bug(
    "height_for_channels", 'channels = layer["input_shape"][-1]', 'channels = layer["input_shape"][0]',
    "You take the first number of the input shape for the channels: Keras puts them last, (rows, columns, channels).",
    ask="Which number of [32, 32, 3] is the depth?",
)
keras_parameters.bug(
    "kernel_not_squared", "rows * columns", "rows",
    "The kernel counts with one side only: its window has rows times columns.",
    ask="How many cells does a 5×5 window have?",
)
keras_parameters.bug(
    "square_kernels_only", "rows * columns", "rows * rows",
    "The kernel's rows count for both sides: kernel_size is [rows, columns], and these can differ.",
    ask="How many cells does a window of 3 rows and 2 columns have?",
)
keras_parameters.bug(
    "kernel_columns_squared", "rows * columns", "columns * columns",
    "The kernel's columns count for both sides: kernel_size is [rows, columns], and these can differ.",
    ask="How many cells does a window of 3 rows and 2 columns have?",
)
keras_parameters.bug(
    "kernel_sides_added", "rows * columns", "rows + columns",
    "The kernel's sides are added: its window has rows times columns.",
    ask="How many cells does a 5×5 window have?",
)
keras_parameters.bug(
    "biases_forgotten", "weights + biases", "weights",
    "The biases do not count: a layer with use_bias has one for each filter or unit.",
    ask="How many biases do five filters have?",
)
keras_parameters.bug(
    "use_bias_ignored", 'if not config.get("use_bias"):\n    biases = 0', "",
    "You count biases where there are none: use_bias says whether a layer has any.",
    ask="Which entry of the config says that a layer has no biases?",
)
keras_parameters.bug(
    "conv_biases_forgotten", "biases = filters", "biases = 0",
    "The biases of a convolution do not count: each filter has one. The notes' (5×5)×3×5 is 375; with five biases it is 380.",
    ask="How many biases do five filters have?",
)
keras_parameters.bug(
    "dense_biases_forgotten", "biases = units", "biases = 0",
    "The biases of a dense layer do not count: each unit has one.",
    ask="How many biases do four units have?",
)
keras_parameters.bug(
    "one_conv_bias", "biases = filters", "biases = 1",
    "A convolution has one bias in your count: each filter has its own.",
    ask="How many biases do five filters have?",
)
keras_parameters.bug(
    "conv_bias_per_channel", "biases = filters", "biases = filters * channels",
    "You count a bias for each channel of each filter: a filter adds up all its channels, and then one bias.",
    ask="How many biases does one filter of 5×5×3 have?",
)
keras_parameters.bug(
    "conv_bias_per_cell", "biases = filters", 'biases = filters * np.prod(layer["input_shape"][:2])',
    "You count a bias for each cell of a map: the bias belongs to the filter, like its weights, and is shared.",
    ask="How many biases do five filters have, on a small image and on a large one?",
)
keras_parameters.bug(
    "pools_counted",
    "weights = 0",
    'weights = np.prod(config.get("pool_size", [0])) * layer["input_shape"][-1]',
    "Your pools have parameters: a pool learns nothing, its rule is fixed.",
    ask="What would training change in a maximum?",
)
keras_parameters.bug(
    "nothing_for_others", "weights = 0", "return None",
    "Your function returns None for layers without weights: their count is a number too, 0.",
    ask="What does model.summary() show for a pooling layer?",
)
keras_parameters.bug(
    "float_instead_of_count", "return count", "return float(count)",
    "Your count is a float: a number of parameters is an integer.",
    ask="Which of your operations makes a float out of integers?",
)
keras_parameters.bug(
    "one_bias_per_layer", {"biases = filters": "biases = 1", "biases = units": "biases = 1"},
    "Each layer has one bias in your count: every filter and every unit has its own.",
    ask="How many biases does a layer of five filters have?",
)
keras_parameters.common(returns_nothing)


# to_keras_weights, to_torch_weights


def small_filters():
    for shape in (
        (1, 1, 1, 1),
        (2, 1, 1, 1),
        (2, 2, 1, 1),
        (1, 1, 2, 1),
        (1, 1, 1, 2),
        (1, 2, 2, 1),
        (2, 1, 1, 2),
    ):
        yield case(counting(*shape), counting(shape[3]))


def filters_of(draw, *shapes):
    for shape in shapes:
        yield case(draw.array(*shape), draw.bias(shape[3]))


def filters_of_all_shapes(draw):
    yield from filters_of(draw, (3, 3, 2, draw.pick(4, 5)), (3, 2, 4, 5), (2, 3, 3, 2), (2, 2, 3, 3))


def filters_with_biases(draw):
    yield from filters_of(draw, (2, 2, 3, draw.pick(4, 6)), (1, 1, 2, 3))


@exercise(
    lesson=LESSON,
    examples=small_filters,
    axes={"w": FILTERS, "weights": FILTERS, "bias": ("filter",)},
    results=("weights", "bias"),
    hint="Compare the order of the axes with that of layer.kernel in the table above.",
)
def to_keras_weights(w, b):
    weights = w.copy()
    return [weights, b]


to_keras_weights.requirement("weights", points=1, cases=filters_of_all_shapes)
to_keras_weights.requirement("biases", points=0.75, result="bias", cases=filters_with_biases)
to_keras_weights.keeps_inputs(points=0.25)

to_keras_weights.bug(
    "torch_layout", "w.copy()", "w.transpose(3, 2, 0, 1)",
    "Your weights are in PyTorch's order, (filters, channels, rows, columns): Keras stores them as you do.",
    ask="In which order does layer.kernel.shape of Conv2D(5, (3, 2)) on 4 channels come?",
)
to_keras_weights.bug(
    "filters_first", "w.copy()", "w.transpose(3, 0, 1, 2)",
    "Your filters come first: in Keras they are the last axis, (rows, columns, channels, filters), as in your conv2d.",
    ask="In which order does layer.kernel.shape of Conv2D(5, (3, 2)) on 4 channels come?",
)
to_keras_weights.bug(
    "channels_and_filters_exchanged", "w.copy()", "w.transpose(0, 1, 3, 2)",
    "Channels and filters are swapped: in Keras the filters are the last axis.",
    ask="Which of the last two axes is as long as the layer has filters?",
)
to_keras_weights.bug(
    "rows_and_columns_exchanged", "w.copy()", "w.transpose(1, 0, 2, 3)",
    "Rows and columns of the window are swapped: Keras has rows first, as you do.",
    ask="In kernel_size=(3, 2), which number is the rows?",
)
to_keras_weights.bug(
    "flattened", "w.copy()", "w.reshape(-1, w.shape[3])",
    "Your weights have two axes: Keras keeps the window's four.",
    ask="How many axes does layer.kernel have?",
)
to_keras_weights.bug(
    "order_exchanged", "[weights, b]", "[b, weights]",
    "You return biases and weights in the wrong order: the weights come first.",
    ask="In which order does the docstring name them?",
)
to_keras_weights.bug(
    "bias_left_out", "[weights, b]", "[weights]",
    "The biases are missing: the layer has both.",
    ask="How many arrays does the layer ask for?",
)
to_keras_weights.bug(
    "weights_alone", "[weights, b]", "weights",
    "Your function returns one array: expected two, weights and biases.",
    ask="How many arrays does the layer ask for?",
)
to_keras_weights.bug(
    "bias_as_a_row", "[weights, b]", "[weights, b[np.newaxis, :]]",
    "Your biases have two axes, with one row: the layer keeps them as (filters,).",
    ask="How many axes does b have?",
)
to_keras_weights.bug(
    "filter_turned", "w.copy()", "w[::-1, ::-1]",
    "Your filters are rotated by 180°: Keras and PyTorch compute the cross-correlation, as you do.",
    ask="Does the layer lay its kernel on the window as it is, or rotated?",
)
to_keras_weights.common(modifies("w"), returns_nothing)


@exercise(
    lesson=LESSON,
    examples=small_filters,
    axes={"w": FILTERS, "weights": ("filter", "channel", "row", "column"), "bias": ("filter",)},
    results=("weights", "bias"),
    hint="w.transpose takes the old numbers of the axes, in their new order. Which old axis comes first?",
)
def to_torch_weights(w, b):
    weights = w.transpose(3, 2, 0, 1).copy()
    return [weights, b]


to_torch_weights.requirement("weights", points=1, cases=filters_of_all_shapes)
to_torch_weights.requirement("biases", points=0.75, result="bias", cases=filters_with_biases)
to_torch_weights.keeps_inputs(points=0.25)

to_torch_weights.bug(
    "unchanged", "w.transpose(3, 2, 0, 1)", "w",
    "Your weights are in Keras's order: PyTorch wants (filters, channels, rows, columns).",
    ask="Which axis of yours is as long as the layer has filters, and where does PyTorch look for it?",
)
to_torch_weights.bug(
    "reshaped_instead_of_transposed",
    "w.transpose(3, 2, 0, 1)",
    "w.reshape(w.shape[3], w.shape[2], w.shape[0], w.shape[1])",
    "The shape is right, but the numbers are in the wrong positions: reshape cuts the same sequence of numbers differently, it does not swap axes.",
    ask="What does np.arange(6).reshape(2, 3).reshape(3, 2) give, and what does .T give?",
)
to_torch_weights.bug(
    "all_axes_reversed", "w.transpose(3, 2, 0, 1)", "w.T",
    "All four axes are reversed, so rows and columns of the window are swapped too: they keep their order.",
    ask="Of (filters, channels, ?, ?), which comes third?",
)
to_torch_weights.bug(
    "channels_first", "w.transpose(3, 2, 0, 1)", "w.transpose(2, 3, 0, 1)",
    "Channels and filters are swapped: PyTorch has the filters first, then the channels.",
    ask="nn.Conv2d(3, 5, 2) has weights of the shape (5, 3, 2, 2): which is which?",
)
to_torch_weights.bug(
    "channels_last", "w.transpose(3, 2, 0, 1)", "w.transpose(3, 0, 1, 2)",
    "Your channels come last: PyTorch has (filters, channels, rows, columns).",
    ask="nn.Conv2d(3, 5, 2) has weights of the shape (5, 3, 2, 2): which is which?",
)
to_torch_weights.bug("order_exchanged", "[weights, b]", "[b, weights]", like=to_keras_weights)
to_torch_weights.bug("bias_left_out", "[weights, b]", "[weights]", like=to_keras_weights)
to_torch_weights.bug("weights_alone", "[weights, b]", "weights", like=to_keras_weights)
to_torch_weights.bug("bias_as_a_row", "[weights, b]", "[weights, b[np.newaxis, :]]", like=to_keras_weights)
to_torch_weights.bug("filter_turned", "w.transpose", "w[::-1, ::-1].transpose", like=to_keras_weights)
to_torch_weights.common(modifies("w"), returns_nothing)


# same_as_keras


def small_convolutions():
    for bias in (0.0, 1.0):
        for shape, (KH, KW, filters), strides, padding in (
            ((1, 2, 2, 1), (2, 2, 1), 1, "valid"),
            ((1, 2, 3, 1), (2, 2, 1), 1, "valid"),
            ((1, 2, 2, 1), (3, 3, 1), 1, "same"),
            ((1, 2, 2, 1), (2, 2, 1), 1, "same"),
            ((1, 2, 2, 1), (1, 2, 1), 1, "same"),
            ((1, 4, 4, 1), (2, 2, 1), 2, "valid"),
            ((1, 4, 4, 1), (3, 3, 1), 2, "same"),
            ((1, 2, 2, 2), (2, 2, 1), 1, "valid"),
            ((2, 2, 2, 1), (2, 2, 2), 1, "valid"),
        ):
            w = np.ones((KH, KW, shape[3], filters)) * counting(KH, KW, 1, 1)
            yield case(counting(*shape), w, bias * counting(filters), strides, padding)


@exercise(
    lesson=LESSON,
    examples=small_convolutions,
    axes={"x": VOLUME, "w": FILTERS, "b": ("filter",), "": MAPS},
    hint=(
        'For "same": your same_padding, once for the rows and once for the columns. Then your conv2d without padding.',
        "np.pad takes a pair for each axis: (before, after).",
    ),
)
def same_as_keras(x, w, b, strides, padding):
    H, W = x.shape[1:3]
    KH, KW = w.shape[:2]
    rows, columns = (0, 0), (0, 0)
    if padding == "same":
        rows = same_padding(H, KH, strides)
        columns = same_padding(W, KW, strides)
    widths = ((0, 0), rows, columns, (0, 0))
    padded = np.pad(x, widths)
    return conv2d(padded, w, b, strides)


@same_as_keras.way
def same_as_keras_in_loops(x, w, b, strides, padding):
    H, W = x.shape[1:3]
    KH, KW = w.shape[:2]
    rows, columns = (0, 0), (0, 0)
    if padding == "same":
        rows = same_padding(H, KH, strides)
        columns = same_padding(W, KW, strides)
    widths = ((0, 0), rows, columns, (0, 0))
    padded = np.pad(x, widths)
    OH = (padded.shape[1] - KH) // strides + 1
    OW = (padded.shape[2] - KW) // strides + 1
    out = np.zeros((len(x), OH, OW, len(b)))
    for i in range(OH):
        for j in range(OW):
            top, left = i * strides, j * strides
            window = padded[:, top : top + KH, left : left + KW]
            total = np.tensordot(window, w, 3)
            scores = total + b
            out[:, i, j] = scores
    return out


def through_keras(draw, *rows):
    for shape, (KH, KW, filters), strides, padding in rows:
        w = draw.array(KH, KW, shape[3], filters)
        yield case(draw.array(*shape, shift=-0.3), w, draw.bias(filters), strides, padding)


@same_as_keras.requirement("valid", points=0.75)
def _(draw):
    yield from through_keras(
        draw,
        ((2, draw.pick(6, 7), 5, 3), (3, 2, 4), 1, "valid"),
        ((1, 6, 9, 2), (2, 3, 3), 2, "valid"),
        ((2, 9, 6, 1), (1, 1, 2), 3, "valid"),
    )


@same_as_keras.requirement("same, odd kernel, stride 1", points=0.75)
def _(draw):
    yield from through_keras(
        draw,
        ((2, 5, draw.pick(6, 7), 2), (3, 3, 3), 1, "same"),
        ((1, 7, 4, 1), (3, 1, 2), 1, "same"),
    )


@same_as_keras.requirement("same, even kernel", points=0.5)
def _(draw):
    yield from through_keras(
        draw,
        ((1, draw.pick(5, 6), 4, 2), (2, 2, 3), 1, "same"),
        ((2, 4, 7, 1), (2, 4, 2), 1, "same"),
    )


@same_as_keras.requirement("same, stride larger than one", points=0.75)
def _(draw):
    yield from through_keras(
        draw,
        ((1, 6, 8, 2), (3, 3, 3), 2, "same"),
        ((1, 6, 7, 1), (3, 3, 2), 2, "same"),
        ((2, draw.pick(7, 9), 10, 1), (3, 2, 2), 2, "same"),
        ((1, 10, 7, 3), (4, 3, 2), 3, "same"),
    )


same_as_keras.keeps_inputs(points=0.25)

same_as_keras.bug(
    "filter_turned", "window, w, 3", "window, w[::-1, ::-1], 3",
    "Your filter is rotated by 180° (a true convolution): Keras computes the cross-correlation, which lays the filter on the window as it is.",
    ask="Which weight meets the upper left pixel of the window?",
)
same_as_keras.bug(
    "filter_transposed",
    "conv2d(padded, w, b, strides)",
    "conv2d(padded, w.transpose(1, 0, 2, 3), b, strides)",
    "Rows and columns of your filter are swapped: a weight meets the pixel on the other side of the diagonal.",
    ask="A filter of 3 rows and 2 columns: how many rows does the window have that you take?",
    also=[{"window, w, 3": "window, w.transpose(1, 0, 2, 3), 3"}],
)
same_as_keras.bug(
    "window_one_short", "np.tensordot(window, w, 3)", "np.tensordot(window[:, :-1, :-1], w[:-1, :-1], 3)",
    "Your window lacks its last row and its last column: a slice already leaves out its end.",
    ask="How many cells does a[2:2 + 3 - 1] hold?",
)
same_as_keras.bug(
    "first_channel_only", "np.tensordot(window, w, 3)", "np.tensordot(window[..., 0], w[:, :, 0], 2)",
    "Your filter looks at channel 0 only: a filter is local in rows and columns, and looks at all the channels.",
    ask="How many products does one window of an image with 3 channels need?",
)
same_as_keras.bug(
    "last_channel_only", "np.tensordot(window, w, 3)", "np.tensordot(window[..., -1], w[:, :, -1], 2)",
    "Only the last channel counts: each channel overwrites the one before it, where they should be added up.",
    ask="What does your sum hold after the first channel, and what after the second?",
)
same_as_keras.bug(
    "channels_averaged", "np.tensordot(window, w, 3)", "np.tensordot(window, w, 3) / x.shape[3]",
    "The channels are averaged: they should be added up, as rows and columns are.",
    ask="The window is all twos, the filter all ones, with 3 channels of 2×2: what is the sum?",
)
same_as_keras.bug(
    "window_averaged", "np.tensordot(window, w, 3)", "np.tensordot(window, w, 3) / window[0].size",
    "Your result is the mean of the products: a filter adds them up. With the mean, a larger filter would count for less.",
    ask="The window is all twos, the filter all ones, with 3 channels of 2×2: what is the sum?",
)
same_as_keras.bug(
    "bias_forgotten", "total + b", "total",
    "The bias is missing: after the sum, each filter adds its own number.",
    ask="What comes out where the whole input is 0?",
)
same_as_keras.bug(
    "bias_subtracted", "total + b", "total - b",
    "The bias is subtracted: it should be added. (A threshold would be subtracted; the bias is a threshold with the opposite sign.)",
    ask="What comes out where the whole input is 0?",
)
same_as_keras.bug(
    "one_bias_for_all", "total + b", "total + b[0]",
    "All filters use the bias of filter 0: each filter has its own.",
    ask="Where is b indexed, and with which index?",
)
same_as_keras.bug(
    "biases_summed", "total + b", "total + b.sum()",
    "Every filter adds all the biases: each has its own, one number.",
    ask="What comes out of filter 0 where the whole input is 0?",
)
same_as_keras.bug(
    "bias_per_channel", "total + b", "total + x.shape[3] * b",
    "The bias is added once for each channel: it belongs to the filter, and is added once.",
    ask="Is the line that adds the bias inside the loop over channels, or after it?",
)
same_as_keras.bug(
    "window_start_ignores_stride", "i * strides, j * strides", "i, j",
    "Your stride changes the size of the output, but not where the windows start.",
    ask="Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.",
)
same_as_keras.bug(
    "stride_ignored", "conv2d(padded, w, b, strides)", "conv2d(padded, w, b)",
    "Your stride changes nothing: the windows start at every cell, and the output is as large as with stride 1.",
    ask="Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.",
    also=[
        {
            "(padded.shape[1] - KH) // strides": "padded.shape[1] - KH",
            "(padded.shape[2] - KW) // strides": "padded.shape[2] - KW",
            "i * strides, j * strides": "i, j",
        },
    ],
)
same_as_keras.bug(
    "stride_on_rows_only", "i * strides, j * strides", "i * strides, j",
    "Your stride holds for rows only: along the columns the windows still move one cell at a time.",
    ask="Which input column does output column j start at? Say it for j = 0, 1, 2.",
    also=[
        {
            "(padded.shape[2] - KW) // strides": "padded.shape[2] - KW",
            "i * strides, j * strides": "i * strides, j",
        },
    ],
)
same_as_keras.bug(
    "stride_on_columns_only", "i * strides, j * strides", "i, j * strides",
    "Your stride holds for columns only: along the rows the windows still move one cell at a time.",
    ask="Which input row does output row i start at? Say it for i = 0, 1, 2.",
    also=[
        {
            "(padded.shape[1] - KH) // strides": "padded.shape[1] - KH",
            "i * strides, j * strides": "i, j * strides",
        },
    ],
)
same_as_keras.bug(
    "size_plus_one_missing",
    {"- KH) // strides + 1": "- KH) // strides", "- KW) // strides + 1": "- KW) // strides"},
    "Your output is one row and one column short: it counts the steps between windows, and there is one more window than steps.",
    ask="Put a filter as large as the input on it: how many windows are there?",
)
same_as_keras.bug(
    "same_filter_for_all", "window, w, 3", "window, w[..., :1], 3",
    "All maps come from filter 0: each map has a filter of its own.",
    ask="Which axis of w counts the filters?",
)
same_as_keras.bug(
    "only_first_image", "out[:, i, j] = scores", "out[0, i, j] = scores[0]",
    "Only image 0 is computed; the others stay 0.",
    ask="Which loop is missing, or is ended by a return inside it?",
    also=[{"out[:, i, j] = scores": "out[0, i, j] = total[0]", "return out": "return out + b"}],
)
same_as_keras.bug(
    "only_last_image", "out[:, i, j] = scores", "out[-1, i, j] = scores[-1]",
    "Only the last image is there: each image overwrites the one before it, or the loop over images ends before anything is written.",
    ask="Which axis of the output counts the images?",
    also=[{"out[:, i, j] = scores": "out[-1, i, j] = total[-1]", "return out": "return out + b"}],
)
same_as_keras.bug(
    "last_row_unfilled", "range(OH)", "range(OH - 1)",
    "The last row of your output stays 0: your loop over rows ends one too early.",
    ask="Which numbers does range(OH − 1) give?",
)
same_as_keras.bug(
    "last_column_unfilled", "range(OW)", "range(OW - 1)",
    "The last column of your output stays 0: your loop over columns ends one too early.",
    ask="Which numbers does range(OW − 1) give?",
)
same_as_keras.bug(
    "output_transposed", "return out", "return out.transpose(0, 2, 1, 3)",
    "Your output lies on its side: each value is at (j, i) where it belongs at (i, j).",
    ask="In which order do you index the output?",
    also=[{"out[:, i, j] = ": "out[:, j, i] = "}],
)
same_as_keras.bug(
    "integer_buffer", "return out", "return np.trunc(out)",
    "Everything after the decimal point is lost: an array of integers cannot hold your results.",
    ask="What is the dtype of your output array?",
    also=[{"np.tensordot(window, w, 3)": "np.tensordot(window, w, 3).astype(int)"}],
)
same_as_keras.bug(
    "relu_inside", "return out", "return np.maximum(out, 0.0)",
    "Your negative values are 0: the activation is a layer of its own, and comes after the convolution.",
    ask="Does the formula of this function contain a max?",
)
same_as_keras.common(modifies("x"), returns_nothing)
same_as_keras.bug(
    "same_half_kernel_on_both_sides",
    {
        "same_padding(H, KH, strides)": "((KH - 1) // 2, (KH - 1) // 2)",
        "same_padding(W, KW, strides)": "((KW - 1) // 2, (KW - 1) // 2)",
    },
    'Your "same" puts half a kernel on both sides: that is right only for odd kernels with stride 1. Keras adds what the last window lacks, and that can be odd.',
    ask="With 6 rows, a kernel of 3 and stride 2, three windows are needed: where does the last one end?",
    also=[
        {
            "same_padding(H, KH, strides)": "(KH // 2, KH // 2)",
            "same_padding(W, KW, strides)": "(KW // 2, KW // 2)",
        },
    ],
)
same_as_keras.bug(
    "same_larger_half_first",
    {
        "same_padding(H, KH, strides)": "same_padding(H, KH, strides)[::-1]",
        "same_padding(W, KW, strides)": "same_padding(W, KW, strides)[::-1]",
    },
    "The odd zero comes before the input: Keras puts it after, below and to the right.",
    ask="If one zero is needed in all, does it come before or after?",
)
same_as_keras.bug(
    "same_ignores_stride",
    {
        "same_padding(H, KH, strides)": "same_padding(H, KH)",
        "same_padding(W, KW, strides)": "same_padding(W, KW)",
    },
    'Your "same" pads as for stride 1: with a larger stride fewer windows are needed, and so are fewer zeros.',
    ask="With 6 rows, a kernel of 3 and stride 2, three windows are needed: where does the last one end?",
)
same_as_keras.bug(
    "same_is_valid", "np.pad(x, widths)", "x",
    'Your "same" adds no zeros: the output is then smaller than the input.',
    ask="Which of your lines looks at the value of padding?",
)
same_as_keras.bug(
    "valid_is_same", 'if padding == "same":', "if padding:",
    'Your "valid" adds zeros: every window must lie inside the image there.',
    ask="Which of your lines looks at the value of padding?",
)
same_as_keras.bug(
    "same_all_behind",
    {
        "same_padding(H, KH, strides)": "(0, sum(same_padding(H, KH, strides)))",
        "same_padding(W, KW, strides)": "(0, sum(same_padding(W, KW, strides)))",
    },
    'All the zeros of your "same" are below and to the right: they belong on both sides, as evenly as possible.',
    ask="How are four zeros split between two sides?",
)
same_as_keras.bug(
    "same_columns_from_height", "same_padding(W, KW, strides)", "same_padding(H, KW, strides)",
    "The zeros left and right are computed from the image's height: they follow from its width.",
    ask="Which axis of x counts the columns?",
)
same_as_keras.bug(
    "same_rows_from_width", "same_padding(H, KH, strides)", "same_padding(W, KH, strides)",
    "The zeros above and below are computed from the image's width: they follow from its height.",
    ask="Which axis of x counts the rows?",
)
same_as_keras.bug(
    "same_rows_for_both", "rows, columns, (0, 0))", "rows, rows, (0, 0))",
    "Left and right get as many zeros as above and below: the columns need a number of their own.",
    ask="With a kernel of 3 rows and 1 column, how many zeros does a row of the image need?",
)
same_as_keras.bug(
    "same_sides_exchanged", "rows, columns, (0, 0))", "columns, rows, (0, 0))",
    "The zeros for the rows are put left and right, and those for the columns above and below.",
    ask="Which pair of np.pad belongs to axis 1, and does axis 1 count rows or columns?",
)
same_as_keras.bug(
    "frame_of_ones", "np.pad(x, widths)", "np.pad(x, widths, constant_values=1.0)",
    "Your frame is filled with ones: zeros add nothing to a sum, ones add the filter's weights.",
    ask="What does a window that lies half on the frame add up?",
)
same_as_keras.bug(
    "valid_and_same_swapped", 'padding == "same"', 'padding == "valid"',
    'The zeros are added for "valid" and left out for "same": it is the other way round.',
    ask="Which of the two words means that only windows inside the image count?",
)
same_as_keras.bug(
    "bias_per_pixel", "scores = total + b", "scores = total + KH * KW * b",
    "The bias is added once for each pixel of the window: it belongs to the filter, and is added once.",
    ask="Is the line that adds the bias inside the loop over the window, or after it?",
    also=[{"conv2d(padded, w, b, strides)": "conv2d(padded, w, KH * KW * b, strides)"}],
)
