"""Forward and backward: the derivative of every part, and a way to test it."""

import numpy as np

from autograder.authoring import (
    NamedFunction,
    case,
    counting,
    exercise,
    integer_result,
    modifies,
    named_functions,
    returns_nothing,
)
from convlib import gradcheck, reference

LESSON = "02_forward_and_backward"

UNITS = ("point", "unit")
POINTS = ("point", "coordinate")
CLASSES = ("example", "class")


# relu_backward


def slopes_by_hand():
    yield case(np.array([3.0]), np.array([2.0]))
    yield case(np.array([3.0]), np.array([-2.0]))
    yield case(np.array([-3.0]), np.array([2.0]))
    yield case(np.array([3.0]), np.array([0.5]))
    yield case(np.array([1.0, -2.0, 3.0, -4.0]), np.array([-1.0, 2.0, 3.0, -4.0]))
    yield case(np.array([[1.0, -2.0], [3.0, -4.0]]), np.array([[-1.0, 2.0], [3.0, -4.0]]))


@exercise(
    lesson=LESSON,
    reference=reference.relu_backward,
    examples=slopes_by_hand,
    hint="Two questions for each cell: what is the upstream gradient, and did the output follow when x moved a little?",
)
def relu_backward(dout, x):
    mask = x > 0
    dx = dout * mask
    return dx


@relu_backward.way
def chosen_by_a_condition(dout, x):
    dx = np.where(x > 0, dout, 0.0)
    return dx


@relu_backward.way
def flat_cells_set_to_zero(dout, x):
    dx = dout.copy()
    dx[x < 0] = 0.0
    return dx


@relu_backward.way
def relu_of_x_first(dout, x):
    out = x.copy()
    out[x < 0] = 0.0
    dx = dout * (out > 0)
    return dx


@relu_backward.way
def slopes_in_a_copy(dout, x):
    slope = x.copy()
    slope[slope < 0] = 0.0
    slope[slope > 0] = 1.0
    dx = dout * slope
    return dx


def away_from_zero(draw, *shape):
    """Values of both signs, none near 0: the derivative at 0 itself is a matter of taste."""
    x = draw.array(*shape)
    return np.where(np.abs(x) < 0.1, x + np.copysign(0.3, x), x)


@relu_backward.requirement("where x is positive", points=0.25)
def _(draw):
    shape = (3, draw.pick(4, 5))
    yield case(draw.array(*shape), np.abs(away_from_zero(draw, *shape)))


@relu_backward.requirement("where x is negative", points=0.25)
def _(draw):
    shape = (draw.pick(3, 4), 5)
    yield case(draw.array(*shape), away_from_zero(draw, *shape))
    yield case(draw.array(3, 4), 0.01 * away_from_zero(draw, 3, 4))  # however small x is


@relu_backward.requirement("any shape", points=0.25)
def _(draw):
    for shape in ((2, draw.pick(3, 4), 3, 2), (draw.pick(7, 9),)):
        yield case(draw.array(*shape), away_from_zero(draw, *shape))


relu_backward.keeps_inputs(points=0.25)

relu_backward.bug(
    "mask_from_dout", "mask = x > 0", "mask = dout > 0",
    "You look at the sign of dout: whether the gradient passes depends on x, on which side of 0 the unit's input was.",
    ask="x is −2 and dout is 3: did a change of x change the output?",
    also=[{"np.where(x > 0, dout": "np.where(dout > 0, dout"}, {"dx[x < 0]": "dx[dout < 0]"}],
)
relu_backward.bug(
    "mask_from_both", "mask = x > 0", "mask = (x > 0) & (dout > 0)",
    "You also stop negative gradients: whether the gradient passes depends on x alone.",
    ask="x is 2 and dout is −3: did a change of x change the output?",
    also=[{"dx[x < 0] = 0.0": "dx[x < 0] = 0.0\ndx[dx < 0] = 0.0"}],
)
relu_backward.bug(
    "mask_turned", "x > 0", "x < 0",
    "The gradient passes where x is negative: it is the other way round, the ramp is flat there.",
    ask="x is −2: if it becomes −1.9, what does the output do?",
    also=[{"dx[x < 0]": "dx[x > 0]"}],
)
relu_backward.bug(
    "no_mask", "dx = dout * mask", "dx = dout",
    "Everything passes: where x is negative, the output is 0 whatever x does, and no gradient flows.",
    ask="x is −2: if it becomes −1.9, what does the output do?",
    also=[
        {"mask = x > 0": "mask = np.ones_like(x)"},
        {"dx[x < 0] = 0.0": ""},
        {"slope[slope < 0] = 0.0": "slope[slope < 0] = 1.0"},
    ],
)
relu_backward.bug(
    "threshold_at_one", "x > 0", "x > 1",
    "Nothing passes where x lies between 0 and 1: the ramp starts at 0.",
    ask="x is 0.5: if it becomes 0.6, what does the output do?",
    also=[{"dx[x < 0]": "dx[x < 1]"}],
)
relu_backward.bug(
    "upstream_left_out", "dout * mask", "1.0 * mask",
    "Your gradient does not depend on dout: you have the local part, and the chain rule multiplies it by the upstream gradient.",
    ask="What would your gradient be if dout were 0 everywhere?",
    also=[
        {"np.where(x > 0, dout": "np.where(x > 0, 1.0"},
        {"dout.copy()": "np.ones_like(x)"},
        {"dout * slope": "slope"},
    ],
)
relu_backward.bug(
    "forward_instead", "dout * mask", "x * mask",
    "You return the ReLU of x: dout, the upstream gradient, is not used.",
    ask="What would your gradient be if dout were 0 everywhere?",
    also=[{"np.where(x > 0, dout": "np.where(x > 0, x"}, {"dout.copy()": "x.copy()"}],
)
relu_backward.bug(
    "arguments_swapped", {"mask = x > 0": "mask = dout > 0", "dout * mask": "x * mask"},
    "dout and x are swapped: you let x pass where dout is positive.",
    ask="In which order does the docstring name the two?",
    also=[{"np.where(x > 0, dout, 0.0)": "np.where(dout > 0, x, 0.0)"}],
)
relu_backward.bug(
    "times_the_value", "dout * mask", "dout * x * mask",
    "You multiply by the value of x: the slope of the ramp is 1, however large x is.",
    ask="x is 3: if it becomes 3.1, by how much does the output grow?",
    also=[
        {"dout * (out > 0)": "dout * out"},
        {"slope[slope > 0] = 1.0": ""},
        {"np.where(x > 0, dout": "np.where(x > 0, dout * x"},
    ],
)
relu_backward.bug(
    "added_instead_of_multiplied", "dout * mask", "dout + mask",
    "You add the local derivative to dout: the chain rule multiplies.",
    ask="Where the local derivative is 0, what must be left of dout?",
    also=[{"dout * slope": "dout + slope"}],
)
relu_backward.bug(
    "sign_of_x", "mask = x > 0", "mask = np.sign(x)",
    "Where x is negative your gradient has the opposite sign: that is the derivative of |x|. The ReLU's is 0 there.",
    ask="x is −2: if it becomes −1.9, what does the output do?",
    also=[{"dx[x < 0] = 0.0": "dx[x < 0] *= -1"}, {"slope[slope < 0] = 0.0": "slope[slope < 0] = -1.0"}],
)
relu_backward.bug(
    "leaky", "mask = x > 0", "mask = np.where(x > 0, 1.0, 0.01)",
    "A little gradient passes where x is negative: that is the leaky ReLU.",
    ask="x is −2: if it becomes −1.9, what does the output do?",
    also=[{"mask = x > 0": "mask = np.where(x > 0, 1.0, 0.1)"}, {"dx[x < 0] = 0.0": "dx[x < 0] *= 0.01"}],
)
relu_backward.bug(
    "averaged_over_the_batch", "return dx", "return dx / len(x)",
    "Your gradient is divided by the number of examples: the loss has already done that, and dout carries it.",
    ask="What does the chain rule multiply dout by?",
)
relu_backward.bug(
    "dout_modified", "dx = dout.copy()", "dx = dout",
    "Your function does more than return its result: it writes into dout, which belongs to the caller.",
    ask="If your function is called twice with the same dout, what does the second call see?",
)
relu_backward.bug(
    "input_modified", "out = x.copy()", "out = x",
    "Your function does more than return its result: it writes into x, which belongs to the caller.",
    ask="If your function is called twice with the same x, what does the second call see?",
    also=[{"slope = x.copy()": "slope = x"}],
)
relu_backward.common(
    integer_result,
    returns_nothing,
)


