"""The kernel painter: a small image, a kernel to paint, and the map it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._figure import Figure, answer
from ._traits import Flag, Integer, Matrix, PinnedCell, Real

_IMAGE = [
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0],
    [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
]


class KernelPainter(Figure, script="kernel_painter.js"):
    """Paint a kernel and see its map; with `KernelPainter(correlate2d)` the map is your own function's.

    Where no Python runs (on a rendered page) the figure computes the map itself and says so.

    Attributes:
        image: up to 20 rows of numbers from -9 to 9.
        kernel: the weights, up to 7 rows of numbers from -9 to 9.
        flip: turn the kernel by 180 degrees first: a true convolution rather than the cross-correlation.
        brush: the number that a click or Enter paints.
        has_function: whether a function was given.
        step: which cell of the map (row by row) is shown while nothing is pointed at.
        pinned: the pinned cell of the map, "map 2 0".
    """

    image = Matrix(_IMAGE, 20, low=-9, high=9)
    kernel = Matrix([[1, 0, -1], [1, 0, -1], [1, 0, -1]], 7, low=-9, high=9)
    flip = Flag(False)
    brush = Real(1.0, -9, 9)
    has_function = Flag(False, linked=False)
    step = Integer(22, 0, 10_000)
    pinned = PinnedCell()

    def __init__(self, correlate2d: Callable[..., Any] | None = None, **more: Any) -> None:
        super().__init__(has_function=correlate2d is not None, **more)
        self._function = correlate2d
        self.on_msg(self._reply)

    def _reply(self, _: Any, question: dict[str, Any], __: Any) -> None:
        if self._function is not None:
            self.send(question | answer(self._function, [question["x"], question["k"]], {}))
