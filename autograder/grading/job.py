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
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from functools import lru_cache
from typing import Any

from autograder import adaptations
from autograder.notebook.merge import exercise_of, nbgrader_metadata
from autograder.notebook.sanitize import clean_outputs
from autograder.sandbox.limits import Limits
from autograder.sandbox.withheld import NOTHING_WITHHELD, WithheldParts

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
    withheld: WithheldParts = NOTHING_WITHHELD,
    files: dict[str, bytes],
    writable: tuple[str, ...] = (),
    undrawn: tuple[int, ...] = (),
    locate_seconds: float = 0.0,
    exercise_files: dict[str, str] | None = None,
) -> bytes:
    """Pack a job.

    Args:
        cells: the notebook's cells, merged with the release's.
        seeds: for each exercise the seed of its probes.
        withheld: what of convlib is not available inside.
        files: what lies beside the notebook, read-only.
        writable: names of those that may be written to.
        undrawn: numbers of the cells whose pictures are not drawn.
        locate_seconds: time to look for the lines at fault, once everything is graded; 0: nobody looks.
        exercise_files: exercises that the course brings along. The judge reads them; they never enter the
            sandbox.
    """
    return json.dumps(
        {
            "cells": cells,
            "seeds": seeds,
            "limits": asdict(limits),
            "launcher": launcher,
            "withheld": astuple(withheld),
            "undrawn": undrawn,
            "locate_seconds": locate_seconds,
            "exercise_files": exercise_files or {},
            "writable": writable,
            "files": {name: base64.b64encode(data).decode() for name, data in files.items()},
        }
    ).encode()


