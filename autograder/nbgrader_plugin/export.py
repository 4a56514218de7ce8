"""`nbgrader export`, with penalties up to date and names quoted."""

from __future__ import annotations

import csv
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.plugins import CsvExportPlugin

from autograder.course.course import Course
from autograder.grading import late

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


class QuotedCsv(CsvExportPlugin):  # type: ignore[misc]
    """nbgrader's own table and options.

    nbgrader itself leaves penalties as they were computed when it graded, quotes nothing, and has a line of
    zeros for everybody in each lesson that nobody has handed in yet: here such a lesson has to be asked for.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write grades.csv, or the file that `--to` names."""
        self._refresh()
        gradebook.db.expire_all()
        wanted = {str(name) for name in self.assignment}, {str(name) for name in self.student}
        target = self.to or "grades.csv"
        self.log.info("Exporting grades to %s", target)
        students = [one for one in gradebook.students if not wanted[1] or one.id in wanted[1]]
        with Path(target).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for assignment in gradebook.assignments:
                if wanted[0] and assignment.name not in wanted[0]:
                    continue
                submissions = {one.student_id: one for one in assignment.submissions}
                if not submissions and not wanted[0]:
                    continue
                for student in students:
                    found = submissions.get(student.id)
                    score = found.score if found else 0.0
                    penalty = found.late_submission_penalty if found else 0.0
                    writer.writerow(
                        [
                            *(assignment.name, assignment.duedate, found.timestamp if found else None),
                            *(student.id, student.last_name, student.first_name, student.email),
                            *(score, penalty, max(0.0, score - penalty), assignment.max_score),
                        ]
                    )

    def _refresh(self) -> None:
        """Compute the penalties that are out of date, in the gradebook that is exported."""
        coursedir = self.parent.coursedir
        course = Course.open(Path(coursedir.root), load_exercises=False)
        config = deepcopy(course.config)
        config.CourseDirectory.db_url = coursedir.db_url
        late.refresh(replace(course, config=config))
