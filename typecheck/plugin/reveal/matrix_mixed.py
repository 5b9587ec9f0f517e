"""Matrices and arrays in one expression, and functions that take either."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from jaxtyping import Float, Float64

from shapedmat import Matrix
from typecheck.plugin.arrays import array

N = TypeVar("N", bound=int)
K = TypeVar("K", bound=int)


def mixed(
    x: Float64[np.ndarray, "n 3"] = array("n 3"),
    m: Float64[Matrix, "n 3"] = Matrix(array("n 3")),
    g: Matrix[np.float64, N, K] = Matrix(array("k 3")),
) -> None:
    reveal_type(Matrix(x) + m)  # T: Matrix[float64, n, 3]
    reveal_type(Matrix(x) @ m.T)  # T: Matrix[float64, n, n]
    reveal_type(m.numpy() + x)  # T: Float64[ndarray, 'n 3']
    reveal_type(m + x)  # T: Float64[ndarray, 'n 3']
    reveal_type(x + m)  # T: Float64[ndarray, 'n 3']
    reveal_type(x @ m.T)  # T: Float64[ndarray, 'n n']
    reveal_type(m.numpy())  # T: Float64[ndarray, 'n 3']
    reveal_type(m.numpy().T @ x)  # T: Float64[ndarray, '3 3']
    reveal_type(np.zeros(m.shape) + m.numpy())  # T: Float64[ndarray, 'n 3']
    reveal_type(Matrix(np.zeros((4, 3))) @ m.T)  # T: Matrix[float64, 4, n]


def product(a: Matrix[np.float64, N, K], b: Matrix[np.float64, K, N]) -> Matrix[np.float64, N, N]:
    return a @ b


def centered(points: Float[Matrix, "rows cols"]) -> Float[Matrix, "rows cols"]:
    return points - points.mean(axis=0)


def calls(
    m: Float64[Matrix, "n 3"] = Matrix(array("n 3")),
    a: Matrix[np.float64, 4, 3] = Matrix(array("4 3")),
    u: Matrix[np.float64, int, 3] = Matrix(array("k 3")),
) -> None:
    reveal_type(product(m, m.T))  # T: Matrix[float64, n, n]
    reveal_type(product(a, a.T))  # T: Matrix[float64, 4, 4]
    reveal_type(product(u, u.T))  # T: Matrix[float64, Any, Any]
    reveal_type(centered(m))  # T: Matrix[floating[Any], n, 3]
    reveal_type(centered(a))  # T: Matrix[floating[Any], 4, 3]
