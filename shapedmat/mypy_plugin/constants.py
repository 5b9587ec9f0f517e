"""Variables that hold one constant: what is assigned to a name once, as far as the program shows.

mypy keeps no values of variables that are not ``Final``.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from mypy.nodes import GDEF, LDEF, Expression, IntExpr, MypyFile, NameExpr, OpExpr, RefExpr, UnaryExpr, Var

from shapedmat.mypy_plugin.source import Source

Value: TypeAlias = int | tuple[int | None, ...] | None

_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}
_NODES: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_DEPTH: Final = 8  # of names that are defined by others
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Constants:
    """Finds what the names of the module stand for that is being checked."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._module: _Module | None = None

    def number(self, expression: Expression, tree: MypyFile) -> int | None:
        """Return the value of an expression in integers and in names for them, None where it is not known."""
        if isinstance(expression, IntExpr):
            return expression.value
        if isinstance(expression, UnaryExpr) and expression.op == "-":
            value = self.number(expression.expr, tree)
            return None if value is None else -value
        if isinstance(expression, OpExpr):
            left = self.number(expression.left, tree) if expression.op in _OPERATORS else None
            right = self.number(expression.right, tree) if left is not None else None
            return _calculated(expression.op, left, right)
        found = self.value(expression, tree)
        return found if isinstance(found, int) else None

    def value(self, expression: Expression, tree: MypyFile) -> Value:
        """Return the integer, or the tuple of integers, that a variable stands for, as far as it is known."""
        if not isinstance(expression, RefExpr) or not isinstance(expression.node, Var):
            return None
        variable = expression.node
        final: Any = variable.final_value
        if isinstance(final, int) and not isinstance(final, bool):
            return final
        if not isinstance(expression, NameExpr):
            return None
        if expression.kind == GDEF and variable.fullname == f"{tree.fullname}.{variable.name}":
            return self._in_source(tree).value(variable.name, None)
        return self._in_source(tree).value(variable.name, expression.line) if expression.kind == LDEF else None

    def _in_source(self, tree: MypyFile) -> _Module:
        module = self._source.module(tree)
        if self._module is None or self._module.tree is not module:
            self._module = _Module(module)
        return self._module


def _calculated(operator: str, left: int | None, right: int | None) -> int | None:
    if left is None or right is None or (right == 0 and operator in ("//", "%")):
        return None
    return _OPERATORS[operator](left, right)


@dataclass
class _Scope:
    """The assignments in a function with all that is defined in it, or in a module outside of its functions."""

    lines: range = range(0)
    times: Counter[str] = field(default_factory=Counter)
    values: dict[str, ast.expr] = field(default_factory=dict)

    def single(self, name: str) -> ast.expr | None:
        """Return the only value that a name has."""
        return self.values.get(name) if self.times[name] == 1 else None

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """Take note of what is assigned to the names of a target."""
        if isinstance(target, ast.Name):
            self.values[target.id] = value
        elif (
            isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and not (_starred(target) or _starred(value))
        ):
            for item, part in zip(target.elts, value.elts, strict=False):
                self.assign(item, part)


class _Module:
    """The scopes of a source file."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._functions: list[_Scope] = []
        self._top = _Scope()
        self._declared: set[str] = set()
        self._enter(self._top, [tree], outermost=True)

    def value(self, name: str, line: int | None) -> Value:
        """Return what a name stands for in the function at a line, or in the module."""
        if line is None:
            return self._of_name(name, self._top, 0)
        scope = next((each for each in self._functions if line in each.lines), None)
        return None if scope is None else self._of_name(name, scope, 0)

    def _enter(self, scope: _Scope, nodes: Sequence[ast.AST], *, outermost: bool) -> None:
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if outermost and isinstance(node, _FUNCTIONS):
                own = _Scope(range(node.lineno, (node.end_lineno or node.lineno) + 1))
                if not isinstance(node, ast.Lambda):
                    scope.times[node.name] += 1
                    self._functions.append(own)
                self._enter(own, list(ast.iter_child_nodes(node)), outermost=False)
                continue
            scope.times.update(_bound(node))
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        scope.assign(target, value)
                case ast.AnnAssign(target=ast.Name(id=name), value=value):
                    if value is None:
                        scope.times[name] -= 1
                    else:
                        scope.values[name] = value
                case ast.Global(names=names) | ast.Nonlocal(names=names):
                    self._declared.update(names)
                case _:
                    pass
            waiting.extend(ast.iter_child_nodes(node))

    def _of_name(self, name: str, scope: _Scope, depth: int) -> Value:
        if name in self._declared or depth > _DEPTH:
            return None
        if not scope.times[name] and scope is not self._top:
            return self._of_name(name, self._top, depth)
        node = scope.single(name)
        if isinstance(node, ast.Tuple):
            return tuple(self._number(each, scope, depth) for each in node.elts) if not _starred(node) else None
        return None if node is None else self._number(node, scope, depth)

    def _number(self, node: ast.expr, scope: _Scope, depth: int) -> int | None:
        match node:
            case ast.Constant(value=int(value)) if not isinstance(value, bool):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self._number(operand, scope, depth)
                return None if inner is None else -inner
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _NODES:
                sides = self._number(left, scope, depth), self._number(right, scope, depth)
                return _calculated(_NODES[type(op)], *sides)
            case ast.Name(id=name):
                found = self._of_name(name, scope, depth + 1)
                return found if isinstance(found, int) else None
            case _:
                return None


def _starred(node: ast.Tuple) -> bool:
    return any(isinstance(each, ast.Starred) for each in node.elts)


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node itself binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            pass
