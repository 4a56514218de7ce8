"""A learner's function and the helpers it calls, as text that can be changed and run beside them.

What runs here has the learner's globals as a copy: nothing of it is seen in the notebook afterwards. Every
loop counts its steps, and NumPy's makers of arrays have a bound.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograder.protocol.running import TimeIsUp, is_library

MAX_CELLS = 2_000_000  # of one array that a candidate makes; a probe's arrays have some hundreds
MAX_STATE = 100_000  # values in a global that a call may change: it is copied for every candidate
MAX_TEXT = 20_000  # letters: a longer text is no exercise's answer

_STEPS, _STEP = "__steps__", "__step__"
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
                new: Any = ast.copy_location(ast.Call(_name(_STEPS, old), [old], []), old)
            elif name == "test":
                step = ast.copy_location(ast.Call(_name(_STEP, old), [], []), old)
                new = ast.copy_location(ast.BoolOp(ast.And(), [step, old]), old)
            else:
                step = ast.copy_location(ast.Call(_name(_STEP, node), [], []), node)
                new = [ast.copy_location(ast.Expr(step), node), *old]
            setattr(node, name, new)
        yield
    finally:
        for node, name, old in reversed(before):
            setattr(node, name, old)


def _name(name: str, at: ast.AST) -> ast.Name:
    return ast.copy_location(ast.Name(name, ast.Load()), at)


class Steps:
    """Counts the steps that loops and calls take, and raises TimeIsUp after too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    def one(self) -> bool:
        """A round of a while, or a call."""
        self.taken += 1
        if self.taken > self.most:
            raise TimeIsUp
        return True

    def over(self, items: Iterable[Any]) -> Iterator[Any]:
        """The rounds of a for."""
        for item in items:
            self.taken += 1
            if self.taken > self.most:
                raise TimeIsUp
            yield item


@dataclass
class Written:
    """A function's text with that of its helpers, ready to be run with a change.

    Attributes:
        definitions: the function's own first.
        space: the names they see.
        state: those of them that hold what a call may change.
    """

    definitions: list[Definition]
    space: dict[str, Any]
    state: tuple[str, ...]

    def __post_init__(self) -> None:
        self._codes = [one.compiled() for one in self.definitions]

    def function(self, steps: Steps, changed: Definition | None = None) -> Callable[..., Any]:
        """The function, compiled anew where its tree was changed, in a space of its own.

        Raises:
            SyntaxError, ValueError, TypeError: the change makes no Python.
            Exception: whatever a decorator or a default raises.
        """
        space = dict(self.space)
        for name in self.state:
            space[name] = _copied(space[name], MAX_STATE)[0]
        space[_STEPS], space[_STEP] = steps.over, steps.one
        for one, code in zip(self.definitions, self._codes, strict=True):
            exec(one.compiled() if one is changed else code, space)
        return space[self.definitions[0].name]  # type: ignore[no-any-return]


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
    read = {
        node.id for one in definitions.values() for node in ast.walk(one.tree) if isinstance(node, ast.Name)
    }
    state = tuple(name for name in read if isinstance(space.get(name), (np.ndarray, list, dict, set)))
    try:
        for name in state:
            _copied(space[name], MAX_STATE)
        return Written(list(definitions.values()), _bounded(space, read), state)
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None


def _copied(value: Any, left: int, depth: int = 0) -> tuple[Any, int]:
    """A copy of plain data down to its last item, and how many values more may be copied.

    Raises:
        ValueError: it is too much, too deep, or holds what no literal and no NumPy call makes: copying that
            would run code of the learner's.
    """
    kind = type(value)
    if kind is np.ndarray and not value.dtype.hasobject:
        left -= value.size
    else:
        left -= 1
    if left < 0 or depth > 20:
        raise ValueError("too much to copy")
    if kind is np.ndarray and not value.dtype.hasobject:
        return value.copy(), left
    if kind in (list, tuple, set, frozenset):
        items = []
        for item in value:
            one, left = _copied(item, left, depth + 1)
            items.append(one)
        return kind(items), left
    if kind is dict:
        held = {}
        for key, item in value.items():
            held[key], left = _copied(item, left, depth + 1)
        return held, left
    if (
        value is None
        or kind in (bool, int, float, complex, str, bytes, range, FunctionType)
        or issubclass(kind, np.generic)
    ):
        return value, left
    raise ValueError("no plain data")


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
    tree = ast.parse(source)
    named = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__
    ]
    if not named:
        return None
    at_line = [node for node in named if _first_line(node) == function.__code__.co_firstlineno]
    return _definition(function, (at_line or named)[-1], dict(enumerate(source.splitlines(), 1)))


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _parsed(function: FunctionType, text: str, first: int) -> Definition | None:
    if len(text) > MAX_TEXT:
        return None
    tree = ast.parse(textwrap.dedent(text))
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef):
        return None
    ast.increment_lineno(tree, first - 1)
    return _definition(function, node, dict(enumerate(text.splitlines(), first)))


