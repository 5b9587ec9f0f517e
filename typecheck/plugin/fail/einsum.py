"""Products by patterns that do not fit."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def sizes(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n k"] = array("n k")) -> None:
    # E: cannot contract (n, m) and (n, k) by "ij,jk->ik": "j" is m and n [shape]
    # R: ValueError: operands could not be broadcast together
    np.einsum("ij,jk->ik", a, b)


def rotations(r: Float64[np.ndarray, "n 3 3"] = array("n 3 3"), v: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: cannot contract (n, 3, 3) and (n, 4) by "nij,nj->ni": "j" is 3 and 4 [shape]
    # R: ValueError: operands could not be broadcast together
    np.einsum("nij,nj->ni", r, v)


def number_of_axes(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) by "ijk->i": (n, m) has 2 axes and 3 are named [shape]
    # R: ValueError: einstein sum subscripts string contains too many subscripts
    np.einsum("ijk->i", a)


def number_of_operands(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) by "ij,jk->ik": 2 operands are named and 1 is given [shape]
    # R: ValueError: more operands provided to einstein sum function than speci
    np.einsum("ij,jk->ik", a)


def unknown_in_output(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) by "ij->ik": no operand has "k" [shape]
    # R: ValueError: einstein sum subscripts string included output subscript 'k'
    np.einsum("ij->ik", a)


def twice_in_output(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) by "ij->ii": the output has "i" twice [shape]
    # R: ValueError: einstein sum subscripts string includes output subscript 'i' multiple times
    np.einsum("ij->ii", a)


def not_a_letter(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) by "i1->i": "1" is not a letter [shape]
    # R: ValueError: invalid subscript '1'
    np.einsum("i1->i", a)


def diagonal(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) by "ii->i": "i" is n and m [shape]
    # R: ValueError: dimensions in single operand for collapsing index 'i' don'
    np.einsum("ii->i", a)


def lost_ellipsis(a: Float64[np.ndarray, "b n m"] = array("b n m")) -> None:
    # E: cannot contract (b, n, m) by "...ij->ij": the output has no "..." for (b,) [shape]
    # R: ValueError: output has more dimensions than subscripts given in einste
    np.einsum("...ij->ij", a)


def ellipses(a: Float64[np.ndarray, "b n m"] = array("b n m"), v: Float64[np.ndarray, "k m"] = array("k m")) -> None:
    # E: cannot contract (b, n, m) and (k, m) by "...j,...j->...": of "...", sizes n and k on axis -1 differ [shape]
    # R: ValueError: operands could not be broadcast together
    np.einsum("...j,...j->...", a, v)
