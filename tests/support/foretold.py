"""Wrong answers whose diagnosis was written down before anything judged them.

Each is a right answer in someone's own style with a mistake. What is wrong, and on which line, stands beside
it in words for which no verdict was asked. `names` was added afterwards: the bugs whose sentences say so.
"""

from __future__ import annotations

import difflib
import textwrap
from dataclasses import dataclass, field

from support.wrong_answers import WrongAnswer


@dataclass
class ForetoldStyle:
    """A right answer in somebody's style, and the mistakes that this somebody makes."""

    exercise: str
    source: str
    answers: list[WrongAnswer] = field(default_factory=list)

    def wrong(
        self, diagnosis: str, *changes: tuple[str, str], at: str = "", also: str = "", names: str = ""
    ) -> None:
        """Add an answer with some text replaced wherever it occurs.

        Args:
            diagnosis: what is wrong, in words.
            changes: old and new texts.
            at: a text of the lines that are wrong; by default the lines that were changed.
            also: a text of further lines at which a change makes all right, as was seen afterwards.
            names: the bugs whose sentences say the same, separated by blanks.

        Raises:
            ValueError: a text does not occur, or nothing was changed.
        """
        source = self.source
        for old, new in changes:
            if old not in source:
                raise ValueError(f"{diagnosis}: {old!r} does not occur")
            source = source.replace(old, new)
        lines = _holding(source, at) if at else _changed(self.source, source)
        lines += _holding(source, also) if also else ()
        if not lines:
            raise ValueError(f"{diagnosis}: on no line")
        self.answers.append(WrongAnswer(self.exercise, diagnosis, tuple(names.split()), source, lines))


def _holding(source: str, text: str) -> tuple[int, ...]:
    return tuple(number for number, line in enumerate(source.splitlines(), 1) if text in line)


def _changed(before: str, after: str) -> tuple[int, ...]:
    marked = difflib.ndiff(before.splitlines(), after.splitlines())
    kept = [line for line in marked if line[0] in " +"]
    return tuple(number for number, line in enumerate(kept, 1) if line[0] == "+")


STYLES: list[ForetoldStyle] = []


def style(exercise: str, source: str) -> ForetoldStyle:
    """Add a right answer."""
    made = ForetoldStyle(exercise, textwrap.dedent(source).lstrip())
    STYLES.append(made)
    return made


def all_foretold() -> list[WrongAnswer]:
    """Every wrong answer."""
    return [answer for one in STYLES for answer in one.answers]


# Lesson 00 and 01: one row of arithmetic each.

swap = style(
    "mirror",
    """
    def mirror(image):
        new = np.zeros_like(image)
        n_cols = image.shape[1]
        for col in range(n_cols):
            new[:, col] = image[:, n_cols - 1 - col]
        return new
    """,
)
swap.wrong(
    "columns are counted down from the number of rows",
    ("image.shape[1]", "image.shape[0]"),
    names="square_only",
)
swap.wrong("the first column comes from column n, which does not exist", ("n_cols - 1 - col", "n_cols - col"))
swap.wrong("the last column is left at zero", ("range(n_cols)", "range(n_cols - 1)"))
swap.wrong(
    "no copy: the second half reads columns already overwritten",
    ("np.zeros_like(image)", "image"),
    names="left_half_overwritten input_modified",
)
swap.wrong(
    "the new image always holds integers",
    ("np.zeros_like(image)", "np.zeros(image.shape, dtype=int)"),
    names="integer_buffer",
)

far = style(
    "signed_distance",
    """
    def signed_distance(x, w, b):
        distances = []
        length = sum(wi ** 2 for wi in w) ** 0.5
        for point in x:
            score = b
            for xi, wi in zip(point, w):
                score += xi * wi
            distances.append(score / length)
        return np.array(distances)
    """,
)
far.wrong(
    "divides by the squared length: the root is missing",
    (" ** 0.5", ""),
    names="divided_by_the_square",
)
far.wrong(
    "the score is kept from one point to the next",
    ("    for point in x:\n        score = b\n", "    score = b\n    for point in x:\n"),
    at="score = b",
)
far.wrong(
    "the bias is left out",
    ("score = b\n", "score = 0\n"),
    names="bias_forgotten",
)
far.wrong(
    "the sum of the weights for their length",
    ("sum(wi ** 2 for wi in w) ** 0.5", "sum(wi for wi in w)"),
    names="divided_by_the_plain_sum",
)
far.wrong(
    "the length of the point is the divisor",
    ("score / length", "score / np.linalg.norm(point)"),
    names="length_of_each_point",
)
far.wrong(
    "divides by how many weights there are",
    ("sum(wi ** 2 for wi in w) ** 0.5", "len(w)"),
    names="divided_by_the_number_of_weights",
)

ramp = style(
    "relu",
    """
    def relu(x):
        activated = x.copy()
        activated[activated < 0] = 0
        return activated
    """,
)
ramp.wrong(
    "no copy: the caller's array is overwritten",
    ("x.copy()", "x"),
    names="input_modified",
)
ramp.wrong(
    "small positive numbers are cut off, too",
    ("activated < 0", "activated < 1"),
    names="threshold_at_one",
)
ramp.wrong(
    "the positive numbers are set to 0 instead of the negative",
    ("activated < 0", "activated > 0"),
    names="smaller_instead_of_larger",
)

both = style(
    "absolute_distance",
    """
    def absolute_distance(x, w, b):
        z = np.dot(x, w) + b
        pos = np.where(z > 0, z, 0)
        neg = np.where(-z > 0, -z, 0)
        return (pos + neg) / np.sqrt(np.dot(w, w))
    """,
)
both.wrong(
    "the bias keeps its sign in the second ramp",
    ("np.where(-z > 0, -z, 0)", "np.where(-np.dot(x, w) + b > 0, -np.dot(x, w) + b, 0)"),
    names="bias_not_negated",
)
both.wrong(
    "the ramps are subtracted, which gives the sign back",
    ("pos + neg", "pos - neg"),
    names="sides_subtracted",
)
both.wrong(
    "the second ramp lets through the negative numbers themselves",
    ("-z, 0)", "z, 0)"),
    names="sides_subtracted",
)

layer = style(
    "dense",
    """
    def dense(x, w, b):
        A = []
        for sample in x:
            row = []
            for j in range(w.shape[1]):
                row.append(sum(sample[i] * w[i, j] for i in range(len(sample))) + b[j])
            A.append(row)
        return np.array(A)
    """,
)
layer.wrong(
    "the bias is added once for each input",
    (
        "sum(sample[i] * w[i, j] for i in range(len(sample))) + b[j]",
        "sum(sample[i] * w[i, j] + b[j] for i in range(len(sample)))",
    ),
    names="bias_for_each_coordinate",
)
layer.wrong("as many outputs as inputs", ("range(w.shape[1])", "range(w.shape[0])"))
layer.wrong(
    "row and column of the weights are swapped",
    ("w[i, j]", "w[j, i]"),
    names="weights_transposed",
)
layer.wrong(
    "one row is shared by all examples",
    (
        "    A = []\n    for sample in x:\n        row = []\n",
        "    A = []\n    row = []\n    for sample in x:\n",
    ),
    at="row = []",
)

net = style(
    "two_layer_scores",
    """
    def dense(x, w, b):
        return np.einsum("nd,dm->nm", x, w) + b[None, :]

    def relu(x):
        return x * (x > 0)

    def two_layer_scores(x, w1, b1, w2, b2):
        hidden = relu(dense(x, w1, b1))
        out = dense(hidden, w2, b2)
        return out
    """,
)
net.wrong(
    "a ReLU after the second layer, too",
    ("return out", "return relu(out)"),
    names="ramp_at_the_end_too",
)
net.wrong(
    "no ReLU between the layers",
    ("relu(dense(x, w1, b1))", "dense(x, w1, b1)"),
    names="ramp_left_out",
)
net.wrong("the first bias is added again", ("dense(hidden, w2, b2)", "dense(hidden + b1, w2, b2)"))
net.wrong(
    "the mask itself is returned instead of the masked numbers",
    ("return x * (x > 0)", "return x > 0"),
    names="steps_instead_of_ramps",
)

# Lesson 02: backward through the layers.

gate = style(
    "relu_backward",
    """
    def relu_backward(dout, x):
        dx = np.array(dout, copy=True)
        dx[x <= 0] = 0
        return dx
    """,
)
gate.wrong(
    "the mask is made of the gradient instead of x",
    ("dx[x <= 0]", "dx[dx <= 0]"),
    names="mask_from_dout",
)
gate.wrong(
    "the gradient passes where x is negative",
    ("x <= 0", "x >= 0"),
    names="mask_turned",
)
gate.wrong(
    "the caller's gradient is overwritten",
    ("np.array(dout, copy=True)", "dout"),
    names="dout_modified",
)
gate.wrong("blocked cells get x instead of 0", ("dx[x <= 0] = 0", "dx[x <= 0] = x[x <= 0]"))

