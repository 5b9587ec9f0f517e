"""Sizes that come from a shape and do not fit into another."""

import math

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array

ROWS = 3


def constant_of_the_module(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot add (3, m) and (n, m): sizes 3 and n on axis -2 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.zeros((ROWS, x.shape[1])) + x


def constant_of_the_function(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    rows, columns = 4, x.shape[1]
    # E: cannot reshape (n, m) to (4, m) [shape]
    # R: ValueError: cannot reshape array
    x.reshape(rows, columns)


def one_too_many(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    size = math.prod(x.shape)
    # E: sizes m*n + 1 and m*n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.zeros(size + 1) + x.ravel()


def rounded_down(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    half = len(x) // 2
    # E: sizes n//2 and n - n//2 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.zeros(half) + np.zeros(len(x) - half)
