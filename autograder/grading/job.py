"""One submission, bytes in, bytes out: its cells run in a sandbox, its answers judged in place of the tests.

A job knows no course, no files and no gradebook, so that any `concurrent.futures.Executor` can do it, here or
elsewhere. What a student's code does is in the result; what goes wrong with the machine is never a score.
"""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import math
import re
import threading
import time
from collections.abc import Coroutine
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from autograder.notebook.merge import exercise_of, nbgrader_metadata
from autograder.notebook.sanitize import clean_outputs
from autograder.sandbox.limits import Limits

# What a stop of each kind is called in the table and in the notebook.
STOPS = {
    "timeout": "ran longer than it may",
    "crash": "made Python crash",
    "memory": "took more memory than it may",
    "output": "printed without end",
}


def make_job(
    cells: list[dict[str, Any]],
    seeds: dict[str, int],
    *,
    limits: Limits,
    launcher: str,
    hidden_modules: tuple[str, ...] = (),
    withheld: tuple[str, ...] = (),
    files: dict[str, bytes],
    undrawn: tuple[int, ...] = (),
    exercise_files: dict[str, str] | None = None,
) -> bytes:
    """Pack a job.

    Args:
        cells: the notebook's cells, merged with the release's.
        seeds: for each exercise the seed of its probes.
        hidden_modules: modules of convlib that do not exist inside.
        withheld: functions of convlib that only raise inside.
        files: what lies beside the notebook.
        undrawn: numbers of the cells whose pictures are not drawn.
        exercise_files: exercises that the course brings along. The judge reads them; they never enter the
            sandbox.
    """
    return json.dumps(
        {
            "cells": cells,
            "seeds": seeds,
            "limits": asdict(limits),
            "launcher": launcher,
            "hidden_modules": hidden_modules,
            "withheld": withheld,
            "undrawn": undrawn,
            "exercise_files": exercise_files or {},
            "files": {name: base64.b64encode(data).decode() for name, data in files.items()},
        }
    ).encode()


def run_job(data: bytes) -> bytes:
    """Do a job; may be called from several threads at once.

    Returns:
        JSON: `status` is "done" (with `outputs`, `verdicts` and `unnamed` by the cell's number, `faults`,
        `seconds`), "failed" (the machine's fault: try again) or "unavailable" (no sandbox is possible here);
        `reason` says more. `unnamed` has a digest of each wrong answer that no named bug explains: equal
        digests, equal answers to the public probes.
    """
    return json.dumps(run_job_result(data)).encode()


def run_job_result(data: bytes) -> dict[str, Any]:
    """Do a job in this process."""
    return dict(_runtime().call(_do(json.loads(data))))


class _Runtime:
    """This process's event loop, in a thread of its own, and its sandboxes."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.sandboxes: dict[str, Any] = {}
        self.opening = asyncio.Lock()
        threading.Thread(target=self.loop.run_forever, daemon=True, name="sandboxes").start()
        # Leaving a sandbox takes threads, and when atexit's turn comes no new ones may be started.
        threading._register_atexit(self.close)  # type: ignore[attr-defined]

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine there, from any other thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def sandbox(self, job: dict[str, Any]) -> Any:
        """The sandbox for jobs of this kind, made on first use."""
        from autograder.sandbox import Sandbox

        if job["launcher"] not in ("bubblewrap", "process"):
            raise ValueError(f"no launcher is called {job['launcher']!r}")
        key = json.dumps([job["launcher"], job["limits"], job["hidden_modules"], job["withheld"]])
        async with self.opening:
            if key not in self.sandboxes:
                limits = Limits(**job["limits"])
                made = Sandbox(
                    job["launcher"], limits, hidden_modules=job["hidden_modules"], withheld=job["withheld"]
                )
                await made.__aenter__()
                self.sandboxes[key] = made
            return self.sandboxes[key]

    async def discard(self, sandbox: Any) -> None:
        """Leave a sandbox that failed; the next job opens a new one."""
        for key in [key for key, value in self.sandboxes.items() if value is sandbox]:
            del self.sandboxes[key]
            await sandbox.__aexit__(None, None, None)

    async def _leave(self) -> None:
        for sandbox in list(self.sandboxes.values()):
            await self.discard(sandbox)

    def close(self) -> None:
        """Leave every sandbox."""
        if self.loop.is_running():
            self.call(self._leave())
            self.loop.call_soon_threadsafe(self.loop.stop)


_made: list[_Runtime] = []
_making = threading.Lock()


def _runtime() -> _Runtime:
    with _making:
        if not _made:
            _made.append(_Runtime())
        return _made[0]


def close() -> None:
    """Leave this process's sandboxes now; the next job makes new ones."""
    with _making:
        while _made:
            _made.pop().close()


