"""What nbgrader's pages (feedback, formgrader) use of ours; named in nbgrader_config.py."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from autograder.adaptations import AttachmentsByName
from autograder.nbgrader_plugin.tex import mathml
from autograder.notebook.sanitize import IMAGE_TYPES, clean
from autograder.protocol import withholding

MOST_MARKDOWN = 20_000  # letters of one cell; its parser takes quadratic time, and a minute for a book
# Open, and in bold: the formgrader's style hides the triangle by which a fold is recognized.
FOLD = "<details open><summary><strong>Model answer and marking</strong></summary>\n\n{}\n\n</details>"
TEMPLATES = Path(__file__).with_name("templates")
# What Python says of an object that shows itself only in a browser.
OBJECT = re.compile(r"<(?:[\w.]+\.)?(\w+) object at 0x[0-9a-fA-F]+>")
ALT = re.compile(r"^# alt: *(.*(?:\n# ?(?!alt:).*)*)", re.MULTILINE)
PLACE = re.compile("\x02(\\d+)\x03")
SHOWN = re.compile(r'<img([^<>]*?) src="attachment:([^"]*)"([^<>]*)>')


class FeedbackPage(HTMLExporter):
    """A page of one file: no script, no address of anybody else's, as wide as it needs."""

    def __init__(self, config: Any = None, **options: Any) -> None:
        own = Config(config or {})
        own.FeedbackPage.template_name = "page"
        own.FeedbackPage.extra_template_basedirs = [str(TEMPLATES)]
        own.FeedbackPage.preprocessors = []  # the formgrader's, which show what is for the instructor
        super().__init__(own, **options)  # type: ignore[no-untyped-call]


class _Renderer(AttachmentsByName, IPythonRenderer):
    """Formulas are kept aside until the page is clean; an attachment stands by its name until then."""

    def __init__(self) -> None:
        super().__init__(escape=False, attachments={}, anchor_link_text="", exclude_anchor_links=True)
        self.formulas: list[str] = []

    def _kept(self, source: str, block: bool) -> str:
        formula = mathml(source, block)
        self.formulas.append(f'<span class="formula">{formula}</span>' if block else formula)
        return f"\x02{len(self.formulas) - 1}\x03"

    def block_math(self, body: str) -> str:
        """A formula on a line of its own."""
        return self._kept(body, block=True)

    def inline_math(self, body: str) -> str:
        """A formula in a line."""
        return self._kept(body, block=False)

    def latex_environment(self, name: str, body: str) -> str:
        """A formula that is an environment."""
        return self._kept(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)


@pass_context
def markdown(context: Any, source: str) -> str:
    """Markdown as nbconvert renders it, then cleaned: its own filter lets scripts through."""
    source = source.replace("\x02", "").replace("\x03", "")
    if len(source) > MOST_MARKDOWN:
        return f"<pre>{escape(source)}</pre>"
    renderer = _Renderer()
    cleaned = clean(MarkdownWithMath(renderer=renderer).render(source))
    attachments = context.get("cell", {}).get("attachments", {})
    shown = SHOWN.sub(lambda found: _picture(found, attachments), cleaned)
    return PLACE.sub(lambda found: renderer.formulas[int(found[1])], shown)


def _picture(found: re.Match[str], attachments: dict[str, dict[str, str]]) -> str:
    """An attached picture, or words where there is none: no page is lost for it."""
    name = unquote(found[2])
    for kind, data in attachments.get(name, {}).items():
        if kind in IMAGE_TYPES:
            return f'<img{found[1]} src="data:{kind};base64,{escape("".join(data))}"{found[3]}>'
    return f"<em>(The image {escape(name)} is not in the notebook.)</em>"


