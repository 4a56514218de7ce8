"""Convolution and transposed convolution, one product at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlib._arrays import (
    Array,
    conv_axes,
    expect_dout,
    expect_shape,
    expect_volume,
    float64,
    transposed_axes,
)
from convlib._check import IntPair, Padding, padding
from convlib.shapes import Axis


def zero_pad(x: Array, pad: Padding) -> Array:
    """Put zeros around every picture of a batch.

    Args:
        x: (N, H, W, C) input.
        pad: zeros on every side; (rows, columns); or ((top, bottom), (left, right)).

    Returns:
        (N, H + top + bottom, W + left + right, C).

    Raises:
        ValueError: x is not (N, H, W, C), or pad is negative.
    """
    (x,) = float64(x=x)
    expect_volume("x", x)
    (top, bottom), (left, right) = padding("pad", pad)
    N, H, W, C = x.shape
    padded = np.zeros((N, top + H + bottom, left + W + right, C))
    padded[:, top : top + H, left : left + W] = x
    return padded


def conv2d(
    x: Array,
    w: Array,
    b: Array,
    stride: IntPair = 1,
    pad: Padding = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> Array:
    """Slide F filters over a batch of volumes (cross-correlation, as every framework computes it).

    out[n, i, j, f] = b[f] + sum of padded[n, i*stride + k*dilation, j*stride + l*dilation, c] * w[k, l, c, f]
    over all k, l and c.

    Args:
        x: (N, H, W, C) input.
        w: (KH, KW, C / groups, F) filters.
        b: (F,) bias, one per filter.
        stride: step between windows, rows and columns.
        pad: zeros added on every side, rows and columns, or ((top, bottom), (left, right)).
        dilation: distance between neighbouring cells of a window, rows and columns.
        groups: channels and filters are cut into so many groups, and each filter sees the channels of its
            own; groups = C is depthwise convolution.

    Returns:
        (N, OH, OW, F), OH = floor((H + 2*pad - dilation*(KH - 1) - 1) / stride) + 1, OW likewise.

    Raises:
        ValueError: channels of x and w differ, or the kernel is larger than the padded input.
    """
    x, w, b = float64(x=x, w=w, b=b)
    rows, columns, groups = conv_axes(x, w, b, stride, pad, dilation, groups)
    padded = zero_pad(x, pad)
    F = w.shape[3]
    out = np.empty((len(x), rows.out, columns.out, F))
    for n in range(len(x)):
        for i, j, window in _windows(rows, columns):
            for f in range(F):
                seen = _channels(f, w, groups)
                out[n, i, j, f] = np.sum(padded[n][window][:, :, seen] * w[:, :, :, f]) + b[f]
    return out


def conv2d_backward(
    dout: Array,
    x: Array,
    w: Array,
    stride: IntPair = 1,
    pad: Padding = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """Carry the gradient of a loss from a convolution's output back to its input, filters and bias.

    Each product of the forward pass had two factors; each receives the other, times the gradient upstream.

    Args:
        dout: (N, OH, OW, F) gradient with respect to the output.
        x: (N, H, W, C) the forward pass's input.
        w: (KH, KW, C / groups, F) its filters.
        stride: as in the forward pass.
        pad: as in the forward pass.
        dilation: as in the forward pass.
        groups: as in the forward pass.

    Returns:
        dx (N, H, W, C), dw (KH, KW, C / groups, F), db (F,).

    Raises:
        ValueError: as `conv2d`, or dout does not have the output's shape.
    """
    dout, x, w = float64(dout=dout, x=x, w=w)
    rows, columns, groups = conv_axes(x, w, None, stride, pad, dilation, groups)
    F = w.shape[3]
    expect_dout(dout, x, w, rows, columns, groups)
    padded = zero_pad(x, pad)
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros(F)
    for n in range(len(x)):
        for i, j, window in _windows(rows, columns):
            for f in range(F):
                seen = _channels(f, w, groups)
                upstream = dout[n, i, j, f]
                dpadded[n][window][:, :, seen] += upstream * w[:, :, :, f]
                dw[:, :, :, f] += upstream * padded[n][window][:, :, seen]
                db[f] += upstream
    return dpadded[:, rows.inside, columns.inside].copy(), dw, db


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
    """Stamp the filters, times every input cell, into a larger picture.

    That is what a convolution does to gradients. It takes shapes and filters the other way round: where
    `conv2d` with these w turns C channels into F, this turns F into C.

    Args:
        x: (N, H, W, F) input.
        w: (KH, KW, C / groups, F) filters, as Keras's Conv2DTranspose stores them.
        b: (C,) bias.
        stride: step between stamps in the output, rows and columns.
        pad: cells cut off on every side, rows and columns, or ((top, bottom), (left, right)).
        dilation: distance between neighbouring cells of a stamp, rows and columns.
        groups: as in `conv2d`.
        output_pad: cells added behind, rows and columns, less than the stride.

    Returns:
        (N, OH, OW, C), OH = (H - 1)*stride + dilation*(KH - 1) + 1 - 2*pad + output_pad, OW likewise.

    Raises:
        ValueError: channels of x differ from filters of w, output_pad is not below the stride, or pad leaves
            nothing.
    """
    x, w, b = float64(x=x, w=w, b=b)
    rows, columns, groups = transposed_axes(x, w, b, stride, pad, dilation, groups, output_pad)
    full = np.zeros((len(x), rows.padded, columns.padded, w.shape[2] * groups))
    for n in range(len(x)):
        for i, j, window in _windows(rows, columns):
            for f in range(w.shape[3]):
                seen = _channels(f, w, groups)
                full[n][window][:, :, seen] += x[n, i, j, f] * w[:, :, :, f]
    return full[:, rows.inside, columns.inside] + b


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
    """Carry the gradient of a loss back through a transposed convolution.

    The transpose of the transpose is the convolution itself: dx = conv2d(dout, w), and dw is that of a
    convolution whose input is dout and whose gradient upstream is x.

    Args:
        dout: (N, OH, OW, C) gradient with respect to the output.
        x: (N, H, W, F) the forward pass's input.
        w: (KH, KW, C / groups, F) its filters.
        stride: as in the forward pass.
        pad: as in the forward pass.
        dilation: as in the forward pass.
        groups: as in the forward pass.
        output_pad: as in the forward pass.

    Returns:
        dx (N, H, W, F), dw (KH, KW, C / groups, F), db (C,).

    Raises:
        ValueError: as `conv2d_transpose`, or dout does not have the output's shape.
    """
    dout, x, w = float64(dout=dout, x=x, w=w)
    rows, columns, groups = transposed_axes(x, w, None, stride, pad, dilation, groups, output_pad)
    expect_shape("dout", dout, "N, OH, OW, C", len(x), rows.n, columns.n, w.shape[2] * groups)
    dx = conv2d(dout, w, np.zeros(w.shape[3]), stride, pad, dilation, groups)
    _, dw, _ = conv2d_backward(x, dout, w, stride, pad, dilation, groups)
    return dx, dw, dout.sum(axis=(0, 1, 2))


def _windows(rows: Axis, columns: Axis) -> Iterator[tuple[int, int, tuple[slice, slice]]]:
    """Give every output cell and what its window reads of the padded picture."""
    for i in range(rows.out):
        for j in range(columns.out):
            yield i, j, (rows.window(i), columns.window(j))


def _channels(f: int, w: Array, groups: int) -> slice:
    """Say which input channels filter f sees: those of its group."""
    C, F = w.shape[2:]
    group = f // (F // groups)
    return slice(group * C, (group + 1) * C)
