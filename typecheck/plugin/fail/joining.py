"""Arrays that cannot be joined."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def other_columns(x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "m 4"] = array("m 4")) -> None:
    # E: cannot concatenate (n, 3) and (m, 4) on axis 0: sizes 3 and 4 on axis 1 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.concatenate([x, y])


def other_rows(x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "m 3"] = array("m 3")) -> None:
    # E: cannot concatenate (n, 3) and (m, 3) on axis 1: sizes n and m on axis 0 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.concatenate((x, y), axis=1)


def vector_beside_a_matrix(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "n"] = array("n")
) -> None:
    # E: cannot concatenate (n, 3) and (n,) on axis 1: one has 2 axes and the other 1 [shape]
    # R: ValueError: all the input arrays must have same number of dimensions, but the array at
    np.concatenate([x, y], axis=1)


def axis_out_of_range(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot concatenate (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds for array of dimension 1
    np.concat([x, x], axis=1)


def nothing_joined() -> None:
    # E: cannot concatenate nothing: at least one array is wanted [shape]
    # R: ValueError: need at least one array to concatenate
    np.concatenate([])


def list_joined_along_an_axis_that_it_lacks(
    xs: list[Float64[np.ndarray, "n"]] = [array("n"), array("n")],  # noqa: B006 - a program's input
) -> None:
    # E: cannot concatenate (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds for array of dimension 1
    np.concatenate(xs, axis=1)


def stack_of_other_shapes(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "m 3"] = array("m 3")
) -> None:
    # E: cannot stack (n, 3) and (m, 3): the shapes differ [shape]
    # R: ValueError: all input arrays must have the same shape
    np.stack([x, y])


def stacked_axis_out_of_range(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot stack arrays to get (2, n, 3) over axis 3: it has 3 axes [shape]
    # R: AxisError: axis 3 is out of bounds for array of dimension 3
    np.stack([x, x], axis=3)


def comprehension_stacked_out_of_range(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot stack arrays to get (n, 3) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    np.stack([2 * row for row in x], axis=2)


def rows_of_other_lengths(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "4"] = array("4")
) -> None:
    # E: cannot vstack (n, 3) and (1, 4) on axis 0: sizes 3 and 4 on axis 1 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.vstack([x, y])


def columns_of_other_lengths(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "m 3"] = array("m 3")
) -> None:
    # E: cannot hstack (n, 3) and (m, 3) on axis 1: sizes n and m on axis 0 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.hstack([x, y])


def vectors_of_other_lengths(
    x: Float64[np.ndarray, "n"] = array("n"), y: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot column_stack (n, 1) and (m, 1) on axis 1: sizes n and m on axis 0 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.column_stack((x, y))


def layers_of_other_shapes(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "n 4"] = array("n 4")
) -> None:
    # E: cannot dstack (n, 3, 1) and (n, 4, 1) on axis 2: sizes 3 and 4 on axis 1 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.dstack([x, y])


def appended_vector(x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "3"] = array("3")) -> None:
    # E: cannot append (n, 3) and (3,) on axis 0: one has 2 axes and the other 1 [shape]
    # R: ValueError: all the input arrays must have same number of dimensions, but the array at
    np.append(x, y, axis=0)


def blocks_of_other_heights(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "m 3"] = array("m 3")
) -> None:
    # E: cannot block (n, 3) and (m, 3) on axis 1: sizes n and m on axis 0 differ [shape]
    # R: ValueError: all the input array dimensions except for the concatenation axis must match
    np.block([[x, y], [x, x]])


def blocks_of_other_depths(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot block arrays in lists of depths 1 and 2: one depth is wanted [shape]
    # R: ValueError: List depths are mismatched. First element was at depth 1, but there is an
    np.block([x, [x]])
