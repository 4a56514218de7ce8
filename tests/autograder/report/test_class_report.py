"""The class report: its figures from verdicts, and two pages that keep apart what a class may see."""

from __future__ import annotations

import csv
import io
import json
import random
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import judge
from autograder.commands import report as desk
from autograder.commands import sample_class
from autograder.course.course import Course, CourseError
from autograder.grading import cache, verdicts
from autograder.grading.batch import GRADED, UNREADABLE, Row
from autograder.report import class_pages, class_report
from autograder.report.class_naming import skeleton
from autograder.report.class_statistics import point_biserial, quintiles
from support import invented_class
from support.grading_course import LESSON

CANARY = "Zebulon"


def output_size_without_one(n: int, k: int, stride: int = 1, pad: int = 0) -> int:
    return (n - k + 2 * pad) // stride


def verdict(status: str = "failed", **more: Any) -> dict[str, Any]:
    made = {
        "exercise": "output_size",
        "lesson": LESSON,
        "points": 2.0,
        "status": status,
        "score": {"passed": 1.0, "failed": 0.5, "unanswered": 0.0}[status],
        "requirements": [
            {"name": "stride 1", "passed": status != "unanswered", "message": ""},
            {"name": "padding", "passed": status == "passed", "message": ""},
        ],
        "bugs": [],
        "lines": [],
        "message": f"{status}.",
        "question": "Which line?" if status == "failed" else "",
        "case": None,
    }
    return made | more


def submission(student: str, made: dict[str, Any], digest: str = "", **more: Any) -> dict[str, Any]:
    nameless = made["status"] == "failed" and not made["bugs"]
    unnamed = {made["exercise"]: {"digest": digest, "source": more.pop("source", "")}} if nameless else {}
    return {
        "student": student,
        "lesson": LESSON,
        "handed_in": "",
        "verdicts": {made["exercise"]: made},
        "unnamed": unnamed,
        "earlier": [],
        **more,
    }


def facts(*submissions: dict[str, Any], students: tuple[str, ...] = ()) -> dict[str, Any]:
    exercise = {
        "id": "output_size",
        "points": 2.0,
        "requirements": ["stride 1", "padding"],
        "bugs": {"plus_one_missing": "Your size is one too small."},
        "ways": ["def output_size(n, k, stride=1, pad=0):\n    span = n - k\n    return span // stride + 1"],
    }
    everybody = {*students, *(one["student"] for one in submissions)}
    return {
        "lessons": [{"id": LESSON, "title": "06 · Stride", "exercises": [exercise]}],
        "students": {student: student.title() for student in everybody},
        "submissions": list(submissions),
        "waiting": [],
    }


def test_the_json_has_exactly_the_shape_that_other_programs_read() -> None:
    found = class_report.report(
        facts(
            submission("ada", verdict("passed")),
            submission("ben", verdict(bugs=["plus_one_missing"])),
            submission("chloe", verdict("unanswered")),
            submission("dora", verdict(message="None of the 5 cells agrees."), "aaaaaaaa1"),
            submission("elif", verdict(message="None of the 6 cells agrees."), "aaaaaaaa1"),
        )
    )
    assert found.to_json() == {
        "lessons": {
            LESSON: {
                "students": 5,
                "exercises": {
                    "output_size": {
                        "passed": 1,
                        "failed": 3,
                        "unanswered": 1,
                        "mean": 0.5,
                        "requirements": {"stride 1": 4, "padding": 1},
                        "bugs": [{"id": "plus_one_missing", "count": 1, "students": ["ben"]}],
                        "unnamed": [
                            {
                                "count": 2,
                                "students": ["dora", "elif"],
                                "message": "None of the 5 cells agrees.",
                            }
                        ],
                        "located": [],
                    }
                },
            }
        }
    }


