"""A wrong answer that several students share and nobody has named: the lines that would name it."""

from __future__ import annotations

import ast
import difflib
import textwrap
from collections.abc import Sequence

from autograder.adaptations import syntax_tree

MOST_LINES = 6  # of an answer that are shown beside the right ones


def skeleton(exercise: str, ways: Sequence[str], source: str, count: int) -> str:
    """What to paste below the exercise: the bug's call, and where the answer differs as a comment.

    Args:
        exercise: its id.
        ways: the right answers, each the text of a function.
        source: the text of one student's cell.
        count: how many students share it.

    Returns:
        Python. The two texts of the bug are filled in where the answer differs from a way in one line that
        stands in it once.
    """
    mine = _function(source, exercise)
    way, theirs, right = _closest(mine, [_function(text) for text in ways])
    old, new = '"..."', '"..."'
    if len(theirs) == len(right) == 1 and sum(line.count(right[0].strip()) for line in way) == 1:
        old, new = _quoted(right[0].strip()), _quoted(theirs[0].strip())
    head = f"# {count} student{'' if count == 1 else 's'}; " + (
        "one of the answers has" if theirs else "the answer cannot be read as a function"
    )
    lines = [head]
    lines += _comment(theirs)
    if theirs and right:
        lines += ["# where a right answer has", *_comment(right)]
    elif theirs:
        lines += ["# which no right answer has"]
    return "\n".join(
        [
            *lines,
            f"{exercise}.bug(",
            '    "name_of_the_misconception",',
            f"    {old}, {new},",
            '    "What is wrong, and why.",',
            '    ask="What should they ask themselves?",',
            ")",
        ]
    )


def _comment(lines: Sequence[str]) -> list[str]:
    shown = [f"#     {line}".rstrip() for line in lines[:MOST_LINES]]
    return [*shown, f"#     … {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else shown


def _function(source: str, name: str = "") -> list[str]:
    """The lines of a function's body, without its docstring, comments and blank lines."""
    try:
        text = textwrap.dedent(source)
        functions = [one for one in syntax_tree(text).body if isinstance(one, ast.FunctionDef)]
        body = [one for one in functions if name in ("", one.name)][-1].body
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        first, last = body[0].lineno, body[-1].end_lineno or 0
        lines = text.splitlines()[first - 1 : last]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return []
    return [line for line in textwrap.dedent("\n".join(lines)).splitlines() if _written(line)]


def _written(line: str) -> str:
    """What two spellings of a line have in common: spaces and a comment make no difference."""
    plain = line if "'" in line or '"' in line else line.partition("#")[0]
    return "".join(plain.split())


def _closest(mine: Sequence[str], ways: Sequence[Sequence[str]]) -> tuple[list[str], list[str], list[str]]:
    """The way that is most like an answer, and the lines in which the two differ."""
    best: tuple[float, list[str], list[str], list[str]] = (-1.0, [], list(mine), [])
    keys = list(map(_written, mine))
    for way in ways:
        matcher = difflib.SequenceMatcher(None, keys, list(map(_written, way)), autojunk=False)
        if matcher.ratio() > best[0]:
            changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
            theirs = [line for _, start, end, _, _ in changes for line in mine[start:end]]
            right = [line for _, _, _, start, end in changes for line in way[start:end]]
            best = (matcher.ratio(), list(way), theirs, right)
    return best[1:]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
