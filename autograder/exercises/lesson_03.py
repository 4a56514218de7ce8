"""Minibatch SGD: batches, a step, the loop."""

from itertools import pairwise

import numpy as np

from autograder.authoring import NamedFunction, SeededRng, case, exercise, returns_nothing

LESSON = "03_minibatch_sgd"


# minibatches


@exercise(
    lesson=LESSON,
    hint=(
        "Shuffle the numbers 0 to N − 1, not the examples. Then go through them, `size` at a time.",
        "x[numbers] and y[numbers] with the same numbers belong together.",
    ),
)
def minibatches(x, y, size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        end = start + size
        batch = order[start:end]
        yield x[batch], y[batch]


@minibatches.way
def minibatches_shuffled(x, y, size, rng):
    order = np.arange(len(x))
    rng.shuffle(order)
    for start in range(0, len(x), size):
        end = start + size
        batch = order[start:end]
        yield x[batch], y[batch]


def marked(count):
    """Examples that carry their number: x[i] is an array of i + 0.5 above its negative, and label i is i."""
    numbers = np.arange(count, dtype=float) + 0.5
    return np.stack([numbers, -numbers], axis=1)[:, :, np.newaxis], np.arange(count)


def read(value):
    """The batches of an answer, or what is wrong with their form."""
    if not isinstance(value, (list, tuple)):
        return "expected an iterator over batches: yield one pair after another"
    if isinstance(value, tuple) and len(value) == 2 and not isinstance(value[0], (tuple, list)):
        return "your function returned one batch and ended: return ends a function, yield hands a batch out and goes on"
    batches = []
    for pair in value:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            return "each batch must be a pair, (x_batch, y_batch)"
        try:
            x, y = np.asarray(pair[0], dtype=np.float64), np.asarray(pair[1], dtype=np.float64)
        except (TypeError, ValueError):
            return "each batch must be a pair of arrays, (x_batch, y_batch)"
        if x.shape[1:] != (2, 1) or y.ndim != 1:
            return f"a batch has the shapes {x.shape} and {y.shape}: its rows must be examples, as in x and y"
        batches.append((x, y))
    return batches


def ruled(rule):
    """Judge the batches of all calls; the sentence says what is wrong with them."""

    def accepts(values):
        calls = []
        for value in values:
            batches = read(value)
            if isinstance(batches, str):
                return batches
            calls.append(batches)
        return rule(calls) or None

    return accepts


def numbers_of(batches):
    return [float(v) - 0.5 for x, _ in batches for v in x[:, 0, 0]]


def every_example(count):
    def rule(calls):
        seen = numbers_of(calls[0])
        if not seen:
            return "your function yields no examples"
        twice = len(seen) - len(set(seen))
        missing = len(set(range(count)) - set(seen))
        if twice:
            return f"{twice} of {len(seen)} examples are repeated: in one pass each appears once"
        if missing:
            return f"{missing} of {count} examples never appear"
        return "" if sorted(seen) == list(range(count)) else "some rows are not in x"

    return ruled(rule)


def together(count):
    def rule(calls):
        for x, y in calls[0]:
            if len(x) != len(y):
                return f"a batch has {len(x)} rows of x and {len(y)} labels"
            wrong = int(np.sum(x[:, 0, 0] - 0.5 != y))
            if wrong:
                return f"{wrong} of {len(y)} labels of a batch belong to other examples: x and y need the same indices"
        return "" if calls[0] else "your function yields no examples"

    return ruled(rule)


def sizes(count, size):
    def rule(calls):
        lengths = [len(x) for x, _ in calls[0]]
        expected = [size] * (count // size) + [count % size] * (count % size > 0)
        if lengths == expected:
            return ""
        return f"{count} examples in batches of {size}: expected sizes {expected}, got {lengths}"

    return ruled(rule)


def order_fault(calls):
    first, again, other = (numbers_of(batches) for batches in calls)
    if not first:
        return "your function yields no examples"
    if all(a < b for a, b in pairwise(first)):
        return "the examples keep their original order: shuffle them, with the rng you are given"
    if all(max(batch) - min(batch) == len(batch) - 1 for batch in (numbers_of([pair]) for pair in calls[0])):
        return "neighbouring examples stay in one batch: shuffle all of them first, then cut the order into batches"
    if first != again:
        return "the same rng gives a different order each time: draw from the rng you are given, and from nothing else"
    if first == other:
        return "a different rng gives the same order: draw from the rng you are given"
    return ""


def one_pass(count, size, rule):
    return case(*marked(count), size, SeededRng(11)).accepted_by(rule)


@minibatches.requirement("every example once", points=0.75)
def _(draw):
    yield one_pass(12, 4, every_example(12))
    count = draw.pick(13, 14)
    yield one_pass(count, 5, every_example(count))


@minibatches.requirement("labels belong to their examples", points=0.75)
def _(draw):
    yield one_pass(12, 3, together(12))
    count = draw.pick(13, 14)
    yield one_pass(count, 5, together(count))


@minibatches.requirement("sizes of the batches", points=0.75)
def _(draw):
    for count, size in ((12, draw.pick(3, 4)), (draw.pick(13, 14), 5), (3, 8), (draw.pick(4, 5), 1)):
        yield one_pass(count, size, sizes(count, size))


@minibatches.requirement("order from the rng", points=0.5)
def _(draw):
    count = draw.pick(20, 24)
    again, other = (*marked(count), 7, SeededRng(11)), (*marked(count), 7, SeededRng(12))
    asked = one_pass(count, 7, ruled(order_fault))
    yield asked.and_then("minibatches", *again).and_then("minibatches", *other)


minibatches.keeps_inputs(points=0.25)

minibatches.bug(
    "labels_not_shuffled", "y[batch]", "y[start:end]",
    "Your examples are shuffled, their labels are not: each image gets the label of another. The notes make this slip: they sample the inputs and leave the labels in order.",
    ask="After shuffling, at which position is the label of the example at position 0?",
)
minibatches.bug(
    "last_batch_dropped", "range(0, len(x), size)", "range(0, len(x) - len(x) % size, size)",
    "The short batch at the end is left out: its examples are never seen in this pass.",
    ask="With 14 examples in batches of 5, how many are in the last batch?",
)
minibatches.bug(
    "first_batch_only", "range(0, len(x), size)", "range(1)",
    "Your function yields only the first batch: it ends inside its loop.",
    ask="Is there a return where a yield is needed?",
)
minibatches.bug(
    "one_batch_of_all", {"range(0, len(x), size)": "range(1)", "start + size": "len(x)"},
    "Your function yields all the examples as one batch: size says how many a batch holds.",
    ask="With 12 examples in batches of 4, how many batches are there?",
)
minibatches.bug(
    "not_shuffled", "rng.permutation(len(x))", "np.arange(len(x))",
    "Your examples keep their original order: if they are sorted by class, a whole batch contains one class only.",
    ask="Which line of your function uses rng?",
)
minibatches.bug(
    "drawn_with_replacement", "rng.permutation(len(x))", "rng.integers(0, len(x), len(x))",
    "Your examples are drawn with replacement: some appear twice in a pass, others never.",
    ask="What does the rng offer that puts numbers into a new order, each of them once?",
    also=[{"rng.permutation(len(x))": "rng.choice(len(x), len(x))"}],
)
minibatches.bug(
    "rng_not_used", "rng.permutation(len(x))", "np.random.default_rng(0).permutation(len(x))",
    "The order is always the same: the rng you are given is not used.",
    ask="Which line of your function uses rng?",
    also=[
        {"rng.permutation(len(x))": "np.random.default_rng(42).permutation(len(x))"},
        {"rng.permutation(len(x))": "np.random.RandomState(0).permutation(len(x))"},
        {"rng.permutation(len(x))": "np.arange(len(x))[::-1]"},
    ],
)
minibatches.bug(
    "windows_overlap", "range(0, len(x), size)", "range(len(x))",
    "Your batches overlap: each starts one example after the one before it.",
    ask="With batches of 4, at which position does the second one start?",
)
minibatches.bug(
    "one_too_many", "start + size", "start + size + 1",
    "Each batch holds one example too many, the first of the next: a slice already leaves out its end.",
    ask="How many examples does order[0:4] hold?",
)
minibatches.bug(
    "one_too_few", "start + size", "start + size - 1",
    "Each batch lacks its last example: a slice already leaves out its end.",
    ask="How many examples does order[0:4 - 1] hold?",
)
minibatches.bug(
    "empty_batch_at_the_end", "range(0, len(x), size)", "range(0, len(x) + 1, size)",
    "Your function yields an empty batch at the end when the size divides the number of examples.",
    ask="With 12 examples in batches of 4, at which positions do batches start?",
)
minibatches.bug(
    "examples_only", "yield x[batch], y[batch]", "yield x[batch]",
    "Your batches hold the examples alone: their labels are needed with them.",
    ask="Which two things does one batch consist of?",
)
minibatches.bug(
    "order_exchanged", "yield x[batch], y[batch]", "yield y[batch], x[batch]",
    "Your function yields labels and examples in the wrong order.",
    ask="In which order does the docstring name them?",
)
minibatches.bug(
    "last_batch_filled_up", "order[start:end]", "order[np.arange(start, end) % len(x)]",
    "Your last batch is filled up with examples of the first: in one pass each example appears once, so the last batch may be short.",
    ask="With 14 examples in batches of 5, how many are left for the last batch?",
    also=[{"order[start:end]": "order[min(start, len(x) - size) : end]"}],
)
minibatches.bug(
    "shuffled_separately",
    {"order = rng.permutation(len(x))": "order = rng.permutation(len(x))\nother = rng.permutation(len(x))", "y[batch]": "y[other[start:end]]"},
    "Examples and labels are shuffled separately: each is put into an order of its own, and the labels no longer belong.",
    ask="How often do you ask rng for an order, and how many orders may there be?",
)
minibatches.bug(
    "batches_drawn_afresh", "order[start:end]", "rng.choice(len(x), size)",
    "Each batch is drawn afresh from all the examples: in one pass some appear twice and others never.",
    ask="After two batches, which examples are still to come?",
    also=[
        {"order = rng.permutation(len(x))": "", "order[start:end]": "rng.choice(len(x), size)"},
        {"order = rng.permutation(len(x))": "", "order[start:end]": "rng.integers(0, len(x), size)"},
        {"order[start:end]": "rng.integers(0, len(x), size)"},
        {"order = rng.permutation(len(x))": "", "order[start:end]": "rng.permutation(len(x))[:size]"},
    ],
)
minibatches.bug(
    "input_modified",
    {
        "for start in range(0, len(x), size):": "x[:], y[:] = x[order], y[order]\nfor start in range(0, len(x), size):",
        "order[start:end]": "slice(start, end)",
    },
    "Your function does more than yield batches: it shuffles x and y themselves, which belong to the caller.",
    ask="What can you put into a new order instead of the examples?",
)


# sgd_step


def small_steps():
    yield case({"w": np.array([1.0])}, {"w": np.array([2.0])}, 1.0)
    yield case({"w": np.array([1.0])}, {"w": np.array([2.0])}, 0.5)
    yield case({"w": np.array([1.0, 2.0])}, {"w": np.array([4.0, -2.0])}, 0.5)
    yield case(
        {"w": np.array([1.0, 2.0]), "b": np.array([3.0])},
        {"w": np.array([4.0, -2.0]), "b": np.array([2.0])},
        0.5,
    )


@exercise(
    lesson=LESSON,
    withheld=("SGD",),
    examples=small_steps,
    in_place=True,
    hint="For each name: the array, its gradient, the rule. Write into the array with `array -= …`.",
)
def sgd_step(params, grads, lr):
    for name in params:
        step = lr * grads[name]
        params[name] -= step


@sgd_step.way
def sgd_step_after_all(params, grads, lr):
    moved = {}
    for name in params:
        step = lr * grads[name]
        moved[name] = params[name] - step
    for name in moved:
        params[name][:] = moved[name]


def parameters(draw, *shapes, lr):
    """Names of more than one kind, and the gradients in another order than the arrays."""
    named = {name: draw.array(*shape) for name, shape in zip(("b1", "w1", "scale"), shapes, strict=False)}
    return case(named, {name: draw.array(*named[name].shape) for name in reversed(named)}, lr)


@sgd_step.requirement("one array", points=0.5)
def _(draw):
    yield parameters(draw, (draw.pick(3, 4),), lr=1.0)


@sgd_step.requirement("any step size", points=0.75)
def _(draw):
    for _ in range(2):
        yield parameters(draw, (2, 3), lr=draw.pick(0.1, 0.25))


@sgd_step.requirement("all arrays", points=0.75)
def _(draw):
    yield parameters(draw, (3, draw.pick(2, 4)), (4,), (2, 2, 3), lr=draw.pick(0.05, 0.5))
    yield parameters(draw, (2,), (1,), lr=2.0)


sgd_step.bug(
    "ascent", "params[name] -= step", "params[name] += step",
    "You walk uphill: the gradient points to where the loss grows, so the step goes the other way.",
    ask="The loss is w² and w is 1: where does your step lead?",
    also=[{"params[name] - step": "params[name] + step"}],
)
sgd_step.bug(
    "caller_unchanged", "params[name] -= step", "params[name] = params[name] - step",
    "The caller's arrays have not moved: `w = w − …` makes a new array, and whoever holds the old one sees nothing of it.",
    ask="Which operation writes into the array that is already there?",
    also=[{"params[name][:] = moved[name]": "params[name] = moved[name]"}],
)
sgd_step.bug(
    "last_array_left_out", "for name in params:", "for name in list(params)[:-1]:",
    "The last array never moves: the loop ends one too early.",
    ask="How many arrays are there, and how often does your loop run?",
)
sgd_step.bug(
    "step_size_ignored", "lr * grads[name]", "grads[name]",
    "The step size makes no difference: the whole gradient is subtracted.",
    ask="Where in your line does lr appear?",
)
sgd_step.bug(
    "step_size_divides", "lr * grads[name]", "grads[name] / lr",
    "You divide by the step size: a smaller lr then makes a larger step.",
    ask="With lr = 0.1, should the step be longer or shorter than the gradient?",
)
sgd_step.bug(
    "step_without_gradient", "lr * grads[name]", "lr",
    "Every entry moves by lr, whatever its gradient is.",
    ask="Where in your line does the gradient appear?",
)
sgd_step.bug(
    "sign_of_the_gradient", "lr * grads[name]", "lr * np.sign(grads[name])",
    "Every entry moves by lr: only the sign of its gradient counts. A steeper slope should make a longer step.",
    ask="Two slopes, 0.1 and 10: how long are your two steps?",
)
sgd_step.bug(
    "first_array_only", "for name in params:", "for name in list(params)[:1]:",
    "Only the first array moves.",
    ask="How often does your loop run for three arrays?",
)
sgd_step.bug(
    "last_array_only", "for name in params:", "for name in list(params)[-1:]:",
    "Only the last array moves.",
    ask="How often does your loop run for three arrays?",
)
sgd_step.bug(
    "parameters_replaced", "params[name] -= step", "params[name][:] = -step",
    "Your parameters are replaced by the step: the step is added to where they were.",
    ask="What does the parameter hold when its gradient is 0?",
    also=[{"params[name] - step": "-step"}],
)
sgd_step.bug(
    "shrinks_parameters", "lr * grads[name]", "lr * grads[name] * params[name]",
    "Your step is multiplied by the parameter itself: a parameter of 0 never moves.",
    ask="What does your step do when w is 0 and its gradient is 1?",
)
sgd_step.bug(
    "own_value_subtracted", "lr * grads[name]", "lr * params[name]",
    "Your step is computed from the parameter itself, not from its gradient.",
    ask="Which of the two dicts holds the slopes?",
)
sgd_step.bug(
    "steps_twice", "lr * grads[name]", "2 * lr * grads[name]",
    "Your step is twice as long as asked.",
    ask="With lr = 0.1 and a gradient of 10, how far does the parameter move?",
)
sgd_step.bug(
    "mean_gradient", "lr * grads[name]", "lr * grads[name].mean()",
    "All entries of an array move by the mean of its gradient: each entry has its own.",
    ask="Two entries with the slopes 1 and −1: where do they go?",
)
sgd_step.bug(
    "averaged", "lr * grads[name]", "lr * grads[name] / len(grads[name])",
    "Your step is divided by the length of the array: the loss has already taken its mean.",
    ask="Where in the update rule is there a division?",
)
sgd_step.bug(
    "gradients_modified", "step = lr * grads[name]", "step = grads[name]\nstep *= lr",
    "Your function does more than move params: it also writes into grads, which belongs to the caller.",
    ask="Does an operation like `g *= …` make a new array?",
)
sgd_step.bug(
    "new_parameters_returned", "for name in moved:\n    params[name][:] = moved[name]", "return moved",
    "You return new parameters and leave the caller's where they were: they should move in place, and nothing is returned.",
    ask="After sgd_step(params, grads, lr), without an assignment: what does params hold?",
)


# train


@exercise(
    lesson=LESSON,
    in_place=True,
    hint=(
        "Two loops: one over the epochs, and inside it one over the batches of that epoch. What happens for each batch?",
        "loss, grads = loss_and_grads(params, x_batch, y_batch), then a step, then the loss goes into the list.",
    ),
)
def train(params, loss_and_grads, x, y, lr, size, epochs, rng):
    losses = []
    for _ in range(epochs):
        for x_batch, y_batch in minibatches(x, y, size, rng):
            loss, grads = loss_and_grads(params, x_batch, y_batch)
            sgd_step(params, grads, lr)
            losses.append(loss)
    return losses


@train.way
def train_in_loops(params, loss_and_grads, x, y, lr, size, epochs, rng):
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        losses_of_epoch = []
        for start in range(0, len(x), size):
            end = start + size
            batch = order[start:end]
            x_batch, y_batch = x[batch], y[batch]
            loss, grads = loss_and_grads(params, x_batch, y_batch)
            for name in params:
                step = lr * grads[name]
                params[name] -= step
            losses_of_epoch.append(loss)
        losses += losses_of_epoch
    return losses


def regression(draw, count, lr, size, epochs):
    """A line through points; with one batch a pass, the order of the examples makes no difference."""
    x = draw.array(count, 2)
    y = x @ draw.array(2) + draw.rng.normal(0.0, 0.1, count)
    params = {"w": draw.array(2), "b": draw.array(1)}
    return case(params, NamedFunction("line_loss"), x, y, lr, size, epochs, SeededRng(int(draw.rng.integers(1000))))


def alike(draw, count, size, epochs):
    """Examples that are all the same: several batches a pass, and still the order makes no difference."""
    x = np.repeat(draw.array(1, 2), count, axis=0)
    params = {"w": draw.array(2), "b": draw.array(1)}
    return case(params, NamedFunction("line_loss"), x, np.full(count, 1.5), 0.1, size, epochs, SeededRng(5))


def by_hand(size, epochs):
    """Two examples that are alike, one weight and a bias: small enough to be worked out on paper."""
    params = {"w": np.zeros(1), "b": np.zeros(1)}
    return case(params, NamedFunction("line_loss"), np.ones((2, 1)), np.full(2, 2.0), 0.1, size, epochs, SeededRng(0))


def counted(count, size, epochs, rule):
    """The loss of a batch is the sum of 2ⁿ over its examples' numbers, which can be read off it."""
    x = np.arange(count, dtype=float)[:, None]

    def accepts(values):
        try:
            losses = np.asarray(values[0], dtype=np.float64)
        except (TypeError, ValueError):
            return "expected a list of losses, one for each step"
        if losses.ndim != 1:
            return "expected a list of losses, one for each step"
        return rule(losses) or None

    asked = case(
        {"w": np.zeros(1)}, NamedFunction("which_examples"), x, np.arange(count), 0.1, size, epochs, SeededRng(3)
    )
    return asked.accepted_by(accepts)


def steps(count, size, epochs):
    expected = epochs * -(-count // size)

    def rule(losses):
        if len(losses) == expected:
            return ""
        return f"{count} examples in batches of {size}, {epochs} epochs: expected {expected} losses, got {len(losses)}"

    return counted(count, size, epochs, rule)


def whole_epochs(count, size, epochs):
    batches = -(-count // size)

    def rule(losses):
        if len(losses) != epochs * batches:
            return "there is not one loss for each step, so the epochs cannot be told apart"
        if (losses < 0).any():
            return "in a batch, labels belong to other examples: x and y need the same indices"
        by_epoch = losses.reshape(epochs, batches)
        if (by_epoch.sum(axis=1) != 2.0**count - 1).any():
            return "in one epoch some examples appear more than once, or never"
        if epochs > 1 and len({tuple(row) for row in by_epoch}) == 1:
            return "every epoch has the same batches: shuffle again at the start of each"
        return ""

    return counted(count, size, epochs, rule)


@train.requirement("one step", points=0.5)
def _(draw):
    yield by_hand(2, 1)
    yield regression(draw, draw.pick(5, 6), 0.1, 6, 1)


@train.requirement("many steps downhill", points=1)
def _(draw):
    yield by_hand(2, 2)
    yield by_hand(1, 1)
    yield regression(draw, draw.pick(5, 6), 0.1, 6, 4)
    yield regression(draw, 7, draw.pick(0.02, 0.05), 8, 6)
    yield alike(draw, draw.pick(6, 8), 2, 2)


@train.requirement("a loss for each step", points=0.5)
def _(draw):
    yield steps(12, 4, draw.pick(2, 3))
    yield steps(draw.pick(13, 14), 4, 2)


@train.requirement("every example once an epoch", points=1)
def _(draw):
    yield whole_epochs(12, 4, draw.pick(3, 4))
    yield whole_epochs(draw.pick(13, 14), 5, 3)


train.bug(
    "ascent", "params[name] -= step", "params[name] += step",
    "You walk uphill: your losses grow. The gradient points to where the loss grows, so the step goes the other way.",
    ask="The loss is w² and w is 1: where does your step lead?",
)
train.bug(
    "never_steps", "params[name] -= step", "params[name] - step",
    "The parameters never move: no step reaches the arrays in params.",
    ask="Which line of your loop changes the parameters?",
)
train.bug(
    "caller_unchanged", "params[name] -= step", "params[name] = params[name] - step",
    "The losses fall, but the caller's parameters have not moved: your function works on new arrays and lets them go.",
    ask="After your function has ended, who still has the parameters it found?",
)
train.bug(
    "step_size_ignored", "lr * grads[name]", "grads[name]",
    "The step size makes no difference: the whole gradient is subtracted.",
    ask="Where in your loop does lr appear?",
)
train.bug(
    "one_epoch_only", "range(epochs)", "range(1)",
    "Your function runs one epoch, however many were asked for.",
    ask="Which of your loops counts the epochs? And what does a generator give after its last batch?",
    also=[
        {
            "for _ in range(epochs):\n    for x_batch, y_batch in minibatches(x, y, size, rng):": "batches = minibatches(x, y, size, rng)\nfor _ in range(epochs):\n    for x_batch, y_batch in batches:",
        },
    ],
)
train.bug(
    "one_epoch_too_few", "range(epochs)", "range(1, epochs)",
    "Your function runs one epoch too few.",
    ask="How many numbers does range(1, 4) hold?",
)
train.bug(
    "one_epoch_too_many", "range(epochs)", "range(epochs + 1)",
    "Your function runs one epoch too many.",
    ask="How many numbers does range(4 + 1) hold?",
)
train.bug(
    "first_batch_only", "range(0, len(x), size)", "range(1)",
    "Only the first batch of each epoch is used.",
    ask="Is there a return or a break that comes too early?",
)
train.bug(
    "last_batch_dropped", "range(0, len(x), size)", "range(0, len(x) - size + 1, size)",
    "The short batch at the end is left out: its examples are not seen in this epoch.",
    ask="With 14 examples in batches of 5, how many are in the last batch?",
    also=[{"range(0, len(x), size)": "range(0, max(len(x) - len(x) % size, 1), size)"}],
)
train.bug(
    "same_order_every_epoch",
    "for _ in range(epochs):\n    order = rng.permutation(len(x))",
    "order = rng.permutation(len(x))\nfor _ in range(epochs):",
    "Every epoch has the same batches: the order is drawn once, before the loop over epochs.",
    ask="Where is your line that shuffles, before the loop or inside it?",
)
train.bug(
    "not_shuffled", "rng.permutation(len(x))", "np.arange(len(x))",
    "Your examples keep their original order, in every epoch.",
    ask="Which line of your function uses rng?",
)
train.bug(
    "labels_not_shuffled", "y[batch]", "y[start:end]",
    "Your examples are shuffled, their labels are not: each example gets the label of another. The notes make this slip.",
    ask="After shuffling, at which position is the label of the example at position 0?",
)
train.bug(
    "drawn_with_replacement", "rng.permutation(len(x))", "rng.integers(0, len(x), len(x))",
    "Your examples are drawn with replacement: some appear twice in an epoch, others never.",
    ask="What does the rng offer that puts numbers into a new order, each of them once?",
)
train.bug(
    "loss_of_each_epoch", "losses += losses_of_epoch", "losses.append(np.mean(losses_of_epoch))",
    "Your list has one loss for each epoch: expected one for each step.",
    ask="Is the line that keeps the loss inside the loop over batches, or after it?",
    also=[{"losses += losses_of_epoch": "losses.append(loss)"}],
)
train.bug(
    "loss_after_the_step", "append(loss)", "append(loss_and_grads(params, x_batch, y_batch)[0])",
    "Your losses are those after each step: expected the loss that came with the gradients, before it.",
    ask="Which line of your loop computes the loss, and which parameters does it see?",
)
train.bug(
    "last_loss_only", "return losses", "return losses[-1:]",
    "Your function returns only the last loss: the list starts anew each time, or is not kept.",
    ask="Where is the list made, before the loops or inside one?",
    also=[{"return losses": "return loss"}],
)
train.bug(
    "losses_of_the_last_epoch", "losses += losses_of_epoch", "losses = losses_of_epoch",
    "Your function returns only the last epoch's losses: the list starts anew in each epoch.",
    ask="Where is the list made, before the loops or inside one?",
)
train.bug(
    "one_step_an_epoch",
    """
    for x_batch, y_batch in minibatches(x, y, size, rng):
        loss, grads = loss_and_grads(params, x_batch, y_batch)
        sgd_step(params, grads, lr)
        losses.append(loss)
    """,
    """
    for x_batch, y_batch in minibatches(x, y, size, rng):
        loss, grads = loss_and_grads(params, x_batch, y_batch)
        losses.append(loss)
    sgd_step(params, grads, lr)
    """,
    "The parameters move once an epoch, after its last batch: each batch should be followed by a step.",
    ask="Is the line with the step inside the loop over batches, or after it?",
)
train.bug(
    "batch_of_all", "minibatches(x, y, size, rng)", "minibatches(x, y, len(x), rng)",
    "Each epoch is one batch of all the examples: size says how many a batch holds.",
    ask="Which line of your function uses size?",
    also=[{"range(0, len(x), size)": "range(1)", "start + size": "len(x)"}],
)
train.common(returns_nothing)
