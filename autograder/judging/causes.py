"""What common exceptions and common wrong kinds of result mean: a sentence and a question for each."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from autograder.judging.compare import difference
from autograder.judging.results import REFUSAL, ProbeResult
from autograder.model.exercise import Exercise
from autograder.protocol.calls import Opaque, Raised, Returned


@dataclass(frozen=True)
class Cause:
    """What lies behind a failure.

    Attributes:
        sentence: what is wrong; after the exception itself, where there is one.
        question: what to ask oneself.
    """

    sentence: str
    question: str


@dataclass(frozen=True)
class _Sign:
    """How an exception is recognised: by its type and its message, whose groups the words may use."""

    type: str
    message: str
    sentence: str
    question: str

    def cause(self, answer: Raised) -> Cause | None:
        if not re.fullmatch(self.type, answer.type):
            return None
        found = re.search(self.message, " ".join(answer.message.split()))
        if found is None:
            return None
        groups = [group or "" for group in found.groups()]
        return Cause(self.sentence.format(*groups), self.question.format(*groups))


_SHAPE = r"(\([\d, ]*\))"

# The first that fits counts: the special ones stand before the general.
_SIGNS = (
    _Sign(
        "TypeError",
        r"'(?:numpy\.)?float\d*' object cannot be interpreted as an integer"
        r"|slice indices must be integers|expected a sequence of integers or a single integer, got '[\d.]+'",
        "A size or an index is a float there: / gives one even where nothing is left over.",
        "Which division does the number come from, and what type is its result?",
    ),
    _Sign(
        "IndexError",
        r"only integers, slices .* are valid indices",
        "An index is no integer there: a float, a pair or a text cannot count cells.",
        "Which of the indices on that line is it, and where does it get its value?",
    ),
    _Sign(
        "TypeError",
        r"cannot unpack non-iterable (?:int|float|numpy\.\w+) object",
        "One number is unpacked as if it were a pair: where either may be given, it stands for both sides.",
        "What does one number mean for the rows, and what for the columns?",
    ),
    _Sign(
        "TypeError",
        r"NoneType",
        "A value is None there: an argument that may be left out, or what a function without a return gave.",
        "Which name on that line is None, and what is it to stand for?",
    ),
    _Sign(
        "TypeError",
        r"'(?:tuple|list)' and '(?:int|float|numpy\.\w+)'|'(?:int|float|numpy\.\w+)' and '(?:tuple|list)'"
        r"|concatenate (?:tuple|list)"
        r"|(?:tuple|list)' object cannot be interpreted as an integer",
        "A tuple or a list is used as if it were one number.",
        "Which name on that line holds several values, and which of them is meant?",
    ),
    _Sign(
        "TypeError",
        r"multiply sequence",
        "What is multiplied there is no number: it is a text, a tuple or a list.",
        "Which name on that line is it? A loop over a dict gives its names.",
    ),
    _Sign(
        "TypeError",
        r"'str' and '(?:int|float|numpy\.\w+)'|'(?:int|float|numpy\.\w+)' and 'str'",
        "A text is used as if it were a number.",
        "Which name on that line is a text? A loop over a dict gives its names.",
    ),
    _Sign(
        "ValueError",
        r"operands could not be broadcast together with remapped shapes",
        "Axes that are paired there differ in length.",
        "Which axis of the one array meets which of the other, and how long is each?",
    ),
    _Sign(
        "ValueError",
        r"einstein sum",
        "The letters do not fit the arrays: each axis has one letter.",
        "How many axes does each array have, and how many letters does it get?",
    ),
    _Sign(
        "ValueError",
        r"shape-mismatch for sum",
        "tensordot adds up over axes of both arrays at once: each pair of them must have one length.",
        "Which axes of the first array meet which of the second, and how long are they?",
    ),
    _Sign(
        "IndexError",
        rf"indexing arrays could not be broadcast together with shapes {_SHAPE} {_SHAPE}",
        "The arrays of indices do not fit each other: one has the shape {0}, the other {1}.",
        "How many rows, and how many columns, does each index array name?",
    ),
    _Sign(
        "ValueError",
        r"all the input array dimensions except for the concatenation axis must match exactly, "
        r"but along dimension (\d+), the array at index (\d+) has size (\d+) "
        r"and the array at index (\d+) has size (\d+)",
        "Arrays that are joined must agree along every other axis: along axis {0} one has {2}, another {4}.",
        "Which of the joined arrays has a shape that you do not expect, and which line made it?",
    ),
    _Sign(
        "ValueError",
        r"all input arrays must have the same shape|inhomogeneous shape",
        "The parts that are put into one array differ in shape.",
        "Which part is cut short, and where does its window end?",
    ),
    _Sign(
        "ValueError",
        r"need at least one array to (?:stack|concatenate)",
        "The list that becomes an array is empty: no round of the loop put anything into it.",
        "Over which values does that loop run in this call?",
    ),
    _Sign(
        "ValueError",
        rf"operands could not be broadcast together with shapes {_SHAPE} {_SHAPE}(?: \1)?$",
        "Two arrays meet there whose shapes do not fit: {0} on the left, {1} on the right.",
        "Which of the two has a shape that you do not expect, and which line made it?",
    ),
    _Sign(
        "ValueError",
        r"operands could not be broadcast together with shapes",
        "Arrays meet there whose shapes do not fit each other.",
        "Which of them has a shape that you do not expect, and which line made it?",
    ),
    _Sign(
        "ValueError",
        rf"non-broadcastable output operand with shape {_SHAPE} doesn't match the broadcast shape {_SHAPE}",
        "What is added has the shape {1}, and the part of the array that it is added to has {0}.",
        "Is the part of the array cut short at an edge, or is what you add too large?",
    ),
    _Sign(
        "ValueError",
        rf"shapes {_SHAPE} and {_SHAPE} not aligned",
        "A matrix product adds up along the last axis of the left array and the last but one of the right: "
        "{0} and {1} do not fit.",
        "Are matrices multiplied here, or each cell by the one number that lies on it?",
    ),
    _Sign(
        "ValueError",
        r"matmul: Input operand \d has a mismatch .*\(size (\d+) is different from (\d+)\)",
        "A matrix product adds up along the last axis of the left array and the last but one of the right: "
        "they have {1} and {0} entries.",
        "Are matrices multiplied here, or each cell by the one number that lies on it?",
    ),
    _Sign(
        "ValueError|TypeError",
        r"setting an array element with a sequence|only (?:length-1|size-1|0-dimensional) arrays can be",
        "A whole array stands there where one number belongs.",
        "Which name on that line is an array, and which index picks one number out of it?",
    ),
    _Sign(
        "ValueError",
        r"truth value of an array",
        "A whole array is asked there whether it is true: if, and, or and while want one answer.",
        "Which number of the array is meant, or should every cell be decided by itself?",
    ),
    _Sign(
        "ValueError",
        rf"could not broadcast input array from shape {_SHAPE} into shape {_SHAPE}",
        "What is written there has the shape {0}, and its position has the shape {1}.",
        "Which of the two shapes is the wrong one, and which line made it?",
    ),
    _Sign(
        "ValueError",
        r"cannot reshape array of size (\d+) into shape " + _SHAPE,
        "A reshape keeps the number of cells: {0} of them do not fill the shape {1}.",
        "How many cells does each axis of the new shape count?",
    ),
    _Sign(
        "ValueError",
        r"^\w+ must (?:have|be|hold) ",
        "A function that you call refuses what it is given there, and says which argument it is.",
        "Which line made that argument, and what is its shape at this point?",
    ),
    _Sign(
        "ValueError",
        r"^w is larger than the padded input",
        "The image that a function is given there is smaller than its filter.",
        "Which image, and which padding, does that call get?",
    ),
    _Sign(
        "ValueError",
        r"negative dimensions are not allowed",
        "A size came out negative.",
        "Which numbers go into that size in this call?",
    ),
    _Sign(
        "ValueError",
        r"zero-size array to reduction operation|attempt to get arg(?:max|min) of an empty sequence",
        "The window is empty there: it begins beyond the edge, or ends where it begins.",
        "At which row and which column does that window begin and end?",
    ),
    _Sign(
        "ValueError",
        r"(?:not enough values to unpack|too many values to unpack) \(expected (\d+)",
        "There are {0} names on the left there, and another number of values on the right.",
        "How many axes, or results, does the right side have?",
    ),
    _Sign(
        "IndexError",
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        "Axis {1} of that array has {2} cells, and counting begins at 0.",
        "How far does the loop run that makes this index, and is it the loop over this axis?",
    ),
    _Sign(
        "IndexError",
        r"too many indices for array: array is (\d+)-dimensional",
        "That array has fewer axes than it is given indices: {0}.",
        "What is the shape of that array, and what does each of its axes count?",
    ),
    _Sign(
        "IndexError|TypeError",
        r"invalid index to scalar variable|'(?:int|float|numpy\.\w+)' object is not subscriptable",
        "One number is indexed there as if it were an array.",
        "Which name on that line is a number, and which line made it one?",
    ),
    _Sign(
        "NameError",
        r"name '(np|numpy|math)' is not defined",
        "The name {0} is not there: the cell that imports it did not run, or it failed.",
        "Does the notebook's first cell run by itself, and what does it say?",
    ),
    _Sign(
        "UnboundLocalError",
        r"variable '(\w+)'",
        "The name {0} gets its value in a line that did not run: inside an if, or in a loop without a round.",
        "With this call, which line gives {0} its value?",
    ),
    _Sign(
        "NameError",
        r"name '(\w+)' is not defined",
        "No line that ran gives {0} a value.",
        "Where is {0} defined: in this function, in an earlier cell, or nowhere?",
    ),
    _Sign(
        "ModuleNotFoundError|ImportError",
        r"'(\w+)",
        "{0} cannot be imported here: what the exercise needs is in the notebook's first cell.",
        "Can your function do without it?",
    ),
    _Sign(
        "KeyError",
        r"^(.+)$",
        "There is no entry {0} in what the function was given or made.",
        "May this entry be left out, and what does it mean then?",
    ),
    _Sign(
        "TypeError",
        r"\(\) (?:missing|got an unexpected keyword|got multiple values|takes)",
        "The function is called with other arguments than its first line lists.",
        "Do the names and their order in that line agree with the exercise's text?",
    ),
    _Sign(
        "AttributeError",
        r"'(tuple|list|int|float)' object has no attribute '(\w+)'",
        "A {0} stands there where an array belongs: it has no {1}.",
        "Which line made that value, and what would make an array of it?",
    ),
    _Sign(
        "RecursionError",
        r"",
        "It calls itself without bound.",
        "Which call inside the function is the function itself?",
    ),
    _Sign(
        "ZeroDivisionError",
        r"",
        "Something is divided by 0 there.",
        "Which number is 0 in this call?",
    ),
)

_REFUSED = Cause(
    "Your own line refuses this call, and the exercise has an answer to it.",
    "Which condition is that, and what should come out where it does not hold?",
)
_NOTHING = Cause(
    "A function that prints its result, or ends without a return, hands over None.",
    "Does the last line of your function print the result, or return it?",
)
_TEXT = Cause(
    "A text stands where numbers belong: print and f-strings are for people.",
    "Which value is inside that text, and can you return it as it is?",
)
_FUNCTION = Cause(
    "You return the function itself, and not what a call of it gives.",
    "Which name in your return lacks its parentheses?",
)


def cause(exercise: Exercise, result: ProbeResult) -> Cause | None:
    """What lies behind a failure of this kind; None where that is not known."""
    failure = result.failure
    if isinstance(failure, Raised):
        return _of_exception(exercise, failure)
    if result.call < len(result.answers) and isinstance(result.answers[result.call], Returned):
        return _of_kind(exercise, result)
    return None


def _of_exception(exercise: Exercise, answer: Raised) -> Cause | None:
    if REFUSAL.search(answer.source):
        return _REFUSED
    if "NoneType" in answer.message:
        optional = [
            name
            for name, parameter in inspect.signature(
                exercise.ways[next(iter(exercise.ways))]
            ).parameters.items()
            if parameter.default is None and re.search(rf"\b{name}\b", answer.source)
        ]
        if optional:
            return Cause(
                f"{optional[0]} is None where the call leaves it out: that stands for a number, and is none.",
                f"What does the exercise say that {optional[0]} is when it is left out?",
            )
    return next(filter(None, (sign.cause(answer) for sign in _SIGNS)), None)


def _of_kind(exercise: Exercise, result: ProbeResult) -> Cause | None:
    expected = result.expectation
    if result.call >= len(expected.answers):  # a rule decides
        return None
    right, yours = expected.answers[result.call].value, result.answers[result.call]
    assert isinstance(yours, Returned)
    value, scale = yours.value, expected.scales[result.call]
    if right is None:
        return None
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, Opaque):
        return _FUNCTION if value.type in ("function", "builtin_function_or_method", "method") else None
    if isinstance(value, (tuple, list)) and value and not _same(right, value, scale, exercise):
        if len(value) == 1 and _same(right, value[0], scale, exercise):
            return Cause(
                "The result itself is right, but it is inside a list or tuple of one value: yield, square "
                "brackets or a comma put it there.",
                "What does your last line return besides the result itself?",
            )
        if len(value) > 1 and isinstance(value, tuple) and _same(right, value[0], scale, exercise):
            return Cause(
                f"You return {_number(len(value))} values; only the first is asked for, and it is right.",
                "What does the exercise's text promise that comes back?",
            )
    return None


def _same(right: object, value: object, scale: float, exercise: Exercise) -> bool:
    return difference(right, value, scale, exercise.results) is None


def _number(count: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(count, str(count))
