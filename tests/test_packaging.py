"""The wheel and the sdist: built for real, and the wheel carries what an installed course needs."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-2000:]
    return folder


def files_of_the_wheel(distributions: Path) -> set[str]:
    (wheel,) = distributions.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_every_module_and_every_figure(distributions: Path) -> None:
    inside = files_of_the_wheel(distributions)
    for_authors = {ROOT / "convlib" / "widgets" / name for name in ("jsconfig.json", "package.json")}
    for package in ("convlib", "autograder"):
        for path in (ROOT / package).rglob("*"):
            if path in for_authors:
                assert path.relative_to(ROOT).as_posix() not in inside
            elif path.suffix in {".py", ".js", ".css", ".typed", ".json", ".html", ".j2"}:
                assert path.relative_to(ROOT).as_posix() in inside


def test_the_wheel_carries_the_digits_with_their_licence(distributions: Path) -> None:
    inside = files_of_the_wheel(distributions)
    assert any(name.endswith("digits.npz") for name in inside)
    assert any("digits" in name and name.endswith(".md") for name in inside)


def test_the_wheel_holds_no_test_and_no_notebook(distributions: Path) -> None:
    inside = files_of_the_wheel(distributions)
    assert not [name for name in inside if name.startswith("tests/") or name.endswith(".ipynb")]


def test_the_sdist_holds_the_lessons_and_the_tests(distributions: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert "tests/test_packaging.py" in inside
    for notebook in (ROOT / "notebooks").glob("[0-9]*/*.ipynb"):
        assert notebook.relative_to(ROOT).as_posix() in inside


def test_a_learner_needs_four_packages_only() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {requirement.split(">")[0] for requirement in project["dependencies"]}
    assert names == {"numpy", "matplotlib", "ipywidgets", "anywidget"}


def test_what_a_learner_imports_needs_no_other_package() -> None:
    """In a process where the instructor's packages cannot be imported, check and convlib work."""
    program = """
import sys
for name in ("nbgrader", "typer", "rich", "jupyterlab", "pooch", "threadpoolctl", "torch", "keras", "sphinx"):
    sys.modules[name] = None
import numpy as np
import convlib, convlib.layers, convlib.datasets, convlib.widgets
from autograder import check, judge, exercises, mine
assert judge("relu", lambda x: np.maximum(x, 0)).passed
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr
