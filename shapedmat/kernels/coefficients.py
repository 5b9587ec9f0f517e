"""The numbers of the elementary functions, for float32 and float64: limits, ln 2 in two parts, and polynomials.

The polynomials interpolate in Chebyshev's nodes (Muller, "Elementary Functions", 2016, chapter 3), from the constant
term on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The numbers for one element type.

    Attributes:
        mantissa: the bits of the mantissa, the leading one left out.
        bias: what is added to an exponent where it is stored.
        rounder: adding it leaves a number that is rounded to a whole one, in the lowest bits of the mantissa.
        root_half: the bits of √½, as an integer.
        log2_e: 1 / ln 2.
        ln2_high: ln 2, in so few bits that its multiples by whole numbers are exact.
        ln2_low: the rest of ln 2.
        largest: eˣ is infinite from here on.
        smallest: eˣ is less than half of the smallest denormal up to here.
        flat: the sigmoid rounds to 1 from here on, and the hyperbolic tangent from half of it on.
        near: below it the polynomial for the hyperbolic tangent is used.
        exponential: of (eʳ - 1 - r) / r² for |r| ≤ ln 2 / 2.
        logarithm: for √½ ≤ 1 + f ≤ √2, of (ln(1 + f) - f + f²/2) / f³ in f (float32); or of (ln(1 + f) / s - 2) / s² in
            s² with s = f / (2 + f) (float64).
        tangent: of (tanh x - x) / x³ in x² for |x| < `near`.
    """

    mantissa: int
    bias: int
    rounder: float
    root_half: int
    log2_e: float
    ln2_high: float
    ln2_low: float
    largest: float
    smallest: float
    flat: float
    near: float
    exponential: tuple[float, ...]
    logarithm: tuple[float, ...]
    tangent: tuple[float, ...]


SINGLE: Final = Coefficients(
    mantissa=23,
    bias=127,
    rounder=1.5 * 2**23,
    root_half=0x3F3504F3,
    log2_e=1.4426950408889634,
    ln2_high=0.693359375,
    ln2_low=-2.1219444005469057e-4,
    largest=89.0,
    smallest=-105.0,
    flat=20.0,
    near=0.55,
    exponential=(0.5, 0.16666576989698775, 0.041666554617204574, 0.008363179052722578, 0.0013926183587713494),
    logarithm=(
        0.3333333134651184,
        -0.25000306963920593,
        0.20001044869422913,
        -0.166412815451622,
        0.14214496314525604,
        -0.12998183071613312,
        0.12622319161891937,
        -0.0790274366736412,
    ),
    tangent=(
        -0.3333333134651184,
        0.13333113491535187,
        -0.05390942841768265,
        0.021309388801455498,
        -0.00661022774875164,
    ),
)
"""The numbers for float32."""

DOUBLE: Final = Coefficients(
    mantissa=52,
    bias=1023,
    rounder=1.5 * 2**52,
    root_half=0x3FE6A09E667F3BCD,
    log2_e=1.4426950408889634,
    ln2_high=0.6931471803691238,
    ln2_low=1.9082149292705877e-10,
    largest=710.0,
    smallest=-746.0,
    flat=40.0,
    near=0.55,
    exponential=(
        0.5,
        0.16666666666666669,
        0.04166666666662413,
        0.008333333333330062,
        0.0013888888917213717,
        0.00019841269863053618,
        2.4801521295954376e-05,
        2.7557268459997064e-06,
        2.7620088445409746e-07,
        2.510038549551032e-08,
    ),
    logarithm=(
        0.666666666666667,
        0.39999999999899505,
        0.28571428625975487,
        0.2222221113479508,
        0.18182889125261723,
        0.15331721600556042,
        0.14616449685043406,
    ),
    tangent=(
        -0.3333333333333333,
        0.13333333333332714,
        -0.053968253967434016,
        0.021869488493666944,
        -0.008863234397814355,
        0.003592110378689024,
        -0.001455661830100716,
        0.0005889360520074057,
        -0.0002346347410887237,
        8.511313685577672e-05,
        -2.060276537636634e-05,
    ),
)
"""The numbers for float64."""
