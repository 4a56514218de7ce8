"""A class is graded: every submission, only what changed; what the machine does wrong is nobody's zero."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.commands.console import results, show
from autograder.course import gradebook
from autograder.course.course import Course, CourseError
from autograder.grading import batch, cache
from autograder.grading.batch import GRADED, NOT_GRADED, UNREADABLE, Options, Row
from autograder.grading.workers import WorkerLost, Workers
from support.grading_course import LESSON, SOLUTIONS, HandIn, cell

FULL = 5.0
Grade = Callable[..., dict[str, Row]]


@pytest.fixture
def grade(course: Course, workers: Workers) -> Grade:
    """Grade the tiny course; rows by student."""

    def run(executor: Executor | None = None, **options: Any) -> dict[str, Row]:
        rows = batch.grade(course, [LESSON], Options(**options), executor=executor or workers)
        return {row.student: row for row in rows}

    return run


def scores(course: Course, student: str) -> dict[str, tuple[float | None, float | None, bool]]:
    """What nbgrader's gradebook says by cell: automatic score, manual score, whether a human has to look."""
    connection = sqlite3.connect(course.root / "gradebook.db")
    found = connection.execute(
        "SELECT base_cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade FROM grade"
        " JOIN base_cell ON base_cell.id = grade.cell_id"
        " JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id"
        " JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
        " WHERE submitted_assignment.student_id = ?",
        (student,),
    ).fetchall()
    connection.close()
    return {name: (auto, manual, bool(needs)) for name, auto, manual, needs in found}


