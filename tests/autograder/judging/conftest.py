"""For tests of names."""

from __future__ import annotations

import time
from functools import partial

import pytest

from autograder.judging.locate import locate


@pytest.fixture
def names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is looked for beside a name: as a later hint it costs half a second a verdict."""
    monkeypatch.setattr("autograder.judging.judge.SECONDS_NAMED", 0.0)


@pytest.fixture
def own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for a line has its seconds of this process, whatever else the machine does meanwhile."""
    monkeypatch.setattr("autograder.judging.judge.locate", partial(locate, clock=time.process_time))
