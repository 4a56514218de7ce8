"""A learner's function and the helpers it calls, as text that can be changed and run beside them.

The text is found by the function itself, in this process, or by its name in a notebook's cells, where nothing
of the learner's runs.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from autograder.adaptations import syntax_tree
from autograder.protocol.candidates import ONE, OVER, Space, Steps
from autograder.protocol.running import is_library

MAX_TEXT = 20_000  # letters: a longer text is no exercise's answer
MAX_LINE = 200  # letters of a line that are shown
MAX_NODES = 1_500  # of a function's tree, and
MAX_DEPTH = 40  # levels: right answers have some hundred, and 15

_FLAGS = __future__.all_feature_names
# Candidates may call what computes; a function that reaches for files or processes is left alone.
_MODULES = {
    *("numpy", "math", "cmath", "itertools", "functools", "operator", "collections", "random", "statistics"),
    *("fractions", "typing", "scipy", "convlib", "autograder"),
}
_REFUSED = {
    *("open", "input", "exec", "eval", "compile", "__import__", "breakpoint", "exit", "quit"),
    *("globals", "locals", "vars", "setattr", "delattr"),
}
_WRITERS = {
    *("save", "savez", "savez_compressed", "savetxt", "tofile", "dump", "memmap", "ctypeslib"),
    *("load", "loadtxt", "fromfile", "genfromtxt"),
}


@dataclass
class Definition:
    """A function's definition in the learner's text.

    Attributes:
        name: of the function.
        tree: its definition; line numbers are the file's.
        text: the file's lines by their number.
        flags: what its file imports from the future.
        loops: where steps are counted.
    """

    name: str
    tree: ast.FunctionDef
    text: Mapping[int, str]
    flags: int = 0
    loops: list[ast.AST] = field(default_factory=list)

    def __post_init__(self) -> None:
        kinds = (ast.For, ast.While, ast.comprehension, ast.FunctionDef)
        self.loops = [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    def compiled(self) -> Any:
        """The code of the definition as it stands now.

        Raises:
            SyntaxError, ValueError, TypeError: it is no Python.
        """
        with _woven(self.loops):
            module = ast.Module([self.tree], [])
            return compile(module, f"<candidate {self.name}>", "exec", flags=self.flags, dont_inherit=True)


@contextmanager
def _woven(loops: Iterable[Any]) -> Iterator[None]:
    """Count the steps of loops and of calls."""
    before: list[tuple[Any, str, Any]] = []
    try:
        for node in loops:
            name = {ast.While: "test", ast.FunctionDef: "body"}.get(type(node), "iter")
            old = getattr(node, name)
            before.append((node, name, old))
            if name == "iter":
                new: Any = ast.copy_location(ast.Call(_name(OVER, old), [old], []), old)
            elif name == "test":
                step = ast.copy_location(ast.Call(_name(ONE, old), [], []), old)
                new = ast.copy_location(ast.BoolOp(ast.And(), [step, old]), old)
            else:
                step = ast.copy_location(ast.Call(_name(ONE, node), [], []), node)
                new = [ast.copy_location(ast.Expr(step), node), *old]
            setattr(node, name, new)
        yield
    finally:
        for node, name, old in reversed(before):
            setattr(node, name, old)


def _name(name: str, at: ast.AST) -> ast.Name:
    return ast.copy_location(ast.Name(name, ast.Load()), at)


@dataclass
class Written:
    """A function's text with that of its helpers, ready to be run with a change.

    Attributes:
        definitions: the function's own first.
        space: the names they see.
    """

    definitions: list[Definition]
    space: Space

    def __post_init__(self) -> None:
        self._codes = [one.compiled() for one in self.definitions]

    def function(self, steps: Steps, changed: Definition | None = None) -> Callable[..., Any]:
        """The function, compiled anew where its tree was changed, in a space of its own.

        Raises:
            SyntaxError, ValueError, TypeError: the change makes no Python.
            Exception: whatever a decorator or a default raises.
        """
        codes = zip(self.definitions, self._codes, strict=True)
        return self.space.function(
            self.definitions[0].name,
            (one.compiled() if one is changed else code for one, code in codes),
            steps,
        )


def written(function: Callable[..., Any], source: str | None = None) -> Written | None:
    """Find the text of a function and of the helpers it calls; None where there is none to work on.

    Args:
        function: the learner's.
        source: the text that defines it and its helpers, where inspect cannot find it.
    """
    if not isinstance(function, FunctionType) or is_library(function.__code__.co_filename):
        return None
    definitions: dict[str, Definition] = {}
    space: dict[str, Any] = dict(function.__globals__)
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one.__name__ in definitions:
            continue
        try:
            found = _from_source(one, source) if source is not None else _inspected(one)
        except (OSError, TypeError, SyntaxError, ValueError, IndexError):
            found = None
        if found is None:
            if one is function:
                return None
            continue
        definitions[one.__name__] = found
        seen = _seen(one)
        space.update({name: value for name, value in seen.items() if name not in function.__globals__})
        waiting += [
            value
            for name, value in seen.items()
            if isinstance(value, FunctionType)
            and value.__name__ == name
            and value.__module__ == function.__module__
            and not is_library(value.__code__.co_filename)
        ]
    if not _computes_only(definitions.values(), space):
        return None
    found_all = list(definitions.values())
    try:
        return Written(found_all, Space(space, read_by(found_all)))
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None


def read_by(definitions: Iterable[Definition]) -> set[str]:
    """The names that definitions read or bind."""
    return {node.id for one in definitions for node in ast.walk(one.tree) if isinstance(node, ast.Name)}


def written_in(cells: Sequence[str], name: str) -> list[Definition] | None:
    """Find a function's definition and its helpers' in the text of a notebook's cells.

    Nothing is run. Of several definitions of a name the last one counts; a name that something else was given
    to afterwards is no definition's.

    Args:
        cells: the code cells that ran, in order; those that are no Python are passed over.
        name: the function's.

    Returns:
        The function's own definition first; its lines are those of its cell. None where there is none to work
        on.
    """
    found: dict[str, tuple[ast.FunctionDef, str]] = {}
    modules: dict[str, str] = {}
    flags = 0
    for cell in cells:
        text = _without_magic(cell)
        tree = _tree(text)
        for statement in tree.body if tree is not None else ():
            for bound in _bound_by(statement):
                found.pop(bound, None)
                modules.pop(bound, None)
            if isinstance(statement, ast.FunctionDef):
                found[statement.name] = statement, text
            elif isinstance(statement, ast.Import):
                modules |= {
                    (one.asname or one.name.partition(".")[0]): one.name.partition(".")[0]
                    for one in statement.names
                }
            elif isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                flags |= sum(getattr(__future__, one.name).compiler_flag for one in statement.names)
    definitions: dict[str, Definition] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found or one in definitions:
            continue
        node, text = found[one]
        made = _definition(node, dict(enumerate(text.splitlines(), 1)), flags)
        if made is None:
            if one == name:
                return None
            continue
        definitions[one] = made
        waiting += sorted(_called_outside(node) & found.keys())
    if name not in definitions or not _computes_only(definitions.values(), {}, modules):
        return None
    return list(definitions.values())


def _without_magic(cell: str) -> str:
    """A cell with its lines for IPython left empty."""
    lines = cell.splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


def _tree(text: str) -> ast.Module | None:
    """What a cell says; None where that is no Python, or too much of it to be anybody's answer."""
    if len(text) > MAX_TEXT:
        return None
    try:
        return syntax_tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement of a cell gives something to."""
    names = {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    for node in ast.walk(statement):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):  # what they bind inside is their own
        return {statement.name}
    return names


def _called_outside(node: ast.FunctionDef) -> set[str]:
    """The names that a definition reads and does not bind itself."""
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    own = {one.id for one in names if not isinstance(one.ctx, ast.Load)}
    own |= {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    return {one.id for one in names if isinstance(one.ctx, ast.Load)} - own


def _seen(function: FunctionType) -> dict[str, Any]:
    """What a function's code finds outside of it: globals, and names of the functions around it."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    seen: dict[str, Any] = {}
    for name, cell in cells.items():
        try:
            seen[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    names = _global_names(function.__code__)
    return {**{name: function.__globals__[name] for name in names if name in function.__globals__}, **seen}


def _global_names(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            yield from _global_names(constant)


def _inspected(function: FunctionType) -> Definition | None:
    lines, first = inspect.getsourcelines(function)
    return _parsed(function, "".join(lines), max(first, 1))


def _from_source(function: FunctionType, source: str) -> Definition | None:
    """The last definition of the function's name: of several, it is the one that counts."""
    if len(source) > MAX_TEXT:
        return None
    tree = syntax_tree(source)
    named = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__
    ]
    if not named:
        return None
    at_line = [node for node in named if _first_line(node) == function.__code__.co_firstlineno]
    lines = dict(enumerate(source.splitlines(), 1))
    return _definition((at_line or named)[-1], lines, _flags(function))


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _parsed(function: FunctionType, text: str, first: int) -> Definition | None:
    if len(text) > MAX_TEXT:
        return None
    tree = syntax_tree(textwrap.dedent(text))
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef):
        return None
    ast.increment_lineno(tree, first - 1)
    return _definition(node, dict(enumerate(text.splitlines(), first)), _flags(function))


