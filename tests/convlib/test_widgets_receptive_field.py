"""The receptive-field explorer's arithmetic is convlib's, and its paths are gradients."""

from __future__ import annotations

import functools
import itertools
import random

import numpy as np
import pytest
from traitlets import TraitError

from convlib import reference, shapes
from convlib.widgets import ReceptiveFieldExplorer
from support.figures import run_in_node, settings

CONV = {"kind": "conv", "kernel": 3, "stride": 1, "pad": 1, "dilation": 1}
POOL = {"kind": "pool", "kernel": 2, "stride": 2, "pad": 0, "dilation": 1}
SCRIPT = """
    return data.map(({ size, layers, cell }) => {
        const top = layers.length;
        return {
            maps: figure.stack(size, layers),
            interval: figure.interval(layers, top, 0, cell),
            paths: figure.paths(size, layers, top, cell),
            up: figure.paths(size, layers, 0, Math.min(cell, size - 1)),
        };
    });"""


def _stacks(number: int, size: int = 64) -> list[dict]:
    draw = random.Random(9)
    found = []
    while len(found) < number:
        n = draw.randint(1, size)
        layers, maps = [], [n]
        for _ in range(draw.randint(1, 8)):
            layer = {
                "kind": draw.choice(["conv", "pool"]),
                "kernel": draw.randint(1, 7),
                "stride": draw.choice([1, 1, 2, 3]),
                "pad": draw.randint(0, 3),
                "dilation": draw.choice([1, 1, 2]),
            }
            try:
                above = shapes.output_size(
                    maps[-1], *(layer[k] for k in ("kernel", "stride", "pad", "dilation"))
                )
            except ValueError:
                continue
            layers.append(layer)
            maps.append(above)
        if layers:
            found.append({"size": n, "layers": layers, "maps": maps, "cell": draw.randrange(maps[-1])})
    return found


def _plain(layers: list[dict]) -> list[dict]:
    return [{key: value for key, value in layer.items() if key != "kind"} for layer in layers]


@functools.cache
def _fitting(padded: int, kernel: int, stride: int, dilation: int) -> int:
    """Return the size of the map above one with its padding, 0 where the window does not fit."""
    try:
        return shapes.output_size(padded, kernel, stride, 0, dilation)
    except ValueError:
        return 0


@pytest.mark.slow
def test_every_layer_that_can_be_set_is_convlibs(tmp_path) -> None:
    """All 6336 layers: the map above on all 64 sizes; what each cell sees of the largest; the numbers."""
    every = list(itertools.product(range(1, 12), range(1, 9), range(9), range(1, 9)))
    script = """
        return data.map(([kernel, stride, pad, dilation]) => {
            const layers = [{ kind: "conv", kernel, stride, pad, dilation }];
            const sizes = Array.from({ length: 64 }, (_, i) => figure.stack(i + 1, layers)[1].n);
            const [, { field, jump, start }] = figure.stack(64, layers);
            const cells = Array.from({ length: sizes[63] }, (_, o) => figure.paths(64, layers, 1, o)[0]);
            return [sizes, field, jump, start, figure.interval(layers, 1, 0, 2),
                cells.map((ways) => ways.flatMap((n, i) => Array(n).fill(i)))];
        });"""
    shown = run_in_node(tmp_path, ReceptiveFieldExplorer, script, every)
    names = "kernel", "stride", "pad", "dilation"
    for layer, (sizes, field, jump, start, interval, cells) in zip(every, shown, strict=True):
        kernel, stride, pad, dilation = layer
        assert sizes == [_fitting(n + 2 * pad, kernel, stride, dilation) for n in range(1, 65)], layer
        layers = [dict(zip(names, layer, strict=True))]
        assert (field, jump) == shapes.receptive_field(layers), layer
        assert start == shapes.receptive_start(layers), layer
        assert interval == list(shapes.receptive_box(layers, 2, 2)[:2]), layer
        axis = shapes.Axis(64, kernel, stride, pad, pad, dilation) if sizes[-1] else None
        for o, ways in enumerate(cells):
            window = axis.window(o)
            seen = range(window.start - pad, window.stop - pad, window.step)
            assert ways == [i for i in seen if 0 <= i < 64], (layer, o)


