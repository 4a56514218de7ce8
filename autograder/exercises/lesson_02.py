"""Forward and backward: the derivative of every part, and a way to test it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.calls import Named, named_functions
from autograder.exercises.model import INPUTS_KEPT, Accepts, Array, Case, Draw, Exercise, Part, case, variants
from autograder.exercises.wrong_convolutions import texts
from convlib import reference
from convlib.gradcheck import numeric_gradient as _numeric_gradient

LESSON = "02_forward_and_backward"

UNITS = ("point", "unit")
POINTS = ("point", "coordinate")
CLASSES = ("example", "class")

_INTEGER = """Everything after the decimal point is lost: an array of integers cannot hold your results.

Which type does the array have into which you write?"""
_X_MODIFIED = """Your function does more than return its result: it writes into x, which belongs to the caller.

Whoever calls you twice with the same x: what do they get the second time?"""
_DOUT_MODIFIED = """Your function does more than return its result: it writes into dout, which belongs to the caller.

Whoever calls you twice with the same dout: what do they get the second time?"""
_UPSTREAM_LEFT_OUT = """Your gradient does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.

What would your gradient be if dout were 0 everywhere?"""


# relu_backward


def _relu_backward_variant(
    mask: Callable[[Array, Array], Any] = lambda dout, x: x > 0,
    upstream: Callable[[Array, Array], Any] = lambda dout, x: dout,
    result: Callable[[Any, Array, Array], Any] = lambda dx, dout, x: dx,
) -> Callable[..., Any]:
    def relu_backward(dout: Array, x: Array) -> Any:
        return result(upstream(dout, x) * mask(dout, x), dout, x)

    return relu_backward


def _dout_cut(dx: Any, dout: Array, x: Array) -> Any:
    dout[x < 0] = 0.0
    return dx


def _x_cut(dx: Any, dout: Array, x: Array) -> Any:
    x[x < 0] = 0.0
    return dx


def _away_from_zero(draw: Draw, *shape: int) -> Array:
    """Values of both signs, none near 0: the slope at 0 itself is a matter of taste."""
    x = draw.array(*shape)
    return np.where(np.abs(x) < 0.1, x + np.copysign(0.3, x), x)


def _slopes(draw: Draw, *shape: int) -> Case:
    return case(draw.array(*shape), _away_from_zero(draw, *shape))


def _rising(draw: Draw, *shape: int) -> Case:
    return case(draw.array(*shape), np.abs(_away_from_zero(draw, *shape)))


RELU_BACKWARD = Exercise(
    id="relu_backward",
    lesson=LESSON,
    signature="relu_backward(dout, x)",
    reference=reference.relu_backward,
    parts=(
        Part("where x is positive", 0.25, lambda draw: [_rising(draw, 3, draw.pick(4, 5))]),
        Part(
            "where x is negative",
            0.25,
            lambda draw: [
                _slopes(draw, draw.pick(3, 4), 5),
                case(draw.array(3, 4), 0.01 * _away_from_zero(draw, 3, 4)),  # however small x is
            ],
        ),
        Part(
            "any shape",
            0.25,
            lambda draw: [_slopes(draw, 2, draw.pick(3, 4), 3, 2), _slopes(draw, draw.pick(7, 9))],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _relu_backward_variant,
        {
            "mask_from_dout": (
                {"mask": lambda dout, x: dout > 0},
                """You look at the sign of dout: whether the gradient passes depends on x, on which side of the ramp the unit was.

                x is −2 and dout is 3: did a change of x change the output?""",
            ),
            "mask_from_both": (
                {"mask": lambda dout, x: (x > 0) & (dout > 0)},
                """You also stop negative gradients: whether the gradient passes depends on x alone.

                x is 2 and dout is −3: did a change of x change the output?""",
            ),
            "mask_turned": (
                {"mask": lambda dout, x: x < 0},
                """The gradient passes where x is negative: it is the other way round, there the ramp is flat.

                x is −2: if it becomes −1.9, what does the output do?""",
            ),
            "no_mask": (
                {"mask": lambda dout, x: np.ones_like(x)},
                """Everything passes: where x is negative, the output is 0 whatever x does, and no gradient flows.

                x is −2: if it becomes −1.9, what does the output do?""",
            ),
            "threshold_at_one": (
                {"mask": lambda dout, x: x > 1},
                """Nothing passes where x lies between 0 and 1: the ramp starts at 0.

                x is 0.5: if it becomes 0.6, what does the output do?""",
            ),
            "upstream_left_out": ({"upstream": lambda dout, x: np.ones_like(dout)}, _UPSTREAM_LEFT_OUT),
            "forward_instead": (
                {"upstream": lambda dout, x: x},
                """You return the ReLU of x: dout, the gradient from above, does not appear.

                What would your gradient be if dout were 0 everywhere?""",
            ),
            "arguments_swapped": (
                {"upstream": lambda dout, x: x, "mask": lambda dout, x: dout > 0},
                """dout and x have changed places: you let x pass where dout is positive.

                In which order does the docstring name the two?""",
            ),
            "times_the_value": (
                {"upstream": lambda dout, x: dout * x},
                """You multiply by the value of x: the slope of the ramp is 1, however far up x is.

                x is 3: if it becomes 3.1, by how much does the output grow?""",
            ),
            "added_instead_of_multiplied": (
                {"mask": lambda dout, x: 1.0, "upstream": lambda dout, x: dout + (x > 0)},
                """You add the local slope to dout: the chain rule multiplies.

                Where the slope is 0, what must be left of dout?""",
            ),
            "sign_of_x": (
                {"mask": lambda dout, x: np.sign(x)},
                """Where x is negative your gradient has its sign turned: that is the slope of |x|. The ReLU's is 0 there.

                x is −2: if it becomes −1.9, what does the output do?""",
            ),
            "leaky": (
                [
                    {"mask": lambda dout, x: np.where(x > 0, 1.0, 0.01)},
                    {"mask": lambda dout, x: np.where(x > 0, 1.0, 0.1)},
                ],
                """A little gradient passes where x is negative: that is the leaky ReLU.

                x is −2: if it becomes −1.9, what does the output do?""",
            ),
            "averaged_over_the_batch": (
                {"result": lambda dx, dout, x: dx / len(x)},
                """Your gradient is divided by the number of examples: the loss has done that already, and dout carries it.

                What does the chain rule multiply dout by?""",
            ),
            "integer_buffer": ({"result": lambda dx, dout, x: np.trunc(dx)}, _INTEGER),
            "dout_modified": ({"result": _dout_cut}, _DOUT_MODIFIED),
            "input_modified": ({"result": _x_cut}, _X_MODIFIED),
            "returns_nothing": ({"result": lambda dx, dout, x: None}, texts("returns_nothing")),
        },
    ),
    small=lambda: [
        case(np.array([3.0]), np.array([2.0])),
        case(np.array([3.0]), np.array([-2.0])),
        case(np.array([-3.0]), np.array([2.0])),
        case(np.array([3.0]), np.array([0.5])),
        case(np.array([1.0, -2.0, 3.0, -4.0]), np.array([-1.0, 2.0, 3.0, -4.0])),
        case(np.array([[1.0, -2.0], [3.0, -4.0]]), np.array([[-1.0, 2.0], [3.0, -4.0]])),
    ],
    hints=(
        "Two questions for each cell: what came from above, and did the output follow when x moved a little?",
    ),
)


# dense_backward


def _dense_backward_variant(
    upstream: Callable[[Array], Array] = lambda dout: dout,
    dx: Callable[[Array, Array, Array], Any] = lambda dout, x, w: dout @ w.T,
    dw: Callable[[Array, Array, Array], Any] = lambda dout, x, w: x.T @ dout,
    db: Callable[[Array], Any] = lambda dout: dout.sum(axis=0),
    scale: Callable[[int], float] = lambda count: 1.0,
    result: Callable[..., Any] = lambda dx, dw, db, dout, x: (dx, dw, db),
) -> Callable[..., Any]:
    def dense_backward(dout: Array, x: Array, w: Array) -> Any:
        g, factor = upstream(dout), scale(len(x))
        return result(dx(g, x, w) * factor, dw(g, x, w) * factor, db(g) * factor, dout, x)

    return dense_backward


def _dout_written(dx: Any, dw: Any, db: Any, dout: Array, x: Array) -> Any:
    dout[0] = 0.0
    return dx, dw, db


def _x_written(dx: Any, dw: Any, db: Any, dout: Array, x: Array) -> Any:
    x[0] = 0.0
    return dx, dw, db


def _layers(draw: Draw) -> list[Case]:
    def layer(n: int, d: int, m: int) -> Case:
        return case(draw.array(n, m), draw.array(n, d, shift=-0.5), draw.array(d, m))

    return [
        layer(1, 2, 3),
        layer(draw.pick(4, 5), 3, 2),
        layer(2, 3, draw.pick(4, 6)),
        layer(3, 3, 3),
        layer(5, 4, 1),
    ]


def _small_dense_backward() -> list[Case]:
    return [
        case(
            1.0 + np.arange(n * m, dtype=float).reshape(n, m),
            1.0 + np.arange(n * d, dtype=float).reshape(n, d),
            2.0 + np.arange(d * m, dtype=float).reshape(d, m),
        )
        for n, d, m in (
            (1, 1, 1),
            (1, 2, 1),
            (1, 1, 2),
            (2, 1, 1),
            (1, 2, 2),
            (2, 2, 2),
            (2, 2, 3),
            (3, 2, 1),
        )
    ]


DENSE_BACKWARD = Exercise(
    id="dense_backward",
    lesson=LESSON,
    signature="dense_backward(dout, x, w)",
    reference=reference.dense_backward,
    parts=(
        Part("db", 0.5, _layers, "db"),
        Part("dw", 1, _layers, "dw"),
        Part("dx", 1, _layers, "dx"),
        Part(INPUTS_KEPT, 0.5),
    ),
    catalogue=variants(
        _dense_backward_variant,
        {
            "upstream_left_out": ({"upstream": np.ones_like}, _UPSTREAM_LEFT_OUT),
            "dx_weights_not_transposed": (
                {"dx": lambda dout, x, w: dout @ w},
                """Your dx multiplies by w as it is: (N, M) by (D, M) fits only where D = M. Each coordinate gathers what its weights
                sent to the units.

                Which shape must dx have, and which product of dout and w has it?""",
            ),
            "dw_transposed": (
                {"dw": lambda dout, x, w: dout.T @ x},
                """Your dw lies on its side: it has the shape of w, coordinates by units.

                Which of dout and x comes first, if (D, M) is to come out?""",
            ),
            "dw_last_example": (
                {"dw": lambda dout, x, w: np.outer(x[-1], dout[-1])},
                """Your dw is that of the last example alone: each replaces the one before, where they are to be added up.

                The same weights serve all examples: what becomes of the examples' shares?""",
            ),
            "dw_first_example": (
                {"dw": lambda dout, x, w: np.outer(x[0], dout[0])},
                """Your dw is that of the first example alone: the same weights serve all of them.

                Over which axis does the sum for dw run?""",
            ),
            "dw_averaged": (
                {"dw": lambda dout, x, w: x.T @ dout / len(x)},
                """Your dw is divided by the number of examples: the loss has done that already, and dout carries it.

                What does the chain rule multiply dout by? Where does N come in?""",
            ),
            "dw_without_input": (
                {"dw": lambda dout, x, w: np.ones_like(x).T @ dout},
                """Your dw does not depend on x: a weight's share is what it multiplied, times the gradient from above.

                What is the slope of w · x, seen from w?""",
            ),
            "dx_without_weights": (
                {"dx": lambda dout, x, w: dout @ np.ones_like(w).T},
                """Your dx does not depend on w: a coordinate's share is the weight it was multiplied by, times the gradient from
                above.

                What is the slope of w · x, seen from x?""",
            ),
            "db_averaged": (
                {"db": lambda dout: dout.mean(axis=0)},
                """Your db is an average: the bias is added in every example, and the shares add up.

                What does the loss change by when one bias grows by 1 and every example's gradient is 1?""",
            ),
            "db_not_summed": (
                {"db": lambda dout: dout},
                """Your db still has a row for each example: the same bias is added in all of them.

                How many biases are there, and how many numbers do you return?""",
            ),
            "db_over_units": (
                {"db": lambda dout: dout.sum(axis=1)},
                """Your db is summed over the wrong axis: one number for each unit is due, the sum over the examples.

                Which axis of dout counts the units?""",
            ),
            "db_one_number": (
                {"db": lambda dout: dout.sum()},
                """Your db is one number: each unit has a bias of its own.

                Over which axis of dout is one unit's bias the same?""",
            ),
            "db_last_example": (
                {"db": lambda dout: dout[-1]},
                """Your db is that of the last example: the same bias is added in every one.

                How many numbers of dout did one bias take part in?""",
            ),
            "dw_upstream_left_out": (
                {"dw": lambda dout, x, w: x.T @ np.ones_like(dout)},
                """Your dw does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.

                What would dw be if dout were 0 everywhere?""",
            ),
            "dx_upstream_left_out": (
                {"dx": lambda dout, x, w: np.ones_like(dout) @ w.T},
                """Your dx does not depend on dout: you have the local part, and the chain rule multiplies it by what comes from above.

                What would dx be if dout were 0 everywhere?""",
            ),
            "db_first_example": (
                {"db": lambda dout: dout[0]},
                """Your db is that of the first example: the same bias is added in every one.

                How many numbers of dout did one bias take part in?""",
            ),
            "db_counts_examples": (
                {"db": lambda dout: np.full(dout.shape[1], float(len(dout)))},
                """Your db counts the examples: the gradient that comes from above, dout, does not appear in it.

                What is the bias's share in one score, times what?""",
            ),
            "averaged_over_the_batch": (
                {"scale": lambda count: 1.0 / count},
                """All three gradients are divided by the number of examples: the loss has done that already, and dout carries it.

                What does the chain rule multiply dout by? Where does N come in?""",
            ),
            "signs_turned": (
                {"scale": lambda count: -1.0},
                """All three gradients have their sign turned: the minus belongs to the step, not to the gradient.

                If a weight grows and its input is positive, does the score grow or shrink?""",
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
            "integer_buffer": (
                {"result": lambda dx, dw, db, dout, x: (np.trunc(dx), np.trunc(dw), np.trunc(db))},
                _INTEGER,
            ),
            "dout_modified": ({"result": _dout_written}, _DOUT_MODIFIED),
            "input_modified": ({"result": _x_written}, _X_MODIFIED),
            "returns_nothing": ({"result": lambda dx, dw, db, dout, x: None}, texts("returns_nothing")),
        },
    ),
    small=_small_dense_backward,
    axes={
        "dout": UNITS,
        "x": POINTS,
        "w": ("coordinate", "unit"),
        "dx": POINTS,
        "dw": ("coordinate", "unit"),
        "db": ("unit",),
    },
    results=("dx", "dw", "db"),
    hints=(
        "Write the shapes of dout, x and w side by side. dw has the shape of w: which product gives it?",
        "Take one score: z = x₀w₀ + x₁w₁ + b. What is its slope for w₀, for x₀, for b?",
    ),
)


