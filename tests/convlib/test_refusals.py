"""The edges of the domain: degenerate input works, and what does not fit is refused by name."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import convlib.fast
import convlib.reference

both = pytest.mark.parametrize("kernels", [convlib.reference, convlib.fast], ids=["reference", "fast"])


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape)


X, W, B = ones(2, 5, 6, 4), ones(3, 3, 4, 2), ones(2)


@both
def test_an_empty_batch_gives_an_empty_batch_and_no_gradient(kernels: ModuleType) -> None:
    none = ones(0, 5, 6, 4)
    assert kernels.conv2d(none, W, B).shape == (0, 3, 4, 2)
    dx, dw, db = kernels.conv2d_backward(ones(0, 3, 4, 2), none, W)
    assert dx.shape == none.shape
    assert dw.shape == W.shape
    assert not dw.any()
    assert not db.any()
    up = kernels.conv2d_transpose(ones(0, 3, 4, 2), W, ones(4))
    assert up.shape == none.shape
    assert kernels.conv2d_transpose_backward(none, ones(0, 3, 4, 2), W)[0].shape == (0, 3, 4, 2)
    assert kernels.zero_pad(none, 1).shape == (0, 7, 8, 4)
    for kind in ("max", "avg"):
        assert getattr(kernels, f"{kind}_pool2d")(none).shape == (0, 2, 3, 4)
        assert getattr(kernels, f"{kind}_pool2d_backward")(ones(0, 2, 3, 4), none).shape == none.shape
        assert getattr(kernels, f"global_{kind}_pool2d")(none).shape == (0, 4)
        assert getattr(kernels, f"global_{kind}_pool2d_backward")(ones(0, 4), none).shape == none.shape
    assert kernels.dense(ones(0, 3), ones(3, 2), B).shape == (0, 2)
    assert kernels.dense_backward(ones(0, 2), ones(0, 3), ones(3, 2))[0].shape == (0, 3)
    assert kernels.relu(ones(0, 3)).shape == (0, 3)


@both
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "keywords", "cell", "out_shape"),
    [
        ((1, 1, 1, 1), (1, 1, 1, 1), {}, 1.0, (1, 1, 1, 1)),
        ((1, 3, 4, 2), (3, 4, 2, 1), {}, 24.0, (1, 1, 1, 1)),  # a kernel as large as the input
        ((1, 7, 7, 1), (2, 2, 1, 1), {"stride": 5}, 4.0, (1, 2, 2, 1)),  # a stride larger than the kernel
        ((1, 2, 2, 1), (1, 1, 1, 1), {"pad": 3}, 0.0, (1, 8, 8, 1)),  # a pad larger than the kernel
        ((1, 1, 1, 1), (3, 3, 1, 1), {"pad": 1}, 1.0, (1, 1, 1, 1)),  # a kernel larger than the bare input
        ((1, 2, 9, 1), (2, 1, 1, 1), {"pad": (0, 2), "stride": (1, 3)}, 0.0, (1, 1, 5, 1)),
        ((1, 5, 5, 1), (2, 2, 1, 1), {"dilation": 4}, 4.0, (1, 1, 1, 1)),
    ],
)
def test_degenerate_geometries_work(
    kernels: ModuleType,
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    keywords: dict[str, Any],
    cell: float,
    out_shape: tuple[int, ...],
) -> None:
    x, w = ones(*x_shape), ones(*w_shape)
    out = kernels.conv2d(x, w, np.zeros(1), **keywords)
    assert out.shape == out_shape
    assert out[0, 0, 0, 0] == cell
    dx, dw, db = kernels.conv2d_backward(np.ones_like(out), x, w, **keywords)
    # What every output adds up to is each weight times what it saw, and each pixel times who saw it.
    assert np.sum(dw) == np.sum(dx) == out.sum()
    assert db[0] == out.size


NCHW = "; x looks like (N, C, H, W), as PyTorch has it: pass x.transpose(0, 2, 3, 1)"
OIHW = "; w looks like (F, C, KH, KW), as PyTorch has it: pass w.transpose(2, 3, 1, 0)"


class Refusing:
    """An array of another library's that does not become NumPy's, as a tensor with a gradient."""

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise RuntimeError("call .detach() first")


REFUSED: list[tuple[str, list[Any], dict[str, Any], str]] = [
    ("conv2d", [X[0], W, B], {}, r"x must have shape (N, H, W, C), got (5, 6, 4)"),
    (
        "conv2d",
        [ones(2, 0, 6, 4), W, B],
        {},
        r"x must have shape (N, H, W, C), each at least 1, got (2, 0, 6, 4)",
    ),
    ("conv2d", [X, W[..., 0], B], {}, r"w must have shape (KH, KW, C, F), got (3, 3, 4)"),
    (
        "conv2d",
        [X, ones(3, 3, 3, 2), B],
        {},
        r"w must have shape (KH, KW, 4, F), got (3, 3, 3, 2): x has 4 channels",
    ),
    ("conv2d", [X, W, ones(3)], {}, r"b must have shape (2,) = (F,), got (3,)"),
    ("conv2d", [X, W, 1.0], {}, r"b must have shape (2,) = (F,), got ()"),
    (
        "conv2d",
        [X, ones(6, 3, 4, 2), B],
        {},
        r"w is larger than the padded input: 6 rows, where the input has 5; it must be at most 5",
    ),
    (
        "conv2d",
        [X, ones(3, 9, 4, 2), B],
        {"pad": 1},
        r"9 columns, where the input has 6 and 2 of padding; it must be at most 8",
    ),
    (
        "conv2d",
        [X, W, B],
        {"dilation": 3},
        r"3 rows (over 7, at dilation 3), where the input has 5; it must be at most 2",
    ),
    ("conv2d", [X, W, B], {"stride": 0}, r"stride must be an integer ≥ 1, got 0"),
    ("conv2d", [X, W, B], {"stride": (1, -2)}, r"stride[1] must be an integer ≥ 1, got -2"),
    ("conv2d", [X, W, B], {"stride": 1.0}, r"stride must be an integer ≥ 1, got 1.0"),
    ("conv2d", [X, W, B], {"stride": float("nan")}, r"stride must be an integer ≥ 1, got nan"),
    ("conv2d", [X, W, B], {"stride": True}, r"stride must be an integer ≥ 1, got True"),
    ("conv2d", [X, W, B], {"stride": None}, r"stride must be an integer ≥ 1, got None"),
    (
        "conv2d",
        [X, W, B],
        {"stride": (1, 2, 3)},
        r"stride must be an integer or a pair (rows, columns), got (1, 2, 3)",
    ),
    ("conv2d", [X, W, B], {"pad": -1}, r"pad must be an integer ≥ 0, got -1"),
    ("conv2d", [X, W, B], {"pad": "same"}, r"pad must be an integer ≥ 0, got 'same'"),
    ("conv2d", [X, W, B], {"pad": ((1, 1), (1, -1))}, r"pad[1][1] must be an integer ≥ 0, got -1"),
    ("conv2d", [X, W, B], {"dilation": 0}, r"dilation must be an integer ≥ 1, got 0"),
    ("conv2d", [X, W, B], {"groups": 0}, r"groups must be an integer ≥ 1, got 0"),
    ("conv2d", [X, W, B], {"groups": 3}, r"groups must be a divisor of the 2 filters of w, got 3"),
    (
        "conv2d",
        [X, ones(3, 3, 4, 3), ones(3)],
        {"groups": 3},
        r"groups must be a divisor of the 4 channels of x, got 3",
    ),
    ("conv2d", [X, W, B], {"groups": 2}, r"w must have shape (KH, KW, 2, F) in each of 2 groups"),
    ("conv2d", [X + 1j, W, B], {}, r"x must hold "),
    ("conv2d", [X, W.astype(str), B], {}, r"w must hold "),
    ("conv2d", [X, W, [None, None]], {}, r"b must hold "),
    ("conv2d", [X, W, None], {}, r"b must be an array of "),
    ("conv2d", [X, {"filters": 2}, B], {}, r"w must be an array of "),
    ("conv2d", [X, W, (n for n in range(2))], {}, r"b must be an array of "),
    ("conv2d", [Refusing(), W, B], {}, r"x cannot become a NumPy array: call .detach() first"),
    ("conv2d", [X, W, B], {"stride": {1, 2}}, r"stride must be an integer ≥ 1, got {1, 2}"),
    ("conv2d", [X, W, B], {"stride": np.array(2.0)}, r"stride must be an integer ≥ 1, got "),
    ("conv2d", [X, W, B], {"pad": (1, 1, 1, 1)}, r"pad must be an integer, (rows, columns) or"),
    ("conv2d", [X, W, B], {"groups": "2"}, r"groups must be an integer ≥ 1, got '2'"),
    # What is in PyTorch's layout is suspected of it, where it fits so and not as it is.
    (
        "conv2d",
        [ones(1, 3, 28, 28), ones(3, 3, 3, 8), ones(8)],
        {},
        f"w must have shape (KH, KW, 28, F), got (3, 3, 3, 8): x has 28 channels{NCHW}",
    ),
    (
        "conv2d",
        [ones(1, 28, 28, 3), ones(8, 3, 3, 3), ones(8)],
        {},
        f"b must have shape (3,) = (F,), got (8,){OIHW}",
    ),
    (
        "conv2d",
        [ones(1, 28, 28, 3), ones(8, 3, 5, 5), ones(8)],
        {},
        f"got (8, 3, 5, 5): x has 3 channels{OIHW}",
    ),
    (
        "conv2d",
        [ones(1, 3, 28, 28), ones(8, 3, 5, 5), ones(8)],
        {},
        f"got (8, 3, 5, 5): x has 28 channels{NCHW}{OIHW}",
    ),
    (
        "conv2d",
        [ones(1, 4, 28, 28), ones(8, 2, 6, 6), ones(8)],
        {"groups": 2},
        f"2 groups, got (8, 2, 6, 6): x has 28 channels{NCHW}{OIHW}",
    ),
    (
        "conv2d_backward",
        [ones(1, 26, 26, 8), ones(1, 28, 28, 3), ones(8, 3, 3, 3)],
        {},
        f"(1, 21, 26, 3) = (N, OH, OW, F), got (1, 26, 26, 8){OIHW}",
    ),
    ("max_pool2d", [ones(2, 1, 28, 28)], {}, f"size must be at most 1 (the rows of x), got 2{NCHW}"),
    ("conv2d", [[[1.0], [1.0, 2.0]], W, B], {}, r"x must be an array, got rows of different lengths"),
    (
        "conv2d_backward",
        [ones(2, 3, 3, 2), X, W],
        {},
        r"dout must have shape (2, 3, 4, 2) = (N, OH, OW, F), got (2, 3, 3, 2)",
    ),
    (
        "conv2d_transpose",
        [X, W, B],
        {},
        r"w must have shape (KH, KW, C, 4), got (3, 3, 4, 2): x has 4 channels",
    ),
    ("conv2d_transpose", [X, ones(3, 3, 2, 4), ones(3)], {}, r"b must have shape (2,) = (C,), got (3,)"),
    (
        "conv2d_transpose",
        [X, ones(3, 3, 2, 4), B],
        {"output_pad": 1},
        r"output_pad must be less than the stride, 1, got 1",
    ),
    (
        "conv2d_transpose",
        [X, ones(3, 3, 2, 4), B],
        {"pad": 4},
        r"pad must cut off less than 7 cells in all, got 8",
    ),
    (
        "conv2d_transpose_backward",
        [X, X, ones(3, 3, 2, 4)],
        {},
        r"dout must have shape (2, 7, 8, 2) =",
    ),
    ("max_pool2d", [X], {"size": 0}, r"size must be an integer ≥ 1, got 0"),
    ("max_pool2d", [X], {"size": (6, 2)}, r"size must be at most 5 (the rows of x), got (6, 2)"),
    ("avg_pool2d", [X], {"size": 7}, r"size must be at most 5 (the rows of x), got 7"),
    ("avg_pool2d", [X], {"stride": 0}, r"stride must be an integer ≥ 1, got 0"),
    ("max_pool2d", [X[0]], {}, r"x must have shape (N, H, W, C), got (5, 6, 4)"),
    (
        "max_pool2d_backward",
        [X, X],
        {},
        r"dout must have shape (2, 2, 3, 4) = (N, OH, OW, C), got (2, 5, 6, 4)",
    ),
    (
        "avg_pool2d_backward",
        [X, X],
        {},
        r"dout must have shape (2, 2, 3, 4) = (N, OH, OW, C), got (2, 5, 6, 4)",
    ),
    ("global_max_pool2d", [X[0]], {}, r"x must have shape (N, H, W, C), got (5, 6, 4)"),
    ("global_max_pool2d_backward", [B, X], {}, r"dout must have shape (2, 4) = (N, C), got (2,)"),
    ("global_avg_pool2d_backward", [B, X], {}, r"dout must have shape (2, 4) = (N, C), got (2,)"),
    ("dense", [X, ones(4, 2), B], {}, r"x must have shape (N, D), got (2, 5, 6, 4)"),
    ("dense", [ones(2, 3), ones(4, 2), B], {}, r"w must have shape (3, M) = (D, M), got (4, 2)"),
    ("dense", [ones(2, 4), ones(4, 2), ones(4)], {}, r"b must have shape (2,) = (M,), got (4,)"),
    (
        "dense_backward",
        [ones(2, 4), ones(2, 4), ones(4, 2)],
        {},
        r"dout must have shape (2, 2) = (N, M), got (2, 4)",
    ),
    ("relu", ["abc"], {}, r"x must hold "),
    ("relu_backward", [ones(2), ones(3)], {}, r"dout must have shape (3,) = the shape of x, got (2,)"),
    ("softmax", [1.0], {}, r"scores must have shape (..., M), with M at least 1, got ()"),
    (
        "softmax_cross_entropy",
        [ones(0, 3), []],
        {},
        r"scores must have shape (N, M), each at least 1, got (0, 3)",
    ),
    ("softmax_cross_entropy", [ones(2, 3), [0.0, 1.0]], {}, r"labels must hold integers, got float64"),
    ("softmax_cross_entropy", [ones(2, 3), [0, float("nan")]], {}, r"labels must hold integers, got float64"),
    ("softmax_cross_entropy", [ones(2, 3), [0]], {}, r"labels must have shape (2,) = (N,), got (1,)"),
    (
        "softmax_cross_entropy",
        [ones(2, 3), [0, 3]],
        {},
        r"labels[1] must be 0 to 2, got 3: scores has 3 columns",
    ),
    (
        "softmax_cross_entropy",
        [ones(2, 3), [-1, 0]],
        {},
        r"labels[0] must be 0 to 2, got -1: scores has 3 columns",
    ),
    ("zero_pad", [X, -1], {}, r"pad must be an integer ≥ 0, got -1"),
]


@both
@pytest.mark.parametrize(("name", "arrays", "keywords", "message"), REFUSED)
def test_what_does_not_fit_is_refused_with_the_argument_what_it_was_and_what_would_fit(
    kernels: ModuleType, name: str, arrays: list[Any], keywords: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        getattr(kernels, name)(*arrays, **keywords)


@both
def test_no_layout_is_suspected_where_another_argument_is_at_fault(kernels: ModuleType) -> None:
    square = ones(1, 3, 3, 3)
    for arrays, keywords in (
        ([square, ones(3, 3, 3, 3), ones(3)], {"stride": 0}),
        ([X, ones(3, 3, 7, 2), B], {}),
    ):
        with pytest.raises(ValueError, match=r" must .*, got ") as refusal:
            kernels.conv2d(*arrays, **keywords)
        assert "PyTorch" not in str(refusal.value)


def test_numbers_of_the_other_byte_order_keep_their_precision() -> None:
    x = np.arange(16, dtype=">f4").reshape(1, 4, 4, 1)
    assert convlib.fast.max_pool2d(x).dtype == np.float32
    assert convlib.fast.max_pool2d(x)[0, :, :, 0].tolist() == [[5, 7], [13, 15]]


@both
def test_an_array_of_one_number_is_a_stride(kernels: ModuleType) -> None:
    assert kernels.conv2d(X, W, B, stride=np.array(2)).shape == (2, 2, 2, 2)
    assert kernels.conv2d(X, W, B, stride=np.array([2, 1])).shape == (2, 2, 4, 2)


def test_fast_refuses_floats_that_it_could_not_keep() -> None:
    with pytest.raises(ValueError, match="x must hold float32 or float64, got float16"):
        convlib.fast.relu(np.ones(3, np.float16))
    assert convlib.reference.relu(np.ones(3, np.float16)).dtype == np.float64


@both
def test_integers_count_as_float64(kernels: ModuleType) -> None:
    x = np.arange(16).reshape(1, 4, 4, 1)
    assert kernels.max_pool2d(x)[0, :, :, 0].tolist() == [[5, 7], [13, 15]]
    assert kernels.avg_pool2d(x).dtype == np.float64
