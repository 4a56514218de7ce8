"""Slide a window: correlation in one and two dimensions, kernels designed and kernels learned."""

import numpy as np

from autograder.authoring import case, counting, exercise, integer_result, modifies, returns_nothing

LESSON = "05_slide_a_window"

IMAGE = ("row", "column")


# correlate1d


def small_signals():
    for n, K in ((1, 1), (2, 2), (2, 1), (3, 2), (4, 2), (3, 3), (5, 3), (5, 4)):
        yield case(1.0 + np.arange(n, dtype=float) ** 2, counting(K))


@exercise(
    lesson=LESSON,
    examples=small_signals,
    axes={"x": ("position",), "k": ("position",), "": ("position",)},
    trace="sum",
    hint="Write down which numbers output 0 reads, then output 1. What is the first number that output i reads?",
)
def correlate1d(x, k):
    K = len(k)
    size = len(x) - K + 1
    out = np.zeros(size)
    for i in range(size):
        window = x[i : i + K]
        products = window * k
        out[i] = np.sum(products)
    return out


@correlate1d.way
def correlate1d_in_two_loops(x, k):
    K = len(k)
    size = len(x) - K + 1
    out = np.zeros(size)
    for i in range(size):
        total = 0.0
        for a in range(K):
            total += x[i + a] * k[a]
        out[i] = total
    return out


@correlate1d.way
def correlate1d_with_numpy(x, k):
    return np.correlate(x, k, "valid")


@correlate1d.requirement("one window", points=0.5)
def _(draw):
    yield case(draw.array(3), draw.array(3))


@correlate1d.requirement("a window at every place", points=0.75)
def _(draw):
    yield case(draw.array(draw.pick(7, 8)), draw.array(3))
    yield case(draw.array(draw.pick(9, 11), shift=-1.0), draw.array(3))
    yield case(9.0 * draw.array(8), draw.array(3))


@correlate1d.requirement("kernels of any length", points=0.5)
def _(draw):
    yield case(draw.array(6), draw.array(1))
    yield case(draw.array(draw.pick(6, 8)), draw.array(2))
    yield case(draw.array(9), draw.array(draw.pick(4, 5)))


correlate1d.keeps_inputs(points=0.25)

