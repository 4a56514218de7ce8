"""Interactive figures: each the same object in JupyterLab, on a page without a kernel, and in JupyterLite."""

from .receptive_field import ReceptiveFieldExplorer
from .stride_board import StrideBoard

__all__ = ["ReceptiveFieldExplorer", "StrideBoard"]
