"""A browser that cannot leave the machine, and the site it looks at, built once for a whole test run."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.browser import PATIENCE, once, serving, watch
from support.browser import chromium as launched
from support.needs import needs

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".autograder"


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that the workers of one run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "site"
    folder.mkdir(exist_ok=True)
    return folder


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


@pytest.fixture(scope="session")
def url(site: Path) -> Iterator[str]:
    """The pages' address on this machine."""
    with serving(site) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a file: while it is there, an event loop runs in this thread."""
    needs("chromium", "playwright")
    with launched() as browser:
        yield browser
    gc.collect()  # transports of that loop, whose destructors would complain in somebody else's test


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
