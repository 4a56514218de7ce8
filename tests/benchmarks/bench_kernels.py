"""convlib.fast against PyTorch and textbook im2col: time, arithmetic and memory of forward + backward.

    python -m tests.benchmarks.bench_kernels [--quick] [--runs N] [--threads N]

All contenders take turns within one run, so that they share whatever else the machine does; times are
medians. Turns end as soon as the medians are known to 2%, or after N of them; what is only shown beside (the
textbook, the algorithms that were not chosen) has three. `--quick` leaves that out, and the memory.

PyTorch runs in both of its layouts, and the better counts. A convolution has the algorithm that
`convlib.fast` chose beside it, and the time of the second-best algorithm: a wrong choice shows. "Of sgemm" is
its speed over that of a large product, counted in operations of the plain sum (Winograd does fewer, and may
exceed 100%); "of copy" is the time that copying the input once takes, over ours. Peak memory is measured in a
process of its own per contender (Linux only): the most resident memory that one forward and backward pass
adds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import convlib.fast
from convlib.fast import _depthwise, _lowering, _thin, _winograd, _winograd_tiles, conv
from convlib.shapes import slide

Pass = Callable[[], object]  # one forward and backward pass


@dataclass(frozen=True)
class Conv:
    N: int
    H: int
    W: int
    C: int
    F: int
    K: int
    stride: int
    pad: int

    def __str__(self) -> str:
        return (
            f"conv {self.N}·{self.H}·{self.W}·{self.C}→{self.F} {self.K}×{self.K} s{self.stride} p{self.pad}"
        )

    @property
    def out(self) -> int:
        return (self.H - self.K + 2 * self.pad) // self.stride + 1

    @property
    def operations(self) -> int:
        """Multiplications and additions of the plain sums, for out, dx and dw."""
        return 3 * 2 * self.N * self.out**2 * self.K**2 * self.C * self.F


@dataclass(frozen=True)
class Pool:
    N: int
    H: int
    W: int
    C: int
    size: int
    stride: int

    def __str__(self) -> str:
        return f"max pool {self.N}·{self.H}·{self.W}·{self.C} {self.size}×{self.size} s{self.stride}"

    @property
    def out(self) -> int:
        return (self.H - self.size) // self.stride + 1

    operations = 0


LAYERS: tuple[Conv | Pool, ...] = (
    Conv(64, 28, 28, 1, 6, 5, 1, 2),
    Conv(100, 32, 32, 3, 32, 3, 1, 1),
    Conv(64, 32, 32, 32, 32, 3, 1, 1),
    Conv(16, 56, 56, 64, 64, 3, 1, 1),
    Conv(16, 28, 28, 128, 128, 3, 1, 1),
    Conv(16, 14, 14, 256, 256, 3, 1, 1),
    Conv(16, 224, 224, 3, 64, 11, 4, 2),
    Conv(32, 32, 32, 64, 128, 3, 2, 1),
    Pool(64, 32, 32, 32, 2, 2),
    Pool(16, 56, 56, 64, 3, 2),
)


def arrays(layer: Conv | Pool) -> tuple[np.ndarray, ...]:
    """Return x, w, b, dout of a convolution, or x, dout of a pool; float32."""
    rng = np.random.default_rng(0)
    if isinstance(layer, Conv):
        shapes = [(layer.K, layer.K, layer.C, layer.F), (layer.F,), (layer.N, layer.out, layer.out, layer.F)]
    else:
        shapes = [(layer.N, layer.out, layer.out, layer.C)]
    shapes.insert(0, (layer.N, layer.H, layer.W, layer.C))
    return tuple(rng.standard_normal(shape, np.float32) for shape in shapes)


def ours(layer: Conv | Pool) -> Pass:
    if isinstance(layer, Pool):
        x, dout = arrays(layer)
        return lambda: (
            convlib.fast.max_pool2d(x, layer.size, layer.stride),
            convlib.fast.max_pool2d_backward(dout, x, layer.size, layer.stride),
        )
    x, w, b, dout = arrays(layer)
    return lambda: (
        convlib.fast.conv2d(x, w, b, layer.stride, layer.pad),
        convlib.fast.conv2d_backward(dout, x, w, layer.stride, layer.pad),
    )


def textbook(layer: Conv | Pool) -> Pass:
    """im2col as a first course writes it: one large copy, one product, and a loop over taps to add dx."""
    k = layer.size if isinstance(layer, Pool) else layer.K
    s, out = layer.stride, layer.out

    def windows(x: np.ndarray) -> np.ndarray:
        return sliding_window_view(x, (k, k), (1, 2))[:, ::s, ::s]

    def scatter(shape: tuple[int, ...], taps: np.ndarray) -> np.ndarray:
        dx = np.zeros(shape, np.float32)
        for i, j in np.ndindex(k, k):
            dx[:, i : i + s * out : s, j : j + s * out : s] += taps[:, :, :, i, j]
        return dx

    if isinstance(layer, Pool):
        x, dout = arrays(layer)

        def pool_pass() -> object:
            forward = windows(x).max(axis=(4, 5))
            flat = windows(x).transpose(0, 1, 2, 4, 5, 3).reshape(*dout.shape[:3], k * k, layer.C)
            taps = np.zeros_like(flat)
            np.put_along_axis(taps, flat.argmax(axis=3)[:, :, :, None], dout[:, :, :, None], axis=3)
            return forward, scatter(x.shape, taps.reshape(*dout.shape[:3], k, k, layer.C))

        return pool_pass

    x, w, b, dout = arrays(layer)
    p, taps = layer.pad, layer.K**2 * layer.C

    def conv_pass() -> object:
        padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
        columns = windows(padded).transpose(0, 1, 2, 4, 5, 3).reshape(-1, taps)
        forward = (columns @ w.reshape(taps, -1) + b).reshape(dout.shape)
        upstream = dout.reshape(-1, layer.F)
        dw, db = (columns.T @ upstream).reshape(w.shape), upstream.sum(axis=0)
        shares = (upstream @ w.reshape(taps, -1).T).reshape(*dout.shape[:3], k, k, layer.C)
        dx = scatter(padded.shape, shares)[:, p : p + layer.H, p : p + layer.W]
        return forward, dx, dw, db

    return conv_pass


def pytorch(layer: Conv | Pool, channels_last: bool) -> Pass:
    import torch

    def tensor(a: np.ndarray) -> torch.Tensor:
        first = torch.from_numpy(a).movedim(-1, 1)
        return first.contiguous(
            memory_format=torch.channels_last if channels_last else torch.contiguous_format
        )

    x, *parameters, dout = arrays(layer)
    tx, tdout = tensor(x).requires_grad_(), tensor(dout)
    if isinstance(layer, Pool):

        def pool_pass() -> object:
            out = torch.nn.functional.max_pool2d(tx, layer.size, layer.stride)
            return out, torch.autograd.grad(out, tx, tdout)

        return pool_pass
    w, b = parameters
    tw = torch.from_numpy(np.ascontiguousarray(w.transpose(3, 2, 0, 1))).requires_grad_()
    if channels_last:
        tw = tw.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
    tb = torch.from_numpy(b).requires_grad_()

    def conv_pass() -> object:
        out = torch.nn.functional.conv2d(tx, tw, tb, layer.stride, layer.pad)
        return out, torch.autograd.grad(out, (tx, tw, tb), tdout)

    return conv_pass


COPY, TEXTBOOK = "copy of the input", "textbook"
LEAST_TURNS, ENOUGH = 3, 0.02
NAMES: dict[object, str] = {
    _depthwise: "depthwise",
    _lowering: "lowering",
    _thin: "thin lowering",
    _winograd: "Winograd rows",
    _winograd_tiles: "Winograd tiles",
}
CONTENDERS: dict[str, Callable[[Conv | Pool], Pass]] = {
    "ours": ours,
    TEXTBOOK: textbook,
    "torch channels first": lambda layer: pytorch(layer, False),
    "torch channels last": lambda layer: pytorch(layer, True),
}


def times(layer: Conv | Pool, names: list[str], runs: int, quick: bool = False) -> dict[str, float]:
    """Return each contender's median, all of them taking turns; the first turn does not count."""
    compared = {name: CONTENDERS[name](layer) for name in names if name != TEXTBOOK}
    compared[COPY] = copy_of_input(layer)
    shown = {} if quick else others(layer) | {TEXTBOOK: textbook(layer)}
    taken: dict[str, list[float]] = {name: [] for name in compared | shown}
    for turn in range(runs + 1):
        for name, run in (compared | shown if turn <= LEAST_TURNS else compared).items():
            start = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - start)
        if turn >= LEAST_TURNS and all(error_of_median(taken[name][1:]) < ENOUGH for name in compared):
            break
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


