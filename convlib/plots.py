"""Figures of what a network sees and learns, each with a description in words.

Every function returns a `Figure`: a Matplotlib figure that shows itself in a notebook as an SVG in the page's
own text colour, so that it reads on light and on dark, with `figure.alt` as its alternative text. Pyplot does
not know of it: show it as the last line of a cell or with `display(figure)`; `figure.savefig("a.png")` works.
Making one checks what it is given and puts it in words; it is drawn when somebody looks.
"""

from __future__ import annotations

import html
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import matplotlib.axes
import matplotlib.figure
import matplotlib.image
import matplotlib.ticker
import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from convlib import shapes
from convlib._arrays import Array

if TYPE_CHECKING:
    from convlib.training import History

# Text and lines are drawn in a grey that reads on white and on black (4.0 and 5.3 to 1), for files and for
# viewers of PNG only; in the SVG this very grey is replaced by the page's text colour.
INK = "#7f7f7e"
# Inches: one cell of a table of numbers, the room between two tables, the width of a scale with its numbers.
CELL, GAP, SCALE = 0.42, 0.5, 0.6
# A blue and an orange that the colour-blind tell apart, at least 3 to 1 on white and on #1e1e1e.
BLUE, ORANGE = "#2f81b7", "#d55e00"


class Figure(matplotlib.figure.Figure):
    """A figure that shows itself with its alternative text, and is drawn when it is first looked at.

    Args:
        size: width and height in inches.
        alt: what is to be seen, in one or two sentences.
        fill: draws it.
        layout: Matplotlib's name of how the axes are laid out.
    """

    _fill: Callable[[Figure], None] | None = None

    def __init__(
        self,
        size: tuple[float, float],
        alt: str,
        fill: Callable[[Figure], None],
        layout: Literal["constrained"] | None = "constrained",
    ) -> None:
        super().__init__(figsize=size, layout=layout, facecolor="none")
        self.alt = alt
        self._fill = fill

    def _filled(self) -> None:
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)

    @property  # type: ignore[misc]
    def axes(self) -> list[matplotlib.axes.Axes]:  # type: ignore[override]
        """Its axes, for changes of one's own."""
        self._filled()
        return super().axes

    def draw(self, renderer: Any) -> None:
        """Draw it, as Matplotlib asks."""
        self._filled()
        super().draw(renderer)

    def __getstate__(self) -> object:
        self._filled()
        return super().__getstate__()

    def __repr__(self) -> str:
        return f"<Figure: {self.alt}>" if self.alt else super().__repr__()

    def _repr_html_(self) -> str:
        buffer = io.StringIO()
        # Without a date and with one salt, the same figure gives the same bytes.
        with mpl.rc_context({"svg.hashsalt": "convlib", "svg.fonttype": "none"}):
            self.savefig(buffer, format="svg", metadata={"Date": None})
        svg = buffer.getvalue().replace(INK, "currentColor")
        # Matplotlib numbers its groups from 1 in every figure; a page with two would have each id twice.
        svg = re.sub(r'<g id="[^"]*"', "<g", svg)
        svg = svg[svg.index("<svg") :].replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)
        alt = html.escape(self.alt, quote=True)
        # Only the words are read out, not the hundreds of shapes.
        return f'<div role="img" aria-label="{alt}"><div aria-hidden="true">{svg}</div></div>'


def pictures(
    x: Array, labels: Sequence[object] | None = None, *, columns: int = 8, title: str = "", alt: str = ""
) -> Figure:
    """Show a batch of pictures in a grid.

    Args:
        x: (N, H, W, C) with C of 1 or 3, or (H, W, C), or (N, H, W); three channels are red, green and blue,
            from 0 to 1.
        labels: N words or numbers to write above them.
        columns: pictures in a row.
        title: above all.
        alt: what is to be seen; by default how many pictures of which size, and their labels.

    Raises:
        ValueError: another shape, no pictures, or another number of labels.
    """
    x = np.asarray(x)
    if x.ndim == 3:
        x = x[None] if x.shape[-1] in (1, 3) else x[..., None]
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or len(x) == 0:
        raise ValueError(f"x must have shape (N, H, W, 1) or (N, H, W, 3), got {x.shape}")
    if labels is not None and len(labels) != len(x):
        raise ValueError(f"labels must have {len(x)} entries, one per image, got {len(labels)}")
    texts = [str(label) for label in labels] if labels is not None else []
    N, H, W, C = x.shape
    said = _sentence(title) + f"{_count(N, 'picture')} of {H} by {W} pixels, {_count(C, 'channel')}"
    said += f": {', '.join(texts)}." if texts else "."
    alt = alt or said
    return _grid(np.clip(x, 0, 1) if C == 3 else x[..., 0], alt, texts, columns, title, cmap="gray")


