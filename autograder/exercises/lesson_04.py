"""What dense layers cost: counting parameters."""

from itertools import pairwise

from autograder.authoring import case, exercise, returns_nothing, table
from convlib import shapes

LESSON = "04_what_dense_layers_cost"


def two_sides(value):
    """The factors of a square given by one side, or of (rows, columns), as a calculation shows them."""
    return (value, value) if isinstance(value, int) else value


# count_dense_parameters


def networks_by_hand():
    for sizes in ([1, 1], [2, 1], [1, 2], [2, 3], [2, 4, 1], [3, 2, 2], [2, 3, 4, 1]):
        yield case(sizes)


def dense_sum(sizes):
    terms = " + ".join(f"({a}·{b} + {b})" for a, b in pairwise(sizes))
    return f"{terms} = {shapes.count_dense_parameters(sizes)}"


@exercise(
    lesson=LESSON,
    reference=shapes.count_dense_parameters,
    examples=networks_by_hand,
    show_work=dense_sum,
    hint="Draw two inputs and four units, with a line for each weight. What else does a unit have?",
)
def count_dense_parameters(sizes):
    count = 0
    for layer in range(1, len(sizes)):
        inputs = sizes[layer - 1]
        units = sizes[layer]
        weights = inputs * units
        biases = units
        count += weights + biases
    return count


@count_dense_parameters.way
def weights_then_biases(sizes):
    weights = 0
    for inputs, units in pairwise(sizes):
        weights += inputs * units
    biases = sum(sizes[1:])
    return weights + biases


def networks(*rows):
    return table("count_dense_parameters", [case(sizes) for sizes in rows])


@count_dense_parameters.requirement("one layer", points=0.25)
def _(draw):
    yield networks([3, 1], [draw.pick(5, 7), 4])


@count_dense_parameters.requirement("several layers", points=0.5)
def _(draw):
    yield networks([2, 4, 1], [2, draw.pick(5, 6, 7), 2], [draw.pick(6, 8), 5, 3], [256, draw.pick(30, 32), 16, 6])


@count_dense_parameters.requirement("layers of one unit", points=0.25)
def _(draw):
    yield case([draw.pick(9, 11), 1, 1, 5])


count_dense_parameters.bug(
    "biases_forgotten", "weights + biases", "weights",
    "Your count includes only the weights: each unit of a layer also has a bias.",
    ask="How many biases does a layer of 4 units have?",
)
count_dense_parameters.bug(
    "bias_per_input", "biases = units", "biases = inputs",
    "You count a bias for each input: a bias belongs to a unit, at the layer's output.",
    ask="The network 2 | 4 | 1 has 5 biases: which units do they belong to?",
    also=[{"sum(sizes[1:])": "sum(sizes[:-1])"}],
)
count_dense_parameters.bug(
    "bias_for_the_inputs_too", "sum(sizes[1:])", "sum(sizes)",
    "You count biases for the inputs too: the inputs are given, nothing is computed there.",
    ask="The network 2 | 4 | 1 has 5 biases: which units do they belong to?",
)
count_dense_parameters.bug(
    "one_bias_per_layer", "biases = units", "biases = 1",
    "You count one bias for each layer: each unit has its own.",
    ask="How many biases does a layer of 4 units have?",
    also=[{"sum(sizes[1:])": "len(sizes) - 1"}],
)
count_dense_parameters.bug(
    "bias_per_weight", "biases = units", "biases = inputs * units",
    "You count a bias for each weight: a unit has many weights and one bias.",
    ask="How many products are added up in one unit, and how many biases are added to them?",
    also=[{"biases = sum(sizes[1:])": "biases = weights"}],
)
count_dense_parameters.bug(
    "sizes_added", "weights = inputs * units", "weights = inputs + units",
    "The two sizes of a layer are added: every unit is connected to every input, so they are multiplied.",
    ask="How many lines are there between 2 inputs and 4 units?",
    also=[{"weights += inputs * units": "weights += inputs + units"}],
)

WEIGHTS_OF_ALL_LAYERS = """
weights = 0
for inputs, units in pairwise(sizes):
    weights += inputs * units
"""
ALL_SIZES_MULTIPLIED = """
weights = 1
for size in sizes:
    weights *= size
"""

