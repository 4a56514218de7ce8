"""The kernel: ipykernel's own application, kernel and shell, which talk through one socket instead of five.

`prepare` builds it once, in the fork server, so that a forked kernel is ready at once; `serve` runs cells and
answers scripts. It shares its process with the student's code, which can change all of it: whatever it sends
is a claim, and the limits here only spare an honest but clumsy notebook the hard ones outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import json
import os
import random
import select
import signal
import socket
import sys
import threading
import time
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session

from autograder.adaptations import look_for_magic_where_it_may_be, without_debugger
from autograder.protocol import codec, withholding
from autograder.protocol.calls import Answer, NoAnswer
from autograder.protocol.candidates import Candidate, Candidates
from autograder.protocol.running import run_untrusted
from autograder.sandbox.frames import (
    ANSWERS,
    CANDIDATE,
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
    UNDRAWN_CELL,
    frame,
)

SHOWN = {"stream", "display_data", "execute_result", "error", "clear_output"}
FLUSH_CHARACTERS = 8192
FLUSH_SECONDS = 0.2
MANY_BYTES, MANY_MESSAGES = 1 << 30, 1 << 30


class Wire:
    """The one channel to the trusted side: frames out from any thread, frames in to the event loop."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.lock = threading.RLock()
        self.silent = True
        self.kept_bytes, self.kept_messages = MANY_BYTES, MANY_MESSAGES
        self.bytes = self.messages = 0
        if isinstance(channel, socket.socket):
            channel.setblocking(False)

    async def receive(self) -> tuple[bytes, bytes]:
        """The next frame."""
        kind, size = HEAD.unpack(await self._exactly(HEAD.size))
        return kind, await self._exactly(size)

    async def _exactly(self, count: int) -> bytes:
        loop, parts = asyncio.get_running_loop(), bytearray()
        while len(parts) < count:
            most = min(count - len(parts), 1 << 20)
            if isinstance(self.channel, socket.socket):
                part = await loop.sock_recv(self.channel, most)
            else:
                part = await self.channel.receive(most)
            if not part:
                os._exit(0)  # nobody is left who could ask
            parts += part
        return bytes(parts)

    def send(self, kind: bytes, body: bytes = b"") -> None:
        """Send one frame, and wait until it is away."""
        with self.lock:
            rest = memoryview(frame(kind, body))
            while rest:
                try:
                    rest = rest[self.channel.send(rest) :]
                except BlockingIOError:
                    select.select([], [self.channel], [])

    def begin(self, silent: bool) -> None:
        """Count the outputs of a new cell."""
        self.silent, self.bytes, self.messages = silent, 0, 0

    @property
    def full(self) -> bool:
        """Whether nothing more of this cell will be shown."""
        return self.silent or self.messages > self.kept_messages or self.bytes > self.kept_bytes

    def show(self, kind: str, content: Mapping[str, Any]) -> None:
        """One output of the running cell, unless there have been too many."""
        if self.full:
            return
        if _length(content) > self.kept_bytes:
            self.bytes += self.kept_bytes
            kind, content = "cut", {}
        body = json.dumps({"type": kind, "content": content}, default=str).encode()
        self.bytes += len(body)
        self.messages += 1
        self.send(OUTPUT, body)


def _length(content: Mapping[str, Any]) -> int:
    """About how long an output is, without writing it down."""
    texts = [content.get("text"), *(content.get("data") or {}).values()]
    return sum(len(text) for text in texts if isinstance(text, str | bytes))


def _is_the_notebooks(thread: threading.Thread) -> bool:
    """Whether a notebook's code started a thread; asyncio keeps some, and IPython one for %%bash."""
    target = getattr(thread, "_target", None)
    machinery = str(getattr(getattr(target, "__self__", target), "__module__", "")).startswith("asyncio")
    return thread is not threading.main_thread() and not machinery and not thread.name.startswith("asyncio_")


class FrameSession(Session):
    """A session that sends what a notebook shows through the wire, and nothing else."""

    wire: Wire | None = None

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **kwargs: Any) -> Any:
        message = msg_or_type if isinstance(msg_or_type, dict) else {}
        kind = message.get("msg_type", msg_or_type)
        if self.wire is not None and kind in SHOWN:
            self.wire.show(kind, message.get("content", content) or {})
        return message


