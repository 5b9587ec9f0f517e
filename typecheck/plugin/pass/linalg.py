"""Linear algebra as programs about poses, points and regressions use it."""

from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32, Float64
from numpy.typing import NDArray


def relative(poses: Float64[np.ndarray, "n 4 4"], origin: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "n 4 4"]:
    return np.linalg.inv(origin) @ poses


def normalized(x: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def unit(v: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "3"]:
    return v / np.linalg.norm(v)


def norms(x: Float32[np.ndarray, "n 3"], order: float | Literal["fro"] | None, axis: int | None) -> Any:
    return np.linalg.norm(x, order, axis), np.linalg.norm(x, order), np.linalg.norm(x, axis=axis, keepdims=True)


def distance(a: Float64[np.ndarray, "3"], b: Float64[np.ndarray, "3"]) -> float:
    return float(np.linalg.norm(a - b))


def fitted(x: Float64[np.ndarray, "n m"], y: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " m"]:
    weights, _, rank, _ = np.linalg.lstsq(x, y, rcond=None)
    assert int(rank) <= x.shape[1]
    return weights


def ridge(x: Float64[np.ndarray, "n m"], y: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " m"]:
    return np.linalg.solve(x.T @ x + 0.1 * np.eye(x.shape[1]), x.T @ y)


def solved(a: Float64[np.ndarray, "n m m"], b: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n m"]:
    return np.linalg.solve(a, b[..., None])[..., 0]


def solved_for_any(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.solve(a, b)


def aligned(a: Float64[np.ndarray, "n 3"], b: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "3 3"]:
    u, _, vt = np.linalg.svd((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)))
    d = np.sign(np.linalg.det(vt.T @ u.T))
    return vt.T @ np.diag([1.0, 1.0, float(d)]) @ u.T


def principal(x: Float64[np.ndarray, "n m"], k: int) -> Float64[np.ndarray, "n k"]:
    decomposed = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return x @ decomposed.Vh[:k].T


def singular(x: Float64[np.ndarray, "n m"], vectors: bool) -> Any:
    return np.linalg.svd(x, compute_uv=vectors)  # type: ignore[call-overload]


def whitened(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n m"]:
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
    return (x - x.mean(axis=0)) @ vectors / np.sqrt(values)


def spectral_radius(a: Float64[np.ndarray, "n n"]) -> float:
    return float(np.abs(np.linalg.eigvals(a)).max())


def log_density(x: Float64[np.ndarray, " n"], covariance: Float64[np.ndarray, "n n"]) -> float:
    sign, logdet = np.linalg.slogdet(covariance)
    assert sign > 0
    return float(-0.5 * (logdet + x @ np.linalg.solve(covariance, x)))


def any_precision(a: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    return np.linalg.inv(a)


def of_lists() -> Any:
    return np.linalg.inv([[2.0, 0.0], [0.0, 2.0]]), np.linalg.norm([3.0, 4.0]), np.linalg.det([[1, 2], [3, 4]])


def upper(a: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "_ m"]:
    return np.asarray(np.linalg.qr(a, mode="r"))


def batched(a: Float64[np.ndarray, "*batch n n"]) -> Float64[np.ndarray, "*batch"]:
    return np.asarray(np.linalg.det(np.linalg.inv(a)))


def main() -> None:
    x = np.random.default_rng(0).normal(size=(6, 3))
    a = np.eye(3) * 2
    poses = np.stack([np.eye(4)] * 2)
    relative(poses, np.eye(4))
    normalized(x)
    unit(x[0])
    norms(x.astype(np.float32), 2, 1)
    norms(x.astype(np.float32), "fro", None)
    distance(x[0], x[1])
    fitted(x, x[:, 0])
    ridge(x, x[:, 0])
    solved(np.stack([a, a]), x[:2])
    solved_for_any(a, x.T)
    aligned(x, x)
    singular(x, False)
    principal(x, 2)
    whitened(x)
    spectral_radius(a)
    log_density(x[0], a)
    any_precision(a)
    of_lists()
    upper(x)
    batched(poses)
