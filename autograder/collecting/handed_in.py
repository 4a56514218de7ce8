"""When something was handed in, according to its source; never a guess.

An LMS writes dates without a time zone: they are read in the zone that was asked for, else in that of the
course's exchange, else in this machine's. The zips of Canvas and Moodle do not say when a file was handed
in: a file in them bears the time of packing, or of the first upload of the same content. Moodle's worksheet
does say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.collecting import clones, downloads
from autograder.collecting.downloads import Sent
from autograder.collecting.sources import FOLDER, GIT
from autograder.course import roster
from autograder.course.course import Course, CourseError
from autograder.grading import timestamps
from autograder.grading.intake import TIMESTAMP
from autograder.grading.tree import Entry, content
from autograder.notebook import file_kinds

MODIFIED = ("Last modified (submission)", "Zuletzt geändert (Abgabe)")  # in Moodle's worksheet
OLDEST = datetime(1990, 1, 1).timestamp()  # a zip that keeps no dates says 1980


@dataclass(frozen=True)
class Time:
    """When something was handed in.

    Attributes:
        moment: in UTC without a time zone, None where nothing says when.
        when: as the source writes it.
        stamp: nbgrader's timestamp.txt, where there is one.
        remark: what is odd about it.
    """

    moment: datetime | None = None
    when: str = ""
    stamp: bytes = b""
    remark: str = ""


class Clock:
    """Reads the times of one source.

    Args:
        source: a folder or a zip.
        form: its format.
        zone: the LMS's time zone, "" for the course's or this machine's.
        worksheet: the roster, which may be Moodle's worksheet.

    Raises:
        CourseError: there is no such zone.
    """

    def __init__(self, course: Course, source: Path, form: str, zone: str, worksheet: bytes | None) -> None:
        self._source = source
        self._form = form
        self._exchange = str(course.config.Exchange.get("timezone", ""))
        self._zone = zone or self._exchange
        try:
            self._there = ZoneInfo(self._zone) if self._zone else None
        except (KeyError, ValueError, OSError):
            raise CourseError(f"there is no time zone {self._zone!r}: write it as Europe/Berlin") from None
        self._worksheet = _moodle_times(worksheet) if worksheet else {}
        self.used = False

    @property
    def zone(self) -> str:
        """How times without a zone were read, "" where there were none."""
        if not self.used:
            return ""
        return self._zone or f"{datetime.now().astimezone().tzname()}, this machine's"

    def time(self, sent: Sent, notebook: Entry, files: list[tuple[str, Entry]]) -> Time:
        """When a notebook was handed in.

        Args:
            sent: what the download says about it.
            files: everything that was handed in with it.
        """
        if self._form == "moodle":
            when = self._worksheet.get(sent.lms_id, "")
            return Time(self._in_utc(downloads.moment(when)), when)
        if self._form in ("brightspace", "blackboard"):
            return Time(self._in_utc(downloads.moment(sent.when)), sent.when)
        if self._form == GIT:
            return self._committed(notebook)
        if self._form == "exchange":
            return self._stamped(notebook, files, sent.when)
        if self._form == FOLDER:
            found = self._stamped(notebook, files, "")
            if not found.stamp and notebook.modified > OLDEST:
                return Time(datetime.fromtimestamp(int(notebook.modified), UTC).replace(tzinfo=None))
            return found
        if sent.late:
            return Time(
                remark="late, as Canvas marks it; the download does not say when: no penalty is computed"
            )
        return Time()

    def _in_utc(self, local: datetime | None) -> datetime | None:
        """A time on the LMS's clock. An hour that is there twice is the first: in the student's favour."""
        if local is None:
            return None
        self.used = True
        try:
            clock = local.replace(tzinfo=self._there) if self._there else local
            return clock.astimezone(UTC).replace(tzinfo=None)
        except (OverflowError, ValueError, OSError):
            return None

    def _stamped(self, notebook: Entry, files: list[tuple[str, Entry]], when: str) -> Time:
        """By timestamp.txt beside the notebook, if that is in a folder: a student may have packed a zip."""
        if self._source.is_dir() and not is_packed(notebook):
            for _, entry in files:
                if entry.name == TIMESTAMP and entry.folder == notebook.folder:
                    stamp = entry.read(201)
                    try:
                        text = file_kinds.text_of(stamp[:200])
                        return Time(timestamps.read(text, self._exchange or "UTC"), when, stamp)
                    except timestamps.Unclear as error:
                        return Time(None, when, stamp, f"{TIMESTAMP} {error}; {timestamps.WANTED}")
        try:
            return Time(timestamps.read(when), when) if when else Time()
        except timestamps.Unclear:
            return Time(None, when)

    def _committed(self, notebook: Entry) -> Time:
        """By the last commit that touched the file, or the zip that it is in."""
        first, *parts = notebook.path.split("/")
        clone = self._source if clones.is_clone(self._source) else self._source / first
        if not clones.is_clone(clone):
            return Time(remark="not in a clone: no time")
        ends = ("/".join(parts[:number]) for number in range(1, len(parts) + 1))
        path = next((path for path in ends if (clone / path).is_file()), "")
        commit = clones.last_commit(clone, path) if path else None
        if commit is None:
            return Time(remark="was never committed: no time")
        inside = path != "/".join(parts)
        changed = not inside and commit.blob not in ("", clones.blob(content(notebook)))
        return Time(commit.moment, remark="differs from the last commit; the file counts" if changed else "")


def is_packed(entry: Entry) -> bool:
    """Whether a file came out of an archive, in which a student may have put anything."""
    return any(map(file_kinds.is_archive_name, entry.folder.split("/")))


def _moodle_times(data: bytes) -> dict[str, str]:
    """When each submission was last changed, by the Identifier's number, where it is Moodle's worksheet."""
    found = {}
    for row in roster.table(data):
        first = next(iter(row.values()), "")
        number = re.search(r"\d+$", first)
        when = next((row[name] for name in MODIFIED if row.get(name)), "")
        if number and when:
            found[number[0]] = when
    return found
