"""No markup of a student's acts on a page that others read."""

from __future__ import annotations

import re
from typing import Any

from autograder.grading.notebook import is_base64

TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
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
# A picture is in the page itself or beside it: a page that is read fetches nothing from elsewhere.
PICTURE = re.compile(
    r"(data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*|(?![a-zA-Z][\w+.-]*:|[/\\])[\w ./%-]+)"
)
KEPT = ("text/plain", "image/png", "image/jpeg")
MOST_HTML = 1_000_000


def clean(html: str) -> str:
    """The same HTML with nothing in it that runs, loads or covers the page."""
    import bleach

    cleaned: str = bleach.clean(
        html[:MOST_HTML],
        tags=TAGS,
        attributes=_allowed,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
    )
    return cleaned


def _allowed(tag: str, name: str, value: str) -> bool:
    if name not in ATTRIBUTES["*"] and name not in ATTRIBUTES.get(tag, ()):
        return False
    if name == "src":
        return PICTURE.fullmatch(value) is not None
    if name == "href":
        return not value.strip().lower().startswith("data:")
    return True


def clean_outputs(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A cell's outputs as they may be stored and shown: text, pictures and cleaned HTML."""
    kept: list[dict[str, Any]] = []
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
            if isinstance(data.get("text/html"), str) and not any(
                mime.startswith("image/") for mime in shown
            ):
                shown["text/html"] = clean(data["text/html"])
            if shown:
                # An execute_result would be read as a score where nbgrader looks for one: only ours are that.
                kept.append({"output_type": "display_data", "data": shown, "metadata": {}})
    return kept
