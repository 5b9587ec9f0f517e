"""Annotations of matrices: plain numbers, literals, aliases, casts, jaxtyping's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast
from typing import Literal as L

import numpy as np
from jaxtyping import Float, Float32

import shapedmat as sm
from shapedmat import Matrix
from typecheck.plugin.arrays import array

f32 = np.float32
N = TypeVar("N", bound=int)
I = TypeVar("I", bound=int)  # noqa: E741
O = TypeVar("O", bound=int)  # noqa: E741
Five: TypeAlias = L[5]
Image: TypeAlias = Matrix[f32, 784, 1]
Rows = Matrix[f32, N, 3]
Points = Float32[Matrix, "n 3"]


def annotated(
    a: Matrix[f32, 5, 2] = Matrix.ones(5, 2),
    b: Matrix[f32, L[5], L[2]] = Matrix.ones(5, 2),
    c: Matrix[f32, Five, Any] = Matrix.ones(5, 2),
    d: sm.Matrix[f32, 5, 2] = Matrix.ones(5, 2),
    e: Image = Matrix.ones(784, 1),
    f: Rows[L[5]] = Matrix.ones(5, 3),
    g: Points = Matrix(array("n 3", f32)),
    h: Float[Matrix, "n m"] = Matrix(array("n m")),
    j: tuple[Matrix[f32, 5, 2], ...] = (Matrix.ones(5, 2),),
) -> None:
    reveal_type(a)  # T: Matrix[float32, 5, 2]
    reveal_type(b)  # T: Matrix[float32, 5, 2]
    reveal_type(c)  # T: Matrix[float32, 5, Any]
    reveal_type(d)  # T: Matrix[float32, 5, 2]
    reveal_type(e)  # T: Matrix[float32, 784, 1]
    reveal_type(f)  # T: Matrix[float32, 5, 3]
    reveal_type(g)  # T: Matrix[float32, n, 3]
    reveal_type(h)  # T: Matrix[floating[Any], n, m]
    reveal_type(j[0])  # T: Matrix[float32, 5, 2]
    k: Matrix[f32, 5, 2] = a
    reveal_type(k)  # T: Matrix[float32, 5, 2]
    reveal_type(cast("Matrix[f32, 5, 3]", Matrix(array("5 3", f32))))  # T: Matrix[float32, 5, 3]


class Pair(NamedTuple):
    """Two matrices."""

    x: Matrix[f32, 5, 2]
    y: Float32[Matrix, "5 3"]


@dataclass
class Linear(Generic[I, O]):
    """A layer of a network."""

    w: Matrix[f32, O, I]
    b: Matrix[f32, O, 1]

    def __call__(self, x: Matrix[f32, I, N]) -> Matrix[f32, O, N]:
        """Return the output."""
        return self.w @ x + self.b


def fields(x: Float32[Matrix, "5 m"] = Matrix(array("5 m", f32))) -> None:
    layer = Linear(Matrix.ones(3, 5), Matrix.zeros(3, 1))
    pair = Pair(Matrix.ones(5, 2), Matrix.ones(5, 3))
    reveal_type(pair.x)  # T: Matrix[float32, 5, 2]
    reveal_type(pair.y)  # T: Matrix[float32, 5, 3]
    reveal_type(layer.w)  # T: Matrix[float32, 3, 5]
    reveal_type(layer(x))  # T: Matrix[float32, 3, m]
