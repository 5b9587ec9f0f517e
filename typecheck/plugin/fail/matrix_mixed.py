"""Matrices and arrays in one expression whose sizes do not fit."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from shapedmat import Matrix
from typecheck.plugin.arrays import array


def matrix_of_an_array(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), m: Float64[Matrix, "n 2"] = Matrix(array("n 2"))
) -> None:
    # E: cannot add (n, 3) and (n, 2): sizes 3 and 2 on axis -1 differ and neither is 1 [shape]
    # R: ShapeError: cannot add (5, 3) and (5, 2): sizes 3 and 2 on axis -1 differ and neither is 1
    Matrix(x) + m


def array_of_a_matrix(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), m: Float64[Matrix, "n 2"] = Matrix(array("n 2"))
) -> None:
    # E: cannot multiply (n, 3) by (n, 2): inner dimensions 3 and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0
    x @ m.numpy()


def array_and_matrix(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), m: Float64[Matrix, "n 2"] = Matrix(array("n 2"))
) -> None:
    # E: cannot add (n, 3) and (n, 2): sizes 3 and 2 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together with shapes (5,3) (5,2)
    x + m
