"""What stands between layers."""

from __future__ import annotations

import numpy as np

from convlib._arrays import Array, all_finite, expect_shape, expect_some_scores, same_float


def relu(x: Array) -> Array:
    """As `convlib.reference.relu`."""
    (x,) = same_float(x=x)
    return np.maximum(x, 0)


def relu_backward(dout: Array, x: Array) -> Array:
    """As `convlib.reference.relu_backward`."""
    dout, x = same_float(dout=dout, x=x)
    expect_shape("dout", dout, "the shape of x", *x.shape)
    positive = x > 0
    with np.errstate(invalid="ignore"):
        dx: Array = dout * positive  # one pass, where np.where takes a branch a number
    return dx if all_finite(dx) else np.where(positive, dout, np.zeros((), dx.dtype))


def softmax(scores: Array) -> Array:
    """As `convlib.reference.softmax`."""
    (scores,) = same_float(scores=scores)
    expect_some_scores(scores)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers  # type: ignore[no-any-return]
