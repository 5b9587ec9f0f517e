"""Arrays that cannot be split."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def unequal_parts(x: Float64[np.ndarray, "4 m"] = array("4 m")) -> None:
    # E: cannot split (4, m) into 3 parts over axis 0: its size is 4 [shape]
    # R: ValueError: array split does not result in an equal division
    np.split(x, 3)


def split_axis_out_of_range(x: Float64[np.ndarray, "4 m"] = array("4 m")) -> None:
    # E: cannot split (4, m) over axis 2: it has 2 axes [shape]
    # R: IndexError: tuple index out of range
    np.array_split(x, 3, axis=2)


def no_part(x: Float64[np.ndarray, "4 m"] = array("4 m")) -> None:
    # E: cannot split (4, m) into 0 parts over axis 0: at least 1 is wanted [shape]
    # R: ZeroDivisionError: integer modulo by zero
    np.split(x, 0)


def rows_of_a_vector(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot vsplit (n,): at least 2 axes are wanted [shape]
    # R: ValueError: vsplit only works on arrays of 2 or more dimensions
    np.vsplit(x, 1)


def layers_of_a_matrix(x: Float64[np.ndarray, "n m"] = array("n m"), parts: int = 1) -> None:
    # E: cannot dsplit (n, m): at least 3 axes are wanted [shape]
    # R: ValueError: dsplit only works on arrays of 3 or more dimensions
    np.dsplit(x, parts)


def unequal_columns(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot hsplit (n, 3) into 2 parts over axis 1: its size is 3 [shape]
    # R: ValueError: array split does not result in an equal division
    np.hsplit(x, 2)


def unstacked_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot unstack (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: source: axis 2 is out of bounds for array of dimension 2
    np.unstack(x, axis=2)
