"""Every attack as a submission of one class, graded by the real command: nobody gains, nobody else loses."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from attacks import access, crashing, forging, ours, resources
from attacks.case import ALL, CANARY, FOUND, LESSON, NOTHING, POINTS, ROOT, STAYS, Attack, honest
from attacks.forms import FORMS
from support.needs import needs

ATTACKS = [attack for module in (forging, access, resources, crashing, ours) for attack in module.ATTACKS]
HONEST = [Attack(f"honest {number}", code=honest(), earns=ALL) for number in range(4)]
MOST_MB = 300
MOST_SECONDS = 600

# Short waits, small limits: what is attacked is the same.
SETTINGS = """
c.Grading.cell_seconds = 2.0
c.Grading.answer_seconds = 2.0
c.Grading.notebook_seconds = 30.0
c.Grading.locate_seconds = 2.0
c.Grading.memory_mb = 256
c.Grading.processes = 24
c.Grading.disk_mb = 16
c.Grading.output_bytes = 50_000
c.Grading.build_student_zip = False
"""


def autograder(course, *arguments, variables=None):
    """The command, as a person starts it."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    environment["SECRET_OF_THE_GRADER"] = FOUND
    command = [str(Path(sys.executable).with_name("autograder")), *arguments]
    environment |= variables or {}
    return subprocess.Popen(
        command, cwd=course, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


class Watch:
    """The largest memory that the command and its workers ever had, from /proc; kernels do not count."""

    def __init__(self, pid):
        self.pid, self.most, self.going = pid, {}, True
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while self.going:
            for pid in [self.pid, *_children(self.pid)]:
                status = _read(f"/proc/{pid}/status")
                found = re.search(r"VmHWM:\s+(\d+)", status)
                if found and b"bwrap" not in _read(f"/proc/{pid}/cmdline").encode():
                    self.most[pid] = int(found[1]) // 1024
            time.sleep(0.2)

    def done(self):
        self.going = False
        self.thread.join()
        return self.most


def _read(path):
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _children(pid):
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*")
        for child in _read(task / "children").split()
    ]


def left_running(graders):
    """Processes that an attack or a sandbox of these graders left behind."""
    words = (STAYS, CANARY, *(f"autograder-stage-{pid}-" for pid in graders))
    users = {(1 << 31) + pid * 256 + number for pid in graders for number in range(256)}
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        command = _read(path / "cmdline")
        with contextlib.suppress(OSError):
            if any(word in command for word in words) or path.stat().st_uid in users:
                found.append(command)
    return found


def mounts():
    return len(Path("/proc/self/mountinfo").read_text().splitlines())


def cgroups():
    return sum(1 for _ in Path("/sys/fs/cgroup").glob("**/*autograder*"))


