"""Why an import failed, by its usual cause: PYTHONPATH leads to another Python's packages.

It imports nothing but Python itself: it speaks where nothing else can be imported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

UNUSABLE = 2  # the exit code of wrong usage, as of a broken course


def why(error: ImportError) -> str:
    """Name the cause in one line, and the next step."""
    said = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
    place = os.environ.get("PYTHONPATH")
    if place:
        return (
            f"PYTHONPATH leads to packages of another Python ({place}; {said}): run `unset PYTHONPATH` first"
        )
    return (
        f'{said}: install the course into this Python, {sys.executable} -m pip install "convcourse[course]"'
    )


def refuse(error: ImportError) -> None:
    """End the command `autograder` with that line; in a notebook, raise it.

    Raises:
        ImportError: this is not the command.
    """
    if any(Path(word).stem == "autograder" or word == "autograder.cli" for word in sys.orig_argv[1:4]):
        print(f"autograder: {why(error)}", file=sys.stderr)
        sys.exit(UNUSABLE)
    raise ImportError(why(error)) from error
