"""Layers under Keras's names, and the network that runs them one after the other.

    model = Sequential([Conv2D(8, 3, padding="same"), ReLU(), MaxPool2D(2), Flatten(), Dense(6)],
                       input_shape=(16, 16, 1), seed=0)
    model.summary()
    scores = model.predict(x)

A layer holds weights and what its backward pass needs of the last forward pass; the arithmetic is done by the
kernels. Those of `convlib.fast` are taken unless a network is given others: with `kernels={"conv2d": mine}`,
or with a module of them, `kernels=my_convlib`, it runs on a learner's own.
"""

from __future__ import annotations

import math
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import DTypeLike

from convlib import fast, shapes
from convlib._arrays import Array
from convlib._check import IntPair, as_int, pair
from convlib.fast.conv import conv2d_backward, conv2d_weights_backward
from convlib.fast.dense import dense_backward, dense_weights_backward

Shape: TypeAlias = tuple[int, ...]
Padding: TypeAlias = Literal["valid", "same"] | IntPair

KERNELS = (
    "conv2d",
    "conv2d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "dense",
    "dense_backward",
    "relu",
    "relu_backward",
    "softmax_cross_entropy",
)


class Kernels:
    """The functions that a network computes with: the given ones, and `convlib.fast` for the rest.

    Args:
        own: a mapping from names in `KERNELS` to functions, or a module that has some of them.

    Raises:
        ValueError: a name in the mapping is none of `KERNELS`.
    """

    def __init__(self, own: Mapping[str, Callable[..., Any]] | ModuleType | object | None = None) -> None:
        if isinstance(own, Mapping):
            unknown = sorted(set(own) - set(KERNELS))
            if unknown:
                raise ValueError(f"kernels may hold {', '.join(KERNELS)}, got {', '.join(unknown)}")
            self._own = dict(own)
        else:
            self._own = {name: getattr(own, name) for name in KERNELS if hasattr(own, name)}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in KERNELS:
            raise AttributeError(name)
        # Looked up at each call, so that whoever replaces a kernel of convlib.fast is heard.
        return self._own.get(name) or getattr(fast, name)  # type: ignore[no-any-return]


class Layer(ABC):
    """One step of a network.

    Attributes:
        name: Keras's, as "conv2d_1"; the network gives it.
        params: the weights by letter, `w` and `b`; {} where nothing is learned.
        grads: the gradient of the loss by the same letters, after `backward`.
        input_shape, output_shape: without the batch, after `build`.
    """

    keras_class = ""

    def __init__(self) -> None:
        self.name = ""
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self.input_shape: Shape = ()
        self.output_shape: Shape = ()
        self.kernels = Kernels()

    @abstractmethod
    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        """Draw the weights for inputs of this shape (without the batch) and return the output's.

        Raises:
            ValueError: the layer does not take such inputs.
        """

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Compute (N, *output_shape) from (N, *input_shape)."""

    @abstractmethod
    def backward(self, dout: Array) -> Array:
        """Return the gradient with respect to the last input, given that of its output; fill `grads`."""

    def backward_weights(self, dout: Array) -> Array | None:
        """Fill `grads` as `backward` does, where nobody asks for what it returns: it may be left out."""
        return self.backward(dout)

    def settings(self) -> dict[str, Any]:
        """Return the arguments that make such a layer, under Keras's names."""
        return {}

    def multiplications(self) -> int:
        """Count the products of weights and inputs for one example, after `build`."""
        cells = math.prod(self.output_shape[:-1])  # each output cell uses every weight once
        return cells * self.params["w"].size if "w" in self.params else 0

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({arguments})"


