"""Methods that stand for others, in subclasses and for protocols, compared with the sizes of names left open.

To mypy, two names are two types; but a name of a size that one class gives to its fields, or an expression in names,
says nothing about those of another class.
"""

from __future__ import annotations

from mypy.maptype import map_instance_to_supertype
from mypy.nodes import MypyFile, TypeInfo
from mypy.subtypes import find_member, is_subtype
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    CallableType,
    Instance,
    LiteralType,
    Overloaded,
    Type,
    TypeAliasType,
    TypeVarType,
    get_proper_type,
)

from shapedmat.mypy_plugin.dims import any_type, is_ours, literal_text


def may_override(info: TypeInfo, name: str) -> bool:
    """Say whether an attribute or a method fits those of this name in the bases, for some sizes of names."""
    own = Instance(info, list(info.defn.type_vars))
    bases = [map_instance_to_supertype(own, base) for base in info.mro[1:] if name in base.names]
    return all(_member_fits(name, own, base) for base in bases)


def may_implement(given: TypeInfo, protocol: TypeInfo) -> bool:
    """Say whether a class has what a protocol asks for, for some sizes of names."""
    own, wanted = (Instance(each, [any_type() for _ in each.defn.type_vars]) for each in (given, protocol))
    return all(_member_fits(name, own, wanted) for name in protocol.protocol_members)


def result_of_call(protocol: TypeInfo) -> Type | None:
    """Return what a protocol's ``__call__`` returns, for some sizes of names; None where it has no such method."""
    own = Instance(protocol, [any_type() for _ in protocol.defn.type_vars])
    found = get_proper_type(find_member("__call__", own, own))
    return _unsized(found.ret_type) if isinstance(found, CallableType) else None


def _member_fits(name: str, own: Instance, wanted: Instance) -> bool:
    found, asked = find_member(name, own, own), find_member(name, wanted, own)
    if found is None or asked is None:
        return False
    return is_subtype(_unsized(found), _unsized(asked), ignore_pos_arg_names=True)


def classes_named(name: str, modules: dict[str, MypyFile]) -> list[TypeInfo]:
    """Return the classes that modules define by a name."""
    found = [module.names.get(name) for module in modules.values()]
    nodes = [symbol.node for symbol in found if symbol is not None]
    return list(dict.fromkeys(node for node in nodes if isinstance(node, TypeInfo)))


def _unsized(t: Type) -> Type:
    return t.accept(_Unsized())


class _Unsized(TypeTranslator):
    """Replaces the sizes that have names by unknown ones."""

    def visit_literal_type(self, t: LiteralType, /) -> Type:
        """Return ``Any`` for a literal of ours."""
        return t if literal_text(t) is None else any_type()

    def visit_type_var(self, t: TypeVarType, /) -> Type:
        """Return ``Any`` for a type variable of ours."""
        return any_type() if is_ours(t) else t

    def visit_callable_type(self, t: CallableType, /) -> Type:
        """Return a function that is not generic in sizes."""
        kept = [each for each in t.variables if not (isinstance(each, TypeVarType) and is_ours(each))]
        return t.copy_modified(
            arg_types=[each.accept(self) for each in t.arg_types], ret_type=t.ret_type.accept(self), variables=kept
        )

    def visit_overloaded(self, t: Overloaded, /) -> Type:
        """Return the overloads, each with its sizes replaced."""
        items = [item.accept(self) for item in t.items]
        return Overloaded([item for item in items if isinstance(item, CallableType)])

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        """Return the target of an alias with its sizes replaced."""
        return t if t.is_recursive else get_proper_type(t).accept(self)
