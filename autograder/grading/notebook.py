"""Notebooks as plain values: bounded reading of what anybody may have written, and writing.

nbformat is not used: it costs seconds to import, and it trusts what it reads.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

IMAGES = ("image/png", "image/jpeg", "image/gif")
ATTACHMENT_BYTES = 4_000_000  # a photographed page of handwriting
MOST_TEXT = 2_000_000  # characters of all cells together: lines, and copies of them, take ten times that
MOST_VALUES = 1_000_000  # an empty list takes 30 times the bytes in memory that it has in the file
# Texts, with whatever they hold, and what begins a value outside of them.
VALUE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{,]', re.DOTALL)


class NotANotebook(ValueError):
    """What was handed in cannot be read as a notebook: one line that says why."""


@dataclass(frozen=True)
class Cell:
    """What is taken over from a submitted cell; everything else in it is ignored.

    Attributes:
        type: code, markdown or raw.
        source: its text.
        grade_id: the name nbgrader gave it, if any.
        attachments: pasted pictures of a written answer.
    """

    type: str
    source: str
    grade_id: str | None = None
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


def read(data: bytes, most_cells: int = 2000) -> tuple[list[Cell], list[str]]:
    """Read a submitted notebook of any format.

    Returns:
        Its cells, and remarks on what was mended.

    Raises:
        NotANotebook: it is none, or it has too many cells.
    """
    if not data.strip():
        raise NotANotebook("is empty")
    try:
        text = data.decode(json.detect_encoding(data), "surrogatepass")
        if _has_too_many_values(text):
            raise NotANotebook(f"holds more than {MOST_VALUES} values")
        content = json.loads(text)
    except NotANotebook:
        raise
    except RecursionError:
        raise NotANotebook("is nested too deeply") from None
    except (ValueError, MemoryError) as error:
        raise NotANotebook(f"is not a notebook (no JSON: {str(error)[:80]})") from None
    if not isinstance(content, dict):
        raise NotANotebook("is not a notebook (no object)")
    remarks = []
    cells = content.get("cells")
    if not isinstance(cells, list) and isinstance(content.get("worksheets"), list):
        sheets = [sheet for sheet in content["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
        remarks.append("of an old format (nbformat 3 or before): read as it stands")
    if not isinstance(cells, list):
        raise NotANotebook("is not a notebook (no cells)")
    if len(cells) > most_cells:
        raise NotANotebook(f"has {len(cells)} cells; at most {most_cells} are read")
    good = [cell for cell in cells if isinstance(cell, dict)]
    if len(good) < len(cells):
        remarks.append(f"{len(cells) - len(good)} of its cells are not cells: left out")
    found = []
    room = MOST_TEXT
    for cell in good:
        found.append(_cell(cell))
        room -= len(found[-1].source)
        if room < 0:
            raise NotANotebook(f"has more than {MOST_TEXT // 1_000_000} million letters in its cells")
    return found, remarks


def _has_too_many_values(text: str) -> bool:
    if sum(map(text.count, "[{,")) <= MOST_VALUES:
        return False
    found = (match for match in VALUE.finditer(text) if match[0][0] != '"')
    return next(islice(found, MOST_VALUES, None), None) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _cell(raw: dict[str, Any]) -> Cell:
    kind = raw.get("cell_type")
    source = raw.get("source", raw.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    source = source[: MOST_TEXT + 1]
    if kind == "heading":  # nbformat 3 had a cell type for these
        level = raw.get("level")
        kind, source = (
            "markdown",
            "#" * (level if isinstance(level, int) and 0 < level < 7 else 1) + " " + source,
        )
    metadata = raw.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    return Cell(
        type=kind if kind in ("code", "markdown") else "raw",
        source=_text(source),
        grade_id=_text(grade_id) if isinstance(grade_id, str) else None,
        attachments=_attachments(raw.get("attachments")),
    )


def _text(value: str) -> str:
    """The text without half characters, which nothing after this could write down."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _attachments(raw: Any) -> dict[str, dict[str, str]]:
    """Pictures pasted into a written answer: those that are pictures, by harmless names."""
    kept: dict[str, dict[str, str]] = {}
    room = ATTACHMENT_BYTES
    for name, forms in raw.items() if isinstance(raw, dict) else ():
        if not (re.fullmatch(r"[\w. -]{1,100}", name) and isinstance(forms, dict)):
            continue
        for kind in IMAGES:
            value = forms.get(kind)
            if isinstance(value, str) and len(value) <= room and is_base64(value):
                room -= len(value)
                kept[name] = {kind: value}
    return kept


def is_base64(value: str) -> bool:
    """Whether a string is base64 and nothing else."""
    try:
        base64.b64decode(value.replace("\n", "").encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def lines(text: str) -> list[str]:
    """A text as notebooks store it."""
    return text.splitlines(keepends=True)


def text_of(value: Any) -> str:
    """A text as notebooks store it, in one piece."""
    return "".join(value) if isinstance(value, list) else str(value)


def dump(notebook: dict[str, Any]) -> bytes:
    """The notebook as a file, in one line: indented as Jupyter's it would take Python ten times as long."""
    return (json.dumps(notebook, ensure_ascii=False, sort_keys=True) + "\n").encode()
