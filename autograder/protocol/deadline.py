"""A time limit for a call in this process, which ends an endless loop on every platform.

A signal's timer interrupts whatever the main thread does, sleeping included. Where there are no such signals
(Windows), or in another thread, a watching thread raises in the working one before its next bytecode. Where
there are no threads either (a browser), Python itself tells of every jump back, and the clock is looked at
there. Only that slows a loop down.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import signal
import sys
import threading
import time
import weakref
from types import CodeType, FrameType
from typing import Any, Protocol

AGAIN = 0.05  # seconds: a loop that catches everything is told again
TOOL = 4  # a number that Python keeps for no tool of its own
# What Python's own weak dictionaries and sets do when an object goes is called while it is being destroyed.
_WEAK_REFERENCES = {one.__init__.__code__.co_filename for one in (weakref.WeakKeyDictionary, weakref.WeakSet)}
LOOKS = 256  # jumps back between two looks at the clock, where nothing else can tell


class Clock(Protocol):
    """One way to interrupt a call."""

    def start(self, seconds: float) -> None: ...

    def stop(self) -> None: ...


class deadline(contextlib.AbstractContextManager[None]):  # noqa: N801  it reads as a call
    """Raise `over` in what runs inside once its time is over, and again until it is left.

    Where the time is over just as the block is left, `over` is raised behind it; the clock
    is stopped all the same, at the latest when nothing refers to this any more.

    Args:
        seconds: the time there is.
        over: what is raised.
    """

    def __init__(self, seconds: float, over: type[BaseException]) -> None:
        self._seconds, self._over = seconds, over
        self._clock: Clock | None = None

    def __enter__(self) -> None:
        self._clock = _clock(self._over)
        try:
            self._clock.start(self._seconds)
        except self._over:  # it was over before the block was entered
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        while self._clock is not None:
            try:
                self._clock.stop()
                self._clock = None
            except self._over:  # it came while it was being called off
                continue

    def __del__(self) -> None:
        if self._clock is not None:
            self.__exit__()


def _clock(over: type[BaseException]) -> Clock:
    main = threading.current_thread() is threading.main_thread()
    if main and hasattr(signal, "setitimer"):
        return _Signal(over)
    return _Jumps(over) if sys.platform in ("emscripten", "wasi") else _Thread(over)


class _Signal:
    """The timer that Unix has; whoever had it set before has it back with what was left."""

    def __init__(self, over: type[BaseException]) -> None:
        self.over = over
        # Known before anything can ring: a short time is over while the timer is being set.
        self._started = time.monotonic()
        self._handler = signal.getsignal(signal.SIGALRM)
        self._timer = signal.getitimer(signal.ITIMER_REAL)

    def start(self, seconds: float) -> None:
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)

    def _ring(self, _number: int, frame: FrameType | None) -> None:
        if not _is_finalizing(frame):
            raise self.over

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        left, interval = self._timer
        if left:
            spent = time.monotonic() - self._started
            signal.setitimer(signal.ITIMER_REAL, max(left - spent, 0.001), interval)


def _is_finalizing(frame: FrameType | None) -> bool:
    """Whether an object is being destroyed: an exception would be printed there, and go nowhere."""
    callbacks: list[Any] = [sys.unraisablehook, *gc.callbacks]
    codes = {getattr(getattr(one, "func", one), "__code__", None) for one in callbacks}
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code in codes or code.co_filename in _WEAK_REFERENCES:
            return True
        frame = frame.f_back
    return False


class _Thread:
    """A thread that waits, and then raises in the one that works."""

    def __init__(self, over: type[BaseException]) -> None:
        self.over = over

    def start(self, seconds: float) -> None:
        self._worker = ctypes.c_ulong(threading.get_ident())
        self._over = threading.Event()
        self._begun = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, args=(seconds,), daemon=True, name="deadline").start()
        self._begun.set()  # what starting the thread took is not the worker's time

    def _watch(self, seconds: float) -> None:
        self._begun.wait()
        while not self._over.wait(seconds):
            with self._lock:
                if not self._over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(self._worker, ctypes.py_object(self.over))
            seconds = AGAIN

    def stop(self) -> None:
        with self._lock:
            self._over.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(self._worker, None)


class _Jumps:
    """Python's own reports of jumps, from 3.12 on; a call in which nothing repeats ends by itself."""

    def __init__(self, over: type[BaseException]) -> None:
        self.over = over

    def start(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._count = 0
        self._watch: Any = getattr(sys, "monitoring", None)
        if self._watch is not None:
            self._watch.use_tool_id(TOOL, "deadline")
            self._watch.register_callback(TOOL, self._watch.events.JUMP, self._jumped)
            self._watch.set_events(TOOL, self._watch.events.JUMP)

    def _jumped(self, _code: CodeType, _from: int, _to: int) -> None:
        self._count += 1
        if self._count >= LOOKS:
            self._count = 0
            if time.monotonic() > self._end:
                raise self.over

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.set_events(TOOL, 0)
            self._watch.free_tool_id(TOOL)
            self._watch = None
