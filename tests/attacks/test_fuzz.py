"""Random notebooks and damaged bytes through all that reads them: a notebook, or one line that says no."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from attacks.case import LESSON, POINTS, Attack, honest
from autograder.notebook.merge import NotThisLesson, exercise_of, merge_submission, notebook_of
from autograder.notebook.reading import NotANotebook, dump, read

RELEASE = Attack("released").notebook()
RELEASE["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
HONEST = Attack("honest", code=honest()).notebook()

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([*POINTS, *(f"test_{name}" for name in POINTS), "x", "", LESSON]) | values
marks = st.fixed_dictionaries(
    {},
    optional={
        name: kind | values
        for name, kind in {
            "grade_id": names,
            "grade": st.booleans(),
            "solution": st.booleans(),
            "locked": st.booleans(),
            "task": st.booleans(),
            "points": st.floats() | st.integers(),
            "schema_version": st.integers(0, 9),
            "checksum": st.text("0123456789abcdef", max_size=32),
            "cell_type": st.sampled_from(["code", "markdown", "raw"]),
        }.items()
    },
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading", ""]) | values,
        "source": st.sampled_from([*honest().values(), "check(zero_pad);"]) | values,
        "metadata": st.fixed_dictionaries({"nbgrader": marks}) | values,
        "id": values,
        "outputs": values,
        "execution_count": values,
        "attachments": st.fixed_dictionaries({"a.png": st.dictionaries(st.just("image/png"), values)})
        | values,
        "input": values,
    },
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(cells | values, max_size=8) | values,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": st.lists(cells, max_size=3)}), max_size=2)
        | values,
        "metadata": values,
        "nbformat": st.integers(0, 9) | values,
        "nbformat_minor": values,
    },
)


def survives(data: bytes) -> None:
    """What follows from these bytes is a valid notebook with the release's test cells, each of them once."""
    try:
        found, _ = read(data)
        laid = merge_submission(copy.deepcopy(RELEASE), found)
    except (NotANotebook, NotThisLesson) as refusal:
        reason = str(refusal)
    else:
        reason = ""
    assert "\n" not in reason
    if reason:
        return
    written = dump(notebook_of(RELEASE, laid.cells))
    notebook = json.loads(written)
    nbformat.validate(nbformat.from_dict(notebook))
    tests = [cell for cell in notebook["cells"] if exercise_of(cell)]
    assert sorted(exercise_of(cell) for cell in tests) == sorted(POINTS)
    assert {exercise_of(cell): cell["metadata"]["nbgrader"]["points"] for cell in tests} == POINTS


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(documents)
def test_any_document_becomes_a_notebook_of_the_lesson_or_is_refused(document):
    survives(json.dumps(document).encode())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_notebook_becomes_one_of_the_lesson_or_is_refused(data):
    raw = bytearray(json.dumps(HONEST).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw) - 1))
        raw[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    survives(bytes(raw))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf{}")
@example(b"\xff\xfe{\0}\0")
@example(b'{"cells": [' + b'{"cells": [' * 5000)
@example(b"9" * 5000)
def test_any_bytes_are_a_notebook_or_are_refused(data):
    survives(data)
