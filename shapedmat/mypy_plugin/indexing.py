"""``array[key]``, its assignment, and iteration over arrays."""

from __future__ import annotations

from typing import Final

from mypy.nodes import EllipsisExpr, Expression, IndexExpr, ListExpr, NameExpr, SliceExpr, TupleExpr, UnaryExpr
from mypy.plugin import FunctionContext, MethodSigContext
from mypy.types import FunctionLike, Instance, LiteralType, NoneType, ProperType, TupleType, Type, get_proper_type

from shapedmat import shapes
from shapedmat.dimensions import Dim
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.checks import Checks, Found
from shapedmat.mypy_plugin.dims import any_type, is_number, value_dim
from shapedmat.mypy_plugin.names import ARRAYS
from shapedmat.mypy_plugin.promotion import number_of
from shapedmat.mypy_plugin.results import with_shape
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.mypy_plugin.types import element_type, is_array, is_integer, may_hold_objects
from shapedmat.shapes import Index, Shape

_BOOLS: Final = ("builtins.bool", "numpy.bool", "numpy.bool_")
_ELLIPSES: Final = ("types.EllipsisType", "builtins.ellipsis")


class Indexing:
    """The hooks of what takes parts of arrays."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def item(self, context: MethodSigContext) -> FunctionLike:
        """Return the signature of ``array[key]``."""
        receiver, (index,) = context.type, context.args[0]
        owner = context.context.base if isinstance(context.context, IndexExpr) else None

        def find(site: Site) -> Found:
            whole, key = site.open_receiver_shape(owner, receiver), key_of(index, site)
            shape = _indexed(whole, key)
            dtype = element_type(receiver, inexact=False)
            return Found(shape, dtype, exact=dtype is not None, number=shape == ())

        return self._checks.signature(context, receiver, find)

    def assignment(self, context: MethodSigContext) -> FunctionLike:
        """Return the signature of ``array[key] = value``."""
        receiver, (index,), (value,) = context.type, context.args[0], context.args[1]
        owner = context.context.base if isinstance(context.context, IndexExpr) else None

        def find(site: Site) -> Found:
            whole, key = site.receiver_shape(owner, receiver), key_of(index, site)
            if may_hold_objects(receiver) and not (is_array(site.type_of(value)) and _indexed(whole, key)):
                raise Untracked  # an array may become one of its elements, and so may each of a list's items
            shapes.assign_index(whole, key, site.shape(value))
            return Found(None)

        return self._checks.signature(context, receiver, find, kind="assignment")

    def iterator(self, context: MethodSigContext) -> FunctionLike:
        """Return the signature of ``iter(array)``."""
        receiver, signature = context.type, context.default_signature
        owner = context.context if isinstance(context.context, Expression) else None

        def find(site: Site) -> Found:
            return Found(shapes.iterate(site.receiver_shape(owner, receiver)))

        outcome, site = self._checks.outcome(context.context, context.api, receiver, find, kind="iteration")
        if not isinstance(outcome, Found):
            return self._checks.signature(context, receiver, find, kind="iteration")
        item = self._item_type(receiver, outcome, site)
        iterator = site.types.of_class("typing.Iterator", [item]) if item is not None else None
        return signature if iterator is None else signature.copy_modified(ret_type=iterator)

    def paired(self, context: FunctionContext) -> Type:
        """Return the type of ``zip(...)`` or ``enumerate(...)`` of arrays, of which the stubs know no items."""
        default = get_proper_type(context.default_return_type)
        arguments = [
            (expression, t)
            for group in zip(context.args, context.arg_types, strict=True)
            for expression, t in zip(*group, strict=True)
        ]
        if not isinstance(default, Instance) or len(default.args) != 1:
            return default
        site = self._checks.site(context.api)
        items = [self._item_of(expression, get_proper_type(t), site) for expression, t in arguments]
        if default.type.fullname == "builtins.enumerate":
            return default.copy_modified(args=[items[0]]) if items and items[0] is not None else default
        inner = get_proper_type(default.args[0])
        if not isinstance(inner, TupleType) or len(inner.items) > len(items):
            return default
        pairs = zip(inner.items, items, strict=False)
        return default.copy_modified(
            args=[inner.copy_modified(items=[own if item is None else item for own, item in pairs])]
        )

    def _item_of(self, expression: Expression, t: ProperType, site: Site) -> Type | None:
        if not isinstance(t, Instance) or t.type.fullname not in ARRAYS:
            return None
        try:
            return self._item_type(t, Found(shapes.iterate(site.receiver_shape(expression, t))), site)
        except (Untracked, ShapeError):
            return None

    def _item_type(self, receiver: ProperType, found: Found, site: Site) -> Type | None:
        if found.result == ():
            return number_of(element_type(receiver, inexact=False), any_type(), site)
        return with_shape(receiver, found.result, site) if found.result else None


def _indexed(shape: Shape, key: tuple[Index, ...]) -> Shape:
    """Return what a key takes from a shape, which may have any number of axes after those that the key is about.

    Raises:
        Untracked: it is not known which axes the key is about.
    """
    place = shapes.variadic_axis(shape)
    if place is None or ... in key:
        return shapes.index(_indexed_from_an_end(shape, key), key)
    if sum(len(each.shape) if isinstance(each, shapes.Mask) else each is not None for each in key) > place:
        raise Untracked
    return (*shapes.index(shape[:place], key), *shape[place:])


def _indexed_from_an_end(shape: Shape, key: tuple[Index, ...]) -> Shape:
    """Return a shape where it is known which axes a key takes, though it may have any number of others.

    Raises:
        Untracked: it is not known.
    """
    place = shapes.variadic_axis(shape)
    if place is None:
        return shape
    kinds = [each for each in key if each is not None]
    if not kinds.count(...) == 1 or any(isinstance(each, shapes.Mask | shapes.Indices) for each in kinds):
        raise Untracked
    before = kinds.index(...)
    if before > place or len(kinds) - before - 1 > shapes.trailing(shape):
        raise Untracked
    return shape


def key_of(expression: Expression, site: Site) -> tuple[Index, ...]:
    """Return what a key indexes with.

    Raises:
        Untracked: it is not known whether an entry takes an axis.
    """
    if isinstance(expression, TupleExpr):
        return tuple(_entry(item, site) for item in expression.items)
    if not isinstance(expression, SliceExpr | EllipsisExpr | ListExpr):
        t = site.type_of(expression)
        if isinstance(t, TupleType):
            return tuple(_entry_of_type(get_proper_type(item), None, site) for item in t.items)
    return (_entry(expression, site),)


def _entry(expression: Expression, site: Site) -> Index:
    if isinstance(expression, EllipsisExpr):
        return ...
    if isinstance(expression, SliceExpr):
        return slice(
            *(_bound(each, site) for each in (expression.begin_index, expression.end_index, expression.stride))
        )
    if isinstance(expression, NameExpr) and expression.fullname == "builtins.None":
        return None
    if isinstance(expression, ListExpr):
        return _list_entry(expression, site)
    return _entry_of_type(site.type_of(expression), expression, site)


def _entry_of_type(t: ProperType, expression: Expression | None, site: Site) -> Index:
    if isinstance(t, NoneType):
        return None
    if _is_bool(t):
        return shapes.Mask(())
    if is_integer(t):
        # The type of a negative number does not say which one it is.
        return site.dim(expression) if isinstance(expression, UnaryExpr) else value_dim(t, site.names)
    if not isinstance(t, Instance):
        raise Untracked
    return ... if t.type.fullname in _ELLIPSES else _sequence_entry(t, expression, site)


def _is_bool(t: ProperType) -> bool:
    if isinstance(t, LiteralType):
        return isinstance(t.value, bool)
    if isinstance(t, Instance) and is_number(t):
        return _is_bool(get_proper_type(t.args[0]))
    return isinstance(t, Instance) and t.type.fullname in _BOOLS


def _sequence_entry(t: Instance, expression: Expression | None, site: Site) -> Index:
    if t.type.fullname in ARRAYS:
        return _array_entry(site.receiver_shape(expression, t), t)
    if t.type.fullname == "builtins.list" and is_integer(get_proper_type(t.args[0])):
        scalar = get_proper_type(t.args[0])
        shape = site.shape_of_type(t)
        return shapes.Mask(shape) if _is_bool(scalar) else shapes.Indices(shape)
    raise Untracked


def _array_entry(shape: Shape, array: Instance) -> Index:
    """Return an array of a key: integers or booleans, which only its element type tells."""
    dtype = get_proper_type(element_type(array, inexact=False) or array.args[-1])
    scalar = get_proper_type(dtype.args[0]) if isinstance(dtype, Instance) and dtype.args else None
    if not isinstance(scalar, Instance):
        raise Untracked
    if _is_bool(scalar):
        return shapes.Mask(shape)
    if scalar.type.has_base("numpy.integer"):
        return shapes.Indices(shape)
    raise Untracked


def _list_entry(expression: ListExpr, site: Site) -> Index:
    types = [site.type_of(item) for item in expression.items]
    if types and all(map(_is_bool, types)):
        return shapes.Mask((len(types),))
    if all(is_integer(t) for t in types):
        return shapes.Indices((len(types),))
    raise Untracked


def _bound(expression: Expression | None, site: Site) -> Dim | None:
    if expression is None or (isinstance(expression, NameExpr) and expression.fullname == "builtins.None"):
        return None
    return site.dim(expression)
