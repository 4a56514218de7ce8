"""Functions I wrote myself, each kept when its check passed."""

import numpy as np


# exercise: mirror
def mirror(image):
    """Swap left and right.

    image: (H, W) or (H, W, C), any numbers; stays as it is
    Returns: an array of the same shape
    """
    ### BEGIN SOLUTION
    return image[:, ::-1]
    ### END SOLUTION


# exercise: signed_distance
def signed_distance(x, w, b):
    """Return each point's distance to w·x + b = 0, with the sign of its score.

    x: (N, D), one point in each row   w: (D,)   b: a number
    Returns: (N,)
    """
    ### BEGIN SOLUTION
    return (x @ w + b) / np.sqrt(np.sum(w**2))
    ### END SOLUTION


# exercise: relu
def relu(x):
    """Return x with every negative number replaced by 0.

    x: any shape; stays as it is
    Returns: a new array of the same shape
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0)
    ### END SOLUTION


# exercise: absolute_distance
def absolute_distance(x, w, b):
    """Return each point's distance to w·x + b = 0, from two ReLUs.

    x: (N, D), one point in each row   w: (D,)   b: a number
    Returns: (N,)
    """
    ### BEGIN SOLUTION
    score = x @ w + b
    total = np.maximum(score, 0) + np.maximum(-score, 0)
    return total / np.sqrt(np.sum(w**2))
    ### END SOLUTION


# exercise: dense
def dense(x, w, b):
    """Return the scores of M units for N points.

    x: (N, D)   w: (D, M), one column a unit   b: (M,)
    Returns: (N, M)
    """
    ### BEGIN SOLUTION
    return x @ w + b
    ### END SOLUTION


# exercise: two_layer_scores
def relu(x):
    """Return x with every negative number replaced by 0.

    x: any shape; stays as it is
    Returns: a new array of the same shape
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0)
    ### END SOLUTION


def dense(x, w, b):
    """Return the scores of M units for N points.

    x: (N, D)   w: (D, M), one column a unit   b: (M,)
    Returns: (N, M)
    """
    ### BEGIN SOLUTION
    return x @ w + b
    ### END SOLUTION


def two_layer_scores(x, w1, b1, w2, b2):
    """Return the scores of M units that read a layer of H units with ReLU.

    x: (N, D)   w1: (D, H)   b1: (H,)   w2: (H, M)   b2: (M,)
    Returns: (N, M)
    """
    ### BEGIN SOLUTION
    hidden = relu(dense(x, w1, b1))
    return dense(hidden, w2, b2)
    ### END SOLUTION


# exercise: relu_backward
def relu_backward(dout, x):
    """Return the gradient of the loss with respect to x, the input of relu.

    dout: the gradient with respect to relu's output, same shape as x
    x: any shape
    Returns: an array of the same shape
    """
    ### BEGIN SOLUTION
    return dout * (x > 0)
    ### END SOLUTION


# exercise: dense_backward
def dense_backward(dout, x, w):
    """Return dx, dw, db, the gradients with respect to x, w and b of dense(x, w, b).

    dout: (N, M), the gradient with respect to the output
    x: (N, D)   w: (D, M)
    Returns: dx (N, D), dw (D, M), db (M,)
    """
    ### BEGIN SOLUTION
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
    ### END SOLUTION


# exercise: softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    """Return the mean loss of a batch and its gradient with respect to the scores.

    scores: (N, M), may be as large as 1000
    labels: (N,), integers from 0 to M - 1
    Returns: loss, a float, and dscores (N, M)
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(scores))
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(sums[:, 0]) - shifted[rows, labels])
    dscores = powers / sums
    dscores[rows, labels] -= 1
    return loss, dscores / len(scores)
    ### END SOLUTION


# exercise: numeric_gradient
def numeric_gradient(f, x):
    """Return the derivative of f with respect to every entry of x, measured.

    f: takes an array of x's shape, returns a number
    x: floats, any shape; stays as it is
    Returns: an array of the same shape
    """
    ### BEGIN SOLUTION
    gradient, h = np.zeros(x.shape), 1e-5
    for at in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        gradient[at] = (f(up) - f(down)) / (2 * h)
    return gradient
    ### END SOLUTION


