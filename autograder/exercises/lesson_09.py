"""Receptive field: how much of the input one cell of a deep layer can see, and where."""

from autograder.authoring import case, exercise, returns_nothing, table
from convlib import shapes

LESSON = "09_receptive_field"


def stack(*rows):
    """Layers from (kernel, stride, pad, dilation), where the last ones may be left out."""
    names = ("kernel", "stride", "pad", "dilation")
    return [dict(zip(names, row, strict=False)) for row in rows]


# receptive_field


def small_stacks():
    yield case(stack((1, 1)))
    yield case(stack((3, 1)))
    yield case(stack((2, 2)))
    yield case(stack((3, 2)))
    yield case(stack((3, 1), (3, 1)))
    yield case(stack((2, 2), (3, 1)))
    yield case(stack((3, 2), (3, 1)))
    yield case(stack((2, 2), (2, 2)))
    yield case(stack((2, 2), (2, 2), (2, 2)))
    yield case(stack((3, 1, 0, 2)))
    yield case(stack((2, 2), (3, 1, 0, 2)))
    yield case([{"kernel": 3}])
    yield case(stack((3, 1, 1)))


def sum_of_layers(layers):
    """The sum that gives the size: 1 + (k − 1)·d·jump for each layer."""
    terms, jump = ["1"], 1
    for layer in layers:
        dilation = layer.get("dilation", 1)
        spread = f"·{dilation}" if dilation != 1 else ""
        terms.append(f"({layer['kernel']} − 1){spread}·{jump}")
        jump *= layer.get("stride", 1)
    size, jump = shapes.receptive_field(layers)
    return f"size = {' + '.join(terms)} = {size}, jump = {jump}"


@exercise(
    lesson=LESSON,
    reference=shapes.receptive_field,
    withheld=("_along", "_interval"),
    examples=small_stacks,
    results=("size", "jump"),
    show_work=sum_of_layers,
    hint=(
        "Keep two numbers as you go up: how much one cell sees, and how far apart the fields of two neighbours are.",
        "A layer's kernel has k − 1 gaps. How many input cells wide is one gap?",
    ),
)
def receptive_field(layers):
    size, jump = 1, 1
    for layer in layers:
        kernel = layer["kernel"]
        stride = layer.get("stride", 1)
        dilation = layer.get("dilation", 1)
        reach = (kernel - 1) * dilation
        below = jump
        jump = below * stride
        size = size + reach * below
    return size, jump


def stacks(*several):
    """Several stacks in one case: all of them must be right."""
    return table("receptive_field", [case(layers) for layers in several])


@receptive_field.requirement("one layer", points=0.5)
def _(draw):
    yield stacks(stack((draw.pick(3, 5), 1)), stack((4, 2)), stack((1, 3)))


@receptive_field.requirement("several layers", points=0.75)
def _(draw):
    k = draw.pick(2, 4, 5)
    yield stacks(
        stack((3, 1), (3, 1)),
        stack((3, 1), (k, 1), (5, 1)),
        stack((1, 1), (3, 1), (k, 1)),
    )


@receptive_field.requirement("strides", points=0.75)
def _(draw):
    k = draw.pick(3, 4, 5)
    yield stacks(
        stack((3, 2), (3, 1)),
        stack((k, 1), (2, 2), (3, 1), (2, 2)),
        stack((7, 2), (3, 2), (k, 3), (3, 1)),
        stack((3, 3), (5, 2), (2, 2)),
    )


@receptive_field.requirement("dilation", points=0.5)
def _(draw):
    yield stacks(
        stack((3, 1, 0, draw.pick(2, 3)), (3, 1, 0, 4)),
        stack((5, 2, 0, 2), (3, 1, 0, draw.pick(2, 3)), (2, 2)),
    )


@receptive_field.requirement("numbers left out, padding", points=0.25)
def _(draw):
    yield stacks(
        [{"kernel": 3}, {"kernel": 2, "stride": 2}, {"kernel": draw.pick(3, 5)}],
        stack((3, 1, 1), (3, 2, 1), (draw.pick(3, 5), 1, 2)),
    )


receptive_field.keeps_inputs(points=0.25)

