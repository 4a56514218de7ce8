"""convlib's own answers, withheld: which ones, and that they are back afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring import case, exercise, validate
from autograder.exercises import all as all_exercises
from autograder.protocol import withholding
from convlib import fast, reference, training


def test_the_reference_is_withheld_under_the_name_that_convlib_has_for_it() -> None:
    @exercise(lesson="90_ramps", reference=reference.relu, withheld=("softmax",))
    def ramp(x):
        return np.maximum(x, 0.0)

    assert ramp.withheld == ("ramp", "relu", "softmax")
    (call,) = ramp.script(case(np.ones(2)))
    assert call.withheld == ramp.withheld


def test_whatever_an_exercise_withholds_exists_in_convlib() -> None:
    extra = {(one.id, name) for one in all_exercises().values() for name in one.withheld[1:]}
    assert extra
    assert [pair for pair in extra if not withholding.has(pair[1])] == []


def test_lint_says_that_convlib_has_no_such_name_to_withhold() -> None:
    @exercise(lesson="90_ramps", withheld=("reluu",))
    def ramp(x):
        return np.maximum(x, 0.0)

    @ramp.requirement("negative values", points=1)
    def _(draw):
        yield case(draw.array(3, shift=-1.0))

    assert "ramp: it withholds 'reluu', which convlib does not have" in validate(ramp, seeds=1)


@pytest.mark.parametrize("function", [fast.relu, reference.relu, training.minibatches])
def test_a_withheld_function_says_so_and_is_itself_again_afterwards(function) -> None:
    before = function.__code__
    with withholding.disabled((function.__name__,)), pytest.raises(withholding.Withheld) as refusal:
        function(np.zeros(2))
    assert withholding.is_refusal(str(refusal.value))
    assert function.__name__ in str(refusal.value)
    assert function.__code__ is before


def test_find_prefers_the_fast_version_and_finds_nothing_where_it_is_withheld(monkeypatch) -> None:
    assert withholding.find("conv2d") is fast.conv2d
    monkeypatch.setattr(fast, "conv2d", type("Stub", (), {"withheld": True}))
    assert withholding.find("conv2d") is reference.conv2d
    assert withholding.find("conv3d") is None
