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

# System calls that no notebook needs, by their numbers on x86_64 and aarch64: namespaces and mounts, other
# processes' memory, keys, interfaces with a long history of holes, and memory that no watchdog sees
# (setsockopt makes a socket's buffer larger; a set of semaphores holds 2 MB of the system's own).
_DENIED = """
acct 163 89            add_key 248 217          bpf 321 280              chroot 161 51
clock_adjtime 305 266  clock_settime 227 112    delete_module 176 106    fanotify_init 300 262
fanotify_mark 301 263  finit_module 313 273     fsconfig 431 431         fsmount 432 432
fsopen 430 430         fspick 433 433           init_module 175 105      io_uring_enter 426 426
io_uring_register 427 427  io_uring_setup 425 425  ioperm 173 -          iopl 172 -
kcmp 312 272           kexec_file_load 320 294  kexec_load 246 104       keyctl 250 219
landlock_add_rule 445 445  landlock_create_ruleset 444 444  landlock_restrict_self 446 446
mbind 237 235          memfd_create 319 279     memfd_secret 447 447     migrate_pages 256 238
mount 165 40           mount_setattr 442 442    move_mount 429 429       move_pages 279 239
msgctl 71 187          msgget 68 186            msgrcv 70 188            msgsnd 69 189
name_to_handle_at 303 264  nfsservctl 180 42    open_by_handle_at 304 265  open_tree 428 428
perf_event_open 298 241  pidfd_getfd 438 438    pivot_root 155 41        process_madvise 440 440
process_vm_readv 310 270  process_vm_writev 311 271  ptrace 101 117     quotactl 179 60
quotactl_fd 443 443    reboot 169 142           request_key 249 218      semctl 66 191
semget 64 190          semop 65 193             semtimedop 220 192       set_mempolicy 238 237
setdomainname 171 162  sethostname 170 161      setns 308 268            setsockopt 54 208
settimeofday 164 170
shmat 30 196           shmctl 31 195            shmget 29 194            swapoff 168 225
swapon 167 224         syslog 103 116           umount2 166 39           unshare 272 97
userfaultfd 323 282    uselib 134 -             vhangup 153 58           vmsplice 278 75
"""
_WORDS = _DENIED.split()


def _numbers(column: int) -> list[int]:
    return [int(word) for word in _WORDS[column::3] if word != "-"]


# By machine: what it calls itself in a filter, the numbers of clone, clone3 and fcntl, and what is denied.
MACHINES = {
    "x86_64": (0xC000003E, 56, 435, 72, _numbers(1)),
    "aarch64": (0xC00000B7, 220, 435, 25, _numbers(2)),
}
# What fcntl may not do: lock ranges of bytes (F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW). A file can have
# millions, each some 200 bytes of the system's memory; flock's are no more than the open files.
RANGE_LOCKS = (6, 7, 37, 38)
# A terminal holds up to 640 KB in each direction that nobody reads. A command after ! takes one.
MOST_TERMINALS = 8


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
    terminals = f"newinstance,ptmxmode=0666,mode=620,max={MOST_TERMINALS}"
    must(libc().mount(b"devpts", b"/dev/pts", b"devpts", MS_NOSUID, terminals.encode()), "mount /dev/pts")
    if libc().mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV, None) != 0:
        # Within bubblewrap's user namespace a new /proc is refused. The old one would show the neighbours.
        mount_tmpfs("/proc", "size=64k,nr_inodes=16,mode=555")


def mapped_bytes() -> int:
    """The address space that this process has; to be asked while there is a /proc."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def limit_resources(limits: dict[str, Any], mapped: int, own_user: bool) -> None:
    """Limits that the system counts per process, and per user where the kernel is a user of its own."""
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
    """Another user for good: each kernel is one of its own, so that limits per user are limits per kernel."""
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
    if platform.machine() not in MACHINES:
        return False
    architecture, clone, clone3, fcntl, denied = MACHINES[platform.machine()]
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, refuse, unknown = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
    number, arch, first_argument, second_argument = 0, 4, 16, 24
    fresh = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    program = [(load, 0, 0, arch), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, number)]
    if platform.machine() == "x86_64":
        program += [(at_least, 0, 1, 0x40000000), (give, 0, 0, refuse)]  # the x32 numbers
    for call in denied:
        program += [(equal, 0, 1, call), (give, 0, 0, refuse)]
    # clone with a namespace flag; clone3 hides its flags, and the C library does without it
    program += [(equal, 0, 4, clone), (load, 0, 0, first_argument), (any_bit, 0, 1, fresh | CLONE_NEWCGROUP)]
    program += [(give, 0, 0, refuse), (load, 0, 0, number)]
    program += [(equal, 0, 1, clone3), (give, 0, 0, unknown)]
    program += [(equal, 0, len(RANGE_LOCKS) + 1, fcntl), (load, 0, 0, second_argument)]
    program += [(equal, len(RANGE_LOCKS) - n, 0, what) for n, what in enumerate(RANGE_LOCKS)]
    program += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    whole = Program(len(program), ctypes.addressof(code))
    must(libc().prctl(PR_SET_SECCOMP, 2, ctypes.byref(whole), 0, 0), "seccomp")
    return True
