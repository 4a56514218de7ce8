"""The commonest bugs, written as learners write them and not as the catalogue does: named all the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import judge


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
    ("conv2d", "pads_with_edge", loops(padder=pad_with_edges)),
    ("conv2d", "pad_undefined_at_zero", unbound_at_zero),
    ("conv2d", "size_rounded_up", loops(size=lambda n, k, s, p: math.ceil((n - k + 2 * p) / s) + 1)),
    ("conv2d", "size_plus_one_missing", loops(size=lambda n, k, s, p: (n - k + 2 * p) // s)),
    ("conv2d", "last_row_and_column_unfilled", loops(rows=1)),
    ("conv2d", "width_from_height", loops(width=lambda OH, OW: OH)),
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
]


@pytest.mark.parametrize(
    ("exercise_id", "bug", "function"), OTHER_STYLE, ids=[f"{e}-{b}" for e, b, _ in OTHER_STYLE]
)
def test_a_bug_in_another_style_is_named(exercise_id: str, bug: str, function: Callable[..., Any]) -> None:
    verdict = judge(exercise_id, function)
    assert verdict.bugs == [bug], str(verdict)
