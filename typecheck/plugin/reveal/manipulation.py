"""Arrays laid out anew: reshaped, with other axes, turned, repeated, padded."""

import numpy as np
from jaxtyping import Float32, Float64, Int64
from numpy.lib.stride_tricks import sliding_window_view

from typecheck.plugin.arrays import array


def reshapes(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    y: Float32[np.ndarray, "b 4 3"] = array("b 4 3", np.float32),
    v: Float64[np.ndarray, "n*m"] = array("n*m"),
) -> None:
    n, m = x.shape
    reveal_type(x.reshape(-1))  # T: Float64[ndarray, 'm*n']
    reveal_type(x.reshape(-1, 1))  # T: Float64[ndarray, 'm*n 1']
    reveal_type(x.reshape((m, n)))  # T: Float64[ndarray, 'm n']
    reveal_type(x.reshape(m, -1))  # T: Float64[ndarray, 'm n']
    reveal_type(x.reshape(n * m))  # T: Float64[ndarray, 'm*n']
    reveal_type(x.reshape([n, 1, m]))  # T: Float64[ndarray, 'n 1 m']
    reveal_type(x.reshape(1, *x.shape))  # T: Float64[ndarray, '1 n m']
    reveal_type(v.reshape(x.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(v.reshape(x.shape[0], -1, order="F"))  # T: Float64[ndarray, 'n m']
    reveal_type(y.reshape(len(y), -1))  # T: Float32[ndarray, 'b 12']
    reveal_type(y.reshape(-1, *y.shape[2:]))  # T: Float32[ndarray, '4*b 3']
    reveal_type(y.reshape(-1, 6))  # T: Float32[ndarray, '2*b 6']
    reveal_type(np.reshape(y, (-1, 3)))  # T: Float32[ndarray, '4*b 3']
    reveal_type(np.reshape(v, x.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(np.reshape([[1.0, 2.0], [3.0, 4.0]], -1))  # T: Shaped[ndarray, '4']
    reveal_type(x.ravel())  # T: Float64[ndarray, 'm*n']
    reveal_type(y.flatten())  # T: Float32[ndarray, '12*b']
    reveal_type(np.ravel(y))  # T: Float32[ndarray, '12*b']


def transposes(
    x: Float64[np.ndarray, "n m"] = array("n m"), y: Float32[np.ndarray, "b 4 k"] = array("b 4 k", np.float32)
) -> None:
    reveal_type(x.T)  # T: Float64[ndarray, 'm n']
    reveal_type(y.T)  # T: Float32[ndarray, 'k 4 b']
    reveal_type(y.mT)  # T: Float32[ndarray, 'b k 4']
    reveal_type(y.real)  # T: Float32[ndarray, 'b 4 k']
    reveal_type(x.transpose())  # T: Float64[ndarray, 'm n']
    reveal_type(x.transpose(None))  # T: Float64[ndarray, 'm n']
    reveal_type(y.transpose(2, 0, 1))  # T: Float32[ndarray, 'k b 4']
    reveal_type(y.transpose((0, -1, 1)))  # T: Float32[ndarray, 'b k 4']
    reveal_type(np.transpose(x))  # T: Float64[ndarray, 'm n']
    reveal_type(np.transpose(y, (1, 0, 2)))  # T: Float32[ndarray, '4 b k']
    reveal_type(np.transpose(y, axes=[2, 1, 0]))  # T: Float32[ndarray, 'k 4 b']
    reveal_type(np.permute_dims(y, (1, 0, 2)))  # T: Float32[ndarray, '4 b k']
    reveal_type(np.matrix_transpose(y))  # T: Float32[ndarray, 'b k 4']
    reveal_type(np.linalg.matrix_transpose(y))  # T: Float32[ndarray, 'b k 4']


def moved_axes(y: Float32[np.ndarray, "b 4 k"] = array("b 4 k", np.float32), axis: int = 1) -> None:
    reveal_type(y.swapaxes(0, -1))  # T: Float32[ndarray, 'k 4 b']
    reveal_type(np.swapaxes(y, 1, 2))  # T: Float32[ndarray, 'b k 4']
    reveal_type(np.moveaxis(y, 0, -1))  # T: Float32[ndarray, '4 k b']
    reveal_type(np.moveaxis(y, (0, 1), (-1, -2)))  # T: Float32[ndarray, 'k 4 b']
    reveal_type(np.moveaxis(y, axis, 0))  # T: Float32[ndarray, '...']
    reveal_type(y.swapaxes(0, axis))  # T: Float32[ndarray, '...']
    reveal_type(np.rollaxis(y, 2))  # T: Float32[ndarray, 'k b 4']
    reveal_type(np.rollaxis(y, 0, 3))  # T: Float32[ndarray, '4 k b']


def axes_of_one(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    y: Float32[np.ndarray, "1 n 1 3"] = array("1 n 1 3", np.float32),
    z: Float64[np.ndarray, "1 3 1 4"] = array("1 3 1 4"),
    v: Float64[np.ndarray, "n"] = array("n"),
) -> None:
    reveal_type(np.expand_dims(x, 0))  # T: Float64[ndarray, '1 n m']
    reveal_type(np.expand_dims(x, -1))  # T: Float64[ndarray, 'n m 1']
    reveal_type(np.expand_dims(x, axis=(0, 2)))  # T: Float64[ndarray, '1 n 1 m']
    reveal_type(y.squeeze(axis=0))  # T: Float32[ndarray, 'n 1 3']
    reveal_type(y.squeeze())  # T: Float32[ndarray, '...']
    reveal_type(z.squeeze())  # T: Float64[ndarray, '3 4']
    reveal_type(np.squeeze(y, (0, 2)))  # T: Float32[ndarray, 'n 3']
    reveal_type(np.squeeze(z))  # T: Float64[ndarray, '3 4']
    reveal_type(np.atleast_1d(v))  # T: Float64[ndarray, 'n']
    reveal_type(np.atleast_2d(v))  # T: Float64[ndarray, '1 n']
    reveal_type(np.atleast_3d(x))  # T: Float64[ndarray, 'n m 1']
    reveal_type(np.atleast_2d(v, x))  # T: tuple[Float64[ndarray, '1 n'], Float64[ndarray, 'n m']]


def broadcasts(
    x: Float64[np.ndarray, "n 1"] = array("n 1"),
    y: Float64[np.ndarray, "m"] = array("m"),
    z: Float64[np.ndarray, "n m"] = array("n m"),
) -> None:
    reveal_type(np.broadcast_to(y, (4, len(y))))  # T: Float64[ndarray, '4 m']
    reveal_type(np.broadcast_to(x, z.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(np.broadcast_to(2.0, (3, 4)))  # T: Shaped[ndarray, '3 4']
    reveal_type(np.broadcast_to(x, shape=(x.shape[0], 3)))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.broadcast_arrays(x, y))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'n m']]
    a, b, c = np.broadcast_arrays(x, y, z)
    reveal_type(c)  # T: Float64[ndarray, 'n m']


def turns(x: Float64[np.ndarray, "n m"] = array("n m"), turned: int = 2, axis: int = 1) -> None:
    reveal_type(np.flip(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.flip(x, axis=1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.flip(x, (0, 1)))  # T: Float64[ndarray, 'n m']
    reveal_type(np.flip(x, axis))  # T: Float64[ndarray, 'n m']
    reveal_type(np.flipud(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.fliplr(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.roll(x, 1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.roll(x, -1, axis=0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.roll(x, (1, 2), axis=(0, 1)))  # T: Float64[ndarray, 'n m']
    reveal_type(np.rot90(x))  # T: Float64[ndarray, 'm n']
    reveal_type(np.rot90(x, 2))  # T: Float64[ndarray, 'n m']
    reveal_type(np.rot90(x, -1, (1, 0)))  # T: Float64[ndarray, 'm n']
    reveal_type(np.rot90(x, turned))  # T: Float64[ndarray, '_ _']


def repetitions(
    x: Float64[np.ndarray, "n 3"] = array("n 3"),
    k: Int64[np.ndarray, "n"] = array("n", np.int64),
    times: int = 4,
) -> None:
    n = x.shape[0]
    reveal_type(np.repeat(x, 2))  # T: Float64[ndarray, '6*n']
    reveal_type(np.repeat(x, 2, axis=1))  # T: Float64[ndarray, 'n 6']
    reveal_type(np.repeat(x, n, axis=0))  # T: Float64[ndarray, 'n**2 3']
    reveal_type(x.repeat(times, axis=0))  # T: Float64[ndarray, '_ 3']
    reveal_type(x.repeat(k, axis=0))  # T: Float64[ndarray, '_ 3']
    reveal_type(np.repeat(x, [1, 2, 3], axis=1))  # T: Float64[ndarray, 'n 6']
    reveal_type(np.tile(x, 2))  # T: Float64[ndarray, 'n 6']
    reveal_type(np.tile(x, (2, 1)))  # T: Float64[ndarray, '2*n 3']
    reveal_type(np.tile(k, (n, 1)))  # T: Int64[ndarray, 'n n']
    reveal_type(np.tile(x, (4, 1, 1)))  # T: Float64[ndarray, '4 n 3']
    reveal_type(np.tile(x, (times, 1)))  # T: Float64[ndarray, '_ 3']
    reveal_type(np.resize(x, (4, 4)))  # T: Float64[ndarray, '4 4']
    reveal_type(np.resize(x, n))  # T: Float64[ndarray, 'n']


def paddings(x: Float64[np.ndarray, "n m"] = array("n m"), k: int = 2) -> None:
    n, m = x.shape
    reveal_type(np.pad(x, 1))  # T: Float64[ndarray, 'n+2 m+2']
    reveal_type(np.pad(x, (1, 2)))  # T: Float64[ndarray, 'n+3 m+3']
    reveal_type(np.pad(x, ((0, 0), (1, 1)), mode="edge"))  # T: Float64[ndarray, 'n m+2']
    reveal_type(np.pad(x, ((0, n), (0, 0)), constant_values=1.0))  # T: Float64[ndarray, '2*n m']
    reveal_type(np.pad(x, [(2, 3)]))  # T: Float64[ndarray, 'n+5 m+5']
    reveal_type(np.pad(x, ((k, k), (1, 0))))  # T: Float64[ndarray, '_ m+1']
    reveal_type(np.pad(x, {1: (1, 1)}))  # T: Float64[ndarray, 'n m+2']
    reveal_type(np.pad(x, ((0, m), (n, 0)), "constant"))  # T: Float64[ndarray, 'm+n m+n']


def edits(
    x: Float64[np.ndarray, "n 4"] = array("n 4"),
    v: Float64[np.ndarray, "n"] = array("n"),
    i: Int64[np.ndarray, "c"] = array("c", np.int64),
    axis: int = 0,
) -> None:
    reveal_type(np.delete(x, 0, axis=0))  # T: Float64[ndarray, 'n-1 4']
    reveal_type(np.delete(x, -1, axis=1))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.delete(x, [0, 2], axis=1))  # T: Float64[ndarray, 'n _']
    reveal_type(np.delete(v, i))  # T: Float64[ndarray, '_']
    reveal_type(np.delete(v, v > 2))  # T: Float64[ndarray, '_']
    reveal_type(np.delete(x, 3))  # T: Float64[ndarray, '4*n-1']
    reveal_type(np.delete(x, 0, axis=axis))  # T: Float64[ndarray, '...']
    reveal_type(np.insert(v, 0, 0.0))  # T: Float64[ndarray, 'n+1']
    reveal_type(np.insert(x, 0, 1.0, axis=1))  # T: Float64[ndarray, 'n 5']
    reveal_type(np.insert(x, [0, 2], v[:, None], axis=1))  # T: Float64[ndarray, 'n 6']


def windows(x: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    reveal_type(sliding_window_view(v, 3))  # T: Float64[ndarray, 'n-2 3']
    reveal_type(sliding_window_view(x, (2, 3)))  # T: Float64[ndarray, 'n-1 m-2 2 3']
    reveal_type(np.lib.stride_tricks.sliding_window_view(x, 4, axis=1))  # T: Float64[ndarray, 'n m-3 4']
