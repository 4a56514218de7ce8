"""Submissions that are odd as files: no notebooks, bent notebooks, notebooks in odd places."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attacks.case import ALL, CANARY, LESSON, NOTHING, Attack, honest, right

FILE = f"{LESSON}.ipynb"


@dataclass(frozen=True)
class Form:
    """A submission's folder, made by hand.

    Attributes:
        make: fills the folder of the lesson.
        earns: points by exercise; None where any row is right that gives no more than was deserved.
        most: what was deserved at most, where `earns` is None.
        student: the name of the student's folder, where it is part of the attack.
    """

    name: str
    entry: int
    make: Callable[[Path], None]
    earns: Mapping[str, float] | None = None
    most: Mapping[str, float] | None = None
    student: str = ""


def raw(content: bytes, name: str = FILE) -> Callable[[Path], None]:
    """A file as it is."""

    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return make


def solved() -> dict[str, Any]:
    """An honest notebook."""
    return Attack("honest", code=honest()).notebook()


def bent(edit: Callable[[dict[str, Any]], Any], name: str = FILE) -> Callable[[Path], None]:
    """An honest notebook after an edit."""

    def make(folder: Path) -> None:
        notebook = solved()
        notebook = edit(notebook) or notebook
        raw(json.dumps(notebook).encode(), name)(folder)

    return make


def _tests(notebook):
    return [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("points")]


def _solution(notebook, name="zero_pad"):
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def _mark_all(**marks):
    def edit(notebook):
        for cell in notebook["cells"]:
            if "nbgrader" in cell["metadata"]:
                cell["metadata"]["nbgrader"] |= marks

    return edit


def _drop_tests(notebook):
    tests = _tests(notebook)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in tests]


def _duplicate(pick):
    def edit(notebook):
        for cell in pick(notebook):
            notebook["cells"].insert(notebook["cells"].index(cell), copy.deepcopy(cell))

    return edit


def _split(notebook):
    cell = _solution(notebook)
    index = notebook["cells"].index(cell)
    lines = cell["source"].splitlines(keepends=True)
    # The answer moves to an unmarked cell, the marked one keeps a comment.
    notebook["cells"].insert(
        index,
        {
            "cell_type": "code",
            "id": "split",
            "metadata": {},
            "source": "".join(lines),
            "outputs": [],
            "execution_count": None,
        },
    )
    cell["source"] = "# see above\n"


def _merge(notebook):
    _solution(notebook, "output_size")["source"] += "\n" + right()["zero_pad"]
    notebook["cells"].remove(_solution(notebook))


def _metadata(**values):
    return lambda notebook: notebook["metadata"].update(values)


def _ids(make_id):
    def edit(notebook):
        for number, cell in enumerate(notebook["cells"]):
            cell["id"] = make_id(number)
            if cell["id"] is None:
                del cell["id"]

    return edit


def _old(notebook):
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cells.append(
                {
                    "cell_type": "code",
                    "input": cell["source"],
                    "language": "python",
                    "collapsed": False,
                    "metadata": cell["metadata"],
                    "outputs": [],
                    "prompt_number": 1,
                }
            )
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "x"},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def _many(folder: Path) -> None:
    notebook = solved()
    extra = {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "x"}
    notebook["cells"] += [extra | {"id": f"x{n}"} for n in range(100_000)]
    raw(json.dumps(notebook).encode())(folder)


def _link(target: str) -> Callable[[Path], None]:
    return lambda folder: os.symlink(target, folder / FILE)


def _secret_link(folder: Path) -> None:
    bent(lambda notebook: None)(folder)
    os.symlink("/etc/passwd", folder / "notes.txt")
    os.symlink("/etc", folder / "etc")
    os.symlink("..", folder / "up")


def _pipes(folder: Path) -> None:
    bent(lambda notebook: None)(folder)
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "pipe.ipynb")


def _replaced_folder(folder: Path) -> None:
    folder.rmdir()
    os.symlink("/etc", folder)


def _two(folder: Path) -> None:
    bent(lambda notebook: None)(folder)
    raw(json.dumps(Attack("empty").notebook()).encode(), f"{LESSON}-Copy1.ipynb")(folder)


def _timed(content: bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        bent(lambda notebook: None)(folder)
        raw(content, "timestamp.txt")(folder)

    return make


FORMS = [
    Form("a notebook of 40 MB", 54, bent(_metadata(huge="x" * 40_000_000)), earns=ALL),
    Form("a hundred thousand cells", 54, _many, most=ALL),
    Form("JSON nested a hundred thousand deep", 54, raw(b"[" * 100_000 + b"]" * 100_000), earns=NOTHING),
    Form(
        "JSON nested deep in the metadata",
        54,
        raw(b'{"cells": [], "metadata": {"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}"),
        earns=NOTHING,
    ),
    Form("five million empty lists", 54, raw(b'{"x": [' + b"[]," * 5_000_000 + b"0]}"), earns=NOTHING),
    Form("no JSON", 57, raw(b"def output_size(): pass"), earns=NOTHING),
    Form("an empty file", 57, raw(b""), earns=NOTHING),
    Form(
        "a byte order mark before it",
        57,
        lambda folder: raw(b"\xef\xbb\xbf" + json.dumps(solved()).encode())(folder),
        most=ALL,
    ),
    Form("UTF-16", 57, lambda folder: raw(json.dumps(solved()).encode("utf-16"))(folder), most=ALL),
    Form("NUL bytes", 57, raw(b"\0" * 1000), earns=NOTHING),
    Form(
        "halves of characters",
        57,
        bent(lambda nb: _solution(nb).update(source="# \ud800\n" + right()["zero_pad"])),
        most=ALL,
    ),
    Form("nbformat 3", 57, bent(_old), most=ALL),
    Form(
        "nbformat 4.0",
        57,
        bent(lambda nb: (_ids(lambda n: None)(nb), nb.update(nbformat_minor=0))[1]),
        most=ALL,
    ),
    Form("nbformat 5", 57, bent(lambda nb: nb.update(nbformat=5)), most=ALL),
    Form("JSON of another kind", 57, raw(b'[1, {"cells": "none"}]'), earns=NOTHING),
    Form(
        "cells that are none",
        57,
        raw(b'{"cells": [null, 1, {"cell_type": []}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'),
        earns=NOTHING,
    ),
    Form("no cell has an id", 57, bent(_ids(lambda n: None)), earns=ALL),
    Form("all cells have the same id", 57, bent(_ids(lambda n: "same")), earns=ALL),
    Form("ids that are paths", 57, bent(_ids(lambda n: f"../../{CANARY}-{n}")), most=ALL),
    Form("test cells deleted", 58, bent(_drop_tests), earns=ALL),
    Form("test cells twice", 58, bent(_duplicate(_tests)), earns=ALL),
    Form("a solution twice", 58, bent(_duplicate(lambda nb: [_solution(nb)])), earns=ALL),
    Form("a solution in another cell", 58, bent(_split), most=ALL),
    Form("two solutions in one cell", 58, bent(_merge), most=ALL),
    Form("cells in reverse order", 58, bent(lambda nb: nb["cells"].reverse()), most=ALL),
    Form(
        "test cells made Markdown",
        58,
        bent(lambda nb: [cell.update(cell_type="markdown") for cell in _tests(nb)] and None),
        most=ALL,
    ),
    Form("test cells marked as solutions", 58, bent(_mark_all(solution=True)), earns=ALL),
    Form("nothing marked as graded", 58, bent(_mark_all(grade=False)), most=ALL),
    Form("points edited", 58, bent(_mark_all(points=1e9)), earns=ALL),
    Form("points of NaN", 58, bent(_mark_all(points=float("nan"))), most=ALL),
    Form("checksums edited", 58, bent(_mark_all(checksum="0" * 32)), earns=ALL),
    Form("marks of another age", 58, bent(_mark_all(schema_version=99)), most=ALL),
    Form(
        "marks that are none",
        58,
        bent(lambda nb: [c["metadata"].update(nbgrader=7) for c in nb["cells"]] and None),
        most=ALL,
    ),
    Form("a grade_id that is a path", 58, bent(_mark_all(grade_id=f"../../{CANARY}")), most=ALL),
    Form(
        "a kernel for Julia",
        58,
        bent(_metadata(kernelspec={"name": "julia-1.9", "display_name": "Julia", "language": "julia"})),
        earns=ALL,
    ),
    Form(
        "no kernel, huge metadata",
        58,
        bent(lambda nb: nb.update(metadata={"x": ["y" * 100] * 20_000})),
        earns=ALL,
    ),
    Form("a renamed notebook", 59, bent(lambda nb: None, "my homework.ipynb"), earns=ALL),
    Form("another case", 59, bent(lambda nb: None, FILE.upper()), most=ALL),
    Form("two notebooks", 59, _two, most=ALL),
    Form("a folder inside", 59, bent(lambda nb: None, f"{LESSON}/{FILE}"), most=ALL),
    Form("nothing", 59, lambda folder: None, earns=NOTHING),
    Form("a folder in place of the notebook", 59, lambda folder: (folder / FILE).mkdir(), earns=NOTHING),
    Form("a student called like a pattern", 59, bent(lambda nb: None), most=ALL, student="a*[b]?"),
    Form(
        "a student with spaces and accents",
        59,
        bent(lambda nb: None),
        most=ALL,
        student="Zoë  O'Hara; rm -rf",
    ),
    Form("a student called like an option", 59, bent(lambda nb: None), most=ALL, student="--force"),
    Form("a link to a file of the host", 35, _link("/etc/passwd"), earns=NOTHING),
    Form("a link to itself", 35, _link(FILE), earns=NOTHING),
    Form("a link to a device", 35, _link("/dev/zero"), earns=NOTHING),
    Form("a pipe in place of the notebook", 35, lambda folder: os.mkfifo(folder / FILE), earns=NOTHING),
    Form("links beside an honest notebook", 35, _secret_link, earns=ALL),
    Form("pipes beside an honest notebook", 35, _pipes, most=ALL),
    Form("a link in place of the folder", 35, _replaced_folder, earns=NOTHING),
    Form("a date that no calculator takes", 60, _timed(b"12:" + b"6" * 150 + b",am"), earns=ALL),
    Form("a forged time", 60, _timed(b"9999-99-99 not a time"), earns=ALL),
    Form("a time of a megabyte", 60, _timed(b"1" * 10**6), earns=ALL),
]
