"""Which version of a function a check is about: cells that did not run leave an older one behind."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

_DEFINED = re.compile(r"^\s*(?:async\s+)?def\s+(\w+)", re.MULTILINE)
_failed: dict[
    str, tuple[str, str]
] = {}  # by a function's name: the cell that did not define it anew, and why


def watch() -> None:
    """Follow the notebook's cells from now on; elsewhere nothing happens."""
    ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if ipython is not None:
        ipython.events.register("post_run_cell", ran)


def ran(result: Any) -> None:
    """Remember a cell that failed, by the functions it defines; forget it once it ran."""
    cell = str(getattr(result.info, "raw_cell", None) or "")
    error = result.error_before_exec or result.error_in_exec
    for name in _DEFINED.findall(cell):
        if error is None:
            _failed.pop(name, None)
        else:
            _failed[name] = (cell, type(error).__name__)


def remark(function: Any) -> str:
    """Say that a function is older than the last cell that would have defined it, "" where it is not."""
    name = str(getattr(function, "__name__", ""))
    cell, error = _failed.get(name, ("", ""))
    if not cell:
        return ""
    try:
        source = inspect.getsource(function).strip()
    except (OSError, TypeError):
        source = ""
    if source and source in cell:  # the cell failed further down, and this is its function
        return ""
    return f"The cell with {name} did not run ({error}); this is about the version before it."
