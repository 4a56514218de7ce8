"""Backprop through convolution and pooling: send each output's gradient back to the cells it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.exercises.lesson_08 import MEANS, PLACES, Pair, pair
from autograder.exercises.model import (
    FILTERS,
    INPUTS_KEPT,
    MAPS,
    VOLUME,
    Array,
    Case,
    Draw,
    Exercise,
    Part,
    bugs,
    case,
    variants,
)
from convlib import reference
from convlib.shapes import output_size

LESSON = "10_backprop_through_conv"

Grads = tuple[Array, Array, Array]


# conv_matrix


def _conv_matrix(k: Array, n: int) -> Array:
    """The valid 1-D correlation as a matrix: row i holds k, shifted by i."""
    K = len(k)
    matrix = np.zeros((n - K + 1, n))
    for i in range(n - K + 1):
        matrix[i, i : i + K] = k
    return matrix


def _matrix_variant(
    rows: Callable[[int, int], int] = lambda n, K: n - K + 1,
    filled: Callable[[int], int] = lambda rows: rows,
    kernel: Callable[[Array], Array] = lambda k: k,
    start: Callable[[int], int] = lambda i: i,
    result: Callable[[Array, Array], Any] = lambda matrix, k: matrix,
) -> Callable[..., Any]:
    def conv_matrix(k: Array, n: int) -> Any:
        K = len(k)
        matrix = np.zeros((rows(n, K), n))
        for i in range(filled(len(matrix))):
            for t, value in enumerate(kernel(k)):
                if start(i) + t < n:
                    matrix[i, start(i) + t] = value
        return result(matrix, k)

    return conv_matrix


def _wrapped(matrix: Array, k: Array) -> Array:
    n = matrix.shape[1]
    return np.array([np.roll(np.concatenate([k, np.zeros(n - len(k))]), i) for i in range(n)])


def _kernel_changed(matrix: Array, k: Array) -> Array:
    k[:] = k[::-1].copy()
    return matrix


CONV_MATRIX = Exercise(
    id="conv_matrix",
    lesson=LESSON,
    signature="conv_matrix(k, n)",
    reference=_conv_matrix,
    parts=(
        Part("one row", 0.5, lambda draw: [case(draw.array(draw.pick(3, 4)), 4), case(draw.array(5), 5)][:1]),
        Part(
            "one row for each output",
            1,
            lambda draw: [case(draw.array(3), draw.pick(6, 7)), case(draw.array(2), draw.pick(5, 8))],
        ),
        Part(
            "any length of kernel",
            1,
            lambda draw: [
                case(draw.array(1), draw.pick(3, 4)),
                case(draw.array(4), draw.pick(7, 9)),
                case(draw.array(5), 5),
            ],
        ),
        Part(INPUTS_KEPT, 0.5),
    ),
    catalogue=variants(
        _matrix_variant,
        {
            "kernel_reversed": (
                {"kernel": lambda k: k[::-1]},
                """The kernel stands backwards in your rows: that is a true convolution; the course computes the correlation.

                Output 0 is k[0]·x[0] + k[1]·x[1] + …: which entry of row 0 is k[0]?""",
            ),
            "matrix_transposed": (
                {"result": lambda matrix, k: matrix.T},
                """Your matrix is the transpose: it has one row for each output and one column for each input.

                How many numbers come out of matrix @ x when x has n of them?""",
            ),
            "one_row_for_each_input": (
                {"rows": lambda n, K: n},
                """Your matrix has a row for each input: the window has only n − K + 1 places.

                Where would the window of the last row end?""",
            ),
            "last_row_missing": (
                {"rows": lambda n, K: n - K},
                """Your matrix lacks its last row: the window has n − K + 1 places.

                How many places has a kernel as long as the input?""",
            ),
            "last_row_not_filled": (
                {"filled": lambda rows: rows - 1},
                """The last row is empty: the loop ends one too early.

                What is the last value that range(n) gives?""",
            ),
            "rows_not_shifted": (
                {"start": lambda i: 0},
                """All your rows are alike: the window of output i starts at input i.

                Which inputs does output 1 read?""",
            ),
            "rows_shifted_by_the_kernel": (
                {"start": lambda i: 2 * i},
                """Your rows are shifted by two cells each: that is stride 2.

                Which inputs does output 1 read?""",
            ),
            "rows_shifted_one_too_far": (
                {"start": lambda i: i + 1},
                """Every row is shifted one cell too far: output 0 starts at input 0.

                Which entry of row 0 is k[0]?""",
            ),
            "window_wraps_around": (
                {"result": _wrapped},
                """Your window wraps around the end of the input: the rows that leave it are not there in a valid correlation.

                How many places has the window without leaving the input?""",
            ),
            "ones_instead_of_weights": (
                {"kernel": np.ones_like},
                """Your matrix holds ones where the weights belong: it says who is connected, not how strongly.

                What does output 0 multiply x[0] by?""",
            ),
            "first_weight_only": (
                {"kernel": lambda k: np.full_like(k, k[0])},
                """Every entry of a row is the first weight: the kernel's other weights never appear.

                What does output 0 multiply x[1] by?""",
            ),
            "integer_buffer": (
                {"result": lambda matrix, k: np.trunc(matrix)},
                """Everything after the decimal point is lost: an array of integers cannot hold your weights.

                Which type does the array have into which you write?""",
            ),
            "kernel_modified": (
                {"result": _kernel_changed},
                """Your function does more than return its result: it writes into k, which belongs to the caller.

                Whoever calls you twice with the same kernel: what do they get the second time?""",
            ),
        },
    ),
    small=lambda: (
        case(np.arange(1.0, 1.0 + K), n) for K, n in ((1, 1), (2, 2), (1, 2), (2, 3), (2, 4), (3, 4), (3, 5))
    ),
    axes={"k": ("place",), "": ("output", "input")},
    hints=("Write out the sum for output 0 and for output 1. Row i holds what each input is multiplied by.",),
)


# conv2d_backward


def _added(into: Array, where: Any, share: Array) -> None:
    into[where] += share


def _assigned(into: Array, where: Any, share: Array) -> None:
    into[where] = share


def _unpadded(dxp: Array, x: Array, pad: int) -> Array:
    return dxp[:, pad : pad + x.shape[1], pad : pad + x.shape[2], :]


def _zeros_behind(x: Array, pad: int) -> Array:
    """What a slice of the unpadded input reads, with zeros where it leaves it."""
    return np.pad(x, ((0, 0), (0, 2 * pad), (0, 2 * pad), (0, 0)))


def _window(n: int, i: int, j: int, steps: Pair, KH: int, KW: int) -> tuple[int, slice, slice]:
    top, left = i * steps[0], j * steps[1]
    return n, slice(top, top + KH), slice(left, left + KW)


def _backward_variant(
    upstream: Callable[[Array], Array] = lambda dout: dout,
    padding: Callable[[int], int] = lambda pad: pad,
    places: Callable[[int], Pair] = lambda stride: (stride, stride),
    windows: Callable[[int, int], Pair] = lambda rows, columns: (rows, columns),
    sides: Callable[[int, int], Pair] = lambda rows, columns: (rows, columns),
    images: Callable[[int], range] = lambda count: range(count),
    scattered: Callable[[Array], Array] = lambda w: w,
    read: Callable[[Array, Array, int], Array] = lambda padded, x, pad: padded,
    dx_into: Callable[[Array, Any, Array], None] = _added,
    dx_by_filter: bool = False,
    dw_into: Callable[[Array, Any, Array], None] = _added,
    dw_from: int | None = None,
    unpad: Callable[[Array, Array, int], Array] = _unpadded,
    dx: Callable[[Array], Array] = lambda dx: dx,
    dw: Callable[[Array], Array] = lambda dw: dw,
    db: Callable[[Array], Any] = lambda dout: dout.sum(axis=(0, 1, 2)),
    start: float = 0.0,
    averaged: str = "",
    dx_upstream: Callable[[Array], Array] = lambda grad: grad,
    dw_upstream: Callable[[Array], Array] = lambda grad: grad,
    dx_places: Callable[[Pair], Pair] = lambda steps: steps,
    dw_places: Callable[[Pair], Pair] = lambda steps: steps,
    result: Callable[..., Any] = lambda dx, dw, db, dout, x: (dx, dw, db),
) -> Callable[..., Any]:
    """The three gradients out of their decisions."""

    def conv2d_backward(dout: Array, x: Array, w: Array, stride: int = 1, pad: int = 0) -> Any:
        KH, KW = sides(*w.shape[:2])
        P = padding(pad)
        padded = np.pad(x, ((0, 0), (P, P), (P, P), (0, 0)))
        source = read(padded, x, P)
        grad = upstream(dout)
        dxp, weights = np.full(padded.shape, start), np.full(w.shape, start)
        steps = places(stride)
        rows, columns = windows(*dout.shape[1:3])
        for n in images(len(x)):
            if dw_from is not None and n == dw_from % len(x):
                weights[:] = 0.0
            for i in range(rows):
                for j in range(columns):
                    g = dx_upstream(grad)[n, i, j]
                    here = _window(n, i, j, dx_places(steps), KH, KW)
                    shares = scattered(w) * g
                    if dx_by_filter:
                        for f in range(len(g)):
                            dx_into(dxp, here, shares[..., f])
                    else:
                        dx_into(dxp, here, shares.sum(axis=-1))
                    seen = source[_window(n, i, j, dw_places(steps), KH, KW)]
                    dw_into(weights, ..., seen[..., None] * dw_upstream(grad)[n, i, j])
        biases = db(grad)
        dxp, weights, biases = (
            one / len(x) if name in averaged.split() else one
            for name, one in (("dx", dxp), ("dw", weights), ("db", biases))
        )
        return result(dx(unpad(dxp, x, P)), dw(weights), biases, dout, x)

    return conv2d_backward


def _dout_changed(dx: Array, dw: Array, db: Any, dout: Array, x: Array) -> Any:
    dout[:, 0] = 0.0
    return dx, dw, db


def _x_changed(dx: Array, dw: Array, db: Any, dout: Array, x: Array) -> Any:
    x[:, 0] = 0.0
    return dx, dw, db


def _first_channel(gradient: Array, axis: int) -> Array:
    kept = np.zeros_like(gradient)
    here = [slice(None)] * gradient.ndim
    here[axis] = slice(0, 1)
    kept[tuple(here)] = gradient[tuple(here)]
    return kept


def _one_filter(index: int) -> Callable[[Array], Array]:
    def scattered(w: Array) -> Array:
        kept = np.zeros_like(w)
        kept[..., index] = w[..., index]
        return kept

    return scattered


_CONV2D_BACKWARD_BUGS = variants(
    _backward_variant,
    {
        "empty_slice_at_pad_zero": (
            {"unpad": lambda dxp, x, pad: dxp[:, pad:-pad, pad:-pad, :]},
            """Without padding your dx is empty: the slice ends at −pad, and −0 is 0, the beginning.

            What does a[0:-0] hold? Say where the slice ends counted from the front.""",
        ),
        "unpads_by_one": (
            {"unpad": lambda dxp, x, pad: dxp[:, 1:-1, 1:-1, :]},
            """You always take one row and column off each side of dx: what was added is `pad` of them.

            Where in your last lines does `pad` appear?""",
        ),
        "dx_keeps_the_padding": (
            {"unpad": lambda dxp, x, pad: dxp},
            """Your dx has the size of the padded input: the zeros around x are no input, and their gradient is not asked for.

            Which shape must dx have, and which part of what you have is that?""",
        ),
        "dx_cut_from_the_corner": (
            {"unpad": lambda dxp, x, pad: dxp[:, : x.shape[1], : x.shape[2], :]},
            """Your dx has the right size, but it is cut from the upper left corner: the input begins after the padding.

            At which row of the padded input does row 0 of x lie?""",
        ),
        "dx_assigned": (
            [{"dx_into": _assigned}, {"dx_into": _assigned, "dx_by_filter": True}],
            """Your dx is right only where windows do not overlap: a later window replaces what an earlier one had put there.

            One input cell takes part in several outputs: what becomes of their gradients?""",
        ),
        "dx_last_filter_wins": (
            {"scattered": _one_filter(-1)},
            """Your dx holds the last filter's share alone: each filter replaces what the one before had put there.

            One input cell is read by all filters: what becomes of their gradients?""",
        ),
        "dx_first_filter_only": (
            {"scattered": _one_filter(0)},
            """Your dx holds filter 0's share alone: every filter reads every input cell.

            Over what does the sum for dx run that the formula for one output does not have?""",
        ),
        "dx_filter_turned": (
            {"scattered": lambda w: w[::-1, ::-1]},
            """The filter is turned by 180° in your dx. Seen from a window it is not: cell (i, j) of the window was multiplied by
            w[i, j], and gets its share through the same weight.

            Which weight multiplied the window's upper left cell on the way forward?""",
        ),
        "dx_filter_turned_rows": (
            {"scattered": lambda w: w[::-1]},
            """The filter's rows are reversed in your dx: cell (i, j) of a window gets its share through w[i, j], the weight that
            it was multiplied by.

            Which weight multiplied the window's upper left cell on the way forward?""",
        ),
        "dx_filter_turned_columns": (
            {"scattered": lambda w: w[:, ::-1]},
            """The filter's columns are reversed in your dx: cell (i, j) of a window gets its share through w[i, j], the weight
            that it was multiplied by.

            Which weight multiplied the window's upper left cell on the way forward?""",
        ),
        "dx_first_channel_only": (
            {"dx": lambda dx: _first_channel(dx, 3)},
            """Your dx is 0 in all channels but the first: every channel of the window was read.

            Which axis of w belongs to the channels of x?""",
        ),
        "dw_last_window_wins": (
            {"dw_into": _assigned},
            """Your dw is that of the last window alone: each window replaces the gradient of the one before.

            The same weights stand under every window: what becomes of the windows' shares?""",
        ),
        "dw_last_image_wins": (
            {"dw_from": -1},
            """Your dw is that of the last image alone: the sum starts anew with every image.

            Where is the array of zeros for dw made, before the loop over images or inside it?""",
        ),
        "dw_turned": (
            {"dw": lambda dw: dw[::-1, ::-1]},
            """Your dw is turned by 180°: w[i, j] multiplied the window's cell (i, j), and gets its gradient from there.

            Which cell of the window did w[0, 0] meet on the way forward?""",
        ),
        "dw_rows_reversed": (
            {"dw": lambda dw: dw[::-1]},
            """The rows of your dw are reversed: w[i, j] gets its gradient from the window's cell (i, j).

            Which cell of the window did w[0, 0] meet on the way forward?""",
        ),
        "dw_columns_reversed": (
            {"dw": lambda dw: dw[:, ::-1]},
            """The columns of your dw are reversed: w[i, j] gets its gradient from the window's cell (i, j).

            Which cell of the window did w[0, 0] meet on the way forward?""",
        ),
        "dw_rows_and_columns_swapped": (
            {"dw": lambda dw: dw.swapaxes(0, 1)},
            """Rows and columns of your dw are exchanged: dw has the shape of w, (rows, columns, channels, filters).

            Which of its two first axes runs along the rows of the window?""",
        ),
        "dw_channels_and_filters_swapped": (
            {"dw": lambda dw: dw.swapaxes(2, 3)},
            """Channels and filters of your dw are exchanged: dw has the shape of w, filters last.

            Which axis of dw has as many entries as dout has maps?""",
        ),
        "dw_from_unpadded_input": (
            {"read": lambda padded, x, pad: _zeros_behind(x, pad)},
            """Your dw reads its windows from x, which has no padding: with padding every window is in the wrong place.

            From which array did the forward pass cut its windows?""",
        ),
        "dw_first_channel_only": (
            {"dw": lambda dw: _first_channel(dw, 2)},
            """Your dw is 0 for all channels but the first: each channel of the window has its own weights.

            Which axis of the window belongs to the channels?""",
        ),
        "db_one_image": (
            {"db": lambda dout: dout[-1].sum(axis=(0, 1))},
            """Your db is that of the last image: the same bias is added in every image, so the sum runs over all of them.

            How many cells of dout did one bias take part in?""",
        ),
        "db_first_image": (
            {"db": lambda dout: dout[0].sum(axis=(0, 1))},
            """Your db is that of image 0: the same bias is added in every image, so the sum runs over all of them.

            How many cells of dout did one bias take part in?""",
        ),
        "db_not_summed_over_space": (
            {"db": lambda dout: dout.sum(axis=0)},
            """Your db still has rows and columns: the same bias is added in every cell of a map.

            How many biases are there, and how many numbers do you return?""",
        ),
        "db_not_summed_over_batch": (
            {"db": lambda dout: dout.sum(axis=(1, 2))},
            """Your db still has the batch axis: the same bias is added in every image.

            How many biases are there, and how many numbers do you return?""",
        ),
        "db_one_number": (
            {"db": lambda dout: dout.sum()},
            """Your db is one number: each filter has a bias of its own.

            Over which axes of dout is one filter's bias the same?""",
        ),
        "db_total_everywhere": (
            {"db": lambda dout: np.full(dout.shape[3], dout.sum())},
            """Every entry of your db is the sum over all filters: each bias belongs to one map.

            Over which axes of dout is one filter's bias the same?""",
        ),
        "db_averaged": (
            {"db": lambda dout: dout.mean(axis=(0, 1, 2))},
            """Your db is an average: the bias takes part in every cell, and the shares add up.

            What does the loss change by when one bias grows by 1 and every cell's gradient is 1?""",
        ),
        "db_counts_cells": (
            {"db": lambda dout: np.full(dout.shape[3], float(dout[..., 0].size))},
            """Your db counts cells: the gradient that comes from above, dout, does not appear in it.

            What is the bias's share in one cell of the output, times what?""",
        ),
        "db_negative": (
            {"db": lambda dout: -dout.sum(axis=(0, 1, 2))},
            """Your db has the wrong sign: the bias is added, so its share is + dout.

            What does an output cell change by when its bias grows by 1?""",
        ),
        "averaged_over_the_batch": (
            {"averaged": "dx dw db"},
            """All three gradients are divided by the number of images: the loss has done that already, and dout carries it.

            What does the chain rule multiply dout by? Where does N come in?""",
        ),
        "dw_averaged_over_the_batch": (
            {"averaged": "dw"},
            """Your dw is divided by the number of images: the loss has done that already, and dout carries it.

            What does the chain rule multiply dout by? Where does N come in?""",
        ),
        "dw_and_db_averaged_over_the_batch": (
            {"averaged": "dw db"},
            """dw and db are divided by the number of images: the loss has done that already, and dout carries it.

            What does the chain rule multiply dout by? Where does N come in?""",
        ),
        "dx_upstream_left_out": (
            {"dx_upstream": np.ones_like},
            """Your dx does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.

            What would dx be if dout were 0 everywhere?""",
        ),
        "dw_upstream_left_out": (
            {"dw_upstream": np.ones_like},
            """Your dw does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.

            What would dw be if dout were 0 everywhere?""",
        ),
        "dx_ignores_stride": (
            {"dx_places": lambda steps: (1, 1)},
            """In your dx the windows move one cell at a time: with a larger stride the gradients land in the wrong place. In dw they
            move as they should.

            Which input row did output row i start at on the way forward?""",
        ),
        "dw_ignores_stride": (
            {"dw_places": lambda steps: (1, 1)},
            """In your dw the windows move one cell at a time: with a larger stride the weights meet the wrong cells. In dx they move
            as they should.

            Which input row did output row i start at on the way forward?""",
        ),
        "stride_ignored": (
            {"places": lambda stride: (1, 1)},
            """Your windows move one cell at a time: with a larger stride the gradients land in the wrong place.

            Which input row did output row i start at on the way forward?""",
        ),
        "stride_on_rows_only": (
            {"places": lambda stride: (stride, 1)},
            """Your stride moves the windows down, but not to the right.

            Which input column did output column j start at on the way forward?""",
        ),
        "stride_on_columns_only": (
            {"places": lambda stride: (1, stride)},
            """Your stride moves the windows to the right, but not down.

            Which input row did output row i start at on the way forward?""",
        ),
        "height_for_both_loops": (
            {"windows": lambda rows, columns: (rows, rows)},
            """Both your loops run over the rows of dout: on a map that is not square, columns are missed, or there are too many.

            Which axis of dout does j run over?""",
        ),
        "width_for_both_loops": (
            {"windows": lambda rows, columns: (columns, columns)},
            """Both your loops run over the columns of dout: on a map that is not square, rows are missed, or there are too many.

            Which axis of dout does i run over?""",
        ),
        "last_row_left_out": (
            {"windows": lambda rows, columns: (rows - 1, columns)},
            """The last row of dout is never sent back: the loop ends one too early.

            What is the last value that range(OH) gives?""",
        ),
        "last_column_left_out": (
            {"windows": lambda rows, columns: (rows, columns - 1)},
            """The last column of dout is never sent back: the loop ends one too early.

            What is the last value that range(OW) gives?""",
        ),
        "upstream_left_out": (
            {"upstream": np.ones_like},
            """Your gradients do not depend on dout: you have the local part, and the chain rule multiplies it by what comes from
            above.

            What would your gradients be if dout were 0 everywhere?""",
        ),
        "kernel_always_three": (
            {"sides": lambda rows, columns: (3, 3)},
            """Your windows are always 3×3: their size is that of the filter.

            Which two axes of w say how large a window is?""",
        ),
        "one_kernel_side_for_both": (
            {"sides": lambda rows, columns: (rows, rows)},
            """Your windows are square where the filter is not: one of its sides is used for both.

            Which axis of w is its height, which its width, and where do you use each?""",
        ),
        "pad_always_one": (
            {"padding": lambda pad: 1},
            """Your padding is always 1: it does not follow the argument.

            Where in your function does `pad` appear?""",
        ),
        "pad_ignored": (
            {"padding": lambda pad: 0},
            """The padding is left out somewhere, or lies along another axis: the windows of the way forward lay on the padded input.

            From which array did the forward pass cut its windows, and how large is each of yours?""",
        ),
        "only_first_image": (
            {"images": lambda count: range(1)},
            """dx and dw know image 0 only: the others are never visited.

            Which loop is missing, or is ended by a return inside it?""",
        ),
        "buffers_start_at_one": (
            {"start": 1.0},
            """Your sums for dx and dw start at 1: every entry is too large by one.

            What should a sum start with before anything is added?""",
        ),
        "integer_buffers": (
            {"dx": np.trunc, "dw": np.trunc},
            """Everything after the decimal point is lost in dx and dw: an array of integers cannot hold them.

            Which type do the arrays have into which you add?""",
        ),
        "returns_dw_first": (
            {"result": lambda dx, dw, db, dout, x: (dw, dx, db)},
            """dx and dw come back in each other's place: the order is dx, dw, db.

            In which order does the docstring name them?""",
        ),
        "returns_dx_last": (
            {"result": lambda dx, dw, db, dout, x: (dw, db, dx)},
            """dx comes back last: the order is dx, dw, db.

            In which order does the docstring name them?""",
        ),
        "returns_db_second": (
            {"result": lambda dx, dw, db, dout, x: (dx, db, dw)},
            """dw and db come back in each other's place: the order is dx, dw, db.

            In which order does the docstring name them?""",
        ),
        "returns_dx_only": (
            {"result": lambda dx, dw, db, dout, x: dx},
            """Only dx comes back: the weights and the biases need their gradients too, or they cannot learn.

            Which three things does the docstring promise?""",
        ),
        "dout_modified": (
            {"result": _dout_changed},
            """Your function does more than return its result: it writes into dout, which belongs to the caller.

            Whoever calls you twice with the same dout: what do they get the second time?""",
        ),
        "input_modified": (
            {"result": _x_changed},
            """Your function does more than return its result: it writes into x, which belongs to the caller.

            Whoever calls you twice with the same x: what do they get the second time?""",
        ),
    },
)


