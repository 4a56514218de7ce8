"""The names in an LMS's download: whose a file is, which try it belongs to, when it was handed in.

One function per format. It gets a path, in parts below the top of the download, and opens nothing. Anonymous
submissions have a pseudonym.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

FILE, TEXT, RECEIPT = "file", "text", "receipt"
DEEPEST = 3  # folders and zips around a download
STAMPED = "%Y-%m-%d-%H-%M-%S"  # Blackboard's

CANVAS = re.compile(
    r"(?:(?P<late>LATE_)?anon_(?P<blind>\w+?)|(?P<name>\w*?)(?P<late_>_LATE)?_(?P<user>\d+))"
    r"_(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<entry>(?:text|link)\.html))"
)
MOODLE = re.compile(
    r"(?:(?P<login>[^_]+)_)?(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?"
)
BLIND = re.compile(r"(?:.*-)?(Participant|Teilnehmer(?:/?in)?)", re.IGNORECASE)
BRIGHTSPACE = re.compile(
    r"(?P<user>\d+)-(?P<folder>\d+)\s*-\s*(?P<name>.+?)\s*-\s*"
    r"(?P<when>\w+\s+\d+,\s+\d+\s+\d+\s*(?:AM|PM))(?:\s*-\s*(?P<file>.+))?"
)
BLACKBOARD = re.compile(
    r"(?P<assignment>.+)_(?P<login>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))"
)
EXCHANGE = re.compile(
    r"(?P<login>.+)\+(?P<lesson>[^+]+)\+(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*)(?:\+[^+]*)?"
)
# Dates as Moodle's worksheet and Brightspace's folders have them, in English and German.
DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})\.?\s+(?P<month>[^\W\d]+),?\s+(?P<year>\d{4}),?\s+"
    r"(?P<hour>\d{1,2}):?(?P<minute>\d\d)\s*(?P<half>[AP]M)?",
    re.IGNORECASE,
)
MONTH_FIRST = re.compile(
    r"(?P<month>[^\W\d]+)\s+(?P<day>\d{1,2}),\s+(?P<year>\d{4}),?\s+"
    r"(?P<hour>\d{1,2}):?(?P<minute>\d\d)\s*(?P<half>[AP]M)?",
    re.IGNORECASE,
)
MONTHS = (
    ("january", "januar", "jänner"),
    ("february", "februar"),
    ("march", "märz"),
    ("april",),
    ("may", "mai"),
    ("june", "juni"),
    ("july", "juli"),
    ("august",),
    ("september",),
    ("october", "oktober"),
    ("november",),
    ("december", "dezember"),
)


@dataclass(frozen=True)
class Sent:
    """A file of a download.

    Attributes:
        inside: its path as the student knows it.
        name: the student's, as the LMS writes it.
        lms_id: the LMS's own number.
        blind: the pseudonym of an anonymous submission, "" where it has a name.
        attempt: tells the tries of one student apart.
        when: the time of the try as it is written, "" where it is not.
        order: of two files without a time the one with the larger number is newer.
        late: whether the LMS marked it so.
        alone: what tells the student apart where there is no roster.
        steady: whether `lms_id` is the student's in every assignment.
        assignment: what the LMS calls the lesson.
        kind: FILE; TEXT, which was typed into the LMS; RECEIPT, which the LMS wrote.
    """

    inside: str
    name: str = ""
    lms_id: str = ""
    login: str = ""
    blind: str = ""
    attempt: str = ""
    when: str = ""
    order: int = 0
    late: bool = False
    alone: str = ""
    steady: bool = False
    assignment: str = ""
    kind: str = FILE


def canvas(parts: Sequence[str]) -> Sent | None:
    """`doejane_LATE_123_456_hw-2.ipynb`: sortable name, user, attachment, the file's name."""
    found = CANVAS.fullmatch(parts[0])
    if found is None:
        return None
    inside = found["file"] or f"online_{found['entry']}"
    blind = f"anon_{found['blind']}" if found["blind"] else ""
    return Sent(
        "/".join([inside, *parts[1:]]),
        name=found["name"] or "",
        lms_id=found["user"] or found["blind"],
        blind=blind,
        alone=blind or f"{found['name']}_{found['user']}".lstrip("_"),
        steady=True,
        order=int(found["attachment"] or 0),
        late=bool(found["late"] or found["late_"]),
        kind=TEXT if found["entry"] else FILE,
    )


