"""Wrong answers by someone who had read the lessons and the docstrings, and neither the catalogue of bugs
nor any other collection.

What is wrong and on which line was written down before anything was judged, and the text is left as it was
written then. `names` was added afterwards, the bugs whose sentences say so, and `also`.

Of the 391 the judge of that day named 292, located 45 (44 at the foretold line, one at another that is enough
as well), explained 21 by their exception or their kind, and left 33 unexplained. No name was wrong, and one
verdict ended in an error.
"""

from __future__ import annotations

import textwrap

from support.foretold import ForetoldStyle
from support.wrong_answers import WrongAnswer

STYLES: list[ForetoldStyle] = []
ALONE: list[WrongAnswer] = []


def style(exercise: str, source: str) -> ForetoldStyle:
    """Add a right answer."""
    made = ForetoldStyle(exercise, textwrap.dedent(source).lstrip())
    STYLES.append(made)
    return made


def alone(exercise: str, diagnosis: str, source: str, at: str, names: str = "") -> None:
    """Add an answer that no right one was changed into: half finished, or thought of in another way.

    Args:
        exercise: the exercise's id.
        diagnosis: what is wrong, in words.
        source: its text.
        at: texts of the lines that are wrong, a line each.
        names: the bugs whose sentences say the same, separated by blanks.

    Raises:
        ValueError: a text is on no line.
    """
    text = textwrap.dedent(source).lstrip()
    lines: list[int] = []
    for part in at.splitlines():
        found = [number for number, line in enumerate(text.splitlines(), 1) if part.strip() in line]
        if not found:
            raise ValueError(f"{diagnosis}: {part!r} is on no line")
        lines += found
    ALONE.append(WrongAnswer(exercise, diagnosis, tuple(names.split()), text, tuple(sorted(set(lines)))))


def all_unseen() -> list[WrongAnswer]:
    """Every wrong answer."""
    return [answer for one in STYLES for answer in one.answers] + ALONE


# Lessons 00 and 01.

mirror_index = style(
    "mirror",
    """
    def mirror(image):
        H, W = image.shape[0], image.shape[1]
        flipped = np.empty_like(image)
        for col in range(W):
            flipped[:, col] = image[:, W - 1 - col]
        return flipped
    """,
)
mirror_index.wrong(
    "column W - col is one too far, and the first one does not exist", ("W - 1 - col", "W - col")
)
mirror_index.wrong(
    "writes into the image it reads",
    ("np.empty_like(image)", "image"),
    names="left_half_overwritten input_modified",
)
mirror_index.wrong(
    "rows are mirrored as well", ("image[:, W - 1 - col]", "image[::-1, W - 1 - col]"), names="turned_by_half"
)
mirror_index.wrong("only half of the columns are filled", ("range(W)", "range(W // 2)"))
alone(
    "mirror",
    "the whole array is reversed along every axis, channels included",
    """
    def mirror(image):
        return np.flip(image)
    """,
    at="np.flip(image)",
    names="every_axis_reversed",
)

distance = style(
    "signed_distance",
    """
    def signed_distance(x, w, b):
        norm = np.sqrt(np.sum(w ** 2))
        return (np.dot(x, w) + b) / norm
    """,
)
distance.wrong(
    "only the product is divided, not b",
    ("(np.dot(x, w) + b) / norm", "np.dot(x, w) / norm + b"),
    names="bias_not_divided",
)
distance.wrong(
    "divides by the squared length",
    ("np.sqrt(np.sum(w ** 2))", "np.sum(w ** 2)"),
    names="divided_by_the_square",
)
distance.wrong(
    "b counts in the length of w", ("np.sum(w ** 2)", "np.sum(w ** 2) + b ** 2"), names="bias_in_the_length"
)
distance.wrong(
    "the sign is thrown away", ("(np.dot(x, w) + b)", "np.abs(np.dot(x, w) + b)"), names="absolute"
)
distance.wrong(
    "the length is the sum of the absolute weights",
    ("np.sqrt(np.sum(w ** 2))", "np.sum(np.abs(w))"),
    names="divided_by_the_sum",
)

ramps = style(
    "absolute_distance",
    """
    relu = lambda z: np.where(z > 0, z, 0)

    def absolute_distance(x, w, b):
        z = x @ w + b
        d_plus = relu(z)
        d_minus = relu(-z)
        return (d_plus + d_minus) / np.linalg.norm(w)
    """,
)
ramps.wrong(
    "the second ramp keeps +b, as in the notes", ("relu(-z)", "relu(-(x @ w) + b)"), names="bias_not_negated"
)
ramps.wrong(
    "the ramps are subtracted: the sign is back",
    ("d_plus + d_minus", "d_plus - d_minus"),
    names="sides_subtracted",
)
ramps.wrong("does not divide by the length of w", (" / np.linalg.norm(w)", ""), names="not_divided")

units = style(
    "dense",
    """
    def dense(x, w, b):
        N, M = len(x), w.shape[1]
        scores = np.zeros((N, M))
        for n in range(N):
            for m in range(M):
                scores[n, m] = np.dot(x[n], w[:, m]) + b[m]
        return scores
    """,
)
units.wrong("a row of w is taken for a unit", ("w[:, m]", "w[m]"), names="weights_transposed")
units.wrong("the loop over units begins at 1: unit 0 stays 0", ("range(M)", "range(1, M)"))
units.wrong("bias of the example's number", ("b[m]", "b[n]"))
units.wrong(
    "the activation is inside", ("return scores", "return np.maximum(scores, 0)"), names="relu_inside"
)
alone(
    "dense",
    "multiplies cell by cell where a matrix product is needed",
    """
    def dense(x, w, b):
        return x * w + b
    """,
    at="x * w + b",
)

two_layers = style(
    "two_layer_scores",
    """
    from autograder import mine
    dense, relu = mine("dense"), mine("relu")

    def two_layer_scores(x, w1, b1, w2, b2):
        z1 = dense(x, w1, b1)
        a1 = relu(z1)
        z2 = dense(a1, w2, b2)
        return z2
    """,
)
two_layers.wrong(
    "the second layer reads the first one's scores before ReLU",
    ("dense(a1, w2, b2)", "dense(z1, w2, b2)"),
    names="ramp_left_out",
)
two_layers.wrong("ReLU on the output as well", ("return z2", "return relu(z2)"), names="ramp_at_the_end_too")

# Lesson 02.

relu_mask = style(
    "relu_backward",
    """
    def relu_backward(dout, x):
        grad = dout.copy()
        grad[x <= 0] = 0
        return grad
    """,
)
relu_mask.wrong("looks at the sign of dout", ("x <= 0", "grad <= 0"), names="mask_from_dout")
relu_mask.wrong("keeps the wrong half", ("x <= 0", "x > 0"), names="mask_turned")
relu_mask.wrong("zeroes dout itself, the caller's array", ("dout.copy()", "dout"), names="dout_modified")
relu_mask.wrong(
    "returns where x is positive, without dout",
    ("return grad", "return (x > 0).astype(float)"),
    names="upstream_left_out",
)

affine = style(
    "dense_backward",
    """
    def dense_backward(dout, x, w):
        dx = np.dot(dout, w.T)
        dw = np.dot(x.T, dout)
        db = np.sum(dout, axis=0)
        return dx, dw, db
    """,
)
affine.wrong("db is summed over the units", ("axis=0", "axis=1"), names="db_over_units")
affine.wrong(
    "dw and db are divided by the number of examples again",
    ("np.dot(x.T, dout)", "np.dot(x.T, dout) / x.shape[0]"),
    ("np.sum(dout, axis=0)", "np.mean(dout, axis=0)"),
    names="dw_averaged db_averaged",
)
affine.wrong("db keeps an axis of length one", ("axis=0", "axis=0, keepdims=True"))
affine.wrong("dw is transposed", ("np.dot(x.T, dout)", "np.dot(dout.T, x)"), names="dw_transposed")
affine.wrong(
    "the results come as dw, db, dx", ("return dx, dw, db", "return dw, db, dx"), names="returns_dx_last"
)
affine.wrong(
    "Two slips: dx without the transpose, db summed to one number",
    ("np.dot(dout, w.T)", "np.dot(dout, w)"),
    ("np.sum(dout, axis=0)", "np.sum(dout)"),
    names="dx_weights_not_transposed db_one_number",
)

softmax = style(
    "softmax_cross_entropy",
    """
    def softmax_cross_entropy(scores, labels):
        N = scores.shape[0]
        shifted = scores - scores.max(axis=1, keepdims=True)
        exps = np.exp(shifted)
        sums = exps.sum(axis=1, keepdims=True)
        log_probs = shifted - np.log(sums)
        loss = -log_probs[np.arange(N), labels].sum() / N
        dscores = exps / sums
        dscores[np.arange(N), labels] -= 1
        dscores /= N
        return loss, dscores
    """,
)
softmax.wrong(
    "the gradient is not divided by N",
    ("    dscores /= N\n", ""),
    at="return loss, dscores",
    names="gradient_summed",
)
softmax.wrong(
    "nothing is subtracted before exp", (" - scores.max(axis=1, keepdims=True)", ""), names="overflow"
)
softmax.wrong(
    "the maximum of each class over the batch is subtracted, and the sum is over the batch",
    ("axis=1", "axis=0"),
    names="softmax_over_examples",
)
softmax.wrong("the loss is the sum over the batch", (".sum() / N", ".sum()"), names="loss_summed")
softmax.wrong(
    "takes the log of p, which may be 0",
    ("shifted - np.log(sums)", "np.log(exps / sums)"),
    names="log_of_the_probability",
)
softmax.wrong("the loss has no minus", ("-log_probs", "log_probs"), names="loss_sign")
softmax.wrong(
    "1 is subtracted at the label of every row in all rows: columns, not cells",
    ("dscores[np.arange(N), labels] -= 1", "dscores[:, labels] -= 1"),
    names="label_in_every_row",
)
softmax.wrong("the label's 1 is added", ("-= 1", "+= 1"), names="label_added")
softmax.wrong("divides by the number of classes", ("N = scores.shape[0]", "N = scores.shape[1]"))

one_hot = style(
    "softmax_cross_entropy",
    """
    def stable_softmax(z):
        z = z - np.max(z, axis=-1, keepdims=True)
        e = np.exp(z)
        return e / np.sum(e, axis=-1, keepdims=True), z - np.log(np.sum(e, axis=-1, keepdims=True))

    def softmax_cross_entropy(scores, labels):
        y_pred, log_pred = stable_softmax(scores)
        y_true = np.eye(scores.shape[1])[labels]
        loss = -np.mean(np.sum(y_true * log_pred, axis=1))
        grad = (y_pred - y_true) / len(labels)
        return loss, grad
    """,
)
one_hot.wrong(
    "the mean runs over all cells of the table, so the loss is smaller by the number of classes",
    ("-np.mean(np.sum(y_true * log_pred, axis=1))", "-np.mean(y_true * log_pred)"),
    names="loss_divided_by_classes_too",
)
one_hot.wrong("label minus prediction", ("y_pred - y_true", "y_true - y_pred"), names="gradient_sign")
one_hot.wrong(
    "a small number inside the log hides log 0 and makes large losses too small",
    ("y_true * log_pred", "y_true * np.log(y_pred + 1e-8)"),
    names="log_of_a_little_more",
)
one_hot.wrong(
    "log to base 10 of the sum", ("z - np.log(", "z - np.log10("), names="sum_has_another_logarithm"
)
alone(
    "softmax_cross_entropy",
    "the loss only: the gradient was never written",
    """
    def softmax_cross_entropy(scores, labels):
        m = scores.shape[0]
        t = scores - np.max(scores, axis=1).reshape(-1, 1)
        log_p = t - np.log(np.exp(t).sum(axis=1)).reshape(-1, 1)
        cost = -(1 / m) * np.sum(log_p[range(m), labels])
        return cost
    """,
    at="return cost",
    names="loss_only",
)

