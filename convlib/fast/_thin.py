"""Convolution of few channels as a matrix product: lowered along the columns first, then along the rows.

A layer that sees one channel or three, the first of most networks, has windows of few numbers. The product
takes the windows (rows of its matrix) times the filters (columns); copying the windows, as `_lowering` does,
would go in runs of KW*C numbers, and starting a run costs as much as copying some 50. So the matrix lies tap
by tap here (a tap is a place of the window, and a channel), each tap a shifted picture, and it is made in two
steps (after Cho & Brand 2017, who take the first alone):

1. For each column of the window and each channel, every row of the picture is shortened to the OW numbers
   that this column sees: KW*C*H runs of OW numbers.
2. For each row of the window, these rows are copied as they follow each other: KH*KW*C runs of OH*OW numbers
   a picture. With a stride of s, what neighbouring windows see is s apart; such rows and columns are put
   next to each other before.

In one step it would be KH*KW*C*OH runs of OW numbers. A picture of 32x32x3 and filters of 3x3 take 306 runs
of 32 numbers and 27 of 1024, in place of 864 of 32. A last row of ones brings the bias into the product,
which saves going over the output again.

The gradient of x takes the same way back: the product gives each tap's share, and shares are added where
step 2 and then step 1 would have copied from.

Counted for a picture, with T = KH*KW*C taps: OH*OW*T*F multiplications; step 1 writes T/KH numbers for every
row and OW, step 2 T*OH*OW. All but reading x and writing the output stays in the cache.

Minsik Cho and Daniel Brand, "MEC: Memory-efficient Convolution for Deep Neural Network", ICML 2017,
arXiv:1706.06873.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array
from convlib.fast._strips import LEAST_ROWS, Block, Cut, cut, fill, give_back, outputs
from convlib.fast._workers import ADDITION, COPY, RUN, share_out, sum_of
from convlib.shapes import Axis

# A block is filled and sorted, copied once for every row and column of a window, and multiplied.
CALLS = 12

# A number copied alone, from channels last to rows of one channel, takes as long as so many in a run.
ALONE = 8


def cost(C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what `convolve` does for a picture, in multiplications."""
    windows, taps = rows.out * columns.out, rows.k * columns.k * C
    strip = rows.padded * columns.padded * C * ALONE
    first = columns.k * C * rows.padded * (RUN + columns.out)
    second = taps * (RUN + windows)
    return windows * taps * F + COPY * (strip + first + second)