count_dense_parameters.bug(
    "all_sizes_multiplied", WEIGHTS_OF_ALL_LAYERS, ALL_SIZES_MULTIPLIED,
    "All sizes are multiplied together: each layer has its own weights, and the layers' counts are added.",
    ask="Between which neighbours are there weights in 2 | 4 | 1?",
)
count_dense_parameters.bug(
    "first_and_last_only", WEIGHTS_OF_ALL_LAYERS, "weights = sizes[0] * sizes[-1]",
    "Only the first and the last size count: the layers between them have weights too.",
    ask="Between which neighbours are there weights in 2 | 4 | 1?",
)
count_dense_parameters.bug(
    "first_layer_only", "count += weights + biases", "count += weights + biases\nbreak",
    "Only the first layer counts.",
    ask="How many layers does a network of three sizes have?",
    also=[{"range(1, len(sizes))": "range(1, 2)"}],
)
count_dense_parameters.bug(
    "last_layer_only", "count +=", "count =",
    "Only the last layer counts: each pass of the loop replaces the count of the one before.",
    ask="What does your count hold after the first layer, and what after the second?",
)
count_dense_parameters.bug(
    "last_layer_left_out", "range(1, len(sizes))", "range(1, len(sizes) - 1)",
    "The last layer does not count: the loop ends one too early.",
    ask="How many layers does a network of three sizes have?",
)
count_dense_parameters.bug(
    "units_counted", "weights + biases", "biases",
    "You count the units: parameters are the weights on the lines between them, and the biases.",
    ask="How many lines are there between 2 inputs and 4 units?",
)
count_dense_parameters.bug(
    "nothing_counted", "count += weights + biases", "count + weights + biases",
    "Your count is 0: nothing is added to it, or what is added is not kept.",
    ask="Which line of your loop changes the count?",
)
count_dense_parameters.bug(
    "float_instead_of_count", "count = 0", "count = 0.0",
    "Your count is a float: a number of parameters is an integer.",
    ask="Which operation of yours turns integers into a float?",
    also=[{"weights = 0": "weights = 0.0"}, {"return weights + biases": "return float(weights + biases)"}],
)
count_dense_parameters.bug(
    "layers_joined_to_themselves", "inputs = sizes[layer - 1]", "inputs = sizes[layer]",
    "A layer is joined to itself: its inputs are the units of the layer before it.",
    ask="With the sizes 2 | 4 | 1, which two numbers meet at the layer of four units?",
    also=[
        {"range(1, len(sizes))": "range(len(sizes))", "inputs = sizes[layer - 1]": "inputs = sizes[layer]"},
    ],
)
count_dense_parameters.common(returns_nothing)


# count_conv_parameters


def layers_by_hand():
    for row in ((1, 1, 1), (2, 1, 1), (2, 3, 1), (2, 1, 3), (2, 3, 2), ((2, 3), 1, 1), ((3, 2), 2, 2)):
        yield case(*row)


def conv_product(kernel, channels, filters):
    rows, columns = two_sides(kernel)
    count = shapes.count_conv_parameters(kernel, channels, filters)
    return f"({rows}·{columns}·{channels} + 1)·{filters} = {count}"


@exercise(
    lesson=LESSON,
    reference=shapes.count_conv_parameters,
    examples=layers_by_hand,
    show_work=conv_product,
    hint="Count one filter first: how many numbers lie under its window, and what is added to their sum?",
)
def count_conv_parameters(kernel, channels, filters):
    rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    window = rows * columns
    filter_weights = window * channels
    weights = filter_weights * filters
    biases = filters
    return weights + biases


@count_conv_parameters.way
def one_filter_first(kernel, channels, filters):
    if isinstance(kernel, int):
        kernel = (kernel, kernel)
    window = kernel[0] * kernel[1]
    one_filter = window * channels + 1
    return one_filter * filters


def conv_layers(*rows):
    return table("count_conv_parameters", [case(*row) for row in rows])


@count_conv_parameters.requirement("one filter", points=0.5)
def _(draw):
    yield conv_layers((5, 3, 1), (3, 20, 1), (draw.pick(2, 4), draw.pick(6, 7), 1))


@count_conv_parameters.requirement("many filters", points=0.75)
def _(draw):
    yield conv_layers((5, 3, 5), (5, 3, 200), (3, draw.pick(8, 16), draw.pick(24, 32)))


@count_conv_parameters.requirement("kernels with two sides", points=0.5)
def _(draw):
    yield conv_layers(((3, 2), 4, draw.pick(5, 7)), ((1, 7), draw.pick(3, 6), 8))


@count_conv_parameters.requirement("1×1 kernels", points=0.25)
def _(draw):
    yield case(1, draw.pick(16, 20), 5)


