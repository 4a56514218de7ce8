"""What lies beside a notebook and belongs to it: modules that it imports, data it reads, its pictures."""

from __future__ import annotations

import base64
import importlib.util
import re
import sys
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from autograder.course.people import shown
from autograder.grading.archives import NotOpened
from autograder.grading.tree import Entry, Unopened
from autograder.notebook import file_kinds
from autograder.notebook.reading import MOST_PICTURES, Cell

if TYPE_CHECKING:
    from autograder.course.course import Grading

CODE = (file_kinds.MODULE, file_kinds.SCRIPT)
DATA = ("array", file_kinds.TEXT, "image", "binary", file_kinds.ZIP, file_kinds.EMPTY)
# No hidden file, no option, no place elsewhere.
NAME = re.compile(r"[^\W.-][\w .()+-]*")
# What Python reads by itself at its start, and what the lesson brings.
AT_START = frozenset(["sitecustomize", "usercustomize", "given", "conftest"])
SHOWN = re.compile(r"!\[[^\]]*\]\(\s*<?(?![a-z][a-z0-9+.-]*:)([^)\s>#]+)", re.IGNORECASE)
# What a line has that writes a file.
WRITES = re.compile(
    r"save|write|dump|to_\w+\(|touch|remove|unlink|>|[\"'][rb]?[wax+][bt+]*[\"']", re.IGNORECASE
)
IMAGES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "svg": "image/svg+xml",
    "avif": "image/avif",
    "heic": "image/heic",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}


@dataclass
class Taken:
    """What goes into the sandbox with a notebook.

    Attributes:
        cells: the notebook's, with pictures that lie beside it attached.
        files: contents by path, below the notebook's folder.
        left: modules and files that are not taken, each with the reason.
        accounts: what became of each entry that was taken or is the lesson's, by its path.
    """

    cells: list[Cell]
    files: dict[str, bytes] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def take(
    grading: Grading, picked: Entry, entries: list[Entry], cells: list[Cell], released: dict[str, bytes]
) -> Taken:
    """Find what a notebook needs of the files beside it.

    Args:
        grading: the limits.
        picked: the notebook.
        entries: every file of the submission.
        cells: the notebook's.
        released: what the lesson itself has beside it; that is always the lesson's own.
    """
    top = f"{picked.folder}/"
    near = {
        entry.path.removeprefix(top): entry
        for entry in entries
        if entry.path.startswith(top) and entry is not picked and not entry.checkpoint
    }
    taken = Taken(cells)
    for path in [path for path in near if path in released]:
        _the_lessons(path, near.pop(path), released[path], taken)
    code = "\n".join(cell.source for cell in cells if cell.type == "code")
    _attach(near, taken)
    room = grading.beside_bytes
    waiting = {path: entry for path, entry in near.items() if entry.kind in (*CODE, *DATA)}
    while named := [path for path, entry in waiting.items() if _is_named(path, entry, code)]:
        for path in named:
            entry = waiting.pop(path)
            why, data = _read(path, entry, room)
            if not why and len(taken.files) >= grading.beside_files:
                why = f"more than {grading.beside_files} files are beside the notebook"
            if why:
                taken.left[_module(path) if _is_code(entry) else entry.name] = f"{shown(path)}: {why}"
                continue
            room -= len(data)
            taken.files[path] = data
            taken.accounts[entry.path] = "taken along"
            if _is_code(entry):
                code += "\n" + file_kinds.text_of(data)
    taken.remarks += [f"not taken along: {why}" for why in taken.left.values()]
    for path, entry in waiting.items():
        name = _module(path) if _is_code(entry) else entry.name
        taken.left.setdefault(name, f"{shown(path)}: no cell has its name")
    return taken


def _the_lessons(path: str, entry: Entry, released: bytes, taken: Taken) -> None:
    try:
        same = entry.read(len(released) + 1) == released
    except (Unopened, NotOpened, OSError):
        same = False
    taken.accounts[entry.path] = "as released" if same else "changed: the lesson's own is used"
    if not same:
        taken.remarks.append(f"{shown(path)} is not as released: the lesson's own is used")


def _is_code(entry: Entry) -> bool:
    return entry.kind in CODE or (entry.kind == file_kinds.EMPTY and entry.name.endswith(".py"))


