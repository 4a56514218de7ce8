"""The lessons as files to open: what a learner starts from, after a cell that installs the course."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

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
    %pip install -q "convcourse @ git+{repository}\""""


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


def write_lessons(source: Path, out: Path, address: Address) -> None:
    """Write every lesson's learner version to OUT/LESSON/LESSON.ipynb."""
    setup = _SETUP + (_SETUP_COLAB.format(repository=address.repository) if address.repository else "")
    for lesson in lessons_in(source):
        target = out / f"{lesson.docname}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        notebook = for_learner(lesson.notebook, setup)
        target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
