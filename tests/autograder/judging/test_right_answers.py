"""No right answer fails, however it is written."""

from __future__ import annotations

import pytest

from autograder import PUBLIC, judge
from support.right_answers import RIGHT

SEEDS = (PUBLIC, 1, 2, 3, 7, 2_000_003)


@pytest.mark.parametrize(
    ("exercise_id", "function"), [(name, function) for name, right in RIGHT.items() for function in right]
)
def test_a_right_answer_passes(exercise_id: str, function: object) -> None:
    for seed in SEEDS:
        verdict = judge(exercise_id, function, seed)  # type: ignore[arg-type]
        assert verdict.passed, f"seed {seed}\n{verdict}"
        assert verdict.score == 1


def test_what_is_changed_in_place_may_be_returned_as_well() -> None:
    def sgd_step(params, grads, lr):  # type: ignore[no-untyped-def]
        for name in params:
            params[name] -= lr * grads[name]
        return params

    assert judge("sgd_step", sgd_step).passed

    def uphill(params, grads, lr):  # type: ignore[no-untyped-def]
        for name in params:
            params[name] += lr * grads[name]
        return params

    assert judge("sgd_step", uphill).bugs == ["ascent"]

    def both(params, grads, lr):  # type: ignore[no-untyped-def]
        sgd_step(params, grads, lr)
        return {name: -values for name, values in params.items()}

    assert not judge("sgd_step", both).passed
