"""Kernels on demand: one fork server, or where there is none a fresh interpreter for each kernel."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, Self

from autograder.sandbox import causes, launch
from autograder.sandbox.frames import FILE, READY, SETUP, frame
from autograder.sandbox.kernel import Kernel
from autograder.sandbox.limits import Limits
from autograder.sandbox.outputs import Outputs
from autograder.sandbox.process import CHUNK, End, KernelDied, Process, SandboxFailed, SandboxUnavailable
from autograder.sandbox.withheld import NOTHING_WITHHELD, WithheldParts

LauncherName = Literal["bubblewrap", "process"]

IMPORT_SECONDS = 60.0  # until the fork server must be ready: a loaded machine takes half of it
FIRST_USER_ID = 1000  # where a container has few user ids, kernels get those from here on


class Sandbox:
    """One fork server and the kernels it forks, for one asyncio loop.

    Args:
        launcher: "bubblewrap", or "process" for no protection but limits.
        limits: what each kernel may use.
        withheld: what of convlib is not available inside.
        ahead: idle kernels to hold ready.
    """

    def __init__(
        self,
        launcher: LauncherName = "bubblewrap",
        limits: Limits | None = None,
        withheld: WithheldParts = NOTHING_WITHHELD,
        ahead: int = 1,
    ) -> None:
        self.launcher = launcher
        self.limits = limits or Limits()
        self.withheld = withheld
        self.ahead = ahead
        self._idle: deque[asyncio.Task[Process]] = deque()
        self._maker: _ForkServer | _Spawner | None = None

    async def __aenter__(self) -> Self:
        self._stage = await asyncio.to_thread(launch.stage, self.withheld)
        try:
            self._maker = await self._make_maker()
            self._start_ahead()
            if self._idle:
                # A server that starts may still be unable to make a kernel: that is no sandbox either.
                await asyncio.wait({self._idle[0]})
                if failure := self._idle[0].exception():
                    raise SandboxUnavailable(self._explained(str(failure))) from failure
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def start(self, files: Mapping[str, bytes] | None = None, writable: Sequence[str] = ()) -> Kernel:
        """A fresh kernel.

        Args:
            files: what lies in its working directory, read-only: relative names and contents.
            writable: names of those that may be written to.

        Raises:
            SandboxFailed: no kernel comes up.
        """
        brought = dict(files or {})

        async def renew() -> Process:
            return await self._next(brought, writable)

        kernel = Kernel(self.limits, renew)
        await kernel.revive()
        return kernel

    def _explained(self, said: str) -> str:
        jailed = self.launcher == "bubblewrap"
        return causes.explain(said) if jailed else f"A kernel does not start here ({said})."

    async def _make_maker(self) -> _ForkServer | _Spawner:
        if self.launcher == "bubblewrap" and not launch.can_fork():
            raise SandboxUnavailable(causes.missing())
        if self.launcher == "process" and not launch.can_fork():
            return _Spawner(self._stage, self.limits)
        server = _ForkServer(self._stage, self.limits, jailed=self.launcher == "bubblewrap")
        await server.start()
        return server

    async def _close(self) -> None:
        self.ahead = 0  # whoever still asks for a kernel starts no other that nobody would wait for
        waiting = list(self._idle)
        self._idle.clear()
        for task in waiting:
            task.cancel()
        ready = await asyncio.gather(*waiting, return_exceptions=True)
        with contextlib.suppress(SandboxFailed):
            await asyncio.gather(*(process.end() for process in ready if isinstance(process, Process)))
        if self._maker is not None:
            await self._maker.close()
        await asyncio.to_thread(_remove, self._stage)

    def _start_ahead(self) -> None:
        while len(self._idle) < self.ahead:
            self._idle.append(asyncio.create_task(self._fresh()))

    async def _next(self, files: Mapping[str, bytes], writable: Sequence[str]) -> Process:
        """An idle kernel with its files; another is started in its place."""
        task = self._idle.popleft() if self._idle else asyncio.create_task(self._fresh())
        self._start_ahead()
        process = await task
        if process.gone:
            process = await self._fresh()
        setup = {"limits": asdict(self.limits), "files": list(files), "writable": list(writable)}
        process.writer.write(frame(SETUP, json.dumps(setup).encode()))
        for content in files.values():
            process.writer.write(frame(FILE, content))
        return process

    async def _fresh(self) -> Process:
        """A new kernel, ready for its first cell; it has two chances to come up."""
        assert self._maker is not None
        try:
            return await self._fresh_once(self._maker)
        except KernelDied:
            pass
        try:
            return await self._fresh_once(self._maker)
        except KernelDied as death:
            reason = self._maker.last_words()
            raise SandboxFailed(f"a kernel did not come up ({death.why}: {reason})") from death

    async def _fresh_once(self, maker: _ForkServer | _Spawner) -> Process:
        process = await maker.make()
        try:
            async with asyncio.timeout(self.limits.start_seconds):
                kind, _ = await process.receive(Outputs(self.limits), CHUNK)
        except TimeoutError as error:
            await process.end()
            raise KernelDied("timeout") from error
        if kind != READY:
            await process.end()
            raise SandboxFailed("a kernel answered before it was asked")
        return process


class _ForkServer:
    """The process that forks kernels, within bubblewrap or by itself."""

    def __init__(self, stage: Path, limits: Limits, jailed: bool) -> None:
        self.stage = stage
        self.limits = limits
        self.jailed = jailed
        self.home = launch.INSIDE_HOME if jailed else str(stage / "home")
        self.log = stage / "server.log"
        self.made = 0
        self.control: socket.socket | None = None
        self.server: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it can fork.

        Raises:
            SandboxUnavailable: it does not start here.
        """
        command, fonts, variables = await asyncio.to_thread(self._command)
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = json.dumps({"home": self.home, "fonts": fonts, "jailed": self.jailed})
        with theirs, self.log.open("wb") as log:
            self.server = await asyncio.create_subprocess_exec(
                *command,
                str(theirs.fileno()),
                settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=variables,
                cwd="/" if self.jailed else self.home,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self.control.setblocking(False)
        hello = b""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(IMPORT_SECONDS):
                hello = await asyncio.get_running_loop().sock_recv(self.control, CHUNK)
        if not hello:
            reason = self.last_words()
            await self.close()
            said = causes.explain(reason) if self.jailed else f"A kernel does not start here ({reason})."
            raise SandboxUnavailable(said)

    def _command(self) -> tuple[list[str], str, dict[str, str]]:
        if not self.jailed:
            Path(self.home).mkdir()
            variables = launch.environment(str(self.stage / "lib"), self.home, None)
            return launch.process_command(), str(self.stage / "fonts"), variables
        as_root = os.geteuid() == 0 and _user_ids() > 2 * FIRST_USER_ID
        try:
            return launch.bubblewrap_command(self.stage, as_root), f"{launch.INSIDE_STAGE}/fonts", {}
        except FileNotFoundError as error:
            raise SandboxUnavailable(causes.missing()) from error

    def last_words(self) -> str:
        """The last line that it logged."""
        with contextlib.suppress(OSError):
            lines = self.log.read_bytes()[-2000:].decode(errors="replace").strip().splitlines()
            return lines[-1][:200] if lines else "no reason given"
        return "no reason given"

    async def make(self) -> Process:
        """A kernel that is about to come up."""
        assert self.control is not None
        ours, theirs = socket.socketpair()
        life, their_life = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        life.setblocking(False)
        home = self.home if self.jailed else tempfile.mkdtemp(prefix="kernel-", dir=self.stage)
        request = {"limits": asdict(self.limits), "uid": _distinct_uid(self.made), "home": home}
        self.made += 1
        with theirs, their_life:
            try:
                numbers = [theirs.fileno(), their_life.fileno()]
                socket.send_fds(self.control, [json.dumps(request).encode()], numbers)
            except OSError as error:
                ours.close()
                life.close()
                raise SandboxFailed("the fork server is gone") from error
        reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
        end = self._end(life, None if self.jailed else Path(home))
        return Process(reader, writer, end, lambda: life.shutdown(socket.SHUT_WR))

    async def _end(self, life: socket.socket, home: Path | None) -> End:
        """Wait for the server's report; none is the server's own end."""
        message = b""
        with contextlib.suppress(OSError):
            message = await asyncio.get_running_loop().sock_recv(life, CHUNK)
        life.close()
        if home is not None:
            await asyncio.to_thread(_remove, home)
        if not message:
            return End(None)
        report = json.loads(message)
        return End("memory" if report["why"] == "memory" else "crash", report["left"])

    async def close(self) -> None:
        """End it and with it every kernel."""
        if self.control is not None:
            self.control.close()
        if self.server is not None:
            # Without a namespace it has to kill what its kernels started, one by one.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.server.wait(), 0.05 if self.jailed else 5.0)
            with contextlib.suppress(ProcessLookupError):
                self.server.kill()
            await self.server.wait()


class _Spawner:
    """A fresh interpreter for each kernel, where nothing can be forked: slow, limited by the clock alone."""

    def __init__(self, stage: Path, limits: Limits) -> None:
        self.stage = stage
        self.limits = limits

    async def make(self) -> Process:
        """A kernel that is about to come up."""
        home = Path(tempfile.mkdtemp(prefix="kernel-", dir=self.stage))
        spawned = await asyncio.create_subprocess_exec(
            *launch.single_command(),
            str(home),
            str(self.stage / "fonts"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=launch.environment(str(self.stage / "lib"), str(home), None),
            cwd=home,
            start_new_session=os.name == "posix",
            limit=1 << 20,
        )
        assert spawned.stdin is not None
        assert spawned.stdout is not None
        return Process(spawned.stdout, spawned.stdin, self._end(spawned, home), _killer(spawned))

    async def _end(self, spawned: asyncio.subprocess.Process, home: Path) -> End:
        await spawned.wait()
        with contextlib.suppress(OSError):
            _killer(spawned)()  # what it started and left in its group
        await asyncio.to_thread(_remove, home)
        return End("crash")

    def last_words(self) -> str:
        """It keeps no log."""
        return "no reason given"

    async def close(self) -> None:
        """Nothing runs between its kernels."""


def _killer(spawned: asyncio.subprocess.Process) -> Callable[[], None]:
    def kill() -> None:
        if os.name == "posix":
            os.killpg(spawned.pid, signal.SIGKILL)
        else:
            spawned.kill()

    return kill


def _remove(folder: Path) -> None:
    with contextlib.suppress(RecursionError):  # a very deep tree: the next sandbox's sweep tries again
        shutil.rmtree(folder, ignore_errors=True)


def _user_ids() -> int:
    """How many user ids exist here: a container may have few, or one."""
    try:
        with open("/proc/self/uid_map") as file:
            return sum(int(line.split()[2]) for line in file)
    except OSError:
        return 1


def _distinct_uid(number: int) -> int:
    """A user id that no other living kernel of this machine has."""
    mine = (os.getpid() % (1 << 22)) * 256 + number % 256
    if _user_ids() >= (1 << 32) - 1:
        return (1 << 31) + mine
    return FIRST_USER_ID + mine % max(1, _user_ids() - FIRST_USER_ID)
