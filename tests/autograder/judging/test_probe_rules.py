"""What the probes of every exercise must contain, as far as it applies to its arguments."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import PUBLIC, exercises
from autograder.model.exercise import VOLUME, Exercise
from autograder.protocol.calls import Call
from autograder.protocol.running import run_trusted

SEEDS = (PUBLIC, 1, 99)
# The forward windows: their arguments are x, w, b, stride and pad, and the rules for sizes apply to them.
CONVOLUTIONS = {"conv2d", "conv2d_im2col"}
# Where padding that is cut to the size of the kernel would pass: everything that takes both.
PADDED_WINDOWS = {*CONVOLUTIONS, "im2col", "conv2d_backward", "conv2d_backward_im2col"}


def calls(exercise: Exercise, seed: int) -> list[dict[str, Any]]:
    """Every call of the learner's function, by argument name."""
    found = []
    for probe in exercise.probes(seed):
        for call in probe.script:
            if call.function == exercise.id:
                found.append({**dict(zip(exercise.argument_names, call.args, strict=False)), **call.kwargs})
    return found


def arrays(call: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    return [value for value in call.values() if isinstance(value, np.ndarray)]


@pytest.mark.parametrize("exercise_id", list(exercises.all()))
@pytest.mark.parametrize("seed", SEEDS)
def test_values_and_shapes_hide_nothing(exercise_id: str, seed: int) -> None:
    exercise = exercises.get(exercise_id)
    made = calls(exercise, seed)
    floating = [a for call in made for a in arrays(call) if a.dtype.kind == "f" and a.size > 1]
    if floating:
        assert any((a != np.round(a)).any() for a in floating), "an int buffer hides behind whole numbers"
        assert any((a < 0).any() for a in floating)
    pictures = [call["x"] for call in made if "x" in call and np.ndim(call["x"]) == 4]
    if pictures and exercise.examples is not None and exercise.axes.get("x") == VOLUME:
        assert any(x.shape[1] != x.shape[2] for x in pictures), "height and width are always equal"
        assert any(x.shape[0] >= 2 for x in pictures), "never more than one image"
        assert any(x.shape[3] >= 2 for x in pictures), "never more than one channel"
    biases = [call["b"] for call in made if isinstance(call.get("b"), np.ndarray) and call["b"].size > 1]
    if biases:
        clear = [b for b in biases if np.unique(b).size == b.size and np.abs(b).min() > 0.3]
        assert clear, "biases are never distinct and away from 0"


@pytest.mark.parametrize("exercise_id", list(exercises.all()))
@pytest.mark.parametrize("seed", SEEDS)
def test_options_take_all_their_values(exercise_id: str, seed: int) -> None:
    exercise = exercises.get(exercise_id)
    made = calls(exercise, seed)
    names = exercise.argument_names
    if "stride" in names and "size" not in names:
        assert {1, 2, 3} <= {call.get("stride", 1) for call in made}
    if "pad" in names:
        if any(name == "stride" for name in names):
            assert {0, 1, 2} <= {call.get("pad", 0) for call in made}
        else:
            assert {0, 1, 2} <= {call["pad"] for call in made}


@pytest.mark.parametrize("exercise_id", sorted(CONVOLUTIONS & set(exercises.all())))
@pytest.mark.parametrize("seed", SEEDS)
def test_convolutions_meet_every_rule(exercise_id: str, seed: int) -> None:
    exercise = exercises.get(exercise_id)
    made = calls(exercise, seed)

    def some(rule: Callable[[dict[str, Any]], bool]) -> bool:
        return any(map(rule, made))

    def left_over(call: dict[str, Any]) -> bool:
        n, k = call["x"].shape[1:3], call["w"].shape[:2]
        stride, pad = call.get("stride", 1), call.get("pad", 0)
        return any((n[i] + 2 * pad - k[i]) % stride for i in range(2))

    def out(call: dict[str, Any]) -> tuple[int, ...]:
        script = (Call(exercise.id, (call["x"], call["w"], call["b"]), _options(call)),)
        (answer,) = run_trusted({exercise.id: exercise.reference}, script)
        return np.shape(answer.value)[1:3]  # type: ignore[union-attr]

    assert some(lambda call: call["w"].shape[0] > call["w"].shape[1])
    assert some(lambda call: call["w"].shape[0] < call["w"].shape[1])
    assert some(lambda call: call["w"].shape[2] != call["w"].shape[3])
    assert some(lambda call: call["w"].shape[:2] == (1, 1))
    assert some(lambda call: out(call)[0] > out(call)[1])
    assert some(lambda call: out(call)[0] < out(call)[1])
    assert some(left_over)


def _options(call: dict[str, Any]) -> dict[str, Any]:
    return {name: call[name] for name in ("stride", "pad") if name in call}


@pytest.mark.parametrize("exercise_id", sorted(PADDED_WINDOWS & set(exercises.all())))
@pytest.mark.parametrize("seed", SEEDS)
def test_some_padding_is_larger_than_the_kernel(exercise_id: str, seed: int) -> None:
    def sides(call: dict[str, Any]) -> Any:
        return call["kernel"] if "kernel" in call else call["w"].shape[:2]

    made = calls(exercises.get(exercise_id), seed)
    assert any(call.get("pad", 0) > np.max(sides(call)) > 1 for call in made)


@pytest.mark.parametrize("exercise_id", sorted({"max_pool2d", "avg_pool2d"} & set(exercises.all())))
@pytest.mark.parametrize("seed", SEEDS)
def test_pools_meet_every_rule(exercise_id: str, seed: int) -> None:
    made = calls(exercises.get(exercise_id), seed)
    seen = set()
    for call in made:
        size, stride = call.get("size", 2), call.get("stride")
        pair = (size, size) if np.ndim(size) == 0 else tuple(size)
        seen.add(
            (pair, pair if stride is None else (stride, stride) if np.ndim(stride) == 0 else tuple(stride))
        )
    for rule in (((2, 2), (2, 2)), ((3, 2), (1, 1)), ((2, 3), (2, 2)), ((2, 2), (3, 3))):
        assert rule in seen, f"no window {rule[0]} with stride {rule[1]}"
    assert any((call["x"] < 0).all() for call in made), "no input that is negative everywhere"


@pytest.mark.parametrize("exercise_id", list(exercises.all()))
def test_a_seed_gives_the_same_probes_and_another_gives_others(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)

    def written(seed: int) -> bytes:
        return pickle.dumps([sorted(call.items()) for call in calls(exercise, seed)])

    once = written(PUBLIC)
    assert once == written(PUBLIC)
    if any(arrays(call) for call in calls(exercise, PUBLIC)):
        assert once != written(PUBLIC + 1)


@pytest.mark.parametrize("exercise_id", list(exercises.all()))
def test_a_check_stays_small(exercise_id: str) -> None:
    made = calls(exercises.get(exercise_id), PUBLIC)
    cells = [sum(a.size for a in arrays(call)) for call in made]
    if exercises.get(exercise_id).examples is not None:
        assert max(cells, default=0) <= 4_000
        assert len(made) <= 80
