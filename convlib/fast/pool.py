"""Pooling along one axis and then the other, some images at a time.

NumPy runs along memory. Along the rows, a step over all windows runs over whole rows of an image; along the
columns it would stop after the C numbers of each cell, and starting again costs as much as going through 100
numbers. So the columns are sorted first: with a stride of s, the cells p, p + s, p + 2*s, ... ("phase" p) are
moved next to each other, each as one item of C numbers. Cell k of every window is then in phase k % s, from
its cell k // s on, in one run with those of the neighbouring windows.

Counted in steps over as many numbers as the input has, with windows of k*k cells:

- forward, (k-1)/s maxima along the rows, 1/s for sorting, (k-1)/s^2 maxima along the columns;
- backward, 2 for sorting there and back, and (k-1)/s along the columns and (k-1)/s^2 along the rows times 5:
  a comparison, a maximum, a mask, what it takes and what it leaves.

At 2x2 that is 1.25 and 5.75 steps. Only the sorting there and back, and in the forward pass the first
maximum, wait for memory; the rest finds its numbers in the cache. The backward pass looks for the winners
again, since a pure function keeps nothing from the forward pass.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array, all_finite, bit_masks, expect_shape, expect_volume, pool_axes, same_float
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
    dx = _room_for_dx(x, rows, columns)
    by_row, by_column = _Phases(rows, ROWS), _Phases(columns, COLUMNS)

    def work(images: slice) -> None:
        depth = _images_in_a_block(x[images])
        room, drow_maxima = by_column.room(x, depth), _zeros_for_rows(x, depth, columns)
        for block in _blocks(images, depth):
            count = block.stop - block.start
            # Columns first, then rows: the first row that holds the maximum wins, and in it the first column.
            phases = _sorted_columns(x[block], by_column, room)
            row_maxima, exceeding_columns = _winners(by_column.taps(phases))
            if not all_finite(row_maxima) and np.isnan(row_maxima).any():
                _give_to_first(dx[block], dout[block], x[block], rows, columns)
                continue
            _, exceeding_rows = _winners(by_row.taps(by_row.of(row_maxima)))
            _give(by_row, by_row.of(drow_maxima[:count]), dout[block], exceeding_rows)
            _give(by_column, phases, drow_maxima[:count], exceeding_columns)
            _sort_back(dx[block], by_column, phases)

    share_out(len(x), x.size * ADDITION, work)
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
    expect_shape("dout", dout, "N, OH, OW, C", len(x), rows.out, columns.out, x.shape[3])
    dx = _room_for_dx(x, rows, columns)
    by_row, by_column = _Phases(rows, ROWS), _Phases(columns, COLUMNS)

    def work(images: slice) -> None:
        depth = _images_in_a_block(x[images])
        room, drow_sums = by_column.room(x, depth), _zeros_for_rows(x, depth, columns)
        for block in _blocks(images, depth):
            count = block.stop - block.start
            phases = [phase[:count] for phase in room]
            _spread(by_row, by_row.of(drow_sums[:count]), dout[block] / (rows.k * columns.k))
            _spread(by_column, phases, drow_sums[:count])
            _sort_back(dx[block], by_column, phases)

    share_out(len(x), x.size * ADDITION, work)
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


def _reduced(x: Array, rows: Axis, columns: Axis, operation: np.ufunc) -> Array:
    """Reduce rows to windows and then columns: rows first, since fewer are left to be sorted."""
    N, _, W, C = x.shape
    out = np.empty((N, rows.out, columns.out, C), x.dtype)
    by_row, by_column = _Phases(rows, ROWS), _Phases(columns, COLUMNS)

    def work(images: slice) -> None:
        depth = _images_in_a_block(x[images])
        reduced = np.empty((depth, rows.out, W, C), x.dtype)
        room = by_column.room(reduced, depth)
        for block in _blocks(images, depth):
            of_rows = reduced[: block.stop - block.start]
            _reduce(by_row.taps(by_row.of(x[block])), operation, of_rows)
            phases = _sorted_columns(of_rows, by_column, room)
            _reduce(by_column.taps(phases), operation, out[block])

    share_out(len(x), x.size * ADDITION, work)
    return out


def _reduce(taps: list[Array], operation: np.ufunc, out: Array) -> None:
    if len(taps) == 1:
        out[:] = taps[0]
        return
    operation(taps[0], taps[1], out=out)
    for tap in taps[2:]:
        operation(out, tap, out=out)


def _images_in_a_block(x: Array) -> int:
    """Return how many of these images fit a core's cache."""
    return min(max(BLOCK_BYTES // max(x[:1].nbytes, 1), 1), len(x))


def _blocks(images: slice, depth: int) -> Iterator[slice]:
    for start in range(images.start, images.stop, depth or 1):
        yield slice(start, min(start + depth, images.stop))


class _Phases:
    """The cells p, p + stride, p + 2*stride, ... of an axis, for each p, as far as windows reach.

    Attributes:
        axis: how windows slide.
        lengths: cells of each phase; there are no more phases than a window has cells.
        extra: by how many cells the last window with a cell in a phase begins after the first cell.
    """

    def __init__(self, axis: Axis, along: int) -> None:
        before = (slice(None),) * along
        out, stride = axis.out, axis.stride
        self.axis = axis
        self.extra = [(axis.k - 1 - p) // stride for p in range(min(axis.k, stride))]
        self.lengths = [extra + out for extra in self.extra]
        self._of = [
            (*before, slice(p, p + (length - 1) * stride + 1, stride))
            for p, length in enumerate(self.lengths)
        ]
        self._taps = [(k % stride, (*before, slice(k // stride, k // stride + out))) for k in range(axis.k)]
        self._unset = [(*before, slice(extra)) for extra in self.extra]

    def of(self, x: Array) -> list[Array]:
        """Look at x (N, H, W, ...) as phases."""
        return [x[cells] for cells in self._of]

    def taps(self, phases: list[Array]) -> list[Array]:
        """Look at cell k of all windows, for each k."""
        return [phases[p][cells] for p, cells in self._taps]

    def room(self, x: Array, depth: int) -> list[Array]:
        """Return an array for each phase of the columns of `depth` images."""
        _, H, _, C = x.shape
        return [np.empty((depth, H, length, C), x.dtype) for length in self.lengths]

    def clear(self, phases: list[Array]) -> None:
        """Set to 0 what the last cell to come to a phase does not set; see `comes_first`."""
        for phase, extra, cells in zip(phases, self.extra, self._unset, strict=True):
            if extra:
                phase[cells] = 0

    def comes_first(self, k: int) -> bool:
        """Say whether cell k of the windows may set its cells of dx, where others have to add.

        Windows that overlap share cells. From the last cell of a window to its first, the last few, as many
        as the stride, come to theirs first.
        """
        return k >= self.axis.k - self.axis.stride


def _cells(x: Array) -> Array:
    """Look at (N, H, W, C) as (N, H, W): an item holds the C numbers of a cell."""
    return x.view(np.dtype((np.void, x.shape[3] * x.itemsize)))[..., 0]


def _sorted_columns(x: Array, by_column: _Phases, room: list[Array]) -> list[Array]:
    """Copy the phases of a block's columns, each into one run."""
    copies = [phase[: len(x)] for phase in room]
    for copy, phase in zip(copies, by_column.of(_cells(np.ascontiguousarray(x))), strict=True):
        _cells(copy)[...] = phase
    return copies


def _sort_back(dx: Array, by_column: _Phases, phases: list[Array]) -> None:
    """Copy the phases of a block's columns to where they belong."""
    for cells, phase in zip(by_column.of(_cells(dx)), phases, strict=True):
        cells[...] = _cells(phase)


def _zeros_for_rows(x: Array, depth: int, columns: Axis) -> Array:
    """Return (depth, H, OW, C): what no window reaches stays 0."""
    return np.zeros((depth, x.shape[1], columns.out, x.shape[3]), x.dtype)


def _room_for_dx(x: Array, rows: Axis, columns: Axis) -> Array:
    """Return room for dx; zeros where some cells are in no window, and nothing will be written to them."""
    complete = all(axis.k >= axis.stride and axis.tap(axis.k - 1).stop == axis.n for axis in (rows, columns))
    return np.empty(x.shape, x.dtype) if complete else np.zeros(x.shape, x.dtype)


def _winners(taps: list[Array]) -> tuple[Array, list[Array]]:
    """Return the maxima along an axis, and where each cell of a window but the first exceeds all before it.

    The last cell that does so is the first that holds the maximum.
    """
    maxima = taps[0]
    exceeds = []
    for k, cell in enumerate(taps[1:]):
        exceeds.append(cell > maxima)
        maxima = np.maximum(maxima, cell, out=maxima if k else None)
    return maxima, exceeds


def _give(by: _Phases, phases: list[Array], dout: Array, exceeds: list[Array]) -> None:
    """Fill the phases of dx: each window's gradient goes to the last cell that exceeded all before it."""
    bits = np.dtype(f"i{dout.itemsize}")
    by.clear(phases)
    taps = by.taps(phases)
    apart = by.comes_first(0)
    rest = dout.view(bits)
    left = taps[0].view(bits) if apart else np.empty(dout.shape, bits)
    for k in range(len(exceeds), 0, -1):
        mask = bit_masks(exceeds[k - 1], dout.dtype)
        if by.comes_first(k):
            given = np.bitwise_and(rest, mask, out=taps[k].view(bits))
        else:
            given = np.bitwise_and(rest, mask, out=mask)
            taps[k] += given.view(dout.dtype)
        rest = np.bitwise_xor(rest, given, out=left)
    if not exceeds:
        taps[0][...] = dout
    elif not apart:
        taps[0] += rest.view(dout.dtype)


def _spread(by: _Phases, phases: list[Array], dout: Array) -> None:
    """Fill the phases of dx: each cell of a window gets the window's gradient."""
    by.clear(phases)
    for k, tap in reversed(list(enumerate(by.taps(phases)))):
        if by.comes_first(k):
            tap[...] = dout
        else:
            tap += dout


def _give_to_first(dx: Array, dout: Array, x: Array, rows: Axis, columns: Axis) -> None:
    """Do what `_give` does where x holds NaN: it compares with nothing, and wins its windows."""
    maxima = _reduced(x, rows, columns, np.maximum)
    dx[...] = 0
    free = np.ones(maxima.shape, bool)
    for k, m in np.ndindex(rows.k, columns.k):
        taps = slice(None), rows.tap(k), columns.tap(m)
        wins = free & ((x[taps] == maxima) | np.isnan(x[taps]))
        free &= ~wins
        dx[taps] += np.where(wins, dout, 0)