back = style(
    "dense_backward",
    """
    def dense_backward(dout, x, w):
        N, D = x.shape
        M = w.shape[1]
        dx = np.zeros((N, D))
        dw = np.zeros((D, M))
        db = np.zeros(M)
        for n in range(N):
            dx[n] = w @ dout[n]
            dw += np.outer(x[n], dout[n])
            db += dout[n]
        return dx, dw, db
    """,
)
back.wrong(
    "only the last example counts for dw",
    ("dw += np.outer", "dw = np.outer"),
    names="dw_last_example",
)
back.wrong(
    "the gradient of dw is averaged over the batch",
    ("return dx, dw, db", "return dx, dw / N, db"),
    names="dw_averaged",
)
back.wrong(
    "db adds the first example N times",
    ("db += dout[n]", "db += dout[0]"),
    names="db_adds_the_first_example",
)
back.wrong(
    "the factors of the outer product are swapped",
    ("np.outer(x[n], dout[n])", "np.outer(dout[n], x[n])"),
    names="dw_transposed",
)
back.wrong(
    "dx adds up over the examples",
    ("dx[n] = w @ dout[n]", "dx += w @ dout[n]"),
    names="dx_adds_up_the_batch",
)

xent = style(
    "softmax_cross_entropy",
    """
    def softmax_cross_entropy(scores, labels):
        num_train = scores.shape[0]
        loss = 0.0
        dscores = np.zeros_like(scores)
        for i in range(num_train):
            s = scores[i] - scores[i].max()
            exp_s = np.exp(s)
            p = exp_s / exp_s.sum()
            loss += -s[labels[i]] + np.log(exp_s.sum())
            dscores[i] = p
            dscores[i, labels[i]] -= 1
        loss /= num_train
        dscores /= num_train
        return loss, dscores
    """,
)
xent.wrong(
    "the maximum of the whole batch is subtracted: a row far below it underflows",
    ("scores[i].max()", "scores.max()"),
    names="one_maximum_for_all",
)
xent.wrong(
    "the loss is a sum, not a mean",
    ("    loss /= num_train\n", ""),
    at="loss += -s",
    names="loss_summed",
)
xent.wrong(
    "the gradient is not divided by the number of examples",
    ("    dscores /= num_train\n", ""),
    at="dscores[i",
    names="gradient_summed",
)
xent.wrong(
    "divided by N inside the loop as well",
    ("    loss += -s", "    loss += -s"),
    ("dscores[i] = p", "dscores[i] = p / num_train"),
)
xent.wrong(
    "1 is subtracted from every class",
    ("dscores[i, labels[i]] -= 1", "dscores[i] -= 1"),
    names="one_subtracted_everywhere",
)
xent.wrong(
    "the sign of the loss",
    ("-s[labels[i]] + np.log(exp_s.sum())", "s[labels[i]] - np.log(exp_s.sum())"),
    names="loss_sign",
)
xent.wrong("the column of the example instead of that of the label", ("-s[labels[i]]", "-s[i % len(s)]"))
xent.wrong(
    "averaged over the classes, too",
    ("dscores /= num_train", "dscores /= scores.size"),
    names="gradient_divided_by_classes_too",
)

slope = style(
    "numeric_gradient",
    """
    def numeric_gradient(f, x):
        h = 1e-5
        grad = np.zeros_like(x)
        it = np.nditer(x, flags=["multi_index"])
        while not it.finished:
            ix = it.multi_index
            plus, minus = x.copy(), x.copy()
            plus[ix] += h
            minus[ix] -= h
            grad[ix] = (f(plus) - f(minus)) / (2 * h)
            it.iternext()
        return grad
    """,
)
slope.wrong(
    "one step too little in the divisor",
    ("(2 * h)", "h"),
    names="not_halved",
)
slope.wrong(
    "the whole array is moved instead of one entry",
    ("plus[ix] += h", "plus += h"),
    ("minus[ix] -= h", "minus -= h"),
    names="all_moved_at_once",
)
slope.wrong(
    "the parentheses are missing: times h",
    ("(2 * h)", "2 * h"),
    names="multiplied_by_h",
)
slope.wrong("both are the same array", ("plus, minus = x.copy(), x.copy()", "plus = minus = x.copy()"))
slope.wrong(
    "right minus left the other way round",
    ("f(plus) - f(minus)", "f(minus) - f(plus)"),
    names="sign_turned",
)
slope.wrong(
    "h is so large that the curvature counts",
    ("h = 1e-5", "h = 0.1"),
    names="steps_too_large",
)

# Lesson 03: batches and steps.

deck = style(
    "minibatches",
    """
    def minibatches(x, y, size, rng):
        n = len(x)
        perm = rng.permutation(n)
        x, y = x[perm], y[perm]
        start = 0
        while start < n:
            yield x[start:start + size], y[start:start + size]
            start += size
    """,
)
deck.wrong(
    "y is not shuffled",
    ("x, y = x[perm], y[perm]", "x = x[perm]"),
    names="labels_not_shuffled",
)
deck.wrong(
    "the last, shorter batch is left out",
    ("while start < n:", "while start + size <= n:"),
    names="last_batch_dropped",
)
deck.wrong(
    "batches overlap: the start moves by one",
    ("start += size", "start += 1"),
    names="windows_overlap",
)
deck.wrong(
    "the first batch only",
    (
        "yield x[start:start + size], y[start:start + size]",
        "return [(x[start:start + size], y[start:start + size])]",
    ),
    names="first_batch_only",
)
deck.wrong(
    "another order for y than for x",
    ("x[perm], y[perm]", "x[perm], y[rng.permutation(n)]"),
    names="shuffled_separately",
)
deck.wrong("the batch ends at size, not at start + size", ("x[start:start + size]", "x[start:size]"))

step = style(
    "sgd_step",
    """
    def sgd_step(params, grads, lr):
        for name, value in params.items():
            np.subtract(value, lr * grads[name], out=value)
    """,
)
step.wrong(
    "the step goes up the gradient",
    ("np.subtract", "np.add"),
    names="ascent",
)
step.wrong(
    "the result of the subtraction is thrown away",
    (", out=value", ""),
    names="caller_unchanged",
)
step.wrong(
    "the gradient is scaled in place, too",
    (
        "np.subtract(value, lr * grads[name], out=value)",
        "grads[name] *= lr\n        np.subtract(value, grads[name], out=value)",
    ),
    at="grads[name] *= lr",
    names="gradients_modified",
)
step.wrong(
    "divided by the rate",
    ("lr * grads[name]", "grads[name] / lr"),
    names="step_size_divides",
)

loop = style(
    "train",
    """
    def batches(x, y, size, rng):
        order = rng.permutation(len(x))
        for k in range(0, len(x), size):
            idx = order[k:k + size]
            yield x[idx], y[idx]

    def train(params, loss_and_grads, x, y, lr, size, epochs, rng):
        history = []
        for epoch in range(epochs):
            for xb, yb in batches(x, y, size, rng):
                loss, grads = loss_and_grads(params, xb, yb)
                for key in params:
                    params[key] -= lr * grads[key]
                history.append(loss)
        return history
    """,
)
loop.wrong(
    "one loss for each epoch instead of each step",
    ("            history.append(loss)\n", "        history.append(loss)\n"),
    names="loss_of_each_epoch",
)
loop.wrong(
    "the whole data set instead of the batch",
    ("loss_and_grads(params, xb, yb)", "loss_and_grads(params, x, y)"),
)
loop.wrong(
    "the loss is computed a second time after the step",
    ("history.append(loss)", "history.append(loss_and_grads(params, xb, yb)[0])"),
    names="loss_after_the_step",
)
loop.wrong(
    "returns inside the loop over epochs",
    ("    return history", "        return history"),
    names="one_epoch_only",
)
loop.wrong(
    "no parameter moves: the arrays are replaced by names",
    ("params[key] -= lr * grads[key]", "p = params[key]\n                p = p - lr * grads[key]"),
    at="p = p -",
    names="never_steps",
)

# Lesson 04: counting.

count = style(
    "count_dense_parameters",
    """
    def count_dense_parameters(sizes):
        return sum(a * b + b for a, b in zip(sizes[:-1], sizes[1:]))
    """,
)
count.wrong(
    "a bias for each input instead of each unit",
    ("a * b + b", "a * b + a"),
    names="bias_per_input",
)
count.wrong(
    "no biases",
    ("a * b + b", "a * b"),
    names="biases_forgotten",
)
count.wrong(
    "every layer is joined to itself",
    ("zip(sizes[:-1], sizes[1:])", "zip(sizes, sizes)"),
    names="layers_joined_to_themselves",
)
count.wrong(
    "the last layer is left out",
    ("zip(sizes[:-1], sizes[1:])", "zip(sizes[:-2], sizes[1:])"),
    names="last_layer_left_out",
)

filters = style(
    "count_conv_parameters",
    """
    def count_conv_parameters(kernel, channels, filters):
        try:
            kh, kw = kernel
        except TypeError:
            kh = kw = kernel
        per_filter = kh * kw * channels + 1
        return per_filter * filters
    """,
)
filters.wrong(
    "one bias for all filters together",
    ("* channels + 1", "* channels"),
    ("per_filter * filters", "per_filter * filters + 1"),
    names="one_bias_in_all",
)
filters.wrong(
    "rows squared",
    ("kh * kw", "kh * kh"),
    names="square_kernels_only",
)
filters.wrong(
    "the channels are not counted",
    ("kh * kw * channels + 1", "kh * kw + 1"),
    names="channels_forgotten",
)
filters.wrong(
    "the sides are added",
    ("kh * kw", "(kh + kw)"),
    names="sides_added",
)

