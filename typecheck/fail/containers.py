"""Matrices in lists, dictionaries and unions, and functions that are passed on."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Literal as L
from typing import TypeVar

import numpy as np

from shapedmat import Matrix, relu, sigmoid

f32 = np.float32
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)
K = TypeVar("K", bound=int)

a = Matrix[f32, L[5], L[2]].ones()
b = Matrix[f32, L[3], L[3]].ones()


def then(
    first: Callable[[Matrix[f32, R, L[1]]], Matrix[f32, K, L[1]]],
    second: Callable[[Matrix[f32, K, L[1]]], Matrix[f32, C, L[1]]],
) -> Callable[[Matrix[f32, R, L[1]]], Matrix[f32, C, L[1]]]:
    return lambda x: second(first(x))


def hidden(x: Matrix[f32, L[2], L[1]]) -> Matrix[f32, L[5], L[1]]:
    return sigmoid(a @ x)


def output(x: Matrix[f32, L[3], L[1]]) -> Matrix[f32, L[3], L[1]]:
    return relu(b @ x)


def composition_of_functions_that_do_not_fit() -> None:
    # E: Cannot infer value of type parameter "K" of "then" [misc]
    # R: ShapeError: cannot multiply (3, 3) by (5, 1): inner dimensions 3 and 5 differ
    then(hidden, output)(Matrix[f32, L[2], L[1]].ones())


def callback_of_another_shape() -> None:
    # E: Incompatible types in assignment (expression has type "Callable[[Matrix[float32, 3, 1]], Matrix[float32, 3, 1]]", variable has type "Callable[[Matrix[float32, 5, 1]], Matrix[float32, 5, 1]]") [assignment]
    # R: nothing
    step: Callable[[Matrix[f32, L[5], L[1]]], Matrix[f32, L[5], L[1]]] = output


def item_of_a_list() -> None:
    matrices: list[Matrix[f32, L[5], L[2]]] = [a, a]
    # E: Argument 1 to "append" of "list" has incompatible type "Matrix[float32, 3, 3]"; expected "Matrix[float32, 5, 2]" [arg-type]
    # R: nothing
    matrices.append(b)


def value_of_a_dictionary() -> None:
    parameters: dict[str, Matrix[f32, L[5], L[2]]] = {"w": a}
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 3, 3]", target has type "Matrix[float32, 5, 2]") [assignment]
    # R: nothing
    parameters["b"] = b


def sum_of_a_list() -> None:
    matrices = [a, a]
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 5, 2]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (5, 2): inner dimensions 2 and 5 differ
    reduce(lambda left, right: left + right, matrices) @ a


def optional_matrix() -> None:
    found = {"a": a}.get("b")
    # E: Item "None" of "Matrix[float32, 5, 2] | None" has no attribute "T" [union-attr]
    # R: AttributeError: 'NoneType' object has no attribute 'T'
    found.T


def optional_operand() -> None:
    found = {"a": a}.get("b")
    # E: Unsupported operand types for + ("Matrix[float32, 5, 2]" and "None") [operator]
    # R: TypeError: unsupported operand type(s) for +: 'Matrix' and 'NoneType'
    a + found


def one_of_two_shapes() -> None:
    either = a if len(a) == 3 else b
    # E: Unsupported operand types for @ ("Matrix[float32, 3, 3]" and "Matrix[float32, 2, 5]") [operator]
    # R: ShapeError: cannot multiply (3, 3) by (2, 5): inner dimensions 3 and 2 differ
    either @ a.T


def rows_of_two_matrices() -> None:
    for left, right in zip(a, b, strict=False):
        # E: Unsupported operand types for + ("Matrix[float32, 1, 2]" and "Matrix[float32, 1, 3]") [operator]
        # R: ShapeError: cannot add (1, 2) and (1, 3): sizes 2 and 3 on axis -1 differ and neither is 1
        left + right


def unpacked_shape() -> None:
    # E: Need more than 2 values to unpack (3 expected) [misc]
    # R: ValueError: not enough values to unpack (expected 3, got 2)
    rows, cols, depth = a.shape
