"""Gradient descent on a loss surface: what batch size and step size do to the path."""

from __future__ import annotations

from ._figure import Figure
from ._traits import Integer, PinnedCell, Real

_STEP_SIZES = 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2


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

    batch = Integer(4, 1, 32)
    lr = Real(0.1, _STEP_SIZES[0], _STEP_SIZES[-1], stops=_STEP_SIZES)
    seed = Integer(0, 0, 99)
    slope = Real(-1.0, -2, 4)
    offset = Real(2.0, -3, 3)
    step = Integer(10_000, 0, 10_000)
    pinned = PinnedCell()
