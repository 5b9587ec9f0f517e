"""Functions that take, return, decorate and hold functions."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
A = TypeVar("A", bound=np.ndarray[Any, Any])


def logged(f: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(f)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return f(*args, **kwargs)

    return wrapper


def registered(f: T) -> T:
    return f


def repeated(times: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(f: Callable[P, R]) -> Callable[P, R]:
        return f if times == 1 else logged(f)

    return decorate


@logged
def scaled(x: Float64[np.ndarray, "p q"], by: Float64[np.ndarray, "q"]) -> Float64[np.ndarray, "p q"]:
    return x * by


@registered
def shifted(x: Float64[np.ndarray, "p q"], by: Float64[np.ndarray, "q"]) -> Float64[np.ndarray, "p q"]:
    return x + by


@repeated(2)
def extended(x: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "p+1"]:
    return np.concatenate([x, x[:1]])


@functools.lru_cache(maxsize=None)
def identity(size: int) -> Float64[np.ndarray, "3 3"]:
    return np.eye(3) * size


def doubled(x: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "p"]:
    return 2 * x


def same(x: A) -> A:
    return x


def applied(f: Callable[[T], R], x: T) -> R:
    return f(x)


def mapped(
    f: Callable[[Float64[np.ndarray, "p"]], Float64[np.ndarray, "p"]], x: Float64[np.ndarray, "p"]
) -> Float64[np.ndarray, "p"]:
    return f(x)


class Transform(Protocol):
    def __call__(self, x: Float64[np.ndarray, "p q"], /) -> Float64[np.ndarray, "q p"]: ...


def turned(x: Float64[np.ndarray, "r s"], /) -> Float64[np.ndarray, "s r"]:
    return x.T


def decorated(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    reveal_type(scaled(a, b))  # T: Float64[ndarray, 'n m']
    reveal_type(shifted(a, by=b))  # T: Float64[ndarray, 'n m']
    reveal_type(extended(b))  # T: Float64[ndarray, 'm+1']
    reveal_type(identity(2))  # T: Float64[ndarray, '3 3']
    reveal_type(functools.partial(shifted, a)(b))  # T: Float64[ndarray, 'n m']
    reveal_type(functools.partial(shifted, by=b)(a))  # T: Float64[ndarray, 'n m']


def generic(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    reveal_type(same(a))  # T: Float64[ndarray, 'n m']
    reveal_type(same(a).T)  # T: Float64[ndarray, 'm n']
    reveal_type(applied(doubled, b))  # T: Float64[ndarray, 'm']
    reveal_type(applied(lambda x: x.sum(axis=0), a))  # T: Float64[ndarray, 'm']
    reveal_type(mapped(doubled, b))  # T: Float64[ndarray, 'm']
    reveal_type(mapped(lambda x: x * 2, a[:, 0]))  # T: Float64[ndarray, 'n']


def protocols(a: Float64[np.ndarray, "n m"] = array("n m"), f: Transform = turned) -> None:
    reveal_type(f(a))  # T: Float64[ndarray, 'm n']
    reveal_type(f(f(a)))  # T: Float64[ndarray, 'n m']
    g: Transform = turned
    reveal_type(g(a) @ a)  # T: Float64[ndarray, 'm m']


def closures(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    def centered(x: Float64[np.ndarray, "k m"]) -> Float64[np.ndarray, "k m"]:
        return x - b

    def weighted() -> Float64[np.ndarray, "n"]:
        reveal_type(a @ b)  # T: Float64[ndarray, 'n']
        return a @ b

    reveal_type(centered(a))  # T: Float64[ndarray, 'n _']
    reveal_type(centered(a[:2]))  # T: Float64[ndarray, '_ _']
    reveal_type(weighted())  # T: Float64[ndarray, '_']
