"""Judges: (exercise, caller, seed) -> Verdict. Pure: no files, no Jupyter, no platform."""

from autograder.judging.judge import PUBLIC, judge, judge_with
from autograder.judging.verdict import Requirement, Verdict

__all__ = ["PUBLIC", "Requirement", "Verdict", "judge", "judge_with"]
