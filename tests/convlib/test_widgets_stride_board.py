"""The stride board's arithmetic is convlib's: over every setting, and in the lines of code it shows."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys

import numpy as np
import pytest
from figure_tools import run_in_node, settings
from needs import needs
from traitlets import TraitError

from convlib import reference, shapes
from convlib.widgets import StrideBoard

# One axis: n, k, stride, pad, dilation, transposed.
AXES = list(
    itertools.product(range(1, 17), range(1, 8), range(1, 6), [*range(7), "same"], range(1, 5), [False, True])
)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list:
    """What the figure shows of each axis: sizes, padding, windows, what is never read; of some, readers."""
    script = """
        return data.map(([n, k, stride, pad, dilation, transposed], index) => {
            const a = figure.axis({ n, k, stride, pad, dilation, transposed });
            const outputs = Array.from({ length: a.legal ? a.small : 0 }, (_, o) => o);
            const cells = Array.from({ length: a.legal ? a.padded : 0 }, (_, i) => i - a.before);
            return [a.legal, a.small, a.wide, a.before, a.after, a.left, a.never,
                    outputs.map(a.taps), index % 7 ? null : cells.map((i) => a.readers(i))];
        });"""
    return run_in_node(tmp_path_factory.mktemp("figure"), StrideBoard, script, AXES)


def _by_convlib(n: int, k: int, stride: int, pad: int | str, dilation: int, transposed: bool) -> tuple | None:
    """Return (outputs, inputs, before, after, windows), or None where convlib refuses."""
    if transposed:
        before, after = shapes.same_padding(n * stride, k, stride, dilation) if pad == "same" else (pad, pad)
        try:
            wide = (
                n * stride
                if pad == "same"
                else shapes.transposed_size(n, k, stride, (before, after), dilation)
            )
        except ValueError:
            return None
        small = n
    else:
        before, after = shapes.same_padding(n, k, stride, dilation) if pad == "same" else (pad, pad)
        try:
            small, wide = shapes.output_size(n, k, stride, (before, after), dilation), n
        except ValueError:
            return None
    axis = shapes.Axis(wide, k, stride, before, after, dilation)
    windows = []
    for o in range(small):
        seen = axis.window(o)
        windows.append([i - before for i in range(seen.start, seen.stop, seen.step)])
    return small, wide, before, after, windows


def test_every_axis_is_drawn_as_convlib_computes_it(drawn: list) -> None:
    for case, (legal, small, wide, before, after, left, never, windows, readers) in zip(
        AXES, drawn, strict=True
    ):
        expected = _by_convlib(*case)
        if expected is None:
            assert not legal, case
            continue
        assert legal, case
        assert [small, wide, before, after, windows] == list(expected), case
        by_cell: dict[int, list] = {i: [] for i in range(-before, wide + after)}
        for o, window in enumerate(windows):
            for tap, i in enumerate(window):
                by_cell[i].append([o, tap])
        assert readers in (None, list(by_cell.values())), case
        assert never == [i for i, found in by_cell.items() if not found], case
        last = max(window[-1] for window in windows)
        if not case[-1]:
            assert left == wide + after - 1 - last, case


def test_what_is_highlighted_is_what_the_reference_reads(tmp_path) -> None:
    """One picture per input cell, 1 there and 0 elsewhere: an output that is not 0 read the cell."""
    draw = random.Random(20)
    cases = []
    while len(cases) < 40:
        height, width = draw.randint(1, 8), draw.randint(1, 8)
        kernel = draw.randint(1, 3), draw.randint(1, 3)
        stride, dilation = (draw.randint(1, 3), draw.randint(1, 3)), (draw.randint(1, 2), draw.randint(1, 2))
        pad = draw.choice([0, 1, (2, 1), "same"])
        state = {"height": height, "width": width, "kernel": kernel, "stride": stride, "pad": pad}
        state |= {"dilation": dilation, "transposed": False}
        if all(_by_convlib(*axis) for axis in _split(state)):
            cases.append(state)
    script = """
        return data.map((state) => {
            const both = figure.axes(state);
            const cells = [];
            for (let r = 0; r < state.height; r++) for (let c = 0; c < state.width; c++)
                cells.push(figure.partners(both, "wide", r, c).map((p) => [p.r, p.c, ...p.tap]));
            return cells;
        });"""
    for state, readers in zip(cases, run_in_node(tmp_path, StrideBoard, script, cases), strict=True):
        rows, columns = (_by_convlib(*axis) for axis in _split(state))
        pad = ((rows[2], rows[3]), (columns[2], columns[3]))
        cells = state["height"] * state["width"]
        KH, KW = state["kernel"]
        x = np.eye(cells).reshape(cells, state["height"], state["width"], 1)
        # Filter (u, v) is 1 at tap (u, v) alone, so the channel of the output says through which tap it came.
        w = np.eye(KH * KW).reshape(KH, KW, 1, KH * KW)
        out = reference.conv2d(x, w, np.zeros(KH * KW), state["stride"], pad, state["dilation"])
        for cell in range(cells):
            found = [[int(i), int(j), *map(int, divmod(f, KW))] for i, j, f in np.argwhere(out[cell])]
            assert sorted(readers[cell]) == found, (state, cell)


def _split(state: dict) -> list[tuple]:
    def at(value, i):
        return value[i] if isinstance(value, (tuple, list)) else value

    names = "kernel", "stride", "pad", "dilation"
    return [
        (n, *(at(state[name], i) for name in names), state["transposed"])
        for i, n in enumerate((state["height"], state["width"]))
    ]


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
        plain = state | {"pad": 0} if state["pad"] == "valid" else state
        if all(_by_convlib(*axis) for axis in _split(plain)):
            found.append(state)
    return found


def test_the_lines_of_code_say_the_same_in_this_course_keras_and_pytorch(tmp_path, monkeypatch) -> None:
    needs("torch", "keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras
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


def test_keras_does_refuse_a_stride_together_with_a_dilation() -> None:
    needs("torch", "keras")
    import keras

    for layer in (keras.layers.Conv2D, keras.layers.Conv2DTranspose):
        with pytest.raises(ValueError, match="not supported in conjunction with"):
            layer(1, 3, strides=2, dilation_rate=2)


def test_settings_are_given_by_keyword_and_checked() -> None:
    board = StrideBoard(width=9, kernel=(3, 2), pad="same")
    assert settings(board) == {
        "height": 7, "width": 9, "kernel": [3, 2], "stride": 2, "pad": "same", "dilation": 1,
        "transposed": False, "step": 0, "pinned": "",
    }  # fmt: skip
    for wrong in (
        {"kernel": 8},
        {"stride": 0},
        {"pad": "full"},
        {"dilation": (1, 2, 3)},
        {"width": 17},
        {"kernel": 2.0},
    ):
        with pytest.raises(TraitError):
            StrideBoard(**wrong)


def test_figures_import_without_numpy() -> None:
    code = "import sys; sys.modules['numpy'] = None; import convlib.widgets as w; w.StrideBoard()"
    subprocess.run([sys.executable, "-c", code], check=True)
