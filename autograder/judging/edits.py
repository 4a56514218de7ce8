"""Small changes of a function's text, the most likely first: what a learner may have meant to write.

Pure: it looks at a definition and runs nothing. A change replaces fields of the tree's nodes and can be taken
back, so that thousands of candidates need one tree.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from autograder.judging.names_in import INTEGER, VALUE, Names, called_name, names_of

# What a line does where it was changed: the question that a learner is asked goes with it.
KINDS = (
    "accumulate", "constant", "operator", "name", "range", "size", "index", "slice", "padding", "reduction",
    "dtype", "order", "condition", "statement", "result", "place", "value", "call",
)  # fmt: skip

MOST = 3.0  # a change that costs more is too unlikely to be tried
EVERYWHERE = 0.6  # what a change costs more where it is made at every such place
MANY = 8  # names or terms that are tried at one place, beside those that are easily confused


@dataclass(frozen=True, eq=False)
class Change:
    """A field of a node (its item `index`, where it is a list) becomes `new`."""

    node: ast.AST
    field: str
    index: int | None
    new: Any

    @property
    def place(self) -> tuple[int, str, int | None]:
        """What is replaced."""
        return id(self.node), self.field, self.index

    def clashes(self, other: Change) -> bool:
        """Whether both replace the same: an item, or an item of a list that the other replaces as a whole."""
        if self.node is not other.node or self.field != other.field:
            return False
        return self.index == other.index or self.index is None or other.index is None


@dataclass(frozen=True, eq=False)
class Edit:
    """One small, consistent change.

    Attributes:
        changes: at one place or, alike, at several.
        lines: of the function's file, on which the text changes.
        kind: one of KINDS.
        cost: the less, the more likely.
    """

    changes: tuple[Change, ...]
    lines: tuple[int, ...]
    kind: str
    cost: float

    def joined(self, other: Edit) -> Edit | None:
        """Both at once; None where they touch the same place."""
        if any(change.clashes(its) for change in self.changes for its in other.changes):
            return None
        lines = tuple(sorted({*self.lines, *other.lines}))
        return Edit((*self.changes, *other.changes), lines, self.kind, self.cost + other.cost)


@contextlib.contextmanager
def applied(edit: Edit) -> Iterator[None]:
    """Make a change in its tree, and take it back."""
    before: list[tuple[Change, Any]] = []
    try:
        for change in edit.changes:
            value = getattr(change.node, change.field)
            if change.index is None:
                before.append((change, value))
                setattr(change.node, change.field, change.new)
            else:
                before.append((change, value[change.index]))
                value[change.index] = change.new
        yield
    finally:
        for change, value in reversed(before):
            if change.index is None:
                setattr(change.node, change.field, value)
            else:
                getattr(change.node, change.field)[change.index] = value


def edits(
    function: ast.FunctionDef,
    integers: Iterable[str] = (),
    values: Iterable[str] = (),
    keys: Iterable[str] = (),
) -> list[Edit]:
    """Every small change of a function, the most likely first.

    Args:
        function: its definition; the changes refer to its nodes.
        integers, values: arguments that are known to be integers, or arrays and other values.
        keys: under which the dicts that it is given hold integers.
    """
    finder = _Finder(names_of(function, integers, values, keys), function)
    finder.function()
    return sorted(finder.found, key=lambda edit: edit.cost)


_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.Div, ast.FloorDiv, ast.MatMult, ast.Sub, ast.Pow),
    ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mod, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_SYMMETRIC = (ast.Add, ast.Mult)
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
# Functions that are easily taken for each other.
_ALIKE = (
    ("sum", "mean", "max", "min", "prod"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like", "empty_like"),
    ("floor", "ceil"),
    ("exp", "log", "sqrt", "sin", "cos"),
    ("permutation", "arange"),
    ("array", "concatenate", "stack", "vstack", "hstack"),
    ("any", "all"),
    ("append", "extend"),
    ("float32", "float64"),
    ("abs", "square"),
    ("outer", "dot"),
)  # fmt: skip
_MAKERS = {"zeros", "ones", "empty", "full", "reshape", "eye"}
_REDUCTIONS = {"sum", "mean", "max", "min", "prod", "argmax", "argmin", "amax", "amin", "any", "all", "norm"}
_ALONG_AN_AXIS = {"concatenate", "stack", "flip", "roll", "cumsum", "repeat"}
_UNWRAPPED = {
    *("abs", "ceil", "exp", "floor", "log", "round", "sqrt"),
    *("astype", "copy", "float", "int", "list", "ravel", "reversed", "transpose"),
}
_MIRROR = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))


class _Finder:
    def __init__(self, names: Names, definition: ast.FunctionDef) -> None:
        self.names = names
        self.definition = definition
        self.found: list[Edit] = []
        self.statement: ast.stmt = definition
        self.integer_terms = self._integer_terms()
        self.value_terms = self._value_terms()
        # Changes alike by what they do, in a statement and in the function.
        self.alike: dict[tuple[Any, ...], list[tuple[ast.stmt, Edit]]] = {}

    # The walk.

    def function(self) -> None:
        """Find everything."""
        arguments = self.definition.args
        for index, default in enumerate(arguments.defaults):
            self.expression(arguments, "defaults", index, default, "constant")
        self.body(self.definition, "body")
        self.everywhere()
        self.exchanged()

    def body(self, parent: ast.AST, field: str) -> None:
        statements: list[ast.stmt] = getattr(parent, field)
        for index, statement in enumerate(statements):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # a docstring
            if _refuses(statement):
                continue
            self.statement = statement
            self.moved(parent, field, index)
            self.one_statement(parent, field, index, statement)
            for inner in ("body", "orelse", "finalbody"):
                if isinstance(getattr(statement, inner, None), list):
                    self.body(statement, inner)

    def one_statement(self, parent: ast.AST, field: str, index: int, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign():
                self.assignment(parent, field, index, statement)
                for target in statement.targets:
                    self.target(statement, target)
                self.expression(statement, "value", None, statement.value, self.role_of(statement))
            case ast.AugAssign():
                self.augmented(parent, field, index, statement)
                self.target(statement, statement.target)
                self.expression(statement, "value", None, statement.value, "value")
            case ast.AnnAssign() if statement.value is not None:
                self.expression(statement, "value", None, statement.value, self.role_of(statement))
            case ast.Return() if statement.value is not None:
                role = "size" if self.names.is_integer(statement.value) else "value"
                if isinstance(statement.value, ast.Tuple):
                    for one in statement.value.elts:
                        self.put((statement, "value", None), statement.value, one, "result", 1.7)
                self.expression(statement, "value", None, statement.value, role)
            case ast.Expr():
                self.expression(statement, "value", None, statement.value, "value")
            case ast.For():
                self.target(statement, statement.target)
                self.expression(statement, "iter", None, statement.iter, "range")
            case ast.If() | ast.While():
                self.condition(statement, "test", statement.test)
                self.expression(statement, "test", None, statement.test, "condition")
            case ast.FunctionDef():
                for number, default in enumerate(statement.args.defaults):
                    self.expression(statement.args, "defaults", number, default, "constant")

    def role_of(self, statement: ast.Assign | ast.AnnAssign) -> str:
        """What an assigned value is for: a size that sizes are made of, an index, or something else."""
        value = statement.value
        parts = value.elts if isinstance(value, ast.Tuple) else [value]
        if value is None or not all(part is not None and self.names.is_integer(part) for part in parts):
            return "value"
        read = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
        return "index" if read & self.names.indices else "size"

    def target(self, statement: ast.stmt, target: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            self.expression(statement, "", None, target, "value", stored=True)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for one, other in combinations(range(len(target.elts)), 2):
                elements = list(target.elts)
                elements[one], elements[other] = elements[other], elements[one]
                self.add([Change(target, "elts", None, elements)], target, "order", 1.5 + 0.3 * (other - one))
            for part in target.elts:
                self.target(statement, part)

    def expression(
        self,
        parent: ast.AST,
        field: str,
        index: int | None,
        node: ast.expr,
        role: str,
        *,
        stored: bool = False,
    ) -> None:
        """Changes of an expression and, below it, of its parts."""
        slot = (parent, field, index)
        match node:
            case ast.Constant():
                self.constant(node, slot, role)
            case ast.Name():
                self.name(node, slot, role)
            case ast.BinOp():
                self.binary(node, slot, role)
            case ast.UnaryOp():
                if isinstance(node.op, (ast.USub, ast.Not)):
                    self.put(slot, node, node.operand, _kind(role, "operator"), 1.3, ("unary",))
                if isinstance(node.operand, ast.Constant) and type(node.operand.value) is int:
                    for value in (0, 1, 2, -1):
                        self.put(slot, node, _integer(value), _kind(role, "constant"), 1.6)
            case ast.Compare():
                self.comparison(node)
            case ast.BoolOp():
                other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
                self.add([Change(node, "op", None, other)], node, "condition", 1.3)
                for dropped in range(len(node.values)):
                    left = node.values[:dropped] + node.values[dropped + 1 :]
                    new = left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
                    self.put(slot, node, new, "condition", 2.2)
            case ast.IfExp():
                swapped = ast.IfExp(node.test, node.orelse, node.body)
                for new in (node.body, node.orelse, swapped):
                    self.put(slot, node, new, "condition", 2.0)
                self.condition(node, "test", node.test)
            case ast.Tuple() | ast.List():
                self.sequence(node, role)
            case ast.Subscript():
                self.subscript(node, slot, role, stored)
            case ast.Call():
                self.call(node, slot, role)
            case ast.Attribute():
                self.attribute(node, slot, role)
        if not stored:
            self.terms(node, slot, role)
        self.below(node, role)

    def below(self, node: ast.expr, role: str) -> None:
        for field, value in ast.iter_fields(node):
            inner = _inner_role(node, field, role, self.names)
            if isinstance(value, ast.expr):
                self.expression(node, field, None, value, inner)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        self.expression(node, field, index, item, inner)
                    elif isinstance(item, ast.keyword):
                        role_of_keyword = "axis" if item.arg in ("axis", "axes") else inner
                        self.expression(item, "value", None, item.value, role_of_keyword)
                    elif isinstance(item, ast.comprehension):
                        self.expression(item, "iter", None, item.iter, "range")
                        for number, test in enumerate(item.ifs):
                            self.expression(item, "ifs", number, test, "condition")

    # One kind of place after the other.

    def constant(self, node: ast.Constant, slot: _Slot, role: str) -> None:
        value = node.value
        kind = _kind(role, "constant") if role in (*_INTEGER_ROLES, "axis") else "constant"
        if type(value) is bool:
            self.change(node, "value", not value, kind, 1.5, ("bool", value))
        elif type(value) is int:
            near = [0, 1, 2, value - 1, value + 1, -value, 3, -2]
            for rank, new in enumerate(dict.fromkeys(one for one in near if one != value)):
                close = abs(new - value) == 1
                cost = (1.0 if close else 1.5) + 0.1 * rank
                self.put(slot, node, _integer(new), kind, cost, ("constant", value, new))
            self.lowest(slot, node)
            for name in self.names.of(INTEGER):
                counts = role == "index" and name in self.names.indices  # b[0] where b[f] is meant
                cost = 1.8 if name in self.names.parameters or counts else 3.2
                self.put(slot, node, _name(name), kind, cost, ("constant", value, name))
        elif type(value) is float:
            self.lowest(slot, node)
            near_floats = [
                0.0,
                1.0,
                -value,
                value * 2,
                value / 2,
                value * 10,
                value / 10,
                2.0,
                0.5,
                value - 1,
                value + 1,
            ]
            for rank, number in enumerate(dict.fromkeys(one for one in near_floats if one != value)):
                self.put(
                    slot, node, ast.Constant(number), kind, 1.3 + 0.1 * rank, ("constant", value, number)
                )
        elif isinstance(value, str):
            self.text(node, value)

    def lowest(self, slot: _Slot, node: ast.Constant) -> None:
        """What a search for the largest can begin with."""
        if isinstance(slot[0], ast.Assign):
            new = ast.Call(ast.Name("float", ast.Load()), [ast.Constant("-inf")], [])
            self.put(slot, node, new, "constant", 2.0)

    def text(self, node: ast.Constant, value: str) -> None:
        """The letters of an einsum, or the name of a mode."""
        if "," in value or "->" in value:
            parts = value.replace("->", ",").split(",")
            arrow = "->" in value
            for number, part in enumerate(parts):
                for one, other in combinations(range(len(part)), 2):
                    letters = list(part)
                    letters[one], letters[other] = letters[other], letters[one]
                    changed = [*parts[:number], "".join(letters), *parts[number + 1 :]]
                    new = ",".join(changed[:-1]) + "->" + changed[-1] if arrow else ",".join(changed)
                    self.change(node, "value", new, "order", 2.0 + 0.2 * (other - one))
        for modes in (("valid", "same", "full"), ("constant", "edge", "reflect"), ("C", "F")):
            for other_mode in modes if value in modes else ():
                if other_mode != value:
                    self.change(node, "value", other_mode, "padding", 1.8)

    def name(self, node: ast.Name, slot: _Slot, role: str) -> None:
        if not isinstance(node.ctx, ast.Load) or node.id not in self.names.kinds:
            return
        kind = self.names.kinds[node.id]
        place = _kind(role, "name")
        rank = 0
        for other in self.names.of(kind):
            if other == node.id or self.names.bound.get(other, 0) > node.lineno:
                continue
            related = self.names.related(node.id, other)
            rank += not related
            unread = other not in self.names.loaded
            cost = 1.2 if related or unread else 2.6 + 0.15 * min(rank, MANY)
            self.change(node, "id", other, place, cost, ("name", node.id, other))
        for other in self.names.parameters:
            if other not in self.names.loaded and self.names.kinds[other] != kind:
                self.change(node, "id", other, place, 1.6, ("name", node.id, other))
        if kind == INTEGER:
            for rank, value in enumerate((1, 0, 2)):
                cost = (1.8 if node.id in self.names.parameters else 2.8) + 0.3 * rank
                self.put(slot, node, ast.Constant(value), place, cost, ("name", node.id, value))
        elif (
            not (isinstance(slot[0], ast.Subscript) and slot[1] == "value")
            and node.id in self.names.parameters
        ):
            self.indexed(node, slot)

    def indexed(self, node: ast.Name, slot: _Slot) -> None:
        """The cell of an array in place of all of it: b[f] for b."""
        counting = [name for name in self.names.bound if name in self.names.indices]
        inner = [name for name in reversed(counting) if self.names.bound[name] < node.lineno]
        for rank, name in enumerate(inner):
            new = ast.Subscript(_name(node.id), _name(name), ast.Load())
            self.put(slot, node, new, "index", 1.9 + 0.1 * rank, ("indexed", node.id, name))

    def binary(self, node: ast.BinOp, slot: _Slot, role: str) -> None:
        kind = _kind(role, "operator")
        for rank, other in enumerate(_OPERATORS.get(type(node.op), ())):
            if other in (ast.MatMult, ast.Pow) and role in _INTEGER_ROLES:
                continue
            key = ("operator", type(node.op), other, ast.unparse(node.right))
            self.add([Change(node, "op", None, other())], node, kind, 1.0 + 0.5 * rank, key)
        self.put(slot, node, node.left, kind, 1.5, ("dropped", type(node.op), ast.unparse(node.right)))
        self.likewise(("dropped", type(node.op), self.skeleton(node.right)))
        right = ast.UnaryOp(ast.USub(), node.right) if isinstance(node.op, ast.Sub) else node.right
        self.put(slot, node, right, kind, 2.0, ("dropped", type(node.op), ast.unparse(node.left)))
        if isinstance(node.op, ast.MatMult):
            self.put(slot, node, _sum_of_products(node.left, node.right), kind, 2.0)
        if not isinstance(node.op, _SYMMETRIC):
            swapped = [Change(node, "left", None, node.right), Change(node, "right", None, node.left)]
            self.add(swapped, node, "order", 1.4)
        # (a + b) // c and a + b // c: the parentheses.
        if isinstance(node.left, ast.BinOp):
            low = node.left
            new = ast.BinOp(low.left, low.op, ast.BinOp(low.right, node.op, node.right))
            self.put(slot, node, new, kind, 2.0)
        if isinstance(node.right, ast.BinOp):
            low = node.right
            new = ast.BinOp(ast.BinOp(node.left, node.op, low.left), low.op, low.right)
            self.put(slot, node, new, kind, 2.0)

    def comparison(self, node: ast.Compare) -> None:
        for index, op in enumerate(node.ops):
            for rank, other in enumerate(_COMPARISONS.get(type(op), ())):
                self.add([Change(node, "ops", index, other())], node, "condition", 1.0 + 0.4 * rank)

    def condition(self, parent: ast.AST, field: str, test: ast.expr) -> None:
        self.put((parent, field, None), test, ast.UnaryOp(ast.Not(), test), "condition", 2.0)
        for value in (True, False):
            self.put((parent, field, None), test, ast.Constant(value), "condition", 2.6)

    def sequence(self, node: ast.Tuple | ast.List, role: str) -> None:
        if not isinstance(node.ctx, ast.Load):
            return
        kind = "index" if role == "index" else "padding" if role == "padding" else "order"
        pairs = list(combinations(range(len(node.elts)), 2))
        for one, other in pairs if len(node.elts) <= 8 else pairs[:12]:
            elements = list(node.elts)
            elements[one], elements[other] = elements[other], elements[one]
            shown = ast.unparse(node.elts[one]), ast.unparse(node.elts[other])
            if shown[0] != shown[1]:
                cost = 1.5 + 0.2 * (other - one)
                self.add(
                    [Change(node, "elts", None, elements)], node, kind, cost, ("swap", one, other, *shown)
                )
        if len(node.elts) == 3:
            for order in permutations(range(3)):
                if order in ((1, 2, 0), (2, 0, 1)):
                    elements = [node.elts[number] for number in order]
                    self.add([Change(node, "elts", None, elements)], node, kind, 2.2)

    def subscript(self, node: ast.Subscript, slot: _Slot, role: str, stored: bool) -> None:
        indices = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not stored:
            slices = all(isinstance(one, ast.Slice) for one in indices)
            self.put(
                slot, node, node.value, "slice" if slices else "index", 2.0, ("bare", ast.unparse(node.slice))
            )
        sizes = self.names.of(INTEGER)
        upper_changes: list[Change] = []
        for axis, one in enumerate(indices):
            owner: _Slot = (
                (node.slice, "elts", axis) if isinstance(node.slice, ast.Tuple) else (node, "slice", None)
            )
            if isinstance(one, ast.Slice):
                self.slice(node, one, axis, sizes)
                if isinstance(one.upper, ast.UnaryOp) and isinstance(one.upper.op, ast.USub):
                    upper_changes.append(Change(one, "upper", None, _from_end(node, axis, one.upper.operand)))
            elif not (isinstance(one, ast.Constant) and one.value in (None, Ellipsis)):
                self.put(owner, one, ast.Slice(), "index", 2.4)
                if len(indices) > 1 and isinstance(node.slice, ast.Tuple):
                    left = indices[:axis] + indices[axis + 1 :]
                    self.add([Change(node.slice, "elts", None, left)], one, "index", 2.8)
        if len(upper_changes) > 1:
            self.add(upper_changes, node, "slice", 1.1)
        if role != "size" and not stored and len(indices) == 1 and not isinstance(node.slice, ast.Tuple):
            new = ast.Tuple([node.slice, ast.Slice()], ast.Load())
            self.put((node, "slice", None), node.slice, new, "index", 3.4)
            for first, cost in ((ast.Constant(Ellipsis), 2.2), (ast.Slice(), 3.0)):
                new = ast.Tuple([first, node.slice], ast.Load())
                self.put((node, "slice", None), node.slice, new, "index", cost)

    def slice(self, node: ast.Subscript, one: ast.Slice, axis: int, sizes: Sequence[str]) -> None:
        text = ast.unparse(one)
        line = one.lower or one.upper or one.step or node
        for field, cost in (("lower", 1.6), ("upper", 1.8), ("step", 1.4)):
            if getattr(one, field) is not None:
                self.change(one, field, None, "slice", cost, ("slice", field, text), line)
        if isinstance(one.upper, ast.UnaryOp) and isinstance(one.upper.op, ast.USub):
            new = _from_end(node, axis, one.upper.operand)
            self.change(one, "upper", new, "slice", 1.2, None, line)
        lower = one.lower
        for rank, size in enumerate(sizes):
            late = 0.1 * min(rank, MANY)
            end = _name(size) if lower is None else ast.BinOp(lower, ast.Add(), _name(size))
            if ast.unparse(end) != (one.upper and ast.unparse(one.upper)):
                self.change(one, "upper", end, "slice", 2.1 + late, ("upper", text, size), line)
            if lower is None:
                self.change(one, "lower", _name(size), "slice", 2.3 + late, ("lower", text, size), line)
            if one.step is None:
                cost = 2.0 if size in self.names.parameters else 3.0 + late
                self.change(one, "step", _name(size), "slice", cost, ("step", text, size), line)
        if lower is None:
            self.change(one, "lower", ast.Constant(1), "slice", 2.0, ("lower", text, 1), line)
        if one.upper is None:
            for end_number in (-1, 1):
                self.change(
                    one, "upper", _integer(end_number), "slice", 2.2, ("upper", text, end_number), line
                )
        if one.step is None:
            self.change(one, "step", _integer(-1), "slice", 2.2, ("step", text, -1), line)

    def call(self, node: ast.Call, slot: _Slot, role: str) -> None:
        called = called_name(node)
        for alike in _ALIKE:
            for other in alike if called in alike else ():
                if other == called:
                    continue
                field = "attr" if isinstance(node.func, ast.Attribute) else "id"
                kind = "reduction" if called in _REDUCTIONS else "value"
                self.change(
                    node.func, field, other, kind, 1.4 + 0.2 * alike.index(other), ("call", called, other)
                )
        for index, keyword in enumerate(node.keywords):
            left = node.keywords[:index] + node.keywords[index + 1 :]
            kind = "dtype" if keyword.arg == "dtype" else "reduction" if called in _REDUCTIONS else "value"
            key = ("keyword", keyword.arg, ast.unparse(keyword.value))
            self.add([Change(node, "keywords", None, left)], node, kind, 1.5, key)
        for one, other_index in combinations(range(len(node.args)), 2):
            arguments = list(node.args)
            arguments[one], arguments[other_index] = arguments[other_index], arguments[one]
            cost = 1.6 + 0.2 * (other_index - one - 1)
            self.add([Change(node, "args", None, arguments)], node, "order", cost)
        if (
            isinstance(node.func, ast.Attribute)
            and called in _UNWRAPPED
            and not _is_module(node.func.value, self.names)
        ):
            self.put(slot, node, node.func.value, "dtype" if called == "astype" else "call", 1.5)
        elif called in _UNWRAPPED and len(node.args) == 1:
            self.put(slot, node, node.args[0], "dtype" if called in ("int", "float") else "call", 1.6)
        factors = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        factors = [one for one in [*factors, *node.args] if not _is_module(one, self.names)]
        if called in ("dot", "matmul", "inner", "vdot") and len(factors) == 2:
            self.put(slot, node, _sum_of_products(*factors), "operator", 1.8)
        if (
            isinstance(node.func, ast.Name)
            and called not in self.names.kinds
            and not hasattr(builtins, called)
        ):
            self.passed_on(node, called)
        if called == "range":
            self.range(node)
        if called in _REDUCTIONS or called in _ALONG_AN_AXIS:
            self.reduction(node, called)
        if called in ("zeros_like", "ones_like", "empty_like"):
            keywords = [*node.keywords, ast.keyword("dtype", ast.Name("float", ast.Load()))]
            self.add([Change(node, "keywords", None, keywords)], node, "dtype", 1.5)

    def passed_on(self, node: ast.Call, called: str) -> None:
        """An argument that the call of another function lacks: the stride, the pad, or both."""
        given = {ast.unparse(one) for one in [*node.args, *(keyword.value for keyword in node.keywords)]}
        integers = [
            name for name in self.names.parameters if self.names.kinds[name] == INTEGER and name not in given
        ]
        for count, cost in ((1, 1.6), (2, 2.0)):
            for rank, more in enumerate(combinations(integers, count)):
                arguments = [*node.args, *map(_name, more)]
                change = Change(node, "args", None, arguments)
                self.add([change], node, "call", cost + 0.1 * rank, ("passed on", called, more))

    def range(self, node: ast.Call) -> None:
        if len(node.args) == 1:
            end = node.args[0]
            for start in (1, 2):
                self.add(
                    [Change(node, "args", None, [ast.Constant(start), end])], node, "range", 1.6 + start * 0.2
                )
            for rank, name in enumerate(self.names.of(INTEGER)):
                if name in self.names.parameters:
                    stepped = [ast.Constant(0), end, _name(name)]
                    self.add([Change(node, "args", None, stepped)], node, "range", 2.4 + 0.1 * rank)
        elif len(node.args) >= 2:
            self.add([Change(node, "args", None, [node.args[1]])], node, "range", 1.6)
            if len(node.args) == 3:
                self.add([Change(node, "args", None, node.args[:2])], node, "range", 1.5)
        place = 0 if len(node.args) == 1 else 1
        if len(node.args) <= place:
            return
        sizes = [name for name in self.names.of(INTEGER) if name not in self.names.indices]
        for one, other in permutations(sizes, 2):
            if other.endswith(one) and self.names.bound[other] <= node.lineno and len(one) < len(other):
                new = _sum(_sum(_name(one), ast.Sub(), _name(other)), ast.Add(), ast.Constant(1))
                self.put((node, "args", place), node.args[place], new, "range", 2.4, ("range", one, other))

    def reduction(self, node: ast.Call, called: str) -> None:
        given = {keyword.arg: keyword for keyword in node.keywords}
        if "axis" not in given:
            for axis in (0, 1, -1, 2):
                keywords = [*node.keywords, ast.keyword("axis", _integer(axis))]
                self.add([Change(node, "keywords", None, keywords)], node, "reduction", 1.7)
            for axes in ((0, 1), (1, 2), (0, 1, 2), (1, 2, 3)):
                keywords = [*node.keywords, ast.keyword("axis", _tuple(axes))]
                self.add([Change(node, "keywords", None, keywords)], node, "reduction", 2.3)
        else:
            axis_node = given["axis"]
            for axes in ((0, 1), (1, 2), (0, 1, 2), (1, 2, 3), (0, 2), (2, 3)):
                if ast.unparse(_tuple(axes)) != ast.unparse(axis_node.value):
                    self.put((axis_node, "value", None), axis_node.value, _tuple(axes), "reduction", 2.2)
            if isinstance(axis_node.value, ast.Tuple):
                for number in range(len(axis_node.value.elts)):
                    left = axis_node.value.elts[:number] + axis_node.value.elts[number + 1 :]
                    self.add([Change(axis_node.value, "elts", None, left)], node, "reduction", 2.0)
        if "keepdims" not in given and called in _REDUCTIONS:
            keywords = [*node.keywords, ast.keyword("keepdims", ast.Constant(True))]
            self.add([Change(node, "keywords", None, keywords)], node, "reduction", 1.9)

    def attribute(self, node: ast.Attribute, slot: _Slot, role: str) -> None:
        if node.attr == "T":
            self.put(slot, node, node.value, "order", 1.4)
        for alike in _ALIKE:
            for other in alike if node.attr in alike and not isinstance(slot[0], ast.Call) else ():
                if other != node.attr:
                    self.change(node, "attr", other, "value", 1.8, ("call", node.attr, other))

    # Terms that are missing.

    def _integer_terms(self) -> list[tuple[ast.expr, float]]:
        """What a size or an index may lack, with its cost: a stride, a pad, twice a pad, another name."""
        found: dict[str, tuple[ast.expr, float]] = {}
        for name in self.names.of(INTEGER):
            argument = name in self.names.parameters
            unread = name not in self.names.loaded
            found[name] = (_name(name), 0.2 if argument and unread else 0.8 if argument else 2.0)
            if argument:
                twice = ast.BinOp(ast.Constant(2), ast.Mult(), _name(name))
                found[ast.unparse(twice)] = (twice, 0.9 if unread else 1.2)
        return list(found.values())

    def _value_terms(self) -> list[tuple[ast.expr, float]]:
        """What a value may lack: an argument, a cell or a window of one that stands elsewhere, its cells."""
        found: dict[str, tuple[ast.expr, float]] = {}
        for name in self.names.of(VALUE):
            unread = name in self.names.parameters and name not in self.names.loaded
            found[name] = (_name(name), 0.2 if unread else 2.4)
            if unread:
                indices = [one for one in self.names.kinds if one in self.names.counters]
                for index in reversed(indices):
                    cell = ast.Subscript(_name(name), _name(index), ast.Load())
                    found[ast.unparse(cell)] = (cell, 0.3)
                for pair in list(permutations(indices, 2))[: 2 * MANY]:
                    both = ast.Subscript(_name(name), ast.Tuple([*map(_name, pair)], ast.Load()), ast.Load())
                    found[ast.unparse(both)] = (both, 0.6)
        for node in ast.walk(self.definition):
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.value, ast.Name)
                and isinstance(node.ctx, ast.Load)
            ):
                if self.names.kinds.get(node.value.id) == VALUE:
                    found.setdefault(ast.unparse(node), (node, 1.5))
            elif isinstance(node, ast.Attribute) and node.attr == "size":
                found.setdefault(ast.unparse(node), (node, 2.2))
        return list(found.values())[: 4 * MANY]

    def terms(self, node: ast.expr, slot: _Slot, role: str) -> None:
        if isinstance(node, (ast.Slice, ast.Tuple, ast.List, ast.Constant)) and not (
            isinstance(node, ast.Constant) and type(node.value) is int and role in _INTEGER_ROLES
        ):
            return
        if role in _INTEGER_ROLES and (self.names.is_integer(node) or role == "size"):
            self.integer_term(node, slot, role)
        elif role == "value" and not self.names.is_integer(node):
            self.value_term(node, slot)

    def likewise(self, key: tuple[Any, ...]) -> None:
        """The change that was found last is also alike to others in this way."""
        self.alike.setdefault(key, []).append((self.statement, self.found[-1]))

    def skeleton(self, node: ast.expr) -> str:
        """An expression without its names: the same for H - KH and W - KW, for rows and columns."""
        text = re.sub(r"\.shape\[-?\d\]", ".shape[]", ast.unparse(node))
        for name in sorted(self.names.kinds, key=len, reverse=True):
            text = re.sub(rf"\b{name}\b", "#" if name in self.names.indices else "@", text)
        return text

    def integer_term(self, node: ast.expr, slot: _Slot, role: str) -> None:
        kind = _kind(role, "operator")
        old = ast.unparse(node)
        own = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        atom = isinstance(node, (ast.Name, ast.Constant))
        for op in (ast.Add(), ast.Sub()):
            new = ast.BinOp(node, op, ast.Constant(1))
            if not isinstance(node, ast.Constant):
                self.put(slot, node, new, kind, 1.4 + 0.5 * atom, ("term", old, type(op), 1))
                self.likewise(("term", self.skeleton(node), role, type(op), 1))
        for term, extra in self.integer_terms:
            name = ast.unparse(term)
            if own & {one.id for one in ast.walk(term) if isinstance(one, ast.Name)}:
                continue
            late = extra + (0.0 if isinstance(node, (ast.Name, ast.BinOp)) else 0.5)
            if 1.3 + late > MOST:
                continue
            for factor in (ast.Mult(), ast.Add(), ast.Sub(), ast.FloorDiv()):
                if isinstance(term, ast.BinOp) and not isinstance(factor, (ast.Add, ast.Sub)):
                    continue
                if isinstance(factor, ast.FloorDiv) and role not in ("size", "range"):
                    continue
                new = ast.BinOp(node, factor, term)
                stepping = isinstance(factor, ast.Mult) and old in self.names.indices and extra < 1.0
                cost = 1.2 if stepping else 1.3 + late  # i * stride, where i counts windows
                self.put(slot, node, new, kind, cost, ("term", old, type(factor), name))
                if late <= 1.0:
                    where = "" if role == "slice" else type(slot[0]).__name__
                    self.likewise(("term", self.skeleton(node), role, where, type(factor), name))

    def value_term(self, node: ast.expr, slot: _Slot) -> None:
        atom = 0.0 if isinstance(slot[0], ast.stmt) else 0.6 if isinstance(slot[0], ast.Call) else 1.0
        if isinstance(node, ast.Name) and node.id not in self.names.kinds:
            return
        if isinstance(slot[0], (ast.Attribute, ast.Subscript)) or (
            isinstance(slot[0], ast.Call) and slot[1] == "func"
        ):
            return
        self.put(slot, node, ast.UnaryOp(ast.USub(), node), "value", 1.9 + atom)
        own = ast.unparse(node)
        for term, extra in self.value_terms:
            if ast.unparse(term) == own:
                continue
            for rank, op in enumerate((ast.Add(), ast.Mult(), ast.Sub(), ast.Div(), ast.MatMult())):
                new = ast.BinOp(node, op, term)
                missing = 0.5 * atom if extra < 1.0 else atom
                self.put(slot, node, new, "value", 1.3 + extra + missing + 0.15 * rank)
        if isinstance(node, (ast.Name, ast.BinOp)):
            self.put(slot, node, ast.Attribute(node, "T", ast.Load()), "order", 2.0 + atom)
        if isinstance(node, ast.Name):
            for method in ("copy", "ravel"):
                made = ast.Call(ast.Attribute(node, method, ast.Load()), [], [])
                self.put(slot, node, made, "value", 2.0 + atom)
            mirrored = ast.Subscript(node, _MIRROR, ast.Load())
            self.put(slot, node, mirrored, "order", 2.6 + atom)
            both = ast.Subscript(node, ast.Tuple([_MIRROR, _MIRROR], ast.Load()), ast.Load())
            self.put(slot, node, both, "order", 2.6 + atom)
        for number in (2, 1):
            for op in (ast.Div(), ast.Mult(), ast.Add(), ast.Sub()):
                if number == 2 or isinstance(op, (ast.Add, ast.Sub)):
                    self.put(slot, node, ast.BinOp(node, op, ast.Constant(number)), "value", 2.8 + atom)
        for rank, name in enumerate(self.names.of(INTEGER)):
            if name in self.names.indices:
                continue
            for op in (ast.Div(), ast.Mult()):
                late = 0.0 if name not in self.names.loaded else 0.1 * min(rank, MANY)
                self.put(slot, node, ast.BinOp(node, op, _name(name)), "value", 2.4 + atom + late)
        length = [one for one in self.names.parameters if self.names.kinds[one] == VALUE]
        for one in length[:3]:
            counted = ast.Call(ast.Name("len", ast.Load()), [_name(one)], [])
            self.put(slot, node, ast.BinOp(node, ast.Div(), counted), "value", 2.9 + atom)

    # Whole statements.

    def assignment(self, parent: ast.AST, field: str, index: int, statement: ast.Assign) -> None:
        if len(statement.targets) != 1 or isinstance(statement.targets[0], (ast.Tuple, ast.List)):
            return
        target = statement.targets[0]
        if isinstance(target, ast.Name) and self.names.bound.get(target.id) == statement.lineno:
            return  # nothing was there before
        if not isinstance(target, (ast.Name, ast.Subscript)):
            return
        for op, cost in ((ast.Add(), 1.0), (ast.Sub(), 1.8), (ast.Mult(), 1.8)):
            self.replace(
                parent,
                field,
                index,
                statement,
                [ast.AugAssign(target, op, statement.value)],
                "accumulate",
                cost,
            )

    def augmented(self, parent: ast.AST, field: str, index: int, statement: ast.AugAssign) -> None:
        assigned = ast.Assign([statement.target], statement.value)
        self.replace(parent, field, index, statement, [assigned], "accumulate", 1.0)
        for rank, other in enumerate(_OPERATORS.get(type(statement.op), ())):
            cost = 1.1 + 0.4 * rank
            self.add([Change(statement, "op", None, other())], statement, "accumulate", cost)

    def replace(
        self,
        parent: ast.AST,
        field: str,
        index: int,
        old: ast.stmt,
        new: list[ast.stmt],
        kind: str,
        cost: float,
    ) -> None:
        for one in new:
            _located(one, old)
        statements = getattr(parent, field)
        changed = [*statements[:index], *new, *statements[index + 1 :]]
        self.add([Change(parent, field, None, changed)], old, kind, cost)

    def moved(self, parent: ast.AST, field: str, index: int) -> None:
        statements: list[ast.stmt] = getattr(parent, field)
        statement = statements[index]
        if not isinstance(statement, (ast.Return, ast.FunctionDef)):
            left = statements[:index] + statements[index + 1 :]
            kept: list[ast.stmt] = left or [ast.copy_location(ast.Pass(), statement)]
            self.add([Change(parent, field, None, kept)], statement, "statement", 2.0)
        if index + 1 < len(statements):
            after = statements[index + 1]
            swapped = [*statements[:index], after, statement, *statements[index + 2 :]]
            if not isinstance(after, ast.Return) and not isinstance(statement, ast.FunctionDef):
                self.add([Change(parent, field, None, swapped)], statement, "place", 2.4)
        if isinstance(statement, (ast.For, ast.While, ast.If)):
            self.in_and_out(parent, field, index, statement)
            self.deeper(parent, field, index, statement)

    def in_and_out(self, parent: ast.AST, field: str, index: int, loop: ast.For | ast.While | ast.If) -> None:
        statements: list[ast.stmt] = getattr(parent, field)
        before, after = statements[:index], statements[index + 1 :]
        cost = 2.2 if isinstance(loop, ast.If) else 1.6
        if len(loop.body) > 1:
            first, last = loop.body[0], loop.body[-1]
            self.two(parent, field, [*before, first, loop, *after], loop, loop.body[1:], first, cost)
            for count in range(1, len(loop.body)):
                out = loop.body[-count:]
                self.two(
                    parent,
                    field,
                    [*before, loop, *out, *after],
                    loop,
                    loop.body[:-count],
                    last,
                    cost + 0.2 * count,
                )
        if before and not isinstance(before[-1], ast.FunctionDef):
            self.two(
                parent, field, [*before[:-1], loop, *after], loop, [before[-1], *loop.body], before[-1], cost
            )
        if after:
            self.two(parent, field, [*before, loop, *after[1:]], loop, [*loop.body, after[0]], after[0], cost)

    def deeper(self, parent: ast.AST, field: str, index: int, loop: ast.For | ast.While | ast.If) -> None:
        """What is set once before the loops, and should be set anew inside one of them."""
        statements: list[ast.stmt] = getattr(parent, field)
        for place in range(max(index - 4, 0), index):
            set_once = statements[place]
            if not (isinstance(set_once, ast.Assign) and isinstance(set_once.targets[0], ast.Name)):
                continue
            left = [*statements[:place], *statements[place + 1 :]]
            inner: ast.stmt | None = loop
            depth = 0
            while isinstance(inner, (ast.For, ast.While)):
                if depth or place < index - 1:
                    body = [set_once, *inner.body]
                    self.two(parent, field, left, inner, body, set_once, 1.8 + 0.1 * depth)
                inner = next((one for one in inner.body if isinstance(one, (ast.For, ast.While))), None)
                depth += 1

    def two(
        self, parent: ast.AST, field: str, outer: list[ast.stmt], loop: ast.AST, inner: list[ast.stmt],
        at: ast.stmt, cost: float,
    ) -> None:  # fmt: skip
        self.add([Change(parent, field, None, outer), Change(loop, "body", None, inner)], at, "place", cost)

    # The same at several places.

    def everywhere(self) -> None:
        """Put together what is the same change at several places of a statement, and of the function."""
        for group in list(self.alike.values()):
            by_statement: dict[int, list[Edit]] = {}
            for statement, edit in group:
                by_statement.setdefault(id(statement), []).append(edit)
            for several in by_statement.values():
                if len(several) > 1:
                    self.found.append(_together(several, EVERYWHERE / 2))
            if len(by_statement) > 1:
                self.found.append(_together([edit for _, edit in group], EVERYWHERE))

    def exchanged(self) -> None:
        """Two names exchanged, in a statement and in the function."""
        reads: dict[str, list[tuple[ast.stmt, ast.Name]]] = {}
        for statement in ast.walk(self.definition):
            if isinstance(statement, ast.stmt) and not isinstance(statement, ast.FunctionDef):
                for node in _own_names(statement):
                    if node.id in self.names.kinds:
                        reads.setdefault(node.id, []).append((statement, node))
        for one, other in combinations(reads, 2):
            if self.names.kinds[one] != self.names.kinds[other]:
                continue
            cost = 1.5 if self.names.related(one, other) else 3.0
            both = [(s, n, other) for s, n in reads[one]] + [(s, n, one) for s, n in reads[other]]
            statements = {id(statement): statement for statement, _, _ in both}
            for key in statements:
                here = [part for part in both if id(part[0]) == key]
                if len({node.id for _, node, _ in here}) == 2:
                    self._exchange(here, cost)
            if len(statements) > 1:
                self._exchange(both, cost + EVERYWHERE)

    def _exchange(self, parts: Sequence[tuple[ast.stmt, ast.Name, str]], cost: float) -> None:
        changes = tuple(Change(node, "id", None, new) for _, node, new in parts)
        lines = tuple(sorted({node.lineno for _, node, _ in parts}))
        self.found.append(Edit(changes, lines, "name", cost))

    # Writing down what was found.

    def change(
        self, node: ast.AST, field: str, new: Any, kind: str, cost: float, key: tuple[Any, ...] | None = None,
        at: ast.AST | None = None,
    ) -> None:  # fmt: skip
        """A field of a node becomes something else."""
        if cost > MOST:
            return
        if isinstance(new, ast.AST):
            _located(new, at or node)
        self.add([Change(node, field, None, new)], at or node, kind, cost, key)

    def put(
        self,
        slot: _Slot,
        old: ast.expr,
        new: ast.expr,
        kind: str,
        cost: float,
        key: tuple[Any, ...] | None = None,
    ) -> None:
        """An expression takes the place of another."""
        parent, field, index = slot
        if field and cost <= MOST:
            self.add([Change(parent, field, index, _located(new, old))], old, kind, cost, key)

    def add(
        self, changes: list[Change], at: ast.AST, kind: str, cost: float, key: tuple[Any, ...] | None = None
    ) -> None:
        if cost > MOST:
            return
        for change in changes:
            for new in change.new if isinstance(change.new, list) else [change.new]:
                if isinstance(new, ast.AST):
                    _located(new, at)
        edit = Edit(tuple(changes), (getattr(at, "lineno", self.statement.lineno),), kind, cost)
        self.found.append(edit)
        if key is not None:
            self.alike.setdefault((kind in ("padding",), *key), []).append((self.statement, edit))


_Slot = tuple[ast.AST, str, int | None]
_INTEGER_ROLES = ("index", "range", "slice", "size", "shape", "padding")


def _together(several: Sequence[Edit], more: float) -> Edit:
    """The same at each of several places; a place inside another of them is left to the outer one."""
    changes: dict[tuple[int, str, int | None], Change] = {}
    for edit in several:
        for change in edit.changes:
            changes.setdefault(change.place, change)
    lines = tuple(sorted({line for edit in several for line in edit.lines}))
    return Edit(tuple(changes.values()), lines, several[0].kind, min(edit.cost for edit in several) + more)


def _inner_role(node: ast.expr, field: str, role: str, names: Names) -> str:
    """What a part of an expression is for."""
    if isinstance(node, ast.Subscript):
        if field != "slice":
            return "size" if isinstance(node.value, ast.Attribute) and node.value.attr == "shape" else "value"
        return "index"
    if isinstance(node, ast.Slice):
        return "slice"
    if isinstance(node, ast.Call) and field != "func":
        called = called_name(node)
        if called == "pad":
            return "padding"
        if called == "range":
            return "range"
        if called in _MAKERS:
            return "shape"
        if called in ("int", "floor", "ceil", "output_size", "slice"):
            return "size"
        return role if role in _INTEGER_ROLES else "value"
    if isinstance(node, ast.Compare):
        return "index" if all(map(names.is_integer, [node.left, *node.comparators])) else "value"
    if isinstance(node, (ast.BoolOp, ast.UnaryOp)) and role == "condition":
        return "condition"
    return role


def _kind(role: str, otherwise: str) -> str:
    known = {"index": "index", "range": "range", "slice": "slice", "size": "size", "shape": "size",
             "padding": "padding", "axis": "reduction", "condition": "condition"}  # fmt: skip
    return known.get(role, otherwise)


def _refuses(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but refuse bad arguments."""
    if isinstance(statement, ast.If):
        return not statement.orelse and all(isinstance(one, ast.Raise) for one in statement.body)
    return isinstance(statement, (ast.Raise, ast.Import, ast.ImportFrom, ast.Pass, ast.Assert))


