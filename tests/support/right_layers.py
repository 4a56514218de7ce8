"""More right answers: dense layers, losses, pools, gradients, counting, receptive fields, im2col."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# lessons 00 to 04


def mirror_loop(image):
    out = np.empty_like(image)
    W = image.shape[1]
    for j in range(W):
        out[:, j] = image[:, W - 1 - j]
    return out


def mirror_list(image):
    return [list(reversed(row)) for row in image.tolist()]


def signed_distance_plain(x, w, b):
    length = 0.0
    for value in w:
        length += value**2
    length = math.sqrt(length)
    out = []
    for point in x:
        score = b
        for value, weight in zip(point, w, strict=True):
            score += value * weight
        out.append(score / length)
    return out


def signed_distance_normalised(x, w, b):
    length = np.linalg.norm(w)
    return x @ (w / length) + b / length


def signed_distance_float32(x, w, b):
    x, w = x.astype(np.float32), w.astype(np.float32)
    return (x @ w + np.float32(b)) / np.sqrt(np.dot(w, w))


def relu_plain(x):
    flat = [value if value > 0 else 0.0 for value in x.ravel()]
    return np.array(flat).reshape(x.shape)


def relu_mask(x):
    return x * (x > 0)


def relu_half(x):
    return (x + np.abs(x)) / 2


def absolute_distance_plain(x, w, b):
    score = x @ w + b
    return (np.maximum(score, 0) + np.maximum(-score, 0)) / np.sqrt((w**2).sum())


def dense_plain(x, w, b):
    N, D = x.shape
    M = w.shape[1]
    out = np.zeros((N, M))
    for n in range(N):
        for m in range(M):
            total = b[m]
            for d in range(D):
                total += x[n, d] * w[d, m]
            out[n, m] = total
    return out


def dense_einsum(x, w, b):
    return np.einsum("nd,dm->nm", x, w) + b


def dense_transposed(x, w, b):
    return (w.T @ x.T + b[:, None]).T


def two_layers_plain(x, w1, b1, w2, b2):
    hidden = x @ w1 + b1
    hidden[hidden < 0] = 0
    return hidden @ w2 + b2


def relu_backward_plain(dout, x):
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx


def relu_backward_at_zero(dout, x):
    return np.where(x >= 0, dout, 0)


def dense_backward_plain(dout, x, w):
    N, D = x.shape
    M = w.shape[1]
    dx, dw, db = np.zeros((N, D)), np.zeros((D, M)), np.zeros(M)
    for n in range(N):
        for m in range(M):
            g = dout[n, m]
            db[m] += g
            for d in range(D):
                dx[n, d] += g * w[d, m]
                dw[d, m] += g * x[n, d]
    return dx, dw, db


def dense_backward_list(dout, x, w):
    return [np.einsum("nm,dm->nd", dout, w), np.tensordot(x, dout, (0, 0)), np.add.reduce(dout)]


def softmax_plain(scores, labels):
    N, M = scores.shape
    loss, dscores = 0.0, np.zeros((N, M))
    for n in range(N):
        top = max(scores[n])
        powers = [math.exp(s - top) for s in scores[n]]
        total = sum(powers)
        loss += math.log(total) + top - scores[n, labels[n]]
        for m in range(M):
            dscores[n, m] = powers[m] / total / N
        dscores[n, labels[n]] -= 1 / N
    return loss / N, dscores


def softmax_textbook(scores, labels):
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    sums = np.sum(np.exp(shifted), axis=1, keepdims=True)
    p = np.exp(shifted) / sums
    rows = np.arange(len(labels))
    loss = -np.mean((shifted - np.log(sums))[rows, labels])
    p[rows, labels] -= 1
    return loss, p / len(labels)


def softmax_float32(scores, labels):
    loss, dscores = softmax_textbook(scores.astype(np.float32), labels)
    return np.float32(loss), dscores


def numeric_gradient_in_place(f, x):
    grad = np.zeros(x.shape)
    iterator = np.nditer(x, flags=["multi_index"])
    for _ in iterator:
        at = iterator.multi_index
        before = x[at]
        x[at] = before + 1e-5
        above = f(x)
        x[at] = before - 1e-5
        below = f(x)
        x[at] = before
        grad[at] = (above - below) / 2e-5
    return grad


def numeric_gradient_flat(f, x):
    grad = []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = 1e-4
        step = step.reshape(x.shape)
        grad.append((f(x + step) - f(x - step)) / 2e-4)
    return np.array(grad).reshape(x.shape)


def minibatches_shuffle(x, y, size, rng):
    order = np.arange(len(x))
    rng.shuffle(order)
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def minibatches_list(x, y, size, rng):
    order = list(rng.permutation(len(x)))
    batches = []
    while order:
        now, order = order[:size], order[size:]
        batches.append([np.array([x[i] for i in now]), np.array([y[i] for i in now])])
    return batches


def sgd_step_in_place(params, grads, lr):
    for name in params:
        params[name] -= lr * grads[name]


def sgd_step_by_cells(params, grads, lr):
    for name, grad in grads.items():
        for at in np.ndindex(*grad.shape):
            params[name][at] += (-lr) * grad[at]


def sgd_step_out(params, grads, lr):
    for name, array in params.items():
        np.subtract(array, np.multiply(grads[name], lr), out=array)


def train_plain(params, loss_and_grads, x, y, lr, size, epochs, rng):
    losses = []
    for _ in range(epochs):
        for x_batch, y_batch in minibatches_shuffle(x, y, size, rng):
            loss, grads = loss_and_grads(params, x_batch, y_batch)
            sgd_step_in_place(params, grads, lr)
            losses.append(loss)
    return losses


def count_dense_loop(sizes):
    total = 0
    for i in range(len(sizes) - 1):
        total += sizes[i] * sizes[i + 1] + sizes[i + 1]
    return total


def count_dense_numpy(sizes):
    sizes = np.array(sizes)
    return np.sum((sizes[:-1] + 1) * sizes[1:])


def count_conv(kernel, channels, filters):
    rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
    return (rows * columns * channels + 1) * filters


def count_local(kernel, channels, filters, output):
    rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
    high, wide = (output, output) if isinstance(output, int) else output
    return high * wide * filters * (rows * columns * channels + 1)


# lesson 05


def correlate1d_plain(x, k):
    out = []
    for i in range(len(x) - len(k) + 1):
        total = 0.0
        for t in range(len(k)):
            total += x[i + t] * k[t]
        out.append(total)
    return out


def correlate1d_numpy(x, k):
    return np.convolve(x, k[::-1], mode="valid")


def correlate2d_plain(x, k):
    H, W = x.shape
    KH, KW = k.shape
    out = np.zeros((H - KH + 1, W - KW + 1))
    for i in range(H - KH + 1):
        for j in range(W - KW + 1):
            for a in range(KH):
                for b in range(KW):
                    out[i, j] += x[i + a, j + b] * k[a, b]
    return out


def correlate2d_views(x, k):
    return np.einsum("ijab,ab", sliding_window_view(x, k.shape), k)


def correlate2d_fft(x, k):
    H, W = x.shape
    KH, KW = k.shape
    product = np.fft.rfft2(x) * np.fft.rfft2(k[::-1, ::-1], s=(H, W))
    return np.fft.irfft2(product, s=(H, W))[KH - 1 :, KW - 1 :]


def kernels_sobel():
    sobel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    return {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "mean": np.ones((3, 3)) / 9,
        "vertical_edge": sobel,
        "horizontal_edge": np.array(sobel).T,
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    }


def kernels_steps():
    vertical = np.zeros((3, 3))
    vertical[1, 1], vertical[1, 2] = -1, 1
    identity = np.zeros((3, 3))
    identity[1, 1] = 1
    return {
        "identity": identity,
        "mean": np.full((3, 3), 1 / 9),
        "vertical_edge": vertical,
        "horizontal_edge": vertical.T,
    }


def learn_by_steps(x, y):
    KH, KW = x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1
    kernel = np.zeros((KH, KW))
    for _ in range(400):
        error = correlate2d_views(x, kernel) - y
        kernel -= 0.3 * correlate2d_views(x, error) / error.size
    return kernel


# lessons 08 and 10: pools


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def max_pool_plain(x, size=2, stride=None):
    KH, KW = _pair(size)
    SH, SW = (KH, KW) if stride is None else _pair(stride)
    N, H, W, C = x.shape
    out = np.zeros((N, (H - KH) // SH + 1, (W - KW) // SW + 1, C))
    for n in range(N):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                for c in range(C):
                    best = -math.inf
                    for a in range(KH):
                        for b in range(KW):
                            best = max(best, x[n, i * SH + a, j * SW + b, c])
                    out[n, i, j, c] = best
    return out


def max_pool_views(x, size=2, stride=None):
    KH, KW = _pair(size)
    SH, SW = (KH, KW) if stride is None else _pair(stride)
    windows = sliding_window_view(x, (KH, KW), axis=(1, 2))[:, ::SH, ::SW]
    return windows.max(axis=(-2, -1))


def max_pool_slices(x, size=2, stride=None):
    KH, KW = _pair(size)
    SH, SW = (KH, KW) if stride is None else _pair(stride)
    OH, OW = (x.shape[1] - KH) // SH + 1, (x.shape[2] - KW) // SW + 1
    cells = [
        x[:, a : a + (OH - 1) * SH + 1 : SH, b : b + (OW - 1) * SW + 1 : SW]
        for a in range(KH)
        for b in range(KW)
    ]
    return np.maximum.reduce(cells).astype(np.float32)


def avg_pool_plain(x, size=2, stride=None):
    KH, KW = _pair(size)
    SH, SW = (KH, KW) if stride is None else _pair(stride)
    N, H, W, C = x.shape
    out = np.zeros((N, (H - KH) // SH + 1, (W - KW) // SW + 1, C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            total = 0.0
            for a in range(KH):
                for b in range(KW):
                    total = total + x[:, i * SH + a, j * SW + b, :]
            out[:, i, j, :] = total / (KH * KW)
    return out


def avg_pool_views(x, size=2, stride=None):
    KH, KW = _pair(size)
    SH, SW = (KH, KW) if stride is None else _pair(stride)
    return sliding_window_view(x, (KH, KW), axis=(1, 2))[:, ::SH, ::SW].mean((-1, -2))


def _pool_backward(share):
    def backward(dout, x, size=2, stride=None):
        KH, KW = _pair(size)
        SH, SW = (KH, KW) if stride is None else _pair(stride)
        dx = np.zeros(x.shape)
        for n, i, j, c in np.ndindex(dout.shape):
            here = n, slice(i * SH, i * SH + KH), slice(j * SW, j * SW + KW), c
            dx[here] += share(x[here]) * dout[n, i, j, c]
        return dx

    return backward


def _last_maximum(window):
    flat = np.zeros(window.size)
    flat[window.size - 1 - np.argmax(window.ravel()[::-1])] = 1
    return flat.reshape(window.shape)


def _shared_maximum(window):
    mask = window == window.max()
    return mask / mask.sum()


def max_backward_plain(dout, x, size=2, stride=None):
    KH, KW = _pair(size)
    SH, SW = (KH, KW) if stride is None else _pair(stride)
    dx = np.zeros(x.shape)
    N, OH, OW, C = dout.shape
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for c in range(C):
                    row, column = i * SH, j * SW
                    for a in range(i * SH, i * SH + KH):
                        for b in range(j * SW, j * SW + KW):
                            if x[n, a, b, c] > x[n, row, column, c]:
                                row, column = a, b
                    dx[n, row, column, c] += dout[n, i, j, c]
    return dx


def avg_backward_plain(dout, x, size=2, stride=None):
    KH, KW = _pair(size)
    SH, SW = (KH, KW) if stride is None else _pair(stride)
    dx = np.zeros(x.shape)
    _N, OH, OW, _C = dout.shape
    for i in range(OH):
        for j in range(OW):
            for a in range(KH):
                for b in range(KW):
                    dx[:, i * SH + a, j * SW + b, :] += dout[:, i, j, :] / (KH * KW)
    return dx


# lessons 09 to 13


def receptive_field_up(layers):
    size, jump = 1, 1
    for layer in layers:
        reach = (layer["kernel"] - 1) * layer.get("dilation", 1)
        size += reach * jump
        jump *= layer.get("stride", 1)
    return size, jump


def receptive_field_down(layers):
    size = 1
    for layer in reversed(layers):
        size = (size - 1) * layer.get("stride", 1) + (layer["kernel"] - 1) * layer.get("dilation", 1) + 1
    return [size, math.prod(layer.get("stride", 1) for layer in layers)]


def receptive_box_down(layers, i, j):
    top = bottom = i
    left = right = j
    for layer in layers[::-1]:
        stride, pad = layer.get("stride", 1), layer.get("pad", 0)
        reach = (layer["kernel"] - 1) * layer.get("dilation", 1)
        top, left = top * stride - pad, left * stride - pad
        bottom, right = bottom * stride - pad + reach, right * stride - pad + reach
    return top, bottom, left, right


def receptive_box_up(layers, i, j):
    size, jump = receptive_field_up(layers)
    start, step = 0, 1
    for layer in layers:
        start -= layer.get("pad", 0) * step
        step *= layer.get("stride", 1)
    return [start + i * jump, start + i * jump + size - 1, start + j * jump, start + j * jump + size - 1]


def conv_matrix_plain(k, n):
    rows = []
    for i in range(n - len(k) + 1):
        rows.append([0.0] * i + list(k) + [0.0] * (n - len(k) - i))
    return rows


def conv_matrix_eyes(k, n):
    return sum(value * np.eye(n - len(k) + 1, n, t) for t, value in enumerate(k))


def conv_backward_plain(dout, x, w, stride=1, pad=0):
    N, H, W, _C = x.shape
    KH, KW, _, F = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dxp, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(F)
    for n in range(N):
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                top, left = i * stride, j * stride
                for f in range(F):
                    g = dout[n, i, j, f]
                    db[f] += g
                    dw[:, :, :, f] += g * padded[n, top : top + KH, left : left + KW]
                    dxp[n, top : top + KH, left : left + KW] += g * w[:, :, :, f]
    return dxp[:, pad : pad + H, pad : pad + W], dw, db


def conv_backward_by_tap(dout, x, w, stride=1, pad=0):
    H, W = x.shape[1:3]
    KH, KW = w.shape[:2]
    OH, OW = dout.shape[1:3]
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dxp, dw = np.zeros_like(padded), np.zeros_like(w)
    for a in range(KH):
        for b in range(KW):
            seen = (slice(None), slice(a, a + OH * stride, stride), slice(b, b + OW * stride, stride))
            here = padded[seen][:, :OH, :OW]
            dw[a, b] = np.tensordot(here, dout, ((0, 1, 2), (0, 1, 2)))
            part = np.zeros_like(padded)
            part[:, a : a + (OH - 1) * stride + 1 : stride, b : b + (OW - 1) * stride + 1 : stride] = (
                dout @ w[a, b].T
            )
            dxp += part
    return dxp[:, pad : pad + H, pad : pad + W], dw, np.einsum("nijf->f", dout)


def im2col_plain(x, kernel, stride=1, pad=0):
    KH, KW = _pair(kernel)
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    N, H, W, _C = padded.shape
    rows = []
    for n in range(N):
        for i in range((H - KH) // stride + 1):
            for j in range((W - KW) // stride + 1):
                window = padded[n, i * stride : i * stride + KH, j * stride : j * stride + KW]
                rows.append(window.reshape(-1))
    return np.array(rows)


def im2col_views(x, kernel, stride=1, pad=0):
    KH, KW = _pair(kernel)
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = sliding_window_view(padded, (KH, KW), axis=(1, 2))[:, ::stride, ::stride]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, KH * KW * x.shape[3])


def conv_by_im2col(x, w, b, stride=1, pad=0):
    KH, KW, _, F = w.shape
    OH = (x.shape[1] + 2 * pad - KH) // stride + 1
    table = im2col_views(x, (KH, KW), stride, pad)
    return (table @ w.reshape(-1, F) + b).reshape(len(x), OH, -1, F)


def equivariance_gap_plain(f, x, shift):
    shifted = np.zeros_like(x)
    for row in range(shift, x.shape[1]):
        shifted[:, row] = x[:, row - shift]
    moved, still = f(shifted), f(x)
    gap = 0.0
    for row in range(still.shape[1] - shift):
        gap = max(gap, float(np.abs(moved[:, row + shift] - still[:, row]).max()))
    return gap


def equivariance_gap_rolled(f, x, shift):
    rolled = np.roll(x, shift, axis=1)
    rolled[:, :shift] = 0
    moved, still = f(rolled), f(x)
    return np.max(np.abs(moved[:, shift:] - still[:, : still.shape[1] - shift]))


def keras_parameters_plain(layer):
    config = layer["config"]
    if layer["class_name"] == "Dense":
        return (layer["input_shape"][-1] + int(config["use_bias"])) * config["units"]
    if layer["class_name"] != "Conv2D":
        return 0
    rows, columns = config["kernel_size"]
    return (rows * columns * layer["input_shape"][-1] + int(config["use_bias"])) * config["filters"]


def to_keras_plain(w, b):
    return w.copy(), b.copy()


def to_torch_moved(w, b):
    return [np.moveaxis(w, (3, 2), (0, 1)), b]


def to_torch_einsum(w, b):
    return np.einsum("abcf->fcab", w), b


def same_as_keras_plain(x, w, b, strides, padding):
    pads = [(0, 0), (0, 0), (0, 0), (0, 0)]
    if padding == "same":
        for axis in (1, 2):
            n, k = x.shape[axis], w.shape[axis - 1]
            total = max((math.ceil(n / strides) - 1) * strides + k - n, 0)
            pads[axis] = (total // 2, total - total // 2)
    return conv_by_im2col(np.pad(x, pads), w, b, strides)


RIGHT_LAYERS: dict[str, list[Callable[..., Any]]] = {
    "mirror": [mirror_loop, mirror_list, np.fliplr],
    "signed_distance": [signed_distance_plain, signed_distance_normalised, signed_distance_float32],
    "relu": [relu_plain, relu_mask, relu_half, lambda x: np.clip(x, 0, None)],
    "absolute_distance": [absolute_distance_plain, lambda x, w, b: abs(x @ w + b) / np.linalg.norm(w)],
    "dense": [
        dense_plain,
        dense_einsum,
        dense_transposed,
        lambda x, w, b: np.float32(x) @ np.float32(w) + np.float32(b),
    ],
    "two_layer_scores": [two_layers_plain],
    "relu_backward": [relu_backward_plain, relu_backward_at_zero],
    "dense_backward": [dense_backward_plain, dense_backward_list],
    "softmax_cross_entropy": [softmax_plain, softmax_textbook, softmax_float32],
    "numeric_gradient": [numeric_gradient_in_place, numeric_gradient_flat],
    "minibatches": [minibatches_shuffle, minibatches_list],
    "sgd_step": [sgd_step_in_place, sgd_step_by_cells, sgd_step_out],
    "train": [train_plain],
    "count_dense_parameters": [count_dense_loop, count_dense_numpy],
    "count_conv_parameters": [count_conv],
    "count_locally_connected_parameters": [count_local],
    "correlate1d": [correlate1d_plain, correlate1d_numpy, lambda x, k: np.correlate(x, k)],
    "correlate2d": [correlate2d_plain, correlate2d_views, correlate2d_fft],
    "design_kernels": [kernels_sobel, kernels_steps],
    "learn_kernel": [learn_by_steps],
    "max_pool2d": [max_pool_plain, max_pool_views, max_pool_slices],
    "avg_pool2d": [avg_pool_plain, avg_pool_views],
    "max_pool2d_backward": [
        max_backward_plain,
        _pool_backward(_last_maximum),
        _pool_backward(_shared_maximum),
    ],
    "avg_pool2d_backward": [
        avg_backward_plain,
        _pool_backward(lambda window: np.full(window.shape, 1 / window.size)),
    ],
    "receptive_field": [receptive_field_up, receptive_field_down],
    "receptive_box": [receptive_box_down, receptive_box_up],
    "conv_matrix": [conv_matrix_plain, conv_matrix_eyes],
    "conv2d_backward": [conv_backward_plain, conv_backward_by_tap],
    "im2col": [im2col_plain, im2col_views],
    "conv2d_im2col": [conv_by_im2col],
    "equivariance_gap": [equivariance_gap_plain, equivariance_gap_rolled],
    "keras_parameters": [keras_parameters_plain],
    "to_keras_weights": [to_keras_plain],
    "to_torch_weights": [to_torch_moved, to_torch_einsum],
    "same_as_keras": [same_as_keras_plain],
}
