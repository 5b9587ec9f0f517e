// Neighbourhood functions: how strongly neurons follow a unit, by their latent distance from it.

#pragma once

#include "metrics.cuh"

namespace shapedmat {
namespace som {

template <typename Element>
struct Gaussian {
  static __device__ __forceinline__ Element strength(Element apart, double influence) {
    return math::exp(apart * apart * Element(-0.5 / (influence * influence)));
  }
};

template <typename Element>
struct VarianceGaussian {
  static __device__ __forceinline__ Element strength(Element apart, double influence) {
    return math::exp(apart * apart * Element(-0.5 / influence));
  }
};

template <typename Element>
struct Bubble {
  static __device__ __forceinline__ Element strength(Element apart, double influence) {
    return Element(apart <= Element(influence));
  }
};

template <typename Element>
struct Triangle {
  static __device__ __forceinline__ Element strength(Element apart, double influence) {
    return larger(Element(0), 1 - apart * Element(1 / influence));
  }
};

constexpr int STRENGTH_THREADS = 256;

// Sums of what is hardly more than denormal would have few digits: it counts as 0.
template <class Neighbourhood, typename Element>
__device__ __forceinline__ void strengthen(const Element* __restrict__ apart, long long size, double influence,
                                           double least, Element* __restrict__ strengths) {
  const long long place = (long long)(blockIdx.x) * STRENGTH_THREADS + threadIdx.x;
  if (place < size) {
    const Element strength = Neighbourhood::strength(apart[place], influence);
    strengths[place] = strength > Element(least) ? strength : Element(0);
  }
}

}  // namespace som
}  // namespace shapedmat
