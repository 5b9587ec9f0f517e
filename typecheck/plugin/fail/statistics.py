"""Searching, differences, slopes and convolutions of arrays whose shapes do not fit."""

import numpy as np
from jaxtyping import Float64, Int64

from typecheck.plugin.arrays import array


def bins(x: Float64[np.ndarray, "n"] = array("n"), edges: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot find the bins between the edges (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep for desired array
    np.digitize(x, edges)


def search(x: Float64[np.ndarray, "n"] = array("n"), values: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot search in (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep for desired array
    np.searchsorted(values, x)


def search_method(values: Float64[np.ndarray, "n"] = array("n"), order: Int64[np.ndarray, "m"] = np.arange(7)) -> None:
    # E: cannot search in (n,) in the order of (m,): the lengths differ [shape]
    # R: ValueError: sorter.size must equal
    values.searchsorted(1.0, sorter=order)


def differences(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the differences of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    np.diff(x, axis=2)


def negative_differences(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the differences of (n,) -1 times: the number of times cannot be negative [shape]
    # R: ValueError: order must be non-negative
    np.diff(x, n=-1)


def prepended(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m 1"] = array("m 1")) -> None:
    # E: cannot concatenate (m, 1) and (n, m) on axis 1: sizes m and n on axis 0 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.diff(x, prepend=y)


def slope(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the gradient of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    np.gradient(x, axis=2)


def spacing(x: Float64[np.ndarray, "n"] = array("n"), places: Float64[np.ndarray, "m"] = np.arange(7.0)) -> None:
    # E: cannot take the gradient of (n,) with a spacing of (m,): a scalar or (n,) is wanted [shape]
    # R: ValueError: when 1d, distances must match the length
    np.gradient(x, places)


def spacings(x: Float64[np.ndarray, "n m k"] = array("n m k")) -> None:
    # E: cannot take the gradient of (n, m, k) with 2 spacings: 3 are wanted [shape]
    # R: TypeError: invalid number of arguments
    np.gradient(x, 0.5, 0.5)


def short_axis(x: Float64[np.ndarray, "n 1"] = array("n 1")) -> None:
    # E: cannot take the gradient of (n, 1) over axis 1: its size is 1 and at least 2 is wanted [shape]
    # R: ValueError: Shape of array too small
    np.gradient(x, axis=1)


def convolution(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot convolve (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep for desired array
    np.convolve(x, [1, 2, 1])


def correlation(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "0"] = array("0")) -> None:
    # E: cannot correlate (n,) and (0,): one of them is empty [shape]
    # R: ValueError: second array argument cannot be empty
    np.correlate(x, y)
