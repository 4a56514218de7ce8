"""A class of 10, 100 and 1,000 from the download to the grades: what one more student costs; a killed run.

    python -m tests.benchmarks.bench_scale [--sizes 10 100 1000]

Each class hands in lesson 06's two functions through a Canvas archive, no two notebooks alike: right, wrong
in a way that has a name, wrong in one that has none, or not written. Its commands run one after the other,
each as a process of its own. One more submission is to cost the same in a class of any size, within 15 %;
the memory of `grade` itself is not to grow; `collect`, `report` and `export` may take 30 s. How much of the
class is in the gradebook halfway is printed too.

A copy of the same course is graded once more, killed when half of it is in the gradebook, and graded to the
end: no grade may be missing or another one. What was being saved when it was killed is graded again.

Processor seconds are those of the command and of the processes that were waited for. They are the better
figure where other programs run beside the measurement.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from autograder.commands.doctor import sandbox_problem
from autograder.course import gradebook
from autograder.course.course import CONFIG, Course
from autograder.course.release import release
from tests.benchmarks.bench_grading import ROOT, Timed, timed
from tests.support import invented_class
from tests.support.grading_course import LESSON, SOLUTIONS, source

SIZES = (10, 100, 1000)
AIM = 0.15
AT_MOST_S = 30.0
AIMED_AT = ("collect", "report", "export")
ROSTER, DOWNLOADED, PAGES = "gradebook.csv", "submissions.zip", "pages.zip"
T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """What grading a class cost: wall clock and processor time in s, memory in MB."""

    wall: float
    cpu: float
    peak_mb: float


def make_course(root: Path) -> Course:
    """The tiny course of the tests, released."""
    root.mkdir(parents=True)
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + "\nc.Grading.build_student_zip = False\n")
    path = root / "notebooks" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(source()))
    course = Course.open(root)
    release(course, [LESSON])
    return course


def download(course: Course, size: int) -> None:
    """Leave what Canvas would give: the gradebook, and the archive of a class's submissions."""
    content = json.loads(course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes())
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in content["cells"]}
    kinds = {name: answers(name) for name in SOLUTIONS}
    rows = ["Student,ID,SIS Login ID,Section,Lesson 06 (4711)", "    Points Possible,,,,7.00"]
    with zipfile.ZipFile(course.root / DOWNLOADED, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(size):
            for place, (name, texts) in enumerate(kinds.items()):
                text = texts[(number // (1 + 3 * place)) % len(texts)]
                cells[name]["source"] = f"{text}\n# student {number}"
            archive.writestr(
                f"does{number:04}_{1000 + number}_{50_000 + number}_hw.ipynb", json.dumps(content)
            )
            rows.append(f'"Doe, S{number:04}",{1000 + number},s{number:04},One,')
    (course.root / ROSTER).write_text("\n".join(rows) + "\n")


def answers(name: str) -> list[str]:
    """Six right answers of ten, two with a bug that has a name, one with one that has none, one unwritten."""
    unwritten = f"{SOLUTIONS[name].partition(chr(10))[0]}\n    {invented_class.UNWRITTEN}"
    return [
        *[SOLUTIONS[name]] * 6,
        *invented_class.bugs(name)[:2],
        invented_class.spoiled(name)[0],
        unwritten,
    ]


def command(course: Course, *words: str) -> Timed:
    """Run a command in the course's folder."""
    return timed([sys.executable, "-m", "autograder.cli", *words], course.root)


def graded(course: Course) -> int:
    """How many submissions have a score in the gradebook."""
    question = (
        "SELECT COUNT(DISTINCT submitted_notebook.id) FROM grade JOIN submitted_notebook"
        " ON submitted_notebook.id = grade.notebook_id WHERE grade.auto_score IS NOT NULL"
    )
    with closing(sqlite3.connect(f"file:{course.database}?mode=ro", uri=True)) as connection:
        return int(connection.execute(question).fetchone()[0])


def watched(course: Course, work: Callable[[], T]) -> tuple[T, list[tuple[float, int]]]:
    """Do something; every half second, how many were in the gradebook."""
    seen: list[tuple[float, int]] = []
    ended = threading.Event()
    started = time.perf_counter()

    def watch() -> None:
        while not ended.wait(0.5):
            seen.append((time.perf_counter() - started, graded(course)))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        done = work()
    finally:
        ended.set()
        watching.join()
    return done, seen


def measure(folder: Path, size: int, unsafe: tuple[str, ...], *, kill: bool = True) -> Cost:
    """Take a class through the desk's commands in a course of its own, and print what each of them cost."""
    course = make_course(folder / f"{size}")
    download(course, size)
    print(f"\n{size} submissions", flush=True)
    took = command(course, "collect", DOWNLOADED, "--lesson", "06", "--roster", ROSTER)
    _say("collect", took)
    other = Course.open(shutil.copytree(course.root, folder / f"{size} killed"))

    done, seen = watched(course, lambda: command(course, "grade", LESSON, "--json", *unsafe))
    rows = json.loads(done.printed)
    if len(rows) != size or any(row["score"] is None for row in rows):
        raise SystemExit(f"not all of the class has a score: {rows}")
    _say("grade", done, f"; {done.wall / size:.3f} s each, {done.cpu / size:.3f} s of a processor")
    halfway = max((count for moment, count in seen if moment <= done.wall / 2), default=0)
    last = max((count for moment, count in seen if moment <= done.wall - 1), default=0)
    print(f"    in the gradebook halfway {halfway}, a second before the end {last}")

    _say("report", command(course, "report"))
    words = ("06", "--to", "canvas", "--template")
    _say("export", command(course, "export", *words, ROSTER, "--include-unread"))
    _say("similar", command(course, "similar"))
    if kill:
        killed(course, other, size, unsafe)
    _say("feedback", command(course, "feedback"))
    _say("zip of the pages", command(course, "export", *words, DOWNLOADED, "--feedback", PAGES))
    return Cost(done.wall, done.cpu, done.peak_mb)


def _say(name: str, took: Timed, more: str = "") -> None:
    aim = f" (aim: {AT_MOST_S:.0f} s)" if name in AIMED_AT else ""
    print(
        f"    {name:<17}{took.wall:7.1f} s{aim:<13} {took.cpu:7.1f} s of a processor,"
        f" {took.peak_mb:4.0f} MB{more}",
        flush=True,
    )


def killed(undisturbed: Course, course: Course, size: int, unsafe: tuple[str, ...]) -> None:
    """Grade, kill the command when half of the class is in the gradebook, go on, and compare."""
    words = [sys.executable, "-m", "autograder.cli", "grade", LESSON, "--json", *unsafe]
    with subprocess.Popen(
        words, cwd=course.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while graded(course) < size / 2 and process.poll() is None:
            time.sleep(0.05)
        process.kill()
    kept = graded(course)
    done = command(course, "grade", LESSON, "--json", *unsafe)
    again = sum(bool(row["why"]) for row in json.loads(done.printed))
    wanted, found = marks(undisturbed), marks(course)
    other = sum(found.get(who) != mark for who, mark in wanted.items())
    print(
        f"    killed with {kept} of {size} in the gradebook, resumed: {again} graded in {done.wall:.1f} s;"
        f" {len(found)} have a grade, {other} another one than undisturbed (aim: 0)",
        flush=True,
    )
    if found != wanted:
        raise SystemExit("the killed run lost something")


def marks(course: Course) -> dict[str, float]:
    """Every student's points in the gradebook."""
    return {student: mark.total for (student, _, _), mark in gradebook.marks(course).items()}


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="classes of these sizes")
    sizes = sorted(parser.parse_args().sizes)
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder) / "first")
        unsafe = ("--unsafe-no-sandbox",) if sandbox_problem(course) else ()
        measure(Path(folder), 1, unsafe, kill=False)  # the first run compiles
        found = {}
        for size in sizes:
            found[size] = measure(Path(folder), size, unsafe)
            shutil.rmtree(Path(folder) / f"{size}")
            shutil.rmtree(Path(folder) / f"{size} killed")
    print()
    first: dict[str, float] = {}
    for less, more in itertools.pairwise(sizes):
        said = []
        for name, what in (("wall", "s"), ("cpu", "s of a processor")):
            slope = (getattr(found[more], name) - getattr(found[less], name)) / (more - less)
            change = slope / first.setdefault(name, slope) - 1
            said.append(f"{slope:.3f} {what}, {change:+.0%} (aim: {AIM:.0%})")
        memory = found[more].peak_mb / found[less].peak_mb - 1
        said.append(f"the command's memory {memory:+.0%}")
        print(f"one more between {less} and {more}: {'; '.join(said)}", flush=True)


if __name__ == "__main__":
    main()
