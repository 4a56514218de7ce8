"""convlib's own answers, withheld from those who are to write them.

Which names these are, an exercise says (`Exercise.withheld`), and a course for a whole lesson
(`Course.withheld`). Withheld is always the same: in place of the function stands one that says "write this
yourself". In this process that is so while a probe runs (`disabled`, in a notebook and when graded alike); in
the copy of convlib that a sandbox gets, the text itself is replaced (`autograder.sandbox.withheld`).
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

# Where convlib has what exercises ask for; of two versions the fast one comes first.
HOMES = ("convlib.fast", "convlib.reference", "convlib.shapes", "convlib.gradcheck", "convlib.training")
_REQUEST = "write this yourself: "
_STUB = """def {name}(*_args, **_kwargs):
    from autograder.protocol.withholding import Withheld, sentence

    raise Withheld(sentence("convlib's {name}"))


{name}.withheld = True
"""


class Withheld(NotImplementedError):
    """What a withheld function raises. By its name it is told from an answer that is not written yet."""


def sentence(what: str) -> str:
    """What is said in place of an answer."""
    return f"{_REQUEST}{what} is withheld while your answers are checked"


def is_refusal(text: str) -> bool:
    """Whether an error's text, all that a notebook keeps of it, is the sentence above."""
    return text.startswith(_REQUEST)


def stub(name: str) -> str:
    """The text of the function that stands in for a withheld one."""
    return _STUB.format(name=name)


@cache
def homes() -> tuple[types.ModuleType, ...]:
    """The modules of `HOMES` that exist here: in a sandbox some do not."""
    found = []
    for name in HOMES:
        with contextlib.suppress(ImportError):
            found.append(import_module(name))
    return tuple(found)


def find(name: str) -> Callable[..., Any] | None:
    """convlib's own version of a function; None where it has none, or where it is withheld."""
    for module in homes():
        found = getattr(module, name, None)
        if found is not None and not hasattr(found, "withheld"):
            return found  # type: ignore[no-any-return]
    return None


def has(name: str) -> bool:
    """Whether convlib has something of this name to withhold."""
    return any(hasattr(module, name) for module in homes())


@contextlib.contextmanager
def disabled(names: Iterable[str]) -> Iterator[None]:
    """Withhold functions for a while, however they were imported: their code itself is exchanged."""
    closed: dict[int, tuple[types.FunctionType, types.CodeType]] = {}
    for module in homes() if names else ():
        for name in names:
            function = getattr(module, name, None)
            if isinstance(function, types.FunctionType) and not function.__code__.co_freevars:
                closed.setdefault(id(function), (function, function.__code__))
    try:
        for function, _ in closed.values():
            function.__code__ = _code(function.__name__)
        yield
    finally:
        for function, code in closed.values():
            function.__code__ = code


@cache
def _code(name: str) -> types.CodeType:
    """A stub's code; its file is this one, so that no line of it counts as the learner's."""
    space: dict[str, Any] = {}
    exec(compile(stub(name), __file__, "exec"), space)
    return space[name].__code__  # type: ignore[no-any-return]
