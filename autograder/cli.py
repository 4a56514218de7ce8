"""The `autograder` command: one function a command; the work is done elsewhere, and imported where it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from autograder import import_errors

try:
    import typer
except ImportError as missing:  # a learner's kernel has `check`, and nothing that only commands need
    print(f"autograder: the commands need more than `check`: {import_errors.why(missing)}", file=sys.stderr)
    sys.exit(import_errors.UNUSABLE)

if TYPE_CHECKING:
    from autograder.course.course import Course

INTERRUPTED = 130  # what typer makes of Ctrl-C within a command

app = typer.Typer(
    help="Release lessons, grade a class, return feedback. Learners: start, progress. Authors: new, lint.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Lessons = Annotated[
    list[str] | None, typer.Argument(help="Lessons by folder or number; all by default.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON, for other programs.")]
Force = Annotated[bool, typer.Option("--force", help="Redo everything, even if unchanged.")]
Jobs = Annotated[
    int, typer.Option("--jobs", min=0, help="Worker processes; 0: one for every two processors.")
]
Students = Annotated[
    list[str] | None,
    typer.Option("--student", help="Only this student; may be repeated.", show_default=False),
]
Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe-no-sandbox", help="Run student code without a sandbox (trusted submissions only)."
    ),
]


@app.command()
def demo(jobs: Jobs = 0, force: Force = False) -> None:
    """Grade a sample class from end to end, in a course of its own under .demo/."""
    from autograder.commands.demo import run

    raise typer.Exit(run(_course(), jobs=jobs, force=force))


@app.command()
def start(
    lesson: Annotated[str, typer.Argument(help="The lesson to open, by folder or number.")] = "",
    options: Annotated[
        list[str] | None,
        typer.Argument(
            help="Options for JupyterLab, after --, as in: start 06 -- --no-browser", metavar="-- OPTIONS"
        ),
    ] = None,
) -> None:
    """Open JupyterLab in a working copy of the lessons; what is there already stays as it is."""
    from autograder.commands.workspace import Workspace
    from autograder.commands.workspace import start as open_workspace

    words = [lesson, *(options or [])]
    if lesson.startswith("-"):  # start -- --no-browser
        words.insert(0, "")
    raise typer.Exit(open_workspace(Workspace.find(), words[0], words[1:]))


@app.command()
def progress(
    lesson: Annotated[str, typer.Argument(help="Whose exercises to show, by folder or number.")] = "",
    as_json: Json = False,
) -> None:
    """Say where to go on, what is solved, and which bugs were named last."""
    from autograder.commands.workspace import Workspace, show_progress

    raise typer.Exit(show_progress(Workspace.find(), lesson, as_json=as_json))


@app.command()
def release(lessons: Lessons = None, force: Force = False) -> None:
    """Make the students' version of lessons, and the zip that students open at home."""
    from autograder.commands.console import status
    from autograder.commands.student_zip import pack
    from autograder.course.release import release as convert

    course = _course()
    with status("releasing"):
        for lesson, done in convert(course, course.choose(lessons or []), force=force).items():
            typer.echo(f"{done:>9}  {lesson}")
        if course.grading.build_student_zip:
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
    from autograder.commands.console import ProgressBar, show
    from autograder.grading.batch import Options
    from autograder.grading.batch import grade as run

    course = _course()
    options = Options(tuple(student or ()), force, jobs, "process" if unsafe_no_sandbox else "")
    if unsafe_no_sandbox or course.grading.launcher == "process":
        typer.echo("warning: no sandbox; students' code can read and change what you can", err=True)
    with ProgressBar("grading") as progress:
        rows = run(course, course.choose(lessons or [], "release"), options, progress)
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        show(course, rows)
    raise typer.Exit(any(row.needs_review for row in rows))


@app.command()
def feedback(lessons: Lessons = None, student: Students = None, force: Force = False) -> None:
    """Write the pages that students get back: autograded/ to feedback/."""
    from autograder.commands.console import ProgressBar
    from autograder.nbgrader_plugin.feedback import write

    course = _course()
    chosen = course.choose(lessons or [], "release")
    with ProgressBar("feedback") as progress:
        pages = write(
            course, chosen, tuple(student or ()), force, progress, lambda line: typer.echo(line, err=True)
        )
    for line in pages.failed:
        typer.echo(line, err=True)
    typer.echo(f"{pages.written} pages written, {pages.kept} unchanged: {course.folder('feedback')}")
    raise typer.Exit(bool(pages.failed))


