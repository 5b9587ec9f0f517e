"""Arguments and results of functions that have another shape than their annotations say."""

from __future__ import annotations

from typing import Literal as L
from typing import TypeVar

import numpy as np

from shapedmat import Matrix, shapechecked

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)

a = Matrix[f32, L[5], L[2]].ones()
b = Matrix[f32, L[3], L[3]].ones()


@shapechecked
def first(matrix: Matrix[f32, L[5], L[2]]) -> f32:
    return matrix[0, 0]


@shapechecked
def scaled(matrix: Matrix[f32, L[5], L[2]], *, by: Matrix[f32, L[5], L[1]]) -> Matrix[f32, L[5], L[2]]:
    return matrix * by


@shapechecked
def same_shape(left: Matrix[f32, R, C], right: Matrix[f32, R, C]) -> Matrix[f32, R, C]:
    return left + right


@shapechecked
def chained(left: Matrix[f32, R, Batch], right: Matrix[f32, Batch, C]) -> Matrix[f32, R, C]:
    return left @ right


@shapechecked
def paired(x: Matrix[f32, L[2], Batch], y: Matrix[f32, L[5], Batch]) -> Matrix[f32, L[5], L[2]]:
    return y @ x.T


@shapechecked
def trace(matrix: Matrix[f32, R, R]) -> float:
    return sum(float(matrix[index, index]) for index in range(matrix.rows))


def argument_of_another_shape() -> None:
    # E: Argument 1 to "first" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, 5, 2]" [arg-type]
    # R: Matrix[float32, 3, 3]
    first(b)


def transposed_argument() -> None:
    # E: Argument 1 to "first" has incompatible type "Matrix[float32, 2, 5]"; expected "Matrix[float32, 5, 2]" [arg-type]
    # R: Matrix[float32, 2, 5]
    first(a.T)


def keyword_argument_of_another_shape() -> None:
    # E: Argument "by" to "scaled" has incompatible type "Matrix[float32, 1, 2]"; expected "Matrix[float32, 5, 1]" [arg-type]
    # R: Matrix[float32, 1, 2]
    scaled(a, by=a.sum(axis=0))


def number_for_a_matrix() -> None:
    # E: Argument 1 to "first" has incompatible type "float"; expected "Matrix[float32, 5, 2]" [arg-type]
    # R: TypeCheckError
    first(1.0)


def array_for_a_matrix() -> None:
    # E: Argument 1 to "first" has incompatible type "ndarray[tuple[int, int], dtype[float32]]"; expected "Matrix[float32, 5, 2]" [arg-type]
    # R: TypeCheckError
    first(np.ones((5, 2), f32))


def none_for_a_matrix() -> None:
    found = {"a": a}.get("b")
    # E: Argument 1 to "first" has incompatible type "Matrix[float32, 5, 2] | None"; expected "Matrix[float32, 5, 2]" [arg-type]
    # R: TypeCheckError
    first(found)


def two_arguments_of_one_shape() -> None:
    # E: Cannot infer value of type parameter "R" of "same_shape" [misc]
    # E: Cannot infer value of type parameter "C" of "same_shape" [misc]
    # R: Matrix[float32, R, C]
    same_shape(a, b)


def inner_size_of_two_arguments() -> None:
    # E: Cannot infer value of type parameter "Batch" of "chained" [misc]
    # R: Matrix[float32, Batch, C]
    chained(a, b)


def batch_sizes_of_two_arguments() -> None:
    # E: Cannot infer value of type parameter "Batch" of "paired" [misc]
    # R: Matrix[float32, 5, Batch]
    paired(a.T, Matrix[f32, L[5], L[4]].ones())


def matrix_that_is_not_square() -> None:
    # E: Cannot infer value of type parameter "R" of "trace" [misc]
    # R: Matrix[float32, 5, 2]
    trace(a)


def result_of_another_shape() -> None:
    @shapechecked
    def gram(matrix: Matrix[f32, L[5], L[2]]) -> Matrix[f32, L[5], L[5]]:
        # E: Incompatible return value type (got "Matrix[float32, 5, 2]", expected "Matrix[float32, 5, 5]") [return-value]
        # R: Matrix[float32, 5, 5]
        return matrix.hadamard(matrix)

    gram(a)


def result_transposed() -> None:
    @shapechecked
    def linear(w: Matrix[f32, R, C], x: Matrix[f32, C, Batch]) -> Matrix[f32, R, Batch]:
        # E: Incompatible return value type (got "Matrix[float32, Batch, R]", expected "Matrix[float32, R, Batch]") [return-value]
        # R: Matrix[float32, R, Batch]
        return (w @ x).T

    linear(a, Matrix[f32, L[2], L[4]].ones())


def result_that_is_the_argument() -> None:
    @shapechecked
    def transposed(matrix: Matrix[f32, R, C]) -> Matrix[f32, C, R]:
        # E: Incompatible return value type (got "Matrix[float32, R, C]", expected "Matrix[float32, C, R]") [return-value]
        # R: Matrix[float32, C, R]
        return matrix

    transposed(a)


def result_assigned_to_another_shape() -> None:
    total = same_shape(a, a)
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 5, 2]", variable has type "Matrix[float32, 2, 5]") [assignment]
    # R: nothing
    transposed: Matrix[f32, L[2], L[5]] = total


def forgotten_argument() -> None:
    # E: Missing named argument "by" for "scaled" [call-arg]
    # R: argument: 'by'
    scaled(a)
