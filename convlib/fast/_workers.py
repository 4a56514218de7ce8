"""Share a batch among threads, each with a BLAS of one thread.

NumPy lets go of the interpreter's lock while it copies, adds and multiplies, so threads run side by side. One
thread for a part of the batch keeps that part's numbers in one core's cache, from the copy to the product;
BLAS with threads of its own would have all cores wait for every copy.

A thread that has done its part waits for another: to start one takes ten times as long as to wake it up.

threadpoolctl, where it is installed, says how many threads BLAS may use and holds it to one. Without it, or
where no thread can be started (in a browser), all runs in the calling thread and BLAS does as it likes.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

from convlib._arrays import Array

Result = TypeVar("Result")

# Work is counted in multiplications of large matrices, of which a core of today does some 50 in a nanosecond.
# Waking a thread takes as long as some 1 million (20 microseconds), and at each of its calls it may wait for
# the interpreter's lock. In training, networks whose layers are worth less than this are slower with threads.
WORTH_A_THREAD = 8_000_000
# Less than this is not shared by BLAS either.
WORTH_HOLDING_BLAS = 100_000
# Adding two pictures that are in the cache takes as long, for each number, as some multiplications,
ADDITION = 16
# and copying one half of that, for each number and for starting a run of numbers that are neighbours:
COPY = 8
RUN = 50  # numbers that would be copied meanwhile
# Calling NumPy takes as long, for a block however small, as so many multiplications (a microsecond).
CALL = 50_000

_holding = threading.Lock()

Job: TypeAlias = Callable[[], None]
# Each waiting thread takes jobs from a queue of its own. It puts the queue back here before it says on the
# second one that a job is done, so that whoever hears it finds the thread waiting.
_waiting: list[SimpleQueue[tuple[Job, SimpleQueue[None]]]] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_waiting.clear)  # threads stay behind in the parent


def share_out(batch: int, cost: float, work: Callable[[slice], Result]) -> list[Result]:
    """Call `work` on slices that cover a batch, in threads where that pays.

    Args:
        batch: how many examples there are.
        cost: multiplications, or what takes as long, that the whole batch needs.
        work: takes a slice of the batch.

    Returns:
        What each call returned, in the batch's order. The cut depends on the machine, not on its load, so
        sums over the parts come out the same every time.
    """
    if batch < 2 or cost < WORTH_HOLDING_BLAS:
        return [work(slice(0, batch))]  # a single picture has only BLAS's threads to share it
    with _single_threaded_blas() as allowed:
        parts = max(min(batch, allowed, int(cost / WORTH_A_THREAD)), 1)
        bounds = [batch * part // parts for part in range(parts + 1)]
        return _run([functools.partial(work, slice(*bounds[part : part + 2])) for part in range(parts)])


def sum_of(parts: list[Array]) -> Array:
    """Add what `share_out` returned."""
    total, *others = parts
    for part in others:
        total += part
    return total


def _run(jobs: list[Callable[[], Result]]) -> list[Result]:
    """Run the first job here and each other in a thread of its own; raise what any of them raised."""
    results: dict[int, Result] = {}
    failures: list[BaseException] = []

    def run(position: int) -> None:
        try:
            results[position] = jobs[position]()
        except BaseException as failure:
            failures.append(failure)

    done: SimpleQueue[None] = SimpleQueue()
    here, elsewhere = [0], 0
    for position in range(1, len(jobs)):
        if _hand_over(functools.partial(run, position), done):
            elsewhere += 1
        else:
            here.append(position)
    for position in here:
        run(position)
    for _ in range(elsewhere):
        done.get()
    if failures:
        raise failures[0]
    return [results[position] for position in range(len(jobs))]


def _hand_over(job: Job, done: SimpleQueue[None]) -> bool:
    """Have a waiting thread do the job, or a new one; say whether there is any."""
    try:
        jobs = _waiting.pop()
    except IndexError:
        jobs = SimpleQueue()
        try:
            threading.Thread(target=_serve, args=(jobs,), daemon=True).start()
        except RuntimeError:  # no more threads to be had
            return False
    jobs.put((job, done))
    return True


def _serve(jobs: SimpleQueue[tuple[Job, SimpleQueue[None]]]) -> None:
    """Do one job after the other, as long as the process lives."""
    while True:
        job, done = jobs.get()
        job()
        del job  # with the arrays that it holds
        _waiting.append(jobs)
        done.put(None)
        del done


@contextmanager
def _single_threaded_blas() -> Iterator[int]:
    """Hold BLAS to one thread, and give the number that it was allowed before.

    The number of BLAS's threads belongs to the whole process. While one call holds it, another (from a thread
    of the caller's own) finds it taken, and works in its own thread alone.
    """
    libraries = _blas()
    if not libraries or not _holding.acquire(blocking=False):
        yield 1
        return
    before = [library.num_threads for library in libraries]
    if max(before) == 1:
        _holding.release()
        yield 1
        return
    try:
        for library in libraries:
            library.set_num_threads(1)
        yield max(before)
    finally:
        for library, number in zip(libraries, before, strict=True):
            library.set_num_threads(number)
        _holding.release()


@functools.cache
def _blas() -> list[Any]:
    """Find the BLAS libraries of this process: looking for them takes milliseconds, so it is done once."""
    try:
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return []
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)
