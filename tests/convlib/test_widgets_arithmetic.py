"""Every number that a figure computes on the page is the one that convlib computes."""

from __future__ import annotations

import itertools
import json
import random
import re

import numpy as np
import pytest
from traitlets import TraitError

from convlib import fast, reference, shapes, widgets
from convlib.training import History
from convlib.widgets._figure import answer
from support.figures import run_in_node, settings


def _volume(rows: list) -> np.ndarray:
    """A map as a batch of one picture of one channel."""
    return np.array(rows, dtype=float)[None, :, :, None]


def test_the_kernel_painters_map_is_the_references(tmp_path) -> None:
    rng = np.random.default_rng(5)
    cases = []
    for _ in range(40):
        KH, KW = rng.integers(1, 8, size=2)
        H, W = KH + rng.integers(0, 9), KW + rng.integers(0, 9)
        cases.append([rng.normal(size=(H, W)).tolist(), rng.normal(size=(KH, KW)).tolist()])
    script = "return data.map(([x, k]) => [figure.correlate2d(x, k), figure.rotated(k)]);"
    for (x, k), (shown, rotated) in zip(
        cases, run_in_node(tmp_path, widgets.KernelPainter, script, cases), strict=True
    ):
        expected = reference.conv2d(_volume(x), np.array(k)[:, :, None, None], np.zeros(1))
        np.testing.assert_allclose(shown, expected[0, :, :, 0], rtol=1e-12, atol=1e-12)
        assert rotated == np.array(k)[::-1, ::-1].tolist()


def test_both_pools_are_the_references_and_so_is_the_shift(tmp_path) -> None:
    """Every window and stride, every shift; the map, whose numbers are without end, is drawn."""
    rng = np.random.default_rng(8)
    cases = []
    shifts = itertools.cycle(itertools.product(range(-3, 4), repeat=2))
    for KH, KW, *step in itertools.product(range(1, 5), repeat=4):
        values = rng.integers(-3, 4, size=rng.integers((KH, KW), 9))
        cases.append([values.tolist(), (KH, KW), step, *next(shifts)])
    script = """
        return data.map(([values, size, step, down, right]) => {
            const x = figure.shifted(values, down, right);
            const out = figure.pools(x, size, step);
            return [x, out.map((row) => row.map((p) => p.max)), out.map((row) => row.map((p) => p.mean)),
                    out.map((row) => row.map((p) => p.first))];
        });"""
    for (values, size, step, down, right), (x, highest, mean, first) in zip(
        cases, run_in_node(tmp_path, widgets.PoolingPair, script, cases), strict=True
    ):
        H, W = np.shape(values)
        expected = np.zeros((H, W))
        for r, c in itertools.product(range(H), range(W)):
            if 0 <= r - down < H and 0 <= c - right < W:
                expected[r, c] = values[r - down][c - right]
        assert x == expected.tolist()
        shown = _volume(x)
        assert highest == reference.max_pool2d(shown, size, step)[0, :, :, 0].tolist()
        np.testing.assert_allclose(mean, reference.avg_pool2d(shown, size, step)[0, :, :, 0], rtol=1e-12)
        # One picture for each output, whose gradient is 1 there alone: it goes to the cell that is marked.
        outputs = len(first) * len(first[0])
        upstream = np.eye(outputs).reshape(outputs, len(first), len(first[0]), 1)
        dx = fast.max_pool2d_backward(upstream, shown.repeat(outputs, axis=0), size, step)
        assert np.argwhere(dx[..., 0])[:, 1:].tolist() == [cell for row in first for cell in row]


def test_the_channel_summers_output_and_counts_are_convlibs(tmp_path) -> None:
    names = "size", "channels", "kernel", "untied"
    cases = [
        dict(zip(names, case, strict=True))
        for case in itertools.product(range(3, 8), range(1, 5), range(1, 4), (False, True))
    ]
    script = """
        return data.map((state) => {
            const x = figure.volume(state);
            const out = state.size - state.kernel + 1;
            const cells = Array.from({ length: out * out }, (_, at) => [Math.floor(at / out), at % out]);
            const counts = Array.from({ length: 256 }, (_, f) => figure.counts({ ...state, filters: f + 1 }));
            return [x, cells.map(([i, j]) => figure.sums(state, x, i, j)), counts];
        });"""
    for state, (x, cells, counts) in zip(
        cases, run_in_node(tmp_path, widgets.ChannelSummer, script, cases), strict=True
    ):
        out = state["size"] - state["kernel"] + 1
        picture = np.array(x, dtype=float).transpose(1, 2, 0)[None]
        F = state["kernel"]
        for at, cell in enumerate(cells):
            i, j = divmod(at, out)
            window = picture[:, i : i + F, j : j + F]
            w = np.array(cell["w"], dtype=float).transpose(1, 2, 0)[..., None]
            assert fast.conv2d(window, w, np.ones(1)).item() == cell["total"]
            for c, part in enumerate(cell["parts"]):
                assert fast.conv2d(window[..., [c]], w[:, :, [c]], np.zeros(1)).item() == part
        if not state["untied"]:
            assert len({str(cell["w"]) for cell in cells}) == 1
            totals = reference.conv2d(picture, w, np.ones(1)).ravel().tolist()
            assert totals == [cell["total"] for cell in cells]
        for filters, found in enumerate(counts, start=1):
            layer = state["kernel"], state["channels"], filters
            assert found == {
                "shared": shapes.count_conv_parameters(*layer),
                "untied": shapes.count_locally_connected_parameters(*layer, out),
            }


