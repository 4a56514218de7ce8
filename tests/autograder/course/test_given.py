"""What `mine` gives while grading, where convlib lacks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import exercises
from autograder.course.assignment import given
from autograder.course.course import Course
from convlib.training import initial_parameters

ROOT = Path(__file__).resolve().parents[3]


def asked(text: str, lesson: str) -> dict[str, Any]:
    """The module's names, for a lesson with one cell."""
    cell = {"cell_type": "code", "metadata": {}, "source": text, "outputs": []}
    space: dict[str, Any] = {}
    exec(given(Course.open(ROOT), lesson, {"cells": [cell]}), space)
    return space


def test_a_function_of_an_earlier_lesson_comes_with_what_it_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    space = asked('forward = mine("convnet_forward")', "14_colour")
    shapes = {"w1": (3, 3, 3, 2), "b1": (2,), "w2": (3, 3, 2, 4), "b2": (4,), "w3": (4, 6), "b3": (6,)}
    params, x = initial_parameters(shapes), np.random.default_rng(0).normal(size=(2, 5, 6, 3))
    steps = space["convnet_forward"](params, x)
    for step, right in zip(steps, exercises.get("convnet_forward").reference(params, x), strict=True):
        np.testing.assert_allclose(step, right)


def test_what_convlib_has_is_not_taken_from_a_solution() -> None:
    course = Course.open(ROOT)
    cell = {"cell_type": "code", "metadata": {}, "source": 'pool = mine("max_pool2d")', "outputs": []}
    assert given(course, "14_colour", {"cells": [cell]}) == ""


def test_a_lesson_is_given_nothing_of_its_own_or_of_later_ones() -> None:
    course = Course.open(ROOT)
    for lesson in ("12_trained", "11_fast"):
        text = (course.folder("source", lesson) / f"{lesson}.ipynb").read_text(encoding="utf-8")
        assert "def convnet_forward" not in given(course, lesson, json.loads(text))
