// What the sums of units do to the codebook, and the table of its entries that the next search reads.

#pragma once

#include "search.cuh"

namespace shapedmat {
namespace som {

constexpr int CODEBOOK_THREADS = 128;
constexpr int CODEBOOK_WARPS = CODEBOOK_THREADS / WARP;

__device__ __forceinline__ long long neuron_of_warp() {
  return (long long)(blockIdx.x) * CODEBOOK_WARPS + int(threadIdx.x) / WARP;
}

// Writes the entries and the offset of a neuron; all lanes of a warp call it. `w` gives its features, each to one lane.
template <class Metric, class Tile, typename Element, class Vector>
__device__ __forceinline__ void enter(long long neuron, const Element* __restrict__ centre, Element* __restrict__ table,
                                      Element* __restrict__ offsets, Vector w) {
  const auto relative = [&](int feature) { return Metric::CENTRED ? w(feature) - centre[feature] : w(feature); };
  double square = 0;
  for (int feature = lane(); feature < Tile::FEATURES; feature += WARP) {
    const double each = relative(feature);
    square += each * each;
  }
#pragma unroll
  for (int step = 1; step < WARP; step *= 2) {
    square += shuffle_xor(square, step);
  }
  const Element length = Element(math::sqrt(square));
  for (int feature = lane(); feature < Tile::FEATURES; feature += WARP) {
    table[place_in_table<Tile>(neuron, feature)] = Metric::entry(relative(feature), length);
  }
  if (lane() == 0) {
    offsets[neuron] = Metric::offset(square);
  }
}

// Enters all neurons into the table, and what fills up the last tile.
template <class Metric, class Tile, typename Element = typename Tile::Element>
__device__ __forceinline__ void enter_codebook(const Element* __restrict__ codebook, const Element* __restrict__ centre,
                                               long long neurons, Element* __restrict__ table,
                                               Element* __restrict__ offsets) {
  const long long neuron = neuron_of_warp();
  if (neuron < neurons) {
    enter<Metric, Tile>(neuron, centre, table, offsets,
                        [&](int feature) { return codebook[neuron * Tile::FEATURES + feature]; });
  } else if (neuron < (neurons + Tile::NEURONS - 1) / Tile::NEURONS * Tile::NEURONS) {
    for (int feature = lane(); feature < Tile::FEATURES; feature += WARP) {
      table[place_in_table<Tile>(neuron, feature)] = Element(0);
    }
    if (lane() == 0) {
      offsets[neuron] = math::infinity<Element>();
    }
  }
}

__device__ __forceinline__ float exp_minus_one(float x) { return ::expm1f(x); }
__device__ __forceinline__ double exp_minus_one(double x) { return ::expm1(x); }

// Moves the neurons to their averages or, with a rate, by the share 1 − exp(−rate · count) of the way to them, and
// enters them into the table. A neuron that nothing reaches stays.
template <class Metric, class Tile, bool COMPLETE, bool BY_RATE, typename Element = typename Tile::Element>
__device__ __forceinline__ void move_codebook(const Element* __restrict__ totals, double rate, Element* codebook,
                                              const Element* __restrict__ centre, long long neurons,
                                              Element* __restrict__ table, Element* __restrict__ offsets) {
  constexpr int FEATURES = Tile::FEATURES;
  const long long neuron = neuron_of_warp();
  if (neuron >= neurons) {
    return;
  }
  const Element* const total = totals + neuron * (FEATURES + (COMPLETE ? 1 : FEATURES));
  Element* const vector = codebook + neuron * FEATURES;
  for (int feature = lane(); feature < FEATURES; feature += WARP) {
    const Element count = total[FEATURES + (COMPLETE ? 0 : feature)];
    if (count > 0) {
      const Element mean = total[feature] / count;
      const Element w = vector[feature];
      vector[feature] = BY_RATE ? w - exp_minus_one(-Element(rate) * count) * (mean - w) : mean;
    }
  }
  enter<Metric, Tile>(neuron, centre, table, offsets, [&](int feature) { return vector[feature]; });
}

}  // namespace som
}  // namespace shapedmat