count_conv_parameters.bug(
    "channels_forgotten", "window * channels", "window",
    "The channels do not count: a filter is as deep as its input, and has weights for every channel.",
    ask="For a 5×5 filter on an image with 3 channels, how many numbers lie under it?",
)
count_conv_parameters.bug(
    "channels_squared", "window * channels", "window * channels * channels",
    "The channels count twice: once is enough, each filter is as deep as its input.",
    ask="For a 5×5 filter on an image with 3 channels, how many numbers lie under it?",
)
count_conv_parameters.bug(
    "kernel_not_squared", "window = rows * columns", "window = rows",
    "Only one side of the kernel counts: its window has rows times columns.",
    ask="How many cells does a 5×5 window have?",
)
count_conv_parameters.bug(
    "square_kernels_only", "window = rows * columns", "window = rows * rows",
    "The kernel's rows count for both sides: (rows, columns) can differ.",
    ask="How many cells does a window of 3 rows and 2 columns have?",
    also=[{"kernel[0] * kernel[1]": "kernel[0] ** 2"}],
)
count_conv_parameters.bug(
    "columns_for_both_sides", "window = rows * columns", "window = columns * columns",
    "The kernel's columns count for both sides: (rows, columns) can differ.",
    ask="How many cells does a window of 3 rows and 2 columns have?",
    also=[{"kernel[0] * kernel[1]": "kernel[1] ** 2"}],
)
count_conv_parameters.bug(
    "sides_added", "window = rows * columns", "window = rows + columns",
    "The kernel's sides are added: its window has rows times columns.",
    ask="How many cells does a 5×5 window have?",
)
count_conv_parameters.bug(
    "one_filter_only", "filter_weights * filters", "filter_weights",
    "The weights of one filter are counted: each filter has its own.",
    ask="With five filters of 75 weights, how many weights are there?",
)
count_conv_parameters.bug(
    "float_instead_of_count", "return weights + biases", "return float(weights + biases)",
    "Your count is a float: a number of parameters is an integer.",
    ask="Which operation of yours turns integers into a float?",
)
count_conv_parameters.bug(
    "biases_forgotten", "biases = filters", "biases = 0",
    "Your count includes only the weights: each filter also has a bias. The notes make this slip: (5×5)×3×5 is 375, and the five biases make it 380.",
    ask="How many biases do five filters have?",
    also=[{"window * channels + 1": "window * channels"}],
)
count_conv_parameters.bug(
    "one_bias_in_all", "biases = filters", "biases = 1",
    "You count one bias in all: each filter has its own.",
    ask="How many biases do five filters have?",
    also=[{"window * channels + 1": "window * channels", "one_filter * filters": "one_filter * filters + 1"}],
)
count_conv_parameters.bug(
    "bias_per_channel", "biases = filters", "biases = channels * filters",
    "You count a bias for each channel of each filter: a filter adds up all its channels, and then one bias.",
    ask="How many biases does one filter of 5×5×3 have?",
    also=[{"window * channels + 1": "(window + 1) * channels"}],
)
count_conv_parameters.bug(
    "bias_per_input_channel", "biases = filters", "biases = channels",
    "You count a bias for each channel of the input: biases belong to the filters.",
    ask="How many biases do five filters have on an image with 3 channels?",
)
count_conv_parameters.bug(
    "bias_per_weight_of_the_window", "biases = filters", "biases = window * filters",
    "You count a bias for each cell of the window: a filter adds up its whole window, and then one bias.",
    ask="How many biases does one filter of 5×5×3 have?",
    also=[{"window * channels + 1": "window * (channels + 1)"}],
)
count_conv_parameters.common(returns_nothing)


# count_locally_connected_parameters


def local_layers_by_hand():
    for row in (
        (1, 1, 1, 1),
        (2, 1, 1, 1),
        (1, 1, 1, 2),
        (2, 2, 1, 1),
        (2, 1, 2, 2),
        (2, 1, 1, (2, 3)),
        ((2, 3), 1, 1, 2),
        (2, 3, 2, (3, 2)),
    ):
        yield case(*row)


def local_product(kernel, channels, filters, output):
    rows, columns = two_sides(kernel)
    out_rows, out_columns = two_sides(output)
    count = shapes.count_locally_connected_parameters(kernel, channels, filters, output)
    return f"({rows}·{columns}·{channels} + 1)·{filters}·{out_rows}·{out_columns} = {count}"


@exercise(
    lesson=LESSON,
    reference=shapes.count_locally_connected_parameters,
    examples=local_layers_by_hand,
    show_work=local_product,
    hint="Count one output cell of one filter first. How many such cells are there?",
)
def count_locally_connected_parameters(kernel, channels, filters, output):
    rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    out_rows, out_columns = output if isinstance(output, tuple) else (output, output)
    window = rows * columns
    positions = out_rows * out_columns
    filter_weights = window * channels
    weights = filter_weights * filters
    weights = weights * positions
    biases = filters * positions
    return weights + biases


@count_locally_connected_parameters.way
def shared_count_at_every_position(kernel, channels, filters, output):
    if isinstance(output, int):
        output = (output, output)
    positions = output[0] * output[1]
    return count_conv_parameters(kernel, channels, filters) * positions


def local_layers(*rows):
    return table("count_locally_connected_parameters", [case(*row) for row in rows])


