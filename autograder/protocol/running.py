"""Calling functions as a script says: a learner's, bounded and with nothing shared, or the course's own.

The same `run_untrusted` runs in a notebook and inside the sandbox.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import linecache
import os
import signal
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograder.protocol.calls import (
    Answer,
    Call,
    NamedFunction,
    NoAnswer,
    Opaque,
    PreviousResult,
    Raised,
    Returned,
    Script,
    SeededRng,
)
from autograder.protocol.named_functions import named_functions
from autograder.protocol.operands import failing_expression
from autograder.protocol.withholding import disabled

MAX_ITEMS = 10_000  # a generator is drained to here: an endless one is an answer, not a hang
# What a learner may hand back is bounded: no answer fills the memory.
MAX_BYTES = 64 * 2**20
MAX_DEPTH = 8
MAX_TEXT = 2_000
_SMALL = 2**63
MAX_BITS = 1_024  # a larger integer is no size, count or sum of any exercise

_PLAIN = frozenset((type(None), bool, int, float, str))


class TimeIsUp(BaseException):
    """Raised in a learner's function by a limit on its time; no `except Exception` there catches it."""


Limit = Callable[[], contextlib.AbstractContextManager[None]]


class _TooLargeError(Exception):
    """An answer beyond the bounds above."""


