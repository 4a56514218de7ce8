"""Parameters and multiplications of a dense, a locally connected and a convolutional layer, as bars."""

from __future__ import annotations

from ._figure import Figure
from ._traits import Flag, Integer, PinnedCell


class ParameterBars(Figure, script="parameter_bars.js"):
    """What the same layer costs dense, locally connected and convolutional.

    Attributes:
        size: rows and columns of the input, 4 to 256.
        channels: channels of the input, 1 to 256.
        kernel: rows and columns of a filter, 1 to 11.
        filters: how many filters, 1 to 512.
        stride: step between windows, 1 to 4.
        units: units of the hidden dense layer beside them, 1 to 4096.
        products: show multiplications rather than parameters.
        logarithmic: a logarithmic scale: each step is ten times as much.
        pinned: the pinned bar, "bars 2 0".
    """

    size = Integer(32, 4, 256)
    channels = Integer(3, 1, 256)
    kernel = Integer(5, 1, 11)
    filters = Integer(5, 1, 512)
    stride = Integer(1, 1, 4)
    units = Integer(32, 1, 4096)
    products = Flag(False)
    logarithmic = Flag(True)
    pinned = PinnedCell()