def run_job(data: bytes) -> bytes:
    """Do a job; may be called from several threads at once.

    Returns:
        JSON: `status` is "done" (with `outputs`, `verdicts` and `unnamed` by the cell's number, `faults`,
        `left_running`, `seconds`), "failed" (the machine's fault: try again) or "unavailable" (no sandbox is
        possible here); `reason` says more. `unnamed` has a digest of each wrong answer that no named bug
        explains: equal digests, equal answers to the public probes.
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
        adaptations.at_exit_before_threads_end(self.close)

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine there, from any other thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def sandbox(self, job: dict[str, Any]) -> Any:
        """The sandbox for jobs of this kind, made on first use."""
        from autograder.sandbox import Sandbox

        if job["launcher"] not in ("bubblewrap", "process"):
            raise ValueError(f"no launcher is called {job['launcher']!r}")
        key = json.dumps([job["launcher"], job["limits"], job["withheld"]])
        async with self.opening:
            if key not in self.sandboxes:
                limits = Limits(**job["limits"])
                withheld = WithheldParts(*map(tuple, job["withheld"]))
                made = Sandbox(job["launcher"], limits, withheld)
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
    wrong: dict[int, Any] = {}
    stopped: dict[str, _StoppedCell] = {}  # by the answer that it is, and the functions that it would define
    times = {"start": 0.0, "cells": 0.0, "judge": 0.0, "locate": 0.0, "report": 0.0}

    def spent(what: str, since: float) -> float:
        now = time.perf_counter()
        times[what] = round(times[what] + now - since, 4)
        return now

    now = time.perf_counter()
    kernel = await sandbox.start(files=files, writable=job["writable"])
    now = spent("start", now)
    try:
        for number, cell in enumerate(job["cells"]):
            if cell["cell_type"] != "code":
                continue
            exercise = exercise_of(cell)
            if exercise is not None:
                judged = await _judge(exercise, kernel, job["seeds"][exercise])
                verdict = judged.verdict
                if exercise in stopped and (told := _told(judged, stopped[exercise])) is not None:
                    verdict = told
                    faults = [fault for fault in faults if fault not in stopped[exercise].faults]
                faults += _causes(judged.results, unbound)
                now = spent("judge", now)
                verdicts[str(number)] = verdict.to_json()
                if judged.digest:
                    unnamed[str(number)] = judged.digest
                if judged.results and not verdict.bugs:  # a name says more than a line, and costs no search
                    wrong[number] = judged
                continue
            source = "".join(cell["source"])
            if not source.strip():
                continue
            run = await kernel.run_cell(source, pictures=number not in job["undrawn"])
            outputs[str(number)] = clean_outputs(run.outputs)
            found = _faults(cell, number, run)
            faults += found
            if run.status != "ok":
                unbound |= dict.fromkeys(_binds(source), _stopped(number, run))
                names = [nbgrader_metadata(cell).get("grade_id", ""), *defined_names(source)]
                stopped |= dict.fromkeys(names, _StoppedCell(source, _said(run), found))
            now = spent("cells", now)
        if wrong and job["locate_seconds"] > 0:
            verdicts |= await _located(wrong, job, kernel)
            now = spent("locate", now)
    finally:
        end = await kernel.kill()
    for number, cell in enumerate(job["cells"]):
        if str(number) in verdicts:
            points = float(nbgrader_metadata(cell)["points"])
            outputs[str(number)] = verdict_outputs(verdicts[str(number)], points)
    spent("report", now)
    return {
        "outputs": outputs,
        "verdicts": verdicts,
        "unnamed": unnamed,
        "faults": faults,
        "times": times,
        "left_running": _left_running(end.programs, kernel.threads),
    }


def _left_running(programs: int, threads: int) -> str:
    """What of a notebook still ran when it was done with, in words."""
    counts = [(programs, "program"), (threads, "thread")]
    return " and ".join(f"{n} {what}{'s' if n > 1 else ''}" for n, what in counts if n)


@lru_cache(maxsize=1)
def _take_over(files: str) -> None:
    """Use the exercises that a course brings along; all jobs of a run have the same."""
    from autograder import exercises

    exercises.use(json.loads(files))


@dataclass(frozen=True)
class _Judged:
    """An answer, judged.

    Attributes:
        digest: of an unnamed wrong answer's values, "" where there is none to compare.
        results: of every probe, where a line may be at fault.
        missing: whether there was no function to call.
    """

    exercise: Any
    verdict: Any
    digest: str
    results: Sequence[Any]
    missing: bool


async def _judge(exercise: str, kernel: Any, seed: int) -> _Judged:
    """Judge an answer: the judge works in a thread, the kernel in this loop."""
    from autograder import exercises

    asked = exercises.get(exercise)
    return await asyncio.to_thread(_judged, asked, kernel.caller(asked.seconds), seed)


def _judged(asked: Any, caller: Any, seed: int) -> _Judged:
    """Judge; what failed without a named bug is asked once more, unless some call never came back."""
    from autograder.judging import judge_with
    from autograder.judging.fingerprint import Watched, fingerprint

    watched = Watched(caller)
    kept: list[Any] = []
    # Asked for a line only where answers are always the same; it is looked for once the notebook is graded.
    verdict = judge_with(asked, watched, seed, lambda results, _seconds: kept.extend(results))
    comparable = kept and not verdict.bugs and not watched.silent
    try:
        digest = fingerprint(asked, watched) if comparable else ""
    except (ArithmeticError, TypeError, ValueError):  # a group is not worth a verdict
        digest = ""
    return _Judged(asked, verdict, digest, kept, watched.missing)


async def _located(wrong: Mapping[int, _Judged], job: dict[str, Any], kernel: Any) -> dict[str, Any]:
    """The verdicts on wrong answers with lines where they were found, as JSON."""
    from autograder.grading.locating import Locating, Wrong

    sources = [
        "".join(cell["source"]) if cell["cell_type"] == "code" and exercise_of(cell) is None else ""
        for cell in job["cells"]
    ]
    asked = [Wrong(one.exercise, one.verdict, one.results, sources[:number]) for number, one in wrong.items()]
    seconds = float(job["locate_seconds"])
    await kernel.end_after(seconds)
    found = await asyncio.to_thread(Locating(kernel.caller(), seconds).verdicts, asked)
    return {str(number): verdict.to_json() for number, verdict in zip(wrong, found, strict=True)}


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
        body = adaptations.syntax_tree(plain).body
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


@dataclass(frozen=True)
class _StoppedCell:
    """A cell that did not reach its end.

    Attributes:
        said: what it ended with.
        faults: what the table says of it.
    """

    source: str
    said: str
    faults: list[str]


def _told(judged: _Judged, cell: _StoppedCell) -> Any:
    """What a stopped cell says of the answer in it; None where the verdict itself says enough."""
    from autograder.judging.judge import unreadable_verdict

    verdict = judged.verdict
    if not judged.missing or verdict.status != "unanswered":
        return None
    if (unreadable := unreadable_verdict(judged.exercise, cell.source)) is not None:
        return unreadable
    why = f"The cell with {verdict.exercise} did not run: {cell.said}. So there is no function to check."
    lines = [replace(line, message="the cell did not run") for line in verdict.requirements]
    return replace(verdict, status="failed", message=why, requirements=lines)


def _said(run: Any) -> str:
    """What a cell ended with that did not reach its end."""
    errors = [output for output in run.outputs if output.get("output_type") == "error"]
    said = [f"{error.get('ename', '')!s:.60}: {error.get('evalue', '')!s:.100}" for error in errors[:1]]
    return (said or [run.status])[0].strip(": ")


def _stopped(number: int, run: Any) -> str:
    """Why a cell ended before its end."""
    return f"cell {number + 1} stopped before its end ({_said(run)})"


def _causes(results: Sequence[Any], unbound: dict[str, str]) -> list[str]:
    """Why a name is missing that an earlier cell should have given: that cell's own error, said once."""
    from autograder.protocol.calls import Raised

    for failure in (result.failure for result in results):
        if not isinstance(failure, Raised) or failure.type != "NameError":
            continue
        found = re.match(r"name '(\w+)' is not defined", failure.message)  # Python's own words
        cause = unbound.get(found[1]) if found else None
        if found is not None and cause is not None:
            for name in [name for name, why in unbound.items() if why == cause]:
                del unbound[name]
            return [f"{found[1]} is not defined: {cause}"]
    return []


def _faults(cell: dict[str, Any], number: int, run: Any) -> list[str]:
    """What went wrong in a cell, for the table: stops anywhere, exceptions in the answers themselves."""
    name = nbgrader_metadata(cell).get("grade_id") or f"cell {number + 1}"
    if run.status in STOPS:
        return [f"{name} {STOPS[run.status]}"]
    if run.status == "error" and nbgrader_metadata(cell):
        return [f"{name}: {_said(run)}"]
    return []
