"""Which answers are alike beyond what their exercise forces: fingerprints of code, compared over a class.

An answer becomes statements, a statement tokens without what changes easily (names, numbers, strings,
comments, docstrings, layout), every run of SIZE tokens a number, and of each WINDOW of these numbers the
smallest is kept: winnowing, after S. Schleimer, D. S. Wilkerson and A. Aiken, "Winnowing: local algorithms
for document fingerprinting", SIGMOD 2003. A statement as a whole has a fingerprint as well. No run goes over
the end of a statement, so that their order makes no difference.

What a copy often keeps although it changes easily is compared by itself: the spelling of names, comments,
literals, and the blanks around signs. Each of these counts once in a lesson, however often it stands there.

What the release, the model answers or more than half of the class have says nothing. Of the rest a
fingerprint that c of n students have is worth log2(n / c) bits, and a statement at most that. The bits of a
lesson are added up over its exercises, and then two students are shown where they share much more than each
shares with others: whoever chose the same approach shares its usual statements with many.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import io
import keyword
import math
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np

from autograder.adaptations import syntax_tree

SIZE = 6  # tokens in a fingerprint
WINDOW = 3
SHORTEST = 4  # tokens of a statement that says anything
PEERS = 3  # how many others may be as close before closeness says nothing: a group of friends may copy
PEERS_SHARE = 0.02  # the same in a large class
MARGIN = 4.0  # bits above what chance gives one of all the pairs
FEWEST = 6  # whole statements and spellings in common, however rare they are
FEWEST_STATEMENTS = 3  # of these: a line accuses nobody, however it is written
OVERLAP = 0.5  # of the code that the one who has less of their own has, how much must be in common
SPELLED = 0.5  # what a spelling is worth of its bits: people who share one are likelier to share another
REMARK = 2  # words of a comment that says anything

KEPT_NAMES = frozenset({*keyword.kwlist, *dir(builtins), "np"})
LAYOUT = frozenset(
    [
        *(tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT),
        *(tokenize.ENCODING, tokenize.ENDMARKER),
    ]
)

T = TypeVar("T", int, str)
Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

Place = tuple[int, int]  # line from 1, column from 0
Range = tuple[Place, Place]


@dataclass(frozen=True)
class Token:
    """A token, normalised, and where it stands."""

    text: str
    start: Place
    end: Place


@dataclass(frozen=True)
class Print:
    """A fingerprint of an answer.

    Attributes:
        share: its part of the statement it is of.
        whole: whether it is of the whole statement.
        where: the range it covers.
    """

    number: int
    share: float
    whole: bool
    where: Range


@dataclass(frozen=True)
class Alike:
    """Two answers to one exercise.

    Attributes:
        statements: how many whole statements both have that at most half of the class has.
        bits: what they share.
        overlap: the part that is shared of what the answer with less of its own has.
        first_marks, second_marks: what they share.
    """

    exercise: str
    statements: int
    bits: float
    overlap: float
    first_marks: tuple[Range, ...]
    second_marks: tuple[Range, ...]


@dataclass(frozen=True)
class Pair:
    """Two students whose answers in one lesson are alike.

    Attributes:
        bits: how much more they share than each shares with others.
        answers: those that are alike.
        spellings: what both spell in a way that few others do: `name total_2`, `comment as in the book`.
    """

    first: str
    second: str
    bits: float
    answers: tuple[Alike, ...]
    spellings: tuple[str, ...]


def threshold(students: int) -> float:
    """The bits from which on a pair is shown: among n² / 2 pairs chance alone gives some that are close."""
    return 2 * math.log2(max(students, 2)) + MARGIN


def statements(source: str) -> list[list[Token]]:
    """An answer's statements; of text that is no Python those before the fault."""
    docstrings = _docstrings(source)
    found: list[list[Token]] = [[]]
    after_dot = False
    try:
        for one in tokenize.generate_tokens(io.StringIO(source).readline):
            if one.type == tokenize.NEWLINE or one.string == ";":
                found.append([])
                continue
            if one.type in LAYOUT or one.start in docstrings:
                continue
            text = one.string
            if one.type == tokenize.NAME:
                text = text if after_dot or text in KEPT_NAMES else "name"
            elif one.type == tokenize.NUMBER:
                text = "number"
            elif one.type == tokenize.STRING or tokenize.tok_name[one.type].startswith("FSTRING"):
                text = "string"
            after_dot = one.string == "."
            found[-1].append(Token(text, one.start, one.end))
    except (tokenize.TokenError, SyntaxError):
        pass
    return [statement for statement in found if len(statement) >= SHORTEST]


