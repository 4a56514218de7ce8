"""A class is graded by Dask's workers: what they do, and what becomes of them, changes no grade."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from autograder import cli
from autograder.course import gradebook
from autograder.course.course import CONFIG, Course, CourseError
from autograder.grading import batch, cluster
from autograder.grading.batch import GRADED, NoProgress, Options, Row
from autograder.grading.cluster import Cluster
from autograder.grading.workers import Workers
from support.grading_course import LESSON, ROOT, SOLUTIONS, HandIn

SLOW = "import time; time.sleep(0.5)\n"


@pytest.fixture(scope="module")
def local_cluster() -> Iterator[LocalCluster]:
    """A scheduler with two workers, each a process of its own."""
    with LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


class OnFirstNewRow(NoProgress):
    """Does something once, as soon as the first submission is graded in this run."""

    def __init__(self, do: Callable[[], Any]) -> None:
        self.do: Callable[[], Any] | None = do

    def row(self, row: Row) -> None:
        if row.why and self.do:
            do, self.do = self.do, None
            do()


def hand_in_class(hand_in: HandIn, size: int) -> None:
    """Have students hand in right and wrong answers that take a moment."""
    wrong = SOLUTIONS | {"output_size": SOLUTIONS["output_size"].replace(" + 1", "")}
    for number in range(size):
        answers = (SOLUTIONS, wrong, {})[number % 3]
        slow = {name: SLOW + text for name, text in answers.items()}
        hand_in(f"s{number:02}", slow | {"words_why": f"Student {number} says so."})


def in_the_gradebook(course: Course) -> dict[str, Any]:
    """Every score and comment, by student."""
    students = [path.name for path in course.folder("submitted").iterdir()]
    return {student: gradebook.recorded(course, student, LESSON) for student in students}


def autograded(course: Course) -> dict[str, bytes]:
    """The autograded notebooks."""
    folder = course.folder("autograded")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.ipynb")}


def test_a_worker_is_killed_and_the_gradebook_is_that_of_an_undisturbed_local_run(
    course: Course, hand_in: HandIn, workers: Workers, local_cluster: LocalCluster, tmp_path: Path
) -> None:
    hand_in_class(hand_in, 9)
    course.secret()
    with (course.root / CONFIG).open("a") as file:  # no limit that a busy machine could reach
        file.write("c.Grading.cell_seconds = c.Grading.answer_seconds = 120.0\n")
    shutil.copytree(course.root, tmp_path / "local")
    course, local = Course.open(course.root), Course.open(tmp_path / "local")
    batch.grade(local, [LESSON], executor=workers)
    said: list[str] = []
    with Client(local_cluster, set_as_default=False) as client:
        pids = client.run(os.getpid)
    address, pid = min(pids.items())
    kill = OnFirstNewRow(lambda: os.kill(pid, signal.SIGKILL))
    with Cluster(local_cluster.scheduler_address, said.append) as executor:
        rows = batch.grade(course, [LESSON], Options(), kill, executor)
        deadline = time.monotonic() + 10
        while not said and time.monotonic() < deadline:
            time.sleep(0.1)
    assert [row.status for row in rows] == [GRADED] * 9
    assert in_the_gradebook(course) == in_the_gradebook(local)
    assert autograded(course) == autograded(local)
    assert said == [f"worker {address} is gone; its jobs are tried again elsewhere"]


@contextmanager
def started(*command: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Dask's, ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "dask", *command],
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def await_worker(client: Client, name: str) -> str:
    """The address of the worker of this name, as soon as it is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for address, facts in client.scheduler_info(n_workers=-1)["workers"].items():
            if facts["name"] == name:
                return str(address)
        time.sleep(0.2)
    raise TimeoutError(f"no worker {name}")


def free_address() -> str:
    """An address of this machine at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def test_a_worker_with_another_version_is_refused_and_gets_no_job(
    course: Course, hand_in: HandIn, local_cluster: LocalCluster, tmp_path: Path
) -> None:
    hand_in_class(hand_in, 6)
    for package in ("autograder", "convlib"):
        shutil.copytree(ROOT / package, tmp_path / "other" / package)
    with (tmp_path / "other" / "convlib" / "shapes.py").open("a") as file:
        file.write("# another version\n")
    address = local_cluster.scheduler_address
    said: list[str] = []
    with (
        Client(local_cluster, set_as_default=False) as client,
        started("worker", address, "--no-nanny", "--name", "other", PYTHONPATH=str(tmp_path / "other")),
    ):
        other = await_worker(client, "other")
        with Cluster(address, said.append) as executor:
            rows = batch.grade(course, [LESSON], executor=executor)
            assert other not in executor._slots
        (line,) = said
        assert line.startswith(f"worker {other} is refused: it has another version")
        assert "; install the same" in line
        assert [row.status for row in rows] == [GRADED] * 6


def test_an_address_at_which_nobody_answers_is_one_line_and_exit_code_2(
    course: Course, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in("ann", SOLUTIONS)
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    for address in (free_address(), "nonsense://x", "localhost"):
        monkeypatch.setattr(sys, "argv", ["autograder", "grade", "--cluster", address])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert stopped.value.code == 2
        _, line = capsys.readouterr().err.splitlines()  # the first says that there is no sandbox
        assert line.startswith(f"autograder: no Dask scheduler answers at {address}: ")


def test_a_scheduler_without_workers_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 0.5)
    with (
        LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(CourseError, match="has had no worker for 0 s: start one with `dask worker tcp://"),
    ):
        Cluster(empty.scheduler_address, print)


def test_without_dask_the_command_says_what_to_install(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(course.root)
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "autograder.grading.cluster")
    monkeypatch.setattr(sys, "argv", ["autograder", "grade", "--cluster", "tcp://127.0.0.1:1"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert 'python -m pip install "convcourse[course,cluster]"' in capsys.readouterr().err


def test_a_scheduler_that_ends_and_a_last_worker_that_ends_lose_nothing(
    course: Course, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in_class(hand_in, 9)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2.0)
    address = free_address()
    said: list[str] = []
    scheduler = ("scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard")
    worker = ("worker", address, "--no-nanny", "--nthreads", "1")

    def grade(on_first_row: Callable[[], Any]) -> list[Row]:
        with Cluster(address, said.append) as executor:
            return batch.grade(course, [LESSON], Options(), OnFirstNewRow(on_first_row), executor)

    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 60.0)
    with started(*scheduler) as first, started(*worker):

        def end_scheduler() -> None:
            monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
            first.kill()

        with pytest.raises(CourseError, match="no Dask scheduler answers"):
            grade(end_scheduler)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 60.0)
    with started(*scheduler), started(*worker) as last, ExitStack() as stack:

        def replace_worker() -> None:
            last.kill()
            stack.enter_context(started(*worker))

        rows = grade(replace_worker)
    assert [row.status for row in rows] == [GRADED] * 9
    assert 1 <= sum(not row.why for row in rows) < 9
    (gone,) = said
    assert gone.endswith("is gone; its jobs are tried again elsewhere")
