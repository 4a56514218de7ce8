"""The stride board: which inputs an output reads, and which outputs an input reaches."""

from __future__ import annotations

from ._figure import Figure
from ._traits import Flag, Integer, IntPair, PinnedCell


class StrideBoard(Figure, script="stride_board.js"):
    """A convolution's windows: point at an output to see what it reads, at an input to see who reads it.

    Every keyword is a setting, which the reader may change afterwards: `StrideBoard(width=7, stride=2)`.

    Attributes:
        height: rows of the input, 1 to 16.
        width: columns of the input, 1 to 16.
        kernel: rows and columns of the window, 1 to 7, an int or a (rows, columns) pair.
        stride: step between windows, 1 to 5, an int or a pair.
        pad: zeros added on every side, 0 to 6, an int or a pair; "same" follows Keras's rule, "valid" is 0.
        dilation: distance between the window's taps, 1 to 4, an int or a pair.
        transposed: show the transposed convolution: each input is spread over a window of the output.
        step: which output (row by row) is shown while nothing is pointed at.
        pinned: the pinned cell, "output 2 0" or "input 3 3"; "" where none is.
    """

    height = Integer(7, 1, 16)
    width = Integer(7, 1, 16)
    kernel = IntPair(3, 1, 7)
    stride = IntPair(2, 1, 5)
    pad = IntPair(0, 0, 6, words=("same", "valid"))
    dilation = IntPair(1, 1, 4)
    transposed = Flag(False)
    step = Integer(0, 0, 10_000)
    pinned = PinnedCell()
