"""One filter a channel: no sum over channels, so no matrix product, but a picture times a weight a tap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array
from convlib.fast._strips import Block, cut, fill, give_back
from convlib.fast._workers import ADDITION, share_out, sum_of
from convlib.shapes import Axis

# It is taken wherever it fits, whatever the others would take.
CALLS = 0


def cost(C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what `convolve` does for a picture, in multiplications: a product and a sum a tap."""
    return 2 * ADDITION * rows.out * columns.out * rows.k * columns.k * F


def convolve(x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array:
    """Compute `conv2d` with as many groups as channels and filters; no bias where b is None."""
    out = np.empty((len(x), rows.out, columns.out, w.shape[3]), x.dtype)

    def work(images: slice) -> None:
        for block, strip in _strips(x[images], rows, columns):
            part = out[images][block.images, block.first : block.first + block.count]
            part[:] = 0 if b is None else b
            product = np.empty_like(part)
            for (k, m), cells in _taps(rows, columns, block):
                part += np.multiply(strip[cells], w[k, m, 0], out=product)

    share_out(len(x), out.size * rows.k * columns.k * ADDITION, work)
    return out


def filter_gradient(x: Array, dout: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dw: for each tap and channel, what the tap read times dout, summed."""
    C = x.shape[3]

    def work(images: slice) -> Array:
        total = np.zeros((rows.k, columns.k, 1, C), x.dtype)
        for block, strip in _strips(x[images], rows, columns):
            part = dout[images][block.images, block.first : block.first + block.count]
            for (k, m), cells in _taps(rows, columns, block):
                total[k, m, 0] += np.einsum("nijc,nijc->c", strip[cells], part)
        return total

    parts = share_out(len(x), dout.size * rows.k * columns.k * ADDITION, work)
    return sum_of(parts)


def input_gradient(dout: Array, w: Array, rows: Axis, columns: Axis) -> Array:
    """Compute dx: every tap's share of dout added where the tap read."""
    C = w.shape[3]
    dx = np.zeros((len(dout), rows.n, columns.n, C), dout.dtype)

    def work(images: slice) -> None:
        for block, strip in _strips(dx[images], rows, columns):
            part = dout[images][block.images, block.first : block.first + block.count]
            strip[:] = 0
            product = np.empty_like(part)
            for (k, m), cells in _taps(rows, columns, block):
                strip[cells] += np.multiply(part, w[k, m, 0], out=product)
            give_back(dx[images][block.images], strip, block.first * rows.stride, rows, columns)

    share_out(len(dout), dout.size * rows.k * columns.k * ADDITION, work)
    return dx


def _strips(x: Array, rows: Axis, columns: Axis) -> Iterator[tuple[Block, Array]]:
    """Give a batch in strips of padded pictures."""
    C = x.shape[3]
    pieces = cut(len(x), rows.out, rows.stride * columns.padded * C * x.itemsize)
    strips = np.zeros(
        (pieces.depth, (pieces.height - 1) * rows.stride + rows.reach, columns.padded, C), x.dtype
    )
    for block in pieces:
        strip = strips[: block.pictures, : (block.count - 1) * rows.stride + rows.reach]
        fill(strip, x[block.images], block.first * rows.stride, rows, columns)
        yield block, strip


def _taps(
    rows: Axis, columns: Axis, block: Block
) -> Iterator[tuple[tuple[int, ...], tuple[slice, slice, slice]]]:
    """Give each cell of a window, and what it reads of a strip over the block's windows."""
    for k, m in np.ndindex(rows.k, columns.k):
        start = k * rows.dilation
        seen = slice(start, start + (block.count - 1) * rows.stride + 1, rows.stride)
        yield (k, m), (slice(None), seen, columns.tap(m))
