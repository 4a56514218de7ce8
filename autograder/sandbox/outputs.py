"""What a cell shows, as nbformat's dictionaries: bounded, and of known form whatever was sent."""

from __future__ import annotations

import json
import re
from typing import Any

from autograder.sandbox.limits import Limits

# What is kept of a display. HTML and Markdown are for the reader of the feedback to sanitise; SVG and scripts
# have no place there. An image is base64 or nothing: a page puts it into an attribute as it is.
TEXT_TYPES = {"text/plain", "text/html", "text/markdown", "text/latex"}
IMAGE_TYPES = {"image/png", "image/jpeg"}
BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
MOST_TRACEBACK = 100


class Outputs:
    """Collects the outputs of one cell: as many bytes as the limits say, or as there is room for."""

    def __init__(self, limits: Limits, room: int | None = None) -> None:
        self.limits = limits
        self.room = limits.output_bytes if room is None else min(room, limits.output_bytes)
        self.kept: list[dict[str, Any]] = []
        self.bytes = 0
        self.messages = 0
        self.cut = False
        self.clear_next = False

    def full(self, size: int) -> bool:
        """Count a message that arrives, and whether it is too much."""
        self.bytes += size
        self.messages += 1
        self.cut = self.cut or self.bytes > self.room or self.messages > self.limits.messages
        return self.cut

    def add(self, body: bytes) -> None:
        """One message from inside; what is not of a known form is dropped."""
        try:
            message = json.loads(body, parse_constant=str)
            kind, content = message["type"], message["content"]
            if kind == "cut":
                self.cut = True
                return
            if kind == "clear_output":
                self.clear_next = content.get("wait") is True
                if not self.clear_next:
                    self.kept.clear()
                return
            output = _FORMS[kind](content)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        if self.clear_next:
            self.kept.clear()
            self.clear_next = False
        last = self.kept[-1] if self.kept else None
        if last and kind == "stream" and last["output_type"] == "stream" and last["name"] == output["name"]:
            last["parts"].append(output["text"])
        elif kind == "stream":
            self.kept.append(output | {"parts": [output["text"]]})
        else:
            self.kept.append(output)

    def all(self) -> list[dict[str, Any]]:
        """The outputs, and a remark where some were cut off."""
        for output in self.kept:
            if "parts" in output:
                output["text"] = "".join(output.pop("parts"))
        if self.cut:
            text = "\n[more output than fits here was cut off]\n"
            return [*self.kept, {"output_type": "stream", "name": "stdout", "text": text}]
        return self.kept


def _stream(content: dict[str, Any]) -> dict[str, Any]:
    name = "stderr" if content["name"] == "stderr" else "stdout"
    return {"output_type": "stream", "name": name, "text": _text(content["text"])}


def _display(content: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": _bundle(content["data"]), "metadata": {}}


def _result(content: dict[str, Any]) -> dict[str, Any]:
    count = content.get("execution_count")
    count = count if type(count) is int and 0 <= count < 1_000_000 else None
    data = _bundle(content["data"])
    return {"output_type": "execute_result", "execution_count": count, "data": data, "metadata": {}}


def _error(content: dict[str, Any]) -> dict[str, Any]:
    trace = content.get("traceback")
    lines = [_text(line) for line in trace[:MOST_TRACEBACK]] if isinstance(trace, list) else []
    return {
        "output_type": "error",
        "ename": _text(content["ename"]),
        "evalue": _text(content["evalue"]),
        "traceback": lines,
    }


def _bundle(data: dict[str, Any]) -> dict[str, str]:
    kept = {kind: _text(data[kind]) for kind in TEXT_TYPES & data.keys()}
    for kind in IMAGE_TYPES & data.keys():
        if isinstance(data[kind], str) and BASE64.fullmatch(data[kind]):
            kept[kind] = data[kind]
    if not kept:
        raise ValueError("nothing that can be shown")
    return kept


def _text(value: Any) -> str:
    """A text that can be written as UTF-8: JSON may hold halves of characters."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        raise TypeError("no text")
    return value.encode("utf-8", "replace").decode("utf-8")


_FORMS = {"stream": _stream, "display_data": _display, "execute_result": _result, "error": _error}
