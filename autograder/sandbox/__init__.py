"""A kernel that can do no harm, and how to ask it.

Grading uses it so, in a worker that has one asyncio loop and one sandbox (= one fork server):

    async with Sandbox("bubblewrap", limits, WithheldParts(modules=("convlib.fast",))) as sandbox:
        kernel = await sandbox.start(files={"photo.npy": b"..."})     # an idle kernel that was forked ahead
        try:
            run = await kernel.run_cell("def relu(x): ...")           # CellRun(outputs, status, seconds)
            answers = await kernel.answers(scripts)                   # list[tuple[Answer, ...]], one a script
            verdict = await asyncio.to_thread(judge_with, exercise, kernel.caller(), seed)
        finally:
            await kernel.kill()                                       # milliseconds; nothing is left

- `run_cell` never raises for what the student's code does. `status` is "ok", "error" (an exception, in the
  outputs), "timeout", "crash", "memory" or "output" (more than a hundredfold of what is kept). `outputs` are
  nbformat's dictionaries (stream, display_data, execute_result, error): bounded, HTML not yet sanitised.
- A `Kernel` is the notebook as it stands, and outlives its own process: after a timeout, crash or memory
  death the next `run_cell` or `answers` starts a fresh process and replays the earlier cells, all but those
  that killed one. Nobody else has to restart or replay anything.
- `answers` gives `NoAnswer("timeout" | "crash" | "memory" | "too large" | "missing")` where a call did not
  return; the scripts after it are answered by a fresh process. As in a notebook, the namespace is the
  student's: each script looks its functions up in it by name.
- `kernel.caller()` is the `Caller` of `autograder.protocol.calls`, for another thread than the loop's.
- `SandboxFailed` is an infrastructure fault (the fork server died, a kernel did not come up twice): never a
  zero, always "not graded". `SandboxUnavailable`, one of its kind, is raised on entering where no sandbox is
  possible; its text is the one line to show. After `SandboxFailed` leave the sandbox and enter a new one.
- `WithheldParts`: modules of convlib that do not exist inside, and names that only raise. They belong to the
  fork server: lessons with different ones need different sandboxes.
- `mine(name)` inside also looks into `given.py` among the files, for what convlib lacks (`correlate1d`, say).
- Inside, `autograder` is a stub: `check(...)` does nothing, `mine(name)` gives convlib's own, `is_mine(name)`
  is False, nothing else exists; so the test cells may be run, but there is no need to.
- `protections(launcher, limits)` tries what holds here, for `doctor`: `Protection(name, holds, how)`, a list.
- Launchers: "bubblewrap" (everything of SECURITY.md) and "process" (own process group, resource limits, a
  watchdog on memory: no protection of files or of the network; for --unsafe-no-sandbox and harmless members).
"""

from __future__ import annotations

from autograder.sandbox.kernel import CellRun, Kernel
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import SandboxFailed, SandboxUnavailable, Status
from autograder.sandbox.protections import Protection, protections
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.withheld import WithheldParts

__all__ = [
    "CellRun",
    "Kernel",
    "Limits",
    "Protection",
    "Sandbox",
    "SandboxFailed",
    "SandboxUnavailable",
    "Status",
    "WithheldParts",
    "protections",
]
