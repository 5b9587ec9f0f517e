"""What the comparisons of a module tell of shapes, and where: after an ``assert``, in a branch, after one that leaves.

mypy narrows a type where a program compares it, but not by sizes. So the module is searched for what it compares, and
for the places that are reached only where the comparison holds; what the compared sizes are, the hook of the comparison
says.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, TypeAlias

from mypy.nodes import (
    AssertStmt,
    AssignmentExpr,
    AssignmentStmt,
    Block,
    BreakStmt,
    CallExpr,
    ClassDef,
    ComparisonExpr,
    ConditionalExpr,
    ContinueStmt,
    Decorator,
    DelStmt,
    Expression,
    ExpressionStmt,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    IfStmt,
    Import,
    ImportFrom,
    IndexExpr,
    IntExpr,
    ListExpr,
    MatchStmt,
    MemberExpr,
    MypyFile,
    NameExpr,
    Node,
    OperatorAssignmentStmt,
    OpExpr,
    OverloadedFuncDef,
    RaiseStmt,
    ReturnStmt,
    SliceExpr,
    StarExpr,
    Statement,
    SymbolNode,
    TryStmt,
    TupleExpr,
    UnaryExpr,
    WhileStmt,
    WithStmt,
)

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.source import Source
from shapedmat.mypy_plugin.syntax import dotted_name, statements, variable_of, walk
from shapedmat.shapes import Shape

_Position: TypeAlias = tuple[int, int]
_Rule: TypeAlias = Callable[[Shape, Shape], Shape | None]
"""What is known of a shape, and the sizes that something of it is equal to: what then is known of it."""
_Region: TypeAlias = Sequence[Statement] | Sequence[Expression]

_LEAVING: Final = (ReturnStmt, RaiseStmt, ContinueStmt, BreakStmt)
_DEFINITIONS: Final = (FuncDef, OverloadedFuncDef, Decorator, ClassDef)
_COMPARED: Final = re.compile(r"[=!]=")
_ANY: Final = "*"  # the name of all that a pattern may bind


@dataclass(frozen=True)
class _Fact:
    """Between two places of the source, a comparison holds.

    It is about sizes, and tells what names in them are; or one operand of it is about an array, which is a variable or
    an attribute of one, and `rule` says what the operands beside it tell of that.
    """

    start: _Position
    end: _Position
    comparison: ComparisonExpr
    operand: int = 0
    array: str = ""
    variable: SymbolNode | None = None
    rule: _Rule | None = None

    def is_about(self, array: Expression) -> bool:
        """Say whether the array is the one that an expression names."""
        return self.array == dotted_name(array) and self.variable is variable_of(array)


class Comparisons:
    """The comparisons of sizes in the module that is being checked."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read_last = 0
        self._facts: dict[int, list[_Fact]] = {}
        self._sizes: dict[ComparisonExpr, list[Shape | None]] = {}
        self._names: dict[ComparisonExpr, dict[str, Dim]] = {}

    def take(self, comparison: ComparisonExpr, sizes: list[Shape | None], tree: MypyFile) -> None:
        """Take note of what is known of the operands of a comparison: each an int, or a tuple of ints."""
        self._read(tree)
        self._sizes[comparison] = sizes
        self._names[comparison] = {name: size for pair in pairwise(sizes) for name, size in _named(*pair)}

    def tell_of(self, expression: Expression, tree: MypyFile) -> bool:
        """Say whether the comparisons that hold at an expression are about the array that it names."""
        return any(fact.is_about(expression) for fact in self._at(expression, tree))

    def narrowed(self, shape: Shape, expression: Expression, tree: MypyFile) -> Shape:
        """Return the shape of the array that an expression names, with what comparisons tell of it there."""
        for fact in self._at(expression, tree):
            if fact.rule is None:
                shape = self._with_names(shape, fact)
            elif fact.is_about(expression):
                shape = self._with_sizes(shape, fact, fact.rule)
        return shape

    def _read(self, tree: MypyFile) -> None:
        text = self._source.text(tree)
        if self._source.read != self._read_last:
            self._read_last = self._source.read
            self._sizes, self._names = {}, {}
            self._facts = _Search(text).facts(tree) if _COMPARED.search(text) else {}

    def _at(self, expression: Expression, tree: MypyFile) -> list[_Fact]:
        self._read(tree)
        facts = self._facts.get(expression.line)
        if facts is None:
            return []
        here = expression.line, expression.column
        return [each for each in facts if each.start <= here < each.end]

    def _with_sizes(self, shape: Shape, fact: _Fact, rule: _Rule) -> Shape:
        for other in (fact.operand - 1, fact.operand + 1):
            sizes = self._sizes_of(fact.comparison, other)
            found = rule(shape, sizes) if sizes is not None else None
            shape = shape if found is None else found
        return shape

    def _with_names(self, shape: Shape, fact: _Fact) -> Shape:
        names = self._names.get(fact.comparison)
        try:
            return shapes.with_names(shape, names) if names else shape
        except ShapeError:
            return shape

    def _sizes_of(self, comparison: ComparisonExpr, operand: int) -> Shape | None:
        """Return what is known of an operand; where mypy knows nothing of the comparison, only what is written out."""
        if not 0 <= operand < len(comparison.operands):
            return None
        taken = self._sizes.get(comparison)
        if taken is not None:
            return taken[operand]
        written = comparison.operands[operand]
        numbers = [_number(each) for each in (written.items if isinstance(written, TupleExpr) else [written])]
        return None if None in numbers else tuple(each for each in numbers if each is not None)


