"""Gradients by other means: central differences, and what the input's gradient says of a network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convlib._arrays import Array, expect_shape, expect_volume, float64
from convlib._check import as_int

# Central differences err by step**2 (the curvature left out) and by eps/step (rounding): both are small here.
STEP = float(np.finfo(np.float64).eps ** (1 / 3))


def numeric_gradient(f: Callable[[Array], float], x: Array, step: float = STEP) -> Array:
    """Measure df/dx by moving each number of x a step up and a step down.

    Args:
        f: array -> number.
        x: any shape; f is given copies, so x stays as it is.
        step: how far, times the number's own size where that is above 1.

    Returns:
        The shape of x.

    Raises:
        ValueError: x holds something else than real numbers, or step is not above 0.
    """
    (point,) = float64(x=x)
    if not step > 0:
        raise ValueError(f"step must be a number above 0, got {step!r}")
    gradient = np.zeros_like(point)
    for place in np.ndindex(point.shape):
        there = float(point[place])
        h = step * max(1.0, abs(there))
        above, below = point.copy(), point.copy()
        above[place], below[place] = there + h, there - h
        # What was really moved, after rounding, not what was meant to be.
        gradient[place] = (float(f(above)) - float(f(below))) / (above[place] - below[place])
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """Measure how far two arrays are apart: the largest |a - b| over the largest number in either.

    Two arrays of zeros are 0 apart.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = float64(a=a, b=b)
    expect_shape("b", b, "the shape of a", *a.shape)
    size = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    return float(np.abs(a - b).max(initial=0) / size) if size > 0 else 0.0


def effective_receptive_field(
    forward: Callable[[Array], Array], backward: Callable[[Array], Array], x: Array, i: int, j: int
) -> Array:
    """Measure how much each input cell sways one output cell: the size of its gradient, over a batch.

    The arithmetic of `convlib.shapes` says which cells an output can see; this says which it looks at. The
    gradient fades towards the border of the field, like a Gaussian (Luo, Li, Urtasun & Zemel, NIPS 2016).

    Args:
        forward: x (N, H, W, C) -> out (N, OH, OW, F).
        backward: dout -> dx, after that forward pass.
        x: (N, H, W, C) input; random pictures, and several, give a smooth answer.
        i: row of the output cell.
        j: its column.

    Returns:
        (H, W), the largest number 1; all 0 where the cell sees nothing.

    Raises:
        ValueError: x is not (N, H, W, C), or the output has no cell (i, j).
    """
    x = np.asarray(x)
    expect_volume("x", x)
    out = forward(x)
    for name, place, size in (("i", i, out.shape[1]), ("j", j, out.shape[2])):
        if as_int(name, place, 0) >= size:
            raise ValueError(f"{name} must be from 0 to {size - 1}, got {place}")
    dout = np.zeros_like(out)
    dout[:, i, j] = 1
    field = np.abs(backward(dout)).mean(axis=(0, 3))
    return field / field.max() if field.max() > 0 else field  # type: ignore[no-any-return]
