"""A tiny course of one lesson for the tests of grading."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course.course import Course

ROOT = Path(__file__).resolve().parents[2]
LESSON = "06_stride_padding_size"
SETTINGS = """
c.Grading.launcher = "process"
c.Grading.cell_seconds = 5.0
c.Grading.answer_seconds = 2.0
c.Grading.locate_seconds = 0.0
c.Grading.build_student_zip = False
"""
SOLUTIONS = {
    "output_size": "def output_size(n, k, stride=1, pad=0):\n    return (n - k + 2 * pad) // stride + 1",
    "same_padding": (
        "def same_padding(n, k, stride=1):\n"
        "    size = -(-n // stride)\n"
        "    total = max((size - 1) * stride + k - n, 0)\n"
        "    return total // 2, total - total // 2"
    ),
}
POINTS = {"output_size": 2, "same_padding": 3}


def cell(source: str, grade_id: str = "", kind: str = "", points: int = 0) -> dict[str, Any]:
    """A cell of a source notebook; kind is answer, test or words."""
    made: dict[str, Any] = {
        "cell_type": "markdown" if kind == "words" else "code",
        "id": (grade_id or "plain").replace("_", "-"),
        "metadata": {},
        "source": source,
    }
    if made["cell_type"] == "code":
        made |= {"outputs": [], "execution_count": None}
    if kind:
        made["metadata"]["nbgrader"] = {
            "grade": kind != "answer",
            "solution": kind != "test",
            "locked": kind == "test",
            "task": False,
            "grade_id": grade_id,
            "schema_version": 3,
            **({"points": points} if kind != "answer" else {}),
        }
    return made


def notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A notebook of these cells."""
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": spec, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def source() -> dict[str, Any]:
    """The tiny lesson."""
    cells = [cell("import numpy as np\n\nfrom autograder import check")]
    for name, solution in SOLUTIONS.items():
        head, _, body = solution.partition("\n")
        marked = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        cells += [cell(marked, name, "answer"), cell(f"check({name});", f"test_{name}", "test", POINTS[name])]
    words = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    return notebook([*cells, cell(words, "words_why", "words", 2)])


HandIn = Callable[..., Path]


def handing_in(course: Course) -> HandIn:
    """A function that hands in a notebook: the release with these answers, or other bytes."""

    def put(
        student: str,
        answers: dict[str, str] | None = None,
        *,
        change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None,
        data: bytes | None = None,
        name: str = f"{LESSON}.ipynb",
    ) -> Path:
        content = json.loads(course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes())
        for found in content["cells"]:
            grade_id = found["metadata"].get("nbgrader", {}).get("grade_id")
            if answers and grade_id in answers:
                found["source"] = answers[grade_id]
        if change:
            content["cells"] = change(content["cells"])
        path = course.folder("submitted", student, LESSON, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(json.dumps(content).encode() if data is None else data)
        return path

    return put
