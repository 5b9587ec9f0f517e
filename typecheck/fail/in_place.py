"""Operations in place, which cannot change the shape of the matrix on the left."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

b = Matrix[f32, L[3], L[3]].ones()
row = Matrix[f32, L[1], L[2]].ones()


def add_another_shape() -> None:
    a = Matrix[f32, L[5], L[2]].ones()
    # E: Argument 1 to "__iadd__" of "Matrix" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, 5, 2] | [arg-type]
    # R: ShapeError: cannot add (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a += b


def subtract_another_shape() -> None:
    a = Matrix[f32, L[5], L[2]].ones()
    # E: Argument 1 to "__isub__" of "Matrix" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, 5, 2] | [arg-type]
    # R: ShapeError: cannot subtract (3, 3) from (5, 2): sizes 2 and 3 on axis -1 differ and neither is 1
    a -= b


def multiply_by_another_shape() -> None:
    a = Matrix[f32, L[5], L[2]].ones()
    # E: Argument 1 to "__imul__" of "Matrix" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, 5, 2] | [arg-type]
    # R: ShapeError: cannot multiply (5, 2) by (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a *= b


def divide_by_another_shape() -> None:
    a = Matrix[f32, L[5], L[2]].ones()
    # E: Argument 1 to "__itruediv__" of "Matrix" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, 5, 2] | [arg-type]
    # R: ShapeError: cannot divide (5, 2) by (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a /= b


def row_grows_to_a_matrix() -> None:
    total: Matrix[f32, L[1], L[2]] = Matrix.zeros(1, 2)
    # E: Argument 1 to "__iadd__" of "Matrix" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 1, 2] | [arg-type]
    # R: ShapeError: cannot add (5, 2) to (1, 2) in place: sizes 5 and 1 on axis -2 differ
    total += Matrix[f32, L[5], L[2]].ones()


def column_grows_to_a_matrix() -> None:
    total: Matrix[f32, L[5], L[1]] = Matrix.zeros(5, 1)
    # E: Argument 1 to "__isub__" of "Matrix" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 5, 1] | [arg-type]
    # R: ShapeError: cannot subtract (5, 2) from (5, 1) in place: sizes 2 and 1 on axis -1 differ
    total -= Matrix[f32, L[5], L[2]].ones()


def accumulated_in_a_loop() -> None:
    total = Matrix[f32, L[1], L[3]].zeros()
    for matrix in [b, b]:
        # E: Argument 1 to "__iadd__" of "Matrix" has incompatible type "Matrix[float32, 3, 1]"; expected "Matrix[float32, 1, 3] | [arg-type]
        # P: no
        # R: ShapeError: cannot add (3, 1) to (1, 3) in place: sizes 3 and 1 on axis -2 differ
        total += matrix.sum(axis=1)


def product_in_place_changes_the_shape() -> None:
    a: Matrix[f32, L[5], L[2]] = Matrix.ones(5, 2)
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 2, 3]") [operator]
    # R: nothing
    a @= Matrix[f32, L[2], L[3]].ones()


def written_element_is_text() -> None:
    a = Matrix[f32, L[5], L[2]].ones()
    # E: Incompatible types in assignment (expression has type "str", target has type "Matrix[float32, Any, Any] | float [assignment]
    # R: TypeError: cannot assign str to a matrix: a Matrix or a number is wanted
    a[0, 0] = "one"
