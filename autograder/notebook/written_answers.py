"""Written answers outside their marked cells: below, above or in place of one, or in the question's own cell.

A program that throws nbgrader's marks away, or a student who opens a new cell, leaves the marked cell as it
was released. The text is found by what stands around it in the release, and becomes the marked cell's: there
it is shown, and waits for a human, in every program that reads the notebook.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from autograder.adaptations import syntax_tree
from autograder.notebook.reading import Cell, attached, text_of

Named = list[tuple[Cell, str | None]]
MOST_CODE = 20_000  # letters of a code cell that may be prose


@dataclass
class _Gap:
    """Cells of the student's own between two of the release's, and the written answers that belong there.

    Attributes:
        after, before: where the two stand among the submitted cells.
        answers: grade_ids of written answers, each with the place of its untouched cell, if that is there.
    """

    after: int
    before: int
    answers: dict[str, int | None] = field(default_factory=dict)


def gather(
    release: list[dict[str, Any]],
    named: Named,
    grade_id_of: Callable[[dict[str, Any]], str | None],
    is_written: Callable[[dict[str, Any]], bool],
    remarks: list[str],
) -> Named:
    """Give every written answer that was left untouched, or is gone, the text that stands beside it.

    Args:
        release: the released cells.
        named: the submitted cells, each with its grade_id.
        grade_id_of: the grade_id of a released cell, if it is marked.
        is_written: whether a released cell is a written answer.
        remarks: gets one line for each answer that was found.
    """
    places = _places(release, named, grade_id_of)
    gaps: dict[tuple[int, int], _Gap] = {}
    for number, mine in enumerate(release):
        if not is_written(mine):
            continue
        at = next((n for n, place in enumerate(places) if place == number), None)
        if at is not None and not _same(named[at][0].source, mine):
            continue
        gap = _gap(number, at, places)
        gaps.setdefault((gap.after, gap.before), gap).answers[str(grade_id_of(mine))] = at
    dropped: set[int] = set()
    put: dict[int, list[tuple[Cell, str | None]]] = {}
    for gap in gaps.values():
        _fill(gap, release, named, places, dropped, put, remarks)
    result: Named = list(put.get(-1, []))
    for number, pair in enumerate(named):
        if number not in dropped:
            result.append(pair)
        result += put.get(number, [])
    return result


def plain(text: str) -> str:
    """A text without what programs do to its white space."""
    return " ".join(text.split())


def _same(source: str, mine: dict[str, Any]) -> bool:
    return plain(source) == plain(text_of(mine["source"]))


def _places(
    release: list[dict[str, Any]], named: Named, grade_id_of: Callable[[dict[str, Any]], str | None]
) -> list[int | None]:
    """For each submitted cell the released cell that it is, by its mark, its text, or its first line."""
    marked = {grade_id_of(mine): number for number, mine in enumerate(release) if grade_id_of(mine)}
    by_text: dict[tuple[str, str], list[int]] = {}
    for number, mine in enumerate(release):
        text = text_of(mine["source"])
        kind = "code" if mine["cell_type"] == "code" else "words"
        for key in () if grade_id_of(mine) else {plain(text), _first_line(text, kind)} - {""}:
            by_text.setdefault((kind, key), []).append(number)
    used: set[int] = set()
    places: list[int | None] = []
    for cell, grade_id in named:
        place = marked.get(grade_id) if grade_id else None
        kind = "code" if cell.type == "code" else "words"
        for key in () if grade_id else (plain(cell.source), _first_line(cell.source, kind)):
            place = next((n for n in by_text.get((kind, key), ()) if n not in used), None)
            if place is not None:
                break
        if place is not None:
            used.add(place)
        places.append(place)
    return places


def _first_line(text: str, kind: str) -> str:
    """A question is known by its first line, where the rest of it was written into; code is not."""
    return plain(text.strip().partition("\n")[0]) if kind == "words" else ""


def _gap(number: int, at: int | None, places: list[int | None]) -> _Gap:
    """Where the text of a released cell may stand: between its neighbours, wherever they are."""
    if at is not None:
        after = max((n for n in range(at) if places[n] is not None), default=-1)
        before = min((n for n in range(at + 1, len(places)) if places[n] is not None), default=len(places))
        return _Gap(after, before)
    known = {place: n for n, place in enumerate(places) if place is not None}
    after = next((known[place] for place in range(number - 1, -1, -1) if place in known), -1)
    before = min((n for n in range(after + 1, len(places)) if places[n] is not None), default=len(places))
    return _Gap(after, before)


def _fill(
    gap: _Gap,
    release: list[dict[str, Any]],
    named: Named,
    places: list[int | None],
    dropped: set[int],
    put: dict[int, list[tuple[Cell, str | None]]],
    remarks: list[str],
) -> None:
    """Move the student's text of one gap into the marked cells that belong there."""
    texts = [
        (number, named[number][0])
        for number in range(gap.after + 1, gap.before)
        if places[number] is None and number not in dropped and _is_text(named[number][0])
    ]
    stubs = {plain(text_of(mine["source"])) for mine in release if mine["metadata"].get("nbgrader")}
    texts = [(number, cell) for number, cell in texts if plain(cell.source) not in stubs]
    above = _added(gap.after, release, named, places)
    found = [cell for _, cell in texts] + ([Cell("markdown", above)] if above else [])
    if not found:
        return
    one_each = len(found) == len(gap.answers) > 1 and not above
    for order, (grade_id, at) in enumerate(gap.answers.items()):
        answer = replace(joined(found[order : order + 1] if one_each else found), grade_id=grade_id)
        if at is not None:
            dropped.add(at)
        place = at if at is not None else texts[-1][0] if texts else gap.after
        put.setdefault(place, []).append((answer, grade_id))
        remarks.append(f"{grade_id} is answered {_where(at, texts, above)}: that is taken as the answer")
    dropped.update(number for number, _ in texts)


