"""Arrays split into several, as lists and as tuples."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def splits(
    x: Float64[np.ndarray, "6 m"] = array("6 m"),
    v: Float64[np.ndarray, "k"] = array("k"),
    y: Float64[np.ndarray, "n 2*k"] = array("n 2*k"),
    z: Float64[np.ndarray, "n m 4"] = array("n m 4"),
    parts: int = 2,
) -> None:
    reveal_type(np.split(x, 3))  # T: list[Float64[ndarray, '2 m']]
    reveal_type(np.split(y, 2, axis=1))  # T: list[Float64[ndarray, 'n k']]
    reveal_type(np.split(y, [2], axis=1))  # T: list[Float64[ndarray, 'n _']]
    reveal_type(np.split(x, [1, 3], axis=0))  # T: list[Float64[ndarray, '_ m']]
    reveal_type(np.split(x, parts))  # T: list[Float64[ndarray, '_ m']]
    reveal_type(np.array_split(x, 4))  # T: list[Float64[ndarray, '_ m']]
    reveal_type(np.array_split(y, parts, axis=1))  # T: list[Float64[ndarray, 'n _']]
    reveal_type(np.hsplit(y, 2))  # T: list[Float64[ndarray, 'n k']]
    reveal_type(np.vsplit(x, 2))  # T: list[Float64[ndarray, '3 m']]
    reveal_type(np.dsplit(z, 2))  # T: list[Float64[ndarray, 'n m 2']]
    left, right = np.split(y, 2, axis=-1)
    reveal_type(left)  # T: Float64[ndarray, 'n k']
    reveal_type(np.stack(np.split(x, 3)))  # T: Float64[ndarray, '_ 2 m']


def unstacks(x: Float64[np.ndarray, "n 2"] = array("n 2"), y: Float64[np.ndarray, "m k"] = array("m k")) -> None:
    reveal_type(np.unstack(x, axis=1))  # T: tuple[Float64[ndarray, 'n'], Float64[ndarray, 'n']]
    reveal_type(np.unstack(y))  # T: tuple[Float64[ndarray, 'k'], ...]
    a, b = np.unstack(x, axis=-1)
    reveal_type(b)  # T: Float64[ndarray, 'n']
