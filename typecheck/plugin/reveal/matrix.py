"""Operations on matrices whose sizes are numbers, type variables, names, and unknown."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float32, Float64

from shapedmat import Matrix, exp, sigmoid, softmax
from typecheck.plugin.arrays import array

f32 = np.float32
N = TypeVar("N", bound=int)
K = TypeVar("K", bound=int)


def operators(
    x: Matrix[f32, 5, 2] = Matrix(array("5 2", f32)),
    n: Float32[Matrix, "n 2"] = Matrix(array("n 2", f32)),
    m: Float32[Matrix, "m 2"] = Matrix(array("m 2", f32)),
) -> None:
    reveal_type(x + x)  # T: Matrix[float32, 5, 2]
    reveal_type(x + x.row(0))  # T: Matrix[float32, 5, 2]
    reveal_type(x.col(0) - x)  # T: Matrix[float32, 5, 2]
    reveal_type(x.col(0) * x.row(0))  # T: Matrix[float32, 5, 2]
    reveal_type(n / n.row(1))  # T: Matrix[float32, n, 2]
    reveal_type(n.col(0) + m.col(0).T)  # T: Matrix[float32, n, m]
    reveal_type(2 * n)  # T: Matrix[float32, n, 2]
    reveal_type(n - 1)  # T: Matrix[float32, n, 2]
    reveal_type(-n)  # T: Matrix[float32, n, 2]
    reveal_type(n**2)  # T: Matrix[float32, n, 2]
    reveal_type(x @ x.T)  # T: Matrix[float32, 5, 5]
    reveal_type(n @ m.T)  # T: Matrix[float32, n, m]
    reveal_type(n @ n.T @ n)  # T: Matrix[float32, n, 2]
    reveal_type(n.T)  # T: Matrix[float32, 2, n]
    reveal_type(n < n)  # T: Matrix[bool, n, 2]
    reveal_type(n == n.row(0))  # T: Matrix[bool, n, 2]
    reveal_type(n != 0)  # T: Matrix[bool, n, 2]
    reveal_type(n.matmul(m.T))  # T: Matrix[float32, n, m]
    reveal_type(n.hadamard(n))  # T: Matrix[float32, n, 2]
    reveal_type(n.col(0).outer(m.col(1)))  # T: Matrix[float32, n, m]
    reveal_type(n.apply(sigmoid))  # T: Matrix[float32, n, 2]
    reveal_type(exp(n))  # T: Matrix[float32, n, 2]
    reveal_type(softmax(n, 1))  # T: Matrix[float32, n, 2]
    x += x.row(0)
    reveal_type(x)  # T: Matrix[float32, 5, 2]
    n -= n.col(0)
    reveal_type(n)  # T: Matrix[float32, n, 2]


def generic(
    x: Matrix[f32, N, 3] = Matrix(array("n 3", f32)),
    w: Matrix[f32, 3, K] = Matrix(array("3 k", f32)),
) -> None:
    reveal_type(x @ w)  # T: Matrix[float32, N, K]
    reveal_type(sigmoid(x @ w))  # T: Matrix[float32, N, K]
    reveal_type(x @ x.T)  # T: Matrix[float32, N, N]
    reveal_type(x - x.mean(axis=0))  # T: Matrix[float32, N, 3]
    reveal_type(x.sum(axis=1) + w.sum(axis=0))  # T: Matrix[float32, N, K]
    reveal_type(x.hstack(x))  # T: Matrix[float32, N, 6]
    reveal_type(x.vstack(x, x.row(0)))  # T: Matrix[float32, 2*N+1, 3]
    reveal_type(x.vstack(w.T))  # T: Matrix[float32, K+N, 3]
    reveal_type(x.reshape(1, -1))  # T: Matrix[float32, 1, 3*N]
    reveal_type(x.reshape(-1, 1))  # T: Matrix[float32, 3*N, 1]
    reveal_type(x[1:])  # T: Matrix[float32, N-1, 3]
    reveal_type(x[:, 1:])  # T: Matrix[float32, N, 2]
    reveal_type(x.cols)  # T: 3
    reveal_type(x.argmax(axis=1))  # T: Matrix[int64, N, 1]


def unknown(
    x: Matrix[f32, Any, 3] = Matrix(array("n 3", f32)),
    y: Matrix[f32, int, int] = Matrix(array("n 3", f32)),
    z: Matrix[f32, 5, 3] = Matrix(array("5 3", f32)),
) -> None:
    reveal_type(x + y)  # T: Matrix[float32, Any, 3]
    reveal_type(x @ y.T)  # T: Matrix[float32, Any, Any]
    reveal_type(y @ z.T)  # T: Matrix[float32, Any, 5]
    reveal_type(x.row(0) + z)  # T: Matrix[float32, 5, 3]
    reveal_type(x - z)  # T: Matrix[float32, 5, 3]
    reveal_type(x.hstack(y))  # T: Matrix[float32, Any, Any]
    reveal_type(y.hstack(z))  # T: Matrix[float32, 5, Any]
    reveal_type(y.vstack(z))  # T: Matrix[float32, Any, 3]
    reveal_type(y.rows)  # T: int


def parts(
    x: Matrix[f32, 5, 2] = Matrix(array("5 2", f32)),
    n: Float64[Matrix, "n m"] = Matrix(array("n m")),
    mask: np.ndarray[Any, np.dtype[np.bool_]] = np.array([True, False, True, False, True]),
) -> None:
    reveal_type(x[0])  # T: Matrix[float32, 1, 2]
    reveal_type(x[0, 1])  # T: float32
    reveal_type(x[1:])  # T: Matrix[float32, 4, 2]
    reveal_type(x[::2])  # T: Matrix[float32, 3, 2]
    reveal_type(x[:, 0])  # T: Matrix[float32, 5, 1]
    reveal_type(x[0, :])  # T: Matrix[float32, 1, 2]
    reveal_type(x[1:3, :1])  # T: Matrix[float32, 2, 1]
    reveal_type(x[[0, 4]])  # T: Matrix[float32, 2, 2]
    reveal_type(x[:, [0, 0, 1]])  # T: Matrix[float32, 5, 3]
    reveal_type(x[mask])  # T: Matrix[float32, Any, 2]
    reveal_type(n[-1])  # T: Matrix[float64, 1, m]
    reveal_type(n[1:])  # T: Matrix[float64, n-1, m]
    reveal_type(n[:, :-1])  # T: Matrix[float64, n, m-1]
    reveal_type(n[:3])  # T: Matrix[float64, Any, m]
    reveal_type(n.row(0))  # T: Matrix[float64, 1, m]
    reveal_type(n.col(-1))  # T: Matrix[float64, n, 1]
    reveal_type(next(iter(n)))  # T: Matrix[float64, 1, m]
    reveal_type(x.reshape(2, 5))  # T: Matrix[float32, 2, 5]
    reveal_type(x.reshape(-1, 5))  # T: Matrix[float32, 2, 5]
    reveal_type(n.reshape(n.cols, n.rows))  # T: Matrix[float64, m, n]
    reveal_type(n.reshape(-1, 1))  # T: Matrix[float64, m*n, 1]
    reveal_type(x.hstack(x, x.col(0)))  # T: Matrix[float32, 5, 5]
    reveal_type(Matrix.hstack(n, n))  # T: Matrix[float64, n, 2*m]
    reveal_type(x.vstack(x.row(0)))  # T: Matrix[float32, 6, 2]
    reveal_type(n.row_norms())  # T: Matrix[float64, n, 1]
    reveal_type(n.distances(n.row(0)))  # T: Matrix[float64, n, 1]
    reveal_type(n.differences(n.row(0)))  # T: Matrix[float64, n, m]
    reveal_type(n.sum(axis=0))  # T: Matrix[float64, 1, m]
    reveal_type(n.max(axis=1))  # T: Matrix[float64, n, 1]
    reveal_type(n.all(axis=1))  # T: Matrix[bool, n, 1]
    reveal_type(n.copy())  # T: Matrix[float64, n, m]
    reveal_type(n.transpose())  # T: Matrix[float64, m, n]
    reveal_type(n.astype(f32))  # T: Matrix[float32, n, m]


def sizes(x: Matrix[f32, 5, 2] = Matrix(array("5 2", f32)), n: Float64[Matrix, "n m"] = Matrix(array("n m"))) -> None:
    reveal_type(x.shape)  # T: tuple[5, 2]
    reveal_type(x.rows)  # T: 5
    reveal_type(x.size)  # T: Size[10]
    reveal_type(x.ndim)  # T: 2
    reveal_type(len(x))  # T: Size[5]
    reveal_type(n.shape)  # T: tuple[Size[n], Size[m]]
    reveal_type(n.cols)  # T: Size[m]
    reveal_type(n.rows + 1)  # T: Size[n + 1]
    reveal_type(n.size)  # T: Size[m*n]
    reveal_type(len(n))  # T: Size[n]
    reveal_type(np.zeros(n.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(np.zeros((n.cols, x.cols)))  # T: Float64[ndarray, 'm 2']
