"""What the comparisons of a module tell of shapes, and where: after an ``assert``, in a branch, after one that leaves.

mypy narrows a type where a program compares it, but not by sizes. So the source is read for what is compared, and for
the places that are reached only where the comparison holds; what the compared sizes are, the hook of the comparison
says.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from mypy.nodes import ComparisonExpr, Expression, MypyFile

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.source import Source, bound_by
from shapedmat.mypy_plugin.syntax import dotted_name
from shapedmat.shapes import Shape

_Position: TypeAlias = tuple[int, int]
_Rule: TypeAlias = Callable[[Shape, Shape], Shape | None]
"""What is known of a shape, and the sizes that something of it is equal to: what then is known of it."""
_Region: TypeAlias = Sequence[ast.stmt] | Sequence[ast.expr]

_COMPARED: Final = re.compile(r"[=!]=")
_LEAVING: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class _Fact:
    """Between two places of the source, a comparison holds.

    An operand of it is about an array, of which `rule` says what the operands beside it tell; or it is a size, of which
    the operand after it tells what names in it are.
    """

    start: _Position
    end: _Position
    comparison: ast.Compare
    operand: int
    array: str = ""
    rule: _Rule | None = None


class Comparisons:
    """The comparisons of sizes in the module that is being checked."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read_last = 0
        self._facts: dict[int, list[_Fact]] = {}
        self._sizes: dict[_Position, list[Shape | None]] = {}

    def take(self, comparison: ComparisonExpr, sizes: list[Shape | None], tree: MypyFile) -> None:
        """Take note of what is known of the operands of a comparison: each an int, or a tuple of ints."""
        self._read(tree)
        self._sizes[comparison.line, comparison.column] = sizes

    def tell_of(self, expression: Expression, tree: MypyFile) -> bool:
        """Say whether the comparisons that hold at an expression are about the array that it names."""
        name = dotted_name(expression)
        return any(fact.array == name for fact in self._at(expression, tree))

    def narrowed(self, shape: Shape, expression: Expression, tree: MypyFile) -> Shape:
        """Return the shape of the array that an expression names, with what comparisons tell of it there."""
        name = dotted_name(expression)
        for fact in self._at(expression, tree):
            if fact.rule is None:
                shape = self._with_names(shape, fact)
            elif fact.array == name:
                shape = self._with_sizes(shape, fact, fact.rule)
        return shape

    def _read(self, tree: MypyFile) -> None:
        text = self._source.text(tree)
        if self._source.read != self._read_last:
            self._read_last = self._source.read
            self._sizes = {}
            self._facts = _facts_by_line(self._source.module(tree)) if _COMPARED.search(text) else {}

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
        first, second = (self._sizes_of(fact.comparison, fact.operand + step) for step in (0, 1))
        if first is None or second is None or len(first) != len(second):
            return shape
        pairs = [*zip(first, second, strict=True), *zip(second, first, strict=True)]
        known = {str(a): b for a, b in pairs if isinstance(b, int) and str(a).isidentifier()}
        try:
            return shapes.with_names(shape, known)
        except ShapeError:
            return shape

    def _sizes_of(self, comparison: ast.Compare, operand: int) -> Shape | None:
        """Return what is known of an operand; where mypy knows nothing of the comparison, only what is written out."""
        written = [comparison.left, *comparison.comparators]
        if not 0 <= operand < len(written):
            return None
        taken = self._sizes.get((comparison.lineno, comparison.col_offset))
        if taken is not None:
            return taken[operand]
        node = written[operand]
        numbers = [_number(each) for each in (node.elts if isinstance(node, ast.Tuple) else [node])]
        return None if None in numbers else tuple(each for each in numbers if each is not None)


def _facts_by_line(module: ast.Module) -> dict[int, list[_Fact]]:
    found: dict[int, list[_Fact]] = defaultdict(list)
    bindings = _Bindings()
    for comparisons, region in _regions(module):
        for comparison in comparisons:
            for fact in _facts(comparison, region, bindings):
                for line in range(fact.start[0], fact.end[0] + 1):
                    found[line].append(fact)
    return found


def _facts(comparison: ast.Compare, region: _Region, bindings: _Bindings) -> Iterator[_Fact]:
    for place, operand in enumerate([comparison.left, *comparison.comparators]):
        if place < len(comparison.ops):
            for start, end in bindings.reached(region, None):
                yield _Fact(start, end, comparison, place)
        array, rule = _subject(operand)
        if array and rule is not None:
            for start, end in bindings.reached(region, array):
                yield _Fact(start, end, comparison, place, array, rule)


# What is compared.


def _subject(operand: ast.expr) -> tuple[str, _Rule | None]:
    """Return the name of the array that an operand is about, and what it tells of its shape."""
    match operand:
        case ast.Attribute(value=array, attr="shape"):
            return _dotted(array), shapes.with_sizes
        case ast.Attribute(value=array, attr="ndim"):
            return _dotted(array), _with_rank
        case ast.Call(func=ast.Name(id="len"), args=[ast.Attribute(value=array, attr="shape")], keywords=[]):
            return _dotted(array), _with_rank
        case ast.Call(func=ast.Name(id="len"), args=[array], keywords=[]):
            return _dotted(array), partial(_with_sizes_between, 0, 1)
        case ast.Subscript(value=ast.Attribute(value=array, attr="shape"), slice=key):
            return _dotted(array), _rule_of_key(key)
        case _:
            return "", None


