"""Variables without annotation, whose types mypy infers from what they are given first.

To mypy, a list that is given an array of shape ``(n, 3)`` holds arrays of that shape from then on. A program means no
such thing: where something else is put into the variable, or into what it holds, the shapes in its type are forgotten.
"""

from __future__ import annotations

from collections import Counter

from mypy.nodes import (
    AssignmentStmt,
    ClassDef,
    Expression,
    FuncDef,
    ListExpr,
    Lvalue,
    MemberExpr,
    MypyFile,
    NameExpr,
    OperatorAssignmentStmt,
    RefExpr,
    StarExpr,
    TupleExpr,
    TypeInfo,
    Var,
)
from mypy.type_visitor import TypeTranslator
from mypy.types import Instance, NoneType, Type, TypeAliasType, UnionType, get_proper_type

from shapedmat.mypy_plugin.dims import SIZE, any_type, is_number
from shapedmat.mypy_plugin.names import ARRAYS, MATRIX
from shapedmat.mypy_plugin.syntax import statements, walk

# By their identities; they are kept, so that no other variable can have the same.
_forgotten: dict[int, Var] = {}


def field_of(owner: Type, name: str) -> Var | None:
    """Return the variable that is a field of an object."""
    symbol = owner.type.get(name) if isinstance(owner, Instance) else None
    return symbol.node if symbol is not None and isinstance(symbol.node, Var) else None


def is_inferred(variable: Var) -> bool:
    """Say whether a variable has no annotation; to mypy's flag, ``self.x: T = ...`` has none either."""
    return variable.is_inferred and not variable.explicit_self_type


def unshaped(t: Type) -> Type:
    """Return a type whose arrays have unknown shapes."""
    return t.accept(_Unshaped())


def undetermined(t: Type) -> Type:
    """Return a type whose arrays have unknown shapes and elements."""
    return t.accept(_Unshaped(elements=False))


def forgets(tree: MypyFile, line: int) -> bool:
    """Forget the shape of the variable that the statement on a line assigns to; say whether it may have another.

    So it may where its type is inferred, and where it is a parameter, of which mypy 1 allows no redefinition.
    """
    found = [
        node
        for node in statements(tree)
        if isinstance(node, AssignmentStmt) and node.line <= line <= (node.end_line or node.line)
    ]
    lvalue = found[-1].lvalues[-1] if found else None
    variable = lvalue.node if isinstance(lvalue, RefExpr) else None
    if not isinstance(variable, Var) or variable.type is None:
        return False
    if not is_inferred(variable) and not _is_parameter(variable, tree, line):
        return False
    variable.type = unshaped(variable.type)
    _forgotten[id(variable)] = variable
    return True


def is_forgotten(node: object) -> bool:
    """Say whether the shape of a variable was forgotten: mypy may still have it where it narrowed the variable."""
    return isinstance(node, Var) and id(node) in _forgotten


def speaks_of_forgotten(tree: MypyFile, line: int) -> bool:
    """Say whether the statement on a line reads a variable whose shape was forgotten."""
    return bool(_forgotten) and any(
        isinstance(node, NameExpr) and node.line == line and is_forgotten(node.node) for node in walk(tree)
    )


def speaks_of_default(tree: MypyFile, line: int) -> bool:
    """Say whether the statement on a line reads a parameter that may be an array or ``None``, and is assigned to."""
    read = [node.node for node in walk(tree) if isinstance(node, NameExpr) and node.line == line]
    optional = [node for node in read if isinstance(node, Var) and _is_optional_array(node.type)]
    targets = [target for node in statements(tree) if isinstance(node, AssignmentStmt) for target in node.lvalues]
    assigned = [target.node for target in targets if isinstance(target, NameExpr)]
    return any(each in assigned and _is_parameter(each, tree, line) for each in optional)


def _is_optional_array(t: Type | None) -> bool:
    union = get_proper_type(t) if t is not None else None
    items = [get_proper_type(each) for each in union.items] if isinstance(union, UnionType) else []
    arrays = [each for each in items if isinstance(each, Instance) and each.type.fullname in ARRAYS]
    return bool(arrays) and any(isinstance(each, NoneType) for each in items)


def _is_parameter(variable: Var, tree: MypyFile, line: int) -> bool:
    return any(
        isinstance(node, FuncDef)
        and node.line <= line <= (node.end_line or node.line)
        and any(argument.variable is variable for argument in node.arguments)
        for node in statements(tree)
    )


class _Unshaped(TypeTranslator):
    def __init__(self, *, elements: bool = True) -> None:
        super().__init__()
        self._elements = elements

    def visit_instance(self, t: Instance, /) -> Type:
        """Return an array type without its shape, an int for a size, and ``Any`` for a number."""
        if is_number(t):
            return any_type()
        if t.type.fullname == SIZE:
            return Instance(t.type.mro[1], [])
        if t.type.fullname in ARRAYS and len(t.args) == 2:
            return t.copy_modified(args=[any_type(), t.args[1] if self._elements else any_type()])
        if t.type.fullname == MATRIX and len(t.args) == 3:
            return t.copy_modified(args=[t.args[0], any_type(), any_type()])
        return super().visit_instance(t)

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        """Return the target of an alias without shapes."""
        return t if t.is_recursive else get_proper_type(t).accept(self)


class Assignments:
    """How often the fields of the classes of a module are assigned to, and where an operator works in place on one."""

    def __init__(self) -> None:
        self._tree: MypyFile | None = None
        self._counts: Counter[tuple[str, str]] = Counter()
        self._in_place: frozenset[Expression] = frozenset()

    def changes(self, info: TypeInfo, name: str, tree: MypyFile) -> bool:
        """Say whether a field may be given something else than what its type was inferred from."""
        self._read(tree)
        return self._counts["", name] + sum(self._counts[base.fullname, name] for base in info.mro) > 1

    def is_in_place(self, member: MemberExpr, tree: MypyFile) -> bool:
        """Say whether it is the left side of ``x.field += y``, which keeps the shape of an array."""
        self._read(tree)
        return member in self._in_place

    def _read(self, tree: MypyFile) -> None:
        if tree is not self._tree:
            self._tree = tree
            self._counts = _counted(tree)
            self._in_place = frozenset(
                each.lvalue for each in statements(tree) if isinstance(each, OperatorAssignmentStmt)
            )


def _counted(tree: MypyFile) -> Counter[tuple[str, str]]:
    own: Counter[tuple[str, str]] = Counter()
    every: Counter[str] = Counter()
    for node in statements(tree):
        if isinstance(node, ClassDef):
            own.update((node.fullname, lvalue.name) for lvalue in _assigned(node) if _is_of_self(lvalue))
    every.update(lvalue.name for lvalue in _assigned(tree) if not _is_of_self(lvalue))
    own.update({("", name): count for name, count in every.items()})
    return own


def _is_of_self(lvalue: MemberExpr) -> bool:
    return isinstance(lvalue.expr, NameExpr) and lvalue.expr.name == "self"


def _assigned(node: ClassDef | MypyFile) -> list[MemberExpr]:
    assignments = [each for each in statements(node) if isinstance(each, AssignmentStmt)]
    return [member for each in assignments for lvalue in each.lvalues for member in _members(lvalue)]


def _members(lvalue: Lvalue | Expression) -> list[MemberExpr]:
    if isinstance(lvalue, TupleExpr | ListExpr):
        return [member for item in lvalue.items for member in _members(item)]
    if isinstance(lvalue, StarExpr):
        return _members(lvalue.expr)
    return [lvalue] if isinstance(lvalue, MemberExpr) else []
