"""Matrices that are made: of sizes that are numbers, names and values, from rows, from arrays, from labels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int64

import shapedmat
from shapedmat import Matrix
from typecheck.plugin.arrays import array

f32 = np.float32


def from_sizes(x: Float64[np.ndarray, "n m"] = array("n m"), count: int = 6) -> None:
    reveal_type(Matrix.zeros(5, 2))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix.ones(5, 2, dtype=np.float64))  # T: Matrix[float64, 5, 2]
    reveal_type(Matrix.full(5, 2, 0.5))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix.eye(3))  # T: Matrix[float32, 3, 3]
    reveal_type(Matrix.random(5, 2, 1))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix.normal(5, 2, seed=1, std=0.5))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix.uniform(5, 2, low=0.0))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix.xavier(5, 2, gain=2.0))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix.he(5, 2))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix.zeros(x.shape[0], 2))  # T: Matrix[float32, n, 2]
    reveal_type(Matrix.zeros(len(x) + 1, x.shape[1]))  # T: Matrix[float32, n+1, m]
    reveal_type(Matrix.eye(x.shape[0]))  # T: Matrix[float32, n, n]
    reveal_type(Matrix.zeros(count, 2))  # T: Matrix[float32, Any, 2]
    reveal_type(Matrix.zeros(*x.shape))  # T: Matrix[float32, n, m]


def from_the_class() -> None:
    reveal_type(Matrix[f32, 5, 2].zeros())  # T: Matrix[float32, 5, 2]
    reveal_type(shapedmat.Matrix[np.float64, 5, 2].full(0.5))  # T: Matrix[float64, 5, 2]
    reveal_type(Matrix[f32, 5, 2].random(1))  # T: Matrix[float32, 5, 2]
    reveal_type(Matrix[f32, 3, 3].eye())  # T: Matrix[float32, 3, 3]
    reveal_type(Matrix[f32, 2, 2].from_rows([[1, 2], [3, 4]]))  # T: Matrix[float32, 2, 2]
    reveal_type(Matrix[f32, 10, 2].one_hot([3, 1]))  # T: Matrix[float32, 10, 2]


def from_values(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    labels: Int64[np.ndarray, "n"] = array("n", np.int64),
    v: Float64[np.ndarray, "m"] = array("m"),
    m: Float32[Matrix, "n 3"] = Matrix(array("n 3", f32)),
) -> None:
    reveal_type(Matrix.from_rows([[1, 2], [3, 4], [5, 6]]))  # T: Matrix[Any, 3, 2]
    reveal_type(Matrix.from_rows([[1, 2]], dtype=np.float64))  # T: Matrix[float64, 1, 2]
    reveal_type(Matrix.from_rows(x))  # T: Matrix[Any, n, m]
    reveal_type(Matrix.from_array(x))  # T: Matrix[float64, n, m]
    reveal_type(Matrix(x))  # T: Matrix[float64, n, m]
    reveal_type(Matrix(x.T))  # T: Matrix[float64, m, n]
    reveal_type(Matrix.one_hot(labels, 10))  # T: Matrix[float32, 10, n]
    reveal_type(Matrix.one_hot([3, 1], 10))  # T: Matrix[float32, 10, 2]
    reveal_type(Matrix.one_hot([3, 1], m.rows))  # T: Matrix[float32, n, 2]
    reveal_type(Matrix.diagonal(v))  # T: Matrix[Any, m, m]
    reveal_type(Matrix.diagonal([1, 2, 3]))  # T: Matrix[Any, 3, 3]
    reveal_type(Matrix.zeros(m.rows, m.cols))  # T: Matrix[float32, n, 3]
    reveal_type(Matrix.zeros(*m.shape))  # T: Matrix[float32, n, 3]
