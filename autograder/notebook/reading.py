"""Notebooks as plain values: bounded reading of what anybody may have written, and writing.

nbformat is not used: it costs seconds to import, and it trusts what it reads.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote

from autograder.notebook import file_kinds
from autograder.notebook.file_kinds import CELL_MARK

# Counted by kind, so that a photo takes no room from code, and for all cells together: lines, and copies of
# them, take ten times that in memory. A cell for which no room is left loses itself alone.
MOST_TEXT = 2_000_000  # characters of code, and as many of words
MOST_PICTURES = 12_000_000  # characters of base64: a few photographed pages of handwriting
MOST_NAME = 500
MOST_VALUES = 1_000_000  # an empty list takes 30 times the bytes in memory that it has in the file
# Texts, with whatever they hold, and what begins a value outside of them.
VALUE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{,]', re.DOTALL)
IMAGE = re.compile(r"image/[\w.+-]{1,40}", re.ASCII)
PASTED = re.compile(r"data:(image/[\w.+-]{1,40});base64,([A-Za-z0-9+/=]+)", re.ASCII)
ATTACHED = re.compile(r"""attachment:((?:[^()\s"'<>]|\([^()\s"'<>]*\))+)""")
# What a merge leaves in a file.
CONFLICT = re.compile(r"^(<{7}|\|{7}|={7}|>{7})(?: .*)?\r?$", re.MULTILINE)
# What is never read of a notebook, by its key and how many lists and objects are around it.
NEVER_READ = {(b'"outputs"', 3), (b'"widgets"', 2)}
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
OPENS = re.compile(rb"\s*:\s*(?=[\[{])")
LONG_TEXT = 100_000  # bytes, from which on a text counts when a large file is made smaller
MOST_TOKENS = 4_000_000
LEFT_OUT = b'"(more than is read)"'
FILLING = "\0\x1a\ufeff \r\n\t"  # what a program may put after the end of a file
CUT = "\n\n(This cell is longer than is read: the file that was handed in has all of it.)"
NOT_RUN = "raise RuntimeError('this cell has {} letters, more than are run')"


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
        raise NotANotebook("is empty: have it handed in again")
    remarks: list[str] = []
    text = _decoded(data, remarks)
    content = _content(text, data, remarks)
    cells = content.get("cells")
    if not isinstance(cells, list) and isinstance(content.get("worksheets"), list):
        sheets = [sheet for sheet in content["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
        remarks.append("of an old format (nbformat 3 or before): read as it stands")
    if not isinstance(cells, list):
        raise NotANotebook("is not a notebook (no cells): have the notebook handed in")
    if len(cells) > most_cells:
        raise NotANotebook(f"has {len(cells)} cells; at most {most_cells} are read")
    good = [cell for cell in cells if isinstance(cell, dict)]
    if len(good) < len(cells):
        remarks.append(f"{len(cells) - len(good)} of its cells are not cells: left out")
    room = _Room(remarks)
    return [room.fit(_cell(cell, room, number), number) for number, cell in enumerate(good, 1)], remarks


def smaller(data: bytes, most: int) -> tuple[bytes, list[str]]:
    """A large notebook without what is never read of it, and without the long texts beyond so many bytes.

    Returns:
        What is left, and remarks on what was left out that would have been read.

    Raises:
        NotANotebook: it is made of too many small parts.
    """
    kept: list[bytes] = []
    done = depth = left_out = 0
    outside = -1  # the depth at which what is being left out ends
    for number, token in enumerate(TOKEN.finditer(data)):
        if number > MOST_TOKENS:
            raise NotANotebook(f"holds more than {MOST_TOKENS} values: have it handed in without its outputs")
        first = data[token.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
            if depth == outside:
                outside, done = -1, token.end()
        elif outside < 0:
            size = token.end() - token.start()
            if size < 20 and (token[0], depth) in NEVER_READ and (opens := OPENS.match(data, token.end())):
                kept += [data[done : opens.end()], b"null"]
                outside = depth
            elif size > LONG_TEXT:
                most -= size
                if most < 0:
                    kept += [data[done : token.start()], LEFT_OUT]
                    done, left_out = token.end(), left_out + 1
    if outside < 0:
        kept.append(data[done:])
    remark = f"{left_out} long texts or pictures of it are more than is read: look at them in the file"
    return b"".join(kept), [remark] if left_out else []


def _decoded(data: bytes, remarks: list[str]) -> str:
    """The file's text; where it is not Unicode, by the code page that Windows writes in Western Europe."""
    try:
        return data.decode(json.detect_encoding(data), "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        if file_kinds.kind_of(data[: file_kinds.HEAD], "x.ipynb") == file_kinds.NOTEBOOK:
            remarks.append("not in UTF-8: read as Windows-1252, so that accents may be other letters")
        return text


def _content(text: str, data: bytes, remarks: list[str]) -> dict[str, Any]:
    """The file's value.

    Raises:
        NotANotebook: there is none, or not one that the memory should hold.
    """
    try:
        content = _parsed(text)
    except NotANotebook:
        raise
    except RecursionError:
        raise NotANotebook("is nested too deeply") from None
    except MemoryError:
        raise NotANotebook("takes too much memory") from None
    except ValueError as error:
        if CONFLICT.search(text):
            content = _one_version(text)
            remarks.append("a merge left its marks in the file: both versions say the same, so it is read")
        elif isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            content = _before_the_rest(text, error.pos, remarks)
        else:
            raise NotANotebook(_no_json(text, data, error)) from None
    if not isinstance(content, dict):
        raise NotANotebook("is not a notebook (no object): have the notebook handed in")
    return content


def _parsed(text: str) -> Any:
    if _has_too_many_values(text):
        raise NotANotebook(f"holds more than {MOST_VALUES} values")
    return json.loads(text)


def _before_the_rest(text: str, end: int, remarks: list[str]) -> Any:
    """A notebook after whose end there is more: what a program filled up, or an older, longer file's rest.

    Raises:
        NotANotebook: the rest is another notebook, and nobody knows which of them is meant.
    """
    content = _parsed(text[:end])
    rest = text[end:].strip(FILLING)
    if rest.startswith("{"):
        try:
            other = _parsed(rest)
        except (ValueError, RecursionError, MemoryError):
            other = None
        if isinstance(other, dict) and "cells" in other and _said(other) != _said(content):
            raise NotANotebook("holds two notebooks, one after the other: have one of them handed in")
    if rest and isinstance(content, dict):
        remarks.append(f"there is more after its end ({len(rest)} characters): that is not read")
    return content


def _no_json(text: str, data: bytes, error: ValueError) -> str:
    """What the file is, rather than what a parser says about it."""
    kind = file_kinds.kind_of(data[: file_kinds.HEAD], "x.txt")
    if kind not in (file_kinds.TEXT, file_kinds.NOTEBOOK):
        return f"is not a notebook but {file_kinds.words(kind)}: {file_kinds.advice(kind)}"
    if not text.lstrip("\ufeff \r\n\t").startswith("{"):
        return "is not a notebook but a text file: have the notebook handed in"
    if isinstance(error, json.JSONDecodeError) and (
        "Unterminated" in error.msg or re.fullmatch(r"[\w.+-]{0,8}\s*", text[error.pos :])
    ):
        return "breaks off in the middle: have it handed in again"
    line = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    return f"is damaged{line}, so that no program can open it: have it handed in again"


def _one_version(text: str) -> Any:
    """What a file with the marks of a merge says, where both sides of it say the same.

    Raises:
        NotANotebook: they differ, or cannot be read.
    """
    sides: dict[str, list[str]] = {"ours": [], "theirs": []}
    now = tuple(sides)
    first = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        mark = CONFLICT.match(line.rstrip("\n"))
        if mark:
            first = first or number
            now = {"<": ("ours",), "|": (), "=": ("theirs",), ">": ("ours", "theirs")}[mark[1][0]]
        else:
            for side in now:
                sides[side].append(line)
    closed = ">>>>>>>" in text and "=======" in text
    try:
        if not closed:  # a mark that was left over
            return _parsed(
                "".join(line for line in text.splitlines(keepends=True) if not CONFLICT.match(line))
            )
        ours, theirs = (_parsed("".join(lines)) for lines in sides.values())
        if _said(ours) == _said(theirs):
            return ours
    except NotANotebook:
        raise
    except (ValueError, RecursionError, MemoryError):
        pass
    raise NotANotebook(f"holds two versions of a merge (from line {first} on): have one of them handed in")


def _said(content: Any) -> Any:
    """A notebook's cells without what a run leaves in them."""
    cells = content.get("cells") if isinstance(content, dict) else None
    return [
        (cell.get("cell_type"), text_of(cell.get("source", ""))) if isinstance(cell, dict) else None
        for cell in _list(cells)
    ]


class _Room:
    """What there is still room for, by kind of content."""

    def __init__(self, remarks: list[str]) -> None:
        self.remarks = remarks
        self.text = {"code": MOST_TEXT, "words": MOST_TEXT}
        self.pictures = MOST_PICTURES

    def picture(self, kind: str, value: Any) -> str | None:
        """A picture's base64, None where it is none or too much; the caller says which."""
        value = "".join(part for part in value if isinstance(part, str)) if isinstance(value, list) else value
        if not (isinstance(value, str) and IMAGE.fullmatch(kind) and is_base64(value)):
            return None
        if len(value) > self.pictures:
            return None
        self.pictures -= len(value)
        return value

    def fit(self, cell: Cell, number: int) -> Cell:
        """The cell; where it is too long, so much of it as says that it was."""
        kind = "code" if cell.type == "code" else "words"
        size = len(cell.source)
        name = cell.grade_id or f"cell {number}"
        if size > self.text[kind]:
            self.remarks.append(f"{name} is longer than is read ({size:,} letters): read it in the file")
            short = NOT_RUN.format(size) if kind == "code" else _text(cell.source[:1000]) + CUT
            return replace(cell, source=short)
        self.text[kind] -= size
        missing = (
            [found for found in attached(cell.source) if found not in cell.attachments]
            if kind == "words"
            else []
        )
        if missing:
            listed = ", ".join(dict.fromkeys(_shown(found) for found in missing[:5]))
            self.remarks.append(f"{name} shows pictures that are not in the notebook: {listed}")
        return cell


def attached(source: str) -> list[str]:
    """The names of the attachments that a text shows."""
    return [unquote(found) for found in ATTACHED.findall(source)]


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:80]


def _has_too_many_values(text: str) -> bool:
    if sum(map(text.count, "[{,")) <= MOST_VALUES:
        return False
    found = (match for match in VALUE.finditer(text) if match[0][0] != '"')
    return next(islice(found, MOST_VALUES, None), None) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _source(given: Any, room: _Room, number: int) -> str:
    """A cell's text, in one piece or in lines."""
    if isinstance(given, str):
        return given
    parts = [part for part in _list(given) if isinstance(part, str)]
    if given and len(parts) < (len(given) if isinstance(given, list) else 1):
        room.remarks.append(f"cell {number} holds what is no text: that is left out")
    ended = len(parts) < 2 or any("\n" in part for part in parts[:-1])
    return ("" if ended else "\n").join(parts)


def _cell(raw: dict[str, Any], room: _Room, number: int) -> Cell:
    kind = raw.get("cell_type")
    source = _source(raw.get("source", raw.get("input", "")), room, number)
    if kind == "heading":  # nbformat 3 had a cell type for these
        level = raw.get("level")
        kind, source = (
            "markdown",
            "#" * (level if isinstance(level, int) and 0 < level < 7 else 1) + " " + source,
        )
    metadata = raw.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    attachments = _attachments(raw.get("attachments"), room)
    if kind != "code" and "data:image/" in source:
        source = _unpasted(source, attachments, room)
    return Cell(
        type=kind if kind in ("code", "markdown") else "raw",
        source=_text(source) if len(source) <= MOST_TEXT else source[: MOST_TEXT + 1],
        grade_id=_text(grade_id) if isinstance(grade_id, str) else None,
        attachments=attachments,
    )


def _text(value: str) -> str:
    """The text without half characters, which nothing after this could write down."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _attachments(raw: Any, room: _Room) -> dict[str, dict[str, str]]:
    """Pictures pasted into a written answer: every type, every name; what is no picture is said."""
    kept: dict[str, dict[str, str]] = {}
    for given, forms in raw.items() if isinstance(raw, dict) else ():
        name = _text(given)[:MOST_NAME]
        for kind, value in forms.items() if isinstance(forms, dict) else ():
            picture = room.picture(kind, value)
            if picture is not None:
                kept.setdefault(name, {})[kind] = picture
        if name not in kept:
            room.remarks.append(f"attached, and not an image that there is room for: {_shown(name)}")
    return kept


def _unpasted(source: str, attachments: dict[str, dict[str, str]], room: _Room) -> str:
    """A text whose pictures were written into it, with these attached instead: they are no words."""

    def attach(found: re.Match[str]) -> str:
        name = f"pasted-{len(attachments) + 1}.{found[1].removeprefix('image/').split('+')[0]}"
        picture = room.picture(found[1], found[2])
        if picture is not None:
            attachments[name] = {found[1]: picture}
        return f"attachment:{quote(name)}"

    return PASTED.sub(attach, source)


def read_script(data: bytes) -> list[Cell]:
    """The cells of a notebook that was saved as a Python script, as Jupyter and editors mark them."""
    text = file_kinds.text_of(data)[:MOST_TEXT].replace("\r\n", "\n")
    marks = list(CELL_MARK.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    cells = []
    for mark, end in zip(marks, ends, strict=True):
        source = text[mark.end() : end].strip("\n")
        if "[markdown]" in (mark["kind"] or ""):
            source = "\n".join(line.removeprefix("#").removeprefix(" ") for line in source.splitlines())
            cells.append(Cell("markdown", _text(source.strip('"\n'))))
        else:
            cells.append(Cell("code", _text(source)))
    return cells


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
