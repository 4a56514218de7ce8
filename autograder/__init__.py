"""Judges answers: `from autograder import check`."""

from autograder import exercises
from autograder.check import CheckFailed, check
from autograder.judging import PUBLIC, Requirement, Verdict, judge
from autograder.mine import mine

__all__ = ["PUBLIC", "CheckFailed", "Requirement", "Verdict", "check", "exercises", "judge", "mine"]
