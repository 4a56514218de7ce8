"""A browser that cannot leave the machine, and the site it looks at, built once for a whole test run."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from needs import needs

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".autograder"
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
PATIENCE = 10_000  # ms, for what should take one


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that the workers of one run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "site"
    folder.mkdir(exist_ok=True)
    return folder


@contextlib.contextmanager
def once(folder: Path, name: str) -> Iterator[bool]:
    """Let one process at a time through; yield whether the work is still to be done."""
    done = folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


@pytest.fixture(scope="session")
def site(shared_folder: Path) -> Path:
    """The built pages."""
    needs("npm", "sphinx", "myst_nb", "sphinx_book_theme", "jupyterlite_pyodide_kernel")
    from autograder.site import build

    html = shared_folder / "html"
    with once(shared_folder, "pages") as due:
        if due:
            build(ROOT, out=html, quiet=True)
    return html


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    # HTTP/1.0 closes each connection: no thread is left waiting when the server stops.
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def url(site: Path) -> Iterator[str]:
    """The pages' address on this machine."""
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    needs("chromium", "playwright")
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(path for path in map(shutil.which, names) if path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


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
    page.on("response", lambda r: r.status >= 400 and trouble.append(f"{r.status}: {r.url}"))
    return trouble


@pytest.fixture
def open_page(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """`open_page("page.html", **context)`; a foreign request, an error or a missing file fails the test.

    With `base=` an address or folder other than the built site's.
    """
    opened = []

    def go(path: str = "", *, base: str | None = None, **options: Any) -> Any:
        base = base or request.getfixturevalue("url")
        context = chromium.new_context(**options)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        opened.append((context, watch(context, page, (base,))))
        page.goto(f"{base}/{path}")
        return page

    yield go
    for context, _ in opened:
        context.close()
    assert [what for _, trouble in opened for what in trouble] == []


@pytest.fixture(scope="session")
def npm() -> Path:
    """node_modules with what only tests use: axe-core, Pyodide."""
    needs("npm")
    from autograder.site.vendor import npm_packages

    return npm_packages(CACHE / "vendor", development=True)
