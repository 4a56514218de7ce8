"""Published lessons hold no solution, and cut where nbgrader cuts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.notebook import solution_marks
from autograder.site import solutions
from autograder.site.published import Address, write_lessons
from support.needs import needs

FUNCTION = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    secret = 2 * x
    return secret
    ### END SOLUTION
'''
WORDS = "Why?\n\n### BEGIN SOLUTION\nA secret reason.\n### END SOLUTION\n"


def cell(kind: str, source: str, *, solution: bool = False) -> dict[str, Any]:
    marks = {
        "schema_version": 3,
        "solution": solution,
        "grade": False,
        "locked": False,
        "grade_id": "x",
        "task": False,
    }
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": "x",
        "source": source,
        "metadata": {"nbgrader": marks} if solution else {},
    }
    return made | ({"outputs": [{"output_type": "stream"}], "execution_count": 3} if kind == "code" else {})


@pytest.fixture
def notebook() -> dict[str, Any]:
    made = [
        cell("code", FUNCTION, solution=True),
        cell("markdown", WORDS, solution=True),
        cell("code", "double(4)"),
    ]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def test_a_learner_starts_from_stubs_without_outputs(notebook: dict[str, Any]) -> None:
    lesson = solutions.for_learner(notebook, "import setup")
    assert lesson["cells"][0]["source"] == "import setup"
    assert lesson["cells"][1]["source"].endswith(f'"""Twice x."""\n    {solution_marks.CODE_STUB}\n')
    assert "secret" not in json.dumps(lesson)
    assert all(not c["outputs"] for c in lesson["cells"] if c["cell_type"] == "code")
    assert "secret" in json.dumps(notebook), "the lesson itself stays as it was"


def test_a_region_is_cut_where_nbgrader_cuts_it(notebook: dict[str, Any]) -> None:
    needs("nbgrader")
    from nbformat import from_dict
    from nbgrader.preprocessors import ClearSolutions

    clear = ClearSolutions(code_stub={"python": solution_marks.CODE_STUB}, text_stub=solution_marks.TEXT_STUB)
    theirs, _ = clear.preprocess(
        from_dict(notebook | {"metadata": {"kernelspec": {"language": "python"}}}), {}
    )
    ours = solutions.for_learner(notebook)
    for mine, other in zip(ours["cells"], theirs.cells, strict=True):
        assert mine["source"].rstrip("\n") == other.source.rstrip("\n")


def test_releases_get_the_same_stubs() -> None:
    from autograder.course.course import Course

    clear = Course.find(Path(__file__).parents[3]).config.ClearSolutions
    assert clear.code_stub == {"python": solution_marks.CODE_STUB}
    assert clear.text_stub == solution_marks.TEXT_STUB


@pytest.mark.parametrize("shown", [True, False])
def test_a_model_answer_is_folded_or_gone(notebook: dict[str, Any], shown: bool) -> None:
    words = solutions.for_page(notebook, solutions=shown)["cells"][1]["source"]
    assert words.startswith("Why?")
    assert ("<details" in words) is shown
    assert ("secret" in words) is shown


def test_a_picture_takes_its_words_from_the_comment_above_it() -> None:
    source = "# alt: Three rows of cells.\n#   The last one is red.\nplt.show()\n"
    assert solutions.alt_text(source) == "Three rows of cells. The last one is red."
    assert solutions.without_alt(source) == "plt.show()\n"
    assert solutions.alt_text("x = 1\n# alt: no\n") == ""


def test_published_lessons_install_the_course_only_where_it_is_missing(
    tmp_path: Any, notebook: dict[str, Any]
) -> None:
    folder = tmp_path / "notebooks" / "06_size"
    folder.mkdir(parents=True)
    (folder / "06_size.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    address = Address(repository="https://github.com/o/n", colab="https://colab.research.google.com/x")
    write_lessons(tmp_path / "notebooks", tmp_path / "files", address, {})
    written = json.loads((tmp_path / "files/06_size/06_size.ipynb").read_text(encoding="utf-8"))
    first = written["cells"][0]["source"]
    from IPython.core.inputtransformer2 import TransformerManager

    plain = TransformerManager().transform_cell(first)
    assert "https://github.com/o/n" in first
    compile(plain.replace("await ", ""), "setup", "exec")
    space: dict[str, Any] = {}
    exec(plain.replace("await ", ""), space)  # neither the browser nor Colab: nothing happens


def test_long_given_code_is_named_by_its_first_comment_and_short_code_by_nothing() -> None:
    long = "\n".join(f"x{k} = {k}" for k in range(solutions.LONG))
    assert solutions.long_code("x = 1") == ""
    assert solutions.long_code(long) == f"{solutions.LONG} lines of code"
    said = solutions.long_code(f"# alt: A line\n# of numbers.\n\n# Draws\n# a line.\n{long}")
    assert said == f"{solutions.LONG + 2} lines of code: Draws a line."


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Text. **Predict:** how many? Then run the cell.", True),
        ("**Predict** both numbers.", True),
        ("Nothing is asked.", False),
        ("**Predict:** how many?\n<details><summary>Compare</summary>Four.</details>", False),
        ("<details><summary>Hint</summary>Look.</details>\n\n**Predict:** how many?", True),
    ],
)
def test_an_output_answers_a_prediction_that_no_fold_has_answered(text: str, asked: bool) -> None:
    cells = [
        cell("markdown", text),
        cell("code", "x = 4"),
        cell("code", "print(x)"),
        cell("code", FUNCTION, solution=True),
        cell("markdown", "Four."),
        cell("code", "print(5)"),
    ]
    page = solutions.for_page({"cells": cells, "metadata": {}}, solutions=True)
    marked = [one["metadata"].get(solutions.PREDICTED, False) for one in page["cells"]]
    assert marked == [False, asked, asked, False, False, False]
