"""A dense layer is one matrix product."""

from __future__ import annotations

from convlib._arrays import Array, expect_dense, expect_shape, same_float


def dense(x: Array, w: Array, b: Array) -> Array:
    """As `convlib.reference.dense`."""
    x, w, b = same_float(x=x, w=w, b=b)
    expect_dense(x, w, b)
    out = x @ w
    out += b
    return out


def dense_backward(dout: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
    """As `convlib.reference.dense_backward`."""
    dout, x, w = same_float(dout=dout, x=x, w=w)
    expect_dense(x, w, None)
    expect_shape("dout", dout, "N, M", len(x), w.shape[1])
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def dense_weights_backward(dout: Array, x: Array, w: Array) -> tuple[Array, Array]:
    """As `dense_backward`, dw and db alone: a network's first layer has nobody to pass dx on to."""
    dout, x, w = same_float(dout=dout, x=x, w=w)
    expect_dense(x, w, None)
    expect_shape("dout", dout, "N, M", len(x), w.shape[1])
    return x.T @ dout, dout.sum(axis=0)
