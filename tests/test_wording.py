"""What people read is in plain English: these phrases have a plainer one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOOKED_AT = [
    ".devcontainer",
    ".github",
    "CHANGELOG.md",
    "CITATION.cff",
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "autograder",
    "convlib",
    "data",
    "notebooks",
    "tests",
]
LEFT_OUT = ("tests/test_wording.py", "notebooks/.build")
# A pattern, and what to write instead.
PLAINER = {
    r"\bcame back; due is\b|\bdue is\b(?! not None)": "returned ..., expected ...",
    r"\bwhat is due\b": "what is expected",
    r"; a whole number fits\b": "must be an integer >= 1, got ...",
    r"\bdoes not come back\b": "times out",
    r"\bhas no end\b": "runs without bound",
    r"\bwhen its time was over\b": "timed out",
    r"\bneeds? a human('s eye)?\b": "needs review",
    r"\bended the whole kernel\b": "crashed the kernel",
    r"\bAll of it is right\b": "All correct",
    r"\bthe way forward\b": "the forward pass",
    r"\bderivative by\b(?! backprop)|\bgradient by\b(?! backprop| measuring)": "with respect to",
    r"\bdeal(s|t)? out\b": "split",
    r"\bis closed while\b": "is disabled while",
    r"\blaid? over\b": "merge",
}
TEXT = {".py", ".ipynb", ".md", ".cff", ".yml", ".json", ".js", ".mjs", ".j2", ".toml"}


def files() -> Iterator[Path]:
    for name in LOOKED_AT:
        path = ROOT / name
        found = [path] if path.is_file() else path.rglob("*")
        for one in found:
            if one.suffix in TEXT and not one.relative_to(ROOT).as_posix().startswith(LEFT_OUT):
                yield one


def findings(text: str) -> list[str]:
    """Return, for every phrase of the list in a text, its line, the phrase and what to write instead."""
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}; write {plain!r}"
        for pattern, plain in PLAINER.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("path", list(files()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_words_are_plain(path: Path) -> None:
    assert findings(path.read_text(encoding="utf-8")) == []


def test_each_path_that_is_looked_at_exists() -> None:
    assert [name for name in LOOKED_AT if not (ROOT / name).exists()] == []


def test_a_phrase_of_the_list_is_found_with_its_line() -> None:
    assert findings("fine\n6 came back; due is 7\n") == [
        "2: 'came back; due is'; write 'returned ..., expected ...'"
    ]
