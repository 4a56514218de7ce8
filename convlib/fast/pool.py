"""Pooling along one axis and then the other, each as k shifted pictures laid over each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convlib._arrays import Array, all_finite, expect_shape, expect_volume, pool_axes, same_float
from convlib._check import IntPair
from convlib.fast._strips import BLOCK_BYTES
from convlib.fast._workers import ADDITION, share_out
from convlib.shapes import Axis

ROWS, COLUMNS = 1, 2  # axes of (N, H, W, C)


def max_pool2d(x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.max_pool2d`."""
    (x,) = same_float(x=x)
    rows, columns = pool_axes(x, size, stride)
    return _reduced(x, rows, columns, np.maximum)


def max_pool2d_backward(dout: Array, x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.max_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    rows, columns = pool_axes(x, size, stride)
    expect_shape("dout", dout, "N, OH, OW, C", len(x), rows.out, columns.out, x.shape[3])
    dx = np.zeros(x.shape, x.dtype)

    def work(images: slice) -> None:
        # Columns first, then rows: the first row that holds the maximum wins, and in it the first column.
        row_maxima, column_winners = _maxima(x[images], columns, COLUMNS)
        maxima, row_winners = _maxima(row_maxima, rows, ROWS)
        if np.isnan(maxima).any() or not all_finite(dout[images]):
            _give_to_first(dx[images], dout[images], x[images], maxima, rows, columns)
            return
        drow_maxima = np.zeros_like(row_maxima)
        _give(drow_maxima, dout[images], row_winners, rows, ROWS)
        _give(dx[images], drow_maxima, column_winners, columns, COLUMNS)

    _by_pictures(x, work)
    return dx


def avg_pool2d(x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.avg_pool2d`."""
    (x,) = same_float(x=x)
    rows, columns = pool_axes(x, size, stride)
    out = _reduced(x, rows, columns, np.add)
    out /= rows.k * columns.k
    return out


def avg_pool2d_backward(dout: Array, x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.avg_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    rows, columns = pool_axes(x, size, stride)
    N, H, _, C = x.shape
    expect_shape("dout", dout, "N, OH, OW, C", N, rows.out, columns.out, C)
    dx = np.zeros(x.shape, x.dtype)

    def work(images: slice) -> None:
        share = dout[images] / (rows.k * columns.k)
        drow_sums = np.zeros((len(share), H, columns.out, C), x.dtype)
        for k in reversed(range(rows.k)):
            _put(drow_sums, rows, ROWS, k, np.positive, share)
        for k in reversed(range(columns.k)):
            _put(dx[images], columns, COLUMNS, k, np.positive, drow_sums)

    _by_pictures(x, work)
    return dx


def global_max_pool2d(x: Array) -> Array:
    """As `convlib.reference.global_max_pool2d`."""
    (x,) = same_float(x=x)
    expect_volume("x", x)
    return x.max(axis=(1, 2))  # type: ignore[no-any-return]


def global_max_pool2d_backward(dout: Array, x: Array) -> Array:
    """As `convlib.reference.global_max_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    expect_volume("x", x)
    N, H, W, C = x.shape
    expect_shape("dout", dout, "N, C", N, C)
    first = x.reshape(N, H * W, C).argmax(axis=1)
    dx = np.zeros((N, H * W, C), x.dtype)
    np.put_along_axis(dx, first[:, None], dout[:, None], axis=1)
    return dx.reshape(x.shape)


def global_avg_pool2d(x: Array) -> Array:
    """As `convlib.reference.global_avg_pool2d`."""
    (x,) = same_float(x=x)
    expect_volume("x", x)
    return x.mean(axis=(1, 2))  # type: ignore[no-any-return]


def global_avg_pool2d_backward(dout: Array, x: Array) -> Array:
    """As `convlib.reference.global_avg_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    expect_volume("x", x)
    N, H, W, C = x.shape
    expect_shape("dout", dout, "N, C", N, C)
    share = dout / (H * W)
    return np.broadcast_to(share[:, None, None], x.shape).astype(x.dtype)


def _by_pictures(x: Array, work: Callable[[slice], None]) -> None:
    """Call `work` on as many pictures at a time as a core's cache holds, in threads where that pays."""
    few = max(BLOCK_BYTES // max(x[:1].nbytes, 1), 1)

    def part(images: slice) -> None:
        for start in range(images.start, images.stop, few):
            work(slice(start, min(start + few, images.stop)))

    share_out(len(x), x.size * ADDITION, part)


def _tap(x: Array, axis: Axis, along: int, k: int) -> Array:
    """Return cell k of all windows along an axis, as a view."""
    return x[(slice(None),) * along + (axis.tap(k),)]


def _reduced(x: Array, rows: Axis, columns: Axis, operation: np.ufunc) -> Array:
    """Reduce rows to windows and then columns: k + k steps for a window of k*k cells.

    Rows come first, since a row of all columns and channels is one long run.
    """
    N, _, W, C = x.shape
    out = np.empty((N, rows.out, columns.out, C), x.dtype)

    def work(images: slice) -> None:
        reduced = np.empty((images.stop - images.start, rows.out, W, C), x.dtype)
        _reduce_along(x[images], rows, ROWS, operation, reduced)
        _reduce_along(reduced, columns, COLUMNS, operation, out[images])

    _by_pictures(x, work)
    return out


def _reduce_along(x: Array, axis: Axis, along: int, operation: np.ufunc, out: Array) -> None:
    if axis.k == 1:
        out[:] = _tap(x, axis, along, 0)
        return
    operation(_tap(x, axis, along, 0), _tap(x, axis, along, 1), out=out)
    for k in range(2, axis.k):
        operation(out, _tap(x, axis, along, k), out=out)


def _maxima(x: Array, axis: Axis, along: int) -> tuple[Array, list[Array]]:
    """Return the maxima along an axis, and where each cell of a window but the first exceeds all before it.

    The last cell that does so is the first that holds the maximum.
    """
    maxima = _tap(x, axis, along, 0).copy()
    exceeds = []
    for k in range(1, axis.k):
        cell = _tap(x, axis, along, k)
        exceeds.append(cell > maxima)
        np.maximum(maxima, cell, out=maxima)
    return maxima, exceeds


def _give(dx: Array, dout: Array, exceeds: list[Array], axis: Axis, along: int) -> None:
    """Add each window's gradient to the last cell that exceeded all before it, or to the first cell.

    A product with a truth value gives a cell the gradient or nothing, and a difference leaves the rest to the
    cells before: no branch for each number, as `np.where` takes.
    """
    rest = dout
    for k in range(axis.k - 1, 1, -1):
        rest = rest - _put(dx, axis, along, k, np.multiply, rest, exceeds[k - 1])
    if axis.k == 1:
        _put(dx, axis, along, 0, np.positive, rest)
    else:
        given = _put(dx, axis, along, 1, np.multiply, rest, exceeds[0])
        _put(dx, axis, along, 0, np.subtract, rest, given)


def _put(dx: Array, axis: Axis, along: int, k: int, operation: np.ufunc, *operands: Array) -> Array:
    """Add a result to cell k of all windows, and return it; to be called from the last cell to the first.

    Windows that overlap share cells. The last few of each window, as many as the stride, come to theirs
    first, and set what is still zero.
    """
    cells = _tap(dx, axis, along, k)
    if k >= axis.k - axis.stride:
        operation(*operands, out=cells)
        return cells
    result: Array = operation(*operands)
    cells += result
    return result


def _give_to_first(dx: Array, dout: Array, x: Array, maxima: Array, rows: Axis, columns: Axis) -> None:
    """Do what `_give` does where NaN is the maximum of a window, or where a gradient is not finite.

    NaN compares with nothing, and a gradient that is not finite leaves NaN where it is multiplied by false.
    """
    free = np.ones(maxima.shape, bool)
    for k, m in np.ndindex(rows.k, columns.k):
        cell = _tap(_tap(x, rows, ROWS, k), columns, COLUMNS, m)
        wins = free & ((cell == maxima) | np.isnan(cell))
        free &= ~wins
        at = _tap(_tap(dx, rows, ROWS, k), columns, COLUMNS, m)
        at += np.where(wins, dout, 0)
