"""Arrays joined and split where it is not known how many they are."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Float64


def gathered(rows: Iterable[Float64[np.ndarray, "n"]]) -> Float64[np.ndarray, "k n"]:
    kept = []
    for row in rows:
        if row.sum():
            scaled = row / row.sum()
            kept.append(scaled)
    return np.stack(kept)


def grown(x: Float64[np.ndarray, "n 3"], times: int) -> Float64[np.ndarray, "k 3"]:
    result = np.empty((0, 3))
    for _ in range(times):
        result = np.concatenate([result, x])
        result = np.vstack((result, x[0]))
    return result


def of_dictionary(parts: dict[str, Float64[np.ndarray, "n _"]]) -> Float64[np.ndarray, "n k"]:
    return np.concatenate(list(parts.values()), axis=1)


def of_lists(xs: Sequence[Float[np.ndarray, "_ 3"]], ys: list[Any], axis: int) -> None:
    np.concatenate(xs)
    np.concatenate(xs, axis=axis)
    np.vstack(xs)
    np.stack(ys)
    np.hstack(ys)
    np.concatenate([*ys, *xs])
    np.column_stack([xs[0], *ys])
    np.concatenate([x.T for x in xs], axis=1)
    np.stack([x.sum(axis=0) for x in xs if len(x) > 1])
    np.stack([x.sum() for x in xs])
    np.block([[xs[0]], [xs[1]]])


def of_anything(x: Any, y: npt.ArrayLike, z: npt.NDArray[np.float64]) -> None:
    np.concatenate([x, z])
    np.append(z, y)
    np.append(y, x)
    np.hstack([z, 1.0])
    np.stack([z, z]).sum(axis=1)
    np.vstack([z, [1.0, 2.0]])
    np.r_[z, z]
    np.c_[z, z]


def numbers(x: float, y: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n+2"]:
    np.stack([x, x, x])
    np.hstack([x, x])
    np.append(x, x)
    np.append([], [1, 2])
    np.concatenate([[x], y, [1.0]])
    np.concatenate([np.arange(3), y])
    np.column_stack([np.ones(len(y)), y])
    return np.hstack([x, y, x])


def parts(x: Float64[np.ndarray, "n m"], y: Float64[np.ndarray, "6 m"], number: int) -> Float64[np.ndarray, "2 m"]:
    for part in np.array_split(x, number):
        part.sum(axis=1)
    a, b, c = np.split(y, 3)
    a + b + c
    first, second = np.split(x, [2])
    np.concatenate([first, second])
    np.split(x, [1, number], axis=1)[0]
    np.split(x, np.array([1, 2]))
    np.hsplit(x, number)
    np.split(x, len(x))[0]
    rest = np.array_split(y, 4)
    rest.append(y)
    rest += [x]
    return a


def main() -> None:
    x = np.ones((4, 4))
    assert gathered(iter(x)).shape == (4, 4)
    assert grown(np.ones((2, 3)), 2).shape == (6, 3)
    of_dictionary({"a": x, "b": x[:, :1]})
    of_lists([np.ones((2, 3)), np.ones((2, 3))], [np.ones((2, 3))], 0)
    of_anything([1.0, 2.0], [1.0, 2.0], np.ones(2))
    numbers(1.0, x[0])
    parts(x, np.ones((6, 4)), 2)
