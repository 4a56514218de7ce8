"""Arrays, checked: every refusal says which argument, what it was, what would fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from convlib._check import as_int, pair
from convlib.shapes import Axis, slide, transposed_size

Array = npt.NDArray[Any]

CHANNELS_FIRST = "; x looks like (N, C, H, W), as PyTorch has it: pass x.transpose(0, 2, 3, 1)"
FILTERS_FIRST = "; w looks like (F, C, KH, KW), as PyTorch has it: pass w.transpose(2, 3, 1, 0)"


def float64(**arrays: Any) -> list[Array]:
    """Return the named arrays in float64, which holds every integer and float32 that goes in.

    Raises:
        ValueError: an array holds something else than real numbers.
    """
    return [
        _numbers(name, value, "biuf", "real numbers").astype(np.float64) for name, value in arrays.items()
    ]


def same_float(**arrays: Any) -> list[Array]:
    """Return the named arrays in one dtype: float32 where all are, else float64 (integers count as float64).

    Raises:
        ValueError: an array holds something else than float32, float64 or integers.
    """
    found = [_numbers(name, value, "biuf", "float32 or float64") for name, value in arrays.items()]
    for name, value in zip(arrays, found, strict=True):
        if value.dtype.kind == "f" and value.dtype.itemsize not in (4, 8):
            raise ValueError(f"{name} must hold float32 or float64, got {value.dtype}")
    # Either byte order: what was read from a file may have the other one.
    single = all(value.dtype.kind == "f" and value.dtype.itemsize == 4 for value in found)
    return [value.astype(np.float32 if single else np.float64, copy=False) for value in found]


def _numbers(name: str, value: Any, kinds: str, fits: str) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from None
    except Exception as error:  # an array of another library, which refuses in its own way and words
        raise ValueError(f"{name} cannot become a NumPy array: {error}") from error
    if array.dtype.kind not in kinds:
        if array.dtype == object and array.ndim == 0:
            raise ValueError(f"{name} must be an array of {fits}, got {_briefly(value)}")
        raise ValueError(f"{name} must hold {fits}, got {array.dtype}")
    return array


def _briefly(value: Any) -> str:
    """Name a value that is no array: itself where it is short, else its type."""
    text = repr(value)
    return text if len(text) <= 40 and "\n" not in text else f"a {type(value).__name__}"


def all_finite(array: Array) -> bool:
    """Say whether an array holds neither infinities nor NaN.

    Its product with itself tells, which BLAS computes as fast as memory delivers; only where that is not
    finite, each number is looked at.
    """
    flat = array.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all())


def expect_shape(name: str, array: Array, letters: str, *sizes: int | None) -> None:
    """Compare a shape with what it has to be; None stands for any size of at least 1.

    Args:
        name: the argument.
        array: what was given.
        letters: the shape in the field's letters, "N, H, W, C", or what it is the shape of.
        sizes: what each letter has to be.

    Raises:
        ValueError: the shape is another.
    """
    shape = array.shape
    fits = len(shape) == len(sizes) and all(
        n == size if size is not None else n >= 1 for n, size in zip(shape, sizes, strict=True)
    )
    if fits:
        return
    names = letters.split(", ") if None in sizes else map(str, sizes)
    words = [word if size is None else str(size) for word, size in zip(names, sizes, strict=True)]
    comma = "," if len(sizes) == 1 else ""
    wanted = f"({', '.join(words)}{comma})"
    known = f"({letters}{comma})" if " of " not in letters else letters
    meaning = "" if wanted == known else f" = {known}"
    above = ", each at least 1" if len(shape) == len(sizes) and None in sizes and 0 in shape else ""
    raise ValueError(f"{name} must have shape {wanted}{meaning}{above}, got {shape}")


def expect_volume(name: str, array: Array) -> None:
    """Expect (N, H, W, C), where only the batch may be empty."""
    empty_batch = array.ndim == 4 and array.shape[0] == 0
    expect_shape(name, array, "N, H, W, C", 0 if empty_batch else None, None, None, None)


def conv_axes(
    x: Array, w: Array, b: Array | None, stride: Any, pad: Any, dilation: Any, groups: Any
) -> tuple[Axis, Axis, int]:
    """Check what a convolution is given, and say how its windows slide.

    Returns:
        rows, columns, groups.

    Raises:
        ValueError: a shape or a number does not fit the others.
    """
    expect_volume("x", x)
    groups = check_filters(w, groups)
    with _suspecting(x, w, len(b) if b is not None and b.ndim == 1 else None, groups):
        C = x.shape[3]
        if w.shape[2] * groups != C:
            if C % groups:
                raise ValueError(f"groups must be a divisor of the {C} channels of x, got {groups}")
            each = f" in each of {groups} groups" if groups > 1 else ""
            raise ValueError(
                f"w must have shape (KH, KW, {C // groups}, F){each}, got {w.shape}: x has {C} channels"
            )
        if b is not None:
            expect_shape("b", b, "F", w.shape[3])
        rows, columns = slide(x.shape[1:3], w.shape[:2], stride, pad, dilation, name="w")
    return rows, columns, groups


def expect_dout(dout: Array, x: Array, w: Array, rows: Axis, columns: Axis, groups: int) -> None:
    """Compare the gradient upstream with the output of a convolution.

    Raises:
        ValueError: it does not have the output's shape.
    """
    with _suspecting(x, w, dout.shape[-1] if dout.ndim == 4 else None, groups):
        expect_shape("dout", dout, "N, OH, OW, F", len(x), rows.out, columns.out, w.shape[3])


@contextmanager
def _suspecting(x: Array, w: Array, filters: int | None, groups: int) -> Iterator[None]:
    """Add to a refusal which arguments look as if they were in PyTorch's layout, where some do."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{error}{_other_layout(x.shape, w.shape, filters, groups)}") from None


