"""nbgrader's exchange, where not everything came through it; named in a course's settings."""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback

from autograder.grading.intake import SECRET, TIMESTAMP


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]
    """Releases the pages of what came through the exchange; nbgrader's own stops where one did not."""

    def copy_files(self) -> None:
        """Copy the pages of those who can fetch them, and say who cannot."""
        students = self.coursedir.student_id_exclude
        elsewhere = [page.parent.parent.name for page in self._pages() if not _came_through(page.parent)]
        for student in sorted(set(elsewhere)):
            self.log.warning(
                "%s did not hand in through the exchange and cannot fetch the page there: send it, or pack "
                "the pages for your LMS with `autograder export --feedback`",
                student,
            )
        self.coursedir.student_id_exclude = ",".join(filter(None, (students, *elsewhere)))
        try:
            super().copy_files()
        finally:
            self.coursedir.student_id_exclude = students

    def _pages(self) -> list[Path]:
        root, pattern = Path(self.src_path).anchor, Path(self.src_path, "*.html")
        return sorted(Path(root).glob(str(pattern.relative_to(root))))


def _came_through(folder: Path) -> bool:
    """Whether nbgrader's collect left there what a student's own fetching is known by."""
    return (folder / SECRET).is_file() and (folder / TIMESTAMP).is_file()
