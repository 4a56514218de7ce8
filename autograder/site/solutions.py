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

ANSWER = "solution"  # the class of a fold on the page
PREDICTED = "predicted"  # a cell's metadata, on the page alone: its output answers a question above it
LONG = 20  # lines of given code that a page folds

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


def long_code(source: str) -> str:
    """Return the line that stands for a long cell's code on a page: its first comment; "" where it is short.

    Args:
        source: a cell of given code.
    """
    code = without_alt(source).strip("\n").splitlines()
    if len(code) < LONG:
        return ""
    says = []
    for line in code:
        if not line.startswith("# "):
            break
        says.append(line.removeprefix("# "))
    return f"{len(code)} lines of code: {' '.join(says)}" if says else f"{len(code)} lines of code"


def _asks_to_predict(text: str) -> bool:
    """Whether a Markdown cell asks for a prediction that the next cell answers, and no fold has."""
    asked = text.rfind("**Predict")
    return asked >= 0 and "<details>" not in text[asked:]


def _mark_predicted(cells: list[Cell]) -> None:
    """Mark the code cells whose output answers a "Predict": all up to the next text."""
    predicted = False
    for cell in cells:
        if cell["cell_type"] == "markdown":
            predicted = _asks_to_predict(text_of(cell))
        elif predicted and "nbgrader" not in cell["metadata"]:
            cell["metadata"][PREDICTED] = True


def for_page(notebook: dict[str, Any], *, solutions: bool) -> dict[str, Any]:
    """Name the pictures, mark what answers a prediction, and fold the model answers or take them away.

    Code stays as it is: the page runs it, and the solved function is folded in the page's tree.
    """
    page = copy.deepcopy(notebook)
    _mark_predicted(page["cells"])
    for cell in page["cells"]:
        source = text_of(cell)
        if cell["cell_type"] == "code" and (words := alt_text(source)):
            cell["metadata"].setdefault("mystnb", {}).setdefault("image", {}).setdefault("alt", words)
        if cell["cell_type"] != "markdown" or not is_solution(cell):
            continue
        region = _REGION.search(source)
        answer = region["body"] if region else source
        shown = (
            f"<details class='{ANSWER}'><summary>A model answer</summary>\n\n{answer.strip()}\n\n</details>"
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
