"""Reductions over axes that are not there."""

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot sum (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    x.sum(axis=2)
