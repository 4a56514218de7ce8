"""Who takes part: a CSV list of your own, or an LMS's gradebook or worksheet as it was downloaded.

A student's `id` in nbgrader's folders is the first of these that the row has: the column `id` in a list of
your own or nbgrader's; in Canvas the SIS Login ID, the SIS User ID, the ID; in Moodle the ID number, the
email address, the Identifier; in Brightspace and Blackboard the Username, else the other id. Each row is
read by itself, so a student who is added later changes nobody else's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.course import cells
from autograder.course.course import CourseError
from autograder.course.people import shown, student_id
from autograder.course.preview import is_preview

MOST_LETTERS = 1_000_000  # of one cell: Moodle's online texts stand in the worksheet
# What a header may be called, letters and digits only. An LMS writes it in the site's language.
ID = ("id", "studentid", "student", "username", "login")
NAME = ("name", "fullname", "student", "studentname", "vollständigername", "vollername")
FIRST = ("firstname", "first", "givenname", "vorname")
LAST = ("lastname", "last", "surname", "familyname", "nachname")
EMAIL = ("email", "emailaddress", "mail", "emailadresse")
LMS = ("lmsid", "lmsuserid", "canvasid", "moodleid", "orgdefinedid", "sisuserid")
LOGIN = ("login", "username", "loginid", "sisloginid", "benutzername", "anmeldename")
NUMBER = ("idnumber", "idnummer", "matrikelnummer", "matrikelnr")
GROUP = ("group", "team", "gruppe")
# Moodle's Identifier: the word in the site's language, and a number.
PARTICIPANT = re.compile(r"(?:Participant|Teilnehmer(?:/?in)?)\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Student:
    """One line of a roster.

    Attributes:
        id: the student's in nbgrader's folders and gradebook.
        name: the full name as people write it.
        lms_id: the LMS's own id. In Moodle the number of the Identifier, another one in each assignment; in
            Brightspace the OrgDefinedId.
        login: the user name.
        group: the team, where the list has one.
    """

    id: str
    name: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    lms_id: str = ""
    login: str = ""
    group: str = ""


def table(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file by its headers: any of the usual encodings, with comma, semicolon or tab.

    Raises:
        CourseError: it is no table.
    """
    try:
        text = cells.decode(data).text
        head = text.lstrip("\r\n").partition("\n")[0]
        lines = list(cells.rows_of(text, max(cells.DELIMITERS, key=head.count)))
    except cells.NotATable as error:
        raise CourseError(f"the roster {error}") from None
    rows = [[cell.value.strip() for cell in row] for row in lines if any(cell.raw for cell in row)]
    if not rows:
        raise CourseError("the roster is empty")
    if any(len(cell) > MOST_LETTERS for row in rows for cell in row):
        raise CourseError(f"the roster has a cell of more than {MOST_LETTERS:,} letters: is it another file?")
    header, *people = rows
    return [dict(zip(header, row, strict=False)) for row in people]


def read(data: bytes) -> list[Student]:
    """The students of a roster, in its order.

    Rows that are nobody's (points possible, totals, the system's own test students) are left out.

    Raises:
        CourseError: no column says who a student is, nobody is in it, or two students have one id.
    """
    rows = table(data)
    headers = {_plain(name): name for name in reversed(list(rows[0]))} if rows else {}
    if {"section", "id"} <= headers.keys() and headers.keys() & {"student", "lastname"}:
        found = [_canvas(row, headers) for row in rows]
    elif identifier := _moodle_column(rows):
        found = [_moodle(row, headers, identifier) for row in rows]
    elif "orgdefinedid" in headers or "endoflineindicator" in headers:
        found = [_brightspace(row, headers) for row in rows]
    elif not rows or headers.keys() & {*ID, *NUMBER, *EMAIL, *NAME}:
        found = [_own(row, headers) for row in rows]
    else:
        raise CourseError("the roster has no column that says who a student is: name one of them `id`")
    students = [student for student in found if student is not None]
    if not students:
        raise CourseError(
            "nobody is in the roster: its first line must name the columns, with one of them `id`"
        )
    taken: dict[str, Student] = {}
    for student in students:
        if student.id in taken:
            raise CourseError(
                f"two students in the roster have the id {shown(student.id)}: both need one of their own"
            )
        taken[student.id] = student
    return students


