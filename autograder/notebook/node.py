"""Notebooks as nbformat has them in memory, for the parts of nbgrader that expect them so."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.notebooknode import from_dict as _from_dict


def from_dict(content: dict[str, Any]) -> NotebookNode:
    """The same content, with attributes for keys all the way down."""
    node: NotebookNode = _from_dict(content)  # type: ignore[no-untyped-call]
    return node