@count_locally_connected_parameters.requirement("one output cell", points=0.25)
def _(draw):
    yield local_layers((5, 3, 2, 1), (3, draw.pick(4, 6), 5, 1))


@count_locally_connected_parameters.requirement("square outputs", points=0.75)
def _(draw):
    yield local_layers((11, 3, 96, 55), (3, draw.pick(2, 4), 5, draw.pick(6, 8)), (2, 1, 3, 4))


@count_locally_connected_parameters.requirement("outputs with two sides", points=0.5)
def _(draw):
    yield local_layers((3, 2, 4, (5, draw.pick(6, 7))), (2, 3, 5, (draw.pick(7, 9), 4)))


@count_locally_connected_parameters.requirement("kernels with two sides", points=0.5)
def _(draw):
    yield local_layers(((3, 2), 4, draw.pick(3, 5), 6), ((1, 4), 3, 2, (5, draw.pick(2, 3))))


count_locally_connected_parameters.bug(
    "channels_forgotten", "window * channels", "window",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "channels_squared", "window * channels", "window * channels * channels",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "kernel_not_squared", "window = rows * columns", "window = rows",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "square_kernels_only", "window = rows * columns", "window = rows * rows",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "columns_for_both_sides", "window = rows * columns", "window = columns * columns",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "sides_added", "window = rows * columns", "window = rows + columns",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "one_filter_only", "filter_weights * filters", "filter_weights",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "float_instead_of_count", "return weights + biases", "return float(weights + biases)",
    like=count_conv_parameters,
)
count_locally_connected_parameters.bug(
    "places_forgotten", "positions = out_rows * out_columns", "positions = 1",
    "The positions do not count: without sharing, every cell of the output has weights of its own.",
    ask="If the output has 4×4 cells, how many sets of weights are there?",
    also=[
        {
            "count_conv_parameters(kernel, channels, filters) * positions": "count_conv_parameters(kernel, channels, filters)",
        },
    ],
)
count_locally_connected_parameters.bug(
    "places_not_squared", "positions = out_rows * out_columns", "positions = out_rows",
    "Only one side of the output counts: it has rows times columns.",
    ask="How many positions does an output of 4×4 cells have?",
    also=[{"output = (output, output)": "output = (output, 1)"}],
)
count_locally_connected_parameters.bug(
    "square_outputs_only", "positions = out_rows * out_columns", "positions = out_rows * out_rows",
    "The output's rows count for both sides: (rows, columns) can differ.",
    ask="How many positions does an output of 5 rows and 7 columns have?",
    also=[{"output[0] * output[1]": "output[0] ** 2"}],
)
count_locally_connected_parameters.bug(
    "output_columns_for_both_sides",
    "positions = out_rows * out_columns",
    "positions = out_columns * out_columns",
    "The output's columns count for both sides: (rows, columns) can differ.",
    ask="How many positions does an output of 5 rows and 7 columns have?",
    also=[{"output[0] * output[1]": "output[1] ** 2"}],
)
count_locally_connected_parameters.bug(
    "output_sides_added", "positions = out_rows * out_columns", "positions = out_rows + out_columns",
    "The output's sides are added: it has rows times columns.",
    ask="How many positions does an output of 4×4 cells have?",
    also=[{"output[0] * output[1]": "output[0] + output[1]"}],
)
count_locally_connected_parameters.bug(
    "biases_forgotten", "biases = filters * positions", "biases = 0",
    "Your count includes only the weights: every output cell of every filter also has a bias.",
    ask="AlexNet's first layer without sharing has 290,400 biases: how many output cells does it have?",
)
count_locally_connected_parameters.bug(
    "biases_still_shared", "biases = filters * positions", "biases = filters",
    "Your biases are still shared: without sharing, every output cell has a bias of its own too.",
    ask="AlexNet's first layer without sharing has 290,400 biases: how many output cells does it have?",
)
count_locally_connected_parameters.bug(
    "one_bias_per_place", "biases = filters * positions", "biases = positions",
    "You count one bias for each position: each filter has its own there.",
    ask="With two filters and 16 positions, how many biases are there?",
)
count_locally_connected_parameters.bug(
    "one_bias_in_all", "biases = filters * positions", "biases = 1",
    "You count one bias in all: every output cell of every filter has its own.",
    ask="With two filters and 16 positions, how many biases are there?",
)
count_locally_connected_parameters.bug(
    "output_side_from_the_kernel", "output = (output, output)", "output = kernel if isinstance(kernel, tuple) else (kernel, kernel)",
    "Where the output is one number, you count as many positions as the kernel has cells: the output has a size of its own.",
    ask="A kernel of 5 and an output of 4: how many positions are there?",
    also=[{"(output, output)": "(rows, columns)"}],
)
count_locally_connected_parameters.common(returns_nothing)
