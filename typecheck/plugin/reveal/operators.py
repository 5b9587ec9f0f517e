"""What arithmetic, comparisons and products by operators make of shapes and of element types."""

import math

import numpy as np
from jaxtyping import Bool, Complex128, Float, Float32, Float64, Int, Int64, UInt8

from typecheck.plugin.arrays import array


def arithmetic(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    column: Float64[np.ndarray, "n 1"] = array("n 1"),
) -> None:
    reveal_type(x + row)  # T: Float64[ndarray, 'n m']
    reveal_type(row - x)  # T: Float64[ndarray, 'n m']
    reveal_type(x * column)  # T: Float64[ndarray, 'n m']
    reveal_type(row / column)  # T: Float64[ndarray, 'n m']
    reveal_type(x // row)  # T: Float64[ndarray, 'n m']
    reveal_type(x % column)  # T: Float64[ndarray, 'n m']
    reveal_type(x**row)  # T: Float64[ndarray, 'n m']
    reveal_type(-x)  # T: Float64[ndarray, 'n m']
    reveal_type(+x)  # T: Float64[ndarray, 'n m']
    reveal_type(abs(x))  # T: Float64[ndarray, 'n m']
    reveal_type(x**2)  # T: Float64[ndarray, 'n m']
    reveal_type(divmod(x, row))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'n m']]
    reveal_type(divmod(x, 2)[0])  # T: Float64[ndarray, 'n m']
    reveal_type(divmod(2, row))  # T: tuple[Float64[ndarray, 'm'], Float64[ndarray, 'm']]
    reveal_type(1 - x)  # T: Float64[ndarray, 'n m']
    reveal_type(x * 2 - 1)  # T: Float64[ndarray, 'n m']
    reveal_type(2**x)  # T: Float64[ndarray, 'n m']
    reveal_type(1 / x)  # T: Float64[ndarray, 'n m']
    reveal_type(7 // x)  # T: Float64[ndarray, 'n m']
    reveal_type(7 % x)  # T: Float64[ndarray, 'n m']
    reveal_type(x + np.float64(2))  # T: Float64[ndarray, 'n m']
    reveal_type(np.float64(2) * x)  # T: Float64[ndarray, 'n m']
    reveal_type(np.float64(2) ** row)  # T: Float64[ndarray, 'm']
    reveal_type(math.pi * x)  # T: Float64[ndarray, 'n m']


def with_lists(x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "3"] = array("3")) -> None:
    reveal_type(x + [1, 2, 3])  # T: Float64[ndarray, 'n 3']
    reveal_type([1, 2, 3] - x)  # T: Float64[ndarray, 'n 3']
    reveal_type(x / (1, 2, 3))  # T: Float64[ndarray, 'n 3']
    reveal_type(y > [0, 0, 0])  # T: Bool[ndarray, '3']
    reveal_type([[1, 2, 3], [4, 5, 6]] @ y)  # T: Float64[ndarray, '2']


