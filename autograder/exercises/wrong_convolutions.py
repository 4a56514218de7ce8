"""Convolutions gone wrong: the catalogue of every exercise that computes one.

`convolution` makes them all: a setting a step, so that any two bugs in different steps can be combined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.exercises.model import Array, Bug, variants

Settings = dict[str, Any]
Places = NDArray[np.int_]


def convolution(
    strides: Callable[[int], tuple[int, int]] = lambda stride: (stride, stride),
    pads: Callable[[int], tuple[int, int]] = lambda pad: (pad, pad),
    padded: Callable[[Array, int, int], Array] | None = None,
    filters: Callable[[Array], Array] = lambda w: w,
    chosen: Callable[[Array], Array] = lambda w: w,
    sides: Callable[[int, int], tuple[int, int]] = lambda KH, KW: (KH, KW),
    window: Callable[[int, int], tuple[int, int]] = lambda KH, KW: (KH, KW),
    size: Callable[[int, int, int, int], int] = lambda n, k, stride, pad: (n - k) // stride + 1,
    output: Callable[[int, int], tuple[int, int]] = lambda OH, OW: (OH, OW),
    row_start: Callable[[int, int, int], int] = lambda i, stride, k: i * stride,
    column_start: Callable[[int, int, int], int] = lambda j, stride, k: j * stride,
    outside: type[Exception] | str | None = IndexError,
    products: Callable[[Array, Array], Array] = lambda windows, w: np.tensordot(windows, w, 3),
    scale: Callable[[int, int, int], float] = lambda KH, KW, C: 1.0,
    images: Callable[[Array], Array] = lambda z: z,
    scaled: Callable[[Array], Array] = lambda z: z,
    bias: Callable[[Array, Array, Array], Array] = lambda z, b, w: z + b,
    filled: Callable[[Array], Array] = lambda z: z,
    result: Callable[[Array, Array, Array], Any] = lambda z, x, w: z,
    touched: Callable[[Array, Array], None] = lambda x, w: None,
) -> Callable[..., Any]:
    """A convolution whose steps are given; by default each is right.

    `sides` are what the filter's are taken for, `window` what is cut out of the picture. A window that hangs
    over the edge, or is no more as large as the filter, gives what `outside` says: loops over single cells
    raise IndexError, a dot product ValueError; "cut" are slices, which NumPy broadcasts where it can; None
    reads zeros over the edge."""

    def conv2d(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 0) -> Any:
        (SH, SW), (PH, PW) = strides(stride), pads(pad)
        volume = (padded or _pad_sides(1, 1))(x, PH, PW)
        weights = chosen(filters(w))
        H, W = volume.shape[1:3]
        KH, KW = sides(*weights.shape[:2])
        OH, OW = output(size(H, KH, SH, PH), size(W, KW, SW, PW))
        high, wide = window(KH, KW)
        edge = outside if OH > 0 and OW > 0 else None  # without a window nothing hangs over
        rows = _cells([row_start(i, SH, KH) for i in range(OH)], high, weights.shape[0], H, edge)
        columns = _cells([column_start(j, SW, KW) for j in range(OW)], wide, weights.shape[1], W, edge)
        if (rows.shape[1], columns.shape[1]) != weights.shape[:2]:
            weights = weights[_under(rows, weights.shape[0])][:, _under(columns, weights.shape[1])]
        if rows.max(initial=0) >= H or columns.max(initial=0) >= W:
            volume = np.pad(volume, ((0, 0), (0, 1), (0, 1), (0, 0)))
        windows = volume[:, rows[:, None, :, None], columns[None, :, None, :]]
        z = bias(scaled(images(products(windows, weights) * scale(*weights.shape[:3]))), b, w)
        came = result(filled(z), x, w)
        touched(x, w)
        return came

    return conv2d


def _cells(
    starts: Sequence[int], window: int, k: int, length: int, outside: type[Exception] | str | None
) -> Places:
    """The cells of an axis that the windows meet, (windows, cells); `length` is a zero behind the last.

    Args:
        starts: of the windows.
        window: how many cells each takes.
        k: how many the filter has.
        length: of the axis.
        outside: see `convolution`.
    """
    first = np.array(starts, dtype=int)[:, None]
    if window == k and max(starts, default=0) + k <= length:
        return first + np.arange(k)
    left = np.minimum(np.maximum(length - first, 0), window)
    if outside is IndexError and (window > k or (left < window).any()):
        raise IndexError("index out of bounds")
    if outside is ValueError and (left != k).any():
        raise ValueError("window and filter differ in size")
    if outside == "cut" and k > 1:
        if not np.isin(left, (1, k)).all():
            raise ValueError("operands could not be broadcast together")
        return first + np.where(left == 1, 0, np.arange(k))
    taken = window if outside == "cut" else min(window, k)
    return np.minimum(first + np.arange(taken), length)


def _under(cells: Places, k: int) -> Places:
    """Which of the filter's k weights each cell of a window meets: one weight alone meets them all."""
    return np.minimum(np.arange(cells.shape[1]), k - 1)


