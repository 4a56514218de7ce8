"""A verdict's JSON as text and as HTML. Knows neither exercises nor the judge."""

from autograder.report.html import html
from autograder.report.text import text

__all__ = ["html", "text"]
