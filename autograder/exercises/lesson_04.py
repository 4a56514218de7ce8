"""What dense layers cost: counting parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from autograder.exercises.model import Call, Case, Exercise, Part, case, variants
from convlib import shapes

LESSON = "04_what_dense_layers_cost"

IntPair = int | tuple[int, int]


def _sides(value: IntPair) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def _rows(name: str, *rows: tuple[Any, ...]) -> Case:
    """Several calls in one case: all of them must be right."""
    first, *rest = rows
    return Case(first, {}, tuple(Call(name, row) for row in rest))


_NOTHING = """Nothing comes back: a function without a return gives None.

Which line of your function hands the result over?"""


# count_dense_parameters


def _connections(sizes: Sequence[int]) -> int:
    return sum(a * b for a, b in pairwise(sizes))


def _dense_variant(
    weights: Callable[[Sequence[int]], int] = _connections,
    biases: Callable[[Sequence[int]], int] = lambda sizes: sum(sizes[1:]),
    result: Callable[[int], Any] = lambda count: count,
) -> Callable[..., Any]:
    def count_dense_parameters(sizes: Sequence[int]) -> Any:
        return result(weights(sizes) + biases(sizes))

    return count_dense_parameters


COUNT_DENSE_PARAMETERS = Exercise(
    id="count_dense_parameters",
    lesson=LESSON,
    signature="count_dense_parameters(sizes)",
    reference=lambda sizes: shapes.count_dense_parameters(sizes),
    parts=(
        Part(
            "one layer",
            0.25,
            lambda draw: [_rows("count_dense_parameters", ([3, 1],), ([draw.pick(5, 7), 4],))],
        ),
        Part(
            "several layers",
            0.5,
            lambda draw: [
                _rows(
                    "count_dense_parameters",
                    ([2, 4, 1],),
                    ([draw.pick(6, 8), 5, 3],),
                    ([256, draw.pick(30, 32), 16, 6],),
                )
            ],
        ),
        Part("layers of one unit", 0.25, lambda draw: [case([draw.pick(9, 11), 1, 1, 5])]),
    ),
    catalogue=variants(
        _dense_variant,
        {
            "biases_forgotten": (
                {"biases": lambda sizes: 0},
                """Your count holds the weights alone: each unit of a layer also has a bias.

                How many biases has a layer of 4 units?""",
            ),
            "bias_per_input": (
                {"biases": lambda sizes: sum(sizes[:-1])},
                """You count a bias for each input: a bias belongs to a unit, at the layer's output.

                The network 2 | 4 | 1 has 5 biases: which units are they in?""",
            ),
            "bias_for_the_inputs_too": (
                {"biases": lambda sizes: sum(sizes)},
                """You count biases for the inputs too: the inputs are given, nothing is computed there.

                The network 2 | 4 | 1 has 5 biases: which units are they in?""",
            ),
            "one_bias_per_layer": (
                {"biases": lambda sizes: len(sizes) - 1},
                """You count one bias for each layer: each unit has its own.

                How many biases has a layer of 4 units?""",
            ),
            "bias_per_weight": (
                {"biases": _connections},
                """You count a bias for each weight: a unit has many weights and one bias.

                How many numbers are added up in one unit, and how many biases with them?""",
            ),
            "sizes_added": (
                {"weights": lambda sizes: sum(a + b for a, b in pairwise(sizes))},
                """The two sizes of a layer are added: every unit is connected to every input, so they are multiplied.

                How many lines are there between 2 inputs and 4 units?""",
            ),
            "all_sizes_multiplied": (
                {"weights": lambda sizes: math.prod(sizes)},
                """All sizes are multiplied together: each layer has its own weights, and the layers' counts are added.

                Between which neighbours are there weights in 2 | 4 | 1?""",
            ),
            "first_and_last_only": (
                {"weights": lambda sizes: sizes[0] * sizes[-1]},
                """Only the first and the last size count: the layers between them have weights too.

                Between which neighbours are there weights in 2 | 4 | 1?""",
            ),
            "first_layer_only": (
                {
                    "weights": lambda sizes: sizes[0] * sizes[1],
                    "biases": lambda sizes: sizes[1],
                },
                """Only the first layer counts.

                How many layers has a network of three sizes?""",
            ),
            "last_layer_only": (
                {
                    "weights": lambda sizes: sizes[-2] * sizes[-1],
                    "biases": lambda sizes: sizes[-1],
                },
                """Only the last layer counts: each pass of the loop replaces the count of the one before.

                What does your count hold after the first layer, and what after the second?""",
            ),
            "last_layer_left_out": (
                {
                    "weights": lambda sizes: _connections(sizes[:-1]),
                    "biases": lambda sizes: sum(sizes[1:-1]),
                },
                """The last layer does not count: the loop ends one too early.

                How many layers has a network of three sizes?""",
            ),
            "units_counted": (
                {"weights": lambda sizes: 0},
                """You count the units: parameters are the weights on the lines between them, and the biases.

                How many lines are there between 2 inputs and 4 units?""",
            ),
            "nothing_counted": (
                {"result": lambda count: 0},
                """Your count is 0: nothing is added to it, or what is added is not kept.

                Which line of your loop changes the count?""",
            ),
            "float_instead_of_count": (
                {"result": float},
                """Your count is a float: a number of parameters is a whole number.

                Which operation of yours makes a float out of whole numbers?""",
            ),
            "returns_nothing": ({"result": lambda count: None}, _NOTHING),
        },
    ),
    small=lambda: (
        case(sizes) for sizes in ([1, 1], [2, 1], [1, 2], [2, 3], [2, 4, 1], [3, 2, 2], [2, 3, 4, 1])
    ),
    worked=lambda sizes: (
        " + ".join(f"({a}·{b} + {b})" for a, b in pairwise(sizes))
        + f" = {shapes.count_dense_parameters(sizes)}"
    ),
    hints=("Draw two inputs and four units, with a line for each weight. What else does a unit have?",),
)


# count_conv_parameters


def _conv_variant(
    window: Callable[[IntPair], int] = lambda kernel: math.prod(_sides(kernel)),
    depth: Callable[[int], int] = lambda channels: channels,
    biases: Callable[[int, int, int], int] = lambda filters, channels, window: filters,
    count: Callable[[int], int] = lambda filters: filters,
    result: Callable[[int], Any] = lambda count: count,
) -> Callable[..., Any]:
    def count_conv_parameters(kernel: IntPair, channels: int, filters: int) -> Any:
        weights = window(kernel) * depth(channels) * count(filters)
        return result(weights + biases(filters, channels, window(kernel)))

    return count_conv_parameters


_SHARED_COUNTS: dict[str, tuple[Any, ...]] = {
    "channels_forgotten": (
        {"depth": lambda channels: 1},
        """The channels do not count: a filter is as deep as its input, and has weights for every channel.

        A 5×5 filter on a picture with 3 channels: how many numbers lie under it?""",
    ),
    "channels_squared": (
        {"depth": lambda channels: channels**2},
        """The channels count twice: once is enough, each filter is as deep as its input.

        A 5×5 filter on a picture with 3 channels: how many numbers lie under it?""",
    ),
    "kernel_not_squared": (
        {"window": lambda kernel: _sides(kernel)[0]},
        """The kernel counts with one side only: its window has rows times columns.

        How many cells has a 5×5 window?""",
    ),
    "square_kernels_only": (
        {"window": lambda kernel: _sides(kernel)[0] ** 2},
        """The kernel's rows count for both sides: (rows, columns) can differ.

        How many cells has a window of 3 rows and 2 columns?""",
    ),
    "columns_for_both_sides": (
        {"window": lambda kernel: _sides(kernel)[1] ** 2},
        """The kernel's columns count for both sides: (rows, columns) can differ.

        How many cells has a window of 3 rows and 2 columns?""",
    ),
    "sides_added": (
        {"window": lambda kernel: sum(_sides(kernel))},
        """The kernel's sides are added: its window has rows times columns.

        How many cells has a 5×5 window?""",
    ),
    "one_filter_only": (
        {"count": lambda filters: 1},
        """The weights of one filter are counted: each filter has its own.

        With five filters of 75 weights, how many weights are there?""",
    ),
    "float_instead_of_count": (
        {"result": float},
        """Your count is a float: a number of parameters is a whole number.

        Which operation of yours makes a float out of whole numbers?""",
    ),
    "returns_nothing": ({"result": lambda count: None}, _NOTHING),
}

COUNT_CONV_PARAMETERS = Exercise(
    id="count_conv_parameters",
    lesson=LESSON,
    signature="count_conv_parameters(kernel, channels, filters)",
    reference=lambda kernel, channels, filters: shapes.count_conv_parameters(kernel, channels, filters),
    parts=(
        Part(
            "one filter",
            0.5,
            lambda draw: [
                _rows("count_conv_parameters", (5, 3, 1), (3, 20, 1), (draw.pick(2, 4), draw.pick(6, 7), 1))
            ],
        ),
        Part(
            "many filters",
            0.75,
            lambda draw: [
                _rows(
                    "count_conv_parameters", (5, 3, 5), (5, 3, 200), (3, draw.pick(8, 16), draw.pick(24, 32))
                )
            ],
        ),
        Part(
            "kernels with two sides",
            0.5,
            lambda draw: [
                _rows("count_conv_parameters", ((3, 2), 4, draw.pick(5, 7)), ((1, 7), draw.pick(3, 6), 8))
            ],
        ),
        Part("1×1 kernels", 0.25, lambda draw: [case(1, draw.pick(16, 20), 5)]),
    ),
    catalogue=variants(
        _conv_variant,
        _SHARED_COUNTS
        | {
            "biases_forgotten": (
                {"biases": lambda filters, channels, window: 0},
                """Your count holds the weights alone: each filter also has a bias. The notes make this slip: (5×5)×3×5 is 375, and
                the five biases make it 380.

                How many biases have five filters?""",
            ),
            "one_bias_in_all": (
                {"biases": lambda filters, channels, window: 1},
                """You count one bias in all: each filter has its own.

                How many biases have five filters?""",
            ),
            "bias_per_channel": (
                {"biases": lambda filters, channels, window: channels * filters},
                """You count a bias for each channel of each filter: a filter adds up all its channels, and then one bias.

                How many biases has one filter of 5×5×3?""",
            ),
            "bias_per_input_channel": (
                {"biases": lambda filters, channels, window: channels},
                """You count a bias for each channel of the input: biases belong to the filters.

                How many biases have five filters on a picture with 3 channels?""",
            ),
            "bias_per_weight_of_the_window": (
                {"biases": lambda filters, channels, window: window * filters},
                """You count a bias for each cell of the window: a filter adds up its whole window, and then one bias.

                How many biases has one filter of 5×5×3?""",
            ),
        },
    ),
    small=lambda: (
        case(*row)
        for row in ((1, 1, 1), (2, 1, 1), (2, 3, 1), (2, 1, 3), (2, 3, 2), ((2, 3), 1, 1), ((3, 2), 2, 2))
    ),
    worked=lambda kernel, channels, filters: "({}·{}·{} + 1)·{} = {}".format(
        *_sides(kernel), channels, filters, shapes.count_conv_parameters(kernel, channels, filters)
    ),
    hints=("Count one filter first: how many numbers lie under its window, and what is added to their sum?",),
)


# count_locally_connected_parameters


def _local_variant(
    places: Callable[[IntPair], int] = lambda output: math.prod(_sides(output)),
    biased: Callable[[int, int], int] = lambda filters, places: filters * places,
    window: Callable[[IntPair], int] = lambda kernel: math.prod(_sides(kernel)),
    depth: Callable[[int], int] = lambda channels: channels,
    count: Callable[[int], int] = lambda filters: filters,
    result: Callable[[int], Any] = lambda count: count,
) -> Callable[..., Any]:
    def count_locally_connected_parameters(
        kernel: IntPair, channels: int, filters: int, output: IntPair
    ) -> Any:
        weights = window(kernel) * depth(channels) * count(filters) * places(output)
        return result(weights + biased(filters, places(output)))

    return count_locally_connected_parameters


COUNT_LOCALLY_CONNECTED_PARAMETERS = Exercise(
    id="count_locally_connected_parameters",
    lesson=LESSON,
    signature="count_locally_connected_parameters(kernel, channels, filters, output)",
    reference=lambda kernel, channels, filters, output: shapes.count_locally_connected_parameters(
        kernel, channels, filters, output
    ),
    parts=(
        Part(
            "one output cell",
            0.25,
            lambda draw: [
                _rows("count_locally_connected_parameters", (5, 3, 2, 1), (3, draw.pick(4, 6), 5, 1))
            ],
        ),
        Part(
            "square outputs",
            0.75,
            lambda draw: [
                _rows(
                    "count_locally_connected_parameters",
                    (11, 3, 96, 55),
                    (3, draw.pick(2, 4), 5, draw.pick(6, 8)),
                    (2, 1, 3, 4),
                )
            ],
        ),
        Part(
            "outputs with two sides",
            0.5,
            lambda draw: [
                _rows(
                    "count_locally_connected_parameters",
                    (3, 2, 4, (5, draw.pick(6, 7))),
                    (2, 3, 5, (draw.pick(7, 9), 4)),
                )
            ],
        ),
        Part(
            "kernels with two sides",
            0.5,
            lambda draw: [
                _rows(
                    "count_locally_connected_parameters",
                    ((3, 2), 4, draw.pick(3, 5), 6),
                    ((1, 4), 3, 2, (5, draw.pick(2, 3))),
                )
            ],
        ),
    ),
    catalogue=variants(
        _local_variant,
        _SHARED_COUNTS
        | {
            "places_forgotten": (
                {"places": lambda output: 1},
                """The places do not count: without sharing, every cell of the output has weights of its own.

                An output of 4×4 cells: how many sets of weights are there?""",
            ),
            "places_not_squared": (
                [
                    {"places": lambda output: _sides(output)[0]},
                    {"places": lambda output: output if isinstance(output, int) else math.prod(output)},
                ],
                """The output counts with one side only: it has rows times columns.

                How many places has an output of 4×4 cells?""",
            ),
            "square_outputs_only": (
                {"places": lambda output: _sides(output)[0] ** 2},
                """The output's rows count for both sides: (rows, columns) can differ.

                How many places has an output of 5 rows and 7 columns?""",
            ),
            "output_columns_for_both_sides": (
                {"places": lambda output: _sides(output)[1] ** 2},
                """The output's columns count for both sides: (rows, columns) can differ.

                How many places has an output of 5 rows and 7 columns?""",
            ),
            "output_sides_added": (
                {"places": lambda output: sum(_sides(output))},
                """The output's sides are added: it has rows times columns.

                How many places has an output of 4×4 cells?""",
            ),
            "biases_forgotten": (
                {"biased": lambda filters, places: 0},
                """Your count holds the weights alone: every output cell of every filter also has a bias.

                AlexNet's first layer without sharing has 290,400 biases: how many output cells?""",
            ),
            "biases_still_shared": (
                {"biased": lambda filters, places: filters},
                """Your biases are still shared: without sharing, every output cell has a bias of its own too.

                AlexNet's first layer without sharing has 290,400 biases: how many output cells?""",
            ),
            "one_bias_per_place": (
                {"biased": lambda filters, places: places},
                """You count one bias for each place: each filter has its own there.

                Two filters and 16 places: how many biases?""",
            ),
            "one_bias_in_all": (
                {"biased": lambda filters, places: 1},
                """You count one bias in all: every output cell of every filter has its own.

                Two filters and 16 places: how many biases?""",
            ),
        },
    ),
    small=lambda: (
        case(*row)
        for row in (
            (1, 1, 1, 1),
            (2, 1, 1, 1),
            (1, 1, 1, 2),
            (2, 2, 1, 1),
            (2, 1, 2, 2),
            (2, 1, 1, (2, 3)),
            ((2, 3), 1, 1, 2),
            (2, 3, 2, (3, 2)),
        )
    ),
    worked=lambda kernel, channels, filters, output: "({}·{}·{} + 1)·{}·{}·{} = {}".format(
        *_sides(kernel),
        channels,
        filters,
        *_sides(output),
        shapes.count_locally_connected_parameters(kernel, channels, filters, output),
    ),
    hints=("Count one output cell of one filter first. How many such cells are there?",),
)

EXERCISES = (COUNT_DENSE_PARAMETERS, COUNT_CONV_PARAMETERS, COUNT_LOCALLY_CONNECTED_PARAMETERS)
