"""How long a learner waits: the judge's times against its limits."""

from __future__ import annotations

import inspect
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np

from autograder import exercises, judge
from autograder.judging import diagnosis, results
from autograder.judging.counterexample import _examples, _expected_moved, _moved

REPEATS = 3
PAIRS = 8


def loops(x: Any, w: Any, b: Any, stride: int = 1, pad: int = 0) -> Any:
    """A right conv2d as a learner writes it."""
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    padded[:, pad : pad + H, pad : pad + W, :] = x
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    window = padded[n, i * stride : i * stride + KH, j * stride : j * stride + KW, :]
                    out[n, i, j, f] = np.sum(window * w[:, :, :, f]) + b[f]
    return out


def unnamed(x: Any, w: Any, b: Any, stride: int = 1, pad: int = 0) -> Any:
    """Wrong in a way that no bug explains: every single bug and every pair is tried."""
    return loops(x, w, b, stride, pad) * 1.01


WRONG_WIDTH = inspect.getsource(loops).replace("(W - KW + 2 * pad)", "(W - KW + 3 * pad)")


def wrong_width() -> Callable[..., Any]:
    """Wrong in a way that has no name, and that a change in one line mends."""
    space: dict[str, Any] = {"np": np, "Any": Any}
    exec(WRONG_WIDTH, space)
    return space["loops"]  # type: ignore[no-any-return]


def seconds(function: Callable[..., Any], forget: bool, source: str | None = None) -> float:
    """The median of a few checks; the first one of a session knows nothing yet."""
    times = []
    for _ in range(REPEATS):
        if forget:
            for known in (
                *(results.expectations, diagnosis._bug_answers, diagnosis._bug_harms, diagnosis._alone),
                *(_examples, _moved, _expected_moved),
            ):
                known.cache_clear()
        start = time.perf_counter()
        verdict = judge("conv2d", function, source=source)
        assert verdict.lines or source is None
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def import_seconds() -> float:
    """A fresh interpreter's `import autograder`, the best of a few."""
    code = "import time; t = time.perf_counter(); import autograder; print(time.perf_counter() - t)"
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(5)
    ]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    """Print one line a measurement: what, how long, the limit."""
    conv2d = exercises.get("conv2d")
    judge("conv2d", loops)  # convlib is imported once a session
    pairs = [function for _, function, _ in conv2d.all_pairs]
    worst_pair = max(seconds(function, forget=True) for function in pairs[:: len(pairs) // PAIRS])
    worst_bug = max(seconds(function, forget=True) for function in list(conv2d.bugs.values())[::8])
    with patch("autograder.judging.judge.SECONDS", 0.0):
        unlocated = seconds(wrong_width(), forget=False)
    lines = (
        ("import autograder", import_seconds(), 0.3),
        ("check of a right conv2d in plain loops, first of a session", seconds(loops, forget=True), 0.15),
        ("check of a right conv2d in plain loops, again", seconds(loops, forget=False), 0.15),
        ("check of a wrong conv2d, one bug named (worst of a sample)", worst_bug, 1.0),
        ("check of a wrong conv2d, two bugs named (worst of a sample)", worst_pair, 3.0),
        ("check of a wrong conv2d that has no name, first of a session", seconds(unnamed, forget=True), 3.0),
        ("check of a wrong conv2d that has no name, again", seconds(unnamed, forget=False), 3.0),
        ("the same where its line is found", seconds(wrong_width(), forget=False, source=WRONG_WIDTH), 3.0),
        ("the same where nobody looks for the line", unlocated, 1.0),
    )
    for what, took, limit in lines:
        over = "" if took <= limit else "OVER"
        print(f"{what:64} {took * 1000:8.0f} ms   limit {limit * 1000:5.0f} ms   {over}")


if __name__ == "__main__":
    main()
