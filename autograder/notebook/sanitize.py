"""No markup of a student's acts on a page that others read, nor any text of theirs on a terminal."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

from autograder.notebook.reading import is_base64

INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "br",
        "code",
        "del",
        "em",
        "i",
        "img",
        "kbd",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
    ]
)
TAGS = INLINE | frozenset(
    [
        "blockquote",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
ATTRIBUTES = {
    "*": {"class", "id", "title", "lang", "dir"},
    "a": {"href"},
    "details": {"open"},
    "img": {"alt", "width", "height", "src"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
}
VOID = frozenset(["br", "hr", "img"])
# What a tag ends by itself, where that is open within the innermost of `HOLDERS`.
CELLS, SECTIONS = frozenset(["td", "th"]), frozenset(["thead", "tbody", "tfoot"])
ENDS = (
    dict.fromkeys(CELLS, CELLS)
    | dict.fromkeys(SECTIONS, CELLS | SECTIONS | {"tr"})
    | dict.fromkeys(["dt", "dd"], frozenset(["dt", "dd"]))
    | {"tr": CELLS | {"tr"}, "li": frozenset(["li"])}
)
HOLDERS = frozenset(["ul", "ol", "dl", "table", "td", "th"])
MOST_DEPTH = 64
# A picture is in the page itself or beside it: a page that is read fetches nothing from elsewhere.
# As an image an SVG runs nothing and loads nothing.
_SHOWN = ["png", "jpeg", "jpg", "gif", "webp", "bmp", "avif", "svg+xml", "tiff", "heic"]
IMAGE_TYPES = tuple(f"image/{kind}" for kind in _SHOWN)
PICTURE = re.compile(
    rf"(data:({'|'.join(map(re.escape, IMAGE_TYPES))});base64,[A-Za-z0-9+/=\s]*"
    r"|attachment:[^\s\x00-\x1f]*|(?![a-zA-Z][\w+.-]*:|[/\\])[\w ./%-]+)"
)
LINK = re.compile(r"(https?|mailto):|[^:\\\x00-\x20]*([/?#]|\Z)", re.IGNORECASE)
# Neither looks beyond the next "<", so that no text takes more than its length.
MARKUP = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>", re.DOTALL)
ATTRIBUTE = re.compile(r"""([a-zA-Z][\w-]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=]+))?""")
KEPT = ("text/plain", "image/png", "image/jpeg")
MOST_HTML = 200_000  # of one cell


def clean(html: str) -> str:
    """The same HTML with nothing in it that runs, loads or covers the page.

    Whatever the text is, what comes out is text without a "<" and tags of the list above, each closed in its
    turn; and it takes no longer than its length allows, which a parser by the rules of browsers would.
    """
    written: list[str] = []
    stack: list[str] = []

    def close_from(place: int) -> None:
        written.extend(f"</{name}>" for name in reversed(stack[place:]))
        del stack[place:]

    at = 0
    for found in MARKUP.finditer(html):
        written.append(_escaped(html[at : found.start()]))
        at = found.end()
        ending, name, rest = found[1], (found[2] or "").lower(), found[3]
        if name not in TAGS:
            continue
        if ending:
            if name in stack:
                close_from(len(stack) - 1 - stack[::-1].index(name))
            continue
        close_from(_ended_by(name, stack))
        if len(stack) < MOST_DEPTH or name in VOID:
            written.append(f"<{name}{_attributes(name, rest)}>")
            if name not in VOID:
                stack.append(name)
    written.append(_escaped(html[at:]))
    close_from(0)
    return "".join(written)


def _escaped(text: str) -> str:
    return escape(unescape(text), quote=False)


def _ended_by(name: str, stack: list[str]) -> int:
    """From where on the open tags end where this one begins."""
    ended = ENDS.get(name, frozenset()) if name in INLINE else ENDS.get(name, frozenset()) | {"p"}
    place = len(stack)
    for number in range(len(stack) - 1, -1, -1):
        if stack[number] in ended:
            place = number
        elif stack[number] in HOLDERS:
            break
    return place


def _attributes(tag: str, text: str) -> str:
    """The attributes that a tag may have, as they are written in it."""
    kept: dict[str, str] = {}
    for found in ATTRIBUTE.finditer(text):
        name, value = found[1].lower(), found[2] or ""
        value = unescape(value[1:-1] if value[:1] in ("'", '"') else value).strip()
        if _allowed(tag, name, value):
            kept.setdefault(name, value)
    return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())


def _allowed(tag: str, name: str, value: str) -> bool:
    if name not in ATTRIBUTES["*"] and name not in ATTRIBUTES.get(tag, ()):
        return False
    if name == "src":
        return PICTURE.fullmatch(value) is not None
    return name != "href" or LINK.match(value) is not None


def printable(text: str) -> str:
    """The same text in one line that does nothing to a terminal, and cannot pass for two lines of a log."""
    return "".join(character if character.isprintable() else " " for character in text)


def clean_outputs(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A cell's outputs as they may be stored and shown: text, pictures and cleaned HTML."""
    kept: list[dict[str, Any]] = []
    room = MOST_HTML
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            kept.append({"output_type": "stream", "name": name, "text": str(output.get("text", ""))})
        elif kind == "error":
            trace = output.get("traceback")
            kept.append(
                {
                    "output_type": "error",
                    "ename": str(output.get("ename", ""))[:200],
                    "evalue": str(output.get("evalue", ""))[:2000],
                    "traceback": [str(line) for line in trace] if isinstance(trace, list) else [],
                }
            )
        elif kind in ("display_data", "execute_result"):
            data = output.get("data")
            data = data if isinstance(data, dict) else {}
            shown = {mime: str(data[mime]) for mime in KEPT if isinstance(data.get(mime), str)}
            for mime in [mime for mime in shown if mime.startswith("image/") and not is_base64(shown[mime])]:
                del shown[mime]
            html = data.get("text/html")
            pictures = any(mime.startswith("image/") for mime in shown)
            if isinstance(html, str) and not pictures and len(html) <= room:
                room -= len(html)
                shown["text/html"] = clean(html)
            if shown:
                # An execute_result would be read as a score where nbgrader looks for one: only ours are that.
                kept.append({"output_type": "display_data", "data": shown, "metadata": {}})
    return kept
