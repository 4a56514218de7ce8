"""What must hold of both sets of kernels whatever the numbers are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import convlib.fast
import convlib.reference
from convlib.gradcheck import numeric_gradient
from support.kernel_cases import Conv, Pool, convolutions, pools, transposed_convolutions

drawn = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
both = pytest.mark.parametrize("kernels", [convlib.reference, convlib.fast], ids=["reference", "fast"])


def dot(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sum(a.astype(np.float64) * b))


@both
@drawn
@given(convolutions())
def test_convolution_is_linear_in_its_input_and_in_its_filters(kernels: ModuleType, case: Conv) -> None:
    x, w, b, _ = case.arrays()
    none = np.zeros_like(b)
    rng = np.random.default_rng(case.seed + 1)
    x2, w2 = rng.normal(size=x.shape), rng.normal(size=w.shape)

    def conv(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        return kernels.conv2d(x, w, none, **case.keywords)

    np.testing.assert_allclose(conv(2 * x - 3 * x2, w), 2 * conv(x, w) - 3 * conv(x2, w), atol=1e-10)
    np.testing.assert_allclose(conv(x, 2 * w - 3 * w2), 2 * conv(x, w) - 3 * conv(x, w2), atol=1e-10)


@both
@drawn
@given(convolutions())
def test_backward_is_the_adjoint_of_forward(kernels: ModuleType, case: Conv) -> None:
    x, w, b, dout = case.arrays()
    out = kernels.conv2d(x, w, np.zeros_like(b), **case.keywords)
    dx, dw, db = kernels.conv2d_backward(dout, x, w, **case.keywords)
    # <conv(x), dout> = <x, dx> = <w, dw>: the output is linear in each.
    assert dot(out, dout) == pytest.approx(dot(x, dx), abs=1e-9)
    assert dot(out, dout) == pytest.approx(dot(w, dw), abs=1e-9)
    np.testing.assert_allclose(db, dout.sum(axis=(0, 1, 2)), atol=1e-12)


@both
@drawn
@given(transposed_convolutions())
def test_transposed_convolution_is_the_adjoint_of_convolution(kernels: ModuleType, case: Conv) -> None:
    x, w, b, y = case.arrays()
    keywords = {name: value for name, value in case.keywords.items() if name != "output_pad"}
    up = kernels.conv2d_transpose(x, w, np.zeros_like(b), **case.keywords)
    down = kernels.conv2d(y, w, np.zeros(w.shape[3]), **keywords)
    assert dot(up, y) == pytest.approx(dot(x, down), abs=1e-9)


@both
@drawn
@given(pools())
def test_pools_of_either_kind_are_adjoint_to_their_backward(kernels: ModuleType, case: Pool) -> None:
    x, dout = case.arrays()
    # A max pool is linear as long as the same cells win, and <out, dout> = <x, dx> needs no more.
    for kind in ("max", "avg"):
        out = getattr(kernels, f"{kind}_pool2d")(x, case.size, case.stride)
        dx = getattr(kernels, f"{kind}_pool2d_backward")(dout, x, case.size, case.stride)
        assert dot(out, dout) == pytest.approx(dot(x, dx), abs=1e-9)


@both
@drawn
@given(convolutions())
def test_a_picture_moved_by_the_stride_gives_a_map_moved_by_one(kernels: ModuleType, case: Conv) -> None:
    _, w, b, _ = case.arrays()
    keywords = case.keywords | {"pad": 0}
    rows, columns = case.keywords["stride"]
    # Large enough for two windows each way, and so that some do not fit.
    N, H, W, C = case.x_shape
    reach = [d * (k - 1) + 1 for d, k in zip(keywords["dilation"], w.shape[:2], strict=True)]
    shape = (N, max(H, reach[0] + rows), max(W, reach[1] + columns), C)
    x = np.random.default_rng(case.seed).normal(size=shape)
    whole = kernels.conv2d(x, w, b, **keywords)
    moved = kernels.conv2d(x[:, rows:, columns:], w, b, **keywords)
    np.testing.assert_allclose(moved, whole[:, 1:, 1:], atol=1e-10)


@both
def test_depthwise_convolution_treats_every_channel_by_itself(kernels: ModuleType) -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 6, 5, 3)), rng.normal(size=(3, 2, 1, 3)), rng.normal(size=3)
    out = kernels.conv2d(x, w, b, groups=3)
    for c in range(3):
        alone = kernels.conv2d(x[..., c : c + 1], w[..., c : c + 1], b[c : c + 1])
        np.testing.assert_allclose(out[..., c : c + 1], alone, atol=1e-12)


@both
def test_a_dense_layer_is_a_convolution_as_large_as_its_picture(kernels: ModuleType) -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(3, 4, 5, 2)), rng.normal(size=(4, 5, 2, 6)), rng.normal(size=6)
    flat = kernels.dense(x.reshape(3, 40), w.reshape(40, 6), b)
    np.testing.assert_allclose(kernels.conv2d(x, w, b)[:, 0, 0], flat, atol=1e-12)


CONV = {"stride": (2, 1), "pad": ((1, 2), (0, 1)), "dilation": (1, 2), "groups": 2}
TRANSPOSE = CONV | {"output_pad": (1, 0)}
POOL: dict[str, Any] = {"size": (3, 2), "stride": (2, 1)}


def arguments(dtype: type = np.float64) -> dict[str, tuple[list[np.ndarray], dict[str, Any]]]:
    """One call of every kernel: its arrays and its keywords."""
    rng = np.random.default_rng(7)

    def a(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(dtype)

    labels = rng.integers(0, 5, 4)
    return {
        "avg_pool2d": ([a(2, 7, 6, 4)], POOL),
        "avg_pool2d_backward": ([a(2, 3, 5, 4), a(2, 7, 6, 4)], POOL),
        "conv2d": ([a(2, 7, 6, 4), a(3, 2, 2, 6), a(6)], CONV),
        "conv2d_backward": ([a(2, 4, 5, 6), a(2, 7, 6, 4), a(3, 2, 2, 6)], CONV),
        "conv2d_transpose": ([a(2, 4, 5, 6), a(3, 2, 2, 6), a(4)], TRANSPOSE),
        "conv2d_transpose_backward": ([a(2, 7, 6, 4), a(2, 4, 5, 6), a(3, 2, 2, 6)], TRANSPOSE),
        "dense": ([a(4, 5), a(5, 3), a(3)], {}),
        "dense_backward": ([a(4, 3), a(4, 5), a(5, 3)], {}),
        "global_avg_pool2d": ([a(2, 7, 6, 4)], {}),
        "global_avg_pool2d_backward": ([a(2, 4), a(2, 7, 6, 4)], {}),
        "global_max_pool2d": ([a(2, 7, 6, 4)], {}),
        "global_max_pool2d_backward": ([a(2, 4), a(2, 7, 6, 4)], {}),
        "max_pool2d": ([a(2, 7, 6, 4)], POOL),
        "max_pool2d_backward": ([a(2, 3, 5, 4), a(2, 7, 6, 4)], POOL),
        "relu": ([a(3, 4)], {}),
        "relu_backward": ([a(3, 4), a(3, 4)], {}),
        "softmax": ([a(3, 4)], {}),
        "softmax_cross_entropy": ([a(4, 5), labels], {}),
        "zero_pad": ([a(2, 7, 6, 4)], {"pad": ((1, 0), (2, 3))}),
    }


NAMES = sorted(arguments())
every = pytest.mark.parametrize("name", NAMES)


def results(answer: Any) -> list[np.ndarray]:
    return [np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,))]


def test_both_sets_hold_the_same_kernels_and_every_one_is_in_these_tests() -> None:
    assert convlib.fast.__all__ == convlib.reference.__all__ == NAMES
    for name in NAMES:
        assert getattr(convlib, name) is getattr(convlib.fast, name)


@every
def test_fast_equals_reference(name: str) -> None:
    arrays, keywords = arguments()[name]
    fast, slow = (
        getattr(kernels, name)(*arrays, **keywords) for kernels in (convlib.fast, convlib.reference)
    )
    for ours, right in zip(results(fast), results(slow), strict=True):
        np.testing.assert_allclose(ours, right, atol=1e-12)


@both
@every
def test_no_argument_is_modified_and_no_result_is_a_view_of_one(kernels: ModuleType, name: str) -> None:
    arrays, keywords = arguments()[name]
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    answer = getattr(kernels, name)(*arrays, **keywords)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)
        for result in results(answer):
            assert not np.shares_memory(result, array)
            assert result.ndim == 0 or result.flags.writeable


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fast_keeps_the_dtype_and_reference_computes_in_float64(name: str, dtype: type) -> None:
    arrays, keywords = arguments(dtype)[name]
    fast = getattr(convlib.fast, name)(*arrays, **keywords)
    right = getattr(convlib.reference, name)(*arrays, **keywords)
    for ours, exact in zip(results(fast), results(right), strict=True):
        assert exact.dtype == np.float64
        assert ours.dtype == (dtype if ours.ndim else np.float64)  # a loss is a plain float
        np.testing.assert_allclose(ours, exact, atol=2e-5 if dtype == np.float32 else 1e-12)


def fortran(array: np.ndarray) -> np.ndarray:
    return np.asfortranarray(array)


def every_other(array: np.ndarray) -> np.ndarray:
    spread = np.repeat(array, 2, axis=-1)
    spread[..., 1::2] = np.iinfo(array.dtype).max if array.dtype.kind == "i" else np.nan
    return spread[..., ::2]


def reversed_twice(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array[::-1])[::-1]


def byte_swapped(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder())


@both
@every
@pytest.mark.parametrize("layout", [fortran, every_other, reversed_twice, byte_swapped, np.ndarray.tolist])
def test_the_layout_of_the_arguments_does_not_matter(
    kernels: ModuleType, name: str, layout: Callable[[np.ndarray], Any]
) -> None:
    arrays, keywords = arguments()[name]
    plain = getattr(kernels, name)(*arrays, **keywords)
    other = getattr(kernels, name)(*map(layout, arrays), **keywords)
    for a, b in zip(results(plain), results(other), strict=True):
        np.testing.assert_allclose(b, a, atol=1e-12)
        assert b.dtype == a.dtype
        assert b.dtype.isnative


@both
@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("conv2d", "conv2d_backward"),
        ("conv2d_transpose", "conv2d_transpose_backward"),
        ("max_pool2d", "max_pool2d_backward"),
        ("avg_pool2d", "avg_pool2d_backward"),
        ("global_max_pool2d", "global_max_pool2d_backward"),
        ("global_avg_pool2d", "global_avg_pool2d_backward"),
        ("dense", "dense_backward"),
        ("relu", "relu_backward"),
    ],
)
def test_gradients_are_the_measured_ones(kernels: ModuleType, forward: str, backward: str) -> None:
    arrays, keywords = arguments()[forward]
    upstream = arguments()[backward][0][0]
    inputs = arrays[:2] if len(arrays) > 1 else arrays  # backward is given no bias
    gradients = results(getattr(kernels, backward)(upstream, *inputs, **keywords))
    for position, gradient in enumerate(gradients):

        def loss(array: np.ndarray, position: int = position) -> float:
            changed = [*arrays[:position], array, *arrays[position + 1 :]]
            return dot(getattr(kernels, forward)(*changed, **keywords), upstream)

        np.testing.assert_allclose(gradient, numeric_gradient(loss, arrays[position]), atol=1e-7)


@both
def test_the_gradient_of_the_loss_is_the_measured_one(kernels: ModuleType) -> None:
    (scores, labels), _ = arguments()["softmax_cross_entropy"]
    _, dscores = kernels.softmax_cross_entropy(scores, labels)
    measured = numeric_gradient(lambda s: kernels.softmax_cross_entropy(s, labels)[0], scores)
    np.testing.assert_allclose(dscores, measured, atol=1e-9)


@both
@pytest.mark.parametrize("stride", [None, 1, 2])
def test_of_tied_maxima_the_first_in_row_major_order_gets_the_gradient(
    kernels: ModuleType, stride: int
) -> None:
    x = np.zeros((1, 4, 4, 1))
    dx = kernels.max_pool2d_backward(np.ones((1, 3, 3, 1) if stride == 1 else (1, 2, 2, 1)), x, 2, stride)
    expected = np.zeros((4, 4))
    step = stride or 2
    expected[:3:step, :3:step] = 1
    np.testing.assert_array_equal(dx[0, :, :, 0], expected)
    corner = np.zeros((1, 4, 4, 1))
    corner[0, 0, 1] = corner[0, 1, 0] = 1  # the first row's comes first, though its column is the second
    assert kernels.max_pool2d_backward(np.ones((1, 1, 1, 1)), corner, 4)[0, 0, 1, 0] == 1
    assert kernels.global_max_pool2d_backward(np.ones((1, 1)), corner)[0, 0, 1, 0] == 1


def test_importing_convlib_imports_no_numpy_and_the_shapes_need_none() -> None:
    program = (
        "import sys, convlib, convlib.shapes; assert 'numpy' not in sys.modules; "
        "assert convlib.output_size(7, 3, 2) == 3 and 'numpy' not in sys.modules; "
        "assert convlib.conv2d and 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_name_that_convlib_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="conv5d"):
        _ = convlib.conv5d
    assert "conv2d" in dir(convlib)
