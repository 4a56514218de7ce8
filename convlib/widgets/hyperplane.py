"""Neurons as lines in the plane: score, distance, ReLU, and the regions that several of them make."""

from __future__ import annotations

from typing import Any

import traitlets

from ._figure import Figure, Matrix, Pinned, Whole


class Hyperplane(Figure, script="hyperplane.js"):
    """Drag a neuron's line; point anywhere to see its score, its distance and its ReLU there.

    Attributes:
        neurons: up to 4 rows (w1, w2, b).
        selected: which neuron the sliders and the mouse move, from 0.
        view: "score", "relu" or "regions": what the shade of the plane shows.
        pinned: the pinned point, "plane 4 12": row from the top (x2 = 4), column from the left (x1 = -4).
    """

    neurons = Matrix([[1.0, 0.5, -0.5]], 4)
    selected = Whole(0, 0, 3)
    view = traitlets.Enum(["score", "relu", "regions"], "score").tag(sync=True)
    pinned = Pinned()

    @traitlets.validate("neurons")
    def _three_numbers(self, proposal: Any) -> list[list[float]]:
        if any(len(row) != 3 for row in proposal["value"]):
            raise traitlets.TraitError("each neuron has three numbers: w1, w2, b")
        rows: list[list[float]] = proposal["value"]
        return rows
