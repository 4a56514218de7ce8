"""What the site's builder keeps from one build to the next."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.site import builder


def test_what_lessons_gave_is_kept_until_the_code_they_ran_with_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = tmp_path / "convlib" / "widgets" / "board.js"
    figure.parent.mkdir(parents=True)
    figure.write_text("old")
    origin = str(tmp_path / "convlib" / "__init__.py")
    monkeypatch.setattr(builder, "find_spec", lambda name: SimpleNamespace(origin=origin))
    pages = tmp_path / "pages"
    first = builder._executed(pages, {})
    first.mkdir(parents=True)
    assert builder._executed(pages, {}) == first
    assert first.is_dir()
    assert builder._executed(pages, {"exercises/clip.py": "other exercises"}) != first
    first.mkdir(parents=True)
    figure.write_text("new")
    assert builder._executed(pages, {}) != first
    assert not first.exists()
