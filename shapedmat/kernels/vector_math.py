"""Elementary functions as LLVM code for floating-point vectors of any length, and for scalars.

x = n ln 2 + r with a whole n, so eˣ = 2ⁿ eʳ, and eʳ is a polynomial in r; the logarithm goes the other way (Cody and
Waite, "Software Manual for the Elementary Functions", 1980; Muller, "Elementary Functions", 2016). Functions have no
branches, and call nothing unless they say so; NaN, infinities, zeros of both signs and denormals are as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from llvmlite import ir

from shapedmat.kernels.coefficients import DOUBLE, SINGLE, Coefficients
from shapedmat.kernels.emission import CONTRACT, I32, Emitter, constant, type_name, vector_of

_ROUNDED_AS_SET: Final = 4
"""What AVX-512's intrinsics are told for results that are rounded as the processor is set to round."""

_LONG: Final = 8
"""A polynomial with more coefficients takes longer to wait for than to compute."""


def exponential(emitter: Emitter, x: Any) -> Any:
    """Return eˣ within 2 units in the last place.

    Overflow gives infinity, and underflow goes through the denormals to 0.
    """
    numbers = _coefficients(x.type)
    x = _at_least(emitter, _at_most(emitter, x, numbers.largest), numbers.smallest)
    n, r = _reduced(emitter, x)
    return _scaled(emitter, emitter.builder.fadd(_expm1(emitter, r), constant(x.type, 1)), n)


def sigmoid(emitter: Emitter, x: Any) -> Any:
    """Return 1 / (1 + e⁻ˣ) within 3 units in the last place, denormal results included.

    With x = n ln 2 + r it is 2ⁿ / (2ⁿ + e⁻ʳ), where nothing overflows.
    """
    builder, numbers = emitter.builder, _coefficients(x.type)
    x = _at_least(emitter, _at_most(emitter, x, numbers.flat), numbers.smallest)
    n, r = _reduced(emitter, x)
    one = constant(x.type, 1)
    power = _scaled(emitter, one, n)
    return builder.fdiv(power, builder.fadd(builder.fadd(power, one), _expm1(emitter, builder.fneg(r))))


def tanh(emitter: Emitter, x: Any) -> Any:
    """Return the hyperbolic tangent within 2 units in the last place.

    It is x + x³ p(x²) with a polynomial p where |x| < 0.55, and 1 - 2 / (1 + e^(2|x|)) with the sign of x elsewhere.
    """
    builder, numbers, one = emitter.builder, _coefficients(x.type), constant(x.type, 1)
    square = builder.fmul(x, x)
    p = polynomial(emitter, square, numbers.tangent)
    near = emitter.multiply_add(builder.fmul(square, x), p, x)
    distance = absolute(emitter, x)
    n, r = _reduced(emitter, _at_most(emitter, builder.fadd(distance, distance), numbers.flat))
    power = _scaled(emitter, one, n, is_normal=True)
    divisor = emitter.multiply_add(power, _expm1(emitter, r), builder.fadd(power, one))
    far = builder.fsub(one, builder.fdiv(constant(x.type, 2), divisor))
    is_near = builder.fcmp_ordered("<", distance, constant(x.type, numbers.near))
    return intrinsic(emitter, "copysign", builder.select(is_near, near, far), x)  # of -0 too, where the sum is 0


def logarithm(emitter: Emitter, x: Any) -> Any:
    """Return the natural logarithm within 2 units in the last place.

    x = 2ⁿ (1 + f) with √½ ≤ 1 + f < √2, so ln x = n ln 2 + ln(1 + f). That of 0 is -∞, of a negative number
    NaN.
    """
    builder, numbers = emitter.builder, _coefficients(x.type)
    n, f = _split(emitter, x)
    low = builder.fmul(n, constant(x.type, numbers.ln2_low))
    square = builder.fmul(f, f)
    if numbers is SINGLE:
        tail = emitter.multiply_add(builder.fmul(square, f), polynomial(emitter, f, numbers.logarithm), low)
    else:
        # With s = f / (2 + f) it is f - f²/2 + s (f²/2 + s² p(s²)): a shorter polynomial, for one division.
        s = builder.fdiv(f, builder.fadd(f, constant(x.type, 2)))
        p = polynomial(emitter, builder.fmul(s, s), (0.0, *numbers.logarithm))
        tail = emitter.multiply_add(s, emitter.multiply_add(square, constant(x.type, 0.5), p), low)
    y = builder.fadd(f, emitter.multiply_add(square, constant(x.type, -0.5), tail))
    y = emitter.multiply_add(n, constant(x.type, numbers.ln2_high), y)
    zero = constant(x.type, 0)
    y = builder.select(builder.fcmp_ordered("<", x, constant(x.type, np.inf)), y, x)
    is_zero = builder.fcmp_ordered("==", x, zero)
    beyond = builder.select(is_zero, constant(x.type, -np.inf), constant(x.type, np.nan))
    return builder.select(builder.fcmp_unordered(">", x, zero), y, beyond)


