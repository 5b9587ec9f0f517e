// Reductions of lines of elements by threads that share them: sums, extremes, their places, truth of all or any.
//
// What is reduced is a monoid: a type with the members `Element` and `Value`, and the functions `identity()`,
// `lift(element, place)`, which makes a value of the element at a place of its line, `combine(a, b)`, and `result(value)`.
// Values are combined in an order that the length of the line and the number of its threads fix, never the grid; all that
// share a line get the same value, to the last bit.
//
// Sums of floating-point numbers have a small error because every term takes part in few additions (N. J. Higham,
// "Accuracy and Stability of Numerical Algorithms", 2002, section 4.2): with n terms a line, T threads and m = ⌈n / T⌉,
// in at most d = 63 + 63 + m / 4096 + ⌈log2 T⌉ of them, and in m - 1 + ⌈log2 T⌉ where m ≤ 64. The error is no more than
// d u / (1 - d u) times the sum of the terms' sizes, with u = 2⁻²⁴ for float and 2⁻⁵³ for double.

#pragma once

#include "operations.cuh"
#include "primitives.cuh"

namespace shapedmat {
namespace reductions {

// --- monoids ---------------------------------------------------------------------------------------------------------

template <typename T>
struct Sum {
  using Element = T;
  using Value = T;
  static __device__ __forceinline__ T identity() { return T(0); }
  static __device__ __forceinline__ T lift(T element, long long) { return element; }
  static __device__ __forceinline__ T combine(T a, T b) { return operations::add(a, b); }
  static __device__ __forceinline__ T result(T value) { return value; }
};

// The largest, and NaN where there is one.
template <typename T>
struct Max {
  using Element = T;
  using Value = T;
  static __device__ __forceinline__ T identity() { return operations::lowest<T>(); }
  static __device__ __forceinline__ T lift(T element, long long) { return element; }
  static __device__ __forceinline__ T combine(T a, T b) { return operations::is_nan(a) || a > b ? a : b; }
  static __device__ __forceinline__ T result(T value) { return value; }
};

// The smallest, and NaN where there is one.
template <typename T>
struct Min {
  using Element = T;
  using Value = T;
  static __device__ __forceinline__ T identity() { return operations::highest<T>(); }
  static __device__ __forceinline__ T lift(T element, long long) { return element; }
  static __device__ __forceinline__ T combine(T a, T b) { return operations::is_nan(a) || a < b ? a : b; }
  static __device__ __forceinline__ T result(T value) { return value; }
};

template <typename T>
struct Placed {
  T value;
  long long place;
};

[[maybe_unused]] constexpr long long NOWHERE = ~0ULL >> 1;

// The first place of the extreme that an order puts first; a NaN is more extreme than any number, as in NumPy.
template <typename T, class Extreme, bool LARGEST>
struct PlaceOf {
  using Element = T;
  using Value = Placed<T>;
  static __device__ __forceinline__ Value identity() { return {Extreme::identity(), NOWHERE}; }
  static __device__ __forceinline__ Value lift(T element, long long place) { return {element, place}; }
  static __device__ __forceinline__ long long result(Value value) { return value.place; }