def looked_at(x: Array, maps: Array, labels: Sequence[object] | None = None, *, title: str = "") -> Figure:
    """Show pictures, and below each how much every pixel matters; the brightest pixel of a map matters most.

    Args:
        x: (N, H, W, C) with C of 1 or 3, from 0 to 1.
        maps: (N, H, W) of numbers from 0 on, each drawn on its own scale.
        labels: N words to write above the pictures.
        title: above all.

    Raises:
        ValueError: another shape, a negative number, or another number of labels.
    """
    x, maps = np.asarray(x), np.asarray(maps)
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or len(x) == 0:
        raise ValueError(f"x must have shape (N, H, W, 1) or (N, H, W, 3), got {x.shape}")
    if maps.shape != x.shape[:3]:
        raise ValueError(f"maps must have shape {x.shape[:3]}, one number for each pixel, got {maps.shape}")
    if maps.min() < 0:
        raise ValueError(f"maps must not be negative, got {maps.min():.3g}")
    if labels is not None and len(labels) != len(x):
        raise ValueError(f"labels must have {len(x)} entries, one per image, got {len(labels)}")
    most = maps.max(axis=(1, 2), keepdims=True)
    shown = mpl.colormaps["magma"](maps / np.where(most > 0, most, 1.0))[..., :3]
    pairs = np.concatenate([np.broadcast_to(np.clip(x, 0, 1), (*x.shape[:3], 3)), shown])
    names = [str(label) for label in labels] if labels is not None else [""] * len(x)
    said = []
    for name, one in zip(names, maps, strict=True):
        row, column = np.unravel_index(int(one.argmax()), one.shape)
        said.append(f"{name}: row {row}, column {column}".removeprefix(": "))
    alt = _sentence(title) + f"{_count(len(x), 'picture')}, each above its map. Brightest are "
    return _grid(pairs, f"{alt}{'; '.join(said)}.", [*names, *[""] * len(x)], len(x), title)


def activation_maps(maps: Array, *, columns: int = 8, title: str = "activation maps") -> Figure:
    """Show what each filter made of one picture, all on one scale.

    Args:
        maps: (H, W, F), or (1, H, W, F): what a convolution, a ReLU or a pool returned.
        columns: maps in a row.
        title: above all.

    Raises:
        ValueError: another shape.
    """
    maps = _single(maps, "maps")
    low, high = float(maps.min()), float(maps.max())
    H, W, F = maps.shape
    alt = _sentence(title) + f"{_count(F, 'map')} of {H} by {W} cells, values from {low:.2g} to {high:.2g}"
    names: list[str] = []
    if F > 1:
        names = [str(f) for f in range(F)]
        alt += f"; filter {int(maps.mean(axis=(0, 1)).argmax())} answers most on average"
    look = {"cmap": "viridis", "vmin": low, "vmax": high}
    return _grid(maps.transpose(2, 0, 1), alt + ".", names, columns, title, scale=True, **look)


def shrinking(rows: Mapping[str, Sequence[Array]]) -> Figure:
    """Show maps that become smaller, each row as wide as the next, with the size above each map.

    Args:
        rows: maps (H, W), or (1, H, W, 1), from the largest to the smallest, by what stands beside their row;
            all on one scale of grey from 0 to the largest number.

    Raises:
        ValueError: there are no maps, one has another shape, or the rows differ in length.
    """
    maps = {name: [_map(one) for one in row] for name, row in rows.items()}
    columns = max((len(row) for row in maps.values()), default=0)
    if columns == 0 or any(len(row) != columns for row in maps.values()):
        raise ValueError(
            f"rows must be equally long, with at least one map, got {[len(row) for row in maps.values()]}"
        )
    most = max(float(one.max()) for row in maps.values() for one in row) or 1.0
    said = []
    for name, row in maps.items():
        parts = [f"{one.shape[0]} by {one.shape[1]} cells, up to {_number(one.max())}" for one in row]
        said.append(f"{name}: {'; '.join(parts)}")

    def fill(figure: Figure) -> None:
        axes = figure.subplots(len(maps), columns, squeeze=False, subplot_kw={"xticks": [], "yticks": []})
        for (name, row), line in zip(maps.items(), axes, strict=True):
            line[0].set_ylabel(name)
            for one, ax in zip(row, line, strict=True):
                ax.imshow(one, cmap="gray", vmin=0, vmax=most, interpolation="nearest")
                ax.set_title(f"{one.shape[0]}×{one.shape[1]}", color=INK, fontsize=10)
                _inked(ax)

    return Figure((2.4 * columns, 2.1 * len(maps)), ". ".join(said) + ".", fill)


def filters(w: Array, *, channel: int | None = None, columns: int = 8, title: str = "filters") -> Figure:
    """Show filters, negative weights in one colour, positive in another, 0 between, all on one scale.

    Args:
        w: (KH, KW, C, F).
        channel: which input channel; by default every one, a row of pictures for each.
        columns: filters in a row where there is one channel.
        title: above all.

    Raises:
        ValueError: another shape, or no such channel.
    """
    w = np.asarray(w)
    if w.ndim != 4:
        raise ValueError(f"w must have shape (KH, KW, C, F), got {w.shape}")
    KH, KW, C, F = w.shape
    if channel is not None and not 0 <= channel < C:
        raise ValueError(f"channel must be 0 to {C - 1}, got {channel}")
    channels = range(C) if channel is None else [channel]
    most = float(np.abs(w).max()) or 1.0
    several = len(channels) > 1
    names = [f"{f}, channel {c}" if several else f"{f}" for c in channels for f in range(F)]
    squares = w[:, :, list(channels)].transpose(2, 3, 0, 1).reshape(-1, KH, KW)
    wide = F if several else columns
    alt = (
        _sentence(title)
        + f"{_count(F, 'filter')} of {KH} by {KW}, {_count(len(channels), 'channel')} shown, "
        f"weights from {w.min():.2g} to {w.max():.2g}."
    )
    return _grid(squares, alt, names, wide, title, scale=True, cmap="PuOr_r", vmin=-most, vmax=most)


