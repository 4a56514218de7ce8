"""What the kernels are compared with, as tests use it."""

from __future__ import annotations

import importlib
from types import ModuleType

from support.needs import needs


def pytorch() -> ModuleType:
    """PyTorch in one thread.

    On arrays as small as a test's a second thread only waits, and longest where tests run beside each other.
    """
    needs("torch")
    torch = importlib.import_module("torch")  # by name: the linters run where it is not installed
    torch.set_num_threads(1)
    return torch
