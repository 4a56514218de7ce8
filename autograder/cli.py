"""The `autograder` command: one function a command; the work is done elsewhere, and imported where it is."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

try:
    import typer
except ModuleNotFoundError:  # a learner's kernel has `check`, and nothing that only commands need
    print(
        'autograder: the commands need more than `check`: pip install "convcourse[course]"', file=sys.stderr
    )
    sys.exit(2)

if TYPE_CHECKING:
    from autograder.grading.course import Course

INTERRUPTED = 130  # what typer makes of Ctrl-C within a command

app = typer.Typer(
    help="Release lessons, grade a class, return feedback; for a learner: start, progress.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Lessons = Annotated[
    list[str] | None, typer.Argument(help="Lessons by folder or number; all by default.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON, for other programs.")]
Force = Annotated[bool, typer.Option("--force", help="Also what has not changed since it was last done.")]
Jobs = Annotated[
    int, typer.Option("--jobs", min=0, help="Worker processes; 0: one for every two processors.")
]
Students = Annotated[
    list[str] | None,
    typer.Option("--student", help="Only this student; may be repeated.", show_default=False),
]
Unsafe = Annotated[
    bool, typer.Option("--unsafe-no-sandbox", help="Grade with no protection from what students wrote.")
]


@app.command()
def demo(jobs: Jobs = 0, force: Force = False) -> None:
    """Grade a sample class from end to end, in a course of its own under .demo/."""
    from autograder.grading.demo import run

    raise typer.Exit(run(_course(), jobs=jobs, force=force))


@app.command()
def start(
    lesson: Annotated[str, typer.Argument(help="The lesson to open, by folder or number.")] = "",
) -> None:
    """Open JupyterLab in a working copy of the lessons; what is there already stays as it is."""
    from autograder.grading.desk import start as open_desk

    raise typer.Exit(open_desk(_course(), lesson))


@app.command()
def progress(as_json: Json = False) -> None:
    """Say what is solved, where to go on, and which bugs were named last."""
    from autograder.grading.desk import show_progress

    raise typer.Exit(show_progress(_course(), as_json=as_json))


@app.command()
def release(lessons: Lessons = None, force: Force = False) -> None:
    """Make the students' version of lessons, and the zip that students open at home."""
    from autograder.grading.bundle import pack
    from autograder.grading.release import release as convert
    from autograder.grading.table import status

    course = _course()
    with status("releasing"):
        for lesson, done in convert(course, course.choose(lessons or []), force=force).items():
            typer.echo(f"{done:>9}  {lesson}")
        if course.grading.bundle:
            typer.echo(pack(course))


@app.command()
def grade(
    lessons: Lessons = None,
    student: Students = None,
    jobs: Jobs = 0,
    force: Force = False,
    as_json: Json = False,
    unsafe_no_sandbox: Unsafe = False,
) -> None:
    """Grade what was handed in, into autograded/ and the gradebook. Exit code 1: look at some of it."""
    from autograder.grading.batch import Options
    from autograder.grading.batch import grade as run
    from autograder.grading.table import Progress, show

    course = _course()
    options = Options(tuple(student or ()), force, jobs, "process" if unsafe_no_sandbox else "")
    if unsafe_no_sandbox or course.grading.launcher == "process":
        typer.echo("warning: no sandbox; students' code can read and change what you can", err=True)
    with Progress("grading") as watcher:
        rows = run(course, course.choose(lessons or [], "release"), options, watcher)
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        show(course, rows)
    raise typer.Exit(any(row.needs_a_human for row in rows))


@app.command()
def feedback(lessons: Lessons = None, student: Students = None, force: Force = False) -> None:
    """Write the pages that students get back: autograded/ to feedback/."""
    from autograder.grading.feedback import write
    from autograder.grading.table import Progress

    course = _course()
    chosen = course.choose(lessons or [], "release")
    with Progress("feedback") as watcher:
        pages = write(
            course, chosen, tuple(student or ()), force, watcher, lambda line: typer.echo(line, err=True)
        )
    for line in pages.failed:
        typer.echo(line, err=True)
    typer.echo(f"{pages.written} pages written, {pages.kept} unchanged: {course.folder('feedback')}")
    raise typer.Exit(bool(pages.failed))


@app.command()
def site(
    show: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    no_solutions: Annotated[bool, typer.Option("--no-solutions", help="Leave the solutions out.")] = False,
) -> None:
    """Build the book out of the lessons."""
    from autograder.grading.course import CourseError
    from autograder.site import SiteError, build

    try:
        typer.echo(build(_course().root, open_browser=show, solutions=not no_solutions))
    except SiteError as error:
        raise CourseError(str(error)) from error


@app.command()
def doctor() -> None:
    """Try what works on this machine, and say what does not."""
    from autograder.grading.doctor import examine

    raise typer.Exit(examine())


def _course() -> Course:
    from autograder.grading.course import Course

    return Course.find()


def main() -> None:
    """Run the command; what is wrong with the course, its files or the words is one line and code 2."""
    from autograder.grading.course import CourseError

    try:
        app()
    except (CourseError, OSError) as error:
        typer.echo(f"autograder: {error}", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as stop:
        if isinstance(stop, SystemExit) and stop.code != INTERRUPTED:
            raise
        typer.echo("\nstopped; what is done is kept, and the same command goes on from here", err=True)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
