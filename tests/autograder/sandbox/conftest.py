"""Sandboxes that several tests share: a fork server takes a second to start."""

import asyncio
import contextlib
import threading

import pytest

from autograder.sandbox import Limits, Sandbox, WithheldParts
from support.needs import needs

LIMITS = Limits(
    cell_seconds=4.0,
    answer_seconds=1.0,
    notebook_seconds=30.0,
    memory_mb=256,
    processes=24,
    disk_mb=8,
    inodes=300,
    output_bytes=60_000,
    messages=1000,
    answer_bytes=1_000_000,
)


class Running:
    """A sandbox in an event loop of its own, driven from tests that cannot await."""

    def __init__(self, launcher, **options):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.sandbox = Sandbox(launcher, LIMITS, **options)
        self.do(self.sandbox.__aenter__())

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def close(self):
        self.do(self.sandbox.__aexit__(None, None, None))
        self.loop.call_soon_threadsafe(self.loop.stop)

    @contextlib.contextmanager
    def kernel(self, files=None):
        kernel = self.do(self.sandbox.start(files))
        try:
            yield Asked(self, kernel)
        finally:
            self.do(kernel.kill())


class Asked:
    """A kernel with the form of `Kernel`, without the awaiting."""

    def __init__(self, running, kernel):
        self.running, self.kernel = running, kernel

    def run(self, source):
        return self.running.do(self.kernel.run_cell(source))

    def text(self, source):
        run = self.run(source)
        return "".join(
            output.get("text") or output.get("data", {}).get("text/plain", "") for output in run.outputs
        )

    def answers(self, *scripts, seconds=0.0):
        return self.running.do(self.kernel.answers(scripts, seconds))


@pytest.fixture(scope="session", params=["bubblewrap", "process"])
def running(request):
    """A sandbox of each kind."""
    needs("linux")
    if request.param == "bubblewrap":
        needs("bubblewrap")
    running = Running(request.param)
    yield running
    running.close()


@pytest.fixture(scope="session")
def jailed():
    """A sandbox with all protections, without convlib's kernels."""
    needs("linux", "bubblewrap")
    running = Running(
        "bubblewrap",
        withheld=WithheldParts(modules=("convlib.reference", "convlib.fast"), names=("output_size",)),
    )
    yield running
    running.close()
