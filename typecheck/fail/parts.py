"""Rows, columns, slices, stacks and point sets."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
b = Matrix[f32, L[3], L[3]].ones()


def row_is_not_a_column() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 1, 2]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (1, 2): inner dimensions 2 and 1 differ
    a @ a[0]


def column_has_as_many_rows() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 5, 1]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (5, 1): inner dimensions 2 and 5 differ
    a @ a.col(0)


def slice_of_rows_keeps_the_columns() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, Any, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot multiply (4, 2) by (3, 3): inner dimensions 2 and 3 differ
    a[1:] @ b


def rows_picked_by_a_list_keep_the_columns() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, Any, 2]" and "Matrix[float32, 3, 3]") [operator]
    # R: ShapeError: cannot multiply (2, 2) by (3, 3): inner dimensions 2 and 3 differ
    a[[0, 4]] @ b


def row_of_a_loop() -> None:
    for row in a:
        # E: Unsupported operand types for @ ("Matrix[float32, 1, 2]" and "Matrix[float32, 5, 2]") [operator]
        # R: ShapeError: cannot multiply (1, 2) by (5, 2): inner dimensions 2 and 5 differ
        row @ a


def text_as_index() -> None:
    # E: No overload variant of "__getitem__" of "Matrix" matches argument type "str" [call-overload]
    # R: ShapeError: cannot index a matrix with 'first'
    a["first"]


def three_indices() -> None:
    # E: Invalid index type "tuple[int, int, int]" for "Matrix[float32, 5, 2]" [index]
    # R: ShapeError: cannot index (5, 2) with 3 indices: it has 2 axes
    a[0, 0, 0]


def element_is_a_number() -> None:
    # E: "float32" has no attribute "rows" [attr-defined]
    # R: AttributeError: 'numpy.float32' object has no attribute 'rows'
    a[0, 1].rows


def row_stacked_at_the_side() -> None:
    # E: Argument 1 to "hstack" of "Matrix" has incompatible type "Matrix[float32, 1, 2]"; expected "Matrix[float32, 5, Any]" [arg-type]
    # R: ShapeError: cannot hstack (5, 2) and (1, 2) on axis 1: sizes 5 and 1 on axis 0 differ
    a.hstack(a.row(0))


def column_stacked_below() -> None:
    # E: Argument 1 to "vstack" of "Matrix" has incompatible type "Matrix[float32, 5, 1]"; expected "Matrix[float32, Any, 2]" [arg-type]
    # R: ShapeError: cannot vstack (5, 2) and (5, 1) on axis 0: sizes 2 and 1 on axis 1 differ
    a.vstack(a.col(0))


def second_of_three_stacked() -> None:
    # E: Argument 2 to "vstack" of "Matrix" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, Any, 2]" [arg-type]
    # R: ShapeError: cannot vstack (5, 2) and (3, 3) on axis 0: sizes 2 and 3 on axis 1 differ
    a.vstack(a, b)


def point_of_another_dimension() -> None:
    # E: Argument 1 to "distances" of "Matrix" has incompatible type "Matrix[float32, 1, 3]"; expected "Matrix[float32, 1, 2]" [arg-type]
    # R: ShapeError: cannot compare the rows of (5, 2) with (1, 3): a point of (1, 2) is wanted
    a.distances(b.row(0))


def point_that_is_a_column() -> None:
    # E: Argument 1 to "differences" of "Matrix" has incompatible type "Matrix[float32, 2, 1]"; expected "Matrix[float32, 1, 2]" [arg-type]
    # R: ShapeError: cannot compare the rows of (5, 2) with (2, 1): a point of (1, 2) is wanted
    a.differences(a.row(0).T)


def many_points_for_one() -> None:
    # E: Argument 1 to "distances" of "Matrix" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 1, 2]" [arg-type]
    # R: ShapeError: cannot compare the rows of (5, 2) with (5, 2): a point of (1, 2) is wanted
    a.distances(a)


def norms_are_a_column() -> None:
    # E: Unsupported operand types for / ("Matrix[float32, 2, 5]" and "Matrix[float32, 5, 1]") [operator]
    # R: ShapeError: cannot divide (2, 5) by (5, 1): sizes 2 and 5 on axis -2 differ and neither is 1
    a.T / a.row_norms()
