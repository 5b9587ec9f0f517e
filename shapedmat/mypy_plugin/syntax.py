"""Searching in a program's syntax tree.

mypy's own visitors are compiled, and those that visit everything can't be subclassed by a plugin; so the parts of a
node are found by their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mypy.nodes import Expression, MemberExpr, MypyFile, NameExpr, Node, Statement, SymbolNode

_STATEMENT_PARTS: Final = ("defs", "body", "func", "items", "else_body", "finally_body", "handlers", "bodies")
_PARTS: Final = (
    *_STATEMENT_PARTS,
    *(
        "rvalue",
        "value",
        "expr",
        "callee",
        "base",
        "index",
        "left",
        "right",
        "args",
        "operands",
        "if_expr",
        "else_expr",
    ),
    *("cond", "left_expr", "generator", "begin_index", "end_index", "stride", "lvalues", "lvalue", "target", "subject"),
    *("iter_expr", "expressions", "sequences", "condlists", "left_items", "msg", "names"),
)
_DEEPEST: Final = 200

# Of each class of nodes, the parts that it has.
_parts: dict[type[Node], tuple[str, ...]] = {}


def walk(node: Node, depth: int = 0) -> Iterator[Node]:
    """Yield a statement, a function, a class or a module, and all that is in it."""
    yield node
    if depth < _DEEPEST:
        for child in _children(node):
            yield from walk(child, depth + 1)


def statements(node: Node) -> Iterator[Node]:
    """Yield the statements, functions and classes in a block, a function, a class or a module, inner ones too."""
    for name in _parts_of(node):
        if name in _STATEMENT_PARTS:
            for each in _nodes(getattr(node, name)):
                if not isinstance(each, Expression):
                    yield each
                    yield from statements(each)


def dotted_name(expression: Expression) -> str:
    """Return a name, or a name with attributes, as it is written; nothing for anything else."""
    if isinstance(expression, MemberExpr):
        owner = dotted_name(expression.expr)
        return owner and f"{owner}.{expression.name}"
    return expression.name if isinstance(expression, NameExpr) else ""


def variable_of(expression: Expression) -> SymbolNode | None:
    """Return what the name stands for of which an expression is an attribute, or which it is itself."""
    while isinstance(expression, MemberExpr):
        expression = expression.expr
    return expression.node if isinstance(expression, NameExpr) else None


def _children(node: Node) -> Iterator[Node]:
    for name in _parts_of(node):
        yield from _nodes(getattr(node, name))


def _parts_of(node: Node) -> tuple[str, ...]:
    kind = type(node)
    found = _parts.get(kind)
    if found is None:
        found = _parts[kind] = tuple(name for name in _PARTS if hasattr(node, name))
    return found


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Expression | Statement | MypyFile) or (isinstance(value, Node) and hasattr(value, "body")):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _nodes(each)
