"""Pooling, one window and one channel at a time."""

from __future__ import annotations

import numpy as np

from convlib._arrays import Array, expect_shape, expect_volume, float64, pool_axes
from convlib._check import IntPair


def max_pool2d(x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """Keep the largest number of every window, in each channel on its own.

    Args:
        x: (N, H, W, C) input.
        size: rows and columns of a window.
        stride: step between windows; None is the size, so that windows do not overlap.

    Returns:
        (N, OH, OW, C), OH = floor((H - size) / stride) + 1, OW likewise: rows and columns that fill
        no window are left out.

    Raises:
        ValueError: the window is larger than the picture, or stride below 1.
    """
    (x,) = float64(x=x)
    rows, columns = pool_axes(x, size, stride)
    N, _, _, C = x.shape
    out = np.empty((N, rows.out, columns.out, C))
    for n, i, j, c in np.ndindex(out.shape):
        out[n, i, j, c] = x[n, rows.window(i), columns.window(j), c].max()
    return out


def max_pool2d_backward(dout: Array, x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """Give every window's gradient to its largest number; where several tie, to the first in row-major order.

    Args:
        dout: (N, OH, OW, C) gradient with respect to the output.
        x: (N, H, W, C) the forward pass's input.
        size: as in the forward pass.
        stride: as in the forward pass.

    Returns:
        dx (N, H, W, C).

    Raises:
        ValueError: as `max_pool2d`, or dout does not have the output's shape.
    """
    dout, x = float64(dout=dout, x=x)
    rows, columns = pool_axes(x, size, stride)
    N, _, _, C = x.shape
    expect_shape("dout", dout, "N, OH, OW, C", N, rows.out, columns.out, C)
    dx = np.zeros_like(x)
    for n, i, j, c in np.ndindex(dout.shape):
        window = x[n, rows.window(i), columns.window(j), c]
        row, column = divmod(int(window.argmax()), columns.k)
        dx[n, i * rows.stride + row, j * columns.stride + column, c] += dout[n, i, j, c]
    return dx


def avg_pool2d(x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """Average every window, in each channel on its own.

    Args:
        x: (N, H, W, C) input.
        size: rows and columns of a window.
        stride: step between windows; None is the size, so that windows do not overlap.

    Returns:
        (N, OH, OW, C), as `max_pool2d`.

    Raises:
        ValueError: the window is larger than the picture, or stride below 1.
    """
    (x,) = float64(x=x)
    rows, columns = pool_axes(x, size, stride)
    N, _, _, C = x.shape
    out = np.empty((N, rows.out, columns.out, C))
    for n, i, j, c in np.ndindex(out.shape):
        out[n, i, j, c] = x[n, rows.window(i), columns.window(j), c].mean()
    return out


def avg_pool2d_backward(dout: Array, x: Array, size: IntPair = 2, stride: IntPair | None = None) -> Array:
    """Spread every window's gradient evenly over its cells.

    Args:
        dout: (N, OH, OW, C) gradient with respect to the output.
        x: (N, H, W, C) the forward pass's input; only its shape matters.
        size: as in the forward pass.
        stride: as in the forward pass.

    Returns:
        dx (N, H, W, C).

    Raises:
        ValueError: as `avg_pool2d`, or dout does not have the output's shape.
    """
    dout, x = float64(dout=dout, x=x)
    rows, columns = pool_axes(x, size, stride)
    N, _, _, C = x.shape
    expect_shape("dout", dout, "N, OH, OW, C", N, rows.out, columns.out, C)
    dx = np.zeros_like(x)
    for n, i, j, c in np.ndindex(dout.shape):
        dx[n, rows.window(i), columns.window(j), c] += dout[n, i, j, c] / (rows.k * columns.k)
    return dx


def global_max_pool2d(x: Array) -> Array:
    """Keep the largest number of every channel, wherever it is.

    Args:
        x: (N, H, W, C) input.

    Returns:
        (N, C).

    Raises:
        ValueError: x is not (N, H, W, C).
    """
    (x,) = float64(x=x)
    expect_volume("x", x)
    return max_pool2d(x, x.shape[1:3])[:, 0, 0, :]


def global_max_pool2d_backward(dout: Array, x: Array) -> Array:
    """Give every channel's gradient to its largest number; the first in row-major order where several tie.

    Args:
        dout: (N, C) gradient with respect to the output.
        x: (N, H, W, C) the forward pass's input.

    Returns:
        dx (N, H, W, C).

    Raises:
        ValueError: x is not (N, H, W, C), or dout does not have the output's shape.
    """
    dout, x = float64(dout=dout, x=x)
    expect_volume("x", x)
    expect_shape("dout", dout, "N, C", x.shape[0], x.shape[3])
    return max_pool2d_backward(dout[:, None, None, :], x, x.shape[1:3])


def global_avg_pool2d(x: Array) -> Array:
    """Average every channel over all places.

    Args:
        x: (N, H, W, C) input.

    Returns:
        (N, C).

    Raises:
        ValueError: x is not (N, H, W, C).
    """
    (x,) = float64(x=x)
    expect_volume("x", x)
    return avg_pool2d(x, x.shape[1:3])[:, 0, 0, :]


def global_avg_pool2d_backward(dout: Array, x: Array) -> Array:
    """Spread every channel's gradient evenly over all places.

    Args:
        dout: (N, C) gradient with respect to the output.
        x: (N, H, W, C) the forward pass's input; only its shape matters.

    Returns:
        dx (N, H, W, C).

    Raises:
        ValueError: x is not (N, H, W, C), or dout does not have the output's shape.
    """
    dout, x = float64(dout=dout, x=x)
    expect_volume("x", x)
    expect_shape("dout", dout, "N, C", x.shape[0], x.shape[3])
    return avg_pool2d_backward(dout[:, None, None, :], x, x.shape[1:3])
