"""The `autograder` command: one function a command; the work is done elsewhere, and imported where it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from autograder import import_errors

try:
    import typer
except ImportError as missing:  # a learner's kernel has `check`, and nothing that only commands need
    print(f"autograder: the commands need more than `check`: {import_errors.why(missing)}", file=sys.stderr)
    sys.exit(import_errors.UNUSABLE)

if TYPE_CHECKING:
    from concurrent.futures import Executor

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
def collect(
    source: Annotated[
        Path,
        typer.Argument(
            help="A folder, an LMS's zip, a git clone or a folder of clones, nbgrader's exchange.",
            metavar="SOURCE",
        ),
    ],
    lesson: Annotated[
        str, typer.Option("--lesson", help="The lesson that all of it belongs to; else each file says so.")
    ] = "",
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster",
            help="A CSV list of students, or the gradebook or worksheet downloaded from the LMS.",
            show_default=False,
        ),
    ] = None,
    student: Annotated[str, typer.Option("--student", help="The student who sent all of it.")] = "",
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="canvas, moodle, brightspace, blackboard, exchange, folder or git; else it is recognized.",
        ),
    ] = "",
    timezone: Annotated[
        str, typer.Option("--timezone", help="The LMS's time zone, such as Europe/Berlin.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Put what students sent into submitted/, with its time; list what cannot be matched (exit code 1).

    Example: autograder collect ~/Downloads/submissions.zip --lesson 06 --roster ~/Downloads/gradebook.csv

    Collecting again changes nothing; of several tries the newest counts, and what it replaces is kept.
    """
    from autograder.collecting.collect import Options
    from autograder.commands.collect import run

    options = Options(lesson, None, student, form, timezone, dry_run)
    raise typer.Exit(run(_course(), source, options, roster, as_json=as_json))


@app.command()
def grade(
    lessons: Lessons = None,
    student: Students = None,
    jobs: Jobs = 0,
    force: Force = False,
    as_json: Json = False,
    unsafe_no_sandbox: Unsafe = False,
    cluster: Annotated[
        str,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            help="Have the workers of this Dask scheduler do the work: tcp://HOST:8786.",
        ),
    ] = "",
) -> None:
    """Grade what was handed in, into autograded/ and the gradebook. Exit code 1: look at some of it."""
    from autograder.commands.console import ProgressBar, show
    from autograder.grading.batch import Options
    from autograder.grading.batch import grade as run

    course = _course()
    options = Options(tuple(student or ()), force, jobs, "process" if unsafe_no_sandbox else "")
    if unsafe_no_sandbox or course.grading.launcher == "process":
        typer.echo("warning: no sandbox; students' code can read and change what you can", err=True)
    chosen = course.choose(lessons or [], "release")
    with ProgressBar("grading") as progress, _workers_at(cluster, progress.say) as executor:
        rows = run(course, chosen, options, progress, executor)
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        show(course, rows)
    raise typer.Exit(any(row.needs_review for row in rows))


def _workers_at(address: str, say: Callable[[str], None]) -> AbstractContextManager[Executor | None]:
    """The workers of a Dask scheduler, none without an address."""
    from autograder.course.course import CourseError

    if not address:
        return nullcontext()
    try:
        from autograder.grading.cluster import Cluster
    except ModuleNotFoundError as error:
        if error.name != "distributed":
            raise
        raise CourseError(
            "--cluster needs Dask distributed, which is not installed here: "
            'python -m pip install "convcourse[course,cluster]"'
        ) from error
    return Cluster(address, say)


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
    typer.echo(f"pages: {pages.written} written, {pages.kept} unchanged, in {course.folder('feedback')}")
    raise typer.Exit(bool(pages.failed))


