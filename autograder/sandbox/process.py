"""One kernel's process as the trusted side sees it: a channel, a way to end it, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from autograder.sandbox.frames import HEAD, OUTPUT
from autograder.sandbox.outputs import Outputs

Status = Literal["ok", "error", "timeout", "crash", "memory", "output"]

PATIENCE = 100  # times the output that is kept until a cell that sends still more is stopped
KILL_SECONDS = 60.0  # where hundreds of processes keep the machine busy, their end takes its time too
LAST_WORDS_SECONDS = 1.0
CHUNK = 65_536  # the largest small thing: a reply, a report, a part of what is thrown away


class SandboxFailed(Exception):
    """The sandbox itself failed: nothing is known about the submission, and no score may follow."""


class SandboxUnavailable(SandboxFailed):
    """No sandbox is possible here; the text is one line that says what to do."""


class KernelDied(Exception):
    """The kernel's process is gone, or was found to lie; `why` is a status of `CellRun`."""

    def __init__(self, why: Status) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class End:
    """How a kernel's process ended.

    Attributes:
        why: None where its server is gone.
        programs: how many others it had left running.
    """

    why: Status | None
    programs: int = 0


class Process:
    """A kernel's process.

    Args:
        reader: what it sends.
        writer: what it is sent.
        end: becomes done when it has ended, and says how.
        kill: ends it; may be called at any time.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        end: Awaitable[End],
        kill: Callable[[], None],
    ) -> None:
        self.reader = reader
        self.writer = writer
        self._kill = kill
        self._ended = asyncio.ensure_future(self._wait_for(end))

    async def _wait_for(self, end: Awaitable[End]) -> End:
        how = await end
        # What the kernel sent before it ended is still to be read. Somebody may hold its end open.
        asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, self.writer.transport.abort)
        return how

    @property
    def gone(self) -> bool:
        """Whether it has ended."""
        return self._ended.done()

    async def receive(self, outputs: Outputs, most: int) -> tuple[bytes, bytes]:
        """The next frame that is no output; at most `most` bytes of it.

        Raises:
            KernelDied: it ended, or sent more than anyone has to listen to.
            SandboxFailed: its server ended.
        """
        while True:
            kind, size = HEAD.unpack(await self._exactly(HEAD.size))
            if kind != OUTPUT:
                if size > most:
                    raise KernelDied("crash")
                return kind, await self._exactly(size)
            if outputs.full(size):
                if outputs.bytes > PATIENCE * outputs.limits.output_bytes:
                    raise KernelDied("output")
                if outputs.messages > PATIENCE * outputs.limits.messages:
                    raise KernelDied("output")
                await self._drop(size)
            else:
                outputs.add(await self._exactly(size))

    async def _exactly(self, count: int) -> bytes:
        try:
            return await self.reader.readexactly(count)
        except (asyncio.IncompleteReadError, OSError) as error:
            why = (await self.end()).why
            if why is None:
                raise SandboxFailed("the fork server is gone") from error
            raise KernelDied(why) from error

    async def _drop(self, count: int) -> None:
        while count:
            count -= len(await self._exactly(min(count, CHUNK)))

    async def end(self) -> End:
        """Kill it if it is still there; how it ended. Afterwards nothing of it is left."""
        if not self.gone:
            with contextlib.suppress(OSError):
                self._kill()
        try:
            return await asyncio.wait_for(asyncio.shield(self._ended), KILL_SECONDS)
        except TimeoutError as error:
            raise SandboxFailed("a kernel could not be killed") from error
        finally:
            self.writer.close()
