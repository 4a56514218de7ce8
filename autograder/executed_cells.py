"""Which version of a function a check is about: cells that did not run leave an older one behind."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any

# With a character that came along when the text was pasted it is a definition all the same.
_DEFINED = re.compile(r"^[^\w#\"'\n]*(?:async\s+)?def[^\w#\n]+(\w+)", re.MULTILINE)
_failed: dict[
    str, tuple[str, str]
] = {}  # by a function's name: the cell that did not define it anew, and why


def watch(*callbacks: Callable[[Any], None]) -> None:
    """Follow the notebook's cells from now on; elsewhere nothing happens.

    Args:
        callbacks: each is also called with the result of every cell.
    """
    ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if ipython is not None:
        for callback in (ran, *callbacks):
            ipython.events.register("post_run_cell", callback)


def ran(result: Any) -> None:
    """Remember a cell that failed, by the functions it defines; forget it once it ran."""
    cell = str(getattr(result.info, "raw_cell", None) or "")
    error = result.error_before_exec or result.error_in_exec
    for name in _DEFINED.findall(cell):
        if error is None:
            _failed.pop(name, None)
        else:
            _failed[name] = (cell, type(error).__name__)


def newer(function: Any) -> str:
    """The text of the last cell that would have defined a function anew and failed; "" where none is."""
    cell, _ = _failed.get(_name(function), ("", ""))
    try:
        source = inspect.getsource(function).strip()
    except (OSError, TypeError):
        source = ""
    # Where the cell failed further down, this is its function.
    return "" if source and source in cell else cell


def remark(function: Any) -> str:
    """Say that a function is older than the last cell that would have defined it, "" where it is not."""
    if not newer(function):
        return ""
    name = _name(function)
    _, error = _failed[name]
    return f"The cell with {name} did not run ({error}); this is about the version before it."


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", ""))
