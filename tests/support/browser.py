"""For tests in a browser: a server, a guard against foreign requests, work done once for all workers."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PATIENCE = 30_000  # ms, for what should take one: other tests run beside

# What a browser in a container needs, and nothing that looks for updates.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """The browser of this machine, without a window."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(path for path in map(shutil.which, names) if path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


# Of a board that is a grid, which is drawn as one sheet: each cell's row, column and middle on the screen.
CELLS = """(board) => {
    const sheet = board.querySelector(".cv-sheet");
    const { left, top, width, height } = sheet.getBoundingClientRect();
    const [rows, columns, row0, column0] =
        ["rows", "columns", "row0", "column0"].map((name) => Number(sheet.dataset[name]));
    return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns])
        .map(([r, c]) => ({ r: r + row0, c: c + column0,
            x: left + width * (c + 0.5) / columns, y: top + height * (r + 0.5) / rows }));
}"""


class Cell:
    """One cell of such a board, for a mouse or a finger."""

    def __init__(self, page: Any, board: str, row: int, column: int) -> None:
        self.board = page.locator(f".cv-board[data-board={board}]").first
        self.row, self.column = row, column

    def middle(self) -> tuple[float, float]:
        """Scroll it into view; return where it is then."""
        self.board.locator(".cv-sheet").scroll_into_view_if_needed()
        cells = self.board.evaluate(CELLS)
        return next((o["x"], o["y"]) for o in cells if (o["r"], o["c"]) == (self.row, self.column))

    def hover(self) -> None:
        self._do("hover")

    def click(self) -> None:
        self._do("click")

    def tap(self) -> None:
        self._do("tap")

    def _do(self, what: str) -> None:
        x, y = self.middle()
        sheet = self.board.locator(".cv-sheet")
        box = sheet.bounding_box()
        getattr(sheet, what)(position={"x": x - box["x"], "y": y - box["y"]})


def axe_violations(page: Any, npm: Path) -> list[dict[str, Any]]:
    """What axe finds wrong with a page as it is shown now."""
    page.evaluate((npm / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return found


@contextlib.contextmanager
def once(folder: Path, name: str) -> Iterator[bool]:
    """Let one process at a time through; yield whether the work is still to be done."""
    done = folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    # HTTP/1.0 closes each connection: no thread is left waiting when the server stops.
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def watch(context: Any, page: Any, allowed: tuple[str, ...]) -> list[str]:
    """Abort every request that leaves the page's host; return the list that collects what went wrong."""
    trouble: list[str] = []

    def decide(route: Any) -> None:
        if route.request.url.startswith((*allowed, "data:", "blob:")):
            route.continue_()
        else:
            trouble.append(f"left the host: {route.request.url}")
            route.abort()

    context.route("**/*", decide)
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("response", lambda r: trouble.extend([f"{r.status}: {r.url}"] * (r.status >= 400)))
    return trouble


def run_cell(page: Any, number: int, start: Callable[[], object], seconds: float) -> None:
    """Run a cell of an open notebook; again where a kernel that has only just come up lost the request."""
    from playwright.sync_api import expect

    cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
    for _ in range(4):
        cell.locator(".cm-content").click()
        start()
        with contextlib.suppress(AssertionError):
            numbered = re.compile(r"\[\d+\]")
            expect(cell.locator(".jp-InputPrompt")).to_have_text(numbered, timeout=1000 * seconds)
            return
    raise AssertionError(f"cell {number} did not run")


def write_notebook(path: Path, sources: list[str]) -> None:
    """Write a notebook of code cells."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for i, source in enumerate(sources)
    ]
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
