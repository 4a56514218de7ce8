"""The lines of code beside a figure compute the same in this course, in Keras and in PyTorch."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from autograder import exercises
from convlib import reference, shapes, widgets
from convlib.layers import Dense, Sequential
from convlib.training import fit
from convlib.widgets import ReceptiveFieldExplorer, StrideBoard
from support.figures import run_in_node
from support.needs import needs

LEARNERS = exercises.all()  # what learners write: the lines name it too


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

    presets = ReceptiveFieldExplorer()._settings["layers"]["presets"]
    stacks = [(preset["size"], preset["layers"]) for preset in presets.values()]
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


def _shown(tmp_path: Any, name: str, cases: list[dict]) -> list[dict]:
    """What a figure shows for each case; a case has only the settings that the lines mention."""
    return run_in_node(tmp_path, getattr(widgets, name), "return data.map(figure.codeLines);", cases)


def _run(line: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run a line of statements; the names it leaves."""
    exec(line, names)
    return names


def test_the_kernel_painters_lines(tmp_path, keras) -> None:
    import torch

    rng = np.random.default_rng(0)
    x, k = rng.normal(size=(6, 7)).astype("float32"), rng.normal(size=(3, 2)).astype("float32")
    lines = _shown(tmp_path, "KernelPainter", [{"flip": False}, {"flip": True}])
    for line, turned in zip(lines, (k, k[::-1, ::-1]), strict=True):
        expected = reference.conv2d(x[None, ..., None], turned[..., None, None], np.zeros(1))[0, ..., 0]
        names = {"keras": keras, "torch": torch, "correlate2d": LEARNERS["correlate2d"].reference}
        np.testing.assert_allclose(eval(line["ours"], names | {"x": x, "k": k}), expected, atol=1e-5)
        theirs = eval(line["keras"], names | {"x": x, "k": k})
        np.testing.assert_allclose(theirs.numpy(), expected, atol=1e-5)
        theirs = eval(line["pytorch"], names | {"x": torch.tensor(x), "k": torch.tensor(k)})
        np.testing.assert_allclose(theirs.numpy(), expected, atol=1e-5)


def test_the_pooling_pairs_lines(tmp_path, keras) -> None:
    import torch

    x = np.random.default_rng(0).normal(size=(1, 7, 8, 1))
    cases = [{"size": size, "stride": stride} for size in (2, 3, [2, 3]) for stride in (0, 1, 2, [3, 2])]
    for case, line in zip(cases, _shown(tmp_path, "PoolingPair", cases), strict=True):
        step = case["stride"] or None
        expected = [pool(x, case["size"], step) for pool in (reference.max_pool2d, reference.avg_pool2d)]
        ours = eval(line["ours"], vars(reference) | {"x": x})
        layers = eval(line["keras"], vars(keras.layers).copy())
        modules = eval(line["pytorch"], vars(torch.nn).copy())
        for answer, own, layer, module in zip(expected, ours, layers, modules, strict=True):
            np.testing.assert_array_equal(own, answer)
            np.testing.assert_allclose(layer(x.astype("float32")).numpy(), answer, atol=1e-6)
            theirs = module(torch.tensor(x.transpose(0, 3, 1, 2)))
            np.testing.assert_allclose(theirs.numpy().transpose(0, 2, 3, 1), answer)


def test_the_channel_summers_lines(tmp_path, keras) -> None:
    import torch

    layer = {"size": 5, "channels": 2, "kernel": 3, "filters": 4}
    shared, untied = _shown(tmp_path, "ChannelSummer", [layer | {"untied": u} for u in (False, True)])
    rng = np.random.default_rng(7)
    x, w, b = (rng.normal(size=shape) for shape in ((1, 5, 5, 2), (3, 3, 2, 4), 4))
    assert f"x {x.shape}, w {w.shape}" in shared["ours"]
    expected = eval(shared["ours"], vars(reference) | {"x": x, "w": w, "b": b})
    own = eval(shared["keras"], vars(keras.layers).copy())
    own.build(x.shape)
    own.set_weights([w, b])
    np.testing.assert_allclose(own(x.astype("float32")).detach().numpy(), expected, atol=1e-5)
    module = eval(shared["pytorch"], vars(torch.nn).copy())
    assert [tuple(p.shape) for p in module.parameters()] == [(4, 2, 3, 3), (4,)]

    everywhere = np.broadcast_to(w, (3, 3, *w.shape))
    assert f"w {everywhere.shape}" in untied["ours"]
    names = {"locally_connected2d": LEARNERS["locally_connected2d"].reference}
    names |= {"x": x, "w": everywhere, "b": np.broadcast_to(b, (3, 3, 4))}
    np.testing.assert_allclose(eval(untied["ours"], names), expected)
    assert "no such layer" in untied["keras"]
    assert "no such layer" in untied["pytorch"]
    for layers in (keras.layers, torch.nn):
        assert not [name for name in dir(layers) if "local" in name.lower() and "connect" in name.lower()]


