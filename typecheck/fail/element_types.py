"""Element types that differ, and activation functions, which keep the type of a matrix."""

from __future__ import annotations

from typing import Literal as L
from typing import TypeVar

import numpy as np

from shapedmat import Matrix, shapechecked, sigmoid, softmax

f32 = np.float32
f64 = np.float64
Rows = TypeVar("Rows", bound=int)

a = Matrix[f32, L[5], L[2]].ones()
double = Matrix[f64, L[5], L[2]].ones()
counts = Matrix[np.int64, L[5], L[2]].ones()


@shapechecked
def mean_of(matrix: Matrix[f64, Rows, L[2]]) -> f64:
    return matrix.mean()


def sum_of_two_element_types() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[float64, 5, 2]") [operator]
    # R: DTypeError: cannot add float32 and float64: convert one with .astype(np.float32)
    a + double


def product_of_two_element_types() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 2, 5]" and "Matrix[float64, 5, 2]") [operator]
    # R: float32 and float64: convert one with .astype(np.float32)
    a.T @ double


def integers_and_floats() -> None:
    # E: Unsupported operand types for * ("Matrix[int64, 5, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: DTypeError: cannot multiply int64 and float32: convert one with .astype(np.int64)
    counts * a


def in_place_with_another_element_type() -> None:
    total = Matrix[f32, L[5], L[2]].zeros()
    # E: Argument 1 to "__iadd__" of "Matrix" has incompatible type "Matrix[float64, 5, 2]"; expected "Matrix[float32, 5, 2] | [arg-type]
    # R: DTypeError: cannot add float32 and float64: convert one with .astype(np.float32)
    total += double


def argument_of_another_element_type() -> None:
    # E: Argument 1 to "mean_of" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float64, 5, 2]" [arg-type]
    # R: Matrix[float64, Rows, 2]
    mean_of(a)


def converted_to_the_wrong_element_type() -> None:
    # E: Argument 1 to "astype" of "Matrix" has incompatible type "type[int64]"; expected "type[float64]" [arg-type]
    # R: Matrix[float64, Rows, 2]
    mean_of(a.astype(np.int64))


def element_type_of_python() -> None:
    # E: Value of type variable "D" of "astype" of "Matrix" cannot be "str" [type-var]
    # R: DTypeError: a matrix cannot hold <U0: use float32, float64, an integer type or bool
    a.astype(str)


def comparison_of_two_element_types() -> None:
    # E: Unsupported operand types for < ("Matrix[float32, 5, 2]" and "Matrix[float64, 5, 2]") [operator]
    # R: float32 and float64: convert one with .astype(np.float32)
    a < double


def activation_keeps_the_shape() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ
    sigmoid(a) @ a


def activation_keeps_the_element_type() -> None:
    # E: Unsupported operand types for - ("Matrix[float64, 5, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: DTypeError: cannot subtract float64 and float32: convert one with .astype(np.float64)
    sigmoid(double) - a


def applied_function_keeps_the_shape() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "Matrix[float32, 2, 5]") [operator]
    # R: ShapeError: cannot add (5, 2) and (2, 5): sizes 2 and 5 on axis -1 differ and neither is 1
    a.apply(sigmoid) + a.T.apply(sigmoid)


def softmax_keeps_the_shape() -> None:
    # E: Argument 1 to "softmax" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 1, 2]" [arg-type]
    # R: nothing
    most_likely: Matrix[f32, L[1], L[2]] = softmax(a)


def softmax_along_a_third_axis() -> None:
    # E: Argument 2 to "softmax" has incompatible type "2"; expected "0, 1" [arg-type]
    # R: ShapeError: cannot take the softmax of (5, 2) over axis 2: it has 2 axes
    softmax(a, 2)


def activation_of_a_number() -> None:
    # E: Argument 1 to "__call__" of "Function" has incompatible type "float"; expected "Matrix[Never, Never, Never]" [arg-type]
    # R: Error
    sigmoid(0.5)
