"""Layers and networks: shapes, gradients, Keras's names and table, a learner's own kernels."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from convlib import fast, reference
from convlib.layers import (
    KERNELS,
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalMaxPool2D,
    MaxPool2D,
    ReLU,
    Sequential,
)


def small_network(**options: Any) -> Sequential:
    """Every layer, an uneven "same" and a rectangle, small enough for numeric gradients."""
    layers = [
        *(Conv2D(3, (2, 3), strides=(1, 2), padding="same"), ReLU(), AvgPool2D(2, strides=1)),
        *(Conv2D(2, 2, padding=(1, 0)), MaxPool2D(2), Flatten(), Dense(5), ReLU(), Dense(3)),
    ]
    return Sequential(layers, (5, 8, 2), **options)


def numeric_gradient(f: Any, x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        was = x[place]
        x[place] = was + step
        above = f()
        x[place] = was - step
        gradient[place] = (above - f()) / (2 * step)
        x[place] = was
    return gradient


def test_gradients_by_every_weight_and_by_the_input_are_the_numeric_ones() -> None:
    net = small_network(dtype=np.float64, seed=3)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 5, 8, 2)), np.array([2, 0, 1])
    for values in net.params.values():
        values += rng.normal(scale=0.1, size=values.shape)

    def loss() -> float:
        return reference.softmax_cross_entropy(net.forward(x), y)[0]

    _, dscores = reference.softmax_cross_entropy(net.forward(x), y)
    dx = net.backward(dscores)
    grads = {name: gradient.copy() for name, gradient in net.grads.items()}
    np.testing.assert_allclose(dx, numeric_gradient(loss, x), rtol=1e-5, atol=1e-8)
    for name, values in net.params.items():
        np.testing.assert_allclose(
            grads[name], numeric_gradient(loss, values), rtol=1e-5, atol=1e-8, err_msg=name
        )


def a_step_s_gradients(net: Sequential, whole: bool) -> dict[str, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(3, *net.input_shape)).astype(net.dtype)
    _, dscores = reference.softmax_cross_entropy(net.forward(x), np.array([2, 0, 1]))
    if whole:
        net.backward(dscores)
    else:
        net.fill_grads(dscores)
    return {name: gradient.copy() for name, gradient in net.grads.items()}


@pytest.mark.parametrize(
    "make",
    [
        small_network,
        lambda: Sequential([Conv2D(4, 3), ReLU(), Flatten(), Dense(3)], (6, 6, 1)),
        lambda: Sequential([Flatten(), Dense(4), ReLU(), Dense(3)], (6, 6, 1)),
        lambda: Sequential([MaxPool2D(2), Flatten(), Dense(3)], (6, 6, 2)),
        lambda: Sequential([GlobalMaxPool2D()], (4, 4, 3)),
    ],
    ids=["uneven", "convolution first", "dense first", "pool first", "nothing to learn"],
)
def test_a_step_has_the_gradients_of_a_whole_backward_pass(make: Any) -> None:
    step, whole = a_step_s_gradients(make(), whole=False), a_step_s_gradients(make(), whole=True)
    assert step.keys() == whole.keys()
    for name, gradient in whole.items():
        np.testing.assert_array_equal(step[name], gradient, err_msg=name)


def test_a_step_leaves_out_the_gradient_of_the_first_input_but_not_for_a_learner_s_kernels() -> None:
    called: list[str] = []

    def noted(name: str) -> Any:
        def kernel(dout: Any, x: Any, w: Any, **keywords: Any) -> Any:
            called.append(name)
            return getattr(fast, name)(dout, x, w, **keywords)

        return kernel

    def network(*own: str) -> Sequential:
        layers = [Conv2D(4, 3), ReLU(), Conv2D(4, 3), Flatten(), Dense(3)]
        return Sequential(layers, (6, 6, 1), kernels={name: noted(name) for name in own})

    a_step_s_gradients(network("conv2d_backward", "dense_backward"), whole=False)
    assert called == ["dense_backward", "conv2d_backward", "conv2d_backward"]
    with pytest.MonkeyPatch.context() as patch:  # whoever replaces a kernel of convlib.fast is heard, too
        patch.setattr(fast, "conv2d_backward", lambda *_, **__: pytest.fail("heard"))
        with pytest.raises(pytest.fail.Exception, match="heard"):
            a_step_s_gradients(Sequential([Conv2D(3, 6), Flatten()], (6, 6, 1)), whole=False)


def test_global_max_pooling_sends_each_gradient_to_its_maximum() -> None:
    net = Sequential([GlobalMaxPool2D()], (4, 3, 2), dtype=np.float64)
    x = np.random.default_rng(0).normal(size=(2, 4, 3, 2))
    np.testing.assert_array_equal(net.forward(x), x.max(axis=(1, 2)))
    dx = net.backward(np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_array_equal(dx.sum(axis=(1, 2)), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(dx != 0, x == x.max(axis=(1, 2), keepdims=True))


@pytest.mark.parametrize(
    ("layer", "input_shape", "output_shape"),
    [
        (Conv2D(5, 5), (32, 32, 3), (28, 28, 5)),
        (Conv2D(5, 3, strides=2), (7, 7, 3), (3, 3, 5)),
        (Conv2D(4, 3, strides=2, padding="same"), (7, 8, 1), (4, 4, 4)),
        (Conv2D(4, (4, 2), padding="same"), (7, 8, 1), (7, 8, 4)),
        (Conv2D(64, 11, strides=4, padding=2), (224, 224, 3), (55, 55, 64)),
        (Conv2D(1, 3, padding=(0, 2)), (5, 5, 1), (3, 7, 1)),
        (MaxPool2D(2), (7, 9, 4), (3, 4, 4)),
        (MaxPool2D(3, strides=2), (7, 9, 4), (3, 4, 4)),
        (AvgPool2D((2, 1)), (4, 4, 2), (2, 4, 2)),
        (GlobalMaxPool2D(), (4, 5, 6), (6,)),
        (Flatten(), (4, 5, 6), (120,)),
        (Dense(7), (120,), (7,)),
        (ReLU(), (4, 5, 6), (4, 5, 6)),
    ],
    ids=repr,
)
def test_what_comes_out_has_the_promised_shape(
    layer: Any, input_shape: tuple[int, ...], output_shape: tuple[int, ...]
) -> None:
    net = Sequential([layer], input_shape)
    x = np.random.default_rng(0).normal(size=(2, *input_shape))
    out = net.forward(x)
    assert out.shape == (2, *output_shape) == (2, *net.output_shape)
    assert out.dtype == np.float32
    dx = net.backward(np.ones_like(out))
    assert dx.shape == x.shape
    assert dx.dtype == np.float32


def test_the_seed_draws_the_weights() -> None:
    same, again, other = small_network(seed=1), small_network(seed=1), small_network(seed=2)
    for a, b, c in zip(same.get_weights(), again.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.ndim == 1 or not np.array_equal(a, c)  # biases begin with 0


def test_he_initialisation_keeps_the_size_of_what_passes_through() -> None:
    net = Sequential([layer for _ in range(6) for layer in (Conv2D(32, 3, padding=1), ReLU())], (12, 12, 32))
    x = np.random.default_rng(0).normal(size=(8, 12, 12, 32))
    square = np.mean(np.square(net.forward(x)))
    assert 0.3 < square / 1.0 < 3  # without the factor 2 it would be 1/64


def test_layers_are_named_and_counted_as_keras_does() -> None:
    net = Sequential(
        [Conv2D(5, 5), ReLU(), Conv2D(7, 3, padding="same"), ReLU(), MaxPool2D(2), Flatten(), Dense(10)],
        (32, 32, 3),
    )
    assert list(net.activations(np.zeros((1, 32, 32, 3)))) == [
        *("conv2d", "re_lu", "conv2d_1", "re_lu_1", "max_pooling2d", "flatten", "dense")
    ]
    assert net.params["conv2d.w"].size + net.params["conv2d.b"].size == 5 * 5 * 3 * 5 + 5 == 380
    assert net.count_params() == 380 + (3 * 3 * 5 * 7 + 7) + (14 * 14 * 7 * 10 + 10)


def test_multiplications_are_counted_for_one_example() -> None:
    net = Sequential([Conv2D(5, 5), ReLU(), Flatten(), Dense(10)], (32, 32, 3))
    assert [layer.multiplications() for layer in net.layers] == [28 * 28 * 5 * 75, 0, 0, 28 * 28 * 5 * 10]


def test_the_summary_of_a_small_network() -> None:
    lines: list[str] = []
    Sequential([Conv2D(8, 3), GlobalMaxPool2D(), Dense(6)], (16, 16, 1)).summary(print_fn=lines.append)
    assert "\n".join(lines) == (
        'Model: "sequential"\n'
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
        "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
        "│ conv2d (Conv2D)                 │ (None, 14, 14, 8)      │            80 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ global_max_pooling2d            │ (None, 8)              │             0 │\n"
        "│ (GlobalMaxPooling2D)            │                        │               │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ dense (Dense)                   │ (None, 6)              │            54 │\n"
        "└─────────────────────────────────┴────────────────────────┴───────────────┘\n"
        " Total params: 134 (536.00 B)\n"
        " Trainable params: 134 (536.00 B)\n"
        " Non-trainable params: 0 (0.00 B)\n"
    )


def recording(called: list[str], only: tuple[str, ...] = KERNELS) -> dict[str, Any]:
    """Stand for a learner's functions: the reference's, which note their names and keywords."""

    def noted(name: str) -> Any:
        def kernel(*arguments: Any, **options: Any) -> Any:
            called.append(name)
            # What the lessons promise: stride and pad as ints where they can be.
            assert all(isinstance(v, int) or v[0] != v[1] for v in options.values())
            return getattr(reference, name)(*arguments, **options)

        return kernel

    return {name: noted(name) for name in only}


@pytest.mark.parametrize("how", ["mapping", "module"])
def test_a_learners_own_kernels_do_all_the_arithmetic(how: str) -> None:
    called: list[str] = []
    own = recording(called)
    net = small_network(kernels=own if how == "mapping" else SimpleNamespace(**own, unrelated=1))
    x, y = np.random.default_rng(0).normal(size=(4, 5, 8, 2)), np.array([0, 1, 2, 0])
    loss, grads = net.loss_and_grads(x, y)
    assert set(called) == set(KERNELS)

    twin_loss, twin_grads = small_network().loss_and_grads(x, y)
    assert loss == pytest.approx(twin_loss, rel=1e-5)
    for name, gradient in grads.items():
        assert gradient.dtype == np.float32  # the reference computes in float64
        np.testing.assert_allclose(gradient, twin_grads[name], rtol=1e-4, atol=1e-6)


def test_what_a_learner_has_not_written_comes_from_the_fast_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    net = small_network(kernels=recording(called, only=("conv2d",)))
    net.forward(np.zeros((1, 5, 8, 2)))
    assert called == ["conv2d", "conv2d"]
    monkeypatch.setattr(fast, "relu", lambda x: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        net.forward(np.zeros((1, 5, 8, 2)))


def test_a_learners_wrong_shape_is_told_with_the_layers_name() -> None:
    net = small_network(kernels={"max_pool2d": lambda x, size, stride: x})
    with pytest.raises(
        ValueError, match=r"max_pooling2d: the kernel returned shape \(1, 5, 2, 2\), expected \(1, 2, 1, 2\)"
    ):
        net.forward(np.zeros((1, 5, 8, 2)))

    def turned(dout: Any, x: Any, w: Any) -> Any:
        dx, dw, db = reference.dense_backward(dout, x, w)
        return dx, dw.T, db

    net = small_network(kernels={"dense_backward": turned})
    with pytest.raises(ValueError, match=r"dense_1: the gradient dw must have shape \(5, 3\), got \(3, 5\)"):
        net.loss_and_grads(np.zeros((1, 5, 8, 2)), np.array([0]))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Sequential([], (3,)), "layers must hold at least one layer"),
        (
            lambda: Sequential([Dense(3)], (4, 4, 1)),
            r"dense needs inputs \(N, D\), got \(N, 4, 4, 1\): put a Flatten before",
        ),
        (lambda: Sequential([Conv2D(3, 3)], (4,)), r"conv2d needs inputs \(N, H, W, C\), got \(N, 4\)"),
        (lambda: Sequential([Conv2D(3, 5)], (4, 9, 1)), "5"),
        (lambda: Sequential([MaxPool2D(5)], (4, 9, 1)), "5"),
        (lambda: Conv2D(0, 3), "filters must be an integer ≥ 1, got 0"),
        (lambda: Conv2D(3, (3, 3, 3)), "kernel_size"),  # type: ignore[arg-type]
        (lambda: Conv2D(3, 3, strides=0), "strides"),
        (lambda: Conv2D(3, 3, padding="full"), "padding is 'full'"),  # type: ignore[arg-type]
        (lambda: Dense(2.5), "units must be an integer ≥ 1, got 2.5"),  # type: ignore[arg-type]
        (lambda: small_network(dtype=np.int32), "dtype must be float32 or float64, got int32"),
        (lambda: small_network(kernels={"conv2": abs}), "kernels may hold .*, got conv2"),
        (
            lambda: small_network().forward(np.zeros((1, 8, 5, 2))),
            r"x must have shape \(N, 5, 8, 2\), got \(1, 8, 5, 2\)",
        ),
        (lambda: small_network().set_weights([]), "weights must be 8 arrays"),
        (lambda: small_network().evaluate(np.zeros((0, 5, 8, 2)), np.zeros(0, int)), "x is empty"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(make: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_a_layer_belongs_to_one_place() -> None:
    relu = ReLU()
    with pytest.raises(ValueError, match="in use"):
        Sequential([relu, relu], (3,))
    Sequential([relu], (3,))
    with pytest.raises(ValueError, match="in use"):
        Sequential([relu], (3,))


def test_scores_do_not_depend_on_the_batch_and_inputs_stay_as_they_were() -> None:
    net = small_network()
    x = np.random.default_rng(0).normal(size=(7, 5, 8, 2)).astype(np.float32)
    before = x.copy()
    np.testing.assert_allclose(net.predict(x, batch_size=3), net.forward(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(net.classify(x), net.forward(x).argmax(axis=1))
    net.loss_and_grads(x, np.zeros(7, int))
    np.testing.assert_array_equal(x, before)
    assert net.predict(x[:0]).shape == (0, 3)


def test_weights_move_between_networks_and_wrong_ones_change_nothing() -> None:
    a, b = small_network(seed=1), small_network(seed=2)
    b.set_weights(a.get_weights())
    x = np.ones((1, 5, 8, 2))
    np.testing.assert_array_equal(a.predict(x), b.predict(x))
    wrong = small_network(seed=3).get_weights()
    wrong[-1] = np.zeros(4)
    with pytest.raises(ValueError, match=r"dense_1\.b must have shape \(3,\), got \(4,\)"):
        b.set_weights(wrong)
    np.testing.assert_array_equal(a.predict(x), b.predict(x))


def test_importing_layers_imports_numpy_only() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import convlib.layers, convlib.training;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names);"
        "assert new <= {'numpy', 'convlib', 'threadpoolctl'}, new"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
