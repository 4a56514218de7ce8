"""Where a fault is: right answers with one change planted, and what the search may never do."""

from __future__ import annotations

import ast
import difflib
import inspect
import random
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograder import exercises, judge, report
from autograder.grading.locating import MOST_ENDS, Locating, Wrong
from autograder.judging import locate as locating
from autograder.judging.caller import InProcess, collect_answers
from autograder.judging.edits import KINDS, applied, edits
from autograder.judging.locate import Located, locate, question, sentence
from autograder.judging.results import ProbeResult, evaluate_all, expectations
from autograder.judging.verdict import Line
from autograder.judging.written import MAX_LINE, written, written_in
from autograder.protocol.calls import Answer, NoAnswer, Script
from autograder.protocol.candidates import MAX_CELLS, Candidate, Candidates, Steps
from autograder.protocol.running import TimeIsUp
from tests.support.right_answers import RIGHT

PATIENCE = 4.0  # seconds of the processor: other work on the machine changes nothing
SOME = (
    "output_size",
    "zero_pad",
    "conv_single_step",
    "relu",
    "dense",
    "correlate2d",
    "count_dense_parameters",
)


def results_of(exercise_id: str, function: Callable[..., Any]) -> list[ProbeResult]:
    expected = expectations(exercises.get(exercise_id), 20)
    caller = InProcess({exercise_id: function}, seconds=5.0)
    with np.errstate(all="ignore"):
        return evaluate_all(expected, collect_answers(caller, [one.probe.script for one in expected]))


def defined(text: str, name: str, space: dict[str, Any] | None = None) -> Callable[..., Any]:
    made = dict(space or {"np": np})
    exec(compile(text, "<cell>", "exec"), made)
    return made[name]  # type: ignore[no-any-return]


def found(exercise_id: str, function: Callable[..., Any], text: str | None) -> Located | None:
    results = results_of(exercise_id, function)
    return locate(exercises.get(exercise_id), function, results, text, 5 * PATIENCE, clock=time.process_time)


def definitions() -> Iterator[tuple[str, Callable[..., Any], str]]:
    """Right answers that stand for themselves, with their text as ast writes it: no comments, one style."""
    for exercise_id, functions in RIGHT.items():
        for function in functions:
            if getattr(function, "__closure__", 1) or not inspect.isfunction(function):
                continue
            tree = (
                ast.parse(textwrap.dedent(inspect.getsource(function)))
                if function.__name__ != "<lambda>"
                else None
            )
            if tree is not None and isinstance(tree.body[0], ast.FunctionDef):
                yield exercise_id, function, ast.unparse(tree)


def plants(seed: int, wanted: int, some: tuple[str, ...] = ()) -> Iterator[tuple[str, Any, str, set[int]]]:
    """Wrong functions: a right answer with one likely change in one line, and the lines that differ.

    No statement, no result and no call of another function is left out: of those nothing is left to point at.
    """
    chosen = random.Random(seed)
    pool = [one for one in definitions() if not some or one[0] in some]
    while wanted:
        exercise_id, function, text = chosen.choice(pool)
        tree = ast.parse(text)
        likely = [
            one
            for one in edits(tree.body[0])
            if one.cost <= 1.7 and one.kind not in ("statement", "result", "call")
        ]  # type: ignore[arg-type]
        if not likely:
            continue
        kind = chosen.choice(sorted({one.kind for one in likely}))
        with applied(chosen.choice([one for one in likely if one.kind == kind])):
            planted = ast.unparse(tree)
        lines = changed_lines(text, planted)
        try:
            wrong = defined(planted, function.__name__, function.__globals__)
        except (SyntaxError, TypeError, NameError):
            continue
        results = results_of(exercise_id, wrong)
        if lines and any(one.failure is not None for one in results):
            wanted -= 1
            yield exercise_id, wrong, planted, lines


def changed_lines(old: str, new: str) -> set[int]:
    matcher = difflib.SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    return {
        number
        for what, _, _, first, last in matcher.get_opcodes()
        if what != "equal"
        for number in range(first + 1, max(last, first + 1) + 1)
    }


def share_located(seed: int, wanted: int, some: tuple[str, ...] = ()) -> tuple[float, list[str]]:
    missed = []
    for exercise_id, wrong, text, lines in plants(seed, wanted, some):
        results = results_of(exercise_id, wrong)
        got = locate(exercises.get(exercise_id), wrong, results, text, PATIENCE, clock=time.process_time)
        # Another line than the planted one is found only where a change of it makes every probe right.
        if got is None:
            shown = [text.splitlines()[number - 1] for number in lines if number <= len(text.splitlines())]
            missed.append(f"{exercise_id}: {shown}")
        else:
            assert all(text.splitlines()[line.number - 1].strip() == line.text for line in got.lines)
    return 1 - len(missed) / wanted, missed


