"""The small parts: markup, verdicts as outputs, workers, what is withheld."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import wait
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets.config import Config

from autograder.course.course import Grading
from autograder.grading.job import points_of, run_job, verdict_outputs
from autograder.grading.workers import WorkerLost, Workers
from autograder.notebook.sanitize import ATTRIBUTES, TAGS, clean, clean_outputs
from autograder.sandbox import Limits
from autograder.sandbox.withheld import without


def test_every_limit_is_a_setting() -> None:
    limits = {limit.name: getattr(Limits, limit.name) + 1 for limit in fields(Limits)}
    assert Grading(config=Config({"Grading": limits})).limits() == Limits(**limits)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' data:text/html,<script>alert(1)</script>'>x</a>",
        "<svg onload=alert(1)>",
        "<iframe src='https://elsewhere.example'></iframe>",
        "<img src='https://elsewhere.example/seen.png'>",
        "<img src='//elsewhere.example/seen.png'>",
        "<div style='position:fixed;top:0;left:0;width:100%;height:100%'>full marks</div>",
        "<form action='https://elsewhere.example'><input name=password></form>",
        "<math><mtext><script>alert(1)</script></mtext></math>",
        "<style>body { display: none }</style>",
        "<meta http-equiv=refresh content='0;url=https://elsewhere.example'>",
    ],
)
def test_no_markup_of_a_student_acts_loads_or_covers(html: str) -> None:
    cleaned = clean(html).lower()
    for word in (
        "<script",
        "onerror",
        "onload",
        "javascript:",
        "elsewhere",
        "style",
        "<iframe",
        "<form",
        "<meta",
        "<svg",
    ):
        assert word not in cleaned
    assert 'href="data' not in cleaned.replace(" ", "")


def test_what_a_written_answer_needs_is_kept() -> None:
    html = (
        "<h2>Title</h2><p>a <b>b</b> <code>c</code></p><ul><li>d</li></ul>"
        '<table><tbody><tr><td colspan="2">e</td></tr></tbody></table>'
        '<img alt="f" src="data:image/png;base64,aGVsbG8="><a href="https://example.org">g</a>'
        "<details><summary>h</summary>i</details>"
    )
    assert clean(html) == html


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<div><b>x</div></b>y</div>", "<div><b>x</b></div>y"),
        ("<p>a<p>b<ul><li>c<div>d<li>e", "<p>a</p><p>b</p><ul><li>c<div>d</div></li><li>e</li></ul>"),
        ("<table><tr><td>a<tr><th>b", "<table><tr><td>a</td></tr><tr><th>b</th></tr></table>"),
        ("<b onclick=x title='\"' >1 < 2 &amp;&lt; 3<b", '<b title="&quot;">1 &lt; 2 &amp;&lt; 3&lt;b</b>'),
        ('<a href="java\tscript:x">a</a><a href="&#106;avascript:x">b</a>', "<a>a</a><a>b</a>"),
        ('<img src="x" alt="<script>"><!-- <i> --><!-- ', '&lt;img src="x" alt=""&gt;'),
        ("<BR/><hr / ><i/>x", "<br><hr><i>x</i>"),
    ],
)
def test_cleaned_markup_closes_what_it_opens_and_nothing_else(html: str, cleaned: str) -> None:
    assert clean(html) == cleaned


MARKS = """< > </ /> <!-- --> = " ' &lt; &#60; & div p a b td table img script svg style math textarea"""
VALUES = "href src onerror onclick class javascript:x data:image/png;base64,aa //x é"
PIECES = st.sampled_from([*MARKS.split(), *VALUES.split(), " ", "\t", "\n", "\0"])


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_markup_there_is_a_parser_finds_only_what_may_be_there(html: str) -> None:
    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag in TAGS
            for name, value in attrs:
                assert name in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set())
                assert not (value or "").startswith("javascript")

        def handle_comment(self, data: str) -> None:
            raise AssertionError(data)

        handle_decl = handle_pi = unknown_decl = handle_comment

    cleaned = clean(html)
    Reader().feed(cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("piece", ["<div>", "</p>", "<b id=x><p>", "<table>", "<!--", "<a href='", "&", "<"])
def test_cleaning_takes_as_long_as_the_text_is(piece: str) -> None:
    started = time.process_time()
    cleaned = clean(piece * (500_000 // len(piece)))
    assert time.process_time() - started < 10
    assert cleaned.count("<div>") <= 64


def test_outputs_are_text_pictures_and_clean_html_and_never_a_result() -> None:
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "x", "text": "a"},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "7.0"},
            "execution_count": 1,
            "metadata": {},
        },
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}, "metadata": {}},
        {
            "output_type": "display_data",
            "data": {"image/png": "not base64!"},
            "metadata": {"image/png": {"width": "1 onload=x"}},
        },
        {
            "output_type": "display_data",
            "data": {"text/html": "<b>x</b><script>1</script>"},
            "metadata": {"a": 1},
        },
        {"output_type": "update_display_data", "data": {"text/plain": "x"}},
        {"output_type": "error", "ename": "E", "evalue": 3, "traceback": None},
    ]
    assert clean_outputs(outputs) == [
        {"output_type": "stream", "name": "stdout", "text": "a"},
        {"output_type": "display_data", "data": {"text/plain": "7.0"}, "metadata": {}},
        {"output_type": "display_data", "data": {"text/html": "<b>x</b>1"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "3", "traceback": []},
    ]


@pytest.mark.parametrize(
    ("share", "points", "earned"),
    [
        (1.0, 7.0, 7.0),
        (0.5, 3.0, 1.5),
        (1 / 3, 3.0, 1.0),
        (2.0, 7.0, 7.0),
        (-1.0, 7.0, 0.0),
        (math.nan, 7.0, 0.0),
    ],
)
def test_a_score_is_a_finite_number_within_the_points(share: float, points: float, earned: float) -> None:
    assert points_of({"score": share}, points) == earned
    assert points_of({"score": math.inf}, points) == 0.0


def test_nbgraders_own_rules_read_the_score_that_was_meant() -> None:
    from nbgrader.utils import determine_grade

    from autograder import judge
    from autograder.notebook.node import from_dict

    def output_size(n: int, k: int, stride: int = 1, pad: int = 0) -> int:
        return (n - k + 2 * pad) // stride + 1

    verdict = judge("output_size", output_size).to_json()
    for share, expected in ((1.0, 2.0), (0.25, 0.5), (0.0, 0.0)):
        outputs = verdict_outputs({**verdict, "score": share}, 2.0)
        marks = {"grade": True, "solution": False, "points": 2.0, "grade_id": "test_output_size"}
        cell = {"cell_type": "code", "source": "", "metadata": {"nbgrader": marks}, "outputs": outputs}
        assert determine_grade(from_dict(cell)) == (expected, 2.0)


def shout(data: bytes) -> bytes:
    """A job for tests."""
    if data == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if data == b"raise":
        raise ValueError("no")
    if data == b"print":
        print("into the results?")
    if data.startswith(b"sleep"):
        time.sleep(float(data.split()[1]))
    return data.upper()


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Workers that know the job above: -P keeps them from importing out of the working directory."""
    (tmp_path / "shouting.py").write_text(Path(__file__).read_text())
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    shout.__module__ = "shouting"
    with Workers(1, 4) as workers:
        yield workers


@pytest.mark.sandbox
def test_workers_do_jobs_and_a_dead_one_is_replaced(pool: Workers) -> None:
    good = [pool.submit(shout, data) for data in (b"a", b"print", b"b")]
    assert [future.result() for future in good] == [b"A", b"PRINT", b"B"]
    bad = [pool.submit(shout, data) for data in (b"raise", b"die")]
    wait(bad)
    assert [type(future.exception()) for future in bad] == [WorkerLost, WorkerLost]
    assert pool.submit(shout, b"after").result() == b"AFTER"


@pytest.mark.sandbox
def test_a_worker_has_several_jobs_in_hand(pool: Workers) -> None:
    pool.submit(shout, b"warm").result()
    started = time.monotonic()
    wait([pool.submit(shout, b"sleep 1.5") for _ in range(4)])
    assert time.monotonic() - started < 4 * 1.5


@pytest.mark.sandbox
def test_workers_end_when_whoever_started_them_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, signal\n"
        "from autograder.grading.workers import Workers\n"
        "pool = Workers(1)\n"
        "pool.start()\n"
        "print(pool._workers[0]._process.pid, flush=True)\n"
        "signal.pause()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    worker = int(process.stdout.readline())
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{worker}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{worker}").exists()


@pytest.mark.sandbox
def test_a_job_whose_sandbox_does_not_exist_is_no_zero() -> None:
    import json

    from autograder.grading.job import make_job

    job = make_job([], {}, limits=Limits(), launcher="no such launcher", files={})
    assert json.loads(run_job(job))["status"] in ("failed", "unavailable")


def test_withheld_functions_raise_and_the_rest_of_a_module_works() -> None:
    source = (
        "from functools import cache\n\n\n@cache\ndef conv2d(x):\n    return secret(x)\n\n\n"
        "def zero_pad(x):\n    return x + 1\n\n\n@cache\nclass Axis:\n    out = secret\n\n\n"
        "__all__ = ['conv2d', 'zero_pad']\n"
    )
    left = without(source, {"conv2d", "Axis"})
    space: dict[str, Any] = {}
    exec(left, space)
    assert "secret" not in left
    assert space["zero_pad"](1) == 2
    assert space["conv2d"].withheld
    for name in ("conv2d", "Axis"):
        with pytest.raises(NotImplementedError, match="write this yourself"):
            space[name](1)


def test_nbgrader_is_imported_without_its_servers_and_they_are_there_for_whoever_asks() -> None:
    program = """
import sys
from autograder.course import gradebook
gradebook.prepare()
assert "nbgrader.api" in sys.modules and not any("server_extensions." in name for name in sys.modules)
from nbgrader.server_extensions import formgrader
print(formgrader.load_jupyter_server_extension)
from nbgrader.apps import NbGraderAPI
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("<function")
