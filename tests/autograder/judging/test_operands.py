"""Where shapes do not fit, the verdict shows the learner's expression with each operand's shape beneath."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autograder import Verdict, exercises, judge
from autograder.grading.job import make_job, run_job
from autograder.protocol.operands import LONGEST
from autograder.protocol.running import run_untrusted
from autograder.sandbox import Limits
from support.wrong_answers import defined

FUNCTION = """\
def relu(x):
    a, b, q = np.ones((2, 3)), np.ones((4, 5)), [np.ones(7), np.ones(8)]
    n = 0
    {}
    return x
"""

A, B = ("a", "(2, 3)"), ("b", "(4, 5)")

# A line, what of it is shown, and its operands.
LINES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "y = 1 + (a + b).sum()": ("a + b", [A, B]),
    "y = a - b": ("a - b", [A, B]),
    "y = a * b[n:, 1:]": ("a * b[n:, 1:]", [A, ("b[n:, 1:]", "(4, 4)")]),
    "y = a / b.T": ("a / b.T", [A, ("b.T", "(5, 4)")]),
    "y = a @ b": ("a @ b", [A, B]),
    "y = a > b": ("a > b", [A, B]),
    "y = (2 * a) * (b - 1)": ("(2 * a) * (b - 1)", [("2 * a", "(2, 3)"), ("b - 1", "(4, 5)")]),
    "y = a * np.pad(b, 1)": ("a * np.pad(b, 1)", [A, ("np.pad(b, 1)", "(6, 7)")]),
    "y = [a * row for row in q]": ("a * row", [A, ("row", "(7,)")]),
    "y = np.dot(a, b)": ("np.dot(a, b)", [A, B]),
    "y = a.dot(b)": ("a.dot(b)", [A, B]),
    "y = np.matmul(a, b)": ("np.matmul(a, b)", [A, B]),
    "y = np.tensordot(a, b, axes=1)": ("np.tensordot(a, b, axes=1)", [A, B]),
    "y = np.einsum('ij,jk->ik', a, b)": ("np.einsum('ij,jk->ik', a, b)", [A, B]),
    "y = np.where(a > 0, a, b)": ("np.where(a > 0, a, b)", [("a > 0", "(2, 3)"), A, B]),
    "y = np.maximum(a, b)": ("np.maximum(a, b)", [A, B]),
    "y = np.concatenate([a, b])": ("np.concatenate([a, b])", [A, B]),
    "y = np.stack(\n        [a, b]\n    )": ("np.stack( [a, b] )", [A, B]),
    "y = a.reshape(4, 5)": ("a.reshape(4, 5)", [A]),
    "a += b": ("a += b", [A, B]),
    "a[n] = b[n]": ("a[n] = b[n]", [("a[n]", "(3,)"), ("b[n]", "(5,)")]),
    "a[:, :2] = b": ("a[:, :2] = b", [("a[:, :2]", "(2, 2)"), B]),
    "a[:1] = np.ones(8)": ("a[:1] = np.ones(8)", [("a[:1]", "(1, 3)"), ("np.ones(8)", "(8,)")]),
    "a[:1] += b[:, 1:]": ("a[:1] += b[:, 1:]", [("a[:1]", "(1, 3)"), ("b[:, 1:]", "(4, 4)")]),
}


def judged(line: str) -> Verdict:
    source = FUNCTION.format(line)
    return judge("relu", defined("relu", source), source=source)


@pytest.mark.parametrize("line", LINES)
def test_the_expression_is_shown_with_each_operands_shape(line: str) -> None:
    expression, operands = LINES[line]
    verdict = judged(line)
    assert verdict.expression is not None, verdict.message
    assert verdict.expression.text == expression
    assert [(one.text, one.shape) for one in verdict.expression.operands] == operands
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_as_text_and_as_a_page_the_shapes_stand_beneath() -> None:
    verdict = judged("y = a * b[:, 1:]")
    assert "\n  a * b[:, 1:]\n    a         (2, 3)\n    b[:, 1:]  (4, 4)\n" in str(verdict)
    page = verdict._repr_html_()
    assert "<caption><code>a * b[:, 1:]</code></caption>" in page
    assert '<th scope="row"><code>b[:, 1:]</code></th><td>(4, 4)</td>' in page


@pytest.mark.parametrize(
    "line",
    [
        "y = x[1000]",  # no shapes meet
        "y = int('3 shapes')",
        "y = a * b if a is b else x + 'broadcast'",
        "raise ValueError('these shapes cannot be broadcast')",
        "y = exec('np.ones(2) + np.ones(3)')",  # a text that no file holds
    ],
)
def test_where_no_operands_are_known_nothing_is_shown(line: str) -> None:
    assert judged(line).expression is None


def test_a_verdict_that_was_stored_without_an_expression_is_read() -> None:
    stored = judged("y = x[1000]").to_json()
    del stored["expression"]
    assert Verdict.from_json(stored).expression is None


def test_nothing_of_the_learners_is_called_again() -> None:
    source = """\
calls = []

class Row(np.ndarray):
    @property
    def shape(self):
        calls.append("shape")
        return (1,)

    def __getitem__(self, at):
        calls.append("item")
        return np.ones(3)

def made():
    calls.append("made")
    return np.ones((2, 3))

def relu(x):
    calls.clear()
    row = np.ones(5).view(Row)
    try:
        made() + np.ones(7)
    finally:
        made() + row[0] + np.ones((4, 1, 4))
"""
    function: Any = defined("relu", source)
    probe = exercises.get("relu").probes(0)[0]
    (answer,) = run_untrusted({"relu": function}, probe.script)
    assert function.__globals__["calls"] == ["made", "made", "item"]
    assert answer.operands == (("made() + row[0]", "(2, 3)"), ("np.ones((4, 1, 4))", "(4, 1, 4)"))  # type: ignore[union-attr]


def test_what_is_shown_is_bounded() -> None:
    long = "y = a * " + " * ".join(["b"] * 500)
    source = FUNCTION.format(long)
    probe = exercises.get("relu").probes(0)[0]
    (answer,) = run_untrusted({"relu": defined("relu", source)}, probe.script)
    assert len(answer.expression) <= LONGEST  # type: ignore[union-attr]
    assert answer.operands == (A, B)  # type: ignore[union-attr]


@pytest.mark.sandbox
def test_grading_shows_what_check_shows() -> None:
    def cell(source: str, grade_id: str, **nbgrader: Any) -> dict[str, Any]:
        metadata = {"nbgrader": {"schema_version": 3, "grade_id": grade_id, "locked": False, **nbgrader}}
        more = {"metadata": metadata, "outputs": [], "execution_count": None}
        return {"cell_type": "code", "source": source, **more}

    cells = [cell("import numpy as np", "import", grade=False, solution=False)]
    for number, line in enumerate(LINES):
        cells.append(cell(FUNCTION.format(line), f"relu{number}", grade=False, solution=True))
        cells.append(cell("check(relu);", "test_relu", grade=True, solution=False, points=1))
    job = make_job(cells, {"relu": 20}, limits=Limits(), launcher="bubblewrap", files={})
    done = json.loads(run_job(job))
    assert done["status"] == "done", done
    for number, (line, (expression, operands)) in enumerate(LINES.items()):
        shown = done["verdicts"][str(2 * number + 2)]["expression"]
        assert shown is not None, line
        assert shown["text"] == expression
        assert [(one["text"], one["shape"]) for one in shown["operands"]] == operands
