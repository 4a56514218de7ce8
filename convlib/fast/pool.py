"""Pooling as k*k strided pictures laid over each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlib._arrays import Array, expect_shape, expect_volume, pool_axes, same_float
from convlib._check import IntPair
from convlib.shapes import Axis


def max_pool2d(x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.max_pool2d`."""
    (x,) = same_float(x=x)
    rows, columns = pool_axes(x, size, stride)
    first, *others = _taps(rows, columns)
    out = x[first].copy()
    for tap in others:
        np.maximum(out, x[tap], out=out)
    return out


def max_pool2d_backward(dout: Array, x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.max_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    rows, columns = pool_axes(x, size, stride)
    expect_shape("dout", dout, "N, OH, OW, C", len(x), rows.out, columns.out, x.shape[3])
    out = max_pool2d(x, size, stride)
    dx = np.zeros_like(x, order="C")
    free = np.ones(out.shape, bool)
    for tap in _taps(rows, columns):
        taken = free & ((x[tap] == out) | np.isnan(x[tap]))
        free &= ~taken
        dx[tap] += np.where(taken, dout, 0)
    return dx


def avg_pool2d(x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.avg_pool2d`."""
    (x,) = same_float(x=x)
    rows, columns = pool_axes(x, size, stride)
    first, *others = _taps(rows, columns)
    out = x[first].copy()
    for tap in others:
        out += x[tap]
    out /= rows.k * columns.k
    return out


def avg_pool2d_backward(dout: Array, x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """As `convlib.reference.avg_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    rows, columns = pool_axes(x, size, stride)
    expect_shape("dout", dout, "N, OH, OW, C", len(x), rows.out, columns.out, x.shape[3])
    dx = np.zeros_like(x, order="C")
    share = dout / (rows.k * columns.k)
    for tap in _taps(rows, columns):
        dx[tap] += share
    return dx


def global_max_pool2d(x: Array) -> Array:
    """As `convlib.reference.global_max_pool2d`."""
    (x,) = same_float(x=x)
    expect_volume("x", x)
    return x.max(axis=(1, 2))  # type: ignore[no-any-return]


def global_max_pool2d_backward(dout: Array, x: Array) -> Array:
    """As `convlib.reference.global_max_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    expect_volume("x", x)
    N, H, W, C = x.shape
    expect_shape("dout", dout, "N, C", N, C)
    first = x.reshape(N, H * W, C).argmax(axis=1)
    dx = np.zeros((N, H * W, C), x.dtype)
    np.put_along_axis(dx, first[:, None], dout[:, None], axis=1)
    return dx.reshape(x.shape)


def global_avg_pool2d(x: Array) -> Array:
    """As `convlib.reference.global_avg_pool2d`."""
    (x,) = same_float(x=x)
    expect_volume("x", x)
    return x.mean(axis=(1, 2))  # type: ignore[no-any-return]


def global_avg_pool2d_backward(dout: Array, x: Array) -> Array:
    """As `convlib.reference.global_avg_pool2d_backward`."""
    dout, x = same_float(dout=dout, x=x)
    expect_volume("x", x)
    N, H, W, C = x.shape
    expect_shape("dout", dout, "N, C", N, C)
    share = dout / (H * W)
    return np.broadcast_to(share[:, None, None], x.shape).astype(x.dtype)


def _taps(rows: Axis, columns: Axis) -> Iterator[tuple[slice, slice, slice]]:
    """Give, for each cell of a window in row-major order, what it reads of the batch over all windows."""
    for k in range(rows.k):
        for m in range(columns.k):
            yield slice(None), rows.tap(k), columns.tap(m)