places = style(
    "count_locally_connected_parameters",
    """
    def count_locally_connected_parameters(kernel, channels, filters, output):
        if isinstance(kernel, int):
            kernel = (kernel, kernel)
        if isinstance(output, int):
            output = (output, output)
        weights = kernel[0] * kernel[1] * channels * filters
        positions = output[0] * output[1]
        return (weights + filters) * positions
    """,
)
places.wrong(
    "the biases are shared by all positions",
    ("(weights + filters) * positions", "weights * positions + filters"),
    names="biases_still_shared",
)
places.wrong(
    "one side of the output only",
    ("output[0] * output[1]", "output[0]"),
    names="places_not_squared",
)
places.wrong(
    "the output is unpacked from the kernel",
    ("output = (output, output)", "output = kernel"),
    names="output_side_from_the_kernel",
)

# Lesson 05: a window slides.

row = style(
    "correlate1d",
    """
    def correlate1d(x, k):
        i = 0
        result = []
        while i + len(k) <= len(x):
            acc = 0.0
            for a in range(len(k)):
                acc += x[i + a] * k[a]
            result.append(acc)
            i += 1
        return np.array(result)
    """,
)
row.wrong(
    "the last position is left out",
    ("<= len(x)", "< len(x)"),
    names="size_plus_one_missing",
)
row.wrong(
    "the kernel is read backwards",
    ("k[a]", "k[-1 - a]"),
    names="kernel_reversed",
)
row.wrong(
    "the sum goes on from one position to the next",
    (
        "    while i + len(k) <= len(x):\n        acc = 0.0\n",
        "    acc = 0.0\n    while i + len(k) <= len(x):\n",
    ),
    at="acc = 0.0",
    names="sum_not_reset",
)
row.wrong(
    "the window moves by the kernel's length",
    ("i += 1", "i += len(k)"),
    names="windows_side_by_side",
)
row.wrong(
    "the same cell of x for the whole window",
    ("x[i + a]", "x[i]"),
    names="one_cell_for_all_weights",
)
row.wrong(
    "the mean of the products",
    ("result.append(acc)", "result.append(acc / len(k))"),
    names="averaged",
)

plane = style(
    "correlate2d",
    """
    def correlate2d(x, k):
        rows, cols = x.shape
        kr, kc = k.shape
        y = [[np.sum(x[r:r + kr, c:c + kc] * k) for c in range(cols - kc + 1)] for r in range(rows - kr + 1)]
        return np.array(y)
    """,
)
plane.wrong(
    "the columns of the window are as many as the kernel's rows",
    ("c:c + kc", "c:c + kr"),
    names="kernel_width_from_height",
)
plane.wrong(
    "the size of the map is transposed",
    (
        "for c in range(cols - kc + 1)] for r in range(rows - kr + 1)",
        "for c in range(rows - kr + 1)] for r in range(cols - kc + 1)",
    ),
    names="height_and_width_exchanged",
)
plane.wrong(
    "matrix product in place of the product of cells",
    ("* k)", "@ k)"),
    names="matrix_product",
)
plane.wrong(
    "the kernel is transposed",
    ("* k)", "* k.T)"),
    names="filter_transposed",
)
plane.wrong(
    "a border of one on every side is skipped",
    ("range(cols - kc + 1)", "range(1, cols - kc)"),
    ("range(rows - kr + 1)", "range(1, rows - kr)"),
)

designs = style(
    "design_kernels",
    """
    def design_kernels():
        identity = np.zeros((3, 3))
        identity[1, 1] = 1
        mean = np.full((3, 3), 1 / 9)
        sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        return dict(identity=identity, mean=mean, vertical_edge=sobel, horizontal_edge=sobel.T)
    """,
)
designs.wrong("the one is in the corner", ("identity[1, 1]", "identity[0, 0]"))
designs.wrong("adds the nine cells without dividing", ("1 / 9", "1"))
designs.wrong(
    "vertical and horizontal are swapped",
    ("vertical_edge=sobel, horizontal_edge=sobel.T", "vertical_edge=sobel.T, horizontal_edge=sobel"),
    names="edges_exchanged",
)
designs.wrong("the horizontal one is positive where it gets darker", ("sobel.T", "sobel[:, ::-1].T"))
designs.wrong("divides by 3, not by 9", ("1 / 9", "1 / 3"))

learner = style(
    "learn_kernel",
    """
    def correlate(x, k):
        kh, kw = k.shape
        return np.array([[(x[i:i + kh, j:j + kw] * k).sum() for j in range(x.shape[1] - kw + 1)]
                         for i in range(x.shape[0] - kh + 1)])

    def learn_kernel(x, y):
        kh, kw = x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1
        k = np.zeros((kh, kw))
        for step in range(400):
            err = correlate(x, k) - y
            k = k - 0.5 * correlate(x, err) / err.size
        return k
    """,
)
learner.wrong("the step goes up the gradient", ("k - 0.5", "k + 0.5"))
learner.wrong("far too few steps", ("range(400)", "range(5)"))
learner.wrong(
    "the kernel's columns from the rows",
    ("x.shape[1] - y.shape[1] + 1", "x.shape[0] - y.shape[0] + 1"),
    names="columns_from_rows",
)
learner.wrong(
    "the size lacks its + 1",
    (
        "x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1",
        "x.shape[0] - y.shape[0], x.shape[1] - y.shape[1]",
    ),
)

# Lesson 06: sizes.

size = style(
    "output_size",
    """
    def output_size(n, k, stride=1, pad=0):
        total = n + 2 * pad
        count = 0
        start = 0
        while start + k <= total:
            count += 1
            start += stride
        return count
    """,
)
size.wrong(
    "zeros at one end only",
    ("n + 2 * pad", "n + pad"),
    names="pad_added_once",
)
size.wrong(
    "the window that just fits is not counted",
    ("start + k <= total", "start + k < total"),
    names="last_start_left_out",
)
size.wrong(
    "a window may hang over the end",
    ("start + k <= total", "start < total"),
    names="windows_hang_over",
)
size.wrong(
    "the stride is left out",
    ("start += stride", "start += 1"),
    names="stride_ignored",
)
size.wrong("returns where the last window would start", ("return count", "return start"))

frame = style(
    "zero_pad",
    """
    def zero_pad(x, pad):
        m, h, w, c = x.shape
        sides = np.zeros((m, h, pad, c))
        wide = np.concatenate([sides, x, sides], axis=2)
        bars = np.zeros((m, pad, w + 2 * pad, c))
        return np.concatenate([bars, wide, bars], axis=1)
    """,
)
frame.wrong(
    "zeros before, none after the columns",
    ("[sides, x, sides]", "[sides, x]"),
    ("w + 2 * pad", "w + pad"),
    names="one_side_without_zeros",
)
frame.wrong("ones in place of zeros at the sides", ("np.zeros((m, h, pad, c))", "np.ones((m, h, pad, c))"))
frame.wrong("the bars are as wide as the image was", ("w + 2 * pad", "w"))
frame.wrong("height for width in the bars", ("w + 2 * pad", "h + 2 * pad"))
frame.wrong(
    "columns are padded on both sides, rows above only",
    ("[bars, wide, bars]", "[bars, wide]"),
    names="one_side_without_zeros",
)
frame.wrong("all zeros above", ("[bars, wide, bars]", "[bars, bars, wide]"))

same = style(
    "same_padding",
    """
    import math

    def same_padding(n, k, stride=1):
        out = math.ceil(n / stride)
        needed = (out - 1) * stride + k - n
        if needed < 0:
            needed = 0
        left = needed // 2
        right = needed - left
        return left, right
    """,
)
same.wrong(
    "more before than after",
    ("return left, right", "return right, left"),
    names="same_larger_half_first",
)
same.wrong(
    "both sides get half, the odd one is lost",
    ("right = needed - left", "right = needed // 2"),
    names="same_equal_halves",
)
same.wrong(
    "the size is rounded down",
    ("math.ceil(n / stride)", "n // stride"),
    names="same_size_rounded_down",
)
same.wrong(
    "negative totals stay",
    ("    if needed < 0:\n        needed = 0\n", ""),
    at="needed = ",
    names="same_negative",
)
same.wrong(
    "one cell of the window is forgotten",
    ("stride + k - n", "stride + k - 1 - n"),
    names="same_kernel_minus_one",
)

# Lesson 07: channels and filters.

single = style(
    "conv_single_step",
    """
    def conv_single_step(a_slice_prev, W, b):
        s = a_slice_prev * W
        Z = np.sum(s)
        Z = Z + float(b)
        return Z
    """,
)
single.wrong("the sum runs over the rows only", ("np.sum(s)", "np.sum(s, axis=0)"))
single.wrong(
    "a sigmoid is added",
    ("return Z", "return 1 / (1 + np.exp(-Z))"),
    names="sigmoid_inside",
)
single.wrong(
    "the bias is added to each product",
    ("a_slice_prev * W", "a_slice_prev * W + b"),
    ("    Z = Z + float(b)\n", ""),
    at="* W + b",
    names="bias_in_every_product",
)
single.wrong(
    "the largest product in place of the sum",
    ("np.sum(s)", "np.max(s)"),
    names="largest_product",
)
single.wrong(
    "the channels are added after a minus: a correlation turned into a difference",
    ("a_slice_prev * W", "a_slice_prev - W"),
)

