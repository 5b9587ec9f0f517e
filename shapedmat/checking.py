"""Checks while a program runs: annotations with shapes are enforced by jaxtyping and beartype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

import jaxtyping
from beartype import beartype

P = ParamSpec("P")
T = TypeVar("T")


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
    return jaxtyping.jaxtyped(function, typechecker=beartype)


def install_import_hook(*packages: str) -> Any:
    """Apply `shapechecked` to every function and dataclass of these packages that are imported from now on.

    Call it before the packages are imported, or use it as a context manager around their imports:

    >>> with install_import_hook("colorsys"):
    ...     import colorsys

    Args:
        packages: names of packages or modules; the modules inside a package are included.
    """
    return jaxtyping.install_import_hook(list(packages), "beartype.beartype")
