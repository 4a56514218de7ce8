"""Convolution and transposed convolution, by the way that takes the least work.

- One filter a channel (depthwise): tap by tap, `_depthwise`.
- Few channels, as in a network's first layer: a matrix product over windows, lowered axis by axis, `_thin`.
- Three rows of filters at stride 1, and channels enough: Winograd along the rows, `_winograd`.
- With many channels, along the columns too: `_winograd_tiles`.
- All else: a matrix product over windows, `_lowering`.

Each module counts its work for a picture, in multiplications: what the product takes, and what is copied and
added beside it, at the rates that `_workers` names. It also counts its calls of NumPy for a block, which
weigh where there is little to compute. `_way` takes the least. The gradient of x has a choice more, between
scattering and gathering (`_input_gradient_of_one_group`).

Winograd adds and subtracts inputs before it multiplies, so infinity meets itself and becomes NaN. Whatever of
its results is not finite is computed again by the matrix product, which keeps windows apart.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from convlib._arrays import (
    Array,
    all_finite,
    conv_axes,
    expect_dout,
    expect_shape,
    expect_volume,
    same_float,
    transposed_axes,
)
from convlib._check import IntPair, Padding, padding
from convlib.fast import _depthwise, _lowering, _thin, _winograd, _winograd_tiles
from convlib.fast._workers import CALL, COPY, share_out, sum_of
from convlib.shapes import Axis


class Way(Protocol):
    """What a module offers that computes convolutions; the axes say how windows slide over x."""

    CALLS: int  # of NumPy, for a block

    # Multiplications for a picture, or what takes as long.
    def cost(self, C: int, F: int, rows: Axis, columns: Axis) -> float: ...
    def convolve(self, x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array: ...
    def filter_gradient(self, x: Array, dout: Array, rows: Axis, columns: Axis) -> Array: ...


class Lowering(Way, Protocol):
    """A way that makes the matrix of windows; it scatters, too."""

    def scatter_cost(self, C: int, F: int, rows: Axis, columns: Axis) -> float: ...
    def input_gradient(self, dout: Array, w: Array, rows: Axis, columns: Axis) -> Array: ...


class Mixing(Way, Protocol):
    """A way that adds up inputs of different windows; not all windows let it."""

    def fits(self, rows: Axis, columns: Axis) -> bool: ...


LOWERING: tuple[Lowering, ...] = (_lowering, _thin)
MIXING: tuple[Mixing, ...] = (_winograd, _winograd_tiles)


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
    return _convolve(x, w, b, rows, columns, groups)


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
    expect_dout(dout, x, w, rows, columns, groups)
    dx = _input_gradient(dout, w, rows, columns, groups)
    dw = _filter_gradient(x, dout, rows, columns, groups)
    return dx, dw, _sum_over_places(dout)


def conv2d_weights_backward(
    dout: Array, x: Array, w: Array, stride: IntPair = 1, pad: Padding = 0
) -> tuple[Array, Array]:
    """As `conv2d_backward`, dw and db alone: a network's first layer has nobody to pass dx on to."""
    dout, x, w = same_float(dout=dout, x=x, w=w)
    rows, columns, groups = conv_axes(x, w, None, stride, pad, 1, 1)
    expect_dout(dout, x, w, rows, columns, groups)
    return _filter_gradient(x, dout, rows, columns, groups), _sum_over_places(dout)


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
    out = _input_gradient(x, w, rows, columns, groups)
    out += b
    return out


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
    dx = _convolve(dout, w, None, rows, columns, groups)
    dw = _filter_gradient(dout, x, rows, columns, groups)
    return dx, dw, _sum_over_places(dout)


def _sum_over_places(dout: Array) -> Array:
    """Compute db, as a product with ones: BLAS adds several rows at a time, `sum` one."""

    def work(images: slice) -> Array:
        places = dout[images].reshape(-1, dout.shape[3])
        db: Array = np.ones(len(places), dout.dtype) @ places
        return db

    return sum_of(share_out(len(dout), dout.size * COPY, work))


def _all_finite(batch: Array) -> bool:
    return all(share_out(len(batch), batch.size * COPY, lambda images: all_finite(batch[images])))


