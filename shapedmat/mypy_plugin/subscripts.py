"""Plain numbers in expressions such as ``Matrix[np.float32, 5, 2].zeros()``.

No hook is asked about the arguments of a class in an expression. mypy analyzes each of them as a type on its own, and a
number is none. So before it does, a number is put into a subscript of the class itself, which has a hook, as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mypy.nodes import (
    ClassDef,
    Decorator,
    Expression,
    FuncItem,
    Import,
    ImportFrom,
    IndexExpr,
    IntExpr,
    MypyFile,
    Node,
    StrExpr,
    TupleExpr,
)
from mypy.types import RawExpressionType, UnboundType

from shapedmat.mypy_plugin.syntax import dotted_name, walk

_PACKAGE: Final = "shapedmat"
_MODULES: Final = (_PACKAGE, "shapedmat.matrix")
_CLASS: Final = "Matrix"


def mark_sizes(file: MypyFile) -> None:
    """Mark the numbers among the arguments of `Matrix` in the expressions of a module."""
    names = frozenset(_names(file))
    if not names:
        return
    for node in list(_expressions(file)):
        name = dotted_name(node.base) if isinstance(node, IndexExpr) else ""
        if isinstance(node, IndexExpr) and isinstance(node.index, TupleExpr) and name in names:
            # In place, as mypy may have begun to go through them.
            node.index.items[:] = [_marked(item, name) for item in node.index.items]


def size_written(unbound: UnboundType) -> int | None:
    """Return the size that a marked argument stands for, None for any other type."""
    if len(unbound.args) != 1 or not isinstance(unbound.args[0], RawExpressionType):
        return None
    value = unbound.args[0].literal_value
    return -1 - value if type(value) is int and value < 0 else None


def _expressions(file: MypyFile) -> Iterator[Node]:
    """Yield all of a module, with the bases of its classes, its decorators, and the defaults of its parameters."""
    for node in walk(file):
        yield node
        more: list[Expression | None] = []
        if isinstance(node, ClassDef):
            more = [*node.base_type_exprs, *node.decorators]
        elif isinstance(node, Decorator):
            more = [*node.decorators]
        elif isinstance(node, FuncItem):
            more = [argument.initializer for argument in node.arguments]
        for each in more:
            if each is not None:
                yield from walk(each)


def _marked(item: Expression, name: str) -> Expression:
    if not isinstance(item, IntExpr):
        return item
    marked = StrExpr(f"{name}[{-1 - item.value}]")  # nobody writes a negative number there
    marked.set_line(item)
    return marked


def _names(file: MypyFile) -> Iterator[str]:
    """Yield what a module calls the class."""
    for statement in file.imports:
        if isinstance(statement, ImportFrom) and statement.id in _MODULES and not statement.relative:
            yield from (new or name for name, new in statement.names if name == _CLASS)
        elif isinstance(statement, Import):
            yield from (f"{new or name}.{_CLASS}" for name, new in statement.ids if name in _MODULES)