def curves(history: History, *, title: str = "training") -> Figure:
    """Show loss and accuracy of every epoch, while training and held out.

    Args:
        history: what `convlib.training.fit` returned.
        title: above both.

    Raises:
        ValueError: the history is empty.
    """
    if not history.loss:
        raise ValueError("history has no epochs; train first")
    shown = {
        "loss": (list(history.loss), list(history.val_loss)),
        "accuracy": (list(history.accuracy), list(history.val_accuracy)),
    }
    epochs = np.arange(1, len(history.loss) + 1)
    parts = []
    for name, (train, held) in shown.items():
        words = f"{name} goes from {train[0]:.3g} to {train[-1]:.3g} in training"
        parts.append(words + (f" and from {held[0]:.3g} to {held[-1]:.3g} held out" if held else ""))

    def fill(figure: Figure) -> None:
        figure.suptitle(title, color=INK)
        for number, (name, (train, held)) in enumerate(shown.items(), start=1):
            ax = figure.add_subplot(1, 2, number)
            ax.plot(epochs, train, color=BLUE, marker="o", markersize=3, label="training")
            if held:
                ax.plot(epochs, held, "s--", color=ORANGE, markersize=3, label="held out")
            ax.set_xlabel("epoch")
            ax.set_ylabel(name)
            ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
            _inked(ax)
            ax.legend(labelcolor=INK, frameon=False)

    return Figure((8, 3), _sentence(title) + f"In {_count(len(epochs), 'epoch')}, {'; '.join(parts)}.", fill)


def error_map(expected: Array, got: Array, *, title: str = "") -> Figure:
    """Set two maps and their difference side by side; the cells that differ are outlined in the third.

    Args:
        expected: (H, W), or (H, W, C), or (1, H, W, C); with several channels, the one that differs most.
        got: the same shape.
        title: above all.

    Raises:
        ValueError: the shapes differ from each other or from these.
    """
    expected, got = np.asarray(expected, dtype=np.float64), np.asarray(got, dtype=np.float64)
    if expected.shape != got.shape:
        raise ValueError(f"got must have the shape of expected, {expected.shape}, but has {got.shape}")
    right, mine = (a[..., None] if a.ndim == 2 else _single(a, "expected") for a in (expected, got))
    difference = mine - right
    channel = int(np.abs(np.nan_to_num(difference, nan=np.inf)).max(axis=(0, 1)).argmax())
    right, mine, difference = (a[..., channel].copy() for a in (right, mine, difference))
    wrong = ~np.isclose(mine, right, rtol=1e-5, atol=1e-8)
    both = np.concatenate([right.ravel(), mine.ravel()])
    both = both[np.isfinite(both)]
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    finite = np.abs(difference[np.isfinite(difference)])
    most = (float(finite.max()) if finite.size else 0.0) or 1.0

    places: list[tuple[int, int]] = [(int(i), int(j)) for i, j in np.argwhere(wrong)]
    words = f"{len(places)} of {right.size} cells differ"
    if len(places):
        i, j = places[0]
        words += f"; the first is row {i}, column {j}: expected {right[i, j]:.4g}, yours {mine[i, j]:.4g}"

    def fill(figure: Figure) -> None:
        if title:
            figure.suptitle(title, color=INK)
        axes = figure.subplots(1, 3, subplot_kw={"xticks": [], "yticks": []})
        for ax, name, values, cmap, least, greatest in (
            (axes[0], "expected", right, "viridis", low, high),
            (axes[1], "yours", mine, "viridis", low, high),
            (axes[2], "yours − expected", difference, "PuOr_r", -most, most),
        ):
            image = ax.imshow(values, cmap=cmap, vmin=least, vmax=greatest, interpolation="nearest")
            ax.set_title(name, color=INK, fontsize=10)
            _inked(ax)
        for i, j in places[:400]:
            outline = Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=ORANGE, linewidth=1.2)
            axes[2].add_patch(outline)
        _scale(figure, image, axes[2:])

    height = 2.4 * min(max(right.shape[0] / right.shape[1], 0.3), 3) + (0.65 if title else 0.25)
    alt = _sentence(title) + words + (f" (channel {channel})." if expected.ndim > 2 else ".")
    return Figure((7.2 + SCALE, height), alt, fill)