def _definition(function: FunctionType, node: ast.FunctionDef, text: Mapping[int, str]) -> Definition | None:
    if any(
        isinstance(one, (ast.Nonlocal, ast.Await, ast.Match, ast.With, ast.ClassDef))
        for one in ast.walk(node)
    ):
        return None
    flags = sum(
        getattr(__future__, name).compiler_flag
        for name in _FLAGS
        if function.__code__.co_flags & getattr(__future__, name).compiler_flag & ~0xFF
    )
    return Definition(node.name, node, {number: line.strip() for number, line in text.items()}, flags)


def _computes_only(definitions: Iterable[Definition], space: Mapping[str, Any]) -> bool:
    """Whether the text calls nothing that could do more than compute."""
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
                if isinstance(value, ModuleType) and value.__name__.partition(".")[0] not in _MODULES:
                    return False
            if isinstance(node, ast.Attribute) and (node.attr in _WRITERS or node.attr.startswith("__")):
                return False
    return True


def _bounded(space: Mapping[str, Any], read: Iterable[str]) -> dict[str, Any]:
    """The same names, with NumPy's makers of arrays bounded."""
    bounded = dict(space)
    numpy = _bounded_numpy()
    makers = {id(getattr(np, name)): getattr(numpy, name) for name in _MAKERS}
    for name in read:
        value = bounded.get(name)
        if value is np:
            bounded[name] = numpy
        elif id(value) in makers:
            bounded[name] = makers[id(value)]
    return bounded


def _bounded_numpy() -> ModuleType:
    module = ModuleType("numpy")
    module.__dict__.update(np.__dict__)
    for name, cells in _MAKERS.items():
        setattr(module, name, _bound(getattr(np, name), cells))
    return module


def _bound(make: Callable[..., Any], cells: Callable[..., float]) -> Callable[..., Any]:
    def bounded(*args: Any, **kwargs: Any) -> Any:
        try:
            size = cells(*args, **kwargs)
        except (TypeError, ValueError, IndexError, OverflowError):
            size = 0.0  # NumPy itself says what is wrong
        if not size <= MAX_CELLS:
            raise MemoryError("a candidate may not make an array of this size")
        return make(*args, **kwargs)

    return bounded


def _shape_cells(shape: Any, *_: Any, **__: Any) -> float:
    return float(np.prod(np.asarray(shape, dtype=np.float64)))


def _range_cells(start: float, stop: float | None = None, step: float = 1, *_: Any, **__: Any) -> float:
    return abs((start if stop is None else stop - start) / step)


def _pad_cells(array: Any, pad_width: Any, *_: Any, **__: Any) -> float:
    shape = np.shape(array)
    width = np.broadcast_to(np.asarray(pad_width, dtype=np.float64), (len(shape), 2))
    return float(np.prod(np.asarray(shape) + width.sum(axis=1)))


def _times_cells(array: Any, repeats: Any, *_: Any, **__: Any) -> float:
    return float(np.size(array) * np.prod(np.asarray(repeats, dtype=np.float64)))


def _repeat_cells(array: Any, repeats: Any, *_: Any, **__: Any) -> float:
    return float(np.size(array) * np.max(np.asarray(repeats, dtype=np.float64)))


def _square_cells(rows: float, columns: float | None = None, *_: Any, **__: Any) -> float:
    return float(rows) * float(rows if columns is None else columns)


def _outer_cells(one: Any, other: Any, *_: Any, **__: Any) -> float:
    return float(np.size(one)) * float(np.size(other))


_MAKERS: dict[str, Callable[..., float]] = {
    "zeros": _shape_cells,
    "ones": _shape_cells,
    "empty": _shape_cells,
    "full": _shape_cells,
    "arange": _range_cells,
    "pad": _pad_cells,
    "tile": _times_cells,
    "repeat": _repeat_cells,
    "eye": _square_cells,
    "outer": _outer_cells,
}
