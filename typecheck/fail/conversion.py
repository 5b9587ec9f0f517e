"""Conversion from and to NumPy arrays that are typed with their shape."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, shapechecked

f32 = np.float32
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)

Tall = np.ndarray[tuple[L[5], L[2]], np.dtype[np.float32]]

loose: np.ndarray[Any, np.dtype[np.float32]] = np.ones((5, 2), f32)
array: Tall = loose
a = Matrix[f32, L[5], L[2]].ones()


@shapechecked
def product(left: Matrix[f32, R, C], right: Matrix[f32, C, R]) -> Matrix[f32, R, R]:
    return left @ right


def wide(array: np.ndarray[tuple[L[2], L[5]], np.dtype[np.float32]]) -> None:
    Matrix[f32, L[2], L[5]](array)


def matrix_of_an_array_keeps_its_shape() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ
    Matrix(array) @ a


def array_declared_otherwise() -> None:
    # E: Argument 1 to "Matrix" has incompatible type "ndarray[tuple[5, 2], dtype[float32]]"; expected "ndarray[tuple[2, 5], dtype[float32]]" [arg-type]
    # R: ShapeError: Matrix[float32, 2, 5] cannot hold shape (5, 2)
    Matrix[f32, L[2], L[5]](array)


def array_of_a_matrix_keeps_its_shape() -> None:
    # E: Argument 1 to "wide" has incompatible type "ndarray[tuple[5, 2], dtype[float32]]"; expected "ndarray[tuple[2, 5], dtype[float32]]" [arg-type]
    # R: ShapeError: Matrix[float32, 2, 5] cannot hold shape (5, 2)
    wide(a.numpy())


def arrays_passed_as_matrices() -> None:
    # E: Cannot infer value of type parameter "R" of "product" [misc]
    # E: Cannot infer value of type parameter "C" of "product" [misc]
    # R: Matrix[float32, C, R]
    product(Matrix(array), Matrix(array))


def array_for_a_declared_matrix() -> None:
    # E: Argument 1 to "Matrix" has incompatible type "ndarray[tuple[5, 2], dtype[float32]]"; expected "ndarray[tuple[5, 3], dtype[float32]]" [arg-type]
    # R: nothing
    m: Matrix[f32, L[5], L[3]] = Matrix(array)