def test_sizes_fields_jumps_starts_and_boxes_are_convlibs(tmp_path) -> None:
    """Drawn, for stacks of up to 8 layers are without number; each layer by itself is in the test above."""
    cases = _stacks(400)
    for case, shown in zip(cases, run_in_node(tmp_path, ReceptiveFieldExplorer, SCRIPT, cases), strict=True):
        assert [m["n"] for m in shown["maps"]] == case["maps"], case
        for depth, m in enumerate(shown["maps"]):
            layers = _plain(case["layers"][:depth])
            assert (m["field"], m["jump"]) == shapes.receptive_field(layers), case
            assert m["start"] == shapes.receptive_start(layers), case
        i = case["cell"]
        first, last, *_ = shapes.receptive_box(_plain(case["layers"]), i, i)
        assert shown["interval"] == [first, last], case


def test_paths_down_are_the_gradient_of_a_stack_whose_weights_are_all_one(tmp_path) -> None:
    cases = _stacks(25, size=20)
    for case, shown in zip(cases, run_in_node(tmp_path, ReceptiveFieldExplorer, SCRIPT, cases), strict=True):
        upstream = np.zeros((1, case["maps"][-1], 1, 1))
        upstream[0, case["cell"]] = 1
        one_up = np.zeros((1, case["size"], 1, 1))
        one_up[0, min(case["cell"], case["size"] - 1)] = 1
        for depth in reversed(range(len(case["layers"]))):
            layer = case["layers"][depth]
            x = np.zeros((1, case["maps"][depth], 1, 1))
            w = np.ones((layer["kernel"], 1, 1, 1))
            how = {"stride": layer["stride"], "pad": (layer["pad"], 0), "dilation": (layer["dilation"], 1)}
            how["stride"] = (layer["stride"], 1)
            upstream, *_ = reference.conv2d_backward(upstream, x, w, **how)
            assert shown["paths"][depth] == upstream.ravel().tolist(), (case, depth)
        for depth, layer in enumerate(case["layers"]):
            w = np.ones((layer["kernel"], 1, 1, 1))
            how = {
                "stride": (layer["stride"], 1),
                "pad": (layer["pad"], 0),
                "dilation": (layer["dilation"], 1),
            }
            one_up = reference.conv2d(one_up, w, np.zeros(1), **how)
            assert shown["up"][depth + 1] == one_up.ravel().tolist(), (case, depth)


def test_a_link_sets_the_layers_that_python_would_take(tmp_path) -> None:
    texts = "c3s1p1d1-p2s2p0d1", "c12s1p0d1", "c3s9p0d1", "x3s1p0d1", "-".join(["c3s1p0d1"] * 9), ""
    script = """
        const { check, encode } = figure.layersCheck(data.limits);
        return data.texts.map((text) => check(text) ?? null)
            .map((layers) => [layers, layers && encode(layers)]);"""
    limits = ReceptiveFieldExplorer()._settings["layers"]
    found = run_in_node(tmp_path, ReceptiveFieldExplorer, script, {"limits": limits, "texts": texts})
    (layers, text), *refused = found
    assert ReceptiveFieldExplorer(layers).layers == layers == [CONV, POOL]
    assert text == texts[0]
    assert refused == [[None, None]] * 5


def test_layers_are_completed_and_checked() -> None:
    explorer = ReceptiveFieldExplorer([{"kernel": 3, "pad": 1}], size=9)
    assert settings(explorer)["layers"] == [
        {"kind": "conv", "kernel": 3, "stride": 1, "pad": 1, "dilation": 1}
    ]
    with pytest.raises(ValueError, match="lenet, vgg"):
        ReceptiveFieldExplorer("alexnet")
    for wrong in ([{"kernel": 0}], [{"stride": 2}], [{"kernel": 3, "width": 2}], [{"kernel": 3}] * 9):
        with pytest.raises(TraitError):
            ReceptiveFieldExplorer(wrong)
