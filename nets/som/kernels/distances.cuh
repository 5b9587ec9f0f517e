// How far samples are from their units, as `nets.som.metrics` defines it, with the features that are known alone.

#pragma once

#include "metrics.cuh"

namespace shapedmat {
namespace som {

constexpr int DISTANCE_THREADS = 128;

// What all metrics are made of, summed up over the known features.
template <typename Element>
struct Comparison {
  Element squares = 0, absolutes = 0, largest = 0, product = 0, own_square = 0, other_square = 0;
  int known = 0;

  __device__ __forceinline__ void add(Element x, Element w) {
    const Element apart = math::absolute(x - w);
    squares += apart * apart;
    absolutes += apart;
    largest = larger(largest, apart);
    product += x * w;
    own_square += x * x;
    other_square += w * w;
    ++known;
  }

  // All lanes of the warp get what they have together.
  __device__ __forceinline__ void join() {
#pragma unroll
    for (int step = 1; step < WARP; step *= 2) {
      squares += shuffle_xor(squares, step);
      absolutes += shuffle_xor(absolutes, step);
      largest = larger(largest, shuffle_xor(largest, step));
      product += shuffle_xor(product, step);
      own_square += shuffle_xor(own_square, step);
      other_square += shuffle_xor(other_square, step);
      known += shuffle_xor(known, step);
    }
  }
};

// Sums over some of the features are scaled up to all of them, by `scale`.
struct EuclideanDistance {
  template <typename Element>
  static __device__ __forceinline__ Element distance(const Comparison<Element>& both, Element scale) {
    return math::sqrt(both.squares * scale);
  }
};

struct SquaredEuclideanDistance {
  template <typename Element>
  static __device__ __forceinline__ Element distance(const Comparison<Element>& both, Element scale) {
    return both.squares * scale;
  }
};

struct CosineDistance {
  template <typename Element>
  static __device__ __forceinline__ Element distance(const Comparison<Element>& both, Element) {
    const bool have_directions = both.own_square > 0 && both.other_square > 0;
    return have_directions ? 1 - both.product / math::sqrt(both.other_square) / math::sqrt(both.own_square) : Element(1);
  }
};

struct ManhattanDistance {
  template <typename Element>
  static __device__ __forceinline__ Element distance(const Comparison<Element>& both, Element scale) {
    return both.absolutes * scale;
  }
};

struct ChebyshevDistance {
  template <typename Element>
  static __device__ __forceinline__ Element distance(const Comparison<Element>& both, Element) {
    return both.largest;
  }
};

// Writes how far each of `count` samples is from its unit; a warp has a sample.
template <class Metric, int FEATURES, typename Element>
__device__ __forceinline__ void measure(const Element* __restrict__ samples, long long count,
                                        const Element* __restrict__ codebook, const int* __restrict__ units,
                                        Element* __restrict__ distances) {
  const long long sample = (long long)(blockIdx.x) * (DISTANCE_THREADS / WARP) + int(threadIdx.x) / WARP;
  if (sample >= count) {
    return;
  }
  const Element* const own = samples + sample * FEATURES;
  const Element* const other = codebook + (long long)(units[sample]) * FEATURES;
  Comparison<Element> both;
  for (int feature = lane(); feature < FEATURES; feature += WARP) {
    if (own[feature] == own[feature]) {
      both.add(own[feature], other[feature]);
    }
  }
  both.join();
  if (lane() == 0) {
    distances[sample] = Metric::distance(both, Element(FEATURES) / Element(both.known));
  }
}

}  // namespace som
}  // namespace shapedmat
