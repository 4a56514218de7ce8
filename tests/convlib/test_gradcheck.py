"""Measured gradients against known ones, and the effective receptive field against the arithmetic one."""

from __future__ import annotations

import numpy as np
import pytest

from convlib.fast import conv2d, conv2d_backward
from convlib.gradcheck import effective_receptive_field, numeric_gradient, relative_error
from convlib.shapes import receptive_box


@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3, 4)])
def test_the_measured_gradient_of_a_cubic_is_three_times_the_square(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    before = x.copy()
    gradient = numeric_gradient(lambda a: float(np.sum(a**3)), x)
    np.testing.assert_allclose(gradient, 3 * x**2, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(x, before)


def test_large_numbers_are_moved_by_a_step_that_rounding_does_not_swallow() -> None:
    x = np.array([1e12, -1e12])
    np.testing.assert_allclose(numeric_gradient(lambda a: float(np.sum(a**2)), x), 2 * x, rtol=1e-6)


def test_a_step_that_leads_nowhere_is_refused() -> None:
    for step in (0.0, -1e-3, float("nan")):
        with pytest.raises(ValueError, match="step must be"):
            numeric_gradient(lambda a: float(a), np.zeros(()), step)


def test_relative_error_is_relative_to_the_largest_number() -> None:
    assert relative_error(np.array([10.0, 0.0]), np.array([10.0, 1.0])) == pytest.approx(0.1)
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    with pytest.raises(ValueError, match="b must have shape"):
        relative_error(np.zeros(3), np.zeros(2))


def test_the_effective_receptive_field_lies_in_the_box_and_fades_towards_its_border() -> None:
    layers = [{"kernel": 3, "pad": 1}] * 4
    rng = np.random.default_rng(0)
    filters = [rng.uniform(0, 1, size=(3, 3, 4, 4)) for _ in layers]
    inputs: list[np.ndarray] = []

    def forward(x: np.ndarray) -> np.ndarray:
        inputs.clear()
        for w in filters:
            inputs.append(x)
            x = conv2d(x, w, np.zeros(4), pad=1)
        return x

    def backward(dout: np.ndarray) -> np.ndarray:
        for x, w in zip(reversed(inputs), reversed(filters), strict=True):
            dout, _, _ = conv2d_backward(dout, x, w, pad=1)
        return dout

    x = rng.normal(size=(2, 15, 15, 4))
    field = effective_receptive_field(forward, backward, x, 7, 7)
    assert field.shape == (15, 15)
    assert field.max() == 1
    top, bottom, left, right = receptive_box(layers, 7, 7)
    outside = field.copy()
    outside[top : bottom + 1, left : right + 1] = 0
    assert not outside.any()
    assert field[7, 7] > 0.9
    assert field[top, left] < 0.05
    # What lies within half the box's side already holds most of the gradient: a Gaussian, not a plateau.
    assert field[5:10, 5:10].sum() > 0.6 * field.sum()
    with pytest.raises(ValueError, match="j must be from 0 to 14, got 15"):
        effective_receptive_field(forward, backward, x, 7, 15)
