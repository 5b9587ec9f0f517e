"""Attributes of classes whose annotations have names of sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mypy.nodes import (
    AssignmentStmt,
    Context,
    FuncDef,
    MemberExpr,
    NameExpr,
    OperatorAssignmentStmt,
    SuperExpr,
    TypeInfo,
    Var,
)
from mypy.plugin import AttributeContext
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    ExtraAttrs,
    Instance,
    LiteralType,
    PartialType,
    ProperType,
    TupleType,
    Type,
    TypeAliasType,
    TypeVarType,
    get_proper_type,
)

from shapedmat.dimensions import UNKNOWN, Dim, evaluate, read, symbols
from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.dims import MARK, SIZE, Names, literal_text
from shapedmat.mypy_plugin.inference import Assignments, field_of, is_inferred, unshaped
from shapedmat.mypy_plugin.scopes import Rename, dim_literals, dim_variables
from shapedmat.mypy_plugin.sites import Site
from shapedmat.mypy_plugin.syntax import statements
from shapedmat.mypy_plugin.types import is_array


class Fields:
    """The hook of every attribute that is not NumPy's."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self._assignments = Assignments()

    def attribute(self, context: AttributeContext) -> Type:
        """Return the type of an attribute with the names that mean something where it is read.

        Inside of the class they are the class's own; from outside they may be any sizes. So they may where the
        attribute is assigned to, as that is what changes them.
        """
        default = self._lasting(context)
        if not _mentions_sizes(default):
            return default
        site = self._checks.site(context.api)
        owner = get_proper_type(context.type)
        inside = _is_self(context.context, site) and _of_enclosing_class(owner, site)
        assigned = self._is_assigned(context, default)
        known = site.names if inside and not assigned else Names()
        fixed = {} if inside or assigned else fixed_names(owner)
        renamed = (default.accept(_Fixed(fixed, site)) if fixed else default).accept(Rename(known))
        if context.is_lvalue:
            proper = get_proper_type(renamed)
            if isinstance(proper, Instance) and proper.type.fullname == SIZE:
                return site.types.int_type
        return renamed

    def _lasting(self, context: AttributeContext) -> Type:
        """Return the type of an attribute, without its shape where that may be another one later."""
        default, owner, place = context.default_attr_type, get_proper_type(context.type), context.context
        if not isinstance(place, MemberExpr) or not isinstance(owner, Instance):
            return default
        variable = field_of(owner, place.name)
        if variable is None or not is_inferred(variable):
            return default
        known = get_proper_type(default)
        if isinstance(known, PartialType) or (plain := unshaped(default)) == default:
            return default
        tree = self._checks.site(context.api).checker.tree
        changes = self._is_assigned(context, default) or self._assignments.changes(owner.type, place.name, tree)
        return plain if changes else default

    def _is_assigned(self, context: AttributeContext, t: Type) -> bool:
        """Say whether an attribute is assigned to; where an operator works in place, an array keeps its shape."""
        if not context.is_lvalue or not isinstance(context.context, MemberExpr):
            return context.is_lvalue
        tree = self._checks.site(context.api).checker.tree
        return not (is_array(get_proper_type(t)) and self._assignments.is_in_place(context.context, tree))


class _Fixed(TypeTranslator):
    """Puts the sizes that an object was made with in the place of its class's names."""

    def __init__(self, fixed: Mapping[str, Dim], site: Site) -> None:
        super().__init__()
        self._fixed = fixed
        self._site = site

    def visit_literal_type(self, t: LiteralType, /) -> Type:
        """Return the size that a name of a field stands for in this object."""
        ours = literal_text(t)
        dim = read(ours[1]) if ours is not None and not ours[0] else UNKNOWN
        used = {each.name for each in symbols(dim)}
        return self._site.types.of_dim(evaluate(dim, self._fixed)) if used and used <= self._fixed.keys() else t

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        """Return the target of an alias with its sizes."""
        return t if t.is_recursive else get_proper_type(t).accept(self)


