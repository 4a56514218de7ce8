"""Where a course's things lie and what a submission may use: nbgrader_config.py, read without nbgrader."""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from traitlets import Bool, Enum, Float, Integer, List, TraitError, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from autograder import adaptations
from autograder.sandbox.limits import Limits
from autograder.sandbox.withheld import WithheldParts

CONFIG = "nbgrader_config.py"
STRUCTURE = "{nbgrader_step}/{student_id}/{assignment_id}"
OWN_KERNELS = ("convlib.fast",)
# What a file system says that has no locks.
NO_LOCKS = {
    getattr(errno, name) for name in ("ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP") if hasattr(errno, name)
}
BINARY = getattr(os, "O_BINARY", 0)  # Windows writes \r\n for \n without it


class CourseError(Exception):
    """The course or the command is wrong: one line that says what, and what to do."""


class Grading(Configurable):
    """What may be set as `c.Grading.NAME` in nbgrader_config.py."""

    cell_seconds = Float(Limits.cell_seconds, help="Wall clock of one cell.").tag(config=True)
    answer_seconds = Float(
        Limits.answer_seconds, help="Wall clock of one script of calls to a learner's function."
    ).tag(config=True)
    notebook_seconds = Float(
        Limits.notebook_seconds, help="Wall clock of one submission, replays included."
    ).tag(config=True)
    start_seconds = Float(Limits.start_seconds, help="Until a kernel must be ready.").tag(config=True)
    locate_seconds = Float(
        5.0,
        min=0.0,
        help="Time to look for the lines at fault in one submission's unnamed wrong answers, once it is "
        "graded; 0: nobody looks.",
    ).tag(config=True)
    memory_mb = Integer(Limits.memory_mb, help="Memory of one submission's processes together.").tag(
        config=True
    )
    processes = Integer(Limits.processes, help="Processes and threads of one submission.").tag(config=True)
    disk_mb = Integer(Limits.disk_mb, help="Files that one submission may write.").tag(config=True)
    inodes = Integer(Limits.inodes, help="How many files and folders these may be.").tag(config=True)
    output_bytes = Integer(Limits.output_bytes, help="Output of one cell that is kept.").tag(config=True)
    messages = Integer(Limits.messages, help="How many messages this output may be.").tag(config=True)
    answer_bytes = Integer(Limits.answer_bytes, help="What one script of calls may give back.").tag(
        config=True
    )
    restarts = Integer(Limits.restarts, help="How often a submission's kernel is started again.").tag(
        config=True
    )
    max_kernel_crashes = Integer(
        Limits.max_kernel_crashes,
        help="How often one function may bring the kernel down before it is asked nothing more.",
    ).tag(config=True)
    notebook_bytes = Integer(
        24_000_000,
        help="What is read of a notebook; its file may be eight times as large, as outputs do not count.",
    ).tag(config=True)
    beside_bytes = Integer(
        4_000_000, help="Modules and data beside a notebook that one submission may bring along."
    ).tag(config=True)
    beside_files = Integer(50, help="How many files these may be.").tag(config=True)
    notebook_cells = Integer(2_000, help="A notebook of more cells is not read.").tag(config=True)
    max_attempts = Integer(2, help="How often a submission is tried where the machine, not it, fails.").tag(
        config=True
    )
    submissions_per_worker = Integer(
        4, help="Submissions that one worker process has in hand at once, two a processor at most."
    ).tag(config=True)
    launcher = Enum(
        ["bubblewrap", "process"], "bubblewrap", help="What keeps students' code in; process: nothing does."
    ).tag(config=True)
    render_unchanged_figures = Bool(
        False,
        help="Whether pictures of cells that a student left as released are drawn for the feedback too.",
    ).tag(config=True)
    build_student_zip = Bool(True, help="Whether `autograder release` packs the students' zip.").tag(
        config=True
    )
    lessons_using_kernels = List(
        Unicode(),
        [
            "03_minibatch_sgd",
            "04_what_dense_layers_cost",
            "11_fast",
            "12_trained",
            "13_keras_and_pytorch",
            "14_colour",
            "15_debugging_clinic",
        ],
        help="Lessons whose cells need convlib's own kernels; elsewhere these do not exist while grading.",
    ).tag(config=True)

    exercises = List(
        Unicode(), help='Exercise files of this course\'s own, below its folder: ["exercises/*.py"].'
    ).tag(config=True)

    def limits(self) -> Limits:
        """The sandbox's limits, each under the name it has there."""
        return Limits(**{limit.name: getattr(self, limit.name) for limit in fields(Limits)})