# deeplearning.ai's chain of zero_pad, conv_single_step and conv_forward.
chain = style(
    "conv2d",
    """
    def zero_pad(X, pad):
        return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant", constant_values=(0, 0))

    def conv_single_step(a_slice_prev, W, b):
        s = np.multiply(a_slice_prev, W)
        Z = np.sum(s)
        Z = Z + b
        return Z

    def conv2d(A_prev, W, b, stride=1, pad=0):
        (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
        (fh, fw, n_C_prev, n_C) = W.shape
        n_H = (n_H_prev - fh + 2 * pad) // stride + 1
        n_W = (n_W_prev - fw + 2 * pad) // stride + 1
        Z = np.zeros((m, n_H, n_W, n_C))
        A_prev_pad = zero_pad(A_prev, pad)
        for i in range(m):
            a_prev_pad = A_prev_pad[i]
            for h in range(n_H):
                vert_start = h * stride
                vert_end = vert_start + fh
                for w in range(n_W):
                    horiz_start = w * stride
                    horiz_end = horiz_start + fw
                    for c in range(n_C):
                        a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                        weights = W[:, :, :, c]
                        biases = b[c]
                        Z[i, h, w, c] = conv_single_step(a_slice_prev, weights, biases)
        return Z
    """,
)
chain.wrong("the bias of the column is taken, not that of the filter", ("biases = b[c]", "biases = b[w]"))
chain.wrong(
    "always the last filter",
    ("W[:, :, :, c]", "W[:, :, :, -1]"),
    names="last_filter_for_all",
)
chain.wrong("columns start at rows", ("horiz_start = w * stride", "horiz_start = h * stride"))
chain.wrong(
    "the helper pads rows only",
    ("(0, 0), (pad, pad), (pad, pad), (0, 0)", "(0, 0), (pad, pad), (0, 0), (0, 0)"),
)
chain.wrong(
    "the helper pads the batch",
    ("(0, 0), (pad, pad), (pad, pad), (0, 0)", "(pad, pad), (pad, pad), (pad, pad), (0, 0)"),
    names="pads_images_too",
)
chain.wrong(
    "the helper forgets the bias",
    ("    Z = Z + b\n", ""),
    at="Z = np.sum(s)",
    names="bias_forgotten",
)
chain.wrong("the window ends one row late", ("vert_end = vert_start + fh", "vert_end = vert_start + fh + 1"))
chain.wrong(
    "width of the filter from its height",
    ("horiz_end = horiz_start + fw", "horiz_end = horiz_start + fh"),
    names="kernel_width_from_height",
)
chain.wrong(
    "the sum of the slice and the weights instead of their product",
    ("np.multiply(a_slice_prev, W)", "np.add(a_slice_prev, W)"),
    names="added_instead_of_multiplied",
)
chain.wrong(
    "the first image is used for all",
    ("A_prev_pad[i]", "A_prev_pad[0]"),
    names="first_image_for_all",
)
chain.wrong(
    "the buffer has the input's channels",
    ("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_H, n_W, n_C_prev))"),
    names="as_many_maps_as_channels",
)
chain.wrong(
    "the division is left to the size only for rows",
    ("(n_W_prev - fw + 2 * pad) // stride + 1", "(n_W_prev - fw + 2 * pad) + 1"),
)
chain.wrong(
    "the stride is added in place of being multiplied", ("vert_start = h * stride", "vert_start = h + stride")
)

# CS231n's naive loop, with the axes of this course.
naive = style(
    "conv2d",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        N, H, W, C = x.shape
        HH, WW, _, F = w.shape
        H_out = 1 + (H + 2 * pad - HH) // stride
        W_out = 1 + (W + 2 * pad - WW) // stride
        x_padded = np.pad(x, ((0,), (pad,), (pad,), (0,)), mode="constant")
        out = np.zeros((N, H_out, W_out, F))
        for n in range(N):
            for f in range(F):
                for i in range(0, H_out):
                    for j in range(0, W_out):
                        hs = i * stride
                        ws = j * stride
                        field = x_padded[n, hs:hs + HH, ws:ws + WW, :]
                        out[n, i, j, f] = np.sum(field * w[:, :, :, f]) + b[f]
        return out
    """,
)
naive.wrong(
    "H and W are taken from the channels-first order",
    ("N, H, W, C = x.shape", "N, C, H, W = x.shape"),
    names="channels_expected_first",
)
naive.wrong("F is taken from the front", ("HH, WW, _, F = w.shape", "F, HH, WW, _ = w.shape"))
naive.wrong("the padding reaches the channels", ("(pad,), (pad,), (0,)", "(pad,), (pad,), (pad,)"))
naive.wrong(
    "half the padding counts in the size",
    ("H + 2 * pad", "H + pad"),
    ("W + 2 * pad", "W + pad"),
    names="padding_counted_once",
)
naive.wrong(
    "cells outside the loop over filters keep the last one",
    ("out[n, i, j, f] =", "out[n, i, j] ="),
    names="last_bias_for_all last_filter_for_all",
)
naive.wrong(
    "the batch index is missing on the left",
    ("out[n, i, j, f] =", "out[:, i, j, f] ="),
    names="last_image_for_all",
)
naive.wrong(
    "reads the image without its zeros",
    ("field = x_padded", "field = x"),
    names="size_and_padding_disagree",
)
naive.wrong(
    "adds to what stood there, bias of every filter",
    ("+ b[f]", "+ b.sum()"),
    names="biases_summed",
)
naive.wrong(
    "the window slides one cell in the columns",
    ("ws = j * stride", "ws = j"),
    names="stride_on_rows_only",
)
naive.wrong(
    "stops one window early",
    ("range(0, H_out)", "range(0, H_out - 1)"),
    names="last_row_unfilled",
)
naive.wrong(
    "writes row and column swapped",
    ("out[n, i, j, f]", "out[n, j, i, f]"),
    names="output_transposed",
)
naive.wrong(
    "pads with the edge",
    ('mode="constant"', 'mode="edge"'),
    names="pads_with_edge",
)

# einsum over views.
views = style(
    "conv2d",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        xp = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
        kh, kw = w.shape[:2]
        v = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(1, 2))
        v = v[:, ::stride, ::stride]
        return np.einsum("nijcab,abcf->nijf", v, w) + b
    """,
)
views.wrong(
    "the axes of the window are swapped in the sum",
    ("nijcab,abcf", "nijcab,bacf"),
    names="filter_transposed",
)
views.wrong(
    "only rows are strided",
    ("v[:, ::stride, ::stride]", "v[:, ::stride]"),
    names="stride_on_rows_only",
)
views.wrong(
    "the strides are thinned out before the padding is there",
    ("v = v[:, ::stride, ::stride]", "v = v[:, :, :]"),
    names="stride_ignored",
)
views.wrong(
    "the channels of the window are added without the weights'",
    ("nijcab,abcf->nijf", "nijcab,abdf->nijf"),
    names="channels_summed_before_multiplying",
)
views.wrong(
    "a flipped kernel, as scipy's convolve has it",
    ("v, w)", "v, w[::-1, ::-1])"),
    names="filter_turned",
)
views.wrong(
    "the map is transposed by the letters",
    ("->nijf", "->njif"),
    names="output_transposed",
)

# A matrix product over a table of windows.
table = style(
    "conv2d",
    """
    def get_patches(img, kh, kw, s):
        out = []
        for top in range(0, img.shape[0] - kh + 1, s):
            for left in range(0, img.shape[1] - kw + 1, s):
                out.append(img[top:top + kh, left:left + kw].ravel())
        return np.stack(out)

    def conv2d(x, w, b, stride=1, pad=0):
        kh, kw, c, f = w.shape
        oh = (x.shape[1] + 2 * pad - kh) // stride + 1
        ow = (x.shape[2] + 2 * pad - kw) // stride + 1
        maps = []
        for img in x:
            img = np.pad(img, ((pad, pad), (pad, pad), (0, 0)))
            scores = get_patches(img, kh, kw, stride) @ w.reshape(-1, f) + b
            maps.append(scores.reshape(oh, ow, f))
        return np.array(maps)
    """,
)
table.wrong(
    "the table's rows are filled column by column of the image",
    ("scores.reshape(oh, ow, f)", "scores.reshape(ow, oh, f).transpose(1, 0, 2)"),
    names="map_filled_column_by_column",
)
table.wrong(
    "the weights are cut into rows of the wrong order",
    ("w.reshape(-1, f)", "w.reshape(f, -1).T"),
    names="weights_reshaped",
)
table.wrong(
    "the patches move by one",
    ("img.shape[0] - kh + 1, s)", "img.shape[0] - kh + 1)"),
    ("img.shape[1] - kw + 1, s)", "img.shape[1] - kw + 1)"),
)
table.wrong("the last row of patches is missing", ("img.shape[0] - kh + 1, s)", "img.shape[0] - kh, s)"))
table.wrong(
    "channels first in each patch",
    (".ravel())", ".transpose(2, 0, 1).ravel())"),
    names="channels_first_in_the_rows",
)
table.wrong(
    "the map is transposed at the end",
    ("scores.reshape(oh, ow, f)", "scores.reshape(ow, oh, f)"),
    names="output_reshaped_on_its_side",
)

