"""What tells how well an exercise separates those who know from those who do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Among fewer students a correlation or a fifth of the class says nothing.
LEAST_STUDENTS = 10


@dataclass(frozen=True)
class Quintile:
    """A fifth of the class: how many students, and their mean score (0 to 1) in the exercise."""

    n: int
    mean: float


def point_biserial(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """The correlation of passing with what the same students earn elsewhere.

    Args:
        passed: whether each student passed the exercise.
        rest: each student's share of the points of all other exercises, 0 to 1.

    Returns:
        −1 to 1; None where all passed, nobody did, all are alike elsewhere, or there are too few.
    """
    n = len(passed)
    if n < LEAST_STUDENTS:
        return None
    mean_passed, mean_rest = sum(passed) / n, sum(rest) / n
    spread_passed = sum((one - mean_passed) ** 2 for one in passed)
    spread_rest = sum((one - mean_rest) ** 2 for one in rest)
    if spread_passed == 0 or spread_rest < 1e-12:
        return None
    together = sum((a - mean_passed) * (b - mean_rest) for a, b in zip(passed, rest, strict=True))
    return together / math.sqrt(spread_passed * spread_rest)


def quintiles(scores: Sequence[float], rest: Sequence[float]) -> list[Quintile]:
    """The exercise's mean score in each fifth of the class, the weakest first.

    Args:
        scores: each student's score in the exercise, 0 to 1.
        rest: what sorts them: their share of the points of all other exercises.

    Returns:
        Five, whose sizes differ by one at most; none where there are too few students.
    """
    n = len(scores)
    if n < LEAST_STUDENTS:
        return []
    # Among students who are alike elsewhere nobody comes first: the mean of their scores stands for each.
    alike: dict[float, list[float]] = {}
    for score, other in zip(scores, rest, strict=True):
        alike.setdefault(round(other, 9), []).append(score)
    ordered = [sum(group) / len(group) for _, group in sorted(alike.items()) for _ in group]
    cuts = [n * fifth // 5 for fifth in range(6)]
    parts = [ordered[start:end] for start, end in pairwise(cuts)]
    return [Quintile(len(part), sum(part) / len(part)) for part in parts]