def error_of_median(values: list[float]) -> float:
    """Estimate by how much of itself the median is uncertain: half the quartiles' distance over sqrt(n)."""
    first, median, third = statistics.quantiles(values, n=4)
    return float((third - first) / 2 / len(values) ** 0.5 / median)


def chosen(layer: Conv | Pool) -> str:
    """Name the algorithm that computes a layer's forward pass."""
    if isinstance(layer, Pool):
        return "sorted columns"
    rows, columns = slide((layer.H, layer.W), (layer.K, layer.K), layer.stride, layer.pad)
    return NAMES[conv._way(layer.N, layer.C, layer.F, rows, columns)]


def others(layer: Conv | Pool) -> dict[str, Pass]:
    """Return a pass of `ours` for each algorithm that was not chosen but could compute the layer."""
    if isinstance(layer, Pool):
        return {}
    fitting = [_lowering, _thin]
    if layer.K == 3 and layer.stride == 1:
        fitting += [_winograd, _winograd_tiles]
    run = ours(layer)

    def by(way: ModuleType) -> Pass:
        def passed() -> object:
            rule, conv._way = conv._way, lambda *_: way
            try:
                return run()
            finally:
                conv._way = rule

        return passed

    return {NAMES[way]: by(way) for way in fitting if NAMES[way] != chosen(layer)}


