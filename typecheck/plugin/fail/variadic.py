"""Shapes with any number of axes that certainly do not fit."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def last_axes_of_a_product(
    x: Float64[np.ndarray, "*b n 3"] = array("t n 3"), m: Float64[np.ndarray, "4 4"] = array("4 4")
) -> None:
    # E: cannot multiply (*b, n, 3) by (4, 4): inner dimensions 3 and 4 differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    x @ m


def last_axes_of_a_sum(
    x: Float64[np.ndarray, "... 3"] = array("n 3"), v: Float64[np.ndarray, "4"] = array("4")
) -> None:
    # E: cannot add (..., 3) and (4,): sizes 3 and 4 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together with shapes (5,3)
    x + v


def same_batches(x: Float64[np.ndarray, "*b n"] = array("t n"), y: Float64[np.ndarray, "*b m"] = array("t m")) -> None:
    # E: cannot subtract (*b, m) from (*b, n): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together with shapes (6,5)
    x - y


def in_place(x: Float64[np.ndarray, "*b 3"] = array("n 3"), v: Float64[np.ndarray, "4"] = array("4")) -> None:
    # E: cannot add (4,) to (*b, 3) in place: sizes 4 and 3 on axis -1 differ [shape]
    # R: ValueError: operands could not be broadcast together with shapes (5,3)
    x += v
