"""What was handed in: every file below submitted/ belongs to a submission, or is named with what to do.

The plain case is submitted/STUDENT/LESSON/LESSON.ipynb. What people and programs make of it (zips, folders
around folders, other names, copies, notebooks as scripts) is opened where it can mean one thing only. The
rest is said: nothing is dropped, nothing in it is changed.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course.course import Course
from autograder.course.people import shown, student_id
from autograder.grading import recognize, supporting_files, tree
from autograder.grading.recognize import Lessons, Release, Unreadable
from autograder.grading.tree import Entry
from autograder.notebook import file_kinds, merge
from autograder.notebook.reading import Cell

TIMESTAMP, SECRET = "timestamp.txt", "submission_secret.txt"
OBJECTIONS = "objections.md"
MOST_COPIES = 12  # of one notebook that are compared
MOST_NAMED = 12  # files that one remark names
SAME_TIME = 2.0  # seconds: a zip counts in twos


@dataclass
class Found:
    """What one student handed in for one lesson, before it is read.

    Attributes:
        student: the id in the gradebook.
        name: as the folder is called.
        entries: every file of it; paths begin with the student's folder.
        foreign: notebooks of other lessons among them.
        home: whether the lesson's own folder is there.
    """

    student: str
    name: str
    lesson: str
    entries: list[Entry] = field(default_factory=list)
    foreign: list[Entry] = field(default_factory=list)
    home: bool = False


@dataclass
class Submission:
    """One student's notebook of one lesson, read.

    Attributes:
        file: where it was found, below the course's root.
        remarks: what was mended, for the instructor's table.
        timestamp: what the student's folder says about when it was handed in; None where it says nothing.
        secret: what nbgrader's exchange needs to give feedback back.
        files: what lies beside the notebook and is taken along.
        left: names of what is not, each with the reason.
        accounts: what became of every file.
    """

    student: str
    lesson: str
    file: str
    cells: list[Cell]
    remarks: list[str] = field(default_factory=list)
    timestamp: str | None = None
    secret: bytes | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)


@dataclass
class Stray:
    """Files of no submission: a remark, and what became of each."""

    remark: str
    accounts: dict[str, str] = field(default_factory=dict)


@dataclass
class Intake:
    """All of submitted/: submissions, and what belongs to none.

    Attributes:
        kept: files that programs keep for themselves, which no student wrote.
    """

    found: list[Found] = field(default_factory=list)
    misplaced_files: list[Stray] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)


def scan(course: Course, lessons: list[str], release_of: Release) -> Intake:
    """Look at everything below submitted/.

    Args:
        lessons: all lessons of the course.
        release_of: a lesson's released notebook, None where there is none.
    """
    return _Scan(course, lessons, release_of).run()


class _Scan:
    """One look at submitted/."""

    def __init__(self, course: Course, lessons: list[str], release_of: Release) -> None:
        self.course = course
        self.lessons = lessons
        self.release_of = release_of
        self.folder = course.folder("submitted")
        self.known = Lessons(course, lessons, release_of)
        self.intake = Intake()

    def run(self) -> Intake:
        try:
            names = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return self.intake
        except OSError as error:
            self._stray(self.folder.name, f"cannot be opened ({error.strerror}): see who may read it")
            return self.intake
        people: dict[str, list[str]] = {}
        packed: list[Entry] = []
        for name in names:
            path = self.folder / name
            if name in tree.PROGRAMS or name.startswith("._"):
                self.intake.kept[self._full(name)] = "kept by a program"
            elif name.startswith("."):
                self._stray(self._full(name), "hidden: not read; rename it, if it is a student's")
            elif path.is_dir():
                if self.known.called(name) and name in self.lessons:
                    self._all_stray(path, "whose is it? There is no student's folder around it")
                elif path.is_symlink() and _leads_into(path, self.course.root):
                    self._stray(self._full(name), "a link into the course is not followed: copy the folder")
                else:
                    people.setdefault(student_id(name), []).append(name)
            elif path.is_symlink():
                self._stray(
                    self._full(name), "a link is not followed: whose is it? Put it into STUDENT/LESSON/"
                )
            else:
                packed += self._loose(path)
        for student, folders in people.items():
            entries = [entry for name in folders for entry in tree.walk(self.folder / name, name)]
            opened = (self.folder / name / lesson for name in folders for lesson in self.lessons)
            if not entries and not any(map(Path.is_dir, opened)):
                self._stray(self._full(folders[0]), "no file is in it: have the notebook handed in")
                continue
            self._student(student, unicodedata.normalize("NFC", folders[0]), entries, set(folders))
        self._class(packed)
        self.intake.found.sort(key=lambda found: (found.student, found.lesson))
        return self.intake

    def _full(self, path: str) -> str:
        return f"{self.folder.name}/{shown(path)}"

    def _stray(self, path: str, why: str) -> None:
        self.intake.misplaced_files.append(Stray(f"{path}: {why}", {path: why}))

    def _all_stray(self, folder: Path, why: str) -> None:
        entries = tree.walk(folder, folder.name)
        accounts = {self._full(entry.path): why for entry in entries}
        self.intake.misplaced_files.append(Stray(f"{self._full(folder.name)}: {why}", accounts))

    def _loose(self, path: Path) -> list[Entry]:
        """A file that lies beside the students' folders: a whole class in a zip, or a stray."""
        entries = tree.unpack(path, path.name)
        owners = {self._owner(entry) for entry in entries if entry.kind == file_kinds.NOTEBOOK} - {""}
        if len(owners) > 1:
            return entries
        where = self._full(path.name)
        inside = [shown(entry.path.partition("/")[2]) for entry in entries if "/" in entry.path]
        what = f" In it: {_listed(inside)}." if inside else f" It is {_what(entries[0])}." if entries else ""
        why = f"whose is it?{what} Put it into {self.folder.name}/STUDENT/LESSON/"
        accounts = {self._full(entry.path): why for entry in entries}
        self.intake.misplaced_files.append(Stray(f"{where}: {why}", accounts))
        return []

    def _owner(self, entry: Entry) -> str:
        """Whose a file in a class's zip is: the folder before the lesson's; "" where there is none."""
        parts = entry.path.split("/")[1:-1]
        for number, part in enumerate(parts):
            if self.known.called(part):
                return "" if number == 0 else parts[number - 1]
        return ""

    def _class(self, packed: list[Entry]) -> None:
        """Students whose work came in a zip of the whole class."""
        people: dict[str, list[Entry]] = {}
        present = {found.student for found in self.intake.found}
        for entry in packed:
            owner = self._owner(entry)
            if entry.kind == "kept":
                self.intake.kept[self._full(entry.path)] = "kept by a program"
            elif not owner:
                self._stray(
                    self._full(entry.path), "whose is it? It stands in no student's folder of the zip"
                )
            elif student_id(owner) in present:
                self._stray(self._full(entry.path), f"not read: {shown(owner)} has a folder here")
            else:
                people.setdefault(unicodedata.normalize("NFC", owner), []).append(entry)
        for name, entries in people.items():
            first = entries[0].path.split("/")
            above = "/".join(
                first[: first.index(next(p for p in first if student_id(p) == student_id(name))) + 1]
            )
            self._student(student_id(name), name, entries, {above})

    def _student(self, student: str, name: str, entries: list[Entry], folders: set[str]) -> None:
        """Sort a student's files by lesson."""
        by_lesson: dict[str, Found] = {}
        loose: list[Entry] = []
        for entry in entries:
            if entry.kind == "kept":
                self.intake.kept[self._full(entry.path)] = "kept by a program"
                continue
            above = next((f for f in folders if entry.path == f or entry.path.startswith(f"{f}/")), "")
            parts = entry.path.removeprefix(above).strip("/").split("/")
            lesson, home, foreign = self._lesson(parts, entry)
            if not lesson:
                loose.append(entry)
                continue
            found = by_lesson.setdefault(lesson, Found(student, name, lesson))
            found.home |= home
            (found.foreign if foreign else found.entries).append(entry)
        for folder in folders:
            for lesson in self.lessons:  # a folder with nothing in it was handed in as well
                if lesson not in by_lesson and (self.folder / folder / lesson).is_dir():
                    closed = [entry for entry in loose if entry.path == folder]
                    by_lesson[lesson] = Found(student, name, lesson, closed, home=True)
                    loose = [entry for entry in loose if entry not in closed]
        self._drop_untouched(by_lesson)
        self.intake.found += by_lesson.values()
        for entry in loose:
            why = entry.why or f"of which lesson? It is {_what(entry)}. It belongs into STUDENT/LESSON/"
            parts = entry.path.split("/")
            if len(parts) > 2 and entry.kind == file_kinds.NOTEBOOK and not entry.why:
                why = "there is no such lesson; it belongs into STUDENT/LESSON/"
            self._stray(self._full(entry.path), why)

    def _lesson(self, parts: list[str], entry: Entry) -> tuple[str, bool, bool]:
        """Of which lesson a file is, whether it lies in its own folder, and whether in another lesson's."""
        *folders, name = parts
        called = [lesson for lesson in map(self.known.called, folders) if lesson]
        home = folders[0] if folders and folders[0] in self.lessons else ""
        if not folders and name in self.lessons:  # something else in place of the lesson's folder
            return name, True, False
        if home:
            foreign = called[-1] != home and entry.kind == file_kinds.NOTEBOOK
            return home, True, foreign
        if called:
            return called[-1], False, False
        if entry.kind in (file_kinds.NOTEBOOK, file_kinds.SCRIPT):
            return self.known.by_name(name) or self.known.by_content(entry), False, False
        return "", False, False

    def _drop_untouched(self, by_lesson: dict[str, Found]) -> None:
        """Of a whole course handed in, only the lessons that somebody worked on are submissions."""
        wrapped = [found for found in by_lesson.values() if not found.home]
        if len(wrapped) < 2:
            return
        untouched = [found for found in wrapped if self._is_untouched(found)]
        if len(untouched) == len(by_lesson):
            return
        for found in untouched:
            del by_lesson[found.lesson]
            for entry in found.entries:
                self.intake.kept[self._full(entry.path)] = "as released, in a copy of the whole course"

    def _is_untouched(self, found: Found) -> bool:
        release = self.release_of(found.lesson)
        if release is None:
            return False
        for entry in found.entries:
            if entry.kind == file_kinds.NOTEBOOK:
                try:
                    if merge.differs(release, recognize.cells(entry, self.course, large=False)[0]):
                        return False
                except Unreadable:
                    return False
        return all(entry.kind not in (file_kinds.MODULE, file_kinds.SCRIPT, "odd") for entry in found.entries)


