"""Linear regression by gradient descent: shapes by the class, a function generic in the number of points, floats."""

from __future__ import annotations

from typing import Literal as L
from typing import TypeAlias, TypeVar

import numpy as np

from shapedmat import Matrix, shapechecked

Points = TypeVar("Points", bound=int)
Weights: TypeAlias = Matrix[np.float64, L[3], L[1]]


@shapechecked
def loss(x: Matrix[np.float64, Points, L[3]], y: Matrix[np.float64, Points, L[1]], w: Weights) -> float:
    error = x @ w - y
    return float((error**2).mean())


@shapechecked
def gradient(x: Matrix[np.float64, Points, L[3]], y: Matrix[np.float64, Points, L[1]], w: Weights) -> Weights:
    return 2 / x.rows * (x.T @ (x @ w - y))


def fit(
    x: Matrix[np.float64, Points, L[3]], y: Matrix[np.float64, Points, L[1]], *, rate: float = 0.1, steps: int = 500
) -> Weights:
    w = Weights.zeros()
    for _ in range(steps):
        w -= rate * gradient(x, y, w)
    return w


def main() -> None:
    truth: Weights = Matrix.from_rows([[1.0], [-2.0], [0.5]], dtype=np.float64)
    x: Matrix[np.float64, L[50], L[3]] = Matrix.normal(50, 3, seed=1, dtype=np.float64)
    w = fit(x, x @ truth)
    assert w.allclose(truth, atol=1e-3)
    assert loss(x, x @ truth, w) < 1e-6
    assert w.shape == (3, 1)
    residuals = [(row @ w)[0, 0] for row in x]
    assert len(residuals) == len(x)
