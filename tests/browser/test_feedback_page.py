"""A student's feedback page in a browser: readable on a light and on a dark screen, and on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder import exercises, judge
from autograder.nbgrader_plugin.pages import FeedbackPage, ForReading, markdown
from support.browser import axe_violations

# Lesson 07's, wider than a telephone.
WIDE = (
    r"\begin{aligned} \text{out}_{n,i,j,f} = &\sum_{a,b,c} w_{a,b,c,f}\; \tilde{x}_{n,\,iS+a,\,jS+b,\,c} "
    r"+ \text{bias}_f \end{aligned}"
)


def page(folder: Path) -> Path:
    """The page of one wrong answer with a comment, an error and some words."""

    def output_size(n, k, stride=1, pad=0):  # type: ignore[no-untyped-def]
        return (n - k + 2 * pad) // stride

    wrong = judge("output_size", output_size)
    assert wrong.bugs == ["plus_one_missing"]
    shown = nbformat.v4.new_output("display_data", data={"text/html": wrong._repr_html_()})
    failed = nbformat.v4.new_output(
        "error", ename="NameError", evalue="name 'nb' is not defined", traceback=[]
    )
    marks = {"grade": True, "solution": True, "grade_id": "output_size", "comment": "Count the windows."}
    marks |= {"score": 0.0, "points": float(exercises.get("output_size").points), "waiting": False}
    cells = [
        nbformat.v4.new_markdown_cell("Words with a [link](#output_size) and $x^2$."),
        nbformat.v4.new_markdown_cell(f"$${WIDE}$$"),
        nbformat.v4.new_code_cell(
            "# a remark\nx = 'text' + 1", outputs=[shown, failed], metadata={"nbgrader": marks}
        ),
    ]
    about = {"notebook": "06", "score": 0.0, "max_score": 2.0, "waiting": 0, "late_penalty": 0.0}
    exporter = FeedbackPage()
    exporter.register_filter("markdown2html", markdown)
    exporter.register_preprocessor(ForReading, enabled=True)
    notebook = nbformat.v4.new_notebook(cells=cells)
    path = folder / "page.html"
    path.write_text(exporter.from_notebook_node(notebook, {"nbgrader": about})[0], encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_feedback_page_can_be_read_on_every_screen(
    open_page: Callable[..., Any], npm: Path, tmp_path: Path, scheme: str
) -> None:
    path = page(tmp_path)
    shown = open_page(path.name, base=f"file://{path.parent}", color_scheme=scheme)
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 150) == (scheme == "dark")
    found = axe_violations(shown, npm)
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
    shown.set_viewport_size({"width": 360, "height": 740})
    root = "document.documentElement"
    assert shown.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")


def test_the_words_of_every_lesson_fit_a_telephone(open_page: Callable[..., Any], tmp_path: Path) -> None:
    about = {"notebook": "", "score": 0.0, "max_score": 2.0, "waiting": 0, "late_penalty": 0.0}
    wide = []
    for lesson in sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*/*.ipynb")):
        exporter = FeedbackPage()
        exporter.register_filter("markdown2html", markdown)
        exporter.register_preprocessor(ForReading, enabled=True)
        cells = nbformat.read(lesson, as_version=4).cells
        words = [nbformat.v4.new_markdown_cell(cell.source) for cell in cells if cell.cell_type == "markdown"]
        notebook = nbformat.v4.new_notebook(cells=words)
        path = tmp_path / f"{lesson.stem}.html"
        path.write_text(exporter.from_notebook_node(notebook, {"nbgrader": about})[0], encoding="utf-8")
        shown = open_page(path.name, base=f"file://{tmp_path}", viewport={"width": 360, "height": 740})
        root = "document.documentElement"
        if not shown.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"):
            wide.append(lesson.stem)
    assert wide == []