central = style(
    "numeric_gradient",
    """
    def numeric_gradient(f, x):
        h = 1e-5
        grad = np.zeros(x.shape)
        it = np.nditer(x, flags=['multi_index'])
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
central.wrong("divides by h instead of 2 h", ("(2 * h)", "h"), names="not_halved")
central.wrong(
    "only one side is moved", ("        minus[ix] -= h\n", ""), at="grad[ix] =", names="one_sided_over_two"
)
central.wrong("the step is far too large", ("h = 1e-5", "h = 0.1"), names="steps_too_large")
central.wrong(
    "precedence: divides by 2 and multiplies by h", ("/ (2 * h)", "/ 2 * h"), names="multiplied_by_h"
)

# Lesson 03.

batches = style(
    "minibatches",
    """
    def minibatches(x, y, size, rng):
        n = x.shape[0]
        indices = np.arange(n)
        rng.shuffle(indices)
        for start in range(0, n, size):
            batch = indices[start:start + size]
            yield x[batch], y[batch]
    """,
)
batches.wrong(
    "the order is shuffled and not used",
    ("x[batch], y[batch]", "x[start:start + size], y[start:start + size]"),
    names="not_shuffled",
)
batches.wrong(
    "the labels stay in their old order", ("y[batch]", "y[start:start + size]"), names="labels_not_shuffled"
)
batches.wrong(
    "the last short batch is dropped",
    ("range(0, n, size)", "range(0, n - size + 1, size)"),
    names="last_batch_dropped",
)
batches.wrong("np.random in place of rng", ("rng.shuffle", "np.random.shuffle"))
batches.wrong(
    "windows of the order move on by one example",
    ("range(0, n, size)", "range(0, n)"),
    names="windows_overlap",
)
alone(
    "minibatches",
    "examples are drawn anew for each batch, so some come twice and some never",
    """
    def minibatches(x, y, size, rng):
        for _ in range(int(np.ceil(len(x) / size))):
            idx = rng.choice(len(x), size)
            yield x[idx], y[idx]
    """,
    at="rng.choice(len(x), size)",
    names="batches_drawn_afresh",
)
alone(
    "minibatches",
    "return inside the loop: only the first batch, and no generator",
    """
    def minibatches(x, y, size, rng):
        perm = rng.permutation(len(x))
        for i in range(0, len(x), size):
            return x[perm[i:i+size]], y[perm[i:i+size]]
    """,
    at="return x[",
)

sgd = style(
    "sgd_step",
    """
    def sgd_step(params, grads, lr):
        for key, value in params.items():
            value -= lr * grads[key]
    """,
)
sgd.wrong(
    "a new array under a local name: nothing moves",
    ("value -= lr * grads[key]", "value = value - lr * grads[key]"),
    names="caller_unchanged",
)
sgd.wrong("along the gradient", ("-=", "+="), names="ascent")
sgd.wrong("the step size is divided by", ("lr * grads[key]", "grads[key] / lr"), names="step_size_divides")
alone(
    "sgd_step",
    "new arrays in the dict: whoever holds the old ones sees nothing",
    """
    def sgd_step(params, grads, lr):
        for p in params:
            params[p] = params[p] - lr * grads[p]
    """,
    at="params[p] = ",
    names="caller_unchanged",
)
alone(
    "sgd_step",
    "a new dict is returned and the arrays are left alone",
    """
    def sgd_step(params, grads, lr):
        return {k: params[k] - lr * grads[k] for k in params}
    """,
    at="return {",
    names="new_parameters_returned",
)

loop = style(
    "train",
    """
    from autograder import mine
    minibatches, sgd_step = mine("minibatches"), mine("sgd_step")

    def train(params, loss_and_grads, x, y, lr, size, epochs, rng):
        history = []
        for epoch in range(epochs):
            for xb, yb in minibatches(x, y, size, rng):
                loss, grads = loss_and_grads(params, xb, yb)
                sgd_step(params, grads, lr)
                history.append(loss)
        return history
    """,
)
loop.wrong(
    "every step sees all the examples", ("loss_and_grads(params, xb, yb)", "loss_and_grads(params, x, y)")
)
loop.wrong(
    "one loss an epoch instead of one a step",
    ("            history.append(loss)\n", "        history.append(loss)\n"),
    names="loss_of_each_epoch",
)
loop.wrong(
    "no step is made",
    ("            sgd_step(params, grads, lr)\n", ""),
    at="loss, grads =",
    names="never_steps",
)
loop.wrong("the last loss only", ("return history", "return loss"), names="last_loss_only")
loop.wrong("an epoch too few", ("range(epochs)", "range(1, epochs)"), names="one_epoch_too_few")
loop.wrong(
    "returns after the first epoch", ("    return history", "        return history"), names="one_epoch_only"
)

# Lesson 04.

count_layers = style(
    "count_dense_parameters",
    """
    def count_dense_parameters(sizes):
        total = 0
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            total += n_in * n_out + n_out
        return total
    """,
)
count_layers.wrong(
    "a bias for each input in place of each unit",
    ("n_in * n_out + n_out", "n_in * n_out + n_in"),
    names="bias_per_input",
)
count_layers.wrong("no biases", (" + n_out", ""), names="biases_forgotten")
count_layers.wrong("the last layer only", ("total +=", "total ="), names="last_layer_only")
count_layers.wrong("one bias a layer", ("+ n_out", "+ 1"), names="one_bias_per_layer")

count_filters = style(
    "count_conv_parameters",
    """
    def count_conv_parameters(kernel, channels, filters):
        if isinstance(kernel, int):
            kernel = (kernel, kernel)
        kh, kw = kernel
        weights = kh * kw * channels * filters
        return weights + filters
    """,
)
count_filters.wrong(
    "one bias for the whole layer", ("weights + filters", "weights + 1"), names="one_bias_in_all"
)
count_filters.wrong(
    "channels are left out", ("kh * kw * channels * filters", "kh * kw * filters"), names="channels_forgotten"
)
count_filters.wrong("the window's height twice", ("kh * kw", "kh * kh"), names="square_kernels_only")
count_filters.wrong(
    "a bias for every channel of every filter",
    ("+ filters", "+ filters * channels"),
    names="bias_per_channel",
)

count_local = style(
    "count_locally_connected_parameters",
    """
    def as_pair(v):
        return (v, v) if isinstance(v, int) else tuple(v)

    def count_locally_connected_parameters(kernel, channels, filters, output):
        kh, kw = as_pair(kernel)
        oh, ow = as_pair(output)
        per_position = (kh * kw * channels + 1) * filters
        return per_position * oh * ow
    """,
)
count_local.wrong(
    "weights are shared over a row",
    ("per_position * oh * ow", "per_position * oh"),
    names="places_not_squared",
)
count_local.wrong(
    "biases are shared by all positions",
    ("(kh * kw * channels + 1) * filters", "kh * kw * channels * filters"),
    ("per_position * oh * ow", "per_position * oh * ow + filters"),
    names="biases_still_shared",
)

# Lesson 05.

row_loop = style(
    "correlate1d",
    """
    def correlate1d(x, k):
        n_out = len(x) - len(k) + 1
        y = np.zeros(n_out)
        for i in range(n_out):
            for a in range(len(k)):
                y[i] += x[i + a] * k[a]
        return y
    """,
)
row_loop.wrong("the kernel is read backwards", ("k[a]", "k[len(k) - 1 - a]"), names="kernel_reversed")
row_loop.wrong("the last position is missing", (" + 1\n", "\n"), names="size_plus_one_missing")
row_loop.wrong("keeps the last product only", ("y[i] += x", "y[i] = x"), names="last_product_only")
row_loop.wrong("the loop over the kernel begins at 1", ("range(len(k))", "range(1, len(k))"))
row_loop.wrong("whole numbers only", ("np.zeros(n_out)", "np.zeros(n_out, dtype=int)"))
alone(
    "correlate1d",
    "NumPy's convolve turns the kernel round",
    """
    def correlate1d(x, k):
        return np.convolve(x, k, mode="valid")
    """,
    at="np.convolve",
    names="kernel_reversed",
)
alone(
    "correlate1d",
    "the result keeps the size of the row, with cells where the kernel does not fit",
    """
    def correlate1d(x, k):
        return np.correlate(x, k, mode='same')
    """,
    at="np.correlate",
    names="same_size",
)

image_loop = style(
    "correlate2d",
    """
    def correlate2d(x, k):
        H, W = x.shape
        KH, KW = k.shape
        y = np.zeros((H - KH + 1, W - KW + 1))
        for row in range(y.shape[0]):
            for col in range(y.shape[1]):
                patch = x[row:row + KH, col:col + KW]
                y[row, col] = np.sum(patch * k)
        return y
    """,
)
image_loop.wrong("the loop over columns counts rows", ("range(y.shape[1])", "range(y.shape[0])"))
image_loop.wrong(
    "a matrix product of window and kernel",
    ("np.sum(patch * k)", "np.sum(patch @ k)"),
    names="matrix_product",
)
image_loop.wrong("the kernel is transposed", ("patch * k)", "patch * k.T)"), names="filter_transposed")
image_loop.wrong(
    "the mean of the products", ("np.sum(patch * k)", "np.mean(patch * k)"), names="window_averaged"
)
image_loop.wrong("windows one column too narrow", ("col:col + KW]", "col:col + KW - 1]"))
image_loop.wrong(
    "result in the image's size, the rest stays 0",
    ("np.zeros((H - KH + 1, W - KW + 1))", "np.zeros((H, W))"),
    ("range(y.shape[0])", "range(H - KH + 1)"),
    ("range(y.shape[1])", "range(W - KW + 1)"),
    at="np.zeros((H, W))",
    names="room_for_the_whole_image",
)

gradient_kernel = style(
    "learn_kernel",
    """
    from autograder import mine
    correlate2d = mine("correlate2d")

    def learn_kernel(x, y):
        kh = x.shape[0] - y.shape[0] + 1
        kw = x.shape[1] - y.shape[1] + 1
        k = np.zeros((kh, kw))
        for step in range(2000):
            error = correlate2d(x, k) - y
            grad = correlate2d(x, error) / y.size
            k -= 0.5 * grad
        return k
    """,
)
gradient_kernel.wrong("steps along the gradient", ("k -= 0.5", "k += 0.5"))
# Ten steps in place of two thousand, foretold as too few, are enough: each halves the error.
gradient_kernel.wrong(
    "the kernel is one cell too small each way",
    ("y.shape[0] + 1", "y.shape[0]"),
    ("y.shape[1] + 1", "y.shape[1]"),
)

# Lesson 06.

size_line = style(
    "output_size",
    """
    def output_size(n, k, stride=1, pad=0):
        return int(np.floor((n + 2 * pad - k) / stride)) + 1
    """,
)
size_line.wrong("rounds up", ("np.floor", "np.ceil"), names="size_rounded_up")
size_line.wrong("zeros at one end only", ("2 * pad", "pad"), names="pad_added_once")
size_line.wrong(
    "the 1 is added before the division",
    ("(n + 2 * pad - k) / stride)) + 1", "(n + 2 * pad - k + 1) / stride))"),
    names="plus_one_before_dividing",
)
size_line.wrong(
    "n / stride only, as for padding 'same'",
    ("(n + 2 * pad - k) / stride)) + 1", "n / stride))"),
    names="only_the_input_divided",
)
size_line.wrong(
    "Two slips: a float that is never rounded, and no + 1",
    ("int(np.floor((n + 2 * pad - k) / stride)) + 1", "(n + 2 * pad - k) / stride"),
    names="plus_one_missing size_not_rounded",
)

padded_copy = style(
    "zero_pad",
    """
    def zero_pad(x, pad):
        N, H, W, C = x.shape
        out = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
        out[:, pad:pad + H, pad:pad + W, :] = x
        return out
    """,
)
padded_copy.wrong(
    "the end counts from the back and is empty at 0",
    ("pad:pad + H, pad:pad + W", "pad:-pad, pad:-pad"),
    names="empty_slice_at_zero",
)
padded_copy.wrong(
    "zeros only below and to the right", ("pad:pad + H, pad:pad + W", ":H, :W"), names="picture_in_the_corner"
)
padded_copy.wrong("rows get the columns' number", ("H + 2 * pad, W + 2 * pad", "W + 2 * pad, W + 2 * pad"))
padded_copy.wrong(
    "room on one side only", ("H + 2 * pad, W + 2 * pad", "H + pad, W + pad"), names="pads_before_only"
)
alone(
    "zero_pad",
    "batch and channels are padded as well",
    """
    def zero_pad(x, pad):
        return np.pad(x, pad, mode='constant', constant_values=0)
    """,
    at="np.pad",
    names="pads_every_axis",
)
alone(
    "zero_pad",
    "channels first: the padding goes to columns and channels",
    """
    def zero_pad(X, pad):
        X_pad = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        return X_pad
    """,
    at="np.pad",
    names="pads_last_two_axes",
)
alone(
    "zero_pad",
    "the edge is repeated, not zeros",
    """
    def zero_pad(x, pad):
        widths = ((0, 0), (pad, pad), (pad, pad), (0, 0))
        return np.pad(x, widths, "edge")
    """,
    at='"edge"',
    names="pads_with_edge",
)

keras_zeros = style(
    "same_padding",
    """
    import math

    def same_padding(n, k, stride=1):
        out = math.ceil(n / stride)
        total = max((out - 1) * stride + k - n, 0)
        before = total // 2
        after = total - before
        return before, after
    """,
)
keras_zeros.wrong(
    "the larger part goes before",
    ("return before, after", "return after, before"),
    names="same_larger_half_first",
)
keras_zeros.wrong(
    "the same number on both sides", ("total - before", "total // 2"), names="same_equal_halves"
)
keras_zeros.wrong(
    "nothing stops a negative total",
    ("max((out - 1) * stride + k - n, 0)", "(out - 1) * stride + k - n"),
    names="same_negative",
)
keras_zeros.wrong(
    "the size is rounded down", ("math.ceil(n / stride)", "n // stride"), names="same_size_rounded_down"
)
keras_zeros.wrong("the stride is left out of the total", ("(out - 1) * stride", "(out - 1)"))
alone(
    "same_padding",
    "the textbook's (k - 1) / 2, which holds for stride 1 and odd windows",
    """
    def same_padding(n, k, stride=1):
        p = (k - 1) // 2
        return (p, p)
    """,
    at="p = (k - 1) // 2",
    names="same_half_kernel_on_both_sides",
)

# Lesson 07.

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
single.wrong("the bias is forgotten", ("    Z = Z + float(b)\n", ""), at="return Z", names="bias_forgotten")
single.wrong(
    "the bias is added to every product",
    ("a_slice_prev * W", "a_slice_prev * W + b"),
    ("    Z = Z + float(b)\n", ""),
    at="s = ",
    names="bias_in_every_product",
)
single.wrong("channels are kept apart", ("np.sum(s)", "np.sum(s, axis=(0, 1))"), names="channels_not_summed")
single.wrong("a matrix product", ("a_slice_prev * W", "a_slice_prev @ W"), names="matrix_product")

coursera = style(
    "conv2d",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        A_prev, W = x, w
        m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
        f_h, f_w, n_C_prev, n_C = W.shape
        n_H = int((n_H_prev - f_h + 2 * pad) / stride) + 1
        n_W = int((n_W_prev - f_w + 2 * pad) / stride) + 1
        Z = np.zeros((m, n_H, n_W, n_C))
        A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)), 'constant')
        for i in range(m):
            a_prev_pad = A_prev_pad[i]
            for h in range(n_H):
                vert_start = h * stride
                vert_end = vert_start + f_h
                for v in range(n_W):
                    horiz_start = v * stride
                    horiz_end = horiz_start + f_w
                    for c in range(n_C):
                        a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                        weights = W[:, :, :, c]
                        Z[i, h, v, c] = np.sum(np.multiply(a_slice_prev, weights)) + b[c]
        return Z
    """,
)
coursera.wrong(
    "the window is as wide as it is high",
    ("horiz_start + f_w", "horiz_start + f_h"),
    names="kernel_width_from_height",
)
coursera.wrong(
    "the padded copy is never read", ("A_prev_pad[i]", "A_prev[i]"), names="size_and_padding_disagree"
)
coursera.wrong("the loop over rows runs over the input's rows", ("range(n_H)", "range(n_H_prev)"))
coursera.wrong("columns start where the rows start", ("horiz_start = v * stride", "horiz_start = h * stride"))
coursera.wrong(
    "every map is made with filter 0", ("W[:, :, :, c]", "W[:, :, :, 0]"), names="same_filter_for_all"
)
coursera.wrong(
    "rows and columns of the output are exchanged",
    ("Z[i, h, v, c]", "Z[i, v, h, c]"),
    names="output_transposed",
)
coursera.wrong(
    "returns after the first image", ("    return Z", "        return Z"), names="only_first_image"
)
coursera.wrong("the whole bias is added to one cell", ("+ b[c]", "+ b"))
coursera.wrong(
    "Two slips: columns ignore the stride, and there is no bias",
    ("horiz_start = v * stride", "horiz_start = v"),
    (" + b[c]", ""),
    names="bias_forgotten stride_on_rows_only",
)
coursera.wrong(
    "the filter is transposed: rows for columns",
    ("W[:, :, :, c]", "W[:, :, :, c].transpose(1, 0, 2)"),
    names="filter_transposed",
)
coursera.wrong("the size counts the zeros once", ("+ 2 * pad", "+ pad"), names="padding_counted_once")

