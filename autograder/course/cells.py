"""A table of text in which a few cells change and every other byte stays.

A gradebook that a learning management system wrote goes back there. What another program would read and write
again (quotes that were not needed, a byte order mark, line ends, blanks) is kept by never writing it again: a
cell is a piece of the file's own text, and only the pieces that change are replaced.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

DELIMITERS = ",;\t"
MOST_BYTES = 50_000_000
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What is no text, by its first bytes, and what to download instead.
OTHER_FILES = (
    (b"PK\x03\x04", "a zip or an Excel workbook: download it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: download it as text, with commas or tabs between the columns"),
    (b"%PDF", "a PDF: download it as CSV"),
    (b"<", "a web page: download it again, after logging in"),
)


class NotATable(ValueError):
    """A file that is no table of text, or not all of one: one line that says why."""


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in the text.

    Attributes:
        start: where it begins in the text.
        raw: the text itself, with its quotes.
    """

    start: int
    raw: str

    @property
    def quoted(self) -> bool:
        """Whether it stands in quotes."""
        return self.raw.startswith('"')

    @property
    def value(self) -> str:
        """What it says."""
        if not self.quoted:
            return self.raw
        inside, _, behind = self.raw[1:].rpartition('"')
        return inside.replace('""', '"') + behind


@dataclass(frozen=True)
class Text:
    """A file's text, and what it takes to write the same bytes again."""

    mark: bytes
    encoding: str
    text: str


@dataclass(frozen=True)
class Table:
    """The rows of a file; a row has as many cells as it has in the file, a blank line has one."""

    source: Text
    delimiter: str
    rows: list[list[Cell]]

    def value(self, row: int, column: int) -> str:
        """What a cell says; "" where a row is shorter than the others."""
        cells = self.rows[row]
        return cells[column].value if column < len(cells) else ""

    def replaced(self, values: Mapping[tuple[int, int], str]) -> bytes:
        """Write the file with other values in some cells.

        A cell keeps its quotes, and gets some where the value needs them.

        Args:
            values: the new values by (row, column), both from 0. The cells must exist.
        """
        parts, at = [], 0
        for row, column in sorted(values):
            cell = self.rows[row][column]
            parts += [self.source.text[at : cell.start], self._written(values[row, column], cell.quoted)]
            at = cell.start + len(cell.raw)
        parts.append(self.source.text[at:])
        return self.source.mark + "".join(parts).encode(self.source.encoding)

    def _written(self, value: str, quoted: bool) -> str:
        if quoted or any(letter in value for letter in (self.delimiter, '"', "\r", "\n")):
            return '"' + value.replace('"', '""') + '"'
        return value


def decode(data: bytes) -> Text:
    """Read a file's text: UTF-8 or UTF-16, with or without a byte order mark, else Windows-1252.

    Raises:
        NotATable: it is no text, or was cut short within a letter.
    """
    if not data.strip():
        raise NotATable("is empty")
    if len(data) > MOST_BYTES:
        raise NotATable(f"is larger than {MOST_BYTES // 1_000_000} MB")
    for start, what in OTHER_FILES:
        if data.lstrip()[: len(start)] == start:
            raise NotATable(f"is {what}")
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return Text(mark, encoding, _decoded(data[len(mark) :], encoding))
    head = data[:200]
    if b"\0" in head:
        # The letters of a header are ASCII: in UTF-16 every other byte of it is 0.
        return Text(
            b"", encoding := "utf-16-be" if head[:1] == b"\0" else "utf-16-le", _decoded(data, encoding)
        )
    try:
        return Text(b"", "utf-8", data.decode("utf-8"))
    except UnicodeDecodeError:
        return Text(b"", "cp1252", _decoded(data, "cp1252"))


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        cut = error.end >= len(data) and encoding != "cp1252"
        raise NotATable("was cut short: download it again" if cut else "is not text") from None
    if "\0" in text:
        raise NotATable("is not text")
    return text


def rows_of(text: str, delimiter: str) -> Iterator[list[Cell]]:
    """Split a text into rows of cells.

    Raises:
        NotATable: it ends within quotes.
    """
    between = re.escape(delimiter)
    cell = re.compile(rf'("(?:[^"]+|"")*+"[^{between}\r\n]*|[^{between}\r\n]*)({between}|\r\n|\r|\n|\Z)')
    row: list[Cell] = []
    at = 0
    while at < len(text) or row:
        found = cell.match(text, at)
        assert found is not None  # the second form matches anything
        raw, end = found.groups()
        if raw.startswith('"') and not re.match(r'"(?:[^"]+|"")*+"', raw):
            raise NotATable("ends within a quoted cell, so it was cut short: download it again")
        row.append(Cell(at, raw))
        at = found.end()
        if end != delimiter:
            yield row
            row = []


def parse(source: Text, delimiter: str) -> Table:
    """Split a file into cells.

    Raises:
        NotATable: it was cut short, or a row has more cells than the first one.
    """
    rows = list(rows_of(source.text, delimiter))
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) > width:
            raise NotATable(
                f"has {len(row)} cells in row {number}, and {width} in the first: download it again"
            )
    if len(rows) > 1 and len(rows[-1]) < width and not source.text.endswith(("\n", "\r")):
        there = f"{len(rows[-1])} of {width} cells in row {len(rows)}"
        raise NotATable(f"ends after {there}, so it was cut short: download it again")
    return Table(source, delimiter, rows)
