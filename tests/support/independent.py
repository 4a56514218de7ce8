"""A class of invented students: each writes a right answer, or one with a usual bug, in a style of their own.

What they start from are the ways and the bugs of the course's exercises. The style is a choice at every place
where learners differ: the order of a product, a name for a part, a loop's bounds, a check of the input.
"""

from __future__ import annotations

import ast
import copy
import inspect
import random
import re
import textwrap
from functools import cache

from autograder import exercises
from autograder.model.patches import Way

METHODS = ("sum", "max", "mean", "argmax", "exp", "sqrt", "abs", "transpose", "ravel")
WORDS = ("patch", "piece", "values", "result", "total", "rows", "cols", "grad", "acc", "left", "tmp", "data")
REMARKS = ("go over all windows", "this is needed", "as in the lecture", "see above", "shape is (N, H, W, C)")


@cache
def texts(exercise_id: str) -> list[str]:
    """The ways of an exercise, and each with one of its bugs."""
    exercise = exercises.get(exercise_id)
    found: list[str] = []
    for name, function in exercise.ways.items():
        way = Way(name, function)
        found.append("\n".join(way.lines))
        for bug in exercise.catalogue:
            for spelling in bug.spellings:
                patches = way.place(spelling.changes) if spelling.changes else None
                if patches:
                    lines = list(way.lines)
                    for patch in sorted(patches, key=lambda patch: patch.first, reverse=True):
                        lines[patch.first : patch.last + 1] = patch.lines
                    found.append("\n".join(lines))
    return found


class _Style(ast.NodeTransformer):
    """One person's habits, thrown with a die at every place."""

    def __init__(self, die: random.Random) -> None:
        self.die = die
        self.count = 0

    def often(self) -> bool:
        return self.die.random() < 0.5

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.slice, ast.Tuple) and self.die.random() < 0.4:
            rest = [index for index in node.slice.elts if isinstance(index, ast.Name | ast.Constant)]
            if len(rest) == len(node.slice.elts) > 1:
                cells: ast.expr = node.value
                for index in rest[:-1]:
                    cells = ast.Subscript(cells, index, ast.Load())
                return ast.Subscript(cells, rest[-1], node.ctx)
        return node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if self.die.random() < 0.25:
            self.count += 1
            bound = f"part{self.count}"
            first = ast.Assign([ast.Name(bound, ast.Store())], node.iter)
            node.iter = ast.Name(bound, ast.Load())
            return [first, node]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult | ast.Add) and self.often():
            return ast.BinOp(node.right, node.op, node.left)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if self.often():
            target = copy.deepcopy(node.target)
            target.ctx = ast.Load()
            return ast.Assign([node.target], ast.BinOp(target, node.op, node.value))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_range = isinstance(node.func, ast.Name) and node.func.id == "range"
        if is_range and len(node.args) == 1:
            if self.often():
                node.args.insert(0, ast.Constant(0))
            elif self.often():
                node.func = ast.Attribute(ast.Name("np", ast.Load()), "arange", ast.Load())
        elif isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and len(node.args) == 1:
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "np" and self.often():
                return ast.Call(ast.Attribute(node.args[0], node.func.attr, ast.Load()), [], node.keywords)
            if self.often():
                node.args = [ast.Call(ast.Name("float", ast.Load()), node.args, [])]
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "zeros" and self.often():
            node.keywords.append(ast.keyword("dtype", ast.Name("float", ast.Load())))
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        target = node.targets[0]
        if len(node.targets) > 1:
            return node
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Attribute) and self.often():
            return [
                ast.Assign([name], ast.Subscript(node.value, ast.Constant(number), ast.Load()))
                for number, name in enumerate(target.elts)
            ]
        if isinstance(node.value, ast.BinOp) and self.often():
            self.count += 1
            part = f"part{self.count}"
            first = ast.Assign([ast.Name(part, ast.Store())], node.value.left)
            rest = ast.BinOp(ast.Name(part, ast.Load()), node.value.op, node.value.right)
            return [first, ast.Assign(node.targets, rest)]
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if node.value is not None and not isinstance(node.value, ast.Name) and self.often():
            name = ast.Name("answer", ast.Store())
            return [ast.Assign([name], node.value), ast.Return(ast.Name("answer", ast.Load()))]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        first = node.args.args[0].arg if node.args.args else ""
        habits = [
            f"assert {first} is not None",
            f"print({first})",
            f"{first} = np.asarray({first})",
            f"if not len(np.shape({first})):\n    raise ValueError('no array')",
        ]
        if node.args.args and self.often():
            node.body = [*ast.parse(self.die.choice(habits)).body, *node.body]
        return node


