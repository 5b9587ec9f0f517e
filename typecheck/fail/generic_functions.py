"""Bugs inside functions that are generic in a size: they are found for every size at once."""

from __future__ import annotations

from typing import Literal as L
from typing import TypeVar

import numpy as np

from shapedmat import Matrix, sigmoid

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
Other = TypeVar("Other", bound=int)
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)
Real = TypeVar("Real", np.float32, np.float64)

w = Matrix[f32, L[3], L[2]].ones()
x = Matrix[f32, L[2], L[4]].ones()


def product_with_a_generic_batch() -> None:
    def hidden(x: Matrix[f32, L[2], Batch]) -> Matrix[f32, L[3], Batch]:
        # E: Unsupported operand types for @ ("Matrix[float32, 2, 3]" and "Matrix[float32, 2, Batch]") [operator]
        # E: Incompatible return value type (got "Matrix[float32, 2, Batch]", expected "Matrix[float32, 3, Batch]") [return-value]
        # R: ShapeError: cannot multiply (2, 3) by (2, 4): inner dimensions 3 and 2 differ
        return w.T @ x

    hidden(x)


def product_over_the_batch() -> None:
    def gram(x: Matrix[f32, L[2], Batch]) -> Matrix[f32, Batch, Batch]:
        # E: Unsupported operand types for @ ("Matrix[float32, 2, Batch]" and "Matrix[float32, 2, Batch]") [operator]
        # E: Incompatible return value type (got "Matrix[float32, 2, Batch]", expected "Matrix[float32, Batch, Batch]") [return-value]
        # R: ShapeError: cannot multiply (2, 4) by (2, 4): inner dimensions 4 and 2 differ
        return x @ x

    gram(x)


def two_batches_mixed_up() -> None:
    def error(y: Matrix[f32, L[2], Batch], t: Matrix[f32, L[2], Other]) -> Matrix[f32, L[2], Batch]:
        # E: Unsupported operand types for - ("Matrix[float32, 2, Batch]" and "Matrix[float32, 2, Other]") [operator]
        # E: Returning Any from function declared to return "Matrix[float32, 2, Batch]" [no-any-return]
        # R: ShapeError: cannot subtract (2, 3) from (2, 4): sizes 4 and 3 on axis -1 differ and neither is 1
        return y - t

    error(x, Matrix[f32, L[2], L[3]].ones())


def mean_over_the_features_subtracted() -> None:
    def centered(points: Matrix[f32, R, C], center: Matrix[f32, L[1], R]) -> Matrix[f32, R, C]:
        # E: Unsupported operand types for - ("Matrix[float32, R, C]" and "Matrix[float32, 1, R]") [operator]
        # E: Returning Any from function declared to return "Matrix[float32, R, C]" [no-any-return]
        # R: ShapeError: cannot subtract (1, 2) from (2, 4): sizes 4 and 2 on axis -1 differ and neither is 1
        return points - center

    centered(x, Matrix[f32, L[1], L[2]].ones())


def bias_of_the_input_length() -> None:
    def layer(w: Matrix[Real, R, C], b: Matrix[Real, C, L[1]], x: Matrix[Real, C, Batch]) -> Matrix[Real, R, Batch]:
        # E: Unsupported operand types for + ("Matrix[float32, R, Batch]" and "Matrix[float32, C, 1]") [operator]
        # E: Unsupported operand types for + ("Matrix[float64, R, Batch]" and "Matrix[float64, C, 1]") [operator]
        # R: ShapeError: cannot add (3, 4) and (2, 1): sizes 3 and 2 on axis -2 differ and neither is 1
        return sigmoid(w @ x + b)

    layer(w, Matrix[f32, L[2], L[1]].ones(), x)


def element_types_mixed_up() -> None:
    def blend(left: Matrix[f32, R, C], right: Matrix[np.float64, R, C]) -> Matrix[f32, R, C]:
        # E: Unsupported operand types for + ("Matrix[float32, R, C]" and "Matrix[float64, R, C]") [operator]
        # E: Returning Any from function declared to return "Matrix[float32, R, C]" [no-any-return]
        # R: DTypeError: cannot add float32 and float64: convert one with .astype(np.float32)
        return left + right

    blend(x, x.astype(np.float64))


def power_of_a_matrix_that_is_not_square() -> None:
    def squared(matrix: Matrix[f32, R, C]) -> Matrix[f32, R, C]:
        # E: Unsupported operand types for @ ("Matrix[float32, R, C]" and "Matrix[float32, R, C]") [operator]
        # R: ShapeError: cannot multiply (3, 2) by (3, 2): inner dimensions 2 and 3 differ
        return matrix @ matrix

    squared(w)