class Conv2D(Layer):
    """Slide `filters` filters over a volume.

    Args:
        filters: how many.
        kernel_size: rows and columns of a filter.
        strides: step between windows.
        padding: "valid" (none), "same" (as many zeros as make the output ceil(input / stride), an odd one
            behind), or zeros on every side, an int or (rows, columns): in Keras a layer of its own.

    Attributes:
        zeros: ((top, bottom), (left, right)), after `build`.

    The weights begin with He's initialisation: normal, of variance 2 / (KH*KW*C); the biases with 0.
    """

    keras_class = "Conv2D"

    def __init__(
        self, filters: int, kernel_size: IntPair, strides: IntPair = 1, padding: Padding = "valid"
    ) -> None:
        super().__init__()
        self.filters = as_int("filters", filters, 1)
        self.kernel_size = pair("kernel_size", kernel_size, 1)
        self.strides = pair("strides", strides, 1)
        if isinstance(padding, str) and padding not in ("valid", "same"):
            raise ValueError(f'padding is {padding!r}; "valid", "same", an int or (rows, columns) fits')
        self.padding = padding if isinstance(padding, str) else pair("padding", padding, 0)
        self.zeros: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
        self._even = True
        self._pad: IntPair = 0
        self._x: Array = np.empty(0)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        H, W, C = _volume(self, input_shape)
        (KH, KW), (SH, SW) = self.kernel_size, self.strides
        if self.padding == "same":
            self.zeros = shapes.same_padding(H, KH, SH), shapes.same_padding(W, KW, SW)
        elif isinstance(self.padding, tuple):
            self.zeros = (self.padding[0],) * 2, (self.padding[1],) * 2
        (top, bottom), (left, right) = self.zeros
        # A learner's kernel takes as many zeros before as behind: others are put around the input here.
        self._even = top == bottom and left == right
        self._pad = _plain(top, left) if self._even else 0
        OH = shapes.output_size(H + top + bottom, KH, SH)
        OW = shapes.output_size(W + left + right, KW, SW)
        self.params = {
            "w": he_weights(rng, (KH, KW, C, self.filters), KH * KW * C),
            "b": np.zeros(self.filters),
        }
        return OH, OW, self.filters

    def forward(self, x: Array) -> Array:
        if not self._even:
            x = np.pad(x, ((0, 0), *self.zeros, (0, 0)))
        self._x = x
        w, b = self.params["w"], self.params["b"]
        return np.asarray(self.kernels.conv2d(x, w, b, stride=_plain(*self.strides), pad=self._pad))

    def backward(self, dout: Array) -> Array:
        dx, dw, db = self.kernels.conv2d_backward(
            dout, self._x, self.params["w"], stride=_plain(*self.strides), pad=self._pad
        )
        self.grads = {"w": dw, "b": db}
        if not self._even:
            (top, _), (left, _) = self.zeros
            dx = dx[:, top : top + self.input_shape[0], left : left + self.input_shape[1]]
        return np.asarray(dx)

    def backward_weights(self, dout: Array) -> Array | None:
        if self.kernels.conv2d_backward is not conv2d_backward:
            return self.backward(dout)
        dw, db = conv2d_weights_backward(
            dout, self._x, self.params["w"], stride=_plain(*self.strides), pad=self._pad
        )
        self.grads = {"w": dw, "b": db}
        return None

    def settings(self) -> dict[str, Any]:
        return {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
        }


class _Pool2D(Layer):
    _forward, _backward = "", ""

    def __init__(self, pool_size: IntPair = 2, strides: IntPair | None = None) -> None:
        super().__init__()
        self.pool_size = pair("pool_size", pool_size, 1)
        self.strides = self.pool_size if strides is None else pair("strides", strides, 1)
        self._x: Array = np.empty(0)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        H, W, C = _volume(self, input_shape)
        (KH, KW), (SH, SW) = self.pool_size, self.strides
        return shapes.output_size(H, KH, SH), shapes.output_size(W, KW, SW), C

    def _sizes(self) -> dict[str, IntPair]:
        return {"size": _plain(*self.pool_size), "stride": _plain(*self.strides)}

    def forward(self, x: Array) -> Array:
        self._x = x
        return np.asarray(getattr(self.kernels, self._forward)(x, **self._sizes()))

    def backward(self, dout: Array) -> Array:
        return np.asarray(getattr(self.kernels, self._backward)(dout, self._x, **self._sizes()))

    def settings(self) -> dict[str, Any]:
        return {"pool_size": self.pool_size, "strides": self.strides}


class MaxPool2D(_Pool2D):
    """Keep the largest number of every window, per channel; a window that does not fit is left out.

    Args:
        pool_size: rows and columns of a window.
        strides: step between windows, None for the window's size.
    """

    keras_class = "MaxPooling2D"
    _forward, _backward = "max_pool2d", "max_pool2d_backward"


class AvgPool2D(_Pool2D):
    """Average every window, per channel; the arguments of `MaxPool2D`."""

    keras_class = "AveragePooling2D"
    _forward, _backward = "avg_pool2d", "avg_pool2d_backward"


