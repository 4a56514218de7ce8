"""What students hand in, read and merged with the lesson: nothing breaks it, no honest work is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.course import Course, CourseError
from autograder.grading import recognize, tree
from autograder.notebook import merge, reading

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


def handed_in(cells: list[dict[str, Any]]) -> list[reading.Cell]:
    return reading.read(json.dumps({"cells": cells, "nbformat": 4}).encode())[0]


def laid(cells: list[dict[str, Any]]) -> tuple[list[tuple[str | None, str]], list[str]]:
    """The merge as (grade_id, source) pairs, and its remarks."""
    found = merge.merge_submission(lesson(), handed_in(cells))
    pairs = [(merge.nbgrader_metadata(cell).get("grade_id"), "".join(cell["source"])) for cell in found.cells]
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
    found = merge.merge_submission(lesson(), handed_in(cells))
    assert found.cells[2]["source"] == ["check(f);"]
    assert found.cells[2]["metadata"] == {"nbgrader": lesson()["cells"][2]["metadata"]["nbgrader"]}


def test_a_test_cell_turned_into_text_is_a_test_cell_again() -> None:
    cells = lesson()["cells"]
    cells[2] = {**plain("gone", "markdown"), "metadata": cells[2]["metadata"]}
    found = merge.merge_submission(lesson(), handed_in(cells))
    assert found.cells[2]["cell_type"] == "code"
    assert merge.exercise_of(found.cells[2]) == "f"


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


QUESTION = "## Why\n\nSay why it is so."


def asked() -> dict[str, Any]:
    """The lesson with a question above its written answer, and something below."""
    cells = lesson()["cells"]
    return lesson() | {
        "cells": [*cells[:5], plain(QUESTION, "markdown"), cells[5], plain("## End", "markdown")]
    }


def answered(cells: list[dict[str, Any]]) -> tuple[str, list[str], str]:
    """The written answer as it is shown to a human, the remarks, and all other words."""
    found = merge.merge_submission(asked(), handed_in(cells))
    sources = {merge.nbgrader_metadata(cell).get("grade_id"): "".join(cell["source"]) for cell in found.cells}
    others = [
        cell for cell in found.cells if cell["cell_type"] != "code" and not merge.nbgrader_metadata(cell)
    ]
    return sources["words_why"], found.remarks, "|".join("".join(cell["source"]) for cell in others)


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("below", lambda cells: cells.insert(7, plain("Because.", "markdown"))),
        ("above", lambda cells: cells.insert(6, plain("Because.", "markdown"))),
        ("a raw cell", lambda cells: cells.insert(7, plain("Because.", "raw"))),
        ("prose in a code cell", lambda cells: cells.insert(7, plain("Because."))),
        ("a string in a code cell", lambda cells: cells.insert(7, plain('"Because."'))),
        ("in its place", lambda cells: cells.__setitem__(6, plain("Because.", "markdown"))),
        ("the question's cell", lambda cells: cells[5].update(source=QUESTION + "\n\nBecause.")),
        (
            "the question's cell, without the other",
            lambda cells: (cells[5].update(source=QUESTION + "\n\nBecause."), cells.pop(6)),
        ),
    ],
)
def test_a_written_answer_beside_its_cell_is_the_answer(where: str, change: Any, marked: bool) -> None:
    cells = asked()["cells"]
    change(cells)
    if not marked:
        for cell in cells:
            cell["metadata"] = {}
    said, remarks, _ = answered(cells)
    assert said.strip('"') == "Because.", where
    assert any(remark.startswith("words_why is answered in ") for remark in remarks)


def test_an_untouched_written_answer_stays_untouched_with_and_without_marks() -> None:
    assert answered(asked()["cells"])[:2] == ("*Your answer.*", [])
    bare = [{**cell, "metadata": {}} for cell in asked()["cells"]]
    assert answered(bare)[0] == "*Your answer.*"


def test_notes_elsewhere_and_beside_an_answer_stay_where_they_are() -> None:
    cells = asked()["cells"]
    cells[6]["source"] = "Because."
    cells.insert(7, plain("And a note.", "markdown"))
    cells.insert(0, plain("My notes.", "markdown"))
    said, remarks, others = answered(cells)
    assert (said, remarks) == ("Because.", [])
    assert "And a note." in others
    assert "My notes." in others


def test_code_below_a_written_answer_is_no_words() -> None:
    cells = asked()["cells"]
    cells.insert(7, plain("x = 1\nprint(x)"))
    assert answered(cells)[:2] == ("*Your answer.*", [])


def test_another_notebook_is_not_this_lesson() -> None:
    with pytest.raises(merge.NotThisLesson):
        laid([plain("print('hello')")])


def test_an_answer_of_another_type_is_what_the_lesson_says() -> None:
    cells = lesson()["cells"]
    cells[1] = {**plain("def f(x): return 3", "markdown"), "metadata": cells[1]["metadata"]}
    found = merge.merge_submission(lesson(), handed_in(cells))
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
    cells, remarks = reading.read(json.dumps(old).encode())
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
        (b"not JSON", "but a text file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "but an image"),
        (b"<!DOCTYPE html><html><title>Sign in</title>", "but a web page"),
        (b"%PDF-1.7", "but a PDF"),
        (b"\x1f\x8b\x08\x00", "but packed with gzip"),
        (b'{"cells": [{"cell_type": "code", "sour', "breaks off"),
        (b'{"cells": [], oops, "nbformat": 4}\n\n\n', "is damaged at line 1"),
        (b'{"cells": [\n<<<<<<< a\n{"source": "x"}\n=======\n{"source": "y"}\n>>>>>>> b\n]}', "two versions"),
        (b"[1, 2]", "no object"),
        (b'{"cells": 3}', "no cells"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"cells": ' + b"[" * 200_000, "nested too deeply"),
        (json.dumps({"cells": [{"cell_type": "code"}] * 2001}).encode(), "2001 cells"),
    ],
)
def test_what_is_no_notebook_is_said_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(reading.NotANotebook, match=why) as caught:
        reading.read(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_unicode_encoding_is_read(encoding: str) -> None:
    cells, _ = reading.read('{"cells": [{"cell_type": "code", "source": "x = \'ü\'"}]}'.encode(encoding))
    assert cells[0].source == "x = 'ü'"


def test_half_characters_and_nul_bytes_can_be_written_down_again() -> None:
    cells, _ = reading.read(b'{"cells": [{"cell_type": "code", "source": "a\\ud800b\\u0000"}]}')
    assert cells[0].source == "a\ufffdb\x00"
    reading.dump({"cells": [{"source": cells[0].source}]})


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


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=FIELDS) | JSON, max_size=6))
def test_whatever_the_cells_are_every_test_cell_is_there_once_and_as_released(cells: list[Any]) -> None:
    read, _ = reading.read(json.dumps({"cells": cells}).encode())
    try:
        found = merge.merge_submission(lesson(), read)
    except merge.NotThisLesson:
        return
    whole = merge.notebook_of(lesson(), found.cells)
    tests = [cell for cell in whole["cells"] if merge.exercise_of(cell)]
    assert sorted(str(merge.exercise_of(cell)) for cell in tests) == ["f", "g"]
    assert all(cell["source"] == [f"check({merge.exercise_of(cell)});"] for cell in tests)
    assert len({cell["id"] for cell in whole["cells"]}) == len(whole["cells"])
    json.loads(reading.dump(whole))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_the_bytes_are_they_are_cells_or_one_line(data: bytes) -> None:
    try:
        cells, remarks = reading.read(data)
    except reading.NotANotebook as refusal:
        cells, remarks = [], [str(refusal)]
    assert all("\n" not in remark for remark in remarks)
    assert all(cell.type in ("code", "markdown", "raw") for cell in cells)


@pytest.mark.parametrize(
    ("content", "readable"),
    [
        ('{"cells": [], "x": [' + "[]," * 1000 + "0]}", False),
        ('{"cells": [], "x": [' + "[[[{}]]]," * 250 + "0]}", False),
        ('{"cells": [], "x": {' + ",".join(f'"{n}": 0' for n in range(1001)) + "}}", False),
        ('{"cells": [], "x": "' + r"[{,\\\"," * 1000 + '"}', True),
        ('{"cells": [{"source": ["' + '\\n","'.join("x" * 900) + '"]}]}', True),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_what_would_fill_the_memory_is_not_read(
    content: str, readable: bool, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_VALUES", 1000)
    if readable:
        reading.read(content.encode(encoding))
    else:
        with pytest.raises(reading.NotANotebook, match="more than"):
            reading.read(content.encode(encoding))


def test_a_cell_for_which_there_is_no_room_loses_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TEXT", 2000)
    cells = [plain("a" * 1500), plain("b" * 1500), plain("c = 1"), plain("d" * 1900, "markdown")]
    found, remarks = reading.read(json.dumps({"cells": cells}).encode())
    assert [cell.source[0] for cell in found] == ["a", "r", "c", "d"]
    assert found[1].source.startswith("raise RuntimeError(")
    assert remarks == ["cell 2 is longer than is read (1,500 letters): read it in the file"]
    assert sum(len(cell.source) for cell in found) < 4000


def test_a_large_notebook_is_read_without_its_outputs_and_widgets(course: Course) -> None:
    course.grading.notebook_bytes = 400_000
    filled = lesson()
    filled["cells"][0]["outputs"] = [{"text": ["a ] \\" + '"' * 9] * 50_000, "data": {"x": "y" * 900_000}}]
    filled["cells"][1]["source"] = "x = '\"outputs\": [' # " + "é" * 1000
    filled["metadata"]["widgets"] = {"state": {str(n): {"[{": []} for n in range(20_000)}}
    data = json.dumps(filled, ensure_ascii=False).encode()
    assert len(data) > 3 * 400_000
    entry = tree.Entry("ann/a.ipynb", "notebook", read=lambda most: data[:most])
    cells, remarks = recognize.cells(entry, course)
    assert [cell.source for cell in cells] == ["".join(cell["source"]) for cell in filled["cells"]]
    assert remarks == []
    entry = tree.Entry("ann/a.ipynb", "notebook", read=lambda most: data[: 8 * 400_000] + data)
    with pytest.raises(recognize.Unreadable, match="without its outputs"):
        recognize.cells(entry, course)


def test_photos_beyond_what_is_read_cost_no_other_cell(course: Course) -> None:
    course.grading.notebook_bytes = 400_000
    filled = lesson()
    filled["cells"][-1]["attachments"] = {f"{n}.jpg": {"image/jpeg": "QUJD" * 40_000} for n in range(4)}
    data = json.dumps(filled).encode()
    cells, remarks = recognize.cells(tree.Entry("a", "notebook", read=lambda most: data[:most]), course)
    assert cells[1].source == filled["cells"][1]["source"]
    assert list(cells[-1].attachments) == ["0.jpg"]
    assert "3 long texts or pictures of it are more than is read: look at them in the file" in remarks
    assert "attached, and not an image that there is room for: 3.jpg" in remarks


def test_a_large_notebook_of_small_parts_is_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TOKENS", 1000)
    with pytest.raises(reading.NotANotebook, match="more than 1000 values"):
        reading.smaller(b"[" + b"[]," * 1000 + b"0]", 10)


WHOLE = json.dumps({"cells": [{"cell_type": "code", "source": "a = 1"}]}).encode()


@pytest.mark.parametrize(
    ("rest", "remark"),
    [
        (bytes(4096), ""),
        (b"\n\x1a\n", ""),
        (b"\n}\n", "there is more after its end (1 characters): that is not read"),
        (b'": "older text"}]}', "there is more after its end (18 characters): that is not read"),
        (WHOLE, "there is more after its end (53 characters): that is not read"),
    ],
)
def test_what_stands_after_the_end_of_a_whole_notebook_is_no_reason_to_lose_it(
    rest: bytes, remark: str
) -> None:
    cells, remarks = reading.read(WHOLE + rest)
    assert [cell.source for cell in cells] == ["a = 1"]
    assert remarks == ([remark] if remark else [])


def test_two_notebooks_in_one_file_are_not_guessed_between() -> None:
    with pytest.raises(reading.NotANotebook, match="holds two notebooks"):
        reading.read(WHOLE + WHOLE.replace(b"a = 1", b"a = 2"))


def test_lines_without_their_ends_are_lines_and_what_is_no_text_is_said() -> None:
    cells = [plain("x"), plain("x"), plain("x")]
    cells[0]["source"] = ["def f(x):", "    return x"]
    cells[1]["source"] = ["a = 1\n", ["b = 2"]]
    cells[2]["source"] = {"text": "c"}
    found, remarks = reading.read(json.dumps({"cells": cells}).encode())
    assert [cell.source for cell in found] == ["def f(x):\n    return x", "a = 1\n", ""]
    assert remarks == [f"cell {number} holds what is no text: that is left out" for number in (2, 3)]


def test_code_in_a_cell_of_words_is_code() -> None:
    answer = "def f(x):\n    return 2 * x"
    cells = [{**cell, "cell_type": "raw", "metadata": {}} for cell in lesson()["cells"]]
    cells[1] = plain(f"```python\n{answer}\n```\n", "markdown")
    cells.insert(0, plain("def f(x): is what I think about", "markdown"))
    found = merge.merge_submission(lesson(), handed_in(cells))
    shown = [(cell["cell_type"], "".join(cell["source"])) for cell in found.cells]
    assert shown[0] == ("markdown", "def f(x): is what I think about")
    assert shown[1:4] == [("code", "import numpy as np"), ("code", answer), ("code", "check(f);")]


@pytest.mark.parametrize(
    ("parts", "answer", "remark"),
    [
        (["def f(x):", "    return 2 * x"], "def f(x):\n    return 2 * x", "put together"),
        (
            ["def f(x):\n    y = x", "    return 2 * y"],
            "def f(x):\n    y = x\n    return 2 * y",
            "put together",
        ),
        (["def f(x): return 1", "print(f(3))"], "def f(x): return 1", "the last that was changed counts"),
        (
            ["def f(x): return 1", "def f(x): return 2"],
            "def f(x): return 2",
            "the last that was changed counts",
        ),
    ],
)
def test_an_answer_in_code_that_was_split_is_one_answer(parts: list[str], answer: str, remark: str) -> None:
    cells = lesson()["cells"]
    cells[1:2] = [marked("answer", "f", part) for part in parts]
    pairs, remarks = laid(cells)
    assert [source for grade_id, source in pairs if grade_id == "f"] == [answer]
    assert remarks == [f"f is there 2 times: {remark}"]


def test_an_answer_in_words_that_was_split_is_one_answer() -> None:
    cells = lesson()["cells"]
    cells[-1:] = [marked("words", "words_why", part, "markdown") for part in ("Because", "of that.")]
    pairs, remarks = laid(cells)
    assert ("words_why", "Because\n\nof that.") in pairs
    assert remarks == ["words_why is there 2 times: put together"]


def test_a_photo_in_the_text_is_a_picture_and_takes_no_room_from_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MOST_TEXT", 200)
    photo = "aGVs" * 2000
    text = f"See ![x](data:image/jpeg;base64,{photo}) and <img src='data:image/png;base64,{photo}'>."
    found, remarks = reading.read(json.dumps({"cells": [plain(text, "markdown")]}).encode())
    assert remarks == []
    assert found[0].source == "See ![x](attachment:pasted-1.jpeg) and <img src='attachment:pasted-2.png'>."
    assert found[0].attachments["pasted-1.jpeg"] == {"image/jpeg": photo}
    monkeypatch.setattr(reading, "MOST_PICTURES", 9000)
    _, remarks = reading.read(json.dumps({"cells": [plain(text, "markdown")]}).encode())
    assert remarks == ["cell 1 shows pictures that are not in the notebook: pasted-2.png"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_another_code_page_is_read_and_said(encoding: str) -> None:
    data = '{"cells": [{"cell_type": "code", "source": "x = 1  # schön"}]}'.encode(encoding)
    cells, remarks = reading.read(data)
    assert cells[0].source == "x = 1  # schön"
    assert "Windows-1252" in remarks[0]


@pytest.mark.parametrize("theirs", ['{"cell_type": "code", "source": "x", "execution_count": 7}', ""])
def test_marks_of_a_merge_are_nothing_where_both_sides_say_the_same(theirs: str) -> None:
    ours = '{"cell_type": "code", "source": "x"}'
    middle = f"=======\n{theirs}\n>>>>>>> b\n" if theirs else ""
    cells, remarks = reading.read(f'{{"cells": [\n<<<<<<< a\n{ours}\n{middle}]}}'.encode())
    assert [cell.source for cell in cells] == ["x"]
    assert "merge" in remarks[0]


def test_every_image_that_is_attached_is_kept_whatever_its_type_and_name() -> None:
    cells = lesson()["cells"]
    cells[5]["source"] = "![x](attachment:Screenshot%20(12).png) ![y](attachment:gone.png)"
    cells[5]["attachments"] = kept = {
        "Screenshot (12).png": {"image/png": "aGVsbG8="},
        "y.webp": {"image/webp": "aGVsbG8="},
        '"><script>': {"image/svg+xml": "aGVsbG8="},
    }
    cells[5]["attachments"] = kept | {"z.png": {"image/png": '" onerror="alert(1)'}, "t": {"text/html": "x"}}
    read, remarks = reading.read(json.dumps({"cells": cells}).encode())
    assert merge.merge_submission(lesson(), read).cells[5]["attachments"] == kept
    assert remarks == [
        "attached, and not an image that there is room for: z.png",
        "attached, and not an image that there is room for: t",
        "words_why shows pictures that are not in the notebook: gone.png",
    ]


def test_a_setting_that_does_not_exist_never_means_no_sandbox(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Grading.launcher = 'bubblewarp'\n")
    with pytest.raises(CourseError, match="bubblewarp"):
        Course.open(tmp_path)