def _layer(draw: Draw, x: tuple[int, ...], kernel: tuple[int, ...], stride: int, pad: int) -> Case:
    """A convolution's backward call: the shape of dout follows from the rest."""
    size = [output_size(x[axis + 1], kernel[axis], stride, pad) for axis in (0, 1)]
    dout = draw.array(x[0], *size, kernel[3])
    named = {name: value for name, value, usual in (("stride", stride, 1), ("pad", pad, 0)) if value != usual}
    return case(dout, draw.array(*x, shift=-0.5), draw.array(*kernel), **named)


def _plain_layers(draw: Draw) -> list[Case]:
    return [
        _layer(draw, (1, 4, 3, 1), (2, 2, 1, 1), 1, 0),
        _layer(draw, (2, draw.pick(5, 6), 7, 3), (3, 2, 3, 4), 1, 0),
        _layer(draw, (2, 7, 4, 2), (2, 3, 2, 3), 1, 0),
    ]


def _strided_layers(draw: Draw) -> list[Case]:
    return [
        _layer(draw, (2, 5, draw.pick(7, 8), 2), (3, 2, 2, 3), 2, 0),
        _layer(draw, (1, 9, 6, 1), (2, 3, 1, 2), 3, 0),
        _layer(draw, (1, 6, 4, 1), (1, 1, 1, 3), 2, 0),
    ]