class Stream(io.TextIOBase):
    """Standard output or error of a notebook: buffered, flushed by size, by time and after the cell."""

    encoding = "UTF-8"

    def __init__(self, session: FrameSession, _thread: Any, name: str, **_options: Any) -> None:
        self.session = session
        self.name = name
        self.parts: list[str] = []
        self.size = 0
        self.flushed = 0.0
        self.lock = threading.RLock()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.session.wire is not None and self.session.wire.full:
            return len(text)
        other = sys.stderr if self.name == "stdout" else sys.stdout
        if isinstance(other, Stream) and other.size:
            other.flush()
        with self.lock:
            self.parts.append(text)
            self.size += len(text)
            due = self.size > FLUSH_CHARACTERS or time.monotonic() > self.flushed + FLUSH_SECONDS
        if due:
            self.flush()
        return len(text)

    def flush(self) -> None:
        with self.lock:
            text, self.parts, self.size = "".join(self.parts), [], 0
            self.flushed = time.monotonic()
        if text:
            self.session.send(None, "stream", {"name": self.name, "text": text})

    def set_parent(self, _parent: Any) -> None:
        """ipykernel tells every stream which message it answers; here there is one at a time."""


class App(IPKernelApp):
    """ipykernel's application without sockets, threads, files and signals."""

    def _nothing(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    init_crash_handler = init_poller = init_sockets = init_heartbeat = init_signal = _nothing
    init_connection_file = write_connection_file = log_connection_info = _nothing

    def init_kernel(self) -> None:
        kernel_class: Any = self.kernel_class
        options = {
            "parent": self,
            "session": self.session,
            "log": self.log,
            "profile_dir": self.profile_dir,
            "user_ns": self.user_ns,
            "shell_channel_thread": types.SimpleNamespace(parent_thread=None, manager=None),
        }
        self.kernel = kernel_class.instance(
            **{name: value for name, value in options.items() if kernel_class.class_traits().get(name)}
        )
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count


_app: App | None = None


def prepare(home: str, fonts: str) -> None:
    """Import what notebooks import, build the kernel, and warm both up with one small cell and figure."""
    global _app
    gc.disable()  # hardly anything of all that is imported is ever garbage
    _settle(home)
    with contextlib.suppress(OSError):
        target = Path(os.environ["MPLCONFIGDIR"])
        target.mkdir(parents=True, exist_ok=True)
        for cached in Path(fonts).glob("fontlist*.json"):
            (target / cached.name).write_bytes(cached.read_bytes())
    without_debugger()
    session = FrameSession()
    _app = App.instance(session=session)
    _app.outstream_class = f"{__name__}.Stream"
    _app.capture_fd_output = False
    _app.config.HistoryManager.enabled = False
    _app.initialize([])  # type: ignore[no-untyped-call]
    _import_ahead()
    gc.freeze()  # the shell collects garbage when it is reset, and need not look through all of that
    shell = _app.kernel.shell
    look_for_magic_where_it_may_be(shell.input_transformer_manager)
    asyncio.run(_app.kernel.do_execute(_WARM_UP, silent=True, store_history=False))
    shell.reset(new_session=True)
    shell.execution_count = 1
    gc.enable()


_WARM_UP = """
import matplotlib.pyplot as plt
plt.figure(figsize=(1, 1)); plt.plot([0, 1]); plt.title("x²"); plt.show()
await __import__("asyncio").sleep(0)
try:
    1 / 0
except ZeroDivisionError:
    get_ipython().showtraceback()
[1, 2]
"""


def _import_ahead() -> None:
    for name in (
        "numpy.random",
        "numpy.linalg",
        "numpy.testing",
        "numpy.fft",
        "matplotlib.pyplot",
        "matplotlib_inline.backend_inline",
        "PIL.PngImagePlugin",
        "ipywidgets",
        "anywidget",
        "autograder",
        "convlib.reference",
        "convlib.fast",
        "convlib.shapes",
        "convlib.gradcheck",
        "convlib.datasets",
        "convlib.plots",
        "convlib.widgets",
        "pexpect",
    ):
        with contextlib.suppress(Exception):
            __import__(name)
    withholding.homes()
    with contextlib.suppress(Exception):
        _draw_ahead()


def _draw_ahead() -> None:
    """Draw a figure of each kind: fonts are found, and backends imported, once for all kernels."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.subplots().set(title="0", xlabel="$x^2$")
    for kind in ("png", "svg"):
        figure.savefig(io.BytesIO(), format=kind, bbox_inches="tight")


def _settle(home: str) -> None:
    """Make `home` this process's home."""
    os.chdir(home)
    os.environ |= {
        "HOME": home,
        "IPYTHONDIR": f"{home}/.ipython",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "JUPYTER_RUNTIME_DIR": f"{home}/.jupyter",
    }


def serve(channel: Any, home: str) -> None:
    """Be the kernel at the other end of a socket, or of `single.Pipes`, until that is closed."""
    assert _app is not None
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    if hasattr(os, "setsid"):
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _settle(home)
    random.seed()
    np.random.seed()
    wire = Wire(channel)
    _app.session.wire = wire
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    work = loop.create_task(Agent(_app, wire).run())
    while not work.done():
        with contextlib.suppress(RuntimeError):  # a cell may stop the loop
            loop.run_until_complete(work)


class Agent:
    """Does what the trusted side asks, one thing at a time."""

    def __init__(self, app: App, wire: Wire) -> None:
        self.kernel = app.kernel
        self.wire = wire
        self.limits: dict[str, Any] = {}
        self.files: list[str] = []
        self.writable: list[str] = []
        self.todo: dict[bytes, Callable[[bytes], Awaitable[None]]] = {
            SETUP: self.set_up,
            FILE: self.write_file,
            CELL: self.run_cell,
            UNDRAWN_CELL: self.run_undrawn_cell,
            SILENT_CELL: self.replay_cell,
            SCRIPTS: self.answer,
            CANDIDATE: self.try_candidate,
        }
        self.candidates = Candidates()

    async def run(self) -> None:
        self.wire.send(READY)
        while True:
            kind, body = await self.wire.receive()
            await self.todo[kind](body)

    async def set_up(self, body: bytes) -> None:
        settings = json.loads(body)
        self.limits = settings["limits"]
        self.files = settings["files"][::-1]
        self.writable = settings["writable"]
        self.wire.kept_bytes = self.limits["output_bytes"]
        self.wire.kept_messages = self.limits["messages"]

    async def write_file(self, body: bytes) -> None:
        name = self.files.pop()
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        if name not in self.writable:
            path.chmod(0o444)

    async def run_cell(self, body: bytes, silent: bool = False) -> None:
        self.wire.begin(silent)
        ok = False
        try:
            reply = await self.kernel.do_execute(body.decode(), silent=False, allow_stdin=False)
            ok = reply["status"] == "ok"
        except BaseException as error:
            with contextlib.suppress(BaseException):
                self.wire.show(
                    "error", {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
                )
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(BaseException):
                stream.flush()
        self.wire.silent = True
        threads = 0
        with contextlib.suppress(BaseException):
            threads = sum(map(_is_the_notebooks, threading.enumerate()))
        self.wire.send(DONE, json.dumps({"ok": ok, "threads": threads}).encode())

    async def run_undrawn_cell(self, body: bytes, silent: bool = False) -> None:
        formatter = self.kernel.shell.display_formatter
        drawn, formatter.active_types = formatter.active_types, ["text/plain"]
        try:
            await self.run_cell(body, silent)
        finally:
            formatter.active_types = drawn

    async def replay_cell(self, body: bytes) -> None:
        await self.run_undrawn_cell(body, silent=True)

    async def answer(self, body: bytes) -> None:
        (script,) = codec.decode_scripts(body)
        self.reply(lambda: run_untrusted(self.kernel.shell.user_ns, script))

    async def try_candidate(self, body: bytes) -> None:
        candidate, script = Candidate.and_script(body)
        (decoded,) = codec.decode_scripts(script)
        self.reply(lambda: self.candidates.answers(self.kernel.shell.user_ns, candidate, decoded))

    def reply(self, answered: Callable[[], Sequence[Answer]]) -> None:
        """Send answers, or why there are none."""
        try:
            reply = codec.encode_answers(answered(), self.limits["answer_bytes"])
        except codec.TooLarge:
            self.wire.send(REFUSED)
            return
        except MemoryError:
            reply = codec.encode_answers([NoAnswer("memory")])
        self.wire.send(ANSWERS, reply)