@pytest.mark.slow
def test_the_bars_are_convlibs_counts(tmp_path) -> None:
    """Every size, window and stride; channels, filters and units, factors of the counts, are drawn."""
    draw = random.Random(4)
    factors = {"channels": 256, "filters": 512, "units": 4096}
    cases = [
        {"size": size, "kernel": kernel, "stride": stride}
        | {name: draw.randint(1, most) for name, most in factors.items()}
        for size, kernel, stride in itertools.product(range(4, 257), range(1, 12), range(1, 5))
    ]
    cases.append({"size": 227, "channels": 3, "kernel": 11, "filters": 96, "stride": 4, "units": 4096})
    shown = run_in_node(tmp_path, widgets.ParameterBars, "return data.map(figure.costs);", cases)
    for case, found in zip(cases, shown, strict=True):
        if case["kernel"] > case["size"]:
            assert found is None
            continue
        out = shapes.output_size(case["size"], case["kernel"], case["stride"])
        inputs, outputs = case["size"] ** 2 * case["channels"], out**2 * case["filters"]
        layer = case["kernel"], case["channels"], case["filters"]
        conv = shapes.count_conv_parameters(*layer)
        products = (conv - case["filters"]) * out**2
        assert [(bar["parameters"], bar["products"]) for bar in found["bars"]] == [
            (shapes.count_dense_parameters([inputs, outputs]), inputs * outputs),
            (shapes.count_dense_parameters([inputs, case["units"]]), inputs * case["units"]),
            (shapes.count_locally_connected_parameters(*layer, out), products),
            (conv, products),
        ]
        for bar in found["bars"] if case["channels"] % 10 == 0 else ():
            # What the figure writes beside a bar is the sum that gives it.
            for formula, value in zip(bar["formulas"], (bar["parameters"], bar["products"]), strict=True):
                assert eval(formula.replace("·", "*")) == value
    assert [bar["parameters"] for bar in shown[-1]["bars"][2:]] == [105_705_600, 34_944]


@pytest.mark.slow
def test_the_scattered_gradient_is_that_of_convlib_for_every_setting(tmp_path) -> None:
    """All 5292 settings; of the squares, every way along an axis, also the cells that each output touches."""
    names = "height", "width", "kernel", "stride", "pad", "mode"
    ranges = range(2, 9), range(2, 9), range(1, 5), range(1, 4), range(3), ("conv", "max", "mean")
    cases = [dict(zip(names, case, strict=True)) for case in itertools.product(*ranges)]
    script = """
        return data.map((state) => {
            const given = figure.numbers(state);
            const touched = given && state.height === state.width && given.dout.map((row, i) =>
                row.map((_, j) => figure.sends(state, given, i, j).map(([r, c]) => [r, c])));
            return given && { ...given, dx: figure.scattered(state, given), touched };
        });"""
    for case, given in zip(cases, run_in_node(tmp_path, widgets.GradientScatter, script, cases), strict=True):
        stride, kernel = case["stride"], case["kernel"]
        pad = case["pad"] if case["mode"] == "conv" else 0
        if given is None:
            assert min(case["height"], case["width"]) + 2 * pad < kernel
            continue
        dout, x = _volume(given["dout"]), _volume(given["x"])
        if case["mode"] == "conv":
            w = np.array(given["w"], dtype=float)[:, :, None, None]
            dx, *_ = fast.conv2d_backward(dout, x, w, stride, pad)
        else:
            back = fast.max_pool2d_backward if case["mode"] == "max" else fast.avg_pool2d_backward
            dx = back(dout, x, kernel, stride)
        assert np.abs(dx[0, :, :, 0] - given["dx"]).max() < 1e-12, case
        if given["touched"]:
            axis = shapes.Axis(case["width"], kernel, stride, pad, pad)
            windows = [range(axis.padded)[axis.window(o)] for o in range(axis.out)]
            assert given["touched"] == [
                [[[r - pad, c - pad] for r in rows for c in columns] for columns in windows]
                for rows in windows
            ], case


