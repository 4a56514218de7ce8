"""Networks and weights to and from Keras, and PyTorch's layout of the same weights beside it.

Keras stores what we store: filters (KH, KW, C, F), dense weights (D, M), pictures (N, H, W, C). PyTorch has
filters (F, C, KH, KW), dense weights (M, D) and pictures (N, C, H, W); and since its Flatten therefore writes
a volume channel by channel, the inputs of a dense layer after it come in another order, too.

A network as a plain dict is what Keras's `model.to_json()` holds; it is read and written without Keras. Only
`to_keras` and `to_torch` import the frameworks.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from convlib._arrays import Array
from convlib.layers import (
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalMaxPool2D,
    Layer,
    MaxPool2D,
    ReLU,
    Sequential,
)

Config = dict[str, Any]


def to_config(model: Sequential) -> Config:
    """Describe a network as Keras's `model.to_json()` does, without the weights.

    Zeros given as a number become a ZeroPadding2D before the convolution.
    """
    batch = [None, *model.input_shape]
    dtype = model.dtype.name
    layers = [_described("InputLayer", {"batch_shape": batch, "dtype": dtype, "name": "input_layer"})]
    for layer in model.layers:
        settings = layer.settings()
        if isinstance(layer, Conv2D):
            if isinstance(layer.padding, tuple):
                around = {"padding": [[n, n] for n in layer.padding], "name": f"{layer.name}_padding"}
                layers.append(_described("ZeroPadding2D", {**around, "dtype": dtype}))
                settings["padding"] = "valid"
            settings["activation"] = "linear"
        if isinstance(layer, Dense):
            settings["activation"] = "linear"
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
        layers.append(_described(layer.keras_class, {**plain, "name": layer.name, "dtype": dtype}))
    return _described("Sequential", {"name": model.name, "dtype": dtype, "layers": layers}, module="keras")


def from_config(
    config: Config,
    weights: Sequence[Array] | None = None,
    *,
    seed: int = 0,
    kernels: Mapping[str, Callable[..., Any]] | ModuleType | object | None = None,
) -> Sequential:
    """Build the network that such a dict describes.

    Args:
        config: `json.loads(keras_model.to_json())` of Keras 3 or 2, a Sequential of layers that
            `convlib.layers` has;
            an activation of "relu" becomes a layer of its own.
        weights: `keras_model.get_weights()`; without them they are drawn.
        seed: draws them.
        kernels: as `Sequential` takes them.

    Raises:
        ValueError: no description of a model; a layer or an option that convlib has not, named; or weights
            that do not fit.
    """
    described = _described_layers(config)
    shape = next(filter(None, map(_batch_shape, described)), None)
    if shape is None:
        raise ValueError("the model does not know its input's shape; begin it with keras.Input((H, W, C))")
    layers = list(_layers([layer for layer in described if layer["class_name"] != "InputLayer"]))
    model = Sequential(layers, shape[1:], seed=seed, kernels=kernels)
    if weights is not None:
        model.set_weights(weights)
    return model


def to_keras(model: Sequential) -> Any:
    """Make the `keras.Sequential` that computes the same, with the same weights.

    Raises:
        ModuleNotFoundError: Keras, or the backend that KERAS_BACKEND names, is not installed.
    """
    keras: Any = importlib.import_module("keras")

    twin = keras.models.model_from_json(json.dumps(to_config(model)))
    twin.set_weights(model.get_weights())
    return twin


def from_keras(
    keras_model: Any,
    *,
    kernels: Mapping[str, Callable[..., Any]] | ModuleType | object | None = None,
) -> Sequential:
    """Make the network that computes the same as a `keras.Sequential`, with the same weights.

    Raises:
        ValueError: as `from_config`.
    """
    return from_config(json.loads(keras_model.to_json()), keras_model.get_weights(), kernels=kernels)


def torch_weights(model: Sequential) -> list[Array]:
    """Return copies of the weights in PyTorch's order and layout, as `to_torch(model).parameters()` has them.

    Returns:
        for each layer that has weights, (F, C, KH, KW) or (M, D), then the bias.
    """
    weights = []
    for name, shape, torch_shape in _layouts(model):
        array = model.params[name].reshape(shape)
        turned = array.transpose(3, 2, 0, 1) if len(shape) == 4 else array
        weights.append(turned.reshape(torch_shape).copy())
    return weights


def set_torch_weights(model: Sequential, weights: Sequence[Array]) -> None:
    """Take over weights in PyTorch's order and layout.

    Args:
        model: changed in place.
        weights: as `torch_weights` returns them: `[p.detach().numpy() for p in module.parameters()]`.

    Raises:
        ValueError: another number of arrays, or an array of another shape. Nothing has changed then.
    """
    layouts = list(_layouts(model))
    if len(weights) != len(layouts):
        raise ValueError(
            f"weights must be {len(layouts)} arrays ({', '.join(model.params)}), got {len(weights)}"
        )
    ours = []
    for new, (name, shape, torch_shape) in zip(weights, layouts, strict=True):
        if np.shape(new) != torch_shape:
            raise ValueError(f"{name} must have shape {torch_shape} in PyTorch, got {np.shape(new)}")
        array = np.asarray(new)
        if len(shape) == 4:
            KH, KW, C, F = shape
            array = array.reshape(F, C, KH, KW).transpose(2, 3, 1, 0)
        ours.append(array.reshape(model.params[name].shape))
    model.set_weights(ours)


def to_torch(model: Sequential) -> Any:
    """Make the `torch.nn.Sequential` that computes the same from (N, C, H, W), with the same weights.

    Raises:
        ModuleNotFoundError: PyTorch is not installed.
    """
    torch: Any = importlib.import_module("torch")
    nn = torch.nn
    modules: list[Any] = []
    for layer in model.layers:
        if isinstance(layer, Conv2D):
            (top, bottom), (left, right) = layer.zeros
            even = top == bottom and left == right
            if not even:
                modules.append(nn.ZeroPad2d((left, right, top, bottom)))
            C, pad = layer.input_shape[2], (top, left) if even else (0, 0)
            modules.append(nn.Conv2d(C, layer.filters, layer.kernel_size, layer.strides, pad))
        elif isinstance(layer, MaxPool2D):
            modules.append(nn.MaxPool2d(layer.pool_size, layer.strides))
        elif isinstance(layer, AvgPool2D):
            modules.append(nn.AvgPool2d(layer.pool_size, layer.strides))
        elif isinstance(layer, GlobalMaxPool2D):
            modules += [nn.AdaptiveMaxPool2d(1), nn.Flatten()]
        elif isinstance(layer, Dense):
            modules.append(nn.Linear(layer.input_shape[0], layer.units))
        elif isinstance(layer, ReLU):
            modules.append(nn.ReLU())
        elif isinstance(layer, Flatten):
            modules.append(nn.Flatten())
        else:
            raise ValueError(f"{layer.name} is a {type(layer).__name__}, which PyTorch is not told of")
    twin = nn.Sequential(*modules).to(torch.from_numpy(np.empty(0, model.dtype)).dtype)
    with torch.no_grad():
        for parameter, values in zip(twin.parameters(), torch_weights(model), strict=True):
            parameter.copy_(torch.from_numpy(values))
    return twin


def _described(class_name: str, config: Config, module: str = "keras.layers") -> Config:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def _described_layers(config: Any) -> list[Config]:
    """Return a model's layers, each with its class and options.

    Raises:
        ValueError: it describes no Sequential.
    """
    if isinstance(config, str):
        raise ValueError("config must be the dict that json.loads makes of it, got a string")
    if not isinstance(config, Mapping) or "class_name" not in config:
        raise ValueError("config does not say what it describes: pass json.loads(keras_model.to_json())")
    if config["class_name"] != "Sequential":
        raise ValueError(f"the model must be a Sequential, got a {config['class_name']}")
    inside = config.get("config")
    found = inside.get("layers") if isinstance(inside, Mapping) else inside  # a bare list until Keras 2.2.3
    if not isinstance(found, list):
        raise ValueError("the model's description holds no list of layers; keras_model.to_json() writes one")
    for position, layer in enumerate(found):
        if not (
            isinstance(layer, Mapping) and "class_name" in layer and isinstance(layer.get("config"), Mapping)
        ):
            raise ValueError(
                f"layers[{position}] is no layer's description: class_name and config are missing"
            )
    return found


def _batch_shape(layer: Config) -> list[int] | None:
    """Return the shape that a layer says its input has: Keras 3's name for it, or that of Keras 2."""
    options = layer["config"]
    shape: list[int] | None = options.get("batch_shape") or options.get("batch_input_shape")
    return shape