def moodle(parts: Sequence[str]) -> Sent | None:
    """`Jane Doe_12_assignsubmission_file/path/hw.ipynb`, or one long name; 12 is from the Identifier."""
    found = MOODLE.fullmatch(parts[0])
    if found is None:
        return None
    rest = [part for part in (found["file"], *parts[1:]) if part]
    if not rest:
        return None
    blind = BLIND.fullmatch(found["name"])
    pseudonym = f"{blind[1].replace('/', '')} {found['number']}" if blind else ""
    text = found["kind"] == "onlinetext"
    return Sent(
        "/".join(rest),
        name="" if blind else found["name"],
        lms_id=found["number"],
        login=found["login"] or "",
        blind=pseudonym,
        alone=pseudonym or found["login"] or found["name"],
        kind=TEXT if text else FILE,
    )


def brightspace(parts: Sequence[str]) -> Sent | None:
    """`397063-2557369 - Jane Doe - Sep 24, 2024 926 PM/hw.ipynb`, a folder for each try, or one long name."""
    if len(parts) == 1 and parts[0] == "index.html":
        return Sent("index.html", kind=RECEIPT)
    found = BRIGHTSPACE.fullmatch(parts[0])
    rest = [part for part in ((found["file"] if found else ""), *parts[1:]) if part]
    if found is None or not rest:
        return None
    return Sent(
        "/".join(rest),
        name=found["name"],
        lms_id=found["user"],
        attempt=found["when"],
        when=found["when"],
        alone=found["name"],
    )


def blackboard(parts: Sequence[str]) -> Sent | None:
    """`Homework_jdoe_attempt_2026-03-01-12-00-00_hw.ipynb`, and a receipt in `.txt` for each try."""
    found = BLACKBOARD.fullmatch(parts[0])
    if found is None:
        return None
    return Sent(
        "/".join([found["file"] or "receipt.txt", *parts[1:]]),
        login=found["login"],
        alone=found["login"],
        attempt=found["when"],
        when=found["when"],
        assignment=found["assignment"],
        kind=RECEIPT if found["receipt"] else FILE,
    )


def exchange(parts: Sequence[str]) -> Sent | None:
    """`jdoe+lesson+2026-03-01 12:00:00 UTC+random/lesson.ipynb`: nbgrader's inbound folder."""
    found = EXCHANGE.fullmatch(parts[0])
    if found is None or len(parts) < 2:
        return None
    return Sent(
        "/".join(parts[1:]),
        login=found["login"],
        alone=found["login"],
        attempt=found["when"],
        when=found["when"],
        assignment=found["lesson"],
    )


# The most telling pattern first.
FORMATS: dict[str, Callable[[Sequence[str]], Sent | None]] = {
    "exchange": exchange,
    "moodle": moodle,
    "blackboard": blackboard,
    "brightspace": brightspace,
    "canvas": canvas,
}


def recognized(paths: Sequence[Sequence[str]], wanted: str = "") -> tuple[str, int]:
    """The format of a download, and how many folders or zips are around it.

    Args:
        paths: of all its files, in parts.
        wanted: the format, where it is known.

    Returns:
        ("", 0) where at least half of the files fit no format.
    """
    counts: Counter[tuple[str, int]] = Counter()
    for name, parse in FORMATS.items():
        if wanted in ("", name):
            for depth in range(DEEPEST + 1):
                counts[name, depth] = sum(
                    len(parts) > depth and _is_sent(parse(parts[depth:])) for parts in paths
                )
    (best, count), *_ = counts.most_common(1) or [(("", 0), 0)]
    return best if count and (wanted or 2 * count >= len(paths)) else ("", 0)


def _is_sent(sent: Sent | None) -> bool:
    return sent is not None and bool(sent.name or sent.lms_id or sent.login)


def moment(text: str) -> datetime | None:
    """A time as an LMS writes it, on the LMS's own clock; None where it is in words that are not known."""
    try:
        return datetime.strptime(text, STAMPED)
    except ValueError:
        pass
    found = DAY_FIRST.search(text) or MONTH_FIRST.search(text)
    if found is None:
        return None
    word = found["month"].casefold()
    months = [n for n, names in enumerate(MONTHS, 1) if any(name.startswith(word) for name in names)]
    if len(word) < 3 or len(months) != 1:
        return None
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (found["half"].upper() == "PM")
    try:
        return datetime(int(found["year"]), months[0], int(found["day"]), hour, int(found["minute"]))
    except ValueError:
        return None
