"""Every figure answers to mouse, touch and keyboard, on a page with nothing but the figure and no network."""

from __future__ import annotations

import itertools
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from convlib import widgets
from support.browser import CELLS, Cell
from support.figures import page as figure_page

HOST = "http://figures.test"
# Of one axis of the stride board: kernel, stride, pad, dilation, lowest and highest.
RANGES = (1, 3), (1, 3), (0, 2), (1, 2)
HISTORY = {
    "loss": [1.6, 1.1, 0.7, 0.5],
    "accuracy": [0.3, 0.55, 0.7, 0.82],
    "val_loss": [1.5, 1.2, 0.8, 0.9],
    "val_accuracy": [0.28, 0.5, 0.66, 0.64],
}
# Figure, settings to begin with, a change as Python would make it.
FIGURES = {
    "StrideBoard": ({}, {"stride": 3}),
    "TrainingMonitor": ({"history": HISTORY}, {"step": 1}),
    "ChannelSummer": ({}, {"channels": 2, "untied": True}),
    "ComputationGraph": ({}, {"w1": -1.0, "step": 12}),
    "GradientScatter": ({}, {"mode": "max", "stride": 2}),
    "Hyperplane": ({}, {"neurons": [[1, 0, 0.5], [0.5, -1, 1]], "view": "regions"}),
    "KernelPainter": ({}, {"flip": True, "kernel": [[0, 1], [-1, 0.5]]}),
    "LossSurface": ({}, {"batch": 1, "lr": 0.2}),
    "ParameterBars": ({}, {"size": 64, "products": True}),
    "PoolingPair": ({}, {"right": 1, "size": 3}),
    "ReceptiveFieldExplorer": ({}, {"size": 20, "effective": True}),
}
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 800}}
each_figure = pytest.mark.parametrize("name", FIGURES)

Mount = Callable[..., Any]


@pytest.fixture(scope="module")
def idle(chromium: Any) -> list[Any]:
    """Pages of the usual size that were left: on one of them a figure costs half of what a new one takes.

    A figure stores nothing, and its document is gone when the page is left.
    """
    return []


@pytest.fixture
def mount(chromium: Any, idle: list[Any]) -> Iterator[Mount]:
    """`mount("StrideBoard", width=9)` or `mount(widget)`: its page; errors and foreign requests fail."""
    pages, contexts, trouble = [], [], []
    listeners = {
        "pageerror": lambda error: trouble.append(f"error: {error}"),
        "console": lambda said: trouble.append(said.text) if said.type == "error" else None,
    }

    def go(
        figure: Any, *, theme: str = "light", hash: str = "", context: dict | None = None, **state: Any
    ) -> Any:
        widget = getattr(widgets, figure)(**FIGURES[figure][0] | state) if isinstance(figure, str) else figure

        def answer(route: Any) -> None:
            if route.request.url.startswith(HOST):
                route.fulfill(body=figure_page(widget, theme), content_type="text/html")
            else:
                trouble.append(f"left the host: {route.request.url}")
                route.abort()

        if context is None and idle:
            page = idle.pop()
        else:
            page = chromium.new_context(
                **{"viewport": {"width": 900, "height": 800}} | (context or {})
            ).new_page()
        (pages if context is None else contexts).append(page if context is None else page.context)
        page.set_default_timeout(30_000)
        page.route(lambda url: not url.startswith(("blob:", "data:")), answer)
        for event, listen in listeners.items():
            page.on(event, listen)
        page.goto(f"{HOST}/{hash}")
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield go
    for context in contexts:
        context.close()
    for page in pages:
        page.mouse.move(0, 0)
        page.goto("about:blank")
        page.unroute_all()
        for event, listen in listeners.items():
            page.remove_listener(event, listen)
        idle.append(page)
    assert trouble == []


def said(page: Any) -> str:
    return page.locator(".cv-live").inner_text()


def state(page: Any, name: str) -> Any:
    return page.evaluate("name => model.get(name)", name)


def marked(page: Any, board: str, kind: str = "window") -> set[tuple[int, int]]:
    """The cells that are marked, or drawn, as one kind."""
    found = page.evaluate(
        f"""([id, kind]) => {{
            const board = document.querySelector(`.cv-board[data-board=${{id}}]`);
            const isIn = (shape, {{ x, y }}) =>
                shape.isPointInFill(new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse()));
            const shapes = [...board.querySelectorAll(`.cv-cell.${{kind}}`)];
            return ({CELLS})(board).filter((cell) => shapes.some((shape) => isIn(shape, cell)))
                .map(({{ r, c }}) => [r, c]);
        }}""",
        [board, kind],
    )
    return set(map(tuple, found))


