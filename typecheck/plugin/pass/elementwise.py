"""Correct arithmetic, universal functions, reductions and signals, of which not everything is known."""

from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Bool, Float, Float32, Float64, Int64


def scalars(x: Float64[np.ndarray, "n m"], rate: float, steps: int, scale: np.float64) -> Float64[np.ndarray, "n m"]:
    x = x * rate + steps - scale
    x = scale * x
    x = x / x.sum()
    x = (x - x.mean()) / x.std()
    x = x * np.sqrt(2.0)
    y: Float64[np.ndarray, "n m"] = x
    return y * np.sum(y) + np.float64(2)


def unknown_axis(x: Float64[np.ndarray, "n m"], axis: int, axes: tuple[int, ...]) -> None:
    x.sum(axis=axis)
    np.mean(x, axis=axes)
    np.cumsum(x, axis=axis)
    np.argmax(x, axis=axis)
    np.quantile(x, 0.5, axis=axis)
    np.diff(x, n=axis, axis=axis)
    np.gradient(x, axis=axis)


def unknown_arguments(x: Float64[np.ndarray, "n m"], *others: Any, **parameters: Any) -> None:
    np.add(x, *others)
    np.sum(x, **parameters)
    x.sum(**parameters)
    x.clip(0, 9, **parameters)
    np.maximum(x, others[0])


def unknown_arrays(x: npt.NDArray[np.float64], y: Float[np.ndarray, "n"], z: Any, u: npt.NDArray[Any]) -> None:
    x + y
    y + x
    x @ y
    z + y
    y * z
    u > y
    np.add(x, y)
    np.maximum(z, y)
    np.clip(y, x, z)
    np.interp(x, y, y)
    y += u
    x.sum(axis=1)


def some_of(x: Float[np.ndarray, "n"] | float, y: Float[np.ndarray, "n"] | None) -> Float[np.ndarray, "n"] | float:
    if y is None:
        return x * 2
    return y + x


def ones(
    x: Float64[np.ndarray, "n 1"], y: Float64[np.ndarray, "1 m"], z: Float64[np.ndarray, "#n m"]
) -> Float64[np.ndarray, "n m"]:
    total = x + y
    total += x
    total -= y
    total *= z
    total[total > 5] = 0
    return total


def objects(x: npt.NDArray[np.object_]) -> None:
    x + [1, 2]
    x * 2
    x == "a"


def text(x: np.ndarray) -> None:
    x == "a"
    np.isin(x, ["a"])


def masks(x: Float64[np.ndarray, "n m"], mask: Bool[np.ndarray, "n m"]) -> Float64[np.ndarray, "n m"]:
    out = np.zeros_like(x)
    np.divide(x, x.sum(axis=1, keepdims=True), out=out, where=mask)
    np.sqrt(out, out)
    np.add(x, 1, out=(out,))
    np.multiply(out, mask, out=out)
    np.copyto(out, 0, where=~mask)
    x[mask] *= 2
    np.add.at(x, (0, 1), 5)
    return out * mask + np.where(mask, x, 0.0)


def lists(points: list[list[float]], weights: list[float]) -> None:
    array = np.array(points)
    array @ weights
    array * weights
    np.average(array, axis=1, weights=weights)
    np.sum(points, axis=0)
    np.add(points, weights)
    np.quantile(array, weights)
    np.convolve(weights, [1, 2])


def matrices(x: np.matrix[Any, Any], y: np.ma.MaskedArray[Any, np.dtype[np.float64]]) -> None:
    x * x.T
    x.sum(axis=0)
    y.sum(axis=0)
    y + y
    np.ma.sum(y, axis=0)
    np.ma.cumsum(y, axis=0)


def narrow(x: Float32[np.ndarray, "n"], count: Int64[np.ndarray, "n"]) -> Float32[np.ndarray, "n"]:
    y: Float32[np.ndarray, "n"] = x * 2 + 0.5
    y = np.maximum(y, 0)
    y = np.exp(-y) / (1 + y)
    y = x.astype(np.float32)
    y -= count
    count += 1
    count //= 2
    mean = float(x.mean())
    return np.float32(2) * y + np.float32(mean)


def softmax(x: Float[np.ndarray, "*batch n"]) -> Float[np.ndarray, "*batch n"]:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def floats(x: Float64[np.ndarray, "n"], y: Float64[np.ndarray, "n"]) -> float:
    values: list[float] = [x.mean(), x.max(), x.sum()]
    values.append(x.std())
    best = -np.inf
    for value in values:
        if value > best:
            best = value
    return best


def main() -> None:
    x = np.arange(12.0).reshape(4, 3) + 1
    v = np.arange(3.0) + 1
    assert scalars(x, 0.5, 2, np.float64(3)).shape == (4, 3)
    unknown_axis(x, 1, (0, 1))
    unknown_arguments(x, v)
    unknown_arrays(np.eye(3), v, np.float64(3), v)
    assert some_of(v, v) is not None
    assert some_of(1.0, None) == 2
    assert ones(x[:, :1], x[:1], x).shape == (4, 3)
    objects(np.array([1, 2], dtype=object))
    text(np.array(["a", "b"]))
    assert masks(x, x > 3).shape == (4, 3)
    lists([[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25])
    assert narrow(v.astype(np.float32), np.arange(3)).dtype == np.float32
    assert softmax(x).shape == (4, 3)
    assert floats(v, v) == 6.0 or floats(v, v) > 0
