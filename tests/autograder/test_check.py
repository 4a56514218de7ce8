"""What a notebook sees: the verdict, hints that unfold, one line under nbgrader, a library that grows."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import CheckFailed, Verdict, check, executed_cells, mine
from autograder import check as check_function
from autograder.mine import LIBRARY, NotKept, keep


def output_size(n, k, stride=1, pad=0):
    return (n - k + 2 * pad) // stride + 1


def wrong_size(n, k, stride=1, pad=0):
    return (n - k + 2 * pad) // stride


@pytest.fixture(autouse=True)
def _in_a_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = tmp_path / "06_stride_padding_size"
    lesson.mkdir()
    monkeypatch.chdir(lesson)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_a_right_function_is_shown_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = check(output_size)
    assert isinstance(verdict, Verdict)
    assert verdict.passed
    assert "output_size: 2 of 2." in capsys.readouterr().out
    kept = (tmp_path / LIBRARY).read_text()
    assert "def output_size(n, k, stride=1, pad=0):" in kept
    assert mine("output_size")(7, 3) == 5
    assert mine("output_size").__module__ == "my_convlib"


def test_a_wrong_function_raises_nothing_and_is_not_kept(tmp_path: Path) -> None:
    assert not check(wrong_size, "output_size").passed
    assert not (tmp_path / LIBRARY).exists()
    assert mine("output_size")(7, 3) == 5


def test_a_function_that_fails_later_stays_kept_as_it_passed(tmp_path: Path) -> None:
    check(output_size)
    check(wrong_size, "output_size")
    assert mine("output_size")(7, 3) == 5


def test_under_nbgrader_a_wrong_function_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(CheckFailed, match=r"^output_size: 0 of 2\. Your size is one too small"):
        check(wrong_size, "output_size")
    with pytest.raises(CheckFailed) as failed:
        check(wrong_size, "output_size")
    assert failed.value._render_traceback_() == [f"CheckFailed: {failed.value}"]
    assert "\n" not in str(failed.value)
    assert check(output_size).passed
    assert not (tmp_path / LIBRARY).exists()


def test_when_grading_mine_is_convlibs(monkeypatch: pytest.MonkeyPatch) -> None:
    check(output_size)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert mine("output_size").__module__.startswith("convlib")


def test_the_exercise_is_found_by_name() -> None:
    assert check(functools.partial(output_size)).passed
    with pytest.raises(LookupError, match="no exercise is named 'wrong_size'"):
        check(wrong_size)
    with pytest.raises(LookupError, match="no exercise is named 'nothing'"):
        mine("nothing")


def test_hints_unfold_with_attempts(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for _ in range(3):
        verdict = check_function(wrong_size, "output_size")
        shown.append(capsys.readouterr().out)
    hint = verdict.hints[0][:30]
    assert hint not in " ".join(shown[0].split()) or verdict.attempt > 3
    assert hint in " ".join(shown[-1].split())


def test_what_has_no_source_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(NotKept, match="only as a function with the name output_size"):
        keep("output_size", np.sum, tmp_path)
    with pytest.raises(NotKept, match="only as a function with the name output_size"):
        keep("output_size", lambda n, k: 0, tmp_path)
    made: dict[str, Any] = {}
    exec("def output_size(n, k): return 0", made)
    with pytest.raises(NotKept, match="its source cannot be found"):
        keep("output_size", made["output_size"], tmp_path)
    with pytest.raises(NotKept, match=r"my_convlib\.py cannot be written \(No such file"):
        keep("output_size", output_size, tmp_path / "missing")
    assert not (tmp_path / LIBRARY).exists()


def half(n):
    return n // 2


def halves(total):
    return half(total), total - half(total)


def same_padding(n, k, stride=1):
    windows = -(-n // stride)
    return halves(max((windows - 1) * stride + k - n, 0))


def test_helpers_are_kept_with_the_function_that_calls_them(tmp_path: Path) -> None:
    assert check(same_padding).passed
    kept = (tmp_path / LIBRARY).read_text()
    assert kept.index("def half(n)") < kept.index("def halves(total)") < kept.index("def same_padding")
    assert mine("same_padding").__module__ == "my_convlib"
    assert mine("same_padding")(6, 3, stride=2) == (0, 1)


FACTOR = 2
TABLE = np.zeros(3)


def test_numbers_and_imports_of_other_cells_go_along(tmp_path: Path) -> None:
    def output_size(n: int, k: int, stride: int = 1, pad: int = 0) -> Any:
        return functools.reduce(lambda a, b: a // b, (n - k + FACTOR * pad, stride)) + 1

    assert check(output_size).passed
    kept = (tmp_path / LIBRARY).read_text()
    assert "FACTOR = 2\nfrom typing import Any\nimport functools\n\n\ndef output_size" in kept
    assert mine("output_size")(7, 3, pad=1) == 7
    assert mine("output_size").__module__ == "my_convlib"


def test_what_no_line_makes_again_is_told_and_not_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def output_size(n, k, stride=1, pad=0):
        return (n - k + 2 * pad) // stride + 1 + len(TABLE[:0])

    assert check(output_size).passed
    told = "it uses TABLE of another cell: make it an argument, or move it into output_size."
    assert f"Not kept for later lessons: {told}" in capsys.readouterr().out
    assert not (tmp_path / LIBRARY).exists()
    assert mine("output_size").__module__.startswith("convlib")


def test_saving_judges_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.judging.judge_function", None)
    keep("output_size", output_size, tmp_path)
    assert "def output_size" in (tmp_path / LIBRARY).read_text()


def test_two_kept_functions_may_have_different_helpers_of_one_name(tmp_path: Path) -> None:
    (tmp_path / LIBRARY).write_text(
        "import numpy as np"
        "\n\n# exercise: one\ndef part():\n    return 1\n\n\ndef one():\n    return part()\n"
        "\n\n# exercise: two\ndef part():\n    return 2\n\n\ndef two():\n    return part()\n"
    )
    one: Any = mine("one")
    two: Any = mine("two")
    assert (one(), two()) == (1, 2)


def test_kept_functions_may_call_each_other_and_a_broken_one_breaks_no_other(tmp_path: Path) -> None:
    (tmp_path / LIBRARY).write_text(
        "import numpy as np\n\n\n# exercise: broken\ndef broken(:\n\n\n# exercise: zero_pad\n"
        "def zero_pad(x, pad):\n    return np.pad(x, pad)\n\n\n# exercise: twice\n"
        "def twice(x):\n    return zero_pad(zero_pad(x, 1), 1)\n"
    )
    twice: Any = mine("twice")
    assert twice(np.ones(1)).shape == (5,)


def one_line(error: BaseException) -> str:
    """What IPython shows of a refusal in place of a traceback."""
    (line,) = error._render_traceback_()
    assert "\n" not in line
    return line


def test_a_value_in_place_of_a_function_is_told_from_a_function_without_an_exercise() -> None:
    with pytest.raises(LookupError) as refusal:
        check(np.zeros((2, 3)))
    said = "it takes the function itself, check(relu), not what a call of it returned: "
    assert one_line(refusal.value) == f"check: {said}this is an array of shape (2, 3)"
    with pytest.raises(LookupError, match=r"check\(output_size\), not .* this is an int$"):
        check(5, "output_size")
    with pytest.raises(LookupError, match=r"the function itself, without quotation marks: check\(relu\)$"):
        check("relu")
    with pytest.raises(LookupError, match=r'check\(f, "conv2d"\): got a function$'):
        check(abs_of, abs_of)
    with pytest.raises(LookupError, match=r'check\(f, "conv2d"\): got a list$'):
        check(abs_of, ["conv2d"])


def abs_of(x: Any) -> Any:
    return abs(x)


def test_a_name_that_is_nearly_right_is_suggested_and_not_fifty_others() -> None:
    def conv2dd(x):
        return x

    def something_else(x):
        return x

    with pytest.raises(LookupError) as refusal:
        check(conv2dd)
    assert "no exercise is named 'conv2dd'; did you mean conv2d" in one_line(refusal.value)
    with pytest.raises(LookupError) as refusal:
        check(something_else)
    assert """the lesson's text has its name. Say which: check(f, "conv2d")""" in one_line(refusal.value)
    assert len(one_line(refusal.value)) < 150