# softmax_cross_entropy


def _softmax(
    less: Callable[[Array], Any], axis: int | None, logs: Callable[[Array], Array] | None = None
) -> Callable[[Array], tuple[Array, Array]]:
    """The probabilities, and their logarithms without a detour through the probabilities."""

    def softmax(scores: Array) -> tuple[Array, Array]:
        shifted = scores - less(scores)
        powers = np.exp(shifted)
        sums = powers.sum(axis=axis, keepdims=True)
        p = np.asarray(powers / sums)
        return p, np.asarray(shifted - np.log(sums) if logs is None else logs(p))

    return softmax


_stable = _softmax(lambda scores: scores.max(axis=1, keepdims=True), 1)


def _without_powers(scores: Array) -> tuple[Array, Array]:
    p = np.abs(scores) / np.abs(scores).sum(axis=1, keepdims=True)
    return p, np.log(p)


def _one_hot(scores: Array, labels: Array) -> Array:
    return np.asarray(np.eye(scores.shape[1])[labels])


def _loss_variant(
    softmax: Callable[[Array], tuple[Array, Array]] = _stable,
    logs: Callable[[Array, Array], Array] = lambda p, log_p: log_p,
    picked: Callable[[Array, Array], Array] = lambda logs, labels: logs[np.arange(len(logs)), labels],
    total: Callable[[Array], Any] = lambda losses: losses.mean(),
    sign: float = -1.0,
    target: Callable[[Array, Array], Array] = _one_hot,
    divisor: Callable[[Array], float] = lambda scores: float(len(scores)),
    gradient: Callable[[Array, Array], Array] = lambda p, target: p - target,
    result: Callable[[Any, Array, Array], Any] = lambda loss, dscores, scores: (loss, dscores),
) -> Callable[..., Any]:
    def softmax_cross_entropy(scores: Array, labels: Array) -> Any:
        p, log_p = softmax(scores)
        loss = sign * total(picked(logs(p, log_p), labels))
        return result(loss, gradient(p, target(scores, labels)) / divisor(scores), scores)

    return softmax_cross_entropy