def _module(path: str) -> str:
    """The name by which a file is imported."""
    return path.split("/")[0].removesuffix(".py")


def _is_named(path: str, entry: Entry, code: str) -> bool:
    """Whether code imports a module, or names a file with its ending or without, or its folder."""
    if entry.name in code:
        return True
    if _is_code(entry):
        name = re.escape(_module(path))
        imported = (
            rf"from\s+\.*{name}\b|from\s+\.+\s*import\b.*\b{name}\b|import\b.*\b{name}\b|%run\s+{name}\b"
        )
        return re.search(rf"^\s*(?:{imported})", code, re.M) is not None
    stem = re.escape(entry.name.partition(".")[0])
    above = re.escape(path.rpartition("/")[0])
    named = [rf"[\"'/]{stem}[\"'.]", *([rf"[\"'/]{above}[\"'/]"] if above else [])]
    return any(re.search(one, code) for one in named)


def written(code: str, files: Collection[str]) -> list[str]:
    """The files that a notebook itself writes, as far as a glance tells: all the others are read-only.

    A notebook that saves its weights, or a module with %%writefile, was run before it was handed in, and
    what it wrote lies beside it.

    Args:
        code: of all its cells.
        files: paths below the notebook's folder.
    """
    lines = code.splitlines()
    found = []
    for path in files:
        name = re.escape(path.rsplit("/", 1)[-1])
        stem = name.removesuffix(r"\.npy").removesuffix(r"\.npz")  # NumPy adds the ending
        named = re.compile(rf"{name}|(?<=[\"'/]){stem}(?=[\"'])")
        places = [line for line in lines if named.search(line)]
        given = [re.match(r"\s*(\w+)\s*=(?!=)", line) for line in places]
        variables = [match[1] for match in given if match]
        if variables:
            held = re.compile(rf"\b(?:{'|'.join(variables)})\b")
            places += [line for line in lines if held.search(line)]
        if any(WRITES.search(line) for line in places):
            found.append(path)
    return found


def _read(path: str, entry: Entry, room: int) -> tuple[str, bytes]:
    """Why a file is not taken along, or what is in it."""
    parts = path.split("/")
    if len(path) > 200 or not all(NAME.fullmatch(part) for part in parts):
        return "its name is not one that can be taken along: rename it", b""
    if _is_code(entry) and _is_taken(_module(path)):
        return "its name is a package's, which it would hide: rename it", b""
    try:
        data = entry.read(room + 1)
    except (Unopened, NotOpened) as error:
        return str(error), b""
    except OSError as error:
        return f"cannot be opened ({error.strerror})", b""
    if len(data) > room:
        return "larger than what is taken along (c.Grading.beside_bytes)", b""
    return "", data


@cache
def _is_taken(module: str) -> bool:
    """Whether a module of this name is there already."""
    if module in AT_START or module in sys.stdlib_module_names:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return True


def _attach(near: dict[str, Entry], taken: Taken) -> None:
    """Attach the pictures beside a notebook that its text shows: on a page there is nothing beside it."""
    room = MOST_PICTURES
    for number, cell in enumerate(taken.cells):
        if cell.type == "code" or "](" not in cell.source:
            continue
        attachments = dict(cell.attachments)
        source = cell.source
        for found in dict.fromkeys(SHOWN.findall(cell.source)):
            path = unquote(found).removeprefix("./")
            entry = near.get(path)
            kind = IMAGES.get(path.rsplit(".", 1)[-1].lower())
            if entry is None or entry.kind != "image" or kind is None:
                continue
            try:
                data = entry.read(room + 1)
            except (Unopened, NotOpened, OSError):
                continue
            if len(data) * 4 // 3 > room:
                taken.left[entry.name] = (
                    f"{shown(path)}: more pictures than are shown: read them in the folder"
                )
                continue
            room -= len(data) * 4 // 3
            name = path.replace("/", "-")
            attachments[name] = {kind: base64.b64encode(data).decode()}
            source = re.sub(rf"(\]\(\s*<?){re.escape(found)}", rf"\1attachment:{quote(name)}", source)
            taken.accounts[entry.path] = "shown in the notebook"
        if source != cell.source:
            taken.cells = [
                *taken.cells[:number],
                replace(cell, source=source, attachments=attachments),
                *taken.cells[number + 1 :],
            ]
