"""Numbers of which NumPy's stubs say ``Any``, and their arithmetic; and what is called to make numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from mypy.plugin import FunctionContext, MethodContext
from mypy.types import Type, UnionType, get_proper_type

from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.dims import any_type, is_number
from shapedmat.mypy_plugin.names import DTYPE, SCALAR_CLASSES
from shapedmat.mypy_plugin.operators import arithmetic
from shapedmat.mypy_plugin.promotion import number_of, promoted
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.mypy_plugin.types import is_array

_NUMBERS: Final = ("builtins.int", "builtins.float", "builtins.complex")
_Hook: TypeAlias = Callable[[MethodContext], Type]
_FunctionHook: TypeAlias = Callable[[FunctionContext], Type]


class Scalars:
    """The hooks of what functions and methods return that are given such a number, and take it for one of their own."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def functions(self, others: Mapping[str, _FunctionHook]) -> dict[str, _FunctionHook]:
        """Return the hooks of Python's functions of numbers, which leave to others what is given no such number."""
        own = {"builtins.abs": _magnitude, "builtins.round": _rounded, "builtins.divmod": _divided}
        return {
            **others,
            **{name: _function(rule, others.get(name)) for name, rule in own.items()},
            **dict.fromkeys(SCALAR_CLASSES, self._made),
        }

    def methods(self, others: Mapping[str, _Hook]) -> dict[str, _Hook]:
        """Return the hooks of the operators of Python's numbers, which leave to others what is given no such number."""
        own = {f"{owner}.{name}" for owner in _NUMBERS for name in arithmetic()}
        return {**others, **{name: self._operator(name, others.get(name)) for name in sorted(own)}}

    def _made(self, context: FunctionContext) -> Type:
        """Return the type of ``np.float32(x)``, which is an array where x is one, whatever the stubs say."""
        default = context.default_return_type
        if len(context.args) == 0 or len(context.args[0]) != 1:
            return default
        site, given = self._checks.site(context.api), get_proper_type(context.arg_types[0][0])
        if isinstance(given, UnionType):
            return any_type() if any(is_array(get_proper_type(each)) for each in given.items) else default
        try:
            shape = site.shape(context.args[0][0])
        except Untracked:
            return site.types.of_array(None, site.types.of_class(DTYPE, [default])) if is_array(given) else default
        return site.types.of_array(shape, site.types.of_class(DTYPE, [default])) if shape else default

    def _operator(self, full_name: str, other: _Hook | None) -> _Hook:
        rule = arithmetic()[full_name.rpartition(".")[2]]

        def hook(context: MethodContext) -> Type:
            given = get_proper_type(context.arg_types[0][0]) if context.arg_types and context.arg_types[0] else None
            if given is None or not is_number(given):
                return context.default_return_type if other is None else other(context)
            site = self._checks.site(context.api)
            return number_of(promoted(rule, (context.type, given), site), any_type(), site)

        return hook


def _function(rule: Callable[[list[Type]], Type], other: _FunctionHook | None) -> _FunctionHook:
    def hook(context: FunctionContext) -> Type:
        given = [t for group in context.arg_types for t in group]
        if any(map(is_number, given)):
            return rule(given)
        return context.default_return_type if other is None else other(context)

    return hook


def _magnitude(given: list[Type]) -> Type:
    return given[0]


def _rounded(given: list[Type]) -> Type:
    return given[0] if len(given) == 2 else any_type()  # an int where the number of digits is left out


def _divided(given: list[Type]) -> Type:
    del given
    return any_type()
