"""Give up everything a kernel does not need: what the process that becomes a kernel does to itself.

Linux alone. Python 3.11 has neither unshare nor mount, so the calls go through libc. Nothing here is a
secret: the student's code cannot undo any of it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from typing import Any

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP = 0x10000000, 0x20000000, 0x40000000, 0x2000000
NAMESPACES = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 4, 24, 36
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
LAST_CAPABILITY = 63
INSIDE_UID = 65534
HOME = "/home/student"

# Numbers of system calls that no notebook needs: namespaces and mounts, other processes' memory, keys, kernel
# interfaces with a long history of holes, and memory that no watchdog sees (memfd, System V segments).
DENIED = {
    "x86_64": (
        0xC000003E,
        56,  # clone
        435,  # clone3
        (
            29,
            30,
            31,
            68,
            69,
            70,
            71,
            101,
            103,
            134,
            155,
            161,
            163,
            164,
            165,
            166,
            167,
            168,
            169,
            170,
            171,
            172,
        )
        + (173, 174, 175, 176, 177, 178, 179, 180, 212, 216, 227, 237, 238, 239, 246, 248)
        + (249, 250, 256, 272, 278, 279, 298, 300, 301, 303, 304, 305, 308, 310, 311, 312, 313, 319, 320, 321)
        + (323, 425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442, 443, 444, 445, 446, 447),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        435,
        (39, 40, 41, 42, 51, 58, 60, 89, 97, 104, 105, 106, 112, 116, 117, 142, 161, 162, 170, 186, 187, 188)
        + (189, 194, 195, 196, 197, 217, 218, 219, 224, 225, 235, 236, 237, 238, 239, 241, 262, 263, 264, 265)
        + (266, 268, 270, 271, 272, 273, 279, 280, 282, 294, 425, 426, 427, 428, 429, 430, 431, 432, 433, 438)
        + (440, 442, 443, 444, 445, 446, 447),
    ),
}


def libc() -> Any:
    """The C library, with errno kept."""
    return ctypes.CDLL(None, use_errno=True)


def must(result: int, what: str) -> None:
    """Raise OSError for a C call that failed: a protection that does not hold must stop the kernel."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount_tmpfs(path: str, options: str) -> None:
    """An empty file system in memory, over whatever is at `path`."""
    flags = MS_NOSUID | MS_NODEV
    must(libc().mount(b"tmpfs", path.encode(), b"tmpfs", flags, options.encode()), f"mount {path}")


def die_with_parent() -> None:
    """SIGKILL this process when its parent ends."""
    must(libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none escapes a kill."""
    libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def enter_namespaces(as_root: bool) -> None:
    """Leave the fork server's namespaces; pid 1 of the new one will be the next child."""
    uid, gid = os.getuid(), os.getgid()
    must(libc().unshare(NAMESPACES | (0 if as_root else CLONE_NEWUSER)), "unshare")
    if not as_root:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{INSIDE_UID} {uid} 1"),
            ("gid_map", f"{INSIDE_UID} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    must(libc().mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "make mounts private")


def mount_private(disk_mb: int, inodes: int) -> None:
    """The file systems a kernel may write to, all of them in memory and of limited size."""
    size = f"size={disk_mb}m,nr_inodes={inodes}"
    mount_tmpfs("/tmp", f"{size},mode=1777")
    mount_tmpfs(HOME, f"{size},mode=755")
    mount_tmpfs("/dev/shm", f"{size},mode=1777")
    if libc().mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV, None) != 0:
        # Within bubblewrap's user namespace a new /proc is refused. The old one would show the neighbours.
        mount_tmpfs("/proc", "size=64k,nr_inodes=16,mode=555")


def limit_resources(limits: dict[str, Any], own_user: bool) -> None:
    """Limits that the system counts per process, and per user where the kernel is a user of its own."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    memory, disk = limits["memory_mb"] << 20, limits["disk_mb"] << 20
    wanted = {
        resource.RLIMIT_AS: mapped + memory * 7 // 8,  # a MemoryError comes before the watchdog
        resource.RLIMIT_CPU: int(limits["notebook_seconds"]) + 5,
        resource.RLIMIT_FSIZE: disk,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if own_user:
        wanted[resource.RLIMIT_NPROC] = limits["processes"]
    for kind, value in wanted.items():
        most = resource.getrlimit(kind)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (value, value))


def become(uid: int) -> None:
    """Another user for good: one of its own for every kernel, so that limits per user are limits per kernel."""
    os.chown(HOME, uid, uid)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    _drop_bounding_set()
    os.setresuid(uid, uid, uid)
    libc().prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # /proc/self is the kernel's own again


def drop_capabilities() -> None:
    """Not one capability left, nor a way to get one back."""

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    class Sets(ctypes.Structure):
        _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("kept", ctypes.c_uint32))

    _drop_bounding_set()
    header, none = Header(0x20080522, 0), (Sets * 2)()
    must(libc().capset(ctypes.byref(header), none), "capset")
    must(libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _drop_bounding_set() -> None:
    c = libc()
    for capability in range(LAST_CAPABILITY + 1):
        c.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def deny_system_calls() -> bool:
    """Install the list above as a seccomp filter; False on a machine whose numbers are not in it."""
    if platform.machine() not in DENIED:
        return False
    architecture, clone, clone3, denied = DENIED[platform.machine()]
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, refuse, unknown = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
    number, arch, first_argument = 0, 4, 16
    fresh = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    program = [(load, 0, 0, arch), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, number)]
    if platform.machine() == "x86_64":
        program += [(at_least, 0, 1, 0x40000000), (give, 0, 0, refuse)]  # the x32 numbers
    for call in denied:
        program += [(equal, 0, 1, call), (give, 0, 0, refuse)]
    # clone with a namespace flag; clone3 hides its flags, and the C library does without it
    program += [(equal, 0, 4, clone), (load, 0, 0, first_argument), (any_bit, 0, 1, fresh | CLONE_NEWCGROUP)]
    program += [(give, 0, 0, refuse), (load, 0, 0, number)]
    program += [(equal, 0, 1, clone3), (give, 0, 0, unknown), (give, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    whole = Program(len(program), ctypes.addressof(code))
    must(libc().prctl(PR_SET_SECCOMP, 2, ctypes.byref(whole), 0, 0), "seccomp")
    return True