viewed = style(
    "conv2d",
    """
    from numpy.lib.stride_tricks import sliding_window_view

    def conv2d(x, w, b, stride=1, pad=0):
        KH, KW = w.shape[:2]
        xp = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
        view = sliding_window_view(xp, (KH, KW), axis=(1, 2))
        view = view[:, ::stride, ::stride]
        return np.einsum("nhwcij,ijcf->nhwf", view, w) + b
    """,
)
viewed.wrong("columns ignore the stride", ("::stride, ::stride", "::stride"), names="stride_on_rows_only")
viewed.wrong("rows of the window meet columns of the filter", ("ijcf->", "jicf->"), names="filter_transposed")
viewed.wrong("rows and columns of the output are exchanged", ("->nhwf", "->nwhf"), names="output_transposed")
viewed.wrong(
    "the filter is rotated: a true convolution", ("view, w)", "view, w[::-1, ::-1])"), names="filter_turned"
)
viewed.wrong(
    "only rows are padded", ("(pad, pad), (pad, pad)", "(pad, pad), (0, 0)"), names="padding_on_rows_only"
)
viewed.wrong("channels are not summed", ("->nhwf", "->nhwc"), names="channel_by_channel filters_summed")
viewed.wrong(
    "Two slips: flipped left to right, and the stride is used for rows only",
    ("view, w)", "view, w[:, ::-1])"),
    ("::stride, ::stride", "::stride"),
    names="filter_mirrored stride_on_rows_only",
)