# dense_backward


def gradients_by_hand():
    sizes = ((1, 1, 1), (1, 2, 1), (1, 1, 2), (2, 1, 1), (1, 2, 2), (2, 2, 2), (2, 2, 3), (3, 2, 1))
    for n, d, m in sizes:
        yield case(counting(n, m), counting(n, d), 1.0 + counting(d, m))


@exercise(
    lesson=LESSON,
    reference=reference.dense_backward,
    examples=gradients_by_hand,
    axes={
        "dout": UNITS,
        "x": POINTS,
        "w": ("coordinate", "unit"),
        "dx": POINTS,
        "dw": ("coordinate", "unit"),
        "db": ("unit",),
    },
    results=("dx", "dw", "db"),
    hint=(
        "Write the shapes of dout, x and w side by side. dw has the shape of w: which product gives it?",
        "Take one score: z = x₀w₀ + x₁w₁ + b. What is its derivative with respect to w₀, to x₀, to b?",
    ),
)
def dense_backward(dout, x, w):
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


@dense_backward.way
def example_by_example(dout, x, w):
    N, M = dout.shape
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(M)
    for n in range(N):
        dx[n] = w @ dout[n]
        dw += np.outer(x[n], dout[n])
        db += dout[n]
    return dx, dw, db


def layers(draw):
    def layer(n, d, m):
        return case(draw.array(n, m), draw.array(n, d, shift=-0.5), draw.array(d, m))

    yield layer(1, 2, 3)
    yield layer(draw.pick(4, 5), 3, 2)
    yield layer(2, 3, draw.pick(4, 6))
    yield layer(3, 3, 3)
    yield layer(5, 4, 1)


dense_backward.requirement("db", points=0.5, result="db", cases=layers)
dense_backward.requirement("dw", points=1, result="dw", cases=layers)
dense_backward.requirement("dx", points=1, result="dx", cases=layers)
dense_backward.keeps_inputs(points=0.5)