def confusion(y: Array, predicted: Array, names: Sequence[str]) -> Figure:
    """Count which class was taken for which.

    Args:
        y: (N,) labels from 0.
        predicted: (N,) what the network says.
        names: of the classes, M words.

    Raises:
        ValueError: the lengths differ, or a label is out of range.
    """
    y, predicted = np.asarray(y), np.asarray(predicted)
    M = len(names)
    if y.shape != predicted.shape or y.ndim != 1:
        raise ValueError(f"predicted must have shape {y.shape}, one per label, got {predicted.shape}")
    if y.size and (min(y.min(), predicted.min()) < 0 or max(y.max(), predicted.max()) >= M):
        raise ValueError(f"y or predicted leaves 0 to {M - 1}, which the {M} names cover")
    counts = np.bincount(y * M + predicted, minlength=M * M).reshape(M, M)
    right = int(np.trace(counts))
    missed = counts - np.diag(np.diag(counts))
    alt = f"Confusion matrix: {right} of {y.size} right."
    if missed.any():
        i, j = divmod(int(missed.argmax()), M)
        alt += f" The commonest mistake: {names[i]} taken for {names[j]}, {missed[i, j]} times."

    def fill(figure: Figure) -> None:
        ax = figure.add_subplot()
        ax.imshow(counts, cmap="Blues", interpolation="nearest", vmin=0)
        ax.set_xticks(range(M), names, rotation=45, ha="right")
        ax.set_yticks(range(M), names)
        ax.set_xlabel("the network says")
        ax.set_ylabel("is")
        _inked(ax)
        for (i, j), count in np.ndenumerate(counts):
            colour = "white" if count > counts.max() / 2 else "#222222"
            ax.text(j, i, str(count), ha="center", va="center", color=colour, fontsize=8)

    return Figure((0.55 * M + 2.2, 0.5 * M + 1.6), alt, fill)


def numbers(
    tables: Mapping[str, ArrayLike],
    *,
    boxes: Mapping[str, tuple[int, int, int, int]] | None = None,
    columns: int = 6,
    cmaps: Sequence[str] = ("Blues",),
) -> Figure:
    """Show small tables of numbers side by side, each cell darker the further its number is from 0.

    Args:
        tables: (rows, columns) of numbers by what stands above them.
        boxes: cells to outline, (row, column, rows, columns) by table: the window that is spoken of, say.
        columns: tables in a row.
        cmaps: Matplotlib's names of colour maps that begin with white, used in turn.
    """
    values = {name: np.atleast_2d(np.array(table)) for name, table in tables.items()}
    outlined = dict(boxes or {})
    columns = min(columns, len(values))
    # Cells are as large in one table as in the next; a title needs a cell for six letters, or three cells.
    needs = [max(3.0, len(name) / 6, table.shape[1]) for name, table in values.items()]
    heights = [table.shape[0] for table in values.values()]
    wide = [max(needs[k::columns]) for k in range(columns)]
    high = [max(heights[k : k + columns]) for k in range(0, len(values), columns)]
    width, height = (CELL * sum(cells) + GAP * len(cells) for cells in (wide, high))
    said = []
    for name, table in values.items():
        said.append(f"{name}: " + ", ".join(" ".join(map(_number, row)) for row in table))
        if name in outlined:
            i, j, tall, broad = outlined[name]
            said[-1] += f" (outlined: rows {i} to {i + tall - 1}, columns {j} to {j + broad - 1})"

    def fill(figure: Figure) -> None:
        # One axes for all, in inches from the lower left: one takes ten times as long as a table in it.
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height), autoscale_on=False)
        ax.set_axis_off()
        for k, (name, table) in enumerate(values.items()):
            row, column = divmod(k, columns)
            h, w = (CELL * side for side in table.shape)
            left = CELL * sum(wide[:column]) + GAP * (column + 0.5) + (CELL * wide[column] - w) / 2
            top = height - CELL * sum(high[:row]) - GAP * (row + 0.8)
            # A third of the map, so that dark digits can be read in every cell.
            most = max(3 * float(np.abs(table).max()), 1e-9)
            place = (left, left + w, top - h, top)
            ax.imshow(np.abs(table), cmap=cmaps[k % len(cmaps)], vmin=0, vmax=most, extent=place)
            ax.add_patch(Rectangle((left, top), w, -h, fill=False, edgecolor=INK, linewidth=0.8))
            for (i, j), value in np.ndenumerate(table):
                x, y = left + CELL * (j + 0.5), top - CELL * (i + 0.5)
                ax.text(x, y, _number(value), ha="center", va="center", fontsize=9, color="#222222")
            ax.text(left + w / 2, top + 0.08, name, ha="center", color=INK, fontsize=10)
            if name in outlined:
                i, j, tall, broad = outlined[name]
                corner = left + CELL * j, top - CELL * i
                box = Rectangle(corner, CELL * broad, -CELL * tall, fill=False, edgecolor=ORANGE, linewidth=3)
                ax.add_patch(box).set_zorder(4)

    return Figure((width, height), ". ".join(said) + ".", fill, layout=None)