@dataclass(frozen=True)
class Course:
    """A course root: where its folders lie, and its settings.

    Attributes:
        exercise_files: the text of each exercise file that the course brings along, by its path.
    """

    root: Path
    config: Config
    grading: Grading
    exercise_files: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def find(start: Path | None = None, *, load_exercises: bool = True) -> Course:
        """Open the course that `start` (else the working directory) lies in.

        Args:
            start: a folder in it.
            load_exercises: False leaves out the exercise files that the course brings along.

        Raises:
            CourseError: no nbgrader_config.py there or above, or it cannot be read.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / CONFIG).is_file():
                return Course.open(folder, load_exercises=load_exercises)
        raise CourseError(f"no {CONFIG} in {start} or above: run this in the folder of a course")

    @staticmethod
    def open(root: Path, *, load_exercises: bool = True) -> Course:
        """Read the settings in `root`, and take over the exercises that the course brings along."""
        try:
            config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
        except Exception as error:
            raise CourseError(f"{root / CONFIG} cannot be read: {type(error).__name__}: {error}") from error
        structure = config.CourseDirectory.get("directory_structure", STRUCTURE)
        if structure != STRUCTURE:
            raise CourseError(f"{CONFIG}: directory_structure must be {STRUCTURE}, not {structure}")
        from autograder import exercises

        try:
            grading = Grading(config=config)
            files = exercises.files_below(root, grading.exercises) if load_exercises else {}
            exercises.use(files)
        except TraitError as error:
            raise CourseError(f"{root / CONFIG}: {error}") from error
        except exercises.ExerciseError as error:
            raise CourseError(str(error)) from error
        return Course(root, config, grading, files)

    def folder(self, step: str, *parts: str) -> Path:
        """The folder of a step (source, release, submitted, autograded, feedback) and what is in it."""
        default = "source" if step == "source" else step
        name = self.config.CourseDirectory.get(f"{step}_directory", default)
        return self.root.joinpath(name, *parts)

    @property
    def db_url(self) -> str:
        """nbgrader's database."""
        url = self.config.CourseDirectory.get("db_url", "")
        return str(url) or f"sqlite:///{adaptations.in_address(str(self.root / 'gradebook.db'))}"

    @property
    def database(self) -> Path | None:
        """The gradebook's file, None where it is no file."""
        url, prefix = str(self.config.CourseDirectory.get("db_url", "")), "sqlite:///"
        if not url:
            return self.root / "gradebook.db"
        return Path(url.removeprefix(prefix).split("?")[0]) if url.startswith(prefix) else None

    @property
    def course_id(self) -> str:
        """The course's name in the gradebook."""
        return str(self.config.CourseDirectory.get("course_id", ""))

    @property
    def state(self) -> Path:
        """Our own folder, which git ignores: the secret, what was graded, the log."""
        folder = self.root / ".autograder"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def lessons(self, step: str = "source") -> list[str]:
        """Every visible folder of a step that holds a notebook."""
        folder = self.folder(step)
        if not folder.is_dir():
            return []
        return sorted(
            f.name for f in folder.iterdir() if not f.name.startswith(".") and any(f.glob("*.ipynb"))
        )

    def choose(self, names: list[str], step: str = "source") -> list[str]:
        """The lessons named, else all. A number is enough: 7 or 07 for 07_channels_and_sharing.

        Raises:
            CourseError: no such lesson.
        """
        return chosen(self.lessons(step), names, self.folder(step).name)

    def secret(self) -> bytes:
        """The instructor's secret, made on first use: without it nobody knows a grading run's probes."""
        path = self.state / "secret"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o600)
        except FileExistsError:
            value = path.read_bytes()
            if path.stat().st_mode & 0o077:
                with suppress(OSError):  # some shares have modes of their own; `doctor` says so
                    path.chmod(0o600)
            if len(value) < 16:
                raise CourseError(f"{path} is not a secret: delete it, and the next run makes one") from None
            return value
        with os.fdopen(handle, "wb") as file:
            value = secrets.token_bytes(32)
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        return value

    def seed(self, student: str, exercise: str) -> int:
        """The same for one student and exercise every time, and for nobody else."""
        name = f"{student}\0{exercise}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hmac.new(self.secret(), name, hashlib.sha256).digest()[:6], "big")

    def withheld(self, lesson: str) -> WithheldParts:
        """What of convlib is withheld while this lesson is graded: what it and later ones ask.

        Learners write the kernels themselves, so that the module of the fast ones is not there at all. Where
        a lesson's cells need the kernels, it is, and so is what later lessons ask. What an earlier lesson
        asked is there, even if it would answer this one: the lesson's own cells build on it. It is withheld
        while the exercise itself is asked.
        """
        from autograder import exercises

        uses_kernels = lesson in self.grading.lessons_using_kernels
        here = exercises.lesson_order(lesson)
        lessons = {name: exercises.lesson_order(one.lesson) for name, one in exercises.all().items()}
        last = here if uses_kernels else max(lessons.values(), default=here)
        asked = [one for name, one in exercises.all().items() if here <= lessons[name] <= last]
        names = dict.fromkeys(name for one in asked for name in one.withheld)
        return WithheldParts(
            modules=() if uses_kernels or not exercises.is_built_in(lesson) else OWN_KERNELS,
            names=tuple(name for name in names if lessons.get(name, here) >= here),
        )

    @contextmanager
    def lock(self, waiting: Any = None) -> Iterator[None]:
        """Only one grader at a time works in a course; another one waits until this one is done.

        Args:
            waiting: called once, without arguments, where it has to wait.
        """
        with locked(self.state / "lock", waiting):
            yield


