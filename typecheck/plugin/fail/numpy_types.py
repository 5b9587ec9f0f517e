"""NumPy's own types of arrays that do not fit jaxtyping's, or the other way around."""

from typing import Literal

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def ranked(x: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]) -> None:
    x[0, 0, 0]


def two_rows(x: np.ndarray[tuple[Literal[2], int], np.dtype[np.float64]]) -> None:
    a, b = x
    print(a, b)


def matrix(x: Float64[np.ndarray, "p q"]) -> None:
    x[0, 0]


def of_another_rank(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument 1 of "ranked" has shape (n, m), but (?, ?, ?) is wanted: it has 2 axes and not 3 [shape]
    # R: IndexError: too many indices for array: array is 2-dimensional, but 3
    ranked(x)


def of_another_size(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument 1 of "two_rows" has shape (n, m), but (2, ?) is wanted: sizes n and 2 on axis 0 differ [shape]
    # R: ValueError: too many values to unpack (expected 2)
    two_rows(x)


def for_a_parameter_of_ours(x: np.ndarray[tuple[int], np.dtype[np.float64]] = array("n")) -> None:
    # E: argument "x" of "matrix" has shape (?,), but (p, q) is wanted: it has 1 axis and not 2 [shape]
    # R: IndexError: too many indices for array: array is 1-dimensional, but 2
    matrix(x)


def assigned(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: the assigned value has shape (n, m), but (?,) is wanted: it has 2 axes and not 1 [shape]
    y: np.ndarray[tuple[int], np.dtype[np.float64]] = x
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    y @ np.ones(4)


def product_of_a_literal(
    x: np.ndarray[tuple[int, Literal[2]], np.dtype[np.float64]] = array("n 2"),
    y: Float64[np.ndarray, "3 m"] = array("3 m"),
) -> None:
    # E: cannot multiply (?, 2) by (3, m): inner dimensions 2 and 3 differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    x @ y
