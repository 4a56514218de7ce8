"""What is asked of a learner's function and what came back, as plain values.

The one language that probes, the in-process caller and the sandbox share. It knows neither exercises nor
kernels, needs NumPy alone, and the same `answer_script` runs in a notebook and inside the sandbox.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import linecache
import os
import signal
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

MAX_ITEMS = 10_000  # a generator is drained to here: an endless one is an answer, not a hang


@dataclass(frozen=True)
class Generator:
    """An argument that becomes `numpy.random.default_rng(seed)` where the call is made."""

    seed: int


@dataclass(frozen=True)
class Named:
    """An argument that becomes a function out of a small fixed registry (see `named_functions`)."""

    name: str


@dataclass(frozen=True)
class Earlier:
    """The result of an earlier call of the same script, kept where it was made (train, then predict)."""

    index: int


@dataclass(frozen=True)
class Call:
    """One call: `function` is the learner's function by name, or an earlier result that can be called.

    `guards` names the functions of convlib that raise meanwhile; empty means the one of the same name.
    """

    function: str | Earlier
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    guards: tuple[str, ...] = ()


Script = tuple[Call, ...]


@dataclass(frozen=True)
class Returned:
    """The call came back.

    Attributes:
        value: arrays, numbers, strings, None, tuples, lists and dicts of them; anything else is an `Opaque`.
        changed: the positions (int) and keywords (str) of arguments that the call modified, with their new
            values. Where a dict got another array, what counts is the one that was passed: whoever held it
            sees that one.
    """

    value: Any
    changed: Mapping[int | str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Raised:
    """The call raised: type and message, and where in the learner's own code (line 0: nowhere in it)."""

    type: str
    message: str
    line: int = 0
    source: str = ""


@dataclass(frozen=True)
class Lost:
    """The call never came back: `timeout`, `crash`, `memory`, `too large` or `missing` (no such function)."""

    reason: str


@dataclass(frozen=True)
class Opaque:
    """A value that is no array, number, string, tuple, list or dict: its type's name is all that travels."""

    type: str


Answer = Returned | Raised | Lost


class Caller(Protocol):
    """Whoever can call a learner's functions: in this process, or in a sandbox."""

    def answers(self, scripts: Sequence[Script]) -> list[tuple[Answer, ...]]:
        """Run each script afresh.

        Returns:
            For each script the answers of its calls in order, ending at the first that did not return.
        """
        ...


# What a learner may hand back is bounded: no answer fills the memory.
MAX_BYTES = 64 * 2**20
MAX_DEPTH = 8
MAX_TEXT = 2_000
MAX_BITS = 1_024  # a larger integer is no size, count or sum of any exercise

# Where convlib keeps its own versions of the exercises; while a probe runs they say "write this yourself".
_GUARDED_MODULES = ("convlib.reference", "convlib.fast", "convlib.shapes", "convlib.gradcheck")


class TimeIsUp(BaseException):
    """Raised in a learner's function by a limit on its time; no `except Exception` there catches it."""


Limit = Callable[[], contextlib.AbstractContextManager[None]]


class _TooLargeError(Exception):
    """An answer beyond the bounds above."""


def answer_script(
    functions: Mapping[str, Callable[..., Any]],
    script: Script,
    *,
    guard: bool = True,
    limit: Limit = contextlib.nullcontext,
) -> tuple[Answer, ...]:
    """Run one script in this process, whatever the functions do.

    Every call gets fresh copies of its arguments; what it prints or warns is dropped. A person's Ctrl-C comes
    through as KeyboardInterrupt; one that the function raises itself is an answer like any other.

    Args:
        functions: the learner's functions by name.
        script: the calls, in order.
        guard: whether convlib's own versions of the called functions raise meanwhile.
        limit: what each call runs in; a TimeIsUp that it raises there is a call that timed out.

    Returns:
        The answers in order, ending at the first that did not return.
    """

    def surroundings(call: Call) -> _LearnersCall:
        return _LearnersCall(_guarded_names(call) if guard else (), limit)

    return _answers(functions, script, surroundings)


def answer_own(functions: Mapping[str, Callable[..., Any]], script: Script) -> tuple[Answer, ...]:
    """Run one script with functions of the course's own, references and bugs: the same answers, sooner.

    Nothing is guarded, silenced or told apart from a person's Ctrl-C.
    """
    return _answers(functions, script, lambda call: _OwnCall())


