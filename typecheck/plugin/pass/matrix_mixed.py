"""Correct programs with matrices and arrays, annotated by jaxtyping."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float, Float32, Float64

from shapedmat import Matrix

f32 = np.float32
N = TypeVar("N", bound=int)
D = TypeVar("D", bound=np.generic)
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)


def product(x: Float32[np.ndarray, "n 3"], m: Float32[Matrix, "n 3"]) -> Float32[np.ndarray, "n 3"]:
    k = Matrix(x) + m
    total: Float32[np.ndarray, "n 3"] = k.numpy() + x
    print(x + m, m + x, np.sum(m), np.asarray(m).shape, np.float32(2) * m)
    return total


def kept(m: Matrix[D, R, C]) -> Matrix[D, R, C]:
    return m


def of_any_precision(j: Float64[Matrix, "n 3"], k: Float[Matrix, "n 3"]) -> Float[Matrix, "n 3"]:
    kept(j)
    kept(k)
    return j + k


def passed_on(m: Matrix[f32, N, 3], x: np.ndarray[Any, np.dtype[np.float32]]) -> Matrix[f32, N, 3]:
    n: Float32[Matrix, "rows 3"] = m
    product(m.numpy(), n)
    product(x, m)
    return Matrix.from_array(x) if len(x) == 7 else m


def loose(x: np.ndarray[Any, np.dtype[np.float32]]) -> Matrix[f32, 5, 3]:
    return Matrix(x)


def main() -> None:
    x = np.ones((5, 3), f32)
    product(x, Matrix(x))
    of_any_precision(Matrix.ones(5, 3, dtype=np.float64), Matrix.ones(5, 3, dtype=np.float64))
    passed_on(Matrix.ones(5, 3), x)
    loose(x)


if __name__ == "__main__":
    main()
