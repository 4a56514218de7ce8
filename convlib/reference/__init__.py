"""Every kernel as a loop nest that reads like its formula: the yardstick, in float64, and slow."""

from convlib.reference.activations import relu, relu_backward, softmax
from convlib.reference.conv import (
    conv2d,
    conv2d_backward,
    conv2d_transpose,
    conv2d_transpose_backward,
    zero_pad,
)
from convlib.reference.dense import dense, dense_backward
from convlib.reference.losses import softmax_cross_entropy
from convlib.reference.pool import (
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
