"""Which answers are alike beyond what their exercise forces: fingerprints of code, compared over a class.

An answer becomes statements, a statement tokens without what changes easily (names, numbers, strings,
comments, docstrings, layout), every run of SIZE tokens a number, and of each WINDOW of these numbers the
smallest is kept: winnowing, after S. Schleimer, D. S. Wilkerson and A. Aiken, "Winnowing: local algorithms
for document fingerprinting", SIGMOD 2003. A statement as a whole has a fingerprint as well. No run goes over
the end of a statement, so that their order makes no difference.

What the release, the model answers or more than half of the class have says nothing. Of the rest a
fingerprint that c of n students have is worth log2(n / c) bits, and a statement at most that. Two students
are shown where their answers share much more than those of each share with others: whoever chose the same
approach shares its usual statements with many. The bits of a lesson's exercises are added up.
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

import numpy as np

SIZE = 6  # tokens in a fingerprint
WINDOW = 3
SHORTEST = 4  # tokens of a statement that says anything
PEERS = 3  # how many others may be as close before closeness says nothing: a group of friends may copy
PEERS_SHARE = 0.02  # the same in a large class
MARGIN = 2.0  # bits above what chance gives one of all the pairs
FEWEST = 6  # whole statements in common, however rare they are
OVERLAP = 0.5  # of what the one who has less of their own has, how much must be in common

KEPT_NAMES = frozenset({*keyword.kwlist, *dir(builtins), "np"})
LAYOUT = frozenset(
    [
        *(tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT),
        *(tokenize.ENCODING, tokenize.ENDMARKER),
    ]
)

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
        bits: how much more they share than each shares with others.
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
    """Two students whose answers in one lesson are alike: the answers, and the bits of all of them."""

    first: str
    second: str
    bits: float
    answers: tuple[Alike, ...]


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


def _docstrings(source: str) -> set[Place]:
    """Where strings stand that are statements of their own."""
    try:
        tree = ast.parse(source)
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
    compared = [_Compared(name, texts, forced.get(name, ()), students) for name, texts in answers.items()]
    total = sum((one.excess for one in compared), np.zeros((len(students), len(students))))
    found = [
        Pair(
            students[i],
            students[j],
            round(float(total[i, j]), 1),
            tuple(one.alike(i, j) for one in compared if one.excess[i, j] > 0),
        )
        for i, j in zip(*np.nonzero(np.triu(total, 1) >= least), strict=True)
    ]
    found = [pair for pair in found if sum(answer.statements for answer in pair.answers) >= FEWEST]
    return sorted(found, key=lambda pair: (-pair.bits, pair.first, pair.second))


class _Compared:
    """A class's answers to one exercise.

    Attributes:
        excess: (students, students) bits that two share beyond what each shares with others; 0 where there
            is nothing to say.
    """

    def __init__(
        self, exercise: str, answers: Mapping[str, str], forced: Iterable[str], students: list[str]
    ) -> None:
        self.exercise = exercise
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
        count = len(answers)
        owners = Counter(number for own in self.prints for number in {one.number for one in own})
        bits = {n: math.log2(count / owning) for n, owning in owners.items() if owning <= max(2, count / 2)}
        # Whoever has something alone shares it with nobody.
        self.common = {number: at for at, number in enumerate(sorted(n for n in bits if owners[n] > 1))}
        worth = np.zeros((len(students), len(self.common)), np.float32)
        own = np.zeros(len(students))
        for row, mine in enumerate(self.prints):
            shares: dict[int, float] = {}
            for one in mine:
                shares[one.number] = max(shares.get(one.number, 0.0), one.share)
            for number, share in shares.items():
                own[row] += share * bits.get(number, 0.0)
                if number in self.common:
                    worth[row, self.common[number]] = share * bits[number]
        shared = (worth @ (worth > 0).astype(np.float32).T).astype(float)
        shared = np.minimum(shared, shared.T)
        np.fill_diagonal(shared, 0)
        self.overlap = shared / np.maximum(np.minimum.outer(own, own), 1e-9)
        peers = max(PEERS, int(PEERS_SHARE * count))
        usual = np.zeros(len(students))
        if len(students) > peers + 1:
            usual = np.sort(shared, axis=1)[:, -peers - 1]
        excess = np.maximum(shared - np.maximum.outer(usual, usual), 0)
        self.excess = np.where(self.overlap >= OVERLAP, excess, 0)

    def alike(self, first: int, second: int) -> Alike:
        """What two of them share."""
        both = {one.number for one in self.prints[first]} & {one.number for one in self.prints[second]}
        both &= self.common.keys()
        marks = [
            tuple(_joined(sorted(one.where for one in self.prints[student] if one.number in both)))
            for student in (first, second)
        ]
        return Alike(
            self.exercise,
            len({one.number for one in self.prints[first] if one.whole and one.number in both}),
            round(float(self.excess[first, second]), 1),
            round(min(float(self.overlap[first, second]), 1.0), 2),
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