def test_the_page_is_told_of_a_learners_exception_with_its_place() -> None:
    def correlate2d(x, k):
        return x[len(x)]

    def unfinished(x, k):
        raise NotImplementedError

    def forgetful(x, k):
        x.sum()

    rows = [[1, 2], [3, 4]]
    error = answer(correlate2d, [rows, rows], {})["error"]
    assert error.startswith("correlate2d stops with IndexError: index 2 is out of bounds")
    assert error.endswith("(line 2: return x[len(x)])")
    assert answer(unfinished, [rows, rows], {}) == {"error": "unfinished is not written yet."}
    assert "not finite" in answer(lambda x, k: np.full(3, np.nan), [rows, rows], {})["error"]
    assert "not an array of numbers" in answer(lambda x, k: "map", [rows, rows], {})["error"]
    assert "returns None" in answer(forgetful, [rows, rows], {})["error"]
    assert answer(lambda x, k: x @ k, [rows, rows], {}) == {"values": [[7.0, 10.0], [15.0, 22.0]]}


@pytest.mark.parametrize("name", widgets.__all__)
def test_the_page_is_told_what_every_setting_allows(name: str) -> None:
    figure = getattr(widgets, name)()
    described = json.loads(json.dumps(figure._settings))
    assert sorted(described) == sorted(settings(figure))
    assert {setting: found["default"] for setting, found in described.items()} == settings(figure)
    assert figure._description == getattr(widgets, name).__doc__.partition("\n")[0]


def test_matrices_are_checked() -> None:
    assert widgets.KernelPainter(kernel=np.eye(3)).kernel == np.eye(3).tolist()
    assert widgets.KernelPainter(image=np.eye(2) > 0).image == [[1, 0], [0, 1]]
    for wrong in ([], [[]], [[1, 2], [3]], [["a"]], [[float("nan")]], [[9.5]], np.ones((8, 3)), 3):
        with pytest.raises(TraitError, match=r"kernel of KernelPainter must be 1 to 7 rows .* from -9 to 9"):
            widgets.KernelPainter(kernel=wrong)
    assert widgets.Hyperplane(neurons=[[3, -3, 4]]).neurons == [[3, -3, 4]]
    for wrong in ([[1, 2]], [[1, 2, 3, 4]], [[3.5, 0, 0]], [[0, 0, 5]], [[0, 0, 0]] * 5):
        with pytest.raises(TraitError, match=r"neurons of Hyperplane must be 1 to 4 rows of 3 numbers"):
            widgets.Hyperplane(neurons=wrong)


def test_a_setting_out_of_bounds_is_refused_with_what_is_expected() -> None:
    for figure, wrong, expected in (
        (widgets.StrideBoard, {"width": 17}, "width of StrideBoard must be an integer from 1 to 16, got 17"),
        (widgets.StrideBoard, {"transposed": 1}, "transposed of StrideBoard must be True or False, got 1"),
        (widgets.StrideBoard, {"pinned": "x"}, 'pinned of StrideBoard must be a cell as "BOARD ROW COLUMN"'),
        (widgets.LossSurface, {"lr": 2}, "lr of LossSurface must be a number from 0.01 to 1.2, got 2"),
        (widgets.PoolingPair, {"size": 2.0}, "size of PoolingPair must be an integer from 1 to 4, or a"),
        (
            widgets.GradientScatter,
            {"mode": "min"},
            "mode of GradientScatter must be one of 'conv', 'max', 'mean'",
        ),
        (widgets.TrainingMonitor, {"series": [1]}, "series of TrainingMonitor must be a dict of lists"),
        (
            widgets.TrainingMonitor,
            {"maps": [[[1], [1, 2]]]},
            "maps of TrainingMonitor must be up to 16 images",
        ),
    ):
        with pytest.raises(TraitError, match=re.escape(expected)):
            figure(**wrong)


def test_scores_distances_and_regions_of_neurons(tmp_path) -> None:
    rng = np.random.default_rng(1)
    cases = [rng.normal(size=(1 + i % 4, 3)).tolist() for i in range(24)]
    script = """
        const cells = Array.from({ length: 33 * 33 }, (_, i) => [Math.floor(i / 33), i % 33]);
        return data.map((neurons) => [cells.map(([r, c]) => neurons.map(
            (neuron) => figure.values(neuron, figure.pointOf(r, c)))), figure.regions(neurons)]);"""
    axis = np.linspace(-4, 4, 33)
    x = np.stack(np.meshgrid(axis, -axis), axis=-1).reshape(-1, 2)
    for neurons, (shown, regions) in zip(
        cases, run_in_node(tmp_path, widgets.Hyperplane, script, cases), strict=True
    ):
        w, b = np.array(neurons)[:, :2].T, np.array(neurons)[:, 2]
        scores = reference.dense(x, w, b)
        found = {name: np.array([[n[name] for n in cell] for cell in shown]) for name in shown[0][0]}
        np.testing.assert_allclose(found["score"], scores, atol=1e-12)
        np.testing.assert_allclose(found["distance"], scores / np.linalg.norm(w, axis=0), atol=1e-12)
        np.testing.assert_allclose(found["relu"], reference.relu(scores), atol=1e-12)
        assert regions == len(np.unique(found["score"] > 0, axis=0))