def _scores_written(loss: Any, dscores: Array, scores: Array) -> Any:
    scores -= scores.max(axis=1, keepdims=True)
    return loss, dscores


def _scored(draw: Draw, n: int, m: int, scale: float = 1.0, shift: float = 0.0) -> Case:
    labels = draw.rng.permutation(np.arange(n) % m)
    return case(scale * draw.array(n, m) + shift, labels)


def _confident_and_wrong(draw: Draw, by: float) -> Case:
    scores = draw.array(2, 3)
    scores[0, 1] += by
    return case(scores, np.array([0, 2]))


def _levels_apart(draw: Draw) -> Case:
    """One example's scores lie far below the other's."""
    return case(draw.array(2, 3) + np.array([[draw.pick(900.0, 1000.0)], [0.0]]), np.array([2, 1]))


_LOSS_BUGS = variants(
    _loss_variant,
    {
        "overflow": (
            [
                {"softmax": _softmax(lambda scores: 0.0, 1, np.log)},
                {"softmax": _softmax(lambda scores: 0.0, 1)},
            ],
            """Large scores give nan: e to the power of 1000 is more than a float can hold. A softmax does not change when the same
            number is taken from all scores of an example.

            Which number would you take away, so that the largest power is e⁰?""",
        ),
        "softmax_over_examples": (
            {"softmax": _softmax(lambda scores: scores.max(axis=0, keepdims=True), 0)},
            """Your probabilities add up to 1 over the examples: within each example, over its classes, they should.

            Which axis of scores counts the classes?""",
        ),
        "softmax_over_everything": (
            {"softmax": _softmax(np.max, None)},
            """Your probabilities add up to 1 over the whole batch: in each example by itself they should.

            Over which axis does the sum in the denominator run, and what must stay standing?""",
        ),
        "one_maximum_for_all": (
            [{"softmax": _softmax(np.max, 1)}, {"softmax": _softmax(np.max, 1, np.log)}],
            """You take the same number from the scores of every example, the largest of the batch: where an example's own scores lie 1000
            below it, all its powers become 0.

            Which number would make the largest power of each example e⁰?""",
        ),
        "log_of_the_probability": (
            {"logs": lambda p, log_p: np.log(p)},
            """You take the logarithm of the probabilities: a tiny one is rounded to 0, and then the loss is infinite. The logarithm of a
            power need not be computed.

            In log(eᶻ / Σ eᶻ), what is left of log eᶻ?""",
        ),
        "powers_not_normalised": (
            {
                "softmax": lambda scores: (
                    np.exp(scores - scores.max(axis=1, keepdims=True)),
                    scores - scores.max(axis=1, keepdims=True),
                )
            },
            """Your powers are not divided by their sum: they are no probabilities yet.

            What must the numbers of one example add up to?""",
        ),
        "softmax_left_out": (
            {"softmax": _without_powers},
            """Your scores are divided by their sum without the exponential.

            What is the softmax of (0, 0), and what of (1, 1)?""",
        ),
        "loss_summed": (
            {"total": lambda losses: losses.sum()},
            """Your loss is the sum over the batch, your gradient the mean: they must belong together, and the mean is asked for. A
            numeric gradient would find the factor N.

            If the batch is doubled, what should become of the loss?""",
        ),
        "gradient_summed": (
            {"divisor": lambda scores: 1.0},
            """Your loss is the mean over the batch, your gradient that of the sum: a numeric gradient would find the factor N.

            The mean of N losses: what does it multiply each one's gradient by?""",
        ),
        "loss_and_gradient_summed": (
            {"total": lambda losses: losses.sum(), "divisor": lambda scores: 1.0},
            """Loss and gradient are summed over the batch: the mean is asked for, so that the step does not grow with the batch.

            If the batch is doubled, what should become of the loss?""",
        ),
        "gradient_divided_by_classes_too": (
            {"divisor": lambda scores: float(scores.size)},
            """Your gradient is divided by the number of classes too: the mean is over the examples.

            How many losses are averaged?""",
        ),
        "loss_sign": (
            {"sign": 1.0},
            """Your loss is negative: the logarithm of a probability is, and the loss is what is missing, so the sign is turned.

            What is the loss where the right class has the probability 1, and what where it has 0.5?""",
        ),
        "log_base_two": (
            {"logs": lambda p, log_p: log_p / np.log(2.0)},
            """Your logarithm has base 2: the natural one fits the exponential of the softmax, and the gradient p − y.

            What is the loss of two classes at 0.5 each, with the natural logarithm?""",
        ),
        "log_base_ten": (
            {"logs": lambda p, log_p: log_p / np.log(10.0)},
            """Your logarithm has base 10: the natural one fits the exponential of the softmax, and the gradient p − y.

            What is the loss of two classes at 0.5 each, with the natural logarithm?""",
        ),
        "log_left_out": (
            {"logs": lambda p, log_p: p},
            """Your loss is the probability itself, without the logarithm.

            What is the loss where the right class has the probability 1?""",
        ),
        "log_of_a_little_more": (
            [
                {"logs": lambda p, log_p: np.log(p + 1e-15)},
                {"logs": lambda p, log_p: np.log(p + 1e-12)},
                {"logs": lambda p, log_p: np.log(p + 1e-10)},
                {"logs": lambda p, log_p: np.log(p + 1e-9)},
                {"logs": lambda p, log_p: np.log(p + 1e-8)},
                {"logs": lambda p, log_p: np.log(p + 1e-7)},
                {"logs": lambda p, log_p: np.log(p + 1e-5)},
            ],
            """A small number is added to your probabilities: the loss then has an upper end, and a confident mistake hardly counts.

            What should the loss be where the right class's score is 60 below the best?""",
        ),
        "probability_clipped": (
            [
                {"logs": lambda p, log_p: np.log(np.clip(p, 1e-15, 1.0))},
                {"logs": lambda p, log_p: np.log(np.clip(p, 1e-12, 1.0))},
                {"logs": lambda p, log_p: np.log(np.clip(p, 1e-10, 1.0))},
                {"logs": lambda p, log_p: np.log(np.clip(p, 1e-8, 1.0))},
                {"logs": lambda p, log_p: np.log(np.clip(p, 1e-7, 1.0))},
            ],
            """Your probabilities are cut off from below: the loss then has an upper end, and a confident mistake hardly counts.

            What should the loss be where the right class's score is 60 below the best?""",
        ),
        "loss_divided_by_classes_too": (
            {"picked": lambda logs, labels: logs[np.arange(len(logs)), labels] / logs.shape[1]},
            """Your loss is divided by the number of classes too: the mean is over the examples, and each has one loss.

            With a one-hot table, how many of its N · M products count?""",
        ),
        "both_divided_by_classes_too": (
            {
                "picked": lambda logs, labels: logs[np.arange(len(logs)), labels] / logs.shape[1],
                "divisor": lambda scores: float(scores.size),
            },
            """Loss and gradient are divided by the number of classes too: the mean is over the examples, and each has one loss.

            With a one-hot table, how many of its N · M products count?""",
        ),
        "labels_not_used": (
            {"picked": lambda logs, labels: logs[:, 0]},
            """Your loss always looks at class 0: the label says which class is the right one.

            Which entry of each row belongs to its label?""",
        ),
        "all_classes_in_the_loss": (
            {"picked": lambda logs, labels: logs.sum(axis=1)},
            """Your loss adds up the logarithms of all classes: only the right class of each example counts.

            What does the one-hot vector multiply the other logarithms by?""",
        ),
        "labels_as_columns": (
            {"picked": lambda logs, labels: logs[:, labels].mean(axis=1)},
            """p[:, labels] takes all the labels' columns for every example: each example has its own label.

            Which two index arrays pick one number out of each row?""",
        ),
        "label_not_subtracted": (
            {"target": lambda scores, labels: np.zeros_like(scores)},
            """Your gradient is the probabilities alone: for the right class, 1 is taken away. As it is, every score is pushed down.

            What should the gradient be where the right class has the probability 1?""",
        ),
        "label_number_subtracted": (
            {"target": lambda scores, labels: np.broadcast_to(labels[:, None], scores.shape)},
            """You subtract the label's number from all classes: the label is a place, not a quantity. 1 is taken away in its column.

            Label 2 of three classes: which vector of 0 and 1 says that?""",
        ),
        "label_in_every_row": (
            {
                "target": lambda scores, labels: np.isin(np.arange(scores.shape[1]), labels)[None].astype(
                    float
                )
            },
            """dscores[:, labels] −= 1 takes 1 away in all the labels' columns for every example: each example has its own label.

            Which two index arrays pick one number out of each row?""",
        ),
        "gradient_sign": (
            {"gradient": lambda p, target: target - p},
            """Your gradient has its sign turned: the step subtracts it, so the right class's score would fall.

            Should the score of the right class have a positive or a negative gradient?""",
        ),
        "label_added": (
            {"gradient": lambda p, target: p + target},
            """1 is added at the right class: it is taken away there, so that the step makes its score grow.

            The right class has the probability 1 already: what should its gradient be?""",
        ),
        "gradient_of_the_probability": (
            {"gradient": lambda p, target: -target / p},
            """You stop at the probabilities: −1/p is the loss's slope there. The scores lie one step further back, behind the softmax.

            Which variable does the docstring ask the gradient for?""",
        ),
        "times_softmax_slope": (
            {"gradient": lambda p, target: (p - target) * p * (1 - p)},
            """You multiply by p (1 − p) once more: p − y already is the gradient for the scores, softmax included.

            Derive it for two classes: what is left after everything cancels?""",
        ),
        "loss_of_each_example": (
            {"total": lambda losses: losses},
            """A loss for each example comes back: one number is due, their mean.

            How many numbers does the docstring promise for the loss?""",
        ),
        "loss_only": (
            {"result": lambda loss, dscores, scores: loss},
            """Only the loss comes back: its gradient for the scores is due too.

            Which two things does the docstring promise?""",
        ),
        "order_exchanged": (
            {"result": lambda loss, dscores, scores: (dscores, loss)},
            """Loss and gradient come back in each other's place.

            In which order does the docstring name them?""",
        ),
        "input_modified": (
            {"result": _scores_written},
            """Your function does more than return its result: it writes into scores, which belongs to the caller.

            Does `scores -= …` make a new array, or change the one you were given?""",
        ),
        "returns_nothing": ({"result": lambda loss, dscores, scores: None}, texts("returns_nothing")),
    },
)

