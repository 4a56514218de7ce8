"""Trained: a network that learns to read glyphs, and what shifting does to it."""

import numpy as np

from autograder.authoring import (
    FILTERS,
    MAPS,
    VOLUME,
    NamedFunction,
    PreviousResult,
    case,
    exercise,
    modifies,
    returns_nothing,
)
from autograder.exercises.lesson_11 import conv2d_backward_im2col, conv2d_im2col
from convlib.fast import (
    dense,
    dense_backward,
    max_pool2d,
    max_pool2d_backward,
    relu,
    relu_backward,
    softmax_cross_entropy,
)

LESSON = "12_trained"


# convnet_forward


def network(draw, channels, first, second, classes):
    """Parameters of a network; the last filter is silent: its bias is so low that its map never passes 0."""
    b2 = draw.bias(second)
    if second > 1:
        b2[-1] = -60.0
    return {
        "w1": draw.array(3, 3, channels, first),
        "b1": draw.bias(first),
        "w2": draw.array(3, 3, first, second),
        "b2": b2,
        "w3": draw.array(second, classes),
        "b3": draw.bias(classes),
    }


def by_hand():
    """One filter in each layer that keeps the middle of its window, on images of few cells."""
    middle = np.zeros((3, 3, 1, 1))
    middle[1, 1] = 1.0
    for x, b1 in (([[2.0]], 0.0), ([[3.0, -2.0]], 0.0), ([[1.0, 2.0]], 1.0), ([[1.0, -4.0], [3.0, 2.0]], -2.0)):
        params = {"w1": 2 * middle, "b1": np.array([b1]), "w2": middle, "b2": np.array([-1.0])}
        yield params | {"w3": np.array([[1.0, -2.0]]), "b3": np.array([0.0, 1.0])}, np.array(x)[None, :, :, None]


def small_forward():
    for params, x in by_hand():
        yield case(params, x)


def on_magnitudes(params, x):
    """The largest number of the network in which nothing cancels."""
    steps = forward_of({name: np.abs(value) for name, value in params.items()}, np.abs(x))
    return max(float(np.max(np.abs(step), initial=0.0)) for step in steps)


@exercise(
    lesson=LESSON,
    examples=small_forward,
    axes={"x": VOLUME, "s1": MAPS, "h1": MAPS, "s2": MAPS, "h2": MAPS, "top": ("image", "map"), "scores": ("image", "class")},
    results=("s1", "h1", "s2", "h2", "top", "scores"),
    error_scale=on_magnitudes,
    hint=(
        "One line for each result; each line reads the result of the line before.",
        "The pool's window is as large as the map: size may be a pair, (rows, columns). What it gives has the shape (N, 1, 1, filters).",
    ),
)
def convnet_forward(params, x):
    s1 = conv2d_im2col(x, params["w1"], params["b1"], pad=1)
    h1 = relu(s1)
    s2 = conv2d_im2col(h1, params["w2"], params["b2"], pad=1)
    h2 = relu(s2)
    pooled = max_pool2d(h2, size=h2.shape[1:3])
    top = pooled.reshape(len(x), -1)
    scores = dense(top, params["w3"], params["b3"])
    return s1, h1, s2, h2, top, scores


@convnet_forward.way
def with_numpy(params, x):
    s1 = conv2d_im2col(x, params["w1"], params["b1"], pad=1)
    h1 = np.maximum(s1, 0.0)
    s2 = conv2d_im2col(h1, params["w2"], params["b2"], pad=1)
    h2 = np.maximum(s2, 0.0)
    top = h2.max(axis=(1, 2))
    scores = top @ params["w3"] + params["b3"]
    return s1, h1, s2, h2, top, scores


def forward_of(params, x):
    """What convnet_forward returns."""
    return convnet_forward(params, x)


def networks(draw):
    yield case(network(draw, 1, 2, 3, 2), draw.array(2, draw.pick(6, 7), 5, 1))
    yield case(network(draw, 3, 2, 4, 3), draw.array(3, 5, draw.pick(6, 7), 3))
    yield case(network(draw, 2, 3, 1, 4), draw.array(1, draw.pick(5, 7), 6, 2))


for result, points in {"s1": 0.5, "h1": 0.5, "s2": 0.5, "h2": 0.5, "top": 1, "scores": 0.75}.items():
    convnet_forward.requirement(result, points=points, result=result, cases=networks)
convnet_forward.keeps_inputs(points=0.25)

