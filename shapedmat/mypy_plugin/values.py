"""Sizes as values: ``x.shape``, ``len(x)``, and arithmetic on what they give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy.nodes import (
    CallExpr,
    ComparisonExpr,
    Context,
    Expression,
    IndexExpr,
    MemberExpr,
    NameExpr,
    OperatorAssignmentStmt,
    OpExpr,
)
from mypy.plugin import AttributeContext, FunctionContext, MethodContext
from mypy.types import Instance, LiteralType, ProperType, TupleType, Type, UnionType, get_proper_type

from shapedmat import shapes
from shapedmat.dimensions import (
    UNKNOWN,
    Dim,
    Equality,
    Unknown,
    add,
    compare,
    floor_divide,
    multiply,
    subtract,
    symbols,
)
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.dims import SIZE, value_dim
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.shapes import Shape

_ARITHMETIC: Final[dict[str, Callable[[Dim, Dim], Dim]]] = {
    "__add__": add,
    "__radd__": lambda a, b: add(b, a),
    "__sub__": subtract,
    "__rsub__": lambda a, b: subtract(b, a),
    "__mul__": multiply,
    "__rmul__": lambda a, b: multiply(b, a),
    "__floordiv__": floor_divide,
    "__rfloordiv__": lambda a, b: floor_divide(b, a),
}
_OWNERS: Final = ("builtins.int", SIZE)
_COMPARISONS: Final = (
    *(f"{owner}.{name}" for owner in _OWNERS for name in ("__eq__", "__ne__")),
    *("builtins.tuple.__eq__", "builtins.tuple.__ne__", "builtins.object.__ne__"),
)


class Values:
    """The hooks that give sizes to ints and take them."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self.methods: dict[str, Callable[[MethodContext], Type]] = {
            **{f"{owner}.{name}": self._arithmetic(rule) for owner in _OWNERS for name, rule in _ARITHMETIC.items()},
            **dict.fromkeys(_COMPARISONS, self._comparison),
        }

    def shape(self, context: AttributeContext) -> Type:
        """Return the type of ``x.shape``."""
        site = self._checks.site(context.api)
        default = get_proper_type(context.default_attr_type)
        try:
            shape = site.receiver_shape(_owner(context), context.type)
        except Untracked:
            return default
        fallback = default.partial_fallback if isinstance(default, TupleType) else site.types.tuple_type
        return TupleType([value_type(dim, site) for dim in shape], fallback)

    def number(self, rule: Callable[[Shape], Dim]) -> Callable[[AttributeContext], Type]:
        """Return the hook of an attribute that is a number, such as ``x.size``."""

        def hook(context: AttributeContext) -> Type:
            site = self._checks.site(context.api)
            try:
                return value_type(rule(site.receiver_shape(_owner(context), context.type)), site)
            except (Untracked, ShapeError):
                return context.default_attr_type

        return hook

    def rank(self, context: AttributeContext) -> Type:
        """Return the type of ``x.ndim``.

        Where ``x`` is one of several arrays it is a literal, since mypy tells these apart by a comparison of such; else
        it is a size, as a comparison with another would make code unreachable.
        """
        site = self._checks.site(context.api)
        owner = _owner(context)
        try:
            rank = len(site.receiver_shape(owner, context.type))
        except Untracked:
            return context.default_attr_type
        several = owner is not None and isinstance(site.type_of(owner), UnionType)
        return LiteralType(rank, site.types.int_type) if several else value_type(rank, site)

    def item(self, place: int) -> Callable[[AttributeContext], Type]:
        """Return the hook of a field of a named tuple, whose items may be known better than its class's fields are."""

        def hook(context: AttributeContext) -> Type:
            owner = get_proper_type(context.type)
            known = isinstance(owner, TupleType) and place < len(owner.items)
            return owner.items[place] if isinstance(owner, TupleType) and known else context.default_attr_type

        return hook

    def length(self, context: FunctionContext) -> Type:
        """Return the type of ``len(x)``."""
        if not context.args or len(context.args[0]) != 1:
            return context.default_return_type
        site = self._checks.site(context.api)
        t = get_proper_type(context.arg_types[0][0])
        if isinstance(t, TupleType) and any(isinstance(item, Instance) and _is_size(item) for item in t.items):
            return value_type(len(t.items), site)
        try:
            shape = site.open_shape(context.args[0][0]) if isinstance(t, Instance) else ()
            return (
                value_type(shape[0], site)
                if shape and not shapes.is_variadic(shape[0])
                else context.default_return_type
            )
        except (Untracked, ShapeError):
            return context.default_return_type

    def _arithmetic(self, rule: Callable[[Dim, Dim], Dim]) -> Callable[[MethodContext], Type]:
        def hook(context: MethodContext) -> Type:
            default = context.default_return_type
            # What a loop adds to again and again is no size.
            if isinstance(context.context, OperatorAssignmentStmt) or not context.arg_types or not context.arg_types[0]:
                return default
            left, right = get_proper_type(context.type), get_proper_type(context.arg_types[0][0])
            if not (_is_size(left) or _is_size(right)):
                return default
            site = self._checks.site(context.api)
            try:
                result = rule(_dim(left, _left(context.context), site), _dim(right, context.args[0][0], site))
            except ShapeError:
                return default
            return default if isinstance(result, Unknown) else value_type(result, site)

        return hook

    def _comparison(self, context: MethodContext) -> Type:
        """Take note of what a program compares, and let sizes be equal that differ by their names."""
        left, right = get_proper_type(context.type), get_proper_type(context.arg_types[0][0])
        comparison = context.context if isinstance(context.context, ComparisonExpr) else None
        sized = _has_sizes(left) or _has_sizes(right)
        if comparison is not None and (sized or any(map(_is_about_shapes, comparison.operands))):
            self._checks.site(context.api).compare(comparison)
        if sized:
            site = self._checks.site(context.api)
            pairs = zip(_sizes(left, site), _sizes(right, site), strict=False)
            differ = [pair for pair in pairs if compare(*pair) is Equality.DIFFERENT]
            self._checks.loosen(each.name for pair in differ for dim in pair for each in symbols(dim))
        return context.default_return_type