SOFTMAX_CROSS_ENTROPY = Exercise(
    id="softmax_cross_entropy",
    lesson=LESSON,
    signature="softmax_cross_entropy(scores, labels)",
    reference=reference.softmax_cross_entropy,
    parts=(
        Part("the loss of one example", 0.5, lambda draw: [_scored(draw, 1, 3), _scored(draw, 1, 2)], "loss"),
        Part(
            "the loss of a batch",
            0.75,
            lambda draw: [_scored(draw, draw.pick(4, 5), 3), _scored(draw, 3, draw.pick(5, 6))],
            "loss",
        ),
        Part("the gradient of one example", 0.5, lambda draw: [_scored(draw, 1, draw.pick(3, 4))], "dscores"),
        Part(
            "the gradient of a batch",
            0.75,
            lambda draw: [_scored(draw, draw.pick(4, 5), 3), _scored(draw, 2, draw.pick(5, 6))],
            "dscores",
        ),
        Part(
            "large scores",
            0.5,
            lambda draw: [
                _scored(draw, 3, 4, shift=draw.pick(900.0, 1000.0)),
                _scored(draw, 2, 3, shift=-1000.0),
                _levels_apart(draw),
            ],
        ),
        Part(
            "a confident mistake",
            0.5,
            lambda draw: [_confident_and_wrong(draw, by) for by in (draw.pick(50.0, 60.0), 1000.0)],
        ),
        Part(INPUTS_KEPT, 0.5),
    ),
    catalogue=_LOSS_BUGS,
    small=lambda: [
        case(np.array([[0.0, 0.0]]), np.array([0])),
        case(np.array([[0.0, 0.0]]), np.array([1])),
        case(np.array([[1.0, 0.0]]), np.array([1])),
        case(np.array([[1.0, 0.0, 2.0]]), np.array([2])),
        case(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0, 1])),
        case(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]]), np.array([2, 0])),
        case(np.array([[1000.0, 1001.0]]), np.array([0])),
        case(np.array([[60.0, 0.0]]), np.array([1])),
    ],
    axes={"scores": CLASSES, "labels": ("example",), "dscores": CLASSES},
    results=("loss", "dscores"),
    magnitude=lambda scores, labels: 1.0 + float(np.abs(scores).max()),
    guards=("softmax_cross_entropy",),
    hints=(
        "Probabilities first, example by example. Then the probability of the right class, its logarithm, the mean.",
        "The gradient for the scores is short: the probabilities, with 1 taken away in one place of each row, over N.",
    ),
)