correlate1d.bug(
    "kernel_reversed", "window * k", "window * k[::-1]",
    "Your kernel is reversed (a true convolution): networks compute the correlation, which lays the kernel on the window as it is.",
    ask="Which weight meets the first number of the window?",
    also=[{"k[a]": "k[-a - 1]"}],
)
correlate1d.bug(
    "size_plus_one_missing", "len(x) - K + 1", "len(x) - K",
    "Your output is one number short: it counts the steps between windows, and there is one more window than steps.",
    ask="Put a kernel as long as the input on it: how many windows are there?",
)
correlate1d.bug(
    "same_size", '"valid"', '"same"',
    "Your output is as long as the input: the kernel hangs over the edge there. Here every window lies inside the input as a whole.",
    ask="Where would the last of your windows end?",
)
correlate1d.bug(
    "full_size", '"valid"', '"full"',
    "Your output is longer than the input: it counts every window that touches the input. Here every window lies inside the input as a whole.",
    ask="How many positions does a kernel have that is as long as the input?",
)
correlate1d.bug(
    "loops_over_the_input", "len(x) - K + 1", "len(x)",
    "Your loop runs over every number of the input: the last windows hang over the edge.",
    ask="With 7 numbers and a kernel of 3, at which position does the last window start that still fits?",
)
correlate1d.bug(
    "last_not_filled", "range(size)", "range(size - 1)",
    "The last number of your output stays 0: the loop ends one too early.",
    ask="What is the last value that range(n) gives?",
)
correlate1d.bug(
    "window_starts_at_zero", "x[i : i + K]", "x[:K]",
    "All your outputs are the same: the window never moves.",
    ask="At which number of x does the window of output i start?",
    also=[{"x[i + a]": "x[a]"}],
)
correlate1d.bug(
    "window_moves_two", "x[i : i + K]", "x[2 * i : 2 * i + K]",
    "Your window moves two numbers at a time: it moves by one.",
    ask="At which number of x does the window of output 1 start?",
    also=[{"x[i + a]": "x[2 * i + a]"}],
)
correlate1d.bug(
    "total_not_divided_into_products", "window * k", "np.sum(window) * np.sum(k)",
    "You add the window up before it meets the kernel: each number has a weight of its own, so the products come first, then the sum.",
    ask="If two numbers of the window were swapped, would your result change?",
)
correlate1d.bug(
    "kernel_left_out", "window * k", "window",
    "You add the window up without the kernel: that is a kernel of ones.",
    ask="Where in your sum do the weights appear?",
    also=[{"x[i + a] * k[a]": "x[i + a]"}],
)
correlate1d.bug(
    "averaged", "np.sum(products)", "np.mean(products)",
    "Your result is the mean of the products: a correlation is their sum. With the mean, a longer kernel would count for less.",
    ask="The window is all twos, the kernel three ones: what is the sum?",
    also=[{"out[i] = total": "out[i] = total / K"}],
)
correlate1d.bug(
    "last_product_only", "np.sum(products)", "products[-1]",
    "Only the last product of each window counts: each product overwrites the one before it, where they should be added up.",
    ask="What does your sum hold after the first product, and what after the second?",
    also=[{"total += ": "total = "}],
)
correlate1d.bug(
    "first_product_only", "np.sum(products)", "products[0]",
    "Only the first product of each window counts: the sum runs over the whole kernel.",
    ask="Is there a return, or an end of a loop, that comes too early?",
)
correlate1d.bug(
    "window_one_short", "range(K)", "range(K - 1)",
    "The last weight never counts: a slice, like a range, already leaves out its end.",
    ask="How many numbers does a[2:2 + 3 - 1] hold?",
    also=[{"np.sum(products)": "np.sum(products[:-1])"}],
)
correlate1d.bug(
    "largest_product", "np.sum(products)", "np.max(products)",
    "Your result is the largest product: the products should be added up.",
    ask="What does the formula do with the products?",
)
correlate1d.bug(
    "added_instead_of_multiplied", "window * k", "window + k",
    "You add window and kernel: a weight says how much its number counts, so the two are multiplied.",
    ask="What does a weight of 0 do to the number under it?",
    also=[{"x[i + a] * k[a]": "x[i + a] + k[a]"}],
)
correlate1d.bug(
    "sum_not_reset", "for i in range(size):\n    total = 0.0", "total = 0.0\nfor i in range(size):",
    "Your sum goes on from one window to the next: each output starts again at 0.",
    ask="Where is the sum set to 0, before the loop or inside it?",
)
correlate1d.bug(
    "output_reversed", "return out", "return out[::-1]",
    "Your output is in reverse order: output 0 belongs to the window that starts at 0.",
    ask="Which window does the first of your outputs look at?",
)
correlate1d.common(integer_result)
correlate1d.bug(
    "negatives_cut", "return out", "return np.maximum(out, 0.0)",
    "Your negative results are 0: a ReLU comes later, as a function of its own.",
    ask="What does a kernel for edges give where the signal falls?",
)
correlate1d.bug(
    "windows_side_by_side", {"size = len(x) - K + 1": "size = len(x) // K", "x[i : i + K]": "x[i * K : i * K + K]"},
    "Your windows lie side by side: each begins one cell after the one before, so they overlap.",
    ask="Which cells does output 1 read?",
    also=[{"size = len(x) - K + 1": "size = len(x) // K", "x[i + a]": "x[i * K + a]"}],
)
correlate1d.bug(
    "one_cell_for_all_weights", "x[i + a]", "x[i]",
    "All weights of your kernel meet the same cell of x: each meets its own, one further to the right.",
    ask="Which cell of x does the second weight meet in output 0?",
    also=[{"window * k": "window[0] * k"}],
)
correlate1d.common(modifies("x"), returns_nothing)


