"""The backward pass of a convolution or a pool as a scatter: which outputs did this pixel touch?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._figure import Figure, answer
from ._traits import Choice, Flag, Integer, PinnedCell


class GradientScatter(Figure, script="gradient_scatter.js"):
    """Every output sends its gradient back into its window; where windows overlap, gradients add up.

    With `GradientScatter(conv2d_backward)` the finished dx is compared with your own function's.

    Attributes:
        height: rows of the input, 2 to 8.
        width: columns of the input, 2 to 8.
        kernel: rows and columns of the window, 1 to 4.
        stride: step between windows, 1 to 3.
        pad: zeros around the input, 0 to 2 (convolution only).
        mode: "conv", "max" or "mean": a convolution, a maximum pool or an average pool.
        has_function: whether a function was given.
        step: how many outputs have sent their gradient back.
        pinned: the pinned cell, "dout 0 1", "dx 2 2".
    """

    height = Integer(5, 2, 8)
    width = Integer(5, 2, 8)
    kernel = Integer(3, 1, 4)
    stride = Integer(1, 1, 3)
    pad = Integer(0, 0, 2)
    mode = Choice("conv", "max", "mean")
    has_function = Flag(False, linked=False)
    step = Integer(10_000, 0, 10_000)
    pinned = PinnedCell()

    def __init__(self, conv2d_backward: Callable[..., Any] | None = None, **more: Any) -> None:
        super().__init__(has_function=conv2d_backward is not None, **more)
        self._function = conv2d_backward
        self.on_msg(self._reply)

    def _reply(self, _: Any, question: dict[str, Any], __: Any) -> None:
        if self._function is not None:
            arrays = [question[name] for name in ("dout", "x", "w")]
            how = {"stride": question["stride"], "pad": question["pad"]}
            self.send(question | answer(self._function, arrays, how))
