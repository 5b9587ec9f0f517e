"""jaxtyping's element types, and what arithmetic makes of them."""

import numpy as np
from jaxtyping import (
    Bool,
    Complex,
    Complex64,
    Float,
    Float16,
    Float32,
    Float64,
    Inexact,
    Int,
    Int8,
    Int64,
    Integer,
    Num,
    Real,
    Shaped,
    UInt,
    UInt8,
)

from typecheck.plugin.arrays import array


def parameters(
    a: Float[np.ndarray, "n"] = array("n"),
    b: Float16[np.ndarray, "n"] = array("n", np.float16),
    c: Float32[np.ndarray, "n"] = array("n", np.float32),
    d: Float64[np.ndarray, "n"] = array("n"),
    e: Int[np.ndarray, "n"] = array("n", np.int64),
    f: Int8[np.ndarray, "n"] = array("n", np.int8),
    g: Int64[np.ndarray, "n"] = array("n", np.int64),
    h: UInt[np.ndarray, "n"] = array("n", np.uint16),
    i: UInt8[np.ndarray, "n"] = array("n", np.uint8),
) -> None:
    reveal_type(a)  # T: Float[ndarray, 'n']
    reveal_type(b)  # T: Float16[ndarray, 'n']
    reveal_type(c)  # T: Float32[ndarray, 'n']
    reveal_type(d)  # T: Float64[ndarray, 'n']
    reveal_type(e)  # T: Int[ndarray, 'n']
    reveal_type(f)  # T: Int8[ndarray, 'n']
    reveal_type(g)  # T: Int64[ndarray, 'n']
    reveal_type(h)  # T: UInt[ndarray, 'n']
    reveal_type(i)  # T: UInt8[ndarray, 'n']


def wider_parameters(
    a: Bool[np.ndarray, "n"] = array("n", bool),
    b: Complex[np.ndarray, "n"] = array("n", np.complex128),
    c: Complex64[np.ndarray, "n"] = array("n", np.complex64),
    d: Integer[np.ndarray, "n"] = array("n", np.int64),
    e: Inexact[np.ndarray, "n"] = array("n"),
    f: Real[np.ndarray, "n"] = array("n"),
    g: Num[np.ndarray, "n"] = array("n"),
    h: Shaped[np.ndarray, "n"] = array("n"),
) -> None:
    reveal_type(a)  # T: Bool[ndarray, 'n']
    reveal_type(b)  # T: Complex[ndarray, 'n']
    reveal_type(c)  # T: Complex64[ndarray, 'n']
    reveal_type(d)  # T: Integer[ndarray, 'n']
    reveal_type(e)  # T: Inexact[ndarray, 'n']
    reveal_type(f)  # T: Real[ndarray, 'n']
    reveal_type(g)  # T: Num[ndarray, 'n']
    reveal_type(h)  # T: Shaped[ndarray, 'n']


def conversions(x: Float64[np.ndarray, "n m"] = array("n m"), i: Int64[np.ndarray, "n"] = array("n", np.int64)) -> None:
    reveal_type(x.astype(np.float32))  # T: Float32[ndarray, 'n m']
    reveal_type(x.astype(int))  # T: Int64[ndarray, 'n m']
    reveal_type(i / 2)  # T: Float64[ndarray, 'n']
    reveal_type(i + i)  # T: Int64[ndarray, 'n']
    reveal_type(x > 0)  # T: Bool[ndarray, 'n m']
    reveal_type(x + i[:, None])  # T: Float64[ndarray, 'n m']
    reveal_type(x.real)  # T: Float64[ndarray, 'n m']
    reveal_type(x * 1j)  # T: Complex128[ndarray, 'n m']


def called_to_make_numbers(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    reveal_type(np.uint8(x * 255))  # T: UInt8[ndarray, 'n m']
    reveal_type(np.float64(x[0]))  # T: Float64[ndarray, 'm']
    reveal_type(np.bool(x))  # T: Bool[ndarray, 'n m']
    reveal_type(np.complex128(x))  # T: Complex128[ndarray, 'n m']


def views(x: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    reveal_type(x.view(np.float32))  # T: Float32[ndarray, 'n 8']
    reveal_type(x.view(np.int64))  # T: Int64[ndarray, 'n 4']
    reveal_type(x.view(np.complex128))  # T: Complex128[ndarray, 'n 2']
    reveal_type(x.view("u1"))  # T: Shaped[ndarray, 'n 32']
