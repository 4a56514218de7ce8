"""Judges answers: `from autograder import check`."""
