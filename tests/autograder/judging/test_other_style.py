"""The commonest bugs, written as learners write them and not as the catalogue does: named all the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import judge

pytestmark = pytest.mark.usefixtures("names_alone")


def turned(x, w, b, stride=1, pad=0):
    N, H, W, _ = x.shape
    KH, KW, _, F = w.shape
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    OH, OW = (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    for k in range(KH):
                        for m in range(KW):
                            pixel = xp[n, i * stride + k, j * stride + m]
                            out[n, i, j, f] += pixel @ w[KH - 1 - k, KW - 1 - m, :, f]
                    out[n, i, j, f] += b[f]
    return out


def loops(
    start: Callable[[int, int], int] = lambda i, s: i * s,
    size: Callable[[int, int, int, int], int] = lambda n, k, s, p: (n + 2 * p - k) // s + 1,
    width: Callable[[Any, Any], Any] | None = None,
    padder: Callable[[Any, int], Any] | None = None,
    value: Callable[[Any, Any, Any, int], Any] | None = None,
    images: int | None = None,
    rows: int = 0,
    dtype: Any = float,
) -> Callable[..., Any]:
    """A convolution by slices, with one of its lines exchanged."""

    def conv2d(x, w, b, stride=1, pad=0):
        N, H, W, C = x.shape
        KH, KW, _, F = w.shape
        if padder is not None:
            xp = padder(x, pad)
        else:
            xp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
            xp[:, pad : pad + H, pad : pad + W] = x
        OH, OW = size(H, KH, stride, pad), size(W, KW, stride, pad)
        if width is not None:
            OW = width(OH, OW)
        out = np.zeros((N, OH, OW, F), dtype=dtype)
        for n in range(N if images is None else images):
            for i in range(OH - rows):
                for j in range(OW - rows):
                    top, left = start(i, stride), start(j, stride)
                    window = xp[n, top : top + KH, left : left + KW, :]
                    for f in range(F):
                        if value is not None:
                            out[n, i, j, f] = value(window, w, b, f)
                        else:
                            out[n, i, j, f] = np.sum(window * w[..., f]) + b[f]
        return out

    return conv2d


def pad_only_behind(x, pad):
    N, H, W, C = x.shape
    xp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    xp[:, :H, :W] = x
    return xp


def pad_with_edges(x, pad):
    rows = np.clip(np.arange(-pad, x.shape[1] + pad), 0, x.shape[1] - 1)
    columns = np.clip(np.arange(-pad, x.shape[2] + pad), 0, x.shape[2] - 1)
    return x[:, rows][:, :, columns]


def unbound_at_zero(x, w, b, stride=1, pad=0):
    if pad != 0:
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    return loops(padder=lambda x, pad: xp)(x, w, b, stride=stride, pad=pad)


def padding_counted_again(x, w, b, stride=1, pad=0):
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    return loops(padder=lambda x, pad: x)(xp, w, b, stride=stride, pad=pad)


def stride_nowhere(x, w, b, stride=1, pad=0):
    return loops()(x, w, b, stride=1, pad=pad)


def pad_nowhere(x, w, b, stride=1, pad=0):
    return loops()(x, w, b, stride=stride, pad=0)


def by_taps(x, w, b, stride=1, pad=0, channels=None, relu=False, transposed=False):
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    KH, KW, C, _ = w.shape
    OH, OW = (xp.shape[1] - KH) // stride + 1, (xp.shape[2] - KW) // stride + 1
    out = np.tile(b, (len(x), OH, OW, 1)).astype(float)
    for k in range(KH):
        for m in range(KW):
            for c in range(C) if channels is None else channels:
                seen = xp[:, k : k + OH * stride : stride, m : m + OW * stride : stride, c]
                out += seen[..., None] * w[k, m, c]
    if relu:
        out[out < 0] = 0
    return np.transpose(out, (0, 2, 1, 3)) if transposed else out


def bias_inside(window, w, b, f):
    total = 0.0
    for c in range(window.shape[2]):
        total += np.sum(window[:, :, c] * w[:, :, c, f]) + b[f]
    return total


def square_kernel(h, w, **options):
    """A convolution by slices that takes the filter's sides from `w[h]` and `w[w]`."""

    def conv2d(x, w_, b, stride=1, pad=0):
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        high, wide = w_.shape[h], w_.shape[w]
        OH, OW = (xp.shape[1] - high) // stride + 1, (xp.shape[2] - wide) // stride + 1
        out = np.zeros((len(x), OH, OW, w_.shape[3]))
        for n, i, j, f in np.ndindex(*out.shape):
            r, c = i * stride, j * stride
            out[n, i, j, f] = (xp[n, r : r + high, c : c + wide] * w_[:, :, :, f]).sum() + b[f]
        return out

    return conv2d


