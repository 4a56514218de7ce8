"""Put a try into submitted/STUDENT/LESSON/, whole or not at all; what stood there before is kept aside.

Beside the notebook are timestamp.txt, as nbgrader's exchange writes it, and a record of where it came from.
A newer try replaces an older one, which moves into `.earlier/`. Files that somebody put there by other
means are replaced only where both have a time and the new try is later.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.collecting.senders import Unmatched
from autograder.course.people import student_id
from autograder.grading import timestamps
from autograder.grading.intake import SECRET, TIMESTAMP

RECORD, EARLIER, STAGING = ".collected.json", ".earlier", ".collecting"
# Names that mean something in a submission's folder: no student's upload may bring them.
RESERVED = frozenset([TIMESTAMP, SECRET, RECORD, EARLIER, STAGING])
NEW, REPLACED, DATED, UNCHANGED, OLDER = "new", "replaced", "time added", "unchanged", "older"
MOST_RECORD = 1_000_000  # bytes


@dataclass(frozen=True)
class Try:
    """What one student handed in for one lesson at one time.

    Attributes:
        files: contents by path, below the lesson's folder.
        origins: where in the download each of them was.
        moment: when, in UTC without a time zone; None where nothing says so.
        when: the time as the download writes it.
        order: of two tries without a time the larger one is newer.
        late: whether the LMS marked it so.
        form: the format of the download.
        source: its name.
        sender: the student as the download names one.
        known: what the roster or the download says about the student: name, lms_id, login, team.
    """

    student: str
    lesson: str
    files: dict[str, bytes]
    origins: dict[str, str]
    moment: datetime | None = None
    when: str = ""
    order: int = 0
    late: bool = False
    form: str = ""
    source: str = ""
    sender: str = ""
    known: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Names what was handed in, whichever download it came with."""
        found = hashlib.sha256()
        for name, data in sorted(self.files.items()):
            if name not in RESERVED:
                found.update(name.encode("utf-8", "surrogatepass") + b"\0%d\0" % len(data) + data)
        return found.hexdigest()

    def record(self) -> dict[str, Any]:
        """What is written down beside it."""
        return {
            "digest": self.digest,
            "files": self.origins,
            "format": self.form,
            "source": self.source,
            "sender": self.sender,
            "handed_in": timestamps.written(self.moment) if self.moment else None,
            "when": self.when,
            "order": self.order,
            "late": self.late,
            **self.known,
        }


class Submitted:
    """The folder submitted/, as tries are put into it.

    Args:
        folder: submitted/.
        dry_run: say what would be done, and do nothing.
    """

    def __init__(self, folder: Path, *, dry_run: bool = False) -> None:
        self._folder = folder
        self._dry_run = dry_run
        names = os.listdir(folder) if folder.is_dir() else []
        self._called = {student_id(name): name for name in sorted(names) if not name.startswith(".")}
        self._senders: dict[tuple[str, str], set[str]] = {}
        for path in folder.glob("*/*/" + RECORD):
            record = _record(path.parent)
            if record and record.get("sender") and not record.get("team"):
                key = (f"{record.get('format')}:{record['sender']}", path.parent.name)
                self._senders.setdefault(key, set()).add(path.parent.parent.name)

    def recover(self) -> None:
        """Finish or drop what a killed run left: the new folder was complete before the old one was moved."""
        for staged in self._folder.glob(f"{STAGING}/*/*"):
            place = self._folder / staged.parent.name / staged.name
            if not place.exists() and (staged / RECORD).is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                _flatten(staged)
                staged.rename(place)
        shutil.rmtree(self._folder / STAGING, ignore_errors=True)

    def place(self, student: str, lesson: str) -> Path:
        """Where a student's lesson belongs."""
        return self._folder / self._called.get(student, student) / lesson

    def put(self, attempt: Try) -> str:
        """Put a try in its place.

        Returns:
            What was done: NEW, REPLACED, DATED, UNCHANGED, or OLDER where a newer one stands there.

        Raises:
            Unmatched: what stands there must be looked at first.
        """
        place = self.place(attempt.student, attempt.lesson)
        others = self._senders.get((f"{attempt.form}:{attempt.sender}", attempt.lesson), set())
        others = others - {place.parent.name}
        if attempt.sender and others and not attempt.known.get("team"):
            (other, *_) = sorted(others)
            raise Unmatched(
                f"was collected as {other} before, and is {attempt.student} now: "
                f"rename {self._folder.name}/{other}, or remove it"
            )
        done = _decide(place, attempt)
        if self._dry_run:
            return done
        if done == DATED:
            _write_time(place, attempt)
        elif done in (NEW, REPLACED):
            self._replace(place, attempt)
            self._called[attempt.student] = place.parent.name
        return done

    def _replace(self, place: Path, attempt: Try) -> None:
        staged = self._folder / STAGING / place.parent.name / place.name
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for name, data in attempt.files.items():
            path = staged / name
            if "/" in name:
                path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if attempt.moment and TIMESTAMP not in attempt.files:
            (staged / TIMESTAMP).write_text(timestamps.written(attempt.moment), encoding="utf-8")
        (staged / RECORD).write_text(
            json.dumps(attempt.record(), indent=1, ensure_ascii=False), encoding="utf-8"
        )
        if not place.parent.exists():
            staged.parent.rename(place.parent)  # a folder less to make and to remove: disks are slow at both
            return
        if place.is_dir() and any(place.iterdir()):
            aside = staged / EARLIER
            aside.mkdir()
            place.rename(aside / _moment_name(place))
            _flatten(staged)
        staged.rename(place)
        with suppress(OSError):
            staged.parent.rmdir()

    def finish(self) -> None:
        """Remove the folder in which tries are made ready, unless something is left in it."""
        with suppress(OSError):
            (self._folder / STAGING).rmdir()