def spellings(source: str) -> set[str]:
    """How an answer is written, beyond what it does: its names, comments, literals, blanks around signs."""
    found = set()
    before: tokenize.TokenInfo | None = None
    sign = ""
    after_dot = False
    try:
        for one in tokenize.generate_tokens(io.StringIO(source).readline):
            gap = ""
            if before is not None and before.end[0] == one.start[0]:
                gap = " " * (one.start[1] - before.end[1])
                if sign and one.type not in LAYOUT and one.type != tokenize.NEWLINE:
                    found.add(f"blanks {sign}{gap}")
            sign = f"{gap}{one.string}" if one.type == tokenize.OP and before is not None else ""
            if one.type == tokenize.NAME and not after_dot and one.string not in KEPT_NAMES:
                found.add(f"name {one.string}")
            elif one.type == tokenize.NUMBER:
                found.add(f"number {one.string}")
            elif one.type == tokenize.STRING:
                found.add(f"text {' '.join(one.string.split())}")
            elif one.type == tokenize.COMMENT and len(words := one.string.strip("# ").split()) >= REMARK:
                found.add(f"comment {' '.join(words)}")
            after_dot = one.string == "."
            before = one
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _docstrings(source: str) -> set[Place]:
    """Where strings stand that are statements of their own."""
    try:
        tree = syntax_tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    lines = source.split("\n")
    return {
        (node.lineno, len(lines[node.lineno - 1].encode()[: node.col_offset].decode()))
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.lineno <= len(lines)
    }


@lru_cache(maxsize=200_000)
def _number(run: tuple[str, ...]) -> int:
    """A number for a run of tokens, the same on every machine and in every run."""
    return int.from_bytes(hashlib.blake2b("\0".join(run).encode(), digest_size=8).digest(), "big")


def fingerprints(statement: list[Token]) -> Iterator[Print]:
    """The fingerprints of a statement; their shares add up to 1."""
    texts = [token.text for token in statement]
    numbers = [_number(tuple(texts[at : at + SIZE])) for at in range(len(texts) - SIZE + 1)]
    of_whole = (statement[0].start, statement[-1].end)
    whole = _number(("a statement", *texts))
    if len(numbers) <= 1:
        yield Print(whole, 1.0, True, of_whole)
        return
    chosen = sorted(
        {
            min(range(at, min(at + WINDOW, len(numbers))), key=lambda one: (numbers[one], -one))
            for at in range(max(1, len(numbers) - WINDOW + 1))
        }
    )
    yield Print(whole, 0.5, True, of_whole)
    for at in chosen:
        where = (statement[at].start, statement[at + SIZE - 1].end)
        yield Print(numbers[at], 0.5 / len(chosen), False, where)


def _forced(text: str) -> Iterator[int]:
    """Every run of tokens, winnowed or not: which ones an answer keeps depends on what is beside them."""
    for statement in statements(text):
        texts = [token.text for token in statement]
        yield _number(("a statement", *texts))
        for at in range(len(texts) - SIZE + 1):
            yield _number(tuple(texts[at : at + SIZE]))


def pairs(
    answers: Mapping[str, Mapping[str, str]], forced: Mapping[str, Iterable[str]], least: float | None = None
) -> list[Pair]:
    """The pairs of students whose answers in a lesson are alike, the most alike first.

    Args:
        answers: for each exercise each student's answer; of who has not answered there is none.
        forced: for each exercise texts that say nothing about who wrote them: the release's cell, model
            answers.
        least: the bits that a pair needs; by default what `threshold` says for a class of this size.
    """
    students = sorted({student for texts in answers.values() for student in texts})
    least = threshold(len(students)) if least is None else least
    compared = [_Exercise(name, texts, forced.get(name, ()), students) for name, texts in answers.items()]
    spelled = _spelled(answers, forced, students)
    none = np.zeros((len(students), len(students)))
    code = sum((one.shared for one in compared), none)
    own = sum((one.own for one in compared), np.zeros(len(students)))
    # Somebody who spells everything anew has copied nevertheless.
    excess = np.maximum(_excess(code), _excess(code + spelled.shared))
    excess[code < OVERLAP * np.minimum.outer(own, own)] = 0
    excess[code == 0] = 0
    found = [
        Pair(
            students[i],
            students[j],
            round(float(excess[i, j]), 1),
            tuple(alike for one in compared if (alike := one.alike(i, j)).bits > 0),
            spelled.both(i, j),
        )
        for i, j in zip(*np.nonzero(np.triu(excess, 1) >= least), strict=True)
    ]
    enough = [pair for pair in found if _is_enough(pair)]
    return sorted(enough, key=lambda pair: (-pair.bits, pair.first, pair.second))