def _guarded_names(call: Call) -> tuple[str, ...]:
    if call.guards:
        return call.guards
    return (call.function,) if isinstance(call.function, str) else ()


def _answers(
    functions: Mapping[str, Callable[..., Any]], script: Script, surroundings: Callable[[Call], _OwnCall]
) -> tuple[Answer, ...]:
    answers: list[Answer] = []
    results: list[Any] = []
    for call in script:
        answer, result = _answer(functions, call, results, surroundings(call))
        answers.append(answer)
        results.append(result)
        if not isinstance(answer, Returned):
            break
    return tuple(answers)


def _answer(
    functions: Mapping[str, Callable[..., Any]], call: Call, results: list[Any], surroundings: _OwnCall
) -> tuple[Answer, Any]:
    name = call.function
    function: Any = results[name.index] if isinstance(name, Earlier) else functions.get(name)
    if function is None and isinstance(name, str):  # nothing that came back earlier is called all the same
        return Lost("missing"), None
    args = [_argument(value, results) for value in call.args]
    kwargs = {key: _argument(value, results) for key, value in call.kwargs.items()}
    held = [dict(value) if isinstance(value, dict) else value for value in args]
    try:
        with surroundings:
            with surroundings.limit():
                result = function(*args, **kwargs)
                if _is_iterator(result):
                    result = _drained(result)
            answer: Answer = Returned(plain(result), _changes(call, list(map(_left, args, held)), kwargs))
    except _TooLargeError:
        answer, result = Lost("too large"), None
    except TimeIsUp:
        answer, result = Lost("timeout"), None
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the learner's own are answers too
        if surroundings.interrupted or not surroundings.catches(error):
            raise
        answer, result = _raised(error), None
    if surroundings.interrupted:  # the function swallowed the person's Ctrl-C
        raise KeyboardInterrupt
    return answer, result


class _OwnCall:
    """A call of the course's own function."""

    interrupted = False

    def __init__(self) -> None:
        self.limit: Limit = contextlib.nullcontext

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def catches(self, error: BaseException) -> bool:
        """Whether what was raised is an answer."""
        return isinstance(error, Exception)


class _LearnersCall(_OwnCall):
    """A learner's call: silent, convlib's own versions closed, a person's Ctrl-C told apart from its own."""

    def __init__(self, guards: Iterable[str], limit: Limit) -> None:
        self.limit = limit
        self._stack = contextlib.ExitStack()
        self._guards = guards
        self._interrupts = _Interrupts()

    def __enter__(self) -> None:
        self._stack.enter_context(_quiet())
        self._stack.enter_context(_guarded(self._guards))
        self._stack.enter_context(self._interrupts)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def interrupted(self) -> bool:  # type: ignore[override]
        """Whether a person pressed Ctrl-C meanwhile."""
        return self._interrupts.came

    def catches(self, error: BaseException) -> bool:
        """Whatever a learner's function raises is an answer."""
        return True


class _Interrupts:
    """Tells a person's Ctrl-C from a KeyboardInterrupt that the learner's code raises."""

    def __init__(self) -> None:
        self.came = False
        self._before: Any = None
        self._installed = False

    def __enter__(self) -> _Interrupts:
        if threading.current_thread() is threading.main_thread():
            with contextlib.suppress(
                ValueError, OSError, AttributeError
            ):  # no signals here: nothing to tell apart
                self._before = signal.getsignal(signal.SIGINT)
                if callable(self._before):
                    signal.signal(signal.SIGINT, self._interrupt)
                    self._installed = True
        return self

    def _interrupt(self, number: int, frame: Any) -> None:
        self.came = True
        self._before(number, frame)

    def __exit__(self, *_: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, self._before)


