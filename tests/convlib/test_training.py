"""Training: minibatches, steps, the loop, files of weights, and the accuracies that the course promises."""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convlib import datasets
from convlib.layers import (
    Conv2D,
    Dense,
    Flatten,
    GlobalMaxPool2D,
    Layer,
    MaxPool2D,
    ReLU,
    Sequential,
)
from convlib.training import (
    SGD,
    History,
    fit,
    initial_parameters,
    load_weights,
    minibatches,
    save_weights,
    trained,
)
from support.needs import needs


def little(seed: int = 0) -> Sequential:
    return Sequential([Dense(8), ReLU(), Dense(3)], (4,), seed=seed)


def blobs(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three clouds of points in four dimensions, far apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count)
    return (4 * np.eye(4)[y] + rng.normal(size=(count, 4))).astype(np.float32), y


def test_trained_builds_a_network_and_fits_it_with_smaller_steps_at_the_end() -> None:
    data = blobs(60)
    model, history = trained([Dense(8), ReLU(), Dense(3)], data, 3, blobs(20, seed=1), seed=4)
    other = little(seed=4)
    expected = fit(other, *data, epochs=3, optimizer=SGD(0.03), seed=4, progress=False)
    assert history.step_loss == expected.step_loss
    fit(other, *data, epochs=1, optimizer=SGD(0.005), seed=4, progress=False)
    assert len(history.val_loss) == 3
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_initial_parameters_are_weights_on_hes_scale_and_biases_of_zero() -> None:
    params = initial_parameters({"w": (3, 3, 20, 50), "b": (50,), "v": (4, 1)}, seed=2)
    assert [(name, value.shape) for name, value in params.items()] == [
        ("w", (3, 3, 20, 50)),
        ("b", (50,)),
        ("v", (4, 1)),
    ]
    assert params["w"].std() == pytest.approx(math.sqrt(2 / 180), rel=0.03)
    assert not params["b"].any()
    again = initial_parameters({"w": (3, 3, 20, 50)}, seed=2)
    np.testing.assert_array_equal(again["w"], params["w"])
    assert not np.array_equal(initial_parameters({"w": (3, 3, 20, 50)}, seed=3)["w"], params["w"])
    for shape in ((), (3, 0)):
        with pytest.raises(ValueError, match="the shape of 'w' must have axes of length 1 or more"):
            initial_parameters({"w": shape})


def test_minibatches_give_every_example_once_with_its_label() -> None:
    x, y = np.arange(22).reshape(11, 2), np.arange(11)
    batches = list(minibatches(x, y, 4, np.random.default_rng(0)))
    assert [len(b) for _, b in batches] == [4, 4, 3]
    order = np.concatenate([b for _, b in batches])
    assert sorted(order) == list(range(11))
    assert list(order) != list(range(11))
    np.testing.assert_array_equal(np.concatenate([b for b, _ in batches]), x[order])
    again = np.concatenate([b for _, b in minibatches(x, y, 4, np.random.default_rng(0))])
    np.testing.assert_array_equal(again, order)


def test_minibatches_refuse_labels_of_another_number() -> None:
    with pytest.raises(ValueError, match="y must have one label per example: 3 expected, got 2"):
        next(minibatches(np.zeros(3), np.zeros(2), 1, np.random.default_rng(0)))
    with pytest.raises(ValueError, match="size must be an integer ≥ 1, got 0"):
        next(minibatches(np.zeros(3), np.zeros(3), 0, np.random.default_rng(0)))


def test_a_step_goes_down_the_gradient_in_place() -> None:
    w = np.array([1.0, 2.0])
    SGD(0.1, momentum=0).step({"w": w}, {"w": np.array([10.0, -10.0])})
    np.testing.assert_allclose(w, [0.0, 3.0])


@pytest.mark.oracle
def test_steps_with_momentum_are_those_of_pytorch() -> None:
    needs("torch")
    import torch

    w = np.array([1.0, -2.0])
    theirs = torch.tensor(w.copy(), requires_grad=True)
    ours, peer = SGD(0.1, momentum=0.9), torch.optim.SGD([theirs], lr=0.1, momentum=0.9)
    for _ in range(5):
        ours.step({"w": w}, {"w": 2 * w})
        peer.zero_grad()
        theirs.square().sum().backward()
        peer.step()
    np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    "options", [{"lr": 0}, {"lr": math.nan}, {"lr": -1}, {"momentum": 1}, {"momentum": -0.1}]
)
def test_step_sizes_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        SGD(**options)


