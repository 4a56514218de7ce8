"""Minibatch SGD: batches, a step, the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.calls import Call, Generator, Named
from autograder.exercises.model import INPUTS_KEPT, Accepts, Array, Case, Draw, Exercise, Part, case, variants
from autograder.exercises.wrong_convolutions import texts

LESSON = "03_minibatch_sgd"

Params = dict[str, Array]
Order = Callable[[np.random.Generator, int], Any]


# minibatches


def _permuted(rng: np.random.Generator, count: int) -> Any:
    return rng.permutation(count)


def _shuffled(rng: np.random.Generator, count: int) -> Any:
    order = np.arange(count)
    rng.shuffle(order)
    return order


def _batches_variant(
    order: Order = _permuted,
    labels: Callable[[Any, int], Any] = lambda order, count: order,
    starts: Callable[[int, int], range] = lambda count, size: range(0, count, size),
    length: Callable[[int], int] = lambda size: size,
    pairs: Callable[[Array, Array], Any] = lambda xb, yb: (xb, yb),
    mutate: bool = False,
) -> Callable[..., Any]:
    def minibatches(x: Array, y: Array, size: int, rng: np.random.Generator) -> Iterator[Any]:
        chosen = order(rng, len(x))
        if mutate:
            x[:], y[:] = x[chosen], y[chosen]
            chosen = np.arange(len(x))
        partner = labels(chosen, len(x))
        for start in starts(len(x), size):
            end = start + length(size)
            yield pairs(x[chosen[start:end]], y[partner[start:end]])

    return minibatches


def _marked(count: int) -> tuple[Array, Any]:
    """Examples that carry their number: x[i] is a table, i + 0.5 over its mirror, and label i is i."""
    numbers = np.arange(count, dtype=float) + 0.5
    return np.stack([numbers, -numbers], axis=1)[:, :, np.newaxis], np.arange(count)


def _read(value: Any) -> list[tuple[Array, Array]] | str:
    """The batches out of an answer, or what is wrong with their form."""
    if not isinstance(value, (list, tuple)):
        return "an iterator over batches is due: yield one pair after another"
    if isinstance(value, tuple) and len(value) == 2 and not isinstance(value[0], (tuple, list)):
        return "one batch came back, and the function had ended: return ends it, yield hands out a batch and goes on"
    batches = []
    for pair in value:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            return "each batch is a pair, (x_batch, y_batch)"
        try:
            x, y = np.asarray(pair[0], dtype=np.float64), np.asarray(pair[1], dtype=np.float64)
        except (TypeError, ValueError):
            return "each batch is a pair of arrays, (x_batch, y_batch)"
        if x.shape[1:] != (2, 1) or y.ndim != 1:
            return f"a batch has the shapes {x.shape} and {y.shape}: its rows are examples, as in x and y"
        batches.append((x, y))
    return batches


def _ruled(rule: Callable[[list[list[tuple[Array, Array]]]], str]) -> Accepts:
    """Judge the batches of all calls; the sentence says what is wrong with them."""

    def accepts(values: tuple[Any, ...]) -> str | None:
        calls = []
        for value in values:
            batches = _read(value)
            if isinstance(batches, str):
                return batches
            calls.append(batches)
        return rule(calls) or None

    return accepts


def _numbers(batches: list[tuple[Array, Array]]) -> list[float]:
    return [float(v) - 0.5 for x, _ in batches for v in x[:, 0, 0]]


def _every_example(count: int) -> Accepts:
    def rule(calls: list[list[tuple[Array, Array]]]) -> str:
        seen = _numbers(calls[0])
        if not seen:
            return "no example comes out"
        twice = len(seen) - len(set(seen))
        missing = len(set(range(count)) - set(seen))
        if twice:
            return f"{twice} of {len(seen)} examples came out a second time: in one pass each comes once"
        if missing:
            return f"{missing} of {count} examples never came out"
        return "" if sorted(seen) == list(range(count)) else "there are rows that are not in x"

    return _ruled(rule)


def _together(count: int) -> Accepts:
    def rule(calls: list[list[tuple[Array, Array]]]) -> str:
        for x, y in calls[0]:
            if len(x) != len(y):
                return f"a batch has {len(x)} rows of x and {len(y)} labels"
            wrong = int(np.sum(x[:, 0, 0] - 0.5 != y))
            if wrong:
                return f"{wrong} of {len(y)} labels of a batch belong to other examples: x and y need the same indices"
        return "" if calls[0] else "no example comes out"

    return _ruled(rule)


def _sizes(count: int, size: int) -> Accepts:
    def rule(calls: list[list[tuple[Array, Array]]]) -> str:
        lengths = [len(x) for x, _ in calls[0]]
        due = [size] * (count // size) + [count % size] * (count % size > 0)
        if lengths == due:
            return ""
        return f"{count} examples in batches of {size}: yours have the sizes {lengths}, due are {due}"

    return _ruled(rule)


def _order_fault(calls: list[list[tuple[Array, Array]]]) -> str:
    first, again, other = (_numbers(batches) for batches in calls)
    if not first:
        return "no example comes out"
    if all(a < b for a, b in pairwise(first)):
        return "the examples come in the order they lie in: shuffle them, with the rng you are given"
    if all(
        max(batch) - min(batch) == len(batch) - 1 for batch in map(_numbers, ([pair] for pair in calls[0]))
    ):
        return "examples that lie side by side stay in one batch: shuffle all of them, and then cut the order into batches"
    if first != again:
        return "the same rng gives another order each time: draw from the rng you are given, and from nothing else"
    if first == other:
        return "another rng gives the same order: draw from the rng you are given"
    return ""


def _pass(count: int, size: int, accepts: Accepts, *more: int) -> Case:
    x, y = _marked(count)
    calls = tuple(Call("minibatches", (x, y, size, Generator(seed))) for seed in more)
    return Case((x, y, size, Generator(11)), {}, calls, accepts)


def _uneven(draw: Draw, rule: Callable[[int], Accepts]) -> Case:
    """A number of examples that the size does not divide."""
    count = draw.pick(13, 14)
    return _pass(count, 5, rule(count))


def _sized(count: int, size: int) -> Case:
    return _pass(count, size, _sizes(count, size))


MINIBATCHES = Exercise(
    id="minibatches",
    lesson=LESSON,
    signature="minibatches(x, y, size, rng)",
    reference=_batches_variant(),
    parts=(
        Part(
            "every example once",
            0.75,
            lambda draw: [_pass(12, 4, _every_example(12)), _uneven(draw, _every_example)],
        ),
        Part(
            "labels belong to their examples",
            0.75,
            lambda draw: [_pass(12, 3, _together(12)), _uneven(draw, _together)],
        ),
        Part(
            "sizes of the batches",
            0.75,
            lambda draw: [
                _sized(12, draw.pick(3, 4)),
                _sized(draw.pick(13, 14), 5),
                _sized(3, 8),
                _sized(draw.pick(4, 5), 1),
            ],
        ),
        Part(
            "order from the rng",
            0.5,
            lambda draw: [_pass(draw.pick(20, 24), 7, _ruled(_order_fault), 11, 12)],
        ),
        Part(INPUTS_KEPT, 0.25),
    ),
    catalogue=variants(
        _batches_variant,
        {
            "labels_not_shuffled": (
                [
                    {"order": order, "labels": lambda order, count: np.arange(count)}
                    for order in (_permuted, _shuffled)
                ],
                """Your examples are shuffled, their labels are not: each picture gets another one's label. The notes make this slip:
                they sample the inputs and leave the labels in order.

                After shuffling, at which place is the label of the example at place 0?""",
            ),
            "last_batch_dropped": (
                [
                    {"order": order, "starts": lambda count, size: range(0, count - count % size, size)}
                    for order in (_permuted, _shuffled)
                ],
                """The short batch at the end is left out: its examples are never seen in this pass.

                With 14 examples in batches of 5, how many are in the last batch?""",
            ),
            "first_batch_only": (
                [
                    {"order": order, "starts": lambda count, size: range(1)}
                    for order in (_permuted, _shuffled)
                ],
                """Only the first batch comes out: the function ends inside its loop.

                Is there a return where a yield is due?""",
            ),
            "one_batch_of_all": (
                [
                    {"order": order, "starts": lambda count, size: range(1), "length": lambda size: 10**6}
                    for order in (_permuted, _shuffled)
                ],
                """All examples come out as one batch: size says how many a batch holds.

                With 12 examples in batches of 4, how many batches are there?""",
            ),
            "not_shuffled": (
                {"order": lambda rng, count: np.arange(count)},
                """Your examples come in the order they lie in: if they are sorted by class, a whole batch knows one class only.

                Which line of your function uses rng?""",
            ),
            "drawn_with_replacement": (
                [
                    {"order": lambda rng, count: rng.integers(0, count, count)},
                    {"order": lambda rng, count: rng.choice(count, count)},
                ],
                """Your examples are drawn with replacement: some come twice in a pass, others never.

                What does the rng offer that puts numbers in a new order, each of them once?""",
            ),
            "rng_not_used": (
                [
                    {"order": lambda rng, count: np.random.default_rng(0).permutation(count)},
                    {"order": lambda rng, count: np.random.default_rng(42).permutation(count)},
                    {"order": lambda rng, count: np.random.RandomState(0).permutation(count)},
                    {"order": lambda rng, count: np.arange(count)[::-1]},
                ],
                """The order is always the same: the rng you are given is not used.

                Which line of your function uses rng?""",
            ),
            "windows_overlap": (
                [
                    {"order": order, "starts": lambda count, size: range(count)}
                    for order in (_permuted, _shuffled)
                ],
                """Your batches overlap: each starts one example after the one before.

                With batches of 4, at which place does the second one start?""",
            ),
            "one_too_many": (
                [{"order": order, "length": lambda size: size + 1} for order in (_permuted, _shuffled)],
                """Each batch holds one example too many, the first of the next: a slice already leaves out its end.

                How many examples does order[0:4] hold?""",
            ),
            "one_too_few": (
                [
                    {"order": order, "length": lambda size: max(size - 1, 0)}
                    for order in (_permuted, _shuffled)
                ],
                """Each batch lacks its last example: a slice already leaves out its end.

                How many examples does order[0:4 - 1] hold?""",
            ),
            "empty_batch_at_the_end": (
                [
                    {"order": order, "starts": lambda count, size: range(0, count + 1, size)}
                    for order in (_permuted, _shuffled)
                ],
                """An empty batch comes out at the end when the size divides the number of examples.

                With 12 examples in batches of 4, at which places do batches start?""",
            ),
            "examples_only": (
                [{"order": order, "pairs": lambda xb, yb: xb} for order in (_permuted, _shuffled)],
                """Your batches hold the examples alone: the labels are due with them.

                Which two things does one batch consist of?""",
            ),
            "order_exchanged": (
                [{"order": order, "pairs": lambda xb, yb: (yb, xb)} for order in (_permuted, _shuffled)],
                """Examples and labels come out in each other's place.

                In which order does the docstring name them?""",
            ),
            "input_modified": (
                [{"order": order, "mutate": True} for order in (_permuted, _shuffled)],
                """Your function does more than hand out batches: it shuffles x and y themselves, which belong to the caller.

                Which can you put in a new order instead of the examples?""",
            ),
        },
    ),
    hints=(
        "Shuffle the numbers 0 to N − 1, not the examples. Then walk through them, `size` at a time.",
        "x[numbers] and y[numbers] with the same numbers belong together.",
    ),
)


# sgd_step


def _step_variant(
    rule: Callable[[Array, Array, float, int], Array] = lambda w, g, lr, number: w - lr * g,
    kept: bool = False,
    names: Callable[[Params], list[str]] = lambda params: list(params),
    touched: Callable[[Params], None] = lambda grads: None,
    returned: bool = False,
) -> Callable[..., Any]:
    def sgd_step(params: Params, grads: Params, lr: float) -> Any:
        moved = {
            name: rule(params[name], grads[name], lr, number) for number, name in enumerate(names(params))
        }
        if not kept:
            for name, value in moved.items():
                params[name][...] = value
        touched(grads)
        return moved if returned else None

    return sgd_step


def _grads_scaled(grads: Params) -> None:
    for value in grads.values():
        value *= 0.5


def _parameters(draw: Draw, *shapes: tuple[int, ...], lr: float) -> Case:
    """Names of more than one kind, and the gradients in another order than the arrays."""
    named = {name: draw.array(*shape) for name, shape in zip(("b1", "w1", "scale"), shapes, strict=False)}
    return case(named, {name: draw.array(*named[name].shape) for name in reversed(named)}, lr)


SGD_STEP = Exercise(
    id="sgd_step",
    lesson=LESSON,
    signature="sgd_step(params, grads, lr)",
    reference=_step_variant(),
    also_withheld=("SGD",),
    parts=(
        Part("one array", 0.5, lambda draw: [_parameters(draw, (draw.pick(3, 4),), lr=1.0)]),
        Part(
            "any step size",
            0.75,
            lambda draw: [_parameters(draw, (2, 3), lr=draw.pick(0.1, 0.25)) for _ in range(2)],
        ),
        Part(
            "all arrays",
            0.75,
            lambda draw: [
                _parameters(draw, (3, draw.pick(2, 4)), (4,), (2, 2, 3), lr=draw.pick(0.05, 0.5)),
                _parameters(draw, (2,), (1,), lr=2.0),
            ],
        ),
    ),
    catalogue=variants(
        _step_variant,
        {
            "ascent": (
                {"rule": lambda w, g, lr, number: w + lr * g},
                """You walk uphill: the gradient points to where the loss grows, so the step goes the other way.

                The loss is w² and w is 1: where does your step lead?""",
            ),
            "caller_unchanged": (
                {"kept": True},
                """The caller's arrays have not moved: `w = w − …` makes a new one, and whoever holds the old one sees nothing of it.

                Which operation writes into the array that is already there?""",
            ),
            "step_size_ignored": (
                {"rule": lambda w, g, lr, number: w - g},
                """The step size makes no difference: the whole gradient is subtracted.

                Where in your line does lr stand?""",
            ),
            "step_size_divides": (
                {"rule": lambda w, g, lr, number: w - g / lr},
                """You divide by the step size: a smaller lr then makes a larger step.

                With lr = 0.1, is the step to be longer or shorter than the gradient?""",
            ),
            "step_without_gradient": (
                {"rule": lambda w, g, lr, number: w - lr},
                """Every entry moves by lr, whatever its gradient is.

                Where in your line does the gradient stand?""",
            ),
            "sign_of_the_gradient": (
                {"rule": lambda w, g, lr, number: w - lr * np.sign(g)},
                """Every entry moves by lr: only the sign of its gradient counts. A steeper slope is to make a longer step.

                Two slopes, 0.1 and 10: how long are your two steps?""",
            ),
            "first_array_only": (
                {"names": lambda params: list(params)[:1]},
                """Only the first array moves.

                How often does your loop run for three arrays?""",
            ),
            "last_array_only": (
                {"names": lambda params: list(params)[-1:]},
                """Only the last array moves.

                How often does your loop run for three arrays?""",
            ),
            "parameters_replaced": (
                {"rule": lambda w, g, lr, number: -lr * g},
                """Your parameters are replaced by the step: the step is added to where they were.

                What does the parameter hold when its gradient is 0?""",
            ),
            "shrinks_parameters": (
                {"rule": lambda w, g, lr, number: w - lr * g * w},
                """The parameter itself is multiplied into the step: at 0 it never moves.

                What does your step do when w is 0 and its gradient is 1?""",
            ),
            "own_value_subtracted": (
                {"rule": lambda w, g, lr, number: w - lr * w},
                """The step is made of the parameter itself, not of its gradient.

                Which of the two dicts holds the slopes?""",
            ),
            "steps_twice": (
                {"rule": lambda w, g, lr, number: w - 2 * lr * g},
                """Your step is twice as long as asked.

                With lr = 0.1 and a gradient of 10, how far does the parameter move?""",
            ),
            "mean_gradient": (
                {"rule": lambda w, g, lr, number: w - lr * g.mean()},
                """All entries of an array move by the mean of its gradient: each has its own.

                Two entries with the slopes 1 and −1: where do they go?""",
            ),
            "averaged": (
                {"rule": lambda w, g, lr, number: w - lr * g / len(w)},
                """Your step is divided by the length of the array: the loss has taken its mean already.

                Where in the update rule is there a division?""",
            ),
            "gradients_modified": (
                {"touched": _grads_scaled},
                """Your function does more than move params: it also writes into grads, which belongs to the caller.

                Does an operation like `g *= …` make a new array?""",
            ),
            "new_parameters_returned": (
                {"kept": True, "returned": True},
                """You return new parameters and leave the caller's where they were: they are to move in place, and nothing is
                returned.

                After sgd_step(params, grads, lr), without an assignment: what does params hold?""",
            ),
        },
    ),
    small=lambda: [
        case({"w": np.array([1.0])}, {"w": np.array([2.0])}, 1.0),
        case({"w": np.array([1.0])}, {"w": np.array([2.0])}, 0.5),
        case({"w": np.array([1.0, 2.0])}, {"w": np.array([4.0, -2.0])}, 0.5),
        case(
            {"w": np.array([1.0, 2.0]), "b": np.array([3.0])},
            {"w": np.array([4.0, -2.0]), "b": np.array([2.0])},
            0.5,
        ),
    ],
    in_place=True,
    hints=("For each name: the array, its gradient, the rule. Write into the array with `array -= …`.",),
)


# train


def _order_of(rng: np.random.Generator, count: int) -> Any:
    return rng.permutation(count)


def _each_epoch(losses: list[float], epochs: int, rule: Callable[[Any], Any]) -> list[float]:
    return [float(rule(part)) for part in np.array_split(losses, epochs)] if losses else []


def _train_variant(
    orders: Order = _order_of,
    labels: Callable[[Any, int], Any] = lambda order, count: order,
    starts: Callable[[int, int], range] = lambda count, size: range(0, count, size),
    epochs_run: Callable[[int], int] = lambda epochs: epochs,
    once: bool = False,
    step: Callable[[Array, Array, float], Array] = lambda w, g, lr: w - lr * g,
    steps_on: Callable[[int, int], bool] = lambda number, count: True,
    losses_of: Callable[[list[float], int], Any] = lambda losses, epochs: losses,
    fresh: bool = False,
    noted_late: bool = False,
    batch: Callable[[int], int] = lambda size: size,
) -> Callable[..., Any]:
    def train(
        params: Params,
        loss_and_grads: Callable[..., Any],
        x: Array,
        y: Array,
        lr: float,
        size: int,
        epochs: int,
        rng: np.random.Generator,
    ) -> Any:
        losses: list[float] = []
        size = batch(size)
        order = orders(rng, len(x))
        for epoch in range(epochs_run(epochs)):
            if epoch and not once:
                order = orders(rng, len(x))
            partner = labels(order, len(x))
            places = starts(len(x), size)
            for number, start in enumerate(places):
                dealt = x[order[start : start + size]], y[partner[start : start + size]]
                loss, grads = loss_and_grads(params, *dealt)
                if steps_on(number, len(places)):
                    for name in params:
                        if fresh:
                            params = {**params, name: step(params[name], grads[name], lr)}
                        else:
                            params[name][...] = step(params[name], grads[name], lr)
                losses.append(float(loss_and_grads(params, *dealt)[0] if noted_late else loss))
        return losses_of(losses, epochs)

    return train


def _regression(draw: Draw, count: int, lr: float, size: int, epochs: int) -> Case:
    """A line through points; with one batch a pass, the order of the examples makes no difference."""
    x = draw.array(count, 2)
    y = x @ draw.array(2) + draw.rng.normal(0.0, 0.1, count)
    params = {"w": draw.array(2), "b": draw.array(1)}
    return case(params, Named("line_loss"), x, y, lr, size, epochs, Generator(int(draw.rng.integers(1000))))


def _alike(draw: Draw, count: int, size: int, epochs: int) -> Case:
    """Examples that are all the same: several batches a pass, and still the order makes no difference."""
    x = np.repeat(draw.array(1, 2), count, axis=0)
    params = {"w": draw.array(2), "b": draw.array(1)}
    return case(params, Named("line_loss"), x, np.full(count, 1.5), 0.1, size, epochs, Generator(5))


def _by_hand(size: int, epochs: int) -> Case:
    """Two examples that are alike, one weight and a bias: small enough to be worked out on paper."""
    params = {"w": np.zeros(1), "b": np.zeros(1)}
    return case(params, Named("line_loss"), np.ones((2, 1)), np.full(2, 2.0), 0.1, size, epochs, Generator(0))


def _counted(count: int, size: int, epochs: int, rule: Callable[[Array], str]) -> Case:
    """The loss of a batch is the sum of 2ⁿ over its examples' numbers: which they were can be read off it."""
    x = np.arange(count, dtype=float)[:, None]
    args = ({"w": np.zeros(1)}, Named("which_examples"), x, np.arange(count), 0.1, size, epochs, Generator(3))

    def accepts(values: tuple[Any, ...]) -> str | None:
        try:
            losses = np.asarray(values[0], dtype=np.float64)
        except (TypeError, ValueError):
            return "a list of losses is due, one for each step"
        if losses.ndim != 1:
            return "a list of losses is due, one for each step"
        return rule(losses) or None

    return Case(args, {}, (), accepts)


