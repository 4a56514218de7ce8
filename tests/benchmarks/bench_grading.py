"""A class graded by `autograder grade`, by nbgrader with an empty configuration, and by nbgrader with ours.

    python -m tests.benchmarks.bench_grading [--class N] [--lesson 07|99] [--flat]

Whole commands, one after the other, on the same notebooks: those of lesson 07, and those of a made-up lesson
of eight short functions. With an empty configuration nbgrader executes the test cells where the student's
code can reach them; the other two run each submission in a sandbox. Then the made-up lesson with one wrong
answer each, with and without looking for the line at fault.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.commands.doctor import sandbox_problem
from autograder.course.assignment import solutions
from autograder.course.course import CONFIG, Course
from autograder.course.release import release
from autograder.notebook.merge import exercise_of
from autograder.protocol import codec
from autograder.sandbox import launch

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
REAL, EIGHT = "07_channels_and_sharing", "99_eight_functions"
FUNCTIONS = {
    "01_neuron_is_a_hyperplane": ("signed_distance", "relu", "absolute_distance", "dense"),
    "02_forward_and_backward": ("relu_backward", "dense_backward"),
    "06_stride_padding_size": ("output_size", "same_padding"),
}
AIMS = {"ratio": 10.0, "beyond": 0.2, "unchanged": 3.0}
FLAT = (10, 100, 200)


@dataclass(frozen=True)
class Timed:
    """What a command cost: wall clock in seconds, processor time, and its own largest memory.

    The processor time, in seconds, is that of the command and of all processes that were waited for.
    """

    wall: float
    cpu: float
    peak_mb: float
    printed: str


def timed(command: list[str], cwd: Path) -> Timed:
    """Run a command."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # on a desk Python keeps what it compiled
    peak = [0.0]
    before = os.times()
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watch = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
        watch.start()
        printed, said = process.communicate()
    wall = time.perf_counter() - started
    watch.join()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    if process.returncode not in (0, 1):
        raise SystemExit(printed + said)
    return Timed(wall, cpu, peak[0], printed)


def _watch(pid: int, peak: list[float]) -> None:
    while True:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        if "VmHWM:" not in status:  # it has ended
            return
        peak[0] = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        time.sleep(0.1)


def eight_functions() -> dict[str, Any]:
    """A lesson of eight functions with their tests, and nothing else that takes time."""
    content = json.loads((ROOT / "notebooks" / REAL / f"{REAL}.ipynb").read_text())
    imports = "import matplotlib.pyplot as plt\nimport numpy as np\n\nfrom autograder import check"
    cells = [_cell(imports, "imports")]
    for lesson, names in FUNCTIONS.items():
        solved = solutions(ROOT / "notebooks" / lesson / f"{lesson}.ipynb")
        for name in names:
            answer = f"### BEGIN SOLUTION\n{solved[name]}\n### END SOLUTION"
            cells.append(_cell(answer, name, grade=False, solution=True, locked=False))
            test = {"grade": True, "solution": False, "locked": True, "points": exercises.get(name).points}
            cells.append(_cell(f"check({name});", f"test_{name}", **test))
    return {**content, "cells": cells}


def _cell(source: str, name: str, **marks: Any) -> dict[str, Any]:
    marked = {"schema_version": 3, "task": False, "grade_id": name, **marks}
    return {
        "cell_type": "code",
        "id": name.replace("_", "-"),
        "metadata": {"nbgrader": marked} if marks else {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def make_course(root: Path) -> Course:
    """A course of the two lessons, released."""
    (root / "notebooks" / EIGHT).mkdir(parents=True)
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + "\nc.Grading.build_student_zip = False\n")
    shutil.copytree(ROOT / "notebooks" / REAL, root / "notebooks" / REAL)
    (root / "notebooks" / EIGHT / f"{EIGHT}.ipynb").write_text(json.dumps(eight_functions()))
    course = Course.open(root)
    release(course, [REAL, EIGHT])
    return course


WRONG = ("2 * pad", "5 * pad")  # in output_size: a fault without a name, in one line


def hand_in(course: Course, lesson: str, size: int, wrong: bool = False) -> None:
    """Have so many students hand in the solutions, or one answer that is wrong: no two notebooks alike."""
    shutil.rmtree(course.folder("submitted"), ignore_errors=True)
    path = course.folder("source", lesson, f"{lesson}.ipynb")
    content, solved = json.loads(path.read_text()), solutions(path)
    answers = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell
        for cell in content["cells"]
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution")
    }
    for number in range(size):
        for name, cell in answers.items():
            source = solved[name].replace(*WRONG) if wrong and name == "output_size" else solved[name]
            cell["source"] = f"{source}\n# student {number}"
        path = course.folder("submitted", f"s{number:03}", lesson, f"{lesson}.ipynb")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content))


