"""Arrays of sizes, bounds and items that are not known, or not of one kind."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Float64


def of_unknown_sizes(n: int, shape: tuple[int, ...], sizes: list[int]) -> Float64[np.ndarray, "rows columns"]:
    table = np.zeros((n, 4))
    table += np.ones((3, 1))
    table += np.full((n, 4), np.arange(4))
    anything = np.zeros(shape) + np.ones(sizes)
    same = np.zeros_like(anything, shape=(n, 4)) + np.full_like(table, [1, 2, 3, 4])
    return table + anything + same + np.eye(n, 4) + np.tri(3, n + 1)


def of_unknown_bounds(start: int, stop: float, step: Any) -> npt.NDArray[Any]:
    first = np.arange(start, stop) + np.arange(3)
    second = np.arange(0.0, stop, step) + np.linspace(start, stop, num=3)
    return first + second + np.linspace(np.zeros(3), stop, 3)[0]


def of_items(
    rows: Sequence[Sequence[float]], numbers: list[Any], dtype: npt.DTypeLike
) -> tuple[npt.NDArray[Any], npt.NDArray[np.object_]]:
    ragged = np.array([[1, 2], [3]], dtype=object)
    structured = np.array([(1, 2.0), (3, 4.0)], dtype=[("a", int), ("b", float)])
    assert structured.shape == (2,)
    total = structured["a"] + np.array(numbers) + np.array([1, 2], dtype=dtype)
    mixed = np.array([1, 2.5, True]) + np.array([np.float32(1), 2, 3])
    table = np.array([[float(item) for item in row] for row in rows], ndmin=3)
    return np.array(rows).sum(axis=1) + total + mixed.sum() + table.sum(), ragged


def like_some(x: Float[np.ndarray, "*shape"], y: Any) -> Float[np.ndarray, "*shape"]:
    result = np.zeros_like(x)
    result += np.asarray(y)
    return np.array(result, copy=True)


def of_masked(values: npt.NDArray[np.float64]) -> float:
    masked = np.ma.array([values, values])
    matrix = np.ma.zeros((2, 3)) + np.ma.ones((2, 1))
    return float(masked.sum() + matrix.sum() + np.asarray(3.0) + np.array(2))


def main() -> None:
    assert of_unknown_sizes(3, (3, 4), [3, 4]).shape == (3, 4)
    assert of_unknown_bounds(0, 3.0, 1.0).shape == (3,)
    assert of_items([[1.0, 2.0], [3.0, 4.0]], [1, 2], float)[0].shape == (2,)
    assert like_some(np.ones((2, 3)), [1, 2, 3]).shape == (2, 3)
    assert of_masked(np.ones(2)) == 15.0
