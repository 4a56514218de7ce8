"""How many planted copies `autograder similar` shows, and how many pairs who wrote on their own.

    python -m tests.benchmarks.bench_similar [--sizes 100 1000] [--lesson 05] [--seed 0]

Invented students write the exercises of each lesson: a right answer or one with a usual bug, in a style of
their own. Ten copy from another: half of the classes disguise it (other names, other comments, statements in
another order), the others type it over, with another comment and at most one other name. Nothing that is
independent is to be shown. What is found among disguised copies grows with the length of the answers.
"""

from __future__ import annotations

import argparse
import time

from autograder import exercises
from autograder.grading import alike
from tests.support.independent import a_class, model_answers

SIZES = (100, 1000)
COPIES = 10


def measure(lesson: str, size: int, seed: int) -> None:
    """Compare two classes in a lesson, and print what was shown of each."""
    said = []
    false = 0
    took = 0.0
    for disguised in (True, False):
        answers, planted = a_class(lesson, size, seed, COPIES, disguised=disguised)
        forced = {name: model_answers(name) for name in answers}
        started = time.process_time()
        pairs = {(pair.first, pair.second) for pair in alike.pairs(answers, forced)}
        took += (time.process_time() - started) / 2
        said.append(f"{len(pairs & planted):2} of {COPIES} {'disguised' if disguised else 'typed over'}")
        false += len(pairs - planted)
    print(f"    {lesson:<32}{', '.join(said)}; {false} who are independent; {took:.1f} s", flush=True)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="classes of these sizes")
    parser.add_argument("--lesson", default="", help="only lessons that begin so")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    lessons = sorted({exercise.lesson for exercise in exercises.all().values()})
    for size in options.sizes:
        print(f"{size} students, {alike.threshold(size):.1f} bits")
        for lesson in lessons:
            if lesson.startswith(options.lesson):
                measure(lesson, size, options.seed)


if __name__ == "__main__":
    main()
