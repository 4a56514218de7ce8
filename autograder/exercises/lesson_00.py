"""How this course checks you: one small function, to meet the verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.model import INPUTS_KEPT, Array, Exercise, Part, case, variants

LESSON = "00_how_this_course_checks_you"


def _mirrored(image: Array) -> Array:
    return image[:, ::-1]


def _mirror_variant(
    turned: Callable[[Array], Any] = _mirrored,
    result: Callable[[Any, Array], Any] = lambda mirrored, image: mirrored,
) -> Callable[..., Any]:
    def mirror(image: Array) -> Any:
        return result(np.array(turned(image)), image)

    return mirror


def _half_copied(image: Array) -> Array:
    """What column-by-column copying in place gives: the left half is overwritten before it is read."""
    out = image.copy()
    for j in range(out.shape[1]):
        out[:, j] = out[:, out.shape[1] - 1 - j]
    return out


def _as_if_square(image: Array) -> Array:
    """What loops over the number of rows, twice, give."""
    n = len(image)
    out = np.zeros_like(image)
    for j in range(n):
        out[:, j] = image[:, n - 1 - j]
    return out


def _in_place(mirrored: Array, image: Array) -> Array:
    image[...] = image[:, ::-1].copy()
    return mirrored


MIRROR = Exercise(
    id="mirror",
    lesson=LESSON,
    signature="mirror(image)",
    reference=_mirrored,
    parts=(
        Part("a grey picture", 0.25, lambda draw: [case(draw.array(3, 3)), case(draw.array(4, 4))]),
        Part(
            "pictures that are not square",
            0.25,
            lambda draw: [case(draw.array(2, draw.pick(4, 5))), case(draw.array(5, 3))],
        ),
        Part(
            "colour",
            0.25,
            lambda draw: [case(draw.array(draw.pick(3, 4), 5, 3)), case(draw.array(5, 4, 2, shift=-1.0))],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _mirror_variant,
        {
            "upside_down": (
                {"turned": lambda image: image[::-1]},
                """Your picture stands on its head: the rows are reversed, and a mirror exchanges left and right.

                Which axis of an array counts the rows, and which the columns?""",
            ),
            "turned_by_half": (
                {"turned": lambda image: image[::-1, ::-1]},
                """Your picture is turned by 180°: rows and columns are reversed, and a mirror leaves the rows where they are.

                In a mirror, do your feet change places with your head?""",
            ),
            "transposed": (
                [{"turned": lambda image: image.swapaxes(0, 1)}, {"turned": lambda image: image.T}],
                """Rows and columns of your picture are exchanged: that is a mirror on the diagonal, and the shape changes.

                What is the shape of the mirrored picture, if the picture has 2 rows and 3 columns?""",
            ),
            "rotated": (
                {"turned": lambda image: np.rot90(image)},
                """Your picture lies on its side: it is turned by a quarter, not mirrored.

                Where does the upper left pixel go in a mirror?""",
            ),
            "channels_reversed": (
                {"turned": lambda image: image[..., ::-1]},
                """The last axis is reversed: in a colour picture that is the channels, and red becomes blue.

                Which axis of (H, W, C) counts the columns?""",
            ),
            "every_axis_reversed": (
                {"turned": lambda image: np.flip(image)},
                """All axes are reversed: only the columns change their order in a mirror.

                What does np.flip do when it is not told the axis?""",
            ),
            "unchanged": (
                {"turned": lambda image: image},
                """Your picture comes back as it was.

                Which of your variables holds the mirrored picture, and which one do you return?""",
            ),
            "left_half_overwritten": (
                {"turned": _half_copied},
                """The right half of your picture is not mirrored: the left half was overwritten before it was read.

                Once column 0 holds the last column, where is what it held before?""",
            ),
            "square_only": (
                {"turned": _as_if_square},
                """The number of rows counts your columns too: that is right for square pictures only.

                A picture has 2 rows and 5 columns: which number of image.shape do your columns run over?""",
            ),
            "last_column_lost": (
                {"turned": lambda image: image[:, -2::-1]},
                """One column is missing: the last one, where the mirrored picture begins.

                Which index has the last column?""",
            ),
            "first_column_lost": (
                {"turned": lambda image: image[:, -1:0:-1]},
                """One column is missing: a slice that ends at 0 leaves out column 0.

                How do you write a slice that goes down to the very first?""",
            ),
            "shifted_by_one": (
                {"turned": lambda image: np.roll(image[:, ::-1], 1, axis=1)},
                """Your mirrored picture is moved by one column: column j comes from column W − 1 − j.

                Which column does column 0 come from? With W = 3, say the number.""",
            ),
            "integer_buffer": (
                {"result": lambda mirrored, image: np.trunc(mirrored)},
                """Everything after the decimal point is lost: an array of integers cannot hold the picture's values.

                Which type does the array have into which you write?""",
            ),
            "input_modified": (
                {"result": _in_place},
                """Your function does more than return its result: it also mirrors the picture it was given, which belongs to
                the caller.

                Whoever calls you twice with the same picture: what do they get the second time?""",
            ),
            "returns_nothing": (
                {"result": lambda mirrored, image: None},
                """Nothing comes back: a function without a return gives None.

                Which line of your function hands the result over?""",
            ),
        },
    ),
    small=lambda: (
        case(1.0 + np.arange(np.prod(shape), dtype=float).reshape(shape))
        for shape in ((1, 2), (2, 1), (2, 2), (1, 3), (2, 3), (1, 2, 2), (2, 2, 3))
    ),
    axes={
        "image": ("row", "column", "channel"),
        "": ("row", "column", "channel"),
    },
    trace="window",
    hints=("Column 0 of the result is the last column of the picture. Which slice runs backwards?",),
)

EXERCISES = (MIRROR,)
