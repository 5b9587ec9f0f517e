"""Arrays that cannot be made."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def negative_size() -> None:
    # E: cannot make an array of (2, -1): a size cannot be negative [shape]
    # R: ValueError: negative dimensions are not allowed
    np.zeros((2, -1))


def filled_with_another_size(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot assign (n, m) to (m, n): sizes m and n on axis -1 differ [shape]
    # R: ValueError: could not broadcast input array
    np.full((x.shape[1], x.shape[0]), x)


def ragged_list() -> None:
    # E: cannot make an array of (3,) and (2,): the shapes differ [shape]
    # R: ValueError: setting an array element with a sequence
    np.array([[1, 2, 3], [4, 5]])


def ragged_ranks() -> None:
    # E: cannot make an array of () and (1,): the shapes differ [shape]
    # R: ValueError: setting an array element with a sequence
    np.asarray([1.0, [2.0]])


def lists_of_arrays_that_differ(
    x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot make an array of (n,) and (m,): the shapes differ [shape]
    # R: ValueError: setting an array element with a sequence
    np.array([x, y])


def bounds_that_do_not_broadcast(
    x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot space numbers between (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.linspace(x, y, 5)


def numbers_on_no_axis() -> None:
    # E: cannot space numbers in (5,) over axis 1: it has 1 axis [shape]
    # R: AxisError: destination: axis 1 is out of bounds
    np.linspace(0, 1, 5, axis=1)


def a_negative_number_of_numbers() -> None:
    # E: cannot space numbers in an axis of (-1,): a size cannot be negative [shape]
    # R: ValueError: Number of samples, -1, must be non-negative
    np.linspace(0, 1, -1)


def step_of_zero() -> None:
    # E: cannot count from 1 to 5 in steps of 0 [shape]
    # R: ZeroDivisionError
    np.arange(1, 5, 0)


def step_of_zero_fractions() -> None:
    # E: cannot count from 0.5 to 5 in steps of 0 [shape]
    # R: ZeroDivisionError
    np.arange(0.5, 5, 0)


def powers_of_a_matrix(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot make a Vandermonde matrix of (n, m): a vector is wanted [shape]
    # R: ValueError: x must be a one-dimensional array or sequence
    np.vander(x)


def grid_of_a_matrix(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot lay along an axis an array of (n, m): a vector is wanted [shape]
    # R: ValueError: Cross index must be 1 dimensional
    np.ix_(x)


def counting_a_matrix(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot count the values of (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep for desired array
    np.bincount(x.astype(np.int64))


def no_bins(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the histogram of (n, m) with 0 bins: at least 1 is wanted [shape]
    # R: ValueError: `bins` must be positive
    np.histogram(x, bins=0)


def covariance_of_more_axes(x: Float64[np.ndarray, "n m k"] = array("n m k")) -> None:
    # E: cannot take the covariance of (n, m, k): a vector or a matrix is wanted [shape]
    # R: ValueError: m has more than 2 dimensions
    np.cov(x)
