"""Which protections hold on this machine: tried, not guessed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.sandbox.kernel import CellRun, Kernel
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import SandboxFailed
from autograder.sandbox.sandbox import LauncherName, Sandbox

SHORT = {"cell_seconds": 3.0, "memory_mb": 192, "processes": 24, "disk_mb": 8, "inodes": 256}


@dataclass(frozen=True)
class Protection:
    """One protection: whether it holds here, and how that showed."""

    name: str
    holds: bool
    how: str


@dataclass(frozen=True)
class _Trial:
    """A cell that tries what must not be possible, and prints what came of it as JSON: held, and how."""

    name: str
    source: str
    judge: Callable[[CellRun], tuple[bool, str]]


def protections(launcher: LauncherName = "bubblewrap", limits: Limits | None = None) -> list[Protection]:
    """Start kernels with small limits and let them try what they must not be able to do.

    Returns:
        One protection after another; a single one named "sandbox" that does not hold where none can be made.
    """
    return asyncio.run(_try_all(launcher, replace(limits or Limits(), **SHORT)))  # type: ignore[arg-type]


async def _try_all(launcher: LauncherName, limits: Limits) -> list[Protection]:
    try:
        async with Sandbox(launcher, limits) as sandbox:
            found = [Protection("sandbox", True, f"{launcher} starts and answers")]
            for trial in _trials(limits):
                kernel = await sandbox.start()
                held, how = trial.judge(await kernel.run_cell(trial.source))
                await kernel.kill()
                found.append(Protection(trial.name, held, how))
            return [*found, await _killing(sandbox)]
    except SandboxFailed as error:
        return [Protection("sandbox", False, str(error))]


async def _killing(sandbox: Sandbox) -> Protection:
    """Whether a process that left its group and session dies with its kernel."""
    kernel: Kernel = await sandbox.start()
    await kernel.run_cell("import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)")
    started = time.monotonic()
    await kernel.kill()
    seconds = time.monotonic() - started
    return Protection(
        "kill", seconds < 5, f"a kernel with a detached process was gone in {1000 * seconds:.0f} ms"
    )


def _said(run: CellRun) -> tuple[bool, str]:
    """What the cell printed of itself."""
    text = "".join(output.get("text", "") for output in run.outputs)
    try:
        held, how = json.loads(text.strip().splitlines()[-1])
        return held is True, str(how)[:200]
    except (ValueError, IndexError, TypeError):
        return False, f"the trial ended with {run.status}"


def _stopped(*statuses: str) -> Callable[[CellRun], tuple[bool, str]]:
    def judge(run: CellRun) -> tuple[bool, str]:
        return run.status in statuses, f"{run.status} after {run.seconds:.1f} s"

    return judge


def _private_files(folder: Path) -> list[str]:
    """Some of a folder's contents; not what leads to the interpreter, which a kernel does see."""
    with contextlib.suppress(OSError):
        return [str(path) for path in folder.iterdir() if path not in Path(sys.base_prefix).parents][:20]
    return []


def _trials(limits: Limits) -> list[_Trial]:
    folders = {Path.home(), Path.cwd(), Path(__file__).resolve().parents[2]} - {Path("/")}
    private = [path for folder in folders for path in _private_files(folder)]
    return [
        _Trial("network", _NETWORK, _said),
        _Trial("files", f"private = {private!r}\n{_FILES}", _said),
        _Trial("environment", f"names = {sorted(os.environ)!r}\n{_ENVIRONMENT}", _said),
        _Trial("other processes", f"other = {os.getpid()}\n{_PROCESSES}", _said),
        _Trial("privileges", _PRIVILEGES, _said),
        _Trial("system calls", _CALLS, _said),
        _Trial("memory, one process", f"size = {limits.memory_mb + 64}\n{_MEMORY}", _said),
        _Trial(
            "memory, all together", f"size = {limits.memory_mb // 2}\n{_MEMORY_OF_MANY}", _stopped("memory")
        ),
        _Trial("memory, in sockets", _SOCKETS, _stopped("memory")),
        _Trial("memory, the system's own", _SYSTEM_MEMORY, _said),
        _Trial("number of processes", f"most = {limits.processes}\n{_FORKS}", _counted),
        _Trial("disk", f"size = {limits.disk_mb}\n{_DISK}", _said),
        _Trial("time", "while True: pass", _stopped("timeout")),
        _Trial("output", _OUTPUT, _stopped("output", "timeout")),
    ]


def _counted(run: CellRun) -> tuple[bool, str]:
    """A fork bomb was stopped by the system, or the kernel was killed for it."""
    return (True, "killed for it") if run.status == "crash" else _said(run)