def size(page: Any, board: str) -> list[int]:
    """Rows and columns of a board."""
    sheet = page.locator(f".cv-board[data-board={board}] > .cv-sheet")
    return sheet.evaluate("({ dataset }) => [Number(dataset.rows), Number(dataset.columns)]")


def boards(page: Any) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.cv-board')].map((node) => node.dataset.board)")


def change(page: Any, settings: dict) -> None:
    """Change settings as Python does."""
    page.evaluate("settings => { for (const name in settings) model.set(name, settings[name]); }", settings)


@each_figure
def test_arrow_keys_walk_over_every_board_enter_pins_and_escape_releases(mount: Mount, name: str) -> None:
    page = mount(name)
    for board in boards(page):
        page.locator(f".cv-board[data-board={board}]").focus()
        heard = {said(page)}
        for key in ("ArrowRight", "ArrowDown", "End", "ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowUp", "Home"):
            page.keyboard.press(key)
            heard.add(said(page))
        own = page.locator(f".cv-board[data-board={board}] > [data-r]").count()
        assert len(heard) >= min(own or 3, 3), (board, heard)
        assert "" not in heard
        ring = page.locator(f".cv-board[data-board={board}] > .cv-ring")
        assert ring.evaluate("node => getComputedStyle(node).stroke") != "rgba(0, 0, 0, 0)"
    page.keyboard.press("Enter")
    assert state(page, "pinned").startswith(f"{board} ")
    assert "pinned" in said(page)
    page.keyboard.press("Escape")
    assert state(page, "pinned") == ""


@each_figure
def test_whatever_takes_the_focus_has_a_name_and_keeps_its_keys_from_jupyterlab(
    mount: Mount, name: str
) -> None:
    page = mount(name)
    picture = "document.querySelector('.cv-stage svg')"
    assert page.evaluate(f"{picture}.focus(), document.activeElement !== {picture}")
    focusable = "[...document.querySelectorAll('.cv :is(button, input, select, summary, [tabindex])')]"
    assert page.evaluate(f"{focusable}.length") > 3
    assert (
        page.evaluate(
            focusable
            + """.filter((node) => !node.hasAttribute("data-lm-suppress-shortcuts"))
                .map((node) => node.outerHTML)"""
        )
        == []
    )
    assert (
        page.evaluate(
            focusable
            + """.filter((node) => !node.getAttribute("aria-label") && !node.textContent.trim()
                && !node.closest("label")?.textContent.trim()).map((node) => node.outerHTML)"""
        )
        == []
    )