def square_root(emitter: Emitter, x: Any) -> Any:
    """Return √x, correctly rounded."""
    return intrinsic(emitter, "sqrt", x)


def absolute(emitter: Emitter, x: Any) -> Any:
    """Return |x|."""
    return intrinsic(emitter, "fabs", x)


def sign(emitter: Emitter, x: Any) -> Any:
    """Return 1 where x > 0, -1 where x < 0, 0 for zeros of both signs, and NaN for NaN."""
    builder, zero = emitter.builder, constant(x.type, 0)
    y = builder.select(builder.fcmp_ordered("<", x, zero), constant(x.type, -1), builder.fadd(x, zero))
    return builder.select(builder.fcmp_ordered(">", x, zero), constant(x.type, 1), y)


def maximum(emitter: Emitter, a: Any, b: Any) -> Any:
    """Return the larger one of a and b, and NaN where one of them is."""
    return _extremum(emitter, ">", a, b)


def minimum(emitter: Emitter, a: Any, b: Any) -> Any:
    """Return the smaller one of a and b, and NaN where one of them is."""
    return _extremum(emitter, "<", a, b)


def relu(emitter: Emitter, x: Any) -> Any:
    """Return the larger one of x and 0, and NaN for NaN."""
    return _at_least(emitter, x, 0)


def power(emitter: Emitter, x: Any, exponent: float) -> Any:
    """Return x to a power that is known now: by few products or a root where they do; else float64 by the C library."""
    builder, one = emitter.builder, constant(x.type, 1)
    exponent = _rounded(x.type, exponent)
    if exponent in {0, 1, 2, 3, 4}:
        return whole_power(partial(builder.fmul, flags=CONTRACT), one, x, int(exponent))
    if exponent == -1:
        return builder.fdiv(one, x)
    if exponent == 0.5:
        return square_root(emitter, x)
    if exponent == -0.5:
        # Unlike the root, this power is without the sign of a 0, and that of -∞ is 0.
        root = square_root(emitter, builder.fadd(x, constant(x.type, 0)))
        is_lowest = builder.fcmp_ordered("==", x, constant(x.type, -np.inf))
        return builder.select(is_lowest, constant(x.type, 0), builder.fdiv(one, root))
    if _coefficients(x.type) is DOUBLE or not np.isfinite(exponent):
        return library_function(emitter, "pow", x, constant(x.type, exponent))
    return _power_of_single(emitter, x, exponent)


def _power_of_single(emitter: Emitter, x: Any, exponent: float) -> Any:
    """Return |x| to a power by exponential and logarithm in float64, which has bits to spare; then see to the sign."""
    builder = emitter.builder

    def of_magnitude(body: Emitter, x: Any, exponent: Any) -> Any:
        logarithm_of_x = logarithm(body, as_double(body, absolute(body, x)))
        y = exponential(body, body.builder.fmul(as_double(body, exponent), logarithm_of_x))
        return body.builder.fptrunc(y, x.type)

    y = out_of_line(emitter, "power", of_magnitude, x, constant(x.type, exponent))
    if exponent % 2 == 1:
        return intrinsic(emitter, "copysign", y, x)
    if exponent % 2 == 0:
        return y
    is_negative = builder.fcmp_ordered("<", x, constant(x.type, 0))
    is_finite = builder.fcmp_ordered(">", x, constant(x.type, -np.inf))
    return builder.select(builder.and_(is_negative, is_finite), constant(x.type, np.nan), y)


def whole_power(multiply: Callable[[Any, Any], Any], one: Any, x: Any, exponent: int) -> Any:
    """Return x to a whole power that is not negative, by squares; `one` is the power 0."""
    y = None
    while exponent:
        if exponent & 1:
            y = x if y is None else multiply(y, x)
        exponent >>= 1
        if exponent:
            x = multiply(x, x)
    return one if y is None else y


