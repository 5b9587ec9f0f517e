"""Errors of floating-point functions in units in the last place, against wider numbers."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

WIDER: Final = {np.float32: np.float64, np.float64: np.longdouble}
double_has_a_reference = np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant


def exact_sigmoid(x: Array) -> Array:
    """Return the sigmoid without cancellation or overflow."""
    e = np.exp(-np.abs(x))
    sigmoid: Array = np.where(x < 0, e, 1) / (1 + e)
    return sigmoid


@cache
def samples(dtype: Any) -> Array:
    """Return finite numbers of all sizes, and densely those where the functions neither overflow nor are constant."""
    if dtype is np.float32:
        bits = np.arange(0, 2**32, 26_407, dtype=np.uint64).astype(np.uint32)
        dense = [np.linspace(-110, 92, 100_001), np.linspace(-2, 2, 20_001)]
    else:
        bits = np.random.default_rng(0).integers(0, 2**64, 100_000, np.uint64)
        dense = [np.linspace(-750, 712, 40_001), np.linspace(-40, 40, 40_001), np.linspace(-2, 2, 20_001)]
    near_one = 1 + np.logspace(-15, -1, 5001)
    denormal = np.linspace(0, 2 * float(np.finfo(dtype).tiny), 5001)
    every = np.concatenate([*dense, near_one, 2 - near_one, denormal, -denormal]).astype(dtype)
    return np.concatenate([every, (sizes := bits.view(dtype))[np.isfinite(sizes)]])


def error_in_ulps(actual: Array, exact: Array) -> float:
    """Return the largest error in units in the last place; what is not finite must be so in both, and the same."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(actual.dtype)
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(rounded[~finite], actual[~finite])
    unit = np.spacing(np.abs(rounded[finite])).astype(exact.dtype)
    return float(np.max(np.abs(actual[finite] - exact[finite]) / unit, initial=0))