# numeric_gradient


def _slope_check(name: str, x: Array) -> Accepts:
    """Near enough to the gradient that Richardson's extrapolation gives; what is off is said by its factor."""
    f = named_functions[name]
    coarse, fine = (_differences(f, x, h) for h in (2e-3, 1e-3))
    right = (4 * fine - coarse) / 3
    scale = max(1.0, float(np.abs(right).max()))

    def close(one: Array, other: Array) -> bool:
        return bool(np.abs(one - other).max() <= 2e-6 * scale)

    def accepts(values: tuple[Any, ...]) -> str | None:
        try:
            found = np.asarray(values[0], dtype=np.float64)
        except (TypeError, ValueError):
            return "an array is due, one slope for each entry of x"
        if found.ndim == 0:
            return "one number came back: every entry of x has a slope of its own"
        if found.shape != right.shape:
            return f"the shape is {found.shape}; the gradient has the shape of x, {right.shape}"
        if not np.isfinite(found).all():
            return "there are values that are no finite numbers: is the step too small, or 0?"
        if close(found, right):
            return None
        if not found.any():
            return "all slopes are 0: does f get two different arrays, one moved up and one moved down?"
        if close(found, 2 * right):
            return "all slopes are twice too large: f(x + h) and f(x − h) lie 2h apart"
        if close(found, right / 2):
            return "all slopes are half of what they should be: how far apart are the two places you compare?"
        if close(found, -right):
            return "all slopes have their sign turned: which of the two values comes first?"
        if close(found, np.full_like(right, right.sum())):
            return "all entries are alike: every entry of x was moved at once, and one at a time is due"
        off = float(np.abs(found - right).max()) / scale
        if off < 0.01:
            return (
                f"the slopes are off by {off:.1g}: take the step to both sides, about 1e-5 of it, "
                "and put each entry back before the next one moves"
            )
        return (
            f"the worst slope is off by {off:.0%} of the largest one: "
            "does f get the whole of x each time, with one entry moved?"
        )

    return accepts