# --- eˣ and ln x ------------------------------------------------------------------------------------------------------


def _reduced(emitter: Emitter, x: Any) -> tuple[Any, Any]:
    """Return n and r with x = n ln 2 + r and |r| ≤ ln 2 / 2; with the rounder added, n is in the lowest bits."""
    numbers, kind = _coefficients(x.type), x.type
    shifted = emitter.multiply_add(x, constant(kind, numbers.log2_e), constant(kind, numbers.rounder))
    n = emitter.builder.fsub(shifted, constant(kind, numbers.rounder))
    r = emitter.multiply_add(n, constant(kind, -numbers.ln2_high), x)
    return shifted, emitter.multiply_add(n, constant(kind, -numbers.ln2_low), r)


def _expm1(emitter: Emitter, r: Any) -> Any:
    """Return eʳ - 1 for |r| ≤ ln 2 / 2."""
    square = emitter.builder.fmul(r, r)
    return emitter.multiply_add(polynomial(emitter, r, _coefficients(r.type).exponential), square, r)


def _scaled(emitter: Emitter, x: Any, shifted: Any, *, is_normal: bool = False) -> Any:
    """Return 2ⁿ x for an n with the rounder added; `is_normal` says that 2ⁿ is neither denormal nor too large."""
    builder, numbers, kind = emitter.builder, _coefficients(x.type), x.type
    if _has_avx512(emitter, kind):
        n = builder.fsub(shifted, constant(kind, numbers.rounder))
        every = ir.IntType(max(8, kind.count))(-1)
        arguments = [x, n, x, every] + [I32(_ROUNDED_AS_SET)] * (_width(kind) == 512)
        suffix = f"{'ps' if numbers is SINGLE else 'pd'}.{_width(kind)}"
        types = [argument.type for argument in arguments]
        return emitter.call(f"llvm.x86.avx512.mask.scalef.{suffix}", kind, types, arguments)
    places = _integers(kind)
    one = constant(places, numbers.bias << numbers.mantissa)

    def power_of_two(n: Any) -> Any:
        # What the rounder has in the bits above n is shifted out.
        return builder.bitcast(builder.add(builder.shl(n, constant(places, numbers.mantissa)), one), kind)

    bits = builder.bitcast(shifted, places)
    if is_normal:
        return builder.fmul(x, power_of_two(bits))
    # In two factors: alone the power would overflow where the product does not, and could not be denormal.
    half = builder.lshr(bits, constant(places, 1))
    return builder.fmul(builder.fmul(x, power_of_two(half)), power_of_two(builder.sub(bits, half)))


def _split(emitter: Emitter, x: Any) -> tuple[Any, Any]:
    """Return n and f with x = 2ⁿ (1 + f) and √½ ≤ 1 + f < √2, for finite x > 0."""
    builder, numbers, kind = emitter.builder, _coefficients(x.type), x.type
    places, mantissa = _integers(kind), numbers.mantissa
    # A denormal is multiplied by a power of two that makes it normal.
    is_denormal = builder.fcmp_ordered("<", x, constant(kind, 2.0 ** (1 - numbers.bias)))
    x = builder.select(is_denormal, builder.fmul(x, constant(kind, 2.0**mantissa)), x)
    # The bits of numbers, as integers, are in the order of the numbers: n counts those whose mantissa is that of √½.
    above = builder.add(builder.bitcast(x, places), constant(places, (numbers.bias << mantissa) - numbers.root_half))
    exponent = builder.lshr(above, constant(places, mantissa))  # n + bias, as an integer
    # As the lowest bits of a number in whose lowest place 1 stands, it is added to this number.
    shift = 2.0**mantissa
    bits = builder.or_(exponent, constant(places, (numbers.bias + mantissa) << mantissa))
    bias = builder.select(
        is_denormal, constant(kind, shift + numbers.bias + mantissa), constant(kind, shift + numbers.bias)
    )
    n = builder.fsub(builder.bitcast(bits, kind), bias)
    rest = builder.and_(above, constant(places, (1 << mantissa) - 1))
    m = builder.bitcast(builder.add(rest, constant(places, numbers.root_half)), kind)
    return n, builder.fsub(m, constant(kind, 1))


