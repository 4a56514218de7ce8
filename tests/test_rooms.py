"""Imports between the rooms of the house go one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What each room may import; a single module of autograder counts as a room.
ARROWS: dict[str, tuple[str, ...]] = {
    "convlib": (),
    "adaptations": (),
    "protocol": ("adaptations",),
    "import_errors": (),
    "executed_cells": (),
    "wheel": (),
    "report": ("adaptations",),
    "model": ("adaptations", "convlib", "protocol"),
    "judging": ("adaptations", "convlib", "protocol", "model", "report"),
    "authoring": ("convlib", "protocol", "model", "judging"),
    "exercises": ("adaptations", "convlib", "authoring", "model"),
    "mine": ("protocol", "exercises"),
    "check": ("exercises", "executed_cells", "judging", "mine", "model", "report"),
    "sandbox": ("convlib", "protocol", "adaptations"),
    "notebook": ("adaptations",),
    "course": ("adaptations", "notebook", "exercises", "protocol", "sandbox", "import_errors"),
    "grading": (
        *("adaptations", "course", "notebook", "exercises", "judging", "model", "protocol", "report"),
        "sandbox",
    ),
    "collecting": ("course", "grading", "notebook"),
    "nbgrader_plugin": ("adaptations", "protocol", "course", "grading", "notebook"),
    "site": ("adaptations", "convlib", "exercises", "notebook", "wheel"),
    "commands": (
        *(
            "adaptations",
            "course",
            "collecting",
            "grading",
            "nbgrader_plugin",
            "notebook",
            "sandbox",
            "exercises",
            "authoring",
            "model",
        ),
        *("mine", "protocol", "report", "wheel"),
    ),
    "cli": ("import_errors", "course", "collecting", "grading", "nbgrader_plugin", "site", "commands"),
    "autograder": ("exercises", "check", "judging", "mine", "import_errors"),
}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:  # a relative import stays in its room
            yield from ((node.lineno, f"{node.module}.{one.name}") for one in node.names)


def room_of(name: str) -> str:
    """The room of a module by its full name, "" where it is not ours."""
    first, *rest = name.split(".")
    if first == "autograder":
        return rest[0] if rest and rest[0] in ARROWS else "autograder"
    return first if first == "convlib" else ""


def modules(room: str) -> list[Path]:
    """The room's files."""
    if room in ("convlib", "autograder"):
        folder = ROOT / room
        return sorted(folder.rglob("*.py")) if room == "convlib" else [folder / "__init__.py"]
    folder = ROOT / "autograder" / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_imports_only_what_lies_below_it(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules(room)
        for line, name in imports(path)
        if (other := room_of(name)) and other != room and other not in ARROWS[room]
    ]
    assert wrong == []


def test_the_arrows_form_no_circle() -> None:
    order: list[str] = []
    while len(order) < len(ARROWS):
        free = [room for room in ARROWS if room not in order and set(ARROWS[room]) <= set(order)]
        assert free, f"a circle among {sorted(set(ARROWS) - set(order))}"
        order += free


def test_every_room_is_listed() -> None:
    inside = (ROOT / "autograder").iterdir()
    there = {path.stem for path in inside if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert there - {"__init__"} == set(ARROWS) - {"convlib", "autograder"}