def read(
    course: Course, found: Found, release: dict[str, Any], name: str, files: dict[str, bytes]
) -> Submission:
    """Read what a student handed in.

    Args:
        release: the released notebook.
        name: the name that it was released under.
        files: what was released beside it.

    Raises:
        Unreadable: no notebook, or not a notebook of this lesson.
    """
    submitted = course.folder("submitted").name
    where = f"{submitted}/{shown(found.name)}/{found.lesson}"
    picked, cells, remarks, refused = _pick(course, found, release, name, where)
    made = Submission(found.student, found.lesson, f"{submitted}/{shown(picked.path)}", cells, remarks)
    _protocol(found, picked, made)
    taken = supporting_files.take(course.grading, picked, found.entries, cells, files)
    made.cells, made.files, made.left = taken.cells, taken.files, taken.left
    made.remarks += taken.remarks
    rest = []
    for entry in [*found.entries, *found.foreign]:
        path = f"{submitted}/{shown(entry.path)}"
        if entry is picked:
            made.accounts[path] = "graded"
        elif entry.name in (TIMESTAMP, SECRET):
            made.accounts[path] = "read"
        elif entry.name == OBJECTIONS:
            made.accounts[path] = "read by `autograder regrade`"
        elif entry.path in taken.accounts:
            made.accounts[path] = taken.accounts[entry.path]
        elif entry.checkpoint:
            made.accounts[path] = "kept by a program"
        else:
            label = f"{_from(entry, found)} ({refused.get(entry.path) or entry.why or _told(entry)})"
            if entry in found.foreign:
                label = f"{_from(entry, found)} (another lesson's: it belongs into a folder of that lesson)"
            made.accounts[path] = f"not read: {label}"
            rest.append(label)
    if rest:
        made.remarks.append(f"also there, not read: {_listed(rest)}")
    return made


