"""nbgrader's marks around a solution: what stands between them, and what a learner finds there instead."""

from __future__ import annotations

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
