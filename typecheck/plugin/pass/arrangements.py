"""Arrangements of which not everything is known."""

from typing import Any

import numpy as np
from einops import einsum, rearrange, reduce, repeat
from jaxtyping import Float, Float32, Float64
from numpy.typing import NDArray


def flattened(images: Float32[np.ndarray, "b h w c"]) -> Float32[np.ndarray, "b h*w*c"]:
    return rearrange(images, "b h w c -> b (h w c)")


def unflattened(x: Float64[np.ndarray, "b hw c"], height: int) -> Float64[np.ndarray, "b h w c"]:
    return rearrange(x, "b (h w) c -> b h w c", h=height)


def by_sizes(x: Float64[np.ndarray, "n m"], pattern: str, **sizes: int) -> Float64[np.ndarray, "..."]:
    return rearrange(x, "(a b) m -> a b m", **sizes)


def by_name(x: Float64[np.ndarray, "n m"], pattern: str) -> Float64[np.ndarray, "m n"]:
    return rearrange(x, pattern)


def of_unknown(x: NDArray[np.float64]) -> Float64[np.ndarray, "b a"]:
    return rearrange(x, "a b -> b a")


def stacked(parts: list[Float64[np.ndarray, "n m"]]) -> Float64[np.ndarray, "n k m"]:
    return rearrange(parts, "k n m -> n k m")


def pooled(images: Float64[np.ndarray, "b h w c"], how: str) -> Any:
    return reduce(images, "b (h 2) (w 2) c -> b h w c", how)


def total(x: Float64[np.ndarray, "n m"]) -> float:
    return float(reduce(x, "n m ->", "sum"))


def tiled(x: Float[np.ndarray, "h w"], times: int) -> Float[np.ndarray, "n h w"]:
    return repeat(x, "h w -> n h w", n=times)


def attention(q: Float64[np.ndarray, "b i d"], k: Float64[np.ndarray, "b j d"]) -> Float64[np.ndarray, "b i j"]:
    return einsum(q, k, "b i d, b j d -> b i j")


def any_axes(x: Float64[np.ndarray, "... n m"]) -> Float64[np.ndarray, "... m n"]:
    return rearrange(x, "... n m -> ... m n")


def main() -> None:
    images, x = np.ones((2, 4, 6, 3)), np.ones((4, 6))
    flattened(images.astype(np.float32))
    unflattened(np.ones((2, 12, 3)), 4)
    by_sizes(x, "", a=2)
    by_name(x, "n m -> m n")
    of_unknown(x)
    stacked([x, x, x])
    pooled(images, "mean")
    total(x)
    tiled(x, 3)
    attention(np.ones((2, 4, 3)), np.ones((2, 5, 3)))
    any_axes(images)
