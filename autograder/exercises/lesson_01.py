"""A neuron is a hyperplane: distances to a line, ReLU, a dense layer, two of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.model import INPUTS_KEPT, Array, Case, Draw, Exercise, Part, case, variants
from autograder.exercises.wrong_convolutions import texts
from convlib import fast, reference

LESSON = "01_neuron_is_a_hyperplane"

POINTS = ("point", "coordinate")
UNITS = ("point", "unit")


_INPUT_MODIFIED = """Your function does more than return its result: it writes into x, which belongs to the caller.

Whoever calls you twice with the same x: what do they get the second time?"""
_PLANE_ONLY = """Only the first two coordinates count: a point can have any number of them, and w has as many.

The point (1, 1, 1) and w = (2, 2, 1): what is w·x?"""
_INTEGER = """Everything after the decimal point is lost: an array of integers cannot hold your results.

Which type does the array have into which you write?"""


def _in_the_plane(x: Array, w: Array, b: float) -> Any:
    """What a sum written out for two coordinates gives."""
    return x[:, 0] * w[0] + x[:, 1] * w[1] + b


def _write_into(x: Array) -> None:
    x[0] = 0.0


# signed_distance


def _signed_distance(x: Array, w: Array, b: float) -> Array:
    return np.asarray((x @ w + b) / np.sqrt(np.sum(w**2)))


def _distance_variant(
    score: Callable[[Array, Array, float], Any] = lambda x, w, b: x @ w + b,
    length: Callable[[Array, Array, float], Any] = lambda x, w, b: np.linalg.norm(w),
    result: Callable[[Any, Array], Any] = lambda d, x: d,
    after: Callable[[Any, float], Any] = lambda d, b: d,
) -> Callable[..., Any]:
    def signed_distance(x: Array, w: Array, b: float) -> Any:
        return result(after(score(x, w, b) / length(x, w, b), b), x)

    return signed_distance


def _distance_written(d: Any, x: Array) -> Any:
    _write_into(x)
    return d


def _points(draw: Draw, count: int, dims: int, unit: bool = False, biased: bool = True) -> Case:
    w = draw.array(dims, shift=0.5)
    if unit:
        w = w / np.linalg.norm(w)
    return case(draw.array(count, dims), w, float(draw.bias(1)[0]) if biased else 0.0)


def _small_points() -> list[Case]:
    line = np.array([[1.0, 1.0]]), np.array([3.0, 4.0])
    return [
        case(np.array([[1.0]]), np.array([1.0]), 0.0),
        case(np.array([[1.0]]), np.array([2.0]), 0.0),
        case(np.array([[1.0]]), np.array([1.0]), 2.0),
        case(*line, 0.0),
        case(*line, 3.0),
        case(-line[0], line[1], 3.0),
        case(np.array([[1.0, 1.0], [-3.0, 1.0]]), line[1], 3.0),
        case(np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 2.0]]), line[1], -3.0),
    ]


_SIGNED_DISTANCE_BUGS = variants(
    _distance_variant,
    {
        "not_divided": (
            {"length": lambda x, w, b: 1.0},
            """You return the score, not the distance: w·x + b grows with the length of w, while the line stays where it is.

            If w and b are doubled, which line do they describe, and what becomes of your result?""",
        ),
        "divided_by_the_square": (
            {"length": lambda x, w, b: np.sum(w**2)},
            """You divide by the squared length of w: the length is its square root.

            How long is the vector (3, 4)?""",
        ),
        "divided_by_the_sum": (
            {"length": lambda x, w, b: np.sum(np.abs(w))},
            """You divide by the sum of the weights' magnitudes: the length is the root of the sum of squares.

            How long is the vector (3, 4)?""",
        ),
        "divided_by_the_plain_sum": (
            {"length": lambda x, w, b: np.sum(w)},
            """You divide by the sum of the weights: the length is the root of the sum of squares.

            How long is the vector (3, 4)?""",
        ),
        "divided_by_the_largest": (
            {"length": lambda x, w, b: np.max(np.abs(w))},
            """You divide by the largest weight: the length is the root of the sum of squares.

            How long is the vector (3, 4)?""",
        ),
        "divided_by_the_number_of_weights": (
            {"length": lambda x, w, b: float(len(w))},
            """You divide by the number of weights: ‖w‖ is a length, the root of the sum of squares.

            How long is the vector (3, 4)?""",
        ),
        "length_of_x": (
            {"length": lambda x, w, b: np.linalg.norm(x)},
            """You divide by the length of x: the distance does not grow with how far the points are from 0, but with w.

            Which of the three arguments can be doubled without moving the line?""",
        ),
        "length_of_each_point": (
            {"length": lambda x, w, b: np.linalg.norm(x, axis=1)},
            """You divide each score by the length of its point: ‖w‖ is the same for all points.

            Which of the three arguments can be doubled without moving the line?""",
        ),
        "bias_in_the_length": (
            {"length": lambda x, w, b: np.linalg.norm(np.append(w, b))},
            """The bias is in your length: ‖w‖ is the length of w alone. The bias moves the line, it does not stretch the score.

            How long is the vector (3, 4), whatever b is?""",
        ),
        "bias_not_divided": (
            {
                "score": lambda x, w, b: x @ w,
                "after": lambda d, b: d + b,
            },
            """Your bias is added after the division: the whole score, w·x + b, is divided by ‖w‖.

            With w = (3, 4) and b = 5, how far is the origin from the line?""",
        ),
        "only_bias_divided": (
            {
                "score": lambda x, w, b: x @ w + b / np.linalg.norm(w),
                "length": lambda x, w, b: 1.0,
            },
            """Only your bias is divided by ‖w‖: a division comes before a sum, and the whole score is to be divided.

            What is 8 + 6 / 2 in Python?""",
        ),
        "bias_forgotten": (
            {"score": lambda x, w, b: x @ w},
            """The bias is missing: without it every line goes through the origin.

            What is the distance of the origin, where w·x is 0?""",
        ),
        "bias_subtracted": (
            {"score": lambda x, w, b: x @ w - b},
            """The bias is subtracted: the line is where w·x + b is 0.

            Put a point on the line, w·x = −b. What do you return?""",
        ),
        "two_coordinates_only": (
            [
                {"score": _in_the_plane},
                {"score": _in_the_plane, "length": lambda x, w, b: np.linalg.norm(w[:2])},
            ],
            _PLANE_ONLY,
        ),
        "absolute": (
            {"after": lambda d, b: np.abs(d)},
            """Your distance has lost its sign: the sign says on which side of the line a point lies.

            Two points lie at the same distance on either side: what tells them apart?""",
        ),
        "sign_turned": (
            {"after": lambda d, b: -d},
            """Your sign is turned: points on the side that w points to are positive.

            Walk from the line in the direction of w: does w·x + b grow or shrink?""",
        ),
        "negative_cut_to_zero": (
            {"after": lambda d, b: np.maximum(d, 0.0)},
            """Negative distances become 0: that is a ReLU, and comes next. Here the other side counts too.

            What does a point on the far side of the line return?""",
        ),
        "sign_only": (
            {"after": lambda d, b: np.sign(d)},
            """Only the side comes back: how far the point is from the line is asked for too.

            What do you return for two points on the same side, one near and one far?""",
        ),
        "points_averaged": (
            {"result": lambda d, x: np.mean(d)},
            """One number comes back: each of the N points has its own distance.

            How many numbers are due for 4 points?""",
        ),
        "first_point_only": (
            {"result": lambda d, x: d[0]},
            """Only the first point's distance comes back: each of the N points has its own.

            How many numbers are due for 4 points?""",
        ),
        "column_instead_of_row": (
            {"result": lambda d, x: d[:, None]},
            """Your result is a table with one column: one number for each point is due, shape (N,).

            Which shape does x @ w have when w is (D,)?""",
        ),
        "integer_buffer": ({"result": lambda d, x: np.trunc(d)}, _INTEGER),
        "input_modified": ({"result": _distance_written}, _INPUT_MODIFIED),
        "returns_nothing": ({"result": lambda d, x: None}, texts("returns_nothing")),
    },
)

SIGNED_DISTANCE = Exercise(
    id="signed_distance",
    lesson=LESSON,
    signature="signed_distance(x, w, b)",
    reference=_signed_distance,
    parts=(
        Part(
            "w of length one",
            0.5,
            lambda draw: [_points(draw, draw.pick(3, 4), 2, unit=True, biased=False)],
        ),
        Part(
            "w of any length",
            0.5,
            lambda draw: [_points(draw, 5, 2, biased=False), _points(draw, 3, 4, biased=False)],
        ),
        Part(
            "bias",
            0.5,
            lambda draw: [
                _points(draw, draw.pick(4, 6), 2),
                _points(draw, 2, 3),
                case(0.1 * draw.array(3, 1), draw.array(1), draw.pick(2.5, -2.5)),
                case(np.array([[-0.5, 0.0], [1.0, -1.0]]), np.array([3.0, 4.0]), draw.pick(2.25, 2.5)),
            ],
        ),
        Part("one point", 0.25, lambda draw: [_points(draw, 1, draw.pick(3, 5))]),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=_SIGNED_DISTANCE_BUGS,
    small=_small_points,
    axes={"x": POINTS, "w": ("coordinate",), "": ("point",)},
    hints=(
        "Two steps: the score of every point, then the length of w. Which of them does a longer w change?",
    ),
)


# relu


def _relu_variant(
    rule: Callable[[Array], Any] = lambda x: np.where(x > 0, x, 0.0),
    result: Callable[[Any, Array], Any] = lambda y, x: y,
) -> Callable[..., Any]:
    def relu(x: Array) -> Any:
        return result(rule(x), x)

    return relu


def _cut_in_place(y: Any, x: Array) -> Any:
    x[x < 0] = 0.0
    return y


RELU = Exercise(
    id="relu",
    lesson=LESSON,
    signature="relu(x)",
    reference=reference.relu,
    parts=(
        Part(
            "positive values",
            0.25,
            lambda draw: [
                case(np.abs(draw.array(3, draw.pick(4, 5))) + 0.5),
                case(np.abs(draw.array(2, 3)) + 7.0),
            ],
        ),
        Part(
            "negative values",
            0.25,
            lambda draw: [
                case(draw.array(draw.pick(2, 3), 5, shift=-1.0)),
                case(np.array([-0.5, 2.5, -3.25, 0.25]) * draw.pick(1.0, 1.5)),
            ],
        ),
        Part(
            "any shape",
            0.25,
            lambda draw: [case(draw.array(2, draw.pick(3, 4), 3, 2)), case(draw.array(draw.pick(5, 6)))],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _relu_variant,
        {
            "absolute_value": (
                {"rule": np.abs},
                """Your negative values lose their sign: a ReLU makes them 0.

                What is max(−2, 0)?""",
            ),
            "negative_kept": (
                {"rule": lambda x: x},
                """Nothing changes: negative values are to become 0.

                What is max(−2, 0)?""",
            ),
            "smaller_instead_of_larger": (
                {"rule": lambda x: np.minimum(x, 0.0)},
                """The negative values stay and the positive ones become 0: it is the other way round.

                What is max(−2, 0), and what is min(−2, 0)?""",
            ),
            "step_instead_of_ramp": (
                {"rule": lambda x: np.where(x > 0, 1.0, 0.0)},
                """Your positive values become 1: a ReLU leaves them as they are. A step of 0 and 1 is its slope.

                What is max(3, 0)?""",
            ),
            "leaky": (
                [
                    {"rule": lambda x: np.where(x > 0, x, 0.01 * x)},
                    {"rule": lambda x: np.where(x > 0, x, 0.1 * x)},
                ],
                """Your negative values shrink instead of vanishing: that is the leaky ReLU.

                What is max(−2, 0)?""",
            ),
            "cut_at_one": (
                {"rule": lambda x: np.clip(x, 0.0, 1.0)},
                """Your large values are cut at 1: a ReLU has no upper end.

                What is max(3, 0)?""",
            ),
            "always_zero": (
                {"rule": lambda x: np.zeros(np.shape(x))},
                """Your result is 0 everywhere: positive values are to stay as they are.

                What is max(3, 0)?""",
            ),
            "cut_at_six": (
                {"rule": lambda x: np.clip(x, 0.0, 6.0)},
                """Your large values are cut at 6: a ReLU has no upper end. Some networks use such a curve, the ReLU6.

                What is max(9, 0)?""",
            ),
            "threshold_at_one": (
                {"rule": lambda x: np.where(x > 1, x, 0.0)},
                """Values between 0 and 1 become 0: the ramp starts at 0.

                What is max(0.5, 0)?""",
            ),
            "negative_cut_to_one": (
                {"rule": lambda x: np.maximum(x, 1.0)},
                """Your values are cut at 1 from below: the smallest result of a ReLU is 0.

                What is max(−2, 0)?""",
            ),
            "sigmoid": (
                {"rule": lambda x: 1.0 / (1.0 + np.exp(-x))},
                """You compute the sigmoid: a ReLU is simpler, it has no exponential.

                What is max(3, 0)?""",
            ),
            "negative_dropped": (
                {"rule": lambda x: x[x > 0]},
                """The negative values are gone, and the shape with them: they are to stay in their place, as 0.

                How many numbers come out when six go in?""",
            ),
            "largest_of_an_axis": (
                {"rule": lambda x: np.max(x, 0)},
                """Rows are compared with rows: in np.max(x, 0) the 0 names an axis, it is no number to compare with.

                How many numbers come out when six go in?""",
            ),
            "largest_of_all": (
                {"rule": lambda x: max(float(x.max()), 0.0)},
                """One number comes back, the largest: the comparison with 0 is made in each cell.

                How many numbers come out when six go in?""",
            ),
            "softplus": (
                {"rule": lambda x: np.log1p(np.exp(x))},
                """You compute the softplus, a smooth cousin of the ReLU: at 0 it is 0.69, not 0.

                What is max(0.25, 0)?""",
            ),
            "integer_buffer": ({"result": lambda y, x: np.trunc(y)}, _INTEGER),
            "input_modified": (
                {"result": _cut_in_place},
                """Your function does more than return its result: it cuts off the negative values in x itself, which belongs to the
                caller. The backward pass will need them.

                Is the array that you return a new one, or another name for x?""",
            ),
            "returns_nothing": ({"result": lambda y, x: None}, texts("returns_nothing")),
        },
    ),
    small=lambda: [
        case(np.array([2.0])),
        case(np.array([-2.0])),
        case(np.array([0.5])),
        case(np.array([-1.0, 2.0, -3.0])),
        case(np.array([[-1.0, 2.0], [3.0, -4.0]])),
    ],
    hints=("For each value: is it larger than 0? If not, what takes its place?",),
)


# absolute_distance


def _two_relus(
    first: Callable[[Array, Array, float], Any] = lambda x, w, b: x @ w + b,
    second: Callable[[Array, Array, float], Any] = lambda x, w, b: -(x @ w) - b,
    join: Callable[[Any, Any], Any] = lambda one, other: one + other,
    length: Callable[[Array], Any] = lambda w: np.linalg.norm(w),
    ramp: Callable[[Any], Any] = lambda score: np.maximum(score, 0.0),
    result: Callable[[Any, Array], Any] = lambda d, x: d,
) -> Callable[..., Any]:
    def absolute_distance(x: Array, w: Array, b: float) -> Any:
        return result(join(ramp(first(x, w, b)), ramp(second(x, w, b))) / length(w), x)

    return absolute_distance


ABSOLUTE_DISTANCE = Exercise(
    id="absolute_distance",
    lesson=LESSON,
    signature="absolute_distance(x, w, b)",
    reference=lambda x, w, b: np.abs(_signed_distance(x, w, b)),
    parts=(
        Part(
            "line through the origin",
            0.5,
            lambda draw: [_points(draw, draw.pick(4, 5), 2, biased=False), _points(draw, 3, 3, biased=False)],
        ),
        Part(
            "line beside the origin",
            1,
            lambda draw: [
                _points(draw, draw.pick(5, 7), 2),
                _points(draw, 4, 3),
                case(
                    np.array([[-1.0, 0.5], [3.0, 1.0], [0.0, 0.0]]),
                    np.array([2.0, -1.5]),
                    draw.pick(1.25, 2.5),
                ),
                case(
                    np.array([[-1.0, 0.5], [3.0, 1.0], [0.0, 0.0]]),
                    np.array([2.0, -1.5]),
                    draw.pick(-1.25, -2.5),
                ),
            ],
        ),
        Part(
            "points on the line",
            0.25,
            lambda draw: [
                case(np.array([[-2.0, 0.0], [0.0, -4.0], [-1.0, -2.0]]), np.array([2.0, 1.0]), 4.0)
            ],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _two_relus,
        {
            "bias_not_negated": (
                {"second": lambda x, w, b: -(x @ w) + b},
                """Your second ReLU keeps + b: that is the slip in the notes. The score as a whole changes its sign, the bias with it.

                Put a point on the line, wᵀx = −b. What do your two ReLUs give?""",
            ),
            "weights_not_negated": (
                {"second": lambda x, w, b: x @ w - b},
                """Your second ReLU turns the sign of the bias alone: the score as a whole changes its sign.

                Put a point on the far side of the line. What do your two ReLUs give?""",
            ),
            "same_side_twice": (
                {"second": lambda x, w, b: x @ w + b},
                """Both your ReLUs look at the same side: the second is to see the score with its sign turned.

                Put a point on the far side of the line. What do your two ReLUs give?""",
            ),
            "near_side_only": (
                {"second": lambda x, w, b: np.full(len(x), -1.0)},
                """Only one side of the line has a distance: points on the other get 0.

                What does one ReLU say about a point where the score is −2?""",
            ),
            "far_side_only": (
                {"first": lambda x, w, b: np.full(len(x), -1.0)},
                """Only the far side of the line has a distance: points where the score is positive get 0.

                What does your function say about a point where the score is 2?""",
            ),
            "sides_subtracted": (
                {"join": lambda one, other: one - other},
                """Your distance keeps its sign: the ReLUs are missing, or one is subtracted from the other. Of the two, one is always
                0, so their sum is the magnitude.

                With a score of −2 the ReLUs are 0 and 2: which operation makes 2 of them?""",
            ),
            "always_zero": (
                [
                    {"join": lambda one, other: one * other},
                    {"join": lambda one, other: np.minimum(one, other)},
                    {"ramp": lambda score: score},
                ],
                """Your result is 0 everywhere. Without ReLUs the two scores cancel each other; with them one of the two is always
                0, and so are their product and the smaller of them. Both are cut off at 0 first, and then added.

                With a score of −2 the two ReLUs give 0 and 2: which operation makes 2 of them?""",
            ),
            "not_divided": (
                {"length": lambda w: 1.0},
                """You return the magnitude of the score, not the distance: it grows with the length of w, while the line stays where
                it is.

                If w and b are doubled, which line do they describe, and what becomes of your result?""",
            ),
            "divided_by_the_square": (
                {"length": lambda w: np.sum(w**2)},
                """You divide by the squared length of w: the length is its square root.

                How long is the vector (3, 4)?""",
            ),
            "one_relu_not_divided": (
                [
                    {"first": lambda x, w, b: (x @ w + b) * np.linalg.norm(w)},
                    {"second": lambda x, w, b: (-(x @ w) - b) * np.linalg.norm(w)},
                ],
                """Only one of your two ReLUs is divided by ‖w‖: a division comes before a sum, and the sum is to be divided.

                What is 8 + 6 / 2 in Python?""",
            ),
            "bias_forgotten": (
                {
                    "first": lambda x, w, b: x @ w,
                    "second": lambda x, w, b: -(x @ w),
                },
                """The bias is missing: without it every line goes through the origin.

                What is the distance of the origin, where w·x is 0?""",
            ),
            "bias_subtracted": (
                {
                    "first": lambda x, w, b: x @ w - b,
                    "second": lambda x, w, b: -(x @ w) + b,
                },
                """The bias is subtracted: the line is where w·x + b is 0.

                Put a point on the line, w·x = −b. What do you return?""",
            ),
            "two_coordinates_only": (
                [
                    {
                        "first": _in_the_plane,
                        "second": lambda x, w, b: -_in_the_plane(x, w, b),
                        "length": length,
                    }
                    for length in (np.linalg.norm, lambda w: np.linalg.norm(w[:2]))
                ],
                _PLANE_ONLY,
            ),
            "averaged_sides": (
                {"join": lambda one, other: (one + other) / 2},
                """Your two ReLUs are averaged: one of them is always 0, so the sum is the magnitude already.

                With a score of −2 the ReLUs are 0 and 2: which operation makes 2 of them?""",
            ),
            "integer_buffer": ({"result": lambda d, x: np.trunc(d)}, _INTEGER),
            "input_modified": ({"result": _distance_written}, _INPUT_MODIFIED),
            "returns_nothing": ({"result": lambda d, x: None}, texts("returns_nothing")),
        },
    ),
    small=_small_points,
    axes={"x": POINTS, "w": ("coordinate",), "": ("point",)},
    hints=(
        "One ReLU keeps the positive scores. What must the other one see, so that it keeps the negative ones?",
    ),
)


# dense


def _dense_variant(
    product: Callable[[Array, Array], Any] = lambda x, w: x @ w,
    bias: Callable[[Any, Array], Any] = lambda z, b: z + b,
    times: Callable[[Array], int] = lambda x: 1,
    result: Callable[[Any, Array], Any] = lambda z, x: z,
) -> Callable[..., Any]:
    def dense(x: Array, w: Array, b: Array) -> Any:
        return result(bias(product(x, w), b * times(x)), x)

    return dense


def _only_first_point(z: Any, x: Array) -> Any:
    kept = np.zeros_like(z)
    kept[0] = z[0]
    return kept


def _dense_written(z: Any, x: Array) -> Any:
    _write_into(x)
    return z


def _layer(draw: Draw, points: int, coordinates: int, units: int, biased: bool = True) -> Case:
    b = draw.bias(units) if biased else np.zeros(units)
    return case(draw.array(points, coordinates), draw.array(coordinates, units), b)


_DENSE_BUGS: dict[str, tuple[Any, ...]] = {
    "bias_forgotten": (
        {"bias": lambda z, b: z},
        """The bias is missing: after the sum, each unit adds its own number.

        What comes out where the whole input is 0?""",
    ),
    "bias_for_each_coordinate": (
        {"times": lambda x: x.shape[1]},
        """Your bias is added once for each coordinate: it belongs to the unit, and is added once.

        A point with two coordinates, both 0, and the bias 5: what is the score?""",
    ),
    "bias_subtracted": (
        {"bias": lambda z, b: z - b},
        """The bias is subtracted: it is added.

        What comes out where the whole input is 0?""",
    ),
    "bias_multiplied": (
        {"bias": lambda z, b: z * b},
        """The sum is multiplied by the bias: it is added.

        What comes out where the whole input is 0?""",
    ),
    "one_bias_for_all": (
        {"bias": lambda z, b: z + b[0]},
        """All units use the bias of unit 0: each has its own.

        Where does b get its index, and which one is it?""",
    ),
    "biases_summed": (
        {"bias": lambda z, b: z + b.sum()},
        """Every unit adds all the biases: each has its own, one number.

        What comes out of unit 0 where the whole input is 0?""",
    ),
    "biases_averaged": (
        {"bias": lambda z, b: z + b.mean()},
        """Every unit adds the mean of the biases: each has its own, one number.

        What comes out of unit 0 where the whole input is 0?""",
    ),
    "weights_transposed": (
        {"product": lambda x, w: x @ w.T},
        """Your weights are transposed: w already has one row for each coordinate and one column for each unit.

        Which axis of w is as long as a point of x?""",
    ),
    "last_product_only": (
        {"product": lambda x, w: x[:, -1:] * w[-1]},
        """Only the last coordinate counts: each product overwrites the one before, where they are to be added up.

        What does your sum hold after the first product, and what after the second?""",
    ),
    "first_product_only": (
        {"product": lambda x, w: x[:, :1] * w[0]},
        """Only the first coordinate counts: the sum runs over all of them.

        Is there a return, or an end of a loop, that comes too early?""",
    ),
    "averaged": (
        {"product": lambda x, w: x @ w / x.shape[1]},
        """Your result is the mean of the products: a unit adds them up.

        The point is all twos, the weights all ones, with 3 coordinates: what is the sum?""",
    ),
    "weights_of_length_one": (
        {"product": lambda x, w: x @ (w / np.linalg.norm(w, axis=0))},
        """Your weights are divided by their length: that gives distances. A dense layer returns the scores.

        Where in the formula of a dense layer is there a division?""",
    ),
    "relu_inside": (
        {"bias": lambda z, b: np.maximum(z + b, 0.0)},
        """Your negative scores are 0: the ReLU is a function of its own, and comes after.

        What does the formula say about a score of −2?""",
    ),
    "only_first_point": (
        {"result": _only_first_point},
        """Only the first point is worked out; the others stay 0.

        Over which axis does your function never run?""",
    ),
    "points_summed": (
        {"result": lambda z, x: z.sum(axis=0)},
        """The points are added up: each has its own scores, one row of the result.

        How many rows come out when four points go in?""",
    ),
    "output_transposed": (
        {"result": lambda z, x: z.T},
        """Rows and columns of your result are exchanged: one row for each point is due.

        How many rows come out when four points go in?""",
    ),
    "integer_buffer": ({"result": lambda z, x: np.trunc(z)}, _INTEGER),
    "input_modified": ({"result": _dense_written}, _INPUT_MODIFIED),
    "returns_nothing": ({"result": lambda z, x: None}, texts("returns_nothing")),
}


def _small_dense() -> list[Case]:
    sizes = ((1, 1, 1), (1, 2, 1), (1, 1, 2), (2, 1, 1), (1, 2, 2), (2, 2, 2), (2, 3, 2), (3, 2, 3))
    return [
        case(
            1.0 + np.arange(n * d, dtype=float).reshape(n, d),
            (1.0 + np.arange(d * m, dtype=float).reshape(d, m)) * np.where(np.arange(m) % 2, -1.0, 1.0),
            b * (1.0 + np.arange(m, dtype=float)),
        )
        for b in (0.0, 1.0)
        for n, d, m in sizes
    ]


DENSE = Exercise(
    id="dense",
    lesson=LESSON,
    signature="dense(x, w, b)",
    reference=reference.dense,
    parts=(
        Part("one point", 0.5, lambda draw: [_layer(draw, 1, 3, draw.pick(2, 4), biased=False)]),
        Part(
            "many points",
            0.5,
            lambda draw: [
                _layer(draw, draw.pick(4, 5), 3, 2, biased=False),
                _layer(draw, 2, 3, 6, biased=False),
                _layer(draw, 4, 3, 3, biased=False),
            ],
        ),
        Part(
            "bias",
            0.75,
            lambda draw: [_layer(draw, 3, 4, draw.pick(2, 3)), _layer(draw, 2, 2, 5), _layer(draw, 4, 3, 3)],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(_dense_variant, _DENSE_BUGS),
    small=_small_dense,
    axes={"x": POINTS, "w": ("coordinate", "unit"), "b": ("unit",), "": UNITS},
    trace="sum",
    hints=(
        "Write down the shapes: (N, D) and (D, M) are to give (N, M). Which product of arrays does that?",
    ),
)


# two_layer_scores


def _ramp(h: Any) -> Any:
    return np.maximum(h, 0.0)


def _softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _two_layers(
    before: Callable[[Array], Any] = lambda x: x,
    ramp: Callable[[Any], Any] = _ramp,
    first_bias: Callable[[Any, Array], Any] = lambda h, b1: h + b1,
    second_bias: Callable[[Any, Array], Any] = lambda z, b2: z + b2,
    after: Callable[[Any], Any] = lambda z: z,
    result: Callable[[Any, Any, Array], Any] = lambda z, h, x: z,
) -> Callable[..., Any]:
    def two_layer_scores(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Any:
        hidden = ramp(first_bias(before(x) @ w1, b1))
        return result(after(second_bias(hidden @ w2, b2)), hidden, x)

    return two_layer_scores


def _two_written(z: Any, h: Any, x: Array) -> Any:
    _write_into(x)
    return z


def _net(draw: Draw, n: int, d: int, hidden: int, m: int) -> Case:
    return case(
        draw.array(n, d), draw.array(d, hidden), draw.bias(hidden), draw.array(hidden, m), draw.bias(m)
    )


TWO_LAYER_SCORES = Exercise(
    id="two_layer_scores",
    lesson=LESSON,
    signature="two_layer_scores(x, w1, b1, w2, b2)",
    reference=lambda x, w1, b1, w2, b2: fast.dense(fast.relu(fast.dense(x, w1, b1)), w2, b2),
    parts=(
        Part(
            "without biases",
            0.5,
            lambda draw: [
                case(
                    draw.array(draw.pick(3, 4), 2),
                    draw.array(2, 4),
                    np.zeros(4),
                    draw.array(4, 3),
                    np.zeros(3),
                )
            ],
        ),
        Part(
            "biases of the hidden units",
            0.5,
            lambda draw: [
                case(
                    draw.array(draw.pick(4, 5), 3),
                    draw.array(3, 5),
                    draw.bias(5),
                    draw.array(5, 2),
                    np.zeros(2),
                )
            ],
        ),
        Part(
            "all of it at once",
            0.75,
            lambda draw: [
                _net(draw, draw.pick(4, 6), 2, 5, 3),
                _net(draw, 1, 4, 3, 2),
                _net(draw, 3, 3, 4, 4),
            ],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _two_layers,
        {
            "ramp_left_out": (
                {"ramp": lambda h: h},
                """There is no ReLU between your two layers: without it they are together one layer, and one layer is one
                hyperplane for each score.

                What is (x @ w1) @ w2, if you multiply w1 @ w2 first?""",
            ),
            "ramp_at_the_end_too": (
                {"after": _ramp},
                """Your scores have a ReLU too: a score may be negative, that is what says no.

                Behind which of the two layers does the formula have a max?""",
            ),
            "ramp_at_the_end_only": (
                {"ramp": lambda h: h, "after": _ramp},
                """Your ReLU stands behind the second layer: it belongs between the two.

                Behind which of the two layers does the formula have a max?""",
            ),
            "ramp_before": (
                {"before": _ramp},
                """Your ReLU also cuts the inputs: a coordinate may be negative, that is where the point is.

                Behind which of the two layers does the formula have a max?""",
            ),
            "ramp_before_the_bias": (
                {"ramp": lambda h: h, "first_bias": lambda h, b1: _ramp(h) + b1},
                """Your ReLU comes before the biases of the hidden units: the whole score goes through it.

                Where is the closing bracket of the ReLU in the formula?""",
            ),
            "absolute_instead": (
                {"ramp": np.abs},
                """Your hidden units give the magnitude of their score: a ReLU makes negative ones 0.

                What is max(−2, 0)?""",
            ),
            "ramp_turned": (
                {"ramp": lambda h: np.minimum(h, 0.0)},
                """Your hidden units keep the negative scores: a ReLU keeps the positive ones.

                What is max(−2, 0)?""",
            ),
            "steps_instead_of_ramps": (
                {"ramp": lambda h: (h > 0).astype(float)},
                """Your hidden units say only yes or no: a ReLU also says how far the point is beyond the line.

                What is max(3, 0)?""",
            ),
            "sigmoid_instead": (
                {"ramp": lambda h: 1.0 / (1.0 + np.exp(-h))},
                """Your hidden units use the sigmoid: a ReLU is asked for.

                What is max(3, 0)?""",
            ),
            "tanh_instead": (
                {"ramp": np.tanh},
                """Your hidden units use tanh: a ReLU is asked for.

                What is max(3, 0)?""",
            ),
            "first_bias_forgotten": (
                {"first_bias": lambda h, b1: h},
                """The biases of the hidden units are missing: their lines all go through the origin.

                What do your hidden units give where the input is 0?""",
            ),
            "second_bias_forgotten": (
                {"second_bias": lambda z, b2: z},
                """The biases of the scores are missing.

                What comes out where all hidden units are 0?""",
            ),
            "hidden_comes_back": (
                {"result": lambda z, h, x: h},
                """You return the hidden units: the second layer's scores are due.

                How many numbers does each point get when w2 has three columns?""",
            ),
            "softmax_at_the_end": (
                {"after": _softmax},
                """Your scores have gone through a softmax: that comes with the loss, in lesson 02.

                What does the formula do after adding b2?""",
            ),
            "integer_buffer": ({"after": np.trunc}, _INTEGER),
            "input_modified": ({"result": _two_written}, _INPUT_MODIFIED),
            "returns_nothing": ({"result": lambda z, h, x: None}, texts("returns_nothing")),
        },
    ),
    small=lambda: [
        case(
            np.array([[1.0, -1.0]]),
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            np.zeros(2),
            np.array([[1.0], [1.0]]),
            np.zeros(1),
        ),
        case(
            np.array([[1.0, -1.0]]),
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            np.array([3.0, -3.0]),
            np.array([[1.0], [2.0]]),
            np.array([-5.0]),
        ),
        case(
            np.array([[2.0, 1.0], [-1.0, 3.0]]),
            np.array([[1.0, -1.0], [0.0, 2.0]]),
            np.array([-1.0, 1.0]),
            np.array([[1.0, 2.0], [-1.0, 1.0]]),
            np.array([0.5, -0.5]),
        ),
    ],
    axes={
        "x": POINTS,
        "w1": ("coordinate", "hidden unit"),
        "w2": ("hidden unit", "score"),
        "": ("point", "score"),
    },
    guards=("two_layer_scores",),
    hints=("You have all three pieces: dense, relu, dense. Which of them goes where?",),
)

EXERCISES = (SIGNED_DISTANCE, RELU, ABSOLUTE_DISTANCE, DENSE, TWO_LAYER_SCORES)
