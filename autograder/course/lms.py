"""Gradebooks of learning management systems: where a row's ids stand, and which columns take points.

Headers are in the site's language where the system writes them so, and then what a column is shows in what
stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from autograder.course.cells import DELIMITERS, NotATable, Table, decode, parse, rows_of
from autograder.course.who import Person

NAMES = {"canvas": "Canvas", "moodle": "Moodle", "brightspace": "Brightspace", "blackboard": "Blackboard"}
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")

CANVAS_ASSIGNMENT = re.compile(r"\A(.*)\s\((\d+)\)\Z", re.DOTALL)
CANVAS_TOTALS = re.compile(r"(Current|Final|Override) (Score|Points|Grade)")
CANVAS_KEPT = {"EX": "is excused there (EX)", "N/A": "has not got this assignment there (N/A)"}

MOODLE_IDENTIFIER = re.compile(r"\D*\d+")
MOODLE_MAXIMUM = ("Maximum grade", "Maximum Grade", "Bestwertung")
MOODLE_GRADE = ("Grade", "Bewertung")
MOODLE_NAME = ("Full name", "Vollständiger Name")
MOODLE_NUMBER = ("ID number", "ID-Nummer")
MOODLE_LOCK = ("Grade can be changed", "Bewertung kann geändert werden")
MOODLE_CHANGED = ("Last modified (grade)", "Zuletzt geändert (Bewertung)")
MOODLE_LOCKED = {"no", "nein", "non", "não", "nee", "nej", "nei", "nie", "ne", "nem", "ei"}

BRIGHTSPACE_GRADE = re.compile(r"\A(.*) Points Grade(?:\s*<(.*)>)?\s*\Z", re.DOTALL)
BRIGHTSPACE_MAXIMUM = re.compile(r"MaxPoints:\s*([\d.,]+)")
BRIGHTSPACE_END = "End-of-Line Indicator"

BLACKBOARD_GRADE = re.compile(r"\A(.*?)(?:\s*\[([^\[\]]*)\])?\s*\|(\d+)\Z", re.DOTALL)
BLACKBOARD_DISPLAY = re.compile(r"(Percentage|Letter|Text|Complete/Incomplete)$")
BLACKBOARD_USER = ("Last Name", "First Name", "Username", "Student ID")


@dataclass(frozen=True)
class Column:
    """A column for points.

    Attributes:
        index: its place, from 0.
        header: as the file has it.
        title: what the instructor called it, "" where the file does not say.
        maximum: the points that it can hold, None where the file does not say.
        refused: why no points can be written there, "" where they can.
    """

    index: int
    header: str
    title: str
    maximum: float | None = None
    refused: str = ""


@dataclass(frozen=True)
class Sheet:
    """A gradebook as it was downloaded.

    Attributes:
        rows: the rows of the table that are people.
        people: who each of these rows is.
        columns: those that an instructor may mean; the ones that are nobody's to change are left out.
        kept: what a cell may say that means that no points belong there, and why.
        locked: rows in which nothing can be changed, and why.
        bounded: whether points above the maximum are refused there.
    """

    table: Table
    rows: list[int]
    people: list[Person]
    columns: list[Column]
    kept: dict[str, str] = field(default_factory=dict)
    locked: dict[int, str] = field(default_factory=dict)
    bounded: bool = False

    def decimal(self, column: Column) -> str:
        """The decimal sign of the file: that of the column, else of its neighbour, else of all points."""
        others = [other.index for other in self.columns]
        for places in ([column.index], [column.index + 1], others):
            cells = [
                self.table.value(row, place) for row in range(1, len(self.table.rows)) for place in places
            ]
            numbers = [cell.strip() for cell in cells if NUMBER.fullmatch(cell.strip())]
            for sign in ".,":
                if any(sign in number for number in numbers):
                    return sign
        return "."


def read(system: str, data: bytes) -> Sheet:
    """Read a gradebook.

    Args:
        system: a key of `NAMES`.
        data: the file.

    Raises:
        NotATable: it is not one of this system's: one line that says why.
    """
    source = decode(data)
    heads = {delimiter: _first(source.text, delimiter) for delimiter in DELIMITERS}
    for delimiter, header in heads.items():
        if _LAYOUTS[system][0](header):
            return _LAYOUTS[system][1](parse(source, delimiter))
    for other, (recognizes, _) in _LAYOUTS.items():
        if any(map(recognizes, heads.values())):
            raise NotATable(f"is a gradebook of {NAMES[other]}: use --to {other}")
    raise NotATable(f"is no gradebook of {NAMES[system]}: {_WANTED[system]}")


def number(text: str) -> float | None:
    """The number that a cell says, with a point or a comma; None where it says something else."""
    text = text.strip()
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None


def _first(text: str, delimiter: str) -> list[str]:
    """The first row; nothing where it does not end."""
    try:
        return [cell.value.strip() for cell in next(rows_of(text, delimiter))]
    except NotATable:
        return []


def _header(table: Table) -> list[str]:
    return [cell.value.strip() for cell in table.rows[0]]


def _filled(table: Table) -> Iterator[int]:
    """The rows below the header that are not blank."""
    return (row for row in range(1, len(table.rows)) if any(cell.value.strip() for cell in table.rows[row]))


def _place(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _values(table: Table, row: int, header: Sequence[str], *names: str) -> tuple[str, ...]:
    """What a row says in the columns of these names, where it says something."""
    found = (table.value(row, header.index(name)).strip() for name in names if name in header)
    return tuple(value for value in found if value)


def _one(table: Table, row: int, header: Sequence[str], *names: str) -> str:
    return next(iter(_values(table, row, header, *names)), "")


def _is_canvas(header: list[str]) -> bool:
    return {"ID", "Section"} <= set(header) and (
        "Student" in header or {"LastName", "FirstName"} <= set(header)
    )


def _canvas(table: Table) -> Sheet:
    header = _header(table)
    # Above the students stand the posting row and the points possible: nobody's, and without an ID.
    rows = [row for row in _filled(table) if _values(table, row, header, "ID")]
    first = rows[0] if rows else len(table.rows)
    points = [row for row in range(1, first) if not _values(table, row, header, "ID")][-1:]
    columns = []
    for index in range(header.index("Section") + 1, len(header)):
        possible = table.value(points[0], index).strip() if points else ""
        if possible == "(read only)" or CANVAS_TOTALS.search(header[index]):
            continue
        assignment = CANVAS_ASSIGNMENT.match(header[index])
        if assignment:
            columns.append(Column(index, header[index], assignment[1], number(possible)))
        else:
            why = "has no number in brackets behind its title: Canvas would make a new assignment of it"
            columns.append(Column(index, header[index], header[index], number(possible), why))
    people = [
        Person(
            _values(table, row, header, "ID", "SIS User ID", "SIS Login ID", "Integration ID"),
            (
                _one(table, row, header, "Student"),
                ", ".join(_values(table, row, header, "LastName", "FirstName")),
            ),
        )
        for row in rows
    ]
    return Sheet(table, rows, people, columns, kept=CANVAS_KEPT)


def _is_moodle(header: list[str]) -> bool:
    # In any other language, too, when a grade was last modified has a word in brackets.
    bracketed = [name for name in header[4:] if re.search(r"\(\D+\)$", name)]
    return bool(set(header) & {*MOODLE_CHANGED}) or ("ID" not in header and len(bracketed) in (1, 2))


def _moodle(table: Table) -> Sheet:
    header = _header(table)
    rows = [row for row in _filled(table) if MOODLE_IDENTIFIER.fullmatch(table.value(row, 0).strip())]
    if not rows:
        raise NotATable(
            "has no row that begins with an identifier, as in Participant 12: it is no grading worksheet"
        )
    maximum, grade = _place(header, MOODLE_MAXIMUM), _place(header, MOODLE_GRADE)
    if grade is None:
        maximum = _moodle_maximum(table, header, rows)
        if maximum is None:
            raise NotATable(
                "has no column for grades: set the site's language to English and download it again"
            )
        grade = maximum - 1
    if maximum is None:
        column = Column(grade, header[grade], "", None, "is graded with a scale: points do not belong there")
    else:
        column = Column(grade, header[grade], "", number(table.value(rows[0], maximum)))
    lock = _place(header, MOODLE_LOCK)
    # In another language it is the column behind the maximum, or the next one.
    locks = [lock] if lock is not None else [grade + 2, grade + 3]
    locked = {
        row: "is locked there, or somebody else's to grade"
        for row in rows
        if any(table.value(row, place).strip().casefold() in MOODLE_LOCKED for place in locks)
    }
    people = []
    for row in rows:
        # The number of the identifier alone is another one in each assignment, so it is no id.
        ids = (table.value(row, 0).strip(), *_values(table, row, header, *MOODLE_NUMBER))
        address = next((cell.value.strip() for cell in table.rows[row][:6] if "@" in cell.value), "")
        name = _one(table, row, header, *MOODLE_NAME)
        if not set(header) & set(MOODLE_NAME):
            name = table.value(row, 1).strip()
        people.append(Person(ids, (name,), address))
    return Sheet(table, rows, people, [column], locked=locked, bounded=True)


def _moodle_maximum(table: Table, header: Sequence[str], rows: Sequence[int]) -> int | None:
    """The maximum in a language we do not know: one number for all, right of numbers or nothing."""
    for index in range(2, len(header)):
        left = [table.value(row, index - 1).strip() for row in rows]
        values = {number(table.value(row, index)) for row in rows}
        if len(values) == 1 and (values.pop() or 0) > 0 and all(not v or number(v) is not None for v in left):
            return index
    return None


def _is_brightspace(header: list[str]) -> bool:
    return bool(header) and header[-1] == BRIGHTSPACE_END and bool({"OrgDefinedId", "Username"} & set(header))


def _brightspace(table: Table) -> Sheet:
    header = _header(table)
    rows = list(_filled(table))
    for row in rows:
        if table.value(row, len(header) - 1).strip() != "#":
            raise NotATable(
                f"lacks the end of line (#) in row {row + 1}, so it was cut short: download it again"
            )
    columns = []
    for index, name in enumerate(header):
        found = BRIGHTSPACE_GRADE.match(name)
        if found:
            most = BRIGHTSPACE_MAXIMUM.search(found[2] or "")
            columns.append(Column(index, name, found[1], number(most[1]) if most else None))
    people = [
        Person(
            tuple(v.removeprefix("#") for v in _values(table, row, header, "OrgDefinedId", "Username")),
            (", ".join(_values(table, row, header, "Last Name", "First Name")),),
            _one(table, row, header, "Email"),
        )
        for row in rows
    ]
    return Sheet(table, rows, people, columns)


def _is_blackboard(header: list[str]) -> bool:
    return any(re.search(r"\|\d+$", name) for name in header[3:])


def _blackboard(table: Table) -> Sheet:
    header = _header(table)
    # The names are in the reader's language, their order is not.
    user = header if set(BLACKBOARD_USER[:3]) <= set(header) else [*BLACKBOARD_USER, *header[4:]]
    columns = []
    for index, name in enumerate(header):
        found = BLACKBOARD_GRADE.match(name)
        if found is None:
            continue
        says = found[2] or ""
        most = re.search(r"\d+(?:[.,]\d+)?", says)
        shown = BLACKBOARD_DISPLAY.search(says)
        why = f"is shown as {shown[1]}: set its primary display to Score" if shown else ""
        columns.append(Column(index, name, found[1], number(most[0]) if most else None, why))
    rows = list(_filled(table))
    people = [
        Person(
            _values(table, row, user, "Username", "Student ID"),
            (", ".join(_values(table, row, user, "Last Name", "First Name")),),
        )
        for row in rows
    ]
    return Sheet(table, rows, people, columns)


_LAYOUTS: dict[str, tuple[Callable[[list[str]], bool], Callable[[Table], Sheet]]] = {
    "canvas": (_is_canvas, _canvas),
    "moodle": (_is_moodle, _moodle),
    "brightspace": (_is_brightspace, _brightspace),
    "blackboard": (_is_blackboard, _blackboard),
}
_WANTED = {
    "canvas": "its first line has no Student, ID and Section",
    "moodle": "its first line has no Last modified (grade), so it is no grading worksheet",
    "brightspace": f"its first line has no OrgDefinedId or Username, or does not end with {BRIGHTSPACE_END}",
    "blackboard": "no column of its first line ends with | and a number",
}


@dataclass(frozen=True)
class Wanted:
    """A lesson as a column may be called.

    Attributes:
        name: nbgrader's, which is its folder's, for example 06_stride_padding_size.
        heading: of its notebook, "" where there is none.
    """

    name: str
    heading: str = ""

    @property
    def number(self) -> str:
        """Its number without leading zeros, "" where it has none."""
        head = self.name.split("_")[0]
        return str(int(head)) if head.isdecimal() else ""

    @property
    def words(self) -> set[str]:
        """Its names without the number."""
        bare = [re.sub(r"^\d+\W+", "", name) for name in map(_plain, (self.name, self.heading))]
        return {name for name in bare if name}


def candidates(columns: Sequence[Column], wanted: Wanted) -> list[Column]:
    """The columns that a lesson's name fits best: its name, its heading, its name within, its number."""
    titles = [(column, _plain(column.title)) for column in columns]
    numbered = re.compile(rf"(?:(?:lesson|notebook|lektion|unit) )?0*{wanted.number}\b(?! \d)")
    fits: list[Callable[[str], bool]] = [
        lambda title: title in (_plain(wanted.name), _plain(wanted.heading)),
        lambda title: title in wanted.words,
        lambda title: any(re.search(rf"\b{re.escape(words)}\b", title) for words in wanted.words),
        lambda title: bool(wanted.number and numbered.match(title)),
    ]
    for fit in fits:
        found = [column for column, title in titles if title and fit(title)]
        if found:
            return found
    return []


def named(columns: Sequence[Column], name: str) -> list[Column]:
    """The columns that somebody means by a header, a title or the number that the system gave a column."""
    exact = [column for column in columns if name in (column.header, column.title)]
    number_at = re.compile(rf"(?:\({re.escape(name)}\)|\|{re.escape(name)})\Z")
    return exact or [
        column
        for column in columns
        if _plain(name) == _plain(column.title) or (name.isdecimal() and number_at.search(column.header))
    ]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
