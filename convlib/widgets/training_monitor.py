"""The training monitor: loss and accuracy by epoch, filters and activation maps, as training goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._figure import Figure
from ._traits import Images, Integer, PinnedCell, Series

_SERIES = ("loss", "accuracy", "val_loss", "val_accuracy", "step_loss")
_MOST_IMAGES = 16
_LARGEST_SIDE = 64  # pixels


class TrainingMonitor(Figure, script="training_monitor.js"):
    """Training curves to point at, and the latest filters and activation maps.

    `TrainingMonitor(history)` shows what `fit` returned (or Keras's `model.fit`, or a dict of lists); while a
    loop of your own runs, `monitor.log(loss=0.31, accuracy=0.9, filters=w, maps=activations)` adds an epoch.

    Attributes:
        series: lists of numbers by name: loss, accuracy, val_loss, val_accuracy (one an epoch), step_loss.
        filters: images of the latest filters, lists of rows: up to 16, of up to 64 by 64 numbers.
        maps: images of the latest activation maps, likewise.
        step: the epoch shown while nothing is pointed at, from 0.
        pinned: the pinned cell: "loss SERIES EPOCH", "accuracy SERIES EPOCH", "filters 0 NUMBER", ...
    """

    series = Series()
    filters = Images(_MOST_IMAGES, _LARGEST_SIDE)
    maps = Images(_MOST_IMAGES, _LARGEST_SIDE)
    step = Integer(10_000, 0, 10_000)
    pinned = PinnedCell()

    def __init__(self, history: Any = None, **more: Any) -> None:
        super().__init__(**more)
        if history is not None:
            self.show(history)

    def show(self, history: Any) -> None:
        """Show a history: `convlib.training.History`, Keras's History, or a dict of lists."""
        given = getattr(history, "history", history)
        if not isinstance(given, Mapping):
            given = {name: getattr(given, name) for name in _SERIES if hasattr(given, name)}
        names = [name for name in _SERIES if len(given.get(name, ()))]
        self.series = {name: [float(value) for value in given[name]] for name in names}

    def log(self, *, filters: Any = None, maps: Any = None, **values: float) -> None:
        """Add an epoch's numbers by name; filters (KH, KW, C, F) and maps (H, W, F) replace those shown.

        Args:
            filters: drawn for channel 0, the first 16 filters.
            maps: the activation maps of one input, the first 16.
            values: loss=, accuracy=, val_loss=, val_accuracy=.
        """
        unknown = sorted(set(values) - set(_SERIES))
        if unknown:
            raise ValueError(f"{unknown[0]} is not a series; expected one of {', '.join(_SERIES)}")
        self.series = {
            name: [*self.series.get(name, []), float(values[name])] if name in values else self.series[name]
            for name in _SERIES
            if name in values or name in self.series
        }
        if filters is not None:
            self.filters = _images([[pixel[0] for pixel in row] for row in filters.tolist()])
        if maps is not None:
            self.maps = _images(maps.tolist())

    __call__ = log


def _images(rows: Sequence[Sequence[Sequence[float]]]) -> list[list[list[float]]]:
    """Turn (H, W, F) nested lists into the first 16 images of rows."""
    return [[[pixel[f] for pixel in row] for row in rows] for f in range(min(_MOST_IMAGES, len(rows[0][0])))]
