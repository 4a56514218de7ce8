"""The fork server: imports everything once, forks a kernel per request, watches and kills them.

One thread, no state of a student's. Requests come over the inherited control socket as one JSON message each,
together with two ends of sockets: the kernel's channel, and its lifeline. A lifeline that is closed on the
other side kills its kernel; how a kernel ended is the last message on it. Run with two arguments: the control
socket's number and a JSON of settings.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from itertools import islice
from typing import Any

from autograder.sandbox.inside import agent, jail

TICK_MS = 40  # how often memory is looked at: at 2 GB/s that is how far a bomb gets beyond its limit

MOST_SOCKETS = 64  # what waits in their buffers is memory of no process, a fifth of a megabyte in each
# Of all processes together; an empty kernel has some 500. Each costs the system 200 bytes of its own memory.
# To count them takes a tenth of a second, so that is done seldom.
MOST_MAPPINGS = 49_152
MAPPINGS_SECONDS = 0.5
ALONE = 2  # processes of a kernel that starts no other: its pid 1, and itself
PATIENCE_SECONDS = 5.0  # a process that waits for a device does not die before that is done


@dataclass
class WatchedKernel:
    """A kernel under watch.

    Attributes:
        pid: its outermost process.
        limits: what it may use.
        why: why it was killed.
        left: how many programs ran beside it when nobody needed it any more.
        counted: when the pieces of its memory were.
    """

    pid: int
    lifeline: socket.socket
    limits: dict[str, Any]
    why: str = ""
    left: int = 0
    counted: float = 0.0


class Server:
    """Forks kernels and watches them until the control socket closes."""

    def __init__(self, control: socket.socket, jailed: bool) -> None:
        self.control = control
        self.jailed = jailed
        self.kernels: dict[int, WatchedKernel] = {}  # by the lifeline's number
        self.empty = _memory(os.getpid())[0]
        self.woken, waker = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker)
        self.poll = select.poll()
        for number in (control.fileno(), self.woken):
            self.poll.register(number, select.POLLIN)

    def run(self) -> None:
        """Serve until the trusted side is gone."""
        next_look = 0.0
        while True:
            ready = {number for number, _ in self.poll.poll(TICK_MS if self.kernels else None)}
            if self.woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.woken, 4096)
                self.reap()
            for number in ready & self.kernels.keys():
                self.count_left(self.kernels[number])
                self.kill(self.kernels[number], "killed")
            if self.control.fileno() in ready and not self.accept():
                break
            if time.monotonic() >= next_look:
                for watched in list(self.kernels.values()):
                    self.look_at(watched)
                next_look = time.monotonic() + TICK_MS / 1000
        for watched in list(self.kernels.values()):
            self.kill(watched, "killed")

    def accept(self) -> bool:
        message, numbers, _, _ = socket.recv_fds(self.control, 65536, 2)
        if not message:
            return False
        request = json.loads(message)
        channel, lifeline = numbers
        pid = os.fork()
        if pid == 0:
            _forget_everything_but(channel)
            supervise(request, channel, self.jailed)
        os.close(channel)
        self.kernels[lifeline] = WatchedKernel(pid, socket.socket(fileno=lifeline), request["limits"])
        self.poll.register(lifeline, select.POLLIN)
        return True

    def reap(self) -> None:
        """Report the kernels that ended."""
        for number, watched in list(self.kernels.items()):
            pid, status = os.waitpid(watched.pid, os.WNOHANG)
            if pid:
                with contextlib.suppress(KeyError):
                    self.poll.unregister(number)
                del self.kernels[number]
                report = {
                    "exit": os.waitstatus_to_exitcode(status),
                    "why": watched.why or "crash",
                    "left": watched.left,
                }
                with contextlib.suppress(OSError):
                    watched.lifeline.send(json.dumps(report).encode())
                watched.lifeline.close()

    def count_left(self, watched: WatchedKernel) -> None:
        """Count what a kernel that nobody needs any more has left running."""
        if watched.why:
            return
        itself = 3 if self.jailed else 2  # the supervisor, pid 1 of the namespace, the kernel
        watched.left = sum(_is_running(pid) for pid in descendants(watched.pid)[itself:])

    def kill(self, watched: WatchedKernel, why: str) -> None:
        """Everything that a kernel ever started, at once: with its namespace, or one by one."""
        watched.why = watched.why or why
        if self.jailed:
            # The supervisor outlives pid 1 of the namespace, which ends only after everything in it.
            kill_all(descendants(watched.pid)[1:2] or [watched.pid])
        else:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while (below := descendants(watched.pid)[1:]) and time.monotonic() < deadline:
                kill_all(below)
                time.sleep(0.001)
            kill_all([watched.pid])
        with contextlib.suppress(KeyError):
            self.poll.unregister(watched.lifeline.fileno())

    def look_at(self, watched: WatchedKernel) -> None:
        """Kill a kernel whose processes hold too much together."""
        if watched.why:  # it was killed before it had a namespace to be killed with
            self.kill(watched, watched.why)
            return
        most = (watched.limits["memory_mb"] << 10) + self.empty
        pids = descendants(watched.pid)[1:]
        held = threads = 0
        for pid in pids:
            memory, count = _memory(pid)
            held += memory
            threads += count
        hidden = (self.jailed and pids and _sockets(pids[0]) > MOST_SOCKETS) or self.cut_up(watched, pids)
        # Pages that forked processes share were counted once for each: count again, exactly, before judging.
        if hidden or (held > most and sum(_fair_memory(pid) for pid in pids) > most):
            self.kill(watched, "memory")
        elif threads > watched.limits["processes"] + 4:  # where the system itself does not count them
            self.kill(watched, "processes")

    def cut_up(self, watched: WatchedKernel, pids: list[int]) -> bool:
        """Whether processes have cut their memory into more pieces than the system should keep lists of.

        Linux has a limit for one process alone.
        """
        if len(pids) <= ALONE or time.monotonic() < watched.counted + MAPPINGS_SECONDS:
            return False
        left = MOST_MAPPINGS
        for pid in pids:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", "rb") as file:
                left -= sum(1 for _ in islice(file, left))
        watched.counted = time.monotonic()
        return left <= 0


def kill_all(pids: list[int]) -> None:
    """SIGKILL to whichever of them are left."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """A process, then all processes below it, parents first."""
    found = [pid]
    for parent in found:
        found += _children(parent)
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(child) for child in file.read().split()]
    return found


def _children_by_parent(pid: int) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{int(name)}/stat") as file:
            if int(file.read().rpartition(")")[2].split()[1]) == pid:
                found.append(int(name))
    return found


if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):  # a Linux built without that list
    _children = _children_by_parent


def _memory(pid: int) -> tuple[int, int]:
    """Private and shared memory in use, in KB, without files' pages; and the number of threads."""
    held, threads = 0, 0
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith((b"RssAnon", b"RssShmem", b"VmSwap")):
                held += int(line.split()[1])
            elif line.startswith(b"Threads"):
                threads = int(line.split()[1])
    return held, threads