convnet_forward.bug(
    "first_relu_missing", "h1 = relu(s1)", "h1 = s1",
    "The first ReLU does nothing: h1 equals s1. Two convolutions with nothing between them are one.",
    ask="What does ReLU make of −2, and what is in your h1 there?",
)
convnet_forward.bug(
    "second_relu_missing", "h2 = relu(s2)", "h2 = s2",
    "The second ReLU does nothing: h2 equals s2.",
    ask="What does ReLU make of −2, and what is in your h2 there?",
)
convnet_forward.bug(
    "second_convolution_reads_s1", "conv2d_im2col(h1", "conv2d_im2col(s1",
    "Your second convolution reads s1: what the first ReLU did is lost.",
    ask="Which array does each line read? Follow the data from x to the scores.",
)
convnet_forward.bug(
    "pool_reads_s2", "max_pool2d(h2, size=h2.shape[1:3])", "max_pool2d(s2, size=h2.shape[1:3])",
    "Your pool reads s2: a map that is negative everywhere then passes on a negative number, and after ReLU it is 0.",
    ask="What is the largest number of a map that ReLU made 0 everywhere?",
    also=[{"h2.max(axis=(1, 2))": "s2.max(axis=(1, 2))"}],
)
convnet_forward.bug(
    "mean_of_the_map", "h2.max(axis=(1, 2))", "h2.mean(axis=(1, 2))",
    "Your pool averages: the largest number of each map is asked for.",
    ask="A map is 0 but for one cell of 8: what should the pool pass on?",
)
convnet_forward.bug(
    "largest_of_all_maps", "h2.max(axis=(1, 2))", "h2.max(axis=(1, 2, 3), keepdims=True)[:, 0, 0] * np.ones(h2.shape[3])",
    "Your pool takes the largest number of all maps: each map has a number of its own.",
    ask="How many numbers does the pool pass on for one image with 16 maps?",
    also=[{"h2.max(axis=(1, 2))": "h2.max(axis=(1, 2, 3))"}],
)
convnet_forward.bug(
    "top_keeps_four_axes", "h2.max(axis=(1, 2))", "h2.max(axis=(1, 2), keepdims=True)",
    "Your `top` still has axes for rows and columns: a dense layer reads one row of numbers for each image.",
    ask="What is the shape of the pool's result, and what does dense expect?",
    also=[
        {
            "top = pooled.reshape(len(x), -1)": "top = pooled",
            "dense(top, params": "dense(top.reshape(len(x), -1), params",
        },
    ],
)
convnet_forward.bug(
    "relu_on_the_scores", "scores = dense(top, params[\"w3\"], params[\"b3\"])", "scores = relu(dense(top, params[\"w3\"], params[\"b3\"]))",
    "Your scores go through ReLU: a class that is unlikely has a negative score, and that says something.",
    ask="Which layers of the list are followed by ReLU?",
)
convnet_forward.bug(
    "probabilities", "return s1, h1, s2, h2, top, scores",
    "p = np.exp(scores - scores.max(axis=1, keepdims=True))\nreturn s1, h1, s2, h2, top, p / p.sum(axis=1, keepdims=True)",
    "You return probabilities: the loss of lesson 02 takes scores and makes probabilities itself.",
    ask="What does softmax_cross_entropy take first?",
)
convnet_forward.bug(
    "padding_forgotten",
    {
        "conv2d_im2col(x, params[\"w1\"], params[\"b1\"], pad=1)": "conv2d_im2col(x, params[\"w1\"], params[\"b1\"])",
        "conv2d_im2col(h1, params[\"w2\"], params[\"b2\"], pad=1)": "conv2d_im2col(h1, params[\"w2\"], params[\"b2\"])",
    },
    "Your maps shrink: without padding a 3×3 window leaves a row and a column out on each side.",
    ask="With 16 rows and windows of 3, how many positions are there without padding, and with pad 1?",
)
convnet_forward.bug(
    "first_padding_forgotten", "params[\"b1\"], pad=1)", "params[\"b1\"])",
    "Your first convolution has no padding: its maps are smaller than the image.",
    ask="With 16 rows and windows of 3, how many positions are there without padding, and with pad 1?",
)
convnet_forward.bug(
    "second_padding_forgotten", "params[\"b2\"], pad=1)", "params[\"b2\"])",
    "Your second convolution has no padding: its maps are smaller than the first ones.",
    ask="With 16 rows and windows of 3, how many positions are there without padding, and with pad 1?",
)
convnet_forward.bug(
    "scores_only", "return s1, h1, s2, h2, top, scores", "return scores",
    "You return the scores alone: the backward pass needs every step on the way.",
    ask="Which six things does the docstring promise?",
)
convnet_forward.common(modifies("x"), returns_nothing)


