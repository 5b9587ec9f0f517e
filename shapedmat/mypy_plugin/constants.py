"""Variables that hold one constant: what is assigned to a name once, as far as the program shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    GDEF,
    LDEF,
    AssignmentExpr,
    AssignmentStmt,
    DelStmt,
    Expression,
    ForStmt,
    FuncItem,
    GeneratorExpr,
    GlobalDecl,
    IntExpr,
    ListExpr,
    MypyFile,
    NameExpr,
    NonlocalDecl,
    OperatorAssignmentStmt,
    OpExpr,
    RefExpr,
    StarExpr,
    TempNode,
    TryStmt,
    TupleExpr,
    UnaryExpr,
    Var,
    WithStmt,
)
from mypy.patterns import AsPattern, MappingPattern, StarredPattern
from mypy.traverser import TraverserVisitor

_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
_DIVISIONS: Final[dict[str, Callable[[int, int], int]]] = {"//": lambda a, b: a // b, "%": lambda a, b: a % b}
_DEPTH: Final = 8  # of names that are defined by others


class Constants:
    """Finds what a name stands for, by the functions and the module that are being checked."""

    def __init__(self) -> None:
        self._assigned: dict[FuncItem | MypyFile, tuple[object, dict[Var, Expression]]] = {}
        self._tree: MypyFile | None = None

    def assigned(self, expression: Expression, checker: TypeChecker) -> Expression | None:
        """Return the only expression that is ever assigned to a variable; None where there is none, or another."""
        if not isinstance(expression, NameExpr) or not isinstance(expression.node, Var):
            return None
        variable = expression.node
        if expression.kind == GDEF:
            own = variable.fullname == f"{checker.tree.fullname}.{variable.name}"
            return self._in(checker.tree, checker).get(variable) if own else None
        if expression.kind != LDEF:
            return None
        for scope in checker.scope.stack:
            if isinstance(scope, FuncItem):
                return self._in(scope, checker).get(variable)  # the outermost function has all that are within it
        return None

    def number(self, expression: Expression, checker: TypeChecker, depth: int = 0) -> int | None:
        """Return the value of an expression in integers and in names for them, None where it is not known."""
        if isinstance(expression, IntExpr):
            return expression.value
        if isinstance(expression, UnaryExpr) and expression.op == "-":
            value = self.number(expression.expr, checker, depth)
            return None if value is None else -value
        if isinstance(expression, OpExpr):
            return self._calculated(expression, checker, depth)
        if not isinstance(expression, RefExpr) or not isinstance(expression.node, Var):
            return None
        final: Any = expression.node.final_value
        if isinstance(final, int) and not isinstance(final, bool):
            return final
        found = self.assigned(expression, checker)
        return None if found is None or depth > _DEPTH else self.number(found, checker, depth + 1)

    def _calculated(self, expression: OpExpr, checker: TypeChecker, depth: int) -> int | None:
        rule = _OPERATORS.get(expression.op) or _DIVISIONS.get(expression.op)
        if rule is None:
            return None
        left = self.number(expression.left, checker, depth)
        right = self.number(expression.right, checker, depth) if left is not None else None
        if left is None or right is None or (right == 0 and expression.op in _DIVISIONS):
            return None
        return rule(left, right)

    def _in(self, scope: FuncItem | MypyFile, checker: TypeChecker) -> dict[Var, Expression]:
        if self._tree is not checker.tree:
            self._assigned.clear()
            self._tree = checker.tree
        body = scope.defs if isinstance(scope, MypyFile) else scope.body  # which mypy's daemon renews in a node
        known = self._assigned.get(scope)
        if known is None or known[0] is not body:
            found = _Assignments()
            scope.accept(found)
            known = self._assigned[scope] = body, found.single()
        return known[1]


class _Assignments(TraverserVisitor):
    """Collects what is assigned to each variable of a function or a module, and to which more is done than that."""

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[Var, Expression] = {}
        self._changing: set[Var] = set()
        self._declared: set[str] = set()

    def single(self) -> dict[Var, Expression]:
        """Return the variables that have one value."""
        return {
            variable: value
            for variable, value in self._values.items()
            if variable not in self._changing and variable.name not in self._declared
        }

    def _changes(self, target: Expression | None) -> None:
        if isinstance(target, NameExpr) and isinstance(target.node, Var):
            self._changing.add(target.node)
        elif isinstance(target, TupleExpr | ListExpr):
            for item in target.items:
                self._changes(item)
        elif isinstance(target, StarExpr):
            self._changes(target.expr)

    def _assign(self, target: Expression, value: Expression) -> None:
        if isinstance(target, NameExpr) and isinstance(target.node, Var):
            if target.node in self._values:
                self._changing.add(target.node)
            self._values[target.node] = value
        elif (
            isinstance(target, TupleExpr | ListExpr)
            and isinstance(value, TupleExpr)
            and len(target.items) == len(value.items)
            and not any(isinstance(each, StarExpr) for each in (*target.items, *value.items))
        ):
            for place, item in enumerate(target.items):
                self._assign(item, value.items[place])
        else:
            self._changes(target)

    def visit_func(self, o: FuncItem, /) -> None:
        self._changing.update(o.arguments[place].variable for place in range(len(o.arguments)))
        super().visit_func(o)

    def visit_assignment_stmt(self, o: AssignmentStmt, /) -> None:
        if not isinstance(o.rvalue, TempNode):  # which stands where a variable is only declared
            for target in o.lvalues:
                self._assign(target, o.rvalue)
        super().visit_assignment_stmt(o)

    def visit_operator_assignment_stmt(self, o: OperatorAssignmentStmt, /) -> None:
        self._changes(o.lvalue)
        super().visit_operator_assignment_stmt(o)

    def visit_assignment_expr(self, o: AssignmentExpr, /) -> None:
        self._changes(o.target)
        super().visit_assignment_expr(o)

    def visit_for_stmt(self, o: ForStmt, /) -> None:
        self._changes(o.index)
        super().visit_for_stmt(o)

    def visit_with_stmt(self, o: WithStmt, /) -> None:
        for target in o.target:
            self._changes(target)
        super().visit_with_stmt(o)

    def visit_generator_expr(self, o: GeneratorExpr, /) -> None:
        for index in o.indices:
            self._changes(index)
        super().visit_generator_expr(o)

    def visit_del_stmt(self, o: DelStmt, /) -> None:
        self._changes(o.expr)
        super().visit_del_stmt(o)

    def visit_try_stmt(self, o: TryStmt, /) -> None:
        for variable in o.vars:
            self._changes(variable)
        super().visit_try_stmt(o)

    def visit_as_pattern(self, o: AsPattern, /) -> None:
        self._changes(o.name)
        super().visit_as_pattern(o)

    def visit_starred_pattern(self, o: StarredPattern, /) -> None:
        self._changes(o.capture)
        super().visit_starred_pattern(o)

    def visit_mapping_pattern(self, o: MappingPattern, /) -> None:
        self._changes(o.rest)
        super().visit_mapping_pattern(o)

    def visit_global_decl(self, o: GlobalDecl, /) -> None:
        self._declared.update(o.names)

    def visit_nonlocal_decl(self, o: NonlocalDecl, /) -> None:
        self._declared.update(o.names)
