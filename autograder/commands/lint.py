"""`autograder lint`: what is wrong with an exercise or a lesson, in plain words."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.adaptations import syntax_tree
from autograder.authoring.validate import SEEDS, solution_fault, validate
from autograder.course.course import Course, CourseError
from autograder.exercises import ExerciseError, outside
from autograder.model.exercise import Exercise
from autograder.protocol import withholding

BLANK = "FILL IN"  # what `autograder new` leaves for the author
DELIMITERS = ("### BEGIN SOLUTION", "### END SOLUTION")

Watch = Callable[[str], None]


def lint(
    course: Course, names: Sequence[str], seeds: int = SEEDS, watch: Watch = print
) -> dict[str, list[str]]:
    """Look at exercise files and lessons.

    Args:
        course: opened without its exercise files, so that one that is broken does not hide the others.
        names: files (exercises, notebooks) or lessons; all of the course's own where there are none.
        seeds: how many seeds each exercise is tried with.
        watch: told what is looked at, before it is.

    Returns:
        For each file that was looked at what is wrong with it.

    Raises:
        CourseError: there is no such file or lesson.
    """
    found: dict[str, list[str]] = {}
    files, broken = _load(course)
    wanted_files, wanted_lessons = _wanted(course, names, files)
    for name in wanted_files:
        if name in broken:
            found[name] = [broken[name]]
            continue
        found[name] = [*_blanks(name, files[name])]
        for exercise in outside.load(name, files[name]) if not found[name] else ():
            watch(exercise.id)
            found[name] += [*_lesson_missing(course, exercise), *validate(exercise, seeds)]
    exercises.use({name: text for name, text in files.items() if name not in broken}, look_for_texts=False)
    unread = "".join(files[name] for name in broken)
    for lesson in wanted_lessons:
        watch(lesson)
        path = course.folder("source", lesson, f"{lesson}.ipynb")
        found[path.relative_to(course.root).as_posix()] = notebook_faults(path, lesson, unread)
        for exercise in exercises.for_lesson(lesson) if exercises.is_built_in(lesson) else ():
            watch(exercise.id)
            found[path.relative_to(course.root).as_posix()] += validate(exercise, seeds)
    return found


def _load(course: Course) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of all exercise files, and what is wrong with those that cannot be used."""
    try:
        files = outside.read(course.root, list(course.grading.exercises))
    except ExerciseError as error:
        raise CourseError(str(error)) from error
    exercises.use({})
    own = exercises.all()
    usable: dict[str, str] = {}
    broken: dict[str, str] = {}
    for name, text in files.items():
        try:
            outside.load_all({**usable, name: text}, own, look_for_texts=False)
        except ExerciseError as error:
            broken[name] = str(error)
        else:
            usable[name] = text
    return files, broken


def _lesson_missing(course: Course, exercise: Exercise) -> Iterator[str]:
    lessons = course.lessons()
    if exercise.lesson not in lessons:
        alike = get_close_matches(exercise.lesson, lessons, n=1)
        there = f"did you mean {alike[0]!r}?" if alike else f"there are: {', '.join(lessons) or 'none'}"
        folder = course.folder("source").name
        yield f"{exercise.id}: there is no lesson {exercise.lesson!r} in {folder}/; {there}"


def _wanted(course: Course, names: Sequence[str], files: dict[str, str]) -> tuple[list[str], list[str]]:
    """The exercise files and the lessons that are meant."""
    if not names:
        return list(files), course.lessons()
    wanted_files, lessons = [], []
    for name in names:
        path = Path(name)
        if path.suffix == ".py":
            inside = path.resolve()
            if not inside.is_file():
                raise CourseError(f"{name}: no such file")
            known = [other for other in files if (course.root / other).resolve() == inside]
            if not known:
                files[name] = inside.read_text(encoding="utf-8-sig")
            wanted_files += known or [name]
        else:
            (lesson,) = course.choose([path.stem if path.suffix == ".ipynb" else name])
            lessons.append(lesson)
            wanted_files += [file for file, text in files.items() if _names(text, lesson)]
    return list(dict.fromkeys(wanted_files)), list(dict.fromkeys(lessons))


def _names(text: str, lesson: str) -> bool:
    return f'"{lesson}"' in text or f"'{lesson}'" in text


