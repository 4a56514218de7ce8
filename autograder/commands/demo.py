"""The demonstration: a course of its own, a sample class, the whole way, and whether it came out right."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from rich.console import Console

from autograder.commands import report, sample_class
from autograder.commands.console import ProgressBar, show
from autograder.course.course import CONFIG, Course, CourseError, write_atomically
from autograder.course.release import release
from autograder.grading.batch import Options, grade
from autograder.nbgrader_plugin import feedback

FOLDER = ".demo"
GUIDE = Path("notebooks", "instructors.md")
RECIPES = Path("data", "sample_class", "class.toml")
# A demonstration is not an examination: endless loops are given up sooner.
SETTINGS = """
c.Grading.cell_seconds = 10.0
c.Grading.answer_seconds = 3.0
c.Grading.memory_mb = 256
c.Grading.build_student_zip = False
"""


def _released(course: Course, own: Course, lessons: list[str]) -> tuple[Course, dict[str, str]]:
    """Release the lessons; in a new folder where an earlier version's gradebook is in the way."""
    try:
        return own, release(own, lessons)
    except CourseError:
        shutil.rmtree(own.root)
        own = make_root(course, lessons)
        return own, release(own, lessons)


def run(course: Course, *, jobs: int = 0, force: bool = False) -> int:
    """Run the demonstration.

    Returns:
        0 when the results are the expected ones, else 1.
    """
    started = time.perf_counter()
    console = Console(highlight=False)
    path = course.root / RECIPES
    if not path.is_file():
        raise CourseError(f"no {RECIPES} in {course.root}: the demonstration needs a checkout of the course")
    recipes = sample_class.read(path)
    lessons = sorted({recipe.lesson for recipe in recipes})
    own = make_root(course, lessons)
    console.print(f"A course of its own in {own.root}", soft_wrap=True)
    console.print("1  release ...", end=" ")
    own, done = _released(course, own, lessons)
    console.print(", ".join(f"{lesson} {what}" for lesson, what in done.items()))
    launcher = _launcher(own, console)
    protected = launcher != "process"
    sample_class.hand_in(own, recipes, with_harmful=protected)
    chosen = [recipe for recipe in recipes if protected or not recipe.harmful]
    console.print(f"2  hand in ... {len(chosen)} submissions of a sample class")
    console.print("3  grade ...")
    with ProgressBar("   grade") as progress:
        rows = grade(own, lessons, Options(force=force, jobs=jobs, launcher=launcher), progress)
    console.print("4  feedback ...")
    with ProgressBar("   feedback") as progress:
        feedback.write(own, lessons, (), force, progress)
    console.print("5  report ...")
    pages = report.write(report.gather(own, lessons), own.root / report.FOLDER)
    console.print()
    show(own, rows)
    console.print(f"  feedback  {own.folder('feedback')}", soft_wrap=True)
    console.print(f"    report  {pages.class_page}", soft_wrap=True)
    console.print(f"       and  {pages.help_page}", soft_wrap=True)
    by_name = {(row.student, row.lesson): row for row in rows}
    wrong = []
    for recipe in chosen:
        difference = recipe.expected.differs(by_name.get((recipe.student, recipe.lesson)))
        if difference:
            wrong.append(f"{recipe.student} {recipe.lesson}: {difference}")
    strange = set(by_name) - {(recipe.student, recipe.lesson) for recipe in chosen}
    wrong += [f"{student} {lesson}: nobody expected this" for student, lesson in strange]
    seconds = time.perf_counter() - started
    if wrong:
        console.print(f"\nNot the expected results ({seconds:.0f} s):")
        for line in wrong:
            console.print(f"  {line}", markup=False, soft_wrap=True)
        return 1
    console.print(f"\nThe results are the expected ones ({seconds:.0f} s).")
    console.print(f"The same with your own class: {GUIDE}")
    return 0


def make_root(course: Course, lessons: list[str]) -> Course:
    """A course root with these lessons' sources, kept up to date with the course it is made from."""
    root = course.root / FOLDER
    config = (course.root / CONFIG).read_bytes() + SETTINGS.encode()
    if not (root / CONFIG).is_file() or (root / CONFIG).read_bytes() != config:
        write_atomically(root / CONFIG, config)
    own = Course.open(root)
    for lesson in lessons:
        source, copy = course.folder("source", lesson), own.folder("source", lesson)
        if not source.is_dir():
            raise CourseError(f"the sample class needs {source}")
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return own


def _launcher(course: Course, console: Console) -> str:
    """The course's sandbox where it works here, else none: then the harmful members stay away."""
    from autograder.commands.doctor import sandbox_problem

    problem = sandbox_problem(course)
    if not problem:
        return course.grading.launcher
    console.print(
        f"No sandbox here ({problem}): the sample class's harmful members are left out.", soft_wrap=True
    )
    return "process"
