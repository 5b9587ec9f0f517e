"""Products whose shapes are known in part, or not at all."""

from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64, Shaped
from numpy.typing import ArrayLike, NDArray


def unknown_shapes(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.kron(np.tensordot(a, b, axes=1), np.outer(a, b))


def unknown_sizes(a: Float64[np.ndarray, "n _"], b: Float64[np.ndarray, "_ k"]) -> Float64[np.ndarray, "n k"]:
    return np.asarray(np.dot(a, b))


def unknown_rank(a: Float64[np.ndarray, "... n"], v: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, "..."]:
    return np.asarray(np.dot(a, v))


def length(v: Float64[np.ndarray, " n"]) -> float:
    return float(np.sqrt(np.dot(v, v)))


def squared_length(v: Float32[np.ndarray, " n"]) -> float:
    return float(v.dot(v))


def projected(a: Float64[np.ndarray, "n 3"], axis: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "n 3"]:
    return np.outer(a.dot(axis), axis) / float(np.dot(axis, axis))


def contracted(a: Float64[np.ndarray, "n m k"], b: Float64[np.ndarray, "m n"], axes: Any) -> Shaped[np.ndarray, "..."]:
    return np.tensordot(a, b, axes=axes)


def contracted_by_lists(a: Float64[np.ndarray, "n m k"], b: Float64[np.ndarray, "m n"]) -> Float64[np.ndarray, " k"]:
    axes = ([0, 1], [1, 0])
    return np.tensordot(a, b, axes=axes)


def crossed(a: Float64[np.ndarray, "n 3"], b: ArrayLike) -> Float64[np.ndarray, "n 3"]:
    normal: Float64[np.ndarray, "n 3"] = np.cross(a, np.asarray(b, dtype=np.float64))
    return normal


def crossed_on(a: Float64[np.ndarray, "n 3"], axis: int) -> Float64[np.ndarray, "n 3"]:
    return np.cross(a, a, axis=axis)


def written(a: Float64[np.ndarray, "n m"], b: Float64[np.ndarray, "m k"]) -> Float64[np.ndarray, "n k"]:
    result = np.empty((a.shape[0], b.shape[1]))
    np.dot(a, b, out=result)
    return np.dot(a, b, result)


def mixed(weights: Int64[np.ndarray, " n"], x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, " m"]:
    return np.asarray(np.dot(weights, x))


def of_objects() -> Any:
    a = np.array([[1, 2], [3, 4]], dtype=object)
    return np.dot(a, a)


def of_lists() -> Any:
    return np.dot([[1.0, 2.0]], [3.0, 4.0]), np.inner(2, 3), np.kron(2.0, [1.0])


def of_matrices(m: "np.matrix[Any, Any]") -> Any:
    return np.dot(m, m), np.outer(m, m), np.kron(m, m)


def chained(parts: list[NDArray[np.float64]]) -> Any:
    return np.linalg.multi_dot(parts)


def of_one_or_the_other(a: Float64[np.ndarray, "n m"], v: Float64[np.ndarray, " m"] | float) -> Any:
    return np.dot(a, v)


def main() -> None:
    a, b, v = np.ones((2, 3)), np.ones((3, 4)), np.ones(3)
    unknown_shapes(v, v)
    assert unknown_sizes(a, b).shape == (2, 4)
    unknown_rank(a, v)
    length(v)
    squared_length(v.astype(np.float32))
    projected(a, v)
    contracted(np.ones((2, 3, 4)), np.ones((3, 2)), ((0, 1), (1, 0)))
    contracted_by_lists(np.ones((2, 3, 4)), np.ones((3, 2)))
    crossed(a, [1.0, 0.0, 0.0])
    crossed_on(a, 1)
    written(a, b)
    mixed(np.arange(2), a)
    of_objects()
    of_lists()
    chained([a, b])
    of_one_or_the_other(a, v)
    of_one_or_the_other(a, 2.0)
