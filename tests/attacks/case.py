"""An attack as a declaration: a notebook of lesson 06, what it tries, and what its functions deserve."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LESSON = "06_stride_padding_size"
NOTEBOOK = ROOT / "notebooks" / LESSON / f"{LESSON}.ipynb"
POINTS = {"output_size": 2, "zero_pad": 3, "same_padding": 3}

WRONG = {name: f"def {name}(*args, **kwargs):\n    return None" for name in POINTS}
NOTHING = dict.fromkeys(POINTS, 0.0)
ALL = {name: float(points) for name, points in POINTS.items()}

# What an attack prints when it got hold of something; no output of any kernel may hold it.
FOUND = "FOUND-IT"
# An argument of every process that an attack leaves behind.
STAYS = "987654"
# A name that no file outside may get.
CANARY = "autograder-canary"


@dataclass(frozen=True)
class Attack:
    """One hostile, broken or clumsy submission.

    Attributes:
        name: what it tries.
        entry: its number in the list of sixty, or 0.
        first: a cell before all others.
        code: source of exercises; those not named return None.
        earns: points that are deserved, exactly, where they are not 0.
        upto: points that may be earned or not (a requirement that fails by itself, say).
        last: a cell after all others.
        edit: changes the notebook.
        files: what lies beside the notebook.
    """

    name: str
    entry: int = 0
    first: str = ""
    code: Mapping[str, str] = field(default_factory=dict)
    earns: Mapping[str, float] = field(default_factory=dict)
    upto: Mapping[str, float] = field(default_factory=dict)
    last: str = ""
    edit: Callable[[dict[str, Any]], Any] | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def least(self) -> dict[str, float]:
        return {
            name: points for name, points in (NOTHING | dict(self.earns)).items() if name not in self.upto
        }

    def notebook(self) -> dict[str, Any]:
        """The submission as nbformat's dictionary."""
        notebook = copy.deepcopy(_bare())
        for cell in notebook["cells"]:
            mark = cell["metadata"].get("nbgrader", {})
            if mark.get("solution") and mark["grade_id"] in POINTS:
                cell["source"] = self.code.get(mark["grade_id"], WRONG[mark["grade_id"]])
        extra = [_code("first", self.first)] if self.first else []
        notebook["cells"] = extra + notebook["cells"] + ([_code("last", self.last)] if self.last else [])
        return (self.edit(notebook) or notebook) if self.edit else notebook


def honest(**extra: str) -> dict[str, str]:
    """The right solutions, each after a piece of code of its own."""
    return {name: extra.get(name, "") + source for name, source in right().items()}


@cache
def right() -> dict[str, str]:
    """The solutions of the lesson."""
    found = {}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution") and mark["grade_id"] in POINTS:
            lines = "".join(cell["source"]).splitlines()
            found[mark["grade_id"]] = "\n".join(line for line in lines if "### " not in line) + "\n"
    return found


@cache
def _bare() -> dict[str, Any]:
    """The lesson's notebook without what is neither graded nor imported, which a student may delete."""
    notebook: dict[str, Any] = json.loads(NOTEBOOK.read_text())
    imports, *rest = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    graded = [cell for cell in rest if cell["metadata"].get("nbgrader", {}).get("grade_id")]
    imports["source"] = "import numpy as np\nfrom autograder import check, mine"
    notebook["cells"] = [imports, *graded]
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def _code(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
