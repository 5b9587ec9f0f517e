// CUDA's language on the CPU: what a source needs to be compiled by g++, and what it calls of the emulator.
//
// The source that follows stands in an unnamed namespace, and so do its primitives: only so does the compiler put the
// shared memory of templates into the section that holds that of functions.

#pragma once

#include <math.h>  // with the functions for each type in the global namespace, where CUDA has them

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
// The threads of one block run at a time, so its shared memory can be static. It is marked as used, lest the compiler take
// what no kernel writes for zero.
#define __shared__ __attribute__((section("shared_memory"), used)) static

struct Index {
  unsigned x, y, z;
};

extern Index threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {

constexpr unsigned WARP = 32;

// What one lane hands over to the others of its warp.
using Operand = char[32];

// Waits for the other lanes of the warp, and returns what each of them handed over.
const Operand* meet_warp(const char* place, const void* operand = nullptr, std::size_t size = 0);
// Waits for the other threads of the block.
void meet_block(const char* place);
// Waits for all threads of the grid.
void meet_grid(const unsigned* counter, unsigned blocks);
// Lets the others run before memory is looked at again, as it may be in a loop until it changes.
void spin();
bool is_last(unsigned* ticket, unsigned count);
// The block's dynamic shared memory.
char* shared();

// --- kernels by their names --------------------------------------------------------------------------------------------

template <typename Parameter>
constexpr char kind_of() {
  static_assert(sizeof(Parameter) == 8, "every parameter of a kernel has 8 bytes");
  return std::is_pointer_v<Parameter> ? 'p' : std::is_floating_point_v<Parameter> ? 'd' : 'i';
}

// What is known of a kernel without its types: how to call it, and a letter for each parameter.
struct Entry {
  const char* name;
  void (*call)(const std::uint64_t*);
  const char* kinds;
};

template <auto KERNEL, typename... Parameters, std::size_t... PLACES>
Entry entry(const char* name, void (*)(Parameters...), std::index_sequence<PLACES...>) {
  const auto call = []([[maybe_unused]] const std::uint64_t* arguments) {
    KERNEL(std::bit_cast<Parameters>(arguments[PLACES])...);
  };
  static constexpr char kinds[] = {kind_of<Parameters>()..., 0};
  return {name, call, kinds};
}

template <auto KERNEL, typename... Parameters>
Entry entry(const char* name, void (*kernel)(Parameters...)) {
  return entry<KERNEL>(name, kernel, std::index_sequence_for<Parameters...>{});
}

// Runs a kernel on a grid; returns nullptr, or a sentence that says what went wrong.
const char* launch(const Entry& which, unsigned grid_x, unsigned grid_y, unsigned threads,
                   const std::uint64_t* arguments, std::size_t dynamic_bytes, bool cooperative, bool backwards);

}  // namespace emulator

inline void __syncthreads() {
#ifndef EMULATOR_WITHOUT_BARRIERS
  emulator::meet_block("__syncthreads");
#endif
}

#include "emulated_primitives.hpp"
