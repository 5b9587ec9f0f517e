"""The shapes of inverses, decompositions, solutions and norms."""

import numpy as np
from jaxtyping import Complex64, Complex128, Float, Float32, Float64, Int64, Shaped

from typecheck.plugin.arrays import array


def regular(shape: str, dtype: object = np.float64) -> np.ndarray:
    """Return matrices that have inverses and are positive definite."""
    found = array(shape, dtype)
    return np.eye(found.shape[-1], dtype=found.dtype) * 9 + 0 * found
