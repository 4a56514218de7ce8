"""Small courses, built: what a class that is graded must not see, and what stops a build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.browser import Cell, serving
from support.needs import needs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one page, with this course's settings and vendored parts, for a lesson."""
    return new_course(tmp_path)


def new_course(folder: Path) -> Path:
    needs("npm", "sphinx", "myst_nb", "sphinx_book_theme")
    source = folder / "notebooks"
    source.mkdir()
    shutil.copy(ROOT / "notebooks" / "conf.py", source)
    toctree = "```{toctree}\n:glob:\n\n[0-9]*/*\n```\n"
    (source / "index.md").write_text(f"# A course\n\n{toctree}", encoding="utf-8")
    (folder / ".autograder").mkdir()
    (ROOT / ".autograder" / "vendor").mkdir(parents=True, exist_ok=True)
    (folder / ".autograder" / "vendor").symlink_to(ROOT / ".autograder" / "vendor")
    return folder


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


FIGURES = "from convlib.widgets import LossSurface, StrideBoard\nStrideBoard(stride=1)"
POLICY = "script-src 'self' 'unsafe-inline'"  # without blob: and data:


@pytest.fixture(scope="module")
def page_of_figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of one page with three figures of two kinds, built once for those that look at it."""
    from autograder.site import build

    course = new_course(tmp_path_factory.mktemp("figures"))
    write_lesson(course, code(FIGURES), code("StrideBoard(stride=2)"), code("LossSurface()"))
    landing = build(course, with_lite=False, quiet=True)
    return landing.parent / "06_size" / "06_size.html"


def test_figures_live_without_blob_addresses_from_a_server_and_from_a_folder(
    page_of_figures: Path, open_page: Any
) -> None:
    """Each module is one file of the site, however many figures show it."""
    site = page_of_figures.parents[1]
    assert len(list((site / "_static" / "figures").glob("*.js"))) == 2
    assert "export default" not in page_of_figures.read_text(encoding="utf-8")
    name = page_of_figures.relative_to(site).as_posix()

    def guard(route: Any) -> None:
        headers = {"content-type": "text/html", "content-security-policy": POLICY}
        route.fulfill(response=route.fetch(), headers=headers)

    def check(page: Any) -> None:
        page.wait_for_selector("html[data-figures=ready]", state="attached")
        assert page.locator(".figure-host .cv-stage svg").count() == 3
        assert page.locator(".figure-error").count() == 0
        Cell(page, "output", 0, 1).hover()
        assert page.locator(".cv-live").first.inner_text().startswith("output row 0, column 1")

    with serving(site) as address:
        page = open_page("index.html", base=address)
        page.route("**/*.html", guard)
        page.goto(f"{address}/{name}")
        check(page)
        refused = "import(URL.createObjectURL(new Blob(['']))).then(() => false, () => true)"
        assert page.evaluate(refused), "the policy allows what the figures must do without"
    check(open_page(name, base=site.as_uri()))


def test_without_scripts_a_sentence_and_a_description_stand_where_a_figure_would(
    page_of_figures: Path, open_page: Any
) -> None:
    site = page_of_figures.parents[1]
    name = page_of_figures.relative_to(site).as_posix()
    page = open_page(name, base=site.as_uri(), java_script_enabled=False)
    notes = page.locator(".figure-note")
    assert notes.count() == 3
    assert notes.first.is_visible()
    assert notes.first.inner_text() == (
        "Here is an interactive figure, which needs JavaScript. A convolution's windows: point at an output "
        "to see what it reads, at an input to see who reads it."
    )
