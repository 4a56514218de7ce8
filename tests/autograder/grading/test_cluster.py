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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from autograder import cli
from autograder.course import gradebook
from autograder.course.course import Course, CourseError
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


class OnFirstRow(NoProgress):
    """Does something once, as soon as the first submission is graded."""

    def __init__(self, do: Callable[[], Any]) -> None:
        self.do: Callable[[], Any] | None = do

    def row(self, row: Row) -> None:
        do, self.do = self.do, None
        if do:
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
    shutil.copytree(course.root, tmp_path / "local")
    local = Course.open(tmp_path / "local")
    batch.grade(local, [LESSON], executor=workers)
    said: list[str] = []
    with Client(local_cluster, set_as_default=False) as client:
        pids = client.run(os.getpid)
    address, pid = min(pids.items())
    kill = OnFirstRow(lambda: os.kill(pid, signal.SIGKILL))
    with Cluster(local_cluster.scheduler_address, said.append) as executor:
        rows = batch.grade(course, [LESSON], Options(), kill, executor)
        deadline = time.monotonic() + 10
        while not said and time.monotonic() < deadline:
            time.sleep(0.1)
    assert [row.status for row in rows] == [GRADED] * 9
    assert in_the_gradebook(course) == in_the_gradebook(local)
    assert autograded(course) == autograded(local)
    assert said == [f"worker {address} is gone; its jobs are tried again elsewhere"]