def _where(at: int | None, texts: list[tuple[int, Cell]], above: str) -> str:
    if at is None:
        return "in a cell without a mark" if texts else "in the question's cell"
    if not texts:
        return "in the question's cell"
    return "in a cell below the marked one" if texts[-1][0] > at else "in a cell above the marked one"


def _is_text(cell: Cell) -> bool:
    """Whether a cell is words: prose in a code cell is no program."""
    if cell.type != "code":
        return bool(cell.source.strip() or cell.attachments)
    source = cell.source.strip()
    if not source or len(source) > MOST_CODE or source[0] in "%!?" or "\n%" in source or "\n!" in source:
        return False
    try:
        body = syntax_tree(source).body
    except SyntaxError:
        return not any(
            line.startswith(("def ", "import ", "from ", "class ")) for line in source.splitlines()
        )
    except (ValueError, RecursionError, MemoryError):
        return False
    return all(isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) for part in body)


def _added(at: int, release: list[dict[str, Any]], named: Named, places: list[int | None]) -> str:
    """What the student wrote into the question's own cell."""
    place = places[at] if at >= 0 else None
    if place is None or named[at][1] is not None or release[place]["cell_type"] == "code":
        return ""
    asked = {plain(line) for line in text_of(release[place]["source"]).splitlines()}
    lines = [line for line in named[at][0].source.splitlines() if plain(line) not in asked]
    return "\n".join(lines).strip()


def joined(cells: list[Cell]) -> Cell:
    """Several cells as one, its pictures by names of their own."""
    texts = []
    attachments: dict[str, dict[str, str]] = {}
    for number, cell in enumerate(cells, 1):
        text = cell.source
        for name, forms in cell.attachments.items():
            own = name if attachments.get(name, forms) == forms else f"{number}-{name}"
            if own != name:
                for used in {found for found in attached(text) if found == name}:
                    text = text.replace(f"attachment:{quote(used)}", f"attachment:{quote(own)}")
                    text = text.replace(f"attachment:{used}", f"attachment:{quote(own)}")
            attachments[own] = forms
        texts.append(text)
    return Cell("markdown", "\n\n".join(texts), attachments=attachments)
