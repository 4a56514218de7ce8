"""Infinities and NaN: the fast kernels put them where the loops put them, and nowhere else."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convlib import fast, reference
from convlib._arrays import all_finite
from convlib.fast import _winograd, _winograd_tiles
from convlib.shapes import slide
from support.kernel_cases import SEEDS, Conv, Pool, convolutions, pools, transposed_convolutions

drawn = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ODD = (np.inf, -np.inf, np.nan, 0.0)  # 0 is odd beside infinity
DTYPES = st.sampled_from((np.float32, np.float64))


def spoil(rng: np.random.Generator, *arrays: np.ndarray) -> None:
    """Put one to three odd numbers into some of the arrays, in place."""
    for array in arrays:
        for _ in range(int(rng.integers(0, 4))):
            if array.size:
                array.flat[int(rng.integers(array.size))] = rng.choice(ODD)


def same(quick: Any, slow: Any) -> None:
    """Expect NaN and infinities in the same cells, and the rest within rounding."""
    for one, other in zip(quick, slow, strict=True):
        one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
        rounding = 1e-4 if quick[0].dtype == np.float32 else 1e-9
        np.testing.assert_allclose(one, other, rtol=rounding, atol=rounding)


def both(name: str, *arrays: np.ndarray, **keywords: Any) -> None:
    with np.errstate(all="ignore"):
        quick, slow = (getattr(kernels, name)(*arrays, **keywords) for kernels in (fast, reference))
    same(*((result,) if isinstance(result, np.ndarray) else result for result in (quick, slow)))


@st.composite
def three_rows(draw: st.DrawFn) -> Conv:
    """Shapes that Winograd takes."""
    pads = tuple(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(2))
    groups = draw(st.integers(1, 2))
    C, F = draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    image = draw(st.integers(4, 8)), draw(st.integers(4, 8))
    rows, columns = slide(image, (3, 3), 1, pads)
    N = draw(st.integers(1, 2))
    keywords = {"pad": pads, "groups": groups}
    return Conv((N, *image, C * groups), (3, 3, C, F), (N, rows.out, columns.out, F), keywords, draw(SEEDS))


def spoiled(case: Conv, dtype: type) -> tuple[np.ndarray, ...]:
    arrays = case.arrays(dtype)
    if dtype is np.float32:
        arrays = tuple(array.astype(np.float32) for array in arrays)
    spoil(np.random.default_rng(case.seed + 1), *arrays)
    return arrays


@drawn
@given(three_rows(), DTYPES, st.booleans())
def test_winograd_s_sums_leave_no_trace(case: Conv, dtype: type, tiles: bool) -> None:
    x, w, b, dout = spoiled(case, dtype)
    with pytest.MonkeyPatch.context() as patch:
        taken, left = (_winograd_tiles, _winograd) if tiles else (_winograd, _winograd_tiles)
        patch.setattr(taken, "cost", lambda *_: 0)
        patch.setattr(taken, "CALLS", 0)
        patch.setattr(left, "cost", lambda *_: 1)
        both("conv2d", x, w, b, **case.keywords)
        both("conv2d_backward", dout, x, w, **case.keywords)


@pytest.mark.slow
@drawn
@given(convolutions(), DTYPES)
def test_any_convolution_and_its_gradients_agree(case: Conv, dtype: type) -> None:
    x, w, b, dout = spoiled(case, dtype)
    both("conv2d", x, w, b, **case.keywords)
    both("conv2d_backward", dout, x, w, **case.keywords)


@pytest.mark.slow
@drawn
@given(transposed_convolutions(), DTYPES)
def test_any_transposed_convolution_and_its_gradients_agree(case: Conv, dtype: type) -> None:
    x, w, _, dout = spoiled(case, dtype)
    b = np.ones(dout.shape[3], dtype)
    both("conv2d_transpose", x, w, b, **case.keywords)
    both("conv2d_transpose_backward", dout, x, w, **case.keywords)


@pytest.mark.slow
@drawn
@given(pools(), DTYPES)
def test_any_pool_and_its_gradient_agree(case: Pool, dtype: type) -> None:
    x, dout = case.arrays(dtype)
    rng = np.random.default_rng(case.seed + 1)
    spoil(rng, x, dout)
    for kind in ("max", "avg"):
        both(f"{kind}_pool2d", x, case.size, case.stride)
        both(f"{kind}_pool2d_backward", dout, x, case.size, case.stride)
        both(f"global_{kind}_pool2d", x)
        whole = rng.normal(size=(x.shape[0], x.shape[3])).astype(dtype)
        spoil(rng, whole)
        both(f"global_{kind}_pool2d_backward", whole, x)


@drawn
@given(SEEDS, DTYPES)
def test_dense_layers_activations_and_the_loss_agree(seed: int, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    N, D, M = (int(n) for n in rng.integers(1, 6, 3))
    x, w, b, dout, dx = (
        rng.normal(size=shape).astype(dtype) for shape in [(N, D), (D, M), (M,), (N, M), (N, D)]
    )
    spoil(rng, x, w, b, dout, dx)
    both("dense", x, w, b)
    both("dense_backward", dout, x, w)
    both("relu", x)
    both("relu_backward", dx, x)
    both("softmax", x)
    labels = rng.integers(0, D, N)
    with np.errstate(all="ignore"):
        losses = [kernels.softmax_cross_entropy(x, labels) for kernels in (fast, reference)]
    same([losses[0][1]], [losses[1][1]])
    np.testing.assert_allclose(losses[0][0], losses[1][0], rtol=1e-4)


def test_one_infinity_among_finite_numbers_warns_of_nothing() -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=shape).astype(np.float32) for shape in [(2, 16, 16, 16), (3, 3, 16, 16)])
    x[0, 8, 8, 0] = np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = fast.conv2d(x, w, np.zeros(16, np.float32), pad=1)
    assert np.isinf(out[0, 7:10, 7:10]).all()
    out[0, 7:10, 7:10] = 0
    assert np.isfinite(out).all()


def test_sums_that_overflow_only_on_winograd_s_way_do_not_show() -> None:
    x, w = np.zeros((1, 8, 8, 16), np.float32), np.zeros((3, 3, 16, 16), np.float32)
    x[0, ::2], w[1, 1] = 3e38, 1 / 16
    x[0, 1::2] = -3e38  # the largest float32 is 3.4e38, and Winograd takes one row from the next but one
    b = np.zeros(16, np.float32)
    assert not all_finite(_winograd.convolve(x, w, b, *slide((8, 8), (3, 3))))
    np.testing.assert_allclose(fast.conv2d(x, w, b), reference.conv2d(x, w, b), rtol=1e-5)


def test_numbers_whose_squares_overflow_are_finite() -> None:
    assert all_finite(np.full((3, 4), 1e300))
    assert all_finite(np.empty((0, 3)))
    assert not all_finite(np.array([1.0, np.nan]))
    assert not all_finite(np.array([[1.0, 2.0], [3.0, -np.inf]]).T)


def test_looking_costs_less_than_a_fiftieth_of_a_convolution() -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=shape).astype(np.float32) for shape in [(8, 32, 32, 16), (3, 3, 16, 16)])
    b = np.zeros(16, np.float32)
    rows, columns = slide((32, 32), (3, 3), 1, 1)
    out = _winograd.convolve(x, w, b, rows, columns)

    def shortest(work: Any) -> float:
        times = []
        for _ in range(25):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
        return min(times)

    looking = shortest(lambda: all_finite(out))
    assert looking < 0.02 * shortest(lambda: _winograd.convolve(x, w, b, rows, columns))
