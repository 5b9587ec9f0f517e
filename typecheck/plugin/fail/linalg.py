"""Linear algebra on matrices that are not square, and on what are no matrices."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def inv(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot invert (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.inv(a)


def inv_of_vector(v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot invert (n,): a matrix is wanted [shape]
    # R: LinAlgError: 1-dimensional array given
    np.linalg.inv(v)


def inv_of_poses(poses: Float64[np.ndarray, "n 3 4"] = array("n 3 4")) -> None:
    # E: cannot invert (n, 3, 4): a square matrix is wanted, and 3 and 4 differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.inv(poses)


def pinv(v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the pseudo-inverse of (n,): a matrix is wanted [shape]
    # R: LinAlgError: 1-dimensional array given
    np.linalg.pinv(v)


def cholesky(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the Cholesky factor of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.cholesky(a)


def matrix_power(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take a power of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.matrix_power(a, 2)


def det(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the determinant of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.det(a)


def slogdet(batch: Float64[np.ndarray, "*batch n m"] = array("b n m")) -> None:
    # E: cannot take the determinant of (*batch, n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.slogdet(batch)


def eig(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the eigenvectors of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    values, vectors = np.linalg.eig(a)


def eigh(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the eigenvectors of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.eigh(a)


def eigvals(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the eigenvalues of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.eigvals(a)


def svd(v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the singular values of (n,): a matrix is wanted [shape]
    # R: LinAlgError: 1-dimensional array given
    u, s, vh = np.linalg.svd(v)


def svd_is_used_wrongly(a: Float64[np.ndarray, "7 3"] = array("7 3")) -> None:
    u, s, vh = np.linalg.svd(a)
    # E: cannot multiply (7, 7) by (3,): sizes 7 and 3 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    (u * s) @ vh


def qr(v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the QR decomposition of (n,): a matrix is wanted [shape]
    # R: LinAlgError: 1-dimensional array given
    np.linalg.qr(v)


def solve(a: Float64[np.ndarray, "n n"] = array("n n"), v: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot solve (n, n) for (m,): the numbers of rows, n and m, differ [shape]
    # R: ValueError: solve1: Input operand 1 has a mismatch
    np.linalg.solve(a, v)


def solve_for_rows(
    a: Float64[np.ndarray, "b n n"] = array("b n n"), sides: Float64[np.ndarray, "b n"] = array("b n")
) -> None:
    # E: cannot solve (b, n, n) for (b, n): the numbers of rows, n and b, differ [shape]
    # R: ValueError: solve: Input operand 1 has a mismatch
    np.linalg.solve(a, sides)


def solve_for_others(
    a: Float64[np.ndarray, "b n n"] = array("b n n"), sides: Float64[np.ndarray, "k n m"] = array("k n m")
) -> None:
    # E: cannot solve (b, n, n) for (k, n, m): sizes b and k on axis -3 differ [shape]
    # R: ValueError: operands could not be broadcast together
    np.linalg.solve(a, sides)


def solve_not_square(a: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot solve equations of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.solve(a, v)


def lstsq(a: Float64[np.ndarray, "n 3"] = array("n 3"), v: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot solve (n, 3) for (m,): the numbers of rows, n and m, differ [shape]
    # R: LinAlgError: Incompatible dimensions
    np.linalg.lstsq(a, v, rcond=None)


def lstsq_of_stack(a: Float64[np.ndarray, "b n 3"] = array("b n 3"), v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot solve (b, n, 3) for (n,): (b, n, 3) is not a matrix [shape]
    # R: LinAlgError: 3-dimensional array given
    np.linalg.lstsq(a, v)


def norm_axis(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the norm of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.linalg.norm(x, axis=1, keepdims=True)


def norm_of_three_axes(x: Float64[np.ndarray, "b n m"] = array("b n m")) -> None:
    # E: cannot take the norm of (b, n, m) over 3 axes: one or two are wanted [shape]
    # R: ValueError: Improper number of dimensions to norm
    np.linalg.norm(x, 2)


def norm_order(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the norm of (n, m): a vector has no norm of order "fro" [shape]
    # R: ValueError: Invalid norm order 'fro' for vectors
    np.linalg.norm(x, ord="fro", axis=1)


def norm_of_matrix(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the norm of (n, m): a matrix has no norm of order 3 [shape]
    # R: ValueError: Invalid norm order for matrices
    np.linalg.norm(x, 3)


def matrix_norm(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the norm of (n,) over axis -2: it has 1 axis [shape]
    # R: AxisError: axis -2 is out of bounds
    np.linalg.matrix_norm(x)


def vector_norm(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the norm of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.linalg.vector_norm(x, axis=(0, 1))


def norms_without_keepdims(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot divide (n, 3) by (n,): sizes 3 and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x / np.linalg.norm(x, axis=1)


def cond(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the condition number of (n, m): a square matrix is wanted, and n and m differ [shape]
    # R: LinAlgError: Last 2 dimensions of the array must be square
    np.linalg.cond(a, 1)


def trace(v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the trace of (n,): at least 2 axes are wanted [shape]
    # R: ValueError: diag requires an array of at least two dimensions
    np.linalg.trace(v)


def diagonal(v: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the diagonal of (n,): at least 2 axes are wanted [shape]
    # R: ValueError: diag requires an array of at least two dimensions
    np.linalg.diagonal(v)