# exercise: minibatches
def minibatches(x, y, size, rng):
    """Yield all examples once, shuffled, in batches; the last may be smaller.

    x: (N, ...)   y: (N,)   size: examples in a batch, an int
    rng: a NumPy generator, the only source of randomness
    Yields: pairs x_batch (size, ...), y_batch (size,)
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]
    ### END SOLUTION


# exercise: sgd_step
def sgd_step(params, grads, lr):
    """Move every array of params against its gradient, in place.

    params: dict of float arrays, any shapes   lr: the step size, a float
    grads: dict with the same names and shapes; stays as it is
    """
    ### BEGIN SOLUTION
    for name in params:
        params[name] -= lr * grads[name]
    ### END SOLUTION


# exercise: train
def minibatches(x, y, size, rng):
    """Yield all examples once, shuffled, in batches; the last may be smaller.

    x: (N, ...)   y: (N,)   size: examples in a batch, an int
    rng: a NumPy generator, the only source of randomness
    Yields: pairs x_batch (size, ...), y_batch (size,)
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]
    ### END SOLUTION


def sgd_step(params, grads, lr):
    """Move every array of params against its gradient, in place.

    params: dict of float arrays, any shapes   lr: the step size, a float
    grads: dict with the same names and shapes; stays as it is
    """
    ### BEGIN SOLUTION
    for name in params:
        params[name] -= lr * grads[name]
    ### END SOLUTION


