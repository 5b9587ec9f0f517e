"""Correct programs that make matrices of sizes that nobody knows, and where a class or a variable says them."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapedmat import Matrix

f32 = np.float32


def sized(rows: int, cols: int, shape: tuple[int, int]) -> Matrix[f32, 5, 2]:
    made: Matrix[f32, 5, 2] = Matrix.zeros(rows, cols)
    made = Matrix.zeros(*shape)
    made = Matrix.full(rows, 2, 1.0)
    print(made)
    return Matrix.from_rows([[1.0] * cols for _ in range(rows)])


def of_the_class(rows: list[list[float]], labels: list[int]) -> Matrix[f32, 5, 2]:
    print(Matrix[f32, 5, Any].from_rows(rows), Matrix[f32, 5, 2].one_hot(labels), Matrix[f32, 3, 3].diagonal([1, 2, 3]))
    print(Matrix[f32, 5, 2].random(1), Matrix[f32, 5, 2].full(1), Matrix[f32, 5, 2].normal(std=2.0))
    return Matrix[f32, 5, 2].from_rows(rows)


def of_arrays(array: np.ndarray[Any, Any]) -> Matrix[f32, 5, 2]:
    print(Matrix.from_rows(array), Matrix.from_rows(np.ones((5, 2))), Matrix.diagonal(np.ones(3)))
    return Matrix[f32, 5, 2].from_array(array)


def main() -> None:
    sized(5, 2, (5, 2))
    of_the_class([[1, 2]] * 5, [0, 1])
    of_arrays(np.ones((5, 2), f32))


if __name__ == "__main__":
    main()
