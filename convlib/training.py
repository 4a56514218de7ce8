"""Training: minibatches, steps down the gradient, and a loop that tells how it goes.

history = fit(model, x, y, epochs=10, validation=(x_test, y_test), seed=0)
save_weights(model, "glyphs.npz")

`initial_parameters` is for a network of functions of one's own, with a dict of arrays.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convlib._arrays import Array
from convlib._check import as_int
from convlib.fast._workers import WORTH_A_THREAD
from convlib.layers import Layer, Sequential, he_weights


def minibatches(x: Array, y: Array, size: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Give every example once, in random order, `size` at a time; the last batch may be short.

    Args:
        x: (N, ...) examples.
        y: (N, ...) labels, taken by the same indices.
        size: examples in a batch.
        rng: shuffles.

    Yields:
        (size, ...) of x and of y.

    Raises:
        ValueError: x and y differ in length, or size is below 1.
    """
    if len(x) != len(y):
        raise ValueError(f"y must have one label per example: {len(x)} expected, got {len(y)}")
    order = rng.permutation(len(x))
    for start in range(0, len(x), as_int("size", size, 1)):
        batch = order[start : start + size]
        yield x[batch], y[batch]


class SGD:
    """Stochastic gradient descent: v = momentum * v - lr * gradient, then parameter += v.

    Keras's rule of that name; without momentum it is parameter -= lr * gradient.

    Args:
        lr: step size.
        momentum: how much of the last step is taken again, 0 to below 1.

    Raises:
        ValueError: lr is not positive, or momentum out of range.
    """

    def __init__(self, lr: float = 0.05, momentum: float = 0.9) -> None:
        if not (lr > 0 and math.isfinite(lr)):
            raise ValueError(f"lr must be a positive number, got {lr}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be 0 to below 1, got {momentum}")
        self.lr, self.momentum = lr, momentum
        self._velocity: dict[str, Array] = {}

    def step(self, params: Mapping[str, Array], grads: Mapping[str, Array]) -> None:
        """Change the arrays of `params` in place, by the gradients under the same names."""
        for name, value in params.items():
            velocity = self._velocity.setdefault(name, np.zeros_like(value))
            velocity *= self.momentum
            velocity -= self.lr * grads[name]
            value += velocity


@dataclass
class History:
    """What `fit` saw.

    Attributes:
        loss, accuracy: mean over the epoch's batches, one number an epoch, each batch before its step.
        val_loss, val_accuracy: on the validation examples after the epoch; empty without them.
        step_loss: one number a step.
        seconds: how long it took.
        best_epoch: counted from 1, the lowest validation loss (without validation: loss).
        stopped_early: whether patience ran out.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    step_loss: list[float] = field(default_factory=list)
    seconds: float = 0.0
    stopped_early: bool = False

    @property
    def best_epoch(self) -> int:
        losses = self.val_loss or self.loss
        return int(np.argmin(losses)) + 1 if losses else 0


def fit(
    model: Sequential,
    x: Array,
    y: Array,
    *,
    epochs: int = 10,
    batch_size: int = 32,
    optimizer: SGD | None = None,
    validation: tuple[Array, Array] | None = None,
    patience: int | None = None,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train a network on labelled examples by minibatches and softmax cross-entropy.

    Args:
        model: changed in place.
        x: (N, *model.input_shape).
        y: (N,) labels from 0.
        epochs: how often every example is seen.
        batch_size: examples a step.
        optimizer: `SGD()` unless given.
        validation: examples to measure on after each epoch.
        patience: stop after so many epochs without a lower validation loss; take the best weights back.
        seed: shuffles; the same seed, model and data give the same weights.
        progress: a bar on a terminal, a text that renews itself in a notebook, elsewhere a line an epoch.

    Returns:
        a `History`.

    Raises:
        ValueError: there are no examples, x and y do not fit each other or the model, or patience comes
            without validation.
        FloatingPointError: the loss is no longer a finite number; most often the step size is too large.
    """
    if len(x) == 0:
        raise ValueError("x must hold at least one example, got none")
    if patience is not None and validation is None:
        raise ValueError("patience needs validation=(x, y): on what is it to see that nothing gets better?")
    as_int("epochs", epochs, 1)
    optimizer = optimizer or SGD()
    rng = np.random.default_rng(seed)
    history = History()
    best_weights: list[Array] = []
    bar = _bar(progress)
    start = time.perf_counter()
    with _blas_threads_for(model, batch_size):
        for epoch in range(1, epochs + 1):
            label = f"epoch {epoch}/{epochs}"
            told = ""
            for seen, told in _epoch(model, minibatches(x, y, batch_size, rng), optimizer, history):
                bar.show(label, seen / len(x), told)
            if validation is not None:
                val_loss, val_accuracy = model.evaluate(*validation)
                history.val_loss.append(val_loss)
                history.val_accuracy.append(val_accuracy)
                told += f"  held out: loss {val_loss:.4f}  accuracy {val_accuracy:.1%}"
            bar.keep(label, f"{told}  {time.perf_counter() - start:.1f} s")
            if patience is not None and history.best_epoch == epoch:
                best_weights = model.get_weights()
            elif patience is not None and epoch - history.best_epoch >= patience:
                history.stopped_early = True
                bar.keep("stopped", f"no better for {patience} epochs, back to epoch {history.best_epoch}")
                break
    if best_weights:
        model.set_weights(best_weights)
    history.seconds = time.perf_counter() - start
    return history


