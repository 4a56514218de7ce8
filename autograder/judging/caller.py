"""Asking a function: in this process, or through whatever else can call it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.protocol.calls import Answer, Caller, NoAnswer, Script
from autograder.protocol.deadline import deadline
from autograder.protocol.running import TimeIsUp, run_untrusted

# A call redirects standard output and disables convlib's functions for the whole process meanwhile.
ALONE = threading.RLock()


# As when grading. A function that timed out has less time for the next scripts, and then is asked no more.
SECONDS = 10.0
SECONDS_AGAIN = 2.0
TIMEOUTS = 3


class InProcess:
    """Calls functions where they are.

    Args:
        functions: by name.
        guard: whether convlib's own versions of them raise meanwhile.
        seconds: what each call may take, as when grading, and a person's Ctrl-C ends a call as if that were
            over; None: there is no limit, and Ctrl-C ends all.
    """

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Any]],
        *,
        guard: bool = True,
        seconds: float | None = None,
    ) -> None:
        self.functions = functions
        self.guard = guard
        self.seconds = seconds
        self._timeouts = 0

    def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """Run each script afresh, in order."""
        with ALONE:
            if self.seconds is None:
                return [run_untrusted(self.functions, script, guard=self.guard) for script in scripts]
            return [self._in_time(script, self.seconds) for script in scripts]

    def _in_time(self, script: Script, seconds: float) -> tuple[Answer, ...]:
        if self._timeouts >= TIMEOUTS:
            return (NoAnswer("timeout"),)
        most = min(seconds, SECONDS_AGAIN) if self._timeouts else seconds
        try:
            answers = run_untrusted(
                self.functions, script, guard=self.guard, limit=lambda: deadline(most, TimeIsUp)
            )
        except KeyboardInterrupt:
            self._timeouts = TIMEOUTS
            return (NoAnswer("timeout"),)
        if any(isinstance(answer, NoAnswer) and answer.reason == "timeout" for answer in answers):
            self._timeouts += 1
        return answers


def collect_answers(caller: Caller, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
    """A caller's answers, exactly one for each script; where it gives none, the call crashed."""
    given = [answers or (NoAnswer("crash"),) for answers in caller.answers(scripts)]
    return [*given, *[(NoAnswer("crash"),)] * (len(scripts) - len(given))][: len(scripts)]
