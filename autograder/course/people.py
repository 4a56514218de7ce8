"""People's names: shown as they are written, with an id for nbgrader's files, addresses and globs."""

from __future__ import annotations

import hashlib
import re
import unicodedata

MOST_LETTERS = 128  # of an id, in nbgrader's database
MOST_BYTES = 200  # of an id as a folder's name, with room for what is put behind it
# What names and addresses hold besides letters, their signs and digits. None of it is a separator, has a
# meaning in a glob, in an address or on a command line, or ends a field of a table.
ALSO = frozenset("_@+.'’ -")


def student_id(name: str) -> str:
    """The id of a student in nbgrader's folders and gradebook.

    The name itself, composed, wherever nbgrader can hold it: "José" is one person, whichever program wrote
    the accent. Else what can be held of it, and a few digits that stay the same from run to run.
    """
    composed = unicodedata.normalize("NFC", name)
    if usable(composed):
        return composed
    held = "".join(letter if _held(letter) else " " for letter in composed)
    held = re.sub(r"[\s.]+", " ", held).strip(" -'’")
    while len(held.encode()) > MOST_BYTES // 3:
        held = held[:-1].rstrip()
    digits = hashlib.sha256(composed.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{held or 'student'}-{digits}"


def usable(name: str) -> bool:
    """Whether a folder's name can stand for a student everywhere that nbgrader uses it."""
    return (
        0 < len(name) <= MOST_LETTERS
        and len(name.encode("utf-8", "replace")) <= MOST_BYTES
        and unicodedata.is_normalized("NFC", name)
        and all(map(_held, name))
        and (name[0].isalnum() or name[0] in "_@+")
        and name[-1] not in " ."
        and "  " not in name
    )


def letters(name: str) -> str:
    """A name's letters and digits: how programs and people spell it makes no difference.

    So Canvas writes a sortable name before a file's name: "Doe, Jane" is "doejane".
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()


def shown(name: str) -> str:
    """A name from a file system in one line, for a table or a message: as it is written, and nothing acts."""
    readable = unicodedata.normalize("NFC", name).encode("utf-8", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in readable)


def _held(letter: str) -> bool:
    return letter.isalnum() or letter in ALSO or unicodedata.category(letter).startswith("M")
