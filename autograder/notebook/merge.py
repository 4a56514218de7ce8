"""A student's cells merged with the release's: what the student answered, asked as the course asked it.

What is taken over: the text of answers, every extra cell, and the order. What is not: test cells, locked
cells, points, marks, tags, kernelspec, outputs, old scores. The rules, in the order in which they apply:

1. A cell is what its grade_id says. Where a program threw the marks away, a cell with a test's text is that
   test, and a cell that defines an exercise's function is its answer. A written answer is also what stands
   beside its untouched cell, or in its place (see `written`).
2. Of several cells with one grade_id the last that was changed is the answer (the last, where none was; of
   code the last that defines the function). Unchanged copies are left out; changed ones run as ordinary
   cells, where they stand. Words in several cells are one answer, and so is code that was split.
3. Test cells and locked cells stand as released. Missing ones are put back after the cell before them; an
   answer that is missing is put back empty.
4. An answer is judged where its test cell stands; where only later cells define its function, after them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.adaptations import syntax_tree
from autograder.notebook import written_answers
from autograder.notebook.reading import Cell, lines, text_of

TEST = "test_"
FENCED = re.compile(r"\s*(`{3,}|~{3,})[^\n]*\n(.*?)\n?\1\s*", re.DOTALL)


@dataclass
class MergedNotebook:
    """A notebook ready to be run and judged.

    Attributes:
        cells: nbformat's cells, without outputs.
        remarks: what was mended, for the instructor's table.
    """

    cells: list[dict[str, Any]]
    remarks: list[str] = field(default_factory=list)


class NotThisLesson(ValueError):
    """Nothing in a submission is of the lesson it was handed in for."""


def nbgrader_metadata(cell: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata of a cell of ours, empty where it has none."""
    found = cell["metadata"].get("nbgrader")
    return found if found and (found.get("grade") or found.get("solution") or found.get("locked")) else {}


def exercise_of(cell: dict[str, Any]) -> str | None:
    """The exercise that a cell of ours tests, if it is a test cell."""
    found = nbgrader_metadata(cell)
    if cell["cell_type"] == "code" and found.get("grade") and not found.get("solution"):
        return str(found["grade_id"]).removeprefix(TEST)
    return None


def _is_answer(cell: dict[str, Any]) -> bool:
    return bool(nbgrader_metadata(cell).get("solution"))


def is_written(cell: dict[str, Any]) -> bool:
    """Whether a cell of ours is an answer in words, which a human marks."""
    found = nbgrader_metadata(cell)
    return bool(found.get("grade") and found.get("solution"))


def _grade_id(cell: dict[str, Any]) -> str | None:
    found = nbgrader_metadata(cell).get("grade_id")
    return None if found is None else str(found)


def belongs(release: dict[str, Any], submitted: list[Cell]) -> int:
    """How many of a lesson's marked cells are among a student's cells."""
    ours = {
        str(nbgrader_metadata(cell)["grade_id"]): cell for cell in release["cells"] if nbgrader_metadata(cell)
    }
    named = _identify(ours, _code_again(release, submitted))
    return len({grade_id for _, grade_id in named if grade_id})


def differs(release: dict[str, Any], submitted: list[Cell]) -> bool:
    """Whether a student wrote anything: a cell that is not as released."""
    ours = {written_answers.plain(text_of(cell["source"])) for cell in release["cells"]}
    return any(
        written_answers.plain(cell.source) not in ours | {""} or cell.attachments for cell in submitted
    )


