"""Wrong answers written from the lessons' texts alone, without a look at the catalogue: they found gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import judge

pytestmark = pytest.mark.usefixtures("names_alone")

WRONG: list[tuple[str, str, Callable[..., Any]]] = []


def wrong(exercise_id: str, bugs: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A wrong answer, and the names it gets: none where the verdict says what it sees instead."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        WRONG.append((exercise_id, bugs, function))
        return function

    return add


wrong("relu", "cut_at_six")(lambda x: np.minimum(np.maximum(x, 0), 6))
wrong("relu_backward")(lambda dout, x: dout * (x > 0.05))
wrong("relu_backward", "arguments_swapped")(lambda x, dout: dout * (x > 0))
wrong("two_layer_scores", "ramp_before_the_bias")(
    lambda x, w1, b1, w2, b2: (np.maximum(x @ w1, 0) + b1) @ w2 + b2
)
wrong("output_size", "last_start_left_out")(
    lambda n, k, stride=1, pad=0: len(range(-pad, n + pad - k, stride))
)
wrong("max_pool2d", "running_max_starts_too_high")(
    lambda x, size=2, stride=None: np.maximum(max_pool(x, size, stride), -999)
)


def max_pool(x, size, stride):
    KH, KW = (size, size) if np.isscalar(size) else size
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    windows = np.lib.stride_tricks.sliding_window_view(x, (KH, KW), axis=(1, 2))
    return windows[:, ::SH, ::SW].max(axis=(4, 5))


def cross_entropy(p, labels):
    rows = np.arange(len(p))
    loss = -np.mean(np.log(p[rows, labels]))
    p[rows, labels] -= 1
    return loss, p / len(p)


@wrong("softmax_cross_entropy", "log_of_the_probability")
def log_of_p(scores, labels):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cross_entropy(powers / powers.sum(axis=1, keepdims=True), labels)


@wrong("softmax_cross_entropy", "one_maximum_for_all")
def global_maximum(scores, labels):
    powers = np.exp(scores - np.max(scores))
    return cross_entropy(powers / powers.sum(axis=1, keepdims=True), labels)


@wrong("numeric_gradient")
def flattened_for_f(f, x):
    flat, slopes = x.ravel(), []
    for step in 1e-5 * np.eye(x.size):
        slopes.append((f(flat + step) - f(flat - step)) / 2e-5)
    return np.reshape(slopes, x.shape)


@wrong("minibatches")
def mixed_within_batches(x, y, size, rng):
    for start in range(0, len(x), size):
        chosen = start + rng.permutation(min(size, len(x) - start))
        yield x[chosen], y[chosen]


@wrong("minibatches")
def batches_mixed(x, y, size, rng):
    for number in rng.permutation(-(-len(x) // size)):
        here = slice(number * size, (number + 1) * size)
        yield x[here], y[here]


@wrong("minibatches")
def pictures_flattened(x, y, size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen].reshape(len(chosen), -1), y[chosen]


@wrong("sgd_step", "caller_unchanged")
def arrays_replaced(params, grads, lr):
    for name in params:
        params[name] = params[name] - lr * grads[name]


@wrong("sgd_step")
def paired_by_place(params, grads, lr):
    for array, gradient in zip(params.values(), grads.values(), strict=True):
        array -= lr * gradient


@wrong("sgd_step")
def weights_only(params, grads, lr):
    for name in params:
        if name.startswith("w"):
            params[name] -= lr * grads[name]


@wrong("train", "caller_unchanged")
def train_replaces(params, loss_and_grads, x, y, lr, size, epochs, rng):
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            chosen = order[start : start + size]
            loss, grads = loss_and_grads(params, x[chosen], y[chosen])
            losses.append(loss)
            for name in grads:
                params[name] = params[name] - lr * grads[name]
    return losses


@wrong("receptive_box", "list_turned")
def list_turned(layers, i, j):
    layers.reverse()
    box = [i, i, j, j]
    for layer in layers:
        stride, pad = layer.get("stride", 1), layer.get("pad", 0)
        reach = layer.get("dilation", 1) * (layer["kernel"] - 1)
        box = [cell * stride - pad + reach * (place % 2) for place, cell in enumerate(box)]
    return box


def gap(f, moved, x, shift):
    after, before = f(moved), f(x)
    return np.abs(after[:, shift:] - before[:, : before.shape[1] - shift]).max()


wrong("equivariance_gap", "rolled_around")(lambda f, x, shift: gap(f, np.roll(x, shift, axis=1), x, shift))
wrong("equivariance_gap", "edge_repeated")(
    lambda f, x, shift: gap(
        f, np.pad(x, [(0, 0), (shift, 0), (0, 0), (0, 0)], mode="edge")[:, : len(x[0])], x, shift
    )
)


@wrong("equivariance_gap", "always_zero")
def moved_to_the_right_and_compared_there(f, x, shift):
    moved = np.pad(x, [(0, 0), (0, 0), (shift, 0), (0, 0)])[:, :, : x.shape[2]]
    after, before = f(moved), f(x)
    return np.abs(after[:, :, shift:] - before[:, :, : before.shape[2] - shift]).max()


@wrong("conv2d_im2col", "table_and_size_disagree_in_stride")
def size_without_stride(x, w, b, stride=1, pad=0):
    KH, KW, C, F = w.shape
    padded = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (KH, KW), axis=(1, 2))[:, ::stride, ::stride]
    table = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, KH * KW * C)
    OH, OW = padded.shape[1] - KH + 1, padded.shape[2] - KW + 1
    return (table @ w.reshape(-1, F) + b).reshape(len(x), OH, OW, F)


@pytest.mark.parametrize(
    ("exercise_id", "bugs", "function"), WRONG, ids=[f"{e}-{f.__name__}-{b}" for e, b, f in WRONG]
)
def test_it_fails_and_gets_no_name_but_its_own(
    exercise_id: str, bugs: str, function: Callable[..., Any]
) -> None:
    verdict = judge(exercise_id, function)
    assert verdict.status == "failed", str(verdict)
    assert verdict.bugs == bugs.split(), str(verdict)


def test_a_predictor_that_was_not_returned_is_no_missing_function() -> None:
    verdict = judge("train_convnet", lambda x, y, seed=0: None)
    assert verdict.status == "failed"
    assert "NoneType" in verdict.message
