"""Small courses, built: what a class that is graded must not see, and what stops a build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.needs import needs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one page and one lesson, with this course's settings and vendored parts."""
    needs("npm", "sphinx", "myst_nb", "sphinx_book_theme")
    source = tmp_path / "notebooks"
    (source / ".static").mkdir(parents=True)
    for name in ("conf.py", ".static/course.css", ".static/course.js", ".static/mount.js"):
        shutil.copy(ROOT / "notebooks" / name, source / name)
    toctree = "```{toctree}\n:glob:\n\n[0-9]*/*\n```\n"
    (source / "index.md").write_text(f"# A course\n\n{toctree}", encoding="utf-8")
    (tmp_path / ".autograder").mkdir()
    (ROOT / ".autograder" / "vendor").mkdir(parents=True, exist_ok=True)
    (tmp_path / ".autograder" / "vendor").symlink_to(ROOT / ".autograder" / "vendor")
    return tmp_path


def write_lesson(course: Path, *cells: dict[str, Any], folder: str = "06_size") -> None:
    home = course / "notebooks" / folder
    home.mkdir()
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# 06 · Size\n\nHow large?"}
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": [title, *cells], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (home / f"{folder}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def code(source: str, **metadata: Any) -> dict[str, Any]:
    made = {"cell_type": "code", "id": f"c{abs(hash(source))}", "metadata": metadata, "source": source}
    return made | {"outputs": [], "execution_count": None}


SOLVED = code(
    "def size(n):\n    ### BEGIN SOLUTION\n    hidden_way = n - 4\n"
    "    return hidden_way\n    ### END SOLUTION\n",
    nbgrader={"schema_version": 3, "solution": True, "grade": False, "locked": False, "grade_id": "size"},
)


def test_without_solutions_no_file_of_the_site_holds_one(course: Path) -> None:
    from autograder.site import build

    write_lesson(course, SOLVED, code("print('of size', size(9))"))
    page = build(course, solutions=False, with_lite=False, quiet=True)
    lesson = page.parent / "06_size" / "06_size.html"
    text = lesson.read_text(encoding="utf-8")
    assert "of size 5" in text, "the page still shows what the solved lesson prints"
    assert "NotImplementedError" in text
    holders = [f for f in page.parent.rglob("*") if f.is_file() and b"hidden_way" in f.read_bytes()]
    assert holders == []

    # Built again with another lesson in its place: nothing of the first is left, and nothing complains.
    shutil.rmtree(course / "notebooks" / "06_size")
    write_lesson(course, code("1 + 1"), folder="07_more")
    build(course, with_lite=False, quiet=True)
    assert not lesson.exists()
    assert (page.parent / "07_more" / "07_more.html").exists()


def test_a_picture_without_words_and_a_cell_that_fails_stop_the_build(course: Path, capfd: Any) -> None:
    from autograder.site import SiteError, build

    write_lesson(course, code("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"))
    write_lesson(course, code("1 / 0"), folder="07_more")
    with pytest.raises(SiteError, match="could not be built"):
        build(course, with_lite=False, quiet=True)
    complaints = capfd.readouterr().err
    assert "picture without alt text" in complaints
    assert "ZeroDivisionError" in complaints


def test_what_is_missing_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.site import SiteError, build, builder, vendor

    with pytest.raises(SiteError, match="no course in"):
        build(tmp_path)
    monkeypatch.setattr(builder, "_MODULES", ("sphinx_of_another_world",))
    with pytest.raises(SiteError, match=r'pip install "convcourse\[site\]"'):
        build(ROOT)
    monkeypatch.setattr(vendor.shutil, "which", lambda name: None)
    with pytest.raises(SiteError, match="npm is missing"):
        vendor.mathjax(tmp_path)
