// The element-wise operations of the op table, by its names, for float, double, the integers of 8 to 64 bits and bool.
//
// Results are NumPy's: integers wrap around, comparisons with NaN are false but for "not equal", what an integer type
// cannot hold is cast to the nearest number that it can, and NaN to 0. A product and a sum may become one multiply-add.
//
// For functions the CUDA C++ Programming Guide (release 12, section 17.1, tables 17 and 18) bounds the distance to the
// correctly rounded result, in units in the last place, over the full range. It calls the bounds the outcome of extensive
// tests, not proofs. They hold as the compiler is called by default, with neither --use_fast_math nor parts of it. CuPy
// always calls it with one part, -ftz=true: floats nearer to 0 than 2⁻¹²⁶, given or computed, count as 0, as they do in
// CuPy's own operations; doubles do not.
//
//   function          float  double
//   x / y, sqrt           0       0
//   exp                   2       1
//   log                   1       1
//   tanh                  2       1
//   sin, cos              2       2
//   powers                4       2   other than -1, ±½ and 0 to 4, which are products, quotients and roots
//   sigmoid               7       5   follows from exp, see there

#pragma once

#include "primitives.cuh"

namespace shapedmat {
namespace operations {

// --- element types ---------------------------------------------------------------------------------------------------

template <typename T>
constexpr bool IS_FLOATING = T(1) / T(2) != T(0);
template <>
constexpr bool IS_FLOATING<bool> = false;

template <typename T>
constexpr bool IS_SIGNED = T(-1) < T(0);
template <>
constexpr bool IS_SIGNED<bool> = false;

// What integers compute in, so that they wrap around: of narrower unsigned types the arithmetic would be that of int.
template <bool WIDE>
struct Word {
  using Type = unsigned;
};
template <>
struct Word<true> {
  using Type = unsigned long long;
};
template <typename T>
using Unsigned = typename Word<(sizeof(T) > sizeof(unsigned))>::Type;

template <typename T>
__device__ constexpr T infinity() {
  return T(__builtin_bit_cast(float, 0x7f800000));
}

template <typename T>
__device__ constexpr T not_a_number() {
  return T(__builtin_bit_cast(float, 0x7fc00000));
}

// The bits of an integer that count, without that of the sign.
template <typename T>
constexpr int DIGITS = 8 * int(sizeof(T)) - int(IS_SIGNED<T>);
template <>
constexpr int DIGITS<bool> = 1;

template <typename T>
__device__ constexpr T highest() {
  if constexpr (IS_FLOATING<T>) {
    return infinity<T>();
  } else {
    return T(~0ULL >> (64 - DIGITS<T>));
  }
}

template <typename T>
__device__ constexpr T lowest() {
  if constexpr (IS_FLOATING<T>) {
    return -infinity<T>();
  } else {
    return IS_SIGNED<T> ? T(~(~0ULL >> (64 - DIGITS<T>))) : T(0);
  }
}

template <typename T>
__device__ __forceinline__ bool is_nan(T x) {
  if constexpr (IS_FLOATING<T>) {
    return x != x;
  } else {
    return false;
  }
}

// --- arithmetic ------------------------------------------------------------------------------------------------------

template <typename T>
__device__ __forceinline__ T add(T a, T b) {
  if constexpr (IS_FLOATING<T>) {
    return a + b;
  } else {
    return T(Unsigned<T>(a) + Unsigned<T>(b));
  }
}

template <typename T>
__device__ __forceinline__ T subtract(T a, T b) {
  if constexpr (IS_FLOATING<T>) {
    return a - b;
  } else {
    return T(Unsigned<T>(a) - Unsigned<T>(b));
  }
}

template <typename T>
__device__ __forceinline__ T multiply(T a, T b) {
  if constexpr (IS_FLOATING<T>) {
    return a * b;
  } else {
    return T(Unsigned<T>(a) * Unsigned<T>(b));
  }
}

template <typename T>
__device__ __forceinline__ T divide(T a, T b) {
  return a / b;
}

template <typename T>
__device__ __forceinline__ T negative(T x) {
  if constexpr (IS_FLOATING<T>) {
    return -x;
  } else {
    return subtract(T(0), x);
  }
}

__device__ __forceinline__ float absolute(float x) { return ::fabsf(x); }
__device__ __forceinline__ double absolute(double x) { return ::fabs(x); }

// The lowest integer, which has no positive one, is its own absolute value.
template <typename T>
__device__ __forceinline__ T absolute(T x) {
  if constexpr (IS_SIGNED<T>) {
    return x < 0 ? negative(x) : x;
  } else {
    return x;
  }
}

// NaN for NaN, and 0 for zeros of both signs.
template <typename T>
__device__ __forceinline__ T sign(T x) {
  if constexpr (IS_SIGNED<T>) {
    return x > 0 ? T(1) : x < 0 ? T(-1) : T(x + T(0));
  } else {
    return T(x > 0);
  }
}

template <typename T>
__device__ __forceinline__ T square(T x) {
  return multiply(x, x);
}

// --- functions -------------------------------------------------------------------------------------------------------

__device__ __forceinline__ float sqrt(float x) { return ::sqrtf(x); }
__device__ __forceinline__ double sqrt(double x) { return ::sqrt(x); }

__device__ __forceinline__ float exp(float x) { return ::expf(x); }
__device__ __forceinline__ double exp(double x) { return ::exp(x); }

__device__ __forceinline__ float log(float x) { return ::logf(x); }
__device__ __forceinline__ double log(double x) { return ::log(x); }

__device__ __forceinline__ float sin(float x) { return ::sinf(x); }
__device__ __forceinline__ double sin(double x) { return ::sin(x); }

__device__ __forceinline__ float cos(float x) { return ::cosf(x); }
__device__ __forceinline__ double cos(double x) { return ::cos(x); }

__device__ __forceinline__ float tanh(float x) { return ::tanhf(x); }
__device__ __forceinline__ double tanh(double x) { return ::tanh(x); }

// 1 / (1 + e⁻ˣ), and eˣ / (1 + eˣ) where x is negative: nothing overflows, and small results keep their digits.
//
// The exponential errs by E + ½ units if E bounds its distance to the rounded result. Its unit may be twice the
// quotient's; the sum adds at most one unit of the quotient, and the division half a one: 2 (E + ½) + 1½, and as the
// rounded result errs by half a unit itself, at most 2 E + 3 from it: 7 for float and 5 for double.
template <typename T>
__device__ __forceinline__ T sigmoid(T x) {
  const T power = exp(-absolute(x));
  return (x < T(0) ? power : T(1)) / (T(1) + power);
}

// NaN for NaN.
template <typename T>
__device__ __forceinline__ T relu(T x) {
  return x < T(0) ? T(0) : x;
}

// The derivatives take the activation's output a.
template <typename T>
__device__ __forceinline__ T sigmoid_derivative(T a) {
  return a - a * a;
}

template <typename T>
__device__ __forceinline__ T tanh_derivative(T a) {
  return T(1) - a * a;
}

template <typename T>
__device__ __forceinline__ T relu_derivative(T a) {
  return T(a > T(0));
}

// --- powers ----------------------------------------------------------------------------------------------------------

// By squares; the power 0 is 1 for NaN too.
template <unsigned long long EXPONENT, typename T>
__device__ __forceinline__ T whole_power(T x) {
  if constexpr (EXPONENT == 0) {
    return T(1);
  } else if constexpr (EXPONENT == 1) {
    return x;
  } else if constexpr (EXPONENT % 2 == 0) {
    return whole_power<EXPONENT / 2>(square(x));
  } else {
    return multiply(x, whole_power<EXPONENT / 2>(square(x)));
  }
}

template <typename T>
__device__ __forceinline__ T reciprocal(T x) {
  return T(1) / x;
}

// The power -½: unlike the root it is without the sign of a 0, and that of -∞ is 0.
template <typename T>
__device__ __forceinline__ T reciprocal_root(T x) {
  return x == -infinity<T>() ? T(0) : T(1) / sqrt(x + T(0));
}

__device__ __forceinline__ float power(float x, float exponent) { return ::powf(x, exponent); }
__device__ __forceinline__ double power(double x, double exponent) { return ::pow(x, exponent); }

// --- comparisons -----------------------------------------------------------------------------------------------------

template <typename T>
__device__ __forceinline__ bool equal(T a, T b) {
  return a == b;
}

template <typename T>
__device__ __forceinline__ bool not_equal(T a, T b) {
  return a != b;
}

template <typename T>
__device__ __forceinline__ bool less(T a, T b) {
  return a < b;
}

template <typename T>
__device__ __forceinline__ bool less_equal(T a, T b) {
  return a <= b;
}

template <typename T>
__device__ __forceinline__ bool greater(T a, T b) {
  return a > b;
}

template <typename T>
__device__ __forceinline__ bool greater_equal(T a, T b) {
  return a >= b;
}

// A product that is rounded before anything is added to it: a multiply-add of 0 never becomes one with another sum.
__device__ __forceinline__ float rounded_product(float a, float b) { return ::fmaf(a, b, 0.0f); }
__device__ __forceinline__ double rounded_product(double a, double b) { return ::fma(a, b, 0.0); }

// |a - b| ≤ atol + rtol |b| for finite b, or a = b; every rounding is NumPy's, whose answer this must be at the bound.
template <typename T>
__device__ __forceinline__ bool is_close(T a, T b, T rtol, T atol) {
  const T size = absolute(b);
  const bool is_near = absolute(a - b) <= atol + rounded_product(rtol, size);
  return (is_near && size < infinity<T>()) || a == b;
}

// --- casts -----------------------------------------------------------------------------------------------------------

// Beyond its range a conversion of C++ is undefined, so none is made there.
template <typename To, typename From>
__device__ __forceinline__ To saturated(From x) {
  constexpr From end = From(1ULL << (DIGITS<To> - 1)) * From(2);
  constexpr From first = IS_SIGNED<To> ? -end : From(0);
  return x >= end ? highest<To>() : x <= first ? lowest<To>() : is_nan(x) ? To(0) : To(x);
}

template <typename To, typename From>
__device__ __forceinline__ To cast(From x) {
  if constexpr (DIGITS<To> == DIGITS<bool>) {
    return x != From(0);
  } else if constexpr (IS_FLOATING<From> && !IS_FLOATING<To>) {
    return saturated<To>(x);
  } else {
    return To(x);
  }
}

}  // namespace operations
}  // namespace shapedmat
