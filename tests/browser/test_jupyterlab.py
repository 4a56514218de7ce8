"""A figure in a real JupyterLab: Python sees what the page changes, the page shows what Python changes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.browser import Cell, run_cell, watch, write_notebook
from support.needs import needs

TOKEN = "of-this-test"
CELLS = [
    "from convlib.widgets import StrideBoard\nboard = StrideBoard(stride=1)\nboard",
    "print('Python sees', board.stride)",
    "board.stride = 3",
    "from convlib.widgets import KernelPainter\n"
    "def correlate2d(x, k):\n    return 0 * x[:10, :10] + 7\n"
    "painter = KernelPainter(correlate2d)\npainter",
    "from convlib import reference\nfrom convlib.widgets import GradientScatter\n"
    "def conv2d_backward(dout, x, w, stride, pad):\n    if stride == 1:\n        return dout[99]\n"
    "    return reference.conv2d_backward(dout, x, w, stride, pad)\n"
    "scatter = GradientScatter(conv2d_backward)\nscatter",
    "print('stride', scatter.stride, 'kernel', painter.kernel[0])\n"
    "scatter.pad = 1\npainter.kernel = [[1, 2]]",
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """JupyterLab's address; its settings, its kernels' and its notebook lie in the test's folder."""
    needs("jupyterlab", "ipykernel")
    home = tmp_path / "home"
    home.mkdir()
    write_notebook(home / "figure.ipynb", CELLS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = ("CONFIG_DIR", "RUNTIME_DIR", "LAB_SETTINGS_DIR", "LAB_WORKSPACES_DIR")
    own = {
        f"JUPYTER{'_' if not name.startswith('LAB') else ''}{name}": str(tmp_path / name) for name in folders
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", "--allow-root"]
    command += [f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None"]
    command += ["--expose-app-in-browser", f"--ServerApp.root_dir={home}"]
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log, cwd=home)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/api?token={TOKEN}", server)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(address: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail("JupyterLab did not start")


def test_figure_and_kernel_keep_each_other_up_to_date(lab: str, chromium: Any) -> None:
    from playwright.sync_api import expect

    context = chromium.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    # On a busy machine JupyterLab tells of a slow server in a dialog; a person would close it too.
    page.add_locator_handler(page.locator(".jp-Dialog"), lambda dialog: dialog.locator("button").last.click())
    trouble = watch(context, page, (lab, lab.replace("http:", "ws:")))
    page.goto(f"{lab}/lab/tree/figure.ipynb?token={TOKEN}&reset")

    def run(cell: int) -> None:
        # Not waited for: a request that the kernel lost is never answered.
        start = "() => { void jupyterapp.commands.execute('notebook:run-cell'); }"
        run_cell(page, cell, lambda: page.evaluate(start), seconds=15)

    page.wait_for_selector(".jp-Notebook .jp-Cell .cm-content")
    page.wait_for_function("window.jupyterapp && jupyterapp.commands.hasCommand('notebook:run-cell')")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")
    run(0)
    figure = page.locator(".cv").first
    figure.wait_for()

    def rows(of: Any, board: str, number: int) -> None:
        expect(of.locator(f".cv-board[data-board={board}] > .cv-sheet")).to_have_attribute(
            "data-rows", str(number)
        )

    rows(figure, "output", 5)

    # From the page to Python, with the keys that JupyterLab keeps for itself unless told.
    stride = figure.get_by_role("slider", name="stride S").first
    stride.focus()
    page.keyboard.press("ArrowRight")
    rows(figure, "output", 3)
    run(1)
    page.wait_for_selector("text=Python sees 2")

    # And back.
    run(2)
    rows(figure, "output", 2)
    Cell(figure, "output", 1, 1).hover()
    assert figure.locator(".cv-live").inner_text().startswith("output row 1, column 1")

    # The painter asks the learner's own function, and says where it differs.
    run(3)
    painter = page.locator(".cv[data-figure=KernelPainter]")
    painter.locator(".cv-note", has_text="This is your function's map. 100 cells differ").wait_for()
    Cell(painter, "map", 4, 4).hover()
    assert painter.locator(".cv-live").inner_text().startswith("your function's map, row 4, column 4: 7")
    Cell(painter, "kernel", 0, 1).click()

    # The scatter's learner fails with stride 1, which is told with the place, and is right with 2.
    run(4)
    scatter = page.locator(".cv[data-figure=GradientScatter]")
    told = (
        "Your function gave no gradient yet: conv2d_backward stops with IndexError: index 99 is out of bounds"
    )
    scatter.locator(".cv-note", has_text=told).wait_for()
    assert "(line 3: return dout[99])" in scatter.locator(".cv-note").inner_text()
    scatter.get_by_role("slider", name="stride S").focus()
    page.keyboard.press("ArrowRight")
    right = scatter.locator(".cv-note", has_text="Your conv2d_backward gives this dx.")
    right.wait_for()
    rows(scatter, "dout", 2)
    run(5)
    page.wait_for_selector("text=stride 2 kernel [1, 1, -1]")
    rows(scatter, "dout", 3)
    right.wait_for()
    rows(painter, "kernel", 1)
    painter.locator(".cv-note", has_text="Your map does not have the shape 12 × 11").wait_for()
    context.close()
    assert trouble == []