# convnet_backward


def small_backward():
    for params, x in by_hand():
        yield case(params, x, forward_of(params, x), np.array([[1.0, 0.0]]))
        yield case(params, x, forward_of(params, x), np.array([[2.0, 3.0]]))


def backward_on_magnitudes(params, x, steps, dscores):
    """The largest gradient where nothing cancels and no ReLU closes."""
    positive = {name: np.abs(value) for name, value in params.items()}
    grads = backward_of(positive, np.abs(x), tuple(np.abs(step) for step in steps), np.abs(dscores))
    return max(float(np.max(np.abs(grad), initial=0.0)) for grad in grads)


@exercise(
    lesson=LESSON,
    examples=small_backward,
    axes={"x": VOLUME, "dx": VOLUME, "dscores": ("image", "class"), "dw1": FILTERS, "dw2": FILTERS},
    results=("dx", "dw1", "db1", "dw2", "db2", "dw3", "db3"),
    error_scale=backward_on_magnitudes,
    hint=(
        "Read your forward pass from the last line to the first: each line has its backward function, and that gets the gradient which the line below it sent up.",
        "dense_backward gives the gradient of top, (N, filters); max_pool2d_backward expects it in the shape of the pool's result, (N, 1, 1, filters).",
    ),
)
def convnet_backward(params, x, steps, dscores):
    s1, h1, s2, h2, top, _ = steps
    dtop, dw3, db3 = dense_backward(dscores, top, params["w3"])
    dpooled = dtop.reshape(len(x), 1, 1, -1)
    dh2 = max_pool2d_backward(dpooled, h2, size=h2.shape[1:3])
    ds2 = relu_backward(dh2, s2)
    dh1, dw2, db2 = conv2d_backward_im2col(ds2, h1, params["w2"], pad=1)
    ds1 = relu_backward(dh1, s1)
    dx, dw1, db1 = conv2d_backward_im2col(ds1, x, params["w1"], pad=1)
    return dx, dw1, db1, dw2, db2, dw3, db3


def backward_of(params, x, steps, dscores):
    """What convnet_backward returns."""
    return convnet_backward(params, x, steps, dscores)


def backwards(draw):
    for asked in networks(draw):
        params, x = asked.args
        steps = forward_of(params, x)
        yield case(params, x, steps, draw.array(*steps[-1].shape))


for result, points in {"dw3": 0.5, "db3": 0.5, "dw2": 0.75, "db2": 0.5, "dw1": 0.75, "db1": 0.5, "dx": 1}.items():
    convnet_backward.requirement(result, points=points, result=result, cases=backwards)
convnet_backward.keeps_inputs(points=0.5)

