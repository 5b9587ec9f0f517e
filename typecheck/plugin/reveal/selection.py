"""Elements chosen by places, by conditions and by order, diagonals and triangles."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from typecheck.plugin.arrays import array


def places(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    v: Float64[np.ndarray, "n"] = array("n"),
    i: Int64[np.ndarray, "k"] = array("k", np.int64),
    j: Int64[np.ndarray, "n 2"] = array("n 2", np.int64),
    one: int = 1,
    axis: int = 0,
) -> None:
    reveal_type(np.take(x, i))  # T: Float64[ndarray, 'k']
    reveal_type(np.take(x, j, axis=1))  # T: Float64[ndarray, 'n n 2']
    reveal_type(np.take(x, [0, 1], axis=0))  # T: Float64[ndarray, '2 m']
    reveal_type(np.take(x, [[0, 1], [1, 2]], axis=-1))  # T: Float64[ndarray, 'n 2 2']
    reveal_type(np.take(x, 0, axis=1))  # T: Float64[ndarray, 'n']
    reveal_type(np.take(v, 0))  # T: float64
    reveal_type(x.take(j, axis=1))  # T: Float64[ndarray, 'n n 2']
    reveal_type(x.take(one, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(x.take(0, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(x.take(i, axis=axis))  # T: Float64[ndarray, '...']
    reveal_type(np.take_along_axis(x, j, axis=1))  # T: Float64[ndarray, 'n 2']
    reveal_type(np.take_along_axis(x, np.argsort(x, axis=0), axis=0))  # T: Float64[ndarray, 'n m']
    np.put_along_axis(x, j, 0.0, axis=1)
    np.put_along_axis(x, j, v[:, None], axis=1)


def conditions(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    c: Bool[np.ndarray, "n m"] = array("n m", np.bool_),
    d: Bool[np.ndarray, "n"] = array("n", np.bool_),
    i: Int64[np.ndarray, "n 1"] = array("n 1", np.int64) - 1,
) -> None:
    reveal_type(np.nonzero(x))  # T: tuple[Int64[ndarray, '_'], Int64[ndarray, '_']]
    reveal_type(x.nonzero())  # T: tuple[Int64[ndarray, '_'], Int64[ndarray, '_']]
    reveal_type(np.argwhere(x > 1))  # T: Int64[ndarray, '_ 2']
    reveal_type(np.flatnonzero(c))  # T: Int64[ndarray, '_']
    reveal_type(np.where(c, x, 0.0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.where(d[:, None], x, x[0]))  # T: Float64[ndarray, 'n m']
    reveal_type(np.where(d))  # T: tuple[Int64[ndarray, '_']]
    reveal_type(np.where(c)[0])  # T: Int64[ndarray, '_']
    rows, columns = np.where(c)
    reveal_type(columns)  # T: Int64[ndarray, '_']
    reveal_type(np.compress(d, x, axis=0))  # T: Float64[ndarray, '_ m']
    reveal_type(x.compress(d, axis=0))  # T: Float64[ndarray, '_ m']
    reveal_type(np.extract(c, x))  # T: Float64[ndarray, '_']
    reveal_type(np.select([c, x > 1], [x, x[0]], default=0.0))  # T: Shaped[ndarray, 'n m']
    reveal_type(np.choose(i, [x, x[0], x[0], x[0]]))  # T: Float64[ndarray, 'n m']


def each_once(x: Float64[np.ndarray, "n m"] = array("n m"), i: Int64[np.ndarray, "k"] = array("k", np.int64)) -> None:
    reveal_type(np.unique(x))  # T: Float64[ndarray, '_']
    reveal_type(np.unique(x, axis=0))  # T: Float64[ndarray, '_ m']
    reveal_type(np.unique(i, return_counts=True))  # T: tuple[Int64[ndarray, '_'], Int64[ndarray, '_']]
    values, places, inverse = np.unique(i, return_index=True, return_inverse=True)
    reveal_type(inverse)  # T: Int64[ndarray, 'k']
    reveal_type(np.unique(x, return_inverse=True)[1])  # T: Int64[ndarray, 'n m']
    reveal_type(np.unique_values(x))  # T: Float64[ndarray, '_']
    values, counts = np.unique_counts(i)
    reveal_type(counts)  # T: Int64[ndarray, '_']
    reveal_type(np.unique_inverse(x)[1])  # T: Int64[ndarray, 'n m']
    reveal_type(np.unique_all(i)[2])  # T: Int64[ndarray, 'k']


def orders(x: Float64[np.ndarray, "n m"] = array("n m"), v: Float32[np.ndarray, "k"] = array("k", np.float32)) -> None:
    reveal_type(np.sort(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.sort(x, axis=0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.sort(x, axis=None))  # T: Float64[ndarray, 'm*n']
    reveal_type(np.argsort(x, axis=1))  # T: Int64[ndarray, 'n m']
    reveal_type(np.argsort(v)[::-1])  # T: Int64[ndarray, 'k']
    reveal_type(x.argsort(axis=0))  # T: Int64[ndarray, 'n m']
    reveal_type(v[np.argsort(v)])  # T: Float32[ndarray, 'k']
    reveal_type(np.partition(x, 2, axis=1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.argpartition(v, (0, 3)))  # T: Int64[ndarray, 'k']
    reveal_type(v.argpartition(4))  # T: Int64[ndarray, 'k']
    reveal_type(np.lexsort((v, v)))  # T: Int64[ndarray, 'k']
    reveal_type(np.lexsort(x))  # T: Int64[ndarray, 'm']
    x.sort(axis=0)
    v.partition(2)


def diagonals(
    x: Float64[np.ndarray, "n n"] = array("n n"),
    y: Float32[np.ndarray, "b 4 3"] = array("b 4 3", np.float32),
    v: Float64[np.ndarray, "n"] = array("n"),
) -> None:
    reveal_type(np.diag(v))  # T: Float64[ndarray, 'n n']
    reveal_type(np.diag(x))  # T: Float64[ndarray, 'n']
    reveal_type(np.diag(v, k=1))  # T: Float64[ndarray, 'n+1 n+1']
    reveal_type(np.diag([1.0, 2.0, 3.0]))  # T: Float64[ndarray, '3 3']
    reveal_type(np.diagflat(x))  # T: Float64[ndarray, 'n**2 n**2']
    reveal_type(np.diagonal(x))  # T: Float64[ndarray, 'n']
    reveal_type(np.diagonal(y, axis1=1, axis2=2))  # T: Float32[ndarray, 'b 3']
    reveal_type(x.diagonal(1))  # T: Float64[ndarray, 'n-1']
    reveal_type(y.diagonal(0, 1, 2))  # T: Float32[ndarray, 'b 3']
    reveal_type(np.linalg.diagonal(y))  # T: Float32[ndarray, 'b 3']
    reveal_type(np.trace(y, axis1=1, axis2=2))  # T: Float32[ndarray, 'b']
    reveal_type(y.trace(0, 1, 2))  # T: Float32[ndarray, 'b']
    reveal_type(np.linalg.trace(y))  # T: Float32[ndarray, 'b']
    reveal_type(np.tril(x))  # T: Float64[ndarray, 'n n']
    reveal_type(np.triu(y, k=1))  # T: Float32[ndarray, 'b 4 3']
    reveal_type(np.triu(v))  # T: Float64[ndarray, 'n n']
    np.fill_diagonal(x, 0.0)
    reveal_type(np.diag_indices(4))  # T: tuple[Int64[ndarray, '4'], Int64[ndarray, '4']]
    reveal_type(np.diag_indices(len(v), 3))  # T: tuple[Int64[ndarray, 'n'], Int64[ndarray, 'n'], Int64[ndarray, 'n']]
    reveal_type(np.diag_indices_from(x))  # T: tuple[Int64[ndarray, 'n'], Int64[ndarray, 'n']]
    reveal_type(np.tril_indices(4))  # T: tuple[Int64[ndarray, '_'], Int64[ndarray, '_']]
    reveal_type(np.triu_indices(len(v), 1))  # T: tuple[Int64[ndarray, '_'], Int64[ndarray, '_']]
    reveal_type(np.triu_indices_from(x))  # T: tuple[Int64[ndarray, '_'], Int64[ndarray, '_']]