def _decide(place: Path, attempt: Try) -> str:
    """What has to be done.

    Raises:
        Unmatched: it cannot be decided.
    """
    where = "/".join(place.parts[-3:])
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise Unmatched(f"{where} is no folder: move it away")
    if not place.exists() or not any(place.iterdir()):
        return NEW
    record = _record(place)
    same = record["digest"] == attempt.digest if record else _holds(place, attempt)
    if same and all((place / name).is_file() for name in attempt.files):
        return DATED if _is_dated_anew(place, record, attempt) else UNCHANGED
    if same:
        return REPLACED
    there = _moment(place)
    if there and attempt.moment and there != attempt.moment:
        return REPLACED if attempt.moment > there else OLDER
    if record is None:
        raise Unmatched(
            f"{where} holds other work, and no time says which is newer: move that work away, or add "
            f"{TIMESTAMP} to it"
        )
    if record.get("format") == attempt.form and record.get("order") and attempt.order:
        return REPLACED if attempt.order >= record["order"] else OLDER
    replaced = [known for known in map(_record, place.glob(f"{EARLIER}/*")) if known]
    return OLDER if any(known["digest"] == attempt.digest for known in replaced) else REPLACED


def _is_dated_anew(place: Path, record: dict[str, Any] | None, attempt: Try) -> bool:
    """Whether the time of a try that is there already has become known, or is read in another zone."""
    if attempt.moment is None:
        return False
    if not (place / TIMESTAMP).exists():
        return True
    ours = record is not None and record.get("handed_in") and _moment(place) == _read(record["handed_in"])
    return bool(
        ours
        and record
        and attempt.when
        and record.get("when") == attempt.when
        and record["handed_in"] != timestamps.written(attempt.moment)
    )


def _write_time(place: Path, attempt: Try) -> None:
    from autograder.course.course import write_atomically

    assert attempt.moment is not None
    write_atomically(place / TIMESTAMP, timestamps.written(attempt.moment).encode())
    record = json.dumps(attempt.record(), indent=1, ensure_ascii=False)
    write_atomically(place / RECORD, record.encode())


def _holds(place: Path, attempt: Try) -> bool:
    """Whether all files of a try are there already, byte for byte."""
    return all(
        (place / name).is_file() and (place / name).read_bytes() == data
        for name, data in attempt.files.items()
        if name not in RESERVED
    )


def _record(place: Path) -> dict[str, Any] | None:
    """What was written down beside a submission; None where it is not ours."""
    try:
        with (place / RECORD).open("rb") as file:
            found = json.loads(file.read(MOST_RECORD))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("digest"), str) else None


def _moment(place: Path) -> datetime | None:
    try:
        with (place / TIMESTAMP).open(encoding="utf-8") as file:
            return _read(file.read(200))
    except (OSError, ValueError):
        return None


def _read(text: str) -> datetime | None:
    with suppress(timestamps.Unclear):
        return timestamps.read(text)
    return None


def _moment_name(place: Path) -> str:
    """What the folder of an earlier try is called: when it was handed in, else when it was last changed."""
    moment = _moment(place)
    if moment is None:
        moment = datetime.fromtimestamp(place.stat().st_mtime)
    return moment.strftime("%Y-%m-%dT%H-%M-%S")


def _flatten(folder: Path) -> None:
    """Earlier tries of an earlier try stand beside it."""
    for nested in list(folder.glob(f"{EARLIER}/*/{EARLIER}")):
        for earlier in list(nested.iterdir()):
            earlier.rename(next(path for path in _free(folder / EARLIER / earlier.name) if not path.exists()))
        nested.rmdir()


def _free(path: Path) -> Iterator[Path]:
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.name}-{number}")
        number += 1
