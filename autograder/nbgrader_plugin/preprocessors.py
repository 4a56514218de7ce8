"""The two steps of `nbgrader autograde` that are ours; nbgrader_config.py names them.

They share everything with `autograder grade`: overlay, sandbox, judge and seeds, and so the scores.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course import assignment
from autograder.course.course import Course
from autograder.grading import job
from autograder.grading.packing import finish, pack
from autograder.notebook import merge, reading
from autograder.notebook.node import from_dict


class NotGraded(RuntimeError):
    """The machine failed, not the student: nbgrader then records no score."""


def _course(preprocessor: Any) -> Course:
    """The course that nbgrader is working on: preprocessor, exporter, converter, its directory."""
    return Course.open(Path(preprocessor.parent.parent.coursedir.root))


class MergeSubmission(NbGraderPreprocessor):  # type: ignore[misc]
    """Lay the submitted cells over the release's, in place of nbgrader's five sanitizing steps."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook to be run and judged, without outputs."""
        course = _course(self)
        lesson = assignment.load(course, resources["nbgrader"]["assignment"])
        cells, _ = reading.read(json.dumps(nb).encode(), course.grading.notebook_cells)
        laid = merge.merge_submission(lesson.notebook, cells)
        for remark in laid.remarks:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], remark)
        return _node(merge.notebook_of(lesson.notebook, laid.cells)), resources


class JudgeInSandbox(NbGraderPreprocessor):  # type: ignore[misc]
    """Run the cells in a sandbox and write verdicts into the test cells, in place of nbgrader's execution."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with outputs and scores.

        Raises:
            NotGraded: the sandbox failed or is not possible here.
        """
        course = _course(self)
        lesson = assignment.load(course, resources["nbgrader"]["assignment"])
        cells = json.loads(json.dumps(nb.cells))
        for cell in cells:
            cell["source"] = reading.lines(cell["source"])
        result = json.loads(job.run_job(pack(course, lesson, resources["nbgrader"]["student"], cells)))
        if result["status"] != "done":
            raise NotGraded(f"not graded: {result['reason']}")
        finish(cells, result)
        nb.cells = _node({"cells": cells}).cells
        return nb, resources


def _node(content: dict[str, Any]) -> Any:
    """As nbformat has notebooks in memory: texts in one piece."""
    for cell in content["cells"]:
        cell["source"] = reading.text_of(cell["source"])
    return from_dict(content)