def _convolve(x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis, groups: int) -> Array:
    C, F = w.shape[2:]
    way = _way(len(x), C, F, rows, columns, groups)
    if groups == 1 or way is _depthwise:
        return _convolve_one_group(way, x, w, b, rows, columns)
    seen, made = _groups(C, groups), _groups(F // groups, groups)
    parts = [
        _convolve_one_group(way, x[..., c], w[..., f], None if b is None else b[f], rows, columns)
        for c, f in zip(seen, made, strict=True)
    ]
    return np.concatenate(parts, axis=3)


def _convolve_one_group(way: Way, x: Array, w: Array, b: Array | None, rows: Axis, columns: Axis) -> Array:
    out = way.convolve(x, w, b, rows, columns)
    if way in MIXING and not _all_finite(out):
        return _lowering.convolve(x, w, b, rows, columns)
    return out


def _filter_gradient(x: Array, dout: Array, rows: Axis, columns: Axis, groups: int) -> Array:
    C, F = x.shape[3] // groups, dout.shape[3]
    way = _way(len(x), C, F, rows, columns, groups)
    if groups == 1 or way is _depthwise:
        return _filter_gradient_of_one_group(way, x, dout, rows, columns)
    seen, made = _groups(C, groups), _groups(F // groups, groups)
    parts = [
        _filter_gradient_of_one_group(way, x[..., c], dout[..., f], rows, columns)
        for c, f in zip(seen, made, strict=True)
    ]
    return np.concatenate(parts, axis=3)


def _filter_gradient_of_one_group(way: Way, x: Array, dout: Array, rows: Axis, columns: Axis) -> Array:
    dw = way.filter_gradient(x, dout, rows, columns)
    if way in MIXING and not all_finite(dw):
        return _lowering.filter_gradient(x, dout, rows, columns)
    return dw


def _input_gradient(dout: Array, w: Array, rows: Axis, columns: Axis, groups: int) -> Array:
    C, F = w.shape[2:]
    way = _way(len(dout), C, F, rows, columns, groups)
    if way is _depthwise:
        return _depthwise.input_gradient(dout, w, rows, columns)
    one = _input_gradient_of_one_group
    if groups == 1:
        return one(dout, w, rows, columns)
    parts = [one(dout[..., f], w[..., f], rows, columns) for f in _groups(F // groups, groups)]
    return np.concatenate(parts, axis=3)


def _input_gradient_of_one_group(dout: Array, w: Array, rows: Axis, columns: Axis) -> Array:
    """Scatter or gather, whichever takes less work.

    Scattering adds, for each window, its share to what the window read. At stride 1 dx is itself a
    convolution, too: of dout, with the filters turned by 180 degrees and the roles of C and F exchanged; all
    ways are open to it. It puts zeros around dout, which scattering never multiplies: that tells where a
    weight is infinite.
    """
    N, (C, F) = len(dout), w.shape[2:]

    def scattering(way: Lowering) -> float:
        return N * way.scatter_cost(C, F, rows, columns) + CALL * way.CALLS

    scatter = min(LOWERING, key=scattering)
    flipped_rows, flipped_columns = _flipped(rows), _flipped(columns)
    if flipped_rows is None or flipped_columns is None:
        return scatter.input_gradient(dout, w, rows, columns)
    gather = _way(N, F, C, flipped_rows, flipped_columns)
    gathering = _work(gather, N, F, C, flipped_rows, flipped_columns)
    if gathering > scattering(scatter) or not all_finite(w):
        return scatter.input_gradient(dout, w, rows, columns)
    turned = w[::-1, ::-1].transpose(0, 1, 3, 2)
    return _convolve_one_group(gather, dout, turned, None, flipped_rows, flipped_columns)


def _flipped(axis: Axis) -> Axis | None:
    """Return how windows slide over the output to give the input back; None where that is no convolution."""
    before, after = axis.reach - 1 - axis.before, axis.reach - 1 - axis.after
    if axis.stride > 1 or before < 0 or after < 0:
        return None
    return Axis(axis.out, axis.k, 1, before, after, axis.dilation)


def _way(N: int, C: int, F: int, rows: Axis, columns: Axis, groups: int = 1) -> Way:
    """Choose the module that convolves N pictures, C channels in each group, with F filters in all."""
    if C == 1 and groups == F > 1:
        return _depthwise
    possible: list[Way] = [*LOWERING, *(way for way in MIXING if way.fits(rows, columns))]
    return min(possible, key=lambda way: _work(way, N, C, F // groups, rows, columns))


def _work(way: Way, N: int, C: int, F: int, rows: Axis, columns: Axis) -> float:
    """Count what convolving N pictures takes, in multiplications, with the calls for one block."""
    return N * way.cost(C, F, rows, columns) + CALL * way.CALLS


def _groups(width: int, groups: int) -> list[slice]:
    """Cut channels into groups."""
    return [slice(group * width, (group + 1) * width) for group in range(groups)]
