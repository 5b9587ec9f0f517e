"""Methods that stand for others, in subclasses and for protocols, compared with the sizes of names left open.

To mypy, two names are two types; but a name of a size that one class gives to its fields, or an expression in names,
says nothing about those of another class.
"""

from __future__ import annotations

from mypy.join import join_types
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import MypyFile, TypeInfo
from mypy.plugin import FunctionContext
from mypy.subtypes import find_member, is_subtype
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    CallableType,
    Instance,
    LiteralType,
    Overloaded,
    ProperType,
    TupleType,
    Type,
    TypeAliasType,
    TypeVarType,
    get_proper_type,
)

from shapedmat.mypy_plugin.dims import any_type, is_ours, literal_text
from shapedmat.mypy_plugin.names import ARRAYS


def may_override(info: TypeInfo, name: str) -> bool:
    """Say whether an attribute or a method fits those of this name in the bases, for some sizes of names."""
    own = Instance(info, list(info.defn.type_vars))
    bases = [map_instance_to_supertype(own, base) for base in info.mro[1:] if name in base.names]
    return all(_member_fits(name, own, base) for base in bases)


def may_implement(given: TypeInfo, protocol: TypeInfo) -> bool:
    """Say whether a class has what a protocol asks for, for some sizes of names."""
    own, wanted = (Instance(each, [any_type() for _ in each.defn.type_vars]) for each in (given, protocol))
    return all(_member_fits(name, own, wanted) for name in protocol.protocol_members)


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


def displayed(context: FunctionContext) -> Type:
    """Return the type of a list, a set or a dictionary of functions, which differ in the shapes of arrays alone.

    mypy looks for what the functions have in common, and of different shapes finds nothing that could be called.
    """
    default = get_proper_type(context.default_return_type)
    if not isinstance(default, Instance) or not default.args:
        return default
    last = get_proper_type(default.args[-1])
    if not isinstance(last, Instance) or last.type.fullname != "builtins.function":
        return default
    given = [get_proper_type(each) for group in context.arg_types for each in group]
    values = [get_proper_type(each.items[-1]) if isinstance(each, TupleType) else each for each in given]
    common = _common_callable(values)
    return default if common is None else default.copy_modified(args=[*default.args[:-1], common])


def _common_callable(types: list[ProperType]) -> Type | None:
    """Return a type that several functions have, which differ in the shapes of arrays alone; None if there is none."""
    unsized = [get_proper_type(each.accept(_Unsized(shapes=True))) for each in types]
    callables = [each for each in unsized if isinstance(each, CallableType)]
    if not callables or len(callables) < len(unsized):
        return None
    common: ProperType = callables[0]
    for each in callables[1:]:
        common = join_types(common, each)
    return common if isinstance(common, CallableType) else None


def _unsized(t: Type) -> Type:
    return t.accept(_Unsized())


class _Unsized(TypeTranslator):
    """Replaces the sizes that have names by unknown ones, or all shapes by unknown ones."""

    def __init__(self, *, shapes: bool = False) -> None:
        super().__init__()
        self._shapes = shapes

    def visit_literal_type(self, t: LiteralType, /) -> Type:
        return t if literal_text(t) is None else any_type()

    def visit_type_var(self, t: TypeVarType, /) -> Type:
        return any_type() if is_ours(t) else t

    def visit_instance(self, t: Instance, /) -> Type:
        if self._shapes and t.type.fullname in ARRAYS and len(t.args) == 2:
            return t.copy_modified(args=[any_type(), any_type()])
        return super().visit_instance(t)

    def visit_callable_type(self, t: CallableType, /) -> Type:
        kept = [each for each in t.variables if not (isinstance(each, TypeVarType) and is_ours(each))]
        return t.copy_modified(
            arg_types=[each.accept(self) for each in t.arg_types], ret_type=t.ret_type.accept(self), variables=kept
        )

    def visit_overloaded(self, t: Overloaded, /) -> Type:
        items = [item.accept(self) for item in t.items]
        return Overloaded([item for item in items if isinstance(item, CallableType)])

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t if t.is_recursive else get_proper_type(t).accept(self)
