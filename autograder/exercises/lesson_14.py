"""Colour: one scale for all channels, what the network looked at, and whether it matters."""

import numpy as np

from autograder.authoring import VOLUME, NamedFunction, case, counting, exercise, modifies, returns_nothing

LESSON = "14_colour"
NETWORK = NamedFunction("three_scores"), NamedFunction("three_scores_backward")
OTHER_NETWORK = NamedFunction("four_scores"), NamedFunction("four_scores_backward")


# standardise


def small_channels():
    yield case(np.array([1.0, 3.0]).reshape(2, 1, 1, 1), np.array([5.0]).reshape(1, 1, 1, 1))
    yield case(np.array([0.0, 2.0, 0.0, 2.0]).reshape(1, 2, 2, 1), np.array([1.0, 3.0]).reshape(1, 1, 2, 1))
    yield case(
        np.array([1.0, 10.0, 3.0, 50.0]).reshape(2, 1, 1, 2), np.array([2.0, 20.0, 5.0, 70.0]).reshape(2, 1, 1, 2)
    )
    yield case(np.array([1.0, 3.0, 5.0, 9.0]).reshape(2, 1, 2, 1), np.array([5.0]).reshape(1, 1, 1, 1))


@exercise(
    lesson=LESSON,
    examples=small_channels,
    axes={"train": VOLUME, "other": VOLUME},
    results=("train", "other"),
    error_scale=lambda train, other: 100.0 * float(max(np.abs(train).max(), np.abs(other).max(), 1.0)),
    hint=(
        "One mean and one standard deviation for each channel: over which three axes do you take them?",
        "The other images are new to the network: they are moved and scaled by the numbers of the training images.",
    ),
)
def standardise(train, other):
    mean = train.mean(axis=(0, 1, 2))
    std = train.std(axis=(0, 1, 2))
    return (train - mean) / std, (other - mean) / std


@standardise.way
def channel_by_channel(train, other):
    scaled = np.zeros(train.shape)
    new = np.zeros(other.shape)
    for c in range(train.shape[3]):
        mean = train[..., c].mean()
        std = train[..., c].std()
        scaled[..., c] = (train[..., c] - mean) / std
        new[..., c] = (other[..., c] - mean) / std
    return scaled, new


def channels(draw, *rows):
    """Channels with means and spreads of their own, and other images that are brighter."""
    for images, height, width, depth, others in rows:
        scale, shift = 1.0 + np.arange(depth), 3.0 - 2.0 * np.arange(depth)
        yield case(
            draw.array(images, height, width, depth) * scale + shift,
            draw.array(others, height + 1, width, depth) * 2.0 * scale + shift + 1.5,
        )


def many(draw):
    yield from channels(draw, (3, 4, draw.pick(5, 6), 3, 2), (2, 5, 3, 2, draw.pick(3, 4)))


def single(draw):
    yield from channels(draw, (3, draw.pick(4, 5), 3, 1, 2))


standardise.requirement("training images, one channel", points=0.5, result="train", cases=single)
standardise.requirement("training images in colour", points=0.75, result="train", cases=many)
standardise.requirement("other images, one channel", points=0.5, result="other", cases=single)
standardise.requirement("other images in colour", points=0.75, result="other", cases=many)
standardise.keeps_inputs(points=0.5)