@app.command()
def export(
    lessons: Lessons = None,
    to: Annotated[
        str, typer.Option("--to", help="canvas, moodle, brightspace, blackboard or csv.", show_default=False)
    ] = "",
    template: Annotated[
        Path | None,
        typer.Option(help="What you downloaded there: the gradebook; with --feedback, the submissions' zip."),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="The file to write, else one beside the template; - for the standard output.",
        ),
    ] = "",
    column: Annotated[
        str, typer.Option(help="The lesson's column: its header, its title or its number there.")
    ] = "",
    scale: Annotated[bool, typer.Option("--scale", help="Scale points to the maximum there.")] = False,
    include_unread: Annotated[
        bool, typer.Option("--include-unread", help="Also where an answer still waits to be read.")
    ] = False,
    feedback_zip: Annotated[
        str, typer.Option("--feedback", metavar="ZIP", help="Pack feedback pages instead of grades.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written.")] = False,
    as_json: Json = False,
) -> None:
    """Hand grades or feedback pages on. Exit code 1: what is listed was not exported.

    The gradebook that you downloaded goes back with the grades filled in, and nothing else changed:

    autograder export 06 --to canvas --template Grades-Convolution.csv

    autograder export 06 --to moodle --template submissions.zip --feedback feedback.zip
    """
    from autograder.commands.export import STDOUT, Options, lines
    from autograder.commands.export import export as grades
    from autograder.commands.feedback_zip import export_pages
    from autograder.course.course import CourseError

    options = Options(to, template, output, column, scale, include_unread, dry_run)
    if as_json and not dry_run and STDOUT in (output, feedback_zip):
        raise CourseError("--json and a file both go to the standard output: name a file")
    course, chosen = _course(load_exercises=False), lessons or []
    result = (
        export_pages(course, chosen, feedback_zip, options)
        if feedback_zip
        else grades(course, chosen, options)
    )
    if as_json:
        typer.echo(json.dumps(result.as_json(), indent=1))
    else:
        for line in lines(result, dry_run):
            typer.echo(line, err=True)
    raise typer.Exit(bool(result.left_out))