def _off_the_edge(**settings: Any) -> list[Settings]:
    """Spellings of one misconception: windows that hang over the edge, of loops and of slices."""
    return [{**settings, "outside": outside} for outside in (IndexError, "cut", ValueError)]


def _transposed(w: Array) -> Array:
    return w.transpose(1, 0, 2, 3)


def _every_cell(i: int, stride: int, k: int) -> int:
    return i


def _squared(i: int, stride: int, k: int) -> int:
    return i * stride * stride


def _side_by_side(i: int, stride: int, k: int) -> int:
    return i * k


def _one_late(i: int, stride: int, k: int) -> int:
    return i * stride + 1


def _as_if_padded(n: int, k: int, stride: int, pad: int) -> int:
    return (n + 2 * pad - k) // stride + 1


def _rounded_up(n: int, k: int, stride: int, pad: int) -> int:
    return -((k - n) // stride) + 1


def _every_start(n: int, k: int, stride: int, pad: int) -> int:
    return -(-n // stride)


def _every_start_of_the_input(n: int, k: int, stride: int, pad: int) -> int:
    return -(-(n - 2 * pad) // stride)


def _not_padded(x: Array, PH: int, PW: int) -> Array:
    return x


def _pad_with(**how: Any) -> Callable[[Array, int, int], Array]:
    def padded(x: Array, PH: int, PW: int) -> Array:
        return np.asarray(np.pad(x, ((0, 0), (PH, PH), (PW, PW), (0, 0)), **how))

    return padded


def _pad_with_its_width(x: Array, PH: int, PW: int) -> Array:
    return np.pad(x, ((0, 0), (PH, PH), (PW, PW), (0, 0)), constant_values=max(PH, PW))


def _pad_sides(before: int, after: int) -> Callable[[Array, int, int], Array]:
    """So many times the padding in front, and behind."""

    def padded(x: Array, PH: int, PW: int) -> Array:
        N, H, W, C = x.shape
        volume = np.zeros((N, H + (before + after) * PH, W + (before + after) * PW, C))
        volume[:, before * PH : before * PH + H, before * PW : before * PW + W] = x
        return volume

    return padded


def _pad_axes(images: int, channels: int) -> Callable[[Array, int, int], Array]:
    def padded(x: Array, PH: int, PW: int) -> Array:
        return np.pad(x, ((images * PH,) * 2, (PH, PH), (PW, PW), (channels * PH,) * 2))

    return padded


def _padded_if_any(x: Array, PH: int, PW: int) -> Array:
    if PH == 0 and PW == 0:
        raise UnboundLocalError("a variable is used that was not set")
    return _pad_sides(1, 1)(x, PH, PW)


def _own_channels(windows: Array, w: Array) -> Array:
    """As many channels of the window as the filter has."""
    return np.tensordot(windows[..., : w.shape[2]], w, 3)


def _one_channel(channel: int) -> Callable[[Array, Array], Array]:
    return lambda windows, w: np.tensordot(windows[..., channel], w[:, :, channel], 2)


def _one_pixel(place: int) -> Callable[[Array, Array], Array]:
    return lambda windows, w: windows[..., place, place, :] @ w[place, place]


def _one_product(place: int) -> Callable[[Array, Array], Array]:
    return lambda windows, w: windows[..., place, place, place, None] * w[place, place, place]


def _filter_by_filter(one: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """Each map out of the windows and its filter alone."""
    return lambda windows, w: np.stack([one(windows, w[..., f]) for f in range(w.shape[-1])], axis=-1)


def _matrix_product(windows: Array, w: Array) -> Array:
    return np.asarray(np.matmul(windows, w).sum(axis=(-3, -2, -1)))


def _product_of_sums(windows: Array, w: Array) -> Array:
    return np.asarray(windows.sum(axis=(-3, -2, -1)) * w.sum())


def _largest_product(windows: Array, w: Array) -> Array:
    return np.asarray((windows * w).max(axis=(-3, -2, -1)))


def _each_channel_alone(windows: Array, w: Array) -> Array:
    channels = range(windows.shape[-1])
    return np.stack([np.tensordot(windows[..., c], w[:, :, c, c], 2) for c in channels], axis=-1)


def _bias_of_as_many(z: Array, b: Array, w: Array) -> Array:
    return z + b[: z.shape[-1]]


def _channel_of_the_filter(windows: Array, w: Array) -> Array:
    maps = range(w.shape[-1])
    return np.stack([np.tensordot(windows[..., f], w[:, :, f, f], 2) for f in maps], axis=-1)


def _channel_of_the_filter_spread(windows: Array, w: Array) -> Array:
    maps = range(w.shape[-1])
    return np.stack([np.tensordot(windows[..., f], w[..., f].sum(axis=2), 2) for f in maps], axis=-1)


def _channels_not_summed(windows: Array, w: Array) -> Array:
    return np.asarray(np.einsum("nijklc,klcf->nijcf", windows, w))


def _exchanged(windows: Array, w: Array) -> Array:
    if w.shape[2] != w.shape[3]:
        raise IndexError("the number of a filter is no number of a channel")
    return np.tensordot(windows, w.transpose(0, 1, 3, 2), 3)


def _weights_reshaped(windows: Array, w: Array) -> Array:
    return np.asarray(windows.reshape(*windows.shape[:3], -1) @ w.reshape(w.shape[-1], -1).T)


def _only_image(which: int) -> Callable[[Array], Array]:
    def images(z: Array) -> Array:
        kept = np.zeros_like(z)
        kept[which] = z[which]
        return kept

    return images


def _last_unfilled(*, rows: bool, columns: bool) -> Callable[[Array], Array]:
    def filled(z: Array) -> Array:
        z = z.copy()
        if rows:
            z[:, -1] = 0.0
        if columns:
            z[:, :, -1] = 0.0
        return z

    return filled


def _flat_by_height(z: Array) -> Array:
    """Window (i, j) written at number i * OH + j, where i * OW + j is its place."""
    N, OH, OW, F = z.shape
    flat = np.zeros((N, OH * OW, F))
    for i in range(OH):
        for j in range(OW):
            flat[:, i * OH + j] = z[:, i, j]
    return flat.reshape(z.shape)


def _written_on_its_side(z: Array) -> Array:
    """Each value written at (j, i) of an array of the right shape."""
    if z.shape[1] != z.shape[2]:
        raise IndexError("index out of bounds")
    return z.transpose(0, 2, 1, 3)


def _reshaped(z: Array) -> Array:
    return np.moveaxis(z, -1, 0).reshape(z.shape)


BUGS: tuple[Bug, ...] = variants(
    convolution,
    {
        # How the filter lies on the window.
        "filter_turned": (
            {"filters": lambda w: w[::-1, ::-1]},
            """Your filter is turned by 180° (a true convolution): networks compute the cross-correlation,
            which lays the filter on the window as it is.

            Which weight meets the upper left pixel of the window?""",
        ),
        "filter_upside_down": (
            {"filters": lambda w: w[::-1]},
            """Your filter stands upside down: its last row meets the first row of the window.

            Which weight meets the upper left pixel of the window?""",
        ),
        "filter_mirrored": (
            {"filters": lambda w: w[:, ::-1]},
            """Your filter is mirrored: its last column meets the first column of the window.

            Which weight meets the upper left pixel of the window?""",
        ),
        "filter_transposed": (
            [
                {"filters": _transposed},
                *_off_the_edge(filters=_transposed, sides=lambda KW, KH: (KH, KW)),
            ],
            """Rows and columns of your filter are exchanged: a weight meets the pixel on the other side of
            the diagonal.

            A filter of 3 rows and 2 columns: how many rows has the window you take?""",
        ),
        "kernel_width_from_height": (
            [
                *_off_the_edge(sides=lambda KH, KW: (KH, KH)),
                *_off_the_edge(window=lambda KH, KW: (KH, KH)),
            ],
            """Your window is as wide as the filter is high: a filter has rows and columns, and they can
            differ in number.

            Which axis of w counts its columns?""",
        ),
        "kernel_height_from_width": (
            [
                *_off_the_edge(sides=lambda KH, KW: (KW, KW)),
                *_off_the_edge(window=lambda KH, KW: (KW, KW)),
            ],
            """Your window is as high as the filter is wide: a filter has rows and columns, and they can
            differ in number.

            Which axis of w counts its rows?""",
        ),
        "window_one_short": (
            {"products": lambda windows, w: np.tensordot(windows[..., :-1, :-1, :], w[:-1, :-1], 3)},
            """Your window lacks its last row and its last column: a slice already leaves out its end.

            How many cells does a[2:2 + 3 - 1] hold?""",
        ),
        # What is multiplied and added up.
        "first_channel_only": (
            {"products": _one_channel(0)},
            """Only channel 0 is looked at: a filter is local in rows and columns, and looks at all the
            channels.

            How many products does one window of a picture with 3 channels need?""",
        ),
        "last_channel_only": (
            {"products": _one_channel(-1)},
            """Only the last channel counts: each one overwrites the one before, where they are to be added
            up.

            What does your sum hold after the first channel, and what after the second?""",
        ),
        "last_product_only": (
            {"products": _one_product(-1)},
            """Only the last product of each window counts: each one overwrites the one before, where they
            are to be added up.

            What does your sum hold after the first product, and what after the second?""",
        ),
        "last_pixel_only": (
            {"products": _one_pixel(-1)},
            """Only the last pixel of each window counts, over all its channels: each pixel overwrites the
            one before.

            What does your sum hold after the first pixel, and what after the second?""",
        ),
        "first_pixel_only": (
            {"products": _one_pixel(0)},
            """Only the first pixel of each window counts: a sum is over all rows and columns of the window.

            Is there a return, or an end of a loop, that comes too early?""",
        ),
        "channels_averaged": (
            {"scale": lambda KH, KW, C: 1.0 / C},
            """The channels are averaged: they are to be added up, as rows and columns are.

            The window is all twos, the filter all ones, with 3 channels of 2×2: what is the sum?""",
        ),
        "window_averaged": (
            {"scale": lambda KH, KW, C: 1.0 / (KH * KW * C)},
            """Your result is the mean of the products: a filter adds them up. The mean would make every
            filter weaker the larger it is.

            The window is all twos, the filter all ones, with 3 channels of 2×2: what is the sum?""",
        ),
        "pixels_averaged": (
            {"scale": lambda KH, KW, C: 1.0 / (KH * KW)},
            """Your result is divided by the number of pixels of the window: a filter adds up its products,
            it does not average them.

            The window is all twos, the filter all ones, with 2×2 pixels: what is the sum?""",
        ),
        "matrix_product": (
            {"products": _filter_by_filter(_matrix_product)},
            """Window and filter are multiplied as matrices: each weight is to meet the one pixel that lies
            under it.

            How many products does a 2×2 filter make with a 2×2 window, and how many does a matrix product
            make?""",
        ),
        "products_of_sums": (
            {"products": _filter_by_filter(_product_of_sums)},
            """The window is added up before it meets the filter: each pixel has a weight of its own, so the
            products come first, then the sum.

            If all pixels were exchanged with each other, would your result change?""",
        ),
        "largest_product": (
            {"products": _filter_by_filter(_largest_product)},
            """Your result is the largest product: a filter adds all its products up; taking the largest is
            pooling.

            What does the formula do with the products?""",
        ),
        "channel_by_channel": (
            [{"products": _each_channel_alone}, {"products": _each_channel_alone, "bias": _bias_of_as_many}],
            """You make one map for each channel of the input: each filter looks at all channels at once and
            makes one map.

            With 3 channels and 4 filters, how many maps come out?""",
        ),
        "channel_of_the_filter": (
            {"products": _channel_of_the_filter},
            """Your filter f looks only at channel f: each filter looks at all channels at once.

            With 3 channels and 4 filters, which channels does the last filter look at?""",
        ),
        "channel_of_the_filter_spread": (
            {"products": _channel_of_the_filter_spread},
            """Your window holds channel f alone, and all the filter's channels are laid on it: the slice of
            x lacks its channel axis.

            Which shape has your window, and which the filter?""",
        ),
        "channels_not_summed": (
            {"products": _channels_not_summed},
            """The channels are kept apart: the sum goes over rows, columns *and* channels, so that one
            filter gives one number for each window.

            How many numbers does one filter give for one window?""",
        ),
        "channels_and_filters_exchanged": (
            {"products": _exchanged},
            """Channels and filters are exchanged in your weights: w is indexed by row, column, channel,
            filter, in this order.

            Which of your loop variables counts channels, and on which axis of w do you use it?""",
        ),
        "weights_reshaped": (
            {"products": _weights_reshaped},
            """Your weights are reshaped to one row a filter, but filters are the last axis of w: the
            numbers of one row come from several filters.

            Where in memory do the weights of filter 0 lie, side by side or F apart?""",
        ),
        # The bias.
        "bias_forgotten": (
            {"bias": lambda z, b, w: z},
            """The bias is missing: after the sum, each filter adds its own number.

            What comes out where the whole input is 0?""",
        ),
        "bias_subtracted": (
            {"bias": lambda z, b, w: z - b},
            """The bias is subtracted: it is added. (A threshold would be subtracted; the bias is a
            threshold with its sign turned.)

            What comes out where the whole input is 0?""",
        ),
        "bias_multiplied": (
            {"bias": lambda z, b, w: z * b},
            """The sum is multiplied by the bias: it is added.

            What comes out where the whole input is 0?""",
        ),
        "one_bias_for_all": (
            {"bias": lambda z, b, w: z + b[0]},
            """All filters use the bias of filter 0: each filter has its own.

            Where does b get its index, and which one is it?""",
        ),
        "last_bias_for_all": (
            {"bias": lambda z, b, w: z + b[-1]},
            """All filters use the bias of the last filter: each filter has its own.

            Where does b get its index, and which one is it?""",
        ),
        "biases_summed": (
            {"bias": lambda z, b, w: z + b.sum()},
            """Every filter adds all the biases: each has its own, one number.

            What comes out of filter 0 where the whole input is 0?""",
        ),
        "biases_averaged": (
            {"bias": lambda z, b, w: z + b.mean()},
            """Every filter adds the mean of the biases: each has its own, one number.

            What comes out of filter 0 where the whole input is 0?""",
        ),
        "bias_per_channel": (
            {"bias": lambda z, b, w: z + b * w.shape[2]},
            """The bias is added once for each channel: it belongs to the filter, and is added once.

            Is the line that adds the bias inside the loop over channels, or after it?""",
        ),
        "bias_per_pixel": (
            {"bias": lambda z, b, w: z + b * (w.shape[0] * w.shape[1])},
            """The bias is added once for each pixel of the window: it belongs to the filter, and is added
            once.

            Is the line that adds the bias inside the loop over the window, or after it?""",
        ),
        "bias_per_product": (
            {"bias": lambda z, b, w: z + b * (w.shape[0] * w.shape[1] * w.shape[2])},
            """The bias is added with every product: it belongs to the filter, and is added once.

            Is the line that adds the bias inside the innermost loop, or after it?""",
        ),
        "buffer_of_ones": (
            {"bias": lambda z, b, w: z + b + 1.0},
            """Every value is one too large: your sums start at 1.

            What does your output hold before the first product is added?""",
        ),
        # Where the windows start.
        "window_start_ignores_stride": (
            {"row_start": _every_cell, "column_start": _every_cell},
            """Your stride changes the size of the output, but not where the windows start.

            Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.""",
        ),
        "stride_ignored": (
            {"strides": lambda stride: (1, 1)},
            """Your stride changes nothing: the windows start at every cell, and the output is as large as
            with stride 1.

            Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.""",
        ),
        "stride_on_rows_only": (
            [{"strides": lambda stride: (stride, 1)}, {"column_start": _every_cell}],
            """Your stride holds for rows only: along the columns the windows still move one cell at a time.

            Which output column starts at which input column? Say it for j = 0, 1, 2.""",
        ),
        "stride_on_columns_only": (
            [{"strides": lambda stride: (1, stride)}, {"row_start": _every_cell}],
            """Your stride holds for columns only: along the rows the windows still move one cell at a time.

            Which output row starts at which input row? Say it for i = 0, 1, 2.""",
        ),
        "stride_applied_twice": (
            _off_the_edge(row_start=_squared, column_start=_squared),
            """Your stride is applied twice: a loop that already goes in steps of the stride multiplies by
            it again.

            Which input row does output row i start at? Say it for i = 0, 1, 2 before you write it.""",
        ),
        "stride_is_the_window": (
            [
                {"row_start": _side_by_side, "column_start": _side_by_side, "outside": outside}
                for outside in (IndexError, "cut", ValueError, None)
            ],
            """Your windows stand side by side: they move by their own size, where the stride says how far
            they move.

            With a 3×3 filter and stride 1, how far apart are two neighbouring windows?""",
        ),
        "start_one_late": (
            _off_the_edge(row_start=_one_late, column_start=_one_late),
            """Your windows start one cell too late: counting begins at 0.

            Which input row does output row 0 start at?""",
        ),
        # Padding.
        "padding_not_in_front": (
            {"padded": _pad_sides(0, 2)},
            """The size counts the padding, but your windows start at the picture's first pixel: the zeros
            in front of it are never met. The padded array is what they should slide over.

            Which array do you take your windows from?""",
        ),
        "size_and_padding_disagree": (
            [*_off_the_edge(padded=_not_padded, size=_as_if_padded), *_off_the_edge(size=_as_if_padded)],
            """With padding, arrays meet that do not fit each other in size: somewhere the zeros are left out,
            counted twice, or put along another axis.

            With 4 rows and pad 1, how many rows has the array you cut from, and from which number does your
            size start?""",
        ),
        "padding_all_in_front": (
            {"padded": _pad_sides(2, 0)},
            """All the zeros are above and to the left: each side gets `pad` of them.

            In which row of the padded picture does row 0 of the picture belong?""",
        ),
        "padding_behind_only": (
            {"padded": _pad_sides(0, 1)},
            """There are zeros below and to the right only: each side gets `pad` of them, also above and to
            the left.

            How many rows has the padded picture, and how many should it have?""",
        ),
        "padding_ignored": (
            {"pads": lambda pad: (0, 0)},
            """Your padding changes nothing: the windows are to slide over the zeros around the picture too.

            How many rows does your function slide over when pad is 1?""",
        ),
        "padding_on_rows_only": (
            {"pads": lambda pad: (pad, 0)},
            """Only rows are padded: the columns left and right are missing.

            Which axis of x holds the columns?""",
        ),
        "padding_on_columns_only": (
            {"pads": lambda pad: (0, pad)},
            """Only columns are padded: the rows above and below are missing.

            Which axis of x holds the rows?""",
        ),
        "pads_with_ones": (
            {"padded": _pad_with(constant_values=1.0)},
            """Your border is filled with ones: zeros add nothing to a sum, ones add the filter's weights.

            What does a window that lies half on the border add up?""",
        ),
        "pads_with_pad_value": (
            {"padded": _pad_with_its_width},
            """Your border is filled with the number `pad`: it says how wide the border is, not what is in
            it.

            Which argument of your call is the width, and which the value?""",
        ),
        "pads_with_edge": (
            {"padded": _pad_with(mode="edge")},
            """Your border repeats the outermost pixels: zero padding puts zeros there.

            What stands in the corner of the padded picture?""",
        ),
        "pads_with_reflection": (
            [{"padded": _pad_with(mode="reflect")}, {"padded": _pad_with(mode="symmetric")}],
            """Your border mirrors the picture: zero padding puts zeros there.

            What stands in the corner of the padded picture?""",
        ),
        "pads_with_wrap": (
            {"padded": _pad_with(mode="wrap")},
            """Your border continues the picture from its other side: zero padding puts zeros there.

            What stands in the corner of the padded picture?""",
        ),
        "pads_every_axis": (
            {"padded": _pad_axes(1, 1), "products": _own_channels},
            """All four axes are padded, images and channels too: only rows and columns have a border.

            What would an extra channel meet in the filter?""",
        ),
        "pads_images_too": (
            {"padded": _pad_axes(1, 0)},
            """The batch is padded too: images of zeros come out that nobody put in.

            Which axis of x counts the images?""",
        ),
        "padded_twice": (
            {"pads": lambda pad: (2 * pad, 2 * pad)},
            """Your border is twice as wide as asked: `pad` is what each side gets.

            How many rows are added in all when pad is 1?""",
        ),
        "pad_undefined_at_zero": (
            {"padded": _padded_if_any},
            """With pad 0 your function uses a variable that was only set for a larger pad.

            Which line gives the padded picture its name when pad is 0?""",
        ),
        "pad_always_one": (
            {"pads": lambda pad: (1, 1)},
            """Your border is always one cell wide: it does not follow `pad`.

            Where in your function does `pad` appear?""",
        ),
        # The size of the output.
        "padding_counted_once": (
            {"size": lambda n, k, stride, pad: (n - pad - k) // stride + 1},
            """Your padding counts on one side only: there are zeros in front of the picture, but the output
            is as small as if there were none behind it.

            By how many rows does the picture grow in all when pad is 1?""",
        ),
        "size_ignores_padding": (
            {"size": lambda n, k, stride, pad: (n - 2 * pad - k) // stride + 1},
            """Your output is too small when there is padding: the picture is padded, but the size is worked
            out from the picture without it.

            How many rows do the windows slide over?""",
        ),
        "size_rounded_up": (
            [{"size": _rounded_up, "outside": outside} for outside in (IndexError, "cut", ValueError, None)],
            """Your size is rounded up: where the stride does not fit, there is a last window that hangs
            over the edge.

            With 6 cells, a window of 3 and stride 2: where would the third window start, and what would it
            read?""",
        ),
        "size_plus_one_missing": (
            {"size": lambda n, k, stride, pad: (n - k) // stride},
            """Your output is one row and one column short: the steps between windows are counted, and there
            is one more window than steps.

            Put a filter as large as the input on it: how many windows are there?""",
        ),
        "loops_over_the_input": (
            [
                {"size": size, "outside": outside}
                for size in (_every_start, _every_start_of_the_input)
                for outside in (IndexError, "cut", ValueError, None)
            ],
            """Your windows start at every cell of the input: the last ones hang over its edge. A window
            must lie inside as a whole.

            At which input row does the last window start that still fits?""",
        ),
        "width_from_height": (
            [
                {"output": lambda OH, OW: (OH, OH), "outside": outside}
                for outside in (IndexError, "cut", ValueError, None)
            ],
            """Your output is as wide as it is high: the number of columns is to come from the input's
            columns.

            Which axis of x counts the columns, and where do you use it?""",
        ),
        "height_from_width": (
            [
                {"output": lambda OH, OW: (OW, OW), "outside": outside}
                for outside in (IndexError, "cut", ValueError, None)
            ],
            """Your output is as high as it is wide: the number of rows is to come from the input's rows.

            Which axis of x counts the rows, and where do you use it?""",
        ),
        "height_and_width_exchanged": (
            _off_the_edge(output=lambda OH, OW: (OW, OH)),
            """Height and width of your output are exchanged: x has images, rows, columns, channels, in this
            order.

            Which of your loops runs over rows, and up to which number?""",
        ),
        # Which filter makes which map.
        "same_filter_for_all": (
            {"chosen": lambda w: np.repeat(w[..., :1], w.shape[-1], axis=-1)},
            """All maps come from filter 0: each map has a filter of its own.

            On which axis of w does the filter's number stand?""",
        ),
        "last_filter_for_all": (
            {"chosen": lambda w: np.repeat(w[..., -1:], w.shape[-1], axis=-1)},
            """All maps come from the last filter: each map has a filter of its own.

            Where is the map of filter 0 kept while the others are computed?""",
        ),
        "filters_summed": (
            {"chosen": lambda w: np.repeat(w.sum(axis=-1, keepdims=True), w.shape[-1], axis=-1)},
            """Every map is the sum over all the filters: each filter makes its own map.

            Over which axes of w does your sum run?""",
        ),
        # The batch.
        "only_first_image": (
            [{"filled": _only_image(0)}, {"images": _only_image(0)}],
            """Only image 0 is computed; the others stay 0.

            Which loop is missing, or is ended by a return inside it?""",
        ),
        "only_last_image": (
            [{"filled": _only_image(-1)}, {"images": _only_image(-1)}],
            """Only the last image is there: each image overwrites the one before, or the loop over images
            ends before anything is written.

            On which axis of the output does the number of the image stand?""",
        ),
        "one_image_comes_back": (
            {"images": lambda z: z[:1]},
            """Only one image comes back: the output has as many images as the input.

            Which shape has your output?""",
        ),
        "first_image_for_all": (
            {"images": lambda z: np.repeat(z[:1], len(z), axis=0)},
            """Every image of your output is computed from image 0.

            Where in the line that takes the window does the number of the image stand?""",
        ),
        "batch_summed": (
            {"images": lambda z: np.repeat(z.sum(axis=0, keepdims=True), len(z), axis=0)},
            """All the images are added up: each is computed by itself.

            Over which axes does your sum run, and is the batch one of them?""",
        ),
        # What is done with the result.
        "last_row_unfilled": (
            {"filled": _last_unfilled(rows=True, columns=False)},
            """The last row of your output stays 0: your loop over rows ends one too early.

            Which numbers does range(OH − 1) give?""",
        ),
        "last_column_unfilled": (
            {"filled": _last_unfilled(rows=False, columns=True)},
            """The last column of your output stays 0: your loop over columns ends one too early.

            Which numbers does range(OW − 1) give?""",
        ),
        "last_row_and_column_unfilled": (
            {"filled": _last_unfilled(rows=True, columns=True)},
            """The last row and the last column of your output stay 0: your loops end one too early.

            Which numbers does range(OH − 1) give?""",
        ),
        "output_transposed": (
            [{"filled": lambda z: z.transpose(0, 2, 1, 3)}, {"filled": _written_on_its_side}],
            """Your output lies on its side: each value stands at (j, i) where it belongs at (i, j).

            In which order do you index the output?""",
        ),
        "flat_index_by_height": (
            {"filled": _flat_by_height},
            """Your windows are numbered i·OH + j: in a row there are OW of them, so the next row starts
            after OW.

            With 2 rows of 3 windows, which number has the first window of row 1?""",
        ),
        "output_reshaped": (
            {"filled": _reshaped},
            """Your values are right, but their places are scrambled: an array with the filters first was
            reshaped where its axes should have been moved.

            What does reshape do with the order of the numbers, and what does transpose do?""",
        ),
        "total_not_reset": (
            {"filled": lambda z: np.cumsum(z.reshape(-1)).reshape(z.shape)},
            """Each value also holds all the ones before it: the total is never set back to 0.

            In which loop does your total begin at 0, and how often is that?""",
        ),
        "integer_buffer": (
            [{"result": lambda z, x, w: np.trunc(z)}, {"scaled": np.trunc}],
            """Everything after the decimal point is lost: your values are written into an array of
            integers.

            Which type has the array that you write into?""",
        ),
        "relu_inside": (
            {"result": lambda z, x, w: np.maximum(z, 0.0)},
            """Your negative values are 0: the activation is a layer of its own, and comes after the
            convolution.

            Does the formula of this function contain a max?""",
        ),
        "sigmoid_inside": (
            {"result": lambda z, x, w: 1.0 / (1.0 + np.exp(-z))},
            """Your values went through a sigmoid: the activation is a layer of its own, and comes after the
            convolution.

            Does the formula of this function contain an exponential?""",
        ),
        "tanh_inside": (
            {"result": lambda z, x, w: np.tanh(z)},
            """Your values went through a tanh: the activation is a layer of its own, and comes after the
            convolution.

            Does the formula of this function contain a tanh?""",
        ),
        "input_modified": (
            {"touched": lambda x, w: x.fill(0.0)},
            """Your function does more than return its result: it writes into x, which belongs to the caller.

            Whoever calls you twice with the same x: what do they get the second time?""",
        ),
        "weights_modified": (
            {"touched": lambda x, w: w.fill(0.0)},
            """Your function does more than return its result: it writes into w, which belongs to the caller.

            Whoever calls you twice with the same w: what do they get the second time?""",
        ),
        "returns_nothing": (
            {"result": lambda z, x, w: None},
            """Nothing comes back: a function without a return gives None.

            Which line of your function hands the result over?""",
        ),
    },
)


def texts(bug_id: str) -> str:
    """What a bug's learner reads, for exercises where the same misconception takes another form."""
    bug = next(bug for bug in BUGS if bug.id == bug_id)
    return f"{bug.sentence}\n\n{bug.question}"


def remade(
    bug: Bug, make: Callable[..., Callable[..., Any]], settings: Sequence[Mapping[str, Any]] | None = None
) -> Bug:
    """The same bug of another exercise, whose function `make` builds out of a convolution's settings."""
    chosen = tuple(bug.settings if settings is None else settings)
    functions = tuple(make(**one) for one in chosen)
    for function in functions:
        function.__name__, function.__doc__ = bug.id, bug.sentence
    return replace(bug, functions=functions, settings=chosen, make=make)
