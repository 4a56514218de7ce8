"""What is kept of a cell's outputs: known forms, bounded, writable as UTF-8, whatever was sent."""

import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import Limits
from autograder.sandbox.outputs import Outputs


def kept(*messages, limits=None):
    outputs = Outputs(limits or Limits())
    for kind, content in messages:
        body = json.dumps({"type": kind, "content": content}).encode()
        if not outputs.full(len(body)):
            outputs.add(body)
    return outputs.all()


def test_streams_are_joined_and_results_keep_their_place():
    found = kept(
        ("stream", {"name": "stdout", "text": "a"}),
        ("stream", {"name": "stdout", "text": "b"}),
        ("stream", {"name": "stderr", "text": "c"}),
        ("execute_result", {"data": {"text/plain": "1"}, "execution_count": 3, "metadata": {}}),
        (
            "display_data",
            {"data": {"image/png": "iVBORw0KGgo=\n", "text/plain": "x"}, "metadata": {"a": "b"}},
        ),
        ("error", {"ename": "E", "evalue": "v", "traceback": ["t"]}),
    )
    assert [output.get("text") for output in found[:2]] == ["ab", "c"]
    assert [output["output_type"] for output in found[2:]] == ["execute_result", "display_data", "error"]
    nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=found)]))


def test_clearing_takes_effect_at_once_or_with_the_next_output():
    text = ("stream", {"name": "stdout", "text": "old"})
    new = ("stream", {"name": "stdout", "text": "new"})
    assert kept(text, ("clear_output", {"wait": False})) == []
    assert kept(text, ("clear_output", {"wait": True}))[0]["text"] == "old"
    assert [output["text"] for output in kept(text, ("clear_output", {"wait": True}), new)] == ["new"]


@pytest.mark.parametrize(
    "data",
    [
        {"image/png": '"><script>alert(1)</script>'},
        {"application/javascript": "alert(1)"},
        {"image/svg+xml": "<svg onload=alert(1)>"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}},
        {"text/html": 5},
        {},
    ],
)
def test_what_could_run_in_a_page_is_dropped(data):
    assert kept(("display_data", {"data": data, "metadata": {}})) == []


def test_more_than_fits_is_cut_off_with_a_remark():
    line = ("stream", {"name": "stdout", "text": "x" * 1000})
    found = kept(*[line] * 50, limits=Limits(output_bytes=10_000))
    assert sum(len(output["text"]) for output in found) < 11_000
    assert "cut off" in found[-1]["text"]
    assert "cut off" in kept(*[line] * 50, limits=Limits(messages=10))[-1]["text"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
contents = st.fixed_dictionaries(
    {},
    optional={
        name: json_values | st.dictionaries(st.sampled_from(["text/plain", "image/png"]), json_values)
        for name in (
            "name",
            "text",
            "data",
            "metadata",
            "ename",
            "evalue",
            "traceback",
            "execution_count",
            "wait",
        )
    },
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["stream", "display_data", "execute_result", "error", "clear_output", "x"]),
            contents,
        ),
        max_size=4,
    )
)
def test_any_message_leaves_a_valid_notebook_or_nothing(messages):
    cell = nbformat.v4.new_code_cell(outputs=kept(*messages))
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    json.dumps(cell).encode("utf-8")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_ignored_or_shown(body):
    outputs = Outputs(Limits())
    outputs.add(body)
    json.dumps(outputs.all()).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"type": "stream", "content": {"name": "stdout", "text": "\\ud800"}}',
        b'{"type": "error", "content": ' + b'{"a":' * 50_000,
        b'{"type": "execute_result", "content": {"execution_count": ' + b"9" * 10_000 + b"}}",
        b'{"type": ["stream"], "content": 1}',
    ],
)
def test_hostile_json_is_survived(body):
    outputs = Outputs(Limits())
    outputs.add(body)
    assert json.dumps(outputs.all()).encode("utf-8")
