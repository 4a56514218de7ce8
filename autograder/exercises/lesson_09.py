"""Receptive field: how much of the input one cell of a deep layer can see, and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograder.exercises.model import INPUTS_KEPT, Call, Case, Draw, Exercise, Part, case, variants
from convlib import shapes

LESSON = "09_receptive_field"

Layer = dict[str, int]
Interval = tuple[int, int]


def _numbers(layer: Layer) -> tuple[int, int, int, int]:
    return layer["kernel"], layer.get("stride", 1), layer.get("pad", 0), layer.get("dilation", 1)


def _layers(*rows: tuple[int, ...]) -> list[Layer]:
    """Layers from (kernel, stride, pad, dilation), where the last ones may be left out."""
    names = ("kernel", "stride", "pad", "dilation")
    return [dict(zip(names, row, strict=False)) for row in rows]


def _stacks(name: str, *stacks: list[Layer], cell: tuple[int, ...] = ()) -> Case:
    """Several stacks in one case: all of them must be right."""
    first, *rest = stacks
    return Case((first, *cell), {}, tuple(Call(name, (stack, *cell)) for stack in rest))


def _turned_in_place(layers: list[Layer]) -> list[Layer]:
    layers.reverse()
    return layers


def _taken_out(layers: list[Layer]) -> list[Layer]:
    return [layers.pop(0) for _ in range(len(layers))]


# receptive_field


def _field_variant(
    grow: Callable[[int, int, int, int], int] = lambda size, kernel, jump, dilation: (
        size + (kernel - 1) * dilation * jump
    ),
    widen: Callable[[int, int], int] = lambda jump, stride: jump * stride,
    first: Callable[[int, int], int] = lambda jump, wider: jump,
    start: int = 1,
    order: Callable[[list[Layer]], Sequence[Layer]] = lambda layers: layers,
    result: Callable[[int, int, int], Any] = lambda size, jump, before: (size, jump),
) -> Callable[..., Any]:
    """From the input up: a layer adds its reach times the jump below it, then widens the jump."""

    def receptive_field(layers: list[Layer]) -> Any:
        size, jump, before = start, 1, 1
        for layer in order(layers):
            kernel, stride, _, dilation = _numbers(layer)
            before = jump
            wider = widen(jump, stride)
            size = grow(size, kernel, first(jump, wider), dilation)
            jump = wider
        return result(size, jump, before)

    return receptive_field


_FIELD_BUGS = variants(
    _field_variant,
    {
        "whole_kernel_added": (
            [
                {
                    "grow": lambda size, kernel, jump, dilation: (
                        size + (kernel + (kernel - 1) * (dilation - 1)) * jump
                    )
                },
                {"grow": lambda size, kernel, jump, dilation: size + kernel * dilation * jump},
            ],
            """Each of your layers adds its whole kernel: one cell of the kernel lies where the field already is, so k − 1 are new.

            One layer with a kernel of 3: how many input cells does one output see?""",
        ),
        "jump_left_out": (
            {"grow": lambda size, kernel, jump, dilation: size + (kernel - 1) * dilation},
            """Your layers add k − 1 cells however far apart these are: after a stride, neighbours in a layer are several input
            cells apart.

            Two layers with kernel 3, the first with stride 2: how far apart are the cells that the second one reads?""",
        ),
        "jump_of_the_layer_itself": (
            {"first": lambda jump, wider: wider},
            """A layer's own stride already counts for its own kernel: the cells it reads lie as far apart as the layers *below*
            have put them.

            One layer with kernel 3 and stride 2: how many input cells does one output see?""",
        ),
        "stride_of_the_layer_only": (
            {"widen": lambda jump, stride: stride},
            """Your jump is the stride of the last layer alone: each stride multiplies what the ones below have made.

            Two layers of stride 2: how many input cells lie between neighbours of the second?""",
        ),
        "strides_added": (
            {"widen": lambda jump, stride: jump + stride - 1},
            """Your strides are added up: each multiplies the distance that the layers below have made.

            Three layers of stride 2: how many input cells lie between neighbours of the third?""",
        ),
        "dilation_ignored": (
            {"grow": lambda size, kernel, jump, dilation: size + (kernel - 1) * jump},
            """Your kernels are never spread out: with dilation d their cells lie d apart.

            A kernel of 3 with dilation 2: how many cells are there from its first to its last?""",
        ),
        "dilation_times_kernel": (
            {"grow": lambda size, kernel, jump, dilation: size + (kernel * dilation - 1) * jump},
            """Your kernel grows to k · d cells: between k cells there are only k − 1 gaps to spread.

            A kernel of 3 with dilation 2: how many cells are there from its first to its last?""",
        ),
        "starts_at_zero": (
            {"start": 0},
            """Your field is one too small: with no layer at all, a cell sees itself.

            What does a layer with a kernel of 1 see?""",
        ),
        "read_from_the_top": (
            {"order": lambda layers: layers[::-1]},
            """Your layers are read from the last to the first, while the rule goes from the input up.

            Which layer is the first in the list, the one at the input or the one at the output?""",
        ),
        "layers_used_up": (
            {"order": _taken_out},
            """Your function does more than return its result: it takes the layers out of the list, which belongs to the
            caller.

            Whoever calls you twice with the same list: what do they get the second time?""",
        ),
        "last_layer_left_out": (
            {"order": lambda layers: layers[:-1]},
            """Your last layer does not count.

            How many times does your loop run for a list of two layers?""",
        ),
        "first_layer_left_out": (
            {"order": lambda layers: layers[1:]},
            """Your first layer does not count.

            How many times does your loop run for a list of two layers?""",
        ),
        "sizes_multiplied": (
            {"grow": lambda size, kernel, jump, dilation: size * ((kernel - 1) * dilation + 1)},
            """Your kernels are multiplied: two windows of 3 that overlap see 5 cells, not 9.

            Draw one cell, the three below it, and what these three see.""",
        ),
        "largest_kernel": (
            {"grow": lambda size, kernel, jump, dilation: max(size, (kernel - 1) * dilation + 1)},
            """Your field is that of the largest kernel alone: each layer widens what the one above it needs.

            Draw one cell, the three below it, and what these three see.""",
        ),
        "jump_before_the_last_layer": (
            {"result": lambda size, jump, before: (size, before)},
            """Your jump is the one below the last layer: the last layer's stride counts too.

            One layer with stride 2: how far apart are the fields of two neighbours?""",
        ),
        "size_and_jump_exchanged": (
            {"result": lambda size, jump, before: (jump, size)},
            """Size and jump come back in each other's place.

            In which order does the docstring name them?""",
        ),
        "size_only": (
            {"result": lambda size, jump, before: size},
            """One number comes back: the size and the jump are due.

            How many values does the docstring promise?""",
        ),
        "returns_nothing": (
            {"result": lambda size, jump, before: None},
            """Nothing comes back: a function without a return gives None.

            Which line of your function hands the result over?""",
        ),
    },
)


def _field_sum(layers: list[Layer]) -> str:
    """The sum that gives the size: 1 + (k − 1)·d·jump for each layer."""
    terms, jump = ["1"], 1
    for layer in layers:
        kernel, stride, _, dilation = _numbers(layer)
        spread = f"·{dilation}" if dilation != 1 else ""
        terms.append(f"({kernel} − 1){spread}·{jump}")
        jump *= stride
    size, jump = shapes.receptive_field(layers)
    return f"size = {' + '.join(terms)} = {size}, jump = {jump}"


def _plain_stacks(draw: Draw) -> list[Case]:
    k = draw.pick(2, 4, 5)
    return [
        _stacks(
            "receptive_field",
            _layers((3, 1), (3, 1)),
            _layers((3, 1), (k, 1), (5, 1)),
            _layers((1, 1), (3, 1), (k, 1)),
        )
    ]


def _strided_stacks(draw: Draw) -> list[Case]:
    k = draw.pick(3, 4, 5)
    return [
        _stacks(
            "receptive_field",
            _layers((3, 2), (3, 1)),
            _layers((k, 1), (2, 2), (3, 1), (2, 2)),
            _layers((7, 2), (3, 2), (k, 3), (3, 1)),
            _layers((3, 3), (5, 2), (2, 2)),
        )
    ]


RECEPTIVE_FIELD = Exercise(
    id="receptive_field",
    lesson=LESSON,
    signature="receptive_field(layers)",
    reference=lambda layers: shapes.receptive_field(layers),
    also_withheld=("_along", "_interval"),
    parts=(
        Part(
            "one layer",
            0.5,
            lambda draw: [
                _stacks("receptive_field", _layers((draw.pick(3, 5), 1)), _layers((4, 2)), _layers((1, 3)))
            ],
        ),
        Part("several layers", 0.75, _plain_stacks),
        Part("strides", 0.75, _strided_stacks),
        Part(
            "dilation",
            0.5,
            lambda draw: [
                _stacks(
                    "receptive_field",
                    _layers((3, 1, 0, draw.pick(2, 3)), (3, 1, 0, 4)),
                    _layers((5, 2, 0, 2), (3, 1, 0, draw.pick(2, 3)), (2, 2)),
                )
            ],
        ),
        Part(
            "numbers left out, padding",
            0.25,
            lambda draw: [
                _stacks(
                    "receptive_field",
                    [{"kernel": 3}, {"kernel": 2, "stride": 2}, {"kernel": draw.pick(3, 5)}],
                    _layers((3, 1, 1), (3, 2, 1), (draw.pick(3, 5), 1, 2)),
                )
            ],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=_FIELD_BUGS,
    small=lambda: (
        case(stack)
        for stack in (
            _layers((1, 1)),
            _layers((3, 1)),
            _layers((2, 2)),
            _layers((3, 2)),
            _layers((3, 1), (3, 1)),
            _layers((2, 2), (3, 1)),
            _layers((3, 2), (3, 1)),
            _layers((2, 2), (2, 2)),
            _layers((2, 2), (2, 2), (2, 2)),
            _layers((3, 1, 0, 2)),
            _layers((2, 2), (3, 1, 0, 2)),
            [{"kernel": 3}],
            _layers((3, 1, 1)),
        )
    ),
    results=("size", "jump"),
    worked=_field_sum,
    hints=(
        "Keep two numbers while you walk up: how much one cell sees, and how far apart two neighbours' fields are.",
        "A layer's kernel has k − 1 gaps. How many input cells wide is a gap?",
    ),
)


# receptive_box


def _box_variant(
    first: Callable[[int, int, int], int] = lambda cell, stride, pad: cell * stride - pad,
    last: Callable[[int, int, int, int], int] = lambda cell, stride, pad, reach: cell * stride - pad + reach,
    ended: Callable[[int, int], int] = lambda low, high: high,
    reach: Callable[[int, int], int] = lambda kernel, dilation: (kernel - 1) * dilation,
    order: Callable[[list[Layer]], Sequence[Layer]] = lambda layers: layers[::-1],
    cells: Callable[[int, int], tuple[int, int]] = lambda i, j: (i, j),
    ends: Callable[[Interval], Interval] = lambda interval: interval,
    result: Callable[[Interval, Interval], Any] = lambda rows, columns: (*rows, *columns),
) -> Callable[..., Any]:
    """From the output down: an interval of a layer's cells reads an interval of the one below."""

    def interval(layers: list[Layer], cell: int) -> Interval:
        low = high = cell
        for layer in layers:
            kernel, stride, pad, dilation = _numbers(layer)
            low, high = first(low, stride, pad), last(ended(low, high), stride, pad, reach(kernel, dilation))
        return ends((low, high))

    def receptive_box(layers: list[Layer], i: int, j: int) -> Any:
        row, column = cells(i, j)
        walked = list(order(layers))
        return result(interval(walked, row), interval(walked, column))

    return receptive_box


