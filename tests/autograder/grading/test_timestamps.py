"""A time stamp is the moment that it names, or no moment at all: never another day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading import timestamps

NOON = datetime(2026, 3, 1, 12)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 12:00:00 UTC",
        "2026-03-01 12:00:00.000000 UTC",
        "2026-03-01T12:00:00Z",
        "2026-03-01 12:00",
        "2026-03-01 13:00:00 CET",
        "2026-03-01 13:00:00+0100",
        "2026-03-01 13:00:00 +01:00",
        "2026-03-01 13:00:00 UTC+1".replace("+1", "+01"),
        "2026-03-01 13:00:00 Europe/Berlin",
        "2026-03-01 07:00:00 America/New_York",
        "\n 2026-03-01 21:00:00 JST \n",
    ],
)
def test_the_same_noon_in_many_spellings(text: str) -> None:
    assert timestamps.read(text) == NOON


def test_daylight_saving_time_is_the_places_own() -> None:
    assert timestamps.read("2026-07-01 14:00:00 CEST") == datetime(2026, 7, 1, 12)
    assert timestamps.read("2026-07-01 14:00:00 Europe/Berlin") == datetime(2026, 7, 1, 12)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("vor drei Tagen", "year first"),
        ("yesterday", "year first"),
        ("", "year first"),
        ("04.03.2026 10:00", "year first"),
        ("03/04/2026 10:00", "year first"),
        ("2026-03-01", "time of day"),
        ("1772366400", "year first"),
        ("2026-13-01 12:00:00 UTC", "no such time"),
        ("2026-02-30 12:00:00 UTC", "no such time"),
        ("9999-99-99 not a time", "year first"),
        ("2569-03-01 12:00:00 UTC", "another calendar"),
        ("1404-12-10 12:00:00 UTC", "another calendar"),
        ("2026-03-01 08:00:00 PM", "more than one zone"),
        ("2026/03/01 12:00:00", "year first"),
        ("2026-03-01 24:00:00 UTC", "no such time"),
        ("2026-03-01 12:00:00 UTC\n2026-03-02 12:00:00 UTC", "year first"),
        ("2026-03-01 12:00:00 IST", "more than one zone"),
        ("2026-03-01 12:00:00 EST", "more than one zone"),
        ("2026-07-01 12:00:00 CET", "not in force"),
        ("2026-03-01 12:00:00 Europe/Nowhere", "no time zone"),
        ("2026-03-01 12:00:00 ../etc/passwd", "no time zone"),
        ("2026-03-01 12:00:00 +2500", "Greenwich"),
        ("2026-10-25 02:30:00 Europe/Berlin", "twice"),
        ("2026-03-29 02:30:00 Europe/Berlin", "twice, or not at all"),
        ("0001-01-01 00:00:00 +0100", "no such time"),
        (f"12:{'6' * 150},am", "year first"),
        ("٢٠٢٦-٠٣-٠١ ١٢:٠٠:٠٠", "year first"),
    ],
)
def test_what_has_to_be_guessed_is_no_time(text: str, why: str) -> None:
    with pytest.raises(timestamps.Unclear, match=why):
        timestamps.read(text)


def test_letters_of_the_courses_own_zone_are_no_guess() -> None:
    assert timestamps.read("2026-03-01 07:00:00 EST", "America/New_York") == NOON
    with pytest.raises(timestamps.Unclear):
        timestamps.read("2026-07-01 07:00:00 EST", "America/New_York")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_whatever_the_offset_is_the_moment_stays(when: datetime, minutes: int) -> None:
    there = when.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert timestamps.read(there.isoformat()) == when
    assert timestamps.read(timestamps.written(when)) == when


@given(st.text(max_size=40))
def test_whatever_the_text_is_it_is_a_moment_or_unclear(text: str) -> None:
    try:
        said = str(timestamps.read(text))
    except timestamps.Unclear as unclear:
        said = str(unclear)
    assert "\n" not in said
