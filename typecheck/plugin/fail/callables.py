"""Functions that are given to others, or made by them, and do not fit."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
from beartype import beartype
from jaxtyping import Float64, jaxtyped

from typecheck.plugin.arrays import array

P = ParamSpec("P")
R = TypeVar("R")


def logged(f: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(f)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return f(*args, **kwargs)

    return wrapper


@logged
@jaxtyped(typechecker=beartype)
def scaled(x: Float64[np.ndarray, "p q"], by: Float64[np.ndarray, "q"]) -> Float64[np.ndarray, "p q"]:
    return x * by


def decorated(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument "by" of "scaled": dimension "q" is m from argument "x" but n here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    scaled(x, x[:, 0])


def partial(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument 1 of "scaled" has shape (n, m), but (m,) is wanted: it has 2 axes and not 1 [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    functools.partial(scaled, x)(x)


def closure(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    def shifted(by: Float64[np.ndarray, "k"]) -> None:
        # E: cannot add (n, m) and (k,): sizes m and k on axis -1 differ and neither is 1 [shape]
        # R: ValueError: operands could not be broadcast together with shapes (5,7)
        print(x + by)

    shifted(np.ones(2))


def function_in_a_parameter(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    def applied(f: Callable[[Float64[np.ndarray, "2 q"]], Float64[np.ndarray, "q"]]) -> None:
        f(np.ones((2, 2)))

    def rows(x: Float64[np.ndarray, "3 q"]) -> Float64[np.ndarray, "q"]:
        return x[2]

    # E: Argument 1 to "applied" has incompatible type "Callable[[Float64[ndarray, '3 q']], Float64[ndarray, 'q']]"; expected "Callable[[Float64[ndarray, '2 _']], Float64[ndarray, '_']]" [arg-type]
    # R: IndexError: index 2 is out of bounds for axis 0 with size 2
    applied(rows)


def in_a_loop(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    for f in [scaled, scaled]:
        # E: argument "by" of the callee: dimension "q" is m from argument "x" but n here [shape]
        # R: TypeCheckError: Type-check error whilst checking the parameters
        f(x, x[:, 0])
