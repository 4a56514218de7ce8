"""How wrong a network's scores are."""

from __future__ import annotations

import numpy as np

from convlib._arrays import Array, check_labels, expect_shape, same_float


def softmax_cross_entropy(scores: Array, labels: Array) -> tuple[float, Array]:
    """As `convlib.reference.softmax_cross_entropy`; the loss is a float, dscores keeps the dtype."""
    (scores,) = same_float(scores=scores)
    expect_shape("scores", scores, "N, M", None, None)
    N, M = scores.shape
    labels = check_labels(labels, N, M)
    right = np.arange(N), labels
    dscores = scores - scores.max(axis=1, keepdims=True)
    of_right = dscores[right]
    np.exp(dscores, out=dscores)
    total = dscores.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - of_right)
    dscores /= total
    dscores[right] -= 1
    dscores /= N
    return float(loss), dscores
