"""Attacks on what lies outside: files, processes, the network, the kernel's interfaces."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from attacks.case import ALL, CANARY, FOUND, ROOT, STAYS, Attack, honest

# A listener of the grader's machine that no kernel may reach; nothing is ever sent to it.
LISTENER = socket.socket()
LISTENER.bind(("127.0.0.1", 0))
LISTENER.listen(8)
LISTENER.setblocking(False)
ABSTRACT = socket.socket(socket.AF_UNIX)
ABSTRACT.bind(f"\0{CANARY}-{os.getpid()}")
ABSTRACT.listen(8)
ABSTRACT.setblocking(False)

SECRETS = [
    str(ROOT / "pyproject.toml"),
    str(ROOT / "notebooks"),
    str(ROOT / "autograder" / "exercises"),
    str(ROOT / "gradebook.db"),
    str(Path.home() / ".ssh"),
    str(Path.home() / ".bashrc"),
    str(Path.home() / ".netrc"),
    "/etc/passwd",
    "/etc/shadow",
    "/etc/hostname",
    "/var/run/docker.sock",
    "/run",
    "/var",
    "/sys/fs/cgroup",
    "/proc/1/root/etc/shadow",
    f"/proc/{os.getpid()}/environ",
    f"/proc/{os.getpid()}/mem",
    "/dev/sda",
    "/dev/kmsg",
    "/dev/mem",
]

ATTACKS = [
    Attack(
        "reads files of the host",
        33,
        f"""
import os, glob
for path in {SECRETS!r}:
    try:
        there = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(10)
        if there: print("{FOUND}", path, there)
    except OSError:
        pass
for path in glob.glob("/proc/*/environ"):
    try:
        if b"AUTOGRADER_INSIDE" not in open(path, "rb").read() : print("{FOUND}", path)
    except OSError:
        pass
for path in glob.glob("/proc/[0-9]*"):
    if int(path.split("/")[2]) > 100: print("{FOUND}", path)
if len(os.listdir("/tmp")) > 0 or glob.glob("/home/*") != ["/home/student"]: print("{FOUND}", "neighbours")
""",
    ),
    Attack(
        "imports what judges",
        33,
        f"""
for name in ("autograder.exercises", "autograder.judging", "autograder.grading", "autograder.report",
             "autograder.cli", "autograder.check", "autograder.mine", "nbgrader", "sqlalchemy", "nbclient",
             "pytest", "hypothesis", "torch", "packaging.tests"):
    try:
        __import__(name); print("{FOUND}", name)
    except ImportError:
        pass
import os
for folder, _, names in os.walk("/course/lib/autograder"):
    for name in names:
        if any(word in folder + "/" + name for word in ("exercises", "judging", "grading", "report")):
            print("{FOUND}", folder, name)
""",
    ),
    Attack(
        "calls the course's own version",
        33,
        code={
            "output_size": """
def output_size(*args, **kwargs):
    from convlib.shapes import output_size as own
    return own(*args, **kwargs)
""",
            "zero_pad": "def zero_pad(x, pad):\n    return mine('zero_pad')(x, pad)",
            "same_padding": """
import importlib, sys
def same_padding(*args, **kwargs):
    sys.modules.pop("convlib.shapes", None)
    return importlib.import_module("convlib.shapes").same_padding(*args, **kwargs)
""",
        },
    ),
    Attack(
        "calls what the course's own version is built on",
        code={
            "output_size": """
def output_size(n, k, stride=1, pad=0):
    from convlib.shapes import Axis
    return Axis(n, k, stride, pad, pad).out
""",
            "zero_pad": """
def zero_pad(x, pad):
    from convlib.reference.conv import zero_pad as own
    return own(x, pad)
""",
            "same_padding": """
def same_padding(n, k, stride=1):
    from convlib.layers import Conv2D
    import numpy as np
    layer = Conv2D(1, k, stride, padding="same")
    layer.build((n, n, 1), np.random.default_rng(0))
    return layer.zeros[0]
""",
        },
    ),
    Attack(
        "writes to files of the host",
        34,
        f"""
import os
for folder in ({str(ROOT)!r}, "/", "/usr/bin", "/usr/lib", "/etc", "/course/lib/autograder",
               "/course/site/numpy",
               "/var/tmp", "/run", "/dev", "/proc/sys/kernel"):
    try:
        open(folder + "/{CANARY}", "w").write("x"); print("{FOUND}", folder)
    except OSError:
        pass
open("/tmp/{CANARY}", "w").write("x")
try:
    os.link("/usr/bin/env", "/tmp/linked"); print("{FOUND}", "hard link")
except OSError:
    pass
""",
    ),
    Attack(
        "leaves links, pipes and odd names behind",
        35,
        f"""