def _padded_layers(draw: Draw) -> list[Case]:
    return [
        _layer(draw, (1, 5, 5, 2), (3, 3, 2, 2), 1, 1),
        _layer(draw, (2, draw.pick(8, 9), 6, 3), (3, 2, 3, 4), 2, 1),
        _layer(draw, (2, 6, 7, 2), (2, 3, 2, 3), 3, 2),
    ]


def _small_layers() -> Iterator[Case]:
    """Layers small enough to send back by hand, of whole numbers."""
    rows: tuple[tuple[tuple[int, ...], tuple[int, ...], int, int], ...] = (
        ((1, 1, 1, 1), (1, 1, 1, 1), 1, 0),
        ((1, 2, 2, 1), (2, 2, 1, 1), 1, 0),
        ((1, 2, 3, 1), (2, 2, 1, 1), 1, 0),
        ((1, 3, 2, 1), (2, 2, 1, 1), 1, 0),
        ((1, 2, 3, 1), (1, 2, 1, 1), 1, 0),
        ((1, 3, 3, 1), (2, 2, 1, 1), 1, 0),
        ((1, 2, 2, 1), (2, 2, 1, 2), 1, 0),
        ((1, 2, 2, 2), (2, 2, 2, 1), 1, 0),
        ((2, 2, 2, 1), (2, 2, 1, 1), 1, 0),
        ((1, 4, 4, 1), (2, 2, 1, 1), 2, 0),
        ((1, 2, 2, 1), (3, 3, 1, 1), 1, 1),
        ((1, 3, 3, 1), (3, 3, 1, 1), 2, 1),
        ((1, 3, 2, 1), (2, 2, 1, 1), 1, 2),
    )
    for x, kernel, stride, pad in rows:
        size = [output_size(x[axis + 1], kernel[axis], stride, pad) for axis in (0, 1)]
        dout = 1.0 + np.arange(x[0] * size[0] * size[1] * kernel[3]) % 3
        named = {
            name: value for name, value, usual in (("stride", stride, 1), ("pad", pad, 0)) if value != usual
        }
        yield case(
            dout.reshape(x[0], *size, kernel[3]),
            1.0 + np.arange(np.prod(x), dtype=float).reshape(x),
            1.0 + np.arange(np.prod(kernel), dtype=float).reshape(kernel),
            **named,
        )


