"""`autograder collect`: what was collected as a table, and below it what could not be matched."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.collecting.collect import RULE, Collection, Options, Row, collect
from autograder.collecting.placing import DATED, NEW, OLDER, REPLACED, UNCHANGED
from autograder.commands.console import ProgressBar
from autograder.course.course import Course, CourseError
from autograder.notebook.sanitize import printable

ORDER = (NEW, REPLACED, DATED, OLDER, UNCHANGED)
MOST_MISSING = 12  # names of those who sent nothing
MOST_ROWS = 100  # of the table; what has a remark goes first


def run(course: Course, source: Path, options: Options, roster: Path | None, *, as_json: bool) -> int:
    """Collect, and say what became of each file.

    Returns:
        1 where something could not be matched, else 0.

    Raises:
        CourseError: the source, the roster or an option is wrong.
    """
    if roster:
        options = _with_roster(options, roster)
    with ProgressBar("collecting") as progress:
        made = collect(course, source, options, progress)
    if as_json:
        print(_json(made))
    else:
        _show(course, made, dry_run=options.dry_run)
    return int(bool(made.unmatched))


def _with_roster(options: Options, path: Path) -> Options:
    from dataclasses import replace

    if not path.is_file():
        raise CourseError(f"there is no {path}: --roster must be a CSV file")
    return replace(options, roster=path.read_bytes())


def _json(made: Collection) -> str:
    told = asdict(made)
    told["unmatched"] = [{"file": file, "why": why} for file, why in made.unmatched]
    return json.dumps({**told, "rule": RULE}, indent=1, ensure_ascii=False)


def _worth_a_look(rows: list[Row]) -> list[Row]:
    """As many rows as a table may have, in their order: those with a remark, then the first of the others."""
    places = sorted(range(len(rows)), key=lambda place: not rows[place].remarks)[:MOST_ROWS]
    return [rows[place] for place in sorted(places)]


def _show(course: Course, made: Collection, *, dry_run: bool) -> None:
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name, options in (
        ("student", {"no_wrap": True}),
        ("lesson", {"no_wrap": True}),
        ("", {"no_wrap": True}),
        ("handed in", {"no_wrap": True}),
        ("from", {"ratio": 2, "overflow": "fold"}),
        ("remarks", {"ratio": 3, "overflow": "fold"}),
    ):
        table.add_column(name, **options)
    # What was there already says nothing new, unless something about it is odd.
    telling = [row for row in made.rows if row.status != UNCHANGED or row.remarks]
    for row in _worth_a_look(telling):
        student = printable(row.student) + (
            f"\n({printable(row.name)})" if row.name not in ("", row.student) else ""
        )
        when = (row.handed_in or "unknown") + ("\nlate" if row.late else "")
        remarks = "\n".join(map(printable, row.remarks))
        cells = (student, row.lesson[:2], row.status, when, printable(row.file), remarks)
        table.add_row(*map(escape, cells))
    if table.row_count:
        console.print(table)
        if len(telling) > MOST_ROWS:
            console.print(f"and {len(telling) - MOST_ROWS} more: --json lists them all", soft_wrap=True)
        console.print()
    counts = Counter(row.status for row in made.rows)
    said = (
        ", ".join(f"{counts[status]} {status}" for status in ORDER if counts[status]) or "nothing collected"
    )
    console.print(
        f"{made.form}: {said}{'; nothing was written (--dry-run)' if dry_run else ''}", soft_wrap=True
    )
    several = any("tries" in remark for row in made.rows for remark in row.remarks)
    if several or counts[REPLACED] or counts[OLDER]:
        console.print(
            RULE + " What it replaced is kept in .earlier/ beside it." * bool(counts[REPLACED]),
            soft_wrap=True,
        )
    if made.zone:
        console.print(
            f"Times were read in the zone {escape(made.zone)}; --timezone names another.", soft_wrap=True
        )
    if made.missing:
        more = len(made.missing) - MOST_MISSING
        listed = ", ".join(map(printable, made.missing[:MOST_MISSING])) + (
            f" and {more} more" if more > 0 else ""
        )
        console.print(f"In the roster, and nothing here: {escape(listed)}", soft_wrap=True)
    if made.unmatched:
        files = sum(what.startswith("not matched") for what in made.accounts.values())
        console.print(f"\nNot matched ({files} file{'' if files == 1 else 's'}):", soft_wrap=True)
        for file, why in made.unmatched:
            console.print(f"  {escape(printable(file))}: {escape(printable(why))}", soft_wrap=True)
    console.print(f"\n{'submissions':>11}  {escape(str(course.folder('submitted')))}", soft_wrap=True)
