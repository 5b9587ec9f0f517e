"""Values of matrices that are not what annotations say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Float32

from shapedmat import Matrix, shapechecked
from typecheck.plugin.arrays import array

f32 = np.float32
N = TypeVar("N", bound=int)
K = TypeVar("K", bound=int)

a = Matrix[f32, 5, 2].ones()
b = Matrix[f32, 3, 3].ones()


@shapechecked
def first(matrix: Matrix[f32, 5, 2]) -> f32:
    return matrix[0, 0]


@shapechecked
def product(left: Matrix[f32, N, K], right: Matrix[f32, K, N]) -> Matrix[f32, N, N]:
    return left @ right


@shapechecked
def named(left: Float32[Matrix, "n m"], right: Float32[Matrix, "n m"]) -> Float32[Matrix, "m n"]:
    return (left + right).T


@dataclass
class Linear(Generic[N, K]):
    w: Matrix[f32, K, N]
    b: Matrix[f32, K, 1]


def argument_of_another_shape() -> None:
    # E: argument "matrix" of "first" has shape (3, 3), but (5, 2) is wanted: sizes 3 and 5 on axis 0 differ [shape]
    # R: Matrix[float32, 3, 3]
    first(b)


def inner_size_of_two_arguments() -> None:
    # E: argument "right" of "product": dimension "K" is 2 from argument "left" but 3 here [shape]
    # R: Matrix[float32, K, N]
    product(a, b)


def arguments_of_two_names() -> None:
    # E: argument "right" of "named": dimension "n" is 5 from argument "left" but 3 here [shape]
    # R: TypeCheckError
    named(a, b)


def fields_that_differ() -> None:
    # E: argument "b" of "Linear": dimension "K" is 3 from argument "w" but 4 here [shape]
    # R: nothing
    Linear(b, Matrix.zeros(4, 1))


def result_transposed() -> None:
    @shapechecked
    def linear(w: Matrix[f32, N, K], x: Matrix[f32, K, 4]) -> Matrix[f32, N, 4]:
        # E: the returned value has shape (4, N), but (N, 4) is wanted: sizes 4 and N on axis 0 differ [shape]
        # R: Matrix[float32, N, 4]
        return (w @ x).T

    linear(a, Matrix[f32, 2, 4].ones())


def result_of_a_name(x: Float32[Matrix, "n 3"] = Matrix(array("n 3", f32))) -> None:
    # E: the assigned value has shape (n, 3), but (?, 4) is wanted: sizes 3 and 4 on axis 1 differ [shape]
    # R: nothing
    y: Matrix[f32, int, 4] = x


def item_of_a_list() -> None:
    matrices: list[Matrix[f32, 5, 2]] = [a, a]
    # E: argument 1 of "append" has shape (3, 3), but (5, 2) is wanted: sizes 3 and 5 on axis 0 differ [shape]
    # R: nothing
    matrices.append(b)


def assigned_field() -> None:
    layer = Linear(b, Matrix.zeros(3, 1))
    # E: the assigned value has shape (5, 2), but (3, 3) is wanted: sizes 5 and 3 on axis 0 differ [shape]
    # R: nothing
    layer.w = a
