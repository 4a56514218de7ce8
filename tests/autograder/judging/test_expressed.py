"""A function that can express a part of its exercise is told so first, then what is wrong in that part."""

from __future__ import annotations

import pytest

from autograder import judge
from support.wrong_answers import defined

SQUARE_MAXIMUM = """\
def max_pool2d(x, size=2, stride=None):
    if stride is None:
        stride = size
    N, H, W, C = x.shape
    OH, OW = (H - size) // stride + 1, (W - size) // stride + 1
    out = np.zeros((N, OH, OW, C))
    for n, i, j, c in np.ndindex(out.shape):
        best = 0
        for value in x[n, i * stride : i * stride + size, j * stride : j * stride + size, c].flat:
            if value > best:
                best = value
        out[n, i, j, c] = best
    return out
"""
SQUARE_TABLE = """\
def im2col(x, kernel, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    OH, OW = (x.shape[1] - kernel) // stride + 1, (x.shape[2] - kernel) // stride + 1
    rows = [x[n, i : i + kernel, j : j + kernel].ravel() for n, i, j in np.ndindex(len(x), OH, OW)]
    return np.array(rows)
"""
SQUARE_GRADIENT = """\
def max_pool2d_backward(dout, x, size=2, stride=None):
    stride = stride or size
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, top : top + size, left : left + size, c]
        a, b = np.unravel_index(window.argmax(), window.shape)
        dx[n, top + a, left + b, c] = dout[n, i, j, c]
    return dx
"""
PAIRS_MEAN = """\
def avg_pool2d(x, size=2, stride=None):
    kh, kw = size
    sh, sw = (kh, kw) if stride is None else (stride, stride)
    N, H, W, C = x.shape
    out = np.zeros((N, (H - kh) // sh + 1, (W - kw) // sw + 1, C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            window = x[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[:, i, j] = window.sum(axis=(1, 2)) / kh**2
    return out
"""
STRIDE_GIVEN = """\
def max_pool2d(x, size=2, stride=None):
    kh, kw = (size, size) if isinstance(size, int) else size
    N, H, W, C = x.shape
    out = np.zeros((N, (H - kh) // stride + 1, (W - kw) // stride + 1, C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw].min(axis=(1, 2))
    return out
"""


@pytest.mark.usefixtures("names_alone")
@pytest.mark.parametrize(
    ("exercise", "source", "first", "bug"),
    [
        ("max_pool2d", SQUARE_MAXIMUM, "With a pair for size", "running_max_starts_at_zero"),
        ("im2col", SQUARE_TABLE, "With a pair for kernel", "window_start_ignores_stride"),
        ("max_pool2d_backward", SQUARE_GRADIENT, "With a pair for size", "cell_assigned"),
        ("avg_pool2d", PAIRS_MEAN, "With one number for size", "divides_by_height_squared"),
        ("max_pool2d", STRIDE_GIVEN, "Where stride is left out", "minimum_instead"),
    ],
)
def test_a_bug_is_named_where_the_function_can_be_asked_and_the_rest_is_said_first(
    exercise: str, source: str, first: str, bug: str
) -> None:
    verdict = judge(exercise, defined(exercise, source), source=source)
    assert verdict.bugs == [bug]
    assert verdict.message.startswith(f"{first} your function stops")
    assert verdict.case is not None
    assert not verdict.case.raised  # the smallest case is one that the function can be asked


def test_a_function_that_is_right_in_its_part_hears_of_the_rest_alone() -> None:
    source = SQUARE_MAXIMUM.replace("best = 0", "best = -np.inf")
    verdict = judge("max_pool2d", defined("max_pool2d", source), source=source)
    assert not verdict.bugs
    assert "something else is wrong" not in verdict.message
    assert [line.name for line in verdict.requirements if not line.passed] == ["rectangular windows"]
