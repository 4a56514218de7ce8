"""Convolution as one matrix product: every window laid out as a row (im2col)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convlib._arrays import Array, conv_axes, expect_shape, expect_volume, same_float, transposed_axes
from convlib._check import IntPair, Padding, padding
from convlib.shapes import Axis


def zero_pad(x: Array, pad: Padding) -> Array:
    """As `convlib.reference.zero_pad`."""
    (x,) = same_float(x=x)
    expect_volume("x", x)
    ends = padding("pad", pad)
    return np.pad(x, ((0, 0), *ends, (0, 0)))


def conv2d(
    x: Array,
    w: Array,
    b: Array,
    stride: IntPair = 1,
    pad: Padding = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> Array:
    """As `convlib.reference.conv2d`."""
    x, w, b = same_float(x=x, w=w, b=b)
    rows, columns, groups = conv_axes(x, w, b, stride, pad, dilation, groups)
    return _convolve(x, w, rows, columns, groups) + b


def conv2d_backward(
    dout: Array,
    x: Array,
    w: Array,
    stride: IntPair = 1,
    pad: Padding = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """As `convlib.reference.conv2d_backward`."""
    dout, x, w = same_float(dout=dout, x=x, w=w)
    rows, columns, groups = conv_axes(x, w, None, stride, pad, dilation, groups)
    expect_shape("dout", dout, "N, OH, OW, F", len(x), rows.out, columns.out, w.shape[3])
    dx = _scatter(dout, w, rows, columns, groups)
    dw = _correlate(x, dout, w.shape, rows, columns, groups)
    return dx, dw, dout.sum(axis=(0, 1, 2))


def conv2d_transpose(
    x: Array,
    w: Array,
    b: Array,
    stride: IntPair = 1,
    pad: Padding = 0,
    dilation: IntPair = 1,
    groups: int = 1,
    output_pad: IntPair = 0,
) -> Array:
    """As `convlib.reference.conv2d_transpose`."""
    x, w, b = same_float(x=x, w=w, b=b)
    rows, columns, groups = transposed_axes(x, w, b, stride, pad, dilation, groups, output_pad)
    return _scatter(x, w, rows, columns, groups) + b


def conv2d_transpose_backward(
    dout: Array,
    x: Array,
    w: Array,
    stride: IntPair = 1,
    pad: Padding = 0,
    dilation: IntPair = 1,
    groups: int = 1,
    output_pad: IntPair = 0,
) -> tuple[Array, Array, Array]:
    """As `convlib.reference.conv2d_transpose_backward`."""
    dout, x, w = same_float(dout=dout, x=x, w=w)
    rows, columns, groups = transposed_axes(x, w, None, stride, pad, dilation, groups, output_pad)
    expect_shape("dout", dout, "N, OH, OW, C", len(x), rows.n, columns.n, w.shape[2] * groups)
    dx = _convolve(dout, w, rows, columns, groups)
    dw = _correlate(dout, x, w.shape, rows, columns, groups)
    return dx, dw, dout.sum(axis=(0, 1, 2))


def _columns(x: Array, rows: Axis, columns: Axis, groups: int) -> Array:
    """Return every window as a row: (groups, N*OH*OW, KH*KW*C)."""
    padded = np.pad(x, ((0, 0), (rows.before, rows.after), (columns.before, columns.after), (0, 0)))
    view = sliding_window_view(padded, (rows.reach, columns.reach), (1, 2))
    view = view[:, :: rows.stride, :: columns.stride, :, :: rows.dilation, :: columns.dilation]
    N, OH, OW, C, KH, KW = view.shape
    grouped = view.reshape(N, OH, OW, groups, C // groups, KH, KW).transpose(3, 0, 1, 2, 5, 6, 4)
    return grouped.reshape(groups, N * OH * OW, KH * KW * C // groups)


def _filters(w: Array, groups: int) -> Array:
    """Return the filters as columns: (groups, KH*KW*C, F)."""
    KH, KW, C, F = w.shape
    return w.reshape(KH * KW * C, groups, F // groups).transpose(1, 0, 2)


def _outputs(dout: Array, groups: int) -> Array:
    """Return an output as (groups, N*OH*OW, F)."""
    N, OH, OW, F = dout.shape
    return dout.reshape(N * OH * OW, groups, F // groups).transpose(1, 0, 2)


def _convolve(x: Array, w: Array, rows: Axis, columns: Axis, groups: int) -> Array:
    product = _columns(x, rows, columns, groups) @ _filters(w, groups)
    return product.transpose(1, 0, 2).reshape(len(x), rows.out, columns.out, w.shape[3])


def _correlate(
    x: Array, dout: Array, shape: tuple[int, ...], rows: Axis, columns: Axis, groups: int
) -> Array:
    KH, KW, C, F = shape
    dw = _columns(x, rows, columns, groups).transpose(0, 2, 1) @ _outputs(dout, groups)
    return dw.transpose(1, 0, 2).reshape(KH, KW, C, F)


def _scatter(dout: Array, w: Array, rows: Axis, columns: Axis, groups: int) -> Array:
    """Add every window's share back where it was read: the adjoint of `_convolve`."""
    KH, KW, C, _ = w.shape
    N, OH, OW, _ = dout.shape
    shares = _outputs(dout, groups) @ _filters(w, groups).transpose(0, 2, 1)
    shares = shares.reshape(groups, N, OH, OW, KH, KW, C)
    full = np.zeros((N, rows.padded, columns.padded, groups, C), dout.dtype)
    for k in range(KH):
        for m in range(KW):
            at = full[:, rows.tap(k), columns.tap(m)]
            at += shares[:, :, :, :, k, m].transpose(1, 2, 3, 0, 4)
    full = full[:, rows.inside, columns.inside]
    return np.ascontiguousarray(full).reshape(*full.shape[:3], groups * C)