def _differences(f: Callable[[Array], Any], x: Array, h: float) -> Array:
    grad = np.zeros_like(x)
    for at in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        grad[at] = (f(up) - f(down)) / (2 * h)
    return grad


def _gradient_variant(
    sides: tuple[float, float] = (1.0, 1.0),
    h: float = 1e-5,
    divisor: Callable[[float], float] = lambda h: 2 * h,
    moved: Callable[[Array, tuple[int, ...], float], None] | None = None,
    entries: Callable[[Array], list[tuple[int, ...]]] = lambda x: list(np.ndindex(*x.shape)),
    restored: bool = True,
    in_place: bool = False,
    result: Callable[[Array], Any] = lambda grad: grad,
) -> Callable[..., Any]:
    def numeric_gradient(f: Callable[[Array], Any], x: Array) -> Any:
        grad = np.zeros_like(x)
        for at in entries(x):
            if in_place:
                x[at] += h
                above = f(x)
                x[at] -= 2 * h
                grad[at] = (above - f(x)) / divisor(h)
                continue
            up, down = x.copy(), x.copy()
            if moved is None:
                up[at] += sides[0] * h
                down[at] -= sides[1] * h
            else:
                moved(up, at, h)
                moved(down, at, -h)
            grad[at] = (f(up) - f(down)) / divisor(h)
            if not restored:
                x[at] += h
        return result(grad)

    return numeric_gradient