def square_plane(h, w):
    def correlate2d(x, k):
        return square_kernel(h, w)(x[None, :, :, None], k[:, :, None, None], [0.0])[0, :, :, 0]

    return correlate2d


def conv_backward(
    dx_sum: bool = True,
    dw_sum: bool = True,
    unpad: Callable[[Any, int], Any] = lambda dxp, p: dxp[:, p : dxp.shape[1] - p, p : dxp.shape[2] - p],
    db_axes: tuple[int, ...] = (0, 1, 2),
    step: Callable[[int], int] = lambda stride: stride,
    columns: Callable[[int, int], int] = lambda OH, OW: OW,
    border: Callable[[int], int] = lambda pad: pad,
) -> Callable[..., Any]:
    """One image, one place and one filter after the other, as most who write it first do."""

    def conv2d_backward(dout, x, w, stride=1, pad=0):
        pad = border(pad)
        N, H, W, _ = x.shape
        KH, KW, _, F = w.shape
        s = step(stride)
        xp = np.zeros((N, H + 2 * pad, W + 2 * pad, x.shape[3]))
        xp[:, pad : pad + H, pad : pad + W] = x
        dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
        for n in range(N):
            for i in range(dout.shape[1]):
                for j in range(columns(*dout.shape[1:3])):
                    here = np.s_[n, i * s : i * s + KH, j * s : j * s + KW, :]
                    back = sum(w[:, :, :, f] * dout[n, i, j, f] for f in range(F))
                    dxp[here] = dxp[here] + back if dx_sum else back
                    for f in range(F):
                        share = xp[here] * dout[n, i, j, f]
                        dw[..., f] = dw[..., f] + share if dw_sum else share
        return unpad(dxp, pad), dw, np.sum(dout, axis=db_axes)

    return conv2d_backward


def max_backward(
    mask: Callable[[Any], Any] = lambda window: (
        np.arange(window.size).reshape(window.shape) == window.argmax()
    ),
    keep: Callable[[Any, Any, Any], Any] = lambda before, share, mask: before + share,
    upstream: bool = True,
    step: Callable[[int, int], int] = lambda s, k: s,
) -> Callable[..., Any]:
    """A mask for each window, times its gradient."""

    def max_pool2d_backward(dout, x, size=2, stride=None):
        KH, KW = (size, size) if np.isscalar(size) else size
        SH, SW = (KH, KW) if stride is None else (stride, stride) if np.isscalar(stride) else stride
        SH, SW = step(SH, KH), step(SW, KW)
        dx = np.zeros(x.shape)
        for n, i, j, c in np.ndindex(*dout.shape):
            here = np.s_[n, i * SH : i * SH + KH, j * SW : j * SW + KW, c]
            chosen = mask(x[here])
            dx[here] = keep(dx[here], chosen * (dout[n, i, j, c] if upstream else 1.0), chosen)
        return dx

    return max_pool2d_backward