CONV2D_BACKWARD = Exercise(
    id="conv2d_backward",
    lesson=LESSON,
    signature="conv2d_backward(dout, x, w, stride=1, pad=0)",
    reference=reference.conv2d_backward,
    parts=(
        Part(
            "db", 1, lambda draw: [*_plain_layers(draw), *_strided_layers(draw), *_padded_layers(draw)], "db"
        ),
        Part("dw, stride 1 without padding", 1.5, _plain_layers, "dw"),
        Part("dw with stride", 0.75, _strided_layers, "dw"),
        Part("dw with padding", 0.75, _padded_layers, "dw"),
        Part("dx, stride 1 without padding", 1.5, _plain_layers, "dx"),
        Part("dx with stride", 1, _strided_layers, "dx"),
        Part("dx with padding", 1, _padded_layers, "dx"),
        Part(INPUTS_KEPT, 0.5),
    ),
    catalogue=_CONV2D_BACKWARD_BUGS,
    small=_small_layers,
    axes={"dout": MAPS, "x": VOLUME, "w": FILTERS, "dx": VOLUME, "dw": FILTERS, "db": ("filter",)},
    results=("dx", "dw", "db"),
    hints=(
        "Write the forward pass's loops again. In its innermost line three things meet: an output, a window, a filter. "
        "Each of the window and the filter gets the output's gradient times the other.",
        "Add everything up in arrays of zeros, dx in one as large as the padded input; take the border off at the end.",
    ),
)


