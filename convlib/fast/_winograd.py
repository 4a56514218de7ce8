"""Filters of three rows at stride 1 with a third fewer multiplications: Winograd's F(2, 3), along the rows.

Two neighbouring outputs of a filter (g0, g1, g2) over inputs d0 .. d3 take six products,

    y0 = d0*g0 + d1*g1 + d2*g2          y1 = d1*g0 + d2*g1 + d3*g2

or four, of sums of inputs with sums of weights that need computing only once (Lavin & Gray 2016):

    m0 = (d0 - d2) * g0                 y0 = m0 + m1 + m2
    m1 = (d1 + d2) * (g0 + g1 + g2)/2   y1 = m1 - m2 - m3
    m2 = (d2 - d1) * (g0 - g1 + g2)/2
    m3 = (d1 - d3) * g2

Here d0 .. d3 are rows of a picture, g0 .. g2 the rows of a filter, and a "product" convolves a row with a row
of filters. That is a matrix product, and its windows are not even copied: KW neighbouring cells of a row lie
side by side, KW*C numbers. Neighbouring windows overlap, which BLAS does not accept; every KW-th does not; so
KW products, over the windows that start at 0, KW, 2*KW ..., at 1, KW + 1 ..., take a row as it is.

Rows follow each other directly, the zeros behind one being those before the next. Windows that reach from one
row into the next are computed too, and dropped.

Rounding errors are those of the plain sum. Infinity is not: it meets itself in a difference and becomes NaN,
which is why `conv` computes what is not finite again.

Andrew Lavin and Scott Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, arXiv:1509.09308.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array
from convlib.fast._strips import LEAST_ROWS, Block, cut, fill, row_of
from convlib.fast._workers import ADDITION, RUN, share_out, sum_of
from convlib.shapes import Axis

# A block is filled; four sums, KW products of each, and seven sums of these.
CALLS = 25

# Which two inputs each of the four products takes, and how.
SUMS: tuple[tuple[np.ufunc, int, int], ...] = (
    (np.subtract, 0, 2),
    (np.add, 1, 2),
    (np.subtract, 2, 1),
    (np.subtract, 1, 3),
)
# Nobody is to hear of an infinity's NaN that is computed again.
QUIET = np.errstate(invalid="ignore", over="ignore")


def sums_of_weights(g: Array) -> Array:
    """Compute what the four products take of three weights: (3, ...) to (4, ...)."""
    sums = np.empty((4, *g.shape[1:]), g.dtype)
    outer, inner = (g[0] + g[2]) / 2, g[1] / 2
    sums[0], sums[3] = g[0], g[2]
    np.add(outer, inner, out=sums[1])
    np.subtract(outer, inner, out=sums[2])
    return sums


def gradient_of_weights(sums: Array) -> Array:
    """Compute the gradient of three weights from those of their four sums: (4, ...) to (3, ...)."""
    dg = np.empty((3, *sums.shape[1:]), sums.dtype)
    outer = (sums[1] + sums[2]) / 2
    np.add(sums[0], outer, out=dg[0])
    np.subtract(sums[1], sums[2], out=dg[1])
    np.add(sums[3], outer, out=dg[2])
    dg[1] /= 2
    return dg


def fits(rows: Axis, columns: Axis) -> bool:
    """Say whether filters have three rows, and windows neither stride nor dilation."""
    return rows.k == 3 and rows.stride == rows.dilation == columns.stride == columns.dilation == 1


def cost(C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what `convolve` does for a picture, in multiplications, with all that is computed in vain.

    That is the second row of a last, single one, and the windows that reach into the next row. For a pair of
    rows, inputs are taken twice for the strip and four times for the sums; four products are written, as slow
    as two additions, and added to outputs six times. Each of the last ten begins a run.
    """
    beside = columns.out * (6 * C + 14 * F) + 10 * RUN
    return _multiplications(C, F, rows, columns) + ADDITION * _pairs(rows) * beside


