"""Whatever a learner hands in, a verdict comes back."""

from __future__ import annotations

import functools
import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

import autograder
from autograder import exercises, judge
from autograder.judging import Verdict, compare, judge_with
from autograder.judging.caller import InProcess
from autograder.protocol.calls import Call, NoAnswer, Raised, Returned
from autograder.protocol.running import run_untrusted


class Hostile:
    """Refuses every question."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    def __hash__(self) -> int:
        raise RuntimeError("no")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no")

    def __len__(self) -> int:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __iter__(self) -> Any:
        raise RuntimeError("no")

    def __float__(self) -> float:
        raise RuntimeError("no")


class LyingType(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


class Lying(metaclass=LyingType):
    @property
    def __class__(self) -> type:  # type: ignore[override]
        return np.ndarray


class LyingArray(np.ndarray):
    def __array_finalize__(self, other: Any) -> None:
        return None

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no")

    def __eq__(self, other: object) -> Any:
        return True


class LyingList(list):
    def __len__(self) -> int:
        return 10**9

    def __iter__(self) -> Any:
        while True:
            yield 1.0


class BadError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no message either")


def raiser(error: BaseException) -> Any:
    def conv2d(x, w, b, stride=1, pad=0):
        raise error

    return conv2d


def endless(x, w, b, stride=1, pad=0):
    while True:
        yield 1.0


def recursive(x, w, b, stride=1, pad=0):
    return recursive(x, w, b, stride, pad)


def nested() -> list[Any]:
    inside: list[Any] = []
    inside.append(inside)
    return inside


def modifies(x, w, b, stride=1, pad=0):
    x += 1
    w *= 2
    b[:] = 0
    return x


def exits(x, w, b, stride=1, pad=0):
    sys.exit(0)


def view_of_input(x, w, b, stride=1, pad=0):
    return x[:, ::-1, :, :1]


ANSWERS: dict[str, Any] = {
    "none": None,
    "string": "22",
    "long string": "9" * 100_000,
    "bytes": b"22",
    "number": 3.0,
    "nan": float("nan"),
    "inf": np.inf,
    "huge int": 10**5000,
    "true": True,
    "complex": 1 + 2j,
    "ragged": [[1.0], [1.0, 2.0]],
    "mixed": [1, "a", None],
    "empty": [],
    "empty array": np.zeros((0, 3)),
    "empty rows without end": np.zeros((2**31, 0)),
    "long keys": {f"{n}" * 100: n for n in range(1_000)},
    "dict": {"out": 1, 3: 4, (1, 2): 5},
    "set": {1, 2},
    "self": nested(),
    "hostile": Hostile(),
    "list of hostile": [Hostile(), Hostile()],
    "lying": Lying(),
    "lying array": np.zeros((1, 2, 2, 1)).view(LyingArray),
    "lying list": LyingList([1.0]),
    "object array": np.array([None, 1, "a"], dtype=object),
    "strings array": np.array(["a", "b"]),
    "dates": np.array(["2026-01-01"], dtype="datetime64[D]"),
    "structured": np.zeros(3, dtype=[("a", float)]),
    "bool array": np.ones((1, 1, 1, 1), dtype=bool),
    "whole numbers": np.arange(2),
    "int8": np.ones((1, 1, 1, 1), dtype=np.int8),
    "float16": np.ones((1, 1, 1, 1), dtype=np.float16),
    "complex array": np.ones((1, 1, 1, 1), dtype=complex),
    "matrix": np.ones((2, 2)).view(np.matrix),
    "masked": np.ma.masked_array(np.ones(3), mask=[0, 1, 0]),
    "ten to the ninth": np.broadcast_to(1.0, (10**9,)),
    "a wide list": [0.0] * 300_000,
    "nested wide list": [[[0] * 1_000] * 1_000],
    "function": lambda: 1,
    "class": Hostile,
    "module": np,
    "range": range(10**9),
}


def is_a_verdict(verdict: Verdict) -> None:
    assert verdict.status == "failed"
    assert 0 <= verdict.score < 1
    assert verdict.message
    assert verdict.bugs in ([], ["returns_nothing"])
    assert str(verdict)
    assert verdict._repr_html_().startswith("<div")
    assert Verdict.from_json(verdict.to_json()).to_json() == verdict.to_json()


@pytest.mark.parametrize("name", list(ANSWERS))
@pytest.mark.parametrize(
    "exercise_id", ["conv2d", "conv_single_step", "output_size", "same_padding", "max_pool2d_backward"]
)
def test_any_value_gets_a_verdict(name: str, exercise_id: str) -> None:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return ANSWERS[name]

    is_a_verdict(judge(exercise_id, answer))


@pytest.mark.parametrize(
    "exercise_id", [name for name, exercise in exercises.all().items() if exercise.examples is not None]
)
def test_an_exception_on_some_calls_gets_a_verdict(exercise_id: str) -> None:
    right = next(iter(exercises.get(exercise_id).ways.values()))
    calls = 0

    def stops(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise ValueError("no further")
        return right(*args, **kwargs)

    verdict = judge(exercise_id, stops)
    assert verdict.status == "failed"
    assert "ValueError: no further" in str(verdict)


@pytest.mark.parametrize(
    "function",
    [
        raiser(SystemExit(0)),
        raiser(KeyboardInterrupt()),
        raiser(GeneratorExit()),
        raiser(RecursionError("deep")),
        raiser(MemoryError()),
        raiser(BadError()),
        raiser(StopIteration()),
        raiser(ExceptionGroup("two", [ValueError("a"), TypeError("b")])),
        exits,
        endless,
        recursive,
        modifies,
        view_of_input,
        Hostile,
        lambda: None,
        lambda x: x,
        functools.partial(np.sum, axis=0),
        np.sum,
        Hostile(),
        None,
        3,
    ],
)
def test_any_callable_gets_a_verdict(function: Any) -> None:
    verdict = judge("conv2d", function)
    if function is None:
        assert verdict.status == "unanswered"
    else:
        is_a_verdict(verdict)


@pytest.mark.parametrize("exercise_id", ["conv2d", "conv2d_backward", "zero_pad"])
def test_a_long_list_becomes_an_array_once_however_many_bugs_it_is_compared_with(
    exercise_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    converted: list[int] = []
    convert = compare._converted
    monkeypatch.setattr(compare, "_converted", lambda value: (converted.append(1), convert(value))[1])

    def answer(*args: Any, **kwargs: Any) -> Any:
        asked.append(1)
        return [None] * 5_000

    is_a_verdict(judge_with(exercises.get(exercise_id), InProcess({exercise_id: answer}), 1))
    assert len(converted) <= 3 * len(asked)


def test_nothing_is_printed_and_warnings_count_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def output_size(n, k, stride=1, pad=0):
        print("hello")
        print("careful", file=sys.stderr)
        np.array([1.0]) / np.array([0.0])
        return (n - k + 2 * pad) // stride + 1

    assert judge("output_size", output_size).passed
    assert capsys.readouterr() == ("", "")


def test_a_function_not_written_yet_is_not_wrong() -> None:
    def conv2d(x, w, b, stride=1, pad=0):
        raise NotImplementedError("write this function, then run the cell")

    verdict = judge("conv2d", conv2d)
    assert (verdict.status, verdict.score, verdict.bugs) == ("unanswered", 0, [])
    assert "not written yet" in str(verdict)


def test_a_function_written_in_part_is_judged() -> None:
    def output_size(n, k, stride=1, pad=0):
        if stride > 1:
            raise NotImplementedError
        return n - k + 2 * pad + 1

    verdict = judge("output_size", output_size)
    assert verdict.status == "failed"
    assert verdict.score == 0.5


def test_a_result_that_depends_on_chance_or_on_earlier_calls_is_told() -> None:
    def conv2d(x, w, b, stride=1, pad=0):
        return np.random.default_rng().normal(size=x.shape)

    kept: list[int] = []

    def output_size(n, k, stride=1, pad=0):
        kept.append(1)
        return len(kept)

    for name, function in (("conv2d", conv2d), ("output_size", output_size)):
        verdict = judge(name, function)
        assert verdict.message.startswith(
            "Called twice with the same arguments, your function returned different results"
        )


def test_an_exception_is_shown_as_the_learners_own_line() -> None:
    def helper(x):
        return x[0, 99]

    def conv2d(x, w, b, stride=1, pad=0):
        return helper(x)

    verdict = judge("conv2d", conv2d)
    assert "IndexError: index 99 is out of bounds" in verdict.message
    assert "return x[0, 99]" in verdict.message
    assert "Traceback" not in str(verdict)


def test_a_wrong_shape_is_told_with_the_result_it_belongs_to() -> None:
    verdict = judge("softmax_cross_entropy", lambda scores, labels: (np.zeros((1, 3)), np.zeros_like(scores)))
    assert verdict.message.startswith("loss: Expected one number, got an array of shape (1, 3)")


def test_numbers_have_as_many_digits_as_tell_them_apart() -> None:
    def dense(x, w, b):
        return np.round(x @ w + b, 4)

    told = re.search(r"expected (\S+), yours\s(\S+)", judge("dense", dense).message)
    assert told is not None
    assert told[1].rstrip(".") != told[2].rstrip(".")


def test_a_numbers_digits_and_a_long_exception_are_cut_short() -> None:
    def signed_distance(x: Any, w: Any, b: Any) -> Any:
        raise ValueError("shapes do not fit " * 20)

    told = {line.name: line.message for line in judge("signed_distance", signed_distance).requirements}
    assert told["bias"].startswith("signed_distance(x 4×2, w 2, 0.5819) stops with ValueError: shapes")
    assert told["bias"].endswith("shapes do …")


def test_a_learners_own_interrupt_is_an_answer_and_a_persons_is_not() -> None:
    def own(x):
        raise KeyboardInterrupt

    def waits(x):
        time.sleep(5)

    def swallows(x):
        try:
            time.sleep(5)
        except BaseException:
            return 1

    script = (Call("f", (1,)),)
    assert isinstance(run_untrusted({"f": own}, script)[0], Raised)
    for function in (waits, swallows):
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            run_untrusted({"f": function}, script)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_missing_function_is_no_answer() -> None:
    exercise = exercises.get("conv2d")
    verdict = judge_with(exercise, InProcess({}), autograder.PUBLIC)
    assert verdict.status == "unanswered"
    assert "no function named conv2d" in verdict.message


def test_too_large_an_answer_is_not_copied() -> None:
    script = (Call("f", ()),)
    assert run_untrusted({"f": lambda: np.broadcast_to(0.0, (10**6, 10**6))}, script) == (
        NoAnswer("too large"),
    )


def test_generators_are_drained_to_a_bound() -> None:
    (answer,) = run_untrusted({"f": lambda: (i for i in range(10**9))}, (Call("f", ()),))
    assert isinstance(answer, Returned)
    assert len(answer.value) == 10_000


def test_every_call_gets_fresh_arguments_and_changes_are_told() -> None:
    x = np.zeros(3)
    script = (Call("f", (x,)), Call("f", (x,)))

    def f(x):
        x += 1
        return x.sum()

    first, second = run_untrusted({"f": f}, script)
    assert isinstance(first, Returned)
    assert isinstance(second, Returned)
    assert first.value == second.value == 3
    assert list(first.changed) == [0]
    assert not x.any()


def test_convlibs_own_version_is_closed_while_a_probe_runs() -> None:
    import convlib
    from convlib.fast import conv2d as fast
    from convlib.reference import conv2d as plain

    for borrowed in (fast, plain, convlib.conv2d):

        def conv2d(x, w, b, stride=1, pad=0, borrowed=borrowed):
            return borrowed(x, w, b, stride=stride, pad=pad)

        verdict = judge("conv2d", conv2d)
        assert "write this yourself" in verdict.message
        assert verdict.score == 0
    assert fast(np.zeros((1, 2, 2, 1)), np.zeros((1, 1, 1, 1)), np.zeros(1)).shape == (1, 2, 2, 1)


@pytest.mark.parametrize(
    "missing", [["fcntl", "resource", "pwd", "termios", "grp"], ["IPython", "matplotlib"]]
)
def test_check_works_without(missing: list[str]) -> None:
    """On Windows and in Pyodide some of Python's own modules are missing; elsewhere there is no Jupyter."""
    code = f"""
import sys
for name in {missing!r}:
    sys.modules[name] = None
from autograder import check
def output_size(n, k, stride=1, pad=0):
    return (n - k + 2 * pad) // stride + 1
assert check(output_size).passed
def output_size(n, k, stride=1, pad=0):
    return n - k
assert not check(output_size).passed
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "output_size: 2 of 2" in done.stdout


def test_importing_the_course_adds_little_to_numpy() -> None:
    """What it takes is measured by tests/benchmarks/bench_judge.py; here, that nothing heavy comes along."""
    code = (
        "import sys, numpy; known = set(sys.modules); import autograder;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - known})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    more = set(done.stdout.split()) - {"autograder", "convlib", "numpy"}
    assert more <= set(sys.stdlib_module_names)
    assert not more & {"asyncio", "multiprocessing", "unittest", "http", "email", "sqlite3", "concurrent"}


class Stopped:
    """A caller whose kernel never answers."""

    def __init__(self, answers: list[tuple[Any, ...]]) -> None:
        self.given = answers
        self.asked = 0

    def answers(self, scripts: Any) -> list[tuple[Any, ...]]:
        self.asked += 1
        return [self.given[0]] * len(scripts) if self.given else []


@pytest.mark.parametrize("given", [[(NoAnswer("timeout"),)], [(NoAnswer("memory"),)], [()], []])
def test_a_function_that_does_not_come_back_is_asked_once(given: list[tuple[Any, ...]]) -> None:
    caller = Stopped(given)
    verdict = judge_with(exercises.get("conv2d"), caller, 5)
    assert (verdict.status, verdict.score, verdict.bugs) == ("failed", 0, [])
    assert caller.asked == 1
