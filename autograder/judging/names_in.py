"""What the names of a function stand for, as its text tells: integers, indices of loops, arrays, families."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

INTEGER, VALUE = "integer", "value"
_INTEGER_CALLS = {"len", "int", "output_size", "min", "max", "abs", "sum", "prod", "ceil", "floor"}
_COUNTING_CALLS = {"range", "enumerate", "product", "ndindex"}


@dataclass
class Names:
    """The names that a function binds.

    Attributes:
        kinds: INTEGER or VALUE, for each name in the order of its first binding.
        parameters: those that are arguments.
        indices: those that count in a loop.
        counters: those that a loop binds, whatever it runs over.
        bound: the first line on which each is known.
        groups: names that are bound together: N, H, W, C = x.shape.
        loaded: those that are read anywhere.
        keys: under which dicts hold integers.
        pairs: those that hold two integers, or may be given one or two.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    indices: set[str] = field(default_factory=set)
    counters: set[str] = field(default_factory=set)
    bound: dict[str, int] = field(default_factory=dict)
    groups: list[tuple[str, ...]] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)
    keys: frozenset[str] = frozenset()
    pairs: set[str] = field(default_factory=set)

    def of(self, kind: str) -> list[str]:
        """The names of a kind."""
        return [name for name, its in self.kinds.items() if its == kind]

    def related(self, one: str, other: str) -> bool:
        """Whether two names are easily taken for each other: H and W, KH and KW, i and j, H and OH."""
        if any(one in group and other in group for group in self.groups):
            return True
        if one in self.indices and other in self.indices:
            return True
        if len(one) == len(other):
            return sum(a != b for a, b in zip(one, other, strict=True)) == 1
        short, long = sorted((one, other), key=len)
        return long.lower().startswith(short.lower()) or long.lower().endswith(short.lower())

    def is_integer(self, node: ast.expr) -> bool:
        """Whether an expression is an integer, as far as its text tells."""
        if isinstance(node, ast.Name):
            return self.kinds.get(node.id) == INTEGER
        if isinstance(node, ast.Constant):
            return type(node.value) is int
        if isinstance(node, ast.BinOp):
            return self.is_integer(node.left) and self.is_integer(node.right)
        if isinstance(node, ast.UnaryOp):
            return self.is_integer(node.operand)
        if isinstance(node, ast.Call):
            called = called_name(node)
            if called in ("len", "int"):
                return True
            if called == "get":
                return bool(node.args) and self.is_key(node.args[0])
            return called in _INTEGER_CALLS and all(map(self.is_integer, node.args))
        if isinstance(node, ast.IfExp):
            return self.is_integer(node.body) and self.is_integer(node.orelse)
        if not isinstance(node, ast.Subscript):
            return False
        if _is_shape(node.value) or self.is_key(node.slice):
            return True
        return isinstance(node.slice, ast.Constant) and self.is_pair(node.value)

    def is_pair(self, node: ast.expr) -> bool:
        """Whether an expression holds two integers, as far as its text tells."""
        if isinstance(node, ast.Name):
            return node.id in self.pairs
        if isinstance(node, ast.Tuple):
            return len(node.elts) == 2 and all(map(self.is_integer, node.elts))
        return isinstance(node, ast.IfExp) and self.is_pair(node.body) and self.is_pair(node.orelse)

    def is_key(self, node: ast.expr) -> bool:
        """Whether an expression is a text under which dicts hold integers."""
        return isinstance(node, ast.Constant) and node.value in self.keys


def called_name(node: ast.Call) -> str:
    """The last name of what is called: "sum" of np.sum(x)."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_shape(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def names_of(
    function: ast.FunctionDef,
    integers: Iterable[str] = (),
    values: Iterable[str] = (),
    keys: Iterable[str] = (),
) -> Names:
    """Look at every binding of a function.

    Args:
        function: its definition.
        integers, values: arguments that are known to be integers, or arrays and other values.
        keys: under which the dicts that it is given hold integers.
    """
    names = Names(keys=frozenset(keys))
    arguments = function.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    defaults = dict(
        zip(
            [one.arg for one in [*arguments.posonlyargs, *arguments.args]][::-1],
            arguments.defaults[::-1],
            strict=False,
        )
    )
    for argument in listed:
        default = defaults.get(argument.arg)
        integer = isinstance(default, ast.Constant) and type(default.value) is int
        names.parameters.append(argument.arg)
        names.kinds[argument.arg] = INTEGER if integer else VALUE
        names.bound[argument.arg] = function.lineno
    names.kinds.update({name: INTEGER for name in integers if name in names.kinds})
    names.kinds.update({name: VALUE for name in values if name in names.kinds})
    for node in _in_order(function):
        if isinstance(node, (ast.For, ast.comprehension)):
            _bind_loop(names, node.target, node.iter)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(names, target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            _bind(names, node.target, node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            if not names.is_integer(node.value):
                names.kinds[node.target.id] = VALUE
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.loaded.add(node.id)
    return names


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        yield from _in_order(child)


def _bind_loop(names: Names, target: ast.expr, source: ast.expr) -> None:
    counting = isinstance(source, ast.Call) and called_name(source) in _COUNTING_CALLS
    for index, name in enumerate(_targets(target)):
        enumerated = isinstance(source, ast.Call) and called_name(source) == "enumerate" and index > 0
        integer = counting and not enumerated
        names.counters.add(name.id)
        _set(names, name, INTEGER if integer else VALUE)
        if integer:
            names.indices.add(name.id)


def _bind(names: Names, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name):
        if names.is_pair(value):
            names.pairs.add(target.id)
        _set(names, target, INTEGER if names.is_integer(value) else VALUE)
    elif isinstance(target, (ast.Tuple, ast.List)):
        parts = list(_targets(target))
        if len(parts) > 1:
            names.groups.append(tuple(part.id for part in parts))
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, its in zip(target.elts, value.elts, strict=True):
                _bind(names, one, its)
            return
        whole = value.value if isinstance(value, ast.Subscript) else value
        integer = _is_shape(whole) or (
            isinstance(value, ast.Call) and called_name(value).strip("_") == "pair"
        )
        if isinstance(value, ast.IfExp):  # KH, KW = (size, size) if … else size
            integer = True
        for part in parts:
            _set(names, part, INTEGER if integer else VALUE)


def _set(names: Names, name: ast.Name, kind: str) -> None:
    names.bound.setdefault(name.id, name.lineno)
    if names.kinds.get(name.id, kind) != kind:
        kind = VALUE  # now this, now that: a total that begins with 0
    names.kinds[name.id] = kind


def _targets(target: ast.expr) -> Iterator[ast.Name]:
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from _targets(part)