def trained(
    layers: Sequence[Layer],
    data: tuple[Array, Array],
    epochs: int,
    validation: tuple[Array, Array] | None = None,
    *,
    lr: float = 0.03,
    seed: int = 0,
) -> tuple[Sequential, History]:
    """Build a network and train it, without a word: for comparing several.

    Args:
        layers: in order, as for `Sequential`.
        data: x (N, ...) and y (N,); the input shape is taken from x.
        epochs: how often every example is seen; after them comes one more with a sixth of the step size.
        validation: examples to measure on after each epoch but that last one.
        lr: step size of `SGD`, with its momentum.
        seed: of the first weights and of the order.

    Returns:
        the network, and the `History` of its training without the last epoch.

    Raises:
        as `Sequential` and `fit`.
    """
    x, y = data
    model = Sequential(layers, input_shape=x.shape[1:], seed=seed)
    history = fit(
        model, x, y, epochs=epochs, optimizer=SGD(lr), validation=validation, seed=seed, progress=False
    )
    fit(model, x, y, epochs=1, optimizer=SGD(lr / 6), seed=seed, progress=False)
    return model, history


def initial_parameters(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> dict[str, Array]:
    """Draw the first parameters of a network: weights on He's scale, biases of 0.

    Args:
        shapes: by name; an array of one axis is a bias, any other holds weights. Its last axis counts filters
            or units, its other axes the inputs of each.
        seed: the same seed draws the same weights.

    Returns:
        float64 arrays under the same names, in the same order; weights have the standard deviation
        sqrt(2 / inputs).

    Raises:
        ValueError: a shape has no axis, or one without length.
    """
    for name, shape in shapes.items():
        if not shape or min(shape) < 1:
            raise ValueError(f"the shape of {name!r} must have axes of length 1 or more, got {shape}")
    rng = np.random.default_rng(seed)
    return {
        name: np.zeros(shape) if len(shape) == 1 else he_weights(rng, shape, math.prod(shape[:-1]))
        for name, shape in shapes.items()
    }


def _epoch(
    model: Sequential, batches: Iterable[tuple[Array, Array]], optimizer: SGD, history: History
) -> Iterator[tuple[int, str]]:
    """Take a step for every batch; say after each how many examples were seen and how it goes."""
    seen = right = 0
    total = 0.0
    for x, y in batches:
        scores = model.forward(x)
        loss, dscores = model.kernels.softmax_cross_entropy(scores, y)
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"the loss is {loss} in epoch {len(history.loss) + 1}: "
                f"try a smaller step size than {optimizer.lr}"
            )
        model.fill_grads(dscores)
        optimizer.step(model.params, model.grads)
        history.step_loss.append(float(loss))
        seen += len(x)
        total += float(loss) * len(x)
        right += int(np.sum(scores.argmax(axis=1) == y))
        yield seen, f"loss {total / seen:.4f}  accuracy {right / seen:.1%}"
    history.loss.append(total / seen)
    history.accuracy.append(right / seen)


