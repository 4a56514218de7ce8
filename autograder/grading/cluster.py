"""Dask distributed as a `concurrent.futures.Executor`: jobs done by workers on other machines.

Whoever connects brings a plug-in along, which Dask runs on every worker, on those that join later too. A
worker on which the same course is installed offers a resource of that name, and jobs ask for it: no other
worker gets one. Dask gives the jobs of a worker that is gone to another one.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from concurrent.futures import wait as wait_for
from importlib.metadata import version
from types import TracebackType
from typing import Any

from distributed import Client, KilledWorker, WorkerPlugin

from autograder.course.course import CourseError
from autograder.grading import cache
from autograder.grading.workers import WorkerLost

CONNECT_SECONDS = 10.0  # for a scheduler to answer
WORKER_SECONDS = 60.0  # for a worker to come, at the beginning and where the last one is gone
LOOK_SECONDS = 0.5  # between two looks at which workers there are
CONNECTION_LOST = "the connection to the scheduler was lost"


def installed() -> dict[str, str]:
    """What is installed in this process, as far as a result depends on it."""
    return {
        "course": f"{version('convcourse')}, code {cache.grader_version()[:8]}",
        "Python": ".".join(map(str, sys.version_info[:3])),
        "NumPy": version("numpy"),
    }


class SameCourse(WorkerPlugin):
    """Has a worker offer a resource, one for each thread, if what is installed there is what is wanted."""

    idempotent = True

    def __init__(self, wanted: dict[str, str]) -> None:
        self.wanted = wanted
        self.name = f"convcourse {json.dumps(wanted, sort_keys=True)}"

    async def setup(self, worker: Any) -> None:
        """Compare, within the worker."""
        if installed() == self.wanted:
            await worker.set_resources(**{self.name: worker.state.nthreads})


class _Job:
    """A job that has no result yet: what was asked, what the caller waits for, and the present attempt."""

    def __init__(self, fn: Callable[..., Any], data: bytes) -> None:
        self.fn = fn
        self.data = data
        self.promise: Future[Any] = Future()
        self.attempt: Future[Any] | None = None


class Cluster(Executor):
    """The workers of a Dask scheduler on which the same course is installed.

    Args:
        address: the scheduler's, for example tcp://10.0.0.5:8786.
        say: gets one line for each worker that is refused or gone.

    Raises:
        CourseError: nobody answers at the address, or no worker there can be used.
    """

    def __init__(self, address: str, say: Callable[[str], None]) -> None:
        self.address = address
        self._say = say
        self._wanted = installed()
        self._plugin = SameCourse(self._wanted)
        self._connecting = (
            threading.RLock()
        )  # never taken in Dask's own thread, which whoever holds it may await
        self._settling = threading.Lock()
        self._jobs: set[_Job] = set()
        self._slots: dict[str, int] = {}
        self._told: dict[str, str] = {}
        self._lost = False
        self._ended = threading.Event()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said here
        self._connect()
        try:
            self._await_worker()
        except BaseException:
            self._close()
            raise
        self._watch = threading.Thread(target=self._look_on, daemon=True)
        self._watch.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown(cancel_futures=kind is not None)

    @property
    def slots(self) -> int:
        """How many jobs can run at once, at least one."""
        return max(1, sum(self._slots.values()))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have `fn(data)` called on a worker.

        Raises:
            CourseError: the connection was lost, and nobody answers any more.
        """
        (data,) = args
        if kwargs or not isinstance(data, bytes):
            raise TypeError("a job is bytes")
        with self._connecting:
            if self._ended.is_set():
                raise RuntimeError("the cluster has been shut down")
            if self._lost or self._client.status != "running":
                self._close()
                self._connect()
            job = _Job(fn, data)
            with self._settling:
                self._jobs.add(job)
            self._hand_out(job)
        return job.promise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the scheduler; it and its workers go on."""
        if wait and not cancel_futures:
            wait_for([job.promise for job in list(self._jobs)])
        self._ended.set()
        self._watch.join()
        self._close()

    def _connect(self) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # versions of Dask differ: it works, or a job says why not
                self._client = Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise CourseError(
                f"no Dask scheduler answers at {self.address}: start one with `dask scheduler`, and give its "
                "address as tcp://HOST:8786; what is graded stays graded"
            ) from error
        # Where the plug-in cannot be unpickled the course is not installed, which `_refuse` says.
        with contextlib.suppress(ImportError, AttributeError):
            self._client.register_plugin(self._plugin, name=self._plugin.name)
        self._pool = self._client.get_executor(pure=False, resources={self._plugin.name: 1})
        self._slots, self._lost = {}, False

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)

    def _await_worker(self) -> None:
        deadline = time.monotonic() + WORKER_SECONDS
        while True:
            workers = self._look()
            if self._slots:
                return
            if workers and set(workers) <= set(self._told):
                raise CourseError(f"no worker of {self.address} can be used: {self._told[min(workers)]}")
            if time.monotonic() > deadline:
                raise CourseError(self._no_worker())
            time.sleep(LOOK_SECONDS)

    def _no_worker(self) -> str:
        return (
            f"the scheduler at {self.address} has had no worker for {WORKER_SECONDS:.0f} s: start one with "
            f"`dask worker {self.address}`, and the same command goes on from here"
        )

    def _look(self) -> list[str]:
        """See which workers there are, and refuse new ones on which another course is installed."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        offered = {
            address: facts["resources"].get(self._plugin.name, 0) for address, facts in workers.items()
        }
        slots = {address: int(count) for address, count in offered.items() if count}
        gone, self._slots = set(self._slots) - set(slots), slots
        for address in sorted(gone):
            self._say(f"worker {address} is gone; its jobs are tried again elsewhere")
        self._refuse(set(workers) - set(slots) - set(self._told))
        return list(workers)

    def _refuse(self, addresses: Iterable[str]) -> None:
        addresses = sorted(addresses)
        if not addresses:
            return
        for address, there in self._client.run(installed, workers=addresses, on_error="return").items():
            if there != self._wanted and not isinstance(there, OSError):  # one that is gone by now
                self._told[address] = self._difference(address, there)
                self._say(self._told[address])

    def _difference(self, address: str, there: Any) -> str:
        if isinstance(there, Exception):
            return f"worker {address} is refused: the course of this machine is not installed there ({there})"
        other = [name for name, here in self._wanted.items() if there.get(name) != here]
        has = "; ".join(f"{name} {there.get(name)}, here {self._wanted[name]}" for name in other)
        return f"worker {address} is refused: it has another version of what grades ({has}); install the same"

    def _look_on(self) -> None:
        """While jobs run: say what becomes of the workers, and see that no job waits for one that is gone."""
        seen = time.monotonic()
        while not self._ended.wait(LOOK_SECONDS):
            with self._connecting:
                before = set(self._slots)
                try:
                    if self._lost or self._client.status != "running":
                        continue  # the jobs are given back, and whoever submits one again connects
                    self._look()
                except OSError:
                    continue
                now = set(self._slots)
                if now and not now & before:
                    # Meanwhile there was none. What waited for one does not see a resource that is offered
                    # after its worker has joined.
                    for job in list(self._jobs):
                        self._hand_out(job)
            if now or not self._jobs:
                seen = time.monotonic()
            elif time.monotonic() > seen + WORKER_SECONDS:
                for job in list(self._jobs):
                    if self._settle(job):
                        job.promise.set_exception(CourseError(self._no_worker()))

    def _hand_out(self, job: _Job) -> None:
        earlier = job.attempt
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook of megabytes is no "large graph"
            job.attempt = attempt = self._pool.submit(job.fn, job.data)
        if earlier is not None:
            earlier.cancel()
        attempt.add_done_callback(lambda attempt: self._done(job, attempt))

    def _settle(self, job: _Job, attempt: Future[Any] | None = None) -> bool:
        """Whether a job is open, and this its present attempt; from now on it is not."""
        with self._settling:
            is_open = job in self._jobs and attempt in (None, job.attempt)
            if is_open:
                self._jobs.discard(job)
            return is_open

    def _done(self, job: _Job, attempt: Future[Any]) -> None:
        if not self._settle(job, attempt):
            return
        if attempt.cancelled():
            self._lost = True
            job.promise.set_exception(WorkerLost(CONNECTION_LOST))
        elif (error := attempt.exception()) is None:
            job.promise.set_result(attempt.result())
        elif isinstance(error, KilledWorker):
            job.promise.set_exception(
                WorkerLost(f"{error.allowed_failures + 1} workers ended while they did it")
            )
        else:
            said = str(error).partition("\n")[0]
            job.promise.set_exception(WorkerLost(f"{type(error).__name__}: {said}"))
