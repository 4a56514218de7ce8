"""What a page or a published notebook shows of a solution: pure functions on an .ipynb's cells."""

from __future__ import annotations

import copy
import re
from typing import Any

from autograder.notebook.solution_marks import (
    _HIDDEN,
    _REGION,
    TEXT_STUB,
    Cell,
    is_solution,
    stub,
    text_of,
)

_ALT = re.compile(r"\A# alt: (?P<first>[^\n]*)(?P<rest>(?:\n#[^\n]*)*)\n?")


def alt_text(source: str) -> str:
    """Return what a cell's leading `# alt:` comment says of the picture it draws, "" where there is none."""
    comment = _ALT.match(source)
    if comment is None:
        return ""
    lines = [comment["first"], *(line.lstrip("# ") for line in comment["rest"].splitlines())]
    return " ".join(line.strip() for line in lines if line.strip())


def without_alt(source: str) -> str:
    """Return a cell's source as a page shows it: the words for the picture are in the picture."""
    return _ALT.sub("", source)


def for_page(notebook: dict[str, Any], *, solutions: bool) -> dict[str, Any]:
    """Name the pictures, and put the model answers to words questions behind a fold or take them away.

    Code stays as it is: the page runs it, and the solved function is folded in the page's tree.
    """
    page = copy.deepcopy(notebook)
    for cell in page["cells"]:
        source = text_of(cell)
        if cell["cell_type"] == "code" and (words := alt_text(source)):
            cell["metadata"].setdefault("mystnb", {}).setdefault("image", {}).setdefault("alt", words)
        if cell["cell_type"] != "markdown" or not is_solution(cell):
            continue
        region = _REGION.search(source)
        answer = region["body"] if region else source
        shown = (
            f"<details class='solution'><summary>A model answer</summary>\n\n{answer.strip()}\n\n</details>"
        )
        if not solutions:
            shown = TEXT_STUB
        cell["source"] = source[: region.start()] + shown + source[region.end() :] if region else shown
    return page


def for_learner(notebook: dict[str, Any], setup: str = "") -> dict[str, Any]:
    """Return the notebook as a learner starts it: stubs, no outputs.

    Args:
        notebook: a lesson, as its .ipynb holds it.
        setup: source of a code cell to put in front, "" for none.
    """
    lesson = copy.deepcopy(notebook)
    for cell in lesson["cells"]:
        source = text_of(cell)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            source = _HIDDEN.sub("", source)
        if is_solution(cell) or _REGION.search(source):
            source = stub(source, code=cell["cell_type"] == "code")
        cell["source"] = source
    if setup:
        first: Cell = {
            "cell_type": "code",
            "id": "setup",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": setup,
        }
        lesson["cells"].insert(0, first)
    return lesson