_BOX_BUGS = variants(
    _box_variant,
    {
        "padding_ignored": (
            {
                "first": lambda cell, stride, pad: cell * stride,
                "last": lambda cell, stride, pad, reach: cell * stride + reach,
            },
            """Your padding makes no difference: with zeros in front, output 0 starts before the first row of the input.

            One layer with kernel 3 and pad 1: which rows does output row 0 read?""",
        ),
        "padding_added": (
            {
                "first": lambda cell, stride, pad: cell * stride + pad,
                "last": lambda cell, stride, pad, reach: cell * stride + pad + reach,
            },
            """Your padding moves the box to the wrong side: zeros in front move the first window out of the picture, to negative
            numbers.

            One layer with kernel 3 and pad 1: which rows does output row 0 read?""",
        ),
        "padding_at_the_first_end_only": (
            {"last": lambda cell, stride, pad, reach: cell * stride + reach},
            """Your padding moves the beginning of the box, but not its end: the whole window moves.

            One layer with kernel 3 and pad 1: how many rows does output row 0 read, zeros included?""",
        ),
        "stride_ignored": (
            {
                "first": lambda cell, stride, pad: cell - pad,
                "last": lambda cell, stride, pad, reach: cell - pad + reach,
            },
            """Your stride makes no difference: output i starts at i times the stride.

            One layer with stride 2: at which row does output row 3 start?""",
        ),
        "list_turned": (
            {"order": _turned_in_place},
            """Your function does more than return its result: it turns the list of layers round, and that belongs to the
            caller.

            Whoever calls you twice with the same list: what do they get the second time?""",
        ),
        "stride_at_the_first_end_only": (
            {"last": lambda cell, stride, pad, reach: cell - pad + reach},
            """The stride moves the beginning of your box, but not its end.

            One layer with kernel 3 and stride 2: which rows does output row 3 read?""",
        ),
        "end_from_the_first_cell": (
            {"ended": lambda low, high: low},
            """Your box ends where the window of its first cell ends: its last cell has a window too, which ends further on.

            Cells 0 to 2 of a layer with kernel 3: which rows does cell 2 read?""",
        ),
        "padding_times_stride": (
            {
                "first": lambda cell, stride, pad: (cell - pad) * stride,
                "last": lambda cell, stride, pad, reach: (cell - pad) * stride + reach,
            },
            """Your padding is multiplied by the stride of its own layer: the zeros are put in front of the layer's input, before
            the window takes a step.

            One layer with kernel 3, stride 2 and pad 1: which rows does output row 0 read?""",
        ),
        "end_not_included": (
            {"ends": lambda interval: (interval[0], interval[1] + 1)},
            """Your last row and last column are one too large: the last one that is read is due, as in "rows 2 to 4".

            One layer with kernel 3: which is the last row that output row 0 reads?""",
        ),
        "whole_kernel_as_reach": (
            {"reach": lambda kernel, dilation: kernel + (kernel - 1) * (dilation - 1)},
            """Each of your layers reaches one cell too far: from the first cell of a kernel to its last there are k − 1 steps.

            A kernel of 3 that starts at row 2: at which row does it end?""",
        ),
        "dilation_ignored": (
            {"reach": lambda kernel, dilation: kernel - 1},
            """Your kernels are never spread out: with dilation d their cells lie d apart.

            A kernel of 3 with dilation 2 that starts at row 0: at which row does it end?""",
        ),
        "dilation_times_kernel": (
            {"reach": lambda kernel, dilation: kernel * dilation - 1},
            """Your kernel grows to k · d cells: between k cells there are only k − 1 gaps to spread.

            A kernel of 3 with dilation 2 that starts at row 0: at which row does it end?""",
        ),
        "read_from_the_input": (
            {"order": lambda layers: layers},
            """Your layers are walked from the input up: the box of an output is found from the output down.

            Which layer says what the output cell itself reads, the first of the list or the last?""",
        ),
        "first_layer_left_out": (
            {"order": lambda layers: layers[:0:-1]},
            """The layer at the input does not count in your box.

            How many times does your loop run for a list of two layers?""",
        ),
        "last_layer_left_out": (
            {"order": lambda layers: layers[-2::-1]},
            """The layer at the output does not count in your box.

            How many times does your loop run for a list of two layers?""",
        ),
        "cut_at_the_border": (
            {"ends": lambda interval: (max(interval[0], 0), max(interval[1], 0))},
            """Your box is cut at the picture's border: here the rows of zeros count, with negative numbers.

            One layer with kernel 3 and pad 1: which three rows does output row 0 read, zeros included?""",
        ),
        "counted_from_one": (
            {"ends": lambda interval: (interval[0] + 1, interval[1] + 1)},
            """Your rows are counted from 1: the first row is row 0.

            One layer with kernel 1: which row does output row 0 read?""",
        ),
        "row_and_column_exchanged": (
            {"cells": lambda i, j: (j, i)},
            """i and j are exchanged: i is the row of the output cell, j its column.

            Which of the two numbers do your rows follow from?""",
        ),
        "row_for_both": (
            {"cells": lambda i, j: (i, i)},
            """Your columns follow from i too: j is the column of the output cell.

            Where in your function does j appear?""",
        ),
        "corners_instead_of_sides": (
            {"result": lambda rows, columns: (rows[0], columns[0], rows[1], columns[1])},
            """Your four numbers are in another order: first row, last row, first column, last column are due.

            In which order does the docstring name them?""",
        ),
        "size_instead_of_end": (
            {"ends": lambda interval: (interval[0], interval[1] - interval[0] + 1)},
            """You return how many rows and columns the box has: the last row and the last column are due.

            One layer with kernel 3: which is the last row that output row 1 reads?""",
        ),
        "rows_only": (
            {"result": lambda rows, columns: rows},
            """Two numbers come back: first and last row, first and last column are due.

            How many values does the docstring promise?""",
        ),
    },
)