def renamed(source: str, exercise_id: str, die: random.Random) -> str:
    """The same with other names for what the answer names itself, and comments beside it."""
    tree = ast.parse(source)
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    new = {name: f"{die.choice(WORDS)}_{number}" for number, name in enumerate(sorted(stored))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = new.get(node.arg, node.arg)
        elif isinstance(node, ast.FunctionDef):
            node.name = exercise_id
    lines = ast.unparse(ast.fix_missing_locations(tree)).splitlines()
    return "\n".join(f"{line}  # {die.choice(REMARKS)}" if die.random() < 0.3 else line for line in lines)


def independent(exercise_id: str, die: random.Random) -> str:
    """An answer of somebody's own."""
    tree = ast.parse(die.choice(texts(exercise_id)))
    tree = ast.fix_missing_locations(_Style(die).visit(tree))
    return renamed(ast.unparse(tree), exercise_id, die)


def copied(source: str, exercise_id: str, die: random.Random) -> str:
    """Somebody else's answer, made to look like another: names, comments, order of statements."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(body, list):
                _reorder(body)
    return renamed(ast.unparse(tree), exercise_id, die)


def typed_over(source: str, die: random.Random) -> str:
    """Somebody else's answer as most copies are: another comment, at most one other name."""
    lines = source.splitlines()
    lines.insert(die.randrange(1, len(lines)), f"    # {die.choice(REMARKS)}, {die.choice(WORDS)}")
    names = sorted({n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and "_" in n.id})
    text = "\n".join(lines)
    if names and die.random() < 0.5:
        name = die.choice(names)
        text = re.sub(rf"\b{name}\b", f"{name}x", text)
    return text


def _reorder(body: list[ast.stmt]) -> None:
    """Swap neighbours that do not need each other."""
    at = 0
    while at + 1 < len(body):
        first, second = body[at : at + 2]
        if isinstance(first, ast.Assign) and isinstance(second, ast.Assign) and not _depend(first, second):
            body[at : at + 2] = [second, first]
            at += 1
        at += 1


def _depend(first: ast.stmt, second: ast.stmt) -> bool:
    used = [{n.id for n in ast.walk(one) if isinstance(n, ast.Name)} for one in (first, second)]
    set_ = [
        {n.id for n in ast.walk(one) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for one in (first, second)
    ]
    subscripts = any(isinstance(one.targets[0], ast.Subscript) for one in (first, second))  # type: ignore[attr-defined]
    return subscripts or bool(set_[0] & used[1] or set_[1] & used[0])


def model_answers(exercise_id: str) -> list[str]:
    """The ways, as the command takes them for forced."""
    return [textwrap.dedent(inspect.getsource(one)) for one in exercises.get(exercise_id).ways.values()]


def a_class(
    lesson: str, count: int, seed: int, copies: int = 0, *, disguised: bool = True
) -> tuple[dict[str, dict[str, str]], set[tuple[str, str]]]:
    """For each exercise of a lesson a class's answers; the last students have copied from the first.

    Returns:
        The answers by exercise and student, and who copied from whom.
    """
    names = [f"student{number:04}" for number in range(count)]
    planted = {(names[number], names[-1 - number]) for number in range(copies)}
    answers: dict[str, dict[str, str]] = {}
    for exercise in exercises.for_lesson(lesson):
        die = random.Random(f"{exercise.id} {seed}")
        own = {name: independent(exercise.id, die) for name in names}
        for first, second in sorted(planted):
            # Of a model answer nobody can say whose it is: those who are copied write at length.
            own[first] = max((independent(exercise.id, die) for _ in range(8)), key=len)
            own[second] = copied(own[first], exercise.id, die) if disguised else typed_over(own[first], die)
        answers[exercise.id] = own
    return answers, planted
