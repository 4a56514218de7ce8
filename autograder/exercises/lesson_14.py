"""Colour: what the network looked at."""

import numpy as np

from autograder.authoring import NamedFunction, case, counting, exercise, modifies, returns_nothing

LESSON = "14_colour"
NETWORK = NamedFunction("three_scores"), NamedFunction("three_scores_backward")


# saliency


def small_images():
    for shape, labels in (
        ((1, 1, 1, 1), [0]),
        ((1, 1, 2, 1), [0]),
        ((1, 1, 2, 1), [1]),
        ((1, 1, 1, 2), [0]),
        ((1, 1, 1, 2), [1]),
        ((1, 2, 2, 1), [2]),
        ((1, 2, 2, 2), [1]),
        ((2, 1, 1, 1), [0, 1]),
        ((2, 1, 1, 2), [1, 0]),
        ((2, 2, 1, 2), [2, 0]),
    ):
        yield case(*NETWORK, counting(*shape), np.array(labels))


def three_times_the_largest(forward, backward, x, labels):
    """No cell is weighted with more than three."""
    return 3.0 * float(np.abs(x).max(initial=1.0))


@exercise(
    lesson=LESSON,
    examples=small_images,
    axes={"x": ("image", "row", "column", "channel"), "": ("image", "row", "column")},
    error_scale=three_times_the_largest,
    hint=(
        "The backward pass starts from an upstream gradient with the shape of the scores: 1 for the score that is asked about, 0 for the others.",
        "It ends with the gradient of every number of the image. Take magnitudes first, then the largest of each pixel's channels.",
    ),
)
def saliency(forward, backward, x, labels):
    scores = forward(x)
    dscores = np.zeros(scores.shape)
    dscores[np.arange(len(x)), labels] = 1.0
    dx = backward(dscores, x)
    size = np.abs(dx)
    return size.max(axis=-1)


@saliency.way
def image_by_image(forward, backward, x, labels):
    scores = forward(x)
    maps = np.zeros(x.shape[:3])
    for n in range(len(x)):
        dscores = np.zeros((1, scores.shape[1]))
        dscores[0, labels[n]] = 1.0
        dx = backward(dscores, x[n : n + 1])
        size = np.abs(dx)
        maps[n] = size[0].max(axis=-1)
    return maps


def images(draw, *rows):
    for shape, labels in rows:
        yield case(*NETWORK, draw.array(*shape), np.array(labels))


@saliency.requirement("one image, one channel", points=1)
def _(draw):
    yield from images(draw, ((1, 3, draw.pick(4, 5), 1), [0]), ((1, draw.pick(4, 5), 3, 1), [2]))


@saliency.requirement("the score that is asked about", points=1)
def _(draw):
    yield from images(draw, *(((1, 4, draw.pick(3, 5), 1), [label]) for label in (1, 2, 0)))


@saliency.requirement("colour", points=1)
def _(draw):
    yield from images(draw, ((1, 4, draw.pick(5, 6), 3), [1]), ((1, 5, 4, 2), [0]))


@saliency.requirement("batch", points=0.75)
def _(draw):
    yield from images(draw, ((3, 4, 5, 3), [2, 0, 1]), ((5, 3, draw.pick(4, 6), 2), [1, 2, 0, 2, 1]))


saliency.keeps_inputs(points=0.25)

