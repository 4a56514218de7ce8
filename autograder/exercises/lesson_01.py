"""A neuron is a hyperplane: distances to a line, ReLU, a dense layer, two of them."""

import numpy as np

from autograder.authoring import case, counting, exercise, integer_result, modifies, returns_nothing
from convlib import reference

LESSON = "01_neuron_is_a_hyperplane"

POINTS = ("point", "coordinate")
UNITS = ("point", "unit")


def points(draw, count, dims, unit=False, biased=True):
    w = draw.array(dims, shift=0.5)
    if unit:
        w = w / np.linalg.norm(w)
    return case(draw.array(count, dims), w, float(draw.bias(1)[0]) if biased else 0.0)


def points_by_hand():
    point, w = np.array([[1.0, 1.0]]), np.array([3.0, 4.0])
    yield case(np.array([[1.0]]), np.array([1.0]), 0.0)
    yield case(np.array([[1.0]]), np.array([2.0]), 0.0)
    yield case(np.array([[1.0]]), np.array([1.0]), 2.0)
    yield case(point, w, 0.0)
    yield case(point, w, 3.0)
    yield case(-point, w, 3.0)
    yield case(np.array([[1.0, 1.0], [-3.0, 1.0]]), w, 3.0)
    yield case(np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 2.0]]), w, -3.0)


# signed_distance


@exercise(
    lesson=LESSON,
    examples=points_by_hand,
    axes={"x": POINTS, "w": ("coordinate",), "": ("point",)},
    hint="Two steps: the score of every point, then the length of w. Which of them changes when w gets longer?",
)
def signed_distance(x, w, b):
    length = np.linalg.norm(w)
    score = x @ w + b
    distance = score / length
    return distance


@signed_distance.way
def point_by_point(x, w, b):
    N, D = x.shape
    distance = np.zeros(N)
    length = np.sqrt(np.sum(w**2))
    for n in range(N):
        score = b
        for d in range(D):
            score += x[n, d] * w[d]
        distance[n] = score / length
    return distance


@signed_distance.requirement("w of length one", points=0.5)
def _(draw):
    yield points(draw, draw.pick(3, 4), 2, unit=True, biased=False)


@signed_distance.requirement("w of any length", points=0.5)
def _(draw):
    yield points(draw, 5, 2, biased=False)
    yield points(draw, 3, 4, biased=False)


@signed_distance.requirement("bias", points=0.5)
def _(draw):
    yield points(draw, draw.pick(4, 6), 2)
    yield points(draw, 2, 3)
    yield case(0.1 * draw.array(3, 1), draw.array(1), draw.pick(2.5, -2.5))
    yield case(np.array([[-0.5, 0.0], [1.0, -1.0]]), np.array([3.0, 4.0]), draw.pick(2.25, 2.5))


@signed_distance.requirement("one point", points=0.25)
def _(draw):
    yield points(draw, 1, draw.pick(3, 5))


signed_distance.keeps_inputs(points=0.25)

