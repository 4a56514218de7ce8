"""`autograder forget`: a student's data removed everywhere in a course, or kept under a random id.

What is looked for is exact: a folder's name, a field of a table, the beginning of a line in the log. Where a
name only stands in some text, which may as well be another person's, nothing is changed: the file is listed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from autograder.course import gradebook
from autograder.course.course import Course, CourseError, write_atomically
from autograder.course.people import shown, student_id
from autograder.notebook.reading import text_of
from autograder.notebook.sanitize import printable

STEPS = ("submitted", "autograded", "feedback")
BY_HAND = "by hand"
MADE_AGAIN = "made by a command, which makes it again"
REPORT = "report"  # where `autograder report` writes its pages
MOST_BYTES = 50_000_000  # a larger file outside the students' folders is not looked into
# In a table's heading, the words of columns that say who somebody is: a score may look like an id.
WHO = frozenset(
    [
        *("id", "student", "students", "user", "username", "name", "names", "login", "mail", "email", "sis"),
        *("participant", "identifier", "orgdefinedid"),
        *("vorname", "nachname", "kennung", "benutzername", "anmeldename", "teilnehmer"),
    ]
)
EDGES = r"(?<![\w@+.'’-]){}(?![\w+'’-]|\.\w)"


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Attributes:
        what: "remove", "edit", "rename" or "by hand".
        where: a path below the course's root, or what else it is.
        detail: what of it, in a few words.
        do: does it; None where only a human can.
    """

    what: str
    where: str
    detail: str = ""
    do: Callable[[], None] | None = field(default=None, compare=False, repr=False)


class Who:
    """The student, and what tells them from everybody else.

    Attributes:
        id: in the gradebook and in the folders.
        names: what is the student's alone: the id, the name as folders have it, the email, the LMS's id.
        full_names: first and last name, where no other student has the same.
        others: what names everybody else.
    """

    def __init__(self, course: Course, given: str, journal: dict[str, Any]) -> None:
        people = gradebook.students(course)
        folders = [name for step in STEPS for name in _names(course.folder(step))]
        ids = {person.id for person in people} | set(map(student_id, folders))
        composed = unicodedata.normalize("NFC", given)
        self.id = composed if composed in ids else student_id(given)
        own = [person for person in people if person.id == self.id]
        self.in_gradebook = bool(own)
        self.names = {self.id, given, composed, *journal.get("names", ())}
        self.names |= {name for name in folders if student_id(name) == self.id}
        self.names |= {part for person in own for part in (person.email, person.lms_id) if part}
        self.full_names = {full for person in own for full in _full_names(person)} - self.names
        self.full_names |= set(journal.get("full_names", ()))
        others = {person.id for person in people} | {name for name in folders if student_id(name) != self.id}
        others |= {full for person in people if person.id != self.id for full in _full_names(person)}
        others |= {person.email for person in people if person.id != self.id and person.email}
        self.full_names -= others
        self.others = others
        # A name within a longer one that somebody else has is not this student's.
        mine = self.names | self.full_names
        every = sorted(mine | others - {self.id}, key=lambda name: (-len(name), name))
        self._mention = re.compile(EDGES.format(f"(?:{'|'.join(map(re.escape, every))})"))
        self._mine = mine

    def is_named(self, text: str) -> bool:
        """Whether a field is the student's name, or a path through a folder of that name."""
        return text in self.names or any(part in self.names for part in text.split("/"))

    def mentioned(self, text: str) -> bool:
        """Whether the name stands in a text, not as a part of somebody else's."""
        return any(found[0] in self._mine for found in self._mention.finditer(text))

    def without(self, text: str, new: str) -> str:
        """A text with another name in place of the student's."""
        return self._mention.sub(lambda found: new if found[0] in self._mine else found[0], text)


def plan(course: Course, given: str, *, pseudonym: bool = False) -> tuple[list[Step], dict[str, Any]]:
    """What would be done about a student.

    Args:
        given: the student's id, or the name as it was handed in.
        pseudonym: keep grades and notebooks under a random id instead of removing them.

    Returns:
        The steps in their order, and what an interrupted run must know to be finished.

    Raises:
        CourseError: nobody has this id, or an earlier run with the other option was interrupted.
    """
    journal = _read_journal(course, given)
    if journal and bool(journal["pseudonym"]) != pseudonym:
        was = "with" if journal["pseudonym"] else "without"
        raise CourseError(f"forgetting {shown(given)!r} was begun {was} --pseudonym: finish it so first")
    who = Who(course, given, journal)
    new = ""
    if pseudonym:
        new = journal.get("pseudonym") or f"student-{secrets.token_hex(4)}"
    found = list(_Plan(course, who, new).steps())
    if not journal and not any(map(_is_evidence, found)):
        raise CourseError(f"no student {shown(given)!r} in this course: nothing is theirs here")
    known = {"student": who.id, "names": sorted(who.names), "full_names": sorted(who.full_names)}
    return found, {**known, "pseudonym": new}


