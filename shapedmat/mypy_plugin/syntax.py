"""Searching in a program's syntax tree.

mypy's own visitors are compiled, and those that visit everything can't be subclassed by a plugin; so the parts of a
node are found by their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mypy.nodes import Expression, MypyFile, Node, Statement

_PARTS: Final = (
    *("rvalue", "value", "expr", "callee", "base", "index", "left", "right", "items", "args"),
    *("operands", "if_expr", "else_expr", "cond", "left_expr", "generator", "begin_index", "end_index", "stride"),
    *(
        "body",
        "defs",
        "lvalues",
        "lvalue",
        "func",
        "else_body",
        "finally_body",
        "handlers",
        "bodies",
        "target",
        "subject",
    ),
    *("iter_expr", "expressions", "sequences", "condlists", "left_items", "msg", "names"),
)
_DEEPEST: Final = 200


def walk(node: Node, depth: int = 0) -> Iterator[Node]:
    """Yield a statement, a function, a class or a module, and all that is in it."""
    yield node
    if depth < _DEEPEST:
        for child in _children(node):
            yield from walk(child, depth + 1)


def _children(node: Node) -> Iterator[Node]:
    for name in _PARTS:
        yield from _nodes(getattr(node, name, None))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Expression | Statement | MypyFile) or (isinstance(value, Node) and hasattr(value, "body")):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _nodes(each)
