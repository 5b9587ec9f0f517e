"""What a program has compared does not fit what it does with it."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def first_axis(x: Float64[np.ndarray, "_ m"] = array("n m")) -> None:
    assert x.shape[0] == 5
    # E: cannot add (5, m) and (4, 1): sizes 5 and 4 on axis -2 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x + np.zeros((4, 1))


def whole_shape(x: np.ndarray = array("n m")) -> None:
    if x.shape != (5, 7):
        raise ValueError
    # E: cannot multiply (5, 7) by (5, 7): inner dimensions 7 and 5 differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch
    x @ x


def in_a_branch(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    if x.shape[1] == 7:
        # E: cannot reshape (n, 7) to (n, 3, 2): the numbers of elements, 7*n and 6*n, differ [shape]
        # R: ValueError: cannot reshape array
        x.reshape(len(x), 3, 2)


def length(x: Float64[np.ndarray, "_"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    if len(x) != 5:
        return
    # E: sizes 5 and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x * y


def rank(x: np.ndarray = array("n m")) -> None:
    assert x.ndim == 2
    # E: cannot sum (?, ?) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    x.sum(axis=2)


def passed_on(x: Float64[np.ndarray, "_ _"] = array("n m")) -> None:
    assert x.shape[1] == 7
    # E: argument "x" of "of_three" has shape (?, 7), but (n, 3) is wanted: sizes 7 and 3 on axis 1 differ [shape]
    # R: ValueError: operands could not be broadcast together
    of_three(x)


def of_three(x: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    return x + np.zeros(3)