convnet_backward.bug(
    "first_relu_skipped", "ds1 = relu_backward(dh1, s1)", "ds1 = dh1",
    "The gradient passes the first ReLU as if it were not there: where s1 is negative, nothing flows back.",
    ask="Which of your lines undoes the line h1 = relu(s1)?",
)
convnet_backward.bug(
    "second_relu_skipped", "ds2 = relu_backward(dh2, s2)", "ds2 = dh2",
    "The gradient passes the second ReLU as if it were not there. It shows only where a map is silent everywhere: there the pool picks a cell that ReLU had closed.",
    ask="Which of your lines undoes the line h2 = relu(s2)?",
)
convnet_backward.bug(
    "both_relus_skipped", {"ds1 = relu_backward(dh1, s1)": "ds1 = dh1", "ds2 = relu_backward(dh2, s2)": "ds2 = dh2"},
    "The gradient passes both ReLUs as if they were not there: where s1 or s2 is negative, nothing flows back.",
    ask="The forward pass has seven lines: which of yours undoes which of them?",
)
convnet_backward.bug(
    "second_convolution_read_s1", "conv2d_backward_im2col(ds2, h1", "conv2d_backward_im2col(ds2, s1",
    "Your dw2 is made from s1: the second convolution read h1.",
    ask="What did the second convolution read in the forward pass?",
)
convnet_backward.bug(
    "pool_gradient_spread",
    "dh2 = max_pool2d_backward(dpooled, h2, size=h2.shape[1:3])",
    "dh2 = dpooled * np.ones(h2.shape) / (h2.shape[1] * h2.shape[2])",
    "The pool's gradient is spread over the map: the largest cell alone was passed on, so it alone gets the gradient.",
    ask="If a cell that is not the largest of its map changes a little, do the scores?",
)
convnet_backward.bug(
    "pool_gradient_everywhere",
    "dh2 = max_pool2d_backward(dpooled, h2, size=h2.shape[1:3])", "dh2 = dpooled * np.ones(h2.shape)",
    "Every cell of a map gets the pool's whole gradient: the largest cell alone was passed on, so it alone gets the gradient.",
    ask="If a cell that is not the largest of its map changes a little, do the scores?",
)
convnet_backward.bug(
    "pool_left_out_of_the_batch", "dtop.reshape(len(x), 1, 1, -1)", "dtop.T.reshape(len(x), 1, 1, -1)",
    "The gradients of the maps land on the wrong maps: a reshape keeps the order of the numbers, and yours had them transposed.",
    ask="In which order does dtop hold images and maps, and in which order must the pool's gradient?",
)
convnet_backward.bug(
    "upstream_ignored", "dense_backward(dscores, top", "dense_backward(np.ones(dscores.shape), top",
    "Your gradients do not depend on dscores: that is where the backward pass begins.",
    ask="What would all gradients be if dscores were 0?",
)
convnet_backward.bug(
    "stops_at_the_first_maps", "return dx, dw1", "return ds1, dw1",
    "Your dx is the gradient of the first maps: the way goes one convolution further, to the image.",
    ask="What is the shape of the image, and of your dx?",
)
convnet_backward.bug(
    "last_layer_first", "return dx, dw1, db1, dw2, db2, dw3, db3", "return dw3, db3, dw2, db2, dw1, db1, dx",
    "You return the gradients in the order in which they are computed: expected dx first, then layer by layer from the image on.",
    ask="In which order does the docstring name the results?",
)
convnet_backward.bug(
    "layers_from_the_last", "return dx, dw1, db1, dw2, db2, dw3, db3", "return dx, dw3, db3, dw2, db2, dw1, db1",
    "The layers come in reverse order: after dx, expected dw1 and db1 first and dw3 and db3 last.",
    ask="In which order does the docstring name the results?",
)
convnet_backward.bug(
    "biases_after_the_weights", "return dx, dw1, db1, dw2, db2, dw3, db3", "return dx, dw1, dw2, dw3, db1, db2, db3",
    "You return all weights first and then all biases: expected each layer's weights with its biases.",
    ask="In which order does the docstring name the results?",
)
convnet_backward.bug(
    "image_forgotten", "return dx, dw1", "return dw1",
    "The gradient of the image is missing: training does not need it, lesson 14 does.",
    ask="Which seven things does the docstring promise?",
)
convnet_backward.common(modifies("x"), modifies("dscores", "dscores_modified"), returns_nothing)


# convnet_loss


def small_losses():
    for params, x in by_hand():
        yield case(params, x, np.array([0]))
        yield case(params, x, np.array([1]))


def loss_on_magnitudes(params, x, labels):
    """A loss has gradients of at most 1 with respect to each score."""
    steps = tuple(np.abs(step) for step in forward_of({k: np.abs(v) for k, v in params.items()}, np.abs(x)))
    return max(float(steps[-1].max(initial=1.0)), backward_on_magnitudes(params, x, steps, np.ones(steps[-1].shape)))


@exercise(
    lesson=LESSON,
    examples=small_losses,
    axes={"x": VOLUME},
    results=("loss", "grads"),
    error_scale=loss_on_magnitudes,
    hint=(
        "Three calls: forward to the scores, the loss with its gradient, and backward from there.",
        "convnet_backward returns dx first, and then the gradients in the order of params: dict(zip(names, arrays)) puts names to them.",
    ),
)
def convnet_loss(params, x, labels):
    steps = convnet_forward(params, x)
    scores = steps[-1]
    loss, dscores = softmax_cross_entropy(scores, labels)
    grads = convnet_backward(params, x, steps, dscores)
    return loss, dict(zip(params, grads[1:], strict=True))


@convnet_loss.way
def name_by_name(params, x, labels):
    steps = convnet_forward(params, x)
    scores = steps[-1]
    loss, dscores = softmax_cross_entropy(scores, labels)
    dx, dw1, db1, dw2, db2, dw3, db3 = convnet_backward(params, x, steps, dscores)
    grads = {"w1": dw1, "b1": db1, "w2": dw2, "b2": db2, "w3": dw3, "b3": db3}
    return loss, grads


