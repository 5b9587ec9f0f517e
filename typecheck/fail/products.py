"""Matrix products whose inner dimensions differ."""

from __future__ import annotations

from typing import Any
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
b = Matrix[f32, L[3], L[3]].ones()
row = Matrix[f32, L[1], L[2]].ones()
partly_known = Matrix[f32, L[3], Any].from_rows(np.ones((3, 4)))


def same_matrix_twice() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ
    a @ a


def inner_dimensions() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (3, 3): inner dimensions 2 and 3 differ
    a @ b


def method() -> None:
    # E: Argument 1 to "matmul" of "Matrix" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, 2, [arg-type]
    # R: ShapeError: cannot multiply (5, 2) by (3, 3): inner dimensions 2 and 3 differ
    a.matmul(b)


def transposed_twice() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ
    a @ a.T.T


def second_of_a_chain() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 5]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot multiply (5, 5) by (3, 3): inner dimensions 5 and 3 differ
    a @ a.T @ b


def row_by_row() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 1, 2]" and "Matrix[float32, 1, 2]") [operator]
    # R: ShapeError: cannot multiply (1, 2) by (1, 2): inner dimensions 2 and 1 differ
    row @ row


def known_size_of_a_partly_known_matrix() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, Any]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (3, 4): inner dimensions 2 and 3 differ
    a @ partly_known


def number() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "int") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (): a scalar has no inner dimension, use * instead
    a @ 2


def product_of_a_product() -> None:
    gram = a.T @ a
    # E: Unsupported operand types for @ ("Matrix[float32, 2, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot multiply (2, 2) by (5, 2): inner dimensions 2 and 5 differ
    gram @ a