def fixed_names(t: ProperType) -> dict[str, Dim]:
    """Return the names of a class's fields of which an object's constructor fixed the sizes."""
    if not isinstance(t, Instance) or t.extra_attrs is None:
        return {}
    marked = {name.removeprefix(f"{MARK}."): get_proper_type(each) for name, each in t.extra_attrs.attrs.items()}
    return {
        name: each.value for name, each in marked.items() if isinstance(each, LiteralType) and type(each.value) is int
    }


def fixing(t: Type, value: Callable[[str], Dim], site: Site) -> Type:
    """Return the type of an object that remembers the sizes which its constructor was given for its class's names.

    Only numbers are remembered, as they mean the same everywhere, and only where the fields keep them: in a frozen
    dataclass, or in a class of the module at hand that sets the fields in its constructor alone.
    """
    proper = get_proper_type(t)
    if not isinstance(proper, Instance) or proper.extra_attrs is not None:
        return t
    names = _declared_names(proper.type) if _keeps_fields(proper.type, site) else frozenset()
    found = {name: dim for name in sorted(names) if isinstance(dim := value(name), int)}
    if not found:
        return t
    kept = proper.copy_modified()
    literal: dict[str, Type] = {f"{MARK}.{name}": LiteralType(dim, site.types.int_type) for name, dim in found.items()}
    kept.extra_attrs = ExtraAttrs(literal)
    return kept


def _declared_names(info: TypeInfo) -> frozenset[str]:
    nodes = [entry.node for base in info.mro for entry in base.names.values()]
    types = [node.type for node in nodes if isinstance(node, Var) and node.type is not None]
    return frozenset(text for each in types for scope, text in dim_literals(each) if not scope and text.isidentifier())


def _keeps_fields(info: TypeInfo, site: Site) -> bool:
    if info.metadata.get("dataclass", {}).get("frozen"):
        return True
    tree = site.checker.tree
    if any(base.module_name != tree.fullname for base in info.mro if base.fullname != "builtins.object"):
        return False
    fields = {name for base in info.mro for name, entry in base.names.items() if isinstance(entry.node, Var)}
    return not any(
        isinstance(lvalue, MemberExpr) and lvalue.name in fields
        for node in statements(tree)
        if isinstance(node, AssignmentStmt | OperatorAssignmentStmt)
        for lvalue in (node.lvalues if isinstance(node, AssignmentStmt) else [node.lvalue])
        if node.line not in _constructor_lines(info)
    )


def _constructor_lines(info: TypeInfo) -> range:
    node = info.get_method("__init__")
    return range(node.line, (node.end_line or node.line) + 1) if isinstance(node, FuncDef) else range(0)


def _mentions_sizes(t: Type) -> bool:
    if next(dim_literals(t, callables=True), None) is not None or next(dim_variables(t), None) is not None:
        return True
    proper = get_proper_type(t)
    return isinstance(proper, Instance) and proper.type.fullname == SIZE


def _of_enclosing_class(t: ProperType, site: Site) -> bool:
    if isinstance(t, TypeVarType):  # which `Self` is
        t = get_proper_type(t.upper_bound)
    info = t.partial_fallback.type if isinstance(t, TupleType) else t.type if isinstance(t, Instance) else None
    stack = site.checker.scope.stack
    enclosing = [each for each in stack if isinstance(each, TypeInfo)]
    return info is not None and bool(enclosing) and enclosing[-1].has_base(info.fullname)


def _is_self(place: Context, site: Site) -> bool:
    """Say whether an attribute is one of the object whose method this is, not of another one of its class."""
    if isinstance(place, SuperExpr):
        return True
    owner = place.expr if isinstance(place, MemberExpr) else None
    methods = [each for each in site.checker.scope.stack if isinstance(each, FuncDef) and each.arguments]
    return isinstance(owner, NameExpr) and any(owner.name == each.arguments[0].variable.name for each in methods)