def channels(volumes: Mapping[str, ArrayLike]) -> Figure:
    """Show each channel of some volumes as a table of numbers, in the channel's colour.

    Args:
        volumes: (H, W, 3) of numbers by name, with red, green and blue in this order.

    Raises:
        ValueError: a volume has another shape.
    """
    tables = {}
    for name, volume in volumes.items():
        values = np.asarray(volume)
        if values.ndim != 3 or values.shape[-1] != 3:
            raise ValueError(f"{name} must have shape (H, W, 3), got {values.shape}")
        for c, colour in enumerate(("red", "green", "blue")):
            tables[f"{name}, {colour}"] = values[:, :, c]
    return numbers(tables, columns=3, cmaps=("Reds", "Greens", "Blues"))


def filled_by_loops(shape: tuple[int, int, int, int]) -> Figure:
    """Show which cells of a convolution's output are filled once there is a loop over i, then j, f and n.

    Args:
        shape: (N, OH, OW, F) of the output: images from top to bottom, filters from left to right.
    """
    N, OH, OW, F = shape
    rows = [f"loop over {name}" for name in ("i", "i, j", "i, j, f", "i, j, f, n")]
    filled = [(1, 1, 1), (OW, 1, 1), (OW, F, 1), (OW, F, N)]

    def fill(figure: Figure) -> None:
        for number, (title, (columns, filters_, images)) in enumerate(
            zip(rows, filled, strict=True), start=1
        ):
            ax = figure.add_subplot(2, 2, number, aspect="equal")
            ax.set_xlim(-1, F * (OW + 1))
            ax.set_ylim(N * (OH + 1) - 0.9, -0.1)
            for n, i, j, f in np.ndindex(*shape):
                done = n < images and f < filters_ and j < columns
                corner = f * (OW + 1) + j, n * (OH + 1) + i
                face = BLUE if done else "none"
                ax.add_patch(Rectangle(corner, 1, 1, facecolor=face, edgecolor=INK, linewidth=0.8))
            ax.set_title(title, color=INK, fontsize=10)
            ax.set_axis_off()

    counts = [
        f"{title}: {OH * columns * filters_ * images} of {math.prod(shape)} cells"
        for title, (columns, filters_, images) in zip(rows, filled, strict=True)
    ]
    alt = f"{_count(N, 'image')} by {_count(F, 'filter')}, maps of {OH} by {OW}. Filled with a "
    tall = 0.4 + 2.8 * N * (OH + 1) / (F * (OW + 1))
    return Figure((6, 2 * tall), f"{alt}{'; with a '.join(counts)}.", fill)


def graphs(x: ArrayLike, curves: Mapping[str, ArrayLike], *, xlabel: str = "", ylabel: str = "") -> Figure:
    """Draw curves over one axis: the first as a line, the others dashed.

    Args:
        x: (N,) where the curves are known, in rising order.
        curves: (N,) numbers by name.
        xlabel: what x is.
        ylabel: what the curves are.

    Raises:
        ValueError: a curve has another length than x.
    """
    along = np.array(x, dtype=np.float64)
    values = {name: np.array(curve, dtype=np.float64) for name, curve in curves.items()}
    said = []
    for name, curve in values.items():
        if curve.shape != along.shape or curve.ndim != 1:
            raise ValueError(f"{name!r} must have shape {along.shape}, that of x, got {curve.shape}")
        lowest = int(curve.argmin())
        said.append(
            f"{name}: from {curve[0]:.3g} at {along[0]:.3g} to {curve[-1]:.3g} at {along[-1]:.3g}, "
            f"lowest {curve[lowest]:.3g} at {along[lowest]:.3g}".replace("-", "−")
        )

    def fill(figure: Figure) -> None:
        ax = figure.add_subplot(xlabel=xlabel, ylabel=ylabel)
        looks = ((BLUE, "-"), (ORANGE, "--"), (INK, ":"))
        for (name, curve), (colour, style) in zip(values.items(), cycle(looks), strict=False):
            ax.plot(along, curve, style, color=colour, label=name)
        _inked(ax)
        if len(values) > 1:
            ax.legend(labelcolor=INK, frameon=False)

    return Figure((6, 2.6), "; ".join(said) + ".", fill)


