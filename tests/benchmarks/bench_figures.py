"""How fast the figures answer, in Chromium: aims are 4 ms a hover and 16 ms a full redraw, 95 of 100 times.

    python -m tests.benchmarks.bench_figures [FIGURE ...]

Hover and redraw are how long the figure's own code keeps the page's thread busy, by the clock on the wall.
Frame is that thread's processor time for a redraw until it is on the screen: our code, style, layout, paint.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convlib import widgets

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
# What stands on the page is on the screen, as it is between two moves of a hand.
SHOWN = """
const shown = async () => {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
};
const set = (change, there) => {
    const [setting] = Object.keys(change);
    window.begun ??= { ...model.state };
    Object.assign(model.state, there ? change : begun);
    model.tell(`change:${setting}`);
};"""
# Milliseconds of redraws, of a pointer that moves over cells and chooses each, and how many nodes there are.
MEASURE = """async (change) => {
    SHOWN
    const timed = (act) => { const begin = performance.now(); act(); return performance.now() - begin; };
    const redraws = [];
    for (let i = 0; i < 60; i += 1) {
        await shown();
        await new Promise((resolve) => setTimeout(resolve, 50));
        redraws.push(timed(() => set(change, i % 2 === 0)));
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
    return [hovers, redraws, document.querySelectorAll(".cv *").length];
}"""
FRAME = """async ([change, there]) => {
    SHOWN
    if (there !== null) set(change, there);
    await shown();
}"""


def frames(tab: Page, change: dict[str, Any]) -> list[float]:
    """Milliseconds that the page's thread works for redraws, without what it costs to ask."""
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    def cost(there: bool | None) -> float:
        before = spent()
        tab.evaluate(FRAME.replace("SHOWN", SHOWN), [change, there])
        return spent() - before

    nothing = statistics.median(cost(None) for _ in range(20))
    return [cost(number % 2 == 0) - nothing for number in range(40)]


def main() -> None:
    """Print the table."""
    from tests.support.browser import CELLS, chromium
    from tests.support.figures import page

    times = f"{'hover p50':>10} {'p95':>6} {'redraw p50':>11} {'p95':>6} {'frame p50':>10} {'p95':>6}"
    print(f"{'figure':24} {times} {'nodes':>6} {'module kB':>10} {'gzip':>6}   (times in ms)")
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or widgets.__all__:
            figure = getattr(widgets, name)(**LARGE.get(name, {}))
            path = Path(folder, f"{name}.html")
            path.write_text(page(figure), encoding="utf-8")
            tab = browser.new_page(viewport={"width": 900, "height": 800})
            tab.goto(path.as_uri())
            tab.wait_for_selector("html[data-ready]", state="attached")
            measure = MEASURE.replace("SHOWN", SHOWN).replace("CELLS", CELLS)
            hovers, redraws, nodes = tab.evaluate(measure, CHANGES[name])
            code = (str(figure._esm) + str(figure._css)).encode()
            times = ""
            for found, width in ((hovers, 10), (redraws, 11), (frames(tab, CHANGES[name]), 10)):
                found.sort()
                times += f" {found[len(found) // 2]:{width}.1f} {found[int(len(found) * 0.95)]:6.1f}"
            print(
                f"{name:24}{times} {nodes:6} {len(code) / 1000:10.1f} {len(gzip.compress(code)) / 1000:6.1f}",
                flush=True,
            )
            tab.close()


if __name__ == "__main__":
    main()
