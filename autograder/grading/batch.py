"""A class's submissions to a gradebook: several at once, only what changed, nothing lost on the way."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import asdict, astuple, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from autograder.course import assignment, gradebook
from autograder.course.course import Course, CourseError, write_atomically
from autograder.course.gradebook import Handed
from autograder.course.people import shown, student_id
from autograder.course.refusals import in_words, is_server_down
from autograder.grading import cache, intake, late, timestamps, verdicts
from autograder.grading.job import points_of, run_job
from autograder.grading.packing import finish, pack
from autograder.grading.recognize import Unreadable
from autograder.grading.workers import WorkerLost, Workers
from autograder.notebook import merge
from autograder.notebook.reading import dump, text_of
from autograder.notebook.sanitize import printable

GRADED = "graded"
NOT_GRADED = "not graded"
UNREADABLE = "unreadable"


@dataclass
class Row:
    """What became of one submission: a line of the table.

    Attributes:
        student: the name as the student's folder has it, "" where it is nobody's.
        id: the student's in the gradebook and in autograded/: the name itself, wherever nbgrader can hold it.
        status: "graded", "unreadable" (nothing could be judged) or "not graded" (the machine failed).
        score: the automatic score, None where there is none.
        points: what the test cells are worth.
        total: what counts: points by hand and automatic ones, less the penalty; from the gradebook.
        most: the points of the whole lesson, written answers included.
        penalty: what lateness costs.
        handed_in: when, in UTC; "" where the submission does not say.
        exercises: for each its score, points, status, bugs, lines and message.
        faults: what went wrong in the student's cells.
        remarks: what is odd about the submission; a human should look at it.
        ungraded_written: cells that wait for a human's score, from the gradebook.
        accounts: what became of each file that was handed in, by its path.
        file: the autograded notebook, or what was handed in where there is none; below the course's root.
        why: why it was graded this time, "" where nothing had changed.
        launcher: what kept the student's code in.
        seconds: from the job's beginning to its end; `times` says for what.
    """

    student: str
    lesson: str
    status: str
    score: float | None = None
    points: float = 0.0
    exercises: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    ungraded_written: int = 0
    file: str = ""
    why: str = ""
    launcher: str = ""
    seconds: float = 0.0
    times: dict[str, float] = field(default_factory=dict)
    id: str = ""
    total: float | None = None
    most: float = 0.0
    penalty: float = 0.0
    handed_in: str = ""
    accounts: dict[str, str] = field(default_factory=dict)

    @property
    def bugs(self) -> list[str]:
        """Every bug that was named."""
        return [bug for exercise in self.exercises.values() for bug in exercise["bugs"]]

    @property
    def needs_review(self) -> bool:
        """Whether something about the submission, other than its answers, is not in order."""
        return self.status != GRADED or bool(self.remarks)


class Progress(Protocol):
    """Whoever is told how it goes."""

    def begin(self, total: int) -> None:
        """So many submissions were found."""

    def waiting(self) -> None:
        """Another grader is at work in this course."""

    def row(self, row: Row) -> None:
        """One submission is done with."""


class NoProgress:
    """A progress that says nothing."""

    def begin(self, total: int) -> None:
        """Say nothing."""

    def waiting(self) -> None:
        """Say nothing."""

    def row(self, row: Row) -> None:
        """Say nothing."""


@dataclass
class Task:
    """A submission that is to be graded.

    Attributes:
        found: the files, and whose they are.
        cells: merged with the release's; empty where nothing can be run.
        opened: what was read; None where nothing can be run.
        moment: when it was handed in; None where nobody knows.
        problem: why nothing can be run.
    """

    found: intake.Found
    lesson: assignment.Released
    key: dict[str, str]
    why: str
    launcher: str
    cells: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    opened: intake.Submission | None = None
    moment: datetime | None = None
    timed: bool = False
    problem: str = ""
    attempts: int = 0

    @property
    def student(self) -> str:
        """The student's id in the gradebook."""
        return self.found.student

    @property
    def handed(self) -> Handed:
        """What the gradebook has to know of it."""
        name = self.found.name.encode("utf-8", "backslashreplace").decode()  # a folder's may be no text
        return Handed(self.student, self.lesson.lesson, name, self.moment, self.timed)

    def row(self, status: str, **facts: Any) -> Row:
        """A row of the table with what is known of it anyway."""
        points = sum(self.lesson.points().values())
        handed_in = timestamps.written(self.moment) if self.moment else ""
        return Row(
            shown(self.found.name),
            self.lesson.lesson,
            status,
            points=points,
            why=self.why,
            id=self.student,
            handed_in=handed_in,
            **facts,
        )


