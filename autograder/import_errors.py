"""Why an import failed, by its usual cause: PYTHONPATH leads to another Python's packages.

It imports nothing but Python itself: it speaks where nothing else can be imported.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

UNUSABLE = 2  # the exit code of wrong usage, as of a broken course


def why(error: ImportError) -> str:
    """Name the cause in one line, and the next step."""
    said = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
    place = _place(error)
    if place:
        return (
            f"PYTHONPATH leads to packages of another Python ({place}; {said}): run `unset PYTHONPATH` first"
        )
    return (
        f'{said}: install the course into this Python, {sys.executable} -m pip install "convcourse[course]"'
    )


def _place(error: BaseException | None) -> str:
    """The folder of PYTHONPATH in which an import failed, "" where it was in none of them."""
    ours = str(Path(__file__).resolve().parents[1])
    folders = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    while error is not None:
        files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
        files.append(str(getattr(error, "path", None) or ""))
        for folder in folders:
            if os.path.realpath(folder) != ours and any(file.startswith(folder + os.sep) for file in files):
                return folder
        error = error.__cause__ or error.__context__
    return ""


def refuse(error: ImportError) -> None:
    """End the command `autograder` with that line; in a notebook, raise it.

    Raises:
        ImportError: this is not the command.
    """
    if any(Path(word).stem == "autograder" or word == "autograder.cli" for word in sys.orig_argv[1:4]):
        print(f"autograder: {why(error)}", file=sys.stderr)
        sys.exit(UNUSABLE)
    raise ImportError(why(error)) from error
