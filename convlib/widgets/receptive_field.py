"""The receptive-field explorer: what an output sees of the input, through a whole stack of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from ._figure import Figure, Pinned, Whole

# The stacks to begin with: (input size, layers). The last is the network that lesson 11 trains.
_Layer = dict[str, Any]
_CONV3: _Layer = {"kind": "conv", "kernel": 3, "stride": 1, "pad": 1, "dilation": 1}
_CONV5: _Layer = {"kind": "conv", "kernel": 5, "stride": 1, "pad": 0, "dilation": 1}
_POOL: _Layer = {"kind": "pool", "kernel": 2, "stride": 2, "pad": 0, "dilation": 1}
PRESETS: dict[str, tuple[int, list[dict[str, Any]]]] = {
    "lenet": (32, [_CONV5, _POOL, _CONV5, _POOL, _CONV5]),
    "vgg": (32, [_CONV3, _CONV3, _POOL, _CONV3, _CONV3, _POOL]),
    "resnet": (
        48,
        [_CONV3 | {"kernel": 7, "stride": 2, "pad": 3}, _POOL | {"kernel": 3, "pad": 1}, _CONV3, _CONV3],
    ),
    "course": (16, [_CONV3, _POOL, _CONV3, _POOL]),
}
_LIMITS = {"kernel": (1, 11), "stride": (1, 8), "pad": (0, 8), "dilation": (1, 8)}


class ReceptiveFieldExplorer(Figure, script="receptive_field.js"):
    """A stack of convolutions and pools: point at a cell of any layer, see what it sees and what it reaches.

    `ReceptiveFieldExplorer("vgg")`, or `ReceptiveFieldExplorer([{"kernel": 3, "pad": 1}, {"kind": "pool",
    "kernel": 2, "stride": 2}], size=24)`: layers as `convlib.shapes.receptive_field` takes them.

    Attributes:
        size: rows and columns of the input, 1 to 64.
        layers: up to 8, each {"kind": "conv" or "pool", "kernel", "stride", "pad", "dilation"}.
        effective: shade the input by the number of paths that lead from each pixel to the chosen cell.
        pinned: the pinned cell, "l2 0 3" (layer 2, row 0, column 3); layer 0 is the input.
    """

    size = Whole(16, 1, 64)
    layers = traitlets.List(traitlets.Dict(), PRESETS["course"][1], maxlen=8).tag(sync=True)
    effective = traitlets.Bool(False).tag(sync=True)
    pinned = Pinned()

    def __init__(self, layers: str | Sequence[dict[str, Any]] = "course", **more: Any) -> None:
        if isinstance(layers, str):
            if layers not in PRESETS:
                raise ValueError(f"layers is {layers!r}; one of {', '.join(PRESETS)} or a list fits")
            size, layers = PRESETS[layers]
            more.setdefault("size", size)
        super().__init__(layers=list(layers), **more)

    @traitlets.validate("layers")
    def _whole(self, proposal: Any) -> list[dict[str, Any]]:
        return [_complete(layer) for layer in proposal["value"]]


def _complete(layer: dict[str, Any]) -> dict[str, Any]:
    """Return a layer with every number present and in range."""
    full: _Layer = {"kind": "conv", "stride": 1, "pad": 0, "dilation": 1} | layer
    if set(full) != {"kind", "kernel", "stride", "pad", "dilation"} or full["kind"] not in ("conv", "pool"):
        raise traitlets.TraitError(f"{layer} is no layer: kind, kernel, stride, pad and dilation fit")
    for name, (low, high) in _LIMITS.items():
        if not isinstance(full[name], int) or not low <= full[name] <= high:
            raise traitlets.TraitError(f"{name} is {full[name]!r}; {low} to {high} fits")
    return full