def _named(first: Shape | None, second: Shape | None) -> Iterator[tuple[str, Dim]]:
    """Yield the names that are compared with numbers."""
    if first is not None and second is not None and len(first) == len(second):
        for a, b in (*zip(first, second, strict=True), *zip(second, first, strict=True)):
            if isinstance(b, int) and str(a).isidentifier():
                yield str(a), b


# What is compared.


def _subject(operand: Expression) -> tuple[Expression | None, _Rule | None]:
    """Return the array that an operand is about, and what it tells of its shape."""
    match operand:
        case MemberExpr(expr=array, name="shape"):
            return array, shapes.with_sizes
        case MemberExpr(expr=array, name="ndim"):
            return array, _with_rank
        case CallExpr(callee=NameExpr(name="len"), args=[MemberExpr(expr=array, name="shape")]):
            return array, _with_rank
        case CallExpr(callee=NameExpr(name="len"), args=[array]):
            return array, partial(_with_sizes_between, 0, 1)
        case IndexExpr(base=MemberExpr(expr=array, name="shape"), index=key):
            return array, _rule_of_key(key)
        case _:
            return None, None


def _rule_of_key(key: Expression) -> _Rule | None:
    if not isinstance(key, SliceExpr):
        place = _number(key)
        return None if place is None else partial(_with_sizes_between, place, place + 1)
    start = 0 if key.begin_index is None else _number(key.begin_index)
    stop = None if key.end_index is None else _number(key.end_index)
    if start is None or key.stride is not None or (key.end_index is not None and stop is None):
        return None
    if stop is None:
        return partial(_with_sizes_after, start) if start >= 0 else partial(_with_sizes_between, start, 0)
    return partial(_with_sizes_between, start, stop) if (start < 0) == (stop < 0) else None


def _with_rank(shape: Shape, sizes: Shape) -> Shape | None:
    rank = sizes[0] if len(sizes) == 1 else UNKNOWN
    return shapes.with_rank(shape, rank) if isinstance(rank, int) else None


def _with_sizes_between(start: int, stop: int, shape: Shape, sizes: Shape) -> Shape | None:
    return shapes.with_sizes_from(shape, start, sizes) if len(sizes) == stop - start else None


def _with_sizes_after(start: int, shape: Shape, sizes: Shape) -> Shape | None:
    return shapes.with_sizes(shape, (UNKNOWN,) * start + sizes)


