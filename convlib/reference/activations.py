"""What stands between layers."""

from __future__ import annotations

import numpy as np

from convlib._arrays import Array, expect_shape, expect_some_scores, float64


def relu(x: Array) -> Array:
    """Replace what is negative by 0.

    Args:
        x: any shape.

    Returns:
        The same shape.

    Raises:
        ValueError: x holds something else than real numbers.
    """
    (x,) = float64(x=x)
    return np.maximum(x, 0.0)


def relu_backward(dout: Array, x: Array) -> Array:
    """Let the gradient through where the input was positive; at exactly 0 it is stopped.

    Args:
        dout: gradient with respect to the output, the shape of x.
        x: the forward pass's input.

    Returns:
        dx, the same shape.

    Raises:
        ValueError: the shapes differ.
    """
    dout, x = float64(dout=dout, x=x)
    expect_shape("dout", dout, "the shape of x", *x.shape)
    return np.where(x > 0, dout, 0.0)


def softmax(scores: Array) -> Array:
    """Turn the scores of each row into probabilities: exp(score) / sum of exp(scores).

    The largest score is subtracted first: it changes nothing, and no exp overflows.

    Args:
        scores: (..., M), any shape; the last axis is normalised.

    Returns:
        The same shape, positive, each row summing to 1.

    Raises:
        ValueError: there are no scores to normalise.
    """
    (scores,) = float64(scores=scores)
    expect_some_scores(scores)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]