class Grades(NbGraderPreprocessor):  # type: ignore[misc]
    """Scores and comments from the gradebook, the penalty afresh; what nobody has read is no zero."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with what each cell earned."""
        from autograder.course.course import Course
        from autograder.course.gradebook import penalize

        about = resources["nbgrader"]
        where = about["notebook"], about["assignment"], about["student"]
        with Gradebook(about["db_url"]) as book:
            found = book.find_submission_notebook(*where)
            late = found.late_submission_penalty is not None or found.assignment.total_seconds_late > 0
        if late:
            course = Course.open(Path(self.parent.parent.coursedir.root))
            penalize(course, about["student"], about["assignment"], about["notebook"])
        with Gradebook(about["db_url"]) as book:
            found = book.find_submission_notebook(*where)
            grades = {grade.name: grade for grade in found.grades}
            comments = {comment.name: comment.comment for comment in found.comments}
            waiting = 0
            for cell in nb.cells:
                marks = cell.metadata.get("nbgrader", {})
                grade = grades.get(marks.get("grade_id"))
                if marks.get("solution") or marks.get("task"):
                    marks["comment"] = comments.get(marks["grade_id"])
                if grade is not None and (marks.get("grade") or marks.get("task")):
                    marks["score"], marks["points"] = grade.score, grade.max_score
                    marks["waiting"] = grade.manual_score is None and grade.auto_score is None
                    waiting += marks["waiting"]
            penalty = found.late_submission_penalty or 0.0
            about |= {"score": max(0.0, found.score - penalty), "max_score": found.max_score}
            about |= {"late_penalty": penalty, "waiting": waiting}
        return nb, resources


class ModelAnswers(Preprocessor):
    """In the formgrader, above each written answer, the lesson's own with its marking."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with a fold above each answer that somebody grades by hand."""
        if "submission_id" not in resources:  # nobody's formgrader
            return nb, resources
        answers = self._answers(str(resources["assignment_id"]), str(resources["notebook_id"]))
        cells = []
        for cell in nb.cells:
            marks = cell.metadata.get("nbgrader", {})
            answer = answers.get(str(marks.get("grade_id")))
            if answer and marks.get("grade") and marks.get("solution") and cell.cell_type == "markdown":
                fold = FOLD.format(answer.strip())
                cells.append(new_markdown_cell(fold))  # type: ignore[no-untyped-call]
            cells.append(cell)
        nb.cells = cells
        return nb, resources

    def _answers(self, lesson: str, stem: str) -> dict[str, str]:
        from autograder.course import assignment
        from autograder.course.course import Course

        # As nbgrader finds the course: where the configuration says, else where the server was started.
        course = Course.open(Path(self.config.CourseDirectory.get("root") or Path.cwd()))
        source = course.folder("source", lesson, f"{stem}.ipynb")
        return assignment.solutions(source) if source.is_file() else {}


class ForReading(NbGraderPreprocessor):  # type: ignore[misc]
    """What a student reads: the verdict, no number beside it; an error's last line, and no traceback."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it goes into the page."""
        for cell in nb.cells:
            if cell.cell_type == "code":
                graded = cell.metadata.get("nbgrader", {}).get("grade")
                cell.outputs = [
                    _in_words(_short(output), cell.source)
                    for output in cell.outputs
                    if not (graded and output.output_type == "execute_result") and not _is_withheld(output)
                ]
        style = (TEMPLATES / "page" / "page.css").read_text(encoding="utf-8")
        resources.setdefault("inlining", {}).setdefault("css", [])
        resources["inlining"]["css"] = [*resources["inlining"]["css"][:1], style, _dark_code()]
        return nb, resources


def _dark_code() -> str:
    """The colours of code on a dark screen; those on a light one are nbconvert's."""
    colours = HtmlFormatter(style="github-dark", nobackground=True).get_style_defs(".highlight")
    return f"@media screen and (prefers-color-scheme: dark) {{\n{colours}\n}}"


def _is_withheld(output: NotebookNode) -> bool:
    """Whether a cell of the lesson missed what is not there while it is graded: nothing of the student's."""
    return output.output_type == "error" and withholding.is_refusal(output.evalue)


def _short(output: NotebookNode) -> NotebookNode:
    """An output, an error without its traceback."""
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}" if output.evalue else output.ename]
    return output


def _in_words(output: NotebookNode, source: str) -> NotebookNode:
    """A figure that only a browser's script would draw, in the words that the lesson has for it."""
    text = "".join(output.get("data", {}).get("text/plain", ""))
    if OBJECT.search(text):
        said = " ".join(line.lstrip("# ") for found in ALT.findall(source) for line in found.splitlines())
        output.data["text/plain"] = OBJECT.sub(lambda found: said or f"(figure: {found[1]})", text)
    return output