receptive_field.bug(
    "whole_kernel_added", "(kernel - 1) * dilation", "(kernel - 1) * dilation + 1",
    "Each of your layers adds its whole kernel: one cell of the kernel lies where the field already is, so only k − 1 are new.",
    ask="One layer with a kernel of 3: how many input cells does one output see?",
    also=[{"(kernel - 1) * dilation": "kernel * dilation"}],
)
receptive_field.bug(
    "jump_left_out", "reach * below", "reach",
    "Your layers always add k − 1 input cells: after a stride, neighbours in a layer are several input cells apart.",
    ask="Two layers with kernel 3, the first with stride 2: how far apart are the cells that the second one reads?",
)
receptive_field.bug(
    "jump_of_the_layer_itself", "reach * below", "reach * jump",
    "You count a layer's own stride for its own kernel: how far apart the cells it reads are is decided by the layers *below* it.",
    ask="One layer with kernel 3 and stride 2: how many input cells does one output see?",
)
receptive_field.bug(
    "stride_of_the_layer_only", "below * stride", "stride",
    "Your jump is the stride of the last layer alone: each stride multiplies the jump of the layers below it.",
    ask="Two layers of stride 2: how many input cells apart are neighbours of the second?",
)
receptive_field.bug(
    "strides_added", "below * stride", "below + stride - 1",
    "Your strides are added up: each stride multiplies the jump of the layers below it.",
    ask="Three layers of stride 2: how many input cells apart are neighbours of the third?",
    also=[{"below * stride": "below + stride"}],
)
receptive_field.bug(
    "dilation_ignored", "(kernel - 1) * dilation", "kernel - 1",
    "The dilation makes no difference to your size: with dilation d the cells of a kernel are d apart.",
    ask="A kernel of 3 with dilation 2: how many cells are there from its first to its last?",
)
receptive_field.bug(
    "dilation_times_kernel", "(kernel - 1) * dilation", "kernel * dilation - 1",
    "Your kernel grows to k · d cells: k cells have only k − 1 gaps between them to widen.",
    ask="A kernel of 3 with dilation 2: how many cells are there from its first to its last?",
)
receptive_field.bug(
    "starts_at_zero", "size, jump = 1, 1", "size, jump = 0, 1",
    "Your field is one too small: before the first layer, a cell sees itself.",
    ask="What does a layer with a kernel of 1 see?",
)
receptive_field.bug(
    "read_from_the_top", "in layers:", "in layers[::-1]:",
    "You read the layers from the last to the first, but the rule goes from the input up.",
    ask="Which layer comes first in the list, the one at the input or the one at the output?",
)
receptive_field.bug(
    "layers_used_up", "for layer in layers:", "while layers:\n    layer = layers.pop(0)",
    "Your function does more than return its result: it removes the layers from the list, which belongs to the caller.",
    ask="If your function is called twice with the same list, what does the second call see?",
)
receptive_field.bug(
    "last_layer_left_out", "in layers:", "in layers[:-1]:",
    "Your last layer does not count.",
    ask="How many times does your loop run for a list of two layers?",
)
receptive_field.bug(
    "first_layer_left_out", "in layers:", "in layers[1:]:",
    "Your first layer does not count.",
    ask="How many times does your loop run for a list of two layers?",
)
receptive_field.bug(
    "sizes_multiplied", "size + reach * below", "size * (reach + 1)",
    "Your kernels are multiplied: neighbouring windows of 3 overlap, so three of them see 5 cells, not 9.",
    ask="Draw one cell, the three cells below it, and what these three see. How many cells is that?",
)
receptive_field.bug(
    "largest_kernel", "size + reach * below", "max(size, reach + 1)",
    "Your field is that of the largest kernel alone: each layer adds to what the layers below it see.",
    ask="Draw one cell, the three cells below it, and what these three see. How many cells is that?",
)
receptive_field.bug(
    "jump_before_the_last_layer", "return size, jump", "return size, below",
    "Your jump is the one before the last layer: the last layer's stride counts too.",
    ask="One layer with stride 2: how far apart are the fields of two neighbours?",
)
receptive_field.bug(
    "size_and_jump_exchanged", "return size, jump", "return jump, size",
    "You return size and jump in the wrong order.",
    ask="In which order does the docstring name them?",
)
receptive_field.bug(
    "size_only", "return size, jump", "return size",
    "Your function returns one number: both the size and the jump are asked for.",
    ask="How many values does the docstring promise?",
)
receptive_field.bug(
    "own_stride_for_the_jump", "reach * below", "reach * stride",
    "You count a layer's own stride for its own kernel, and no other: how far apart the cells it reads are is decided by the layers *below* it.",
    ask="One layer with kernel 3 and stride 2: how many input cells does one output see?",
)
receptive_field.common(returns_nothing)


# receptive_box


