"""A time limit ends whatever runs in this process, on every platform, and calls itself off in time."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import PUBLIC
from autograder.exercises import all as all_exercises
from autograder.judging import caller, judge_function
from autograder.protocol.deadline import deadline
from autograder.protocol.running import TimeIsUp
from autograder.sandbox.limits import Limits


class Over(BaseException):
    """What the limit raises in these tests."""


# Python tells of jumps from 3.12 on, which is what runs where there are neither signals nor threads.
CLOCKS = ["a signal", "a thread", *(["jumps"] if sys.version_info >= (3, 12) else [])]


@pytest.fixture(params=CLOCKS)
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to interrupt, whatever this machine would choose."""
    if request.param == "a thread":
        monkeypatch.delattr(signal, "setitimer")
    if request.param == "jumps":
        monkeypatch.delattr(signal, "setitimer")
        monkeypatch.setattr(sys, "platform", "emscripten")
    return str(request.param)


def endless() -> None:
    while True:
        pass


def endless_in_numpy() -> None:
    x = np.ones((30, 30))
    while True:
        for _ in range(10):
            x = x @ x / 30


def endless_and_deaf() -> None:
    while True:
        try:
            while True:
                pass
        except BaseException as stop:
            if time.monotonic() > DEAF_UNTIL[0]:
                raise stop


DEAF_UNTIL = [0.0]


@pytest.mark.parametrize("loop", [endless, endless_in_numpy, endless_and_deaf])
def test_an_endless_loop_is_left(clock: str, loop: Callable[[], None]) -> None:
    DEAF_UNTIL[0] = time.monotonic() + 0.3
    started = time.monotonic()
    with pytest.raises(Over), deadline(0.1, Over):
        loop()
    assert time.monotonic() - started < 5


def test_what_is_done_in_time_is_not_disturbed_then_or_later(clock: str) -> None:
    for _ in range(50):
        with deadline(0.002, Over):
            pass
    time.sleep(0.05)
    with deadline(60, Over):
        assert sum(range(1000)) == 499_500


def test_a_limit_that_is_never_left_ends_with_its_last_reference(clock: str) -> None:
    def begin() -> None:
        limit = deadline(0.05, Over)
        limit.__enter__()
        endless()

    with pytest.raises(Over):
        begin()
    time.sleep(0.2)
    assert sum(range(1000)) == 499_500


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="another thread cannot see where this one is")
def test_what_is_being_destroyed_is_left_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []

    def hook(event: object) -> None:
        time.sleep(0.2)
        heard.append(event)

    class Slow:
        def __del__(self) -> None:
            time.sleep(0.2)
            raise ValueError("its own fault")

    monkeypatch.setattr(sys, "unraisablehook", hook)

    def make_and_drop() -> None:
        Slow()
        endless()

    with pytest.raises(Over), deadline(0.05, Over):
        make_and_drop()
    assert [event.exc_type for event in heard] == [ValueError]  # type: ignore[attr-defined]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="another thread cannot see where this one is")
def test_who_listens_to_the_garbage_collector_is_left_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    unraisable: list[object] = []

    def listen(phase: str, info: dict[str, int]) -> None:
        time.sleep(0.1)
        heard.append(phase)

    def collect() -> None:
        gc.collect()
        endless()

    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    gc.callbacks.append(listen)
    try:
        with pytest.raises(Over), deadline(0.05, Over):
            collect()
    finally:
        gc.callbacks.remove(listen)
    assert heard[:2] == ["start", "stop"]
    assert unraisable == []


def test_in_another_thread_the_limit_holds_too() -> None:
    ended: list[type] = []

    def work() -> None:
        try:
            with deadline(0.1, Over):
                endless()
        except Over:
            ended.append(Over)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert ended == [Over]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timer")
def test_a_timer_that_somebody_else_had_set_goes_on_with_what_was_left() -> None:
    before = signal.getsignal(signal.SIGALRM)
    theirs = signal.setitimer(signal.ITIMER_REAL, 50, 7)
    try:
        with deadline(5, Over):
            time.sleep(0.1)
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 49 < left < 49.95
        assert interval == 7
        assert signal.getsignal(signal.SIGALRM) is before
    finally:
        signal.setitimer(signal.ITIMER_REAL, *theirs)


def test_a_time_that_is_over_before_the_block_is_entered_is_called_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = signal.getsignal(signal.SIGALRM)
    real = signal.setitimer
    rung: list[float] = []

    def ring_at_once(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        timer = real(which, seconds, interval)
        if seconds and not rung:
            rung.append(seconds)
            raise Over
        return timer

    monkeypatch.setattr(signal, "setitimer", ring_at_once)
    limit = deadline(5.0, Over)
    with pytest.raises(Over), limit:
        pass
    assert rung == [5.0]
    assert signal.getitimer(signal.ITIMER_REAL)[1] == 0.0  # what the test runner had set goes on
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_notebook_waits_as_long_as_grading_does() -> None:
    assert Limits().answer_seconds == caller.SECONDS
    assert Limits().max_kernel_crashes == caller.TIMEOUTS


def judged(function: Callable[..., Any], seconds: float = 0.2) -> Any:
    return judge_function(all_exercises()["output_size"], function, PUBLIC, seconds)


def test_check_stops_an_endless_loop_and_says_so(monkeypatch: pytest.MonkeyPatch, clock: str) -> None:
    calls: list[int] = []

    def output_size(n, k, stride=1, pad=0):
        calls.append(n)
        while stride > 1:
            try:
                stride += 1
            except Exception:
                continue
        return n - k + 2 * pad + 1

    started = time.monotonic()
    verdict = judged(output_size)
    assert time.monotonic() - started < 10
    assert verdict.status == "failed"
    assert "timed out" in verdict.message
    assert not verdict.bugs
    assert [line.name for line in verdict.requirements if line.passed]  # what came before is judged


def test_a_function_that_always_hangs_is_asked_a_few_times_only(clock: str) -> None:
    calls: list[int] = []

    def output_size(n, k, stride=1, pad=0):
        calls.append(n)
        while True:
            pass

    assert "timed out" in judged(output_size).message
    assert len(calls) == caller.TIMEOUTS


def test_an_interruption_by_hand_says_the_same_at_once() -> None:
    if not hasattr(signal, "raise_signal"):
        pytest.skip("no signals here")
    calls: list[int] = []

    def output_size(n, k, stride=1, pad=0):
        calls.append(n)
        signal.raise_signal(signal.SIGINT)
        while True:
            pass

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        verdict = judged(output_size, 60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert "timed out" in verdict.message
    assert len(calls) == 1


def test_the_kernels_are_open_again_after_a_timeout() -> None:
    from convlib import shapes

    def output_size(n, k, stride=1, pad=0):
        return shapes.output_size(n, k) or endless()

    def hang(n, k, stride=1, pad=0):
        endless()

    assert "timed out" in judged(hang).message
    assert judged(output_size).status == "failed"
    assert shapes.output_size(5, 3) == 3
    assert issubclass(TimeIsUp, BaseException)
    assert not issubclass(TimeIsUp, Exception)


def test_a_time_that_is_over_while_the_timer_is_set_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    before = signal.getsignal(signal.SIGALRM)
    for _ in range(300):
        with pytest.raises(Over), deadline(1e-6, Over):
            endless()
        gc.collect(0)
    assert unraisable == []
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[1] == 0.0  # what the test runner had set goes on