def _number(node: Expression) -> int | None:
    match node:
        case IntExpr(value=number):
            return number
        case UnaryExpr(op="-", expr=IntExpr(value=number)):
            return -number
        case _:
            return None


# Where it holds.


class _Search:
    """Finds what the comparisons of a module tell, by the lines where it holds."""

    def __init__(self, text: str) -> None:
        self._lines = {place for place, line in enumerate(text.splitlines(), 1) if _COMPARED.search(line)}
        self._walrus = ":=" in text
        self._names: dict[Node, frozenset[str]] = {}
        self._definitions: dict[Node, bool] = {}

    def facts(self, tree: MypyFile) -> dict[int, list[_Fact]]:
        """Return the facts of a module by their lines."""
        found: dict[int, list[_Fact]] = defaultdict(list)
        for comparisons, region in self._regions(tree):
            for comparison in comparisons:
                for fact in self._told(comparison, region):
                    for line in range(fact.start[0], fact.end[0] + 1):
                        found[line].append(fact)
        return found

    def _told(self, comparison: ComparisonExpr, region: _Region) -> Iterator[_Fact]:
        for start, end in self._unnested(region):
            yield _Fact(start, end, comparison)
        for place, operand in enumerate(comparison.operands):
            array, rule = _subject(operand)
            name = "" if array is None else dotted_name(array)
            if array is not None and name and rule is not None:
                for start, end in self._reached(region, name):
                    yield _Fact(start, end, comparison, place, name, variable_of(array), rule)

    def _regions(self, tree: MypyFile) -> Iterator[tuple[list[ComparisonExpr], _Region]]:
        """Yield comparisons with the statements, or the expressions, that are reached only where they hold."""
        yield from self._regions_in(tree.defs)
        for node in statements(tree):
            if isinstance(node, Block):
                yield from self._regions_in(node.body)
            elif self._compares(node) and not isinstance(node, _DEFINITIONS):
                for condition in _conditions(node):
                    yield from _regions_of(condition)

    def _regions_in(self, block: list[Statement]) -> Iterator[tuple[list[ComparisonExpr], _Region]]:
        for place, statement in enumerate(block):
            if not self._compares(statement):
                continue
            after = block[place + 1 :]
            match statement:
                case AssertStmt(expr=test):
                    yield _held(test), after
                case WhileStmt(expr=test, body=body):
                    yield _held(test), body.body
                case IfStmt(expr=[test], body=[Block(body=chosen)], else_body=otherwise):
                    other = [] if otherwise is None else otherwise.body
                    yield _held(test), [*chosen, *(after if _leaves(other) else ())]
                    yield _held(test, negated=True), [*other, *(after if _leaves(chosen) else ())]
                case _:
                    pass

    def _compares(self, node: Node) -> bool:
        return any(line in self._lines for line in range(node.line, (node.end_line or node.line) + 1))

    def _reached(self, region: _Region, array: str) -> Iterator[tuple[_Position, _Position]]:
        """Yield where in a region a name has its value still."""
        for place, node in enumerate(region):
            if self._binds(node, array):
                yield from self._unnested(region[:place])
                if isinstance(node, AssignmentStmt) and not (self._walrus and self._binds(node.rvalue, array)):
                    yield _range(node.rvalue)
                return
        yield from self._unnested(region)

    def _unnested(self, region: _Region) -> Iterator[tuple[_Position, _Position]]:
        """Yield what of a region is outside of functions, which may be called later."""
        start: _Position | None = None
        end = (0, 0)
        for node in region:
            if self._defines(node):
                if start is not None:
                    yield start, end
                start = None
            else:
                first, end = _range(node)
                start = first if start is None else start
        if start is not None:
            yield start, end

    def _defines(self, node: Node) -> bool:
        found = self._definitions.get(node)
        if found is None:
            parts = [node, *statements(node)] if isinstance(node, Statement) else []
            found = self._definitions[node] = any(isinstance(each, _DEFINITIONS) for each in parts)
        return found

    def _binds(self, node: Node, array: str) -> bool:
        names = self._names.get(node)
        if names is None:
            parts = walk(node) if self._walrus else [node, *statements(node)]
            names = self._names[node] = frozenset(name for part in parts for name in _bound(part))
        return _ANY in names or any(array == name or array.startswith(f"{name}.") for name in names if name)