def forget(course: Course, given: str, *, pseudonym: bool = False) -> list[Step]:
    """Do it; interrupted, the same call finishes it.

    Returns:
        What was done, then what is left for a human.
    """
    with course.lock():
        steps, journal = plan(course, given, pseudonym=pseudonym)
        path = _journal(course, given)
        write_atomically(path, json.dumps(journal).encode(), mode=0o600)
        for step in steps:
            if step.do is not None:
                step.do()
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    return steps


def _journal(course: Course, given: str) -> Path:
    digest = hashlib.sha256(student_id(given).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return course.state / "forgetting" / f"{digest}.json"


def _read_journal(course: Course, given: str) -> dict[str, Any]:
    try:
        return dict(json.loads(_journal(course, given).read_bytes()))
    except FileNotFoundError:
        return {}


def _names(folder: Path) -> list[str]:
    """The students' folders of a step."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _full_names(person: gradebook.Student) -> set[str]:
    first, last = person.first, person.last
    if first and last:
        return {f"{first} {last}", f"{last}, {first}", f"{last} {first}"}
    return {first or last} - {""}


def _is_evidence(step: Step) -> bool:
    """Whether a step shows that there is such a student: a page may use the same word for something else."""
    return step.where.endswith(".zip") or (step.do is not None and step.detail != MADE_AGAIN)


class _Plan:
    """One look through the course."""

    def __init__(self, course: Course, who: Who, new: str) -> None:
        self.course = course
        self.who = who
        self.new = new
        self.root = course.root

    def steps(self) -> Iterator[Step]:
        """The gradebook last: its names are needed to find the rest."""
        yield from self._folders()
        yield from self._files()
        yield from self._exchange()
        yield from self._gradebook()

    def _below(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _step(self, what: str, path: Path, detail: str, do: Callable[[], None] | None = None) -> Step:
        return Step(what, self._below(path), detail, do)

    def _folders(self) -> Iterator[Step]:
        for step in STEPS:
            folder = self.course.folder(step)
            for name in sorted(os.listdir(folder)) if folder.is_dir() else []:
                path = folder / name
                if student_id(name) != self.who.id or not (path.is_dir() or path.is_symlink()):
                    continue
                if not self.new or step == "feedback":
                    again = "; `autograder feedback` makes it again" if self.new else ""
                    yield self._step("remove", path, f"{_count(path)}{again}", partial(_remove, path))
                else:
                    yield from self._renamed(path)

    def _renamed(self, path: Path) -> Iterator[Step]:
        """A folder of notebooks under the new id."""
        for file in sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink()):
            if file.name == "submission_secret.txt":
                yield self._step("remove", file, "names the student to the exchange", partial(_remove, file))
            elif file.suffix == ".ipynb":
                yield from self._notebook(file)
            elif file.name != "timestamp.txt":
                yield self._step(BY_HAND, file, "kept as it is: see whether it names the student")
        yield self._step("rename", path, f"to {self.new}", partial(_move, path, path.with_name(self.new)))

    def _notebook(self, path: Path) -> Iterator[Step]:
        try:
            content = json.loads(path.read_bytes())
            cells = content["cells"]
            written = [n for n, cell in enumerate(cells, 1) if _is_free_text(cell)]
        except (ValueError, KeyError, TypeError):
            yield self._step(BY_HAND, path, "cannot be read: see whether it names the student")
            return
        renamed = _in_strings(content, lambda text: self.who.without(text, self.new))
        if renamed != content:
            data = json.dumps(renamed, indent=1, ensure_ascii=False).encode() + b"\n"
            yield self._step("edit", path, "the name in its cells", partial(_write, path, data))
        if written:
            numbers = ", ".join(map(str, written[:12])) + (" …" if len(written) > 12 else "")
            yield self._step(BY_HAND, path, f"free text in cells {numbers}: see whether it names the student")

    def _files(self) -> Iterator[Step]:
        handled = {self.course.folder(step) for step in STEPS}
        for path in _walk(self.root, handled, self._left_out()):
            try:
                yield from self._file(path)
            except OSError as error:
                yield self._step(BY_HAND, path, f"cannot be read ({error.strerror})")

    def _left_out(self) -> set[Path]:
        out = {self.course.folder("source"), self.course.folder("release"), self.course.state / "forgetting"}
        if (self.root / "pyproject.toml").is_file():
            out |= {self.root / "tests", self.root / "data"}
        return out

    def _file(self, path: Path) -> Iterator[Step]:
        ours = path.is_relative_to(self.course.state)
        if path == self.course.database:
            return
        if ours and (self._is_below_named(path) or (self._is_named(path) and not self.new)):
            yield self._step("remove", path, "", partial(_remove, path))
            return
        if ours and self._is_named(path):
            yield from self._content(path, ours)
            target = path.with_name(self._renaming(path))
            yield self._step("rename", path, f"to {target.name}", partial(_move, path, target))
            return
        yield from self._content(path, ours)

    def _is_named(self, path: Path) -> bool:
        """Whether a file of ours is the student's by its name: feedback/…/ann, graded/…/ann.json."""
        top, *_ = path.relative_to(self.course.state).parts
        name = re.sub(r"^\.(.*)\.\d+\.part$", r"\1", path.name)  # what a killed run had half written
        if top == "feedback":
            return name in self.who.names
        if top == "graded":
            return name.endswith(".json") and name.removesuffix(".json") in self.who.names
        return name not in self.who.others and (name in self.who.names or Path(name).stem in self.who.names)

    def _is_below_named(self, path: Path) -> bool:
        return any(part in self.who.names for part in path.relative_to(self.course.state).parts[:-1])

    def _renaming(self, path: Path) -> str:
        return self.new if path.name in self.who.names else f"{self.new}{path.suffix}"

    def _content(self, path: Path, ours: bool) -> Iterator[Step]:
        suffix = path.suffix.lower()
        if path.stat().st_size > MOST_BYTES and suffix != ".zip":
            yield self._step(BY_HAND, path, f"larger than {MOST_BYTES // 1_000_000} MB: not looked into")
        elif zipfile.is_zipfile(path):
            yield from self._zip(path)
        elif suffix in (".json", ".jsonl"):
            yield from self._json(path)
        elif suffix in (".csv", ".tsv"):
            yield from self._table(path)
        elif suffix == ".log":
            yield from self._log(path)
        elif self.who.mentioned(_text(path.read_bytes())[0]):
            made = ours or path.is_relative_to(self.root / REPORT)
            if made and suffix in (".html", ".md", ".txt"):
                yield self._step("remove", path, MADE_AGAIN, partial(_remove, path))
            else:
                yield self._step(BY_HAND, path, "names the student, or somebody of that name")

    def _zip(self, path: Path) -> Iterator[Step]:
        try:
            with zipfile.ZipFile(path) as archive:
                inside = [name for name in archive.namelist() if self._stands_in(name)]
        except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
            yield self._step(BY_HAND, path, f"cannot be opened: {error}")
            return
        if inside:
            listed = ", ".join(map(shown, inside[:3])) + (
                f" and {len(inside) - 3} more" if inside[3:] else ""
            )
            yield self._step(BY_HAND, path, f"delete it, or take out {listed}")

    def _stands_in(self, member: str) -> bool:
        """Whether a member of an LMS's archive is the student's: ANN/…, ANN_123_…, or a name in a path."""
        parts = unicodedata.normalize("NFC", member).split("/")
        return any(
            part in self.who.names or any(part.startswith(f"{name}_") for name in self.who.names)
            for part in parts
        ) or self.who.mentioned(member.replace("/", " / ").replace("_", " _ "))

    def _json(self, path: Path) -> Iterator[Step]:
        data = path.read_bytes()
        by_line = path.suffix.lower() == ".jsonl"
        try:
            before = (
                [json.loads(line) for line in data.decode().splitlines() if line.strip()]
                if by_line
                else json.loads(data)
            )
        except ValueError:
            if self.who.mentioned(_text(data)[0]):
                yield self._step(BY_HAND, path, "is no JSON, and names the student")
            return
        after = self._rewritten(before)
        after = {} if after is _GONE else after
        if after != before:
            if by_line:
                text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in after)
            else:
                text = json.dumps(after, indent=1, ensure_ascii=False)
            yield self._step("edit", path, "the student's entries", partial(_write, path, text.encode()))
        if self.who.mentioned(json.dumps(after, ensure_ascii=False)):
            yield self._step(BY_HAND, path, "names the student, or somebody of that name, in a text")

    def _rewritten(self, value: Any) -> Any:
        """JSON without what is the student's, `_GONE` where nothing is left; or with the new id in it."""
        who = self.who
        if self.new:
            return _in_strings(value, self._new_field)
        if isinstance(value, str):
            return _GONE if who.is_named(value) else value
        if isinstance(value, list):
            return [kept for item in value if (kept := self._rewritten(item)) is not _GONE]
        if isinstance(value, dict):
            if any(
                isinstance(value.get(key), str) and value[key] in who.names
                for key in ("student", "id", "name")
            ):
                return _GONE
            rest = {key: self._rewritten(item) for key, item in value.items() if not who.is_named(key)}
            return {key: item for key, item in rest.items() if item is not _GONE}
        return value

    def _new_field(self, text: str) -> str:
        if text in self.who.names | self.who.full_names:
            return self.new
        return "/".join(self.new if part in self.who.names else part for part in text.split("/"))

    def _table(self, path: Path) -> Iterator[Step]:
        text, encoding = _text(path.read_bytes())
        kept, found = [], 0
        for raw, row, columns in _rows(text):
            if not any(cell.strip() in self.who.names for cell in _who_cells(row, columns, self.who)):
                kept.append(raw)
                continue
            found += 1
            if self.new:
                kept.append(self._row(raw, row, text))
        data = "".join(kept).encode(encoding)
        if found:
            yield self._step("edit", path, f"{found} row{'s' * (found > 1)}", partial(_write, path, data))
        if self.who.mentioned("".join(kept)):
            yield self._step(BY_HAND, path, "names the student, or somebody of that name, in other rows")

    def _row(self, raw: str, row: list[str], text: str) -> str:
        mine = self.who.names | self.who.full_names
        stream = io.StringIO()
        end = raw[len(raw.rstrip("\r\n")) :]
        writer = csv.writer(stream, delimiter=_delimiter(text), lineterminator=end)
        writer.writerow([self.new if cell.strip() in mine else cell for cell in row])
        return stream.getvalue()

    def _log(self, path: Path) -> Iterator[Step]:
        text, encoding = _text(path.read_bytes())
        lines = text.splitlines(keepends=True)
        logged = self._logged()
        mine = [logged.search(line) is not None for line in lines]
        if any(mine):
            if self.new:
                kept = [logged.sub(self.new, line) for line in lines]
            else:
                kept = [line for line, own in zip(lines, mine, strict=True) if not own]
            data = "".join(kept).encode(encoding)
            count = sum(mine)
            yield self._step("edit", path, f"{count} line{'s' * (count > 1)}", partial(_write, path, data))
        rest = [line for line, own in zip(lines, mine, strict=True) if not own and self.who.mentioned(line)]
        if rest:
            yield self._step(
                BY_HAND, path, f"{len(rest)} more lines name the student, or somebody of that name"
            )

    def _logged(self) -> re.Pattern[str]:
        """Where the log says whose a line is: after the time, or in the path of a student's folder."""
        names = {form for name in self.who.names for form in (name, shown(name), printable(name))}
        one = f"(?:{'|'.join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))})"
        lessons = "|".join(map(re.escape, self.course.lessons()))
        paths = (rf"(?<={re.escape(self.course.folder(step).name)}/){one}(?=/)" for step in STEPS)
        return re.compile("|".join([rf"(?<=\d\d:\d\d:\d\d ){one}(?= (?:{lessons})(?:[:\s]|$))", *paths]))

    def _exchange(self) -> Iterator[Step]:
        """nbgrader's exchange lies outside the course, and belongs to the students as well."""
        root = str(self.course.config.Exchange.get("root", "") or "")
        folder = Path(root, self.course.course_id, "inbound")
        for path in sorted(folder.iterdir()) if root and folder.is_dir() else []:
            if path.name.partition("+")[0] in self.who.names:
                yield self._step(BY_HAND, path, "in the exchange, outside the course")

    def _gradebook(self) -> Iterator[Step]:
        if self.who.in_gradebook:
            about = [
                lesson for student, lesson in gradebook.scored(self.course) or () if student == self.who.id
            ]
            what = f"{len(about)} submission{'s' * (len(about) != 1)}, their scores and comments"
            if self.new:
                anew = partial(self.who.without, new=self.new)
                do = partial(gradebook.rename_student, self.course, self.who.id, self.new, anew)
                yield Step("rename", "gradebook", f"{what}: to {self.new}", do)
            else:
                do = partial(gradebook.remove_student, self.course, self.who.id)
                yield Step("remove", "gradebook", what, do)


