"""The theme's stylesheets, cut down to the rules that some page can meet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[{}]|;|[^{}"\';]+', re.S)
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_WORD = re.compile(r"[\w-]+")
# At-rules whose braces hold rules; the others (@font-face, @keyframes) stay whole.
_NESTS = ("@media", "@supports", "@layer", "@container")
# Names that scripts put together from parts.
_BUILT = ("bs-", "tooltip", "popover", "highlight")


def class_names(html: str) -> set[str]:
    """Return the classes that a page's elements have."""
    return {name for value in re.findall(r'class="([^"]*)"', html) for name in value.split()}


def words(script: str) -> set[str]:
    """Return all words of a script, any of which may be a class that it sets."""
    return set(_WORD.findall(script))


def used_only(css: str, used: Set[str]) -> str:
    """Drop each selector that asks for a class no page has, and each rule that has none left."""
    return "".join(_kept(_COMMENT.sub("", css), used))


def _kept(css: str, used: Set[str]) -> Iterator[str]:
    for prelude, body in _rules(css):
        if body is None:
            yield prelude
        elif prelude.startswith(_NESTS):
            if inside := used_only(body, used):
                yield f"{prelude}{{{inside}}}"
        elif prelude.startswith("@"):
            yield f"{prelude}{{{body}}}"
        elif selectors := [s for s in _selectors(prelude) if _possible(s, used)]:
            yield f"{','.join(selectors)}{{{body}}}"


def _rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Split a stylesheet into (prelude, body); body is None for a statement such as @import."""
    depth, prelude, body = 0, "", ""
    for piece in _PIECE.findall(css):
        if piece == "}":
            depth -= 1
            if depth == 0:
                yield prelude.strip(), body
                prelude, body = "", ""
                continue
        if depth:
            body += piece
        elif piece == ";":
            yield f"{prelude.strip()};", None
            prelude = ""
        elif piece != "{":
            prelude += piece
        if piece == "{":
            depth += 1


def _selectors(prelude: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth = [""], 0
    for letter in prelude:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _possible(selector: str, used: Set[str]) -> bool:
    plain = selector
    while (shorter := re.sub(r":[\w-]+\([^()]*\)", "", plain)) != plain:  # :not(.a), :is(.a, .b): no demand
        plain = shorter
    return all(name in used or name.startswith(_BUILT) for name in _CLASS.findall(plain))
