"""Lesson 15 shows the very functions that its judge runs."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest

from autograder.exercises import lesson_15

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / lesson_15.LESSON / f"{lesson_15.LESSON}.ipynb"


def shown_functions() -> dict[str, str]:
    """Each function of the notebook by name, as a normalised syntax tree."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return {
        node.name: ast.dump(node)
        for source in sources
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("number", range(1, 9))
def test_each_patient_is_shown_as_it_is_judged(number: int) -> None:
    judged = getattr(lesson_15, f"patient_{number}")
    assert shown_functions()[f"patient_{number}"] == ast.dump(ast.parse(inspect.getsource(judged)).body[0])