def losses(draw):
    """Labels that are not the largest scores, so that the two cannot be taken for each other."""
    for asked in networks(draw):
        params, x = asked.args
        scores = forward_of(params, x)[-1]
        yield case(params, x, scores.argmin(axis=1))


convnet_loss.requirement("the loss", points=1, result="loss", cases=losses)
convnet_loss.requirement("a gradient for each parameter", points=1.5, result="grads", cases=losses)
convnet_loss.keeps_inputs(points=0.5)

convnet_loss.bug(
    "gradients_shifted_by_one", "dict(zip(params, grads[1:], strict=True))", "dict(zip(params, grads))",
    "Your names are shifted by one: the first of the seven gradients is that of the image, and no parameter's.",
    ask="How many arrays does convnet_backward return, and how many parameters are there?",
)
convnet_loss.bug(
    "largest_scores_as_labels", "softmax_cross_entropy(scores, labels)", "softmax_cross_entropy(scores, scores.argmax(axis=1))",
    "Your loss takes the network's own answers for the labels: it praises whatever the network says.",
    ask="Where in your function does `labels` appear?",
)
convnet_loss.bug(
    "loss_summed", "loss, dscores = softmax_cross_entropy(scores, labels)",
    "loss, dscores = softmax_cross_entropy(scores, labels)\nloss, dscores = loss * len(x), dscores * len(x)",
    "Your loss is the sum over the images: softmax_cross_entropy has taken the mean already.",
    ask="With twice as many images of the same kind, how large is your loss?",
)
convnet_loss.bug(
    "divided_again", "loss, dscores = softmax_cross_entropy(scores, labels)",
    "loss, dscores = softmax_cross_entropy(scores, labels)\nloss, dscores = loss / len(x), dscores / len(x)",
    "You divide by the number of images once more: softmax_cross_entropy has taken the mean already.",
    ask="With twice as many images of the same kind, how large is your loss?",
)
convnet_loss.bug(
    "upstream_of_ones", "convnet_backward(params, x, steps, dscores)", "convnet_backward(params, x, steps, np.ones(scores.shape))",
    "Your backward pass does not start from the loss: dscores is what softmax_cross_entropy returned beside it.",
    ask="Which of your lines uses dscores?",
)
convnet_loss.bug(
    "scores_sent_back", "convnet_backward(params, x, steps, dscores)", "convnet_backward(params, x, steps, scores)",
    "Your backward pass starts from the scores: it starts from the gradient of the loss with respect to them.",
    ask="Which of your lines uses dscores?",
)
convnet_loss.bug(
    "last_layer_only", "return loss, grads", 'return loss, {"w3": dw3, "b3": db3}',
    "Only the last layer has gradients: the others would never learn.",
    ask="How many names does params have?",
)
convnet_loss.bug(
    "image_gradient_too", "return loss, grads", 'return loss, {"x": dx, **grads}',
    "Your gradients have one that no parameter has: an update goes through the parameters' names.",
    ask="Which names does params have?",
)
convnet_loss.bug(
    "gradients_without_names", "return loss, grads", "return loss, (dw1, db1, dw2, db2, dw3, db3)",
    "Your gradients have no names: sgd_step looks each of them up by the name of its parameter.",
    ask="What does grads[name] give in lesson 03?",
)
convnet_loss.bug(
    "order_swapped", "return loss, grads", "return grads, loss",
    "The two results are in each other's position: the loss comes first.",
    ask="In which order does the docstring name them?",
)
convnet_loss.bug(
    "gradients_only", "return loss, grads", "return grads",
    "You return the gradients alone: `train` keeps the losses.",
    ask="Which two things does the docstring promise?",
)
convnet_loss.common(modifies("x"), modifies("labels", "labels_modified"), returns_nothing)


# train_convnet

# A dense network of three times the size stays below a half; on forty sets of glyphs the worst convolutional
# one of five epochs read 78 %, half of them more than 97 %.
ENOUGH = 0.7


def predicted(values, expected):
    """The predicted labels, or what is wrong with them.

    Args:
        values: what train_convnet returned, and what its predict returned.
        expected: how many labels there must be.
    """
    if len(values) < 2:
        return "your train_convnet must return a function: predict(pictures) gives their labels"
    try:
        labels = np.asarray(values[1])
    except ValueError:
        return "your predict must return an array, one label for each image"
    if labels.shape != (expected,):
        return f"your predict returned the shape {labels.shape} for {expected} images; expected one label for each"
    if labels.dtype.kind not in "iuf":
        return "your predict must return numbers, one label for each image"
    return labels


