"""A verdict reads well as text and as HTML, and says the same in both."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from autograder import exercises, judge, report


def verdict(exercise_id: str = "conv2d", bug: str = "window_start_ignores_stride"):
    return judge(exercise_id, exercises.get(exercise_id).bugs[bug]).to_json()


class Tags(HTMLParser):
    """Checks that every tag is closed, and collects what is drawn and said."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.labels: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.labels += [value or "" for name, value in attrs if name == "aria-label"]
        assert not any(name.startswith("on") or name in ("href", "src") for name, _ in attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert not tags.open
    return tags


def test_a_named_bug_reads_as_the_voice_has_it() -> None:
    told = report.text(verdict())
    first = told.split("\n\n")[0]
    assert first.startswith("conv2d: 5.25 of 7. Your stride changes the size of the output")
    flat = " ".join(told.split())
    assert "Right already: one window" in flat
    assert "Not yet: stride larger than one" in flat
    assert "should look at columns 2–3; yours looks at columns 1–2" in flat
    assert "expected 3 + 4 + 7 + 8 = 22 yours 2 + 3 + 6 + 7 = 18" in flat
    assert flat.endswith("Say it for i = 0, 1, 2 before you write it.")


def test_html_is_whole_scriptless_and_has_words_for_the_picture() -> None:
    tags = parsed(report.html(verdict()))
    assert "script" not in tags.seen
    assert tags.seen.count("svg") == 6  # x, w, b, expected, yours, difference
    picture = next(label for label in tags.labels if label.startswith("x:"))
    assert "expected 22, yours 18" in picture
    assert "At row 0, column 1" in picture


def test_html_and_text_say_the_same() -> None:
    told = verdict()
    words = " ".join(" ".join(parsed(report.html(told)).words).split())
    for sentence in (
        told["message"],
        told["question"],
        told["case"]["sentence"],
        "expected 3 + 4 + 7 + 8 = 22",
    ):
        assert sentence in words


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_hints_unfold(attempt: int) -> None:
    told = {**verdict(), "attempt": attempt}
    shown = [hint for hint in told["hints"] if hint in " ".join(report.text(told).split())]
    assert len(shown) == min(attempt - 1, len(told["hints"]))


def test_what_a_learner_wrote_is_escaped() -> None:
    def conv2d(x, w, b, stride=1, pad=0):
        raise ValueError("<script>alert(1)</script>\x1b[31m\x07")

    told = judge("conv2d", conv2d).to_json()
    html, text = report.html(told), report.text(told)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "\x1b" not in text
    assert "\x07" not in text
    parsed(html)


def test_an_exception_is_told_once() -> None:
    def conv2d(x, w, b, stride=1, pad=0):
        raise ValueError("no idea")

    told = judge("conv2d", conv2d).to_json()
    assert "The same happens there." in report.text(told)
    assert report.html(told).count("Your function stops with") == 1


def test_of_several_results_the_one_that_is_drawn_is_named() -> None:
    def conv2d_backward(dout, x, w, stride=1, pad=0):
        return np.zeros(x.shape), np.zeros(w.shape), dout.sum(axis=(0, 1, 2))

    told = judge("conv2d_backward", conv2d_backward).to_json()
    assert "expected dw" in report.text(told)
    assert "yours dw" in report.html(told)


def test_where_one_value_is_compared_no_pattern_is_looked_for() -> None:
    """The first part compares one value; the sentence is about a map, where all of them are off alike."""

    def conv2d(x, w, b, stride=1, pad=0):
        xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(xp, w.shape[:2], (1, 2))[:, ::stride, ::stride]
        return 1.01 * (np.einsum("nijckl,klcf->nijf", windows, w) + b)

    told = judge("conv2d", conv2d)
    assert told.bugs == []
    assert told.message.endswith("In every cell that differs, yours is 1.01 times the expected value.")
    assert "expected" in told.requirements[0].message
    assert "1 of 1" not in str(told)


def test_colour_is_never_the_only_sign() -> None:
    html = report.html(verdict())
    assert "Solid line: expected. Dashed line: yours." in html
    assert "stroke-dasharray" in html
    plain = report.text(verdict())
    assert re.sub(r"\x1b\[[0-9;]*m", "", report.text(verdict(), color=True)) == plain
    assert "[22]" in plain


@pytest.mark.parametrize("exercise_id", list(exercises.all()))
def test_every_bugs_verdict_can_be_read(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    names = list(exercise.bugs)
    for name in names[:: max(1, len(names) // 4)]:
        told = judge(exercise_id, exercise.bugs[name]).to_json()
        tags = parsed(report.html(told))
        assert told["message"].split("`")[0].split("*")[0].strip() in " ".join(" ".join(tags.words).split())
        assert len(report.html(told)) < 100_000
        assert all(len(line) <= 80 for line in report.text(told).split("\n"))


def test_right_and_unwritten_answers_are_one_line() -> None:
    exercise = exercises.get("conv2d")
    assert report.text(judge("conv2d", exercise.reference).to_json()) == "conv2d: 7 of 7. All correct."

    def conv2d(x, w, b, stride=1, pad=0):
        raise NotImplementedError

    told = report.text(judge("conv2d", conv2d).to_json())
    assert told.startswith("conv2d: not written yet. Nothing to check yet.")
