"""Every operator as one writes it: numbers on both sides, columns, rows, in place, comparisons, powers."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32


def main() -> None:
    a: Matrix[f32, L[5], L[2]] = Matrix.full(5, 2, 3)
    b: Matrix[f32, L[5], L[2]] = Matrix.ones(5, 2)
    column: Matrix[f32, L[5], L[1]] = Matrix.ones(5, 1)
    row: Matrix[f32, L[1], L[2]] = Matrix.ones(1, 2)
    single: Matrix[f32, L[1], L[1]] = Matrix.ones(1, 1)
    size = len(a)

    assert (a + b - b).allclose(a)
    assert (1 - a + 2 * a / size - 0.5).shape == (5, 2)
    assert (-a + abs(a)).allclose(0)
    assert (a**2 - a**0.5 + 1 / a).shape == a.shape
    assert (a / a.sum()).sum() > 0.99
    assert (f32(2) * a).allclose(a + a)
    assert (a * np.float32(2)).allclose(a * 2)
    assert (a * a.mean() / a.max()).shape == (5, 2)
    for broadcast in (a + column, column + a, a - row, row - a, a * single, single * a, column / row, row + column):
        assert broadcast.shape == (5, 2)

    total = Matrix[f32, L[5], L[2]].zeros()
    for matrix in [a, b]:
        total += matrix
        total = total + matrix
    total -= total.mean(axis=0)
    total *= 0.5
    total /= total.norm() + 1
    total += column
    total -= row
    total *= single
    total += 1

    assert reduce(operator.add, [a, b, a]).allclose(7)
    assert reduce(lambda left, right: left * right, [a, b]).allclose(a)
    assert sum([a, b], start=Matrix[f32, L[5], L[2]].zeros()).allclose(4)

    assert (a > b).all()
    assert not (a < 0).any()
    assert (0 < a).all()
    assert (a >= column).all(axis=0).all()
    assert (a == a).all()
    assert (a != b).any()
    mask = (a > 2).astype(f32)
    assert (mask * a).sum() == a.sum()
    if a.shape != b.shape or a.rows != 5:
        raise ValueError("the shapes differ")
    counts: Matrix[np.int64, L[5], L[2]] = Matrix.full(5, 2, 3, dtype=np.int64)
    assert (counts * 2 + counts).sum() == 90
    unknown: Matrix[Any, Any, Any] = a
    assert (unknown @ b.T + unknown.sum(axis=1)).shape == (5, 5)
    assert (a + unknown).shape == (5, 2)
    assert max(a.max(), b.max()) == 3
