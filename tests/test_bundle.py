"""The students' zip in an empty environment: by its README a first exercise is solved; also in Colab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.bundle import NAME, pack
from autograder.grading.course import CONFIG, Course
from autograder.grading.notebook import text_of
from autograder.grading.overlay import exercise_of
from autograder.grading.release import release
from autograder.site.published import Address, write_lessons
from support.needs import needs

ROOT = Path(__file__).resolve().parents[1]
LESSON = "00_how_this_course_checks_you"
EXECUTE = """
import sys
import nbclient, nbformat

notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=300).execute()
nbformat.write(notebook, sys.argv[1])
"""


class Student:
    """Has an empty environment and the unpacked zip, nothing of this checkout."""

    def __init__(self, home: Path, packed: Path) -> None:
        with zipfile.ZipFile(packed) as content:
            content.extractall(home)
        subprocess.run([sys.executable, "-m", "venv", str(home / "env")], check=True)
        self.folder = home / NAME
        self.python = home / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        self.readme = (self.folder / "README.txt").read_text().splitlines()

    def run(self, *arguments: str, folder: Path | None = None) -> str:
        """Run the environment's Python, in the unpacked folder."""
        command = [str(self.python), *arguments]
        left_out = ("PYTHONPATH", "VIRTUAL_ENV")
        mine = {name: value for name, value in os.environ.items() if name not in left_out}
        mine["PIP_NO_COMPILE"] = "1"  # what is never imported need not be compiled
        done = subprocess.run(
            command, cwd=folder or self.folder, env=mine, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def execute(self, cells: list[dict[str, Any]], folder: Path) -> list[str]:
        """What each of these cells of a notebook in this folder shows."""
        content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path = folder / "tried.ipynb"
        path.write_text(json.dumps(content))
        self.run("-c", EXECUTE, path.name, folder=folder)
        done = json.loads(path.read_text())["cells"]
        return ["\n".join(map(_shown, cell.get("outputs", []))) for cell in done]


def _shown(output: dict[str, Any]) -> str:
    return text_of(output.get("text", "")) + text_of(output.get("data", {}).get("text/plain", ""))


def code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"cell-{abs(hash(source))}",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Student:
    needs("PyPI")
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / CONFIG, root)
    shutil.copytree(ROOT / "notebooks" / LESSON, root / "notebooks" / LESSON)
    course = Course.open(root)
    release(course, [LESSON])
    said = pack(course)
    packed = course.folder("release", f"{NAME}.zip")
    assert packed.is_file(), said
    one = Student(tmp_path_factory.mktemp("student"), packed)
    install = one.readme[0].partition("run: python ")[2]
    one.run(*install.split())
    return one


def lesson_solved(released: Path) -> list[dict[str, Any]]:
    """The released cells up to the first exercise, its solution, and its check as it was released."""
    source = json.loads((ROOT / "notebooks" / LESSON / f"{LESSON}.ipynb").read_text())["cells"]
    cells = json.loads(released.read_text())["cells"]
    first = next(index for index, cell in enumerate(cells) if exercise_of(cell))
    asked = next(cell for cell in source if cell["id"] == cells[first - 1]["id"])
    assert "BEGIN SOLUTION" in text_of(asked["source"])
    return [*cells[: first - 1], asked, cells[first]]


def test_three_lines_lead_to_a_solved_exercise(student: Student) -> None:
    start = student.readme[1].partition("Start with: python ")[2].partition("  ")[0]
    assert student.run(*start.split(), "--version").strip()
    folder = student.folder / LESSON
    shown = student.execute(lesson_solved(folder / f"{LESSON}.ipynb"), folder)
    assert shown[-1].startswith("mirror: 1 of 1. All correct."), shown
    assert "def mirror(image):" in (student.folder / "my_convlib.py").read_text()


def in_colab(student: Student, cells: list[dict[str, Any]], folder: Path) -> list[str]:
    """Execute in a kernel that has no course, and where google.colab is loaded."""
    student.run("-m", "pip", "uninstall", "--quiet", "--yes", "convcourse")
    colab = code('import sys, types\n\nsys.modules["google.colab"] = types.ModuleType("google.colab")')
    solve = code(
        "from autograder import check\n\n\ndef mirror(image):\n    return image[:, ::-1]\n\n\ncheck(mirror);"
    )
    return student.execute([colab, *cells, solve], folder)


def test_the_cell_for_colab_installs_the_wheel(student: Student) -> None:
    _, _, install = student.readme[2].partition("upload the .whl first: ")
    shown = in_colab(student, [code(install)], student.folder)
    assert shown[-1].startswith("mirror: 1 of 1."), shown


def test_a_published_lesson_installs_the_course_in_colab(
    student: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, repository = "https://github.com/owner/course", tmp_path / "repository"
    for folder in ("autograder", "convlib", "data"):
        shutil.copytree(ROOT / folder, repository / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, repository)
    author = ["-c", "user.name=course", "-c", "user.email=course@example.org"]
    for step in (["init"], ["add", "--all"], [*author, "commit", "--message", "Course"]):
        subprocess.run(["git", *step], cwd=repository, check=True, capture_output=True)
    shutil.copytree(ROOT / "notebooks" / LESSON, tmp_path / "notebooks" / LESSON)
    write_lessons(tmp_path / "notebooks", tmp_path / "files", Address(address))
    # For git the address leads to the copy here.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{repository}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", address)
    published = json.loads((tmp_path / "files" / LESSON / f"{LESSON}.ipynb").read_text())["cells"]
    shown = in_colab(student, published[:1], tmp_path)
    assert shown[-1].startswith("mirror: 1 of 1."), shown
