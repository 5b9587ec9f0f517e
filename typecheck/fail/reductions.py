"""Results of reductions that are used as if they had another shape."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()


def sums_of_columns_added_to_the_transpose() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 2, 5]" and "Matrix[float32, 1, 2]") [operator]
    # R: ShapeError: cannot add (2, 5) and (1, 2): sizes 5 and 2 on axis -1 differ and neither is 1
    a.T + a.sum(axis=0)


def mean_over_the_wrong_axis() -> None:
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 5, 1]", variable has type "Matrix[float32, 1, 2]") [assignment]
    # R: nothing
    center: Matrix[f32, L[1], L[2]] = a.mean(axis=1)


def maximum_over_the_wrong_axis() -> None:
    # E: Argument 1 to "distances" of "Matrix" has incompatible type "Matrix[float32, 5, 1]"; expected "Matrix[float32, 1, 2]" [arg-type]
    # R: ShapeError: cannot compare the rows of (5, 2) with (5, 1): a point of (1, 2) is wanted
    a.distances(a.max(axis=1))


def places_are_integers() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[int64, 5, 1]") [operator]
    # R: DTypeError: cannot add float32 and int64: convert one with .astype(np.float32)
    a + a.argmax(axis=1)


def third_axis() -> None:
    # E: No overload variant of "sum" of "Matrix" matches argument type "int" [call-overload]
    # R: ShapeError: cannot sum (5, 2) over axis 2: it has 2 axes
    a.sum(axis=2)


def total_is_a_number() -> None:
    # E: "float32" has no attribute "cols" [attr-defined]
    # R: AttributeError: 'numpy.float32' object has no attribute 'cols'
    a.sum().cols


def total_has_no_transpose_as_a_matrix() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "float32") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (): a scalar has no inner dimension, use * instead
    a @ a.sum()


def minimum_is_not_text() -> None:
    # E: Incompatible types in assignment (expression has type "float32", variable has type "str") [assignment]
    # R: nothing
    smallest: str = a.min()