def convolve(x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array:
    """Compute `conv2d` of one group; no bias where b is None."""
    _, KW, C, F = w.shape
    filters = sums_of_weights(w).reshape(4, KW * C, F)
    out = np.empty((len(x), rows.out, columns.out, F), x.dtype)
    bias = row_of(b, columns)

    @QUIET
    def work(images: slice) -> None:
        batch = _Batch(x[images], F, rows, columns, products=2)
        for block in batch:
            even, odd = _pair_of_rows(out[images], block)

            def product(i: int, room: int) -> Array:
                sums, m = batch.sums(i), batch.products(room)
                by_start = m.reshape(-1, KW, F)
                for start in range(KW):
                    np.matmul(_windows(sums, start, KW), filters[i], out=by_start[:, start])
                return batch.outputs(m)

            m1, m2 = product(1, 0), product(2, 1)
            if bias is not None:
                m1 += bias  # the product that both outputs add
            single = odd.shape[1]
            np.add(m1, m2, out=even)
            np.subtract(m1[:, :single], m2[:, :single], out=odd)
            even += product(0, 0)
            odd -= product(3, 0)[:, :single]

    share_out(len(x), len(x) * cost(C, F, rows, columns), work)
    return out


def filter_gradient(x: Array, dout: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dw: the steps of `convolve` in reverse, each transposed."""
    C, F, KW = x.shape[3], dout.shape[3], columns.k

    @QUIET
    def work(images: slice) -> Array:
        batch = _Batch(x[images], F, rows, columns, products=1)
        total: Array = np.zeros((4, KW * C, F), x.dtype)
        part = np.empty_like(total[0])
        for block in batch:
            even, odd = _pair_of_rows(dout[images], block)
            single = odd.shape[1]
            upstream = batch.products(0)
            m = batch.outputs(upstream)
            upstream.reshape(*m.shape[:2], -1, F)[:, :, columns.out :] = 0
            for i in range(4):
                # m0 is in the even output alone, m1 in both, m2 in both with opposite signs, m3 in the odd.
                m[:] = 0 if i == 3 else even
                if i == 1 or i == 3:
                    m[:, :single] += odd
                elif i == 2:
                    m[:, :single] -= odd
                sums = batch.sums(i)
                for start in range(KW):
                    np.matmul(_windows(sums, start, KW).T, upstream.reshape(-1, KW, F)[:, start], out=part)
                    total[i] += part
        return total

    total = sum_of(share_out(len(x), len(x) * cost(C, F, rows, columns), work))
    total[3] *= -1  # with a minus
    return gradient_of_weights(total).reshape(3, KW, C, F)


def _pairs(rows: Axis) -> int:
    return (rows.out + 1) // 2


def _width(columns: Axis) -> int:
    """Return the cells from one row to the next: room for the row and its zeros, and a multiple of KW."""
    needed = max(columns.before + columns.n, columns.n + columns.after, columns.out)
    return -(-needed // columns.k) * columns.k


def _multiplications(C: int, F: int, rows: Axis, columns: Axis) -> int:
    return 4 * _pairs(rows) * _width(columns) * columns.k * C * F


class _Batch:
    """A batch in blocks of pairs of output rows: what one thread copies into.

    Buffers hold cells, `_width` of them for each pair of rows.
    """

    def __init__(self, x: Array, F: int, rows: Axis, columns: Axis, products: int) -> None:
        self.x, self.F, self.rows, self.columns = x, F, rows, columns
        self.width, C = _width(columns), x.shape[3]
        least = -(-LEAST_ROWS * columns.k // self.width)
        self.cut = cut(len(x), _pairs(rows), 2 * self.width * max(C, F) * x.itemsize, least)
        cells = self.cut.depth * self.cut.height * self.width
        self._strips = np.zeros((self.cut.depth, 2 * self.cut.height + 2, self.width, C), x.dtype)
        # Windows may begin in the last cell: there are zeros behind it.
        self._sums = np.zeros((cells + columns.k, C), x.dtype)
        self._products = np.empty((products, cells * F), x.dtype)

    def __iter__(self) -> Iterator[Block]:
        for block in self.cut:
            self._block = block
            self._strip = self._strips[: block.pictures, : 2 * block.count + 2]
            fill(self._strip, self.x[block.images], 2 * block.first, self.rows, self.columns)
            yield block

    @property
    def _cells(self) -> int:
        return self._block.pictures * self._block.count * self.width

    def sums(self, i: int) -> Array:
        """Compute the sums of input rows that product i takes: (cells and KW more, C)."""
        d = [self._strip[:, k : k + 2 * self._block.count : 2] for k in range(4)]
        operation, one, other = SUMS[i]
        operation(d[one], d[other], out=self._sums[: self._cells].reshape(d[0].shape))
        return self._sums[: self._cells + self.columns.k]

    def products(self, room: int) -> Array:
        """Return room for products: (cells, F)."""
        return self._products[room, : self._cells * self.F].reshape(-1, self.F)

    def outputs(self, products: Array) -> Array:
        """Return those of the products that are outputs: (pictures, pairs, OW, F)."""
        by_row = products.reshape(self._block.pictures, self._block.count, self.width, self.F)
        return by_row[:, :, : self.columns.out]


def _windows(cells: Array, start: int, KW: int) -> Array:
    """Look at rows of cells as (windows, KW*C): those from `start`, KW + start, 2*KW + start, ..."""
    windows = len(cells) // KW - 1
    return cells[start : start + windows * KW].reshape(windows, -1)


def _pair_of_rows(out: Array, block: Block) -> tuple[Array, Array]:
    """Return the even and the odd output rows of a block's pairs; the very last may have no odd row."""
    pictures, stop = out[block.images], 2 * (block.first + block.count)
    return pictures[:, 2 * block.first : stop : 2], pictures[:, 2 * block.first + 1 : stop : 2]