own = style(
    "locally_connected2d",
    """
    def locally_connected2d(x, w, b):
        OH, OW, KH, KW, C, F = w.shape
        y = np.empty((len(x), OH, OW, F))
        for r in range(OH):
            for s in range(OW):
                win = x[:, r:r + KH, s:s + KW, :]
                y[:, r, s, :] = np.tensordot(win, w[r, s], axes=3) + b[r, s]
        return y
    """,
)
own.wrong(
    "the weights of the first position everywhere",
    ("w[r, s]", "w[0, 0]"),
    names="weights_shared",
)
own.wrong(
    "the bias of the first position everywhere",
    ("b[r, s]", "b[0, 0]"),
    names="bias_shared",
)
own.wrong(
    "row and column of the weights swapped",
    ("w[r, s]", "w[s, r]"),
    names="places_exchanged",
)
own.wrong(
    "windows lie side by side",
    ("r:r + KH, s:s + KW", "r * KH:(r + 1) * KH, s * KW:(s + 1) * KW"),
    names="windows_side_by_side",
)
own.wrong(
    "the weights of the row only",
    ("w[r, s]", "w[r, 0]"),
    names="weights_of_the_row",
)

# Lesson 08: pooling.

pool = style(
    "max_pool2d",
    """
    def max_pool2d(x, size=2, stride=None):
        if isinstance(size, tuple):
            ph, pw = size
        else:
            ph = pw = size
        sh, sw = (ph, pw) if stride is None else (stride, stride)
        N, H, W, C = x.shape
        hh = (H - ph) // sh + 1
        ww = (W - pw) // sw + 1
        out = np.zeros((N, hh, ww, C))
        for n in range(N):
            for c in range(C):
                for i in range(hh):
                    for j in range(ww):
                        best = x[n, i * sh, j * sw, c]
                        for a in range(ph):
                            for d in range(pw):
                                if x[n, i * sh + a, j * sw + d, c] > best:
                                    best = x[n, i * sh + a, j * sw + d, c]
                        out[n, i, j, c] = best
        return out
    """,
)
pool.wrong(
    "the search starts from 0",
    ("best = x[n, i * sh, j * sw, c]\n                    for", "best = 0\n                    for"),
    names="running_max_starts_at_zero",
)
pool.wrong(
    "the smallest number wins",
    ("c] > best", "c] < best"),
    names="minimum_instead",
)
pool.wrong("the last column of the window is not looked at", ("for d in range(pw)", "for d in range(pw - 1)"))
pool.wrong(
    "stride 1 where none is given",
    ("(ph, pw) if stride is None", "(1, 1) if stride is None"),
    names="stride_defaults_to_one",
)
pool.wrong(
    "the rows' step for the columns, too",
    ("sh, sw = (ph, pw) if", "sh, sw = (ph, ph) if"),
    names="stride_from_height_only",
)
pool.wrong(
    "compares with one cell and keeps another",
    ("best = x[n, i * sh + a, j * sw + d, c]", "best = x[n, i + a, j + d, c]"),
    names="another_cell_is_kept",
)
pool.wrong("the row is off by one", ("out[n, i, j, c] = best", "out[n, i - 1, j, c] = best"))

# numpy reshape trick, and a list comprehension.
mosaic = style(
    "max_pool2d",
    """
    def max_pool2d(x, size=2, stride=None):
        k = np.broadcast_to(size, 2)
        s = k if stride is None else np.broadcast_to(stride, 2)
        rows = range(0, x.shape[1] - k[0] + 1, s[0])
        cols = range(0, x.shape[2] - k[1] + 1, s[1])
        strips = [[x[:, r:r + k[0], c:c + k[1]].max(axis=(1, 2)) for c in cols] for r in rows]
        return np.array(strips).transpose(2, 0, 1, 3)
    """,
)
mosaic.wrong(
    "the axes of the list are not put in order",
    (".transpose(2, 0, 1, 3)", ""),
    names="images_last",
)
mosaic.wrong(
    "rows and columns are transposed in the end",
    ("transpose(2, 0, 1, 3)", "transpose(2, 1, 0, 3)"),
    names="rows_and_columns_swapped",
)
mosaic.wrong(
    "the largest of a row only",
    ("max(axis=(1, 2))", "max(axis=1)[:, 0]"),
    names="max_along_rows_only",
)
mosaic.wrong(
    "windows hang over the edge",
    ("x.shape[1] - k[0] + 1", "x.shape[1]"),
    ("x.shape[2] - k[1] + 1", "x.shape[2]"),
    names="windows_hang_over",
)
mosaic.wrong(
    "largest magnitude instead of largest number",
    ("x[:, r:r + k[0], c:c + k[1]].max", "np.abs(x[:, r:r + k[0], c:c + k[1]]).max"),
    names="largest_magnitude",
)
mosaic.wrong(
    "the largest over the channels as well",
    ("max(axis=(1, 2))", "max(axis=(1, 2, 3))[:, None]"),
    names="one_channel_comes_back",
)

mean = style(
    "avg_pool2d",
    """
    def avg_pool2d(x, size=2, stride=None):
        p, q = (size, size) if np.isscalar(size) else size
        if stride is None:
            down, right = p, q
        else:
            down = right = stride
        n, height, width, channels = x.shape
        out_h, out_w = (height - p) // down + 1, (width - q) // right + 1
        total = np.zeros((n, out_h, out_w, channels))
        for a in range(p):
            for b in range(q):
                total += x[:, a:a + out_h * down:down, b:b + out_w * right:right, :]
        return total / (p * q)
    """,
)
mean.wrong(
    "divided by 4 whatever the window",
    ("total / (p * q)", "total / 4"),
    names="divides_by_four",
)
mean.wrong(
    "the sum, never divided",
    ("total / (p * q)", "total"),
    names="sum_not_divided",
)
mean.wrong(
    "sides added in the divisor",
    ("(p * q)", "(p + q)"),
    names="divides_by_height_plus_width",
)
mean.wrong("the last column of the window is not added", ("for b in range(q)", "for b in range(q - 1)"))
mean.wrong(
    "divided by p², as if square",
    ("(p * q)", "(p * p)"),
    names="divides_by_height_squared",
)
mean.wrong("the steps of rows and columns swapped", ("down, right = p, q", "down, right = q, p"))

# Lesson 09: fields.

field_ = style(
    "receptive_field",
    """
    def receptive_field(layers):
        size, jump = 1, 1
        for layer in layers:
            kernel = layer["kernel"]
            stride = layer["stride"] if "stride" in layer else 1
            dilation = layer["dilation"] if "dilation" in layer else 1
            effective = (kernel - 1) * dilation + 1
            size += (effective - 1) * jump
            jump *= stride
        return size, jump
    """,
)
field_.wrong(
    "the jump grows before it is used",
    (
        "        size += (effective - 1) * jump\n        jump *= stride\n",
        "        jump *= stride\n        size += (effective - 1) * jump\n",
    ),
    at="jump",
    names="jump_of_the_layer_itself",
)
field_.wrong(
    "strides are added up",
    ("jump *= stride", "jump += stride"),
    names="strides_added",
)
field_.wrong(
    "the padding widens the field",
    ("size += (effective - 1) * jump", "size += (effective - 1) * jump + 2 * layer.get('pad', 0)"),
)
field_.wrong(
    "the dilation multiplies the whole kernel",
    ("(kernel - 1) * dilation + 1", "kernel * dilation"),
    names="dilation_times_kernel",
)
field_.wrong(
    "fields are multiplied",
    ("size += (effective - 1) * jump", "size *= effective"),
    names="sizes_multiplied",
)
field_.wrong(
    "returns them the other way round",
    ("return size, jump", "return jump, size"),
    names="size_and_jump_exchanged",
)

box = style(
    "receptive_box",
    """
    def back(first, last, layer):
        s, p, d = layer.get("stride", 1), layer.get("pad", 0), layer.get("dilation", 1)
        return first * s - p, last * s - p + (layer["kernel"] - 1) * d

    def receptive_box(layers, i, j):
        top = bottom = i
        left = right = j
        for layer in layers[::-1]:
            top, bottom = back(top, bottom, layer)
            left, right = back(left, right, layer)
        return top, bottom, left, right
    """,
)
box.wrong(
    "the padding is added",
    ("first * s - p, last * s - p", "first * s + p, last * s + p"),
    names="padding_added",
)
box.wrong(
    "from the input up",
    ("layers[::-1]", "layers"),
    names="read_from_the_input",
)
box.wrong(
    "the last cell lacks its − 1",
    ('layer["kernel"] - 1', 'layer["kernel"]'),
    names="whole_kernel_added",
)
box.wrong(
    "cut off at the border",
    ("return first * s - p,", "return max(first * s - p, 0),"),
    names="cut_at_the_border",
)
box.wrong(
    "the end is not moved by the padding",
    ("last * s - p +", "last * s +"),
    names="padding_at_the_first_end_only",
)
box.wrong(
    "the order of the four",
    ("return top, bottom, left, right", "return top, left, bottom, right"),
    names="corners_instead_of_sides",
)
box.wrong(
    "the stride only at the start",
    ("last * s - p", "last - p"),
    names="stride_at_the_first_end_only",
)

# Lesson 10: backward through the convolution.

