"""Functions and methods that work on elements, on arrays whose shapes do not fit."""

import numpy as np
from jaxtyping import Bool, Float64

from typecheck.plugin.arrays import array


def clip(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot clip (n, m) and (n,): sizes m and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.clip(x, 0, y)


def clip_method(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot clip (n, 3) and (2,): sizes 3 and 2 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    x.clip([0, 1], None)


def clip_output(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot write a result of (n, m) to (m,) in place: 1 axis too many [shape]
    # R: ValueError: non-broadcastable output operand
    np.clip(x, 0, 1, out=y)


def round_output(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot write a result of (n, m) to (m,): the shapes differ [shape]
    # R: ValueError: invalid output shape
    np.round(x, 2, out=y)


def close(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot compare (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.isclose(x, y)


def all_close(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot compare (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.allclose(x, y)


def interpolation(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot interpolate between points (n,) of values (m,): the lengths differ [shape]
    # R: ValueError: fp and xp are not of the same length
    np.interp(0.5, x, y)


def interpolation_in_a_matrix(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot interpolate between (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep for desired array
    np.interp(0.5, x, x)


def unwrap(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot unwrap (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.unwrap(x, axis=1)


def copy(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot assign (n, m) to (m,): 1 axis too many [shape]
    # R: ValueError: could not broadcast input array
    np.copyto(y, x)


def copy_where(y: Float64[np.ndarray, "m"] = array("m"), mask: Bool[np.ndarray, "n"] = array("n", np.bool)) -> None:
    # E: cannot broadcast (n,) to (m,): sizes n and m on axis -1 differ [shape]
    # R: ValueError: could not broadcast where mask
    np.copyto(y, 0, where=mask)
