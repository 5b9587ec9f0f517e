"""Bugs with annotations that have names."""

from typing import TypeAlias, cast

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array
from typecheck.plugin.shared_aliases import Matrix, Points

Vector = Float64[np.ndarray, "n"]
Square: TypeAlias = "Float64[np.ndarray, 'n n']"


def moved(points: Points, by: Vector) -> Points:
    return points + by[:, None]


def product(a: Points = array("n 3"), b: Points = array("n 3")) -> None:
    # E: cannot multiply (n, 3) by (n, 3): inner dimensions 3 and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    a @ b


def of_two_aliases(a: Matrix = array("n m"), b: Vector = array("n")) -> None:
    # E: cannot multiply (n, m) by (n,): inner dimensions m and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    a @ b


def of_an_alias_in_a_string(a: Square = array("n n"), b: "Matrix" = array("n m")) -> None:
    # E: cannot multiply (n, n) by (m, n): inner dimensions n and m differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    a @ b.T


def local_variable(a: Matrix = array("n m")) -> None:
    # E: the assigned value has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
    b: Vector = a[0]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    a.T @ b


def argument(points: Points = array("n 3")) -> None:
    # E: argument "by" of "moved": dimension "n" is n from argument "points" but 3 here [shape]
    # R: ValueError: operands could not be broadcast together with shapes (5,3)
    moved(points, points[0])


def after_a_cast(x: object = array("n m")) -> None:
    # E: cannot multiply (5, 7) by (5,): inner dimensions 7 and 5 differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    cast(Float64[np.ndarray, "5 7"], x) @ np.ones(5)
