"""Every way to make a matrix, and the conversions from and to NumPy."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32
f64 = np.float64
Size = TypeVar("Size", bound=int)
Image: TypeAlias = Matrix[f32, L[784], L[1]]
Column: TypeAlias = Matrix[f32, Size, L[1]]
Array: TypeAlias = np.ndarray[tuple[L[5], L[2]], np.dtype[f32]]
Anything: TypeAlias = Matrix[Any, Any, Any]


def identity(size: Size) -> Matrix[f32, Size, Size]:
    return Matrix.eye(size)


def like(matrix: Matrix[f32, Size, L[2]]) -> Matrix[f32, Size, L[2]]:
    return Matrix.zeros(matrix.rows, 2)


def padded(column: Column[Size]) -> Matrix[f32, Size, Any]:
    return column.hstack(Matrix.zeros(column.rows, 3))


def drawn(rows: int, cols: int, rng: np.random.Generator) -> Matrix[f32, Any, Any]:
    return Matrix.xavier(rows, cols, rng)


def doubled(array: Array) -> Array:
    return (2 * Matrix(array)).numpy()


def main() -> None:
    rng = np.random.default_rng(1)
    a: Matrix[f32, L[5], L[2]] = Matrix.zeros(5, 2)
    b: Matrix[f64, L[5], L[2]] = Matrix.random(5, 2, seed=1, dtype=f64)
    c = Matrix[f32, L[5], L[2]].uniform(rng, low=0.0, high=2.0)
    d: Matrix[f32, L[2], L[5]] = drawn(2, 5, rng)
    e: Matrix[f32, int, L[2]] = Matrix.ones(len("12345"), 2)
    f: Matrix[f32, Any, Any] = Matrix.ones(len("12345"), 2)
    g = Matrix.from_rows([[1, 2], [3, 4]])
    h: Matrix[f32, L[2], L[2]] = Matrix.from_rows([[1, 2], [3, 4]])
    i = Matrix.from_rows(np.arange(6).reshape(3, 2), dtype=np.int64)
    image = Image.random(2)
    labels = Matrix[f32, L[10], L[3]].one_hot([1, 0, 9])
    more_labels: Matrix[f32, L[10], L[3]] = Matrix.one_hot(np.array([1, 0, 9]), 10)
    square: Matrix[f32, L[3], L[3]] = identity(3)
    diagonal: Matrix[f32, L[2], L[2]] = Matrix.diagonal([1.0, 2.0])

    assert (a + b.astype(f32) + c).shape == (5, 2)
    assert (c @ d).shape == (5, 5)
    assert (e + e).shape == (5, 2)
    assert (f + a).shape == (5, 2)
    assert g.allclose(h)
    assert (i + i).shape == (3, 2)
    assert image.reshape(28, -1).shape == (28, 28)
    assert labels.allclose(more_labels)
    assert square.sum() == 3
    assert (diagonal @ h).shape == (2, 2)
    assert like(c).rows == 5
    assert padded(c.col(0)).cols == 4
    flat: Matrix[f32, L[1], L[10]] = c.reshape(1, 10)
    assert flat.shape == (1, 10)
    assert Matrix.zeros(*a.shape).shape == (5, 2)
    n = int(c.rows)
    assert Matrix.zeros(n, n).shape == (5, 5)

    loose: np.ndarray[Any, np.dtype[f32]] = np.ones((5, 2), f32)
    array: Array = loose
    assert doubled(array).sum() == 20
    assert Matrix(array).allclose(1)
    assert Matrix[f32, L[5], L[2]].from_array(loose).allclose(1)
    assert Matrix[f32, L[5], L[2]].from_array(np.ones((5, 2), f32)).allclose(1)
    assert Matrix[f32, L[5], L[2]].from_rows(np.ones((5, 2))).allclose(1)
    assert Matrix(np.ones((3, 3), f32)).sum() == 9
    assert Matrix[f32, L[5], L[2]].from_dlpack(array).allclose(1)
    assert np.asarray(a).sum() == 0
    assert float(np.sum(a)) == 0
    numbers: list[list[float]] = c.numpy().tolist()
    assert Matrix.from_rows(numbers).allclose(c)
    everything: list[Anything] = [a, b, c, d, e, f, g, i, image, square]
    assert all(matrix.size > 0 for matrix in everything)