class GlobalMaxPool2D(Layer):
    """Keep the largest number of every channel, wherever it is: (N, H, W, C) -> (N, C)."""

    keras_class = "GlobalMaxPooling2D"

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        return _volume(self, input_shape)[2:]

    def forward(self, x: Array) -> Array:
        self._x = x
        return np.asarray(self.kernels.max_pool2d(x, size=_plain(*x.shape[1:3]))).reshape(len(x), -1)

    def backward(self, dout: Array) -> Array:
        x = self._x
        dout = dout[:, None, None, :]
        return np.asarray(self.kernels.max_pool2d_backward(dout, x, size=_plain(*x.shape[1:3])))


class Dense(Layer):
    """Weigh and add all inputs: (N, D) -> (N, units); weights begin as in `Conv2D`."""

    keras_class = "Dense"

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = as_int("units", units, 1)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        if len(input_shape) != 1:
            raise ValueError(
                f"{self.name} needs inputs (N, D), got {_batched(input_shape)}: put a Flatten before"
            )
        (D,) = input_shape
        self.params = {"w": he_weights(rng, (D, self.units), D), "b": np.zeros(self.units)}
        return (self.units,)

    def forward(self, x: Array) -> Array:
        self._x = x
        return np.asarray(self.kernels.dense(x, self.params["w"], self.params["b"]))

    def backward(self, dout: Array) -> Array:
        dx, dw, db = self.kernels.dense_backward(dout, self._x, self.params["w"])
        self.grads = {"w": dw, "b": db}
        return np.asarray(dx)

    def backward_weights(self, dout: Array) -> Array | None:
        if self.kernels.dense_backward is not dense_backward:
            return self.backward(dout)
        dw, db = dense_weights_backward(dout, self._x, self.params["w"])
        self.grads = {"w": dw, "b": db}
        return None

    def settings(self) -> dict[str, Any]:
        return {"units": self.units}


class ReLU(Layer):
    """Replace what is negative by 0."""

    keras_class = "ReLU"

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        return input_shape

    def forward(self, x: Array) -> Array:
        self._x = x
        return np.asarray(self.kernels.relu(x))

    def backward(self, dout: Array) -> Array:
        return np.asarray(self.kernels.relu_backward(dout, self._x))


class Flatten(Layer):
    """Write a volume as one row, row by row, channels last: (N, H, W, C) -> (N, H*W*C)."""

    keras_class = "Flatten"

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        return (math.prod(input_shape),)

    def forward(self, x: Array) -> Array:
        return x.reshape(len(x), -1)

    def backward(self, dout: Array) -> Array:
        return dout.reshape(len(dout), *self.input_shape)


