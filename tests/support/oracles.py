"""What the kernels are compared with, as tests use it."""

from __future__ import annotations

from types import ModuleType

from support.needs import needs


def pytorch() -> ModuleType:
    """PyTorch in one thread.

    On arrays as small as a test's a second thread only waits, and longest where tests run beside each other.
    """
    needs("torch")
    import torch

    torch.set_num_threads(1)
    return torch
