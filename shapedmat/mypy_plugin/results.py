"""What a rule finds, and how that becomes the type of a call's result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mypy.nodes import ARG_STAR, ARG_STAR2
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    ProperType,
    TupleType,
    Type,
    TypeOfAny,
    TypeVarType,
    UninhabitedType,
    UnionType,
    get_proper_type,
)

from shapedmat.mypy_plugin.dims import any_type
from shapedmat.mypy_plugin.names import ARRAYS, DTYPE, MATRIX
from shapedmat.mypy_plugin.promotion import may_be_number, number_of
from shapedmat.mypy_plugin.sites import Site
from shapedmat.mypy_plugin.types import is_array
from shapedmat.shapes import Shape, merge, variadic_axis


@dataclass(frozen=True)
class Several:
    """Several arrays: the items of a tuple or a list."""

    items: tuple[Result, ...]


@dataclass(frozen=True)
class Each:
    """Any number of arrays of one shape: the items of a tuple or a list."""

    item: Shape


@dataclass(frozen=True)
class Typed:
    """An array whose ``dtype[...]`` the rule knows better than NumPy's stubs do; None where it does not."""

    shape: Shape | None
    dtype: Type | None


Result: TypeAlias = Shape | Typed | Several | Each | None
"""What a rule finds: the shape of an array, or of several; None for an unknown one."""


def permissive(signature: CallableType) -> CallableType:
    """Return a signature that takes these arguments without a further message, and gives what mypy asks no more of.

    It is an array where it would be one, so that mypy's own options about ``Any`` have nothing to say.
    """
    wrong = AnyType(TypeOfAny.from_error)
    taken = [
        t if signature.unpack_kwargs and kind.is_star() else wrong  # there mypy insists on a typed dictionary
        for t, kind in zip(signature.arg_types, signature.arg_kinds, strict=True)
    ]
    result = get_proper_type(signature.ret_type)
    is_array = isinstance(result, Instance) and result.type.fullname in ARRAYS and len(result.args) == 2
    given: Type = result.copy_modified(args=[wrong, wrong]) if isinstance(result, Instance) and is_array else wrong
    if signature.is_type_obj():  # of which mypy asks what it makes
        given = result
    return signature.copy_modified(arg_types=taken, ret_type=given, variables=[])


def exact(signature: CallableType, result: Type) -> CallableType:
    """Return a signature that takes these arguments and has this result, so that mypy need look no further."""
    return signature.copy_modified(
        arg_types=[any_type(), any_type()],
        arg_kinds=[ARG_STAR, ARG_STAR2],
        arg_names=[None, None],
        ret_type=result,
        variables=[],
        unpack_kwargs=False,
    )


def with_shape(t: Type, result: Result, site: Site, dtype: Type | None = None) -> Type:
    """Return a type whose arrays have the shapes that a rule has found, and a ``dtype[...]`` where they have none."""
    proper = get_proper_type(t)
    match result:
        case Several():
            return _with_shapes(t, result, site, dtype)
        case Each():
            return _with_each(t, result, site, dtype)
        case Typed():
            return _with_both(proper, result, site)
        case _:
            return _with_one_shape(t, result, site, dtype)


def _with_one_shape(t: Type, result: Shape | None, site: Site, dtype: Type | None) -> Type:
    proper = get_proper_type(t)
    if isinstance(proper, Instance):
        return _instance_with_shape(proper, result, site, dtype)
    if result is None and isinstance(proper, TupleType):  # some stubs give each array the shape of one argument
        return proper.copy_modified(items=[with_shape(item, None, site, dtype) for item in proper.items])
    if isinstance(proper, UnionType):
        arrays = [item for item in proper.items if is_array(get_proper_type(item))] if result else []
        return UnionType.make_union([with_shape(item, result, site, dtype) for item in arrays or proper.items])
    if isinstance(proper, TypeVarType) and is_array(get_proper_type(proper.upper_bound)):
        # The stubs say that the result is of the argument's type, which has the argument's shape.
        return t if result is None and dtype is None else site.types.of_array(result, dtype)
    return site.types.of_array(result, dtype) if isinstance(proper, AnyType | TypeVarType) and result else t


