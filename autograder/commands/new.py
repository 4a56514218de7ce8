"""`autograder new`: a course, a lesson or an exercise to begin with."""

from __future__ import annotations

import json
import keyword
import re
import zlib
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.commands.lint import BLANK
from autograder.course.course import CONFIG, Course, CourseError, write_atomically

_LESSON = re.compile(r"\d\d_\w+")

_CONFIG = '''\
"""The course's settings, read by every nbgrader command, by the formgrader and by `autograder`."""

from autograder.course.settings import configure

c = get_config()
configure(c)

c.CourseDirectory.course_id = {course_id!r}
c.Grading.exercises = ["exercises/*.py"]
'''

_IGNORED = """\
/.autograder/
/.demo/
/autograded/
/feedback/
/gradebook.db*
/notebooks/.build/
/release/
/report/
/submitted/
/work/
.ipynb_checkpoints/
__pycache__/
my_convlib.py
"""

_EXERCISE = '''\
"""{name}: what is right, what earns points, and what people write instead."""

import numpy as np

from autograder.authoring import case, exercise, modifies, returns_nothing


def by_hand():
    """Cases to do by hand, the simplest first: one of them shows a learner where the function fails."""
    yield case(np.array([1.0, 2.0]))  # {blank}: the arguments of the smallest case


@exercise(lesson="{lesson}", examples=by_hand, hint="{blank}: where to look first.")
def {name}(x):
    return x  # {blank}: the right answer, as a learner would write it


@{name}.requirement("{blank}: what is right once this is met", points=1)
def _(draw):
    yield case(draw.array(3, 4))  # {blank}: what must be right for it; draw gives values by seed


{name}.keeps_inputs(points=1)

{name}.bug(
    "{blank_id}", "return x", "return -x",  # {blank}: the text above, and what learners write instead
    "{blank}: what is wrong, and why.",
    ask="{blank}: what should they ask themselves?",
)
{name}.common(returns_nothing, modifies("x"))
'''


def new_course(folder: Path) -> list[Path]:
    """Write the beginnings of a course.

    Args:
        folder: where; it may exist, and must not be a course yet.

    Raises:
        CourseError: there is a course already.
    """
    if (folder / CONFIG).exists():
        raise CourseError(f"{folder / CONFIG} is there already")
    course_id = re.sub(r"\W+", "_", folder.resolve().name).strip("_") or "course"
    written = {
        folder / CONFIG: _CONFIG.format(course_id=course_id),
        folder / ".gitignore": _IGNORED,
        folder / "notebooks" / "index.md": _index(course_id),
        folder / "notebooks" / "conf.py": _CONF.format(title=course_id.replace("_", " ")),
    }
    for path, text in written.items():
        if not path.exists():
            write_atomically(path, text.encode())
    (folder / "exercises").mkdir(exist_ok=True)
    return [*written, folder / "exercises"]


_CONF = '''\
"""The site's settings; what is not here is the package's own."""

from autograder.site.settings import *

project = html_title = {title!r}
author = copyright = ""
'''


_TOCTREE = "```{toctree}\n:hidden:\n:glob:\n\n[0-9]*/*\n```\n"


def _index(course_id: str) -> str:
    return f"# {course_id.replace('_', ' ')}\n\n```{{lessons}}\n```\n\n{_TOCTREE}"


def new_lesson(course: Course, name: str) -> list[Path]:
    """Write a lesson's notebook.

    Args:
        course: where.
        name: two digits, an underscore and a name: the folder's and the notebook's.

    Raises:
        CourseError: it is there already, or this is no name for a lesson.
    """
    if not _LESSON.fullmatch(name):
        raise CourseError(f"a lesson is named like 90_my_lesson: two digits, then a name; got {name!r}")
    path = course.folder("source", name, f"{name}.ipynb")
    if path.exists():
        raise CourseError(f"{path} is there already")
    if exercises.is_built_in(name):
        raise CourseError(f"{name} is the name of a built-in lesson")
    number, _, title = name.partition("_")
    cells = [
        _markdown(
            f"# {number} · {title.replace('_', ' ').capitalize()}\n\n{BLANK}: what this lesson aims at."
        ),
        _code("import numpy as np\n\nfrom autograder import check, mine"),
        _markdown(f"## What you learned\n\n{BLANK}: three lines."),
    ]
    _write_notebook(path, {"cells": cells, **_NOTEBOOK})
    return [path]


def new_exercise(course: Course, name: str, lesson: str = "") -> list[Path]:
    """Write an exercise file, and its cells into the lesson's notebook.

    Args:
        course: where.
        name: the function's.
        lesson: the lesson it belongs to, by folder or number; may be empty where there is only one.

    Raises:
        CourseError: there is such an exercise already, this is no name of a function, or it is not clear
            which lesson is meant.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise CourseError(f"an exercise is named like its function, in snake_case; got {name!r}")
    if name in exercises.all():
        raise CourseError(f"there is an exercise {name} already")
    path = course.root / "exercises" / f"{name}.py"
    if path.exists():
        raise CourseError(f"{path} is there already")
    (chosen,) = course.choose([lesson]) if lesson else _only_lesson(course)
    notebook = course.folder("source", chosen, f"{chosen}.ipynb")
    try:
        content = json.loads(notebook.read_bytes())
        cells = content["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise CourseError(f"{notebook} cannot be read: {error}") from error
    cells[max(len(cells) - 1, 0) : len(cells) - 1 if cells else 0] = _exercise_cells(name)
    text = _EXERCISE.format(name=name, lesson=chosen, blank=BLANK, blank_id="sign_turned")
    write_atomically(path, text.encode())
    _write_notebook(notebook, content)
    return [path, notebook]


def _only_lesson(course: Course) -> list[str]:
    lessons = course.lessons()
    if not lessons:
        raise CourseError("there is no lesson yet: autograder new lesson 90_my_lesson")
    if len(lessons) > 1:
        raise CourseError(f"say which lesson it belongs to, --lesson NAME; there are {', '.join(lessons)}")
    return lessons


def _exercise_cells(name: str) -> list[dict[str, Any]]:
    """What a learner reads, what they write, and the check."""
    solution = (
        f'def {name}(x):\n    """{BLANK}: what it returns.\n\n    x: {BLANK}: shape and meaning.\n    """\n'
        "    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
    )
    return [
        _markdown(
            f"## {name.replace('_', ' ').capitalize()}  ·  about 10 min  ·  easy\n\n{BLANK}: the task."
        ),
        _code(solution, grade_id=name, solution=True),
        _code(f"check({name});", grade_id=f"test_{name}", grade=True, locked=True, points=2),
    ]


_NOTEBOOK: dict[str, Any] = {
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str, **mark: Any) -> dict[str, Any]:
    metadata = {}
    if mark:
        defaults = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
        metadata = {"nbgrader": {**defaults, **mark}}
    return {"cell_type": "code", "metadata": metadata, "source": text, "outputs": [], "execution_count": None}


def _write_notebook(path: Path, content: dict[str, Any]) -> None:
    """In nbformat's own form: a line of source is a line of the file, and cells have ids."""
    for number, cell in enumerate(content["cells"]):
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        cell["source"] = source.splitlines(keepends=True)
        cell.setdefault("id", f"{number:02d}-{zlib.crc32(source.encode()):08x}")
    write_atomically(
        path, (json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
    )
