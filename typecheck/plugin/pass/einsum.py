"""Products by patterns of which not everything is known."""

from typing import Any, Final

import numpy as np
from jaxtyping import Float, Float64
from numpy.typing import NDArray

PATTERN: Final = "ij,jk->ik"


def rotated(r: Float64[np.ndarray, "n 3 3"], v: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    return np.asarray(np.einsum("nij,nj->ni", r, v))


def transformed(
    poses: Float64[np.ndarray, "n 4 4"], points: Float64[np.ndarray, "m 3"]
) -> Float64[np.ndarray, "n m 3"]:
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    return np.einsum("nij,mj->nmi", poses, homogeneous)[..., :3]


def covariance(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "m m"]:
    centered = x - x.mean(axis=0)
    return np.einsum("ni,nj->ij", centered, centered) / (len(x) - 1)


def energy(x: Float64[np.ndarray, "n m"]) -> float:
    return float(np.einsum("ij,ij->", x, x))


def by_name(a: Float64[np.ndarray, "n m"], b: Float64[np.ndarray, "m k"], pattern: str) -> Any:
    return np.einsum(pattern, a, b), np.einsum(PATTERN, a, b)


def of_many(parts: list[NDArray[np.float64]]) -> Any:
    return np.einsum("ij,jk", *parts)


def of_unknown(a: NDArray[np.float64], b: Float64[np.ndarray, "_ k"]) -> Any:
    return np.einsum("ij,jk->ik", a, b)


def written(a: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, " n"]:
    result = np.empty(a.shape[0])
    np.einsum("ij->i", a, out=result)
    return np.einsum("ij->i", a, out=result)


def attention(
    q: Float[np.ndarray, "*batch i d"], k: Float[np.ndarray, "*batch j d"]
) -> Float[np.ndarray, "*batch i j"]:
    return np.asarray(np.einsum("...id,...jd->...ij", q, k))


def summed(a: Float64[np.ndarray, "b n m"]) -> Float64[np.ndarray, " n"]:
    return np.asarray(np.einsum("...ij->i", a, optimize=True))


def main() -> None:
    a, b = np.ones((2, 3)), np.ones((3, 4))
    rotated(np.ones((5, 3, 3)), np.ones((5, 3)))
    transformed(np.ones((2, 4, 4)), np.ones((5, 3)))
    covariance(a)
    energy(a)
    by_name(a, b, "ij,jk->ik")
    of_many([a, b])
    of_unknown(a, b)
    written(a)
    attention(np.ones((2, 4, 3)), np.ones((2, 5, 3)))
    summed(np.ones((2, 3, 4)))
