"""How this course checks you: one small function, to meet the verdict."""

import numpy as np

from autograder.authoring import case, counting, exercise, integer_result, modifies, returns_nothing

LESSON = "00_how_this_course_checks_you"

IMAGE = ("row", "column", "channel")


def small_images():
    for shape in ((1, 2), (2, 1), (2, 2), (1, 3), (2, 3), (1, 2, 2), (2, 2, 3)):
        yield case(counting(*shape))


@exercise(
    lesson=LESSON,
    examples=small_images,
    axes={"image": IMAGE, "": IMAGE},
    trace="window",
    hint="Column 0 of the result is the last column of the image. Which slice runs backwards?",
)
def mirror(image):
    out = image[:, ::-1]
    return out.copy()


@mirror.way
def column_by_column(image):
    W = image.shape[1]
    out = np.zeros_like(image)
    for j in range(W):
        out[:, j] = image[:, W - 1 - j]
    return out


@mirror.requirement("a grey picture", points=0.25)
def _(draw):
    yield case(draw.array(3, 3))
    yield case(draw.array(4, 4))


@mirror.requirement("pictures that are not square", points=0.25)
def _(draw):
    yield case(draw.array(2, draw.pick(4, 5)))
    yield case(draw.array(5, 3))


@mirror.requirement("colour", points=0.25)
def _(draw):
    yield case(draw.array(draw.pick(3, 4), 5, 3))
    yield case(draw.array(5, 4, 2, shift=-1.0))


mirror.keeps_inputs(points=0.25)

mirror.bug(
    "upside_down", "image[:, ::-1]", "image[::-1]",
    "Your image is upside down: the rows are reversed, but a mirror swaps left and right.",
    ask="Which axis of an array counts the rows, and which the columns?",
)
mirror.bug(
    "turned_by_half", "image[:, ::-1]", "image[::-1, ::-1]",
    "Your image is rotated by 180°: rows and columns are both reversed, but a mirror leaves the order of the rows alone.",
    ask="When you look into a mirror, do you stand on your head?",
)
mirror.bug(
    "transposed", "image[:, ::-1]", "image.swapaxes(0, 1)",
    "Rows and columns of your image are swapped: it is mirrored along its diagonal, and its shape changes.",
    ask="If the image has 2 rows and 3 columns, what is the shape of its mirror image?",
    also=[{"image[:, ::-1]": "image.T"}],
)
mirror.bug(
    "rotated", "image[:, ::-1]", "np.rot90(image)",
    "Your image lies on its side: it is rotated by 90°, not mirrored.",
    ask="Where does the upper left pixel go in a mirror?",
)
mirror.bug(
    "channels_reversed", "image[:, ::-1]", "image[..., ::-1]",
    "The last axis is reversed: in a colour image that is the channels, so red becomes blue.",
    ask="Which axis of (H, W, C) counts the columns?",
)
mirror.bug(
    "every_axis_reversed", "image[:, ::-1]", "np.flip(image)",
    "All axes are reversed: a mirror changes only the order of the columns.",
    ask="What does np.flip do when it is not given an axis?",
)
mirror.bug(
    "unchanged", "return out", "return image",
    "Your function returns the image as it was.",
    ask="Which of your variables holds the mirrored image, and which one do you return?",
    also=[{"image[:, ::-1]": "image"}],
)
mirror.bug(
    "left_half_overwritten",
    {"np.zeros_like(image)": "image.copy()", "= image[:, W - 1 - j]": "= out[:, W - 1 - j]"},
    "The right half of your image is not mirrored: the left half was overwritten before it was read.",
    ask="Once column 0 holds the last column, where is what it held before?",
)
mirror.bug(
    "square_only", "image.shape[1]", "image.shape[0]",
    "You take the number of rows for the number of columns: that is right only for square images.",
    ask="An image has 2 rows and 5 columns: which entry of image.shape do your columns run over?",
)
mirror.bug(
    "last_column_lost", "image[:, ::-1]", "image[:, -2::-1]",
    "One column is missing: the last one, where the mirrored image begins.",
    ask="Which index does the last column have?",
)
mirror.bug(
    "first_column_lost", "image[:, ::-1]", "image[:, -1:0:-1]",
    "One column is missing: a slice that ends at 0 leaves out column 0.",
    ask="How do you write a slice that goes all the way down to the first entry?",
)
mirror.bug(
    "shifted_by_one", "image[:, W - 1 - j]", "image[:, -j]",
    "Your mirrored image is shifted by one column: column j comes from column W − 1 − j.",
    ask="Which column does column 0 come from? Say the number for W = 3.",
)
mirror.common(
    integer_result,
    modifies("image"),
    returns_nothing,
)