def divided_by_height(window):
    chosen = np.zeros(window.shape)
    place = np.argmax(window.flatten())
    chosen[place // window.shape[0], place % window.shape[0]] = 1
    return chosen


def pool(
    sides: Callable[[int, int], tuple[int, int]] = lambda KH, KW: (KH, KW),
    count: Callable[[int, int, int], int] = lambda n, k, s: (n - k) // s + 1,
    step: Callable[[int, int], int] = lambda s, k: s,
    best: Callable[[Any], float] = max,
) -> Callable[..., Any]:
    """Pixel by pixel into a list, of which the largest is taken."""

    def max_pool2d(x, size=2, stride=None):
        KH, KW = sides(*((size, size) if isinstance(size, int) else size))
        SH, SW = (KH, KW) if stride is None else (stride, stride) if isinstance(stride, int) else stride
        OH, OW = count(x.shape[1], KH, SH), count(x.shape[2], KW, SW)
        SH, SW = step(SH, KH), step(SW, KW)
        out = np.empty((x.shape[0], OH, OW, x.shape[3]))
        for n, i, j, c in np.ndindex(*out.shape):
            seen = [x[n, i * SH + k, j * SW + m, c] for k in range(KH) for m in range(KW)]
            out[n, i, j, c] = best(seen)
        return out

    return max_pool2d


OTHER_STYLE: list[tuple[str, str, Callable[..., Any]]] = [
    ("conv2d", "filter_turned", turned),
    ("conv2d", "filter_upside_down", loops(value=lambda v, w, b, f: np.sum(v[::-1] * w[..., f]) + b[f])),
    ("conv2d", "bias_forgotten", loops(value=lambda v, w, b, f: (v * w[:, :, :, f]).sum())),
    ("conv2d", "bias_per_channel", loops(value=bias_inside)),
    ("conv2d", "bias_per_product", loops(value=lambda v, w, b, f: np.sum(v * w[..., f] + b[f]))),
    ("conv2d", "one_bias_for_all", loops(value=lambda v, w, b, f: np.vdot(v, w[..., f]) + b[0])),
    ("conv2d", "biases_summed", loops(value=lambda v, w, b, f: np.vdot(v, w[..., f]) + np.sum(b))),
    ("conv2d", "window_start_ignores_stride", loops(start=lambda i, s: i)),
    ("conv2d", "stride_ignored", stride_nowhere),
    ("conv2d", "padding_ignored", pad_nowhere),
    ("conv2d", "padding_not_in_front", loops(padder=pad_only_behind)),
    ("conv2d", "size_and_padding_disagree", loops(padder=lambda x, pad: x)),
    ("conv2d", "size_and_padding_disagree", padding_counted_again),
    ("conv2d", "pads_with_edge", loops(padder=pad_with_edges)),
    ("conv2d", "pad_undefined_at_zero", unbound_at_zero),
    ("conv2d", "size_rounded_up", loops(size=lambda n, k, s, p: math.ceil((n - k + 2 * p) / s) + 1)),
    ("conv2d", "size_plus_one_missing", loops(size=lambda n, k, s, p: (n - k + 2 * p) // s)),
    ("conv2d", "last_row_and_column_unfilled", loops(rows=1)),
    ("conv2d", "width_from_height", loops(width=lambda OH, OW: OH)),
    ("conv2d", "kernel_width_from_height", square_kernel(0, 0)),
    ("conv2d", "kernel_height_from_width", square_kernel(1, 1)),
    ("correlate2d", "kernel_width_from_height", square_plane(0, 0)),
    ("correlate2d", "kernel_height_from_width", square_plane(1, 1)),
    ("conv2d", "first_channel_only", lambda x, w, b, **o: by_taps(x, w, b, **o, channels=[0])),
    ("conv2d", "last_channel_only", lambda x, w, b, **o: by_taps(x, w, b, **o, channels=[-1])),
    (
        "conv2d",
        "channels_averaged",
        loops(value=lambda v, w, b, f: np.mean(np.sum(v * w[..., f], (0, 1))) + b[f]),
    ),
    ("conv2d", "window_averaged", loops(value=lambda v, w, b, f: np.average(v * w[..., f]) + b[f])),
    ("conv2d", "same_filter_for_all", loops(value=lambda v, w, b, f: np.sum(v * w[:, :, :, 0]) + b[f])),
    ("conv2d", "only_first_image", loops(images=1)),
    ("conv2d", "integer_buffer", loops(dtype=int)),
    ("conv2d", "relu_inside", lambda x, w, b, **o: by_taps(x, w, b, **o, relu=True)),
    ("conv2d", "output_transposed", lambda x, w, b, **o: by_taps(x, w, b, **o, transposed=True)),
    ("output_size", "plus_one_missing", lambda n, k, stride=1, pad=0: int((n - k + 2 * pad) / stride)),
    (
        "output_size",
        "size_rounded_up",
        lambda n, k, stride=1, pad=0: math.ceil((n + 2 * pad - k) / stride + 1),
    ),
    ("output_size", "size_not_rounded", lambda n, k, stride=1, pad=0: 1 + (n + 2 * pad - k) / stride),
    ("output_size", "pad_added_once", lambda n, k, stride=1, pad=0: len(range(0, n + pad - k + 1, stride))),
    (
        "same_padding",
        "same_half_kernel_on_both_sides",
        lambda n, k, stride=1: (int((k - 1) / 2), int((k - 1) / 2)),
    ),
    ("zero_pad", "pads_every_axis", lambda x, pad: np.pad(x, pad)),
    (
        "conv2d_backward",
        "empty_slice_at_pad_zero",
        conv_backward(unpad=lambda dxp, p: dxp[:, p:-p, p:-p, :]),
    ),
    ("conv2d_backward", "unpads_by_one", conv_backward(unpad=lambda dxp, p: dxp[:, 1:-1, 1:-1])),
    ("conv2d_backward", "dx_keeps_the_padding", conv_backward(unpad=lambda dxp, p: dxp)),
    ("conv2d_backward", "dx_assigned", conv_backward(dx_sum=False)),
    ("conv2d_backward", "dw_last_window_wins", conv_backward(dw_sum=False)),
    ("conv2d_backward", "db_not_summed_over_batch", conv_backward(db_axes=(1, 2))),
    ("conv2d_backward", "stride_ignored", conv_backward(step=lambda stride: 1)),
    ("conv2d_backward", "height_for_both_loops", conv_backward(columns=lambda OH, OW: OH)),
    ("conv2d_backward", "pad_always_one", conv_backward(border=lambda pad: 1)),
    (
        "max_pool2d_backward",
        "cell_assigned",
        max_backward(keep=lambda before, share, mask: np.where(mask, share, before)),
    ),
    ("max_pool2d_backward", "window_assigned", max_backward(keep=lambda before, share, mask: share)),
    ("max_pool2d_backward", "all_ties_get_everything", max_backward(mask=lambda v: v == np.max(v))),
    ("max_pool2d_backward", "place_divided_by_height", max_backward(mask=divided_by_height)),
    ("max_pool2d_backward", "upstream_left_out", max_backward(upstream=False)),
    ("max_pool2d_backward", "stride_is_the_size", max_backward(step=lambda s, k: k)),
    ("max_pool2d", "running_max_starts_at_zero", pool(best=lambda seen: max([0, *seen]))),
    ("max_pool2d", "height_for_both_sides", pool(sides=lambda KH, KW: (KH, KH))),
    ("max_pool2d", "size_divided", pool(count=lambda n, k, s: n // k)),
    ("max_pool2d", "windows_start_at_every_cell", pool(step=lambda s, k: 1)),
    ("max_pool2d", "average_instead", pool(best=lambda seen: sum(seen) / len(seen))),
]


@pytest.mark.parametrize(
    ("exercise_id", "bug", "function"), OTHER_STYLE, ids=[f"{e}-{b}" for e, b, _ in OTHER_STYLE]
)
def test_a_bug_in_another_style_is_named(exercise_id: str, bug: str, function: Callable[..., Any]) -> None:
    verdict = judge(exercise_id, function)
    assert verdict.bugs == [bug], str(verdict)
