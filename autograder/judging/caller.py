"""Asking a function: in this process, or through whatever else can call it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.calls import Answer, Caller, Lost, Script, answer_script

# A call redirects standard output and disables convlib's functions for the whole process meanwhile.
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


def collect_answers(caller: Caller, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
    """A caller's answers, exactly one for each script; where it gives none, the call crashed."""
    given = [answers or (Lost("crash"),) for answers in caller.answers(scripts)]
    return [*given, *[(Lost("crash"),)] * (len(scripts) - len(given))][: len(scripts)]