_GONE: Any = object()


def _walk(root: Path, handled: set[Path], left_out: set[Path]) -> Iterator[Path]:
    """The files of a course that may name a student, but those in the students' own folders."""
    for above, folders, names in os.walk(root):
        here = Path(above)
        folders[:] = sorted(
            name
            for name in folders
            if (here / name not in left_out)
            and (not name.startswith(".") or (here == root and name == ".autograder"))
            and name not in ("__pycache__", "node_modules")
            and not (here / name / "pyvenv.cfg").is_file()
            and not (here / name / "__init__.py").is_file()
        )
        if here in handled:
            folders.clear()
        for name in sorted(names):
            path = here / name
            if path.is_symlink() or not path.is_file():
                continue
            if name in ("secret", "lock") or (name.startswith(".") and not name.endswith((".log", ".part"))):
                continue
            yield path


def _count(path: Path) -> str:
    if path.is_symlink():
        return "a link; what it leads to stays"
    count = sum(file.is_file() for file in path.rglob("*"))
    return f"{count} file{'s' * (count != 1)}"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    write_atomically(path, data, mode=path.stat().st_mode & 0o777)


def _move(path: Path, target: Path) -> None:
    """Give a file or folder its new name; into a folder that is there already, one part after the other."""
    if not (target.is_dir() and path.is_dir()):
        os.replace(path, target)
        return
    for part in sorted(path.iterdir()):
        _move(part, target / part.name)
    path.rmdir()