def test_the_hyperplanes_lines(tmp_path, keras) -> None:
    import torch

    neurons = [[1.0, 0.5, -0.5], [-0.5, 2.0, 0.5], [0.5, -1.0, 1.0]]
    (line,) = _shown(tmp_path, "Hyperplane", [{"neurons": neurons, "selected": 1}])
    w, b = np.array(neurons)[:, :2].T, np.array(neurons)[:, 2]
    x = np.random.default_rng(1).normal(size=(9, 2))
    names = {"signed_distance": LEARNERS["signed_distance"].reference, "x": x, "w": w, "b": b}
    distance, active = eval(line["ours"], vars(reference) | names)
    np.testing.assert_allclose(distance, (x @ w[:, 1] + b[1]) / np.hypot(-0.5, 2.0))
    layer = eval(line["keras"], vars(keras.layers).copy())
    layer.build(x.shape)
    layer.set_weights([w, b])
    np.testing.assert_allclose(layer(x.astype("float32")).detach().numpy(), active, atol=1e-6)
    modules = eval(line["pytorch"], vars(torch.nn).copy())
    modules[0].double()
    modules[0].weight.data, modules[0].bias.data = torch.tensor(w.T), torch.tensor(b)
    np.testing.assert_allclose(torch.nn.Sequential(*modules)(torch.tensor(x)).detach().numpy(), active)


def test_the_computation_graphs_lines(tmp_path, keras) -> None:
    import torch

    state = {"w1": 2.0, "x1": 1.0, "w2": -1.0, "x2": 1.5, "b": 0.5, "y": 2.0}
    script = "return [figure.CODE, figure.passes(data).gradient];"
    line, slopes = run_in_node(tmp_path, widgets.ComputationGraph, script, state)
    x, w = np.array([[1.0, 1.5]]), np.array([[2.0], [-1.0]])
    names = {"x": x, "w": w, "b": np.array([0.5]), "y": np.array([[2.0]])}
    found = _run(line["ours"], vars(reference) | names)
    assert found["dx"].ravel().tolist() == pytest.approx([slopes["x1"], slopes["x2"]])
    expected = pytest.approx([slopes["w1"], slopes["w2"], slopes["b"]])
    assert [*found["dw"].ravel(), *found["db"]] == expected
    for who, more in (("keras", {"ops": keras.ops}), ("pytorch", {"torch": torch})):
        tensors = {name: torch.tensor(v, requires_grad=True) for name, v in names.items()}
        found = _run(line[who], more | tensors)
        assert [*found["w"].grad.ravel().tolist(), *found["b"].grad.tolist()] == expected


def test_the_gradient_scatters_lines(tmp_path, keras) -> None:
    import torch

    cases = [
        {"height": 6, "width": 5, "kernel": 3, "stride": stride, "pad": pad, "mode": mode}
        for stride, pad, mode in (
            (1, 0, "conv"),
            (2, 1, "conv"),
            (1, 0, "max"),
            (2, 0, "max"),
            (2, 0, "mean"),
        )
    ]
    script = """return data.map((state) => {
        const given = figure.numbers(state);
        return [figure.codeLines(state), given, figure.scattered(state, given)];
    });"""
    for line, given, dx in run_in_node(tmp_path, widgets.GradientScatter, script, cases):
        x, dout = (np.array(given[name], dtype=float)[None, ..., None] for name in ("x", "dout"))
        w = np.array(given["w"], dtype=float)[..., None, None]
        answer = eval(line["ours"], vars(reference) | {"x": x, "w": w, "dout": dout})
        ours = answer[0] if isinstance(answer, tuple) else answer
        np.testing.assert_allclose(ours[0, ..., 0], dx)
        tensors = {"x": torch.tensor(x, requires_grad=True), "w": torch.tensor(w), "dout": torch.tensor(dout)}
        found = _run(line["keras"], {"ops": keras.ops} | tensors)
        np.testing.assert_allclose(found["x"].grad[0, ..., 0], dx)
        swapped = {
            "x": torch.tensor(x.transpose(0, 3, 1, 2), requires_grad=True),
            "w": torch.tensor(w.transpose(3, 2, 0, 1)),
            "dout": torch.tensor(dout.transpose(0, 3, 1, 2)),
        }
        found = _run(line["pytorch"], vars(torch.nn.functional) | swapped)
        np.testing.assert_allclose(found["x"].grad[0, 0], dx)