def _boxes(draw: Draw, *stacks: list[Layer]) -> list[Case]:
    """Each stack at two cells: the corner, and one further in whose row and column differ."""
    i = draw.pick(2, 3)
    j = draw.pick(4, 5)
    cells = ((0, 0), (i, j), (j + 1, 1))
    calls = tuple(Call("receptive_box", (stack, *cell)) for stack in stacks for cell in cells)
    return [Case(calls[0].args, {}, calls[1:])]


RECEPTIVE_BOX = Exercise(
    id="receptive_box",
    lesson=LESSON,
    signature="receptive_box(layers, i, j)",
    reference=lambda layers, i, j: shapes.receptive_box(layers, i, j),
    parts=(
        Part("one layer", 0.5, lambda draw: _boxes(draw, _layers((draw.pick(3, 5), 1)), _layers((1, 1)))),
        Part(
            "several layers",
            0.5,
            lambda draw: _boxes(
                draw,
                _layers((3, 1), (draw.pick(2, 4), 1)),
                _layers((3,), (3, 1), (5,)),
            ),
        ),
        Part(
            "strides",
            0.75,
            lambda draw: _boxes(
                draw, _layers((3, 2)), _layers((2, 2), (draw.pick(3, 5), 1), (2, 3)), _layers((3, 1), (4, 2))
            ),
        ),
        Part(
            "padding",
            0.5,
            lambda draw: _boxes(
                draw,
                _layers((3, 1, 1)),
                _layers((3, 2, 1), (draw.pick(3, 5), 1, 2)),
                _layers((7, 2, 3), (3, 2, 1), (3, 1, 1)),
            ),
        ),
        Part(
            "dilation",
            0.5,
            lambda draw: _boxes(
                draw, _layers((3, 1, 0, 2)), _layers((3, 2, 2, 3), (draw.pick(2, 3), 1, 1, 2), (2, 2))
            ),
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=_BOX_BUGS,
    small=lambda: (
        case(stack, i, j)
        for stack in (
            _layers((1, 1)),
            _layers((3, 1)),
            _layers((3, 2)),
            _layers((3, 1, 1)),
            _layers((3, 2, 1)),
            _layers((3, 1, 0, 2)),
            _layers((2, 2), (3, 1)),
            _layers((3, 1), (2, 2)),
            _layers((3, 1, 1), (3, 2, 1)),
        )
        for i, j in ((0, 0), (1, 0), (1, 2))
    ),
    results=("first_row", "last_row", "first_column", "last_column"),
    worked=lambda layers, i, j: "rows {} to {}, columns {} to {}".format(*shapes.receptive_box(layers, i, j)),
    hints=(
        "Write it for one direction and one layer: at which cell does the window of output i start, and at which does it end?",
        "Walk from the output down. The interval's two ends each go through the layer by themselves.",
    ),
)

EXERCISES = (RECEPTIVE_FIELD, RECEPTIVE_BOX)