def _other_layout(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], filters: int | None, groups: int
) -> str:
    """Say what fits when it is read in PyTorch's layout, "" where all fits in ours or nothing does."""
    x_turned = tuple(x_shape[axis] for axis in (0, 2, 3, 1))
    w_turned = tuple(w_shape[axis] for axis in (2, 3, 1, 0))

    def fit(image: tuple[int, ...], kernel: tuple[int, ...]) -> bool:
        small = kernel[0] <= image[1] and kernel[1] <= image[2]
        return small and kernel[2] * groups == image[3] and filters in (None, kernel[3])

    if fit(x_shape, w_shape):
        return ""
    readings = (
        (x_turned, w_shape, CHANNELS_FIRST),
        (x_shape, w_turned, FILTERS_FIRST),
        (x_turned, w_turned, CHANNELS_FIRST + FILTERS_FIRST),
    )
    return next((said for image, kernel, said in readings if fit(image, kernel)), "")


def transposed_axes(
    x: Array, w: Array, b: Array | None, stride: Any, pad: Any, dilation: Any, groups: Any, output_pad: Any
) -> tuple[Axis, Axis, int]:
    """Check what a transposed convolution is given, and say how the windows slide over its *output*.

    Returns:
        rows, columns, groups.

    Raises:
        ValueError: a shape or a number does not fit the others.
    """
    expect_volume("x", x)
    groups = check_filters(w, groups)
    F = x.shape[3]
    if w.shape[3] != F:
        raise ValueError(f"w must have shape (KH, KW, C, {F}), got {w.shape}: x has {F} channels")
    if b is not None:
        expect_shape("b", b, "C", w.shape[2] * groups)
    # The axes of a window of one cell carry the checked numbers of each axis.
    ones = slide(x.shape[1:3], (1, 1), stride, pad, dilation)
    extra = pair("output_pad", output_pad, 0)
    axes = []
    for one, k, more in zip(ones, w.shape[:2], extra, strict=True):
        ends = (one.before, one.after)
        n = transposed_size(one.n, k, one.stride, ends, one.dilation, more)
        axes.append(Axis(n, k, one.stride, *ends, one.dilation, "w", one.unit))
    return axes[0], axes[1], groups


def check_filters(w: Array, groups: Any) -> int:
    """Expect filters (KH, KW, C, F), F a multiple of groups; return groups as an int."""
    expect_shape("w", w, "KH, KW, C, F", None, None, None, None)
    groups = as_int("groups", groups, 1)
    if w.shape[3] % groups:
        raise ValueError(f"groups must be a divisor of the {w.shape[3]} filters of w, got {groups}")
    return int(groups)


def pool_axes(x: Array, size: Any, stride: Any) -> tuple[Axis, Axis]:
    """Check what a pool is given, and say how its windows slide; a stride of None is the window's size.

    Raises:
        ValueError: a shape or a number does not fit the others.
    """
    expect_volume("x", x)
    sizes = pair("size", size, 1)
    strides = sizes if stride is None else pair("stride", stride, 1)
    for n, k, name in zip(x.shape[1:3], sizes, ("rows", "columns"), strict=True):
        if k > n:
            turned = x.shape[1] in (1, 3) and sizes[0] <= x.shape[2] and sizes[1] <= x.shape[3]
            suspicion = CHANNELS_FIRST if turned else ""
            raise ValueError(f"size must be at most {n} (the {name} of x), got {size!r}{suspicion}")
    return slide(x.shape[1:3], sizes, strides)


def expect_dense(x: Array, w: Array, b: Array | None) -> None:
    """Check what a dense layer is given; only the batch may be empty.

    Raises:
        ValueError: a shape does not fit the others.
    """
    expect_shape("x", x, "N, D", 0 if x.ndim == 2 and len(x) == 0 else None, None)
    expect_shape("w", w, "D, M", x.shape[1], None)
    if b is not None:
        expect_shape("b", b, "M", w.shape[1])


def expect_some_scores(scores: Array) -> None:
    """Expect a last axis with something in it.

    Raises:
        ValueError: it is empty, or there is none.
    """
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(f"scores must have shape (..., M), with M at least 1, got {scores.shape}")


def check_labels(labels: Any, N: int, M: int) -> Array:
    """Expect N whole numbers from 0 to M - 1.

    Raises:
        ValueError: another shape, something else than integers, or a label out of range.
    """
    array = _numbers("labels", labels, "iu", "integers")
    expect_shape("labels", array, "N", N)
    for place in np.flatnonzero((array < 0) | (array >= M))[:1]:
        raise ValueError(f"labels[{place}] must be 0 to {M - 1}, got {array[place]}: scores has {M} columns")
    return array
