"""A verdict for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 80
MOST_TRIED = 3  # a terminal has no fold: the first few say where to begin
_BOLD, _GREEN, _RED, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


def headline(verdict: Mapping[str, Any]) -> str:
    """The first words: "conv2d: 4 of 7."."""
    if verdict["status"] == "unanswered":
        return f"{verdict['exercise']}: not written yet."
    earned = verdict["score"] * verdict["points"]
    return f"{verdict['exercise']}: {round(earned, 2):g} of {verdict['points']:g}."


def unfolded(verdict: Mapping[str, Any]) -> list[str]:
    """The hints that this attempt may see: none on the first, then one more each time."""
    return list(verdict["hints"])[: max(0, verdict["attempt"] - 1)]


def where(verdict: Mapping[str, Any]) -> str:
    """The lines at fault, unless the message shows them; beside a named bug from the second attempt on."""
    if verdict["bugs"] and verdict["attempt"] < 2:
        return ""
    told = [
        f"line {line['number']}, `{line['text']}`"
        for line in verdict["lines"]
        if f"`{line['text']}`" not in verdict["message"]
    ]
    return f"Look at your {' and your '.join(told)}." if told else ""


def listed(names: Iterable[str]) -> str:
    """Names with dots between them; no line begins with a dot."""
    return "\u00a0· ".join(names)


def text(verdict: Mapping[str, Any], color: bool = False) -> str:
    """The verdict as paragraphs.

    Args:
        verdict: `Verdict.to_json()`.
        color: whether to mark up with ANSI colours; the words say everything without them.
    """
    lines = _printable([*_wrapped(f"{headline(verdict)} {verdict['message']}"), *_below(verdict)])
    if color:
        mark = {"passed": _GREEN, "failed": _RED}.get(verdict["status"], "")
        lines[0] = f"{_BOLD}{mark}{lines[0]}{_PLAIN}"
    return "\n".join(lines)


def _below(verdict: Mapping[str, Any]) -> list[str]:
    """What follows the first paragraph of a failed verdict."""
    if verdict["status"] != "failed":
        return []
    met = [line["name"] for line in verdict["requirements"] if line["passed"]]
    not_met = [line for line in verdict["requirements"] if not line["passed"]]
    lines = [""]
    if verdict.get("expression"):
        lines += [*_operands(verdict["expression"]), ""]
    if met:
        lines += _wrapped(f"Right already: {listed(met)}")
    lines += _wrapped(f"Not yet: {listed(line['name'] for line in not_met)}")
    if not verdict["bugs"]:
        for line in not_met[:MOST_TRIED]:
            if line["message"] not in ("", verdict["message"]):
                lines += _wrapped(f"{line['name']}: {line['message']}", "  - ", "    ")
    if verdict["case"]:
        lines += ["", *_case(verdict["case"], verdict["message"])]
    for sentence in filter(None, [verdict["question"], where(verdict), *unfolded(verdict)]):
        lines += ["", *_wrapped(sentence)]
    return lines


def _operands(expression: Mapping[str, Any]) -> list[str]:
    """The failing expression, and below it each operand with its shape."""
    operands = expression["operands"]
    width = max(len(one["text"]) for one in operands)
    return [f"  {expression['text']}", *(f"    {one['text']:{width}}  {one['shape']}" for one in operands)]


def _printable(lines: Iterable[str]) -> list[str]:
    """What a learner's exception says must not steer the terminal."""
    return [re.sub(r"[\x00-\x1f\x7f-\x9f]", "�", line) for line in lines]


def _wrapped(sentence: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(sentence, WIDTH, initial_indent=first, subsequent_indent=rest) or [""]


def case_words(case: Mapping[str, Any], message: str) -> str:
    """What the smallest case stops with, or what its marked cell looks at; nothing is said twice."""
    if case["raised"] and case["raised"] in message:
        return "The same happens there."
    return str(case["raised"] or case["sentence"])


def titled(case: Mapping[str, Any], label: str) -> str:
    """What a drawn result is called: of several results it says which, as in "expected dw"."""
    return f"{label} {case['result']}".rstrip()


def _case(case: Mapping[str, Any], message: str) -> list[str]:
    told = case_words(case, message)
    lines = _wrapped(f"Smallest case: {case['call']}. {told}".rstrip(" .") + ".")
    for panel in case["inputs"]:
        lines += ["", panel["name"], *_grid(panel, panel["expected"])]
    if case["raised"]:
        return lines
    lines += _beside(case)
    for name in ("expected", "yours"):
        told = value_words(case, name)
        lines += _wrapped(f"{name} {told}") if told else []
    return lines


def value_words(case: Mapping[str, Any], name: str) -> str:
    """The marked cell as a sum or a number, with as many digits as tell yours from the expected one."""
    if case[f"{name}_sum"] or case[f"{name}_value"] is None:
        return str(case[f"{name}_sum"])
    both = {case["expected_value"], case["yours_value"]} - {None}
    enough = (
        digits for digits in (4, 8, 12, 16) if len({number(value, digits) for value in both}) == len(both)
    )
    return number(case[f"{name}_value"], next(enough, 17))


def _beside(case: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for label in ("expected", "yours"):
        panel = case[label]
        if panel and (panel["shape"] or case["expected_value"] is None):
            title = titled(case, label)
            lines += ["", f"{title}, {case['cell_words']} marked" if case["cell_words"] else title]
            lines += _grid(panel, [panel["cell"]] if panel["cell"] else [])
    return [*lines, ""]


def _grid(panel: Mapping[str, Any], marked: Iterable[Iterable[int]] | None) -> list[str]:
    """Rows of numbers, marked cells in brackets."""
    cells = {tuple(cell) for cell in marked or ()}
    words = [
        [f"[{number(value)}]" if (i, j) in cells else f" {number(value)} " for j, value in enumerate(row)]
        for i, row in enumerate(panel["rows"])
    ]
    width = max((len(word) for row in words for word in row), default=0)
    return ["  " + "".join(word.rjust(width) for word in row) for row in words] or ["  (empty)"]


def number(value: float | str, digits: int = 4) -> str:
    """A number with so many significant digits; nan and the infinities are words in JSON."""
    told = value if isinstance(value, str) else f"{value:.{digits}g}"
    return told.replace("-", "−")
