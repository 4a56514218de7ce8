"""What stands between layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convlib._arrays import Array, expect_shape, expect_some_scores, same_float
from convlib.fast._strips import BLOCK_BYTES
from convlib.fast._workers import ADDITION, share_out


def relu(x: Array) -> Array:
    """As `convlib.reference.relu`."""
    (x,) = same_float(x=x)
    out = np.empty_like(x)

    def work(examples: Any) -> None:
        np.maximum(x[examples], 0, out=out[examples])

    _in_blocks(x, work)
    return out


def relu_backward(dout: Array, x: Array) -> Array:
    """As `convlib.reference.relu_backward`."""
    dout, x = same_float(dout=dout, x=x)
    expect_shape("dout", dout, "the shape of x", *x.shape)
    dx = np.empty_like(dout)
    bits = np.dtype(f"i{dx.itemsize}")

    def work(examples: Any) -> None:
        # Masks of -1, every bit set, and 0 select the bits of dout: infinity times false would be NaN.
        mask = np.asarray(x[examples] > 0).view(np.int8)
        np.negative(mask, out=mask)
        np.bitwise_and(dout[examples].view(bits), mask, out=dx[examples].view(bits))

    _in_blocks(x, work)
    return dx


def softmax(scores: Array) -> Array:
    """As `convlib.reference.softmax`."""
    (scores,) = same_float(scores=scores)
    expect_some_scores(scores)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers  # type: ignore[no-any-return]


def _in_blocks(x: Array, work: Callable[[Any], None]) -> None:
    """Call `work` on indices that cover x: blocks that stay in the cache, shared among threads."""
    if x.ndim == 0:
        work(...)
        return
    depth = max(BLOCK_BYTES // max(x[:1].nbytes, 1), 1)

    def part(examples: slice) -> None:
        for start in range(examples.start, examples.stop, depth):
            work(slice(start, min(start + depth, examples.stop)))

    share_out(len(x), x.size * ADDITION, part)
