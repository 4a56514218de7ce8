"""What students hand in, read and laid over the lesson: nothing breaks the reader, nobody honest is hurt."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.grading import intake, notebook, overlay
from autograder.grading.course import Course, CourseError

LESSON = "07_lesson"
STUB = 'def f(x):\n    raise NotImplementedError("write this function, then run the cell")'


def marked(kind: str, grade_id: str, source: str, cell_type: str = "code") -> dict[str, Any]:
    flags = {
        "answer": {"grade": False, "solution": True, "locked": False},
        "test": {"grade": True, "solution": False, "locked": True, "points": 3},
        "words": {"grade": True, "solution": True, "locked": False, "points": 2},
        "locked": {"grade": False, "solution": False, "locked": True},
    }[kind]
    cell: dict[str, Any] = {
        "cell_type": cell_type,
        "id": grade_id.replace("_", "-"),
        "metadata": {"nbgrader": {"grade_id": grade_id, "schema_version": 3, "checksum": "c", **flags}},
        "source": source,
    }
    if cell_type == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def plain(source: str, cell_type: str = "code") -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": cell_type, "id": "x", "metadata": {}, "source": source}
    if cell_type == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def lesson() -> dict[str, Any]:
    return {
        "cells": [
            plain("import numpy as np"),
            marked("answer", "f", STUB),
            marked("test", "test_f", "check(f);"),
            marked("answer", "g", STUB.replace("f(x)", "g(x)")),
            marked("test", "test_g", "check(g);"),
            marked("words", "words_why", "*Your answer.*", "markdown"),
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def handed_in(cells: list[dict[str, Any]]) -> list[notebook.Cell]:
    return notebook.read(json.dumps({"cells": cells, "nbformat": 4}).encode())[0]


def laid(cells: list[dict[str, Any]]) -> tuple[list[tuple[str | None, str]], list[str]]:
    """The overlay as (grade_id, source) pairs, and its remarks."""
    found = overlay.lay_over(lesson(), handed_in(cells))
    pairs = [(overlay.marks(cell).get("grade_id"), "".join(cell["source"])) for cell in found.cells]
    return pairs, found.remarks


def test_an_untouched_lesson_comes_through_as_it_is() -> None:
    pairs, remarks = laid(lesson()["cells"])
    assert remarks == []
    assert [pair[0] for pair in pairs] == [None, "f", "test_f", "g", "test_g", "words_why"]


def test_deleted_test_cells_are_put_back_behind_their_answers() -> None:
    cells = [cell for cell in lesson()["cells"] if not cell["id"].startswith("test")]
    pairs, remarks = laid(cells)
    assert [pair[0] for pair in pairs] == [None, "f", "test_f", "g", "test_g", "words_why"]
    assert remarks == ["missing, put back: test_f, test_g"]


def test_a_deleted_answer_is_put_back_empty_and_a_deleted_text_unchanged() -> None:
    cells = [cell for cell in lesson()["cells"] if cell["id"] not in ("g", "words-why")]
    pairs, _ = laid(cells)
    assert ("g", "") in pairs
    assert ("words_why", "*Your answer.*") in pairs


def test_edited_test_cells_points_and_marks_are_ignored() -> None:
    cells = lesson()["cells"]
    cells[2]["source"] = "5"
    cells[2]["metadata"] = {
        "tags": ["skip-execution"],
        "nbgrader": {"grade_id": "test_f", "solution": True, "points": 99},
    }
    found = overlay.lay_over(lesson(), handed_in(cells))
    assert found.cells[2]["source"] == ["check(f);"]
    assert found.cells[2]["metadata"] == {"nbgrader": lesson()["cells"][2]["metadata"]["nbgrader"]}


def test_a_test_cell_turned_into_text_is_a_test_cell_again() -> None:
    cells = lesson()["cells"]
    cells[2] = {**plain("gone", "markdown"), "metadata": cells[2]["metadata"]}
    found = overlay.lay_over(lesson(), handed_in(cells))
    assert found.cells[2]["cell_type"] == "code"
    assert overlay.exercise_of(found.cells[2]) == "f"


@pytest.mark.parametrize("mine_first", [True, False])
def test_of_two_copies_the_changed_one_is_the_answer(mine_first: bool) -> None:
    cells = lesson()["cells"]
    copy = marked("answer", "f", "def f(x): return 1")
    cells.insert(1 if mine_first else 2, copy)
    pairs, remarks = laid(cells)
    assert [source for grade_id, source in pairs if grade_id == "f"] == ["def f(x): return 1"]
    assert STUB not in [source for _, source in pairs]
    assert remarks == ["f is there 2 times: the last that was changed counts"]


def test_a_test_cell_twice_is_one_test_cell() -> None:
    cells = lesson()["cells"]
    cells.insert(3, cells[2])
    pairs, remarks = laid(cells)
    assert [pair[0] for pair in pairs].count("test_f") == 1
    assert remarks == ["test_f is there 2 times: the last one stands"]


def test_extra_cells_stay_where_they_are() -> None:
    cells = lesson()["cells"]
    cells.insert(1, plain("def helper(): return 1"))
    pairs, remarks = laid(cells)
    assert pairs[1] == (None, "def helper(): return 1")
    assert remarks == []


def test_cells_in_another_order_run_in_that_order() -> None:
    cells = lesson()["cells"]
    moved = [cells[0], cells[3], cells[4], cells[1], cells[2], cells[5]]
    pairs, remarks = laid(moved)
    assert [pair[0] for pair in pairs] == [None, "g", "test_g", "f", "test_f", "words_why"]
    assert remarks == ["cells in another order: run as they stand"]


def test_an_answer_below_its_test_cell_is_judged_after_it() -> None:
    cells = lesson()["cells"]
    cells[1], cells[2] = cells[2], cells[1]
    pairs, remarks = laid(cells)
    assert [pair[0] for pair in pairs][:3] == [None, "f", "test_f"]
    assert "f is defined after its test cell: judged after it" in remarks


def test_a_broken_second_version_below_the_test_cell_changes_nothing() -> None:
    cells = lesson()["cells"]
    cells.insert(3, plain("def f(x): return 'an experiment'"))
    pairs, remarks = laid(cells)
    assert [pair[0] for pair in pairs][:4] == [None, "f", "test_f", None]
    assert remarks == []


def test_marks_that_a_program_threw_away_are_found_again() -> None:
    cells = [{**cell, "metadata": {}} for cell in lesson()["cells"]]
    cells[1]["source"] = "def f(x):\n    return 2 * x"
    pairs, _ = laid(cells)
    assert ("f", "def f(x):\n    return 2 * x") in pairs
    assert [pair[0] for pair in pairs].count("test_f") == 1


def test_another_notebook_is_not_this_lesson() -> None:
    with pytest.raises(overlay.NotThisLesson):
        laid([plain("print('hello')")])


def test_an_answer_of_another_type_is_what_the_lesson_says() -> None:
    cells = lesson()["cells"]
    cells[1] = {**plain("def f(x): return 3", "markdown"), "metadata": cells[1]["metadata"]}
    found = overlay.lay_over(lesson(), handed_in(cells))
    assert found.cells[1]["cell_type"] == "code"


def test_nbformat_3_is_read() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "Title"},
                    {
                        "cell_type": "code",
                        "input": ["a = 1\n", "b = 2"],
                        "metadata": {"nbgrader": {"grade_id": "f"}},
                    },
                ]
            }
        ],
    }
    cells, remarks = notebook.read(json.dumps(old).encode())
    assert [(cell.type, cell.source, cell.grade_id) for cell in cells] == [
        ("markdown", "## Title", None),
        ("code", "a = 1\nb = 2", "f"),
    ]
    assert "old format" in remarks[0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"not JSON", "no JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no JSON"),
        (b"[1, 2]", "no object"),
        (b'{"cells": 3}', "no cells"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"cells": ' + b"[" * 200_000, "nested too deeply"),
        (json.dumps({"cells": [{"cell_type": "code"}] * 2001}).encode(), "2001 cells"),
    ],
)
def test_what_is_no_notebook_is_said_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(notebook.NotANotebook, match=why) as caught:
        notebook.read(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_unicode_encoding_is_read(encoding: str) -> None:
    cells, _ = notebook.read('{"cells": [{"cell_type": "code", "source": "x = \'ü\'"}]}'.encode(encoding))
    assert cells[0].source == "x = 'ü'"


def test_half_characters_and_nul_bytes_can_be_written_down_again() -> None:
    cells, _ = notebook.read(b'{"cells": [{"cell_type": "code", "source": "a\\ud800b\\u0000"}]}')
    assert cells[0].source == "a\ufffdb\x00"
    notebook.dump({"cells": [{"source": cells[0].source}]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = {
    "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | JSON,
    "source": st.text() | st.lists(st.text()) | JSON,
    "metadata": st.fixed_dictionaries(
        {
            "nbgrader": st.fixed_dictionaries(
                {"grade_id": st.sampled_from(["f", "test_f", "g", "words_why"]) | JSON}
            )
        }
    )
    | JSON,
    "attachments": JSON,
    "level": JSON,
}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=FIELDS) | JSON, max_size=6))
def test_whatever_the_cells_are_every_test_cell_is_there_once_and_as_released(cells: list[Any]) -> None:
    read, _ = notebook.read(json.dumps({"cells": cells}).encode())
    try:
        found = overlay.lay_over(lesson(), read)
    except overlay.NotThisLesson:
        return
    whole = overlay.notebook_of(lesson(), found.cells)
    tests = [cell for cell in whole["cells"] if overlay.exercise_of(cell)]
    assert sorted(str(overlay.exercise_of(cell)) for cell in tests) == ["f", "g"]
    assert all(cell["source"] == [f"check({overlay.exercise_of(cell)});"] for cell in tests)
    assert len({cell["id"] for cell in whole["cells"]}) == len(whole["cells"])
    json.loads(notebook.dump(whole))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_the_bytes_are_they_are_cells_or_one_line(data: bytes) -> None:
    try:
        cells, remarks = notebook.read(data)
    except notebook.NotANotebook as refusal:
        cells, remarks = [], [str(refusal)]
    assert all("\n" not in remark for remark in remarks)
    assert all(cell.type in ("code", "markdown", "raw") for cell in cells)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    return Course.open(tmp_path)


def put(course: Course, path: str, data: bytes = b'{"cells": []}') -> Path:
    target = course.folder("submitted", path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def opened(course: Course, student: str = "ann") -> submission.Submission:
    return submission.open_submission(course, student, LESSON, f"{LESSON}.ipynb")


@pytest.mark.parametrize(
    "name",
    [
        f"{LESSON} (1).ipynb",
        f"{LESSON}-Copy2.ipynb",
        "my homework.ipynb",
        f"deeper/{LESSON}.ipynb",
        "07_LESSON.ipynb",
    ],
)
def test_a_renamed_notebook_is_found_where_it_is_the_only_one(course: Course, name: str) -> None:
    put(course, f"ann/{LESSON}/{name}")
    assert opened(course).remarks == [f"called {name}, not {LESSON}.ipynb"]


def test_of_several_the_one_with_the_lessons_name_is_meant(course: Course) -> None:
    put(course, f"ann/{LESSON}/{LESSON}.ipynb")
    put(course, f"ann/{LESSON}/{LESSON}-Copy1.ipynb", b"broken")
    put(course, f"ann/{LESSON}/.ipynb_checkpoints/{LESSON}-checkpoint.ipynb", b"broken")
    assert opened(course).file.endswith(f"ann/{LESSON}/{LESSON}.ipynb")
    assert "Copy1" in opened(course).remarks[0]


def test_two_strange_names_are_a_question_for_a_human(course: Course) -> None:
    put(course, f"ann/{LESSON}/a.ipynb")
    put(course, f"ann/{LESSON}/b.ipynb")
    with pytest.raises(submission.Unreadable, match=r"which one\? a.ipynb, b.ipynb"):
        opened(course)


def test_no_notebook_is_said(course: Course) -> None:
    put(course, f"ann/{LESSON}/essay.docx")
    with pytest.raises(submission.Unreadable, match="no notebook in it"):
        opened(course)


def test_links_pipes_and_folders_are_not_followed_or_waited_for(course: Course, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    secret.write_text('{"cells": []}')
    for number, make in enumerate(
        (
            lambda path: os.symlink(secret, path),
            lambda path: os.mkfifo(path),
            lambda path: os.mkdir(path),
        )
    ):
        student = f"s{number}"
        path = course.folder("submitted", student, LESSON, f"{LESSON}.ipynb")
        path.parent.mkdir(parents=True)
        make(path)
        with pytest.raises(submission.Unreadable):
            opened(course, student)


def test_a_link_in_place_of_a_folder_is_not_followed(course: Course, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{LESSON}.ipynb").write_text('{"cells": []}')
    course.folder("submitted", "ann").mkdir(parents=True)
    os.symlink(tmp_path / "elsewhere", course.folder("submitted", "ann", LESSON))
    assert list(submission.find(course, [LESSON])) == [("ann", LESSON)]
    with pytest.raises(submission.Unreadable, match="cannot be opened"):
        opened(course)


def test_a_huge_notebook_is_not_read(course: Course) -> None:
    course.grading.notebook_bytes = 1000
    put(course, f"ann/{LESSON}/{LESSON}.ipynb", b" " * 1001)
    with pytest.raises(submission.Unreadable, match="larger than"):
        opened(course)


@pytest.mark.parametrize(
    ("content", "readable"),
    [
        ('{"cells": [], "x": [' + "[]," * 1000 + "0]}", False),
        ('{"cells": [], "x": [' + "[[[{}]]]," * 250 + "0]}", False),
        ('{"cells": [], "x": {' + ",".join(f'"{n}": 0' for n in range(1001)) + "}}", False),
        ('{"cells": [], "x": "' + r"[{,\\\"," * 1000 + '"}', True),
        ('{"cells": [{"source": "' + "x" * 2001 + '"}]}', False),
        ('{"cells": [{"source": ["' + '\\n","'.join("x" * 900) + '"]}]}', True),
        ('{"cells": [' + ('{"source": "' + "x" * 500 + '"},') * 4 + '{"source": "x"}]}', False),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_what_would_fill_the_memory_is_not_read(
    content: str, readable: bool, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "MOST_VALUES", 1000)
    monkeypatch.setattr(notebook, "MOST_TEXT", 2000)
    if readable:
        notebook.read(content.encode(encoding))
    else:
        with pytest.raises(notebook.NotANotebook, match="more than"):
            notebook.read(content.encode(encoding))


@pytest.mark.parametrize(
    "student", ["ann*", "[ab]", "a/b", "..", ".", " ann", "ann ", "", "a\nb", "a" * 200, "-x"]
)
def test_a_name_that_nbgrader_could_not_find_again_is_no_students_name(student: str) -> None:
    assert not submission.usable(student)


@pytest.mark.parametrize(
    "student", ["ann", "Ann O'Neil", "ülkü", "ann@uni.example", "s0123", "王芳", "a+b", "x.y-z"]
)
def test_names_as_people_have_them_are_students_names(student: str) -> None:
    assert submission.usable(student)


def test_a_folder_that_may_not_be_opened_hides_nobody_else(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(course, f"ann/{LESSON}/{LESSON}.ipynb")
    put(course, f"bob/{LESSON}/{LESSON}.ipynb")
    listed = os.listdir

    def refusing(folder: Path) -> list[str]:
        if Path(folder).name == "ann":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "listdir", refusing)
    assert list(submission.find(course, [LESSON])) == [("bob", LESSON)]
    assert submission.strays(course, [LESSON]) == ["submitted/ann: cannot be opened"]


def test_what_belongs_to_nobody_is_reported(course: Course) -> None:
    put(course, f"{LESSON}/{LESSON}.ipynb")
    put(course, "loose.ipynb")
    put(course, f"ann/{LESSON}.ipynb")
    put(course, "bob/08_unknown/x.ipynb")
    put(course, f"eve/{LESSON}/{LESSON}.ipynb")
    remarks = submission.strays(course, [LESSON])
    assert [remark.split(":")[0] for remark in remarks] == [
        f"submitted/{LESSON}",
        f"submitted/ann/{LESSON}.ipynb",
        "submitted/bob/08_unknown",
        "submitted/loose.ipynb",
    ]
    assert list(submission.find(course, [LESSON])) == [("eve", LESSON)]


def test_pictures_in_written_answers_are_kept_and_nothing_else_that_is_attached() -> None:
    cells = lesson()["cells"]
    cells[5]["source"] = "![x](attachment:x.png)"
    cells[5]["attachments"] = {
        "x.png": {"image/png": "aGVsbG8="},
        "y.svg": {"image/svg+xml": "<svg onload='alert(1)'>"},
        '"><script>': {"image/png": "aGVsbG8="},
        "z.png": {"image/png": '" onerror="alert(1)'},
    }
    found = overlay.lay_over(lesson(), handed_in(cells))
    assert found.cells[5]["attachments"] == {"x.png": {"image/png": "aGVsbG8="}}


def test_a_setting_that_does_not_exist_never_means_no_sandbox(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Grading.launcher = 'bubblewarp'\n")
    with pytest.raises(CourseError, match="bubblewarp"):
        Course.open(tmp_path)
