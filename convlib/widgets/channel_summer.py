"""One filter over several channels: partial sums, one number; and what untied weights would cost."""

from __future__ import annotations

from ._figure import Figure
from ._traits import Flag, Integer, PinnedCell


class ChannelSummer(Figure, script="channel_summer.js"):
    """A filter looks at every channel of its window and gives one number: the products, channel by channel.

    Attributes:
        size: rows and columns of the input, 3 to 7.
        channels: channels of the input, 1 to 4.
        kernel: rows and columns of the filter, 1 to 3.
        filters: how many filters the layer has, 1 to 256: one is drawn, all are counted.
        untied: give every output cell weights of its own (a locally connected layer).
        step: which output (row by row) is shown while nothing is pointed at.
        pinned: the pinned cell, "out 1 2" or "x0 3 3" (channel 0).
    """

    size = Integer(5, 3, 7)
    channels = Integer(3, 1, 4)
    kernel = Integer(3, 1, 3)
    filters = Integer(5, 1, 256)
    untied = Flag(False)
    step = Integer(0, 0, 10_000)
    pinned = PinnedCell()