def copy_of_input(layer: Conv | Pool) -> Pass:
    x = arrays(layer)[0]
    room = np.empty_like(x)
    return lambda: np.copyto(room, x)


def sgemm_peak() -> float:
    """Return the operations per second of the best of some large products, as a measure of this machine."""
    n = 2000
    a = np.ones((n, n), np.float32)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2 * n**3 / best


def copy_peak() -> float:
    """Return the bytes per second, read and written, of the best of some copies of 64 MB in one thread."""
    x = np.ones(1 << 24, np.float32)
    room = np.empty_like(x)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        np.copyto(room, x)
        best = min(best, time.perf_counter() - start)
    return 2 * x.nbytes / best


def resident(key: str) -> int:
    """Return bytes from /proc/self/status: VmRSS, resident now; VmHWM, the most since its reset."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(key)


def measure_memory(name: str) -> list[int]:
    """Return, for each layer, the most memory that one pass of a contender adds, in this process."""
    peaks = []
    for layer in LAYERS:
        run = CONTENDERS[name](layer)
        run()  # what is loaded or compiled once
        Path("/proc/self/clear_refs").write_text("5")  # reset VmHWM
        before = resident("VmRSS")
        kept = run()
        peaks.append(resident("VmHWM") - before)
        del kept
    return peaks


def memory(name: str, threads: int) -> list[int] | None:
    """Return `measure_memory` of a process of its own; None where there is no /proc to ask."""
    if not os.access("/proc/self/clear_refs", os.W_OK):
        return None
    # Large blocks go back to the system as soon as they are freed, for all contenders alike.
    settings = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    command = [sys.executable, __file__, "--memory-of", name, "--threads", str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | settings)
    return list(json.loads(done.stdout))


def table(runs: int, threads: int, quick: bool) -> None:
    torch_is_here = set_threads(threads)
    names = [name for name in CONTENDERS if torch_is_here or not name.startswith("torch")]
    peak = sgemm_peak()
    print(
        f"NumPy {np.__version__}, {threads} threads, sgemm peak {peak / 1e9:.0f} GFLOP/s, copy peak "
        f"{copy_peak() / 1e9:.0f} GB/s read and written; forward + backward, float32"
    )
    if not torch_is_here:
        print("PyTorch is not installed here: its columns are empty")
    print(
        f"{'':36}  {'ours':>8} {'torch':>8} {'textbook':>8}   "
        f"{'/torch':>6} {'textb./':>7} {'GFLOP/s':>8} {'of sgemm':>8} {'of copy':>7}   "
        f"{'algorithm':15} second best"
    )
    ratios, gains = [], []
    for layer in LAYERS:
        took = defaultdict(lambda: float("nan"), times(layer, names, runs, quick))
        torch_took = min((took[name] for name in names if name.startswith("torch")), default=float("nan"))
        ratio, gain = took["ours"] / torch_took, took[TEXTBOOK] / took["ours"]
        ratios.append(ratio)
        gains.append(gain)
        speed = layer.operations / took["ours"]
        arithmetic = f"{speed / 1e9:8.1f} {speed / peak:8.0%}" if layer.operations else f"{'':17}"
        copying = took[COPY] / took["ours"]
        second = min(((took[name], name) for name in others(layer) if name in took), default=None)
        choice = f"{chosen(layer):15} {f'{1e3 * second[0]:.1f}ms {second[1]}' if second else 'none'}"
        cells = " ".join(f"{_number(1e3 * t, 6, 1)}ms" for t in (took["ours"], torch_took, took[TEXTBOOK]))
        ahead = f"{_number(ratio, 6, 2)} {_number(gain, 6, 2)}x"
        print(f"{layer!s:36}  {cells}   {ahead} {arithmetic} {copying:7.0%}   {choice}", flush=True)
    means = statistics.geometric_mean(ratios), statistics.geometric_mean(gains)
    print(f"{'geometric mean':36}  {'':26}   {_number(means[0], 6, 2)} {_number(means[1], 6, 2)}x")

    if quick:
        return
    peaks = {name: memory(name, threads) for name in names}
    if None in peaks.values():
        print("\npeak memory: not measured, it takes Linux's /proc")
        return
    print(f"\n{'peak memory of a pass':36}  {'ours':>8} {'torch':>8} {'textbook':>8}   {'/torch':>6}")
    for position, layer in enumerate(LAYERS):
        used = {name: (values or [])[position] for name, values in peaks.items()}
        torch_used = min((used[name] for name in names if name.startswith("torch")), default=0)
        ratio = used["ours"] / torch_used if torch_used else float("nan")
        cells = " ".join(f"{b / 1e6:6.1f}MB" for b in (used["ours"], torch_used, used[TEXTBOOK]))
        print(f"{layer!s:36}  {cells}   {ratio:6.2f}")


def _number(value: float, width: int, digits: int) -> str:
    """A number, or a dash where nothing was measured."""
    return f"{'-':>{width}}" if math.isnan(value) else f"{value:{width}.{digits}f}"


def set_threads(threads: int) -> bool:
    """Hold PyTorch to so many threads, as NumPy's BLAS was when it was loaded; say whether it is here."""
    try:
        import torch
    except ImportError:
        return False
    torch.set_num_threads(threads)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ours and PyTorch alone, and no memory")
    parser.add_argument("--runs", type=int, default=11, help="most turns of each (default: %(default)s)")
    parser.add_argument(
        "--threads", type=int, default=min(2, os.cpu_count() or 1), help="default: %(default)s"
    )
    parser.add_argument("--memory-of", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != str(options.threads):
        # BLAS reads it when it is loaded: begin again.
        environment = os.environ | {"OPENBLAS_NUM_THREADS": str(options.threads)}
        subprocess.run([sys.executable, __file__, *sys.argv[1:]], env=environment, check=True)
        return
    if options.memory_of:
        set_threads(options.threads)
        print(json.dumps(measure_memory(options.memory_of)))
    else:
        table(options.runs, options.threads, options.quick)


if __name__ == "__main__":
    main()
