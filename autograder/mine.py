"""The learner's own library: what passes a check is kept, and later lessons build on it."""

from __future__ import annotations

import dis
import functools
import inspect
import math
import os
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from autograder.protocol import withholding

LIBRARY = "my_convlib.py"
_MODULE = "my_convlib"
_HEADER = '"""Functions I wrote myself, each kept when its check passed."""\n\nimport numpy as np\n'
_BLOCK = re.compile(r"\n\n# exercise: (\w+)\n(.*?)(?=\n\n# exercise: |\Z)", re.DOTALL)


def mine(exercise_id: str) -> Callable[..., Any]:
    """The learner's own function that passed its check, else convlib's; always convlib's when grading.

    Args:
        exercise_id: which exercise.

    Raises:
        LookupError: neither is there.
    """
    if not os.environ.get("NBGRADER_EXECUTION"):
        own = _own(exercise_id)
        if own is not None:
            return _giving_arrays(own)
    return _ours(exercise_id)


def _giving_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as later lessons need it: nested lists pass a check, and have no shape."""

    @functools.wraps(function)
    def giving_arrays(*args: Any, **kwargs: Any) -> Any:
        return _with_arrays(function(*args, **kwargs))

    return giving_arrays


def _with_arrays(value: Any) -> Any:
    """An array for each list of numbers in a result; sizes, a list of integers, stay as they are."""
    if isinstance(value, np.ndarray):
        return np.asarray(value)  # no matrix, whose * is another product
    if isinstance(value, dict):
        return {name: _with_arrays(one) for name, one in value.items()}
    if type(value) is tuple:
        return tuple(map(_with_arrays, value))
    if not isinstance(value, list) or all(isinstance(one, int) for one in value):
        return value
    if any(isinstance(one, (np.ndarray, tuple)) for one in value):
        return list(map(_with_arrays, value))
    try:
        array = np.array(value)
    except ValueError:  # rows of several lengths
        return list(map(_with_arrays, value))
    return array if array.dtype.kind in "biufc" else list(map(_with_arrays, value))


def is_mine(exercise_id: str) -> bool:
    """Whether `mine` gives the learner's own function; False where ours stands in, and when grading.

    Args:
        exercise_id: which exercise.
    """
    return not os.environ.get("NBGRADER_EXECUTION") and _own(exercise_id) is not None


class NotKept(Exception):
    """A function that passed and could not be put into the learner's library: one line says what to do."""


def keep(exercise_id: str, function: Callable[..., Any], folder: Path | None = None) -> None:
    """Put a passing function's source into the learner's library; when grading, nothing is kept.

    What it needs from other cells goes with it: functions, imports, numbers and texts.

    Args:
        exercise_id: which exercise.
        function: the learner's.
        folder: where the library lies; by default beside the lessons.

    Raises:
        NotKept: it has no source or another name, needs something that cannot go with it, or the file cannot
            be written.
    """
    if os.environ.get("NBGRADER_EXECUTION"):
        return
    name = getattr(function, "__name__", "")
    if not inspect.isfunction(function) or name != exercise_id:
        raise NotKept(f"it is kept for later lessons only as a function with the name {exercise_id}")
    if function.__module__ == _MODULE:
        return  # it came from there
    source = _self_contained(function)
    path = (folder or _folder()) / LIBRARY
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else _HEADER
        blocks = {one: body.strip("\n") for one, body in _BLOCK.findall(before)}
        blocks[exercise_id] = source
        head = before.partition("\n\n# exercise: ")[0].rstrip("\n") + "\n"
        text = head + "".join(f"\n\n# exercise: {one}\n{body}\n" for one, body in blocks.items())
        if text != before:
            path.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise NotKept(f"{path.name} cannot be written ({why}), so later lessons use ours") from error


def _self_contained(function: Callable[..., Any]) -> str:
    """The function's source after everything of the notebook that it needs.

    Raises:
        NotKept: it needs something that has no text to go along.
    """
    needed: dict[str, str] = {}
    sources: dict[str, str] = {}

    def visit(one: Any) -> None:
        source = _source(one)
        sources[one.__name__] = ""  # a function may call itself, or two each other
        for name in _globals_read(source):
            if name in sources or name in needed or name not in one.__globals__:
                continue  # a builtin, or what is missing in the notebook too
            value = one.__globals__[name]
            if _comes_back(name, value):
                continue
            if inspect.isfunction(value) and value.__name__ == name and value.__module__ == one.__module__:
                visit(value)
            else:
                needed[name] = _as_text(name, value, function.__name__)
        del sources[one.__name__]
        sources[one.__name__] = source

    visit(function)
    lines = sorted(line for line in needed.values() if line not in _HEADER)
    return "\n\n\n".join([*(["\n".join(lines)] if lines else []), *sources.values()])


