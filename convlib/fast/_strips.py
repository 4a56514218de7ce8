"""A batch in blocks: strips of padded pictures that stay in a core's cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convlib._arrays import Array
from convlib.shapes import Axis

# What a block's largest buffer may hold: a core's second-level cache where that is small (0.5 to 2 MB today),
# so that most of what one step writes, the next still finds there.
BLOCK_BYTES = 1 << 19
# BLAS repacks the filters for every product; one of fewer rows than this would spend its time on that.
LEAST_ROWS = 320


@dataclass(frozen=True)
class Block:
    """Some pictures of a batch, and some rows of their outputs."""

    images: slice
    first: int
    count: int

    @property
    def pictures(self) -> int:
        return int(self.images.stop - self.images.start)


@dataclass(frozen=True)
class Cut:
    """How a batch is cut into blocks: several whole pictures, or strips of one.

    Attributes:
        images: pictures in the batch.
        rows: rows of an output picture.
        depth: most pictures in a block.
        height: most rows in a block.
    """

    images: int
    rows: int
    depth: int
    height: int

    def __iter__(self) -> Iterator[Block]:
        for start in range(0, self.images, self.depth):
            pictures = slice(start, min(start + self.depth, self.images))
            for first in range(0, self.rows, self.height):
                yield Block(pictures, first, min(self.height, self.rows - first))


def cut(images: int, rows: int, row_bytes: int, least_rows: int = 1) -> Cut:
    """Cut a batch so that a block fits the cache, unless that left too little for a product.

    Args:
        images: pictures in the batch.
        rows: rows of an output picture.
        row_bytes: what a row of output needs in a block's largest buffer.
        least_rows: a block has at least so many rows, if the batch has.
    """
    fitting = max(BLOCK_BYTES // row_bytes, least_rows, 1)
    if fitting >= rows:
        return Cut(images, rows, max(min(images, fitting // rows), 1), rows)
    strips = -(-rows // fitting)
    return Cut(images, rows, 1, -(-rows // strips))  # of one height, rather than full ones and a remainder


def fill(strip: Array, x: Array, first: int, rows: Axis, columns: Axis) -> None:
    """Copy some rows of padded pictures into a strip.

    Args:
        strip: (N, rows wanted, padded columns or more, C); outside the pictures' columns it is zero already.
        x: (N, H, W, C).
        first: the first row wanted, in padded coordinates.
        rows: says how many zero rows are above.
        columns: says how many zero columns are on the left.
    """
    wanted, start = strip.shape[1], first - rows.before
    top = min(max(-start, 0), wanted)
    bottom = max(min(rows.n - start, wanted), top)
    if top:
        strip[:, :top] = 0
    if bottom < wanted:
        strip[:, bottom:] = 0
    strip[:, top:bottom, columns.inside] = x[:, start + top : start + bottom]


def outputs(out: Array, block: Block) -> Array:
    """Look at a block's outputs as (windows, F): whole pictures or part of one, they lie in one piece."""
    return out[block.images, block.first : block.first + block.count].reshape(-1, out.shape[3])


def row_of(b: Array | None, columns: Axis) -> Array | None:
    """Repeat the bias for a row of outputs, (OW, F): adding it then runs over a row, not over F numbers."""
    return None if b is None else np.tile(b, (columns.out, 1))


def give_back(dx: Array, strip: Array, first: int, rows: Axis, columns: Axis) -> None:
    """Add a strip to the pictures that `fill` would copy it from."""
    wanted, start = strip.shape[1], first - rows.before
    top = min(max(-start, 0), wanted)
    bottom = max(min(rows.n - start, wanted), top)
    dx[:, start + top : start + bottom] += strip[:, top:bottom, columns.inside]