@each_figure
def test_on_a_phone_it_is_narrow_enough_a_tap_pins_and_both_themes_are_there(mount: Mount, name: str) -> None:
    page = mount(name, context=PHONE | {"reduced_motion": "reduce"})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    outside = page.evaluate(
        """[...document.querySelectorAll(".cv *")]
            .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
            .map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert outside == []
    brightness = """Math.max(
        ...getComputedStyle(document.querySelector(".cv")).backgroundColor.match(/\\d+/g).slice(0, 3))"""
    assert page.evaluate(brightness) > 200
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(brightness) < 60
    moving = page.evaluate(
        """[...document.querySelectorAll(".cv *")].filter((node) => {
            const style = getComputedStyle(node);
            return style.transitionDuration !== "0s" || style.animationName !== "none";
        }).length"""
    )
    assert moving == 0
    board = boards(page)[-1]
    own = page.locator(f".cv-board[data-board={board}] > [data-r]")
    if own.count():
        own.last.tap()
        where = own.last.evaluate("({ dataset }) => `${dataset.r} ${dataset.c}`")
    else:
        Cell(page, board, 0, 0).tap()
        where = "0 0"
    assert state(page, "pinned") == f"{board} {where}"


@each_figure
def test_a_link_reproduces_the_figure_and_reset_takes_it_back(mount: Mount, name: str) -> None:
    page = mount(name)
    before = page.evaluate("structuredClone(model.state)")
    change(page, FIGURES[name][1])
    page.locator(f".cv-board[data-board={boards(page)[-1]}]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.includes('pinned')")
    link = page.evaluate("location.hash")
    assert link.startswith(f"#{name}=")
    linked = mount(name, hash=link)
    assert page.evaluate("model.state") == linked.evaluate("model.state")
    assert said(page) == said(linked)
    for shown in (page, linked):
        shown.get_by_role("button", name="Reset").click()
        assert shown.evaluate("model.state") == before
        assert shown.evaluate("location.hash") == ""


@each_figure
def test_it_copies_as_svg_follows_python_survives_a_damaged_link_and_cleans_up(
    mount: Mount, name: str
) -> None:
    page = mount(name)
    page.evaluate(
        """Object.defineProperty(navigator, "clipboard",
            { value: { writeText: async (text) => (window.copied = text) } })"""
    )
    page.get_by_role("button", name="Copy as SVG").click()
    picture = page.evaluate("window.copied")
    tree = ET.fromstring(picture)
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in picture
    assert "class=" not in picture
    assert len({node.get("fill") for node in tree.iter() if node.get("fill")}) >= 3

    before = page.locator(".cv").inner_html()
    change(page, FIGURES[name][1])
    assert page.locator(".cv").inner_html() != before

    names = page.evaluate("Object.keys(model.state)")
    for rubbish in ("999999", "-5", "%7B%22a%22:1%7D", "%", "1x2x3", "<img src=x>", "null"):
        link = f"#{name}=" + ";".join(f"{setting}:{rubbish}" for setting in [*names, "constructor"])
        page.evaluate("link => { location.hash = link; dispatchEvent(new Event('hashchange')); }", link)
        assert page.locator(".cv-stage svg").count() == 1

    page.get_by_role("button", name="Reset").click()
    assert page.evaluate("location.hash") == ""
    page.evaluate("window.clean()")
    after = page.locator(".cv").inner_html()
    change(page, dict.fromkeys(names, 1))
    assert page.locator(".cv").inner_html() == after


@each_figure
def test_every_board_has_a_formula_with_numbers_for_the_cell_that_is_pointed_at(
    mount: Mount, name: str
) -> None:
    page = mount(name)
    for board in boards(page):
        page.locator(f".cv-board[data-board={board}]").focus()
        page.keyboard.press("Control+Home")
        formulas = set()
        for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight"):
            page.keyboard.press(key)
            formulas.add(page.locator(".cv-formula").inner_text())
        assert all(re.search(r"\d", formula) for formula in formulas), board
        only_one = page.locator(f".cv-board[data-board={board}] > [data-r]").count() == 1
        assert len(formulas) > 1 or (only_one and "" not in formulas), (board, formulas)


SEQUENCES = "StrideBoard", "KernelPainter", "PoolingPair", "ChannelSummer", "GradientScatter"
SEQUENCES += "ComputationGraph", "LossSurface", "TrainingMonitor"


@pytest.mark.parametrize("name", SEQUENCES)
def test_what_is_a_sequence_can_be_stepped_through_and_scrubbed(mount: Mount, name: str) -> None:
    page = mount(name)
    scrub = page.get_by_label("step", exact=True)
    scrub.fill("1")
    at_one = said(page)
    page.get_by_role("button", name="Step ›").click()
    assert state(page, "step") == 2
    assert said(page) != at_one
    page.get_by_role("button", name="‹ Back").click()
    assert said(page) == at_one


def drag_by_finger(page: Any, *places: tuple[float, float]) -> None:
    """Touch the first place, move over the others and let go, as a finger does."""
    finger = page.context.new_cdp_session(page)

    def send(kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in at]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", places[0])
    for (x0, y0), (x1, y1) in itertools.pairwise(places):
        for share in (0.25, 0.5, 0.75, 1):
            send("touchMove", (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    send("touchEnd")


def test_a_finger_paints_down_a_column_of_the_kernel_and_the_page_stays(mount: Mount) -> None:
    page = mount("KernelPainter", context=PHONE, kernel=[[0, 0], [0, 0], [0, 0]])
    page.locator(".cv-board[data-board=kernel]").scroll_into_view_if_needed()
    top, bottom = (Cell(page, "kernel", row, 1).middle() for row in (0, 2))
    before = page.evaluate("scrollY")
    drag_by_finger(page, top, bottom)
    assert state(page, "kernel") == [[0, 1], [0, 1], [0, 1]]
    assert page.evaluate("scrollY") == before


def test_a_finger_drags_the_line_and_the_arrow_of_a_neuron(mount: Mount) -> None:
    page = mount("Hyperplane", context=PHONE, neurons=[[0, 1, 0]])
    page.locator(".cv-board[data-board=plane]").scroll_into_view_if_needed()
    box = page.locator(".cv-board[data-board=plane] > .cv-sheet").bounding_box()
    unit = box["width"] / 33 * 4  # 33 cells from -4 to 4

    def at(x1: float, x2: float) -> tuple[float, float]:
        return box["x"] + box["width"] / 2 + x1 * unit, box["y"] + box["height"] / 2 - x2 * unit

    before = page.evaluate("scrollY")
    drag_by_finger(page, at(-2, 0), at(-2, 2))  # straight up, which elsewhere scrolls the page
    assert state(page, "neurons") == [[0, 1, -2]]
    drag_by_finger(page, at(0, 3), at(1, 3.5))
    ((w1, w2, b),) = state(page, "neurons")  # from the foot (0, 2) to where the finger left the tip
    assert (w1, w2, b) == (pytest.approx(1, abs=0.11), pytest.approx(1.5, abs=0.11), -2)
    assert page.evaluate("scrollY") == before


def test_a_finger_that_slides_over_a_board_shows_cell_after_cell(mount: Mount) -> None:
    page = mount("StrideBoard", context=PHONE)
    page.locator(".cv-board[data-board=output]").scroll_into_view_if_needed()
    page.evaluate(
        """() => { window.heard = []; const live = document.querySelector(".cv-live");
            new MutationObserver(() => heard.push(live.textContent)).observe(live, { childList: true }); }"""
    )
    drag_by_finger(page, *(Cell(page, "output", 1, column).middle() for column in range(3)))
    heard = page.evaluate("window.heard")
    for column in range(3):
        assert any(words.startswith(f"output row 1, column {column}") for words in heard)
    assert state(page, "pinned") == ""


def _contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours, #rrggbb each."""

    def light(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_outlines_stand_out_from_what_is_behind_them(theme: str) -> None:
    blocks = re.split(r"\n +color-scheme: ", str(widgets.StrideBoard()._css))
    light, dark, by_system = (
        dict(re.findall(r"--cv-([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks[:3]
    )
    assert dark == by_system  # what a page says and what the system says look the same
    colour = light if theme == "light" else dark
    for behind in ("surface", "raised", "cell", "pad", "zero", "low", "high"):
        assert _contrast(colour["ink"], colour[behind]) >= 4.5, behind
    for behind in ("window", "chosen", "third", "never"):
        assert _contrast(colour["ink"], colour[behind]) >= 4.5, behind
    for text in ("muted", "never-line"):
        for behind in ("surface", "raised", "cell", "pad"):
            assert _contrast(colour[text], colour[behind]) >= 4.5, (text, behind)
    assert _contrast(colour["on-ink"], colour["on"]) >= 4.5
    for outline in ("window-line", "chosen-line", "never-line", "third-line", "focus", "edge"):
        assert _contrast(colour[outline], colour["surface"]) >= 3, outline


def test_the_page_follows_jupyterlab_and_the_system_too(mount: Mount) -> None:
    dark = mount("StrideBoard", context={"color_scheme": "dark"})
    colour = "getComputedStyle(document.querySelector('.cv')).backgroundColor"
    light = dark.evaluate(colour)
    dark.evaluate("document.documentElement.removeAttribute('data-theme')")
    assert dark.evaluate(colour) != light
    dark.evaluate("document.body.setAttribute('data-jp-theme-light', 'true')")
    assert dark.evaluate(colour) == light
    dark.evaluate("document.body.setAttribute('data-jp-theme-light', 'false')")
    assert dark.evaluate(colour) != light


@each_figure
def test_every_slider_takes_its_bounds_from_python(mount: Mount, name: str) -> None:
    """Other bounds there, other bounds here, for each slider that moves a setting."""
    widget = getattr(widgets, name)(**FIGURES[name][0])
    for described in widget._settings.values():
        for bounds in (described, *described.get("columns", []), *described.get("numbers", {}).values()):
            if "min" in bounds:
                bounds |= {"min": bounds["min"] - 100, "max": bounds["max"] + 100}
        if described.get("stops"):
            described["stops"] *= 100
    page = mount(widget)
    inputs = page.locator(".cv-controls :is([type=range], [type=number])")
    shown = inputs.evaluate_all("nodes => nodes.map(({ min, max }) => [Number(min), Number(max)])")
    repeated = [bounds for bounds in shown if bounds[1] < 100]
    assert repeated == []
    assert len(shown) > 0 or name in ("KernelPainter", "TrainingMonitor")


# What a browser's translation does to a page: each text in an element of its own, copies for originals.
TRANSLATE = """(copies) => {
    const walk = document.createTreeWalker(document.querySelector(".cv"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walk.nextNode()) texts.push(walk.currentNode);
    for (const text of texts) {
        const font = document.createElement("font");
        font.textContent = text.data;
        text.replaceWith(font);
    }
    if (copies) for (const node of document.querySelectorAll(".cv-formula > *, .cv-code > *, .cv-legend > *"))
        node.replaceWith(node.cloneNode(true));
}"""
SAID = ".cv-formula", ".cv-note", ".cv-live", ".cv-code", ".cv-legend", ".cv-controls", ".cv-player"


@each_figure
def test_a_translated_page_shows_what_an_untranslated_one_does(mount: Mount, name: str) -> None:
    """Also where the translation puts copies for the originals."""
    plain, wrapped, copied = pages = mount(name), mount(name), mount(name)
    board = f".cv-board[data-board={boards(plain)[0]}]"
    first = {setting: plain.evaluate("model.state")[setting] for setting in FIGURES[name][1]}
    for settings in (FIGURES[name][1], first, FIGURES[name][1]):
        wrapped.evaluate(TRANSLATE, False)
        copied.evaluate(TRANSLATE, True)
        for page in pages:
            change(page, settings)
            page.locator(board).focus()
            for key in ("Control+Home", "ArrowRight", "ArrowDown"):
                page.keyboard.press(key)
        for part in SAID:
            words = [page.locator(part).evaluate("node => node.textContent").split() for page in pages]
            assert words == [words[0]] * 3, part
        texts = [page.locator(".cv-stage svg text").all_text_contents() for page in pages]
        assert texts == [texts[0]] * 3


def test_numbers_and_code_are_marked_as_not_to_be_translated_and_sentences_are_not(mount: Mount) -> None:
    page = mount(widgets.ReceptiveFieldExplorer())
    for part in (".cv-formula", ".cv-code", ".cv-stage svg", ".cv-said", ".cv-facts"):
        assert page.locator(part).first.get_attribute("translate") == "no"
    for part in (".cv-title", ".cv-hint", ".cv-live", ".cv-legend", ".cv-note"):
        assert page.locator(part).evaluate("node => node.translate")


@each_figure
def test_on_a_page_read_from_right_to_left_a_figure_looks_the_same(mount: Mount, name: str) -> None:
    """Formulas, labels and boards stay where they are, whatever the direction of the page."""
    where = """() => {
        const { left } = document.querySelector(".cv").getBoundingClientRect();
        const parts = ".cv :is(text, .cv-sheet, .cv-math, var, button, label, input, dt, li)";
        return [...document.querySelectorAll(parts)]
            .map((node) => [node.textContent, Math.round(node.getBoundingClientRect().left - left)]);
    }"""
    usual, reversed_page = mount(name), mount(name)
    reversed_page.evaluate("document.documentElement.dir = 'rtl'")
    for page in (usual, reversed_page):
        change(page, FIGURES[name][1])
    assert reversed_page.locator("body").evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert reversed_page.evaluate(where) == usual.evaluate(where)


# ---- The stride board ----


def test_pointing_at_an_output_shows_its_window(mount: Mount) -> None:
    page = mount("StrideBoard")
    Cell(page, "output", 2, 0).hover()
    assert said(page) == "output row 2, column 0: rows 4 to 6, columns 0 to 2 of the input"
    assert marked(page, "input") == {(r, c) for r in (4, 5, 6) for c in (0, 1, 2)}
    assert marked(page, "output", "chosen") == {(2, 0)}
    formula = page.locator(".cv-formula").inner_text()
    assert "2·2 − 0 = 4" in " ".join(formula.split())


def test_pointing_at_an_input_shows_every_output_that_reads_it(mount: Mount) -> None:
    page = mount("StrideBoard")
    Cell(page, "input", 2, 2).hover()
    assert marked(page, "output") == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert (
        said(page) == "input row 2, column 2: read by 4 outputs, rows 0 and 1, columns 0 and 1 of the output"
    )


def test_a_resting_mouse_does_not_choose_when_the_picture_is_drawn_anew(mount: Mount) -> None:
    page = mount("StrideBoard")
    Cell(page, "input", 6, 6).hover()
    page.locator("input[data-control=stride]").focus()
    page.evaluate("document.activeElement.blur()")
    Cell(page, "output", 1, 1).click()
    page.evaluate("model.set('width', 12)")
    page.wait_for_timeout(100)
    assert state(page, "pinned") == "output 1 1"
    assert said(page).startswith("output row 1, column 1")


def test_what_is_never_read_is_marked_and_said(mount: Mount) -> None:
    page = mount("StrideBoard", width=8)
    assert marked(page, "input", "never") == {(r, 7) for r in range(7)}
    assert (
        "Column 7 is never read: stride 2 does not fit, 1 is left over."
        in page.locator(".cv-note").inner_text()
    )
    assert "2.5" in page.locator(".cv-formula").inner_text()
    Cell(page, "input", 0, 7).hover()
    assert said(page) == "input row 0, column 7: no output reads it"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("PoolingPair", {"size": 3}),
        ("ParameterBars", {"size": 8, "kernel": 3}),
        ("StrideBoard", {"width": 8, "height": 8}),
    ],
)
def test_a_size_that_does_not_come_out_even_is_shown_rounded_down(
    mount: Mount, name: str, settings: dict
) -> None:
    page = mount(name, **settings, stride=2)
    assert "2.5 + 1 = 3" in " ".join(page.locator(".cv-formula").inner_text().split())
    assert page.locator(".cv-formula .cv-floor").count() == 3


@pytest.mark.parametrize("name", ["GradientScatter", "ParameterBars"])
def test_a_window_that_does_not_fit_is_explained_by_every_figure(mount: Mount, name: str) -> None:
    settings = {"size": 4, "kernel": 5} if name == "ParameterBars" else {"width": 2, "height": 2, "kernel": 3}
    page = mount(name, **settings)
    assert (
        page.locator(".cv-note").inner_text().startswith(("No output: the window is 3", "The window (5) is"))
    )
    assert said(page) == "The window does not fit into the input."
    formula = " ".join(page.locator(".cv-formula").inner_text().split())
    assert ("4 − 5" if name == "ParameterBars" else "2 − 3 + 2·0") in formula
    assert "+ 1 = none" in formula
    assert page.locator(".cv-code dd").count() == 0
    slider = page.locator("[data-control=kernel]")
    slider.fill("2")
    assert page.locator(".cv-note").inner_text() == ""
    assert page.locator(".cv-code dd").count() == 3


def test_a_window_larger_than_the_input_is_explained_not_hidden(mount: Mount) -> None:
    page = mount("StrideBoard", width=5, height=5, kernel=7)
    assert "the window spans 7 rows, the padded input has 5" in page.locator(".cv-note").inner_text()
    assert page.locator(".cv-frame.bad").count() == 1
    assert boards(page) == ["input"]


def test_same_and_valid_buttons(mount: Mount) -> None:
    page = mount("StrideBoard", width=8, height=8, stride=2)
    page.get_by_role("button", name="same").click()
    assert state(page, "pad") == "same"
    assert size(page, "output") == [4, 4]
    page.get_by_role("button", name="valid").click()
    assert state(page, "pad") == 0
    assert size(page, "output") == [3, 3]


def test_axes_apart_and_tied_again(mount: Mount) -> None:
    page = mount("StrideBoard")
    page.get_by_label("rows and columns apart").check()
    slider = page.locator("[data-control=kernel-columns]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert state(page, "kernel") == [3, 4]
    page.get_by_label("rows and columns apart").uncheck()
    assert state(page, "kernel") == 3


def test_the_transposed_board_spreads_an_input(mount: Mount) -> None:
    page = mount("StrideBoard", width=3, height=3, stride=2, pad=1, transposed=True)
    Cell(page, "input", 1, 1).hover()
    assert marked(page, "output") == {(r, c) for r in (1, 2, 3) for c in (1, 2, 3)}
    assert said(page) == "input row 1, column 1 is spread over rows 1 to 3, columns 1 to 3 of the output"


def test_the_player_steps_scrubs_plays_and_pauses(mount: Mount) -> None:
    page = mount("StrideBoard")
    page.get_by_role("button", name="Step ›").click()
    assert said(page).startswith("output row 0, column 1")
    page.get_by_role("button", name="‹ Back").click()
    page.get_by_role("button", name="‹ Back").click()
    assert said(page).startswith("output row 2, column 2")
    page.locator(".cv-player input").fill("3")
    assert said(page).startswith("output row 1, column 0")
    page.locator(".cv-player select").select_option("fast")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("model.get('step') >= 5")
    page.get_by_role("button", name="Pause").click()
    stopped = state(page, "step")
    page.wait_for_timeout(250)
    assert state(page, "step") == stopped
    page.get_by_role("button", name="Play").click()
    Cell(page, "output", 2, 2).click()
    page.wait_for_timeout(250)
    assert state(page, "pinned") == "output 2 2"


def test_the_same_kind_of_figure_twice_on_a_page_has_two_places_in_the_link(mount: Mount) -> None:
    page = mount("StrideBoard", hash="#a-section")
    page.evaluate(
        """async () => {
            const second = document.createElement("div");
            document.body.append(second);
            const other = Object.create(model, { state: { value: { ...model.state } } });
            figure.default.render({ model: other, el: second });
            other.set("stride", 1); model.set("stride", 3);
        }"""
    )
    page.locator("[data-control=width]").first.fill("9")
    page.locator("[data-control=width]").last.fill("5")
    page.wait_for_function("location.hash.includes('&StrideBoard2=')")
    assert page.evaluate("location.hash").startswith("#a-section&StrideBoard=")


def test_a_hover_is_answered_within_a_frame(mount: Mount) -> None:
    page = mount("StrideBoard", width=16, height=16, kernel=5, stride=1, pad=2)
    times = page.evaluate(
        f"""() => {{
            const board = document.querySelector(".cv-board[data-board=output]");
            return ({CELLS})(board).map(({{ x, y }}) => {{
                const at = {{ bubbles: true, pointerType: "mouse", clientX: x, clientY: y }};
                const begin = performance.now();
                board.firstChild.dispatchEvent(new PointerEvent("pointermove", at));
                return performance.now() - begin;
            }}).sort((a, b) => a - b);
        }}"""
    )
    # The aim is 4 ms at the 95th percentile on a quiet machine (see the bench); here only a blunder may fail.
    assert times[len(times) // 2] < 16


# ---- The receptive-field explorer ----


def test_a_cell_of_a_layer_shows_both_ways(mount: Mount) -> None:
    page = mount(widgets.ReceptiveFieldExplorer("lenet"))
    board = page.locator(".cv-board[data-board=l2] > .cv-sheet")
    size = board.bounding_box()["width"] / 14
    board.hover(position={"x": 3.5 * size, "y": 1.5 * size})
    assert said(page) == (
        "layer 2 (pool) row 1, column 3: sees rows 2 to 7, columns 6 to 11 of the input; "
        "reaches row 0, column 0 of layer 5"
    )


def test_layers_are_edited_in_place_and_a_window_that_does_not_fit_is_explained(mount: Mount) -> None:
    page = mount(widgets.ReceptiveFieldExplorer([{"kernel": 3}], size=5))
    page.get_by_role("button", name="+ pool").click()
    page.get_by_label("layer 2, window").fill("4")
    assert page.evaluate("model.get('layers')[1].kernel") == 4
    assert "Layer 2 does not fit" in page.locator(".cv-note").inner_text()
    assert boards(page) == ["l0", "l1"]
    page.get_by_label("layer 2, remove").click()
    assert page.evaluate("model.get('layers').length") == 1


def test_the_effective_field_is_darkest_where_most_paths_meet(mount: Mount) -> None:
    page = mount(widgets.ReceptiveFieldExplorer([{"kernel": 3}, {"kernel": 3}], size=5, effective=True))
    amounts = page.evaluate(
        f"""() => {{
            const board = document.querySelector(".cv-board[data-board=l0]");
            const shades = [...board.querySelectorAll(".shade")];
            const at = (shape, {{ x, y }}) =>
                shape.isPointInFill(new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse()));
            return ({CELLS})(board).map((cell) =>
                shades.find((shape) => at(shape, cell)).style.getPropertyValue("--cv-amount"));
        }}"""
    )
    paths = [1, 2, 3, 2, 1]
    assert amounts == [f"{round(100 * a * b / 9)}%" for a in paths for b in paths]


# ---- The kernel painter and the gradient scatter: the learner's own function ----


def question(page: Any) -> dict:
    page.wait_for_function("model.sent.length > 0")
    return page.evaluate("model.sent.at(-1)")


def test_a_kernel_is_painted_by_mouse_and_by_keyboard(mount: Mount) -> None:
    page = mount("KernelPainter", kernel=[[0, 0], [0, 0]])
    Cell(page, "kernel", 0, 1).click()
    assert state(page, "kernel") == [[0, 1], [0, 0]]
    page.get_by_role("button", name="−2").click()
    board = page.locator(".cv-board[data-board=kernel]")
    board.focus()
    for key in ("Home", "ArrowUp", "Enter", "ArrowDown", "+"):
        page.keyboard.press(key)
    assert state(page, "kernel") == [[-2, 1], [0.5, 0]]
    assert said(page) == "kernel row 1, column 0: 0.5"


def test_the_painter_shows_the_map_of_the_learners_function_and_where_it_differs(mount: Mount) -> None:
    page = mount(widgets.KernelPainter(lambda x, k: x, image=[[1, 2, 3]], kernel=[[1, 0]]))
    asked = question(page)
    assert (asked["x"], asked["k"]) == ([[1, 2, 3]], [[1, 0]])
    page.evaluate("asked => model.tell('msg:custom', { ...asked, values: [[1, 5]] })", asked)
    page.wait_for_selector(".cv-note:not(:empty)")
    assert page.locator(".cv-note").inner_text().startswith("This is your function's map. 1 cell differs")
    assert marked(page, "map", "never") == {(0, 1)}


def test_the_painter_shows_the_learners_exception_and_goes_on(mount: Mount) -> None:
    page = mount(widgets.KernelPainter(lambda x, k: x))
    asked = question(page)
    error = "correlate2d stops with IndexError: index 9 is out of bounds (line 6: window = x[i])"
    page.evaluate("([asked, error]) => model.tell('msg:custom', { ...asked, error })", [asked, error])
    page.wait_for_selector(".cv-note:not(:empty)")
    assert error in page.locator(".cv-note").inner_text()
    assert size(page, "map") == [10, 10]


def test_without_a_kernel_the_painter_says_whose_map_it_is(mount: Mount) -> None:
    page = mount(widgets.KernelPainter(lambda x, k: x))
    page.wait_for_selector(".cv-note:not(:empty)", timeout=8000)
    assert "No Python is running" in page.locator(".cv-note").inner_text()


def test_the_scatter_compares_with_the_learners_backward_pass(mount: Mount) -> None:
    from convlib.reference import conv2d_backward
    from convlib.widgets._figure import answer

    def forgets_overlap(dout, x, w, stride=1, pad=0):
        dx, dw, db = conv2d_backward(dout, x, w, stride, pad)
        dx[0, 2, 2] += 1
        return dx, dw, db

    for function, words in ((conv2d_backward, "gives this dx"), (forgets_overlap, "differs in 1 cell")):
        page = mount(widgets.GradientScatter(function, pad=1, stride=2))
        asked = question(page)
        heard = answer(function, [asked["dout"], asked["x"], asked["w"]], {"stride": 2, "pad": 1})
        page.evaluate("told => model.tell('msg:custom', told)", asked | heard)
        page.wait_for_selector(".cv-note:not(:empty)")
        assert words in page.locator(".cv-note").inner_text()


def test_the_scatter_steps_through_the_outputs(mount: Mount) -> None:
    page = mount("GradientScatter", mode="max", kernel=2, stride=2, width=4, height=4, step=0)
    assert said(page) == "No output has sent its gradient back yet."
    page.get_by_role("button", name="Step ›").click()
    assert said(page).startswith("dout row 0, column 0")
    assert len(marked(page, "x", "third")) == 1


def test_every_cell_lights_up_what_convlibs_windows_read(mount: Mount) -> None:
    """Point at every cell of both sides, under many settings; the marks are compared with shapes.Axis."""
    from convlib.shapes import Axis, transposed_size

    draw = random.Random(16)
    page = mount("StrideBoard")
    point_at_all = f"""settings => {{
        for (const name in settings) model.set(name, settings[name]);
        const found = {{}};
        for (const board of document.querySelectorAll(".cv-board")) for (const cell of ({CELLS})(board)) {{
            const at = {{ bubbles: true, pointerType: "mouse", clientX: cell.x, clientY: cell.y }};
            board.firstChild.dispatchEvent(new PointerEvent("pointermove", at));
            const name = (board, {{ r, c }}) => `${{board.dataset.board}} ${{r}} ${{c}}`;
            const marks = [...document.querySelectorAll(".cv-board .cv-cell.window")];
            found[name(board, cell)] = marks.flatMap((mark) => mark.dataset.cells.split(",")
                .map((place) => `${{mark.closest(".cv-board").dataset.board}} ${{place}}`)).sort();
        }}
        return found;
    }}"""
    tried = 0
    while tried < 10:
        sizes = [draw.randint(2, 7), draw.randint(2, 7)]
        kernel, stride, pad, dilation = ([draw.randint(low, high) for _ in "rc"] for low, high in RANGES)
        transposed = tried % 2 == 1
        try:
            rows, columns = (
                Axis(transposed_size(n, k, s, p, d) if transposed else n, k, s, p, p, d)
                for n, k, s, p, d in zip(sizes, kernel, stride, pad, dilation, strict=True)
            )
        except ValueError:
            continue
        tried += 1
        wide, small = ("output", "input") if transposed else ("input", "output")
        expected: dict[str, list[str]] = {}
        for r, c in itertools.product(
            range(-rows.before, rows.n + rows.after), range(-pad[1], columns.n + pad[1])
        ):
            expected[f"{wide} {r} {c}"] = []
        for i, j in itertools.product(range(rows.out), range(columns.out)):
            seen = [
                f"{wide} {r - rows.before} {c - columns.before}"
                for r in range(*rows.window(i).indices(rows.padded))
                for c in range(*columns.window(j).indices(columns.padded))
            ]
            expected[f"{small} {i} {j}"] = sorted(seen)
            for name in seen:
                expected[name].append(f"{small} {i} {j}")
        settings = dict(zip(("height", "width"), sizes, strict=True)) | {"kernel": kernel, "stride": stride}
        settings |= {"pad": pad, "dilation": dilation, "transposed": transposed}
        shown = page.evaluate(point_at_all, settings)
        assert shown == {name: sorted(cells) for name, cells in expected.items()}, settings
