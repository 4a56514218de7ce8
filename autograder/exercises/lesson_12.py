"""Keras and PyTorch: the same layers under other names, and in other orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.exercises.model import (
    FILTERS,
    INPUTS_KEPT,
    MAPS,
    VOLUME,
    Array,
    Bug,
    Call,
    Case,
    Draw,
    Exercise,
    Part,
    case,
    variants,
)
from autograder.exercises.wrong_convolutions import BUGS, convolution, remade, texts
from convlib.shapes import same_padding

LESSON = "12_keras_and_pytorch"

Layer = dict[str, Any]


# keras_parameters


def _conv(filters: int, kernel: list[int], channels: int, size: int = 32, bias: bool = True) -> Layer:
    config = {
        "filters": filters,
        "kernel_size": kernel,
        "strides": [1, 1],
        "padding": "same",
        "use_bias": bias,
    }
    return {"class_name": "Conv2D", "config": config, "input_shape": [size, size, channels]}


def _dense(units: int, inputs: int, bias: bool = True) -> Layer:
    return {"class_name": "Dense", "config": {"units": units, "use_bias": bias}, "input_shape": [inputs]}


def _pool(name: str, channels: int) -> Layer:
    config = (
        {}
        if name.startswith("Global") or name in ("Flatten", "ReLU")
        else {"pool_size": [2, 2], "strides": [2, 2]}
    )
    return {"class_name": name, "config": config, "input_shape": [16, 16, channels]}


def _count_variant(
    window: Callable[[list[int]], int] = math.prod,
    depth: Callable[[Layer], int] = lambda layer: layer["input_shape"][-1],
    conv_biases: Callable[[Layer, int], int] = lambda layer, channels: layer["config"]["filters"],
    dense_biases: Callable[[Layer], int] = lambda layer: layer["config"]["units"],
    biased: Callable[[Layer], bool] = lambda layer: layer["config"]["use_bias"],
    others: Callable[[Layer], Any] = lambda layer: 0,
    dense_weights: Callable[[Layer], int] = lambda layer: layer["input_shape"][-1] * layer["config"]["units"],
    result: Callable[[Any], Any] = lambda count: count,
) -> Callable[..., Any]:
    def keras_parameters(layer: Layer) -> Any:
        config = layer["config"]
        if layer["class_name"] == "Conv2D":
            channels = depth(layer)
            weights = window(config["kernel_size"]) * channels * config["filters"]
            return result(weights + (conv_biases(layer, channels) if biased(layer) else 0))
        if layer["class_name"] == "Dense":
            return result(dense_weights(layer) + (dense_biases(layer) if biased(layer) else 0))
        return result(others(layer))

    return keras_parameters


def _product(layer: Layer) -> str:
    """The count written out: 3·3·8·16 + 16 = 1168."""
    config, depth = layer["config"], layer["input_shape"][-1]
    if layer["class_name"] not in ("Conv2D", "Dense"):
        return "0"
    factors = [*config.get("kernel_size", ()), depth, config.get("filters") or config["units"]]
    biases = f" + {factors[-1]}" if config["use_bias"] else ""
    return f"{'·'.join(map(str, factors))}{biases} = {_count_variant()(layer)}"


def _layers(*layers: Layer) -> Case:
    """Several layers in one case: all of them must be right."""
    first, *rest = layers
    return Case((first,), {}, tuple(Call("keras_parameters", (layer,)) for layer in rest))


KERAS_PARAMETERS = Exercise(
    id="keras_parameters",
    lesson=LESSON,
    signature="keras_parameters(layer)",
    reference=_count_variant(),
    parts=(
        Part(
            "Conv2D",
            0.75,
            lambda draw: [
                _layers(
                    _conv(5, [5, 5], 3),
                    _conv(draw.pick(12, 16), [3, 3], draw.pick(7, 8), 14),
                    _conv(4, [3, 2], draw.pick(5, 6), 9),
                )
            ],
        ),
        Part(
            "Dense",
            0.5,
            lambda draw: [_layers(_dense(4, 2), _dense(draw.pick(6, 10), draw.pick(256, 300)), _dense(1, 5))],
        ),
        Part(
            "without biases",
            0.25,
            lambda draw: [
                _layers(_conv(draw.pick(5, 6), [3, 3], 4, bias=False), _dense(3, draw.pick(7, 9), bias=False))
            ],
        ),
        Part(
            "layers that learn nothing",
            0.5,
            lambda draw: [
                _layers(
                    _pool("MaxPooling2D", draw.pick(3, 8)),
                    _pool("AveragePooling2D", 4),
                    _pool("GlobalMaxPooling2D", 16),
                    _pool("Flatten", 2),
                    _pool("ReLU", 5),
                )
            ],
        ),
    ),
    catalogue=variants(
        _count_variant,
        {
            "channels_forgotten": (
                {"depth": lambda layer: 1},
                """The channels of a convolution do not count: a filter is as deep as its input. Keras knows the depth from the input
                shape, the last number.

                A 5×5 filter on a picture with 3 channels: how many weights has it?""",
            ),
            "height_for_channels": (
                {"depth": lambda layer: layer["input_shape"][0]},
                """You take the first number of the input shape for the channels: Keras puts them last, (rows, columns, channels).

                Which number of [32, 32, 3] is the depth?""",
            ),
            "kernel_not_squared": (
                {"window": lambda kernel: kernel[0]},
                """The kernel counts with one side only: its window has rows times columns.

                How many cells has a 5×5 window?""",
            ),
            "square_kernels_only": (
                {"window": lambda kernel: kernel[0] ** 2},
                """The kernel's rows count for both sides: kernel_size is [rows, columns], and these can differ.

                How many cells has a window of 3 rows and 2 columns?""",
            ),
            "kernel_columns_squared": (
                {"window": lambda kernel: kernel[1] ** 2},
                """The kernel's columns count for both sides: kernel_size is [rows, columns], and these can differ.

                How many cells has a window of 3 rows and 2 columns?""",
            ),
            "kernel_sides_added": (
                {"window": sum},
                """The kernel's sides are added: its window has rows times columns.

                How many cells has a 5×5 window?""",
            ),
            "biases_forgotten": (
                {"biased": lambda layer: False},
                """The biases do not count: a layer with use_bias has one for each filter or unit.

                How many biases have five filters?""",
            ),
            "use_bias_ignored": (
                {"biased": lambda layer: True},
                """You count biases where there are none: use_bias says whether a layer has any.

                Which entry of the config says that a layer has no biases?""",
            ),
            "conv_biases_forgotten": (
                {"conv_biases": lambda layer, channels: 0},
                """The biases of a convolution do not count: each filter has one. The notes' (5×5)×3×5 is 375; with five biases it is 380.

                How many biases have five filters?""",
            ),
            "dense_biases_forgotten": (
                {"dense_biases": lambda layer: 0},
                """The biases of a dense layer do not count: each unit has one.

                How many biases have four units?""",
            ),
            "one_conv_bias": (
                {"conv_biases": lambda layer, channels: 1},
                """A convolution has one bias in your count: each filter has its own.

                How many biases have five filters?""",
            ),
            "conv_bias_per_channel": (
                {"conv_biases": lambda layer, channels: layer["config"]["filters"] * channels},
                """You count a bias for each channel of each filter: a filter adds up all its channels, and then one bias.

                How many biases has one filter of 5×5×3?""",
            ),
            "conv_bias_per_cell": (
                {
                    "conv_biases": lambda layer, channels: (
                        layer["config"]["filters"] * math.prod(layer["input_shape"][:2])
                    )
                },
                """You count a bias for each cell of a map: the bias belongs to the filter, like its weights, and is shared.

                How many biases have five filters, on a small picture and on a large one?""",
            ),
            "pools_counted": (
                {
                    "others": lambda layer: (
                        math.prod(layer["config"].get("pool_size", [0])) * layer["input_shape"][-1]
                    )
                },
                """Your pools have parameters: a pool learns nothing, its rule is fixed.

                What would training change in a maximum?""",
            ),
            "nothing_for_others": (
                {"others": lambda layer: None},
                """For layers without weights nothing comes back: their count is a number too, 0.

                What does model.summary() show for a pooling layer?""",
            ),
            "float_instead_of_count": (
                {"result": lambda count: float(count)},
                """Your count is a float: a number of parameters is a whole number.

                Which operation of yours makes a float out of whole numbers?""",
            ),
            "returns_nothing": ({"result": lambda count: None}, texts("returns_nothing")),
        },
    ),
    small=lambda: (
        case(layer)
        for layer in (
            _conv(1, [1, 1], 1, 4),
            _conv(1, [2, 2], 1, 4),
            _conv(1, [2, 2], 3, 4),
            _conv(2, [2, 2], 3, 4),
            _conv(2, [3, 2], 3, 5),
            _conv(2, [2, 2], 3, 4, bias=False),
            _dense(1, 1),
            _dense(4, 2),
            _dense(4, 2, bias=False),
            _pool("MaxPooling2D", 3),
            _pool("Flatten", 3),
        )
    ),
    worked=_product,
    hints=(
        'layer["class_name"] says what it is, layer["config"] how it was built, layer["input_shape"] what comes in.',
        "You have counted all of these in lesson 04.",
    ),
)


# to_keras_weights, to_torch_weights


def _weights_variant(
    kernel: Callable[[Array], Any],
    bias: Callable[[Array], Any] = lambda b: b,
    result: Callable[..., Any] = lambda kernel, bias, w, b: [kernel, bias],
) -> Callable[..., Any]:
    def weights(w: Array, b: Array) -> Any:
        return result(np.array(kernel(w)), bias(b), w, b)

    return weights


def _w_written(kernel: Any, bias: Any, w: Array, b: Array) -> Any:
    w[0] = 0.0
    return [kernel, bias]


_LISTS: dict[str, tuple[Any, ...]] = {
    "order_exchanged": (
        {"result": lambda kernel, bias, w, b: [bias, kernel]},
        """Weights and biases come back in each other's place: the weights come first.

        In which order does the docstring name them?""",
    ),
    "bias_left_out": (
        {"result": lambda kernel, bias, w, b: [kernel]},
        """The biases are missing: the layer has both.

        How many arrays does the layer ask for?""",
    ),
    "weights_alone": (
        {"result": lambda kernel, bias, w, b: kernel},
        """One array comes back: two are due, weights and biases.

        How many arrays does the layer ask for?""",
    ),
    "bias_as_a_row": (
        {"bias": lambda b: b[None, :]},
        """Your biases are a table with one row: the layer keeps them as (filters,).

        How many axes has b?""",
    ),
    "filter_turned": (
        {"result": lambda kernel, bias, w, b: [_turned_like(kernel, w), bias]},
        """Your filters are turned by 180°: Keras and PyTorch compute the cross-correlation, as you do.

        Would a framework that turned its filters be told apart by its name?""",
    ),
    "input_modified": (
        {"result": _w_written},
        """Your function does more than return its result: it writes into w, which belongs to the caller.

        Whoever calls you twice with the same w: what do they get the second time?""",
    ),
    "returns_nothing": ({"result": lambda kernel, bias, w, b: None}, texts("returns_nothing")),
}


def _turned_like(kernel: Array, w: Array) -> Array:
    """Turn rows and columns of the window, wherever the layout has them."""
    axes = (2, 3) if kernel.shape == w.transpose(3, 2, 0, 1).shape else (0, 1)
    return np.flip(kernel, axes)


def _filters(draw: Draw, *shapes: tuple[int, int, int, int]) -> list[Case]:
    return [case(draw.array(*shape), draw.bias(shape[3])) for shape in shapes]


def _layout_parts() -> tuple[Part, ...]:
    return (
        Part(
            "weights",
            1,
            lambda draw: _filters(draw, (3, 3, 2, draw.pick(4, 5)), (3, 2, 4, 5), (2, 3, 3, 2), (2, 2, 3, 3)),
        ),
        Part("biases", 0.75, lambda draw: _filters(draw, (2, 2, 3, draw.pick(4, 6)), (1, 1, 2, 3)), "bias"),
        Part(INPUTS_KEPT, 0.25),
    )


def _small_filters() -> Iterator[Case]:
    for shape in (
        (1, 1, 1, 1),
        (2, 1, 1, 1),
        (2, 2, 1, 1),
        (1, 1, 2, 1),
        (1, 1, 1, 2),
        (1, 2, 2, 1),
        (2, 1, 1, 2),
    ):
        yield case(1.0 + np.arange(np.prod(shape), dtype=float).reshape(shape), 1.0 + np.arange(shape[3]))


TO_KERAS_WEIGHTS = Exercise(
    id="to_keras_weights",
    lesson=LESSON,
    signature="to_keras_weights(w, b)",
    reference=lambda w, b: [w, b],
    parts=_layout_parts(),
    catalogue=variants(
        lambda kernel=lambda w: w, **settings: _weights_variant(kernel, **settings),
        {
            "torch_layout": (
                {"kernel": lambda w: w.transpose(3, 2, 0, 1)},
                """Your weights are in PyTorch's order, (filters, channels, rows, columns): Keras stores them as you do.

                In which order does layer.kernel.shape of Conv2D(5, (3, 2)) on 4 channels come?""",
            ),
            "filters_first": (
                {"kernel": lambda w: w.transpose(3, 0, 1, 2)},
                """Your filters come first: in Keras they are the last axis, (rows, columns, channels, filters), as in your conv2d.

                In which order does layer.kernel.shape of Conv2D(5, (3, 2)) on 4 channels come?""",
            ),
            "channels_and_filters_exchanged": (
                {"kernel": lambda w: w.transpose(0, 1, 3, 2)},
                """Channels and filters are exchanged: in Keras the filters are the last axis.

                Which of the two last axes is as long as the layer has filters?""",
            ),
            "rows_and_columns_exchanged": (
                {"kernel": lambda w: w.transpose(1, 0, 2, 3)},
                """Rows and columns of the window are exchanged: Keras has rows first, as you do.

                Of kernel_size=(3, 2), which number is the rows?""",
            ),
            "flattened": (
                {"kernel": lambda w: w.reshape(-1, w.shape[3])},
                """Your weights are a table: Keras keeps the window's four axes.

                How many axes has layer.kernel?""",
            ),
            **_LISTS,
        },
    ),
    small=_small_filters,
    axes={"w": FILTERS, "weights": FILTERS, "bias": ("filter",)},
    results=("weights", "bias"),
    hints=("Compare the order of axes with that of layer.kernel in the table above.",),
)

TO_TORCH_WEIGHTS = Exercise(
    id="to_torch_weights",
    lesson=LESSON,
    signature="to_torch_weights(w, b)",
    reference=lambda w, b: [w.transpose(3, 2, 0, 1), b],
    parts=_layout_parts(),
    catalogue=variants(
        lambda kernel=lambda w: w.transpose(3, 2, 0, 1), **settings: _weights_variant(kernel, **settings),
        {
            "unchanged": (
                {"kernel": lambda w: w},
                """Your weights are in Keras's order: PyTorch wants (filters, channels, rows, columns).

                Which axis of yours is as long as the layer has filters, and where does PyTorch look for it?""",
            ),
            "reshaped_instead_of_transposed": (
                {"kernel": lambda w: w.reshape(w.shape[3], w.shape[2], w.shape[0], w.shape[1])},
                """The shape is right, but the numbers stand in the wrong places: reshape cuts the row of numbers anew, it does not
                exchange axes.

                What does np.arange(6).reshape(2, 3).reshape(3, 2) give, and what does .T give?""",
            ),
            "all_axes_reversed": (
                {"kernel": lambda w: w.T},
                """All four axes are reversed: rows and columns of the window are exchanged with them. They stay in their order.

                Of (filters, channels, ?, ?), which comes third?""",
            ),
            "channels_first": (
                {"kernel": lambda w: w.transpose(2, 3, 0, 1)},
                """Channels and filters are exchanged: PyTorch has the filters first, then the channels.

                nn.Conv2d(3, 5, 2) has weights of the shape (5, 3, 2, 2): which is which?""",
            ),
            "channels_last": (
                {"kernel": lambda w: w.transpose(3, 0, 1, 2)},
                """Your channels come last: PyTorch has (filters, channels, rows, columns).

                nn.Conv2d(3, 5, 2) has weights of the shape (5, 3, 2, 2): which is which?""",
            ),
            **_LISTS,
        },
    ),
    small=_small_filters,
    axes={"w": FILTERS, "weights": ("filter", "channel", "row", "column"), "bias": ("filter",)},
    results=("weights", "bias"),
    hints=("w.transpose takes the old numbers of the axes, in their new order. Which old axis comes first?",),
)


# same_as_keras


def _keras_pads(k: int, stride: int, n: int) -> tuple[int, int]:
    return same_padding(n, k, stride)


def _framed(
    pads: Callable[[int, int, int], tuple[int, int]] = _keras_pads,
    valid_pads: Callable[[int, int, int], tuple[int, int]] = lambda k, stride, n: (0, 0),
    value: float = 0.0,
    cells: Callable[[int, int], tuple[int, int]] = lambda H, W: (H, W),
    frame: Callable[[Any, Any], tuple[Any, Any]] = lambda rows, columns: (rows, columns),
    **settings: Any,
) -> Callable[..., Any]:
    """Keras's convolution: the frame that the padding asks for, then a convolution without padding."""
    conv = convolution(**settings)

    def same_as_keras(x: Array, w: Array, b: Array, strides: int, padding: str) -> Any:
        rule = pads if padding == "same" else valid_pads
        sides = zip(w.shape[:2], cells(*x.shape[1:3]), strict=True)
        rows, columns = frame(*(rule(k, strides, n) for k, n in sides))
        framed = np.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=value)
        before = framed.copy()
        out = conv(framed, w, b, strides, 0)
        if not np.array_equal(before, framed):
            x[:, 0] = 0.0
        return out

    return same_as_keras


