"""Interactive figures: each the same object in JupyterLab, on a page without a kernel, and in JupyterLite."""

from .channel_summer import ChannelSummer
from .computation_graph import ComputationGraph
from .gradient_scatter import GradientScatter
from .hyperplane import Hyperplane
from .kernel_painter import KernelPainter
from .loss_surface import LossSurface
from .parameter_bars import ParameterBars
from .pooling_pair import PoolingPair
from .receptive_field import ReceptiveFieldExplorer
from .stride_board import StrideBoard
from .training_monitor import TrainingMonitor

__all__ = [
    "ChannelSummer",
    "ComputationGraph",
    "GradientScatter",
    "Hyperplane",
    "KernelPainter",
    "LossSurface",
    "ParameterBars",
    "PoolingPair",
    "ReceptiveFieldExplorer",
    "StrideBoard",
    "TrainingMonitor",
]
