"""Judges: (exercise, caller, seed) -> Verdict. Pure: no files, no Jupyter, no platform.

compare         what equal means
results         what was expected and what was answered
diagnosis       which bug gives these answers
counterexample  the smallest case that fails
written         a function's text with its helpers, ready to be run with a change
names_in        what the names in that text stand for
edits           small changes of it, the most likely first
locate          the line at which one of them makes every case right
messages        sentences about a failure that has no name
unreadable      what stands in an answer that Python cannot read
judge           the pipeline
fingerprint     a name for wrong answers that nobody has named yet
"""

from autograder.judging.judge import PUBLIC, judge_function, judge_with, with_line
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
    "with_line",
]
