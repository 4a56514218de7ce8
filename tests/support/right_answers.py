"""Right answers of many kinds, the plainest first: none may be called wrong."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .right_layers import RIGHT_LAYERS


def _size(n, k, stride=1, pad=0):
    return (n - k + 2 * pad) // stride + 1


def size_floor(n, k, stride=1, pad=0):
    return math.floor((n - k + 2 * pad) / stride) + 1


def size_int(n, k, stride=1, pad=0):
    return int((n + pad + pad - k) / stride + 1)


def size_counted(n, k, stride=1, pad=0):
    return len(range(0, n + 2 * pad - k + 1, stride))


def size_numpy(n, k, stride=1, pad=0):
    return np.floor_divide(n - k + 2 * pad, stride) + np.int32(1)


def size_recursive(n, k, stride=1, pad=0):
    return 0 if n + 2 * pad < k else 1 + size_recursive(n - stride, k, stride, pad)


def size_other_names(length, kernel, stride=1, pad=0, **unused):
    return (length + 2 * pad - kernel + stride) // stride


def zero_pad_plain(x, pad):
    N, H, W, C = x.shape
    out = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    for n in range(N):
        for i in range(H):
            for j in range(W):
                for c in range(C):
                    out[n, i + pad, j + pad, c] = x[n, i, j, c]
    return out


def zero_pad_numpy(x, pad):
    return np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def zero_pad_slices(x, pad):
    out = np.zeros((x.shape[0], x.shape[1] + 2 * pad, x.shape[2] + 2 * pad, x.shape[3]), x.dtype, order="F")
    out[:, pad : pad + x.shape[1], pad : pad + x.shape[2], :] = x
    return out


def zero_pad_float32(x, pad):
    return np.pad(x.astype(np.float32), ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def zero_pad_lists(x, pad):
    return zero_pad_numpy(x, pad).tolist()


def zero_pad_stacked(x, pad):
    N, H, W, C = x.shape
    rows = np.zeros((N, pad, W, C))
    tall = np.concatenate([rows, x, rows], axis=1)
    columns = np.zeros((N, H + 2 * pad, pad, C))
    return np.concatenate([columns, tall, columns], axis=2)


def same_plain(n, k, stride=1):
    out = -(-n // stride)
    total = max((out - 1) * stride + k - n, 0)
    before = total // 2
    return before, total - before


def same_list(n, k, stride=1):
    return list(same_plain(n, k, stride))


def same_array(n, k, stride=1):
    return np.array(same_plain(n, k, stride))


def same_keras(n, k, stride=1):
    total = max(k - stride, 0) if n % stride == 0 else max(k - n % stride, 0)
    return (total // 2, math.ceil(total / 2))


def step_plain(window, w, b):
    total = b
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            for c in range(w.shape[2]):
                total += window[i, j, c] * w[i, j, c]
    return total


def step_sum(window, w, b):
    return np.sum(window * w) + b


def step_dot(window, w, b):
    return float(window.ravel() @ w.ravel() + b)


def step_einsum(window, w, b):
    return np.einsum("ijc,ijc->", window, w) + b


def step_float32(window, w, b):
    return np.sum(window.astype(np.float32) * w.astype(np.float32), dtype=np.float32) + np.float32(b)


def step_zero_dimensional(window, w, b):
    return np.tensordot(window, w, 3) + b


def step_noisy(a_slice, W, bias):
    print("window", a_slice.shape)
    np.float64(1.0) / np.float64(0.0)
    return sum(x * y for x, y in zip(a_slice.flatten(), W.flatten(), strict=True)) + bias


def conv_plain(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    padded[:, pad : pad + H, pad : pad + W, :] = x
    OH = (H - KH + 2 * pad) // stride + 1
    OW = (W - KW + 2 * pad) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    top, left = i * stride, j * stride
                    window = padded[n, top : top + KH, left : left + KW, :]
                    out[n, i, j, f] = np.sum(window * w[:, :, :, f]) + b[f]
    return out


def conv_scalar_loops(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    out = np.empty((N, _size(H, KH, stride, pad), _size(W, KW, stride, pad), F))
    for f, j, i, n in itertools.product(range(F), range(out.shape[2]), range(out.shape[1]), range(N)):
        total = 0.0
        for c, m, k in itertools.product(range(C), range(KW), range(KH)):
            r, s = i * stride + k - pad, j * stride + m - pad
            if 0 <= r < H and 0 <= s < W:
                total += x[n, r, s, c] * w[k, m, c, f]
        out[n, i, j, f] = total + b[f]
    return out


def _padded(x, pad):
    return np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def conv_taps(x, w, b, stride=1, pad=0):
    KH, KW = w.shape[:2]
    padded = _padded(x, pad)
    OH, OW = _size(x.shape[1], KH, stride, pad), _size(x.shape[2], KW, stride, pad)
    out = np.zeros((len(x), OH, OW, w.shape[3])) + b
    for k in range(KH):
        for m in range(KW):
            out += padded[:, k : k + OH * stride : stride, m : m + OW * stride : stride] @ w[k, m]
    return out


def conv_einsum(x, w, b, stride=1, pad=0):
    windows = sliding_window_view(_padded(x, pad), w.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nijckl,klcf->nijf", windows, w) + b


def conv_tensordot(x, w, b, stride=1, pad=0):
    windows = sliding_window_view(_padded(x, pad), w.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    return np.tensordot(windows, w, axes=((4, 5, 3), (0, 1, 2))) + b


def conv_im2col(x, w, b, stride=1, pad=0):
    KH, KW, C, F = w.shape
    padded = _padded(x, pad)
    OH, OW = _size(x.shape[1], KH, stride, pad), _size(x.shape[2], KW, stride, pad)
    columns = [
        padded[:, i * stride : i * stride + KH, j * stride : j * stride + KW].reshape(len(x), -1)
        for i in range(OH)
        for j in range(OW)
    ]
    flat = np.stack(columns, axis=1) @ w.reshape(KH * KW * C, F) + b
    return flat.reshape(len(x), OH, OW, F)


def conv_fft(x, w, b, stride=1, pad=0):
    padded = _padded(x, pad)
    H, W = padded.shape[1:3]
    KH, KW = w.shape[:2]
    spectrum = np.fft.rfft2(padded, axes=(1, 2))
    filters = np.conj(np.fft.rfft2(w, s=(H, W), axes=(0, 1)))
    full = np.fft.irfft2(np.einsum("nijc,ijcf->nijf", spectrum, filters), s=(H, W), axes=(1, 2))
    return full[:, : H - KH + 1 : stride, : W - KW + 1 : stride] + b


def conv_recursive(x, w, b, stride=1, pad=0):
    if pad:
        return conv_recursive(_padded(x, pad), w, b, stride)
    if w.shape[3] > 1:
        halves = [conv_recursive(x, w[..., f : f + 1], b[f : f + 1], stride) for f in range(w.shape[3])]
        return np.concatenate(halves, axis=-1)
    if len(x) > 1:
        return np.vstack([conv_recursive(x[:1], w, b, stride), conv_recursive(x[1:], w, b, stride)])
    return conv_tensordot(x, w, b, stride)


def conv_float32(x, w, b, stride=1, pad=0):
    return conv_taps(x.astype("f4"), w.astype("f4"), b.astype("f4"), stride, pad).astype(np.float32)


def conv_fortran(x, w, b, stride=1, pad=0):
    return np.asfortranarray(conv_einsum(x, w, b, stride, pad))


def conv_lists(x, w, b, stride=1, pad=0):
    return conv_einsum(x, w, b, stride, pad).tolist()


def conv_other_names(image, kernels, biases, stride=1, pad=0, verbose=True):
    if verbose:
        print("shapes", image.shape, kernels.shape)
    return conv_einsum(image, kernels, biases, stride, pad)


def local_plain(x, w, b):
    OH, OW, KH, KW, _, F = w.shape
    out = np.zeros((x.shape[0], OH, OW, F))
    for n in range(x.shape[0]):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    out[n, i, j, f] = (
                        np.sum(x[n, i : i + KH, j : j + KW, :] * w[i, j, :, :, :, f]) + b[i, j, f]
                    )
    return out


def local_einsum(x, w, b):
    windows = sliding_window_view(x, w.shape[2:4], axis=(1, 2))
    return np.einsum("nijckl,ijklcf->nijf", windows, w) + b


def local_float32(x, w, b):
    return local_einsum(x.astype("f4"), w.astype("f4"), b.astype("f4"))


RIGHT: dict[str, list[Callable[..., Any]]] = {
    "output_size": [
        _size,
        size_floor,
        size_int,
        size_counted,
        size_numpy,
        size_recursive,
        size_other_names,
    ],
    "zero_pad": [
        zero_pad_plain,
        zero_pad_numpy,
        zero_pad_slices,
        zero_pad_float32,
        zero_pad_lists,
        zero_pad_stacked,
    ],
    "same_padding": [same_plain, same_list, same_array, same_keras],
    "conv_single_step": [
        step_plain,
        step_sum,
        step_dot,
        step_einsum,
        step_float32,
        step_zero_dimensional,
        step_noisy,
    ],
    "conv2d": [
        conv_plain,
        conv_scalar_loops,
        conv_taps,
        conv_einsum,
        conv_tensordot,
        conv_im2col,
        conv_fft,
        conv_recursive,
        conv_float32,
        conv_fortran,
        conv_lists,
        conv_other_names,
    ],
    "locally_connected2d": [local_plain, local_einsum, local_float32],
}
RIGHT |= RIGHT_LAYERS
