"""The figures' JavaScript: its unit tests run under node, and no bound of a setting is in it."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from convlib import shapes, widgets
from support.needs import needs

TESTS = Path(__file__).parent / "js"
FIGURES = Path(widgets.__file__).parent


def _sizes() -> list[dict[str, Any]]:
    names = "n", "k", "stride", "pad", "dilation"
    found = []
    for case in itertools.product(range(1, 12), range(1, 6), range(1, 4), range(3), range(1, 3)):
        setting = dict(zip(names, case, strict=True))
        try:
            out = shapes.output_size(**setting)
        except ValueError:
            found.append(setting | {"out": 0, "windows": []})
            continue
        n, k, stride, pad, dilation = case
        axis = shapes.Axis(n, k, stride, pad, pad, dilation)
        taken = [range(axis.padded)[axis.window(o)] for o in range(out)]
        found.append(setting | {"out": out, "windows": [[i - pad for i in window] for window in taken]})
    random.Random(1).shuffle(found)
    return found


def _stacks() -> list[dict[str, Any]]:
    draw = random.Random(2)
    found = []
    for _ in range(100):
        layers = [
            {"kernel": draw.randint(1, 5), "stride": draw.randint(1, 3), "pad": draw.randint(0, 2)}
            | {"dilation": draw.randint(1, 2)}
            for _ in range(draw.randint(1, 4))
        ]
        numbers = [shapes.receptive_field(layers[:depth]) for depth in range(len(layers) + 1)]
        boxes = [list(shapes.receptive_box(layers, at, at)[:2]) for at in range(3)]
        fields, jumps = zip(*numbers, strict=True)
        found.append({"size": 64, "layers": layers, "fields": fields, "jumps": jumps, "boxes": boxes})
    return found


def _costs() -> list[dict[str, Any]]:
    draw = random.Random(3)
    found = []
    for _ in range(100):
        most = {"size": 40, "channels": 8, "kernel": 11, "filters": 20, "stride": 4, "units": 100}
        layer = {name: draw.randint(1, high) for name, high in most.items()}
        if layer["kernel"] > layer["size"]:
            found.append({"layer": layer, "parameters": None})
            continue
        out = shapes.output_size(layer["size"], layer["kernel"], layer["stride"])
        inputs = layer["size"] ** 2 * layer["channels"]
        window = layer["kernel"], layer["channels"], layer["filters"]
        parameters = [
            shapes.count_dense_parameters([inputs, out**2 * layer["filters"]]),
            shapes.count_dense_parameters([inputs, layer["units"]]),
            shapes.count_locally_connected_parameters(*window, out),
            shapes.count_conv_parameters(*window),
        ]
        found.append({"layer": layer, "parameters": parameters})
    return found


def _same() -> list[dict[str, Any]]:
    names = "n", "k", "stride", "dilation"
    settings = itertools.product(range(1, 12), range(1, 6), range(1, 4), range(1, 3))
    return [
        dict(zip(names, case, strict=True)) | {"padding": list(shapes.same_padding(*case))}
        for case in settings
    ]


def test_the_figures_arithmetic_passes_its_tests_under_node(tmp_path: Path) -> None:
    needs("node")
    table = tmp_path / "shapes.json"
    numbers = {"sizes": _sizes(), "same": _same(), "stacks": _stacks(), "costs": _costs()}
    table.write_text(json.dumps(numbers), encoding="utf-8")
    files = sorted(map(str, TESTS.glob("*.test.mjs")))
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", *files],
        env=os.environ | {"SHAPES_TABLE": str(table)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.M)
    written = sum(len(re.findall(r"^test\(", Path(file).read_text(), re.M)) for file in files)
    assert passed is not None
    assert int(passed[1]) >= written, "a test did not run"


def test_every_module_is_type_checked() -> None:
    modules = [*FIGURES.glob("*.js"), *FIGURES.glob("shared/*.js")]
    assert len(modules) > len(widgets.__all__)
    unchecked = [path.name for path in modules if not path.read_text().startswith("// @ts-check\n")]
    assert unchecked == []
    assert json.loads((FIGURES / "jsconfig.json").read_text())["compilerOptions"]["strict"] is True
    ignored = [path.name for path in modules if re.search(r"@ts-(ignore|nocheck|expect)", path.read_text())]
    assert ignored == []


@pytest.mark.parametrize("path", sorted(FIGURES.glob("*.js")), ids=lambda path: path.stem)
def test_no_figures_javascript_repeats_a_bound(path: Path) -> None:
    """Sliders take min and max from the setting; tests/browser changes them in Python and looks again."""
    text = path.read_text(encoding="utf-8")
    literal = r"(?:min|max|most|side): (?:-?\d|\[)|\.length (?:===?|<=?|>=?) (?!0\b|1\b)\d"
    allowed = {  # no bounds of settings: the position among the step sizes; a window that is the size
        "loss_surface": ["min: 0"],
        "pooling_pair": ["min: 1"],
    }
    assert re.findall(literal, text) == allowed.get(path.stem, [])