async def _do(job: dict[str, Any]) -> dict[str, Any]:
    from autograder.sandbox import SandboxFailed, SandboxUnavailable

    started = time.perf_counter()
    reason = ""
    for _ in range(2):
        sandbox = None
        try:
            sandbox = await _runtime().sandbox(job)
            result = await _run(job, sandbox)
            return {"status": "done", "seconds": time.perf_counter() - started, **result}
        except SandboxUnavailable as error:
            return {"status": "unavailable", "reason": str(error)}
        except (SandboxFailed, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            if sandbox is not None:
                await _runtime().discard(sandbox)
        except Exception as error:  # a fault of ours is no zero of a student's either
            return {"status": "failed", "reason": f"{type(error).__name__}: {error}"[:500]}
    return {"status": "failed", "reason": reason[:500]}


async def _run(job: dict[str, Any], sandbox: Any) -> dict[str, Any]:
    """Run the cells in order, and judge where a test cell stands."""
    from autograder.judging.unreadable import defined_names

    _take_over(json.dumps(job["exercise_files"]))
    files = {name: base64.b64decode(data) for name, data in job["files"].items()}
    outputs: dict[str, list[dict[str, Any]]] = {}
    verdicts: dict[str, dict[str, Any]] = {}
    unnamed: dict[str, str] = {}
    faults: list[str] = []
    unbound: dict[str, str] = {}
    unread: dict[str, str] = {}
    times = {"start": 0.0, "cells": 0.0, "judge": 0.0, "report": 0.0}

    def spent(what: str, since: float) -> float:
        now = time.perf_counter()
        times[what] = round(times[what] + now - since, 4)
        return now

    now = time.perf_counter()
    kernel = await sandbox.start(files=files)
    now = spent("start", now)
    try:
        for number, cell in enumerate(job["cells"]):
            if cell["cell_type"] != "code":
                continue
            exercise = exercise_of(cell)
            if exercise is not None:
                verdict, digest = await _judge(exercise, kernel, job["seeds"][exercise])
                verdict = _unless_unreadable(exercise, verdict, unread)
                faults += _causes(verdict["message"], unbound)
                now = spent("judge", now)
                verdicts[str(number)] = verdict
                if digest:
                    unnamed[str(number)] = digest
                outputs[str(number)] = verdict_outputs(verdict, float(nbgrader_metadata(cell)["points"]))
                now = spent("report", now)
                continue
            source = "".join(cell["source"])
            if not source.strip():
                continue
            run = await kernel.run_cell(source, pictures=number not in job["undrawn"])
            outputs[str(number)] = clean_outputs(run.outputs)
            faults += _faults(cell, number, run)
            if run.status != "ok":
                unbound |= dict.fromkeys(_binds(source), _stopped(number, run))
                unread |= dict.fromkeys(defined_names(source), source)
            now = spent("cells", now)
    finally:
        await kernel.kill()
    return {"outputs": outputs, "verdicts": verdicts, "unnamed": unnamed, "faults": faults, "times": times}


@lru_cache(maxsize=1)
def _take_over(files: str) -> None:
    """Use the exercises that a course brings along; all jobs of a run have the same."""
    from autograder import exercises

    exercises.use(json.loads(files))


async def _judge(exercise: str, kernel: Any, seed: int) -> tuple[dict[str, Any], str]:
    """The verdict on an answer, as JSON, and the digest of an unnamed wrong one.

    The judge works in a thread, the kernel in this loop.
    """
    from autograder import exercises

    asked = exercises.get(exercise)
    return await asyncio.to_thread(_judged, asked, kernel.caller(asked.seconds), seed)


def _judged(asked: Any, caller: Any, seed: int) -> tuple[dict[str, Any], str]:
    """Judge; what failed without a named bug is asked once more, unless some call never came back."""
    from autograder.judging import judge_with
    from autograder.judging.fingerprint import Watched, fingerprint
    from autograder.judging.judge import RANDOM

    watched = Watched(caller)
    verdict = judge_with(asked, watched, seed)
    unnamed = verdict.status == "failed" and not verdict.bugs
    comparable = unnamed and not watched.silent and verdict.message != RANDOM
    try:
        return verdict.to_json(), fingerprint(asked, watched) if comparable else ""
    except (ArithmeticError, TypeError, ValueError):  # a group is not worth a verdict
        return verdict.to_json(), ""


def verdict_outputs(verdict: dict[str, Any], points: float) -> list[dict[str, Any]]:
    """A verdict as a test cell's outputs.

    nbgrader takes the first execute_result, error or stderr for the score, no score for full marks, a score
    that is no number for full marks too, and gives up the whole notebook where it is more than the points.
    """
    from autograder import report

    shown = {"text/html": report.html(verdict), "text/plain": report.text(verdict)}
    score = {"text/plain": repr(points_of(verdict, points))}
    return [
        {"output_type": "display_data", "data": shown, "metadata": {}},
        {"output_type": "execute_result", "data": score, "metadata": {}, "execution_count": None},
    ]


def points_of(verdict: dict[str, Any], points: float) -> float:
    """What a verdict earns: a finite number from 0 to the cell's points."""
    share = float(verdict["score"])
    if not math.isfinite(share):
        return 0.0
    return round(min(max(share, 0.0), 1.0) * points, 4)


def _binds(source: str) -> set[str]:
    """The names that a cell's imports, definitions and assignments give; lines for IPython aside."""
    plain = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    try:
        body = ast.parse(plain).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names: set[str] = set()
    for part in body:
        if isinstance(part, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in part.names}
        elif isinstance(part, ast.FunctionDef | ast.ClassDef):
            names.add(part.name)
        elif isinstance(part, ast.Assign):
            names |= {target.id for target in part.targets if isinstance(target, ast.Name)}
    return names


def _unless_unreadable(exercise: str, verdict: dict[str, Any], unread: dict[str, str]) -> dict[str, Any]:
    """The verdict; where a function is missing because Python could not read its cell, what stands there."""
    from autograder import exercises
    from autograder.judging.judge import unreadable_verdict

    if verdict["status"] != "unanswered" or exercise not in unread:
        return verdict
    found = unreadable_verdict(exercises.get(exercise), unread[exercise])
    return verdict if found is None else found.to_json()


def _stopped(number: int, run: Any) -> str:
    """Why a cell ended before its end."""
    errors = [output for output in run.outputs if output.get("output_type") == "error"]
    said = [f"{error.get('ename', '')!s:.60}: {error.get('evalue', '')!s:.100}" for error in errors[:1]]
    return f"cell {number + 1} stopped before its end ({(said or [run.status])[0].strip(': ')})"


def _causes(message: str, unbound: dict[str, str]) -> list[str]:
    """Why a name is missing that an earlier cell should have given: that cell's own error, said once."""
    found = re.search(r"NameError: name '(\w+)' is not defined", message)
    cause = unbound.pop(found[1], None) if found else None
    if found is None or cause is None:
        return []
    for name in [name for name, why in unbound.items() if why == cause]:
        del unbound[name]
    return [f"{found[1]} is not defined: {cause}"]


def _faults(cell: dict[str, Any], number: int, run: Any) -> list[str]:
    """What went wrong in a cell, for the table: stops anywhere, exceptions in the answers themselves."""
    name = nbgrader_metadata(cell).get("grade_id") or f"cell {number + 1}"
    if run.status in STOPS:
        return [f"{name} {STOPS[run.status]}"]
    if run.status == "error" and nbgrader_metadata(cell):
        errors = [output for output in run.outputs if output.get("output_type") == "error"]
        said = [f"{error.get('ename', '')!s:.60}: {error.get('evalue', '')!s:.100}" for error in errors[:1]]
        return [f"{name}: {(said or ['error'])[0].strip(': ')}"]
    return []
