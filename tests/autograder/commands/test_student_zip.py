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

from autograder.commands.student_zip import INSTALL, NAME, pack
from autograder.course.course import CONFIG, Course
from autograder.course.release import release
from autograder.notebook.merge import exercise_of
from autograder.notebook.reading import text_of
from autograder.site.published import Address, write_lessons
from support.needs import needs

ROOT = Path(__file__).resolve().parents[3]
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
        self.folder = home / NAME
        self.python = self.folder / ".venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        self.readme = (self.folder / "README.txt").read_text().splitlines()

    def commands(self) -> list[list[str]]:
        """What the README has for this system to be copied: install, start, progress."""
        mine, copied = False, []
        for line in self.readme:
            if line.startswith("  ") and line.endswith(":"):
                mine = ("Windows" in line) == (sys.platform == "win32")
            elif mine and line.startswith("    "):
                copied.append(line.split())
            else:
                mine = False
        return copied

    def copy(self, command: list[str], *options: str, folder: Path) -> str:
        """Run a line of the README from a folder: there, the paths lead to the unpacked one."""
        words = [
            str(self.folder / word) if word.startswith(".venv") or word.endswith(".py") else word
            for word in command
        ]
        return self._run(
            [sys.executable if words[0] in ("python3", "py") else words[0], *words[1:], *options], folder
        )

    def run(self, *arguments: str, folder: Path | None = None) -> str:
        """Run the environment's Python, in the unpacked folder."""
        return self._run([str(self.python), *arguments], folder or self.folder)

    def _run(self, command: list[str], folder: Path) -> str:
        left_out = ("PYTHONPATH", "VIRTUAL_ENV")
        mine = {name: value for name, value in os.environ.items() if name not in left_out}
        # What is never imported need not be compiled; pip reads a negative option's variable as its opposite.
        mine["PIP_NO_COMPILE"] = "0"
        done = subprocess.run(command, cwd=folder, env=mine, capture_output=True, text=True, check=False)
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
    install, _, _ = one.commands()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert "Start with:" in one.copy(install, folder=elsewhere)
    return one


def lesson_solved(released: Path) -> list[dict[str, Any]]:
    """The released cells up to the first exercise, its solution, and its check as it was released."""
    source = json.loads((ROOT / "notebooks" / LESSON / f"{LESSON}.ipynb").read_text())["cells"]
    cells = json.loads(released.read_text())["cells"]
    first = next(index for index, cell in enumerate(cells) if exercise_of(cell))
    asked = next(cell for cell in source if cell["id"] == cells[first - 1]["id"])
    assert "BEGIN SOLUTION" in text_of(asked["source"])
    return [*cells[: first - 1], asked, cells[first]]


def test_the_readme_s_lines_lead_to_a_solved_exercise(student: Student) -> None:
    _, start, progress = student.commands()
    assert "Opening 00_" in student.copy(start, "--", "--version", folder=student.folder)
    assert "mirror: not checked yet" in student.copy(progress, folder=student.folder)
    folder = student.folder / LESSON
    shown = student.execute(lesson_solved(folder / f"{LESSON}.ipynb"), folder)
    assert shown[-1].startswith("mirror: 1 of 1. All correct."), shown
    assert "def mirror(image):" in (student.folder / "my_convlib.py").read_text()
    assert "All is solved.\n1 of 1 points" in student.copy(progress, folder=folder)


def in_colab(student: Student, cells: list[dict[str, Any]], folder: Path) -> list[str]:
    """Execute in a kernel that has no course, and where google.colab is loaded."""
    student.run("-m", "pip", "uninstall", "--quiet", "--yes", "convcourse")
    colab = code('import sys, types\n\nsys.modules["google.colab"] = types.ModuleType("google.colab")')
    solve = code(
        "from autograder import check\n\n\ndef mirror(image):\n    return image[:, ::-1]\n\n\ncheck(mirror);"
    )
    return student.execute([colab, *cells, solve], folder)


def test_the_cell_for_colab_installs_the_wheel(student: Student) -> None:
    (install,) = [line.strip() for line in student.readme if "%pip" in line]
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
    write_lessons(tmp_path / "notebooks", tmp_path / "files", Address(address), {})
    # For git the address leads to the copy here.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{repository}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", address)
    published = json.loads((tmp_path / "files" / LESSON / f"{LESSON}.ipynb").read_text())["cells"]
    shown = in_colab(student, published[:1], tmp_path)
    assert shown[-1].startswith("mirror: 1 of 1."), shown


def test_an_old_python_is_told_which_one_is_needed(tmp_path: Path) -> None:
    program = (
        f"import sys\nsys.version_info = (3, 8, 10)\n__file__ = {str(tmp_path / 'install.py')!r}\n{INSTALL}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 or newer is needed, and this is 3.8. Get one from python.org.\n"


def test_a_debian_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "venv.py").write_text("import sys\nsys.exit('ensurepip is not available')\n")
    (tmp_path / "install.py").write_text(INSTALL)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "install.py")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ensurepip is not available" in done.stdout
    assert "sudo apt install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()
