"""What parts of an array keys take."""

import numpy as np
from jaxtyping import Bool, Float64, Int64

from typecheck.plugin.arrays import array


def integers(x: Float64[np.ndarray, "n m 4"] = array("n m 4"), k: int = 1) -> None:
    reveal_type(x[0])  # T: Float64[ndarray, 'm 4']
    reveal_type(x[-1])  # T: Float64[ndarray, 'm 4']
    reveal_type(x[k])  # T: Float64[ndarray, 'm 4']
    reveal_type(x[0, 1])  # T: Float64[ndarray, '4']
    reveal_type(x[0][1])  # T: Float64[ndarray, '4']
    reveal_type(x[:, :, -1])  # T: Float64[ndarray, 'n m']
    reveal_type(x[np.int64(0)])  # T: Float64[ndarray, 'm 4']
    reveal_type(x[len(x) - 1])  # T: Float64[ndarray, 'm 4']


def slices(x: Float64[np.ndarray, "n m 4"] = array("n m 4"), k: int = 2) -> None:
    reveal_type(x[:])  # T: Float64[ndarray, 'n m 4']
    reveal_type(x[1:])  # T: Float64[ndarray, 'n-1 m 4']
    reveal_type(x[:-1])  # T: Float64[ndarray, 'n-1 m 4']
    reveal_type(x[:k])  # T: Float64[ndarray, '_ m 4']
    reveal_type(x[::2])  # T: Float64[ndarray, '(n+1)//2 m 4']
    reveal_type(x[::-1])  # T: Float64[ndarray, 'n m 4']
    reveal_type(x[:, 1:])  # T: Float64[ndarray, 'n m-1 4']
    reveal_type(x[:, :, :3])  # T: Float64[ndarray, 'n m 3']
    reveal_type(x[:, :, 1:-1])  # T: Float64[ndarray, 'n m 2']
    reveal_type(x[:, :, ::2])  # T: Float64[ndarray, 'n m 2']
    reveal_type(x[slice(1, None)])  # T: Float64[ndarray, '...']
    reveal_type(x[: len(x)])  # T: Float64[ndarray, 'n m 4']
    reveal_type(x[:0])  # T: Float64[ndarray, '0 m 4']


def new_axes(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    reveal_type(x[None])  # T: Float64[ndarray, '1 n m']
    reveal_type(x[:, None])  # T: Float64[ndarray, 'n 1 m']
    reveal_type(x[:, None, :])  # T: Float64[ndarray, 'n 1 m']
    reveal_type(x[..., np.newaxis])  # T: Float64[ndarray, 'n m 1']
    reveal_type(x[None, :, None, :, None])  # T: Float64[ndarray, '1 n 1 m 1']
    reveal_type(x[0, None])  # T: Float64[ndarray, '1 m']
    reveal_type(x[...])  # T: Float64[ndarray, 'n m']
    reveal_type(x[..., 0])  # T: Float64[ndarray, 'n']
    reveal_type(x[0, ...])  # T: Float64[ndarray, 'm']


def arrays(
    x: Float64[np.ndarray, "n m 4"] = array("n m 4"),
    i: Int64[np.ndarray, "k"] = array("k", np.int64),
    j: Int64[np.ndarray, "t 1"] = array("t 1", np.int64),
) -> None:
    reveal_type(x[i])  # T: Float64[ndarray, 'k m 4']
    reveal_type(x[:, i])  # T: Float64[ndarray, 'n k 4']
    reveal_type(x[i, i])  # T: Float64[ndarray, 'k 4']
    reveal_type(x[i, j])  # T: Float64[ndarray, 't k 4']
    reveal_type(x[i, :, 0])  # T: Float64[ndarray, 'k m']
    reveal_type(x[0, i])  # T: Float64[ndarray, 'k 4']
    reveal_type(x[[0, 2, 1]])  # T: Float64[ndarray, '3 m 4']
    reveal_type(x[:, [0, 1]])  # T: Float64[ndarray, 'n 2 4']
    reveal_type(x[[0, 1], [1, 2]])  # T: Float64[ndarray, '2 4']
    reveal_type(x[np.array([0, 1])])  # T: Float64[ndarray, '2 m 4']
    reveal_type(x[np.argsort(x[:, 0, 0])])  # T: Float64[ndarray, 'n m 4']
    reveal_type(x[np.arange(len(x))[:3] * 0])  # T: Float64[ndarray, '_ m 4']
    reveal_type(x[j])  # T: Float64[ndarray, 't 1 m 4']
    reveal_type(x[np.ix_([0, 1], [1, 2, 3])])  # T: Float64[ndarray, '2 3 4']


def masks(x: Float64[np.ndarray, "n m"] = array("n m"), keep: Bool[np.ndarray, "n"] = array("n", bool)) -> None:
    reveal_type(x[keep])  # T: Float64[ndarray, '_ m']
    reveal_type(x[~keep, 0])  # T: Float64[ndarray, '_']
    reveal_type(x[x > 1])  # T: Float64[ndarray, '_']
    reveal_type(x[:, x[0] > 1])  # T: Float64[ndarray, 'n _']
    reveal_type(x[keep & (x[:, 0] > 1)])  # T: Float64[ndarray, '_ m']
    reveal_type(x[np.isfinite(x)])  # T: Float64[ndarray, '_']
    reveal_type(x[keep][:, 0])  # T: Float64[ndarray, '_']
    reveal_type(x[np.where(keep)[0]])  # T: Float64[ndarray, '_ m']
    reveal_type(x[np.flatnonzero(keep)])  # T: Float64[ndarray, '_ m']


def assignments(
    x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m"), k: int = 0
) -> None:
    x[0] = y
    x[:, 0] = 0
    x[k, :] += y
    x[x > 2] = 0
    x[:2] = [y, y]
    x[...] = y
    x[:, None][:] = y
    x[[0, 1]] = y
    reveal_type(x)  # T: Float64[ndarray, 'n m']


def sizes(x: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "3"] = array("3")) -> None:
    n, m = x.shape
    reveal_type(x[: n - 1])  # T: Float64[ndarray, 'n-1 m']
    reveal_type(x[:, : m - 2])  # T: Float64[ndarray, 'n _']
    reveal_type(np.zeros((n, m + 1)))  # T: Float64[ndarray, 'n m+1']
    reveal_type(np.zeros(x.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(x.reshape(n * m))  # T: Float64[ndarray, 'm*n']
    reveal_type(x.reshape(m, n))  # T: Float64[ndarray, 'm n']
    reveal_type(np.zeros(x.shape[0] * 2))  # T: Float64[ndarray, '2*n']
    reveal_type(np.zeros(x.shape[::-1]))  # T: Float64[ndarray, 'm n']
    reveal_type(np.zeros(len(v)))  # T: Float64[ndarray, '3']
    reveal_type(np.zeros((*x.shape, 3)))  # T: Float64[ndarray, 'n m 3']
    reveal_type(np.zeros(x.shape[1:] + (2,)))  # T: Float64[ndarray, 'm 2']
