"""3x3 filters at stride 1 with less than half of the multiplications: Winograd's F(2x2, 3x3).

`_winograd` takes four products for two outputs of a column of weights. The same along the columns makes it 16
for a tile of 2x2 outputs, which the plain sum reaches with 36 (Lavin & Gray 2016, section 4.1). A product is
of matrices, (tiles, C) by (C, F); each is made, added to its outputs and forgotten.

A tile takes twice the sums that `_winograd` takes, and sums are slow beside products: it needs many channels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array
from convlib.fast import _winograd
from convlib.fast._strips import Block, cut, fill
from convlib.fast._winograd import QUIET, SUMS, gradient_of_weights, sums_of_weights
from convlib.fast._workers import ADDITION, share_out, sum_of
from convlib.shapes import Axis

# A block is filled; 20 sums, 16 products, and 36 sums of these; and 15 sums of weights.
CALLS = 90

# A product's filters are a ninth of all: BLAS repacks them sooner, so fewer rows will do, and less memory.
LEAST_ROWS = 192


def fits(rows: Axis, columns: Axis) -> bool:
    """Say whether filters are 3x3, and windows have neither stride nor dilation."""
    return columns.k == 3 and _winograd.fits(rows, columns)


def cost(C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what `convolve` does for a picture, in multiplications, with the tiles that reach beyond it.

    A tile takes 4 numbers of each channel for the strip, 8 sums along the rows, each two columns wide, and 16
    sums of these; it writes 16 products, as slow as two additions, which are added to the sums of a row 16
    and to outputs 12 times.
    """
    tiles = _tiles(rows) * _tiles(columns)
    return _multiplications(C, F, rows, columns) + ADDITION * tiles * (28 * C + 60 * F)


