"""A computation graph with live numbers: values forward, gradients backward, local times upstream."""

from __future__ import annotations

from ._figure import Figure
from ._traits import Integer, PinnedCell, Real

_RANGE = -3, 3


class ComputationGraph(Figure, script="computation_graph.js"):
    """One neuron and its loss, (max(w1*x1 + w2*x2 + b, 0) - y)^2, node by node, forward and backward.

    Attributes:
        w1, x1, w2, x2, b, y: the inputs, -3 to 3.
        step: how far the two passes have gone: first the values, then the gradients.
        pinned: the pinned node, "graph LEVEL POSITION".
    """

    w1 = Real(2.0, *_RANGE)
    x1 = Real(1.0, *_RANGE)
    w2 = Real(-1.0, *_RANGE)
    x2 = Real(1.5, *_RANGE)
    b = Real(0.5, *_RANGE)
    y = Real(2.0, *_RANGE)
    step = Integer(10_000, 0, 10_000)
    pinned = PinnedCell()
