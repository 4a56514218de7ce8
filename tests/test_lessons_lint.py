"""What breaks a lesson's page, or a learner's copy of it, found before anything is built."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from autograder.notebook.solution_marks import text_of
from autograder.site.lessons import Lesson, lessons_in
from autograder.site.solutions import alt_text, long_code

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LESSONS = lessons_in(NOTEBOOKS)
GUIDES = sorted(NOTEBOOKS.glob("*.md"))
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.folder)

_LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)")
# The figures of convlib.plots bring their own words; those of pyplot have none.
_DRAWS = re.compile(r"\bplt\.(?:show|subplots|figure|imshow|plot|bar)\(")


def cells(lesson: Lesson, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in lesson.notebook["cells"] if cell["cell_type"] == kind]


def broken_links(text: str, folder: Path) -> list[str]:
    """Return the links of a Markdown text that lead to no file of the course."""
    prose = re.sub(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$", "", text, flags=re.S)
    found = []
    for link in _LINK.finditer(prose):
        path = unquote(link["target"].partition("#")[0])
        if path and not re.match(r"[a-z]+:", path) and not (folder / path).exists():
            found.append(link[0])
    return found


def test_every_visible_folder_is_a_lesson_with_the_notebook_of_its_name() -> None:
    folders = {p.name for p in NOTEBOOKS.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))}
    assert folders == {lesson.folder for lesson in LESSONS}
    assert folders, "there is no lesson"


@each_lesson
def test_a_lesson_names_the_kernel_that_every_host_has(lesson: Lesson) -> None:
    metadata = lesson.notebook["metadata"]
    assert metadata["kernelspec"]["name"] == "python3"
    # Without it JupyterLite asks the learner to choose a kernel.
    assert metadata["language_info"]["name"] == "python"
    assert lesson.notebook["nbformat"] == 4


@each_lesson
def test_a_lesson_stores_no_outputs_and_its_cells_have_ids_of_their_own(lesson: Lesson) -> None:
    for cell in cells(lesson, "code"):
        assert cell["outputs"] == [], text_of(cell)
        assert cell["execution_count"] is None, text_of(cell)
    ids = [cell["id"] for cell in lesson.notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert "widgets" not in lesson.notebook["metadata"]


@each_lesson
def test_a_lesson_uses_no_control_that_is_dead_without_a_kernel(lesson: Lesson) -> None:
    # They also stall nbclient, which executes the lessons here and when grading (nbclient#312).
    for cell in cells(lesson, "code"):
        source = text_of(cell)
        assert not re.search(
            r"\binteract(?:ive|_manual)?\(|\bwidgets\.Output\b|^%matplotlib (?!inline)", source, re.M
        )
        assert "ipywidgets" not in source, source


@each_lesson
def test_a_cell_that_draws_says_in_words_what_is_to_be_seen(lesson: Lesson) -> None:
    for cell in cells(lesson, "code"):
        source = text_of(cell)
        if "plt.show()" in source or (_DRAWS.search(source) and "def " not in source):
            words = alt_text(source) or cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(words) > 20, f"begin the cell with `# alt: ...`:\n{source}"


@each_lesson
def test_a_long_cell_of_given_code_begins_with_a_line_that_says_what_it_does(lesson: Lesson) -> None:
    for cell in cells(lesson, "code"):
        if "nbgrader" not in cell["metadata"]:
            assert not re.fullmatch(r"\d+ lines of code", long_code(text_of(cell))), (
                f"begin the cell with a comment (it is all that its page shows):\n{text_of(cell)}"
            )


@each_lesson
def test_a_function_that_nobody_grades_is_said_to_be_so_and_run_below(lesson: Lesson) -> None:
    said = ""
    for number, cell in enumerate(lesson.notebook["cells"]):
        mark = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "markdown":
            said = text_of(cell) if "### Your turn" in text_of(cell) else said
        elif mark.get("solution") and mark["grade_id"].startswith("turn_"):
            assert not mark["grade"], "a turn has no points"
            assert re.search(r"^### Your turn: .+  ·  about \d+ min  ·  not graded$", said, re.M), mark[
                "grade_id"
            ]
            (name,) = re.findall(r"^def (\w+)\(", text_of(cell), re.M)
            after = [c for c in lesson.notebook["cells"][number + 1 :] if c["cell_type"] == "code"]
            users = [c for c in after if re.search(rf"\b{name}\b", text_of(c))]
            assert users[:1] == after[:1], f"the cell below must run {name}"
            # Run All goes on past such a cell, so that who leaves a turn out reads on.
            assert all("raises-exception" in c["metadata"].get("tags", []) for c in users), name
            said = ""


@each_lesson
def test_pictures_in_the_text_have_words_and_links_lead_somewhere(lesson: Lesson) -> None:
    for cell in cells(lesson, "markdown"):
        text = text_of(cell)
        assert broken_links(text, lesson.path.parent) == []
        assert [
            link[0] for link in _LINK.finditer(text) if link["picture"] and not link["text"].strip()
        ] == []
        for image in re.findall(r"<img\b[^>]*>", text):
            assert re.search(r"""\balt=["'][^"']+""", image), image


@each_lesson
def test_a_lesson_has_one_title_with_its_number_and_no_level_is_left_out(lesson: Lesson) -> None:
    prose = "\n".join(
        re.sub(r"```.*?```", "", text_of(cell), flags=re.S) for cell in cells(lesson, "markdown")
    )
    prose = re.sub(r"^### (?:BEGIN|END) SOLUTION.*$", "", prose, flags=re.M)
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", prose, re.M)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert lesson.title.startswith(lesson.number)


@each_lesson
def test_a_lesson_is_written_as_tools_write_it(lesson: Lesson) -> None:
    text = lesson.path.read_text(encoding="utf-8")
    assert text == json.dumps(lesson.notebook, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_links_of_the_guides_lead_somewhere(guide: Path) -> None:
    assert broken_links(guide.read_text(encoding="utf-8"), NOTEBOOKS) == []


def test_the_notes_table_names_headings_that_the_lessons_have() -> None:
    table = (NOTEBOOKS / "notes.md").read_text(encoding="utf-8")
    rows = re.findall(r"\{lesson\}`(\d\d)`: (\*[^|;]*\*)", table)
    named = {(number, heading) for number, under in rows for heading in re.findall(r"\*([^*]+)\*", under)}
    there = {
        (lesson.number, heading)
        for lesson in LESSONS
        for cell in cells(lesson, "markdown")
        for heading in re.findall(r"^##+ (.+?)(?:  ·.*)?$", text_of(cell), re.M)
    }
    assert len(rows) > 40
    assert named <= there, named - there


def test_every_lesson_that_corrects_the_notes_is_in_their_table() -> None:
    table = (NOTEBOOKS / "notes.md").read_text(encoding="utf-8")
    correcting = {
        lesson.number
        for lesson in LESSONS
        for cell in cells(lesson, "markdown")
        if "**Check the notes.**" in text_of(cell)
    }
    assert len(correcting) > 4
    assert correcting <= set(re.findall(r"\{lesson\}`(\d\d)`", table))


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").touch()
    text = "[a](there.md) [b](missing.md) [c](https://example.org) `[d](code.md)` [e](#part)"
    assert broken_links(text, tmp_path) == ["[b](missing.md)"]
