"""The kernels on ONNX's own conformance cases (onnx.backend.test.case.node), through a thin adapter.

ONNX stores pictures as (N, C, H, W), pads and dilates pools too, and knows a ceiling mode. None of that is in
convlib's contract, so the adapter translates it; the arithmetic is convlib's.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import convlib.fast
import convlib.reference
from convlib.shapes import same_padding
from support.needs import needs

MODULES = (
    "averagepool",
    "conv",
    "convtranspose",
    "gemm",
    "globalaveragepool",
    "globalmaxpool",
    "maxpool",
    "relu",
    "softmax",
)

THREE_D = "a 3-D picture"
EXPANDED = "the case of the same name once more, written out in other operators"
LEFT_OUT = {
    "test_averagepool_3d_default": THREE_D,
    "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False": THREE_D,
    "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_True": THREE_D,
    "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False": THREE_D,
    "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True": THREE_D,
    "test_averagepool_3d_dilations_small": THREE_D,
    "test_convtranspose_3d": THREE_D,
    "test_maxpool_3d_default": THREE_D,
    "test_maxpool_3d_dilations": THREE_D,
    "test_maxpool_3d_dilations_use_ref_impl": THREE_D,
    "test_maxpool_3d_dilations_use_ref_impl_large": THREE_D,
}


@dataclass(frozen=True)
class Case:
    name: str
    operator: str
    attributes: dict[str, Any]
    inputs: list[np.ndarray]
    output: np.ndarray  # the first: the indices of two max pools are no kernel's result here
    rtol: float  # the suite's own tolerance: some of its numbers are written with four digits
    atol: float


@pytest.fixture(scope="session")
def cases() -> dict[str, Case]:
    needs("onnx")
    from onnx import helper
    from onnx.backend.test.case import node

    # Importing a module makes its cases. The public collector imports every operator's: twice the time.
    for module in MODULES:
        importlib.import_module(f"{node.__name__}.{module}")
    operators = set(MODULES)
    found = {}
    for case in node._NodeTestCases:
        graph = case.model.graph.node
        if graph[0].op_type.lower() not in operators and "_expanded" not in case.name:
            continue
        attributes = {a.name: helper.get_attribute_value(a) for a in graph[0].attribute}
        inputs, outputs = case.data_sets[0]
        found[case.name] = Case(
            case.name, graph[0].op_type, attributes, inputs, outputs[0], case.rtol, case.atol
        )
    return found


@pytest.mark.parametrize("kernels", [convlib.fast, convlib.reference], ids=["fast", "reference"])
def test_every_onnx_node_case_that_is_not_left_out_gives_onnx_s_numbers(
    cases: dict[str, Case], kernels: ModuleType
) -> None:
    tried = 0
    for case in cases.values():
        if case.name in LEFT_OUT or "_expanded" in case.name:
            continue
        answer = ADAPTERS[case.operator](kernels, case)
        np.testing.assert_allclose(answer, case.output, case.rtol, case.atol, err_msg=case.name)
        assert answer.shape == case.output.shape, case.name
        tried += 1
    print(f"{tried} ONNX node cases agree, {len(cases) - tried} are left out")
    assert tried >= 60


def test_the_cases_left_out_exist_and_are_left_out_for_a_reason_that_is_true(cases: dict[str, Case]) -> None:
    assert set(LEFT_OUT) <= set(cases)
    for case in cases.values():
        three_d = case.inputs[0].ndim == 5
        assert (LEFT_OUT.get(case.name) == THREE_D) == three_d, case.name
        if "_expanded" in case.name:
            twin = cases[case.name.partition("_expanded")[0]]
            np.testing.assert_array_equal(twin.output, case.output, err_msg=EXPANDED)


def volume(x: np.ndarray) -> np.ndarray:
    """(N, C, W) or (N, C, H, W) -> (N, H, W, C)."""
    return np.moveaxis(x[:, :, None] if x.ndim == 3 else x, 1, -1)


def onnx_order(x: np.ndarray, like: np.ndarray) -> np.ndarray:
    x = np.moveaxis(x, -1, 1)
    return x[:, :, 0] if like.ndim == 3 else x


@dataclass(frozen=True)
class Geometry:
    """Rows and columns of an operator's numbers, 1-D ones lifted to one row."""

    kernel: list[int]
    stride: list[int]
    dilation: list[int]
    pads: list[tuple[int, int]]