def _pick(
    course: Course, found: Found, release: dict[str, Any], name: str, where: str
) -> tuple[Entry, list[Cell], list[str], dict[str, str]]:
    """The notebook that counts, its cells, remarks, and why each other one cannot be read."""
    entries = found.entries
    candidates = [entry for entry in entries if entry.kind == file_kinds.NOTEBOOK and not entry.checkpoint]
    kept = [entry for entry in entries if entry.kind == file_kinds.NOTEBOOK and entry.checkpoint]
    scripts = [entry for entry in entries if entry.kind == file_kinds.SCRIPT and not entry.checkpoint]
    said = ""
    if not candidates and len(scripts) == 1:
        candidates, said = scripts, "a notebook as a Python script: its cells are read"
    elif not candidates and kept:
        candidates, said = kept, "only the copy that Jupyter keeps is there: that is read"
    if not candidates:
        there = [f"{_from(entry, found)} ({entry.why or _told(entry)})" for entry in entries]
        listed = f"; there is {_listed(there)}" if there else ""
        raise Unreadable(f"{where}: no notebook in it: have it handed in, a file that ends in .ipynb{listed}")
    readable: list[tuple[Entry, list[Cell], list[str]]] = []
    refused: dict[str, str] = {}
    for entry in sorted(candidates, key=lambda entry: (entry.name != name, entry.path.count("/")))[
        :MOST_COPIES
    ]:
        try:
            cells, remarks = recognize.cells(entry, course)
        except Unreadable as error:
            refused[entry.path] = str(error)
            continue
        if len(candidates) > 1 and not merge.belongs(release, cells):
            refused[entry.path] = "not this lesson's notebook"
            continue
        readable.append((entry, cells, remarks))
    if not readable:
        if len(candidates) == 1:
            (entry,) = candidates
            raise Unreadable(f"{course.folder('submitted').name}/{shown(entry.path)}: {refused[entry.path]}")
        each = [f"{_from(entry, found)} ({refused.get(entry.path, 'not read')})" for entry in candidates]
        raise Unreadable(f"{where}: which one? {_listed(each)}")
    (entry, cells, remarks), reason = _newest(readable, release, name, found, where)
    remarks = list(remarks)
    if said:
        remarks.insert(0, f"{_from(entry, found)}: {said}")
    elif reason:
        remarks.insert(0, reason)
    elif entry.name != name or entry.path.count("/") != 2:
        remarks.insert(0, f"called {_from(entry, found)}, not {name}")
    return entry, cells, remarks, refused