def test_a_planted_fault_is_located() -> None:
    share, missed = share_located(seed=1, wanted=12, some=SOME)
    assert share >= 0.9, missed


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 11])
def test_of_a_hundred_planted_faults_ninety_five_are_located(seed: int) -> None:
    share, missed = share_located(seed, wanted=100)
    assert share >= 0.95, missed


CONV = """\
def conv2d(x, w, b, stride=1, pad=0):
    N, H, W, C = x.shape
    KH, KW, C, F = w.shape
    xp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
    xp[:, pad:pad + H, pad:pad + W, :] = x
    OH = (H + 2 * pad - KH) // stride + 1
    OW = (W + 2 * pad - KW) // stride + 1
    out = np.zeros((N, OH, OW, F))
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                for f in range(F):
                    window = xp[n, i * stride:i * stride + KH, j * stride:j * stride + KW, :]
                    out[n, i, j, f] = np.sum(window * w[:, :, :, f]) + b[f]
    return out
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("out[n, i, j, f] = np", "out[n, i, j, f] += 2 * np", 14),
        ("OW = (W + 2 * pad - KW)", "OW = (H + 2 * pad - KW)", 7),
        ("pad:pad + H, pad:pad + W", "pad:-pad, pad:-pad", 5),
        ("window * w[:, :, :, f]", "window * w[:, :, :, n]", 14),
        ("i * stride:i * stride + KH, j * stride:j * stride + KW", "i:i + KH, j:j + KW", 13),
        ("+ b[f]", "+ b", 14),
    ],
)
def test_the_line_that_was_changed_is_the_line_that_is_shown(old: str, new: str, line: int) -> None:
    text = CONV.replace(old, new)
    assert text != CONV
    located = found("conv2d", defined(text, "conv2d"), text)
    assert located is not None
    assert [one.number for one in located.lines] == [line]
    assert located.lines[0].text == text.splitlines()[line - 1].strip()


def test_a_helper_is_the_learners_text_too() -> None:
    helper = "def size(n, k, s, p):\n    return (n + 2 * p - k) // s\n\n"
    text = helper + CONV.replace("(H + 2 * pad - KH) // stride + 1", "size(H, KH, stride, pad)").replace(
        "(W + 2 * pad - KW) // stride + 1", "size(W, KW, stride, pad)"
    )
    located = found("conv2d", defined(text, "conv2d"), text)
    assert located is not None
    assert located.lines == (Line(2, "return (n + 2 * p - k) // s"),)
    assert located.helper == "size"
    assert "in your `size`" in sentence(located)


def test_a_line_of_a_function_that_is_not_the_learners_is_never_shown() -> None:
    text = "def conv2d(x, w, b, stride=1, pad=0):\n    return given(x)\n"
    space = {"np": np, "given": np.negative}
    assert found("conv2d", defined(text, "conv2d", space), text) is None
    assert written(exercises.get("conv2d").reference) is None


def test_a_right_answer_is_not_searched() -> None:
    text = CONV
    verdict = judge("conv2d", defined(text, "conv2d"), source=text)
    assert verdict.passed
    assert verdict.lines == []
    assert found("conv2d", defined(text, "conv2d"), text) is None


def test_a_text_that_is_not_what_ran_is_left_alone() -> None:
    stale = CONV.replace("+ b[f]", "- b[f]")
    assert found("conv2d", defined(CONV.replace("+ b[f]", "+ 3 * b[f]"), "conv2d"), stale) is None


def test_an_endless_candidate_is_stopped() -> None:
    text = "def output_size(n, k, stride=1, pad=0):\n    while n > 0:\n        n -= 0\n    return n\n"
    function = written(defined(text, "output_size"), text)
    assert function is not None
    steps = Steps(1000)
    with pytest.raises(TimeIsUp):
        function.function(steps)(5, 3)
    assert steps.taken == 1001


def test_the_search_keeps_to_its_time() -> None:
    text = CONV.replace(
        "np.sum(window * w[:, :, :, f]) + b[f]", "np.sum(window ** 3 * w[:, :, :, f] ** 3) + 7 * b[f]"
    )
    function = defined(text, "conv2d")
    results = results_of("conv2d", function)
    start = time.monotonic()
    locate(exercises.get("conv2d"), function, results, text, 1.0)
    assert time.monotonic() - start < 5.0


def test_the_learners_globals_are_untouched() -> None:
    text = (
        "def conv_single_step(window, w, b):\n    global calls\n    seen.append(1)\n    calls += 1\n"
        "    return np.sum(window * w) - b\n"
    )
    space: dict[str, Any] = {"np": np, "seen": [], "calls": 0}
    exec(compile(text, "<cell>", "exec"), space)
    results = results_of("conv_single_step", space["conv_single_step"])
    before = {name: value for name, value in space.items() if name != "__builtins__"}
    count, length = space["calls"], len(space["seen"])
    located = locate(
        exercises.get("conv_single_step"),
        space["conv_single_step"],
        results,
        text,
        PATIENCE,
        clock=time.process_time,
    )
    assert located is not None
    assert [line.number for line in located.lines] == [5]
    assert {name: value for name, value in space.items() if name != "__builtins__"} == before
    assert (space["calls"], len(space["seen"])) == (count, length)
    assert space["np"] is np


def test_a_candidate_makes_no_large_array() -> None:
    text = "def relu(x):\n    return np.zeros((x, x))\n"
    function = written(defined(text, "relu"), text)
    assert function is not None
    candidate = function.function(Steps(10))
    side = int(MAX_CELLS**0.5)
    assert candidate(side).shape == (side, side)
    with pytest.raises(MemoryError):
        candidate(side + 10)


def test_what_reaches_beyond_the_process_is_not_run_again() -> None:
    for body in ("open('x', 'w')", "os.remove('x')", "np.save('x', x)", "x.__class__"):
        text = f"def relu(x):\n    {body}\n    return x\n"
        space = {"np": np, "os": __import__("os")}
        assert written(defined(text, "relu", space), text) is None, body


def test_a_change_is_taken_back() -> None:
    tree = ast.parse(CONV)
    before = ast.dump(tree)
    for edit in edits(tree.body[0]):  # type: ignore[arg-type]
        with applied(edit):
            compile(tree, "<changed>", "exec")
        assert edit.kind in KINDS
        assert all(1 <= line <= 15 for line in edit.lines)
    assert ast.dump(tree) == before


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("np.dot(a, w)", "(a * w).sum()"),
        ("a.dot(w)", "(a * w).sum()"),
        ("a @ w", "(a * w).sum()"),
        ("a + w", "a[f] + w"),
        ("a + w[f]", "a + w[..., f]"),
    ],
)
def test_what_stands_for_another_product_or_another_part_of_an_array_is_tried(
    written: str, meant: str
) -> None:
    tree = ast.parse(f"def g(a, w, out):\n    for f in range(3):\n        out[f] = {written}\n")
    tried = set()
    for edit in edits(tree.body[0]):  # type: ignore[arg-type]
        with applied(edit):
            tried.add(ast.unparse(tree).splitlines()[-1].strip())
    assert f"out[f] = {meant}" in tried


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "rows = range(x.shape[0] - kh)\ncolumns = range(x.shape[1] - kw)",
            "rows = range(x.shape[0] - kh + 1)\ncolumns = range(x.shape[1] - kw + 1)",
        ),
        ("OH, OW = size_of(H, kh), size_of(W, kw)", "OH, OW = (size_of(H, kh, pad), size_of(W, kw, pad))"),
        ("OH = size_of(H, kh)", "OH = size_of(H, kh, stride, pad)"),
        ("for i in range(kh):\n    z[i] = b[0]", "for i in range(kh):\n    z[i] = b[i]"),
        (
            "best = x[0]\nfor i in range(kh):\n    for j in range(kw):\n        best = best + x[i]",
            "for i in range(kh):\n    for j in range(kw):\n        best = x[0]\n        best = best + x[i]",
        ),
        ("best = 0", "best = float('-inf')"),
        ("z = size[0] - kh", "z = size[0] - kh + 1"),
        ("reach = layer['kernel'] * pad", "reach = (layer['kernel'] - 1) * pad"),
        ("z = np.concatenate(x)", "z = np.array(x)"),
    ],
)
def test_what_a_learner_may_have_meant_is_tried(written: str, meant: str) -> None:
    head = "def g(x, b, layer, size=2, stride=1, pad=0):\n    kh, kw = x.shape\n    H, W = x.shape\n"
    tree = ast.parse(head + textwrap.indent(written, "    "))
    tried = set()
    for edit in edits(tree.body[0], ["size", "stride", "pad"], ["x", "b"], ["kernel"]):  # type: ignore[arg-type]
        with applied(edit):
            tried.add(ast.unparse(tree))
    assert ast.unparse(ast.parse(head + textwrap.indent(meant, "    "))) in tried


def test_the_likeliest_changes_come_first() -> None:
    costs = [edit.cost for edit in edits(ast.parse(CONV).body[0])]  # type: ignore[arg-type]
    assert costs == sorted(costs)


def test_every_kind_has_a_question() -> None:
    for kind in KINDS:
        assert question(Located((Line(1, "x"),), kind)).endswith(("?", ".")), kind


def test_the_message_shows_the_line_and_never_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.judging.judge.SECONDS", 60.0)
    text = CONV.replace("(W + 2 * pad - KW)", "(W + 3 * pad - KW)")
    verdict = judge("conv2d", defined(text, "conv2d"), source=text)
    assert verdict.bugs == []
    assert verdict.lines == [Line(7, "OW = (W + 3 * pad - KW) // stride + 1")]
    assert "your line 7, `OW = (W + 3 * pad - KW) // stride + 1`" in verdict.message
    shown = str(verdict) + verdict._repr_html_()
    assert "W + 2 * pad - KW" not in shown
    assert "This line decides a size." in shown


def test_beside_a_name_the_line_unfolds_with_the_second_attempt() -> None:
    text = CONV.replace("+ b[f]", "")
    verdict = judge("conv2d", defined(text, "conv2d"), source=text)
    told = {**verdict.to_json(), "bugs": ["bias_missing"], "message": "The bias is missing.", "attempt": 1}
    told["lines"] = [{"number": 14, "text": "out[n, i, j, f] = 1"}]
    for show in (report.text, report.html):
        assert "line 14" not in show(told)
        assert "line 14" in show({**told, "attempt": 2})


SIZE = "def output_size(n, k, stride=1, pad=0):\n    span = n - k + 2 * pad\n    return span // stride + 2\n"


def test_of_two_lines_that_would_do_alike_both_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "ABOUT_AS_LIKELY", 2.0)
    located = found("output_size", defined(SIZE, "output_size"), SIZE)
    assert located is not None
    assert sorted(line.number for line in located.lines) == [2, 3]
    assert sentence(located).startswith("One of two lines keeps the rest from being right: your line 3")


def test_of_more_places_than_two_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "ABOUT_AS_LIKELY", 2.0)
    monkeypatch.setattr(locating, "PLACES", 1)
    assert found("output_size", defined(SIZE, "output_size"), SIZE) is None


SWAPPED = """\
def correlate2d(x, k):
    W, H = x.shape
    KH, KW = k.shape
    out = np.zeros((H - KH + 1, W - KW + 1))
    for i in range(H - KH + 1):
        for j in range(W - KW + 1):
            out[i, j] = np.sum(x[i:i + KH, j:j + KW] * k)
    return out