def are_labels(expected, classes):
    """A rule: so many labels, each of them the number of a class."""

    def rule(values):
        labels = predicted(values, expected)
        if isinstance(labels, str):
            return labels
        if not np.isin(labels, np.arange(classes)).all():
            return f"your predict returned something other than the labels 0 to {classes - 1}"
        return None

    return rule


def are_right(right):
    """A rule: enough of the labels are right."""

    def rule(values):
        labels = predicted(values, len(right))
        if isinstance(labels, str):
            return labels
        accuracy = float(np.mean(labels == right))
        if accuracy >= ENOUGH:
            return None
        told = f"{accuracy:.0%} of {len(right)} new images were classified correctly; expected at least {ENOUGH:.0%}"
        if len(np.unique(labels)) == 1:
            return f"{told}. Every image got the same label: has the network learned anything?"
        if accuracy < 0.3:
            return f"{told}. That is hardly better than guessing: do the losses fall at all?"
        if accuracy < 0.55:
            return f"{told}. A dense network gets that far: is there a convolution in yours, and a pool?"
        return f"{told}. Try more epochs, more filters, or pooling over all positions at the end"

    return rule


def training(draw, images, tested, rule):
    """A case that trains on so many glyphs and predicts the labels of others, decided by rule(their labels)."""
    from convlib.datasets import glyphs

    seed = int(draw.rng.integers(1, 10_000))
    x, y = glyphs(images, seed=seed)
    x_test, y_test = glyphs(tested, seed=seed + 10_000)
    return case(x, y, seed=0).and_then(PreviousResult(0), x_test).accepted_by(rule(y_test))


@exercise(
    lesson=LESSON,
    hint=(
        "Convolution, ReLU, pool; once more; then the largest value of each map, and a dense layer with six scores.",
        "Watch the loss. If it jumps about, take smaller steps; if it creeps, take larger ones.",
    ),
    seconds=60.0,
)
def train_convnet(x, y, seed=0):
    from convlib.layers import Conv2D, Dense, GlobalMaxPool2D, MaxPool2D, ReLU, Sequential
    from convlib.training import SGD, fit

    layers = [
        Conv2D(8, 3, padding="same"),
        ReLU(),
        MaxPool2D(2),
        Conv2D(16, 3, padding="same"),
        ReLU(),
        GlobalMaxPool2D(),
        Dense(6),
    ]
    model = Sequential(layers, input_shape=x.shape[1:], seed=seed)
    fit(model, x, y, epochs=6, batch_size=32, optimizer=SGD(0.03, momentum=0.9), seed=seed, progress=False)
    return model.classify


@train_convnet.requirement("returns labels", points=1)
def _(draw):
    yield training(draw, 48, 7, lambda right: are_labels(7, 6))


@train_convnet.requirement("reads pictures it has never seen", points=4)
def _(draw):
    yield training(draw, 1500, 500, are_right)


# Whole functions: naming them must not train a network.


@train_convnet.wrong(
    "same_label_for_all",
    "Your predict gives every image the same label: nothing was learned, or nothing of it is used.",
    ask="How does your network's loss change from the first step to the last?",
)
def untrained(x, y, seed=0):
    return lambda pictures: np.zeros(len(pictures), dtype=int)


@train_convnet.wrong(
    "scores_instead_of_labels",
    "Your predict returns scores, one for each class: the label is the class with the largest.",
    ask="Which function tells you where the largest number of a row is?",
)
def scores(x, y, seed=0):
    return lambda pictures: np.zeros((len(pictures), 6))


# equivariance_gap


def small_gaps():
    for name, rows, shift in (
        ("row_differences", 3, 1),
        ("brighter_below", 2, 1),
        ("brighter_below", 3, 1),
        ("row_differences", 4, 2),
        ("every_second_row", 4, 1),
        ("every_second_row", 6, 1),
        ("brighter_below", 3, 0),
        ("brighter_below", 4, 2),
    ):
        yield case(NamedFunction(name), (1.0 + np.arange(rows, dtype=float) ** 2).reshape(1, rows, 1, 1), shift)


