"""What functions and methods that work on elements make of shapes and of element types."""

import numpy as np
from jaxtyping import Bool, Complex128, Float, Float32, Float64, Int64, UInt8

from typecheck.plugin.arrays import array


def bounds(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
    integer: Int64[np.ndarray, "n"] = array("n", np.int64),
) -> None:
    reveal_type(np.clip(x, 0, 1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.clip(x, row, None))  # T: Float64[ndarray, 'n m']
    reveal_type(np.clip(x, a_min=0, a_max=None))  # T: Float64[ndarray, 'n m']
    reveal_type(np.clip(row, x, 5))  # T: Float64[ndarray, 'n m']
    reveal_type(np.clip(single, 0, 0.5))  # T: Float32[ndarray, 'n m']
    reveal_type(np.clip(integer, 0, 2))  # T: Int64[ndarray, 'n']
    reveal_type(np.clip(integer, 0.5, 2))  # T: Float64[ndarray, 'n']
    reveal_type(np.clip(x, min=0, max=1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.clip(x, 0, 1, out=x))  # T: Float64[ndarray, 'n m']
    reveal_type(x.clip(0, 1))  # T: Float64[ndarray, 'n m']
    reveal_type(single.clip(min=0))  # T: Float32[ndarray, 'n m']
    reveal_type(x.clip(0, row))  # T: Float64[ndarray, 'n m']
    reveal_type(integer.clip(max=2))  # T: Int64[ndarray, 'n']
    reveal_type(np.round(x, 2))  # T: Float64[ndarray, 'n m']
    reveal_type(x.round(2))  # T: Float64[ndarray, 'n m']
    reveal_type(np.around(single))  # T: Float32[ndarray, 'n m']
    reveal_type(integer.round())  # T: Int64[ndarray, 'n']
    reveal_type(np.nan_to_num(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.nan_to_num(single, nan=0.0))  # T: Float32[ndarray, 'n m']


def predicates(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    wave: Complex128[np.ndarray, "n"] = array("n", np.complex128),
) -> None:
    reveal_type(np.isclose(x, row))  # T: Bool[ndarray, 'n m']
    reveal_type(np.isclose(row, 1, atol=0.1))  # T: Bool[ndarray, 'm']
    reveal_type(np.allclose(x, row))  # T: bool
    reveal_type(np.array_equal(x, row))  # T: bool
    reveal_type(np.isposinf(x))  # T: Bool[ndarray, 'n m']
    reveal_type(np.isneginf(row))  # T: Bool[ndarray, 'm']
    reveal_type(np.isreal(wave))  # T: Bool[ndarray, 'n']
    reveal_type(np.iscomplex(x))  # T: Bool[ndarray, 'n m']


def parts(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    wave: Complex128[np.ndarray, "n"] = array("n", np.complex128),
) -> None:
    reveal_type(np.real(wave))  # T: Float64[ndarray, 'n']
    reveal_type(np.imag(x))  # T: Float64[ndarray, 'n m']
    reveal_type(wave.real)  # T: Float64[ndarray, 'n']
    reveal_type(wave.imag)  # T: Float64[ndarray, 'n']
    reveal_type(np.angle(wave))  # T: Float64[ndarray, 'n']
    reveal_type(np.angle(x, deg=True))  # T: Float64[ndarray, 'n m']
    reveal_type(wave.conj())  # T: Complex128[ndarray, 'n']
    reveal_type(x.conjugate())  # T: Float64[ndarray, 'n m']


def curves(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    points: Float64[np.ndarray, "k"] = array("k"),
    wave: Complex128[np.ndarray, "k"] = array("k", np.complex128),
    single: Float32[np.ndarray, "n"] = array("n", np.float32),
) -> None:
    reveal_type(np.sinc(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.i0(single))  # T: Float32[ndarray, 'n']
    reveal_type(np.interp(x, points, points))  # T: Float64[ndarray, 'n m']
    reveal_type(np.interp(x, points, wave))  # T: Complex128[ndarray, 'n m']
    reveal_type(np.unwrap(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.unwrap(single, axis=0))  # T: Float32[ndarray, 'n']


def conversions(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    byte: UInt8[np.ndarray, "n"] = array("n", np.uint8),
) -> None:
    reveal_type(x.astype(np.float32))  # T: Float32[ndarray, 'n m']
    reveal_type(x.astype(int))  # T: Int64[ndarray, 'n m']
    reveal_type(x.astype("float32"))  # T: Float32[ndarray, 'n m']
    reveal_type(byte.astype(bool))  # T: Bool[ndarray, 'n']
    reveal_type(byte.astype(np.float64, copy=False))  # T: Float64[ndarray, 'n']
    reveal_type(np.astype(x, np.int32))  # T: Int32[ndarray, 'n m']
    reveal_type(x.copy())  # T: Float64[ndarray, 'n m']
    reveal_type(byte.byteswap())  # T: UInt8[ndarray, 'n']


def any_number_of_axes(
    x: Float[np.ndarray, "*batch n"] = array("b n"),
    mask: Bool[np.ndarray, "*batch n"] = array("b n", np.bool),
) -> None:
    reveal_type(x.clip(0, 1))  # T: Float[ndarray, '*batch n']
    reveal_type(x.astype(np.float32))  # T: Float32[ndarray, '*batch n']
    reveal_type(np.nan_to_num(x))  # T: Float[ndarray, '*batch n']
    reveal_type(mask.astype(float))  # T: Float64[ndarray, '*batch n']
