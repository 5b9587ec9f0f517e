"""How the loops are compiled."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from shapedmat.kernels import compiling

F = TypeVar("F", bound=Callable[..., Any])

# Run-time type checks wrap every function of this package, and Numba compiles none that is wrapped.


def compiled(function: F) -> F:
    """Compile a function as the kernels of matrices are."""
    plain: F = inspect.unwrap(function)
    return compiling.compiled(plain)


def reducing(function: F) -> F:
    """Compile a function, and let its sums be taken in any order."""
    plain: F = inspect.unwrap(function)
    return compiling.reducing(plain)


def emitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that emits LLVM code callable from compiled ones."""
    return compiling.emitted(inspect.unwrap(function))
