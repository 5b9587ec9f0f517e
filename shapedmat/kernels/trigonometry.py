"""Sine and cosine as LLVM code: vector code for float32, and calls of the C library for float64.

x = n π/2 + r with a whole n, and the sine or the cosine of r is a polynomial (Cody and Waite, "Software Manual for the
Elementary Functions", 1980). For float32 this is computed in float64, whose bits are so many more that r is accurate to
the last one of a float32. The code is a function of its own, with a branch to the C library for large arguments.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from llvmlite import ir

from shapedmat.kernels.coefficients import DOUBLE
from shapedmat.kernels.emission import BOOL, I64, Emitter, constant, type_name, vector_of
from shapedmat.kernels.vector_math import absolute, as_double, intrinsic, library_function, out_of_line, polynomial

# π/2 is split in two so that its multiples by numbers of up to 20 bits are exact in the first part.
_HALF_PI_HIGH: Final = 1.5707963267341256
_HALF_PI_LOW: Final = 6.077100506506192e-11
_TWO_OVER_PI: Final = 0.6366197723675814
_LIMIT: Final = 2.0**20
"""Beyond it an argument of float32 is left to the C library."""

# Of (sin r - r) / r³ and (cos r - 1) / r² in r² for |r| ≤ π/4, interpolated as those in `coefficients`.
_SINE: Final = (-0.1666666666385529, 0.008333331874710208, -0.00019840086735384846, 2.724992580305979e-06)
_COSINE: Final = (-0.49999999969119313, 0.04166665064451703, -0.0013887589155600576, 2.4463788293265746e-05)


def sine(emitter: Emitter, x: Any) -> Any:
    """Return sin x: for float32 within a unit in the last place, for float64 what the C library gives."""
    return _wave(emitter, x, "sin", 0)


def cosine(emitter: Emitter, x: Any) -> Any:
    """Return cos x: for float32 within a unit in the last place, for float64 what the C library gives."""
    return _wave(emitter, x, "cos", 1)


def _wave(emitter: Emitter, x: Any, name: str, quarter: int) -> Any:
    element = x.type.element if isinstance(x.type, ir.VectorType) else x.type
    if isinstance(element, ir.DoubleType):
        return library_function(emitter, name, x)
    return out_of_line(emitter, name, partial(_write_wave, name=name, quarter=quarter), x)


def _write_wave(emitter: Emitter, x: Any, *, name: str, quarter: int) -> Any:
    """Write the sine of x and so many quarters of a turn, or what the library gives where a lane is too large."""
    builder = emitter.builder
    is_large = builder.fcmp_ordered(">", absolute(emitter, x), constant(x.type, _LIMIT))
    if isinstance(x.type, ir.VectorType):
        is_large = emitter.call(f"llvm.vector.reduce.or.{type_name(is_large.type)}", BOOL, [is_large.type], [is_large])
    with builder.if_then(is_large, likely=False):
        builder.ret(intrinsic(emitter, name, x))

    wide = as_double(emitter, x)
    kind = wide.type
    places = vector_of(I64, kind.count) if isinstance(kind, ir.VectorType) else I64
    shifted = emitter.multiply_add(wide, constant(kind, _TWO_OVER_PI), constant(kind, DOUBLE.rounder))
    n = builder.fsub(shifted, constant(kind, DOUBLE.rounder))
    r = emitter.multiply_add(n, constant(kind, -_HALF_PI_HIGH), wide)
    r = emitter.multiply_add(n, constant(kind, -_HALF_PI_LOW), r)
    square, one = builder.fmul(r, r), constant(kind, 1)
    sine_of_r = builder.fmul(r, emitter.multiply_add(square, polynomial(emitter, square, _SINE), one))
    cosine_of_r = emitter.multiply_add(square, polynomial(emitter, square, _COSINE), one)
    # The rounder leaves n in the lowest bits; in odd quarters of a turn sine and cosine change places.
    quarters = builder.add(builder.bitcast(shifted, places), constant(places, quarter))
    is_odd = builder.trunc(quarters, vector_of(BOOL, kind.count) if isinstance(kind, ir.VectorType) else BOOL)
    y = builder.select(is_odd, cosine_of_r, sine_of_r)
    # In the second half of a turn the sign changes: bit 1 of the quarters moves to where the sign is.
    half_turn = builder.and_(quarters, constant(places, 2))
    sign = builder.shl(half_turn, constant(places, 62))
    return builder.fptrunc(builder.bitcast(builder.xor(builder.bitcast(y, places), sign), kind), x.type)
