"""Attributes of classes whose annotations have names of sizes."""

from __future__ import annotations

from mypy.nodes import FuncDef, TypeInfo
from mypy.plugin import AttributeContext
from mypy.types import Instance, ProperType, TupleType, Type, get_proper_type

from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.dims import SIZE, Names
from shapedmat.mypy_plugin.scopes import Rename, dim_literals, dim_variables
from shapedmat.mypy_plugin.sites import Site


class Fields:
    """The hook of every attribute that is not NumPy's."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def attribute(self, context: AttributeContext) -> Type:
        """Return the type of an attribute with the names that mean something where it is read.

        Inside of the class they are the class's own; from outside they may be any sizes. So they may where the
        attribute is assigned to, as that is what changes them.
        """
        default = context.default_attr_type
        if not _mentions_sizes(default):
            return default
        site = self._checks.site(context.api)
        inside = _of_enclosing_class(get_proper_type(context.type), site)
        known = site.names if inside and not context.is_lvalue else Names()
        renamed = default.accept(Rename(known))
        if context.is_lvalue:
            proper = get_proper_type(renamed)
            if isinstance(proper, Instance) and proper.type.fullname == SIZE:
                return site.int_type
        return renamed


def _mentions_sizes(t: Type) -> bool:
    if next(dim_literals(t, callables=True), None) is not None or next(dim_variables(t), None) is not None:
        return True
    proper = get_proper_type(t)
    return isinstance(proper, Instance) and proper.type.fullname == SIZE


def _of_enclosing_class(t: ProperType, site: Site) -> bool:
    info = t.partial_fallback.type if isinstance(t, TupleType) else t.type if isinstance(t, Instance) else None
    stack = site.checker.scope.stack
    enclosing = [each for each in stack if isinstance(each, TypeInfo)]
    return info is not None and bool(enclosing) and enclosing[-1].has_base(info.fullname) and _in_method(site)


def _in_method(site: Site) -> bool:
    return any(isinstance(each, FuncDef) for each in site.checker.scope.stack)
