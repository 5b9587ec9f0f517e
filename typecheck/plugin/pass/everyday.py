"""Everyday NumPy: a name takes arrays of other shapes as a function goes on."""

import numpy as np
from jaxtyping import Float64


def normalized(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n m"]:
    x = x - x.mean(axis=0)
    return x / x.std(axis=0, keepdims=True)


def main() -> None:
    assert normalized(np.arange(12.0).reshape(4, 3)).shape == (4, 3)
