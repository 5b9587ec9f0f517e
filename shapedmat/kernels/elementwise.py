"""Element-wise loops for the CPU that pass over their operand once, and sums over rows that keep no squares.

`exponential` is written so that LLVM turns the loops around it into vector code, which a call into the C library would
prevent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba import types

from shapedmat.kernels.coefficients import DOUBLE, SINGLE
from shapedmat.kernels.compiling import compiled, overloaded, reducing

BLOCK: Final = 4096
"""The elements that go through the steps of an operation, or into one sum, together: they fit the first cache."""

_LOG2_E_SINGLE: Final = np.float32(SINGLE.log2_e)
_LN2_HIGH_SINGLE: Final = np.float32(SINGLE.ln2_high)
_LN2_LOW_SINGLE: Final = np.float32(SINGLE.ln2_low)
_LOG2_E_DOUBLE: Final = DOUBLE.log2_e
_LN2_HIGH_DOUBLE: Final = DOUBLE.ln2_high
_LN2_LOW_DOUBLE: Final = DOUBLE.ln2_low

_LARGEST_SINGLE: Final = np.float32(SINGLE.largest)
_SMALLEST_SINGLE: Final = np.float32(SINGLE.smallest)
_LARGEST_DOUBLE: Final = DOUBLE.largest
_SMALLEST_DOUBLE: Final = DOUBLE.smallest

_ROUNDER_SINGLE: Final = np.float32(SINGLE.rounder)
_ROUNDER_DOUBLE: Final = DOUBLE.rounder

_HALF_SINGLE: Final = np.float32(0.5)
_ONE_SINGLE: Final = np.float32(1)
_BIAS_SINGLE: Final = np.float32(SINGLE.bias)
_BIAS_DOUBLE: Final = float(DOUBLE.bias)
_MANTISSA_SINGLE: Final = np.int32(SINGLE.mantissa)
_MANTISSA_DOUBLE: Final = DOUBLE.mantissa

_C0, _C1, _C2, _C3, _C4 = map(np.float32, SINGLE.exponential)
_D0, _D1, _D2, _D3, _D4, _D5, _D6, _D7, _D8, _D9 = DOUBLE.exponential


@compiled
def _two_to_the_single(n: Any) -> Any:
    bits = np.float32(n + _BIAS_SINGLE + _ROUNDER_SINGLE).view(np.int32)
    return np.int32(bits << _MANTISSA_SINGLE).view(np.float32)


@compiled
def _two_to_the_double(n: Any) -> Any:
    bits = np.float64(n + _BIAS_DOUBLE + _ROUNDER_DOUBLE).view(np.int64)
    return np.int64(bits << _MANTISSA_DOUBLE).view(np.float64)


@compiled
def _exponential_single(x: Any) -> Any:
    x = max(min(x, _LARGEST_SINGLE), _SMALLEST_SINGLE)  # x comes first, so NaN stays
    n = (x * _LOG2_E_SINGLE + _ROUNDER_SINGLE) - _ROUNDER_SINGLE
    r = (x - n * _LN2_HIGH_SINGLE) - n * _LN2_LOW_SINGLE
    p = (((_C4 * r + _C3) * r + _C2) * r + _C1) * r + _C0
    # The power of two comes in two factors: alone it would overflow where the result does not, and have no denormals.
    m = (n * _HALF_SINGLE + _ROUNDER_SINGLE) - _ROUNDER_SINGLE
    return (((p * r * r) + r) + _ONE_SINGLE) * _two_to_the_single(m) * _two_to_the_single(n - m)


@compiled
def _exponential_double(x: Any) -> Any:
    x = max(min(x, _LARGEST_DOUBLE), _SMALLEST_DOUBLE)
    n = (x * _LOG2_E_DOUBLE + _ROUNDER_DOUBLE) - _ROUNDER_DOUBLE
    r = (x - n * _LN2_HIGH_DOUBLE) - n * _LN2_LOW_DOUBLE
    # Two interleaved polynomials in r² depend less on each other's results than one in r (Estrin's scheme).
    s = r * r
    even = (((_D8 * s + _D6) * s + _D4) * s + _D2) * s + _D0
    odd = (((_D9 * s + _D7) * s + _D5) * s + _D3) * s + _D1
    m = (n * 0.5 + _ROUNDER_DOUBLE) - _ROUNDER_DOUBLE
    return (((odd * r + even) * s + r) + 1.0) * _two_to_the_double(m) * _two_to_the_double(n - m)


def exponential(x: Any) -> Any:
    """Return eˣ within 2 units in the last place, in compiled code; x is a float32 or a float64.

    x = n ln 2 + r with a whole n, so eˣ = 2ⁿ eʳ; eʳ = 1 + r + r² p(r) with a polynomial p (Cody and Waite, "Software
    Manual for the Elementary Functions", 1980; Muller, "Elementary Functions", 2016). Overflow gives infinity, and
    underflow goes through the denormals to 0.
    """
    raise NotImplementedError


@overloaded(exponential)
def _exponential(x: Any) -> Callable[[Any], Any]:
    def single(x: Any) -> Any:
        return _exponential_single(x)

    def double(x: Any) -> Any:
        return _exponential_double(x)

    return single if x == types.float32 else double


@compiled
def sigmoid(x: Any, y: Any) -> None:
    """Store 1 / (1 + e⁻ˣ) in y; both are contiguous and of one shape."""
    one = x.dtype.type(1)
    source, target = x.reshape(-1), y.reshape(-1)
    for i in range(source.size):
        v = source[i]
        # e⁻ˣ overflows for a large -x where the result, which is eˣ there, does not.
        e = exponential(-abs(v))
        target[i] = (e if v < 0 else one) / (one + e)


@compiled
def sigmoid_derivative(a: Any, y: Any) -> None:
    """Store a (1 - a) in y; both are contiguous and of one shape."""
    source, target = a.reshape(-1), y.reshape(-1)
    for i in range(source.size):
        target[i] = source[i] - source[i] * source[i]


@compiled
def tanh_derivative(a: Any, y: Any) -> None:
    """Store 1 - a² in y; both are contiguous and of one shape."""
    one = a.dtype.type(1)
    source, target = a.reshape(-1), y.reshape(-1)
    for i in range(source.size):
        target[i] = one - source[i] * source[i]


@compiled
def relu_derivative(a: Any, y: Any) -> None:
    """Store 1 where a > 0 and 0 elsewhere in y; both are contiguous and of one shape."""
    one, zero = a.dtype.type(1), a.dtype.type(0)
    source, target = a.reshape(-1), y.reshape(-1)
    for i in range(source.size):
        target[i] = one if source[i] > zero else zero


@compiled
def softmax_of_columns(x: Any, y: Any) -> None:
    """Store in each column of y the softmax of that column of x: eˣ divided by the column's sum of eˣ.

    Each column is shifted by its maximum, so that no exponential overflows. Both are contiguous and of one shape.
    """
    rows, columns = x.shape
    if rows == 0:
        return
    work = np.zeros((3, columns), x.dtype)
    largest, partial, total = work[0], work[1], work[2]
    largest[:] = x[0]
    for i in range(1, rows):
        row = x[i]
        for j in range(columns):
            largest[j] = max(largest[j], row[j])
    # Sums of sixteen are summed, because rounding errors grow with the length of a sum.
    for start in range(0, rows, 16):
        partial[:] = 0
        for i in range(start, min(start + 16, rows)):
            row, target = x[i], y[i]
            for j in range(columns):
                e = exponential(row[j] - largest[j])
                target[j] = e
                partial[j] += e
        for j in range(columns):
            total[j] += partial[j]
    for j in range(columns):
        total[j] = x.dtype.type(1) / total[j]
    for i in range(rows):
        target = y[i]
        for j in range(columns):
            target[j] *= total[j]


@compiled
def softmax_of_rows(x: Any, y: Any) -> None:
    """Store in each row of y the softmax of that row of x; see `softmax_of_columns`."""
    rows, columns = x.shape
    at_once = max(1, BLOCK // max(1, columns))
    lanes = np.empty(16, x.dtype)
    for start in range(0, rows, at_once):
        stop = min(start + at_once, rows)
        for i in range(start, stop):
            row, target = x[i], y[i]
            largest = x.dtype.type(-np.inf)
            if columns < 128:
                for j in range(columns):
                    largest = max(largest, row[j])
            else:
                largest = _largest_of_many(row, lanes)
            for j in range(columns):
                target[j] = row[j] - largest
        # One loop over many rows: a short row alone would not fill the vectors.
        flat = y[start:stop].reshape(-1)
        for i in range(flat.size):
            flat[i] = exponential(flat[i])
        for i in range(start, stop):
            target = y[i]
            scale = x.dtype.type(1) / _sum(target)
            for j in range(columns):
                target[j] *= scale


@compiled
def _largest_of_many(row: Any, lanes: Any) -> Any:
    # Sixteen maxima do not wait for one another. A NaN may be passed over: it makes itself known in the row's sum.
    largest = row.dtype.type(-np.inf)
    whole = row.size // 16 * 16
    lanes[:] = largest
    for start in range(0, whole, 16):
        for i in range(16):
            lanes[i] = max(lanes[i], row[start + i])
    for i in range(16):
        largest = max(largest, lanes[i])
    for j in range(whole, row.size):
        largest = max(largest, row[j])
    return largest


@reducing
def _sum(x: Any) -> Any:
    total = x.dtype.type(0)
    for i in range(x.size):
        total += x[i]
    return total


@reducing
def _sum_of_squares(x: Any) -> Any:
    total = x.dtype.type(0)
    for i in range(x.size):
        total += x[i] * x[i]
    return total


@reducing
def _squared_distance(x: Any, y: Any) -> Any:
    total = x.dtype.type(0)
    for i in range(x.size):
        difference = x[i] - y[i]
        total += difference * difference
    return total


@compiled
def row_norms(x: Any, y: Any) -> None:
    """Store in y, of shape (N, 1), the Euclidean norm of each row of x, of shape (N, K); both are contiguous."""
    for i in range(x.shape[0]):
        total = x.dtype.type(0)
        # In blocks, so that rounding errors stay small however long the row is.
        for start in range(0, x.shape[1], BLOCK):
            total += _sum_of_squares(x[i, start : start + BLOCK])
        y[i, 0] = np.sqrt(total)


@compiled
def distances(points: Any, point: Any, y: Any) -> None:
    """Store in y, of shape (N, 1), the distance of each row of points, (N, K), from a point, (1, K); all contiguous."""
    for i in range(points.shape[0]):
        total = points.dtype.type(0)
        for start in range(0, points.shape[1], BLOCK):
            stop = start + BLOCK
            total += _squared_distance(points[i, start:stop], point[0, start:stop])
        y[i, 0] = np.sqrt(total)
