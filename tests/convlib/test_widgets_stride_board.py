"""The stride board's arithmetic is convlib's: over every setting, and in the lines of code it shows."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys

import numpy as np
import pytest
from traitlets import TraitError

from convlib import reference, shapes
from convlib.widgets import StrideBoard
from support.figures import run_in_node, settings

# One axis: n, k, stride, pad, dilation, transposed. A transposed board is the same geometry read backwards.
_REST = range(1, 8), range(1, 6), [*range(7), "same"], range(1, 5)
AXES = list(itertools.product(range(1, 17), *_REST, [False, True]))


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


@pytest.mark.slow
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