@app.command()
def similar(
    lessons: Lessons = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the page goes.", show_default=False)
    ] = None,
    dolos: Annotated[
        Path | None,
        typer.Option("--dolos", help="Also write a zip that Dolos reads.", show_default=False),
    ] = None,
    least: Annotated[
        float | None,
        typer.Option("--bits", min=1, help="How many bits a pair must share.", show_default="by class size"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show answers that are alike beyond what the exercise forces, side by side. Exit code 1: some are."""
    from autograder.commands import similar as command
    from autograder.commands.console import status
    from autograder.commands.similar_page import page
    from autograder.course.course import write_atomically

    course = _course()
    with status("comparing") as console:
        found = command.similar(
            course,
            course.choose(lessons or [], "release"),
            least,
            lambda lesson: console.update(f"comparing {lesson}"),
        )
    path = output or course.state / "similar.html"
    write_atomically(path, page(found).encode("utf-8", "replace"), mode=0o600)
    if dolos is not None:
        command.write_dolos(dolos, found)
    if as_json:
        typer.echo(command.as_json(found))
    else:
        for line in command.said(found):
            typer.echo(line)
        typer.echo(f"side by side: {path}")
        if dolos is not None:
            typer.echo(f"for Dolos: {dolos}")
    raise typer.Exit(any(one.found for one in found))


@app.command()
def forget(
    student: Annotated[str, typer.Argument(help="The student's id, as in the gradebook.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without this, only show what would be done.")
    ] = False,
    pseudonym: Annotated[
        bool, typer.Option("--pseudonym", help="Keep grades and notebooks, under a random id.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove all of a student's data. Exit code 1: some of it is left for you to look at."""
    from autograder.commands import forget as command

    course = _course(load_exercises=False)
    if yes:
        steps = command.forget(course, student, pseudonym=pseudonym)
    else:
        steps, _ = command.plan(course, student, pseudonym=pseudonym)
    if as_json:
        fields = ("what", "where", "detail")
        typer.echo(json.dumps([{name: getattr(step, name) for name in fields} for step in steps], indent=1))
    else:
        for line in command.said(steps, done=yes):
            typer.echo(line)
        if not yes:
            typer.echo("\nNothing was changed. With --yes it is done.")
    raise typer.Exit(yes and any(step.do is None for step in steps))


@app.command()
def regrade(
    student: Annotated[str, typer.Argument(help="The student's id.", show_default=False)] = "",
    lesson: Annotated[str, typer.Argument(help="By folder or number.", show_default=False)] = "",
    exercise: Annotated[str, typer.Argument(help="The exercise's id.", show_default=False)] = "",
    objection: Annotated[
        str | None, typer.Option("--objection", help="Note what the student objects to.", show_default=False)
    ] = None,
    decision: Annotated[
        str, typer.Option("--decide", help="keep, new, or the points.", show_default=False)
    ] = "",
    by: Annotated[str, typer.Option("--by", help="Who decides.", show_default=False)] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; students read it.", show_default=False)] = "",
    as_json: Json = False,
    unsafe_no_sandbox: Unsafe = False,
) -> None:
    """List objections; with arguments judge one again and decide. Exit code 1: some wait for a decision."""
    from dataclasses import asdict

    from autograder.commands import regrade as command
    from autograder.course.course import CourseError
    from autograder.grading import job, objections

    course = _course()
    if not student:
        waiting = objections.queue(course)
        if as_json:
            typer.echo(json.dumps([asdict(one) for one in waiting], indent=1, ensure_ascii=False))
        else:
            command.show_queue(waiting)
        raise typer.Exit(bool(waiting))
    if not exercise:
        raise CourseError(
            "name the student, the lesson and the exercise; with none of them, the queue is listed"
        )
    who, released, exercise = command.find(course, student, lesson, exercise)
    if decision:
        command.require_decision(decision, released.points()[exercise], by, reason)
    if objection is not None:
        command.note(course, who, released.lesson, exercise, objection)
        if not decision:
            typer.echo(f"noted: {who} {released.lesson} {exercise}")
            raise typer.Exit(0)
    try:
        case = command.judge_again(course, who, released, exercise, "process" if unsafe_no_sandbox else "")
    finally:
        job.close()
    if not as_json:
        command.show(case)
    if not decision and not as_json and sys.stdin.isatty():
        decision = typer.prompt(
            "Decide (keep, new, or the points; nothing: later)", default="", show_default=False
        )
        if decision:
            by, reason = by or typer.prompt("Your name"), reason or typer.prompt("Why")
    points = command.decide(course, case, decision, by, reason) if decision else None
    if as_json:
        typer.echo(command.as_json(case, points))
    else:
        typer.echo("not decided" if points is None else f"decided: {points:g} of {case.score.most:g} points")
    raise typer.Exit(points is None)


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
    from autograder.commands import report as command
    from autograder.commands.console import status
    from autograder.course.course import CourseError

    if as_json and as_csv:
        raise CourseError("--json and --csv print two things: choose one")
    course = _course()
    with status("reading the verdicts"):
        found = command.gather(course, course.choose(lessons or [], "release"))
    if comment is not None:
        with status("writing comments"):
            count = command.comment(course, found, *comment)
        typer.echo(
            f"comments written: {count}; autograder feedback puts them on the pages", err=as_json or as_csv
        )
    if as_json or as_csv:
        typer.echo(command.as_json(found) if as_json else command.as_csv(found).rstrip("\n"))
    if output is not None or not (as_json or as_csv or comment):
        written = command.write(found, output or course.root / command.FOLDER)
        typer.echo(f"for the class   {written.class_page}", err=as_json or as_csv)
        typer.echo(f"for you alone   {written.help_page}", err=as_json or as_csv)
    if found.waiting:
        typer.echo(f"to review: {len(found.waiting)}, listed on the page for you alone", err=True)
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
