"""The image of a case: grids of numbers as inline SVG, windows outlined, one cell marked.

Lines and text take the page's own colour, so that light and dark need no switch; what is expected and what
is yours differ by the kind of line, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from autograder.report.text import number, titled

CELL = 34
FONT = 12.5
MOST_ROWS = 12
# Blue and orange of the Okabe-Ito palette, in tones with a contrast above 3:1 on white and on black.
EXPECTED = "#2a85c7"
YOURS = "#d2691e"

Rows = Sequence[Sequence[float | str]]
Cells = Iterable[Sequence[int]]


def panels(case: Mapping[str, Any]) -> str:
    """All grids of a case side by side; they wrap where the page is narrow."""
    drawn = []
    for panel in case["inputs"]:
        marks: list[tuple[Cells, str, str]] = [(panel["expected"] or (), EXPECTED, "")]
        if outlines_differ(panel):
            marks.append((panel["yours"] or (), YOURS, "4 3"))
        drawn.append(_figure(panel["name"], grid(panel["rows"], marks)))
    expected, yours = case["expected"], case["yours"]
    for name, panel, colour, dash in (("expected", expected, EXPECTED, ""), ("yours", yours, YOURS, "4 3")):
        if panel and panel["shape"]:
            cell = [panel["cell"]] if panel["cell"] else []
            drawn.append(_figure(titled(case, name), grid(panel["rows"], [(cell, colour, dash)], thick=True)))
    gap = difference(expected, yours)
    if gap is not None:
        drawn.append(_figure("difference", grid(gap, [], shade=True)))
    if not drawn:
        return ""
    words = escape(description(case), quote=True)
    return f'<div class="ccv-panels" role="img" aria-label="{words}">{"".join(drawn)}</div>'


def outlines_differ(panel: Mapping[str, Any]) -> bool:
    """Whether a result depends on other cells of this input than it should."""
    return panel["yours"] is not None and panel["yours"] != panel["expected"]


def difference(
    expected: Mapping[str, Any] | None, yours: Mapping[str, Any] | None
) -> list[list[float | str]] | None:
    """Yours minus expected, where both have the same shape and there is more than one cell."""
    if not expected or not yours or expected["shape"] != yours["shape"]:
        return None
    if sum(map(len, expected["rows"])) < 2:
        return None
    return [
        [_gap(a, b) for a, b in zip(*rows, strict=True)]
        for rows in zip(expected["rows"], yours["rows"], strict=True)
    ]


def _gap(expected: float | str, yours: float | str) -> float | str:
    if isinstance(expected, str) or isinstance(yours, str):
        return 0.0 if expected == yours else "nan"
    return yours - expected


def description(case: Mapping[str, Any]) -> str:
    """The image in words."""
    told = [f"{panel['name']}: {_spoken(panel['rows'])}." for panel in case["inputs"]]
    for name in ("expected", "yours"):
        if case[name] and case[name]["shape"]:
            told.append(f"{titled(case, name)}: {_spoken(case[name]['rows'])}.")
    if case["expected_value"] is not None:
        place = f"At {case['cell_words']}: " if case["cell_words"] else ""
        told.append(f"{place}expected {number(case['expected_value'])}")
        told[-1] += f", yours {number(case['yours_value'])}." if case["yours_value"] is not None else "."
    return " ".join(told)


def _spoken(rows: Rows) -> str:
    if not rows:
        return "empty"
    if len(rows) > MOST_ROWS or len(rows[0]) > MOST_ROWS:
        return f"{len(rows)} rows of {len(rows[0])} numbers"
    return "; ".join(" ".join(number(value) for value in row) for row in rows)


def _figure(name: str, drawn: str) -> str:
    return f'<span class="ccv-panel"><span class="ccv-name">{escape(name)}</span>{drawn}</span>'


def grid(
    rows: Rows, marks: Iterable[tuple[Cells, str, str]], thick: bool = False, shade: bool = False
) -> str:
    """A grid of numbers as SVG.

    Args:
        rows: the numbers; nan and the infinities are words.
        marks: cells to outline, each with a colour and a dash pattern.
        thick: whether the outline is a heavy one.
        shade: whether cells that are not 0 are filled.
    """
    if not rows or not rows[0]:
        return '<span class="ccv-empty">(empty)</span>'
    height, width = len(rows), len(rows[0])
    if height > MOST_ROWS or width > MOST_ROWS:
        return f'<span class="ccv-empty">{height}×{width}, too large to draw</span>'
    longest = max(len(number(value)) for row in rows for value in row)
    cell = max(CELL, int(longest * FONT * 0.62) + 10)
    parts = []
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            x, y = j * cell, i * CELL
            off = shade and (isinstance(value, str) or abs(value) > 1e-9)
            fill = f'fill="{YOURS}" fill-opacity="0.22"' if off else 'fill="none"'
            parts.append(
                f'<rect x="{x}" y="{y}" width="{cell}" height="{CELL}" {fill} '
                'stroke="currentColor" stroke-opacity="0.35"/>'
            )
            weight = ' font-weight="bold"' if off else ""
            parts.append(
                f'<text x="{x + cell / 2:g}" y="{y + CELL / 2 + FONT * 0.36:g}" font-size="{FONT}" '
                f'text-anchor="middle" fill="currentColor"{weight}>{escape(number(value))}</text>'
            )
    for order, (cells, colour, dash) in enumerate(marks):
        inset = (1.5 if thick else 2.0) + 3.0 * order
        parts.append(_outline(list(cells), cell, colour, dash, inset, 3 if thick else 2.4))
    size = f'width="{width * cell + 2}" height="{height * CELL + 2}"'
    box = f'viewBox="-1 -1 {width * cell + 2} {height * CELL + 2}"'
    return f'<svg {size} {box} aria-hidden="true" focusable="false">{"".join(parts)}</svg>'


def _outline(
    cells: Sequence[Sequence[int]], cell: int, colour: str, dash: str, inset: float, weight: float
) -> str:
    """One rectangle round cells that fill one; else one round each."""
    if not cells:
        return ""
    rows, columns = [c[0] for c in cells], [c[1] for c in cells]
    box = (min(rows), min(columns), max(rows), max(columns))
    full = (box[2] - box[0] + 1) * (box[3] - box[1] + 1) == len(set(map(tuple, cells)))
    boxes = [box] if full else [(r, c, r, c) for r, c in cells]
    pattern = f' stroke-dasharray="{dash}"' if dash else ""
    drawn = []
    for top, left, bottom, right in boxes:
        width, height = (right - left + 1) * cell - 2 * inset, (bottom - top + 1) * CELL - 2 * inset
        drawn.append(
            f'<rect x="{left * cell + inset:g}" y="{top * CELL + inset:g}" width="{width:g}" '
            f'height="{height:g}" rx="3" fill="none" stroke="{colour}" stroke-width="{weight}"{pattern}/>'
        )
    return "".join(drawn)