def _text(data: bytes) -> tuple[str, str]:
    """A file's text, and the encoding to write it with; every byte survives."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
    else:
        encoding = "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _delimiter(text: str) -> str:
    head = text.lstrip("\ufeff").partition("\n")[0]
    return max(",;\t", key=head.count)


def _rows(text: str) -> Iterator[tuple[str, list[str], list[bool]]]:
    """Each row of a table: its text as it stands, its cells, and which columns say who somebody is."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(iter(lines), delimiter=_delimiter(text))
    columns: list[bool] = []
    done = 0
    for row in reader:
        raw = "".join(lines[done : reader.line_num])
        done = reader.line_num
        if not columns:
            columns = [bool(WHO & set(re.findall(r"[a-z]+", cell.lower()))) for cell in row] or [False]
        yield raw, row, columns


def _who_cells(row: list[str], columns: list[bool], who: Who) -> list[str]:
    """The cells that may name a student; in other columns, only what cannot be a number."""
    return [
        cell
        for number, cell in enumerate(row)
        if (number < len(columns) and columns[number]) or not re.fullmatch(r"[\d.,\s]*", cell)
    ]


def _in_strings(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    """JSON with every string changed, but what is an image's data."""
    if isinstance(value, str):
        return value if key.startswith(("image/", "application/pdf")) else change(value)
    if isinstance(value, list):
        return [_in_strings(item, change, key) for item in value]
    if isinstance(value, dict):
        return {change(name): _in_strings(item, change, name) for name, item in value.items()}
    return value


def _is_free_text(cell: dict[str, Any]) -> bool:
    """Whether a student may have written about themselves in a cell: words, or a comment."""
    marks = cell.get("metadata", {}).get("nbgrader") or {}
    if marks.get("locked") or not text_of(cell["source"]).strip():
        return False
    if cell["cell_type"] == "markdown":
        return bool(marks.get("solution")) or not marks
    return "#" in text_of(cell["source"]) or '"""' in text_of(cell["source"])


def said(steps: list[Step], *, done: bool) -> list[str]:
    """The steps as lines: what is done or would be, then what a human has to look at."""
    past = {"remove": "removed", "edit": "edited", "rename": "renamed"} if done else {}
    own = [step for step in steps if step.do]
    rest = [step for step in steps if not step.do]
    lines = [f"{past.get(s.what, s.what):>8}  {printable(s.where)}{_after(s)}" for s in own]
    if rest:
        lines += ["", f"Left for you to look at ({len(rest)}):"]
        lines += [f"{'':>8}  {printable(step.where)}{_after(step)}" for step in rest]
    return lines


def _after(step: Step) -> str:
    return f": {printable(step.detail)}" if step.detail else ""