import os, socket, stat
os.symlink("/etc/shadow", "notes.txt"); os.symlink({str(ROOT)!r}, "course")
os.mkfifo("pipe"); socket.socket(socket.AF_UNIX).bind("socket")
for name in ("\\udcff", "a" * 255, "-rf", "~", "new\\nline", ".ipynb"):
    open(name, "w").close()
for device in (stat.S_IFBLK, stat.S_IFCHR):
    try:
        os.mknod("disk", device | 0o666, os.makedev(8, 0)); print("{FOUND}", "device")
    except OSError:
        pass
for name in ("notes.txt", "course/pyproject.toml"):
    try:
        open(name).read(); print("{FOUND}", name)
    except OSError:
        pass
""",
    ),
    Attack(
        "speaks to the network",
        36,
        f"""
import socket
for address in (("1.1.1.1", 53), ("127.0.0.1", {LISTENER.getsockname()[1]}), ("169.254.169.254", 80)):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        link = socket.socket(socket.AF_INET, kind); link.settimeout(0.2)
        try:
            link.connect(address); link.send(b"x"); print("{FOUND}", address, kind)
        except OSError:
            pass
try:
    socket.getaddrinfo("pypi.org", 443); print("{FOUND}", "a name server")
except OSError:
    pass
try:
    socket.socket(socket.AF_UNIX).connect("\\0{CANARY}-{os.getpid()}"); print("{FOUND}", "abstract socket")
except OSError:
    pass
for family, kind in ((socket.AF_PACKET, 3), (socket.AF_INET, 3), (40, 1), (38, 5)):
    try:
        socket.socket(family, kind, 1 if family == socket.AF_INET else 0).bind(("lo", 0))
        print("{FOUND}", family, kind)
    except (OSError, TypeError):
        pass
""",
    ),
    Attack(
        "asks the kernel for more",
        37,
        f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
wanted = dict(unshare_user=(272, 0x10000000), unshare_net=(272, 0x40000000), mount=(165, 0, b"/tmp", 0, 0, 0),
              ptrace=(101, 16, 1), keyctl=(250, 0, -3, 1), add_key=(248, b"user", b"x", b"y", 1, -3),
              io_uring=(425, 8, ctypes.create_string_buffer(256)), 
              bpf=(321, 0, ctypes.create_string_buffer(128), 128),
              userfaultfd=(323, 1),
              perf=(298, ctypes.create_string_buffer(128), 0, -1, -1, 0), setns=(308, 0, 0),
              memfd=(319, b"x", 0), shmget=(29, 0, 1 << 20, 0o1600), process_vm=(310, 1, 0, 0, 0, 0, 0),
              chroot=(161, b"/tmp"), pivot=(155, b"/tmp", b"/tmp"), open_by_handle=(304, -1, 0, 0),
              setuid=(105, 0), setgid=(106, 0), setgroups=(116, 1, ctypes.create_string_buffer(4)),
              clone_user=(56, 0x10000000 | 17, 0, 0, 0, 0), clone3=(435, ctypes.create_string_buffer(88), 88),
              x32=(0x40000000 | 39,))
if os.uname().machine == "x86_64":
    for name, (number, *arguments) in wanted.items():
        result = libc.syscall(number, *arguments)
        if result == 0 and name == "clone_user": os._exit(0)
        if result >= 0: print("{FOUND}", name, result)
libc.prctl(38, 0, 0, 0, 0); libc.prctl(4, 0, 0, 0, 0)
""",
    ),
    Attack(
        "a set-user-id program",
        37,
        f"""
import glob, subprocess
for program in ("su", "sudo", "mount", "newuidmap", "bwrap", "unshare"):
    done = subprocess.run([program, "-r", "id"] if program == "unshare" else [program, "--help"],
                          capture_output=True, text=True) if glob.glob("/usr/bin/" + program) else None
    if done and "uid=0" in done.stdout: print("{FOUND}", program)
""",
    ),
    Attack(
        "kills whatever it can",
        38,
        """
import os, signal
for pid in [1, os.getppid(), *range(2, 60)]:
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        if pid != os.getpid():
            try:
                os.kill(pid, number)
            except OSError:
                pass
try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass
os.killpg(0, signal.SIGCONT)
""",
    ),
    Attack(
        "leaves a daemon behind",
        39,
        f"""
import ctypes, os, subprocess, time
subprocess.Popen(["sleep", "{STAYS}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{STAYS}"])
    os._exit(0)
""",
        honest(),
        ALL,
    ),
    Attack(
        "works on after the end",
        40,
        f"""
import atexit, threading, time, signal
def on():
    while True:
        print("5"); time.sleep(0.01)
class Last:
    def __del__(self): time.sleep({STAYS})
keep = Last()
atexit.register(time.sleep, {STAYS})
threading.Thread(target=on).start()
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
    signal.signal(number, signal.SIG_IGN)
""",
        honest(),
        ALL,
    ),
]
