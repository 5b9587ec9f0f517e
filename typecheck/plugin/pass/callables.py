"""Functions of arrays of several shapes, held together and taken by others."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from jaxtyping import Float


def relu(x: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch"]:
    return np.maximum(x, 0)


def softmax(x: Float[np.ndarray, "*batch n"]) -> Float[np.ndarray, "*batch n"]:
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def first(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n"]:
    return x[:, 0]


def points(x: Float[np.ndarray, "k 3"]) -> Float[np.ndarray, "k"]:
    return x[:, 2]


def plain(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return x * 2


ACTIVATIONS = {"relu": relu, "softmax": softmax}


def activated(x: Float[np.ndarray, "n m"], name: str) -> Float[np.ndarray, "n m"]:
    for function in [relu, softmax]:
        function(x)
    return ACTIVATIONS[name](x)


def mapped(f: Callable[[Float[np.ndarray, "n 3"]], Float[np.ndarray, "n"]], x: Float[np.ndarray, "n 3"]) -> None:
    f(x)


def extended(f: Callable[[Float[np.ndarray, "n"]], Float[np.ndarray, "n+1"]]) -> None:
    f(np.ones(2))


def longer(x: Float[np.ndarray, "k"]) -> Float[np.ndarray, "k+1"]:
    return np.concatenate([x, x[:1]])


def taken(f: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], x: npt.NDArray[np.float64]) -> None:
    f(x)


def main() -> None:
    x = np.arange(12.0).reshape(4, 3)
    activated(x, "softmax")
    mapped(first, x)
    mapped(points, x)
    mapped(lambda row: row[:, 0], x)
    extended(longer)
    taken(plain, x)
    taken(relu, x)
    taken(first, x)
    f: Callable[[Float[np.ndarray, "n 3"]], Float[np.ndarray, "n"]] = first
    f = points
    f(x)