def run_untrusted(
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
        guard: whether convlib's own versions of the called functions are withheld meanwhile.
        limit: what each call runs in; a TimeIsUp that it raises there is a call that timed out.

    Returns:
        The answers in order, ending at the first that did not return.
    """

    def surroundings(call: Call) -> _LearnersCall:
        return _LearnersCall(_withheld(call) if guard else (), limit)

    return _answers(functions, script, surroundings)


def run_trusted(functions: Mapping[str, Callable[..., Any]], script: Script) -> tuple[Answer, ...]:
    """Run one script with functions of the course's own, references and bugs: the same answers, sooner.

    Nothing is guarded, silenced or told apart from a person's Ctrl-C.
    """
    return _answers(functions, script, lambda call: _OWN_CALL)


def _withheld(call: Call) -> tuple[str, ...]:
    if call.withheld:
        return call.withheld
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
    function: Any = results[name.index] if isinstance(name, PreviousResult) else functions.get(name)
    if function is None and isinstance(name, str):  # nothing that came back earlier is called all the same
        return NoAnswer("missing"), None
    args = _arguments(call.args, results)
    kwargs = _named_arguments(call.kwargs, results)
    held = [dict(value) if isinstance(value, dict) else value for value in args]
    try:
        with surroundings:
            with surroundings.limit():
                result = function(*args, **kwargs)
                if _is_iterator(result):
                    result = _drained(result)
            answer: Answer = Returned(plain(result), _changes(call, list(map(_left, args, held)), kwargs))
    except _TooLargeError:
        answer, result = NoAnswer("too large"), None
    except TimeIsUp:
        answer, result = NoAnswer("timeout"), None
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the learner's own are answers too
        if surroundings.interrupted or not surroundings.catches(error):
            raise
        answer, result = _raised(error, surroundings.shows_operands), None
    if surroundings.interrupted:  # the function swallowed the person's Ctrl-C
        raise KeyboardInterrupt
    return answer, result


class _OwnCall:
    """A call of the course's own function."""

    interrupted = False
    shows_operands = False  # nobody reads a bug's exception

    def __init__(self) -> None:
        self.limit: Limit = contextlib.nullcontext

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def catches(self, error: BaseException) -> bool:
        """Whether what was raised is an answer."""
        return isinstance(error, Exception)


_OWN_CALL = _OwnCall()  # it keeps nothing


class _LearnersCall(_OwnCall):
    """A learner's call: silent, convlib's versions withheld, a person's Ctrl-C told apart from its own."""

    shows_operands = True

    def __init__(self, withheld: Iterable[str], limit: Limit) -> None:
        self.limit = limit
        self._stack = contextlib.ExitStack()
        self._withheld = withheld
        self._interrupts = _Interrupts()

    def __enter__(self) -> None:
        self._stack.enter_context(_quiet())
        self._stack.enter_context(disabled(self._withheld))
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


def _argument(value: Any, results: list[Any]) -> Any:
    """A fresh copy of an argument, its markers replaced by what they stand for."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if isinstance(value, SeededRng):
        return np.random.default_rng(value.seed)
    if isinstance(value, NamedFunction):
        return named_functions[value.name]
    if isinstance(value, PreviousResult):
        return results[value.index]
    if isinstance(value, dict):
        return _named_arguments(value, results)
    if isinstance(value, list):
        return _arguments(value, results)
    if isinstance(value, tuple):
        return tuple(_arguments(value, results))
    return value


# Most arguments are plain: without the look at their type, asking would take longer than many a function.


def _arguments(values: Iterable[Any], results: list[Any]) -> list[Any]:
    return [value if type(value) in _PLAIN else _argument(value, results) for value in values]


def _named_arguments(values: Mapping[Any, Any], results: list[Any]) -> dict[Any, Any]:
    return {
        key: value if type(value) in _PLAIN else _argument(value, results) for key, value in values.items()
    }


def _left(new: Any, held: Any) -> Any:
    """What a call left in an argument; of arrays in a dict, those that were put in."""
    if not isinstance(held, dict):
        return new
    arrays = {key: value for key, value in held.items() if isinstance(value, np.ndarray)}
    return {key: arrays.get(key, value) for key, value in new.items()}


def _changes(call: Call, args: list[Any], kwargs: dict[str, Any]) -> dict[int | str, Any]:
    """The arguments that no longer hold what was passed."""
    changed: dict[int | str, Any] = {
        i: plain(new)
        for i, (old, new) in enumerate(zip(call.args, args, strict=True))
        if old is not new and _differs(old, new)
    }
    for name, old in call.kwargs.items():
        new = kwargs[name]
        if old is not new and _differs(old, new):
            changed[name] = plain(new)
    return changed


def _differs(old: Any, new: Any) -> bool:
    if old is new:  # no array, list or dict is: they were copied
        return False
    if isinstance(old, np.ndarray):
        return bool(old.dtype != new.dtype) or old.shape != new.shape or old.tobytes() != new.tobytes()
    if isinstance(old, (list, tuple)):
        if len(old) != len(new):
            return True
        return any(a is not b and _differs(a, b) for a, b in zip(old, new, strict=True))
    if isinstance(old, dict):
        return list(old) != list(new) or any(_differs(old[key], new[key]) for key in old)
    if isinstance(old, (SeededRng, NamedFunction, PreviousResult)):
        return False
    return not bool(old == new)


def _drained(values: Iterable[Any]) -> list[Any]:
    return _plain_items(itertools.islice(values, MAX_ITEMS), _Budget(), 1)


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
        return _plain_items(list.__iter__(value), budget, depth + 1)
    if issubclass(kind, tuple):
        return tuple(_plain_items(tuple.__iter__(value), budget, depth + 1))
    if issubclass(kind, dict):
        return {_key(key, budget): _plain(item, budget, depth + 1) for key, item in dict.items(value)}
    return _opaque(kind)


def _plain_items(values: Iterator[Any], budget: _Budget, depth: int) -> list[Any]:
    """Every item as `_plain` gives it; the most common, floats and small integers, without a call."""
    found: list[Any] = []
    for item in values:
        kind = type(item)
        if depth <= MAX_DEPTH and (kind is float or (kind is int and -_SMALL < item < _SMALL)):
            budget.items -= 1
            if budget.items < 0:
                raise _TooLargeError
            found.append(item)
        else:
            found.append(_plain(item, budget, depth))
    return found


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


def _raised(error: BaseException, shows_operands: bool) -> Raised:
    trace = _learners_entry(error.__traceback__)
    line, source = _learners_line(trace)
    expression, operands = failing_expression(error, trace) if shows_operands else ("", ())
    try:
        message = str(error)[:MAX_TEXT]
    except Exception:  # a learner's own __str__ may fail
        message = ""
    error.__traceback__ = None  # frames hold the arrays of the call
    return Raised(_opaque(type(error)).type, message, line, source, expression, operands)


def _learners_entry(trace: types.TracebackType | None) -> types.TracebackType | None:
    """The innermost entry of the traceback that belongs to no library."""
    found = None
    while trace is not None:
        if not is_library(trace.tb_frame.f_code.co_filename):
            found = trace
        trace = trace.tb_next
    return found


def _learners_line(trace: types.TracebackType | None) -> tuple[int, str]:
    """A traceback entry's line: its number and its text."""
    if trace is None:
        return 0, ""
    frame = trace.tb_frame
    text = linecache.getline(frame.f_code.co_filename, trace.tb_lineno, frame.f_globals)
    return trace.tb_lineno, text.strip()[:200]


def is_library(filename: str) -> bool:
    """Whether a file is Python's, NumPy's, another package's or the course's own."""
    return filename.startswith(_LIBRARIES) or "site-packages" in filename or "dist-packages" in filename


# "<__array_function__" and "<frozen" are frames of NumPy's and Python's own making.
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LIBRARIES = (
    os.path.dirname(os.__file__) + os.sep,
    os.path.dirname(np.__file__) + os.sep,
    _HERE + os.sep,
    os.path.join(os.path.dirname(_HERE), "convlib") + os.sep,
    "<__array_function__",
    "<frozen",
)