def _own_names(statement: ast.stmt) -> Iterator[ast.Name]:
    """The names that a statement itself reads, not those of its body."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                yield child
            if not isinstance(child, ast.stmt):
                waiting.append(child)


def _is_module(node: ast.expr, names: Names) -> bool:
    return isinstance(node, ast.Name) and node.id not in names.kinds


def _located(new: Any, old: ast.AST) -> Any:
    """Give a node that was made here the line of what it stands for; nodes of the text keep theirs."""
    if isinstance(new, ast.AST) and "lineno" not in new.__dict__:
        if "lineno" in new._attributes:
            ast.copy_location(new, old) if hasattr(old, "lineno") else setattr(new, "lineno", 1)
        for child in ast.iter_child_nodes(new):
            _located(child, old)
    return new


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _integer(value: int) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _tuple(values: Iterable[int]) -> ast.expr:
    return ast.Tuple([_integer(value) for value in values], ast.Load())


def _sum(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.BinOp:
    return ast.BinOp(left, op, right)


def _sum_of_products(one: ast.expr, other: ast.expr) -> ast.expr:
    """(one * other).sum(): of two arrays of one shape, what a product of matrices is taken for."""
    return ast.Call(ast.Attribute(ast.BinOp(one, ast.Mult(), other), "sum", ast.Load()), [], [])


def _from_end(node: ast.Subscript, axis: int, distance: ast.expr) -> ast.expr:
    """x.shape[axis] - distance: what -distance means, where it is not 0."""
    shape = ast.Attribute(node.value, "shape", ast.Load())
    if isinstance(node.value, ast.Name):
        shape = ast.Attribute(_name(node.value.id), "shape", ast.Load())
    return ast.BinOp(ast.Subscript(shape, ast.Constant(axis), ast.Load()), ast.Sub(), distance)
