"""Worker processes as a `concurrent.futures.Executor`: bytes in, bytes out, several jobs in each at once.

Unlike with `ProcessPoolExecutor` a worker may have several jobs in hand (they wait for kernels most of the
time), a worker that dies takes only its own jobs with it, nothing is pickled, and workers end by themselves
when whoever started them is gone, however that happened.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any, BinaryIO

_HEAD = struct.Struct("!QBQ")  # number of the job, whether it went well, length of what follows
_MODULE = "autograder.grading.workers"


class WorkerLost(Exception):
    """The process that had the job is gone."""


class Workers(Executor):
    """Processes that call one function from bytes to bytes.

    Args:
        processes: how many.
        at_once: jobs that each has in hand.
    """

    def __init__(self, processes: int, at_once: int = 1) -> None:
        self._processes = processes
        self._at_once = at_once
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], str, bytes]] = deque()
        self._workers: list[_Worker] = []
        self._closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have `fn(data)` called in a worker; `fn` is a function of a module, `data` its only argument."""
        (data,) = args
        if kwargs or not isinstance(data, bytes):
            raise TypeError("a job is bytes")
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the workers have been shut down")
            self._waiting.append((future, f"{fn.__module__}:{fn.__qualname__}", data))
        self._feed()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: as soon as they have done what they have, or (cancelling) at once."""
        with self._lock:
            self._closed = True
            workers = list(self._workers)
            waiting = [future for future, _, _ in self._waiting]
            if cancel_futures:
                self._waiting.clear()
        if cancel_futures:
            for future in waiting:
                future.cancel()
        elif wait:
            wait_for([*waiting, *(future for worker in workers for future in list(worker.jobs.values()))])
        for worker in workers:
            worker.end(at_once=cancel_futures, wait=wait)

    def start(self) -> None:
        """Start every worker now, so that they come up while the caller prepares the jobs."""
        with self._lock:
            while len(self._workers) < self._processes and not self._closed:
                self._workers.append(_Worker(self._done))

    def _feed(self) -> None:
        """Give waiting jobs to whoever has a hand free, the least busy first."""
        with self._lock:
            self._workers = [worker for worker in self._workers if worker.alive]
            while self._waiting:
                free = [worker for worker in self._workers if len(worker.jobs) < self._at_once]
                idle = [worker for worker in free if not worker.jobs]
                if not idle and len(self._workers) < self._processes:
                    self._workers.append(_Worker(self._done))
                    continue
                if not free:
                    return
                future, name, data = self._waiting.popleft()
                if future.set_running_or_notify_cancel():
                    min(free, key=lambda worker: len(worker.jobs)).give(future, name, data)

    def _done(self) -> None:
        if not self._closed or self._waiting:
            self._feed()


class _Worker:
    """One process, and the thread that reads what comes back from it."""

    def __init__(self, done: Callable[[], None]) -> None:
        self.jobs: dict[int, Future[Any]] = {}
        self.alive = True
        self._done = done
        self._next = 0
        # A session of its own: Ctrl-C is for whoever started the workers. -P: nothing is imported from the
        # working directory.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def give(self, future: Future[Any], name: str, data: bytes) -> None:
        """Send a job."""
        self._next += 1
        self.jobs[self._next] = future
        try:
            assert self._process.stdin is not None
            _write(self._process.stdin, self._next, True, name.encode() + b"\n" + data)
        except OSError:
            pass  # the reading thread sees the end of the process and gives the job back

    def end(self, at_once: bool, wait: bool) -> None:
        """Let it finish, or kill it."""
        if at_once:
            self._process.kill()
        elif self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if wait:
            self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while (frame := _read(self._process.stdout)) is not None:
            number, good, data = frame
            future = self.jobs.pop(number)
            if good:
                future.set_result(data)
            else:
                future.set_exception(WorkerLost(data.decode()))
            self._done()
        self.alive = False
        code = self._process.wait()
        for future in [self.jobs.pop(number) for number in list(self.jobs)]:
            future.set_exception(WorkerLost(f"the worker process ended (code {code})"))
        self._done()


def _write(pipe: BinaryIO | Any, number: int, good: bool, data: bytes) -> None:
    pipe.write(_HEAD.pack(number, good, len(data)) + data)
    pipe.flush()


def _read(pipe: BinaryIO | Any) -> tuple[int, bool, bytes] | None:
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    number, good, length = _HEAD.unpack(head)
    data = pipe.read(length)
    return (number, bool(good), data) if len(data) == length else None


def _serve() -> None:
    """A worker's life: jobs from the standard input until it ends, results to the standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints in this process does not print into the results
    writing = threading.Lock()

    def work(number: int, data: bytes) -> None:
        name, _, argument = data.partition(b"\n")
        module, _, function = name.decode().partition(":")
        try:
            answer, good = getattr(importlib.import_module(module), function)(argument), True
        except Exception as error:
            answer, good = f"{type(error).__name__}: {error}".encode("utf-8", "replace"), False
        with writing:
            _write(results, number, good, answer)

    threads = ThreadPoolExecutor(max_workers=64)
    job = importlib.import_module("autograder.grading.job")
    while (frame := _read(sys.stdin.buffer)) is not None:
        threads.submit(work, frame[0], frame[2])
    # Nobody is left who would read a result. Sandboxes end with this process, if they do not end before it.
    leaving = threading.Thread(target=job.close, daemon=True)
    leaving.start()
    leaving.join(timeout=3)
    os._exit(0)


if __name__ == "__main__":
    _serve()