def train(params, loss_and_grads, x, y, lr, size, epochs, rng):
    """Train with minibatch SGD; params change in place.

    params: dict of float arrays
    loss_and_grads: function of params, x_batch, y_batch; returns the loss, a
        float, and grads, a dict with the names and shapes of params
    x: (N, ...)   y: (N,)   lr: step size   size: examples in a batch
    epochs: passes through all examples   rng: a NumPy generator
    Returns: the list of losses, one for each step
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(epochs):
        for x_batch, y_batch in minibatches(x, y, size, rng):
            loss, grads = loss_and_grads(params, x_batch, y_batch)
            sgd_step(params, grads, lr)
            losses.append(loss)
    return losses
    ### END SOLUTION


# exercise: count_dense_parameters
def count_dense_parameters(sizes):
    """Return how many weights and biases a dense network has.

    sizes: list of ints, the number of inputs, then of units in each layer
    Returns: an int
    """
    ### BEGIN SOLUTION
    total = 0
    for layer in range(1, len(sizes)):
        total += sizes[layer - 1] * sizes[layer] + sizes[layer]
    return total
    ### END SOLUTION


# exercise: count_conv_parameters
def count_conv_parameters(kernel, channels, filters):
    """Return how many weights and biases a layer of filters has.

    kernel: size of the window, an int or a pair (rows, columns)
    channels: of the input, an int   filters: how many, an int
    Returns: an int
    """
    ### BEGIN SOLUTION
    rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
    return (rows * columns * channels + 1) * filters
    ### END SOLUTION


# exercise: count_locally_connected_parameters
def count_conv_parameters(kernel, channels, filters):
    """Return how many weights and biases a layer of filters has.

    kernel: size of the window, an int or a pair (rows, columns)
    channels: of the input, an int   filters: how many, an int
    Returns: an int
    """
    ### BEGIN SOLUTION
    rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
    return (rows * columns * channels + 1) * filters
    ### END SOLUTION


def count_locally_connected_parameters(kernel, channels, filters, output):
    """Return how many weights and biases filters have if no position shares them.

    kernel: size of the window, an int or a pair (rows, columns)
    channels: of the input, an int   filters: how many, an int
    output: positions of the output, an int or a pair (rows, columns)
    Returns: an int
    """
    ### BEGIN SOLUTION
    rows, columns = (output, output) if isinstance(output, int) else output
    return rows * columns * count_conv_parameters(kernel, channels, filters)
    ### END SOLUTION


# exercise: correlate1d
def correlate1d(x, k):
    """Slide the kernel k along the row x, at every position where it fits.

    x: (N,)   k: (K,), not longer than x
    Returns: (N - K + 1,) floats
    """
    ### BEGIN SOLUTION
    out = np.zeros(len(x) - len(k) + 1)
    for i in range(len(out)):
        out[i] = np.sum(x[i : i + len(k)] * k)
    return out
    ### END SOLUTION


# exercise: correlate2d
def correlate2d(x, k):
    """Slide the kernel k over the image x, at every position where it fits.

    x: (H, W)   k: (KH, KW), not larger than x
    Returns: (H - KH + 1, W - KW + 1) floats
    """
    ### BEGIN SOLUTION
    KH, KW = k.shape
    out = np.zeros((x.shape[0] - KH + 1, x.shape[1] - KW + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(x[i : i + KH, j : j + KW] * k)
    return out
    ### END SOLUTION


# exercise: design_kernels
def design_kernels():
    """Return a dict of four kernels, arrays of shape (3, 3).

    Names: "identity", "mean", "vertical_edge", "horizontal_edge"
    """
    ### BEGIN SOLUTION
    identity = np.zeros((3, 3))
    identity[1, 1] = 1
    edge = np.array([[-1.0, 0.0, 1.0]] * 3)
    mean = np.full((3, 3), 1 / 9)
    return {
        "identity": identity,
        "mean": mean,
        "vertical_edge": edge,
        "horizontal_edge": edge.T,
    }
    ### END SOLUTION


# exercise: learn_kernel
def correlate2d(x, k):
    """Slide the kernel k over the image x, at every position where it fits.

    x: (H, W)   k: (KH, KW), not larger than x
    Returns: (H - KH + 1, W - KW + 1) floats
    """
    ### BEGIN SOLUTION
    KH, KW = k.shape
    out = np.zeros((x.shape[0] - KH + 1, x.shape[1] - KW + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(x[i : i + KH, j : j + KW] * k)
    return out
    ### END SOLUTION


def learn_kernel(x, y):
    """Find the kernel k with correlate2d(x, k) = y, with gradient steps.

    x: (H, W)   y: (OH, OW), not larger than x
    Returns: k, (H - OH + 1, W - OW + 1) floats
    """
    ### BEGIN SOLUTION
    KH, KW = x.shape[0] - y.shape[0] + 1, x.shape[1] - y.shape[1] + 1
    k = np.zeros((KH, KW))
    for _ in range(300):
        error = correlate2d(x, k) - y
        k -= 0.5 * correlate2d(x, error) / error.size
    return k
    ### END SOLUTION


# exercise: output_size
def output_size(n, k, stride=1, pad=0):
    """Return at how many positions a window of k cells reads a row of n cells.

    n, k: cells, ints   stride: cells from one start to the next, an int
    pad: zeros added at each end of the row, an int
    Returns: an int
    """
    ### BEGIN SOLUTION
    return (n - k + 2 * pad) // stride + 1
    ### END SOLUTION


# exercise: zero_pad
def zero_pad(x, pad):
    """Return x with zeros around its rows and columns.

    x: (N, H, W, C); stays as it is
    pad: how many zeros at each end of rows and columns, an int, 0 or more
    Returns: a new array (N, H + 2*pad, W + 2*pad, C)
    """
    ### BEGIN SOLUTION
    N, H, W, C = x.shape
    padded = np.zeros((N, H + 2 * pad, W + 2 * pad, C), dtype=x.dtype)
    padded[:, pad : pad + H, pad : pad + W, :] = x
    return padded
    ### END SOLUTION


# exercise: same_padding
def same_padding(n, k, stride=1):
    """Return how many zeros padding="same" puts before and after n cells in Keras.

    n: cells of the row, an int   k: cells of the window, an int
    stride: cells from one start to the next, an int
    Returns: (before, after), two ints; after is larger if they differ
    """
    ### BEGIN SOLUTION
    size = -(-n // stride)
    total = max((size - 1) * stride + k - n, 0)
    before = total // 2
    return before, total - before
    ### END SOLUTION
