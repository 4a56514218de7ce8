"""An answer that Python cannot read is something, and the verdict says what stands in the way, and where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autograder import check, exercises
from autograder.grading.job import make_job, run_job
from autograder.judging.judge import unreadable_verdict
from autograder.judging.unreadable import defined_names, unreadable
from autograder.sandbox import Limits

RIGHT = """\
def relu(x):
    '''Of “every” − kind: what is quoted may hold anything.'''
    y = x * (x > 0)  # “≥ 0” − or not
    z = "−×" if y.size == -1 else y
    return z
"""

# What was pasted: the text that is right, what came instead, and what the verdict says of it.
PASTED = {
    "a no-break space": (
        "y = x",
        "y\u00a0= x",
        3,
        "has a no-break space (U+00A0) at position 6. Type an ordinary space",
    ),
    "no-break spaces as a margin": (
        "    y",
        "\u00a0\u00a0\u00a0\u00a0y",
        3,
        "There are 3 more like it, in line 3",
    ),
    "an ideographic space": ("x * (", "x *\u3000(", 3, "an ideographic space (U+3000)"),
    "a zero-width space": (
        "x * (",
        "x\u200b * (",
        3,
        "a zero-width space (U+200B) at position 10. It does not show",
    ),
    "a byte order mark": ("x * (", "x * \ufeff(", 3, "a byte order mark (U+FEFF)"),
    "double quotation marks": (
        '"−×"',
        "“a”",
        4,
        'a left double quotation mark `“` (U+201C) at position 9. Type `"`',
    ),
    "single quotation marks": (
        '"−×"',
        "‘a’",
        4,
        "a left single quotation mark `‘` (U+2018) at position 9. Type `'`",
    ),
    "a minus sign": ("-1", "−1", 4, "a minus sign `−` (U+2212) at position 27. Type `-` there"),
    "a dash": ("-1", "–1", 4, "an en dash `–` (U+2013)"),
    "a multiplication sign": (
        "x * (",
        "x × (",
        3,
        "a multiplication sign `×` (U+00D7) at position 11. Type `*`",
    ),
    "a division sign": ("x * (", "x ÷ (", 3, "a division sign `÷` (U+00F7)"),
    "an inequality": (
        "x > 0",
        "x ≥ 0",
        3,
        "a greater-than or equal to `≥` (U+2265) at position 16. Type `>=`",
    ),
    "full-width parentheses": ("(x > 0)", "（x > 0）", 3, "a fullwidth left parenthesis `（` (U+FF08)"),
    "a full-width comma": (
        "return z",
        "return z， z",
        5,
        "a fullwidth comma `，` (U+FF0C) at position 13. Type `,`",
    ),
    "a superscript": ("x * (", "x² * (", 3, "a superscript two `²` (U+00B2) at position 10. Type `**2`"),
    "a picture": (
        "x * (",
        "x 😀 (",
        3,
        "a grinning face `😀` (U+1F600) at position 11. Type what it stands for",
    ),
    "a tab among spaces": ("    z", "\tz", 4, "is indented with a tab, others with spaces"),
    "a missing colon": ("relu(x):", "relu(x)", 1, "Python stops at your line 1, `def relu(x)`: expected ':'"),
    "a bracket that is never closed": ("(x > 0)", "(x > 0", 3, "'(' was never closed"),
}


def pasted(kind: str) -> str:
    old, new, *_ = PASTED[kind]
    assert RIGHT.count(old) == 1
    return RIGHT.replace(old, new)


def test_what_python_can_read_is_not_complained_about() -> None:
    assert unreadable(RIGHT) is None
    assert unreadable("%matplotlib inline\n!ls −l\nnp.zeros?\n" + RIGHT) is None
    assert unreadable_verdict(exercises.get("relu"), RIGHT) is None


@pytest.mark.parametrize("kind", PASTED)
def test_the_verdict_names_what_stands_in_the_way_and_where(kind: str) -> None:
    *_, line, told = PASTED[kind]
    verdict = unreadable_verdict(exercises.get("relu"), pasted(kind))
    assert verdict is not None
    assert (verdict.status, verdict.score) == ("failed", 0.0)
    assert verdict.message.startswith("There is something, and Python cannot read it.")
    assert told in verdict.message
    assert [one.number for one in verdict.lines] == [line]
    assert "not written" not in str(verdict)
    assert "not written" not in verdict._repr_html_()


def test_a_second_character_of_the_kind_is_announced() -> None:
    found = unreadable("def relu(x):\n    y = x − 1\n    return y − 2\n")
    assert found is not None
    assert "There is one more like it, in line 3." in found.sentence


def test_a_definition_is_found_behind_characters_that_do_not_show() -> None:
    assert defined_names("\u200bdef\u00a0re\u200blu(x):\n    return x") == ["relu"]
    assert defined_names("# def relu(x):\nsoftdef = 'def dense(x)'") == []


@pytest.mark.parametrize("kind", PASTED)
def test_check_says_it_of_the_older_function_that_is_not_written(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    from autograder import executed_cells
    from autograder.check import _cell_ran

    shell = InteractiveShell()
    for callback in (executed_cells.ran, _cell_ran):
        shell.events.register("post_run_cell", callback)
    shell.run_cell("def relu(x):\n    raise NotImplementedError")
    shell.run_cell(pasted(kind))
    *_, told = PASTED[kind]
    shown = capsys.readouterr().out
    assert "relu: there is something, and Python cannot read it." in shown
    assert told in shown
    verdict = check(shell.user_ns["relu"])
    assert verdict.message.startswith("There is something, and Python cannot read it.")
    assert told in verdict.message
    shell.run_cell("def relu(x):\n    raise NotImplementedError")
    assert check(shell.user_ns["relu"]).status == "unanswered"


def cell(source: str, grade_id: str, **nbgrader: Any) -> dict[str, Any]:
    metadata = {"nbgrader": {"schema_version": 3, "grade_id": grade_id, "locked": False, **nbgrader}}
    return {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
    }


@pytest.mark.sandbox
def test_grading_says_it_of_every_kind() -> None:
    cells = [cell("import numpy as np", "import", grade=False, solution=False)]
    for number, kind in enumerate(PASTED):
        cells.append(cell(pasted(kind), f"relu{number}", grade=False, solution=True))
        cells.append(cell("check(relu);", "test_relu", grade=True, solution=False, points=1))
    job = make_job(cells, {"relu": 7}, limits=Limits(), launcher="bubblewrap", files={})
    done = json.loads(run_job(job))
    assert done["status"] == "done", done
    for number, (kind, (*_, line, told)) in enumerate(PASTED.items()):
        verdict = done["verdicts"][str(2 * number + 2)]
        assert told in verdict["message"], kind
        assert verdict["message"].startswith("There is something, and Python cannot read it.")
        assert (verdict["status"], verdict["score"], verdict["lines"][0]["number"]) == ("failed", 0.0, line)
