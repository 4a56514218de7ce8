"""How wrong a network's scores are."""

from __future__ import annotations

import numpy as np

from convlib._arrays import Array, check_labels, expect_shape, float64
from convlib.reference.activations import softmax


def softmax_cross_entropy(scores: Array, labels: Array) -> tuple[float, Array]:
    """Average the surprise, -log(probability of the right class), over a batch; with its gradient.

    Args:
        scores: (N, M) one row of scores an example.
        labels: (N,) the right column of each, integers from 0 to M - 1.

    Returns:
        loss, a number; dscores (N, M) = (softmax(scores) - one-hot labels) / N.

    Raises:
        ValueError: no examples, as many labels as examples are not there, or a label that is no column.
    """
    (scores,) = float64(scores=scores)
    expect_shape("scores", scores, "N, M", None, None)
    N, M = scores.shape
    labels = check_labels(labels, N, M)
    dscores = softmax(scores)
    loss = 0.0
    for n in range(N):
        # log(sum of exp) rather than log(softmax): a probability too small for a float has a finite surprise.
        highest = scores[n].max()
        loss += highest + np.log(np.sum(np.exp(scores[n] - highest))) - scores[n, labels[n]]
        dscores[n, labels[n]] -= 1
    return float(loss / N), dscores / N
