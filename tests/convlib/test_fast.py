"""The fast kernels' several ways: each where it applies, at its seams, with threads and without."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import threading
import weakref
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convlib import fast, reference
from convlib.fast import (
    _depthwise,
    _lowering,
    _strips,
    _thin,
    _winograd,
    _winograd_tiles,
    _workers,
    conv,
    pool,
)
from convlib.fast.conv import _way
from convlib.shapes import slide
from support.kernel_cases import SEEDS, Conv, Pool, convolutions, pools
from support.needs import needs

drawn = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def way(C: int, F: int, image: int, kernel: int, stride: int = 1, groups: int = 1, N: int = 16) -> object:
    rows, columns = slide((image, image), (kernel, kernel), stride, kernel // 2)
    return _way(N, C, F, rows, columns, groups)


def test_each_shape_is_computed_the_way_that_suits_it() -> None:
    assert way(64, 64, 56, 3) is _winograd
    assert way(256, 256, 14, 3) is _winograd_tiles  # the more channels, the less do its sums weigh
    assert way(256, 256, 14, 3, groups=8) is _winograd  # 32 filters in a group
    assert way(64, 128, 32, 3, stride=2) is _lowering  # Winograd knows no stride
    assert way(64, 64, 14, 5) is _lowering  # nor five rows
    assert way(64, 64, 1, 3) is _lowering  # a single row has no neighbour to share products with
    assert way(8, 16, 8, 3) is _lowering  # too few numbers for Winograd's sums to pay
    assert way(2, 2, 4, 3, N=1) is _lowering  # where there is next to nothing to compute, calls count
    assert way(3, 32, 32, 3) is _thin  # nine numbers of a row are no run
    assert way(1, 6, 28, 5) is _thin
    assert way(1, 64, 32, 3, groups=64) is _depthwise


def test_the_way_that_is_taken_has_the_least_counted_work() -> None:
    rows, columns = slide((32, 32), (3, 3), 1, 1)
    for C, F in ((3, 32), (16, 16), (64, 64), (256, 256)):
        costs = {way: way.cost(C, F, rows, columns) for way in (*conv.LOWERING, *conv.MIXING)}
        assert costs[_way(1000, C, F, rows, columns)] == min(costs.values())
        fewest = min(costs, key=lambda way: costs[way] + way.CALLS * _workers.CALL)
        assert _way(1, C, F, rows, columns) is fewest
        for way, cost in costs.items():
            assert cost > way.cost(C, F // 2, rows, columns) > 0  # half of the filters are less work


def test_each_convolution_s_gradient_of_x_is_scattered_or_gathered_as_takes_less_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    taken = []
    for module in (_lowering, _thin):
        scatter = module.input_gradient

        def noted(*arrays: object, name: str = module.__name__, scatter: object = scatter) -> object:
            taken.append(name.rpartition(".")[2])
            return scatter(*arrays)  # type: ignore[operator]

        monkeypatch.setattr(module, "input_gradient", noted)

    def ways_of(C: int, F: int, image: int, kernel: int, stride: int = 1) -> list[str]:
        taken.clear()
        x, w = rng.normal(size=(1, image, image, C)), rng.normal(size=(kernel, kernel, C, F))
        out = fast.conv2d(x, w, np.zeros(F), stride, kernel // 2)
        fast.conv2d_backward(out, x, w, stride, kernel // 2)
        return list(taken)

    assert ways_of(1, 6, 28, 5) == ["_thin"]
    assert ways_of(3, 64, 64, 11, stride=4) == ["_thin"]
    assert ways_of(64, 128, 16, 3, stride=2) == ["_lowering"]  # a stride leaves nothing to gather
    assert ways_of(64, 64, 16, 3) == []  # Winograd gathers


@st.composite
def three_rows(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[int, int], ...], int]:
    pads = tuple(draw(st.tuples(st.integers(0, 4), st.integers(0, 4))) for _ in range(2))
    KW = draw(st.sampled_from((1, 2, 3, 3, 3, 4, 5)))
    H = draw(st.integers(max(1, 3 - sum(pads[0])), 9))
    W = draw(st.integers(max(1, KW - sum(pads[1])), 9))
    N, C, F = (draw(st.integers(1, 4)) for _ in range(3))
    return (N, H, W, C), (3, KW, C, F), pads, draw(SEEDS)


@drawn
@given(three_rows())
def test_winograd_agrees_with_the_loops_on_every_shape_it_takes_in_blocks_of_any_size(
    case: tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[int, int], tuple[int, int]], int],
) -> None:
    x_shape, w_shape, pads, seed = case
    rng = np.random.default_rng(seed)
    x, w, b = rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[3])
    rows, columns = slide(x_shape[1:3], w_shape[:2], 1, pads)
    out = reference.conv2d(x, w, b, pad=pads)
    dout = rng.normal(size=out.shape)
    _, dw, _ = reference.conv2d_backward(dout, x, w, pad=pads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_strips, "BLOCK_BYTES", 1 + seed % 4000)
        patch.setattr(_winograd, "LEAST_ROWS", 1 + seed % 7)
        np.testing.assert_allclose(_winograd.convolve(x, w, b, rows, columns), out, atol=1e-11)
        np.testing.assert_allclose(_winograd.filter_gradient(x, dout, rows, columns), dw, atol=1e-11)
        if w_shape[1] == 3:
            patch.setattr(_winograd_tiles, "LEAST_ROWS", 1 + seed % 7)
            np.testing.assert_allclose(_winograd_tiles.convolve(x, w, b, rows, columns), out, atol=1e-11)
            np.testing.assert_allclose(
                _winograd_tiles.filter_gradient(x, dout, rows, columns), dw, atol=1e-11
            )


@drawn
@given(convolutions(), st.sampled_from((_lowering, _thin)))
def test_lowering_agrees_with_the_loops_in_both_layouts_and_in_blocks_of_any_size(
    case: Conv, lowering: ModuleType
) -> None:
    x, w, b, dout = case.arrays()
    group = slice(0, w.shape[2])  # of one group only: they are put together elsewhere
    x, w, dout = x[..., group], w[..., : w.shape[3] // case.keywords["groups"]], dout
    dout, b = dout[..., : w.shape[3]], b[: w.shape[3]]
    keywords = case.keywords | {"groups": 1}
    rows, columns = slide(
        x.shape[1:3], w.shape[:2], keywords["stride"], keywords["pad"], keywords["dilation"]
    )
    out = reference.conv2d(x, w, b, **keywords)
    dx, dw, _ = reference.conv2d_backward(dout, x, w, **keywords)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_strips, "BLOCK_BYTES", 1 + case.seed % 4000)
        patch.setattr(lowering, "LEAST_ROWS", 1 + case.seed % 7)
        np.testing.assert_allclose(lowering.convolve(x, w, b, rows, columns), out, atol=1e-11)
        np.testing.assert_allclose(lowering.convolve(x, w, None, rows, columns), out - b, atol=1e-11)
        np.testing.assert_allclose(lowering.filter_gradient(x, dout, rows, columns), dw, atol=1e-11)
        np.testing.assert_allclose(lowering.input_gradient(dout, w, rows, columns), dx, atol=1e-11)


@drawn
@given(pools(), st.booleans())
def test_pools_agree_with_the_loops_in_blocks_of_any_size_and_on_inputs_not_in_one_piece(
    case: Pool, in_one_piece: bool
) -> None:
    x, dout = case.arrays(np.float64)
    if not in_one_piece:
        x, dout = (np.moveaxis(np.moveaxis(a, 3, 1).copy(), 1, 3) for a in (x, dout))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "BLOCK_BYTES", 1 + case.seed % 4000)
        for kind in ("max", "avg"):
            out, dx = (getattr(fast, f"{kind}_pool2d{name}") for name in ("", "_backward"))
            slow_out, slow_dx = (getattr(reference, f"{kind}_pool2d{name}") for name in ("", "_backward"))
            sizes = case.size, case.stride
            np.testing.assert_allclose(out(x, *sizes), slow_out(x, *sizes), atol=1e-12)
            np.testing.assert_allclose(dx(dout, x, *sizes), slow_dx(dout, x, *sizes), atol=1e-12)


@pytest.mark.parametrize("name", fast.__all__)
def test_a_fast_kernel_is_called_and_documented_as_its_reference(name: str) -> None:
    quick, slow = getattr(fast, name), getattr(reference, name)
    assert inspect.signature(quick) == inspect.signature(slow)
    assert quick.__doc__ == slow.__doc__
    assert {"Args:", "Returns:", "Raises:"} <= set(quick.__doc__.split())


def in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workers, "WORTH_A_THREAD", 1e18)


LARGE = [  # x, w, keywords: more than one block and, where there are two cores, more than one thread
    ((6, 40, 41, 16), (3, 3, 16, 24), {"pad": 1}),
    ((3, 61, 60, 3), (7, 5, 3, 16), {"stride": (2, 3), "pad": 2}),
    ((5, 33, 30, 32), (3, 3, 32, 40), {"stride": 2, "pad": 1}),
    ((4, 50, 49, 24), (3, 3, 1, 24), {"pad": 1, "groups": 24}),
    ((4, 30, 30, 32), (5, 5, 16, 32), {"pad": 2, "groups": 2}),
]


@pytest.mark.parametrize(("x_shape", "w_shape", "keywords"), LARGE)
def test_threads_and_blocks_change_nothing(
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    keywords: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[3])
    needs("threadpoolctl")
    assert len(set(work_twice())) == 2
    monkeypatch.setattr(_workers, "WORTH_A_THREAD", 1)
    out = fast.conv2d(x, w, b, **keywords)
    dout = rng.normal(size=out.shape)
    gradients = fast.conv2d_backward(dout, x, w, **keywords)
    in_one_thread(monkeypatch)
    monkeypatch.setattr(_strips, "BLOCK_BYTES", 1 << 40)  # and in one block
    np.testing.assert_allclose(fast.conv2d(x, w, b, **keywords), out, atol=1e-10)
    for one, other in zip(fast.conv2d_backward(dout, x, w, **keywords), gradients, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
    # The loops would take minutes over all of it; a corner and one number of each gradient tell.
    corner = reference.conv2d(x[:1, :12, :12], w, b, **keywords)[:, :2, :2]
    np.testing.assert_allclose(out[:1, :2, :2], corner, atol=1e-10)
    moved = w.copy()
    moved[1, 1, 0, 2] += 1
    change = np.sum((fast.conv2d(x, moved, b, **keywords) - out) * dout)
    assert gradients[1][1, 1, 0, 2] == pytest.approx(change)
    nudged = x.copy()
    nudged[1, 5, 7, 1] += 1
    change = np.sum((fast.conv2d(nudged, w, b, **keywords) - out) * dout)
    assert gradients[0][1, 5, 7, 1] == pytest.approx(change)


@pytest.mark.parametrize(("x_shape", "w_shape", "keywords"), LARGE)
def test_float32_errs_by_a_few_roundings_of_what_was_added_up(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], keywords: dict[str, int]
) -> None:
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=s).astype(np.float32) for s in (x_shape, w_shape, w_shape[3:]))
    exact = [a.astype(np.float64) for a in (x, w, b)]
    added_up = fast.conv2d(*(np.abs(a) for a in exact), **keywords)
    error = np.abs(fast.conv2d(x, w, b, **keywords) - fast.conv2d(*exact, **keywords))
    assert np.max(error / added_up) < 4 * np.finfo(np.float32).eps


def test_the_same_call_gives_the_same_bits_every_time() -> None:
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=s).astype(np.float32) for s in [(8, 32, 32, 32), (3, 3, 32, 32), (32,)])
    first = fast.conv2d_backward(fast.conv2d(x, w, b, pad=1), x, w, pad=1)
    for _ in range(3):
        again = fast.conv2d_backward(fast.conv2d(x, w, b, pad=1), x, w, pad=1)
        for a, c in zip(first, again, strict=True):
            np.testing.assert_array_equal(a, c)


def work_twice() -> list[int]:
    return _workers.share_out(2, 10 * _workers.WORTH_A_THREAD, lambda images: threading.get_ident())


def test_blas_has_its_threads_back_after_a_call_and_after_a_failure() -> None:
    needs("threadpoolctl")
    libraries = _workers._blas()
    before = [library.num_threads for library in libraries]
    try:
        for library in libraries:
            library.set_num_threads(2)
        held = _workers.share_out(
            2, 10 * _workers.WORTH_A_THREAD, lambda images: [library.num_threads for library in libraries]
        )
        assert held == [[1] * len(libraries)] * 2
        assert [library.num_threads for library in libraries] == [2] * len(libraries)

        def fail(images: slice) -> None:
            raise ArithmeticError(images.start)

        with pytest.raises(ArithmeticError):
            _workers.share_out(2, 10 * _workers.WORTH_A_THREAD, fail)
        assert [library.num_threads for library in libraries] == [2] * len(libraries)
        assert len(set(work_twice())) == 2
    finally:
        for library, number in zip(libraries, before, strict=True):
            library.set_num_threads(number)


def test_a_second_caller_works_alone_while_the_first_holds_blas() -> None:
    with _workers._single_threaded_blas():
        assert work_twice() == [threading.get_ident()]


def test_where_no_thread_can_be_started_the_caller_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(_workers, "_waiting", [])
    jobs = [lambda part=part: (part, threading.get_ident()) for part in range(3)]
    assert _workers._run(jobs) == [(part, threading.get_ident()) for part in range(3)]


def test_a_thread_that_has_done_its_part_waits_for_another_and_holds_nothing() -> None:
    def where() -> int:
        return threading.get_ident()

    array = np.zeros(8)
    kept = weakref.ref(array)
    first = _workers._run([where, where, lambda array=array: (array.sum(), where())[1]])
    del array
    started = threading.active_count()
    assert len(set(first)) == 3
    for _ in range(20):
        assert set(_workers._run([where, where, where])) == set(first)
    assert threading.active_count() == started
    assert kept() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork on this system")
def test_a_forked_process_starts_threads_of_its_own() -> None:
    program = (
        "import os\n"
        "from convlib.fast import _workers\n"
        "jobs = [os.getpid, os.getpid]\n"
        "assert _workers._run(jobs) == [os.getpid()] * 2\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(_workers._run(jobs) != [os.getpid()] * 2)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_without_threadpoolctl_everything_runs_in_the_caller_s_thread() -> None:
    program = (
        "import sys; sys.modules['threadpoolctl'] = None\n"
        "import threading, numpy as np, convlib\n"
        "from convlib.fast import _workers\n"
        "assert _workers.share_out(8, 1e12, lambda i: i) == [slice(0, 8)]\n"
        "out = convlib.conv2d(np.ones((8, 32, 32, 16)), np.ones((3, 3, 16, 16)), np.ones(16), pad=1)\n"
        "assert out[0, 5, 5, 0] == 145 and threading.active_count() == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("kernels", [reference, fast], ids=["reference", "fast"])
def test_calls_from_several_threads_at_once_do_not_disturb_each_other(kernels: ModuleType) -> None:
    rng = np.random.default_rng(0)
    size = 4 if kernels is reference else 24
    inputs = [rng.normal(size=(2, size, size, 16)) for _ in range(4)]
    w, b = rng.normal(size=(3, 3, 16, 16)), np.zeros(16)
    alone = [kernels.conv2d(x, w, b) for x in inputs]
    together: dict[int, np.ndarray] = {}

    def call(position: int) -> None:
        together[position] = kernels.conv2d(inputs[position], w, b)

    threads = [threading.Thread(target=call, args=(position,)) for position in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for position, expected in enumerate(alone):
        np.testing.assert_allclose(together[position], expected, atol=1e-12)
