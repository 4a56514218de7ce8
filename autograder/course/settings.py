"""The settings that every course of this kind shares; its nbgrader_config.py calls `configure`."""

from __future__ import annotations

from typing import Any

from autograder.notebook.solution_marks import CODE_STUB, TEXT_STUB


def configure(c: Any) -> None:
    """Set what makes nbgrader's commands and the formgrader work on a course of this kind.

    Classes are named, and are loaded where they are needed.

    Args:
        c: what `get_config()` returns in nbgrader_config.py.
    """
    # Every visible folder of notebooks/ is one lesson. The other folders keep nbgrader's names.
    c.CourseDirectory.source_directory = "notebooks"
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "my_convlib.py"]

    # What a learner finds in place of a solution. The judge knows this exception: not wrong, not written yet.
    c.ClearSolutions.code_stub = {"python": CODE_STUB}
    c.ClearSolutions.text_stub = TEXT_STUB

    # Grading: the submission's cells are merged with the release's, then run in a sandbox. In place of each
    # test cell, which is never executed, the judge asks the sandbox for answers and writes its verdict.
    c.Autograde.sanitize_preprocessors = ["autograder.nbgrader_plugin.preprocessors.MergeSubmission"]
    c.Autograde.autograde_preprocessors = [
        "autograder.nbgrader_plugin.preprocessors.JudgeInSandbox",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]

    # What a student gets back: the verdict with its image, without scores beside it and without tracebacks; a
    # page that asks nobody for anything.
    c.GenerateFeedback.exporter_class = "autograder.nbgrader_plugin.pages.FeedbackPage"
    c.GenerateFeedback.preprocessors = [
        "autograder.nbgrader_plugin.pages.Grades",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        "autograder.nbgrader_plugin.pages.ForReading",
    ]

    # nbgrader's pages show what students wrote as it stands; this filter lets no markup of theirs act.
    c.HTMLExporter.filters = {"markdown2html": "autograder.nbgrader_plugin.pages.markdown"}

    # The formgrader shows the model answer and its marking above each written answer.
    c.HTMLExporter.preprocessors = ["autograder.nbgrader_plugin.pages.ModelAnswers"]

    # `nbgrader export`: penalties for lateness as they are now, names in quotes where they need them.
    c.ExportApp.plugin_class = "autograder.nbgrader_plugin.export.QuotedCsv"

    # `nbgrader release_feedback`: a submission that came by mail or from the LMS does not stop the others'.
    c.ExchangeFactory.release_feedback = "autograder.nbgrader_plugin.exchange.ReleaseFeedback"