_NETWORK = """
import json, socket
tried = []
for family, address in ((socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_INET, ("127.0.0.1", 22))):
    link = socket.socket(family, socket.SOCK_DGRAM if address[1] == 53 else socket.SOCK_STREAM)
    link.settimeout(1)
    try:
        link.connect(address)
        tried.append("reached " + address[0])
    except OSError as error:
        tried.append(address[0] + ": " + (error.strerror or str(error)).lower())
names = sorted(name for _, name in socket.if_nameindex())
print(json.dumps([names == ["lo"] and not any(text.startswith("reached") for text in tried),
                  "only " * (names == ["lo"]) + " ".join(names) + "; " + "; ".join(tried)]))
"""
_FILES = """
import json, os
seen = [path for path in private if os.path.lexists(path)]
written = []
for folder in ("/", "/usr/bin", "/etc", "/course/lib"):
    try:
        open(folder + "/.autograder-trial", "w").close()
        os.unlink(folder + "/.autograder-trial")
        written.append(folder)
    except OSError:
        pass
how = "the grader's files do not exist inside, the rest is read-only"
reached = seen + written
print(json.dumps([not reached, "visible: " + " ".join(reached) if reached else how]))
"""
_ENVIRONMENT = """
import json, os
ours = {"PATH", "HOME", "LANG", "TERM", "PWD", "PAGER", "SHLVL", "_", "LC_CTYPE"}
with_it = [name for name in names if name in os.environ and name not in ours
           and not name.startswith(("PYTHON", "MPL", "OPENBLAS", "OMP", "MKL", "VECLIB", "IPYTHON"))
           and not name.startswith(("JUPYTER", "AUTOGRADER", "CLICOLOR", "FORCE_COLOR", "GIT_PAGER"))]
print(json.dumps([not with_it, "visible: " + " ".join(with_it[:5]) if with_it else "only the course's own"]))
"""
_PROCESSES = """
import json, os
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
try:
    os.kill(other, 0)
    reached = True
except OSError:
    reached = False
own = os.getpid()
print(json.dumps([not (reached and own > 100) and len(pids) < 10,
                  f"{len(pids)} processes visible, this one is number {own}"]))
"""
_PRIVILEGES = """
import json, os
lines = {}
try:
    lines = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
except OSError:
    pass
def number(name, base=16):
    return int(lines.get(name, "0"), base)
if lines:
    held = os.getuid() != 0 and number("CapEff") == number("CapBnd") == 0 and number("NoNewPrivs", 10) == 1
    how = f"user {os.getuid()}, capabilities {number('CapEff'):x}, no_new_privs {number('NoNewPrivs', 10)}"
else:
    import ctypes
    libc = ctypes.CDLL(None)
    held = os.getuid() != 0 and libc.prctl(39, 0, 0, 0, 0) == 1 and libc.prctl(23, 21, 0, 0, 0) == 0
    how = f"user {os.getuid()}, no new privileges {libc.prctl(39, 0, 0, 0, 0)}"
print(json.dumps([held, how]))
"""
_CALLS = """
import ctypes, json
libc = ctypes.CDLL(None, use_errno=True)
possible = []
for name, arguments in (("unshare", (0x10000000,)), ("mount", (b"x", b"/tmp", b"tmpfs", 0, None)),
                        ("ptrace", (16, 1, 0, 0)), ("memfd_create", (b"x", 0)), ("personality", (8,))):
    if name != "personality" and getattr(libc, name)(*arguments) != -1:
        possible.append(name)
how = "possible: " + " ".join(possible) if possible else "refused: namespaces, mounts, ptrace"
print(json.dumps([not possible, how]))
"""
_MEMORY = """
import json
try:
    block = bytearray(size << 20)
    print(json.dumps([False, f"{size} MB were given"]))
except MemoryError:
    print(json.dumps([True, f"{size} MB were refused"]))
"""
_MEMORY_OF_MANY = """
import os, time
for _ in range(5):
    if os.fork() == 0:
        block = bytearray(b"x") * (size << 20)
        time.sleep(60)
time.sleep(60)
"""
_SOCKETS = """
import socket, time
keep = [socket.socketpair() for _ in range(100)]
time.sleep(2)
"""
_SYSTEM_MEMORY = """
import ctypes, fcntl, json, os
libc = ctypes.CDLL(None, use_errno=True)
possible, terminals = [], []
with open("locked", "w") as file:
    for name, command in (("locks", fcntl.F_SETLK), ("locks of descriptions", 37)):
        try:
            fcntl.fcntl(file, command, bytes([fcntl.F_WRLCK]) + bytes(31))
            possible.append(name)
        except OSError:
            pass
if libc.semget(0, 32000, 0o1600) >= 0:
    possible.append("semaphores")
try:
    while len(terminals) < 64:
        terminals.append(os.openpty())
except OSError:
    pass
count = len(terminals)
how = "possible: " + " ".join(possible) if possible else "no locks of ranges, no semaphores"
print(json.dumps([not possible and count < 64, f"{how}; {count} terminals"]))
"""
_FORKS = """
import json, os, time
count = 0
try:
    while count < 4 * most:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        count += 1
except OSError:
    pass
time.sleep(0.3)
print(json.dumps([count < 2 * most, f"{count} processes could be started"]))
"""
_DISK = """
import json, os
stopped = []
for folder in (os.getcwd(), "/tmp"):
    try:
        for part in range(4):
            with open(f"{folder}/part{part}", "wb") as file:
                file.write(bytes(size << 19))
                file.write(bytes(size << 18))
    except OSError as error:
        stopped.append(folder)
print(json.dumps([len(stopped) == 2, f"full after {size} MB" if len(stopped) == 2 else "not limited"]))
"""
_OUTPUT = """
import os, glob
for _ in range(2_000_000):
    get_ipython().kernel.session.wire.bytes = 0
    get_ipython().kernel.session.wire.messages = 0
    print("x" * 8192, flush=True)
"""