def test_fit_learns_what_is_easy_and_tells_how() -> None:
    net = little()
    history = fit(net, *blobs(300), epochs=5, validation=blobs(100, seed=1), progress=False)
    assert net.evaluate(*blobs(100, seed=1))[1] > 0.97
    assert (
        len(history.loss) == len(history.accuracy) == len(history.val_loss) == len(history.val_accuracy) == 5
    )
    assert len(history.step_loss) == 5 * math.ceil(300 / 32)
    assert history.loss[-1] < history.loss[0] / 3
    assert history.val_accuracy[-1] == net.evaluate(*blobs(100, seed=1))[1]
    assert history.seconds > 0
    weights = [32] * 9 + [12]
    assert history.loss[0] == pytest.approx(np.average(history.step_loss[:10], weights=weights))


def test_the_seed_decides_the_weights() -> None:
    nets = [little() for _ in range(3)]
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        fit(net, *blobs(100), epochs=2, seed=seed, progress=False)
    same, again, other = (net.params["dense.w"] for net in nets)
    np.testing.assert_array_equal(same, again)
    assert not np.array_equal(same, other)


def test_patience_stops_and_brings_the_best_weights_back() -> None:
    x, y = blobs(60)
    shuffled = np.random.default_rng(0).permutation(y)  # nothing to learn: the validation loss soon rises
    validation = blobs(60, seed=1)[0], np.random.default_rng(1).integers(0, 3, 60)
    net = little()
    history = fit(net, x, shuffled, epochs=200, validation=validation, patience=4, progress=False)
    assert history.stopped_early
    assert len(history.loss) == history.best_epoch + 4
    assert net.evaluate(*validation)[0] == pytest.approx(min(history.val_loss), rel=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_no_number_stops_the_training_with_advice() -> None:
    with pytest.raises(FloatingPointError, match=r"smaller step size than 1e\+30"):
        fit(little(), *blobs(300), optimizer=SGD(1e30), progress=False)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"patience": 2}, "patience needs validation"),
        ({"epochs": 0}, "epochs must be an integer ≥ 1, got 0"),
        ({"batch_size": 0}, "size must be an integer ≥ 1, got 0"),
        ({"x": np.zeros((0, 4)), "y": np.zeros(0, int)}, "x must hold at least one example"),
        ({"x": np.zeros((5, 3)), "y": np.zeros(5, int)}, r"x must have shape \(N, 4\), got \(5, 3\)"),
        ({"x": np.zeros((5, 4)), "y": np.full(5, 3)}, "labels"),
    ],
)
def test_fit_refuses_in_words(options: dict[str, Any], told: str) -> None:
    x, y = blobs(10)
    with pytest.raises(ValueError, match=told):
        fit(little(), **{"x": x, "y": y, "progress": False, **options})


def test_the_best_epoch_is_that_of_the_lowest_validation_loss() -> None:
    assert History(loss=[3, 2, 1], val_loss=[3, 1, 2]).best_epoch == 2
    assert History(loss=[3, 2, 1]).best_epoch == 3
    assert History().best_epoch == 0


def test_a_file_gets_a_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    fit(little(), *blobs(50), epochs=3, validation=blobs(20, seed=1))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    assert all("loss" in line and "held out" in line and "\r" not in line for line in lines)


def test_a_terminal_gets_a_bar_and_in_the_end_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    fit(little(), *blobs(50), epochs=2)
    text = out.getvalue()
    assert "[#" in text
    last_states = [line.split("\x1b[K")[-1] for line in text.split("\n") if line]
    assert [state.split()[:2] for state in last_states] == [["epoch", "1/2"], ["epoch", "2/2"]]


