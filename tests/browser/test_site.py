"""The built pages in a browser that cannot leave the machine: every figure lives, everybody can read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from support.browser import PATIENCE, Cell, axe_violations, watch

Open = Callable[..., Any]
VIEW = "script[type='application/vnd.jupyter.widget-view+json']"
NARROW = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
pytestmark = pytest.mark.timeout(1_200)  # the first test builds the site, another visits every page
LESSON_WEIGHT = 1_500_000  # bytes before compression, all that a first visit to a lesson fetches


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    """Every page but JupyterLite's, which is an application of its own."""
    found = (str(page.relative_to(site)) for page in sorted(site.rglob("*.html")))
    return [page for page in found if not page.startswith(("lite/", "_static/"))]


@pytest.fixture(scope="session")
def lessons(pages: list[str]) -> list[str]:
    return [page for page in pages if re.match(r"\d\d_", page)]


def ready(page: Any) -> None:
    """Wait until the figures, if there are any, are drawn."""
    if page.locator(VIEW).count():
        page.wait_for_selector("html[data-figures=ready]", state="attached")


@dataclass
class Visit:
    """What one visit to a page found: loading and drawing it takes longest, so that is done once.

    Attributes:
        views: how many views of figures the page asks for.
        hosts, empty, failed: how many are there; without a figure; with an error in its place.
        serious: what axe finds, where it is serious.
        weights: a lesson's: of all that was fetched, the bytes by the address.
        inside, unfolded: a lesson's panel: where "In the browser" leads, what it says when unfolded.
        after: where a click on the link to the next page leads, from every lesson but the last.
    """

    views: int
    hosts: int
    empty: int
    failed: int
    serious: list[Any]
    weights: dict[str, int] = field(default_factory=dict)
    inside: str = ""
    unfolded: str = ""
    after: str = ""


def look(page: Any, npm: Path) -> Visit:
    """What is to be seen on a page that is open."""
    ready(page)
    found = [one for one in axe_violations(page, npm) if one["impact"] in ("serious", "critical")]
    return Visit(
        page.locator(VIEW).count(),
        page.locator(".figure-host").count(),
        page.locator(".figure-host:empty").count(),
        page.locator(".figure-error").count(),
        [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found],
    )


