"""What other packages do and this course cannot use as it is, each mended here and nowhere else.

Each function says what happens without it and with which versions it was tried.
`tests/autograder/test_adaptations.py` shows each symptom without the mending, and so fails when it is no
longer needed: then the function goes. Nothing is imported until it is called, since the kernel in the sandbox
has this module too.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

# Python itself


def syntax_tree(source: str) -> ast.Module:
    """Parse source, and again where Python took two threads' depths for one.

    Without: SystemError ("AST constructor recursion depth mismatch") now and then when a class is graded,
    since Python 3.11 counts how deep it is for all threads together, and the garbage collector may let
    another one parse in the middle (gh-106905). Tried with Python 3.11.7; 3.12 and later count apart.
    """
    for _ in range(9):
        with contextlib.suppress(SystemError):
            return ast.parse(source)
    return ast.parse(source)


# nbgrader and its database


def put_programs_on_path() -> None:
    """Let nbgrader find `alembic`, which it starts by name when it makes a gradebook.

    Without: FileNotFoundError wherever the environment was not activated (a service, an editor, cron).
    Tried with nbgrader 0.9.6.
    """
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", "")


def skip_grammar_of_addresses() -> None:
    """Let jsonschema go without `rfc3987_syntax`, which it imports in case a schema asks for such addresses.

    Without: a grammar that no notebook needs is built, which takes longer than all other imports together.
    Whoever asks for it later can do without. Tried with jsonschema 4.26.0 and rfc3987-syntax 1.1.0.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


@contextlib.contextmanager
def without_servers() -> Iterator[None]:
    """Import nbgrader without the web servers that it imports on its own import.

    Without: they are half of the time that the import takes. Whoever asks for them later gets them. Tried
    with nbgrader 0.9.6.
    """
    if "nbgrader" in sys.modules:
        yield
        return
    servers = ("assignment_list", "course_list", "validate_assignment", "formgrader")
    stubs = [types.ModuleType(f"nbgrader.server_extensions.{name}") for name in servers]
    for stub in stubs:
        stub.load_jupyter_server_extension = None  # type: ignore[attr-defined]
        sys.modules[stub.__name__] = stub
    try:
        yield
    finally:
        for stub in stubs:
            sys.modules.pop(stub.__name__, None)


def accept_order_of_rows() -> None:
    """Drop SQLAlchemy's remark on the order in which nbgrader adds a submission's rows.

    Without: several warnings for each new submission, about nothing that a user could change. Tried with
    nbgrader 0.9.6 and SQLAlchemy 2.1.9.
    """
    from sqlalchemy.exc import SAWarning

    warnings.filterwarnings("ignore", message="Object of type <Submitted", category=SAWarning)


def commit_when_asked(book: Any) -> Callable[[], None]:
    """Make an open gradebook keep what it is told until the commit that is returned.

    Without: nbgrader commits after every row, so that one submission takes dozens of commits, and an
    interruption leaves half of it. What all submissions share, the assignment and its cells, is asked for
    once and kept. Tried with nbgrader 0.9.6 and SQLAlchemy 2.1.9.
    """
    session = book.db()
    commit: Callable[[], None] = session.commit
    session.commit = session.flush
    session.autoflush = False
    session.expire_on_commit = False
    return commit


def in_address(path: str) -> str:
    """Write a path as the SQLAlchemy that is installed reads it in an address.

    Without: in newer versions a folder called "50%20" becomes "50 ", and the gradebook is another file; older
    ones take the path as it stands, and so the one at hand is asked. Tried with SQLAlchemy 2.1.9.
    """
    if "%" not in path:
        return path
    from sqlalchemy.engine import make_url

    return path.replace("%", "%25") if make_url("sqlite:///a%25").database == "a%" else path


# Pages


class AttachmentsByName:
    """A mixin for nbconvert's Markdown renderer: an attached image stands by its name.

    Without: one attachment that is missing raises InvalidNotebook, and the student gets no page at all. The
    names are replaced when the page is clean. Tried with nbconvert 7.17.2.
    """

    def _embed_image_or_attachment(self, src: str) -> str:
        prefix = "attachment:"
        return prefix + quote(unquote(src.removeprefix(prefix))) if src.startswith(prefix) else src


def forget_earlier_builds(home: Path) -> None:
    """Remove JupyterLite's memory of earlier builds in a folder (jupyterlite#1194).

    Without: it outlives the site that was built, and the next build drops the settings that did not change.
    Tried with jupyterlite-core 0.8.6.
    """
    (home / ".jupyterlite.doit.db").unlink(missing_ok=True)


# Python and the kernel


def at_exit_before_threads_end(close: Callable[[], None]) -> None:
    """Have something called at the end of the process while threads can still be started.

    Without: what `atexit` calls comes too late for asyncio.to_thread ("cannot schedule new futures after
    interpreter shutdown"), and a sandbox is left half. Tried with Python 3.11.
    """
    import concurrent.futures.thread  # noqa: F401  (what is registered later is called sooner)

    threading._register_atexit(close)  # type: ignore[attr-defined]


def without_debugger() -> None:
    """Let ipykernel start without debugpy.

    Without: a kernel takes twice as long to make, and its threads and sockets have no place in a sandbox.
    Tried with ipykernel 7.4.0.
    """
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]
    with contextlib.suppress(ImportError):
        import ipykernel.debugger

        ipykernel.debugger._is_debugpy_available = False


# Without one of these IPython has nothing to transform in a cell.
_MAGIC = re.compile(r"[%?]|!(?!=)|^\s*[,;/]", re.MULTILINE)


def look_for_magic_where_it_may_be(manager: Any) -> None:
    """Spare a cell without magic IPython's look at its every token.

    Without: each cell is cut into tokens twice, which costs more than to run most of them. Tried with
    IPython 9.18.1.
    """
    look = manager.do_token_transforms
    manager.do_token_transforms = lambda lines: look(lines) if any(map(_MAGIC.search, lines)) else lines
