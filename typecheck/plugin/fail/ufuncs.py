"""Universal functions on arrays whose shapes do not fit."""

import numpy as np
from jaxtyping import Bool, Float64, Int64

from typecheck.plugin.arrays import array


def addition(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot add (n, m) and (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.add(x, y)


def maximum(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the maximum of (n, m) and (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.maximum(x, y)


def minimum(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the minimum of (n,) and (2,): sizes n and 2 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.fmin(x, [1.0, 2.0])


def power(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot raise (n,) to the power of (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.power(x, y)


def arctangent(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot take the arctangent of (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.arctan2(x, y)


def hypotenuse(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot take the hypotenuse of (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.hypot(x, y)


def exponentials(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot add the exponentials of (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.logaddexp(x, y)


def step(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot take the step function of (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.heaviside(x, y)


def signs(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot copy signs between (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.copysign(x, y)


def neighbours(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot step between (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.nextafter(x, y)


def divisors(
    a: Int64[np.ndarray, "n"] = array("n", np.int64), b: Int64[np.ndarray, "m"] = array("m", np.int64)
) -> None:
    # E: cannot take the common divisor of (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.gcd(a, b)


def multiples(
    a: Int64[np.ndarray, "n"] = array("n", np.int64), b: Int64[np.ndarray, "m"] = array("m", np.int64)
) -> None:
    # E: cannot take the common multiple of (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.lcm(a, b)


def scaling(x: Float64[np.ndarray, "n"] = array("n"), b: Int64[np.ndarray, "m"] = array("m", np.int64)) -> None:
    # E: cannot scale (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.ldexp(x, b)


def logic(a: Bool[np.ndarray, "n"] = array("n", np.bool), b: Bool[np.ndarray, "m"] = array("m", np.bool)) -> None:
    # E: cannot combine (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.logical_and(a, b)


def comparison(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot compare (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.greater(x, y)


def two_results(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot divide (n,) by (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.divmod(x, y)


def output_of_a_function(
    x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot write a result of (n, m) to (m,) in place: 1 axis too many [shape]
    # R: ValueError: non-broadcastable output operand
    np.sqrt(x, out=y)


def positional_output(
    x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n k"] = array("n k")
) -> None:
    # E: cannot write a result of (n, m) to (n, k) in place: sizes m and k on axis -1 differ [shape]
    # R: ValueError: operands could not be broadcast together
    np.add(x, 1, y)


def mask(x: Float64[np.ndarray, "n m"] = array("n m"), y: Bool[np.ndarray, "n"] = array("n", np.bool)) -> None:
    # E: cannot mask a result of (n, m) by (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.sqrt(x, where=y, out=x)


def reduced_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot sum (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    np.add.reduce(x, axis=2)


def reduced_twice(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the maximum of (n, m) over axes (0, 0): one axis is given twice [shape]
    # R: ValueError: duplicate value in 'axis'
    np.maximum.reduce(x, axis=(0, 0))


def accumulated_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot accumulate (n, m) over axis -3: it has 2 axes [shape]
    # R: AxisError: axis -3 is out of bounds
    np.add.accumulate(x, axis=-3)


def parts(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot reduce parts of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    np.add.reduceat(x, [0, 1], axis=2)


def product(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot multiply (n, m) by (n, m): inner dimensions m and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimension
    np.matmul(x, x)


def output_of_a_product(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot write a result of (n, n) to (n, m) in place: sizes n and m on axis -1 differ [shape]
    # R: ValueError: matmul: Output operand 0 has a mismatch in its core dimension
    np.matmul(x, x.T, out=x)


def dot_products(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the dot products of (n, m) and (n,): inner dimensions m and n differ [shape]
    # R: ValueError: vecdot: Input operand 1 has a mismatch in its core dimension
    np.vecdot(x, y)


def matrix_by_vector(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot multiply (n, m) by (n,): inner dimensions m and n differ [shape]
    # R: ValueError: matvec: Input operand 1 has a mismatch in its core dimension
    np.matvec(x, y)


def unbuffered(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot assign (n,) to (2, m): sizes n and m on axis -1 differ [shape]
    # R: ValueError: array is not broadcastable to correct shape
    np.add.at(x, [0, 0], y)