def merge_submission(release: dict[str, Any], submitted: list[Cell]) -> MergedNotebook:
    """Lay a student's cells over a lesson.

    Args:
        release: the released notebook.
        submitted: the student's cells.

    Raises:
        NotThisLesson: none of them is of this lesson.
    """
    ours = {
        str(nbgrader_metadata(cell)["grade_id"]): cell for cell in release["cells"] if nbgrader_metadata(cell)
    }
    remarks: list[str] = []
    submitted = _code_again(release, submitted)
    named = _identify(ours, submitted)
    if ours and not any(grade_id for _, grade_id in named):
        raise NotThisLesson("is not this lesson's notebook: no cell of the lesson is in it")
    named = written_answers.gather(release["cells"], named, _grade_id, is_written, remarks)
    chosen = _choose(ours, named, remarks)
    cells = [
        _marked(ours[grade_id], cell) if grade_id else _plain(cell, number)
        for number, (cell, grade_id) in enumerate(chosen)
    ]
    _put_back(ours, cells, remarks)
    _judge_late_enough(cells, remarks)
    order = [str(nbgrader_metadata(cell)["grade_id"]) for cell in cells if _is_answer(cell)]
    if order != [grade_id for grade_id, cell in ours.items() if _is_answer(cell)]:
        remarks.append("cells in another order: run as they stand")
    return MergedNotebook(cells, remarks)


def _code_again(release: dict[str, Any], submitted: list[Cell]) -> list[Cell]:
    """The submitted cells, in which code that a program or a slip made a cell of words is code again.

    It is known by its mark, by the release's text, or by a whole cell that is Python and defines an answer.
    """
    code = [cell for cell in release["cells"] if cell["cell_type"] == "code"]
    texts = {written_answers.plain(text_of(cell["source"])) for cell in code} - {""}
    names = {str(nbgrader_metadata(cell)["grade_id"]) for cell in code if _is_answer(cell)}

    def again(cell: Cell) -> Cell:
        if cell.type == "code":
            return cell
        fenced = FENCED.fullmatch(cell.source)
        source = fenced[2] if fenced else cell.source
        known = cell.grade_id in names or written_answers.plain(source) in texts
        if known or (any(_defines(source, name) for name in names) and _parses(source)):
            return replace(cell, type="code", source=source, attachments={})
        return cell

    return [again(cell) for cell in submitted]


def _parses(source: str) -> bool:
    try:
        syntax_tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _identify(ours: dict[str, dict[str, Any]], submitted: list[Cell]) -> list[tuple[Cell, str | None]]:
    """Each submitted cell with the grade_id that it has here, if any."""
    named = [(cell, cell.grade_id if cell.grade_id in ours else None) for cell in submitted]
    present = {grade_id for _, grade_id in named}
    for wanted, mine in ours.items():
        if wanted in present or mine["cell_type"] != "code":
            continue
        source = text_of(mine["source"]).strip()
        answers = _is_answer(mine)
        for number, (cell, grade_id) in enumerate(named):
            if grade_id or cell.type != "code":
                continue
            if _defines(cell.source, wanted) if answers else cell.source.strip() == source:
                named[number] = (cell, wanted)
                if answers:
                    break
    return named


def _choose(
    ours: dict[str, dict[str, Any]], named: list[tuple[Cell, str | None]], remarks: list[str]
) -> list[tuple[Cell, str | None]]:
    """One cell for each grade_id, by the rule for copies."""
    places: dict[str, list[int]] = {}
    for number, (_, grade_id) in enumerate(named):
        if grade_id:
            places.setdefault(grade_id, []).append(number)
    extra, dropped = set(), set()
    for grade_id, numbers in places.items():
        if len(numbers) == 1:
            continue
        released = text_of(ours[grade_id]["source"]).strip()
        changed = [number for number in numbers if named[number][0].source.strip() != released]
        kept, rule = (changed or numbers)[-1], "the last that was changed counts"
        if not _is_answer(ours[grade_id]):
            kept, rule = numbers[-1], "the last one stands"
            changed = []
        elif together := _together(ours[grade_id], [named[number][0] for number in changed]):
            named[kept] = (replace(together, grade_id=grade_id), grade_id)
            changed, rule = [], "put together"
        elif defining := [number for number in changed if _defines(named[number][0].source, grade_id)]:
            kept = defining[-1]
        remarks.append(f"{grade_id} is there {len(numbers)} times: {rule}")
        extra |= {number for number in changed if number != kept}
        dropped |= {number for number in numbers if number not in changed and number != kept}
    return [
        (cell, None if number in extra else grade_id)
        for number, (cell, grade_id) in enumerate(named)
        if number not in dropped
    ]


