"""Who is who: people of a gradebook and of another program's list, told apart by ids, else by names.

An id is a student's folder, a login, a number or an email address. A name decides only where no id does, and
only where nobody else has it. What is in doubt is said, never guessed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.course.people import letters, student_id


@dataclass(frozen=True)
class Person:
    """Somebody as one list knows them.

    Attributes:
        ids: whatever stands for one person: folder, login, numbers.
        names: full names, each in any of its forms ("Jane Doe", "Doe, Jane").
        email: the address, "" where it is not known.
    """

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    email: str = ""


@dataclass
class Matches:
    """Which student is which row, by their places in the two lists.

    Attributes:
        rows: the row of each student who is found.
        doubts: for students who may be found, why that is in doubt.
    """

    rows: dict[int, int] = field(default_factory=dict)
    doubts: dict[int, str] = field(default_factory=dict)


def match(students: Sequence[Person], rows: Sequence[Person], listed: str = "the file") -> Matches:
    """Find students in a list.

    Args:
        students: everybody who is known, also those nobody looks for: a namesake makes a name ambiguous.
        rows: the people of the list.
        listed: the list's name, for what is said.
    """
    found = Matches()
    _by_id(students, rows, found, listed)
    _by_name(students, rows, found, listed)
    return found


def _by_id(students: Sequence[Person], rows: Sequence[Person], found: Matches, listed: str) -> None:
    owners: dict[str, set[int]] = defaultdict(set)
    for number, student in enumerate(students):
        for key in _id_keys(student):
            owners[key].add(number)
    claims: dict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        candidates = set().union(*(owners.get(key, ()) for key in _id_keys(row)))
        for student_number in candidates:
            if len(candidates) > 1:
                found.doubts[student_number] = f"one row of {listed} has ids of {len(candidates)} students"
            else:
                claims[student_number].append(number)
    for student_number, numbers in claims.items():
        if len(numbers) > 1:
            found.doubts[student_number] = f"{len(numbers)} rows of {listed} have an id of this student"
        elif student_number not in found.doubts:
            found.rows[student_number] = numbers[0]


def _by_name(students: Sequence[Person], rows: Sequence[Person], found: Matches, listed: str) -> None:
    """Whoever has a name that nobody else has, in either list, is the row of that name."""
    taken = set(found.rows.values())
    named_rows, named_students = _by_name_key(rows), _by_name_key(students)
    for number, student in enumerate(students):
        if number in found.rows or number in found.doubts:
            continue
        keys = _name_keys(student)
        same = set().union(*(named_rows.get(key, ()) for key in keys))
        if not same:
            continue
        namesakes = set().union(*(named_students[key] for key in keys if key in named_rows))
        row = min(same)
        if len(namesakes) > 1:
            found.doubts[number] = f"{len(namesakes)} students of the gradebook have this name"
        elif len(same) > 1:
            found.doubts[number] = f"{len(same)} rows of {listed} have this name"
        elif row in taken:
            found.doubts[number] = f"the row of {listed} with this name is another student's, by id"
        elif _differ(student.email, rows[row].email):
            found.doubts[number] = f"the row of {listed} with this name has another email address"
        else:
            found.rows[number] = row


def _by_name_key(people: Sequence[Person]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for number, person in enumerate(people):
        for key in _name_keys(person):
            found[key].add(number)
    return dict(found)


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and _key(one) != _key(other)


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _id_keys(person: Person) -> set[str]:
    # A folder's name that nbgrader cannot hold stands in the gradebook under an id made of it.
    said = [text for text in (*person.ids, person.email) if text.strip()]
    return {_key(form) for text in said for form in (text, student_id(text.strip()))}


def _name_keys(person: Person) -> set[str]:
    """A name as it is, with the last name behind, and squeezed as Canvas does for its files."""
    found = set()
    for name in map(_key, person.names):
        for comma in [at for at, letter in enumerate(name) if letter == ","]:
            found.add(f"{name[comma + 1 :].strip()} {name[:comma].strip()}")
        found |= {name, letters(name)} if "," in name else {name}
    return {name for name in found if name.strip(" ,")}
