// How a sample and a neuron are compared, feature after feature: each metric gives scores that order the neurons of a
// sample as its distances do, the smaller the nearer.
//
// A neuron enters the search as a line of entries, one for each feature, and an offset, from which its score starts; the
// offset of what only fills up the last tile is infinite. A feature that is missing from a sample has the value 0, and is
// not `known`.

#pragma once

#include "operations.cuh"

namespace shapedmat {
namespace som {

namespace math = operations;

__device__ __forceinline__ float larger(float a, float b) { return ::fmaxf(a, b); }
__device__ __forceinline__ double larger(double a, double b) { return ::fmax(a, b); }

// By a product: the entries are negated and scaled so that the score of a sample x is the offset − x·w.
template <typename Element>
struct Product {
  using Sum = Element;

  static __device__ __forceinline__ Sum start(Element offset) { return offset; }

  static __device__ __forceinline__ void add(Sum& sum, Element x, Element, Element entry) { sum += x * entry; }

  static __device__ __forceinline__ Element score(const Sum& sum) { return sum; }
};

// |x − w|² = |x|² + 2 (|w|²/2 − x·w), of samples and neurons relative to a point amid the samples: what they have in
// common would cost digits.
template <typename Element>
struct EuclideanByProduct : Product<Element> {
  static constexpr bool CENTRED = true;

  static __device__ __forceinline__ Element entry(Element w, Element) { return -w; }

  static __device__ __forceinline__ Element offset(double square) { return Element(square / 2); }
};

// −x·w / |w|; a neuron without a direction scores 0.
template <typename Element>
struct CosineByProduct : Product<Element> {
  static constexpr bool CENTRED = false;

  static __device__ __forceinline__ Element entry(Element w, Element length) { return length > 0 ? -w / length : w; }

  static __device__ __forceinline__ Element offset(double) { return Element(0); }
};

// By differences, of the features that are known.
template <typename Element>
struct Difference {
  using Sum = Element;

  static constexpr bool CENTRED = false;

  static __device__ __forceinline__ Element entry(Element w, Element) { return w; }

  static __device__ __forceinline__ Element offset(double) { return Element(0); }

  static __device__ __forceinline__ Sum start(Element offset) { return offset; }

  static __device__ __forceinline__ Element score(const Sum& sum) { return sum; }
};

template <typename Element>
struct Euclidean : Difference<Element> {
  static __device__ __forceinline__ void add(Element& sum, Element x, Element known, Element entry) {
    const Element apart = x - known * entry;
    sum += apart * apart;
  }
};

template <typename Element>
struct Manhattan : Difference<Element> {
  static __device__ __forceinline__ void add(Element& sum, Element x, Element known, Element entry) {
    sum += math::absolute(x - known * entry);
  }
};

template <typename Element>
struct Chebyshev : Difference<Element> {
  static __device__ __forceinline__ void add(Element& sum, Element x, Element known, Element entry) {
    sum = larger(sum, math::absolute(x - known * entry));
  }
};

// −x·w / |w| by the features that are known, of which neurons have another length for each sample.
template <typename Element>
struct Cosine : Difference<Element> {
  struct Sum {
    Element product, square;
  };

  static __device__ __forceinline__ Sum start(Element offset) { return {offset, Element(0)}; }

  static __device__ __forceinline__ void add(Sum& sum, Element x, Element known, Element entry) {
    sum.product -= x * entry;
    sum.square += known * (entry * entry);
  }

  static __device__ __forceinline__ Element score(const Sum& sum) {
    return sum.square > 0 ? sum.product / math::sqrt(sum.square) : sum.product;
  }
};

}  // namespace som
}  // namespace shapedmat
