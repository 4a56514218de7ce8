"""When something was handed in: a time stamp read as it is meant, or not at all.

A date that a program would have to guess (words, day and month in doubt, letters that several time zones go
by) decides about a penalty. It is no time then, and a human says what it should be.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WANTED = "write it as 2026-03-01 20:00:00 +0100"
# Year first, as nbgrader's exchange and every other program writes it: no other order is without doubt.
STAMP = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(\S.*)?", re.ASCII
)
YEARS = range(1970, 2101)
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{2})(?::?(\d{2}))?", re.ASCII)
# Letters that stand for one zone alone, with a place that goes by them. EST, CST, IST, BST and others are not
# here: they are the time of two continents or more.
LETTERS = {
    "WET": "Europe/Lisbon",
    "WEST": "Europe/Lisbon",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "EET": "Europe/Athens",
    "EEST": "Europe/Athens",
    "MSK": "Europe/Moscow",
    "SAST": "Africa/Johannesburg",
    "HKT": "Asia/Hong_Kong",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
    "NZST": "Pacific/Auckland",
    "NZDT": "Pacific/Auckland",
    "AKST": "America/Anchorage",
    "AKDT": "America/Anchorage",
    "HST": "Pacific/Honolulu",
}


class Unclear(ValueError):
    """A time stamp that cannot be read without guessing: what is in doubt."""


def read(text: str, zone: str = "UTC") -> datetime:
    """The moment that a time stamp names.

    Args:
        text: what stands in the file, for example "2026-03-01 20:00:00.5 UTC". Without a zone it is UTC,
            as nbgrader has it.
        zone: the zone that the course's exchange writes (`c.Exchange.timezone`): its letters are no guess.

    Returns:
        The moment in UTC, without a time zone, as nbgrader's gradebook keeps it.

    Raises:
        Unclear: the text can be read in more than one way, or in none.
    """
    found = STAMP.fullmatch(text.strip())
    if found is None:
        raise Unclear("is not a date and a time of day with the year first")
    *numbers, fraction, named = found.groups()
    try:
        local = datetime(*(int(number or 0) for number in numbers))  # type: ignore[arg-type]
        local += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
        moment = _in_utc(local, named or "UTC", zone)
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, Unclear) else Unclear(f"there is no such time: {error}") from None
    if moment.year not in YEARS:  # 2569 is 2026 in Bangkok, 1404 is 2025 in Tehran
        raise Unclear(f"nobody handed in in {moment.year}: it may be of another calendar")
    return moment


def _in_utc(local: datetime, named: str, zone: str) -> datetime:
    if named in ("UTC", "GMT", "Z"):
        return local
    offset = OFFSET.fullmatch(named)
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if span > timedelta(hours=14):
            raise Unclear(f"no place is {named} from Greenwich")
        return local - span if offset[1] == "+" else local + span
    if "/" in named:
        return _there(local, named, None)
    if named.isalpha():
        for place in (zone, LETTERS.get(named, "")):
            try:
                return _there(local, place, named)
            except Unclear:
                continue
        raise Unclear(f"{named} may be more than one zone, or is not in force on that day")
    raise Unclear(f"{named!r} is not a time zone")


def _there(local: datetime, place: str, letters: str | None) -> datetime:
    """A place's clock in UTC; with letters only where the place goes by them at that time."""
    try:
        there = ZoneInfo(place)
    except (KeyError, ValueError, OSError):
        raise Unclear(f"there is no time zone {place!r}") from None
    readings = {
        clock.astimezone(UTC).replace(tzinfo=None)
        for clock in (local.replace(tzinfo=there, fold=0), local.replace(tzinfo=there, fold=1))
        if letters is None or clock.tzname() == letters
    }
    if len(readings) != 1:
        raise Unclear(f"{place} has that hour twice, or not at all")
    return readings.pop()


def written(moment: datetime) -> str:
    """A moment as nbgrader's exchange writes it into timestamp.txt."""
    return moment.replace(tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
