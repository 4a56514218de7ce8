"""Wrong answers as people write them: right answers in styles that no exercise holds, each with mistakes.

A mistake is a text of the answer and what stands there instead. `names` says which bugs' sentences are true
of it; where it is empty no bug's is, and a name would be false.
"""

from __future__ import annotations

import linecache
import textwrap
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class WrongAnswer:
    """One answer.

    Attributes:
        exercise: the exercise's id.
        label: what is wrong with it, in words.
        names: the bugs that it may be called.
        source: its text.
        lines: the numbers of the lines on which it is wrong, from 1; empty where nobody has said so.
    """

    exercise: str
    label: str
    names: tuple[str, ...]
    source: str
    lines: tuple[int, ...] = ()

    def function(self) -> Callable[..., Any]:
        """The function that the text defines."""
        return defined(self.exercise, self.source)


@dataclass
class Style:
    """A right answer in someone's own style, and what goes wrong in it."""

    exercise: str
    source: str
    answers: list[WrongAnswer] = field(default_factory=list)

    def wrong(self, label: str, names: str, *changes: tuple[str, str]) -> None:
        """Add an answer with some text replaced wherever it stands.

        Raises:
            ValueError: a text is not there.
        """
        source = self.source
        for old, new in changes:
            if old not in source:
                raise ValueError(f"{label}: {old!r} does not occur")
            source = source.replace(old, new)
        self.answers.append(WrongAnswer(self.exercise, label, tuple(names.split()), source))


STYLES: list[Style] = []


def style(exercise: str, source: str) -> Style:
    """Add a right answer."""
    made = Style(exercise, textwrap.dedent(source).lstrip())
    STYLES.append(made)
    return made


def defined(name: str, source: str) -> Callable[..., Any]:
    """Run a text and take a function out of it."""
    filename = f"<cell {zlib.crc32(source.encode())}>"
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    space: dict[str, Any] = {"np": np, "__name__": "notebook"}
    exec(compile(source, filename, "exec"), space)
    return space[name]  # type: ignore[no-any-return]


def all_wrong() -> Iterator[WrongAnswer]:
    """Every wrong answer."""
    for one in STYLES:
        yield from one.answers


# A convolution as an assignment with four loops asks for it: the padded image first, then corners.