def _conditions(node: Node) -> Iterator[Expression]:
    """Yield the conditions inside of a statement that decide whether other expressions of it are reached."""
    for part in walk(node):
        if isinstance(part, Statement) and part is not node:
            continue
        if isinstance(part, ConditionalExpr | GeneratorExpr) or (isinstance(part, OpExpr) and part.op in ("and", "or")):
            yield part


def _regions_of(condition: Expression) -> Iterator[tuple[list[ComparisonExpr], _Region]]:
    match condition:
        case ConditionalExpr(cond=test, if_expr=chosen, else_expr=other):
            yield _held(test), [chosen]
            yield _held(test, negated=True), [other]
        case GeneratorExpr(condlists=conditions, left_expr=item):
            yield [each for tests in conditions for test in tests for each in _held(test)], [item]
        case OpExpr(op=op, left=left, right=right):
            yield _held(left, negated=op == "or"), [right]
        case _:
            pass


def _held(test: Expression, *, negated: bool = False) -> list[ComparisonExpr]:
    """Return the comparisons of which all operands are equal where a condition is true, or false if `negated`."""
    match test:
        case UnaryExpr(op="not", expr=operand):
            return _held(operand, negated=not negated)
        case OpExpr(op=op, left=left, right=right) if op == ("or" if negated else "and"):
            return [*_held(left, negated=negated), *_held(right, negated=negated)]
        case ComparisonExpr(operators=operators) if operators == ["!="] if negated else {*operators} == {"=="}:
            return [test]
        case _:
            return []


def _leaves(block: list[Statement]) -> bool:
    """Say whether a program never gets to what comes after a block."""
    match block:
        case [*_, IfStmt(body=[Block(body=chosen)], else_body=Block(body=other))]:
            return _leaves(chosen) and _leaves(other)
        case [*_, last]:
            return isinstance(last, _LEAVING)
        case _:
            return False


def _bound(node: Node) -> Iterator[str]:
    """Yield the names, with their attributes, that get another value by a node, or another shape."""
    match node:
        case AssignmentStmt(lvalues=targets):
            for target in targets:
                yield from _targets(target)
        case (
            OperatorAssignmentStmt(lvalue=target)
            | ForStmt(index=target)
            | AssignmentExpr(target=target)
            | DelStmt(expr=target)
        ):
            yield from _targets(target)
        case WithStmt(target=targets_or_none):
            for each in targets_or_none:
                yield from _targets(each) if each is not None else ()
        case TryStmt(vars=variables):
            yield from (each.name for each in variables if each is not None)
        case Import(ids=names) | ImportFrom(names=names):
            yield from ((new or name).partition(".")[0] for name, new in names)
        case FuncDef(name=name) | ClassDef(name=name):
            yield name
        case MatchStmt():
            yield _ANY
        case ExpressionStmt(expr=CallExpr(callee=MemberExpr(expr=owner, name="resize"))):
            yield dotted_name(owner)
        case _:
            pass


def _targets(target: Expression) -> Iterator[str]:
    match target:
        case TupleExpr(items=items) | ListExpr(items=items):
            for item in items:
                yield from _targets(item)
        case StarExpr(expr=inner):
            yield from _targets(inner)
        case MemberExpr(expr=owner, name="shape"):
            yield dotted_name(owner)
        case _:
            yield dotted_name(target)


def _range(node: Statement | Expression) -> tuple[_Position, _Position]:
    end_line, end_column = node.end_line or node.line, node.end_column or node.column
    return (node.line, node.column), (end_line, end_column)