def _together(mine: dict[str, Any], parts: list[Cell]) -> Cell | None:
    """One answer of the cells that it was split into: words always, code where only all of it is Python."""
    if len(parts) < 2:
        return None
    if mine["cell_type"] != "code":
        return written_answers.joined(parts)
    source = "\n".join(part.source for part in parts)
    if all(_parses(part.source) for part in parts) or not _parses(source):
        return None
    return Cell("code", source) if _defines(source, _grade_id(mine) or "") else None


def _put_back(ours: dict[str, dict[str, Any]], cells: list[dict[str, Any]], remarks: list[str]) -> None:
    """Put missing marked cells after the one that comes before them in the release."""
    before = None
    missing = []
    present = {nbgrader_metadata(cell).get("grade_id") for cell in cells}
    for grade_id, mine in ours.items():
        if grade_id not in present:
            place = 0
            if before is not None:
                place = (
                    next(
                        n for n, cell in enumerate(cells) if nbgrader_metadata(cell).get("grade_id") == before
                    )
                    + 1
                )
            empty = _is_answer(mine) and mine["cell_type"] == "code"
            cells.insert(
                place, _marked(mine, Cell(mine["cell_type"], "" if empty else text_of(mine["source"])))
            )
            missing.append(grade_id)
        before = grade_id
    if missing:
        remarks.append(f"missing, put back: {', '.join(missing)}")


def _judge_late_enough(cells: list[dict[str, Any]], remarks: list[str]) -> None:
    """Move a test cell behind the cells that define its function, where none before it does."""
    for test in [cell for cell in cells if exercise_of(cell)]:
        name = exercise_of(test)
        at = next(n for n, cell in enumerate(cells) if cell is test)
        defining = [
            n
            for n, cell in enumerate(cells)
            if cell["cell_type"] == "code"
            and not exercise_of(cell)
            and _defines(text_of(cell["source"]), str(name))
        ]
        if defining and defining[0] > at:
            cells.insert(defining[-1], cells.pop(at))
            remarks.append(f"{name} is defined after its test cell: judged after it")


def _defines(source: str, name: str) -> bool:
    return (
        re.search(rf"^(def\s+{re.escape(name)}\b|{re.escape(name)}\s*=[^=])", source, re.MULTILINE)
        is not None
    )


def _marked(mine: dict[str, Any], theirs: Cell) -> dict[str, Any]:
    """One of our cells: an answer with the student's text, any other as released."""
    answer = _is_answer(mine)
    cell = {
        "cell_type": mine["cell_type"],
        "id": str(mine.get("id", nbgrader_metadata(mine)["grade_id"]))[:64],
        "metadata": {"nbgrader": dict(nbgrader_metadata(mine))},
        "source": lines(theirs.source) if answer else lines(text_of(mine["source"])),
    }
    for flag in ("deletable", "editable"):
        if flag in mine["metadata"]:
            cell["metadata"][flag] = mine["metadata"][flag]
    attachments = theirs.attachments if answer else mine.get("attachments")
    return _completed(cell, attachments)


def _plain(theirs: Cell, number: int) -> dict[str, Any]:
    """A cell that carries no marks: its text, and nothing else of it."""
    cell = {"cell_type": theirs.type, "id": f"cell-{number}", "metadata": {}, "source": lines(theirs.source)}
    return _completed(cell, theirs.attachments)


def _completed(cell: dict[str, Any], attachments: dict[str, Any] | None) -> dict[str, Any]:
    if cell["cell_type"] == "code":
        cell |= {"outputs": [], "execution_count": None}
    elif attachments:
        cell["attachments"] = attachments
    return cell


def notebook_of(release: dict[str, Any], cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A notebook with the release's metadata and these cells, each with an id of its own."""
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        if cell["id"] in seen or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", cell["id"]):
            cell["id"] = f"cell-{number}-{len(seen)}"
        seen.add(cell["id"])
    metadata = {
        key: release["metadata"][key] for key in ("kernelspec", "language_info") if key in release["metadata"]
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