"""


def test_one_line_that_is_enough_is_shown_without_the_many_where_its_names_are_read() -> None:
    located = found("correlate2d", defined(SWAPPED, "correlate2d"), SWAPPED)
    assert located is not None
    assert located.lines == (Line(2, "W, H = x.shape"),)


def test_a_result_too_many_is_a_line_to_look_at() -> None:
    text = "def conv_single_step(window, w, b):\n    z = np.sum(window * w) + b\n    return z, window\n"
    located = found("conv_single_step", defined(text, "conv_single_step"), text)
    assert located is not None
    assert located.lines == (Line(3, "return z, window"),)


def test_two_faults_are_shown_together() -> None:
    text = SIZE.replace("2 * pad", "3 * pad")
    located = found("output_size", defined(text, "output_size"), text)
    assert located is not None
    assert [line.number for line in located.lines] == [2, 3]
    assert sentence(located).startswith("Two lines together keep the rest from being right: your line 2")


def test_a_function_in_a_file_needs_no_source() -> None:
    located = found("relu", relu, None)
    assert located is not None
    (line,) = located.lines
    assert line.text == "return np.maximum(x, 1)"
    assert line.number == relu.__code__.co_firstlineno + 1


def relu(x: Any) -> Any:
    return np.maximum(x, 1)


class InKernel:
    """A kernel without a sandbox: candidates travel, and run in a copy of what the cells gave."""

    def __init__(self, cells: list[str], ends_after: int | None = None) -> None:
        self.names: dict[str, Any] = {"np": np}
        for cell in cells:
            exec(compile(cell, "<cell>", "exec"), self.names)
        self.candidates = Candidates()
        self.asked = 0
        self.ends_after = ends_after

    def candidate(self, candidate: Candidate, script: Script) -> tuple[Answer, ...]:
        self.asked += 1
        if self.ends_after is not None and self.asked > self.ends_after:
            return (NoAnswer("crash"),)
        arrived, left = Candidate.and_script(candidate.with_script(b"script"))
        assert left == b"script"
        assert arrived == candidate
        return self.candidates.answers(self.names, arrived, script)


def graded_lines(exercise_id: str, cells: list[str], **options: Any) -> tuple[list[Line], InKernel]:
    """The lines that grading finds in the last cell's answer or in those before it."""
    kernel = InKernel(cells, **options)
    function = kernel.names[exercise_id]
    verdict = judge(exercise_id, function, source="")
    wrong = Wrong(exercises.get(exercise_id), verdict, results_of(exercise_id, function), cells)
    (found,) = Locating(kernel, 60.0).verdicts([wrong])
    assert (found.score, found.requirements, found.case) == (
        verdict.score,
        verdict.requirements,
        verdict.case,
    )
    return found.lines, kernel


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("out[n, i, j, f] = np", "out[n, i, j, f] += 2 * np"),
        ("OW = (W + 2 * pad - KW)", "OW = (W + 3 * pad - KW)"),
    ],
)
def test_grading_finds_the_line_that_check_finds(old: str, new: str) -> None:
    text = CONV.replace(old, new)
    checked = found("conv2d", defined(text, "conv2d"), text)
    assert checked is not None
    assert graded_lines("conv2d", [text])[0] == list(checked.lines)


