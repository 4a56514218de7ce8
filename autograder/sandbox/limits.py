"""How much a submission may use. Every number is a setting: tests make the waits short."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one kernel may use; the defaults leave an honest notebook of this course tenfold room.

    Attributes:
        cell_seconds: wall clock of one cell.
        answer_seconds: wall clock of one script of calls.
        notebook_seconds: wall clock of a kernel's whole work, replays included; idle time is not counted.
            All scripts of one function together have a quarter of it.
        start_seconds: until a kernel must be ready, else it is an infrastructure fault.
        memory_mb: memory of all the kernel's processes together, beyond what an empty kernel holds.
        processes: processes and threads.
        disk_mb: the kernel's own file system, which lives in memory.
        inodes: files and directories on it.
        output_bytes: output of one cell that is kept, of all cells eight times as much; more is cut off
            with a remark.
        messages: output messages of one cell that are kept.
        answer_bytes: the answers to one script; those to all scripts asked at once, eight times as much.
        restarts: how often a kernel that was killed is started again and its earlier cells replayed.
        max_kernel_crashes: scripts of one function that may kill the kernel; the rest is not tried.
    """

    cell_seconds: float = 30.0
    answer_seconds: float = 10.0
    notebook_seconds: float = 180.0
    start_seconds: float = 30.0
    memory_mb: int = 1024
    processes: int = 64
    disk_mb: int = 64
    inodes: int = 4096
    output_bytes: int = 1_000_000
    messages: int = 1000
    answer_bytes: int = 4_000_000
    restarts: int = 12
    max_kernel_crashes: int = 3
