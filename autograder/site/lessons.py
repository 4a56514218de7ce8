"""The lessons as the site knows them: folders with a number, each with the notebook of its name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.notebook.solution_marks import is_solution, text_of

_FOLDER = re.compile(r"(\d\d)_\w+")


@dataclass(frozen=True)
class Lesson:
    """One lesson's notebook, read when it is asked."""

    path: Path

    @property
    def folder(self) -> str:
        """The folder's name, which is also the notebook's and nbgrader's assignment."""
        return self.path.parent.name

    @property
    def number(self) -> str:
        """Its two digits."""
        return self.folder[:2]

    @property
    def docname(self) -> str:
        """Its page, from the site's root."""
        return f"{self.folder}/{self.folder}"

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The .ipynb's content."""
        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content

    @cached_property
    def _paragraphs(self) -> list[str]:
        prose = (text_of(cell) for cell in self.notebook["cells"] if cell["cell_type"] == "markdown")
        return [p.strip() for text in prose for p in re.split(r"\n\s*\n", text) if p.strip()]

    @property
    def title(self) -> str:
        """The first heading."""
        return next(
            (p.splitlines()[0].lstrip("# ") for p in self._paragraphs if p.startswith("#")), self.folder
        )

    @property
    def teaser(self) -> str:
        """The first paragraph of plain prose, without its markup."""
        plain = (
            p
            for p in self._paragraphs
            if not p.startswith(("#", "<", "|", "-", "*", ">", "$", "!", ":", "`"))
        )
        text = " ".join(next(plain, "").split())
        return re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`$]+", lambda found: found[1] or "", text)

    @property
    def functions(self) -> int:
        """How many functions a learner writes."""
        cells = self.notebook["cells"]
        return sum(cell["cell_type"] == "code" and is_solution(cell) for cell in cells)


def lessons_in(source: Path) -> list[Lesson]:
    """Return the lessons of a notebooks folder in order."""
    folders = sorted(p for p in source.iterdir() if p.is_dir() and _FOLDER.fullmatch(p.name))
    return [Lesson(p / f"{p.name}.ipynb") for p in folders if (p / f"{p.name}.ipynb").is_file()]
