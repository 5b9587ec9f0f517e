"""Static values: what the code for a call may depend on, as it cannot change, and how one is told from another."""

from __future__ import annotations

import enum
from collections.abc import Hashable
from functools import partial
from types import BuiltinFunctionType, EllipsisType, FunctionType, GenericAlias, ModuleType, NoneType, UnionType
from typing import Any, Final

import numpy as np

_EXACT_TYPES: Final = (NoneType, EllipsisType, bool, int, str, bytes)
_EXACT_CLASSES: Final = (enum.Enum, np.dtype, type, FunctionType, partial, np.integer, np.bool_)
_DESCRIBED_TYPES: Final = (complex, range, GenericAlias, UnionType)
_DESCRIBED_CLASSES: Final = (np.complexfloating, np.datetime64, np.timedelta64, np.str_, np.bytes_)
_DESCRIBED_MODULES: Final = ("datetime", "decimal", "fractions", "pathlib", "re", "typing", "uuid")
"""The modules of Python's library whose values cannot change, and are told apart by their text where they are equal."""


def is_static(value: Any) -> bool:
    """Tell whether the code for a call may depend on a value: it cannot change, or is a class or a function.

    What a class of the program makes of its own ``__eq__`` and ``__hash__`` is not known, so its objects are not.
    """
    kind = type(value)
    if issubclass(kind, BuiltinFunctionType):
        return isinstance(value.__self__, ModuleType | NoneType)  # a method of a list may do anything
    if kind in _EXACT_TYPES or issubclass(kind, _EXACT_CLASSES) or _is_described(kind):
        return True
    if issubclass(kind, tuple | frozenset):
        return not hasattr(value, "__dict__") and all(map(is_key, value))
    from shapedmat.compiler.function import Compiled  # noqa: PLC0415  # which reads arguments by this module

    return kind is Compiled


def is_key(value: Any) -> bool:
    """Tell whether the code for a call may depend on a value in a frozenset or as a key: it may be a float there."""
    return is_static(value) or issubclass(type(value), float | np.floating)


def identity(value: Any) -> Hashable:
    """Return what two values of one type have in common only if no function can tell them apart.

    Equality is not enough: 0.0 equals -0.0, a frozenset of 1 one of 1.0 or True, ``range(0, 5, 2)`` ``range(0, 6, 2)``.
    For most values it is, and they themselves are returned.
    """
    kind = type(value)
    if _is_described(kind) or issubclass(kind, float | np.floating):
        return value, repr(value)
    if issubclass(kind, tuple | frozenset):  # in the order in which the function meets them
        return tuple(identities(value))
    return value if is_static(value) else object()


def identities(values: Any) -> tuple[Hashable, ...]:
    """Return the types and the identities of values, such as the keys of a dict."""
    return tuple((type(each), identity(each)) for each in values)


def _is_described(kind: type) -> bool:
    if kind in _DESCRIBED_TYPES or issubclass(kind, _DESCRIBED_CLASSES):
        return True
    own_hash: Any = kind.__hash__
    return kind.__module__.partition(".")[0] in _DESCRIBED_MODULES and own_hash not in (None, object.__hash__)
