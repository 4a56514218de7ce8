"""Judges: (exercise, caller, seed) -> Verdict. Pure: no files, no Jupyter, no platform.

compare         what equal means
results         what was expected and what was answered
diagnosis       which bug gives these answers
counterexample  the smallest case that fails
messages        sentences about a failure that has no name
judge           the pipeline
"""

from autograder.judging.judge import PUBLIC, judge_function, judge_with
from autograder.judging.verdict import Counterexample, Line, Panel, Requirement, Verdict

__all__ = [
    "PUBLIC",
    "Counterexample",
    "Line",
    "Panel",
    "Requirement",
    "Verdict",
    "judge_function",
    "judge_with",
]