@app.command()
def report(
    lessons: Lessons = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON, write no pages.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print a row for each student and exercise, write no pages.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Folder of the pages; report/ by default.", show_default=False),
    ] = None,
    comment: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--comment",
            metavar="GROUP TEXT",
            help="Write a comment on the answer of everybody in a group, as help.html names it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show what the class understands, and who needs help. Exit code 1: look at some submissions."""
    from autograder.commands import report as desk
    from autograder.commands.console import status
    from autograder.course.course import CourseError

    if as_json and as_csv:
        raise CourseError("--json and --csv print two things: choose one")
    course = _course()
    with status("reading the verdicts"):
        found = desk.gather(course, course.choose(lessons or [], "release"))
    if comment is not None:
        with status("writing comments"):
            count = desk.comment(course, found, *comment)
        typer.echo(
            f"{count} comments written; autograder feedback puts them on the pages", err=as_json or as_csv
        )
    if as_json or as_csv:
        typer.echo(desk.as_json(found) if as_json else desk.as_csv(found).rstrip("\n"))
    if output is not None or not (as_json or as_csv or comment):
        written = desk.write(found, output or course.root / desk.FOLDER)
        typer.echo(f"for the class   {written.class_page}", err=as_json or as_csv)
        typer.echo(f"for you alone   {written.help_page}", err=as_json or as_csv)
    if found.waiting:
        typer.echo(f"to review: {len(found.waiting)}", err=True)
    raise typer.Exit(bool(found.waiting))


@app.command()
def site(
    show: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    no_solutions: Annotated[bool, typer.Option("--no-solutions", help="Leave the solutions out.")] = False,
) -> None:
    """Build the book out of the lessons."""
    from autograder.course.course import CourseError
    from autograder.site import SiteError, build

    try:
        typer.echo(build(_course().root, open_browser=show, solutions=not no_solutions))
    except SiteError as error:
        raise CourseError(str(error)) from error


@app.command()
def doctor() -> None:
    """Try what works on this machine, and say what does not."""
    from autograder.commands.doctor import examine

    raise typer.Exit(examine())


@app.command()
def lint(
    what: Annotated[
        list[str] | None,
        typer.Argument(help="Exercise files, notebooks or lessons; all by default.", show_default=False),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="How many seeds each exercise is tried with.")
    ] = 200,
) -> None:
    """Say in plain words what is wrong with an exercise or a lesson. Exit code 1: something is."""
    from autograder.commands.console import status
    from autograder.commands.lint import lint as examine

    with status("checking") as console:
        found = examine(
            _course(load_exercises=False), what or [], seeds, lambda name: console.update(f"checking {name}")
        )
    for name, faults in found.items():
        typer.echo(f"{name}: {'ok' if not faults else ''}".rstrip(" "))
        for fault in faults:
            typer.echo(f"  - {fault}")
    count = sum(map(len, found.values()))
    typer.echo(
        f"{count} fault{'' if count == 1 else 's'} in {len(found)} file{'' if len(found) == 1 else 's'}"
    )
    raise typer.Exit(bool(count))


new = typer.Typer(help="Begin a course, a lesson or an exercise of your own.", no_args_is_help=True)
app.add_typer(new, name="new")


@new.command("course")
def new_course(folder: Annotated[Path, typer.Argument(help="Where it should be.")]) -> None:
    """Write a course that works: its settings, and folders for exercises and lessons."""
    from autograder.commands.new import new_course as write

    _written(write(folder))
    typer.echo(f"Next: cd {folder} && autograder new lesson 90_my_lesson")


@new.command("lesson")
def new_lesson(name: Annotated[str, typer.Argument(help="Two digits and a name: 90_my_lesson.")]) -> None:
    """Write a lesson's notebook."""
    from autograder.commands.new import new_lesson as write

    _written(write(_course(), name))
    typer.echo("Next: autograder new exercise NAME_OF_ITS_FUNCTION")


@new.command("exercise")
def new_exercise(
    name: Annotated[str, typer.Argument(help="The function that learners write, in snake_case.")],
    lesson: Annotated[str, typer.Option("--lesson", help="The lesson it belongs to.")] = "",
) -> None:
    """Write an exercise file, and its cells into the lesson's notebook."""
    from autograder.commands.new import new_exercise as write

    _written(write(_course(), name, lesson))
    typer.echo(f"Next: fill in what is marked, then autograder lint exercises/{name}.py")


def _written(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"written  {path}")


def _course(*, load_exercises: bool = True) -> Course:
    from autograder.course.course import Course

    return Course.find(load_exercises=load_exercises)


def main() -> None:
    """Run the command; what is wrong with the course, its files or the words is one line and code 2."""
    from autograder.course.course import CourseError
    from autograder.course.refusals import in_words

    try:
        app()
    except CourseError as error:
        typer.echo(f"autograder: {error}", err=True)
        sys.exit(2)
    except Exception as error:
        # The system's refusals, and SQLite's by SQLAlchemy's name for them: few commands import it.
        if not isinstance(error, OSError | ImportError) and type(error).__name__ != "OperationalError":
            raise
        typer.echo(f"autograder: {in_words(error)}", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as stop:
        if isinstance(stop, SystemExit) and stop.code != INTERRUPTED:
            raise
        typer.echo("\nInterrupted; finished work is saved. Run the same command to resume.", err=True)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
