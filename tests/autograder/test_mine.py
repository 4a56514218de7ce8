"""The learner's own library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograder.mine import mine

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
    assert own.__code__.co_filename.startswith("my_convlib")
    assert own(6, 3, stride=2) == (0, 1)
    assert mine("zero_pad")(np.ones((1, 2, 2, 1)), 1).shape == (1, 4, 4, 1)