@pytest.fixture(scope="module")
def visits(chromium: Any, url: str, pages: list[str], lessons: list[str], npm: Path) -> dict[str, Visit]:
    """Every page, visited once in a window that has never seen it; from lesson to lesson by the link."""
    context = chromium.new_context(color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    trouble = watch(context, page, (url,))  # which also turns off the browser's cache
    fetched: list[Any] = []
    page.on("response", lambda response: fetched.append(response))
    made: dict[str, Visit] = {}
    for name in [*lessons, *(name for name in pages if name not in lessons)]:
        if page.url != f"{url}/{name}":
            fetched.clear()
            page.goto(f"{url}/{name}")
        page.wait_for_load_state("networkidle")
        made[name] = visit = look(page, npm)
        if name in lessons:
            visit.weights = {one.url: len(one.body()) for one in fetched if one.url.startswith("http")}
            panel = page.locator("nav.open-lesson")
            visit.inside = panel.locator("a", has_text="In the browser").get_attribute("href") or ""
            panel.locator("summary").click()
            visit.unfolded = panel.inner_text()
        if name in lessons[:-1]:
            fetched.clear()
            with page.expect_navigation():
                page.locator("a.right-next").click()
            visit.after = page.url
    context.close()
    assert trouble == []
    return made


def said(page: Any) -> str:
    return page.locator(".cv-live").first.inner_text()


class References(HTMLParser):
    """Collects where a page leads and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag == "a" and named.get("href"):
            self.links.append(named["href"] or "")
        elif tag in ("script", "img", "iframe", "source") and named.get("src"):
            self.loads.append(named["src"] or "")
        elif tag == "link" and named.get("rel") not in ("canonical", "next", "prev"):
            self.loads.append(named["href"] or "")


def test_no_link_of_a_page_is_dead_and_nothing_is_loaded_from_elsewhere(site: Path, pages: list[str]) -> None:
    dead, foreign = [], []
    for name in pages:
        page = site / name
        references = References(page.read_text(encoding="utf-8"))
        foreign += [(name, load) for load in references.loads if urlsplit(load).scheme in ("http", "https")]
        for link in (*references.links, *references.loads):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            if not (page.parent / unquote(parts.path)).exists():
                dead.append((name, link))
    assert foreign == []
    assert dead == []


def test_on_every_page_each_view_is_mounted_and_axe_finds_nothing_serious(
    visits: dict[str, Visit], open_page: Open, npm: Path, url: str
) -> None:
    """And nothing leaves the host, which `visits` and `open_page` see to."""
    dark = ["index.html", next(name for name in visits if name.startswith("06_"))]
    page = open_page("index.html", color_scheme="dark")
    seen = [(name, "light", visit) for name, visit in visits.items()]
    for name in dark:
        page.goto(f"{url}/{name}")
        seen.append((name, "dark", look(page, npm)))
    for name, _, visit in seen:
        assert visit.hosts == visit.views, name
        assert visit.empty == 0, name
        assert visit.failed == 0, name
    assert sum(visit.views for _, _, visit in seen) > 1
    assert [(name, scheme, visit.serious) for name, scheme, visit in seen if visit.serious] == []


def test_no_page_scrolls_sideways_on_a_telephone(open_page: Open, pages: list[str], url: str) -> None:
    page = open_page("index.html", **NARROW)
    wide = []
    for name in pages:
        page.goto(f"{url}/{name}")
        ready(page)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide.append((name, over))
    assert wide == []


def test_a_figure_answers_to_the_mouse_and_to_the_keyboard(open_page: Open) -> None:
    page = open_page("index.html")
    ready(page)
    Cell(page, "output", 1, 2).hover()
    assert said(page).startswith("output row 1, column 2: rows 1 to 3, columns 2 to 4")
    board = page.locator(".cv-board[data-board=output]").first
    board.focus()
    page.keyboard.press("Home")
    before = said(page)
    page.keyboard.press("ArrowDown")
    assert said(page) != before
    assert re.match(r"output row \d, column \d", said(page))


def test_a_figure_answers_to_a_finger(open_page: Open) -> None:
    page = open_page("index.html", **NARROW)
    ready(page)
    Cell(page, "output", 2, 1).tap()
    assert said(page).startswith("output row 2, column 1")


def test_pages_work_from_a_folder_with_figures_and_formulas(
    open_page: Open, site: Path, lessons: list[str]
) -> None:
    base = site.as_uri()
    lesson = next(name for name in lessons if name.startswith("06_"))
    for name in ("index.html", lesson):
        page = open_page(name, base=base)
        ready(page)
        assert page.locator(".figure-host svg").count() > 0
        Cell(page, "output", 0, 1).hover()
        assert said(page).startswith("output row 0, column 1")
    page.wait_for_selector("mjx-container mjx-assistive-mml", state="attached")
    # JupyterLite needs a server: the way there is not offered.
    assert page.locator(".served:visible").count() == 0


def test_a_solution_is_behind_a_fold_that_the_keyboard_opens(open_page: Open, lessons: list[str]) -> None:
    page = open_page(next(name for name in lessons if name.startswith("06_")))
    fold = page.locator(".cell details.solution").first
    assert "raise NotImplementedError" in page.locator(".cell:has(details.solution)").first.inner_text()
    assert not fold.locator("pre").is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.locator("pre").is_visible()
    assert "BEGIN SOLUTION" not in page.content()


def test_what_answers_a_prediction_waits_until_it_is_asked_for(open_page: Open, lessons: list[str]) -> None:
    name = next(name for name in lessons if name.startswith("02_"))
    page = open_page(name)
    fold = page.locator("details.outcome").first
    output = fold.locator(".cell_output, pre").first
    assert not output.is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert output.is_visible()
    fold.locator("summary").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert output.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not output.is_visible()
    plain = open_page(name, java_script_enabled=False)
    assert plain.locator("details.outcome .cell_output, details.outcome pre").first.is_visible()


def test_long_given_code_shows_what_it_does_and_then_itself(
    open_page: Open, site: Path, lessons: list[str]
) -> None:
    folded = (name for name in lessons if 'class="given' in (site / name).read_text(encoding="utf-8"))
    page = open_page(next(folded))
    fold = page.locator("details.given").first
    assert re.match(r"\d+ lines of code: \w", fold.locator("summary").inner_text())
    assert not fold.locator("pre").is_visible()
    fold.locator("summary").click()
    assert fold.locator("pre").is_visible()


def test_the_first_page_shows_a_verdict_with_its_image(open_page: Open) -> None:
    page = open_page("index.html")
    shown = page.locator(".cell_output", has_text="Your stride changes the size of the output").first
    assert "of 7." in shown.inner_text()
    assert shown.locator("svg").first.is_visible()


def test_a_lesson_opens_as_the_file_that_learners_start_from(
    visits: dict[str, Visit], site: Path, lessons: list[str]
) -> None:
    for name in lessons:
        folder = name.partition("/")[0]
        file = f"{folder}/{folder}.ipynb"
        assert visits[name].inside.endswith(f"lite/lab/index.html?path={file}")
        for copy in (site / "lite" / "files" / file, site / "files" / file):
            text = copy.read_text(encoding="utf-8")
            assert "BEGIN SOLUTION" not in text
            assert "NotImplementedError" in text or "check(" not in text
        assert f"autograder start {folder}" in visits[name].unfolded


def test_search_finds_a_lesson(open_page: Open) -> None:
    page = open_page("index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("stride")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=stride**")
    page.wait_for_selector("#search-results li a")
    hits = page.locator("#search-results li a").all_inner_texts()
    assert any("Stride" in hit for hit in hits), hits


def test_search_quotes_the_article_and_finds_no_model_answer(open_page: Open, lessons: list[str]) -> None:
    first = lessons[0]

    def found(word: str) -> dict[str, str]:
        page = open_page(f"search.html?q={word}")
        page.wait_for_function(
            "document.querySelector('.search-summary')?.textContent.includes('inished') || "
            "document.querySelector('.search-summary')?.textContent.includes('not match')"
        )
        page.wait_for_function(
            "[...document.querySelectorAll('#search-results li')].every(hit => hit.querySelector('p'))"
        )
        hits = page.locator("#search-results li").all()
        return {hit.locator("a").first.get_attribute("href") or "": hit.inner_text() for hit in hits}

    quoted = found("mirror")[first]
    assert "A mirror swaps left and right" in quoted
    assert "Open this lesson" not in quoted
    # The word stands in the first lesson's model answer and nowhere else in that lesson.
    assert first not in found("unchanged")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("receptive feild", "receptive field"),  # codespell:ignore
        ("Convolusion", "convolution"),
        ("kernal", "kernel"),  # codespell:ignore
        ("the gradeint", "the gradient"),
        ("backpropogation", "backpropagation"),
    ],
)
def test_a_misspelt_search_leads_to_what_was_meant_by_keyboard(
    open_page: Open, typed: str, meant: str
) -> None:
    page = open_page(f"search.html?q={typed}")
    status = page.get_by_role("status").filter(has_text="Did you mean")
    link = status.get_by_role("link", name=meant, exact=True)
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/search.html?q={meant.replace(' ', '%20')}")
    page.wait_for_selector("#search-results li a")


def test_a_search_for_what_is_like_no_word_suggests_none(open_page: Open) -> None:
    page = open_page("search.html?q=xqzzvw")
    status = page.locator(".search-summary")
    status.filter(has_text="did not match").wait_for()
    assert "Did you mean" not in status.inner_text()


def test_lessons_lead_on_to_each_other(visits: dict[str, Visit], lessons: list[str], url: str) -> None:
    for name, after in pairwise(lessons):
        assert visits[name].after == f"{url}/{after}"


def test_paper_gets_solutions_and_no_buttons(open_page: Open, lessons: list[str]) -> None:
    page = open_page(next(name for name in lessons if name.startswith("06_")))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".cell details.solution pre").first.is_visible()
    assert not page.locator("nav.open-lesson").is_visible()
    assert not page.locator("#pst-primary-sidebar").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator(".cell details.solution pre").first.is_visible()


def test_dark_mode_is_kept_from_page_to_page(open_page: Open, lessons: list[str], url: str) -> None:
    page = open_page("index.html", color_scheme="light")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "light"
    page.locator("button.theme-switch-button").click()
    page.locator("button.theme-change-button[data-mode=dark]").click()
    assert page.evaluate(theme) == "dark"
    page.goto(f"{url}/{lessons[0]}")
    assert page.evaluate(theme) == "dark"


def test_a_lesson_weighs_little(visits: dict[str, Visit], lessons: list[str]) -> None:
    for name in lessons:  # nothing came out of a cache
        assert any("course.css" in address for address in visits[name].weights), name
        assert any("course.js" in address for address in visits[name].weights), name
    weights = {name: sum(visits[name].weights.values()) for name in lessons}
    assert {name: weight for name, weight in weights.items() if weight > LESSON_WEIGHT} == {}