standardise.bug(
    "own_numbers_for_the_others",
    "(other - mean) / std", "(other - other.mean(axis=(0, 1, 2))) / other.std(axis=(0, 1, 2))",
    "The other images are scaled by numbers of their own: equal colours then come out different, and a single image cannot be used.",
    ask="The network learned that 2 means bright red: which images decided what 2 means?",
    also=[{"(other[..., c] - mean) / std": "(other[..., c] - other[..., c].mean()) / other[..., c].std()"}],
)
standardise.bug(
    "all_images_together",
    {
        "mean = train.mean(axis=(0, 1, 2))": "both = np.concatenate([train.reshape(-1, train.shape[3]), other.reshape(-1, train.shape[3])])\nmean = both.mean(axis=0)",
        "std = train.std(axis=(0, 1, 2))": "std = both.std(axis=0)",
    },
    "Your numbers come from both sets: the other images have to stay unseen, or the test is no test.",
    ask="Which images may decide on anything that the network is trained with?",
)
standardise.bug(
    "others_left_alone", "(other - mean) / std", "other",
    "The other images come back as they were: the network would see them on another scale than it has learned on.",
    ask="What does the network do with a red of 0.8 if it learned that red lies around 0?",
)
standardise.bug(
    "one_number_for_all_channels",
    {"train.mean(axis=(0, 1, 2))": "train.mean()", "train.std(axis=(0, 1, 2))": "train.std()"},
    "Your numbers are those of all channels together: each channel has its own.",
    ask="How many means are there for three channels?",
)
standardise.bug(
    "one_spread_for_all_channels", "train.std(axis=(0, 1, 2))", "train.std()",
    "Your standard deviation is that of all channels together: each channel has its own.",
    ask="How many standard deviations are there for three channels?",
)
standardise.bug(
    "each_pixel_apart",
    {
        "train.mean(axis=(0, 1, 2))": "train.mean(axis=0)[:1, :1]",
        "train.std(axis=(0, 1, 2))": "train.std(axis=0)[:1, :1]",
    },
    "Your numbers are taken over the images alone, so that each pixel has its own: a channel has one mean for all rows and columns.",
    ask="A flower may stand anywhere: should the same red mean something else in another corner?",
)
standardise.bug(
    "each_image_apart",
    {
        "mean = train.mean(axis=(0, 1, 2))": "mean = train.mean(axis=(1, 2), keepdims=True)",
        "std = train.std(axis=(0, 1, 2))": "std = train.std(axis=(1, 2), keepdims=True)",
        "(other - mean) / std": "(other - other.mean(axis=(1, 2), keepdims=True)) / other.std(axis=(1, 2), keepdims=True)",
    },
    "Each image is scaled by numbers of its own: they are to be taken over the images too.",
    ask="Over which of the four axes does your mean not run?",
)
standardise.bug(
    "not_centred", {"(train - mean) / std": "train / std", "(other - mean) / std": "other / std"},
    "Your channels are scaled but not centred: the mean is to be taken away first.",
    ask="What is the mean of each channel of your result?",
    also=[
        {
            "(train[..., c] - mean) / std": "train[..., c] / std",
            "(other[..., c] - mean) / std": "other[..., c] / std",
        },
    ],
)
standardise.bug(
    "not_scaled", {"(train - mean) / std": "train - mean", "(other - mean) / std": "other - mean"},
    "Your channels are centred but not scaled: divide by the standard deviation.",
    ask="What is the standard deviation of each channel of your result?",
    also=[
        {
            "(train[..., c] - mean) / std": "train[..., c] - mean",
            "(other[..., c] - mean) / std": "other[..., c] - mean",
        },
    ],
)
standardise.bug(
    "divided_first",
    {"(train - mean) / std": "train / std - mean", "(other - mean) / std": "other / std - mean"},
    "You divide first and take the mean away afterwards: then the mean is not 0.",
    ask="What does a − m / s compute, and what (a − m) / s?",
    also=[{"(train - mean) / std": "train - mean / std", "(other - mean) / std": "other - mean / std"}],
)
standardise.bug(
    "variance", {"train.std(axis=(0, 1, 2))": "train.var(axis=(0, 1, 2))"},
    "You divide by the variance: the standard deviation is its square root.",
    ask="A channel of 0 and 4: what is its standard deviation, and what its variance?",
    also=[{"train[..., c].std()": "train[..., c].var()"}],
)
standardise.bug(
    "one_less_in_the_spread", "train.std(axis=(0, 1, 2))", "train.std(axis=(0, 1, 2), ddof=1)",
    "Your standard deviation divides by one less than the count: with ddof=0, NumPy's default, the spread of the result is exactly 1.",
    ask="What is result.std() for your training images?",
    also=[{"train[..., c].std()": "train[..., c].std(ddof=1)"}],
)
standardise.bug(
    "between_zero_and_one",
    {
        "mean = train.mean(axis=(0, 1, 2))": "mean = train.min(axis=(0, 1, 2))",
        "std = train.std(axis=(0, 1, 2))": "std = train.max(axis=(0, 1, 2)) - mean",
    },
    "Your channels go from 0 to 1: their mean should be 0 and their standard deviation 1.",
    ask="Which two numbers of a channel does the formula use?",
)
standardise.bug(
    "training_images_only", "return (train - mean) / std, (other - mean) / std", "return (train - mean) / std",
    "You return the training images alone: the other images are needed on the same scale.",
    ask="Which two things does the docstring promise?",
    also=[{"return scaled, new": "return scaled"}],
)
standardise.bug(
    "order_swapped",
    "return (train - mean) / std, (other - mean) / std", "return (other - mean) / std, (train - mean) / std",
    "The two results are in each other's position: the training images come first.",
    ask="In which order does the docstring name them?",
)
standardise.common(modifies("train"), modifies("other", "other_modified"), returns_nothing)


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
    axes={"x": VOLUME, "": ("image", "row", "column")},
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
    yield from images(draw, ((3, 4, 5, 3), [2, 0, 1]))
    yield case(*OTHER_NETWORK, draw.array(5, 3, draw.pick(4, 6), 2), np.array([1, 2, 0, 3, 1]))


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


