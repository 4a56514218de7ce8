"""The tiny course, released once, that each test copies; and worker processes for all of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course.course import CONFIG, Course
from autograder.course.release import release
from autograder.grading.workers import Workers
from support.browser import once
from support.grading_course import LESSON, ROOT, SETTINGS, HandIn, handing_in, source


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The tiny course, released by nbgrader once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "released"
    root.mkdir(exist_ok=True)
    with once(root.parent, "released") as due:
        if due:
            _release(root)
    return root


def _release(root: Path) -> None:
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + SETTINGS)
    path = root / "notebooks" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(source()))
    release(Course.open(root), [LESSON])


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Course:
    """A copy of the tiny course, for one test."""
    root = tmp_path / "course"
    shutil.copytree(released, root)
    return Course.open(root)


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Two worker processes for all tests."""
    pool = Workers(2, 2)
    yield pool
    pool.shutdown(cancel_futures=True)


@pytest.fixture
def hand_in(course: Course) -> HandIn:
    """Hand in a notebook: the release with these answers, or other bytes."""
    return handing_in(course)
