"""Common exceptions and wrong kinds of result have a sentence and a question of their own."""

from __future__ import annotations

import linecache
import textwrap
from typing import Any

import numpy as np
import pytest

from autograder import judge

CASES: dict[str, tuple[str, str, str, str]] = {
    "None for an array": (
        "conv_matrix",
        "def conv_matrix(k, n):\n    print(k)",
        "hands over None",
        "print the result, or return it",
    ),
    "a cache beside the result": (
        "relu",
        "def relu(x):\n    return np.maximum(x, 0), x",
        "You return two values; only the first is asked for",
        "What does the exercise's text promise",
    ),
    "a generator": (
        "relu",
        "def relu(x):\n    yield np.maximum(x, 0)",
        "inside a list or tuple of one value: yield",
        "besides the result itself",
    ),
    "names of a dict for its arrays": (
        "sgd_step",
        "def sgd_step(params, grads, lr):\n    for p, g in zip(params, grads):\n        p -= lr * g",
        "What is multiplied there is no number: it is a text, a tuple or a list",
        "A loop over a dict gives its names",
    ),
    "a name of a dict and a number": (
        "sgd_step",
        "def sgd_step(params, grads, lr):\n    for p in params:\n        params[p] = p - lr",
        "A text is used as if it were a number",
        "A loop over a dict gives its names",
    ),
    "a text": (
        "relu",
        "def relu(x):\n    return f'{x}'",
        "A text stands where numbers belong",
        "inside that text",
    ),
    "a function": ("relu", "def relu(x):\n    return x.max", "You return the function itself", "parentheses"),
    "shapes that do not fit": (
        "relu_backward",
        "def relu_backward(dout, x):\n    return np.ones((17, 1, 19)) * np.ones(4)",
        "Two arrays meet there whose shapes do not fit: (",
        "which line made it",
    ),
    "three shapes that do not fit": (
        "relu",
        "def relu(x):\n    return np.where(np.ones(4) > 0, np.ones(4), np.ones(3))",
        "Arrays meet there whose shapes do not fit each other.",
        "Which of them has a shape",
    ),
    "an array of another shape added in place": (
        "relu",
        "def relu(x):\n    y = np.ones((2, 3))\n    y += np.ones(4)",
        "whose shapes do not fit: (2,3) on the left, (4,) on the right",
        "which line made it",
    ),
    "letters of unequal axes": (
        "relu",
        "def relu(x):\n    return np.einsum('ij,jk->ik', np.ones((2, 3)), np.ones((4, 5)))",
        "Axes that are paired there differ in length.",
        "how long is each",
    ),
    "more letters than axes": (
        "relu",
        "def relu(x):\n    return np.einsum('ijk->ik', np.ones((2, 3)))",
        "The letters do not fit the arrays",
        "how many letters",
    ),
    "axes of unequal length summed": (
        "relu",
        "def relu(x):\n    return np.tensordot(np.ones((2, 3)), np.ones((4, 5)), 1)",
        "each pair of them must have one length",
        "Which axes of the first array",
    ),
    "arrays of indices that do not fit": (
        "relu",
        "def relu(x):\n    return np.ones((5, 5))[np.arange(3), np.arange(4)]",
        "one has the shape (3,), the other (4,)",
        "does each index array name",
    ),
    "arrays joined that do not fit": (
        "relu",
        "def relu(x):\n    return np.concatenate([np.ones((2, 3)), np.ones((2, 4))])",
        "along axis 1 one has 3, another 4",
        "Which of the joined arrays",
    ),
    "parts of unequal shapes": (
        "relu",
        "def relu(x):\n    return np.stack([np.ones(3), np.ones(2)])",
        "The parts that are put into one array differ in shape",
        "Which part is cut short",
    ),
    "a list that nothing was put into": (
        "relu",
        "def relu(x):\n    return np.stack([])",
        "The list that becomes an array is empty",
        "Over which values",
    ),
    "np.dot for *": (
        "conv2d",
        "def conv2d(x, w, b, stride=1, pad=0):\n    return np.dot(x[0, :3, :2], w[..., 0])",
        "A matrix product adds up along the last axis",
        "each cell by the one number that lies on it",
    ),
    "@ for *": (
        "conv2d",
        "def conv2d(x, w, b, stride=1, pad=0):\n    return x[0, :3, :2] @ w[..., 0]",
        "A matrix product adds up along the last axis",
        "each cell by the one number that lies on it",
    ),
    "whole b for b[f]": (
        "conv2d",
        """
        def conv2d(x, w, b, stride=1, pad=0):
            out = np.zeros((1, 1, 1, w.shape[3]))
            out[0, 0, 0, 0] = np.zeros(3)
            return out
        """,
        "A whole array stands there where one number belongs",
        "which index picks one number",
    ),
    "size not unpacked": (
        "max_pool2d",
        "def max_pool2d(x, size=2, stride=None):\n    KH, KW = size\n    return x",
        "One number is unpacked as if it were a pair",
        "What does one number mean for the rows",
    ),
    "a pair as a number": (
        "im2col",
        "def im2col(x, kernel, stride=1, pad=0):\n    return np.zeros((x.shape[1] - (kernel, kernel)))",
        "A tuple or a list is used as if it were one number",
        "which of them is meant",
    ),
    "stride=None": (
        "max_pool2d",
        "def max_pool2d(x, size=2, stride=None):\n    return np.zeros((x.shape[1] - 2) // stride + 1)",
        "stride is None where the call leaves it out",
        "What does the exercise say that stride is",
    ),
    "a float as a size": (
        "relu",
        "def relu(x):\n    return np.zeros(len(x) / 1)",
        "A size or an index is a float",
        "Which division",
    ),
    "a missing import": (
        "relu",
        "def relu(x):\n    return math.fabs(x)",
        "The name math is not there",
        "first cell run by itself",
    ),
    "a name of nowhere": (
        "relu",
        "def relu(x):\n    return y",
        "No line that ran gives y a value",
        "nowhere",
    ),
    "a name set in one branch": (
        "relu",
        "def relu(x):\n    if x is None:\n        y = 0\n    return y",
        "gets its value in a line that did not run",
        "which line gives y its value",
    ),
    "an index beyond the end": (
        "relu",
        "def relu(x):\n    return x[1000]",
        "and counting begins at 0",
        "How far does the loop run",
    ),
    "a number indexed": (
        "relu",
        "def relu(x):\n    return len(x)[0]",
        "One number is indexed",
        "made it one",
    ),
    "other arguments": (
        "relu",
        "def relu():\n    return 0",
        "called with other arguments",
        "names and their order",
    ),
    "refused on purpose": (
        "output_size",
        "def output_size(n, k, stride=1, pad=0):\n    raise ValueError('no')",
        "Your own line refuses this call",
        "Which condition",
    ),
}


def judged(exercise: str, source: str) -> Any:
    """The verdict on a text, which is where a notebook would keep it."""
    source = textwrap.dedent(source).strip() + "\n"
    filename = f"<cell {exercise} {len(linecache.cache)}>"
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    space: dict[str, Any] = {"np": np}
    exec(compile(source, filename, "exec"), space)
    return judge(exercise, space[exercise], source=source)


@pytest.mark.parametrize("name", list(CASES))
def test_a_common_mistake_has_a_sentence_and_a_question(name: str) -> None:
    exercise, source, sentence, question = CASES[name]
    verdict = judged(exercise, source)
    assert verdict.status == "failed"
    assert sentence in verdict.message
    assert question in verdict.question


def test_an_error_that_the_learner_raises_is_not_taken_for_numpys() -> None:
    verdict = judged(
        "output_size",
        """
        def output_size(n, k, stride=1, pad=0):
            if (n + 2 * pad - k) % stride != 0:
                raise ValueError("invalid stride")
            return (n + 2 * pad - k) // stride + 1
        """,
    )
    assert verdict.bugs == ["refuses_what_does_not_fit"]