# cover


def small_covers():
    yield case(counting(1, 1, 2, 1), np.array([[[1.0, 2.0]]]), 1)
    yield case(counting(1, 1, 2, 1), np.array([[[2.0, 1.0]]]), 1)
    yield case(counting(1, 2, 2, 1), np.array([[[4.0, 1.0], [2.0, 3.0]]]), 2)
    yield case(counting(1, 1, 2, 2), np.array([[[1.0, 2.0]]]), 1)
    yield case(counting(2, 1, 2, 1), np.array([[[1.0, 2.0]], [[9.0, 8.0]]]), 1)
    yield case(counting(2, 1, 3, 2), np.array([[[1.0, 2.0, 3.0]], [[9.0, 7.0, 8.0]]]), 2)
    yield case(counting(1, 2, 2, 1), np.array([[[4.0, 1.0], [2.0, 3.0]]]), 0)


def largest_number(x, maps, count):
    """Numbers of x are kept or become 0."""
    return float(np.abs(x).max(initial=1.0))


@exercise(
    lesson=LESSON,
    examples=small_covers,
    axes={"x": VOLUME, "maps": ("image", "row", "column"), "": VOLUME},
    error_scale=largest_number,
    hint=(
        "np.argsort gives positions from the smallest number to the largest: which of them are the `count` largest?",
        "Work on x reshaped to (N, H·W, C) and on maps reshaped to (N, H·W): then a pixel is one number.",
    ),
)
def cover(x, maps, count):
    pixels = x.reshape(len(x), -1, x.shape[3]).copy()
    order = maps.reshape(len(x), -1).argsort(axis=1)
    for n in range(len(x)):
        brightest = order[n, order.shape[1] - count :]
        pixels[n, brightest] = 0.0
    return pixels.reshape(x.shape)


@cover.way
def one_pixel_at_a_time(x, maps, count):
    out = x.copy()
    for n in range(len(x)):
        left = maps[n].copy()
        for _ in range(count):
            i, j = np.unravel_index(left.argmax(), left.shape)
            out[n, i, j] = 0.0
            left[i, j] = -np.inf
    return out


def covers(draw, *rows):
    """Every image's map is brighter than the one before it, so that one threshold cannot serve all."""
    for shape, count in rows:
        maps = np.abs(draw.array(*shape[:3])) + np.arange(shape[0])[:, None, None] * 10.0
        yield case(draw.array(*shape), maps, count)


@cover.requirement("one pixel", points=0.75)
def _(draw):
    yield from covers(draw, ((1, 3, draw.pick(4, 5), 1), 1), ((1, draw.pick(4, 5), 3, 1), 1))


@cover.requirement("several pixels", points=0.75)
def _(draw):
    yield from covers(draw, ((1, 4, 5, 1), draw.pick(3, 4)), ((1, 5, draw.pick(3, 4), 1), 6))


@cover.requirement("colour", points=0.5)
def _(draw):
    yield from covers(draw, ((1, 4, draw.pick(5, 6), 3), 2), ((1, 3, 4, 2), 3))


@cover.requirement("batch", points=0.5)
def _(draw):
    yield from covers(draw, ((3, 4, draw.pick(5, 6), 3), 3), ((2, 5, 3, 2), 4), ((2, 5, 3, 2), 4))


