"""Sizes, counts and receptive fields: by hand, by the publishers' tables, by what a real network sees."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlib import shapes
from convlib.fast import conv2d, conv2d_backward

small = st.integers(1, 12)


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((32, 5), 28),
        ((7, 3, 1), 5),
        ((7, 3, 2), 3),
        ((8, 3, 2), 3),  # one column is left unread
        ((227, 11, 4), 55),
        ((16, 3, 1, 1), 16),
        ((16, 3, 1, (0, 2)), 16),
        ((7, 3, 1, 0, 3), 1),
    ],
)
def test_output_sizes_that_one_can_count(arguments: tuple[Any, ...], size: int) -> None:
    assert shapes.output_size(*arguments) == size


@given(small, small, small, st.integers(0, 4), st.integers(1, 3))
def test_output_size_counts_the_windows_that_fit(
    n: int, k: int, stride: int, pad: int, dilation: int
) -> None:
    starts = range(0, n + 2 * pad - dilation * (k - 1), stride)
    if starts:
        assert shapes.output_size(n, k, stride, pad, dilation) == len(starts)
    else:
        with pytest.raises(ValueError, match="k is larger than the padded input"):
            shapes.output_size(n, k, stride, pad, dilation)


@given(st.integers(1, 40), small, st.integers(1, 5), st.integers(1, 3))
def test_same_padding_gives_the_output_its_size_and_puts_the_odd_zero_behind(
    n: int, k: int, stride: int, dilation: int
) -> None:
    before, after = shapes.same_padding(n, k, stride, dilation)
    assert after - before in (0, 1)
    out = math.ceil(n / stride)
    if before + after > 0:
        assert shapes.output_size(n, k, stride, (before, after), dilation) == out
        # One zero less, and a window would be missing.
        if n + before + after > dilation * (k - 1) + 1:
            assert shapes.output_size(n, k, stride, (before, after - 1), dilation) == out - 1
    else:
        assert shapes.output_size(n, k, stride, 0, dilation) == out


@given(small, small, st.integers(1, 5), st.integers(0, 3), st.integers(1, 3), st.data())
def test_transposed_size_undoes_output_size(
    n: int, k: int, stride: int, pad: int, dilation: int, data: st.DataObject
) -> None:
    more = data.draw(st.integers(0, stride - 1))
    full = (n - 1) * stride + dilation * (k - 1) + 1 + more
    if full <= 2 * pad:
        with pytest.raises(ValueError, match="pad must cut off"):
            shapes.transposed_size(n, k, stride, pad, dilation, more)
    else:
        size = shapes.transposed_size(n, k, stride, pad, dilation, more)
        assert shapes.output_size(size, k, stride, pad, dilation) == n


def test_parameter_counts_of_the_notes() -> None:
    assert shapes.count_dense_parameters([2, 4, 1]) == 17
    assert shapes.count_conv_parameters(5, 3, 5) == 380
    assert shapes.count_conv_parameters((5, 5), 3, 1) == 76
    assert shapes.count_conv_parameters(3, 20, 1) == 181
    assert shapes.count_conv_parameters(11, 3, 96) == 34_944
    assert shapes.count_locally_connected_parameters(11, 3, 96, 55) == 105_705_600
    assert shapes.count_locally_connected_parameters((2, 3), 1, 2, (4, 5)) == 4 * 5 * 2 * 7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapes.output_size(0, 3), "n must be an integer ≥ 1, got 0"),
        (lambda: shapes.output_size(5, 3, 0), "stride must be an integer ≥ 1, got 0"),
        (lambda: shapes.output_size(5, 3, 1, -1), "pad must be an integer ≥ 0, got -1"),
        (lambda: shapes.output_size(5, 3.5), "k must be an integer ≥ 1, got 3.5"),
        (lambda: shapes.output_size(float("nan"), 3), "n must be an integer ≥ 1, got nan"),
        (lambda: shapes.same_padding(5, 3, 0), "stride must be an integer ≥ 1, got 0"),
        (
            lambda: shapes.transposed_size(5, 3, 2, 0, 1, 2),
            "output_pad must be less than the stride, 2, got 2",
        ),
        (lambda: shapes.count_dense_parameters([3]), r"sizes must be two or more .*, got \[3\]"),
        (lambda: shapes.count_dense_parameters([3, 0]), r"sizes\[1\] must be an integer ≥ 1, got 0"),
        (lambda: shapes.count_conv_parameters(3, 0, 1), "channels must be an integer ≥ 1, got 0"),
        (
            lambda: shapes.receptive_field([{"stride": 2}]),
            r"layers\[0\] is \{'stride': 2\}; it needs a kernel",
        ),
        (lambda: shapes.receptive_field([{"kernel": 3, "size": 2}]), r"layers\[0\] may have .*, got 'size'"),
        (
            lambda: shapes.receptive_field([{"kernel": 3}, {"kernel": 0}]),
            r"layers\[1\] kernel must be an integer ≥ 1, got 0",
        ),
        (lambda: shapes.receptive_box([{"kernel": 3}], -1, 0), "i must be an integer ≥ 0, got -1"),
        (lambda: shapes.receptive_field([], 2), r"axis must be 0 \(rows\) or 1 \(columns\), got 2"),
    ],
)
def test_numbers_that_fit_nothing_are_refused_by_name(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_receptive_fields_that_one_can_count() -> None:
    assert shapes.receptive_field([]) == (1, 1)
    assert shapes.receptive_field([{"kernel": 3}] * 3) == (7, 1)
    assert shapes.receptive_field([{"kernel": 3}, {"kernel": 2, "stride": 2}, {"kernel": 3}]) == (8, 2)
    assert shapes.receptive_field([{"kernel": 3, "dilation": d} for d in (1, 2, 4)]) == (15, 1)
    assert shapes.receptive_field([{"kernel": (1, 5), "stride": (1, 2)}], axis=1) == (5, 2)
    assert shapes.receptive_box([{"kernel": 3, "pad": 1}], 0, 2) == (-1, 1, 1, 3)
    assert shapes.receptive_start([{"kernel": 3, "pad": 1}] * 4) == 0
    assert shapes.receptive_start([{"kernel": 2, "stride": 2}]) == 0.5


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        # AlexNet v2 and VGG 16 up to the last pool, as Araujo, Norris & Sim list them in their table.
        (
            [(11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0)],
            (195, 32),
        ),
        (
            [*[(3, 1, 1)] * 2, (2, 2, 0), *[(3, 1, 1)] * 2, (2, 2, 0)] + [*[(3, 1, 1)] * 3, (2, 2, 0)] * 3,
            (212, 32),
        ),
    ],
)
def test_receptive_fields_of_known_networks(
    layers: list[tuple[int, int, int]], size: tuple[int, int]
) -> None:
    stack = [{"kernel": kernel, "stride": stride, "pad": pad} for kernel, stride, pad in layers]
    assert shapes.receptive_field(stack) == size


@st.composite
def layer(draw: st.DrawFn) -> dict[str, Any]:
    def two(low: int, high: int) -> tuple[int, int]:
        return draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    return {"kernel": two(1, 4), "stride": two(1, 3), "pad": two(0, 2), "dilation": two(1, 2)}


def gradient_of_cell(layers: list[dict[str, Any]], shape: tuple[int, int], i: int, j: int) -> np.ndarray:
    """Return the gradient of output cell (i, j) in a real network with these layers and positive weights."""
    inputs = [np.ones((1, *shape, 1))]
    filters = [np.ones((*layer["kernel"], 1, 1)) for layer in layers]
    numbers = [{name: value for name, value in layer.items() if name != "kernel"} for layer in layers]
    for w, keywords in zip(filters, numbers, strict=True):
        inputs.append(conv2d(inputs[-1], w, np.zeros(1), **keywords))
    gradient = np.zeros_like(inputs[-1])
    gradient[0, i, j, 0] = 1
    for x, w, keywords in reversed(list(zip(inputs[:-1], filters, numbers, strict=True))):
        gradient, _, _ = conv2d_backward(gradient, x, w, **keywords)
    return gradient[0, :, :, 0]


@settings(max_examples=100, deadline=None)
@given(st.lists(layer(), min_size=1, max_size=3), st.integers(0, 3))
def test_the_receptive_box_is_where_a_real_network_s_gradient_is_not_zero(
    layers: list[dict[str, Any]], slack: int
) -> None:
    # The first cell whose box lies inside the picture, along each axis, and a picture that just holds it.
    cell = []
    for axis in (0, 1):
        _, jump = shapes.receptive_field(layers, axis)
        first = shapes.receptive_box(layers, 0, 0)[2 * axis]
        cell.append(math.ceil(-first / jump))
    box = shapes.receptive_box(layers, *cell)
    seen = np.argwhere(gradient_of_cell(layers, (box[1] + 1 + slack, box[3] + 1 + slack), *cell))
    assert (*seen.min(axis=0), *seen.max(axis=0)) == (box[0], box[2], box[1], box[3])
    for axis in (0, 1):
        size, jump = shapes.receptive_field(layers, axis)
        first, last = box[2 * axis : 2 * axis + 2]
        assert size == last - first + 1
        assert shapes.receptive_start(layers, axis) + cell[axis] * jump == (first + last) / 2


def test_at_the_border_the_gradient_is_the_box_clipped_to_the_picture() -> None:
    layers = [
        {"kernel": (3, 3), "pad": (1, 1)},
        {"kernel": (2, 2), "stride": (2, 2)},
        {"kernel": (5, 5), "pad": (2, 2)},
    ]
    assert shapes.receptive_box(layers, 0, 3) == (-5, 6, 1, 12)
    seen = np.argwhere(gradient_of_cell(layers, (16, 16), 0, 3))
    assert seen.min(axis=0).tolist() == [0, 1]
    assert seen.max(axis=0).tolist() == [6, 12]