matrix = style(
    "conv_matrix",
    """
    def conv_matrix(k, n):
        m = len(k)
        rows = []
        for i in range(n - m + 1):
            rows.append([0.0] * i + list(k) + [0.0] * (n - m - i))
        return np.array(rows)
    """,
)
matrix.wrong(
    "the kernel is written backwards",
    ("list(k)", "list(k)[::-1]"),
    names="kernel_reversed",
)
matrix.wrong("one row is missing", ("range(n - m + 1)", "range(n - m)"))
matrix.wrong(
    "no row is shifted",
    ("[0.0] * i + list(k) + [0.0] * (n - m - i)", "list(k) + [0.0] * (n - m)"),
    names="rows_not_shifted",
)
matrix.wrong(
    "shifted the other way",
    ("[0.0] * i + list(k) + [0.0] * (n - m - i)", "[0.0] * (n - m - i) + list(k) + [0.0] * i"),
    names="rows_shifted_backwards",
)
matrix.wrong(
    "the matrix is transposed",
    ("np.array(rows)", "np.array(rows).T"),
    names="matrix_transposed",
)

# deeplearning.ai's conv_backward.
deep = style(
    "conv2d_backward",
    """
    def conv2d_backward(dZ, A_prev, W, stride=1, pad=0):
        (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
        (fh, fw, n_C_prev, n_C) = W.shape
        (m, n_H, n_W, n_C) = dZ.shape
        dA_prev = np.zeros(A_prev.shape)
        dW = np.zeros(W.shape)
        db = np.zeros(n_C)
        spec = ((0, 0), (pad, pad), (pad, pad), (0, 0))
        A_prev_pad = np.pad(A_prev, spec)
        dA_prev_pad = np.pad(dA_prev, spec)
        for i in range(m):
            a_prev_pad = A_prev_pad[i]
            da_prev_pad = dA_prev_pad[i]
            for h in range(n_H):
                for w in range(n_W):
                    for c in range(n_C):
                        vs, hs = h * stride, w * stride
                        ve, he = vs + fh, hs + fw
                        a_slice = a_prev_pad[vs:ve, hs:he, :]
                        da_prev_pad[vs:ve, hs:he, :] += W[:, :, :, c] * dZ[i, h, w, c]
                        dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
                        db[c] += dZ[i, h, w, c]
            dA_prev[i] = da_prev_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]
        return dA_prev, dW, db
    """,
)
deep.wrong(
    "the crop is empty without padding",
    ("da_prev_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]", "da_prev_pad[pad:-pad, pad:-pad, :]"),
    names="empty_slice_at_pad_zero",
)
deep.wrong(
    "the windows overwrite each other in dx",
    ("he, :] += W", "he, :] = W"),
    names="dx_assigned",
)
deep.wrong(
    "the weights' gradient is that of the last window",
    ("dW[:, :, :, c] +=", "dW[:, :, :, c] ="),
    names="dw_last_window_wins",
)
deep.wrong(
    "the weights' gradient without the gradient from above",
    ("a_slice * dZ[i, h, w, c]", "a_slice"),
    names="dw_upstream_left_out",
)
deep.wrong(
    "dx multiplies the input instead of the weights",
    ("W[:, :, :, c] * dZ", "a_slice * dZ"),
    names="dx_from_the_input",
)
deep.wrong(
    "the bias' gradient counts the windows",
    ("db[c] += dZ[i, h, w, c]", "db[c] += 1"),
    names="db_counts_cells",
)
deep.wrong(
    "the crop starts at 0",
    ("da_prev_pad[pad:pad + n_H_prev, pad:pad + n_W_prev, :]", "da_prev_pad[:n_H_prev, :n_W_prev, :]"),
    names="dx_cut_from_the_corner",
)
deep.wrong(
    "the window starts without the stride",
    ("vs, hs = h * stride, w * stride", "vs, hs = h, w"),
    names="stride_ignored",
)
deep.wrong(
    "the sum of the bias runs within the first image",
    ("db[c] += dZ[i, h, w, c]", "db[c] += dZ[0, h, w, c]"),
    names="db_adds_the_first_image",
)
deep.wrong(
    "dW and dx are returned in the other order",
    ("return dA_prev, dW, db", "return dW, dA_prev, db"),
    names="returns_dw_first",
)
deep.wrong(
    "reads the map's cell with row and column swapped",
    ("W[:, :, :, c] * dZ[i, h, w, c]", "W[:, :, :, c] * dZ[i, w, h, c]"),
)
deep.wrong(
    "divides all by the number of images, as for a mean loss",
    ("return dA_prev, dW, db", "return dA_prev / m, dW / m, db / m"),
    names="averaged_over_the_batch",
)
deep.wrong(
    "the columns of the window from its rows",
    ("hs + fw", "hs + fh"),
    names="kernel_sides_mixed_up",
)

# Whole arrays: the kernel's cells are the loop.
taps = style(
    "conv2d_backward",
    """
    def conv2d_backward(dout, x, w, stride=1, pad=0):
        H, W = x.shape[1:3]
        OH, OW = dout.shape[1:3]
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        dxp = np.zeros(xp.shape)
        dw = np.zeros(w.shape)
        for a in range(w.shape[0]):
            for b in range(w.shape[1]):
                rows = slice(a, a + stride * OH, stride)
                cols = slice(b, b + stride * OW, stride)
                dw[a, b] = np.einsum("nijc,nijf->cf", xp[:, rows, cols], dout)
                dxp[:, rows, cols] += dout @ w[a, b].T
        return dxp[:, pad:pad + H, pad:pad + W], dw, dout.sum((0, 1, 2))
    """,
)
taps.wrong(
    "the taps overwrite each other",
    ("dxp[:, rows, cols] +=", "dxp[:, rows, cols] ="),
    names="dx_assigned",
)
taps.wrong(
    "the kernel is flipped for dx, as in the textbooks' formula",
    ("w[a, b].T", "w[-1 - a, -1 - b].T"),
    names="dx_filter_turned",
)
taps.wrong(
    "db keeps the columns",
    ("dout.sum((0, 1, 2))", "dout.sum((0, 1))"),
    names="db_for_each_column",
)
taps.wrong(
    "slices without the stride",
    ("slice(a, a + stride * OH, stride)", "slice(a, a + OH)"),
    ("slice(b, b + stride * OW, stride)", "slice(b, b + OW)"),
    names="stride_ignored",
)
taps.wrong(
    "the slice ends at OH, whatever the stride", ("a + stride * OH", "a + OH"), ("b + stride * OW", "b + OW")
)
taps.wrong(
    "the crop takes the end of the padding, not its start",
    ("pad:pad + H, pad:pad + W", "2 * pad:, 2 * pad:"),
    names="crop_skips_both_borders",
)
taps.wrong(
    "dx without cropping",
    ("dxp[:, pad:pad + H, pad:pad + W]", "dxp"),
    names="dx_keeps_the_padding",
)

# CS231n's max_pool_backward.
route = style(
    "max_pool2d_backward",
    """
    def max_pool2d_backward(dout, x, size=2, stride=None):
        try:
            ph, pw = size
        except TypeError:
            ph, pw = size, size
        sh, sw = (ph, pw) if stride is None else (stride, stride)
        N, H, W, C = x.shape
        dx = np.zeros(x.shape)
        for n in range(N):
            for c in range(C):
                for i in range(dout.shape[1]):
                    for j in range(dout.shape[2]):
                        field = x[n, i * sh:i * sh + ph, j * sw:j * sw + pw, c]
                        r, s = np.unravel_index(np.argmax(field), field.shape)
                        dx[n, i * sh + r, j * sw + s, c] += dout[n, i, j, c]
        return dx
    """,
)
route.wrong(
    "the second window of a shared maximum wins",
    ("s, c] += dout", "s, c] = dout"),
    names="cell_assigned",
)
route.wrong(
    "the position within the window is taken for that in the image",
    ("dx[n, i * sh + r, j * sw + s, c]", "dx[n, r, s, c]"),
    names="written_at_the_top_left",
)
route.wrong(
    "row and column of the maximum swapped",
    ("r, s = np.unravel_index", "s, r = np.unravel_index"),
    names="place_swapped",
)
route.wrong(
    "the position counted for a transposed window",
    ("field.shape)", "field.T.shape)"),
    names="place_divided_by_height",
)
route.wrong(
    "the smallest gets it",
    ("np.argmax(field)", "np.argmin(field)"),
    names="minimum_gets_it",
)
route.wrong(
    "the gradient counts once, whatever its size",
    ("+= dout[n, i, j, c]", "+= 1"),
    names="upstream_left_out",
)
route.wrong("the maximum is searched in the gradient", ("field = x[n, i", "field = dout[n, i"))
route.wrong(
    "the window's start ignores the stride for columns",
    ("j * sw + s, c]", "j + s, c]"),
    names="written_without_the_stride",
)

