"""What Sphinx is given: docstrings that mean what they say, ways to open a lesson."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.needs import needs

needs("sphinx")
from docutils import nodes  # type: ignore[import-untyped]  # noqa: E402
from docutils.utils import new_document  # type: ignore[import-untyped]  # noqa: E402

from autograder.site import extension  # noqa: E402
from autograder.site.lessons import Lesson  # noqa: E402


def rewritten(text: str, what: str = "function") -> str:
    lines = text.split("\n")
    extension._plain_docstring(None, what, "name", None, None, lines)  # type: ignore[arg-type]
    return "\n".join(lines)


def test_formulas_and_code_in_a_docstring_are_no_markup() -> None:
    assert rewritten("H *= 2, |x| and `a\nb`, ``c``") == "H \\*= 2, \\|x\\| and ``a\nb``, ``c``"


def test_an_example_in_a_module_docstring_stands_as_it_was_written() -> None:
    text = rewritten("What.\n\n    y = a * b\n      more\n\nThen.", "module")
    assert "\n::\n\n    y = a * b\n      more\n" in text
    assert rewritten("Args:\n    x: a * b") == "Args:\n    x: a \\* b"


@pytest.mark.parametrize("colab", ["", "https://colab.research.google.com/github/o/n/blob/lessons/files"])
def test_a_lesson_offers_only_ways_that_exist(tmp_path: Path, colab: str) -> None:
    config: Any = SimpleNamespace(course_lite=not colab, course_colab=colab)
    app: Any = SimpleNamespace(config=config)
    panel = extension.open_panel(app, Lesson(tmp_path / "06_size" / "06_size.ipynb"))
    assert ("Colab</a>" in panel) is bool(colab)
    assert (f'href="{colab}/06_size/06_size.ipynb"' in panel) is bool(colab)
    assert ('href="../lite/lab/index.html?path=06_size/06_size.ipynb"' in panel) is (not colab)
    assert "autograder start 06_size" in panel


def test_a_lesson_tells_its_title_its_opening_and_how_much_is_to_write(tmp_path: Path) -> None:
    prose = {
        "cell_type": "markdown",
        "metadata": {},
        "source": ["# 06 · Size\n", "\n", "How *large* is [it](x.md)?"],
    }
    function = {"cell_type": "code", "metadata": {"nbgrader": {"solution": True}}, "source": "def f(): ..."}
    path = tmp_path / "06_size" / "06_size.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"cells": [prose, function]}), encoding="utf-8")
    lesson = Lesson(path)
    assert (lesson.title, lesson.teaser, lesson.functions) == ("06 · Size", "How large is it?", 1)


def code_cell(source: str, output: nodes.Node, **metadata: Any) -> nodes.container:
    """A code cell as MyST-NB leaves it in the tree."""
    block = nodes.literal_block(source, source, language="ipython3")
    return nodes.container(
        "",
        nodes.container("", block, nb_element="cell_code_source"),
        nodes.container("", output, nb_element="cell_code_output"),
        nb_element="cell_code",
        cell_metadata=metadata,
    )


def folds_of(*cells: nodes.container) -> list[tuple[str, str]]:
    """The kind and the summary of every fold that the pages put into these cells."""
    document = new_document("lesson")
    document.extend(cells)
    app: Any = SimpleNamespace(config=SimpleNamespace(course_solutions=True))
    extension._show_code(app, document)
    extension._fold_outcomes(app, document)
    return [(fold.get("kind", ""), fold["summary"]) for fold in document.findall(extension.Fold)]


def test_an_output_after_a_prediction_waits_behind_a_fold_that_is_open_without_scripts() -> None:
    asked = code_cell("print(4)", nodes.literal_block("4", "4"), predicted=True)
    told = code_cell("print(5)", nodes.literal_block("5", "5"))
    assert folds_of(asked, told) == [("outcome", extension.OUTCOME)]
    fold = next(asked.findall(extension.Fold))
    assert fold["opened"]
    assert fold.astext() == "4"


def test_a_figure_after_a_prediction_is_drawn_at_once() -> None:
    view = nodes.container("", mime_type="application/vnd.jupyter.widget-view+json")
    assert folds_of(code_cell("Board()", nodes.container("", view), predicted=True)) == []


def test_long_given_code_is_folded_under_the_line_that_says_what_it_does() -> None:
    code = "# Counts to twenty.\n" + "\n".join(f"x{k} = {k}" for k in range(20))
    given = code_cell(code, nodes.literal_block("", ""))
    asked = code_cell(code, nodes.literal_block("", ""), nbgrader={"solution": False})
    assert folds_of(given, asked) == [("given", "21 lines of code: Counts to twenty.")]
    assert next(given.findall(extension.Fold)).astext() == code
