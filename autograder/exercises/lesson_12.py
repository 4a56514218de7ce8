"""Trained: a network that learns to read glyphs, and what shifting does to it."""

import numpy as np

from autograder.authoring import (
    VOLUME,
    NamedFunction,
    PreviousResult,
    case,
    exercise,
    modifies,
    returns_nothing,
)

LESSON = "12_trained"


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