def _is_running(pid: int) -> bool:
    """Whether a process is more than an entry that its parent has not read yet."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


def _sockets(pid: int) -> int:
    """How many sockets there are in a process's network namespace."""
    try:
        with open(f"/proc/{pid}/net/sockstat", "rb") as file:
            return int(file.readline().split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


def _fair_memory(pid: int) -> int:
    """Memory in use in KB, each shared page divided among those who share it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith((b"Pss_Anon", b"Pss_Shmem")))
    except OSError:
        return _memory(pid)[0]


def _forget_everything_but(channel: int) -> None:
    """A kernel holds no end of another kernel's sockets, nor of the server's."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.closerange(3, channel)
    os.closerange(channel + 1, 4096)


def supervise(request: dict[str, Any], channel: int, jailed: bool) -> None:
    """Become what the server watches: wait for the kernel, and end as it ended."""
    status = 97
    mapped = jail.mapped_bytes()
    try:
        jail.die_with_parent()
        if jailed:
            as_root = os.getuid() == 0
            jail.enter_namespaces(as_root)
            init = os.fork()
            if init:
                os.close(channel)
                status = _wait_for(init)
                os._exit(status)
            jail.die_with_parent()  # pid 1: with it everything in the namespace ends
            jail.mount_private(request["limits"]["disk_mb"], request["limits"]["inodes"])
        else:
            jail.adopt_orphans()
        kernel = os.fork()
        if kernel:
            os.close(channel)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            status = _wait_for(kernel)
            if not jailed:
                _kill_below()
            os._exit(status)
        os.setsid()
        if jailed:
            jail.limit_resources(request["limits"], mapped, own_user=True)
            if as_root:
                jail.become(request["uid"])
            jail.drop_capabilities()
            jail.deny_system_calls()
        else:
            jail.die_with_parent()
            jail.limit_resources(request["limits"], mapped, own_user=False)
        agent.serve(socket.socket(fileno=channel), request["home"])
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def _wait_for(child: int) -> int:
    """Reap whatever ends until `child` does; its status as a shell would say it."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _kill_below() -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (below := descendants(os.getpid())[1:]) and time.monotonic() < deadline:
        kill_all(below)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.001)


def main() -> None:
    """Import, say that all is ready, serve."""
    settings = json.loads(sys.argv[2])
    control = socket.socket(fileno=int(sys.argv[1]))
    agent.prepare(settings["home"], settings["fonts"])
    threads = len(os.listdir("/proc/self/task"))
    gc.collect()
    gc.freeze()
    server = Server(control, settings["jailed"])
    control.send(json.dumps({"ready": True, "threads": threads}).encode())
    server.run()
    os._exit(0)  # nothing is left to tidy up, and the interpreter would take a tenth of a second for it


if __name__ == "__main__":
    main()
