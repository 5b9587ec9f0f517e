"""What checks of a program say about shapes."""

from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def compared(
    x: npt.NDArray[np.float64] = array("4 3"), n: int = 4, y: Float64[np.ndarray, "n m"] = array("n m")
) -> None:
    assert x.shape == (4, 3)
    reveal_type(x.T)  # T: Float64[ndarray, '3 4']
    reveal_type(x.sum(axis=0))  # T: Float64[ndarray, '3']
    reveal_type(x + 1)  # T: Float64[ndarray, '4 3']
    reveal_type(x[0])  # T: Float64[ndarray, '3']


def optional(x: Float64[np.ndarray, "n m"] | None = array("n m"), y: object = array("n m")) -> None:
    if x is None:
        return
    reveal_type(x.T)  # T: Float64[ndarray, 'm n']
    z = x if len(x) > 2 else None
    reveal_type(z.T if z is not None else x.T)  # T: Float64[ndarray, 'm n']
    assert isinstance(y, np.ndarray)
    reveal_type(y.T)  # T: Shaped[ndarray, '...']


def equal_sizes(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "n k"] = array("n k")) -> None:
    assert x.shape != y.shape
    reveal_type(x.T @ y)  # T: Float64[ndarray, 'm k']


def unknown_ranks(
    x: np.ndarray[Any, np.dtype[np.float64]] = array("n m"), y: Float64[np.ndarray, "..."] = array("n m")
) -> None:
    if x.ndim != 2 or y.ndim != 2:
        raise ValueError
    reveal_type(x.T)  # T: Float64[ndarray, '_ _']
    reveal_type(y.sum(axis=0))  # T: Float64[ndarray, '_']


def rank_of_a_vector_or_a_matrix(x: np.ndarray[Any, np.dtype[np.float64]] = array("n m")) -> None:
    if x.ndim == 1:
        x = x[None]
    elif x.ndim == 2:
        reveal_type(x.mean(axis=1, keepdims=True))  # T: Float64[ndarray, '_ 1']


def batched(x: Float64[np.ndarray, "*b 3"] = array("n 3")) -> None:
    assert x.ndim == 2
    reveal_type(x @ np.eye(3))  # T: Float64[ndarray, '_ 3']