def convolve(x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array:
    """Compute `conv2d` of one group; no bias where b is None."""
    N, (C, F) = len(x), w.shape[2:]
    # Sums of rows of weights, and of these along the columns: [i, j] is what product (i, j) takes.
    filters = [sums_of_weights(sums) for sums in sums_of_weights(w)]
    height, width = _tiles(rows), _tiles(columns)
    out = np.empty((N, height, 2, width, 2, F), x.dtype)

    @QUIET
    def work(images: slice) -> None:
        batch = _Batch(x[images], F, rows, columns)
        for block in batch:
            part = batch.of_block(out[images])
            left, right, m = (batch.products(room) for room in range(3))
            for i in (1, 0, 2, 3):  # first the products that both rows take
                batch.sum_rows(i)
                np.matmul(batch.sums(1), filters[i][1], out=left)
                np.matmul(batch.sums(2), filters[i][2], out=m)
                np.subtract(left, m, out=right)
                left += m
                left += np.matmul(batch.sums(0), filters[i][0], out=m)
                right -= np.matmul(batch.sums(3), filters[i][3], out=m)
                for side, products in enumerate((left, right)):
                    sums = products.reshape(block.pictures, block.count, width, F)
                    even, odd = part[:, :, 0, :, side], part[:, :, 1, :, side]
                    if i == 1:
                        odd[:] = even[:] = sums if b is None else np.add(sums, b, out=sums)
                    if i == 0 or i == 2:
                        even += sums
                    if i == 2 or i == 3:
                        odd -= sums

    share_out(N, N * cost(C, F, rows, columns), work)
    pictures = out.reshape(N, 2 * height, 2 * width, F)
    return np.ascontiguousarray(pictures[:, : rows.out, : columns.out])


def filter_gradient(x: Array, dout: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dw: the steps of `convolve` in reverse, each transposed."""
    N, C, F = len(x), x.shape[3], dout.shape[3]
    height, width = _tiles(rows), _tiles(columns)
    if (2 * height, 2 * width) != (rows.out, columns.out):
        dout = np.pad(dout, ((0, 0), (0, rows.out % 2), (0, columns.out % 2), (0, 0)))
    upstream = dout.reshape(N, height, 2, width, 2, F)

    @QUIET
    def work(images: slice) -> Array:
        batch = _Batch(x[images], F, rows, columns)
        total: Array = np.zeros((4, 4, C, F), x.dtype)
        product = np.empty_like(total[0, 0])
        for block in batch:
            part = batch.of_block(upstream[images])
            left, right, m = (batch.products(room) for room in range(3))
            for i in range(4):
                batch.sum_rows(i)
                for side, sums in enumerate((left, right)):
                    shape = block.pictures, block.count, width, F
                    _outputs_of_product(
                        i, part[:, :, 0, :, side], part[:, :, 1, :, side], sums.reshape(shape)
                    )
                for j in range(4):
                    _outputs_of_product(j, left, right, m)
                    total[i, j] += np.matmul(batch.sums(j).T, m, out=product)
        return total

    total = sum_of(share_out(N, N * cost(C, F, rows, columns), work))
    total[3] *= -1  # with a minus, as in `_winograd`
    total[:, 3] *= -1
    along_columns = np.stack([gradient_of_weights(sums) for sums in total])
    return gradient_of_weights(along_columns)


def _outputs_of_product(i: int, first: Array, second: Array, out: Array) -> None:
    """Sum the gradients of the two outputs that product i adds to; that of the last, with the other sign."""
    if i == 0:
        out[:] = first
    elif i == 3:
        out[:] = second
    else:
        (np.add if i == 1 else np.subtract)(first, second, out=out)


def _tiles(axis: Axis) -> int:
    return (axis.out + 1) // 2


def _multiplications(C: int, F: int, rows: Axis, columns: Axis) -> int:
    return _tiles(rows) * _tiles(columns) * 16 * C * F


class _Batch:
    """A batch in blocks of rows of tiles: what one thread copies into."""

    def __init__(self, x: Array, F: int, rows: Axis, columns: Axis) -> None:
        self.x, self.F, self.rows, self.columns = x, F, rows, columns
        self.width, C = _tiles(columns), x.shape[3]
        row_bytes = 4 * self.width * max(C, F) * x.itemsize
        self.cut = cut(len(x), _tiles(rows), row_bytes, -(-LEAST_ROWS // self.width))
        depth, height, padded = self.cut.depth, self.cut.height, 2 * self.width + 2
        self._strips = np.zeros((depth, 2 * height + 2, padded, C), x.dtype)
        self._row_sums = np.empty((depth, height, padded, C), x.dtype)
        self._sums = np.empty(depth * height * self.width * C, x.dtype)
        self._products = np.empty((3, depth * height * self.width * F), x.dtype)

    def __iter__(self) -> Iterator[Block]:
        for block in self.cut:
            self._block = block
            self._strip = self._strips[: block.pictures, : 2 * block.count + 2]
            fill(self._strip, self.x[block.images], 2 * block.first, self.rows, self.columns)
            yield block

    def of_block(self, tiles: Array) -> Array:
        """Look at the block's part of (N, rows of tiles, ...)."""
        return tiles[self._block.images, self._block.first : self._block.first + self._block.count]

    def sum_rows(self, i: int) -> None:
        """Compute the sums of input rows that the products (i, 0) .. (i, 3) take."""
        operation, one, other = SUMS[i]
        count = 2 * self._block.count
        rows = self._row_sums[: self._block.pictures, : self._block.count]
        operation(self._strip[:, one : one + count : 2], self._strip[:, other : other + count : 2], out=rows)

    def sums(self, j: int) -> Array:
        """Compute the sums that product (i, j) takes, i being the last given to `sum_rows`: (tiles, C)."""
        operation, one, other = SUMS[j]
        count = 2 * self.width
        rows = self._row_sums[: self._block.pictures, : self._block.count]
        sums = self._sums[: self._cells * rows.shape[3]].reshape(*rows.shape[:2], self.width, -1)
        operation(rows[:, :, one : one + count : 2], rows[:, :, other : other + count : 2], out=sums)
        return sums.reshape(self._cells, -1)

    def products(self, room: int) -> Array:
        """Return room for products: (tiles, F)."""
        return self._products[room, : self._cells * self.F].reshape(self._cells, self.F)

    @property
    def _cells(self) -> int:
        return self._block.pictures * self._block.count * self.width
