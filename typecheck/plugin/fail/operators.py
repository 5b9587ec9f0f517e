"""Operators on arrays whose shapes do not fit."""

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from typecheck.plugin.arrays import array


def addition(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot add (n, m) and (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x + y


def subtraction(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot subtract (3, n) from (n, 3): sizes 3 and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x - x.T


def multiplication(x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "4"] = array("4")) -> None:
    # E: cannot multiply (n, 3) by (4,): sizes 3 and 4 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x * y


def division(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot divide (n, m) by (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x / x.sum(axis=1)


def floor_division(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot divide (n,) by (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x // y


def remainder(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "k 1 m"] = array("k 1 m")) -> None:
    # E: cannot take the remainder of (k, n, m) by (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    (x + y) % x[:, 0]


def power(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot raise (n,) to the power of (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x**y


def quotient_and_remainder(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot divide (n,) by (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    divmod(x, y)


def a_list_on_the_right(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot add (n, 3) and (2,): sizes 3 and 2 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x + [1, 2]


def a_list_on_the_left(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot subtract (n, 3) from (2,): sizes 2 and 3 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    [1.0, 2.0] - x


def comparison(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n k"] = array("n k")) -> None:
    # E: cannot compare (n, m) and (n, k): sizes m and k on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x < y


def equality(x: Float[np.ndarray, "n m"] = array("n m"), y: Float[np.ndarray, "m n"] = array("m n")) -> None:
    # E: cannot compare (n, m) and (m, n): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x == y


def masks(a: Bool[np.ndarray, "n"] = array("n", np.bool), b: Bool[np.ndarray, "m"] = array("m", np.bool)) -> None:
    # E: cannot combine (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    a & b


def shift(a: Int64[np.ndarray, "n"] = array("n", np.int64), b: Int64[np.ndarray, "m"] = array("m", np.int64)) -> None:
    # E: cannot shift (n,) by (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    a << b


def product(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot multiply (n, m) by (n, m): inner dimensions m and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimension
    x @ y


def product_of_vectors(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot multiply (n,) by (m,): inner dimensions n and m differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimension
    x @ y


def product_of_batches(
    x: Float64[np.ndarray, "b n m"] = array("b n m"), y: Float64[np.ndarray, "c m k"] = array("c m k")
) -> None:
    # E: cannot multiply (b, n, m) by (c, m, k): sizes b and c on axis -3 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x @ y


def product_with_a_list(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot multiply (2,) by (n, 3): inner dimensions 2 and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimension
    [1, 2] @ x


def the_left_side_does_not_grow(
    x: Float64[np.ndarray, "m"] = array("m"), y: Float64[np.ndarray, "n m"] = array("n m")
) -> None:
    # E: cannot add (n, m) to (m,) in place: 1 axis too many [shape]
    # R: ValueError: non-broadcastable output operand
    x += y


def the_left_side_does_not_stretch(
    x: Float64[np.ndarray, "n 1"] = array("n 1"), y: Float64[np.ndarray, "n m"] = array("n m")
) -> None:
    # E: cannot multiply (n, 1) by (n, m) in place: sizes m and 1 on axis -1 differ [shape]
    # R: ValueError: non-broadcastable output operand
    x *= y


def power_in_place(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot raise (n,) to the power of (m,) in place: sizes m and n on axis -1 differ [shape]
    # R: ValueError: operands could not be broadcast together
    x **= y


def product_in_place(
    x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m k"] = array("m k")
) -> None:
    # E: cannot write a result of (n, k) to (n, m) in place: sizes k and m on axis -1 differ [shape]
    # R: ValueError: matmul: Output operand 0 has a mismatch in its core dimension
    x @= y


def product_in_place_with_a_vector(
    x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot multiply (n, m) by (m,) in place: a matrix is wanted on the right [shape]
    # R: ValueError: inplace matrix multiplication requires
    x @= y


def integers_in_place_hold_no_quotients(x: Int64[np.ndarray, "n"] = array("n", np.int64)) -> None:
    # E: Invalid self argument [misc]
    # R: UFuncTypeError: Cannot cast ufunc 'divide' output
    x /= 2
