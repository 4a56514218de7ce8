"""A notebook's state inside the sandbox: cells give outputs, scripts give answers."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.protocol import codec
from autograder.protocol.calls import Answer, NoAnswer, Raised, Returned, Script
from autograder.protocol.candidates import Candidate
from autograder.protocol.operands import LONGEST, LONGEST_SHAPE, MOST
from autograder.sandbox.frames import (
    ANSWERS,
    CANDIDATE,
    CELL,
    DONE,
    REFUSED,
    SCRIPTS,
    SILENT_CELL,
    UNDRAWN_CELL,
    frame,
)
from autograder.sandbox.limits import Limits
from autograder.sandbox.outputs import Outputs
from autograder.sandbox.process import CHUNK, End, KernelDied, Process, Status

ANSWERS_TOGETHER = 8  # times the bytes of one script's answers that one question may bring
VALUES_TOGETHER = 100_000  # in the answers to one question: the course asks for 7,500 at most
OUTPUTS_TOGETHER = 8  # times the output of one cell that is kept of a whole notebook
FUNCTION_SHARE = 0.25  # of a notebook's time, that one function may take from the others
CANDIDATE_GRACE = 0.25  # seconds that a candidate has to notice that its time is over
SCRIPTS_OF_SECONDS = 3  # an exercise that states its own seconds has room for so many scripts that take them


@dataclass(frozen=True)
class CellRun:
    """How a cell went, and what it showed."""

    outputs: list[dict[str, Any]]
    status: Status
    seconds: float = 0.0


class Kernel:
    """A notebook's state inside the sandbox; it outlives its process by replaying its cells.

    Attributes:
        threads: how many threads of the notebook's own run beside its last cell, as the kernel says.
    """

    def __init__(self, limits: Limits, renew: Callable[[], Awaitable[Process]]) -> None:
        self.restarts = -1
        self.threads = 0
        self._limits = limits
        self._renew = renew
        self._cells: list[str] = []
        self._room = 0  # bytes that are still taken of the answers to this question
        self._values = codec.Room(0)  # and values
        self._output_room = OUTPUTS_TOGETHER * limits.output_bytes
        self._deaths: dict[str, list[Status]] = {}  # by the function that was called
        self._taken: dict[str, float] = {}  # seconds, by the function that was called
        self._spent = 0.0
        self._end = math.inf  # of all that is asked, by the monotonic clock
        self._process: Process | None = None
        self._last_death: Status = "crash"
        self._turn = asyncio.Lock()

    async def run_cell(self, source: str, pictures: bool = True) -> CellRun:
        """Run one cell.

        Args:
            source: its text.
            pictures: whether what it displays is drawn, or only said in words.

        Returns:
            What it showed and how it went; after anything but "ok" and "error" its effects are undone.

        Raises:
            SandboxFailed: an infrastructure fault.
        """
        async with self._turn:
            outputs = Outputs(self._limits, self._output_room)
            started = time.monotonic()
            status: Status
            self._deaths.clear()  # a cell may define the functions anew
            self._taken.clear()
            try:
                process = await self.revive()
                status = await self._execute(process, CELL if pictures else UNDRAWN_CELL, source, outputs)
                self._cells.append(source)
            except KernelDied as death:
                status = death.why
            self._output_room -= min(outputs.bytes, outputs.room)
            return CellRun(outputs.all(), status, time.monotonic() - started)

    async def answers(self, scripts: Sequence[Script], seconds: float = 0.0) -> list[tuple[Answer, ...]]:
        """Let the notebook's functions answer scripts, each whatever becomes of the others.

        Args:
            scripts: what is called. All of one function together have a share of the notebook's time:
                a slow one takes nothing from the others.
            seconds: wall clock of one script, where that is more than the limits say.

        Raises:
            SandboxFailed: an infrastructure fault.
        """
        async with self._turn:
            found: list[tuple[Answer, ...]] = []
            bodies = [codec.encode_scripts([script]) for script in scripts]
            self._room = ANSWERS_TOGETHER * self._limits.answer_bytes
            self._values = codec.Room(VALUES_TOGETHER)
            most = max(FUNCTION_SHARE * self._limits.notebook_seconds, SCRIPTS_OF_SECONDS * seconds)
            while len(found) < len(bodies):
                name = _name(scripts[len(found)])
                deaths = self._deaths.setdefault(name, [])
                if len(deaths) >= self._limits.max_kernel_crashes:
                    found.append((NoAnswer(_reason(deaths[-1])),))
                    continue
                if self._taken.get(name, 0.0) >= most:
                    found.append((NoAnswer("timeout"),))
                    continue
                try:
                    process = await self.revive()
                    rest = range(len(found), len(bodies))
                    process.writer.write(b"".join(frame(SCRIPTS, bodies[number]) for number in rest))
                    for number in rest:
                        found.append(await self._answer(process, scripts[number], seconds, most))
                except KernelDied as death:
                    self._deaths.setdefault(_name(scripts[len(found)]), []).append(death.why)
                    found.append((NoAnswer(_reason(death.why)),))
            return found

    async def end_after(self, seconds: float) -> None:
        """Let everything that is asked from here on, replays included, take so many seconds together."""
        async with self._turn:
            self._end = time.monotonic() + seconds

    async def candidate(self, candidate: Candidate, script: Script) -> tuple[Answer, ...]:
        """Let a changed text answer a script, beside the notebook's functions.

        Args:
            candidate: the text; its seconds are told to it, and are not trusted.
            script: what is called.

        Raises:
            SandboxFailed: an infrastructure fault.
        """
        most = self._limits.answer_bytes + CHUNK
        async with self._turn:
            try:
                process = await self.revive()
                body = candidate.with_script(codec.encode_scripts([script]))
                process.writer.write(frame(CANDIDATE, body))
                within = candidate.seconds + CANDIDATE_GRACE
                found = await self._within(process, within, ANSWERS, most, Outputs(self._limits))
                return (
                    (NoAnswer("too large"),)
                    if found is None
                    else await self._decoded(process, found, most, script)
                )
            except KernelDied as death:
                return (NoAnswer(_reason(death.why)),)

    async def kill(self) -> End:
        """End the kernel; afterwards nothing of it is left.

        Returns:
            How it ended, and what was running beside it.
        """
        process, self._process = self._process, None
        return End(None) if process is None else await process.end()

    def caller(self, seconds: float = 0.0) -> SyncCaller:
        """The `Caller` for a judge that runs in another thread than this loop's; seconds as in `answers`."""
        return SyncCaller(self, asyncio.get_running_loop(), seconds)

    async def revive(self) -> Process:
        """The process, with every cell run so far: a fresh one if the last one died."""
        while self._process is None:
            if self.restarts >= self._limits.restarts or self._remaining() <= 0:
                raise KernelDied(self._last_death if self._remaining() > 0 else "timeout")
            self.restarts += 1
            self._process = await self._renew()
            for source in list(self._cells):
                try:
                    await self._execute(self._process, SILENT_CELL, source, Outputs(self._limits))
                except KernelDied:
                    self._cells.remove(source)  # it went well the first time, and is not to be trusted
                    break
        return self._process

    def _remaining(self) -> float:
        return min(self._limits.notebook_seconds - self._spent, self._end - time.monotonic())

    async def _execute(self, process: Process, how: bytes, source: str, outputs: Outputs) -> Status:
        process.writer.write(frame(how, source.encode("utf-8", "replace")))
        body = await self._within(process, self._limits.cell_seconds, DONE, CHUNK, outputs)
        try:
            said = json.loads(body)
            self.threads = min(max(int(said.get("threads", 0)), 0), self._limits.processes)
            return "ok" if said.get("ok") is True else "error"
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            await self._bury(process, "crash")
            raise KernelDied("crash") from error

    async def _answer(
        self, process: Process, script: Script, seconds: float, together: float
    ) -> tuple[Answer, ...]:
        most = self._limits.answer_bytes + CHUNK
        name, before = _name(script), self._spent
        left = together - self._taken.get(name, 0.0)
        outputs = Outputs(self._limits)
        try:
            within = min(max(seconds, self._limits.answer_seconds), left)
            body = await self._within(process, within, ANSWERS, most, outputs)
        finally:
            self._taken[name] = self._taken.get(name, 0.0) + self._spent - before
        self._room -= len(body or b"")
        if body is None or self._room < 0:
            return (NoAnswer("too large"),)
        return await self._decoded(process, body, most, script)

    async def _decoded(self, process: Process, body: Any, most: int, script: Script) -> tuple[Answer, ...]:
        """What an answer says, once it is sure that it is one; else its kernel is not to be trusted."""
        try:
            return _fitting(codec.decode_answers(body, most, self._values), script)
        except codec.TooLarge:
            return (NoAnswer("too large"),)
        except (codec.CodecError, RecursionError) as error:
            await self._bury(process, "crash")
            raise KernelDied("crash") from error

    async def _within(
        self, process: Process, seconds: float, wanted: bytes, most: int, outputs: Outputs
    ) -> Any:
        """The body of the frame that is due next, in time and in size; None: too large to be sent."""
        started = time.monotonic()
        why: Status = "timeout"
        try:
            async with asyncio.timeout(max(0.0, min(seconds, self._remaining()))):
                kind, body = await process.receive(outputs, most)
            if kind == wanted:
                return body
            if kind == REFUSED and wanted == ANSWERS:
                return None
            why = "crash"
        except TimeoutError:
            pass
        except KernelDied as death:
            why = death.why
        finally:
            self._spent += time.monotonic() - started
        await self._bury(process, why)
        raise KernelDied(why)

    async def _bury(self, process: Process, why: Status) -> None:
        self._last_death = why
        self._process = None
        await process.end()