class Sequential:
    """A network: layers, each fed with the one before.

    Args:
        layers: in order; each belongs to one network only.
        input_shape: of one example, without the batch: (H, W, C) for pictures.
        seed: draws the weights; the same seed gives the same network.
        kernels: functions to compute with instead of `convlib.fast`'s, see `Kernels`.
        dtype: float32 or float64, of weights and of everything computed.

    Attributes:
        layers: the layers, built.
        params: every weight array by name, "conv2d.w"; an optimiser changes the arrays in place.

    Raises:
        ValueError: no layers, a layer used twice, a shape that a layer does not take, or another dtype.
    """

    name = "sequential"

    def __init__(
        self,
        layers: Iterable[Layer],
        input_shape: Sequence[int],
        *,
        seed: int = 0,
        kernels: Mapping[str, Callable[..., Any]] | ModuleType | object | None = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.layers = list(layers)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype}")
        if not self.layers:
            raise ValueError("layers must hold at least one layer, got none")
        if any(layer.name for layer in self.layers) or len(set(map(id, self.layers))) < len(self.layers):
            raise ValueError("layers has one that is in use already; make a new one for each place")
        self.kernels = Kernels(kernels)
        self.input_shape = shape = tuple(as_int("input_shape", n, 1) for n in input_shape)
        self.params: dict[str, Array] = {}
        rng = np.random.default_rng(seed)
        for layer, name in zip(self.layers, _names(self.layers), strict=True):
            layer.name, layer.kernels, layer.input_shape = name, self.kernels, shape
            layer.output_shape = shape = layer.build(shape, rng)
            for letter, values in layer.params.items():
                layer.params[letter] = self.params[f"{name}.{letter}"] = values.astype(self.dtype)
        self.output_shape = shape

    @property
    def grads(self) -> dict[str, Array]:
        """Every gradient of the last backward pass, under the names of `params`."""
        return {f"{layer.name}.{letter}": g for layer in self.layers for letter, g in layer.grads.items()}

    def forward(self, x: Array) -> Array:
        """Compute (N, *output_shape) from (N, *input_shape); each layer keeps what `backward` needs.

        Raises:
            ValueError: x has another shape, or a kernel returned another shape than it should.
        """
        return self._through(x)[-1]

    def backward(self, dscores: Array) -> Array:
        """Return the gradient with respect to the last input, given that of its output; fill `grads`."""
        gradient = np.asarray(dscores, dtype=self.dtype)
        for layer in reversed(self.layers):
            gradient = self._checked(layer, layer.backward(gradient), len(dscores))
        return gradient

    def fill_grads(self, dscores: Array) -> None:
        """Fill `grads` as `backward` does, without the gradient of the input: a step has no use for it."""
        gradient = np.asarray(dscores, dtype=self.dtype)
        first = next((place for place, layer in enumerate(self.layers) if layer.params), len(self.layers))
        for layer in reversed(self.layers[first + 1 :]):
            gradient = self._checked(layer, layer.backward(gradient), len(dscores))
        for layer in self.layers[first : first + 1]:
            self._checked(layer, layer.backward_weights(gradient), len(dscores))

    @overload
    def _checked(self, layer: Layer, dx: Array, count: int) -> Array: ...
    @overload
    def _checked(self, layer: Layer, dx: Array | None, count: int) -> Array | None: ...
    def _checked(self, layer: Layer, dx: Array | None, count: int) -> Array | None:
        """Compare a layer's gradients with what they should be, and give them the network's dtype."""
        if dx is not None:
            dx = _expected(layer, dx, layer.input_shape, count, self.dtype)
        for letter, value in layer.grads.items():
            fits = layer.params[letter].shape
            if np.shape(value) != fits:
                raise ValueError(
                    f"{layer.name}: the gradient d{letter} must have shape {fits}, got {np.shape(value)}"
                )
            layer.grads[letter] = np.asarray(value, dtype=self.dtype)
        return dx

    def loss_and_grads(self, x: Array, y: Array) -> tuple[float, dict[str, Array]]:
        """Run both passes over one batch.

        Args:
            x: (N, *input_shape).
            y: (N,) labels.

        Returns:
            the mean softmax cross-entropy, and its gradients under the names of `params`.
        """
        loss, dscores = self.kernels.softmax_cross_entropy(self.forward(x), y)
        self.fill_grads(dscores)
        return float(loss), self.grads

    def predict(self, x: Array, batch_size: int = 256) -> Array:
        """Compute the scores (N, M), a batch at a time, so that memory does not grow with N."""
        if len(x) == 0:
            return np.empty((0, *self.output_shape), dtype=self.dtype)
        starts = range(0, len(x), as_int("batch_size", batch_size, 1))
        return np.concatenate([self.forward(x[start : start + batch_size]) for start in starts])

    def classify(self, x: Array) -> Array:
        """Return the label (N,) with the largest score."""
        return np.asarray(self.predict(x).argmax(axis=1))

    def evaluate(self, x: Array, y: Array) -> tuple[float, float]:
        """Return the mean loss and the accuracy, from 0 to 1, on labelled examples.

        Raises:
            ValueError: there are none.
        """
        if len(x) == 0:
            raise ValueError("x is empty; there is no accuracy of nothing")
        scores = self.predict(x)
        loss, _ = self.kernels.softmax_cross_entropy(scores, y)
        return float(loss), float(np.mean(scores.argmax(axis=1) == y))

    def activations(self, x: Array) -> dict[str, Array]:
        """Return what every layer makes of x (N, *input_shape), by its name, in order."""
        outputs = self._through(x)
        return {layer.name: out for layer, out in zip(self.layers, outputs, strict=True)}

    def count_params(self) -> int:
        """Count all weights and biases."""
        return sum(values.size for values in self.params.values())

    def get_weights(self) -> list[Array]:
        """Return copies of all weight arrays in Keras's order: w and b of every layer that has them."""
        return [values.copy() for values in self.params.values()]

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Take over the values of such a list.

        Raises:
            ValueError: another number of arrays, or an array of another shape. Nothing has changed then.
        """
        if len(weights) != len(self.params):
            raise ValueError(
                f"weights must be {len(self.params)} arrays ({', '.join(self.params)}), got {len(weights)}"
            )
        for (name, own), new in zip(self.params.items(), weights, strict=True):
            if np.shape(new) != own.shape:
                raise ValueError(f"{name} must have shape {own.shape}, got {np.shape(new)}")
        for own, new in zip(self.params.values(), weights, strict=True):
            own[...] = new

    def summary(self, print_fn: Callable[[str], object] = print) -> None:
        """Print the table that Keras prints on a terminal of 80 columns: layer, output shape, parameters."""
        cells = [("Layer (type)", "Output Shape", "Param #")]
        for layer in self.layers:
            count = sum(values.size for values in layer.params.values())
            shape = f"(None, {', '.join(map(str, layer.output_shape))})"
            cells.append((f"{layer.name} ({layer.keras_class})", shape, f"{count:,}"))
        total = f"{self.count_params():,} ({_memory(self.count_params() * self.dtype.itemsize)})"
        totals = f" Total params: {total}\n Trainable params: {total}\n Non-trainable params: 0 (0.00 B)\n"
        print_fn(f'Model: "{self.name}"\n{_table(cells)}\n{totals}')

    def _through(self, x: Array) -> list[Array]:
        x = np.asarray(x)
        if x.shape[1:] != self.input_shape or x.ndim == 0:
            raise ValueError(f"x must have shape {_batched(self.input_shape)}, got {x.shape}")
        outputs = [x.astype(self.dtype, copy=False)]
        for layer in self.layers:
            out = layer.forward(outputs[-1])
            outputs.append(_expected(layer, out, layer.output_shape, len(x), self.dtype))
        return outputs[1:]


def _expected(layer: Layer, out: Array, shape: Shape, count: int, dtype: np.dtype[Any]) -> Array:
    """Compare what a kernel returned with what the layer promised: a learner's may be wrong."""
    if out.shape != (count, *shape):
        raise ValueError(f"{layer.name}: the kernel returned shape {out.shape}, expected {(count, *shape)}")
    return out.astype(dtype, copy=False)


