"""Lists, dictionaries and sets without annotation, which a program puts arrays of several shapes into."""

from __future__ import annotations

from typing import Final

from mypy.nodes import CallExpr, Expression, IndexExpr, MemberExpr, OperatorAssignmentStmt, RefExpr, Var
from mypy.plugin import MethodSigContext
from mypy.subtypes import is_proper_subtype, is_subtype
from mypy.types import AnyType, CallableType, FunctionLike, Instance, ProperType, TypeOfAny, get_proper_type

from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.inference import field_of, is_inferred, undetermined, unshaped
from shapedmat.mypy_plugin.names import ARRAYS
from shapedmat.mypy_plugin.sites import Site

TAKING: Final = (
    *(f"builtins.list.{name}" for name in ("append", "insert", "extend", "__setitem__", "__iadd__")),
    *(f"builtins.dict.{name}" for name in ("__setitem__", "update", "__ior__")),
    *("typing.MutableMapping.setdefault", "builtins.dict.setdefault", "typing.MutableMapping.update"),
    *("builtins.set.add", "builtins.set.update"),
    *(f"collections.deque.{name}" for name in ("append", "appendleft", "extend", "__setitem__")),
)
"""The methods that put something into a container."""


class Containers:
    """The hook of methods that put something into a container."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def taken(self, context: MethodSigContext) -> FunctionLike:
        """Return the signature of a method with what is forgotten that an inferred type has from its first item.

        Of an array it is the shape, and the element type where another item has another.
        """
        signature, receiver, place = context.default_signature, get_proper_type(context.type), context.context
        if not isinstance(receiver, Instance) or unshaped(receiver) == receiver:
            return signature
        site = self._checks.site(context.api)
        owner = _owner(place)
        variable = _variable(owner, site) if owner is not None else None
        if owner is None or variable is None or not is_inferred(variable) or variable.type is None:
            return signature
        pairs = [
            (site.type_of(each), wanted)
            for group, wanted in zip(context.args, signature.arg_types, strict=False)
            for each in group
        ]
        if all(is_proper_subtype(given, wanted) or _is_mistaken(given) for given, wanted in pairs):
            return signature
        forget = unshaped if all(is_subtype(given, unshaped(wanted)) for given, wanted in pairs) else undetermined
        variable.type = forget(variable.type)
        if site.checker.binder.get(owner) is not None:
            site.checker.binder.put(owner, forget(receiver))
        changed = forget(signature)
        return changed if isinstance(changed, CallableType) else signature


def _is_mistaken(t: ProperType) -> bool:
    """Say whether a type is the one of an array that is reported as wrong, once mypy gets to it."""
    shape = get_proper_type(t.args[0]) if isinstance(t, Instance) and t.type.fullname in ARRAYS and t.args else None
    return isinstance(shape, AnyType) and shape.type_of_any == TypeOfAny.from_error


def _owner(place: object) -> Expression | None:
    if isinstance(place, CallExpr) and isinstance(place.callee, MemberExpr):
        return place.callee.expr
    if isinstance(place, IndexExpr):
        return place.base
    return place.lvalue if isinstance(place, OperatorAssignmentStmt) else None


def _variable(expression: Expression, site: Site) -> Var | None:
    if isinstance(expression, MemberExpr) and expression.node is None:
        return field_of(get_proper_type(site.type_of(expression.expr)), expression.name)
    return expression.node if isinstance(expression, RefExpr) and isinstance(expression.node, Var) else None
