"""The learner's own library."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.mine import keep, mine

_KEPT = '''"""Functions I wrote myself, each kept when its check passed."""

import numpy as np


# exercise: same_padding
def same_padding(n, k, stride=1):
    total = max((output_size(n, 1, stride) - 1) * stride + k - n, 0)
    return total // 2, total - total // 2
'''


def test_a_kept_function_borrows_from_convlib_what_it_calls_and_nobody_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_convlib.py").write_text(_KEPT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    own = mine("same_padding")
    assert inspect.unwrap(own).__code__.co_filename.startswith("my_convlib")
    assert own(6, 3, stride=2) == (0, 1)
    assert mine("zero_pad")(np.ones((1, 2, 2, 1)), 1).shape == (1, 4, 4, 1)


@pytest.mark.parametrize("kept", [True, False])
def test_a_function_that_calls_one_from_mine_is_kept_and_borrows_it_again(
    kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    if kept:
        keep("zero_pad", zero_pad)
    monkeypatch.setitem(globals(), "zero_pad", mine("zero_pad"))
    keep("same_padding", same_padding)
    assert "def zero_pad" in (tmp_path / "my_convlib.py").read_text(encoding="utf-8") or not kept
    assert mine("same_padding")(np.ones((1, 2, 2, 1))) == [(1, 2 + 2 * by, 2 + 2 * by, 1) for by in (1, 2)]


RESULTS: list[tuple[Any, Any]] = [
    ([[1.0, 2.0], [3.0, 4.0]], np.array([[1.0, 2.0], [3.0, 4.0]])),
    (np.ones((1, 1)).view(np.matrix), np.array([[1.0]])),
    (([1.5], [[2]]), (np.array([1.5]), np.array([[2]]))),
    ({"w": [[1.0]], "n": 3}, {"w": np.array([[1.0]]), "n": 3}),
    ([np.ones(2), [1.0, 1.0]], [np.ones(2), np.ones(2)]),
    ([[1.0], [1.0, 2.0]], [np.ones(1), np.array([1.0, 2.0])]),
    ([3, 4], [3, 4]),  # sizes
    ([(1, 2), (3, 4)], [(1, 2), (3, 4)]),
    ("text", "text"),
]


@pytest.mark.parametrize(("returned", "given"), RESULTS)
def test_lists_that_passed_a_check_are_arrays_in_later_lessons(
    returned: Any, given: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = "\n\n# exercise: relu\ndef relu(x):\n    return x\n"
    (tmp_path / "my_convlib.py").write_text(f"import numpy as np\n{block}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    again = mine("relu")(returned)
    np.testing.assert_equal(again, given)
    assert [type(one) for one in leaves(again)] == [type(one) for one in leaves(given)]


def leaves(value: Any) -> list[Any]:
    """A result's parts, arrays whole."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [value, *(leaf for one in inside for leaf in leaves(one))]


def test_what_mine_gave_is_kept_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    keep("zero_pad", zero_pad)
    before = (tmp_path / "my_convlib.py").read_text(encoding="utf-8")
    keep("zero_pad", mine("zero_pad"))
    assert (tmp_path / "my_convlib.py").read_text(encoding="utf-8") == before


def zero_pad(x, pad):  # type: ignore[no-untyped-def]
    """A learner's."""
    return np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def same_padding(x):  # type: ignore[no-untyped-def]
    """A learner's, with a call inside a comprehension."""
    return [zero_pad(x, by).shape for by in (1, 2)]
