"""Neurons as lines in the plane: score, distance, ReLU, and the regions that several of them make."""

from __future__ import annotations

from ._figure import Figure
from ._traits import Choice, Integer, Matrix, PinnedCell


class Hyperplane(Figure, script="hyperplane.js"):
    """Drag a neuron's line; point anywhere to see its score, its distance and its ReLU there.

    Attributes:
        neurons: up to 4 rows (w1, w2, b), weights from -3 to 3, b from -4 to 4.
        selected: which neuron the sliders and the mouse move, from 0.
        view: "score", "relu" or "regions": what the shade of the plane shows.
        pinned: the pinned point, "plane 4 12": row from the top (x2 = 4), column from the left (x1 = -4).
    """

    neurons = Matrix([[1.0, 0.5, -0.5]], 4, low=(-3, -3, -4), high=(3, 3, 4))
    selected = Integer(0, 0, 3)
    view = Choice("score", "relu", "regions")
    pinned = PinnedCell()