def half_planes(
    scores: Mapping[str, Callable[[Array], Array]],
    *,
    alt: str,
    points: ArrayLike = (),
    labels: Sequence[int] = (),
    lines: Sequence[tuple[float, float, float]] = (),
    low: float = -3,
    high: float = 5,
) -> Figure:
    """Shade the part of the plane where a score is positive, one drawing for each score.

    Add what is missing through the figure's `axes`.

    Args:
        scores: functions that take points (N, 2) and return (N,) numbers, by the title of their drawing.
        alt: what is to be seen, points and lines included.
        points: (P, 2) to mark in each drawing.
        labels: of the points, 0 for a circle (the default), anything else for a square.
        lines: (w₁, w₂, b) of lines w₁x₁ + w₂x₂ + b = 0, drawn dashed in each drawing.
        low: where both axes begin.
        high: where both axes end.

    Raises:
        ValueError: there are no scores, or not one label for each point.
    """
    if not scores:
        raise ValueError("scores is empty; at least one function is needed")
    side = np.linspace(low, high, 201)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    values = {title: np.asarray(score(plane)).reshape(201, 201) for title, score in scores.items()}
    dashed = [(plane @ (w1, w2) + b).reshape(201, 201) for w1, w2, b in lines]
    marked = np.array(points, dtype=np.float64).reshape(-1, 2)
    kinds = list(labels) or [0] * len(marked)
    if len(kinds) != len(marked):
        raise ValueError(f"labels must have {len(marked)} entries, one per point, got {len(kinds)}")

    def fill(figure: Figure) -> None:
        for number, (title, value) in enumerate(values.items(), start=1):
            ax = figure.add_subplot(1, len(values), number, aspect="equal", xlabel="x₁", ylabel="x₂")
            ax.contourf(side, side, value, levels=[0, np.inf], colors=[BLUE], alpha=0.4)
            ax.contour(side, side, value, levels=[0], colors=[INK])
            for line in dashed:
                ax.contour(side, side, line, levels=[0], colors=[INK], linestyles="dashed")
            for (x1, x2), kind in zip(marked, kinds, strict=True):
                ax.plot(x1, x2, "s" if kind else "o", color=ORANGE)
            ax.set_title(title, color=INK, fontsize=10)
            _inked(ax)

    return Figure((3.6 * len(values) + 0.4, 3.8), alt, fill)


def distances(w: ArrayLike, b: float, points: ArrayLike) -> Figure:
    """Draw the line w·x + b = 0 with its positive side shaded, the arrow w, and how far points are from it.

    Args:
        w: (2,) weights, not both 0.
        b: bias.
        points: (N, 2), each drawn with its signed distance.

    Raises:
        ValueError: w is (0, 0), or a shape is another.
    """
    weights, given = np.array(w, dtype=np.float64), np.array(points, dtype=np.float64)
    if weights.shape != (2,) or given.ndim != 2 or given.shape[1] != 2:
        raise ValueError(f"w must have shape (2,) and points (N, 2), got {weights.shape} and {given.shape}")
    length = float(np.linalg.norm(weights))
    if length == 0:
        raise ValueError("w is (0, 0): there is no line")
    unit, signed = weights / length, (given @ weights + b) / length
    said = [
        f"({_number(x1)}, {_number(x2)}): {_number(d)}" for (x1, x2), d in zip(given, signed, strict=True)
    ]
    alt = f"A line, its positive side shaded. The arrow w = ({_number(weights[0])}, {_number(weights[1])}) "
    alt += f"starts on it and is perpendicular to it. Distances of points: {'; '.join(said)}."
    name = f"{_number(weights[0])}·x₁ + {_number(weights[1])}·x₂ + {_number(b)} > 0".replace("+ −", "− ")
    figure = half_planes({name: lambda x: x @ weights + b}, alt=alt, points=given)
    drawn = figure._fill

    def fill(figure: Figure) -> None:
        assert drawn is not None
        drawn(figure)
        (ax,) = figure.axes
        foot = -b / length * unit  # the point of the line nearest to (0, 0)
        arrow = {"arrowstyle": "->", "linewidth": 2, "color": INK}
        tip = tuple(foot + weights)
        ax.annotate("", xy=tip, xytext=tuple(foot), arrowprops=arrow)
        ax.annotate("w", xy=tip, xytext=(-12, 0), textcoords="offset points", color=INK)
        for point, d in zip(given, signed, strict=True):
            ax.plot(*zip(point, point - d * unit, strict=True), "--", color=ORANGE)
            ax.annotate(_number(d), xy=tuple(point), xytext=(7, -11), textcoords="offset points", color=INK)

    return Figure((4.0, 3.8), alt, fill)


def windows(rows: Mapping[str, tuple[int, int, int, int, int]]) -> Figure:
    """Draw rows of cells with the windows that read them; a cell that no window reads stands out.

    Args:
        rows: (n, k, stride, before, after) by title: n cells, windows of k cells, the stride, and how many
            zeros stand before and after the cells.
    """
    starts = {
        title: range(-before, n + after - k + 1, stride)
        for title, (n, k, stride, before, after) in rows.items()
    }
    unread = {
        title: sorted(set(range(n)) - {start + a for start in starts[title] for a in range(k)})
        for title, (n, k, *_) in rows.items()
    }
    said = []
    for title, (n, k, _, before, after) in rows.items():
        zeros = f", {_count(before + after, 'zero')} added" if before + after else ""
        words = f"{title}: {_count(n, 'cell')}{zeros}; windows of {k} start at "
        words += ", ".join(map(_number, starts[title]))
        if unread[title]:
            words += f"; no window reads {', '.join(f'cell {cell}' for cell in unread[title])}"
        said.append(words)

    def fill(figure: Figure) -> None:
        for number, (title, (n, k, _, before, after)) in enumerate(rows.items(), start=1):
            ax = figure.add_subplot(1, len(rows), number, aspect="equal", anchor="N")
            for cell in range(-before, n + after):
                zero = not 0 <= cell < n
                colour = "white" if zero else ORANGE if cell in unread[title] else "#88bbdd"
                ax.add_patch(Rectangle((cell, 0), 1, 1, facecolor=colour, edgecolor=INK))
                ax.text(cell + 0.5, 0.5, "0" if zero else "", ha="center", va="center", color="#222222")
            for row, start in enumerate(starts[title], start=1):
                ax.plot([start + 0.1, start + k - 0.1], [-0.5 * row] * 2, color=INK, linewidth=3)
            ax.set_title(title, color=INK, fontsize=10)
            ax.set_axis_off()

    return Figure((2.4 * len(rows), 1.8), ". ".join(said) + ".", fill)


