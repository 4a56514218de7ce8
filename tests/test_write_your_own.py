"""The guide for authors: its commands and files, run as they stand in a course outside this checkout."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from autograder import wheel
from support.needs import needs

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "notebooks" / "write_your_own.md").read_text(encoding="utf-8")
LESSON = "90_keep_within_bounds"


def blocks(kind: str) -> list[str]:
    """The guide's fenced blocks of a language, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


class Workspace:
    """An author's terminal: a folder, and an environment in which only the package is installed."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.environment = {
            key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")
        }
        lent = Path(sys.executable).parent  # nbgrader makes its database with a program, alembic
        self.environment["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))  # nbconvert's templates
        self.environment["PATH"] = os.pathsep.join([str(programs), str(lent), os.environ["PATH"]])

    def run(self, command: str, expected: int = 0) -> str:
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder /= words[1]
            return ""
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == expected, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def commands(self, number: int) -> list[str]:
        """The commands of one of the guide's console blocks."""
        return [line[2:] for line in blocks("console")[number].splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an environment of its own; what it requires is lent by this one."""
    folder = tmp_path_factory.mktemp("installed")
    home = folder / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    (site,) = home.glob("lib/python*/site-packages")
    built = wheel.build(folder)
    command = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*command, "--no-deps", str(built)], check=True)
    # After its own packages, and without the .pth files through which an editable install would be found.
    (site / "lent.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")) + "\n")
    nbgrader = home / "bin" / "nbgrader"
    nbgrader.write_text(
        f"#!{home / 'bin' / 'python'}\nfrom nbgrader.apps.nbgraderapp import main\nmain()\n", encoding="utf-8"
    )
    nbgrader.chmod(0o755)
    return home / "bin"


def write_cell(path: Path, grade_id: str, source: str, points: float | None = None) -> None:
    content = json.loads(path.read_bytes())
    for cell in content["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade_id") == grade_id:
            cell["source"] = source
            if points is not None:
                mark["points"] = points
        elif "FILL IN" in "".join(cell["source"]):
            cell["source"] = "".join(cell["source"]).replace("FILL IN", "Written")
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Path:
    """The course of somebody who followed the guide until its lesson is written."""
    desk = Workspace(tmp_path_factory.mktemp("author"), programs)
    install, *commands = desk.commands(0)
    assert install == 'python -m pip install "convcourse[course]"'
    for command in commands:
        desk.run(command)
    (lint,) = desk.commands(1)
    assert "still to fill in" in desk.run(lint, expected=1)

    exercise, solution, _ = blocks("python")
    (desk.folder / "exercises" / "clip.py").write_text(exercise, encoding="utf-8")
    notebook = desk.folder / "notebooks" / LESSON / f"{LESSON}.ipynb"
    assert "the notebook has clip(x), the exercise clip(x, low, high)" in desk.run(lint, expected=1)
    write_cell(notebook, "clip", solution)
    write_cell(notebook, "test_clip", "check(clip);", points=3)
    assert "0 faults in 2 files" in desk.run(lint)
    return desk.folder


@pytest.fixture
def desk(written: Path, programs: Path, tmp_path: Path) -> Workspace:
    """A copy of that course, for one test to go on with."""
    return Workspace(shutil.copytree(written, tmp_path / written.name), programs)


def test_the_guide_leads_from_an_empty_folder_to_a_graded_class(desk: Workspace) -> None:
    needs("bubblewrap")
    _, solution, wrong = blocks("python")
    release, folder, copy = desk.commands(3)
    for command in (release, folder, copy):
        desk.run(command)
    submitted = desk.folder / "submitted" / "ann" / LESSON / f"{LESSON}.ipynb"
    answer = solution.partition("    ### BEGIN")[0] + wrong
    write_cell(submitted, "clip", answer)
    grade, feedback, export = desk.commands(4)
    assert "upper_bound_ignored" in desk.run(grade)
    desk.run(feedback)
    desk.run(export)
    page = (desk.folder / "feedback" / "ann" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "Your values can be larger than" in page
    grades = (desk.folder / "grades.csv").read_text(encoding="utf-8")
    assert re.search(r"^.*,ann,.*\b2\.0,3\.0$", grades, re.MULTILINE), grades
    assert ",ann," in grades
    # Nothing of this checkout was used.
    where = desk.run("python -c 'import autograder; print(autograder.__file__)'")
    assert str(ROOT) not in where


@pytest.mark.slow
def test_the_site_of_a_course_elsewhere_shows_its_lesson_and_judges_with_its_exercise(
    desk: Workspace,
) -> None:
    needs("npm", "PyPI", "sphinx", "myst_nb", "sphinx_book_theme", "jupyterlite_pyodide_kernel")
    kept = desk.folder / ".autograder"
    kept.mkdir(exist_ok=True)
    (ROOT / ".autograder" / "vendor").mkdir(parents=True, exist_ok=True)
    (kept / "vendor").symlink_to(ROOT / ".autograder" / "vendor")  # fetched once for all tests

    site = desk.folder / "notebooks" / ".build" / "html"
    assert str(site / "index.html") in desk.run("autograder site").splitlines()
    assert "Keep within bounds" in (site / "index.html").read_text(encoding="utf-8")
    page = (site / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "clip: 3 of 3." in page
    assert "low ≤ high" in page

    lesson = json.loads((site / "files" / LESSON / f"{LESSON}.ipynb").read_bytes())
    setup = "".join(lesson["cells"][0]["source"])
    assert "upper_bound_ignored" in setup
    assert "BEGIN SOLUTION" not in json.dumps(lesson["cells"][1:])
    assert (site / "lite" / "files" / LESSON / f"{LESSON}.ipynb").is_file()
    assert list((site / "lite" / "pypi").glob("convcourse-*.whl"))

    elsewhere = desk.folder.parent / "elsewhere.py"
    code = setup.replace(
        "    await piplite", "    piplite"
    )  # a script has no await; here nothing is installed
    elsewhere.write_text(
        f"{code}\nfrom autograder import judge\nprint(judge('clip', lambda x, low, high: x).bugs)\n",
        encoding="utf-8",
    )
    desk.folder = desk.folder.parent
    assert desk.run(f"python {elsewhere}") == "[]\n"