def _comes_back(name: str, value: Any) -> bool:
    """Whether a name is what `mine` gave for it: the library lends that again when it is read."""
    if getattr(value, "__module__", None) == _MODULE:
        return getattr(value, "__name__", None) == name
    return inspect.isfunction(value) and _lent(name) is value


def _source(function: Any) -> str:
    """A function's definition, as it stands in its cell.

    Raises:
        NotKept: there is none, or it uses names of a function around it.
    """
    if function.__code__.co_freevars:
        inside = ", ".join(function.__code__.co_freevars)
        raise NotKept(
            f"it uses {inside} of the function around it: define {function.__name__} in a cell's margin"
        )
    try:
        source = textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError):
        source = ""
    if not source.startswith(("def ", "@")):
        raise NotKept("its source cannot be found: run the cell that defines it in a notebook")
    return source


def _globals_read(source: str) -> list[str]:
    """The global names that a definition reads, its defaults, decorators and annotations among them."""
    return _names_in(compile(source, LIBRARY, "exec", dont_inherit=True))


def _names_in(outer: CodeType) -> list[str]:
    """The global names that code reads, and the functions and comprehensions inside it."""
    waiting = [outer]
    found: dict[str, None] = {}
    while waiting:
        code = waiting.pop()
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
                found[str(step.argval)] = None
        waiting += [one for one in code.co_consts if inspect.iscode(one)]
    return list(found)


def _as_text(name: str, value: Any, owner: str) -> str:
    """A line that makes a name again: an import, or a number or text.

    Raises:
        NotKept: no line does.
    """
    if inspect.ismodule(value):
        parent, _, last = value.__name__.rpartition(".")
        if value.__name__ == name:
            return f"import {name}"
        return (
            f"from {parent} import {name}"
            if parent and last == name
            else f"import {value.__name__} as {name}"
        )
    if _is_plain(value):
        return f"{name} = {value!r}"
    own = getattr(value, "__name__", None) or name
    for module in (getattr(value, "__module__", None), "numpy", "typing", "numpy.typing"):
        if module and module != "__main__" and getattr(sys.modules.get(module), own, None) is value:
            return f"from {module} import {own}" + ("" if own == name else f" as {name}")
    raise NotKept(f"it uses {name} of another cell: make it an argument, or move it into {owner}")


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return len(value) <= 20 and all(map(_is_plain, value))
    if type(value) is float:
        return math.isfinite(value)
    return value is None or (type(value) in (bool, int, str) and len(repr(value)) <= 1_000)


def _folder() -> Path:
    """Beside the lessons: the folder above a lesson's, recognised by its number, else this one."""
    here = Path.cwd()
    return here.parent if re.match(r"\d\d_", here.name) else here


def _own(exercise_id: str) -> Callable[..., Any] | None:
    path = _folder() / LIBRARY
    try:
        blocks = dict(_BLOCK.findall(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):  # none yet, or not text
        return None
    return _Library(blocks).function(exercise_id)


class _Library:
    """Kept functions, each with a namespace of its own: two may have different helpers of one name."""

    def __init__(self, blocks: Mapping[str, str]) -> None:
        self.blocks = blocks
        self.spaces: dict[str, dict[str, Any]] = {}

    def function(self, name: str) -> Callable[..., Any] | None:
        """A kept function; None where there is none, or where its block is broken."""
        if name in self.blocks and name not in self.spaces:
            self.spaces[name] = space = {"__name__": _MODULE}
            exec(_HEADER, space)
            try:
                text = self.blocks[name].strip("\n")
                exec(compile(text, f"{LIBRARY}:{name}", "exec", dont_inherit=True), space)
            except Exception:
                space.clear()
            else:
                self._lend(space)
        found = self.spaces.get(name, {}).get(name)
        return found if callable(found) else None

    def _lend(self, space: dict[str, Any]) -> None:
        """What functions call and their block does not define: another one that is kept, else convlib's."""
        for one in [value for value in space.values() if inspect.isfunction(value)]:
            for called in _names_in(one.__code__):
                if called in space:
                    continue
                other = self.function(called)
                if other is None:
                    other = _lent(called)
                if other is not None:
                    space[called] = other


def _lent(name: str) -> Callable[..., Any] | None:
    from autograder import exercises

    return _ours(name) if name in exercises.all() else None


def _ours(exercise_id: str) -> Callable[..., Any]:
    function = withholding.find(exercise_id)
    if function is not None:
        return function
    from autograder import exercises

    try:
        return exercises.get(exercise_id).reference
    except KeyError:
        raise LookupError(f"no exercise is named {exercise_id!r}") from None
