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
        return
    elif x.ndim == 2:
        reveal_type(x.mean(axis=1, keepdims=True))  # T: Float64[ndarray, '_ 1']


def batched(x: Float64[np.ndarray, "*b 3"] = array("n 3")) -> None:
    assert x.ndim == 2
    reveal_type(x @ np.eye(3))  # T: Float64[ndarray, '_ 3']


def sizes_by_literals(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "_ _"] = array("n m")) -> None:
    assert x.shape == (5, 7)
    reveal_type(x + 1)  # T: Float64[ndarray, '5 7']
    assert y.shape[0] == 5
    reveal_type(y + 1)  # T: Float64[ndarray, '5 _']
    assert 7 == y.shape[-1]
    reveal_type(y + 1)  # T: Float64[ndarray, '5 7']
    reveal_type(y.shape[1])  # T: Size[7]


def sizes_by_names(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "_ _"] = array("n m")) -> None:
    n, m = x.shape
    assert y.shape == (n, m)
    reveal_type(y.T)  # T: Float64[ndarray, 'm n']
    if m == 7:
        reveal_type(x + 1)  # T: Float64[ndarray, 'n 7']
        reveal_type(y + 1)  # T: Float64[ndarray, 'n 7']
        reveal_type(np.zeros((n, m + 1)))  # T: Float64[ndarray, 'n 8']
    reveal_type(x + 1)  # T: Float64[ndarray, 'n m']


def sizes_by_lengths(x: Float64[np.ndarray, "_"] = array("n"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    if not (len(x) == len(y) and y.ndim == 1):
        raise ValueError
    reveal_type(x[:, None])  # T: Float64[ndarray, 'n 1']


def branches(x: Float64[np.ndarray, "_ _"] = array("n m"), wide: bool = True) -> None:
    if x.shape[1] == 7 and wide:
        reveal_type(x.T)  # T: Float64[ndarray, '7 _']
    reveal_type(x.T)  # T: Float64[ndarray, '_ _']
    if not x.shape[0] == 5 or x.shape[1] != 7:
        raise ValueError
    reveal_type(x.T)  # T: Float64[ndarray, '7 5']
    reveal_type(x[0] if x.ndim == 2 else None)  # T: Float64[ndarray, '7'] | None


def reassigned(x: Float64[np.ndarray, "_ _"] = array("n m")) -> None:
    assert x.shape == (5, 7)
    y = x.T
    x = x[:, :2]
    reveal_type(x + 1)  # T: Float64[ndarray, '5 2']
    reveal_type(y + 1)  # T: Float64[ndarray, '7 5']
    for _ in range(2):
        assert len(x) == 5
        reveal_type(x * 2)  # T: Float64[ndarray, '5 2'] | Float64[ndarray, '5 1']
        x = x[:, :1]


def some_axes(
    x: np.ndarray[Any, np.dtype[np.float64]] = array("n m h"), y: Float64[np.ndarray, "..."] = array("n")
) -> None:
    assert x.shape[-2:] == (7, 8)
    reveal_type(x.sum(axis=-1))  # T: Float64[ndarray, '... 7']
    assert x.shape[1:] == (7, 8)
    reveal_type(x.T)  # T: Float64[ndarray, '8 7 _']
    if y.shape[0] != 5 or len(y.shape) != 1:
        return
    reveal_type(y.T)  # T: Float64[ndarray, '5']


class Model:
    def __init__(self, weights: Float64[np.ndarray, "_ _"]) -> None:
        self.weights = weights

    def check(self) -> None:
        assert self.weights.shape == (5, 7)
        reveal_type(self.weights.T)  # T: Float64[ndarray, '7 5']


Model(array("n m")).check()
