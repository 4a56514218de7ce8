"""The screens of the guide for instructors, made of the sample class: `make demo`, then

    python -m tests.support.screens

The table of `autograder grade` is text. The pages are pictures of a narrow window, so that a phone can show
them, one for a light screen and one for a dark one; beside them stands the text that they show. A test makes
the texts again and compares.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
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

ROOT = Path(__file__).resolve().parents[2]
SCREENS = Path("data", "sample_class", "screens")
TABLE_OF, FEEDBACK_OF = "06_stride_padding_size", "07_channels_and_sharing"
SHOWN = ("ada", "ben", "dinesh", "femi", "hugo")  # students, in the table
COLUMNS = 90
WINDOW = {"width": 480, "height": 640}
# Each page in the demonstration's folder, and what is at the top of the window.
PAGES = {
    "report": ("report/index.html", "text=At a glance"),
    "help": ("report/help.html", "h2"),
    "feedback": (f"feedback/ben/{FEEDBACK_OF}/{FEEDBACK_OF}.html", "text=Your stride changes the size"),
}
VISIBLE = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
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
def opened(browser: Any, root: Path, name: str, *, dark: bool = False) -> Iterator[Any]:
    """A page of the demonstration in a narrow window."""
    path, top = PAGES[name]
    scheme = "dark" if dark else "light"
    context = browser.new_context(
        viewport=WINDOW, device_scale_factor=1.5, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    try:
        page.goto((root / demo.FOLDER / path).as_uri())
        page.locator(top).first.evaluate("one => one.scrollIntoView()")
        yield page
    finally:
        context.close()


def words(browser: Any, root: Path, name: str) -> list[str]:
    """The text that a screen shows."""
    with opened(browser, root, name) as page:
        return [str(text) for text in page.evaluate(VISIBLE)]


def main() -> None:
    """Make them all."""
    from PIL import Image

    folder = ROOT / SCREENS
    folder.mkdir(exist_ok=True)
    (folder / "grade.txt").write_text(table(ROOT), encoding="utf-8")
    with chromium() as one:
        said = {name: words(one, ROOT, name) for name in PAGES}
        for name in PAGES:
            for dark in (False, True):
                with opened(one, ROOT, name, dark=dark) as page:
                    image = Image.open(io.BytesIO(page.screenshot()))
                image.save(folder / f"{name}_{'dark' if dark else 'light'}.webp", quality=60, method=6)
    (folder / "words.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
