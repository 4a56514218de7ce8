"""What the pages do beyond Sphinx and MyST-NB: folded solutions, lists of lessons, buttons that open them."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from autograder.notebook.solution_marks import is_solution, solved, stub
from autograder.site import icons, styles
from autograder.site.figures import put_figures_into_files
from autograder.site.lessons import Lesson, lessons_in
from autograder.site.solutions import ANSWER, PREDICTED, alt_text, for_page, long_code, without_alt

_LOG = logging.getLogger(__name__)
OUTCOME = "Show the output, once you have predicted it"
_TEMPLATES = Path(__file__).parent / "templates"


class Fold(nodes.General, nodes.Element):  # type: ignore[misc]
    """A <details> with a summary.

    Its `kind` is its class, "solution" unless said; with `opened` it is open until a script closes it.
    """


def _visit_fold(writer: Any, node: Fold) -> None:
    kind, state = node.get("kind", "solution"), " open" if node.get("opened") else ""
    writer.body.append(f'<details class="{kind}"{state}><summary>{writer.encode(node["summary"])}</summary>')


def _depart_fold(writer: Any, node: Fold) -> None:
    writer.body.append("</details>")


def _lessons(app: Sphinx) -> list[Lesson]:
    return lessons_in(Path(app.srcdir))


class LessonList(SphinxDirective):
    """`{lessons}`: every lesson with its question and what is written in it, read from the notebooks."""

    def run(self) -> list[nodes.Node]:
        items = []
        for lesson in lessons_in(Path(self.env.srcdir)):
            self.env.note_dependency(str(lesson.path))
            depth = self.env.docname.count("/")
            what = f"{lesson.functions} function{'s' if lesson.functions != 1 else ''} to write"
            items.append(
                f'<li><a href="{"../" * depth}{lesson.docname}.html">{_escape(lesson.title)}</a>'
                f"<p>{_escape(lesson.teaser)}</p><small>{what}</small></li>"
            )
        return [nodes.raw("", f'<ol class="lessons" start="0">{"".join(items)}</ol>', format="html")]


class Start(SphinxDirective):
    """`{start}`: the ways into the first lesson."""

    def run(self) -> list[nodes.Node]:
        lessons = lessons_in(Path(self.env.srcdir))
        if not lessons:
            return []
        first = lessons[0].docname
        links = [f'<a href="{first}.html">Start with lesson {lessons[0].number}</a>']
        if self.config.course_lite:
            inside = f"lite/lab/index.html?path={quote(first)}.ipynb"
            links.append(f'<a class="served" href="{inside}">Write it in the browser</a>')
        return [nodes.raw("", f'<p class="ways">{" ".join(links)}</p>', format="html")]


class LessonRole(SphinxRole):
    """`` {lesson}`06` ``: a link to the lesson of that number, with its title as the tooltip."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        number = self.text.strip()
        lesson = next((x for x in lessons_in(Path(self.env.srcdir)) if x.number == number), None)
        if lesson is None:  # the course is read while it is being written
            return [nodes.Text(number)], []
        uri = "../" * self.env.docname.count("/") + lesson.docname + ".html"
        return [nodes.reference("", number, refuri=uri, reftitle=lesson.title, internal=True)], []


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fold_answers(app: Sphinx, docname: str, source: list[str]) -> None:
    """Fold the model answers in a notebook's Markdown before it is parsed."""
    if app.env.doc2path(docname).suffix == ".ipynb":
        source[0] = json.dumps(for_page(json.loads(source[0]), solutions=app.config.course_solutions))


