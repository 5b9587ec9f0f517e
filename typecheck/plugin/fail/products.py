"""Products of arrays that do not fit."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def dot(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "k m"] = array("k m")) -> None:
    # E: cannot take the dot product of (n, m) and (k, m): inner dimensions m and k differ [shape]
    # R: ValueError: shapes (5,7) and (11,7) not aligned
    np.dot(a, b)


def dot_method(a: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the dot product of (n, m) and (n,): inner dimensions m and n differ [shape]
    # R: ValueError: shapes (5,7) and (5,) not aligned
    a.dot(v)


def inner(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m n"] = array("m n")) -> None:
    # E: cannot take the inner product of (n, m) and (m, n): inner dimensions m and n differ [shape]
    # R: ValueError: shapes (5,7) and (5,7) not aligned: 7 (dim 1) != 5 (dim 0)
    np.inner(a, b)


def vdot(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the dot product of all elements of (n, m) and (n,): the numbers of elements, m*n and n, differ [shape]
    # R: ValueError: cannot reshape array
    np.vdot(a, b)


def matmul(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n k"] = array("n k")) -> None:
    # E: cannot multiply (n, m) by (n, k): inner dimensions m and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch
    np.linalg.matmul(a, b)


def chain(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m k"] = array("m k")) -> None:
    # E: cannot multiply (m, k) by (n, m): inner dimensions k and n differ [shape]
    # R: ValueError: shapes (5,11) and (5,7) not aligned: 11 (dim 1) != 5 (dim
    np.linalg.multi_dot([a, b, a])


def chain_of_one(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot multiply a chain of 1 array: at least two are wanted [shape]
    # R: ValueError: Expecting at least two arrays
    np.linalg.multi_dot([a])


def chain_with_vector(a: Float64[np.ndarray, "n n"] = array("n n"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot multiply (n, n) and (n,) and (n, n) in a chain: (n,) is not a matrix [shape]
    # R: LinAlgError: 1-dimensional array given
    np.linalg.multi_dot([a, v, a])


def outer_of_matrix(a: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the outer product of (n, m) and (n,): (n, m) is not a vector [shape]
    # R: ValueError: Input arrays must be one-dimensional
    np.linalg.outer(a, v)


def tensordot(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) with (n, m) over axes (-1,) and (0,): sizes m and n differ [shape]
    # R: ValueError: shape-mismatch for sum
    np.tensordot(a, b, 1)


def tensordot_axes(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) with (n, m) over axes (0, 1) and (0,): their numbers differ [shape]
    # R: ValueError: shape-mismatch for sum
    np.tensordot(a, b, axes=([0, 1], [0]))


def tensordot_too_many(a: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot contract (n, m) with (m,) over 2 axes: (m,) has 1 axis [shape]
    # R: ValueError: shape-mismatch for sum
    np.tensordot(a, v)


def tensordot_in_linalg(a: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot contract (n, m) with (n,) over axes (1,) and (0,): sizes m and n differ [shape]
    # R: ValueError: shape-mismatch for sum
    np.linalg.tensordot(a, v, axes=((1,), (0,)))


def cross(a: Float64[np.ndarray, "n 3"] = array("n 3"), b: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: cannot take the cross product of (n, 3) and (n, 4): vectors of 3 are wanted, not of 4 [shape]
    # R: ValueError
    np.cross(a, b)


def cross_of_others(a: Float64[np.ndarray, "n 3"] = array("n 3"), b: Float64[np.ndarray, "m 3"] = array("m 3")) -> None:
    # E: cannot take the cross product of (n, 3) and (m, 3): of the other axes, sizes n and m on axis -1 differ [shape]
    # R: ValueError: shape mismatch: objects cannot be broadcast to a single sh
    np.cross(a, b)


def cross_axis(a: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot take the cross product of (n, 3) over axis 2: it has 2 axes [shape]
    # R: AxisError: axisa: axis 2 is out of bounds for array of dimension 2
    np.cross(a, a, axis=2)


def cross_in_plane(a: Float64[np.ndarray, "n 2"] = array("n 2")) -> None:
    # E: cannot take the cross product of (n, 2) and (n, 2): vectors of 3 are wanted, not of 2 [shape]
    # R: ValueError: Both input arrays must be (arrays of) 3-dimensional vectors
    np.linalg.cross(a, a)
