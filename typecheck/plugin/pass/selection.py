"""Elements chosen where little is known of arrays and of the places of their elements."""

from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Bool, Float, Float64, Int, Int64, Shaped


def nearest(x: Float[np.ndarray, "n m"], k: int) -> Int[np.ndarray, "n j"]:
    return np.argpartition(x, k, axis=1)[:, :k]


def by_rank(x: Float64[np.ndarray, "n m"], axis: int) -> Float64[np.ndarray, "n m"]:
    order = np.argsort(x, axis=axis)
    ranked = np.take_along_axis(x, order, axis=axis)
    best = np.take_along_axis(x, np.expand_dims(np.argmax(x, axis=1), 1), axis=1)
    np.put_along_axis(x, order, ranked, axis)
    best.squeeze(1)
    return ranked


def labels(y: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "n"]:
    classes, inverse = np.unique(y, return_inverse=True)
    values, counts = np.unique(y, return_counts=True)
    np.diag(counts)
    values[np.argsort(-counts)]
    assert classes[inverse].shape == y.shape
    found = np.unique_inverse(y)
    found.values
    return found.inverse_indices


def by_flags(x: Float64[np.ndarray, "n m"], flag: bool, axis: int | None) -> None:
    np.unique(x, axis=axis)
    np.sort(x, axis=axis)
    np.meshgrid(x[0], x[0], indexing="ij" if flag else "xy")
    np.take(x, 0, axis=axis)
    np.diag(x, int(flag))
    np.unique(x[0], return_index=True)[int(flag)].sum()


def of_anything(x: Any, y: npt.ArrayLike, z: Shaped[np.ndarray, "..."], i: Any) -> None:
    np.take(x, i)
    np.take(z, [0], axis=i)
    z.take(i)
    np.argsort(y)
    np.sort(z, axis=i)
    np.where(z > 0)[0]
    np.diag(z)
    np.trace(z)
    np.unique(x, return_index=i)
    np.lexsort(x)
    np.where(z > 0, x, 0.0)
    np.meshgrid(*x)
    np.ix_(*x)
    np.choose(i, x)
    z.compress(x[0], axis=0)
    np.indices(x[0])
    np.tril(z)[np.tril_indices(2)]


def numbers(x: float, y: Float64[np.ndarray, "n"]) -> None:
    np.take(y, 0) + x
    y.take(0) + x
    np.argsort(x)
    np.where(x > 0, x, y)
    np.unique(x)
    np.diagflat(x)
    np.meshgrid(x, y)
    np.trace(np.outer(y, y)) + x
    np.fill_diagonal(np.outer(y, y), y)
    np.fill_diagonal(np.outer(y, y), x)


def triangles(x: Float64[np.ndarray, "n n"]) -> Float64[np.ndarray, "k"]:
    rows, columns = np.triu_indices(len(x), k=1)
    return x[rows, columns]


def masked(x: Float64[np.ndarray, "n m"], c: Bool[np.ndarray, "m"]) -> None:
    np.ma.masked_less(x, 0.0).T.mask
    np.linalg.diagonal(np.stack([x, x]))
    np.linalg.trace(np.stack([x, x]))
    x[np.ix_([0, 1], [1, 2])].sum(axis=1)
    x[np.ix_(c[: len(x)], c)].sum(axis=1)
    grid = np.meshgrid(x[0], x[0])
    np.stack(grid, axis=-1).reshape(-1, 2)
    np.array(grid).T


def main() -> None:
    x = np.arange(9.0).reshape(3, 3)
    nearest(x, 2)
    by_rank(x, 1)
    labels(np.array([1, 2, 1]))
    by_flags(x, True, 0)
    of_anything([[1, 0], [0, 1]], [2, 1], np.ones((2, 2)), 0)
    numbers(2.0, x[0])
    triangles(x)
    masked(x, np.array([True, False, True]))
