"""Maximum and average pooling side by side, on a map that can be shifted."""

from __future__ import annotations

from ._figure import Figure
from ._traits import Integer, IntPair, Matrix, PinnedCell

_VALUES = [
    [1, 0, 2, 3, 0, 0, 1, 0],
    [4, 6, 6, 8, 1, 0, 0, 2],
    [3, 1, 1, 0, 2, 5, 1, 0],
    [1, 2, 2, 4, 0, 7, 9, 1],
    [0, 0, 3, 1, 1, 8, 4, 0],
    [2, 5, 0, 0, 6, 3, 0, 1],
    [0, 1, 7, 2, 0, 1, 2, 0],
    [1, 0, 0, 3, 0, 0, 4, 1],
]


class PoolingPair(Figure, script="pooling_pair.js"):
    """Both pools on one map: what each window gives, what is discarded, what a shift of the input changes.

    Attributes:
        values: the map, up to 12 rows of numbers from -99 to 99.
        size: rows and columns of the window, 1 to 4, an int or a pair.
        stride: step between windows, 1 to 4, an int or a pair; 0 means the window's size.
        down: rows by which the input is shifted, -3 to 3 (zeros come in).
        right: columns by which it is shifted.
        step: which output (row by row) is shown while nothing is pointed at.
        pinned: the pinned cell, "max 0 1", "mean 0 1" or "input 3 3".
    """

    values = Matrix(_VALUES, 12, low=-99, high=99)
    size = IntPair(2, 1, 4)
    stride = IntPair(0, 0, 4)
    down = Integer(0, -3, 3)
    right = Integer(0, -3, 3)
    step = Integer(1, 0, 10_000)
    pinned = PinnedCell()
