"""Gradient descent on a loss surface: what batch size and step size do to the path."""

from __future__ import annotations

import traitlets

from ._figure import Figure, Pinned, Whole


class LossSurface(Figure, script="loss_surface.js"):
    """Fit a line to 32 points by minibatch gradient descent; the loss is a surface over slope and offset.

    Attributes:
        batch: examples a step, 1 to 32 (32: no noise).
        lr: step size, 0.01 to 1.2.
        seed: which shuffling, 0 to 99.
        slope, offset: where the path starts, -2 to 4 and -3 to 3.
        step: how many updates are shown.
        pinned: the pinned point, "surface ROW COLUMN" or "curve 0 STEP".
    """

    batch = Whole(4, 1, 32)
    lr = traitlets.Float(0.1, min=0.01, max=1.2).tag(sync=True)
    seed = Whole(0, 0, 99)
    slope = traitlets.Float(-1.0, min=-2, max=4).tag(sync=True)
    offset = traitlets.Float(2.0, min=-3, max=3).tag(sync=True)
    step = Whole(10_000, 0, 10_000)
    pinned = Pinned()