def test_grading_finds_a_line_in_a_helper_of_an_earlier_cell() -> None:
    helper = (
        "from __future__ import annotations\n\n\ndef size(n, k, s, p):\n    return (n + 3 * p - k) // s + 1\n"
    )
    text = CONV.replace("(H + 2 * pad - KH) // stride + 1", "size(H, KH, stride, pad)").replace(
        "(W + 2 * pad - KW) // stride + 1", "size(W, KW, stride, pad)"
    )
    assert graded_lines("conv2d", [helper, text])[0] == [Line(5, "return (n + 3 * p - k) // s + 1")]


def test_kernels_that_candidates_end_end_the_search() -> None:
    text = SIZE.replace("2 * pad", "5 * pad").replace("+ 2", "+ 1")
    lines, kernel = graded_lines("output_size", [text])
    assert lines == [Line(2, "span = n - k + 5 * pad")]
    lines, kernel = graded_lines("output_size", [text], ends_after=1)
    assert lines == []
    assert kernel.asked == 1 + MOST_ENDS


@pytest.mark.parametrize(
    "cells",
    [
        [SIZE, "output_size = round"],
        [SIZE, "import numpy as output_size"],
        [SIZE, "for output_size in []: pass"],
        ["from given import output_size"],
        ["def output_size(n, k):\n    return n -"],
        ["class output_size:\n    pass"],
        ["def output_size(n, k):\n    return open('x')"],
        ["import os\ndef output_size(n, k):\n    return os.getpid()"],
        ["def output_size(n, k):\n    return n.__class__"],
        ["def output_size(n, k):\n    return " + " + ".join(["n"] * 5_000)],
        ["def output_size(n, k):\n    return (" + "n, " * 5_000 + ")"],
        ["def output_size(n, k):\n    return " + "-" * 5_000 + "n"],
        ["def output_size(n, k):\n    return '\udcff'"],
    ],
)
def test_cells_without_a_definition_to_work_on_are_left_alone(cells: list[str]) -> None:
    assert written_in(cells, "output_size") is None


def test_the_last_definition_counts_and_lines_for_ipython_are_empty() -> None:
    cells = [
        SIZE,
        "no Python at all",
        "%time 1\n!ls\n" + SIZE.replace("+ 2", "+ 3"),
        "",
        "size = output_size",
    ]
    definitions = written_in(cells, "output_size")
    assert definitions is not None
    (one,) = definitions
    assert one.text[5] == "return span // stride + 3"
    assert one.tree.body[1].lineno == 5


def test_a_name_of_the_functions_own_is_no_helper() -> None:
    cells = [
        "def k(n):\n    return n\n",
        "def half(n):\n    return n // 2\n",
        SIZE.replace("n - k", "half(n) - k"),
    ]
    definitions = written_in(cells, "output_size")
    assert definitions is not None
    assert [one.name for one in definitions] == ["output_size", "half"]


def test_a_long_line_is_shown_in_part() -> None:
    (one,) = written_in([SIZE.replace("pad\n", "pad  # " + "x" * 1_000 + "\n")], "output_size") or []
    assert len(one.text[2]) == MAX_LINE
