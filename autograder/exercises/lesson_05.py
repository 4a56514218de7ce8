"""Slide a window: correlation in one and two dimensions, kernels designed and kernels learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.exercises.model import (
    INPUTS_KEPT,
    Accepts,
    Array,
    Bug,
    Case,
    Draw,
    Exercise,
    Part,
    bugs,
    case,
    variants,
)
from autograder.exercises.wrong_convolutions import BUGS, convolution, remade, texts

LESSON = "05_slide_a_window"

PICTURE = ("row", "column")


# correlate1d


def _correlate1d(x: Array, k: Array) -> Array:
    return np.array([np.sum(x[i : i + len(k)] * k) for i in range(len(x) - len(k) + 1)])


def _line_variant(
    kernel: Callable[[Array], Array] = lambda k: k,
    window: Callable[[Array, int, int], Array] = lambda x, i, K: x[i : i + K],
    size: Callable[[int, int], int] = lambda n, K: n - K + 1,
    filled: Callable[[int], int] = lambda size: size,
    total: Callable[[Array, Array], Any] = lambda window, k: np.sum(window * k),
    result: Callable[[Array, Array, Array], Any] = lambda out, x, k: out,
) -> Callable[..., Any]:
    def correlate1d(x: Array, k: Array) -> Any:
        K = len(k)
        out = np.zeros(size(len(x), K))
        for i in range(filled(len(out))):
            out[i] = total(window(x, i, K), kernel(k))
        return result(out, x, k)

    return correlate1d


def _signal_changed(out: Array, x: Array, k: Array) -> Array:
    x[0] = 0.0
    return out


_CORRELATE1D_BUGS = variants(
    _line_variant,
    {
        "kernel_reversed": (
            {"kernel": lambda k: k[::-1]},
            """Your kernel is turned around (a true convolution): networks compute the correlation, which lays the kernel on the
            window as it is.

            Which weight meets the first number of the window?""",
        ),
        "size_plus_one_missing": (
            {"size": lambda n, K: n - K},
            """Your output is one number short: the steps between windows are counted, and there is one more window than steps.

            Put a kernel as long as the input on it: how many windows are there?""",
        ),
        "same_size": (
            {"result": lambda out, x, k: np.correlate(x, k, "same")},
            """Your output is as long as the input: there the kernel hangs over the edge. Here every window lies inside as a whole.

            Where would the last of your windows end?""",
        ),
        "full_size": (
            {"result": lambda out, x, k: np.correlate(x, k, "full")},
            """Your output is longer than the input: every window that touches the input is counted. Here every window lies
            inside as a whole.

            How many places has a kernel that is as long as the input?""",
        ),
        "loops_over_the_input": (
            [
                {"size": lambda n, K: n},
                {"size": lambda n, K: n, "window": lambda x, i, K: x[np.arange(i, i + K)]},
            ],
            """Your loop runs over every number of the input: the last windows hang over the edge.

            With 7 numbers and a kernel of 3, at which place does the last window start that fits?""",
        ),
        "last_not_filled": (
            {"filled": lambda size: size - 1},
            """The last number of your output stays 0: the loop ends one too early.

            What is the last value that range(n) gives?""",
        ),
        "window_starts_at_zero": (
            {"window": lambda x, i, K: x[:K]},
            """All your outputs are alike: the window never moves.

            At which number of x does the window of output i start?""",
        ),
        "window_moves_two": (
            [
                {
                    "window": lambda x, i, K: (
                        np.resize(x[2 * i : 2 * i + K], K) if 2 * i + K <= len(x) else x[:1]
                    )
                },
                {"window": lambda x, i, K: np.append(x, np.zeros(2 * len(x)))[2 * i : 2 * i + K]},
            ],
            """Your window moves two numbers at a time: it moves one.

            At which number of x does the window of output 1 start?""",
        ),
        "total_not_divided_into_products": (
            {"total": lambda window, k: np.sum(window) * np.sum(k)},
            """The window is added up before it meets the kernel: each number has a weight of its own, so the products come first,
            then the sum.

            If two numbers of the window were exchanged, would your result change?""",
        ),
        "kernel_left_out": (
            {"total": lambda window, k: np.sum(window)},
            """Your window is added up without the kernel: that is a kernel of ones.

            Where in your sum do the weights appear?""",
        ),
        "averaged": (
            {"total": lambda window, k: np.mean(window * k)},
            """Your result is the mean of the products: they are to be added up. The mean would make a kernel weaker the longer it is.

            The window is all twos, the kernel three ones: what is the sum?""",
        ),
        "last_product_only": (
            {"total": lambda window, k: window[-1] * k[-1]},
            """Only the last product of each window counts: each one overwrites the one before, where they are to be added up.

            What does your sum hold after the first product, and what after the second?""",
        ),
        "first_product_only": (
            {"total": lambda window, k: window[0] * k[0]},
            """Only the first product of each window counts: the sum runs over the whole kernel.

            Is there a return, or an end of a loop, that comes too early?""",
        ),
        "window_one_short": (
            {"total": lambda window, k: np.sum(window[:-1] * k[:-1])},
            """The last weight never counts: a slice already leaves out its end.

            How many numbers does a[2:2 + 3 - 1] hold?""",
        ),
        "largest_product": (
            {"total": lambda window, k: np.max(window * k)},
            """Your result is the largest product: the products are to be added up.

            What does the formula do with the products?""",
        ),
        "added_instead_of_multiplied": (
            {"total": lambda window, k: np.sum(window + k)},
            """Window and kernel are added: a weight says how much its number counts, so the two are multiplied.

            What does a weight of 0 do to the number under it?""",
        ),
        "sum_not_reset": (
            {"result": lambda out, x, k: np.cumsum(out)},
            """Your sum goes on from one window to the next: each output starts anew at 0.

            Where is the sum set to 0, before the loop or inside it?""",
        ),
        "output_reversed": (
            {"result": lambda out, x, k: out[::-1]},
            """Your output runs backwards: output 0 belongs to the window that starts at 0.

            Which window does the first of your outputs look at?""",
        ),
        "integer_buffer": (
            {"result": lambda out, x, k: np.trunc(out)},
            """Everything after the decimal point is lost: an array of integers cannot hold your results.

            Which type does the array have into which you write?""",
        ),
        "negatives_cut": (
            {"result": lambda out, x, k: np.maximum(out, 0.0)},
            """Your negative results are 0: a ReLU comes later, as a function of its own.

            What does a kernel answer where the signal falls?""",
        ),
        "input_modified": (
            {"result": _signal_changed},
            """Your function does more than return its result: it writes into x, which belongs to the caller.

            Whoever calls you twice with the same x: what do they get the second time?""",
        ),
        "returns_nothing": ({"result": lambda out, x, k: None}, texts("returns_nothing")),
    },
)

CORRELATE1D = Exercise(
    id="correlate1d",
    lesson=LESSON,
    signature="correlate1d(x, k)",
    reference=_correlate1d,
    parts=(
        Part("one window", 0.5, lambda draw: [case(draw.array(3), draw.array(3))]),
        Part(
            "a window at every place",
            0.75,
            lambda draw: [
                case(draw.array(draw.pick(7, 8)), draw.array(3)),
                case(draw.array(draw.pick(9, 11), shift=-1.0), draw.array(3)),
                case(9.0 * draw.array(8), draw.array(3)),
            ],
        ),
        Part(
            "kernels of any length",
            0.5,
            lambda draw: [
                case(draw.array(6), draw.array(1)),
                case(draw.array(draw.pick(6, 8)), draw.array(2)),
                case(draw.array(9), draw.array(draw.pick(4, 5))),
            ],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=_CORRELATE1D_BUGS,
    small=lambda: (
        case(1.0 + np.arange(n, dtype=float) ** 2, 1.0 + np.arange(K, dtype=float))
        for n, K in ((1, 1), (2, 2), (2, 1), (3, 2), (4, 2), (3, 3), (5, 3), (5, 4))
    ),
    axes={"x": ("place",), "k": ("place",), "": ("place",)},
    trace="sum",
    hints=(
        "Write down which numbers output 0 reads, then output 1. What is the first number that output i reads?",
    ),
)


# correlate2d


def _plane(**settings: Any) -> Callable[..., Any]:
    """A convolution of one picture by one kernel, out of the settings of the general one."""
    conv = convolution(**settings)

    def correlate2d(x: Array, k: Array) -> Any:
        volume, filters = np.array(x)[None, :, :, None], np.array(k)[:, :, None, None]
        out = conv(volume, filters, np.zeros(1))
        if not np.array_equal(volume[0, :, :, 0], x):
            x[...] = volume[0, :, :, 0]
        return None if out is None else out[0, :, :, 0]

    return correlate2d


_IN_THE_PLANE = {
    "filter_turned",
    "filter_upside_down",
    "filter_mirrored",
    "filter_transposed",
    "kernel_width_from_height",
    "kernel_height_from_width",
    "window_one_short",
    "last_product_only",
    "first_pixel_only",
    "window_averaged",
    "products_of_sums",
    "largest_product",
    "buffer_of_ones",
    "size_plus_one_missing",
    "loops_over_the_input",
    "width_from_height",
    "height_from_width",
    "height_and_width_exchanged",
    "last_row_unfilled",
    "last_column_unfilled",
    "last_row_and_column_unfilled",
    "output_transposed",
    "flat_index_by_height",
    "total_not_reset",
    "integer_buffer",
    "relu_inside",
    "input_modified",
    "returns_nothing",
}


def _in_the_plane() -> Iterator[Bug]:
    """Those of the convolution's bugs that one channel and one filter can show.

    With stride 1 a window that hangs over the edge always raises ValueError in slices, whichever bug it is: that
    spelling tells none of them from another, unless it takes the kernel for a square.
    """
    for bug in BUGS:
        if bug.id in _IN_THE_PLANE:
            square = bug.id.startswith("kernel_")
            telling = [one for one in bug.settings if square or one.get("outside") not in (ValueError, "cut")]
            yield remade(bug, _plane, telling)


def _padded_to_the_same_size(x: Array, k: Array) -> Array:
    """Your output is as large as the picture: there the kernel hangs over the edge. Here every window lies inside as a whole.

    Where would the last of your windows end?
    """
    KH, KW = k.shape
    rows, columns = KH - 1, KW - 1
    padded = np.pad(x, ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)))
    return np.asarray(_plane()(padded, k))


def _kernel_left_out(x: Array, k: Array) -> Array:
    """Your window is added up without the kernel: that is a kernel of ones.

    Where in your sum do the weights appear?
    """
    return np.asarray(_plane()(x, np.ones_like(k)))


def _matrix_product(x: Array, k: Array) -> Array:
    """Window and kernel are multiplied as matrices: each weight is to meet the one pixel that lies under it.

    How many products does a 2×2 kernel make with a 2×2 window, and how many does a matrix product make?
    """
    return np.asarray((np.lib.stride_tricks.sliding_window_view(x, k.shape) @ k).sum(axis=(2, 3)))


_matrix_product.__name__ = "matrix_product"
_padded_to_the_same_size.__name__ = "same_size"
_kernel_left_out.__name__ = "kernel_left_out"


def _planes(draw: Draw, *shapes: tuple[tuple[int, int], tuple[int, int]]) -> list[Case]:
    return [case(draw.array(*picture, shift=-0.5), draw.array(*kernel)) for picture, kernel in shapes]


CORRELATE2D = Exercise(
    id="correlate2d",
    lesson=LESSON,
    signature="correlate2d(x, k)",
    reference=_plane(),
    parts=(
        Part("one window", 0.5, lambda draw: _planes(draw, ((3, 3), (3, 3)), ((2, 2), (2, 2)))),
        Part(
            "a window at every place",
            1,
            lambda draw: _planes(draw, ((5, 5), (3, 3)), ((draw.pick(6, 7),) * 2, (2, 2))),
        ),
        Part(
            "rectangular pictures",
            0.5,
            lambda draw: _planes(draw, ((7, 5), (3, 3)), ((4, draw.pick(7, 8)), (3, 3))),
        ),
        Part(
            "rectangular kernels",
            0.5,
            lambda draw: _planes(
                draw,
                ((3, 2), (3, 2)),
                ((2, 3), (2, 3)),
                ((6, 6), (3, 2)),
                ((6, 6), (2, 3)),
                ((draw.pick(7, 8), 5), (2, 3)),
                ((5, 7), (3, 2)),
            ),
        ),
        Part("kernels of one cell", 0.25, lambda draw: _planes(draw, ((4, draw.pick(3, 5)), (1, 1)))),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=(
        *_in_the_plane(),
        *bugs(_padded_to_the_same_size, _kernel_left_out, _matrix_product),
    ),
    small=lambda: (
        case(
            1.0 + np.arange(rows * columns, dtype=float).reshape(rows, columns),
            1.0 + np.arange(KH * KW, dtype=float).reshape(KH, KW),
        )
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
        )
    ),
    axes={"x": PICTURE, "k": PICTURE, "": PICTURE},
    trace="sum",
    hints=(
        "Your correlate1d with a second loop around it. What does the window of output (i, j) start at?",
        "Two loops over the output, and in their middle a window: rows from i on, columns from j on.",
    ),
)


# design_kernels

_KERNELS = ("identity", "mean", "vertical_edge", "horizontal_edge")


def _reference_kernels() -> dict[str, Array]:
    edge = np.array([[-1.0, 0.0, 1.0]] * 3)
    return {
        "identity": np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]),
        "mean": np.full((3, 3), 1 / 9),
        "vertical_edge": edge,
        "horizontal_edge": edge.T.copy(),
    }


def _kernel(values: tuple[Any, ...], name: str) -> Array | str:
    """One designed kernel, or what is wrong with the answer."""
    designed = values[0]
    if not isinstance(designed, dict):
        return "a dict is due, from names to kernels"
    if name not in designed:
        return (
            f"the kernel {name!r} is missing; yours are called {', '.join(map(repr, designed)) or 'nothing'}"
        )
    try:
        kernel = np.asarray(designed[name], dtype=np.float64)
    except (TypeError, ValueError):
        return f"{name!r} is not an array of numbers"
    if kernel.shape != (3, 3):
        return f"{name!r} has the shape {kernel.shape}; due is (3, 3)"
    return kernel if np.isfinite(kernel).all() else f"{name!r} holds values that are no finite numbers"


def _designed(name: str, fault: Callable[[Array], str]) -> Accepts:
    def accepts(values: tuple[Any, ...]) -> str | None:
        kernel = _kernel(values, name)
        return kernel if isinstance(kernel, str) else fault(kernel) or None

    return accepts


def _identity_fault(kernel: Array) -> str:
    right = _reference_kernels()["identity"]
    if np.allclose(kernel, right):
        return ""
    if np.allclose(kernel, 1.0) or np.allclose(kernel, np.eye(3)):
        return "'identity' changes the picture: each output cell is to be the cell in the middle of its window, and no other counts"
    if np.isclose(np.count_nonzero(kernel), 1):
        return "'identity' reads one cell, but not the one in the middle with weight 1: the picture is moved or made brighter"
    return "'identity' changes the picture: only the cell in the middle of the window may count"


def _mean_fault(kernel: Array) -> str:
    if np.allclose(kernel, 1 / 9):
        return ""
    if np.allclose(kernel, kernel[0, 0]):
        return f"'mean' makes a grey picture of 1 into {kernel.sum():g}: its nine weights must add up to 1"
    return "'mean' does not weigh all nine cells alike"


def _edge_fault(name: str, along: int, brighter: str) -> Callable[[Array], str]:
    """A step across the edge is seen, with its sign; a flat picture and the other kind of edge are not."""

    def fault(kernel: Array) -> str:
        size = max(float(np.abs(kernel).max()), 1e-12)
        if abs(kernel.sum()) > 1e-9 * size:
            return f"{name!r} answers {kernel.sum():g} on a flat picture of 1, where there is no edge: its weights must add up to 0"
        if np.abs(kernel.sum(axis=1 - along)).max() > 1e-9 * size:
            other = "horizontal" if name == "vertical_edge" else "vertical"
            return f"{name!r} also answers to a {other} edge: it should answer 0 there"
        profile = kernel.sum(axis=along)
        steps = profile[::-1].cumsum()[:-1]
        if np.abs(steps).max() <= 1e-9 * size:
            return f"{name!r} never answers: a step from dark to bright must give something else than 0"
        if steps.min() < -1e-9 * size:
            return f"{name!r} answers below 0 where the picture gets brighter {brighter}: it should be above 0 there"
        return ""

    return fault


_FAULTS = {
    "identity": _identity_fault,
    "mean": _mean_fault,
    "vertical_edge": _edge_fault("vertical_edge", 0, "to the right"),
    "horizontal_edge": _edge_fault("horizontal_edge", 1, "downwards"),
}


def _kernels_variant(**changed: Array) -> Callable[..., Any]:
    def design_kernels() -> Any:
        return _reference_kernels() | {name: value.copy() for name, value in changed.items()}

    return design_kernels


_EDGE = np.array([[-1.0, 0.0, 1.0]] * 3)
_SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
_STEP = np.array([[0.0, 0.0, 0.0], [0.0, -1.0, 1.0], [0.0, 0.0, 0.0]])
_WIDE_STEP = np.array([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
_EDGES = (_EDGE, _SOBEL, _STEP, _WIDE_STEP)

_DESIGN_BUGS = variants(
    _kernels_variant,
    {
        "mean_not_divided": (
            {"mean": np.ones((3, 3))},
            """Your mean adds the nine cells up, but does not divide: a grey picture of 1 becomes 9.

            What should the nine weights add up to?""",
        ),
        "identity_all_ones": (
            {"identity": np.ones((3, 3))},
            """Your identity adds up the whole window: the picture is blurred and nine times as bright.

            Which one cell of the window is the output to be?""",
        ),
        "identity_on_the_diagonal": (
            {"identity": np.eye(3)},
            """Your identity is the identity *matrix*: as a kernel it adds three cells on a diagonal.

            Which one cell of the window is the output to be?""",
        ),
        "identity_in_the_corner": (
            {"identity": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])},
            """Your identity copies the window's first cell: the picture moves by one row and one column.

            Which cell of the window lies where the output lies?""",
        ),
        "edges_exchanged": (
            [{"vertical_edge": edge.T, "horizontal_edge": edge} for edge in _EDGES],
            """Your two edge kernels are exchanged: a vertical edge is where the picture changes from left to right.

            Walk across a vertical edge: do you go along a row or along a column?""",
        ),
        "edges_from_bright_to_dark": (
            [{"vertical_edge": -edge, "horizontal_edge": -edge.T} for edge in _EDGES],
            """Your edge kernels answer below 0 where it gets brighter: they are to be above 0 there.

            Which side of the kernel meets the bright cells, and which sign has it?""",
        ),
        "edge_without_negatives": (
            [{"vertical_edge": np.abs(edge), "horizontal_edge": np.abs(edge).T} for edge in _EDGES],
            """Your edge kernels have no negative weights: they answer on a flat picture too, where there is no edge.

            What do the weights of a kernel add up to that answers 0 on a flat picture?""",
        ),
    },
)

DESIGN_KERNELS = Exercise(
    id="design_kernels",
    lesson=LESSON,
    signature="design_kernels()",
    reference=_reference_kernels,
    parts=tuple(
        Part(
            name.replace("_", " "),
            0.5,
            lambda draw, name=name: [Case(accepts=_designed(name, _FAULTS[name]))],  # type: ignore[misc]
        )
        for name in _KERNELS
    ),
    catalogue=_DESIGN_BUGS,
    hints=(
        "Hold the kernel on a flat picture, then on a step from dark to bright, and say what should come out.",
    ),
)


# learn_kernel


def _learn_kernel(x: Array, y: Array) -> Array:
    """Least squares: one equation for each output cell."""
    KH, KW = x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1
    windows = np.lib.stride_tricks.sliding_window_view(x, (KH, KW)).reshape(-1, KH * KW)
    return np.asarray(np.linalg.lstsq(windows, y.ravel(), rcond=None)[0].reshape(KH, KW))


def _learned(right: Array) -> Accepts:
    """Close to the kernel that made y: a search that stops early enough is as good as an exact solution."""
    margin = 0.02 * float(np.abs(right).max())

    def close(kernel: Array, other: Array) -> bool:
        return kernel.shape == other.shape and bool(np.abs(kernel - other).max() <= margin)

    def accepts(values: tuple[Any, ...]) -> str | None:
        try:
            kernel = np.asarray(values[0], dtype=np.float64)
        except (TypeError, ValueError):
            return "an array is due, the kernel"
        if close(kernel, right):
            return None
        if kernel.shape != right.shape:
            return f"the shape is {kernel.shape}; a kernel that makes y out of x has {right.shape}"
        if close(kernel, right[::-1, ::-1]):
            return "it is the right kernel, but turned by 180°: your model computes a true convolution"
        if close(kernel, -right):
            return "it is the right kernel with its sign turned: error and gradient disagree about what is subtracted"
        if not np.isfinite(kernel).all():
            return "the search ran away: there are values that are no finite numbers. Which way do the steps go, and how long are they?"
        worst = float(np.abs(kernel - right).max())
        if worst > 10 * float(np.abs(right).max()):
            return (
                f"the search runs away: a weight is off by {worst:.2g}, and more steps make it worse. "
                "Which way do they go, and does each begin with the error of the kernel as it is by then?"
            )
        return (
            f"the worst weight is off by {worst:.2g}, where {margin:.2g} would do: "
            "more steps, or larger ones, or the gradient is not that of your error"
        )

    return accepts


def _learning(draw: Draw, picture: tuple[int, int], kernel: tuple[int, int]) -> Case:
    x, k = draw.array(*picture), draw.array(*kernel)
    return Case((x, np.asarray(_plane()(x, k))), accepts=_learned(k))


def _learn_variant(
    fit: Callable[[Array, Array], Array] = _learn_kernel,
    sides: Callable[[int, int], tuple[int, int]] | None = None,
    result: Callable[[Array, Array, Array], Any] = lambda k, x, y: k,
) -> Callable[..., Any]:
    def learn_kernel(x: Array, y: Array) -> Any:
        if sides is not None:
            KH, KW = sides(x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1)
            y = y[: x.shape[0] - KH + 1, : x.shape[1] - KW + 1]
            x = x[: y.shape[0] + KH - 1, : y.shape[1] + KW - 1]
        return result(fit(x, y), x, y)

    return learn_kernel


LEARN_KERNEL = Exercise(
    id="learn_kernel",
    lesson=LESSON,
    signature="learn_kernel(x, y)",
    reference=_learn_kernel,
    parts=(
        Part("a 3×3 kernel", 1.5, lambda draw: [_learning(draw, (draw.pick(10, 12), 12), (3, 3))]),
        Part(
            "kernels of other sizes",
            1.25,
            lambda draw: [_learning(draw, (12, 10), (2, 3)), _learning(draw, (9, 12), (3, 1))],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _learn_variant,
        {
            "kernel_turned": (
                {"result": lambda k, x, y: k[::-1, ::-1]},
                """Your kernel is the right one turned by 180°: your model computes a true convolution.

                Which weight meets the upper left pixel of the window?""",
            ),
            "kernel_transposed": (
                {"result": lambda k, x, y: k.T},
                """Your kernel is the right one with rows and columns exchanged.

                Which axis of the picture do the rows of the kernel run along?""",
            ),
            "always_three_by_three": (
                {"sides": lambda KH, KW: (3, 3)},
                """Your kernel is always 3×3: its size follows from the shapes of x and y.

                The input has 12 rows and the output 11: how many rows has the kernel?""",
            ),
            "size_without_plus_one": (
                {"sides": lambda KH, KW: (max(KH - 1, 1), max(KW - 1, 1))},
                """Your kernel is one row and one column too small: a window of one row has as many places as there are rows.

                The input has 12 rows and the output 10: how many rows has the kernel?""",
            ),
            "never_moved": (
                {"fit": lambda x, y: np.zeros((x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1))},
                """Your kernel is still all zeros: no step was taken, or its result was not kept.

                Which line of your loop changes the kernel?""",
            ),
        },
    ),
    guards=("correlate2d",),
    hints=(
        "Start with zeros. Compute what they give, the error, and the error's gradient for each weight. Take a step. Repeat.",
        "The gradient for a weight is the error correlated with the picture: what your correlate2d does with (x, error).",
    ),
)

EXERCISES = (CORRELATE1D, CORRELATE2D, DESIGN_KERNELS, LEARN_KERNEL)
