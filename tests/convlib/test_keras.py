"""Networks and weights against Keras itself (torch backend), PyTorch itself, and outputs recorded from Keras.

`PYTHONPATH=tests python tests/convlib/test_keras.py` records again, with Keras installed.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convlib import keras as peers
from convlib.layers import (
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalMaxPool2D,
    MaxPool2D,
    ReLU,
    Sequential,
)

# Keras 3.15 on torch calls NumPy 2 in a way that NumPy means to give up.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RECORDED = Path(__file__).with_name("keras_recorded.npz")


def real_keras() -> Any:
    from support.needs import needs

    needs("keras", "torch")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    return keras


def networks() -> dict[str, Sequential]:
    """Every layer and every way of padding, odd and rectangular sizes, with biases that are not 0."""
    nets = {
        "glyphs": Sequential(
            [
                *(Conv2D(8, 3, padding="same"), ReLU(), MaxPool2D(2)),
                *(Conv2D(16, 3, padding="same"), ReLU(), MaxPool2D(2)),
                *(Flatten(), Dense(6)),
            ],
            (16, 16, 1),
        ),
        "uneven": Sequential(
            [
                *(Conv2D(4, (4, 3), strides=(2, 3), padding="same"), ReLU(), AvgPool2D((2, 1), strides=1)),
                *(Conv2D(5, 2, padding=(2, 1)), ReLU(), Flatten(), Dense(7), ReLU(), Dense(3)),
            ],
            (11, 14, 3),
        ),
        "global": Sequential([Conv2D(6, 3, padding=2), ReLU(), GlobalMaxPool2D(), Dense(4)], (9, 7, 2)),
        "dense": Sequential([Dense(5), ReLU(), Dense(2)], (8,)),
    }
    rng = np.random.default_rng(7)
    for net in nets.values():
        net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    return nets


@pytest.fixture(params=list(networks()))
def net(request: pytest.FixtureRequest) -> Sequential:
    return networks()[request.param]


def some_input(net: Sequential, count: int = 5) -> np.ndarray:
    return np.random.default_rng(8).normal(size=(count, *net.input_shape)).astype(np.float32)


def summary(model: Any, **options: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def test_a_network_given_to_keras_computes_the_same_scores(net: Sequential) -> None:
    real_keras()
    x = some_input(net)
    theirs = peers.to_keras(net).predict(x, verbose=0)
    np.testing.assert_allclose(net.predict(x), theirs, rtol=1e-4, atol=1e-4)


def test_a_network_comes_back_from_keras_as_it_went(net: Sequential) -> None:
    real_keras()
    back = peers.from_keras(peers.to_keras(net))
    assert [repr(layer) for layer in back.layers] == [repr(layer) for layer in net.layers]
    for ours, theirs in zip(back.get_weights(), net.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_summary_is_what_keras_prints() -> None:
    real_keras()
    for name in ("glyphs", "dense"):  # zeros as a number are a layer of their own there
        net = networks()[name]
        theirs = summary(peers.to_keras(net), line_length=76)
        assert summary(net) == theirs


def test_a_config_is_read_back_without_keras(net: Sequential) -> None:
    config = json.loads(json.dumps(peers.to_config(net)))
    back = peers.from_config(config, net.get_weights())
    assert [repr(layer) for layer in back.layers] == [repr(layer) for layer in net.layers]
    np.testing.assert_array_equal(back.predict(some_input(net)), net.predict(some_input(net)))


def keras_model() -> Any:
    """A model as a Keras user writes it, with activations inside the layers and an uneven "same"."""
    keras = real_keras()
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((12, 11, 3)),
            keras.layers.Conv2D(6, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2D(8, (2, 3), activation="relu", bias_initializer="random_normal"),
            keras.layers.AveragePooling2D(2, strides=1),
            keras.layers.ZeroPadding2D(1),
            keras.layers.Conv2D(4, 3),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(5, activation="relu", bias_initializer="random_normal"),
            keras.layers.Dense(3),
        ]
    )


def record() -> dict[str, np.ndarray]:
    """What Keras says about this model: its description, weights, summary, and scores for one input."""
    model = keras_model()
    x = np.random.default_rng(1).normal(size=(4, 12, 11, 3)).astype(np.float32)
    return {
        "config": np.array(model.to_json()),
        "summary": np.array(summary(model, line_length=76)),
        "x": x,
        "scores": model.predict(x, verbose=0),
        **{f"weights_{k}": w for k, w in enumerate(model.get_weights())},
    }


@pytest.fixture
def recorded() -> dict[str, np.ndarray]:
    with np.load(RECORDED, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_a_recorded_keras_model_computes_its_recorded_scores(recorded: dict[str, np.ndarray]) -> None:
    weights = [recorded[f"weights_{k}"] for k in range(sum(name.startswith("weights") for name in recorded))]
    net = peers.from_config(json.loads(str(recorded["config"])), weights)
    np.testing.assert_allclose(net.predict(recorded["x"]), recorded["scores"], rtol=1e-4, atol=1e-5)
    assert f"Total params: {net.count_params():,}" in str(recorded["summary"])


def test_the_recording_is_what_keras_says_today(recorded: dict[str, np.ndarray]) -> None:
    model = keras_model()
    model.set_weights([recorded[f"weights_{k}"] for k in range(len(model.get_weights()))])
    scores = model.predict(recorded["x"], verbose=0)
    np.testing.assert_allclose(scores, recorded["scores"], rtol=1e-4, atol=1e-5)
    assert summary(model, line_length=76) == str(recorded["summary"])


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ({"class_name": "LSTM", "config": {"name": "lstm"}}, "lstm.*no such layer"),
        ({"class_name": "Dense", "config": {"units": 2, "activation": "softmax"}}, "from_logits"),
        ({"class_name": "Dense", "config": {"units": 2, "activation": "tanh"}}, "relu.*tanh"),
        ({"class_name": "Dense", "config": {"units": 2, "use_bias": False}}, "use_bias is False"),
        ({"class_name": "ReLU", "config": {"max_value": 6.0}}, "max_value is 6.0"),
        ({"class_name": "ZeroPadding2D", "config": {"padding": [[0, 1], [0, 1]]}}, "both sides"),
        ({"class_name": "ZeroPadding2D", "config": {"padding": [[1, 1], [1, 1]]}}, "only before a Conv2D"),
        (
            {"class_name": "Conv2D", "config": {"filters": 1, "kernel_size": [3, 3], "groups": 2}},
            "groups is 2",
        ),
        (
            {"class_name": "MaxPooling2D", "config": {"pool_size": [2, 2], "padding": "same"}},
            "padding is 'same'",
        ),
    ],
)
def test_what_convlib_has_not_is_refused_by_name(layer: dict[str, Any], told: str) -> None:
    begin = {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 2]}}
    with pytest.raises(ValueError, match=told):
        peers.from_config({"class_name": "Sequential", "config": {"layers": [begin, layer]}})


KERAS_2 = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {
                    "batch_input_shape": [None, 8, 8, 1],
                    "dtype": "float32",
                    "sparse": False,
                    "ragged": False,
                    "name": "conv2d_input",
                },
            },
            {
                "class_name": "Conv2D",
                "config": {
                    "name": "conv2d",
                    "trainable": True,
                    "batch_input_shape": [None, 8, 8, 1],
                    "dtype": "float32",
                    "filters": 4,
                    "kernel_size": [3, 3],
                    "strides": [1, 1],
                    "padding": "same",
                    "data_format": "channels_last",
                    "dilation_rate": [1, 1],
                    "groups": 1,
                    "activation": "relu",
                    "use_bias": True,
                    "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
                },
            },
            {
                "class_name": "MaxPooling2D",
                "config": {
                    "name": "max_pooling2d",
                    "pool_size": [2, 2],
                    "padding": "valid",
                    "strides": [2, 2],
                    "data_format": "channels_last",
                },
            },
            {"class_name": "Flatten", "config": {"name": "flatten", "data_format": "channels_last"}},
            {"class_name": "Dense", "config": {"name": "dense", "units": 10, "activation": "linear"}},
        ],
    },
    "keras_version": "2.13.1",
    "backend": "tensorflow",
}


def test_what_keras_2_wrote_is_read_like_what_keras_3_writes() -> None:
    net = peers.from_config(KERAS_2)
    assert [type(layer) for layer in net.layers] == [Conv2D, ReLU, MaxPool2D, Flatten, Dense]
    assert net.input_shape == (8, 8, 1)
    without_input = {**KERAS_2, "config": {"layers": KERAS_2["config"]["layers"][1:]}}
    before_2_2_3 = {**KERAS_2, "config": KERAS_2["config"]["layers"][1:]}
    for older in (without_input, before_2_2_3):
        again = peers.from_config(older, net.get_weights())
        x = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype(np.float32)
        np.testing.assert_array_equal(again.predict(x), net.predict(x))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (json.dumps(KERAS_2), "config must be the dict that json.loads makes of it, got a string"),
        (None, "config does not say what it describes"),
        ({"model": 1}, "config does not say what it describes"),
        ({"class_name": "Sequential"}, "holds no list of layers"),
        ({"class_name": "Sequential", "config": {"layers": [1]}}, r"layers\[0\] is no layer's description"),
        (
            {
                "class_name": "Sequential",
                "config": [{"class_name": "Dense", "config": {"batch_shape": [None, 2]}}],
            },
            r"Dense \(Dense\): units is missing",
        ),
        (
            {
                "class_name": "Sequential",
                "config": [{"class_name": "Convolution2D", "config": {"nb_filter": 2}}],
            },
            "does not know its input's shape",
        ),
    ],
)
def test_what_describes_no_model_is_refused_with_a_sentence(config: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        peers.from_config(config)


def test_a_model_without_input_or_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"keras\.Input"):
        peers.from_config({"class_name": "Sequential", "config": {"layers": []}})
    with pytest.raises(ValueError, match="Functional"):
        peers.from_config({"class_name": "Functional", "config": {}})


def test_a_network_given_to_pytorch_computes_the_same_scores(net: Sequential) -> None:
    from support.needs import needs

    needs("torch")
    import torch

    x = some_input(net)
    module = peers.to_torch(net)
    turned = np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x
    with torch.no_grad():
        theirs = module(torch.from_numpy(turned)).numpy()
    np.testing.assert_allclose(net.predict(x), theirs, rtol=1e-4, atol=1e-4)
    for ours, parameter in zip(peers.torch_weights(net), module.parameters(), strict=True):
        np.testing.assert_array_equal(ours, parameter.detach().numpy())


def test_weights_come_back_from_pytorchs_layout_as_they_went(net: Sequential) -> None:
    before = net.get_weights()
    layout = peers.torch_weights(net)
    net.set_weights([np.zeros_like(w) for w in before])
    peers.set_torch_weights(net, layout)
    for got, was in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(got, was)


def test_weights_that_do_not_fit_change_nothing() -> None:
    net = networks()["glyphs"]
    before = net.get_weights()
    layout = peers.torch_weights(net)
    layout[-2] = layout[-2].T
    with pytest.raises(ValueError, match=r"dense\.w must have shape \(6, 256\) in PyTorch, got \(256, 6\)"):
        peers.set_torch_weights(net, layout)
    with pytest.raises(ValueError, match=r"weights must be 6 arrays .*, got 5"):
        peers.set_torch_weights(net, layout[:5])
    for got, was in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(got, was)


def test_importing_it_imports_no_framework() -> None:
    import subprocess

    code = "import convlib.keras, sys; assert not {'keras', 'torch', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    packed = io.BytesIO()
    np.savez_compressed(packed, **record())
    RECORDED.write_bytes(packed.getvalue())
