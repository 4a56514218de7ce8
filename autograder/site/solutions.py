"""What a page or a published notebook shows of a solution: pure functions on an .ipynb's cells."""

from __future__ import annotations

import copy
import re
from typing import Any

Cell = dict[str, Any]

CODE_STUB = 'raise NotImplementedError("write this function, then run the cell")'
TEXT_STUB = "*Your answer, in your own words.*"

# nbgrader's own marks; tests compare what is cut here with what its ClearSolutions leaves.
_REGION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION[^\n]*\n(?P<body>.*?)^[ \t]*### END SOLUTION[^\n]*$", re.S | re.M
)
_HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[^\n]*\n?", re.S | re.M)
_MARK = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[^\n]*\n?", re.M)


def text_of(cell: Cell) -> str:
    """Return a cell's source, which nbformat stores as a string or as lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def is_solution(cell: Cell) -> bool:
    """Tell whether nbgrader holds the cell for one that a student fills in."""
    return bool(cell.get("metadata", {}).get("nbgrader", {}).get("solution"))


def stub(source: str, *, code: bool = True) -> str:
    """Return what a learner finds in a solution cell: the marked region gives way to one line."""
    replacement = CODE_STUB if code else TEXT_STUB
    if not _REGION.search(source):
        return replacement
    return _REGION.sub(lambda region: region["indent"] + replacement, source)


def solved(source: str) -> str:
    """Return a solution as a reader sees it, without the marks."""
    return _MARK.sub("", source).strip("\n")


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