def _steps(count: int, size: int, epochs: int) -> Case:
    due = epochs * -(-count // size)

    def rule(losses: Array) -> str:
        if len(losses) == due:
            return ""
        return f"{len(losses)} losses came back; {count} examples in batches of {size}, {epochs} epochs, are {due} steps"

    return _counted(count, size, epochs, rule)


def _whole_epochs(count: int, size: int, epochs: int) -> Case:
    steps = -(-count // size)

    def rule(losses: Array) -> str:
        if len(losses) != epochs * steps:
            return "there is not one loss for each step, so the epochs cannot be told apart"
        if (losses < 0).any():
            return "in a batch, labels belong to other examples: x and y need the same indices"
        sums = losses.reshape(epochs, steps).sum(axis=1)
        if (sums != 2.0**count - 1).any():
            return "in one epoch some examples come more than once, or never"
        if epochs > 1 and len({tuple(row) for row in losses.reshape(epochs, steps)}) == 1:
            return "every epoch has the same batches: shuffle anew at its beginning"
        return ""

    return _counted(count, size, epochs, rule)


TRAIN = Exercise(
    id="train",
    lesson=LESSON,
    signature="train(params, loss_and_grads, x, y, lr, size, epochs, rng)",
    reference=_train_variant(),
    parts=(
        Part(
            "one step",
            0.5,
            lambda draw: [_by_hand(2, 1), _regression(draw, draw.pick(5, 6), 0.1, 6, 1)],
        ),
        Part(
            "many steps downhill",
            1,
            lambda draw: [
                _by_hand(2, 2),
                _by_hand(1, 1),
                _regression(draw, draw.pick(5, 6), 0.1, 6, 4),
                _regression(draw, 7, draw.pick(0.02, 0.05), 8, 6),
                _alike(draw, draw.pick(6, 8), 2, 2),
            ],
        ),
        Part(
            "a loss for each step",
            0.5,
            lambda draw: [_steps(12, 4, draw.pick(2, 3)), _steps(draw.pick(13, 14), 4, 2)],
        ),
        Part(
            "every example once an epoch",
            1,
            lambda draw: [_whole_epochs(12, 4, draw.pick(3, 4)), _whole_epochs(draw.pick(13, 14), 5, 3)],
        ),
    ),
    catalogue=variants(
        _train_variant,
        {
            "ascent": (
                {"step": lambda w, g, lr: w + lr * g},
                """You walk uphill: your losses grow. The gradient points to where the loss grows, so the step goes the other way.

                The loss is w² and w is 1: where does your step lead?""",
            ),
            "never_steps": (
                {"steps_on": lambda number, count: False},
                """The parameters never move: the gradients are computed, and not used.

                Which line of your loop changes the parameters?""",
            ),
            "caller_unchanged": (
                {"fresh": True},
                """The losses fall, but the caller's parameters have not moved: your function works on new arrays and lets them go.

                After your function has ended, who still has the parameters it found?""",
            ),
            "step_size_ignored": (
                {"step": lambda w, g, lr: w - g},
                """The step size makes no difference: the whole gradient is subtracted.

                Where in your loop does lr stand?""",
            ),
            "one_epoch_only": (
                {"epochs_run": lambda epochs: 1},
                """There is one epoch, however many were asked for.

                Which of your loops counts the epochs? And what does a generator hand out after its last batch?""",
            ),
            "one_epoch_too_few": (
                {"epochs_run": lambda epochs: epochs - 1},
                """There is one epoch too few.

                How many numbers does range(1, 4) hold?""",
            ),
            "one_epoch_too_many": (
                {"epochs_run": lambda epochs: epochs + 1},
                """There is one epoch too many.

                How many numbers does range(4 + 1) hold?""",
            ),
            "first_batch_only": (
                {"starts": lambda count, size: range(1)},
                """Only the first batch of each epoch is used.

                Is there a return or a break that comes too early?""",
            ),
            "last_batch_dropped": (
                [
                    {"starts": lambda count, size: range(0, max(count - count % size, 1), size)},
                    {"starts": lambda count, size: range(0, count - size + 1, size)},
                ],
                """The short batch at the end is left out: its examples are not seen in this epoch.

                With 14 examples in batches of 5, how many are in the last batch?""",
            ),
            "same_order_every_epoch": (
                {"once": True},
                """Every epoch has the same batches: the order is drawn once, before the loop over epochs.

                Where is your line that shuffles, before the loop or inside it?""",
            ),
            "not_shuffled": (
                {"orders": lambda rng, count: np.arange(count)},
                """Your examples come in the order they lie in, in every epoch.

                Which line of your function uses rng?""",
            ),
            "labels_not_shuffled": (
                {"labels": lambda order, count: np.arange(count)},
                """Your examples are shuffled, their labels are not: each gets another one's label. The notes make this slip.

                After shuffling, at which place is the label of the example at place 0?""",
            ),
            "drawn_with_replacement": (
                {"orders": lambda rng, count: rng.integers(0, count, count)},
                """Your examples are drawn with replacement: some come twice in an epoch, others never.

                What does the rng offer that puts numbers in a new order, each of them once?""",
            ),
            "loss_of_each_epoch": (
                [
                    {"losses_of": lambda losses, epochs: _each_epoch(losses, epochs, np.mean)},
                    {"losses_of": lambda losses, epochs: _each_epoch(losses, epochs, lambda part: part[-1])},
                ],
                """There is one loss for each epoch: one for each step is due.

                Is the line that keeps the loss inside the loop over batches, or after it?""",
            ),
            "loss_after_the_step": (
                {"noted_late": True},
                """Your losses are those after each step: due is the loss that came with the gradients, before it.

                Which line of your loop computes the loss, and which parameters does it see?""",
            ),
            "last_loss_only": (
                [
                    {"losses_of": lambda losses, epochs: losses[-1:]},
                    {"losses_of": lambda losses, epochs: losses[-1] if losses else None},
                ],
                """Only the last loss comes back: the list starts anew each time, or is not kept.

                Where is the list made, before the loops or inside one?""",
            ),
            "losses_of_the_last_epoch": (
                {
                    "losses_of": lambda losses, epochs: (
                        losses[-(len(losses) // epochs) :] if losses else losses
                    )
                },
                """Only the last epoch's losses come back: the list starts anew in each epoch.

                Where is the list made, before the loops or inside one?""",
            ),
            "one_step_an_epoch": (
                {"steps_on": lambda number, count: number == count - 1},
                """The parameters move once an epoch, after its last batch: each batch is to be followed by a step.

                Is the line with the step inside the loop over batches, or after it?""",
            ),
            "batch_of_all": (
                {"batch": lambda size: 10**6},
                """Each epoch is one batch of all the examples: size says how many a batch holds.

                Who is told the size of a batch?""",
            ),
            "returns_nothing": ({"losses_of": lambda losses, epochs: None}, texts("returns_nothing")),
        },
    ),
    in_place=True,
    guards=("train",),
    hints=(
        "Two loops: over the epochs, and inside over the batches of that epoch. What happens for each batch?",
        "loss, grads = loss_and_grads(params, x_batch, y_batch), then a step, then the loss goes into the list.",
    ),
)

EXERCISES = (MINIBATCHES, SGD_STEP, TRAIN)