def _layers(described: Sequence[Config]) -> Iterator[Layer]:
    """Turn Keras's layers into ours; a ZeroPadding2D goes into the convolution that follows."""
    zeros: tuple[int, int] | None = None
    for entry in described:
        kind, options = entry["class_name"], entry["config"]
        where = f"{options.get('name', kind)} ({kind})"
        if zeros is not None and kind != "Conv2D":
            raise ValueError(f"{where}: zeros are put only before a Conv2D")
        if kind == "ZeroPadding2D":
            match options.get("padding"):
                case [[int(top), int(bottom)], [int(left), int(right)]] if (top, left) == (bottom, right):
                    zeros = (top, left)
                case other:
                    raise ValueError(f"{where}: padding must be the same on both sides, got {other}")
            continue
        yield from _layer(kind, options, where, zeros)
        zeros = None
    if zeros is not None:
        raise ValueError("the last layer is a ZeroPadding2D; zeros are put only before a Conv2D")


def _layer(kind: str, options: Config, where: str, zeros: tuple[int, int] | None) -> Iterator[Layer]:
    """Give our layer for one of Keras's, and a ReLU where its activation says so."""

    def expect(**fits: Any) -> None:
        for option, value in fits.items():
            asked = options.get(option, value)
            if asked != value:
                raise ValueError(f"{where}: {option} is {asked!r}; convlib knows only {value!r}")

    def given(option: str) -> Any:
        if option not in options:
            raise ValueError(f"{where}: {option} is missing")
        return options[option]

    def tuple_of(option: str) -> tuple[int, int]:
        value = given(option)
        return (value, value) if isinstance(value, int) else (value[0], value[1])

    if kind == "Conv2D":
        expect(data_format="channels_last", dilation_rate=[1, 1], groups=1, use_bias=True)
        padding = options.get("padding", "valid")
        if zeros is not None:
            expect(padding="valid")
        strides = tuple_of("strides") if "strides" in options else (1, 1)
        yield Conv2D(given("filters"), tuple_of("kernel_size"), strides, padding if zeros is None else zeros)
    elif kind in ("MaxPooling2D", "AveragePooling2D"):
        expect(data_format="channels_last", padding="valid")
        pool = MaxPool2D if kind == "MaxPooling2D" else AvgPool2D
        strides_given = options.get("strides") is not None
        yield pool(tuple_of("pool_size"), tuple_of("strides") if strides_given else None)
    elif kind == "GlobalMaxPooling2D":
        expect(data_format="channels_last", keepdims=False)
        yield GlobalMaxPool2D()
    elif kind == "Dense":
        expect(use_bias=True)
        yield Dense(given("units"))
    elif kind == "Flatten":
        expect(data_format="channels_last")
        yield Flatten()
    elif kind == "ReLU":
        expect(max_value=None, negative_slope=0.0, threshold=0.0)
        yield ReLU()
    elif kind != "Activation":
        raise ValueError(f"{where}: convlib has no such layer")

    activation = options.get("activation", "linear")
    if activation == "relu":
        yield ReLU()
    elif activation == "softmax":
        raise ValueError(
            f"{where}: activation is 'softmax'; here a network ends at its scores, and the loss has the"
            " softmax (in Keras: activation=None and from_logits=True)"
        )
    elif activation != "linear":
        raise ValueError(f"{where}: activation must be 'relu' or none, got {activation!r}")


def _layouts(model: Sequential) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Give each weight array's name, its shape as filters, and PyTorch's shape.

    A dense layer after a Flatten of (H, W, C) is seen as M filters of the whole volume: then the same turn of
    axes, (KH, KW, C, F) to (F, C, KH, KW), serves both kinds of layers.
    """
    flattened: tuple[int, ...] = ()
    for layer in model.layers:
        if isinstance(layer, Flatten):
            flattened = layer.input_shape
        if isinstance(layer, Conv2D):
            KH, KW, C, F = shape = layer.params["w"].shape
            yield f"{layer.name}.w", shape, (F, C, KH, KW)
        elif isinstance(layer, Dense):
            D, M = layer.params["w"].shape
            volume = flattened if len(flattened) == 3 else (1, 1, D)
            yield f"{layer.name}.w", (*volume, M), (M, D)
            flattened = ()
        if "b" in layer.params:
            shape = layer.params["b"].shape
            yield f"{layer.name}.b", shape, shape
