"""What the kernels' tests draw: geometries small enough for loops, odd enough to break them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from convlib.shapes import slide, transposed_size


@dataclass(frozen=True)
class Conv:
    """A convolution's input, filters and numbers; the arrays come from `seed`."""

    x_shape: tuple[int, int, int, int]
    w_shape: tuple[int, int, int, int]
    out_shape: tuple[int, int, int, int]
    keywords: dict[str, Any]
    seed: int

    def arrays(self, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return x, w, b, dout."""
        rng = np.random.default_rng(self.seed)
        x: np.ndarray = rng.normal(size=self.x_shape).astype(dtype)
        w: np.ndarray = rng.normal(size=self.w_shape).astype(dtype)
        b: np.ndarray = rng.normal(size=self.out_shape[3:]).astype(dtype)
        return x, w, b, rng.normal(size=self.out_shape).astype(dtype)


@dataclass(frozen=True)
class Pool:
    """A pool's input and numbers; `ties` draws from few values, so that windows hold their maximum twice."""

    x_shape: tuple[int, int, int, int]
    out_shape: tuple[int, int, int, int]
    size: tuple[int, int]
    stride: tuple[int, int] | None
    ties: bool
    seed: int

    def arrays(self, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
        """Return x, dout."""
        rng = np.random.default_rng(self.seed)
        x = rng.integers(0, 3, self.x_shape) if self.ties else rng.normal(size=self.x_shape)
        return x.astype(dtype), rng.normal(size=self.out_shape).astype(dtype)


SEEDS = st.integers(0, 2**32 - 1)


def pairs(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def convolutions(draw: st.DrawFn, most_batch: int = 2, most: int = 8) -> Conv:
    groups = draw(st.integers(1, 3))
    C, F = draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    kernel = draw(pairs(1, 4))
    pad, stride, dilation = draw(pairs(0, 3)), draw(pairs(1, 4)), draw(pairs(1, 3))

    def side(axis: int) -> int:
        span = dilation[axis] * (kernel[axis] - 1) + 1
        return draw(st.integers(max(1, span - 2 * pad[axis]), max(most, span)))

    image = side(0), side(1)
    N = draw(st.integers(1, most_batch))
    rows, columns = slide(image, kernel, stride, pad, dilation)
    return Conv(
        (N, *image, C * groups),
        (*kernel, C, F),
        (N, rows.out, columns.out, F),
        {"stride": stride, "pad": pad, "dilation": dilation, "groups": groups},
        draw(SEEDS),
    )


@st.composite
def transposed_convolutions(draw: st.DrawFn) -> Conv:
    groups = draw(st.integers(1, 3))
    C, F = draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    kernel, image = draw(pairs(1, 4)), draw(pairs(1, 5))
    pad, stride, dilation = draw(pairs(0, 3)), draw(pairs(1, 4)), draw(pairs(1, 3))
    output_pad = draw(st.tuples(*(st.integers(0, s - 1) for s in stride)))
    full = [
        transposed_size(*numbers)
        for numbers in zip(image, kernel, stride, (0, 0), dilation, output_pad, strict=True)
    ]
    assume(all(size > 2 * p for size, p in zip(full, pad, strict=True)))
    N = draw(st.integers(1, 2))
    out = full[0] - 2 * pad[0], full[1] - 2 * pad[1]
    keywords = {
        "stride": stride,
        "pad": pad,
        "dilation": dilation,
        "groups": groups,
        "output_pad": output_pad,
    }
    return Conv((N, *image, F), (*kernel, C, F), (N, *out, C * groups), keywords, draw(SEEDS))


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    size = draw(pairs(1, 4))
    stride = draw(st.none() | pairs(1, 5))
    image = draw(st.integers(size[0], 10)), draw(st.integers(size[1], 10))
    N, C = draw(st.integers(1, 2)), draw(st.integers(1, 4))
    rows, columns = slide(image, size, stride or size)
    return Pool((N, *image, C), (N, rows.out, columns.out, C), size, stride, draw(st.booleans()), draw(SEEDS))