def test_the_loss_surfaces_lines_walk_its_path(tmp_path, keras) -> None:
    """With the whole batch there is no chance in the path, and all four end in one point."""
    import torch

    cases = [{"batch": batch, "lr": 0.05, "seed": 0, "slope": -1, "offset": 2} for batch in (32, 20, 5)]
    script = "return [figure.examples(), data.map((s) => [figure.codeLines(s), figure.descend(s).at(-1)])];"
    examples, shown = run_in_node(tmp_path, widgets.LossSurface, script, cases)
    x, y = np.array(examples).T

    def loss_and_grads(params, x, y):
        error = params["w"] * x + params["b"] - y
        return np.mean(error**2), {"w": np.mean(2 * error * x), "b": np.mean(2 * error)}

    names = {"train": LEARNERS["train"].reference, "loss_and_grads": loss_and_grads, "x": x, "y": y}
    for case, (line, _) in zip(cases, shown, strict=True):
        params = {"w": np.array(-1.0), "b": np.array(2.0)}
        more = {"params": params, "rng": np.random.default_rng(0)}
        losses = eval(line["ours"], names | more)
        assert 64 <= len(losses) < 64 + -(-32 // case["batch"])
        if case["batch"] == 32:
            end = [params["w"], params["b"]]
    line, expected = shown[0]
    np.testing.assert_allclose(end, expected)

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[-1.0]]), np.array([2.0])])
    _run(line["keras"], {"model": model, "SGD": keras.optimizers.SGD, "x": x[:, None], "y": y[:, None]})
    np.testing.assert_allclose([v.item() for v in model.get_weights()], expected, atol=1e-5)

    model = torch.nn.Linear(1, 1).double()
    model.weight.data, model.bias.data = torch.tensor([[-1.0]]).double(), torch.tensor([2.0]).double()
    data = torch.utils.data.TensorDataset(torch.tensor(x)[:, None], torch.tensor(y)[:, None])
    names = vars(torch.optim) | vars(torch.utils.data) | {"model": model, "data": data}
    optimizer, batches = eval(line["pytorch"], names)
    for _ in range(64):
        for inputs, labels in batches:
            optimizer.zero_grad()
            torch.mean((model(inputs) - labels) ** 2).backward()
            optimizer.step()
    np.testing.assert_allclose([p.item() for p in model.parameters()], expected)


def test_the_parameter_bars_lines(tmp_path, keras) -> None:
    import torch

    layer = {"size": 16, "channels": 3, "kernel": 5, "filters": 7}
    cases = [layer | {"stride": stride} for stride in (1, 2)]
    for line in _shown(tmp_path, "ParameterBars", cases):
        assert eval(line["ours"], vars(shapes).copy()) == 532
        *made, counted = line["keras"].split("; ")
        assert eval(counted, _run("; ".join(made), vars(keras.layers).copy())) == 532
        assert eval(line["pytorch"], vars(torch.nn).copy()) == 532


def test_the_training_monitors_lines(tmp_path, keras) -> None:
    import torch

    line = run_in_node(tmp_path, widgets.TrainingMonitor, "return figure.CODE;", None)
    x, y = np.random.default_rng(0).normal(size=(8, 2)).astype("float32"), np.arange(8) % 2
    names = {"TrainingMonitor": widgets.TrainingMonitor, "x": x, "y": y, "x_test": x, "y_test": y}
    theirs = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    theirs.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    for who, model in (("ours", Sequential([Dense(2)], (2,))), ("keras", theirs)):
        found = _run(line[who], names | {"model": model, "fit": fit})
        assert sorted(found["monitor"].series.keys() - {"step_loss"}) == [
            "accuracy",
            "loss",
            "val_accuracy",
            "val_loss",
        ]
    found = _run(line["pytorch"], names | {"loss": torch.tensor(0.5)})
    assert found["monitor"].series == {"loss": [0.5]}
