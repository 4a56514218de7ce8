"""Pictures of what a network computes, drawn into axes that the caller made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def numbers(
    ax: Axes,
    values: ArrayLike,
    title: str = "",
    *,
    cmap: str = "Blues",
    box: tuple[float, float, float, float] | None = None,
) -> None:
    """Draw a small table of numbers, each in a square that is darker the further it is from 0.

    Args:
        ax: the axes to draw into.
        values: (rows, columns).
        title: what stands above the table.
        cmap: the name of a matplotlib colour map that begins with white.
        box: (row, column, rows, columns) of cells to outline in red: a window, say.
    """
    from matplotlib.patches import Rectangle

    table = np.asarray(values)
    # A third of the map, so that black digits can be read in every square.
    ax.imshow(np.abs(table), cmap=cmap, vmin=0, vmax=max(3 * float(np.abs(table).max()), 1e-9))
    for (row, column), value in np.ndenumerate(table):
        ax.text(column, row, f"{value:.3g}", ha="center", va="center")
    if box is not None:
        row, column, rows, columns = box
        ax.add_patch(
            Rectangle((column - 0.5, row - 0.5), columns, rows, fill=False, edgecolor="red", linewidth=3)
        )
    ax.set(title=title, xticks=[], yticks=[])
