"""Operations on matrices whose sizes do not fit, where mypy alone says nothing or less."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float32

from shapedmat import Matrix, sigmoid, softmax
from typecheck.plugin.arrays import array

f32 = np.float32
N = TypeVar("N", bound=int)
K = TypeVar("K", bound=int)

a = Matrix[f32, 5, 2].ones()
b = Matrix[f32, 3, 3].ones()


def sum_of_two_shapes() -> None:
    # E: cannot add (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1 [shape]
    # R: ShapeError: cannot add (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a + b


def difference_of_names(
    x: Float32[Matrix, "n 2"] = Matrix(array("n 2", f32)), y: Float32[Matrix, "m 2"] = Matrix(array("m 2", f32))
) -> None:
    # E: cannot subtract (m, 2) from (n, 2): sizes n and m on axis -2 differ and neither is 1 [shape]
    # R: ShapeError: cannot subtract (7, 2) from (5, 2): sizes 5 and 7 on axis -2 differ and neither is 1
    x - y


def product_with_unknown_rows(x: Matrix[f32, Any, 2] = Matrix(array("n 2", f32))) -> None:
    # E: cannot multiply (?, 2) by (3, 3): inner dimensions 2 and 3 differ [shape]
    # R: ShapeError: cannot multiply (5, 2) by (3, 3): inner dimensions 2 and 3 differ
    x @ b


def product_of_type_variables(x: Matrix[f32, N, K] = Matrix(array("n 2", f32))) -> None:
    # E: cannot multiply (N, K) by (N, K): inner dimensions K and N differ [shape]
    # R: ShapeError: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ
    sigmoid(x @ x)


def equality_of_two_shapes() -> None:
    # E: cannot compare (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1 [shape]
    # R: ShapeError: cannot compare (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    print(a == b)


def comparison_in_a_chain() -> None:
    # E: cannot compare (5, 2) and (2, 5): sizes 2 and 5 on axis -1 differ and neither is 1 [shape]
    # R: ShapeError: cannot compare (5, 2) and (2, 5): sizes 2 and 5 on axis -1 differ and neither is 1
    print(a < a.T)


def sum_in_place() -> None:
    total = Matrix.zeros(5, 2)
    # E: cannot add (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1 [shape]
    # R: ShapeError: cannot add (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    total += b


def row_that_grows_in_place() -> None:
    total = Matrix.zeros(1, 2)
    # E: cannot add (5, 2) to (1, 2) in place: sizes 5 and 1 on axis -2 differ [shape]
    # R: ShapeError: cannot add (5, 2) to (1, 2) in place: sizes 5 and 1 on axis -2 differ
    total += a


def stacked_rows_of_a_sum(x: Matrix[f32, N, 3] = Matrix(array("n 3", f32))) -> None:
    # E: cannot multiply (2*N, 3) by (2*N, 3): inner dimensions 3 and 2*N differ [shape]
    # R: ShapeError: cannot multiply (10, 3) by (10, 3): inner dimensions 3 and 10 differ
    x.vstack(x) @ x.vstack(x)


def row_stacked_at_the_side() -> None:
    # E: cannot hstack (5, 2) and (1, 2) on axis 1: sizes 5 and 1 on axis 0 differ [shape]
    # R: ShapeError: cannot hstack (5, 2) and (1, 2) on axis 1: sizes 5 and 1 on axis 0 differ
    a.hstack(a.row(0))


def stacked_by_the_class() -> None:
    # E: cannot vstack (5, 2) and (3, 3) on axis 0: sizes 2 and 3 on axis 1 differ [shape]
    # R: ShapeError: cannot vstack (5, 2) and (3, 3) on axis 0: sizes 2 and 3 on axis 1 differ
    Matrix.vstack(a, b)


def reshape_to_another_size() -> None:
    # E: cannot reshape (5, 2) to (3, 4): the numbers of elements, 10 and 12, differ [shape]
    # R: ShapeError: cannot reshape (5, 2) to (3, 4): the numbers of elements, 10 and 12, differ
    a.reshape(3, 4)


def reshape_that_does_not_divide() -> None:
    # E: cannot reshape (5, 2) to (-1, 3): the number of elements, 10, is not a multiple of 3 [shape]
    # R: ShapeError: cannot reshape (5, 2) to (-1, 3): the number of elements, 10, is not a multiple of 3
    a.reshape(-1, 3)


def row_out_of_range() -> None:
    # E: cannot index (5, 2) with 5 on axis 0: its size is 5 [shape]
    # R: ShapeError: cannot index (5, 2) with 5 on axis 0: its size is 5
    a.row(5)


def column_out_of_range() -> None:
    # E: cannot index (5, 2) with -3 on axis 1: its size is 2 [shape]
    # R: ShapeError: cannot index (5, 2) with -3 on axis 1: its size is 2
    a.col(-3)


def element_out_of_range() -> None:
    # E: cannot index (5, 2) with 2 on axis 1: its size is 2 [shape]
    # R: ShapeError: cannot index (5, 2) with 2 on axis 1: its size is 2
    a[0, 2]


def three_indices() -> None:
    # E: cannot index (5, 2) with 3 indices: it has 2 axes [shape]
    # R: ShapeError: cannot index (5, 2) with 3 indices: it has 2 axes
    a[0, 0, 0]


def assigned_rows() -> None:
    # E: cannot assign (3, 3) to (3, 2): sizes 3 and 2 on axis -1 differ [shape]
    # R: ShapeError: cannot assign (3, 3) to (3, 2): sizes 3 and 2 on axis -1 differ
    a[1:4] = b


def third_axis() -> None:
    # E: cannot sum (5, 2) over axis 2: it has 2 axes [shape]
    # R: ShapeError: cannot sum (5, 2) over axis 2: it has 2 axes
    a.sum(axis=2)


def softmax_along_a_third_axis() -> None:
    # E: cannot take the softmax of (5, 2) over axis 2: it has 2 axes [shape]
    # R: ShapeError: cannot take the softmax of (5, 2) over axis 2: it has 2 axes
    softmax(a, 2)


def outer_product_of_a_matrix() -> None:
    # E: cannot take the outer product of (5, 2): a row or a column is wanted [shape]
    # R: ShapeError: cannot take the outer product of (5, 2): a row or a column is wanted
    a.outer(a.col(0))


def outer_product_with_a_matrix() -> None:
    # E: cannot take the outer product of (5, 2): a row or a column is wanted [shape]
    # R: ShapeError: cannot take the outer product of (5, 2): a row or a column is wanted
    a.col(0).outer(a)


def hadamard_product_with_a_row() -> None:
    # E: cannot take the Hadamard product of (5, 2) and (1, 2): the shapes differ [shape]
    # R: ShapeError: cannot take the Hadamard product of (5, 2) and (1, 2): the shapes differ
    a.hadamard(a.row(0))


def point_that_is_a_column() -> None:
    # E: cannot compare the rows of (5, 2) with (2, 1): a point of (1, 2) is wanted [shape]
    # R: ShapeError: cannot compare the rows of (5, 2) with (2, 1): a point of (1, 2) is wanted
    a.distances(a.row(0).T)


def close_to_another_shape() -> None:
    # E: cannot compare (5, 2) and (3, 3): the shapes differ [shape]
    # R: ShapeError: cannot compare (5, 2) and (3, 3): the shapes differ
    a.allclose(b)


def function_of_a_mistake() -> None:
    # E: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ [shape]
    # R: ShapeError: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ
    sigmoid(a @ a) + a


def element_types() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[float64, 5, 2]") [operator]
    # R: DTypeError: cannot add float32 and float64: convert one with .astype(np.float32)
    a + Matrix[np.float64, 5, 2].ones()
