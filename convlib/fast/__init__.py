"""The kernels of `convlib.reference`, same names and signatures, as fast as NumPy allows, dtype kept."""

from convlib import reference
from convlib.fast.activations import relu, relu_backward, softmax
from convlib.fast.conv import (
    conv2d,
    conv2d_backward,
    conv2d_transpose,
    conv2d_transpose_backward,
    zero_pad,
)
from convlib.fast.dense import dense, dense_backward
from convlib.fast.losses import softmax_cross_entropy
from convlib.fast.pool import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    global_max_pool2d,
    global_max_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)

__all__ = [
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
]

# What a kernel computes, takes and refuses is written where the formula is.
for _name in __all__:
    globals()[_name].__doc__ = getattr(reference, _name).__doc__