def notebook() -> Any:
    """A shell like a notebook's, in which `check` is imported and follows the cells."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.events.register("post_run_cell", executed_cells.ran)
    return shell


RIGHT = "def output_size(n, k, stride=1, pad=0):\n    return (n - k + 2 * pad) // stride + 1\n"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (
            RIGHT.replace("+ 1", "+ + )"),
            "The cell with output_size did not run (SyntaxError); this is about the",
        ),
        (
            "1 / 0\n" + RIGHT.replace("+ 1", "+ 2"),
            "did not run (ZeroDivisionError); this is about the version",
        ),
        (RIGHT.replace("+ 1", "+ 1 + 0") + "\n1 / 0\n", ""),  # the function is new, what follows it failed
        (RIGHT, ""),
    ],
)
def test_a_function_whose_newer_cell_did_not_run_is_said_to_be_the_older_one(cell: str, told: str) -> None:
    shell = notebook()
    shell.run_cell(RIGHT)
    assert executed_cells.remark(shell.user_ns["output_size"]) == ""
    shell.run_cell(cell)
    remark = executed_cells.remark(shell.user_ns["output_size"])
    assert told in remark
    assert bool(remark) == bool(told)
    shell.run_cell(RIGHT)
    assert executed_cells.remark(shell.user_ns["output_size"]) == ""


def test_the_remark_stands_before_the_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(executed_cells, "_failed", {"output_size": ("def output_size(: pass", "SyntaxError")})
    check(output_size)
    shown = capsys.readouterr().out
    assert shown.startswith("The cell with output_size did not run (SyntaxError); this is about the version")
    assert "output_size: 2 of 2." in shown