signed_distance.bug(
    "not_divided", "score / length", "score",
    "You return the score, not the distance: w·x + b grows with the length of w, while the line stays where it is.",
    ask="If w and b are doubled, which line do they describe, and what happens to your result?",
    also=[{"length = np.linalg.norm(w)": "length = 1.0"}],
)
signed_distance.bug(
    "divided_by_the_square", "np.linalg.norm(w)", "np.sum(w**2)",
    "You divide by the squared length of w: the length is its square root.",
    ask="How long is the vector (3, 4)?",
    also=[{"np.sqrt(np.sum(w**2))": "np.sum(w**2)"}],
)
signed_distance.bug(
    "divided_by_the_sum", "np.linalg.norm(w)", "np.sum(np.abs(w))",
    "You divide by the sum of the weights' magnitudes: the length is the square root of the sum of their squares.",
    ask="How long is the vector (3, 4)?",
    also=[{"np.sqrt(np.sum(w**2))": "np.sum(np.abs(w))"}],
)
signed_distance.bug(
    "divided_by_the_plain_sum", "np.linalg.norm(w)", "np.sum(w)",
    "You divide by the sum of the weights: the length is the square root of the sum of their squares.",
    ask="How long is the vector (3, 4)?",
    also=[{"np.sqrt(np.sum(w**2))": "np.sum(w)"}],
)
signed_distance.bug(
    "divided_by_the_largest", "np.linalg.norm(w)", "np.max(np.abs(w))",
    "You divide by the largest weight: the length is the square root of the sum of the squares.",
    ask="How long is the vector (3, 4)?",
)
signed_distance.bug(
    "divided_by_the_number_of_weights", "np.linalg.norm(w)", "len(w)",
    "You divide by the number of weights: ‖w‖ is a length, the square root of the sum of the squares.",
    ask="How long is the vector (3, 4)?",
    also=[{"np.sqrt(np.sum(w**2))": "len(w)"}],
)
signed_distance.bug(
    "length_of_x", "np.linalg.norm(w)", "np.linalg.norm(x)",
    "You divide by the length of x: the divisor is ‖w‖, because the score grows with the length of w and the distance does not.",
    ask="Which of the three arguments, w, x and b, describe the line?",
)
signed_distance.bug(
    "length_of_each_point", "np.linalg.norm(w)", "np.linalg.norm(x, axis=1)",
    "You divide each score by the length of its point: ‖w‖ is the same for all points.",
    ask="Which of the three arguments, w, x and b, describe the line?",
    also=[{"distance[n] = score / length": "distance[n] = score / np.sqrt(np.sum(x[n] ** 2))"}],
)
signed_distance.bug(
    "bias_in_the_length", "np.linalg.norm(w)", "np.linalg.norm(np.append(w, b))",
    "The bias is in your length: ‖w‖ is the length of w alone. The bias shifts the line, it does not stretch the score.",
    ask="How long is the vector (3, 4), whatever b is?",
)
signed_distance.bug(
    "bias_not_divided", {"x @ w + b": "x @ w", "score / length": "score / length + b"},
    "Your bias is added after the division: the whole score, w·x + b, is divided by ‖w‖.",
    ask="With w = (3, 4) and b = 5, how far is the origin from the line?",
    also=[{"score = b": "score = 0.0", "score / length": "score / length + b"}],
)
signed_distance.bug(
    "only_bias_divided", {"x @ w + b": "x @ w + b / length", "score / length": "score"},
    "Only your bias is divided by ‖w‖: division comes before addition, and the whole score is to be divided.",
    ask="What is 8 + 6 / 2 in Python?",
    also=[{"score = b": "score = b / length", "score / length": "score"}],
)
signed_distance.bug(
    "bias_forgotten", "x @ w + b", "x @ w",
    "The bias is missing: without it every line goes through the origin.",
    ask="What is the distance of the origin, where w·x is 0?",
    also=[{"score = b": "score = 0.0"}],
)
signed_distance.bug(
    "bias_subtracted", "x @ w + b", "x @ w - b",
    "The bias is subtracted: the line is where w·x + b is 0.",
    ask="Put a point on the line, w·x = −b. What do you return?",
    also=[{"score = b": "score = -b"}],
)
signed_distance.bug(
    "two_coordinates_only", "x @ w", "x[:, 0] * w[0] + x[:, 1] * w[1]",
    "Only the first two coordinates count: a point can have any number of them, and w has as many.",
    ask="For the point (1, 1, 1) and w = (2, 2, 1), what is w·x?",
    also=[
        {"x @ w": "x[:, 0] * w[0] + x[:, 1] * w[1]", "np.linalg.norm(w)": "np.sqrt(w[0] ** 2 + w[1] ** 2)"},
        {"range(D)": "range(2)"},
    ],
)
signed_distance.bug(
    "absolute", "score / length", "np.abs(score / length)",
    "Your distance has lost its sign: the sign says on which side of the line a point lies.",
    ask="Two points are equally far from the line, one on each side: what distinguishes them?",
)
signed_distance.bug(
    "sign_turned", "score / length", "-score / length",
    "Your sign is reversed: points on the side that w points to are positive.",
    ask="Walk from the line in the direction of w: does w·x + b grow or shrink?",
)
signed_distance.bug(
    "negative_cut_to_zero", "score / length", "np.maximum(score / length, 0.0)",
    "Negative distances become 0: that is a ReLU, which comes next. Here the other side counts too.",
    ask="What should a point on the far side of the line get?",
)
signed_distance.bug(
    "sign_only", "score / length", "np.sign(score / length)",
    "You return only the side of the line: how far away the point is also counts.",
    ask="What do you return for two points on the same side, one near and one far?",
)
signed_distance.bug(
    "points_averaged", "return distance", "return np.mean(distance)",
    "You return one number: each of the N points has a distance of its own.",
    ask="How many numbers are needed for 4 points?",
)
signed_distance.bug(
    "first_point_only", "return distance", "return distance[0]",
    "You return only the first point's distance: each of the N points has its own.",
    ask="How many numbers are needed for 4 points?",
)
signed_distance.bug(
    "column_instead_of_row", "return distance", "return distance[:, None]",
    "Your result is a table with one column: one number for each point is expected, shape (N,).",
    ask="Which shape does x @ w have when w is (D,)?",
    also=[{"x @ w": "x @ w[:, None]"}],
)
signed_distance.common(
    integer_result,
    modifies("x"),
    returns_nothing,
)


