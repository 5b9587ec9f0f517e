"""The shapes of arrays whose axes einops arranges."""

import einops
import numpy as np
from einops import einsum, rearrange, reduce, repeat
from jaxtyping import Bool, Float32, Float64, UInt8

from typecheck.plugin.arrays import array


def arrangements(
    images: Float32[np.ndarray, "b h w 3"] = array("b h w 3", np.float32),
    patches: Float32[np.ndarray, "b 64 c"] = array("b 64 c", np.float32),
    matrix: Float64[np.ndarray, "n m"] = array("n m"),
) -> None:
    reveal_type(rearrange(images, "b h w c -> b c h w"))  # T: Float32[ndarray, 'b 3 h w']
    reveal_type(rearrange(images, "b h w c -> b (h w) c"))  # T: Float32[ndarray, 'b h*w 3']
    reveal_type(rearrange(images, "b h w c -> (b h w) c"))  # T: Float32[ndarray, 'b*h*w 3']
    reveal_type(rearrange(images, "b ... -> b (...)"))  # T: Float32[ndarray, 'b 3*h*w']
    reveal_type(rearrange(patches, "b (h w) c -> b h w c", h=8))  # T: Float32[ndarray, 'b 8 8 c']
    reveal_type(rearrange(patches, "b (h w) c -> b c h w", h=8, w=8))  # T: Float32[ndarray, 'b c 8 8']
    reveal_type(rearrange(matrix, "n m -> n 1 m"))  # T: Float64[ndarray, 'n 1 m']
    reveal_type(einops.rearrange(matrix, "n m -> m n"))  # T: Float64[ndarray, 'm n']
    flat = rearrange(images, "b h w c -> (b h) (w c)")
    reveal_type(rearrange(flat, "(b h) (w c) -> b h w c", b=images.shape[0], c=3))  # T: Float32[ndarray, 'b h w 3']
    reveal_type(rearrange([matrix, matrix, matrix], "k n m -> n m k"))  # T: Float64[ndarray, 'n m 3']


def reductions(
    images: Float32[np.ndarray, "b 8 16 3"] = array("b 8 16 3", np.float32),
    pixels: UInt8[np.ndarray, "h w 3"] = array("h w 3", np.uint8),
    mask: Bool[np.ndarray, "n m"] = array("n m", np.bool),
) -> None:
    reveal_type(reduce(images, "b h w c -> b c", "mean"))  # T: Float32[ndarray, 'b 3']
    reveal_type(reduce(images, "b (h 2) (w 2) c -> b h w c", "max"))  # T: Float32[ndarray, 'b 4 8 3']
    reveal_type(reduce(images, "b (h i) (w j) c -> b h w", reduction="sum", i=4, j=2))  # T: Float32[ndarray, 'b 2 8']
    reveal_type(reduce(images, "b h w c -> b 1 h w", "prod"))  # T: Float32[ndarray, 'b 1 8 16']
    reveal_type(reduce(pixels, "h w c -> h w", "min"))  # T: UInt8[ndarray, 'h w']
    reveal_type(reduce(pixels, "h w c -> h w", "sum"))  # T: UInt64[ndarray, 'h w']
    reveal_type(reduce(mask, "n m -> n", "any"))  # T: Bool[ndarray, 'n']
    reveal_type(reduce(images, "b h w c -> b", np.max))  # T: Shaped[ndarray, 'b']
    reveal_type(reduce(images, "b h w c -> ()", "mean"))  # T: Float32[ndarray, '1']


def repetitions(
    gray: Float64[np.ndarray, "h w"] = array("h w"),
    vector: Float64[np.ndarray, "n"] = array("n"),
) -> None:
    reveal_type(repeat(gray, "h w -> h w c", c=3))  # T: Float64[ndarray, 'h w 3']
    reveal_type(repeat(gray, "h w -> (h 2) (w r)", r=3))  # T: Float64[ndarray, '2*h 3*w']
    reveal_type(repeat(vector, "n -> m n", m=gray.shape[0]))  # T: Float64[ndarray, 'h n']
    reveal_type(repeat(vector, "n -> 4 n"))  # T: Float64[ndarray, '4 n']
    reveal_type(einops.repeat(vector, "n -> (repeats n)", repeats=2))  # T: Float64[ndarray, '2*n']


def products(
    a: Float64[np.ndarray, "n m"] = array("n m"),
    b: Float64[np.ndarray, "m k"] = array("m k"),
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
) -> None:
    reveal_type(einsum(a, b, "row inner, inner column -> row column"))  # T: Float64[ndarray, 'n k']
    reveal_type(einops.einsum(a, a, "i j, k j -> i k"))  # T: Float64[ndarray, 'n n']
    reveal_type(einsum(a, "i j -> j"))  # T: Float64[ndarray, 'm']
    reveal_type(einsum(single, b, "... m, m k -> ... k"))  # T: Float64[ndarray, 'n k']