def _show_code(app: Sphinx, document: nodes.document) -> None:
    """Show each solution cell as the learner finds it, and the solution behind a fold."""
    for cell in list(document.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code":
            continue
        for source in cell.findall(nodes.container):
            if source.get("nb_element") != "cell_code_source":
                continue
            block = next(source.findall(nodes.literal_block))
            written = block.astext()
            if alt_text(written):
                written = without_alt(written).lstrip("\n")
                shown = _code(block, written)
                block.replace_self(shown)
                block = shown
            if not is_solution({"metadata": cell["cell_metadata"]}):
                if "nbgrader" not in cell["cell_metadata"] and (says := long_code(written)):
                    block.replace_self(Fold("", _code(block, written), summary=says, kind="given"))
                continue
            asked = _code(block, stub(written))
            if not app.config.course_solutions:
                block.replace_self(asked)
                continue
            fold = Fold("", _code(block, solved(written)), summary="Show a solution")
            block.replace_self([asked, fold])


def _fold_outcomes(app: Sphinx, document: nodes.document) -> None:
    """Fold what a cell gives after a "Predict", so that the question is thought about first.

    Open in the page, for readers without scripts; the page's script closes it. A figure stays as it is: one
    that is not shown has no size to be drawn in.
    """
    for cell in document.findall(nodes.container):
        if cell.get("nb_element") != "cell_code" or not cell["cell_metadata"].get(PREDICTED):
            continue
        for output in [one for one in cell.children if one.get("nb_element") == "cell_code_output"]:
            types = {part.get("mime_type") for part in output.findall(nodes.container)}
            if "application/vnd.jupyter.widget-view+json" not in types:
                output.replace_self(Fold("", output.deepcopy(), summary=OUTCOME, kind="outcome", opened=True))


def _code(like: nodes.literal_block, text: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, language=like.get("language", "ipython3"), classes=like["classes"])


def _hide_answers_from_search(app: Sphinx, document: nodes.document) -> None:
    """Leave model answers and their marking out of the search: nobody who looks a word up asks for them."""
    for parent in document.findall(nodes.Element):
        inside = False
        for part in parent.children:
            if isinstance(part, nodes.raw):  # a class would put a division around the tag
                inside = f"class='{ANSWER}'" in part.astext() or (
                    inside and "</details>" not in part.astext()
                )
            elif inside and isinstance(part, nodes.Element):
                part["classes"].append("no-search")


_CHECK_NOTES = re.compile(r"check the notes", re.I)


def _mark_boxes(app: Sphinx, document: nodes.document) -> None:
    """Give the quotation that opens with "Check the notes" its box: in JupyterLab it is a plain quotation."""
    for quotation in document.findall(nodes.block_quote):
        if _CHECK_NOTES.match(quotation.astext().strip()):
            quotation["classes"].append("check-the-notes")


def _want_alt(app: Sphinx, document: nodes.document, docname: str) -> None:
    """A picture that a screen reader cannot name is a fault of the page.

    Looked for when MyST-NB has chosen among an output's forms: the others may be pictures without words.
    """
    for image in document.findall(nodes.image):
        if not image.get("alt"):
            _LOG.warning("picture without alt text: %s", image.get("uri", ""), location=image)


def _offer_lesson(app: Sphinx, document: nodes.document) -> None:
    """Put the ways to open a lesson under its title."""
    lesson = next((x for x in _lessons(app) if x.docname == app.env.docname), None)
    title = next(document.findall(nodes.title), None)
    if lesson is None or title is None:
        return
    title.parent.insert(title.parent.index(title) + 1, nodes.raw("", open_panel(app, lesson), format="html"))


def open_panel(app: Sphinx, lesson: Lesson) -> str:
    """Return the line of ways to open a lesson, each leading to the learner's version of that very file."""
    root = "../" * lesson.docname.count("/")
    ways = []
    if app.config.course_lite:
        link = f"{root}lite/lab/index.html?path={quote(lesson.docname)}.ipynb"
        ways.append(
            f'<a class="served" href="{link}" title="Fetches Python from cdn.jsdelivr.net">In the browser</a>'
        )
    if app.config.course_colab:
        ways.append(
            f'<a href="{app.config.course_colab.rstrip("/")}/{quote(lesson.docname)}.ipynb">Colab</a>'
        )
    file = f"{root}files/{quote(lesson.docname)}.ipynb"
    ways.append(
        "<details><summary>JupyterLab</summary><div><p>With the course installed:</p>"
        f'<pre tabindex="0">autograder start {lesson.folder}</pre>'
        f'<p>Or <a href="{file}" download>download the notebook</a>.</p></div></details>'
    )
    label = "Open this lesson"
    return f'<nav class="open-lesson" aria-label="{label}"><span>{label}:</span> {" ".join(ways)}</nav>'


def _plain_docstring(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Read docstrings as what they are: prose with formulas, `code`, and examples set in from a module's."""
    shown: list[str] = []
    for example, run in groupby(lines, key=lambda line: what == "module" and line.startswith(" ")):
        text = "\n".join(run)
        shown += ["", "::", "", *text.split("\n"), ""] if example else _prose(text).split("\n")
    lines[:] = shown


def _prose(text: str) -> str:
    """Escape what reStructuredText would take for markup, but for `code`, which becomes its literal."""
    parts = re.split(r"`{1,2}([^`]+)`{1,2}", text)
    parts[::2] = [re.sub(r"([*|\\`])", r"\\\1", prose) for prose in parts[::2]]
    parts[1::2] = [f"``{code}``" for code in parts[1::2]]
    return "".join(parts)


def _separate_figures(app: Sphinx, error: Exception | None) -> None:
    """Write the modules of the figures to files of their own."""
    if error is None and app.builder.format == "html":
        put_figures_into_files(Path(app.outdir))


def _drop_weight(app: Sphinx, error: Exception | None) -> None:
    """Leave out what no page uses of the theme: most icons, most rules, and the maps of its scripts."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    pages = [page.read_text(encoding="utf-8") for page in sorted(Path(app.outdir).glob("**/*.html"))]
    scripts = [
        path.read_text(encoding="utf-8") for path in (*static.glob("*.js"), *static.glob("scripts/*theme.js"))
    ]
    bootstrap = static / "scripts" / "bootstrap.js"
    used = set().union(
        *map(styles.class_names, pages), *map(styles.words, [*scripts, bootstrap.read_text("utf-8")])
    )
    names = set().union(
        *map(icons.names_in, pages), *(re.findall(r"\bfa-([a-z0-9-]+)", text) for text in scripts)
    )
    drawings = icons.drawings((static / "scripts" / "fontawesome.js").read_text(encoding="utf-8"))
    for path in (*static.glob("*.css"), *static.glob("styles/*.css")):
        path.write_text(styles.used_only(path.read_text(encoding="utf-8"), used), encoding="utf-8")
    (static / "icons.css").write_text(icons.stylesheet(names, drawings), encoding="utf-8")
    for useless in {*static.rglob("*.map"), *(static / "scripts").glob("fontawesome*")}:
        useless.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.add_config_value("course_solutions", True, "env", types=frozenset({bool}))
    app.add_config_value("course_lite", False, "env", types=frozenset({bool}))
    app.add_config_value("course_colab", "", "env", types=frozenset({str}))
    app.config.templates_path.insert(0, str(_TEMPLATES))
    app.add_node(Fold, html=(_visit_fold, _depart_fold))
    app.add_directive("lessons", LessonList)
    app.add_directive("start", Start)
    app.add_role("lesson", LessonRole())
    app.connect("source-read", _fold_answers)
    app.connect("doctree-read", _show_code)
    app.connect("doctree-read", _fold_outcomes)
    app.connect("doctree-read", _mark_boxes)
    app.connect("doctree-read", _hide_answers_from_search)
    app.connect("doctree-resolved", _want_alt)
    app.connect("doctree-read", _offer_lesson)
    app.connect("autodoc-process-docstring", _plain_docstring, priority=100)
    app.connect("build-finished", _separate_figures)
    app.connect("build-finished", _drop_weight)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
