"""Reductions over axes that are not there, of nothing, and into arrays of another shape."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot sum (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    x.sum(axis=2)


def negative_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot average (n, m) over axis -3: it has 2 axes [shape]
    # R: AxisError: axis -3 is out of bounds
    np.mean(x, axis=-3)


def axis_of_a_vector(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the deviation of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    x.std(axis=1)


def one_of_several_axes(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot multiply (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    np.prod(x, axis=(0, 2))


def an_axis_twice(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot sum (n, m) over axes (1, -1): one axis is given twice [shape]
    # R: ValueError: duplicate value in 'axis'
    np.sum(x, axis=(1, -1))


def variance(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the variance of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.var(x, axis=1)


def maximum(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the maximum of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    x.max(axis=1)


def minimum_of_nothing(x: Float64[np.ndarray, "0 3"] = array("0 3")) -> None:
    # E: cannot take the minimum of (0, 3) over axis 0: its size is 0 [shape]
    # R: ValueError: zero-size array to reduction operation minimum
    np.min(x, axis=0)


def place_of_the_maximum(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot find the maximum of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    np.argmax(x, axis=2)


def place_of_the_minimum(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot find the minimum of (n, m) over axis -3: it has 2 axes [shape]
    # R: AxisError: axis -3 is out of bounds
    x.argmin(axis=-3)


def value_range(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the range of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.ptp(x, axis=1)


def question_to_all(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot test (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    (x > 0).all(axis=1)


def number_of_nonzero(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot count (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.count_nonzero(x, axis=1)


def median(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the median of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.median(x, axis=1)


def quantile(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the quantile of (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds
    np.quantile(x, 0.5, axis=1)


def percentile(x: Float64[np.ndarray, "n"] = array("n"), q: Float64[np.ndarray, "3 1 1"] = array("3 1 1")) -> None:
    # E: cannot take the percentile of (n,) at (3, 1, 1): at most 2 axes are wanted [shape]
    # R: ValueError: q must be a scalar or 1d
    np.percentile(x, q)


def weights(x: Float64[np.ndarray, "n m"] = array("n m"), w: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot take the average of (n, m) with weights of (m,): weights of (n, m) or (n,) are wanted [shape]
    # R: ValueError: Shape of weights must be consistent
    np.average(x, axis=0, weights=w)


def weights_without_axis(
    x: Float64[np.ndarray, "n m"] = array("n m"), w: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot take the average of (n, m) with weights of (m,): weights of (n, m) are wanted [shape]
    # R: TypeError: Axis must be specified when shapes of a and weights differ
    np.average(x, weights=w)


def integral(x: Float64[np.ndarray, "n m"] = array("n m"), points: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot integrate (n, m) over axis -1 between points of (n,): of the gaps, sizes n - 1 and m - 1 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.trapezoid(x, points)


def cumulative_sum(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the cumulative sum of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    x.cumsum(axis=2)


def cumulative_product(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the cumulative product of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    np.cumprod(x, axis=2)


def cumulative_sum_over_no_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the cumulative sum of (n, m) over no axis: it has 2 axes [shape]
    # R: ValueError: For arrays which have more than one dimension
    np.cumulative_sum(x)


def output(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot write a result of (n,) to (m,): the shapes differ [shape]
    # R: ValueError: operands could not be broadcast together
    x.sum(axis=1, out=y)
