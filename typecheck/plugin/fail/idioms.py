"""Mistakes in what programs do every day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from beartype import beartype
from jaxtyping import Float, Float64, jaxtyped

from typecheck.plugin.arrays import array

checked: Callable[[Any], Any] = jaxtyped(typechecker=beartype)
Row: TypeAlias = Float[np.ndarray, " m"]


def number_times_array(x: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot multiply (n, m) by (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    (x.mean() * x) * v


def difference_from_mean(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot subtract (n,) from (n, m): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    (x - x.mean()) / x.std() - x.mean(axis=1)


def number_for_an_array() -> None:
    @checked
    def summed(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "m"]:
        # E: the returned value has shape (), but (m,) is wanted: it has 0 axes and not 1 [shape]
        # R: TypeCheckError
        return x.sum()

    summed(array("n m"))


def number_in_a_tuple() -> None:
    @checked
    def moments(x: Float64[np.ndarray, "n m"]) -> tuple[Float64[np.ndarray, "m"], Float64[np.ndarray, "m"]]:
        # E: the returned value has shape (), but (m,) is wanted: it has 0 axes and not 1 [shape]
        # R: TypeCheckError
        return x.mean(axis=0), x.std()

    moments(array("n m"))


def center(x: Float64[np.ndarray, "n m"], mean: Float64[np.ndarray, "m"]) -> Float64[np.ndarray, "n m"]:
    return x - mean[: len(mean)]


def number_as_argument(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument "mean" of "center" has shape (), but (m,) is wanted: it has 0 axes and not 1 [shape]
    # R: TypeError: object of type 'numpy.float64' has no len()
    center(x, x.mean())


def default(x: Float[np.ndarray, "n 3"] = array("n 3"), origin: Float[np.ndarray, "3"] | None = None) -> None:
    if origin is None:
        # E: the assigned value has shape (n,), but (3,) is wanted: sizes n and 3 on axis 0 differ [shape]
        # R: ValueError
        origin = x.min(axis=1)
    x - origin


def default_in_one_line(
    x: Float[np.ndarray, "n m"] = array("n m"), alpha: Float[np.ndarray, "n m"] | None = None
) -> None:
    # E: the assigned value has shape (m, n), but (n, m) is wanted: sizes m and n on axis 0 differ [shape]
    # R: ValueError
    alpha = np.ones((x.shape[1], x.shape[0])) if alpha is None else alpha
    x * alpha  # noqa: E702


def loop(step: Float[np.ndarray, "n n"] = array("n n"), start: Float[np.ndarray, "n"] = array("n")) -> None:
    x = start
    for _ in range(3):
        x = step @ x + np.ones(len(start))
    # E: cannot multiply (4, 4) by (n,): inner dimensions 4 and n differ [shape]
    # R: ValueError: matmul
    np.eye(4) @ x


def appended(step: Float64[np.ndarray, "n n"] = array("n n"), first: Float64[np.ndarray, "m n"] = array("m n")) -> None:
    blocks = [first]
    for _ in range(3):
        # E: cannot multiply (n, n) by (m, n): inner dimensions n and m differ [shape]
        # R: ValueError: matmul
        blocks.append(step @ blocks[-1])


def alias(row: Row = array("m"), x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot add (m,) and (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    row + x


def window(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot multiply (n, m) by (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x * np.hanning(len(x))


def counted(x: Float64[np.ndarray, "n m"] = array("n m"), k: int = 2) -> None:
    # E: cannot count the values of (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep
    np.bincount(x.astype(np.int64), minlength=4**k)


def mesh(low: Float64[np.ndarray, "k"] = array("k")) -> None:
    @checked
    def points(axes: list[Float64[np.ndarray, "..."]]) -> Float64[np.ndarray, "g d"]:
        # E: the returned value has shape (?,), but (?, ?) is wanted: it has 1 axis and not 2 [shape]
        # R: TypeCheckError
        return np.concatenate([each.ravel() for each in np.meshgrid(*axes)])

    points([low[:2], low[:2]])


def last_of_all() -> None:
    @checked
    def last(x: Float64[np.ndarray, "n m *rest"]) -> Float64[np.ndarray, "n *rest"]:
        # E: the returned value has shape (n, n, *rest), but (n, *rest) is wanted: it has 1 axis more [shape]
        # R: TypeCheckError
        return x[:, np.arange(len(x))]

    last(array("n m k"))
