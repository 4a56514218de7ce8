"""The lessons as files to open: what a learner starts from, after a cell that installs the course."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.exercises import outside
from autograder.site.lessons import lessons_in
from autograder.site.solutions import for_learner

_SETUP = """\
# Installs the course in the browser (JupyterLite) and in Colab. Elsewhere it does nothing.
import sys

if sys.platform == "emscripten":
    import piplite

    await piplite.install("convcourse")"""

_SETUP_COLAB = """
elif "google.colab" in sys.modules:
    %pip install -q "{package}\""""

_SETUP_EXERCISES = """

# The exercises of this lesson, wherever it is opened; while it is graded the judge has them.
import autograder

if hasattr(autograder, "exercises"):
    autograder.exercises.use({files})"""


@dataclass(frozen=True)
class Address:
    """Where the course is published, "" for what is not known (a build on somebody's desk)."""

    repository: str = ""  # https://github.com/OWNER/NAME
    colab: str = ""  # the folder of published lessons, as Colab opens it


def address_from_environment() -> Address:
    """Read the repository from what GitHub Actions sets; the published files are on the branch `lessons`."""
    name = os.environ.get("GITHUB_REPOSITORY", "")
    if not name:
        return Address()
    return Address(
        repository=f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}",
        colab=f"https://colab.research.google.com/github/{name}/blob/lessons/files",
    )


def write_lessons(source: Path, out: Path, address: Address, brought: Mapping[str, str]) -> None:
    """Write every lesson's learner version to OUT/LESSON/LESSON.ipynb.

    Args:
        source: the course's notebooks.
        out: where the lessons go.
        address: where the course is published.
        brought: the exercise files that the course brings along, by name: each lesson gets its own.
    """
    # A course that brings exercises along is not the repository of the package.
    package = "convcourse" if brought else f"convcourse @ git+{address.repository}"
    install = _SETUP + (_SETUP_COLAB.format(package=package) if address.repository else "")
    lessons = {
        name: {exercise.lesson for exercise in outside.load(name, text)} for name, text in brought.items()
    }
    for lesson in lessons_in(source):
        target = out / f"{lesson.docname}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        files = {name: text for name, text in brought.items() if lesson.folder in lessons[name]}
        setup = install + (_SETUP_EXERCISES.format(files=repr(files)) if files else "")
        notebook = for_learner(lesson.notebook, setup)
        target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
