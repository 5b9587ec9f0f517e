"""Checks while a program runs: annotations with shapes are enforced by jaxtyping and beartype."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, ParamSpec, TypeVar, overload

import jaxtyping

# By name, since a type checker would read all of it, some hundred modules, for every program that imports this package.
_BEARTYPE: Any = import_module("beartype")
_UNREADABLE: Any = import_module("beartype.roar").BeartypeDecorHintException

P = ParamSpec("P")
T = TypeVar("T")

_CONFIGURATION: Final = _BEARTYPE.BeartypeConf(is_pep484_tower=True)  # an int where a float is wanted, as in PEP 484


@overload
def shapechecked(function: type[T]) -> type[T]: ...
@overload
def shapechecked(function: Callable[P, T]) -> Callable[P, T]: ...
def shapechecked(function: Any) -> Any:
    """Check the arguments and the result of a function, or the fields of a dataclass, against their annotations.

    A size that a ``TypeVar`` names, and a dimension that a jaxtyping string names, must be the same wherever it stands
    in one call.

    Raises:
        jaxtyping.TypeCheckError: (when called) an argument or the result does not fit; the message names the function,
            the argument, what was wanted and what was given.
    """
    return jaxtyping.jaxtyped(function, typechecker=_BEARTYPE.beartype(conf=_CONFIGURATION))


def checked_where_readable(function: Callable[P, T]) -> Callable[P, T]:
    """Make beartype check a function, or return the function itself if its annotations are beyond beartype."""
    try:
        checked: Callable[P, T] = _BEARTYPE.beartype(conf=_CONFIGURATION)(function)
    except _UNREADABLE:
        return function
    return checked


def install_import_hook(*packages: str) -> Any:
    """Apply `shapechecked` to every function and dataclass of these packages that are imported from now on.

    Functions with annotations that beartype cannot read, such as ``Self``, stay unchecked. Call it before the packages
    are imported, or use it as a context manager around their imports:

    >>> with install_import_hook("colorsys"):
    ...     import colorsys

    Args:
        packages: names of packages or modules; the modules inside a package are included.
    """
    return jaxtyping.install_import_hook(list(packages), "shapedmat.checking.checked_where_readable")