# max_pool2d_backward, avg_pool2d_backward


def _first_maximum(window: Array, g: float, whole: Array) -> Array:
    share = np.zeros_like(window)
    share[np.unravel_index(int(window.argmax()), window.shape)] = g
    return share


def _all_maxima(window: Array, g: float, whole: Array) -> Array:
    return np.where(window == window.max(), g, 0.0)


def _evenly(window: Array, g: float, whole: Array) -> Array:
    return np.full_like(window, g / window.size)


def _place(of: Callable[[int, int, int], tuple[int, int]]) -> Callable[[Array, float, Array], Array]:
    """The gradient at a cell computed from the argmax, the window's height and its width."""

    def share(window: Array, g: float, whole: Array) -> Array:
        grad = np.zeros_like(window)
        grad[of(int(window.argmax()), *window.shape)] = g
        return grad

    return share


def _cell_assigned(dx: Array, here: Any, share: Array) -> None:
    """`dx[cell] = g`: only the cells that get something are overwritten."""
    part = dx[here]
    part[share != 0.0] = share[share != 0.0]


def _pool_backward_variant(
    share: Callable[[Array, float, Array], Array],
    sides: Callable[[Pair], Pair] = lambda size: size,
    steps: Callable[[Pair, Any], Pair] = lambda size, stride: size if stride is None else pair(stride),
    windows: Callable[[int, int], Pair] = lambda rows, columns: (rows, columns),
    upstream: Callable[[Array, int, int], Array] = lambda dout, i, j: dout[:, i, j],
    into: Callable[[Array, Any, Array], None] = _added,
    written: Callable[[Any], Any] = lambda here: here,
    start: Callable[[Array], Array] = np.zeros_like,
    result: Callable[[Array, Array, Array], Any] = lambda dx, dout, x: dx,
    first_only: bool = False,
) -> Callable[..., Any]:
    """The gradient of a pool out of its decisions; `share` says how one window's is spread over its cells."""

    def pool_backward(dout: Array, x: Array, size: Any = 2, stride: Any = None) -> Any:
        KH, KW = sides(pair(size))
        SH, SW = steps((KH, KW), stride)
        dx = start(x)
        rows, columns = windows(*dout.shape[1:3])
        for i in range(rows):
            for j in range(columns):
                g = upstream(dout, i, j)
                for n, c in np.ndindex(x.shape[0], x.shape[3]):
                    here = (n, slice(i * SH, i * SH + KH), slice(j * SW, j * SW + KW), c)
                    into(dx, written(here), share(x[here], float(g[n, c]), x[n, :, :, c]))
                    if first_only:
                        return dx
        return result(dx, dout, x)

    return pool_backward


