// What CUDA does beyond C++, on the CPU: the names of primitives.cuh where SHAPEDMAT_EMULATED is defined.

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace {
namespace shapedmat {

inline int lane() { return int(threadIdx.x % emulator::WARP); }

inline char* shared_memory() { return emulator::shared(); }

// --- within a warp -----------------------------------------------------------------------------------------------------

namespace emulated {

constexpr int LANES = emulator::WARP;

template <typename T>
T from_lane(const char* place, T value, int source) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "lanes exchange values of 4 or 8 bytes");
  const emulator::Operand* const operands = emulator::meet_warp(place, &value, sizeof value);
  std::memcpy(&value, operands[source], sizeof value);
  return value;
}

}  // namespace emulated

template <typename T>
T shuffle_down(T value, int distance) {
  return emulated::from_lane("shuffle_down", value, lane() + distance < emulated::LANES ? lane() + distance : lane());
}

template <typename T>
T shuffle_xor(T value, int mask) {
  return emulated::from_lane("shuffle_xor", value, (lane() ^ mask) % emulated::LANES);
}

template <typename T>
T shuffle(T value, int source) {
  return emulated::from_lane("shuffle", value, source & (emulated::LANES - 1));
}

inline void warp_barrier() { emulator::meet_warp("warp_barrier"); }

inline unsigned ballot(bool vote) {
  const emulator::Operand* const operands = emulator::meet_warp("ballot", &vote, sizeof vote);
  unsigned votes = 0;
  for (int each = 0; each < emulated::LANES; ++each) {
    votes |= unsigned(operands[each][0] != 0) << each;
  }
  return votes;
}

// --- between threads of any block --------------------------------------------------------------------------------------

namespace emulated {

template <typename T>
T add(T* sum, T term) {
  const T before = *sum;
  // As unsigned numbers, which wrap around.
  *sum = T(std::make_unsigned_t<T>(before) + std::make_unsigned_t<T>(term));
  return before;
}

}  // namespace emulated

inline void assume_global(const void*) {}
inline unsigned add_atomically(unsigned* sum, unsigned term) { return emulated::add(sum, term); }
inline int add_atomically(int* sum, int term) { return emulated::add(sum, term); }
inline unsigned long long add_atomically(unsigned long long* sum, unsigned long long term) {
  return emulated::add(sum, term);
}

inline void fence() {}

inline long long load_acquire(const long long* address) {
  emulator::spin();
  return *address;
}

inline void store_release(long long* address, long long value) { *address = value; }

inline bool is_last(unsigned* ticket, unsigned count) { return emulator::is_last(ticket, count); }

inline void grid_barrier(unsigned* counter, unsigned blocks) { emulator::meet_grid(counter, blocks); }

// --- tensor cores ------------------------------------------------------------------------------------------------------

// The nearest number with 10 bits after the binary point, ties away from zero: cvt.rna.tf32.f32 in the PTX ISA.
inline unsigned to_tf32(float value) {
  if (std::isnan(value)) {
    return 0x7fffffff;
  }
  return (std::bit_cast<unsigned>(value) + 0x1000u) & ~0x1fffu;
}

namespace emulated {

inline unsigned to_bf16(float value) {
  if (std::isnan(value)) {
    return 0x7fff;
  }
  const unsigned bits = std::bit_cast<unsigned>(value);
  return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

// The hardware does not look at the lowest 13 bits.
inline float from_tf32(unsigned bits) { return std::bit_cast<float>(bits & ~0x1fffu); }

inline float from_bf16x2(unsigned pair, int half) { return std::bit_cast<float>(pair >> (16 * half) << 16); }

struct Fragments {
  unsigned a[4];
  unsigned b[2];
};
static_assert(sizeof(Fragments) <= sizeof(emulator::Operand));

// Adds the product of a 16 × INNER and an INNER × 8 matrix to c, of which lane 4g + t has the elements (g, 2t),
// (g, 2t + 1), (g + 8, 2t) and (g + 8, 2t + 1). `a_at(operands, row, k)` and `b_at(operands, k, col)` return elements.
template <int INNER, class A, class B>
void multiply(float (&c)[4], const emulator::Operand* operands, A a_at, B b_at) {
  const auto fragments = [=](int of) {
    Fragments copy;
    std::memcpy(&copy, operands[of], sizeof copy);
    return copy;
  };
  for (int each = 0; each < 4; ++each) {
    const int row = lane() / 4 + each / 2 * 8;
    const int col = lane() % 4 * 2 + each % 2;
    for (int k = 0; k < INNER; ++k) {
      c[each] += a_at(fragments, row, k) * b_at(fragments, k, col);
    }
  }
}

}  // namespace emulated

// The nearest numbers with 7 bits after the binary point, ties to even, in the halves of a word: cvt.rn.bf16x2.f32.
inline unsigned to_bf16x2(float low, float high) { return emulated::to_bf16(high) << 16 | emulated::to_bf16(low); }

// The fragments lie as the PTX ISA says in "Matrix Fragments for mma.m16n8k8": lane 4g + t has the elements (g, t),
// (g + 8, t), (g, t + 4) and (g + 8, t + 4) of A, and (t, g) and (t + 4, g) of B.
inline void mma_tf32(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  const emulated::Fragments own = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  emulated::multiply<8>(
      c, emulator::meet_warp("mma_tf32", &own, sizeof own),
      [](auto fragments, int row, int k) {
        return emulated::from_tf32(fragments(row % 8 * 4 + k % 4).a[row / 8 + k / 4 * 2]);
      },
      [](auto fragments, int k, int col) { return emulated::from_tf32(fragments(col * 4 + k % 4).b[k / 4]); });
}

// "Matrix Fragments for mma.m16n8k16": lane 4g + t has the pairs from (g, 2t), (g + 8, 2t), (g, 2t + 8) and
// (g + 8, 2t + 8) of A, along its rows, and the pairs from (2t, g) and (2t + 8, g) of B, along its columns.
inline void mma_bf16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  const emulated::Fragments own = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  emulated::multiply<16>(
      c, emulator::meet_warp("mma_bf16", &own, sizeof own),
      [](auto fragments, int row, int k) {
        return emulated::from_bf16x2(fragments(row % 8 * 4 + k % 8 / 2).a[row / 8 + k / 8 * 2], k % 2);
      },
      [](auto fragments, int k, int col) {
        return emulated::from_bf16x2(fragments(col * 4 + k % 8 / 2).b[k / 8], k % 2);
      });
}

}  // namespace shapedmat
}  // namespace
