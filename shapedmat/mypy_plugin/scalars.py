"""Numbers of which NumPy's stubs say ``Any``: their arithmetic, with each other and with Python's own numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from mypy.plugin import FunctionContext, MethodContext
from mypy.types import Type, get_proper_type

from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.dims import any_type, is_number
from shapedmat.mypy_plugin.operators import arithmetic
from shapedmat.mypy_plugin.promotion import number_of, promoted

ARITHMETIC: Final = "shapedmat._size.Arithmetic"
"""The class that has the operators of such numbers."""

_NUMBERS: Final = ("builtins.int", "builtins.float", "builtins.complex")
_Hook: TypeAlias = Callable[[MethodContext], Type]


class Scalars:
    """The hooks of what functions and methods return that are given such a number, and take it for one of their own."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self.functions: dict[str, Callable[[FunctionContext], Type]] = {
            "builtins.round": self._rounded,
            "builtins.divmod": self._divided,
        }

    def methods(self, others: Mapping[str, _Hook]) -> dict[str, _Hook]:
        """Return the hooks of the operators of Python's numbers, which leave to others what is given no such number."""
        own = {f"{owner}.{name}" for owner in _NUMBERS for name in arithmetic()}
        return {**others, **{name: self._operator(name, others.get(name)) for name in sorted(own)}}

    def _operator(self, full_name: str, other: _Hook | None) -> _Hook:
        rule = arithmetic()[full_name.rpartition(".")[2]]

        def hook(context: MethodContext) -> Type:
            given = get_proper_type(context.arg_types[0][0]) if context.arg_types and context.arg_types[0] else None
            if given is None or not is_number(given):
                return context.default_return_type if other is None else other(context)
            site = self._checks.site(context.api)
            return number_of(promoted(rule, (context.type, given), site), site)

        return hook

    def _rounded(self, context: FunctionContext) -> Type:
        """Return the type of ``round(x)``, and of ``round(x, digits)``."""
        given = context.arg_types[0][0] if context.arg_types and context.arg_types[0] else None
        if given is None or not is_number(given):
            return context.default_return_type
        return given if len(context.arg_types) > 1 and context.arg_types[1] else any_type()

    def _divided(self, context: FunctionContext) -> Type:
        """Return the type of ``divmod(a, b)``."""
        given = [t for group in context.arg_types for t in group]
        return any_type() if any(map(is_number, given)) else context.default_return_type