corners = style(
    "conv2d",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        (m, n_H_prev, n_W_prev, n_C_prev) = x.shape
        (f_H, f_W, n_C_prev, n_C) = w.shape
        n_H = int((n_H_prev - f_H + 2 * pad) / stride) + 1
        n_W = int((n_W_prev - f_W + 2 * pad) / stride) + 1
        Z = np.zeros((m, n_H, n_W, n_C))
        x_pad = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant")
        for i in range(m):
            image = x_pad[i]
            for h in range(n_H):
                for v in range(n_W):
                    for c in range(n_C):
                        vert_start = h * stride
                        vert_end = vert_start + f_H
                        horiz_start = v * stride
                        horiz_end = horiz_start + f_W
                        a_slice = image[vert_start:vert_end, horiz_start:horiz_end, :]
                        s = np.multiply(a_slice, w[..., c])
                        Z[i, h, v, c] = np.sum(s) + float(b[c])
        return Z
    """,
)
corners.wrong(
    "the size is a float",
    "size_not_rounded",
    ("int((n_H_prev - f_H + 2 * pad) / stride) + 1", "(n_H_prev - f_H + 2 * pad) / stride + 1"),
)
corners.wrong(
    "the size is rounded to nearest",
    "size_rounded_to_nearest",
    ("int((n_H_prev", "round((n_H_prev"),
    ("int((n_W_prev", "round((n_W_prev"),
)
corners.wrong(
    "the size is rounded up",
    "size_rounded_up",
    ("int((n_H_prev", "int(np.ceil((n_H_prev"),
    ("int((n_W_prev", "int(np.ceil((n_W_prev"),
    ("/ stride) + 1", "/ stride)) + 1"),
)
corners.wrong(
    "the buffer is OH × OH",
    "width_from_height",
    ("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_H, n_H, n_C))"),
)
corners.wrong(
    "width computed from height", "width_from_height", ("n_W = int((n_W_prev", "n_W = int((n_H_prev")
)
corners.wrong(
    "window sides swapped, size right",
    "window_sides_swapped",
    ("vert_start + f_H", "vert_start + f_W"),
    ("horiz_start + f_W", "horiz_start + f_H"),
)
corners.wrong(
    "an assertion that the stride fits",
    "refuses_what_does_not_fit",
    (
        "    n_H = int",
        "    assert (n_H_prev - f_H + 2 * pad) % stride == 0\n"
        "    assert (n_W_prev - f_W + 2 * pad) % stride == 0\n    n_H = int",
    ),
)
corners.wrong(
    "an error where the stride does not fit",
    "refuses_what_does_not_fit",
    (
        "    n_H = int",
        "    if (n_H_prev - f_H + 2 * pad) % stride or (n_W_prev - f_W + 2 * pad) % stride:\n"
        "        raise ValueError('invalid stride')\n    n_H = int",
    ),
)
corners.wrong(
    "the window starts without the stride",
    "window_start_ignores_stride",
    ("h * stride", "h"),
    ("v * stride", "v"),
)
corners.wrong("the stride moves rows alone", "stride_on_rows_only", ("v * stride", "v"))
corners.wrong(
    "a window of stride × stride",
    "window_as_large_as_the_stride",
    ("vert_start + f_H", "vert_start + stride"),
    ("horiz_start + f_W", "horiz_start + stride"),
)
corners.wrong("the unpadded image is cut", "size_and_padding_disagree", ("image = x_pad[i]", "image = x[i]"))
corners.wrong(
    "the bias is added to every product",
    "bias_per_product",
    ("np.sum(s) + float(b[c])", "np.sum(s + float(b[c]))"),
)
corners.wrong("the whole bias is added", "whole_bias_added", ("float(b[c])", "b"))
corners.wrong("no bias", "bias_forgotten", (" + float(b[c])", ""))
corners.wrong(
    "matrix product", "matrix_product", ("np.multiply(a_slice, w[..., c])", "np.dot(a_slice, w[..., c])")
)
corners.wrong("filters indexed first", "filters_taken_from_the_rows", ("w[..., c]", "w[c]"))
corners.wrong("first image for all", "first_image_for_all", ("image = x_pad[i]", "image = x_pad[0]"))
corners.wrong("returns after the first image", "only_first_image", ("    return Z", "        return Z"))
corners.wrong(
    "the output is made anew for each image",
    "only_last_image",
    ("        image = x_pad[i]", "        Z = np.zeros((m, n_H, n_W, n_C))\n        image = x_pad[i]"),
)
corners.wrong("border of 1 whatever pad", "pad_always_one", ("(pad, pad)", "(1, 1)"))
corners.wrong("padded only before", "padding_in_front_only", ("(pad, pad), (pad, pad)", "(pad, 0), (pad, 0)"))
corners.wrong("the size counts the padding once", "padding_counted_once", ("2 * pad", "pad"))
corners.wrong("the size ignores the padding", "size_ignores_padding", (" + 2 * pad", ""))
corners.wrong("no plus one", "size_plus_one_missing", ("/ stride) + 1", "/ stride)"))
corners.wrong(
    "H and W read in the other order",
    "height_and_width_exchanged",
    ("(m, n_H_prev, n_W_prev, n_C_prev) = x.shape", "(m, n_W_prev, n_H_prev, n_C_prev) = x.shape"),
)
corners.wrong(
    "kernel sides read in the other order",
    "window_sides_swapped kernel_sides_swapped",
    ("(f_H, f_W, n_C_prev, n_C) = w.shape", "(f_W, f_H, n_C_prev, n_C) = w.shape"),
)
corners.wrong(
    "one kernel side for both",
    "kernel_width_from_height",
    ("(f_H, f_W, n_C_prev, n_C) = w.shape", "(f_H, f_W, n_C_prev, n_C) = w.shape\n    f_W = f_H"),
)
corners.wrong("sigmoid inside", "sigmoid_inside", ("return Z", "return 1 / (1 + np.exp(-Z))"))
corners.wrong("mean for the sum", "window_averaged", ("np.sum(s)", "np.mean(s)"))
corners.wrong("prints", "returns_nothing", ("return Z", "print(Z)"))
corners.wrong(
    "a cache beside the output", "returns_a_cache_too", ("return Z", "cache = (x, w, b)\n    return Z, cache")
)
corners.wrong(
    "only channel c of the slice",
    "channel_of_the_filter_spread",
    ("horiz_start:horiz_end, :]", "horiz_start:horiz_end, c]"),
)
corners.wrong(
    "an integer buffer",
    "integer_buffer",
    ("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_H, n_W, n_C), dtype=int)"),
)
corners.wrong(
    "padding with ones", "pads_with_ones", ('mode="constant"', 'mode="constant", constant_values=1')
)
corners.wrong(
    "start one late", "start_one_late", ("h * stride", "h * stride + 1"), ("v * stride", "v * stride + 1")
)
corners.wrong(
    "one kernel at a fixed size 3",
    "kernel_always_three",
    ("vert_start + f_H", "vert_start + 3"),
    ("horiz_start + f_W", "horiz_start + 3"),
)

steps = style(
    "conv2d",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        N, H, W, C = x.shape
        HH, WW, _, F = w.shape
        if pad != 0:
            xp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
            xp[:, pad:-pad, pad:-pad, :] = x
        else:
            xp = x
        H_out = 1 + (H + 2 * pad - HH) // stride
        W_out = 1 + (W + 2 * pad - WW) // stride
        out = np.zeros((N, H_out, W_out, F))
        for f in range(F):
            for i in range(0, H_out * stride, stride):
                for j in range(0, W_out * stride, stride):
                    cut = xp[:, i:i + HH, j:j + WW, :]
                    out[:, i // stride, j // stride, f] = (cut * w[:, :, :, f]).sum(axis=(1, 2, 3)) + b[f]
        return out
    """,
)
steps.wrong(
    "an empty slice at pad 0",
    "empty_slice_at_pad_zero",
    ("    if pad != 0:\n        xp =", "    if True:\n        xp ="),
)
steps.wrong("padded only if pad ≠ 0", "pad_undefined_at_zero", ("    else:\n        xp = x\n", ""))
steps.wrong(
    "loops to the input's end",
    "loops_over_the_input",
    ("range(0, H_out * stride, stride)", "range(0, H, stride)"),
    ("range(0, W_out * stride, stride)", "range(0, W, stride)"),
)
steps.wrong("output index not divided", "steps_taken_for_windows", ("i // stride, j // stride", "i, j"))
steps.wrong("summed over the batch too", "batch_summed", ("axis=(1, 2, 3)", "axis=None"))
steps.wrong("channels not summed", "", ("axis=(1, 2, 3)", "axis=(1, 2)"))
steps.wrong(
    "bias once per pixel",
    "bias_per_product",
    ("(cut * w[:, :, :, f]).sum(axis=(1, 2, 3)) + b[f]", "(cut * w[:, :, :, f] + b[f]).sum(axis=(1, 2, 3))"),
)
steps.wrong(
    "steps twice as far",
    "steps_taken_for_windows",
    ("i:i + HH", "i * stride:i * stride + HH"),
    ("j:j + WW", "j * stride:j * stride + WW"),
)
steps.wrong("width from height", "width_from_height", ("(W + 2 * pad - WW)", "(H + 2 * pad - HH)"))
steps.wrong("filter turned", "filter_turned", ("cut * w[:, :, :, f]", "cut * w[::-1, ::-1, :, f]"))
steps.wrong(
    "float division",
    "size_not_rounded",
    ("(H + 2 * pad - HH) // stride", "(H + 2 * pad - HH) / stride"),
    ("(W + 2 * pad - WW) // stride", "(W + 2 * pad - WW) / stride"),
)
steps.wrong(
    "stride counted in the window's end",
    "",
    ("i:i + HH", "i:i + HH * stride"),
    ("j:j + WW", "j:j + WW * stride"),
)