def polynomial(emitter: Emitter, x: Any, coefficients: tuple[float, ...]) -> Any:
    """Return the value of a polynomial, given from the constant term on."""
    if len(coefficients) > _LONG:
        # One in x², for every second coefficient, does not wait for the other one.
        square = emitter.builder.fmul(x, x)
        even, odd = (_by_horner(emitter, square, coefficients[first::2]) for first in (0, 1))
        return emitter.multiply_add(odd, x, even)
    return _by_horner(emitter, x, coefficients)


def _by_horner(emitter: Emitter, x: Any, coefficients: tuple[float, ...]) -> Any:
    y = constant(x.type, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        y = emitter.multiply_add(y, x, constant(x.type, coefficient))
    return y


# --- parts ------------------------------------------------------------------------------------------------------------


def _at_most(emitter: Emitter, x: Any, limit: float) -> Any:
    """Return the smaller one of x and a number, and NaN for NaN."""
    bound = constant(x.type, limit)
    return emitter.builder.select(emitter.builder.fcmp_ordered(">", x, bound), bound, x)


def _at_least(emitter: Emitter, x: Any, limit: float) -> Any:
    """Return the larger one of x and a number, and NaN for NaN."""
    bound = constant(x.type, limit)
    return emitter.builder.select(emitter.builder.fcmp_ordered("<", x, bound), bound, x)


def _extremum(emitter: Emitter, comparison: str, a: Any, b: Any) -> Any:
    builder = emitter.builder
    y = builder.select(builder.fcmp_ordered(comparison, a, b), a, b)  # b where one of them is NaN
    return builder.select(builder.fcmp_unordered("uno", a, a), a, y)


def intrinsic(emitter: Emitter, name: str, *operands: Any) -> Any:
    """Return what an intrinsic of LLVM gives for numbers of one type."""
    kind = operands[0].type
    return emitter.call(f"llvm.{name}.{type_name(kind)}", kind, [kind] * len(operands), operands)


def as_double(emitter: Emitter, x: Any) -> Any:
    """Return float32 as float64."""
    double = ir.DoubleType()
    kind = vector_of(double, x.type.count) if isinstance(x.type, ir.VectorType) else double
    return emitter.builder.fpext(x, kind)


def library_function(emitter: Emitter, name: str, *operands: Any) -> Any:
    """Return what a function of the C library gives for each lane."""
    return out_of_line(emitter, f"each.{name}", lambda body, *each: intrinsic(body, name, *each), *operands)


def out_of_line(emitter: Emitter, name: str, write: Callable[..., Any], *operands: Any) -> Any:
    """Return what a function of its own returns, which `write` writes once: where its code is long, or has branches."""
    kind, module = operands[0].type, emitter.builder.module
    own_name = f"{name}.{type_name(kind)}"
    function = module.globals.get(own_name)
    if function is None:
        function = ir.Function(module, ir.FunctionType(kind, [kind] * len(operands)), own_name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        body = Emitter(ir.IRBuilder(function.append_basic_block()), emitter.target)
        body.builder.ret(write(body, *function.args))
    return emitter.builder.call(function, operands)


def _has_avx512(emitter: Emitter, kind: Any) -> bool:
    """Return whether vectors of this type are those of AVX-512, the only one with registers of 64 bytes."""
    return emitter.target.vector_bytes == 64 and isinstance(kind, ir.VectorType) and _width(kind) in {128, 256, 512}


def _width(vector: Any) -> int:
    return int(vector.count) * (32 if isinstance(vector.element, ir.FloatType) else 64)


def _element(kind: Any) -> Any:
    return kind.element if isinstance(kind, ir.VectorType) else kind


def _coefficients(kind: Any) -> Coefficients:
    return SINGLE if isinstance(_element(kind), ir.FloatType) else DOUBLE


def _integers(kind: Any) -> Any:
    """Return the type of integers, as many and as wide as the numbers of a floating-point type."""
    element = ir.IntType(32 if isinstance(_element(kind), ir.FloatType) else 64)
    return vector_of(element, kind.count) if isinstance(kind, ir.VectorType) else element


def _rounded(kind: Any, value: float) -> float:
    """Return the nearest number of the element type."""
    if _coefficients(kind) is DOUBLE:
        return float(value)
    with np.errstate(over="ignore", under="ignore"):
        return float(np.float32(value))
