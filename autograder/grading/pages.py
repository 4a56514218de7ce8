"""What nbgrader's pages (feedback, formgrader) use of ours; named in nbgrader_config.py."""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.grading.markup import clean


@pass_context
def markdown(context: Any, source: str) -> str:
    """Markdown as nbconvert renders it, then cleaned: its own filter lets scripts through."""
    cell = context.get("cell", {})
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}), anchor_link_text="")
    return clean(MarkdownWithMath(renderer=renderer).render(source))
