"""A dense layer: every output sees every input."""

from __future__ import annotations

import numpy as np

from convlib._arrays import Array, expect_dense, expect_shape, float64


def dense(x: Array, w: Array, b: Array) -> Array:
    """Weigh and add all inputs: out[n, m] = sum of x[n, d] * w[d, m] over d, plus b[m].

    Args:
        x: (N, D) input, one example a row.
        w: (D, M) weights.
        b: (M,) bias.

    Returns:
        (N, M).

    Raises:
        ValueError: x and w differ in D, or w and b in M.
    """
    x, w, b = float64(x=x, w=w, b=b)
    expect_dense(x, w, b)
    out = np.empty((len(x), w.shape[1]))
    for n, m in np.ndindex(out.shape):
        out[n, m] = np.sum(x[n, :] * w[:, m]) + b[m]
    return out


def dense_backward(dout: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
    """Carry the gradient of a loss back to a dense layer's input, weights and bias.

    Args:
        dout: (N, M) gradient with respect to the output.
        x: (N, D) the forward pass's input.
        w: (D, M) its weights.

    Returns:
        dx (N, D), dw (D, M), db (M,).

    Raises:
        ValueError: as `dense`, or dout does not have the output's shape.
    """
    dout, x, w = float64(dout=dout, x=x, w=w)
    expect_dense(x, w, None)
    expect_shape("dout", dout, "N, M", len(x), w.shape[1])
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(w.shape[1])
    for n, m in np.ndindex(dout.shape):
        dx[n, :] += dout[n, m] * w[:, m]
        dw[:, m] += dout[n, m] * x[n, :]
        db[m] += dout[n, m]
    return dx, dw, db
