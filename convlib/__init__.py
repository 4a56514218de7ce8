"""The kernels of a convolutional network, and what a learner builds with them.

`convlib.reference` holds every kernel as a loop nest that reads like its formula, in float64;
`convlib.fast` holds the same functions, with the same signatures, as fast as NumPy allows.
`convlib.conv2d` and its like are the fast ones.

Importing this package imports nothing else: each name is fetched when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

_KERNELS = (
    "avg_pool2d",
    "avg_pool2d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_transpose",
    "conv2d_transpose_backward",
    "dense",
    "dense_backward",
    "global_avg_pool2d",
    "global_avg_pool2d_backward",
    "global_max_pool2d",
    "global_max_pool2d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "relu",
    "relu_backward",
    "softmax",
    "softmax_cross_entropy",
    "zero_pad",
)
_SHAPES = (
    "count_conv_parameters",
    "count_dense_parameters",
    "count_locally_connected_parameters",
    "output_size",
    "receptive_box",
    "receptive_field",
    "receptive_start",
    "same_padding",
    "transposed_size",
)
_GRADIENTS = ("effective_receptive_field", "numeric_gradient", "relative_error")
_MODULES = (
    "datasets",
    "fast",
    "gradcheck",
    "keras",
    "layers",
    "plots",
    "reference",
    "shapes",
    "training",
    "widgets",
)
_HOME = {
    **dict.fromkeys(_KERNELS, "convlib.fast"),
    **dict.fromkeys(_SHAPES, "convlib.shapes"),
    **dict.fromkeys(_GRADIENTS, "convlib.gradcheck"),
}

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"convlib.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'convlib' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
