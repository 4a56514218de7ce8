"""Wrong answers that no bug was made from: each is caught, most are explained, no name is wrong."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from autograder import PUBLIC, exercises, judge
from autograder.judging.causes import cause
from autograder.judging.judge import RANDOM
from autograder.judging.results import ProbeResult, evaluate, expectations
from autograder.model.exercise import Exercise
from autograder.protocol.running import run_untrusted
from support import foretold, unseen
from support.wrong_answers import STYLES, WrongAnswer, all_wrong, defined

COLLECTIONS: dict[str, Callable[[], Iterable[WrongAnswer]]] = {
    "wrong answers": all_wrong,
    "wrong answers, foretold": foretold.all_foretold,
    "wrong answers, unseen": unseen.all_unseen,
}
NAMED_AT_LEAST = 0.75
EXPLAINED_AT_LEAST = 0.95


@pytest.mark.parametrize(
    "style", [*STYLES, *foretold.STYLES, *unseen.STYLES], ids=lambda style: style.exercise
)
def test_each_style_is_right_before_anything_is_changed(style: Any) -> None:
    verdict = judge(style.exercise, defined(style.exercise, style.source))
    assert verdict.passed, str(verdict)


def has_a_cause(exercise: Exercise, answer: WrongAnswer) -> bool:
    """Whether the first failure is one whose kind has words of its own."""
    with np.errstate(all="ignore"):
        results: list[ProbeResult] = [
            evaluate(one, run_untrusted({exercise.id: answer.function()}, one.probe.script))
            for one in expectations(exercise, PUBLIC)
        ]
    failing = [one for one in results if one.failure is not None]
    return bool(failing) and (cause(exercise, failing[0]) is not None or failing[0].probe.accepts is not None)


@pytest.mark.usefixtures("names_alone", "own_time")
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_wrong_answers_are_caught_and_explained_and_called_by_no_wrong_name(
    collection: str, measured: Any
) -> None:
    counts: Counter[str] = Counter()
    passed, wrongly_named, elsewhere, unexplained = [], [], [], []
    for answer in COLLECTIONS[collection]():
        verdict = judge(answer.exercise, answer.function(), source=answer.source)
        told = f"{answer.exercise}: {answer.label}"
        if answer.lines and not verdict.bugs and verdict.lines:
            numbers = {line.number for line in verdict.lines}
            if not numbers & set(answer.lines):
                elsewhere.append(f"{told}: {sorted(numbers)}")
        if verdict.passed:
            passed.append(told)
        if not set(verdict.bugs) <= set(answer.names):
            wrongly_named.append(f"{told}: {' and '.join(verdict.bugs)}")
        if verdict.bugs:
            counts["named"] += 1
        elif verdict.lines:
            counts["located"] += 1
        elif verdict.message == RANDOM or has_a_cause(exercises.get(answer.exercise), answer):
            counts["explained by the exception or the kind of result"] += 1
        else:
            counts["unexplained"] += 1
            unexplained.append(told)
    total = sum(counts.values())
    for name, count in counts.items():
        measured(collection, f"{name:50} {count:4} of {total}")
    assert not passed
    assert not wrongly_named
    assert not elsewhere
    assert counts["named"] >= NAMED_AT_LEAST * total
    assert total - counts["unexplained"] >= EXPLAINED_AT_LEAST * total, unexplained


def test_an_exception_of_another_place_speaks_for_no_bug() -> None:
    """The words are those of a window that meets no zeros, the shapes are not."""
    source = textwrap.dedent(
        """\
        def conv2d(x, w, b, stride=1, pad=0):
            xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
            KH, KW = w.shape[:2]
            windows = np.lib.stride_tricks.sliding_window_view(xp, (KH, KW), axis=(1, 2))
            out = np.einsum("nijckl,klcf->nijf", windows[:, ::stride, ::stride], w) + b
            if pad:
                np.ones((3, 1, 1)) + np.ones((4, 1, 1))
            return out
        """
    )
    verdict = judge("conv2d", defined("conv2d", source), source=source)
    assert not verdict.passed
    assert not verdict.bugs