def _volume(layer: Layer, shape: Shape) -> Shape:
    if len(shape) != 3:
        raise ValueError(f"{layer.name} needs inputs (N, H, W, C), got {_batched(shape)}")
    return shape


def _batched(shape: Shape) -> str:
    return f"(N, {', '.join(map(str, shape))})"


def _plain(rows: int, columns: int) -> IntPair:
    """Write a pair of equal numbers as one: a learner's kernel takes ints."""
    return rows if rows == columns else (rows, columns)


def he_weights(rng: np.random.Generator, shape: Shape, inputs: int) -> Array:
    """K. He et al. (2015), Delving Deep into Rectifiers: keeps the variance through layers of ReLUs."""
    return rng.normal(0.0, math.sqrt(2.0 / inputs), shape)


def _names(layers: Sequence[Layer]) -> list[str]:
    """Name layers as Keras does: the class in snake case, then _1, _2 and so on."""
    seen: dict[str, int] = {}
    names = []
    for layer in layers:
        base = _SNAKE[layer.keras_class]
        count = seen[base] = seen.get(base, -1) + 1
        names.append(f"{base}_{count}" if count else base)
    return names


_SNAKE = {
    "Conv2D": "conv2d",
    "MaxPooling2D": "max_pooling2d",
    "AveragePooling2D": "average_pooling2d",
    "GlobalMaxPooling2D": "global_max_pooling2d",
    "Dense": "dense",
    "ReLU": "re_lu",
    "Flatten": "flatten",
}


def _memory(count: float) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} GB"


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    """Draw rows, the first a header, with the widths that Keras gives its columns on 80."""
    widths = (31, 22, 13)

    def rule(left: str, between: str, right: str, line: str) -> str:
        return left + between.join(line * (width + 2) for width in widths) + right

    def row(cells: tuple[str, str, str], side: str) -> str:
        wrapped = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
        lines = []
        for k in range(max(map(len, wrapped))):
            name, shape, count = (lines_[k] if k < len(lines_) else "" for lines_ in wrapped)
            texts = f"{name:<{widths[0]}}", f"{shape:<{widths[1]}}", f"{count:>{widths[2]}}"
            lines.append(side + side.join(f" {text} " for text in texts) + side)
        return "\n".join(lines)

    header, *body = rows
    inner = f"\n{rule('├', '┼', '┤', '─')}\n".join(row(cells, "│") for cells in body)
    return "\n".join(
        (
            rule("┏", "┳", "┓", "━"),
            row(header, "┃"),
            rule("┡", "╇", "┩", "━"),
            inner,
            rule("└", "┴", "┘", "─"),
        )
    )


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text at spaces into lines of at most `width`; a longer word is cut."""
    return textwrap.wrap(text, width, break_long_words=True) or [""]