def test_the_computation_graphs_gradients_are_numeric_gradients(tmp_path) -> None:
    names = "w1", "x1", "w2", "x2", "b", "y"
    rng = np.random.default_rng(2)
    cases = [dict(zip(names, row, strict=True)) for row in rng.uniform(-3, 3, size=(60, 6)).tolist()]

    def loss(w1, x1, w2, x2, b, y):
        return (max(w1 * x1 + w2 * x2 + b, 0) - y) ** 2

    shown = run_in_node(tmp_path, widgets.ComputationGraph, "return data.map(figure.passes);", cases)
    for case, found in zip(cases, shown, strict=True):
        assert found["value"]["L"] == pytest.approx(loss(**case))
        for name in names:
            step = 1e-6
            up, down = (loss(**case | {name: case[name] + by}) for by in (step, -step))
            assert found["gradient"][name] == pytest.approx((up - down) / (2 * step), abs=1e-6)


def test_the_path_on_the_loss_surface_is_minibatch_gradient_descent(tmp_path) -> None:
    draw = random.Random(3)
    start = {"slope": -1, "offset": 2}
    cases = [
        {"batch": draw.randint(1, 32), "lr": draw.uniform(0.01, 0.4), "seed": seed} | start
        for seed in range(30)
    ]
    cases.append({"batch": 32, "lr": 1.2, "seed": 0, "slope": -1, "offset": 2})
    script = """
        return { data: figure.examples(), curvature: figure.curvature(), paths: data.map((state) =>
            [figure.batches(state), figure.descend(state),
                figure.descend(state).map((p) => figure.loss(p))]) };"""
    shown = run_in_node(tmp_path, widgets.LossSurface, script, cases)
    x, y = np.array(shown["data"]).T
    design = np.stack([x, np.ones_like(x)], axis=1)
    highest = np.linalg.eigvalsh(2 * design.T @ design / len(x))[-1]
    assert shown["curvature"] == pytest.approx(highest)
    for case, (batches, path, losses) in zip(cases, shown["paths"], strict=True):
        per_epoch = -(-32 // case["batch"])
        for start in range(0, len(batches) - per_epoch + 1, per_epoch):
            assert sorted(i for batch in batches[start : start + per_epoch] for i in batch) == list(range(32))
        point = np.array([case["slope"], case["offset"]], dtype=float)
        for chosen, shown_point, shown_loss in zip(batches, path, losses, strict=False):
            np.testing.assert_allclose(shown_point, point, rtol=1e-9)
            assert shown_loss == pytest.approx(np.mean((design @ point - y) ** 2))
            residual = design[chosen] @ point - y[chosen]
            point = point - case["lr"] * 2 * design[chosen].T @ residual / len(chosen)
    assert len(shown["paths"][-1][1]) < 65  # far above 2 / curvature: it leaves all bounds and ends


def test_the_training_monitor_takes_histories_and_logs_epochs(tmp_path) -> None:
    class KerasHistory:
        def __init__(self) -> None:
            self.history = {"loss": [0.5, 0.25], "accuracy": np.array([0.5, 0.75]), "lr": [1.0, 1.0]}

    assert widgets.TrainingMonitor(KerasHistory()).series == {"loss": [0.5, 0.25], "accuracy": [0.5, 0.75]}
    ours = History(loss=[1.0, 0.5], accuracy=[0.1, 0.2], step_loss=[1.1, 0.9, 0.5])
    monitor = widgets.TrainingMonitor(ours)
    assert monitor.series == {"loss": [1.0, 0.5], "accuracy": [0.1, 0.2], "step_loss": [1.1, 0.9, 0.5]}
    w = np.arange(3 * 3 * 2 * 5).reshape(3, 3, 2, 5)
    monitor.log(loss=0.25, accuracy=0.3, filters=w, maps=np.ones((4, 4, 20)))
    assert monitor.series["loss"] == [1.0, 0.5, 0.25]
    assert monitor.filters == [w[:, :, 0, f].tolist() for f in range(5)]
    assert np.shape(monitor.maps) == (16, 4, 4)
    with pytest.raises(ValueError, match="speed is not a series"):
        monitor.log(speed=1)
    series = [{"loss": [3, 1, 2]}, {"loss": [3, 2, 1], "val_loss": [3, 1, 2]}, {}]
    best = run_in_node(tmp_path, widgets.TrainingMonitor, "return data.map(figure.best);", series)
    assert best == [1, 1, -1]