def test_located_lines_are_counted_by_their_text_and_shown_to_the_instructor_alone() -> None:
    def located(student: str, number: int, text: str, asked: str, **more: Any) -> dict[str, Any]:
        lines = [{"number": number, "text": text}]
        return submission(student, verdict(lines=lines, question=asked, **more), digest=student)

    span, size = f"span = n - {CANARY}", "return <b> // stride"
    found = class_report.report(
        facts(
            located("ada", 2, span, "What is a span?"),
            located("ben", 5, span, "What is a span?"),
            located("chloe", 3, size, "Which size?"),
            located("dora", 3, size, "How many windows?", bugs=["plus_one_missing"]),
            submission("elif", verdict(), digest="other"),
        )
    )
    one = found.lessons[0].exercises[0]
    assert found.to_json()["lessons"][LESSON]["exercises"]["output_size"]["located"] == [
        {"lines": [span], "question": "What is a span?", "count": 2, "students": ["ada", "ben"]},
        {"lines": [size], "question": "Which size?", "count": 1, "students": ["chloe"]},
    ]
    assert sum(group.count for group in one.unnamed) == 4
    page = class_pages.for_the_class(found)
    assert "The line at fault is known in 3 of 4 answers without a name." in page
    assert 'What is a span? <span class="n">2 students</span>' in page
    assert CANARY not in page
    assert "&lt;b&gt;" not in page
    mine = class_pages.for_the_instructor(found)
    assert f"<code>{span}</code>" in mine
    assert "<code>return &lt;b&gt; // stride</code>" in mine
    assert "How many windows?" not in mine


def test_answers_without_a_digest_are_grouped_by_their_message() -> None:
    found = class_report.report(
        facts(
            submission("ada", verdict(message="It timed out.")),
            submission("ben", verdict(message="It timed out.")),
            submission("chloe", verdict(message="It crashed.")),
        )
    )
    groups = found.lessons[0].exercises[0].unnamed
    assert [group.students for group in groups] == [["ada", "ben"], ["chloe"]]
    assert found.members(groups[0].id) == (LESSON, "output_size", ["ada", "ben"])
    assert found.members("output_size:no_such_bug") is None


def test_handing_in_again_is_compared_from_first_to_last() -> None:
    def before(status: str) -> list[dict[str, Any]]:
        tried = {"status": status, "score": 0.0, "bugs": []}
        return [{"handed_in": "", "exercises": {"output_size": tried}}]

    found = class_report.report(
        facts(
            submission("ada", verdict("passed"), earlier=before("failed")),
            submission("ben", verdict("failed"), earlier=before("passed")),
            submission("chloe", verdict("failed"), earlier=before("failed")),
            submission("dora", verdict("passed"), earlier=before("passed")),
            submission("elif", verdict("passed")),
        )
    )
    again = found.lessons[0].exercises[0].again
    assert (again.n, again.gained, again.lost, again.open) == (4, 1, 1, 1)
    (help_,) = found.help
    assert (help_.student, help_.why) == ("chloe", ["handed in again and still failing: output_size"])


def test_who_has_not_started_is_who_handed_in_nothing_or_wrote_nothing() -> None:
    found = class_report.report(
        facts(
            submission("ada", verdict("unanswered")), submission("ben", verdict("passed")), students=("zoe",)
        )
    )
    (lesson,) = found.lessons
    assert (lesson.missing, lesson.untouched) == (["zoe"], ["ada"])
    assert found.help == []


def test_discrimination_is_the_correlation_with_the_rest() -> None:
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    rest = [draw.random() for _ in range(60)]
    passed = [draw.random() < one for one in rest]
    expected = np.corrcoef(passed, rest)[0, 1]
    assert point_biserial(passed, rest) == pytest.approx(expected), f"seed {seed}"
    assert point_biserial([True] * 20, rest[:20]) is None
    assert point_biserial(passed[:9], rest[:9]) is None