def test_a_notebook_gets_one_output_that_renews_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("IPython")
    import IPython
    import IPython.display

    shown: list[str] = []

    class Handle:
        def update(self, text: object) -> None:
            shown.append(repr(text))

    def display(text: object, display_id: bool) -> Handle:
        return Handle()

    monkeypatch.setattr(IPython, "get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    monkeypatch.setattr(IPython.display, "display", display)
    fit(little(), *blobs(50), epochs=2)
    assert [line.split()[1] for line in shown[-1].splitlines()] == ["1/2", "2/2"]
    assert any("[" in text for text in shown)


def test_saved_weights_come_back(tmp_path: Path) -> None:
    path = tmp_path / "net.weights"  # any name: NumPy would add .npz to a name
    net, twin = little(1), little(2)
    save_weights(net, path)
    load_weights(twin, path)
    for name, values in net.params.items():
        np.testing.assert_array_equal(twin.params[name], values)
    assert path.exists()


def test_files_that_do_not_fit_are_refused_and_change_nothing(tmp_path: Path) -> None:
    path, net = tmp_path / "w.npz", little()
    before = net.get_weights()
    save_weights(Sequential([Dense(8), Dense(3), Dense(2)], (4,)), path)
    with pytest.raises(ValueError, match=r"the file must have .*, got .*dense_2\.b"):
        load_weights(net, path)
    save_weights(Sequential([Dense(8), Dense(4)], (4,)), path)
    with pytest.raises(ValueError, match=r"dense_1\.w must have shape \(8, 3\), got \(8, 4\)"):
        load_weights(net, path)
    save_weights(little(5), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match=r"not a whole \.npz"):
        load_weights(net, path)
    with path.open("wb") as file:
        np.savez(file, **{name: np.array([{}], dtype=object) for name in net.params})
    with pytest.raises(ValueError, match=r"not a whole \.npz"):
        load_weights(net, path)  # a pickle inside
    with pytest.raises(FileNotFoundError):
        load_weights(net, tmp_path / "nothing.npz")
    for got, was in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(got, was)


def test_a_small_network_is_trained_with_one_blas_thread_and_a_large_one_with_all() -> None:
    needs("threadpoolctl")
    import threadpoolctl

    def threads() -> set[int]:
        return {
            library["num_threads"]
            for library in threadpoolctl.threadpool_info()
            if library["user_api"] == "blas"
        }

    seen: list[set[int]] = []

    def noting(x: np.ndarray) -> np.ndarray:
        seen.append(threads())
        return np.maximum(x, 0)

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = threads()
        for units in (8, 100_000):
            net = Sequential([Dense(units), ReLU(), Dense(3)], (4,), kernels={"relu": noting})
            fit(net, *blobs(64), epochs=1, batch_size=64, progress=False)
            assert threads() == before
    assert seen == [{1}, before]


# What SYLLABUS promises, with a margin. Seeds 0 to train, 1 to test.


def trained_in_two_stages(layers: list[Layer], x: np.ndarray, y: np.ndarray, epochs: int) -> Sequential:
    """Train with long steps, then three epochs with short ones."""
    net = Sequential(layers, x.shape[1:], seed=0)
    fit(net, x, y, epochs=epochs, optimizer=SGD(0.03), progress=False)
    fit(net, x, y, epochs=3, optimizer=SGD(0.005), seed=1, progress=False)
    return net


def convolutions() -> list[Layer]:
    return [
        *(Conv2D(8, 3, padding="same"), ReLU(), MaxPool2D(2)),
        *(Conv2D(16, 3, padding="same"), ReLU()),
    ]


def test_a_convolutional_network_of_2790_parameters_reads_glyphs_anywhere() -> None:
    net = trained_in_two_stages(
        [*convolutions(), MaxPool2D(2), Flatten(), Dense(6)], *datasets.glyphs(2000), epochs=11
    )
    assert net.count_params() == 2_790
    assert net.evaluate(*datasets.glyphs(2000, seed=1))[1] >= 0.97


def test_a_dense_network_of_8422_parameters_does_not() -> None:
    x, y = datasets.glyphs(2000)
    net = trained_in_two_stages([Flatten(), Dense(32), ReLU(), Dense(6)], x, y, epochs=15)
    assert net.count_params() == 8_422
    assert net.evaluate(x, y)[1] > 0.99  # it knows by heart what it was shown
    assert 0.35 < net.evaluate(*datasets.glyphs(2000, seed=1))[1] <= 0.55


def test_global_pooling_finds_glyphs_where_none_was_in_training_and_flatten_does_not() -> None:
    shown, anywhere = datasets.glyphs(2000, top_left=True), datasets.glyphs(2000, seed=1)
    pooled = trained_in_two_stages([*convolutions(), GlobalMaxPool2D(), Dense(6)], *shown, epochs=9)
    assert pooled.evaluate(*anywhere)[1] >= 0.99
    flat = trained_in_two_stages([*convolutions(), MaxPool2D(2), Flatten(), Dense(6)], *shown, epochs=4)
    assert flat.evaluate(*datasets.glyphs(500, seed=2, top_left=True))[1] > 0.95
    assert 0.45 < flat.evaluate(*anywhere)[1] < 0.67


def test_a_small_network_reads_98_of_100_held_out_digits() -> None:
    train, test = datasets.digits()
    layers = [
        *(Conv2D(16, 3, padding="same"), ReLU(), Conv2D(32, 3, padding="same"), ReLU()),
        *(MaxPool2D(2), Flatten(), Dense(10)),
    ]
    assert trained_in_two_stages(layers, *train, epochs=8).evaluate(*test)[1] >= 0.98