def _newest(
    readable: list[tuple[Entry, list[Cell], list[str]]],
    release: dict[str, Any],
    name: str,
    found: Found,
    where: str,
) -> tuple[tuple[Entry, list[Cell], list[str]], str]:
    """Of several notebooks the newest that differs from the release, and the remark that says so."""
    if len(readable) == 1:
        return readable[0], ""
    changed = [one for one in readable if merge.differs(release, one[1])]
    if not changed:
        return readable[0], ""
    newest = max(entry.modified for entry, _, _ in changed)
    latest = [one for one in changed if newest - one[0].modified <= SAME_TIME]
    texts = {tuple((cell.type, cell.source) for cell in cells) for _, cells, _ in latest}
    ours = [one for one in latest if one[0].name == name]
    if len(texts) > 1 and len(ours) != 1:
        alike = [one for one in latest if _plain(one[0].name) == _plain(name)]
        if len(alike) != 1:
            each = [_from(entry, found) for entry, _, _ in latest]
            raise Unreadable(f"{where}: which one? {_listed(each)}; they differ, and none is newer")
        ours = alike
    chosen = (ours or latest)[0]
    others = len(changed) > len(latest)
    why = "is the newest" if others else "is the one that was worked on" if len(changed) == 1 else "counts"
    if chosen[0].name == name and len(changed) == 1 and chosen[0].path.count("/") == 2:
        return chosen, ""
    return chosen, f"of {len(readable)} notebooks {_from(chosen[0], found)} {why}"


def _protocol(found: Found, picked: Entry, made: Submission) -> None:
    """What nbgrader's exchange puts beside a notebook."""
    beside_it = {entry.name: entry for entry in found.entries if entry.folder == picked.folder}
    own = {entry.name: entry for entry in found.entries if entry.path.count("/") == 2}
    for name in (TIMESTAMP, SECRET):
        entry = own.get(name) or beside_it.get(name)
        if entry is None:
            continue
        if name == TIMESTAMP and any(map(file_kinds.is_archive_name, entry.path.split("/")[1:-1])):
            made.remarks.append(
                f"{name} is in an archive of the student's own, and is not believed: write the time into "
                f"STUDENT/LESSON/{TIMESTAMP}, if you know it"
            )
            continue
        if entry.why or entry.kind == "odd":
            made.remarks.append(f"{name}: {entry.why}")
            data = b"?"
        else:
            data = entry.read(1001)
        if name == SECRET:
            made.secret = data[:1000]
        elif len(data) > 200:
            made.timestamp = "more than a time stamp"
        else:
            made.timestamp = file_kinds.text_of(data).strip()


def _leads_into(path: Path, root: Path) -> bool:
    real = Path(os.path.realpath(path))
    return real == root.resolve() or root.resolve() in real.parents or real in root.resolve().parents


def _plain(name: str) -> str:
    """A notebook's name without what programs add to it."""
    name = re.sub(r"\.ipynb(\.\w+)?$", "", name.lower())
    name = re.sub(r"^copy of ", "", name)
    return re.sub(r"([ _-]*copy\d*|[ _-]*\((?:\d+|new(?: \d+)?)\)|-\d+)+$", "", name)


def _what(entry: Entry) -> str:
    return file_kinds.words(entry.kind) if entry.kind in file_kinds.NAMED else "nothing that can be read"


def _told(entry: Entry) -> str:
    """What a file is, and what to do about it."""
    return (
        f"{_what(entry)}: {file_kinds.advice(entry.kind)}" if entry.kind in file_kinds.NAMED else _what(entry)
    )


def _from(entry: Entry, found: Found) -> str:
    """A file's path below the lesson's folder, or below the student's."""
    parts = entry.path.split("/")[1:] or [entry.path]
    return shown("/".join(parts[1:] if parts[0] == found.lesson else parts))


def _listed(names: list[str]) -> str:
    """Some of many names, in one line."""
    listed = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{listed} and {more} more" if more > 0 else listed