_WITHOUT_PADDING = {
    "filter_turned",
    "filter_transposed",
    "window_one_short",
    "first_channel_only",
    "last_channel_only",
    "channels_averaged",
    "window_averaged",
    "bias_forgotten",
    "bias_subtracted",
    "one_bias_for_all",
    "biases_summed",
    "bias_per_channel",
    "window_start_ignores_stride",
    "stride_ignored",
    "stride_on_rows_only",
    "stride_on_columns_only",
    "size_plus_one_missing",
    "same_filter_for_all",
    "only_first_image",
    "only_last_image",
    "last_row_unfilled",
    "last_column_unfilled",
    "output_transposed",
    "integer_buffer",
    "relu_inside",
    "input_modified",
    "returns_nothing",
}


def _keras_bugs() -> Iterator[Bug]:
    for bug in BUGS:
        if bug.id in _WITHOUT_PADDING:
            yield remade(bug, _framed)


_SAME_BUGS = variants(
    _framed,
    {
        "same_half_kernel_on_both_sides": (
            [
                {"pads": lambda k, stride, n: ((k - 1) // 2, (k - 1) // 2)},
                {"pads": lambda k, stride, n: (k // 2, k // 2)},
            ],
            """Your "same" puts half a kernel on both sides: that is right only for odd kernels with stride 1. Keras adds what the last
            window lacks, and that can be odd.

            With 6 rows, a kernel of 3 and stride 2, three windows are due: where does the last one end?""",
        ),
        "same_larger_half_first": (
            {"pads": lambda k, stride, n: _keras_pads(k, stride, n)[::-1]},
            """The odd zero is in front: Keras puts it behind, below and to the right.

            If one zero is to be added in all, does it come before or after?""",
        ),
        "same_ignores_stride": (
            {"pads": lambda k, stride, n: _keras_pads(k, 1, n)},
            """Your "same" pads as for stride 1: with a larger stride fewer windows are needed, and so are fewer zeros.

            With 6 rows, a kernel of 3 and stride 2, three windows are due: where does the last one end?""",
        ),
        "same_is_valid": (
            {"pads": lambda k, stride, n: (0, 0)},
            """Your "same" adds no zeros: the output then is smaller than the input.

            Which of your lines asks for the value of padding?""",
        ),
        "valid_is_same": (
            {"valid_pads": _keras_pads},
            """Your "valid" adds zeros: there every window must lie inside the picture.

            Which of your lines asks for the value of padding?""",
        ),
        "same_all_behind": (
            {"pads": lambda k, stride, n: (0, sum(_keras_pads(k, stride, n)))},
            """All the zeros of your "same" are below and to the right: they are to be on both sides, as evenly as possible.

            How are four zeros shared between two sides?""",
        ),
        "same_columns_from_height": (
            {"cells": lambda H, W: (H, H)},
            """The zeros left and right are counted from the picture's height: its columns have a number of their own.

            Which axis of x counts the columns?""",
        ),
        "same_rows_from_width": (
            {"cells": lambda H, W: (W, W)},
            """The zeros above and below are counted from the picture's width: its rows have a number of their own.

            Which axis of x counts the rows?""",
        ),
        "same_rows_for_both": (
            {"frame": lambda rows, columns: (rows, rows)},
            """Left and right get as many zeros as above and below: the columns ask for a number of their own.

            With a kernel of 3 rows and 1 column, how many zeros does a row of the picture need?""",
        ),
        "same_sides_exchanged": (
            {"frame": lambda rows, columns: (columns, rows)},
            """The zeros for the rows are put left and right, and those for the columns above and below.

            Which pair of np.pad belongs to axis 1, and does axis 1 count rows or columns?""",
        ),
        "frame_of_ones": (
            {"value": 1.0},
            """Your frame is filled with ones: zeros add nothing to a sum, ones add the filter's weights.

            What does a window that lies half on the frame add up?""",
        ),
    },
)


def _through_keras(draw: Draw, *rows: tuple[tuple[int, ...], tuple[int, int, int], int, str]) -> list[Case]:
    cases = []
    for x, (KH, KW, filters), strides, padding in rows:
        w = draw.array(KH, KW, x[3], filters)
        cases.append(case(draw.array(*x, shift=-0.3), w, draw.bias(filters), strides, padding))
    return cases


SAME_AS_KERAS = Exercise(
    id="same_as_keras",
    lesson=LESSON,
    signature="same_as_keras(x, w, b, strides, padding)",
    reference=_framed(),
    parts=(
        Part(
            "valid",
            0.75,
            lambda draw: _through_keras(
                draw,
                ((2, draw.pick(6, 7), 5, 3), (3, 2, 4), 1, "valid"),
                ((1, 6, 9, 2), (2, 3, 3), 2, "valid"),
                ((2, 9, 6, 1), (1, 1, 2), 3, "valid"),
            ),
        ),
        Part(
            "same, odd kernel, stride 1",
            0.75,
            lambda draw: _through_keras(
                draw, ((2, 5, draw.pick(6, 7), 2), (3, 3, 3), 1, "same"), ((1, 7, 4, 1), (3, 1, 2), 1, "same")
            ),
        ),
        Part(
            "same, even kernel",
            0.5,
            lambda draw: _through_keras(
                draw, ((1, draw.pick(5, 6), 4, 2), (2, 2, 3), 1, "same"), ((2, 4, 7, 1), (2, 4, 2), 1, "same")
            ),
        ),
        Part(
            "same, stride larger than one",
            0.75,
            lambda draw: _through_keras(
                draw,
                ((1, 6, 8, 2), (3, 3, 3), 2, "same"),
                ((1, 6, 7, 1), (3, 3, 2), 2, "same"),
                ((2, draw.pick(7, 9), 10, 1), (3, 2, 2), 2, "same"),
                ((1, 10, 7, 3), (4, 3, 2), 3, "same"),
            ),
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=(*_keras_bugs(), *_SAME_BUGS),
    small=lambda: (
        case(
            1.0 + np.arange(np.prod(x), dtype=float).reshape(x),
            np.ones((KH, KW, x[3], filters)) * np.arange(1.0, 1.0 + KH * KW).reshape(KH, KW, 1, 1),
            bias * (1.0 + np.arange(filters)),
            strides,
            padding,
        )
        for bias in (0.0, 1.0)
        for x, (KH, KW, filters), strides, padding in (
            ((1, 2, 2, 1), (2, 2, 1), 1, "valid"),
            ((1, 2, 3, 1), (2, 2, 1), 1, "valid"),
            ((1, 2, 2, 1), (3, 3, 1), 1, "same"),
            ((1, 2, 2, 1), (2, 2, 1), 1, "same"),
            ((1, 2, 2, 1), (1, 2, 1), 1, "same"),
            ((1, 4, 4, 1), (2, 2, 1), 2, "valid"),
            ((1, 4, 4, 1), (3, 3, 1), 2, "same"),
            ((1, 2, 2, 2), (2, 2, 1), 1, "valid"),
            ((2, 2, 2, 1), (2, 2, 2), 1, "valid"),
        )
    ),
    axes={"x": VOLUME, "w": FILTERS, "b": ("filter",), "": MAPS},
    hints=(
        'For "same": your same_padding, once for the rows and once for the columns. Then your conv2d without padding.',
        "np.pad takes a pair for each axis: (before, after).",
    ),
)

EXERCISES = (KERAS_PARAMETERS, TO_KERAS_WEIGHTS, TO_TORCH_WEIGHTS, SAME_AS_KERAS)
