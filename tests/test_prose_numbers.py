"""Which numbers of a text somebody has to have computed; the lessons are read in test_course.py."""

from __future__ import annotations

from typing import Any

import pytest

from support import prose_numbers


def lesson(text: str, code: str = "", printed: str = "") -> dict[str, Any]:
    """A notebook of one text and one cell that ran."""
    ran = {"output_type": "stream", "name": "stdout", "text": printed}
    return {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": text},
            {"cell_type": "code", "metadata": {}, "source": code, "outputs": [ran]},
        ]
    }


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("It is 0.665, or 98.7 %, of 3,920 and 280.", ["0.665", "98.7", "3,920", "280"]),
        ("A 3×3 window, 5 filters, lesson 11.", []),
        ("17 % are guessed, of 17.", ["17"]),
        ("In 2015, and 1998 too, turned by 180°.", []),
        ("`x = 0.123`, <code>0.456</code> and [0.789](https://a.example/1.5).", ["0.789"]),
        ("## About 0.25\nText.", []),
    ],
)
def test_decimals_per_cents_and_numbers_of_three_digits_are_claims(text: str, asked: list[str]) -> None:
    assert list(prose_numbers.claims(prose_numbers.prose(lesson(text)))) == asked


@pytest.mark.parametrize(
    ("text", "code", "printed"),
    [
        ("The loss is 0.41.", "", "loss 0.408"),
        ("98.7 % are right.", "", "right: 0.9871"),
        ("There are 3,920 neurons.", "", "3920 neurons"),
        ("It learns from 1,500 images.", "glyphs(1_500)", ""),
        ("That is 2·14·14·72 = 28,224 numbers.", "", ""),
        ("It is (1.1² − 0.9²)/0.2 = (1.21 − 0.81)/0.2 = 2.", "", ""),
        ("7.389/11.107 = 0.665 of it.", "", ""),
    ],
)
def test_a_number_comes_from_an_output_the_code_or_a_right_equation(
    text: str, code: str, printed: str
) -> None:
    assert prose_numbers.unsupported(lesson(text, code, printed)) == []


@pytest.mark.parametrize(
    ("text", "printed", "found"),
    [
        ("The loss is 0.42.", "loss 0.408", ["0.42"]),
        ("98.7 % are right.", "right: 97.9%", ["98.7"]),
        ("That is 28·28·5 = 3,820 neurons.", "", ["3,820"]),
        ("It has 16,844 parts.", "1684", ["16,844"]),
    ],
)
def test_a_number_that_nothing_gives_is_found(text: str, printed: str, found: list[str]) -> None:
    assert prose_numbers.unsupported(lesson(text, "", printed)) == found
