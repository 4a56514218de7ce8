"""The tiny course, released once, that each test copies; and worker processes for all of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course.course import CONFIG, Course
from autograder.course.release import release
from autograder.grading.workers import Workers
from support.grading_course import LESSON, ROOT, SETTINGS, HandIn, source


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny course, released by nbgrader."""
    root = tmp_path_factory.mktemp("released")
    (root / CONFIG).write_text((ROOT / CONFIG).read_text() + SETTINGS)
    path = root / "notebooks" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(source()))
    release(Course.open(root), [LESSON])
    return root


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

    def put(
        student: str,
        answers: dict[str, str] | None = None,
        *,
        change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None,
        data: bytes | None = None,
        name: str = f"{LESSON}.ipynb",
    ) -> Path:
        content = json.loads(course.folder("release", LESSON, f"{LESSON}.ipynb").read_bytes())
        for found in content["cells"]:
            grade_id = found["metadata"].get("nbgrader", {}).get("grade_id")
            if answers and grade_id in answers:
                found["source"] = answers[grade_id]
        if change:
            content["cells"] = change(content["cells"])
        path = course.folder("submitted", student, LESSON, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(json.dumps(content).encode() if data is None else data)
        return path

    return put