rows = style(
    "conv2d",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        N, H, W, C = x.shape
        KH, KW, C, F = w.shape
        x_pad = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
        out_h = (H - KH + 2 * pad) // stride + 1
        out_w = (W - KW + 2 * pad) // stride + 1
        cols = np.zeros((N, out_h * out_w, KH * KW * C))
        for i in range(out_h):
            for j in range(out_w):
                patch = x_pad[:, i * stride:i * stride + KH, j * stride:j * stride + KW, :]
                cols[:, i * out_w + j] = patch.reshape(N, -1)
        out = cols @ w.reshape(-1, F) + b
        return out.reshape(N, out_h, out_w, F)
    """,
)
rows.wrong("flat index by the height", "flat_index_by_height", ("i * out_w + j", "i * out_h + j"))
rows.wrong("weights reshaped the wrong way", "weights_reshaped", ("w.reshape(-1, F)", "w.reshape(F, -1).T"))
rows.wrong(
    "reshaped with height and width swapped",
    "output_reshaped_on_its_side",
    ("reshape(N, out_h, out_w, F)", "reshape(N, out_w, out_h, F)"),
)
rows.wrong(
    "filters first in the reshape",
    "output_reshaped",
    ("return out.reshape(N, out_h, out_w, F)", "return out.transpose(2, 0, 1).reshape(N, out_h, out_w, F)"),
)
rows.wrong("the bias is forgotten", "bias_forgotten", (" + b\n", "\n"))
rows.wrong(
    "the stride is ignored in the patch",
    "window_start_ignores_stride",
    ("i * stride", "i"),
    ("j * stride", "j"),
)
rows.wrong(
    "columns from the kernel's height",
    "kernel_width_from_height columns_from_kernel_height",
    ("(W - KW + 2 * pad)", "(W - KH + 2 * pad)"),
)
rows.wrong(
    "batch counted last",
    "images_last_in_the_table",
    ("return out.reshape(N, out_h, out_w, F)", "return out.transpose(1, 0, 2).reshape(N, out_h, out_w, F)"),
)
rows.wrong(
    "channels first inside a patch",
    "channels_first_in_the_rows",
    ("patch.reshape(N, -1)", "patch.transpose(0, 3, 1, 2).reshape(N, -1)"),
)

# One window.

window = style(
    "conv_single_step",
    """
    def conv_single_step(window, w, b):
        s = np.multiply(window, w)
        Z = np.sum(s)
        Z = Z + float(b)
        return Z
    """,
)
window.wrong("dot", "matrix_product", ("np.multiply(window, w)", "np.dot(window, w)"))
window.wrong(
    "bias inside the sum", "bias_in_every_product", ("np.sum(s)", "np.sum(s + b)"), ("Z + float(b)", "Z")
)
window.wrong("no bias", "bias_forgotten", ("Z = Z + float(b)", "pass"))
window.wrong("prints", "returns_nothing", ("return Z", "print(Z)"))
window.wrong("not summed", "not_summed", ("np.sum(s)", "s"))
window.wrong(
    "summed over two axes", "channels_not_summed", ("np.sum(s)", "np.sum(np.sum(s, axis=0), axis=0)")
)
window.wrong("the mean", "window_averaged", ("np.sum(s)", "s.mean()"))
window.wrong("bias twice", "bias_twice", ("float(b)", "2 * float(b)"))
window.wrong("weights not used", "weights_ignored", ("np.multiply(window, w)", "window"))
window.wrong("relu at the end", "relu_inside", ("return Z", "return np.maximum(0, Z)"))
window.wrong("an int at the end", "result_truncated", ("return Z", "return int(Z)"))
window.wrong("rounded", "result_rounded", ("return Z", "return round(Z)"))
window.wrong(
    "written into the window",
    "input_modified",
    ("s = np.multiply(window, w)", "s = np.multiply(window, w, out=window)"),
)

# Sizes.

size = style(
    "output_size",
    """
    def output_size(n, k, stride=1, pad=0):
        return int(np.floor((n + 2 * pad - k) / stride)) + 1
    """,
)
size.wrong(
    "a float", "size_not_rounded", ("int(np.floor((n + 2 * pad - k) / stride))", "(n + 2 * pad - k) / stride")
)
size.wrong(
    "floor gives a float",
    "size_not_an_integer",
    ("int(np.floor((n + 2 * pad - k) / stride))", "np.floor((n + 2 * pad - k) / stride)"),
)
size.wrong("round", "size_rounded_to_nearest", ("np.floor(", "np.round("))
size.wrong("ceil", "size_rounded_up", ("np.floor(", "np.ceil("))
size.wrong("no plus one", "plus_one_missing", (" + 1", ""))
size.wrong("n / k", "divided_by_the_kernel", ("(n + 2 * pad - k) / stride)) + 1", "n / k))"))
size.wrong(
    "only the kernel is divided",
    "only_the_kernel_divided",
    ("(n + 2 * pad - k) / stride", "n + 2 * pad - k / stride"),
)
size.wrong("pad once", "pad_added_once", ("2 * pad", "pad"))
size.wrong("no pad", "pad_ignored", (" + 2 * pad", ""))
size.wrong(
    "an assertion",
    "refuses_what_does_not_fit",
    ("    return", "    assert (n + 2 * pad - k) % stride == 0\n    return"),
)
size.wrong(
    "an exception",
    "refuses_what_does_not_fit",
    (
        "    return",
        "    if (n + 2 * pad - k) % stride != 0:\n"
        "        raise ValueError('stride does not fit')\n    return",
    ),
)
size.wrong("plus one inside", "plus_one_before_dividing", ("- k) / stride)) + 1", "- k + 1) / stride))"))
size.wrong("stride left out", "stride_ignored", (" / stride", ""))
size.wrong(
    "n − k / stride",
    "kernel_subtracted_after_dividing",
    ("(n + 2 * pad - k) / stride", "(n + 2 * pad) / stride - k"),
)
size.wrong(
    "n / stride",
    "kernel_ignored plus_one_missing divided_by_the_stride",
    ("(n + 2 * pad - k) / stride)) + 1", "(n + 2 * pad) / stride))"),
)

same = style(
    "same_padding",
    """
    def same_padding(n, k, stride=1):
        if n % stride == 0:
            total = max(k - stride, 0)
        else:
            total = max(k - n % stride, 0)
        before = total // 2
        return before, total - before
    """,
)
same.wrong(
    "no max where it does not divide",
    "same_negative_where_it_does_not_fit",
    ("max(k - n % stride, 0)", "k - n % stride"),
)
same.wrong("no max where it divides", "same_negative_where_it_fits", ("max(k - stride, 0)", "k - stride"))
same.wrong(
    "no max at all",
    "same_negative",
    ("max(k - n % stride, 0)", "k - n % stride"),
    ("max(k - stride, 0)", "k - stride"),
)
same.wrong(
    "stride 1 always",
    "same_ignores_stride",
    ("    if n % stride == 0:", "    if True:"),
    ("max(k - stride, 0)", "k - 1"),
)
same.wrong("half on both sides", "same_equal_halves", ("total - before", "before"))
same.wrong(
    "larger half first",
    "same_larger_half_first",
    ("return before, total - before", "return total - before, before"),
)
same.wrong("float halves", "same_float_halves", ("total // 2", "total / 2"))
same.wrong(
    "half of the kernel",
    "same_ignores_stride same_halves_rounded_up",
    ("return before, total - before", "return k // 2, k // 2"),
)
same.wrong(
    "half of k − 1",
    "same_half_kernel_on_both_sides",
    ("return before, total - before", "return (k - 1) // 2, (k - 1) // 2"),
)
same.wrong("the sum alone", "same_sum_only", ("return before, total - before", "return total"))
same.wrong("the cut sum is lost at stride", "", ("n % stride == 0", "n % stride != 0"))

frame = style(
    "zero_pad",
    """
    def zero_pad(x, pad):
        N, H, W, C = x.shape
        padded = np.zeros((N, H + pad * 2, W + pad * 2, C))
        for n in range(N):
            for h in range(H):
                for v in range(W):
                    padded[n, h + pad, v + pad] = x[n, h, v]
        return padded
    """,
)
frame.wrong("H and W swapped", "height_and_width_exchanged", ("N, H, W, C = x.shape", "N, W, H, C = x.shape"))
frame.wrong("in the corner", "picture_in_the_corner", ("h + pad, v + pad", "h, v"))
frame.wrong("room on one side only", "pads_before_only", ("H + pad * 2, W + pad * 2", "H + pad, W + pad"))
frame.wrong("ones", "pads_with_ones", ("np.zeros(", "np.ones("))
frame.wrong("only the first image", "only_first_image", ("range(N)", "range(1)"))
frame.wrong("returned too early", "only_first_image", ("    return padded", "        return padded"))
frame.wrong("crop that starts at 1", "", ("range(H)", "range(1, H)"), ("range(W)", "range(1, W)"))
frame.wrong("pads images", "", ("np.zeros((N,", "np.zeros((N + 2 * pad,"))

# Pools.

searched = style(
    "max_pool2d",
    """
    def max_pool2d(x, size=2, stride=None):
        if isinstance(size, int):
            pool_h, pool_w = size, size
        else:
            pool_h, pool_w = size
        if stride is None:
            s_h, s_w = pool_h, pool_w
        else:
            s_h = s_w = stride
        (m, H_prev, W_prev, C) = x.shape
        n_H = int(1 + (H_prev - pool_h) / s_h)
        n_W = int(1 + (W_prev - pool_w) / s_w)
        A = np.zeros((m, n_H, n_W, C))
        for i in range(m):
            for h in range(n_H):
                for v in range(n_W):
                    for c in range(C):
                        biggest = -np.inf
                        for a in range(h * s_h, h * s_h + pool_h):
                            for b in range(v * s_w, v * s_w + pool_w):
                                if x[i, a, b, c] > biggest:
                                    biggest = x[i, a, b, c]
                        A[i, h, v, c] = biggest
        return A
    """,
)
searched.wrong("starts at 0", "running_max_starts_at_zero", ("-np.inf", "0"))
searched.wrong("starts at −1", "running_max_starts_at_minus_one", ("-np.inf", "-1"))
searched.wrong("starts at −100000", "running_max_starts_too_high", ("-np.inf", "-100000"))
searched.wrong(
    "starts at the smallest positive float", "running_max_starts_at_zero", ("-np.inf", "np.finfo(float).tiny")
)
searched.wrong(
    "float division",
    "size_not_rounded",
    ("int(1 + (H_prev - pool_h) / s_h)", "1 + (H_prev - pool_h) / s_h"),
    ("int(1 + (W_prev - pool_w) / s_w)", "1 + (W_prev - pool_w) / s_w"),
)
searched.wrong(
    "size divided by the window",
    "size_divided",
    ("int(1 + (H_prev - pool_h) / s_h)", "H_prev // pool_h"),
    ("int(1 + (W_prev - pool_w) / s_w)", "W_prev // pool_w"),
)
searched.wrong(
    "size divided by the stride",
    "size_divided",
    ("int(1 + (H_prev - pool_h) / s_h)", "H_prev // s_h"),
    ("int(1 + (W_prev - pool_w) / s_w)", "W_prev // s_w"),
)
searched.wrong("stride ignored", "stride_is_the_size", ("s_h = s_w = stride", "s_h, s_w = pool_h, pool_w"))
searched.wrong(
    "stride None means 1", "stride_defaults_to_one", ("s_h, s_w = pool_h, pool_w", "s_h, s_w = 1, 1")
)
searched.wrong("sides swapped", "sides_swapped", ("pool_h, pool_w = size\n", "pool_w, pool_h = size\n"))
searched.wrong(
    "one side for both", "height_for_both_sides", ("pool_h, pool_w = size\n", "pool_h = pool_w = size[0]\n")
)
searched.wrong(
    "window sides swapped, size right",
    "window_sides_swapped",
    ("h * s_h + pool_h", "h * s_h + pool_w"),
    ("v * s_w + pool_w", "v * s_w + pool_h"),
)
searched.wrong("the minimum", "minimum_instead", ("-np.inf", "np.inf"), ("> biggest", "< biggest"))
searched.wrong(
    "window of stride × stride",
    "window_as_large_as_the_stride",
    ("h * s_h + pool_h", "h * s_h + s_h"),
    ("v * s_w + pool_w", "v * s_w + s_w"),
)
searched.wrong(
    "an assertion that the stride fits",
    "refuses_what_does_not_fit",
    ("    A = np", "    assert (H_prev - pool_h) % s_h == 0 and (W_prev - pool_w) % s_w == 0\n    A = np"),
)
searched.wrong("returns inside", "returns_inside_the_loop", ("    return A", "            return A"))
searched.wrong("square output", "columns_from_height", ("(W_prev - pool_w)", "(H_prev - pool_w)"))
searched.wrong(
    "buffer of OH × OH",
    "columns_from_height buffer_width_from_height",
    ("np.zeros((m, n_H, n_W, C))", "np.zeros((m, n_H, n_H, C))"),
)
searched.wrong("starts without stride", "windows_start_at_every_cell", ("h * s_h", "h"), ("v * s_w", "v"))
searched.wrong(
    "rounded size",
    "size_rounded_to_nearest size_rounded_up",
    ("int(1 + (H_prev - pool_h) / s_h)", "1 + round((H_prev - pool_h) / s_h)"),
    ("int(1 + (W_prev - pool_w) / s_w)", "1 + round((W_prev - pool_w) / s_w)"),
)

hanging = style(
    "max_pool2d",
    """
    def max_pool2d(x, size=2, stride=None):
        KH, KW = size if isinstance(size, tuple) else (size, size)
        SH, SW = (KH, KW) if stride is None else (stride, stride)
        N, H, W, C = x.shape
        rows = []
        for i in range(0, H - KH + 1, SH):
            row = []
            for j in range(0, W - KW + 1, SW):
                row.append(np.amax(x[:, i:i + KH, j:j + KW], axis=(1, 2)))
            rows.append(row)
        return np.array(rows).transpose(2, 0, 1, 3)
    """,
)
hanging.wrong(
    "windows hang over",
    "windows_hang_over",
    ("range(0, H - KH + 1, SH)", "range(0, H, SH)"),
    ("range(0, W - KW + 1, SW)", "range(0, W, SW)"),
)
hanging.wrong(
    "last start left out", "last_start_left_out", ("H - KH + 1", "H - KH"), ("W - KW + 1", "W - KW")
)
hanging.wrong("not transposed", "images_last", (".transpose(2, 0, 1, 3)", ""))
hanging.wrong(
    "over channels too",
    "max_over_channels",
    ("axis=(1, 2))", "axis=(1, 2, 3), keepdims=False)[:, None].repeat(C, 1)"),
)
hanging.wrong("the whole image", "max_over_the_picture", ("np.amax(x[:, i:i + KH, j:j + KW]", "np.amax(x"))

averages = style(
    "avg_pool2d",
    """
    def avg_pool2d(x, size=2, stride=None):
        KH, KW = size if isinstance(size, tuple) else (size, size)
        if stride is None:
            stride = (KH, KW)
        else:
            stride = (stride, stride)
        N, H, W, C = x.shape
        Ho = (H - KH) // stride[0] + 1
        Wo = (W - KW) // stride[1] + 1
        out = np.zeros((N, Ho, Wo, C))
        for h in range(Ho):
            for w in range(Wo):
                patch = x[:, h * stride[0]:h * stride[0] + KH, w * stride[1]:w * stride[1] + KW, :]
                out[:, h, w, :] = np.mean(patch, axis=(1, 2))
        return out
    """,
)
averages.wrong("the maximum", "maximum_instead", ("np.mean(", "np.max("))
averages.wrong("the sum", "sum_not_divided", ("np.mean(", "np.sum("))
averages.wrong(
    "by four", "divides_by_four", ("np.mean(patch, axis=(1, 2))", "np.sum(patch, axis=(1, 2)) / 4")
)
averages.wrong("over the channels", "mean_over_channels", ("axis=(1, 2))", "axis=(1, 2, 3))[:, None]"))
averages.wrong("over all", "mean_over_everything", ("np.mean(patch, axis=(1, 2))", "np.mean(patch)"))
averages.wrong(
    "integer division",
    "whole_division",
    ("np.mean(patch, axis=(1, 2))", "np.sum(patch, axis=(1, 2)) // (KH * KW)"),
)
averages.wrong(
    "by height squared",
    "divides_by_height_squared",
    ("np.mean(patch, axis=(1, 2))", "np.sum(patch, axis=(1, 2)) / (KH * KH)"),
)
averages.wrong(
    "float size",
    "size_not_rounded",
    ("(H - KH) // stride[0]", "(H - KH) / stride[0]"),
    ("(W - KW) // stride[1]", "(W - KW) / stride[1]"),
)
averages.wrong(
    "window sides swapped",
    "window_sides_swapped",
    ("stride[0] + KH,", "stride[0] + KW,"),
    ("stride[1] + KW,", "stride[1] + KH,"),
)
averages.wrong(
    "hangs over",
    "windows_hang_over",
    ("(H - KH) // stride[0] + 1", "len(range(0, H, stride[0]))"),
    ("(W - KW) // stride[1] + 1", "len(range(0, W, stride[1]))"),
)

# Backward passes.

scatter = style(
    "conv2d_backward",
    """
    def conv2d_backward(dout, x, w, stride=1, pad=0):
        (m, n_H_prev, n_W_prev, n_C_prev) = x.shape
        (f_H, f_W, n_C_prev, n_C) = w.shape
        (m, n_H, n_W, n_C) = dout.shape
        dA = np.zeros((m, n_H_prev, n_W_prev, n_C_prev))
        dW = np.zeros((f_H, f_W, n_C_prev, n_C))
        db = np.zeros(n_C)
        A_pad = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        dA_pad = np.pad(dA, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        for i in range(m):
            a_pad = A_pad[i]
            da_pad = dA_pad[i]
            for h in range(n_H):
                for v in range(n_W):
                    for c in range(n_C):
                        vs = h * stride
                        ve = vs + f_H
                        hs = v * stride
                        he = hs + f_W
                        a_slice = a_pad[vs:ve, hs:he, :]
                        da_pad[vs:ve, hs:he, :] += w[:, :, :, c] * dout[i, h, v, c]
                        dW[:, :, :, c] += a_slice * dout[i, h, v, c]
                        db[c] += dout[i, h, v, c]
            dA[i, :, :, :] = da_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]
        return dA, dW, db
    """,
)
scatter.wrong(
    "pad:-pad inside the loop over images",
    "empty_slice_at_pad_zero cropped_inside_the_loop",
    ("da_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]", "da_pad[pad:-pad, pad:-pad, :]"),
)
scatter.wrong(
    "1:-1 inside the loop",
    "unpads_by_one",
    ("da_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]", "da_pad[1:-1, 1:-1, :]"),
)
scatter.wrong(
    "crop that starts at 1",
    "crop_starts_at_one",
    ("da_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]", "da_pad[1:1 + n_H_prev, 1:1 + n_W_prev, :]"),
)
scatter.wrong("dx assigned", "dx_assigned", ("da_pad[vs:ve, hs:he, :] +=", "da_pad[vs:ve, hs:he, :] ="))
scatter.wrong("dw assigned", "dw_last_window_wins", ("dW[:, :, :, c] +=", "dW[:, :, :, c] ="))
scatter.wrong("db assigned", "db_last_window_wins", ("db[c] +=", "db[c] ="))
scatter.wrong(
    "H and W swapped on unpacking",
    "height_and_width_exchanged",
    ("(m, n_H, n_W, n_C) = dout.shape", "(m, n_W, n_H, n_C) = dout.shape"),
)
scatter.wrong(
    "x unpacked with H and W swapped",
    "height_and_width_exchanged input_sides_swapped",
    ("(m, n_H_prev, n_W_prev, n_C_prev) = x.shape", "(m, n_W_prev, n_H_prev, n_C_prev) = x.shape"),
)
scatter.wrong("stride left out", "stride_ignored", ("h * stride", "h"), ("v * stride", "v"))
scatter.wrong(
    "window sides swapped", "kernel_sides_mixed_up", ("vs + f_H", "vs + f_W"), ("hs + f_W", "hs + f_H")
)
scatter.wrong(
    "one mask for the whole map",
    "",
    (
        "da_pad[vs:ve, hs:he, :] += w[:, :, :, c] * dout[i, h, v, c]",
        "da_pad[vs:ve, hs:he, :] += w[:, :, :, c] * dout[i, 0, 0, c]",
    ),
)
scatter.wrong("not cropped", "dx_keeps_the_padding", ("return dA, dW", "return dA_pad, dW"))
scatter.wrong(
    "dw from x itself", "dw_from_unpadded_input pad_ignored", ("a_slice = a_pad[", "a_slice = x[i][")
)
scatter.wrong(
    "db of shape (1, M)", "db_keeps_an_axis", ("np.zeros(n_C)", "np.zeros((1, n_C))"), ("db[c]", "db[0, c]")
)
scatter.wrong("averaged", "averaged_over_the_batch", ("return dA, dW, db", "return dA / m, dW / m, db / m"))
scatter.wrong("upstream left out in dw", "dw_upstream_left_out", ("a_slice * dout[i, h, v, c]", "a_slice"))
scatter.wrong(
    "upstream left out in dx", "dx_upstream_left_out", ("w[:, :, :, c] * dout[i, h, v, c]", "w[:, :, :, c]")
)
scatter.wrong("filter turned", "dx_filter_turned", ("+= w[:, :, :, c] *", "+= w[::-1, ::-1, :, c] *"))
scatter.wrong(
    "only the first image", "only_first_image db_first_image", ("    return dA, dW", "        return dA, dW")
)
scatter.wrong("height for both loops", "height_for_both_loops", ("range(n_W)", "range(n_H)"))
scatter.wrong("dw and dx exchanged", "returns_dw_first", ("return dA, dW, db", "return dW, dA, db"))
scatter.wrong(
    "upstream indexed by the window",
    "upstream_indexed_by_the_window",
    ("dout[i, h, v, c]", "dout[i, vs, hs, c]"),
)
scatter.wrong(
    "random start",
    "",
    ("np.zeros((m, n_H_prev, n_W_prev, n_C_prev))", "np.random.randn(m, n_H_prev, n_W_prev, n_C_prev)"),
)
scatter.wrong("a wrong stride in columns", "stride_on_rows_only", ("v * stride", "v"))

masks = style(
    "max_pool2d_backward",
    """
    def max_pool2d_backward(dout, x, size=2, stride=None):
        if np.ndim(size) == 0:
            f_H, f_W = size, size
        else:
            f_H, f_W = size
        s_H, s_W = (f_H, f_W) if stride is None else (stride, stride)
        m, n_H, n_W, n_C = dout.shape
        dA = np.zeros_like(x)
        for i in range(m):
            for h in range(n_H):
                for v in range(n_W):
                    for c in range(n_C):
                        vs = h * s_H
                        hs = v * s_W
                        a_slice = x[i, vs:vs + f_H, hs:hs + f_W, c]
                        mask = a_slice == np.max(a_slice)
                        mask = mask / np.sum(mask)
                        dA[i, vs:vs + f_H, hs:hs + f_W, c] += mask * dout[i, h, v, c]
        return dA
    """,
)
masks.wrong("all ties", "all_ties_get_everything", ("mask = mask / np.sum(mask)", "pass"))
masks.wrong("assigned", "window_assigned", ("c] += mask", "c] = mask"))
masks.wrong("upstream left out", "upstream_left_out", (" * dout[i, h, v, c]", ""))
masks.wrong(
    "upstream indexed by the window",
    "upstream_indexed_by_the_window",
    ("dout[i, h, v, c]", "dout[i, vs, hs, c]"),
)
masks.wrong(
    "starts without the stride",
    "windows_start_at_every_cell stride_ignored",
    ("h * s_H", "h"),
    ("v * s_W", "v"),
)
masks.wrong(
    "H and W swapped",
    "height_and_width_exchanged",
    ("m, n_H, n_W, n_C = dout.shape", "m, n_W, n_H, n_C = dout.shape"),
)
masks.wrong("sides swapped", "sides_swapped", ("f_H, f_W = size\n", "f_W, f_H = size\n"))
masks.wrong(
    "window sides swapped", "window_sides_swapped", ("vs + f_H", "vs + f_W"), ("hs + f_W", "hs + f_H")
)
masks.wrong("times the maximum", "times_the_maximum", ("mask * dout", "mask * np.max(a_slice) * dout"))
masks.wrong(
    "maximum of the image",
    "maximum_of_the_picture",
    ("np.max(a_slice)", "np.max(x[i, :, :, c])"),
    ("mask / np.sum(mask)", "mask / max(np.sum(mask), 1)"),
)
masks.wrong(
    "spread", "spread_over_the_window", ("mask = a_slice == np.max(a_slice)", "mask = np.ones_like(a_slice)")
)
masks.wrong("stride is the size", "stride_is_the_size", ("if stride is None else (stride, stride)", ""))
masks.wrong(
    "max over channels",
    "maximum_of_all_channels",
    ("np.max(a_slice)", "np.max(x[i, vs:vs + f_H, hs:hs + f_W])"),
    ("mask / np.sum(mask)", "mask / max(np.sum(mask), 1)"),
)

where = style(
    "max_pool2d_backward",
    """
    def max_pool2d_backward(dout, x, size=2, stride=None):
        HP, WP = (size, size) if np.isscalar(size) else size
        SH, SW = (HP, WP) if stride is None else (stride, stride)
        N, OH, OW, C = dout.shape
        dx = np.zeros(x.shape)
        for n in range(N):
            for c in range(C):
                for i in range(OH):
                    for j in range(OW):
                        block = x[n, i * SH:i * SH + HP, j * SW:j * SW + WP, c]
                        k = np.argmax(block)
                        row = k // WP
                        col = k % WP
                        dx[n, i * SH + row, j * SW + col, c] += dout[n, i, j, c]
        return dx
    """,
)
where.wrong("row by the height", "place_divided_by_height", ("k // WP", "k // HP"), ("k % WP", "k % HP"))
where.wrong("row by the height, column by the width", "row_by_height_column_by_width", ("k // WP", "k // HP"))
where.wrong("assigned", "cell_assigned", ("c] += dout", "c] = dout"))
where.wrong(
    "row and column swapped", "place_swapped", ("+ row", "+ tmp"), ("+ col", "+ row"), ("+ tmp", "+ col")
)
where.wrong("at the top left", "written_at_the_top_left", ("i * SH + row, j * SW + col", "row, col"))
where.wrong("minimum", "minimum_gets_it", ("argmax", "argmin"))
where.wrong("starts as x", "starts_at_the_input", ("np.zeros(x.shape)", "x.copy()"))

evenly = style(
    "avg_pool2d_backward",
    """
    def avg_pool2d_backward(dout, x, size=2, stride=None):
        KH, KW = (size, size) if isinstance(size, int) else size
        SH, SW = (KH, KW) if stride is None else (stride, stride)
        dx = np.zeros_like(x)
        N, OH, OW, C = dout.shape
        for h in range(OH):
            for w in range(OW):
                average = dout[:, h, w, :] / (KH * KW)
                dx[:, h * SH:h * SH + KH, w * SW:w * SW + KW, :] += average[:, None, None, :]
        return dx
    """,
)
evenly.wrong("assigned", "window_assigned", ("] += average", "] = average"))
evenly.wrong("not divided", "not_divided", (" / (KH * KW)", ""))
evenly.wrong("by four", "divided_by_four", (" / (KH * KW)", " / 4"))
evenly.wrong("by the sides' sum", "divided_by_height_plus_width", ("KH * KW", "KH + KW"))
evenly.wrong(
    "starts without the stride",
    "windows_start_at_every_cell stride_ignored",
    ("h * SH", "h"),
    ("w * SW", "w"),
)
evenly.wrong(
    "H and W swapped",
    "height_and_width_exchanged",
    ("N, OH, OW, C = dout.shape", "N, OW, OH, C = dout.shape"),
)
evenly.wrong("the mean of all", "", ("dout[:, h, w, :]", "dout.mean(axis=(1, 2))"))

# Softmax and its loss.

loss = style(
    "softmax_cross_entropy",
    """
    def softmax_cross_entropy(scores, labels):
        num = scores.shape[0]
        z = scores - np.max(scores, axis=1, keepdims=True)
        e = np.exp(z)
        probs = e / np.sum(e, axis=1, keepdims=True)
        correct = z[np.arange(num), labels] - np.log(np.sum(e, axis=1))
        loss = -np.sum(correct) / num
        grad = probs.copy()
        grad[np.arange(num), labels] -= 1
        grad = grad / num
        return loss, grad
    """,
)
loss.wrong(
    "gradient through −1/p",
    "gradient_of_the_probability gradient_through_one_over_p",
    (
        "    grad = probs.copy()\n    grad[np.arange(num), labels] -= 1\n",
        "    dp = np.zeros_like(probs)\n"
        "    dp[np.arange(num), labels] = -1 / probs[np.arange(num), labels]\n"
        "    grad = probs * (dp - np.sum(dp * probs, axis=1, keepdims=True))\n",
    ),
)
loss.wrong(
    "1e-13 added",
    "log_of_a_little_more",
    (
        "z[np.arange(num), labels] - np.log(np.sum(e, axis=1))",
        "np.log(probs[np.arange(num), labels] + 1e-13)",
    ),
)
loss.wrong(
    "1e-9 added",
    "log_of_a_little_more",
    ("z[np.arange(num), labels] - np.log(np.sum(e, axis=1))", "np.log(probs[np.arange(num), labels] + 1e-9)"),
)
loss.wrong(
    "zeros replaced",
    "zeros_replaced",
    (
        "    correct = z[np.arange(num), labels] - np.log(np.sum(e, axis=1))",
        "    probs = np.where(probs == 0, 1e-10, probs)\n    correct = np.log(probs[np.arange(num), labels])",
    ),
)
loss.wrong(
    "clipped p in the gradient too",
    "probability_clipped",
    (
        "    correct = z[np.arange(num), labels] - np.log(np.sum(e, axis=1))",
        "    probs = np.clip(probs, 1e-12, 1 - 1e-12)\n    correct = np.log(probs[np.arange(num), labels])",
    ),
)
loss.wrong(
    "the right class's score subtracted",
    "not_the_largest_subtracted",
    ("np.max(scores, axis=1, keepdims=True)", "scores[np.arange(num), labels][:, None]"),
)
loss.wrong("the row's sum subtracted", "not_the_largest_subtracted", ("np.max(scores,", "np.sum(scores,"))
loss.wrong("the row's mean subtracted", "not_the_largest_subtracted", ("np.max(scores,", "np.mean(scores,"))
loss.wrong(
    "a maximum that starts at −1",
    "not_the_largest_subtracted",
    ("np.max(scores, axis=1, keepdims=True)", "np.maximum(np.max(scores, axis=1, keepdims=True), -1)"),
)
loss.wrong(
    "one-hot times log p",
    "zero_times_infinity",
    (
        "    correct = z[np.arange(num), labels] - np.log(np.sum(e, axis=1))",
        "    correct = np.sum(np.eye(probs.shape[1])[labels] * np.log(probs), axis=1)",
    ),
)
loss.wrong(
    "the right class counted twice",
    "right_class_counted_twice",
    ("np.log(np.sum(e, axis=1))", "np.log(np.sum(e, axis=1) + e[np.arange(num), labels])"),
)
loss.wrong(
    "log10",
    "log_base_ten",
    ("z[np.arange(num), labels] - np.log(np.sum(e, axis=1))", "np.log10(probs[np.arange(num), labels])"),
)
loss.wrong("log10 of the sum alone", "sum_has_another_logarithm", ("np.log(np.sum", "np.log10(np.sum"))
loss.wrong("no maximum", "overflow", ("scores - np.max(scores, axis=1, keepdims=True)", "scores"))
loss.wrong(
    "log of p",
    "log_of_the_probability",
    ("z[np.arange(num), labels] - np.log(np.sum(e, axis=1))", "np.log(probs[np.arange(num), labels])"),
)
loss.wrong("not averaged", "loss_summed", ("-np.sum(correct) / num", "-np.sum(correct)"))
loss.wrong("gradient not averaged", "gradient_summed", ("grad = grad / num", "pass"))
loss.wrong(
    "one maximum for all", "one_maximum_for_all", ("np.max(scores, axis=1, keepdims=True)", "np.max(scores)")
)
loss.wrong("no minus", "loss_sign", ("-np.sum(correct)", "np.sum(correct)"))
loss.wrong("labels as columns", "label_in_every_row", ("grad[np.arange(num), labels]", "grad[:, labels]"))
loss.wrong(
    "over the examples",
    "softmax_over_examples",
    ("axis=1, keepdims=True", "axis=0, keepdims=True"),
    ("np.log(np.sum(e, axis=1))", "np.log(np.sum(e, axis=0))[labels]"),
)
loss.wrong("only the loss", "loss_only", ("return loss, grad", "return loss"))
loss.wrong("written into scores", "input_modified", ("z = scores - np.max", "z = scores\n    z -= np.max"))

# Tables, batches, steps, fields.

table = style(
    "im2col",
    """
    def im2col(x, kernel, stride=1, pad=0):
        if isinstance(kernel, int):
            kernel = (kernel, kernel)
        kh, kw = kernel
        x_padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), "constant")
        n, h, w, c = x_padded.shape
        out_h = (h - kh) // stride + 1
        out_w = (w - kw) // stride + 1
        cols = np.zeros((n * out_h * out_w, kh * kw * c))
        k = 0
        for b in range(n):
            for i in range(0, out_h):
                for j in range(0, out_w):
                    cut = x_padded[b, i * stride:i * stride + kh, j * stride:j * stride + kw, :]
                    cols[k] = cut.reshape(-1)
                    k += 1
        return cols
    """,
)
table.wrong(
    "columns from the kernel's height",
    "columns_from_kernel_height",
    ("(w - kw) // stride", "(w - kh) // stride"),
)
table.wrong(
    "float size",
    "size_not_rounded",
    ("(h - kh) // stride", "(h - kh) / stride"),
    ("(w - kw) // stride", "(w - kw) / stride"),
)
table.wrong("transposed", "table_transposed", ("return cols", "return cols.T"))
table.wrong("no plus one", "size_plus_one_missing", ("// stride + 1", "// stride"))
table.wrong(
    "stride ignored in the start", "window_start_ignores_stride", ("i * stride", "i"), ("j * stride", "j")
)
table.wrong(
    "channels first in a row",
    "channels_first_in_a_row channel_by_channel",
    ("cut.reshape(-1)", "cut.transpose(2, 0, 1).reshape(-1)"),
)
table.wrong("the input is cut, not the padded", "", ("= x_padded[b", "= x[b"))
table.wrong(
    "padding ignored",
    "padding_ignored",
    ('np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), "constant")', "x"),
)
table.wrong(
    "kernel not unpacked",
    "kernel_not_unpacked",
    ("    if isinstance(kernel, int):\n        kernel = (kernel, kernel)\n", ""),
)
table.wrong(
    "window sides swapped",
    "window_sides_swapped",
    ("i * stride + kh", "i * stride + kw"),
    ("j * stride + kw", "j * stride + kh"),
)
table.wrong(
    "the counter starts anew for each image",
    "",
    ("        for i in range(0, out_h)", "        k = 0\n        for i in range(0, out_h)"),
)

batches = style(
    "minibatches",
    """
    def minibatches(x, y, size, rng):
        idx = rng.permutation(x.shape[0])
        x_new = x[idx]
        y_new = y[idx]
        n = x.shape[0]
        i = 0
        while i < n:
            yield x_new[i:i + size], y_new[i:i + size]
            i += size
    """,
)
batches.wrong("labels in order", "labels_not_shuffled", ("y_new = y[idx]", "y_new = y"))
batches.wrong("short batch dropped", "last_batch_dropped", ("while i < n:", "while i + size <= n:"))
batches.wrong(
    "last batch filled up from the front",
    "last_batch_filled_up",
    (
        "yield x_new[i:i + size], y_new[i:i + size]",
        "j = np.arange(i, i + size) % n\n        yield x_new[j], y_new[j]",
    ),
)
batches.wrong("more batches than there are", "empty_batch_at_the_end", ("while i < n:", "while i <= n:"))
batches.wrong("not shuffled", "not_shuffled", ("rng.permutation(x.shape[0])", "np.arange(x.shape[0])"))
batches.wrong("own generator", "", ("rng.permutation", "np.random.permutation"))
batches.wrong("own seed", "rng_not_used", ("rng.permutation", "np.random.default_rng(0).permutation"))
batches.wrong(
    "shuffled twice", "shuffled_separately", ("y_new = y[idx]", "y_new = y[rng.permutation(y.shape[0])]")
)
batches.wrong(
    "with replacement",
    "drawn_with_replacement",
    ("rng.permutation(x.shape[0])", "rng.integers(0, x.shape[0], x.shape[0])"),
)
batches.wrong(
    "each batch drawn afresh",
    "batches_drawn_afresh",
    ("yield x_new[i:i + size], y_new[i:i + size]", "k = rng.choice(n, size)\n        yield x[k], y[k]"),
)
batches.wrong("return for yield", "first_batch_only returns_the_first_batch", ("yield x_new", "return x_new"))
batches.wrong(
    "pairs swapped",
    "order_exchanged",
    ("yield x_new[i:i + size], y_new[i:i + size]", "yield y_new[i:i + size], x_new[i:i + size]"),
)

update = style(
    "sgd_step",
    """
    def sgd_step(params, grads, lr):
        for key in params.keys():
            params[key] -= lr * grads[key]
    """,
)
update.wrong(
    "rebinds",
    "caller_unchanged",
    ("params[key] -= lr * grads[key]", "params[key] = params[key] - lr * grads[key]"),
)
update.wrong(
    "a local name",
    "caller_unchanged",
    ("params[key] -= lr * grads[key]", "w = params[key]\n        w = w - lr * grads[key]"),
)
update.wrong("uphill", "ascent", ("-=", "+="))
update.wrong("last layer left out", "last_array_left_out", ("params.keys()", "list(params.keys())[:-1]"))
update.wrong("only w", "", ("params.keys()", "[k for k in params if k.startswith('w')]"))
update.wrong("no rate", "step_size_ignored", ("lr * ", ""))
update.wrong(
    "returns a new dict",
    "new_parameters_returned",
    (
        "    for key in params.keys():\n        params[key] -= lr * grads[key]\n",
        "    return {key: params[key] - lr * grads[key] for key in params}\n",
    ),
)
update.wrong(
    "returns in the loop",
    "first_array_only",
    ("params[key] -= lr * grads[key]", "params[key] -= lr * grads[key]\n        return params"),
)

fields = style(
    "receptive_field",
    """
    def receptive_field(layers):
        r = 1
        j = 1
        for layer in layers:
            k = layer["kernel"]
            s = layer.get("stride", 1)
            d = layer.get("dilation", 1)
            k = d * (k - 1) + 1
            r = r + (k - 1) * j
            j = j * s
        return r, j
    """,
)
fields.wrong("own stride", "own_stride_for_the_jump", ("r + (k - 1) * j", "r + (k - 1) * s"))
fields.wrong("whole kernel", "whole_kernel_added", ("(k - 1) * j", "k * j"))
fields.wrong("no jump", "jump_left_out", ("(k - 1) * j", "(k - 1)"))
fields.wrong(
    "jump first",
    "jump_of_the_layer_itself",
    ("        r = r + (k - 1) * j\n        j = j * s\n", "        j = j * s\n        r = r + (k - 1) * j\n"),
)
fields.wrong("jump is the last stride", "stride_of_the_layer_only", ("j = j * s", "j = s"))
fields.wrong("strides added", "strides_added", ("j = j * s", "j = j + s"))
fields.wrong("no dilation", "dilation_ignored", ("d * (k - 1) + 1", "k"))
fields.wrong("d · k", "dilation_times_kernel", ("d * (k - 1) + 1", "d * k"))
fields.wrong("returns r", "size_only", ("return r, j", "return r"))
fields.wrong("stride without default", "", ('layer.get("stride", 1)', 'layer["stride"]'))
fields.wrong("from the top", "read_from_the_top", ("in layers:", "in reversed(layers):"))
fields.wrong("starts at 0", "starts_at_zero", ("r = 1\n", "r = 0\n"))
