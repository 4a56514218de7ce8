"""A verdict as a self-contained piece of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from autograder.report.text import text


def html(verdict: Mapping[str, Any]) -> str:
    """The verdict as a fragment without scripts."""
    return f"<pre>{escape(text(verdict))}</pre>"
