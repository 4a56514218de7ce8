"""The convlib that a sandbox gets: some modules are not there, some functions only raise, the rest works."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from autograder.adaptations import syntax_tree
from autograder.protocol import withholding


@dataclass(frozen=True)
class WithheldParts:
    """What of convlib is withheld.

    Attributes:
        modules: modules that do not exist inside, by their full names.
        names: functions and classes that only raise inside, whichever module they are in.
    """

    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


NOTHING_WITHHELD = WithheldParts()


def copy(package: Path, target: Path, withheld: WithheldParts) -> None:
    """Copy a package without what is withheld: no compiled file of it comes along either."""
    shutil.copytree(package, target, ignore=_Ignore(package, withheld.modules))
    for path in target.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        left = without(source, withheld.names)
        if left != source:
            path.write_text(left, encoding="utf-8")
            for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
                compiled.unlink()


def without(source: str, names: Collection[str]) -> str:
    """A module's source in which each of these only raises."""
    lines = source.splitlines(keepends=True)
    for node in reversed(syntax_tree(source).body):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names and node.end_lineno:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines[first - 1 : node.end_lineno] = [withholding.stub(node.name)]
    return "".join(lines)


class _Ignore:
    """For shutil.copytree: leave out modules, their sources and compiled files alike."""

    def __init__(self, package: Path, modules: Collection[str]) -> None:
        self.package = package
        self.hidden = {tuple(module.split(".")[1:]) for module in modules}

    def __call__(self, folder: str, names: list[str]) -> set[str]:
        inside = Path(folder).relative_to(self.package).parts
        cache = inside[-1:] == ("__pycache__",)
        package = inside[:-1] if cache else inside
        return {name for name in names if (*package, name.split(".")[0]) in self.hidden}
