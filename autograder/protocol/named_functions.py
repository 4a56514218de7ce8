"""Functions that a probe may pass by name: both sides of the sandbox know these and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _sum_of_squares(x: Any) -> Any:
    return np.sum(np.square(x))


def _weighted_sine(x: Any) -> Any:
    weights = 1.0 + np.arange(np.size(x)).reshape(np.shape(x))
    return np.sum(weights * np.sin(x))


def _product_of_neighbours(x: Any) -> Any:
    flat = np.ravel(x)
    return np.sum(flat[:-1] * flat[1:]) + np.sum(flat)


def _line_loss(params: Any, x: Any, y: Any) -> Any:
    """Mean squared error of a line, and its gradients."""
    error = x @ params["w"] + params["b"] - y
    return np.mean(error**2), {"w": 2 * x.T @ error / len(y), "b": np.array([2 * np.mean(error)])}


def _which_examples(params: Any, x: Any, y: Any) -> Any:
    """A loss that tells which numbered examples a batch holds; -1 where labels are another example's."""
    numbers, labels = np.ravel(x), np.ravel(y)
    together = len(numbers) == len(labels) and bool(np.all(numbers == labels))
    loss = float(np.sum(2.0**numbers)) if together else -1.0
    return loss, {name: np.zeros_like(value) for name, value in params.items()}


def _row_differences(x: Any) -> Any:
    """A valid correlation down the rows: it moves along with its input."""
    return x[:, 1:] - x[:, :-1]


def _brighter_below(x: Any) -> Any:
    """Each row times its number: it knows where it is."""
    return x * np.arange(1.0, 1.0 + x.shape[1])[:, None, None]


def _darker_above(x: Any) -> Any:
    """Each row less half of the one above it, 0 at the top: it moves along, and reads what came in."""
    above = np.zeros_like(x)
    above[:, 1:] = x[:, :-1]
    return x - 0.5 * above


def _row_products(x: Any) -> Any:
    return np.sum(np.prod(x, axis=-1)) + np.sum(np.prod(x, axis=0) ** 2)


def _every_second_row(x: Any) -> Any:
    """A stride of 2 down the rows."""
    return x[:, ::2]


def _curvature(x: Any, scores: int) -> Any:
    """A small whole number, for each score and each cell of an image: (scores, H, W, C)."""
    cells = np.arange(1, 1 + int(np.prod(x.shape[1:]))).reshape(x.shape[1:])
    return np.stack([cells * (k + scores - 1) % 7 - 3.0 for k in range(scores)])


def _scores(x: Any, scores: int) -> Any:
    """Scores of each image, half of a weighted sum of squares: (N, H, W, C) to (N, scores)."""
    return 0.5 * np.einsum("nhwc,khwc->nk", np.square(x), _curvature(x, scores))


def _scores_backward(dscores: Any, x: Any, scores: int) -> Any:
    """The backward pass of _scores: (N, scores) and (N, H, W, C) to (N, H, W, C)."""
    return np.einsum("nk,khwc->nhwc", dscores, _curvature(x, scores)) * x


def _three_scores(x: Any) -> Any:
    return _scores(x, 3)


def _three_scores_backward(dscores: Any, x: Any) -> Any:
    return _scores_backward(dscores, x, 3)


def _four_scores(x: Any) -> Any:
    return _scores(x, 4)


def _four_scores_backward(dscores: Any, x: Any) -> Any:
    return _scores_backward(dscores, x, 4)


named_functions: dict[str, Callable[..., Any]] = {
    "sum_of_squares": _sum_of_squares,
    "weighted_sine": _weighted_sine,
    "product_of_neighbours": _product_of_neighbours,
    "row_products": _row_products,
    "row_differences": _row_differences,
    "brighter_below": _brighter_below,
    "darker_above": _darker_above,
    "every_second_row": _every_second_row,
    "line_loss": _line_loss,
    "which_examples": _which_examples,
    "three_scores": _three_scores,
    "three_scores_backward": _three_scores_backward,
    "four_scores": _four_scores,
    "four_scores_backward": _four_scores_backward,
}