def geometry(case: Case, kernel: list[int]) -> Geometry:
    a, lifted = case.attributes, case.inputs[0].ndim == 3

    def lift(values: list[int], fill: int) -> list[int]:
        return [fill, *values] if lifted else list(values)

    n = lift(list(case.inputs[0].shape[2:]), 1)
    kernel = lift(kernel, 1)
    stride = lift(a.get("strides", [1] * (len(kernel) - lifted)), 1)
    dilation = lift(a.get("dilations", [1] * (len(kernel) - lifted)), 1)
    auto = a.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        pads = [same_padding(*axis) for axis in zip(n, kernel, stride, dilation, strict=True)]
        if auto == b"SAME_LOWER":
            pads = [(after, before) for before, after in pads]
    else:
        flat = a.get("pads", [0, 0, 0, 0])
        pads = (
            [(0, 0), (flat[0], flat[1])]
            if lifted and len(flat) == 2
            else [(flat[0], flat[2]), (flat[1], flat[3])]
        )
    return Geometry(kernel, stride, dilation, pads)


def conv(kernels: ModuleType, case: Case) -> np.ndarray:
    x, w = case.inputs[:2]
    g = geometry(case, list(w.shape[2:]))
    b = case.inputs[2] if len(case.inputs) > 2 else np.zeros(len(w), x.dtype)
    filters = np.moveaxis(w, (0, 1), (3, 2))
    out = kernels.conv2d(
        volume(x),
        filters,
        b,
        tuple(g.stride),
        tuple(g.pads),
        tuple(g.dilation),
        case.attributes.get("group", 1),
    )
    return onnx_order(out, x)


def conv_transpose(kernels: ModuleType, case: Case) -> np.ndarray:
    x, w = case.inputs[:2]
    a = case.attributes
    g = geometry(case, list(w.shape[2:]))
    pads, groups = list(g.pads), a.get("group", 1)
    more = list(a.get("output_padding", [0, 0]))
    wanted = a.get("output_shape")
    if "auto_pad" in a:
        wanted = [n * s for n, s in zip(x.shape[2:], g.stride, strict=True)]
    for axis, size in enumerate(wanted or []):
        n, reach = x.shape[2 + axis], g.dilation[axis] * (g.kernel[axis] - 1) + 1
        surplus = (n - 1) * g.stride[axis] + reach + more[axis] - size
        if surplus < 0:
            more[axis], surplus = more[axis] - surplus, 0
        half = surplus // 2
        pads[axis] = (half, surplus - half) if a.get("auto_pad") == b"SAME_UPPER" else (surplus - half, half)
    lifted = w[:, :, None] if x.ndim == 3 else w
    filters = lifted.transpose(2, 3, 1, 0)
    b = np.zeros(w.shape[1] * groups, x.dtype)
    out = kernels.conv2d_transpose(
        volume(x), filters, b, tuple(g.stride), tuple(pads), tuple(g.dilation), groups, tuple(more)
    )
    return onnx_order(out, x)


