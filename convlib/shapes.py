"""Sizes, parameter counts and receptive fields: integer arithmetic, no arrays.

Receptive fields follow Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks",
Distill, 2019 (doi:10.23915/distill.00021).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from convlib._check import IntPair, as_int, padding, pair


@dataclass(frozen=True)
class Axis:
    """How a window slides along rows, or along columns.

    Attributes:
        n: cells of the input.
        k: cells of the window.
        stride: step between windows.
        before: zeros in front of the input.
        after: zeros behind it.
        dilation: distance between neighbouring cells of the window.
        name: what the window is called in messages.
        unit: "rows" or "columns", in messages.

    Raises:
        ValueError: the window is larger than the padded input.
    """

    n: int
    k: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    name: str = "k"
    unit: str = "cells"

    def __post_init__(self) -> None:
        if self.reach > self.padded:
            spread = f" (over {self.reach}, at dilation {self.dilation})" if self.dilation > 1 else ""
            zeros = f" and {self.before + self.after} of padding" if self.padded > self.n else ""
            fits = (self.padded - 1) // self.dilation + 1
            raise ValueError(
                f"{self.name} is larger than the padded input: {self.k} {self.unit}{spread}, "
                f"where the input has {self.n}{zeros}; it must be at most {fits}"
            )

    @cached_property
    def padded(self) -> int:
        """Cells of the input with its padding."""
        return self.n + self.before + self.after

    @cached_property
    def reach(self) -> int:
        """Cells from the first to the last that one window reads."""
        return self.dilation * (self.k - 1) + 1

    @cached_property
    def out(self) -> int:
        """How many windows fit, floor((n - reach + before + after) / stride) + 1."""
        return (self.padded - self.reach) // self.stride + 1

    def window(self, i: int) -> slice:
        """Return what window `i` reads, in coordinates of the padded input."""
        start = i * self.stride
        return slice(start, start + self.reach, self.dilation)

    def tap(self, k: int) -> slice:
        """Return what cell `k` of all the windows reads, in coordinates of the padded input."""
        start = k * self.dilation
        return slice(start, start + (self.out - 1) * self.stride + 1, self.stride)

    @property
    def inside(self) -> slice:
        """The input itself, in coordinates of the padded input."""
        return slice(self.before, self.before + self.n)


def slide(
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: Any = 1,
    pad: Any = 0,
    dilation: Any = 1,
    name: str = "size",
) -> tuple[Axis, Axis]:
    """Return rows and columns of windows of size `kernel` over a picture of size `image`.

    Raises:
        ValueError: stride or dilation below 1, pad below 0, or a window larger than the padded picture.
    """
    strides, pads, dilations = pair("stride", stride, 1), padding("pad", pad), pair("dilation", dilation, 1)
    rows = Axis(image[0], kernel[0], strides[0], *pads[0], dilations[0], name, "rows")
    columns = Axis(image[1], kernel[1], strides[1], *pads[1], dilations[1], name, "columns")
    return rows, columns


def output_size(n: int, k: int, stride: int = 1, pad: IntPair = 0, dilation: int = 1) -> int:
    """Count the places where a window fits: floor((n - k + 2*pad) / stride) + 1.

    With a dilation, k counts as dilation*(k - 1) + 1.

    Args:
        n: cells of the input, along one axis.
        k: cells of the window.
        stride: step between windows.
        pad: zeros on each side, or (before, after).
        dilation: distance between neighbouring cells of the window.

    Raises:
        ValueError: n, k, stride or dilation below 1, pad below 0, or a window larger than the padded input.
    """
    before, after = pair("pad", pad, 0)
    n, k, stride = as_int("n", n, 1), as_int("k", k, 1), as_int("stride", stride, 1)
    return Axis(n, k, stride, before, after, as_int("dilation", dilation, 1)).out


def same_padding(n: int, k: int, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Find the zeros that make the output ceil(n / stride) long, by Keras's rule.

    An odd total puts the extra zero behind. No zeros are added where a stride leaves cells unread anyway.

    Args:
        n: cells of the input, along one axis.
        k: cells of the window.
        stride: step between windows.
        dilation: distance between neighbouring cells of the window.

    Returns:
        (before, after).

    Raises:
        ValueError: an argument is below 1.
    """
    n, k, stride = as_int("n", n, 1), as_int("k", k, 1), as_int("stride", stride, 1)
    reach = as_int("dilation", dilation, 1) * (k - 1) + 1
    total = max((math.ceil(n / stride) - 1) * stride + reach - n, 0)
    return total // 2, total - total // 2


def transposed_size(
    n: int, k: int, stride: int = 1, pad: IntPair = 0, dilation: int = 1, output_pad: int = 0
) -> int:
    """Measure a transposed convolution's output: the input size that `output_size` would turn into n.

    Where the stride is larger than 1 several sizes would; `output_pad`, below the stride, chooses among them.

    Args:
        n: cells of the transposed convolution's input, along one axis.
        k: cells of the kernel.
        stride: step between the kernel's copies in the output.
        pad: cells cut off on each side, or (before, after).
        dilation: distance between neighbouring cells of the kernel.
        output_pad: cells added behind.

    Returns:
        (n - 1)*stride + dilation*(k - 1) + 1 - 2*pad + output_pad.

    Raises:
        ValueError: n, k, stride or dilation below 1, output_pad not below the stride, or pad leaves nothing.
    """
    before, after = pair("pad", pad, 0)
    n, k, stride = as_int("n", n, 1), as_int("k", k, 1), as_int("stride", stride, 1)
    output_pad = as_int("output_pad", output_pad, 0)
    if output_pad >= stride:
        raise ValueError(f"output_pad must be less than the stride, {stride}, got {output_pad}")
    full = (n - 1) * stride + as_int("dilation", dilation, 1) * (k - 1) + 1 + output_pad
    if before + after >= full:
        raise ValueError(f"pad must cut off less than {full} cells in all, got {before + after}")
    return full - before - after