# The mask of deeplearning.ai.
masked = style(
    "max_pool2d_backward",
    """
    def create_mask_from_window(x):
        mask = np.zeros(x.shape)
        mask.flat[x.argmax()] = 1.0
        return mask

    def max_pool2d_backward(dA, A_prev, size=2, stride=None):
        f_h, f_w = np.broadcast_to(size, 2)
        s_h, s_w = (f_h, f_w) if stride is None else (stride, stride)
        m, n_H, n_W, n_C = dA.shape
        dA_prev = np.zeros_like(A_prev)
        for i in range(m):
            a_prev = A_prev[i]
            for h in range(n_H):
                for w in range(n_W):
                    for c in range(n_C):
                        vert = slice(h * s_h, h * s_h + f_h)
                        horiz = slice(w * s_w, w * s_w + f_w)
                        mask = create_mask_from_window(a_prev[vert, horiz, c])
                        dA_prev[i, vert, horiz, c] += mask * dA[i, h, w, c]
        return dA_prev
    """,
)
masked.wrong(
    "all equal maxima get the whole gradient",
    ("    mask = np.zeros(x.shape)\n    mask.flat[x.argmax()] = 1.0\n", "    mask = x == np.max(x)\n"),
    names="all_ties_get_everything",
)
masked.wrong(
    "the mask of the whole channel",
    (
        "create_mask_from_window(a_prev[vert, horiz, c])",
        "create_mask_from_window(a_prev[:, :, c])[vert, horiz]",
    ),
    names="maximum_of_the_picture",
)
masked.wrong(
    "the gradient at the input's position", ("mask * dA[i, h, w, c]", "mask * dA[i, vert, horiz, c]")
)
masked.wrong(
    "the mask without the gradient",
    ("mask * dA[i, h, w, c]", "mask"),
    names="upstream_left_out",
)
masked.wrong(
    "the channels share one mask",
    ("a_prev[vert, horiz, c]", "a_prev[vert, horiz, 0]"),
    names="maxima_of_the_first_channel",
)
masked.wrong(
    "the gradient of the first channel for all",
    ("dA[i, h, w, c]", "dA[i, h, w, 0]"),
    names="upstream_of_the_first_channel",
)

even = style(
    "avg_pool2d_backward",
    """
    def distribute_value(dz, shape):
        (n_H, n_W) = shape
        average = dz / (n_H * n_W)
        return np.ones(shape) * average

    def avg_pool2d_backward(dout, x, size=2, stride=None):
        shape = tuple(size) if np.ndim(size) else (size, size)
        steps = shape if stride is None else (stride, stride)
        dx = np.zeros(x.shape)
        for n, i, j, c in np.ndindex(*dout.shape):
            top, left = i * steps[0], j * steps[1]
            dx[n, top:top + shape[0], left:left + shape[1], c] += distribute_value(dout[n, i, j, c], shape)
        return dx
    """,
)
even.wrong(
    "the gradient is handed on whole",
    ("dz / (n_H * n_W)", "dz"),
    names="not_divided",
)
even.wrong(
    "shared among the sum of the sides",
    ("(n_H * n_W)", "(n_H + n_W)"),
    names="divided_by_height_plus_width",
)
even.wrong(
    "overwritten where windows overlap",
    ("c] += distribute", "c] = distribute"),
    names="window_assigned",
)
even.wrong("the step of the rows for both", ("j * steps[1]", "j * steps[0]"))
even.wrong(
    "the gradient times the input",
    (
        "distribute_value(dout[n, i, j, c], shape)",
        "distribute_value(dout[n, i, j, c], shape) * x[n, top:top + shape[0], left:left + shape[1], c]",
    ),
    names="times_the_cell",
)

# Lesson 11: the table of windows.

rowsof = style(
    "im2col",
    """
    def im2col(x, kernel, stride=1, pad=0):
        kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
        x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        N, H, W, C = x.shape
        cols = []
        for n in range(N):
            for i in range(0, H - kh + 1, stride):
                for j in range(0, W - kw + 1, stride):
                    cols.append(x[n, i:i + kh, j:j + kw, :].reshape(-1))
        return np.vstack(cols)
    """,
)
rowsof.wrong(
    "one window a column, not a row",
    ("np.vstack(cols)", "np.column_stack(cols)"),
    names="table_transposed",
)
rowsof.wrong(
    "positions before images",
    (
        "    for n in range(N):\n        for i in range(0, H - kh + 1, stride):\n"
        "            for j in range(0, W - kw + 1, stride):\n",
        "    for i in range(0, H - kh + 1, stride):\n"
        "        for j in range(0, W - kw + 1, stride):\n            for n in range(N):\n",
    ),
    names="images_last",
)
rowsof.wrong("the window is read column by column", (".reshape(-1)", '.reshape(-1, order="F")'))
rowsof.wrong(
    "columns before rows",
    (
        "        for i in range(0, H - kh + 1, stride):\n"
        "            for j in range(0, W - kw + 1, stride):\n",
        "        for j in range(0, W - kw + 1, stride):\n"
        "            for i in range(0, H - kh + 1, stride):\n",
    ),
    names="windows_column_by_column",
)
rowsof.wrong("padded twice in size", ("(pad, pad), (pad, pad)", "(2 * pad, 2 * pad), (2 * pad, 2 * pad)"))
rowsof.wrong(
    "the step is applied to the rows alone",
    ("W - kw + 1, stride)", "W - kw + 1)"),
    names="stride_on_rows_only",
)
rowsof.wrong(
    "the channels are lost",
    ("j:j + kw, :]", "j:j + kw, 0]"),
    names="first_channel_only",
)

# The indices of CS231n's im2col.
fancy = style(
    "im2col",
    """
    def im2col(x, kernel, stride=1, pad=0):
        field_height, field_width = np.broadcast_to(kernel, 2)
        N, H, W, C = x.shape
        x_padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant")
        out_height = (H + 2 * pad - field_height) // stride + 1
        out_width = (W + 2 * pad - field_width) // stride + 1
        i0 = np.repeat(np.arange(field_height), field_width)
        j0 = np.tile(np.arange(field_width), field_height)
        i1 = stride * np.repeat(np.arange(out_height), out_width)
        j1 = stride * np.tile(np.arange(out_width), out_height)
        i = i1.reshape(-1, 1) + i0.reshape(1, -1)
        j = j1.reshape(-1, 1) + j0.reshape(1, -1)
        patches = x_padded[:, i, j, :]
        return patches.reshape(N * out_height * out_width, -1)
    """,
)
fancy.wrong(
    "repeat and tile swapped inside the window",
    (
        "i0 = np.repeat(np.arange(field_height), field_width)",
        "i0 = np.tile(np.arange(field_height), field_width)",
    ),
    (
        "j0 = np.tile(np.arange(field_width), field_height)",
        "j0 = np.repeat(np.arange(field_width), field_height)",
    ),
    names="columns_before_rows_in_a_row",
)
fancy.wrong(
    "repeated as often as there are rows",
    ("np.repeat(np.arange(out_height), out_width)", "np.repeat(np.arange(out_height), out_height)"),
)
fancy.wrong(
    "the columns do not step",
    ("j1 = stride * np.tile", "j1 = np.tile"),
    names="stride_on_rows_only",
)
fancy.wrong("the unpadded image is indexed", ("x_padded[:, i, j, :]", "x[:, i, j, :]"))
fancy.wrong(
    "the axes in the order of another layout before the reshape",
    ("patches = x_padded[:, i, j, :]", "patches = x_padded[:, i, j, :].transpose(1, 0, 2, 3)"),
    names="images_last",
)

gemm = style(
    "conv2d_im2col",
    """
    def im2col(x, kernel, stride=1, pad=0):
        kh, kw = kernel
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        oh = (xp.shape[1] - kh) // stride + 1
        ow = (xp.shape[2] - kw) // stride + 1
        cols = np.zeros((x.shape[0], oh, ow, kh, kw, x.shape[3]))
        for i in range(oh):
            for j in range(ow):
                cols[:, i, j] = xp[:, i * stride:i * stride + kh, j * stride:j * stride + kw]
        return cols.reshape(x.shape[0] * oh * ow, -1)

    def conv2d_im2col(x, w, b, stride=1, pad=0):
        KH, KW, C, F = w.shape
        OH = (x.shape[1] + 2 * pad - KH) // stride + 1
        OW = (x.shape[2] + 2 * pad - KW) // stride + 1
        cols = im2col(x, (KH, KW), stride, pad)
        res = cols.dot(w.reshape(-1, F))
        res = res + b
        return res.reshape(x.shape[0], OH, OW, F)
    """,
)
gemm.wrong(
    "the output is shaped channels first and moved back",
    ("res.reshape(x.shape[0], OH, OW, F)", "res.reshape(x.shape[0], F, OH, OW).transpose(0, 2, 3, 1)"),
    names="maps_filled_filters_first",
)
gemm.wrong(
    "the padding is not passed on",
    ("im2col(x, (KH, KW), stride, pad)", "im2col(x, (KH, KW), stride)"),
    names="size_and_padding_disagree",
)
gemm.wrong(
    "width and height of the kernel swapped in the call",
    ("im2col(x, (KH, KW), stride, pad)", "im2col(x, (KW, KH), stride, pad)"),
)
gemm.wrong(
    "the size without the padding",
    ("x.shape[1] + 2 * pad - KH", "x.shape[1] - KH"),
    ("x.shape[2] + 2 * pad - KW", "x.shape[2] - KW"),
    names="size_and_padding_disagree",
)
gemm.wrong(
    "the weights as rows of another order",
    ("w.reshape(-1, F)", "w.reshape(F, -1).T"),
    names="weights_reshaped",
)
gemm.wrong(
    "the bias multiplies",
    ("res = res + b", "res = res * b"),
    names="bias_multiplied",
)
gemm.wrong(
    "rows and columns of the map swapped",
    ("res.reshape(x.shape[0], OH, OW, F)", "res.reshape(x.shape[0], OW, OH, F)"),
)
gemm.wrong(
    "the helper's columns do not step",
    ("j * stride:j * stride + kw", "j:j + kw"),
    names="stride_on_rows_only",
)