def _max_backward(share: Any = _first_maximum, **settings: Any) -> Callable[..., Any]:
    return _pool_backward_variant(share, **settings)


def _avg_backward(share: Any = _evenly, **settings: Any) -> Callable[..., Any]:
    return _pool_backward_variant(share, **settings)


def _keep(axis: int, index: int) -> Callable[[Array, Array, Array], Array]:
    def result(dx: Array, dout: Array, x: Array) -> Array:
        kept = np.zeros_like(dx)
        here = [slice(None)] * 4
        here[axis] = slice(index, index + 1)
        kept[tuple(here)] = dx[tuple(here)]
        return kept

    return result


def _pool_x_changed(dx: Array, dout: Array, x: Array) -> Array:
    x[:, 0] = 0.0
    return dx


def _pool_dout_changed(dx: Array, dout: Array, x: Array) -> Array:
    dout[:, 0] = 0.0
    return dx


def _at_the_top_left(here: Any) -> Any:
    n, rows, columns, c = here
    return n, slice(0, rows.stop - rows.start), slice(0, columns.stop - columns.start), c


_POOL_PLACES: dict[str, tuple[Any, ...]] = {
    name: PLACES[name]
    for name in ("stride_is_the_size", "stride_always_two", "height_for_both_sides", "sides_swapped")
} | {
    "stride_ignored": (
        {"steps": lambda size, stride: (1, 1)},
        """Your windows move one cell at a time: the gradients land in the wrong place.

        Which input row did output row i start at on the way forward?""",
    ),
    "height_for_both_loops": (
        {"windows": lambda rows, columns: (rows, rows)},
        """Both your loops run over the rows of dout: on a map that is not square, columns are missed, or there are too many.

        Which axis of dout does j run over?""",
    ),
    "width_for_both_loops": (
        {"windows": lambda rows, columns: (columns, columns)},
        """Both your loops run over the columns of dout: on a map that is not square, rows are missed, or there are too many.

        Which axis of dout does i run over?""",
    ),
    "last_row_left_out": (
        {"windows": lambda rows, columns: (rows - 1, columns)},
        """The last row of dout is never sent back: the loop ends one too early.

        What is the last value that range(OH) gives?""",
    ),
    "last_column_left_out": (
        {"windows": lambda rows, columns: (rows, columns - 1)},
        """The last column of dout is never sent back: the loop ends one too early.

        What is the last value that range(OW) gives?""",
    ),
    "upstream_left_out": (
        {"upstream": lambda dout, i, j: np.ones_like(dout[:, i, j])},
        """Your gradient does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from
        above.

        What would your gradient be if dout were 0 everywhere?""",
    ),
    "upstream_of_the_first_window": (
        {"upstream": lambda dout, i, j: dout[:, 0, 0]},
        """Every window gets the gradient of the first: each window has its own entry in dout.

        Which indices of dout belong to the window at output row i, column j?""",
    ),
    "written_at_the_top_left": (
        {"written": _at_the_top_left},
        """All your gradients land at the top left of dx: row and column of the window are not yet row and column of the picture.

        At which row and column of x does window (i, j) start?""",
    ),
    "window_assigned": (
        {"into": _assigned},
        """Your dx is right only where windows do not overlap: a later window replaces all that an earlier one had put there.

        One input cell can lie in several windows: what becomes of their gradients?""",
    ),
    "returns_inside_the_loop": (
        {"first_only": True},
        """Only the first window's gradient is sent back: the function returns inside its loop.

        How far is your return indented, and which loop does it end?""",
    ),
    "starts_at_one": (
        {"start": np.ones_like},
        """Your sum starts at 1: every entry is too large by one.

        What should a sum start with before anything is added?""",
    ),
    "starts_at_the_input": (
        {"start": np.array},
        """Your gradient is added to the input's own values: dx starts as a copy of x.

        What should a sum start with before anything is added?""",
    ),
    "only_first_image": (
        {"result": _keep(0, 0)},
        """Only image 0 gets a gradient; the others stay 0.

        Which loop is missing, or is ended by a return inside it?""",
    ),
    "only_first_channel": (
        {"result": _keep(3, 0)},
        """Only channel 0 gets a gradient; the others stay 0.

        Which loop is missing, or is ended by a return inside it?""",
    ),
    "averaged_over_the_batch": (
        {"result": lambda dx, dout, x: dx / len(x)},
        """Your gradient is divided by the number of images: the loss has done that already, and dout carries it.

        What does the chain rule multiply dout by? Where does N come in?""",
    ),
    "rows_and_columns_swapped": (
        {"result": lambda dx, dout, x: dx.transpose(0, 2, 1, 3)},
        """Your gradient lies on its side: rows and columns are exchanged.

        Which shape must dx have?""",
    ),
    "integer_buffer": (
        {"result": lambda dx, dout, x: np.trunc(dx)},
        """Everything after the decimal point is lost: an array of integers cannot hold the gradient.

        Which type does the array have into which you add?""",
    ),
    "input_modified": (
        {"result": _pool_x_changed},
        """Your function does more than return its result: it writes into x, which belongs to the caller.

        Whoever calls you twice with the same x: what do they get the second time?""",
    ),
    "dout_modified": (
        {"result": _pool_dout_changed},
        """Your function does more than return its result: it writes into dout, which belongs to the caller.

        Whoever calls you twice with the same dout: what do they get the second time?""",
    ),
}


