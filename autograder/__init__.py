"""Judges answers: `from autograder import check`."""

try:
    from autograder import exercises
    from autograder.check import CheckFailed, check, judge
    from autograder.judging import PUBLIC, Line, Requirement, Verdict
    from autograder.mine import is_mine, mine
except ImportError as _error:
    from autograder import import_errors

    import_errors.refuse(_error)

__all__ = [
    "PUBLIC",
    "CheckFailed",
    "Line",
    "Requirement",
    "Verdict",
    "check",
    "exercises",
    "is_mine",
    "judge",
    "mine",
]
