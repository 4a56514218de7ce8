"""The expression at which arrays do not fit each other, and the shape of each of its operands.

This runs where the learner's function ran, since what comes out of there is data: texts of bounded length.
Nothing of the learner's is called again. An operand is looked up, indexed or computed where only numbers and
NumPy's own arrays take part; what else it may be is read from the exception's message, or left out with all.
"""

from __future__ import annotations

import ast
import linecache
import re
import types
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from autograder.adaptations import syntax_tree

Operands = tuple[tuple[str, str], ...]

MOST = 6  # operands of one expression
LONGEST = 160  # letters of an expression
LONGEST_SHAPE = 60
LARGEST = 1_000_000  # numbers in what an operand computes
MAX_NODES = 60  # of an operand

_ABOUT_SHAPES = re.compile(
    r"broadcast|not aligned|mismatch|must match|same shape|einstein|einsum|reshape|core dim", re.I
)
_SHAPE = re.compile(r"\((?:\d+,(?:\s*\d+,?)*)?\)")
_NUMBERS = (bool, int, float)
_METHODS_OF_ARRAYS = ("dot", "reshape")


class _Unknown(Exception):
    """A part of the learner's text whose value is not known without calling something."""


def failing_expression(error: BaseException, trace: types.TracebackType | None) -> tuple[str, Operands]:
    """The part of the learner's text that raised, and its operands with their shapes.

    Args:
        error: what was raised.
        trace: the entry of its traceback that belongs to the learner.

    Returns:
        Two empty values where the exception is not about shapes, or where an operand's shape is not known.
    """
    if trace is None or not isinstance(error, (ValueError, IndexError, TypeError)):
        return "", ()
    try:
        message = str(error)
        if not _ABOUT_SHAPES.search(message):
            return "", ()
        return _found(message, trace)
    except Exception:  # the learner's text and values are anything at all
        return "", ()


def _found(message: str, trace: types.TracebackType) -> tuple[str, Operands]:
    code = trace.tb_frame.f_code
    position = next(islice(code.co_positions(), trace.tb_lasti // 2, None), (None,) * 4)
    source = "".join(linecache.getlines(code.co_filename, trace.tb_frame.f_globals))
    node = _node(syntax_tree(source), position)
    if node is None:
        return "", ()
    text = _told(source, node)
    parts = list(_operands(node))
    if not text or len(parts) > MOST:
        return "", ()
    space = {**trace.tb_frame.f_globals, **trace.tb_frame.f_locals}
    said = _said(message, node, len(parts))
    operands = []
    for index, part in enumerate(parts):
        shape = _shape(part, space) or (said[index] if said else "")
        if not shape:
            return "", ()
        operands.append((_told(source, part)[:LONGEST], shape[:LONGEST_SHAPE]))
    return (text[:LONGEST], tuple(operands)) if operands else ("", ())


def _said(message: str, node: ast.AST, count: int) -> list[str]:
    """The operands' shapes as the message has them; empty where it has another number of them."""
    said = [str(ast.literal_eval(one)) for one in _SHAPE.findall(message)]
    if isinstance(node, ast.AugAssign):
        said = said[:2]  # the third is what the result is written into
    if isinstance(node, ast.Assign):
        said.reverse()  # from this shape into that one
    return said if len(said) == count else []


def _node(tree: ast.AST, position: tuple[int | None, ...]) -> ast.AST | None:
    """The statement or the expression that an instruction's place stands for."""
    line, last, start, end = position
    for parent in ast.walk(tree):
        for node in ast.iter_child_nodes(parent):
            place = [
                getattr(node, name, None) for name in ("lineno", "end_lineno", "col_offset", "end_col_offset")
            ]
            if place != [line, last, start, end] or not isinstance(node, (ast.expr, ast.stmt)):
                continue
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                return parent  # what is written there belongs to it
            if isinstance(node, ast.Expr):
                return node.value
            return node
    return None


def _told(source: str, node: ast.AST) -> str:
    return " ".join((ast.get_source_segment(source, node) or "").split())


def _operands(node: ast.AST) -> Iterator[ast.expr]:
    """What meets in an expression."""
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.Compare) and len(node.comparators) == 1:
        yield from (node.left, node.comparators[0])
    elif isinstance(node, ast.AugAssign):
        yield from (node.target, node.value)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        yield from (node.targets[0], node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")):
            if node.func.attr not in _METHODS_OF_ARRAYS:
                return
            yield node.func.value
            if node.func.attr == "reshape":
                return
        for argument in node.args:
            yield from _arrays(argument)


def _arrays(argument: ast.expr) -> Iterator[ast.expr]:
    """The arrays among a call's arguments: in a list that stands there, each of them."""
    if isinstance(argument, (ast.List, ast.Tuple)):
        for one in argument.elts:
            yield from _arrays(one)
    elif not isinstance(argument, ast.Constant):
        yield argument


def _shape(part: ast.expr, space: Mapping[str, Any]) -> str | None:
    """An operand's shape in words; None where it is not known."""
    try:
        if sum(1 for _ in ast.walk(part)) > MAX_NODES:
            return None
        value = _value(part, space)
    except (_Unknown, ArithmeticError, LookupError, TypeError, ValueError, MemoryError):
        return None
    if type(value) in (*_NUMBERS, complex) or isinstance(value, np.generic):
        return "a number"
    return str(value.shape) if type(value) is np.ndarray else None


def _value(node: ast.expr, space: Mapping[str, Any]) -> Any:
    """What a part of the text is worth, where only numbers, tuples and NumPy's own arrays take part.

    Raises:
        _Unknown: it calls something, or holds a value of another kind.
    """
    if isinstance(node, ast.Constant):
        return _plain(node.value)
    if isinstance(node, ast.Name):
        if node.id not in space:
            raise _Unknown
        return _plain(space[node.id])
    if isinstance(node, ast.Tuple):
        return tuple(_value(one, space) for one in node.elts)
    if isinstance(node, ast.Slice):
        return slice(
            *(None if one is None else _value(one, space) for one in (node.lower, node.upper, node.step))
        )
    if isinstance(node, ast.Subscript):
        return _plain(_value(node.value, space)[_value(node.slice, space)])
    if isinstance(node, ast.Attribute):
        return _attribute(_value(node.value, space), node.attr)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _plain(-_value(node.operand, space))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _value(node.left, space), _value(node.right, space)
        if any(
            type(side) not in _NUMBERS and not isinstance(side, (np.ndarray, np.generic))
            for side in (left, right)
        ):
            raise _Unknown
        if np.broadcast(left, right).size > LARGEST:
            raise _Unknown
        with np.errstate(all="ignore"):
            return _plain(_OPERATIONS[type(node.op)](left, right))
    raise _Unknown


def _attribute(value: Any, name: str) -> Any:
    if type(value) is np.ndarray and name in ("T", "shape", "ndim", "size"):
        return getattr(value, name)
    raise _Unknown


def _plain(value: Any) -> Any:
    """The value itself, if nothing of the learner's is in it: no class of their own has a say."""
    if value is None or value is Ellipsis or type(value) in (*_NUMBERS, complex, slice):
        return value
    if type(value) is np.ndarray and value.size <= LARGEST and value.dtype.kind in "biufc":
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return value
    if type(value) is tuple and len(value) <= MAX_NODES:
        return tuple(_plain(one) for one in value)
    raise _Unknown


_OPERATIONS: dict[type[ast.operator], Any] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.FloorDiv: np.floor_divide,
}
