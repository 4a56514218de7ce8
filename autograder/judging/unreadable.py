"""What stands in an answer that Python cannot read: which character, where, and what to type instead.

Text that was pasted from a page, a chat or a word processor brings characters that look like those of a
program, or do not show at all.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.adaptations import syntax_tree

_SPACE, _NOTHING, _QUOTE, _APOSTROPHE = "an ordinary space", "", '`"`', "`'`"
# What looks like it, by its code point: what to type instead.
_INSTEAD = (
    dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), _SPACE)
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", _NOTHING)
    | dict.fromkeys("“”„‟«»″＂", _QUOTE)
    | dict.fromkeys("‘’‚‛′´＇‹›", _APOSTROPHE)
    | dict.fromkeys("−–—‐‑‒―﹣－", "`-`")
    | dict.fromkeys("×⋅·∙•∗＊✕✖", "`*`")
    | dict.fromkeys("÷∕⁄／", "`/`")
    | {"≤": "`<=`", "≥": "`>=`", "≠": "`!=`", "…": "`...`", "→": "`->`", "²": "`**2`", "³": "`**3`"}
    | {"【": "`[`", "】": "`]`", "、": "`,`", "。": "`.`"}
)
_COMMON = {
    "\u00a0": "a no-break space",
    "\u200b": "a zero-width space",
    "\ufeff": "a byte order mark",
    "−": "a minus sign",
    "×": "a multiplication sign",
    "÷": "a division sign",
    "–": "an en dash",
    "—": "an em dash",
}
_DEFINED = re.compile(r"^[^\w#\"'\n]*(?:async\s+)?def[^\w#\n]+(\w+)", re.MULTILINE)
_SHELL = re.compile(r"^\s*[%!?]|\?\s*$")  # lines for IPython


@dataclass(frozen=True)
class Unreadable:
    """Why Python cannot read a text.

    Attributes:
        number, line: where it stops, counted from 1.
        sentence: what stands there.
        question: what to do about it.
    """

    number: int
    line: str
    sentence: str
    question: str


def defined_names(source: str) -> list[str]:
    """The functions that a cell's text would define, whether or not Python can read it."""
    shown = "".join(mark for mark in source if _INSTEAD.get(mark) != _NOTHING)
    return _DEFINED.findall(shown)


def unreadable(source: str) -> Unreadable | None:
    """What in a cell's text keeps Python from reading it; None where it can be read."""
    lines = ["" if _SHELL.search(line) else line for line in source.splitlines()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            syntax_tree("\n".join(lines))
    except SyntaxError as error:
        return _character(lines) or _tab(lines, error) or _other(lines, error)
    except (ValueError, RecursionError, MemoryError):
        return _character(lines)
    return None


def _character(lines: list[str]) -> Unreadable | None:
    """A character that no program has outside of its texts and comments."""
    found = [(number, column, mark) for number, column, mark in _code(lines) if _is_foreign(mark)]
    if not found:
        return None
    number, column, mark = found[0]
    line = lines[number - 1]
    instead = _instead(mark)
    told = f"it has {_called(mark)} at position {column}. "
    told += (
        f"Type {instead} there instead."
        if instead
        else "It does not show: delete it, or type the line again."
    )
    if len(found) > 1:
        others = sorted({other for other, _, _ in found[1:]})
        places = f"line{'s' if len(others) > 1 else ''} {_listed(others)}"
        more = "is one more like it" if len(found) == 2 else f"are {len(found) - 1} more like it"
        told += f" There {more}, in {places}."
    return Unreadable(
        number,
        line.strip(),
        f"Your line {number}, `{_shown(line)}`, cannot be read: {told}",
        "Was the line pasted? Typed by hand it has none of these characters.",
    )


def _is_foreign(mark: str) -> bool:
    return not mark.isascii() and (mark in _INSTEAD or not f"a{mark}".isidentifier())


def _instead(mark: str) -> str:
    if mark in _INSTEAD:
        return _INSTEAD[mark]
    plain = unicodedata.normalize("NFKC", mark)  # full-width letters, signs and digits
    return f"`{plain}`" if plain.isascii() and plain.strip() else "what it stands for"


def _called(mark: str) -> str:
    """A character by its name and its number: a no-break space (U+00A0)."""
    name = unicodedata.name(mark, "character").lower()
    told = _COMMON.get(mark) or f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
    visible = f" `{mark}`" if _INSTEAD.get(mark) not in (_SPACE, _NOTHING) and mark.isprintable() else ""
    return f"{told}{visible} (U+{ord(mark):04X})"


def _code(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """The characters outside of texts and comments, with line and position from 1."""
    closing = ""
    for number, line in enumerate(lines, 1):
        column = 0
        if len(closing) == 1:  # a text in single quotes ends with its line
            closing = ""
        while column < len(line):
            rest = line[column:]
            if closing:
                if rest.startswith(closing):
                    column, closing = column + len(closing), ""
                else:
                    column += 2 if rest[0] == "\\" else 1
                continue
            if rest[0] == "#":
                break
            if rest[0] in "\"'":
                closing = rest[:3] if rest[:3] == rest[0] * 3 else rest[0]
                column += len(closing)
                continue
            yield number, column + 1, rest[0]
            column += 1


def _tab(lines: list[str], error: SyntaxError) -> Unreadable | None:
    """Tabs where other lines are indented with spaces."""
    if not isinstance(error, IndentationError):
        return None
    margins = [line[: len(line) - len(line.lstrip())] for line in lines]
    if not any("\t" in margin for margin in margins) or not any(" " in margin for margin in margins):
        return None
    at = min(max(error.lineno or 1, 1), len(lines))
    tabbed = [
        number for number, margin in enumerate(margins, 1) if "\t" in margin and lines[number - 1].strip()
    ]
    number = min(tabbed, key=lambda one: abs(one - at))
    return Unreadable(
        number,
        lines[number - 1].strip(),
        f"Your line {number}, `{_shown(lines[number - 1])}`, is indented with a tab, others with spaces: "
        "Python cannot tell which of them is deeper. Delete what stands before the line's first letter "
        "and type spaces.",
        "How many spaces do the lines of the same block begin with?",
    )


def _other(lines: list[str], error: SyntaxError) -> Unreadable:
    number = min(max(error.lineno or 1, 1), max(len(lines), 1))
    line = lines[number - 1] if lines else ""
    said = " ".join((error.msg or "invalid syntax").split())[:200]
    return Unreadable(
        number,
        line.strip(),
        f"Python stops at your line {number}, `{_shown(line)}`: {said}.",
        "Is a bracket, a quotation mark or a colon missing, on that line or on the one above?",
    )


def _shown(line: str) -> str:
    text = line.strip().replace("`", "'")
    return text if len(text) <= 100 else f"{text[:99]}…"


def _listed(numbers: list[int]) -> str:
    words = [str(number) for number in numbers[:5]]
    if len(numbers) > 5:
        return f"{', '.join(words)} and others"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
