"""Comparisons, which are element by element."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
b = Matrix[f32, L[3], L[3]].ones()


def less_than_another_shape() -> None:
    # E: Unsupported operand types for < ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot compare (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a < b


def greater_than_another_shape() -> None:
    # E: Unsupported operand types for > ("Matrix[float32, 5, 2]" and "Matrix[float32, 2, 5]") [operator]
    # R: ShapeError: cannot compare (5, 2) and (2, 5): sizes 2 and 5 on axis -1 differ and neither is 1
    a > a.T


def at_most_a_long_row() -> None:
    # E: Unsupported operand types for <= ("Matrix[float32, 5, 2]" and "Matrix[float32, 1, 3]") [operator]
    # R: ShapeError: cannot compare (5, 2) and (1, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    a <= b.row(0)


def at_least_text() -> None:
    # E: Unsupported operand types for >= ("Matrix[float32, 5, 2]" and "str") [operator]
    # R: TypeError: '>=' not supported between instances of 'Matrix' and 'str'
    a >= "1"


def close_to_another_shape() -> None:
    # E: Argument 1 to "allclose" of "Matrix" has incompatible type "Matrix[float32, 3, 3]" [arg-type]
    # R: ShapeError: cannot compare (5, 2) and (3, 3): the shapes differ
    a.allclose(b)


def mask_multiplies_numbers() -> None:
    # E: Unsupported operand types for * ("Matrix[float32, 5, 2]" and "Matrix[bool_, 5, 2]") [operator]
    # R: DTypeError: cannot multiply float32 and bool: convert one with .astype(np.float32)
    a * (a > 0.5)


def size_compared_with_another() -> None:
    # E: Non-overlapping equality check (left operand type: "5", right operand type: "2") [comparison-overlap]
    # P: no
    # R: nothing
    _ = a.rows == a.cols
