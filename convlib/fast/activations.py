"""What stands between layers."""

from __future__ import annotations

import numpy as np

from convlib._arrays import Array, bit_masks, expect_shape, expect_some_scores, same_float


def relu(x: Array) -> Array:
    """As `convlib.reference.relu`."""
    (x,) = same_float(x=x)
    return np.maximum(x, 0)


def relu_backward(dout: Array, x: Array) -> Array:
    """As `convlib.reference.relu_backward`."""
    dout, x = same_float(dout=dout, x=x)
    expect_shape("dout", dout, "the shape of x", *x.shape)
    selected = bit_masks(np.asarray(x > 0), dout.dtype)
    selected &= dout.view(selected.dtype)
    return selected.view(dout.dtype)


def softmax(scores: Array) -> Array:
    """As `convlib.reference.softmax`."""
    (scores,) = same_float(scores=scores)
    expect_some_scores(scores)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers  # type: ignore[no-any-return]