def _owner(context: AttributeContext) -> Expression | None:
    return context.context.expr if isinstance(context.context, MemberExpr) else None


def _left(place: Context) -> Expression | None:
    return place.left if isinstance(place, OpExpr) else None


def _dim(t: ProperType, expression: Expression | None, site: Site) -> Dim:
    """Return an operand as a dimension, also where it is a variable that holds one number."""
    found = value_dim(t, site.names)
    if not isinstance(found, Unknown) or expression is None:
        return found
    number = site.number(expression)
    return UNKNOWN if number is None else number


def _has_sizes(t: ProperType) -> bool:
    if isinstance(t, TupleType):
        return any(_has_sizes(get_proper_type(item)) for item in t.items)
    return isinstance(t, Instance) and t.type.fullname == SIZE


def _is_about_shapes(operand: Expression) -> bool:
    if isinstance(operand, IndexExpr):
        return _is_about_shapes(operand.base)
    if isinstance(operand, CallExpr):
        return isinstance(operand.callee, NameExpr) and operand.callee.fullname == "builtins.len"
    return isinstance(operand, MemberExpr) and operand.name in ("shape", "ndim")


def _sizes(t: ProperType, site: Site) -> Shape:
    return tuple(value_dim(item, site.names) for item in (t.items if isinstance(t, TupleType) else [t]))


def value_type(dim: Dim, site: Site) -> Type:
    """Return the type of an int that is known to be a size."""
    if isinstance(dim, Unknown):
        return site.types.int_type
    # mypy does not know the module where shapedmat is not installed for the code that it checks.
    return site.types.of_class(SIZE, [site.types.of_dim(dim)]) or site.types.int_type


NUMBERS: Final[dict[str, Callable[[Shape], Dim]]] = {"size": shapes.count}


def _is_size(t: ProperType) -> bool:
    return (isinstance(t, Instance) and t.type.fullname == SIZE) or isinstance(t, LiteralType)