@dataclass(frozen=True)
class SyncCaller:
    """A kernel as a `Caller` for code that cannot await: ask it from another thread."""

    kernel: Kernel
    loop: asyncio.AbstractEventLoop
    seconds: float = 0.0

    def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """What `Kernel.answers` gives."""
        return asyncio.run_coroutine_threadsafe(
            self.kernel.answers(scripts, self.seconds), self.loop
        ).result()

    def candidate(self, candidate: Candidate, script: Script) -> tuple[Answer, ...]:
        """What `Kernel.candidate` gives."""
        return asyncio.run_coroutine_threadsafe(self.kernel.candidate(candidate, script), self.loop).result()


def _fitting(answers: tuple[Answer, ...], script: Script) -> tuple[Answer, ...]:
    """The answers, if they could be those to this script: one a call, up to the first that did not return."""
    complete = all(isinstance(answer, Returned) for answer in answers)
    if not answers or len(answers) > len(script) or (complete and len(answers) < len(script)):
        raise codec.CodecError("the number of answers does not fit")
    if not all(isinstance(answer, Returned) for answer in answers[:-1]):
        raise codec.CodecError("an answer follows one that did not return")
    for answer, call in zip(answers, script, strict=False):
        arguments = {*range(len(call.args)), *call.kwargs}
        if isinstance(answer, Returned) and not answer.changed.keys() <= arguments:
            raise codec.CodecError("an argument that there is none of was changed")
    return tuple(_readable(answer) for answer in answers)


def _readable(answer: Answer) -> Answer:
    """An answer whose words are no longer than anybody reads."""
    if isinstance(answer, Raised):
        return replace(
            answer,
            type=answer.type[:80],
            source=answer.source[:200],
            line=answer.line % 10**6,
            expression=answer.expression[:LONGEST],
            operands=tuple((text[:LONGEST], shape[:LONGEST_SHAPE]) for text, shape in answer.operands[:MOST]),
        )
    return answer


def _name(script: Script) -> str:
    """The function that a script is about."""
    return next((call.function for call in script if isinstance(call.function, str)), "")


def _reason(why: Status) -> str:
    return "too large" if why == "output" else why
