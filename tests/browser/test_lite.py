"""Lessons in the reader's browser: JupyterLite with our wheel, no network at all.

Pyodide's core comes from npm and its pure packages from PyPI, laid out as its CDN has them. NumPy for Pyodide
is on neither, so what runs here is what needs no NumPy: plain Python, `import convlib`, the figures.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.browser import once, run_cell, serving, watch, write_notebook
from support.needs import needs

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".autograder"
CORE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
    "package.json",
)
# What the kernel itself imports; their requirements follow from Pyodide's lock file.
KERNEL_NEEDS = ("micropip", "ipython", "jedi", "traitlets", "typing-extensions", "packaging")
CELLS = [
    "import piplite\nawait piplite.install('anywidget')\nawait piplite.install('convcourse', deps=False)",
    "import sys\nprint('plain Python', sum(range(10)), sys.platform)",
    "import convlib\nfrom convlib.widgets import StrideBoard\nboard = StrideBoard(stride=1)\nboard",
    "board.stride = 3\nprint('set from Python')",
]


def pure_packages(lock: dict[str, Any]) -> list[str]:
    """Return the packages that the kernel needs, with what they need."""
    wanted: set[str] = set()
    to_do = list(KERNEL_NEEDS)
    while to_do:
        name = to_do.pop().replace("_", "-").lower()
        if name not in wanted and name in lock["packages"]:
            wanted.add(name)
            to_do += lock["packages"][name]["depends"]
    return sorted(n for n in wanted if lock["packages"][n]["file_name"].endswith("none-any.whl"))


@pytest.fixture(scope="session")
def pyodide(npm: Path) -> Path:
    """A folder that looks like Pyodide's CDN to a kernel that needs pure packages only."""
    home = CACHE / "vendor" / "pyodide"
    out = home / "pyodide"
    lock_file = npm / "pyodide" / "pyodide-lock.json"
    stamp = hashlib.sha256(lock_file.read_bytes()).hexdigest()
    mark = home / "done"
    if mark.is_file() and mark.read_text() == stamp:
        return home
    shutil.rmtree(home, ignore_errors=True)
    out.mkdir(parents=True)
    for name in CORE:
        shutil.copy(npm / "pyodide" / name, out / name)
    lock = json.loads(lock_file.read_text(encoding="utf-8"))
    names = pure_packages(lock)
    wanted = [f"{name}=={lock['packages'][name]['version']}" for name in names]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", "3.14", "--platform", "any", "-d", str(out), *wanted]
    subprocess.run(command, check=True, capture_output=True)
    for name in names:  # PyPI's files are not byte for byte those that Pyodide's CDN serves
        stem = f"{name.replace('-', '_')}-{lock['packages'][name]['version']}-"
        wheel = next(
            path
            for path in out.glob("*.whl")
            if path.name.lower().replace("-", "_").startswith(stem.replace("-", "_"))
        )
        lock["packages"][name] |= {
            "file_name": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        }
    (out / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    mark.write_text(stamp)
    return home


@pytest.fixture(scope="session")
def lite(pyodide: Path, shared_folder: Path) -> Path:
    """JupyterLite with a notebook that needs no NumPy, and Pyodide beside it."""
    needs("jupyterlite_pyodide_kernel")
    from autograder.site import lite as builder

    out, lessons = shared_folder / "offline", shared_folder / "offline-lessons"
    with once(shared_folder, "offline") as due, pytest.MonkeyPatch.context() as patch:
        if due:
            lessons.mkdir()
            write_notebook(lessons / "figure.ipynb", CELLS)
            patch.setenv("JUPYTERLITE_PYODIDE_URL", str(pyodide))
            builder.build(out, cache=CACHE, lessons=lessons, quiet=True)
    return out


def test_plain_python_and_figures_run_in_the_browser_without_a_network(lite: Path, chromium: Any) -> None:
    from playwright.sync_api import Error as PlaywrightError

    with serving(lite) as address:
        context = chromium.new_context(viewport={"width": 1300, "height": 1000})
        page = context.new_page()
        page.set_default_timeout(120_000)
        trouble = watch(context, page, (address,))
        page.goto(f"{address}/lab/index.html?path=figure.ipynb")
        page.wait_for_selector(".jp-Notebook .jp-Cell .cm-content")
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")

        def run(cell: int) -> None:
            run_cell(page, cell, lambda: page.keyboard.press("Control+Enter"), seconds=40)

        def until(condition: str, what: str) -> None:
            """Wait for it; else say what the cells say, which is why."""
            try:
                page.wait_for_function(condition)
            except PlaywrightError:
                pytest.fail(f"{what}; the cells say {page.locator('.jp-OutputArea').all_inner_texts()}")

        rows = "document.querySelector('.cv-board[data-board=output] > .cv-sheet')?.dataset.rows"
        for cell in range(3):
            run(cell)
        until("document.body.innerText.includes('plain Python 45 emscripten')", "plain Python did not run")
        until(f"{rows} === '5'", "the figure was not drawn")
        run(3)
        until(f"{rows} === '2'", "the figure did not hear of the change")
        context.close()
    assert [what for what in trouble if not what.startswith("404")] == []
