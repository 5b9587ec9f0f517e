"""Elements that cannot be chosen, and diagonals that are not there."""

import numpy as np
from jaxtyping import Bool, Float64, Int64

from typecheck.plugin.arrays import array


def taken_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take from (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    np.take(x, [0, 1], axis=2)


def taken_by_method_out_of_range(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take from (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds for array of dimension 1
    x.take(0, axis=1)


def indices_with_an_axis_too_few(
    x: Float64[np.ndarray, "n m"] = array("n m"), i: Int64[np.ndarray, "n"] = array("n", np.int64)
) -> None:
    # E: cannot take (n,) along axis 1 of (n, m): the numbers of axes, 1 and 2, differ [shape]
    # R: ValueError: `indices` and `arr` must have the same number of dimensions
    np.take_along_axis(x, i, axis=1)


def indices_of_other_rows(
    x: Float64[np.ndarray, "n m"] = array("n m"), i: Int64[np.ndarray, "k 2"] = array("k 2", np.int64)
) -> None:
    # E: cannot take (k, 2) along axis 1 of (n, m): sizes n and k on axis -2 differ and neither is 1 [shape]
    # R: IndexError: shape mismatch: indexing arrays could not be broadcast together with shapes (5,1) (11,2)
    np.take_along_axis(x, i, axis=1)


def values_of_another_shape(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    i: Int64[np.ndarray, "n 2"] = array("n 2", np.int64),
    y: Float64[np.ndarray, "n 3"] = array("n 3"),
) -> None:
    # E: cannot assign (n, 3) to (n, 2): sizes 3 and 2 on axis -1 differ [shape]
    # R: ValueError: shape mismatch: value array of shape (5,3) could not be broadcast to indexing
    np.put_along_axis(x, i, y, axis=1)


def choices_that_do_not_broadcast(
    i: Int64[np.ndarray, "n"] = array("n", np.int64), x: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot choose from (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is
    np.choose(i, [x, x, x, x])


def more_conditions_than_choices(
    c: Bool[np.ndarray, "n"] = array("n", np.bool_), x: Float64[np.ndarray, "n"] = array("n")
) -> None:
    # E: cannot select by conditions: the numbers of conditions and of choices, 2 and 1, differ [shape]
    # R: ValueError: list of cases must be same length as list of conditions
    np.select([c, c], [x])


def choices_of_another_length(
    c: Bool[np.ndarray, "n"] = array("n", np.bool_), x: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot choose from (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is
    np.select([c, c], [x, x])


def condition_of_a_matrix(
    c: Bool[np.ndarray, "n m"] = array("n m", np.bool_), x: Float64[np.ndarray, "n m"] = array("n m")
) -> None:
    # E: cannot compress by the condition (n, m): a vector is wanted [shape]
    # R: ValueError: condition must be a 1-d array
    np.compress(c, x, axis=0)


def unique_along_no_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot find the unique entries of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    np.unique(x, axis=2)


def sorted_along_no_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot sort (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    np.sort(x, axis=2)


def sorted_in_place_along_no_axis(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot sort (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds for array of dimension 1
    x.sort(axis=1)


def order_along_no_axis(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot sort (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds for array of dimension 1
    x.argsort(axis=1)


def place_out_of_range(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot partition (n, 3) at 3 over axis -1: its size is 3 [shape]
    # R: ValueError: kth(=3) out of bounds (3)
    np.partition(x, 3)


def keys_of_other_lengths(x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: cannot sort by the keys (n,) and (m,): the shapes differ [shape]
    # R: ValueError: all keys need to be the same shape
    np.lexsort((x, y))


def diagonal_of_a_stack(x: Float64[np.ndarray, "b n m"] = array("b n m")) -> None:
    # E: cannot take the diagonal of (b, n, m): a vector or a matrix is wanted [shape]
    # R: ValueError: Input must be 1- or 2-d.
    np.diag(x)


def diagonal_of_a_vector(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the diagonal of (n,): at least 2 axes are wanted [shape]
    # R: ValueError: diag requires an array of at least two dimensions
    np.diagonal(x)


def diagonal_of_one_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot take the diagonal of (n, m) over axes (0, -2): one axis is given twice [shape]
    # R: ValueError: axis1 and axis2 cannot be the same
    x.diagonal(axis1=0, axis2=-2)


def trace_of_a_vector(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot take the trace of (n,): at least 2 axes are wanted [shape]
    # R: ValueError: diag requires an array of at least two dimensions
    np.trace(x)


def triangle_of_a_number() -> None:
    # E: cannot take the triangle of (): at least 1 axis is wanted [shape]
    # R: TypeError: tri() missing 1 required positional argument: 'N'
    np.tril(2.0)


def filled_diagonal_of_a_vector(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot fill the diagonal of (n,): at least 2 axes are wanted [shape]
    # R: ValueError: array must be at least 2-d
    np.fill_diagonal(x, 1.0)


def filled_diagonal_of_other_sizes(x: Float64[np.ndarray, "n n m"] = array("n n m")) -> None:
    # E: cannot fill the diagonal of (n, n, m): sizes n and m differ [shape]
    # R: ValueError: All dimensions of input must be of equal length
    np.fill_diagonal(x, 1.0)


def not_zero_of_a_number() -> None:
    # E: cannot find what is not zero in (): at least 1 axis is wanted [shape]
    # R: ValueError: Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.
    np.nonzero(2.0)