def ten_times_the_largest(f, x, shift):
    """No function that is tried makes more of a pixel than ten times."""
    return 10.0 * float(np.abs(x).max(initial=1.0))


@exercise(
    lesson=LESSON,
    examples=small_gaps,
    axes={"x": VOLUME},
    error_scale=ten_times_the_largest,
    hint=(
        "Two maps: f of the image, and f of the image moved down. Row i of the first should be row i + shift of the second.",
        "The first map knows nothing of what came in at the top, and the second nothing of what went out at the bottom.",
    ),
)
def equivariance_gap(f, x, shift):
    moved = np.zeros(x.shape)
    moved[:, shift:] = x[:, : x.shape[1] - shift]
    before = f(x)
    after = f(moved)
    kept = before.shape[1] - shift
    before = before[:, :kept]
    after = after[:, shift:]
    distances = np.abs(after - before)
    gap = np.max(distances, initial=0.0)
    return float(gap)


# The largest difference lies in the last row that both maps know, or, the other way round, in the first.
ROWS = np.array([1.0, 3.0, 9.0, 27.0, 27.0])[:, None, None]


def gaps(draw, name, *rows):
    """Images and channels that grow from the first to the last, so that none of them can be left out."""
    for shape, shift in rows:
        growing = np.arange(1.0, 1.0 + shape[0])[:, None, None, None] * np.arange(1.0, 1.0 + 2 * shape[3], 2)
        yield case(NamedFunction(name), draw.array(*shape, shift=0.5) * growing, shift)


@equivariance_gap.requirement("a function that moves along", points=0.75)
def _(draw):
    yield from gaps(draw, "row_differences", ((1, 6, draw.pick(3, 4), 1), 1), ((2, 7, 4, 2), 2))
    yield from gaps(draw, "darker_above", ((2, 6, 3, 2), draw.pick(1, 2)))


@equivariance_gap.requirement("a function that knows the place", points=0.75)
def _(draw):
    yield from gaps(
        draw, "brighter_below", ((1, draw.pick(5, 6), 3, 1), 1), ((2, 6, 4, 2), draw.pick(2, 3))
    )
    for heavy in (ROWS, ROWS[::-1]):
        yield case(NamedFunction("brighter_below"), (-np.abs(draw.array(3, 5, 4, 2)) - 0.5) * heavy, 1)


@equivariance_gap.requirement("a stride", points=0.75)
def _(draw):
    yield from gaps(draw, "every_second_row", ((1, 8, 3, 1), 1), ((2, draw.pick(9, 10), 4, 2), 2))


@equivariance_gap.requirement("shift 0", points=0.5)
def _(draw):
    yield from gaps(draw, "brighter_below", ((1, 4, 3, 1), 0))
    yield from gaps(draw, "row_differences", ((2, draw.pick(4, 5), 3, 2), 0))


equivariance_gap.keeps_inputs(points=0.25)

