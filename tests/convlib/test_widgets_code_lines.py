"""The lines of code beside a figure compute the same in this course, in Keras and in PyTorch."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from figure_tools import run_in_node
from needs import needs

from convlib import reference, shapes
from convlib.widgets import KernelPainter, PoolingPair, ReceptiveFieldExplorer, StrideBoard


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keras on PyTorch: both are compared here."""
    needs("torch", "keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras

    return keras


def _fits(state: dict) -> bool:
    """Whether a window fits on both axes."""

    def at(value: Any, i: int) -> Any:
        return value[i] if isinstance(value, list) else value

    for i, n in enumerate((state["height"], state["width"])):
        k, stride, dilation = (at(state[name], i) for name in ("kernel", "stride", "dilation"))
        pad = 0 if state["pad"] == "valid" else at(state["pad"], i)
        if pad == "same":
            continue
        try:
            size = shapes.transposed_size if state["transposed"] else shapes.output_size
            size(n, k, stride, pad, dilation)
        except ValueError:
            return False
    return True


def _some_settings(number: int) -> list[dict]:
    draw = random.Random(6)
    found = []
    while len(found) < number:
        state = {
            "height": draw.randint(2, 9),
            "width": draw.randint(2, 9),
            "kernel": draw.choice([1, 2, 3, [2, 3], [3, 1]]),
            "stride": draw.choice([1, 1, 2, 3, [1, 2]]),
            "pad": draw.choice([0, 1, "same", "same", "valid", [1, 0]]),
            "dilation": draw.choice([1, 1, 1, 2]),
            "transposed": draw.random() < 0.4,
        }
        if _fits(state):
            found.append(state)
    return found


def test_the_stride_boards_lines(tmp_path, keras) -> None:
    import torch

    C, F = 2, 3
    cases = _some_settings(28)
    lines = run_in_node(tmp_path, StrideBoard, "return data.map(figure.codeLines);", cases)
    rng = np.random.default_rng(6)
    for state, line in zip(cases, lines, strict=True):
        KH, KW = shapes.pair("kernel", state["kernel"], 1)
        # A transposed layer turns F channels into C: its weights are those of the convolution it undoes.
        x = rng.normal(size=(2, state["height"], state["width"], F if state["transposed"] else C))
        w = rng.normal(size=(KH, KW, C, F))
        b = rng.normal(size=C if state["transposed"] else F)
        names = {"conv2d": reference.conv2d, "conv2d_transpose": reference.conv2d_transpose, "x": x, "w": w}
        ours = eval(line["ours"], names | {"b": b})

        given = {"channels": x.shape[-1], "filters": ours.shape[-1]}
        modules = eval(f"[{line['pytorch']}]", vars(torch.nn) | given)
        weighted = next(m for m in modules if hasattr(m, "weight"))
        weighted.double()
        weighted.weight.data = torch.tensor(w.transpose(3, 2, 0, 1))
        weighted.bias.data = torch.tensor(b)
        theirs = torch.nn.Sequential(*modules)(torch.tensor(x.transpose(0, 3, 1, 2)))
        np.testing.assert_allclose(
            theirs.detach().numpy().transpose(0, 2, 3, 1), ours, err_msg=str((state, line))
        )

        if "refuses" in line["keras"]:
            continue
        layers = eval(f"[{line['keras']}]", vars(keras.layers) | given)
        model = keras.Sequential([keras.Input(x.shape[1:]), *layers])
        model.set_weights([w, b])
        np.testing.assert_allclose(
            model(x.astype("float32")).detach().numpy(), ours, atol=1e-4, err_msg=str((state, line))
        )


def test_keras_does_refuse_a_stride_together_with_a_dilation(keras) -> None:
    for layer in (keras.layers.Conv2D, keras.layers.Conv2DTranspose):
        with pytest.raises(ValueError, match="not supported in conjunction with"):
            layer(1, 3, strides=2, dilation_rate=2)


def test_the_receptive_field_explorers_lines(tmp_path, keras) -> None:
    import torch

    presets = run_in_node(tmp_path, ReceptiveFieldExplorer, "return figure.PRESETS;", None)
    stacks = [(size, layers) for _, size, layers in presets.values()]
    stacks.append((20, [{"kind": "conv", "kernel": 3, "stride": 1, "pad": 2, "dilation": 2}]))
    lines = run_in_node(
        tmp_path, ReceptiveFieldExplorer, "return data.map(([, layers]) => figure.codeLines(layers));", stacks
    )
    for (size, layers), line in zip(stacks, lines, strict=True):
        plain = [{key: value for key, value in layer.items() if key != "kind"} for layer in layers]
        assert eval(line["ours"], vars(shapes).copy()) == shapes.receptive_field(plain)
        maps = [size]
        for layer in plain:
            maps.append(shapes.output_size(maps[-1], *layer.values()))
        names = {"channels": 1, "filters": 1}
        modules = eval(f"[{line['pytorch']}]", vars(torch.nn) | names)
        theirs = torch.nn.Sequential(*modules)(torch.zeros(1, 1, size, size))
        assert theirs.shape == (1, 1, maps[-1], maps[-1])
        layers = eval(f"[{line['keras']}]", vars(keras.layers) | names)
        model = keras.Sequential([keras.Input((size, size, 1)), *layers])
        assert model.output_shape == (None, maps[-1], maps[-1], 1)


def test_the_kernel_painters_lines(keras) -> None:
    """As the figure's source has them: with a turned kernel for the convolution."""
    import torch

    source = str(KernelPainter()._esm)
    rng = np.random.default_rng(0)
    x, k = rng.normal(size=(6, 7)), rng.normal(size=(3, 2))
    for turned, in_keras, in_torch in (
        (k, "k[..., None, None]", "k"),
        (k[::-1, ::-1], "k[::-1, ::-1, None, None]", "k.flip(0, 1)"),
    ):
        assert in_keras in source
        assert in_torch in source
        ours = reference.conv2d(x[None, ..., None], turned[..., None, None], np.zeros(1))[0, ..., 0]
        kernel = eval(in_keras, {"k": k}).copy()
        theirs = keras.ops.conv(x[None, ..., None].astype("float32"), kernel.astype("float32"))[0, ..., 0]
        np.testing.assert_allclose(theirs.numpy(), ours, atol=1e-5)
        kernel = eval(in_torch, {"k": torch.tensor(k)})
        theirs = torch.nn.functional.conv2d(torch.tensor(x)[None, None], kernel[None, None])[0, 0]
        np.testing.assert_allclose(theirs.numpy(), ours)


def test_the_pooling_pairs_lines(keras) -> None:
    import torch

    source = str(PoolingPair()._esm)
    x = np.random.default_rng(0).normal(size=(1, 7, 8, 1))
    for name, ours in (("Max", reference.max_pool2d), ("Average", reference.avg_pool2d)):
        assert f"{name}Pooling2D(" in source
        layer = getattr(keras.layers, f"{name}Pooling2D")(3, strides=2)
        np.testing.assert_allclose(layer(x.astype("float32")).numpy(), ours(x, 3, 2), atol=1e-6)
        pool = getattr(torch.nn, f"{name[:3]}Pool2d".replace("Ave", "Avg"))(3, stride=2)
        theirs = pool(torch.tensor(x.transpose(0, 3, 1, 2)))
        np.testing.assert_allclose(theirs.numpy().transpose(0, 2, 3, 1), ours(x, 3, 2))
