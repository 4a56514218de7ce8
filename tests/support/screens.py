"""The screens of the guide for instructors, made of the sample class: `make demo`, then

    python -m tests.support.screens

The table of `autograder grade` is text. The pages are pictures of a narrow window, so that a phone can show
them, one for a light screen and one for a dark one; nbgrader's formgrader needs a wider one and knows no
dark. Beside them stands the text that they show. A test makes the texts again and compares.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from autograder.commands import demo
from autograder.commands.console import results
from autograder.course import gradebook
from autograder.course.course import Course
from autograder.grading import cache
from autograder.grading.batch import Row

from .browser import chromium
from .formgrader import formgrader, submissions

ROOT = Path(__file__).resolve().parents[2]
SCREENS = Path("data", "sample_class", "screens")
TABLE_OF, FEEDBACK_OF = "06_stride_padding_size", "07_channels_and_sharing"
SHOWN = ("ada", "ben", "dinesh", "femi", "hugo")  # students, in the table
COLUMNS = 90
NARROW, WIDE = {"width": 480, "height": 640}, {"width": 1000, "height": 640}
HEADER = 110  # px at the top of the formgrader's window, which its own header covers


@dataclass(frozen=True)
class Page:
    """A page of which there is a screen.

    Attributes:
        top: what is at the top of the window.
        formgrader: whether it is nbgrader's.
    """

    address: str
    top: str
    formgrader: bool = False

    @property
    def schemes(self) -> tuple[str, ...]:
        """The colours in which there is a picture."""
        return ("light",) if self.formgrader else ("light", "dark")


# Without the formgrader's header, which numbers submissions anew each time.
VISIBLE = """() => {
    const top = document.querySelector("#notebook-container") ?? document.body;
    const walk = document.createTreeWalker(top, NodeFilter.SHOW_TEXT), found = [];
    for (let node; (node = walk.nextNode()); ) {
        const range = document.createRange();
        range.selectNodeContents(node);
        const { top, bottom, width } = range.getBoundingClientRect();
        const words = node.data.split(/\\s+/).filter(Boolean).join(" ");
        if (words && width && bottom > 0 && top < innerHeight) found.push(words);
    }
    return found;
}"""


def table(root: Path) -> str:
    """The table of `autograder grade` for some of the demonstration's class."""
    course = Course.open(root / demo.FOLDER)
    marks = gradebook.marks(course)
    rows = [Row(**cache.rows(course, TABLE_OF)[student]) for student in SHOWN]
    for row in rows:
        mark = marks[row.id, TABLE_OF, TABLE_OF]
        row.total, row.most, row.ungraded_written = mark.total, mark.most, mark.waiting
    console = Console(file=io.StringIO(), width=COLUMNS, highlight=False, color_system=None)
    with console.capture() as printed:
        console.print(results(rows))
    return "\n".join(line.rstrip() for line in printed.get().splitlines()) + "\n"


@contextmanager
def pages(root: Path) -> Iterator[dict[str, Page]]:
    """The pages of the demonstration; the formgrader runs meanwhile."""
    folder = root / demo.FOLDER
    feedback = folder / "feedback" / "ben" / FEEDBACK_OF / f"{FEEDBACK_OF}.html"
    found = {
        "report": Page((folder / "report" / "index.html").as_uri(), "text=At a glance"),
        "help": Page((folder / "report" / "help.html").as_uri(), "h2"),
        "feedback": Page(feedback.as_uri(), "text=Your stride changes the size"),
    }
    with tempfile.TemporaryDirectory() as home, formgrader(folder, Path(home)) as server:
        verdict = submissions(server, FEEDBACK_OF)["ben"]
        written = submissions(server, TABLE_OF)["ada"]
        found["verdict"] = Page(verdict, ".nbgrader_cell:has(#test_conv2d)", formgrader=True)
        found["written"] = Page(written, "h2:has-text('In words')", formgrader=True)
        yield found


@contextmanager
def opened(browser: Any, page: Page, *, dark: bool = False) -> Iterator[Any]:
    """A page, in a window of its own."""
    context = browser.new_context(
        viewport=WIDE if page.formgrader else NARROW,
        device_scale_factor=1.5,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    # The formgrader asks a server far away for what draws formulas.
    context.route("**/*", lambda route: route.continue_() if _is_here(route.request.url) else route.abort())
    shown = context.new_page()
    try:
        shown.goto(page.address, wait_until="networkidle" if page.formgrader else "load")  # points come later
        above = HEADER if page.formgrader else 0
        top = shown.locator(page.top).first
        top.evaluate("(one, above) => { one.scrollIntoView(); scrollBy(0, -above); }", above)
        yield shown
    finally:
        context.close()


def _is_here(address: str) -> bool:
    return address.startswith(("file:", "data:", "http://127.0.0.1:"))


def words(browser: Any, page: Page) -> list[str]:
    """The text that a screen shows."""
    with opened(browser, page) as shown:
        return [str(text) for text in shown.evaluate(VISIBLE)]


def main() -> None:
    """Make them all."""
    from PIL import Image

    folder = ROOT / SCREENS
    folder.mkdir(exist_ok=True)
    (folder / "grade.txt").write_text(table(ROOT), encoding="utf-8")
    said = {}
    with chromium() as browser, pages(ROOT) as found:
        for name, page in found.items():
            said[name] = words(browser, page)
            for scheme in page.schemes:
                with opened(browser, page, dark=scheme == "dark") as shown:
                    image = Image.open(io.BytesIO(shown.screenshot()))
                image.save(folder / f"{name}_{scheme}.webp", quality=60, method=6)
    (folder / "words.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