def _plain(header: str) -> str:
    return re.sub(r"[\W_]+", "", header.casefold())


def _cell(row: dict[str, str], headers: dict[str, str], names: tuple[str, ...]) -> str:
    """The first cell that is filled, of the columns that may be called so."""
    return next((value for name in names if (value := row.get(headers.get(name, ""), ""))), "")


def _student(identity: str, row: dict[str, str], headers: dict[str, str], **known: str) -> Student | None:
    """A student with the names, the address and the team of a row; None without an id."""
    first, last = _cell(row, headers, FIRST), _cell(row, headers, LAST)
    name = known.pop("name", "") or f"{first} {last}".strip()
    if not (first or last):
        if "," in name:
            last, _, first = (part.strip() for part in name.partition(","))
            name = f"{first} {last}".strip()
        else:
            first, _, last = name.rpartition(" ")
    if not identity:
        return None
    email, group = known.pop("email", "") or _cell(row, headers, EMAIL), _cell(row, headers, GROUP)
    return Student(student_id(identity), name, first, last, email, group=group, **known)


def _canvas(row: dict[str, str], headers: dict[str, str]) -> Student | None:
    number = _cell(row, headers, ("id",))
    if not number:  # the posting row, and the points possible
        return None
    login = _cell(row, headers, ("sisloginid",))
    institution = _cell(row, headers, ("sisuserid",))
    identity = login or institution or number
    name = _cell(row, headers, ("student",))
    full = name or f"{_cell(row, headers, FIRST)} {_cell(row, headers, LAST)}"
    if is_preview("canvas", full, login, institution):
        return None
    return _student(identity, row, headers, name=name, lms_id=number, login=login)


def _moodle_column(rows: list[dict[str, str]]) -> str:
    """The column of Moodle's identifiers, "" where it is no worksheet of Moodle's."""
    if not rows:
        return ""
    first = next(iter(rows[0]))
    values = [row.get(first, "") for row in rows]
    named = first.casefold() == "identifier" and all(re.search(r"\d+$", value) for value in values)
    return first if named or all(map(PARTICIPANT.fullmatch, values)) else ""


def _moodle(row: dict[str, str], headers: dict[str, str], identifier: str) -> Student | None:
    written = row[identifier]
    found = re.search(r"\d+$", written)
    email = _cell(row, headers, EMAIL)
    # As the same student is called where marking is blind: clean of what no file's name can have.
    pseudonym = re.sub(r"\s*(\d+)$", r" \1", written.replace("/", ""))
    identity = _cell(row, headers, NUMBER) or email or pseudonym
    name = _cell(row, headers, NAME)
    return _student(identity, row, headers, name=name, email=email, lms_id=found[0] if found else "")


def _brightspace(row: dict[str, str], headers: dict[str, str]) -> Student | None:
    row = {name: value.removeprefix("#") for name, value in row.items()}
    number, login = _cell(row, headers, ("orgdefinedid",)), _cell(row, headers, ("username",))
    if is_preview("brightspace", f"{_cell(row, headers, FIRST)} {_cell(row, headers, LAST)}"):
        return None
    return _student(login or number, row, headers, lms_id=number, login=login)


def _own(row: dict[str, str], headers: dict[str, str]) -> Student | None:
    """One's own list, nbgrader's, or Blackboard's gradebook, whose Username comes before its Student ID."""
    login = _cell(row, headers, LOGIN)
    blackboard = headers.keys() >= {"username", "studentid"} and "id" not in headers
    if blackboard and is_preview("blackboard", login=login):
        return None
    number = _cell(row, headers, ("studentid",)) if blackboard else _cell(row, headers, (*LMS, *NUMBER))
    name = _cell(row, headers, NAME)
    identity = (
        login if blackboard else _cell(row, headers, ID) or _cell(row, headers, (*NUMBER, *EMAIL)) or name
    )
    return _student(identity or number, row, headers, name=name, lms_id=number, login=login)
