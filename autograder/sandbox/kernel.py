"""The trusted side: a fork server, its kernels, and the rules by which they are believed nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from autograder.calls import Answer, Lost, Returned, Script
from autograder.sandbox import codec, launch
from autograder.sandbox.frames import (
    ANSWERS,
    CELL,
    DONE,
    FILE,
    HEAD,
    OUTPUT,
    READY,
    REFUSED,
    SCRIPTS,
    SETUP,
    SILENT_CELL,
    frame,
)
from autograder.sandbox.limits import Limits
from autograder.sandbox.outputs import Outputs

Status = Literal["ok", "error", "timeout", "crash", "memory", "output"]
LauncherName = Literal["bubblewrap", "process"]

PATIENCE = 100  # times the output that is kept until a cell that sends still more is stopped
KILL_SECONDS = 10.0
LAST_WORDS_SECONDS = 1.0
SMALL = 65_536


class SandboxFailed(Exception):
    """The sandbox itself failed: nothing is known about the submission, and no score may follow."""


class SandboxUnavailable(SandboxFailed):
    """No sandbox is possible here; the text is one line that says what to do."""


class _Died(Exception):
    """The kernel's process is gone; `why` is a status of `CellRun`."""

    def __init__(self, why: Status) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class CellRun:
    """How a cell went, and what it showed."""

    outputs: list[dict[str, Any]]
    status: Status
    seconds: float = 0.0