OWN_CODE = """
import asyncio, json, pathlib, sys, tempfile, time
from autograder.protocol import codec
from autograder.protocol.running import run_untrusted
from autograder.sandbox.inside import agent

home, fonts, cells, scripts = sys.argv[1:]
agent.prepare(home, fonts)
kernel = agent._app.kernel
cells = json.loads(pathlib.Path(cells).read_text())
kernel.shell.display_formatter.active_types = ["text/plain"]
scripts = codec.decode_scripts(pathlib.Path(scripts).read_bytes())

async def run():
    for cell in cells:
        reply = await kernel.do_execute(cell, silent=False, allow_stdin=False)
        assert reply["status"] == "ok", reply

started = time.process_time()
asyncio.run(run())
for script in scripts:
    run_untrusted(kernel.shell.user_ns, script)
print(time.process_time() - started, file=sys.__stdout__)
"""


def own_code(course: Course, lesson: str) -> float:
    """What the student's code costs by itself, in seconds of processor time.

    The notebook's cells and the answers to the judge's questions, in a kernel that is up and has imported
    NumPy and matplotlib, without a sandbox and without a judge; on every processor at once and without
    drawing the lesson's pictures, as in grading.
    """
    path = course.folder("submitted", "s000", lesson, f"{lesson}.ipynb")
    code = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    cells = ["".join(cell["source"]) for cell in code if exercise_of(cell) is None]
    names = [name for name in map(exercise_of, code) if name]
    probes = [p for name in names for p in exercises.get(name).probes(course.seed("s000", name))]
    stage = launch.stage(course.withheld(lesson))
    try:
        home = stage / "home"
        home.mkdir()
        (stage / "cells").write_text(json.dumps(cells))
        (stage / "scripts").write_bytes(codec.encode_scripts([probe.script for probe in probes]))
        arguments = [str(path) for path in (home, stage / "fonts", stage / "cells", stage / "scripts")]
        environment = launch.environment(str(stage / "lib"), str(home), None)
        command = [sys.executable, "-sc", OWN_CODE, *arguments]
        options = {"env": environment, "cwd": stage, "stdout": subprocess.PIPE}
        running = [subprocess.Popen(command, **options) for _ in os.sched_getaffinity(0)]
        found = [process.communicate()[0] for process in running]
    finally:
        shutil.rmtree(stage)
    return statistics.median(map(float, found))


def grade(course: Course, lesson: str, *more: str) -> tuple[Timed, list[dict[str, Any]]]:
    """`autograder grade`, and its rows."""
    done = timed([sys.executable, "-m", "autograder.cli", "grade", lesson, "--json", *more], course.root)
    return done, json.loads(done.printed)


def ours(course: Course, lesson: str, *more: str) -> tuple[Timed, list[dict[str, Any]]]:
    """`autograder grade` of a class that solved everything."""
    done, rows = grade(course, lesson, *more)
    if any(row["score"] != row["points"] for row in rows):
        raise SystemExit(f"not all of the class has full marks: {rows}")
    return done, rows


def locating(course: Course, size: int, unsafe: tuple[str, ...]) -> None:
    """A class with one wrong answer each, with and without looking for the line at fault."""
    hand_in(course, EIGHT, size, wrong=True)
    settings = (course.root / CONFIG).read_text()
    for what, seconds in (("nobody looks for a line", 0.0), ("with the lines at fault", 5.0)):
        (course.root / CONFIG).write_text(f"{settings}\nc.Grading.locate_seconds = {seconds}\n")
        done, rows = grade(course, EIGHT, "--force", *unsafe)
        found = sum(bool(row["exercises"]["output_size"]["lines"]) for row in rows)
        middle = statistics.median(row["times"]["locate"] for row in rows)
        print(f"    one wrong answer each   {_each(done.wall, size)}, {what}")
        print(f"        locate  {1000 * middle:7.0f} ms (median of a submission), {found} of {size} located")
    (course.root / CONFIG).write_text(settings)