def name_of(number):
    return f"s{number:03d}"


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The class graded once: what the command said, and what it used."""
    needs("linux", "bubblewrap", "nbgrader")
    course = tmp_path_factory.mktemp("attacked")
    (course / "notebooks").mkdir()
    shutil.copytree(ROOT / "notebooks" / LESSON, course / "notebooks" / LESSON)
    (course / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text() + SETTINGS)
    released = autograder(course, "release", LESSON)
    said = released.communicate(timeout=300)
    assert released.returncode == 0, said
    students = {}
    for number, case in enumerate([*HONEST[:2], *ATTACKS, *FORMS, *HONEST[2:]]):
        student = getattr(case, "student", "") or name_of(number)
        students[student] = case
        folder = course / "submitted" / student / LESSON
        folder.mkdir(parents=True)
        if isinstance(case, Attack):
            for path, content in case.files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            (folder / f"{LESSON}.ipynb").write_text(json.dumps(case.notebook()))
        else:
            case.make(folder)
    before = mounts(), cgroups()
    started = time.monotonic()
    command = autograder(course, "grade", LESSON, "--json")
    watch = Watch(command.pid)
    out, err = command.communicate(timeout=MOST_SECONDS)
    seconds = time.monotonic() - started
    memory = watch.done()
    rows = {row["student"]: row for row in json.loads(out)} if out.strip().startswith(b"[") else {}
    print(f"\n{len(students)} submissions in {seconds:.0f} s, memory {memory} MB, code {command.returncode}")
    return {
        "course": course,
        "students": students,
        "rows": rows,
        "code": command.returncode,
        "err": err.decode(errors="replace"),
        "seconds": seconds,
        "memory": memory,
        "before": before,
        "after": (mounts(), cgroups()),
    }


def scores(row):
    """What each exercise earned, in points."""
    found = dict(NOTHING)
    for name, exercise in row["exercises"].items():
        found[name] = exercise["score"] * exercise["points"] if exercise["score"] <= 1 else exercise["score"]
    return found


def row_of(graded, case):
    student = next(student for student, one in graded["students"].items() if one is case)
    assert student in graded["rows"], f"no row for {case.name}: {graded['err'][-1000:]}"
    return graded["rows"][student]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_earns_what_its_functions_deserve(graded, attack):
    row = row_of(graded, attack)
    assert row["status"] == "graded", row
    earned = scores(row)
    for name, due in attack.least.items():
        assert earned[name] == pytest.approx(due), row["exercises"].get(name)
    for name, most in attack.upto.items():
        assert earned[name] <= most, row["exercises"].get(name)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_an_odd_submission_has_its_row_and_no_more_than_it_deserves(graded, form):
    row = row_of(graded, form)
    assert row["status"] != "not graded", row
    earned = scores(row)
    if form.earns is not None:
        assert earned == pytest.approx(form.earns), row
    for name, most in (form.most or ALL).items():
        assert earned[name] <= most + 1e-9, row


@pytest.mark.parametrize("twin", HONEST, ids=lambda twin: twin.name)
def test_the_honest_among_them_lose_nothing(graded, twin):
    row = row_of(graded, twin)
    assert scores(row) == pytest.approx(ALL)
    assert not row["faults"]


def test_the_command_says_that_some_of_it_needs_a_human(graded):
    assert graded["code"] == 1
    assert "Traceback" not in graded["err"]


def test_the_scores_in_the_gradebook_are_those_of_the_rows(graded):
    import sqlite3

    with sqlite3.connect(graded["course"] / "gradebook.db") as database:
        found = database.execute("select max(auto_score), min(auto_score) from grade").fetchone()
    assert found[0] <= max(POINTS.values())
    assert found[1] >= 0


def test_no_attack_got_hold_of_anything(graded):
    written = [path for path in graded["course"].rglob("*.ipynb") if "autograded" in path.parts]
    assert len(written) > 100
    caught = {}
    for path in written:
        for cell in json.loads(path.read_text(encoding="utf-8", errors="replace"))["cells"]:
            text = json.dumps(cell.get("outputs", []))
            if FOUND in text:
                caught[graded["students"][path.parts[-3]].name] = text[:500]
    assert not caught


def test_nothing_is_left_behind(graded):
    deadline = time.monotonic() + 10
    while left_running(graded["memory"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_running(graded["memory"]) == []
    assert graded["after"] == graded["before"]
    assert not list(Path("/tmp").glob(f"{CANARY}*"))
    assert not list(graded["course"].rglob(f"*{CANARY}*"))
    assert not list(ROOT.glob(f"*{CANARY}*"))
    assert not (graded["course"].parent / CANARY).exists()


def test_nobody_reached_the_listener(graded):
    for listener in (access.LISTENER, access.ABSTRACT):
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_the_graders_memory_stays_small(graded):
    assert max(graded["memory"].values()) < MOST_MB, graded["memory"]


def test_students_files_are_as_they_were(graded):
    for student, case in graded["students"].items():
        if isinstance(case, Attack):
            path = graded["course"] / "submitted" / student / LESSON / f"{LESSON}.ipynb"
            assert json.loads(path.read_text()) == json.loads(json.dumps(case.notebook()))


class Acting(HTMLParser):
    """Whatever in a page would act: handlers, scripts' texts, links to scripts."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = [], ""

    def handle_starttag(self, tag, attributes):
        self.inside = tag if tag in ("script", "iframe", "object", "embed", "base") else ""
        for name, value in attributes:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append((tag, name, value))

    def handle_data(self, data):
        if self.inside and "alert" in data:
            self.found.append((self.inside, data))


def test_no_page_of_the_feedback_acts(graded):
    marked = ("mark-up", "pages for the reader", "halves of characters", "verdict printed")
    students = [s for s, case in graded["students"].items() if any(word in case.name for word in marked)]
    assert len(students) == 6
    options = [word for student in students for word in ("--student", student)]
    made = autograder(graded["course"], "feedback", LESSON, *options)
    said = made.communicate(timeout=600)
    assert made.returncode in (0, 1), said
    pages = list((graded["course"] / "feedback").rglob("*.html"))
    assert pages
    for page in pages:
        reader = Acting()
        reader.feed(page.read_text(encoding="utf-8", errors="replace"))
        assert not reader.found, page


def test_every_entry_of_the_list_is_here():
    missing = set(range(1, 61)) - {case.entry for case in [*ATTACKS, *FORMS]}
    assert not missing
    assert sum(case.entry == 0 for case in ATTACKS) >= 20
    names = [case.name for case in [*ATTACKS, *FORMS]]
    assert len(set(names)) == len(names)


def test_an_attack_handed_in_later_keeps_nothing_of_an_honest_score(graded):
    student = next(student for student, case in graded["students"].items() if case is HONEST[0])
    path = graded["course"] / "submitted" / student / LESSON / f"{LESSON}.ipynb"
    path.write_text(json.dumps(Attack("later", edit=_without_tests).notebook()))
    command = autograder(graded["course"], "grade", LESSON, "--json", "--student", student)
    (row,) = json.loads(command.communicate(timeout=300)[0])
    assert scores(row) == pytest.approx(NOTHING)


def _without_tests(notebook):
    notebook["cells"] = [
        cell for cell in notebook["cells"] if not cell["metadata"].get("nbgrader", {}).get("points")
    ]


def test_without_a_sandbox_nothing_is_graded(graded):
    student = next(student for student, case in graded["students"].items() if case is HONEST[1])
    options = {"PATH": "/nowhere"}
    command = autograder(
        graded["course"], "grade", LESSON, "--force", "--student", student, variables=options
    )
    out, err = command.communicate(timeout=300)
    assert command.returncode == 2, out + err
    assert b"bwrap" in err + out
    assert b"Traceback" not in err