def _upsampled(dout: Array, x: Array, size: Any = 2, stride: Any = None) -> Array:
    """Your dx compares the enlarged output with x, which is right only where windows lie side by side and fit, and where no two
    maxima tie.

    With size 3 and stride 2, to which window does column 2 of x belong?
    """
    KH, KW = pair(size)
    out = reference.max_pool2d(x, size=size, stride=stride)
    big, grad = (a.repeat(KH, axis=1).repeat(KW, axis=2) for a in (out, dout))
    dx = np.zeros_like(x)
    rows, columns = min(big.shape[1], x.shape[1]), min(big.shape[2], x.shape[2])
    here = (slice(None), slice(0, rows), slice(0, columns))
    dx[here] = (x[here] == big[here]) * grad[here]
    return dx


_upsampled.__name__ = "windows_enlarged_and_compared"

_MAX_SHARES: dict[str, tuple[Any, ...]] = {
    "cell_assigned": (
        {"into": _cell_assigned},
        """Where windows overlap, a maximum they share gets the gradient of the last one alone: it replaces the earlier ones.

        One input cell can be the maximum of several windows: what becomes of their gradients?""",
    ),
    "all_ties_get_everything": (
        {"share": _all_maxima},
        """Where a window has several equal maxima, each of yours gets the whole gradient, so more flows back than came in. After
        a ReLU such windows are common: they are all 0.

        A window of four zeros gets the gradient 1: what should its four cells get in sum?""",
    ),
    "place_divided_by_height": (
        {"share": _place(lambda at, rows, columns: divmod(at, rows))},
        """The place of the maximum is divided by the window's height: argmax counts along rows, and a row is as long as the window
        is wide.

        In a window of 2 rows and 3 columns, in which row and column is cell number 4?""",
    ),
    "place_swapped": (
        {"share": _place(lambda at, rows, columns: divmod(at, columns)[::-1])},
        """Row and column of the maximum are exchanged: the gradient lands in the mirrored cell of the window.

        divmod(at, columns) gives two numbers: which is the row?""",
    ),
    "always_the_first_cell": (
        {"share": _place(lambda at, rows, columns: (0, 0))},
        """The gradient always goes to the window's first cell: it belongs to the cell that was the maximum.

        Which cell of a window would have changed the output?""",
    ),
    "maximum_of_the_picture": (
        {"share": lambda window, g, whole: np.where(window == whole.max(), g, 0.0)},
        """Most of your dx is 0: a cell is compared with the maximum of the whole picture, not of its window.

        Which variable stands inside your max?""",
    ),
    "spread_over_the_window": (
        {"share": _evenly},
        """The gradient is spread evenly over the window: that is the rule of average pooling. Of a maximum, only the cell that
        holds it changes the output.

        If you raise a cell that is not the maximum a little, what happens to the output?""",
    ),
    "given_to_every_cell": (
        {"share": lambda window, g, whole: np.full_like(window, g)},
        """Every cell of a window gets its whole gradient: only the cell that holds the maximum changes the output.

        If you raise a cell that is not the maximum a little, what happens to the output?""",
    ),
    "times_the_maximum": (
        {"share": lambda window, g, whole: _first_maximum(window, g * float(window.max()), whole)},
        """The gradient is multiplied by the maximum itself: the output *is* that cell, so the factor is 1.

        If the maximum grows by 0.1, by how much does the output grow?""",
    ),
    "maximum_instead_of_gradient": (
        {"share": lambda window, g, whole: _first_maximum(window, float(window.max()), whole)},
        """You put the maximum itself into dx, and not its gradient: dout does not appear.

        What would your dx be if dout were 0 everywhere?""",
    ),
    "minimum_gets_it": (
        {"share": lambda window, g, whole: _first_maximum(-window, g, whole)},
        """The gradient goes to the smallest cell of each window: it belongs to the largest.

        Which cell of a window would have changed the output?""",
    ),
    "largest_magnitude_gets_it": (
        {"share": lambda window, g, whole: _first_maximum(np.abs(window), g, whole)},
        """The gradient goes to the cell of the largest magnitude: a strongly negative value is no maximum.

        What is the maximum of −3 and 2?""",
    ),
}

_AVG_SHARES: dict[str, tuple[Any, ...]] = {
    "not_divided": (
        {"share": lambda window, g, whole: np.full_like(window, g)},
        """Every cell of a window gets its whole gradient: in an average of four cells, each counts for a quarter.

        If one of four cells grows by 1, by how much does the average grow?""",
    ),
    "divided_by_four": (
        {"share": lambda window, g, whole: np.full_like(window, g / 4)},
        MEANS["divides_by_four"][1],
    ),
    "divided_by_height_plus_width": (
        {"share": lambda window, g, whole: np.full_like(window, g / sum(window.shape))},
        MEANS["divides_by_height_plus_width"][1],
    ),
    "divided_by_height_squared": (
        {"share": lambda window, g, whole: np.full_like(window, g / window.shape[0] ** 2)},
        MEANS["divides_by_height_squared"][1],
    ),
    "divided_by_height": (
        {"share": lambda window, g, whole: np.full_like(window, g / window.shape[0])},
        MEANS["divides_by_height"][1],
    ),
    "multiplied_by_width": (
        [
            {"share": lambda window, g, whole: np.full_like(window, g / window.shape[0] * window.shape[1])},
            {"share": lambda window, g, whole: np.full_like(window, g / window.shape[1] * window.shape[0])},
        ],
        MEANS["multiplies_by_width"][1],
    ),
    "divided_by_width": (
        {"share": lambda window, g, whole: np.full_like(window, g / window.shape[1])},
        MEANS["divides_by_width"][1],
    ),
    "maximum_gets_it": (
        {"share": _first_maximum},
        """The gradient goes to the largest cell alone: that is the rule of max pooling. In an average every cell counts.

        If you raise the smallest cell a little, what happens to the average?""",
    ),
    "first_cell_gets_it": (
        {"share": _place(lambda at, rows, columns: (0, 0))},
        """The gradient goes to the window's first cell alone: in an average every cell counts.

        If you raise the last cell of a window a little, what happens to the average?""",
    ),
    "times_the_average": (
        {"share": lambda window, g, whole: np.full_like(window, g * float(window.mean()))},
        """The gradient is multiplied by the average: each cell's factor is one over the number of cells.

        If one of four cells grows by 1, by how much does the average grow?""",
    ),
    "times_the_cell": (
        {"share": lambda window, g, whole: window * g / window.size},
        """The gradient is multiplied by the cell's own value: each cell's factor is one over the number of cells.

        If one of four cells grows by 1, by how much does the average grow?""",
    ),
}