def nbgraders(course: Course, root: Path, lesson: str, config: str) -> Timed:
    """`nbgrader autograde` on the same submissions, in a course with this configuration."""
    source = "source" if not config else course.folder("source").name
    shutil.copytree(course.folder("source", lesson), root / source / lesson)
    (root / CONFIG).write_text(config or "c = get_config()\n")
    timed([str(BIN / "nbgrader"), "generate_assignment", lesson], root)
    shutil.copytree(course.folder("submitted"), root / "submitted")
    done = timed([str(BIN / "nbgrader"), "autograde", lesson], root)
    graded = len(list((root / "autograded").glob("*/*/*.ipynb")))
    if graded != len(list((root / "submitted").iterdir())):
        raise SystemExit(f"nbgrader graded {graded} of them: {done.printed[-2000:]}")
    return done


def compare(course: Course, lesson: str, size: int, unsafe: tuple[str, ...]) -> dict[str, float]:
    """Measure one lesson, and print what was measured."""
    hand_in(course, lesson, size)
    own = own_code(course, lesson)
    done, rows = ours(course, lesson, *unsafe)
    jobs = len(os.sched_getaffinity(0))
    found = {"own": own, "peak_mb": done.peak_mb}
    print(f"{lesson}, {size} submissions, {jobs} processors; the student's own code: {own:.3f} s")
    print(f"    autograder grade        {_each(done.wall, size)}")
    for part in ("start", "cells", "judge", "report", "save"):
        middle = statistics.median(row["times"][part] for row in rows)
        found[f"median_{part}"] = middle
        print(f"        {part:<7} {1000 * middle:7.0f} ms (median of a submission, several at once)")
    again, _ = ours(course, lesson, *unsafe)
    found["unchanged"] = again.wall
    print(f"    again, nothing changed  {again.wall:6.1f} s (aim: {AIMS['unchanged']})")
    walls = [done.wall]
    for name, config in (("empty", ""), ("ours", (course.root / CONFIG).read_text())):
        with tempfile.TemporaryDirectory() as folder:
            other = nbgraders(course, Path(folder), lesson, config)
        found[f"nbgrader_{name}"] = other.wall / size
        print(f"    nbgrader autograde      {_each(other.wall, size)}, configuration: {name}")
        walls.append(ours(course, lesson, "--force", *unsafe)[0].wall)
        print(f"    autograder grade        {_each(walls[-1], size)}, all of it again")
    # A machine's speed wanders within minutes: before, between and after nbgrader, the middle one counts.
    found["ours"] = statistics.median(walls) / size
    found["beyond"] = found["ours"] - own / jobs
    print(f"    beyond the own code     {found['beyond']:.3f} s each (the middle; aim: {AIMS['beyond']})")
    found["ratio"] = found["nbgrader_empty"] / found["ours"]
    print(f"    throughput: {found['ratio']:.1f} times nbgrader's (aim: {AIMS['ratio']:.0f})", flush=True)
    return found


def _each(wall: float, size: int) -> str:
    return f"{wall:6.1f} s, {wall / size:.3f} s each"


def flat(course: Course, unsafe: tuple[str, ...]) -> None:
    """Classes of several sizes: what one more submission costs, and the command's own memory."""
    before: tuple[int, float] | None = None
    for size in FLAT:
        hand_in(course, EIGHT, size)
        done, _ = ours(course, EIGHT, "--force", *unsafe)
        more = f", one more: {(done.wall - before[1]) / (size - before[0]):.3f} s" if before else ""
        print(f"{size:4} submissions: {done.wall:5.1f} s{more}; the command's memory {done.peak_mb:.0f} MB")
        before = (size, done.wall)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--class", dest="size", type=int, default=40, help="how many submissions")
    parser.add_argument("--lesson", choices=["07", "99"], help="only this lesson")
    parser.add_argument("--flat", action="store_true", help=f"only classes of {FLAT}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder))
        unsafe = ("--unsafe-no-sandbox",) if sandbox_problem(course) else ()
        hand_in(course, EIGHT, 1)
        ours(course, EIGHT, *unsafe)  # the first run compiles
        if options.flat:
            flat(course, unsafe)
            return
        for lesson in (REAL, EIGHT):
            if options.lesson in (None, lesson[:2]):
                compare(course, lesson, options.size, unsafe)
        if options.lesson in (None, EIGHT[:2]):
            locating(course, options.size, unsafe)


if __name__ == "__main__":
    main()