# relu


def values_by_hand():
    yield case(np.array([2.0]))
    yield case(np.array([-2.0]))
    yield case(np.array([0.5]))
    yield case(np.array([-1.0, 2.0, -3.0]))
    yield case(np.array([[-1.0, 2.0], [3.0, -4.0]]))


@exercise(
    lesson=LESSON,
    reference=reference.relu,
    examples=values_by_hand,
    hint="For each value: is it larger than 0? If not, what takes its place?",
)
def relu(x):
    return np.maximum(x, 0.0)


@relu.way
def chosen_by_a_condition(x):
    return np.where(x > 0, x, 0.0)


@relu.way
def negative_cells_set_to_zero(x):
    out = x.copy()
    out[out < 0] = 0.0
    return out


@relu.way
def cell_by_cell(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            out[index] = x[index]
    return out


@relu.requirement("positive values", points=0.25)
def _(draw):
    yield case(np.abs(draw.array(3, draw.pick(4, 5))) + 0.5)
    yield case(np.abs(draw.array(2, 3)) + 7.0)


@relu.requirement("negative values", points=0.25)
def _(draw):
    yield case(draw.array(draw.pick(2, 3), 5, shift=-1.0))
    yield case(np.array([-0.5, 2.5, -3.25, 0.25]) * draw.pick(1.0, 1.5))


@relu.requirement("any shape", points=0.25)
def _(draw):
    yield case(draw.array(2, draw.pick(3, 4), 3, 2))
    yield case(draw.array(draw.pick(5, 6)))


relu.keeps_inputs(points=0.25)

relu.bug(
    "absolute_value", "np.maximum(x, 0.0)", "np.abs(x)",
    "Your negative values lose their sign: a ReLU makes them 0.",
    ask="What is max(−2, 0)?",
    also=[{"np.where(x > 0, x, 0.0)": "np.where(x > 0, x, -x)"}, {"out[out < 0] = 0.0": "out[out < 0] *= -1"}],
)
relu.bug(
    "negative_kept", "np.maximum(x, 0.0)", "x",
    "Nothing changes: negative values are to become 0.",
    ask="What is max(−2, 0)?",
    also=[{"out[out < 0] = 0.0": ""}],
)
relu.bug(
    "smaller_instead_of_larger", "np.maximum(x, 0.0)", "np.minimum(x, 0.0)",
    "Negative values stay and positive ones become 0: it is the other way round.",
    ask="What is max(−2, 0), and what is min(−2, 0)?",
    also=[{"x > 0": "x < 0"}, {"x[index] > 0": "x[index] < 0"}, {"out < 0": "out > 0"}],
)
relu.bug(
    "step_instead_of_ramp", "np.where(x > 0, x, 0.0)", "np.where(x > 0, 1.0, 0.0)",
    "Your positive values become 1: a ReLU leaves them as they are. A step from 0 to 1 is its derivative.",
    ask="What is max(3, 0)?",
    also=[
        {"out[index] = x[index]": "out[index] = 1.0"},
        {"out[out < 0] = 0.0": "out[out < 0] = 0.0\nout[out > 0] = 1.0"},
    ],
)
relu.bug(
    "leaky", "np.where(x > 0, x, 0.0)", "np.where(x > 0, x, 0.01 * x)",
    "Your negative values shrink instead of vanishing: that is the leaky ReLU.",
    ask="What is max(−2, 0)?",
    also=[
        {"np.where(x > 0, x, 0.0)": "np.where(x > 0, x, 0.1 * x)"},
        {"out[out < 0] = 0.0": "out[out < 0] *= 0.01"},
    ],
)
relu.bug(
    "cut_at_one", "np.maximum(x, 0.0)", "np.clip(x, 0.0, 1.0)",
    "Your large values are cut off at 1: a ReLU has no upper limit.",
    ask="What is max(3, 0)?",
    also=[{"out[out < 0] = 0.0": "out[out < 0] = 0.0\nout[out > 1] = 1.0"}],
)
relu.bug(
    "always_zero", "np.maximum(x, 0.0)", "np.zeros(np.shape(x))",
    "Your result is 0 everywhere: positive values are to stay as they are.",
    ask="What is max(3, 0)?",
    also=[{"out[index] = x[index]": "out[index] = 0.0"}],
)
relu.bug(
    "cut_at_six", "np.maximum(x, 0.0)", "np.clip(x, 0.0, 6.0)",
    "Your large values are cut off at 6: a ReLU has no upper limit. Some networks use such a function, ReLU6.",
    ask="What is max(9, 0)?",
    also=[{"out[out < 0] = 0.0": "out[out < 0] = 0.0\nout[out > 6] = 6.0"}],
)
relu.bug(
    "threshold_at_one", "x > 0", "x > 1",
    "Values between 0 and 1 become 0: the ramp starts at 0.",
    ask="What is max(0.5, 0)?",
    also=[{"out < 0": "out < 1"}, {"x[index] > 0": "x[index] > 1"}],
)
relu.bug(
    "negative_cut_to_one", "np.maximum(x, 0.0)", "np.maximum(x, 1.0)",
    "Everything below 1 becomes 1: the smallest result of a ReLU is 0.",
    ask="What is max(−2, 0)?",
    also=[{"out[out < 0] = 0.0": "out[out < 1] = 1.0"}],
)
relu.bug(
    "sigmoid", "np.maximum(x, 0.0)", "1 / (1 + np.exp(-x))",
    "You compute the sigmoid: a ReLU is simpler, it has no exponential.",
    ask="What is max(3, 0)?",
)
relu.bug(
    "negative_dropped", "np.maximum(x, 0.0)", "x[x > 0]",
    "The negative values are gone, and the shape with them: they are to stay in their positions, as 0.",
    ask="How many numbers are returned when six go in?",
)
relu.bug(
    "largest_of_an_axis", "np.maximum(x, 0.0)", "np.max(x, 0)",
    "Rows are compared with rows: in np.max(x, 0) the 0 names an axis, it is not a number to compare with.",
    ask="How many numbers are returned when six go in?",
)
relu.bug(
    "largest_of_all", "np.maximum(x, 0.0)", "max(x.max(), 0.0)",
    "You return one number, the largest: each cell is compared with 0 on its own.",
    ask="How many numbers are returned when six go in?",
)
relu.bug(
    "softplus", "np.maximum(x, 0.0)", "np.log(1 + np.exp(x))",
    "You compute the softplus, a smooth relative of the ReLU: at 0 it is 0.69, not 0.",
    ask="What is max(0.25, 0)?",
)
relu.bug(
    "input_modified", "x.copy()", "x",
    "Your function does more than return its result: it overwrites the negative values in x itself, which belongs to the caller. The backward pass will need them.",
    ask="Is the array that you return a new one, or another name for x?",
)
relu.common(
    integer_result,
    returns_nothing,
)


# absolute_distance


@exercise(
    lesson=LESSON,
    examples=points_by_hand,
    axes={"x": POINTS, "w": ("coordinate",), "": ("point",)},
    hint="One ReLU keeps the positive scores. What must the other one see, so that it keeps the negative ones?",
)
def absolute_distance(x, w, b):
    length = np.linalg.norm(w)
    score = x @ w + b
    near = np.maximum(score, 0.0)
    far = np.maximum(-score, 0.0)
    total = near + far
    distance = total / length
    return distance


@absolute_distance.way
def both_written_out(x, w, b):
    length = np.linalg.norm(w)
    product = x @ w
    near = np.maximum(product + b, 0.0)
    far = np.maximum(-product - b, 0.0)
    total = near + far
    distance = total / length
    return distance


@absolute_distance.requirement("line through the origin", points=0.5)
def _(draw):
    yield points(draw, draw.pick(4, 5), 2, biased=False)
    yield points(draw, 3, 3, biased=False)


@absolute_distance.requirement("line beside the origin", points=1)
def _(draw):
    x = np.array([[-1.0, 0.5], [3.0, 1.0], [0.0, 0.0]])
    w = np.array([2.0, -1.5])
    yield points(draw, draw.pick(5, 7), 2)
    yield points(draw, 4, 3)
    yield case(x, w, draw.pick(1.25, 2.5))
    yield case(x, w, draw.pick(-1.25, -2.5))


@absolute_distance.requirement("points on the line", points=0.25)
def _(draw):
    yield case(np.array([[-2.0, 0.0], [0.0, -4.0], [-1.0, -2.0]]), np.array([2.0, 1.0]), 4.0)


absolute_distance.keeps_inputs(points=0.25)

absolute_distance.bug(
    "bias_not_negated", "-product - b", "-product + b",
    "Your second ReLU keeps + b: that is the slip in the notes. The sign of the whole score changes, including the bias.",
    ask="Put a point on the line, wᵀx = −b. What do your two ReLUs give?",
)
absolute_distance.bug(
    "weights_not_negated", "-product - b", "product - b",
    "Your second ReLU changes the sign of the bias alone: the sign of the whole score changes.",
    ask="Put a point on the far side of the line. What do your two ReLUs give?",
)
absolute_distance.bug(
    "same_side_twice", "-product - b", "product + b",
    "Both your ReLUs look at the same side: the second should see the score with the opposite sign.",
    ask="Put a point on the far side of the line. What do your two ReLUs give?",
    also=[{"-score": "score"}],
)
absolute_distance.bug(
    "near_side_only", "near + far", "near",
    "Only one side of the line has a distance: points on the other get 0.",
    ask="What does one ReLU say about a point where the score is −2?",
)
absolute_distance.bug(
    "far_side_only", "near + far", "far",
    "Only the far side of the line has a distance: points where the score is positive get 0.",
    ask="What does your function say about a point where the score is 2?",
)
absolute_distance.bug(
    "sides_subtracted", "near + far", "near - far",
    "Your distance keeps its sign: the ReLUs are missing, or one of them counts with a minus. One of the two is always 0, so their sum is the magnitude.",
    ask="With a score of −2 the ReLUs are 0 and 2: which operation makes 2 of them?",
)
absolute_distance.bug(
    "always_zero", "near + far", "near * far",
    "Your result is 0 everywhere. Without ReLUs the two scores cancel; with them one of the two is always 0, and so are their product and the smaller of them. Both are first cut off at 0, then added.",
    ask="With a score of −2 the two ReLUs give 0 and 2: which operation makes 2 of them?",
    also=[
        {"near + far": "np.minimum(near, far)"},
        {"np.maximum(score, 0.0)": "score", "np.maximum(-score, 0.0)": "-score"},
        {"np.maximum(product + b, 0.0)": "product + b", "np.maximum(-product - b, 0.0)": "-product - b"},
    ],
)
absolute_distance.bug(
    "not_divided", "total / length", "total",
    "You return the magnitude of the score, not the distance: it grows with the length of w, while the line stays where it is.",
    ask="If w and b are doubled, which line do they describe, and what happens to your result?",
)
absolute_distance.bug("divided_by_the_square", "np.linalg.norm(w)", "np.sum(w**2)", like=signed_distance)
absolute_distance.bug(
    "one_relu_not_divided", {"near + far": "near + far / length", "total / length": "total"},
    "Only one of your two ReLUs is divided by ‖w‖: division comes before addition, and the sum is to be divided.",
    ask="What is 8 + 6 / 2 in Python?",
    also=[{"near + far": "near / length + far", "total / length": "total"}],
)
absolute_distance.bug(
    "bias_forgotten", "x @ w + b", "x @ w",
    like=signed_distance,
    also=[{"product + b": "product", "-product - b": "-product"}],
)
absolute_distance.bug(
    "bias_subtracted", "x @ w + b", "x @ w - b",
    like=signed_distance,
    also=[{"product + b": "product - b", "-product - b": "-product + b"}],
)
absolute_distance.bug(
    "two_coordinates_only", "x @ w", "x[:, 0] * w[0] + x[:, 1] * w[1]",
    like=signed_distance,
    also=[{"x @ w": "x[:, 0] * w[0] + x[:, 1] * w[1]", "np.linalg.norm(w)": "np.sqrt(w[0] ** 2 + w[1] ** 2)"}],
)
absolute_distance.bug(
    "averaged_sides", "near + far", "(near + far) / 2",
    "Your two ReLUs are averaged: one of them is always 0, so their sum is already the magnitude.",
    ask="With a score of −2 the ReLUs are 0 and 2: which operation makes 2 of them?",
)
absolute_distance.common(
    integer_result,
    modifies("x"),
    returns_nothing,
)


# dense


def layers_by_hand():
    sizes = ((1, 1, 1), (1, 2, 1), (1, 1, 2), (2, 1, 1), (1, 2, 2), (2, 2, 2), (2, 3, 2), (3, 2, 3))
    for b in (0.0, 1.0):
        for n, d, m in sizes:
            signs = np.where(np.arange(m) % 2, -1.0, 1.0)
            yield case(counting(n, d), counting(d, m) * signs, b * counting(m))


@exercise(
    lesson=LESSON,
    reference=reference.dense,
    examples=layers_by_hand,
    axes={"x": POINTS, "w": ("coordinate", "unit"), "b": ("unit",), "": UNITS},
    trace="sum",
    hint="Write down the shapes: (N, D) and (D, M) are to give (N, M). Which product of arrays does that?",
)
def dense(x, w, b):
    scores = x @ w
    scores = scores + b
    return scores


@dense.way
def number_by_number(x, w, b):
    N, D = x.shape
    M = w.shape[1]
    scores = np.zeros((N, M))
    for n in range(N):
        for m in range(M):
            total = 0.0
            for d in range(D):
                total += x[n, d] * w[d, m]
            scores[n, m] = total + b[m]
    return scores


def layer(draw, count, dims, units, biased=True):
    b = draw.bias(units) if biased else np.zeros(units)
    return case(draw.array(count, dims), draw.array(dims, units), b)


@dense.requirement("one point", points=0.5)
def _(draw):
    yield layer(draw, 1, 3, draw.pick(2, 4), biased=False)


@dense.requirement("many points", points=0.5)
def _(draw):
    yield layer(draw, draw.pick(4, 5), 3, 2, biased=False)
    yield layer(draw, 2, 3, 6, biased=False)
    yield layer(draw, 4, 3, 3, biased=False)


@dense.requirement("bias", points=0.75)
def _(draw):
    yield layer(draw, 3, 4, draw.pick(2, 3))
    yield layer(draw, 2, 2, 5)
    yield layer(draw, 4, 3, 3)


dense.keeps_inputs(points=0.25)

dense.bug(
    "bias_forgotten", "scores + b", "scores",
    "The bias is missing: after the sum, each unit adds its own number.",
    ask="What should the result be where the whole input is 0?",
    also=[{"total + b[m]": "total"}],
)
dense.bug(
    "bias_for_each_coordinate", "scores + b", "scores + b * x.shape[1]",
    "Your bias is added once for each coordinate: it belongs to the unit, and is added once.",
    ask="If a point has two coordinates, both 0, and the bias is 5, what is the score?",
    also=[{"total += x[n, d] * w[d, m]": "total += x[n, d] * w[d, m] + b[m]", "total + b[m]": "total"}],
)
dense.bug(
    "bias_subtracted", "scores + b", "scores - b",
    "The bias is subtracted: it should be added.",
    ask="What should the result be where the whole input is 0?",
    also=[{"total + b[m]": "total - b[m]"}],
)
dense.bug(
    "bias_multiplied", "scores + b", "scores * b",
    "The sum is multiplied by the bias: the bias should be added.",
    ask="What should the result be where the whole input is 0?",
    also=[{"total + b[m]": "total * b[m]"}],
)
dense.bug(
    "one_bias_for_all", "scores + b", "scores + b[0]",
    "All units use the bias of unit 0: each has its own.",
    ask="Where is b indexed, and with what?",
    also=[{"total + b[m]": "total + b[0]"}],
)
dense.bug(
    "biases_summed", "scores + b", "scores + b.sum()",
    "Every unit adds all the biases: each has its own, one number.",
    ask="What should unit 0 return where the whole input is 0?",
    also=[{"total + b[m]": "total + b.sum()"}],
)
dense.bug(
    "biases_averaged", "scores + b", "scores + b.mean()",
    "Every unit adds the mean of the biases: each has its own, one number.",
    ask="What should unit 0 return where the whole input is 0?",
    also=[{"total + b[m]": "total + b.mean()"}],
)
dense.bug(
    "weights_transposed", "x @ w", "x @ w.T",
    "Your weights are transposed: w already has one row for each coordinate and one column for each unit.",
    ask="Which axis of w is as long as a point of x?",
    also=[{"w[d, m]": "w[m, d]"}],
)
dense.bug(
    "last_product_only", "x @ w", "x[:, -1:] * w[-1]",
    "Only the last coordinate counts: each product overwrites the one before, but they should be added up.",
    ask="What does your sum hold after the first product, and what after the second?",
    also=[{"total +=": "total ="}],
)
dense.bug(
    "first_product_only", "x @ w", "x[:, :1] * w[0]",
    "Only the first coordinate counts: the sum runs over all of them.",
    ask="Does a return come too early, or a loop end too early?",
    also=[{"total += x[n, d] * w[d, m]": "total += x[n, d] * w[d, m]\nbreak"}],
)
dense.bug(
    "averaged", "x @ w", "x @ w / x.shape[1]",
    "Your result is the mean of the products: a unit adds them up.",
    ask="If the point is all twos and the weights are all ones, with 3 coordinates, what is the sum?",
    also=[{"total + b[m]": "total / D + b[m]"}],
)
dense.bug(
    "weights_of_length_one", "x @ w", "x @ (w / np.linalg.norm(w, axis=0))",
    "Your weights are divided by their length: that gives distances. A dense layer returns the scores.",
    ask="Where in the formula of a dense layer is there a division?",
)
dense.bug(
    "relu_inside", "scores + b", "np.maximum(scores + b, 0.0)",
    "Your negative scores are 0: the ReLU is a function of its own, and comes after.",
    ask="What does the formula say about a score of −2?",
    also=[{"return scores": "return np.maximum(scores, 0.0)"}],
)
dense.bug(
    "only_first_point", "range(N)", "range(1)",
    "Only the first point is computed; the others stay 0.",
    ask="Which axis does your function never loop over?",
    also=[{"scores = scores + b": "scores[0] += b\nscores[1:] = 0.0"}],
)
dense.bug(
    "points_summed", "return scores", "return scores.sum(axis=0)",
    "The points are added up: each has its own scores, one row of the result.",
    ask="How many rows are returned when four points go in?",
)
dense.bug(
    "output_transposed", "return scores", "return scores.T",
    "Rows and columns of your result are swapped: one row for each point is expected.",
    ask="How many rows are returned when four points go in?",
)
dense.common(
    integer_result,
    modifies("x"),
    returns_nothing,
)


# two_layer_scores


def nets_by_hand():
    x = np.array([[1.0, -1.0]])
    w1 = np.array([[1.0, 2.0], [2.0, 1.0]])
    yield case(x, w1, np.zeros(2), np.array([[1.0], [1.0]]), np.zeros(1))
    yield case(x, w1, np.array([3.0, -3.0]), np.array([[1.0], [2.0]]), np.array([-5.0]))
    yield case(
        np.array([[2.0, 1.0], [-1.0, 3.0]]),
        np.array([[1.0, -1.0], [0.0, 2.0]]),
        np.array([-1.0, 1.0]),
        np.array([[1.0, 2.0], [-1.0, 1.0]]),
        np.array([0.5, -0.5]),
    )


@exercise(
    lesson=LESSON,
    examples=nets_by_hand,
    axes={
        "x": POINTS,
        "w1": ("coordinate", "hidden unit"),
        "w2": ("hidden unit", "score"),
        "": ("point", "score"),
    },
    hint="You have all three pieces: dense, relu, dense. Which of them goes where?",
)
def two_layer_scores(x, w1, b1, w2, b2):
    hidden = x @ w1
    hidden = hidden + b1
    hidden = np.maximum(hidden, 0.0)
    scores = hidden @ w2
    scores = scores + b2
    return scores


@two_layer_scores.way
def with_dense_and_relu(x, w1, b1, w2, b2):
    hidden = dense(x, w1, b1)
    hidden = relu(hidden)
    scores = dense(hidden, w2, b2)
    return scores


@two_layer_scores.requirement("without biases", points=0.5)
def _(draw):
    x = draw.array(draw.pick(3, 4), 2)
    yield case(x, draw.array(2, 4), np.zeros(4), draw.array(4, 3), np.zeros(3))


@two_layer_scores.requirement("biases of the hidden units", points=0.5)
def _(draw):
    x = draw.array(draw.pick(4, 5), 3)
    yield case(x, draw.array(3, 5), draw.bias(5), draw.array(5, 2), np.zeros(2))


@two_layer_scores.requirement("all of it at once", points=0.75)
def _(draw):
    for n, d, hidden, m in ((draw.pick(4, 6), 2, 5, 3), (1, 4, 3, 2), (3, 3, 4, 4)):
        x = draw.array(n, d)
        yield case(x, draw.array(d, hidden), draw.bias(hidden), draw.array(hidden, m), draw.bias(m))


two_layer_scores.keeps_inputs(points=0.25)

two_layer_scores.bug(
    "ramp_left_out", "hidden = np.maximum(hidden, 0.0)", "",
    "There is no ReLU between your two layers: without it they are together one layer, and one layer is one hyperplane for each score.",
    ask="What is (x @ w1) @ w2 if you multiply w1 @ w2 first?",
    also=[{"hidden = relu(hidden)": ""}],
)
two_layer_scores.bug(
    "ramp_at_the_end_too", "return scores", "return np.maximum(scores, 0.0)",
    "Your scores go through a ReLU too: a score may be negative, and a negative score means no.",
    ask="After which of the two layers does the formula have a max?",
)
two_layer_scores.bug(
    "ramp_at_the_end_only",
    {"hidden = np.maximum(hidden, 0.0)": "", "return scores": "return np.maximum(scores, 0.0)"},
    "Your ReLU comes after the second layer: it belongs between the two.",
    ask="After which of the two layers does the formula have a max?",
    also=[{"hidden = relu(hidden)": "", "return scores": "return relu(scores)"}],
)
two_layer_scores.bug(
    "ramp_before", "x @ w1", "np.maximum(x, 0.0) @ w1",
    "Your ReLU is applied to the inputs too: a coordinate may be negative, depending on where the point lies.",
    ask="After which of the two layers does the formula have a max?",
    also=[{"dense(x, w1, b1)": "dense(relu(x), w1, b1)"}],
)
two_layer_scores.bug(
    "ramp_before_the_bias",
    "hidden = hidden + b1\nhidden = np.maximum(hidden, 0.0)",
    "hidden = np.maximum(hidden, 0.0)\nhidden = hidden + b1",
    "Your ReLU comes before the biases of the hidden units: the whole score goes through it.",
    ask="Where is the closing bracket of the ReLU in the formula?",
)
two_layer_scores.bug(
    "absolute_instead", "np.maximum(hidden, 0.0)", "np.abs(hidden)",
    "Your hidden units give the magnitude of their score: a ReLU makes negative ones 0.",
    ask="What is max(−2, 0)?",
)
two_layer_scores.bug(
    "ramp_turned", "np.maximum(hidden, 0.0)", "np.minimum(hidden, 0.0)",
    "Your hidden units keep the negative scores: a ReLU keeps the positive ones.",
    ask="What is max(−2, 0)?",
)
two_layer_scores.bug(
    "steps_instead_of_ramps", "np.maximum(hidden, 0.0)", "(hidden > 0).astype(float)",
    "Your hidden units say only yes or no: a ReLU also says how far the point is beyond the line.",
    ask="What is max(3, 0)?",
)
two_layer_scores.bug(
    "sigmoid_instead", "np.maximum(hidden, 0.0)", "1 / (1 + np.exp(-hidden))",
    "Your hidden units use the sigmoid: the formula has a ReLU.",
    ask="What is max(3, 0)?",
)
two_layer_scores.bug(
    "tanh_instead", "np.maximum(hidden, 0.0)", "np.tanh(hidden)",
    "Your hidden units use tanh: the formula has a ReLU.",
    ask="What is max(3, 0)?",
)
two_layer_scores.bug(
    "first_bias_forgotten", "hidden = hidden + b1", "",
    "The biases of the hidden units are missing: their lines all go through the origin.",
    ask="What do your hidden units give where the input is 0?",
)
two_layer_scores.bug(
    "second_bias_forgotten", "scores = scores + b2", "",
    "The biases of the scores are missing.",
    ask="What should the scores be where all hidden units are 0?",
)
two_layer_scores.bug(
    "hidden_comes_back", "return scores", "return hidden",
    "You return the hidden units: the second layer's scores are expected.",
    ask="How many numbers does each point get when w2 has three columns?",
)
two_layer_scores.bug(
    "softmax_at_the_end",
    "return scores",
    "powers = np.exp(scores - scores.max(axis=1, keepdims=True))\nreturn powers / powers.sum(axis=1, keepdims=True)",
    "Your scores have gone through a softmax: that comes with the loss, in lesson 02.",
    ask="What does the formula do after adding b2?",
)
two_layer_scores.common(
    integer_result,
    modifies("x"),
    returns_nothing,
)
