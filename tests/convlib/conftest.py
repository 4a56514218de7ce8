"""Kernels are tested as they are used: with as many threads as there are cores here, and at least two."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def several_threads() -> Iterator[None]:
    """Give BLAS back the threads that tests/conftest.py took from it; `convlib.fast` starts as many."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):  # then convlib.fast has no threads either
            from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

            stack.enter_context(threadpool_limits(max(2, os.cpu_count() or 1), user_api="blas"))
        yield
