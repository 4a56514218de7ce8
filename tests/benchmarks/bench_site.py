"""The site: how long it takes to build, what a page weighs, how soon and how fast its figures answer.

    python -m tests.benchmarks.bench_site [--html FOLDER]

Times in the browser are Chromium's, headless, on this machine; each first visit has an empty cache.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.browser import CELLS, chromium, serving

ROOT = Path(__file__).parents[2]
VISITS = 5
MEGABYTE = 1_000_000

# Times each handler of a pointer that visits every cell of a large board, then each redraw of a moved slider.
# Layout is forced within the time: what the browser has to do before it can paint belongs to it.
HANDLERS = """async () => {
  const figure = document.querySelector(".cv");
  const timed = (act) => {
    const start = performance.now();
    act();
    figure.getBoundingClientRect();
    return performance.now() - start;
  };
  const frame = () => new Promise(requestAnimationFrame);
  const slide = (label, value) => {
    const slider = [...figure.querySelectorAll("input[type=range]")].find(
      (each) => (each.getAttribute("aria-label") ?? each.labels[0]?.textContent ?? "").includes(label)
    );
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  };
  slide("width W", 16);
  slide("height H", 16);
  await frame();
  const hover = [];
  for (const board of figure.querySelectorAll(".cv-board")) {
    for (const { x, y } of (CELLS)(board)) {
      const at = { clientX: x, clientY: y, bubbles: true };
      hover.push(timed(() => board.firstChild.dispatchEvent(new PointerEvent("pointermove", at))));
    }
  }
  const redraw = [];
  for (let round = 0; round < 20; round += 1) {
    for (const value of [2, 3, 1]) {
      redraw.push(timed(() => slide("stride S", value)));
      await frame();
    }
  }
  return [hover, redraw];
}"""


def p95(values: list[float]) -> float:
    """Return the value that one in twenty exceeds."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def visit(browser: Any, address: str) -> tuple[Page, int, float]:
    """Open a page for the first time: the page, the bytes it fetched, milliseconds to its first figure."""
    page = browser.new_context().new_page()
    responses: list[Any] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address, wait_until="networkidle")
    if page.locator("script[type$='widget-view+json']").count():
        page.wait_for_selector("html[data-figures=ready]", state="attached")
    weight = sum(len(response.body()) for response in responses if response.url.startswith("http"))
    figure = page.evaluate("performance.getEntriesByName('figure')[0]?.startTime ?? NaN")
    return page, weight, figure


def build_times(out: Path) -> tuple[float, float]:
    """Return seconds for a first build, nothing executed yet, and for one where nothing has changed."""
    from autograder.site import build

    course = out / "course"
    ignored = shutil.ignore_patterns(".build", "__pycache__")
    for name in ("notebooks", "convlib", "autograder", "data"):
        shutil.copytree(ROOT / name, course / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, course / name)
    (course / ".autograder").mkdir()
    (course / ".autograder" / "vendor").symlink_to(ROOT / ".autograder" / "vendor")
    times = []
    for _ in range(2):
        start = time.perf_counter()
        build(course, quiet=True)
        times.append(time.perf_counter() - start)
    return times[0], times[1]


def main(arguments: list[str] | None = None) -> None:
    """Print one line a measurement: what, the number, the aim."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--html", type=Path, help="pages that are built already; build times are not measured"
    )
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        html = chosen.html
        if html is None:
            from autograder.site import build

            build(ROOT, quiet=True)  # what is downloaded is there, and not in the times
            first, again = build_times(Path(folder))
            html = Path(folder) / "course" / "notebooks" / ".build" / "html"
            print(f"site built, every lesson executed               {first:8.1f} s")
            print(f"site built again, nothing changed               {again:8.1f} s")
        measure_pages(html)


def measure_pages(html: Path) -> None:
    """Print what the pages weigh and how their figures answer."""
    names = sorted(p.name for p in html.iterdir() if p.is_dir() and re.match(r"\d\d_", p.name))
    with chromium() as browser, serving(html) as address:
        weights = {}
        for name in names:
            page, weights[name], _ = visit(browser, f"{address}/{name}/{name}.html")
            page.context.close()
        heaviest = max(weights, key=lambda name: weights[name])
        median = statistics.median(weights.values()) / MEGABYTE
        print(f"lesson page, uncompressed, median of {len(names):2}         {median:8.2f} MB   aim 1.50 MB")
        print(f"heaviest, {heaviest:38}{weights[heaviest] / MEGABYTE:8.2f} MB   aim 1.50 MB")
        shown = [visit(browser, f"{address}/index.html") for _ in range(VISITS)]
        first = statistics.median(figure for _, _, figure in shown) / 1000
        print(f"first figure drawn, landing page                {first:8.2f} s    aim 1.00 s")
        hover, redraw = shown[-1][0].evaluate(HANDLERS.replace("CELLS", CELLS))
        for what, times, aim in (("hover handler", hover, 4), ("redraw", redraw, 16)):
            label = f"{what} with layout, 16×16, median of {len(times)}"
            print(f"{label:48}{statistics.median(times):8.2f} ms")
            print(f"{'    p95':48}{p95(times):8.2f} ms   aim {aim} ms")


if __name__ == "__main__":
    main()