# correlate2d


def small_planes():
    for rows, columns, KH, KW in (
        (1, 1, 1, 1),
        (2, 2, 2, 2),
        (2, 3, 2, 2),
        (3, 2, 2, 2),
        (1, 3, 1, 2),
        (3, 1, 2, 1),
        (3, 3, 2, 2),
        (2, 3, 2, 1),
        (3, 4, 2, 3),
        (4, 3, 3, 2),
    ):
        yield case(counting(rows, columns), counting(KH, KW))


@exercise(
    lesson=LESSON,
    examples=small_planes,
    axes={"x": IMAGE, "k": IMAGE, "": IMAGE},
    trace="sum",
    hint=(
        "It is your correlate1d with a second loop around it. Where does the window of output (i, j) start?",
        "Two loops over the output, and inside them a window: rows from i on, columns from j on.",
    ),
)
def correlate2d(x, k):
    KH, KW = k.shape
    H, W = x.shape
    OH = H - KH + 1
    OW = W - KW + 1
    out = np.zeros((OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = x[i : i + KH, j : j + KW]
            products = window * k
            total = np.sum(products)
            out[i, j] = total
    return out


@correlate2d.way
def correlate2d_in_four_loops(x, k):
    KH, KW = k.shape
    H, W = x.shape
    OH = H - KH + 1
    OW = W - KW + 1
    out = np.zeros((OH, OW))
    for i in range(OH):
        for j in range(OW):
            total = 0.0
            for a in range(KH):
                for b in range(KW):
                    total += x[i + a, j + b] * k[a, b]
            out[i, j] = total
    return out


def planes(draw, *shapes):
    for image, kernel in shapes:
        yield case(draw.array(*image, shift=-0.5), draw.array(*kernel))


@correlate2d.requirement("one window", points=0.5)
def _(draw):
    yield from planes(draw, ((3, 3), (3, 3)), ((2, 2), (2, 2)))


@correlate2d.requirement("a window at every place", points=1)
def _(draw):
    yield from planes(draw, ((5, 5), (3, 3)), ((draw.pick(6, 7),) * 2, (2, 2)))


@correlate2d.requirement("rectangular pictures", points=0.5)
def _(draw):
    yield from planes(draw, ((7, 5), (3, 3)), ((4, draw.pick(7, 8)), (3, 3)))


@correlate2d.requirement("rectangular kernels", points=0.5)
def _(draw):
    yield from planes(
        draw,
        ((3, 2), (3, 2)),
        ((2, 3), (2, 3)),
        ((6, 6), (3, 2)),
        ((6, 6), (2, 3)),
        ((draw.pick(7, 8), 5), (2, 3)),
        ((5, 7), (3, 2)),
    )


@correlate2d.requirement("kernels of one cell", points=0.25)
def _(draw):
    yield from planes(draw, ((4, draw.pick(3, 5)), (1, 1)))


correlate2d.keeps_inputs(points=0.25)

correlate2d.bug(
    "filter_turned", "window * k", "window * k[::-1, ::-1]",
    "Your kernel is rotated by 180° (a true convolution): networks compute the cross-correlation, which lays the kernel on the window as it is.",
    ask="Which weight meets the upper left pixel of the window?",
    also=[{"k[a, b]": "k[-a - 1, -b - 1]"}],
)
correlate2d.bug(
    "filter_upside_down", "window * k", "window * k[::-1]",
    "Your kernel is upside down: its last row meets the first row of the window.",
    ask="Which weight meets the upper left pixel of the window?",
    also=[{"k[a, b]": "k[-a - 1, b]"}],
)
correlate2d.bug(
    "filter_mirrored", "window * k", "window * k[:, ::-1]",
    "Your kernel is mirrored: its last column meets the first column of the window.",
    ask="Which weight meets the upper left pixel of the window?",
    also=[{"k[a, b]": "k[a, -b - 1]"}],
)
correlate2d.bug(
    "filter_transposed", "KH, KW = k.shape", "k = k.T\nKH, KW = k.shape",
    "Rows and columns of your kernel are swapped: a weight meets the pixel on the other side of the diagonal.",
    ask="A kernel of 3 rows and 2 columns: how many rows does the window have that you take?",
    also=[{"window * k": "window * k.T"}, {"k[a, b]": "k[b, a]"}],
)
correlate2d.bug(
    "kernel_width_from_height", "KH, KW = k.shape", "KH = KW = k.shape[0]",
    "Your window is as wide as the kernel is high: a kernel has rows and columns, and their numbers can differ.",
    ask="Which axis of k counts its columns?",
    also=[{"j : j + KW": "j : j + KH"}, {"for b in range(KW)": "for b in range(KH)"}],
)
correlate2d.bug(
    "kernel_height_from_width", "KH, KW = k.shape", "KH = KW = k.shape[1]",
    "Your window is as high as the kernel is wide: a kernel has rows and columns, and their numbers can differ.",
    ask="Which axis of k counts its rows?",
    also=[{"i : i + KH": "i : i + KW"}, {"for a in range(KH)": "for a in range(KW)"}],
)
correlate2d.bug(
    "window_one_short",
    {"for a in range(KH)": "for a in range(KH - 1)", "for b in range(KW)": "for b in range(KW - 1)"},
    "Your window lacks its last row and its last column: a slice, like a range, already leaves out its end.",
    ask="How many cells does a[2:2 + 3 - 1] hold?",
    also=[{"np.sum(products)": "np.sum(products[:-1, :-1])"}],
)
correlate2d.bug(
    "last_product_only", "total += ", "total = ",
    "Only the last product of each window counts: each product overwrites the one before it, where they should be added up.",
    ask="What does your sum hold after the first product, and what after the second?",
    also=[{"np.sum(products)": "products[-1, -1]"}],
)
correlate2d.bug(
    "first_pixel_only", "np.sum(products)", "products[0, 0]",
    "Only the first pixel of each window counts: the sum is over all rows and columns of the window.",
    ask="Is there a return, or an end of a loop, that comes too early?",
)
correlate2d.bug(
    "window_averaged", "np.sum(products)", "np.mean(products)",
    "Your result is the mean of the products: a correlation is their sum. With the mean, a larger kernel would count for less.",
    ask="The window is all twos, the kernel 2×2 ones: what is the sum?",
    also=[{"k[a, b]": "k[a, b] / (KH * KW)"}],
)
correlate2d.bug(
    "products_of_sums", "window * k", "np.sum(window) * np.sum(k)",
    "You add the window up before it meets the kernel: each pixel has a weight of its own, so the products come first, then the sum.",
    ask="If two pixels of the window were swapped, would your result change?",
)
correlate2d.bug(
    "largest_product", "np.sum(products)", "np.max(products)",
    "Your result is the largest product: a correlation adds all its products up; taking a largest value is pooling.",
    ask="What does the formula do with the products?",
)
correlate2d.bug(
    "buffer_of_ones", "total = 0.0", "total = 1.0",
    "Every value is one too large: your sums start at 1.",
    ask="What does your output hold before the first product is added?",
    also=[{"np.zeros(": "np.ones(", "out[i, j] = total": "out[i, j] += total"}],
)
correlate2d.bug(
    "size_plus_one_missing", {"H - KH + 1": "H - KH", "W - KW + 1": "W - KW"},
    "Your output is one row and one column short: it counts the steps between windows, and there is one more window than steps.",
    ask="Put a kernel as large as the input on it: how many windows are there?",
)
correlate2d.bug(
    "loops_over_the_input", {"H - KH + 1": "H", "W - KW + 1": "W"},
    "Your windows start at every cell of the input: the last ones hang over its edge. A window must lie inside as a whole.",
    ask="At which input row does the last window start that still fits?",
    also=[
        {
            "H - KH + 1": "H",
            "W - KW + 1": "W",
            "total += x[i + a, j + b] * k[a, b]": "if i + a < H and j + b < W:\n    total += x[i + a, j + b] * k[a, b]",
        },
    ],
)
correlate2d.bug(
    "width_from_height", "W - KW + 1", "H - KH + 1",
    "Your output is as wide as it is high: its number of columns comes from the input's columns.",
    ask="Which axis of x counts the columns, and where do you use it?",
    also=[{"W - KW + 1": "H - KW + 1"}],
)
correlate2d.bug(
    "height_from_width", "H - KH + 1", "W - KW + 1",
    "Your output is as high as it is wide: its number of rows comes from the input's rows.",
    ask="Which axis of x counts the rows, and where do you use it?",
    also=[{"H - KH + 1": "W - KH + 1"}],
)
correlate2d.bug(
    "height_and_width_exchanged", {"H - KH + 1": "W - KW + 1", "W - KW + 1": "H - KH + 1"},
    "Height and width of your output are swapped: the rows of x come first, then its columns.",
    ask="Which of your loops runs over rows, and up to which number?",
    also=[{"H, W = x.shape": "W, H = x.shape"}],
)
correlate2d.bug(
    "last_row_unfilled", "range(OH)", "range(OH - 1)",
    "The last row of your output stays 0: the loop over rows ends one too early.",
    ask="What is the last value that range(n) gives?",
)
correlate2d.bug(
    "last_column_unfilled", "range(OW)", "range(OW - 1)",
    "The last column of your output stays 0: the loop over columns ends one too early.",
    ask="What is the last value that range(n) gives?",
)
correlate2d.bug(
    "last_row_and_column_unfilled", {"range(OH)": "range(OH - 1)", "range(OW)": "range(OW - 1)"},
    "The last row and the last column of your output stay 0: both loops end one too early.",
    ask="What is the last value that range(n) gives?",
)
correlate2d.bug(
    "output_transposed", "return out", "return out.T",
    "Rows and columns of your output are swapped: the image lies on its side.",
    ask="Which index comes first in your output, that of the row or that of the column?",
    also=[{"out[i, j] = ": "out[j, i] = "}],
)
correlate2d.bug(
    "flat_index_by_height",
    {
        "np.zeros((OH, OW))": "np.zeros(OH * OW)",
        "out[i, j] = total": "out[i * OH + j] = total",
        "return out": "return out.reshape(OH, OW)",
    },
    "Your windows are numbered by the height of the output: each row holds as many windows as the output is wide.",
    ask="With 3 rows of 5 windows, which number does the first window of row 1 have?",
)
correlate2d.bug(
    "total_not_reset",
    "for i in range(OH):\n    for j in range(OW):\n        total = 0.0",
    "total = 0.0\nfor i in range(OH):\n    for j in range(OW):",
    "Each value also holds all the ones before it: the total is never set back to 0.",
    ask="In which loop does your total start at 0, and how often is that?",
)
correlate2d.common(integer_result)
correlate2d.bug(
    "relu_inside", "return out", "return np.maximum(out, 0.0)",
    "Your negative values are 0: the activation is a layer of its own, and comes after the convolution.",
    ask="Does the formula of this function contain a max?",
)
correlate2d.common(modifies("x"), returns_nothing)
correlate2d.bug(
    "same_size",
    "H, W = x.shape",
    "rows, columns = (KH - 1) // 2, (KW - 1) // 2\nx = np.pad(x, ((rows, KH - 1 - rows), (columns, KW - 1 - columns)))\nH, W = x.shape",
    "Your output is as large as the image: the kernel hangs over the edge there. Here every window lies inside the image as a whole.",
    ask="Where would the last of your windows end?",
    way="correlate2d",
)
correlate2d.bug(
    "room_for_the_whole_image", "np.zeros((OH, OW))", "np.zeros((H, W))",
    "Your output is as large as the image, and its last rows and columns stay 0: no window starts there.",
    ask="At how many rows of an image of 7 can a window of 3 rows start?",
)
correlate2d.bug(
    "kernel_left_out", "window * k", "window",
    "You add the window up without the kernel: that is a kernel of ones.",
    ask="Where in your sum do the weights appear?",
    also=[{" * k[a, b]": ""}],
)
correlate2d.bug(
    "matrix_product", "window * k", "window @ k",
    "You multiply window and kernel as matrices: each weight should meet the one pixel that lies under it.",
    ask="How many products does a 2×2 kernel make with a 2×2 window, and how many does a matrix product make?",
)


# design_kernels


@exercise(
    lesson=LESSON,
    hint="Hold the kernel on a flat image, then on a step from dark to bright, and say what should come out.",
)
def design_kernels():
    identity = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    mean = np.ones((3, 3)) / 9
    edge = np.array([[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]])
    return {"identity": identity, "mean": mean, "vertical_edge": edge, "horizontal_edge": edge.T}


@design_kernels.way
def sobel_kernels():
    edge = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    return {**design_kernels(), "vertical_edge": edge, "horizontal_edge": edge.T}


@design_kernels.way
def kernels_of_two_cells():
    edge = np.array([[0.0, 0.0, 0.0], [0.0, -1.0, 1.0], [0.0, 0.0, 0.0]])
    return {**design_kernels(), "vertical_edge": edge, "horizontal_edge": edge.T}


@design_kernels.way
def kernels_across_the_middle():
    edge = np.array([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    return {**design_kernels(), "vertical_edge": edge, "horizontal_edge": edge.T}


def designed(name, fault):
    """A rule for one of the kernels; `fault` says what is wrong with it, or nothing."""

    def accepts(values):
        kernels = values[0]
        if not isinstance(kernels, dict):
            return "expected a dict from names to kernels"
        if name not in kernels:
            names = ", ".join(map(repr, kernels)) or "nothing"
            return f"the kernel {name!r} is missing; got {names}"
        try:
            kernel = np.asarray(kernels[name], dtype=np.float64)
        except (TypeError, ValueError):
            return f"{name!r} is not an array of numbers"
        if kernel.shape != (3, 3):
            return f"{name!r} must have shape (3, 3), got {kernel.shape}"
        if not np.isfinite(kernel).all():
            return f"{name!r} contains values that are not finite"
        return fault(kernel) or None

    return accepts


def identity_fault(kernel):
    middle = np.zeros((3, 3))
    middle[1, 1] = 1.0
    if np.allclose(kernel, middle):
        return ""
    if np.allclose(kernel, 1.0) or np.allclose(kernel, np.eye(3)):
        return "'identity' changes the image: each output cell should equal the cell in the middle of its window, and no other cell counts"
    if np.isclose(np.count_nonzero(kernel), 1):
        return "'identity' reads one cell, but not the one in the middle with weight 1: the image is shifted or becomes brighter"
    return "'identity' changes the image: only the cell in the middle of the window may count"


def mean_fault(kernel):
    if np.allclose(kernel, 1 / 9):
        return ""
    if np.allclose(kernel, kernel[0, 0]):
        return f"'mean' turns a flat image of 1 into {kernel.sum():g}: its nine weights must add up to 1"
    return "'mean' does not weight all nine cells equally"


def edge_fault(name, other, along, brighter):
    """A step across the edge is seen, with its sign; a flat image and the other kind of edge are not."""

    def fault(kernel):
        size = max(float(np.abs(kernel).max()), 1e-12)
        if abs(kernel.sum()) > 1e-9 * size:
            return f"{name!r} gives {kernel.sum():g} on a flat image of 1, where there is no edge: its weights must add up to 0"
        if np.abs(kernel.sum(axis=1 - along)).max() > 1e-9 * size:
            return f"{name!r} also responds to a {other} edge: it should give 0 there"
        profile = kernel.sum(axis=along)
        steps = profile[::-1].cumsum()[:-1]
        if np.abs(steps).max() <= 1e-9 * size:
            return f"{name!r} never responds: a step from dark to bright must give something other than 0"
        if steps.min() < -1e-9 * size:
            return f"{name!r} is negative where the image gets brighter {brighter}: it should be positive there"
        return ""

    return fault


@design_kernels.requirement("identity", points=0.5)
def _(draw):
    yield case().accepted_by(designed("identity", identity_fault))


@design_kernels.requirement("mean", points=0.5)
def _(draw):
    yield case().accepted_by(designed("mean", mean_fault))


@design_kernels.requirement("vertical edge", points=0.5)
def _(draw):
    fault = edge_fault("vertical_edge", "horizontal", 0, "to the right")
    yield case().accepted_by(designed("vertical_edge", fault))


@design_kernels.requirement("horizontal edge", points=0.5)
def _(draw):
    fault = edge_fault("horizontal_edge", "vertical", 1, "downwards")
    yield case().accepted_by(designed("horizontal_edge", fault))


design_kernels.bug(
    "mean_not_divided", "np.ones((3, 3)) / 9", "np.ones((3, 3))",
    "Your mean adds the nine cells up but does not divide: a flat image of 1 becomes 9.",
    ask="What should the nine weights add up to?",
)
design_kernels.bug(
    "identity_all_ones",
    "identity = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])",
    "identity = np.ones((3, 3))",
    "Your identity adds the whole window up: the image is blurred and nine times as bright.",
    ask="Which one cell of the window should the output be?",
)
design_kernels.bug(
    "identity_on_the_diagonal",
    "[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]",
    "[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]",
    "Your identity is the identity *matrix*: as a kernel it adds three cells on a diagonal.",
    ask="Which one cell of the window should the output be?",
)
design_kernels.bug(
    "identity_in_the_corner",
    "[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]",
    "[[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]",
    "Your identity copies the window's first cell: the image moves by one row and one column.",
    ask="Which cell of the window lies where the output lies?",
)
design_kernels.bug(
    "edges_exchanged",
    '"vertical_edge": edge, "horizontal_edge": edge.T',
    '"vertical_edge": edge.T, "horizontal_edge": edge',
    "Your two edge kernels are swapped: a vertical edge is where the image changes from left to right.",
    ask="To walk across a vertical edge, do you go along a row or along a column?",
)
design_kernels.bug(
    "edges_from_bright_to_dark",
    '"vertical_edge": edge, "horizontal_edge": edge.T',
    '"vertical_edge": -edge, "horizontal_edge": -edge.T',
    "Your edge kernels are negative where the image gets brighter: they should be positive there.",
    ask="Which side of the kernel meets the bright cells, and which sign does it have?",
)
design_kernels.bug(
    "edge_without_negatives",
    '"vertical_edge": edge, "horizontal_edge": edge.T',
    '"vertical_edge": np.abs(edge), "horizontal_edge": np.abs(edge).T',
    "Your edge kernels have no negative weights: they also respond to a flat image, where there is no edge.",
    ask="What do the weights of a kernel add up to that gives 0 on a flat image?",
)


# learn_kernel


@exercise(
    lesson=LESSON,
    hint=(
        "Start with zeros. Compute what they give, the error, and the gradient of the error with respect to each weight. Take a step. Repeat.",
        "The gradient of a weight is the error correlated with the image: what your correlate2d computes of (x, error).",
    ),
)
def learn_kernel(x, y):
    KH = x.shape[0] - y.shape[0] + 1
    KW = x.shape[1] - y.shape[1] + 1
    windows = np.lib.stride_tricks.sliding_window_view(x, (KH, KW))
    k = np.zeros((KH, KW))
    for _ in range(200):
        error = np.tensordot(windows, k, 2) - y
        gradient = np.tensordot(error, windows, 2) / error.size
        k = k - 0.5 * gradient
    return k


@learn_kernel.way
def least_squares(x, y):
    KH = x.shape[0] - y.shape[0] + 1
    KW = x.shape[1] - y.shape[1] + 1
    rows = []
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            window = x[i : i + KH, j : j + KW]
            rows.append(window.ravel())
    weights = np.linalg.lstsq(np.array(rows), y.ravel(), rcond=None)[0]
    k = weights.reshape(KH, KW)
    return k


def learned(right):
    """Close to the kernel that made y: a search that stops early enough is as good as an exact solution."""
    largest = float(np.abs(right).max())
    margin = 0.02 * largest

    def close(kernel, other):
        return kernel.shape == other.shape and bool(np.abs(kernel - other).max() <= margin)

    def accepts(values):
        try:
            kernel = np.asarray(values[0], dtype=np.float64)
        except (TypeError, ValueError):
            return "expected an array, the kernel"
        if close(kernel, right):
            return None
        if kernel.shape != right.shape:
            return f"a kernel that turns x into y has shape {right.shape}, got {kernel.shape}"
        if close(kernel, right[::-1, ::-1]):
            return "this is the right kernel, but rotated by 180°: your model computes a true convolution"
        if close(kernel, -right):
            return "this is the right kernel with the opposite sign: error and gradient disagree about what is subtracted from what"
        if not np.isfinite(kernel).all():
            return "the search diverged: some values are not finite. In which direction do the steps go, and how long are they?"
        worst = float(np.abs(kernel - right).max())
        if worst > 10 * largest:
            return (
                f"the search diverges: a weight is off by {worst:.2g}, and more steps make it worse. "
                "In which direction do they go, and does each start with the error of the current kernel?"
            )
        return (
            f"the worst weight is off by {worst:.2g}, where {margin:.2g} would do: "
            "take more steps, or larger ones; or the gradient is not that of your error"
        )

    return accepts


def learning(draw, image, kernel):
    x, k = draw.array(*image), draw.array(*kernel)
    y = np.tensordot(np.lib.stride_tricks.sliding_window_view(x, kernel), k, 2)
    return case(x, y).accepted_by(learned(k))


@learn_kernel.requirement("a 3×3 kernel", points=1.5)
def _(draw):
    yield learning(draw, (draw.pick(10, 12), 12), (3, 3))


@learn_kernel.requirement("kernels of other sizes", points=1.25)
def _(draw):
    yield learning(draw, (12, 10), (2, 3))
    yield learning(draw, (12, 10), (2, 3))  # another kernel: what was learned once is not the answer
    yield learning(draw, (9, 12), (3, 1))
    yield learning(draw, (10, 9), (2, 2))


learn_kernel.keeps_inputs(points=0.25)

learn_kernel.bug(
    "kernel_turned", "return k", "return k[::-1, ::-1]",
    "Your kernel is the right one rotated by 180°: your model computes a true convolution.",
    ask="Which weight meets the upper left pixel of the window?",
)
learn_kernel.bug(
    "kernel_transposed", "return k", "return k.T",
    "Your kernel is the right one with rows and columns swapped.",
    ask="Which axis of the image do the rows of the kernel run along?",
)
learn_kernel.bug(
    "always_three_by_three",
    {"KH = x.shape[0] - y.shape[0] + 1": "KH = 3", "KW = x.shape[1] - y.shape[1] + 1": "KW = 3"},
    "Your kernel is always 3×3: its size follows from the shapes of x and y.",
    ask="The input has 12 rows and the output 11: how many rows does the kernel have?",
)
learn_kernel.bug(
    "size_without_plus_one", {"y.shape[0] + 1": "y.shape[0]", "y.shape[1] + 1": "y.shape[1]"},
    "Your kernel is one row and one column too small: a window of one row has as many positions as there are rows.",
    ask="The input has 12 rows and the output 10: how many rows does the kernel have?",
    way="least_squares",
)
learn_kernel.bug(
    "never_moved", "k = k - 0.5 * gradient", "k - 0.5 * gradient",
    "Your kernel is still all zeros: no step was taken, or its result was not kept.",
    ask="Which line of your loop changes the kernel?",
)
learn_kernel.bug(
    "columns_from_rows", "KW = x.shape[1] - y.shape[1] + 1", "KW = x.shape[0] - y.shape[0] + 1",
    "Your kernel is always square: its columns follow from the columns of x and y, as its rows do from their rows.",
    ask="The input has 10 columns and the output 8: how many columns does the kernel have?",
)
