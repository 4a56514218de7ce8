"""From a folder, a clone or an LMS's download to submitted/: each file is collected, or listed with a reason.

The student is found by the names in the download (`downloads`) and the roster (`senders`), the lesson by
the file's name, the cells in it or the folders around it (`recognize`). Of several tries of one student the
newest counts: by its time if there is one, otherwise by the LMS's own numbers.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from autograder.collecting import downloads, sources
from autograder.collecting.downloads import RECEIPT, TEXT, Sent
from autograder.collecting.handed_in import Clock, Time, is_packed
from autograder.collecting.placing import RESERVED, Submitted, Try
from autograder.collecting.senders import Senders, Stranger, Unmatched
from autograder.collecting.sources import FOLDER, GIT
from autograder.course import assignment, gradebook, roster
from autograder.course.assignment import Released
from autograder.course.course import Course, CourseError
from autograder.course.lms import NAMES
from autograder.course.people import letters, shown, student_id
from autograder.course.preview import is_preview
from autograder.course.roster import Student
from autograder.grading import recognize, tree
from autograder.grading.archives import NotOpened
from autograder.grading.intake import SECRET, TIMESTAMP
from autograder.grading.recognize import Lessons, Unreadable
from autograder.grading.tree import Entry, Unopened
from autograder.notebook import file_kinds, merge

FORMATS = (*downloads.FORMATS, FOLDER, GIT)
RULE = "Of several tries of one student the newest counts."
MOST_BESIDE = 200  # files beside one notebook
MOST_BESIDE_BYTES = 50_000_000
MOST_NAMED = 3
FEWEST_STRANGERS = 3  # where nobody else sent anything, the roster is not this class's


@dataclass(frozen=True)
class Options:
    """What the command was asked.

    Attributes:
        lesson: the lesson that everything is of, "" where each file says so.
        roster: the roster's bytes, None where there is none.
        student: whose everything is, "" where each file says so.
        form: one of FORMATS, "" where it is recognized.
        zone: the LMS's time zone, "" for the course's or this machine's.
    """

    lesson: str = ""
    roster: bytes | None = None
    student: str = ""
    form: str = ""
    zone: str = ""
    dry_run: bool = False


@dataclass
class Row:
    """What became of one student's lesson.

    Attributes:
        status: see `placing`.
        file: the notebook, in the download.
        handed_in: when, in UTC; "" where nothing says so.
    """

    student: str
    name: str
    lesson: str
    status: str
    file: str
    handed_in: str = ""
    late: bool = False
    remarks: list[str] = field(default_factory=list)


@dataclass
class Collection:
    """What became of everything in a source.

    Attributes:
        unmatched: files that are in nobody's folder, each with the reason and what to do.
        accounts: what became of each file.
        zone: how times without a zone were read, "" where there were none.
        missing: who is in the roster and sent nothing, not even something that could not be matched.
    """

    source: str
    form: str = ""
    rows: list[Row] = field(default_factory=list)
    unmatched: list[tuple[str, str]] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    zone: str = ""
    missing: list[str] = field(default_factory=list)


class Progress(Protocol):
    """Who wants to know how far it is."""

    def begin(self, total: int) -> None:
        """So many there are."""

    def step(self, name: str, seconds: float, new: bool) -> None:
        """One is done."""

    def waiting(self) -> None:
        """Another grader is at work."""


@dataclass
class _Upload:
    """One student's files of one try, before anybody knows of which lesson they are.

    Attributes:
        around: what stands around the upload in the source: folders, zips, the LMS's name of the assignment.
        files: each with its path as the student knows it.
        texts: what was typed into the LMS.
        receipts: what the LMS wrote about the try.
        order: of two tries without a time the larger one is newer.
    """

    sent: Sent
    around: list[str]
    files: list[tuple[str, Entry]] = field(default_factory=list)
    texts: list[tuple[str, Entry]] = field(default_factory=list)
    receipts: list[tuple[str, Entry]] = field(default_factory=list)
    order: int = 0

    @property
    def entries(self) -> list[Entry]:
        """All its files."""
        return [entry for _, entry in self.files + self.texts + self.receipts]


@dataclass
class _Notebook:
    """A notebook of an upload whose lesson is known."""

    upload: _Upload
    inside: str
    entry: Entry
    lesson: str
    untouched: bool
    remarks: list[str]


@dataclass
class _Candidate:
    """What a student may have handed in for a lesson."""

    student: Student
    team: str
    notebook: _Notebook
    time: Time
    alone: bool
    remarks: list[str]

    @property
    def age(self) -> tuple[bool, datetime, int, str]:
        """What is larger is newer."""
        return (
            self.time.moment is not None,
            self.time.moment or datetime.min,
            self.notebook.upload.order,
            self.notebook.upload.sent.attempt,
        )


def collect(course: Course, source: Path, options: Options, progress: Progress) -> Collection:
    """Collect what is in a source.

    Raises:
        CourseError: there is no such source, it is no zip, nothing is released, or an option is wrong.
    """
    lessons = course.lessons("release")
    if not lessons:
        raise CourseError(
            "nothing is released: run `autograder release` first, so that notebooks are known by it"
        )
    wanted = course.choose([options.lesson], "release")[0] if options.lesson else ""
    if options.form and options.form not in FORMATS:
        raise CourseError(f"no format {options.form!r}; there are: {', '.join(FORMATS)}")
    students = None if options.roster is None else roster.read(options.roster)
    sources.check(course, source)
    with ExitStack() as stack:
        if not options.dry_run:
            stack.enter_context(course.lock(progress.waiting))
        entries, form = stack.enter_context(sources.opened(source))
        return _Collecting(course, source, options, wanted, students, progress).run(entries, form)


def _enrolled(one: Student) -> gradebook.Student:
    """Without the LMS's own id: Moodle's is another one in each assignment."""
    return gradebook.Student(one.id, one.first, one.last, one.email, "")


class _Collecting:
    """One run of the command."""

    def __init__(
        self,
        course: Course,
        source: Path,
        options: Options,
        wanted: str,
        students: list[Student] | None,
        progress: Progress,
    ) -> None:
        self.course = course
        self.source = source
        self.options = options
        self.wanted = wanted
        self.progress = progress
        self.senders = Senders(students)
        self.students = students
        self.released = cache(lambda lesson: assignment.load(course, lesson))
        self.lessons = Lessons(course, course.lessons("release"), lambda one: self.released(one).notebook)
        self.made = Collection(shown(source.name or source.resolve().name))
        self.form = ""
        self.only = self._only()

    def run(self, entries: list[Entry], form: str) -> Collection:
        """Collect it."""
        for entry in [entry for entry in entries if entry.kind == "kept"]:
            self._account(entry, "kept by a program")
        entries = [entry for entry in entries if entry.kind != "kept"]
        paths = [entry.path.split("/") for entry in entries]
        self.form, depth = (self.options.form or form), 0
        if self.form in ("", *downloads.FORMATS):
            self.form, depth = downloads.recognized(paths, self.options.form)
            if self.options.form and not self.form:
                raise CourseError(f"{self.source}: no file in it is named as {self.options.form} names them")
        self.form = self.made.form = self.form or FOLDER
        self.clock = Clock(self.course, self.source, self.form, self.options.zone, self.options.roster)
        uploads = self._uploads(entries, depth)
        twins = _twins(uploads)
        candidates: dict[tuple[str, str], list[_Candidate]] = {}
        heard_of: set[str] = set()
        strangers = 0
        for upload in uploads:
            try:
                people, team = self._people(
                    upload, (tuple(upload.around), letters(upload.sent.name)) in twins
                )
                heard_of |= {person.id for person in people}
                notebooks = self._notebooks(upload)
            except Stranger as error:
                strangers += 1
                self._unmatched(upload.entries, str(error))
                continue
            except Unmatched as error:
                self._unmatched(upload.entries, str(error))
                continue
            for notebook in notebooks:
                for person in people:
                    found = self._candidate(
                        person, team, notebook, len({one.lesson for one in notebooks}) == 1
                    )
                    candidates.setdefault((person.id, notebook.lesson), []).append(found)
        if strangers >= FEWEST_STRANGERS and not heard_of:
            raise CourseError(
                f"nobody in the roster sent any of the {strangers} submissions: is it another course's?"
            )
        self.made.zone = self.clock.zone
        if self.students and not self.options.dry_run:
            gradebook.enroll(self.course, [_enrolled(one) for one in self.students])
        self._place(candidates)
        for entry in entries:
            self.made.accounts.setdefault(shown(entry.path), "not taken: beside no notebook that was")
        if self.students is not None:
            self.made.missing = [one.id for one in self.students if one.id not in heard_of]
        return self.made

    # Whose it is

    def _only(self) -> Student | None:
        """The one student of `--student`."""
        if not self.options.student:
            return None
        if self.students is None:
            return Student(student_id(self.options.student), self.options.student)
        try:
            found = self.senders.called(self.options.student)
        except Unmatched as error:
            raise CourseError(str(error)) from None
        if found is None:
            raise CourseError(f"nobody in the roster is called {self.options.student!r}")
        return found

    def _people(self, upload: _Upload, twins: bool) -> tuple[list[Student], str]:
        """Who sent it, and the team's name where it is a team's."""
        if self.only:
            return [self.only], ""
        if self.form == "exchange":
            self._check_owner(upload)
        if self.form in (FOLDER, GIT):
            person = self._owner(upload)
            return [person], ""
        if is_preview(self.form, upload.sent.name, upload.sent.login):
            raise Unmatched(f"from the test student of {NAMES[self.form]}, whose work is nobody's")
        people = self.senders.who(upload.sent, twins=twins)
        return people, upload.sent.name if len(people) > 1 else ""

    def _owner(self, upload: _Upload) -> Student:
        """The student after whom a folder, a clone or a file is named.

        Raises:
            Unmatched: nobody, or more than one.
        """
        names = upload.around
        if self.students is None:
            if not upload.sent.alone:
                raise Unmatched(
                    "whose is it? Put it into a folder of the student's, or give --student or --roster"
                )
            return Student(student_id(upload.sent.alone), upload.sent.alone)
        found = {one.id: one for name in names if (one := self.senders.called(_stem(name)))}
        if self.form == GIT and not found:  # GitHub Classroom: assignment-username
            ends = [names[0][at.end() :] for at in re.finditer("-", names[0])]
            found = {one.id: one for end in ends if (one := self.senders.called(end))}
        if not found and (inner := self.senders.named_in(_stem(names[-1]))):
            found = {inner.id: inner}
        if len(found) > 1:
            raise Unmatched(f"which student's? It may be {', '.join(sorted(map(shown, found)))}")
        for one in found.values():
            return one
        called = shown(upload.sent.alone or names[-1])
        raise Stranger(
            f"nobody in the roster is called {called}: name it after the student's id, or add the student"
        )

    def _check_owner(self, upload: _Upload) -> None:
        """Only the student, or who collects, may own what lies in the exchange; as in nbgrader's own collect.

        Raises:
            Unmatched: somebody else does.
        """
        folders = upload.files[0][1].path.split("/")[: len(upload.around)]
        owner = sources.owner_of(sources.top_of(self.source).joinpath(*folders))
        if owner and owner[0] not in (os.getuid(), 0) and owner[1] != upload.sent.login:
            raise Unmatched(
                f"is in the name of {shown(upload.sent.login)}, but {owner[1]} put it there: ask both"
            )

    # What is one try

    def _uploads(self, entries: list[Entry], depth: int) -> list[_Upload]:
        """The files by student and try; what has no place in the format is listed."""
        found: dict[tuple[str, ...], _Upload] = {}
        shared = self._shared(entries)
        for entry in entries:
            parts = entry.path.split("/")
            if entry.kind == "odd":
                self._unmatched([entry], entry.why or "cannot be read")
                continue
            sent, around = self._sent(parts, depth, shared)
            if sent is None:
                why = (
                    "lies beside the clones: it belongs into one of them"
                    if self.form == GIT
                    else f"is not named as in a download of {self.form.capitalize()}"
                )
                self._unmatched([entry], why)
            elif sent.kind == RECEIPT and not sent.login:
                self._account(entry, "read")
            else:
                key = (*around, "/", sent.blind, sent.login, sent.lms_id, sent.name, sent.attempt)
                upload = found.setdefault(key, _Upload(sent, around))
                kinds = {RECEIPT: upload.receipts, TEXT: upload.texts}
                kinds.get(sent.kind, upload.files).append((sent.inside, entry))
                upload.order = max(upload.order, sent.order)
        return list(found.values())

    def _sent(self, parts: list[str], depth: int, shared: int) -> tuple[Sent | None, list[str]]:
        """What a path says about who sent a file, and what stands around the upload.

        Nothing around it was named by the student, but a loose file.
        """
        if self.only and self.form in (FOLDER, GIT):
            return Sent("/".join(parts)), []
        if self.form in downloads.FORMATS:
            sent = downloads.FORMATS[self.form](parts[depth:]) if len(parts) > depth else None
            return sent, parts[: depth + (self.form == "exchange")]
        if self.form == GIT:
            sent = Sent("/".join(parts[1:]), alone=self._clone_owner(parts[0])) if len(parts) > 1 else None
            return sent, parts[:1]
        at = self._owner_at(parts, shared)
        if at is None:
            return Sent(parts[-1]), parts
        return Sent("/".join(parts[at + 1 :]), alone=_stem(parts[at])), parts[: at + 1]

    def _clone_owner(self, name: str) -> str:
        """Whose a clone is: its name, without an assignment's in front of it."""
        for at in reversed(list(re.finditer("-", name))):
            if self.lessons.called(name[: at.start()]) or self.lessons.by_name(name[: at.start()]):
                ends = name[at.end() :]
                if ends:
                    return ends
        return name

    def _shared(self, entries: list[Entry]) -> int:
        """How many folders are around all students' folders."""
        if self.form != FOLDER:
            return 0
        found = [entry.path.split("/") for entry in entries if entry.kind == file_kinds.NOTEBOOK]
        shared = 0
        while (
            found
            and all(len(parts) > shared + 2 for parts in found)
            and len({parts[shared] for parts in found}) == 1
            and len(inner := {parts[shared + 1] for parts in found}) > 1
            and not any(map(self.lessons.called, (*inner, found[0][shared])))
        ):
            shared += 1
        return shared

    def _owner_at(self, parts: list[str], shared: int) -> int | None:
        """Which part of a path is the student's folder; None where there is none."""
        folders = parts[:-1]
        if self.students is not None:
            for number, part in enumerate(folders):
                try:
                    if self.senders.called(_stem(part)):
                        return number
                except Unmatched:
                    return number
        lesson = next(
            (n for n, part in enumerate(folders) if n >= shared and self.lessons.called(part)), None
        )
        if lesson is None:
            return shared if len(folders) > shared else None
        before = [n for n in range(shared, lesson) if not file_kinds.is_archive_name(parts[n])]
        if before:
            return before[0]
        if lesson > shared:  # in the student's own zip
            return shared
        return lesson + 1 if len(folders) > lesson + 1 else None

    # Which lesson it is of

    def _notebooks(self, upload: _Upload) -> list[_Notebook]:
        """The one notebook of an upload that counts, for each lesson in it.

        Raises:
            Unmatched: there is none.
        """
        wanted = [one for one in upload.files if one[1].kind == file_kinds.NOTEBOOK and not one[1].checkpoint]
        wanted = wanted or [one for one in upload.files if one[1].kind == file_kinds.NOTEBOOK]
        wanted = wanted or [one for one in upload.files if one[1].kind == file_kinds.SCRIPT]
        if not wanted:
            there = [f"{shown(inside)} ({_told(entry)})" for inside, entry in upload.files]
            there += [f"{inside} (typed into the LMS: read it there)" for inside, _ in upload.texts]
            raise Unmatched(f"no notebook; {'there is ' + _listed(there) if there else 'only a receipt'}")
        by_lesson: dict[str, list[_Notebook]] = {}
        for inside, entry in wanted:
            try:
                found = self._notebook(upload, inside, entry)
            except Unmatched as error:
                self._unmatched([entry], str(error))
                continue
            if found:
                by_lesson.setdefault(found.lesson, []).append(found)
        copies = {lesson for lesson, found in by_lesson.items() if all(one.untouched for one in found)}
        if len(copies) < len(by_lesson):  # of a copy of the whole course only what was worked on is handed in
            for one in (one for lesson in copies for one in by_lesson.pop(lesson)):
                self._account(one.entry, "as released, in a copy of the whole course")
        chosen = []
        for several in by_lesson.values():
            try:
                chosen.append(self._newest(several))
            except Unmatched as error:
                self._unmatched([one.entry for one in several], str(error))
        return chosen

    def _notebook(self, upload: _Upload, inside: str, entry: Entry) -> _Notebook | None:
        """Of which lesson a notebook is; None where it is as released, and another lesson was asked for.

        Raises:
            Unmatched: of none, of several, or not of the one that was asked for.
        """
        *folders, name = inside.split("/")
        remarks: list[str] = []
        cells = None
        try:
            cells, mended = recognize.cells(entry, self.course)
            remarks += mended
        except Unreadable as error:
            if "is larger than" in str(error):
                raise Unmatched(str(error)) from None
            remarks.append(str(error))
        named = self._called(name.rsplit(".", 1)[0])
        around = (*reversed(folders), upload.sent.assignment, *reversed(upload.around))
        outside = next(filter(None, map(self._called, filter(None, around))), "")
        asked = self.wanted or (outside if self.form == "exchange" else "")
        lesson = asked or named
        if not lesson or (cells and not merge.belongs(self.released(lesson).notebook, cells)):
            by_cells = self.lessons.of_cells(cells) if cells else ""
            if asked and by_cells and by_cells != asked:
                if not merge.differs(self.released(by_cells).notebook, cells or []):
                    self._account(entry, "as released, and not of the lesson that was asked for")
                    return None
                raise Unmatched(
                    f"is the notebook of {by_cells}, not of {asked}: collect it as --lesson {by_cells}"
                )
            lesson = asked or by_cells or named or outside
            if by_cells and named and by_cells != named:
                remarks.append(f"called {shown(name)}, with the cells of {by_cells}")
        if not lesson:
            raise Unmatched("of which lesson? Neither its cells nor its name say so: give --lesson")
        untouched = cells is not None and not merge.differs(self.released(lesson).notebook, cells)
        return _Notebook(upload, inside, entry, lesson, untouched, remarks)

    def _called(self, name: str) -> str:
        return self.lessons.called(name) or self.lessons.by_name(name)

    def _newest(self, found: list[_Notebook]) -> _Notebook:
        """Of several notebooks in one upload the newest that was worked on.

        Raises:
            Unmatched: two differ, and nothing says which is newer.
        """
        if len(found) == 1:
            return found[0]
        name = self.released(found[0].lesson).name
        worked = [one for one in found if not one.untouched] or found[:1]
        orders = {id(entry): number for number, (_, entry) in enumerate(found[0].upload.files)}

        def age(one: _Notebook) -> tuple[int, float]:
            sent = self._sent_of(one)
            return (sent.order if sent else 0, one.entry.modified)

        best = max(map(age, worked))
        latest = [one for one in worked if age(one) == best]
        if len(latest) > 1:
            latest = [one for one in latest if one.inside.rsplit("/", 1)[-1] == name] or latest
            if len(latest) > 1 and len({tree.content(one.entry) for one in latest}) > 1:
                each = _listed([shown(one.inside) for one in latest])
                raise Unmatched(f"which one? {each} differ, and none is newer")
        chosen = min(latest, key=lambda one: orders[id(one.entry)])
        rest = [one for one in found if one is not chosen]
        chosen.remarks.append(f"of {len(found)} notebooks {shown(chosen.inside)} counts")
        for one in rest:
            self._account(one.entry, f"not taken: {shown(chosen.inside)} beside it counts")
        return chosen

    def _sent_of(self, one: _Notebook) -> Sent | None:
        if self.form != "canvas":
            return None
        depth = len(one.upload.around)
        return downloads.canvas(one.entry.path.split("/")[depth:])

    # Where it goes

    def _candidate(self, person: Student, team: str, notebook: _Notebook, alone: bool) -> _Candidate:
        upload = notebook.upload
        name, comment = _receipt(upload)
        for _, entry in upload.receipts:
            self._account(entry, "read")
        person = replace(person, name=name) if name and self.students is None else person
        handed_in = self.clock.time(upload.sent, notebook.entry, upload.files)
        remarks = [*notebook.remarks, *([handed_in.remark] if handed_in.remark else [])]
        if comment:
            remarks.append(f"comment: {comment}")
        if upload.sent.blind and person.name == upload.sent.blind:
            remarks.append("anonymous: the id is this assignment's pseudonym")
        if team:
            remarks.append(f"of the team {shown(team)}")
        return _Candidate(person, team, notebook, handed_in, alone, remarks)

    def _place(self, candidates: dict[tuple[str, str], list[_Candidate]]) -> None:
        submitted = Submitted(self.course.folder("submitted"), dry_run=self.options.dry_run)
        if not self.options.dry_run:
            submitted.recover()
        self.progress.begin(len(candidates))
        for (student, lesson), found in sorted(candidates.items()):
            began = time.perf_counter()
            newest = max(found, key=lambda one: one.age)
            equal = [one for one in found if one.age == newest.age]
            if len({tree.content(one.notebook.entry) for one in equal}) > 1:
                for one in equal:
                    why = f"{len(equal)} tries of {student} differ, and nothing says which is the newest"
                    self._unmatched(one.notebook.upload.entries, f"{why}: leave one of them")
                continue
            for one in found:
                if one is not newest:
                    self._account(one.notebook.entry, "an older try")
                    for entry in one.notebook.upload.entries:
                        self.made.accounts.setdefault(shown(entry.path), "beside an older try")
            row = self._row(student, lesson, newest)
            if len(found) > 1:
                row.remarks.insert(0, f"the newest of {len(found)} tries")
            try:
                attempt = self._attempt(newest, self.released(lesson))
                row.status = submitted.put(attempt)
            except Unmatched as error:
                self._unmatched(newest.notebook.upload.entries, str(error))
            except OSError as error:
                raise CourseError(
                    f"{student}, {lesson}: cannot be written ({error.strerror}); what is done so far stays"
                ) from error
            else:
                self.made.rows.append(row)
                self._account(newest.notebook.entry, "collected")
                for place, path in attempt.origins.items():
                    self.made.accounts.setdefault(shown(path), f"collected as {place}")
                for entry in newest.notebook.upload.entries:
                    self.made.accounts.setdefault(shown(entry.path), "not taken: not beside the notebook")
            self.progress.step(
                f"{student} {lesson}", time.perf_counter() - began, row.status not in ("unchanged", "")
            )
        submitted.finish()

    def _row(self, student: str, lesson: str, newest: _Candidate) -> Row:
        written = newest.time.moment.strftime("%Y-%m-%d %H:%M:%S UTC") if newest.time.moment else ""
        late = newest.notebook.upload.sent.late
        return Row(
            student,
            newest.student.name,
            lesson,
            "",
            shown(newest.notebook.entry.path),
            written,
            late,
            newest.remarks,
        )

    def _attempt(self, newest: _Candidate, released: Released) -> Try:
        """The try with everything that lies beside its notebook.

        Raises:
            Unmatched: its notebook cannot be read.
        """
        notebook = newest.notebook
        top = notebook.inside.rpartition("/")[0]
        name = (
            released.name
            if notebook.entry.kind == file_kinds.NOTEBOOK
            else notebook.inside.rsplit("/", 1)[-1]
        )
        try:
            files = {name: notebook.entry.read(self.course.grading.notebook_bytes * recognize.LARGEST)}
        except (Unopened, NotOpened, OSError) as error:
            raise Unmatched(str(error)) from None
        origins = {name: notebook.entry.path}
        room = MOST_BESIDE_BYTES
        for inside, entry in notebook.upload.files + notebook.upload.texts:
            if entry is notebook.entry or shown(entry.path) in self.made.accounts or entry.checkpoint:
                continue
            near = not top or inside.startswith(f"{top}/")
            if not near and (not newest.alone or self.form == GIT):
                continue
            path = inside.removeprefix(f"{top}/") if near else inside
            if self.form in ("exchange", FOLDER) and path == SECRET and not is_packed(entry):
                files[SECRET] = entry.read(1000)
                self._account(entry, "collected")
                continue
            if set(path.split("/")) & RESERVED:
                self._account(
                    entry, "read" if newest.time.stamp and path == TIMESTAMP else "not taken: nbgrader's own"
                )
                continue
            try:
                path = _free_name(path, files)
                if len(files) > MOST_BESIDE:
                    raise Unmatched(
                        f"more than {MOST_BESIDE} files beside a notebook: the others are not taken"
                    )
                data = entry.read(min(room, self.course.grading.notebook_bytes) + 1)
                if len(data) > min(room, self.course.grading.notebook_bytes):
                    raise Unmatched("is too large to be taken along: copy it, if it is needed")
            except (Unmatched, Unopened, NotOpened, OSError) as error:
                self._unmatched([entry], str(error))
                continue
            room -= len(data)
            files[path], origins[path] = data, entry.path
        if newest.time.stamp:
            files[TIMESTAMP] = newest.time.stamp
        sent = notebook.upload.sent
        known = {"name": newest.student.name, "lms_id": sent.lms_id, "login": sent.login, "team": newest.team}
        return Try(
            newest.student.id,
            notebook.lesson,
            files,
            origins,
            newest.time.moment,
            newest.time.when,
            notebook.upload.order,
            sent.late,
            self.form,
            self.made.source,
            "" if self.only else sent.alone,
            {key: value for key, value in known.items() if value},
        )

    def _account(self, entry: Entry, what: str) -> None:
        self.made.accounts[shown(entry.path)] = what

    def _unmatched(self, entries: list[Entry], why: str) -> None:
        """List files: one line for a whole upload, and an account of each."""
        paths = [shown(entry.path) for entry in entries]
        fresh = [path for path in paths if path not in self.made.accounts]
        for path in fresh:
            self.made.accounts[path] = f"not matched: {why}"
        if fresh:
            more = f" and {len(fresh) - 1} more" if len(fresh) > 1 else ""
            self.made.unmatched.append((fresh[0] + more, why))


