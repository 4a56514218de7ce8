"""A computation graph with live numbers: values forward, gradients backward, local times upstream."""

from __future__ import annotations

import traitlets

from ._figure import Figure, Pinned, Whole


def _number(default: float) -> traitlets.Float[float, float]:
    return traitlets.Float(default, min=-3, max=3).tag(sync=True)


class ComputationGraph(Figure, script="computation_graph.js"):
    """One neuron and its loss, (max(w1*x1 + w2*x2 + b, 0) - y)^2, node by node, forward and backward.

    Attributes:
        w1, x1, w2, x2, b, y: the inputs, -3 to 3.
        step: how far the two passes have gone: first the values, then the gradients.
        pinned: the pinned node, "graph LEVEL POSITION".
    """

    w1 = _number(2.0)
    x1 = _number(1.0)
    w2 = _number(-1.0)
    x2 = _number(1.5)
    b = _number(0.5)
    y = _number(2.0)
    step = Whole(10_000, 0, 10_000)
    pinned = Pinned()
