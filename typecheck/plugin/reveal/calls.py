"""What the names of a callee stand for in a call, and what its result is therefore."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def scaled(x: Float64[np.ndarray, "p q"], by: Float64[np.ndarray, "q"]) -> Float64[np.ndarray, "p q"]:
    return x * by


def extended(x: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "p+1"]:
    return np.concatenate([x, x[:1]])


def norms(x: Float64[np.ndarray, "*batch d"]) -> Float64[np.ndarray, "*batch"]:
    return np.asarray(np.linalg.norm(x, axis=-1))


def optional(
    x: Float64[np.ndarray, "p"] | None = None, y: Float64[np.ndarray, "p q"] | None = None
) -> Float64[np.ndarray, "p"]:
    return np.zeros(3) if x is None else x


def pair(x: Float64[np.ndarray, "p q"]) -> tuple[Float64[np.ndarray, "p"], Float64[np.ndarray, "q"]]:
    return x.sum(axis=1), x.sum(axis=0)


def stacked(
    xs: Sequence[Float64[np.ndarray, "p q"]], *more: Float64[np.ndarray, "p q"]
) -> Float64[np.ndarray, "k p q"]:
    return np.stack([*xs, *more])


def weighted(
    xs: Mapping[str, Float64[np.ndarray, "p q"]], **weights: Float64[np.ndarray, "q"]
) -> list[Float64[np.ndarray, "p"]]:
    return [xs[name] @ weight for name, weight in weights.items()]


def unbound(size: int) -> Float64[np.ndarray, "size 3"]:
    return np.zeros((size, 3))


def widened(x: Float64[np.ndarray, "#p q"], y: Float64[np.ndarray, "p q"]) -> Float64[np.ndarray, "p q"]:
    return x + y


@overload
def total(x: Float64[np.ndarray, "p q r"]) -> Float64[np.ndarray, "p q"]: ...
@overload
def total(x: Float64[np.ndarray, "p q"]) -> Float64[np.ndarray, "p"]: ...
def total(x: Any) -> Any:
    return x.sum(axis=-1)


@overload
def column(x: Float64[np.ndarray, "p q"], flat: Literal[True]) -> Float64[np.ndarray, "p"]: ...
@overload
def column(x: Float64[np.ndarray, "p q"], flat: Literal[False] = ...) -> Float64[np.ndarray, "p 1"]: ...
def column(x: Float64[np.ndarray, "p q"], flat: bool = False) -> Any:
    return x[:, 0] if flat else x[:, :1]


def functions(
    a: Float64[np.ndarray, "n m"] = array("n m"),
    b: Float64[np.ndarray, "m"] = array("m"),
    c: Float64[np.ndarray, "7"] = array("7"),
    d: Float64[np.ndarray, "4 7 6"] = array("4 7 6"),
) -> None:
    reveal_type(scaled(a, b))  # T: Float64[ndarray, 'n m']
    reveal_type(scaled(by=b, x=a))  # T: Float64[ndarray, 'n m']
    reveal_type(scaled(a, by=b))  # T: Float64[ndarray, 'n m']
    reveal_type(scaled(d[0].T, c))  # T: Float64[ndarray, '6 7']
    reveal_type(scaled(*(a, b)))  # T: Float64[ndarray, '_ _']
    reveal_type(scaled(a, **{"by": b}))  # T: Float64[ndarray, 'n m']
    reveal_type(extended(b))  # T: Float64[ndarray, 'm+1']
    reveal_type(extended(extended(b)))  # T: Float64[ndarray, 'm+2']
    reveal_type(extended(c))  # T: Float64[ndarray, '8']
    reveal_type(extended(a[:, 0])[1:] + a[:, 0])  # T: Float64[ndarray, 'n']
    reveal_type(norms(d))  # T: Float64[ndarray, '4 7']
    reveal_type(norms(a))  # T: Float64[ndarray, 'n']
    reveal_type(norms(c))  # T: Float64[ndarray, '']
    reveal_type(unbound(4))  # T: Float64[ndarray, '_ 3']
    reveal_type(widened(a[:1], a))  # T: Float64[ndarray, 'n m']
    reveal_type(widened(a, a))  # T: Float64[ndarray, 'n m']


def defaults_and_none(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    reveal_type(optional())  # T: Float64[ndarray, '_']
    reveal_type(optional(None))  # T: Float64[ndarray, '_']
    reveal_type(optional(b))  # T: Float64[ndarray, 'm']
    reveal_type(optional(a[:, 0], a))  # T: Float64[ndarray, 'n']
    reveal_type(optional(y=None, x=b))  # T: Float64[ndarray, 'm']


def several(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    reveal_type(pair(a))  # T: tuple[Float64[ndarray, 'n'], Float64[ndarray, 'm']]
    rows, columns = pair(a)
    reveal_type(rows)  # T: Float64[ndarray, 'n']
    reveal_type(columns)  # T: Float64[ndarray, 'm']
    reveal_type(pair(a.T)[0] + columns)  # T: Float64[ndarray, 'm']
    reveal_type(stacked([a, a]))  # T: Float64[ndarray, '_ n m']
    reveal_type(stacked((a, a), a))  # T: Float64[ndarray, '_ n m']
    reveal_type(stacked([a, *[a]], *(a, a)))  # T: Float64[ndarray, '_ n m']
    reveal_type(weighted({"x": a}, x=b))  # T: list[Float64[ndarray, 'n']]
    reveal_type(weighted({"x": a}, **{"x": b})[0])  # T: Float64[ndarray, 'n']


def overloads(
    a: Float64[np.ndarray, "n m"] = array("n m"), d: Float64[np.ndarray, "n 4 m"] = array("n 4 m"), flat: bool = True
) -> None:
    reveal_type(total(a))  # T: Float64[ndarray, 'n']
    reveal_type(total(d))  # T: Float64[ndarray, 'n 4']
    reveal_type(column(a, True))  # T: Float64[ndarray, 'n']
    reveal_type(column(a, False))  # T: Float64[ndarray, 'n 1']
    reveal_type(column(a))  # T: Float64[ndarray, 'n 1']
    reveal_type(column(a, flat=True))  # T: Float64[ndarray, 'n']


def stored(
    a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m"), flag: bool = True
) -> None:
    function = scaled
    reveal_type(function(a, b))  # T: Float64[ndarray, 'n m']
    table = {"scaled": scaled}
    reveal_type(table["scaled"](a, b))  # T: Float64[ndarray, 'n m']
    functions = [extended, extended]
    reveal_type(functions[0](b))  # T: Float64[ndarray, '_']
    reveal_type([extended(row) for row in a])  # T: list[Float64[ndarray, 'm+1']]
    reveal_type({name: extended(row) for name, row in {"b": b}.items()}["b"])  # T: Float64[ndarray, 'm+1']
    reveal_type((lambda x: extended(x))(b))  # T: Float64[ndarray, 'm+1']
    reveal_type((extended if flag else extended)(b))  # T: Float64[ndarray, '_']
    reveal_type(list(map(extended, [b, b])))  # T: list[Float64[ndarray, '_']]
    reveal_type(sorted([b, b], key=lambda x: float(x.sum()))[0])  # T: Float64[ndarray, 'm']
    reveal_type(list(filter(lambda x: x.any(), [b, b]))[0])  # T: Float64[ndarray, 'm']
    reveal_type(max([b, b], key=lambda x: float(x[0])))  # T: Float64[ndarray, 'm']


def expressions(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    def outer(a: Float64[np.ndarray, "p"], b: Float64[np.ndarray, "q"]) -> Float64[np.ndarray, "p q"]:
        return a[:, None] * b

    def joined(a: Float64[np.ndarray, "p"], b: Float64[np.ndarray, "q"]) -> Float64[np.ndarray, "p+q"]:
        return np.concatenate([a, b])

    def repeated(a: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "2*p"]:
        return np.concatenate([a, a])

    def doubled(a: Float64[np.ndarray, "2*p"], b: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "p"]:
        return a[: len(b)]

    reveal_type(outer(x, y))  # T: Float64[ndarray, 'n m']
    reveal_type(outer(x, outer(y, x)[0]))  # T: Float64[ndarray, 'n n']
    reveal_type(joined(x, y))  # T: Float64[ndarray, 'm+n']
    reveal_type(joined(x, repeated(x)))  # T: Float64[ndarray, '3*n']
    reveal_type(repeated(joined(x, y)))  # T: Float64[ndarray, '2*m+2*n']
    reveal_type(doubled(repeated(x), x))  # T: Float64[ndarray, 'n']
