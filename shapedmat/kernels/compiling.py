"""How the CPU kernels are compiled: once for each element type, without the GIL, and cached on disk."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba import extending

F = TypeVar("F", bound=Callable[..., Any])

_HERE: Final = Path(__file__).parent


@cache
def _warn_once() -> None:
    message = (
        "Numba finds no folder for its cache, so every process compiles anew: set NUMBA_CACHE_DIR to a writeable one"
    )
    warnings.warn(message, RuntimeWarning, stacklevel=4)


def _compiled(function: F, fastmath: set[str]) -> F:
    njit: Any = partial(numba.njit, nogil=True, fastmath=fastmath, error_model="numpy")
    try:
        made = njit(cache=True)(function)
        _renew_with_others(made, Path(function.__code__.co_filename).parent)
        return cast("F", made)
    except RuntimeError:  # "no locator available": neither this package's folder nor the user's can be written
        _warn_once()
        return cast("F", njit()(function))


def _renew_with_others(dispatcher: Any, folder: Path) -> None:
    """Let the machine code on disk be out of date when any file of kernels has changed.

    To Numba it is when the function's own file has, though the code of functions from others is inlined.
    """
    index: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = (index._source_stamp, _digest(folder), _digest(_HERE))


@cache
def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compiled(function: F) -> F:
    """Compile a function with Numba when it is first called, and keep the machine code on disk for later processes.

    A product and a sum may be contracted into one fused multiply-add, which rounds once instead of twice; no other
    liberty is taken with floating-point arithmetic, so NaN, infinities, signed zeros and denormals behave as in NumPy.
    The function releases the GIL while it runs.
    """
    return _compiled(function, {"contract"})


def reducing(function: F) -> F:
    """Compile as `compiled` does, and let sums be taken in any order.

    A sum then has a partial sum for each element of several vectors, which is faster and also more accurate.
    """
    return _compiled(function, {"contract", "reassoc"})


def specialise(function: Callable[..., Any], *arguments: Any) -> None:
    """Compile a function for these Numba types, and let it take from then on only what converts to compiled ones."""
    dispatcher = cast("Any", function)
    dispatcher.disable_compile(False)
    dispatcher.compile(arguments)
    dispatcher.disable_compile()


def emitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that emits LLVM code callable from compiled ones, which leave out the typing context."""
    return cast("Callable[..., Any]", extending.intrinsic(function))


def overloaded(function: Callable[..., Any]) -> Callable[[F], F]:
    """Say what compiled functions call in place of a Python function: the decorated one chooses by the Numba types."""
    return cast("Callable[[F], F]", extending.overload(function))