equivariance_gap.bug(
    "output_not_shifted", {"before[:, :kept]": "before", "after[:, shift:]": "after"},
    "You compare f of the shifted image with f of the image, both unshifted: that asks whether the output stays the same. Equivariance asks whether it moves along.",
    ask="The image moves down by one row: where should row 0 of the map be found afterwards?",
)
equivariance_gap.bug(
    "all_cells_compared",
    {
        "before = before[:, :kept]": "aligned = np.zeros(before.shape)\naligned[:, shift:] = before[:, :kept]\nbefore = aligned",
        "after[:, shift:]": "after",
    },
    "You also compare the rows that came in at the top: there the shifted image has rows that the image does not have.",
    ask="After a shift of 2, which rows of the map does only one of the two know?",
)
equivariance_gap.bug(
    "last_row_left_out",
    {"before[:, :kept]": "before[:, : max(kept - 1, 0)]", "after[:, shift:]": "after[:, shift:-1]"},
    "The last row of the two maps is not compared: the end of a slice is already left out.",
    ask="With 5 rows and a shift of 1, which rows of the shifted map are compared?",
)
equivariance_gap.bug(
    "empty_slice_at_zero", "before[:, :kept]", "before[:, :-shift]",
    "With shift 0 your slice is empty: it ends at −0, and that is the beginning.",
    ask="What does a[:, :-0] hold? Where does the slice end, counted from the front?",
)
equivariance_gap.bug(
    "wrong_way_round", {"before[:, :kept]": "before[:, shift:]", "after[:, shift:]": "after[:, :kept]"},
    "Your two maps are shifted in the wrong direction: the image goes down, so its row i is found at row i + shift.",
    ask="The image moves down by one row: where should row 0 of the map be found afterwards?",
)
equivariance_gap.bug(
    "moved_to_the_right",
    "moved[:, shift:] = x[:, : x.shape[1] - shift]",
    "moved[:, :, shift:] = x[:, :, : x.shape[2] - shift]",
    "Your image moves to the right, not down: axis 1 counts the rows.",
    ask="Which axis of (N, H, W, C) does a shift in rows run along?",
)
equivariance_gap.bug(
    "rolled_around", "moved[:, shift:] = x[:, : x.shape[1] - shift]", "moved = np.roll(x, shift, axis=1)",
    "What leaves at the bottom comes in again at the top: the rows that come in should be 0, and there the two maps are not compared.",
    ask="After a shift of 2, which rows of the map does only one of the two know?",
    also=[
        {
            "moved[:, shift:] = x[:, : x.shape[1] - shift]": "moved = np.roll(x, shift, axis=1)",
            "before[:, :kept]": "np.roll(before, shift, axis=1)",
            "after[:, shift:]": "after",
        },
    ],
)
equivariance_gap.bug(
    "edge_repeated", "moved = np.zeros(x.shape)", "moved = x[:, :1].repeat(x.shape[1], axis=1)",
    "The rows that come in at the top repeat row 0 of your image: they should be 0.",
    ask="The rows that come in at the top were never seen: what do they hold?",
)
equivariance_gap.bug(
    "always_zero", "return float(gap)", "return 0.0",
    "Your gap is 0 for every function that was tried, even for one that multiplies each row by its number.",
    ask="Which two maps do you compare, and in which direction did the image move?",
    also=[{"after[:, shift:]": "before"}],
)
equivariance_gap.bug(
    "first_channel_only", "np.max(distances, initial=0.0)", "np.max(distances[..., 0], initial=0.0)",
    "Only the first channel counts: the gap is the largest difference over all channels.",
    ask="Which axes does your max run over?",
)
equivariance_gap.bug(
    "sign_kept",
    {"np.abs(after - before)": "after - before", "np.max(distances, initial=0.0)": "np.max(distances)"},
    "Your largest difference keeps its sign: where one map is lower than the other, it does not count.",
    ask="What is the gap if all differences are −3?",
    also=[
        {"np.abs(after - before)": "before - after", "np.max(distances, initial=0.0)": "np.max(distances)"},
        {"np.abs(after - before)": "after - before"},
        {"np.abs(after - before)": "before - after"},
    ],
)
equivariance_gap.bug(
    "averaged", "np.max(distances, initial=0.0)", "np.mean(distances) if distances.size else 0.0",
    "You return the mean difference: the gap is the largest. One cell that does not move along is enough.",
    ask="Which of mean and max is 0 only if everything moves along?",
)
equivariance_gap.bug(
    "summed", "np.max(distances, initial=0.0)", "np.sum(distances)",
    "You return the sum of the differences: the gap is the largest.",
    ask="If the image is twice as wide, how does your gap change?",
)
equivariance_gap.bug(
    "smallest", "np.max(distances, initial=0.0)", "np.min(distances) if distances.size else 0.0",
    "You return the smallest difference: the gap is the largest. One cell that does not move along is enough.",
    ask="What does min return as soon as one cell agrees?",
)
equivariance_gap.bug(
    "squared", "np.abs(after - before)", "(after - before) ** 2",
    "Your differences are squared: the gap is the largest magnitude.",
    ask="What is the gap if the largest difference is 3?",
)
equivariance_gap.bug(
    "first_picture_only", "np.max(distances, initial=0.0)", "np.max(distances[0], initial=0.0)",
    "Only the first image counts: the gap is the largest difference over the whole batch.",
    ask="Which axes does your max run over?",
)
equivariance_gap.bug(
    "table_of_gaps",
    {
        "np.max(distances, initial=0.0)": "np.max(distances, axis=(1, 2, 3), initial=0.0)",
        "return float(gap)": "return gap",
    },
    "Your function returns a gap for each image: expected one number, the largest of all.",
    ask="Which axes does your max run over?",
)
equivariance_gap.common(modifies("x"), returns_nothing)
equivariance_gap.bug(
    "yes_or_no", "return float(gap)", "return bool(gap < 1e-9)",
    "Your function returns yes or no: expected the size of the gap, a number.",
    ask="What does the docstring promise?",
)
