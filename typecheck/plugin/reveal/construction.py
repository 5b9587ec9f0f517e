"""The shapes of arrays that are made from sizes, from bounds, and from lists."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from typecheck.plugin.arrays import array


def from_sizes(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    n, m = x.shape
    shape = (m, 3)
    reveal_type(np.zeros(n))  # T: Float64[ndarray, 'n']
    reveal_type(np.zeros((n + 1, 2 * m)))  # T: Float64[ndarray, 'n+1 2*m']
    reveal_type(np.ones([n, 4]))  # T: Float64[ndarray, 'n 4']
    reveal_type(np.empty(x.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(np.zeros(x.shape[:1]))  # T: Float64[ndarray, 'n']
    reveal_type(np.zeros((4, *x.shape[1:])))  # T: Float64[ndarray, '4 m']
    reveal_type(np.zeros(shape, dtype=np.float32))  # T: Float32[ndarray, 'm 3']
    reveal_type(np.zeros((3, 4), np.int64))  # T: Int64[ndarray, '3 4']
    reveal_type(np.zeros(()))  # T: Float64[ndarray, '']
    reveal_type(np.full((n, 2), np.nan))  # T: Float64[ndarray, 'n 2']
    reveal_type(np.full((n, m), x[0]))  # T: Float64[ndarray, 'n m']
    reveal_type(np.full(shape=n, fill_value=0, dtype=np.int64))  # T: Int64[ndarray, 'n']


def like_others(
    x: Float32[np.ndarray, "n m"] = array("n m", np.float32), y: Float64[np.ndarray, "*batch n"] = array("b n")
) -> None:
    reveal_type(np.zeros_like(x))  # T: Float32[ndarray, 'n m']
    reveal_type(np.ones_like(x, dtype=np.int64))  # T: Int64[ndarray, 'n m']
    reveal_type(np.empty_like(x, shape=(m := x.shape[1])))  # T: Float32[ndarray, 'm']
    reveal_type(np.full_like(x, 2.0, shape=(m, 4)))  # T: Float32[ndarray, 'm 4']
    reveal_type(np.zeros_like([[1, 2], [3, 4]]).shape)  # T: tuple[Size[2], Size[2]]


def matrices(x: Float64[np.ndarray, "n m"] = array("n m"), v: Int64[np.ndarray, "k"] = array("k", np.int64)) -> None:
    n, m = x.shape
    reveal_type(np.eye(n))  # T: Float64[ndarray, 'n n']
    reveal_type(np.eye(n, m, k=1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.eye(3, None, dtype=np.float32))  # T: Float32[ndarray, '3 3']
    reveal_type(np.identity(m))  # T: Float64[ndarray, 'm m']
    reveal_type(np.tri(3, n))  # T: Float64[ndarray, '3 n']
    reveal_type(np.vander(x[0]))  # T: Float64[ndarray, 'm m']
    reveal_type(np.vander(v, 3))  # T: Int64[ndarray, 'k 3']


def from_bounds(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    n, m = x.shape
    reveal_type(np.arange(n))  # T: Int64[ndarray, 'n']
    reveal_type(np.arange(1, n + 1))  # T: Int64[ndarray, 'n']
    reveal_type(np.arange(0, 2 * m, 2))  # T: Int64[ndarray, 'm']
    reveal_type(np.arange(1, stop=4))  # T: Int64[ndarray, '3']
    reveal_type(np.arange(12.0))  # T: Float64[ndarray, '12']
    reveal_type(np.arange(0, 1, 0.3))  # T: Float64[ndarray, '4']
    reveal_type(np.arange(float(x[0, 0])).ndim)  # T: Size[1]
    reveal_type(np.linspace(0, 1, n))  # T: Float64[ndarray, 'n']
    reveal_type(np.linspace(0.0, 1.0))  # T: Float64[ndarray, '50']
    reveal_type(np.linspace(x[0], x[1], 4, axis=-1))  # T: Float64[ndarray, 'm 4']
    reveal_type(np.linspace(0, 1, num=3, retstep=True)[0])  # T: Float64[ndarray, '3']
    reveal_type(np.logspace(0, 3, n))  # T: Float64[ndarray, 'n']
    reveal_type(np.geomspace(1, 1000, num=4))  # T: Float64[ndarray, '4']


def from_arrays(
    x: Float32[np.ndarray, "n m"] = array("n m", np.float32), y: Float64[np.ndarray, "m"] = array("m")
) -> None:
    reveal_type(np.array([[1, 2, 3], [4, 5, 6]]))  # T: Int64[ndarray, '2 3']
    reveal_type(np.array([1.5, 2.5], dtype=np.float32))  # T: Float32[ndarray, '2']
    reveal_type(np.array(((1, 2), (3, 4)), "float32"))  # T: Float32[ndarray, '2 2']
    reveal_type(np.array([[1, 2.5], [-3, np.pi]]))  # T: Float64[ndarray, '2 2']
    reveal_type(np.array([True, False]))  # T: Bool[ndarray, '2']
    reveal_type(np.array([1, 2j], dtype=complex))  # T: Complex128[ndarray, '2']
    reveal_type(np.array(y, dtype=int))  # T: Int64[ndarray, 'm']
    reveal_type(np.array([y, y, y]))  # T: Float64[ndarray, '3 m']
    reveal_type(np.array(x))  # T: Float32[ndarray, 'n m']
    reveal_type(np.array(x, dtype=float))  # T: Float64[ndarray, 'n m']
    reveal_type(np.array([float(row[0]) for row in x]).shape)  # T: tuple[Size[n]]
    reveal_type(np.asarray(y))  # T: Float64[ndarray, 'm']
    reveal_type(np.asarray(y, dtype=x.dtype))  # T: Float32[ndarray, 'm']
    reveal_type(np.asanyarray(x))  # T: Float32[ndarray, 'n m']
    reveal_type(np.ascontiguousarray(x))  # T: Float32[ndarray, 'n m']
    reveal_type(np.asfortranarray(x))  # T: Float32[ndarray, 'n m']
    reveal_type(np.ascontiguousarray(1.0).shape)  # T: tuple[Size[1]]
    reveal_type(np.asarray_chkfinite(x))  # T: Float32[ndarray, 'n m']
    reveal_type(np.copy(x))  # T: Float32[ndarray, 'n m']
    reveal_type(np.frombuffer(bytes(8), np.uint8))  # T: UInt8[ndarray, '_']
    reveal_type(np.frombuffer(bytes(8), np.uint8, 4))  # T: UInt8[ndarray, '4']
    reveal_type(np.fromiter(range(5), dtype=np.int64, count=3))  # T: Int64[ndarray, '3']


def grids(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    reveal_type(np.meshgrid(x, y))  # T: tuple[Float64[ndarray, 'm n'], Float64[ndarray, 'm n']]
    reveal_type(np.meshgrid(x, y, indexing="ij")[0])  # T: Float64[ndarray, 'n m']
    reveal_type(np.meshgrid(x, y, sparse=True)[1])  # T: Float64[ndarray, 'm 1']
    reveal_type(np.indices((3, len(x))))  # T: Int64[ndarray, '2 3 n']
    reveal_type(np.indices((3, 4), sparse=True)[0].shape)  # T: tuple[Size[3], Size[1]]
    reveal_type(np.ix_([0, 1], [2, 3, 4])[1].shape)  # T: tuple[Size[1], Size[3]]


def statistics(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    labels: Int64[np.ndarray, "n"] = array("n", np.int64),
    mask: Bool[np.ndarray, "n"] = array("n", bool),
) -> None:
    reveal_type(np.bincount(labels))  # T: Int64[ndarray, '_']
    reveal_type(np.histogram(x, bins=10)[1].shape)  # T: tuple[Size[11]]
    reveal_type(np.histogram(x, np.linspace(0, 1, 5))[0].shape)  # T: tuple[Size[4]]
    reveal_type(np.histogram_bin_edges(x, 4).shape)  # T: tuple[Size[5]]
    reveal_type(np.cov(x))  # T: Float64[ndarray, 'n n']
    reveal_type(np.cov(x, rowvar=False))  # T: Float64[ndarray, 'm m']
    reveal_type(np.corrcoef(x))  # T: Float64[ndarray, 'n n']
    reveal_type(np.ix_(mask)[0].ndim)  # T: Size[1]