@dataclass(frozen=True)
class Options:
    """How a class is graded.

    Attributes:
        students: only these; all where empty.
        force: grade again what has not changed, too.
        jobs: worker processes; one for every two processors where 0.
        launcher: another than the course's settings say.
    """

    students: tuple[str, ...] = ()
    force: bool = False
    jobs: int = 0
    launcher: str = ""


def grade(
    course: Course,
    lessons: list[str],
    options: Options = Options(),
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> list[Row]:
    """Grade what was handed in for these lessons.

    Args:
        executor: does the jobs; worker processes of this machine by default.

    Raises:
        CourseError: a lesson is not released, a student handed nothing in, or no sandbox is possible.
    """
    progress = progress or NoProgress()
    with course.lock(progress.waiting):
        return _Batch(course, lessons, options, progress, executor).run()


class _Batch:
    """One run over a class."""

    def __init__(
        self,
        course: Course,
        lessons: list[str],
        options: Options,
        progress: Progress,
        executor: Executor | None,
    ) -> None:
        self.course = course
        self.options = options
        self.progress = progress
        self.executor = executor
        self.own: Workers | None = None
        self.released = {lesson: assignment.load(course, lesson) for lesson in lessons}
        self.launcher = options.launcher or course.grading.launcher
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        # A worker with its fork server costs seconds to start, and waits for its kernels most of the time.
        self.jobs = options.jobs or (processors + 1) // 2
        self.at_once = min(course.grading.submissions_per_worker, 2 * processors)
        self.rows: list[Row] = []
        self.kept: dict[str, str] = {}
        self.others: dict[str, dict[str, Any] | None] = {}
        self.saver: gradebook.GradebookWriter | None = None
        self.log = (course.state / "grade.log").open("a", encoding="utf-8")

    def run(self) -> list[Row]:
        """Grade; whatever happens, workers and gradebook are closed, and what is done stays done."""
        gradebook.reach(self.course)
        self._sweep()
        found = self._found()
        self.progress.begin(len(found))
        self._say(f"grading {len(found)} submissions of {', '.join(self.released)} with {self.launcher}")
        running: dict[Future[bytes], Task] = {}
        ended = False
        try:
            for task in self._tasks(found):
                if task.problem:
                    self._save_unreadable(task)
                    continue
                self._start(task, running)
                # Two rounds are handed out ahead; the rest is not even in memory.
                while len(running) >= 2 * self._slots():
                    self._finish_some(running)
            while running:
                self._finish_some(running)
            if self.saver:
                self.saver.__exit__(None, None, None)
                self.saver = None
            for student, name in late.refresh(self.course):
                self._say(f"{student} {name}: penalty for lateness computed afresh")
            self._count()
            ended = True
        finally:
            if self.own:
                self.own.shutdown(wait=True, cancel_futures=not ended)
            if self.saver:
                self.saver.__exit__(None, None, None)
            self._say("done" if ended else "stopped before the end: the same command goes on from here")
            self.log.close()
        return sorted(self.rows, key=lambda row: (row.lesson, row.student))

    def _slots(self) -> int:
        """How many jobs can run at once; an executor of other machines knows, and it may change."""
        return int(getattr(self.executor, "slots", self.jobs * self.at_once))

    def _sweep(self) -> None:
        """Remove what a killed grader had only half written; nobody else is at work here."""
        for folder in (self.course.folder("autograded"), self.course.state):
            for part in folder.rglob(".*.part"):
                part.unlink(missing_ok=True)

    def _found(self) -> list[intake.Found]:
        """What was handed in; what belongs to nobody is reported on the way."""
        everything = intake.scan(self.course, self.course.lessons(), self._release)
        self.kept = everything.kept
        found = [one for one in everything.found if one.lesson in self.released]
        wanted = {student_id(student): student for student in self.options.students}
        for student, given in wanted.items():
            if not any(one.student == student for one in found):
                raise CourseError(f"no submission of {given!r} for {', '.join(self.released)}")
        if wanted:
            return [one for one in found if one.student in wanted]
        for stray in everything.misplaced_files:
            file = stray.remark.partition(": ")[0]
            self._row(Row("", "", UNREADABLE, remarks=[stray.remark], file=file, accounts=stray.accounts))
        return found

    def _release(self, lesson: str) -> dict[str, Any] | None:
        """A lesson as released, asked for only where a file does not say by its place what it is."""
        if lesson in self.released:
            return self.released[lesson].notebook
        if lesson not in self.others:
            try:
                self.others[lesson] = assignment.load(self.course, lesson).notebook
            except CourseError:
                self.others[lesson] = None
        return self.others[lesson]

    def _tasks(self, found: list[intake.Found]) -> Iterator[Task]:
        """What has to be done; rows of what has not to be are reported on the way."""
        scored = gradebook.scored(self.course)
        due = gradebook.due_dates(self.course)
        for one in found:
            student, name = one.student, one.lesson
            entry = cache.load(self.course, student, name)
            try:
                task = self._task(one, self.released[name], entry, due)
            except Exception as error:  # whatever it is, the others are graded
                fault = f"cannot be read: {_one_line(error)}"
                self._row(Row(shown(one.name), name, NOT_GRADED, faults=[fault], id=student))
                continue
            why = cache.reason(entry, task.key)
            if self.options.force:
                why = why or "asked for"
            if entry and not why and scored is not None and (student, name) not in scored:
                why = "not in the gradebook"
            if (
                entry
                and not why
                and not task.problem
                and not (self.course.root / entry["row"]["file"]).is_file()
            ):
                why = "autograded notebook missing"
            if entry and not why:
                self._row(Row(**{**entry["row"], "why": ""}))
            else:
                task.why = str(why)
                yield task

    def _task(
        self,
        found: intake.Found,
        lesson: assignment.Released,
        entry: dict[str, Any] | None,
        due: dict[tuple[str, str], str],
    ) -> Task:
        """Read a submission and name everything that its result depends on."""
        grading = self.course.grading
        student = found.student
        key = {
            "release": lesson.digest,
            "grader": cache.grader_version(lesson.lesson),
            "seed": cache.digest([self.course.seed(student, name) for name in lesson.points()]),
            "limits": cache.digest(
                [
                    asdict(grading.limits()),
                    self.launcher,
                    astuple(self.course.withheld(lesson.lesson)),
                    grading.render_unchanged_figures,
                    grading.locate_seconds,
                ]
            ),
            "due": "",
        }
        task = Task(found, lesson, key, "", self.launcher)
        task.timed = bool(entry and entry["row"].get("handed_in"))  # it is not there any more: nobody knows
        try:
            opened = intake.read(self.course, found, lesson.notebook, lesson.name, lesson.files)
            try:
                laid = merge.merge_submission(lesson.notebook, opened.cells)
            except merge.NotThisLesson as error:
                raise Unreadable(f"{opened.file}: {error}") from error
        except Unreadable as error:
            task.problem = str(error)
            key["submission"] = cache.digest(task.problem)
            return task
        task.opened = opened
        task.cells = merge.notebook_of(lesson.notebook, laid.cells)["cells"]
        task.remarks = [*opened.remarks, *laid.remarks]
        self._set_moment(task, opened.timestamp)
        if task.moment is not None:
            key["due"] = f"{due.get(('', lesson.lesson))} {due.get((student, lesson.lesson))}"
        files = {name: hashlib.sha256(data).hexdigest() for name, data in opened.files.items()}
        secret = (opened.secret or b"").hex()
        key["submission"] = cache.digest([task.cells, task.remarks, opened.timestamp, files, secret])
        return task

    def _set_moment(self, task: Task, stamp: str | None) -> None:
        """When a submission came; where its time stamp is in doubt, nobody knows, and that is said."""
        if stamp is None:
            return
        task.timed = True
        zone = str(self.course.config.Exchange.get("timezone", "UTC"))
        try:
            task.moment = timestamps.read(stamp, zone)
        except timestamps.Unclear as unclear:
            task.remarks.append(
                f"{intake.TIMESTAMP} says {shown(stamp[:40])!r}: {unclear}. Nobody knows whether it is late: "
                f"{timestamps.WANTED}"
            )

    def _start(self, task: Task, running: dict[Future[bytes], Task]) -> None:
        if self.executor is None:
            self.own = Workers(self.jobs, self.at_once)
            self.own.start()
            self.executor = self.own
            # nbgrader takes seconds to import: they pass while the first submissions run.
            threading.Thread(target=gradebook.prepare, daemon=True).start()
        task.attempts += 1
        beside = task.opened.files if task.opened else {}
        job = pack(self.course, task.lesson, task.student, task.cells, self.launcher, beside)
        running[self.executor.submit(run_job, job)] = task

    def _finish_some(self, running: dict[Future[bytes], Task]) -> None:
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            task = running.pop(future)
            try:
                result = json.loads(future.result())
            except WorkerLost as error:
                result = {"status": "failed", "reason": str(error)}
            if result["status"] == "unavailable":
                raise CourseError(result["reason"])
            if result["status"] == "done":
                self._guard(task, lambda task=task, result=result: self._save(task, result))  # type: ignore[misc]
            elif task.attempts < self.course.grading.max_attempts:
                self._say(f"{task.found.name} {task.lesson.lesson}: {result['reason']}; trying again")
                self._start(task, running)
            else:
                self._not_graded(task, result["reason"])

    def _save(self, task: Task, result: dict[str, Any]) -> None:
        """Write notebook, gradebook, verdicts, then the ledger: killed in between, it is done again."""
        lesson = task.lesson
        started = time.perf_counter()
        left = task.opened.left if task.opened else {}
        finish(task.cells, result, left)
        content = merge.notebook_of(lesson.notebook, task.cells)
        path = self.course.folder("autograded", task.student, lesson.lesson, lesson.name)
        for name, data in lesson.files.items():
            if not (path.parent / name).exists():
                write_atomically(path.parent / name, data, mode=0o444)
        self._carry(task, path.parent)
        write_atomically(path, dump(content), mode=0o444)
        self._saver().save(task.handed, lesson.stem, content)
        row = self._graded(task, result)
        row.file = path.relative_to(self.course.root).as_posix()
        self._keep(task, row, result)
        row.times["save"] = round(time.perf_counter() - started, 4)
        cache.store(self.course, task.student, lesson.lesson, task.key, asdict(row))
        self._row(row)

    def _keep(self, task: Task, row: Row, result: dict[str, Any]) -> None:
        """Keep the verdicts, and for answers without a name what groups them."""
        names = {number: str(merge.exercise_of(task.cells[int(number)])) for number in result["verdicts"]}
        answers = {merge.nbgrader_metadata(cell).get("grade_id"): cell for cell in task.cells}
        unnamed = {
            names[number]: {
                "digest": result["unnamed"].get(number, ""),
                "source": text_of(answers.get(names[number], {}).get("source", ""))[: verdicts.MOST_SOURCE],
            }
            for number, verdict in result["verdicts"].items()
            if verdict["status"] == "failed" and not verdict["bugs"]
        }
        said = {names[number]: verdict for number, verdict in result["verdicts"].items()}
        self._store_verdicts(task, row, said, unnamed)

    def _store_verdicts(
        self,
        task: Task,
        row: Row,
        said: dict[str, dict[str, Any]],
        unnamed: dict[str, dict[str, str]],
    ) -> None:
        student, lesson, submission = task.student, task.lesson.lesson, task.key["submission"]
        verdicts.store(self.course, student, lesson, submission, row.handed_in, said, unnamed)

    def _graded(self, task: Task, result: dict[str, Any]) -> Row:
        assert task.opened is not None
        points = task.lesson.points()
        exercises = {}
        for number, verdict in result["verdicts"].items():
            name = str(merge.exercise_of(task.cells[int(number)]))
            exercises[name] = {
                "score": points_of(verdict, points[name]),
                "points": points[name],
                "status": verdict["status"],
                "bugs": verdict["bugs"],
                "lines": verdict["lines"],
                "message": verdict["message"],
            }
        return task.row(
            GRADED,
            score=round(sum(exercise["score"] for exercise in exercises.values()), 4),
            exercises=exercises,
            faults=result["faults"],
            remarks=[*task.remarks, *_left_running(result["left_running"])],
            accounts=task.opened.accounts,
            launcher=task.launcher,
            seconds=round(result["seconds"], 3),
            times=result["times"],
        )

    def _carry(self, task: Task, folder: Path) -> None:
        """Put beside the notebook what nbgrader's exchange needs to give feedback back."""
        assert task.opened is not None
        carried: dict[str, bytes | None] = {intake.TIMESTAMP: None, intake.SECRET: task.opened.secret}
        if task.opened.timestamp is not None:
            # An empty one is how nbgrader takes a time that nobody knows.
            carried[intake.TIMESTAMP] = (timestamps.written(task.moment) if task.moment else "").encode()
        for name, data in carried.items():
            if data is None:
                (folder / name).unlink(missing_ok=True)
            else:
                write_atomically(folder / name, data, mode=0o444)

    def _save_unreadable(self, task: Task) -> None:
        def save() -> None:
            self._saver().save_ungraded(task.handed, task.lesson.stem)
            row = task.row(UNREADABLE, remarks=[task.problem], accounts=self._named(task))
            row.file = task.problem.partition(":")[0]
            self._store_verdicts(task, row, {}, {})
            cache.store(self.course, task.student, task.lesson.lesson, task.key, asdict(row))
            self._row(row)

        self._guard(task, save)

    def _named(self, task: Task) -> dict[str, str]:
        """The files of a submission of which nothing can be judged."""
        submitted = self.course.folder("submitted").name
        entries = [*task.found.entries, *task.found.foreign]
        return {f"{submitted}/{shown(entry.path)}": task.problem for entry in entries}

    def _not_graded(self, task: Task, reason: str) -> None:
        """The machine failed: no score, neither a zero nor the one of an earlier submission."""
        known = cache.load(self.course, task.student, task.lesson.lesson)
        if known and known["key"].get("submission") != task.key["submission"]:
            try:
                cache.forget(self.course, task.student, task.lesson.lesson)
                self._saver().save_ungraded(task.handed, task.lesson.stem)
            except Exception as error:
                reason += f"; {error}"
        row = task.row(NOT_GRADED, remarks=task.remarks, accounts=self._named(task))
        row.faults = [f"not graded, grade again: {reason}"[:300]]
        self._row(row)

    def _count(self) -> None:
        """What counts and what waits for a human is what the gradebook says now, not when it was graded."""
        marks = gradebook.marks(self.course)
        submitted = self.course.folder("submitted").name
        for row in self.rows:
            stem = self.released[row.lesson].stem if row.lesson in self.released else ""
            mark = marks.get((row.id, row.lesson, stem))
            if mark is not None and row.status == GRADED:
                row.total, row.most, row.ungraded_written = mark.total, mark.most, mark.waiting
                row.penalty = mark.penalty or 0.0
            if row.student:
                top = f"{submitted}/{row.student}/"
                row.accounts |= {path: what for path, what in self.kept.items() if path.startswith(top)}

    def _guard(self, task: Task, save: Callable[[], None]) -> None:
        """A result that cannot be written (a full disk, a locked database) is reported; the others go on.

        Raises:
            CourseError: the gradebook's server is down, so that no other can be written either.
        """
        try:
            save()
        except Exception as error:
            self._reopen()
            if is_server_down(error):
                raise CourseError(in_words(error)) from error
            self._not_graded(task, _one_line(error))

    def _saver(self) -> gradebook.GradebookWriter:
        if self.saver is None:
            self.saver = gradebook.GradebookWriter(self.course)
        return self.saver

    def _reopen(self) -> None:
        if self.saver:
            self.saver.__exit__(None, None, None)
            self.saver = None

    def _row(self, row: Row) -> None:
        self.rows.append(row)
        if row.why or row.status != GRADED:
            who = f"{row.student} {row.lesson}: " if row.student else ""
            score = "" if row.score is None else f" {row.score:g} of {row.points:g} in {row.seconds:.1f} s"
            why = f" ({row.why})" if row.why else ""
            said = "; ".join([*row.bugs, *row.faults, *row.remarks])
            self._say(f"{who}{row.status}{score}{why} {said}".rstrip())
        self.progress.row(row)

    def _say(self, line: str) -> None:
        """One line of the log, for whoever looks for what happened."""
        try:
            self.log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {printable(line)}\n")
            self.log.flush()
        except OSError:
            pass  # a full disk shall not stop the grading as well


def _left_running(what: str) -> list[str]:
    return [f"left {what} running: stopped when it was graded, see what it is for"] if what else []


def _one_line(error: Exception) -> str:
    if type(error).__name__ == "OperationalError":  # SQLite's, which says neither why nor what to do
        return in_words(error)
    return f"{type(error).__name__}: {error}".strip(": ").partition("\n")[0]
