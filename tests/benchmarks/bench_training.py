"""Time of one epoch of training, ours over PyTorch's, on the same network, data, batches and rule.

    python -m tests.benchmarks.bench_training

Both have all cores; PyTorch takes the better of its two layouts. Epochs alternate, and the medians are
compared. The losses are printed, too: that they agree shows that both do the same work.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convlib import datasets
from convlib.keras import to_torch
from convlib.layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU, Sequential
from convlib.training import SGD, fit, minibatches

ROUNDS = 5
LR, MOMENTUM = 0.01, 0.9


@dataclass
class Case:
    """A network and what it is trained on."""

    name: str
    layers: Callable[[], list[Layer]]
    x: np.ndarray
    y: np.ndarray
    batch_size: int

    def network(self) -> Sequential:
        return Sequential(self.layers(), self.x.shape[1:], seed=0)


def two_convolutions(first: int, second: int, classes: int) -> list[Layer]:
    return [
        *(Conv2D(first, 3, padding="same"), ReLU(), MaxPool2D(2)),
        *(Conv2D(second, 3, padding="same"), ReLU(), MaxPool2D(2)),
        *(Flatten(), Dense(classes)),
    ]


def cases() -> list[Case]:
    """The glyph and digit networks of the course, and one of the size that MNIST and CIFAR-10 get."""
    (x, y), _ = datasets.digits()
    rng = np.random.default_rng(0)
    return [
        Case(
            "glyphs 16x16x1, 8 and 16 filters", lambda: two_convolutions(8, 16, 6), *datasets.glyphs(2000), 32
        ),
        Case("digits 8x8x1, 16 and 32 filters", lambda: two_convolutions(16, 32, 10), x, y, 32),
        Case(
            "random 28x28x1, 32 and 64 filters",
            lambda: two_convolutions(32, 64, 10),
            rng.normal(size=(1024, 28, 28, 1)).astype(np.float32),
            rng.integers(0, 10, 1024),
            64,
        ),
        Case(
            "random 32x32x3, 32 and 64 filters",
            lambda: two_convolutions(32, 64, 10),
            rng.normal(size=(1024, 32, 32, 3)).astype(np.float32),
            rng.integers(0, 10, 1024),
            64,
        ),
    ]


def our_epoch(case: Case) -> Callable[[int], float]:
    """Return a function that trains one epoch, shuffled by its argument, and returns the mean loss."""
    net, optimizer = case.network(), SGD(LR, MOMENTUM)

    def epoch(seed: int) -> float:
        history = fit(
            *(net, case.x, case.y),
            epochs=1,
            batch_size=case.batch_size,
            optimizer=optimizer,
            seed=seed,
            progress=False,
        )
        return statistics.mean(history.step_loss)

    return epoch


def torch_epoch(case: Case, channels_last: bool) -> Callable[[int], float]:
    """The same for PyTorch; `channels_last` is the memory order of pictures and filters."""
    import torch

    layout: Any = torch.channels_last if channels_last else torch.contiguous_format
    net = to_torch(case.network()).to(memory_format=layout)
    optimizer = torch.optim.SGD(net.parameters(), lr=LR, momentum=MOMENTUM)
    pictures = torch.from_numpy(np.moveaxis(case.x, 3, 1).copy()).to(memory_format=layout)
    labels = torch.from_numpy(case.y)
    indices = np.arange(len(case.x))

    def epoch(seed: int) -> float:
        losses = []
        for batch, _ in minibatches(indices, indices, case.batch_size, np.random.default_rng(seed)):
            chosen = torch.from_numpy(batch)
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(pictures[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return statistics.mean(losses)

    return epoch


def main() -> None:
    """Print the table."""
    import torch

    print(
        f"one epoch, median of {ROUNDS}, PyTorch {torch.__version__} with {torch.get_num_threads()} threads"
    )
    print(
        f"{'network':36} {'convlib s':>10} {'PyTorch s':>10} {'ratio':>6}   {'loss, ours':>10} {'theirs':>7}"
    )
    for case in cases():
        runs = {
            "ours": our_epoch(case),
            "first": torch_epoch(case, channels_last=False),
            "last": torch_epoch(case, channels_last=True),
        }
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        losses = {name: 0.0 for name in runs}
        for round_ in range(ROUNDS + 1):
            for name, epoch in runs.items():
                start = time.perf_counter()
                losses[name] = epoch(round_)
                if round_:  # the first warms up
                    seconds[name].append(time.perf_counter() - start)
        ours, first, last = (statistics.median(seconds[name]) for name in runs)
        theirs = min(first, last)
        print(
            f"{case.name:36} {ours:10.3f} {theirs:10.3f} {ours / theirs:6.2f}"
            f"   {losses['ours']:10.4f} {losses['first']:7.4f}"
        )


if __name__ == "__main__":
    main()