def small_boxes():
    for layers in (
        stack((1, 1)),
        stack((3, 1)),
        stack((3, 2)),
        stack((3, 1, 1)),
        stack((3, 2, 1)),
        stack((3, 1, 0, 2)),
        stack((2, 2), (3, 1)),
        stack((3, 1), (2, 2)),
        stack((3, 1, 1), (3, 2, 1)),
    ):
        for i, j in ((0, 0), (1, 0), (1, 2)):
            yield case(layers, i, j)


def rows_and_columns(layers, i, j):
    return "rows {} to {}, columns {} to {}".format(*shapes.receptive_box(layers, i, j))


@exercise(
    lesson=LESSON,
    reference=shapes.receptive_box,
    examples=small_boxes,
    results=("first_row", "last_row", "first_column", "last_column"),
    show_work=rows_and_columns,
    hint=(
        "Write it for one direction and one layer: at which cell does the window of output i start, and at which does it end?",
        "Go from the output down. The two ends of the interval pass through each layer separately.",
    ),
)
def receptive_box(layers, i, j):
    downwards = layers[::-1]
    box = []
    for cell in (i, j):
        first, last = cell, cell
        for layer in downwards:
            kernel = layer["kernel"]
            stride = layer.get("stride", 1)
            pad = layer.get("pad", 0)
            dilation = layer.get("dilation", 1)
            reach = (kernel - 1) * dilation
            first = first * stride
            last = last * stride + reach
            first, last = first - pad, last - pad
        box += [first, last]
    return tuple(box)


def boxes(draw, *several):
    """Each stack at three cells: the corner, and two further in whose row and column differ."""
    i = draw.pick(2, 3)
    j = draw.pick(4, 5)
    cells = ((0, 0), (i, j), (j + 1, 1))
    return table("receptive_box", [case(layers, *cell) for layers in several for cell in cells])


@receptive_box.requirement("one layer", points=0.5)
def _(draw):
    yield boxes(draw, stack((draw.pick(3, 5), 1)), stack((1, 1)))


@receptive_box.requirement("several layers", points=0.5)
def _(draw):
    yield boxes(draw, stack((3, 1), (draw.pick(2, 4), 1)), stack((3,), (3, 1), (5,)))


@receptive_box.requirement("strides", points=0.75)
def _(draw):
    yield boxes(
        draw, stack((3, 2)), stack((2, 2), (draw.pick(3, 5), 1), (2, 3)), stack((3, 1), (4, 2))
    )


@receptive_box.requirement("padding", points=0.5)
def _(draw):
    yield boxes(
        draw,
        stack((3, 1, 1)),
        stack((3, 2, 1), (draw.pick(3, 5), 1, 2)),
        stack((7, 2, 3), (3, 2, 1), (3, 1, 1)),
    )


@receptive_box.requirement("dilation", points=0.5)
def _(draw):
    yield boxes(draw, stack((3, 1, 0, 2)), stack((3, 2, 2, 3), (draw.pick(2, 3), 1, 1, 2), (2, 2)))


receptive_box.keeps_inputs(points=0.25)