def windows(case: Case, g: Geometry, fill: float) -> tuple[np.ndarray, np.ndarray]:
    """Lay the windows of a padded, dilated or ceiled pool side by side, so that a plain pool can take them.

    Returns:
        Their cells, and for each cell whether the average counts it.
    """
    x = volume(case.inputs[0]).astype(np.float64)
    counted = np.ones((1, *x.shape[1:3], 1))
    counts_padding = float(case.attributes.get("count_include_pad", 0))
    for axis in (0, 1):
        n, (before, after) = x.shape[axis + 1], g.pads[axis]
        k, s, d = g.kernel[axis], g.stride[axis], g.dilation[axis]
        reach = d * (k - 1) + 1
        room = n + before + after - reach
        out = (math.ceil(room / s) if case.attributes.get("ceil_mode") else room // s) + 1
        if (out - 1) * s >= n + before:
            out -= 1  # a window that would start behind the input
        beyond = max((out - 1) * s + reach - (n + before + after), 0)
        ends = [(0, 0)] * 4
        ends[axis + 1] = (before, after)
        x = np.pad(x, ends, constant_values=fill)
        counted = np.pad(counted, ends, constant_values=counts_padding)
        ends[axis + 1] = (0, beyond)
        x = np.pad(x, ends, constant_values=fill)
        counted = np.pad(counted, ends)
        cells = np.add.outer(np.arange(out) * s, np.arange(k) * d).ravel()
        x, counted = np.take(x, cells, axis + 1), np.take(counted, cells, axis + 1)
    return x, counted


def is_plain(case: Case, g: Geometry) -> bool:
    return g.pads == [(0, 0)] * 2 and set(g.dilation) == {1} and not case.attributes.get("ceil_mode")


def max_pool(kernels: ModuleType, case: Case) -> np.ndarray:
    g = geometry(case, case.attributes["kernel_shape"])
    if is_plain(case, g):
        out = kernels.max_pool2d(volume(case.inputs[0]), tuple(g.kernel), tuple(g.stride))
    else:
        cells, _ = windows(case, g, -np.inf)
        out = kernels.max_pool2d(cells, tuple(g.kernel))
    return onnx_order(out, case.inputs[0])


def average_pool(kernels: ModuleType, case: Case) -> np.ndarray:
    g = geometry(case, case.attributes["kernel_shape"])
    if is_plain(case, g):
        out = kernels.avg_pool2d(volume(case.inputs[0]), tuple(g.kernel), tuple(g.stride))
    else:
        cells, counted = windows(case, g, 0.0)
        out = kernels.avg_pool2d(cells, tuple(g.kernel)) / kernels.avg_pool2d(counted, tuple(g.kernel))
    return onnx_order(out, case.inputs[0])


def gemm(kernels: ModuleType, case: Case) -> np.ndarray:
    a, (x, w, *bias) = case.attributes, case.inputs
    x = (x.T if a.get("transA") else x) * np.float32(a.get("alpha", 1.0))
    w = w.T if a.get("transB") else w
    c = np.float32(a.get("beta", 1.0)) * bias[0] if bias else np.zeros(1, x.dtype)
    if c.ndim == 2 and len(c) > 1:  # one bias an example: no dense layer has that
        return kernels.dense(x, w, np.zeros(w.shape[1], x.dtype)) + c
    return kernels.dense(x, w, np.broadcast_to(c.ravel(), w.shape[1]))


def softmax(kernels: ModuleType, case: Case) -> np.ndarray:
    axis = case.attributes.get("axis", -1)
    return np.moveaxis(kernels.softmax(np.moveaxis(case.inputs[0], axis, -1)), -1, axis)


ADAPTERS: dict[str, Callable[[ModuleType, Case], np.ndarray]] = {
    "AveragePool": average_pool,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "Gemm": gemm,
    "GlobalAveragePool": lambda kernels, case: kernels.global_avg_pool2d(volume(case.inputs[0]))[
        :, :, None, None
    ],
    "GlobalMaxPool": lambda kernels, case: kernels.global_max_pool2d(volume(case.inputs[0]))[
        :, :, None, None
    ],
    "MaxPool": max_pool,
    "Relu": lambda kernels, case: kernels.relu(case.inputs[0]),
    "Softmax": softmax,
}