def _is_enough(pair: Pair) -> bool:
    statements = sum(one.statements for one in pair.answers)
    return statements >= FEWEST_STATEMENTS and statements + len(pair.spellings) >= FEWEST


def _excess(shared: Matrix) -> Matrix:
    """(students, students) bits that two share beyond what each shares with the next few who are close."""
    peers = max(PEERS, int(PEERS_SHARE * len(shared)))
    if len(shared) <= peers + 1:
        return shared.copy()
    usual = np.sort(shared, axis=1)[:, -peers - 1]
    return np.asarray(shared - np.maximum.outer(usual, usual))


class _Shared(Generic[T]):
    """What every two of a class have in common.

    Args:
        shares: for each student, what there is and its part of the bits that it is worth.
        count: how many have answered.

    Attributes:
        bits: of everything that at most half of the class has.
        common: of that, what more than one has: whoever has something alone shares it with nobody.
        shared: (students, students) bits.
        own: (students,) bits.
    """

    def __init__(self, shares: list[dict[T, float]], count: int) -> None:
        owners = Counter(one for mine in shares for one in mine)
        self.bits: dict[T, float] = {
            one: math.log2(count / owning) for one, owning in owners.items() if owning <= max(2, count / 2)
        }
        self.common: dict[T, int] = {
            one: at for at, one in enumerate(sorted(n for n in self.bits if owners[n] > 1))
        }
        worth = np.zeros((len(shares), len(self.common)), np.float32)
        self.own = np.zeros(len(shares))
        for row, mine in enumerate(shares):
            for one, share in mine.items():
                self.own[row] += share * self.bits.get(one, 0.0)
                if one in self.common:
                    worth[row, self.common[one]] = share * self.bits[one]
        shared = (worth @ (worth > 0).astype(np.float32).T).astype(float)
        self.shared = np.minimum(shared, shared.T)
        np.fill_diagonal(self.shared, 0)


class _Spelled(_Shared[str]):
    """How a class spells."""

    def __init__(self, found: list[set[str]]) -> None:
        super().__init__([dict.fromkeys(own, SPELLED) for own in found], len(found))
        self._found = found

    def both(self, first: int, second: int) -> tuple[str, ...]:
        """What two of them spell alike, the rarest first."""
        both = self._found[first] & self._found[second] & self.common.keys()
        return tuple(sorted(both, key=lambda one: (-self.bits[one], one)))


def _spelled(
    answers: Mapping[str, Mapping[str, str]], forced: Mapping[str, Iterable[str]], students: list[str]
) -> _Spelled:
    """How a class spells in a lesson, without what the lesson spells so itself."""
    given = {one for texts in forced.values() for text in texts for one in spellings(text)}
    return _Spelled(
        [
            {one for texts in answers.values() for one in spellings(texts.get(student, ""))} - given
            for student in students
        ]
    )


class _Exercise(_Shared[int]):
    """A class's answers to one exercise."""

    def __init__(
        self, name: str, answers: Mapping[str, str], forced: Iterable[str], students: list[str]
    ) -> None:
        self.name = name
        known = {number for text in forced for number in _forced(text)}
        self.prints = [
            [
                one
                for statement in statements(answers.get(student, ""))
                for one in fingerprints(statement)
                if one.number not in known
            ]
            for student in students
        ]
        shares: list[dict[int, float]] = [{} for _ in students]
        for mine, prints in zip(shares, self.prints, strict=True):
            for one in prints:
                mine[one.number] = max(mine.get(one.number, 0.0), one.share)
        super().__init__(shares, len(answers))

    def alike(self, first: int, second: int) -> Alike:
        """What two of them share."""
        both = {one.number for one in self.prints[first]} & {one.number for one in self.prints[second]}
        both &= self.common.keys()
        marks = [
            tuple(_joined(sorted(one.where for one in self.prints[student] if one.number in both)))
            for student in (first, second)
        ]
        shared = float(self.shared[first, second])
        less = max(min(float(self.own[first]), float(self.own[second])), 1e-9)
        return Alike(
            self.name,
            len({one.number for one in self.prints[first] if one.whole and one.number in both}),
            round(shared, 1),
            round(min(shared / less, 1.0), 2),
            *marks,
        )


def _joined(ranges: list[Range]) -> Iterator[Range]:
    """Ranges that overlap as one."""
    if not ranges:
        return
    begin, end = ranges[0]
    for start, stop in ranges[1:]:
        if start > end:
            yield begin, end
            begin, end = start, stop
        end = max(end, stop)
    yield begin, end
