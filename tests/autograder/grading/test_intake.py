"""Everything below submitted/ is graded, or named with what it is: nothing that anybody handed in is lost."""

from __future__ import annotations

import bz2
import contextlib
import copy
import gzip
import io
import json
import lzma
import os
import random
import socket
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.course import assignment
from autograder.course.course import Course
from autograder.course.people import shown
from autograder.grading import archives, batch, intake, supporting_files, tree
from autograder.grading.batch import GRADED, UNREADABLE, Options, Row
from autograder.grading.recognize import Unreadable
from autograder.grading.workers import Workers
from support.grading_course import LESSON, SOLUTIONS, HandIn
from support.grading_course import cell as code_cell

FILE = f"{LESSON}.ipynb"
FULL = 5.0
SEED = 20261127
Grade = Callable[[], dict[str, Row]]


@pytest.fixture
def grade(course: Course, workers: Workers) -> Grade:
    """Grade the tiny course; rows by student."""
    return lambda: {row.student: row for row in batch.grade(course, [LESSON], Options(), executor=workers)}


@pytest.fixture
def bare(course: Course) -> bytes:
    """The lesson as released."""
    return course.folder("release", LESSON, FILE).read_bytes()


@pytest.fixture
def solved(bare: bytes) -> bytes:
    """The lesson with every function right."""
    return with_answers(bare, SOLUTIONS)


