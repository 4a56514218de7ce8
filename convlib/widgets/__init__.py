"""Interactive figures: each the same object in JupyterLab, on a page without a kernel, and in JupyterLite."""

from .channel_summer import ChannelSummer
from .gradient_scatter import GradientScatter
from .kernel_painter import KernelPainter
from .parameter_bars import ParameterBars
from .pooling_pair import PoolingPair
from .receptive_field import ReceptiveFieldExplorer
from .stride_board import StrideBoard

__all__ = [
    "ChannelSummer",
    "GradientScatter",
    "KernelPainter",
    "ParameterBars",
    "PoolingPair",
    "ReceptiveFieldExplorer",
    "StrideBoard",
]