@cover.requirement("no pixel, all pixels", points=0.25)
def _(draw):
    yield from covers(draw, ((2, 3, 4, 2), 12), ((2, 3, draw.pick(4, 5), 2), 0))


cover.keeps_inputs(points=0.25)

cover.bug(
    "darkest_pixels", "order[n, order.shape[1] - count :]", "order[n, :count]",
    "You cover the pixels with the smallest numbers: those that matter least.",
    ask="In which order does argsort give the positions?",
    also=[{"left.argmax()": "left.argmin()", "= -np.inf": "= np.inf"}],
)
cover.bug(
    "all_at_zero", "order[n, order.shape[1] - count :]", "order[n, -count:]",
    "With count 0 your function covers every pixel: a slice from −0 is a slice from the beginning.",
    ask="What does a[-0:] hold? Where does the slice begin, counted from the front?",
)
cover.bug(
    "one_too_many", "order.shape[1] - count :]", "max(order.shape[1] - count - 1, 0) :]",
    "You cover one pixel too many.",
    ask="How many positions does a[len(a) - 3 :] hold?",
    also=[{"range(count)": "range(min(count + 1, left.size))"}],
)
cover.bug(
    "only_the_brightest", "range(count)", "range(min(count, 1))",
    "You cover one pixel, however many are asked for.",
    ask="Where in your function does `count` appear?",
)
cover.bug(
    "only_one_of_the_count", "order[n, order.shape[1] - count :]", "order[n, order.shape[1] - count : order.shape[1] - count + 1]",
    "You cover one pixel: the one at place `count` from the brightest, and not those before it.",
    ask="Which positions does a[-3] give, and which a[-3:]?",
)
cover.bug(
    "order_of_image_0", "order[n, order", "order[0, order",
    "Every image is covered where image 0 is bright: each has a map of its own.",
    ask="Which row of your order belongs to image n?",
    also=[{"left = maps[n].copy()": "left = maps[0].copy()"}],
)
cover.bug(
    "only_first_image", "for n in range(len(x)):", "for n in range(1):",
    "Only image 0 is covered.",
    ask="Which axis does your function never loop over?",
)
cover.bug(
    "one_threshold_for_all",
    "return pixels.reshape(x.shape)",
    "threshold = np.sort(maps, axis=None)[maps.size - count * len(x)] if count else np.inf\nreturn np.where(maps[..., None] >= threshold, 0.0, x)",
    "Your threshold is taken over all images together: bright maps lose many pixels, dark ones none. `count` pixels are asked for in each image.",
    ask="How many pixels of each image does your function cover?",
)
cover.bug(
    "one_channel_only", "pixels[n, brightest] = 0.0", "pixels[n, brightest, 0] = 0.0",
    "Only the first channel is covered: a pixel that lost its red still has green and blue.",
    ask="How many numbers does a pixel have?",
    also=[{"out[n, i, j] = 0.0": "out[n, i, j, 0] = 0.0"}],
)
cover.bug(
    "set_to_one", "pixels[n, brightest] = 0.0", "pixels[n, brightest] = 1.0",
    "Your covered pixels are 1: after standardising, 0 is the mean colour, and 1 is one standard deviation brighter.",
    ask="Which number says nothing, once the channels are centred?",
    also=[{"out[n, i, j] = 0.0": "out[n, i, j] = 1.0"}],
)
cover.bug(
    "the_rest_is_covered", "return pixels.reshape(x.shape)", "return x - pixels.reshape(x.shape)",
    "You kept the bright pixels and covered all the others.",
    ask="How many pixels of your result are 0, and how many should be?",
    also=[{"return out": "return x - out"}],
)
cover.bug(
    "transposed_positions", "maps.reshape(len(x), -1)", "maps.transpose(0, 2, 1).reshape(len(x), -1)",
    "The right number of pixels is covered, but in the wrong positions: rows and columns of the map are swapped.",
    ask="Position 7 of a map of 3 rows and 4 columns: which row and which column is that?",
)
cover.bug(
    "pixels_in_a_row", "return pixels.reshape(x.shape)", "return pixels",
    "Your result has one long axis of pixels: rows and columns are to come back.",
    ask="What is the shape of x, and of your result?",
)
cover.common(modifies("x"), modifies("maps", "maps_modified"), returns_nothing)