class _Nowhere(io.TextIOBase):
    """Printed text goes here; unlike a StringIO it never grows."""

    def write(self, text: str) -> int:
        return len(text)

    def writable(self) -> bool:
        return True


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    nowhere = _Nowhere()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _write_this_yourself(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("write this yourself: convlib's own version is closed while your function is checked")


@contextlib.contextmanager
def _guarded(names: Iterable[str]) -> Iterator[None]:
    """Close convlib's functions of these names, however they were imported: the code itself is exchanged."""
    closed: dict[int, tuple[types.FunctionType, types.CodeType]] = {}
    for module_name in _GUARDED_MODULES if names else ():
        try:
            module = importlib.import_module(module_name)
        except ImportError:
            continue
        for name in names:
            function = getattr(module, name, None)
            if isinstance(function, types.FunctionType) and not function.__code__.co_freevars:
                closed.setdefault(id(function), (function, function.__code__))
    try:
        for function, _ in closed.values():
            function.__code__ = _write_this_yourself.__code__.replace(co_name=function.__name__)
        yield
    finally:
        for function, code in closed.values():
            function.__code__ = code


def _argument(value: Any, results: list[Any]) -> Any:
    """A fresh copy of an argument, its markers replaced by what they stand for."""
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if isinstance(value, Generator):
        return np.random.default_rng(value.seed)
    if isinstance(value, Named):
        return named_functions[value.name]
    if isinstance(value, Earlier):
        return results[value.index]
    if isinstance(value, dict):
        return {key: _argument(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [_argument(item, results) for item in value]
    if isinstance(value, tuple):
        return tuple(_argument(item, results) for item in value)
    return value


def _left(new: Any, held: Any) -> Any:
    """What a call left in an argument; of arrays in a dict, those that were put in."""
    if not isinstance(held, dict):
        return new
    arrays = {key: value for key, value in held.items() if isinstance(value, np.ndarray)}
    return {key: arrays.get(key, value) for key, value in new.items()}


def _changes(call: Call, args: list[Any], kwargs: dict[str, Any]) -> dict[int | str, Any]:
    """The arguments that no longer hold what was passed."""
    pairs: list[tuple[int | str, Any, Any]] = [
        (i, old, new) for i, (old, new) in enumerate(zip(call.args, args, strict=True))
    ]
    pairs += [(name, old, kwargs[name]) for name, old in call.kwargs.items()]
    return {name: plain(new) for name, old, new in pairs if _differs(old, new)}


def _differs(old: Any, new: Any) -> bool:
    if isinstance(old, np.ndarray):
        return bool(old.dtype != new.dtype) or old.shape != new.shape or old.tobytes() != new.tobytes()
    if isinstance(old, (list, tuple)):
        return len(old) != len(new) or any(_differs(a, b) for a, b in zip(old, new, strict=True))
    if isinstance(old, dict):
        return list(old) != list(new) or any(_differs(old[key], new[key]) for key in old)
    if isinstance(old, (Generator, Named, Earlier)):
        return False
    return old is not new and not bool(old == new)


def _drained(values: Iterable[Any]) -> list[Any]:
    budget = _Budget()
    return [_plain(item, budget, 1) for item in itertools.islice(values, MAX_ITEMS)]


def _is_iterator(value: Any) -> bool:
    return hasattr(type(value), "__next__") or type(value) is range


class _Budget:
    """What may still be copied out of one answer."""

    def __init__(self) -> None:
        self.items = 2 * MAX_ITEMS
        self.bytes = MAX_BYTES

    def spend(self, items: int, size: int) -> None:
        self.items -= items
        self.bytes -= size
        if self.items < 0 or self.bytes < 0:
            raise _TooLargeError


def plain(value: Any) -> Any:
    """Copy a value into arrays, numbers, strings, None, tuples, lists and dicts; the rest becomes `Opaque`.

    Methods that a learner's class may have overridden are never called.
    """
    return _plain(value, _Budget(), 0)


def _plain(value: Any, budget: _Budget, depth: int) -> Any:
    kind = type(value)
    budget.spend(1, 0)
    if depth > MAX_DEPTH:
        raise _TooLargeError
    if value is None or kind is bool or kind is float or kind is complex:
        return value
    if issubclass(kind, np.ndarray):
        return _plain_array(value, budget)
    if issubclass(kind, np.generic):
        return _plain_array(np.asarray(value), budget)[()] if value.dtype.kind in "biufc" else _opaque(kind)
    if issubclass(kind, int):
        return int.__add__(value, 0) if int.bit_length(value) <= MAX_BITS else _opaque(kind)
    if issubclass(kind, float):
        return float.__add__(value, 0.0)
    if issubclass(kind, str):
        return str.__getitem__(value, slice(MAX_TEXT))
    if issubclass(kind, list):
        return [_plain(item, budget, depth + 1) for item in list.__iter__(value)]
    if issubclass(kind, tuple):
        return tuple(_plain(item, budget, depth + 1) for item in tuple.__iter__(value))
    if issubclass(kind, dict):
        return {_key(key, budget): _plain(item, budget, depth + 1) for key, item in dict.items(value)}
    return _opaque(kind)


def _opaque(kind: type) -> Opaque:
    return Opaque(str(type.__dict__["__name__"].__get__(kind))[:80])  # a metaclass may lie or raise


def _plain_array(value: np.ndarray[Any, Any], budget: _Budget) -> Any:
    array = np.ndarray.view(value, np.ndarray)
    if array.dtype.kind not in "biufc":
        return Opaque(f"ndarray of {array.dtype.name[:40]}")
    budget.spend(0, array.nbytes)
    return np.array(array, order="C")


def _key(key: Any, budget: _Budget) -> Any:
    return _plain(key, budget, 0) if issubclass(type(key), (str, int)) else f"<{_opaque(type(key)).type}>"


def _raised(error: BaseException) -> Raised:
    line, source = _learners_line(error.__traceback__)
    try:
        message = str(error)[:MAX_TEXT]
    except Exception:  # a learner's own __str__ may fail
        message = ""
    error.__traceback__ = None  # frames hold the arrays of the call
    return Raised(_opaque(type(error)).type, message, line, source)


def _learners_line(trace: types.TracebackType | None) -> tuple[int, str]:
    """The innermost line of the traceback that belongs to no library."""
    line, source = 0, ""
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if not is_library(filename):
            line = trace.tb_lineno
            source = linecache.getline(filename, line, trace.tb_frame.f_globals).strip()[:200]
        trace = trace.tb_next
    return line, source


def is_library(filename: str) -> bool:
    """Whether a file is Python's, NumPy's, another package's or the course's own."""
    return filename.startswith(_LIBRARIES) or "site-packages" in filename or "dist-packages" in filename


# "<__array_function__" and "<frozen" are frames of NumPy's and Python's own making.
_HERE = os.path.dirname(os.path.abspath(__file__))
_LIBRARIES = (
    os.path.dirname(os.__file__) + os.sep,
    os.path.dirname(np.__file__) + os.sep,
    _HERE + os.sep,
    os.path.join(os.path.dirname(_HERE), "convlib") + os.sep,
    "<__array_function__",
    "<frozen",
)


def _sum_of_squares(x: Any) -> Any:
    return np.sum(np.square(x))


def _weighted_sine(x: Any) -> Any:
    weights = 1.0 + np.arange(np.size(x)).reshape(np.shape(x))
    return np.sum(weights * np.sin(x))


def _product_of_neighbours(x: Any) -> Any:
    flat = np.ravel(x)
    return np.sum(flat[:-1] * flat[1:]) + np.sum(flat)


def _line_loss(params: Any, x: Any, y: Any) -> Any:
    """Mean squared error of a line, and its gradients."""
    error = x @ params["w"] + params["b"] - y
    return np.mean(error**2), {"w": 2 * x.T @ error / len(y), "b": np.array([2 * np.mean(error)])}


def _which_examples(params: Any, x: Any, y: Any) -> Any:
    """A loss that tells which numbered examples a batch holds; -1 where labels are another example's."""
    numbers, labels = np.ravel(x), np.ravel(y)
    together = len(numbers) == len(labels) and bool(np.all(numbers == labels))
    loss = float(np.sum(2.0**numbers)) if together else -1.0
    return loss, {name: np.zeros_like(value) for name, value in params.items()}


def _row_differences(x: Any) -> Any:
    """A valid correlation down the rows: it moves along with its input."""
    return x[:, 1:] - x[:, :-1]


def _brighter_below(x: Any) -> Any:
    """Each row times its number: it knows where it is."""
    return x * np.arange(1.0, 1.0 + x.shape[1])[:, None, None]


def _darker_above(x: Any) -> Any:
    """Each row less half of the one above it, 0 at the top: it moves along, and reads what came in."""
    above = np.zeros_like(x)
    above[:, 1:] = x[:, :-1]
    return x - 0.5 * above


def _row_products(x: Any) -> Any:
    return np.sum(np.prod(x, axis=-1)) + np.sum(np.prod(x, axis=0) ** 2)


def _every_second_row(x: Any) -> Any:
    """A stride of 2 down the rows."""
    return x[:, ::2]


# Functions that a probe may pass by name: both sides of the sandbox know these and no others.
named_functions: dict[str, Callable[..., Any]] = {
    "sum_of_squares": _sum_of_squares,
    "weighted_sine": _weighted_sine,
    "product_of_neighbours": _product_of_neighbours,
    "row_products": _row_products,
    "row_differences": _row_differences,
    "brighter_below": _brighter_below,
    "darker_above": _darker_above,
    "every_second_row": _every_second_row,
    "line_loss": _line_loss,
    "which_examples": _which_examples,
}