def test_quintiles_sort_by_the_rest_and_differ_in_size_by_one_at_most() -> None:
    parts = quintiles([score / 12 for score in range(13)], [float(score) for score in range(13)])
    assert [part.n for part in parts] == [2, 3, 2, 3, 3]
    assert [part.mean for part in parts] == sorted(part.mean for part in parts)
    assert sum(part.n * part.mean for part in parts) == pytest.approx(sum(range(13)) / 12)
    assert {part.mean for part in quintiles([1.0, 0.0] * 10, [0.5] * 20)} == {0.5}
    assert quintiles([1.0] * 9, [0.5] * 9) == []


def test_lines_to_paste_hold_the_two_texts_where_one_line_differs() -> None:
    ways = ["def f(x):\n    y = x + 1\n    return y"]
    text = skeleton("f", ways, 'def f(x):\n    """Mine."""\n    y = x - 1  # why not\n    return y', 9)
    assert '"y = x + 1", "y = x - 1  # why not",' in text
    assert text.startswith("# 9 students; one of the answers has\n#     y = x - 1")
    compile(text, "skeleton", "exec")


@pytest.mark.parametrize("source", ["def f(x) return", "", "x = 1", "def f(x):\n    return '\"\\\\'"])
def test_lines_to_paste_are_python_whatever_the_answer_is(source: str) -> None:
    compile(skeleton("f", ["def f(x):\n    return x"], source, 1), "skeleton", "exec")


def hostile() -> dict[str, Any]:
    """Submissions in which everything that a student decides says the same odd word."""
    case = judge("output_size", output_size_without_one).to_json()["case"]
    case |= {"raised": f"{CANARY}Error: {CANARY}", "sentence": f"expected one number, got a {CANARY}"}
    case |= {"yours_sum": f"{CANARY} = 3"}
    line = {"number": 3, "text": f"{CANARY} = '</pre><script>alert(1)</script>'"}
    named = verdict(bugs=["plus_one_missing"], case=case, message=f"{CANARY}", lines=[line])
    strange = {**case, "yours_value": CANARY}
    markup = f"<script>{CANARY}</script> `<b>{CANARY}</b>`"
    nameless = [
        submission(
            f"{CANARY.lower()} {number}",
            verdict(message=markup, lines=[line]),
            "abcdef12",
            source=f"def output_size(n, k):\n    return '</pre><script>{CANARY}</script>'",
        )
        for number in range(2)
    ]
    return facts(
        submission(f"{CANARY.lower()} a", named),
        submission(f"{CANARY.lower()} b", {**named, "case": strange}),
        *nameless,
        students=(f"{CANARY.lower()} the absent",),
    ) | {"waiting": [{"student": f"{CANARY.lower()} a", "lesson": LESSON, "why": markup}]}


def test_the_page_for_the_class_has_nothing_that_a_student_wrote() -> None:
    page = class_pages.for_the_class(class_report.report(hostile()))
    assert CANARY.lower() not in page.lower()
    assert "plus one missing" in page
    assert "Smallest case" in page  # the example of the first, with its image
    assert page.count('class="ccv-panels"') <= 1


class Parsed(HTMLParser):
    """What is open at the end, scripts, addresses, ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("meta", "br", "input", "rect", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag


@pytest.mark.parametrize("make", [class_pages.for_the_class, class_pages.for_the_instructor])
def test_a_page_is_one_file_in_which_markup_of_students_is_text(make: Any) -> None:
    parsed = Parsed(make(class_report.report(hostile())))
    assert parsed.open == []
    assert parsed.scripts == 1
    assert all(address.startswith("#") or address == "index.html" for address in parsed.addresses)
    assert len(parsed.ids) == len(set(parsed.ids))
    inside = {address[1:] for address in parsed.addresses if address.startswith("#")}
    assert inside <= set(parsed.ids)


def test_the_page_for_the_instructor_names_who_shares_an_answer_and_how_to_comment() -> None:
    found = class_report.report(hostile())
    page = class_pages.for_the_instructor(found)
    assert "2 students share this answer; name it" in page
    assert "autograder report --comment output_size:abcdef" in page
    assert f"{CANARY} The Absent" in page
    assert "&lt;script&gt;" in page


@pytest.fixture
def graded(course: Course) -> Course:
    """A course in which grading left the verdicts on two students and could not read a third's file."""
    for student, status in (("ada", "passed"), ("ben", "failed")):
        said = {"output_size": verdict(status)}
        unnamed = {"output_size": {"digest": "12345678", "source": ""}} if status == "failed" else {}
        verdicts.store(course, student, LESSON, "one", "", said, unnamed)
        row = Row(student, LESSON, GRADED, id=student)
        cache.store(course, student, LESSON, {}, vars(row))
    return course