def count_dense_parameters(sizes: Sequence[int]) -> int:
    """Count weights and biases of dense layers in a row: [2, 4, 1] has 2*4 + 4 + 4*1 + 1 = 17.

    Raises:
        ValueError: fewer than two sizes, or one below 1.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must be two or more (inputs, units of each layer), got {sizes!r}")
    counts = [as_int(f"sizes[{position}]", size, 1) for position, size in enumerate(sizes)]
    return sum((inputs + 1) * units for inputs, units in pairwise(counts))


def count_conv_parameters(kernel: IntPair, channels: int, filters: int) -> int:
    """Count weights and biases of a convolution: (KH*KW*channels + 1) * filters.

    The size of the input does not appear: the weights are shared by all places.

    Raises:
        ValueError: an argument is below 1.
    """
    rows, columns = pair("kernel", kernel, 1)
    return (rows * columns * as_int("channels", channels, 1) + 1) * as_int("filters", filters, 1)


def count_locally_connected_parameters(kernel: IntPair, channels: int, filters: int, output: IntPair) -> int:
    """Count what a convolution would have if every output cell had its own filters and biases.

    Args:
        kernel: size of the filters.
        channels: channels of the input.
        filters: channels of the output.
        output: rows and columns of the output.

    Raises:
        ValueError: an argument is below 1.
    """
    rows, columns = pair("output", output, 1)
    return rows * columns * count_conv_parameters(kernel, channels, filters)


# {"kernel": 3, "stride": 2, "pad": 1, "dilation": 1}, numbers or pairs; all but the kernel may be left out.
Layer = Mapping[str, Any]


def receptive_field(layers: Sequence[Layer], axis: int = 0) -> tuple[int, int]:
    """Measure what one output cell of a stack of convolutions and pools can see.

    Going down a layer, a field of r cells becomes (r - 1)*stride + dilation*(kernel - 1) + 1 cells.

    Args:
        layers: from the input up, each {"kernel": ..., "stride": 1, "pad": 0, "dilation": 1}; ints or pairs.
        axis: 0 for rows, 1 for columns: they differ only where a layer gives pairs.

    Returns:
        (size, jump): how many input cells it sees, and how many apart neighbours' fields are.

    Raises:
        ValueError: a layer without a kernel, with an unknown key, or with a number that is out of range.
    """
    size, jump = 1, 1
    for kernel, stride, _, dilation in reversed(_along(layers, axis)):
        size = (size - 1) * stride + dilation * (kernel - 1) + 1
        jump *= stride
    return size, jump


def receptive_start(layers: Sequence[Layer], axis: int = 0) -> float:
    """Locate the centre of output cell 0's receptive field, where input cell 0's own centre is at 0.

    Cell i's is `receptive_start(layers) + i * jump`. A convolution with the usual padding keeps it at 0.

    Args:
        layers: as for `receptive_field`.
        axis: 0 for rows, 1 for columns.

    Raises:
        ValueError: as for `receptive_field`.
    """
    first, last = _interval(_along(layers, axis), 0)
    return (first + last) / 2


def receptive_box(layers: Sequence[Layer], i: int, j: int) -> tuple[int, int, int, int]:
    """Find the input cells between which everything lies that output cell (i, j) can see.

    A window that covers output cells first .. last reads, a layer below, from first*stride - pad to
    last*stride - pad + dilation*(kernel - 1).

    Args:
        layers: as for `receptive_field`.
        i: row of the output cell.
        j: its column.

    Returns:
        (first_row, last_row, first_column, last_column), inclusive and not clipped: what is negative, or
        beyond the input, is padding.

    Raises:
        ValueError: as for `receptive_field`, or i or j below 0.
    """
    rows = _interval(_along(layers, 0), as_int("i", i, 0))
    columns = _interval(_along(layers, 1), as_int("j", j, 0))
    return *rows, *columns


def _along(layers: Sequence[Layer], axis: int) -> list[tuple[int, int, int, int]]:
    """Return (kernel, stride, zeros before, dilation) of each layer, along one axis."""
    if axis not in (0, 1):
        raise ValueError(f"axis must be 0 (rows) or 1 (columns), got {axis!r}")
    result = []
    for position, layer in enumerate(layers):
        name = f"layers[{position}]"
        unknown = sorted(set(layer) - {"kernel", "stride", "pad", "dilation"})
        if unknown:
            raise ValueError(f"{name} may have kernel, stride, pad and dilation, got {unknown[0]!r}")
        if "kernel" not in layer:
            raise ValueError(f"{name} is {dict(layer)!r}; it needs a kernel")
        kernel = pair(f"{name} kernel", layer["kernel"], 1)[axis]
        stride = pair(f"{name} stride", layer.get("stride", 1), 1)[axis]
        before, _ = padding(f"{name} pad", layer.get("pad", 0))[axis]
        result.append((kernel, stride, before, pair(f"{name} dilation", layer.get("dilation", 1), 1)[axis]))
    return result


def _interval(layers: Sequence[tuple[int, int, int, int]], cell: int) -> tuple[int, int]:
    """Follow one output cell down: the first and the last input cell it sees along this axis."""
    first = last = cell
    for kernel, stride, before, dilation in reversed(layers):
        first = first * stride - before
        last = last * stride - before + dilation * (kernel - 1)
    return first, last
