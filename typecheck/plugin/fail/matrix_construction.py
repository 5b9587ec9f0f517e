"""Matrices that are made in another shape than is wanted."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from shapedmat import Matrix
from typecheck.plugin.arrays import array

f32 = np.float32


def rows_of_a_declared_variable() -> None:
    # E: the assigned value has shape (4, 2), but (5, 2) is wanted: sizes 4 and 5 on axis 0 differ [shape]
    # R: nothing
    w: Matrix[f32, 5, 2] = Matrix.zeros(4, 2)


def swapped_sizes_of_a_declared_variable() -> None:
    # E: the assigned value has shape (784, 128), but (128, 784) is wanted: sizes 784 and 128 on axis 0 differ [shape]
    # R: nothing
    w: Matrix[f32, 128, 784] = Matrix.xavier(784, 128)


def identity_of_another_size() -> None:
    # E: the assigned value has shape (4, 4), but (5, 5) is wanted: sizes 4 and 5 on axis 0 differ [shape]
    # R: nothing
    w: Matrix[f32, 5, 5] = Matrix.eye(4)


def one_hot_of_too_few_classes() -> None:
    # E: the assigned value has shape (9, 2), but (10, 2) is wanted: sizes 9 and 10 on axis 0 differ [shape]
    # R: nothing
    y: Matrix[f32, 10, 2] = Matrix.one_hot([3, 1], 9)


def rows_of_numbers() -> None:
    # E: the assigned value has shape (2, 3), but (3, 2) is wanted: sizes 2 and 3 on axis 0 differ [shape]
    # R: nothing
    y: Matrix[f32, 3, 2] = Matrix.from_rows([[1, 2, 3], [4, 5, 6]])


def rows_that_the_class_does_not_take() -> None:
    # E: the result of from_rows has shape (1, 2), but (5, 2) is wanted: sizes 1 and 5 on axis 0 differ [shape]
    # R: ShapeError: Matrix[float32, 5, 2] cannot hold shape (1, 2)
    Matrix[f32, 5, 2].from_rows([[1, 2]])


def ragged_rows() -> None:
    # E: cannot make an array of (2,) and (3,): the shapes differ [shape]
    # R: ShapeError: cannot make a matrix of these rows: they must be numbers, as many in each row
    Matrix.from_rows([[1, 2], [1, 2, 3]])


def array_that_the_class_does_not_take(x: Float32[np.ndarray, "n 3"] = array("n 3", f32)) -> None:
    # E: argument 1 of "Matrix" has shape (n, 3), but (?, 2) is wanted: sizes 3 and 2 on axis 1 differ [shape]
    # R: ShapeError: Matrix[float32, int, 2] cannot hold shape (5, 3)
    Matrix[f32, int, 2](x)


def array_of_three_axes(x: Float32[np.ndarray, "n 3 2"] = array("n 3 2", f32)) -> None:
    # E: argument "array" of "Matrix" has shape (n, 3, 2), but (Rows, Cols) is wanted: it has 3 axes and not 2 [shape]
    # R: ShapeError: a matrix has 2 axes, not 3 as in (5, 3, 2): reshape the array first
    Matrix(x)


def sum_of_made_matrices(x: Float32[np.ndarray, "n 3"] = array("n 3", f32)) -> None:
    # E: cannot add (n, 2) and (n, 3): sizes 2 and 3 on axis -1 differ and neither is 1 [shape]
    # R: ShapeError: cannot add (5, 2) and (5, 3): sizes 2 and 3 on axis -1 differ and neither is 1
    Matrix.zeros(x.shape[0], 2) + Matrix(x)