taps = style(
    "conv2d",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        N, H, W, C = x.shape
        KH, KW, _, F = w.shape
        OH = (H + 2 * pad - KH) // stride + 1
        OW = (W + 2 * pad - KW) // stride + 1
        xp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
        xp[:, pad:pad + H, pad:pad + W] = x
        out = np.zeros((N, OH, OW, F))
        for di in range(KH):
            for dj in range(KW):
                piece = xp[:, di:di + OH * stride:stride, dj:dj + OW * stride:stride]
                out += piece @ w[di, dj]
        out += b
        return out
    """,
)
taps.wrong("each tap replaces the one before", ("out += piece", "out = piece"), names="last_pixel_only")
taps.wrong(
    "the bias is added once a tap",
    ("piece @ w[di, dj]\n", "piece @ w[di, dj] + b\n"),
    ("    out += b\n", ""),
    at="piece @ w",
    names="bias_per_pixel",
)
taps.wrong(
    "the slice ends as if the stride were 1", ("di + OH * stride", "di + OH"), ("dj + OW * stride", "dj + OW")
)
taps.wrong(
    "taps are read from the far end", ("w[di, dj]", "w[KH - 1 - di, KW - 1 - dj]"), names="filter_turned"
)
taps.wrong(
    "the image is put in with a slice that is empty at pad 0",
    ("pad:pad + H, pad:pad + W", "pad:-pad, pad:-pad"),
    names="empty_slice_at_pad_zero",
)
taps.wrong("the width is made with the filter's height", ("W + 2 * pad - KW", "W + 2 * pad - KH"))
taps.wrong("the last column of the filter is not read", ("range(KW)", "range(KW - 1)"))
taps.wrong(
    "the image lies in the top left corner of the padded one",
    ("pad:pad + H, pad:pad + W", ":H, :W"),
    names="padding_not_in_front",
)

comprehension = style(
    "conv2d",
    """
    from autograder import mine
    zero_pad = mine("zero_pad")

    def respond(patch, kernel, bias):
        return float((patch * kernel).sum() + bias)

    def conv2d(x, w, b, stride=1, pad=0):
        xp = zero_pad(x, pad)
        kh, kw, _, n_filters = w.shape
        tops = range(0, xp.shape[1] - kh + 1, stride)
        lefts = range(0, xp.shape[2] - kw + 1, stride)
        return np.array([
            [[[respond(img[t:t + kh, l:l + kw], w[..., f], b[f]) for f in range(n_filters)]
              for l in lefts]
             for t in tops]
            for img in xp
        ])
    """,
)
comprehension.wrong(
    "the outer list walks over columns",
    ("for l in lefts]", "for t in tops]"),
    ("for t in tops]\n        for img", "for l in lefts]\n        for img"),
    names="output_transposed",
)
comprehension.wrong("the ends of the ranges are one short", ("- kh + 1", "- kh"), ("- kw + 1", "- kw"))
comprehension.wrong(
    "the sum of a window leaves out the bias", (".sum() + bias", ".sum()"), names="bias_forgotten"
)
comprehension.wrong(
    "a filter for each channel in place of all filters",
    ("kh, kw, _, n_filters", "kh, kw, n_filters, _"),
    also="for f in range(n_filters)",
)
comprehension.wrong(
    "images come from x, which has no zeros",
    ("for img in xp", "for img in x"),
    names="size_and_padding_disagree",
)
comprehension.wrong("the mean of the products", (".sum()", ".mean()"), names="window_averaged")

assistant = style(
    "conv2d",
    '''
    def conv2d(x, w, b, stride=1, pad=0):
        """Perform a 2D convolution (cross-correlation) in NHWC layout."""
        # Unpack dimensions
        batch_size, in_height, in_width, in_channels = x.shape
        kernel_height, kernel_width, _, out_channels = w.shape

        # Apply zero padding
        x_padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant")

        # Compute output dimensions
        out_height = (in_height + 2 * pad - kernel_height) // stride + 1
        out_width = (in_width + 2 * pad - kernel_width) // stride + 1
        output = np.zeros((batch_size, out_height, out_width, out_channels))

        # Slide the kernel over the input
        for i in range(out_height):
            for j in range(out_width):
                h_start, w_start = i * stride, j * stride
                region = x_padded[:, h_start:h_start + kernel_height, w_start:w_start + kernel_width, :]
                output[:, i, j, :] = np.tensordot(region, w, axes=([1, 2, 3], [0, 1, 2])) + b

        return output
    ''',
)
assistant.wrong(
    "both starts ignore the stride",
    ("h_start, w_start = i * stride, j * stride", "h_start, w_start = i, j"),
    names="window_start_ignores_stride",
)
assistant.wrong("channels are left out of the sum", ("axes=([1, 2, 3], [0, 1, 2])", "axes=([1, 2], [0, 1])"))
assistant.wrong(
    "the output is as wide as it is high",
    ("out_height, out_width, out_channels))", "out_height, out_height, out_channels))"),
    names="width_from_height",
)
assistant.wrong("ReLU inside", ("return output", "return np.maximum(0, output)"), names="relu_inside")
assistant.wrong(
    "steps of the stride over the output, so most cells are never filled",
    ("range(out_height)", "range(0, out_height, stride)"),
    ("range(out_width)", "range(0, out_width, stride)"),
    names="output_stepped_over",
)
assistant.wrong(
    "the output holds whole numbers",
    ("out_width, out_channels))", "out_width, out_channels), dtype=np.int64)"),
    names="integer_buffer",
)
assistant.wrong(
    "pads with ones", ('mode="constant")', 'mode="constant", constant_values=1)'), names="pads_with_ones"
)
assistant.wrong(
    "Two slips: the width is made from the height, and the bias is subtracted",
    ("(in_width + 2 * pad - kernel_width)", "(in_height + 2 * pad - kernel_width)"),
    (") + b\n", ") - b\n"),
    names="bias_subtracted width_from_height",
)
alone(
    "conv2d",
    "PyTorch's order of axes is taken for granted in x and in w",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        N, C, H, W = x.shape
        F, _, HH, WW = w.shape
        x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
        H_out = 1 + (H + 2 * pad - HH) // stride
        W_out = 1 + (W + 2 * pad - WW) // stride
        out = np.zeros((N, F, H_out, W_out))
        for n in range(N):
            for f in range(F):
                for i in range(H_out):
                    for j in range(W_out):
                        piece = x_pad[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
                        out[n, f, i, j] = np.sum(piece * w[f]) + b[f]
        return out
    """,
    at="N, C, H, W = x.shape\nF, _, HH, WW = w.shape\nx_pad =\nout = np.zeros\nout[n, f, i, j]",
)
alone(
    "conv2d",
    "half finished: the first image only, the others stay 0",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        from autograder import mine
        padded = mine("zero_pad")(x, pad)
        OH = (padded.shape[1] - w.shape[0]) // stride + 1
        OW = (padded.shape[2] - w.shape[1]) // stride + 1
        out = np.zeros((x.shape[0], OH, OW, w.shape[3]))
        for i in range(OH):
            for j in range(OW):
                for f in range(w.shape[3]):
                    window = padded[0, i*stride:i*stride+w.shape[0], j*stride:j*stride+w.shape[1]]
                    out[0, i, j, f] = (window * w[:, :, :, f]).sum() + b[f]
        return out
    """,
    at="window = padded[0\nout[0, i, j, f]",
    names="only_first_image",
)
alone(
    "conv2d",
    "prints the result and returns nothing",
    """
    def conv2d(x, w, b, stride=1, pad=0):
        xp = np.pad(x, ((0,0),(pad,pad),(pad,pad),(0,0)))
        n, h, wd, c = xp.shape
        kh, kw, c, f = w.shape
        oh = (h - kh)//stride + 1
        ow = (wd - kw)//stride + 1
        res = np.zeros((n, oh, ow, f))
        for i in range(oh):
            for j in range(ow):
                win = xp[:, i*stride:i*stride+kh, j*stride:j*stride+kw]
                res[:, i, j] = win.reshape(n, -1) @ w.reshape(-1, f) + b
        print(res)
    """,
    at="print(res)",
    names="returns_nothing",
)

own_weights = style(
    "locally_connected2d",
    """
    def locally_connected2d(x, w, b):
        OH, OW, KH, KW, C, F = w.shape
        out = np.zeros((len(x), OH, OW, F))
        for r in range(OH):
            for c in range(OW):
                patch = x[:, r:r + KH, c:c + KW, :]
                out[:, r, c, :] = np.einsum('nabc,abcf->nf', patch, w[r, c]) + b[r, c]
        return out
    """,
)
own_weights.wrong(
    "all positions use the weights of position (0, 0)", ("w[r, c]", "w[0, 0]"), names="weights_shared"
)
own_weights.wrong("the biases of a row are those of its first position", ("b[r, c]", "b[r, 0]"))
own_weights.wrong("weights of the mirrored position", ("w[r, c]", "w[c, r]"), names="places_exchanged")
own_weights.wrong(
    "the window never moves",
    ("x[:, r:r + KH, c:c + KW, :]", "x[:, :KH, :KW, :]"),
    names="window_does_not_move",
)

# Lesson 08.

largest = style(
    "max_pool2d",
    """
    def max_pool2d(x, size=2, stride=None):
        pool_h, pool_w = (size, size) if isinstance(size, int) else size
        if stride is None:
            step_h, step_w = pool_h, pool_w
        else:
            step_h = step_w = stride
        N, H, W, C = x.shape
        out_h = (H - pool_h) // step_h + 1
        out_w = (W - pool_w) // step_w + 1
        out = np.zeros((N, out_h, out_w, C))
        for i in range(out_h):
            for j in range(out_w):
                window = x[:, i * step_h:i * step_h + pool_h, j * step_w:j * step_w + pool_w, :]
                out[:, i, j, :] = window.max(axis=(1, 2))
        return out
    """,
)
largest.wrong(
    "the size is the image's by the window's, whatever the stride",
    ("(H - pool_h) // step_h + 1", "H // pool_h"),
    ("(W - pool_w) // step_w + 1", "W // pool_w"),
    names="size_divided",
)
largest.wrong("the maximum of a column only, and its shape does not fit", ("axis=(1, 2)", "axis=1"))
largest.wrong(
    "the stride's default is the height for both directions",
    ("step_h, step_w = pool_h, pool_w", "step_h = step_w = pool_h"),
    names="stride_from_height_only",
)
largest.wrong(
    "the window's sides are exchanged",
    (
        "pool_h, pool_w = (size, size) if isinstance(size, int) else size",
        "pool_w, pool_h = (size, size) if isinstance(size, int) else size",
    ),
    names="sides_swapped",
)
largest.wrong(
    "one maximum for all channels and images",
    ("window.max(axis=(1, 2))", "window.max()"),
    names="max_over_everything",
)
largest.wrong(
    "the window starts a cell after the one before, not a stride",
    ("i * step_h:i * step_h + pool_h", "i:i + pool_h"),
    ("j * step_w:j * step_w + pool_w", "j:j + pool_w"),
    names="windows_start_at_every_cell",
)
largest.wrong("the smallest in place of the largest", ("window.max", "window.min"), names="minimum_instead")
largest.wrong("channels are compared, not columns", ("axis=(1, 2)", "axis=(1, 3)"))
largest.wrong(
    "the size is rounded up",
    ("(H - pool_h) // step_h + 1", "-(-(H - pool_h) // step_h) + 1"),
    ("(W - pool_w) // step_w + 1", "-(-(W - pool_w) // step_w) + 1"),
    names="size_rounded_up",
)
largest.wrong(
    "Two slips: no default for the stride, and windows of equal sides",
    ("        step_h, step_w = pool_h, pool_w\n", "        step_h = step_w = 2\n"),
    (
        "(size, size) if isinstance(size, int) else size",
        "(size, size) if isinstance(size, int) else (size[0], size[0])",
    ),
    names="stride_defaults_to_two height_for_both_sides",
)

search = style(
    "max_pool2d",
    """
    def max_pool2d(x, size=2, stride=None):
        if np.isscalar(size):
            size = (size, size)
        strides = size if stride is None else (stride, stride)
        n, h, w, c = x.shape
        oh = (h - size[0]) // strides[0] + 1
        ow = (w - size[1]) // strides[1] + 1
        y = np.zeros((n, oh, ow, c))
        for b in range(n):
            for ch in range(c):
                for i in range(oh):
                    for j in range(ow):
                        best = -np.inf
                        for p in range(size[0]):
                            for q in range(size[1]):
                                value = x[b, i * strides[0] + p, j * strides[1] + q, ch]
                                if value > best:
                                    best = value
                        y[b, i, j, ch] = best
        return y
    """,
)
search.wrong("the search starts at 0", ("best = -np.inf", "best = 0"), names="running_max_starts_at_zero")
search.wrong(
    "the search starts just above 0",
    ("best = -np.inf", "best = 1e-9"),
)
search.wrong(
    "the first row of the window is not searched",
    ("range(size[0])", "range(1, size[0])"),
)
search.wrong(
    "keeps the last value, not the largest",
    ("if value > best:", "if True:"),
    names="last_value_of_the_window",
)
search.wrong("the largest magnitude", ("if value > best:", "if abs(value) > best:"))
search.wrong(
    "best is set once for an image and never again",
    ("                    best = -np.inf\n", ""),
    ("        for ch in range(c):\n", "        best = -np.inf\n        for ch in range(c):\n"),
    at="        best = -np.inf",
)
search.wrong(
    "rows and columns of the stride are exchanged",
    ("i * strides[0] + p, j * strides[1] + q", "i * strides[1] + p, j * strides[0] + q"),
)
alone(
    "max_pool2d",
    "cuts the image into tiles: square windows, the stride is ignored, and nothing may be left over",
    """
    def max_pool2d(x, size=2, stride=None):
        N, H, W, C = x.shape
        x_reshaped = x.reshape(N, H // size, size, W // size, size, C)
        return x_reshaped.max(axis=2).max(axis=3)
    """,
    at="x.reshape(",
)
alone(
    "max_pool2d",
    "size is used as a number though it may be a pair",
    """
    def max_pool2d(x, size=2, stride=None):
        stride = stride or size
        N, H, W, C = x.shape
        OH = (H - size) // stride + 1
        OW = (W - size) // stride + 1
        out = np.zeros((N, OH, OW, C))
        for i in range(OH):
            for j in range(OW):
                out[:, i, j] = x[:, i*stride:i*stride+size, j*stride:j*stride+size].max(axis=(1, 2))
        return out
    """,
    at="stride = stride or size\nOH = \nOW = \nout[:, i, j]",
)
alone(
    "max_pool2d",
    "the stride is a number where size is a pair: stride None is not handled",
    """
    def max_pool2d(x, size=2, stride=None):
        if isinstance(size, int):
            size = (size, size)
        sh, sw = size
        oh = (x.shape[1] - sh) // stride + 1
        ow = (x.shape[2] - sw) // stride + 1
        out = np.empty((x.shape[0], oh, ow, x.shape[3]))
        for i in range(oh):
            for j in range(ow):
                out[:, i, j, :] = np.amax(x[:, i*stride:i*stride+sh, j*stride:j*stride+sw, :], axis=(1, 2))
        return out
    """,
    at="oh =",
)

means = style(
    "avg_pool2d",
    """
    def avg_pool2d(x, size=2, stride=None):
        ph, pw = (size, size) if isinstance(size, int) else size
        sh, sw = (ph, pw) if stride is None else (stride, stride)
        N, H, W, C = x.shape
        OH, OW = 1 + (H - ph) // sh, 1 + (W - pw) // sw
        total = np.zeros((N, OH, OW, C))
        for a in range(ph):
            for b in range(pw):
                total += x[:, a:a + sh * (OH - 1) + 1:sh, b:b + sw * (OW - 1) + 1:sw]
        return total / (ph * pw)
    """,
)
means.wrong("divides by the height squared", ("(ph * pw)", "(ph * ph)"), names="divides_by_height_squared")
means.wrong("divides by 4 always", ("(ph * pw)", "4"), names="divides_by_four")
means.wrong("divides by height plus width", ("(ph * pw)", "(ph + pw)"), names="divides_by_height_plus_width")
means.wrong("is not divided", ("total / (ph * pw)", "total"), names="sum_not_divided")
means.wrong("divided with rounding down", ("total / (ph * pw)", "total // (ph * pw)"), names="whole_division")
means.wrong(
    "the columns step by the rows' stride", ("b:b + sw * (OW - 1) + 1:sw", "b:b + sh * (OW - 1) + 1:sh")
)
means.wrong(
    "the maximum of the taps in place of their sum",
    (
        "total += x[:, a:a + sh * (OH - 1) + 1:sh, b:b + sw * (OW - 1) + 1:sw]",
        "total = np.maximum(total, x[:, a:a + sh * (OH - 1) + 1:sh, b:b + sw * (OW - 1) + 1:sw])",
    ),
    ("total / (ph * pw)", "total"),
    at="np.maximum",
)
alone(
    "avg_pool2d",
    "the mean is taken over the channels as well",
    """
    def avg_pool2d(x, size=2, stride=None):
        kh, kw = size if isinstance(size, tuple) else (size, size)
        sh, sw = (stride, stride) if stride else (kh, kw)
        windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
        return windows.mean(axis=(3, 4, 5), keepdims=True)[..., 0, 0] * np.ones(x.shape[3])
    """,
    at="windows.mean",
    names="mean_over_channels",
)

# Lesson 09.

field = style(
    "receptive_field",
    """
    def receptive_field(layers):
        rf, jump = 1, 1
        for layer in layers:
            k = layer["kernel"]
            s = layer.get("stride", 1)
            d = layer.get("dilation", 1)
            rf = rf + (k - 1) * d * jump
            jump = jump * s
        return rf, jump
    """,
)
field.wrong(
    "adds the whole kernel, not one less", ("(k - 1) * d * jump", "k * d * jump"), names="whole_kernel_added"
)
field.wrong(
    "the jump grows before it is used",
    (
        "        rf = rf + (k - 1) * d * jump\n        jump = jump * s\n",
        "        jump = jump * s\n        rf = rf + (k - 1) * d * jump\n",
    ),
    names="jump_of_the_layer_itself",
)
field.wrong("dilation is left out", (" * d * jump", " * jump"), names="dilation_ignored")
field.wrong("strides are added up", ("jump = jump * s", "jump = jump + s"), names="strides_added")
field.wrong(
    "the layer's own stride in place of the jump",
    ("(k - 1) * d * jump", "(k - 1) * d * s"),
    names="own_stride_for_the_jump",
)
field.wrong("padding makes the field smaller", ("* d * jump\n", "* d * jump - 2 * layer.get('pad', 0)\n"))
field.wrong("starts from no cell at all", ("rf, jump = 1, 1", "rf, jump = 0, 1"), names="starts_at_zero")
field.wrong("the size only", ("return rf, jump", "return rf"), names="size_only")
field.wrong(
    "dilated kernel is k times d", ("(k - 1) * d * jump", "(k * d - 1) * jump"), names="dilation_times_kernel"
)
field.wrong("the stride must be given", ('layer.get("stride", 1)', 'layer["stride"]'))
field.wrong(
    "Two slips: the size does not use the jump and forgets dilation",
    ("(k - 1) * d * jump", "(k - 1)"),
    names="jump_left_out dilation_ignored",
)

box = style(
    "receptive_box",
    """
    def receptive_box(layers, i, j):
        r0 = r1 = i
        c0 = c1 = j
        for layer in layers[::-1]:
            k, s = layer["kernel"], layer.get("stride", 1)
            p, d = layer.get("pad", 0), layer.get("dilation", 1)
            reach = (k - 1) * d
            r0, r1 = r0 * s - p, r1 * s - p + reach
            c0, c1 = c0 * s - p, c1 * s - p + reach
        return r0, r1, c0, c1
    """,
)
box.wrong("walks from the input up", ("layers[::-1]", "layers"), names="read_from_the_input")
box.wrong("padding is added", ("* s - p", "* s + p"), names="padding_added")
box.wrong(
    "the last cell is not multiplied by the stride",
    ("r1 * s - p", "r1 - p"),
    ("c1 * s - p", "c1 - p"),
    names="stride_at_the_first_end_only",
)
box.wrong("the box ends one cell too far", ("(k - 1) * d", "k * d"), names="whole_kernel_added")
box.wrong(
    "rows and columns come mixed",
    ("return r0, r1, c0, c1", "return r0, c0, r1, c1"),
    names="corners_instead_of_sides",
)
box.wrong(
    "the box is cut off at the border",
    ("return r0, r1, c0, c1", "return max(r0, 0), r1, max(c0, 0), c1"),
    names="cut_at_the_border",
)
box.wrong(
    "the end forgets the padding",
    ("r1 * s - p + reach", "r1 * s + reach"),
    ("c1 * s - p + reach", "c1 * s + reach"),
    names="padding_at_the_first_end_only",
)
box.wrong("columns start from i", ("c0 = c1 = j", "c0 = c1 = i"), names="row_for_both")

# Lesson 10.

rows_of_kernels = style(
    "conv_matrix",
    """
    def conv_matrix(k, n):
        m = n - len(k) + 1
        A = np.zeros((m, n))
        for i in range(m):
            A[i, i:i + len(k)] = k
        return A
    """,
)
rows_of_kernels.wrong("the kernel is reversed", ("= k\n", "= k[::-1]\n"), names="kernel_reversed")
rows_of_kernels.wrong(
    "a square matrix: as many rows as cells, the last ones empty", ("np.zeros((m, n))", "np.zeros((n, n))")
)
rows_of_kernels.wrong(
    "columns hold the kernel: transposed", ("return A", "return A.T"), names="matrix_transposed"
)
rows_of_kernels.wrong(
    "the kernel does not move", ("A[i, i:i + len(k)]", "A[i, :len(k)]"), names="rows_not_shifted"
)

cs231n = style(
    "conv2d_backward",
    """
    def conv2d_backward(dout, x, w, stride=1, pad=0):
        N, H, W, C = x.shape
        HH, WW, _, F = w.shape
        _, H_out, W_out, _ = dout.shape
        x_pad = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), 'constant')
        dx_pad = np.zeros(x_pad.shape)
        dw = np.zeros(w.shape)
        db = np.zeros(F)
        for n in range(N):
            for f in range(F):
                for i in range(H_out):
                    for j in range(W_out):
                        hs = i * stride
                        ws = j * stride
                        g = dout[n, i, j, f]
                        db[f] += g
                        dw[:, :, :, f] += g * x_pad[n, hs:hs + HH, ws:ws + WW, :]
                        dx_pad[n, hs:hs + HH, ws:ws + WW, :] += g * w[:, :, :, f]
        dx = dx_pad[:, pad:pad + H, pad:pad + W, :]
        return dx, dw, db
    """,
)
cs231n.wrong(
    "windows of dx replace each other",
    ("ws:ws + WW, :] += g * w", "ws:ws + WW, :] = g * w"),
    names="dx_assigned",
)
cs231n.wrong(
    "dw keeps the last window's share", ("dw[:, :, :, f] +=", "dw[:, :, :, f] ="), names="dw_last_window_wins"
)
cs231n.wrong(
    "dx is empty at pad 0",
    ("pad:pad + H, pad:pad + W", "pad:-pad, pad:-pad"),
    names="empty_slice_at_pad_zero",
)
cs231n.wrong("dw is made from the image without its zeros", ("g * x_pad[n", "g * x[n"))
cs231n.wrong("db is the last gradient", ("db[f] += g", "db[f] = g"), names="db_last_window_wins")
cs231n.wrong("columns run as far as rows", ("range(W_out)", "range(H_out)"), names="height_for_both_loops")
cs231n.wrong("dw comes first", ("return dx, dw, db", "return dw, dx, db"), names="returns_dw_first")
cs231n.wrong("windows as wide as high", ("ws + WW", "ws + HH"), names="kernel_sides_mixed_up")
cs231n.wrong("db is averaged over the batch", ("db[f] += g", "db[f] += g / N"))
cs231n.wrong(
    "dx ignores what arrives from above",
    ("+= g * w[:, :, :, f]", "+= w[:, :, :, f]"),
    names="dx_upstream_left_out",
)
cs231n.wrong(
    "dx keeps its border of zeros",
    ("dx_pad[:, pad:pad + H, pad:pad + W, :]", "dx_pad"),
    names="dx_keeps_the_padding",
)
cs231n.wrong(
    "dx is the top left part", ("pad:pad + H, pad:pad + W", ":H, :W"), names="dx_cut_from_the_corner"
)
cs231n.wrong(
    "Two slips: dw is overwritten and one cell is cut off whatever the padding",
    ("dw[:, :, :, f] +=", "dw[:, :, :, f] ="),
    ("pad:pad + H, pad:pad + W", "1:-1, 1:-1"),
    names="unpads_by_one dw_last_window_wins",
)
cs231n.wrong(
    "the filter is rotated before it is sent back",
    ("g * w[:, :, :, f]", "g * w[::-1, ::-1, :, f]"),
    names="dx_filter_turned",
)
cs231n.wrong(
    "the height of x comes from its columns",
    ("N, H, W, C = x.shape", "N, W, H, C = x.shape"),
    names="input_sides_swapped",
)
cs231n.wrong(
    "the columns start without the stride", ("ws = j * stride", "ws = j"), names="stride_on_rows_only"
)
cs231n.wrong("only filter 0 sends back to dx", ("g * w[:, :, :, f]", "g * w[:, :, :, 0]"))
cs231n.wrong("results start as noise", ("np.zeros(w.shape)", "np.random.randn(*w.shape)"))

windows_at_once = style(
    "conv2d_backward",
    """
    def conv2d_backward(dout, x, w, stride=1, pad=0):
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        kh, kw = w.shape[0], w.shape[1]
        dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
        for r in range(dout.shape[1]):
            for c in range(dout.shape[2]):
                rows = slice(r * stride, r * stride + kh)
                cols = slice(c * stride, c * stride + kw)
                g = dout[:, r, c, :]
                dw += np.einsum('nijc,nf->ijcf', xp[:, rows, cols], g)
                dxp[:, rows, cols] += np.einsum('nf,ijcf->nijc', g, w)
        db = dout.sum(axis=(0, 1, 2))
        dx = dxp[:, pad:dxp.shape[1] - pad, pad:dxp.shape[2] - pad]
        return dx, dw, db
    """,
)
windows_at_once.wrong("rows and columns of the filter are exchanged", ("'nf,ijcf->nijc'", "'nf,jicf->nijc'"))
windows_at_once.wrong(
    "db has a row for each image",
    ("dout.sum(axis=(0, 1, 2))", "dout.sum(axis=(1, 2))"),
    names="db_not_summed_over_batch",
)
windows_at_once.wrong(
    "db is a single number", ("dout.sum(axis=(0, 1, 2))", "dout.sum()"), names="db_one_number"
)
windows_at_once.wrong(
    "dw is averaged over the batch",
    (
        "        dw += np.einsum('nijc,nf->ijcf', xp[:, rows, cols], g)",
        "        dw += np.einsum('nijc,nf->ijcf', xp[:, rows, cols], g) / len(x)",
    ),
    names="dw_averaged_over_the_batch",
)
windows_at_once.wrong(
    "windows start without the stride",
    ("slice(r * stride, r * stride + kh)", "slice(r, r + kh)"),
    ("slice(c * stride, c * stride + kw)", "slice(c, c + kw)"),
    names="stride_ignored",
)
windows_at_once.wrong(
    "columns are cut off by the row's size", ("pad:dxp.shape[2] - pad", "pad:dxp.shape[1] - pad")
)
windows_at_once.wrong(
    "dx is overwritten where windows overlap",
    ("dxp[:, rows, cols] +=", "dxp[:, rows, cols] ="),
    names="dx_assigned",
)
windows_at_once.wrong(
    "every position sends its sum over the filters' gradients at position 0",
    ("dout[:, r, c, :]", "dout[:, 0, 0, :]"),
)
windows_at_once.wrong(
    "Two slips: db is a mean, and windows of dx replace each other",
    ("dout.sum(axis=(0, 1, 2))", "dout.mean(axis=(0, 1, 2))"),
    ("dxp[:, rows, cols] +=", "dxp[:, rows, cols] ="),
    names="dx_assigned db_averaged",
)
alone(
    "conv2d_backward",
    "half finished: dx is still zeros",
    """
    def conv2d_backward(dout, x, w, stride=1, pad=0):
        dx = np.zeros_like(x)
        dw = np.zeros_like(w)
        db = dout.sum((0, 1, 2))
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        for n, i, j, f in np.ndindex(dout.shape):
            top, left = i * stride, j * stride
            dw[..., f] += dout[n, i, j, f] * xp[n, top:top + w.shape[0], left:left + w.shape[1]]
        # dx comes next
        return dx, dw, db
    """,
    at="dx = np.zeros_like(x)\n# dx comes next",
    names="dx_still_zeros",
)
alone(
    "conv2d_backward",
    "the forward pass again: dout is convolved with the rotated filter, and the size does not fit",
    """
    from autograder import mine

    def conv2d_backward(dout, x, w, stride=1, pad=0):
        conv2d = mine("conv2d")
        F, C = w.shape[3], w.shape[2]
        w_rot = w[::-1, ::-1].transpose(0, 1, 3, 2)
        dx = conv2d(dout, w_rot, np.zeros(C), stride, pad)
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        dw = np.zeros(w.shape)
        for n, i, j, f in np.ndindex(dout.shape):
            r, c = i * stride, j * stride
            dw[:, :, :, f] += dout[n, i, j, f] * xp[n, r:r+w.shape[0], c:c+w.shape[1]]
        return dx, dw, dout.sum(axis=(0, 1, 2))
    """,
    at="dx = conv2d(",
)

back_to_largest = style(
    "max_pool2d_backward",
    """
    def max_pool2d_backward(dout, x, size=2, stride=None):
        ph, pw = (size, size) if np.isscalar(size) else size
        sh, sw = (ph, pw) if stride is None else (stride, stride)
        dx = np.zeros(x.shape)
        N, OH, OW, C = dout.shape
        for n in range(N):
            for c in range(C):
                for i in range(OH):
                    for j in range(OW):
                        window = x[n, i * sh:i * sh + ph, j * sw:j * sw + pw, c]
                        row, col = np.unravel_index(np.argmax(window), window.shape)
                        dx[n, i * sh + row, j * sw + col, c] += dout[n, i, j, c]
        return dx
    """,
)
back_to_largest.wrong(
    "a later window overwrites an earlier one", ("+= dout", "= dout"), names="cell_assigned"
)
back_to_largest.wrong(
    "the place in the window is taken for a place in the image",
    ("i * sh + row, j * sw + col", "row, col"),
    names="written_at_the_top_left",
)
back_to_largest.wrong(
    "row and column of the maximum are exchanged", ("row, col = np", "col, row = np"), names="place_swapped"
)
back_to_largest.wrong(
    "the largest of the whole image",
    ("np.argmax(window), window.shape", "np.argmax(x[n, :, :, c]), x.shape[1:3]"),
)
back_to_largest.wrong(
    "sends 1 in place of the gradient", ("+= dout[n, i, j, c]", "+= 1"), names="upstream_left_out"
)
back_to_largest.wrong(
    "the smallest cell gets it", ("np.argmax(window)", "np.argmin(window)"), names="minimum_gets_it"
)
back_to_largest.wrong(
    "the stride's default is 2",
    ("(ph, pw) if stride is None", "(2, 2) if stride is None"),
    names="stride_defaults_to_two",
)
back_to_largest.wrong(
    "the row is found with the window's height",
    (
        "row, col = np.unravel_index(np.argmax(window), window.shape)",
        "row, col = divmod(np.argmax(window), ph)",
    ),
    names="place_divided_by_height",
)

masks = style(
    "max_pool2d_backward",
    """
    def max_pool2d_backward(dout, x, size=2, stride=None):
        if not isinstance(size, tuple):
            size = (size, size)
        strides = size if stride is None else (stride, stride)
        dx = np.zeros(x.shape)
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                r = slice(i * strides[0], i * strides[0] + size[0])
                c = slice(j * strides[1], j * strides[1] + size[1])
                win = x[:, r, c, :]
                mask = (win == win.max(axis=(1, 2), keepdims=True)).astype(float)
                mask /= mask.sum(axis=(1, 2), keepdims=True)
                dx[:, r, c, :] += mask * dout[:, i:i + 1, j:j + 1, :]
        return dx
    """,
)
masks.wrong(
    "each of several equal maxima gets all of the gradient",
    ("            mask /= mask.sum(axis=(1, 2), keepdims=True)\n", ""),
    at="mask = (win",
    names="all_ties_get_everything",
)
masks.wrong(
    "the mask is scaled by the values, not by the gradient",
    ("mask * dout[:, i:i + 1, j:j + 1, :]", "mask * win"),
    names="upstream_left_out times_the_maximum",
)
masks.wrong(
    "the maximum runs over channels too",
    ("win.max(axis=(1, 2), keepdims=True)", "win.max(axis=(1, 2, 3), keepdims=True)"),
    names="maximum_of_all_channels",
)
masks.wrong(
    "dout is the average's share",
    ("mask * dout[:, i:i + 1, j:j + 1, :]", "dout[:, i:i + 1, j:j + 1, :] / (size[0] * size[1])"),
    names="spread_over_the_window",
)
masks.wrong(
    "= in place of +=, where windows overlap",
    ("dx[:, r, c, :] +=", "dx[:, r, c, :] ="),
    names="window_assigned",
)
masks.wrong(
    "columns move by the rows' stride",
    ("slice(j * strides[1], j * strides[1] + size[1])", "slice(j * strides[0], j * strides[0] + size[1])"),
)
masks.wrong(
    "the gradient of the wrong cell: i and j exchanged",
    ("dout[:, i:i + 1, j:j + 1, :]", "dout[:, j:j + 1, i:i + 1, :]"),
)

even_share = style(
    "avg_pool2d_backward",
    """
    def avg_pool2d_backward(dout, x, size=2, stride=None):
        size = (size, size) if isinstance(size, int) else size
        stride = size if stride is None else (stride, stride)
        dx = np.zeros_like(x, dtype=float)
        for n, i, j, c in np.ndindex(dout.shape):
            top, left = i * stride[0], j * stride[1]
            share = dout[n, i, j, c] / (size[0] * size[1])
            dx[n, top:top + size[0], left:left + size[1], c] += np.ones(size) * share
        return dx
    """,
)
even_share.wrong("each cell gets the whole gradient", (" / (size[0] * size[1])", ""), names="not_divided")
even_share.wrong(
    "divides by the height squared",
    ("(size[0] * size[1])", "(size[0] * size[0])"),
    names="divided_by_height_squared",
)
even_share.wrong(
    "overlapping windows replace each other", ("c] += np.ones", "c] = np.ones"), names="window_assigned"
)
even_share.wrong(
    "the share is scaled by the values of x",
    ("np.ones(size) * share", "x[n, top:top + size[0], left:left + size[1], c] * share"),
    names="times_the_cell",
)
even_share.wrong(
    "windows start without the stride", ("i * stride[0], j * stride[1]", "i, j"), names="stride_ignored"
)
even_share.wrong(
    "only the first cell of the window gets its share",
    (
        "dx[n, top:top + size[0], left:left + size[1], c] += np.ones(size) * share",
        "dx[n, top, left, c] += share",
    ),
    names="first_cell_only",
)

# Lesson 11.

table = style(
    "im2col",
    """
    from autograder import mine
    zero_pad, output_size = mine("zero_pad"), mine("output_size")

    def im2col(x, kernel, stride=1, pad=0):
        KH, KW = (kernel, kernel) if isinstance(kernel, int) else kernel
        N, H, W, C = x.shape
        OH, OW = output_size(H, KH, stride, pad), output_size(W, KW, stride, pad)
        padded = zero_pad(x, pad)
        windows = np.zeros((N, OH, OW, KH, KW, C))
        for i in range(OH):
            for j in range(OW):
                windows[:, i, j] = padded[:, i * stride:i * stride + KH, j * stride:j * stride + KW]
        return windows.reshape(N * OH * OW, KH * KW * C)
    """,
)
table.wrong("padding is not applied", ("padded = zero_pad(x, pad)", "padded = x"))
table.wrong(
    "channels come before rows and columns of the window",
    ("windows.reshape(N", "windows.transpose(0, 1, 2, 5, 3, 4).reshape(N"),
    names="channels_first_in_a_row",
)
table.wrong(
    "positions go down the columns first",
    ("windows.reshape(N", "windows.transpose(0, 2, 1, 3, 4, 5).reshape(N"),
    names="windows_column_by_column",
)
table.wrong(
    "the stride is missing where the window starts",
    ("i * stride:i * stride + KH, j * stride:j * stride + KW", "i:i + KH, j:j + KW"),
    names="window_start_ignores_stride",
)
table.wrong(
    "a column for each window: transposed",
    (
        "return windows.reshape(N * OH * OW, KH * KW * C)",
        "return windows.reshape(N * OH * OW, KH * KW * C).T",
    ),
    names="table_transposed",
)
table.wrong(
    "the table is cut with the sizes of its columns first",
    ("windows.reshape(N * OH * OW, KH * KW * C)", "windows.reshape(KH * KW * C, N * OH * OW)"),
)
table.wrong(
    "images change faster than positions",
    ("windows.reshape(N", "windows.transpose(1, 2, 0, 3, 4, 5).reshape(N"),
    names="images_last",
)
table.wrong(
    "the output's size forgets the padding",
    (
        "output_size(H, KH, stride, pad), output_size(W, KW, stride, pad)",
        "output_size(H, KH, stride), output_size(W, KW, stride)",
    ),
)
table.wrong(
    "Two slips: no padding, and columns of the window first",
    ("padded = zero_pad(x, pad)", "padded = x"),
    (
        "output_size(H, KH, stride, pad), output_size(W, KW, stride, pad)",
        "output_size(H, KH, stride), output_size(W, KW, stride)",
    ),
    ("windows.reshape(N", "windows.transpose(0, 1, 2, 4, 3, 5).reshape(N"),
    names="columns_before_rows_in_a_row padding_ignored",
)

stacked = style(
    "im2col",
    """
    def im2col(x, kernel, stride=1, pad=0):
        if np.isscalar(kernel):
            kernel = (kernel, kernel)
        x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        rows = []
        for image in x:
            for top in range(0, image.shape[0] - kernel[0] + 1, stride):
                for left in range(0, image.shape[1] - kernel[1] + 1, stride):
                    rows.append(image[top:top + kernel[0], left:left + kernel[1]].ravel())
        return np.array(rows)
    """,
)
stacked.wrong(
    "the last positions are left out", ("kernel[0] + 1,", "kernel[0],"), ("kernel[1] + 1,", "kernel[1],")
)
stacked.wrong("windows are read column by column", (".ravel()", ".ravel(order='F')"))
stacked.wrong(
    "kernel as a square only",
    ("image.shape[1] - kernel[1] + 1", "image.shape[1] - kernel[0] + 1"),
    ("left:left + kernel[1]", "left:left + kernel[0]"),
    names="kernel_height_for_both",
)
stacked.wrong("one long row", ("np.array(rows)", "np.concatenate(rows)"))
stacked.wrong(
    "channels get zeros and columns none",
    ("(pad, pad), (pad, pad), (0, 0)))", "(pad, pad), (0, 0), (pad, pad)))"),
)

one_product = style(
    "conv2d_im2col",
    """
    from autograder import mine
    im2col, output_size = mine("im2col"), mine("output_size")

    def conv2d_im2col(x, w, b, stride=1, pad=0):
        kh, kw, c, f = w.shape
        n = x.shape[0]
        oh = output_size(x.shape[1], kh, stride, pad)
        ow = output_size(x.shape[2], kw, stride, pad)
        cols = im2col(x, (kh, kw), stride, pad)
        flat = w.reshape(-1, f)
        res = cols.dot(flat) + b
        return res.reshape(n, oh, ow, f)
    """,
)
one_product.wrong(
    "the filters are flattened as if they came first",
    ("w.reshape(-1, f)", "w.reshape(f, -1).T"),
    names="weights_reshaped",
)
one_product.wrong(
    "rows and columns of the output are exchanged in the reshape",
    ("reshape(n, oh, ow, f)", "reshape(n, ow, oh, f)"),
)
one_product.wrong(
    "channels first, by a reshape that moves nothing", ("reshape(n, oh, ow, f)", "reshape(n, f, oh, ow)")
)
one_product.wrong("no bias", (" + b", ""), names="bias_forgotten")
one_product.wrong(
    "the size forgets the padding",
    ("kh, stride, pad)\n    ow", "kh, stride)\n    ow"),
    ("kw, stride, pad)\n", "kw, stride)\n"),
    names="size_and_padding_disagree",
)
one_product.wrong(
    "the table is made without stride and padding",
    ("im2col(x, (kh, kw), stride, pad)", "im2col(x, (kh, kw))"),
)
one_product.wrong(
    "channels first, then axes put back in the wrong order",
    ("res.reshape(n, oh, ow, f)", "res.reshape(f, oh, ow, n).transpose(3, 1, 2, 0)"),
)
one_product.wrong(
    "the kernel is passed as its height", ("im2col(x, (kh, kw), stride, pad)", "im2col(x, kh, stride, pad)")
)
one_product.wrong(
    "the result stays a table", ("return res.reshape(n, oh, ow, f)", "return res"), names="left_as_a_table"
)

products_back = style(
    "conv2d_backward_im2col",
    """
    from autograder import mine
    im2col = mine("im2col")

    def conv2d_backward_im2col(dout, x, w, stride=1, pad=0):
        N, H, W, C = x.shape
        KH, KW, _, F = w.shape
        _, OH, OW, _ = dout.shape
        G = dout.reshape(-1, F)
        X_col = im2col(x, (KH, KW), stride, pad)
        dw = (X_col.T @ G).reshape(w.shape)
        db = G.sum(axis=0)
        dcol = (G @ w.reshape(-1, F).T).reshape(N, OH, OW, KH, KW, C)
        dxp = np.zeros((N, H + 2 * pad, W + 2 * pad, C))
        for i in range(OH):
            for j in range(OW):
                dxp[:, i * stride:i * stride + KH, j * stride:j * stride + KW] += dcol[:, i, j]
        return dxp[:, pad:pad + H, pad:pad + W], dw, db
    """,
)
products_back.wrong("dw stays a table", (".reshape(w.shape)", ""), names="dw_left_as_a_matrix")
products_back.wrong("dx is overwritten", ("KW] += dcol", "KW] = dcol"), names="dx_assigned")
products_back.wrong(
    "G is cut as if the filters came second",
    ("dout.reshape(-1, F)", "dout.transpose(0, 3, 1, 2).reshape(-1, F)"),
)
products_back.wrong(
    "dw is cut with its axes in another order",
    (".reshape(w.shape)", ".reshape(C, KH, KW, F).transpose(1, 2, 0, 3)"),
    names="dw_channels_first",
)
products_back.wrong(
    "rows and columns of the output are exchanged",
    ("(N, OH, OW, KH, KW, C)", "(N, OW, OH, KH, KW, C)"),
    ("dcol[:, i, j]", "dcol[:, j, i]"),
    names="dx_windows_column_by_column",
)
products_back.wrong(
    "rows and columns of the window are exchanged",
    ("OW, KH, KW, C)", "OW, KW, KH, C).swapaxes(3, 4)"),
    names="dx_columns_first",
)
products_back.wrong("db is taken over the filters", ("axis=0", "axis=1"), names="db_for_each_window")
products_back.wrong(
    "the table for dw is made without padding",
    ("(KH, KW), stride, pad)", "(KH, KW), stride)"),
    names="table_ignores_padding",
)
products_back.wrong(
    "the border stays", ("dxp[:, pad:pad + H, pad:pad + W], dw", "dxp, dw"), names="dx_keeps_the_padding"
)

# Lesson 12.

network = style(
    "convnet_forward",
    """
    from autograder import mine
    conv2d_im2col, relu, dense = mine("conv2d_im2col"), mine("relu"), mine("dense")

    def convnet_forward(params, x):
        s1 = conv2d_im2col(x, params["w1"], params["b1"], pad=1)
        h1 = relu(s1)
        s2 = conv2d_im2col(h1, params["w2"], params["b2"], pad=1)
        h2 = relu(s2)
        top = h2.max(axis=(1, 2))
        scores = dense(top, params["w3"], params["b3"])
        return s1, h1, s2, h2, top, scores
    """,
)
network.wrong(
    "the second convolution reads s1",
    ("conv2d_im2col(h1,", "conv2d_im2col(s1,"),
    names="second_convolution_reads_s1",
)
network.wrong(
    "the mean of the maps in place of their maximum", ("h2.max", "h2.mean"), names="mean_of_the_map"
)
network.wrong(
    "the pool reads the scores before ReLU", ("top = h2.max", "top = s2.max"), names="pool_reads_s2"
)
network.wrong("the maps shrink: no padding", (", pad=1", ""), names="padding_forgotten")
network.wrong(
    "the scores alone", ("return s1, h1, s2, h2, top, scores", "return scores"), names="scores_only"
)
network.wrong("one number for all maps", ("axis=(1, 2)", "axis=(1, 2, 3), keepdims=True"), at="top = h2")

network_back = style(
    "convnet_backward",
    """
    from autograder import mine
    relu_backward, dense_backward = mine("relu_backward"), mine("dense_backward")
    max_pool2d_backward, conv2d_backward_im2col = mine("max_pool2d_backward"), mine("conv2d_backward_im2col")

    def convnet_backward(params, x, steps, dscores):
        s1, h1, s2, h2, top, scores = steps
        dtop, dw3, db3 = dense_backward(dscores, top, params["w3"])
        dtop = dtop.reshape(len(x), 1, 1, -1)
        dh2 = max_pool2d_backward(dtop, h2, size=h2.shape[1:3])
        ds2 = relu_backward(dh2, s2)
        dh1, dw2, db2 = conv2d_backward_im2col(ds2, h1, params["w2"], pad=1)
        ds1 = relu_backward(dh1, s1)
        dx, dw1, db1 = conv2d_backward_im2col(ds1, x, params["w1"], pad=1)
        return dx, dw1, db1, dw2, db2, dw3, db3
    """,
)
network_back.wrong(
    "the second ReLU is not undone",
    ("ds2 = relu_backward(dh2, s2)", "ds2 = dh2"),
    names="second_relu_skipped",
)
network_back.wrong(
    "the first convolution gets the gradient before its ReLU",
    ("conv2d_backward_im2col(ds1, x,", "conv2d_backward_im2col(dh1, x,"),
    names="first_relu_skipped",
)
network_back.wrong(
    "the second convolution's input is taken to be s1",
    ("conv2d_backward_im2col(ds2, h1,", "conv2d_backward_im2col(ds2, s1,"),
    names="second_convolution_read_s1",
)
network_back.wrong(
    "the results come from the last layer to the first",
    ("return dx, dw1, db1, dw2, db2, dw3, db3", "return dx, dw3, db3, dw2, db2, dw1, db1"),
    names="layers_from_the_last",
)
network_back.wrong("dx is left out", ("return dx, dw1", "return dw1"), names="image_forgotten")
network_back.wrong(
    "the ReLU of layer 1 asks s2", ("relu_backward(dh1, s1)", "relu_backward(dh1, s2[..., :dh1.shape[3]])")
)

network_loss = style(
    "convnet_loss",
    """
    from autograder import mine
    convnet_forward, convnet_backward = mine("convnet_forward"), mine("convnet_backward")
    softmax_cross_entropy = mine("softmax_cross_entropy")

    def convnet_loss(params, x, labels):
        steps = convnet_forward(params, x)
        loss, dscores = softmax_cross_entropy(steps[-1], labels)
        grads = convnet_backward(params, x, steps, dscores)
        return loss, dict(zip(params, grads[1:]))
    """,
)
network_loss.wrong(
    "the first gradient is dx, so every name gets its neighbour's",
    ("grads[1:]", "grads"),
    names="gradients_shifted_by_one",
)
network_loss.wrong("the loss from top, not from the scores", ("steps[-1]", "steps[-2]"))
network_loss.wrong(
    "a list in place of a dict",
    ("dict(zip(params, grads[1:]))", "list(grads[1:])"),
    names="gradients_without_names",
)
network_loss.wrong("the gradient is summed over the batch", ("steps, dscores)", "steps, dscores * len(x))"))

moved = style(
    "equivariance_gap",
    """
    def equivariance_gap(f, x, shift):
        shifted = np.zeros_like(x)
        shifted[:, shift:] = x[:, :x.shape[1] - shift]
        a = f(x)
        b = f(shifted)
        rows = a.shape[1]
        return float(np.abs(b[:, shift:] - a[:, :rows - shift]).max())
    """,
)
moved.wrong(
    "rows that leave at the bottom come in at the top",
    ("    shifted = np.zeros_like(x)\n", "    shifted = np.roll(x, shift, axis=1)\n"),
    ("    shifted[:, shift:] = x[:, :x.shape[1] - shift]\n", ""),
    names="rolled_around",
)
moved.wrong(
    "an end counted from the back, empty at shift 0",
    (":x.shape[1] - shift", ":-shift"),
    (":rows - shift", ":-shift"),
)
moved.wrong(
    "the largest signed difference",
    ("np.abs(b[:, shift:] - a[:, :rows - shift]).max()", "(b[:, shift:] - a[:, :rows - shift]).max()"),
    names="sign_kept",
)
moved.wrong(
    "moved to the right",
    (
        "shifted[:, shift:] = x[:, :x.shape[1] - shift]",
        "shifted[:, :, shift:] = x[:, :, :x.shape[2] - shift]",
    ),
    names="moved_to_the_right",
)
moved.wrong(
    "the maps are compared without moving either",
    ("b[:, shift:] - a[:, :rows - shift]", "b - a"),
    names="output_not_shifted",
)
moved.wrong("the mean difference", (").max()", ").mean()"), names="averaged")

# Lesson 13.

summary = style(
    "keras_parameters",
    """
    def keras_parameters(layer):
        cfg = layer["config"]
        if layer["class_name"] == "Conv2D":
            kh, kw = cfg["kernel_size"]
            n = kh * kw * layer["input_shape"][-1] * cfg["filters"]
            return n + cfg["filters"] * cfg["use_bias"]
        if layer["class_name"] == "Dense":
            n = layer["input_shape"][0] * cfg["units"]
            return n + cfg["units"] * cfg["use_bias"]
        return 0
    """,
)
summary.wrong("biases are always counted", (' * cfg["use_bias"]', ""), names="use_bias_ignored")
summary.wrong(
    "the height of the image in place of the channels",
    ('layer["input_shape"][-1]', 'layer["input_shape"][0]'),
    names="height_for_channels",
)
summary.wrong(
    "nothing is returned for layers without weights",
    ("    return 0\n", ""),
    at='if layer["class_name"] == "Dense"',
    names="nothing_for_others",
)
summary.wrong(
    "one bias a layer", ('cfg["filters"] * cfg["use_bias"]', '1 * cfg["use_bias"]'), names="one_conv_bias"
)

axes_for_torch = style(
    "to_torch_weights",
    """
    def to_torch_weights(w, b):
        weight = np.transpose(w, (3, 2, 0, 1))
        return [weight, b]
    """,
)
axes_for_torch.wrong(
    "reshape in place of transpose",
    ("np.transpose(w, (3, 2, 0, 1))", "w.reshape(w.shape[3], w.shape[2], w.shape[0], w.shape[1])"),
    names="reshaped_instead_of_transposed",
)
axes_for_torch.wrong(
    "all axes are reversed", ("np.transpose(w, (3, 2, 0, 1))", "w.T"), names="all_axes_reversed"
)
axes_for_torch.wrong("channels before filters", ("(3, 2, 0, 1)", "(2, 3, 0, 1)"), names="channels_first")
axes_for_torch.wrong(
    "the filters are rotated as well",
    ("np.transpose(w, (3, 2, 0, 1))", "np.transpose(w[::-1, ::-1], (3, 2, 0, 1))"),
    names="filter_turned",
)
axes_for_torch.wrong("the bias alone goes missing", ("[weight, b]", "[weight]"), names="bias_left_out")

same_layer = style(
    "same_as_keras",
    """
    from autograder import mine
    conv2d, same_padding = mine("conv2d"), mine("same_padding")

    def same_as_keras(x, w, b, strides, padding):
        if padding == "same":
            top, bottom = same_padding(x.shape[1], w.shape[0], strides)
            left, right = same_padding(x.shape[2], w.shape[1], strides)
            x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
        return conv2d(x, w, b, stride=strides)
    """,
)
same_layer.wrong(
    "the columns use the window's height",
    ("same_padding(x.shape[2], w.shape[1]", "same_padding(x.shape[2], w.shape[0]"),
)
same_layer.wrong(
    "the stride is left out of the padding",
    (", strides)\n", ")\n"),
    at="same_padding(x",
    names="same_ignores_stride",
)
same_layer.wrong(
    "the extra zero goes before",
    ("(top, bottom), (left, right)", "(bottom, top), (right, left)"),
    names="same_larger_half_first",
)
same_layer.wrong(
    "the convolution itself does not stride", ("stride=strides", "stride=1"), names="stride_ignored"
)
same_layer.wrong(
    "as many zeros on every side, for rows and columns alike",
    (
        "            x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))".replace(
            "            ", "        ", 1
        ),
        "        x = np.pad(x, ((0, 0), (top, top), (left, left), (0, 0)))",
    ),
)
same_layer.wrong(
    '"same" is the string that is never there',
    ('padding == "same"', 'padding == "SAME"'),
    names="same_is_valid",
)

# Lesson 14.

scaled = style(
    "standardise",
    """
    def standardise(train, other):
        mu = np.mean(train, axis=(0, 1, 2))
        sigma = np.std(train, axis=(0, 1, 2))
        return (train - mu) / sigma, (other - mu) / sigma
    """,
)
scaled.wrong(
    "the other images are scaled by their own numbers",
    ("(other - mu) / sigma", "(other - other.mean(axis=(0, 1, 2))) / other.std(axis=(0, 1, 2))"),
    names="own_numbers_for_the_others",
)
scaled.wrong(
    "one mean and one deviation for all channels",
    (", axis=(0, 1, 2)", ""),
    names="one_number_for_all_channels",
)
scaled.wrong("a mean for each pixel", ("axis=(0, 1, 2)", "axis=0"))
scaled.wrong("divides by the variance", ("np.std(", "np.var("), names="variance")
scaled.wrong(
    "a sample's standard deviation, with n - 1",
    ("np.std(train, axis=(0, 1, 2))", "np.std(train, axis=(0, 1, 2), ddof=1)"),
    names="one_less_in_the_spread",
)
scaled.wrong(
    "precedence: only the mean is divided",
    ("(train - mu) / sigma, (other - mu) / sigma", "train - mu / sigma, other - mu / sigma"),
    names="divided_first",
)
scaled.wrong(
    "the training images only are returned",
    ("return (train - mu) / sigma, (other - mu) / sigma", "return (train - mu) / sigma"),
    names="training_images_only",
)
scaled.wrong(
    "scaled to 0 to 1 in place of mean 0",
    ("np.mean(train, axis=(0, 1, 2))", "train.min(axis=(0, 1, 2))"),
    ("np.std(train, axis=(0, 1, 2))", "train.max(axis=(0, 1, 2)) - train.min(axis=(0, 1, 2))"),
    names="between_zero_and_one",
)

sensitivity = style(
    "saliency",
    """
    def saliency(forward, backward, x, labels):
        scores = forward(x)
        dscores = np.zeros(scores.shape)
        dscores[np.arange(len(x)), labels] = 1.0
        dx = backward(dscores, x)
        return np.max(np.abs(dx), axis=-1)
    """,
)
sensitivity.wrong(
    "the sign decides: the largest, not the largest magnitude",
    ("np.max(np.abs(dx), axis=-1)", "np.max(dx, axis=-1)"),
    names="sign_kept",
)
sensitivity.wrong(
    "channels are added up",
    ("np.max(np.abs(dx), axis=-1)", "np.sum(np.abs(dx), axis=-1)"),
    names="channels_summed",
)
sensitivity.wrong(
    "every label of the batch is set in every row",
    ("dscores[np.arange(len(x)), labels]", "dscores[:, labels]"),
    names="every_label_for_each",
)
sensitivity.wrong(
    "starts from the scores themselves",
    ("= 1.0", "= scores[np.arange(len(x)), labels]"),
    names="scores_sent_back",
)
sensitivity.wrong(
    "all scores are asked about",
    ("np.zeros(scores.shape)", "np.ones(scores.shape)"),
    names="all_scores_at_once",
)
sensitivity.wrong(
    "the magnitude of the maximum",
    ("np.max(np.abs(dx), axis=-1)", "np.abs(np.max(dx, axis=-1))"),
    names="magnitude_after_max",
)
sensitivity.wrong(
    "the winner's score, whatever the label",
    ("dscores[np.arange(len(x)), labels]", "dscores[np.arange(len(x)), scores.argmax(axis=1)]"),
    names="largest_score_instead",
)

hidden = style(
    "cover",
    """
    def cover(x, maps, count):
        N, H, W, C = x.shape
        out = x.copy()
        for n in range(N):
            order = np.argsort(maps[n].ravel())[::-1]
            for place in order[:count]:
                r, c = place // W, place % W
                out[n, r, c] = 0
        return out
    """,
)
hidden.wrong("the least important pixels are covered", ("[::-1]", ""), names="darkest_pixels")
hidden.wrong("the row is found with the height", ("place // W, place % W", "place // H, place % H"))
hidden.wrong(
    "only the first channel is covered", ("out[n, r, c] = 0", "out[n, r, c, 0] = 0"), names="one_channel_only"
)
hidden.wrong("the caller's images are covered", ("x.copy()", "x"))
hidden.wrong(
    "the order of the first image serves for all",
    ("maps[n].ravel()", "maps[0].ravel()"),
    names="order_of_image_0",
)
hidden.wrong("one pixel too many", ("order[:count]", "order[:count + 1]"), names="one_too_many")

# Two slips at once.

coursera.wrong(
    "Two slips: windows start without the stride, and the padded copy is never read",
    ("h * stride", "h"),
    ("v * stride", "v"),
    ("A_prev_pad[i]", "A_prev[i]"),
    names="window_start_ignores_stride size_and_padding_disagree",
)
coursera.wrong(
    "Two slips: filter 0 for all maps and bias 0 for all maps",
    ("W[:, :, :, c]", "W[:, :, :, 0]"),
    ("b[c]", "b[0]"),
    names="one_bias_for_all same_filter_for_all",
)
coursera.wrong(
    "Two slips: only the first channel, and the size counts the zeros once",
    ("horiz_start:horiz_end, :]", "horiz_start:horiz_end, :1]"),
    ("+ 2 * pad", "+ pad"),
    ("W[:, :, :, c]", "W[:, :, :1, c]"),
    names="first_channel_only padding_counted_once",
)
taps.wrong(
    "Two slips: flipped taps and no bias",
    ("w[di, dj]", "w[KH - 1 - di, KW - 1 - dj]"),
    ("    out += b\n", ""),
    at="w[KH - 1 - di",
    names="filter_turned bias_forgotten",
)
taps.wrong(
    "Two slips: each tap replaces the one before, and the bias is subtracted",
    ("out += piece", "out = piece"),
    ("out += b", "out -= b"),
    names="last_pixel_only bias_subtracted",
)
viewed.wrong(
    "Two slips: padding on rows only and a doubled bias",
    ("(pad, pad), (pad, pad)", "(pad, pad), (0, 0)"),
    (", w) + b", ", w) + 2 * b"),
)
comprehension.wrong(
    "Two slips: the mean of the products, and images without zeros",
    (".sum()", ".mean()"),
    ("for img in xp", "for img in x"),
    names="window_averaged size_and_padding_disagree",
)
assistant.wrong(
    "Two slips: ReLU inside, and rows ignore the stride",
    ("return output", "return np.maximum(0, output)"),
    ("i * stride, j", "i, j"),
    names="stride_on_columns_only relu_inside",
)
largest.wrong(
    "Two slips: the size is rounded up in rows, and the mean is taken",
    ("(H - pool_h) // step_h + 1", "-(-(H - pool_h) // step_h) + 1"),
    ("window.max", "window.mean"),
)
largest.wrong(
    "Two slips: the default stride is the height, and windows are as wide as high",
    ("step_h, step_w = pool_h, pool_w", "step_h = step_w = pool_h"),
    ("j * step_w + pool_w", "j * step_w + pool_h"),
    names="stride_from_height_only height_for_both_sides",
)
search.wrong(
    "Two slips: starts at 0 and skips the last column",
    ("best = -np.inf", "best = 0"),
    ("range(size[1])", "range(size[1] - 1)"),
)
means.wrong(
    "Two slips: divides by 4, and the last row of taps is left out",
    ("(ph * pw)", "4"),
    ("range(ph)", "range(ph - 1)"),
)
field.wrong(
    "Two slips: whole kernel, and the jump grows first",
    ("(k - 1) * d * jump", "k * d * jump"),
    (
        "        rf = rf + k * d * jump\n        jump = jump * s\n",
        "        jump = jump * s\n        rf = rf + k * d * jump\n",
    ),
    names="whole_kernel_added jump_of_the_layer_itself",
)
box.wrong(
    "Two slips: from the input up, and dilation is left out",
    ("layers[::-1]", "layers"),
    ("(k - 1) * d", "(k - 1)"),
    names="dilation_ignored read_from_the_input",
)
cs231n.wrong(
    "Two slips: db is overwritten, and windows of dx too",
    ("db[f] += g", "db[f] = g"),
    ("ws:ws + WW, :] += g * w", "ws:ws + WW, :] = g * w"),
    names="dx_assigned db_last_window_wins",
)
cs231n.wrong(
    "Two slips: the crop is empty at pad 0 and dw comes from the image without zeros",
    ("pad:pad + H, pad:pad + W", "pad:-pad, pad:-pad"),
    ("g * x_pad[n", "g * x[n"),
)
cs231n.wrong(
    "Two slips: dx without the gradient from above, dw rotated",
    ("+= g * w[:, :, :, f]", "+= w[:, :, :, f]"),
    ("return dx, dw, db", "return dx, dw[::-1, ::-1], db"),
    names="dw_turned dx_upstream_left_out",
)
windows_at_once.wrong(
    "Two slips: one db for all, and dw is divided by N",
    ("dout.sum(axis=(0, 1, 2))", "dout.sum()"),
    ("    db =", "    dw /= len(x)\n    db ="),
    names="db_one_number dw_averaged_over_the_batch",
)
back_to_largest.wrong(
    "Two slips: row and column exchanged, later windows overwrite",
    ("row, col = np", "col, row = np"),
    ("+= dout", "= dout"),
    names="cell_assigned place_swapped",
)
masks.wrong(
    "Two slips: all equal maxima get everything, and columns move by the rows' stride",
    ("            mask /= mask.sum(axis=(1, 2), keepdims=True)\n", ""),
    ("slice(j * strides[1], j * strides[1] + size[1])", "slice(j * strides[0], j * strides[0] + size[1])"),
)
even_share.wrong(
    "Two slips: the whole gradient to each cell, and overlapping windows replace each other",
    (" / (size[0] * size[1])", ""),
    ("c] += np.ones", "c] = np.ones"),
    names="window_assigned not_divided",
)
table.wrong(
    "Two slips: channels first within a row, and starts without the stride",
    ("windows.reshape(N", "windows.transpose(0, 1, 2, 5, 3, 4).reshape(N"),
    ("i * stride:i * stride + KH, j * stride:j * stride + KW", "i:i + KH, j:j + KW"),
    names="channels_first_in_a_row window_start_ignores_stride",
)
one_product.wrong(
    "Two slips: filters flattened the wrong way round, and no bias",
    ("w.reshape(-1, f)", "w.reshape(f, -1).T"),
    (" + b", ""),
    names="weights_reshaped bias_forgotten",
)
products_back.wrong(
    "Two slips: db over the filters, dx overwritten",
    ("axis=0", "axis=1"),
    ("KW] += dcol", "KW] = dcol"),
    names="dx_assigned db_for_each_window",
)
softmax.wrong(
    "Two slips: the loss is a sum, and the gradient too",
    (".sum() / N", ".sum()"),
    ("    dscores /= N\n", ""),
    at="loss = -",
    names="loss_and_gradient_summed",
)
softmax.wrong(
    "Two slips: nothing is subtracted before exp, and the loss has no minus",
    (" - scores.max(axis=1, keepdims=True)", ""),
    ("-log_probs", "log_probs"),
    names="overflow loss_sign",
)
one_hot.wrong(
    "Two slips: label minus prediction, and it is not averaged",
    ("(y_pred - y_true) / len(labels)", "y_true - y_pred"),
    names="gradient_summed gradient_sign",
)
affine.wrong(
    "Two slips: dw and dx come exchanged, db over the units",
    ("return dx, dw, db", "return dw, dx, db"),
    ("axis=0", "axis=1"),
    names="db_over_units returns_dw_first",
)
batches.wrong(
    "Two slips: the labels are not shuffled, and the short batch is dropped",
    ("y[batch]", "y[start:start + size]"),
    ("range(0, n, size)", "range(0, n - size + 1, size)"),
    names="labels_not_shuffled last_batch_dropped",
)
loop.wrong(
    "Two slips: all examples in every step, and one loss an epoch",
    ("loss_and_grads(params, xb, yb)", "loss_and_grads(params, x, y)"),
    ("            history.append(loss)\n", "        history.append(loss)\n"),
)
image_loop.wrong(
    "Two slips: transposed kernel, and its mean",
    ("np.sum(patch * k)", "np.mean(patch * k.T)"),
    names="filter_transposed window_averaged",
)
size_line.wrong(
    "Two slips: rounds up, and counts the zeros once",
    ("np.floor", "np.ceil"),
    ("2 * pad", "pad"),
    names="size_rounded_up pad_added_once",
)
keras_zeros.wrong(
    "Two slips: rounds down, and the larger part goes before",
    ("math.ceil(n / stride)", "n // stride"),
    ("return before, after", "return after, before"),
    names="same_larger_half_first same_size_rounded_down",
)
padded_copy.wrong(
    "Two slips: room and place on one side only",
    ("H + 2 * pad, W + 2 * pad", "H + pad, W + pad"),
    ("pad:pad + H, pad:pad + W", ":H, :W"),
    names="pads_after_only",
)
count_local.wrong(
    "Two slips: rows only, and no biases",
    ("per_position * oh * ow", "per_position * oh"),
    (" + 1) * filters", ") * filters"),
    names="places_not_squared biases_forgotten",
)
scaled.wrong(
    "Two slips: the variance, and one for all channels", ("np.std(train, axis=(0, 1, 2))", "np.var(train)")
)
sensitivity.wrong(
    "Two slips: the sum of signed numbers, from all scores",
    ("np.max(np.abs(dx), axis=-1)", "np.sum(dx, axis=-1)"),
    ("np.zeros(scores.shape)", "np.ones(scores.shape)"),
)
hidden.wrong(
    "Two slips: the least important pixels, and one too many",
    ("[::-1]", ""),
    ("order[:count]", "order[:count + 1]"),
    names="darkest_pixels one_too_many",
)
same_layer.wrong(
    "Two slips: rows and columns exchanged, and no stride in the convolution",
    ("(top, bottom), (left, right)", "(left, right), (top, bottom)"),
    ("stride=strides", "stride=1"),
    names="stride_ignored same_sides_exchanged",
)
network_back.wrong(
    "Two slips: the second ReLU is not undone, and dx is left out",
    ("ds2 = relu_backward(dh2, s2)", "ds2 = dh2"),
    ("return dx, dw1", "return dw1"),
    names="second_relu_skipped image_forgotten",
)
