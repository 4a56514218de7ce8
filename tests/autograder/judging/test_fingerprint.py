"""Wrong answers with equal outputs have equal fingerprints, however they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import exercises
from autograder.judging.caller import InProcess
from autograder.judging.fingerprint import Watched, fingerprint
from autograder.protocol.calls import Call


def of(exercise_id: str, function: Callable[..., Any]) -> str:
    return fingerprint(exercises.get(exercise_id), InProcess({exercise_id: function}))


def test_float32_another_order_and_lists_make_no_difference() -> None:
    def wrong(x: Any) -> Any:
        return np.maximum(x, 0.0) * 1.5 + 0.25

    def in_float32(x: Any) -> Any:
        return (np.maximum(x, 0.0).astype(np.float32) * np.float32(1.5)) + np.float32(0.25)

    def transposed(x: Any) -> Any:
        return np.asfortranarray(0.25 + 1.5 * np.where(x > 0, x, 0))

    assert len({of("relu", one) for one in (wrong, in_float32, transposed)}) == 1


def test_values_shapes_exceptions_and_modified_arguments_make_a_difference() -> None:
    def modifies(x: Any) -> Any:
        x *= 2.0
        return x * 0.75

    def raises(x: Any) -> Any:
        raise IndexError

    functions: list[Callable[[Any], Any]] = [
        *(modifies, raises, lambda x: x * 1.5, lambda x: x * 1.51, lambda x: (x * 1.5)[None]),
        *(
            lambda x: None,
            lambda x: "1.5",
            lambda x: x.tolist() and {"x": x},
            lambda x: np.full(x.shape, np.nan),
        ),
    ]
    assert len({of("relu", one) for one in functions}) == len(functions)


@pytest.mark.parametrize(
    "value",
    [
        10**400,
        [10**400],
        {1: 2, "a": 3},
        [],
        [[1.0], [2.0, 3.0]],
        1j,
        np.inf,
        b"bytes",
        np.array(["a"]),
        object(),
    ],
)
def test_whatever_comes_back_has_a_fingerprint(value: Any) -> None:
    assert len(of("relu", lambda x: value)) == 16


def test_a_caller_is_watched_for_calls_that_never_come_back() -> None:
    def endless(x: Any) -> Any:
        while True:
            pass

    script = (Call("relu", (np.zeros(2),)),)
    patient = Watched(InProcess({"relu": lambda x: x}))
    patient.answers([script])
    assert not patient.silent
    caller = Watched(InProcess({"relu": endless}, seconds=0.2))
    caller.answers([script])
    assert caller.silent