dense_backward.bug(
    "upstream_left_out",
    {
        "dout @ w.T": "np.ones_like(dout) @ w.T",
        "x.T @ dout": "x.T @ np.ones_like(dout)",
        "dout.sum(axis=0)": "np.ones_like(dout).sum(axis=0)",
    },
    like=relu_backward,
    also=[{"N, M = dout.shape": "N, M = dout.shape\ndout = np.ones((N, M))"}],
)
dense_backward.bug(
    "dx_weights_not_transposed", "dout @ w.T", "dout @ w",
    "Your dx multiplies by w as it is: (N, M) by (D, M) fits only where D = M. Each coordinate collects what its weights passed on to the units.",
    ask="Which shape must dx have, and which product of dout and w has it?",
    also=[{"w @ dout[n]": "dout[n] @ w"}],
)
dense_backward.bug(
    "dw_transposed", "x.T @ dout", "dout.T @ x",
    "Your dw lies on its side: it should have the shape of w, coordinates by units.",
    ask="Which of dout and x comes first in a product of shape (D, M)?",
    also=[{"np.outer(x[n], dout[n])": "np.outer(dout[n], x[n])"}],
)
dense_backward.bug(
    "dw_last_example", "x.T @ dout", "np.outer(x[-1], dout[-1])",
    "Your dw is that of the last example alone: each replaces the one before, but they should be added up.",
    ask="The same weights serve all examples: what should happen to the examples' contributions?",
    also=[{"dw +=": "dw ="}],
)
dense_backward.bug(
    "dw_first_example", "x.T @ dout", "np.outer(x[0], dout[0])",
    "Your dw is that of the first example alone: the same weights serve all of them.",
    ask="Over which axis does the sum for dw run?",
)
dense_backward.bug(
    "dw_averaged", "x.T @ dout", "x.T @ dout / len(x)",
    "Your dw is divided by the number of examples: the loss has already done that, and dout carries it.",
    ask="What does the chain rule multiply dout by? Where does N come in?",
    also=[{"np.outer(x[n], dout[n])": "np.outer(x[n], dout[n]) / N"}],
)
dense_backward.bug(
    "dw_without_input", "x.T @ dout", "np.ones_like(x).T @ dout",
    "Your dw does not depend on x: a weight's gradient is what it multiplied, times the upstream gradient.",
    ask="What is the derivative of w · x with respect to w?",
    also=[{"np.outer(x[n], dout[n])": "dout[n]"}],
)
dense_backward.bug(
    "dx_without_weights", "dout @ w.T", "dout @ np.ones_like(w).T",
    "Your dx does not depend on w: a coordinate's gradient is the weight that multiplied it, times the upstream gradient.",
    ask="What is the derivative of w · x with respect to x?",
    also=[{"w @ dout[n]": "dout[n].sum()"}],
)
dense_backward.bug(
    "db_averaged", "dout.sum(axis=0)", "dout.mean(axis=0)",
    "Your db is an average: the bias is added in every example, and the contributions add up.",
    ask="How much does the loss change when one bias grows by 1 and every example's gradient is 1?",
    also=[{"db += dout[n]": "db += dout[n] / N"}],
)
dense_backward.bug(
    "db_not_summed", "dout.sum(axis=0)", "dout",
    "Your db still has a row for each example: the same bias is added in all of them.",
    ask="How many biases are there, and how many numbers do you return?",
)
dense_backward.bug(
    "db_over_units", "dout.sum(axis=0)", "dout.sum(axis=1)",
    "Your db is summed over the wrong axis: one number for each unit is expected, the sum over the examples.",
    ask="Which axis of dout counts the units?",
)
dense_backward.bug(
    "db_one_number", "dout.sum(axis=0)", "dout.sum()",
    "Your db is one number: each unit has a bias of its own.",
    ask="Over which axis of dout does a unit's bias stay the same?",
)
dense_backward.bug(
    "db_last_example", "dout.sum(axis=0)", "dout[-1]",
    "Your db is that of the last example: the same bias is added in every one.",
    ask="How many numbers of dout did one bias contribute to?",
    also=[{"db += dout[n]": "db = dout[n]"}],
)
dense_backward.bug(
    "dw_upstream_left_out", "x.T @ dout", "x.T @ np.ones_like(dout)",
    "Your dw does not depend on dout: you have the local part, and the chain rule multiplies it by the upstream gradient.",
    ask="What would dw be if dout were 0 everywhere?",
    also=[{"np.outer(x[n], dout[n])": "np.outer(x[n], np.ones(M))"}],
)
dense_backward.bug(
    "dx_upstream_left_out", "dout @ w.T", "np.ones_like(dout) @ w.T",
    "Your dx does not depend on dout: you have the local part, and the chain rule multiplies it by the upstream gradient.",
    ask="What would dx be if dout were 0 everywhere?",
    also=[{"w @ dout[n]": "w.sum(axis=1)"}],
)
dense_backward.bug(
    "db_first_example", "dout.sum(axis=0)", "dout[0]",
    "Your db is that of the first example: the same bias is added in every one.",
    ask="How many numbers of dout did one bias contribute to?",
)
dense_backward.bug(
    "db_counts_examples", "dout.sum(axis=0)", "np.ones_like(dout).sum(axis=0)",
    "Your db counts the examples: dout, the upstream gradient, is not used in it.",
    ask="What is the derivative of one score with respect to its bias, and what is it multiplied by?",
    also=[{"db += dout[n]": "db += 1.0"}],
)
dense_backward.bug(
    "averaged_over_the_batch", "return dx, dw, db", "return dx / len(x), dw / len(x), db / len(x)",
    "All three gradients are divided by the number of examples: the loss has already done that, and dout carries it.",
    ask="What does the chain rule multiply dout by? Where does N come in?",
    also=[{"N, M = dout.shape": "N, M = dout.shape\ndout = dout / N"}],
)
dense_backward.bug(
    "signs_turned", "return dx, dw, db", "return -dx, -dw, -db",
    "All three gradients have the opposite sign: the minus belongs to the step, not to the gradient.",
    ask="If a weight grows and its input is positive, does the score grow or shrink?",
    also=[{"N, M = dout.shape": "N, M = dout.shape\ndout = -dout"}],
)
dense_backward.bug(
    "returns_dw_first", "return dx, dw, db", "return dw, dx, db",
    "dx and dw are swapped: the order is dx, dw, db.",
    ask="In which order does the docstring name them?",
)
dense_backward.bug(
    "returns_dx_last", "return dx, dw, db", "return dw, db, dx",
    "You return dx last: the order is dx, dw, db.",
    ask="In which order does the docstring name them?",
)
dense_backward.bug(
    "returns_db_second", "return dx, dw, db", "return dx, db, dw",
    "dw and db are swapped: the order is dx, dw, db.",
    ask="In which order does the docstring name them?",
)
dense_backward.bug(
    "returns_dx_only", "return dx, dw, db", "return dx",
    "You return only dx: the weights and the biases need their gradients too, or they cannot learn.",
    ask="Which three things does the docstring promise?",
)
dense_backward.bug(
    "db_adds_the_first_example", "db += dout[n]", "db += dout[0]",
    "Your db adds the first example again in every round: each example has a gradient of its own.",
    ask="Which index changes from one round of your loop to the next?",
    also=[{"dout.sum(axis=0)": "len(dout) * dout[0]"}],
)
dense_backward.bug(
    "dx_adds_up_the_batch", "dx[n] = w @ dout[n]", "dx += w @ dout[n]",
    "Every row of your dx is the sum over all examples: the scores of one example depend on that example alone.",
    ask="Does the second example change the scores of the first?",
    also=[{"dx = dout @ w.T": "dx = np.zeros(x.shape) + (dout @ w.T).sum(axis=0)"}],
)
dense_backward.common(
    integer_result,
    modifies("dout", "dout_modified"),
    modifies("x"),
    returns_nothing,
)


