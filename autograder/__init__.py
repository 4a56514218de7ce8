"""Judges answers: `from autograder import check`."""

from autograder import exercises
from autograder.check import CheckFailed, check, judge
from autograder.judging import PUBLIC, Line, Requirement, Verdict
from autograder.mine import mine

__all__ = ["PUBLIC", "CheckFailed", "Line", "Requirement", "Verdict", "check", "exercises", "judge", "mine"]
