"""NumPy's own types of arrays beside jaxtyping's."""

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Float64

from typecheck.plugin.arrays import array

Pair: TypeAlias = np.ndarray[tuple[Literal[2], int], np.dtype[np.float64]]


def parameters(
    a: np.ndarray[tuple[Literal[2], int], np.dtype[np.float64]] = array("2 m"),
    b: npt.NDArray[np.float64] = array("n m"),
    c: np.ndarray = array("n m"),
    d: np.ndarray[Any, Any] = array("n m"),
    e: np.ndarray[tuple[int, int], np.dtype[np.float32]] = array("n m", np.float32),
    f: np.ndarray[tuple[int, ...], np.dtype[np.int64]] = array("n", np.int64),
    g: Pair = array("2 m"),
    h: Float[npt.NDArray[np.float64], "n 3"] = array("n 3"),
    i: Float64[np.ndarray[Any, np.dtype[np.float64]], "n"] = array("n"),
) -> None:
    reveal_type(a)  # T: Float64[ndarray, '2 _']
    reveal_type(b)  # T: Float64[ndarray, '...']
    reveal_type(c)  # T: Shaped[ndarray, '...']
    reveal_type(d)  # T: Shaped[ndarray, '...']
    reveal_type(e)  # T: Float32[ndarray, '_ _']
    reveal_type(f)  # T: Int64[ndarray, '...']
    reveal_type(g)  # T: Float64[ndarray, '2 _']
    reveal_type(h)  # T: Float64[ndarray, 'n 3']
    reveal_type(i)  # T: Float64[ndarray, 'n']
    reveal_type(a.T)  # T: Float64[ndarray, '_ 2']
    reveal_type(a @ a.T)  # T: Float64[ndarray, '2 2']
    reveal_type(e.sum(axis=0))  # T: Float32[ndarray, '_']
    reveal_type(g[0])  # T: Float64[ndarray, '_']
    reveal_type(h @ np.eye(3))  # T: Float64[ndarray, 'n 3']


def given_to_each_other(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    b: npt.NDArray[np.float64] = array("n m"),
    p: np.ndarray[tuple[int, int], np.dtype[np.float64]] = array("n m"),
    l: npt.ArrayLike = [[1, 2]],  # noqa: B006, E741
) -> None:
    def ours(a: Float64[np.ndarray, "p q"]) -> Float64[np.ndarray, "q p"]:
        return a.T

    def plain(a: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return a

    def ranked(a: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return a[0]

    reveal_type(ours(x))  # T: Float64[ndarray, 'm n']
    reveal_type(ours(b))  # T: Float64[ndarray, '_ _']
    reveal_type(ours(p))  # T: Float64[ndarray, '_ _']
    reveal_type(plain(x))  # T: Float64[ndarray, '...']
    reveal_type(plain(p))  # T: Float64[ndarray, '...']
    reveal_type(ranked(x))  # T: Float64[ndarray, '_']
    reveal_type(ranked(b))  # T: Float64[ndarray, '_']
    reveal_type(np.asarray(l).T)  # T: Shaped[ndarray, '...']
    y: npt.NDArray[np.float64] = x
    reveal_type(ours(y))  # T: Float64[ndarray, '_ _']
    z: Float64[np.ndarray, "n m"] = b
    reveal_type(z.T)  # T: Float64[ndarray, 'm n']
