"""What is left of an array's shape when axes are summed away."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def sums(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    reveal_type(x.sum(axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.sum(x, axis=-1, keepdims=True))  # T: Float64[ndarray, 'n 1']