def test_answers_earn_their_points_and_the_gradebook_has_them(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    hand_in("ann", SOLUTIONS)
    hand_in("bob")
    before_first = SOLUTIONS["same_padding"].replace(
        "return total // 2, total - total // 2", "return total - total // 2, total // 2"
    )
    hand_in("eve", {"same_padding": before_first, "words_why": "It is so."})
    rows = grade()
    assert [rows[name].score for name in ("ann", "bob")] == [FULL, 0.0]
    assert rows["eve"].exercises["same_padding"]["bugs"] == ["same_larger_half_first"]
    assert 0 < rows["eve"].exercises["same_padding"]["score"] < 3
    assert scores(course, "ann") == {
        "test_output_size": (2.0, None, False),
        "test_same_padding": (3.0, None, False),
        "words_why": (0.0, None, False),
    }
    assert scores(course, "eve")["words_why"] == (None, None, True)
    assert (rows["ann"].ungraded_written, rows["eve"].ungraded_written) == (0, 1)


def test_the_autograded_notebook_says_what_nbgrader_reads(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    hand_in("ann", SOLUTIONS)
    row = grade()["ann"]
    content = json.loads((course.root / row.file).read_text())
    (test,) = [cell for cell in content["cells"] if cell["id"] == "test-output-size"]
    kinds = [output["output_type"] for output in test["outputs"]]
    assert kinds == ["display_data", "execute_result"]
    assert test["outputs"][1]["data"] == {"text/plain": "2.0"}
    assert "output_size" in test["outputs"][0]["data"]["text/plain"]


PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()"


@pytest.mark.parametrize("all_drawn", [False, True])
def test_only_what_the_student_wrote_is_drawn_again(
    course: Course, hand_in: HandIn, grade: Grade, all_drawn: bool
) -> None:
    path = course.folder("release", LESSON, f"{LESSON}.ipynb")
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps(content | {"cells": added(PLOT)(content["cells"])}))
    course.grading.render_unchanged_figures = all_drawn
    hand_in("ann", SOLUTIONS, change=added(f"{PLOT} # mine"))
    grade()
    content = json.loads(course.folder("autograded", "ann", LESSON, f"{LESSON}.ipynb").read_bytes())
    shown = {
        "".join(cell["source"])[-6:]: {mime for output in cell["outputs"] for mime in output.get("data", {})}
        for cell in content["cells"]
        if "plt.plot" in "".join(cell["source"])
    }
    assert shown == {
        "show()": {"text/plain", "image/png"} if all_drawn else {"text/plain"},
        "# mine": {"text/plain", "image/png"},
    }


def leave_out(*names: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """All cells but these."""
    return lambda cells: [found for found in cells if found["id"] not in names]


def added(*sources: str, at: int = 1) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """With cells of these sources put in."""
    made = [
        {
            "cell_type": "code",
            "id": f"x{n}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for n, text in enumerate(sources)
    ]
    return lambda cells: [*cells[:at], *made, *cells[at:]]


def test_every_bad_submission_is_one_line_and_the_others_are_graded(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    course.grading.notebook_bytes = 100_000
    hand_in("00 fine", SOLUTIONS)
    hand_in("01 empty", data=b"")
    hand_in("02 text", data=b"my homework")
    hand_in("03 huge", data=b" " * 100_001)
    hand_in("04 other", change=lambda cells: cells[:1])
    hand_in("05 nothing", data=b"x", name="essay.txt")
    hand_in("06 no test", SOLUTIONS, change=leave_out("test-output-size"))
    hand_in("07 no answer", SOLUTIONS, change=leave_out("output-size"))
    hand_in("08 twice", SOLUTIONS, change=lambda cells: [*cells, cells[1], cells[2]])
    hand_in("09 renamed", SOLUTIONS, name=f"{LESSON}-Copy1.ipynb")
    hand_in("10 turned", SOLUTIONS, change=lambda cells: [cells[0], *reversed(cells[1:])])
    hand_in("11*glob", SOLUTIONS)
    hand_in("12 raises", SOLUTIONS, change=added("raise KeyError('oh')", "undefined_name"))
    hand_in("13 exits", SOLUTIONS, change=added("import os; os._exit(3)"))
    hand_in("14 stderr", SOLUTIONS, change=added("import sys; print('careful', file=sys.stderr)"))
    hand_in("15 system exit", SOLUTIONS, change=added("raise SystemExit(0)"))
    late = hand_in("16 odd date", SOLUTIONS).with_name("timestamp.txt")
    late.write_text(f"12:{'6' * 150},am")  # nbgrader's reader of dates stops with an error of its arithmetic
    (course.folder("submitted") / f"{LESSON}").mkdir()
    sub_zip = course.folder("submitted", "17 zipped", LESSON, "homework.zip")
    sub_zip.parent.mkdir(parents=True)
    with zipfile.ZipFile(sub_zip, "w") as packed:
        packed.writestr("home/work.ipynb", late.with_name(f"{LESSON}.ipynb").read_text())
    rows = grade()
    assert {name: row.score for name, row in rows.items() if row.score is not None} == {
        "00 fine": FULL,
        "06 no test": FULL,
        "07 no answer": 3.0,
        "08 twice": FULL,
        "09 renamed": FULL,
        "10 turned": FULL,
        "11*glob": FULL,
        "12 raises": FULL,
        "13 exits": FULL,
        "14 stderr": FULL,
        "15 system exit": FULL,
        "16 odd date": FULL,
        "17 zipped": FULL,
    }
    unreadable = {name for name, row in rows.items() if row.status == UNREADABLE}
    assert unreadable == {"", "01 empty", "02 text", "03 huge", "04 other", "05 nothing"}
    for name in unreadable:
        (remark,) = rows[name].remarks
        assert remark.startswith("submitted/")
        assert "\n" not in remark
    odd = {name for name, row in rows.items() if row.needs_review} - unreadable
    assert odd == {
        "06 no test",
        "07 no answer",
        "08 twice",
        "09 renamed",
        "10 turned",
        "16 odd date",
        "17 zipped",
    }
    assert rows["13 exits"].faults == ["cell 2 made Python crash"]


def test_a_cell_that_did_not_run_is_said_where_its_answer_is_missed(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    def failing_import(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
        cells[0]["source"] = "import no_such_package\nimport numpy as np"
        return cells

    hand_in("torch", SOLUTIONS | {"output_size": "import no_such_torch\n" + SOLUTIONS["output_size"]})
    needing = {name: text.replace("return", "np.zeros(1)\n    return") for name, text in SOLUTIONS.items()}
    hand_in("imports", needing, change=failing_import)
    rows = grade()
    answer = rows["torch"].exercises["output_size"]
    assert (answer["status"], rows["torch"].score) == ("failed", 3.0)
    assert answer["message"] == (
        "The cell with output_size did not run: ModuleNotFoundError: No module named 'no_such_torch'. "
        "So there is no function to check."
    )
    assert rows["torch"].faults == []  # the table says it once, with the answer
    assert "not written yet" not in (course.root / rows["torch"].file).read_text()
    assert rows["imports"].faults == [
        "np is not defined: cell 1 stopped before its end "
        "(ModuleNotFoundError: No module named 'no_such_package')"
    ]


def test_what_a_notebook_leaves_running_is_a_remark_and_on_its_page(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    start = "import subprocess, threading, time\nkept = subprocess.Popen(['sleep', '60'])\n"
    start += "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    hand_in("ann", SOLUTIONS, change=lambda cells: [cells[0], cell(start), cell("x = 1"), *cells[1:]])
    row = grade()["ann"]
    assert (row.score, row.faults) == (5.0, [])
    assert row.remarks == [
        "left 1 program and 1 thread running: stopped when it was graded, see what it is for"
    ]
    assert row.needs_review
    shown = json.loads((course.root / row.file).read_text())["cells"][1]["outputs"]
    assert ["left running (1 program and 1 thread)" in output.get("text", "") for output in shown] == [True]


@pytest.mark.parametrize("width", [80, 150])
def test_the_table_breaks_no_word_and_a_long_name_takes_no_room_from_what_is_said(width: int) -> None:
    said = "left 1 program running: stopped when it was graded, see what it is for"
    rows = [
        Row("anna", LESSON, GRADED, score=1.0, points=5.0, total=3.0, most=7.0, remarks=[said]),
        Row("Jane " + "y" * 90, LESSON, GRADED, score=2.5, points=5.0, id="x" * 60 + "-abcdef12"),
    ]
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(results(rows))
    lines = console.export_text().splitlines()
    words = [word for line in lines for word in line.replace("│", " ").split()]
    assert not [word for word in [*said.split(), "1/5", "3/7", "2.5/5", "anna"] if word not in words]
    assert all(len(line) <= width for line in lines)
    assert "".join(words).count("y") == 90


def test_no_text_of_a_student_acts_on_the_terminal_or_passes_for_a_line_of_the_log(
    course: Course, hand_in: HandIn, grade: Grade, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "\\x1b]0;mine\\x07\\x1b[2J\\u202e\\n2026-01-01 00:00:00 eve 06: graded 5 of 5"
    hand_in("ann", SOLUTIONS | {"output_size": f"raise ValueError('{said}')"})
    hand_in("b\udcffb\x1b[2J", SOLUTIONS)
    show(course, list(grade().values()))
    shown = capsys.readouterr().out
    log = (course.state / "grade.log").read_text()
    assert "eve" in shown
    assert all(line[:4].isdigit() and "eve" not in line.split()[2] for line in log.splitlines())
    assert all(letter.isprintable() for letter in (shown + log).replace("\n", ""))


def test_nothing_changed_is_nothing_done(course: Course, hand_in: HandIn, grade: Grade) -> None:
    hand_in("ann", SOLUTIONS)
    hand_in("bad", data=b"x")
    first = grade()
    written = (course.root / first["ann"].file).stat().st_mtime_ns
    second = grade(executor=Failing())
    assert [row.why for row in second.values()] == ["", ""]
    assert (second["ann"].score, second["bad"].remarks) == (FULL, first["bad"].remarks)
    assert (course.root / first["ann"].file).stat().st_mtime_ns == written


def test_each_reason_for_grading_again_is_said(course: Course, hand_in: HandIn, grade: Grade) -> None:
    hand_in("ann", SOLUTIONS)
    assert grade()["ann"].why == "not graded before"
    course.folder("submitted", "ann", LESSON, "timestamp.txt").write_text("2026-11-22 23:00:00 UTC")
    assert grade()["ann"].why == "new submission"  # of the same cells, at another time
    hand_in("ann", {"output_size": SOLUTIONS["output_size"]})
    row = grade()["ann"]
    assert (row.why, row.score) == ("new submission", 2.0)
    assert grade(force=True)["ann"].why == "asked for"
    (course.root / row.file).unlink()
    assert grade()["ann"].why == "autograded notebook missing"
    course.grading.cell_seconds = 6.0
    assert grade()["ann"].why == "limits changed"
    (course.state / "secret").unlink()
    assert grade()["ann"].why == "another secret"
    release = course.folder("release", LESSON, f"{LESSON}.ipynb")
    release.write_text(release.read_text().replace("import numpy as np", "import numpy as np  # again"))
    assert grade()["ann"].why == "lesson changed"
    assert grade()["ann"].why == ""


def test_outputs_and_metadata_alone_are_no_new_submission(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    path = hand_in("ann", SOLUTIONS)
    grade()
    content = json.loads(path.read_text())
    content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "run"}]
    content["metadata"]["kernelspec"] = {"name": "julia", "display_name": "Julia"}
    path.write_text(json.dumps(content))
    assert grade()["ann"].why == ""


def test_a_new_submission_keeps_no_old_score(course: Course, hand_in: HandIn, grade: Grade) -> None:
    path = hand_in("ann", SOLUTIONS)
    grade()
    path.write_bytes(b"now it is no notebook")
    assert grade()["ann"].status == UNREADABLE
    assert all(auto is None and needs for auto, _, needs in scores(course, "ann").values())


def test_manual_scores_and_comments_survive(course: Course, hand_in: HandIn, grade: Grade) -> None:
    hand_in("ann", {**SOLUTIONS, "words_why": "It is so."})
    grade()
    with Gradebook(course.db_url, course.course_id) as book:
        words = book.find_grade("words_why", LESSON, LESSON, "ann")
        words.manual_score, words.needs_manual_grade = 1.5, False
        book.find_comment("words_why", LESSON, LESSON, "ann").manual_comment = "Nearly."
        book.find_grade("test_output_size", LESSON, LESSON, "ann").manual_score = 1.0
        book.db.commit()
    hand_in("ann", {"words_why": "It is so."})
    grade()
    found = scores(course, "ann")
    assert found["words_why"][1] == 1.5
    assert found["test_output_size"] == (0.0, 1.0, True)
    with Gradebook(course.db_url, course.course_id) as book:
        assert book.find_comment("words_why", LESSON, LESSON, "ann").comment == "Nearly."


class Failing(Executor):
    """Workers that are lost, always or so many times."""

    def __init__(self, times: int = 10**9, then: Executor | None = None) -> None:
        self.times, self.then, self.calls = times, then, 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        if self.calls > self.times and self.then:
            return self.then.submit(fn, *args, **kwargs)
        future: Future[Any] = Future()
        future.set_exception(WorkerLost("the machine caught fire"))
        return future


def test_what_the_machine_does_wrong_is_tried_again(
    course: Course, hand_in: HandIn, grade: Grade, workers: Workers
) -> None:
    hand_in("ann", SOLUTIONS)
    assert grade(executor=Failing(1, workers))["ann"].score == FULL


def test_what_the_machine_cannot_do_is_not_graded_and_no_zero(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    hand_in("ann", SOLUTIONS)
    row = grade(executor=Failing())["ann"]
    assert (row.status, row.score) == (NOT_GRADED, None)
    assert "caught fire" in row.faults[0]
    assert scores(course, "ann") == {}
    assert grade()["ann"].score == FULL


def test_a_new_submission_that_cannot_be_graded_keeps_no_old_score(
    course: Course, hand_in: HandIn, grade: Grade
) -> None:
    hand_in("ann", SOLUTIONS)
    grade()
    hand_in("ann", {})
    grade(executor=Failing())
    assert scores(course, "ann")["test_output_size"] == (None, None, True)


def test_a_full_disk_is_reported_and_the_others_go_on(
    course: Course, hand_in: HandIn, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ann", SOLUTIONS)
    hand_in("bob", SOLUTIONS)
    write = batch.write_atomically

    def full(path: Path, data: bytes, mode: int = 0o644) -> None:
        if "ann" in path.parts:
            raise OSError(28, "No space left on device")
        write(path, data, mode)

    monkeypatch.setattr(batch, "write_atomically", full)
    rows = grade()
    assert (rows["ann"].status, rows["bob"].status) == (NOT_GRADED, GRADED)
    assert "No space left" in rows["ann"].faults[0]


def test_an_unknown_student_or_lesson_is_one_line(course: Course, hand_in: HandIn, grade: Grade) -> None:
    hand_in("ann", SOLUTIONS)
    with pytest.raises(CourseError, match="no submission of 'zoe'"):
        grade(students=("zoe",))
    with pytest.raises(CourseError, match="no lesson '99'"):
        course.choose(["99"])
    assert (
        course.choose(["6"]) == course.choose(["06"]) == course.choose([f"notebooks/{LESSON}/"]) == [LESSON]
    )


def test_only_one_student_is_graded_when_asked(course: Course, hand_in: HandIn, grade: Grade) -> None:
    hand_in("ann", SOLUTIONS)
    hand_in("bob", SOLUTIONS)
    assert set(grade(students=("bob",))) == {"bob"}


def test_the_secret_is_the_instructors_alone_and_seeds_differ_by_student(course: Course) -> None:
    seeds = {course.seed(student, name) for student in ("ann", "bob") for name in ("conv2d", "relu")}
    assert len(seeds) == 4
    assert (course.state / "secret").stat().st_mode & 0o777 == 0o600
    assert course.seed("ann", "conv2d") == Course.open(course.root).seed("ann", "conv2d")


def grader(course: Course) -> subprocess.Popen[bytes]:
    """The real command, in a process of its own."""
    command = [sys.executable, "-m", "autograder.cli", "grade", "--json", "--jobs", "1"]
    return subprocess.Popen(command, cwd=course.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


KILLS = 15  # one in each fifteenth of a run's time, so that no stretch of it is left out
MOMENTS = random.Random(5)


def state(course: Course, students: list[str]) -> dict[str, Any]:
    """All that a class's grading leaves behind, without clocks."""
    return {
        "notebooks": {
            path.relative_to(course.root).as_posix(): path.read_bytes()
            for path in sorted(course.folder("autograded").rglob("*"))
            if path.is_file()
        },
        "gradebook": {student: gradebook.recorded(course, student, LESSON) for student in students},
        "rows": {
            student: {name: entry["row"][name] for name in ("status", "score", "exercises", "remarks")}
            for student in students
            if (entry := cache.load(course, student, LESSON))
        },
    }


def recorded(course: Course) -> list[str]:
    """The students whose results were recorded, one for each time, as the log has them."""
    log = course.state / "grade.log"
    text = log.read_text() if log.exists() else ""
    return [line.split()[2] for line in text.splitlines() if ": graded" in line]


def test_killed_at_any_moment_and_started_again_nothing_is_lost_or_done_twice(
    course: Course, hand_in: HandIn, tmp_path: Path
) -> None:
    students = [f"s{number}" for number in range(8)]
    version = 0

    def hand_in_anew() -> None:
        for student in students:
            answer = f"{SOLUTIONS['output_size']}  # version {version}"
            hand_in(student, {**SOLUTIONS, "output_size": answer})

    hand_in_anew()
    started = time.monotonic()
    process = grader(course)
    process.communicate(timeout=240)
    length = time.monotonic() - started
    kills, seen = 0, len(recorded(course))
    parts = MOMENTS.sample(range(KILLS), KILLS)
    while kills < KILLS:
        process = grader(course)
        try:
            process.wait(timeout=(parts[kills] + MOMENTS.random()) * length / KILLS)
            assert process.returncode == 0
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        process.communicate()
        for path in course.folder("autograded").rglob("*.ipynb"):
            json.loads(path.read_bytes())
        done = recorded(course)[seen:]
        assert len(done) == len(set(done)), f"after {kills} kills"
        if process.returncode == 0:  # all of it is done: something new to do
            assert set(done) <= set(students)
            seen, version = len(recorded(course)), version + 1
            hand_in_anew()
    before = {path: path.read_bytes() for path in course.folder("submitted").rglob("*.ipynb")}
    assert grader(course).wait(timeout=240) == 0
    done = recorded(course)[seen:]
    assert sorted(done) == students
    assert before == {path: path.read_bytes() for path in course.folder("submitted").rglob("*.ipynb")}
    whole = Course.open(shutil.copytree(course.root, tmp_path / "whole"))
    command = [sys.executable, "-m", "autograder.cli", "grade", "--force"]
    subprocess.run(command, cwd=whole.root, check=True, capture_output=True, timeout=240)
    assert state(course, students) == state(whole, students)
    assert not list(course.root.rglob("*.part"))


@pytest.mark.parametrize("after", [0, 1])
def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(course: Course, hand_in: HandIn, after: int) -> None:
    students = [f"s{number}" for number in range(6)]
    for student in students:
        hand_in(student, SOLUTIONS)
    process = grader(course)
    deadline = time.monotonic() + 120
    log = course.state / "grade.log"
    while not (log.exists() and "grading" in log.read_text() and len(recorded(course)) >= after):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Interrupted; finished work is saved. Run the same command to resume."
    assert "Traceback" not in said
    assert "stopped before the end" in log.read_text()
    stopped = recorded(course)
    assert after <= len(stopped) < len(students)
    rows = json.loads(grader(course).communicate(timeout=240)[0])
    assert {row["student"]: row["score"] for row in rows} == dict.fromkeys(students, FULL)
    assert {row["student"] for row in rows if not row["why"]} == set(stopped)


def test_two_graders_at_once_do_each_submission_once(course: Course, hand_in: HandIn) -> None:
    for number in range(4):
        hand_in(f"s{number}", SOLUTIONS)
    both = [grader(course), grader(course)]
    results = [json.loads(process.communicate(timeout=300)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all([row["score"] for row in rows] == [FULL] * 4 for rows in results)
    assert sorted(bool(row["why"]) for rows in results for row in rows) == [False] * 4 + [True] * 4


def test_the_unchanged_path_does_not_import_nbgrader(course: Course, hand_in: HandIn, grade: Grade) -> None:
    hand_in("ann", SOLUTIONS)
    grade()
    program = (
        "import sys; sys.argv = ['autograder', 'grade', '--json']\n"
        "from autograder.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "assert not {'nbgrader', 'nbformat', 'sqlalchemy', 'zmq'} & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run(
        [sys.executable, "-c", program], cwd=course.root, check=True, capture_output=True, env=environment
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade", "99"], "no lesson '99'"),
        (["grade", "--student", "zoe"], "no submission of 'zoe'"),
        (["grade", "--no-such-option"], "no-such-option"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_is_exit_code_2_without_a_traceback(
    course: Course, arguments: list[str], says: str
) -> None:
    command = [sys.executable, "-m", "autograder.cli", *arguments]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_what_may_not_be_written_is_one_line_without_a_traceback(course: Course) -> None:
    shutil.rmtree(course.state)
    (course.root / ".autograder").write_text("in the way")
    command = [sys.executable, "-m", "autograder.cli", "grade"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().endswith(".autograder'")
