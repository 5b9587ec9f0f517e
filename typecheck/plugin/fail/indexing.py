"""Keys that do not fit an array, and assignments that do not fit what a key takes."""

import numpy as np
from jaxtyping import Bool, Float64, Int64

from typecheck.plugin.arrays import array


def out_of_range(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot index (n, 3) with 3 on axis 1: its size is 3 [shape]
    # R: IndexError: index 3 is out of bounds for axis 1 with size 3
    x[0, 3]


def negative_out_of_range(x: Float64[np.ndarray, "3 n"] = array("3 n")) -> None:
    # E: cannot index (3, n) with -4 on axis 0: its size is 3 [shape]
    # R: IndexError: index -4 is out of bounds for axis 0 with size 3
    x[-4]


def at_its_length(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot index (n,) with n on axis 0: its size is n [shape]
    # R: IndexError: index 5 is out of bounds for axis 0 with size 5
    x[len(x)]


def at_its_size(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (n, m) with m on axis 1: its size is m [shape]
    # R: IndexError: index 7 is out of bounds for axis 1 with size 7
    x[:, x.shape[1]]


def too_many(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (n, m) with 3 indices: it has 2 axes [shape]
    # R: IndexError: too many indices for array: array is 2-dimensional, but 3
    x[0, 0, 0]


def two_ellipses(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (n, m) with more than one ellipsis [shape]
    # R: IndexError: an index can only have a single ellipsis ('...')
    x[..., 0, ...]


def too_many_with_an_ellipsis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (n, m) with 3 indices: it has 2 axes [shape]
    # R: IndexError: too many indices for array: array is 2-dimensional, but 3
    x[..., 0, :, 0]


def step_of_zero(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot slice with a step of 0 [shape]
    # R: ValueError: slice step cannot be zero
    x[::0]


def mask_of_another_axis(
    x: Float64[np.ndarray, "n m"] = array("n m"), keep: Bool[np.ndarray, "m"] = array("m", bool)
) -> None:
    # E: cannot index (n, m) with a mask of m on axis 0: a mask of n is wanted [shape]
    # R: IndexError: boolean index did not match indexed array along axis 0; si
    x[keep]


def mask_of_an_axis_behind(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (n, m) with a mask of n on axis 1: a mask of m is wanted [shape]
    # R: IndexError: boolean index did not match indexed array along axis 1; si
    x[:, x[:, 0] > 1]


def mask_of_a_transposed(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (n, m) with a mask of (m, n) on axes 0 to 1: a mask of (n, m) is wanted [shape]
    # R: IndexError: boolean index did not match indexed array along axis 0; si
    x[x.T > 1]


def mask_of_too_many_axes(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (m,) with 2 indices: it has 1 axis [shape]
    # R: IndexError: too many indices for array: array is 1-dimensional, but 2
    x[0][x > 1]


def arrays_that_do_not_broadcast(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    i: Int64[np.ndarray, "2"] = array("2", np.int64),
    j: Int64[np.ndarray, "3"] = array("3", np.int64),
) -> None:
    # E: cannot index (n, m) with arrays of (2,) and (3,): sizes 2 and 3 on axis -1 differ and neither is 1 [shape]
    # R: IndexError: shape mismatch: indexing arrays could not be broadcast tog
    x[i, j]


def lists_that_do_not_broadcast(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot index (n, m) with arrays of (2,) and (3,): sizes 2 and 3 on axis -1 differ and neither is 1 [shape]
    # R: IndexError: shape mismatch: indexing arrays could not be broadcast tog
    x[[0, 1], [0, 1, 2]]


def a_row_of_another_length(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot assign (n,) to (m,): sizes n and m on axis -1 differ [shape]
    # R: ValueError: could not broadcast input array from shape (5,) into shape
    x[0] = x[:, 0]


def a_block_of_another_length(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot assign (n, m) to (n - 1, m): sizes n and n - 1 on axis -2 differ [shape]
    # R: ValueError: could not broadcast input array from shape (5,7) into shap
    x[1:] = x


def a_column(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot assign (n, ?) to (n,): 1 axis too many [shape]
    # R: ValueError: could not broadcast input array from shape (5,2) into shap
    x[:, 0] = x[:, :2]


def everything(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot assign (m, n) to (n, m): sizes n and m on axis -1 differ [shape]
    # R: ValueError: could not broadcast input array from shape (7,5) into shap
    x[...] = x.T


def in_place(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot add (m,) to (n,) in place: sizes m and n on axis -1 differ [shape]
    # R: ValueError: operands could not be broadcast together with shapes (5,)
    x[:, 0] += x[0]


def an_item_of_a_row(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    for row in x:
        # E: cannot index (3,) with 3 on axis 0: its size is 3 [shape]
        # R: IndexError: index 3 is out of bounds for axis 0 with size 3
        print(row[3])


def unpacked_too_few(x: Float64[np.ndarray, "3 m"] = array("3 m")) -> None:
    a, b, c = x
    # E: cannot multiply (3,) by (m,): sizes 3 and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together with shapes (3,)
    print(a + x[:, 0] * b * c[0])


def after_any_axes(x: Float64[np.ndarray, "*b n 3"] = array("t n 3")) -> None:
    # E: cannot index (*b, n, 3) with 3 on axis 2: its size is 3 [shape]
    # R: IndexError: index 3 is out of bounds for axis 2 with size 3
    x[..., 3]


def element_of_a_scalar(x: Float64[np.ndarray, ""] = array("")) -> None:
    # E: cannot index () with 1 index: it has 0 axes [shape]
    # R: IndexError: too many indices for array: array is 0-dimensional, but 1
    x[0]


def iterated_scalar(x: Float64[np.ndarray, ""] = array("")) -> None:
    # E: cannot iterate over (): a scalar has no axis [shape]
    # R: TypeError: iteration over a 0-d array
    for each in x:
        print(each)
