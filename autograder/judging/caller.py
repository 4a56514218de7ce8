"""The caller of a notebook: the learner's function is called in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.calls import Answer, Script, answer_script

# A call redirects standard output and closes convlib's functions for the whole process meanwhile.
_ALONE = threading.RLock()


class InProcess:
    """Calls functions where they are. Ctrl-C is the way out of one that never returns."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]], *, guard: bool = True) -> None:
        self.functions = functions
        self.guard = guard

    def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """Run each script afresh, in order."""
        with _ALONE:
            return [answer_script(self.functions, script, guard=self.guard) for script in scripts]
