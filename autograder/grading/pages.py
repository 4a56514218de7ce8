"""What nbgrader's pages (feedback, formgrader) use of ours; named in nbgrader_config.py."""

from __future__ import annotations

from html import escape
from typing import Any

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.grading.markup import clean

# How the sandbox says that a function of the course is not there.
WITHHELD = "is not here while this lesson is graded"
MOST_MARKDOWN = 20_000  # letters of one cell; its parser takes quadratic time, and a minute for a book
# nbgrader's page is a narrow column of small type inside two frames, and its folds have no mark.
STYLE = """
body { font-size: 16px; line-height: 1.5; }
div.container { width: auto; max-width: 60rem; }
div#notebook-container { box-shadow: none; padding: 0 0.5rem; }
div.prompt { display: none; }
div.output_area pre { white-space: pre-wrap; }
div.output_error pre { color: #842029; }
div.nbgrader_cell .panel-heading { height: auto; display: flow-root; }
div.text_cell_render table { display: block; overflow-x: auto; }
div.output_html { max-width: 100%; overflow-x: auto; }
summary { display: list-item; cursor: pointer; }
"""


@pass_context
def markdown(context: Any, source: str) -> str:
    """Markdown as nbconvert renders it, then cleaned: its own filter lets scripts through."""
    if len(source) > MOST_MARKDOWN:
        return f"<pre>{escape(source)}</pre>"
    cell = context.get("cell", {})
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}), anchor_link_text="")
    return clean(MarkdownWithMath(renderer=renderer).render(source))


class ForReading(NbGraderPreprocessor):  # type: ignore[misc]
    """What a student reads: the verdict, no number beside it; an error's last line, and no traceback."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it goes into the page."""
        for cell in nb.cells:
            if cell.cell_type == "code":
                graded = cell.metadata.get("nbgrader", {}).get("grade")
                cell.outputs = [
                    _short(output)
                    for output in cell.outputs
                    if not (graded and output.output_type == "execute_result") and not _is_withheld(output)
                ]
        resources.setdefault("inlining", {}).setdefault("css", []).append(STYLE)
        return nb, resources


def _is_withheld(output: NotebookNode) -> bool:
    """Whether a cell of the lesson missed what is not there while it is graded: nothing of the student's."""
    return output.output_type == "error" and WITHHELD in output.evalue


def _short(output: NotebookNode) -> NotebookNode:
    """An output, an error without its traceback."""
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}" if output.evalue else output.ename]
    return output
