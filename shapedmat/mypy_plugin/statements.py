"""What the statements of a module do with the values of their expressions, which a hook of an expression is not told.

After ``if mask is None: mask = np.ones(n)``, a program takes a parameter for what its annotation says. mypy lets it be
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
    Context,
    ContinueStmt,
    Expression,
    ForStmt,
    IfStmt,
    MypyFile,
    NameExpr,
    RaiseStmt,
    ReturnStmt,
    TryStmt,
    TupleExpr,
    Var,
    WhileStmt,
    WithStmt,
)
from mypy.subtypes import is_subtype
from mypy.types import AnyType, Instance, NoneType, ProperType, TupleType, Type, UnionType, get_proper_type

from shapedmat import shapes
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.inference import is_inferred
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.mypy_plugin.syntax import statements
from shapedmat.mypy_plugin.types import is_array
from shapedmat.shapes import Shape

_LEAVING: Final = (ReturnStmt, RaiseStmt, ContinueStmt, BreakStmt)
_COMPOUND: Final = (ForStmt, WhileStmt, IfStmt, TryStmt, WithStmt)


class Statements:
    """Where the values of a module's expressions go."""

    def __init__(self) -> None:
        self._body: object = None
        self._defaults: dict[Context, Var] = {}
        self._assigned: dict[Context, NameExpr] = {}
        self._returned: dict[Context, int | None] = {}

    def check(self, place: Context, shape: Shape, site: Site) -> None:
        """Check the shape of an expression, if a parameter gets its value, with what the parameter's annotation says.

        Raises:
            ShapeError: it certainly is not one that can be broadcast to the annotated one.
        """
        self._read(site.checker.tree)
        variable = self._defaults.get(place)
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

    def check_number(self, place: Context, site: Site) -> None:
        """Check that a number is not returned where the function's annotation says an array.

        Raises:
            ShapeError: it is.
        """
        self._read(site.checker.tree)
        if place not in self._returned or not site.checker.return_types:
            return
        item, wanted = self._returned[place], get_proper_type(site.checker.return_types[-1])
        if item is not None:
            known = isinstance(wanted, TupleType) and item < len(wanted.items)
            wanted = get_proper_type(wanted.items[item]) if isinstance(wanted, TupleType) and known else wanted
        if isinstance(wanted, Instance) and is_array(wanted):
            try:
                shapes.fit((), site.shape_of_type(wanted), subject="the returned value")
            except Untracked:
                return

    def dtype(self, place: Context, shape: Shape, dtype: Type | None, site: Site) -> Type | None:
        """Return the ``dtype[...]`` of a new array: in a branch or a loop, that of the variable it is put into.

        So the variable has one type: of an operator whose right operand may be of two, no hook is asked.
        """
        self._read(site.checker.tree)
        lvalue = self._assigned.get(place)
        if lvalue is None or dtype is None or not isinstance(lvalue.node, Var):
            return dtype
        current = site.checker.binder.get(lvalue) or lvalue.node.type
        declared = None if is_inferred(lvalue.node) else lvalue.node.type
        for t in (current, declared):
            own = _dtype_of(_arrays(t), shape, site) if t is not None else None
            if own is not None and is_subtype(dtype, own):
                return own
        return dtype

    def _read(self, tree: MypyFile) -> None:
        if tree.defs is self._body:  # a tree may stay the same where mypy's daemon reads a file anew
            return
        self._body = tree.defs
        self._defaults = dict(_defaults(tree))
        self._assigned = dict(_assigned(tree))
        self._returned = dict(_returned(tree))


def _assigned(tree: MypyFile) -> Iterator[tuple[Expression, NameExpr]]:
    """Yield what is assigned to variables in branches and loops."""
    for compound in statements(tree):
        if isinstance(compound, _COMPOUND):
            for node in statements(compound):
                if isinstance(node, AssignmentStmt) and len(node.lvalues) == 1:
                    lvalue = node.lvalues[0]
                    if isinstance(lvalue, NameExpr):
                        yield node.rvalue, lvalue


def _returned(tree: MypyFile) -> Iterator[tuple[Expression, int | None]]:
    """Yield what is returned, with its place if it is in a tuple."""
    for node in statements(tree):
        if isinstance(node, ReturnStmt) and node.expr is not None:
            yield node.expr, None
            if isinstance(node.expr, TupleExpr):
                yield from zip(node.expr.items, range(len(node.expr.items)), strict=True)


def _arrays(t: Type) -> list[ProperType]:
    proper = get_proper_type(t)
    items = [get_proper_type(each) for each in proper.items] if isinstance(proper, UnionType) else [proper]
    return [item for item in items if is_array(item)]


def _dtype_of(arrays: list[ProperType], shape: Shape, site: Site) -> Type | None:
    """Return the ``dtype[...]`` of the only array, if it has a shape, and elements that are known."""
    array = arrays[0] if len(arrays) == 1 else None
    if not isinstance(array, Instance) or len(array.args) != 2:
        return None
    try:
        if site.open_shape_of_type(array) != shape:
            return None
    except Untracked:
        return None
    own = get_proper_type(array.args[1])
    known = isinstance(own, Instance) and own.args and not isinstance(get_proper_type(own.args[0]), AnyType)
    return own if known else None


def _defaults(tree: MypyFile) -> Iterator[tuple[Expression, Var]]:
    for node in statements(tree):
        if isinstance(node, IfStmt):
            for condition, body in zip(node.expr, node.body, strict=True):
                yield from _values_in(body, _parameter(condition))
        elif isinstance(node, AssignmentStmt) and isinstance(node.rvalue, ConditionalExpr):
            choice = node.rvalue
            variable = _parameter(choice.cond)
            if variable is not None and isinstance(choice.else_expr, NameExpr) and choice.else_expr.node is variable:
                yield choice.if_expr, variable


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
    return variable if isinstance(variable, Var) and not is_inferred(variable) and variable.type is not None else None


def _array(t: Type) -> Type | None:
    """Return the array of a type that is one or ``None``."""
    proper = get_proper_type(t)
    if not isinstance(proper, UnionType):
        return None
    items = [item for each in proper.items if not isinstance(item := get_proper_type(each), NoneType)]
    return items[0] if len(items) == 1 and is_array(items[0]) else None