def chosen(known: list[str], names: list[str], where: str) -> list[str]:
    """Those of the known lessons that are named, else all; `where` they lie is for the message.

    Raises:
        CourseError: no such lesson.
    """
    picked = []
    for name in names:
        wanted = name.strip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
        found = [
            lesson
            for lesson in known
            if lesson == wanted
            or (wanted.isdecimal() and lesson.split("_")[0].lstrip("0") == wanted.lstrip("0"))
        ]
        if len(found) != 1:
            raise CourseError(f"no lesson {name!r} in {where}/; there are: {', '.join(known) or 'none'}")
        picked += found
    return sorted(set(picked)) if names else known


@contextmanager
def locked(path: Path, waiting: Callable[[], Any] | None = None) -> Iterator[None]:
    """Hold a file's lock; where the file system has none (NFS), the file itself is the lock.

    Args:
        path: the lock, a file with nothing in it.
        waiting: called once where another process holds it.
    """
    import filelock

    def take(lock: filelock.BaseFileLock) -> filelock.BaseFileLock:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            if waiting:
                waiting()
            lock.acquire()
        return lock

    try:
        held = take(filelock.FileLock(path))
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in NO_LOCKS:
            raise
        held = take(filelock.SoftFileLock(path.with_name(f"{path.name}.held")))
    try:
        yield
    finally:
        held.release()


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all, whatever happens meanwhile.

    The mode is a wish: a file system may have modes of its own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY, mode | 0o200)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        with suppress(OSError):
            part.chmod(mode)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder with the modes of its files; they are a wish, as in `write_atomically`."""
    for folder, _, names in os.walk(source):
        there = target / Path(folder).relative_to(source)
        there.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = Path(folder, name)
            write_atomically(there / name, path.read_bytes(), path.stat().st_mode & 0o777)
        with suppress(OSError):
            there.chmod(Path(folder).stat().st_mode & 0o7777)