shiftgap = style(
    "equivariance_gap",
    """
    def equivariance_gap(f, x, shift):
        moved = np.zeros_like(x)
        moved[:, shift:] = x[:, :x.shape[1] - shift]
        before = f(x)
        after = f(moved)
        oh = before.shape[1]
        gap = np.abs(before[:, :oh - shift] - after[:, shift:])
        return float(gap.max())
    """,
)
shiftgap.wrong(
    "the rows come back at the top",
    (
        "    moved = np.zeros_like(x)\n    moved[:, shift:] = x[:, :x.shape[1] - shift]\n",
        "    moved = np.roll(x, shift, axis=1)\n",
    ),
    names="rolled_around",
)
shiftgap.wrong(
    "the columns move instead of the rows",
    ("moved[:, shift:] = x[:, :x.shape[1] - shift]", "moved[:, :, shift:] = x[:, :, :x.shape[2] - shift]"),
    names="moved_to_the_right",
)
shiftgap.wrong(
    "the mean gap",
    ("gap.max()", "gap.mean()"),
    names="averaged",
)
shiftgap.wrong(
    "no absolute value",
    ("np.abs(before[:, :oh - shift] - after[:, shift:])", "before[:, :oh - shift] - after[:, shift:]"),
    names="sign_kept",
)
shiftgap.wrong(
    "the maps are compared where they stand",
    ("before[:, :oh - shift] - after[:, shift:]", "before - after"),
    names="output_not_shifted",
)
shiftgap.wrong("the input's rows cut the map", ("oh = before.shape[1]", "oh = x.shape[1]"))
shiftgap.wrong(
    "the slice is empty at shift 0",
    ("before[:, :oh - shift]", "before[:, :-shift]"),
    names="empty_slice_at_zero",
)

gemmback = style(
    "conv2d_backward_im2col",
    """
    def conv2d_backward_im2col(dout, x, w, stride=1, pad=0):
        KH, KW, C, F = w.shape
        N, OH, OW, _ = dout.shape
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        patches = np.empty((N, OH, OW, KH, KW, C))
        for i in range(OH):
            for j in range(OW):
                patches[:, i, j] = xp[:, i * stride:i * stride + KH, j * stride:j * stride + KW]
        col = patches.reshape(N * OH * OW, KH * KW * C)
        g = dout.reshape(-1, F)
        db = g.sum(axis=0)
        dw = (col.T @ g).reshape(w.shape)
        dcol = (g @ w.reshape(-1, F).T).reshape(patches.shape)
        dxp = np.zeros_like(xp)
        for i in range(OH):
            for j in range(OW):
                dxp[:, i * stride:i * stride + KH, j * stride:j * stride + KW] += dcol[:, i, j]
        return dxp[:, pad:pad + x.shape[1], pad:pad + x.shape[2]], dw, db
    """,
)
gemmback.wrong(
    "the windows overwrite each other",
    ("KW] += dcol", "KW] = dcol"),
    names="dx_assigned",
)
gemmback.wrong(
    "the weights' gradient in the shape of filters first",
    ("(col.T @ g).reshape(w.shape)", "(g.T @ col).reshape(w.shape)"),
    names="dw_reshaped",
)
gemmback.wrong(
    "the upstream gradient is cut filters first",
    ("dout.reshape(-1, F)", "dout.transpose(3, 0, 1, 2).reshape(-1, F)"),
    names="gradient_reshaped",
)
gemmback.wrong(
    "the scatter ignores the stride",
    ("dxp[:, i * stride:i * stride + KH, j * stride:j * stride + KW]", "dxp[:, i:i + KH, j:j + KW]"),
    names="dx_ignores_stride",
)
gemmback.wrong(
    "the unpad of −pad",
    ("dxp[:, pad:pad + x.shape[1], pad:pad + x.shape[2]]", "dxp[:, pad:-pad, pad:-pad]"),
    names="empty_slice_at_pad_zero",
)
gemmback.wrong(
    "db over the wrong axis",
    ("g.sum(axis=0)", "g.sum(axis=1)"),
    names="db_for_each_window",
)

# Lesson 12: other frameworks.

summary = style(
    "keras_parameters",
    """
    def keras_parameters(layer):
        name, config = layer["class_name"], layer["config"]
        if name == "Conv2D":
            kh, kw = config["kernel_size"]
            n_in, n_out = kh * kw * layer["input_shape"][-1], config["filters"]
        elif name == "Dense":
            n_in, n_out = layer["input_shape"][-1], config["units"]
        else:
            return 0
        return n_in * n_out + (n_out if config["use_bias"] else 0)
    """,
)
summary.wrong(
    "the rows of the input for its channels",
    ('kh * kw * layer["input_shape"][-1]', 'kh * kw * layer["input_shape"][0]'),
    names="height_for_channels",
)
summary.wrong(
    "the bias always counts",
    ('(n_out if config["use_bias"] else 0)', "n_out"),
    names="use_bias_ignored",
)
summary.wrong(
    "one bias a layer",
    ('(n_out if config["use_bias"] else 0)', '(1 if config["use_bias"] else 0)'),
    names="one_bias_per_layer",
)
summary.wrong(
    "every pixel of the input is counted",
    ('kh * kw * layer["input_shape"][-1]', 'kh * kw * int(np.prod(layer["input_shape"]))'),
)
summary.wrong(
    "nothing comes back for a pool",
    ("return 0", "pass\n        return"),
    at="return",
    names="nothing_for_others",
)

to_keras = style(
    "to_keras_weights",
    """
    def to_keras_weights(w, b):
        weights = []
        weights.append(np.array(w))
        weights.append(np.array(b))
        return weights
    """,
)
to_keras.wrong(
    "the bias comes first",
    (
        "    weights.append(np.array(w))\n    weights.append(np.array(b))\n",
        "    weights.append(np.array(b))\n    weights.append(np.array(w))\n",
    ),
    at="np.array(",
    names="order_exchanged",
)
to_keras.wrong(
    "rotated by 180°",
    ("np.array(w)", "np.array(w[::-1, ::-1])"),
    names="filter_turned",
)
to_keras.wrong(
    "filters and channels swapped",
    ("np.array(w)", "np.swapaxes(w, 2, 3)"),
    names="channels_and_filters_exchanged",
)

to_torch = style(
    "to_torch_weights",
    """
    def to_torch_weights(w, b):
        kernel = np.moveaxis(w, [3, 2], [0, 1])
        return [kernel, b]
    """,
)
to_torch.wrong(
    "reshaped instead of moved",
    ("np.moveaxis(w, [3, 2], [0, 1])", "w.reshape(w.shape[3], w.shape[2], w.shape[0], w.shape[1])"),
    names="reshaped_instead_of_transposed",
)
to_torch.wrong(
    "channels before filters",
    ("[3, 2], [0, 1]", "[2, 3], [0, 1]"),
    names="channels_first",
)
to_torch.wrong(
    "all axes reversed",
    ("np.moveaxis(w, [3, 2], [0, 1])", "w.T"),
    names="all_axes_reversed",
)
to_torch.wrong(
    "the bias is forgotten",
    ("[kernel, b]", "[kernel]"),
    names="bias_left_out",
)

keras_same = style(
    "same_as_keras",
    """
    def pads(n, k, s):
        out = -(-n // s)
        total = max((out - 1) * s + k - n, 0)
        return total // 2, total - total // 2

    def same_as_keras(x, w, b, strides, padding):
        if padding == "same":
            rows = pads(x.shape[1], w.shape[0], strides)
            cols = pads(x.shape[2], w.shape[1], strides)
            x = np.pad(x, ((0, 0), rows, cols, (0, 0)))
        kh, kw, _, f = w.shape
        oh = (x.shape[1] - kh) // strides + 1
        ow = (x.shape[2] - kw) // strides + 1
        y = np.zeros((x.shape[0], oh, ow, f)) + b
        for a in range(kh):
            for c in range(kw):
                y += x[:, a:a + oh * strides:strides, c:c + ow * strides:strides] @ w[a, c]
        return y
    """,
)
keras_same.wrong(
    "the odd zero goes before",
    ("return total // 2, total - total // 2", "return total - total // 2, total // 2"),
    names="same_larger_half_first",
)
keras_same.wrong(
    "the stride is not passed to the padding",
    ("w.shape[0], strides)", "w.shape[0], 1)"),
    ("w.shape[1], strides)", "w.shape[1], 1)"),
    names="same_ignores_stride",
)
keras_same.wrong(
    "the rows' padding for the columns",
    ("cols = pads(x.shape[2], w.shape[1], strides)", "cols = rows"),
    names="same_rows_for_both",
)
keras_same.wrong(
    "valid is padded, same is not",
    ('padding == "same"', 'padding == "valid"'),
    names="valid_and_same_swapped",
)
keras_same.wrong(
    "the bias is added for each cell of the kernel",
    ("@ w[a, c]", "@ w[a, c] + b"),
    ("np.zeros((x.shape[0], oh, ow, f)) + b", "np.zeros((x.shape[0], oh, ow, f))"),
    at="+ b",
    names="bias_per_pixel",
)
keras_same.wrong(
    "half the kernel on every side, whatever the stride",
    ("total // 2, total - total // 2", "k // 2, k // 2"),
    names="same_half_kernel_on_both_sides",
)
