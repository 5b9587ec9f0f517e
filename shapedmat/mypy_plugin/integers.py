"""The functions that take sizes and give sizes: ``int``, ``min``, ``math.prod`` and their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy.nodes import ARG_POS, CallExpr, Expression, UnaryExpr
from mypy.plugin import FunctionContext, MethodContext
from mypy.types import Instance, TupleType, Type, get_proper_type

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim, Unknown, add, multiply
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.dims import SIZE
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.mypy_plugin.values import value_type
from shapedmat.shapes import Shape


def _total(shape: Shape) -> Dim:
    total: Dim = 0
    for dim in shape:
        total = add(total, dim)
    return total


def _chosen(choose: Callable[[Dim, Dim], Dim]) -> Callable[[Shape], Dim]:
    def choice(shape: Shape) -> Dim:
        chosen, *others = shape
        for dim in others:
            chosen = choose(chosen, dim)
        return chosen

    return choice


_OF_ONE: Final[dict[str, Callable[[Dim], Dim]]] = {
    "builtins.int": lambda dim: dim,
    "builtins.abs": lambda dim: dim if shapes.at_most(0, dim) else UNKNOWN,
}
_OF_SEVERAL: Final[dict[str, Callable[[Shape], Dim]]] = {
    "builtins.min": _chosen(shapes.smaller),
    "builtins.max": _chosen(shapes.larger),
    "builtins.sum": _total,
    "math.prod": shapes.count,
}


class Integers:
    """The hooks of what such functions return."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self.functions: dict[str, Callable[[FunctionContext], Type]] = {
            **{name: self._of_one(rule) for name, rule in _OF_ONE.items()},
            **{name: self._of_several(rule) for name, rule in _OF_SEVERAL.items()},
            "builtins.tuple": self._tuple,
        }
        self.methods: dict[str, Callable[[MethodContext], Type]] = {
            f"{owner}.__neg__": self._negative for owner in ("builtins.int", SIZE)
        }

    def _of_one(self, rule: Callable[[Dim], Dim]) -> Callable[[FunctionContext], Type]:
        def hook(context: FunctionContext) -> Type:
            arguments = _positional(context)
            if len(arguments) != 1:
                return context.default_return_type
            site = self._checks.site(context.api)
            return _value(lambda: rule(site.dim(arguments[0])), site, context.default_return_type)

        return hook

    def _of_several(self, rule: Callable[[Shape], Dim]) -> Callable[[FunctionContext], Type]:
        def hook(context: FunctionContext) -> Type:
            arguments = _positional(context)
            if not arguments or (len(arguments) > 1 and rule in (_total, shapes.count)):
                return context.default_return_type
            site = self._checks.site(context.api)

            def find() -> Dim:
                if len(arguments) > 1:
                    return rule(tuple(map(site.dim, arguments)))
                if not isinstance(site.type_of(arguments[0]), TupleType):
                    raise Untracked
                return rule(site.dims(arguments[0]) or (UNKNOWN,))

            return _value(find, site, context.default_return_type)

        return hook

    def _tuple(self, context: FunctionContext) -> Type:
        arguments, default = _positional(context), context.default_return_type
        given = get_proper_type(context.arg_types[0][0]) if len(arguments) == 1 else None
        sizes = isinstance(given, TupleType) and any(_is_size(item) for item in given.items)
        return given if isinstance(given, TupleType) and sizes else default

    def _negative(self, context: MethodContext) -> Type:
        place = context.context
        if not isinstance(place, UnaryExpr) or not _is_size(context.type):
            return context.default_return_type
        site = self._checks.site(context.api)
        return _value(lambda: multiply(-1, site.dim(place.expr)), site, context.default_return_type)


def _value(find: Callable[[], Dim], site: Site, default: Type) -> Type:
    """Return the type of the size that is found, the default where none is."""
    try:
        dim = find()
    except (Untracked, ShapeError):
        return default
    return default if isinstance(dim, Unknown) else value_type(dim, site)


def _positional(context: FunctionContext) -> list[Expression]:
    """Return the arguments of a call, none where not all of them are given by their places."""
    place = context.context
    if not isinstance(place, CallExpr) or any(kind != ARG_POS for kind in place.arg_kinds):
        return []
    return place.args


def _is_size(t: Type) -> bool:
    proper = get_proper_type(t)
    return isinstance(proper, Instance) and proper.type.fullname == SIZE