def _definition(node: ast.FunctionDef, text: Mapping[int, str], flags: int) -> Definition | None:
    if any(
        isinstance(one, (ast.Nonlocal, ast.Await, ast.Match, ast.With, ast.ClassDef))
        for one in ast.walk(node)
    ) or not _is_small(node):
        return None
    shown = {number: line.strip()[:MAX_LINE] for number, line in text.items()}
    return Definition(node.name, node, shown, flags)


def _flags(function: FunctionType) -> int:
    """What the function's file imports from the future."""
    return sum(
        getattr(__future__, name).compiler_flag
        for name in _FLAGS
        if function.__code__.co_flags & getattr(__future__, name).compiler_flag & ~0xFF
    )


def _is_small(node: ast.AST) -> bool:
    """Whether a tree is no larger and no deeper than anybody's answer: its changes are soon listed."""
    count, level = 0, [node]
    for _ in range(MAX_DEPTH):
        count += len(level)
        level = [child for one in level for child in ast.iter_child_nodes(one)]
        if not level or count > MAX_NODES:
            break
    return not level and count <= MAX_NODES


def _computes_only(
    definitions: Iterable[Definition], space: Mapping[str, Any], modules: Mapping[str, str] = {}
) -> bool:
    """Whether the text calls nothing that could do more than compute.

    Args:
        definitions: the text.
        space: what its names stand for, where that is known.
        modules: else, the modules that they stand for.
    """
    for one in definitions:
        for node in ast.walk(one.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
                if module.partition(".")[0] not in _MODULES:
                    return False
            if isinstance(node, ast.Name):
                value = space.get(node.id, getattr(builtins, node.id, None))
                if node.id in _REFUSED and value is getattr(builtins, node.id, None):
                    return False
                module = value.__name__ if isinstance(value, ModuleType) else modules.get(node.id, "numpy")
                if module.partition(".")[0] not in _MODULES:
                    return False
            if isinstance(node, ast.Attribute) and (node.attr in _WRITERS or node.attr.startswith("__")):
                return False
    return True