def network(sizes: Sequence[int]) -> Figure:
    """Draw a dense network: a circle for each input and unit, a line for each weight, a b for each bias.

    Args:
        sizes: units by layer, inputs first.
    """
    columns = [[(column, row - (size - 1) / 2) for row in range(size)] for column, size in enumerate(sizes)]
    alt = (
        f"A network in columns of {', '.join(map(str, sizes))} circles. Each circle is joined to all circles "
    )
    alt += "of the next column. The circles of the first column say x, all others b."

    def fill(figure: Figure) -> None:
        ax = figure.add_subplot()
        for before, after in pairwise(columns):
            for x0, y0 in before:
                for x1, y1 in after:
                    ax.plot([x0, x1], [y0, y1], color=INK, zorder=0)
        for column in columns:
            for x, y in column:
                ax.scatter(x, y, s=500, color="#88bbdd", edgecolor=INK)
                ax.text(x, y, "b" if x else "x", ha="center", va="center", color="#222222")
        ax.margins(0.15)
        ax.set_axis_off()

    return Figure((5, 2.6), alt, fill)


def receptive_rows(
    layers: Sequence[Mapping[str, int]], names: Sequence[str], *, cells: int = 12, cell: int = 1
) -> Figure:
    """Show one row of cells for the input and for each layer, and mark what one cell of the last layer sees.

    Args:
        layers: from the input up, each {"kernel": ..., "stride": 1, "pad": 0, "dilation": 1}.
        names: what stands beside the rows, the input's first.
        cells: cells of the input.
        cell: which cell of the last layer sees the marked ones.

    Raises:
        ValueError: there is not one name for the input and for each layer, or no such cell.
    """
    if len(names) != len(layers) + 1:
        raise ValueError(f"names must have {len(layers) + 1} entries, got {len(names)}")
    counts = [cells]
    for layer in layers:
        sizes = (layer["kernel"], layer.get("stride", 1), layer.get("pad", 0), layer.get("dilation", 1))
        counts.append(shapes.output_size(counts[-1], *sizes))
    if not 0 <= cell < counts[-1]:
        raise ValueError(f"cell must be 0 to {counts[-1] - 1}, got {cell}")
    seen = [shapes.receptive_box(layers[level:], cell, cell)[:2] for level in range(len(counts))]
    marked = [
        max(0, min(last, n - 1) - max(first, 0) + 1) for (first, last), n in zip(seen, counts, strict=True)
    ]
    rows = [f"{names[level]}: {marked[level]} of {counts[level]}" for level in range(len(counts))]

    def fill(figure: Figure) -> None:
        ax = figure.add_subplot(xlim=(-0.6, cells - 0.4), ylim=(-0.6, len(counts) - 0.4), xticks=[])
        ax.set_yticks(range(len(counts)), names)
        for level, (first, last) in enumerate(seen):
            jump, start = shapes.receptive_field(layers[:level])[1], shapes.receptive_start(layers[:level])
            for k in range(counts[level]):
                corner = start + k * jump - 0.4, level - 0.4
                face = BLUE if first <= k <= last else "none"
                ax.add_patch(Rectangle(corner, 0.8, 0.8, facecolor=face, edgecolor=INK))
        _inked(ax)

    alt = f"One cell of the last row and what it sees are marked. From the input up, {', '.join(rows)}."
    return Figure((0.6 * cells + 1, 0.7 * len(counts)), alt, fill)