  static __device__ __forceinline__ Value combine(Value a, Value b) {
    const bool a_is_nan = operations::is_nan(a.value);
    const bool b_is_nan = operations::is_nan(b.value);
    const bool is_tie = a.value == b.value || (a_is_nan && b_is_nan);
    const bool is_better = LARGEST ? a.value > b.value : a.value < b.value;
    return (is_tie ? a.place < b.place : is_better || a_is_nan) ? a : b;
  }
};

template <typename T>
struct ArgMax : PlaceOf<T, Max<T>, true> {};

template <typename T>
struct ArgMin : PlaceOf<T, Min<T>, false> {};

// Elements are true where they are not 0; NaN is.
template <typename T>
struct All {
  using Element = T;
  using Value = bool;
  static __device__ __forceinline__ bool identity() { return true; }
  static __device__ __forceinline__ bool lift(T element, long long) { return operations::cast<bool>(element); }
  static __device__ __forceinline__ bool combine(bool a, bool b) { return a && b; }
  static __device__ __forceinline__ bool result(bool value) { return value; }
};

template <typename T>
struct Any {
  using Element = T;
  using Value = bool;
  static __device__ __forceinline__ bool identity() { return false; }
  static __device__ __forceinline__ bool lift(T element, long long) { return operations::cast<bool>(element); }
  static __device__ __forceinline__ bool combine(bool a, bool b) { return a || b; }
  static __device__ __forceinline__ bool result(bool value) { return value; }
};

// --- what one thread combines ----------------------------------------------------------------------------------------

// So many values are combined one after the other, then so many of the results, and then what there is of theirs.
constexpr int RUN = 64;

// The elements first, first + STEP, first + 2 STEP, ... of a line, where load(place) returns one.
template <int STEP, class Monoid, class Load>
__device__ __forceinline__ typename Monoid::Value reduce_part(Monoid, long long first, long long length, Load load) {
  using Value = typename Monoid::Value;
  Value whole = Monoid::identity();
  long long place = first;
  while (place < length) {
    Value runs = Monoid::identity();
    for (int run = 0; run < RUN && place < length; ++run) {
      const long long left = (length - place + STEP - 1) / STEP;
      const int count = left < RUN ? int(left) : RUN;
      Value values = Monoid::identity();
#pragma unroll 8
      for (int each = 0; each < count; ++each) {
        values = Monoid::combine(values, Monoid::lift(load(place), place));
        place += STEP;
      }
      runs = Monoid::combine(runs, values);
    }
    whole = Monoid::combine(whole, runs);
  }
  return whole;
}

// --- threads that share a line ---------------------------------------------------------------------------------------

// The value of the lane whose number differs in the bits of the mask; shuffles take no values of 1 or 2 bytes.
template <typename T>
__device__ __forceinline__ T exchange(T value, int mask) {
  if constexpr (sizeof(T) < sizeof(int)) {
    return T(shuffle_xor(int(value), mask));
  } else {
    return shuffle_xor(value, mask);
  }
}

template <typename T>
__device__ __forceinline__ Placed<T> exchange(Placed<T> placed, int mask) {
  return {exchange(placed.value, mask), exchange(placed.place, mask)};
}

// What each group of LANES neighbouring lanes, a power of two, makes of its values; all lanes of the warp come here.
template <int LANES = WARP, class Monoid>
__device__ __forceinline__ typename Monoid::Value warp_reduce(Monoid, typename Monoid::Value value) {
  static_assert(LANES >= 1 && LANES <= WARP && (LANES & (LANES - 1)) == 0, "a group is 1, 2, 4, 8, 16 or 32 lanes");
#pragma unroll
  for (int mask = LANES / 2; mask > 0; mask /= 2) {
    // In the order of the lanes, so that both get the same one of zeros of different signs.
    const typename Monoid::Value other = exchange(value, mask);
    value = (lane() & mask) == 0 ? Monoid::combine(value, other) : Monoid::combine(other, value);
  }
  return value;
}

// The bytes of shared memory, aligned to 16, that block_reduce needs for THREADS threads.
template <class Monoid, int THREADS>
constexpr int BLOCK_BYTES = THREADS / WARP * int(sizeof(typename Monoid::Value));

// What the THREADS threads of a block, whole warps, make of their values. All of them come here; it begins with a
// barrier, as the shared memory may still be read, and ends without one.
template <int THREADS, class Monoid>
__device__ __forceinline__ typename Monoid::Value block_reduce(Monoid monoid, typename Monoid::Value value,
                                                               char* shared) {
  static_assert(THREADS % WARP == 0 && THREADS <= WARP * WARP, "a block is 1 to 32 whole warps");
  using Value = typename Monoid::Value;
  constexpr int WARPS = THREADS / WARP;
  Value* const of_warps = reinterpret_cast<Value*>(shared);
  value = warp_reduce(monoid, value);
  __syncthreads();
  if (lane() == 0) {
    of_warps[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  return warp_reduce(monoid, lane() < WARPS ? of_warps[lane()] : Monoid::identity());
}

// A line that THREADS_PER_LINE neighbouring lanes share: 1, 2, 4, ..., 32. All lanes of the warp come here; those
// without a line come with the length 0, for which nothing is loaded. `load(place)` returns an element of the line.
template <int THREADS_PER_LINE, class Monoid, class Load>
__device__ __forceinline__ typename Monoid::Value reduce_line(Monoid monoid, long long length, Load load) {
  const int thread = int(threadIdx.x) % THREADS_PER_LINE;
  return warp_reduce<THREADS_PER_LINE>(monoid, reduce_part<THREADS_PER_LINE>(monoid, thread, length, load));
}

// A line that the THREADS threads of a block share; barriers and shared memory are those of block_reduce.
template <int THREADS, class Monoid, class Load>
__device__ __forceinline__ typename Monoid::Value reduce_line(Monoid monoid, long long length, Load load,
                                                              char* shared) {
  const int thread = int(threadIdx.x);
  return block_reduce<THREADS>(monoid, reduce_part<THREADS>(monoid, thread, length, load), shared);
}

// The bytes of shared memory, aligned to 16, that reduce_lines needs for THREADS threads.
template <class Monoid, int THREADS>
constexpr int LINES_BYTES = THREADS * int(sizeof(typename Monoid::Value));

// LINES lines whose elements lie side by side in memory, as the columns of a row-major matrix do: thread t of the block
// has line t % LINES, which THREADS / LINES threads share, a power of two. All threads come here; those without a line
// come with the length 0. Barriers are as those of block_reduce.
template <int THREADS, int LINES, class Monoid, class Load>
__device__ __forceinline__ typename Monoid::Value reduce_lines(Monoid monoid, long long length, Load load,
                                                               char* shared) {
  constexpr int PARTS = THREADS / LINES;
  static_assert(PARTS * LINES == THREADS && (PARTS & (PARTS - 1)) == 0, "1, 2, 4, ... threads share a line");
  using Value = typename Monoid::Value;
  const int thread = int(threadIdx.x);
  Value* const of_threads = reinterpret_cast<Value*>(shared);
  Value value = reduce_part<PARTS>(monoid, thread / LINES, length, load);
  __syncthreads();
  of_threads[thread] = value;
#pragma unroll
  for (int half = PARTS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half * LINES) {
      of_threads[thread] = Monoid::combine(of_threads[thread], of_threads[thread + half * LINES]);
    }
  }
  __syncthreads();
  return of_threads[thread % LINES];
}

}  // namespace reductions
}  // namespace shapedmat
