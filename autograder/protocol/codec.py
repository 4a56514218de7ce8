"""Scripts and answers as bytes, bounded on both ends: the only language that crosses the sandbox's wall.

What comes out of the sandbox was written by someone who may want to harm the reader. So nothing here
evaluates, imports, looks up a type by name or allocates by a length that has not been compared with the bytes
at hand. Every value is a tag and a payload; arrays are a code out of a fixed table, their sizes, and raw
little-endian numbers.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

MAX_BYTES = 64_000_000
MAX_DEPTH = 32
MAX_ITEMS = 25_000  # values in one message, containers and leaves together: the course asks for 650 at most
MAX_RANK = 8
MAX_SIDE = 1 << 31
MAX_EMPTY = 1 << 20  # rows and columns that an array without a number in it may claim
MAX_INT_BYTES = 130
MAX_TEXT = 1_000_000
MAX_KEY = 1 << 60  # larger integers can be chosen to collide in a dict, which then takes quadratic time

# The position is the code that travels: append only.
DTYPES = tuple(
    np.dtype(name)
    for name in (
        "?",
        "i1",
        "<i2",
        "<i4",
        "<i8",
        "u1",
        "<u2",
        "<u4",
        "<u8",
        "<f2",
        "<f4",
        "<f8",
        "<c8",
        "<c16",
    )
)
CODES = {dtype: code for code, dtype in enumerate(DTYPES)}


class CodecError(ValueError):
    """The bytes are no message of ours."""


class TooLarge(CodecError):
    """The value is larger than may cross."""


def encode_scripts(scripts: Sequence[Script], limit: int = MAX_BYTES) -> bytes:
    """Scripts as bytes, one message.

    Raises:
        CodecError: an argument is of a type that cannot cross.
        TooLarge: the whole is larger than `limit`.
    """
    return _Writer(limit, _SCRIPTS).message([list(script) for script in scripts])


def decode_scripts(data: bytes, limit: int = MAX_BYTES) -> list[Script]:
    """The scripts that `encode_scripts` wrote."""
    scripts = _listed(_Reader(data, limit, _SCRIPTS).message(), list)
    return [_listed(script, Call) for script in scripts]


def encode_answers(answers: Sequence[Answer], limit: int = MAX_BYTES) -> bytes:
    """The answers to one script as bytes; values that cannot cross become `Opaque`."""
    return _Writer(limit, _ANSWERS).message(list(answers))


@dataclass
class Room:
    """How many values several messages together may still bring: to read one takes a microsecond."""

    items: int


def decode_answers(data: bytes, limit: int = MAX_BYTES, room: Room | None = None) -> tuple[Answer, ...]:
    """The answers that `encode_answers` wrote.

    Args:
        data: the message.
        limit: how long it may be.
        room: for it and the messages before and after it.

    Raises:
        CodecError: the bytes are something else.
        TooLarge: the message is too long, or there is no room left.
    """
    reader = _Reader(data, limit, _ANSWERS, room)
    return _listed(reader.message(), (Returned, Raised, NoAnswer))


def _listed(values: Any, kinds: Any) -> tuple[Any, ...]:
    if type(values) is not list or not all(isinstance(value, kinds) for value in values):
        raise CodecError("a list of another kind was expected")
    return tuple(values)


@dataclass(frozen=True)
class _Grammar:
    """Which of the special values may stand where: `outer` at one depth alone, `inner` below it."""

    depth: int
    outer: frozenset[type[Any]]
    inner: frozenset[type[Any]]
    strict: bool  # whether a value that cannot cross is an error, or becomes an Opaque

    def allows(self, kind: type[Any], depth: int) -> bool:
        return kind in self.outer if depth == self.depth else depth > self.depth and kind in self.inner


_SCRIPTS = _Grammar(2, frozenset({Call}), frozenset({SeededRng, NamedFunction, PreviousResult}), strict=True)
_ANSWERS = _Grammar(1, frozenset({Returned, Raised, NoAnswer}), frozenset({Opaque}), strict=False)


class _Writer:
    def __init__(self, limit: int, grammar: _Grammar) -> None:
        self.limit = limit
        self.grammar = grammar
        self.parts: list[bytes] = []
        self.size = 0
        self.items = 0

    def message(self, value: Any) -> bytes:
        self.value(value, 0)
        return b"".join(self.parts)

    def put(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise TooLarge(f"more than {self.limit} bytes")
        self.parts.append(data)

    def value(self, value: Any, depth: int) -> None:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH:
            raise TooLarge("too many values or too deeply nested")
        kind = type(value)
        if value is None or kind is bool:
            self.put(b"N" if value is None else b"T" if value else b"F")
        elif kind is int and value.bit_length() < 8 * MAX_INT_BYTES:
            raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            self.put(b"i" + bytes([len(raw)]) + raw)
        elif kind is float:
            self.put(b"f" + struct.pack("<d", value))
        elif kind is complex:
            self.put(b"c" + struct.pack("<dd", value.real, value.imag))
        elif kind is str:
            self.text(b"s", value)
        elif kind in _FIELDS and self.grammar.allows(kind, depth):
            tag, names = _FIELDS[kind]
            self.put(tag)
            for name in names:
                self.value(getattr(value, name), depth + 1)
        elif isinstance(value, np.ndarray | np.generic):
            self.numbers(value, depth)
        elif isinstance(value, tuple | list):
            self.sequence(b"l" if isinstance(value, list) else b"t", value, depth)
        elif isinstance(value, Mapping):
            self.mapping(value, depth)
        else:
            self.opaque(kind.__name__, depth)

    def text(self, tag: bytes, text: str) -> None:
        raw = str.encode(text, "utf-8", "replace")
        if len(raw) > MAX_TEXT:
            raise TooLarge("a text is too long")
        self.put(tag + struct.pack("<I", len(raw)) + raw)

    def opaque(self, name: str, depth: int) -> None:
        if self.grammar.strict:
            raise CodecError(f"{name} cannot cross into the sandbox")
        self.value(Opaque(str(name)[:200]), max(depth, self.grammar.depth + 1))

    def numbers(self, value: Any, depth: int) -> None:
        scalar = not isinstance(value, np.ndarray)
        array = np.array(value, subok=False)
        if array.dtype.kind in "fc" and array.dtype.itemsize > (8 if array.dtype.kind == "f" else 16):
            array = array.astype(np.float64 if array.dtype.kind == "f" else np.complex128)  # long doubles
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if array.dtype not in CODES or array.ndim > MAX_RANK:
            self.opaque(f"array of {array.dtype.name}, rank {array.ndim}", depth)
            return
        head = struct.pack(f"<BB{array.ndim}Q", CODES[array.dtype], array.ndim, *array.shape)
        if self.size + array.nbytes > self.limit:
            raise TooLarge(f"more than {self.limit} bytes")
        self.put((b"g" if scalar else b"a") + head)
        self.put(array.tobytes("C"))

    def sequence(self, tag: bytes, values: Sequence[Any], depth: int) -> None:
        self.put(tag + struct.pack("<I", len(values)))
        for value in values:
            self.value(value, depth + 1)

    def mapping(self, value: Mapping[Any, Any], depth: int) -> None:
        pairs = list(value.items())
        self.put(b"d" + struct.pack("<I", len(pairs)))
        for key, item in pairs:
            if type(key) is not str and not (type(key) is int and abs(key) < MAX_KEY):
                raise CodecError("a key is neither a text nor a small integer")
            self.value(key, depth + 1)
            self.value(item, depth + 1)


class _Reader:
    def __init__(self, data: bytes, limit: int, grammar: _Grammar, room: Room | None = None) -> None:
        if len(data) > limit:
            raise TooLarge(f"more than {limit} bytes")
        self.grammar = grammar
        self.room = room or Room(MAX_ITEMS)
        self.data = data
        self.at = 0
        self.items = 0

    def message(self) -> Any:
        value = self.value(0)
        if self.at != len(self.data):
            raise CodecError("bytes are left over")
        return value

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise CodecError("the message is cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def value(self, depth: int) -> Any:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH:
            raise CodecError("too many values or too deeply nested")
        self.room.items -= 1
        if self.room.items < 0:
            raise TooLarge("too many values together")
        tag = self.take(1)
        if tag in _READERS:
            return _READERS[tag](self)
        if tag in (b"t", b"l"):
            values = [self.value(depth + 1) for _ in range(self.count(1))]
            return values if tag == b"l" else tuple(values)
        if tag == b"d":
            return self.mapping(depth)
        if tag in _KINDS and self.grammar.allows(_KINDS[tag], depth):
            return self.special(_KINDS[tag], depth)
        raise CodecError("an unknown tag")

    def count(self, smallest: int) -> int:
        """A number of items that the rest of the message could hold."""
        (count,) = self.unpack("<I")
        if count * smallest > len(self.data) - self.at:
            raise CodecError("more items than bytes")
        return int(count)

    def integer(self) -> int:
        (size,) = self.unpack("<B")
        if size > MAX_INT_BYTES:
            raise CodecError("an integer is too long")
        return int.from_bytes(self.take(size), "little", signed=True)

    def text(self) -> str:
        (size,) = self.unpack("<I")
        if size > MAX_TEXT:
            raise CodecError("a text is too long")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            raise CodecError("a text is no UTF-8") from error

    def array(self) -> np.ndarray[Any, Any]:
        code, rank = self.unpack("<BB")
        if code >= len(DTYPES) or rank > MAX_RANK:
            raise CodecError("an unknown dtype, or too many axes")
        shape = self.unpack(f"<{rank}Q")
        if any(side > MAX_SIDE for side in shape):
            raise CodecError("an axis is too long")
        raw = self.take(math.prod(shape) * DTYPES[code].itemsize)
        if DTYPES[code].kind == "b" and raw.strip(b"\0\1"):
            raise CodecError("a truth value is neither 0 nor 1")
        # An empty array takes no bytes, whatever it claims; whoever goes through its rows takes forever.
        if not raw and math.prod(side for side in shape if side) > MAX_EMPTY:
            raise CodecError("the axes are too long")
        return np.frombuffer(raw, DTYPES[code]).reshape(shape).copy()

    def scalar(self) -> Any:
        array = self.array()
        if array.ndim:
            raise CodecError("a scalar with axes")
        return array[()]

    def mapping(self, depth: int) -> dict[Any, Any]:
        pairs = {}
        for _ in range(self.count(2)):
            key = self.value(depth + 1)
            if type(key) is not str and not (type(key) is int and abs(key) < MAX_KEY):
                raise CodecError("a key is neither a text nor a small integer")
            pairs[key] = self.value(depth + 1)
        return pairs

    def special(self, kind: type[Any], depth: int) -> Any:
        names = _FIELDS[kind][1]
        values = {name: self.value(depth + 1) for name in names}
        for name, value in values.items():
            if not _fits(kind, name, value):
                raise CodecError(f"{kind.__name__}.{name} is of the wrong type")
        if kind is SeededRng and values["seed"] < 0:
            raise CodecError("a seed is negative")
        return kind(**values)


_FIELDS: dict[type[Any], tuple[bytes, tuple[str, ...]]] = {
    SeededRng: (b"G", ("seed",)),
    NamedFunction: (b"M", ("name",)),
    PreviousResult: (b"E", ("index",)),
    Call: (b"C", ("function", "args", "kwargs", "withheld")),
    Opaque: (b"O", ("type",)),
    Returned: (b"R", ("value", "changed")),
    Raised: (b"X", ("type", "message", "line", "source", "expression", "operands")),
    NoAnswer: (b"L", ("reason",)),
}
_KINDS = {tag: kind for kind, (tag, _) in _FIELDS.items()}
_PLAIN: dict[str, Any] = {
    "seed": int,
    "name": str,
    "index": int,
    "function": (str, PreviousResult),
    "args": tuple,
    "kwargs": dict,
    "withheld": tuple,
    "changed": dict,
    "type": str,
    "message": str,
    "line": int,
    "source": str,
    "expression": str,
    "operands": tuple,
    "reason": str,
}
_READERS: dict[bytes, Callable[[_Reader], Any]] = {
    b"N": lambda reader: None,
    b"T": lambda reader: True,
    b"F": lambda reader: False,
    b"i": _Reader.integer,
    b"f": lambda reader: reader.unpack("<d")[0],
    b"c": lambda reader: complex(*reader.unpack("<dd")),
    b"s": _Reader.text,
    b"a": _Reader.array,
    b"g": _Reader.scalar,
}


def _fits(kind: type[Any], name: str, value: Any) -> bool:
    if kind is Returned and name == "value":
        return True
    keys = {"kwargs": (str,), "changed": (int, str)}.get(name)
    if keys and not (type(value) is dict and all(type(key) in keys for key in value)):
        return False
    if name == "operands" and not (type(value) is tuple and all(map(_is_a_pair_of_texts, value))):
        return False
    return isinstance(value, _PLAIN[name]) and not isinstance(value, bool)


def _is_a_pair_of_texts(value: Any) -> bool:
    return type(value) is tuple and [type(one) for one in value] == [str, str]
