"""Which tests are slow, or need a browser, a sandbox or an oracle, and which files take longest.

`make test-fast` leaves the marked ones out. What a test does is watched: one that imports PyTorch, say,
and is not marked `oracle`, fails and is told so. A pytest plug-in, loaded by tests/conftest.py.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]

# The start of a test's path below tests/. A single test may have its marker on itself instead.
MARKED = {
    "browser": ("browser/",),
    "oracle": (
        "convlib/test_keras.py",
        "convlib/test_onnx.py",
        "convlib/test_torch.py",
        "convlib/test_widgets_code_lines.py",
    ),
    "sandbox": (
        "attacks/test_attacks.py",
        "autograder/grading/test_batch.py",
        "autograder/grading/test_changed_lesson.py",
        "autograder/grading/test_cluster.py",
        "autograder/grading/test_exchange.py",
        "autograder/grading/test_class_report.py",
        "autograder/grading/test_intake.py",
        "autograder/grading/test_late.py",
        "autograder/grading/test_locating.py",
        "autograder/grading/test_machines.py",
        "autograder/grading/test_postgresql.py",
        "autograder/grading/test_stock.py",
        "autograder/grading/test_windows.py",
        "autograder/sandbox/test_ends.py",
        "autograder/sandbox/test_kernel.py",
        "autograder/sandbox/test_layouts.py",
        "test_course.py",
        "test_write_your_own.py",
    ),
    "slow": (
        "autograder/judging/test_catalogue.py",
        "autograder/judging/test_causes.py",
        "autograder/judging/test_mutants.py",
        "autograder/judging/test_oldest_numpy.py",
        "autograder/judging/test_robust.py",
        "autograder/judging/test_wrong_answers.py",
        "convlib/test_training.py",
        "autograder/commands/test_student_zip.py",
        "test_learners_network.py",
        "test_packaging.py",
    ),
}
# The longest files, in this order: a worker takes a file at a time, and the last ones should be short.
LONGEST = (
    "browser/test_site.py",
    "browser/test_figures.py",
    "test_course.py",
    "autograder/judging/test_catalogue.py",
    "attacks/test_attacks.py",
    "autograder/judging/test_mutants.py",
    "autograder/grading/test_batch.py",
    "autograder/commands/test_student_zip.py",
    "autograder/grading/test_machines.py",
    "autograder/grading/test_stock.py",
    "autograder/judging/test_locate.py",
    "autograder/judging/test_robust.py",
    "autograder/judging/test_wrong_answers.py",
    "convlib/test_torch.py",
    "autograder/sandbox/test_kernel.py",
    "autograder/grading/test_cluster.py",
    "autograder/commands/test_instructors_guide.py",
    "browser/test_lite.py",
    "autograder/grading/test_exchange.py",
    "autograder/sandbox/test_ends.py",
    "browser/test_site_builds.py",
    "autograder/commands/test_regrade.py",
    "browser/test_jupyterlab.py",
    "test_write_your_own.py",
    "convlib/test_training.py",
    "autograder/judging/test_other_style.py",
    "convlib/test_keras.py",
    "autograder/judging/test_oldest_numpy.py",
    "autograder/sandbox/test_layouts.py",
)
IMPORTED = {"torch": "oracle", "keras": "oracle", "onnx": "oracle", "playwright": "browser"}
STARTED = ("bwrap", "autograder.sandbox", "autograder/sandbox/inside", "autograder.grading.workers")

_seen: set[tuple[str, str]] = set()


def pytest_configure(config: pytest.Config) -> None:
    """Watch imports and processes from here on: an audit hook cannot be taken away again."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "import":
        name = arguments[0].partition(".")[0]
        if name in IMPORTED:
            _seen.add((IMPORTED[name], f"imports {name}"))
    elif event == "subprocess.Popen":
        words = arguments[1] if isinstance(arguments[1], (list, tuple)) else [arguments[1]]
        if any(part in str(word) for word in words for part in STARTED):
            _seen.add(("sandbox", "starts a sandbox, or a worker that does"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that did, itself or while its fixtures were made, what it is not marked for."""
    result = yield
    missing = [(mark, what) for mark, what in sorted(_seen) if not item.get_closest_marker(mark)]
    assert not missing, "\n".join(f"the test {what}: mark it {mark}" for mark, what in missing)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Begin with nothing seen."""
    _seen.clear()
    return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by path; put the longest files first."""
    for item in items:
        path = _below_tests(item)
        for mark, starts in MARKED.items():
            if path.startswith(starts):
                item.add_marker(mark)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    path = _below_tests(item)
    return LONGEST.index(path) if path in LONGEST else len(LONGEST)


def _below_tests(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).as_posix() if item.path.is_relative_to(TESTS) else item.path.name
