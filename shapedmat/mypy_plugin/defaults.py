"""Parameters that may be ``None``, and get a value of their own in the function's body where they are.

After ``if mask is None: mask = np.ones(n)``, a program takes the parameter for what its annotation says. mypy lets it be
either of the two, and so knows nothing of it; but what can't even be broadcast to the annotation is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mypy.nodes import (
    AssignmentStmt,
    Block,
    BreakStmt,
    ComparisonExpr,
    ConditionalExpr,
    ContinueStmt,
    Expression,
    IfStmt,
    MypyFile,
    NameExpr,
    Node,
    RaiseStmt,
    ReturnStmt,
    Var,
)
from mypy.types import NoneType, Type, UnionType, get_proper_type

from shapedmat import shapes
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.sites import Site, Untracked, is_array
from shapedmat.mypy_plugin.syntax import walk
from shapedmat.shapes import Shape

_LEAVING: Final = (ReturnStmt, RaiseStmt, ContinueStmt, BreakStmt)


class Defaults:
    """The values of a module that parameters get in the place of ``None``."""

    def __init__(self) -> None:
        self._tree: MypyFile | None = None
        self._variables: dict[Node, Var] = {}

    def check(self, place: Node, shape: Shape, site: Site) -> None:
        """Check the shape of an expression, if a parameter gets its value, with what the parameter's annotation says.

        Raises:
            ShapeError: it certainly is not one that can be broadcast to the annotated one.
        """
        tree = site.checker.tree
        if tree is not self._tree:
            self._tree = tree
            self._variables = dict(_values(tree))
        variable = self._variables.get(place)
        array = _array(variable.type) if variable is not None and variable.type is not None else None
        if array is None:
            return
        try:
            wanted = site.shape_of_type(array)
        except Untracked:
            return
        try:
            shapes.broadcast(shape, wanted, action="combine")
        except ShapeError:
            shapes.fit(shape, wanted, subject="the assigned value")


def _values(tree: MypyFile) -> Iterator[tuple[Expression, Var]]:
    for node in walk(tree):
        if isinstance(node, IfStmt):
            for condition, body in zip(node.expr, node.body, strict=True):
                yield from _values_in(body, _parameter(condition))
        elif isinstance(node, ConditionalExpr):
            variable = _parameter(node.cond)
            if variable is not None and isinstance(node.else_expr, NameExpr) and node.else_expr.node is variable:
                yield node.if_expr, variable


def _values_in(body: Block, variable: Var | None) -> Iterator[tuple[Expression, Var]]:
    if variable is None or not body.body or isinstance(body.body[-1], _LEAVING):
        return
    for statement in body.body:
        if isinstance(statement, AssignmentStmt) and len(statement.lvalues) == 1:
            lvalue = statement.lvalues[0]
            if isinstance(lvalue, NameExpr) and lvalue.node is variable:
                yield statement.rvalue, variable


def _parameter(condition: Expression) -> Var | None:
    """Return the annotated variable that a condition asks of whether it is ``None``."""
    if not isinstance(condition, ComparisonExpr) or condition.operators != ["is"]:
        return None
    asked, none = condition.operands
    if not isinstance(asked, NameExpr) or not isinstance(none, NameExpr) or none.fullname != "builtins.None":
        return None
    variable = asked.node
    return variable if isinstance(variable, Var) and not variable.is_inferred and variable.type is not None else None


def _array(t: Type) -> Type | None:
    """Return the array of a type that is one or ``None``."""
    proper = get_proper_type(t)
    if not isinstance(proper, UnionType):
        return None
    items = [item for each in proper.items if not isinstance(item := get_proper_type(each), NoneType)]
    return items[0] if len(items) == 1 and is_array(items[0]) else None
