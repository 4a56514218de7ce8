"""The receptive-field explorer: what an output sees of the input, through a whole stack of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import traitlets

from ._figure import Figure
from ._traits import Flag, Integer, PinnedCell, Setting

_Layer = dict[str, Any]
_CONV3: _Layer = {"kind": "conv", "kernel": 3, "stride": 1, "pad": 1, "dilation": 1}
_CONV5: _Layer = {"kind": "conv", "kernel": 5, "stride": 1, "pad": 0, "dilation": 1}
_POOL: _Layer = {"kind": "pool", "kernel": 2, "stride": 2, "pad": 0, "dilation": 1}


class Preset(NamedTuple):
    """A stack to begin with."""

    title: str
    size: int
    layers: list[_Layer]


PRESETS = {
    "lenet": Preset("LeNet", 32, [_CONV5, _POOL, _CONV5, _POOL, _CONV5]),
    "vgg": Preset("VGG: two blocks", 32, [_CONV3, _CONV3, _POOL, _CONV3, _CONV3, _POOL]),
    "resnet": Preset(
        "ResNet: stem and one block",
        48,
        [_CONV3 | {"kernel": 7, "stride": 2, "pad": 3}, _POOL | {"kernel": 3, "pad": 1}, _CONV3, _CONV3],
    ),
    # The network that lesson 12 trains.
    "course": Preset("this course's network", 16, [_CONV3, _POOL, _CONV3, _POOL]),
}
_KINDS = "conv", "pool"
_LIMITS = {"kernel": (1, 11), "stride": (1, 8), "pad": (0, 8), "dilation": (1, 8)}


class _Layers(Setting):
    """A stack of layers, each with every number present and in range."""

    kind = "layers"

    def __init__(self, default: list[_Layer], most: int) -> None:
        super().__init__(default)
        self.most = most
        self.info_text = f"1 to {most} layers"
        self.tag(sync=True)

    def limits(self) -> dict[str, Any]:
        return {
            "most": self.most,
            "kinds": list(_KINDS),
            "numbers": {name: {"min": low, "max": high} for name, (low, high) in _LIMITS.items()},
            "presets": {name: preset._asdict() for name, preset in PRESETS.items()},
        }

    def validate(self, obj: Any, value: Any) -> list[_Layer]:
        """Return the layers, completed, or raise TraitError."""
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= self.most:
            raise self.refuse(obj, value)
        return [_complete(layer) for layer in value]


def _complete(layer: _Layer) -> _Layer:
    """Return a layer with every number present and in range."""
    full: _Layer = {"kind": "conv", "stride": 1, "pad": 0, "dilation": 1} | dict(layer)
    if set(full) != {"kind", *_LIMITS} or full["kind"] not in _KINDS:
        raise traitlets.TraitError(f"a layer has kind (conv or pool), {', '.join(_LIMITS)}; got {layer}")
    for name, (low, high) in _LIMITS.items():
        if not isinstance(full[name], int) or not low <= full[name] <= high:
            raise traitlets.TraitError(f"{name} must be an integer from {low} to {high}, got {full[name]!r}")
    return full


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

    size = Integer(16, 1, 64)
    layers = _Layers(PRESETS["course"].layers, most=8)
    effective = Flag(False)
    pinned = PinnedCell()

    def __init__(self, layers: str | Sequence[dict[str, Any]] = "course", **more: Any) -> None:
        if isinstance(layers, str):
            if layers not in PRESETS:
                raise ValueError(
                    f"layers must be one of {', '.join(PRESETS)} or a list of layers, got {layers!r}"
                )
            _, size, layers = PRESETS[layers]
            more.setdefault("size", size)
        super().__init__(layers=list(layers), **more)
