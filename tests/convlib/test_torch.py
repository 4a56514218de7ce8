"""Both sets of kernels against PyTorch in float64: forward, and backward by its autograd, on drawn shapes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convlib.fast
import convlib.reference
from support.kernel_cases import SEEDS, Conv, Pool, convolutions, pools, transposed_convolutions
from support.needs import needs

BOTH = (convlib.reference, convlib.fast)
drawn = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def torch() -> ModuleType:
    needs("torch")
    import torch

    return torch


def close(ours: np.ndarray, theirs: Any, label: str) -> None:
    np.testing.assert_allclose(ours, np.asarray(theirs.detach()), rtol=1e-9, atol=1e-9, err_msg=label)


def channels_first(*volumes: np.ndarray) -> list[Any]:
    import torch

    return [torch.tensor(np.ascontiguousarray(np.moveaxis(v, -1, 1)), requires_grad=True) for v in volumes]


def filters_first(w: np.ndarray) -> Any:
    """(KH, KW, C, F) -> (F, C, KH, KW)."""
    import torch

    return torch.tensor(np.ascontiguousarray(w.transpose(3, 2, 0, 1)), requires_grad=True)


def channels_last(x: Any) -> Any:
    return x.movedim(1, -1)


@drawn
@given(convolutions())
def test_conv2d_and_its_gradients_are_pytorch_s(case: Conv) -> None:
    import torch

    x, w, b, dout = case.arrays()
    tx, tw, tb = *channels_first(x), filters_first(w), torch.tensor(b, requires_grad=True)
    k = case.keywords
    out = torch.nn.functional.conv2d(tx, tw, tb, k["stride"], k["pad"], k["dilation"], k["groups"])
    out.backward(channels_first(dout)[0].detach())
    for kernels in BOTH:
        close(kernels.conv2d(x, w, b, **k), channels_last(out), "out")
        dx, dw, db = kernels.conv2d_backward(dout, x, w, **k)
        close(dx, channels_last(tx.grad), "dx")
        close(dw, tw.grad.permute(2, 3, 1, 0), "dw")
        close(db, tb.grad, "db")


@drawn
@given(transposed_convolutions())
def test_conv2d_transpose_and_its_gradients_are_pytorch_s(case: Conv) -> None:
    import torch

    x, w, b, dout = case.arrays()
    tx, tw, tb = *channels_first(x), filters_first(w), torch.tensor(b, requires_grad=True)
    k = case.keywords
    out = torch.nn.functional.conv_transpose2d(
        tx, tw, tb, k["stride"], k["pad"], k["output_pad"], k["groups"], k["dilation"]
    )
    out.backward(channels_first(dout)[0].detach())
    for kernels in BOTH:
        close(kernels.conv2d_transpose(x, w, b, **k), channels_last(out), "out")
        dx, dw, db = kernels.conv2d_transpose_backward(dout, x, w, **k)
        close(dx, channels_last(tx.grad), "dx")
        close(dw, tw.grad.permute(2, 3, 1, 0), "dw")
        close(db, tb.grad, "db")


@pytest.mark.parametrize("kind", ["max", "avg"])
@drawn
@given(pools())
def test_pools_and_their_gradients_are_pytorch_s(kind: str, case: Pool) -> None:
    import torch

    x, dout = case.arrays()
    (tx,) = channels_first(x)
    out = getattr(torch.nn.functional, f"{kind}_pool2d")(tx, case.size, case.stride)
    out.backward(channels_first(dout)[0].detach())
    for kernels in BOTH:
        close(getattr(kernels, f"{kind}_pool2d")(x, case.size, case.stride), channels_last(out), "out")
        dx = getattr(kernels, f"{kind}_pool2d_backward")(dout, x, case.size, case.stride)
        close(dx, channels_last(tx.grad), "dx")


@pytest.mark.parametrize("kind", ["max", "avg"])
@drawn
@given(pools())
def test_global_pools_and_their_gradients_are_pytorch_s(kind: str, case: Pool) -> None:
    import torch

    x, _ = case.arrays()
    dout = np.random.default_rng(case.seed + 1).normal(size=(x.shape[0], x.shape[3]))
    (tx,) = channels_first(x)
    out = getattr(torch.nn.functional, f"adaptive_{kind}_pool2d")(tx, 1)[:, :, 0, 0]
    out.backward(torch.tensor(dout))
    for kernels in BOTH:
        close(getattr(kernels, f"global_{kind}_pool2d")(x), out, "out")
        close(getattr(kernels, f"global_{kind}_pool2d_backward")(dout, x), channels_last(tx.grad), "dx")


@drawn
@given(st.integers(1, 6), st.integers(1, 8), st.integers(1, 8), SEEDS)
def test_dense_and_its_gradients_are_pytorch_s(N: int, D: int, M: int, seed: int) -> None:
    import torch

    rng = np.random.default_rng(seed)
    x, w, b, dout = (rng.normal(size=shape) for shape in [(N, D), (D, M), (M,), (N, M)])
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    out = torch.nn.functional.linear(tx, tw.T, tb)
    out.backward(torch.tensor(dout))
    for kernels in BOTH:
        close(kernels.dense(x, w, b), out, "out")
        for name, ours, theirs in zip("xwb", kernels.dense_backward(dout, x, w), (tx, tw, tb), strict=True):
            close(ours, theirs.grad, f"d{name}")


@drawn
@given(st.lists(st.integers(1, 4), max_size=4), SEEDS)
def test_relu_and_softmax_are_pytorch_s(shape: list[int], seed: int) -> None:
    import torch

    rng = np.random.default_rng(seed)
    x, dout = rng.integers(-2, 3, shape).astype(float), rng.normal(size=shape)
    tx = torch.tensor(x, requires_grad=True)
    torch.relu(tx).backward(torch.tensor(dout))
    for kernels in BOTH:
        close(kernels.relu(x), torch.relu(tx), "relu")
        close(kernels.relu_backward(dout, x), tx.grad, "dx")
        if shape:
            close(kernels.softmax(x * 300), torch.softmax(tx * 300, -1), "softmax")


@drawn
@given(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1.0, 1000.0]), SEEDS)
def test_softmax_cross_entropy_and_its_gradient_are_pytorch_s(
    N: int, M: int, scale: float, seed: int
) -> None:
    import torch

    rng = np.random.default_rng(seed)
    scores, labels = scale * rng.normal(size=(N, M)), rng.integers(0, M, N)
    tscores = torch.tensor(scores, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(tscores, torch.tensor(labels))
    loss.backward()
    for kernels in BOTH:
        ours, dscores = kernels.softmax_cross_entropy(scores, labels)
        close(np.asarray(ours), loss, "loss")
        close(dscores, tscores.grad, "dscores")


@pytest.mark.parametrize("kernels", BOTH, ids=["reference", "fast"])
def test_what_is_not_a_number_spreads_as_in_pytorch(kernels: ModuleType) -> None:
    import torch

    x = np.arange(32.0).reshape(1, 4, 4, 2)
    x[0, 1, 2, 0] = np.nan
    dout = np.arange(1.0, 9.0).reshape(1, 2, 2, 2)
    (tx,) = channels_first(x)
    out = torch.nn.functional.max_pool2d(tx, 2)
    out.backward(channels_first(dout)[0].detach())
    close(kernels.max_pool2d(x), channels_last(out), "out")
    close(kernels.max_pool2d_backward(dout, x), channels_last(tx.grad), "dx")
