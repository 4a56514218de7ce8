"""A verdict as a self-contained piece of HTML: no scripts, nothing to load, light and dark alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from autograder.report.picture import outlines_differ, panels
from autograder.report.text import case_words, headline, listed, unfolded, value_words, where

STYLE = """
.ccv{max-width:60rem;line-height:1.45;border-left:4px solid;padding:.1rem 0 .1rem .9rem;margin:.4rem 0}
.ccv p{margin:.45rem 0}
.ccv code{font-size:.92em;padding:0 .2em;background:rgba(128,128,128,.16);white-space:pre-wrap;
overflow-wrap:anywhere}
.ccv ul{margin:.2rem 0 .4rem;padding-left:1.2rem}
.ccv summary{cursor:pointer}
.ccv-panels{display:flex;flex-wrap:wrap;gap:.6rem 1.3rem;align-items:flex-start;margin:.6rem 0}
.ccv-panel{display:inline-flex;flex-direction:column;max-width:100%;overflow-x:auto}
.ccv-panel svg{display:block;font-family:inherit;font-variant-numeric:tabular-nums}
.ccv-name{font-size:.85em;opacity:.85;padding-bottom:.15rem}
.ccv-empty{font-style:italic;opacity:.85}
.ccv-operands{border-collapse:collapse;margin:.45rem 0;max-width:100%}
.ccv-operands caption,.ccv-operands th{text-align:left;font-weight:normal}
.ccv-operands th{padding:.1rem .9rem .1rem 1.2rem}
.ccv-operands td{font-variant-numeric:tabular-nums;text-align:left}
.ccv-sums{font-variant-numeric:tabular-nums}
"""
_EDGE = {"passed": "#2e8b57", "failed": "#d2691e", "unanswered": "#808080"}


def html(verdict: Mapping[str, Any]) -> str:
    """The verdict as a fragment.

    Args:
        verdict: `Verdict.to_json()`.
    """
    head = f"<p><strong>{escape(headline(verdict))}</strong> {marked_up(verdict['message'])}</p>"
    body = _failed(verdict) if verdict["status"] == "failed" else ""
    edge = _EDGE.get(verdict["status"], "#808080")
    label = escape(f"Verdict on {verdict['exercise']}", quote=True)
    return (
        f'<div class="ccv" role="group" aria-label="{label}" style="border-left-color:{edge}">'
        f"<style>{STYLE}</style>{head}{body}</div>"
    )


def marked_up(sentence: str) -> str:
    """Escape a sentence; what stands between backticks is code, between stars is stressed."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(sentence))
    return re.sub(r"(?<![\w*])\*(\w+)\*(?![\w*])", r"<em>\1</em>", text)


def _failed(verdict: Mapping[str, Any]) -> str:
    met = [line["name"] for line in verdict["requirements"] if line["passed"]]
    not_met = [line for line in verdict["requirements"] if not line["passed"]]
    lines = []
    if met:
        lines.append(f"Right already: {escape(listed(met))}")
    lines.append(f"Not yet: {escape(listed(line['name'] for line in not_met))}")
    parts = [_operands(verdict["expression"])] if verdict.get("expression") else []
    parts.append(f"<p>{'<br>'.join(lines)}</p>")
    if verdict["case"]:
        parts.append(_case(verdict["case"], verdict["message"]))
    told = (verdict["question"], where(verdict), *unfolded(verdict))
    parts += [f"<p>{marked_up(sentence)}</p>" for sentence in told if sentence]
    tried = "".join(
        f"<li>{escape(line['name'])}: {marked_up(line['message'])}</li>"
        for line in not_met
        if line["message"]
    )
    if tried:
        parts.append(f"<details><summary>What was tried</summary><ul>{tried}</ul></details>")
    return "".join(parts)


def _operands(expression: Mapping[str, Any]) -> str:
    """The failing expression, and below it each operand with its shape."""
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(one["text"])}</code></th><td>{escape(one["shape"])}</td></tr>'
        for one in expression["operands"]
    )
    caption = f"<caption><code>{escape(expression['text'])}</code></caption>"
    return f'<table class="ccv-operands">{caption}{rows}</table>'


def _case(case: Mapping[str, Any], message: str) -> str:
    told = case_words(case, message)
    then = f". {marked_up(told)}" if told else ""
    parts = [f"<p>Smallest case: <code>{escape(case['call'])}</code>{then}</p>", panels(case)]
    if any(outlines_differ(panel) for panel in case["inputs"]):
        parts.append("<p>Solid line: expected. Dashed line: yours.</p>")
    sums = []
    for name in ("expected", "yours"):
        if told := value_words(case, name):
            sums.append(f"{name} {escape(told)}")
    if sums:
        parts.append(f'<p class="ccv-sums">{"<br>".join(sums)}</p>')
    return "".join(parts)