def _pooled(draw: Draw, x: Array, size: Any, stride: int | None) -> Case:
    KH, KW = pair(size)
    SH, SW = (KH, KW) if stride is None else (stride, stride)
    rows, columns = output_size(x.shape[1], KH, SH), output_size(x.shape[2], KW, SW)
    named = {"size": size} if stride is None else {"size": size, "stride": stride}
    return case(draw.array(x.shape[0], rows, columns, x.shape[3]), x, **named)


def _pool_parts(points: float) -> tuple[Part, ...]:
    share = points / 8

    def side_by_side(draw: Draw) -> list[Case]:
        x = draw.array(1, 4, draw.pick(6, 8), 1)
        return [
            case(10.0 * draw.array(1, 2, x.shape[2] // 2, 1), x),  # not 0 with the decimals cut off
            _pooled(draw, draw.array(1, 6, 4, 1, shift=-3.0), 2, 2),
        ]

    def overlapping(draw: Draw) -> list[Case]:
        return [
            _pooled(draw, draw.array(1, 5, draw.pick(6, 7), 2), 2, 1),
            _pooled(draw, draw.array(2, 7, 5, 2), 3, 2),
        ]

    return (
        Part("windows side by side", share * 2, side_by_side),
        Part(
            "batch and channels",
            share,
            lambda draw: [_pooled(draw, draw.array(2, 4, draw.pick(6, 8), 3, shift=-1.0), 2, None)],
        ),
        Part("windows that overlap", share * 2, overlapping),
        Part(
            "rectangular windows",
            share,
            lambda draw: [
                _pooled(draw, draw.array(2, 6, draw.pick(5, 7), 2), (3, 2), 1),
                _pooled(draw, draw.array(1, 6, 9, 2), (2, 3), 2),
                _pooled(draw, draw.array(1, 6, 4, 2), (3, 2), None),
                _pooled(draw, draw.array(2, 4, 9, 1), (2, 3), None),
            ],
        ),
        Part(
            "input that does not fit",
            share,
            lambda draw: [
                _pooled(draw, draw.array(1, 5, 7, 2), 2, None),
                _pooled(draw, draw.array(2, draw.pick(8, 9), 5, 1), 2, 3),
            ],
        ),
        Part(
            "equal values in a window",
            share * 0.5,
            lambda draw: [
                _pooled(draw, draw.rng.integers(0, 3, (1, 6, 5, 2)).astype(float), 3, 1),
                _pooled(draw, draw.rng.integers(0, 2, (2, 4, 6, 1)).astype(float), 2, None),
            ],
        ),
        Part(INPUTS_KEPT, share * 0.5),
    )


def _small_pools() -> Iterator[Case]:
    rows: tuple[tuple[tuple[int, ...], Any, int | None], ...] = (
        ((1, 2, 2, 1), 2, None),
        ((1, 2, 4, 1), 2, None),
        ((1, 4, 2, 1), 2, None),
        ((1, 2, 3, 1), 2, 1),
        ((1, 3, 3, 1), 2, 1),
        ((1, 3, 3, 1), 2, None),
        ((1, 2, 3, 1), (1, 2), 1),
        ((1, 2, 6, 1), (2, 3), None),
        ((1, 6, 2, 1), (3, 2), None),
        ((1, 2, 2, 2), 2, None),
        ((2, 2, 2, 1), 2, None),
    )
    for values in ("different", "negative", "equal"):
        for shape, size, stride in rows:
            cells = int(np.prod(shape))
            x = np.random.default_rng(cells).permutation(cells).astype(float)
            x = {"different": x + 1, "negative": x - cells - 1, "equal": np.zeros(cells)}[values]
            chosen = _pooled(Draw(0, "small"), x.reshape(shape), size, stride)
            dout = 1.0 + np.arange(np.size(chosen.args[0])).reshape(chosen.args[0].shape) % 4
            yield Case((dout, chosen.args[1]), chosen.kwargs)


def _pool_magnitude(dout: Array, x: Array, **options: Any) -> float:
    return float(np.abs(dout).sum())


MAX_POOL2D_BACKWARD = Exercise(
    id="max_pool2d_backward",
    lesson=LESSON,
    signature="max_pool2d_backward(dout, x, size=2, stride=None)",
    reference=reference.max_pool2d_backward,
    parts=_pool_parts(4),
    catalogue=(*variants(_max_backward, _MAX_SHARES | _POOL_PLACES), *bugs(_upsampled)),
    small=_small_pools,
    axes={"dout": VOLUME, "x": VOLUME, "": VOLUME},
    magnitude=_pool_magnitude,
    special="tied maxima",
    hints=(
        "Write the forward pass's loops again. For each window, find the cell that was the maximum: it alone gets the gradient.",
        "Two windows can share their maximum. What is to happen then?",
    ),
)

AVG_POOL2D_BACKWARD = Exercise(
    id="avg_pool2d_backward",
    lesson=LESSON,
    signature="avg_pool2d_backward(dout, x, size=2, stride=None)",
    reference=reference.avg_pool2d_backward,
    parts=_pool_parts(3),
    catalogue=variants(_avg_backward, _AVG_SHARES | _POOL_PLACES),
    small=_small_pools,
    axes={"dout": VOLUME, "x": VOLUME, "": VOLUME},
    magnitude=_pool_magnitude,
    hints=("Every cell of a window counts for the same part of its average. What part?",),
)

EXERCISES = (CONV_MATRIX, CONV2D_BACKWARD, MAX_POOL2D_BACKWARD, AVG_POOL2D_BACKWARD)
