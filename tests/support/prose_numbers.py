"""Numbers in a lesson's prose, and where each comes from: an output, the code, or arithmetic beside it."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from autograder.notebook.solution_marks import is_solution, text_of

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBERS = re.compile(rf"(?<![\w.,#])(?:{_NUMBER})(?![\w]|,\d|\.\d)")
_NO_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`|<code>.*?</code>|<a\b[^>]*>|\]\([^)]*\)|\(https?:\S+"
    r"|^#+ [^\n]*$|\bSources?:.*?(?=</details>|$)",
    re.S | re.M,
)
_SIGNS = str.maketrans({"·": "*", "×": "*", "−": "-", "²": "^2", "³": "^3", "≈": "=", "\u00a0": " "})
_YEARS = range(1940, 2040)
_WAYS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}


def prose(notebook: dict[str, Any]) -> str:
    """What a reader reads of a lesson, without code, links, headings and sources."""
    texts = [text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return _NO_PROSE.sub(" ", "\n\n".join(texts))


def claims(text: str) -> Iterator[str]:
    """The numbers of a text that could be wrong unnoticed: decimals, per cent, three digits or more.

    A year is none (four digits without a comma), and neither is an angle.
    """
    for found in _NUMBERS.finditer(text):
        number = found[0]
        percent = re.match(r"\s?%", text[found.end() :])
        if text[found.end() :].startswith("°"):
            continue
        if number.isdigit() and len(number) == 4 and int(number) in _YEARS and not percent:
            continue
        if "." in number or "," in number or len(number) >= 3 or percent:
            yield number


def value(number: str) -> float:
    return float(number.replace(",", ""))


def agrees(number: str, other: float) -> bool:
    """Whether a number in prose is another one, rounded to its digits; a share may be in per cent."""
    digits = len(number.partition(".")[2])
    half = 0.5 * 10.0**-digits + 1e-9
    return any(abs(value(number) - abs(other) * scale) <= half * max(1, scale / 100) for scale in (1, 100))


def known(notebook: dict[str, Any]) -> list[float]:
    """Every number that the lesson's cells print, draw, or hold in their code."""
    texts = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and not is_solution(cell):
            texts += [text_of(cell).replace("_", ""), *_outputs(cell)]
    found = re.findall(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+", "\n".join(texts))
    return [float(number.replace(",", "")) for number in found]


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    for output in cell.get("outputs", []):
        yield "".join(output.get("text", ""))
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/") and isinstance(data, (str, list)):
                # Of a drawing, what it says; the coordinates in it would be any number.
                yield re.sub(r"<svg.*?</svg>|<style.*?</style>|<[^>]*>", " ", "".join(data), flags=re.S)


def worked_out(text: str) -> list[tuple[set[str], float]]:
    """Every right equation of a text: the numbers in it, and what both sides are.

    "2·14·14 = 392" is one; so is each half of "1.1² − 0.9² = 1.21 − 0.81 = 0.4".
    """
    found = []
    plain = text.translate(_SIGNS).replace(r"\cdot", "*").replace("^", "**")
    number = rf"(?:{_NUMBER})"
    side = rf"[-(]*\s*{number}[)]*(?:\s*(?:\*\*|[-+*/])\s*[-(]*{number}[)]*)*"
    for chain in re.finditer(rf"{side}(?:\s*=\s*{side})+", plain):
        sides = [_computed(part) for part in chain[0].split("=")]
        texts_of_sides = pairwise(chain[0].split("="))
        for (left, right), texts in zip(pairwise(sides), texts_of_sides, strict=True):
            if left is None or right is None:
                continue
            last = re.findall(number, texts[1])[-1]
            if agrees(last, left) or abs(left - right) <= 0.006 * max(1.0, abs(left)):
                found.append((set(re.findall(number, "=".join(texts))), left))
    return found


def _computed(expression: str) -> float | None:
    """What a sum of products is; None where the text is none."""
    text = expression.replace(",", "").strip()
    text = text[: len(text) - max(0, text.count(")") - text.count("("))]  # a bracket around the sentence
    try:
        return _of(
            ast.parse(text.lstrip("(") if text.count("(") > text.count(")") else text, mode="eval").body
        )
    except (SyntaxError, ZeroDivisionError, ValueError, OverflowError):
        return None


def _of(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _WAYS:
        return float(_WAYS[type(node.op)](_of(node.left), _of(node.right)))  # type: ignore[operator]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _WAYS:
        return float(_WAYS[type(node.op)](_of(node.operand)))  # type: ignore[operator]
    raise ValueError("no arithmetic")


def unsupported(notebook: dict[str, Any]) -> list[str]:
    """The numbers of a lesson's prose that nothing in the lesson gives.

    Args:
        notebook: executed, with its outputs.
    """
    text = prose(notebook)
    given = known(notebook)
    equations = worked_out(text)
    by_hand = set().union(*(numbers for numbers, _ in equations)) if equations else set()
    results = [result for _, result in equations]
    return sorted(
        {
            number
            for number in claims(text)
            if number not in by_hand and not any(agrees(number, one) for one in [*given, *results])
        },
        key=value,
    )