def element_types(
    single: Float32[np.ndarray, "n"] = array("n", np.float32),
    double: Float64[np.ndarray, "n"] = array("n"),
    some: Float[np.ndarray, "n"] = array("n"),
    integer: Int64[np.ndarray, "n"] = array("n", np.int64),
    whole: Int[np.ndarray, "n"] = array("n", np.int32),
    byte: UInt8[np.ndarray, "n"] = array("n", np.uint8),
    truth: Bool[np.ndarray, "n"] = array("n", np.bool),
    wave: Complex128[np.ndarray, "n"] = array("n", np.complex128),
) -> None:
    reveal_type(single + single)  # T: Float32[ndarray, 'n']
    reveal_type(single + 1)  # T: Float32[ndarray, 'n']
    reveal_type(0.5 * single)  # T: Float32[ndarray, 'n']
    reveal_type(single + double)  # T: Float64[ndarray, 'n']
    reveal_type(single * integer)  # T: Float64[ndarray, 'n']
    reveal_type(single * byte)  # T: Float32[ndarray, 'n']
    reveal_type(single * truth)  # T: Float32[ndarray, 'n']
    reveal_type(single + 1j)  # T: Complex64[ndarray, 'n']
    reveal_type(np.float64(2) * single)  # T: Float64[ndarray, 'n']
    reveal_type(np.float32(2) * single)  # T: Float32[ndarray, 'n']
    reveal_type(some + some)  # T: Float[ndarray, 'n']
    reveal_type(some * double)  # T: Float64[ndarray, 'n']
    reveal_type(2 * some)  # T: Float[ndarray, 'n']
    reveal_type(integer + integer)  # T: Int64[ndarray, 'n']
    reveal_type(integer + 1)  # T: Int64[ndarray, 'n']
    reveal_type(integer + 0.5)  # T: Float64[ndarray, 'n']
    reveal_type(integer / integer)  # T: Float64[ndarray, 'n']
    reveal_type(integer // 2)  # T: Int64[ndarray, 'n']
    reveal_type(whole + whole)  # T: Int[ndarray, 'n']
    reveal_type(whole / 2)  # T: Float64[ndarray, 'n']
    reveal_type(byte + byte)  # T: UInt8[ndarray, 'n']
    reveal_type(byte + 1)  # T: UInt8[ndarray, 'n']
    reveal_type(byte + integer)  # T: Int64[ndarray, 'n']
    reveal_type(byte / 2)  # T: Float64[ndarray, 'n']
    reveal_type(truth + truth)  # T: Bool[ndarray, 'n']
    reveal_type(truth + 1)  # T: Int64[ndarray, 'n']
    reveal_type(truth * 1.0)  # T: Float64[ndarray, 'n']
    reveal_type(truth // truth)  # T: Int8[ndarray, 'n']
    reveal_type(abs(wave))  # T: Float64[ndarray, 'n']
    reveal_type(wave * double)  # T: Complex128[ndarray, 'n']
    reveal_type(wave - 1)  # T: Complex128[ndarray, 'n']


def bits(
    a: Int64[np.ndarray, "n m"] = array("n m", np.int64),
    b: Int64[np.ndarray, "m"] = array("m", np.int64),
    mask: Bool[np.ndarray, "n m"] = array("n m", np.bool),
) -> None:
    reveal_type(a & b)  # T: Int64[ndarray, 'n m']
    reveal_type(a | 1)  # T: Int64[ndarray, 'n m']
    reveal_type(3 ^ b)  # T: Int64[ndarray, 'm']
    reveal_type(a << b)  # T: Int64[ndarray, 'n m']
    reveal_type(a >> 1)  # T: Int64[ndarray, 'n m']
    reveal_type(1 << b)  # T: Int64[ndarray, 'm']
    reveal_type(~a)  # T: Int64[ndarray, 'n m']
    reveal_type(~mask)  # T: Bool[ndarray, 'n m']
    reveal_type(mask & mask)  # T: Bool[ndarray, 'n m']
    reveal_type(mask | (a > b))  # T: Bool[ndarray, 'n m']
    reveal_type(mask ^ True)  # T: Bool[ndarray, 'n m']


def comparisons(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    some: Float[np.ndarray, "m"] = array("m"),
) -> None:
    reveal_type(x < row)  # T: Bool[ndarray, 'n m']
    reveal_type(x <= 1)  # T: Bool[ndarray, 'n m']
    reveal_type(0 < x)  # T: Bool[ndarray, 'n m']
    reveal_type(x == row)  # T: Bool[ndarray, 'n m']
    reveal_type(x != 1)  # T: Bool[ndarray, 'n m']
    reveal_type(some == some)  # T: Bool[ndarray, 'm']
    reveal_type(row >= x)  # T: Bool[ndarray, 'n m']
    reveal_type(np.float64(1) < x)  # T: Bool[ndarray, 'n m']
    reveal_type(np.float32(1) >= row)  # T: Bool[ndarray, 'm']
    reveal_type(np.int64(1) == x)  # T: Bool[ndarray, 'n m']
    reveal_type((x > 0) & (x < 1))  # T: Bool[ndarray, 'n m']


def products(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    y: Float64[np.ndarray, "m k"] = array("m k"),
    row: Float64[np.ndarray, "m"] = array("m"),
    batch: Float64[np.ndarray, "b n m"] = array("b n m"),
    single: Float32[np.ndarray, "m k"] = array("m k", np.float32),
    count: Int64[np.ndarray, "m"] = array("m", np.int64),
) -> None:
    reveal_type(x @ y)  # T: Float64[ndarray, 'n k']
    reveal_type(x @ row)  # T: Float64[ndarray, 'n']
    reveal_type(row @ y)  # T: Float64[ndarray, 'k']
    reveal_type(batch @ y)  # T: Float64[ndarray, 'b n k']
    reveal_type(batch @ row)  # T: Float64[ndarray, 'b n']
    reveal_type(row @ batch.transpose(0, 2, 1))  # T: Float64[ndarray, 'b n']
    reveal_type(x @ single)  # T: Float64[ndarray, 'n k']
    reveal_type(single.T @ single)  # T: Float32[ndarray, 'k k']
    reveal_type(x @ count)  # T: Float64[ndarray, 'n']
    reveal_type([[1.0] * 7, [2.0] * 7] @ y)  # T: Float64[ndarray, '2 k']


def in_place(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
    byte: UInt8[np.ndarray, "n"] = array("n", np.uint8),
    square: Float64[np.ndarray, "m m"] = array("m m"),
) -> None:
    x += row
    reveal_type(x)  # T: Float64[ndarray, 'n m']
    x *= 2
    x /= [2]
    reveal_type(x)  # T: Float64[ndarray, 'n m']
    single -= x
    reveal_type(single)  # T: Float32[ndarray, 'n m']
    byte += 1
    reveal_type(byte)  # T: UInt8[ndarray, 'n']
    x @= square
    reveal_type(x)  # T: Float64[ndarray, 'n m']


def any_number_of_axes(
    x: Float[np.ndarray, "*batch n"] = array("b n"),
    y: Float[np.ndarray, "n"] = array("n"),
) -> None:
    reveal_type(x + y)  # T: Float[ndarray, '*batch n']
    reveal_type(x * 2)  # T: Float[ndarray, '*batch n']
    reveal_type(x > y)  # T: Bool[ndarray, '*batch n']
