"""Whose a file is: what a download says about its sender, looked up in the roster."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from autograder.collecting.downloads import Sent
from autograder.course.people import letters, shown, student_id
from autograder.course.roster import Student


class Unmatched(Exception):
    """A file that cannot be given to a student or a lesson: why, and what to do."""


class Stranger(Unmatched):
    """A file of somebody who is not in the roster."""


class Senders:
    """The students who may have sent something.

    Args:
        roster: None where there is no list: everybody is who the download says.
    """

    def __init__(self, roster: list[Student] | None) -> None:
        self.roster = roster
        everyone = roster or []
        self._numbers = _index(everyone, lambda one: [one.lms_id])
        self._logins = _index(everyone, lambda one: [one.id, one.login, one.email])
        self._names = _index(everyone, lambda one: map(letters, _spellings(one)))
        self._bare = _index(everyone, lambda one: map(_bare, _spellings(one)))
        self._teams = _index(everyone, lambda one: [letters(one.group)])

    def who(self, sent: Sent, *, twins: bool = False) -> list[Student]:
        """The student who sent a file, or all members of a team.

        Args:
            twins: whether somebody else of the same name is in the download: a name is not enough then.

        Raises:
            Unmatched: nobody, or more than one could be meant.
        """
        if self.roster is None:
            if twins:
                raise Unmatched(
                    f"two students are called {shown(sent.name)}: give --roster with the LMS's ids (lms_id)"
                )
            return [
                Student(student_id(sent.alone), sent.name or sent.alone, lms_id=sent.lms_id, login=sent.login)
            ]
        if sent.blind:
            found = (
                self._numbers.get(sent.lms_id.casefold()) or self._numbers.get(sent.blind.casefold()) or []
            )
            if len(found) == 1:
                return found
            raise Unmatched(
                f"anonymous: the roster has no {shown(sent.blind)}. Collect it without --roster under that "
                "name, or give the worksheet of this assignment"
            )
        if sent.login:
            found = self._logins.get(sent.login.casefold(), [])
            if len(found) == 1:
                return found
        numbered = self._numbers.get(sent.lms_id.casefold(), []) if sent.lms_id else []
        if sent.steady and len(numbered) == 1:
            team = self._teams.get(letters(sent.name), []) if sent.name else []
            return team if numbered[0] in team else numbered
        return self._by_name(sent, numbered, twins)

    def _by_name(self, sent: Sent, numbered: list[Student], twins: bool) -> list[Student]:
        """By the name, with the number only where several have it: Moodle's is new in each assignment."""
        name = sent.name
        named = self._named(name)
        if not named:  # Moodle puts the team's name before the student's
            ends = [name[at.end() :] for at in re.finditer("-", name)]
            named = next((found for found in map(self._named, ends) if found), [])
        if twins or len(named) > 1:
            both = [one for one in numbered if one in named]
            if len(both) != 1:
                raise Unmatched(
                    f"more than one student is called {shown(name)}: "
                    "the roster needs the LMS's id (lms_id) of each"
                )
            return both
        if named:
            return named
        team = self._teams.get(letters(name), []) if name else []
        if team:
            return team
        called = shown(name or sent.login)
        raise Stranger(
            f"nobody in the roster is called {called}: add the student, or for a team a column `group`"
        )

    def _named(self, name: str) -> list[Student]:
        if not name:
            return []
        return self._names.get(letters(name)) or self._bare.get(_bare(name)) or []

    def called(self, text: str) -> Student | None:
        """The student whose id, login, address or name this is, None where it is nobody's.

        Raises:
            Unmatched: more than one student's.
        """
        found = self._logins.get(text.casefold()) or self._named(text)
        if len(found) > 1:
            raise Unmatched(f"more than one student is called {shown(text)}: name it after the student's id")
        return found[0] if found else None

    def named_in(self, text: str) -> Student | None:
        """The one student whose id, login or name is a part of a file's name.

        Raises:
            Unmatched: more than one student's is.
        """
        words = {word.casefold() for word in re.split(r"[^\w@.+]+|_", text) if word}
        said = letters(text)
        found = {
            one.id: one
            for one in self.roster or []
            if words & {key.casefold() for key in (one.id, one.login, one.email) if key}
            or any(len(letters(name)) > 3 and letters(name) in said for name in _spellings(one))
        }
        if len(found) > 1:
            raise Unmatched(f"which student's? It may be {', '.join(sorted(map(shown, found)))}")
        return next(iter(found.values()), None)


def _spellings(one: Student) -> list[str]:
    return [one.name, f"{one.first} {one.last}", f"{one.last} {one.first}"]


def _bare(name: str) -> str:
    """A name without the signs above its letters."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", letters(name)) if not unicodedata.combining(letter)
    )


def _index(everyone: list[Student], keys: Callable[[Student], Iterable[str]]) -> dict[str, list[Student]]:
    found: dict[str, list[Student]] = {}
    for one in everyone:
        for key in dict.fromkeys(key.casefold() for key in keys(one) if key):
            found.setdefault(key, []).append(one)
    return found