def _twins(uploads: list[_Upload]) -> set[tuple[tuple[str, ...], str]]:
    """Names that more than one student of a download has: the LMS's numbers differ."""
    numbers: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for upload in uploads:
        if upload.sent.name and not upload.sent.steady:
            numbers.setdefault((tuple(upload.around), letters(upload.sent.name)), set()).add(
                upload.sent.lms_id
            )
    return {key for key, found in numbers.items() if len(found) > 1}


def _receipt(upload: _Upload) -> tuple[str, str]:
    """The student's name and comment in Blackboard's receipt, as far as it is in English."""
    text = "".join(file_kinds.text_of(tree.content(entry)[:20_000]) for _, entry in upload.receipts)
    text = text.replace("\r\n", "\n")
    name = re.search(r"^Name: *(.+?) *\(", text, re.MULTILINE)
    comment = re.search(r"^Comments:\n(?!There are no )(.+?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return shown(name[1]) if name else "", shown(" ".join(comment[1].split()))[:200] if comment else ""


def _free_name(path: str, taken: dict[str, bytes]) -> str:
    """A file's path below the lesson's folder, with a number where another one is called so.

    Raises:
        Unmatched: no file can be called so here.
    """
    parts = path.split("/")
    if len(path) > 1000 or not all(map(_can_be_written, parts)):
        raise Unmatched("no file can be called so here: rename it")
    stem, dot, ending = path.rpartition(".") if "." in parts[-1][1:] else (path, "", "")
    number = 2
    while path in taken:
        path = f"{stem}-{number}{dot}{ending}"
        number += 1
    above = {"/".join(parts[:n]) for n in range(1, len(parts))}
    if above & taken.keys() or any(name.startswith(f"{path}/") for name in taken):
        raise Unmatched("a file and a folder have one name: rename one of them")
    return path


def _can_be_written(part: str) -> bool:
    try:
        size = len(part.encode())
    except UnicodeEncodeError:
        return False
    return 0 < size <= 240 and part not in (".", "..") and part.isprintable() and "\\" not in part


def _stem(name: str) -> str:
    return re.sub(r"\.(zip|ipynb)$", "", name, flags=re.IGNORECASE)


def _told(entry: Entry) -> str:
    if entry.kind in file_kinds.NAMED:
        return f"{file_kinds.words(entry.kind)}: {file_kinds.advice(entry.kind)}"
    return "nothing that can be read"


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