receptive_box.bug(
    "whole_kernel_added", "(kernel - 1) * dilation", "kernel * dilation",
    "Your box ends too far from its start: a window of k cells ends k − 1 cells after its first one.",
    ask="A window of 3 rows starts at row 4: which is its last row?",
)
receptive_box.bug(
    "padding_ignored", "first - pad, last - pad", "first, last",
    "The padding makes no difference to your box: with zeros in front, output 0 starts before the first row of the input.",
    ask="One layer with kernel 3 and pad 1: which rows does output row 0 read?",
)
receptive_box.bug(
    "padding_added", "first - pad, last - pad", "first + pad, last + pad",
    "Your padding moves the box in the wrong direction: with zeros in front, the first window starts outside the image, at a negative row.",
    ask="One layer with kernel 3 and pad 1: which rows does output row 0 read?",
)
receptive_box.bug(
    "padding_at_the_first_end_only", "first - pad, last - pad", "first - pad, last",
    "Your padding moves the start of the box but not its end: the whole window moves.",
    ask="One layer with kernel 3 and pad 1: how many rows does output row 0 read, zeros included?",
)
receptive_box.bug(
    "stride_ignored", {"first = first * stride": "first = first", "last * stride": "last"},
    "The stride makes no difference to your box: the window of output i starts at i times the stride.",
    ask="One layer with stride 2: at which row does output row 3 start?",
)
receptive_box.bug(
    "list_turned", "downwards = layers[::-1]", "layers.reverse()\ndownwards = layers",
    "Your function does more than return its result: it reverses the list of layers, which belongs to the caller.",
    ask="If your function is called twice with the same list, what does the second call see?",
)
receptive_box.bug(
    "stride_at_the_first_end_only", "last * stride", "last",
    "The stride moves the start of your box but not its end.",
    ask="One layer with kernel 3 and stride 2: which rows does output row 3 read?",
)
receptive_box.bug(
    "end_from_the_first_cell", "last * stride", "first",
    "Your box ends where the window of its first cell ends: its last cell has a window too, which ends further on.",
    ask="Cells 0 to 2 of a layer with kernel 3: which rows does cell 2 read?",
)
receptive_box.bug(
    "padding_times_stride", "first - pad, last - pad", "first - pad * stride, last - pad * stride",
    "Your padding is multiplied by the stride of its own layer: the zeros are added to the layer's input, before the window takes a step.",
    ask="One layer with kernel 3, stride 2 and pad 1: which rows does output row 0 read?",
)
receptive_box.bug(
    "end_not_included", "[first, last]", "[first, last + 1]",
    'Your last row and last column are one too large: the last one that is read is asked for, as in "rows 2 to 4".',
    ask="One layer with kernel 3: what is the last row that output row 0 reads?",
)
receptive_box.bug(
    "whole_kernel_as_reach", "(kernel - 1) * dilation", "(kernel - 1) * dilation + 1",
    "Each of your layers reaches one cell too far: from the first cell of a kernel to its last there are k − 1 steps.",
    ask="A kernel of 3 starts at row 2: at which row does it end?",
)
receptive_box.bug(
    "dilation_ignored", "(kernel - 1) * dilation", "kernel - 1",
    "The dilation makes no difference to your box: with dilation d the cells of a kernel are d apart.",
    ask="A kernel of 3 with dilation 2 starts at row 0: at which row does it end?",
)
receptive_box.bug(
    "dilation_times_kernel", "(kernel - 1) * dilation", "kernel * dilation - 1",
    "Your kernel grows to k · d cells: k cells have only k − 1 gaps between them to widen.",
    ask="A kernel of 3 with dilation 2 starts at row 0: at which row does it end?",
)
receptive_box.bug(
    "read_from_the_input", "layers[::-1]", "layers",
    "You go through the layers from the input up: the box of an output is found from the output down.",
    ask="Which layer says what the output cell itself reads, the first in the list or the last?",
)
receptive_box.bug(
    "first_layer_left_out", "layers[::-1]", "layers[:0:-1]",
    "The layer at the input does not count in your box.",
    ask="How many times does your loop run for a list of two layers?",
)
receptive_box.bug(
    "last_layer_left_out", "layers[::-1]", "layers[-2::-1]",
    "The layer at the output does not count in your box.",
    ask="How many times does your loop run for a list of two layers?",
)
receptive_box.bug(
    "cut_at_the_border", "[first, last]", "[max(first, 0), max(last, 0)]",
    "Your box is cut off at the border of the image: here the rows of zeros count, with negative numbers.",
    ask="One layer with kernel 3 and pad 1: which three rows does output row 0 read, zeros included?",
)
receptive_box.bug(
    "counted_from_one", "[first, last]", "[first + 1, last + 1]",
    "Your rows are counted from 1: the first row is row 0.",
    ask="One layer with kernel 1: which row does output row 0 read?",
)
receptive_box.bug(
    "row_and_column_exchanged", "in (i, j):", "in (j, i):",
    "You have swapped i and j: i is the row of the output cell, j its column.",
    ask="Which of the two numbers decides your rows?",
)
receptive_box.bug(
    "row_for_both", "in (i, j):", "in (i, i):",
    "You compute the columns from i too: j is the column of the output cell.",
    ask="Where in your function does j appear?",
)
receptive_box.bug(
    "corners_instead_of_sides", "return tuple(box)", "return box[0], box[2], box[1], box[3]",
    "Your four numbers are in the wrong order: expected first row, last row, first column, last column.",
    ask="In which order does the docstring name them?",
)
receptive_box.bug(
    "size_instead_of_end", "[first, last]", "[first, last - first + 1]",
    "You return how many rows and columns the box has: the last row and the last column are asked for.",
    ask="One layer with kernel 3: what is the last row that output row 1 reads?",
)
receptive_box.bug(
    "rows_only", "return tuple(box)", "return tuple(box[:2])",
    "Your function returns two numbers: expected the first and last row, then the first and last column.",
    ask="How many values does the docstring promise?",
)
