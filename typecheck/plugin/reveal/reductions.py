"""What is left of an array's shape when axes are reduced away, and what there is along the way."""

import numpy as np
from jaxtyping import Bool, Complex128, Float, Float32, Float64, Int64, UInt8

from typecheck.plugin.arrays import array


def axes(x: Float64[np.ndarray, "n m k"] = array("n m k"), y: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    reveal_type(x.sum(axis=0))  # T: Float64[ndarray, 'm k']
    reveal_type(x.sum(1))  # T: Float64[ndarray, 'n k']
    reveal_type(np.sum(x, -1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.sum(x, axis=(0, 2)))  # T: Float64[ndarray, 'm']
    reveal_type(np.sum(x, axis=(0, -1), keepdims=True))  # T: Float64[ndarray, '1 m 1']
    reveal_type(x.sum(keepdims=True))  # T: Float64[ndarray, '1 1 1']
    reveal_type(np.sum(x, axis=None, keepdims=True))  # T: Float64[ndarray, '1 1 1']
    reveal_type(np.sum(x))  # T: Number[Float64]
    reveal_type(np.sum(y, axis=-1, keepdims=True))  # T: Float64[ndarray, 'n 1']
    reveal_type(y.sum(axis=0))  # T: Float64[ndarray, '4']
    reveal_type(np.sum([[1, 2, 3], [4, 5, 6]], axis=0))  # T: Int64[ndarray, '3']
    reveal_type(x.sum(axis=0, where=x[0] > 1))  # T: Float64[ndarray, 'm k']
    reveal_type(x.sum(axis=0, initial=1.0))  # T: Float64[ndarray, 'm k']
    reveal_type(x.sum(axis=1, out=np.zeros_like(x[:, 0])))  # T: Float64[ndarray, 'n k']


def sums(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
    integer: Int64[np.ndarray, "n m"] = array("n m", np.int64),
    byte: UInt8[np.ndarray, "n m"] = array("n m", np.uint8),
    truth: Bool[np.ndarray, "n m"] = array("n m", np.bool),
    wave: Complex128[np.ndarray, "n m"] = array("n m", np.complex128),
    some: Float[np.ndarray, "n m"] = array("n m"),
) -> None:
    reveal_type(single.sum(axis=0))  # T: Float32[ndarray, 'm']
    reveal_type(integer.sum(axis=0))  # T: Int64[ndarray, 'm']
    reveal_type(np.sum(byte, axis=0))  # T: UInt64[ndarray, 'm']
    reveal_type(truth.sum(axis=0))  # T: Int64[ndarray, 'm']
    reveal_type(np.prod(some, axis=1))  # T: Float[ndarray, 'n']
    reveal_type(x.prod(axis=1))  # T: Float64[ndarray, 'n']
    reveal_type(byte.sum(axis=1, dtype=np.float32))  # T: Float32[ndarray, 'n']
    reveal_type(single.sum(axis=1, dtype="float64"))  # T: Float64[ndarray, 'n']
    reveal_type(np.mean(x, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(single.mean(axis=0))  # T: Float32[ndarray, 'm']
    reveal_type(np.mean(integer, axis=0, keepdims=True))  # T: Float64[ndarray, '1 m']
    reveal_type(np.std(single, axis=0))  # T: Float32[ndarray, 'm']
    reveal_type(x.std(axis=0, ddof=1))  # T: Float64[ndarray, 'm']
    reveal_type(np.var(wave, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(integer.var(axis=1, keepdims=True))  # T: Float64[ndarray, 'n 1']
    reveal_type(np.average(x, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.average(single, axis=1, weights=x[0]))  # T: Float64[ndarray, 'n']
    reveal_type(np.average(x, axis=0, weights=x))  # T: Float64[ndarray, 'm']
    reveal_type(np.average(x, axis=0, keepdims=True))  # T: Float64[ndarray, '1 m']
    reveal_type(np.average(x, axis=0, returned=True))  # T: tuple[Float64[ndarray, 'm'], Float64[ndarray, 'm']]
    reveal_type(np.median(x, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.median(integer, axis=(0, 1), keepdims=True))  # T: Float64[ndarray, '1 1']
    reveal_type(np.trapezoid(x))  # T: Float64[ndarray, 'n']
    reveal_type(np.trapezoid(x, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.trapezoid(x, x[0]))  # T: Float64[ndarray, 'n']
    reveal_type(np.trapezoid(integer, dx=0.5))  # T: Float64[ndarray, 'n']


def choices(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    byte: UInt8[np.ndarray, "n m"] = array("n m", np.uint8),
) -> None:
    reveal_type(x.max(axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.max(byte, axis=1, keepdims=True))  # T: UInt8[ndarray, 'n 1']
    reveal_type(np.amax(x, -1))  # T: Float64[ndarray, 'n']
    reveal_type(byte.min(axis=0))  # T: UInt8[ndarray, 'm']
    reveal_type(np.min(x, 0))  # T: Float64[ndarray, 'm']
    reveal_type(np.amin(x, axis=(0,)))  # T: Float64[ndarray, 'm']
    reveal_type(np.max(x))  # T: Number[Float64]
    reveal_type(np.ptp(x, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(x.argmax(axis=0))  # T: Int64[ndarray, 'm']
    reveal_type(np.argmax(x, axis=-1))  # T: Int64[ndarray, 'n']
    reveal_type(np.argmax(x, axis=1, keepdims=True))  # T: Int64[ndarray, 'n 1']
    reveal_type(np.argmin(byte, 0))  # T: Int64[ndarray, 'm']
    reveal_type(x.argmin(1))  # T: Int64[ndarray, 'n']
    reveal_type(np.any(x > 0, axis=0))  # T: Bool[ndarray, 'm']
    reveal_type((x > 0).all(axis=1))  # T: Bool[ndarray, 'n']
    reveal_type(np.all(x, axis=1, keepdims=True))  # T: Bool[ndarray, 'n 1']
    reveal_type(x.any(axis=0))  # T: Bool[ndarray, 'm']
    reveal_type(np.count_nonzero(x, axis=0))  # T: Int64[ndarray, 'm']
    reveal_type(np.count_nonzero(x, axis=1, keepdims=True))  # T: Int64[ndarray, 'n 1']


def quantiles(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
) -> None:
    reveal_type(np.quantile(x, 0.5, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.quantile(x, [0.25, 0.5, 0.75], axis=0))  # T: Float64[ndarray, '3 m']
    reveal_type(np.quantile(single, [0.25, 0.75], axis=1, keepdims=True))  # T: Float64[ndarray, '2 n 1']
    reveal_type(np.quantile(x, [0.25, 0.75]))  # T: Float64[ndarray, '2']
    reveal_type(np.percentile(single, 50, axis=1))  # T: Float32[ndarray, 'n']
    reveal_type(np.percentile(x, [25, 75], axis=(0, 1)))  # T: Float64[ndarray, '2']
    reveal_type(np.percentile(x, [25, 75], axis=1, method="nearest"))  # T: Float64[ndarray, '2 n']


def without_nan(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
) -> None:
    reveal_type(np.nansum(x, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.nanprod(single, axis=0))  # T: Float32[ndarray, 'm']
    reveal_type(np.nanmean(single, axis=0))  # T: Float32[ndarray, 'm']
    reveal_type(np.nanstd(x, axis=0, ddof=1))  # T: Float64[ndarray, 'm']
    reveal_type(np.nanvar(x, axis=0, keepdims=True))  # T: Float64[ndarray, '1 m']
    reveal_type(np.nanmax(x, axis=1))  # T: Float64[ndarray, 'n']
    reveal_type(np.nanmin(single, axis=1))  # T: Float32[ndarray, 'n']
    reveal_type(np.nanargmax(x, axis=1))  # T: Int64[ndarray, 'n']
    reveal_type(np.nanargmin(x, axis=0))  # T: Int64[ndarray, 'm']
    reveal_type(np.nanmedian(x, axis=0))  # T: Float64[ndarray, 'm']
    reveal_type(np.nanquantile(x, [0.1, 0.9], axis=0))  # T: Float64[ndarray, '2 m']
    reveal_type(np.nanpercentile(single, 10, axis=0))  # T: Float32[ndarray, 'm']
    reveal_type(np.nancumsum(x, axis=0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.nancumprod(x))  # T: Float64[ndarray, 'm*n']


def scans(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    byte: UInt8[np.ndarray, "n m"] = array("n m", np.uint8),
) -> None:
    reveal_type(x.cumsum(axis=0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.cumsum(x, -1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.cumsum(x))  # T: Float64[ndarray, 'm*n']
    reveal_type(np.cumsum(row))  # T: Float64[ndarray, 'm']
    reveal_type(byte.cumprod(axis=1))  # T: UInt64[ndarray, 'n m']
    reveal_type(np.cumprod(byte))  # T: UInt64[ndarray, 'm*n']
    reveal_type(np.cumsum(byte, axis=0, dtype=np.float32))  # T: Float32[ndarray, 'n m']
    reveal_type(np.cumsum(x, axis=0, out=x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.cumulative_sum(row))  # T: Float64[ndarray, 'm']
    reveal_type(np.cumulative_sum(x, axis=1, include_initial=True))  # T: Float64[ndarray, 'n m+1']
    reveal_type(np.cumulative_prod(x, axis=0))  # T: Float64[ndarray, 'n m']


def any_number_of_axes(x: Float[np.ndarray, "*batch n 3"] = array("b t n 3")) -> None:
    reveal_type(x.sum(axis=-1))  # T: Float[ndarray, '*batch n']
    reveal_type(np.mean(x, axis=-2))  # T: Float[ndarray, '*batch 3']
    reveal_type(x.max(axis=(-1, -2)))  # T: Float[ndarray, '*batch']
    reveal_type(x.max(axis=-1, keepdims=True))  # T: Float[ndarray, '*batch n 1']
    reveal_type(np.argmax(x, axis=-1))  # T: Int64[ndarray, '*batch n']
    reveal_type(np.cumsum(x, axis=-1))  # T: Float[ndarray, '*batch n 3']
