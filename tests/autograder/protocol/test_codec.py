"""The codec: what goes in comes out, and whatever else comes in is refused, quickly and in little memory."""

import contextlib
import math
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.protocol import codec
from autograder.protocol.calls import (
    Call,
    NamedFunction,
    NoAnswer,
    Opaque,
    PreviousResult,
    Raised,
    Returned,
    SeededRng,
)

arrays = hnp.arrays(
    st.sampled_from(codec.DTYPES), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**1000), 2**1000),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=["Cs"])),
    arrays,
)
keys = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**59), 2**59))


def nested(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=4).map(tuple),
            st.dictionaries(keys, inner, max_size=4),
        ),
        max_leaves=12,
    )


def same(a, b):
    """Equal in type and value, arrays and NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return (
            a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Returned):
        return same(a.value, b.value) and same(a.changed, b.changed)
    if isinstance(a, Call):
        return same([a.function, a.args, dict(a.kwargs)], [b.function, b.args, dict(b.kwargs)])
    return a == b or (a != a and b != b)


@settings(max_examples=150, deadline=None)
@given(nested(leaves | st.just(Opaque("Thing"))), st.dictionaries(st.text("abc"), arrays, max_size=2))
def test_an_answer_comes_back_as_it_was(value, changed):
    answers = (
        Returned(value, changed),
        Raised("ValueError", "no", 3, "x = 1", "a * b", (("a", "(2,)"), ("b", "(3,)"))),
    )
    back = codec.decode_answers(codec.encode_answers(answers))
    assert len(back) == 2
    assert all(map(same, answers, back))


@settings(max_examples=100, deadline=None)
@given(
    nested(
        st.one_of(
            leaves,
            st.integers(0, 9).map(PreviousResult),
            st.integers(0, 2**64).map(SeededRng),
            st.sampled_from(["sum_of_squares"]).map(NamedFunction),
        )
    )
)
def test_a_script_comes_back_as_it_was(value):
    script = (Call("train", (value, 1), {"lr": 0.1}), Call(PreviousResult(0), (np.zeros((2, 0)),)))
    (back,) = codec.decode_scripts(codec.encode_scripts([script]))
    assert len(back) == 2
    assert all(map(same, script, back))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
@example(b"l" + struct.pack("<I", 2**32 - 1))
@example(b"l\x01\0\0\0R" + b"a" + struct.pack("<BBQ", 10, 1, 10**12))
def test_any_bytes_are_an_answer_or_an_error_of_ours(data):
    with contextlib.suppress(codec.CodecError):
        codec.decode_answers(data)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(nested(leaves), st.data())
def test_a_damaged_answer_is_an_answer_or_an_error_of_ours(value, data):
    raw = bytearray(codec.encode_answers([Returned(value)]))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for damaged in (bytes(raw), bytes(raw[:cut])):
        with contextlib.suppress(codec.CodecError):
            codec.decode_answers(damaged)


def lists(depth):
    return (b"l" + struct.pack("<I", 1)) * depth + b"N"


def array(rank, *shape, code=10, tag=b"a"):
    return b"l\x01\0\0\0R" + tag + struct.pack(f"<BB{len(shape)}Q", code, rank, *shape)


@pytest.mark.parametrize(
    "data",
    [
        array(1, 10**12),
        array(1, 2**64 - 1),
        array(2, 2**32, 2**32),
        array(8, *[256] * 8),
        array(200, *[1] * 200),
        array(2, 0, 2**63),
        array(3, 0, 2**31, 2**31),
        array(2, 2**31, 0),
        array(0, code=99) + bytes(8),
        array(0, code=0) + b"\7",
        array(1, 1, tag=b"g") + bytes(8),
        b"l" + struct.pack("<I", 10**9),
        b"l\x01\0\0\0Rd" + struct.pack("<I", 10**9),
        b"l\x01\0\0\0R" + lists(10_000),
        b"l\x01\0\0\0R" + b"s" + struct.pack("<I", 10**9),
        b"l\x01\0\0\0R" + b"s" + struct.pack("<I", 2) + b"\xff\xff" + b"d\0\0\0\0",
        b"l\x01\0\0\0R" + b"i\xff" + b"\1" * 255,
        b"l\x01\0\0\0RLs\0\0\0\0d\0\0\0\0",
        b"l\x01\0\0\0Rd\1\0\0\0l\0\0\0\0N" + b"d\0\0\0\0",
        b"l\x01\0\0\0Rd\1\0\0\0i\x09" + (2**61 - 1).to_bytes(9, "little") + b"N" + b"d\0\0\0\0",
        b"l\x01\0\0\0O" + b"s\0\0\0\0",
        b"l\x01\0\0\0C" + b"s\0\0\0\0",
        b"\x80\x04\x95cos\nsystem\n",
        b"\x93NUMPY\x01\0",
        b"",
    ],
)
def test_hostile_headers_are_refused_in_little_memory(data):
    tracemalloc.start()
    try:
        with pytest.raises(codec.CodecError):
            codec.decode_answers(data)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_an_answer_larger_than_the_limit_is_refused_on_both_sides():
    with pytest.raises(codec.TooLarge):
        codec.encode_answers([Returned(np.zeros(1000))], limit=4000)
    with pytest.raises(codec.TooLarge):
        codec.decode_answers(codec.encode_answers([Returned(np.zeros(1000))]), limit=4000)


def test_values_are_counted_over_all_messages_together():
    message = codec.encode_answers([Returned([None] * 100)])
    room = codec.Room(250)
    assert codec.decode_answers(message, room=room) == codec.decode_answers(message, room=room)
    with pytest.raises(codec.TooLarge):
        codec.decode_answers(message, room=room)
    with pytest.raises(codec.CodecError):
        codec.decode_answers(
            b"l\1\0\0\0R" + b"l" + struct.pack("<I", codec.MAX_ITEMS) + b"N" * codec.MAX_ITEMS
        )


def test_what_cannot_cross_is_opaque_in_an_answer_and_an_error_in_a_script():
    class Thing:
        pass

    values = [Thing(), np.array([Thing()]), np.array(["a"]), np.zeros(1, "V8"), len, 1 << 5000, NoAnswer("x")]
    (back,) = codec.decode_answers(codec.encode_answers([Returned(values)]))
    assert [type(value) for value in back.value] == [Opaque] * len(values)
    with pytest.raises(codec.CodecError):
        codec.encode_scripts([(Call("f", (Thing(),)),)])


class Subclass(np.ndarray):
    pass


def test_arrays_of_every_layout_arrive_with_the_same_numbers():
    base = np.arange(24.0).reshape(2, 3, 4)
    readonly = base.copy()
    readonly.flags.writeable = False
    for value in (
        base.T,
        base[::-1, ::2],
        np.asfortranarray(base),
        readonly,
        base.astype(">f8"),
        base.view(Subclass),
    ):
        (back,) = codec.decode_answers(codec.encode_answers([Returned(value)]))
        assert type(back.value) is np.ndarray
        assert back.value.flags.writeable
        assert back.value.dtype == np.dtype("<f8")
        np.testing.assert_array_equal(back.value, np.asarray(value))
    (back,) = codec.decode_answers(codec.encode_answers([Returned(np.longdouble(math.pi))]))
    assert back.value == pytest.approx(math.pi)