def _with_both(t: ProperType, typed: Typed, site: Site) -> Type:
    """Return a type with the shape and the ``dtype[...]`` that a rule has found."""
    if typed.shape == () and (isinstance(t, TypeVarType) or (may_be_number(t) and is_known(typed.dtype))):
        return number_of(typed.dtype, t, site)
    if isinstance(t, TypeVarType):  # the stubs say that the result is of the argument's type, shape and all
        return site.types.of_array(typed.shape, typed.dtype)
    arrays = t.items if isinstance(t, UnionType) else [t]
    if not is_known(typed.dtype) or not all(is_array(get_proper_type(each)) for each in arrays):
        # Where the stubs say several arrays, and there is one, they have overlooked a parameter.
        if isinstance(t, TupleType) and typed.shape is not None:
            return site.types.of_array(typed.shape, typed.dtype)
        return with_shape(t, typed.shape, site, typed.dtype)
    return site.types.of_array(typed.shape, typed.dtype)


def is_known(dtype: Type | None) -> bool:
    """Say whether a ``dtype[...]`` says anything of the elements."""
    proper = get_proper_type(dtype) if dtype is not None else None
    arguments = proper.args if isinstance(proper, Instance) else ()
    return bool(arguments) and not isinstance(get_proper_type(arguments[0]), AnyType | UninhabitedType)


def _instance_with_shape(t: Instance, result: Shape | None, site: Site, dtype: Type | None) -> Type:
    if t.type.fullname in ARRAYS and len(t.args) == 2:
        if result is None and isinstance(get_proper_type(t.args[0]), Instance):
            return t  # a shape of which nothing is known
        own = t.args[1]
        known_or_given = own if is_known(own) else dtype or site.types.of_class(DTYPE, [any_type()]) or own
        return t.copy_modified(args=[site.types.of_shape(result), known_or_given])
    if t.type.fullname == MATRIX and result is not None and len(result) == 2:
        return t.copy_modified(args=[t.args[0], *map(site.types.of_dim, result)])
    if result and t.type.has_base("numpy.generic"):  # the stubs have overlooked a parameter
        return site.types.of_array(result, dtype if is_known(dtype) else site.types.of_class(DTYPE, [t]))
    return t


def _with_shapes(t: Type, several: Several, site: Site, dtype: Type | None) -> Type:
    proper = get_proper_type(t)
    # Where the stubs say another number of arrays, all of one type, they have overlooked a parameter.
    if isinstance(proper, TupleType) and (len(proper.items) == len(several.items) or len(set(proper.items)) == 1):
        given = proper.items if len(proper.items) == len(several.items) else proper.items[:1] * len(several.items)
        pairs = zip(given, several.items, strict=True)
        return proper.copy_modified(items=[with_shape(item, result, site, dtype) for item, result in pairs])
    if isinstance(proper, Instance) and len(proper.args) == 1:
        if proper.type.fullname == "builtins.tuple":
            items = [with_shape(proper.args[0], result, site, dtype) for result in several.items]
            return TupleType(items, proper)
        shapes = [each for each in several.items if isinstance(each, tuple)]
        common = merge(shapes) if len(shapes) == len(several.items) else None
        return proper.copy_modified(args=[with_shape(proper.args[0], common, site, dtype)])
    if isinstance(proper, AnyType):
        return TupleType([with_shape(proper, result, site, dtype) for result in several.items], site.types.tuple_type)
    return t


def _with_each(t: Type, each: Each, site: Site, dtype: Type | None) -> Type:
    proper = get_proper_type(t)
    if isinstance(proper, TupleType | Instance) and variadic_axis(each.item) is not None:
        # Of overloads for different numbers of arrays, mypy takes only what is one type in all.
        return site.types.tuple_type.copy_modified(args=[site.types.of_array(each.item, dtype)])
    if isinstance(proper, TupleType):
        return proper.copy_modified(items=[with_shape(item, each.item, site, dtype) for item in proper.items])
    if isinstance(proper, Instance) and len(proper.args) == 1:
        return proper.copy_modified(args=[with_shape(proper.args[0], each.item, site, dtype)])
    return t
