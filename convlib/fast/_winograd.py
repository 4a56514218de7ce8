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

Rounding errors are those of the plain sum. Infinity is not: it meets itself in a difference and becomes NaN.

Andrew Lavin and Scott Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, arXiv:1509.09308.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convlib._arrays import Array
from convlib.fast._strips import LEAST_ROWS, Block, cut, fill
from convlib.fast._workers import share_out, sum_of
from convlib.shapes import Axis

WEIGHTS = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])


def saves_multiplications(rows: Axis, columns: Axis) -> bool:
    """Say whether four products for two rows are fewer than six, with all that is computed in vain.

    That is the second row of a last, single one, and the windows that reach into the next row.
    """
    plain = rows.stride == rows.dilation == columns.stride == columns.dilation == 1
    return rows.k == 3 and plain and 4 * _pairs(rows) * _width(columns) < 3 * rows.out * columns.out


def convolve(x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array:
    """Compute `conv2d` of one group; no bias where b is None."""
    _, KW, C, F = w.shape
    filters = np.tensordot(WEIGHTS.astype(w.dtype), w, 1).reshape(4, KW * C, F)
    out = np.empty((len(x), rows.out, columns.out, F), x.dtype)

    def work(images: slice) -> None:
        for block, sums, products in _blocks(x[images], F, rows, columns):
            by_start = products.reshape(4, -1, KW, F)
            for start in range(KW):
                np.matmul(_windows(sums, start, KW), filters, out=by_start[:, :, start])
            m = products.reshape(4, block.pictures, block.count, -1, F)[:, :, :, : columns.out]
            if b is not None:
                m[1] += b  # the product that both outputs add
            even, odd = _pair_of_rows(out[images], block)
            m[0] += m[1]
            np.add(m[0], m[2], out=even)
            m[1] -= m[2]
            np.subtract(m[1][:, : odd.shape[1]], m[3][:, : odd.shape[1]], out=odd)

    share_out(len(x), _multiplications(len(x), C, F, rows, columns), work)
    return out


def filter_gradient(x: Array, dout: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dw: the steps of `convolve` in reverse, each transposed."""
    C, F, KW = x.shape[3], dout.shape[3], columns.k

    def work(images: slice) -> Array:
        total: Array = np.zeros((4, KW * C, F), x.dtype)
        part = np.empty_like(total)
        for block, sums, shares in _blocks(x[images], F, rows, columns):
            m = shares.reshape(4, block.pictures, block.count, -1, F)
            even, odd = _pair_of_rows(dout[images], block)
            # y0 = m0 + m1 + m2 and y1 = m1 - m2 - m3, so m0 receives y0's gradient, m1 both, and so on. The
            # minus of m3 waits for the end.
            m[:, :, :, columns.out :] = 0
            m = m[:, :, :, : columns.out]
            m[0] = even
            m[3][:, : odd.shape[1]] = odd
            m[3][:, odd.shape[1] :] = 0
            np.add(m[0], m[3], out=m[1])
            np.subtract(m[0], m[3], out=m[2])
            by_start = shares.reshape(4, -1, KW, F)
            for start in range(KW):
                np.matmul(_windows(sums, start, KW).transpose(0, 2, 1), by_start[:, :, start], out=part)
                total += part
        return total

    parts = share_out(len(x), _multiplications(len(x), C, F, rows, columns), work)
    total = sum_of(parts)
    total[3] *= -1
    dw: Array = np.tensordot(WEIGHTS.T.astype(x.dtype), total, 1).reshape(3, KW, C, F)
    return dw


def _pairs(rows: Axis) -> int:
    return (rows.out + 1) // 2


def _width(columns: Axis) -> int:
    """Return the cells from one row to the next: room for the row and its zeros, and a multiple of KW."""
    needed = max(columns.before + columns.n, columns.n + columns.after, columns.out)
    return -(-needed // columns.k) * columns.k


def _multiplications(N: int, C: int, F: int, rows: Axis, columns: Axis) -> int:
    return N * 4 * _pairs(rows) * _width(columns) * columns.k * C * F


def _blocks(x: Array, F: int, rows: Axis, columns: Axis) -> Iterator[tuple[Block, Array, Array]]:
    """Cut a batch into blocks of pairs of output rows.

    Returns:
        The block; the four sums of input rows for each pair, (4, cells and KW more, C); room for their
        products with filters, (4, cells, F). Cells are those of all pairs, `_width` each.
    """
    width, C = _width(columns), x.shape[3]
    least = -(-LEAST_ROWS * columns.k // width)
    pieces = cut(len(x), _pairs(rows), 4 * width * max(C, F) * x.itemsize, least)
    strips = np.zeros((pieces.depth, 2 * pieces.height + 2, width, C), x.dtype)
    # Where the last windows reach beyond the last row, there are zeros.
    all_sums = np.zeros((4, pieces.depth * pieces.height * width + columns.k, C), x.dtype)
    room = np.empty(4 * pieces.depth * pieces.height * width * F, x.dtype)
    for block in pieces:
        strip = strips[: block.pictures, : 2 * block.count + 2]
        fill(strip, x[block.images], 2 * block.first, rows, columns)
        d0, d1, d2, d3 = (strip[:, i : i + 2 * block.count : 2] for i in range(4))
        cells = block.pictures * block.count * width
        sums = all_sums[:, : cells + columns.k]
        s = sums[:, :cells].reshape(4, block.pictures, block.count, width, C)
        np.subtract(d0, d2, out=s[0])
        np.add(d1, d2, out=s[1])
        np.subtract(d2, d1, out=s[2])
        np.subtract(d1, d3, out=s[3])
        yield block, sums, room[: 4 * cells * F].reshape(4, cells, F)


def _windows(sums: Array, start: int, KW: int) -> Array:
    """Look at rows of cells as (4, windows, KW*C): those from `start`, KW + start, 2*KW + start, ..."""
    _, cells, C = sums.shape
    by_row, by_cell, by_channel = sums.strides
    return as_strided(
        sums[:, start:], (4, cells // KW - 1, KW * C), (by_row, KW * by_cell, by_channel), writeable=False
    )


def _pair_of_rows(out: Array, block: Block) -> tuple[Array, Array]:
    """Return the even and the odd output rows of a block's pairs; the very last may have no odd row."""
    pictures, stop = out[block.images], 2 * (block.first + block.count)
    return pictures[:, 2 * block.first : stop : 2], pictures[:, 2 * block.first + 1 : stop : 2]