@contextmanager
def _blas_threads_for(model: Sequential, batch_size: int) -> Iterator[None]:
    """Hold BLAS to one thread while every product of a step is too small for two.

    Its threads wait for each other by spinning: where other processes want the cores, as in a class on one
    server, a small network then trains several times slower.
    """
    largest = batch_size * max(layer.multiplications() for layer in model.layers)
    if largest >= WORTH_A_THREAD:
        yield
        return
    try:
        threadpoolctl: Any = importlib.import_module("threadpoolctl")
    except ModuleNotFoundError:
        yield
        return
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


def save_weights(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Write every weight array under its name into an .npz file."""
    weights: dict[str, Any] = dict(model.params)
    with open(path, "wb") as file:
        np.savez(file, **weights)


def load_weights(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Take the weights over from a file that `save_weights` wrote for a network of the same layers.

    Raises:
        ValueError: the file is not .npz, or its names or shapes are not this network's; nothing has changed.
        FileNotFoundError: there is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except Exception as error:  # a damaged zip raises almost anything
        raise ValueError(f"{os.fspath(path)} is not a whole .npz file of weights: {error}") from error
    if set(stored) != set(model.params):
        raise ValueError(
            f"the file must have {', '.join(sorted(model.params))}, got {', '.join(sorted(stored))}"
        )
    model.set_weights([stored[name] for name in model.params])


class _Silent:
    """Where progress goes when none is wanted."""

    def show(self, label: str, share: float, told: str) -> None: ...

    def keep(self, label: str, told: str) -> None: ...


class _Lines(_Silent):
    """One line an epoch, for files and pipes."""

    def keep(self, label: str, told: str) -> None:
        print(f"{label}  {told}", flush=True)


class _Live(_Lines):
    """A bar that is drawn again at most ten times a second."""

    width = 24

    def __init__(self) -> None:
        self._last = 0.0

    def show(self, label: str, share: float, told: str) -> None:
        now = time.perf_counter()
        if now - self._last > 0.1:
            self._last = now
            filled = round(share * self.width)
            self.draw(f"{label}  [{'#' * filled}{'.' * (self.width - filled)}]  {told}")

    def draw(self, text: str) -> None:
        sys.stdout.write(f"\r{text}\x1b[K")
        sys.stdout.flush()

    def keep(self, label: str, told: str) -> None:
        sys.stdout.write("\r\x1b[K")
        super().keep(label, told)


class _Notebook(_Live):
    """One output that renews itself; in the end it holds a line an epoch."""

    def __init__(self, display: Callable[..., Any]) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._handle = display(_Text(""), display_id=True)

    def draw(self, text: str) -> None:
        self._handle.update(_Text("\n".join([*self._lines, text])))

    def keep(self, label: str, told: str) -> None:
        self._lines.append(f"{label}  {told}")
        self._handle.update(_Text("\n".join(self._lines)))


class _Text:
    """Shows as it is, without the quotes of a string."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _bar(progress: bool) -> _Silent:
    if not progress:
        return _Silent()
    # Only a running kernel has imported IPython and has a shell that shows things outside a terminal.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and getattr(shell, "kernel", None) is not None:
        from IPython.display import display

        return _Notebook(display)
    return _Live() if sys.stdout.isatty() else _Lines()