def scatter_cost(C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what `input_gradient` does for a picture, in multiplications; runs are added, not copied."""
    windows, taps = rows.out * columns.out, rows.k * columns.k * C
    first = columns.k * C * rows.padded * (RUN + 2 * columns.out)
    strip = rows.padded * columns.padded * C * ALONE
    return windows * taps * F + ADDITION * (taps * windows + first) + COPY * strip


def convolve(x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array:
    """Compute `conv2d` of one group; no bias where b is None."""
    F = w.shape[3]
    filters = w.reshape(-1, F)
    if b is not None:
        filters = np.concatenate([filters, b[None]])
    out = np.empty((len(x), rows.out, columns.out, F), x.dtype)

    def work(images: slice) -> None:
        for block, matrix in _matrices(x[images], rows, columns):
            np.matmul(matrix[: len(filters)].T, filters, out=outputs(out[images], block))

    share_out(len(x), len(x) * cost(x.shape[3], F, rows, columns), work)
    return out


def filter_gradient(x: Array, dout: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dw: in the matrix product, the transposed matrix times dout."""
    C, F = x.shape[3], dout.shape[3]
    taps = rows.k * columns.k * C

    def work(images: slice) -> Array:
        total: Array = np.zeros((taps, F), x.dtype)
        part = np.empty_like(total)
        for block, matrix in _matrices(x[images], rows, columns):
            total += np.matmul(matrix[:taps], outputs(dout[images], block), out=part)
        return total

    dw: Array = sum_of(share_out(len(x), len(x) * cost(C, F, rows, columns), work))
    return dw.reshape(rows.k, columns.k, C, F)


def input_gradient(dout: Array, w: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dx: dout times the transposed filters, each number added where it would be copied from."""
    C, F = w.shape[2:]
    filters = w.reshape(-1, F)
    dx = np.zeros((len(dout), rows.n, columns.n, C), dout.dtype)

    def work(images: slice) -> None:
        buffers = _Buffers(len(dout[images]), C, rows, columns, dx.dtype)
        for block in buffers.cut:
            np.matmul(outputs(dout[images], block), filters.T, out=buffers.matrix(block)[:-1].T)
            buffers.lowered[:, :, : block.pictures] = 0
            for shares, seen in buffers.second_step(block):
                seen += shares
            buffers.phases[...] = 0
            for shares, seen in buffers.first_step(block):
                seen += shares
            buffers.sort_back()
            give_back(
                dx[images][block.images], buffers.rows_of(block), block.first * rows.stride, rows, columns
            )

    share_out(len(dout), len(dout) * scatter_cost(C, F, rows, columns), work)
    return dx


class _Buffers:
    """What one thread copies into.

    Attributes:
        cut: how the batch is cut into blocks.
        strip: (C, pictures, rows, columns), padded pictures; rows and columns are multiples of the strides.
        phases: the same, sorted by what neighbouring windows see: (column stride, C, pictures, row stride,
            rows // stride, columns // stride).
        lowered: (KW, C, pictures, stride, rows // stride, OW), what each column of the window sees of a row.
    """

    def __init__(self, images: int, C: int, rows: Axis, columns: Axis, dtype: np.dtype[np.generic]) -> None:
        self.rows, self.columns, self.C = rows, columns, C
        self._taps = rows.k * columns.k * C
        least = -(-LEAST_ROWS // columns.out)
        # Blocks of twice the size: runs are long, so that calls for a block cost more than a missed cache.
        row_bytes = columns.out * (self._taps + 1) * dtype.itemsize // 2
        self.cut: Cut = cut(images, rows.out, row_bytes, least)
        depth, height = self.cut.depth, self.cut.height
        # Rows from one phase of the stride to the next, as many as windows reach.
        each = height + (rows.reach - 1) // rows.stride
        wide = -(-columns.padded // columns.stride)
        self.strip: Array = np.zeros((C, depth, each * rows.stride, wide * columns.stride), dtype)
        apart = self.strip.reshape(C, depth, each, rows.stride, wide, columns.stride)
        self._by_phase = apart.transpose(5, 0, 1, 3, 2, 4)
        # Rows stay in one piece when they are sorted, columns do not.
        self.phases = self._by_phase if columns.stride == 1 else np.empty(self._by_phase.shape, dtype)
        self.lowered: Array = np.empty((columns.k, C, depth, rows.stride, each, columns.out), dtype)
        self._matrix: Array = np.empty((self._taps + 1) * depth * height * columns.out, dtype)

    def rows_of(self, block: Block) -> Array:
        """Return (pictures, rows that the block's windows see, padded columns, C)."""
        seen = (block.count - 1) * self.rows.stride + self.rows.reach
        return self.strip[:, : block.pictures, :seen, : self.columns.padded].transpose(1, 2, 3, 0)

    def matrix(self, block: Block) -> Array:
        """Return (taps and one row more, windows)."""
        windows = block.pictures * block.count * self.columns.out
        return self._matrix[: (self._taps + 1) * windows].reshape(-1, windows)

    def sort(self) -> None:
        """Copy the strip to `phases`, if they are not the same memory."""
        if self.phases is not self._by_phase:
            self.phases[...] = self._by_phase

    def sort_back(self) -> None:
        """Copy `phases` to the strip, if they are not the same memory."""
        if self.phases is not self._by_phase:
            self._by_phase[...] = self.phases

    def first_step(self, block: Block) -> Iterator[tuple[Array, Array]]:
        """Give, for each column of the window, what it sees: in `lowered`, and where it is in `phases`."""
        for m in range(self.columns.k):
            first, phase = divmod(m * self.columns.dilation, self.columns.stride)
            seen = self.phases[phase, :, : block.pictures, :, :, first : first + self.columns.out]
            yield self.lowered[m, :, : block.pictures], seen

    def second_step(self, block: Block) -> Iterator[tuple[Array, Array]]:
        """Give, for each row of the window, what it sees: in the matrix, and where it is in `lowered`."""
        windows = block.pictures, block.count * self.columns.out
        matrix = self.matrix(block)[:-1].reshape(self.rows.k, self.columns.k, self.C, *windows)
        lowered = self.lowered.reshape(*self.lowered.shape[:4], -1)[:, :, : block.pictures]
        for k in range(self.rows.k):
            first, phase = divmod(k * self.rows.dilation, self.rows.stride)
            start = first * self.columns.out
            yield matrix[k], lowered[:, :, :, phase, start : start + windows[1]]


def _matrices(x: Array, rows: Axis, columns: Axis) -> Iterator[tuple[Block, Array]]:
    """Give a batch's matrix block by block, with a last row of ones."""
    buffers = _Buffers(len(x), x.shape[3], rows, columns, x.dtype)
    for block in buffers.cut:
        fill(buffers.rows_of(block), x[block.images], block.first * rows.stride, rows, columns)
        buffers.sort()
        for lowered, seen in buffers.first_step(block):
            lowered[...] = seen
        for taps, seen in buffers.second_step(block):
            taps[...] = seen
        matrix = buffers.matrix(block)
        matrix[-1] = 1
        yield block, matrix
