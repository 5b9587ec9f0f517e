"""What universal functions make of shapes and of element types."""

import numpy as np
from jaxtyping import Bool, Complex128, Float, Float32, Float64, Int64, UInt8

from typecheck.plugin.arrays import array


def of_one(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    single: Float32[np.ndarray, "n"] = array("n", np.float32),
    some: Float[np.ndarray, "n"] = array("n"),
    integer: Int64[np.ndarray, "n"] = array("n", np.int64),
    byte: UInt8[np.ndarray, "n"] = array("n", np.uint8),
    truth: Bool[np.ndarray, "n"] = array("n", np.bool),
    wave: Complex128[np.ndarray, "n"] = array("n", np.complex128),
) -> None:
    reveal_type(np.sqrt(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.exp(single))  # T: Float32[ndarray, 'n']
    reveal_type(np.log(some))  # T: Float[ndarray, 'n']
    reveal_type(np.tanh(integer))  # T: Float64[ndarray, 'n']
    reveal_type(np.sin(byte))  # T: Float16[ndarray, 'n']
    reveal_type(np.cos(truth))  # T: Float16[ndarray, 'n']
    reveal_type(np.exp(wave))  # T: Complex128[ndarray, 'n']
    reveal_type(np.abs(wave))  # T: Float64[ndarray, 'n']
    reveal_type(np.absolute(byte))  # T: UInt8[ndarray, 'n']
    reveal_type(np.negative(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.sign(integer))  # T: Int64[ndarray, 'n']
    reveal_type(np.square(single))  # T: Float32[ndarray, 'n']
    reveal_type(np.conjugate(wave))  # T: Complex128[ndarray, 'n']
    reveal_type(np.floor(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.rint(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.isnan(x))  # T: Bool[ndarray, 'n m']
    reveal_type(np.isfinite(wave))  # T: Bool[ndarray, 'n']
    reveal_type(np.logical_not(single))  # T: Bool[ndarray, 'n']
    reveal_type(np.invert(integer))  # T: Int64[ndarray, 'n']
    reveal_type(np.bitwise_count(integer))  # T: UInt8[ndarray, 'n']
    reveal_type(np.radians(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.cbrt(single))  # T: Float32[ndarray, 'n']
    reveal_type(np.sqrt([1.0, 2.0]))  # T: Float64[ndarray, '2']
    reveal_type(np.sqrt(x.sum(axis=0)))  # T: Float64[ndarray, 'm']


def of_two(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    single: Float32[np.ndarray, "m"] = array("m", np.float32),
    integer: Int64[np.ndarray, "m"] = array("m", np.int64),
) -> None:
    reveal_type(np.add(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.subtract(row, x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.multiply(x, 2))  # T: Float64[ndarray, 'n m']
    reveal_type(np.divide(integer, integer))  # T: Float64[ndarray, 'm']
    reveal_type(np.true_divide(1, single))  # T: Float32[ndarray, 'm']
    reveal_type(np.floor_divide(integer, 2))  # T: Int64[ndarray, 'm']
    reveal_type(np.mod(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.fmod(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.power(single, 2))  # T: Float32[ndarray, 'm']
    reveal_type(np.float_power(single, 2))  # T: Float64[ndarray, 'm']
    reveal_type(np.maximum(x, 0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.maximum(0, single))  # T: Float32[ndarray, 'm']
    reveal_type(np.fmin(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.maximum(x, x.sum()))  # T: Float64[ndarray, 'n m']
    reveal_type(np.minimum(integer, 0.5))  # T: Float64[ndarray, 'm']
    reveal_type(np.arctan2(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.hypot(single, single))  # T: Float32[ndarray, 'm']
    reveal_type(np.logaddexp(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.heaviside(x, 0.5))  # T: Float64[ndarray, 'n m']
    reveal_type(np.copysign(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.nextafter(x, row))  # T: Float64[ndarray, 'n m']
    reveal_type(np.gcd(integer, 4))  # T: Int64[ndarray, 'm']
    reveal_type(np.lcm(integer, integer))  # T: Int64[ndarray, 'm']
    reveal_type(np.ldexp(single, 2))  # T: Float32[ndarray, 'm']
    reveal_type(np.bitwise_and(integer, 3))  # T: Int64[ndarray, 'm']
    reveal_type(np.left_shift(integer, 1))  # T: Int64[ndarray, 'm']
    reveal_type(np.logical_and(x, row))  # T: Bool[ndarray, 'n m']
    reveal_type(np.logical_or(x > 0, row > 0))  # T: Bool[ndarray, 'n m']
    reveal_type(np.greater(x, row))  # T: Bool[ndarray, 'n m']
    reveal_type(np.equal(integer, 1))  # T: Bool[ndarray, 'm']
    reveal_type(np.add(x, [[2]]))  # T: Float64[ndarray, 'n m']


def two_results(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
) -> None:
    reveal_type(np.divmod(x, row))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'n m']]
    reveal_type(np.modf(x))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'n m']]
    reveal_type(np.frexp(row))  # T: tuple[Float64[ndarray, 'm'], Int32[ndarray, 'm']]
    whole, fraction = np.modf(row)
    reveal_type(fraction)  # T: Float64[ndarray, 'm']


def parameters(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    mask: Bool[np.ndarray, "n m"] = array("n m", np.bool),
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
) -> None:
    reveal_type(np.sqrt(x, out=x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.sqrt(x, x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.sqrt(row, out=x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.add(x, row, out=x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.add(x, 1, where=mask, out=x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.add(x, 1, single, casting="same_kind"))  # T: Float32[ndarray, 'n m']
    reveal_type(np.sqrt(row, where=mask, out=x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.sqrt(x, dtype=np.float64))  # T: Float64[ndarray, 'n m']
    reveal_type(np.add(single, 1, dtype=np.float64))  # T: Float64[ndarray, 'n m']
    reveal_type(np.multiply(x, row, dtype=float))  # T: Float64[ndarray, 'n m']


def methods(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    integer: Int64[np.ndarray, "n m"] = array("n m", np.int64),
    byte: UInt8[np.ndarray, "n m"] = array("n m", np.uint8),
) -> None:
    reveal_type(np.add.reduce(x))  # T: Float64[ndarray, 'm']
    reveal_type(np.add.reduce(x, axis=1))  # T: Float64[ndarray, 'n']
    reveal_type(np.add.reduce(byte, axis=-1, keepdims=True))  # T: UInt64[ndarray, 'n 1']
    reveal_type(np.add.reduce(x, axis=(0, 1), keepdims=True))  # T: Float64[ndarray, '1 1']
    reveal_type(np.multiply.reduce(integer, 1))  # T: Int64[ndarray, 'n']
    reveal_type(np.maximum.reduce(x, axis=1))  # T: Float64[ndarray, 'n']
    reveal_type(np.logical_and.reduce(x))  # T: Bool[ndarray, 'm']
    reveal_type(np.subtract.reduce(x))  # T: Float64[ndarray, 'm']
    reveal_type(np.add.accumulate(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.maximum.accumulate(byte, axis=1))  # T: UInt8[ndarray, 'n m']
    reveal_type(np.multiply.accumulate(byte, axis=1))  # T: UInt64[ndarray, 'n m']
    reveal_type(np.add.reduceat(x, [0, 2, 4]))  # T: Float64[ndarray, '3 m']
    reveal_type(np.add.reduceat(x, [0, 2], axis=1))  # T: Float64[ndarray, 'n 2']
    reveal_type(np.add.outer(row, row))  # T: Float64[ndarray, 'm m']
    reveal_type(np.multiply.outer(x, row))  # T: Float64[ndarray, 'n m m']
    reveal_type(np.less.outer(row, [1, 2, 3]))  # T: Bool[ndarray, 'm 3']
    reveal_type(np.add.outer(row, 1))  # T: Float64[ndarray, 'm']


def products(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    row: Float64[np.ndarray, "m"] = array("m"),
    batch: Float32[np.ndarray, "b m k"] = array("b m k", np.float32),
    square: Float64[np.ndarray, "n n"] = array("n n"),
) -> None:
    reveal_type(np.matmul(x, x.T))  # T: Float64[ndarray, 'n n']
    reveal_type(np.matmul(x, row))  # T: Float64[ndarray, 'n']
    reveal_type(np.matmul(row, batch))  # T: Float64[ndarray, 'b k']
    reveal_type(np.matmul(x, batch))  # T: Float64[ndarray, 'b n k']
    reveal_type(np.matmul(x, x.T, out=square))  # T: Float64[ndarray, 'n n']
    reveal_type(np.vecdot(x, row))  # T: Float64[ndarray, 'n']
    reveal_type(np.vecdot(x, x))  # T: Float64[ndarray, 'n']
    reveal_type(np.matvec(x, row))  # T: Float64[ndarray, 'n']
    reveal_type(np.vecmat(row, batch))  # T: Float64[ndarray, 'b k']


def any_number_of_axes(
    x: Float[np.ndarray, "*batch n"] = array("b n"),
    y: Float[np.ndarray, "n"] = array("n"),
) -> None:
    reveal_type(np.tanh(x))  # T: Float[ndarray, '*batch n']
    reveal_type(np.add(x, y))  # T: Float[ndarray, '*batch n']
    reveal_type(np.maximum(x, 0))  # T: Float[ndarray, '*batch n']