def _all_entries(x: Array, at: tuple[int, ...], h: float) -> None:
    x += h


def _whole_row(x: Array, at: tuple[int, ...], h: float) -> None:
    x[at[0]] += h


_STEPS = (1e-3, 1e-4, 1e-5, 1e-6)


def _graded(name: str, x: Array) -> Case:
    return Case((Named(name), x), accepts=_slope_check(name, x))


NUMERIC_GRADIENT = Exercise(
    id="numeric_gradient",
    lesson=LESSON,
    signature="numeric_gradient(f, x)",
    reference=_numeric_gradient,
    parts=(
        Part(
            "a vector",
            1,
            lambda draw: [
                _graded("sum_of_squares", draw.array(draw.pick(3, 4))),
                _graded("weighted_sine", draw.array(draw.pick(5, 6))),
            ],
        ),
        Part(
            "entries that act together",
            0.75,
            lambda draw: [_graded("product_of_neighbours", draw.array(draw.pick(4, 5), shift=1.0))],
        ),
        Part(
            "any shape",
            0.75,
            lambda draw: [
                _graded("weighted_sine", draw.array(draw.pick(2, 3), 4)),
                _graded("product_of_neighbours", draw.array(2, 3, 2)),
                _graded("row_products", draw.array(draw.pick(2, 4), 3)),
            ],
        ),
        Part(INPUTS_KEPT, 0.5),
    ),
    catalogue=variants(
        _gradient_variant,
        {
            "one_sided": (
                [{"sides": (1.0, 0.0), "divisor": lambda h: h, "h": h} for h in _STEPS[:3]],
                """Your difference is one-sided: f(x + h) − f(x) has an error of the size of h, two-sided the errors cancel.

                For f(x) = x² at 0, what do the two formulas give with h = 0.1?""",
            ),
            "not_halved": (
                [{"divisor": lambda h: h, "h": h} for h in _STEPS],
                """Your slopes are twice too large: f(x + h) and f(x − h) lie 2h apart.

                How far is it from x − h to x + h?""",
            ),
            "halved_twice": (
                [{"divisor": lambda h: 4 * h, "h": h} for h in _STEPS],
                """Your slopes are half of what they should be: f(x + h) and f(x − h) lie 2h apart, no more.

                How far is it from x − h to x + h?""",
            ),
            "one_sided_over_two": (
                [{"sides": (1.0, 0.0), "divisor": lambda h: 2 * h, "h": h} for h in _STEPS],
                """You compare x + h with x, which lie h apart, and divide by 2h.

                Between which two places is your difference taken?""",
            ),
            "not_divided": (
                [{"divisor": lambda h: 1.0, "h": h} for h in _STEPS],
                """Your differences are not divided by the distance: they shrink with h, a slope does not.

                If h is halved, what should become of your result?""",
            ),
            "multiplied_by_h": (
                [{"divisor": lambda h: 2 / h, "h": h} for h in _STEPS],
                """Your differences are halved and then multiplied by h: / and * are worked out from left to right.

                What is 8 / 2 * 4 in Python, and what is 8 / (2 * 4)?""",
            ),
            "sign_turned": (
                [{"divisor": lambda h: -2 * h, "h": h} for h in _STEPS],
                """Your slopes have their sign turned: the value further on comes first.

                For f(x) = x², is the slope at 1 positive or negative?""",
            ),
            "all_moved_at_once": (
                [{"moved": _all_entries, "h": h} for h in _STEPS],
                """All entries of x move at once: each slope asks what happens when one entry moves and the others stay.

                How many entries of x differ between your two calls of f?""",
            ),
            "whole_row_moved": (
                [
                    {"moved": _whole_row, "entries": lambda x: list(np.ndindex(*x.shape)), "h": h}
                    for h in _STEPS
                ],
                """A whole row of x moves at once: each slope asks what happens when one entry moves and the others stay.

                What does x[i] mean when x is a table?""",
            ),
            "first_entry_only": (
                [{"entries": lambda x: [(0,) * x.ndim], "h": h} for h in _STEPS],
                """Only the first entry has a slope: the others stay 0.

                Is there a return, or an end of a loop, that comes too early?""",
            ),
            "last_entry_left_out": (
                [{"entries": lambda x: list(np.ndindex(*x.shape))[:-1], "h": h} for h in _STEPS],
                """The last entry has no slope: the loop ends one too early.

                How many entries has x, and how often does your loop run?""",
            ),
            "steps_too_large": (
                [{"h": h} for h in (0.1, 0.01)],
                """Your step is too large: over such a distance the function bends.

                What happens to the error when you take a tenth of the step?""",
            ),
            "flattened": (
                [{"result": lambda grad: grad.ravel(), "h": h} for h in _STEPS],
                """Your gradient has lost its shape: it has the shape of x, one slope for each entry.

                Which shape does the docstring promise?""",
            ),
            "x_not_restored": (
                [{**left, "h": h} for h in _STEPS for left in ({"restored": False}, {"in_place": True})],
                """Your entries are not put back: x is moved, and stays so, for the entries after it and for the caller.

                After the step to x + h and the step to x − h, what does x hold?""",
            ),
            "returns_nothing": ({"result": lambda grad: None}, texts("returns_nothing")),
        },
    ),
    hints=(
        "Take one entry. Call f with it a little larger, then a little smaller, and divide the difference by the distance.",
        "np.ndindex(x.shape) walks through the entries of any array.",
    ),
)

EXERCISES = (RELU_BACKWARD, DENSE_BACKWARD, SOFTMAX_CROSS_ENTROPY, NUMERIC_GRADIENT)
