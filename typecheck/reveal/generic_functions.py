"""Functions and classes that are generic in sizes and element types."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, shapechecked, sigmoid

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)
K = TypeVar("K", bound=int)
Real = TypeVar("Real", bound=np.floating[Any])

a = Matrix[f32, L[5], L[2]].ones()
w = Matrix[f32, L[3], L[2]].ones()
x = Matrix[f32, L[2], L[4]].ones()
double = Matrix[np.float64, L[5], L[2]].ones()


def layer(w: Matrix[f32, R, C], b: Matrix[f32, R, L[1]], x: Matrix[f32, C, Batch]) -> Matrix[f32, R, Batch]:
    reveal_type(w @ x)  # T: Matrix[float32, R, Batch]
    reveal_type(w @ x + b)  # T: Matrix[float32, R, Batch]
    reveal_type((w @ x).T)  # T: Matrix[float32, Batch, R]
    reveal_type(x.sum(axis=1))  # T: Matrix[float32, C, 1]
    reveal_type(x @ x.T)  # T: Matrix[float32, C, C]
    reveal_type(sigmoid(w @ x))  # T: Matrix[float32, R, Batch]
    return sigmoid(w @ x + b)


def standardized(points: Matrix[Real, R, C]) -> Matrix[Real, R, C]:
    reveal_type(points.mean(axis=0))  # T: Matrix[Real, 1, C]
    reveal_type(points - points.mean(axis=0))  # T: Matrix[Real, R, C]
    reveal_type(points.row(0))  # T: Matrix[Real, 1, C]
    reveal_type(points.row(0).T @ points.row(0))  # T: Matrix[Real, C, C]
    reveal_type(points.distances(points.row(0)))  # T: Matrix[Real, R, 1]
    reveal_type(Matrix.zeros(points.rows, points.cols, dtype=points.dtype.type))  # T: Matrix[Real, R, C]
    return (points - points.mean(axis=0)) / (1 + float(points.max() - points.min()))


@shapechecked
def gram(matrix: Matrix[Real, R, C]) -> Matrix[Real, C, C]:
    return matrix.T @ matrix


def compose(
    first: Callable[[Matrix[f32, R, L[4]]], Matrix[f32, K, L[4]]],
    second: Callable[[Matrix[f32, K, L[4]]], Matrix[f32, C, L[4]]],
) -> Callable[[Matrix[f32, R, L[4]]], Matrix[f32, C, L[4]]]:
    return lambda x: second(first(x))


class Linear(Generic[C, R]):
    def __init__(self, weights: Matrix[f32, R, C]) -> None:
        self.weights = weights

    def __call__(self, x: Matrix[f32, C, Batch]) -> Matrix[f32, R, Batch]:
        reveal_type(self.weights)  # T: Matrix[float32, R, C]
        reveal_type(self.weights @ x)  # T: Matrix[float32, R, Batch]
        return self.weights @ x


def hidden(x: Matrix[f32, L[2], L[4]]) -> Matrix[f32, L[3], L[4]]:
    return w @ x


def output(x: Matrix[f32, L[3], L[4]]) -> Matrix[f32, L[2], L[4]]:
    return w.T @ x


linear = Linear(w)

reveal_type(layer(w, w.sum(axis=1), x))  # T: Matrix[float32, 3, 4]
reveal_type(layer(a, a.col(0), x))  # T: Matrix[float32, 5, 4]
reveal_type(standardized(a))  # T: Matrix[float32, 5, 2]
reveal_type(standardized(double))  # T: Matrix[float64, 5, 2]
reveal_type(gram(double))  # T: Matrix[float64, 2, 2]
reveal_type(gram(a).sum())  # T: float32
reveal_type(linear)  # T: Linear[2, 3]
reveal_type(linear.weights)  # T: Matrix[float32, 3, 2]
reveal_type(linear(x))  # T: Matrix[float32, 3, 4]
reveal_type(Linear(w.T)(linear(x)))  # T: Matrix[float32, 2, 4]
reveal_type(compose(hidden, output)(x))  # T: Matrix[float32, 2, 4]
reveal_type(reduce(lambda left, right: left + right, [a, a, a]))  # T: Matrix[float32, 5, 2]
reveal_type([matrix.sum() for matrix in (a, w, x)])  # T: list[float32]
reveal_type({"a": a}.get("a"))  # T: Matrix[float32, 5, 2] | None