@dataclass
class _Process:
    """One forked kernel: its channel, its life, and how it ended."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    life: socket.socket
    ended: asyncio.Task[Status | None] = field(init=False)

    def __post_init__(self) -> None:
        self.ended = asyncio.create_task(self._watch())

    async def _watch(self) -> Status | None:
        """Wait for the server's report; None is the server's own end."""
        loop = asyncio.get_running_loop()
        message = b""
        with contextlib.suppress(OSError):
            message = await loop.sock_recv(self.life, 4096)
        self.life.close()
        # What the kernel sent before it ended is still to be read. Should someone hold its end open: no longer.
        loop.call_later(LAST_WORDS_SECONDS, self.writer.transport.abort)
        if not message:
            return None
        why = json.loads(message)["why"]
        return "memory" if why == "memory" else "crash"

    async def receive(self, outputs: Outputs, most: int) -> tuple[bytes, bytes]:
        """The next frame that is no output; at most `most` bytes of it."""
        while True:
            kind, size = HEAD.unpack(await self._exactly(HEAD.size))
            if kind != OUTPUT:
                if size > most:
                    raise _Died("crash")
                return kind, await self._exactly(size)
            if outputs.full(size):
                if outputs.bytes > PATIENCE * outputs.limits.output_bytes:
                    raise _Died("output")
                if outputs.messages > PATIENCE * outputs.limits.messages:
                    raise _Died("output")
                await self._drop(size)
            else:
                outputs.add(await self._exactly(size))

    async def _exactly(self, count: int) -> bytes:
        try:
            return await self.reader.readexactly(count)
        except (asyncio.IncompleteReadError, OSError) as error:
            why = await self.end()
            if why is None:
                raise SandboxFailed("the fork server is gone") from error
            raise _Died(why) from error

    async def _drop(self, count: int) -> None:
        while count:
            count -= len(await self._exactly(min(count, SMALL)))

    async def end(self) -> Status | None:
        """Kill it if it is still there; how it ended. Afterwards nothing of it is left."""
        if not self.ended.done():
            with contextlib.suppress(OSError):
                self.life.shutdown(socket.SHUT_WR)
        try:
            why = await asyncio.wait_for(asyncio.shield(self.ended), KILL_SECONDS)
        except TimeoutError as error:
            raise SandboxFailed("a kernel could not be killed") from error
        finally:
            self.writer.close()
        return why


class Sandbox:
    """One fork server and the kernels it forks, for one asyncio loop.

    Args:
        launcher: "bubblewrap", or "process" for no protection but limits.
        limits: what each kernel may use.
        hidden_modules: modules of convlib that do not exist inside.
        withheld: functions of convlib's other modules that only raise inside.
        ahead: idle kernels to hold ready.
    """

    def __init__(
        self,
        launcher: LauncherName = "bubblewrap",
        limits: Limits | None = None,
        hidden_modules: Sequence[str] = (),
        ahead: int = 1,
        withheld: Sequence[str] = (),
    ) -> None:
        self.launcher = launcher
        self.limits = limits or Limits()
        self.hidden_modules = tuple(hidden_modules)
        self.withheld = tuple(withheld)
        self.ahead = ahead
        self._idle: deque[asyncio.Task[_Process]] = deque()
        self._started = 0

    async def __aenter__(self) -> Self:
        self._stage = await asyncio.to_thread(launch.stage, self.hidden_modules, self.withheld)
        try:
            await self._launch()
        except BaseException:
            await self._close()
            raise
        self._fork_ahead()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _launch(self) -> None:
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        jailed = self.launcher == "bubblewrap"
        if jailed:
            try:
                command = await asyncio.to_thread(launch.bubblewrap_command, self._stage, as_root)
            except FileNotFoundError as error:
                raise SandboxUnavailable(NO_BUBBLEWRAP) from error
            self._home, fonts, variables = launch.INSIDE_HOME, f"{launch.INSIDE_STAGE}/fonts", {}
        else:
            command = launch.process_command()
            home = self._stage / "home"
            home.mkdir()
            self._home, fonts = str(home), str(self._stage / "fonts")
            variables = launch.environment(str(self._stage / "lib"), self._home, None)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = json.dumps({"home": self._home, "fonts": fonts, "jailed": jailed})
        self._log = open(self._stage / "server.log", "w+b")  # noqa: SIM115
        with theirs:
            self._server = await asyncio.create_subprocess_exec(
                *command,
                str(theirs.fileno()),
                settings,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=variables,
                cwd="/" if jailed else self._home,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._control.setblocking(False)
        loop = asyncio.get_running_loop()
        hello = b""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(self.limits.start_seconds + 30):
                hello = await loop.sock_recv(self._control, SMALL)
        if not hello:
            raise SandboxUnavailable(self._why_not(jailed))

    def _why_not(self, jailed: bool) -> str:
        self._log.seek(0)
        last = self._log.read()[-2000:].decode(errors="replace").strip().splitlines()[-1:]
        said = last[0][:200] if last else "it said nothing"
        return f"{'bubblewrap' if jailed else 'the kernel process'} does not start here ({said}). {ADVICE}"

    async def _close(self) -> None:
        for task in self._idle:
            task.cancel()
        waiting = list(self._idle)
        self._idle.clear()
        processes = [p for p in await asyncio.gather(*waiting, return_exceptions=True) if isinstance(p, _Process)]
        with contextlib.suppress(SandboxFailed):
            await asyncio.gather(*(process.end() for process in processes))
        if hasattr(self, "_control"):
            self._control.close()
        if hasattr(self, "_server"):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait(), 0.5 if self.launcher == "process" else 0.05)
            with contextlib.suppress(ProcessLookupError):
                self._server.kill()
            await self._server.wait()
        if hasattr(self, "_log"):
            self._log.close()
        await asyncio.to_thread(shutil.rmtree, self._stage, True)

    def _fork_ahead(self) -> None:
        while len(self._idle) < self.ahead:
            self._idle.append(asyncio.create_task(self._fork()))

    async def _fork(self) -> _Process:
        """A new kernel, ready for its first cell."""
        for attempt in (1, 2):
            try:
                return await self._fork_once()
            except _Died as death:
                if attempt == 2:
                    raise SandboxFailed(f"a kernel did not come up ({death.why}): {self._log_end()}") from death
        raise AssertionError

    def _log_end(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").strip().splitlines()
            return lines[-1][:300] if lines else "no reason given"
        return "no reason given"

    async def _fork_once(self) -> _Process:
        ours, theirs = socket.socketpair()
        life, their_life = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        life.setblocking(False)
        home = self._home
        if self.launcher == "process":
            home = str(Path(self._stage, f"kernel-{self._started}"))
            os.mkdir(home)
        request = {"limits": asdict(self.limits), "uid": _distinct_uid(self._started), "home": home}
        self._started += 1
        with theirs, their_life:
            try:
                numbers = [theirs.fileno(), their_life.fileno()]
                socket.send_fds(self._control, [json.dumps(request).encode()], numbers)
            except OSError as error:
                ours.close()
                life.close()
                raise SandboxFailed("the fork server is gone") from error
        reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
        process = _Process(reader, writer, life)
        try:
            async with asyncio.timeout(self.limits.start_seconds):
                kind, _ = await process.receive(Outputs(self.limits), SMALL)
        except TimeoutError as error:
            await process.end()
            raise _Died("timeout") from error
        if kind != READY:
            await process.end()
            raise SandboxFailed("a kernel answered before it was asked")
        return process

    async def _next(self, files: Mapping[str, bytes]) -> _Process:
        """An idle kernel with its files; another is forked in its place."""
        task = self._idle.popleft() if self._idle else asyncio.create_task(self._fork())
        self._fork_ahead()
        process = await task
        if process.ended.done():
            process = await self._fork()
        setup = {"limits": asdict(self.limits), "files": list(files)}
        process.writer.write(frame(SETUP, json.dumps(setup).encode()))
        for content in files.values():
            process.writer.write(frame(FILE, content))
        return process

    async def start(self, files: Mapping[str, bytes] | None = None) -> Kernel:
        """A fresh kernel.

        Args:
            files: what lies in its working directory: relative names and contents.

        Raises:
            SandboxFailed: no kernel comes up.
        """
        kernel = Kernel(self, dict(files or {}))
        await kernel._alive()
        return kernel


class Kernel:
    """A notebook's state inside the sandbox; it outlives its process by replaying its cells."""

    def __init__(self, sandbox: Sandbox, files: Mapping[str, bytes]) -> None:
        self.restarts = -1
        self._sandbox = sandbox
        self._limits = sandbox.limits
        self._files = files
        self._cells: list[str] = []
        self._deaths: dict[str, list[Status]] = {}  # by the function that was called
        self._spent = 0.0
        self._process: _Process | None = None
        self._last_death: Status = "crash"
        self._turn = asyncio.Lock()

    async def run_cell(self, source: str) -> CellRun:
        """Run one cell.

        Returns:
            What it showed and how it went; after anything but "ok" and "error" its effects are undone.

        Raises:
            SandboxFailed: an infrastructure fault.
        """
        async with self._turn:
            outputs = Outputs(self._limits)
            started = time.monotonic()
            status: Status
            self._deaths.clear()  # a cell may define the functions anew
            try:
                process = await self._alive()
                status = await self._execute(process, CELL, source, outputs)
                self._cells.append(source)
            except _Died as death:
                status = death.why
            return CellRun(outputs.all(), status, time.monotonic() - started)

    async def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """Let the notebook's functions answer scripts, each whatever becomes of the others.

        Raises:
            SandboxFailed: an infrastructure fault.
        """
        async with self._turn:
            found: list[tuple[Answer, ...]] = []
            bodies = [codec.encode_scripts([script]) for script in scripts]
            while len(found) < len(bodies):
                deaths = self._deaths.setdefault(_name(scripts[len(found)]), [])
                if len(deaths) >= self._limits.lost:
                    found.append((Lost(_reason(deaths[-1])),))
                    continue
                try:
                    process = await self._alive()
                    rest = range(len(found), len(bodies))
                    process.writer.write(b"".join(frame(SCRIPTS, bodies[number]) for number in rest))
                    for number in rest:
                        found.append(await self._answer(process, scripts[number]))
                except _Died as death:
                    self._deaths.setdefault(_name(scripts[len(found)]), []).append(death.why)
                    found.append((Lost(_reason(death.why)),))
            return found

    async def kill(self) -> None:
        """End the kernel; afterwards nothing of it is left."""
        process, self._process = self._process, None
        if process is not None:
            await process.end()

    def caller(self) -> Bridge:
        """The `Caller` for a judge that runs in another thread than this loop's."""
        return Bridge(self, asyncio.get_running_loop())

    async def _alive(self) -> _Process:
        """The process, with every cell run so far: a fresh one if the last one died."""
        while self._process is None:
            if self.restarts >= self._limits.restarts or self._remaining() <= 0:
                raise _Died(self._last_death if self._remaining() > 0 else "timeout")
            self.restarts += 1
            self._process = await self._sandbox._next(self._files)
            for source in list(self._cells):
                try:
                    await self._execute(self._process, SILENT_CELL, source, Outputs(self._limits))
                except _Died:
                    self._cells.remove(source)  # it went well the first time, and is not to be trusted
                    break
        return self._process

    def _remaining(self) -> float:
        return self._limits.notebook_seconds - self._spent

    async def _execute(self, process: _Process, how: bytes, source: str, outputs: Outputs) -> Status:
        process.writer.write(frame(how, source.encode("utf-8", "replace")))
        body = await self._within(process, self._limits.cell_seconds, DONE, SMALL, outputs)
        try:
            return "ok" if json.loads(body).get("ok") is True else "error"
        except (ValueError, AttributeError, RecursionError) as error:
            await self._bury(process, "crash")
            raise _Died("crash") from error

    async def _answer(self, process: _Process, script: Script) -> tuple[Answer, ...]:
        most = self._limits.answer_bytes + SMALL
        outputs = Outputs(self._limits)
        body = await self._within(process, self._limits.answer_seconds, ANSWERS, most, outputs)
        if body is None:
            return (Lost("too large"),)
        try:
            return _fitting(codec.decode_answers(body, most), script)
        except (codec.CodecError, RecursionError) as error:
            await self._bury(process, "crash")
            raise _Died("crash") from error

    async def _within(
        self, process: _Process, seconds: float, wanted: bytes, most: int, outputs: Outputs
    ) -> Any:
        """The body of the frame that is due next, in time and in size; None where it is refused as too large."""
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
        except _Died as death:
            why = death.why
        finally:
            self._spent += time.monotonic() - started
        await self._bury(process, why)
        raise _Died(why)

    async def _bury(self, process: _Process, why: Status) -> None:
        self._last_death = why
        self._process = None
        await process.end()