# softmax_cross_entropy


def losses_by_hand():
    yield case(np.array([[0.0, 0.0]]), np.array([0]))
    yield case(np.array([[0.0, 0.0]]), np.array([1]))
    yield case(np.array([[1.0, 0.0]]), np.array([1]))
    yield case(np.array([[1.0, 0.0, 2.0]]), np.array([2]))
    yield case(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0, 1]))
    yield case(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]]), np.array([2, 0]))
    yield case(np.array([[1000.0, 1001.0]]), np.array([0]))
    yield case(np.array([[60.0, 0.0]]), np.array([1]))


def largest_score(scores, labels):
    return 1.0 + float(np.abs(scores).max())


@exercise(
    lesson=LESSON,
    reference=reference.softmax_cross_entropy,
    examples=losses_by_hand,
    axes={"scores": CLASSES, "labels": ("example",), "dscores": CLASSES},
    results=("loss", "dscores"),
    error_scale=largest_score,
    hint=(
        "Probabilities first, example by example. Then the probability of the right class, its logarithm, the mean.",
        "The gradient with respect to the scores is short: the probabilities, with 1 subtracted in one position of each row, over N.",
    ),
)
def softmax_cross_entropy(scores, labels):
    N = len(scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    p = powers / sums
    log_p = shifted - np.log(sums)
    log_right = log_p[np.arange(N), labels]
    losses = -log_right
    loss = losses.mean()
    dscores = p.copy()
    dscores[np.arange(N), labels] -= 1
    dscores /= N
    return loss, dscores


@softmax_cross_entropy.way
def with_one_hot_labels(scores, labels):
    N, M = scores.shape
    y = np.eye(M)[labels]
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = np.sum(powers, axis=1, keepdims=True)
    p = powers / sums
    log_sums = np.log(sums)
    loss = -np.sum(y * (shifted - log_sums)) / N
    gradient = (p - y) / N
    return loss, gradient


def scored(draw, n, m, shift=0.0):
    labels = draw.rng.permutation(np.arange(n) % m)
    return case(draw.array(n, m) + shift, labels)


@softmax_cross_entropy.requirement("the loss of one example", points=0.5, result="loss")
def _(draw):
    yield scored(draw, 1, 3)
    yield scored(draw, 1, 2)


@softmax_cross_entropy.requirement("the loss of a batch", points=0.75, result="loss")
def _(draw):
    yield scored(draw, draw.pick(4, 5), 3)
    yield scored(draw, 3, draw.pick(5, 6))


@softmax_cross_entropy.requirement("the gradient of one example", points=0.5, result="dscores")
def _(draw):
    yield scored(draw, 1, draw.pick(3, 4))


@softmax_cross_entropy.requirement("the gradient of a batch", points=0.75, result="dscores")
def _(draw):
    yield scored(draw, draw.pick(4, 5), 3)
    yield scored(draw, 2, draw.pick(5, 6))


@softmax_cross_entropy.requirement("large scores", points=0.5)
def _(draw):
    yield scored(draw, 3, 4, shift=draw.pick(900.0, 1000.0))
    yield scored(draw, 2, 3, shift=-1000.0)
    # One example's scores are far below the other's.
    yield case(draw.array(2, 3) + np.array([[draw.pick(900.0, 1000.0)], [0.0]]), np.array([2, 1]))


@softmax_cross_entropy.requirement("a confident mistake", points=0.5)
def _(draw):
    for by in (draw.pick(50.0, 60.0), 1000.0):
        scores = draw.array(2, 3)
        scores[0, 1] += by
        yield case(scores, np.array([0, 2]))


@softmax_cross_entropy.requirement("scores far apart", points=0.25)
def _(draw):
    """The largest is far above zero, above the others and above their mean, and the smallest far below."""
    yield case(np.array([[1000.0, -1000.0, 0.0]]) + draw.array(1, 3), np.array([draw.pick(0, 2)]))
    yield case(np.array([[0.0, 1000.0, -1000.0], [-1000.0, 0.0, -2000.0]]) + draw.array(2, 3), np.array([1, 2]))


softmax_cross_entropy.keeps_inputs(points=0.25)

softmax_cross_entropy.bug(
    "overflow",
    {"scores - scores.max(axis=1, keepdims=True)": "scores", "shifted - np.log(sums)": "np.log(p)"},
    "Large scores give nan: e to the power of 1000 is more than a float can hold. A softmax does not change when the same number is subtracted from all scores of an example.",
    ask="Which number would you subtract, so that the largest power is e⁰?",
    also=[
        {"scores - scores.max(axis=1, keepdims=True)": "scores"},
        {"scores - np.max(scores, axis=1, keepdims=True)": "scores", "(shifted - log_sums)": "np.log(p)"},
        {"scores - np.max(scores, axis=1, keepdims=True)": "scores"},
    ],
)
softmax_cross_entropy.bug(
    "softmax_over_examples",
    {
        "scores.max(axis=1, keepdims=True)": "scores.max(axis=0, keepdims=True)",
        "powers.sum(axis=1, keepdims=True)": "powers.sum(axis=0, keepdims=True)",
    },
    "Your probabilities add up to 1 over the examples: they should do so over the classes of each example.",
    ask="Which axis of scores counts the classes?",
)
softmax_cross_entropy.bug(
    "softmax_over_everything",
    {"scores.max(axis=1, keepdims=True)": "scores.max()", "powers.sum(axis=1, keepdims=True)": "powers.sum()"},
    "Your probabilities add up to 1 over the whole batch: they should do so in each example separately.",
    ask="Over which axis does the sum in the denominator run, and which axis must remain?",
)
softmax_cross_entropy.bug(
    "one_maximum_for_all", "scores.max(axis=1, keepdims=True)", "scores.max()",
    "You subtract the same number from the scores of every example, the largest of the batch: where an example's own scores lie 1000 below it, all its powers become 0.",
    ask="Which number would make the largest power of each example e⁰?",
    also=[{"scores.max(axis=1, keepdims=True)": "scores.max()", "shifted - np.log(sums)": "np.log(p)"}],
)
softmax_cross_entropy.bug(
    "log_of_the_probability", "shifted - np.log(sums)", "np.log(p)",
    "You take the logarithm of the probabilities: a tiny one is rounded to 0, and then the loss is infinite. The logarithm of a power need not be computed.",
    ask="In log(eᶻ / Σ eᶻ), what is left of log eᶻ?",
)
softmax_cross_entropy.bug(
    "zero_times_infinity", "(shifted - log_sums)", "np.log(p)",
    "Your loss is nan: a tiny probability is rounded to 0, its logarithm is −∞, and 0 · (−∞) is no number, although the table says that this class does not count.",
    ask="In log(eᶻ / Σ eᶻ), what is left of log eᶻ?",
    also=[{"log_p[np.arange(N), labels]": "np.sum(np.eye(p.shape[1])[labels] * np.log(p), axis=1)"}],
)
softmax_cross_entropy.bug(
    "powers_not_normalised", {"powers / sums": "powers", "shifted - np.log(sums)": "shifted"},
    "Your powers are not divided by their sum: they are not probabilities yet.",
    ask="What must the numbers of one example add up to?",
    also=[{"powers / sums": "powers", "shifted - np.log(sums)": "np.log(p)"}],
)
softmax_cross_entropy.bug(
    "softmax_left_out", {"np.exp(shifted)": "np.abs(scores)", "shifted - np.log(sums)": "np.log(p)"},
    "Your scores are divided by their sum without the exponential.",
    ask="What is the softmax of (0, 0), and what of (1, 1)?",
    also=[{"np.exp(shifted)": "scores", "shifted - np.log(sums)": "np.log(p)"}],
)
softmax_cross_entropy.bug(
    "loss_summed", "losses.mean()", "losses.sum()",
    "Your loss is the sum over the batch, your gradient the mean: they must belong together, and the mean is expected. A numeric gradient would expose the factor N.",
    ask="If the batch is doubled, what should happen to the loss?",
)
softmax_cross_entropy.bug(
    "gradient_summed", "dscores /= N", "",
    "Your loss is the mean over the batch, your gradient that of the sum: a numeric gradient would expose the factor N.",
    ask="In the mean of N losses, what is each one's gradient multiplied by?",
)
softmax_cross_entropy.bug(
    "loss_and_gradient_summed", {"losses.mean()": "losses.sum()", "dscores /= N": ""},
    "Loss and gradient are summed over the batch: the mean is expected, so that the step does not grow with the batch.",
    ask="If the batch is doubled, what should happen to the loss?",
)
softmax_cross_entropy.bug(
    "gradient_divided_by_classes_too", "dscores /= N", "dscores /= scores.size",
    "Your gradient is divided by the number of classes too: the mean is over the examples.",
    ask="How many losses are averaged?",
)
softmax_cross_entropy.bug(
    "loss_sign", "losses = -log_right", "losses = log_right",
    "Your loss is negative: the logarithm of a probability is negative, and the loss is its magnitude, so the sign changes.",
    ask="What is the loss where the right class has the probability 1, and what where it has 0.5?",
)
softmax_cross_entropy.bug(
    "log_base_two", "shifted - np.log(sums)", "(shifted - np.log(sums)) / np.log(2.0)",
    "Your logarithm has base 2: the natural one fits the exponential of the softmax, and the gradient p − y.",
    ask="What is the loss of two classes at 0.5 each, with the natural logarithm?",
    also=[{"shifted - np.log(sums)": "np.log2(p)"}],
)
softmax_cross_entropy.bug(
    "log_base_ten", "shifted - np.log(sums)", "(shifted - np.log(sums)) / np.log(10.0)",
    "Your logarithm has base 10: the natural one fits the exponential of the softmax, and the gradient p − y.",
    ask="What is the loss of two classes at 0.5 each, with the natural logarithm?",
    also=[{"shifted - np.log(sums)": "np.log10(p)"}],
)
softmax_cross_entropy.bug(
    "log_left_out", "shifted - np.log(sums)", "p",
    "Your loss is the probability itself, without the logarithm.",
    ask="What is the loss where the right class has the probability 1?",
)
softmax_cross_entropy.bug(
    "log_of_a_little_more", "shifted - np.log(sums)", "np.log(p + 1e-15)",
    "A small number is added to your probabilities: the loss then has an upper limit, and a confident mistake hardly counts.",
    ask="What should the loss be where the right class's score is 60 below the best?",
    also=[
        {"shifted - np.log(sums)": f"np.log(p + {little})"}
        for little in ("1e-20", "1e-16", "1e-14", "1e-13", "1e-12", "1e-10", "1e-9", "1e-8", "1e-7", "1e-5")
    ],
)
softmax_cross_entropy.bug(
    "probability_clipped", "shifted - np.log(sums)", "np.log(np.clip(p, 1e-15, 1.0))",
    "Your probabilities are cut off from below: the loss then has an upper limit, and a confident mistake hardly counts.",
    ask="What should the loss be where the right class's score is 60 below the best?",
    also=[
        {"shifted - np.log(sums)": f"np.log(np.clip(p, {least}, 1.0))"}
        for least in ("1e-12", "1e-10", "1e-8", "1e-7")
    ]
    + [
        {
            "powers / sums": f"np.clip(powers / sums, {least}, 1 - {least})",
            "shifted - np.log(sums)": "np.log(p)",
        }
        for least in ("1e-15", "1e-12", "1e-10", "1e-9", "1e-8", "1e-7")
    ]
    + [
        {"powers / sums": f"np.maximum(powers / sums, {least})", "shifted - np.log(sums)": "np.log(p)"}
        for least in ("1e-10", "1e-8", "1e-7")
    ],
)
softmax_cross_entropy.bug(
    "loss_divided_by_classes_too",
    "np.sum(y * (shifted - log_sums)) / N",
    "np.mean(y * (shifted - log_sums))",
    "Your loss is divided by the number of classes too: the mean is over the examples, and each has one loss.",
    ask="With a one-hot table, how many of its N · M products count?",
    also=[{"log_p[np.arange(N), labels]": "log_p[np.arange(N), labels] / log_p.shape[1]"}],
)
softmax_cross_entropy.bug(
    "both_divided_by_classes_too",
    {
        "np.sum(y * (shifted - log_sums)) / N": "np.mean(y * (shifted - log_sums))",
        "(p - y) / N": "(p - y) / scores.size",
    },
    "Loss and gradient are divided by the number of classes too: the mean is over the examples, and each has one loss.",
    ask="With a one-hot table, how many of its N · M products count?",
    also=[
        {
            "log_p[np.arange(N), labels]": "log_p[np.arange(N), labels] / log_p.shape[1]",
            "dscores /= N": "dscores /= scores.size",
        },
    ],
)
softmax_cross_entropy.bug(
    "labels_not_used", "log_p[np.arange(N), labels]", "log_p[:, 0]",
    "Your loss always looks at class 0: the label says which class is the right one.",
    ask="Which entry of each row belongs to its label?",
)
softmax_cross_entropy.bug(
    "all_classes_in_the_loss", "log_p[np.arange(N), labels]", "log_p.sum(axis=1)",
    "Your loss adds up the logarithms of all classes: only the right class of each example counts.",
    ask="What does the one-hot vector multiply the other logarithms by?",
)
softmax_cross_entropy.bug(
    "labels_as_columns", "log_p[np.arange(N), labels]", "log_p[:, labels].mean(axis=1)",
    "p[:, labels] takes all the labels' columns for every example: each example has its own label.",
    ask="Which two index arrays pick one number out of each row?",
)
softmax_cross_entropy.bug(
    "label_not_subtracted", "dscores[np.arange(N), labels] -= 1", "",
    "Your gradient is the probabilities alone: 1 is subtracted for the right class. As it is, every score is pushed down.",
    ask="What should the gradient be where the right class has the probability 1?",
    also=[{"p - y": "p.copy()"}],
)
softmax_cross_entropy.bug(
    "label_number_subtracted", "dscores[np.arange(N), labels] -= 1", "dscores -= labels[:, None]",
    "You subtract the label's number from all classes: the label is a position, not a quantity. 1 is subtracted in its column.",
    ask="Which vector of 0 and 1 stands for label 2 of three classes?",
)
softmax_cross_entropy.bug(
    "label_in_every_row", "dscores[np.arange(N), labels] -= 1", "dscores[:, labels] -= 1",
    "dscores[:, labels] −= 1 subtracts 1 in all the labels' columns for every example: each example has its own label.",
    ask="Which two index arrays pick one number out of each row?",
)
softmax_cross_entropy.bug(
    "gradient_sign", "p - y", "y - p",
    "Your gradient has the opposite sign: the step subtracts it, so the right class's score would fall.",
    ask="Should the score of the right class have a positive or a negative gradient?",
    also=[{"p.copy()": "-p", "-= 1": "+= 1"}],
)
softmax_cross_entropy.bug(
    "label_added", "p - y", "p + y",
    "1 is added for the right class: it should be subtracted, so that the step makes its score grow.",
    ask="If the right class already has the probability 1, what should its gradient be?",
    also=[{"-= 1": "+= 1"}],
)
softmax_cross_entropy.bug(
    "gradient_of_the_probability", "p - y", "-y / p",
    "You stop at the probabilities: −1/p is the loss's derivative with respect to them. The scores are one step further back, before the softmax.",
    ask="With respect to which variable does the docstring ask for the gradient?",
    also=[{"p.copy()": "np.zeros_like(p)", "-= 1": "= -1 / p[np.arange(N), labels]"}],
)
softmax_cross_entropy.bug(
    "times_softmax_slope", "p - y", "(p - y) * p * (1 - p)",
    "You multiply by p (1 − p) once more: p − y already is the gradient with respect to the scores, softmax included.",
    ask="Derive it for two classes: what is left after everything cancels?",
    also=[{"dscores[np.arange(N), labels] -= 1": "dscores[np.arange(N), labels] -= 1\ndscores *= p * (1 - p)"}],
)
softmax_cross_entropy.bug(
    "loss_of_each_example", "losses.mean()", "losses",
    "You return a loss for each example: one number is expected, their mean.",
    ask="How many numbers does the docstring promise for the loss?",
)
softmax_cross_entropy.bug(
    "loss_only", "return loss, dscores", "return loss",
    "You return only the loss: its gradient with respect to the scores is expected too.",
    ask="Which two things does the docstring promise?",
)
softmax_cross_entropy.bug(
    "order_exchanged", "return loss, dscores", "return dscores, loss",
    "Loss and gradient are swapped.",
    ask="In which order does the docstring name them?",
)
softmax_cross_entropy.bug(
    "zeros_replaced", "shifted - np.log(sums)", "np.log(np.where(p == 0, 1e-10, p))",
    "A probability that was rounded to 0 is replaced by a small number: the loss of such an example is then always the same, however far off its scores are.",
    ask="What should the loss be where the right class's score is 1000 below the best?",
    also=[
        {"shifted - np.log(sums)": f"np.log(np.where(p == 0, {least}, p))"}
        for least in ("1e-7", "1e-8", "1e-9", "1e-12", "1e-15", "1e-16", "1e-20")
    ]
    + [
        {
            "powers / sums": f"np.where(powers / sums == 0, {least}, powers / sums)",
            "shifted - np.log(sums)": "np.log(p)",
        }
        for least in ("1e-7", "1e-8", "1e-9", "1e-10", "1e-12", "1e-15")
    ],
)
ROW_MAX = "scores.max(axis=1, keepdims=True)"
ROW_MAX_TOO = "np.max(scores, axis=1, keepdims=True)"
NOT_THE_MAX = (
    "scores[np.arange(N), labels][:, None]",
    "scores.sum(axis=1, keepdims=True)",
    "scores.mean(axis=1, keepdims=True)",
    "np.maximum(scores.max(axis=1, keepdims=True), -1)",
    "np.maximum(scores.max(axis=1, keepdims=True), 0)",
)
softmax_cross_entropy.bug(
    "not_the_largest_subtracted", ROW_MAX, "scores.min(axis=1, keepdims=True)",
    "What you subtract is not the largest score of each example: where the largest lies far above it the powers are infinite, and where far below they are all 0.",
    ask="Which number would you subtract, so that the largest power is e⁰?",
    also=[
        *({ROW_MAX: other} for other in NOT_THE_MAX),
        *({ROW_MAX: other, "shifted - np.log(sums)": "np.log(p)"} for other in NOT_THE_MAX),
        *({ROW_MAX_TOO: other, "(shifted - log_sums)": "np.log(p)"} for other in NOT_THE_MAX),
    ],
)
softmax_cross_entropy.bug(
    "gradient_through_one_over_p",
    "dscores = p.copy()\ndscores[np.arange(N), labels] -= 1",
    "slopes = np.zeros_like(p)\nslopes[np.arange(N), labels] = -1 / p[np.arange(N), labels]\ndscores = p * (slopes - np.sum(slopes * p, axis=1, keepdims=True))",
    "Your gradient is nan where a probability is rounded to 0: it goes through −1/p, and the softmax's own derivative multiplies that by p again. On paper the two cancel.",
    ask="What is left of −1/p · p (1 − p) for the right class, before any number is put in?",
)
softmax_cross_entropy.bug(
    "right_class_counted_twice",
    "sums = powers.sum(axis=1, keepdims=True)",
    "sums = powers.sum(axis=1, keepdims=True) + powers[np.arange(N), labels][:, None]",
    "The right class counts twice in your sum: it is one of all the classes, and is in the sum already.",
    ask="With two classes of score 0, what do your probabilities add up to?",
    also=[
        {"shifted - np.log(sums)": "shifted - np.log(sums + powers[np.arange(N), labels][:, None])"},
        {"log_p[np.arange(N), labels]": "2 * log_p[np.arange(N), labels]"},
    ],
)
softmax_cross_entropy.bug(
    "sum_has_another_logarithm", "shifted - np.log(sums)", "shifted - np.log10(sums)",
    "The logarithm of your sum has another base: in log(eᶻ / Σ eᶻ) both logarithms are the natural one.",
    ask="What is the loss of two classes at 0.5 each, with the natural logarithm?",
    also=[{"shifted - np.log(sums)": "shifted - np.log2(sums)"}],
)


@softmax_cross_entropy.wrong(
    "one_subtracted_everywhere",
    "1 is subtracted for every class: it belongs to the right class alone.",
    ask="In a row of dscores, which of the numbers may be negative?",
)
def _(scores, labels):
    N = len(scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    loss = -(shifted - np.log(sums))[np.arange(N), labels].mean()
    return loss, (powers / sums - 1) / N
softmax_cross_entropy.common(
    modifies("scores").named("input_modified", ask="Does `scores -= …` make a new array, or change the one you were given?"),
    returns_nothing,
)


# numeric_gradient


def slope_check(name, x):
    """Close enough to the gradient that Richardson's extrapolation gives; a wrong one is described by its factor."""
    f = named_functions[name]
    coarse, fine = (differences(f, x, h) for h in (2e-3, 1e-3))
    right = (4 * fine - coarse) / 3
    scale = max(1.0, float(np.abs(right).max()))

    def close(one, other):
        return bool(np.abs(one - other).max() <= 2e-6 * scale)

    def accepts(values):
        try:
            found = np.asarray(values[0], dtype=np.float64)
        except (TypeError, ValueError):
            return "expected an array, one derivative for each entry of x"
        if found.ndim == 0:
            return "got one number: every entry of x has a derivative of its own"
        if found.shape != right.shape:
            return f"the shape is {found.shape}; the gradient has the shape of x, {right.shape}"
        if not np.isfinite(found).all():
            return "some values are not finite: is the step too small, or 0?"
        if close(found, right):
            return None
        if not found.any():
            return "all derivatives are 0: does f get two different arrays, one moved up and one moved down?"
        if close(found, 2 * right):
            return "all derivatives are twice too large: f(x + h) and f(x − h) are 2h apart"
        if close(found, right / 2):
            return "all derivatives are half of what they should be: how far apart are the two points you compare?"
        if close(found, -right):
            return "all derivatives have the opposite sign: which of the two values comes first?"
        if close(found, np.full_like(right, right.sum())):
            return "all entries are equal: every entry of x was moved at once, but only one should move at a time"
        off = float(np.abs(found - right).max()) / scale
        if off < 0.01:
            return (
                f"the derivatives are off by {off:.1g}: step to both sides, by about 1e-5, "
                "and restore each entry before the next one moves"
            )
        return (
            f"the worst derivative is off by {off:.0%} of the largest one: "
            "does f get the whole of x each time, with one entry moved?"
        )

    return accepts


def differences(f, x, h):
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = (f(up) - f(down)) / (2 * h)
    return grad


@exercise(
    lesson=LESSON,
    reference=gradcheck.numeric_gradient,
    hint=(
        "Take one entry. Call f with it a little larger, then a little smaller, and divide the difference by the distance.",
        "np.ndindex(x.shape) visits the entries of any array.",
    ),
)
def numeric_gradient(f, x):
    h = 1e-5
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up = x.copy()
        up[index] += h
        down = x.copy()
        down[index] -= h
        grad[index] = (f(up) - f(down)) / (2 * h)
    return grad


@numeric_gradient.way
def moved_and_put_back(f, x):
    h = 1e-5
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + h
        above = f(x)
        x[index] = before - h
        below = f(x)
        x[index] = before
        grad[index] = (above - below) / (2 * h)
    return grad


def sloped(name, x):
    return case(NamedFunction(name), x).accepted_by(slope_check(name, x))


@numeric_gradient.requirement("a vector", points=1)
def _(draw):
    yield sloped("sum_of_squares", draw.array(draw.pick(3, 4)))
    yield sloped("weighted_sine", draw.array(draw.pick(5, 6)))


@numeric_gradient.requirement("entries that act together", points=0.75)
def _(draw):
    yield sloped("product_of_neighbours", draw.array(draw.pick(4, 5), shift=1.0))


@numeric_gradient.requirement("any shape", points=0.75)
def _(draw):
    yield sloped("weighted_sine", draw.array(draw.pick(2, 3), 4))
    yield sloped("product_of_neighbours", draw.array(2, 3, 2))
    yield sloped("row_products", draw.array(draw.pick(2, 4), 3))


numeric_gradient.keeps_inputs(points=0.5)


def other_steps(*spellings):
    """The same spellings with the other steps that learners choose: a step shows in every digit of a result."""
    return [{**changes, "1e-5": step} for changes in spellings for step in ("1e-3", "1e-4", "1e-6")]


LAST_LINE = "grad[index] = (f(up) - f(down)) / (2 * h)"  # of the loop


numeric_gradient.bug(
    "one_sided", {"down[index] -= h": "", "(2 * h)": "h"},
    "Your difference is one-sided: the error of f(x + h) − f(x) is about as large as h; in a two-sided difference the errors cancel.",
    ask="For f(x) = x² at 0, what do the two formulas give with h = 0.1?",
    also=[{"down[index] -= h": "", "(2 * h)": "h", "1e-5": step} for step in ("1e-3", "1e-4")],
)
numeric_gradient.bug(
    "not_halved", "(2 * h)", "h",
    "Your derivatives are twice too large: f(x + h) and f(x − h) are 2h apart.",
    ask="How far is it from x − h to x + h?",
    also=other_steps({"(2 * h)": "h"}),
)
numeric_gradient.bug(
    "halved_twice", "(2 * h)", "(4 * h)",
    "Your derivatives are half of what they should be: f(x + h) and f(x − h) are 2h apart, no more.",
    ask="How far is it from x − h to x + h?",
    also=other_steps({"(2 * h)": "(4 * h)"}),
)
numeric_gradient.bug(
    "one_sided_over_two", "down[index] -= h", "",
    "You compare x + h with x, which are h apart, and divide by 2h.",
    ask="Between which two points is your difference taken?",
    also=other_steps({"down[index] -= h": ""}),
)
numeric_gradient.bug(
    "not_divided", " / (2 * h)", "",
    "Your differences are not divided by the distance: they shrink with h, a derivative does not.",
    ask="If h is halved, what should happen to your result?",
    also=other_steps({" / (2 * h)": ""}),
)
numeric_gradient.bug(
    "multiplied_by_h", "(2 * h)", "2 * h",
    "Your differences are halved and then multiplied by h: / and * are evaluated from left to right.",
    ask="What is 8 / 2 * 4 in Python, and what is 8 / (2 * 4)?",
    also=other_steps({"(2 * h)": "2 * h"}),
)
numeric_gradient.bug(
    "sign_turned", "(f(up) - f(down))", "(f(down) - f(up))",
    "Your derivatives have the opposite sign: the value at x + h comes first.",
    ask="For f(x) = x², is the derivative at 1 positive or negative?",
    also=other_steps({"(f(up) - f(down))": "(f(down) - f(up))"}),
)
numeric_gradient.bug(
    "all_moved_at_once", {"up[index] += h": "up += h", "down[index] -= h": "down -= h"},
    "All entries of x move at once: each derivative asks what happens when one entry moves and the others stay.",
    ask="How many entries of x differ between your two calls of f?",
    also=other_steps({"up[index] += h": "up += h", "down[index] -= h": "down -= h"}),
)
numeric_gradient.bug(
    "whole_row_moved", {"up[index] += h": "up[index[0]] += h", "down[index] -= h": "down[index[0]] -= h"},
    "A whole row of x moves at once: each derivative asks what happens when one entry moves and the others stay.",
    ask="What does x[i] mean when x is a table?",
    also=other_steps({"up[index] += h": "up[index[0]] += h", "down[index] -= h": "down[index[0]] -= h"}),
)
numeric_gradient.bug(
    "first_entry_only", LAST_LINE, f"{LAST_LINE}\nreturn grad",
    "Only the first entry has a derivative: the others stay 0.",
    ask="Does a return come too early, or a loop end too early?",
    also=other_steps({LAST_LINE: f"{LAST_LINE}\nreturn grad"}),
)
numeric_gradient.bug(
    "last_entry_left_out", "np.ndindex(x.shape)", "list(np.ndindex(x.shape))[:-1]",
    "The last entry has no derivative: the loop ends one too early.",
    ask="How many entries does x have, and how often does your loop run?",
    also=other_steps({"np.ndindex(x.shape)": "list(np.ndindex(x.shape))[:-1]"}),
)
numeric_gradient.bug(
    "steps_too_large", "1e-5", "0.1",
    "Your step is too large: over such a distance the function bends.",
    ask="What happens to the error when you take a tenth of the step?",
    also=[{"1e-5": "0.01"}],
)
numeric_gradient.bug(
    "flattened", "return grad", "return grad.ravel()",
    "Your gradient has lost its shape: it has the shape of x, one derivative for each entry.",
    ask="Which shape does the docstring promise?",
    also=other_steps({"return grad": "return grad.ravel()"}),
)
MOVES = """
x[index] = before + h
above = f(x)
x[index] = before - h
below = f(x)
x[index] = before
"""
LOWER_LAST = {MOVES: """
x[index] = before + h
above = f(x)
x[index] = before - h
below = f(x)
"""}
UPPER_LAST = {MOVES: """
x[index] = before - h
below = f(x)
x[index] = before + h
above = f(x)
"""}
STEP_BY_STEP = {MOVES: """
x[index] += h
above = f(x)
x[index] -= 2 * h
below = f(x)
"""}

numeric_gradient.bug(
    "x_not_restored",
    STEP_BY_STEP,
    "Your entries are not restored: x is moved, and stays so, for the entries after it and for the caller.",
    ask="After the step to x + h and the step to x − h, what does x hold?",
    also=[UPPER_LAST, LOWER_LAST, *other_steps(STEP_BY_STEP, UPPER_LAST, LOWER_LAST)],
)
numeric_gradient.common(returns_nothing)