def _rule_of_key(key: ast.expr) -> _Rule | None:
    match key:
        case ast.Slice(lower=lower, upper=upper, step=None):
            start = 0 if lower is None else _number(lower)
            stop = None if upper is None else _number(upper)
            if start is None or (upper is not None and stop is None):
                return None
            if stop is None:
                return partial(_with_sizes_after, start) if start >= 0 else partial(_with_sizes_between, start, 0)
            return partial(_with_sizes_between, start, stop) if (start < 0) == (stop < 0) else None
        case _:
            place = _number(key)
            return None if place is None else partial(_with_sizes_between, place, place + 1)


def _with_rank(shape: Shape, sizes: Shape) -> Shape | None:
    rank = sizes[0] if len(sizes) == 1 else UNKNOWN
    return shapes.with_rank(shape, rank) if isinstance(rank, int) else None


def _with_sizes_between(start: int, stop: int, shape: Shape, sizes: Shape) -> Shape | None:
    return shapes.with_sizes_from(shape, start, sizes) if len(sizes) == stop - start else None


def _with_sizes_after(start: int, shape: Shape, sizes: Shape) -> Shape | None:
    return shapes.with_sizes(shape, (UNKNOWN,) * start + sizes)


def _number(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
        case _:
            return None


def _dotted(node: ast.expr) -> str:
    """Return a name, or a name with attributes, as it is written; nothing for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            owner = _dotted(value)
            return owner and f"{owner}.{name}"
        case _:
            return ""


# Where it holds.


def _regions(module: ast.Module) -> Iterator[tuple[list[ast.Compare], _Region]]:
    """Yield comparisons with the statements, or the expressions, that are reached only where they hold."""
    for node in ast.walk(module):
        match node:
            case ast.IfExp(test=test, body=chosen, orelse=other):
                yield _held(test), [chosen]
                yield _held(test, negated=True), [other]
            case ast.BoolOp(op=op, values=values):
                for place, value in enumerate(values):
                    yield _held(value, negated=isinstance(op, ast.Or)), values[place + 1 :]
            case ast.ListComp(elt=item, generators=generators) | ast.GeneratorExp(elt=item, generators=generators):
                yield [each for generator in generators for test in generator.ifs for each in _held(test)], [item]
            case _:
                for name in ("body", "orelse", "finalbody"):
                    block = getattr(node, name, None)
                    if isinstance(block, list):
                        yield from _regions_in(block)


def _regions_in(block: list[ast.stmt]) -> Iterator[tuple[list[ast.Compare], _Region]]:
    for place, statement in enumerate(block):
        after = block[place + 1 :]
        match statement:
            case ast.Assert(test=test):
                yield _held(test), after
            case ast.While(test=test, body=body):
                yield _held(test), body
            case ast.If(test=test, body=body, orelse=other):
                yield _held(test), [*body, *(after if _leaves(other) else ())]
                yield _held(test, negated=True), [*other, *(after if _leaves(body) else ())]
            case _:
                pass


def _held(test: ast.expr, *, negated: bool = False) -> list[ast.Compare]:
    """Return the comparisons of which all operands are equal where a condition is true, or false if `negated`."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _held(operand, negated=not negated)
        case ast.BoolOp(op=op, values=values) if isinstance(op, ast.Or if negated else ast.And):
            return [each for value in values for each in _held(value, negated=negated)]
        case ast.Compare(ops=[ast.NotEq()]) if negated:
            return [test]
        case ast.Compare(ops=ops) if not negated and all(isinstance(op, ast.Eq) for op in ops):
            return [test]
        case _:
            return []


def _leaves(block: list[ast.stmt]) -> bool:
    """Say whether a program never gets to what comes after a block."""
    if not block:
        return False
    last = block[-1]
    return isinstance(last, _LEAVING) or (isinstance(last, ast.If) and _leaves(last.body) and _leaves(last.orelse))


class _Bindings:
    """Which names the statements of a module give another value."""

    def __init__(self) -> None:
        self._names: dict[ast.AST, frozenset[str]] = {}

    def reached(self, region: _Region, array: str | None) -> Iterator[tuple[_Position, _Position]]:
        """Yield where in a region a name has its value still, outside of functions that may be called later."""
        for node in region:
            defines = isinstance(node, ast.stmt) and any(isinstance(each, _DEFINITIONS) for each in ast.walk(node))
            if array is not None and self._binds(node, array):
                if isinstance(node, ast.Assign) and not self._binds(node.value, array):
                    yield _range(node.value)
                return
            if not defines:
                yield _range(node)

    def _binds(self, node: ast.AST, array: str) -> bool:
        names = self._names.get(node)
        if names is None:
            names = self._names[node] = frozenset(name for each in ast.walk(node) for name in _bound(each))
        return any(array == name or array.startswith(f"{name}.") for name in names if name)


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names, with their attributes, that get another value by a node, or another shape."""
    yield from bound_by(node)
    match node:
        case ast.Attribute(value=owner, attr="shape", ctx=ast.Store()):
            yield _dotted(owner)
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            yield _dotted(node)
        case ast.Call(func=ast.Attribute(value=owner, attr="resize")):
            yield _dotted(owner)
        case _:
            pass


def _range(node: ast.stmt | ast.expr) -> tuple[_Position, _Position]:
    end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return (node.lineno, node.col_offset), end