def with_answers(data: bytes, answers: dict[str, str]) -> bytes:
    content = json.loads(data)
    for cell in content["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(grade_id, cell["source"])
    return json.dumps(content).encode()


def put(course: Course, path: str, data: bytes, modified: float = 0.0) -> Path:
    """A file below submitted/."""
    target = course.folder("submitted", path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    if modified:
        os.utime(target, (modified, modified))
    return target


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip of these files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return held.getvalue()


def script(data: bytes) -> bytes:
    """A notebook as Jupyter exports it to Python."""
    cells = [cell for cell in json.loads(data)["cells"] if cell["cell_type"] == "code"]
    return "\n".join(f"# In[{n}]:\n\n\n{''.join(cell['source'])}\n" for n, cell in enumerate(cells)).encode()


@pytest.mark.parametrize(
    ("path", "make"),
    [
        (f"{LESSON}/{FILE}.txt", lambda data: data),
        (f"{LESSON}/Copy of {FILE}", lambda data: data),
        (f"{LESSON}/home/me/Downloads/{LESSON}/{FILE}", lambda data: data),
        (f"{LESSON}/homework.zip", lambda data: zipped((f"a/b/{FILE}", data))),
        (f"{LESSON}/outer.zip", lambda data: zipped(("inner.zip", zipped((FILE, data))))),
        (f"{LESSON}/{FILE}", lambda data: zipped((FILE, data))),
        (f"{LESSON}/{FILE}.gz", gzip.compress),
        (f"{LESSON}/{FILE}", gzip.compress),
        (f"{LESSON}/{LESSON}.py", script),
        (f"{LESSON}/.ipynb_checkpoints/{LESSON}-checkpoint.ipynb", lambda data: data),
        (f"{LESSON}/{FILE}", lambda data: b"<<<<<<< HEAD\n" + data),
        ("06.zip", lambda data: zipped((f"{LESSON}/{FILE}", data))),
        (f"convcourse-student/{LESSON}/{FILE}", lambda data: data),
        (f"06/{FILE}", lambda data: data),
        (f"06_Stride_Padding_Size/{FILE}", lambda data: data),
        (FILE, lambda data: data),
        ("my homework.ipynb", lambda data: data),
    ],
)
def test_what_can_only_mean_one_thing_is_graded(
    course: Course, grade: Grade, solved: bytes, path: str, make: Any
) -> None:
    put(course, f"ann/{path}", make(solved))
    rows = grade()
    assert (rows["ann"].status, rows["ann"].score) == (GRADED, FULL)
    assert "" not in rows


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("work.html", b"<!DOCTYPE html><html>", "a web page"),
        (FILE, b"<html><title>Sign in</title></html>", "a web page"),
        (FILE, b"\x1f\x8b\x08broken", "packed with gzip, and cannot be unpacked"),
        ("scan.pdf", b"%PDF-1.4", "a PDF"),
        ("answers.docx", b"PK\x03\x04", "a document of a word processor"),
        (
            "all.7z",
            b"7z\xbc\xaf\x27\x1c",
            "a 7z archive: unpack it here with 7z, or have it handed in as a zip",
        ),
        ("broken.zip", b"PK\x03\x04 cut off", "a zip that is cut off"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", "an image"),
        ("answers.txt", b"The map shrinks.", "a text file"),
        ("output_size.py", b"def output_size(): pass", "a Python file"),
        ("notes", b"", "empty"),
    ],
)
def test_what_is_no_notebook_is_named_for_what_it_is(
    course: Course, grade: Grade, name: str, data: bytes, words: str
) -> None:
    put(course, f"ann/{LESSON}/{name}", data)
    row = grade()["ann"]
    assert row.status == UNREADABLE
    assert name in row.remarks[0]
    assert words in row.remarks[0]
    assert "JSON" not in row.remarks[0]


def test_of_several_notebooks_the_newest_that_was_worked_on_counts(
    course: Course, grade: Grade, bare: bytes, solved: bytes
) -> None:
    half = with_answers(bare, {"output_size": SOLUTIONS["output_size"]})
    put(course, f"ann/{LESSON}/{FILE}", bare, 2e9)
    put(course, f"ann/{LESSON}/{LESSON} (new).ipynb", solved, 1e9)
    put(course, f"bob/{LESSON}/{FILE}", half, 1e9)
    put(course, f"bob/{LESSON}/{LESSON}-Copy1.ipynb", solved, 1e9 + 60)
    put(course, f"eve/{LESSON}/a.ipynb", half, 1e9)
    put(course, f"eve/{LESSON}/b.ipynb", solved, 1e9)
    rows = grade()
    assert [rows[name].score for name in ("ann", "bob", "eve")] == [FULL, FULL, None]
    assert rows["ann"].remarks[0] == f"of 2 notebooks {LESSON} (new).ipynb is the one that was worked on"
    assert rows["bob"].remarks[0] == f"of 2 notebooks {LESSON}-Copy1.ipynb is the newest"
    assert "which one? a.ipynb, b.ipynb" in rows["eve"].remarks[0]


def test_a_module_and_an_array_beside_the_notebook_are_taken_along(
    course: Course, grade: Grade, bare: bytes
) -> None:
    answers = {
        "output_size": "from helpers import output_size",
        "same_padding": "from tools.padding import same_padding\nassert open('note.csv').read() == '1,2'",
    }
    for student, size in (("ann", 0), ("bob", 300_000)):
        top = f"{student}/{LESSON}"
        put(course, f"{top}/{FILE}", with_answers(bare, answers))
        put(course, f"{top}/helpers.py", SOLUTIONS["output_size"].encode() + b"\n" + b"#" * size)
        put(course, f"{top}/tools/padding.py", SOLUTIONS["same_padding"].encode())
        put(course, f"{top}/note.csv", b"1,2")
    course.grading.beside_bytes = 200_000
    rows = grade()
    assert (rows["ann"].score, rows["ann"].remarks) == (FULL, [])
    assert rows["bob"].score == 3.0
    assert any("helpers was not taken along" in fault for fault in rows["bob"].faults)
    page = course.folder("autograded", "bob", LESSON, FILE).read_text()
    assert "larger than what is taken along" in page


def test_what_is_needed_under_another_name_is_taken_along_or_said_where_it_is_missed(
    course: Course, grade: Grade, solved: bytes
) -> None:
    def hand_in(student: str, first: str, *files: str) -> None:
        content = json.loads(solved)
        content["cells"].insert(1, code_cell(first))
        put(course, f"{student}/{LESSON}/{FILE}", json.dumps(content).encode())
        for name in files:
            put(course, f"{student}/{LESSON}/{name}", b"ONE = 1\n")

    hand_in("run", "%run prepare\nassert ONE == 1", "prepare.py")
    hand_in("read", "exec(open('my_code.py').read())\nassert ONE == 1", "my_code.py")
    hand_in("stem", "name = 'weights'\nassert open(name + '.txt').read()", "weights.txt")
    hand_in("glob", "import glob\nassert len(glob.glob('data/*.txt')) == 2", "data/a.txt", "data/b.txt")
    hand_in("case", "open('Data.csv')", "data.csv")
    hand_in("made", "open('we' + 'ights.txt')", "weights.txt")
    rows = grade()
    assert {row.score for row in rows.values()} == {FULL}
    shown = {student: (course.root / row.file).read_text() for student, row in rows.items()}
    assert {student for student, page in shown.items() if '"output_type": "error"' in page} == {
        "case",
        "made",
    }
    assert "(not taken along: data.csv: no cell has its name)" in shown["case"]
    assert rows["made"].faults == ["FileNotFoundError: weights.txt was not taken along"]


READ_ONLY = """
import os

import helpers


def written(path):
    try:
        open(path, "a").close()
        return True
    except PermissionError:
        return False


assert os.getuid() == 0 or not written("helpers" + ".py")
assert os.stat("helpers" + ".py").st_mode & 0o222 == 0
np.save("weights", np.ones(3))
target = "note.csv"
with open(target, "a") as file:
    file.write(",3")
os.makedirs("own/folder")
with open("own/folder/new.txt", "w") as file:
    file.write("new")
assert open("own/folder/new.txt").read() == "new"
assert np.load("weights.npy").sum() == 3
"""


def test_what_lies_beside_the_notebook_is_read_only_but_for_what_the_notebook_writes(
    course: Course, grade: Grade, bare: bytes
) -> None:
    top = f"ann/{LESSON}"
    answers = {"output_size": READ_ONLY + SOLUTIONS["output_size"], "same_padding": SOLUTIONS["same_padding"]}
    put(course, f"{top}/{FILE}", with_answers(bare, answers))
    put(course, f"{top}/helpers.py", b"")
    put(course, f"{top}/weights.npy", b"\x93NUMPY")
    put(course, f"{top}/note.csv", b"1,2")
    row = grade()["ann"]
    assert (row.score, row.faults) == (FULL, [])
    code = "%%writefile made.py\nONE = 1\nimport made, helpers\nnp.save('weights', 1)"
    assert supporting_files.written(code, ["made.py", "helpers.py", "weights.npy"]) == [
        "made.py",
        "weights.npy",
    ]


@pytest.mark.parametrize("name", ["numpy.py", "random.py", "sitecustomize.py", "given.py", "autograder.py"])
def test_a_module_that_would_hide_another_is_not_taken_along(
    course: Course, grade: Grade, solved: bytes, name: str
) -> None:
    code = f"import {name.removesuffix('.py')}\n"
    put(course, f"ann/{LESSON}/{FILE}", solved.replace(b"import numpy as np", b"import numpy as np, random"))
    put(course, f"ann/{LESSON}/tool.py", code.encode())
    put(course, f"ann/{LESSON}/{name}", b"raise SystemExit")
    row = grade()["ann"]
    assert row.score == FULL
    assert any(name in remark for remark in row.remarks)


def test_a_picture_beside_the_notebook_is_attached_where_the_text_shows_it(
    course: Course, grade: Grade, bare: bytes
) -> None:
    put(
        course,
        f"ann/{LESSON}/{FILE}",
        with_answers(bare, {"words_why": "![s](my%20sketch.png) ![g](gone.png)"}),
    )
    put(course, f"ann/{LESSON}/my sketch.png", b"\x89PNG\r\n")
    row = grade()["ann"]
    content = json.loads((course.root / row.file).read_text())
    assert content["cells"][-1]["attachments"] == {"my sketch.png": {"image/png": "iVBORw0K"}}
    assert row.accounts[f"submitted/ann/{LESSON}/my sketch.png"] == "shown in the notebook"


@pytest.mark.parametrize(
    "name",
    [
        "../../escaped.ipynb",
        "/tmp/escaped.ipynb",
        "a\\..\\..\\escaped.ipynb",
        "C:/escaped.ipynb",
        "a//b.ipynb",
    ],
)
def test_a_name_that_leads_out_of_a_zip_is_named_and_not_opened(
    course: Course, grade: Grade, solved: bytes, name: str
) -> None:
    put(course, f"ann/{LESSON}/x.zip", zipped((name, solved)))
    row = grade()["ann"]
    assert row.status == UNREADABLE
    assert "escaped" in row.remarks[0] or "b.ipynb" in row.remarks[0]
    assert not list(course.root.parent.rglob("escaped*"))


def test_archives_are_bounded(course: Course, monkeypatch: pytest.MonkeyPatch, solved: bytes) -> None:
    bomb = zipped(("zeros", b"\0" * 50_000_000))
    nest = zipped(*((f"{n}.zip", bomb) for n in range(20)))
    put(course, f"ann/{LESSON}/nest.zip", zipped(("nest.zip", nest), ("n.ipynb", solved)))
    monkeypatch.setattr(tree, "UNPACKED_BYTES", 100_000)
    entries = tree.walk(course.folder("submitted", "ann"), "ann")
    assert sum(entry.kind == "notebook" for entry in entries) == 1
    assert all(len(entry.read(1000)) <= 1000 for entry in entries if entry.kind not in ("odd", "kept"))
    put(course, "bob/a.tar.xz", tarred(bytes(1_000_000), "w:xz"))
    monkeypatch.setattr(tree, "TAR_BYTES", 900_000)
    (entry,) = tree.walk(course.folder("submitted", "bob"), "bob")
    assert entry.why == "holds more than 0 MB: unpack it here"
    with tarfile.open(course.root / "many.tar", "w") as packed:
        for number in range(2100):
            packed.addfile(tarfile.TarInfo(str(number)))
    with (
        pytest.raises(archives.NotOpened, match="a tar of more than 2000 files"),
        (course.root / "many.tar").open("rb") as file,
    ):
        archives.members_of_tar(file)
    with pytest.raises(archives.NotOpened, match="files"):
        archives.members(io.BytesIO(zipped(*((f"{n:0500}", b"") for n in range(2500)))))


def test_links_are_followed_where_they_stay_the_students_own(
    course: Course, grade: Grade, solved: bytes, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / LESSON).mkdir(parents=True)
    (elsewhere / LESSON / FILE).write_bytes(solved)
    submitted = course.folder("submitted")
    (tmp_path / "all").mkdir()
    submitted.symlink_to(tmp_path / "all")
    (submitted / "ann").symlink_to(elsewhere)
    put(course, f"bob/mine/{FILE}", solved)
    (submitted / "bob" / LESSON).symlink_to("mine")
    (submitted / "eve").mkdir()
    (submitted / "eve" / LESSON).symlink_to(elsewhere / LESSON)
    put(course, f"fay/{LESSON}/x.txt", b"x")
    (submitted / "fay" / LESSON / FILE).symlink_to(course.folder("source", LESSON, FILE))
    (submitted / "gus").symlink_to(course.folder("source"))
    put(course, f"hal/{LESSON}/{FILE}", solved)
    (submitted / "hal" / LESSON / "round").symlink_to("..")
    rows = grade()
    assert {name: row.score for name, row in rows.items() if row.score is not None} == {
        "ann": FULL,
        "bob": FULL,
        "hal": FULL,
    }
    said = " ".join(remark for row in rows.values() for remark in row.remarks)
    assert f"{FILE} (a link out of the student's folder is not followed" in said
    assert rows["eve"].status == UNREADABLE
    assert rows[""].remarks == ["submitted/gus: a link into the course is not followed: copy the folder"]


NAMES = [
    "José Müller",
    "Doe, Jane",
    "O’Hara",
    "Kim (Minji)",
    "李小龍",
    "प्रिया शर्मा",
    "#1 & <b>Ann",
    "x" * 200,
    "-dash",
    "uni\\jdoe",
    "100%20",
    "[ab]*?",
    "{0}",
    "\U0001f469\u200d\U0001f393 Ada",
    "\u202eevil",
    "CON",
    "trailing. ",
    "$HOME; `id`|x",
]
NO_TEXT = "\udcffann"  # bytes of another code page, as an old zip leaves them


def test_any_name_is_graded_shown_as_written_and_keeps_its_id(
    course: Course, grade: Grade, solved: bytes
) -> None:
    for name in NAMES:
        put(course, f"{name}/{LESSON}/{FILE}", solved)
    put(course, f"José Müller/{LESSON}/{FILE}", solved)  # decomposed, as a Mac writes it
    put(course, f"{NO_TEXT}/{LESSON}/{FILE}", solved)
    rows = batch.grade(course, [LESSON], Options(jobs=1))
    assert sorted(row.student for row in rows) == sorted(map(shown, [*NAMES, NO_TEXT]))
    assert {row.score for row in rows} == {FULL}
    ids = {row.student: row.id for row in rows}
    assert len(set(ids.values())) == len(NAMES) + 1
    assert {row.id for row in batch.grade(course, [LESSON], Options(jobs=1))} == set(ids.values())
    assert ids["प्रिया शर्मा"] == "प्रिया शर्मा"
    assert all(course.folder("autograded", student, LESSON, FILE).is_file() for student in ids.values())


ODD = [
    "a.txt",
    "b.pdf",
    "c.zip",
    "d.tar.gz",
    "e",
    ".hidden",
    "f.ipynb",
    "g.py",
    "h.npy",
    "i.html",
    "j.ipynb.txt",
]


def odd_files(rng: random.Random, solved: bytes, bare: bytes) -> bytes:
    """What may stand in a file."""
    bodies = [
        solved,
        bare,
        b"",
        b"words",
        b"%PDF-1",
        b"<html>",
        b"\x93NUMPY",
        gzip.compress(solved),
        zipped((FILE, solved)),
        zipped(("x/y.txt", b"z"), ("../up.ipynb", solved)),
        zipped(("in.zip", zipped((f"{LESSON}/{FILE}", bare)))),
        b"PK\x03\x04broken",
        b"\x1f\x8bbroken",
        bytes(rng.randrange(256) for _ in range(64)),
        solved[: rng.randrange(len(solved))],
    ]
    bodies += [make(solved) for _, make, _ in rng.sample(list(KINDS.values()), 5)]
    return copy.copy(rng.choice(bodies))


def odd_tree(course: Course, rng: random.Random, solved: bytes, bare: bytes, number: int) -> None:
    """So many files, each in a place where somebody might put it."""
    people = ["ann", "Doe, Jane", "bob", "zip only", "李", "x#y", LESSON, ".secret"]
    folders = [
        "",
        LESSON,
        "06",
        "99_none",
        f"{LESSON}/deep/er",
        "convcourse-student/" + LESSON,
        ".ipynb_checkpoints",
    ]
    for _ in range(number):
        odd = Path(rng.choice([path for path, _, _ in KINDS.values() if path.isprintable()])).name
        name = rng.choice([*ODD, odd, FILE, FILE, f"{LESSON} (1).ipynb", "timestamp.txt", ".DS_Store"])
        where = "/".join(part for part in (rng.choice([*people, ""]), rng.choice(folders)) if part)
        path = course.folder("submitted", where, name)
        if not path.exists() and not any(above.is_file() for above in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(odd_files(rng, solved, bare))
    for link, target in (("ann/out", "/etc"), ("bob/loop", "."), (f"ann/{LESSON}/l.ipynb", "/etc/passwd")):
        path = course.folder("submitted", link)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_symlink() and not path.exists():
            path.symlink_to(target)
    os.mkfifo(course.folder("submitted", "ann", "pipe.ipynb"))


def lost(course: Course, rows: list[Row], kept: dict[str, str]) -> list[str]:
    """The files that no row graded, took, or named."""
    accounts = set(kept).union(*(row.accounts for row in rows))
    said = "\n".join(remark for row in rows for remark in row.remarks)
    missing = []
    for above, folders, names in os.walk(course.folder("submitted")):
        links = [name for name in folders if Path(above, name).is_symlink()]
        for name in [*names, *links]:
            path = Path(above, name).relative_to(course.root).as_posix()
            inside = any(one == path or one.startswith(f"{path}/") for one in accounts)
            below = any(path.startswith(f"{one}/") for one in accounts)
            if not inside and not below and path not in said:
                missing.append(path)
    return missing


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_of_hundreds_of_odd_files_every_one_is_graded_or_named(
    course: Course, workers: Workers, solved: bytes, bare: bytes, seed: int
) -> None:
    odd_tree(course, random.Random(seed), solved, bare, 320)
    before = {path: path.read_bytes() for path in course.folder("submitted").rglob("*") if path.is_file()}
    assert len(before) >= 200, seed
    rows = batch.grade(course, [LESSON], Options(), executor=workers)
    kept = intake.scan(course, [LESSON], lambda lesson: json.loads(bare)).kept
    assert lost(course, rows, kept) == [], seed
    assert before == {path: path.read_bytes() for path in before}, seed
    for row in rows:
        named = " ".join([*row.remarks, *row.faults])
        for path, became in row.accounts.items():
            if became.startswith("not read") and row.status == GRADED:
                assert path.rsplit("/", 1)[-1] in named or " more" in named, (seed, path)


def tarred(data: bytes, mode: Any, name: str = FILE, **facts: Any) -> bytes:
    """A tar with one member, of which it may say anything."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as packed:
        info = tarfile.TarInfo(name)
        info.size = len(data) if facts.get("type", tarfile.REGTYPE) == tarfile.REGTYPE else 0
        for fact, value in facts.items():
            setattr(info, fact, value)
        packed.addfile(info, io.BytesIO(data))
    return held.getvalue()


def with_password(data: bytes) -> bytes:
    """A zip whose one member says that it is encrypted."""
    packed = bytearray(zipped((FILE, data)))
    packed[6] |= 1
    packed[packed.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def of_version_3(data: bytes) -> bytes:
    """A notebook as IPython 2 wrote it."""
    cells = [dict(cell) for cell in json.loads(data)["cells"]]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell |= {"input": cell.pop("source"), "language": "python", "outputs": []}
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}).encode()


NOTHING_ELSE = b"\0\5\x16\7"
# What stands in the lesson's folder, in place of a plain notebook or beside it; how it is made of a solved
# one; and whether it is graded, or what is said of it.
KINDS: dict[str, tuple[str, Any, str]] = {
    "a zip with a password": ("a.zip", with_password, "encrypted: have it handed in without a password"),
    "7z": ("a.7z", lambda data: b"7z\xbc\xaf\x27\x1c" + bytes(30), "a 7z archive: unpack it here with 7z"),
    "rar": ("a.rar", lambda data: b"Rar!\x1a\x07\x01\0", "a rar archive: unpack it here with unrar, or have"),
    "rar called a notebook": (FILE, lambda data: b"Rar!\x1a\x07\x01\0", "a rar archive: unpack it here"),
    "zstd": ("a.tar.zst", lambda data: b"\x28\xb5\x2f\xfd" + bytes(30), "an archive that is not opened here"),
    "lzma": ("a.ipynb.lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE), "unpack it here, or have"),
    "tar": ("a.tar", lambda data: tarred(data, "w"), GRADED),
    "tar.gz": ("a.tar.gz", lambda data: tarred(data, "w:gz"), GRADED),
    "tar.bz2": ("a.tar.bz2", lambda data: tarred(data, "w:bz2"), GRADED),
    "tar.xz": ("a.txz", lambda data: tarred(data, "w:xz"), GRADED),
    "a tar called a notebook": (FILE, lambda data: tarred(data, "w"), GRADED),
    "a tar in a zip": ("a.zip", lambda data: zipped(("b.tgz", tarred(data, "w:gz"))), GRADED),
    "a zip in a tar": ("a.tar", lambda data: tarred(zipped((FILE, data)), "w", "b.zip"), GRADED),
    "an empty tar": ("a.tar.gz", lambda data: gzip.compress(bytes(10_240)), "not opened here"),
    "a tar cut off": ("a.tar", lambda data: tarred(data, "w")[:900], "cannot be opened (unexpected end"),
    "a packed tar cut off": ("a.tar.gz", lambda data: tarred(data, "w:gz")[:-40], "(it is cut off): have it"),
    "no tar": ("a.tar", lambda data: b"no tar at all" * 99, "a tar that cannot be opened (invalid header)"),
    "a tar that climbs": ("a.tar", lambda data: tarred(data, "w", "../../x.ipynb"), "leads out of the tar"),
    "a tar from the root": ("a.tar", lambda data: tarred(data, "w", "/etc/x.ipynb"), "leads out of the tar"),
    "a link in a tar": (
        "a.tar",
        lambda data: tarred(data, "w", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        "it is a link: have the file itself handed in",
    ),
    "a hard link in a tar": (
        "a.tar",
        lambda data: tarred(data, "w", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        "it is a link: have the file itself handed in",
    ),
    "a device in a tar": ("a.tar", lambda data: tarred(data, "w", type=tarfile.CHRTYPE), "or a device, not"),
    "a tar of any time": ("a.tar", lambda data: tarred(data, "w", mtime=2**60), GRADED),
    "a notebook in bzip2": (f"{FILE}.bz2", bz2.compress, GRADED),
    "a notebook in xz": (f"{FILE}.xz", lzma.compress, GRADED),
    "gzip in two parts": (f"{FILE}.gz", lambda d: gzip.compress(d[:99]) + gzip.compress(d[99:]), GRADED),
    "a zip in gzip": ("a.zip.gz", lambda data: gzip.compress(zipped((FILE, data))), GRADED),
    "a notebook filled up with zeros": (FILE, lambda data: data + bytes(4096), GRADED),
    "gzip in a zip": ("a.zip", lambda data: zipped((f"{FILE}.gz", gzip.compress(data))), GRADED),
    "a zip three deep": (
        "a.zip",
        lambda data: zipped(("b.zip", zipped(("c.zip", zipped((FILE, data)))))),
        "an archive in archives: unpack it here",
    ),
    "an empty zip": ("a.zip", lambda data: zipped(), "an empty zip: have it handed in again"),
    "a zip of folders": ("a.zip", lambda data: zipped(("a/", b"")), "an empty zip"),
    "a Mac's zip": ("a.zip", lambda data: zipped((FILE, data), (f"__MACOSX/._{FILE}", b"\0")), GRADED),
    "a document called a zip": (
        "a.zip",
        lambda data: zipped(("[Content_Types].xml", b"<w/>"), ("word/document.xml", b"<w/>")),
        "a.zip (a document of a word processor",
    ),
    "a document": ("a.docx", lambda data: zipped(("word/document.xml", b"<w/>")), "of a word processor"),
    "UTF-16": (FILE, lambda data: data.decode().encode("utf-16"), GRADED),
    "UTF-16 without a mark": (FILE, lambda data: data.decode().encode("utf-16-be"), GRADED),
    "UTF-8 with a mark": (FILE, lambda data: b"\xef\xbb\xbf" + data, GRADED),
    "a folder called like the notebook": (f"{FILE}/{FILE}", lambda data: data, GRADED),
    "a folder called so, without one": (f"{FILE}/a.txt", lambda data: b"words", "a text file"),
    "a notebook of no bytes": (FILE, lambda data: b"", "empty: have it handed in again"),
    "a notebook of blanks": (FILE, lambda data: b" \n\n", "empty: have it handed in again"),
    "a notebook of zeros": (FILE, lambda data: bytes(5_000), "empty: have it handed in again"),
    "Jupyter's copy alone": (f".ipynb_checkpoints/{LESSON}-checkpoint.ipynb", lambda data: data, GRADED),
    "a Mac's shadow alone": (f"__MACOSX/._{FILE}", lambda data: NOTHING_ELSE, "no notebook in it: have it"),
    "a comma too many": (FILE, lambda data: data.rstrip()[:-1] + b",}", "is damaged at line 1"),
    "cut in a word": (FILE, lambda data: b'{"cells": [], "metadata": fal', "breaks off in the middle"),
    "a list": (FILE, lambda data: b"[1, 2]", "is not a notebook (no object): have the notebook handed in"),
    "a notebook in quotes": (FILE, lambda data: json.dumps(data.decode()).encode(), "(no object): have"),
    "a server's answer": (FILE, lambda data: b'{"message": "Not Found"}', "(no cells): have the notebook"),
    "a sign-in page": (FILE, lambda data: b"<!DOCTYPE html><title>Sign in</title>", "a web page"),
    "version 3": (FILE, of_version_3, GRADED),
    "an image called a notebook": (FILE, lambda data: b"\x89PNG\r\n\x1a\n", "an image"),
    "a Google document": ("a.gdoc", lambda data: b'{"doc_id": "1"}', "a link to a page or a file elsewhere"),
    "a link to Colab": (f"{FILE}.url", lambda data: b"[InternetShortcut]\r\nURL=https://x", "File, Download"),
    "a Windows shortcut": (f"{FILE}.lnk", lambda data: b"L\0\0\0\1\x14\2\0", "a link to a page or a file"),
    "Git LFS": (FILE, lambda data: b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
    "a copy": (f"{LESSON} - Kopie.ipynb", lambda data: data, GRADED),
    "an ending in capitals": (f"{LESSON}.IPYNB", lambda data: data, GRADED),
    "an ending with a typo": (f"{LESSON}.ipnyb", lambda data: data, GRADED),
    "no ending": (LESSON, lambda data: data, GRADED),
    "half a download": (f"{FILE}.crdownload", lambda data: data[:500], "breaks off in the middle"),
    "names of 200 letters": ("/".join(["x" * 200] * 3) + f"/{FILE}", lambda data: data, GRADED),
    "a line break in its name": ("a\nb.ipynb", lambda data: data, GRADED),
    "letters that are none": ("\udcff.ipynb", lambda data: data, GRADED),
    "markdown": (f"{LESSON}.md", lambda data: b"# Lesson\n", "a text file"),
    "jupytext in Markdown": (
        f"{LESSON}.md",
        lambda data: b"---\njupyter:\n  jupytext:\n    formats: ipynb,md\n---\n\n```python\n1\n```\n",
        "a notebook saved as text: the notebook itself is needed",
    ),
    "jupytext without marks": (
        f"{LESSON}.py",
        lambda data: b"# ---\n# jupyter:\n#   kernelspec:\n# ---\n\nimport numpy as np\n",
        "a notebook saved as text: the notebook itself is needed",
    ),
    "iCloud": (f".{FILE}.icloud", lambda data: b"bplist00", "a link to a page or a file elsewhere"),
    "an editor's copy": (f"{FILE}~", lambda data: data, GRADED),
    "a conflict's copy": (f"{LESSON} (ann's conflicted copy 2026-03-01).ipynb", lambda data: data, GRADED),
    "compiled": ("helpers.pyc", lambda data: b"\xa7\r\r\n" + bytes(20), "a binary file"),
    "a film": ("a.mp4", lambda data: b"\0\0\0\x20ftypisom", "a binary file"),
}


def test_each_kind_of_odd_file_is_read_or_named_with_what_to_do(
    course: Course, solved: bytes, bare: bytes
) -> None:
    for student, (path, make, _) in KINDS.items():
        put(course, f"{student}/{LESSON}/{path}", make(solved))
    top = course.folder("submitted")
    special = {
        "a link to nothing": ("link", "a link to what is not there: have the file itself handed in"),
        "a link to itself": (FILE, "a link to what is not there"),
        "a pipe": ("pipe", "is a pipe, a socket or a device, not a file: remove it"),
        "a socket": ("socket", "is a pipe, a socket or a device, not a file: remove it"),
    }
    for student, (name, _) in special.items():
        (top / student / LESSON).mkdir(parents=True)
        if student == "a pipe":
            os.mkfifo(top / student / LESSON / name)
        elif student == "a socket":
            with contextlib.chdir(top / student / LESSON), socket.socket(socket.AF_UNIX) as one:
                one.bind(name)
        else:
            (top / student / LESSON / name).symlink_to(name if name == FILE else "nowhere")
    wanted = {student: said for student, (_, _, said) in KINDS.items()}
    wanted |= {student: said for student, (_, said) in special.items()}
    released = assignment.load(course, LESSON)
    taken = intake.scan(course, [LESSON], lambda lesson: released.notebook)
    rows = [
        Row(stray.remark.split("/")[1], "", "", remarks=[stray.remark], accounts=stray.accounts)
        for stray in taken.misplaced_files
    ]
    silent: list[str] = []
    for found in taken.found:
        try:
            read = intake.read(course, found, released.notebook, released.name, released.files)
        except Unreadable as error:
            silent += [entry.path for entry in found.entries if shown(entry.name) not in str(error)]
            named = {f"submitted/{shown(entry.path)}": str(error) for entry in found.entries}
            rows.append(Row(found.name, LESSON, UNREADABLE, remarks=[str(error)], accounts=named))
            continue
        assert any(cell.source == SOLUTIONS["output_size"] for cell in read.cells), found.name
        rows.append(Row(found.name, LESSON, GRADED, remarks=read.remarks, accounts=read.accounts))
    by_student = {row.student: row for row in rows}
    for student, said in wanted.items():
        row = by_student[student]
        assert said == row.status or said in row.remarks[0], (student, row)
    assert not silent
    shown_as_written = {"letters that are none", "a line break in its name"}
    assert [
        path for path in lost(course, rows, taken.kept) if path.split("/")[1] not in shown_as_written
    ] == []


def test_a_class_in_one_zip_is_graded_and_a_zip_of_nobody_is_named(
    course: Course, grade: Grade, solved: bytes
) -> None:
    whole = zipped(
        (f"all/ann/{LESSON}/{FILE}", solved), (f"all/bob/{LESSON}/{FILE}", solved), ("all/x.txt", b"x")
    )
    put(course, "class.zip", whole)
    put(course, "one.zip", zipped((f"{LESSON}/{FILE}", solved)))
    put(course, "eve/06.tar.gz", tarred(solved, "w:gz", f"./{LESSON}/{FILE}"))
    rows = batch.grade(course, [LESSON], Options(jobs=1))
    assert {row.student: row.score for row in rows if row.score is not None} == {
        "ann": FULL,
        "bob": FULL,
        "eve": FULL,
    }
    misplaced_files = [remark for row in rows if not row.student for remark in row.remarks]
    assert any(remark.startswith("submitted/one.zip: whose is it?") for remark in misplaced_files)
    assert any("x.txt" in remark for remark in misplaced_files)


def test_what_belongs_to_nobody_is_reported(
    course: Course, grade: Grade, hand_in: HandIn, solved: bytes
) -> None:
    put(course, f"{LESSON}/{FILE}", solved)
    put(course, "loose.ipynb", solved)
    put(course, "bob/08_unknown/x.ipynb", b'{"cells": []}')
    course.folder("submitted", "gil", "99").mkdir(parents=True)
    hand_in("eve", SOLUTIONS)
    found = intake.scan(course, [LESSON], lambda lesson: None)
    assert [stray.remark.split(":")[0] for stray in found.misplaced_files] == [
        f"submitted/{LESSON}",
        "submitted/loose.ipynb",
        "submitted/bob/08_unknown/x.ipynb",
        "submitted/gil",
    ]
    assert [(one.student, one.lesson) for one in found.found] == [("eve", LESSON)]


def test_a_folder_that_may_not_be_opened_hides_nobody_else(
    course: Course, hand_in: HandIn, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ann", SOLUTIONS)
    hand_in("bob", SOLUTIONS)
    opened = os.open

    def refusing(path: Any, *arguments: Any, **named: Any) -> int:
        if str(path).endswith("/ann"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refusing)
    rows = grade()
    assert rows["bob"].score == FULL
    assert rows["ann"].status == UNREADABLE
    assert "Permission denied" in rows["ann"].remarks[0]