def test_the_report_is_written_beside_the_course_and_the_private_page_is_private(graded: Course) -> None:
    found = desk.gather(graded, [LESSON])
    written = desk.write(found, graded.root / "report")
    assert "<h1>What the class understands</h1>" in written.class_page.read_text()
    assert written.help_page.stat().st_mode & 0o077 == 0
    assert written.waiting == 0
    assert json.loads(desk.as_json(found))["lessons"][LESSON]["students"] == 2


def test_the_csv_has_a_row_for_each_student_and_exercise(graded: Course) -> None:
    rows = list(csv.DictReader(io.StringIO(desk.as_csv(desk.gather(graded, [LESSON])))))
    assert [(row["student"], row["exercise"], row["status"], row["earned"]) for row in rows] == [
        ("ada", "output_size", "passed", "2.0"),
        ("ben", "output_size", "failed", "1.0"),
    ]
    assert rows[1]["group"] == "output_size:123456"


def test_what_waits_for_a_human_is_in_the_report(graded: Course) -> None:
    row = Row("chloe", LESSON, UNREADABLE, id="chloe", remarks=["not a notebook"])
    cache.store(graded, "chloe", LESSON, {}, vars(row))
    (graded.folder("submitted") / "dora" / LESSON).mkdir(parents=True)
    found = desk.gather(graded, [LESSON])
    assert {one["student"]: one["why"] for one in found.waiting} == {
        "chloe": "not a notebook",
        "dora": "handed in and not graded yet: run autograder grade",
    }
    assert found.lessons[0].missing == []


def test_nothing_graded_is_one_line(course: Course) -> None:
    with pytest.raises(CourseError, match="is graded yet: run `autograder grade` first"):
        desk.gather(course, [LESSON])


def test_the_verdicts_of_an_earlier_submission_become_history(course: Course) -> None:
    for submitted, status in (("one", "failed"), ("one", "failed"), ("two", "passed")):
        verdicts.store(course, "ada", LESSON, submitted, "", {"output_size": verdict(status)}, {})
    kept = verdicts.load(course, "ada", LESSON)
    assert kept is not None
    assert [one["exercises"]["output_size"]["status"] for one in kept["earlier"]] == ["failed"]
    assert kept["verdicts"]["output_size"]["status"] == "passed"
    path = Path(course.state / "verdicts" / LESSON / "ada.json")
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_an_invented_class_hands_in_and_is_reported(course: Course) -> None:
    made = invented_class.invent(12, (LESSON,))
    assert made == invented_class.invent(12, (LESSON,))
    sample_class.hand_in(course, list(invented_class.recipes(made)))
    assert len(list(course.folder("submitted").glob(f"*/{LESSON}/*.ipynb"))) == len(made)
    invented_class.grade(course, made)
    found = desk.gather(course, [LESSON])
    for one in found.lessons[0].exercises:
        assert one.passed + one.failed + one.unanswered == one.n == len(made)
        assert sum(part.n for part in one.quintiles) in (0, one.n)
    page = class_pages.for_the_class(found)
    assert not any(f">{one.student}<" in page for one in made)
