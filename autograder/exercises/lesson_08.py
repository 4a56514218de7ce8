"""Pooling: one number for each window and channel, nothing learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.exercises.model import INPUTS_KEPT, VOLUME, Array, Case, Draw, Exercise, Part, case, variants
from convlib import reference

LESSON = "08_pooling"

Pair = tuple[int, int]


def pair(value: Any) -> Pair:
    """Rows and columns, where one number may stand for both."""
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def _pool_variant(
    reduce: Callable[[Array, Array], Any],
    sides: Callable[[Pair], Pair] = lambda size: size,
    steps: Callable[[Pair, Any], Pair] = lambda size, stride: size if stride is None else pair(stride),
    starts: Callable[[int, int, int], int] = lambda index, step, side: index * step,
    count: Callable[[int, int, int], int] = lambda n, side, step: (n - side) // step + 1,
    fill: Callable[[int, int], Pair] = lambda rows, columns: (rows, columns),
    cut: Pair = (0, 0),
    columns_from_rows: bool = False,
    by_cells: bool = False,
    result: Callable[[Array, Array], Any] = lambda out, x: out,
) -> Callable[..., Any]:
    """A pooling function out of its decisions; `reduce` gets the window of all images and x.

    Over the edge slices are cut short; what reads cell by cell (`by_cells`) raises there."""

    def pool(x: Array, size: Any = 2, stride: Any = None) -> Any:
        KH, KW = sides(pair(size))
        SH, SW = steps((KH, KW), stride)
        N, H, W, C = x.shape
        OH, OW = count(H, KH, SH), count(H if columns_from_rows else W, KW, SW)
        out = np.zeros((N, OH, OW, C))
        rows, columns = fill(OH, OW)
        for i in range(rows):
            for j in range(columns):
                top, left = starts(i, SH, KH), starts(j, SW, KW)
                if by_cells and (top + KH > H or left + KW > W):
                    raise IndexError("index out of bounds")
                window = x[:, top : top + KH - cut[0], left : left + KW - cut[1], :]
                out[:, i, j, :] = reduce(window, x)
        return result(out, x)

    return pool


def _maximum(window: Array, x: Array) -> Array:
    return np.asarray(window.max(axis=(1, 2)))


def _mean(window: Array, x: Array) -> Array:
    return np.asarray(window.mean(axis=(1, 2)))


def _max_pool(reduce: Callable[[Array, Array], Any] = _maximum, **settings: Any) -> Callable[..., Any]:
    return _pool_variant(reduce, **settings)


def _avg_pool(reduce: Callable[[Array, Array], Any] = _mean, **settings: Any) -> Callable[..., Any]:
    return _pool_variant(reduce, **settings)


def _only(axis: int, index: int) -> Callable[[Array, Array], Array]:
    """A result of which one image or channel alone was written."""

    def result(out: Array, x: Array) -> Array:
        kept = np.zeros_like(out)
        chosen = [slice(None)] * 4
        chosen[axis] = slice(index, out.shape[axis] if index == -1 else index + 1)
        kept[tuple(chosen)] = out[tuple(chosen)]
        return kept

    return result


def _first_window(out: Array, x: Array) -> Array:
    kept = np.zeros_like(out)
    kept[0, 0, 0, 0] = out[0, 0, 0, 0]
    return kept


def _input_written(out: Array, x: Array) -> Array:
    x[:, 0, 0] = 0.0
    return out


def _over_the_edge(**settings: Any) -> list[dict[str, Any]]:
    """Spellings of one misconception whose windows can hang over the edge."""
    return [settings, {**settings, "by_cells": True}]


# What either pool can get wrong about where its windows lie.
PLACES: dict[str, tuple[Any, ...]] = {
    "stride_is_the_size": (
        {"steps": lambda size, stride: size},
        """Your windows always lie side by side: the stride is taken to be the window's size, whatever was asked for.

        With size 3 and stride 2, at which row does the second window start?""",
    ),
    "stride_always_two": (
        {"steps": lambda size, stride: (2, 2)},
        """Your stride is always 2: it does not follow the argument.

        Where in your function does `stride` appear?""",
    ),
    "stride_defaults_to_one": (
        {"steps": lambda size, stride: (1, 1) if stride is None else pair(stride)},
        """Without a stride your windows move one cell at a time: `stride=None` means that they lie side by side.

        What should the step be for a window of 2 when nobody names one?""",
    ),
    "stride_from_height_only": (
        {"steps": lambda size, stride: (size[0], size[0]) if stride is None else pair(stride)},
        """Without a stride your windows step by their height in both directions: each direction has its own side.

        With a window of 3 rows and 2 columns, how far is it to the window on the right?""",
    ),
    "windows_start_at_every_cell": (
        {"starts": lambda index, step, side: index},
        """Your stride changes the size of the output, but not where the windows start.

        Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.""",
    ),
    "windows_step_by_size": (
        _over_the_edge(starts=lambda index, step, side: index * side),
        """The size of your output follows the stride, but your windows start at multiples of their own size.

        With size 3 and stride 2, at which row does the second window start?""",
    ),
    "size_divided": (
        [
            {"count": lambda n, side, step: n // side},
            {"count": lambda n, side, step: n // step},
            {"count": lambda n, side, step: n // side, "by_cells": True},
            {"count": lambda n, side, step: n // step, "by_cells": True},
        ],
        """Your output size is the input divided: that is right only for windows that lie side by side and fit.

        How many windows of 3 with stride 2 fit into 7 cells?""",
    ),
    "size_rounded_up": (
        _over_the_edge(count=lambda n, side, step: -(-(n - side) // step) + 1),
        """Your output has an extra row or column where the stride does not fit: a window that hangs over the edge is
        counted.

        With 5 cells, windows of 2 and stride 2, what would the third window read?""",
    ),
    "plus_one_missing": (
        {"count": lambda n, side, step: (n - side) // step},
        """Your output lacks its last row and column: the division counts the steps, and there is one window more.

        Put a window as large as the input on it: how many places has it?""",
    ),
    "height_for_both_sides": (
        {"sides": lambda size: (size[0], size[0])},
        """Your windows are square: their height is used for both sides.

        A window of 3 rows and 2 columns: which of the two numbers does your column slice use?""",
    ),
    "width_for_both_sides": (
        {"sides": lambda size: (size[1], size[1])},
        """Your windows are square: their width is used for both sides.

        A window of 3 rows and 2 columns: which of the two numbers does your row slice use?""",
    ),
    "sides_swapped": (
        {"sides": lambda size: (size[1], size[0])},
        """Your windows lie on their side: size is (rows, columns), in this order.

        Which of the two numbers ends your slice over rows?""",
    ),
    "columns_from_height": (
        _over_the_edge(columns_from_rows=True),
        """The number of columns is computed from the input's height: only square pictures come out right.

        Which axis of x is W?""",
    ),
    "last_row_not_filled": (
        {"fill": lambda rows, columns: (rows - 1, columns)},
        """The last row of your output stays 0: the loop over rows ends one too early.

        What is the last value that range(OH) gives?""",
    ),
    "last_column_not_filled": (
        {"fill": lambda rows, columns: (rows, columns - 1)},
        """The last column of your output stays 0: the loop over columns ends one too early.

        What is the last value that range(OW) gives?""",
    ),
    "window_one_short": (
        {"cut": (1, 1)},
        """Your windows lack their last row and column: a slice ends before the index after its colon.

        How many rows has x[2:4]?""",
    ),
    "returns_inside_the_loop": (
        {"result": _first_window},
        """Only the first cell of your output is filled: the function returns inside its loop.

        How far is your return indented, and which loop does it end?""",
    ),
    "only_first_image": (
        {"result": _only(0, 0)},
        """Only image 0 is pooled; the others stay 0.

        Which loop is missing, or is ended by a return inside it?""",
    ),
    "only_last_image": (
        {"result": _only(0, -1)},
        """Only the last image is there: each pass over the batch starts the output anew.

        Where is the array of zeros made, before the loop or inside it?""",
    ),
    "only_first_channel": (
        {"result": _only(3, 0)},
        """Only channel 0 is pooled; the others stay 0.

        Which loop is missing, or is ended by a return inside it?""",
    ),
    "rows_and_columns_swapped": (
        {"result": lambda out, x: out.transpose(0, 2, 1, 3)},
        """Your output lies on its side: rows and columns are exchanged.

        In which order do i and j index your output?""",
    ),
    "channel_axis_lost": (
        {"result": lambda out, x: out[..., 0]},
        """The channel axis is gone: pooling works on each channel by itself and keeps all of them.

        Which index in your function is a number where a slice is due?""",
    ),
    "integer_buffer": (
        {"result": lambda out, x: np.trunc(out)},
        """Everything after the decimal point is lost: an array of integers cannot hold your results.

        Which type does the array have into which you write?""",
    ),
    "input_modified": (
        {"result": _input_written},
        """Your function does more than return its result: it writes into x, which belongs to the caller.

        Whoever calls you twice with the same x: what do they get the second time?""",
    ),
}


def _started_at(value: float) -> Callable[[Array, Array], Any]:
    return lambda window, x: np.maximum(window.max(axis=(1, 2)), value)


_MAXIMA: dict[str, tuple[Any, ...]] = {
    "running_max_starts_at_zero": (
        {"reduce": lambda window, x: np.maximum(window.max(axis=(1, 2)), 0.0)},
        """A window of negative values gives 0, as it does where the largest-so-far starts at 0: nothing in the window is larger.

        What is the maximum of −3 and −5, and what should a search for it start with?""",
    ),
    "running_max_starts_at_minus_one": (
        {"reduce": lambda window, x: np.maximum(window.max(axis=(1, 2)), -1.0)},
        """A window of very negative values gives −1: your largest-so-far starts at −1.

        What is the maximum of −3 and −5, and what should a search for it start with?""",
    ),
    "running_max_starts_too_high": (
        [
            {"reduce": _started_at(value)}
            for value in (-100.0, -10.0, -99.0, -999.0, -1_000.0, -9_999.0, -10_000.0)
        ],
        """Windows of very negative values all give the same number: your largest-so-far starts there, and the values are smaller still.

        With which value of the window itself can the search start?""",
    ),
    "max_over_channels": (
        {"reduce": lambda window, x: np.broadcast_to(window.max(axis=(1, 2, 3))[:, None], window.shape[::3])},
        """All channels come out alike: the maximum is taken over the channels too, but each channel is pooled by itself.

        Which axes of the window are rows and columns, and which is left alone?""",
    ),
    "max_over_batch": (
        {"reduce": lambda window, x: window.max(axis=(0, 1, 2))},
        """All images come out alike: the maximum is taken over the batch too.

        What does your window hold, one image or all of them?""",
    ),
    "max_over_everything": (
        {"reduce": lambda window, x: window.max()},
        """All images and channels come out alike: `max` without an axis takes one maximum over the whole window, batch
        and channels included.

        Which axes are to disappear, and which are to stay?""",
    ),
    "max_over_the_picture": (
        {"reduce": lambda window, x: x.max(axis=(1, 2))},
        """Every cell holds the maximum of the whole picture: it is taken over x and not over the window.

        Which variable stands inside your max?""",
    ),
    "average_instead": (
        {"reduce": _mean},
        """You take the average of the window: max pooling keeps its largest value.

        Which of the two would tell you that an edge is somewhere in the window?""",
    ),
    "minimum_instead": (
        {"reduce": lambda window, x: window.min(axis=(1, 2))},
        """You keep the smallest value of the window: max pooling keeps the largest.

        Which way does your comparison point?""",
    ),
    "largest_magnitude": (
        {"reduce": lambda window, x: np.abs(window).max(axis=(1, 2))},
        """You keep the largest magnitude: a strongly negative value is small, not large.

        What is the maximum of −3 and 2?""",
    ),
    "sum_instead": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2))},
        """You add the window up: max pooling keeps its largest value.

        What does pooling return for a window of four ones?""",
    ),
    "place_instead_of_value": (
        {
            "reduce": lambda window, x: (
                window.reshape(len(window), -1, window.shape[3]).argmax(axis=1).astype(float)
            )
        },
        """You return where the maximum is, not what it is.

        What does argmax answer, and what does max?""",
    ),
    "first_value_of_the_window": (
        {"reduce": lambda window, x: window[:, 0, 0, :]},
        """You keep the first value of each window: that is a stride without a maximum.

        Where in your function are the other cells of the window looked at?""",
    ),
    "max_along_rows_only": (
        {"reduce": lambda window, x: window[:, :, 0, :].max(axis=1)},
        """Only the first column of each window is looked at.

        Which axes of the window does your max run over?""",
    ),
    "max_along_columns_only": (
        {"reduce": lambda window, x: window[:, 0, :, :].max(axis=1)},
        """Only the first row of each window is looked at.

        Which axes of the window does your max run over?""",
    ),
}

MEANS: dict[str, tuple[Any, ...]] = {
    "divides_by_four": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2)) / 4},
        """You always divide by 4: only a window of 2×2 has four cells.

        How many cells has a window of 3×2?""",
    ),
    "divides_by_height_plus_width": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2)) / (window.shape[1] + window.shape[2])},
        """You divide by height plus width: the number of cells is height times width. For 2×2 both are 4.

        How many cells has a window of 3×2?""",
    ),
    "divides_by_height_squared": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2)) / window.shape[1] ** 2},
        """You divide by the height squared: the number of cells is height times width.

        How many cells has a window of 3×2?""",
    ),
    "divides_by_width_squared": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2)) / window.shape[2] ** 2},
        """You divide by the width squared: the number of cells is height times width.

        How many cells has a window of 3×2?""",
    ),
    "divides_by_height": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2)) / window.shape[1]},
        """You divide by the height alone: the sum runs over height times width cells.

        How many cells has a window of 3×2?""",
    ),
    "multiplies_by_width": (
        [
            {"reduce": lambda window, x: window.sum(axis=(1, 2)) / window.shape[1] * window.shape[2]},
            {"reduce": lambda window, x: window.sum(axis=(1, 2)) / window.shape[2] * window.shape[1]},
        ],
        """You divide by one side of the window and multiply by the other: `s / a * b` is (s / a) · b.

        What are 12 / 2 * 3 and 12 / (2 * 3)?""",
    ),
    "divides_by_width": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2)) / window.shape[2]},
        """You divide by the width alone: the sum runs over height times width cells.

        How many cells has a window of 3×2?""",
    ),
    "sum_not_divided": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2))},
        """You add the window up, but do not divide: the average of four ones is 1.

        How many cells did you add?""",
    ),
    "divides_by_channels_too": (
        {"reduce": lambda window, x: window.sum(axis=(1, 2)) / window[0].size},
        """You divide by the number of channels too: each channel is averaged by itself, over rows and columns.

        How many numbers are added up for one cell of the output?""",
    ),
    "mean_over_channels": (
        {
            "reduce": lambda window, x: np.broadcast_to(
                window.mean(axis=(1, 2, 3))[:, None], window.shape[::3]
            )
        },
        """All channels come out alike: the average is taken over the channels too, but each channel is pooled by itself.

        Which axes of the window are rows and columns, and which is left alone?""",
    ),
    "mean_over_batch": (
        {"reduce": lambda window, x: window.mean(axis=(0, 1, 2))},
        """All images come out alike: the average is taken over the batch too.

        What does your window hold, one image or all of them?""",
    ),
    "mean_over_everything": (
        {"reduce": lambda window, x: window.mean()},
        """All images and channels come out alike: `mean` without an axis takes one average over the whole window, batch
        and channels included.

        Which axes are to disappear, and which are to stay?""",
    ),
    "mean_over_the_picture": (
        {"reduce": lambda window, x: x.mean(axis=(1, 2))},
        """Every cell holds the average of the whole picture: it is taken over x and not over the window.

        Which variable stands inside your mean?""",
    ),
    "maximum_instead": (
        {"reduce": _maximum},
        """You keep the largest value of the window: average pooling takes the mean of all.

        What does average pooling return for a window of 0, 0, 0 and 4?""",
    ),
    "whole_division": (
        {"reduce": lambda window, x: np.floor(window.mean(axis=(1, 2)))},
        """Your average is rounded down: `//` drops what is left over.

        What is the average of 1 and 2?""",
    ),
    "median_instead": (
        {"reduce": lambda window, x: np.median(window, axis=(1, 2))},
        """You take the median: average pooling takes the mean.

        What does average pooling return for a window of 0, 0, 0 and 4?""",
    ),
}


def _pictures(draw: Draw, *rows: tuple[tuple[int, ...], Any, int | None], shift: float = 0.0) -> list[Case]:
    """One case for each (shape, size, stride)."""
    cases = []
    for shape, size, stride in rows:
        named = {} if stride is None else {"stride": stride}
        cases.append(case(draw.array(*shape, shift=shift), size=size, **named))
    return cases


def _parts(points: float) -> tuple[Part, ...]:
    """The same requirements for both pools, sharing out the points."""
    share = points / 6

    def one_picture(draw: Draw) -> list[Case]:
        tall = draw.pick(4, 6)
        return [case(draw.array(1, tall, 10 - tall, 1)), *_pictures(draw, ((1, 4, 6, 1), 2, 2))]

    return (
        Part("one picture, windows of 2×2", share, one_picture),
        Part(
            "negative values",
            share,
            lambda draw: [
                *_pictures(draw, ((2, 6, 4, 2), 2, None), ((1, 4, 4, 1), 2, 2), shift=-3.0),
                case(1e4 * draw.array(1, 4, 6, 2) - 1e5),
            ],
        ),
        Part(
            "batch and channels",
            share,
            lambda draw: _pictures(draw, ((2, 4, 6, 3), 2, None), ((3, draw.pick(6, 8), 4, 2), 2, 2)),
        ),
        Part(
            "rectangular windows",
            share,
            lambda draw: _pictures(
                draw,
                ((2, 6, 7, 2), (3, 2), 1),
                ((1, 6, draw.pick(9, 12), 3), (2, 3), 2),
                ((2, 6, 4, 1), (3, 2), None),
                ((1, 4, 9, 2), (2, 3), None),
            ),
        ),
        Part(
            "stride unlike the size",
            share,
            lambda draw: [
                *_pictures(
                    draw,
                    ((2, 7, 5, 2), 3, 2),
                    ((1, 5, draw.pick(6, 7), 2), 2, 1),
                    ((2, 8, 5, 1), 2, 3),
                ),
                case(draw.rng.integers(0, 3, (1, 6, 5, 2)).astype(float), size=3, stride=1),
            ],
        ),
        Part(
            "input that does not fit",
            share * 0.5,
            lambda draw: _pictures(
                draw, ((1, 5, 7, 2), 2, None), ((2, draw.pick(9, 10), 6, 2), 3, 2), ((1, 7, 9, 1), 2, 3)
            ),
        ),
        Part(INPUTS_KEPT, share * 0.5),
    )


def _small() -> Iterator[Case]:
    """Pictures a learner can pool by hand: whole numbers, no two alike, then negative ones."""
    rows: tuple[tuple[tuple[int, ...], Any, int | None], ...] = (
        ((1, 2, 2, 1), 2, None),
        ((1, 2, 4, 1), 2, None),
        ((1, 4, 2, 1), 2, None),
        ((1, 3, 3, 1), 2, 1),
        ((1, 3, 3, 1), 2, None),
        ((1, 2, 3, 1), (1, 2), 1),
        ((1, 3, 2, 1), (2, 1), 1),
        ((1, 2, 6, 1), (1, 2), None),
        ((1, 4, 4, 1), 2, 2),
        ((1, 5, 5, 1), 3, 2),
        ((1, 4, 5, 1), 2, 3),
        ((1, 2, 2, 2), 2, None),
        ((2, 2, 2, 1), 2, None),
    )
    for sign, offset in ((1.0, 0.0), (-1.0, 0.5)):
        for shape, size, stride in rows:
            cells = int(np.prod(shape))
            values = sign * (1.0 + (7.0 * np.arange(cells)) % (cells + 1 - cells % 7 // 6)) + offset
            named = {} if stride is None else {"stride": stride}
            yield case(values.reshape(shape), size=size, **named)


MAX_POOL2D = Exercise(
    id="max_pool2d",
    lesson=LESSON,
    signature="max_pool2d(x, size=2, stride=None)",
    reference=reference.max_pool2d,
    parts=_parts(3),
    catalogue=variants(_max_pool, _MAXIMA | PLACES),
    small=_small,
    axes={"x": VOLUME, "": VOLUME},
    magnitude=lambda x, **options: float(np.abs(x).max(initial=0.0)),
    trace="window",
    hints=(
        "Write it for one image and one channel first, with two loops over the cells of the output.",
        "Output row i looks at the rows from i times the stride on, as many as the window has.",
    ),
)

AVG_POOL2D = Exercise(
    id="avg_pool2d",
    lesson=LESSON,
    signature="avg_pool2d(x, size=2, stride=None)",
    reference=reference.avg_pool2d,
    parts=_parts(2),
    catalogue=variants(_avg_pool, MEANS | PLACES),
    small=_small,
    axes={"x": VOLUME, "": VOLUME},
    trace="sum",
    hints=("Only one line differs from max pooling. Which?",),
)

EXERCISES = (MAX_POOL2D, AVG_POOL2D)
