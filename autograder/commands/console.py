"""How a run looks on a terminal: a bar while it goes, a table at the end."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from autograder.course.course import Course
from autograder.grading.batch import GRADED, NOT_GRADED, Row
from autograder.notebook.sanitize import printable

MOST_NAMED = 12  # submissions in a line
WIDEST_NAME = 28  # letters in a line: a long name takes no room from what is said


def status(doing: str) -> AbstractContextManager[Any]:
    """A sign of life on a terminal."""
    return Console(stderr=True).status(doing)


class ProgressBar:
    """Counts, rate, time left, what was slowest, what failed: a bar on a terminal, and a line at the end."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[said]}"),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(doing, total=None, said="", rate="")
        self._started = time.perf_counter()
        self._done = self._new = self._failed = 0
        self._slowest: tuple[float, str] = (0.0, "")

    def __enter__(self) -> ProgressBar:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()
        if kind is None and self._done:
            seconds = time.perf_counter() - self._started
            line = (
                f"{self._doing}: {self._done} in {seconds:.1f} s, {self._done - self._new} of them unchanged"
            )
            if self._slowest[0] >= 1:
                line += f"; slowest: {self._slowest[1]}, {self._slowest[0]:.1f} s"
            self._console.print(escape(line), highlight=False, soft_wrap=True)

    def begin(self, total: int) -> None:
        """So many there are."""
        self._bar.update(self._task, total=total)

    def waiting(self) -> None:
        """Say that another one is at work."""
        self._console.print("another grader is at work in this course: waiting until it is done")

    def say(self, line: str) -> None:
        """Print a line, above the bar where there is one."""
        self._console.print(escape(printable(line)), highlight=False, soft_wrap=True)

    def row(self, row: Row) -> None:
        """Count a submission, and show it where a human is needed."""
        self._done += 1
        self._new += bool(row.why)
        self._failed += row.status == NOT_GRADED
        self._slowest = max(self._slowest, (row.seconds if row.why else 0.0, f"{row.student} {row.lesson}"))
        rate = self._done / max(time.perf_counter() - self._started, 1e-9)
        said = f"{self._failed} not graded" if self._failed else ""
        self._bar.update(self._task, advance=1 if row.student else 0, said=said, rate=f"{rate:.1f}/s")

    def step(self, name: str, seconds: float, new: bool) -> None:
        """Count something that has no row."""
        self._done += 1
        self._new += new
        self._slowest = max(self._slowest, (seconds, name))
        self._bar.update(self._task, advance=1, rate="")


def results(rows: list[Row]) -> Table:
    """The table: for each submission its score, the bugs named, and what went wrong."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name, options in (
        ("student", {"overflow": "fold", "max_width": WIDEST_NAME}),
        ("lesson", {"no_wrap": True}),
        ("automatic", {"justify": "right", "no_wrap": True}),
        ("total", {"justify": "right", "no_wrap": True}),
        ("bugs named", {"ratio": 2, "overflow": "fold"}),
        ("what went wrong", {"ratio": 3, "overflow": "fold", "min_width": 15}),
    ):
        table.add_column(name, **options)
    for row in rows:
        score = "-" if row.score is None else f"{row.score:g}/{row.points:g}"
        # What waits for a human may still raise it.
        total = "-" if row.total is None else f"{row.total:g}{'+' * bool(row.ungraded_written)}/{row.most:g}"
        named = printable(row.student or "?")
        if row.id not in ("", row.student):
            named += f"\n({printable(row.id)})"
        table.add_row(
            escape(named),
            row.lesson[:2],
            score,
            total,
            escape(_bugs(row)),
            escape("\n".join(map(printable, said(row)))),
        )
    return table


def show(course: Course, rows: list[Row]) -> None:
    """Print the table, how many a human should look at, and where the results are."""
    width = None if sys.stdout.isatty() else 150
    console = Console(width=width, highlight=False, soft_wrap=False)
    console.print(results(rows))
    graded = sum(row.status == GRADED for row in rows)
    human = [f"{printable(row.id or '?')} {row.lesson[:2]}" for row in rows if row.needs_review]
    reading = sum(row.ungraded_written for row in rows)
    console.print(f"\n{graded} graded, {len(human)} to review, written answers to read: {reading}")
    if human:
        more = f" and {len(human) - MOST_NAMED} more" if len(human) > MOST_NAMED else ""
        console.print(escape(f"to review: {', '.join(human[:MOST_NAMED])}{more}"), soft_wrap=True)
    if reading:
        console.print("a + after a total: a written answer there may add points; read it in the formgrader")
    if any(row.launcher == "process" for row in rows):
        console.print("graded without a sandbox")
    for what, path in (
        ("notebooks", course.folder("autograded")),
        ("gradebook", course.database or _address(course.db_url)),
        ("log", course.state / "grade.log"),
    ):
        console.print(f"{what:>10}  {escape(str(path))}", soft_wrap=True)


def _address(url: str) -> str:
    """A database's address without the password."""
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)


def _bugs(row: Row) -> str:
    return "\n".join(
        f"{name}: {', '.join(found['bugs'])}" for name, found in row.exercises.items() if found["bugs"]
    )


def said(row: Row) -> list[str]:
    """What went wrong: with the submission, in its cells, in answers that no named bug explains."""
    lines = [*row.remarks, *row.faults]
    for name, found in row.exercises.items():
        if found["status"] == "unanswered":
            lines.append(f"{name}: not written yet")
        elif found["status"] == "failed" and not found["bugs"]:
            lines.append(_cut(f"{name}: {' '.join(str(found['message']).split())}", 160))
    if row.penalty:
        lines.append(f"late: −{row.penalty:g} points")
    return lines


def _cut(text: str, most: int) -> str:
    """The beginning of a text, to the end of a word."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + " …"
