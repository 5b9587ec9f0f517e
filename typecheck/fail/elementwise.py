"""Element-wise operations on shapes that do not broadcast."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
b = Matrix[f32, L[3], L[3]].ones()
column = Matrix[f32, L[5], L[1]].ones()
short_column = Matrix[f32, L[4], L[1]].ones()
row = Matrix[f32, L[1], L[2]].ones()
long_row = Matrix[f32, L[1], L[3]].ones()


def sum_of_two_shapes() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot add (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a + b


def difference_of_two_shapes() -> None:
    # E: Unsupported operand types for - ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot subtract (3, 3) from (5, 2): sizes 2 and 3 on axis -1 differ and neither is 1
    a - b


def product_of_two_shapes() -> None:
    # E: Unsupported operand types for * ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a * b


def quotient_of_two_shapes() -> None:
    # E: Unsupported operand types for / ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot divide (5, 2) by (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a / b


def transposed_summand() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[float32, 2, 5]") [operator]
    # R: ShapeError: cannot add (5, 2) and (2, 5): sizes 2 and 5 on axis -1 differ and neither is 1
    a + a.T


def column_of_another_length() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[float32, 4, 1]") [operator]
    # R: ShapeError: cannot add (5, 2) and (4, 1): sizes 5 and 4 on axis -2 differ and neither is 1
    a + short_column


def row_of_another_length() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[float32, 1, 3]") [operator]
    # R: ShapeError: cannot add (5, 2) and (1, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a + long_row


def column_of_another_length_on_the_left() -> None:
    # E: Unsupported operand types for - ("Matrix[float32, 4, 1]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot subtract (5, 2) from (4, 1): sizes 4 and 5 on axis -2 differ and neither is 1
    short_column - a


def row_of_another_length_on_the_left() -> None:
    # E: Unsupported operand types for * ("Matrix[float32, 1, 3]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot multiply (1, 3) by (5, 2): sizes 3 and 2 on axis -1 differ and neither is 1
    long_row * a


def column_for_a_row() -> None:
    # E: Unsupported operand types for - ("Matrix[float32, 5, 2]" and "Matrix[float32, 2, 1]") [operator]
    # R: ShapeError: cannot subtract (2, 1) from (5, 2): sizes 5 and 2 on axis -2 differ and neither is 1
    a - row.T


def columns_of_two_lengths() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 1]" and "Matrix[float32, 4, 1]") [operator]
    # R: ShapeError: cannot add (5, 1) and (4, 1): sizes 5 and 4 on axis -2 differ and neither is 1
    column + short_column


def text() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "str") [operator]
    # R: TypeError: unsupported operand type(s) for +: 'Matrix' and 'str'
    a + "1"


def list_of_numbers() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "list[int]") [operator]
    # R: TypeError: unsupported operand type(s) for +: 'Matrix' and 'list'
    a + [1, 2]


def text_as_exponent() -> None:
    # E: Unsupported operand types for ** ("Matrix[float32, 5, 2]" and "str") [operator]
    # R: TypeError
    a ** "2"


def hadamard_product_of_two_shapes() -> None:
    # E: Argument 1 to "hadamard" of "Matrix" has incompatible type "Matrix[float32, 3, 3]" [arg-type]
    # R: ShapeError: cannot take the Hadamard product of (5, 2) and (3, 3): the shapes differ
    a.hadamard(b)


def hadamard_product_with_a_column() -> None:
    # E: Argument 1 to "hadamard" of "Matrix" has incompatible type "Matrix[float32, 5, 1]" [arg-type]
    # R: ShapeError: cannot take the Hadamard product of (5, 2) and (5, 1): the shapes differ
    a.hadamard(column)


def outer_product_of_a_matrix() -> None:
    # E: Invalid self argument "Matrix[float32, 5, 2]" to attribute function "outer" [misc]
    # R: ShapeError: cannot take the outer product of (5, 2): a row or a column is wanted
    a.outer(column)


def outer_product_with_a_matrix() -> None:
    # E: Argument 1 to "outer" of "Matrix" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 5, 1]" [arg-type]
    # R: ShapeError: cannot take the outer product of (5, 2): a row or a column is wanted
    column.outer(a)