@dataclass(frozen=True)
class Bridge:
    """A kernel as a `Caller` for code that cannot await: ask it from another thread."""

    kernel: Kernel
    loop: asyncio.AbstractEventLoop

    def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """What `Kernel.answers` gives."""
        return asyncio.run_coroutine_threadsafe(self.kernel.answers(scripts), self.loop).result()


ADVICE = (
    "Run `autograder doctor`, or grade where bubblewrap works; "
    "--unsafe-no-sandbox grades without protection, which is for submissions that you trust."
)
NO_BUBBLEWRAP = f"No sandbox: bubblewrap (the program bwrap) is not installed. {ADVICE}"


def _fitting(answers: tuple[Answer, ...], script: Script) -> tuple[Answer, ...]:
    """The answers, if they could be those to this script: one a call, up to the first that did not return."""
    complete = all(isinstance(answer, Returned) for answer in answers)
    if not answers or len(answers) > len(script) or (complete and len(answers) < len(script)):
        raise codec.CodecError("the number of answers does not fit")
    if not all(isinstance(answer, Returned) for answer in answers[:-1]):
        raise codec.CodecError("an answer follows one that did not return")
    return answers


def _name(script: Script) -> str:
    """The function that a script is about."""
    return next((call.function for call in script if isinstance(call.function, str)), "")


def _reason(why: Status) -> str:
    return "too large" if why == "output" else why


def _distinct_uid(number: int) -> int:
    """A user id that no other living kernel of this machine has."""
    return (1 << 31) + (os.getpid() % (1 << 22)) * 256 + number % 256
