"""How fast the figures answer, in Chromium: aims are 4 ms a hover and 16 ms a full redraw, 95 of 100 times.

python tests/benchmarks/bench_figures.py
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path

from convlib import widgets

HISTORY = {"loss": [1 / (e + 1) for e in range(20)], "val_loss": [1.1 / (e + 1) for e in range(20)]}
LARGE = {
    "StrideBoard": {"width": 16, "height": 16, "kernel": 5, "stride": 1, "pad": 2},
    "ReceptiveFieldExplorer": {"layers": "resnet", "size": 64},
    "TrainingMonitor": {"history": HISTORY},
}
# What a redraw changes, there and back: a figure draws only what is different.
CHANGES = {
    "ChannelSummer": {"channels": 2, "untied": True},
    "ComputationGraph": {"w1": -1.0, "step": 12},
    "GradientScatter": {"mode": "max", "stride": 2},
    "Hyperplane": {"neurons": [[1, 0, 0.5], [0.5, -1, 1]], "view": "regions"},
    "KernelPainter": {"flip": True, "kernel": [[0, 1], [-1, 0.5]]},
    "LossSurface": {"batch": 1, "lr": 0.2},
    "ParameterBars": {"size": 64, "products": True},
    "PoolingPair": {"right": 1, "size": 3},
    "ReceptiveFieldExplorer": {"size": 20, "effective": True},
    "StrideBoard": {"stride": 2},
    "TrainingMonitor": {"step": 1},
}
# Milliseconds, sorted: of redraws, and of a pointer that moves over cells and chooses each.
# Before each the browser paints and tidies up, as it does between two moves of a slider or a mouse.
MEASURE = """async (change) => {
    const timed = (act) => { const begin = performance.now(); act(); return performance.now() - begin; };
    const ascending = (list) => list.sort((a, b) => a - b);
    const [setting] = Object.keys(change);
    const begun = { ...model.state };
    const redraws = [];
    for (let i = 0; i < 60; i += 1) {
        await new Promise(requestAnimationFrame);
        Object.assign(model.state, i % 2 ? begun : change);
        redraws.push(timed(() => model.tell(`change:${setting}`)));
    }
    const hovers = [];
    for (const board of document.querySelectorAll(".cv-board")) {
        const own = [...board.querySelectorAll(":scope > [data-r]")].map((cell) => {
            const { left, top, width, height } = cell.getBoundingClientRect();
            return [cell, left + width / 2, top + height / 2];
        });
        const cells = own.length ? own : (CELLS)(board).map(({ x, y }) => [board.firstChild, x, y]);
        for (const [cell, clientX, clientY] of cells.slice(0, 100)) {
            await new Promise(requestAnimationFrame);
            const move = { bubbles: true, pointerType: "mouse", clientX, clientY };
            hovers.push(timed(() => cell.dispatchEvent(new PointerEvent("pointermove", move))));
        }
    }
    return [ascending(redraws), ascending(hovers), document.querySelectorAll(".cv *").length];
}"""


def main() -> None:
    """Print the table."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from browser_tools import CELLS, FLAGS
    from figure_tools import page

    program = shutil.which("chromium") or shutil.which("google-chrome")
    head = f"{'figure':24} {'hover p50':>10} {'p95':>6} {'redraw p50':>11} {'p95':>6}"
    print(f"{head} {'nodes':>6} {'module kB':>10} {'gzip':>6}   (times in ms)")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for name in widgets.__all__:
            figure = getattr(widgets, name)(**LARGE.get(name, {}))
            path = Path(folder, f"{name}.html")
            path.write_text(page(figure), encoding="utf-8")
            tab = browser.new_page(viewport={"width": 900, "height": 800})
            tab.goto(path.as_uri())
            tab.wait_for_selector("html[data-ready]", state="attached")
            redraws, hovers, nodes = tab.evaluate(MEASURE.replace("CELLS", CELLS), CHANGES[name])
            code = (str(figure._esm) + str(figure._css)).encode()
            times = [times[int(len(times) * share)] for times in (hovers, redraws) for share in (0.5, 0.95)]
            print(
                f"{name:24} {times[0]:10.1f} {times[1]:6.1f} {times[2]:11.1f} {times[3]:6.1f}"
                f" {nodes:6} {len(code) / 1000:10.1f} {len(gzip.compress(code)) / 1000:6.1f}"
            )
            tab.close()
        browser.close()


if __name__ == "__main__":
    main()
