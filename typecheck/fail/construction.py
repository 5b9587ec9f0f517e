"""Matrices that are made in another shape than the class or the variable says."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32
f64 = np.float64


def rows_of_a_declared_variable() -> None:
    # E: Argument 1 to "zeros" of "Constructors" has incompatible type "4"; expected "5" [arg-type]
    # R: nothing
    w: Matrix[f32, L[5], L[2]] = Matrix.zeros(4, 2)


def columns_of_a_declared_variable() -> None:
    # E: Argument 2 to "ones" of "Constructors" has incompatible type "3"; expected "2" [arg-type]
    # R: nothing
    w: Matrix[f32, L[5], L[2]] = Matrix.ones(5, 3)


def swapped_sizes_of_a_declared_variable() -> None:
    # E: Argument 1 to "xavier" of "Constructors" has incompatible type "784"; expected "128" [arg-type]
    # E: Argument 2 to "xavier" of "Constructors" has incompatible type "128"; expected "784" [arg-type]
    # R: nothing
    w: Matrix[f32, L[128], L[784]] = Matrix.xavier(784, 128)


def element_type_of_a_declared_variable() -> None:
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 5, 2]", variable has type "Matrix[float64, 5, 2]") [assignment]
    # R: nothing
    w: Matrix[f64, L[5], L[2]] = Matrix.zeros(5, 2)


def class_shape_of_a_declared_variable() -> None:
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 5, 3]", variable has type "Matrix[float32, 5, 2]") [assignment]
    # R: nothing
    w: Matrix[f32, L[5], L[2]] = Matrix[f32, L[5], L[3]].random()


def identity_of_another_size() -> None:
    # E: Argument 1 to "eye" of "Constructors" has incompatible type "4"; expected "5" [arg-type]
    # R: nothing
    w: Matrix[f32, L[5], L[5]] = Matrix.eye(4)


def one_hot_of_too_few_classes() -> None:
    # E: Argument 2 to "one_hot" of "Constructors" has incompatible type "9"; expected "10" [arg-type]
    # R: nothing
    y: Matrix[f32, L[10], L[2]] = Matrix.one_hot([3, 1], 9)


def reshaped_to_another_shape() -> None:
    a = Matrix[f32, L[6], L[4]].ones()
    # E: Argument 2 to "reshape" of "Matrix" has incompatible type "3"; expected "2" [arg-type]
    # R: nothing
    b: Matrix[f32, L[8], L[2]] = a.reshape(8, 3)


def one_size() -> None:
    # E: No overload variant of "zeros" of "Constructors" matches argument type "int" [call-overload]
    # R: TypeError: Matrix.zeros takes rows and cols, or neither where the class gives them, not 1 arguments
    Matrix.zeros(5)


def tuple_of_sizes() -> None:
    # E: No overload variant of "zeros" of "Constructors" matches argument type "tuple[int, int]" [call-overload]
    # R: TypeError: Matrix.zeros takes rows and cols, or neither where the class gives them, not 1 arguments
    Matrix.zeros((5, 2))


def size_that_is_no_integer() -> None:
    # E: No overload variant of "zeros" of "Constructors" matches argument types "float", "int" [call-overload]
    # R: ShapeError: cannot make a matrix of shape (2.5, 2): sizes are integers, 0 or more
    Matrix.zeros(2.5, 2)


def rows_of_text() -> None:
    # E: List item 0 has incompatible type "str"; expected "float" [list-item]
    # R: ShapeError: cannot make a matrix of these rows: they must be numbers, as many in each row
    Matrix.from_rows([["one"]])


def array_of_another_shape() -> None:
    array: np.ndarray[tuple[L[3], L[2]], np.dtype[f32]] = Matrix[f32, L[3], L[2]].ones().numpy()
    # E: Argument 1 to "Matrix" has incompatible type "ndarray[tuple[3, 2], dtype[float32]]"; expected "ndarray[tuple[5, 2], dtype[float32]]" [arg-type]
    # R: ShapeError: Matrix[float32, 5, 2] cannot hold shape (3, 2)
    Matrix[f32, L[5], L[2]](array)


def array_of_another_element_type() -> None:
    # E: Argument 1 to "from_array" of "Matrix" has incompatible type "ndarray[tuple[int, int], dtype[float64]]" [arg-type]
    # R: DTypeError: Matrix[float32, int, int] cannot hold float64: convert with .astype(np.float32)
    Matrix[f32, int, int].from_array(np.ones((3, 2)))


def array_of_three_axes() -> None:
    volume = np.ones((3, 2, 4))
    # E: Argument 1 to "Matrix" has incompatible type "ndarray[tuple[int, int, int], dtype[float64]]" [arg-type]
    # R: ShapeError: a matrix has 2 axes, not 3 as in (3, 2, 4): reshape the array first
    Matrix(volume)


def number_for_an_array() -> None:
    # E: Argument 1 to "Matrix" has incompatible type "int"; expected "ndarray[tuple[Any, Any], dtype[Any]]" [arg-type]
    # R: TypeError: a Matrix holds an array, not a int: use Matrix.from_rows
    Matrix(5)


def element_type_that_is_no_scalar_type() -> None:
    # E: Value of type variable "DType" of "Matrix" cannot be "str" [type-var]
    # R: TypeError: the element type of a Matrix is a NumPy scalar type such as np.float32, not <class 'str'>
    Matrix[str, L[5], L[2]].zeros()


def size_that_is_text() -> None:
    # E: Value of type variable "Rows" of "Matrix" cannot be "Literal['five']" [type-var]
    # R: TypeError: a size of a Matrix is Literal[5], a TypeVar, int or Any, not
    Matrix[f32, L["five"], L[2]].zeros()


def third_size() -> None:
    # E: Type application has too many types [misc]
    # R: TypeError: Matrix takes an element type, rows and columns, not 4 arguments
    Matrix[f32, L[5], L[2], L[3]].zeros()
