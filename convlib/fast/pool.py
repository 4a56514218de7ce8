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
maximum, wait for memory; the rest finds its numbers in the cache. The backward pass sorts the rows, too, at
no cost, since each cell is copied by itself anyway: then each of its steps is one run over a whole block. It
looks for the winners again, since a pure function keeps nothing from the forward pass.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array, expect_shape, expect_volume, pool_axes, same_float
from convlib._check import IntPair
from convlib.fast._strips import BLOCK_BYTES
from convlib.fast._workers import ADDITION, share_out
from convlib.shapes import Axis

ROWS, COLUMNS = 1, 2  # axes of (N, H, W, C)
QUIET = np.errstate(invalid="ignore", over="ignore")  # of the product that looks for NaN


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
    read, written = (
        _sorted(_cells(np.ascontiguousarray(x)), rows, columns),
        _sorted(_cells(dx), rows, columns),
    )

    @QUIET
    def work(images: slice) -> None:
        for block, room in _in_blocks(images, x, rows, columns):
            # Columns first, then rows: the first row that holds the maximum wins, and in it the first column.
            room.sort(read, block)
            _find_maxima(room.column_taps, room.exceeding_columns, room.of_rows)
            if _has_nan(room.of_rows):
                _give_to_first(dx[block], dout[block], x[block], rows, columns)
                continue
            _find_maxima(room.row_taps, room.exceeding_rows, room.maxima, to_the_last=False)
            room.clear()
            upstream = room.upstream(dout[block])
            _give(rows, room.row_taps, upstream, room.exceeding_rows, room.maxima)
            _give(columns, room.column_taps, room.of_rows, room.exceeding_columns, room.of_rows)
            room.sort_back(written, block)

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
    written = _sorted(_cells(dx), rows, columns)

    @QUIET
    def work(images: slice) -> None:
        for block, room in _in_blocks(images, x, rows, columns):
            room.clear()
            _spread(rows, room.row_taps, room.upstream(dout[block] / (rows.k * columns.k)))
            _spread(columns, room.column_taps, room.of_rows)
            room.sort_back(written, block)

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
    by_row, by_column = _phases(rows, ROWS), _phases(columns, COLUMNS)
    row_taps = by_row.taps(by_row.of(x))

    def work(images: slice) -> None:
        depth = _images_in_a_block(x[images])
        of_rows = np.empty((depth, rows.out, W, C), x.dtype)
        phases = by_column.room(of_rows)
        pairs = list(zip(map(_cells, phases), by_column.of(_cells(of_rows)), strict=True))
        column_taps = by_column.taps(phases)
        for block in _blocks(images, depth):
            count = block.stop - block.start
            _reduce([tap[block] for tap in row_taps], operation, of_rows[:count])
            for phase, cells in pairs:
                phase[:count] = cells[:count]
            _reduce([tap[:count] for tap in column_taps], operation, out[block])

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
    """Return how many of these images make a block.

    They may take twice the cache: a step over more numbers costs little, and between two steps a thread may
    have to wait until another lets go of the interpreter.
    """
    return min(max(2 * BLOCK_BYTES // max(x[:1].nbytes, 1), 1), len(x))


def _blocks(images: slice, depth: int) -> Iterator[slice]:
    for start in range(images.start, images.stop, depth or 1):
        yield slice(start, min(start + depth, images.stop))


class _Phases:
    """The cells p, p + stride, p + 2*stride, ... of an axis, for each p, as far as windows reach.

    Attributes:
        lengths: cells of each phase; there are no more phases than a window has cells.
    """

    def __init__(self, axis: Axis, along: int) -> None:
        before = (slice(None),) * along
        out, stride = axis.out, axis.stride
        self.lengths = _lengths(axis)
        self._of = [
            (*before, slice(p, p + (length - 1) * stride + 1, stride))
            for p, length in enumerate(self.lengths)
        ]
        self._taps = [(k % stride, (*before, slice(k // stride, k // stride + out))) for k in range(axis.k)]

    def of(self, x: Array) -> list[Array]:
        """Look at x (N, H, W, ...) as phases."""
        return [x[cells] for cells in self._of]

    def taps(self, phases: list[Array]) -> list[Array]:
        """Look at cell k of all windows, for each k."""
        return [phases[p][cells] for p, cells in self._taps]

    def room(self, x: Array) -> list[Array]:
        """Return an array for each phase of the columns of x (N, H, W, C)."""
        N, H, _, C = x.shape
        return [np.empty((N, H, length, C), x.dtype) for length in self.lengths]


def _lengths(axis: Axis) -> list[int]:
    """Count the cells of each phase: one a window, and those by which the last window reaches further."""
    return [axis.out + (axis.k - 1 - p) // axis.stride for p in range(min(axis.k, axis.stride))]


def _comes_first(axis: Axis, k: int) -> bool:
    """Say whether cell k of the windows may set its cells of dx, where others have to add.

    Windows that overlap share cells. From the last cell of a window to its first, the last few, as many as
    the stride, come to theirs first.
    """
    return k >= axis.k - axis.stride


def _cells(x: Array) -> Array:
    """Look at (N, H, W, C) as (N, H, W): an item holds the C numbers of a cell."""
    return x.view(np.dtype((np.void, x.shape[3] * x.itemsize)))[..., 0]


def _sorted(cells: Array, rows: Axis, columns: Axis) -> list[list[Array]]:
    """Look at (N, H, W) as phases of the columns, and each of these as phases of the rows."""
    by_row, by_column = _phases(rows, ROWS), _phases(columns, COLUMNS)
    return [by_row.of(phase) for phase in by_column.of(cells)]


@functools.lru_cache(maxsize=64)
def _phases(axis: Axis, along: int) -> _Phases:
    """Make phases once: a network asks for the same few at every step, and a small pool takes no longer."""
    return _Phases(axis, along)


class _Room:
    """What the backward passes over a block write to, and every way in which they look at it.

    All phases have the size of the largest here, (images, height, width, C), and lie in one run of numbers.
    Cell m of all windows is then one run, too: a phase from its cell m // stride on. The price are windows
    that begin where no window fits, at the end of a row or of an image, and reach into the next. What is
    found for them is worth nothing; their gradient is 0, so nothing is given to the cells that they reach.

    Attributes:
        column_taps: cell m of all windows, for each m, in the sorted columns of x, later of dx.
        of_rows: the maxima along the columns, later their gradient, in all phases of the rows.
        row_taps: cell k of all windows, for each k, in `of_rows`.
        maxima: those of the windows.
        exceeding_columns, exceeding_rows: where each cell of a window but the first exceeds all before it.
    """

    def __init__(self, x: Array, rows: Axis, columns: Axis) -> None:
        N, _, _, C = x.shape
        row_lengths, column_lengths = _lengths(rows), _lengths(columns)
        height, width = row_lengths[0], column_lengths[0]
        size = N * height * width * C
        # The last windows reach beyond the last image, by as much.
        further_rows, further = (height - rows.out) * width * C, (width - columns.out) * C
        length = size + further_rows
        self._windows = N, height, width, C
        self._some_do_not_fit = bool(further_rows or further)
        self._fitting = rows.out, columns.out
        make = np.zeros if self._some_do_not_fit else np.empty
        cells = make((len(column_lengths), len(row_lengths) * length + further), x.dtype)
        of_rows = make((len(row_lengths), length), x.dtype)
        self.of_rows = of_rows.reshape(-1)
        self.maxima = np.empty(size, x.dtype)
        self._upstream = np.zeros(self._windows if self._some_do_not_fit else 0, x.dtype)
        self.column_taps = _runs(columns, cells, C, self.of_rows.size)
        self.row_taps = _runs(rows, of_rows, width * C, size)
        self.exceeding_columns = [np.empty(self.of_rows.size, bool) for _ in self.column_taps[1:]]
        self.exceeding_rows = [np.empty(size, bool) for _ in self.row_taps[1:]]
        before_columns = [(n - columns.out) * C for n in column_lengths]
        before_rows = [(n - rows.out) * width * C for n in row_lengths]
        self._unset = [
            *(phase[:start] for phase, start in zip(cells, before_columns, strict=True)),
            *(phase[:start] for phase, start in zip(of_rows, before_rows, strict=True)),
            *(phase[start + size :] for phase, start in zip(of_rows, before_rows, strict=True)),
        ]
        items = _cells(cells.reshape(len(column_lengths), -1, 1, C))[..., 0]
        starts = range(0, len(row_lengths) * length // C, length // C)
        self._sorted = [
            [
                phase[start : start + size // C].reshape(N, height, width)[:, :tall, :wide]
                for start, tall in zip(starts, row_lengths, strict=True)
            ]
            for phase, wide in zip(items, column_lengths, strict=True)
        ]

    def sort(self, phases: list[list[Array]], block: slice) -> None:
        """Copy each phase of a block into one run."""
        for mine, theirs in zip(self._sorted, phases, strict=True):
            for cells, phase in zip(mine, theirs, strict=True):
                cells[...] = phase[block]

    def sort_back(self, phases: list[list[Array]], block: slice) -> None:
        """Copy each phase of a block to where it belongs."""
        for mine, theirs in zip(self._sorted, phases, strict=True):
            for cells, phase in zip(mine, theirs, strict=True):
                phase[block] = cells

    def clear(self) -> None:
        """Set to 0 what the first cell to come to a phase of dx does not set; see `_comes_first`."""
        for cells in self._unset:
            if cells.size:
                cells[:] = 0

    def upstream(self, dout: Array) -> Array:
        """Return (N, OH, OW, C) as one run, with the gradient 0 of windows that do not fit."""
        if not self._some_do_not_fit:
            return dout.reshape(-1)
        OH, OW = self._fitting
        self._upstream[:, :OH, :OW] = dout
        return self._upstream.reshape(-1)


def _runs(axis: Axis, phases: Array, step: int, length: int) -> list[Array]:
    """Look at cell k of all windows, for each k: `step` numbers further in its phase for each stride."""
    starts = [(k % axis.stride, k // axis.stride * step) for k in range(axis.k)]
    return [phases[p, start : start + length] for p, start in starts]


def _in_blocks(images: slice, x: Array, rows: Axis, columns: Axis) -> Iterator[tuple[slice, _Room]]:
    """Give some images in blocks, and room for each; only the last may need another."""
    depth = _images_in_a_block(x[images])
    room, count = None, 0
    for block in _blocks(images, depth):
        if room is None or block.stop - block.start != count:
            count = block.stop - block.start
            room = _Room(x[block], rows, columns)
        yield block, room


def _room_for_dx(x: Array, rows: Axis, columns: Axis) -> Array:
    """Return room for dx, with zeros in the cells that are in no window: nothing is written to them."""
    if rows.k < rows.stride or columns.k < columns.stride:
        return np.zeros(x.shape, x.dtype)
    dx = np.empty(x.shape, x.dtype)
    dx[:, rows.tap(rows.k - 1).stop :] = 0
    dx[:, :, columns.tap(columns.k - 1).stop :] = 0
    return dx


def _find_maxima(taps: list[Array], exceeds: list[Array], maxima: Array, to_the_last: bool = True) -> None:
    """Find the maxima along an axis, and where each cell of a window but the first exceeds all before it.

    The last cell that does so is the first that holds the maximum. Where nobody asks for the maxima but these
    comparisons, the last cell need not go in.
    """
    so_far = taps[0]
    for k, (cell, exceeding) in enumerate(zip(taps[1:], exceeds, strict=True), 1):
        np.greater(cell, so_far, out=exceeding)
        if k < len(exceeds) or to_the_last:
            so_far = np.maximum(so_far, cell, out=maxima)
    if not exceeds:
        maxima[...] = so_far


def _has_nan(x: Array) -> bool:
    """Say whether x holds NaN, by a product with itself: only where that is NaN too, each number is seen."""
    flat = x.reshape(-1)
    return bool(np.isnan(np.dot(flat, flat)) and np.isnan(flat).any())


def _give(axis: Axis, taps: list[Array], dout: Array, exceeds: list[Array], left: Array) -> None:
    """Fill the phases of dx: each window's gradient goes to the last cell that exceeded all before it.

    Bits are selected with masks of -1, every bit set, and 0. A product with truth values would turn infinity
    times false into NaN.

    Args:
        axis: how the windows slide.
        taps: cell k of all windows, for each k, in the phases of dx.
        dout: the gradients of the windows.
        exceeds: where cell 1, 2, ... exceeds all before it; they are lost.
        left: room for what no cell has taken yet, perhaps `dout` itself.
    """
    bits = np.dtype(f"i{dout.itemsize}")
    rest, still = dout.view(bits), left.view(bits)
    for k in range(len(exceeds), 0, -1):
        mask = exceeds[k - 1].view(np.int8)
        np.negative(mask, out=mask)
        if _comes_first(axis, k):
            given = np.bitwise_and(rest, mask, out=taps[k].view(bits))
        else:
            given = np.bitwise_and(rest, mask)
            taps[k] += given.view(dout.dtype)
        to_first = k == 1 and _comes_first(axis, 0)
        rest = np.bitwise_xor(rest, given, out=taps[0].view(bits) if to_first else still)
    if not exceeds:
        taps[0][...] = dout
    elif not _comes_first(axis, 0):
        taps[0] += rest.view(dout.dtype)


def _spread(axis: Axis, taps: list[Array], dout: Array) -> None:
    """Fill the phases of dx: each cell of a window gets the window's gradient."""
    for k, tap in reversed(list(enumerate(taps))):
        if _comes_first(axis, k):
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
