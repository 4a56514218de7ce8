"""A class graded by `autograder grade`, and by stock nbgrader with an empty configuration: whole commands.

    python tests/benchmarks/bench_grading.py [--class N] [--stock N] [--flat]

Both grade the same notebooks of lesson 07 one after the other on the same machine. Stock nbgrader executes
the test cells where the student's code can reach them; ours runs each submission in a sandbox.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from autograder.grading.course import CONFIG, Course
from autograder.grading.doctor import sandbox_problem
from autograder.grading.release import release

ROOT = Path(__file__).resolve().parents[2]
LESSON = "07_channels_and_sharing"
BIN = Path(sys.executable).parent


def make_course(root: Path, size: int) -> Course:
    """A course with this lesson, released, and a class that solved it: no two notebooks alike."""
    root.mkdir()
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + "\nc.Grading.bundle = False\n")
    shutil.copytree(ROOT / "notebooks" / LESSON, root / "notebooks" / LESSON)
    course = Course.open(root)
    release(course, [LESSON])
    hand_in(course, size)
    return course


def hand_in(course: Course, size: int) -> None:
    """Have so many students hand in the solutions."""
    content = json.loads((course.folder("source", LESSON, f"{LESSON}.ipynb")).read_text())
    for number in range(size):
        for cell in content["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code":
                cell["source"] = ["".join(cell["source"]).split("\n# student")[0], f"\n# student {number}"]
        path = course.folder("submitted", f"s{number:03}", LESSON, f"{LESSON}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


def timed(command: list[str], cwd: Path) -> tuple[float, float, str]:
    """Run a command.

    Returns:
        Wall clock, processor time of it and its children, and what it printed.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def ours(course: Course, *more: str) -> tuple[float, float, list[dict[str, Any]]]:
    """`autograder grade`."""
    command = [sys.executable, "-m", "autograder.cli", "grade", "--json", *more]
    wall, cpu, printed = timed(command, course.root)
    return wall, cpu, json.loads(printed)


def stock(course: Course, root: Path, size: int) -> tuple[float, float]:
    """`nbgrader autograde` with nothing configured, on the first so many of the same submissions."""
    shutil.copytree(course.folder("source"), root / "source")
    (root / CONFIG).write_text("c = get_config()\n")
    timed([str(BIN / "nbgrader"), "generate_assignment", LESSON], root)
    for path in sorted(course.folder("submitted").iterdir())[:size]:
        shutil.copytree(path, root / "submitted" / path.name)
    wall, cpu, _ = timed([str(BIN / "nbgrader"), "autograde", LESSON], root)
    graded = len(list((root / "autograded").glob("*/*/*.ipynb")))
    if graded != size:
        raise SystemExit(f"stock nbgrader graded {graded} of {size}")
    return wall, cpu


def run(size: int = 40, stock_size: int = 10, flat: bool = False) -> dict[str, float]:
    """Measure, and print what was measured."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder, "ours"), size)
        unsafe = ("--unsafe-no-sandbox",) if sandbox_problem(course) else ()
        wall, cpu, rows = ours(course, *unsafe)
        assert all(row["score"] == row["points"] for row in rows)
        found |= {"ours_seconds": wall, "ours_per_submission": wall / size, "ours_cpu": cpu / size}
        each = f"{wall / size:.2f} s each ({cpu / size:.2f} s of CPU)"
        print(f"autograder grade, {size} submissions: {wall:.1f} s, {each}")
        for part in ("start", "cells", "judge", "report", "save"):
            middle = statistics.median(row["times"][part] for row in rows)
            found[f"median_{part}"] = middle
            print(f"    {part:<7} {1000 * middle:7.0f} ms (median of a submission, several running at once)")
        again, _, _ = ours(course, *unsafe)
        found["unchanged_seconds"] = again
        print(f"again, nothing changed: {again:.1f} s")
        plain = Path(folder, "stock")
        plain.mkdir()
        wall, cpu = stock(course, plain, stock_size)
        found |= {"stock_per_submission": wall / stock_size, "stock_cpu": cpu / stock_size}
        each = f"{wall / stock_size:.2f} s each ({cpu / stock_size:.2f} s of CPU)"
        print(f"nbgrader autograde, {stock_size} of them: {wall:.1f} s, {each}")
        found["ratio"] = found["stock_per_submission"] / found["ours_per_submission"]
        print(f"throughput: {found['ratio']:.1f} times nbgrader's")
        if flat:
            for number in (10, 200):
                shutil.rmtree(course.folder("submitted"))
                hand_in(course, number)
                wall, _, rows = ours(course, "--force", *unsafe)
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                found |= {f"per_submission_of_{number}": wall / number, f"peak_mb_of_{number}": peak}
                print(f"{number:4} submissions: {wall / number:.2f} s each; largest process {peak:.0f} MB")
    return found


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--class", dest="size", type=int, default=40, help="how many submissions")
    parser.add_argument("--stock", type=int, default=10, help="how many of them stock nbgrader grades too")
    parser.add_argument("--flat", action="store_true", help="also 10 and 200 submissions")
    options = parser.parse_args()
    run(options.size, options.stock, options.flat)


if __name__ == "__main__":
    main()
