"""Convolution as a matrix product: every window a row of a matrix, every filter a column (im2col).

The matrix repeats each pixel up to KH*KW times and is never made as a whole. Blocks of it, small enough for a
core's cache, are copied, multiplied and forgotten. A window's row is copied in runs of KW*C numbers, which
are neighbours in the picture too; `_thin` is for so few channels that this is no run at all.

Counted for a picture: OH*OW*KH*KW*C*F multiplications, and as many numbers copied as the matrix has,
OH*OW*KH*KW*C. The gradient of x adds as many, to what is there already.

Kumar Chellapilla, Sidd Puri and Patrice Simard, "High Performance Convolutional Neural Networks for Document
Processing", IWFHR 2006.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array
from convlib.fast._strips import LEAST_ROWS, Block, Cut, cut, fill, give_back, outputs, row_of
from convlib.fast._workers import ADDITION, COPY, RUN, share_out, sum_of
from convlib.shapes import Axis

# A block is filled, copied and multiplied, and gets its bias.
CALLS = 6


def cost(C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what `convolve` does for a picture, in multiplications: a window is KH runs of KW*C numbers."""
    windows = rows.out * columns.out
    return windows * rows.k * (columns.k * C * F + COPY * (RUN + columns.k * C))


def scatter_cost(C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what `input_gradient` does for a picture, in multiplications: a window adds KH*KW runs of C."""
    windows = rows.out * columns.out
    return windows * rows.k * columns.k * (C * F + ADDITION * (RUN + 2 * C))


def convolve(x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array:
    """Compute `conv2d` of one group; no bias where b is None."""
    F = w.shape[3]
    filters = w.reshape(-1, F)
    out = np.empty((len(x), rows.out, columns.out, F), x.dtype)
    bias = row_of(b, columns)

    def work(images: slice) -> None:
        for block, matrix in _matrices(x[images], rows, columns):
            part = outputs(out[images], block)
            np.matmul(matrix, filters, out=part)
            if bias is not None:
                by_row = part.reshape(-1, *bias.shape)
                by_row += bias

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
            np.matmul(matrix.T, outputs(dout[images], block), out=part)
            total += part
        return total

    parts = share_out(len(x), len(x) * cost(C, F, rows, columns), work)
    dw: Array = sum_of(parts).reshape(rows.k, columns.k, C, F)
    return dw


def input_gradient(dout: Array, w: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dx: dout times the transposed filters, each number added where it would be copied from."""
    C, F = w.shape[2:]
    filters = w.reshape(-1, F)
    dx = np.zeros((len(dout), rows.n, columns.n, C), dout.dtype)
    column_taps = [columns.tap(m) for m in range(columns.k)]

    def work(images: slice) -> None:
        buffers = _Buffers(len(dout[images]), C, rows, columns, dx.dtype)
        for block in buffers.cut:
            matrix, strip = buffers.matrix(block), buffers.strip(block)
            np.matmul(outputs(dout[images], block), filters.T, out=matrix)
            strip[:] = 0
            shares = buffers.taps(matrix, block)
            for k in range(rows.k):
                seen = strip[:, _tap(rows, k, block.count)]
                for m, cells in enumerate(column_taps):
                    seen[:, :, cells] += shares[:, :, :, k, m]
            give_back(dx[images][block.images], strip, block.first * rows.stride, rows, columns)

    share_out(len(dout), len(dout) * scatter_cost(C, F, rows, columns), work)
    return dx


class _Buffers:
    """What one thread copies into: a strip of padded pictures, and the matrix of its windows."""

    def __init__(self, images: int, C: int, rows: Axis, columns: Axis, dtype: np.dtype[np.generic]) -> None:
        self.rows, self.columns, self.C = rows, columns, C
        self._run = columns.k if columns.dilation == 1 else 1  # cells of a window that are neighbours
        self._item = np.dtype((np.void, self._run * C * dtype.itemsize))
        taps = rows.k * columns.k * C
        least = -(-LEAST_ROWS // columns.out)
        self.cut: Cut = cut(images, rows.out, columns.out * taps * dtype.itemsize, least)
        height = self._strip_rows(self.cut.height)
        self._strip = np.zeros(self.cut.depth * height * columns.padded * C, dtype)
        self._matrix = np.empty(self.cut.depth * self.cut.height * columns.out * taps, dtype)

    def _strip_rows(self, count: int) -> int:
        return (count - 1) * self.rows.stride + self.rows.reach

    def strip(self, block: Block) -> Array:
        """Return (pictures, rows, columns, C), padded."""
        shape = block.pictures, self._strip_rows(block.count), self.columns.padded, self.C
        return self._strip[: math.prod(shape)].reshape(shape)

    def fill_matrix(self, block: Block) -> Array:
        """Copy the windows of the strip into the matrix, and return it.

        Runs are copied as items: NumPy then goes over them in its innermost loop, and not over numbers.
        """
        matrix = self.matrix(block)
        windows = self._windows(block)
        matrix.view(self._item).reshape(windows.shape)[...] = windows
        return matrix

    def _windows(self, block: Block) -> Array:
        """Look at the strip as (pictures, output rows, output columns, KH, runs), each pixel many times."""
        rows, columns = self.rows, self.columns
        shape = block.pictures, block.count, columns.out, rows.k, columns.k // self._run
        by_picture, by_row, by_column, _ = self.strip(block).strides
        strides = (
            by_picture,
            by_row * rows.stride,
            by_column * columns.stride,
            by_row * rows.dilation,
            by_column * columns.dilation,
        )
        return np.ndarray(shape, self._item, self._strip, 0, strides)

    def matrix(self, block: Block) -> Array:
        """Return (windows, taps)."""
        windows = block.pictures * block.count * self.columns.out
        taps = self.rows.k * self.columns.k * self.C
        return self._matrix[: windows * taps].reshape(windows, taps)

    def taps(self, matrix: Array, block: Block) -> Array:
        """Look at the matrix as (pictures, output rows, output columns, KH, KW, C)."""
        windows = block.pictures, block.count, self.columns.out
        return matrix.reshape(*windows, self.rows.k, self.columns.k, self.C)


def _matrices(x: Array, rows: Axis, columns: Axis) -> Iterator[tuple[Block, Array]]:
    """Give a batch's matrix block by block."""
    buffers = _Buffers(len(x), x.shape[3], rows, columns, x.dtype)
    for block in buffers.cut:
        fill(buffers.strip(block), x[block.images], block.first * rows.stride, rows, columns)
        yield block, buffers.fill_matrix(block)


def _tap(axis: Axis, k: int, count: int) -> slice:
    """Return what cell k of the first `count` windows reads."""
    start = k * axis.dilation
    return slice(start, start + (count - 1) * axis.stride + 1, axis.stride)
