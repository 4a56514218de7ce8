"""Classes of 10, 100 and 1,000 graded by `autograder grade`: time per submission, the command's memory.

    python -m tests.benchmarks.bench_scale [--sizes 10 100 1000]

Every submission is a small one, of lesson 06's two functions, and no two are alike. Time and memory are to
stay flat: what one more submission costs within 15 % of the smallest class's slope, and the memory of the
command itself. How much of the class is in the gradebook halfway is printed too.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from autograder.commands.doctor import sandbox_problem
from autograder.course.course import CONFIG, Course
from autograder.course.release import release
from tests.benchmarks.bench_grading import ROOT, Timed, hand_in, ours
from tests.support.grading_course import LESSON, source

SIZES = (10, 100, 1000)
AIM = 0.15


def make_course(root: Path) -> Course:
    """The tiny course of the tests, released."""
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + "\nc.Grading.build_student_zip = False\n")
    path = root / "notebooks" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(source()))
    course = Course.open(root)
    release(course, [LESSON])
    return course


def graded(course: Course) -> int:
    """How many submissions have a score in the gradebook."""
    question = (
        "SELECT COUNT(DISTINCT submitted_notebook.id) FROM grade JOIN submitted_notebook"
        " ON submitted_notebook.id = grade.notebook_id WHERE grade.auto_score IS NOT NULL"
    )
    with closing(sqlite3.connect(f"file:{course.database}?mode=ro", uri=True)) as connection:
        return int(connection.execute(question).fetchone()[0])


def watched(course: Course, unsafe: tuple[str, ...]) -> tuple[Timed, list[tuple[float, int]]]:
    """Grade; every half second, how many were in the gradebook."""
    seen: list[tuple[float, int]] = []
    ended = threading.Event()
    started = time.perf_counter()

    def watch() -> None:
        while not ended.wait(0.5):
            seen.append((time.perf_counter() - started, graded(course)))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        done, _ = ours(course, LESSON, *unsafe)
    finally:
        ended.set()
        watching.join()
    return done, seen


def measure(size: int) -> tuple[float, float]:
    """Grade a class in a course of its own, and print what it cost: wall clock in s, memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder))
        unsafe = ("--unsafe-no-sandbox",) if sandbox_problem(course) else ()
        hand_in(course, LESSON, size)
        done, seen = watched(course, unsafe)
        halfway = max((count for moment, count in seen if moment <= done.wall / 2), default=0)
    print(
        f"{size:5} submissions: {done.wall:6.1f} s, {done.wall / size:.3f} s each; "
        f"halfway {halfway} were in the gradebook; the command's memory {done.peak_mb:.0f} MB",
        flush=True,
    )
    return done.wall, done.peak_mb


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="classes of these sizes")
    sizes = sorted(parser.parse_args().sizes)
    measure(1)  # the first run compiles
    found = {size: measure(size) for size in sizes}
    first = 0.0
    for less, more in itertools.pairwise(sizes):
        slope = (found[more][0] - found[less][0]) / (more - less)
        first = first or slope
        flat = f"{slope / first - 1:+.0%} (aim: {AIM:.0%})"
        print(f"one more between {less} and {more}: {slope:.3f} s, {flat}", flush=True)


if __name__ == "__main__":
    main()