def about_the_middle(rows: Mapping[str, ArrayLike], *, xlabel: str = "", ylabel: str = "") -> Figure:
    """Draw rows of numbers over the distance from their middle, each relative to its largest number.

    Args:
        rows: an odd number of numbers that are not negative, by the name of the curve.
        xlabel: what stands below.
        ylabel: what stands beside.

    Raises:
        ValueError: there are no rows, or a row has no middle or no positive number.
    """
    values = {name: np.asarray(row, dtype=np.float64) for name, row in rows.items()}
    for name, row in values.items():
        if row.ndim != 1 or len(row) % 2 == 0 or row.min() < 0 or row.max() == 0:
            raise ValueError(
                f"{name!r} must be an odd number of numbers from 0 up, not all 0, got shape {row.shape}"
            )
    if not values:
        raise ValueError("rows is empty; at least one row is needed")
    said = []
    for name, row in values.items():
        middle, end = _number(row[len(row) // 2]), _number(row[0])
        said.append(f"{name}: {len(row)} numbers, {middle} in the middle and {end} at the end")

    def fill(figure: Figure) -> None:
        ax = figure.add_subplot(xlabel=xlabel, ylabel=ylabel)
        for (name, row), marker in zip(values.items(), "osD^vx+*" * len(values), strict=False):
            reach = len(row) // 2
            ax.plot(np.arange(-reach, reach + 1), row / row.max(), marker=marker, markersize=3, label=name)
        _inked(ax)
        ax.legend(labelcolor=INK, frameon=False)

    return Figure((7, 3), "Curves over the distance from the middle. " + ". ".join(said) + ".", fill)


def axis_orders(orders: Mapping[str, Sequence[str]]) -> Figure:
    """Show the axes of one array in two orders, a line from each axis to itself.

    Args:
        orders: two names, the upper row's first, and the axes in the order of each.

    Raises:
        ValueError: there are not two orders, or they are not of the same axes.
    """
    if len(orders) != 2:
        raise ValueError(f"orders must have 2 entries, got {len(orders)}")
    (upper, here), (lower, there) = ((name, list(axes)) for name, axes in orders.items())
    if sorted(here) != sorted(there) or len(set(here)) != len(here):
        raise ValueError(f"orders must be of the same axes, each once, got {here} and {there}")

    def fill(figure: Figure) -> None:
        ax = figure.add_subplot(xlim=(-0.5, len(here) - 0.5), ylim=(-0.4, 1.4), xticks=[])
        ax.set_yticks([1, 0], [upper, lower])
        for place, name in enumerate(here):
            goes = there.index(name)
            color = BLUE if goes >= place else ORANGE
            ax.plot([place, goes], [1, 0], color=color, linewidth=2, marker="o")
            ax.text(place, 1.1, name, ha="center", va="bottom", color=INK)
            ax.text(goes, -0.1, name, ha="center", va="top", color=INK)
        _inked(ax)

    alt = f"{upper}: {', '.join(here)}. {lower}: {', '.join(there)}. Lines join equal axes."
    return Figure((1.8 * len(here), 2.6), alt, fill)


def _grid(
    images: Array,
    alt: str,
    names: Sequence[str],
    columns: int,
    title: str,
    *,
    scale: bool = False,
    **look: Any,
) -> Figure:
    """Show images in rows, each with its name above where there are names, and perhaps their scale."""
    images = images.copy()
    columns = max(1, min(columns, len(images)))
    rows = math.ceil(len(images) / columns)
    side = max(1.1, min(8.8 / columns, 2.4 if columns > 1 else 4.0, 6.0 / rows))
    tall = images.shape[1] / images.shape[2]
    w = (side - 0.1) * min(1, 3 / tall)
    h = w * tall
    step = h + (0.3 if names else 0.1)

    def fill(figure: Figure) -> None:
        if title:
            figure.suptitle(title, color=INK)
        # One axes for all, in inches from the lower left, as in `numbers`.
        ax = figure.add_subplot(xlim=(0, columns * side), ylim=(0, rows * step), autoscale_on=False)
        ax.set_axis_off()
        for k, image in enumerate(images):
            row, column = divmod(k, columns)
            x, y = column * side + (side - w) / 2, (rows - row - 1) * step + 0.05
            shown = ax.imshow(image, extent=(x, x + w, y, y + h), interpolation="nearest", **look)
            ax.add_patch(Rectangle((x, y), w, h, fill=False, edgecolor=INK, linewidth=0.8))
            if names:
                ax.text(x + w / 2, y + h + 0.05, names[k], ha="center", color=INK, fontsize=9)
        if scale:
            _scale(figure, shown, [ax])

    width = columns * side + 0.1 + (SCALE if scale else 0)
    return Figure((width, rows * step + (0.4 if title else 0)), alt, fill)


def _inked(ax: matplotlib.axes.Axes) -> None:
    ax.set_facecolor("none")
    ax.tick_params(colors=INK)
    ax.xaxis.label.set_color(INK)
    ax.yaxis.label.set_color(INK)
    for spine in ax.spines.values():
        spine.set_color(INK)


def _scale(figure: Figure, image: Any, axes: Sequence[matplotlib.axes.Axes]) -> None:
    tall = figure.get_figheight() / 1.5
    bar = figure.colorbar(image, ax=axes, shrink=0.8 / max(1.0, tall / 3), aspect=12)
    bar.ax.tick_params(colors=INK, labelsize=8)
    bar.outline.set_edgecolor(INK)


def _single(maps: Array, name: str) -> Array:
    maps = np.asarray(maps)
    if maps.ndim == 4 and len(maps) == 1:
        maps = maps[0]
    if maps.ndim != 3 or maps.size == 0:
        raise ValueError(
            f"{name} must have shape (H, W, F) or (1, H, W, F), got {maps.shape}: pass one image at a time"
        )
    return maps


def _map(one: Array) -> Array:
    one = np.asarray(one)
    if one.ndim == 4 and one.shape[0] == one.shape[3] == 1:
        one = one[0, :, :, 0]
    if one.ndim != 2 or one.size == 0:
        raise ValueError(f"each map must have shape (H, W) or (1, H, W, 1), got {one.shape}")
    return one


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _sentence(title: str) -> str:
    return f"{title[:1].upper()}{title[1:]}: " if title else ""