saliency.bug(
    "all_scores_at_once", "dscores = np.zeros(", "dscores = np.ones(",
    "Your map is the gradient of the sum of all scores: the one that is asked about has no say.",
    ask="Which entries of the upstream gradient are 1, and which are 0?",
)
saliency.bug(
    "gradient_of_the_loss",
    "dx = backward(dscores, x)",
    "p = np.exp(scores)\np = p / p.sum(axis=1, keepdims=True)\ndx = backward((p - dscores) / len(x), x)",
    "You start from the gradient of the loss: that mixes all scores, and is almost 0 where the network is sure. One score is asked for.",
    ask="What is the derivative of one score with respect to itself, and with respect to the others?",
    also=[
        {
            "dx = backward(dscores, x)": "p = np.exp(scores - scores.max(axis=1, keepdims=True))\np = p / p.sum(axis=1, keepdims=True)\ndx = backward(p - dscores, x)"
        },
    ],
)
saliency.bug(
    "first_class_always", "labels] = 1.0", "0] = 1.0",
    "Your map always belongs to score 0, whatever label is asked about.",
    ask="Where in your function does `labels` appear?",
    also=[{"labels[n]] = 1.0": "0] = 1.0"}],
)
saliency.bug(
    "largest_score_instead", "labels] = 1.0", "scores.argmax(axis=1)] = 1.0",
    "Your map belongs to the largest score, whatever label is asked about: one may also ask what speaks for a class that did not win.",
    ask="Where in your function does `labels` appear?",
    also=[{"labels[n]] = 1.0": "scores[n].argmax()] = 1.0"}],
)
saliency.bug(
    "first_label_for_all", "labels] = 1.0", "labels[0]] = 1.0",
    "All your maps belong to the label of image 0: each image comes with a label of its own.",
    ask="Row n of dscores belongs to image n: in which column is its 1?",
    also=[{"labels[n]] = 1.0": "labels[0]] = 1.0"}],
)
saliency.bug(
    "every_label_for_each", "dscores[np.arange(len(x)), labels] = 1.0", "dscores[:, labels] = 1.0",
    "Each of your maps belongs to the labels of all images: a slice and a list of columns mark whole columns.",
    ask="What does a[:, [0, 2]] select, and what does a[[0, 1], [0, 2]]?",
)
saliency.bug(
    "scores_sent_back", "labels] = 1.0", "labels] = scores[np.arange(len(x)), labels]",
    "Your map is multiplied by the score: the upstream gradient of the score itself is 1.",
    ask="By how much does the score change when the score changes by 1?",
    also=[{"labels[n]] = 1.0": "labels[n]] = scores[n, labels[n]]"}],
)
saliency.bug(
    "sign_kept", "size = np.abs(dx)", "size = dx",
    "Your map keeps the sign: where every channel has a negative derivative, a strong influence comes out as a small number.",
    ask="A pixel has the derivatives −5, −4 and −3: how strong is its influence?",
)
saliency.bug(
    "magnitude_after_max", {"size = np.abs(dx)": "size = dx", "return size.max(axis=-1)": "return np.abs(size.max(axis=-1))"},
    "You take the largest derivative first and its magnitude then: of −5 and 1 that keeps the 1.",
    ask="A pixel has the derivatives −5 and 1: which of them is the strongest influence?",
    also=[{"size = np.abs(dx)": "size = dx", "size[0].max(axis=-1)": "np.abs(size[0].max(axis=-1))"}],
)
saliency.bug(
    "channels_summed", ".max(axis=-1)", ".sum(axis=-1)",
    "Your channels are added up: the map holds the largest magnitude of each pixel.",
    ask="A pixel has the derivatives 2, 2 and 2, another 4, 0 and 0: which is brighter in your map?",
)
saliency.bug(
    "channels_cancel", {"size = np.abs(dx)": "size = dx", "return size.max(axis=-1)": "return np.abs(size.sum(axis=-1))"},
    "Your channels are added up with their signs, so that they cancel: red may speak for a class and green against it.",
    ask="A pixel has the derivatives 3 and −3: does the score depend on its colour?",
    also=[
        {"size = np.abs(dx)": "size = dx", "size[0].max(axis=-1)": "np.abs(size[0].sum(axis=-1))"},
        {"size = np.abs(dx)": "size = dx", "return size.max(axis=-1)": "return np.abs(size.mean(axis=-1))"},
    ],
)
saliency.bug(
    "channels_averaged", ".max(axis=-1)", ".mean(axis=-1)",
    "Your map holds the mean over the channels: it should hold the largest magnitude of each pixel.",
    ask="A pixel has the derivatives 6, 0 and 0: how strong is its strongest influence?",
)
saliency.bug(
    "smallest_channel", ".max(axis=-1)", ".min(axis=-1)",
    "Your map holds the smallest magnitude of each pixel: one channel that matters is enough.",
    ask="A pixel has the derivatives 6, 0 and 0: does the score depend on it?",
)
saliency.bug(
    "first_channel_only", ".max(axis=-1)", "[..., 0]",
    "Your map looks at the first channel alone: red is one of three.",
    ask="Which axis holds the colours, and how do you go through it?",
)
saliency.bug(
    "squared", "np.abs(dx)", "dx**2",
    "Your map holds squares: magnitudes are asked for.",
    ask="What becomes of a derivative of 0.1 in your map?",
)
saliency.bug(
    "times_the_image", "np.abs(dx)", "np.abs(dx * x)",
    "Your map is multiplied by the image: dark pixels disappear from it, however much depends on them.",
    ask="What does your map say about a pixel that is 0?",
    way="saliency",
)
saliency.bug(
    "scaled_to_one", "return size.max(axis=-1)", "return size.max(axis=-1) / size.max()",
    "Your map is divided by its largest value: that suits a drawing, but is not the derivative any more.",
    ask="Which line of your function divides?",
    also=[{"return size.max(axis=-1)": "return size.max(axis=-1) / size.max(axis=(1, 2, 3))[:, None, None]"}],
)
saliency.bug(
    "channels_kept", "return size.max(axis=-1)", "return size",
    "Your map still has channels: one number is asked for each pixel.",
    ask="What is the shape of dx, and which of its axes should disappear?",
)
saliency.bug(
    "rows_lost", "size.max(axis=-1)", "size.max(axis=1)",
    "Your maximum runs over the rows: the channels are the last axis.",
    ask="What does each axis of (N, H, W, C) count?",
    way="saliency",
)
saliency.bug(
    "images_mixed", "return size.max(axis=-1)", "return size.max(axis=(0, -1))",
    "Your maximum runs over the images too: each image has a map of its own.",
    ask="How many maps are expected for 3 images?",
)
saliency.bug(
    "only_first_image", "return size.max(axis=-1)", "return size[0].max(axis=-1)",
    "You return the map of image 0 alone, without the axis that counts images.",
    ask="What is the shape of the result for 3 images?",
)
saliency.common(modifies("x"), modifies("labels", "labels_modified"), returns_nothing)