def _blanks(name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if BLANK in line:
            yield f"line {number} is still to fill in: {line.strip()}"


def notebook_faults(path: Path, lesson: str, unread: str = "") -> list[str]:
    """What is wrong with a lesson's notebook, and where it and its exercises disagree.

    Args:
        path: the notebook.
        lesson: the lesson that it is.
        unread: the text of exercise files that cannot be used: what is missing may be in there.
    """
    try:
        cells = json.loads(path.read_bytes())["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"it cannot be read as a notebook: {error}"]
    found = [*_blanks_in(cells), *_stored_outputs(cells), *_marks(cells), *_unknown(cells, unread)]
    for exercise in exercises.for_lesson(lesson):
        found += [f"{exercise.id}: {fault}" for fault in _disagreements(exercise, cells)]
    known = {f"test_{exercise.id}" for exercise in exercises.for_lesson(lesson)}
    for cell in cells:
        mark = _mark(cell)
        name = str(mark.get("grade_id"))
        if cell["cell_type"] != "code" or not mark.get("grade") or name in known:
            continue
        if f"def {name.removeprefix('test_')}(" not in unread:
            found.append(f"the test cell {name!r} belongs to no exercise of this lesson")
    return found


def _unknown(cells: list[dict[str, Any]], unread: str) -> Iterator[str]:
    """Functions that a cell asks for and nobody has."""
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "code":
            for name in re.findall(r"""\bmine\(["'](\w+)["']\)""", _source(cell)):
                if name not in exercises.all() and not withholding.has(name) and f"def {name}(" not in unread:
                    yield f"cell {number}: mine({name!r}) asks for an exercise that does not exist"


def _mark(cell: dict[str, Any]) -> dict[str, Any]:
    return dict(cell.get("metadata", {}).get("nbgrader") or {})


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _blanks_in(cells: list[dict[str, Any]]) -> Iterator[str]:
    for number, cell in enumerate(cells, 1):
        for line in _source(cell).splitlines():
            if BLANK in line:
                yield f"cell {number} is still to fill in: {line.strip()}"


def _stored_outputs(cells: list[dict[str, Any]]) -> Iterator[str]:
    for number, cell in enumerate(cells, 1):
        if cell.get("outputs") or cell.get("execution_count"):
            yield f"cell {number} holds outputs: a lesson is stored without them"


def _marks(cells: list[dict[str, Any]]) -> Iterator[str]:
    ids = [_mark(cell).get("grade_id") for cell in cells if _mark(cell)]
    for grade_id in sorted({str(one) for one in ids if ids.count(one) > 1}):
        yield f"two cells have the grade_id {grade_id!r}"
    for cell in cells:
        mark = _mark(cell)
        if mark.get("solution") and cell["cell_type"] == "code":
            lines = [line.strip() for line in _source(cell).splitlines()]
            if any(lines.count(delimiter) != 1 for delimiter in DELIMITERS):
                yield (
                    f"the solution cell {mark.get('grade_id')!r} needs one line {DELIMITERS[0]} and one line "
                    f"{DELIMITERS[1]} around the solution"
                )


def _disagreements(exercise: Exercise, cells: list[dict[str, Any]]) -> Iterator[str]:
    """Where an exercise and its two cells say different things."""
    by_id = {_mark(cell).get("grade_id"): cell for cell in cells if _mark(cell)}
    solution, test = by_id.get(exercise.id), by_id.get(f"test_{exercise.id}")
    if solution is None or not _mark(solution).get("solution"):
        yield f"the notebook has no solution cell with the grade_id {exercise.id!r}"
    else:
        faults = list(_solution_faults(exercise, solution))
        yield from faults or _wrong_solution(exercise, cells, solution)
    if test is None or not _mark(test).get("grade"):
        yield f"the notebook has no test cell with the grade_id 'test_{exercise.id}'"
        return
    points = _mark(test).get("points")
    if points != exercise.points:
        yield f"its test cell has {points:g} points, its requirements add up to {exercise.points:g}"
    if not re.fullmatch(rf"\s*check\({exercise.id}\);?\s*", _source(test)):
        yield f"its test cell must hold check({exercise.id}); and nothing else"


def _solution_faults(exercise: Exercise, cell: dict[str, Any]) -> Iterator[str]:
    try:
        tree = syntax_tree(_source(cell))
    except SyntaxError as error:
        yield f"its solution cell is not Python: line {error.lineno}: {error.msg}"
        return
    defined = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == exercise.id]
    if not defined:
        yield f"its solution cell does not define {exercise.id}"
        return
    (written,) = defined[-1:]
    signature = f"{exercise.id}({ast.unparse(written.args)})"
    if signature.replace(" ", "") != exercise.signature.replace(" ", ""):
        yield f"the notebook has {signature}, the exercise {exercise.signature}"
    if ast.get_docstring(written) is None:
        yield "its function in the notebook has no docstring: say shapes and units there"


def _wrong_solution(
    exercise: Exercise, cells: list[dict[str, Any]], solution: dict[str, Any]
) -> Iterator[str]:
    """The notebook's solution, where `check` does not pass it.

    It is run with the imports and the functions of the cells before it. One that needs more than that, a
    variable of another cell, is left to the release, which runs the whole lesson.
    """
    space: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
        for cell in cells[: cells.index(solution) + 1]:
            if cell["cell_type"] == "code":
                exec(compile(_definitions(_source(cell)), exercise.id, "exec"), space)
    function = space.get(exercise.id)
    if callable(function):
        told = solution_fault(exercise, function)
        if told and "NameError" not in told:
            yield f"its solution in the notebook does not pass: {told}"


def _definitions(source: str) -> ast.Module:
    """A cell's imports and functions."""
    try:
        body = syntax_tree(source).body
    except SyntaxError:  # a line for IPython
        body = []
    wanted = (ast.Import, ast.ImportFrom, ast.FunctionDef)
    kept: list[ast.stmt] = [node for node in body if isinstance(node, wanted)]
    return ast.Module(kept, [])
