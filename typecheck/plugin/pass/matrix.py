"""Correct programs with matrices, some of whose sizes nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, relu, sigmoid, softmax

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)
K = TypeVar("K", bound=int)
Real = TypeVar("Real", np.float32, np.float64)
D = TypeVar("D", bound=np.generic)
Whole = TypeVar("Whole", bound=int)


def predicted(x: Matrix[f32, Batch, L[784]]) -> Matrix[f32, Batch, L[10]]:
    w: Matrix[f32, 784, 10] = Matrix.xavier(784, 10)
    b = Matrix.zeros(1, 10)
    return softmax(sigmoid(x @ w) + b, 1)


def of_some_rows(m: Matrix[f32, int, int], w: Matrix[f32, 3, 2]) -> Matrix[f32, int, 2]:
    y = m @ w
    z = m * m + m - 2
    z += m
    return y + y.sum(axis=0)


def of_any_sizes(m: Matrix[Any, Any, Any]) -> Matrix[f32, 5, 3]:
    total: Matrix[f32, 1, 3] = m.sum(axis=0)
    return total + m


def exactly(m: Matrix[f32, 5, 3]) -> Matrix[f32, 3, 5]:
    return m.T


def alike(a: Matrix[D, R, C], b: Matrix[D, R, C]) -> Matrix[D, R, C]:
    return a if a.shape == b.shape else b


def walked(m: Matrix[f32, int, 3]) -> Matrix[f32, 1, 3]:
    exactly(m)
    alike(m, Matrix.zeros(5, 3))
    alike(Matrix.zeros(5, 3), m)
    total = Matrix.zeros(1, 3)
    for row in m:
        total += row
        total = total + row
    for a, b in zip(m, m, strict=True):
        a @ b.T
    m[0, 0] = 1.0
    m[1] = total
    m[:, 1] = 0
    m[1:, :] = m[:-1, :]
    print(m.rows * m.cols, m.size, m[m.rows - 1], m[len(m) - 1, 0])
    return total


def whole_numbers(a: Whole, b: Whole) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.zeros(a) + np.zeros((b, 1)) + np.zeros(3)


def made(rows: R, cols: C) -> Matrix[f32, R, C]:
    return Matrix.zeros(rows, cols)


@dataclass
class Linear(Generic[R, C]):
    w: Matrix[f32, C, R]
    b: Matrix[f32, C, L[1]]

    def __call__(self, x: Matrix[f32, R, Batch]) -> Matrix[f32, C, Batch]:
        return self.w @ x + self.b

    def step(self, x: Matrix[f32, R, Batch], gradient: Matrix[f32, C, Batch]) -> None:
        self.w -= gradient @ x.T
        self.b -= gradient.sum(axis=1)

    @classmethod
    def around(cls, w: Matrix[f32, C, R]) -> Linear[R, C]:
        return Linear(w, Matrix.zeros(w.rows, 1))


def composed(a: Linear[R, K], b: Linear[K, C], x: Matrix[f32, R, Batch]) -> Matrix[f32, C, Batch]:
    return relu(b(a(x)))


def collected(x: Matrix[f32, 4, 7]) -> Matrix[f32, 2, 7]:
    a = Linear(Matrix[f32, 3, 4].ones(), Matrix[f32, 3, 1].zeros())
    b = Linear(Matrix.zeros(2, 3), Matrix.zeros(2, 1))
    matrices = [x, x]
    matrices.append(Matrix.zeros(4, 7))
    n = len(matrices)
    q = Matrix.zeros(n, 2) @ Matrix.zeros(2, n)
    q = q @ q
    print(sum(matrices, Matrix.zeros(4, 7)), max(matrices, key=lambda each: each.norm()))
    return composed(a, b, x)


def optional(m: Matrix[f32, 5, 2] | None) -> Matrix[f32, 5, 2]:
    if m is None:
        m = Matrix.zeros(5, 2)
    return m


def either(x: Matrix[f32, 5, 2], *, flag: bool) -> Matrix[f32, 5, 2] | Matrix[f32, 2, 5]:
    return x if flag else x.T


def applied(function: Callable[[Matrix[f32, R, C]], Matrix[f32, R, C]], m: Matrix[f32, R, C]) -> Matrix[f32, R, C]:
    return function(m)


def centered(m: Matrix[Real, R, C], v: Matrix[Real, R, L[1]]) -> Matrix[Real, R, C]:
    return m - v


def chunks(x: Matrix[f32, L[4], Batch], size: int) -> Sequence[Matrix[f32, L[4], int]]:
    return [x[:, start : start + size] for start in range(0, x.cols, size)]


def inferred(number: int) -> None:
    matrices = [Matrix.zeros(3, 2)]
    matrices.append(Matrix.zeros(4, 2))
    grown = Matrix.zeros(1, 2)
    for _ in range(number):
        grown = grown.vstack(grown)
    square = Matrix.eye(3) if number else Matrix.eye(4)
    print(grown, square @ square, [each.T for each in matrices])


def of_several_sizes() -> Matrix[f32, 4, 1]:
    weights = [Matrix.zeros(3, 2), Matrix.zeros(4, 3)]
    named = {"first": Matrix.zeros(3, 2), "second": Matrix.zeros(4, 3)}
    weights.append(Matrix.zeros(5, 4))
    x = Matrix.zeros(2, 1)
    y = named["second"] @ (named["first"] @ x)
    print([w.T for w in weights], {*map(len, weights)})
    return y


def main() -> None:
    inferred(2)
    of_several_sizes()
    some = Matrix.ones(5, 3)
    predicted(Matrix.ones(2, 784))
    of_some_rows(some, Matrix.ones(3, 2))
    of_any_sizes(Matrix.ones(5, 3))
    walked(some)
    whole_numbers(3, 2)
    made(5, 2)
    layer = Linear.around(Matrix[f32, 3, 4].ones())
    layer.step(Matrix.ones(4, 2), Matrix.ones(3, 2))
    collected(Matrix.ones(4, 7))
    optional(None)
    either(Matrix.ones(5, 2), flag=False)
    applied(lambda m: m + 1, some)
    applied(sigmoid, some)
    centered(some, some.mean(axis=1))
    chunks(Matrix.ones(4, 7), 3)


if __name__ == "__main__":
    main()
