"""The arrays that the programs of this folder are called with: a name of a size is one number everywhere."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from shapedmat.annotations import parse
from shapedmat.dimensions import Dim, evaluate

SIZES: Final = {"n": 5, "m": 7, "k": 11, "b": 13, "t": 6, "c": 2, "h": 8, "w": 9, "i": 17, "o": 19}
"""What each name stands for when a program runs; no two are alike, and none is 1, 3 or 4, which programs write."""


def size(dim: Dim) -> int:
    """Return the number that a size of an annotation stands for.

    Raises:
        ValueError: it has a name that `SIZES` lacks.
    """
    value = evaluate(dim, SIZES)
    if isinstance(value, int):
        return value
    raise ValueError(f"the size {dim} has a name that is not one of {', '.join(SIZES)}")


def array(shape: str, dtype: Any = np.float64) -> Any:
    """Return an array of an annotation's shape, of small positive numbers that are not all alike.

    A program takes it as the default of a parameter: so it can be called with nothing, and its annotations are what a
    type checker knows.
    """
    dims = tuple(size(axis.dim) for axis in parse(shape).axes)
    return (np.arange(int(np.prod(dims))) % 3 + 1).reshape(dims).astype(dtype)
